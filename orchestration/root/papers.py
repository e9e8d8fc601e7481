"""Where the folders of papers lie."""

from __future__ import annotations

import os
from pathlib import Path

from living_panel.estimation.panel.spec import PAPERS


def spec_folder() -> Path:
    """Where the specs lie; LIVING_PANEL_SPECS names another place: a fork's own, or a trial's few."""
    return Path(os.environ.get("LIVING_PANEL_SPECS") or PAPERS)

"""Places that several tests read."""

from __future__ import annotations

import shutil
from pathlib import Path

from estimation.panel.spec import PAPERS

BI = PAPERS / "bi_2025"
SPECS = BI / "specs"


def some_specs(folder: Path, *names: str) -> Path:
    """A folder of papers with some tables of the first paper; returns its folder of specs."""
    paper = folder / BI.name
    shutil.copytree(BI, paper, ignore=shutil.ignore_patterns("specs"))
    (paper / "specs").mkdir()
    for name in names:
        shutil.copy(SPECS / f"{name}.yml", paper / "specs")
    return paper / "specs"

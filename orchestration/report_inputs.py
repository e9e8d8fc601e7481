"""What stands on the page of a data root, read from its rooms.

Belongs here: finding the stored tables, release, comparisons and revisions. Not here: whether the page
is to be made (`report`), what it looks like (`estimation.report`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd

from estimation.audit import load_paper
from estimation.panel.release import load_release
from estimation.papers.printed import HERE as PAPERS
from estimation.papers.questions import load_questions
from estimation.report import Inputs, StoredTable, read_tables
from estimation.report.gather import read_comparisons
from estimation.report.printed_sections import RELEASED
from orchestration import state
from orchestration.publish import rolled_back
from orchestration.settings import Settings

PAPER = "bi_2025"


def gather(settings: Settings, page: Path, demo_lists: Sequence[Path]) -> Inputs:
    """Read everything that stands on the page.

    Parameters
    ----------
    settings : Settings
    page : Path
        Where the page will lie; its links start there.
    demo_lists : sequence of Path
        Lists of current artifacts on simulated figures, one a simulated release.
    """
    own = "simulated, current" if settings.simulated else RELEASED
    tables = read_tables(settings.artifacts, state.path(settings.root, "current"), own)
    release_folder = settings.releases / tables[0].manifest["release_id"]
    return Inputs(
        paper=load_paper(PAPER),
        release=load_release(release_folder),
        tables=tables,
        demo=_demo_tables(demo_lists),
        comparisons=read_comparisons(settings.artifacts),
        revisions=_revisions(settings),
        home=page.parent,
        release_folder=release_folder,
        archive=settings.archive,
        questions=load_questions(PAPERS / PAPER),
        published=_published(settings),
    )


def _published(settings: Settings) -> str:
    if not settings.published.exists():
        return ""
    day = rolled_back(settings)
    said = f" (an earlier file: rolled back on {day})" if day else ""
    return settings.published.resolve().name + said


def _demo_tables(demo_lists: Sequence[Path]) -> list[StoredTable]:
    tables = []
    for listing in demo_lists:
        name = f"simulated, {listing.stem.replace('_', ' ')}"
        tables += read_tables(listing.parents[1] / "artifacts", listing, name)
    return tables


def _revisions(settings: Settings) -> pd.DataFrame | None:
    if not settings.published.exists():
        return None
    with duckdb.connect(str(settings.published.resolve()), read_only=True) as connection:
        return connection.execute("select * from marts.revisions").df()

"""Pages of papers as drafts, which workers make while the results are built.

A draft has all of a page but the name of its state, which is known when the results are. Loads no Dagster: workers
run this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from living_panel.estimation.audit import load_paper
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import PAPER_FILE, PAPERS
from living_panel.estimation.papers.paper_data import rests_on_panel
from living_panel.estimation.papers.questions import load_questions
from living_panel.estimation.report import (
    Inputs,
    PaperEntry,
    StoredTable,
    answers_by_table,
    answers_markdown,
    build_pages,
    entry_of,
    listed_papers,
    read_tables,
    verdict_markdown,
)
from living_panel.estimation.report.gather import RELEASED, read_comparisons
from living_panel.orchestration.outputs.edition_steps import edition_steps
from living_panel.orchestration.outputs.edition_tables import followed_path
from living_panel.orchestration.outputs.report_identity import is_made, looks, page_identity
from living_panel.orchestration.outputs.reproduction_cells import causes_of
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import module_version

IDENTITY, STATE = "{identity of the page}", "{name of the state}"
"""Marks in a draft, which give way to a page's own."""
REPORT_MODULES = ("living_panel.estimation.report", "living_panel.orchestration.assets.report")


@dataclass(frozen=True)
class Draft:
    """The pages of one paper by file, and what index and data pages say of the paper.

    `html` is None where the pages of these inputs are there already. `identity` is that of the inputs. `on_panel` is
    whether the page is of the warehouse's state, whose name it shows; `has_data_pages` whether the panel has them.
    `verdict` are the answers as a table, `choices` the answers with all declared choices, both in Markdown.
    """

    entry: PaperEntry
    html: dict[str, str] | None
    identity: str
    on_panel: bool
    has_data_pages: bool
    verdict: str
    answers: dict[str, list[str]]
    choices: str

    def pages(self, label: str) -> dict[str, str]:
        """Return the pages of a state of this name, the one whose identity stands for all last; none if they exist."""
        own, made = page_identity(self.identity, label, self.on_panel), self.html or {}
        last = sorted(made, key=self.entry.file.__eq__)
        return {name: made[name].replace(IDENTITY, own).replace(STATE, label) for name in last}


def papers_of(settings: Settings, listing: Path) -> list[str]:
    """Papers with current tables, those on the warehouse first: the first one's answers are the README's."""
    names = (path.parent.name for path in PAPERS.glob(f"*/{PAPER_FILE}"))
    known = sorted(names, key=lambda name: (rests_on_panel(name) is False, name))
    there = set(listed_papers(settings.artifacts, listing))
    return [name for name in known if name in there] or known[:1]


def drafts(
    settings: Settings,
    listing: Path,
    demo_lists: Sequence[Path],
    folder: Path,
    home: Path,
    revisions: pd.DataFrame | None,
    label: str | None,
) -> dict[str, partial[Draft]]:
    """Return what makes the draft of each paper; each call can be made in another process.

    `listing` is the list of current tables; `demo_lists` are those on simulated values, one a simulated release.
    The pages lie in `folder`, and their links start at `home`. `revisions` is marts.revisions, None before there
    are marts. `label` is the name of the state; None before it has one.
    """
    papers, code = papers_of(settings, listing), {}
    for paper in papers:
        own = (f"estimation/papers/{paper}",)
        code[paper] = document_hash([module_version(*REPORT_MODULES, data=own), looks()])
    return {
        paper: partial(
            draft, settings, listing, demo_lists, folder / f"{paper}.html", home, paper,
            revisions if rests_on_panel(paper) else None, label, code[paper], is_first=paper == papers[0],
        )
        for paper in papers
    }  # fmt: skip


def draft(
    settings: Settings,
    listing: Path,
    demo_lists: Sequence[Path],
    target: Path,
    home: Path,
    paper: str,
    revisions: pd.DataFrame | None,
    label: str | None,
    code: str,
    *,
    is_first: bool,
) -> Draft:
    """Make the draft of one paper's page, unless the page of these inputs is there."""
    on_panel = rests_on_panel(paper)
    # tables of no paper (a fork's own) stand on the first page
    own = "simulated, current" if settings.simulated else RELEASED
    tables = read_tables(settings.artifacts, listing, own, {paper, *([""] if is_first else [])})
    ids, folder = {t.table_id for t in tables}, settings.releases / tables[0].release_id
    comparisons = read_comparisons(settings.artifacts)
    inputs = Inputs(
        paper=load_paper(paper),
        release=load_release(folder),
        tables=tables,
        demo=_demo_tables(demo_lists, paper),
        comparisons=[c.of(paper, ids, on_panel=on_panel) for c in comparisons],
        revisions=revisions,
        home=home,
        release_folder=folder,
        archive=settings.archive,
        questions=load_questions(PAPERS / paper),
        published=STATE if on_panel else "",
        causes=causes_of(settings, paper),
        edition_path=followed_path(settings, listing),
        edition_steps=edition_steps(settings),
    )
    identity = _identity_of(inputs, code)
    known = label is not None or not on_panel
    made = known and is_made(target, page_identity(identity, label or "", on_panel))
    return Draft(
        entry=entry_of(inputs, target.name),
        html=None if made else build_pages(inputs, IDENTITY),
        identity=identity,
        on_panel=on_panel,
        has_data_pages=inputs.has_data_pages,
        verdict=verdict_markdown(inputs),
        answers=answers_by_table(inputs),
        choices=answers_markdown(inputs),
    )


def _identity_of(inputs: Inputs, code: str) -> str:
    """Hash of what one paper's page is made from: another paper's change leaves it as it is."""
    tables = sorted(str(t.folder) for t in (*inputs.tables, *inputs.demo))
    path = inputs.edition_path
    followed = [
        row
        for frame in (path, inputs.edition_steps)
        for row in frame.loc[frame["paper"] == inputs.paper.id].astype(str).to_dict("records")
    ]
    said = [c.manifest["sentences"] for c in inputs.comparisons]
    causes = [inputs.causes.to_json(orient="values")] if len(inputs.causes) else []
    return document_hash([code, tables, said, *([followed] if followed else []), *causes])


def _demo_tables(demo_lists: Sequence[Path], paper: str) -> list[StoredTable]:
    tables = []
    for listing in demo_lists:
        name = f"simulated, {listing.stem.replace('_', ' ')}"
        tables += read_tables(listing.parents[1] / "artifacts", listing, name, {paper})
    return tables

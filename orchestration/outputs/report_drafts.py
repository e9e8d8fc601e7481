"""Pages of papers as drafts, which workers make while the results are built.

A draft has all of a page but the name of its state, which is known when the results are. Loads no Dagster: workers
run this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from living_panel.estimation.audit import causes, load_paper
from living_panel.estimation.findings.declared import load_findings
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import PAPER_FILE, PAPERS
from living_panel.estimation.papers.paper_data import rests_on_panel
from living_panel.estimation.report import (
    Inputs,
    PaperEntry,
    StoredTable,
    build_pages,
    entry_of,
    findings_by_table,
    findings_markdown,
    listed_papers,
    read_tables,
)
from living_panel.estimation.report.gather import (
    RELEASED,
    StoredComparison,
    folders_by_paper,
    read_comparisons,
)
from living_panel.orchestration.outputs.edition_steps import edition_steps
from living_panel.orchestration.outputs.edition_tables import followed_path
from living_panel.orchestration.outputs.report_identity import is_made, looks, page_identity
from living_panel.orchestration.outputs.reproduction_cells import (
    causes_of,
    read_causes,
)
from living_panel.orchestration.root.made import Entry, made_in
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import module_version

DRAFTS = "drafts"
"""Drafts of the last report."""
IDENTITY, STATE = "{identity of the page}", "{name of the state}"
"""Marks in a draft, which give way to a page's own."""
REPORT_MODULES = ("living_panel.estimation.report", "living_panel.orchestration.assets.report")


@dataclass(frozen=True)
class Draft:
    """The pages of one paper by file, and what index and data pages say of the paper.

    `html` is None where the pages of these inputs are there already. `identity` is that of the inputs. `on_panel` is
    whether the page is of the warehouse's state, whose name it shows; `has_data_pages` whether the panel has them.
    `text` are the findings with all declared choices, and `by_table` those of each table, both in Markdown.
    """

    entry: PaperEntry
    html: dict[str, str] | None
    identity: str
    on_panel: bool
    has_data_pages: bool
    text: str
    by_table: dict[str, list[str]]

    def pages(self, label: str) -> dict[str, str]:
        """Return the pages of a state of this name, the one whose identity stands for all last; none if they exist."""
        identity, made = page_identity(self.identity, label, self.on_panel), self.html or {}
        last = sorted(made, key=self.entry.file.__eq__)
        return {name: made[name].replace(IDENTITY, identity).replace(STATE, label) for name in last}


def papers_of(settings: Settings, listing: Path) -> list[str]:
    """Papers with current tables, those on the warehouse first."""
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
    are marts. `label` is the name of the state; None before it has one. A page of the same inputs that is there keeps
    its draft: that call reads nothing.
    """
    papers, identities = papers_of(settings, listing), _Identities(settings, listing, demo_lists)
    before, calls = made_in(settings.root, DRAFTS).read(), {}
    for paper in papers:
        on_panel, is_first, target = (
            rests_on_panel(paper),
            paper == papers[0],
            folder / f"{paper}.html",
        )
        identity = identities.of(paper, is_first=is_first)
        shown = revisions if on_panel else None
        known = label is not None or not on_panel
        made = known and is_made(target, page_identity(identity, label or "", on_panel))
        earlier = _known_draft(before.get(paper), identity)
        if made and earlier and earlier.has_data_pages == (shown is not None):
            calls[paper] = partial(_same, earlier)
            continue
        calls[paper] = partial(
            draft, settings, listing, demo_lists, target, home, paper, shown, identity,
            is_first=is_first, is_page_made=made,
        )  # fmt: skip
    return calls


def keep_drafts(settings: Settings, made: Sequence[Draft]) -> None:
    """Note the drafts of a report, without their pages, for the next one."""
    entries = {
        draft.entry.paper: (
            draft.identity,
            _form().dump_python(replace(draft, html=None), mode="json", fallback=_plain),
        )
        for draft in made
    }
    made_in(settings.root, DRAFTS).replace(entries)


@cache
def _form() -> TypeAdapter[Draft]:
    return TypeAdapter(Draft)


def _plain(number: Any) -> Any:
    return number.item()  # of numpy


def _known_draft(entry: Entry | None, identity: str) -> Draft | None:
    """Draft of the last report, if it is of these inputs; none that is of another form."""
    if entry is None or entry[0] != identity:
        return None
    try:
        return _form().validate_python(entry[1])
    except ValueError:  # a ValidationError is one
        return None


def _same(draft: Draft) -> Draft:
    return draft


def draft(
    settings: Settings,
    listing: Path,
    demo_lists: Sequence[Path],
    target: Path,
    home: Path,
    paper: str,
    revisions: pd.DataFrame | None,
    identity: str,
    *,
    is_first: bool,
    is_page_made: bool,
) -> Draft:
    """Make the draft of one paper's page; of a page that is made, all but the page."""
    on_panel = rests_on_panel(paper)
    # tables of no paper (a fork's own) stand on the first page
    label = "simulated, current" if settings.simulated else RELEASED
    tables = read_tables(settings.artifacts, listing, label, {paper, *([""] if is_first else [])})
    ids, folder = {t.table_id for t in tables}, settings.releases / tables[0].release_id
    comparisons = _about(read_comparisons(settings.artifacts), paper, on_panel=on_panel)
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
        declared=load_findings(PAPERS / paper),
        published=STATE if on_panel else "",
        causes=causes_of(settings, paper),
        edition_path=followed_path(settings, listing),
        edition_steps=edition_steps(settings),
    )
    return Draft(
        entry=entry_of(inputs, target.name),
        html=None if is_page_made else build_pages(inputs, IDENTITY),
        identity=identity,
        on_panel=on_panel,
        has_data_pages=inputs.has_data_pages,
        text=findings_markdown(inputs),
        by_table=findings_by_table(inputs),
    )


def _about(
    comparisons: Sequence[StoredComparison], paper: str, *, on_panel: bool
) -> list[StoredComparison]:
    """Comparisons with a finding about a paper: the page stays as it is where only other papers' data changed."""
    return [c for c in comparisons if c.is_about(paper, on_panel=on_panel)]


class _Identities:
    """Hashes of what the pages are made from: another paper's change leaves a page as it is."""

    def __init__(self, settings: Settings, listing: Path, demo_lists: Sequence[Path]) -> None:
        self._folders = [folders_by_paper(settings.artifacts, listing)]
        for demo in demo_lists:
            self._folders.append(folders_by_paper(demo.parents[1] / "artifacts", demo))
        self._followed = [
            dict([*frame.astype(str).groupby("paper")])
            for frame in (followed_path(settings, listing), edition_steps(settings))
        ]
        self._comparisons = read_comparisons(settings.artifacts)
        self._causes = dict([*read_causes(settings)[causes.COLUMNS].groupby("paper")])
        self._looks = document_hash(looks())

    def of(self, paper: str, *, is_first: bool) -> str:
        """Hash of one paper's inputs; tables of no paper stand on the first page."""
        paper_files = (f"estimation/papers/{paper}",)
        code = [module_version(*REPORT_MODULES, data=paper_files), self._looks]
        current, *demo = self._folders
        tables = [*current.get(paper, ()), *(current.get("", ()) if is_first else ())]
        tables += [folder for folders in demo for folder in folders.get(paper, ())]
        of_paper = (by_paper[paper] for by_paper in self._followed if paper in by_paper)
        followed = [row for rows in of_paper for row in rows.to_dict("records")]
        on_panel = rests_on_panel(paper)
        about = _about(self._comparisons, paper, on_panel=on_panel)
        sentences = [c.sentences_of(paper, on_panel=on_panel) for c in about]
        likely = self._causes[paper].to_json(orient="values") if paper in self._causes else ""
        return document_hash([code, sorted(map(str, tables)), sentences, followed, likely])


def _demo_tables(demo_lists: Sequence[Path], paper: str) -> list[StoredTable]:
    tables = []
    for listing in demo_lists:
        name = f"simulated, {listing.stem.replace('_', ' ')}"
        tables += read_tables(listing.parents[1] / "artifacts", listing, name, {paper})
    return tables

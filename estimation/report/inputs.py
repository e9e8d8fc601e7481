"""Inputs of a paper's pages: the paper, its release, stored tables, and links to files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from living_panel.estimation.audit.causes import COLUMNS
from living_panel.estimation.audit.reproduction import reproduce
from living_panel.estimation.findings.declared import Declared
from living_panel.estimation.panel.release import Release
from living_panel.estimation.papers.printed import pairs
from living_panel.estimation.papers.schema import PrintedPaper
from living_panel.estimation.report.contents import AUDIT, number_beside, printed_key, table_name
from living_panel.estimation.report.finding import Finding, find
from living_panel.estimation.report.gather import StoredComparison, StoredTable
from living_panel.estimation.tables.kinds.audit import inconsistencies_of
from living_panel.estimation.tables.result import statistic_frame


@dataclass(frozen=True)
class Inputs:
    """Everything a page shows.

    `tables` are the current ones, all on `release`; `demo` are on simulated panels. `revisions` is
    marts.revisions, None on data of a paper's own. Links are relative to `home`, the
    page's folder. `declared` are the paper's findings as `findings.yml` has them. `edition_path` are the followed
    ones by edition, as `results.finding_paths` has them, and `edition_steps` what carried their changes, as
    `results.edition_steps`.
    """

    paper: PrintedPaper
    release: Release
    tables: Sequence[StoredTable]
    demo: Sequence[StoredTable]
    comparisons: Sequence[StoredComparison]
    revisions: pd.DataFrame | None
    home: Path
    release_folder: Path
    archive: Path
    declared: Sequence[Declared] = ()
    published: str = ""
    causes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    edition_path: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"paper": []}))
    edition_steps: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"paper": []}))

    @cached_property
    def reproduction(self) -> pd.DataFrame:
        """Every printed number of the paper with its status: the page and the index show it."""
        return reproduce(self.paper, pairs(self.paper.id), self.tables)

    @cached_property
    def findings(self) -> list[Finding]:
        """The paper's findings: its page, the index and the docs show them."""
        tables = {table.table_id: table for table in self.tables}
        return find(self.declared, self.paper, tables, self.release.unit_names)

    @property
    def inconsistencies(self) -> pd.DataFrame:
        """Inconsistencies that the audits of the paper found."""
        frames = [table.inconsistencies for table in self.of_kind("audit")]
        return pd.concat(frames) if frames else inconsistencies_of(statistic_frame([]))

    @property
    def has_data_pages(self) -> bool:
        """Whether its release is the panel of the warehouse, which has data pages."""
        return self.revisions is not None

    @property
    def heading(self) -> str:
        """Heading of the paper's pages; one that speaks of its data is no heading of simulated values."""
        return (not self.release.simulated and self.paper.heading) or self.paper.title

    @cached_property
    def names(self) -> dict[str, str]:
        """Short name of each table: that of the printed table beside it, or its title."""
        return {table.table_id: self.name_of(table) for table in self.tables}

    def name_of(self, table: StoredTable) -> str:
        """Short name of a table."""
        number = number_beside(self.paper.id, table.table_id)
        return str(table.manifest["title"]) if number is None else table_name(number)

    @cached_property
    def measure_titles(self) -> dict[str, str]:
        """Title of each measure of the release."""
        about = self.release.indicators
        return {
            str(m): str(title) for m, title in zip(about["measure"], about["title"], strict=True)
        }

    def link(self, path: Path) -> str:
        """Relative address of a path, as a page opened from a file follows it."""
        return os.path.relpath(path, self.home).replace(os.sep, "/").replace("#", "%23")

    def source_file(self, source: Mapping[str, Any]) -> Path:
        """Place of the bytes of a source file; a file that a package brings is not in the archive."""
        steps = (str(source[step]) for step in ("source", "edition", "vintage", "file"))
        return self.archive.joinpath(*steps)

    def of_kind(self, kind: str) -> list[StoredTable]:
        """Current tables of one kind."""
        return [t for t in self.tables if t.kind == kind]


@dataclass(frozen=True)
class ShownTables:
    """Tables of one page: the printed one by its number, ours beside it, and ours on demo panels."""

    key: str
    name: str
    title: str
    number: str | None
    own: Sequence[StoredTable]
    demo: Sequence[StoredTable]


def table_pages(inputs: Inputs) -> list[ShownTables]:
    """Tables of each page: printed tables that ours stand beside, then those of ours that stand alone."""
    paper = inputs.paper
    of_paper = [t for t in inputs.tables if t.kind != AUDIT]
    beside = {t.table_id: number_beside(paper.id, t.table_id) for t in (*of_paper, *inputs.demo)}

    def of(number: str) -> tuple[list[StoredTable], list[StoredTable]]:
        return (
            [t for t in of_paper if beside[t.table_id] == number],
            [t for t in inputs.demo if beside[t.table_id] == number],
        )

    numbers = [n for n in paper.tables if n in pairs(paper.id)]
    pages = [
        ShownTables(
            printed_key(n), table_name(n), f"{table_name(n)}, {paper.tables[n].title}", n, *of(n)
        )
        for n in numbers
    ]
    alone = [t for t in of_paper if beside[t.table_id] not in numbers]
    return pages + [
        ShownTables(
            t.table_id,
            title,
            title,
            None,
            [t],
            [d for d in inputs.demo if d.table_id == t.table_id],
        )
        for t in alone
        if (title := str(t.manifest["title"]))
    ]

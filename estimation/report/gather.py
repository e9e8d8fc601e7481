"""Stored tables and comparisons of releases, verified against their manifests."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from PIL import Image

from living_panel.codes import Code
from living_panel.estimation.artifacts.artifact import (
    read_manifest,
    read_statistics,
    verify_files,
)
from living_panel.estimation.audit.reproduction import StoredResults
from living_panel.estimation.panel.errors import Unusable
from living_panel.estimation.tables.kinds.audit import inconsistencies_of
from living_panel.problems import Place

RELEASED = "released values"
TAKE_AWAY = (
    *("table.tex", "table.docx", "table.xlsx", "table.csv", "table.md", "table.html"),
    *("appendix.tex", "appendix.docx"),
)
COLOURS = 64  # of a figure on the page
IMAGE = re.compile(r'<img alt="([^"]*)" src="data:image/png;base64,([^"]*)"')
ARTICLE = re.compile(r"<article\b.*?</article>", re.DOTALL)


def lineage_href(table_id: str, series: str = RELEASED) -> str:
    """Anchor of a table's lineage on the page."""
    name = table_id if series == RELEASED else f"{table_id}-{series}"
    return "#lineage-" + "".join(c if c.isalnum() else "-" for c in name)


def data_address(png: bytes) -> str:
    """A figure as an address that holds its bytes: as WebP in few colours, a fifth of the PNG."""
    shrunk = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        few = image.convert("RGB").quantize(
            COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        few.convert("RGB").save(shrunk, "WEBP", lossless=True, quality=20, method=2)
    return "data:image/webp;base64," + base64.b64encode(shrunk.getvalue()).decode()


class Drawn(NamedTuple):
    """A stored figure: its words, its address on a page, and its files."""

    words: str
    address: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class StoredTable(StoredResults):
    """An artifact as it lies in its folder; `fragment` is its own element out of its stored page.

    `series` is that of its results: "released values" or a demo release. `release_id` is that of the
    state it is listed in, on which it also rests if it was estimated before.
    """

    series: str
    folder: Path
    fragment: str
    pictures: tuple[Drawn, ...] = ()
    release_id: str = ""

    @property
    def paper(self) -> str:
        """Folder of the paper it belongs to."""
        return str(self.manifest["spec"].get("paper", ""))

    @property
    def kind(self) -> str:
        """Kind of the table, from its spec."""
        return str(self.manifest["spec"]["kind"])

    @property
    def simulated(self) -> bool:
        """Whether it is of a demo release."""
        return self.series != RELEASED

    @property
    def lineage(self) -> str:
        """Anchor of its lineage on the page."""
        return lineage_href(self.table_id, self.series)

    @property
    def rows(self) -> int:
        """Number of rows of its grids."""
        return self.fragment.count("<tr")

    @cached_property
    def inconsistencies(self) -> pd.DataFrame:
        """Inconsistencies of an audit, in the columns of `inconsistencies_of`."""
        return inconsistencies_of(self.statistics)

    def files(self) -> list[str]:
        """Names of the renderings one can take away."""
        return [name for name in TAKE_AWAY if (self.folder / name).exists()]


@dataclass(frozen=True)
class StoredComparison:
    """A stored comparison of two releases."""

    folder: Path
    manifest: Mapping[str, Any]
    drift: pd.DataFrame
    cells: pd.DataFrame

    @property
    def title(self) -> str:
        """From one state of knowledge to the other."""
        return f"From {self.manifest['from']} to {self.manifest['to']}"

    def of(self, paper: str, tables: Collection[str], *, on_panel: bool) -> StoredComparison:
        """Its findings about one paper: sentences, slopes and cells; the panel's if the paper uses the panel."""
        sentences = self.sentences_of(paper, on_panel=on_panel)
        drift = self.drift[self.drift["table_id"].isin(list(tables))]
        releases = drift[["from_release", "to_release"]].drop_duplicates()
        cells = self.cells if on_panel else self.cells.merge(releases)
        return StoredComparison(
            self.folder, {**self.manifest, "sentences": sentences}, drift, cells
        )

    def is_about(self, paper: str, *, on_panel: bool) -> bool:
        """Whether a finding is about a paper; those of the panel are about every paper that uses the panel."""
        return on_panel or len(self.sentences_of(paper, on_panel=False)) > 1

    def sentences_of(self, paper: str, *, on_panel: bool) -> list[dict[str, Any]]:
        """Its first sentence, and those about one paper."""
        first, *rest = self.manifest["sentences"]
        wanted = {paper, ""} if on_panel else {paper}
        return [first, *(sentence for sentence in rest if sentence["paper"] in wanted)]


def listed_papers(artifacts: Path, listing: Path) -> list[str]:
    """Return the paper of each table in a JSON list; "" for a table of no paper."""
    entries = json.loads(listing.read_text(encoding="utf-8"))
    return [_paper_of(artifacts / e["table_id"] / e["artifact_id"]) for e in entries]


@cache
def _paper_of(folder: Path) -> str:
    """Paper of an artifact, which its folder's name stands for."""
    return str(read_manifest(folder)["spec"].get("paper", ""))


def folders_by_paper(artifacts: Path, listing: Path) -> dict[str, list[Path]]:
    """Folders of the tables in a JSON list, by their paper; "" for tables of no paper."""
    found: dict[str, list[Path]] = {}
    for e in json.loads(listing.read_text(encoding="utf-8")):
        folder = artifacts / e["table_id"] / e["artifact_id"]
        found.setdefault(_paper_of(folder), []).append(folder)
    return found


def read_tables(
    artifacts: Path, listing: Path, series: str, papers: Collection[str] | None = None
) -> list[StoredTable]:
    """Tables of the stage artifacts in a JSON list, each verified against its manifest.

    Of `papers` alone, if given.

    Raises
    ------
    ValueError
        If a file of an artifact is not that of its manifest; names file and remedy.
    """
    return [
        _read(artifacts / e["table_id"] / e["artifact_id"], series, e["release_id"])
        for e in _of_papers(artifacts, listing, papers)
    ]


def _of_papers(
    artifacts: Path, listing: Path, papers: Collection[str] | None
) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads(listing.read_text(encoding="utf-8"))
    if papers is None:
        return entries
    of = listed_papers(artifacts, listing)
    return [e for e, paper in zip(entries, of, strict=True) if paper in papers]


def _read(folder: Path, series: str, release_id: str) -> StoredTable:
    manifest = verify_files(folder)
    page = (folder / "table.html").read_text(encoding="utf-8")
    match = ARTICLE.search(page)
    if match is None:
        raise Unusable(
            Code.VERIFY_ARTIFACT(
                "the page has no <article> element with the table",
                "run `make run`",
                Place(file=str(folder / "table.html")),
            )
        )
    names = {path.read_bytes(): path for path in folder.glob("*.png")}
    return StoredTable(
        series=series,
        release_id=release_id,
        folder=folder,
        manifest=manifest,
        coefficients=pd.read_parquet(folder / "coefficients.parquet"),
        statistics=read_statistics(folder),
        fragment=match.group(0),
        pictures=tuple(
            _picture(unescape(alt), bytes64, names) for alt, bytes64 in IMAGE.findall(page)
        ),
    )


def _picture(words: str, bytes64: str, names: Mapping[bytes, Path]) -> Drawn:
    """A figure with its files: the PNG has the bytes that the stored page has."""
    content = base64.b64decode(bytes64)
    png = names.get(content)
    return Drawn(words, data_address(content), chart_files(png) if png is not None else ())


def chart_files(png: Path) -> tuple[str, ...]:
    """Names of the stored files of a figure; an SVG is not in artifacts and comparisons up to 0.4.0."""
    return tuple(file.name for file in (png.with_suffix(".svg"), png) if file.exists())


def read_comparisons(artifacts: Path) -> list[StoredComparison]:
    """Stored comparisons of releases, in the order of their titles; those not of today's form left out."""
    comparisons = []
    for path in sorted((artifacts / "drift").glob("[!.]*/manifest.json")):
        folder = path.parent
        parts = [folder / f"{name}.parquet" for name in ("coefficient_drift", "release_diff")]
        if all(p.exists() for p in parts):
            manifest = json.loads(path.read_text(encoding="utf-8"))
            # an older comparison has sentences without their paper; the next refresh makes it anew
            if all(isinstance(s, dict) for s in manifest.get("sentences", [""])):
                comparisons.append(
                    StoredComparison(folder, manifest, *(pd.read_parquet(p) for p in parts))
                )
    return sorted(comparisons, key=lambda c: (c.title, c.folder.name))

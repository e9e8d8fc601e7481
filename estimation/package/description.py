"""Content of a package, read from manifests, receipts and specs; README and metadata are written from it.

The description is stored as `package.json`. Numbers and facts are in it once; no text is parsed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from living_panel.estimation.panel.periods import period_text
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec

FORM = 1


@dataclass(frozen=True)
class File:
    """A file that a source provides, and whether the package holds it."""

    name: str
    sha256: str
    bytes: int
    provided: bool
    address: str = ""


@dataclass(frozen=True)
class SourceDescription:
    """Provenance of data: who published them, how to get them, what one may do with them."""

    name: str
    title: str
    producer: str
    edition: int
    obtained: str
    citation: str
    licence: str
    access: str
    cost: str
    time: str
    files: list[File]


@dataclass(frozen=True)
class PackageTable:
    """A table: its spec, the program that made it, its result and how long that took."""

    table: str
    number: str
    title: str
    question: str
    kind: str
    spec: str
    program: str
    line: int
    artifact_id: str
    result_hash: str
    status: str
    seconds: float
    created_at: str
    seeds: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Description:
    """Everything that a package says of itself."""

    form: int
    paper: str
    title: str
    authors: list[str]
    year: int
    question: str
    data: str
    unit: str
    units: int
    release_id: str
    first_year: int
    last_year: int
    rows: int
    measures: list[dict[str, Any]]
    tables: list[PackageTable]
    sources: list[SourceDescription]
    facts: dict[str, Any]
    software: dict[str, Any]
    references: list[str]
    paper_tables: list[str] = field(default_factory=list)
    """Every table of the paper, published or not; packages of older versions have no list."""

    def to_json(self) -> bytes:
        """Return package.json."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False).encode() + b"\n"

    @property
    def made(self) -> str:
        """Time of the newest table; of data alone, the day on which the newest were obtained."""
        newest = max(s.obtained for s in self.sources)
        return max((t.created_at for t in self.tables), default=f"{newest}T00:00:00+00:00")

    @property
    def omitted(self) -> list[File]:
        """Files that the package names and does not hold."""
        return [f for s in self.sources for f in s.files if not f.provided]


def seeds_of(spec: Spec) -> Iterator[tuple[str, int]]:
    """Yield every seed of a spec with its place in the options."""
    yield from _seeds(spec.options, "options")


def _seeds(value: Any, place: str) -> Iterator[tuple[str, int]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "seed" and isinstance(inner, int):
                yield f"{place}.seed", inner
            else:
                yield from _seeds(inner, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _seeds(inner, f"{place}.{number}")


def measures_of(release: Release) -> list[dict[str, Any]]:
    """Return the codebook: of each column name, label, unit, type, allowed values and missing cells."""
    panel = release.panel.reset_index()
    known = release.indicators.drop_duplicates("measure").set_index("measure")
    rows = [
        {"name": "province_code", "label": "Unit", "unit": "code", "type": "string",
         "allowed": "a code of units.csv", "missing": 0, "description": "With year the key of a row."},
        {"name": "year", "label": "Year", "unit": "year", "type": "integer",
         "allowed": f"{period_text(panel['year'].min())} to {period_text(panel['year'].max())}", "missing": 0,
         "description": "Period that is measured."},
    ]  # fmt: skip
    for name in (c for c in release.panel.columns if c in known.index):
        indicator, values = known.loc[name], panel[name]
        allowed = (
            "no value" if values.isna().all() else f"{values.min():.10g} to {values.max():.10g}"
        )
        limits = (None, None) if values.notna().sum() == 0 else (values.min(), values.max())
        rows.append(
            {
                "minimum": None if limits[0] is None else float(limits[0]),
                "maximum": None if limits[1] is None else float(limits[1]),
                "name": str(name),
                "label": str(indicator["title"]),
                "unit": str(indicator["unit"]),
                "type": "number",
                "allowed": f"{allowed}; empty where there is no value",
                "missing": int(values.isna().sum()),
                "description": str(indicator.get("description", "") or indicator["concept"] or ""),
            }
        )
    return rows

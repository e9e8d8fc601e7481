"""The data release of the warehouse: the panel in four formats, codebook, sources, revisions, changes.

A release is versioned by the year of its newest edition and a number: 2026.1. The same values, labels and
sources keep their version; others get the next one, with the changes since the release before.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml

from living_panel.codes import Code
from living_panel.estimation.package.crate import metadata_files
from living_panel.estimation.package.csv_file import csv_bytes
from living_panel.estimation.package.description import (
    Description,
    SourceDescription,
    measures_of,
)
from living_panel.estimation.package.facts import PackageFacts
from living_panel.estimation.package.readme import data_readme
from living_panel.estimation.panel.canonical import content_hash
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.sql import literal, quoted
from living_panel.estimation.panel.stata import measure_labels, number_units, stata_bytes
from living_panel.ingestion.limited_yaml import YamlLoader
from living_panel.problems import Place, Problem

NAME = "provincial_panel"
TITLE = "Provincial panel of China"
KEY = ["province_code", "year"]
DO_FILE = """\
* The panel in Stata, declared as a panel. Run in this folder: do read_panel.do
use analysis/panel.dta, clear
xtset province_id year
describe
"""
PACKAGE = re.compile(rf"{NAME}-(\d{{4}})\.(\d+)\.zip")
Frames = dict[str, pd.DataFrame]


def release_files(
    release: Release,
    revisions: pd.DataFrame,
    sources: Sequence[SourceDescription],
    facts: PackageFacts,
    *,
    packages: Path,
    shipped: Path,
) -> tuple[str, dict[str, bytes]]:
    """Return version and files of the data release of a frozen release.

    Parameters
    ----------
    release : Release
        The panel, with units, breaks and the source of each cell.
    revisions : DataFrame
        Values that later editions changed, as the warehouse lists them.
    sources : sequence
        Provenance of the archived vintages.
    facts : PackageFacts
        What only a person can say of the release.
    packages : Path
        Folder of the data releases that were packed before.
    shipped : Path
        Folder of LICENSE and CITATION.cff.
    """
    frames = _frames(release, revisions)
    before = newest_package(packages)
    version, changes = _version(release, frames["panel"], before)
    citation = yaml.load((shipped / "CITATION.cff").read_text(encoding="utf-8"), Loader=YamlLoader)
    authors = [a.get("name") or a["family-names"] for a in citation["authors"]]
    description = _described(release, authors, sources, facts, version)
    files = {
        "LICENSE": (shipped / "LICENSE").read_bytes(),
        "CHANGELOG.md": changes.encode(),
        "read_panel.do": DO_FILE.encode(),
        **{f"analysis/{name}.csv": csv_bytes(frame) for name, frame in frames.items()},
        "analysis/panel.parquet": frames["panel"].to_parquet(index=False),
        "analysis/observations.parquet": release.observations.to_parquet(index=False),
        "analysis/panel.dta": stata(frames["panel"], release),
        "analysis/panel.duckdb": _packed_database(before, version) or database(frames, description),
        "analysis/codebook.csv": csv_bytes(pd.DataFrame(description.measures)),
    }
    content = {"kind": "data", "version": version, "content": content_hash(frames["panel"])}
    package = json.loads(description.to_json()) | content
    files["package.json"] = json.dumps(package, indent=1, ensure_ascii=False).encode() + b"\n"
    files["CITATION.cff"] = _citation(description, version).encode()
    files["README.md"] = data_readme(description, version, changes).encode()
    return version, files | metadata_files(description, files)


def _frames(release: Release, revisions: pd.DataFrame) -> Frames:
    """Tables of the release that are also given as CSV."""
    panel = release.panel.reset_index().sort_values(KEY, kind="stable")
    sources = release.observations.groupby(["source", "edition", "vintage", "file", "sha256"])
    return {
        "panel": panel.reset_index(drop=True),
        "units": release.provinces,
        "national": release.national,
        "series_breaks": release.series_breaks,
        "revisions": revisions,
        "sources": sources.size().rename("cells").reset_index(),
    }


def stata(panel: pd.DataFrame, release: Release) -> bytes:
    """Return the panel for Stata, with labels and a numeric unit, so that `xtset` takes it."""
    names = dict(
        zip(release.provinces["province_code"], release.provinces["province"], strict=True)
    )
    number = number_units(panel["province_code"])
    labels = {index: f"{names.get(code, code)} ({code})" for code, index in number.items()}
    frame = panel.assign(province_code=panel["province_code"].astype(object))
    frame.insert(0, "province_id", panel["province_code"].map(number).astype("int16"))
    keys = {"province_id": "Province", "province_code": "Code of GB/T 2260", "year": "Year"}
    return stata_bytes(
        frame,
        variable_labels=keys | measure_labels(release.indicators, frame.columns),
        value_labels={"province_id": labels},
        title=TITLE,
    )


def database(frames: Frames, description: Description) -> bytes:
    """Return the tables as a DuckDB file, each column of the panel with its label."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "panel.duckdb"
        with duckdb.connect(str(path), config={"threads": 1}) as connection:
            for name, frame in frames.items():
                connection.register("given", frame)
                connection.execute(f"create table {quoted(name)} as select * from given")
                connection.unregister("given")
            for measure in description.measures:
                text = literal(f"{measure['label']}, {measure['unit']}")
                column = quoted(measure["name"])
                connection.execute(f"comment on column panel.{column} is {text}")
            connection.execute("checkpoint")
        return path.read_bytes()


def _packed_database(before: Path | None, version: str) -> bytes | None:
    """Return the DuckDB file of the same version, if it was packed before.

    DuckDB leaves a few bytes of its memory in a file, so that another file of the same rows differs.
    """
    if before is None or before.stem != f"{NAME}-{version}":
        return None
    with zipfile.ZipFile(before) as archive:
        return archive.read(f"{NAME}/analysis/panel.duckdb")


def newest_package(folder: Path) -> Path | None:
    """Return the newest data release that was packed before, or None."""
    matches = {p: PACKAGE.fullmatch(p.name) for p in folder.glob("*.zip")}
    numbered = {p: (int(m[1]), int(m[2])) for p, m in matches.items() if m}
    return max(numbered, key=lambda p: numbered[p], default=None)


def _version(release: Release, panel: pd.DataFrame, before: Path | None) -> tuple[str, str]:
    """Version and changelog: those of the release before where the panel is the same."""
    year = int(max(s["edition"] for s in release.manifest["sources"]))
    if before is None:
        return f"{year}.1", f"# Changes\n\n## {year}.1\n\n* The first release.\n"
    old_version = before.stem.removeprefix(f"{NAME}-")
    with zipfile.ZipFile(before) as archive:
        old = json.loads(archive.read(f"{NAME}/package.json"))
        changelog = archive.read(f"{NAME}/CHANGELOG.md").decode()
        text = archive.read(f"{NAME}/analysis/panel.csv").decode()
    if old["release_id"] == release.release_id:
        return old_version, changelog
    old_year, number = (int(part) for part in old_version.split("."))
    version = f"{year}.{number + 1}" if old_year == year else f"{year}.1"
    differences = [*changes(text, csv_bytes(panel).decode())] or [
        "no value changed; labels or sources did"
    ]
    lines = "\n".join(f"* {line}" for line in differences)
    return version, changelog.replace("# Changes\n", f"# Changes\n\n## {version}\n\n{lines}\n", 1)


def changes(old: str, new: str) -> Iterator[str]:
    """Yield, for each measure, how many cells were added, revised and taken out between two panels.

    Parameters
    ----------
    old, new : str
        Both panels as CSV.
    """
    before, after = _cells(old), _cells(new)
    names = sorted({name for name, _ in before} | {name for name, _ in after})
    for name in names:
        had = {key: v for (n, key), v in before.items() if n == name}
        has = {key: v for (n, key), v in after.items() if n == name}
        added, removed = len(has.keys() - had.keys()), len(had.keys() - has.keys())
        revised = sum(has[key] != had[key] for key in has.keys() & had.keys())
        if added or removed or revised:
            yield f"`{name}`: {added} values added, {revised} revised, {removed} taken out"


def _cells(text: str) -> dict[tuple[str, tuple[str, ...]], str]:
    rows = csv.DictReader(io.StringIO(text))
    return {
        (name, tuple(row[k] for k in KEY)): value
        for row in rows
        for name, value in row.items()
        if name not in KEY and value != ""
    }


def _described(
    release: Release,
    authors: list[str],
    sources: Sequence[SourceDescription],
    facts: PackageFacts,
    version: str,
) -> Description:
    newest = max(s.obtained for s in sources)
    return Description(
        form=1, paper=NAME, title=f"{TITLE}, release {version}", authors=authors, year=int(newest[:4]),
        question="", data="authors", unit="province",
        units=int(release.panel.index.get_level_values(0).nunique()),
        release_id=release.release_id, first_year=int(release.manifest["first_year"]),
        last_year=int(release.manifest["last_year"]), rows=len(release.panel),
        measures=measures_of(release), tables=[], sources=list(sources), facts=facts.model_dump(mode="json"),
        software={}, references=[f"{', '.join(authors)} ({newest[:4]}). {TITLE}, release {version}."],
    )  # fmt: skip


def _citation(description: Description, version: str) -> str:
    content: dict[str, Any] = {
        "cff-version": "1.2.0", "message": "If you use these data, cite them and the authorities they come from.",
        "title": TITLE, "type": "dataset", "authors": [{"name": name} for name in description.authors],
        "version": version, "date-released": description.made[:10],
    }  # fmt: skip
    if doi := description.facts["doi"]:
        content["doi"] = doi
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def other_formats(folder: Path, package: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each format whose panel is not the stated one, read back from the file."""
    types = {"province_code": "str"}
    stated = package["content"]
    parquet = pd.read_parquet(folder / "analysis/panel.parquet")
    frames = {
        "panel.parquet": parquet,
        "panel.csv": pd.read_csv(folder / "analysis/panel.csv", dtype=types),
        "panel.dta": pd.read_stata(folder / "analysis/panel.dta", convert_categoricals=False).drop(
            columns="province_id"
        ),
    }
    with duckdb.connect(str(folder / "analysis/panel.duckdb"), read_only=True) as connection:
        frames["panel.duckdb"] = connection.execute("select * from panel order by all").df()
    for name, frame in frames.items():
        digest = content_hash(frame[list(parquet.columns)].astype(parquet.dtypes.to_dict()))
        if digest != stated:
            place = Place(file=f"analysis/{name}")
            yield Code.PACKAGE_NUMBERS(
                "the result hash is {found}, but the package states {expected}",
                "compare versions of libraries, threads and seeds with those of the package",
                place,
                found=digest[:16],
                expected=stated[:16],
            )

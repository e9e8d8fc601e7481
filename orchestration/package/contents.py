"""The files of a replication package, by name: data, specs, results, code, and what describes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from living_panel.estimation.data_sets.data_set import load_data_set
from living_panel.estimation.package.crate import metadata_files
from living_panel.estimation.package.csv_file import csv_bytes, without_formulas
from living_panel.estimation.package.description import Description
from living_panel.estimation.package.readme import citation, readme
from living_panel.estimation.panel.release import Release, load_release
from living_panel.estimation.panel.spec import PAPERS
from living_panel.estimation.papers.source import SetEdition, find_data_folder, origin_of
from living_panel.orchestration.package import main_file
from living_panel.orchestration.package.describe import folder_of, lock_file
from living_panel.orchestration.root.settings import (
    IMPORTED_FROM,
    REPOSITORY,
    SHIPPED,
    WORKSPACE_FILE,
    Settings,
)

CODE = ("estimation", "ingestion", "orchestration")
"""Packages that are in every replication package as source."""
CODE_FOLDER = "code/living_panel"
"""Folder of these packages in a replication package: no links, as in a wheel."""
OF_OTHERS = {("estimation", "papers"), ("estimation", "data_sets")}
"""Folders of papers and data sets, of which a package has its own."""
NOT_CODE = {"__pycache__", "target", "logs", "shipped"}
SETTINGS = """\
# Settings of this package, by which its code finds papers and data.
workspace: 1
name: {name}
papers: papers
data: data
sources: {sources}
"""
IGNORED = ".venv/\n.dagster/\nreproduced/\nreproduction.json\n"
ANALYSIS, README, LOCK = "analysis", "README.md", "code/requirements.lock"
FRAMES = ("observations", "indicators", "provinces", "series_breaks", "national")


def package_files(settings: Settings, description: Description) -> dict[str, bytes]:
    """Return every file of a package but CHECKSUMS."""
    folder = PAPERS / description.paper
    release = load_release(settings.releases / description.release_id)
    files = {
        **fixed_files(description),
        **dict(_paper(folder, {file.name for file in description.omitted})),
        **dict(_data_set(folder)),
        **({} if find_data_folder(folder) else dict(_archive(settings, description))),
        **analysis_files(settings.releases / description.release_id, release, description),
        **dict(_results(settings, description)),
        **dict(code_files()),
    }
    return files | written_files(description, files)


def fixed_files(description: Description) -> dict[str, bytes]:
    """Return the files that need no other file of the package."""
    has_data = find_data_folder(PAPERS / description.paper) is not None
    sources = "none" if has_data else "bundled"
    return {
        "package.json": description.to_json(),
        "main.py": Path(main_file.__file__).read_bytes(),
        "LICENSE": (SHIPPED / "LICENSE").read_bytes(),
        "CITATION.cff": citation(description).encode(),
        ".gitignore": IGNORED.encode(),
        WORKSPACE_FILE: SETTINGS.format(name=description.paper, sources=sources).encode(),
    }


def written_files(description: Description, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return README and metadata, which say how large the other files are, and their hashes."""
    text = {README: readme(description, files).encode()}
    return text | metadata_files(description, {**files, **text})


def _paper(folder: Path, omitted: set[str]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        name = f"papers/{folder.name}/{inside.as_posix()}"
        hidden = path.name.startswith(".") or bool(NOT_CODE & {*inside.parts})
        if path.is_file() and not hidden and name not in omitted:
            yield name, path.read_bytes()


def _data_set(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the data set that a paper names, next to its papers."""
    data = find_data_folder(folder)
    choice = origin_of(data, SetEdition) if data else None
    if choice is None:
        return
    data_set = load_data_set(choice.set)
    for path in sorted(data_set.folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            yield f"data_sets/{data_set.name}/{path.name}", path.read_bytes()


def _archive(settings: Settings, description: Description) -> Iterator[tuple[str, bytes]]:
    """Yield receipts, the ledger of the archive, and raw files that may be published."""
    for path in sorted(settings.archive.rglob("receipt.yml")):
        yield _in_root(settings, path), path.read_bytes()
    ledger = settings.archive / "ledger.jsonl"
    if ledger.is_file():
        yield _in_root(settings, ledger), ledger.read_bytes()
    for source in description.sources:
        for file in source.files:
            if file.provided:
                yield file.name, (settings.root.parent / file.name).read_bytes()


def _in_root(settings: Settings, path: Path) -> str:
    return f"data/{path.relative_to(settings.root).as_posix()}"


def analysis_files(folder: Path, release: Release, description: Description) -> dict[str, bytes]:
    """Return the analysis data with their codebook, and the source of each cell."""
    files = {
        f"{ANALYSIS}/{name}": (folder / name).read_bytes()
        for name in ("panel.parquet", "panel.dta", "observations.parquet")
    }
    files[f"{ANALYSIS}/panel.csv"] = without_formulas((folder / "panel.csv").read_bytes())
    files[f"{ANALYSIS}/codebook.csv"] = csv_bytes(pd.DataFrame(description.measures))
    files[f"{ANALYSIS}/units.csv"] = csv_bytes(release.provinces)
    return files


def _results(settings: Settings, description: Description) -> Iterator[tuple[str, bytes]]:
    """Yield each table in all its forms, its numbers also as CSV, and its manifest."""
    for table in description.tables:
        folder = folder_of(settings, table)
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            name = f"results/{table.table}/{path.relative_to(folder).as_posix()}"
            yield name, path.read_bytes()
            if path.suffix == ".parquet" and path.stem in (
                "coefficients",
                "statistics",
                "specifications",
            ):
                yield name.replace(".parquet", ".csv"), csv_of(path)


def csv_of(path: Path) -> bytes:
    """Return a table of numbers as the CSV file that stands next to it in a package."""
    return csv_bytes(pd.read_parquet(path))


def code_files() -> Iterator[tuple[str, bytes]]:
    """Yield the source of the program, with its lock, and without papers of others."""
    for package in CODE:
        for path in sorted((REPOSITORY / package).rglob("*")):
            if path.is_file() and not _is_left_out(path):
                yield f"{CODE_FOLDER}/{path.relative_to(REPOSITORY).as_posix()}", path.read_bytes()
    for path in sorted((IMPORTED_FROM / "living_panel").glob("*.py")):
        yield f"{CODE_FOLDER}/{path.name}", path.read_bytes()
    for path in sorted((SHIPPED / "dbt_project").rglob("*")):
        inside = path.relative_to(SHIPPED)
        if path.is_file() and not NOT_CODE & {*inside.parts} and path.name != ".user.yml":
            yield f"code/{inside.as_posix()}", path.read_bytes()
    for name in ("dagster.yaml", "pyproject.toml", "LICENSE", "docs/papers.md"):
        yield f"code/{name}", (SHIPPED / name).read_bytes()
    yield LOCK, lock_file().read_bytes()


def _is_left_out(path: Path) -> bool:
    inside = path.relative_to(REPOSITORY)
    of_others = inside.parts[:2] in OF_OTHERS and len(inside.parts) > 3
    return of_others or bool(NOT_CODE & {*inside.parts}) or path.suffix == ".pyc"

"""Describe the package of a paper: its published tables, the data they use, the software that made them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from living_panel.codes import Code
from living_panel.estimation.artifacts.artifact import read_manifest
from living_panel.estimation.package.description import (
    FORM,
    Description,
    File,
    PackageTable,
    SourceDescription,
    measures_of,
    seeds_of,
)
from living_panel.estimation.package.facts import PackageFacts, WrongPackage, read_facts
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.papers.printed import read_paper
from living_panel.estimation.papers.schema import PaperForm
from living_panel.estimation.papers.source import (
    PANEL,
    RAW,
    Package,
    edition_of,
    find_data_folder,
    is_prepared,
    raw_receipts,
    read_source,
    source_record,
)
from living_panel.estimation.tables.estimate import program_of
from living_panel.ingestion.digests import sha256_of
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.storage import archive
from living_panel.orchestration.root.readers import read_current
from living_panel.orchestration.root.settings import REPOSITORY, SHIPPED, Settings
from living_panel.orchestration.root.versions import code_of
from living_panel.problems import Place


def describe(settings: Settings, paper: str, facts: PackageFacts | None = None) -> Description:
    """Describe the package of a paper whose tables are published.

    Raises
    ------
    WrongPackage
        If no table of the paper is published, or one was made by other code.
    """
    folder = PAPERS / paper
    facts = read_facts(folder) if facts is None else facts
    tables = list(_tables(settings, folder))
    if not tables:
        raise WrongPackage(
            Code.NOT_BUILT(
                "no table of {paper} is published",
                "run `make run`, then `make package`",
                Place(file=str(folder)),
                paper=paper,
            )
        )
    manifests = [_manifest(settings, t) for t in tables]
    form = read_paper(paper)
    release = load_release(settings.releases / manifests[0]["release_id"])
    return Description(
        form=FORM,
        paper=paper,
        title=form.title,
        authors=list(form.authors),
        year=form.year,
        question=form.question,
        data=form.data,
        unit=form.sample.unit,
        units=int(release.panel.index.get_level_values(0).nunique()),
        release_id=release.release_id,
        first_year=int(release.manifest["first_year"]),
        last_year=int(release.manifest["last_year"]),
        rows=len(release.panel),
        measures=measures_of(release),
        tables=tables,
        sources=list(_sources(settings, folder, facts)),
        facts=facts.model_dump(mode="json"),
        software=_software(manifests),
        references=list(_references(form, facts)),
        paper_tables=[load_spec(path).table for path in _specs(folder)],
    )


def folder_of(settings: Settings, table: PackageTable) -> Path:
    """Folder of a table's artifact."""
    return settings.artifacts / table.table / table.artifact_id


def _manifest(settings: Settings, table: PackageTable) -> dict[str, Any]:
    return read_manifest(folder_of(settings, table))


def _tables(settings: Settings, folder: Path) -> Iterator[PackageTable]:
    current = read_current(settings)
    for path in _specs(folder):
        spec = load_spec(path)
        if spec.table not in current:
            continue
        manifest = read_manifest(settings.artifacts / spec.table / current[spec.table])
        if manifest["code"]["code_version"] != code_of(spec).version:
            raise WrongPackage(
                Code.PACKAGE_UNSTABLE(
                    "this table was made by other code than the package would contain",
                    "run `make run`, then `make package`",
                    Place(table=spec.table),
                )
            )
        program = program_of(spec.kind)
        yield PackageTable(
            table=spec.table,
            number=spec.table.removeprefix(f"{folder.name}_"),
            title=manifest["title"],
            question=manifest["question"],
            kind=spec.kind,
            spec=f"papers/{folder.name}/specs/{path.name}",
            program=f"code/living_panel/{program.as_posix()}",
            line=line_of(REPOSITORY / program, "fill"),
            artifact_id=current[spec.table],
            result_hash=manifest["result_hash"],
            status=manifest["status"],
            seconds=float(manifest["run"]["seconds"]),
            created_at=str(manifest["run"]["created_at"]),
            seeds=dict(seeds_of(spec)),
            files={entry["name"]: entry["sha256"] for entry in manifest["files"]},
        )


def _specs(folder: Path) -> list[Path]:
    return sorted(folder.glob("specs/*.yml"))


def line_of(program: Path, function: str) -> int:
    """Return the line of a function in a program; 1 where it has none of that name."""
    tree = ast.parse(program.read_bytes())
    lines = (n.lineno for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function)
    return next(lines, 1)


def _sources(settings: Settings, folder: Path, facts: PackageFacts) -> Iterator[SourceDescription]:
    data = find_data_folder(folder)
    if data is not None:
        yield _paper_source(folder, data, facts)
        yield from _edition_sources(data, facts)
    else:
        yield from archived_sources(settings, facts)


def archived_sources(settings: Settings, facts: PackageFacts) -> Iterator[SourceDescription]:
    """Yield the provenance of every archived vintage whose bytes are there."""
    for name in catalog.names():
        for edition in catalog.source(name).editions:
            for vintage in archive.vintages(settings.root, name, edition):
                if vintage.state == "present":
                    yield _archived_source(settings, name, vintage, facts)


def _paper_source(folder: Path, data: Path, facts: PackageFacts) -> SourceDescription:
    source, more = read_source(data), facts.sources.get(read_source(data).source)
    access = source.access
    if isinstance(source.data, Package):
        access = f"Installed with the Python package {source.data.package} of requirements.lock."
    return SourceDescription(
        name=source.source,
        title=source.title or source.source,
        producer=source.producer or _of_receipts(data, "producer"),
        edition=source.edition,
        obtained=source.obtained,
        citation=(more.citation if more else "") or " ".join(source.citation.split()),
        licence=(more.licence if more else "") or source.licence or _of_receipts(data, "licence"),
        access=(more.access if more else "") or access or _of_receipts(data, "obtained_by"),
        cost=more.cost if more else "",
        time=more.time if more else "",
        files=list(_paper_files(folder, data)),
    )


def _edition_sources(data: Path, facts: PackageFacts) -> Iterator[SourceDescription]:
    """Yield the provenance of each edition of a data set that a paper reads."""
    if (used := edition_of(data)) is None:
        return
    data_set = used.data_set
    more = facts.sources.get(data_set.name)
    for edition in used.editions:
        size = data_set.path(edition).stat().st_size
        name = f"data_sets/{data_set.name}/{edition.file}"
        yield SourceDescription(
            name=data_set.name,
            title=f"{data_set.form.title}, edition {edition.name}",
            producer=data_set.form.title,
            edition=edition.day.year,
            obtained=edition.released,
            citation=(more.citation if more else "") or edition.citation,
            licence=(more.licence if more else "") or edition.licence,
            access=(more.access if more else "") or f"In this package, as {name}.",
            cost=more.cost if more else "",
            time=more.time if more else "",
            files=[File(name, edition.sha256, size, True)],
        )


def _paper_files(folder: Path, data: Path) -> Iterator[File]:
    """Yield the raw files of a paper's data, else its panel, else the data set of a package."""
    place = f"papers/{folder.name}/data"
    if is_prepared(data):
        for receipt in raw_receipts(data):
            size = (data / RAW / receipt.file).stat().st_size
            name = f"{place}/{RAW}/{receipt.file}"
            yield File(name, receipt.sha256, size, receipt.redistribute, receipt.url)
        return
    record = source_record(data)
    if (panel := data / PANEL).is_file():
        yield File(f"{place}/{PANEL}", str(record["sha256"]), panel.stat().st_size, True)
    else:
        yield File(str(record["file"]), str(record["sha256"]), 0, True)


def _of_receipts(data: Path, key: str) -> str:
    """Facts from the receipts of raw files, each once."""
    texts = [getattr(r, key) for r in raw_receipts(data)] if is_prepared(data) else []
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _archived_source(
    settings: Settings, name: str, vintage: Any, facts: PackageFacts
) -> SourceDescription:
    receipt, more = vintage.receipt, facts.sources.get(name)
    folder: Path = vintage.folder
    give = more is None or more.redistribute
    return SourceDescription(
        name=name,
        title=receipt.publication,
        producer=receipt.producer,
        edition=receipt.edition,
        obtained=str(receipt.vintage),
        citation=(more.citation if more else "")
        or f"{receipt.producer} ({receipt.edition}). {receipt.publication}.",
        licence=(more.licence if more else "") or " ".join(receipt.licence_note.split()),
        access=(more.access if more else "") or " ".join(receipt.obtained_by.split()),
        cost=more.cost if more else "",
        time=more.time if more else "",
        files=[
            File(
                name=(folder / entry.name).relative_to(settings.root.parent).as_posix(),
                sha256=entry.sha256,
                bytes=entry.bytes,
                provided=give and (folder / entry.name).is_file(),
                address=entry.url or "",
            )
            for entry in receipt.files
        ],
    )


def _software(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    """Versions and platform that made the tables; where tables differ, all of them."""
    code = [m["code"] for m in manifests]
    return {
        "python": sorted({c["python"] for c in code}),
        "platform": sorted({c["platform"] for c in code}),
        "threads": sorted({str(c["threads"]) for c in code}),
        "packages": code[0]["packages"],
        "commit": sorted({c["commit"] for c in code}),
        "lock_sha256": sha256_of(lock_file())[0],
    }


def lock_file() -> Path:
    """File of the locked packages, of a checkout or as shipped."""
    return SHIPPED / "requirements.lock"


def _references(form: PaperForm, facts: PackageFacts) -> Iterator[str]:
    doi = f" https://doi.org/{facts.doi.removeprefix('https://doi.org/')}" if facts.doi else ""
    yield f"{', '.join(form.authors)} ({form.year}). {form.title}.{doi}"

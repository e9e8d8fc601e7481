"""Content of a package, read from manifests, receipts and specs; README and metadata are written from it.

The description is stored as `package.json`. Numbers and facts are in it once; no text is parsed.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from living_panel.estimation.artifacts.artifact import read_manifest
from living_panel.estimation.panel.periods import period_text
from living_panel.estimation.panel.release import Release, load_release
from living_panel.estimation.panel.spec import PAPERS, Spec, load_spec
from living_panel.estimation.papers.from_data_set import edition_of
from living_panel.estimation.papers.paper_data import PANEL, find_data_folder, source_of
from living_panel.estimation.papers.prepared import RAW, is_prepared, raw_receipts
from living_panel.estimation.papers.printed import read_paper
from living_panel.estimation.papers.schema import PaperForm
from living_panel.estimation.tables.estimate import program_of
from living_panel.ingestion import archive, catalog
from living_panel.ingestion.limited_yaml import YamlLoader
from living_panel.orchestration.package import codes
from living_panel.orchestration.package.facts import PackageFacts, WrongPackage, read_facts
from living_panel.orchestration.root.readers import read_current
from living_panel.orchestration.root.settings import REPOSITORY, SHIPPED, Settings
from living_panel.orchestration.root.versions import code_of
from living_panel.problems import Place

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
        raise WrongPackage(codes.NOT_PUBLISHED(Place(file=str(folder)), paper=paper))
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
    )


def folder_of(settings: Settings, table: PackageTable) -> Path:
    """Folder of a table's artifact."""
    return settings.artifacts / table.table / table.artifact_id


def _manifest(settings: Settings, table: PackageTable) -> dict[str, Any]:
    return read_manifest(folder_of(settings, table))


def _tables(settings: Settings, folder: Path) -> Iterator[PackageTable]:
    current = read_current(settings)
    for path in sorted(folder.glob("specs/*.yml")):
        spec = load_spec(path)
        if spec.table not in current:
            continue
        manifest = read_manifest(settings.artifacts / spec.table / current[spec.table])
        if manifest["code"]["code_version"] != code_of(spec).version:
            raise WrongPackage(codes.OTHER_CODE(Place(table=spec.table)))
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


def line_of(program: Path, function: str) -> int:
    """Return the line of a function in a program; 1 where it has none of that name."""
    tree = ast.parse(program.read_bytes())
    found = (n.lineno for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function)
    return next(found, 1)


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
    content = yaml.load((data / "source.yml").read_text(encoding="utf-8"), Loader=YamlLoader)
    origin, more = source_of(data), facts.sources.get(str(content["source"]))
    return SourceDescription(
        name=str(content["source"]),
        title=str(content.get("title", content["source"])),
        producer=str(content.get("producer", "")) or _of_receipts(data, "producer"),
        edition=int(content["edition"]),
        obtained=str(content["obtained"]),
        citation=(more.citation if more else "") or " ".join(str(content["citation"]).split()),
        licence=(more.licence if more else "")
        or str(content.get("licence", ""))
        or _of_receipts(data, "licence"),
        access=(more.access if more else "")
        or _access(content)
        or _of_receipts(data, "obtained_by"),
        cost=more.cost if more else "",
        time=more.time if more else "",
        files=list(_paper_files(folder, data, origin)),
    )


def _edition_sources(data: Path, facts: PackageFacts) -> Iterator[SourceDescription]:
    """Yield the provenance of each edition of a data set that a paper reads."""
    if (found := edition_of(data)) is None:
        return
    choice, data_set, newest = found
    more = facts.sources.get(data_set.name)
    for edition in data_set.editions if choice.every_edition else (newest,):
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


def _paper_files(folder: Path, data: Path, origin: Mapping[str, Any]) -> Iterator[File]:
    """Yield the raw files of a paper's data, else its panel, else the data set of a package."""
    place = f"papers/{folder.name}/data"
    if is_prepared(data):
        for receipt in raw_receipts(data):
            size = (data / RAW / receipt.file).stat().st_size
            name = f"{place}/{RAW}/{receipt.file}"
            yield File(name, receipt.sha256, size, receipt.redistribute, receipt.url)
    elif (panel := data / PANEL).is_file():
        yield File(f"{place}/{PANEL}", str(origin["sha256"]), panel.stat().st_size, True)
    else:
        yield File(str(origin["file"]), str(origin["sha256"]), 0, True)


def _of_receipts(data: Path, key: str) -> str:
    """Facts from the receipts of raw files, each once."""
    texts = [getattr(r, key) for r in raw_receipts(data)] if is_prepared(data) else []
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _access(told: Mapping[str, Any]) -> str:
    if "package" in told.get("data", {}):
        return f"Installed with the Python package {told['data']['package']} of requirements.lock."
    return str(told.get("access", ""))


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
        "lock_sha256": hashlib.sha256(lock_file().read_bytes()).hexdigest(),
    }


def lock_file() -> Path:
    """File of the locked packages, of a checkout or as shipped."""
    return SHIPPED / "requirements.lock"


def _references(form: PaperForm, facts: PackageFacts) -> Iterator[str]:
    doi = f" https://doi.org/{facts.doi.removeprefix('https://doi.org/')}" if facts.doi else ""
    yield f"{', '.join(form.authors)} ({form.year}). {form.title}.{doi}"

"""Commands for the author of a paper's folder: make a folder, try one spec, list checksums."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

import pandas as pd
import yaml

from living_panel.codes import Code, NoFix
from living_panel.estimation.audit.causes import find_causes
from living_panel.estimation.audit.causes import in_words as cause_in_words
from living_panel.estimation.audit.reproduction import StoredResults, counts, in_words, reproduce
from living_panel.estimation.findings.declared import FILE as FINDINGS
from living_panel.estimation.findings.migrations import Migrated, migrate_paper
from living_panel.estimation.panel import sentences
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.former_names import FORMAT
from living_panel.estimation.panel.marked_yaml import nearest
from living_panel.estimation.panel.periods import numbers_of
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PAPER_FILE, PAPERS, Spec, load_spec
from living_panel.estimation.papers.data_files import Proposal, propose
from living_panel.estimation.papers.printed import (
    CHECKSUMS,
    PLACEHOLDER,
    pairs,
    printed_files,
    read_form,
    read_paper,
    verify_checksums,
)
from living_panel.estimation.papers.rows import TranscriptionError
from living_panel.estimation.papers.schema import Beside, PaperForm, PrintedPaper
from living_panel.estimation.papers.source import frozen_source
from living_panel.estimation.tables.estimate import check_options, estimate, kind_names, module_of
from living_panel.estimation.tables.other_samples import other_samples
from living_panel.estimation.tables.render import to_markdown
from living_panel.estimation.tables.result import TableResult
from living_panel.ingestion.digests import sha256_of
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.provenance.catalog import has_sources
from living_panel.orchestration.commands.unknown_names import unknown_names
from living_panel.orchestration.outputs.other_editions import is_missing, other_editions
from living_panel.orchestration.outputs.releases import trial_release, unknown_measures
from living_panel.orchestration.root.limits import table_limits
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Problem, Refused, name_commands

MOST_LINES = 20  # of printed numbers that are not reproduced
SCHEMA = "# yaml-language-server: $schema="
PAPER = """\
# yaml-language-server: $schema=../paper.schema.json
format: 2
paper: {name}
authors: ["…"]
year: 2026
title: "…"
question: What is asked?
sample: {{unit: province, units: 31, first_year: 2011, last_year: 2020, excluded: {{}}, place: this file}}
# The variables of the analysis, declared once: measures most wanted first. docs/dictionary.md lists them.
roles:
  y: {{label: ln GDP, concept: gross regional product, measures: [gdp_cny_100m], log: true}}
  x: {{label: ln R&D, concept: R&D expenditure of industry, measures: [rd_industry_cny_10k], log: true}}
variables: {{}}
equation: {{lhs: y, regressors: [x], effects: [entity, time], transform: log, place: this file}}
tables: {{}}
"""
SPEC = """\
# yaml-language-server: $schema=../../spec.schema.json
table: {name}_first
kind: fixed_effects
title: "First table"
question: What is the elasticity within provinces?
stars: {{"***": 0.01, "**": 0.05, "*": 0.10}}
variables: [y, x]
options:
  constant: true
  primary: "wild_cluster_bootstrap:rademacher"   # stars, p-values, intervals in brackets
  errors: "cr3:jackknife:t(G-1)"                 # a labelled standard error
  beside: {{}}
  inference:
    - {{cov: "wild_cluster_bootstrap:rademacher", cluster: [unit], correction: reghdfe, df: none,
       draws: 9999, seed: 1}}
    - {{cov: "cr3:jackknife", cluster: [unit], correction: none, df: "t(G-1)"}}
  blocks:
    - id: main
      title: "2011-2020"
      dependent: y
      enter: [x]
      effects: both
      beside_printed: false
      interpolation: {{method: none}}
      sample: {{units: all, first_year: 2011, last_year: 2020, without_years: [], minimum_coverage: 1}}
"""
PROPOSAL = """\
## A finding: a claim, and the number of a table that carries it. docs/papers.md explains the keys.
## Remove "# " from the lines below, and write your claim.
"""


def new_paper(name: str, papers: Path = PAPERS, *, data: Path | None = None) -> list[Path]:
    """Make the folder of a paper with one table that can be estimated at once.

    With a data file the paper is on data of its own: unit, period and roles are proposed from it.

    Raises
    ------
    ValueError
        For a name that is taken or cannot begin a table's name.
    """
    folder = papers / name
    if data is None and not has_sources():
        raise InvalidSpec(
            Code.WORKSPACE(
                "this workspace has no warehouse, so the paper must have its own data",
                "add --data FILE to the command",
                Place(file=str(folder)),
            )
        )
    if (
        not (name.isascii() and name.islower() and name.replace("_", "").isalnum())
        or name[0].isdigit()
    ):
        raise Refused(
            Code.NAME_FORM(
                "{name!r} cannot be the name of a paper",
                "use small letters, digits and _, and begin with a letter",
                name=name,
            )
        )
    if folder.exists():
        raise Refused(
            Code.NAME_TAKEN("{folder} already exists", "choose another name", folder=folder)
        )
    texts = {
        folder / PAPER_FILE: PAPER.format(name=name),
        folder / FINDINGS: _proposed_finding(name, "main.1", "x", "R&D", "GDP"),
        folder / "specs" / f"{name}_first.yml": SPEC.format(name=name),
    }
    if data is not None:
        texts = _texts_from_data(folder, name, data)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(text.encode(), path)
    return list(texts)


def _texts_from_data(folder: Path, name: str, data: Path) -> dict[Path, str]:
    """Files of a paper on the data of one file; the spec comes last."""
    found = propose(data)
    measures = list(found.labels)
    years = found.panel["year"]
    numbers = numbers_of(years, found.frequency)
    window: dict[str, int | str] = {
        "first_year": years[numbers.idxmin()],
        "last_year": years[numbers.idxmax()],
    }
    if found.frequency in ("years", "numbers"):
        window = {key: int(value) for key, value in window.items()}
    sample: dict[str, object] = {"unit": found.unit or "row", "units": len(found.units), "frequency": found.frequency,
              **window, "excluded": {}}  # fmt: skip
    titles = {m: found.labels[m].replace("\n", " ") for m in measures}
    roles = {
        m: {"label": t, "concept": t, "measures": [m], "log": False} for m, t in titles.items()
    }
    paper = {
        "format": FORMAT, "paper": name, "authors": [PLACEHOLDER], "year": date.today().year, "title": PLACEHOLDER,
        "question": "What is asked?",
        "sample": {**sample, "place": data.name}, "roles": roles, "variables": {},
        "equation": {"lhs": measures[0], "regressors": [measures[1]], "effects": [],
                     "transform": "level", "place": data.name}, "tables": {},
    }  # fmt: skip
    source = {
        "source": name, "edition": date.today().year, "obtained": date.today().isoformat(),
        "citation": data.name, "status": "authors",
    }  # fmt: skip
    effects = " | unit" if found.unit else ""
    spec = {
        "table": f"{name}_first", "kind": "panel_models", "title": "First table",
        "question": "What is the slope?", "stars": {"***": 0.01, "**": 0.05, "*": 0.10},
        "variables": measures[:2],
        "options": {
            "sample": {"units": "all", **window, "without_years": [], "minimum_coverage": 0.01},
            "interpolation": {"method": "none"},
            "columns": [{
                "id": "first", "title": "First", "estimator": "least_squares",
                "model": f"{measures[0]} ~ {measures[1]}{effects}",
                "vcov": {"cov": "HC1", "correction": "n-k", "df": "t(n-k)"},
            }],
        },
    }  # fmt: skip
    listed = pd.DataFrame(
        {
            "measure": measures,
            "title": [*titles.values()],
            "unit": "as in the file",
            "description": "",
        }
    )
    data_folder = folder / "data"
    return {
        folder / PAPER_FILE: f"{SCHEMA}../paper.schema.json\n# {_proposed(found)}\n{_yaml(paper)}",
        data_folder / "panel.csv": found.panel.to_csv(index=False, lineterminator="\n"),
        data_folder / "units.csv": found.units.to_csv(index=False, lineterminator="\n"),
        data_folder / "measures.csv": listed.to_csv(index=False, lineterminator="\n"),
        data_folder / "source.yml": _yaml(source),
        folder / FINDINGS: _proposed_finding(
            name, "first", measures[1], titles[measures[1]], titles[measures[0]]
        ),
        folder / "specs" / f"{name}_first.yml": f"{SCHEMA}../../spec.schema.json\n{_yaml(spec)}",
    }


def _proposed_finding(name: str, model: str, term: str, cause: str, outcome: str) -> str:
    """Return `findings.yml` with a finding in comments: the author writes the claim."""
    finding = {
        "id": "main", "claim": f"{cause} raises {outcome}.", "none_printed": "a study of our own",
        "what": f"The slope of {outcome} with respect to {cause}",
        "rule": {"estimate": "above", "value": 0},
        "estimate": {"table": f"{name}_first", "model": model, "term": term},
    }  # fmt: skip
    lines = yaml.safe_dump([finding], sort_keys=False, allow_unicode=True, width=110).splitlines()
    return PROPOSAL + "".join(f"# {line}\n" for line in lines)


def _proposed(found: Proposal) -> str:
    """Return the proposal made from a data file as one line."""
    unit = f"Unit: {found.unit}" if found.unit else "Unit: each row"
    period = f"period: {found.period}, {found.frequency}" if found.period else "one period"
    omitted = f" Omitted columns: {', '.join(found.omitted)}." if found.omitted else ""
    return f"{unit}; {period}.{omitted}".replace("\n", " ")


def _yaml(content: Mapping[str, object]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=110)


def try_spec(settings: Settings, path: Path) -> str:
    """The table of one spec on the current release, as Markdown; nothing is stored or published.

    `path` is the spec's file, or the name of a table that has one.

    Raises
    ------
    ValueError
        Naming file, line, what was expected and the nearest known name.
    """
    known = {file.stem: file for file in PAPERS.glob("*/specs/*.yml")}
    path = known.get(str(path), path).resolve()
    if not path.is_file():
        place, choices = Place(file=str(path)), nearest(path.stem, known)
        raise InvalidSpec(
            Code.SPEC_MISSING(
                "the file does not exist",
                "write {choices:or}, or a path as {papers}/<paper>/specs/<table>.yml",
                place,
                choices=choices,
                papers=str(PAPERS),
            )
        )
    with table_limits(path.stem):  # of the checks too: what they read comes from outside
        spec, table, release = _tried(settings, path)
    folder = path.parents[1]
    if folder.joinpath(PAPER_FILE).is_file():
        tables = [file.stem for file in folder.glob("specs/*.yml")]
        if odd := list(unknown_names(folder, table, tables)):
            raise InvalidSpec(*odd)
    page = to_markdown(table) + _compared(settings, folder, table, spec, release)
    where = name_commands("appendix.md, once `make run` stores it")
    return page.replace("appendix.md next to this file", where)


def _tried(settings: Settings, path: Path) -> tuple[Spec, TableResult, Release]:
    """A spec, checked, its table, and the release that it rests on."""
    spec = load_spec(path)
    check_options(spec, path)
    if path.parents[1].joinpath(PAPER_FILE).is_file():
        read_form(path.parents[1] / PAPER_FILE, PaperForm)
    release = trial_release(settings, spec)
    if wrong := list(unknown_measures(path, spec, map(str, release.panel.columns))):
        raise InvalidSpec(*wrong)
    try:
        return spec, estimate(spec, release), release
    except ValueError as error:
        raise Refused(
            Code.SPEC_FAILED("{error}", NoFix.SUMMARY, Place(file=str(path)), error=error)
        ) from error


def _compared(
    settings: Settings, folder: Path, table: TableResult, spec: Spec, release: Release
) -> str:
    """How many of the printed numbers that a table is compared with it reproduces, and which it does not."""
    mine = {
        n: pair
        for n, pair in pairs(folder.name, folder.parent).items()
        if any(one.table == spec.table for one in pair.every)
    }
    if not mine or table.status != "estimated":
        return ""
    paper = read_paper(folder.name, folder.parent)
    manifest = {"table_id": spec.table, "artifact_id": "", "status": table.status,
                "spec": {"options": spec.options}}  # fmt: skip
    stored = StoredResults(manifest, table.coefficients, table.statistics)
    cells = reproduce(paper, mine, [stored])
    cells = cells[cells["printed_table"].isin(mine)]
    cells = cells[cells["table_id"] == spec.table]  # another table may answer other columns
    summary = in_words(counts(cells, paper.design), paper.design)
    others = cells[cells["status"] != "reproduced"]
    lines = [
        f"- {r.row}, {r.column} ({r.part}): printed {r.printed}, "
        + ", ".join(
            [
                *([] if pd.isna(r.ours) else [f"ours {r.ours:.8g}", r.status]),
                *filter(None, [r.reason]),
            ]
        )
        for r in others.head(MOST_LINES).itertuples()
    ]
    lines += [f"- {len(others) - MOST_LINES} more"] if len(others) > MOST_LINES else []
    lines += _terms(others, table.coefficients)
    differing = cells["ours"].notna() & (cells["status"] == "differs")
    if differing.any():
        lines += ["", *_causes(settings, folder, paper, mine, stored, spec, release)]
    return "\n".join(["", f"**Printed numbers.** {summary}", *([""] if lines else []), *lines, ""])


def _terms(others: pd.DataFrame, coefficients: pd.DataFrame) -> list[str]:
    """Name the terms of our columns, by which `terms` of side_by_side.yml finds a printed one, if one lacks."""
    if not (others["reason_code"] == "not_computed").any():
        return []
    names = coefficients.groupby("model", sort=False)["term"].unique()
    listed = "; ".join(f"{model}: {', '.join(map(str, terms))}" for model, terms in names.items())
    return [f"- Terms of our columns, for `terms` in side_by_side.yml: {listed}"]


def _causes(
    settings: Settings,
    folder: Path,
    paper: PrintedPaper,
    mine: Mapping[str, Beside],
    stored: StoredResults,
    spec: Spec,
    release: Release,
) -> Iterator[str]:
    """The most likely cause of each number that differs; other samples are tried where estimation is quick.

    Other editions are those that are stored.
    """
    others = [*other_samples(spec, release)] if spec.kind == "panel_models" else []
    others += other_editions(settings, folder.name, mine, folder.parent)
    found = find_causes(paper, mine, [stored], others)
    first = found[(found["rank"] == 1) & (found["table_id"] == spec.table)]
    for cause in first.head(MOST_LINES).to_dict("records"):
        named = {str(key): value for key, value in cause.items()}
        yield f"- {cause['row']}, {cause['column']} ({cause['part']}): {cause_in_words(named)}"
    if is_missing(settings, folder.name, mine, folder.parent):
        yield name_commands(
            "- another edition: not tried. `make editions` estimates the tables on each."
        )


def migrate(name: str, papers: Path = PAPERS) -> Migrated:
    """Rewrite the files of a paper in today's format, and its checksums where they held before.

    Raises
    ------
    ValueError
        If there is no such paper, or one of its files is not YAML.
    """
    require_papers([name], papers)
    folder = papers / name
    try:
        held = verify_checksums(folder) > 0
    except TranscriptionError:
        held = False
    made = migrate_paper(folder)
    if made.files and held:
        made.files.append(write_checksums(name, papers))
    return made


def _no_paper(name: str, papers: Path) -> Problem:
    known = [file.parent.name for file in papers.glob(f"*/{PAPER_FILE}")]
    return sentences.NO_PAPER(Place(file=str(papers / name)), choices=nearest(name, known))


def require_papers(names: Iterable[str], papers: Path = PAPERS) -> None:
    """Refuse names of which there is no paper.

    Raises
    ------
    InvalidSpec
        With the nearest name of each.
    """
    missing = (name for name in names if not (papers / name / PAPER_FILE).is_file())
    if problems := [_no_paper(name, papers) for name in missing]:
        raise InvalidSpec(*problems)


def write_checksums(name: str, papers: Path = PAPERS) -> Path:
    """Write the checksums of a paper's proof-read files again, after a change was compared with the printed paper.

    Raises
    ------
    ValueError
        If there is no such paper.
    """
    require_papers([name], papers)
    folder = papers / name
    data = folder / "data"
    if (text := frozen_source(data)) is not None:
        write_durably(text.encode(), data / "source.yml")
    lines = [
        f"{sha256_of(path)[0]}  {path.relative_to(folder).as_posix()}"
        for path in printed_files(folder)
    ]
    write_durably(("\n".join(lines) + "\n").encode(), folder / CHECKSUMS)
    return folder / CHECKSUMS


def spec_schema() -> dict[str, object]:
    """JSON Schema of a spec, with the options of every kind, for editors.

    Variables may be a list of the paper's roles, or roles with what a table has otherwise.
    """
    schema = Spec.model_json_schema()
    schema["properties"].pop("paper")
    schema["properties"]["variables"] = {
        "description": Spec.model_fields["variables"].description,
        "anyOf": [
            {"type": "array", "items": {"type": "string"}},
            {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
        ],
    }
    schema["properties"]["format"] = {
        "type": "integer", "minimum": 1, "maximum": FORMAT, "default": 1,
        "description": PaperForm.model_fields["format"].description,
    }  # fmt: skip
    rules = []
    for kind in kind_names():
        options = module_of(kind).Options.model_json_schema(
            ref_template=f"#/$defs/{kind}.{{model}}"
        )
        for name, part in options.pop("$defs", {}).items():
            schema["$defs"][f"{kind}.{name}"] = part
        rules.append(
            {
                "if": {"properties": {"kind": {"const": kind}}},
                "then": {"properties": {"options": options}},
            }
        )
    schema["properties"]["kind"] = {
        "enum": kind_names(),
        "description": Spec.model_fields["kind"].description,
    }
    return {**schema, "allOf": rules}


def write_schemas(papers: Path = PAPERS) -> list[Path]:
    """Write the JSON Schemas of `paper.yml` and specs, by which editors complete and check them."""
    schemas = {"spec": spec_schema(), "paper": PaperForm.model_json_schema()}
    for name, schema in schemas.items():
        text = json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        write_durably(text.encode(), papers / f"{name}.schema.json")
    return [papers / f"{name}.schema.json" for name in schemas]

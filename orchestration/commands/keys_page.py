"""The page of every key of every file that a person writes or reads: docs/keys.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel, RootModel

from living_panel.estimation.audit.alone import Declaration
from living_panel.estimation.data_sets.form import EditionsForm
from living_panel.estimation.findings.declared import Findings
from living_panel.estimation.package.facts import PackageFacts
from living_panel.estimation.panel.declaration import InferenceForm
from living_panel.estimation.panel.registered import SetReceipt
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.papers.schema import Beside, PaperForm
from living_panel.estimation.papers.source import RawReceipt
from living_panel.estimation.papers.source import Source as PaperSource
from living_panel.estimation.tables.estimate import kind_names, module_of
from living_panel.ingestion.formats.layouts import Layout
from living_panel.ingestion.provenance.catalog import Source, Strict
from living_panel.ingestion.provenance.receipts import Receipt
from living_panel.orchestration.commands.authoring import spec_schema
from living_panel.orchestration.lake.location import Location
from living_panel.orchestration.root.settings import REPOSITORY
from living_panel.orchestration.root.workspace import Workspace

KEYS = REPOSITORY / "docs" / "keys.md"
SOURCES = REPOSITORY / "ingestion" / "sources"
HEAD = """# Keys of files

`make docs` writes this page from the descriptions of the keys in the code. Editors show the same descriptions.
You must write a key whose default is *required*. You may leave out an *optional* key; it has no default.
The program refuses a key that this page does not list, unless the section of the file says otherwise.
"""
PATTERNS = {
    "^[a-z][a-z0-9_]*$": "name in lower case",
    "^[a-z][a-z0-9_]{2,40}$": "name in lower case, 3 to 41 characters",
    "^[a-z0-9][a-z0-9-]*$": "small letters, digits and hyphens",
    "^[0-9a-f]{64}$": "64 hexadecimal digits",
    r"^[\w.-]+$": "name of a file",
    r"^[A-Za-z]\w*(\.\d+)?$": "name of a statistic",
    r"^\d+(\.\d+)? ?[KMGT]i?B$": "size with its unit",
    r"^spark://[^/:;@\s]+:\d+/?$": "address",
    r"^sc://[^/:;@\s]+:\d+/?$": "address",
}
"""Patterns of texts in words."""
TYPES = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`", "null": "`null`",
}  # fmt: skip
Schema = dict[str, Any]


@dataclass(frozen=True)
class FileKind:
    """One kind of file, its form, further forms that belong to it, and an example.

    `example` is text, or the pattern of shipped files; then the smallest one is shown that contains `with_text`.
    An excerpt has the first `entries` entries of a list below a key.
    """

    title: str
    words: str
    form: type[BaseModel]
    example: str
    more: dict[str, type[BaseModel]] = field(default_factory=dict)
    with_text: str = ""
    entries: int = 0
    schema: Callable[[], Schema] | None = None

    @property
    def file(self) -> Path | None:
        """The shipped file that is the example; None where the example is text."""
        if "\n" in self.example:
            return None
        files = [
            path
            for path in REPOSITORY.glob(self.example)
            if self.with_text in path.read_text(encoding="utf-8")
        ]
        return min(files, key=lambda path: (path.stat().st_size, path.as_posix()))

    def example_text(self) -> str:
        """Return the example, without the last line's end."""
        text = self.example if self.file is None else self.file.read_text(encoding="utf-8")
        if self.entries:
            text = "\n  - ".join(text.split("\n  - ")[: self.entries + 1])
        return text.rstrip("\n")

    @property
    def origin(self) -> str:
        """Sentence on the origin of the example."""
        if self.file is None:
            return "An example:"
        name = self.file.relative_to(REPOSITORY).as_posix()
        return f"An example, {'the beginning of ' * bool(self.entries)}`{name}`:"

    def schemas(self) -> Iterator[Schema]:
        """Yield the JSON Schema of the file, then those of the further forms."""
        yield self.schema() if self.schema else self.form.model_json_schema()
        yield from (form.model_json_schema() for form in self.more.values())


def kind_options() -> dict[str, type[BaseModel]]:
    """Return the form of the options of each kind of table."""
    return {f"Options of kind `{kind}`": module_of(kind).Options for kind in kind_names()}


def fetch_forms() -> dict[str, type[BaseModel]]:
    """Return the forms of `fetch` in a catalog, by the source that has them."""
    forms_by_name: dict[str, type[BaseModel]] = {}
    for path in sorted(SOURCES.glob("*/fetch*.py")):
        name = ".".join(("living_panel", *path.relative_to(REPOSITORY).with_suffix("").parts))
        forms = [
            form
            for form in vars(import_module(name)).values()
            if isinstance(form, type) and issubclass(form, Strict) and form.__module__ == name
        ]
        forms_by_name |= {f"{form.__name__} of `{path.parent.name}`": form for form in forms}
    return forms_by_name


def file_kinds() -> list[FileKind]:
    """Return every kind of file that the page describes."""
    papers, sources = "estimation/papers/*", "ingestion/sources/*"
    return [
        FileKind(
            "Specs: `specs/<table>.yml`",
            "Each file describes one table. `options` has the keys of the table's kind.",
            Spec, f"{papers}/specs/*.yml",
            {**kind_options(), "Inference": InferenceForm}, "kind: fixed_effects", schema=spec_schema,
        ),
        FileKind(
            "`paper.yml`", "A paper: title and authors, its variables, and its printed tables.",
            PaperForm, f"{papers}/paper.yml", with_text="brackets:",
        ),
        FileKind(
            "`findings.yml`", "A list of the paper's findings, the main one first. `kind` decides which keys an "
            "entry has; without it, the kind is `slope`.",
            Findings, f"{papers}/findings.yml", with_text="editions:",
        ),
        FileKind(
            "`side_by_side.yml`", "Our tables that are compared with printed ones, by number of the printed table.",
            RootModel[dict[str, Beside]], f"{papers}/side_by_side.yml", with_text="inference:",
        ),
        FileKind(
            "`source.yml` of a paper's data", "The paper's own data. Other keys are ignored.",
            PaperSource, f"{papers}/data/source.yml", with_text="data:",
        ),
        FileKind(
            "`receipts.yml` of a paper's raw files", "A list with the origin of each file in `data/raw/`.",
            RootModel[list[RawReceipt]], f"{papers}/data/raw/receipts.yml",
        ),
        FileKind(
            "`package.yml`", "Facts about a replication package that only the author knows.",
            PackageFacts, PACKAGE_EXAMPLE,
        ),
        FileKind(
            "Declaration of a single table", "Declaration of a table that `audit` reads without a paper.",
            Declaration, DECLARATION_EXAMPLE,
        ),
        FileKind(
            "`editions.yml` of a data set", "A data set and its editions.",
            EditionsForm, "estimation/data_sets/*/editions.yml", entries=1,
        ),
        FileKind(
            "`receipt.yml` of a set of Parquet files",
            "The receipt of a set of files that a table of kind `pushdown` reads.",
            SetReceipt, SET_RECEIPT_EXAMPLE,
        ),
        FileKind(
            "`catalog.yml` of a source", "A source of the warehouse and the series that it prints.",
            Source, f"{sources}/catalog.yml", fetch_forms(), "fetch:",
        ),
        FileKind(
            "Layouts: `layouts/<table>.yml`", "One table as certain editions of a source print it.",
            Layout, f"{sources}/layouts/*.yml",
        ),
        FileKind(
            "`receipt.yml` of the archive", "The files of one edition that were obtained on one day (vintage).",
            Receipt, RECEIPT_EXAMPLE.format(source=min(p.parent.name for p in SOURCES.glob("*/catalog.yml"))),
        ),
        FileKind(
            "`living-panel.yml`", "The settings of a workspace.", Workspace, WORKSPACE_EXAMPLE,
        ),
        FileKind(
            "`publish.yml`",
            "The place to which a data folder publishes its results. `publish: file` alone is the default.",
            Location, PUBLISH_EXAMPLE,
        ),
    ]  # fmt: skip


RECEIPT_EXAMPLE = f"""\
source: {{source}}
edition: 2026
vintage: 2026-11-30
producer: The authority that publishes the series
publication: Title of the publication of 2026
obtained_by: typed from the printed book, page 12
licence_note: Official statistics, cited with attribution
figures: official
files:
  - {{{{name: values.csv, format: landing_csv, bytes: 7248, sha256: "{"0" * 64}"}}}}
"""
PACKAGE_EXAMPLE = """\
contact: author@example.org
doi: 10.1000/example
licence: CC BY 4.0
rights_to_use: true
rights_to_publish: true
omitted: ["Firm data: their licence forbids copies."]
sources:
  firm_survey: {access: by application, cost: none, time: two weeks, redistribute: false}
"""
DECLARATION_EXAMPLE = """\
title: Baseline
brackets: standard_error
stars: {"***": 0.01, "**": 0.05, "*": 0.10}
estimator: fixed_effects
covariance: clustered
clusters: 30
sample: {units: 30, first_year: 2005, last_year: 2020}
"""
SET_RECEIPT_EXAMPLE = f"""\
producer: A statistical office
publication: Firms and their trade
vintage: 2026-11-30
obtained_by: downloaded from the office's server
figures: official
files:
  part-0.parquet: "{"0" * 64}"
"""
WORKSPACE_EXAMPLE = """\
workspace: 1
name: growth
papers: papers
data: data
sources: none
"""
PUBLISH_EXAMPLE = """\
publish: ducklake
catalog: host=db.example.org dbname=lake user=writer
data: s3://bucket/panel/
region: eu-central-1
"""


def keys_page() -> str:
    """Return the page in Markdown: a section for each kind of file, a table for each form."""
    return Page().text()


def write_keys() -> Path:
    """Write docs/keys.md and return its path."""
    KEYS.write_text(keys_page(), encoding="utf-8")
    return KEYS


class Page:
    """The page while it is made: which forms have a table already, and where."""

    def __init__(self) -> None:
        self.anchors: dict[str, str] = {}
        """Anchor of a form's table, by the form's name and content."""
        self.taken: set[str] = set()

    def text(self) -> str:
        """Return the whole page."""
        return "\n".join([HEAD, *(line for kind in file_kinds() for line in self._section(kind))])

    def _section(self, kind: FileKind) -> Iterator[str]:
        yield f"## {kind.title}\n\n{kind.words} {kind.origin}\n\n```yaml\n{kind.example_text()}\n```\n"
        waiting: list[tuple[str, Schema, Schema]] = []
        schema = next(kind.schemas())
        definitions = schema.get("$defs", {})
        if "properties" in schema:
            yield self._table(schema, definitions, waiting)
        else:
            for part in _forms(schema):
                self._link(part, definitions, waiting)
        for heading, form in kind.more.items():
            definition = form.model_json_schema()
            self._anchor(heading)
            yield f"### {heading}\n\n{_sentences(definition)}\n"
            yield self._table(definition, definition.get("$defs", {}), waiting)
        while waiting:
            name, definition, definitions = waiting.pop(0)
            yield f"### {name}\n\n{_sentences(definition)}\n"
            yield self._table(definition, definitions, waiting)

    def _table(self, schema: Schema, definitions: Schema, waiting: list[Any]) -> str:
        """Return the table of a form's keys; forms inside that have none yet join those that wait."""
        required = schema.get("required", [])
        lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
        for key, part in schema.get("properties", {}).items():
            kind = self._type(key, part, definitions, waiting)
            default = "*required*" if key in required else _default(part)
            cells = (f"`{key}`", kind, default, _sentences(part))
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        return "\n".join([*lines, ""])

    def _type(self, key: str, part: Schema, definitions: Schema, waiting: list[Any]) -> str:
        if key == "vcov" and part.get("type") == "object":
            return "[inference](#inference)"
        if key == "inference" and part.get("items", {}).get("type") == "object":
            return "list of [inference](#inference)"
        return _in_words(part, lambda inner: self._link(inner, definitions, waiting))

    def _link(self, part: Schema, definitions: Schema, waiting: list[Any]) -> str:
        """Return a link to the table of a form, which is made once."""
        name = part["$ref"].rpartition("/")[2]
        definition = definitions[name]
        words = _words_of(str(definition.get("title", name)))
        identity = f"{words} {_sentences(definition)} {[*definition.get('properties', ())]}"
        if identity not in self.anchors:
            heading, number = words, 2
            while _slug(heading) in self.taken:
                heading, number = f"{words} {number}", number + 1
            self.anchors[identity] = self._anchor(heading)
            waiting.append((heading, definition, definitions))
        return f"[{words.lower()}](#{self.anchors[identity]})"

    def _anchor(self, heading: str) -> str:
        """Return the anchor of a heading, which no other one may have."""
        self.taken.add(_slug(heading))
        return _slug(heading)


def _forms(schema: Any) -> Iterator[Schema]:
    """Yield the parts of a schema that refer to a form."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema
        for key, part in schema.items():
            if key not in ("$defs", "discriminator"):
                yield from _forms(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _forms(part)


def _in_words(part: Schema, link: Callable[[Schema], str]) -> str:
    """Return the type of a value in words, with what it may be."""
    if "$ref" in part:
        return link(part)
    if "const" in part or "enum" in part:
        allowed = part.get("enum", [part.get("const")])
        if len(allowed) < 3:
            return " or ".join(f"`{one}`" for one in allowed)
        return f"one of {', '.join(f'`{one}`' for one in allowed)}"
    choices = part.get("anyOf") or part.get("oneOf")
    if choices:
        words = dict.fromkeys(_in_words(one, link) for one in choices)
        if "period" in words:
            words.pop("whole number", None)
        return " or ".join(words)
    kind = part.get("type")
    if isinstance(kind, list):
        return " or ".join(_in_words({"type": one}, link) for one in kind)
    if kind == "array":
        return _list_in_words(part, link)
    if kind == "object":
        named = part.get("patternProperties", {})  # names of a form, all of one meaning
        inner = part.get("additionalProperties") or next(iter(named.values()), None)
        return (
            f"mapping to {_in_words(inner, link)}"
            if isinstance(inner, dict) and inner
            else "mapping"
        )
    if part.get("format") in ("period", "date"):
        return {"period": "period", "date": "day"}[part["format"]]
    if "pattern" in part:
        return PATTERNS[part["pattern"]]
    return f"{TYPES.get(str(kind), 'any value')}{_bounds(part)}"


def _list_in_words(part: Schema, link: Callable[[Schema], str]) -> str:
    fixed = part.get("prefixItems")
    if fixed:
        return f"list of {len(fixed)}: {', '.join(_in_words(one, link) for one in fixed)}"
    least, most = part.get("minItems"), part.get("maxItems")
    size = f", at least {least}" * (least is not None) + f", at most {most}" * (most is not None)
    return f"list of {_in_words(part.get('items', {}), link)}{size}"


def _bounds(part: Schema) -> str:
    """Return the limits of a number in words."""
    limits = {
        "minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below",
    }  # fmt: skip
    return "".join(f", {words} {part[key]:g}" for key, words in limits.items() if key in part)


def _default(part: Schema) -> str:
    """Return the default of a key as YAML has it; a key without a value is left out."""
    value = part.get("default", {} if part.get("type") == "object" else None)
    if value is None:
        return "*optional*"
    if isinstance(value, dict) and value:
        return "its own defaults"
    if value == "":
        return "empty"
    shown = {True: "true", False: "false"}.get(value) if isinstance(value, bool) else None
    return f"`{shown or value}`"


def _sentences(part: Schema) -> str:
    """Return the description as one line of Markdown."""
    return " ".join(str(part.get("description", "")).split())


def _words_of(name: str) -> str:
    """Return the name of a form in words: `TreatmentMethod` is a treatment method."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.lstrip("_")).capitalize()


def _slug(heading: str) -> str:
    """Return the anchor that Markdown gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def described(schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Yield form, key and part of every key of a schema and the forms inside it."""
    for name, definition in {"": schema, **schema.get("$defs", {})}.items():
        for key, part in definition.get("properties", {}).items():
            yield name, key, part

"""The specification of a table: everything in which two honest economists may differ.

The typed form of `specs/*.yml` and reading it. A choice that is not written is an error, never a
default.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

from living_panel.codes import Code
from living_panel.estimation.econometrics.row_names import ROW_NAMES
from living_panel.estimation.panel import sentences
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.declaration import options_of
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.filling import Method
from living_panel.estimation.panel.former_names import (
    FORMAT,
    ReadsFormerNames,
    current_content,
    former_names,
)
from living_panel.estimation.panel.marked_yaml import Marked, nearest
from living_panel.estimation.panel.periods import FORMS, WORDS, Period, frequency_of, period_number
from living_panel.estimation.panel.roles import Condition, FilledRole
from living_panel.estimation.panel.where import names_in
from living_panel.problems import Place, Problem

PAPERS = Path(
    os.environ.get("LIVING_PANEL_PAPERS") or Path(__file__).resolve().parents[1] / "papers"
)
"""Folder of the papers: of this workspace, else the shipped ones."""


def spec_folder() -> Path:
    """Where the specs lie; LIVING_PANEL_SPECS names another place: a fork's own, or a trial's few."""
    return Path(os.environ.get("LIVING_PANEL_SPECS") or PAPERS)


PAPER_FILE = "paper.yml"
MOST_DRAWS = 1_000_000
"""Most draws, starts and resamples that an option may ask for."""


class Strict(ReadsFormerNames):
    """A part of a spec: everything is written, nothing is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Variable(Strict):
    """A role in the analysis, and the measures that it may use, most wanted first."""

    measures: list[str] = Field(min_length=1)
    """Columns of the panel that the role may use; the first that covers the sample is chosen."""
    label: str
    """Name of the variable in tables."""
    log: bool
    """Whether the natural logarithm is taken; a value that is not positive is refused."""
    concept: str
    """Concept of the role, in words."""
    proxies: list[str] = []
    """Measures among `measures` that are proxies of another concept; every rendering says so."""
    remarks: dict[str, str] = {}
    """Sentence that every rendering adds where a measure is chosen, by measure."""
    words: dict[str, str] = {}
    """Words for a measure in titles and findings; by default its title."""
    lag: int = 0
    """Lag in periods, usually 0; a lead is negative."""
    printed: str | None = None
    """Printed variable that the role is compared with; by default that of the same name."""
    per: str | None = None
    """Measure by which the value is divided, before the logarithm."""
    deflate_by: str | None = None
    """Price index, previous year = 100, by which values are deflated to prices of the first year."""


class Unit(Strict):
    """Words for the unit of a row in all texts, such as province, state, firm or country.

    In a text write `{unit}` or `{units}`; the program inserts the word. `{Unit}` begins with a capital.
    """

    name: str = "province"
    """Word for one unit."""
    plural: str = "provinces"
    """Word for several units."""
    code: str = "province_code"
    """Column that identifies the unit."""
    period: str = "year"
    """Word for one period, such as `quarter`."""

    def fill(self, text: str) -> str:
        """Return a text with the names of the unit in place of their tokens."""
        if "{" not in text:  # as it is: a number keeps its value
            return text
        words = {
            "unit": self.name, "units": self.plural, "period": self.period, "periods": f"{self.period}s",
        }  # fmt: skip
        for token, word in words.items():
            text = text.replace(f"{{{token}}}", word)
            text = text.replace(f"{{{token.capitalize()}}}", word[:1].upper() + word[1:])
        return text


PROVINCE = Unit()
"""The unit of the warehouse's own panel."""


class Without(Strict):
    """All units of a release except the listed ones."""

    without: list[str]
    """Codes of the units to leave out of the sample."""


Units = Literal["all", "paper"] | list[str] | Without
"""Units of a sample. `paper` is read as all but those that the spec's own paper excludes."""


class ExcludedRow(Strict):
    """One unit in one year that a sample leaves out, and why."""

    unit: str
    """Code of the unit."""
    year: Period
    """Period of the row."""
    reason: str = Field(min_length=3)
    """Reason for leaving the row out, in words."""


PERIOD_KEYS = ("first_year", "last_year", "without_years")
"""Options of a sample that are periods."""


class Sample(Strict):
    """Units by periods.

    Periods are years, `1990Q1`, `1990M01` or `1990-01-31`: the paper's `frequency` decides.
    """

    units: Units
    """Units of the sample: all, those of the paper, a list of codes, or all without some."""
    first_year: Period
    """First period of the sample."""
    last_year: Period | Literal["newest"]
    """Last period; `newest` is the newest one that every variable of the sample has."""
    without_years: list[Period]
    """Periods to leave out; `[]` for none."""
    minimum_coverage: float = Field(gt=0, le=1)
    """Smallest share of cells in which a chosen measure has a value, after interpolation; usually 1."""
    without_low_quality: bool = False
    """Whether to leave out every row that uses a cell of low quality."""
    without_rows: list[ExcludedRow] = []
    """Single rows to leave out, each with its reason."""
    where: Condition = ""
    """Condition on rows, over variables before logarithms, `unit` and `year`: `gdp > 100 and year not in [2003]`."""

    @model_validator(mode="after")
    def _ordered(self) -> Sample:
        if isinstance(self.last_year, int) and self.last_year < self.first_year:
            raise InvalidSpec(sentences.YEARS_REVERSED(first=self.first_year, last=self.last_year))
        return self

    @property
    def conditions(self) -> list[str]:
        """Variables that `where` names."""
        names = names_in(self.where) if self.where else []
        return [name for name in names if name not in ROW_NAMES]


class Interpolation(Strict):
    """Which cells may be filled. The rule uses levels, and never crosses a break."""

    method: Method
    """Rule: `none`; `linear` between an earlier and a later value; `forward` repeats the last value."""
    years: dict[FilledRole, list[Period]] = {}
    """Periods that may be filled, by variable; needed unless the method is `none`."""

    @model_validator(mode="after")
    def _consistent(self) -> Interpolation:
        if self.method == "none" and self.years:
            raise InvalidSpec(
                Code.SPEC_OPTIONS(
                    "with interpolation 'none' there are no years to fill",
                    "write a method of interpolation, or remove the years",
                )
            )
        if self.method != "none" and not self.years:
            raise InvalidSpec(
                Code.SPEC_OPTIONS(
                    "interpolation {method!r} needs the years to fill, for each variable",
                    "write them under `years`",
                    method=self.method,
                )
            )
        return self

    def of(self, roles: Iterable[str]) -> Interpolation:
        """The same rule for some of the roles."""
        years = {role: self.years[role] for role in self.years if role in set(roles)}
        return self.model_copy(update={"method": self.method if years else "none", "years": years})


class Spec(Strict):
    """One table.

    Title and question may name a role in braces, such as `{ex}`: a table says there what measures it.
    """

    paper: str = ""
    """Folder of the paper that the table belongs to; it follows from the spec's own place."""
    table: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the table and of its file, unique over all papers."""
    kind: str
    """Kind of table, which decides which keys `options` may have."""
    title: str
    """Title of the table; `{role}` stands for the measure that plays the role."""
    question: str
    """What the table is about, as a question in one sentence."""
    variables: dict[str, Variable]
    """Roles that the table uses, as the paper declares them; a key given here replaces the paper's."""
    options: dict[str, Any]
    """Options of the kind of table."""
    stars: dict[str, float]
    """Level below which a p-value earns each star, such as `{"***": 0.01, "**": 0.05, "*": 0.10}`; `{}` for none."""
    notes: list[str] = []
    """Notes printed under the table."""
    hide: list[Literal["p", "printed"]] = []
    """Rows under the coefficients that the page leaves out; the appendix keeps them."""
    rows: list[Literal["se", "t", "p", "interval"]] = []
    """Rows under each coefficient of the page, in this order; by default those of the kind."""
    unit: Unit = PROVINCE
    """Words for unit and period; they follow from the paper's sample."""

    @field_validator("options", mode="before")
    @classmethod
    def _by_current_names(cls, options: Any) -> Any:
        return current_content(options)

    def in_words(self, text: str, words: Mapping[str, str] | None = None) -> str:
        """Title or question with `{role}` read as the words given, else as the role's concept."""
        texts = {role: variable.concept for role, variable in self.variables.items()}
        for role, word in (texts | dict(words or {})).items():
            text = text.replace(f"{{{role}}}", word)
        return text

    def playing(self, roles: Iterable[str]) -> dict[str, Variable]:
        """Variables of some roles.

        Raises
        ------
        ValueError
            For a name that is none of them; names the nearest.
        """
        wanted = list(roles)
        place = Place(table=self.table)
        unknown = [
            sentences.UNKNOWN_ROLE(place, role=role, choices=nearest(role, self.variables))
            for role in wanted
            if role not in self.variables
        ]
        if unknown:
            raise InvalidSpec(*unknown)
        return {role: self.variables[role] for role in wanted}

    @property
    def measures(self) -> set[str]:
        """Every measure that its variables name, divisors among them."""
        variables = self.variables.values()
        return {m for v in variables for m in (*v.measures, v.per, v.deflate_by) if m}

    @property
    def sha256(self) -> str:
        """Identity of the choices: of the parsed content, so that comments do not count."""
        content = self.model_dump(mode="json")
        if self.unit == PROVINCE:  # older specs, which name no unit, keep their identity
            del content["unit"]
        elif self.unit.period == PROVINCE.period:
            del content["unit"]["period"]
        for name in ("hide", "rows"):
            if not content[name]:  # specs without them keep their identity
                del content[name]
        return document_hash(content)


def load_spec(path: Path) -> Spec:
    """Read one YAML file; its variables are those that its paper declares, as far as it says no other.

    Raises
    ------
    ValueError
        With file, line, expected value and nearest known name. For invalid YAML, an unknown key, a missing choice,
        or a file name different from the table's. Options are checked by `check_options`, which knows the kind.
    """
    marked = Marked(path)
    if not isinstance(marked.content, dict):
        raise InvalidSpec(
            Code.SPEC_YAML(
                "the file is not a mapping of keys to values",
                "begin it with table: and kind:",
                marked.place(()),
            )
        )
    for steps, former, current in former_names(marked.content):
        place = marked.place(steps)
        warnings.warn(f"{place}: {former!r} is now {current!r}", FutureWarning, stacklevel=2)
    content, paper = dict(marked.content), _paper_of(path)
    written = content.pop("format", 1)  # it says nothing of the table: no part of its identity
    if not (isinstance(written, int) and 1 <= written <= FORMAT):
        raise InvalidSpec(
            Code.FORMER_VERSION(
                "this program reads formats 1 to {most}, not format {value!r}",
                "write a known format, or install a later version of the program",
                marked.place(("format",)),
                value=written,
                most=FORMAT,
            )
        )
    if paper is not None:
        content["paper"] = path.parents[1].name
        content["variables"] = _declared(marked, _roles(paper))
        options = current_content(content.get("options"))
        content["options"] = _of_paper(_as_printed(marked, options, paper), paper)
        content["unit"] = _unit_of(paper)
    try:
        spec = Spec.model_validate(content)
    except ValidationError as error:
        raise InvalidSpec(*marked.faults(error, Spec)) from error
    if path.stem != spec.table:
        place = marked.place(("table",))
        raise InvalidSpec(
            Code.SPEC_NAME(
                "the file is named {file}, which differs from its table",
                "name the file {table}.yml",
                place,
                file=path.name,
                table=spec.table,
            )
        )
    wrong = list(_same_ids(marked, spec.options, ("options",)))
    wrong += _too_many_draws(marked, spec.options, ("options",))
    wrong += _wrong_periods(marked, spec.options, _frequency(paper), ("options",))
    if paper is not None:
        wrong += _wrong_printed(marked, spec, paper)
    if wrong:
        raise InvalidSpec(*wrong)
    return spec


def _paper_of(path: Path) -> Marked | None:
    """Description of the paper whose folder contains a spec; none for a spec outside of these folders."""
    file = path.parents[1] / PAPER_FILE
    return _parsed(file, file.stat().st_mtime_ns, file.stat().st_size) if file.exists() else None


def unit_of(folder: Path) -> Unit:
    """Words for unit and period of the paper in a folder."""
    paper = _paper_of(folder / "specs" / "any")
    return PROVINCE if paper is None else Unit.model_validate(_unit_of(paper))


@lru_cache(maxsize=8)
def _parsed(file: Path, *_state: int) -> Marked:
    """Read a paper's description once for all its specs that are read in a row."""
    return Marked(file)


def stored_spec(written: dict[str, Any], papers: Path = PAPERS) -> Spec:
    """The spec of a manifest; one from before a paper's units were written out is read as its paper says.

    Raises
    ------
    ValueError
        Where today's form is another.
    """
    paper = _paper_of(papers / str(written.get("paper")) / "specs" / "any")
    options = current_content(written["options"])
    options = options if paper is None else _of_paper(options, paper)
    return Spec.model_validate({**written, "options": options})


def _as_printed(marked: Marked, options: Any, paper: Marked) -> Any:
    """Options whose columns that say `declared: <printed column>` have that column's model, errors and rows.

    What a spec writes itself wins. The printed table is the one that `printed` names.

    Raises
    ------
    InvalidSpec
        Where the paper declares no such column.
    """
    columns = options.get("columns") if isinstance(options, dict) else None
    if not isinstance(columns, list) or not any(_says_declared(c) for c in columns):
        return options
    printed = options.get("printed")
    tables = (paper.content or {}).get("tables") or {}
    table = tables.get(printed.get("table") if isinstance(printed, dict) else printed) or {}
    known = table.get("columns") or {}
    made = []
    for number, column in enumerate(columns):
        if not _says_declared(column):
            made.append(column)
            continue
        name = column["declared"]
        if not isinstance(known.get(name), dict):
            place = marked.place(("options", "columns", number, "declared"))
            choices = nearest(str(name), [n for n in known if n != "*"])
            raise InvalidSpec(
                Code.PRINTED_UNKNOWN(
                    "the paper declares no printed column {value!r}",
                    "write {choices:or}",
                    place,
                    value=name,
                    choices=choices,
                )
            )
        declared = {**(known.get("*") or {}), **known[name]}
        settings = {key: value for key, value in column.items() if key != "declared"}
        made.append({**options_of(declared), **settings})
    return {**options, "columns": made}


def _says_declared(column: Any) -> bool:
    return isinstance(column, dict) and "declared" in column


def _of_paper(part: Any, paper: Marked) -> Any:
    """Options in which what the paper declares is written out.

    `units: paper` is all but what its sample excludes; `scheme: <name>` its own regions of that name. The paper's
    words for unit and period stand for `unit` and `year` in effects and clusters, where no variable has that name.
    """
    if isinstance(part, list):
        return [_of_paper(item, paper) for item in part]
    if not isinstance(part, dict):
        return part
    content = paper.content or {}
    excluded = list((content.get("sample") or {}).get("excluded") or {})
    regions = content.get("regions") or {}
    options: dict[str, Any] = {}
    for key, value in part.items():
        if key == "units" and value == "paper":
            options[key] = {"without": excluded}
        elif key == "scheme" and isinstance(value, str):
            options[key] = regions.get(value, value)
        elif key == "model" and isinstance(value, str):
            options[key] = _with_effects(value, _row_words(paper))
        elif key == "cluster" and isinstance(value, (str, list)):
            words = _row_words(paper)
            named = [
                words.get(str(name), name)
                for name in ([value] if isinstance(value, str) else value)
            ]
            options[key] = named[0] if isinstance(value, str) else named
        else:
            options[key] = _of_paper(value, paper)
    return options


def _row_words(paper: Marked) -> dict[str, str]:
    """The paper's own words for unit and period that are no variable's name."""
    content, unit = paper.content or {}, _unit_of(paper)
    words = {unit.get("name", ""): "unit", unit["period"]: "year"}
    return {word: name for word, name in words.items() if word not in (content.get("roles") or {})}


def _with_effects(model: str, words: dict[str, str]) -> str:
    """Return a formula whose effects have the names of the rows: `y ~ x | state + year` with `unit` for state."""
    parts = model.split("|")
    if len(parts) > 1 and "~" not in parts[1]:
        effects = [words.get(name.strip(), name.strip()) for name in parts[1].split("+")]
        parts[1] = f" {' + '.join(effects)}{' ' if len(parts) > 2 else ''}"
    return "|".join(parts)


def plural_of(name: str) -> str:
    """Plural of a unit whose paper states none: firms, counties, households."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}{'es' if name.endswith(('s', 'x', 'ch', 'sh')) else 's'}"


def _unit_of(paper: Marked) -> dict[str, str]:
    """The unit that a paper's sample names; that of the warehouse where it names none."""
    content = paper.content if isinstance(paper.content, dict) else {}
    sample = content.get("sample")
    sample = sample if isinstance(sample, dict) else {}
    name = sample.get("unit")
    period = {"period": str(sample.get("period") or WORDS.get(_frequency(paper), PROVINCE.period))}
    if not isinstance(name, str) or name == PROVINCE.name:
        return PROVINCE.model_dump() | period
    return {"name": name, "plural": str(sample.get("plural") or plural_of(name)), **period}


def _frequency(paper: Marked | None) -> Any:
    """Frequency of the periods that a paper's sample names, as written; years where it names none."""
    content = paper.content if paper is not None and isinstance(paper.content, dict) else {}
    sample = content.get("sample")
    return (sample.get("frequency") if isinstance(sample, dict) else None) or "years"


def _wrong_periods(
    marked: Marked, part: Any, frequency: Any, place: tuple[str | int, ...]
) -> Iterator[Problem]:
    """Yield periods of samples that are not of the paper's frequency."""
    items = part.items() if isinstance(part, dict) else enumerate(part)
    for key, value in items:
        if isinstance(value, dict) or (isinstance(value, list) and key not in PERIOD_KEYS):
            yield from _wrong_periods(marked, value, frequency, (*place, key))
        elif key in PERIOD_KEYS:
            for written in value if isinstance(value, list) else [value]:
                number = period_number(written)
                kind = frequency_of(number) if isinstance(number, int) else frequency
                if kind not in (frequency, "numbers" if frequency == "years" else frequency):
                    yield Code.SPEC_VALUE(
                        "{value} does not fit the paper's frequency, {frequency}",
                        "write it as {form}, or change frequency in the sample of paper.yml",
                        marked.place((*place, key)),
                        value=str(written), frequency=frequency, form=FORMS.get(frequency, ""),
                    )  # fmt: skip


class _Roles(Strict):
    roles: dict[str, Variable]


def _roles(paper: Marked) -> dict[str, Any]:
    """Roles that a paper declares, as written, once their form is checked."""
    declared = paper.content.get("roles") if isinstance(paper.content, dict) else None
    try:
        _Roles(roles=declared or {})
    except ValidationError as error:
        raise InvalidSpec(*paper.faults(error, _Roles)) from error
    return declared or {}


def _declared(marked: Marked, declared: dict[str, Any]) -> dict[str, Any]:
    """Variables of a spec: a list of roles, or roles with what this table has otherwise."""
    written = marked.content.get("variables")
    wanted = dict.fromkeys(written) if isinstance(written, list) else written
    if not isinstance(wanted, dict):
        raise InvalidSpec(
            Code.SPEC_VALUE(
                "a list of roles is expected",
                "write a list, or [] for no role",
                marked.place(("variables",)),
            )
        )
    for number, role in enumerate(wanted):
        if not wanted[role] and role not in declared:
            place = marked.place(("variables", number if isinstance(written, list) else role))
            choices = nearest(role, declared)
            raise InvalidSpec(
                Code.SPEC_ROLE(
                    "{file} declares no role {role!r}",
                    "write {choices:or}",
                    place,
                    role=role,
                    file=PAPER_FILE,
                    choices=choices,
                )
            )
    return {role: {**declared.get(role, {}), **(change or {})} for role, change in wanted.items()}


def _too_many_draws(marked: Marked, part: Any, place: tuple[str | int, ...]) -> Iterator[Problem]:
    """Yield counts of draws or starts beyond what any table needs: they would fill the memory."""
    items = part.items() if isinstance(part, dict) else enumerate(part)
    for key, value in items:
        counts = isinstance(key, str) and (key.endswith("draws") or key == "starts")
        if counts and isinstance(value, int) and value > MOST_DRAWS:
            yield Code.READ_LIMIT(
                "{value} is more than {most}",
                "write at most {most}",
                marked.place((*place, key)),
                value=value,
                most=MOST_DRAWS,
            )
        elif isinstance(value, dict | list):
            yield from _too_many_draws(marked, value, (*place, key))


def _same_ids(marked: Marked, part: Any, place: tuple[str | int, ...]) -> Iterator[Problem]:
    """Blocks, lines or windows of one name in a list: their numbers would be indistinguishable."""
    if isinstance(part, list):
        seen: set[str] = set()
        for number, item in enumerate(part):
            inside = item if isinstance(item, dict) else {}
            name = (inside.get("regression") or inside.get("column") or inside).get("id")
            if name in seen:
                yield Code.SPEC_NAME(
                    "id {id!r} is already used",
                    "write another id",
                    marked.place((*place, number)),
                    id=name,
                )
            seen |= {name} if name else set()
    items = part.items() if isinstance(part, dict) else enumerate(part)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from _same_ids(marked, value, (*place, key))


def _wrong_printed(marked: Marked, spec: Spec, paper: Marked) -> Iterator[Problem]:
    """A printed table to compare with ours that is another paper's, or that its paper does not list."""
    printed = spec.options.get("printed")
    place: tuple[str, ...] = ("options", "printed")
    if isinstance(printed, dict):
        if printed.get("paper", spec.paper) != spec.paper:
            at = marked.place((*place, "paper"))
            yield Code.SPEC_NAME(
                "{value!r} is not the paper of this folder",
                "write {paper!r}",
                at,
                value=printed["paper"],
                paper=spec.paper,
            )
            return
        printed, place = printed.get("table"), (*place, "table")
    tables = paper.content.get("tables") or {}
    if printed is not None and printed not in tables:
        choices = nearest(printed, tables)
        yield Code.PRINTED_UNKNOWN(
            "{file} lists no printed table {value!r}",
            "write {choices:or}",
            marked.place(place),
            value=printed,
            file=paper.path.name,
            choices=choices,
        )


def spec_files(folder: Path = PAPERS) -> list[Path]:
    """Spec files of every paper under a folder, or of one folder of specs."""
    return sorted([*folder.glob("*.yml"), *folder.glob("*/specs/*.yml")])


def load_specs(folder: Path = PAPERS) -> dict[str, Spec]:
    """All specs of a folder by table, in the order of papers and tables.

    Raises
    ------
    ValueError
        As `load_spec`; also where two files hold tables of one name.
    """
    specs: dict[str, Spec] = {}
    for path in spec_files(folder):
        spec = load_spec(path)
        if spec.table in specs:
            raise InvalidSpec(twice(path, spec, specs[spec.table]))
        specs[spec.table] = spec
    return specs


def twice(path: Path, spec: Spec, other: Spec) -> Problem:
    """The problem of a table name that two papers use."""
    return Code.SPEC_NAME(
        "paper {other!r} already has a table {table!r}",
        "begin the name with the name of its paper: {paper}_{table}",
        Place(file=str(path)),
        table=spec.table,
        other=other.paper,
        paper=spec.paper,
    )

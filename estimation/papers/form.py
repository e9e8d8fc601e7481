"""The form of `paper.yml` as it is written, checked before a paper is read from it."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel

from estimation.panel.spec import Variable as Role
from estimation.papers.schema import Brackets, Content


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SampleForm(_Strict):
    """The sample as the paper states it; `excluded` maps a unit's code to its name."""

    unit: str
    units: int
    first_year: int
    last_year: int
    excluded: dict[str, str]
    place: str
    balanced: bool | None = None


class GroupForm(_Strict):
    """A group of units that has a column of its own; `units` is null where no count is printed."""

    name: str
    units: int | None


def _each_once(scheme: dict[str, list[str]]) -> dict[str, list[str]]:
    counts = Counter(code for codes in scheme.values() for code in codes)
    if twice := sorted(code for code, n in counts.items() if n > 1):
        raise ValueError(f"{', '.join(twice)} in two regions of one scheme")
    return scheme


Regions = Annotated[dict[str, list[str]], AfterValidator(_each_once)]


class CompareForm(_Strict):
    """Our measures of a printed variable, and the factor that takes them into its unit."""

    measures: list[str] = []
    stand_ins: list[str] = []
    factor: float = 1
    unpublished: str = ""


class VariableForm(_Strict):
    """A variable as printed."""

    symbol: str
    label: str
    role: str
    unit: str | None = None
    place: str = ""
    compare: CompareForm = CompareForm()


class EquationForm(_Strict):
    """The estimated equation."""

    lhs: str
    regressors: list[str]
    interactions: list[list[str]] = []
    effects: list[str] = []
    transform: str = "level"
    transforms: dict[str, str] = {}
    place: str


class GroupsOf(_Strict):
    """The column whose sample a table by groups splits."""

    table: str
    model: str


class TableForm(_Strict):
    """A printed table: what its note says; its cells are in `printed/table_<number>.csv`.

    `remarks` are ours, and stand wherever the table is beside ours.
    """

    title: str
    content: Content
    stars: dict[str, float] | None = None
    brackets: Brackets = "none"
    tests: dict[str, str] = {}
    estimator: str | None = None
    estimators: dict[str, str] = {}
    covariance: str = ""
    r_squared: str = "unnamed"
    nested: list[str] = []
    groups_of: GroupsOf | None = None
    place: str = ""
    remarks: list[str] = []


class Beside(_Strict):
    """Our table beside a printed one: `models` lists ours by printed column, most wanted first.

    `form` is that of a unit-root table's series, such as `c.raw`.
    """

    table: str
    models: dict[str, list[str]] = {}
    form: str = ""


class SideBySide(RootModel[dict[str, Beside]]):
    """`side_by_side.yml`: number of the printed table to ours."""


class PaperForm(_Strict):
    """A paper: bibliography, question, sample, roles of the analysis, and the printed form of its tables.

    `regions` are schemes of its own beside the release's: units by region, by the scheme's name.
    """

    paper: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    authors: list[str]
    year: int
    title: str
    question: str = ""
    heading: str = ""
    remarks: list[str] = []
    sample: SampleForm
    groups: dict[str, GroupForm] = {}
    regions: dict[str, Regions] = {}
    roles: dict[str, Role] = {}
    variables: dict[str, VariableForm]
    equation: EquationForm
    tables: dict[str, TableForm]

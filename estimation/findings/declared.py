"""The findings of a paper as `findings.yml` declares them: claim, printed cell, our estimate, rule, choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, RootModel, Tag, model_validator

from living_panel.codes import Code
from living_panel.estimation.data_sets import sentences as data_set_sentences
from living_panel.estimation.data_sets.data_set import load_data_set
from living_panel.estimation.econometrics.statistic import PATTERN, Statistic
from living_panel.estimation.findings.rule import ChoiceKind, TestKind
from living_panel.estimation.panel.by_sample import model_name
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.marked_yaml import Marked, nearest
from living_panel.estimation.panel.spec import PAPERS, unit_of
from living_panel.estimation.papers import sentences
from living_panel.estimation.papers.printed import PAIRS_FILE, pairs, read_form
from living_panel.estimation.papers.schema import PrintedPaper, Strict
from living_panel.estimation.papers.source import SetEdition, find_data_folder, origin_of
from living_panel.problems import Place

FILE = "findings.yml"
FORMER_FILES = ("questions.yml", "conclusions.yml")
"""Files in place of which `findings.yml` came."""
MOST_CHOICES = 40
LEAST_FAVOURABLE = "least favourable"
PANEL = "panel"
"""Data set of the rows of tables on the warehouse's own panel, among those on data sets with editions."""
SAMPLE_TITLES = {
    "own": "Each edition with its own {units}",
    "common": "The same {units} in every edition",
}
"""Headings of the samples that a finding may be followed on."""
STATISTIC = rf"^{PATTERN}$"
PRINTED: Literal["printed"] = "printed"


class Stored(Strict):
    """A coefficient of one of our tables."""

    table: str
    """Our table."""
    model: str
    """Column of our table."""
    term: str
    """Variable of the coefficient."""
    inference: str = ""
    """Beginning of the label of the stored inference, such as `cr3:jackknife`; by default that of the table."""
    among: list[str] = []
    """Other columns whose tests of this term and inference are one family with it: p is then Holm's over all."""


class LeftOut(Strict):
    """A stored coefficient that was estimated without one unit."""

    table: str
    """Our table."""
    model: str
    """Column of our table."""
    without: str
    """Code of the unit left out; `least favourable` is the unit whose omission gives the largest p."""
    among: list[str] = []
    """Other columns of one family with it, each without the same unit: p is then Holm's over all."""


class Printed(Strict):
    """A printed coefficient, or a difference of two."""

    table: str
    """Number of the printed table."""
    model: str
    """Printed column."""
    term: str
    """Variable of the printed coefficient."""
    minus: str | None = None
    """Printed column whose coefficient is subtracted."""


class Quotation(Strict):
    """Words of the paper that make the claim."""

    text: str
    """The words as printed."""
    place: str
    """Place of the words: a page, or a section with its paragraph and sentence."""


class Rule(Strict):
    """Comparison of the number with a value, which meets the claim."""

    estimate: Literal["above", "below", "not", "within"]
    """`above` or `below` the value, `not` the value, or `within` the bound around it."""
    value: float | Literal["printed"] = 0.0
    """The value; `printed` is the printed coefficient."""
    bound: float | None = Field(default=None, gt=0)
    """Largest distance from the value for `within`; by default half the width of the printed 95 % interval."""
    reason: str = ""
    """Reason for the bound."""


class StoredStatistic(Strict):
    """A p-value that a table stores as a statistic. Without `term` and `inference` it describes the whole model."""

    table: str
    """Our table."""
    model: str
    """Column or block of our table."""
    name: str = Field(pattern=STATISTIC)
    """Name of the stored statistic."""
    term: str = ""
    """Variable that the statistic describes; empty for the whole model."""
    inference: str = ""
    """Label of the inference of the statistic; empty where it has none."""

    @property
    def key(self) -> Statistic:
        """The statistic in parts."""
        return Statistic(self.name, self.term, self.inference)


class DeclaredTest(Strict):
    """A test of the design."""

    kind: TestKind
    """Kind of test: a `placebo` passes if p is below 5 %, a `falsification` if it does not reject."""
    words: str
    """The test in words."""
    of: StoredStatistic | Stored
    """Stored p-value or coefficient of the test."""


class DeclaredChoice(Strict):
    """The same number under another choice, which is declared before estimation."""

    kind: ChoiceKind
    """Sort of the choice, from the closed list of docs/findings_rule.md."""
    words: str
    """Words that complete the sentence "the estimate is 0.1 ..."."""
    reason: str
    """Reason why the choice is worth making."""
    of: LeftOut | Stored
    """Stored coefficient under this choice."""
    compares: bool = True
    """False if the coefficient has another unit; its size is then not compared."""
    test: DeclaredTest | None = None
    """Test of this choice's own design."""


class Version(Strict):
    """One version of a finding's list of choices."""

    version: int = Field(ge=1)
    """Number of the version, from 1."""
    choices: str
    """Hash of the list of choices; the error for a changed list names it."""
    says: str
    """Change of this version against the one before, in words."""


class Omitted(Strict):
    """Effect of an omitted control, as tables of kind `fixed_effects` store it."""

    table: str
    """Our table."""
    model: str
    """Column of our table."""
    term: str
    """Variable whose coefficient is of interest."""
    benchmark: str
    """Control with which the strength of the omitted control is compared (benchmark)."""
    times: float
    """Strength of the omitted control, as a multiple of the benchmark's."""


class Fact(StoredStatistic):
    """A stored p-value that the finding's text quotes."""

    words: str
    """Sentence with `{p}` in place of the p-value."""
    below: float | None = None
    """Largest p-value at which the sentence is printed; always without it."""


class FollowedCoefficient(Strict):
    """One coefficient of the table, which is estimated on every edition."""

    title: str
    """Heading of the chart of this coefficient."""
    model: str
    """Column of our table."""
    term: str
    """Variable of the coefficient."""


class Comparable(Strict):
    """The coefficient of a measure that is comparable over time, beside that of the finding's estimate."""

    concept: str
    """What the measure is of, such as `income`; headings say `income comparable over time`."""
    model: str
    """Column of our table, without its sample."""
    term: str
    """Variable of the coefficient."""


class Large(Strict):
    """A change between two editions that counts as large, whatever its test says."""

    value: float = Field(gt=0)
    """Change of the coefficient beyond which a step is called large."""
    reason: str
    """Why a larger change matters."""


class Followed(Strict):
    """Coefficients that are followed over the editions of their data."""

    table: str
    """Our table, estimated on a data set with editions or on the panel."""
    base: str = ""
    """Edition that the paper used; every edition is compared with it. The oldest one if it is not written."""
    large: Large | None = None
    """Change from one edition to the next that is called large beside its test."""
    samples: list[Literal["own", "common"]] = []
    """Samples on which the finding's estimate is followed: those of the table with these names."""
    comparable: Comparable | None = None
    """Coefficient of a measure comparable over time, followed on the same samples."""
    paths: list[FollowedCoefficient] = []
    """Coefficients to follow, in place of `samples`; the first one counts in the index."""

    @model_validator(mode="after")
    def _samples_or_paths(self) -> Followed:
        if bool(self.samples) == bool(self.paths) or (self.comparable and not self.samples):
            raise InvalidSpec(
                Code.FINDING(
                    "`editions` has {given}",
                    "write `samples`, with `comparable` if you like, or write `paths`",
                    given=[k for k in ("samples", "comparable", "paths") if getattr(self, k)],
                )
            )
        return self

    def of_samples(self, estimate: Stored, units: str) -> list[FollowedCoefficient]:
        """Coefficients that `samples` and `comparable` follow, the estimate of the first sample first."""
        sample, _, column = estimate.model.partition("_")
        if sample not in SAMPLE_TITLES:
            raise InvalidSpec(
                Code.FINDING(
                    "`editions` follows samples, but the estimate's model {model!r} is of none",
                    "name a model of a sample, such as {example}",
                    model=estimate.model,
                    example=model_name(self.samples[0], estimate.model),
                )
            )
        followed = [(column, estimate.term, "")]
        if (other := self.comparable) is not None:
            followed.append((other.model, other.term, f", {other.concept} comparable over time"))
        return [
            FollowedCoefficient(
                title=SAMPLE_TITLES[sample].format(units=units) + words,
                model=model_name(sample, model),
                term=term,
            )
            for model, term, words in followed
            for sample in self.samples
        ]


class _Declared(Strict):
    """What every finding has."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """Name of the finding within its paper: small letters, digits and hyphens."""
    claim: str = Field(min_length=3)
    """What is claimed, in one sentence."""
    place: str = ""
    """Place of the claim in print, such as `Table 2, column 2, page 816`."""
    quote: Quotation | None = None
    """Words of the paper that make the claim."""
    none_printed: str = ""
    """Reason why no printed number carries the claim."""
    facts: list[Fact] = []
    """Stored p-values that the text quotes."""
    note: str = ""
    """Remark at the end of the text."""


class _Number(_Declared):
    """A stored number with the rule of its claim; its declared choices and tests say how far it depends on them."""

    what: str
    """The number with its outcome, as a sentence begins: `The elasticity of exports ...`."""
    unit: str = ""
    """Unit of the number in words, such as `an elasticity`."""
    rule: Rule
    """The values of the number for which the claim is met."""
    estimate: Stored
    """Stored coefficient that the claim is about."""
    minus: Stored | None = None
    """Stored coefficient of another column that is subtracted: the claim is then about the order of two numbers."""
    printed: Printed | None = None
    """Printed coefficient that carries the claim."""
    choices: list[DeclaredChoice] = Field(default=[], max_length=MOST_CHOICES)
    """Other choices for the same number, declared before estimation, at most 40."""
    tests: list[DeclaredTest] = []
    """Placebo and falsification tests of the design."""
    versions: list[Version] = []
    """Versions of the list of choices, oldest first; a changed list needs a new one."""
    editions: Followed | None = None
    """Coefficients that are followed over the editions of their data."""

    @model_validator(mode="after")
    def _choices_are_counted(self) -> _Number:
        if self.choices and self.rule.estimate == "within":
            raise InvalidSpec(
                sentences.RULE_UNFIT(claim=self.claim, rule="within", how="with `choices`")
            )
        return self

    @property
    def tables(self) -> tuple[str, ...]:
        """Our tables that the number rests on, the main one first."""
        return (self.estimate.table, *((self.minus.table,) if self.minus else ()))

    @property
    def choices_id(self) -> str:
        """Content id of what is counted: the estimate, its hypothesis, its choices and tests, without words."""
        return document_hash(self._counted())[:12]

    def _counted(self) -> dict[str, object]:
        # the words of the hypothesis are those of questions.yml, in which the first versions were declared
        expected = {"above": "positive", "below": "negative", "not": "either"}
        rule = [
            PRINTED if self.rule.value == PRINTED else "zero",
            expected.get(self.rule.estimate, self.rule.estimate),
        ]
        return {
            "estimate": _dumped(self.estimate),
            "hypothesis": rule,
            "choices": [
                {"kind": c.kind, "of": _dumped(c.of), "compares": c.compares} for c in self.choices
            ],
            "tests": [
                [t.kind, _dumped(t.of)]
                for t in (*self.tests, *(c.test for c in self.choices if c.test))
            ],
        }


def _dumped(of: Stored | LeftOut | StoredStatistic) -> dict[str, object]:
    """What a list of choices counts of a stored number; without a family it counts as before families existed."""
    return {key: value for key, value in of.model_dump().items() if (key, value) != ("among", [])}


class Slope(_Number):
    """The size of an effect, its test, its power, and the test of the printed value."""

    kind: Literal["slope"] = "slope"
    """Kind of finding: the size of an effect."""
    omitted: Omitted | None = None
    """Stored effect of an omitted control on the estimate."""


class Difference(_Number):
    """A difference of two slopes, its test, and the test of the printed difference."""

    kind: Literal["difference"]
    """Kind of finding: a difference of two slopes."""
    joint: StoredStatistic | None = None
    """Stored p-value of the test that all slopes are equal; where it is declared it grades the choices."""

    def _counted(self) -> dict[str, object]:
        joint = {} if self.joint is None else {"joint": _dumped(self.joint)}
        return super()._counted() | joint


class _OfTable(_Declared):
    """A finding that one table states as a whole."""

    table: str
    """Our table."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Our tables that the finding rests on."""
        return (self.table,)


class Count(_OfTable):
    """A count of tests that reject, compared with the counts for another unit's regressors."""

    kind: Literal["count"]
    """Kind of finding: a count of tests that reject."""
    model: str
    """Block of our table with the count."""
    name: str = Field(pattern=STATISTIC)
    """Name of the stored statistic with the text."""


class Audit(_OfTable):
    """Printed numbers that are impossible, from a table of kind `audit`."""

    kind: Literal["audit"]
    """Kind of finding: the inconsistencies of an audit."""


Declared = Slope | Difference | Count | Audit


def _kind(content: Any) -> str:
    return str(content.get("kind", "slope") if isinstance(content, dict) else content.kind)


class Findings(RootModel[list[
    Annotated[
        Annotated[Slope, Tag("slope")]
        | Annotated[Difference, Tag("difference")]
        | Annotated[Count, Tag("count")]
        | Annotated[Audit, Tag("audit")],
        Discriminator(_kind),
    ]
] | None]):  # fmt: skip
    """`findings.yml`."""

    @model_validator(mode="after")
    def _ids_differ(self) -> Findings:
        ids = [finding.id for finding in self.root or []]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise InvalidSpec(
                Code.SPEC_NAME(
                    "two findings have the id {id!r}",
                    "give each finding an id of its own",
                    id=twice[0],
                )
            )
        return self


@cache
def load_findings(folder: Path) -> tuple[Declared, ...]:
    """Findings of a paper's folder, the main one first; a paper without the file has none.

    Raises
    ------
    InvalidSpec
        If the file is not of the form, or the choices of a finding are not those of its newest version; names
        file, line and what was expected. For a file of a former version.
    """
    path = folder / FILE
    for former in (folder / name for name in FORMER_FILES):
        if former.is_file():
            place = Place(file=str(former))
            raise InvalidSpec(
                Code.FORMER_VERSION(
                    "{name} is a file of a former version: a paper declares its findings in findings.yml",
                    "run `make migrate PAPER={paper}`",
                    place,
                    name=former.name,
                    paper=folder.name,
                )
            )
    declared = (read_form(path, Findings).root or ()) if path.exists() else ()
    findings = tuple(_with_paths(path, *numbered) for numbered in enumerate(declared))
    for finding in findings:
        if isinstance(finding, _Number):
            _hold_version(path, finding)
    return findings


def _with_paths(path: Path, number: int, finding: Declared) -> Declared:
    """A finding in which the coefficients that its samples follow are written out."""
    if not isinstance(finding, _Number) or not (editions := finding.editions):
        return finding
    if not editions.samples:
        return finding
    try:
        paths = editions.of_samples(finding.estimate, unit_of(path.parent).plural)
    except InvalidSpec as error:
        place = Marked(path).place((number, "editions", "samples"))
        raise InvalidSpec(*(replace(p, place=place) for p in error.problems)) from error
    written = editions.model_copy(update={"paths": paths})
    return finding.model_copy(update={"editions": written})


def followed(paper: str, papers: Path = PAPERS) -> list[tuple[Slope | Difference, Followed]]:
    """Findings of a paper that are followed over editions, each with its coefficients.

    Raises
    ------
    InvalidSpec
        As `load_findings`.
    """
    found = load_findings(papers / paper)
    return [(f, f.editions) for f in found if isinstance(f, _Number) and f.editions]


def base_of(of: Followed, editions: Sequence[str]) -> str:
    """Edition with which the others are compared: the declared one if it is there, else the oldest."""
    return of.base if of.base in editions else next(iter(editions), "")


def _hold_version(path: Path, finding: _Number) -> None:
    """Refuse a list of choices that is not that of the finding's last version."""
    newest = finding.versions[-1] if finding.versions else None
    if (finding.choices and newest is None) or (newest and newest.choices != finding.choices_id):
        number = newest.version if newest else 0
        raise InvalidSpec(
            Code.FINDING(
                "finding '{claim}': its choices are no longer those of version {version}; their hash is now {found}",
                "add to its versions: {{version: {next}, choices: {found}, says: why the list changed}}",
                Place(file=str(path)),
                claim=finding.claim,
                version=number,
                found=finding.choices_id,
                next=number + 1,
            )
        )


def hold_findings(folder: Path, paper: PrintedPaper) -> None:
    """Refuse findings and pairs that name a table, or a printed column or slope, which is not there.

    Raises
    ------
    InvalidSpec
        Naming file, what is not there and the remedy.
    """
    for number, pair in pairs(folder.name, folder.parent).items():
        table = paper.tables.get(number)
        known = table.models if table else tuple(paper.tables)
        named = {m for one in pair.every for m in (*one.models, *one.not_attempted)} - {"*"}
        odd = sorted(named - set(known)) if table else [number]
        if odd:
            raise InvalidSpec(
                Code.PRINTED_UNKNOWN(
                    "{number}: the paper prints no {odd!r}",
                    "write one of {known}",
                    Place(file=str(folder / PAIRS_FILE)),
                    number=number,
                    odd=odd[0],
                    known=[*known],
                )
            )
    tables = [p.stem for p in (folder / "specs").glob("*.yml")]
    for place, finding in enumerate(load_findings(folder)):
        editions = getattr(finding, "editions", None)
        for name in (*finding.tables, *((editions.table,) if editions else ())):
            if name not in tables:
                choices = nearest(name, tables)
                raise InvalidSpec(
                    sentences.UNKNOWN_OURS(
                        Marked(folder / FILE).place((place,)),
                        name=name,
                        what="table",
                        table=folder.name,
                        choices=choices,
                    )
                )
        if editions is not None and editions.base:
            _hold_base(folder, place, editions.base)
        if isinstance(finding, _Number):
            _hold_slope(folder, place, finding, paper)


def _hold_base(folder: Path, number: int, base: str) -> None:
    """Refuse a base that is no edition of the paper's data set."""
    data = find_data_folder(folder)
    choice = origin_of(data, SetEdition) if data else None
    try:
        if choice is None:
            raise InvalidSpec(
                data_set_sentences.UNKNOWN_EDITION(data_set=PANEL, name=base, known=[])
            )
        load_data_set(choice.set).edition(base)
    except InvalidSpec as error:
        place = Marked(folder / FILE).place((number, "editions", "base"))
        raise InvalidSpec(*(replace(p, place=place) for p in error.problems)) from error


def _hold_slope(folder: Path, number: int, finding: _Number, paper: PrintedPaper) -> None:
    """Refuse a printed slope that is not printed, and a rule that needs one that is not there."""
    place, printed = Marked(folder / FILE).place((number,)), finding.printed
    if printed is not None:
        table = paper.tables.get(printed.table)
        for model in filter(None, (printed.model, printed.minus)):
            if table is None or not table.get(model, "estimate", printed.term):
                raise InvalidSpec(
                    Code.PRINTED_UNKNOWN(
                        "'{claim}': column {model} of table {table} prints no {term}",
                        "name a slope that the paper prints in this column",
                        place,
                        claim=finding.claim,
                        term=printed.term,
                        model=model,
                        table=printed.table,
                    )
                )
    rule = finding.rule
    needs_print = rule.value == PRINTED or (rule.estimate == "within" and rule.bound is None)
    if needs_print and printed is None:
        raise InvalidSpec(
            sentences.RULE_UNFIT(
                place, claim=finding.claim, rule=rule.estimate, how="without `printed`"
            )
        )

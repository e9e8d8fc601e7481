"""The one builder of tables: rows, refusals, grids, status and banner, whatever the kind.

A kind is its options, its columns and its notes. It gives numbers to a `Builder`, which makes the
two long frames, refuses in one form, and gathers the facts about the values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from pydantic import BaseModel, ValidationError

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.inference_label import has_clusters
from living_panel.estimation.econometrics.statistic import (
    Name,
    Statistic,
    more_of,
    short,
    statistic,
)
from living_panel.estimation.panel.errors import NotEstimable, NotRead, Unusable
from living_panel.estimation.panel.figures import joined
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.sample import Estimable, build_sample, what_is_read
from living_panel.estimation.panel.spec import Interpolation, Sample, Spec, Variable
from living_panel.estimation.tables.banner import banner, fine_print
from living_panel.estimation.tables.facts import Facts, facts_by_line
from living_panel.estimation.tables.result import (
    Block,
    Picture,
    Statement,
    StatisticRow,
    TableResult,
    coefficient_frame,
    sample_behind,
    statistic_frame,
)
from living_panel.estimation.tables.texts import tested_text
from living_panel.ingestion.limited_yaml import faults_of
from living_panel.problems import Problem, problem_words, problems_of

REFUSED = (NotEstimable, Infeasible, InvalidData)
"""Errors that mean "not estimable"; all others are errors of the program."""


Refusal = tuple[Problem, ...]
"""Why a model or a variable is not estimable."""


def by_reason(refusals: Mapping[str, Refusal]) -> dict[str, list[str]]:
    """Group names that are refused for the same reason, wherever it is: the reason in words, and the names."""
    groups: dict[Refusal, list[str]] = {}
    for name, refusal in refusals.items():
        groups.setdefault(tuple(p.without_place for p in refusal), []).append(name)
    return {problem_words(reason): names for reason, names in groups.items()}


def distinct(refusals: Iterable[Refusal]) -> list[Problem]:
    """Return the problems of several refusals, each refusal once, wherever it is."""
    once = {tuple(p.without_place for p in refusal): refusal for refusal in refusals}
    return [problem for refusal in once.values() for problem in refusal]


Rows = list[dict[str, Any]]
Cells = Sequence[str]

Chosen = TypeVar("Chosen", bound=BaseModel)


def options_of(spec: Spec, form: type[Chosen]) -> Chosen:
    """The options of a spec in the form of its kind.

    Raises
    ------
    ValueError
        Naming table, place, what was expected and, for a name, the nearest that is known.
    """
    try:
        return form.model_validate(spec.options)
    except ValidationError as error:
        faults = "; ".join(f"options.{f.key}: {f.reason}" for f in faults_of(error))
        raise NotRead(
            Code.SPEC_VALUE(
                "{table}: {faults}",
                "correct these keys in the spec of {table}",
                table=spec.table,
                faults=faults,
            )
        ) from error


Points = Iterator[tuple[tuple[str, str], float]]
"""Point estimates, each with its model and term."""


def named(model: str, slopes: pd.Series) -> Points:
    """Point estimates of one model by term."""
    return (((model, str(term)), float(b)) for term, b in slopes.items())


class Builder:
    """A table in the making: it takes records by its methods, and shows them read-only.

    `choices`, for the manifest, are the options of the kind, to which the kind may add.
    """

    def __init__(self, spec: Spec, release: Release, choices: Mapping[str, Any] = {}) -> None:
        self._spec, self._release = spec, release
        self._coefficients: list[Mapping[str, Any]] = []
        self._numbers: dict[tuple[str, Statistic], StatisticRow] = {}
        self._specifications: pd.DataFrame | None = None
        self._blocks: list[Block] = []
        self._pictures: list[Picture] = []
        self._samples: dict[str, Estimable] = {}
        self._parts: list[Estimable] = []
        self._roles: dict[str, tuple[str, ...]] = {}
        self._files: pd.DataFrame | None = None
        self._refusals: dict[str, Refusal] = {}
        self._facts: dict[str, Facts] = {}
        self._notes: list[str] = list(spec.notes)
        self._fine_print: list[str] = []
        self._choices: dict[str, Any] = dict(choices)
        self._sample: dict[str, Any] | None = None
        self._banner: tuple[Statement, ...] | None = None
        self._status: str | None = None

    @property
    def spec(self) -> Spec:
        """The table's specification."""
        return self._spec

    @property
    def release(self) -> Release:
        """The release that it is estimated from."""
        return self._release

    @property
    def coefficients(self) -> Sequence[Mapping[str, Any]]:
        """Rows of coefficients added so far."""
        return tuple(self._coefficients)

    @property
    def blocks(self) -> Sequence[Block]:
        """Grids added so far."""
        return tuple(self._blocks)

    @property
    def samples(self) -> Mapping[str, Estimable]:
        """Samples that the table rests on, by the id of their block, series or line."""
        return MappingProxyType(self._samples)

    @property
    def reasons(self) -> Mapping[str, str]:
        """Reason of each refused model, in words."""
        return {m: self.worded(problem_words(problem)) for m, problem in self._refusals.items()}

    @property
    def refusals(self) -> Mapping[str, Refusal]:
        """Problems of each refused model."""
        return MappingProxyType(self._refusals)

    @property
    def facts(self) -> Mapping[str, Facts]:
        """What each column or line states about itself, by model."""
        return MappingProxyType(self._facts)

    def add_facts(self, model: str, facts: Facts) -> None:
        """Add what a column or line states about itself."""
        self._facts[model] = facts

    def add_sample(self, name: str, sample: Estimable) -> Estimable:
        """Add the sample of a block, series or line; return it."""
        self._samples[name] = sample
        return sample

    def add_roles(self, model: str, roles: Iterable[str]) -> None:
        """Name the variables that a model uses, where they are fewer than those of its sample."""
        self._roles[model] = tuple(dict.fromkeys(roles))

    def add_files(self, files: pd.DataFrame) -> None:
        """State the files behind each model of a table that stores no samples."""
        self._files = files

    def add_parts(self, *samples: Estimable) -> None:
        """Add samples that count for banner and status alone."""
        self._parts += samples

    def add_picture(self, figure: Picture) -> None:
        """Add a figure."""
        self._pictures.append(figure)

    def add_notes(self, *notes: str) -> None:
        """Add notes under the table."""
        self._notes += notes

    def add_fine_print(self, *notes: str) -> None:
        """Add text of the appendix."""
        self._fine_print += notes

    def add_specifications(self, frame: pd.DataFrame) -> None:
        """Add the table of its own that a curve has: one row a specification."""
        self._specifications = frame

    def choose(self, **choices: Any) -> None:
        """Add resolved choices to those of the manifest."""
        self._choices |= choices

    def describe_sample(self, record: Mapping[str, Any]) -> None:
        """Give the sample's record for the manifest; without it that of the first sample is taken."""
        self._sample = dict(record)

    def describe_values(self, *, status: str, banner: Sequence[Statement] | None = None) -> None:
        """Give the kind of the values, and the banner; without them those of the samples are taken."""
        self._status = status
        self._banner = self._banner if banner is None else tuple(banner)

    def worded(self, text: str) -> str:
        """Return a text with the paper's own unit in place of `{unit}` and `{units}`."""
        return self.spec.unit.fill(text)

    @property
    def provinces(self) -> dict[str, str]:
        """Name of each unit by its code."""
        return self.release.unit_names

    def label(self, role: str) -> str:
        """How a variable is called in a table."""
        return self.spec.variables[role].label

    def drawn(self, roles: Iterable[str], sample: Sample, rule: Interpolation) -> Estimable:
        """Rows of some variables, and of those that the sample's condition names; raises as `build_sample` does."""
        return build_sample(self.release, self._playing(roles, sample), sample, rule)

    def read_by(self, roles: Iterable[str], sample: Sample, rule: Interpolation) -> Any:
        """Return the content of the release that determines the rows of `drawn`: a key for a cache."""
        return what_is_read(self.release, self._playing(roles, sample), sample, rule)

    def _playing(self, roles: Iterable[str], sample: Sample) -> dict[str, Variable]:
        return self.spec.playing(dict.fromkeys([*roles, *sample.conditions]))

    def measured(
        self, role: str, sample: Sample, rule: Interpolation, **changes: Any
    ) -> Iterator[tuple[str, Estimable]]:
        """Each measure that may play a role and has values, by itself."""
        for measure in self.spec.variables[role].measures:
            alone = self.spec.variables[role].model_copy(update={"measures": [measure], **changes})
            with suppress(NotEstimable):
                yield measure, build_sample(self.release, {role: alone}, sample, rule)

    def records(self) -> dict[str, dict[str, Any]]:
        """Every sample as the manifest echoes it."""
        return {name: sample.record() for name, sample in self._samples.items()}

    def add_numbers(self, model: str, numbers: Mapping[Any, Any]) -> None:
        """Named numbers and texts of a model, without None and NaN.

        A name is a text or a `Statistic`. A test given as (statistic, p-value) has both in its text.

        Raises
        ------
        ValueError
            If a model has the same name twice.
        """
        for given, value in numbers.items():
            name = statistic(given)
            text = self.worded(value) if isinstance(value, str) else None
            if isinstance(value, tuple):
                value, p_value = value
                self.add_numbers(model, {name.p_value: p_value})
                text = tested_text(value, p_value)
            if value is None or (not isinstance(value, str) and np.isnan(float(value))):
                continue
            number = None if isinstance(value, str) else float(value)
            if (model, name) in self._numbers:
                raise Unusable(
                    Code.KIND_CODE(
                        "{table}: {model} has two values of {name}",
                        "give one of the two values another name in the module of the table kind",
                        table=self.spec.table,
                        model=model,
                        name=name,
                    )
                )
            self._numbers[model, name] = StatisticRow(
                model, name.term, name.name, name.inference, number, text
            )

    def add_sentences(self, model: str, name: str, sentences: Sequence[str]) -> None:
        """Add a result in words: its first sentence under a name, the others under another."""
        first, *others = sentences
        self.add_numbers(model, {name: first, more_of(name): " ".join(others) or None})

    @property
    def numbers(self) -> dict[tuple[str, Name], float]:
        """Numbers added so far, by model and name."""
        return {
            (model, short(name)): number.value
            for (model, name), number in self._numbers.items()
            if number.value is not None
        }

    def row(self, model: str, term: str, way: str) -> Mapping[str, Any] | None:
        """A coefficient by a way of inference; None where there is none."""
        wanted = (model, term, way)
        rows = (r for r in self._coefficients if (r["model"], r["term"], r["inference"]) == wanted)
        return next(rows, None)

    def refuse(
        self, model: str, refusal: Refusal, title: str = "", *, appendix: bool = True
    ) -> None:
        """A model that the data do not allow: a named result, and its grid where it has a title."""
        text = self.worded(problem_words(refusal))
        self._refusals[model] = refusal
        self.add_numbers(model, {"not_estimable": text})
        if title:
            self.grid(title, ("", "result"), [("not estimable", text)], appendix=appendix)

    @contextmanager
    def refusing(self, model: str, title: str = "", *, appendix: bool = True) -> Iterator[None]:
        """Refuse a model if what is done inside finds that the data do not allow it."""
        try:
            yield
        except REFUSED as why:
            self.refuse(model, problems_of(why), title, appendix=appendix)

    def estimates(self, model: str, rows: Iterable[Mapping[str, Any]], status: str) -> None:
        """Coefficient rows of a model; a number of clusters is kept where the inference has clusters."""
        sample = sample_behind(model, self._samples)
        if sample is not None and model in self._roles:
            status = sample.status_of(self._roles[model])
        for row in rows:
            known = {**row, "model": model, "figures_status": status}
            if not has_clusters(str(row["inference"])):
                known["n_clusters"] = None
            self._coefficients.append(MappingProxyType(known))

    def grid(
        self,
        title: str,
        columns: Cells,
        rows: Iterable[Cells],
        notes: Iterable[str] = (),
        rules: Iterable[int] | None = (0,),
        *,
        appendix: bool = True,
        facts: Iterable[int] = (),
    ) -> None:
        """A grid of the page or of the appendix; a row that is too short is filled up.

        Without `rules` one is drawn before every row whose label is not indented. `facts` are the numbers of the rows
        that state a fact of each column.
        """
        fill = self.worded
        full = tuple((*map(fill, row), *[""] * (len(columns) - len(row))) for row in rows)
        filled = tuple(fill(note) for note in notes if note)
        if rules is None:
            rules = [number for number, row in enumerate(full) if not row[0].startswith(" ")]
        head = tuple(map(fill, columns))
        self._blocks.append(
            Block(fill(title), head, full, filled, frozenset(rules), appendix, frozenset(facts))
        )

    def facts_grid(self, title: str, lines: Mapping[str, str], *, appendix: bool = True) -> None:
        """Grid of what the lines of another grid state: label of each line, with its model.

        Lines without an estimate are left out.
        """
        by = {label: self._facts[model] for label, model in lines.items() if model in self._facts}
        if by:
            self.grid(title, *facts_by_line(by), appendix=appendix)

    def result(self) -> TableResult:
        """The table.

        Raises
        ------
        NotEstimable
            When nothing of it rests on a sample, or no sample allows a number.
        Unusable
            When the kind is faulty: it refused nothing, and gave no sample or no result.
        """
        samples = [*self._samples.values(), *self._parts]
        self._require_complete(bool(samples or self._sample))
        empty = bool(self._refusals) and not (self._coefficients or self.numbers)
        if empty or not (samples or self._sample):
            raise NotEstimable(*distinct(self._refusals.values()))
        records = self.records()
        first = next(iter(records.values()), {})
        sample = self._sample or {**first, **({"blocks": records} if len(records) > 1 else {})}
        words = _words(self.spec, self.release, samples)
        lines = banner(self.release, self.spec.variables, samples)
        return TableResult(
            table_id=self.spec.table,
            title=self.spec.in_words(self.spec.title, words),
            question=self.spec.in_words(self.spec.question, words),
            coefficients=coefficient_frame(self._coefficients),
            statistics=statistic_frame(list(self._numbers.values())),
            specifications=self._specifications,
            blocks=tuple(self._blocks),
            statements=tuple(
                replace(line, sentences=tuple(map(self.worded, line.sentences)))
                for line in (lines if self._banner is None else self._banner)
            ),
            choices=self._choices or dict(self.spec.options),
            columns={model: facts.in_words(self.worded) for model, facts in self._facts.items()},
            sample={**sample, "words": words},
            figures_status=self._status or joined(s.figures_status for s in samples),
            notes=tuple(map(self.worded, self._notes)),
            fine_print=tuple(
                map(self.worded, (*fine_print(self.release, samples), *self._fine_print))
            ),
            pictures=tuple(replace(p, alt=self.worded(p.alt)) for p in self._pictures),
            samples=self._samples,
            roles=self._roles,
            files=self._files,
        )

    def _require_complete(self, has_sample: bool) -> None:
        """Refuse what a faulty kind left, by the name of the kind."""
        if self._refusals:
            return
        names = {"table": self.spec.table, "kind": self.spec.kind}
        if not has_sample:
            raise Unusable(
                Code.KIND_CODE(
                    "{table}: the code of table kind {kind} describes no sample and gives no reason for this",
                    "call add_sample or describe_sample in estimation/tables/kinds/{kind}",
                    **names,
                )
            )
        if not (self._coefficients or self._numbers or self._blocks):
            raise Unusable(
                Code.KIND_CODE(
                    "{table}: the code of table kind {kind} returns no number, no grid and no reason",
                    "call estimates, add_numbers or grid in estimation/tables/kinds/{kind}",
                    **names,
                )
            )


def _words(spec: Spec, release: Release, samples: Iterable[Estimable]) -> dict[str, str]:
    """Measure of each role, in words: titles and sentences follow the measure."""
    words: dict[str, str] = {}
    for sample in samples:
        for role, choice in sample.choices.items():
            text = spec.variables[role].words.get(choice.measure)
            words.setdefault(role, text or release.words(choice.measure))
    return words

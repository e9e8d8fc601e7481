"""Which effects a regression has and which ways of inference they allow: the options of kind `fixed_effects`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError, model_validator

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.fixed_effects import textbook
from living_panel.estimation.econometrics.fixed_effects.textbook import Effects, TextbookInference
from living_panel.estimation.econometrics.inference.covariance import Inference
from living_panel.estimation.econometrics.inference.reading import resolve_mapping
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.roles import Entering
from living_panel.estimation.tables.regressions import InferenceOptions, RegressionBlock
from living_panel.problems import Problem

TITLES: dict[Effects, str] = {
    "none": "Pooled",
    "unit": "Within",
    "time": "Within {periods}",
    "both": "Two-way within",
    "random": "Random effects",
    "between": "Between",
}
IN_WORDS: dict[Effects, str] = {
    "none": "No effects in any column.",
    "unit": "{Unit} effects in every column.",
    "time": "{Period} effects in every column.",
    "both": "{Unit} and {period} effects in every column.",
    "random": "Random effects of {units} (Swamy and Arora) in every column.",
    "between": (
        "Every column uses means of {units}; errors clustered by {unit} equal heteroskedasticity-robust "
        "errors."
    ),
}
ESTIMATORS: dict[Effects, str] = {
    "none": "OLS",
    "unit": "OLS",
    "time": "OLS",
    "both": "OLS",
    "random": "RE, Swamy-Arora",
    "between": "Between",
}
WITHIN: dict[Effects, tuple[str, ...]] = {
    "unit": ("{unit}",),
    "time": ("{period}",),
    "both": ("{unit}", "{period}"),
}
"""Fixed effects of an estimator, as tables call them."""
Misfit = tuple[tuple[str | int, ...], Problem]
"""Place in the options, and what is wrong."""


class EffectsBlock(RegressionBlock):
    """Regressions with one dependent variable and one sample, and their effects.

    If `effects` is one name, variables enter one by one. If `effects` has names of columns, every column has
    every variable.
    """

    effects: Effects | dict[str, Effects] = "both"
    """Effects of all columns; or by column, to put estimators side by side."""
    weights: Entering | None = None
    """Positive variable in levels that weights the squared residuals; unweighted without it."""
    tested: dict[str, str] | None = None
    """Printed column whose coefficients are tested against ours, by our column; by default the printed one beside
    it.
    """

    @property
    def needed(self) -> tuple[str, ...]:
        """Roles without which it says nothing: the one that weighs the squared residuals is one."""
        return (self.dependent, self.weights) if self.weights else (self.dependent,)

    @property
    def side_by_side(self) -> bool:
        """Whether estimators are compared, instead of variables entering one by one."""
        return isinstance(self.effects, dict)

    def columns(self, there: Sequence[str]) -> Iterator[tuple[str, str, list[str], Effects]]:
        """Key, header, regressors and effects of each column; no regressors where its role is not there."""
        if isinstance(self.effects, dict):
            for key, effects in self.effects.items():
                yield key, TITLES[effects], list(there), effects
            return
        for number, role in enumerate(self.enter, start=1):
            controls = [r for r in self.enter[:number] if r in there] if role in there else []
            yield str(number), f"({number})", controls, self.effects


class EffectsInferenceOptions(InferenceOptions):
    """Inferences of blocks; one that not every estimator has says under `effects` which it is for."""

    blocks: list[EffectsBlock]
    """Regressions of the table, each with its own sample."""

    def check_earned(self, table: str) -> None:
        """The stars of two-way regressions are earned as everywhere; `find_misfits` has what is unknown."""
        if self.used == ["both"]:
            self.project_ways("both").check_earned(table)

    @property
    def used(self) -> list[Effects]:
        """Effects of all columns, each once."""
        return list(dict.fromkeys(e for b in self.blocks for *_, e in b.columns(b.enter)))

    def project_ways(self, effects: Effects) -> InferenceOptions:
        """Inferences of the two-way regression of this project that an estimator has; none but `both` has any."""
        asked = [m for m, way in self._asked(effects) if isinstance(way, Inference)]
        return InferenceOptions(
            inference=asked, primary=self.primary, errors=self.errors, exact=self.exact, beside={},
            constant=self.constant,
        )  # fmt: skip

    def textbook(self, effects: Effects) -> list[TextbookInference]:
        """Inferences of linearmodels that an estimator has."""
        return [way for _, way in self._asked(effects) if isinstance(way, TextbookInference)]

    def _asked(
        self, effects: Effects
    ) -> Iterator[tuple[dict[str, Any], Inference | TextbookInference]]:
        for mapping in self.inference:
            if effects in mapping.get("effects", [effects]):
                options = {key: value for key, value in mapping.items() if key != "effects"}
                yield options, _way(options)

    @model_validator(mode="after")
    def _fit(self) -> EffectsInferenceOptions:
        errors = [(at, InvalidSpec(problem)) for at, problem in self.find_misfits()]
        if errors:
            raise ValidationError.from_exception_data(
                type(self).__name__,
                [
                    {"type": "value_error", "loc": at, "input": None, "ctx": {"error": error}}
                    for at, error in errors
                ],
            )
        return self

    def find_misfits(self) -> Iterator[Misfit]:
        """Options that do not go together."""
        unknown = False
        for number, mapping in enumerate(self.inference):
            try:
                way = _way({key: value for key, value in mapping.items() if key != "effects"})
            except InvalidOption as error:
                unknown = True
                yield from ((("inference", number), problem) for problem in error.problems)
                continue
            asked = mapping.get("effects", self.used)
            if unfit := [e for e in asked if not _has(e, way)]:
                fit = [e for e in self.used if _has(e, way)]
                yield (
                    ("inference", number),
                    Code.SPEC_INFERENCE(
                        "the covariance {way} is not available for effects {effects}",
                        "write effects: [{fitting}] here",
                        way=way.label,
                        effects=unfit,
                        fitting=fit,
                    )
                    if fit
                    else Code.SPEC_INFERENCE(
                        "the covariance {way} is not available for effects {effects}",
                        "{action}",
                        way=way.label,
                        effects=unfit,
                        action=OWN,
                    ),
                )
        weighted = any(b.weights for b in self.blocks) and not unknown
        if weighted and any(self.project_ways(effects).inference for effects in self.used):
            yield (
                ("inference",),
                Code.SPEC_INFERENCE(
                    "this covariance is not available for weighted regressions here",
                    "{action}",
                    action=OWN,
                ),
            )
        if self.inference and not unknown:
            yield from self._unnamed()

    def _unnamed(self) -> Iterator[Misfit]:
        labels = {e: [way.label for _, way in self._asked(e)] for e in self.used}
        for effects, known in labels.items():
            if self.primary not in known:
                yield (
                    ("primary",),
                    Code.SPEC_INFERENCE(
                        "the covariance {primary!r} is not available for effects {effects}",
                        "write one of {known}",
                        primary=self.primary,
                        effects=effects,
                        known=known,
                    ),
                )
        every = {label for known in labels.values() for label in known}
        for label in self.beside:
            if label not in every:
                yield (
                    ("beside", label),
                    Code.SPEC_INFERENCE(
                        "`inference` does not list {label!r}",
                        "write one of {known}",
                        label=label,
                        known=sorted(every),
                    ),
                )


OWN = f"write one or more of {', '.join(textbook.RULES)} (docs/papers.md, 'Effects')"


def _way(mapping: Mapping[str, Any]) -> Inference | TextbookInference:
    """A way of inference as a spec writes it: the two-way regression's own, or the textbook's."""
    if textbook.is_textbook(mapping):
        return textbook.resolve(mapping)
    return resolve_mapping(mapping)


def _has(effects: Effects, way: Inference | TextbookInference) -> bool:
    return way.fits(effects) if isinstance(way, TextbookInference) else effects == "both"

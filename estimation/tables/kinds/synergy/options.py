"""Options of a synergy table: regressions with a product, and what is asked of it."""

from __future__ import annotations

from pydantic import Field, model_validator

from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.roles import Role
from living_panel.estimation.panel.spec import Strict
from living_panel.estimation.tables import sentences
from living_panel.estimation.tables.kinds.regions import Scheme
from living_panel.estimation.tables.regressions import Detectable, InferenceOptions, RegressionBlock

FEWEST_DRAWS = 99  # the slopes need none


class Marginal(Strict):
    """Marginal effects over the range of the other regressor."""

    points: int
    """Number of grid points from smallest to largest value; usually 50."""
    level: float
    """Coverage of the bands; usually 0.95."""


class Threshold(Strict):
    """Hansen's (1999) threshold."""

    switching: Role
    """Regressor whose slope may switch."""
    regime: Role
    """Variable whose threshold separates the regimes."""
    draws: int = Field(ge=99)
    """Draws of the bootstrap; usually 999."""
    seed: int = Field(ge=0)
    """Seed of the bootstrap."""
    trim: float = Field(gt=0, lt=0.5)
    """Share of rows that each regime must have; usually 0.15."""
    level: float = Field(gt=0, lt=1)
    """Coverage of the threshold's interval; usually 0.95."""


class Pairing(Strict):
    """One regression with the product of two of its regressors, and its further estimates and tests."""

    regression: RegressionBlock
    """Regression that the product enters."""
    pair: tuple[Role, Role]
    """Two regressors whose product enters."""
    scheme: Scheme | None
    """Regions in which the product is estimated again; `null` for none."""
    leads: list[Role]
    """Regressors whose next value enters a test of strict exogeneity; `[]` for no test."""
    threshold: Threshold | None
    """Test of a threshold in one regressor; `null` for none."""

    @model_validator(mode="after")
    def _entering(self) -> Pairing:
        split = (self.threshold.switching, self.threshold.regime) if self.threshold else ()
        enter = self.regression.enter
        if unknown := sorted({*self.pair, *self.leads, *split} - set(enter)):
            raise InvalidSpec(sentences.NOT_IN_REGRESSION(roles=unknown, known=enter))
        return self


class Options(InferenceOptions):
    """Options of a synergy table."""

    pairings: list[Pairing]
    """Regressions, each with the pair whose product enters."""
    influence: str
    """Label of the inference in the list of influential units."""
    marginal: Marginal
    """Options of the marginal effects."""
    leads: Detectable
    """Level and power of the minimum detectable lead and product."""
    most_influential_shown: int
    """Number of most influential units that the list shows."""

    @property
    def named(self) -> set[str]:
        """Labels of the ways that the options name."""
        return {*super().named, self.influence}

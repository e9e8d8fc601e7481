"""One line of the robustness's block: the same elasticity under another estimator or sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import Correction
from living_panel.estimation.econometrics.fixed_effects.exact_wild import ExactRule, apply_rule
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import wild_draws
from living_panel.estimation.econometrics.inference.reading import resolve_mapping
from living_panel.estimation.econometrics.inference_label import kind_of
from living_panel.estimation.econometrics.robustness.joint_bootstrap import joint_wild_p
from living_panel.estimation.econometrics.robustness.treatments import (
    TreatmentDesign,
    treated_slope,
)
from living_panel.estimation.econometrics.row_names import UNIT
from living_panel.estimation.econometrics.statistic import Name, Statistic
from living_panel.estimation.estimators import dynamic, factors
from living_panel.estimation.estimators._two_way import (
    FixedEffectsFit,
    fit_two_way,
    infer,
)
from living_panel.estimation.estimators.discrete import _two_way_poisson
from living_panel.estimation.panel.content_cache import by_content
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.panel.roles import Entering, Regressor, Role
from living_panel.estimation.panel.sample import Estimable, kept
from living_panel.estimation.panel.spec import Interpolation, Sample, Strict
from living_panel.estimation.tables.builder import Builder, Rows
from living_panel.estimation.tables.curve_treatments import TreatmentMethod
from living_panel.estimation.tables.facts import JACKKNIFE, PRIMARY
from living_panel.estimation.tables.regressions import (
    LEVEL,
    UNSETTLED,
    checked_regression,
    slopes,
    t_rows,
    unsettled,
)
from living_panel.estimation.tables.texts import p_text

CORRECTION: Correction = "reghdfe"
ESTIMATED_FIRST = ("common_factors", "common_averages")
"""Treatments whose added regressors are estimates: a bootstrap that takes them as known would be too sure."""


@dataclass
class Estimated:
    """A line's estimates: rows without model, and the way that is shown as conventional.

    `numbers` has observations and units among them, `note` the facts to print with the number.
    """

    rows: Rows
    conventional: str
    years: tuple[int, int]
    numbers: dict[Name, Any]
    note: str = ""
    dynamics: dynamic._HalfPanel | None = None


@dataclass(frozen=True)
class _LineFit:
    """An estimator's own result: slopes, errors, their law, and the rows that entered.

    `df` is by default the number of units less one.
    """

    params: pd.Series
    std_errors: pd.Series
    way: str
    df: float | None
    used: pd.Index
    note: str = ""

    @property
    def groups(self) -> int:
        """Units."""
        return self.used.get_level_values(0).nunique()


class _Line(Strict):
    """Facts of every line."""

    id: str
    """Name of the line in results."""
    title: str
    """Label of the line."""
    dependent: Regressor
    """Dependent variable."""
    focal: Entering
    """Regressor whose coefficient is shown."""
    enter: list[Regressor]
    """Regressors of the line, the shown one among them."""
    sample: Sample
    """Units and periods of the line."""
    interpolation: Interpolation
    """Cells that may be filled."""
    without_broken: list[Role]
    """Variables whose documented breaks exclude the unit that has one; `[]` for none."""

    def data(self, sample: Estimable) -> tuple[pd.Series, pd.DataFrame]:
        """Dependent variable and regressors."""
        return sample.frame[self.dependent], sample.frame[self.enter]

    def span(self, used: pd.Index) -> tuple[int, int]:
        """Years of the rows that entered."""
        years = used.get_level_values("year")
        return int(years.min()), int(years.max())

    def fit(self, y: pd.Series, x: pd.DataFrame, breaks: pd.DataFrame) -> _LineFit:
        """The estimator by its own covariance; a part of the data may be missing."""
        raise NotImplementedError

    def points(self, sample: Estimable) -> pd.Series:
        """Slopes alone."""
        breaks = breaks_of(sample, list(sample.choices))
        return _line_slopes(self, *self.data(sample), breaks)

    def estimated(
        self, sample: Estimable, ways: Sequence[Mapping[str, Any]], exact: ExactRule
    ) -> Estimated:
        """Estimates by the delete-one-unit jackknife, t(G-1), and the estimator's own covariance."""
        return self._inferred(*self.data(sample), breaks_of(sample, list(sample.choices)))

    def _inferred(self, y: pd.Series, x: pd.DataFrame, breaks: pd.DataFrame) -> Estimated:
        fit = self.fit(y, x, breaks)
        n_obs, by_group = len(fit.used), float(fit.groups - 1)
        df = by_group if fit.df is None else fit.df
        rows = t_rows(fit.params, fit.std_errors, df, fit.way, n_obs, fit.groups)
        if not isinstance(self, CommonEffects):
            # averages over units are part of that estimator: deleting one changes the model
            unit_codes, units = y.index.get_level_values(0), fit.used.get_level_values(0).unique()
            masks = (unit_codes != unit for unit in units)
            without = pd.DataFrame([self.fit(y[k], x[k], breaks).params for k in masks])
            share = (fit.groups - 1) / fit.groups
            spread = np.sqrt(share * ((without - fit.params) ** 2).sum())
            rows = [*t_rows(fit.params, spread, by_group, JACKKNIFE, n_obs, fit.groups), *rows]
        numbers: dict[Name, Any] = {"n_obs": float(n_obs), "n_provinces": float(fit.groups)}
        return Estimated(rows, fit.way, self.span(fit.used), numbers, fit.note)


class TwoWay(_Line):
    """Two-way effects."""

    method: Literal["two_way"]
    """Estimator: least squares with unit and period effects."""
    split_at_breaks_of: list[Role]
    """Variables at whose documented breaks a unit's effect is split; `[]` for none."""
    leads: list[Role] = []
    """Regressors of later periods; a bootstrap tests that all their coefficients are zero."""

    def _index(self, sample: Estimable) -> pd.MultiIndex:
        index = sample.frame.index
        cuts = breaks_of(sample, self.split_at_breaks_of)
        return regimes(index, cuts) if self.split_at_breaks_of else index

    def points(self, sample: Estimable) -> pd.Series:
        """Slopes alone."""
        (y, x), index = self.data(sample), self._index(sample)
        return slopes(y.set_axis(index), x.set_axis(index))

    def estimated(
        self, sample: Estimable, ways: Sequence[Mapping[str, Any]], exact: ExactRule
    ) -> Estimated:
        """Estimates under the ways of the spec, clustered by whole units."""
        (y, x), index = self.data(sample), self._index(sample)
        notes: list[str] = []
        numbers: dict[Name, Any] = {}
        cluster: Any = ["unit"]
        if self.split_at_breaks_of:
            cluster = pd.Series(y.index.get_level_values(0), index, name=UNIT)
            numbers["regimes"] = float(index.get_level_values(0).nunique())
            notes.append(
                f"{numbers['regimes']:.0f} {{unit}}-regimes (a {{unit}} with a break counts as two or more)"
            )
        fit = fit_two_way(y.set_axis(index), x.set_axis(index))
        if fit.singletons:
            notes.append(f"{fit.singletons} singletons stay in the sample")
        results = [
            infer(fit, resolve_mapping({**way, "cluster": cluster}), exact=exact) for way in ways
        ]
        rows = [row for result in results for row in result.rows(LEVEL)]
        labels = [result.label for result in results]
        conventional = next((w for w in labels if kind_of(w) == "clustered"), labels[-1])
        numbers |= {"n_obs": len(y), "n_provinces": int(rows[0]["n_clusters"])}
        numbers[UNSETTLED] = unsettled(results)
        if self.leads:
            p_value = self._leads_p(fit, ways)
            numbers[Statistic("leads_p_value", self.focal)] = p_value
            notes.append(f"joint test that the leads are zero: p {p_text(p_value)}")
        return Estimated(rows, conventional, self.span(index), numbers, ", ".join(notes))

    def _leads_p(self, fit: FixedEffectsFit, ways: Sequence[Mapping[str, Any]]) -> float:
        """p-value that all leads are zero, by the bootstrap of the spec."""
        way = next(way for way in ways if way["cov"] == PRIMARY)
        units = fit.y.index.get_level_values(0)
        cluster = np.unique([str(unit).partition(":")[0] for unit in units], return_inverse=True)[1]
        draws = wild_draws(int(cluster.max()) + 1, way["draws"], way["seed"])
        places = [list(fit.x).index(role) for role in self.leads]
        return joint_wild_p(fit.within, cluster.astype(np.int64), places, draws)


class FirstDifferences(_Line):
    """Annual differences; a difference across a gap or a break is missing."""

    method: Literal["first_differences"]
    """Estimator: least squares on first differences."""
    correction: Literal["groups"]
    """Small-sample factor G/(G-1)."""

    def fit(self, y: pd.Series, x: pd.DataFrame, breaks: pd.DataFrame) -> _LineFit:
        """Differences with errors clustered by unit."""
        fit = dynamic._annual_differences(y, x, breaks)
        broken = (fit.lost == dynamic.NEW_DEFINITION).sum()
        return _LineFit(
            fit.params, fit.std_errors, f"clustered:{self.correction}:t(G-1)", None, fit.used,
            f"{broken} differences cross a break and are left out",
        )  # fmt: skip


class LongDifference(_Line):
    """Change between two years; units with a break between them are excluded."""

    method: Literal["long_difference"]
    """Estimator: least squares on one change per unit."""
    first: int
    """First year of the change."""
    last: int
    """Last year of the change."""
    cov: Literal["hc3"]
    """Covariance: robust to heteroskedasticity, HC3."""

    def span(self, used: pd.Index) -> tuple[int, int]:
        """The two years."""
        return self.first, self.last

    def fit(self, y: pd.Series, x: pd.DataFrame, breaks: pd.DataFrame) -> _LineFit:
        """A cross-section of changes with robust errors."""
        fit = dynamic._long_difference(y, x, first=self.first, last=self.last, breaks=breaks)
        return _LineFit(
            fit.params, fit.std_errors, f"{self.cov}:t(n-k-1)", len(fit.used) - x.shape[1] - 1.0,
            fit.used, f"{len(fit.lost)} {{units}} with a break are left out",
        )  # fmt: skip


class LaggedDependent(_Line):
    """Lagged dependent variable with the half-panel jackknife."""

    method: Literal["lagged_dependent"]
    """Estimator: half-panel jackknife with the lagged dependent variable."""

    def points(self, sample: Estimable) -> pd.Series:
        """Slopes alone, corrected."""
        return by_content(dynamic._half_panel)(*self.data(sample)).params["jackknife"]

    def estimated(
        self, sample: Estimable, ways: Sequence[Mapping[str, Any]], exact: ExactRule
    ) -> Estimated:
        """Estimates within and corrected, both jackknifed, and the long run where it is identified."""
        y, x = self.data(sample)
        fit = dynamic._half_panel(y, x)
        labels = {"jackknife": JACKKNIFE, "within": f"within, uncorrected: {JACKKNIFE}"}
        rows: Rows = []
        for kind, label in labels.items():
            df, size = float(fit.n_units - 1), (fit.n_obs, fit.n_units)
            rows += t_rows(fit.params[kind], fit.std_errors[kind], df, label, *size)
        lag = float(fit.params["jackknife"].iloc[0])
        identified = fit.long_run_identified
        numbers: dict[Name, Any] = {"n_obs": float(fit.n_obs), "n_provinces": float(fit.n_units)}
        numbers |= {"lag": lag, "long_run_identified": float(identified)}
        for term, row in fit.long_run.iterrows() if identified else ():
            numbers[Statistic("long_run", term)] = float(row["estimate"])
            numbers[Statistic("long_run_std_error", term)] = float(row["std_error"])
        note = (
            f"coefficient of the lag {lag:.2f}, long-run effect "
            f"{'identified' if identified else 'not identified'}"
        )
        first, last = self.span(y.index)
        return Estimated(rows, "", (first + 1, last), numbers, note, fit)


class Ppml(_Line):
    """Poisson pseudo-maximum likelihood of the level."""

    method: Literal["ppml"]
    """Estimator: Poisson pseudo-maximum likelihood of the level."""
    correction: Literal["reghdfe"]
    """Small-sample factor, as reghdfe counts effects."""

    def data(self, sample: Estimable) -> tuple[pd.Series, pd.DataFrame]:
        """The dependent variable in levels."""
        return sample.levels[self.dependent], sample.frame[self.enter]

    def fit(self, y: pd.Series, x: pd.DataFrame, breaks: pd.DataFrame) -> _LineFit:
        """Poisson with errors clustered by unit."""
        fit = _two_way_poisson(y, x, df="t(G-1)")
        assert fit.residuals is not None
        return _LineFit(
            fit.params, fit.std_errors, fit.label, None, fit.residuals.index,
            f"left out because every value is zero: {', '.join(fit.dropped)}" if fit.dropped else "",
        )  # fmt: skip


class CommonEffects(_Line):
    """Pooled common correlated effects."""

    method: Literal["pooled_cce"]
    """Estimator: pooled common correlated effects."""
    cov: Literal["pesaran"]
    """Covariance: Pesaran's (2006), from the spread between units."""

    def fit(self, y: pd.Series, x: pd.DataFrame, breaks: pd.DataFrame) -> _LineFit:
        """Slopes with averages over units in every unit's regression."""
        fit = factors._pooled_cce(y, x)
        return _LineFit(
            fit.params, fit.std_errors, fit.label, float("inf"), y.index,
            f"{fit.statistics['residual_df']:.0f} residual degrees of freedom for each {{unit}}",
        )  # fmt: skip


class Treated(_Line):
    """The slope of interest under one treatment: trends, factors, averages, differences or split effects.

    A treatment with more effects or regressors uses the wild cluster bootstrap. Factors and averages use the
    jackknife, which estimates the slope again without each unit.
    """

    method: Literal["treated"]
    """Estimator: the slope under a treatment of breaks, trends or common shocks."""
    treatment: TreatmentMethod
    """Treatment of breaks, trends, dynamics or common shocks."""

    def data(self, sample: Estimable) -> tuple[pd.Series, pd.DataFrame]:
        """Dependent variable and regressors, the one of interest first."""
        others = [role for role in self.enter if role != self.focal]
        return sample.frame[self.dependent], sample.frame[[self.focal, *others]]

    def points(self, sample: Estimable) -> pd.Series:
        """The slope alone."""
        return _line_slopes(self, *self.data(sample), self._breaks(sample))

    def fit(self, y: pd.Series, x: pd.DataFrame, breaks: pd.DataFrame) -> _LineFit:
        """The slope with errors clustered by unit."""
        design = self.treatment.design(y, x, breaks)
        estimate = treated_slope(design, draws=1, seed=0)
        errors = pd.Series({self.focal: estimate.corrected_error(design, CORRECTION)})
        slope = pd.Series({self.focal: estimate.estimate})
        return _LineFit(slope, errors, f"clustered:{CORRECTION}:t(G-1)", None, design.y.index)

    def estimated(
        self, sample: Estimable, ways: Sequence[Mapping[str, Any]], exact: ExactRule
    ) -> Estimated:
        """Estimates by the jackknife, the clustered errors and the spec's bootstrap."""
        (y, x), breaks = self.data(sample), self._breaks(sample)
        made = self._inferred(y, x, breaks)
        design = self.treatment.design(y, x, breaks)
        for way in ways if self.treatment.method not in ESTIMATED_FIRST else ():
            if kind_of(str(way["cov"])) == kind_of(PRIMARY):
                made.rows.append(self._drawn(design, way, exact))
        return made

    def _drawn(
        self, design: TreatmentDesign, way: Mapping[str, Any], exact: ExactRule
    ) -> dict[str, Any]:
        """Row of the slope by the wild cluster bootstrap."""
        estimate = treated_slope(design, draws=way["draws"], seed=way["seed"])
        test = apply_rule(estimate.test, self.focal, exact)
        error, (low, high) = estimate.corrected_error(design, CORRECTION), test.interval(LEVEL)
        return {
            "term": self.focal, "inference": way["cov"], "estimate": estimate.estimate, "std_error": error,
            "statistic": estimate.estimate / error, "p_value": test.p_value(), "p_mc_error": test.p_error(),
            "ci_low": low, "ci_high": high, "n_obs": estimate.n_obs, "n_clusters": estimate.n_clusters,
        }  # fmt: skip

    def _breaks(self, sample: Estimable) -> pd.DataFrame:
        """Breaks of single units, and the years in which all of them change."""
        every = pd.DataFrame({"province_code": "", "year": self.treatment.years})
        return pd.concat([breaks_of(sample, self.treatment.breaks_of), every], ignore_index=True)


Line = Annotated[
    TwoWay | FirstDifferences | LongDifference | LaggedDependent | Ppml | CommonEffects | Treated,
    Field(discriminator="method"),
]


@by_content
def _line_slopes(line: _Line, y: pd.Series, x: pd.DataFrame, breaks: pd.DataFrame) -> pd.Series:
    return line.fit(y, x, breaks).params


def read_by_line(table: Builder, line: _Line) -> Any:
    """Return the content of the release that determines the rows of a line: a key for a cache."""
    return table.read_by((line.dependent, *line.enter), line.sample, line.interpolation)


def line_sample(table: Builder, line: _Line) -> Estimable:
    """Rows of one line, whose regressors no estimator can take for one another; only whole units."""
    sample = table.drawn((line.dependent, *line.enter), line.sample, line.interpolation)
    if line.without_broken:
        broken = set(breaks_of(sample, line.without_broken)["province_code"]) - {""}
        whole = [p for p in sample.provinces if p not in broken]
        if not whole:
            raise NotEstimable(
                Code.TABLE_NO_MODEL(
                    "within the window, every unit has a documented break",
                    "use a shorter window, or write [] under without_broken",
                )
            )
        sample = kept(sample, whole)
    checked_regression(*line.data(sample))
    return sample


def breaks_of(sample: Estimable, roles: Sequence[str]) -> pd.DataFrame:
    """Documented breaks of the measures that play the roles, inside the window."""
    measures = {sample.choices[r].measure for r in roles if r in sample.choices}
    mine = [
        {"province_code": b["province_code"], "year": int(b["year"])}
        for b in sample.breaks
        if b["measure"] in measures
    ]
    frame = pd.DataFrame(mine, columns=["province_code", "year"])
    return frame.drop_duplicates()


def regimes(index: pd.MultiIndex, breaks: pd.DataFrame) -> pd.MultiIndex:
    """Index with units cut at their breaks: `210000` becomes `210000:0`, `210000:1`.

    A break without a unit cuts every unit; the break's year opens the new regime.
    """
    provinces, years = index.get_level_values(0), index.get_level_values(1)
    count = np.zeros(len(index), int)
    for province, year in zip(breaks["province_code"], breaks["year"], strict=True):
        here = np.asarray(years >= year)
        count += here if province == "" else here & np.asarray(provinces == province)
    labels = [f"{p}:{c}" for p, c in zip(provinces, count, strict=True)]
    return pd.MultiIndex.from_arrays([labels, years], names=index.names)

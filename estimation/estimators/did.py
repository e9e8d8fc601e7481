"""Effects of a treatment that units take up at different times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Annotated, Any

import numpy as np
import pandas as pd
import scipy

from living_panel.codes import Code, Sentence
from living_panel.estimation.econometrics import wide_panel
from living_panel.estimation.econometrics.arguments import (
    Count,
    OneOf,
    Positive,
    Seed,
    Share,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects import panel_arrays
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints
from living_panel.estimation.econometrics.inference.covariances.cr3 import cr3
from living_panel.estimation.econometrics.library import sentences
from living_panel.estimation.econometrics.library.data import (
    LEVELS,
    PanelData,
    complete,
    named_periods,
    period_numbers,
    read_data,
)
from living_panel.estimation.econometrics.library.equations import refuse_text
from living_panel.estimation.econometrics.library.result import (
    Fit,
    PanelTest,
    Result,
    coefficient_table,
)
from living_panel.estimation.econometrics.library.ways import Way, fit_under
from living_panel.estimation.estimators import _two_way

NORMAL = float("inf")
Aggregate = Annotated[str, OneOf(("event", "overall"))]
AdoptionVcov = Annotated[str, OneOf(("influence", "jackknife"))]
ClusteredVcov = Annotated[str, OneOf(("clustered", "cr2", "cr3"))]


@check_arguments
def group_time(
    outcome: str,
    data: Any,
    *,
    first: str,
    unit: str | None = None,
    time: str | None = None,
    aggregate: Aggregate = "event",
    earliest: int | None = None,
    latest: Count | None = None,
    base_years: Positive = 1,
    vcov: AdoptionVcov = "influence",
) -> Fit:
    """Group-time effects of Callaway and Sant'Anna (2021), averaged by time since adoption or over all.

    Choices are those of R's `did` with `control_group = "notyettreated"` and `base_period = "universal"`, and of
    Stata's `csdid, notyet long2` (SSC). The defaults of both are never-treated controls and short differences before
    adoption. Here the base is the period before adoption, and controls are the units not treated yet. Errors come from
    the influence function by unit. There are no covariates. The panel is balanced and has no gap.

    Parameters
    ----------
    outcome : str
        Column of the outcome.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    first : str
        Column of the first treated period of each unit; missing, infinite or 0 for one that is never treated.
    unit, time : str, optional
        Columns, or levels of the index; None for data over an index of unit and period.
    aggregate : {"event", "overall"}
        By time since adoption (default), or the average over all treated periods.
    earliest, latest : int, optional
        First and last time since adoption. Default: all that have controls.
    base_years : int
        Periods before adoption whose mean is the base. Default 1.
    vcov : {"influence", "jackknife"}
        Default `influence`. `jackknife` leaves out one unit at a time, for cohorts of few units.

    Returns
    -------
    Fit
        `raw.table` has the effect of each cohort in each period.
    """
    panel, layout, when = _layout(outcome, data, first, unit, time)
    with named_periods(panel):
        result = _group_time(layout, base_years=base_years)
    events = result.columns["event"]
    begin = int(events.min()) if earliest is None else earliest
    end = max(int(events.max()), 0) if latest is None else latest

    chosen = {
        "aggregate": aggregate, "controls": "not yet treated", "base_periods": base_years,
        "earliest": begin, "latest": end,
    }  # fmt: skip
    if not ((events >= begin) & (events <= end) & (aggregate == "event" or events >= 0)).any():
        raise Infeasible(
            Code.ADOPTION(
                "effects are estimated from {first} to {last} periods since adoption, not from {begin} to {end}",
                "give earliest and latest within the estimated periods",
                begin=begin,
                end=end,
                first=int(events.min()),
                last=int(events.max()),
            )
        )
    return _study(outcome, panel, layout, result, {**when, **chosen}, vcov)


def _study(
    outcome: str,
    panel: PanelData,
    layout: _Layout,
    result: _GroupTime,
    chosen: dict[str, Any],
    kind: str,
) -> Fit:
    """Averages of group-time effects under one covariance."""
    begin, end = chosen["earliest"], chosen["latest"]
    with named_periods(panel):
        if kind == "jackknife":
            effects = _jackknife(layout, partial(_averages, chosen))
        elif chosen["aggregate"] == "event":
            effects = result.event_study(begin, end)
        else:
            effects = result.overall(end)
    return _fit(
        "group_time", "Group-time effects (Callaway and Sant'Anna)", outcome, panel, effects,
        result, kind, chosen, ("influence", "jackknife"),
        partial(_study, outcome, panel, layout, result, chosen),
    )  # fmt: skip


def _averages(chosen: Mapping[str, Any], layout: _Layout) -> Mapping[Any, float]:
    result = _group_time(layout, base_years=chosen["base_periods"])
    overall, by_event = result.averages(chosen["earliest"], chosen["latest"])
    return {"overall": overall} if chosen["aggregate"] == "overall" else {**by_event}


@check_arguments
def imputation(
    outcome: str,
    data: Any,
    *,
    first: str,
    unit: str | None = None,
    time: str | None = None,
    aggregate: Aggregate = "event",
    latest: Count | None = None,
    trait: str | None = None,
) -> Fit:
    """Imputation estimator of Borusyak, Jaravel and Spiess (2024): unit and period effects of untreated rows.

    Effects are averaged over treated rows, each with the same weight: the default of their Stata command
    `did_imputation` (SSC). Errors come from leaving out one unit at a time, not from their conservative formula. The
    panel is balanced and has no gap.

    Parameters
    ----------
    outcome : str
        Column of the outcome.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    first : str
        As in `group_time`.
    unit, time : str, optional
        Columns, or levels of the index.
    aggregate : {"event", "overall"}
        By time since adoption (default), or the average over all treated rows.
    latest : int, optional
        Last time since adoption. Default: all.
    trait : str, optional
        Column with one number a unit. The estimate is then the least-squares slope of the treated rows' effects on it.
        Default: none.

    Returns
    -------
    Fit
        `raw` has the effect of each treated row.
    """
    if trait is not None and aggregate == "overall":
        raise InvalidOption(sentences.OPTION_WITHOUT_MEANING(option="aggregate", given="trait"))
    panel, layout, when = _layout(outcome, data, first, unit, time, *([trait] if trait else []))
    last = len(layout.years) if latest is None else latest
    traits = pd.Series(dtype=float)
    if trait is not None:
        traits = _of_units(panel, trait, sentences.TRAIT_CHANGES).astype(float)

    def averages(data: _Layout) -> Mapping[Any, float]:
        cells = _impute(data, last)
        if trait is not None:
            return {f"slope on {trait}": _slope_on(traits[data.units].to_numpy(), cells)}
        if aggregate == "overall":
            return {"overall": float(cells["effect"].mean())}
        means = cells.groupby("event")["effect"].mean()
        return {int(event): float(mean) for event, mean in means.items()}

    with named_periods(panel):
        result, effects = _impute(layout, last), _jackknife(layout, averages)
    kept = aggregate if trait is None else "slope"
    chosen = {**when, "aggregate": kept, "latest": latest, "trait": trait}
    return _fit(
        "imputation", "Imputation (Borusyak, Jaravel and Spiess)", outcome, panel, effects, result,
        "jackknife", chosen, ("jackknife",), None,
    )  # fmt: skip


@check_arguments
def pre_trends(
    outcome: str,
    data: Any,
    *,
    first: str,
    unit: str | None = None,
    time: str | None = None,
    leads: Positive,
    vcov: ClusteredVcov = "clustered",
    correction: str | None = None,
    df: str | None = None,
) -> Fit:
    """Two-way regression on rows without treatment of dummies for the periods before adoption.

    The test of parallel trends of Borusyak, Jaravel and Spiess (2024), section 4.4: it is independent of the imputed
    effects where trends are parallel. `wald()` tests all periods jointly. The number of periods has no default, as in
    the option `pretrends` of their Stata command. The panel need not be balanced.

    Parameters
    ----------
    outcome : str
        Column of the outcome.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    first : str
        As in `group_time`.
    unit, time : str, optional
        Columns, or levels of the index.
    leads : int
        Periods before adoption, at least 1.
    vcov : {"clustered", "cr2", "cr3"}
        By unit. Default `clustered`.
    correction, df : str, optional
        As in `two_way`.

    Returns
    -------
    Fit
        One term for each period before adoption.
    """
    panel, y, begun = _read(outcome, data, first, unit, time)
    way = Way(vcov, None, correction, df)
    way.refuse_options()
    asked = way.mapping(panel, True)
    asked.pop("cluster")
    with named_periods(panel):
        result = _pre_trends(y, begun, leads=leads, **asked)
    return fit_under(
        result,
        result.way,
        [panel.unit],
        chosen={"first": first, "leads": leads, "effects": [panel.unit, panel.time]},
        sample=panel.sample,
        references=("imputation",),
        fit_statistics={},
        residuals=None,
        kinds=(vcov,),
        again=None,
        title="Periods before adoption (Borusyak, Jaravel and Spiess)",
        method="pre_trends",
        formula=outcome,
    )


@check_arguments
def randomisation_test(
    outcome: str,
    data: Any,
    *,
    first: str,
    unit: str | None = None,
    time: str | None = None,
    latest: Count | None = None,
    base_years: Positive = 1,
    draws: Positive = 999,
    seed: Seed = 1,
) -> PanelTest:
    """Group-time average effect against those of random assignments of the adoption times to units.

    The statistic is the average over its standard error of the influence function, in absolute value. The p-value is
    (1 + r)/(1 + R), where r of the R assignments have a statistic as large, ties among them. The panel is balanced.

    Parameters
    ----------
    outcome : str
        Column of the outcome.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    first : str
        As in `group_time`.
    unit, time : str, optional
        Columns, or levels of the index.
    latest : int, optional
        Last time since adoption that is averaged. Default: all.
    base_years : int
        Periods before adoption whose mean is the base. Default 1.
    draws : int
        Random assignments. Default 999.
    seed : int
        Of the assignments. Default 1.

    Returns
    -------
    PanelTest
    """
    panel, layout, when = _layout(outcome, data, first, unit, time)
    last = len(layout.years) if latest is None else latest
    with named_periods(panel):
        statistic, p = _randomisation_test(layout, last, base_years, draws, seed)
    return PanelTest(
        title=f"Randomisation test of the effect on {outcome}",
        table=pd.DataFrame({"statistic": [statistic], "p_value": [p]}, ["overall"]),
        choices={
            **when, "controls": "not yet treated", "base_periods": base_years, "latest": latest,
            "draws": draws, "seed": seed, "sample": panel.sample,
        },
        references=("group_time",),
        null="no unit is affected, and adoption times are exchangeable between units",
        alternative="some units are affected",
    )  # fmt: skip


@check_arguments
def bacon(
    outcome: str,
    data: Any,
    *,
    first: str,
    unit: str | None = None,
    time: str | None = None,
) -> Result:
    """Comparisons and weights in the two-way regression on a treatment dummy (Goodman-Bacon 2021).

    Nothing is chosen: the decomposition is exact, as that of Stata's `bacondecomp` (SSC). The panel is balanced.

    Parameters
    ----------
    outcome : str
        Column of the outcome.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    first : str
        As in `group_time`.
    unit, time : str, optional
        Columns, or levels of the index.

    Returns
    -------
    Result
        Columns kind, treated, control, estimate, weight; cohorts by the number of their first period.
    """
    panel, layout, when = _layout(outcome, data, first, unit, time)
    with named_periods(panel):
        table = _bacon(layout)
    return Result(
        title=f"Two-way weights of {outcome}",
        table=table,
        choices={"outcome": outcome, **when, "sample": panel.sample},
        references=("bacon",),
        raw=table,
    )


@check_arguments
def honest_bounds(
    fit: Fit | pd.Series,
    *,
    cov: pd.DataFrame | None = None,
    average_of: Sequence[int] = (0,),
    magnitudes: Sequence[float] = (0.0, 0.5, 1.0, 1.5, 2.0),
    level: Share = 0.95,
    draws: Positive = 100_000,
    seed: Seed = 1,
) -> Result:
    r"""Bounds of an effect where trends are not parallel, under relative magnitudes (Rambachan and Roth 2023).

    The difference in trends moves from one period to the next after adoption by at most m times the largest such
    step before it (section 2.4.1). Steps add up, so the mean of the effects at event times k lies within

    .. math:: \bar\beta \pm m\,\overline{(k+1)}\,\max_s |\beta_{s+1}-\beta_s|, \qquad \beta_{-1}=0.

    Defaults are those of R's `HonestDiD`: the effect at event time 0, and magnitudes from 0 to 2. Intervals are
    by projection: the worst case inside the simultaneous (sup-t) normal region of the mean and of all steps before
    adoption. They cover at no less than `level`, and are wider than those of their conditional test.

    Parameters
    ----------
    fit : Fit or pandas.Series
        An event study with two periods before adoption or more: `group_time`, or estimates by event time without
        the base -1.
    cov : pandas.DataFrame, optional
        Covariance of a Series of estimates. Default: that of the fit.
    average_of : sequence of int
        Event times that are averaged. Default: 0.
    magnitudes : sequence of float
        Largest change of the trends, relative to the largest before adoption. Default: 0, 0.5, 1, 1.5, 2.
    level : float
        Of the intervals. Default 0.95.
    draws : int
        Of the sup-t value. Default 100,000.
    seed : int
        Default 1.

    Returns
    -------
    Result
        Columns m, set_low, set_high (as if the coefficients were known), low, high. `raw["breakdown"]` is the
        largest m of a grid up to 3 for which the interval leaves out zero; NaN if there is none.
    """
    if isinstance(fit, Fit):
        if cov is not None:
            raise InvalidOption(sentences.OPTION_WITHOUT_MEANING(option="cov", given="a fit"))
        title, estimates, cov = fit.title, fit.params, fit.cov
        sample = {"sample": fit.choices["sample"]}
    else:
        title, estimates, sample = "a series of estimates", fit, {}
    has_times = estimates.empty or pd.api.types.is_integer_dtype(estimates.index)
    if cov is None or not has_times:
        raise InvalidOption(sentences.NO_EVENT_STUDY(title=title, estimators=["group_time"]))
    table, breakdown = _relative_magnitudes(
        estimates, cov, average_of=[*average_of], magnitudes=[*magnitudes], level=level,
        draws=draws, seed=seed,
    )  # fmt: skip
    up_to = f"the interval leaves out zero up to m = {breakdown:g}"
    if np.isnan(breakdown):
        up_to = "the interval contains zero at every m"
    return Result(
        title="Bounds under relative magnitudes (Rambachan and Roth)",
        table=table,
        choices={"average_of": [*average_of], "level": level, "draws": draws, "seed": seed, **sample},
        notes=(up_to,),
        references=("honest",),
        raw={"breakdown": breakdown},
    )  # fmt: skip


def _read(
    outcome: str, data: Any, first: str, unit: str | None, time: str | None, *also: str
) -> tuple[PanelData, pd.Series, pd.Series]:
    """The rows, the outcome over them, and the first treated period of each unit by number."""
    panel = read_data(data, unit, time)
    for name in (outcome, first, *also):
        if name not in panel.frame:
            columns = [*map(str, panel.frame.columns)]
            raise InvalidData(sentences.UNKNOWN_KEY(name=name, columns=columns))
    panel = complete(panel, [outcome, *also])
    refuse_text(panel, [outcome, *also])
    when = _first_numbers(panel, first)
    y = panel.frame[outcome].astype(float)
    y.index = y.index.set_names(LEVELS)
    return panel, y, when


def _layout(
    outcome: str, data: Any, first: str, unit: str | None, time: str | None, *also: str
) -> tuple[PanelData, _Layout, dict[str, Any]]:
    """The rows, their layout, and what is known about adoption."""
    panel, y, when = _read(outcome, data, first, unit, time, *also)
    with named_periods(panel):
        layout = _lay_out(y, when)
    never = int(when.isna().sum())
    return panel, layout, {"first": first, "never_treated": never, "cohorts": len(layout.cohorts)}


def _of_units(panel: PanelData, name: str, refusal: Sentence) -> pd.Series:
    """The one value that each unit has in a column."""
    by_unit = panel.frame[name].groupby(panel.frame.index.get_level_values(0))
    several = by_unit.nunique(dropna=False)
    if (several > 1).any():
        names = [str(panel.labels[str(u)]) for u in several.index[several > 1][:8]]
        raise InvalidData(refusal(name=name, units=names))
    return by_unit.first()


def _first_numbers(panel: PanelData, first: str) -> pd.Series:
    """Number of the first treated period of each unit; missing for one that is never treated."""
    given = _of_units(panel, first, sentences.TREATMENT_CHANGES)
    treated = given.notna()
    if pd.api.types.is_numeric_dtype(given):
        numbers = given.astype(float)
        zero_is_no_period = 0 not in panel.periods
        treated &= np.isfinite(numbers.fillna(np.inf)) & ~((numbers == 0) & zero_is_no_period)
    periods = pd.Series(np.nan, given.index)
    if treated.any():
        periods[treated] = period_numbers(given[treated], panel, first).astype(float)
    return periods


def _fit(
    name: str,
    title: str,
    outcome: str,
    panel: PanelData,
    effects: tuple[pd.Series, pd.DataFrame],
    result: Any,
    kind: str,
    chosen: dict[str, Any],
    kinds: tuple[str, ...],
    again: Callable[..., Fit] | None,
) -> Fit:
    estimates, cov = effects
    return Fit(
        title=title,
        table=coefficient_table(estimates, _errors(cov), NORMAL),
        choices={**chosen, "covariance": f"{kind}, by unit", "distribution": "normal",
                 "sample": panel.sample},
        references=(name,),
        raw=result,
        method=name,
        formula=outcome,
        inference=f"{kind}:normal",
        cov=cov,
        kinds=kinds,
        again=again,
    )  # fmt: skip


def _errors(cov: pd.DataFrame) -> pd.Series:
    return pd.Series(np.sqrt(np.diag(cov)), cov.index)


@dataclass(frozen=True, slots=True)
class _Layout:
    """A balanced outcome (N, T) and the position of each unit's first treated year (N,), T for none or a later one."""

    outcome: Floats
    first: Ints
    units: list[str]
    years: list[int]

    @property
    def cohorts(self) -> list[int]:
        """Positions in which some unit is first treated, within the window."""
        return [int(g) for g in np.unique(self.first) if g < len(self.years)]

    @property
    def treated(self) -> np.ndarray:
        """Whether a unit is treated in a year, shape (N, T)."""
        return np.arange(len(self.years)) >= self.first[:, None]


def _lay_out(y: pd.Series, first_year: pd.Series) -> _Layout:
    """Check and lay out an outcome over unit and period, with the first treated year by unit, NaN for none."""
    data = panel_arrays.panel_arrays(
        y, pd.DataFrame({"year": y.index.get_level_values(1)}, y.index)
    )
    outcome, _ = panel_arrays.balanced_cube(data, "staggered adoption")
    years = np.array(data.years)
    if holes := wide_panel.absent_years(data.years):
        raise InvalidData(
            Code.GAPS(
                "staggered adoption: the window lacks the years {holes}",
                "begin the sample after these years, or end it before them",
                holes=holes,
            )
        )
    absent = [p for p in data.units if p not in first_year.index]
    if absent:
        raise InvalidData(
            Code.ADOPTION(
                "first_year has no entry for {absent}",
                "give the year of adoption, or NaN for a unit that never adopts",
                absent=absent,
            )
        )
    when = first_year.reindex(data.units).to_numpy(float)
    # its level without treatment is unknown
    early = [p for p, w in zip(data.units, when, strict=True) if w <= years[0]]
    if early:
        raise InvalidData(
            Code.ADOPTION(
                "units {early} are already treated in {years}, the first year",
                "leave these units out, or begin the sample earlier",
                early=early,
                years=years[0],
            )
        )
    inside = when <= years[-1]
    first = np.where(inside, when - years[0], len(years)).astype(np.int64)
    if not inside.any() or len(np.unique(first)) < 2:
        raise InvalidData(
            Code.ADOPTION(
                "staggered adoption needs two years of adoption, or units that never adopt",
                "add units that adopt in another year or never",
            )
        )
    return _Layout(outcome, first, data.units, data.years)


def _jackknife(
    data: _Layout, estimator: Callable[[_Layout], Mapping[Any, float]]
) -> tuple[pd.Series, pd.DataFrame]:
    """Estimates and their covariance (N-1)/N sum_i (b_(i) - b)(b_(i) - b)' over units left out.

    The counterpart of CR3. With cohorts of one or three units the influence functions and the conservative errors are
    too small: such a cohort has no spread. An estimate without the unit shows its influence.
    """
    whole = dict(estimator(data))
    rows = []
    for i, name in enumerate(data.units):
        others = np.arange(len(data.units)) != i
        names = [p for p in data.units if p != name]
        part = dict(estimator(_Layout(data.outcome[others], data.first[others], names, data.years)))
        if lost := [term for term in whole if term not in part]:
            raise Infeasible(
                Code.SAMPLE_LEAVE_OUT(
                    "without unit {name}, {lost} cannot be estimated",
                    "estimate fewer event times, or add units that adopt in the year of {name}",
                    name=name,
                    lost=lost,
                )
            )
        rows.append([part[term] - whole[term] for term in whole])
    estimates = pd.Series(whole)
    terms = estimates.index
    return estimates, pd.DataFrame(cr3(np.array(rows)), terms, terms)


@dataclass(frozen=True, slots=True)
class _GroupTime:
    """Effects of every cohort in every year that have controls; a base of one year is zero and left out.

    `columns` are cohort, year, event, estimate, std_error, n_treated, n_controls (rows,); `influence` (N, rows);
    `membership` (N, rows), whether a unit is of the row's cohort.
    """

    columns: dict[str, np.ndarray]
    influence: Floats
    membership: Floats

    @property
    def table(self) -> pd.DataFrame:
        """The columns as a frame."""
        return pd.DataFrame(self.columns)

    def event_study(self, earliest: int, latest: int) -> tuple[pd.Series, pd.DataFrame]:
        """Averages by years since adoption, cohorts weighted by their size (their eq. 3.4), and covariance."""
        return self._effects(self._by_event(earliest, latest))

    def overall(self, latest: int) -> tuple[pd.Series, pd.DataFrame]:
        """Average over all effects of up to `latest` years, cohorts weighted by their size, and variance."""
        return self._effects({"overall": self._up_to(latest)})

    def averages(self, earliest: int, latest: int) -> tuple[float, dict[int, float]]:
        """Estimates of `overall` and of `event_study` alone."""
        events = self._by_event(earliest, latest)
        return self._average(self._up_to(latest)), {e: self._average(r) for e, r in events.items()}

    def _by_event(self, earliest: int, latest: int) -> dict[int, np.ndarray]:
        """Which rows are of each event time that has some."""
        event = self.columns["event"]
        rows = {e: event == e for e in range(earliest, latest + 1)}
        return {e: mine for e, mine in rows.items() if mine.any()}

    def _up_to(self, latest: int) -> np.ndarray:
        """Which rows are of a treated year up to an event time."""
        event = self.columns["event"]
        rows: np.ndarray = (event >= 0) & (event <= latest)
        return rows

    def _average(self, rows: np.ndarray) -> float:
        share = self.membership.mean(axis=0)[rows]
        return float(share / share.sum() @ self.columns["estimate"][rows])

    def _influence(self, rows: np.ndarray) -> np.ndarray:
        """Influence of each unit on an average, shape (N,)."""
        share = self.membership.mean(axis=0)
        deviation = (self.membership - share)[:, rows]
        share = share[rows]
        total = share.sum()
        # the shares are estimated as well
        of_weights = deviation / total - np.outer(deviation.sum(axis=1), share / total**2)
        influence: np.ndarray = (
            self.influence[:, rows] @ (share / total) + of_weights @ self.columns["estimate"][rows]
        )
        return influence

    def _effects(self, groups: dict[Any, np.ndarray]) -> tuple[pd.Series, pd.DataFrame]:
        influence = np.column_stack([self._influence(rows) for rows in groups.values()])
        names = pd.Index(list(groups), name="event")
        values = pd.Series([self._average(rows) for rows in groups.values()], names)
        cov = influence.T @ influence / len(influence) ** 2
        return values, pd.DataFrame(cov, names, names)


def _group_time(data: _Layout, *, base_years: int, events: range | None = None) -> _GroupTime:
    r"""Effect of each cohort g in each year t against the units not treated by then.

    .. math:: ATT(g,t) = E[Y_t - B_g | G=g] - E[Y_t - B_g | G > \max(t, g-1), G \ne g]

    B_g is the mean of Y over the `base_years` before g (their eq. 2.9 with one year, no covariates, no anticipation).
    The base is the same for years before and after ("universal"), so that the effects before are a path. Errors come
    from the influence function. A cohort of one unit adds none of its own variance.
    """
    n, t = data.outcome.shape
    events = range(-t, t) if events is None else events
    rows, columns, members = [], [], []
    for g in data.cohorts:
        mine = data.first == g
        if g < base_years:
            raise Infeasible(
                Code.ADOPTION(
                    "cohort {years} has {g} years before adoption, but the base period takes {base_years}",
                    "set base_years to {g} or less, or begin the sample earlier",
                    years=data.years[g],
                    g=g,
                    base_years=base_years,
                )
            )
        base = data.outcome[:, g - base_years : g].mean(axis=1)
        for year in (g + event for event in events if 0 <= g + event < t):
            controls = (data.first > max(year, g - 1)) & ~mine
            if (year == g - 1 and base_years == 1) or not controls.any():
                continue
            change = data.outcome[:, year] - base
            influence = np.zeros(n)
            means = []
            for group, sign in ((mine, 1.0), (controls, -1.0)):
                mean = change[group].mean()
                means.append(mean)
                influence[group] = sign * n / group.sum() * (change[group] - mean)
            rows.append((data.years[g], data.years[year], year - g, means[0] - means[1],
                         float(np.sqrt(influence @ influence) / n), int(mine.sum()),
                         int(controls.sum())))  # fmt: skip
            columns.append(influence)
            members.append(mine.astype(float))
    if not rows:
        raise Infeasible(
            Code.ADOPTION(
                "no cohort has a year in which some control units are not yet treated",
                "add units that adopt later or never",
            )
        )
    names = ["cohort", "year", "event", "estimate", "std_error", "n_treated", "n_controls"]
    table = dict(zip(names, map(np.array, zip(*rows, strict=True)), strict=True))
    return _GroupTime(table, np.column_stack(columns), np.column_stack(members))


def _randomisation_test(
    data: _Layout, latest: int, base_years: int, draws: int, seed: int
) -> tuple[float, float]:
    """Studentised average effect in absolute value, and the share of assignments with one as large."""

    def statistic(first: Ints) -> float:
        drawn = _Layout(data.outcome, first, data.units, data.years)
        effects = _group_time(drawn, base_years=base_years, events=range(latest + 1))
        rows = effects._up_to(latest)
        influence = effects._influence(rows)
        error = np.sqrt(influence @ influence / influence.size**2)
        return abs(effects._average(rows) / float(error))

    generator = np.random.default_rng(seed)
    found = statistic(data.first)
    observed = found * (1 - 1e-12)
    larger = sum(statistic(generator.permutation(data.first)) >= observed for _ in range(draws))
    return found, (1 + larger) / (1 + draws)


def _impute(data: _Layout, latest: int) -> pd.DataFrame:
    """Effects in treated cells up to `latest` years, against unit and year effects of the untreated cells alone.

    Columns unit (position), year, event, cohort (position of its first year), effect. A year in which every unit is
    treated has no effect of its own to take: its cells are not among them.
    """
    n, t = data.outcome.shape
    unit, year = np.divmod(np.arange(n * t), t)
    treated = data.treated.ravel()
    event = year - data.first[unit]
    usable = treated & np.isin(year, year[~treated]) & (event <= latest)
    if not usable.any():
        raise Infeasible(
            Code.ADOPTION(
                "within {latest} years after adoption, no treated cell lies in a year with an untreated unit",
                "choose a larger `latest`, or add units that adopt later or never",
                latest=latest,
            )
        )
    design = np.hstack([np.eye(n)[unit], np.eye(t)[year]])
    y = data.outcome.ravel()
    # of rank one less than its columns at most: the cut must lie well above rounding (pinv's does not)
    effects = np.linalg.lstsq(design[~treated], y[~treated], rcond=1e-10)[0]
    return pd.DataFrame(
        {
            "unit": unit, "year": np.array(data.years)[year], "event": event,
            "cohort": data.first[unit], "effect": y - design @ effects,
        }
    )[usable]  # fmt: skip


def _slope_on(trait: Floats, cells: pd.DataFrame) -> float:
    """Least-squares slope of the effects of `_impute` on a trait of units (N,)."""
    z = np.asarray(trait, float)[cells["unit"]]
    return float(np.polynomial.polynomial.polyfit(z, cells["effect"], 1)[1])


def _pre_trends(
    y: pd.Series, first_year: pd.Series, *, leads: int, cov: str, correction: str, df: str
) -> RegressionFit:
    """Two-way regression on untreated cells of dummies for 1 to `leads` years before adoption."""
    when = first_year.reindex(y.index.get_level_values(0)).to_numpy(float)
    event = y.index.get_level_values(1).to_numpy() - when
    untreated = ~(event >= 0)
    x = pd.DataFrame(
        {f"{k} years before": (event == -k) * 1.0 for k in range(1, leads + 1)}, index=y.index
    )
    return _two_way.two_way(
        y[untreated], x[untreated], cov=cov, cluster="unit", correction=correction, df=df
    )


def _bacon(data: _Layout) -> pd.DataFrame:
    """Every two-by-two comparison in the two-way estimate, with its weight; cohorts by first year, NaN for none.

    Goodman-Bacon (2021), eqs. 7-10 for a balanced panel, multiplied out. "Later against earlier" uses units already
    treated as controls: where effects grow, it is too small.
    """
    t = len(data.years)
    groups = {int(g): data.first == g for g in np.unique(data.first)}
    mean = {g: data.outcome[members].mean(axis=0) for g, members in groups.items()}
    share = {g: members.mean() for g, members in groups.items()}
    time = {g: (t - g) / t for g in groups}
    rows = []

    def compare(kind: str, g: int, c: int, before: slice, after: slice, weight: float) -> None:
        change = {k: mean[k][after].mean() - mean[k][before].mean() for k in (g, c)}
        cohort = [data.years[k] if k < t else np.nan for k in (g, c)]
        rows.append((kind, *cohort, change[g] - change[c], weight))

    for early, late in combinations(sorted(groups), 2):
        both = share[early] * share[late]
        d, e = time[early], time[late]
        if late == t:
            weight = both * d * (1 - d)
            compare("treated against untreated", early, late, slice(early), slice(early, t), weight)
            continue
        weight = both * (d - e) * (1 - d)
        compare("earlier against later", early, late, slice(early), slice(early, late), weight)
        weight = both * e * (d - e)
        compare("later against earlier", late, early, slice(early, late), slice(late, t), weight)
    if not rows:
        raise Infeasible(
            Code.ADOPTION(
                "all units are treated at the same time, so there is no comparison",
                "add units that adopt in another year or never",
            )
        )
    names = ["kind", "treated", "control", "estimate", "weight"]
    out = pd.DataFrame(rows, columns=names)
    return out.assign(weight=out["weight"] / out["weight"].sum())


def _relative_magnitudes(
    estimates: pd.Series,
    cov: pd.DataFrame,
    *,
    average_of: Sequence[int],
    magnitudes: Sequence[float],
    level: float,
    draws: int,
    seed: int,
) -> tuple[pd.DataFrame, float]:
    """Bounds for each size of the violation, and the largest size for which the interval leaves out zero."""
    before = sorted(e for e in estimates.index if e < -1)
    if not before or before != list(range(before[0], -1)):
        raise Infeasible(
            Code.GAPS(
                "relative magnitudes need consecutive years before adoption, but the sample has {before}",
                "begin the sample at least two years before the first adoption, without gaps",
                before=before,
            )
        )
    missing = [e for e in average_of if e not in estimates.index or e < 0]
    if missing or not len(average_of):
        raise Infeasible(
            Code.TEST_OPTIONS(
                "the average needs estimated event times of 0 or more; wrong event times: {missing}",
                "name estimated event times of 0 or more",
                missing=missing or "none",
            )
        )
    order = list(estimates.index)
    target = np.isin(order, average_of) / len(average_of)
    steps = np.zeros((len(before), len(order)))
    for row, e in enumerate(before):
        steps[row, order.index(e)] = -1.0
        if e + 1 in order:
            steps[row, order.index(e + 1)] = 1.0
    maps = np.vstack([target, steps])
    values = maps @ estimates.to_numpy()
    v = maps @ cov.loc[order, order].to_numpy() @ maps.T
    errors = np.sqrt(np.diag(v))
    noise = np.random.default_rng(seed).multivariate_normal(np.zeros(len(v)), v, size=draws)
    useful = errors > 0
    critical = np.quantile(np.abs(noise[:, useful] / errors[useful]).max(axis=1), level)
    reach = float(np.mean(np.asarray(average_of) + 1))
    largest = np.abs(values[1:]).max()
    worst = (np.abs(values[1:]) + critical * errors[1:]).max()

    def interval(m: float) -> tuple[float, float]:
        # without a violation only the mean itself is uncertain
        z = scipy.stats.norm.ppf((1 + level) / 2) if m == 0 else critical
        width = z * errors[0] + m * reach * worst
        return values[0] - width, values[0] + width

    rows = [
        (m, values[0] - m * reach * largest, values[0] + m * reach * largest, *interval(m))
        for m in magnitudes
    ]
    table = pd.DataFrame(rows, columns=["m", "set_low", "set_high", "low", "high"])
    grid = np.linspace(0, 3, 301)
    outside = [m for m in grid if interval(m)[0] > 0 or interval(m)[1] < 0]
    return table, float(max(outside)) if outside else np.nan

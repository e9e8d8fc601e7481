"""Effects of a treatment that units take up at different times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import (
    Count,
    OneOf,
    Positive,
    Seed,
    Share,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.library import codes
from living_panel.estimation.econometrics.library.data import (
    LEVELS,
    PanelData,
    complete,
    named_periods,
    number_periods,
    read_data,
)
from living_panel.estimation.econometrics.library.equations import refuse_text
from living_panel.estimation.econometrics.library.result import Fit, Result, coefficient_table

NORMAL = float("inf")
Aggregate = Annotated[str, OneOf(("event", "overall"))]
AdoptionVcov = Annotated[str, OneOf(("influence", "jackknife"))]


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
    from living_panel.estimation.econometrics.adoption import group_time as estimator

    with named_periods(panel):
        result = estimator.group_time(layout, base_years=base_years)
    events = result.columns["event"]
    begin = int(events.min()) if earliest is None else earliest
    end = max(int(events.max()), 0) if latest is None else latest

    chosen = {
        "aggregate": aggregate, "controls": "not yet treated", "base_periods": base_years,
        "earliest": begin, "latest": end,
    }  # fmt: skip
    if not ((events >= begin) & (events <= end) & (aggregate == "event" or events >= 0)).any():
        raise Infeasible(
            codes.NO_EVENTS(begin=begin, end=end, first=int(events.min()), last=int(events.max()))
        )
    return _study(outcome, panel, layout, result, {**when, **chosen}, vcov)


def _study(
    outcome: str, panel: PanelData, layout: Any, result: Any, chosen: dict[str, Any], kind: str
) -> Fit:
    """Averages of group-time effects under one covariance."""
    from living_panel.estimation.econometrics.adoption.staggered import jackknife

    begin, end = chosen["earliest"], chosen["latest"]
    with named_periods(panel):
        if kind == "jackknife":
            effects = jackknife(layout, partial(_averages, chosen))
        elif chosen["aggregate"] == "event":
            effects = result.event_study(begin, end)
        else:
            effects = result.overall(end)
    return _fit(
        "group_time", "Group-time effects (Callaway and Sant'Anna)", outcome, panel, effects,
        result, kind, ("group_time",), {}, chosen, ("influence", "jackknife"),
        partial(_study, outcome, panel, layout, result, chosen),
    )  # fmt: skip


def _averages(chosen: Mapping[str, Any], layout: Any) -> Mapping[Any, float]:
    from living_panel.estimation.econometrics.adoption.group_time import group_time as estimate

    result = estimate(layout, base_years=chosen["base_periods"])
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

    Returns
    -------
    Fit
        `raw` has the effect of each treated row.
    """
    panel, layout, when = _layout(outcome, data, first, unit, time)
    from living_panel.estimation.econometrics.adoption.imputation import impute
    from living_panel.estimation.econometrics.adoption.staggered import jackknife

    last = len(layout.years) if latest is None else latest

    def averages(data: Any) -> Mapping[Any, float]:
        cells = impute(data, last)
        if aggregate == "overall":
            return {"overall": float(cells["effect"].mean())}
        means = cells.groupby("event")["effect"].mean()
        return {int(event): float(mean) for event, mean in means.items()}

    with named_periods(panel):
        result, effects = impute(layout, last), jackknife(layout, averages)
    return _fit(
        "imputation", "Imputation (Borusyak, Jaravel and Spiess)", outcome, panel, effects, result,
        "jackknife", ("imputation",), when, {"aggregate": aggregate, "latest": latest},
        ("jackknife",), None,
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
    from living_panel.estimation.econometrics.adoption.two_way_weights import bacon as decompose

    with named_periods(panel):
        table = decompose(layout)
    return Result(
        title=f"Two-way weights of {outcome}",
        table=table,
        choices={"outcome": outcome, **when, "sample": panel.sample},
        references=("bacon",),
        raw=table,
    )


@check_arguments
def honest_bounds(
    fit: Fit,
    *,
    average_of: Sequence[int] = (0,),
    magnitudes: Sequence[float] = (0.0, 0.5, 1.0, 1.5, 2.0),
    level: Share = 0.95,
    draws: Positive = 100_000,
    seed: Seed = 1,
) -> Result:
    """Bounds of an effect where trends are not parallel, under relative magnitudes (Rambachan and Roth 2023).

    Defaults are those of R's `HonestDiD`: the effect at event time 0, and magnitudes from 0 to 2. Intervals are
    by projection, which is wider than their conditional test.

    Parameters
    ----------
    fit : Fit
        An event study with two periods before adoption or more: `group_time`.
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
        Columns m, set_low, set_high, low, high.
    """
    if fit.cov is None or not pd.api.types.is_integer_dtype(fit.params.index):
        raise InvalidOption(codes.NO_EVENT_STUDY(title=fit.title, estimators=["group_time"]))
    from living_panel.estimation.econometrics.adoption.bounds import relative_magnitudes

    bounds = relative_magnitudes(
        fit.params, fit.cov, average_of=[*average_of], magnitudes=[*magnitudes], level=level,
        draws=draws, seed=seed,
    )  # fmt: skip
    up_to = f"the interval leaves out zero up to m = {bounds.breakdown:g}"
    if np.isnan(bounds.breakdown):
        up_to = "the interval contains zero at every m"
    return Result(
        title="Bounds under relative magnitudes (Rambachan and Roth)",
        table=bounds.table,
        choices={"average_of": [*average_of], "level": level, "draws": draws, "seed": seed,
                 "sample": fit.choices["sample"]},
        notes=(up_to,),
        references=("honest",),
        raw=bounds,
    )  # fmt: skip


def _layout(
    outcome: str, data: Any, first: str, unit: str | None, time: str | None
) -> tuple[PanelData, Any, dict[str, Any]]:
    """The rows, the layout that the estimators take, and what is known about adoption."""
    panel = read_data(data, unit, time)
    for name in (outcome, first):
        if name not in panel.frame:
            columns = [*map(str, panel.frame.columns)]
            raise InvalidData(codes.UNKNOWN_KEY(name=name, columns=columns))
    panel = complete(panel, [outcome])
    refuse_text(panel, [outcome])
    when = _first_numbers(panel, first)
    y = panel.frame[outcome].astype(float)
    y.index = y.index.set_names(LEVELS)
    from living_panel.estimation.econometrics.adoption.staggered import staggered

    with named_periods(panel):
        layout = staggered(y, when)
    never = int(when.isna().sum())
    return panel, layout, {"first": first, "never_treated": never, "cohorts": len(layout.cohorts)}


def _first_numbers(panel: PanelData, first: str) -> pd.Series:
    """Number of the first treated period of each unit; missing for one that is never treated."""
    values, units = panel.frame[first], panel.frame.index.get_level_values(0)
    by_unit = values.groupby(units)
    several = by_unit.nunique(dropna=False)
    if (several > 1).any():
        names = [str(panel.labels[str(u)]) for u in several.index[several > 1][:8]]
        raise InvalidData(codes.TREATMENT_CHANGES(name=first, units=names))
    given = by_unit.first()
    treated = given.notna()
    if pd.api.types.is_numeric_dtype(given):
        numbers = given.astype(float)
        zero_is_no_period = 0 not in panel.periods
        treated &= np.isfinite(numbers.fillna(np.inf)) & ~((numbers == 0) & zero_is_no_period)
    periods = pd.Series(np.nan, given.index)
    if treated.any():
        periods[treated] = _as_periods(given[treated], panel, first)
    return periods


def _as_periods(given: pd.Series, panel: PanelData, first: str) -> np.ndarray:
    """First periods by number, in the numbering of the time column."""
    known = {label: number for number, label in panel.periods.items()}
    if all(value in known for value in given):
        return np.array([known[value] for value in given], dtype=float)
    plain = [number == label for number, label in panel.periods.items()]
    if all(plain):
        return number_periods(given, first).astype(float)
    unknown = next(value for value in given if value not in known)
    periods = [*panel.periods.values()]
    raise InvalidData(
        codes.UNKNOWN_PERIOD(period=str(unknown), first=str(periods[0]), last=str(periods[-1]))
    )


def _fit(
    name: str,
    title: str,
    outcome: str,
    panel: PanelData,
    effects: Any,
    result: Any,
    kind: str,
    references: tuple[str, ...],
    when: dict[str, Any],
    chosen: dict[str, Any],
    kinds: tuple[str, ...],
    again: Callable[..., Fit] | None,
) -> Fit:
    return Fit(
        title=title,
        table=coefficient_table(effects.estimates, effects.std_errors, NORMAL),
        choices={**when, **chosen, "covariance": f"{kind}, by unit", "distribution": "normal",
                 "sample": panel.sample},
        references=references,
        raw=result,
        method=name,
        formula=outcome,
        inference=f"{kind}:normal",
        cov=effects.cov,
        kinds=kinds,
        again=again,
    )  # fmt: skip

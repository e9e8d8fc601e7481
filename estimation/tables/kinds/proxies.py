"""How good a proxy is, where the official measure is known as well (kind `proxies`).

By window: correlations between and within units, and the effect of the proxy on the slope of a regressor.
Also the slope of one on the other, with bounds under measurement error in both. For a pair that only the
country has, how their annual changes go together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.fixed_effects.regression_data import row_codes
from living_panel.estimation.econometrics.fixed_effects.within import demean, two_way_effects
from living_panel.estimation.econometrics.statistic import Name, Statistic
from living_panel.estimation.panel.errors import InvalidSpec, NotEstimable
from living_panel.estimation.panel.roles import Entering, Role
from living_panel.estimation.panel.sample import Estimable
from living_panel.estimation.panel.spec import Interpolation, Sample, Strict
from living_panel.estimation.tables.builder import REFUSED, Builder, Points, named
from living_panel.estimation.tables.regressions import (
    InferenceOptions,
    regression,
    shown_row,
    slopes,
    two_way_facts,
)
from living_panel.estimation.tables.texts import (
    NONE,
    bracket_words,
    error_text,
    interval_text,
    legend_text,
    minus,
    result_cells,
)

LEVEL = 0.05
GAP = "gap"
Row = Mapping[str, Any]


class ProxyWindow(Strict):
    """A window of the comparison: cells in which both measures have a value."""

    id: str
    """Name of the window in results."""
    title: str
    """Heading of the window."""
    sample: Sample
    """Units and periods of the window."""


class National(Strict):
    """A pair of measures that has values only for the whole country."""

    title: str
    """Heading of the comparison."""
    official: str
    """Official measure of the country; a part of `whole`."""
    proxy: str
    """Measure of the country that is the proxy."""
    whole: str
    """Measure of the country that contains the official one."""


class Options(InferenceOptions):
    """Options of a comparison of a proxy with its official measure."""

    official: Role
    """Variable with the official measure, in logs."""
    proxy: Role
    """Variable with the proxy, in logs."""
    focal: Entering
    """Regressor whose slope is estimated with both measures."""
    windows: list[ProxyWindow] = Field(min_length=1)
    """Samples on which the two are compared."""
    national: National | None
    """Comparison of a pair that only the country has; `null` for none."""

    @property
    def pair(self) -> tuple[str, str]:
        """Roles of the official measure and its proxy."""
        return self.official, self.proxy


@dataclass(frozen=True)
class ProxySlope:
    """A two-way regression of one series on one role."""

    name: str
    y: pd.Series
    x: str
    sample: Estimable


def fill(table: Builder, options: Options) -> None:
    """Measures, slopes and the sentences that sum them up."""
    for role, variable in table.spec.playing(options.pair).items():
        if not variable.log:
            raise InvalidSpec(
                Code.SPEC_ROLE(
                    "{table}: variable {role} is in levels, but must be in logarithms",
                    "write `log: true` for this variable",
                    table=table.spec.table,
                    role=role,
                )
            )
    columns: dict[str, dict[str, str]] = {}
    for window in options.windows:
        with table.refusing(window.id):
            columns[window.title] = _window(table, options, window)
    if columns:
        first = next(iter(columns.values()))
        rows = [(label, *(cells[label] for cells in columns.values())) for label in first]
        _grid(table, options, ("", *columns), [row for row in rows if any(row[1:])])
        _facts(table, options)
    if options.national is not None:
        _national(table, options.national)
    if sentences := _sentences(table, options):
        table.add_sentences("verdict", "words", sentences)


def points(table: Builder, options: Options) -> Points:
    """Slopes of every window."""
    for window in options.windows:
        for part in _regressions(table, options, window):
            with suppress(*REFUSED):
                coefficients = slopes(
                    part.y, part.sample.frame[[part.x]], constant=options.constant
                )
                yield from named(f"{window.id}.{part.name}", coefficients)


def _sample(table: Builder, window: ProxyWindow, *roles: str) -> Estimable:
    return table.drawn(roles, window.sample, Interpolation(method="none"))


def _regressions(table: Builder, options: Options, window: ProxyWindow) -> Iterator[ProxySlope]:
    """Regressions that the window's data allow."""
    (official, ours), focal = options.pair, options.focal
    with suppress(NotEstimable):
        three = _sample(table, window, official, ours, focal)
        yield ProxySlope("focal_official", three.frame[official], focal, three)
        yield ProxySlope("focal_proxy", three.frame[ours], focal, three)
        yield ProxySlope(GAP, three.frame[ours] - three.frame[official], focal, three)


@dataclass(frozen=True)
class Correlation:
    """A correlation with its standard error and 95 % interval, by deleting one unit at a time."""

    value: float
    error: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """Value with its interval."""
        return f"{self.value:.2f} {interval_text(self.low, self.high, self.error)}"


def correlation(pair: pd.DataFrame, effects: str) -> Correlation:
    """Correlation of two columns net of effects, with a jackknife over units.

    The interval is that of Fisher's z, with t and one degree of freedom less than units.

    Parameters
    ----------
    pair : pandas.DataFrame
        Two columns over (province_code, year).
    effects : str
        `province`, `year` or `both`: what is taken out.

    Returns
    -------
    Correlation
    """
    codes_of = pair.index.get_level_values("province_code")
    z = np.arctanh(_correlation(pair, effects))
    units = codes_of.unique()
    without = np.array([np.arctanh(_correlation(pair[codes_of != u], effects)) for u in units])
    groups = len(units)
    error = np.sqrt((groups - 1) / groups * ((without - z) ** 2).sum())
    reach = stats.t.ppf(1 - LEVEL / 2, groups - 1) * error
    value = float(np.tanh(z))
    ends = (float(np.tanh(z + sign * reach)) for sign in (-1, 1))
    return Correlation(value, float((1 - value**2) * error), *ends)


def _correlation(pair: pd.DataFrame, effects: str) -> float:
    if effects == "both":
        net = demean(two_way_effects(*row_codes(pair.index)), pair.to_numpy(float))
    else:
        level = "province_code" if effects == "province" else "year"
        net = (pair - pair.groupby(level=level).transform("mean")).to_numpy()
    return float(np.corrcoef(net, rowvar=False)[0, 1])


CORRELATIONS = {
    "between": ("year", "Correlation between {units}"),
    "within": ("province", "Correlation within {units}"),
    "within_both": ("both", "Correlation within {units} and {periods}"),
}
CELLS = "Cells / {units}"


def _window(table: Builder, options: Options, window: ProxyWindow) -> dict[str, str]:
    """One column of the grid, by row."""
    official, ours, focal = (table.label(r) for r in (*options.pair, options.focal))
    sample = _sample(table, window, *options.pair)
    pair = sample.frame[list(options.pair)]
    provinces, years = (pair.index.get_level_values(n).nunique() for n in (0, 1))
    if len(pair) < provinces + years:
        raise NotEstimable(
            Code.TABLE_NO_MODEL(
                "with {units} units and {years} years, no variable changes within a unit",
                "use a window with more years",
                units=provinces,
                years=years,
            )
        )
    table.add_sample(window.id, sample)
    ratio = np.exp(pair[options.official] - pair[options.proxy])
    correlations = {name: correlation(pair, how) for name, (how, _) in CORRELATIONS.items()}
    numbers = {
        "n_obs": len(pair), "n_provinces": provinces,
        "ratio_median": ratio.median(), "ratio_smallest": ratio.min(), "ratio_largest": ratio.max(),
    }  # fmt: skip
    table.add_numbers(window.id, numbers)
    for name, each in correlations.items():
        _say_correlation(table, window, name, each)
    rest = _rest(table, options, window, sample)
    parts = {part.name: part for part in _regressions(table, options, window)}
    if GAP in parts:
        table.add_sample(f"{window.id}.focal", parts[GAP].sample)
    slopes_of = {name: _estimated(table, options, window, part) for name, part in parts.items()}
    gap = slopes_of.get(GAP)
    return {
        CELLS: f"{numbers['n_obs']} / {numbers['n_provinces']}",
        f"{official} over {ours}, median": f"{ratio.median():.2f}",
        "  smallest to largest": f"{ratio.min():.2f} to {ratio.max():.2f}",
        **{label: correlations[name].text for name, (_, label) in CORRELATIONS.items()},
        f"Correlation with the rest of {ours}": rest,
        f"{official} on {focal}": _cell(table, slopes_of.get("focal_official")),
        f"{ours} on {focal}": _cell(table, slopes_of.get("focal_proxy")),
        f"  bias of {focal}'s slope": _cell(table, gap),
    }


def _say_correlation(table: Builder, window: ProxyWindow, name: str, estimate: Correlation) -> None:
    parts = {
        "": estimate.value,
        "_std_error": estimate.error,
        "_low": estimate.low,
        "_high": estimate.high,
    }
    numbers = {Statistic(f"correlation{part}", name): value for part, value in parts.items()}
    table.add_numbers(window.id, numbers)


def _rest(table: Builder, options: Options, window: ProxyWindow, sample: Estimable) -> str:
    """Correlation with what the proxy holds besides: high where the whole moves with its other part."""
    levels = sample.levels
    rest = levels[options.proxy] - levels[options.official]
    both = pd.DataFrame({"official": levels[options.official], "rest": rest})[rest > 0]
    lost = int((rest <= 0).sum())
    estimate = correlation(np.log(both), "both")
    _say_correlation(table, window, "rest", estimate)
    table.add_numbers(window.id, {"rest_not_positive": lost})
    return estimate.text


def _estimated(
    table: Builder, options: Options, window: ProxyWindow, part: ProxySlope
) -> Row | None:
    """The coefficient of a regression as it is shown; None where it is infeasible."""
    model = f"{window.id}.{part.name}"
    with table.refusing(model):
        fitted = regression(model, part.y, part.sample.frame[[part.x]], options)
        table.estimates(model, fitted.rows, part.sample.figures_status)
        table.add_numbers(model, {name: fitted.numbers[name] for name in ("n_obs", "n_provinces")})
        facts = two_way_facts(table, fitted, options)
        table.add_facts(model, replace(facts, outcome=_outcomes(table, options)[part.name]))
    rows = (table.row(model, part.x, way) for way in (options.primary, options.brackets))
    by = {row["inference"]: row for row in rows if row is not None}
    return shown_row(by, options) if by else None


def _outcomes(table: Builder, options: Options) -> dict[str, str]:
    """Dependent variable of each regression of a window."""
    official, ours = map(table.label, options.pair)
    return {"focal_official": official, "focal_proxy": ours, GAP: f"{ours} less {official}"}


def _facts(table: Builder, options: Options) -> None:
    """Grid of the facts of every slope."""
    lines = {
        f"{window.title}: {outcome}": f"{window.id}.{name}"
        for window in options.windows
        for name, outcome in _outcomes(table, options).items()
    }
    title = f"The slopes on {table.label(options.focal)}: what each states"
    table.facts_grid(title, lines, appendix=False)


def _cell(table: Builder, row: Row | None) -> str:
    if row is None:
        return NONE
    return " ".join(result_cells(row, table.spec.stars)[:2])


def _grid(
    table: Builder, options: Options, header: tuple[str, ...], rows: list[tuple[str, ...]]
) -> None:
    official, ours, focal = (table.label(r) for r in (*options.pair, options.focal))
    notes = [
        "Between: {period} means removed. Correlations: intervals by deleting one {unit} at a time. Slopes: "
        "{unit} and {period} effects removed.",
        "Rest: logarithm of the proxy minus the official series, net of {unit} and {period} effects. It uses "
        "the cells where this difference is positive. The proxy is a total and the official series is a part "
        "of it. A total correlates with its part even if the rest is unrelated.",
        f"Bias: the slope of {ours} less {official} on {focal}, estimated directly.",
        f"{bracket_words(options.primary)} {legend_text(table.spec.stars, options.primary)}",
    ]
    title = f"{ours} in place of {official}"
    heads = (CELLS, next(iter(CORRELATIONS.values()))[1], f"{official} on {focal}")
    rules = [number for number, row in enumerate(rows) if row[0] in heads]
    table.grid(title, header, rows, notes, rules, appendix=False)


def _national(table: Builder, how: National) -> None:
    wide = table.release.national.pivot(index="year", columns="measure", values="value")
    absent = [m for m in (how.official, how.proxy, how.whole) if m not in wide]
    if absent:
        table.refuse(
            "national",
            (
                Code.TABLE_NO_VALUES(
                    "the data have no national values of {measures}",
                    "name other measures, or add national values of these to the archive",
                    measures=absent,
                ),
            ),
            how.title,
        )
        return
    wide = wide[[how.official, how.proxy, how.whole]].dropna()
    changes = np.log(wide).reindex(range(wide.index.min(), wide.index.max() + 1)).diff().dropna()
    if len(changes) < 4:
        table.refuse(
            "national",
            (
                Code.TABLE_NO_VALUES(
                    "{count} annual changes in both measures are too few",
                    "name measures that share five or more consecutive years",
                    count=len(changes),
                ),
            ),
            how.title,
        )
        return
    fit = stats.linregress(changes[how.proxy], changes[how.official])
    share = wide[how.official] / wide[how.whole]
    reach = stats.t.ppf(1 - LEVEL / 2, len(changes) - 2) * fit.stderr
    table.add_numbers(
        "national",
        {
            "changes": len(changes), "correlation": fit.rvalue, "p_value": fit.pvalue,
            "slope": fit.slope, "slope_low": fit.slope - reach, "slope_high": fit.slope + reach,
            "first_year": wide.index.min(), "last_year": wide.index.max(),
            "share_first": share.iloc[0], "share_last": share.iloc[-1],
        },
    )  # fmt: skip
    rows = [
        ("Annual changes with both", f"{len(changes)}"),
        ("Correlation of changes in logs", f"{fit.rvalue:.2f}"),
        ("Slope of official on proxy", f"{fit.slope:.2f} {error_text(fit.stderr)}"),
        ("  95 % interval", interval_text(fit.slope - reach, fit.slope + reach, fit.stderr)),
        *((f"Share of the whole, {year}", f"{value:.0%}") for year, value in share.iloc[[0, -1]].items()),
    ]  # fmt: skip
    official, whole, proxy = map(table.release.words, (how.official, how.whole, how.proxy))
    note = f"Official: {official}, part of {whole}. Proxy: {proxy}. OLS."
    table.grid(how.title, ("", "result"), rows, [note], appendix=False)


def _sentences(table: Builder, options: Options) -> list[str]:
    """The table in sentences that turn when its numbers turn."""
    numbers = table.numbers
    official, ours, focal = (
        table.spec.variables[r].concept for r in (*options.pair, options.focal)
    )
    # one regressor each
    rows = {r["model"]: r for r in table.coefficients if r["inference"] == options.primary}
    sentences = []
    for window in options.windows:
        if window.id in table.refusals:
            continue
        gap = rows.get(f"{window.id}.{GAP}")
        sentences.append(
            f"{window.title} ({numbers[window.id, 'n_obs']:.0f} cells of "
            f"{numbers[window.id, 'n_provinces']:.0f} {{units}}): {ours} and {official} correlate at "
            f"{_in_words(numbers, window, 'within')} within {{units}} and at "
            f"{_in_words(numbers, window, 'within_both')} within {{units}} and {{periods}}."
        )
        if gap is not None and not pd.isna(gap["ci_low"]):
            sentences.append(
                f"Using {ours} instead of {official} changes the slope of {focal} by {minus(gap['estimate'])} "
                f"(95 % interval {minus(gap['ci_low'])} to {minus(gap['ci_high'])}): {_bias(gap)}."
            )
    if options.national is not None and ("national", "p_value") in numbers:
        n, r, p = (numbers["national", k] for k in ("changes", "correlation", "p_value"))
        first, last = (f"{numbers['national', f'share_{k}']:.0%}" for k in ("first", "last"))
        together = (
            "are positively correlated"
            if p < LEVEL and r > 0
            else "are not significantly correlated"
        )
        sentences.append(
            f"{options.national.title}: the annual national changes of the two series {together} (correlation "
            f"{minus(r)} over {n:.0f} changes). The replaced series was {first} of the total in "
            f"{numbers['national', 'first_year']:.0f} and {last} in {numbers['national', 'last_year']:.0f}."
        )
    return sentences


def _in_words(numbers: Mapping[tuple[str, Name], float], window: ProxyWindow, name: str) -> str:
    """A correlation with its 95 % interval."""
    value, low, high = (
        numbers[window.id, Statistic(f"correlation{end}", name)] for end in ("", "_low", "_high")
    )
    return f"{minus(value)} (95 % interval {minus(low)} to {minus(high)})"


def _bias(gap: Row) -> str:
    """Whether the proxy biases a slope."""
    if gap["ci_low"] > 0 or gap["ci_high"] < 0:
        return "the proxy biases the slope"
    return "no significant bias"

"""One regression under common shocks that hit units unequally (kind `common_shocks`).

The page compares two-way effects with interactive effects and common correlated effects. The appendix has the number of
factors, bootstrap intervals, and unit-root and cointegration tests after removing common factors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from living_panel.estimation.econometrics.fixed_effects import textbook
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.estimators import factors
from living_panel.estimation.panel.content_cache import by_content
from living_panel.estimation.panel.release import wide
from living_panel.estimation.panel.roles import Regressor
from living_panel.estimation.panel.sample import Estimable
from living_panel.estimation.panel.series_windows import Trend
from living_panel.estimation.panel.spec import Interpolation, Sample, Strict
from living_panel.estimation.panel_tests import cointegration
from living_panel.estimation.panel_tests.dependence import pesaran_cd
from living_panel.estimation.panel_tests.unit_roots import panic
from living_panel.estimation.tables.builder import REFUSED, Builder, Points, named
from living_panel.estimation.tables.facts import JACKKNIFE, errors_text
from living_panel.estimation.tables.kinds.cointegration import WesterlundOptions
from living_panel.estimation.tables.regressions import (
    LEVEL,
    InferenceOptions,
    checked_regression,
    regression,
    slopes,
    t_rows,
)
from living_panel.estimation.tables.texts import (
    NONE,
    interval_text,
    legend_text,
    minus,
    p_text,
    result_cells,
)
from living_panel.problems import words_of

TWO_WAY, DRISCOLL = "two_way", "driscoll_kraay"
POOLED, MEAN_GROUP = "cce.pooled", "cce.mean_group"


class Factors(Strict):
    """Interactive effects (Bai 2009)."""

    numbers: list[int]
    """Numbers of factors to estimate with, one line each."""
    most: int = Field(ge=0)
    """Most factors that the information criterion may choose."""
    starts: int = Field(ge=1)
    """Random starts of each fit; usually 10."""
    draws: int = Field(ge=1)
    """Bootstrap draws of units behind the intervals; usually 199."""
    seed: int = Field(ge=0)
    """Seed of starts and draws."""


class PanicOptions(Strict):
    """Unit-root tests of common factors, and of the series after their removal (PANIC, Bai and Ng 2004)."""

    factors: list[int]
    """Numbers of common factors to remove, one test each."""
    lags: int
    """Lagged differences in the tests; usually 1."""
    draws: int
    """Simulated random walks behind the p-values; usually 5000."""
    seed: int
    """Seed of the simulation."""


class Westerlund(WesterlundOptions):
    """Error-correction tests with a bootstrap that keeps dependence between units."""

    trend: Trend
    """Deterministic terms of the test: `c` a constant, `ct` a constant and a trend."""


class Options(InferenceOptions):
    """Options of a table of common shocks."""

    earned: ClassVar[str] = JACKKNIFE

    dependent: Regressor
    """Dependent variable."""
    enter: list[Regressor] = Field(min_length=1, max_length=2)
    """Regressors, one or two; the first is shown."""
    sample: Sample
    """Units and periods of the table."""
    interpolation: Interpolation
    """Cells that may be filled."""
    factors: Factors
    """Options of interactive effects."""
    bandwidth: int
    """Bandwidth of Driscoll and Kraay's Bartlett kernel, in periods; usually 2."""
    signs: int
    """Seed of the random signs in the test for dependence of residuals between units."""
    panic: PanicOptions
    """Options of the unit-root tests of common factors, and of the series after their removal."""
    westerlund: Westerlund
    """Options of the error-correction tests, whose bootstrap keeps dependence between units."""


def fill(table: Builder, options: Options) -> None:
    """The same slopes under every treatment of common shocks."""
    sample = table.add_sample("sample", _sample(table, options))
    y, x = sample.frame[options.dependent], sample.frame[options.enter]
    lines: list[tuple[str, ...]] = []
    for label, model, estimate in _estimators(table, options, sample, y, x):
        lines.append((label, NONE))
        with table.refusing(model):
            lines[-1] = _line(table, options, label, model, estimate())
    focal = table.label(options.enter[0])
    refused = [
        f"{model}: not estimable: {why.rstrip('.')}." for model, why in table.reasons.items()
    ]
    note = (
        "Dependence: p-value of Pesaran's weighted CD of the residuals (Juodis and Reese 2022). Interactive "
        "effects: Bai (2009), in addition to {unit} and {period} effects; jackknife over {units}. The appendix "
        "has tests of their number. Common correlated effects: Pesaran (2006), normal p-values."
    )
    outcome = f"Dependent variable: {table.label(options.dependent)}."
    legend = legend_text(table.spec.stars, options.primary)
    header = ("", focal, "SE", "p", "95 % interval", "Dependence")
    title = (
        f"{table.label(options.dependent)} on {', '.join(table.label(r) for r in options.enter)}"
    )
    table.grid(title, header, lines, (outcome, *refused, note, legend), (0, 2), appendix=False)
    for name, block in (("factors", _number), ("panic", _panic), ("westerlund", _westerlund)):
        with table.refusing(name, name.capitalize()):
            block(table, options, y, x)
    table.add_sentences("verdict", "words", _sentences(table, options))


def points(table: Builder, options: Options) -> Points:
    """Slopes under every treatment."""
    sample = _sample(table, options)
    y, x = sample.frame[options.dependent], sample.frame[options.enter]
    yield from named(TWO_WAY, slopes(y, x, constant=options.constant))
    yield from named(DRISCOLL, slopes(y, x))
    for number in options.factors.numbers:
        with suppress(*REFUSED):
            fit = _interactive(options, y, x, number)
            yield from named(f"interactive.{number}", fit.params)
    with suppress(*REFUSED):
        pooled, averaged = _common_correlated(y, x)
        yield from named(POOLED, pooled)
        yield from named(MEAN_GROUP, averaged)


@by_content
def _common_correlated(y: pd.Series, x: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Pooled and mean-group slopes."""
    common = factors._pooled_cce(y, x)
    return common.params, factors._mean_group_cce(common).params


def _interactive(
    options: Options, y: pd.Series, x: pd.DataFrame, number: int
) -> factors._Interactive:
    how = options.factors
    return by_content(factors._interactive)(y, x, factors=number, starts=how.starts, seed=how.seed)


def _sample(table: Builder, options: Options) -> Estimable:
    roles = (options.dependent, *options.enter)
    sample = table.drawn(roles, options.sample, options.interpolation)
    checked_regression(sample.frame[options.dependent], sample.frame[options.enter])
    return sample


def _estimators(
    table: Builder, options: Options, sample: Estimable, y: pd.Series, x: pd.DataFrame
) -> Iterator[tuple[str, str, Callable[[], pd.Series]]]:
    """Label, model, and what estimates it into the table and gives its residuals."""
    provinces, years = (y.index.get_level_values(level).nunique() for level in (0, 1))

    def keep(model: str, params: pd.Series, errors: pd.Series, df: float, way: str) -> None:
        rows = t_rows(params, errors, df, way, len(y), provinces)
        table.estimates(model, rows, sample.figures_status)

    def two_way() -> pd.Series:
        fitted = regression(TWO_WAY, y, x, options)
        table.estimates(TWO_WAY, fitted.rows, sample.figures_status)
        return pd.Series(fitted.fit.within.residuals, fitted.fit.y.index)

    def kernel() -> pd.Series:
        name = f"driscoll_kraay:bartlett:{options.bandwidth}:t(T-1)"
        way = textbook.TextbookInference("driscoll_kraay", name, options.bandwidth)
        fit = textbook.fits(y, x, "both", [way])[way]
        keep(DRISCOLL, fit.params, fit.std_errors, years - 1.0, name)
        return pd.Series(fit.resids.to_numpy(), y.index)

    def interactive(model: str, number: int) -> pd.Series:
        how, fit = options.factors, _interactive(options, y, x, number)
        shifts = factors._left_out(y, x, fit.params, factors=number) - fit.params
        errors = np.sqrt((fit.n_units - 1) / fit.n_units * (shifts**2).sum())
        drawn = factors._bootstrapped(
            y, x, fit.params, factors=number, draws=how.draws, seed=how.seed
        )
        ends = drawn.quantile([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        for term in fit.params.index:
            low, high = ends[term]
            bounds = {
                Statistic("bootstrap_low", term): low,
                Statistic("bootstrap_high", term): high,
            }
            table.add_numbers(model, bounds)
        table.add_numbers(model, {"ssr": fit.ssr, "minima": len(fit.minima)})
        keep(model, fit.params, errors, fit.n_units - 1.0, options.primary)
        return fit.residuals

    def common(model: str) -> pd.Series:
        fit = factors._pooled_cce(y, x)
        if model == MEAN_GROUP:
            fit = factors._mean_group_cce(fit)
        keep(model, fit.params, fit.std_errors, np.inf, fit.label)
        assert fit.residuals is not None
        return fit.residuals

    yield "{Unit} and {period} effects", TWO_WAY, two_way
    yield "  Driscoll-Kraay errors", DRISCOLL, kernel
    for number in options.factors.numbers:
        label, model = f"And {number} interactive effect", f"interactive.{number}"
        yield label + "s" * (number != 1), model, partial(interactive, model, number)
    yield "Common correlated effects, pooled", POOLED, partial(common, POOLED)
    yield "  mean of {units}", MEAN_GROUP, partial(common, MEAN_GROUP)


def _line(
    table: Builder, options: Options, label: str, model: str, residuals: pd.Series
) -> tuple[str, ...]:
    shown = NONE
    try:
        dependence = pesaran_cd(wide(residuals), weighted=True, seed=options.signs)
    except REFUSED as why:
        table.add_numbers(model, {Statistic("not_estimable", "dependence"): words_of(why)})
    else:
        table.add_numbers(model, {"dependence": (dependence.statistic, dependence.p_value)})
        shown = p_text(dependence.p_value)
    row = _row(table, options, model, options.enter[0])
    legend = table.spec.stars if row["inference"] == options.primary else {}
    interval = interval_text(row["ci_low"], row["ci_high"], row["std_error"])
    return (label, *result_cells(row, legend), interval, shown)


def _row(table: Builder, options: Options, model: str, term: str) -> Mapping[str, Any]:
    """A stored coefficient by the primary inference, or by the only one that it has."""
    row = table.row(model, term, options.primary)
    rows = (r for r in table.coefficients if (r["model"], r["term"]) == (model, term))
    return row or next(rows)


def _number(table: Builder, options: Options, y: pd.Series, x: pd.DataFrame) -> None:
    how = options.factors
    criteria = factors._number_of_factors(y, x, most=how.most, starts=how.starts, seed=how.seed)
    chosen = int(criteria.loc[criteria["ic"].idxmin(), "factors"])
    table.add_numbers(
        "factors",
        {
            "chosen": chosen,
            **{Statistic("ic", str(r.factors)): r.ic for r in criteria.itertuples()},
        },
    )
    numbers = table.numbers
    rows = []
    for r in criteria.itertuples():
        names = [Statistic(f"bootstrap_{end}", options.enter[0]) for end in ("low", "high")]
        keys = [(f"interactive.{r.factors}", name) for name in names]
        ends = [numbers[key] for key in keys if key in numbers]
        interval = interval_text(ends[0], ends[1]) if ends else ""
        rows.append((f"{r.factors}", f"{r.ic:.3f}", f"{r.share:.0%}", interval))
    notes = [
        f"IC: information criterion of Bai (2009); it is smallest with {chosen} "
        f"{'factor' if chosen == 1 else 'factors'}."
        + (
            " This is the largest number allowed; so few {periods} do not determine the number of factors."
            if chosen == how.most
            else ""
        ),
        "Taken up: share of the sum of squares that remains after {unit} and {period} effects. Interval: "
        f"percentiles of {how.draws} draws of {{units}}; each draw estimates the factors anew. Each fit tries "
        f"{how.starts} starting values.",
    ]  # fmt: skip
    focal = table.label(options.enter[0])
    header = ("Factors", "IC", "Taken up", f"{focal}, 95 % bootstrap")
    table.grid("How many common factors?", header, rows, notes)


def _panic(table: Builder, options: Options, y: pd.Series, x: pd.DataFrame) -> None:
    rows, how = [], options.panic.model_dump(exclude={"factors"})
    for role, series in {options.dependent: y, **{r: x[r] for r in options.enter}}.items():
        for number in options.panic.factors:
            result = panic(wide(series), factors=number, **how)
            model = f"panic.{role}.{number}"
            of_factors = result.p_values.iloc[1:]
            table.add_numbers(model, {"pooled": (result.statistic, result.p_value)})
            for place, p in enumerate(of_factors, start=1):
                table.add_numbers(model, {Statistic("factor_p_value", str(place)): p})
            tests = ", ".join(map(p_text, of_factors)), p_text(result.p_value)
            rows.append((table.label(role), f"{number}", f"{sum(result.raw):.0%}", *tests))
    note = (
        f"Bai and Ng (2004), with a trend for each {{unit}} and {options.panic.lags} "
        f"{'lag' if options.panic.lags == 1 else 'lags'}. p-values of the null of a unit root: in each factor, "
        f"and in the remainder, pooled over {{units}}. They come from {options.panic.draws:,} simulated random "
        "walks of the same length."
    )
    if y.index.get_level_values(1).nunique() == 13:
        note += " With 13 years, a nominal 5 % test still rejects about 10 % of true unit roots."
    header = ("Series", "Factors", "Share", "p, factors", "p, remainder")
    table.grid("Unit roots: in common factors or in the remainder? (PANIC)", header, rows, [note])


def _westerlund(table: Builder, options: Options, y: pd.Series, x: pd.DataFrame) -> None:
    how = options.westerlund.model_dump()
    regressors = {r: wide(x[r]) for r in options.enter}
    statistics, own = cointegration._westerlund(wide(y), regressors, **how, demean=False)
    rows = []
    for name, z, p in zip(statistics.index, statistics["statistic"], own(), strict=True):
        rows.append((name, f"{z:.2f}", p_text(p)))
        table.add_numbers("westerlund", {name: (float(z), float(p))})
    note = (
        f"Westerlund (2007); p from {how['draws']} bootstrap panels that preserve the dependence between "
        "{units}."
    )
    table.grid(
        "Cointegration under common shocks", ("Statistic", "z", "p, bootstrap"), rows, [note]
    )


def _sentences(table: Builder, options: Options) -> list[str]:
    """Whether the sign depends on how common shocks are treated."""
    focal, models = options.enter[0], dict.fromkeys(r["model"] for r in table.coefficients)
    estimates = {m: _row(table, options, m, focal) for m in models if m != DRISCOLL}
    if TWO_WAY not in estimates or len(estimates) < 2:
        return ["These data do not allow an estimate under common shocks."]
    start = estimates.pop(TWO_WAY)
    base = start["estimate"]
    low, high = (f(r["estimate"] for r in estimates.values()) for f in (min, max))
    turned = sum((r["estimate"] > 0) != (base > 0) for r in estimates.values())
    sure = sum(r["ci_low"] > 0 or r["ci_high"] < 0 for r in estimates.values())
    same = "the sign is the same in every estimate"
    sign = f"the sign changes in {turned} of {len(estimates)} estimates" if turned else same
    certain = (
        f"{sure} of them {'differs' if sure == 1 else 'differ'} significantly from zero"
        if sure
        else ("none of them differs significantly from zero")
    )
    kernel = [_row(table, options, DRISCOLL, focal)] if DRISCOLL in models else []
    tests = [
        f"by {errors_text(row['inference'])} it "
        f"{'differs' if row['p_value'] < 1 - LEVEL else 'does not differ'} significantly from zero (p "
        f"{p_text(row['p_value'])})"
        for row in (start, *kernel)
    ]
    return [
        f"Two-way effects give a coefficient of {table.label(focal)} of {minus(base)} "
        f"({minus(start['ci_low'])} to {minus(start['ci_high'])}): {', '.join(tests)}.",
        f"With interactive effects or common correlated effects, the coefficient lies between {minus(low)} and "
        f"{minus(high)}: {sign}, and {certain}.",
    ]

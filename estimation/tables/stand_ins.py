"""How good a stand-in is, where the measure it stands in for is there as well (kind `stand_ins`).

By window: how closely the two move between and within units, the slope of one on the other with its
bounds where both are measured with error, and what the stand-in adds to the slope of a regressor. For a
pair that only the country has, how their annual changes go together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field
from scipy import stats

from estimation.econometrics.fixed_effects.regression_data import codes
from estimation.econometrics.fixed_effects.within import demean, two_way_effects
from estimation.panel.errors import NotEstimable
from estimation.panel.sample import Estimable
from estimation.panel.spec import Interpolation, Sample, Strict
from estimation.tables.builder import REFUSED, Builder, Points, named
from estimation.tables.regressions import Ways, regression, shown_row, slopes
from estimation.tables.texts import (
    NONE,
    error_text,
    interval_text,
    legend_text,
    minus,
    result_cells,
)

LEVEL = 0.05
GAP = "gap"
Row = Mapping[str, Any]


class Window(Strict):
    """Cells that have both measures."""

    id: str
    title: str
    sample: Sample


class National(Strict):
    """A pair that only the country has; `official` is a part of `whole`."""

    title: str
    official: str
    stand_in: str
    whole: str


class Options(Ways):
    """Options of the kind: roles of the official measure and its stand-in, in logs, and of a regressor."""

    official: str
    stand_in: str
    focal: str
    windows: list[Window] = Field(min_length=1)
    national: National | None

    @property
    def pair(self) -> tuple[str, str]:
        """Roles of the official measure and its stand-in."""
        return self.official, self.stand_in


@dataclass(frozen=True)
class Slope:
    """A two-way regression of one series on one role."""

    name: str
    y: pd.Series
    x: str
    sample: Estimable


def fill(table: Builder, options: Options) -> None:
    """Measures, slopes and the sentences that sum them up."""
    for role, variable in table.spec.playing(options.pair).items():
        if not variable.log:
            raise ValueError(f"{table.spec.table}: {role} is in levels. Remedy: log: true.")
    columns: dict[str, dict[str, str]] = {}
    for window in options.windows:
        with table.refusing(window.id):
            columns[window.title] = _window(table, options, window)
    if columns:
        first = next(iter(columns.values()))
        rows = [(label, *(cells[label] for cells in columns.values())) for label in first]
        _grid(table, options, ("", *columns), [row for row in rows if any(row[1:])])
    if options.national is not None:
        _national(table, options.national)
    table.say("verdict", {"words": _words(table, options)})


def points(table: Builder, options: Options) -> Points:
    """Slopes of every window."""
    for window in options.windows:
        for part in _regressions(table, options, window):
            with suppress(*REFUSED):
                found = slopes(part.y, part.sample.frame[[part.x]], constant=options.constant)
                yield from named(f"{window.id}.{part.name}", found)


def _sample(table: Builder, window: Window, *roles: str) -> Estimable:
    return table.drawn(roles, window.sample, Interpolation(method="none"))


def _regressions(table: Builder, options: Options, window: Window) -> Iterator[Slope]:
    """Regressions that the window's figures allow."""
    (official, ours), focal = options.pair, options.focal
    with suppress(NotEstimable):
        both = _sample(table, window, official, ours)
        yield Slope("official", both.frame[official], ours, both)
        yield Slope("reverse", both.frame[ours], official, both)
        three = _sample(table, window, official, ours, focal)
        yield Slope("focal_official", three.frame[official], focal, three)
        yield Slope("focal_stand_in", three.frame[ours], focal, three)
        yield Slope(GAP, three.frame[ours] - three.frame[official], focal, three)


def _window(table: Builder, options: Options, window: Window) -> dict[str, str]:
    """One column of the grid, by row."""
    official, ours, focal = (table.label(r) for r in (*options.pair, options.focal))
    sample = _sample(table, window, *options.pair)
    pair = sample.frame[list(options.pair)]
    provinces, years = (pair.index.get_level_values(n).nunique() for n in (0, 1))
    if len(pair) < provinces + years:
        raise NotEstimable(f"{provinces} provinces, {years} years: nothing moves within provinces")
    table.samples[window.id] = sample
    ratio = np.exp(pair[options.official] - pair[options.stand_in])
    between = pair - pair.groupby(level="year").transform("mean")
    within = demean(two_way_effects(*codes(pair.index)), pair.to_numpy())
    numbers = {
        "n_obs": len(pair), "n_provinces": provinces,
        "ratio.median": ratio.median(), "ratio.smallest": ratio.min(), "ratio.largest": ratio.max(),
        "correlation.between": between.corr().iloc[0, 1],
        "correlation.within": pd.DataFrame(within).corr().iloc[0, 1],
    }  # fmt: skip
    table.say(window.id, numbers)
    parts = {part.name: part for part in _regressions(table, options, window)}
    if GAP in parts:
        table.samples[f"{window.id}.focal"] = parts[GAP].sample
    found = {name: _estimated(table, options, window, part) for name, part in parts.items()}
    reverse, gap = found.get("reverse"), found.get(GAP)
    turned = interval = ""
    if reverse is not None:
        table.say(window.id, {"slope.turned_over": 1 / reverse["estimate"]})
        turned = f"{1 / reverse['estimate']:.2f}"
    if gap is not None:
        interval = interval_text(gap["ci_low"], gap["ci_high"], gap["std_error"])
    return {
        "Cells / provinces": f"{numbers['n_obs']} / {numbers['n_provinces']}",
        "Ratio, median": f"{ratio.median():.2f}",
        "  smallest to largest": f"{ratio.min():.2f} to {ratio.max():.2f}",
        "Correlation between provinces": f"{numbers['correlation.between']:.2f}",
        "Correlation within provinces": f"{numbers['correlation.within']:.2f}",
        f"{official} on {ours}": _cell(table, found.get("official")),
        "  reverse regression, turned over": turned,
        f"{official} on {focal}": _cell(table, found.get("focal_official")),
        f"{ours} on {focal}": _cell(table, found.get("focal_stand_in")),
        "  difference": _cell(table, gap),
        "  95 % interval": interval,
    }


def _estimated(table: Builder, options: Options, window: Window, part: Slope) -> Row | None:
    """The coefficient of a regression as it is shown; None where it is not feasible."""
    model = f"{window.id}.{part.name}"
    with table.refusing(model):
        fitted = regression(model, part.y, part.sample.frame[[part.x]], options)
        table.estimates(model, fitted.rows, part.sample.figures_status)
        table.say(model, {name: fitted.numbers[name] for name in ("n_obs", "n_provinces")})
    rows = (table.row(model, part.x, way) for way in (options.primary, options.brackets))
    by = {row["inference"]: row for row in rows if row is not None}
    return shown_row(by, options) if by else None


def _cell(table: Builder, row: Row | None) -> str:
    if row is None:
        return NONE
    return " ".join(result_cells(row, table.spec.stars)[:2])


def _grid(
    table: Builder, options: Options, header: tuple[str, ...], rows: list[tuple[str, ...]]
) -> None:
    official, ours, focal = (table.label(r) for r in (*options.pair, options.focal))
    notes = [
        "Between: year means removed. Within, and all slopes: province and year effects removed.",
        f"Where both are measured with error, {official} moves for one of {ours} by something between its "
        "slope and that of the reverse regression turned over (Frisch 1934). Difference: the slope on "
        f"{focal} of {ours} less {official}, which is what the stand-in adds to {focal}'s coefficient.",
        f"In brackets: standard error, {options.brackets}. "
        f"{legend_text(table.spec.stars, options.primary)}",
    ]
    title = f"{ours} in place of {official}"
    parts = ("Cells", "Correlation between", f"{official} on {ours}", f"{official} on {focal}")
    rules = [number for number, row in enumerate(rows) if row[0].startswith(parts)]
    table.grid(title, header, rows, notes, rules, appendix=False)


def _national(table: Builder, how: National) -> None:
    wide = table.release.national.pivot(index="year", columns="measure", values="value")
    absent = [m for m in (how.official, how.stand_in, how.whole) if m not in wide]
    if absent:
        table.refuse("national", f"no national figures of {', '.join(absent)}", how.title)
        return
    wide = wide[[how.official, how.stand_in, how.whole]].dropna()
    changes = np.log(wide).reindex(range(wide.index.min(), wide.index.max() + 1)).diff().dropna()
    if len(changes) < 4:
        table.refuse("national", f"{len(changes)} annual changes with both measures", how.title)
        return
    fit = stats.linregress(changes[how.stand_in], changes[how.official])
    share = wide[how.official] / wide[how.whole]
    reach = stats.t.ppf(1 - LEVEL / 2, len(changes) - 2) * fit.stderr
    table.say(
        "national",
        {
            "changes": len(changes), "correlation": fit.rvalue, "p_value": fit.pvalue,
            "slope": fit.slope, "slope.low": fit.slope - reach, "slope.high": fit.slope + reach,
            "first_year": wide.index.min(), "last_year": wide.index.max(),
            "share.first": share.iloc[0], "share.last": share.iloc[-1],
        },
    )  # fmt: skip
    rows = [
        ("Annual changes with both", f"{len(changes)}"),
        ("Correlation of changes in logs", f"{fit.rvalue:.2f}"),
        ("Slope of official on stand-in", f"{fit.slope:.2f} {error_text(fit.stderr)}"),
        ("  95 % interval", interval_text(fit.slope - reach, fit.slope + reach, fit.stderr)),
        *((f"Share of the whole, {year}", f"{value:.0%}") for year, value in share.iloc[[0, -1]].items()),
    ]  # fmt: skip
    note = f"Official: {how.official}, part of {how.whole}. Stand-in: {how.stand_in}. OLS."
    table.grid(how.title, ("", "result"), rows, [note], appendix=False)


def _words(table: Builder, options: Options) -> str:
    """The table in sentences that turn when its numbers turn."""
    said = table.said
    official, ours, focal = (
        table.spec.variables[r].concept for r in (*options.pair, options.focal)
    )
    # one regressor each
    rows = {r["model"]: r for r in table.coefficients if r["inference"] == options.primary}
    sentences = []
    withins, gaps = [], []
    for window in options.windows:
        if window.id in table.reasons:
            continue
        between, within = (said[window.id, f"correlation.{k}"] for k in ("between", "within"))
        sentences.append(
            f"{window.title} ({said[window.id, 'n_obs']:.0f} cells of "
            f"{said[window.id, 'n_provinces']:.0f} provinces): {ours} and {official} correlate at "
            f"{minus(between)} between provinces and at {minus(within)} within them."
        )
        withins.append(within)
        turned = said.get((window.id, "slope.turned_over"))
        direct = rows.get(f"{window.id}.official")
        if turned is not None and direct is not None and within > 0:
            sentences.append(
                f"With error in both, the second moves within provinces by {minus(direct['estimate'])} to "
                f"{minus(turned)} for one of the first."
            )
        gap = rows.get(f"{window.id}.{GAP}")
        if gap is None or pd.isna(gap["ci_low"]):
            continue
        low, high, b = gap["ci_low"], gap["ci_high"], gap["estimate"]
        gaps.append((low, high))
        sentences.append(
            f"The stand-in {'raises' if b > 0 else 'lowers'} the coefficient of {focal} there by "
            f"{minus(abs(b))} (95 % interval of what it adds {minus(low)} to {minus(high)})."
        )
    if options.national is not None and ("national", "p_value") in said:
        n, r, p = (said["national", k] for k in ("changes", "correlation", "p_value"))
        first, last = (f"{said['national', f'share.{k}']:.0%}" for k in ("first", "last"))
        together = "go together" if p < LEVEL and r > 0 else "cannot be shown to go together"
        sentences.append(
            f"{options.national.title}: the annual changes of the whole country {together} (correlation "
            f"{minus(r)} over {n:.0f} changes), and what it stands for went from {first} to {last} of the "
            f"whole from {said['national', 'first_year']:.0f} to {said['national', 'last_year']:.0f}."
        )
    if not withins:
        return " ".join(sentences)
    first = f"Within provinces {ours} moves with {official} (correlation {minus(min(withins))}"
    first += f" to {minus(max(withins))})" if len(withins) > 1 else ")"
    return " ".join([f"{first}{_bias(focal, gaps)}.", *sentences])


def _bias(focal: str, gaps: Sequence[tuple[float, float]]) -> str:
    """Whether the stand-in biases a coefficient, by the intervals of what it adds."""
    if not gaps:
        return ""
    if any(low > 0 or high < 0 for low, high in gaps):
        return f"; it biases the coefficient of {focal}"
    most = max(max(-low, high) for low, high in gaps)
    return f"; no bias of the coefficient of {focal} is shown, and none up to {minus(most)} is excluded"

"""Panel unit-root tests of every series, each weighed at its own N and T (kind `unit_roots`, t02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from pydantic import Field

from living_panel.estimation.econometrics.library.result import PanelTest
from living_panel.estimation.econometrics.statistic import Name, Statistic
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.panel.roles import Role
from living_panel.estimation.panel.sample import span
from living_panel.estimation.panel.series_windows import (
    SeriesWindow,
    frame_of,
    longest_in,
    on_own_window,
)
from living_panel.estimation.panel.spec import Strict, Units
from living_panel.estimation.papers.printed import printed_of
from living_panel.estimation.tables.builder import Builder
from living_panel.estimation.tables.kinds.unit_roots.outcomes import (
    LABELS,
    TestedSeries,
    TestOptions,
    UnitRootOutcome,
    dependence,
    more_outcomes,
    outcomes,
)
from living_panel.estimation.tables.result import stars
from living_panel.estimation.tables.texts import (
    NONE,
    OVERSIZED_NOTE,
    SIZE_HEADER,
    far_from_nominal,
    legend_text,
    p_text,
    rates_text,
    size_row,
    size_text,
    tested_text,
)

SHORT = {"c": "constant", "ct": "constant and trend"}
FORMS = {"levels": "Levels", "differences": "Differences"}
PAGE_TESTS = {"cips": "CIPS", "ips": "IPS, demeaned by {period}"}
PAGE_NOTE = (
    "p: p-value simulated for each window's N and T. True size: how often the nominal 5 % test rejects a true "
    "unit root under one common factor. Power: how often the test rejects a root of 0.8. ct: a constant and a "
    "trend, where the window allows them. c: a constant. CD: Pesaran's test of cross-section dependence of the "
    "differences; it is standard normal under independence. r: mean correlation of the differences between "
    "{units}."
)


class Options(Strict):
    """Options of a unit-root table."""

    units: Units
    """Units of the table."""
    series: list[Role] = Field(min_length=1)
    """Variables to test."""
    windows: dict[str, SeriesWindow]
    """Window on which a measure is complete, by measure."""
    tests: TestOptions
    """Options of each test."""
    signs: int = Field(ge=0)
    """Seed of the random signs in the test for dependence between units."""


def fill(table: Builder, options: Options) -> None:
    """H0 of every test: a unit root in every unit."""
    done: dict[str, TestedSeries] = {}
    for role in options.series:
        try:
            series = _series(table, options, role)
        except NotEstimable as why:
            table.refuse(role, why.problems)
            continue
        table.add_sample(role, series.sample)
        done[role] = series
        _add_series(table, series)
    if not done:
        return
    every = pd.concat([s.sample.frame[role].rename("value") for role, s in done.items()])
    table.describe_sample({**span(every.index), "blocks": table.records()})
    _summary(table, options, done)
    _beside(table, list(done.values()))
    _more(table, options, list(done.values()))
    for series in done.values():
        _detail(table, series)
    levels = [s.label for s in done.values() if not table.spec.variables[s.role].log]
    but = f", but {', '.join(levels)} in levels" if levels else ""
    table.add_notes(
        f"Null of every test: a unit root in every {{unit}}. Natural logs{but}; nothing is interpolated."
    )
    table.add_fine_print(*_notes(options))


def _series(table: Builder, options: Options, role: str) -> TestedSeries:
    release, variable = table.release, table.spec.variables[role]
    sample, window = on_own_window(release, role, variable, options.windows, options.units)
    levels = frame_of(sample, role)
    differences = levels.diff().iloc[1:]
    tests = outcomes(levels, "levels", window.trends, options.tests)
    tests += outcomes(differences, "differences", ["c"], options.tests)
    longest = longest_in(release, sample.choices[role].measure, sample)
    cd = dependence(differences, options.signs)
    return TestedSeries(role, sample, window, longest, variable.label, tuple(tests), cd)


def _add_series(table: Builder, series: TestedSeries) -> None:
    n, t = series.shape
    table.add_numbers(
        series.role,
        {
            "measure": series.measure,
            "n_provinces": n,
            "n_years": t,
            "first_year": series.window.first_year,
            "last_year": series.window.last_year,
            "longest_gap_free": series.longest,
        },
    )
    for outcome in series.tests:
        table.add_numbers(f"{series.role}.{outcome.setting}", outcome.numbers())
    names = ("statistic", "p_value", "mean_correlation", "size")
    for how, values in series.cd.items():
        numbers = {Statistic(f"cd_{name}", how): v for name, v in zip(names, values, strict=True)}
        table.add_numbers(f"{series.role}.differences", numbers)


def _summary(table: Builder, options: Options, done: Mapping[str, TestedSeries]) -> None:
    tests = [c for label in PAGE_TESTS.values() for c in (f"{label}: p", "true size", "power")]
    header = ("Variable", "Years", "N x T", "CD", "Form", *tests)
    rows: list[tuple[str, ...]] = []
    rules = []
    for role in options.series:
        rules.append(len(rows))
        if role in done:
            rows += _summary_rows(done[role])
        else:
            rows.append((table.label(role), *[""] * (len(header) - 2), NONE))
    title = "Unit roots, series by series"
    table.grid(title, header, rows, [PAGE_NOTE], rules, appendix=False)


def _summary_rows(series: TestedSeries) -> list[tuple[str, ...]]:
    n, t = series.shape
    cd = series.cd.get("raw")
    first: tuple[str, ...] = (
        series.label,
        series.years,
        f"{n} x {t}",
        "" if cd is None else f"{cd[0]:.1f} (r = {cd[2]:.2f})",
    )
    rows = []
    for form, name in FORMS.items():
        tests = [series.chosen(form, test) for test in PAGE_TESTS]
        cells = [cell for outcome in tests for cell in _page_cells(outcome)]
        rows.append((*first, f"{name}, {tests[0].trend}", *cells))
        first = ("",) * len(first)
    return rows


def _page_cells(outcome: UnitRootOutcome) -> tuple[str, str, str]:
    """p-value, true size and, in levels, power at a root of .8, both under one common factor."""
    if outcome.reason:
        return NONE, "", ""
    rates = outcome.rates["simulated"]
    size, power = (rates.get(f"{name}_one_factor") for name in ("size", "power"))
    p = p_text(outcome.results["simulated"].p_value)
    return p, rates_text(size), rates_text(power) if outcome.form == "levels" else ""


def _beside(table: Builder, done: Sequence[TestedSeries]) -> None:
    """Grid in the form of the printed table, the printed cells under ours."""
    printed = printed_of(table.spec.paper, "unit_roots")
    theirs: dict[tuple[str, str | None], tuple[str, str]] = {
        (c.term, printed.tests.get(c.column)): (c.text, c.row) for c in printed.cells
    }
    legend = table.spec.stars
    rows: list[tuple[str, ...]] = []
    rules = []
    for series in done:
        rules.append(len(rows))
        for form in FORMS:
            mark = "Δ " if form == "differences" else ""
            for trend in series.trends(form):
                cells = {t.test: t for t in series.of(form, trend, False)}
                ours = (_starred(cells[test], legend) for test in LABELS)
                rows.append((f"{mark}{series.label}, {trend}", *ours))
        pairs = [theirs.get((series.role, test), ("", "")) for test in LABELS]
        if any(text for text, _ in pairs):
            label = next(row for _, row in pairs if row)
            rows.append((f"  printed: {label}", *(text for text, _ in pairs)))
    note = (
        f"Raw values. {legend_text(legend, 'simulated p-values')} Stars need a test that keeps its size under "
        "a common factor too. c: constant; ct: constant and trend. Fisher: the number is P from MacKinnon's "
        "p-values; its stars use P from simulated p-values."
    )
    header = ("", "LLC", "HT", "IPS", "Fisher (A-F-C)", "CIPS")
    title = (
        f"Compared with the printed {printed.place}"
        if printed.cells
        else "Every test, series by series"
    )
    table.grid(title, header, rows, [note, *printed.remarks], rules)


MORE = {
    "llc": "LLC, t*",
    "breitung": "Breitung, λ",
    "ips": "IPS, W",
    "fisher": "Fisher, P",
    "hadri": "Hadri, z",
}
BY_UNIT = ("ips", "fisher")
"""Tests whose lags each unit chooses."""
_ROBUST = ", robust to dependence between {units}"


def _more(table: Builder, options: Options, done: Sequence[TestedSeries]) -> None:
    """Grid of the tests that have asymptotic p-values alone, where any is asked for."""
    tests = options.tests
    shown = {
        "llc": tests.llc_no_constant,
        "breitung": tests.breitung,
        "ips": tests.by_unit,
        "fisher": tests.by_unit,
        "hadri": tests.hadri,
    }
    names = [name for name in MORE if shown[name] is not None]
    if not names:
        return
    rows: list[tuple[str, ...]] = []
    for series in done:
        levels = frame_of(series.sample, series.role)
        for form, frame in (("levels", levels), ("differences", levels.diff().iloc[1:])):
            results = more_outcomes(frame, series.trends(form), tests)
            for trend in dict.fromkeys(trend for _, trend in results):
                cells = (_more_cell(results.get((name, trend))) for name in names)
                mark = "Δ " if form == "differences" else ""
                rows.append((f"{mark}{series.label}, {trend}", *cells))
            numbers: dict[Name, tuple[float, float]] = {
                Statistic(f"{name}_by_unit" if name in BY_UNIT else name, trend): (
                    result.statistic,
                    result.p_value,
                )
                for (name, trend), result in results.items()
                if not isinstance(result, str)
            }
            table.add_numbers(f"{series.role}.{form}", numbers)
    chosen, bare, common = tests.by_unit, tests.llc_no_constant, tests.breitung
    notes = [
        f"IPS, Fisher: lags of each {{unit}} by {chosen.criterion.upper()}, at most {chosen.most}."
        if chosen is not None
        else "",
        f"LLC: no constant, {bare.lags} lags, {bare.kernel} bandwidth {bare.bandwidth}."
        if bare is not None
        else "",
        f"Breitung: lags {common.lags}{_ROBUST if common.robust else ''}."
        if common is not None
        else "",
        "Hadri: the null is stationarity, so a small p rejects stationarity."
        if tests.hadri
        else "",
        "p-values are asymptotic. n: no deterministic terms; c: constant; ct: constant and trend.",
    ]
    header = ("", *(f"{MORE[name]} (p)" for name in names))
    table.grid("More tests, with asymptotic p-values", header, rows, notes)


def _more_cell(result: PanelTest | str | None) -> str:
    if result is None:
        return ""
    return NONE if isinstance(result, str) else tested_text(result.statistic, result.p_value)


def _starred(outcome: UnitRootOutcome, legend: Mapping[str, float]) -> str:
    if outcome.reason:
        return NONE
    keeps = not far_from_nominal(*outcome.sizes("simulated"))
    mark = stars(outcome.results["simulated"].p_value, legend) if keeps else ""
    return f"{outcome.results['asymptotic'].statistic:.2f}{mark}"


def _detail(table: Builder, series: TestedSeries) -> None:
    rows: list[tuple[str, ...]] = []
    rules = []
    reasons: dict[str, list[str]] = {}
    for form, name in FORMS.items():
        for trend in series.trends(form):
            for demean in (False, True):
                how = "demeaned" if demean else "raw"
                rules.append(len(rows))
                rows.append((f"{name}, {SHORT[trend]}, {how}",))
                for outcome in series.of(form, trend, demean):
                    rows += _outcome_rows(outcome)
                    if outcome.reason:
                        place = f"{name.lower()}, {trend}, {how}"
                        reasons.setdefault(outcome.brief, []).append(place)
    rules.append(len(rows))
    for how, (value, p, r, size) in series.cd.items():
        label = f"CD of differences, {how} (r = {r:.2f})"
        rows.append((label, f"{value:.2f}", p_text(p), size_text(size)))
    n, t = series.shape
    notes = [f"{n} {{units}} x {t} {{periods}}, {series.measure}."]
    if series.longest != series.years:
        notes[0] += f" The longest gap-free window of this release is {series.longest}."
    notes += [
        f"Not estimable (n.e.) for {'; '.join(places)}: {reason}."
        for reason, places in reasons.items()
    ]
    for origin in ("asymptotic", "simulated"):
        far = {t.test for t in series.tests if t.rates and far_from_nominal(*t.sizes(origin))}
        if far:
            named = "; ".join(LABELS[test] for test in LABELS if test in far)
            notes.append(
                f"True size more than twice the nominal 5 % with {origin} critical values: {named}."
            )
    table.grid(f"{series.label}, {series.years}", SIZE_HEADER, rows, notes, rules)


def _outcome_rows(outcome: UnitRootOutcome) -> list[tuple[str, ...]]:
    label = f"  {LABELS[outcome.test]}"
    if outcome.reason:
        return [(label, NONE)]
    row = size_row(
        label,
        outcome.results["asymptotic"].statistic,
        (p_text(outcome.results["asymptotic"].p_value, outcome.bound), outcome.sizes("asymptotic")),
        (p_text(outcome.results["simulated"].p_value), outcome.sizes("simulated")),
    )
    if outcome.test != "fisher":
        return [row]
    other = f"{outcome.results['simulated'].statistic:.2f}"
    return [row[:4], (f"{label} of simulated unit p", other, "", "", *row[4:])]


def _notes(options: Options) -> tuple[str, ...]:
    tests = options.tests
    return (
        "A window with a missing cell is not estimable; the code never closes the gap.",
        f"Settings: as in Stata. Lagged differences: LLC {tests.llc.lags}, IPS {tests.ips.lags}, Fisher "
        f"{tests.fisher.lags}, CIPS {tests.cips.lags}, HT has none. LLC: {tests.llc.kernel} bandwidth "
        f"{tests.llc.bandwidth}. HT: moments for this T.",
        "p, asymptotic: the normal distribution (LLC, HT, IPS), chi-squared over MacKinnon's p-values "
        "(Fisher), Pesaran's Table II, which only gives bounds (CIPS). p, simulated: from the statistic's own "
        "distribution under independent Gaussian random walks of this N, T, deterministics and lags. The "
        "stored statistics of the table name the origin of every critical value.",
        "True size: share of rejections of a true unit root by the nominal 5 % test at this window's own N, T "
        "and lags. The first number is for independent {units}, the second for one common factor, both by "
        "Monte Carlo. The printed statistics use raw values, and {units} have much in common, so the second "
        "number is relevant for them.",
        OVERSIZED_NOTE,
        "CIPS models the common factor itself, so its data are not demeaned.",
    )

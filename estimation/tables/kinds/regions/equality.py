"""Whether the slopes of a table by region differ: tests with multiplicity, and what could be detected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.exact_wild import ExactRule, apply_rule
from living_panel.estimation.econometrics.inference.rows import MINIMUM_CLUSTERS
from living_panel.estimation.econometrics.robustness.regions import (
    EqualityTest,
    InteractedFit,
    bootstrap_equality,
    difference_design,
    differences_without,
    family,
    interacted,
    pairwise_differences,
    randomisation_equality,
    wald_equality,
)
from living_panel.estimation.econometrics.robustness.treatments import treated_slope
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.panel.spec import Strict
from living_panel.estimation.tables import influence
from living_panel.estimation.tables.builder import REFUSED, Builder
from living_panel.estimation.tables.facts import PRIMARY
from living_panel.estimation.tables.regressions import Case, RegressionBlock
from living_panel.estimation.tables.texts import NONE, p_text, result_cells
from living_panel.problems import words_of

METHODS = {"wald": "Wald, CR3", "bootstrap": "bootstrap", "randomisation": "randomisation"}
ADJUSTED = ("holm", "romano_wolf")


class Equality(Strict):
    """Options of the tests that slopes are equal."""

    all_slopes: bool
    """Whether to test also that all slopes are jointly equal."""
    bootstrap_draws: int = Field(ge=99)
    """Draws of the wild cluster bootstrap; usually 9999."""
    bootstrap_seed: int
    """Seed of the random draws of the bootstrap."""
    randomisation_draws: int = Field(ge=9_999)
    """Random assignments of units to regions, at least 9999."""
    randomisation_seed: int
    """Seed of the random assignments."""
    level: float = Field(gt=0, lt=1)
    """Level of the tests of differences; usually 0.05."""
    power: float = Field(gt=0, lt=1)
    """Power of the minimum detectable difference; usually 0.80."""
    differences: Literal["cr1", "cr3"]
    """Covariance of the differences between each two regions: CR1, or the jackknife CR3."""


Tested = dict[str, Any]
"""Numbers of one test of one hypothesis, its p-values over the family among them, or why there is none."""
Found = dict[tuple[str, ...], dict[str, Tested]]


def _cell(tested: Tested, name: str) -> str:
    if "not_estimable" in tested:
        return NONE if name in ("statistic", "p_value") else ""
    value = tested.get(name)
    if value is None:
        return ""
    return f"{value:.2f}" if name == "statistic" else p_text(value)


def add_equality(
    case: Case[RegressionBlock],
    how: Equality,
    regions: pd.Series,
    exact: Callable[[str], ExactRule],
    *,
    on_page: bool,
) -> None:
    """Tests of equal slopes and the differences between each two regions, into the table."""
    table, block, y, x = case.table, case.block, case.y, case.x
    counts = regions.value_counts()
    large = [r for r in dict.fromkeys(regions) if counts[r] >= MINIMUM_CLUSTERS]
    title = f"{block.title}: are the slopes equal?"
    if len(large) < 2:
        reason = f"fewer than two regions with {MINIMUM_CLUSTERS} {{units}}"
        table.add_numbers(block.id, {"equality_not_estimable": reason})
        table.grid(title, ("", "result"), [("not estimable", reason)], appendix=not on_page)
        return
    regions = regions[regions.isin(large)]
    inside = y.index.get_level_values("province_code").isin(regions.index)
    y, x = y[inside], x[inside]
    joint = [list(x.columns)] if how.all_slopes and x.shape[1] > 1 else []
    fit = interacted(y, x, regions)
    tests = _tests(how, fit, [[term] for term in x.columns])
    together = _tests(how, fit, joint)
    for terms, by_method in [*tests.items(), *together.items()]:
        key = terms[0] if len(terms) == 1 else "all_slopes"
        for method, tested in by_method.items():
            table.add_numbers(
                block.id, {Statistic(f"equality_{n}", key, method): v for n, v in tested.items()}
            )
    _equality_grids(table, title, fit, tests, together, on_page=on_page)
    _differences(case, how, fit, on_page=on_page)
    _drawn_differences(case, how, fit, exact)
    if on_page:
        _without_units(case, how, y, x, regions)


def _tests(how: Equality, fit: InteractedFit, hypotheses: list[list[str]]) -> Found:
    """Three tests of hypotheses of one size; multiplicity within each test over the hypotheses."""
    out: Found = {tuple(terms): {} for terms in hypotheses}
    smallest = int(fit.clusters.min())
    size = max(map(len, hypotheses), default=0)
    drawn = {"draws": how.bootstrap_draws, "seed": how.bootstrap_seed}
    dealt = {"draws": how.randomisation_draws, "seed": how.randomisation_seed}
    ways: dict[str, Callable[[], list[EqualityTest]]] = {
        "wald": lambda: [wald_equality(fit, terms, "cr3") for terms in hypotheses],
        "bootstrap": lambda: [
            bootstrap_equality(fit, h, **drawn, near=how.level) for h in hypotheses
        ],
        "randomisation": lambda: randomisation_equality(fit, hypotheses, **dealt),
    }
    for method in METHODS if hypotheses else ():
        limit = (smallest - 1) // 2 if method == "wald" else smallest - 2
        try:
            if size > limit:
                raise Infeasible(
                    Code.SAMPLE_SMALL(
                        "{size} slopes are too many for {smallest} units in the smallest region",
                        "use at most {limit} slopes, or larger regions",
                        size=size,
                        smallest=smallest,
                        limit=limit,
                    )
                )
            done = ways[method]()
        except REFUSED as why:
            for tested in out.values():
                tested[method] = {"not_estimable": words_of(why)}
            continue
        numbers = ["statistic", "p_value", "draws", *(ADJUSTED if len(done) > 1 else ())]
        for test, row in zip(done, family(done)[numbers].to_dict("records"), strict=True):
            row["p_mc_error"] = test.p_mc_error if method == "bootstrap" else np.nan
            out[test.terms][method] = {
                name: value for name, value in row.items() if pd.notna(value)
            }
    return out


def _equality_grids(
    table: Builder, title: str, fit: InteractedFit, tests: Found, together: Found, *, on_page: bool
) -> None:
    smallest = int(fit.clusters.min())
    parts = ("statistic", "p_value", *ADJUSTED)
    rows = [
        (
            table.label(terms[0]) if len(terms) == 1 else "All slopes",
            *(_cell(by_method["wald"], n) for n in parts[:3]),
            *(_cell(by_method["bootstrap"], n) for n in parts),
            *(_cell(by_method["randomisation"], n) for n in parts[1:]),
        )
        for terms, by_method in [*tests.items(), *together.items()]
    ]
    header = (
        "Slope", "Wald, CR3", "p, F", "Holm", "Wald, CR1", "p, boot.", "Holm", "R-W",
        "p, random.", "Holm", "R-W",
    )  # fmt: skip
    names = ", ".join(fit.fits)
    notes = [
        f"Regions compared: {names} (smallest: {smallest} {{units}}). Holm and Romano-Wolf (R-W) adjust the "
        f"p-values for the family of {len(tests)} single slopes. This family omits the joint test of all "
        "slopes.",
        f"F with {smallest - 1} denominator degrees of freedom; bootstrap {_draws(tests, 'bootstrap')} "
        f"draws, randomisation {_draws(tests, 'randomisation')}, both seeded and studentised by CR1.",
    ]
    rules = (0, len(tests)) if together else (0,)
    if on_page:
        first = next(iter(tests.values()))
        cells = [(f"p, {words}", _cell(first[m], "p_value")) for m, words in METHODS.items()]
        slope = table.label(next(iter(tests))[0])
        note = (
            f"The tests compare the slope of {slope} in {names}. The appendix has every slope and the "
            "family-wise p-values."
        )
        table.grid(title, ("", slope), cells, [note], appendix=False)
    table.grid(title, header, rows, notes, rules)


def _draws(tests: Found, method: str) -> str:
    counts = {by_method[method].get("draws", 0) for by_method in tests.values()} - {0}
    return " or ".join(f"{n:,.0f}" for n in sorted(counts)) or "0"


def _differences(
    case: Case[RegressionBlock], how: Equality, fit: InteractedFit, *, on_page: bool
) -> None:
    table, block, n_obs = case.table, case.block, fit.data.y.size
    cells: dict[str, dict[tuple[str, str], dict[str, Mapping[str, Any]]]] = {}
    for cov in dict.fromkeys((how.differences, "cr1")):
        way = "cr3:jackknife:t(min G-1)" if cov == "cr3" else "clustered:reghdfe:t(min G-1)"
        differences = pairwise_differences(fit, cov, level=how.level, power=how.power)
        for row in differences.rename(columns={"difference": "estimate"}).to_dict("records"):
            pair = row["first"], row["second"]
            cells.setdefault(row["term"], {}).setdefault(pair, {})[cov] = row
            model = f"{block.id}.{pair[0]} - {pair[1]}"
            estimate = {n: row[n] for n in ("term", "estimate", "std_error", "df", "p_value")}
            estimate |= {"inference": way, "statistic": row["estimate"] / row["std_error"]}
            estimate |= {"n_obs": n_obs, "n_clusters": row["df"] + 1}
            table.estimates(model, [estimate], case.status)
            table.add_numbers(
                model,
                {Statistic("minimum_detectable", row["term"], cov): row["minimum_detectable"]},
            )
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []
    for term, pairs in cells.items():
        rules.append(len(rows))
        for (first, second), by in pairs.items():
            label = "" if len(rows) > rules[-1] else table.label(term)
            shown = (*_cells(by[how.differences]), *_cells(by["cr1"])[1:])
            rows.append((label, f"{first} - {second}", *shown))
    name = how.differences.upper()
    header = (
        "Slope", "Regions", "Difference", f"SE, {name}", f"p, {name}", f"Detectable, {name}",
        "SE, CR1", "p, CR1", "Detectable, CR1",
    )  # fmt: skip
    note = (
        f"Detectable: the smallest difference that a two-sided {how.level:.0%} test finds with {how.power:.0%} "
        "power. Degrees of freedom of t: the {units} of the smaller region minus one."
    )
    title = f"{block.title}: differences between regions"
    if on_page:
        first_slope = rows[: rules[1] if len(rules) > 1 else None]
        table.grid(title, header[:6], [row[:6] for row in first_slope], [note], appendix=False)
    table.grid(title, header, rows, [note], rules)


def _drawn_differences(
    case: Case[RegressionBlock],
    how: Equality,
    fit: InteractedFit,
    exact: Callable[[str], ExactRule],
) -> None:
    """Differences of the first slope by the wild bootstrap, which has an interval too."""
    term = fit.data.names[0]
    for first, second in combinations(fit.fits, 2):
        design = difference_design(fit, term, first, second)
        estimate = treated_slope(design, draws=how.bootstrap_draws, seed=how.bootstrap_seed)
        model = f"{case.block.id}.{first} - {second}"
        test = apply_rule(estimate.test, term, exact(model))
        error, (low, high) = (
            estimate.corrected_error(design, "reghdfe"),
            test.interval(1 - how.level),
        )
        row = {
            "term": term, "inference": PRIMARY, "estimate": estimate.estimate, "std_error": error,
            "statistic": estimate.estimate / error, "p_value": test.p_value(), "p_mc_error": test.p_error(),
            "ci_low": low, "ci_high": high, "n_obs": estimate.n_obs, "n_clusters": estimate.n_clusters,
        }  # fmt: skip
        case.table.estimates(model, [row], case.status)


def _without_units(
    case: Case[RegressionBlock], how: Equality, y: pd.Series, x: pd.DataFrame, regions: pd.Series
) -> None:
    """Named numbers of the differences of the first slope without each unit."""
    sizes = {"level": how.level, "power": how.power}
    differences = differences_without(y, x, regions, how.differences, term=x.columns[0], **sizes)
    for (first, second), rows in differences.groupby(["first", "second"], sort=False):
        model = f"{case.block.id}.{first} - {second}"
        influence.say_without(case.table, model, rows)
        case.table.add_numbers(
            model, {Statistic("df_without_unit", row.left_out): row.df for row in rows.itertuples()}
        )


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (*result_cells(row), f"{row['minimum_detectable']:.2f}")

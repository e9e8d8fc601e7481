"""Whether the slopes of a table by region differ: tests with multiplicity, and what could be detected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from estimation.econometrics.errors import Infeasible, InvalidData
from estimation.econometrics.fixed_effects.inference import MINIMUM_CLUSTERS
from estimation.econometrics.robustness.regions import (
    EqualityTest,
    bootstrap_equality,
    family,
    interacted,
    pairwise_differences,
    randomisation_equality,
    wald_equality,
)
from estimation.tables.builder import Builder, Options
from estimation.tables.regressions import RegressionBlock
from estimation.tables.texts import NONE, p_text

METHODS = {"wald": "Wald, CR3", "bootstrap": "bootstrap", "randomisation": "randomisation"}
NAN = float("nan")


class Equality(Options):
    """Options of the tests that slopes are equal."""

    all_slopes: bool
    bootstrap_draws: int
    bootstrap_seed: int
    randomisation_draws: int
    randomisation_seed: int
    level: float
    power: float
    differences: Literal["cr1", "cr3"]


@dataclass(frozen=True)
class _Tested:
    """One test of one hypothesis with its p-values over the family, or why there is none."""

    statistic: float = NAN
    p_value: float = NAN
    holm: float = NAN
    romano_wolf: float = NAN
    draws: int = 0
    reason: str = ""

    def numbers(self) -> dict[str, float | str]:
        if self.reason:
            return {"not_estimable": self.reason}
        return {
            "statistic": self.statistic, "p_value": self.p_value, "holm": self.holm,
            "romano_wolf": self.romano_wolf, "draws": float(self.draws),
        }  # fmt: skip

    def cell(self, name: str) -> str:
        value = getattr(self, name)
        if self.reason:
            return NONE if name in ("statistic", "p_value") else ""
        if np.isnan(value):
            return ""
        return f"{value:.2f}" if name == "statistic" else p_text(value)


Found = dict[tuple[str, ...], dict[str, _Tested]]


def add_equality(
    table: Builder,
    how: Equality,
    block: RegressionBlock,
    y: pd.Series,
    x: pd.DataFrame,
    regions: pd.Series,
    *,
    on_page: bool,
) -> None:
    """Tests of equal slopes and the differences between each two regions, into the table."""
    counts = regions.value_counts()
    large = [r for r in dict.fromkeys(regions) if counts[r] >= MINIMUM_CLUSTERS]
    title = f"{block.short}: are the slopes equal?"
    if len(large) < 2:
        reason = f"fewer than two regions with {MINIMUM_CLUSTERS} provinces"
        table.say(block.id, {"equality.not_estimable": reason})
        table.grid(title, ("", "result"), [("not estimable", reason)], appendix=not on_page)
        return
    regions = regions[regions.isin(large)]
    inside = y.index.get_level_values("province_code").isin(regions.index)
    y, x = y[inside], x[inside]
    joint = [list(x.columns)] if how.all_slopes and x.shape[1] > 1 else []
    tests = _tests(how, y, x, regions, [[term] for term in x.columns])
    together = _tests(how, y, x, regions, joint)
    for terms, found in [*tests.items(), *together.items()]:
        key = terms[0] if len(terms) == 1 else "all_slopes"
        for method, tested in found.items():
            numbers = tested.numbers()
            table.say(block.id, {f"equality.{key}.{method}.{n}": v for n, v in numbers.items()})
    _equality_grids(table, title, regions, tests, together, on_page=on_page)
    _differences(table, how, block, y, x, regions, on_page=on_page)


def _tests(
    how: Equality, y: pd.Series, x: pd.DataFrame, regions: pd.Series, hypotheses: list[list[str]]
) -> Found:
    """Three tests of every hypothesis; multiplicity within each test over the hypotheses."""
    smallest = int(regions.value_counts().min())
    out: Found = {tuple(h): {} for h in hypotheses}
    for method in METHODS:
        done: list[EqualityTest] = []
        for terms in hypotheses:
            limit = (smallest - 1) // 2 if method == "wald" else smallest - 2
            try:
                if len(terms) > limit:
                    raise Infeasible(
                        f"{len(terms)} slopes, {smallest} provinces in the smallest region: "
                        f"at most {limit}"
                    )
                done.append(_one_test(how, method, y, x, regions, terms))
            except (Infeasible, InvalidData) as why:
                out[tuple(terms)][method] = _Tested(reason=str(why))
        if not done:
            continue
        for row in family(done).itertuples():
            many = len(done) > 1
            out[done[int(row.Index)].terms][method] = _Tested(
                float(row.statistic), float(row.p_value), float(row.holm) if many else NAN,
                float(row.romano_wolf) if many else NAN, int(row.draws),
            )  # fmt: skip
    return out


def _one_test(
    how: Equality, method: str, y: pd.Series, x: pd.DataFrame, regions: pd.Series, terms: list[str]
) -> EqualityTest:
    if method == "wald":
        return wald_equality(interacted(y, x, regions, cov="cr3"), terms)
    if method == "bootstrap":
        draws, seed = how.bootstrap_draws, how.bootstrap_seed
        return bootstrap_equality(y, x, regions, terms, draws=draws, seed=seed)
    draws, seed = how.randomisation_draws, how.randomisation_seed
    return randomisation_equality(y, x, regions, terms, draws=draws, seed=seed)


def _equality_grids(
    table: Builder, title: str, regions: pd.Series, tests: Found, together: Found, *, on_page: bool
) -> None:
    smallest = int(regions.value_counts().min())
    parts = ("statistic", "p_value", "holm", "romano_wolf")
    rows = [
        (
            table.label(terms[0]) if len(terms) == 1 else "All slopes",
            *(found["wald"].cell(n) for n in parts[:3]),
            *(found["bootstrap"].cell(n) for n in parts),
            *(found["randomisation"].cell(n) for n in parts[1:]),
        )
        for terms, found in [*tests.items(), *together.items()]
    ]
    header = (
        "Slope", "Wald, CR3", "p, F", "Holm", "Wald, CR1", "p, boot.", "Holm", "R-W",
        "p, random.", "Holm", "R-W",
    )  # fmt: skip
    names = ", ".join(dict.fromkeys(regions))
    notes = [
        f"Regions compared: {names} (smallest: {smallest} provinces). Holm and Romano-Wolf (R-W) over "
        f"the family of {len(tests)} single slopes; all slopes together stand outside it.",
        f"F with {smallest - 1} denominator degrees of freedom; bootstrap {_draws(tests, 'bootstrap')} "
        f"draws, randomisation {_draws(tests, 'randomisation')}, both seeded and studentised by CR1.",
    ]
    rules = (0, len(tests)) if together else (0,)
    if on_page:
        first = next(iter(tests.values()))
        cells = [(f"p, {words}", first[m].cell("p_value")) for m, words in METHODS.items()]
        slope = table.label(next(iter(tests))[0])
        note = f"{slope}, {names}; every slope and the family-wise p-values are in the appendix."
        table.grid(title, ("", slope), cells, [note], appendix=False)
    table.grid(title, header, rows, notes, rules)


def _draws(tests: Found, method: str) -> str:
    counts = {found[method].draws for found in tests.values() if found[method].draws}
    return " or ".join(f"{n:,}" for n in sorted(counts)) or "0"


def _differences(
    table: Builder,
    how: Equality,
    block: RegressionBlock,
    y: pd.Series,
    x: pd.DataFrame,
    regions: pd.Series,
    *,
    on_page: bool,
) -> None:
    cells: dict[tuple[str, str, str], dict[str, Mapping[str, float]]] = {}
    for cov in dict.fromkeys((how.differences, "cr1")):
        fit = interacted(y, x, regions, cov=cov)
        way = "cr3:jackknife:t(min G-1)" if cov == "cr3" else "clustered:reghdfe:t(min G-1)"
        for row in pairwise_differences(fit, level=how.level, power=how.power).to_dict("records"):
            cells.setdefault((row["term"], row["first"], row["second"]), {})[cov] = row
            model = f"{block.id}.{row['first']} - {row['second']}"
            values = {
                "term": row["term"], "inference": way, "estimate": row["difference"],
                "std_error": row["std_error"], "statistic": row["difference"] / row["std_error"],
                "df": row["df"], "p_value": row["p_value"], "n_obs": len(y),
                "n_clusters": row["df"] + 1,
            }  # fmt: skip
            table.estimates(model, [values], table.samples[block.id].figures_status)
            name = f"minimum_detectable.{cov}.{row['term']}"
            table.say(model, {name: row["minimum_detectable"]})
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []
    for (term, first, second), by in cells.items():
        new = not rows or (term, first, second) == next(k for k in cells if k[0] == term)
        rules += [len(rows)] if new else []
        label = table.label(term) if new else ""
        rows.append(
            (label, f"{first} - {second}", *_cells(by[how.differences]), *_cells(by["cr1"])[1:])
        )
    name = how.differences.upper()
    header = (
        "Slope", "Regions", "Difference", f"SE, {name}", f"p, {name}", f"Detectable, {name}",
        "SE, CR1", "p, CR1", "Detectable, CR1",
    )  # fmt: skip
    note = (
        f"Detectable: the smallest difference a two-sided {how.level:.0%} test finds with a "
        f"probability of {how.power:.0%}; t with the smaller region's provinces less one."
    )
    title = f"{block.short}: differences between regions"
    if on_page:
        first_slope = rows[: rules[1] if len(rules) > 1 else None]
        table.grid(title, header[:6], [row[:6] for row in first_slope], [note], appendix=False)
    table.grid(title, header, rows, [note], rules)


def _cells(row: Mapping[str, float]) -> tuple[str, ...]:
    return (
        f"{row['difference']:.3f}",
        f"({row['std_error']:.3f})",
        p_text(row["p_value"]),
        f"{row['minimum_detectable']:.2f}",
    )

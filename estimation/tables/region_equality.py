"""Whether the slopes of a table by region differ, and whether their order is the printed one.

Belongs here: the family of equality tests with multiplicity, differences with what could have been
detected, the order of the regions. Not here: the tests themselves (`regions`), samples and columns
(`region_table`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

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
from estimation.panel.sample import Estimable
from estimation.panel.spec import Spec
from estimation.papers.printed import table_6
from estimation.tables.fixed_effects import RegressionBlock
from estimation.tables.regression_grid import p_text
from estimation.tables.result import Block

Rows = list[dict[str, Any]]


class Equality(BaseModel):
    """Options of the tests that slopes are equal."""

    model_config = ConfigDict(extra="forbid")

    all_slopes: bool
    bootstrap_draws: int
    bootstrap_seed: int
    randomisation_draws: int
    randomisation_seed: int
    level: float
    power: float
    differences: Literal["cr1", "cr3"]


@dataclass
class Parts:
    """What one comparison adds to the table."""

    blocks: list[Block]
    coefficients: Rows
    statistics: Rows
    sample: Estimable | None = None


def short_title(block: RegressionBlock) -> str:
    """First sentence of the block's title."""
    return block.title.split(".")[0]


def equality(
    spec: Spec,
    how: Equality,
    block: RegressionBlock,
    y: pd.Series,
    x: pd.DataFrame,
    regions: pd.Series,
    sample: Estimable,
) -> Parts:
    """Tests of equal slopes and the differences between each two regions."""
    counts = regions.value_counts()
    large = [r for r in dict.fromkeys(regions) if counts[r] >= MINIMUM_CLUSTERS]
    title = f"{short_title(block)}: are the slopes equal?"
    if len(large) < 2:
        reason = f"fewer than two regions with {MINIMUM_CLUSTERS} provinces"
        row = {"model": block.id, "name": "equality.not_estimable", "value": None, "text": reason}
        return Parts([Block(title, ("", "result"), (("not estimable", reason),))], [], [row])
    regions = regions[regions.isin(large)]
    inside = y.index.get_level_values("province_code").isin(regions.index)
    y, x = y[inside], x[inside]
    single = [[term] for term in x.columns]
    joint = [list(x.columns)] if how.all_slopes and x.shape[1] > 1 else []
    tests = _tests(how, y, x, regions, single)
    together = _tests(how, y, x, regions, joint)
    smallest = int(regions.value_counts().min())
    rows, statistics = [], []
    label = {term: spec.variables[term].label for term in x.columns}
    for terms, found in [*tests.items(), *together.items()]:
        name = label[terms[0]] if len(terms) == 1 else "All slopes"
        key = terms[0] if len(terms) == 1 else "all_slopes"
        rows.append((name, *_test_cells(found)))
        for method, numbers in found.items():
            statistics += [
                {"model": block.id, "name": f"equality.{key}.{method}.{n}", "value": v, "text": t}
                for n, v, t in numbers.rows()
            ]
    header = (
        "Slope", "Wald, CR3", "p, F", "Holm", "Wald, CR1", "p, boot.", "Holm", "R-W",
        "p, random.", "Holm", "R-W",
    )  # fmt: skip
    notes = (
        f"Regions compared: {', '.join(large)} (smallest: {smallest} provinces). Holm and "
        f"Romano-Wolf (R-W) over the family of {len(single)} single slopes; all slopes together stand "
        "outside it.",
        f"F with {smallest - 1} denominator degrees of freedom; bootstrap "
        f"{_draws(tests, 'bootstrap')} draws, randomisation {_draws(tests, 'randomisation')}, both "
        "seeded and studentised by CR1.",
    )
    rules = frozenset({0, len(single)}) if joint else frozenset({0})
    equal = Block(title, header, tuple(rows), notes, rules)
    apart = _differences(spec, how, block, y, x, regions, sample)
    return Parts([equal, *apart.blocks], apart.coefficients, statistics + apart.statistics)


@dataclass(frozen=True)
class _Tested:
    """One test of one hypothesis with its p-values over the family, or why there is none."""

    statistic: float
    p_value: float
    holm: float
    romano_wolf: float
    draws: int
    reason: str = ""

    def rows(self) -> list[tuple[str, float | None, str | None]]:
        if self.reason:
            return [("not_estimable", None, self.reason)]
        values = {
            "statistic": self.statistic, "p_value": self.p_value, "holm": self.holm,
            "romano_wolf": self.romano_wolf, "draws": float(self.draws),
        }  # fmt: skip
        return [(n, v, None) for n, v in values.items() if not np.isnan(v)]


def _tests(
    how: Equality, y: pd.Series, x: pd.DataFrame, regions: pd.Series, hypotheses: list[list[str]]
) -> dict[tuple[str, ...], dict[str, _Tested]]:
    """Three tests of every hypothesis; multiplicity within each test over the hypotheses."""
    smallest = int(regions.value_counts().min())
    out: dict[tuple[str, ...], dict[str, _Tested]] = {tuple(h): {} for h in hypotheses}
    for method in ("wald", "bootstrap", "randomisation"):
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
                nan = float("nan")
                out[tuple(terms)][method] = _Tested(nan, nan, nan, nan, 0, str(why))
        if not done:
            continue
        for row in family(done).itertuples():
            tested = done[int(row.Index)].terms
            alone = len(done) == 1
            out[tested][method] = _Tested(
                float(row.statistic),
                float(row.p_value),
                float("nan") if alone else float(row.holm),
                float("nan") if alone else float(row.romano_wolf),
                int(row.draws),
            )
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


def _test_cells(found: Mapping[str, _Tested]) -> tuple[str, ...]:
    def cell(value: float, form: str = "") -> str:
        return "" if np.isnan(value) else (form.format(value) if form else p_text(value))

    wald, bootstrap, randomised = (found[m] for m in ("wald", "bootstrap", "randomisation"))
    return (
        "n.e." if wald.reason else f"{wald.statistic:.2f}",
        "n.e." if wald.reason else cell(wald.p_value),
        cell(wald.holm),
        "n.e." if bootstrap.reason else f"{bootstrap.statistic:.2f}",
        "n.e." if bootstrap.reason else cell(bootstrap.p_value),
        cell(bootstrap.holm),
        cell(bootstrap.romano_wolf),
        "n.e." if randomised.reason else cell(randomised.p_value),
        cell(randomised.holm),
        cell(randomised.romano_wolf),
    )


def _draws(tests: Mapping[tuple[str, ...], Mapping[str, _Tested]], method: str) -> str:
    counts = {found[method].draws for found in tests.values() if found[method].draws}
    return " or ".join(f"{n:,}" for n in sorted(counts)) or "0"


def _differences(
    spec: Spec,
    how: Equality,
    block: RegressionBlock,
    y: pd.Series,
    x: pd.DataFrame,
    regions: pd.Series,
    sample: Estimable,
) -> Parts:
    coefficients: Rows = []
    statistics: Rows = []
    cells: dict[tuple[str, str, str], dict[str, pd.Series]] = {}
    kinds = dict.fromkeys((how.differences, "cr1"))
    for cov in kinds:
        fit = interacted(y, x, regions, cov=cov)
        way = "cr3:jackknife:t(min G-1)" if cov == "cr3" else "clustered:reghdfe:t(min G-1)"
        for row in pairwise_differences(fit, level=how.level, power=how.power).to_dict("records"):
            cells.setdefault((row["term"], row["first"], row["second"]), {})[cov] = row
            model = f"{block.id}.{row['first']} - {row['second']}"
            coefficients.append(
                {
                    "model": model, "term": row["term"], "inference": way,
                    "estimate": row["difference"], "std_error": row["std_error"],
                    "statistic": row["difference"] / row["std_error"], "df": row["df"],
                    "p_value": row["p_value"], "n_obs": len(y), "n_clusters": row["df"] + 1,
                    "figures_status": sample.figures_status,
                }
            )  # fmt: skip
            statistics.append(
                {
                    "model": model, "name": f"minimum_detectable.{cov}.{row['term']}",
                    "value": row["minimum_detectable"], "text": None,
                }
            )  # fmt: skip
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []
    last = ""
    for (term, first, second), by in cells.items():
        if term != last:
            rules.append(len(rows))
        main, plain = by[how.differences], by["cr1"]
        rows.append(
            (
                spec.variables[term].label if term != last else "",
                f"{first} - {second}",
                f"{main['difference']:.3f}",
                f"({main['std_error']:.3f})",
                p_text(main["p_value"]),
                f"{main['minimum_detectable']:.2f}",
                f"({plain['std_error']:.3f})",
                p_text(plain["p_value"]),
                f"{plain['minimum_detectable']:.2f}",
            )
        )
        last = term
    name = how.differences.upper()
    header = (
        "Slope", "Regions", "Difference", f"SE, {name}", f"p, {name}", f"Detectable, {name}",
        "SE, CR1", "p, CR1", "Detectable, CR1",
    )  # fmt: skip
    note = (
        f"Detectable: the smallest difference a two-sided {how.level:.0%} test finds with a "
        f"probability of {how.power:.0%}; t with the smaller region's provinces less one."
    )
    title = f"{short_title(block)}: differences between regions"
    return Parts(
        [Block(title, header, tuple(rows), (note,), frozenset(rules))], coefficients, statistics
    )


def order(
    spec: Spec,
    block: RegressionBlock,
    by_region: Mapping[str, str],
    regressors: list[str],
    coefficients: pd.DataFrame,
    primary: str,
) -> Parts:
    """Which region has the largest slope, here and in print."""
    cells = table_6()
    if not by_region or coefficients.empty:
        return Parts([], [], [])
    ours_all = coefficients[coefficients["inference"] == primary].set_index(["model", "term"])[
        "estimate"
    ]
    rows: list[tuple[str, ...]] = []
    statistics: Rows = []
    mine = cells[(cells["statistic"] == "estimate") & cells["model"].astype(str).isin(by_region)]
    for term in block.enter:
        printed = mine[mine["term"] == term].set_index("model")["estimate"].rename(index=by_region)
        names = [r for r in printed.index if (f"{block.id}.{r}", term) in ours_all.index]
        theirs = " > ".join(printed.sort_values(ascending=False, kind="stable").index)
        if term not in regressors or len(names) < 2:
            rows.append((spec.variables[term].label, theirs, "n.e.", ""))
            continue
        ours = pd.Series({r: float(ours_all[f"{block.id}.{r}", term]) for r in names})
        pairs = list(combinations(names, 2))
        same = sum((ours[a] - ours[b]) * (printed[a] - printed[b]) > 0 for a, b in pairs)
        found = " > ".join(ours.sort_values(ascending=False, kind="stable").index)
        rows.append((spec.variables[term].label, theirs, found, f"{same} of {len(pairs)}"))
        numbers = {"pairs_as_printed": same, "pairs": len(pairs)}
        statistics += [
            {"model": block.id, "name": f"order.{n}.{term}", "value": v, "text": None}
            for n, v in numbers.items()
        ]
        statistics.append(
            {"model": block.id, "name": f"order.{term}", "value": None, "text": found}
        )
    title = f"{short_title(block)}: the order of the regions, printed and found"
    header = ("Slope", "Printed order", "Order found", "Pairs as printed")
    note = (
        "An order of estimates is no test: whether the slopes differ at all is answered above, and "
        "three regions in random order agree with a printed pair half of the time."
    )
    return Parts([Block(title, header, tuple(rows), (note,), frozenset({0}))], [], statistics)

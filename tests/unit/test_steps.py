"""What an edition did: the paired test against stacked regressions and a bootstrap, and the words of a step."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from living_panel.estimation.econometrics.kernels import rule_bandwidth
from living_panel.estimation.findings.steps import (
    edition_state,
    is_large,
    paired_test,
    step_of,
)
from tests.conftest import REPOSITORY
from tools.simulate.edition_steps import PERIODS, STORED

UNITS, ROWS = 40, 6


def editions(seed: int) -> list[pd.DataFrame]:
    """Two editions of one panel; the second lacks five units and has five others."""
    draw = np.random.default_rng(seed)
    units = np.repeat(np.arange(UNITS + 5), ROWS)
    x = draw.normal(size=len(units)) + draw.normal(size=UNITS + 5)[units]
    y = 0.5 * x + draw.normal(size=len(units)) + draw.normal(size=UNITS + 5)[units]
    frame = pd.DataFrame({"unit": units, "x": x, "y": y})
    revised = frame.assign(x=frame["x"] + 0.4 * draw.normal(size=len(frame)))
    return [frame[frame["unit"] < UNITS], revised[revised["unit"] >= 5]]


def slope(frame: pd.DataFrame) -> tuple[float, pd.Series]:
    """Slope of a regression with a constant, and each unit's influence on it."""
    x = np.column_stack([np.ones(len(frame)), frame["x"]])
    bread = np.linalg.inv(x.T @ x)
    b = bread @ x.T @ frame["y"].to_numpy()
    rows = (x * (frame["y"].to_numpy() - x @ b)[:, None]) @ bread
    return float(b[1]), pd.Series(rows[:, 1], frame["unit"]).groupby(level=0).sum()


def test_the_error_is_that_of_statsmodels_on_both_editions_stacked() -> None:
    """Both regressions as one, clustered by unit: the interaction's error, but for (n-1)/(n-k)."""
    old, new = editions(1)
    (b_old, f_old), (b_new, f_new) = slope(old), slope(new)
    test = paired_test(b_old, b_new, f_old, f_new)
    both = pd.concat([old.assign(later=0.0), new.assign(later=1.0)], ignore_index=True)
    design = pd.DataFrame(
        {"c": 1.0, "x": both["x"], "later": both["later"], "later_x": both["later"] * both["x"]}
    )
    fit = sm.OLS(both["y"], design).fit(
        cov_type="cluster", cov_kwds={"groups": both["unit"], "use_correction": True}
    )
    n, k = design.shape
    assert test.difference == pytest.approx(fit.params["later_x"], rel=1e-10)
    assert test.std_error == pytest.approx(
        fit.bse["later_x"] / math.sqrt((n - 1) / (n - k)), rel=1e-10
    )
    assert (test.n_groups, test.df) == (UNITS + 5, UNITS + 4)


def test_the_error_is_that_of_a_paired_bootstrap_of_units() -> None:
    old, new = editions(2)
    (b_old, f_old), (b_new, f_new) = slope(old), slope(new)
    test = paired_test(b_old, b_new, f_old, f_new)
    draw, draws = np.random.default_rng(3), 2000
    parts = [{u: part.assign(unit=u) for u, part in frame.groupby("unit")} for frame in (old, new)]
    differences = []
    for _ in range(draws):
        chosen = draw.integers(0, UNITS + 5, UNITS + 5)
        b = [
            np.polyfit(*pd.concat([side[u] for u in chosen if u in side])[["x", "y"]].to_numpy().T, 1)[0]
            for side in parts
        ]  # fmt: skip
        differences.append(b[1] - b[0])
    spread = float(np.std(differences, ddof=1))
    assert (
        abs(test.std_error / spread - 1) < 0.12
    )  # 3 Monte Carlo errors, and the bias of order 1/G


def test_an_edition_that_changed_nothing_has_no_difference_and_p_one() -> None:
    b, influence = slope(editions(4)[0])
    test = paired_test(b, b, influence, influence)
    assert (test.difference, test.std_error, test.p_value) == (0.0, 0.0, 1.0)


def test_a_single_series_has_the_variance_of_newey_and_west_over_its_periods() -> None:
    draw = np.random.default_rng(5)
    old, new = (pd.Series(draw.normal(size=80), range(1900, 1980)) for _ in range(2))
    change = (new - old).to_numpy()
    r = change[:-1] @ change[1:] / (change[:-1] @ change[:-1])
    white = change[1:] - r * change[:-1]
    lags = [white[j:] @ white[: len(white) - j] for j in range(4)]
    long_run = (lags[0] + 2 * sum((1 - j / 4) * lags[j] for j in (1, 2, 3))) / 79 / (1 - r) ** 2
    test = paired_test(1.0, 1.5, old, new.sample(frac=1, random_state=1), bandwidth=3)
    assert test.std_error == pytest.approx(math.sqrt(80 * long_run * 80 / 79), rel=1e-12)
    assert test.df == 1.5 * 80 / 4 and not test.is_approximate
    assert [rule_bandwidth(n) for n in (10, 90, 200)] == [2, 3, 4]


def test_few_units_are_called_approximate() -> None:
    influence = pd.Series(np.random.default_rng(6).normal(size=19))
    assert paired_test(0.0, 1.0, influence, 2 * influence).is_approximate
    alone = paired_test(0.0, 1.0, influence[:1], influence[:1])
    assert alone.n_groups == 1 and math.isnan(alone.p_value)


@pytest.mark.parametrize(
    ("p", "before", "after", "word"),
    [
        (0.049, "holds", "holds", "moved"),
        (0.05, "holds", "undecided", "crosses the line"),
        (0.9, "does not hold", "holds", "crosses the line"),
        (0.9, "undecided", "does not hold", "unchanged"),
        (0.9, "holds", "holds", "unchanged"),
        (math.nan, "holds", "undecided", None),
        (0.9, None, "holds", None),
    ],
)
def test_a_crossed_threshold_is_no_change(p, before, after, word) -> None:
    assert step_of(p, before, after) == word


@pytest.mark.parametrize(
    ("own", "p", "base", "state"),
    [
        ("holds", 0.001, "undecided", "holds"),
        ("undecided", 0.2, "holds", "undecided"),
        ("does not hold", 0.2, "holds", "undecided"),
        ("undecided", 0.04, "holds", "reversed"),
        ("does not hold", 0.001, "undecided", "undecided"),
        ("does not hold", math.nan, "does not hold", "undecided"),
        (None, 0.2, "holds", None),
    ],
)
def test_an_edition_is_reversed_only_against_a_base_that_meets_the_claim(
    own, p, base, state
) -> None:
    assert edition_state(own, p, base) == state


def test_a_step_is_large_by_a_declared_bound_alone() -> None:
    assert is_large(-0.3, 0.2) and not is_large(0.2, 0.2) and not is_large(9.0, None)


def test_the_sizes_in_the_docs_are_those_of_the_simulation() -> None:
    """At most 6 % with 100 units, at most 9 % of one series with memory .5."""
    sizes = pd.read_csv(STORED)
    text = (REPOSITORY / "docs" / "editions.md").read_text(encoding="utf-8")
    for row in sizes.itertuples():
        data = (
            f"{row.groups} units, {PERIODS} periods"
            if row.design == "units"
            else f"one series, {row.groups} quarters"
        )
        assert f"| {data} | {row.memory:g} | {100 * row.rejected:.1f} |" in text
    share = sizes.set_index(["design", "groups", "memory"])["rejected"]
    assert 0.04 < share["units", 100, 0.5] < 0.06 and share["series", 90, 0.5] < 0.09

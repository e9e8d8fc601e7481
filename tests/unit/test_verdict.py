"""The verdict's sentences turn when the truth turns: planted panels, and numbers by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from estimation.econometrics.fixed_effects.regression import two_way
from estimation.report.verdict import Estimate, difference, hangs_on, number, omitted, slope

PRINTED = 0.31


def planted(truth: float, noise: float, seed: int = 3) -> Estimate:
    """A slope estimated with CR3 errors on 29 units by 11 years with both effects."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([range(29), range(2008, 2019)], names=["unit", "year"])
    x = rng.standard_normal((29, 1)) + rng.standard_normal((29, 11))
    y = truth * x + rng.standard_normal((29, 1)) + rng.standard_normal((1, 11))
    y = y + noise * rng.standard_normal((29, 11))
    data = pd.DataFrame({"y": y.ravel(), "x": x.ravel(), "unit": index.get_level_values(0)}, index)
    index.names = ["province_code", "year"]
    data["province_code"] = index.get_level_values(0)
    fit = two_way(
        data["y"], data[["x"]], cov="cr3:jackknife", correction="none", df="t(G-1)",
        cluster="province_code",
    ).to_frame(0.95)  # fmt: skip
    row = fit.iloc[0]
    return Estimate(float(row["estimate"]), float(row["std_error"]), float(row["df"]))


def test_by_hand() -> None:
    found = Estimate(0.06, 0.065, 28)
    assert found.interval == pytest.approx((0.06 - 2.048407 * 0.065, 0.06 + 2.048407 * 0.065))
    assert found.detectable == pytest.approx((2.048407 + 0.854647) * 0.065, rel=1e-5)
    t, p = found.against(0.31)
    assert t == pytest.approx(-3.846154)
    assert p == pytest.approx(0.00063, abs=1e-5)
    wanted = {-0.0004: "0.00", -0.004: "−0.004", -0.06: "−0.06", 0.055: "0.055"}
    assert {value: number(value) for value in wanted} == wanted


def test_a_true_effect_as_printed_is_found_and_not_rejected() -> None:
    said = slope("The elasticity", planted(PRINTED, 0.5), PRINTED)
    assert "It differs from zero." in said and "The printed 0.31 is not rejected" in said


def test_no_effect_rejects_the_printed_one() -> None:
    said = slope("The elasticity", planted(0.0, 0.5), PRINTED)
    assert "cannot be told from zero" in said and "The printed 0.31 is rejected" in said


def test_where_the_figures_cannot_tell_that_is_the_sentence() -> None:
    said = slope("The elasticity", planted(0.0, 8.0), PRINTED)
    assert "The figures cannot tell" in said and "is not rejected" in said


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Estimate(0.10, 0.15, 18), "can be neither confirmed nor rejected"),
        (Estimate(0.12, 0.02, 18), "is confirmed"),
        (Estimate(-0.40, 0.05, 18), "is rejected"),
    ],
)
def test_a_printed_order_is_judged_by_what_could_have_been_found(
    found: Estimate, words: str
) -> None:
    assert words in difference("East minus West", found, 0.117)


def test_what_turns_the_verdict_is_said_first() -> None:
    said = hangs_on(
        Estimate(0.3, 0.1, 28),
        [("without A", Estimate(0.29, 0.1, 28)), ("without B", Estimate(0.1, 0.1, 28))],
    )  # fmt: skip
    assert said.startswith("The verdict turns without B (0.10")
    assert "It is the same without A (0.29" in said


def test_a_control_that_is_not_there_turns_the_sentence_when_it_turns_the_sign() -> None:
    """Strengths by the formula: f = |bias| / estimate sqrt(r2 / (1 - r2)), (sqrt(f^4 + 4 f^2) - f^2) / 2."""
    found, r2 = Estimate(0.3, 0.1, 28), 0.2
    strength = {
        share: (np.sqrt(f**4 + 4 * f**2) - f**2) / 2
        for share in (1.0, 2.0) for f in [share * np.sqrt(r2 / (1 - r2))]
    }  # fmt: skip
    said = omitted(found, r2, 0.9, "ln GDP", 1, 0.25)
    assert f"explains {strength[1.0]:.0%} of what is left" in said and "would leave 0.25" in said
    assert f"explains {strength[2.0]:.0%} could make it as printed" in said
    assert "twice" not in said and "turn its sign" in omitted(found, r2, None, "ln GDP", 2, -0.1)
    assert "2 times as strong as ln GDP" in omitted(found, r2, None, "ln GDP", 2, -0.1)

"""The verdict's sentences turn when the truth turns: planted panels, and numbers by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from estimation.econometrics.fixed_effects.regression import two_way
from estimation.report.verdict import (
    AnswerEstimate,
    Tested,
    changed,
    describe_difference,
    describe_omitted,
    describe_slope,
    describe_unchanged,
    number,
    p_words,
)

PRINTED = 0.31


def planted(truth: float, noise: float, seed: int = 3) -> AnswerEstimate:
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
    return AnswerEstimate(float(row["estimate"]), float(row["std_error"]), float(row["df"]))


def test_by_hand() -> None:
    found = AnswerEstimate(0.06, 0.065, 28)
    assert found.interval == pytest.approx((0.06 - 2.048407 * 0.065, 0.06 + 2.048407 * 0.065))
    assert found.detectable == pytest.approx((2.048407 + 0.854647) * 0.065, rel=1e-5)
    t, p = found.against(0.31)
    assert t == pytest.approx(-3.846154)
    assert p == pytest.approx(0.00063, abs=1e-5)
    wanted = {-0.0004: "0.00", -0.004: "−0.004", -0.06: "−0.06", 0.055: "0.055"}
    assert {value: number(value) for value in wanted} == wanted


def test_a_true_effect_as_printed_is_found_and_not_rejected() -> None:
    found = planted(PRINTED, 0.5)
    assert found.outcome == "positive" and found.against(PRINTED)[1] > 0.05
    assert "is not rejected at 5 %" in describe_slope("The elasticity", found, PRINTED)


def test_no_effect_rejects_the_printed_one() -> None:
    found = planted(0.0, 0.5)
    assert found.outcome == "not significant" and found.against(PRINTED)[1] < 0.05
    said = describe_slope("The elasticity", found, PRINTED)
    assert f"80 % power for an effect of {number(found.detectable)}" in said
    assert "The printed 0.31 is rejected at 5 %" in said


def test_a_noisy_estimate_rejects_nothing() -> None:
    found = planted(0.0, 8.0)
    assert found.outcome == "not significant" and found.against(PRINTED)[1] > 0.05
    assert found.detectable > PRINTED


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (AnswerEstimate(0.10, 0.15, 18), ("is not significant at 5 %", "is not rejected")),
        (AnswerEstimate(0.12, 0.02, 18), ("is significant at 5 %", "is not rejected")),
        (
            AnswerEstimate(-0.40, 0.05, 18),
            ("is significant at 5 %", "difference of 0.12 is rejected"),
        ),
    ],
)
def test_a_printed_difference_is_tested(found: AnswerEstimate, words: tuple[str, ...]) -> None:
    said = describe_difference("East minus West", found, 0.117)
    assert all(word in said for word in words)


def test_another_outcome_under_another_choice_makes_the_answer_inconclusive() -> None:
    found = AnswerEstimate(0.3, 0.1, 28)
    same, other = (
        ("without A", AnswerEstimate(0.29, 0.1, 28)),
        ("without B", AnswerEstimate(0.1, 0.1, 28)),
    )
    assert changed(found, [same, other]) == [other]
    said = describe_slope("The elasticity", found, None, [same, other])
    assert "inconclusive. Under other choices it is not significant: without B (0.10" in said
    assert "without A" not in said
    assert describe_unchanged(found, [same, other]).startswith("The same holds without A (0.29")


def test_inferences_that_disagree_are_both_named() -> None:
    tests = Tested("one", 0.04, 0.1, 0.5, 0.01), Tested("two", 0.06, -0.1, 0.7, 0.2)
    found = AnswerEstimate(0.3, 0.15, 28, tests)
    assert found.outcome == "inferences disagree" and found.disagree_on_printed
    said = describe_slope("The elasticity", found, 0.9)
    assert "p .040 by one; p .060 by two" in said and "p .010 by one; p .200 by two" in said


def test_a_p_value_close_to_a_level_has_a_digit_more() -> None:
    assert [p_words(p) for p in (0.0493, 0.0503, 0.0499, 0.0002)] == [
        ".049", ".0503", ".0499", "below .001",
    ]  # fmt: skip


def test_a_control_that_is_not_there_turns_the_sentence_when_it_turns_the_sign() -> None:
    """Strengths by the formula: f = |bias| / estimate sqrt(r2 / (1 - r2)), (sqrt(f^4 + 4 f^2) - f^2) / 2."""
    found, r2 = AnswerEstimate(0.3, 0.1, 28), 0.2
    strength = {
        share: (np.sqrt(f**4 + 4 * f**2) - f**2) / 2
        for share in (1.0, 2.0) for f in [share * np.sqrt(r2 / (1 - r2))]
    }  # fmt: skip
    said = describe_omitted(found, r2, 0.9, "ln GDP", 1, 0.25)
    assert f"explained {strength[1.0]:.0%} of the remaining" in said and "to 0.25." in said
    assert f"With {strength[2.0]:.0%} it could make it as printed" in said
    turned = describe_omitted(found, r2, None, "ln GDP", 2, -0.1)
    assert "2 times as strong as ln GDP" in turned and "change its sign" in turned

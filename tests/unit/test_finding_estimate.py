"""Sentences on one number turn when the truth turns: planted panels, and numbers by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.findings.words import number, p_words
from living_panel.estimation.report.estimate import (
    StoredEstimate,
    Tested,
    brief_printed,
    describe_difference,
    describe_omitted,
    describe_printed,
    describe_slope,
)

PRINTED = 0.31


def planted(truth: float, noise: float, seed: int = 3) -> StoredEstimate:
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
    return StoredEstimate(float(row["estimate"]), float(row["std_error"]), float(row["df"]))


def test_by_hand() -> None:
    found = StoredEstimate(0.06, 0.065, 28)
    assert found.interval == pytest.approx((0.06 - 2.048407 * 0.065, 0.06 + 2.048407 * 0.065))
    assert found.detectable == pytest.approx((2.048407 + 0.854647) * 0.065, rel=1e-5)
    t, p = found.against(0.31)
    assert t == pytest.approx(-3.846154)
    assert p == pytest.approx(0.00063, abs=1e-5)
    wanted = {-0.0004: "0.00", -0.004: "−0.004", -0.06: "−0.06", 0.055: "0.055"}
    assert {value: number(value) for value in wanted} == wanted


def test_a_true_effect_as_printed_is_found_and_not_rejected() -> None:
    found = planted(PRINTED, 0.5)
    assert found.differs_from_zero and found.against(PRINTED)[1] > 0.05
    assert "It is significant at 5 %" in describe_slope("The elasticity", found)
    assert "is not rejected at 5 %" in describe_printed(found, PRINTED)


def test_no_effect_rejects_the_printed_one() -> None:
    found = planted(0.0, 0.5)
    assert not found.differs_from_zero and found.against(PRINTED)[1] < 0.05
    said = describe_slope("The elasticity", found)
    assert f"80 % power for an effect of {number(found.detectable)}" in said
    assert "The printed 0.31 is rejected at 5 %" in describe_printed(found, PRINTED)


def test_a_noisy_estimate_rejects_nothing() -> None:
    found = planted(0.0, 8.0)
    assert not found.differs_from_zero and found.against(PRINTED)[1] > 0.05
    assert found.detectable > PRINTED


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (StoredEstimate(0.10, 0.15, 18), ("is not significant at 5 %", "is not rejected")),
        (StoredEstimate(0.12, 0.02, 18), ("is significant at 5 %", "is not rejected")),
        (
            StoredEstimate(-0.40, 0.05, 18),
            ("is significant at 5 %", "difference of 0.12 is rejected"),
        ),
    ],
)
def test_a_printed_difference_is_tested(found: StoredEstimate, words: tuple[str, ...]) -> None:
    said = describe_difference("East minus West", found)
    said += describe_printed(found, 0.117, "difference of ")
    assert all(word in said for word in words)


def test_inferences_that_disagree_on_a_printed_value_are_both_named() -> None:
    tests = Tested("one", 0.04, 0.1, 0.5, 0.01), Tested("two", 0.06, -0.1, 0.7, 0.2)
    found = StoredEstimate(0.3, 0.15, 28, tests)
    assert found.disagree_on_zero and found.disagree_on_printed
    assert "p .010 by one; p .200 by two" in describe_printed(found, 0.9)
    assert "It is significant at 5 % (p .040)." in describe_slope("The elasticity", found)


@pytest.mark.parametrize(("printed", "place"), [(0.9, "outside"), (0.45, "inside")])
def test_a_printed_value_without_a_test_is_held_against_the_interval(
    printed: float, place: str
) -> None:
    found = StoredEstimate(0.3, 0.15, 28, (Tested("one", 0.04, 0.1, 0.5),))
    assert f"is {place} the 95 % interval." in describe_printed(found, printed)
    assert brief_printed(found, printed).endswith(f"{place} the 95 % interval")


def test_as_printed_means_the_printed_digits() -> None:
    found = StoredEstimate(-0.0264, 0.06, 40)
    assert found.is_as_printed(-0.026, 3) and not found.is_as_printed(-0.027, 3)
    assert not found.is_as_printed(-0.03, 3) and found.is_as_printed(-0.03, 2)


def test_a_p_value_close_to_a_level_has_a_digit_more() -> None:
    assert [p_words(p) for p in (0.0493, 0.0503, 0.0499, 0.0002)] == [
        ".049", ".0503", ".0499", "below .001",
    ]  # fmt: skip


def test_a_control_that_is_not_there_turns_the_sentence_when_it_turns_the_sign() -> None:
    """Strengths by the formula: f = |bias| / estimate sqrt(r2 / (1 - r2)), (sqrt(f^4 + 4 f^2) - f^2) / 2."""
    found, r2 = StoredEstimate(0.3, 0.1, 28), 0.2
    strength = {
        share: (np.sqrt(f**4 + 4 * f**2) - f**2) / 2
        for share in (1.0, 2.0)
        for f in [share * np.sqrt(r2 / (1 - r2))]
    }
    said = describe_omitted(found, r2, 0.9, "ln GDP", 1, 0.25)
    assert f"explains {strength[1.0]:.0%} of the remaining" in said and "to 0.25." in said
    assert (
        f"An omitted control that explains {strength[2.0]:.0%} could change the coefficient to the printed value"
        in said
    )
    turned = describe_omitted(found, r2, None, "ln GDP", 2, -0.1)
    assert "2 times as strong as ln GDP" in turned and "change its sign" in turned

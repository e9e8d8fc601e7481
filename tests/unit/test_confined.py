"""Words for how a confined program ended."""

from __future__ import annotations

import pytest

from living_panel.estimation.package.sandbox import Limits, Outcome
from living_panel.orchestration.package.confined import _reason


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (
            Outcome(1, "", output="first\nlast line\n", seconds=1.0, megabytes=9),
            "exit code 1, last line",
        ),
        (Outcome(2, "", output=" \n", seconds=1.0, megabytes=9), "exit code 2, no output"),
        (Outcome(-9, "time", output="working", seconds=1.0, megabytes=9), "at its limit of 20 s"),
    ],
)
def test_the_reason_of_an_end_is_the_limit_or_the_last_line(outcome: Outcome, reason: str) -> None:
    assert _reason(outcome, Limits(20, 100, 50, 4)) == reason

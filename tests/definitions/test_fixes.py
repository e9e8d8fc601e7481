"""Fixes of problems: every code says what to do, or why it does not."""

from __future__ import annotations

import pytest

from living_panel.orchestration.commands.errors_page import register_all
from living_panel.problems import NO_FIX, REGISTRY, ProblemCode, is_general


def test_each_code_has_a_fix_or_a_reason_for_none() -> None:
    register_all()
    without = {c.name for c in REGISTRY.values() if not (c.fix or c.no_fix or is_general(c.name))}
    assert len(REGISTRY) > 500 and without == set()


def test_a_fix_is_more_than_a_bare_word() -> None:
    register_all()
    fixes = {code.name: code.fix for code in REGISTRY.values() if code.fix}
    assert {n: f for n, f in fixes.items() if " " not in f and not f.startswith("{")} == {}


@pytest.mark.parametrize("given", [{"fix": "do it"}, {"no_fix": "obvious"}])
def test_a_reason_for_no_fix_is_known_and_excludes_a_fix(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="LP-TEST-001: no_fix"):
        ProblemCode("LP-TEST-001", "text", **{"no_fix": next(iter(NO_FIX)), **given})

"""Fixes of problems: every sentence says what to do, or why it does not."""

from __future__ import annotations

from living_panel.codes import NoFix
from living_panel.orchestration.commands.errors_page import sentences


def test_each_sentence_has_a_fix_or_a_reason_for_none() -> None:
    without = {said.where for said in sentences() if not said.fix}
    assert len(sentences()) > 500 and without == set()


def test_a_fix_is_more_than_a_bare_word() -> None:
    fixes = {said.where: said.fix for said in sentences() if not isinstance(said.fix, NoFix)}
    assert {n: f for n, f in fixes.items() if " " not in f and not f.startswith("{")} == {}

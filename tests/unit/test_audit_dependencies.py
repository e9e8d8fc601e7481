"""Report of `make check` on the audit of dependencies: only audited packages are called safe."""

from __future__ import annotations

import json

import pytest

from living_panel.orchestration.commands.audit_dependencies import verdict

GOOD = {"name": "a", "version": "1", "vulns": []}
SKIPPED = {"name": "b", "skip_reason": "could not be found"}
BAD = {"name": "c", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}


@pytest.mark.parametrize(
    ("packages", "in_ci", "failed", "said"),
    [
        ([GOOD], True, False, "1 of 1 packages were audited, 0 inconsistencies"),
        ([SKIPPED], True, False, "0 of 1 packages were audited"),
        ([GOOD, SKIPPED], False, False, "Not audited: b. First reason (b): could not be found"),
        ([GOOD, SKIPPED], True, True, "Not audited: b"),
        ([GOOD, BAD], False, True, "c 2: PYSEC-1, mended in 3"),
    ],
)
def test_what_was_not_audited_is_said(
    packages: list[dict], in_ci: bool, failed: bool, said: str
) -> None:
    words, fails = verdict(json.dumps({"dependencies": packages}), "", in_ci=in_ci)
    assert fails is failed and said in words


def test_no_answer_at_all_is_no_clean_bill() -> None:
    words, fails = verdict("", "ConnectionError: name or service not known", in_ci=True)
    assert not fails and "nothing was audited" in words

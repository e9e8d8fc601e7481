"""Dbt as dagster-dbt runs it: what was parsed serves later commands, and the build file is free after each."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from living_panel.orchestration.dbt.project import DbtFailure, call_dbt, dbt_cli, parse
from living_panel.orchestration.dbt.runs import begin_build, build_folder, explain_failure
from living_panel.orchestration.root.settings import Settings

pytestmark = pytest.mark.slow

SEED = ["--select", "units", "--exclude", "resource_type:test"]
FULL_PARSE = "Unable to do partial parsing"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A root that was parsed, and in which nothing was built."""
    folder = tmp_path_factory.mktemp("root")
    parsed = Settings(root=folder / "data", state=folder / "state")
    parsed.build.mkdir(parents=True)
    parse(parsed)
    return parsed


def test_builds_go_on_from_what_was_parsed(settings: Settings) -> None:
    before = dict(os.environ)
    for _ in range(2):
        assert begin_build(dbt_cli(), settings, None, SEED).wait().is_successful()
        assert [p.suffix for p in settings.build.glob("*.duckdb*")] == [".duckdb"]
    assert FULL_PARSE in (settings.dbt_target / "dbt.log").read_text(encoding="utf-8")
    log = (build_folder(settings, None) / "dbt.log").read_text(encoding="utf-8")
    assert FULL_PARSE not in log and "seed" in log
    assert dict(os.environ) == before


def test_a_manifest_names_no_data_root(settings: Settings) -> None:
    """Other roots begin with it."""
    manifest = json.loads((settings.dbt_target / "manifest.json").read_bytes())
    for kind in ("nodes", "sources", "macros"):
        assert str(settings.root) not in json.dumps(manifest[kind])


def test_a_build_that_is_killed_fails_and_the_next_one_runs(settings: Settings) -> None:
    begun = begin_build(dbt_cli(), settings, None, SEED)
    begun.process.send_signal(signal.SIGKILL)
    assert not begun.wait().is_successful()
    (problem,) = explain_failure(build_folder(settings, None), {})
    assert "dbt.log" in problem.text, "the results of the build before are gone"
    assert begin_build(dbt_cli(), settings, None, SEED).wait().is_successful()


def test_an_error_of_dbt_is_told_in_its_words(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DbtFailure, match="no_such_macro"):
        call_dbt(settings, settings.build_file(None), tmp_path, "run-operation", "no_such_macro")

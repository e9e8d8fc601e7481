"""What a run writes into the ledger, and how a rollback is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import duckdb
import pytest

from orchestration import ledger
from orchestration.__main__ import main
from orchestration.publish import publish, rollback, rolled_back
from orchestration.settings import Settings
from orchestration.status import status
from tests.fixtures import small_root
from tests.integration.rooms import REPOSITORY, build_file


def test_a_rollback_is_told_until_a_later_run_ends_it(settings: Settings) -> None:
    publish(settings, build_file(settings, 1), "r1")
    publish(settings, build_file(settings, 2), "r2")
    assert rolled_back(settings) is None
    old = rollback(settings)
    assert rolled_back(settings) is not None
    assert "an earlier file: rolled back on" in status(settings)
    assert ledger.known(settings.root, "warehouse")[old.name]["event"] == "rolled back to"
    assert told(settings)[-1] == ("rolled back to", old.name)
    again = publish(settings, build_file(settings, 2), "r2")
    assert rolled_back(settings) is None and "an earlier file" not in status(settings)
    assert told(settings)[-2:] == [("rolled back to", old.name), ("published", again.name)]
    assert rollback(settings).name.startswith("r1"), "the same content anew is no step back"


def told(settings: Settings) -> list[tuple[str, str]]:
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        log = "select event, file from results.publications order by number"
        return connection.execute(log).fetchall()


def test_a_changed_file_is_set_aside_and_nobody_is_led_back_to_it(settings: Settings) -> None:
    first = publish(settings, build_file(settings, 1), "r1")
    second = publish(settings, build_file(settings, 2), "r2")
    for file in (first, second):
        with duckdb.connect(str(file)) as connection:
            connection.execute("update marts.panel set v = 666")
    with pytest.raises(FileNotFoundError, match="nothing that is still whole"):
        rollback(settings)
    publish(settings, build_file(settings, 2), "r2")
    assert ledger.check(settings.root, ("warehouse",)) == []
    assert first.with_name(first.name + ".changed").exists()


def test_the_same_publication_twice_is_one_line(settings: Settings) -> None:
    for _ in range(2):
        publish(settings, build_file(settings, 1), "r1")
    assert len(ledger.lines(settings.root / "ledger.jsonl")) == 1


def test_what_is_no_beginning_of_a_line_is_not_what_a_killed_run_left(settings: Settings) -> None:
    publish(settings, build_file(settings, 1), "r1")
    file = settings.root / "ledger.jsonl"
    whole = file.read_bytes()
    for cut in (b"", b'{"a', b'{"at": "2026'):
        file.write_bytes(whole + cut)
        assert len(ledger.lines(file)) == 1
    for content in (b"garbage", whole + b"garbage"):
        file.write_bytes(content)
        with pytest.raises(ledger.Broken, match="Remedy"):
            ledger.lines(file)
    file.unlink()
    file.mkdir()
    with pytest.raises(ledger.Broken, match="Is a directory.*Remedy"):
        ledger.lines(file)


def test_a_published_file_with_other_bytes_is_never_published_again(settings: Settings) -> None:
    first = publish(settings, build_file(settings, 1), "r1")
    with duckdb.connect(str(first)) as connection:  # the content is the same, the bytes are not
        connection.execute("create table extra as select 1 as x")
    assert publish(settings, build_file(settings, 1), "r1") != first


def test_the_bundled_receipts_are_those_of_the_tracked_ledger() -> None:
    root = REPOSITORY / "data"
    tracked = subprocess.run(
        ["git", "ls-files", "data/archive/*receipt.yml"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    names = {"/".join(Path(p).parts[-4:-1]) for p in tracked}
    assert names <= set(ledger.known(root, "receipt")), "run `make run` and commit the ledger"
    assert all(ledger.holds(root, "receipt", name) for name in names)


def test_what_was_withdrawn_by_command_is_no_finding(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in small_root.environment(settings.root).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", "")  # `main` sets it: put back afterwards
    settings.root.mkdir()
    ledger.append(settings.root, "artifact", "t/x", "published", "0" * 64)
    assert "t/x was published and is gone" in "".join(ledger.check(settings.root, ("artifact",)))
    assert main(["withdraw", "artifact", "nobody"]) == 1
    assert "Remedy: `make verify` prints the names" in capsys.readouterr().err
    assert main(["withdraw", "artifact", "t/x"]) == 0
    assert ledger.check(settings.root, ("artifact",)) == []

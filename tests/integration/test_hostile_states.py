"""Every command on every damaged root ends in words and an exit code, never in a traceback.

A run meets each damage too: one it refuses alone, those it mends several at a time.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import dagster as dg
import pytest

from living_panel.orchestration.__main__ import command_list, main
from living_panel.orchestration.commands.refresh import job_named
from living_panel.orchestration.root import state
from tests.fixtures import small_root
from tests.integration.roots import REPOSITORY
from tests.integration.test_ledger import FORGED, flip, one

README = REPOSITORY / "README.md"
GARBAGE = b"\xff\x00 no such thing \xed\xa0\x80" * 50


def put(pattern: str, content: bytes = GARBAGE) -> Callable[[Path], object]:
    """Other bytes in a file."""
    return lambda root: one(root, pattern).write_bytes(content)


def cut(pattern: str) -> Callable[[Path], object]:
    """Half of a file."""
    return lambda root: os.truncate(f := one(root, pattern), f.stat().st_size // 2)


def gone(pattern: str) -> Callable[[Path], object]:
    """A file less."""
    return lambda root: one(root, pattern).unlink()


def in_place_of(pattern: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Something else where a file was."""

    def change(root: Path) -> None:
        path = one(root, pattern)
        path.unlink()
        make(path)

    return change


folder_for = partial(in_place_of, make=Path.mkdir)
pipe_for = partial(in_place_of, make=os.mkfifo)  # reading it would not end


def garbled_runs(root: Path) -> None:
    """What Dagster remembers, and it is no database."""
    store = root.parent / f"{root.name}-state" / "history" / "runs.db"
    store.parent.mkdir(parents=True, exist_ok=True)
    store.write_bytes(GARBAGE)


def earlier(root: Path) -> None:
    """An artifact other than the current one that is damaged."""
    folder = one(root, ARTIFACT)
    shutil.copytree(folder, folder.with_name("0" * 16))
    (folder.with_name("0" * 16) / "manifest.json").write_bytes(GARBAGE)


RECEIPT, FIGURES = "archive/*/*/*/receipt.yml", "archive/*/*/*/*.csv"
RELEASE, ARTIFACT = "releases/[0-9a-f]*/", "artifacts/x_small/[0-9a-f]*/"
STATES: dict[str, Callable[[Path], object]] = {
    **{name: forge for name, (forge, _) in FORGED.items()},
    "an empty published file": put("warehouse/*.duckdb", b""),
    "a build file of garbage": put("build/warehouse.duckdb"),
    "a flipped build file": lambda r: flip(one(r, "build/warehouse.duckdb")),
    "a cut manifest of dbt": cut("build/dbt/manifest.json"),
    "the note of builds: garbage": put("build/made/builds.json"),
    "the note of the refresh: garbage": put("build/made/refresh.json"),
    "the note of drafts: garbage": put("build/made/drafts.json"),
    "a receipt of garbage": put(RECEIPT),
    "a receipt that is a list": put(RECEIPT, b"- 1\n"),
    "a receipt that is a folder": folder_for(RECEIPT),
    "a receipt that is a pipe": pipe_for(RECEIPT),
    "archived bytes gone": gone(FIGURES),
    "archived bytes that changed": lambda r: flip(one(r, FIGURES)),
    "archived bytes that are a folder": folder_for(FIGURES),
    "archived bytes that are a pipe": pipe_for(FIGURES),
    "a release without its panel": gone(RELEASE + "panel.parquet"),
    "a release's panel of garbage": put(RELEASE + "panel.parquet"),
    "a release's manifest that is a folder": folder_for(RELEASE + "manifest.json"),
    "an artifact's manifest that is a folder": folder_for(ARTIFACT + "manifest.json"),
    "an artifact's numbers of garbage": put(ARTIFACT + "coefficients.parquet"),
    "an earlier artifact's manifest of garbage": earlier,
    "an extracted part of garbage": put("extracted/*/*/*/part.parquet"),
    "a ledger of garbage": put("ledger.jsonl"),
    "a ledger that is a folder": folder_for("ledger.jsonl"),
    "no ledger": gone("ledger.jsonl"),
    **{
        f"the note {name}: garbage": lambda r, name=name: state.path(r, name).write_bytes(GARBAGE)
        for name in ("current", "release", "accepted", "failures", "holder")
    },
    "a pipe in landing": lambda r: os.mkfifo(r / "landing" / "statistical_yearbook" / "pipe.csv"),
    "a record of runs of garbage": garbled_runs,
    "a stray file in landing": lambda r: (r / "landing" / "stray.csv").write_text("x"),
}
FORMED = {
    "source of a release", "a release called official", "sources of an artifact", "sample of an artifact",
    "choices of an artifact", "an artifact under other code", "how a receipt's bytes were obtained",
}  # fmt: skip
"""Forgeries that only what looks at content can tell, `verify` and a run: no other command stumbles on them."""
STOPPING = ("receipt", "archived bytes", "vintage", "in landing", "ledger")
"""Words of the states that a run refuses, each for itself; the others it mends, several at once."""
ADOPTED = "no ledger"
"""A new ledger takes the existing files as they are: only the ledger may be damaged then."""
SUBJECTS = (
    "artifact",
    "release",
    "published",
    "build file",
    "manifest of dbt",
    "part",
    "record of runs",
)
"""Places of damages: a run meets one of each at a time."""


SLOW = {
    "dev": ("manifest of dbt",),
    "demo": ("receipt", "archived bytes", "vintage", "in landing"),
    "docs": ("build file",),
    "editions": ("note current",),
    "report": ("artifact", "release", "published", "note current"),
}
"""Commands that take seconds, and words of the states that lie in their way."""


def stops(what: str) -> bool:
    """Whether a run stops at a state."""
    return what != ADOPTED and any(word in what for word in STOPPING)


def subject(what: str) -> str:
    """Place of a damage; changes of a manifest's words can be made together."""
    if what.startswith("the note") or what.endswith("of an artifact"):
        return what.split(":")[0]
    return next(s for s in SUBJECTS if s in what)


def rounds() -> Iterator[list[str]]:
    """The states that a run mends, in as few lists as there are damages of one thing."""
    waiting = [what for what in STATES if what != ADOPTED and not stops(what)]
    while waiting:
        of = {subject(what): what for what in waiting}
        yield list(of.values())
        waiting = [what for what in waiting if what not in of.values()]
    yield [ADOPTED]


def commands(root: Path, what: str) -> list[tuple[str, ...]]:
    """Every command but `run`, which has tests of its own; what changes a root comes last."""
    pipe = str(root / "landing" / "statistical_yearbook" / "pipe.csv")
    figures = next(root.glob(FIGURES), root) if "archived bytes" in what else pipe
    release = next((p.name for p in root.glob("releases/[0-9a-f]*")), "none")
    return [
        ("status",),
        ("verify",),
        ("diff", "--from", "current", "--to", "previous"),
        ("diff",),
        ("try", str(next(small_root.SPECS.rglob("x_small.yml")))),
        ("receipt", pipe),
        ("teach", str(figures)),
        ("fetch", "statistical_yearbook", "2023", "--dry-run"),
        ("fetch", "statistical_yearbook", "2023"),
        ("new-paper", "bi_2025"),
        ("new-source", "customs"),
        ("remove-paper", "nobody"),
        ("migrate", "nobody"),
        ("audit", str(root.parent / "nothing.csv")),
        ("new-data-set", "none", "--data", str(root.parent / "no folder")),
        ("add-edition", "nobody", "1"),
        ("validators",),
        ("checksums", "nobody"),
        ("sql",),
        ("site", str(root.parent / "site")),
        ("export", "nobody", str(root.parent / "table.tex")),
        ("init", str(root.parent / "study")),
        ("completion", "bash"),
        ("package", "nobody"),
        ("check-package", pipe),
        ("check-manuscript", "--file", pipe),
        ("findings",),
        ("snapshots",),
        ("lake-sql",),
        *((slow,) for slow, words in SLOW.items() if any(word in what for word in words)),
        ("backup", str(root.parent / "backup.tar.gz")),
        ("restore", str(root.parent / "backup.tar.gz")),
        ("accept", "as it is"),
        ("withdraw", "release", "nobody"),
        ("withdraw", "release", release),
        ("rollback",),
        ("rollback",),
        ("tidy", "--force"),
        ("clean",),
        ("status",),
    ]


def started(*_: object, **__: object) -> int:
    """Stand for a program that only carries on."""
    print("started")
    return 0


def one_question(shell: str, arguments: list[str]) -> None:
    """Input of a person in the shell that `sql` becomes."""
    asked = "select count(*) from marts.panel"
    done = subprocess.run(arguments, executable=shell, input=asked, capture_output=True, text=True)
    print(done.stdout, done.stderr)


@pytest.fixture
def hostile(refreshed_small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root to damage, with every command pointed at it, and nothing written into this checkout.

    Programs that only carry on (the UI, the demo's two refreshes) are not started.
    """
    root = tmp_path / "demo"  # so that the command of this name meets the damage too
    shutil.copytree(refreshed_small, root, symlinks=True)
    ours = {"DAGSTER_HOME": "", "DO_NOT_TRACK": ""}  # `main` sets them: put back afterwards
    for name, value in (small_root.environment(root) | ours).items():
        if name.startswith(("LIVING_PANEL_", "DAGSTER_", "DO_NOT")):
            monkeypatch.setenv(name, value)
    monkeypatch.delenv("LIVING_PANEL_CONTACT", raising=False)  # without one nobody is asked
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr("os.execv", one_question)
    monkeypatch.setattr("subprocess.call", started)
    monkeypatch.setattr("living_panel.orchestration.commands.serving.run_until_stopped", started)
    monkeypatch.setattr(
        "living_panel.orchestration.assets.report_server.serve_report", lambda *_, **__: None
    )
    monkeypatch.setattr(
        "living_panel.orchestration.commands.docs.DICTIONARY", tmp_path / "dictionary.md"
    )
    monkeypatch.setattr(
        "living_panel.orchestration.commands.docs.FINDINGS_PAGE", tmp_path / "findings.md"
    )
    monkeypatch.setattr("living_panel.orchestration.commands.docs.write_schemas", list)
    monkeypatch.setattr(
        "living_panel.orchestration.commands.validators.install_validators", lambda: True
    )
    forget_definitions()  # of a test in another file, before the first job of this one
    return root


def held_to_words(arguments: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Call a command, which answers in words and an exit code that was foreseen."""
    try:
        code = main(arguments)
    except BaseException as error:
        raise AssertionError(f"{arguments}: {error!r}") from error
    said = "".join(capfd.readouterr())
    assert code in (0, 1), f"{arguments}: {code}\n{said}"
    assert said.strip() and "Traceback" not in said, f"{arguments}: {said}"
    return code, said


def forget_definitions() -> None:
    """Have definitions made anew: Dagster keeps those of the last job, and a process has those of one root."""
    sys.modules.pop("living_panel.orchestration.definitions", None)
    job = dg.build_reconstructable_job(job_named.__module__, job_named.__name__, ("refresh",))
    type(job).get_repository_definition.cache_clear()
    type(job).get_definition.cache_clear()


def refresh(capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Refresh the root of the environment, of which definitions are made anew."""
    forget_definitions()
    return held_to_words(("run",), capfd)


def test_no_command_is_left_out() -> None:
    """Those of the command line, each of which is called on every state."""
    called = {arguments[0] for what in STATES for arguments in commands(Path(), what)} | {"run"}
    assert set(command_list().commands) == called


@pytest.mark.parametrize("what", [what for what in STATES if what not in FORMED])
def test_every_command_ends_in_words(
    hostile: Path, what: str, capfd: pytest.CaptureFixture[str]
) -> None:
    STATES[what](hostile)
    for arguments in commands(hostile, what):
        held_to_words(arguments, capfd)


def test_editions_before_the_first_run_end_in_words(
    hostile: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    gone("build/warehouse.duckdb")(hostile)
    code, said = held_to_words(("editions",), capfd)
    assert code == 1 and "LP-NOT-BUILT" in said, said


@pytest.mark.parametrize("what", filter(stops, STATES))
def test_a_run_stops_at_what_it_cannot_mend(
    hostile: Path, what: str, capfd: pytest.CaptureFixture[str]
) -> None:
    STATES[what](hostile)
    code, said = refresh(capfd)
    assert code == 1 and re.search("Remedy|Fix|restore|remedy=|move it|put the file", said), said
    assert "events.Failure" not in said, "said once, and not as Dagster calls it"


def test_a_run_mends_all_else(hostile: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for together in rounds():
        for what in together:
            STATES[what](hostile)
        code, said = refresh(capfd)
        assert code == 0, f"{together}: {said}"
        code, said = held_to_words(("verify",), capfd)
        assert code == 0, f"{together}: {said}"

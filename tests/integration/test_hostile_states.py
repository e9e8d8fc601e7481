"""Every command on every damaged root ends in words and an exit code, never in a traceback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration import state
from orchestration.__main__ import main
from tests.fixtures import small_root
from tests.integration.test_ledger import FORGED, flip, one

pytestmark = pytest.mark.slow  # one small refresh, then a copy of it for each state

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


def folder_for(pattern: str) -> Callable[[Path], object]:
    """A folder where a file was."""

    def change(root: Path) -> None:
        path = one(root, pattern)
        path.unlink()
        path.mkdir()

    return change


def pipe_for(pattern: str) -> Callable[[Path], object]:
    """A pipe where a file was: reading it would not end."""

    def change(root: Path) -> None:
        path = one(root, pattern)
        path.unlink()
        os.mkfifo(path)

    return change


def note(name: str, content: bytes) -> Callable[[Path], object]:
    """A damaged note of the root."""
    return lambda root: state.path(root, name).write_bytes(content)


RECEIPT, FIGURES = "archive/*/*/*/receipt.yml", "archive/*/*/*/*.csv"
RELEASE, ARTIFACT = "releases/[0-9a-f]*/", "artifacts/x_small/[0-9a-f]*/"
STATES: dict[str, Callable[[Path], object]] = {
    **{name: forge for name, (forge, _) in FORGED.items()},
    "the file of a root is empty": put("warehouse/*.duckdb", b""),
    "a build file of garbage": put("build/warehouse.duckdb"),
    "a flipped build file": lambda r: flip(one(r, "build/warehouse.duckdb")),
    "no manifest of dbt": gone("build/dbt/manifest.json"),
    "a cut manifest of dbt": cut("build/dbt/manifest.json"),
    "a manifest of dbt that is a list": put("build/dbt/manifest.json", b"[]"),
    "a receipt of garbage": put(RECEIPT),
    "a receipt that is a list": put(RECEIPT, b"- 1\n"),
    "a receipt that is a folder": folder_for(RECEIPT),
    "a receipt that is a pipe": pipe_for(RECEIPT),
    "archived bytes gone": gone(FIGURES),
    "archived bytes that are a folder": folder_for(FIGURES),
    "archived bytes that are a pipe": pipe_for(FIGURES),
    "a release without its panel": gone(RELEASE + "panel.parquet"),
    "a release's panel of garbage": put(RELEASE + "panel.parquet"),
    "a release's manifest that is a list": put(RELEASE + "manifest.json", b"[]"),
    "a release's manifest without keys": put(RELEASE + "manifest.json", b'{"release_schema": 1}'),
    "a release's manifest of garbage": put(RELEASE + "manifest.json"),
    "a release's manifest that is a folder": folder_for(RELEASE + "manifest.json"),
    "an artifact's manifest that is a list": put(ARTIFACT + "manifest.json", b"[]"),
    "an artifact's manifest without keys": put(ARTIFACT + "manifest.json", b'{"manifest_schema": 1}'),
    "an artifact's manifest of garbage": put(ARTIFACT + "manifest.json"),
    "an artifact's manifest that is a folder": folder_for(ARTIFACT + "manifest.json"),
    "an artifact's numbers of garbage": put(ARTIFACT + "coefficients.parquet"),
    "an artifact's numbers that are a folder": folder_for(ARTIFACT + "coefficients.parquet"),
    "a part of garbage": put("extracted/*/*/*/part.parquet"),
    "a ledger of garbage": put("ledger.jsonl"),
    "a ledger of lists": put("ledger.jsonl", b"[]\n"),
    "a ledger that is a folder": folder_for("ledger.jsonl"),
    "no ledger": gone("ledger.jsonl"),
    **{
        f"the note {name}: {what}": note(name, content)
        for name in ("current", "release", "published", "built", "accepted", "failures")
        for what, content in {"garbage": GARBAGE, "of another shape": b'[["x"], {"y": 1}]'}.items()
    },
    "a pipe in landing": lambda r: os.mkfifo(r / "landing" / "statistical_yearbook" / "pipe.csv"),
    "a stray file in landing": lambda r: (r / "landing" / "stray.csv").write_text("x"),
}  # fmt: skip
COMMANDS = (
    ("status",),
    ("verify",),
    ("diff", "--from", "current", "--to", "previous"),
    ("accept", "as it is"),
    ("report",),
    ("try", str(next(small_root.SPECS.rglob("x_small.yml")))),
    ("withdraw", "release", "nobody"),
    ("receipt", "landing/statistical_yearbook/2023/none.csv"),
    ("rollback",),
    ("rollback",),
    ("clean",),
    ("status",),
)


@pytest.mark.parametrize("what", STATES)
def test_every_command_ends_in_words(
    refreshed_small: Path, tmp_path: Path, what: str,
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    root = tmp_path / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    for name, value in small_root.environment(root).items():
        if name.startswith(("LIVING_PANEL_", "DAGSTER_")):
            monkeypatch.setenv(name, value)
    for name in ("DAGSTER_HOME", "DO_NOT_TRACK"):  # `main` sets them: put back afterwards
        monkeypatch.setenv(name, "")
    STATES[what](root)
    for arguments in COMMANDS:
        code = main(arguments)
        said = "".join(capfd.readouterr())
        assert code in (0, 1), f"{arguments}: {code}\n{said}"
        assert said.strip() and "Traceback" not in said, f"{arguments}: {said}"

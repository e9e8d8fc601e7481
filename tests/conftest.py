"""Parts shared by all layers of tests: roots, and the rule for tests that a bare machine cannot run."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from filelock import FileLock

from living_panel.estimation.package.sandbox import why_no_sandbox
from tests.problem_examples import Recorder
from tools.browser import find_browser

REPOSITORY = Path(__file__).resolve().parent.parent

# One BLAS thread: the last bits of a sum depend on the number.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def _postgres() -> str | None:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return str(programs[-1].parent) if programs else None


NEEDS = {
    "browser": (
        find_browser,
        "no Chromium on this machine (Debian: apt-get install chromium-headless-shell)",
    ),
    "postgres": (
        _postgres,
        "no PostgreSQL server programs on this machine (Debian: apt-get install postgresql)",
    ),
    "sandbox": (
        lambda: None if why_no_sandbox() else "bwrap",
        "bubblewrap does not work on this machine (Debian: apt-get install bubblewrap)",
    ),
}


# Whole refreshes, the longest first: a worker that begins one last keeps the others waiting. The first makes
# the clone, the next two need none of it, the next waits for its server most of the time.
LONGEST = ("test_commands", "test_first_run", "test_yearly_refresh_ui", "test_stopped_refresh",
           "test_postgres_team", "test_papers", "test_vintages", "test_hostile_states", "test_browser_ui",
           "test_package_check", "test_package", "test_installed_program", "test_concurrency",
           "test_reproducibility", "test_demo_drift", "test_hostile_machine", "test_refresh", "test_editions",
           "test_lake", "test_forms_mutated", "test_ledger", "test_shown_shell", "test_next_yearbook",
           "test_migrations", "test_pushdown_tables", "test_audit_with_data", "test_cookbook")  # fmt: skip


# The files of these two layers that answer soon; the others run whole refreshes, servers or browsers.
LAYERS_OF_REFRESHES = ("integration", "e2e")
QUICK = ("test_commands", "test_contract", "test_dbt_project", "test_fault_harness", "test_fetch_client",
         "test_fetch_pages", "test_first_run", "test_publish", "test_tidy")  # fmt: skip


FAST, SLOW = "not slow and not long", "slow or long"
"""The tests of `make test` and of `make test-slow`, as `-m` names them."""
SECONDS_OF_SLOW = 1800
"""Limit of a slow test without a mark of its own: it may wait for the first run that several tests share."""
MARKS = re.compile(r"\bmark\.(slow|long)\b")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a file without a test of those asked for: each worker would load it."""
    chosen = config.option.markexpr
    if collection_path.suffix != ".py" or chosen not in (FAST, SLOW):
        return None
    is_left_out = _is_slow if chosen == FAST else _has_no_slow
    return True if is_left_out(collection_path) else None


def _is_slow(file: Path) -> bool:
    """Whether all tests of a file are slow by its layer."""
    return file.parent.name in LAYERS_OF_REFRESHES and file.stem not in QUICK


def _has_no_slow(file: Path) -> bool:
    """Whether no test of a file is slow, by its layer or by a mark in the file."""
    return not _is_slow(file) and not MARKS.search(file.read_text(encoding="utf-8"))


def _mark_slow(items: list[pytest.Item]) -> None:
    for item in items:
        if _is_slow(item.path):
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SECONDS_OF_SLOW))
    marked = {i.path for i in items if i.get_closest_marker("slow") or i.get_closest_marker("long")}
    if lost := [str(file) for file in sorted(marked) if _has_no_slow(file)]:
        raise pytest.UsageError(f"`make test-slow` does not see the marks of {', '.join(lost)}")


def _turn(item: pytest.Item) -> int:
    file = item.path.stem
    return LONGEST.index(file) if file in LONGEST else len(LONGEST)


RECORDER = Recorder()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Compare the problems that a test provokes with the examples of docs/errors/."""
    is_random = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    is_random |= item.path.stem == "test_forms_mutated"
    RECORDER.start("" if is_random else item.nodeid)
    result = yield
    RECORDER.end(item.nodeid, item.config._tmp_path_factory.getbasetemp())  # type: ignore[attr-defined]
    return result


def pytest_collection_finish() -> None:
    """Libraries and the collected tests are no garbage."""
    gc.freeze()


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, with the reason; in CI such a test must run."""
    _mark_slow(items)
    items.sort(key=_turn)  # the tests of a file stay together
    required = os.environ.get("LIVING_PANEL_REQUIRE", "").split()
    for name, (find, reason) in NEEDS.items():
        if find() is not None:
            continue
        if name in required:
            raise pytest.UsageError(f"LIVING_PANEL_REQUIRE names {name}, but: {reason}")
        for item in items:
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository as it stands, in which `make run` was called once.

    One for all workers, so it is only read: what writes into it takes a copy (`copy_checkout`).
    """
    return made_once(tmp_path_factory, "living-panel", _clone_and_run)


def made_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, make_it: Callable[[Path], None]
) -> Path:
    """A folder that the first worker to ask for it makes, and all workers of this session see."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, made = shared / name, shared / f"{name}.made"
    with FileLock(shared / f"{name}.lock"):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what a failed attempt left
            make_it(folder)
            made.touch()
    return folder


def copy_checkout(checkout: Path, target: Path) -> Path:
    """The clone and its data at another place, to be written into."""
    unfinished = shutil.ignore_patterns("*.pyc.*", "*.tmp")  # of others, which run in the clone
    shutil.copytree(checkout, target, symlinks=True, ignore=unfinished)
    return target


def _clone_and_run(folder: Path) -> None:
    clone_checkout(folder)
    done = make(folder, "run")
    (folder / "first-run.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def clone_checkout(folder: Path) -> None:
    """Lay uncommitted files over a clone, so that what is tested is what would be committed.

    The environment is this one, linked: its installation is not what these tests are about.
    """
    subprocess.run(["git", "clone", "-q", str(REPOSITORY), str(folder)], check=True)
    changed = subprocess.run(
        ["git", "ls-files", "-z", "--modified", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, changed):
        target = folder / name
        if not (REPOSITORY / name).exists():
            target.unlink(missing_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, target, follow_symlinks=False)
    (folder / ".venv").symlink_to(Path(sys.prefix))


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call make in a checkout, away from this process's own data root."""
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("LIVING_PANEL_", "DAGSTER_", "DBT_"))
    }
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=clean | environment, capture_output=True, text=True,
        timeout=1800, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture(scope="session")
def official_release(checkout: Path) -> Path:
    """Folder of the release of the bundled official figures."""
    said = json.loads((checkout / "data" / "published" / "state.json").read_text(encoding="utf-8"))
    return checkout / "data" / "releases" / said["release_id"]

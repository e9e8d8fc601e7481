"""The harness itself: the library breaks what it is asked to break, the judge sees what is broken."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from living_panel.orchestration.assets.publication import publish
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings
from tests.paths import ARTIFACT, RELEASE
from tools.faults import faults, judge
from tools.faults.campaign import CHAINED, all_cases, in_chains

ENTRY = {"table_id": "x_small", "artifact_id": ARTIFACT.name, "release_id": RELEASE.name}
LANDED = "landing/commerce_fdi/2022/a.csv"
needs_compiler = pytest.mark.skipif(
    not shutil.which("cc") or sys.platform != "linux",
    reason="no C compiler (Debian: apt-get install gcc)",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root at rest: one landed file, one release, one artifact, one publication."""
    root = tmp_path / "data"
    shutil.copytree(RELEASE, root / "releases" / RELEASE.name)
    shutil.copytree(ARTIFACT, root / "artifacts" / "x_small" / ARTIFACT.name)
    state.write(root, "current", [ENTRY])
    landed = root / LANDED
    landed.parent.mkdir(parents=True)
    landed.write_text("figures", encoding="utf-8")
    build = root / "build.duckdb"
    with duckdb.connect(str(build)) as connection:
        connection.execute("create schema marts; create schema results")
        connection.execute("create table marts.panel as select range as k from range(10000)")
        connection.execute(
            "create table results.artifacts as select $table_id as table_id, $artifact_id as "
            "artifact_id, $release_id as release_id, true as is_current",
            ENTRY,
        )
    publish(Settings(root=root, state=tmp_path / "state"), build, RELEASE.name)
    return root


def problems(root: Path) -> list[str]:
    known = judge.State(
        published=RELEASE.name,
        releases=[RELEASE.name],
        artifacts={f"x_small/{ARTIFACT.name}": ""},
        current=[ENTRY],
    )
    return judge.faults_of(root, {"a.csv": sha256(b"figures").hexdigest()}, known, known)


def test_a_whole_root_has_no_faults(root: Path) -> None:
    assert problems(root) == []


def overwrite(path: Path, at: int = 20_000) -> None:
    content = bytearray(path.read_bytes())
    content[at : at + 64] = bytes(64)
    path.write_bytes(content)


def rewrite_published(root: Path) -> None:
    (root / "warehouse.duckdb").resolve().chmod(0o644)
    with duckdb.connect(str((root / "warehouse.duckdb").resolve())) as connection:
        connection.execute("delete from marts.panel where k > 5000")


def cut_published(root: Path) -> None:
    (root / "warehouse.duckdb").resolve().chmod(0o644)
    (root / "warehouse.duckdb").resolve().write_bytes(b"half")


BROKEN = {
    "published: does not open": cut_published,
    "holds content": rewrite_published,
    "lost: the bytes of a.csv": lambda r: next(r.glob("landing/*/*/a.csv")).unlink(),
    "artifact: ": lambda r: overwrite(next(r.glob("artifacts/x_small/*/table.html")), 100),
    "release: ": lambda r: overwrite(next(r.glob("releases/*/panel.csv")), 100),
    "lost: x_small": lambda r: shutil.rmtree(r / "artifacts" / "x_small" / ARTIFACT.name),
    f"lost: {RELEASE.name}": lambda r: shutil.rmtree(r / "releases" / RELEASE.name),
    "current.json: neither": lambda r: (r / "state" / "current.json").write_text("[]"),
    "current.json: ": lambda r: (r / "state" / "current.json").write_text("[{"),
    "ledger: ": lambda r: overwrite(r / "ledger.jsonl", 10),
}


@pytest.mark.parametrize("said", BROKEN)
def test_the_judge_sees_each_kind_of_fault(root: Path, said: str) -> None:
    BROKEN[said](root)
    assert any(said in problem for problem in problems(root)), problems(root)


WRITER = """
import os, sys
path = sys.argv[1]
with open(path + ".tmp", "wb") as stream:
    stream.write(b"x" * 1000)
    stream.flush()
    os.fsync(stream.fileno())
os.replace(path + ".tmp", path)
print("done")
"""


@needs_compiler
@pytest.mark.parametrize(
    ("mode", "op", "path", "left"),
    [
        ("kill_before", "write", "f.tmp", {"f.tmp": 0}),
        ("kill_half", "write", "f.tmp", {"f.tmp": 500}),
        ("kill_after", "write", "f.tmp", {"f.tmp": 1000}),
        ("kill_before", "rename", "f", {"f.tmp": 1000}),
        ("kill_after", "rename", "f", {"f": 1000}),
        ("full", "write", "f.tmp", {"f.tmp": 0}),
        ("io_once", "fsync", "f.tmp", {"f.tmp": 1000}),
        ("deny_write", "", "f", {"f.tmp": 1000}),
    ],
)
def test_the_library_breaks_the_call_it_is_asked_to(
    tmp_path: Path, mode: str, op: str, path: str, left: dict[str, int]
) -> None:
    library = faults.build_library(tmp_path)
    watched, control = tmp_path / "watched", tmp_path / "control"
    watched.mkdir()
    faults.write_control(control, watched, mode, op=op, path=path)
    script = (
        "import os, sys; os.setpgid(0, 0); "
        f"f = open({str(control)!r}, 'r+b'); f.seek(28); "
        "f.write(os.getpid().to_bytes(4, sys.byteorder)); f.close()\n" + WRITER
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(watched / "f")], capture_output=True, check=False,
        env=os.environ | {"LD_PRELOAD": str(library), "FAULT_CONTROL": str(control)}, timeout=60,
    )  # fmt: skip
    assert faults.was_hit(control)
    killed = mode.startswith("kill")
    assert (done.returncode == -signal.SIGKILL) is killed
    assert done.returncode != 0
    assert {p.name: p.stat().st_size for p in watched.iterdir()} == left


def test_writes_are_named_in_the_order_in_which_they_are_made(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    often = ["write\tbuild/warehouse.duckdb"] * 9
    trace.write_text("\n".join([*often[:5], "rename\treleases/0123456789abcdef", *often[5:]]))
    assert list(map(str, faults.points_of(trace))) == [
        "write build/warehouse.duckdb #1",
        "write build/warehouse.duckdb #4",
        "rename releases/* #1",
        "write build/warehouse.duckdb #9",
    ]


def test_a_chain_goes_through_the_run_in_its_order_and_no_case_is_lost() -> None:
    points = [faults.Point("write", f"artifacts/{n}") for n in range(23)]
    cases = all_cases(points, 10.0, random.Random(0))
    tried = {case.name() for case in cases[::3]}
    chains = in_chains(cases, points, tried, 10, random.Random(0))
    assert sorted(c.name() for chain in chains for c in chain) == sorted(c.name() for c in cases)
    for chain in chains:
        assert len(chain) == 1 or all(case.kind in CHAINED for case in chain)
        places = [points.index(case.point) for case in chain if case.kind in CHAINED]
        assert places == sorted(places) and len(places) <= 10
    known = [chain[0].name() in tried for chain in chains]
    assert known == sorted(known), "what was never tried comes first"

"""Driving a refresh on a data root of one's own, and dropping files into its landing."""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import duckdb
import yaml

from living_panel.ingestion.provinces import PROVINCES
from living_panel.ingestion.reading.landing_form import HEADER as COLUMNS
from living_panel.orchestration.root.settings import Settings
from tests.fixtures import small_root
from tests.fixtures.landed import land
from tests.integration.loaded_program import run_command
from tests.paths import SPECS, some_specs

REPOSITORY = Path(__file__).resolve().parents[2]
Row = tuple[object, ...]


def copy_root(source: Path, target: Path) -> Path:
    """A data root like another, links kept, with Dagster's memory of it if it has one."""
    shutil.copytree(source, target, symlinks=True)
    if (memory := _state(source)).exists():
        shutil.copytree(memory, _state(target))
    return target


def _state(root: Path) -> Path:
    return root.parent / f"{root.name}-state"


@cache
def few_specs() -> Path:
    """Folder with two tables that take seconds: t04's first block with few draws, and x_open_window."""
    folder = Path(tempfile.mkdtemp(prefix="living-panel-specs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    specs = some_specs(folder, "x_open_window")
    spec = yaml.safe_load((SPECS / "t04_baseline.yml").read_text(encoding="utf-8"))
    options = spec["options"]
    options["blocks"] = [b for b in options["blocks"] if b["id"] == "headline"]
    options["inference"] = [way for way in options["inference"] if way["cov"] != "clustered"]
    for way in options["inference"]:
        way |= {"draws": 999} if "draws" in way else {}
    options |= {"beside": {}, "changes": [], "placebos": []}
    options["exact"] = [one for one in options["exact"] if one["model"].startswith("headline.")]
    (specs / "t04_baseline.yml").write_text(
        yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8"
    )
    return folder


def environment(root: Path) -> dict[str, str]:
    """Environment of a process that works on this root and no other."""
    return small_root.clean_environment() | {
        "LIVING_PANEL_DATA": str(root),
        "DAGSTER_STATE": str(_state(root)),
        "LIVING_PANEL_SPECS": str(few_specs()),
        "PYTHONPATH": str(REPOSITORY),
        "OMP_NUM_THREADS": "1",
    }


def command(
    root: Path,
    *arguments: str,
    python: str = sys.executable,
    code: Path = REPOSITORY,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    """Call the one entry point on a root, by the code of this checkout or of another."""
    own = environment(root) | {"PYTHONPATH": str(code)} | more
    if python == sys.executable:
        return run_command(list(arguments), code, own)
    return subprocess.run(
        [python, "-m", "living_panel", *arguments], cwd=code, capture_output=True, text=True,
        env=own, check=False, timeout=1200, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def run_small(root: Path) -> subprocess.CompletedProcess[str]:
    """Refresh a root of drawn figures with its one table."""
    return command(root, "run", **small_root.environment(root))


def drop(
    root: Path,
    source: str,
    edition: int,
    name: str,
    rows: Iterable[Row],
    vintage: str = "2026-11-25",
) -> Path:
    """Put a file in landing form into landing, receipt last."""
    lines = [",".join(COLUMNS), *(",".join(map(str, row)) for row in rows)]
    content = ("\n".join(lines) + "\n").encode()
    answers = {"vintage": vintage, "publication": "a provincial yearbook"}
    return land(root, (source, edition), content, name, **answers)


def ripple(n: int, year: int) -> float:
    """Between 1 and 1.12, moving differently in each province."""
    return 1 + 0.03 * ((7 * n + 3 * year + n * year) % 5)


def figure(label: str, unit: str, province: str, year: int, value: float) -> Row:
    """One row in landing form."""
    return (label, unit, province, year, value, "high", "book", "")


def figures(label: str, unit: str, years: Iterable[int], start: float) -> list[Row]:
    """Smooth figures for every province; no sum of a province and a year effect."""

    def value(n: int, year: int) -> float:
        return round(start * (1 + n) * 1.08 ** (year - 2000) * ripple(n, year), 4)

    return [
        figure(label, unit, province.short, year, value(n, year))
        for n, province in enumerate(PROVINCES)
        for year in years
    ]


def manifest(root: Path, table: str) -> dict:
    """Manifest of the current artifact of a table."""
    current = json.loads((root / "state" / "current.json").read_text())
    identity = next(e["artifact_id"] for e in current if e["table_id"] == table)
    return json.loads((root / "artifacts" / table / identity / "manifest.json").read_text())


def inventory(root: Path) -> dict[str, int]:
    """Everything that must not be lost or changed, by time of writing."""
    kept = [
        *root.glob("archive/*/*/*/*"),
        *root.glob("releases/*/*"),
        *root.glob("artifacts/*/*/*"),
    ]
    return {str(p.relative_to(root)): p.stat().st_mtime_ns for p in kept}


def build_file(settings: Settings, value: int) -> Path:
    """A build file of one panel row, with a schema that is not published."""
    path = settings.root / "build.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema staging; create table staging.hidden as select 1 as x")
        connection.execute("create schema marts; create schema results")
        connection.execute("create table marts.panel (k integer primary key, v integer)")
        connection.execute("insert into marts.panel values (1, ?)", [value])
        connection.execute("comment on table marts.panel is 'it''s a panel'")
        connection.execute("comment on column marts.panel.v is 'a value'")
        connection.execute("create table results.artifacts as select 'a' as artifact_id")
    return path

"""States of knowledge over time: editions held back and added, past states rebuilt, a vintage withdrawn.

One sequence on one data root, run once and checked by many tests. The newest editions are held back, then arrive. Past
states are rebuilt. The newest edition is withdrawn again.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from living_panel.ingestion.provenance.receipts import receipt_path
from tests.fixtures.landed import withdraw
from tests.integration.roots import command, inventory

VINTAGE = "2026-11-24"
# Held back for the state of 2024: every vintage of an edition, the year of publication, after it.
LATER = tuple(
    (folder.parents[1].name, int(folder.parent.name), folder.name)
    for folder in sorted((Path(__file__).parents[2] / "data" / "archive").glob("*/202[5-9]/*"))
)


@dataclass(frozen=True)
class State:
    """Result of a run: its output, the artifacts it lists, and every file with its time."""

    said: str
    ids: dict[str, str]
    release: str
    files: dict[str, int]
    tables: dict[str, pd.DataFrame]


def look(checkout: Path, root: Path, as_of: str | None = None) -> State:
    """Refresh, and read what it left."""
    return read(root, refreshed(checkout, root, as_of), as_of)


def refreshed(checkout: Path, root: Path, as_of: str | None) -> str:
    """Refresh; return what was said."""
    done = command(root, "run", *(["--as-of", as_of] if as_of else []), code=checkout)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def read(root: Path, said: str, as_of: str | None = None) -> State:
    """What a refresh left of the present state, or of an earlier one."""
    name = f"as_of_{as_of}.json" if as_of else "current.json"
    entries = json.loads((root / "state" / name).read_text(encoding="utf-8"))
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        tables = {
            t: connection.execute(f"from results.{t}").df()
            for t in ("coefficient_drift", "release_diff", "artifacts")
        }
    parts = {
        str(p.relative_to(root)): p.stat().st_mtime_ns
        for p in root.glob("extracted/*/*/*/part.parquet")
    }
    return State(
        said=said,
        ids={e["table_id"]: e["artifact_id"] for e in entries},
        release=entries[0]["release_id"],
        files=inventory(root) | parts,
        tables=tables,
    )


@pytest.fixture(scope="module")
def root(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An emptied data root: nothing but the archive, and of that nothing later than 2024."""
    root = tmp_path_factory.mktemp("vintages") / "data"
    shutil.copytree(checkout / "data" / "archive", root / "archive")
    for source, edition in {(source, edition) for source, edition, _ in LATER}:
        shutil.rmtree(root / "archive" / source / str(edition))
    return root


@pytest.fixture(scope="module")
def first(checkout: Path, root: Path) -> tuple[State, State]:
    """The present of 2024 and the state of 2018, both asked for on an emptied root by the latter's name."""
    said = refreshed(checkout, root, "2018")
    return read(root, said), read(root, said, "2018")


@pytest.fixture(scope="module")
def before_editions(first: tuple[State, State]) -> State:
    """The state of 2024, before anything later was there."""
    return first[0]


@pytest.fixture(scope="module")
def with_editions(checkout: Path, root: Path, before_editions: State) -> State:
    """The later editions arrive through landing, receipts last."""
    for source, edition, vintage in LATER:
        bundled = checkout / "data" / "archive" / source / str(edition) / vintage
        inbox = root / "landing" / source / str(edition)
        inbox.mkdir(parents=True, exist_ok=True)
        file = next(bundled.glob("*.csv"))
        shutil.copy(file, inbox / file.name)
        shutil.copy(bundled / "receipt.yml", receipt_path(inbox / file.name))
    return look(checkout, root)


@pytest.fixture(scope="module")
def repeated(checkout: Path, root: Path, with_editions: State) -> State:
    """The state of 2024, rebuilt afterwards to be compared."""
    done = command(root, "diff", "--from", "2024", "--to", "current", code=checkout)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return read(root, done.stdout + done.stderr, "2024")


@pytest.fixture(scope="module")
def as_of_2018(checkout: Path, root: Path, repeated: State) -> State:
    return look(checkout, root, "2018")


@pytest.fixture(scope="module")
def withdrawn(checkout: Path, root: Path, as_of_2018: State) -> State:
    """The later editions turn out to be wrong and are withdrawn."""
    for source, edition, vintage in LATER:
        withdraw(root, source, edition, vintage, "a misprint", on=date(2026, 11, 27))
    return look(checkout, root)


def written(before: State, after: State, stage: str) -> set[str]:
    """Folders of a stage with a file written between two states."""
    changed = {k for k, t in after.files.items() if before.files.get(k) != t}
    return {str(Path(k).parent) for k in changed if k.startswith(f"{stage}/")}


def test_adding_editions_does_no_more_than_it_must(
    before_editions: State, with_editions: State
) -> None:
    counted = {
        stage: len(written(before_editions, with_editions, stage))
        for stage in ("archive", "extracted", "releases")
    }
    print(counted, len(with_editions.ids), "tables")
    assert written(before_editions, with_editions, "extracted") == {
        f"extracted/{s}/edition={e}/vintage={v}" for s, e, v in LATER
    }
    assert written(before_editions, with_editions, "archive") == {
        f"archive/{s}/{e}/{v}" for s, e, v in LATER
    }
    assert written(before_editions, with_editions, "releases") == {
        f"releases/{with_editions.release}"
    }
    made = {
        p
        for p in written(before_editions, with_editions, "artifacts")
        if not p.startswith("artifacts/drift")
    }
    assert made == {
        f"artifacts/{t}/{i}" for t, i in with_editions.ids.items() if before_editions.ids[t] != i
    }
    assert all(
        with_editions.files[k] == t
        for k, t in before_editions.files.items()
        if "vintage=none" not in k
    )


def test_the_same_bytes_give_the_same_ids_wherever_they_come_from(
    checkout: Path, with_editions: State
) -> None:
    """The clone got them with git, this root through landing and in two steps."""
    current = json.loads((checkout / "data" / "state" / "current.json").read_text())
    there = {e["table_id"]: e["artifact_id"] for e in current}
    assert with_editions.release == current[0]["release_id"]
    assert with_editions.ids["x_open_window"] == there["x_open_window"]


def test_the_drift_names_the_gdp_column_and_why(root: Path, with_editions: State) -> None:
    drift = with_editions.tables["coefficient_drift"]
    table = drift[(drift["table_id"] == "t04_baseline") & (drift["term"] != "constant")]
    moved = table[table["status"] == "moved"]
    with_gdp = set(table.loc[table["term"] == "gdp", "model"])
    assert with_gdp and set(moved["model"]) == with_gdp
    assert set(table.loc[table["status"] == "unchanged", "model"]).isdisjoint(with_gdp)
    # the window of t04 is closed: what moved it is restated, and all of it
    assert ((moved["restated"] - moved["change"]).abs() < 1e-9).all()
    diff = with_editions.tables["release_diff"].set_index(["measure", "part"])["cells"]
    assert diff["gdp_cny_100m", "restated"] > 31
    assert {m for m, part in diff.index if part == "restated"} == {"gdp_cny_100m"}
    open_window = drift[(drift["table_id"] == "x_open_window") & (drift["status"] == "moved")]
    # exports by origin end in 2022, so that a new year of GDP adds no row
    assert (open_window["restated"].abs() > 1e-6).any() and (open_window["years"] == 0).all()
    text = max(root.glob("artifacts/drift/*/drift.md"), key=lambda p: p.stat().st_mtime)
    assert "headline.7 gdp" in text.read_text(encoding="utf-8")
    assert (text.parent / "drift.png").stat().st_size > 10_000


def test_as_of_2024_afterwards_is_the_state_before_2026_was_added(
    before_editions: State, with_editions: State, repeated: State
) -> None:
    assert repeated.ids == before_editions.ids
    assert repeated.release == before_editions.release != with_editions.release
    made = written(with_editions, repeated, "artifacts")
    assert all(path.startswith("artifacts/drift/") for path in made), "the comparison alone is new"
    assert not written(with_editions, repeated, "releases")
    listed, moved = (repeated.tables[name] for name in ("artifacts", "coefficient_drift"))
    assert {*repeated.ids.values()} <= {*listed["artifact_id"]}
    assert len(moved) > len(with_editions.tables["coefficient_drift"])
    current = repeated.tables["artifacts"].query("is_current")
    assert dict(zip(current["table_id"], current["artifact_id"], strict=True)) == with_editions.ids


def test_what_2018_cannot_say_is_a_named_result(root: Path, as_of_2018: State) -> None:
    artifact = root / "artifacts" / "t04_baseline" / as_of_2018.ids["t04_baseline"]
    manifest = json.loads((artifact / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["status"] == "not_estimable"
    assert (
        "exports by province: exports of goods by operating unit: no values by unit"
        in manifest["reason"].lower()
    )
    assert "not estimable" in (artifact / "table.md").read_text(encoding="utf-8").lower()
    assert "not estimable as of 2018: exports by province" in as_of_2018.said
    listed = as_of_2018.tables["artifacts"].set_index("artifact_id")
    assert listed.loc[artifact.name, "status"] == "not_estimable"
    panel = pd.read_parquet(root / "releases" / as_of_2018.release / "panel.parquet")
    known = panel.drop(columns=["province_code", "year"]).notna().any()
    assert set(known[known].index) == {"gdp_cny_100m", "schooling_years"}


def test_a_withdrawn_vintage_is_never_chosen_and_its_going_is_seen(
    root: Path, before_editions: State, as_of_2018: State, withdrawn: State
) -> None:
    assert withdrawn.ids == before_editions.ids
    assert not written(as_of_2018, withdrawn, "releases")
    made = {p for p in written(as_of_2018, withdrawn, "artifacts") if "artifacts/drift" not in p}
    assert not made - {"artifacts"}
    bytes_kept = root / "archive" / "statistical_yearbook" / "2026" / VINTAGE
    assert list(bytes_kept.glob("*.csv"))
    diff = withdrawn.tables["release_diff"]
    last = diff[diff["from_release"] != before_editions.release]
    assert (last["to_release"] == before_editions.release).all()
    counts = last.set_index(["measure", "part"])["cells"]
    assert counts["gdp_cny_100m", "restated"] > 31
    # a removed year is reported like an added one
    assert counts["gdp_cny_100m", "years"] == 31
    assert counts["express_parcels_10k", "years"] == 31


def test_an_emptied_root_rebuilds_a_past_state_under_the_same_ids(
    first: tuple[State, State], as_of_2018: State
) -> None:
    """Once without the present and the later editions, once with both."""
    assert (first[1].ids, first[1].release) == (as_of_2018.ids, as_of_2018.release)


def test_a_date_before_the_first_vintage_changes_nothing(
    checkout: Path, root: Path, withdrawn: State
) -> None:
    before, link = inventory(root), os.path.realpath(root / "warehouse.duckdb")
    done = command(root, "run", "--as-of", "2020-01-01", code=checkout)
    assert done.returncode == 1, "a date before the first vintage"
    assert "no value is known as of" in done.stderr and "remedy" in done.stderr
    assert inventory(root) == before
    assert os.path.realpath(root / "warehouse.duckdb") == link

"""Dagster's record of a run: whole, and written without opening its files for each event."""

import sqlite3
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest

from living_panel.orchestration.root.instance import kept_connections

ASSETS = [
    dg.AssetsDefinition.from_op(dg.op(name=f"table_{n}")(lambda: None), key_prefix="artifacts")
    for n in range(10)
]


def record(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Types of the events of the one run, in its own file and in the index of all runs."""
    found = []
    (own,) = set((folder / "history" / "runs").glob("*-*.db"))
    for file in (own, folder / "history" / "runs" / "index.db"):
        with sqlite3.connect(file) as connection:
            rows = connection.execute("select dagster_event_type from event_logs").fetchall()
        found.append(Counter(kind for (kind,) in rows))
    return found[0], found[1]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files that SQLite opened."""
    files: list[str] = []
    connect = sqlite3.dbapi2.connect

    def noted(database: str, *arguments: object, **options: object) -> sqlite3.Connection:
        files.append(str(database))
        return connect(database, *arguments, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(sqlite3.dbapi2, "connect", noted)
    return files


def test_the_record_of_a_run_is_the_same_and_its_files_stay_open(
    tmp_path: Path, opened: list[str]
) -> None:
    for name in ("kept", "usual"):
        (tmp_path / name).mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "usual")) as instance:
        dg.materialize(ASSETS, instance=instance)
    usual = sum(file.endswith("index.db") for file in opened)
    with dg.DagsterInstance.local_temp(str(tmp_path / "kept")) as instance:
        opened.clear()
        with kept_connections(instance):
            dg.materialize(ASSETS, instance=instance)
        kept = sum(file.endswith("index.db") for file in opened)
        assert "run_connection" not in vars(instance.event_log_storage)
        (asset,) = instance.get_asset_records([ASSETS[0].key])
        assert asset.asset_entry.last_materialization is not None
    assert record(tmp_path / "kept") == record(tmp_path / "usual")
    assert kept < 10 < len(ASSETS) * 4 < usual

"""A whole refresh with wrong files: the good ones are published, and the run fails with the names of the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from living_panel.codes import Code
from living_panel.ingestion.provenance.receipts import (
    read_receipt,
    receipt_for,
    receipt_path,
    write_receipt,
)
from living_panel.ingestion.storage.archive import vintages
from living_panel.orchestration.assets.proposals import list_proposals
from living_panel.orchestration.root.readers import withdrawn_by_runs
from living_panel.orchestration.root.settings import Settings
from tests.fixtures import small_root
from tests.fixtures.landed import land
from tests.integration.roots import command, run_small

pytestmark = pytest.mark.slow
SOURCE = "statistical_yearbook"


def values(root: Path, edition: int) -> int:
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select count(*) from marts.observations where edition = ?", [edition]
        ).fetchone()
    assert found
    return int(found[0])


def test_a_vintage_without_a_good_file_does_not_stop_the_publication(
    refreshed_small: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    before = (root / "published").resolve()
    small_root.next_edition(root)
    head = "indicator_label,unit,province_label,year,value,quality,compiled_from,note\n"
    wrong = f"{head}地区生产总值,亿元,火星,2023,5.0,high,book,\n".encode()
    land(root, (SOURCE, 2026), wrong, "wrong.csv", figures="simulated", vintage="2026-03-01")
    done = run_small(root)
    assert done.returncode == 1, done.stderr[-3000:]
    assert "All parts that do not depend on it were published" in done.stderr
    assert f"{SOURCE}/2026/2026-03-01/wrong.csv" in done.stderr and "火星" in done.stderr
    assert Code.WITHDRAWN in done.stderr
    assert (root / "published").resolve() != before
    assert values(root, 2024) > 0 and values(root, 2026) == 0
    status = command(root, "status", **small_root.environment(root)).stdout
    assert "1 not mended" in status and "火星" in status


def spoil(file: Path) -> None:
    """Multiply the values of 2023 by 1,000, as a wrong unit does."""
    change(
        file,
        lambda row: [*row[:4], str(float(row[4]) * 1000), *row[5:]] if row[3] == "2023" else row,
    )


def change(file: Path, to: Callable[[list[str]], list[str] | None]) -> None:
    """Change or leave out rows of a landed file, and write its receipt again."""
    head, *lines = file.read_text(encoding="utf-8").splitlines()
    rows = [row for line in lines if (row := to(line.split(",")))]
    file.write_text("\n".join([head, *map(",".join, rows)]) + "\n", encoding="utf-8")
    receipt = read_receipt(receipt_path(file)).model_dump(exclude={"files", "withdrawn"})
    write_receipt(receipt_for(file, **receipt, format="landing_csv"), receipt_path(file))


def withdrawn(root: Path) -> dict[str, str]:
    """Name of each withdrawn file of 2024, and who withdrew it."""
    entries = [e for v in vintages(root, SOURCE, 2024) for e in v.receipt.files]
    return {entry.name: entry.withdrawn.by for entry in entries if entry.withdrawn}


def test_one_wrong_file_among_several_is_withdrawn_by_the_run(
    refreshed_small: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    _, short, wrong = small_root.next_edition(root)
    content = wrong.read_bytes()
    spoil(wrong)
    change(short, lambda row: None if row[2:4] == ["西藏", "2023"] else row)
    done = run_small(root)
    assert done.returncode == 0, done.stderr[-3000:]
    name = f"{SOURCE}/2024/2026-02-01/{wrong.name}"
    assert Code.WITHDRAWN in done.stdout.split("Stages")[0] and name in done.stdout
    assert withdrawn(root) == {wrong.name: "run"}
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute("select distinct file from marts.prints where edition = 2024")
        assert found.fetchall() == [("start_800.csv",)]
    page = (root / "report" / "index.html").read_text(encoding="utf-8")
    main = page.split('<main id="content">')[1]
    assert main.lstrip().startswith('<section id="withdrawn"') and name in main
    settings = Settings(root, tmp_path / "data-state")
    gap = Code.HISTORY_GAP
    compared = command(root, "diff", **small_root.environment(root)).stdout
    for said in (done.stderr, compared):
        assert [line.split(" lacks ")[1][:7] for line in said.splitlines() if gap in line] == [
            "2023 西藏"
        ]
    assert name in command(root, "status", **small_root.environment(root)).stdout
    (proposal,) = list_proposals(settings)
    assert proposal.job == "withdraw" and proposal.config["name"] == name

    land(root, (SOURCE, 2024), content, wrong.name, figures="simulated", vintage="2026-02-02")
    done = run_small(root)
    assert done.returncode == 0, done.stderr[-3000:]
    assert not withdrawn_by_runs(settings) and not list_proposals(settings)
    assert 'id="withdrawn"' not in (root / "report" / "index.html").read_text(encoding="utf-8")


def test_two_wrong_files_stop_the_run_and_are_offered_one_by_one(
    refreshed_small: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    before = (root / "published").resolve()
    _, *two = small_root.next_edition(root)
    for file in two:
        spoil(file)
    done = run_small(root)
    assert done.returncode == 1 and "growth_within_history" in done.stderr
    assert (root / "published").resolve() == before and withdrawn(root) == {}
    offered = list_proposals(Settings(root, tmp_path / "data-state"))
    assert [p.job for p in offered] == ["withdraw"] * len(offered)
    named = {f"{SOURCE}/2024/2026-02-01/{file.name}" for file in two}
    assert named <= {p.config["name"] for p in offered}

"""The refresh, for real, on roots of its own: what it takes, what it refuses, what it leaves alone."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pytest

from living_panel.ingestion.provinces import PROVINCES
from living_panel.orchestration.root.made import made_in
from tests.fixtures.landed import land, withdraw
from tests.integration.roots import (
    REPOSITORY,
    Row,
    command,
    copy_root,
    drop,
    figure,
    figures,
    inventory,
    manifest,
    ripple,
)

LABEL = "国际及港澳台快递业务收入"
# Revenue of express business by province in 10,000 yuan, adding up to the national figures that are bundled
# (178.7 in 2010, in 100 million yuan, and so on).
TOTALS = {2005: 120, 2006: 130, 2007: 140, 2008: 150, 2009: 160, 2010: 178.7, 2011: 184.7,
          2012: 205.6, 2013: 270.7, 2014: 315.9, 2015: 369.5, 2016: 429.0, 2017: 520, 2018: 620,
          2019: 747.28, 2020: 1073.4, 2021: 1163.45}  # fmt: skip


def share(n: int, year: int) -> float:
    """Share of province n in a year's total."""
    weights = [(m + 1) * ripple(m, year) for m in range(len(PROVINCES))]
    return weights[n] / sum(weights)


EXPRESS = [
    figure(LABEL, "万元", province.short, year, round(total * 1e4 * share(n, year), 6))
    for n, province in enumerate(PROVINCES)
    for year, total in TOTALS.items()
]


def exports_before_2023() -> list[Row]:
    """Exports that lead up to the official ones of 2023, which are there by province."""
    (path,) = (REPOSITORY / "data/archive/customs/2025").glob("*/customs_2025.csv")
    official = pd.read_csv(path)
    rows = official[(official["year"] == 2023) & official["indicator_label"].str.contains("出口")]
    return [
        figure(
            "货物出口总额",
            "亿元",
            row.province_label,
            year,
            round(row.value * 1.05 ** (year - 2023) * ripple(n, year), 4),
        )
        for n, row in enumerate(rows.itertuples())
        for year in range(2005, 2023)
    ]


def refuse(root: Path, *words: str, publishes: bool = False) -> str:
    """Run a refresh that must fail, saying these words, and changing nothing that is kept.

    Where it `publishes` the rest, that is the same release here.
    """
    before, link = inventory(root), os.path.realpath(root / "warehouse.duckdb")
    done = command(root, "run")
    said = done.stdout + done.stderr
    assert done.returncode == 1, said[-3000:]
    for word in words:
        assert word in said, f"{word!r} is not in:\n{said[-4000:]}"
    assert ("All parts that do not depend on it were published" in said) == publishes
    now = os.path.realpath(root / "warehouse.duckdb")
    if publishes:
        assert Path(now).name.split("-")[0] == Path(link).name.split("-")[0]
    else:
        assert now == link
    made_anew = ("artifacts/drift/",) if publishes else ()  # the comparison with the state before
    before, after = (
        {k: v for k, v in found.items() if not k.startswith(made_anew)}
        for found in (before, inventory(root))
    )
    assert {k: after[k] for k in before} == before, "something that was kept has changed or gone"
    assert not [k for k in after if k not in before and not k.startswith("archive/")]
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.panel").fetchall() == [(620,)]
    return said


@pytest.fixture(scope="module")
def withdrawn(refreshed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A root that refused an unknown province, which was then withdrawn; its status in between."""
    root = copy_root(refreshed, tmp_path_factory.mktemp("withdrawn") / "data")
    rows = figures("地区生产总值", "亿元", [2023], 100.0)
    rows[3] = figure("地区生产总值", "亿元", "火星", 2023, 5.0)
    drop(root, "statistical_yearbook", 2026, "gdp.csv", rows)
    refuse(root, "gdp.csv", "row 5", "火星", publishes=True)
    status = command(root, "status").stdout
    day = date(2026, 11, 25)
    withdraw(root, "statistical_yearbook", 2026, str(day), "an unknown province", on=day)
    return root, status


def test_an_unknown_province_is_named_with_its_row(withdrawn: tuple[Path, str]) -> None:
    assert "火星" in withdrawn[1]


def test_landing_one_s_own_figures_after_a_withdrawal_replaces_the_proxies(
    withdrawn: tuple[Path, str],
) -> None:
    root, _ = withdrawn
    before = manifest(root, "t04_baseline")
    assert before["sample"]["measures"]["ex"] == "exports_origin_cny_100m"
    assert "ce" not in before["sample"]["measures"]
    drop(root, "statistical_yearbook", 2026, "exports.csv", exports_before_2023(), "2026-11-26")
    drop(root, "postal_express", 2025, "express.csv", EXPRESS)
    half = drop(
        root, "commerce_fdi", 2022, "half.csv", figures("实际使用外商直接投资", "亿元", [2021], 1.0)
    )
    half.with_name(half.name + ".receipt.yml").unlink()
    done = command(root, "run")
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"no receipt yet: `make receipt FILE={half}`" in done.stderr
    after = manifest(root, "t04_baseline")
    headline = after["sample"]
    assert headline["measures"]["ex"] == "exports_cny_100m"
    assert headline["measures"]["ce"] == "express_international_cny_100m"
    assert "ex" not in headline["proxies"]
    assert "exports by place of origin" in before["question"]
    assert "exports by place of origin" not in after["question"]
    assert {"exports.csv", "express.csv"} <= {source["file"] for source in after["sources"]}
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        got = connection.execute(
            "select value, status from marts.observations where measure = 'express_international_cny_100m' "
            "and province_code = '110000' and year = 2010"
        ).fetchall()
        moved = connection.execute(
            "select count(*) from results.coefficient_drift where status in ('moved', 'appeared')"
        ).fetchall()[0][0]
    assert got == [(pytest.approx(178.7 * share(0, 2010), abs=1e-9), "official")]
    assert moved > 0
    assert list((root / "landing").rglob("*.csv")) == [half]


def test_a_value_of_another_scale_and_a_missing_province_are_both_named(root: Path) -> None:
    """Qinghai has a value ten thousand times off in one indicator, and none in another."""
    rows = [figure("货物进出口总额", "亿元", "青海", 2022, 413_000.0)]
    drop(root, "statistical_yearbook", 2026, "trade.csv", rows)
    folder = root / "archive" / "statistical_yearbook" / "2024" / "2026-11-24"
    file = next(folder.glob("*.csv"))
    kept = [
        line
        for line in file.read_text(encoding="utf-8").splitlines()
        if "地区生产总值,亿元,青海" not in line
    ]
    withdraw(root, "statistical_yearbook", 2024, "2026-11-24", "replaced", on=date(2026, 11, 25))
    shorter = ("\n".join(kept) + "\n").encode()
    land(root, ("statistical_yearbook", 2024), shorter, "shorter.csv")
    folder_receipt = folder / "receipt.yml"
    before = folder_receipt.read_text(encoding="utf-8")
    refuse(
        root,
        "growth_within_history",
        "measure=trade_cny_100m, province_code=630000, earlier_year=2021, year=2022",
        "expected_coverage",
        "indicator_label=地区生产总值, unit=亿元, province_code=630000, year=2014",
    )
    assert folder_receipt.read_text(encoding="utf-8") == before


def test_a_skipped_build_names_the_run_in_which_its_checks_passed(root: Path) -> None:
    """The refresh of the few tables built no mart, so that no check may look as if it were evaluated then."""
    note = made_in(root, "builds").read()["build/warehouse.duckdb"][1]["marts"]
    assert len(note["checks"]) > 50 and all(note["checks"].values())
    with dg.DagsterInstance.from_config(str(root.parent / "data-state")) as instance:
        key = dg.AssetCheckKey(
            dg.AssetKey(["marts", "panel"]), "primary_key_panel_province_code__year"
        )
        latest = instance.get_latest_asset_check_evaluation_record(key)
    evaluation = latest.event.dagster_event.event_specific_data
    assert evaluation.metadata["since run"].value == note["run"] != latest.run_id

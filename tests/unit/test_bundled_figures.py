"""The bundled editions: all of them are there, unchanged, and say what is known of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from living_panel.ingestion.provinces import CODES, NATIONAL
from living_panel.ingestion.reading.vintages import read_vintage
from living_panel.ingestion.storage import archive

DATA = Path(__file__).parents[2] / "data"
BUNDLED = "2026-11-24"

COUNTS = {
    ("statistical_yearbook", 2018): 403,
    ("statistical_yearbook", 2023): 6776,
    ("statistical_yearbook", 2024): 837,
    ("statistical_yearbook", 2026): 806,
    ("commerce_fdi", 2021): 984,
    ("commerce_fdi", 2022): 26,
    ("postal_express", 2023): 244,
    ("postal_express", 2024): 33,
    ("postal_express", 2025): 32,
}


@pytest.fixture(scope="module")
def figures() -> pd.DataFrame:
    parts = []
    for source, edition in COUNTS:
        for vintage in archive.vintages(DATA, source, edition):
            if vintage.name == BUNDLED:
                parts.append(read_vintage(vintage))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.long
def test_every_figure_survives(figures: pd.DataFrame) -> None:
    assert len(figures) == 10_141
    found = figures.groupby(["source", "edition"]).size().to_dict()
    assert found == COUNTS


def test_the_archive_matches_its_receipts_and_the_catalog() -> None:
    assert archive.verify(DATA) == []


def test_every_province_is_there_and_every_figure_is_finite(figures: pd.DataFrame) -> None:
    assert set(figures["province_code"]) == CODES | {NATIONAL}
    assert figures["value"].notna().all() and (figures["value"] >= 0).all()
    assert (figures["compiled_from"] != "").all()


def gdp(figures: pd.DataFrame, edition: int) -> pd.DataFrame:
    return figures[(figures["indicator_label"] == "地区生产总值") & (figures["edition"] == edition)]


def test_gdp_has_four_editions_and_the_papers_extremes(figures: pd.DataFrame) -> None:
    sizes = {edition: len(gdp(figures, edition)) for edition in (2018, 2023, 2024, 2026)}
    assert sizes == {2018: 31 * 13, 2023: 31 * 18, 2024: 31 * 19, 2026: 31 * 19}
    values = gdp(figures, 2023)["value"]
    assert (values.min(), values.max()) == (243.1, 129118.6)
    first, second = (
        gdp(figures, edition).set_index(["province_code", "year"])["value"]
        for edition in (2023, 2024)
    )
    assert int((first != second.reindex(first.index)).sum()) == 31


def test_parcels_of_the_provinces_sum_to_the_national_total(figures: pd.DataFrame) -> None:
    parcels = figures[figures["indicator_label"] == "快递业务量"]
    country = parcels["province_code"] == NATIONAL
    provinces = parcels[~country].groupby("year")["value"].sum()
    national = parcels[country].set_index("year")["value"] * 10_000
    assert set(provinces.index) == set(range(2016, 2025))
    assert ((provinces / national - 1).abs() < 2e-4).all()


def test_receipts_say_that_the_figures_are_second_hand() -> None:
    for source, edition in COUNTS:
        receipt = archive.vintages(DATA, source, edition)[0].receipt
        assert receipt.figures == "official"
        assert "secondary copies" in receipt.obtained_by
        assert all(entry.url is None for entry in receipt.files)

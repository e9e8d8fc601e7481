"""The catalog: three sources, the union of their editions, and readable refusals."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ingestion import catalog


def test_editions_are_the_sorted_union() -> None:
    editions = catalog.all_editions()
    assert editions == sorted(set(editions))
    assert set(editions) == {e for entry in catalog.all_sources() for e in entry.editions}
    assert {2018, 2023, 2024, 2026} <= set(catalog.source("statistical_yearbook").editions)
    assert {2021, 2022} <= set(catalog.source("commerce_fdi").editions)
    assert {2023, 2024, 2025} <= set(catalog.source("postal_express").editions)


def test_the_papers_variables_can_be_landed() -> None:
    exports = catalog.source("statistical_yearbook").by_label()["经营单位所在地出口总额"]
    assert {"千美元", "万美元", "亿元"} <= set(exports.units)
    commerce = catalog.source("postal_express").by_label()["国际及港澳台快递业务收入"]
    assert {"亿元", "万元"} <= set(commerce.units)
    assert commerce.scope == "provincial"


def test_unknown_source_and_edition_say_what_is_known() -> None:
    with pytest.raises(catalog.UnknownSource, match="statistical_yearbook"):
        catalog.source("elsewhere")
    with pytest.raises(catalog.UnknownEdition, match=r"1999.*2018.*statistical_yearbook/catalog"):
        catalog.source("statistical_yearbook").publication(1999)


def test_an_edition_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "catalog"
    shutil.copytree(catalog.catalog_folder(), folder)
    file = folder / "postal_express" / "catalog.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("editions:\n", "editions:\n  2031: A later edition\n"), "utf-8")
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(folder))
    assert 2031 in catalog.all_editions()
    assert catalog.source("postal_express").publication(2031) == "A later edition"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("producer:", "produced_by:"),
        ("source: postal_express", "source: commerce_fdi"),
        ("title: Express parcels, units", "title: Express, parcels, units"),
        ("label: 快递业务收入,", "label: 快递业务量,"),
    ],
)
def test_a_broken_catalog_file_is_named(tmp_path: Path, old: str, new: str) -> None:
    original = catalog.catalog_folder() / "postal_express" / "catalog.yml"
    text = original.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "postal_express" / "catalog.yml"
    file.parent.mkdir()
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(catalog.CatalogError, match=r"postal_express/catalog\.yml"):
        catalog.source("postal_express", tmp_path)


def test_an_edited_catalog_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "catalog"
    shutil.copytree(catalog.catalog_folder(), folder)
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(folder))
    assert 2031 not in catalog.source("postal_express").editions
    file = folder / "postal_express" / "catalog.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("editions:\n", "editions:\n  2031: A later edition\n"), "utf-8")
    os.utime(file, ns=(1, 2))
    assert 2031 in catalog.source("postal_express").editions

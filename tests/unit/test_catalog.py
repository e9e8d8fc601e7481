"""The catalog: a source is a folder, read again when it changes, and refused in words."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from living_panel.codes import Code
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.reading.extract import extract_edition
from living_panel.ingestion.reading.landing_form import HEADER
from living_panel.ingestion.storage import inbox
from living_panel.orchestration.dbt import generated_files
from tests.fixtures.landed import land
from tests.refusals import refuses


def test_unknown_source_and_edition_say_what_is_known() -> None:
    with refuses(catalog.UnknownSource, Code.CATALOG_UNKNOWN):
        catalog.source("elsewhere")
    with refuses(
        catalog.UnknownEdition, Code.CATALOG_UNKNOWN, edition=1999, source="statistical_yearbook"
    ):
        catalog.source("statistical_yearbook").publication(1999)


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ("producer:", "produced_by:", Code.CATALOG_FORM, "produced_by"),
        ("source: postal_express", "source: commerce_fdi", Code.CATALOG_FORM, None),
        (
            "title: Express parcels, units",
            "title: Express, parcels, units",
            Code.CATALOG_FORM,
            "series.0.parcels",
        ),
        ("label: 快递业务收入,", "label: 快递业务量,", Code.CATALOG_FORM, None),
        (
            "title: Express parcels, units",
            "title: Express parcels units",
            Code.CATALOG_FORM,
            "",
        ),
    ],
)
def test_a_broken_catalog_file_is_named(
    tmp_path, monkeypatch, old: str, new: str, code: Code, key: str | None
) -> None:
    original = catalog.catalog_folder() / "postal_express" / "catalog.yml"
    text = original.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "postal_express" / "catalog.yml"
    file.parent.mkdir()
    file.write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(tmp_path))
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(catalog.CatalogError, match=r"postal_express/catalog\.yml") as error:
        catalog.source("postal_express")
    problem = error.value.problems[-1]
    assert problem.code == code
    if key is not None:
        assert (problem.place.line, problem.place.key) == (line, key)


def test_an_edited_catalog_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "catalog"
    shutil.copytree(catalog.catalog_folder(), folder)
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(folder))
    assert 2031 not in catalog.source("postal_express").editions
    file = folder / "postal_express" / "catalog.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("editions:\n", "editions:\n  2031: A later edition\n"), "utf-8")
    os.utime(file, ns=(1, 2))
    assert catalog.source("postal_express").publication(2031) == "A later edition"
    assert 2031 in catalog.all_editions()


def test_a_measure_or_unit_that_no_seed_has_is_named_with_its_line(monkeypatch, tmp_path) -> None:
    for seed, name, near in (
        ("MEASURES", "employed_10k", "population_10k"),
        ("UNITS", "万人", "人"),
        ("MEASURES", "pilot_zones", "pilot_zones_new"),  # whose line comes before its own
    ):
        path = getattr(generated_files, seed)
        without = tmp_path / path.name
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        without.write_text("".join(x for x in lines if not x.startswith(f"{name},")), "utf-8")
        with monkeypatch.context() as patched:
            patched.setattr(generated_files, seed, without)
            with pytest.raises(
                ValueError, match=rf"catalog.yml:\d+: .* does not list '{name}'.*{near}"
            ) as told:
                generated_files.series()
        place, line = str(told.value).split(": ")[0].rsplit(":", 1)
        assert f"{name}," in Path(place).read_text("utf-8").splitlines()[int(line) - 1].replace(
            "]", ","
        )


def test_a_row_of_a_seed_without_a_comma_is_named(monkeypatch, tmp_path) -> None:
    broken = tmp_path / "measures.csv"
    lines = generated_files.MEASURES.read_text(encoding="utf-8").splitlines()
    broken.write_text("\n".join([*lines[:3], lines[3].replace(",", " ", 1)]), encoding="utf-8")
    monkeypatch.setattr(generated_files, "MEASURES", broken)
    with refuses(ValueError, Code.SEED, n_cells=13, n_rows=14):
        generated_files.write()


def test_a_source_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The skeleton is enough: figures are landed, archived and extracted without a line of Python."""
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(tmp_path / "sources"))
    catalog.new_source("my_bureau", 2025)
    assert catalog.names() == ("my_bureau",) and catalog.all_editions() == [2025]
    rows = f"{','.join(HEADER)}\n指标,亿元,北京,2024,1.5,high,p. 3,\n"
    land(tmp_path, ("my_bureau", 2025), rows.encode())
    inbox.take(tmp_path, "my_bureau", 2025)
    (part,) = extract_edition(tmp_path, "my_bureau", 2025)
    assert part.rows == 1
    with refuses(catalog.CatalogError, Code.NAME_TAKEN):
        catalog.new_source("my_bureau", 2025)
    with refuses(catalog.CatalogError, Code.NAME_FORM):
        catalog.new_source("../x", 2025)


def test_nothing_outside_its_folder_knows_the_name_of_a_source() -> None:
    packages = ("ingestion", "orchestration", "dbt_project/models", "dbt_project/macros", "spark")
    repository = Path(catalog.__file__).parents[2]
    named = {
        str(path.relative_to(repository))
        for package in packages
        for path in (repository / package).rglob("*")
        if path.suffix in {".py", ".sql", ".yml"}
        for name in catalog.names()
        # before a blank it is a word of a sentence
        if re.search(rf"[\"'/._(]{name}\b(?! )", path.read_text("utf-8"))
        and not path.is_relative_to(repository / "ingestion" / "sources" / name)
    }
    # the demonstration plants figures into series that exist; help has an example
    assert named <= {"orchestration/commands/demo.py", "orchestration/commands/entries/sources.py"}


@pytest.mark.parametrize(
    ("feeds", "said"),
    [
        ([{"measure": "gdp", "reason": "the only series"}], "priority"),
        ([{"priority": 1, "reason": "the only series"}], "priority"),
        ([{"units": ["亿元"], "reason": "of one unit only"}], "万元"),
        ([{"units": ["亿元", "千克"], "reason": "of another unit"}], "千克"),
        ([{"measure": "gdp", "priority": 1}], "reason"),
    ],
)
def test_what_a_series_feeds_is_said_of_each_unit_with_a_reason(feeds, said) -> None:
    with pytest.raises(ValidationError, match=said):
        catalog.Series(label="x", title="x", units=("亿元", "万元"), feeds=feeds)


@pytest.mark.parametrize("year", [2017, 2027])
def test_an_edition_is_one_line_more_in_the_order_of_years(
    year: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(catalog.catalog_folder(), tmp_path / "sources")
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(tmp_path / "sources"))
    title = "Yearbook: a title, with #signs"
    file = tmp_path / "sources" / "statistical_yearbook" / "catalog.yml"
    before = file.read_text().splitlines()
    assert catalog.add_edition("statistical_yearbook", year, title) == file
    after = file.read_text().splitlines()
    at = next(n for n, line in enumerate(after) if line.lstrip().startswith(f"{year}:"))
    assert after[:at] + after[at + 1 :] == before
    editions = catalog.source("statistical_yearbook").editions
    assert editions[year] == title and list(editions) == sorted(editions)
    for wrong in ((year, title), (27, title), (2028, " ")):
        with pytest.raises(catalog.CatalogError) as error:
            catalog.add_edition("statistical_yearbook", *wrong)
        assert error.value.codes == [Code.CATALOG_ENTRY]
    assert file.read_text().splitlines() == after


@pytest.mark.parametrize(
    ("source", "edition"),
    [
        ("postal_express", 2026), ("customs", 2026), ("statistical_yearbook", 2025),
        ("statistical_yearbook", 2026), ("commerce_fdi", 2024), ("commerce_fdi", 2025),
    ],
)  # fmt: skip
def test_editions_that_are_published_and_not_obtained_have_a_name(
    source: str, edition: int
) -> None:
    """Values of 2025 appeared by January 2026: who lands them meets a named edition."""
    assert catalog.source(source).publication(edition)


def test_a_catalog_file_that_is_none_is_named(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "postal_express" / "catalog.yml"
    text = (catalog.catalog_folder() / "postal_express" / "catalog.yml").read_text("utf-8")
    file.parent.mkdir()
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(tmp_path))
    file.write_bytes(b"title: \xff")
    with refuses(catalog.CatalogError, Code.CATALOG_FORM):
        catalog.source("postal_express")
    file.write_text(f"{text}\nreferers: {{elsewhere.org: x}}\n", encoding="utf-8")
    with refuses(catalog.CatalogError, Code.CATALOG_FORM, hosts={"elsewhere.org"}) as caught:
        catalog.source("postal_express")
    assert caught.value.problems[0].place.file == str(file)


def test_a_series_that_the_catalog_cannot_hold_is_refused(tmp_path: Path, monkeypatch) -> None:
    shutil.copytree(catalog.catalog_folder(), tmp_path / "catalog")
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(tmp_path / "catalog"))
    before = (tmp_path / "catalog" / "postal_express" / "catalog.yml").read_bytes()
    with refuses(catalog.CatalogError, Code.CATALOG_ENTRY):
        catalog.add_series(
            "postal_express", "新系列", "New", (), measure="", reason="no measure yet"
        )
    assert (tmp_path / "catalog" / "postal_express" / "catalog.yml").read_bytes() == before

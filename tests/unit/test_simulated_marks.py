"""Simulated values: every page, file and download says so, whatever its kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from living_panel.estimation.artifacts.artifact import RENDERINGS
from living_panel.estimation.report import (
    DataInputs,
    build_index,
    build_pages,
    data_pages,
    entry_of,
)
from living_panel.estimation.report.search import FILE, search_script
from living_panel.estimation.tables.result import Statement
from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.outputs import release_files
from tests.fixtures.marks import unmarked
from tests.unit.report_fixture import audit, baseline, inputs, release


def planted(status: str):
    """The release of the other tests, its values of this status."""
    own = release()
    observed = own.observations.assign(status=status, file="f.csv", location="row 7")
    observed = observed.assign(unit="亿元", value_printed="1", quality="high")
    indicators = own.indicators.assign(description="Values of a test.")
    return replace(own, observations=observed, indicators=indicators)


def frames_of(own) -> dict[str, pd.DataFrame]:
    return {
        "panel": own.panel.reset_index(), "observations": own.observations, "indicators": own.indicators,
        "provinces": own.provinces, "series_breaks": own.series_breaks,
    }  # fmt: skip


def written(folder: Path, status: str) -> list[str]:
    """Write all that a site has of a release, and name the files without a mark."""
    own = planted(status)
    told = Statement("simulated", (f"{status.upper()} VALUES of a planted process.",))
    table = replace(baseline(), statements=(told,), figures_status=status)
    given = replace(inputs(folder / "data", table, audit()), release=own)
    key = ["measure", "province_code", "year"]
    cells = DataInputs(
        release=own,
        prints=pd.DataFrame(columns=[*key, "source", "edition", "unit", "value_printed", "is_winner"]),
        revisions=pd.DataFrame(columns=[*key, "edition_from", "edition_to", "relative_difference"]),
        used=own.observations[key].assign(table_id="t04_baseline", models=1),
        tables={"t04_baseline": ("Table 4", "bi_2025.table-4.html")},
        sources={name: catalog.source(name) for name in catalog.names()},
        archive=folder / "archive", link=lambda path: path.as_posix(),
    )  # fmt: skip
    entry = entry_of(given, "bi_2025.html")
    files: dict[str, str | bytes] = {**build_pages(given), "index.html": build_index([entry])}
    files[FILE] = search_script(entry.found, simulated=entry.simulated)
    files |= {name: render(table) for name, render in RENDERINGS.items()}
    files |= {name: make() for name, _, make in data_pages(cells)}
    (folder / "site").mkdir(parents=True)
    for name, write in release_files._files(frames_of(own)).items():
        write(folder / "site" / name)
    for name, content in files.items():
        place = folder / "site" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return unmarked(folder / "site")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("simulated")
    return folder / "site", written(folder, "simulated")


@pytest.mark.long
def test_every_file_of_simulated_values_says_so(simulated: tuple[Path, list[str]]) -> None:
    site, silent = simulated
    kinds = {file.suffix for file in site.iterdir()}
    assert kinds >= {
        ".html",
        ".js",
        ".csv",
        ".dta",
        ".parquet",
        ".json",
        ".docx",
        ".xlsx",
        ".tex",
        ".md",
    }
    assert silent == []
    assert all("SIMULATED VALUES" in p.read_text("utf-8") for p in site.glob("*.html"))


@pytest.mark.long
def test_files_of_official_values_say_nothing_of_it(tmp_path: Path) -> None:
    silent = written(tmp_path, "official")
    assert {"panel.csv", "panel.dta", "panel.parquet", FILE, "measure_fdi_cny_100m.csv"} <= {
        *silent
    }


def test_simulated_values_cite_no_authority(simulated: tuple[Path, list[str]]) -> None:
    site, _ = simulated
    page = (site / "measure_fdi_cny_100m.html").read_text("utf-8")
    assert "living-panel, simulated" in page and "Bureau" not in page and "Ministry" not in page


def test_a_marked_copy_is_no_other_panel(tmp_path: Path) -> None:
    frames = frames_of(planted("simulated"))
    for name in ("panel.csv", "panel.dta"):
        release_files._files(frames)[name](tmp_path / name)
    assert [*release_files.unlike_panel(tmp_path, frames["panel"])] == []
    assert pd.read_csv(tmp_path / "panel.csv")["figures"].eq("simulated").all()

"""A page's inputs made of a tiny release and tables written as artifacts, for tests of the report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
from scipy import stats

from living_panel.estimation.artifacts.artifact import CodeState, artifact_files, artifact_id
from living_panel.estimation.audit import load_paper
from living_panel.estimation.panel.spec import load_specs
from living_panel.estimation.report.gather import StoredTable, read_tables
from living_panel.estimation.report.inputs import Inputs
from living_panel.estimation.tables.result import (
    Block,
    Picture,
    Statement,
    StatisticRow,
    TableResult,
    coefficient_frame,
    statistic_frame,
)
from living_panel.ingestion.files import write_folder
from tests.unit.release_fixture import tiny_release

HOSTILE = "<script>alert('x')</script> & 江苏"


def release():
    """The tiny release with titles and units, one low-quality and one simulated-free set of cells."""
    tiny = tiny_release()
    measures = list(tiny.panel.columns)
    titles = [m.replace("_", " ") for m in measures]
    indicators = pd.DataFrame({"measure": measures, "title": titles, "unit": "100 million yuan"})
    observations = tiny.observations.copy()
    observations.loc[0, "quality"] = "low"
    observations["indicator_label"] = "指标"
    source = {"source": "statistical_yearbook", "edition": 2016, "vintage": "2016-10-01", "file": "f#1.csv",
              "sha256": "0" * 64}  # fmt: skip
    manifest = {**tiny.manifest, "sources": [source]}
    return replace(tiny, indicators=indicators, observations=observations, manifest=manifest)


def write(root: Path, table: TableResult) -> dict[str, str]:
    """Write a table as an artifact; its entry in the list of current ones."""
    code = CodeState(version="c" * 16, facts={"commit": "f" * 40, "dirty": False})
    spec = load_specs()[table.table_id]
    folder = root / spec.table / artifact_id(spec, {"release": release().release_id}, code)
    files = artifact_files(table, spec, release(), code, supersedes=None, run={"run_id": "r"})
    write_folder(folder, files)
    return {"table_id": table.table_id, "artifact_id": folder.name, "release_id": "0" * 16}


def baseline(pictures: tuple[Picture, ...] = ()) -> TableResult:
    """A table next to Table 4: one column, one slope, with text that would run if it were not escaped."""
    half = stats.t.isf(0.025, 28) * 0.05
    row = {
        "model": "headline.1", "term": "fdi", "inference": "clustered:reghdfe:t(G-1)", "estimate": 0.11,
        "std_error": 0.05, "statistic": 2.2, "df": 28, "p_value": 0.036, "ci_low": 0.11 - half,
        "ci_high": 0.11 + half, "n_obs": 290, "n_clusters": 29, "figures_status": "proxy",
    }  # fmt: skip
    return TableResult(
        table_id="t04_baseline",
        title="Table 4. " + HOSTILE,
        coefficients=coefficient_frame([row]),
        statistics=statistic_frame([StatisticRow("headline.1", "", "n_obs", "", 290, None)]),
        blocks=(Block("Grid " + HOSTILE, ("", "(1)"), (("ln FDI", "0.110**"), (HOSTILE, "(0.050)"))),),
        statements=(Statement("proxies", ("Proxy: trade for exports.",)),),
        choices={},
        sample={"n_obs": 290, "dropped": [],
                "filled": [{"measure": "exports_cny_100m", "province_code": "110000", "year": 2012}]},
        figures_status="proxy",
        pictures=pictures,
    )  # fmt: skip


def rule(
    name: str, applicable: int, status: str, *inconsistencies: tuple[str, str, str]
) -> list[StatisticRow]:
    """Statistics of one rule of an audit; inconsistencies are severity, place and what."""
    said: dict[tuple[str, str], str] = {
        ("", k): f"{k} of {name}" for k in ("family", "title", "reason")
    } | {("", "status"): status}
    for number, (severity, place, what) in enumerate(inconsistencies, start=1):
        fields = {
            "severity": severity,
            "place": place,
            "inconsistency": what,
            "evidence": "{}",
            "fact": what,
        }
        said |= {(str(number), k): v for k, v in fields.items()}
    return [
        StatisticRow(name, "", "applicable", "", applicable, None),
        StatisticRow(name, "", "n_inconsistencies", "", len(inconsistencies), None),
        *(StatisticRow(name, term, key, "", None, text) for (term, key), text in said.items()),
    ]


def audit() -> TableResult:
    """An audit with one rule that found one thing and one that applied to nothing."""
    rows = rule("first", 14, "found", ("impossible", "Table 1", "2521 rows " + HOSTILE))
    rows += rule("second", 0, "not applicable")
    return TableResult(
        table_id="x_audit", title="Audit", coefficients=coefficient_frame([]),
        statistics=statistic_frame(rows),
        blocks=(Block("Inconsistencies", ("Place", "Inconsistency"), (("Table 1", "x"),)),),
        statements=(Statement("official", ("Printed values.",)),),
        choices={}, sample={"n_obs": 14, "dropped": [], "filled": []},
        figures_status="official",
    )  # fmt: skip


def inputs(
    root: Path, *tables: TableResult, demo: list[StoredTable] | None = None, **changes
) -> Inputs:
    """Inputs of a page that lies in `root/report`."""
    artifacts = root / "artifacts"
    artifacts.mkdir(parents=True, exist_ok=True)
    listing = artifacts / "current.json"
    listing.write_text(json.dumps([write(artifacts, t) for t in tables]), encoding="utf-8")
    revisions = pd.DataFrame(
        {"province_code": ["110000"], "year": [2012], "measure": ["gdp_cny_100m"], "edition_from": [2014],
         "edition_to": [2016], "value_from": [100.0], "value_to": [102.0], "relative_difference": [0.02]}
    )  # fmt: skip
    given = {
        "paper": load_paper("bi_2025"), "release": release(),
        "tables": read_tables(artifacts, listing, "released values"), "demo": demo or [],
        "comparisons": [], "revisions": revisions, "home": root / "report",
        "release_folder": root / "releases" / ("0" * 16), "archive": root / "archive",
    }  # fmt: skip
    return Inputs(**(given | changes))

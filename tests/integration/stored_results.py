"""Files as the estimation layer stores them: artifacts, releases, comparisons, the ledger and the current list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from living_panel.estimation.tables.result import StatisticRow, specification_frame, statistic_frame

SOURCES = [
    {"source": "commerce_fdi", "edition": 2022, "vintage": "2026-11-01", "file": "a.csv",
     "sha256": "0f"},
    {"source": "statistical_yearbook", "edition": 2026, "vintage": "2026-11-01", "file": "省.csv",
     "sha256": "1f"},
]  # fmt: skip
FILLED = [
    {"interpolation": None, "measure": "gdp", "province_code": "110000", "year": 2019,
     "value": 2.5, "from_years": [2018, 2020]},
    {"interpolation": "linear", "measure": "gdp", "province_code": "120000", "year": 2019,
     "value": 1e-7, "from_years": [2018, 2021]},
]  # fmt: skip


def write_results(root: Path) -> None:
    """Two artifacts of one table, an audit of manifest schema 1, one that cannot be estimated, a half-written one."""
    artifacts = root / "artifacts"
    write_artifact(artifacts, "t04", "a" * 16, estimate=0.11, figures_status="official+proxy")
    write_artifact(artifacts, "t04", "b" * 16, estimate=0.12, sample_cells=True)
    write_artifact(artifacts, "t05", "e" * 16, estimate=None, filled=FILLED, status="not_estimable")
    write_artifact(artifacts, "t04", ".c", estimate=0.13)
    audit = artifacts / "paper_audit" / ("f" * 16)
    write_artifact(artifacts, "paper_audit", audit.name, estimate=None, kind="audit")
    pd.DataFrame(AUDIT, columns=["model", "name", "value", "text"]).to_parquet(
        audit / "statistics.parquet", index=False
    )
    drift = artifacts / "drift" / "before-after"
    drift.mkdir(parents=True)
    pd.DataFrame([MOVEMENT]).to_parquet(drift / "coefficient_drift.parquet", index=False)
    pd.DataFrame([DIFFERENCE]).to_parquet(drift / "release_diff.parquet", index=False)
    pd.DataFrame([PRINTED]).to_parquet(root / "build" / "reproduction.parquet", index=False)
    pd.DataFrame([CAUSE]).to_parquet(root / "build" / "reproduction_causes.parquet", index=False)
    _write_json(root / "releases" / "r" / "manifest.json", RELEASE)
    current = [
        {"table_id": table, "artifact_id": letter * 16, "release_id": "r"}
        for table, letter in (("t04", "b"), ("t05", "e"), ("paper_audit", "f"))
    ]
    _write_json(root / "state" / "current.json", current)
    lines = [json.dumps(line) for line in LEDGER]
    # a run that was killed has cut the last line
    (root / "ledger.jsonl").write_text("\n".join([*lines, '{"at": "2026-11-30T']))


AUDIT: list[tuple[Any, ...]] = [
    ("rule", "family", None, "tables"), ("rule", "title", None, "A title"), ("rule", "applicable", 3.0, None),
    ("rule", "status", None, "finding"), ("rule", "finding_1.severity", None, "contradiction"),
    ("rule", "finding_1.place", None, "Table 1"), ("rule", "finding_1.finding", None, "a sum is wrong"),
    ("other", "family", None, "tables"), ("other", "applicable", 0.0, None),
]  # fmt: skip
MOVEMENT = {
    "comparison": "before-after", "from_release": "q", "to_release": "r", "table_id": "t04", "model": "(1)",
    "term": "ln_fdi", "old": 0.11, "new": 0.12, "change": 0.01, "restated": 0.01, "filled_in": 0.0, "removed": 0.0,
    "rule": 0.0, "years": 0.0, "provinces": 0.0, "interpolation": 0.0, "quality": 0.0, "spec": 0.0, "code": 0.0,
    "status": "moved",
}  # fmt: skip
DIFFERENCE = {
    "comparison": "before-after", "from_release": "q", "to_release": "r", "source": "commerce_fdi",
    "indicator_label": "l", "measure": "fdi", "part": "value", "cells": 3, "first_year": 2018, "last_year": 2020,
    "provinces": 2, "largest_relative_change": 0.5,
}  # fmt: skip
PRINTED = {
    "paper": "p", "design": "reproduction", "printed_table": "1", "row": "FDI", "column": "(1)", "model": "m",
    "term": "ln_fdi", "statistic": "estimate", "part": "estimate", "printed": "0.12", "printed_value": 0.12,
    "decimals": 2, "table_id": "t04", "artifact_id": "b" * 16, "our_model": "(1)", "our_name": "ln_fdi",
    "our_inference": "", "ours": 0.12,
    "status": "reproduced", "difference": 0.0, "difference_se": 0.0, "reason_code": None,
    "reason": None, "aea_reason": None, "place": "p 1",
}  # fmt: skip
CAUSE = {
    "paper": "p", "printed_table": "1", "table_id": "t04", "row": "FDI", "column": "(1)", "model": "m",
    "term": "ln_fdi", "statistic": "estimate", "part": "bracket", "number": 1, "printed": "0.12", "ours": 0.21,
    "cause": "swapped_digits", "detail": "0.21", "explains": 2, "of": 2, "rank": 1,
}  # fmt: skip
RELEASE = {
    "release_id": "r", "figures": "official", "first_year": 2018, "last_year": 2023,
    "rows": {"panel": 620, "observations": 500}, "sources": SOURCES,
}  # fmt: skip
LEDGER = [
    {"at": "2026-11-01T00:00:00Z", "kind": "release", "name": "r", "event": "published"},
    {"at": "2026-11-02T00:00:00Z", "kind": "release", "name": "r", "event": "seen again"},
    {"at": "2026-11-02T00:00:00Z", "kind": "warehouse", "name": "one.duckdb", "event": "published"},
    {"at": "2026-11-03T00:00:00Z", "kind": "warehouse", "name": "two.duckdb", "event": "published"},
]


def write_artifact(
    artifacts: Path, table: str, artifact: str, *, estimate: float | None, status: str = "estimated",
    figures_status: str = "proxy", kind: str = "panel", filled: list[dict[str, Any]] | None = None,
    sample_cells: bool = False,
) -> None:  # fmt: skip
    """An artifact's manifest and Parquet tables; without an estimate the columns have no values."""
    folder = artifacts / table / artifact
    spec = {"table": table, "kind": kind, "options": {"paper": "某文"}}
    sample = {"n_obs": 290, "n_provinces": 29, "first_year": 2008, "last_year": 2018}
    _write_json(
        folder / "manifest.json",
        {
            "table_id": table, "artifact_id": artifact, "title": "It's a 'title'", "status": status,
            "reason": None, "release_id": "q", "figures_status": figures_status, "spec": spec,
            "code": {"code_version": "v", "commit": "abc", "dirty": False},
            "sample": sample | ({"filled": filled} if filled else {}), "sources": SOURCES,
            "result_hash": "h", "supersedes": None,
            "run": {"run_id": "u", "created_at": "2026-11-25T00:00:00Z", "seconds": 1.5},
        },
    )  # fmt: skip
    row = {
        "model": "(1)", "term": "ln_fdi", "inference": "clustered", "estimate": estimate, "std_error": 0.05,
        "statistic": estimate, "df": 28.0, "p_value": 0.04, "ci_low": None, "ci_high": None, "n_obs": 290,
        "n_clusters": 29, "figures_status": figures_status,
    }  # fmt: skip
    rows = [row] if status == "estimated" else []
    pd.DataFrame(rows, columns=list(row)).to_parquet(folder / "coefficients.parquet", index=False)
    numbers = [
        StatisticRow("(1)", "fdi", "vif", "", 0.3, None),
        StatisticRow("(1)", "", "note", "", None, "x"),
    ]
    statistic_frame(numbers).to_parquet(folder / "statistics.parquet", index=False)
    if sample_cells:
        one = {"model": "(1)", "outcome": "ex", "controls": ("gdp", "fdi"), "estimate": estimate}
        specifications = specification_frame(pd.DataFrame([one]), pd.DataFrame())
        specifications.to_parquet(folder / "specifications.parquet", index=False)
        cell = {
            "model": "(1)", "variable": "gdp", "measure": "gdp", "province_code": "110000", "year": 2018,
            "year_measured": 2018, "value": 1.0, "state": "used", "reason": None,
        }  # fmt: skip
        pd.DataFrame([cell]).to_parquet(folder / "sample_cells.parquet", index=False)
        lineage = [{"model": "(1)", **source, "cells": 29} for source in SOURCES]
        pd.DataFrame(lineage).to_parquet(folder / "coefficient_lineage.parquet", index=False)


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

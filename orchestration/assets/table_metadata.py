"""Metadata of a table in the UI: its finding in a sentence, and numbers that Plots follows over editions."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from living_panel.estimation.artifacts import artifact
from living_panel.estimation.artifacts.artifact import shown_coefficients
from living_panel.estimation.findings.declared import FILE as FINDINGS
from living_panel.estimation.findings.declared import (
    Audit,
    Count,
    Declared,
    Difference,
    Slope,
    Stored,
    load_findings,
)
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.figures import joined, status_words
from living_panel.estimation.panel.spec import PAPERS, Spec
from living_panel.ingestion.digests import sha256_of
from living_panel.orchestration.assets.report_server import report_address
from living_panel.orchestration.root.versions import module_version

SHOWN_LINES = 60  # of a table: about a page
SHOWN_MODELS = 7


def table_metadata(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Metadata of one artifact: the table on a page, its finding, its numbers."""
    from living_panel.estimation.report.contents import table_file
    from living_panel.estimation.report.gather import lineage_href

    spec, name = manifest["spec"], manifest["table_id"]
    page = table_file(spec["paper"], name, spec["kind"]) if spec.get("paper") else "index.html"
    declared = _declared(manifest)
    coefficients = headline(folder, manifest, declared)
    sample = manifest["sample"]
    return {
        "finding": finding_text(folder, manifest, declared, coefficients),
        "lineage": dg.MetadataValue.url(report_address(f"{page}{lineage_href(name)}")),
        "table": dg.MetadataValue.md(_one_page(folder / "table.md")),
        "status": manifest["status"],
        "kind of values": manifest["figures_status"],
        **_numbers(coefficients),
        "N": int(sample.get("n_obs", 0)),
        "provinces": int(sample.get("n_provinces", 0)),
        "variables measured by proxies": len(sample.get("proxies", [])),
        "cells of proxies": int(sample.get("n_obs", 0)) * len(sample.get("proxies", [])),
        "cells filled": len(sample.get("filled", [])),
        "cells of low quality": len(sample.get("low_quality", [])),
        "rows dropped": len(sample.get("dropped", [])),
        "artifact_id": folder.name,
        "release_id": manifest["release_id"],
        "seconds to estimate": float(manifest["run"].get("seconds", 0.0)),
        "path": dg.MetadataValue.path(str(folder)),
        **_pictures(folder),
    }


def metadata_version(spec: Spec) -> str:
    """Version of this metadata: of its code, and of the findings that a table carries."""
    findings = PAPERS / spec.paper / FINDINGS
    declared = sha256_of(findings)[0] if spec.paper and findings.is_file() else ""
    return document_hash([module_version(__name__), declared])[:12]


def headline(folder: Path, manifest: dict[str, Any], declared: Sequence[Declared]) -> pd.DataFrame:
    """The coefficients that a table is about, as it shows them.

    Those of the findings `declared` on it, as the report shows them; without one, the first term of the first models.
    """
    table = pd.read_parquet(folder / "coefficients.parquet")
    if table.empty:
        return table
    shown = pd.DataFrame(shown_coefficients(table, manifest))
    numbers = [_stored(shown, d.estimate) for d in declared if isinstance(d, Slope | Difference)]
    if frames := [rows for rows in numbers if len(rows)]:
        return pd.concat(frames).drop_duplicates(["model", "term"])
    terms = list(dict.fromkeys(t for t in shown["term"] if t != "constant"))
    return shown[shown["term"].isin(terms[:1])].drop_duplicates("model").head(SHOWN_MODELS)


def _stored(shown: pd.DataFrame, of: Stored) -> pd.DataFrame:
    """The coefficient that a finding is about; empty without an estimate."""
    rows = shown[(shown["model"] == of.model) & (shown["term"] == of.term)]
    return rows.dropna(subset="estimate")


def _declared(manifest: dict[str, Any]) -> list[Declared]:
    """Findings of the paper whose number is in this table."""
    name = manifest["spec"].get("paper")
    if not name or not (PAPERS / name).is_dir():
        return []
    table = manifest["table_id"]
    return [d for d in load_findings(PAPERS / name) if d.tables[0] == table]


def finding_text(
    folder: Path, manifest: dict[str, Any], declared: Sequence[Declared], numbers: pd.DataFrame
) -> str:
    """Finding of a table, in a sentence or a few: what it stores in words, or its numbers.

    `declared` are the paper's findings on it, and `numbers` the coefficients that it is about (`headline`).
    """
    # estimators take a second to load, which definitions should not cost
    from living_panel.estimation.report.finding import audit_in_words

    if manifest["status"] != "estimated":
        return f"Not estimable: {manifest['reason']}"
    statistics = artifact.read_statistics(folder)
    status = manifest["figures_status"]
    texts = [text for d in declared if (text := _stored_words(d, statistics))]
    stored = statistics[statistics["statistic"] == "verdict"]
    if not texts and len(stored):
        named = len(stored) > 1
        texts = [
            f"{row.model}: {row.text}." if named else str(row.text) for row in stored.itertuples()
        ]
    if not texts and len(numbers):
        has_number = any(isinstance(d, Slope | Difference) for d in declared)
        shown = numbers if has_number else numbers.head(1)
        texts = [_in_words(row) for row in shown.to_dict("records")]
        status = joined(shown["figures_status"])  # of these numbers, not of the whole table
    if not texts and manifest["spec"]["kind"] == "audit":
        texts = [audit_in_words(statistics)]
    values = status_words(status)
    return " ".join([*texts, f"{values[:1].upper()}{values[1:]}."])


def _stored_words(declared: Declared, statistics: pd.DataFrame) -> str:
    """Words that a table stores for a finding; "" for a finding on a number."""
    from living_panel.estimation.report.finding import audit_in_words, texts_of

    if isinstance(declared, Audit):
        return audit_in_words(statistics)
    return " ".join(texts_of(statistics, declared)) if isinstance(declared, Count) else ""


def _in_words(row: dict[str, Any]) -> str:
    """One coefficient with its interval, its test and its sample."""
    from living_panel.estimation.findings.words import number, p_words
    from living_panel.estimation.tables.facts import SHORT

    inference = SHORT.get(row["inference"], row["inference"])
    interval = ""
    if pd.notna(row["ci_low"]):
        interval = f"95 % interval {number(row['ci_low'])} to {number(row['ci_high'])}, "
    test = f"p {p_words(row['p_value'])} by {inference}" if pd.notna(row["p_value"]) else inference
    return f"{row['term']} in {row['model']}: {number(row['estimate'])} ({interval}{test}, N {int(row['n_obs'])})."


def _numbers(coefficients: pd.DataFrame) -> dict[str, float]:
    named = {
        "estimate": "estimate", "std_error": "standard error", "ci_low": "interval, low",
        "ci_high": "interval, high", "p_value": "p",
    }  # fmt: skip
    return {
        f"{shown}: {row['term']}, {row['model']}": float(row[column])
        for row in coefficients.to_dict("records")
        for column, shown in named.items()
        if pd.notna(row[column])
    }


def _one_page(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) <= SHOWN_LINES:
        return "\n".join(lines)
    return "\n".join([*lines[:SHOWN_LINES], "", f"… {len(lines) - SHOWN_LINES} more lines: {path}"])


def _pictures(folder: Path) -> dict[str, dg.MetadataValue]:
    return {
        picture.stem: dg.MetadataValue.md(
            f"![{picture.stem}](data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()})"
        )
        for picture in sorted(folder.glob("*.png"))
    }

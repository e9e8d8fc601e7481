"""Metadata of a table in the UI: its verdict in a sentence, and numbers that Plots follows over editions."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from living_panel.estimation.artifacts import artifact
from living_panel.estimation.artifacts.artifact import shown_coefficients
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.figures import joined, status_words
from living_panel.estimation.panel.spec import PAPERS, Spec
from living_panel.estimation.papers.questions import FILE as QUESTIONS
from living_panel.estimation.papers.questions import (
    Audit,
    Count,
    Question,
    Stored,
    Words,
    load_questions,
)
from living_panel.ingestion.digests import sha256_of
from living_panel.orchestration.assets.report_server import report_address
from living_panel.orchestration.root.versions import module_version

SHOWN_LINES = 60  # of a table: about a page
SHOWN_MODELS = 7


def table_metadata(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Metadata of one artifact: the table on a page, its verdict, its numbers."""
    from living_panel.estimation.report.contents import table_file
    from living_panel.estimation.report.gather import lineage_href

    spec, name = manifest["spec"], manifest["table_id"]
    page = table_file(spec["paper"], name, spec["kind"]) if spec.get("paper") else "index.html"
    asked = _asked(manifest)
    coefficients = headline(folder, manifest, asked)
    sample = manifest["sample"]
    return {
        "answer": verdict(folder, manifest, asked, coefficients),
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
    """Version of this metadata: of its code, and of the questions that a table answers."""
    questions = PAPERS / spec.paper / QUESTIONS
    asked = sha256_of(questions)[0] if spec.paper and questions.is_file() else ""
    return document_hash([module_version(__name__), asked])[:12]


def headline(folder: Path, manifest: dict[str, Any], asked: Sequence[Any]) -> pd.DataFrame:
    """The coefficients that a table is about, as it shows them.

    Those that answer one of the questions `asked` of it, as the report does; without one, the first term of the first
    models.
    """
    table = pd.read_parquet(folder / "coefficients.parquet")
    if table.empty:
        return table
    shown = pd.DataFrame(shown_coefficients(table, manifest))
    answers = [_stored(shown, a.estimate) for a in asked if _is_number(a)]
    if frames := [rows for rows in answers if len(rows)]:
        return pd.concat(frames).drop_duplicates(["model", "term"])
    terms = list(dict.fromkeys(t for t in shown["term"] if t != "constant"))
    return shown[shown["term"].isin(terms[:1])].drop_duplicates("model").head(SHOWN_MODELS)


def _stored(shown: pd.DataFrame, asked: Stored) -> pd.DataFrame:
    """The coefficient that a question asks for; empty without an estimate."""
    rows = shown[(shown["model"] == asked.model) & (shown["term"] == asked.term)]
    return rows.dropna(subset="estimate")


def _is_number(question: Question) -> bool:
    return isinstance(getattr(question, "estimate", None), Stored)


def _asked(manifest: dict[str, Any]) -> list[Any]:
    """Questions of the paper that this table answers."""
    name = manifest["spec"].get("paper")
    if not name or not (PAPERS / name).is_dir():
        return []
    table = manifest["table_id"]
    return [
        question
        for question in load_questions(PAPERS / name)
        if getattr(getattr(question, "estimate", question), "table", "") == table
    ]


def verdict(
    folder: Path, manifest: dict[str, Any], asked: Sequence[Any], numbers: pd.DataFrame
) -> str:
    """Finding of a table, in a sentence or a few: the answer to a question, its own verdict, or its numbers.

    `asked` are the paper's questions to it, and `numbers` the coefficients that it is about (`headline`).
    """
    # estimators take a second to load, which definitions should not cost
    from living_panel.estimation.report.answers import audit_in_words

    if manifest["status"] != "estimated":
        return f"Not estimable: {manifest['reason']}"
    statistics = artifact.read_statistics(folder)
    status = manifest["figures_status"]
    texts = [text for question in asked if (text := _stored_words(question, statistics))]
    verdicts = statistics[statistics["statistic"] == "verdict"]
    if not texts and len(verdicts):
        named = len(verdicts) > 1
        texts = [
            f"{row.model}: {row.text}." if named else str(row.text) for row in verdicts.itertuples()
        ]
    if not texts and len(numbers):
        shown = numbers if any(map(_is_number, asked)) else numbers.head(1)
        texts = [_in_words(row) for row in shown.to_dict("records")]
        status = joined(shown["figures_status"])  # of these numbers, not of the whole table
    if not texts and manifest["spec"]["kind"] == "audit":
        texts = [audit_in_words(statistics)]
    values = status_words(status)
    return " ".join([*texts, f"{values[:1].upper()}{values[1:]}."])


def _stored_words(question: Any, statistics: pd.DataFrame) -> str:
    """Words that a table stores as the answer to a question; "" for a question of a number."""
    from living_panel.estimation.report.answers import audit_in_words, texts_of

    if isinstance(question, Audit):
        return audit_in_words(statistics)
    if not isinstance(question, Words | Count):
        return ""
    return " ".join(texts_of(statistics, question))


def _in_words(row: dict[str, Any]) -> str:
    """One coefficient with its interval, its test and its sample."""
    from living_panel.estimation.tables.facts import SHORT
    from living_panel.estimation.verdicts.words import number, p_words

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

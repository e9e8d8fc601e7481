"""The data dictionary: every column of every model with meaning, unit, source label and formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import expressions as sql

from living_panel.estimation.tables.render import escape_markdown

STAGES = ("marts", "results", "intermediate", "staging")
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}", re.DOTALL)
BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)
UNITS = {
    "year": "year", "edition": "year", "first_year": "year", "last_year": "year", "edition_from": "year",
    "edition_to": "year", "from_edition": "year", "seconds": "second", "vintage": "ISO date",
    "vintage_from": "ISO date", "vintage_to": "ISO date", "created_at": "ISO time",
    "province_code": "GB/T 2260 code", "relative_difference": "ratio minus one",
    "largest_relative_change": "ratio minus one", "p_value": "probability", "n_obs": "rows",
    "n_cells": "cells", "n_units": "units", "n_provinces": "units", "n_periods": "periods",
    "n_clusters": "clusters", "applicable": "cells",
    "value": "the measure's", "value_from": "the measure's", "value_to": "the measure's",
    "difference": "the measure's",
}  # fmt: skip
HEADER = """# Data dictionary

This page lists every column of the warehouse: its meaning, its unit, the printed label of its values, and the
formula of a computed column. The last two tables have the names of provinces and series in English and
Chinese. `make docs` writes this page from dbt. To change a text, edit the YAML file next to the SQL.
"""


def dictionary(manifest: Mapping[str, Any], seeds: Path) -> str:
    """Markdown of the dictionary, from dbt's manifest.json and the seeds that say what measures are."""
    models = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    parts = [
        _model(stage, model, seeds)
        for stage in STAGES
        for model in sorted(models, key=lambda m: m["name"])
        if model["config"].get("schema") == stage
    ]
    return "\n".join([HEADER, *parts, _province_names(seeds), _series_names(seeds)])


def _province_names(seeds: Path) -> str:
    """Table of the provinces in English and Chinese."""
    lines = ["## Provinces", "", "| code | English | Chinese |", "|---|---|---|"]
    for row in _rows(seeds / "regions.csv"):
        lines.append(f"| `{row['province_code']}` | {row['province']} | {row['province_zh']} |")
    return "\n".join([*lines, ""])


def _series_names(seeds: Path) -> str:
    """Table of the measures in English, with the Chinese labels of their printed series."""
    labels: dict[str, dict[str, None]] = {}
    for series in _rows(seeds / "indicator_series.csv"):
        label = escape_markdown(series["indicator_label"])
        labels.setdefault(series["measure"], {})[label] = None
    lines = ["## Series", "", "| measure | English | Chinese, as printed |", "|---|---|---|"]
    for row in _rows(seeds / "measures.csv"):
        printed = "; ".join(labels.get(row["measure"], ()))
        lines.append(f"| `{row['measure']}` | {escape_markdown(row['title'])} | {printed} |")
    return "\n".join([*lines, ""])


def _model(stage: str, model: Mapping[str, Any], seeds: Path) -> str:
    formulas = formulas_of(model["raw_code"])
    measures = _measures(seeds) if model["name"] == "panel" else {}
    lines = [f"## {stage}.{model['name']}", "", " ".join(model["description"].split()), ""]
    heads = ["column", "type", "meaning", "unit", *["source label"] * bool(measures), "formula"]
    lines += [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for column in model["columns"].values():
        name = column["name"]
        known = measures.get(name)
        meaning = escape_markdown(column["description"])
        cells = [f"`{name}`", column.get("data_type") or "", meaning]
        if known:
            cells += [known["unit"], known["labels"], known["formula"]]
        else:
            formula = f"`{formulas[name]}`".replace("|", "\\|") if formulas.get(name) else ""
            cells += [UNITS.get(name, ""), *([""] if measures else []), formula]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def formulas_of(raw_code: str) -> dict[str, str]:
    """Expression of each column of a model that is more than a column of another relation.

    What Jinja would fill into the model's SQL is taken for a relation.
    """
    text = JINJA.sub("", raw_code)
    text = BRACES.sub(
        lambda m: "select 1" if re.match(r"\{\{\s*(read_|empty_)", m.group(0)) else "j", text
    )
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
    except sqlglot.errors.SqlglotError:
        return {}
    bodies = {c.alias_or_name: c.this for c in tree.find_all(sql.CTE)}
    if not isinstance(tree, sql.Select):
        return {}
    formulas = {}
    for item in tree.expressions:
        formula = _resolved(item, bodies, 0)
        if formula:
            formulas[item.alias_or_name] = formula
    return formulas


def _resolved(item: sql.Expr, bodies: Mapping[str, Any], depth: int) -> str:
    """SQL of an expression, followed through the model's own subqueries while it is a bare column."""
    inner = item.this if isinstance(item, sql.Alias) else item
    if isinstance(inner, sql.Cast):
        inner = inner.this
    if not isinstance(inner, sql.Column):
        return (
            " ".join(inner.sql(dialect="duckdb").split()) if not isinstance(inner, sql.Star) else ""
        )
    body = bodies.get(inner.table)
    if not isinstance(body, sql.Select) or depth > 6:
        return ""
    for candidate in body.expressions:
        if candidate.alias_or_name == inner.name:
            return _resolved(candidate, bodies, depth + 1)
    return ""


def _measures(seeds: Path) -> dict[str, dict[str, str]]:
    """Unit, printed labels and conversion of each measure of the panel."""
    units = {r["unit"]: r for r in _rows(seeds / "units.csv")}
    series = _rows(seeds / "indicator_series.csv")
    out = {}
    for measure in _rows(seeds / "measures.csv"):
        feeding = [s for s in series if s["measure"] == measure["measure"]]
        labels, formulas = [], []
        for line in sorted(
            feeding, key=lambda s: (s["series_priority"], s["source"], s["indicator_label"])
        ):
            label = f"{line['indicator_label']} ({line['source']}, {line['unit']})"
            labels.append(escape_markdown(label))
            formulas.append(_conversion(line["unit"], measure, units))
        out[measure["measure"]] = {
            "unit": measure["unit"],
            "labels": "; ".join(dict.fromkeys(labels)) or "none known",
            "formula": "; ".join(dict.fromkeys(f for f in formulas if f)),
        }
    return out


def _conversion(
    unit: str, measure: Mapping[str, str], units: Mapping[str, Mapping[str, str]]
) -> str:
    known = units.get(unit)
    if known is None:
        return ""
    ratio = float(known["multiple"]) / float(measure["multiple"])
    exchanged = known["dimension"] != measure["dimension"]
    rate = " × mean CNY per USD of the year" if exchanged and known["dimension"] == "usd" else ""
    factor = "" if ratio == 1 else f" × {ratio:g}"
    return f"printed {unit}{factor}{rate}" if factor or rate else "as printed"


def _rows(path: Path) -> Sequence[Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))

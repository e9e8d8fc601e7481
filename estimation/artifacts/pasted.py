"""A stored table of columns to paste into a paper: its terms, digits and style are chosen, its numbers are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from living_panel.estimation.artifacts import codes
from living_panel.estimation.artifacts.artifact import (
    read_manifest,
    read_refusals,
    read_statistics,
    shown_coefficients,
)
from living_panel.estimation.econometrics.library.compare import ShownColumn, arranged_columns
from living_panel.estimation.panel.errors import Unusable
from living_panel.estimation.panel.former_names import FORMER_SIZES
from living_panel.estimation.tables.exported import rendered
from living_panel.estimation.tables.facts import R_SQUARED, errors_text, inference_text, mean_text
from living_panel.estimation.tables.result import Block, Statement, TableResult

CONSTANT = "constant"
ROWS = ["estimate", "std_error", "ci_low", "ci_high", "p_value"]


@dataclass(frozen=True)
class Choice:
    """What of a table is pasted, and how.

    `block` is the id of one of its blocks, "" for the first; `keep` and `drop` are variables by name or label.
    """

    block: str = ""
    keep: Sequence[str] | None = None
    drop: Sequence[str] | None = None
    digits: int = 3
    style: Literal["plain", "aer"] = "plain"


def paste(folder: Path, name: str, choice: Choice) -> bytes:
    """Return a stored table as the file of a name, whose ending is the format.

    Raises
    ------
    Unusable
        For a table without columns of coefficients, or a block that it does not have.
    InvalidOption
        For a term that it does not have, or a format that there is not.
    """
    return rendered(_chosen(folder, choice), name)


def _chosen(folder: Path, choice: Choice) -> TableResult:
    manifest = read_manifest(folder)
    spec = manifest["spec"]
    title, models = _block(manifest, choice.block)
    labels = {name: variable["label"] for name, variable in spec["variables"].items()}
    labels[CONSTANT] = "Constant"
    columns = _columns(folder, manifest, models)
    terms = list(dict.fromkeys(term for column in columns for term in column.rows.index))
    terms.sort(key=CONSTANT.__eq__)
    names = {labels.get(term, term): term for term in terms}
    keep, drop = (
        None if asked is None else [names.get(name, name) for name in asked]
        for asked in (choice.keep, choice.drop)
    )
    frame, notes = arranged_columns(
        columns, terms, keep, drop, choice.digits, choice.style, spec["stars"]
    )
    cells = frame.itertuples(index=True, name=None)
    rows = tuple((labels.get(label, label), *map(str, texts)) for label, *texts in cells)
    first = [at for at, row in enumerate(rows) if at == 0 or row[0] not in ("", rows[at - 1][0])]
    refused = read_refusals(folder, read_statistics(folder))
    lost = [f"{h}: not estimable: {refused[m]}" for h, m in models.items() if m in refused]
    texts = [*lost, *_ways(folder, manifest, models), " ".join(notes)]
    block = Block(title, ("", *models), rows, tuple(filter(None, texts)), frozenset(first))
    return TableResult(
        table_id=manifest["table_id"],
        title=manifest["title"],
        blocks=(block,),
        statements=tuple(Statement("stored", (line,)) for line in manifest["banner"]),
        figures_status=manifest["figures_status"],
        notes=tuple(spec["notes"]),
    )


def _block(manifest: Mapping[str, Any], asked: str) -> tuple[str, dict[str, str]]:
    """Title of a block, and its models by the heads of their columns."""
    options, table = manifest["spec"]["options"], manifest["table_id"]
    blocks = {str(block["id"]): block for block in options.get("blocks", [])}
    columns = options.get("columns", [])
    if asked and asked not in blocks:
        raise Unusable(codes.NO_BLOCK(table=table, block=asked, known=[*blocks]))
    if blocks:
        block = blocks[asked or next(iter(blocks))]
        title = ". ".join(text for text in (block["title"], block.get("detail", "")) if text)
        effects = block.get("effects")
        kinds = [*effects] if isinstance(effects, Mapping) else []
        names = kinds or [str(n) for n in range(1, len(block["enter"]) + 1)]
        heads = [k.replace("_", " ").capitalize() for k in kinds] or [f"({n})" for n in names]
        return title, {str(h): f"{block['id']}.{n}" for h, n in zip(heads, names, strict=True)}
    if not columns:
        raise Unusable(codes.NO_COLUMNS(table=table))
    return manifest["title"], {str(c.get("title") or c["label"]): str(c["id"]) for c in columns}


def _columns(
    folder: Path, manifest: Mapping[str, Any], models: Mapping[str, str]
) -> list[ShownColumn]:
    stored = pd.read_parquet(folder / "coefficients.parquet")
    shown = pd.DataFrame(shown_coefficients(stored, manifest))
    statistics = read_statistics(folder)
    of_models = statistics[(statistics["term"] == "") & (statistics["inference"] == "")]
    numbers = {
        m: dict(zip(r["statistic"], r["value"], strict=True)) for m, r in of_models.groupby("model")
    }
    known = {name for m in models.values() for name in numbers.get(m, {})}
    kind = next((kind for kind in R_SQUARED if f"r_squared_{kind}" in known), "")
    return [
        ShownColumn(
            head,
            rows.set_index("term")[ROWS].astype("float64"),
            _facts(manifest, rows, numbers.get(model, {}), kind) if len(rows) else {},
        )
        for head, model in models.items()
        for rows in [shown[shown["model"] == model]]
    ]


def _ways(folder: Path, manifest: Mapping[str, Any], models: Mapping[str, str]) -> list[str]:
    """Sentence with the inferences of the columns in full."""
    stored = pd.read_parquet(folder / "coefficients.parquet")
    rows = shown_coefficients(stored[stored["model"].isin([*models.values()])], manifest)
    labels = dict.fromkeys(str(row["inference"]) for row in rows)
    return [f"Inference: {'; '.join(map(inference_text, labels))}."] if labels else []


def _facts(
    manifest: Mapping[str, Any], rows: pd.DataFrame, numbers: Mapping[str, float], kind: str
) -> dict[str, str]:
    """Rows below the coefficients of a column."""
    unit, first = manifest["spec"]["unit"], rows.iloc[0]
    facts = {"Inference": errors_text(str(first["inference"]))}
    if pd.notna(first["n_clusters"]):
        facts["Clusters"] = f"{first['n_clusters']:.0f}"
    facts["Observations"] = f"{first['n_obs']:.0f}"
    plurals = (unit["plural"], f"{unit['period']}s")
    for words, names in zip(plurals, FORMER_SIZES.items(), strict=True):
        count = next((numbers[name] for name in names if name in numbers), None)
        if count is not None:
            facts[words.capitalize()] = f"{count:.0f}"
    if f"r_squared_{kind}" in numbers:
        facts[R_SQUARED[kind]] = f"{numbers[f'r_squared_{kind}']:.3f}"
    if "outcome_mean" in numbers:
        facts["Mean, dependent variable"] = str(mean_text(numbers["outcome_mean"]))
    return facts

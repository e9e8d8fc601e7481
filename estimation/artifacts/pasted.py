"""A stored table of columns to paste into a paper: its terms, digits and style are chosen, its numbers are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.artifacts.artifact import (
    read_manifest,
    read_refusals,
    read_statistics,
    shown_coefficients,
)
from living_panel.estimation.econometrics.library.compare import ShownColumn, arranged_columns
from living_panel.estimation.econometrics.statistic import starless
from living_panel.estimation.panel.by_sample import columns_by_sample
from living_panel.estimation.panel.errors import Unusable
from living_panel.estimation.panel.former_names import FORMER_SIZES
from living_panel.estimation.tables.exported import rendered
from living_panel.estimation.tables.facts import (
    NOT_THERE,
    R_SQUARED,
    begun,
    errors_text,
    inference_text,
    mean_text,
)
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
    columns, inferences = _columns(folder, manifest, models)
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
    kept = {*(terms if keep is None else keep)} - {*(drop or ())}
    gone = [label for label, term in names.items() if term not in kept]
    left_out = f"Estimated, but not shown: {', '.join(gone)}." if gone else ""
    ways = f"Inference: {'; '.join(map(inference_text, inferences))}." if inferences else ""
    texts = [*lost, left_out, ways, " ".join(notes)]
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
    columns = columns_by_sample(options)
    if asked and asked not in blocks:
        raise Unusable(
            Code.UNKNOWN_TABLE(
                "table {table} has no block {block!r}",
                "name {known:or}; without a name you get the first block",
                table=table,
                block=asked,
                known=[*blocks],
            )
        )
    if blocks:
        block = blocks[asked or next(iter(blocks))]
        title = ". ".join(text for text in (block["title"], block.get("detail", "")) if text)
        effects = block.get("effects")
        kinds = [*effects] if isinstance(effects, Mapping) else []
        names = kinds or [str(n) for n in range(1, len(block["enter"]) + 1)]
        heads = [k.replace("_", " ").capitalize() for k in kinds] or [f"({n})" for n in names]
        return title, {str(h): f"{block['id']}.{n}" for h, n in zip(heads, names, strict=True)}
    if not columns:
        raise Unusable(
            Code.UNKNOWN_TABLE(
                "table {table} has no columns of coefficients to choose from",
                "use its files without a choice: the page of the table links them",
                table=table,
            )
        )
    return manifest["title"], {str(c.get("title") or c["label"]): str(c["id"]) for c in columns}


def _columns(
    folder: Path, manifest: Mapping[str, Any], models: Mapping[str, str]
) -> tuple[list[ShownColumn], list[str]]:
    """Columns of a block, and the inferences that they show, each once."""
    stored = pd.read_parquet(folder / "coefficients.parquet")
    shown = pd.DataFrame(shown_coefficients(stored, manifest))
    parts = {head: shown[shown["model"] == model] for head, model in models.items()}
    statistics = read_statistics(folder)
    without = starless(statistics)
    of_models = statistics[(statistics["term"] == "") & (statistics["inference"] == "")]
    numbers = {
        m: dict(zip(r["statistic"], r["value"], strict=True)) for m, r in of_models.groupby("model")
    }
    stated = {h: manifest.get("columns", {}).get(m) or _shown(parts[h]) for h, m in models.items()}
    known = {name for m in models.values() for name in numbers.get(m, {})}
    kind = next((kind for kind in R_SQUARED if f"r_squared_{kind}" in known), "")
    effects = list(dict.fromkeys(e for s in stated.values() for e in s.get("effects", [])))
    inferences = list(dict.fromkeys(s["errors"] for s in stated.values() if s))
    columns = []
    for head, model in models.items():
        facts = {}
        if len(parts[head]):
            facts = _stated_rows(stated[head], effects, len(inferences) > 1) | _numbers(
                manifest, parts[head].iloc[0], numbers.get(model, {}), kind
            )
        rows = parts[head].set_index("term")[ROWS].astype("float64")
        if model in without:
            rows["p_value"] = np.nan
        columns.append(ShownColumn(head, rows, facts))
    return columns, inferences


def _shown(rows: pd.DataFrame) -> dict[str, Any]:
    """What the coefficients of a column say of it, where an older version stored no more."""
    if rows.empty:
        return {}
    first = rows.iloc[0]
    clusters = None if pd.isna(first["n_clusters"]) else int(first["n_clusters"])
    return {"errors": str(first["inference"]), "n_clusters": clusters}


def _stated_rows(
    stated: Mapping[str, Any], effects: Sequence[str], several: bool
) -> dict[str, str]:
    """Rows of what a column is; its inference where columns have several."""
    rows = {}
    if "outcome" in stated:
        rows = {"Dependent variable": stated["outcome"], "Estimator": stated["estimator"]}
        rows |= {f"{begun(e)} effects": "yes" if e in stated["effects"] else "no" for e in effects}
        rows |= {} if effects else {"Fixed effects": NOT_THERE}
    rows |= {"Inference": errors_text(stated["errors"])} if several else {}
    if stated.get("clusters"):
        rows["Clustered by"] = ", ".join(stated["clusters"])
    return rows | ({"Clusters": str(stated["n_clusters"])} if stated["n_clusters"] else {})


def _numbers(
    manifest: Mapping[str, Any], first: pd.Series, numbers: Mapping[str, float], kind: str
) -> dict[str, str]:
    """Rows of a column's sizes, R² and mean."""
    unit = manifest["spec"]["unit"]
    facts = {"Observations": f"{first['n_obs']:.0f}"}
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

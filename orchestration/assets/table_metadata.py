"""What the UI shows of a table: its verdict in a sentence, and numbers that Plots follows over editions."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from estimation.artifacts.artifact import primary_rows
from estimation.panel.figures import status_words

SHOWN_LINES = 60  # of a table: about a page
SHOWN_MODELS = 7


def table_metadata(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Metadata of one artifact: the table on a page, its verdict, its numbers."""
    coefficients = headline(folder, manifest)
    sample = manifest["sample"]
    return {
        "verdict": verdict(folder, manifest),
        "table": dg.MetadataValue.md(_one_page(folder / "table.md")),
        "status": manifest["status"],
        "figures": manifest["figures_status"],
        **_numbers(coefficients),
        "N": int(sample.get("n_obs", 0)),
        "provinces": int(sample.get("n_provinces", 0)),
        "roles played by proxies": len(sample.get("proxies", [])),
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


def headline(folder: Path, manifest: dict[str, Any]) -> pd.DataFrame:
    """The coefficient that a table is about, by model: under its primary inference, first models first."""
    table = pd.read_parquet(folder / "coefficients.parquet")
    if table.empty:
        return table
    chosen = primary_rows(table, manifest)
    terms = list(dict.fromkeys(t for t in chosen["term"] if t != "constant"))
    return chosen[chosen["term"] == terms[0]].drop_duplicates("model").head(SHOWN_MODELS)


def verdict(folder: Path, manifest: dict[str, Any]) -> str:
    """What a table says, in a sentence or a few: its own words if it has any, else its first number."""
    if manifest["status"] != "estimated":
        return f"Not estimable: {manifest['reason']}"
    statistics = pd.read_parquet(folder / "statistics.parquet")
    own = statistics[statistics["name"] == "verdict"]
    if len(own):
        return "; ".join(f"{row.model}: {row.text}" for row in own.itertuples())
    numbers = headline(folder, manifest)
    if numbers.empty:
        return f"{status_words(manifest['figures_status'])}."
    row = numbers.iloc[0]
    return (
        f"{row['term']} in {row['model']}: {row['estimate']:.3f} (s.e. {row['std_error']:.3f}, "
        f"p {row['p_value']:.3f}, {row['inference']}), N {int(row['n_obs'])}; "
        f"{status_words(manifest['figures_status'])}."
    )


def _numbers(coefficients: pd.DataFrame) -> dict[str, float]:
    named = {"estimate": "estimate", "std_error": "standard error", "p_value": "p"}
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

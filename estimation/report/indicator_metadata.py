"""Metadata of a measure: the fields that Our World in Data requires of an indicator and of its origins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd

from living_panel.estimation.audit.figures import NATIONAL
from living_panel.estimation.panel.release import Release

SHORT_UNITS = {
    "100 million yuan": "100m CNY",
    "10 thousand yuan": "10k CNY",
    "million US dollars": "1m USD",
    "10 thousand persons": "10k",
    "10 thousand parcels": "10k",
    "previous year = 100": "index",
    "yuan per US dollar": "CNY per USD",
}
"""Units as a chart writes them; any other unit is short already."""
REQUIRED = (
    "title",
    "unit",
    "short_unit",
    "description_short",
    "processing_level",
    "update_period_days",
    "origins",
)
REQUIRED_OF_ORIGIN = (
    "producer",
    "title",
    "date_published",
    "date_accessed",
    "citation_full",
    "url_main",
    "license",
)
"""Required fields of an indicator and of an origin (Our World in Data, ETL metadata reference)."""
YEARLY = 365
MOST_NOTES = 4
SERIES = ("source", "indicator_label", "unit")
"""Columns that tell the printed series apart."""


class IndicatorSource(Protocol):
    """The catalog's description of an authority's publication."""

    source: str
    title: str
    producer: str
    licence: str
    address: str
    editions: dict[int, str]


def cells_of(release: Release, measure: str) -> pd.DataFrame:
    """Provincial values of a measure, each with its source."""
    cells = release.observations.dropna(subset=["value"])
    return cells[(cells["measure"] == measure) & (cells["province_code"] != NATIONAL)]


def indicator_metadata(
    release: Release, measure: str, sources: Mapping[str, IndicatorSource]
) -> dict[str, Any]:
    """Describe a measure of a release.

    Parameters
    ----------
    release : Release
    measure : str
        Column of the panel.
    sources : mapping of str to Source
        Catalog entry of every source by name.

    Returns
    -------
    dict
        The fields of `REQUIRED`, each origin with those of `REQUIRED_OF_ORIGIN`. Also timespan, citation, and
        `description_processing` where values are derived, corrected or of low quality.
    """
    about = release.indicators.set_index("measure").loc[measure]
    cells = cells_of(release, measure)
    processing = _processing(cells, about, release.indicators)
    origins = _origins(cells, sources)
    producers = list(dict.fromkeys(origin["producer"] for origin in origins))
    fields = {
        "title": str(about["title"]),
        "unit": str(about["unit"]),
        "short_unit": SHORT_UNITS.get(str(about["unit"]), str(about["unit"])),
        "description_short": str(about["description"]),
        "processing_level": "major" if processing else "minor",
        "update_period_days": YEARLY,
        "timespan": f"{cells['year'].min()}-{cells['year'].max()}" if len(cells) else "",
        "display": {"tolerance": 0, "conversionFactor": 1},
        "citation_short": f"{'; '.join(producers)}, compiled by living-panel.",
        "origins": origins,
    }
    return fields | ({"description_processing": processing} if processing else {})


def missing_fields(metadata: Mapping[str, Any]) -> list[str]:
    """Name the required fields that are absent or empty."""
    missing = [name for name in REQUIRED if metadata.get(name) in (None, "", [])]
    if metadata.get("processing_level") == "major" and not metadata.get("description_processing"):
        missing.append("description_processing")
    for number, origin in enumerate(metadata.get("origins", [])):
        missing += [f"origins.{number}.{n}" for n in REQUIRED_OF_ORIGIN if not origin.get(n)]
    return missing


def _origins(cells: pd.DataFrame, sources: Mapping[str, IndicatorSource]) -> list[dict[str, Any]]:
    """One origin for each edition of a source that gives a value."""
    key = ["source", "edition", "vintage"]
    return [
        _origin_of_simulated(str(name), str(edition), str(vintage), len(group))
        if (group["status"] == "simulated").all()
        else _origin(sources[str(name)], int(str(edition)), str(vintage), len(group))
        for (name, edition, vintage), group in cells.groupby(key, observed=True)
        if str(name) in sources
    ]


def _origin(source: IndicatorSource, edition: int, vintage: str, cells: int) -> dict[str, Any]:
    publication = source.editions.get(edition, source.title)
    return {
        "producer": source.producer,
        "title": publication,
        "date_published": str(edition),
        "date_accessed": vintage[:10],
        "citation_full": f"{source.producer}. {publication}. {edition}. Obtained on {vintage[:10]}.",
        "url_main": source.address,
        "license": {"name": source.licence},
        "source": source.source,
        "cells": cells,
    }


def _origin_of_simulated(source: str, edition: str, vintage: str, cells: int) -> dict[str, Any]:
    """The origin of planted values: no authority has published them."""
    producer = "living-panel, simulated"
    return {
        "producer": producer,
        "title": "SIMULATED values of a planted process",
        "date_published": edition,
        "date_accessed": vintage[:10],
        "citation_full": f"{producer}. SIMULATED values, which are not to be cited.",
        "url_main": "",
        "license": {"name": "none: simulated"},
        "source": source,
        "cells": cells,
    }


def _processing(cells: pd.DataFrame, about: pd.Series, measures: pd.DataFrame) -> str:
    """Sentences on values that are not as published; "" where all are."""
    sentences = []
    derived = cells[cells["status"] == "derived"]
    if len(derived):
        sentences.append(
            f"{len(derived)} of {len(cells)} values are derived, for example: {_notes(derived)}."
        )
    simulated = int((cells["status"] == "simulated").sum())
    if simulated:
        sentences.append(f"{simulated} values are simulated.")
    corrected = int(cells["file"].astype(str).str.contains("corrections.csv").sum())
    if corrected:
        sentences.append(f"{corrected} printed values are corrected (corrections.csv).")
    low = int((cells["quality"] == "low").sum())
    if low:
        sentences.append(
            f"{low} values are of low quality: they were not confirmed by a second copy."
        )
    if pd.notna(about.get("proxy_for")) and about.get("proxy_for"):
        concept = measures.set_index("measure")["title"].get(about["proxy_for"], about["proxy_for"])
        sentences.append(f"Tables use the measure as a proxy for: {concept}.")
    return " ".join(sentences)


def _notes(derived: pd.DataFrame) -> str:
    """The note of one cell of each series and unit, the series with the most cells first."""
    noted = derived.assign(note=derived["note"].fillna("").astype(str).str.strip("; ."))
    series = noted[noted["note"] != ""].groupby(list(SERIES), observed=True)["note"]
    common = series.agg(["size", "first"]).sort_values("size", ascending=False, kind="stable")
    notes = dict.fromkeys(common["first"][:MOST_NOTES])
    return "; ".join(notes) or "converted or computed from printed values"

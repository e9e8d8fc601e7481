"""The values behind the charts of a page, as JSON that is small enough for the page."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from markupsafe import Markup

from living_panel.estimation.audit.figures import NATIONAL
from living_panel.estimation.panel.periods import frequency_of, period_text
from living_panel.estimation.panel.release import Release
from living_panel.estimation.report.panel_pictures import (
    SUMMARISED,
    is_logarithmic,
    region_colours,
)

LIBRARY = Path(__file__).resolve().parent / "vega" / "vega.min.js"
LETTERS = string.digits + string.ascii_letters
DIGITS = 7  # significant ones of a value


def chart_data(
    release: Release, measures: Sequence[str], along: str, library: str = LIBRARY.name
) -> Markup:
    """Script element with the values of `measures`, each with its source, edition and kind.

    `along` is the title of the axis of periods, `library` the address of the chart library. A measure has a line of
    values a unit, and a line of letters that name the source of each. `periods` are the texts of periods that are no
    years.
    """
    units = release.provinces.sort_values("province_code")
    years = release.panel.index.get_level_values("year")
    span = range(int(years.min()), int(years.max()) + 1)
    cells = _cells(release, measures)
    sources = sorted(cells["origin"].unique())
    # a release with more sources than letters names the first ones, and the rest by one word
    letters = dict(zip(sources, LETTERS, strict=False))
    keys = zip(cells["measure"], cells["province_code"], cells["year"], strict=True)
    origins = dict(zip(keys, cells["origin"].map(letters).fillna(" "), strict=True))
    page = {
        "along": along,
        "first": span[0],
        "last": span[-1],
        **({} if frequency_of(span[0]) == "numbers" else {"periods": [*map(period_text, span)]}),
        "summarised": SUMMARISED,
        "letters": "".join(letters.values()),
        "sources": list(letters),
        "regions": [(c, region) for region, c in region_colours(release).items()],
        "units": _units(units),
        "measures": {m: _measure(release, origins, m, span) for m in measures},
    }
    text = json.dumps(page, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c")
    element = '<script type="application/json" id="chart-data" data-library="{}">'
    return Markup(element.format(library) + text + "</script>")


def _cells(release: Release, measures: Sequence[str]) -> pd.DataFrame:
    cells = release.observations.dropna(subset=["value"])
    cells = cells[(cells["province_code"] != NATIONAL) & cells["measure"].isin(list(measures))]
    origin = cells["source"].astype(str).str.replace("_", " ") + " " + cells["edition"].astype(str)
    return cells.assign(origin=origin + ", " + cells["status"].astype(str))


def _units(units: pd.DataFrame) -> list[list[str]]:
    columns = ["province_code", "province", "province_zh", "region_three"]
    cells = units.reindex(columns=columns).fillna("").astype(str)
    cells["province_zh"] = cells["province_zh"].where(cells["province_zh"] != cells["province"], "")
    return cells.to_numpy().tolist()


def _measure(
    release: Release, origins: Mapping[tuple[str, str, int], str], measure: str, span: range
) -> dict[str, object]:
    codes = list(release.provinces.sort_values("province_code")["province_code"])
    wide = release.panel[measure].unstack("province_code").reindex(index=span, columns=codes)
    about = release.indicators.set_index("measure").loc[measure]
    return {
        "unit": str(about["unit"]),
        "log": is_logarithmic(wide.to_numpy(dtype="float64")),
        "values": [[_short(v) for v in series] for series in wide.to_numpy().T],
        "from": [
            "".join(origins.get((measure, code, year), " ") for year in span) for code in codes
        ],
    }


def _short(value: float) -> float | int | None:
    if not np.isfinite(value):
        return None
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() else short

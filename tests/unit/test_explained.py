"""Tables of the pages that explain: their numbers are the stored ones."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pandas as pd
import pytest

from tests.conftest import REPOSITORY

STORED = REPOSITORY / "estimation" / "panel_tests" / "critical_values"
UNIT_ROOTS = (
    ("llc", "Levin-Lin-Chu, bandwidth 4", 4, "asymptotic"),
    ("llc", "Levin-Lin-Chu, bandwidth 2", 2, "finite_sample"),
    ("ht", "Harris-Tzavalis", None, "asymptotic"),
    ("ips", "Im-Pesaran-Shin", None, "asymptotic"),
    ("fisher", "Fisher", None, "asymptotic"),
    ("fisher", "Fisher", None, "finite_sample"),
    ("cips", "CIPS", None, "asymptotic"),
)
COLUMNS = {"FDI": "FDI", "FDI, GDP": "FDI and GDP", "all but CE": "all but CE"}
INFERENCES = ("CR1, t(G-1)", "CR3, t(G-1)", "wild cluster bootstrap")


def unit_root_sizes() -> Iterator[str]:
    yield "| test | critical values | independent units | one common factor |\n|---|---|---:|---:|"
    sizes = pd.read_csv(STORED / "sizes.csv")
    same = (sizes["n"] == 29) & (sizes["t"] == 18) & (sizes["trend"] == "c") & (sizes["lags"] == 0)
    sizes = sizes[same & ~sizes["demean"]]
    for test, name, bandwidth, values in UNIT_ROOTS:
        found = sizes[(sizes["test"] == test) & (sizes["critical_values"] == values)]
        found = found[found["bandwidth"].eq(bandwidth) if bandwidth else found["bandwidth"].isna()]
        (row,) = found.itertuples()
        origin = "simulated" if values == "finite_sample" else values
        yield f"| {name} | {origin} | {percent(row.size_independent)} | {percent(row.size_one_factor)} |"


def inference_sizes() -> Iterator[str]:
    yield f"| columns | {' | '.join(INFERENCES)} |\n|---|---:|---:|---:|"
    sizes = pd.read_csv(STORED / "inference_sizes.csv")
    sizes = sizes[(sizes["window"] == "2005-2021") & (sizes["variances"] == "by province")]
    sizes = sizes[(sizes["memory"] == 0.8) & (sizes["slope"] == 0)]
    for columns, words in COLUMNS.items():
        rates = sizes[sizes["columns"] == columns].set_index("inference")["rejected"]
        yield f"| {words} | {' | '.join(percent(rates[name]) for name in INFERENCES)} |"


def rule_sizes() -> Iterator[str]:
    heads = "holds | holds by shares alone | main estimate significant"
    yield f"| design | elasticity | choices | panels | {heads} |\n|---|{'---:|' * 6}"
    for row in pd.read_csv(STORED / "verdict_rule_sizes.csv").itertuples():
        rates = (percent(rate) for rate in (row.holds, row.by_shares, row.significant))
        line = (row.design, f"{row.slope:g}", str(row.n_choices), str(row.panels), *rates)
        yield f"| {' | '.join(line)} |"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


@pytest.mark.parametrize(
    ("page", "name", "rows"),
    [
        ("unit_roots.md", "unit root sizes", unit_root_sizes),
        ("few_clusters.md", "inference sizes", inference_sizes),
        ("findings_rule.md", "rule sizes", rule_sizes),
    ],
)
def test_a_table_shows_what_is_stored(page: str, name: str, rows) -> None:
    path, mark = REPOSITORY / "docs" / page, f"<!-- {name} -->"
    before, _, after = path.read_text(encoding="utf-8").split(mark)
    made = f"{before}{mark}\n" + "\n".join(rows()) + f"\n{mark}{after}"
    if os.environ.get("UPDATE_SNAPSHOT"):
        path.write_text(made, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == made

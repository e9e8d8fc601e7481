"""The audit as a table: every inconsistency stored once, with the cells its rule applied to."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from living_panel.estimation.audit import SEVERITIES, Evidence, load_paper, run_audit
from living_panel.estimation.panel.spec import load_specs
from living_panel.estimation.tables.estimate import estimate
from living_panel.estimation.tables.kinds.audit import inconsistencies_of
from living_panel.estimation.tables.render import to_html
from tests.unit.release_fixture import tiny_release

SPEC = load_specs()["x_audit"]


@pytest.fixture(scope="module")
def release():
    rates = {"measure": ["cny_per_usd", "gdp"], "year": [2022, 2022], "value": [6.7261, 1.0]}
    return replace(tiny_release(), national=pd.DataFrame(rates))


@pytest.fixture(scope="module")
def table(release):
    return estimate(SPEC, release)


@pytest.mark.long
def test_stored_inconsistencies_are_those_of_the_rules(release, table) -> None:
    audit = run_audit(load_paper("bi_2025"), Evidence.from_release(release))
    stored = inconsistencies_of(table.statistics)
    columns = [
        "rule",
        "severity",
        "place",
        "inconsistency",
        "evidence",
        "fact",
        "applicable",
        "status",
    ]
    left = stored[columns].astype("string").sort_values(columns, ignore_index=True)
    right = audit[columns].astype("string").sort_values(columns, ignore_index=True)
    pd.testing.assert_frame_equal(left, right)
    assert table.coefficients.empty and table.banner


def test_evidence_is_what_the_release_has(release) -> None:
    own = Evidence.from_release(release)
    assert own.rates == {2022: 6.7261} and len(own.cells)
    assert sum(map(len, own.groups.values())) == len(own.names) == len(release.provinces)


def test_the_grids_say_how_many_cells_each_family_applied_to(table) -> None:
    total = table.blocks[0].rows[-1]
    stored = inconsistencies_of(table.statistics)
    assert int(total[3]) == stored.drop_duplicates("rule")["applicable"].sum()
    facts = stored.groupby("severity")["fact"].nunique()
    assert [int(n) for n in total[4:]] == [facts[s] for s in SEVERITIES]
    shown = [row for block in table.appendix[:-1] for row in block.rows]
    assert len(shown) == stored["inconsistency"].notna().sum()


def test_the_totals_of_all_families_are_set_apart_by_a_rule(table) -> None:
    first = BeautifulSoup(to_html(table), "lxml").find("table")
    assert [row.th.get_text() for row in first.select("tr.rule")] == ["all families"]
    assert first.select("tbody tr")[-1].th.get_text() == "all families"


def test_simulated_figures_are_no_evidence_and_the_banner_says_simulated(release) -> None:
    simulated = replace(release, observations=release.observations.assign(status="simulated"))
    table = estimate(SPEC, simulated)
    assert table.figures_status == "simulated"
    assert table.banner[0].startswith("SIMULATED")
    revealed = inconsistencies_of(table.statistics).query("family == 'sample revealed'")
    assert revealed["inconsistency"].isna().all()
    assert revealed["status"].str.startswith("no evidence").all()

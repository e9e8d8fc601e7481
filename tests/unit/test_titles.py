"""Titles, questions of tables and findings name what was measured, not what was wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.audit import load_paper
from living_panel.estimation.findings.declared import load_findings
from living_panel.estimation.panel.sample import build_sample
from living_panel.estimation.panel.spec import Interpolation, Sample, load_specs
from living_panel.estimation.report.finding import find
from living_panel.estimation.report.gather import StoredTable
from living_panel.estimation.tables.builder import Builder
from living_panel.estimation.tables.result import statistic_frame
from tests.paths import BI
from tests.unit.release_fixture import PROVINCES, YEARS, tiny_release

WINDOW = Sample(
    provinces="all", first_year=2010, last_year=2015, without_years=[], minimum_coverage=1
)
EXPORTS = {(p, y): 5.0 + y for p in PROVINCES for y in YEARS}


@pytest.mark.parametrize(
    ("landed", "word"),
    [
        ({"exports_origin_cny_100m": EXPORTS}, "exports by place of origin"),
        ({"exports_origin_cny_100m": {}, "exports_cny_100m": EXPORTS}, "exports by operating unit"),
    ],
)
def test_a_title_names_the_measure_that_is_used(landed: dict, word: str) -> None:
    release = tiny_release(**landed)
    spec = load_specs()["t05_long_run"]
    table = Builder(spec, release)
    roles = {role: spec.variables[role] for role in ("ex", "fdi", "gdp")}
    table.add_sample("main", build_sample(release, roles, WINDOW, Interpolation(method="none")))
    table.add_numbers("main", {"anything": 1.0})  # without a number there is no table
    made = table.result()
    assert made.title == f"Table 5. FMOLS and DOLS of {word} on FDI and GDP"
    assert f"elasticity of {word} with respect" in made.question
    assert (
        made.sample["words"]["fdi"] == "fdi_cny_100m"
    )  # no words of its own, no title in the release


@pytest.mark.parametrize("word", ["trade", "exports"])
def test_a_finding_names_what_its_table_used(word: str) -> None:
    row = {"model": "headline.7", "term": "fdi", "inference": "wild_cluster_bootstrap:rademacher",
           "estimate": 0.06, "std_error": 0.065, "df": np.nan, "p_value": 0.4, "ci_low": -0.1,
           "ci_high": 0.2, "n_obs": 290.0, "n_clusters": 29.0, "figures_status": "official"}  # fmt: skip
    manifest = {
        "spec": load_specs()["t04_baseline"].model_dump(mode="json"),
        "sample": {"words": {"ex": word}},
        "figures_status": "official", "artifact_id": "0", "sources": [],
    }  # fmt: skip
    frames = (pd.DataFrame([row]), statistic_frame([]))
    stored = StoredTable(manifest, *frames, "released values", Path(), "")
    first = find(load_findings(BI), load_paper("bi_2025"), {"t04_baseline": stored})[0]
    assert first.says.startswith(f"The FDI elasticity of {word}")


def test_no_title_or_finding_names_a_role_that_is_not_there() -> None:
    for spec in load_specs().values():
        assert "{" not in spec.in_words(spec.title) + spec.in_words(spec.question), spec.table
    for folder in {path.parent for path in Path(BI).parent.glob("*/findings.yml")}:
        roles = load_specs(folder / "specs")
        for finding in load_findings(folder):
            for text in (finding.claim, getattr(finding, "what", ""), finding.note):
                assert "{" not in roles[finding.tables[0]].in_words(text), (folder.name, text)

"""Placebos in a table of regressions: stored beside the estimate, refused where there is no such column."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from living_panel.codes import Code
from living_panel.estimation.econometrics.robustness.placebos import exchanged_slopes
from living_panel.estimation.findings.declared import Slope, load_findings
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.tables.estimate import estimate
from living_panel.estimation.tables.kinds.fixed_effects import Options
from tests.paths import SPECS
from tests.unit.reading import block_of, numbers, shipped
from tests.unit.table_release_fixture import paper_logs, planted_release

HOW: dict[str, Any] = {"exchanges": 99, "seed": 3}


def spec_with(*placebos: dict[str, Any], **block: Any) -> Spec:
    """Table 4's first block, FDI with GDP, with placebos."""
    full = shipped("t04_baseline").options["blocks"][0]
    sample = {**full["sample"], "first_year": 2008, "last_year": 2015, "without_rows": []}
    one = {**full, "enter": ["fdi", "gdp"], "sample": sample, **block}
    spec = shipped(
        "t04_baseline", blocks=[one], diagnostics=None, omitted=None, changes=[], printed=None,
        placebos=list(placebos), exact=[],
    )  # fmt: skip
    for way in spec.options["inference"]:
        way |= {"draws": 99} if "draws" in way else {}
    return spec


@pytest.fixture(scope="module")
def release() -> Release:
    return planted_release()


def test_placebos_stand_beside_the_estimates_that_ask_for_them(release: Release) -> None:
    table = estimate(spec_with({"term": "fdi", "models": ["headline.2"], **HOW}), release)
    logs = paper_logs(["exports_cny_100m", "fdi_cny_100m", "gdp_cny_100m"], 2008, 2015)
    y = logs.pop("exports_cny_100m")
    direct = exchanged_slopes(y, logs, "fdi_cny_100m", **HOW)
    found = numbers(table, "headline.2")
    assert found["placebo_p fdi"] == direct.p_value
    assert found["placebo_mean fdi"] == pytest.approx(direct.mean, rel=1e-9)
    ends = found["placebo_low fdi"], found["placebo_high fdi"]
    assert ends == pytest.approx(direct.ends, rel=1e-9)
    assert (found["placebo_draws fdi"], found["placebo_rows fdi"]) == (99, len(y))
    assert "placebo_p fdi" not in numbers(table, "headline.1").index
    [row] = block_of(table, "Placebo: another province's series").rows
    assert row[:2] == ("The paper's window, (2)", "ln FDI")
    assert row[-3:] == (f"{direct.p_value:.3f}", "99", f"{len(y)} of {len(y)}")


def test_a_column_that_is_not_estimable_has_no_placebo(release: Release) -> None:
    spec = spec_with(
        {"term": "fdi", "models": ["headline.1", "headline.3"], **HOW}, enter=["fdi", "gdp", "kn"]
    )
    panel = release.panel.assign(patent_applications=float("nan"))
    table = estimate(spec, replace(release, panel=panel))
    found = numbers(table)
    assert ("headline.1", "placebo_p fdi") in found.index
    assert ("headline.3", "placebo_p fdi") not in found.index


@pytest.mark.parametrize(
    "placebo",
    [
        {"term": "fdi", "models": ["headline.9"]},
        {"term": "gdp", "models": ["headline.1"]},
        {"term": "fdi", "models": ["other.1"]},
    ],
)
def test_a_column_without_the_term_is_refused(placebo: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=Code.SPEC_OPTIONS):
        Options.model_validate(spec_with({**placebo, **HOW}).options)


def test_every_finding_on_table_4_with_choices_has_its_placebo() -> None:
    options = Options.model_validate(shipped("t04_baseline").options)
    asked = {(model, p.term) for p in options.placebos for model in p.models}
    numbers = {
        (f.estimate.model, f.estimate.term)
        for f in load_findings(SPECS.parent)
        if isinstance(f, Slope) and f.estimate.table == "t04_baseline"
    }
    assert numbers
    assert numbers <= asked
    assert all(p.exchanges == 999 for p in options.placebos)

"""Conditions on rows, in every kind of table that has a sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from living_panel.estimation.econometrics.fixed_effects.textbook import CONSTANT
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.sample import build_sample
from living_panel.estimation.panel.spec import PAPERS, Interpolation, Sample, Spec, load_spec
from living_panel.estimation.panel.where import condition_text
from living_panel.estimation.tables.estimate import check_options, estimate, points
from tests.unit.test_paper_data_from_files import release_of_paper

MUNNELL = PAPERS / "munnell_1990"
CONDITION = "unemp < 8 and year not in [1975] and unit != 'AL'"
WINDOW = {
    "units": "all", "first_year": 1970, "last_year": 1986, "without_years": [], "minimum_coverage": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def release() -> Release:
    return release_of_paper(MUNNELL)


def spec_where(condition: str) -> Spec:
    """Munnell's table without unemployment among its regressors, on the rows of a condition."""
    spec = load_spec(MUNNELL / "specs" / "munnell_1990_productivity.yml")
    block = {**spec.options["blocks"][0], "enter": ["pcap", "pc", "emp"]}
    block |= {"sample": {**WINDOW, "where": condition}, "beside_printed": False}
    return spec.model_copy(update={"options": {**spec.options, "blocks": [block]}})


def test_a_condition_may_name_a_variable_that_is_no_regressor(release: Release) -> None:
    panel = release.panel.reset_index()
    kept = panel[
        (panel["unemployment_pct"] < 8) & (panel["year"] != 1975) & (panel["province_code"] != "AL")
    ]
    table = estimate(spec_where(CONDITION), release)
    assert table.samples["states"].frame.shape[0] == len(kept) < 700
    reasons = {d["reason"] for d in table.samples["states"].dropped}
    assert reasons == {f"not where {CONDITION}"}
    assert f"where {CONDITION}" in table.page[0].notes[0]
    assert set(table.coefficients["n_obs"]) == {len(kept), 47}
    # the rows by hand: the same estimates
    smaller = kept.set_index(["province_code", "year"])
    by_hand = replace(release, panel=smaller)
    sample = {**WINDOW, "minimum_coverage": 0.1}
    spec = spec_where("")
    spec.options["blocks"][0]["sample"] = sample
    ours, theirs = (points(s, r) for s, r in ((spec_where(CONDITION), release), (spec, by_hand)))
    assert ours.to_numpy() == pytest.approx(theirs[ours.index].to_numpy(), rel=1e-12)
    assert CONSTANT in ours.index.get_level_values("term")


def test_the_text_of_a_condition_has_labels_and_one_sign_of_equality() -> None:
    labels = {"oil": "Oil sample", "a": "GDP", "name": "Name"}.__getitem__
    assert (
        condition_text("oil == 1 and not a >= 1e5", labels) == "Oil sample = 1 and not GDP >= 1e5"
    )
    assert condition_text("name in ['oil', \"a == b\"]", labels) == "Name in ['oil', \"a == b\"]"


def test_a_condition_looks_at_values_before_logarithms(release: Release) -> None:
    roles = load_spec(MUNNELL / "specs" / "munnell_1990_productivity.yml").playing(["gsp"])
    sample = Sample.model_validate({**WINDOW, "where": "gsp > 100000"})
    kept = build_sample(release, roles, sample, Interpolation(method="none"))
    assert kept.levels["gsp"].min() > 100000 and kept.frame["gsp"].min() > 11.5
    assert len(kept.frame) == int((release.panel["gross_state_product"] > 100000).sum())


@pytest.mark.parametrize(
    ("condition", "code"),
    [("unempl < 8", "LP-SPEC-WHERE"), ("year =", "LP-SPEC-WHERE"), ("open('x')", "LP-SPEC-WHERE")],
)
def test_a_wrong_condition_has_its_file_and_line(condition: str, code: str, tmp_path: Path) -> None:
    text = (MUNNELL / "specs" / "munnell_1990_productivity.yml").read_text(encoding="utf-8")
    text = text.replace("minimum_coverage: 1}", f'minimum_coverage: 1, where: "{condition}"}}')
    folder = tmp_path / "munnell_1990" / "specs"
    folder.mkdir(parents=True)
    (folder.parent / "paper.yml").write_bytes((MUNNELL / "paper.yml").read_bytes())
    path = folder / "munnell_1990_productivity.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidSpec) as caught:
        check_options(load_spec(path), path)
    problem: Any = caught.value.problems[0]
    line = next(n for n, part in enumerate(text.splitlines(), 1) if "where:" in part)
    assert problem.code == code and problem.place.line == line

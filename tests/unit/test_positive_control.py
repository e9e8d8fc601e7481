"""A paper that is right, on data of its own: every printed digit comes out, and the audit finds nothing."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from linearmodels.datasets import munnell
from statsmodels.api import WLS

from living_panel.codes import Code
from living_panel.estimation.audit import Evidence, load_paper, run_audit
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.fixed_effects.textbook import resolve
from living_panel.estimation.panel.canonical import content_hash
from living_panel.estimation.panel.release import Release, release_id
from living_panel.estimation.panel.spec import PAPERS, Spec, load_spec
from living_panel.estimation.papers.paper_data import release_frames
from living_panel.estimation.papers.printed import frame
from living_panel.estimation.papers.source import find_data_folder
from living_panel.estimation.tables.estimate import check_options, estimate, points
from tests.refusals import refuses
from tests.unit.reading import block_of, hold_points

PAPER = PAPERS / "munnell_1990"
SPEC = load_spec(PAPER / "specs" / "munnell_1990_productivity.yml")


@pytest.fixture(scope="module")
def release() -> Release:
    frames = release_frames(PAPER / "data")
    panel = frames.pop("panel").set_index(["province_code", "year"]).sort_index()
    manifest = {"sources": [{"source": "munnell", "edition": 1990}]}
    return Release("0" * 16, panel, **frames, manifest=manifest)


@pytest.fixture(scope="module")
def table(release: Release):
    return estimate(SPEC, release)


def test_the_page_shows_the_error_of_every_other_way(table) -> None:
    """Coefficients stand over the primary way's error; each other way has a line of its own."""
    rows = {row[0] for row in block_of(table, table.page[0].title).rows}
    errors = {row for row in rows if row.startswith("  SE, ")}
    others = {k: name for k, name in SPEC.options["beside"].items() if k != SPEC.options["primary"]}
    assert errors == {f"  SE, {name}" for name in others.values()} != set()


def test_the_bundled_figures_are_those_of_the_package(release: Release) -> None:
    theirs = munnell.load().set_index(["ST_ABB", "YR"]).sort_index()
    for own, name in (("gross_state_product", "GSP"), ("public_capital", "P_CAP"),
                      ("private_capital", "PC"), ("employment_1k", "EMP"), ("unemployment_pct", "UNEMP")):  # fmt: skip
        assert np.array_equal(release.panel[own].to_numpy(), theirs[name].to_numpy(float))


def test_every_printed_digit_is_reproduced(table) -> None:
    ours = table.coefficients[table.coefficients["inference"] == "classical:t(n-k)"].set_index(
        ["model", "term"]
    )
    printed = frame(load_paper("munnell_1990").tables["productivity"])
    printed = printed[printed["statistic"] == "estimate"]
    assert len(printed) == 16
    for cell in printed.itertuples():
        row = ours.loc[(f"states.{cell.model}", cell.term)]
        assert cell.text == f"{row['estimate']:.3f} ({row['std_error']:.3f})"


def test_honest_errors_change_what_the_printed_ones_allow(table) -> None:
    families = table.coefficients["inference"].str.split("[:(]", regex=True).str[0]
    rows = table.coefficients.assign(family=families)
    error = rows.set_index(["model", "term", "family"])["std_error"]
    # Pooled, t = .155/.017 = 9 falls to .155/.061 = 2.5: rows of one state are no 17 observations.
    assert (
        error["states.pooled", "pcap", "clustered"]
        > 3 * error["states.pooled", "pcap", "classical"]
    )
    assert (
        error["states.within", "pcap", "driscoll_kraay"]
        > 2 * error["states.within", "pcap", "classical"]
    )


def _weighted(**more: object) -> Spec:
    """The paper's regression, weighted by employment."""
    [block] = SPEC.options["blocks"]
    jobs = SPEC.variables["emp"].model_copy(update={"log": False, "label": "employment"})
    options = {**SPEC.options, "blocks": [{**block, "weights": "jobs"}], **more}
    return SPEC.model_copy(
        update={"variables": SPEC.variables | {"jobs": jobs}, "options": options}
    )


@pytest.mark.long
def test_weighted_estimators_are_weighted_least_squares_with_dummies(release: Release) -> None:
    spec = _weighted()
    made = estimate(spec, release)
    rows = made.coefficients.set_index(["model", "term", "inference"])
    logs = np.log(release.panel.drop(columns="unemployment_pct"))
    x = logs[["public_capital", "private_capital", "employment_1k"]]
    x = x.assign(unemp=release.panel["unemployment_pct"], constant=1.0)
    units, years = (
        pd.get_dummies(x.index.get_level_values(n), drop_first=True, dtype=float).set_index(x.index)
        for n in (0, 1)
    )
    weights = release.panel["employment_1k"]
    for column, dummies in {"pooled": [], "within": [units], "two_way": [units, years]}.items():
        fit = WLS(logs["gross_state_product"], pd.concat([x, *dummies], axis=1), weights).fit()
        for term, name in (
            ("pcap", "public_capital"),
            ("pc", "private_capital"),
            ("unemp", "unemp"),
        ):
            row = rows.loc[(f"states.{column}", term, "classical:t(n-k)")]
            assert row["estimate"] == pytest.approx(fit.params[name], rel=1e-8)
            assert row["std_error"] == pytest.approx(fit.bse[name], rel=1e-8)
    assert "Weighted by employment." in made.page[0].notes
    stored = rows.xs("classical:t(n-k)", level="inference")["estimate"].astype(float)
    pd.testing.assert_series_equal(
        points(spec, release), stored, check_names=False, check_index_type=False, rtol=1e-10
    )


def test_weights_that_are_not_positive_and_ways_that_are_not_weighted_are_refused(
    release: Release,
) -> None:
    panel = release.panel.copy()
    panel.loc[("AL", 1970), "employment_1k"] = -1.0
    spec = _weighted()
    [block] = spec.options["blocks"]
    lone = {**block, "enter": ["pcap", "pc", "unemp"]}
    with refuses(InvalidOption, Code.WEIGHTS):
        estimate(
            spec.model_copy(update={"options": {**spec.options, "blocks": [lone]}}),
            replace(release, panel=panel),
        )
    asked = _weighted(inference=[OWN], primary="cr3:jackknife:t(G-1)", beside={},
                      blocks=[{**block, "effects": "both"}])  # fmt: skip
    tested = _weighted(diagnostics={"lags": [1]}, blocks=[{**block, "effects": "both"}])
    for wrong, why in (
        (asked, "this covariance is not available for weighted regressions"),
        (_weighted(blocks=[{**block, "weights": "emp"}]), "the weights emp are logarithms"),
        (tested, "option diagnostics is only for two-way effects with their own inference"),
    ):
        with pytest.raises(ValueError, match=why):
            check_options(wrong, PAPER / "specs" / "munnell_1990_productivity.yml")


def test_the_audit_finds_nothing(release: Release) -> None:
    audit = run_audit(load_paper("munnell_1990"), Evidence.from_release(release))
    assert audit["inconsistency"].isna().all()
    applied = audit.loc[audit["applicable"] > 0, "rule"]
    assert {"brackets_misnamed", "effects_against_equation", "negative_standard_error"} - set(
        applied
    ) == {
        "brackets_misnamed",  # it judges by stars, and there are none
        "effects_against_equation",  # columns differ in their effects
    }


def test_points_are_the_estimates(table, release: Release) -> None:
    found = points(SPEC, release)
    own = table.coefficients[table.coefficients["inference"] == "classical:t(n-k)"]
    stored = own.set_index(["model", "term"])["estimate"].astype(float)
    pd.testing.assert_series_equal(
        found, stored, check_names=False, check_index_type=False, rtol=1e-12
    )


def test_a_release_of_its_own_is_known_by_its_content() -> None:
    frames = release_frames(PAPER / "data")
    again = release_frames(PAPER / "data")
    assert release_id(frames) == release_id(again)
    assert re.fullmatch("[0-9a-f]{16}", release_id(frames))
    again["panel"].loc[0, "public_capital"] += 1
    assert release_id(frames) != release_id(again)
    assert content_hash(frames["national"]) == content_hash(frames["national"])
    assert find_data_folder(PAPERS / "bi_2025") is None


@pytest.mark.long
def test_variables_enter_one_by_one_under_any_effects(release: Release) -> None:
    """Random effects by hand: quasi-demeaned by the variances that are printed with them."""
    options = {**SPEC.options, "beside": {}, "inference": SPEC.options["inference"][:2]}
    block = {**options["blocks"][0], "effects": "random", "beside_printed": False}
    spec = SPEC.model_copy(update={"options": {**options, "blocks": [block]}})
    table = estimate(spec, release)
    named = table.coefficients.set_index(["model", "term", "inference"])["estimate"]
    assert {m for m, *_ in named.index} == {f"states.{n}" for n in range(1, 5)}
    numbers = table.statistics.set_index(["model", "statistic"])["value"]
    effects, rest = (numbers["states.2", f"variance_{part}"] for part in ("effects", "residual"))
    data = np.log(release.panel[["gross_state_product", "public_capital", "private_capital"]])
    theta = 1 - np.sqrt(rest / (rest + 17 * effects))
    quasi = data - theta * data.groupby(level=0).transform("mean")
    x = np.column_stack([quasi.iloc[:, 1:], np.full(len(quasi), 1 - theta)])
    by_hand = np.linalg.lstsq(x, quasi.iloc[:, 0].to_numpy(), rcond=None)[0]
    ours = [named["states.2", term, "classical:t(n-k)"] for term in ("pcap", "pc", "constant")]
    assert ours == pytest.approx(by_hand, rel=1e-9)
    found = points(spec, release)
    assert found["states.2", "pc"] == pytest.approx(by_hand[1], rel=1e-9)


OWN = {
    "cov": "cr3:jackknife", "cluster": ["unit"], "correction": "none", "df": "t(G-1)",
}  # fmt: skip


@pytest.mark.long
def test_a_sample_without_the_first_variable_has_no_coefficient_of_another_in_its_place(
    release: Release,
) -> None:
    """Two-way columns by this project's inference and by linearmodels', which has no constant."""
    panel = release.panel.copy()
    panel.loc[panel.index.get_level_values(1) > 1980, "public_capital"] = np.nan
    [block] = SPEC.options["blocks"]
    early, late = (
        {**block, "id": name, "effects": "both", "beside_printed": False,
         "sample": {**block["sample"], "first_year": first, "last_year": last}}
        for name, first, last in (("early", 1970, 1980), ("late", 1981, 1986))
    )  # fmt: skip
    wild = {"cov": "wild_cluster_bootstrap:rademacher", "cluster": OWN["cluster"],
            "correction": "reghdfe", "df": "none", "draws": 99, "seed": 1}  # fmt: skip
    ways = {
        "inference": [SPEC.options["inference"][0], OWN, wild],
        "primary": "wild_cluster_bootstrap:rademacher",
        "errors": "cr3:jackknife:t(G-1)",
    }
    options = {**SPEC.options, **ways, "beside": {}, "blocks": [early, late]}
    spec = SPEC.model_copy(update={"options": options})
    table = estimate(spec, replace(release, panel=panel))
    hold_points(points(spec, replace(release, panel=panel)), table)
    summary, label = block_of(table, "in every sample"), SPEC.variables["pcap"].label
    assert summary.title.startswith(label) and summary.columns[1] == f"{label} alone"
    first, second = (row[1:-1] for row in summary.rows)
    assert first[3] != "n.e." and second == ("n.e.", "", "") * 2


WILD = (
    '{cov: "wild_cluster_bootstrap:rademacher", cluster: [unit], correction: none, '
    "df: none, draws: 99, seed: 1}"
)


@pytest.mark.parametrize(
    ("old", "new", "at", "words"),
    [
        ("{cov: classical,", f"{WILD}\n    - {{cov: classical,", "cov: \"wild",
         "is not available for effects none, between, unit, random. Fix: write effects: [both] here"),
        ("effects: [none, unit, both]}", "}", "cov: driscoll",
         "is not available for effects between. Fix: write effects: [none, unit, random, both] here"),
        ("between: between", "between: [between, time]", "effects: {pooled", "Fix: write"),
        ("within: unit", "within: entity", "effects: {pooled", "'entity' is not one of none, unit, time, both, random"),
        ("bandwidth: 2, ", "", "cov: driscoll",
         "does not give a bandwidth in years. Fix: write a whole number of years"),
        ('primary: "clustered:linearmodels', 'primary: "cr3:jackknife', "primary:",
         "'cr3:jackknife:t(G-1)' is not available for effects none. Fix: write one of classical:t(n-k)"),
        ("  printed:", "  diagnostics: {lags: [1]}\n  printed:", "diagnostics:",
         "is only for two-way effects with their own inference. Fix: remove this option"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_named_with_their_line(
    tmp_path: Path, old: str, new: str, at: str, words: str
) -> None:
    shutil.copytree(PAPER, tmp_path / "munnell_1990")
    path = tmp_path / "munnell_1990" / "specs" / "munnell_1990_productivity.yml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="(Fix|Remedy): ") as error:
        check_options(load_spec(path), path)
    line = text[: text.index(at)].count("\n") + 1
    assert f"{path}:{line}: " in str(error.value) and words in str(error.value)


@pytest.mark.parametrize("wrong", [{"df": "normal"}, {"correction": "reghdfe"}, {"cov": "hc3"}])
def test_a_way_of_inference_is_written_as_its_covariance_has_it(wrong: dict[str, str]) -> None:
    with refuses(InvalidOption, Code.COVARIANCE):
        resolve({"cov": "classical", "correction": "none", "df": "t(n-k)"} | wrong)

"""Tables of panel models written as formulas: columns, samples, refusals, places of errors."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

import living_panel.econometrics as lp
from living_panel.codes import Code
from living_panel.estimation.artifacts.carriers import of_models
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.inference.reading import resolve_mapping
from living_panel.estimation.econometrics.panel_models.covariance import read_vcov
from living_panel.estimation.econometrics.panel_models.formula import read_model
from living_panel.estimation.estimators._by_name import check_model, fit_model
from living_panel.estimation.estimators._two_way import (
    fit_two_way,
    infer,
    two_way,
)
from living_panel.estimation.estimators.dynamic import MomentChoice
from living_panel.estimation.panel.errors import InvalidSpec, NotRead
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec, load_spec
from living_panel.estimation.panel.where import names_in, rows_where
from living_panel.estimation.tables.estimate import check_options, estimate, points
from tests.refusals import refuses
from tests.unit.reading import hold_points, shipped
from tests.unit.table_release_fixture import planted_release

CLUSTERED = {"cov": "clustered", "cluster": ["unit"], "correction": "reghdfe", "df": "t(G-1)"}
SAMPLE = {
    "provinces": "all", "first_year": 2008, "last_year": 2020, "without_years": [],
    "minimum_coverage": 1,
}  # fmt: skip


def column(name: str, formula: str, **changes: Any) -> dict[str, Any]:
    base = {"id": name, "title": name, "estimator": "least_squares", "model": formula}
    return base | {"vcov": CLUSTERED} | changes


def table(*columns: dict[str, Any], **changes: Any) -> Spec:
    options = {"sample": SAMPLE, "interpolation": {"method": "none"}, "columns": list(columns)}
    spec = shipped("t04_baseline")
    return spec.model_copy(update={"kind": "panel_models", "options": options | changes})


@pytest.fixture(scope="module")
def release() -> Release:
    return planted_release()


def logs(release: Release) -> pd.DataFrame:
    spec = table(column("a", "ex ~ fdi + gdp"))
    found = estimate(spec, release).samples["a"]
    return found.frame


def test_a_table_holds_what_the_estimators_give(release: Release) -> None:
    robust = {"cov": "HC1", "correction": "n-k", "df": "normal"}
    spec = table(
        column("within", "ex ~ fdi + gdp | unit + year"),
        column("iv", "ex ~ gdp | unit | fdi ~ lab", estimator="2sls", vcov=robust),
        column("pooled", "ex ~ fdi", vcov=robust, where="year >= 2015 and year not in [2018]"),
    )
    made = estimate(spec, release)
    assert made.status == "estimated"
    hold_points(points(spec, release), made)
    found = made.coefficients.set_index(["model", "term"])
    direct = fit_model(
        read_model("ex ~ fdi + gdp | unit + year"),
        logs(release),
        "least_squares",
        read_vcov(CLUSTERED),
    )
    for term in ("fdi", "gdp"):
        assert found.loc[("within", term), "estimate"] == direct.params[term]
        assert found.loc[("within", term), "std_error"] == direct.std_errors[term]
        assert found.loc[("within", term), "p_value"] == pytest.approx(direct.p_values[term])
    assert found.loc[("iv", "fdi"), "inference"] == "HC1:normal"
    numbers = made.statistics.set_index(["model", "statistic", "term"])["value"]
    assert numbers["iv", "first_stage_f", "fdi"] > 0
    assert set(made.samples["pooled"].frame.index.get_level_values("year")) == {
        2015, 2016, 2017, 2019, 2020,
    }  # fmt: skip
    lost = [d for d in made.samples["pooled"].dropped if d["reason"].startswith("not where")]
    assert len(lost) == len(made.samples["within"].frame) - len(made.samples["pooled"].frame)
    cells = made.samples["pooled"].cells()
    assert (cells["state"] == "used").sum() == 2 * len(made.samples["pooled"].frame)


SAMPLES = {"all": "", "late": "year >= 2015 or fdi > 1e9"}


def test_each_column_is_estimated_once_a_sample(release: Release) -> None:
    """As a table with a column for each sample, written by hand, would be."""
    written = table(
        column("a", "ex ~ fdi | unit"),
        column("b", "ex ~ gdp", where="year < 2018"),
        samples=SAMPLES,
    )
    late = "(year >= 2015 or fdi > 1e9)"
    by_hand = table(
        column("all_a", "ex ~ fdi | unit", title="a, all sample"),
        column("all_b", "ex ~ gdp", title="b, all sample", where="year < 2018"),
        column("late_a", "ex ~ fdi | unit", title="a, late sample", where=late[1:-1]),
        column("late_b", "ex ~ gdp", title="b, late sample", where=f"{late} and year < 2018"),
    )
    made, expected = estimate(written, release), estimate(by_hand, release)
    pd.testing.assert_frame_equal(made.coefficients, expected.coefficients)
    assert (made.blocks, made.notes) == (expected.blocks, expected.notes)
    assert made.coefficients.groupby("model")["n_obs"].first()["late_b"] > 0
    hold_points(points(written, release), made)
    alone = of_models(written, ["late_b"])
    assert [c["id"] for c in alone.options["columns"]] == ["late_b"]
    assert set(alone.variables) == {"ex", "gdp", "fdi"}, "a condition names variables too"
    kept = made.coefficients.query("model == 'late_b'").reset_index(drop=True)
    pd.testing.assert_frame_equal(estimate(alone, release).coefficients, kept)


@pytest.mark.parametrize(
    ("samples", "code", "key"),
    [
        ({"late": "speed > 2"}, Code.SPEC_WHERE, "options.samples.late"),
        ({"late": "year >"}, Code.SPEC_WHERE, "options.samples.late"),
        ({"late_years": "year > 2015"}, Code.SPEC_VALUE, "options.samples.late_years"),
    ],
)
def test_a_wrong_sample_is_named_with_its_place(
    tmp_path: Path, samples: dict[str, str], code: Code, key: str
) -> None:
    spec = table(column("a", "ex ~ fdi | unit"), samples=samples)
    content = spec.model_dump(mode="json", include={"table", "kind", "title", "options"})
    path = tmp_path / f"{spec.table}.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with refuses(InvalidSpec, code) as caught:
        check_options(spec, path)
    assert caught.value.problems[0].place.key == key


ROBUST = {"cov": "robust", "correction": "windmeijer", "df": "normal"}
MOMENTS = {"lagged": {"ex": [2, 4]}, "plain": ["fdi"], "steps": 2, "collapse": True}
DYNAMIC = {"estimator": "difference_gmm", "moments": MOMENTS, "vcov": ROBUST}
BOOTSTRAP = {
    "cov": "block_bootstrap", "correction": "none", "df": "normal", "cluster": ["unit"], "draws": 99, "seed": 3,
}  # fmt: skip
CONLEY = {
    "cov": "conley", "correction": "none", "df": "normal", "location": ["lat", "lon"], "cutoff": 500,
}  # fmt: skip


@pytest.mark.long
def test_gmm_and_the_bootstrap_of_a_table_are_those_of_the_library(release: Release) -> None:
    one = {"cov": "clustered", "cluster": ["unit"], "correction": "none", "df": "normal"}
    lag, system = "ex ~ l(ex, 1) + fdi", DYNAMIC | {"estimator": "system_gmm"}
    spec = table(
        column("difference", f"{lag} | year", **DYNAMIC),
        column("system", lag, **system),
        column("gmm", "ex ~ gdp | unit | fdi ~ lab + kn", estimator="gmm", vcov=one),
        column("bootstrap", "ex ~ fdi | unit", vcov=BOOTSTRAP),
    )
    made = estimate(spec, release)
    assert made.status == "estimated"
    hold_points(points(spec, release), made)
    found = made.coefficients.set_index(["model", "term"])
    rows = made.samples["gmm"].frame
    instruments: dict[str, Any] = {"gmm": {"ex": (2, 4)}, "two_steps": True, "collapse": True}
    same = {
        "difference": lp.arellano_bond(f"{lag} | year", rows, **instruments),
        "system": lp.blundell_bond(lag, rows, **instruments),
        "gmm": lp.iv_gmm("ex ~ gdp | unit | fdi ~ lab + kn", rows, vcov="clustered"),
        "bootstrap": lp.ols("ex ~ fdi | unit", rows, vcov="bootstrap", draws=99, seed=3),
    }
    for model, fit in same.items():
        for term, row in fit.table.iterrows():
            assert found.loc[(model, term), "estimate"] == row["estimate"], model
            assert found.loc[(model, term), "std_error"] == pytest.approx(row["std_error"], 1e-12)
    numbers = made.statistics.set_index(["model", "statistic"])["value"]
    assert numbers["difference", "hansen"] == same["difference"].fit_statistics["Hansen"]
    assert numbers["system", "ar2_p_value"] == same["system"].fit_statistics["AR(2) p"]


def test_places_of_a_column_are_variables_of_its_rows(release: Release) -> None:
    frame = logs(release)
    rng = np.random.default_rng(2)
    units = frame.index.get_level_values(0)
    places = pd.DataFrame(
        {"lat": rng.uniform(20, 45, units.nunique()), "lon": rng.uniform(80, 130, units.nunique())},
        units.unique(),
    )
    rows = frame.join(places, on=frame.index.names[0])
    way = read_vcov(CONLEY)
    assert way.label == "conley(500 km):normal" and way.columns == ["lat", "lon"]
    fit = fit_model(read_model("ex ~ fdi | unit"), rows, "least_squares", way)
    again = lp.ols("ex ~ fdi | unit", rows, vcov="conley", location=("lat", "lon"), cutoff=500)
    assert fit.std_errors["fdi"] == again.std_errors["fdi"] > 0
    two = fit_two_way(frame["ex"], frame[["fdi"]])
    for chosen in (CONLEY, BOOTSTRAP):
        label = resolve_mapping(chosen).label
        with refuses(InvalidOption, Code.COVARIANCE, label=label):
            infer(two, resolve_mapping(chosen), exact=None)


@pytest.mark.parametrize(
    ("estimator", "changes", "wrong"),
    [
        ("difference_gmm", None, "difference_gmm has no moments"),
        ("difference_gmm", {"steps": 1}, "windmeijer needs two steps"),
        ("system_gmm", {"lagged": {"ex": (3, 2)}}, "ex: the lags [3, 2] are not a first and a last one"),
    ],
)  # fmt: skip
def test_instruments_are_named_where_they_are_needed(
    estimator: str, changes: dict[str, Any] | None, wrong: str
) -> None:
    moments = None if changes is None else MomentChoice(**(MOMENTS | changes))
    model, way = read_model("ex ~ l(ex, 1) + fdi | year"), read_vcov(ROBUST)
    with refuses(InvalidOption, Code.MODEL, wrong=wrong):
        check_model(model, estimator, way, None, moments)


def test_a_table_takes_lags_and_any_effects(release: Release) -> None:
    spec = table(
        column("lag", "d(ex) ~ l(fdi, 0:1) | unit + year"),
        column("more", "ex ~ fdi + poly(gdp, 2) + mean(lab) | year"),
    )
    made = estimate(spec, release)
    assert made.status == "estimated"
    hold_points(points(spec, release), made)
    found = made.coefficients.set_index(["model", "term"])
    frame = estimate(table(column("lag", "ex ~ fdi")), release).samples["lag"].frame
    wide = {name: frame[name].unstack(0) for name in ("ex", "fdi")}
    change, before = wide["ex"].diff().T.stack(), wide["fdi"].shift(1).T.stack()
    rows = pd.DataFrame({"y": change, "x": frame["fdi"], "before": before}).dropna()
    rows.index.names = frame.index.names
    direct = fit_model(
        read_model("y ~ x + before | unit + year"), rows, "least_squares", read_vcov(CLUSTERED)
    )
    for theirs, ours in (("fdi", "x"), ("l(fdi, 1)", "before")):
        assert found.loc[("lag", theirs), "estimate"] == pytest.approx(direct.params[ours])
        assert found.loc[("lag", theirs), "std_error"] == pytest.approx(direct.std_errors[ours])
    assert {"poly(gdp, 2)[1]", "poly(gdp, 2)[2]", "mean(lab)"} <= {*found.loc["more"].index}
    numbers = made.statistics.set_index(["model", "statistic", "term"])["value"]
    assert numbers["lag", "n_obs", ""] == direct.n_obs < len(frame)
    assert any("because they have no lag" in note for block in made.blocks for note in block.notes)


def test_a_column_may_have_weights(release: Release) -> None:
    spec = table(column("a", "ex ~ fdi | unit + year", weights="gdp"))
    made = estimate(spec, release)
    hold_points(points(spec, release), made)
    frame = made.samples["a"].frame
    model, way = read_model("ex ~ fdi | unit + year"), read_vcov(CLUSTERED)
    direct = fit_model(model, frame, "least_squares", way, "gdp")
    plain = fit_model(model, frame, "least_squares", way)
    found = made.coefficients.set_index("term").loc["fdi"]
    assert found["estimate"] == direct.params["fdi"] != plain.params["fdi"]
    assert any("weighted by" in note for block in made.blocks for note in block.notes)


def test_a_column_that_its_rows_do_not_allow_is_refused_alone(release: Release) -> None:
    spec = table(
        column("a", "ex ~ fdi | unit"), column("b", "ex ~ fdi | unit", where="year > 2019")
    )
    made = estimate(spec, release)
    assert set(made.coefficients["model"]) == {"a"}
    assert made.statistics.set_index(["model", "statistic"]).loc[("b", "not_estimable")] is not None


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"model": "ex ~ fdi ~ gdp"}, "columns"), ({"estimator": "gmm"}, "columns"),
        ({"estimator": "2sls"}, "columns"), ({"vcov": {"cov": "HC1"}}, "columns"),
        ({"weights": "gdp", "estimator": "between"}, "columns"),
        ({"where": "__import__('os')"}, "columns"), ({"where": "year ="}, "columns"),
    ],
)  # fmt: skip
def test_options_are_held_against_the_kind(changes: dict, place: str) -> None:
    from living_panel.estimation.tables.kinds.panel_models import Options

    with pytest.raises(ValidationError) as error:
        Options.model_validate(table(column("a", "ex ~ fdi", **changes)).options)
    assert error.value.errors()[0]["loc"][0] == place


@pytest.mark.parametrize(
    ("wrong", "written", "role"),
    [
        (column("b", "ex ~ fid | unit"), "fid | unit", "fid"),
        (column("b", "ex ~ fdi | unit", weights="gdp"), "weights: gdp", "gdp"),
    ],
)
def test_a_name_that_is_no_variable_or_no_weight_has_file_line_and_code(
    tmp_path: Path, wrong: dict, written: str, role: str
) -> None:
    spec = table(column("a", "ex ~ fdi"), wrong)
    path = tmp_path / "specs" / f"{spec.table}.yml"
    path.parent.mkdir()
    path.write_text(
        yaml.safe_dump(spec.model_dump(mode="json", exclude={"paper"})), encoding="utf-8"
    )
    with pytest.raises(InvalidSpec) as error:
        check_options(load_spec(path), path)
    problem = error.value.problems[0]
    assert problem.code == Code.SPEC_ROLE and role in str(problem)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if written in text)
    assert problem.place.line == line


@pytest.mark.parametrize(("option", "wrong"), [("correction", "regdhfe"), ("cov", "clusterd")])
def test_a_wrong_word_of_a_covariance_has_the_line_of_its_key(
    tmp_path: Path, option: str, wrong: str
) -> None:
    way = {"cov": "clustered", "cluster": ["unit"], "correction": "reghdfe", "df": "t(G-1)"}
    spec = table(column("a", "ex ~ fdi", vcov=way | {option: wrong}))
    path = tmp_path / "specs" / f"{spec.table}.yml"
    path.parent.mkdir()
    path.write_text(
        yaml.safe_dump(spec.model_dump(mode="json", exclude={"paper"})), encoding="utf-8"
    )
    with pytest.raises(InvalidSpec) as error:
        check_options(load_spec(path), path)
    (problem,) = error.value.problems
    assert problem.place.key == "options.columns.0.vcov"
    assert problem.text.startswith(f"inference: {option} is '{wrong}'")
    lines = path.read_text("utf-8").splitlines()
    assert "vcov:" in lines[(problem.place.line or 0) - 1]


FRAME = pd.DataFrame({"x": [1.0, 2.0, 3.0], "year": [2000, 2001, 2002], "unit": ["a", "b", "b"]})


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("x > 1", [False, True, True]), ("1 < x <= 2", [False, True, False]),
        ("x / 2 >= 1 and unit == 'b'", [False, True, True]), ("not x == 1", [False, True, True]),
        ("year in [2000, 2002] or x == 2", [True, True, True]), ("-x < -2", [False, False, True]),
        ("unit not in ['b']", [True, False, False]), ("x ** 2 > 3 + 1", [False, False, True]),
    ],
)  # fmt: skip
def test_conditions_on_rows(expression: str, kept: list[bool]) -> None:
    assert rows_where(expression, FRAME).tolist() == kept
    assert names_in("x > 1 and x < y") == ["x", "y"]


@pytest.mark.parametrize(
    "expression",
    ["x", "x + 1", "x >", "f(x)", "x.y > 1", "x[0] > 1", "z > 1", "x and x > 1", "unit > 1",
     "[i for i in x]", "x if x else x", "lambda: x", ""],
)  # fmt: skip
def test_what_is_no_condition_is_refused(expression: str) -> None:
    with pytest.raises(InvalidSpec) as error:
        rows_where(expression, FRAME)
    assert error.value.codes[0] in ("LP-SPEC-WHERE", "LP-SPEC-WHERE")
    assert np.ndim(FRAME["x"]) == 1


def test_effects_and_clusters_may_have_the_papers_own_words(tmp_path: Path) -> None:
    """`| state + quarter` is `| unit + year`, but where a variable has that name."""
    paper = {
        "sample": {"unit": "state", "period": "quarter"},
        "roles": {
            name: {"label": name, "concept": name, "measures": [name], "log": False}
            for name in "yx"
        },
    }
    spec = {
        "table": "own_a", "kind": "panel_models", "title": "t", "question": "q", "stars": {},
        "variables": ["y", "x"],
        "options": {"sample": SAMPLE, "interpolation": {"method": "none"}, "columns": [
            column("a", "y ~ x | state + quarter", vcov=CLUSTERED | {"cluster": ["state"]}),
            column("b", "y ~ x | quarter | x ~ z", vcov=CLUSTERED | {"cluster": "state"}),
            column("c", "y ~ state | 0 | x ~ z"),
        ]},
    }  # fmt: skip
    file = tmp_path / "own" / "specs" / "own_a.yml"
    file.parent.mkdir(parents=True)

    def read() -> list[tuple[str, Any]]:
        (tmp_path / "own" / "paper.yml").write_text(yaml.safe_dump(paper), encoding="utf-8")
        file.write_text(yaml.safe_dump(spec), encoding="utf-8")
        columns = load_spec(file).options["columns"]
        return [(c["model"], c["vcov"]["cluster"]) for c in columns]

    assert read() == [
        ("y ~ x | unit + year", ["unit"]),
        ("y ~ x | year | x ~ z", "unit"),
        ("y ~ state | 0 | x ~ z", ["unit"]),
    ]
    paper["roles"]["state"] = paper["roles"]["x"]
    assert read()[0] == ("y ~ x | state + year", ["state"])


@pytest.mark.long
def test_columns_have_the_inferences_for_few_clusters(release: Release) -> None:
    """The two-way regression gives the same numbers from the same registry."""
    own = {"cluster": ["unit"], "correction": "none"}
    ways = {
        "cr2": own | {"cov": "cr2", "df": "satterthwaite"},
        "cr3": own | {"cov": "cr3:jackknife", "df": "t(G-1)"},
        "wild": own
        | {"cov": "wild_cluster_bootstrap:rademacher", "df": "none", "draws": 199, "seed": 3},
    }
    formula = "ex ~ fdi + gdp | unit + year"
    made = estimate(table(*(column(n, formula, vcov=way) for n, way in ways.items())), release)
    assert made.status == "estimated"
    found, frame = made.coefficients.set_index(["model", "term"]), logs(release)
    for name, way in ways.items():
        two = two_way(frame["ex"], frame[["fdi", "gdp"]], **way).to_frame(0.95).set_index("term")
        for key in ("std_error", "df", "p_value", "ci_low", "ci_high", "n_clusters"):
            theirs = found.loc[name, key].astype(float)
            np.testing.assert_allclose(theirs, two.loc[theirs.index, key], rtol=1e-7)
    assert found.loc["wild", "inference"].eq("wild_cluster_bootstrap(unit):rademacher").all()
    assert found.loc["cr2", "df"].nunique() == 2
    shown = str(made.page)
    assert all(text in shown for text in ("CR2", "Satterthwaite", "CR3 jackknife", "bootstrap"))
    formula = "ex ~ gdp | unit | fdi ~ lab"
    made = estimate(table(column("iv", formula, estimator="2sls", vcov=ways["cr3"])), release)
    fit, terms = lp.iv(formula, made.samples["iv"].frame, vcov="cr3"), made.coefficients["term"]
    assert made.coefficients["std_error"].tolist() == fit.std_errors[terms].tolist()
    iv = column("iv", formula, estimator="2sls", vcov=ways["cr2"])
    with refuses(NotRead, Code.SPEC_VALUE):
        estimate(table(iv), release)


def test_a_two_way_table_has_robust_errors_and_kernels(release: Release) -> None:
    spec = shipped("t04_baseline")
    ways = {
        "HC1:t(n-k)": {"cov": "HC1", "correction": "n-k", "df": "t(n-k)"},
        "driscoll_kraay(2):n-k:t(T-1)": {
            "cov": "driscoll_kraay", "correction": "n-k", "df": "t(T-1)", "bandwidth": 2,
        },
    }  # fmt: skip
    options = {key: spec.options[key] for key in ("primary", "constant", "beside")}
    block = {
        "id": "own", "title": "Own", "dependent": "ex", "enter": ["fdi", "gdp"], "sample": SAMPLE,
        "interpolation": {"method": "none"}, "beside_printed": False,
    }  # fmt: skip
    options |= {
        "blocks": [block],
        "inference": [*spec.options["inference"], *ways.values()],
        "beside": {**options["beside"], **{label: label for label in ways}},
        "errors": spec.options["errors"],
    }
    made = estimate(spec.model_copy(update={"options": options}), release)
    assert made.status == "estimated"
    found = made.coefficients.set_index(["model", "inference", "term"])
    frame = logs(release)
    for label, way in ways.items():
        two = two_way(frame["ex"], frame[["fdi", "gdp"]], **way)
        assert found.loc[("own.2", label, "fdi"), "std_error"] == two.std_errors["fdi"]
        assert found.loc[("own.2", label, "fdi"), "df"] == two.df["fdi"]

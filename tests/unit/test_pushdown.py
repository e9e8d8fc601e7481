"""Push-down two-way fixed effects held against the in-memory estimator, on DuckDB."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.inference.reading import resolve_mapping
from living_panel.estimation.estimators import _two_way as fixed_effects
from living_panel.estimation.pushdown import (
    EngineFailure,
    cluster_moments,
    design,
    fitted,
    infer,
    normal,
    sums,
    two_way,
)
from tests.refusals import refuses
from tests.unit.panels import CLUSTERED, JACKKNIFE

EQUAL = 1e-8  # in units of the standard error
ROLES = ["fdi", "ce", "lab", "tec", "kn", "ed", "gdp"]
CORRECTIONS = ("none", "reghdfe")


def panel(provinces=29, years=range(2008, 2019), seed=0, keep=1.0, levels=8.0) -> pd.DataFrame:
    """Logs of province level, common trend and own movement, as in the project's tables."""
    rng = np.random.default_rng(seed)
    codes = [f"{110000 + 10000 * i}" for i in range(provinces)]
    index = pd.MultiIndex.from_product([codes, years], names=["province_code", "year"])
    n, t = provinces, len(years)
    frame = pd.DataFrame(index=index)
    for role in ROLES:
        level, trend = rng.normal(levels, 1.5, (n, 1)), 0.1 * np.arange(t)
        frame[role] = (level + trend + rng.normal(0, 0.3, (n, t)).cumsum(axis=1)).ravel()
    error = rng.normal(0, 0.3, (n, t)).cumsum(axis=1).ravel()
    frame["ex"] = 0.4 * frame.fdi + 0.1 * frame.ed - 0.2 * frame.gdp + error
    frame["region"] = np.repeat(np.arange(n) % 8, t)
    frame["policy"] = rng.integers(0, 9, n * t)  # nests neither effect
    frame["weight"] = rng.uniform(0.5, 3.0, n * t)
    return frame.sample(frac=keep, random_state=seed).sort_index() if keep < 1 else frame


@pytest.fixture
def engine():
    connection = ibis.duckdb.connect()
    ibis.set_backend(connection)
    yield connection
    connection.disconnect()


def table(engine, frame: pd.DataFrame):
    return ibis.memtable(frame.reset_index())


def distance(found, expected) -> float:
    """Largest difference: slopes in standard errors, errors as a share, constant likewise."""
    with np.errstate(invalid="ignore"):
        parts = [
            np.abs(found.params - expected.params) / expected.std_errors,
            np.abs(found.std_errors / expected.std_errors - 1),
            np.abs(found.p_values - expected.p_values).fillna(0.0),
        ]
    worst = max(float(np.max(part)) for part in parts)
    if expected.constant.std_error > 1e-9:
        gap = abs(found.constant.estimate - expected.constant.estimate)
        worst = max(worst, gap / expected.constant.std_error)
        worst = max(worst, abs(found.constant.std_error / expected.constant.std_error - 1))
    return worst


def ways() -> list[dict]:
    keys = ["province_code", "year", "region", "policy"]
    keys += [["province_code", "year"], ["region", "year"], ["policy", "province_code"]]
    out = [{**CLUSTERED, "cluster": key, "correction": c} for key in keys for c in CORRECTIONS]
    for key in ("province_code", "region"):
        out += [
            {**CLUSTERED, "cov": "cr3:jackknife", "cluster": key, "correction": "none"},
            {"cov": "wild_cluster_bootstrap:rademacher", "cluster": key, "correction": "reghdfe",
             "df": "none", "draws": 499, "seed": 3},
        ]  # fmt: skip
    return out


def in_memory(frame: pd.DataFrame, fit, way: dict):
    keys = way["cluster"]
    keys = [keys] if isinstance(keys, str) else keys
    given = [key if key in ("province_code", "year") else frame[key] for key in keys]
    return fixed_effects.infer(fit, resolve_mapping({**way, "cluster": given}), exact=None)


@pytest.mark.slow
@pytest.mark.parametrize("keep", [1.0, 0.8])
def test_every_way_of_inference_equals_the_in_memory_one(engine, keep):
    frame = panel(keep=keep, seed=3)
    reference = fixed_effects.fit_two_way(frame["ex"], frame[["fdi", "ed", "gdp"]])
    names = ["province_code", "year", "region", "policy"]
    with fitted(table(engine, frame), "ex", ["fdi", "ed", "gdp"], clusters=names) as fit:
        for way in ways():
            found = infer(fit, resolve_mapping(way))
            expected = in_memory(frame, reference, way)
            assert found.label == expected.label
            assert (found.n_clusters, found.notes) == (expected.n_clusters, expected.notes)
            assert distance(found, expected) < EQUAL, found.label
            pd.testing.assert_frame_equal(found.cov, expected.cov, rtol=1e-8, atol=1e-12)
        for kind, value in reference.r_squared.items():
            assert fit.r_squared[kind] == pytest.approx(value, abs=1e-10), kind


def same(frame: pd.DataFrame, x: list[str], way=CLUSTERED, rows=None):
    """Result of the engine on the rows, compared with memory on the frame; both are returned."""
    rows = frame.reset_index() if rows is None else rows
    found = two_way(ibis.memtable(rows), "ex", x, **way)
    expected = fixed_effects.two_way(frame["ex"], frame[x], **way)
    assert list(found.params.index) == list(expected.params.index)
    assert distance(found, expected) < EQUAL
    for kind, value in expected.r_squared.items():
        assert found.r_squared[kind] == pytest.approx(value, abs=1e-10), kind
    return found, expected


def same_slopes(found, expected, unit=1.0) -> None:
    """For regressors that memory has in another unit or origin, with which the constant moves."""
    slopes = np.abs(found.params * unit - expected.params) / expected.std_errors
    errors = np.abs(found.std_errors * unit / expected.std_errors - 1)
    assert max(slopes.max(), errors.max()) < EQUAL


def test_gdp_in_yuan_and_a_column_far_from_zero(engine):
    """Compared with the in-memory estimator on the same values in a kinder unit and origin."""
    frame = panel(seed=7)
    kind = pd.DataFrame({"far": np.round(frame["fdi"] * 1024) / 1024})
    kind["gdp_yuan"] = np.exp(frame["gdp"])  # thousands
    frame["far"] = kind["far"] + 2.0**23  # exact: multiples of 2^-10
    frame["gdp_yuan"] = kind["gdp_yuan"] * 2.0**33  # exact: a power of two, about 3e13
    found = two_way(table(engine, frame), "ex", ["far", "gdp_yuan"], **CLUSTERED)
    expected = fixed_effects.two_way(frame["ex"], kind, **CLUSTERED)
    same_slopes(found, expected, np.array([1.0, 2.0**33]))


def test_polish_restores_digits_where_units_differ_by_far_more_than_they_move(engine):
    """Unit levels ten million times the within variation: cross-products alone lose it."""
    rng = np.random.default_rng(1)
    frame = panel(seed=8)
    units = frame.index.get_level_values("province_code")
    frame["steep"] = units.map(dict(zip(units.unique(), rng.integers(1, 2**22, 29), strict=True)))
    frame["steep"] = frame["steep"].astype(float) + np.round(frame["fdi"] * 1024) / 4096
    smooth = frame.assign(steep=frame["steep"] - frame.groupby(level=0)["steep"].transform("first"))
    found = two_way(table(engine, frame), "ex", ["steep", "ed"], **CLUSTERED)
    # exact: all values are multiples of 2^-12, so taking the first off loses nothing
    same_slopes(found, fixed_effects.two_way(smooth["ex"], smooth[["steep", "ed"]], **CLUSTERED))


def test_products_of_columns(engine):
    frame = panel(seed=9)
    product = frame.assign(**{"fdi:ed": frame.fdi * frame.ed})
    same(product, ["fdi", "fdi:ed"], rows=frame.reset_index())


@pytest.mark.parametrize(("units", "years"), [(12, 40), (12, 70), (70, 66)])
def test_more_periods_than_units_or_than_a_word_holds(engine, units, years):
    frame = panel(provinces=units, years=range(1900, 1900 + years), seed=12, keep=0.9)
    for way in (CLUSTERED, {**CLUSTERED, "cluster": ["province_code", "year"]}):
        found, _ = same(frame, ["fdi", "ed"], way)
        assert (found.n_units, found.n_periods) == (units, years)


def test_periods_that_are_words_or_far_apart(engine):
    frame = panel(provinces=15, seed=13, keep=0.9)
    flat = frame.reset_index()
    for name in (flat.year.map("year {}".format), flat.year * 1_000_000, flat.year.astype("int16")):
        same(frame, ["fdi", "ed"], rows=flat.assign(year=name))


@pytest.mark.parametrize(
    ("module", "bound", "value"),
    [
        (design, "PREVIEW", 10),  # whose means are taken off before anything is squared
        (normal, "MOST_PATTERNS", 3),  # with more the engine adds up the sets of periods
        (cluster_moments, "MOST_NUMBERS", 29 * (11 * 11 + 11 * 3 + 3 * 3)),
    ],
)
def test_no_bound_of_what_is_read_or_fetched_changes_a_result(
    engine, monkeypatch, module, bound, value
):
    frame = panel(seed=28, keep=0.7)
    assert abs(frame["fdi"].iloc[:10].mean() - frame["fdi"].mean()) > frame["fdi"].std() / 3
    monkeypatch.setattr(module, bound, value)
    same(frame, ["fdi", "ed"])
    same(frame, ["fdi", "ed"], JACKKNIFE)


@pytest.mark.parametrize("most", [normal.MOST_PATTERNS, 1])
def test_singletons_and_blocks_are_counted_alike(engine, monkeypatch, most):
    monkeypatch.setattr(normal, "MOST_PATTERNS", most)
    frame = panel(provinces=10, seed=15)
    years, codes = frame.index.get_level_values("year"), frame.index.get_level_values(0)
    early = codes < codes.unique()[5]
    frame = frame[early & (years < 2013) | ~early & (years >= 2013)]  # two blocks
    lonely = frame.index[0][0]
    frame = frame[
        (frame.index.get_level_values(0) != lonely) | (frame.index.get_level_values("year") == 2008)
    ]
    found, expected = same(frame, ["fdi"])
    assert "1 singleton" in " ".join(found.notes)
    assert found.notes == expected.notes and "2 blocks" in " ".join(found.notes)
    # 810000 is alone, without it 2030 is, without 2030 820000 is, and without that 2031 is
    chain = [("810000", 2030), ("820000", 2030), ("820000", 2031), (frame.index[-1][0], 2031)]
    pair = frame.index.get_level_values(0) == frame.index[-20][0]  # two rows left, not alone
    frame = frame[~pair | (frame.index.get_level_values("year") > 2016)]
    more = frame.iloc[-4:].set_axis(pd.MultiIndex.from_tuples(chain, names=frame.index.names))
    found, expected = same(pd.concat([frame, more]).sort_index(), ["fdi"])
    assert "5 singleton" in " ".join(found.notes) and found.notes == expected.notes


def test_three_scans_read_the_rows(engine, tmp_path, monkeypatch):
    """Statements that touch every row: two for the sums, one for the scores."""
    path = tmp_path / "panel.parquet"
    panel(seed=16).reset_index().to_parquet(path)
    seen, guarded = [], sums.engine._guarded

    def noting(work, scan):
        seen.append(scan)
        return guarded(work, scan)

    monkeypatch.setattr(sums.engine, "_guarded", noting)
    two_way(engine.read_parquet(path), "ex", ["fdi", "ed"], **CLUSTERED)
    assert [s for s in seen if s.startswith("scan")] == [
        "scan 1 of 3, cross-products",
        "scan 2 of 3, sums by unit and period",
        "scan 3 of 3, clustered scores",
    ]


def test_nothing_is_kept_in_the_engine_afterwards(engine):
    frame = panel(seed=17)
    two_way(table(engine, frame), "ex", ["fdi"], **CLUSTERED)
    frame.loc[frame.index[3], "fdi"] = np.nan
    with pytest.raises(InvalidData):
        two_way(table(engine, frame), "ex", ["fdi"], **CLUSTERED)
    left = engine.con.execute("select table_name from duckdb_tables()").fetchall()
    assert not [name for (name,) in left if "sums" in name]


# -- bad input


def with_holes(column: str, value: object = None) -> pd.DataFrame:
    """Two rows of a panel without a value."""
    rows = panel(seed=18).reset_index().astype({column: object} if value is None else {})
    rows.loc[[4, 9], column] = value
    return rows


def with_columns() -> pd.DataFrame:
    """A panel with columns that nothing can be regressed on."""
    frame = panel(seed=23)
    years = frame.index.get_level_values("year").to_numpy(float)
    fixed = frame["region"].astype(float)
    frame = frame.assign(trend=years, fixed=fixed, sum=fixed * 3 + np.sin(years), text="a", one=1)
    return frame.assign(copy=2 * frame["fdi"] - frame["ed"] + 7).reset_index()


def short(provinces: int, years: range) -> pd.DataFrame:
    return panel(provinces, years, seed=24).reset_index()


TWICE = pd.concat([panel(seed=19).reset_index()] + [panel(seed=19).reset_index().iloc[[5, 5, 30]]])
REFUSED = [
    (with_holes("province_code"), {}, InvalidData, "key province_code is missing in 2 row.*leave these rows out"),
    (with_holes("year"), {}, InvalidData, "key year is missing in 2 row"),
    (with_holes("region"), {"cluster": "region"}, InvalidData, "key region is missing in 2 row"),
    *(
        (with_holes(column, value), {}, InvalidData, f"column {column} is missing or infinite in 2 row.*=110000")
        for column in ("ex", "ed") for value in (np.nan, np.inf, -np.inf)
    ),
    (TWICE, {}, InvalidData, r"2 pair\(s\) .* province_code=110000, year=2013"),
    (panel(seed=22).groupby(level=0).head(1).reset_index(), {}, Infeasible, "every level of .* has one row"),
    *((with_columns(), {"x": ["fdi", name]}, InvalidData, f"absorb.* {name}") for name in ("trend", "fixed", "sum")),
    (with_columns(), {"x": ["fdi", "ed", "copy"]}, InvalidData, "fdi, ed, copy are collinear"),
    (with_columns(), {"x": ["fdi", "nowhere"]}, InvalidData, "no column 'nowhere'"),
    (with_columns(), {"x": ["fdi", "text"]}, InvalidData, "expected numbers"),
    (with_columns(), {"cluster": "one"}, Infeasible,
     "a clustered standard error needs at least three clusters, but there are 1"),
    (short(2, range(2000, 2011)), {}, Infeasible,
     "a clustered standard error needs at least three clusters, but there are 2"),
    (with_columns(), {"cluster": with_columns()["region"]}, InvalidOption, "cluster= is a Series"),
    (short(2, range(2000, 2003)), {}, Infeasible, "leave no degree of freedom"),
    (with_columns(), {**JACKKNIFE, "cluster": "policy"}, Infeasible, "do not nest the levels of province_code"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "options", "error", "words"), REFUSED, ids=[words[:40] for *_, words in REFUSED]
)
def test_what_cannot_be_estimated_is_refused_by_name(engine, rows, options, error, words):
    with pytest.raises(error, match=words):
        two_way(ibis.memtable(rows), "ex", **{"x": ["fdi", "ed"], **CLUSTERED, **options})


def test_more_numbers_than_fit_are_refused(engine, monkeypatch):
    monkeypatch.setattr(cluster_moments, "MOST_NUMBERS", 29 * (11 * 11 + 11 * 2 + 2 * 2) - 1)
    with refuses(Infeasible, Code.SAMPLE_LIMIT, g=29, t=11):
        two_way(table(engine, panel(seed=25)), "ex", ["fdi"], **JACKKNIFE)


def test_a_cluster_key_that_does_not_nest_the_effects_changes_only_the_correction(engine):
    frame = panel(seed=26)
    data = table(engine, frame)
    names = {"cov": "clustered", "cluster": "policy", "df": "t(G-1)"}
    plain, counted = (
        two_way(data, "ex", ["fdi"], correction=c, **names) for c in ("none", "reghdfe")
    )
    n, g, effects = len(frame), frame["policy"].nunique(), 29 + 11 - 1
    factor = g / (g - 1) * (n - 1) / (n - 1 - effects)
    assert counted.params["fdi"] == plain.params["fdi"]
    assert counted.std_errors["fdi"] / plain.std_errors["fdi"] == pytest.approx(np.sqrt(factor))


def test_an_engine_that_dies_is_an_error_with_the_scan(engine):
    data = engine.create_view("panel", table(engine, panel(seed=27)))
    with fitted(data, "ex", ["fdi"], clusters=["province_code"]) as fit:
        engine.con.close()
        with refuses(
            EngineFailure,
            Code.ENGINE,
            scan="scan 3 of 3, clustered scores",
            kind="ConnectionException",
        ):
            infer(fit, resolve_mapping(CLUSTERED))
    engine.con = ibis.duckdb.connect().con  # so that the fixture can close it


def test_bootstrap_intervals_and_distribution(engine):
    """Not only p-values at zero: the whole distribution at several nulls, and the inversion."""
    frame = panel(14)
    way = {"cov": "wild_cluster_bootstrap:rademacher", "cluster": "province_code",
           "correction": "none", "df": "none", "draws": 799, "seed": 2}  # fmt: skip
    found, expected = same(frame, ["fdi", "ce", "lab"], way)
    for term in found.params.index:
        own, other = found.tests[term], expected.tests[term]
        np.testing.assert_allclose(own.numerator, other.numerator, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(own.squared_scores, other.squared_scores, rtol=1e-7, atol=1e-9)
        for null in (0.0, 0.3, -2.0):
            assert own.p_value(null) == other.p_value(null)
    gap = (found.conf_int(0.95) - expected.conf_int(0.95)).abs()
    assert (gap.div(expected.std_errors, axis=0) < 1e-7).all(axis=None)


@pytest.mark.parametrize("way", [CLUSTERED, JACKKNIFE], ids=lambda way: way["cov"])
def test_three_clusters_are_enough_for_an_error(engine, way):
    same(panel(provinces=3, seed=29), ["fdi", "ed"], way)


@pytest.mark.parametrize(
    "way",
    [
        {"cov": "cr2", "correction": "none", "df": "satterthwaite", "cluster": "province_code"},
        {"cov": "HC1", "correction": "n-k", "df": "t(n-k)"},
        {"cov": "driscoll_kraay", "correction": "none", "df": "t(T-1)", "bandwidth": 2},
    ],
    ids=lambda way: way["cov"],
)
def test_a_covariance_that_needs_the_rows_is_refused_before_any_scan(engine, way: dict) -> None:
    frame = panel(8)
    with fitted(table(engine, frame), "ex", ["fdi"], clusters=["province_code"]) as fit:
        engine.con.close()  # nothing may be asked for
        with refuses(InvalidOption, Code.COVARIANCE) as error:
            infer(fit, resolve_mapping(way))
    engine.con = ibis.duckdb.connect().con  # so that the fixture can close it
    allowed = error.value.problems[0].fields["allowed"]
    assert "clustered" in allowed and way["cov"] not in allowed


def test_classical_errors_come_from_the_same_sums(engine) -> None:
    frame, way = panel(8, keep=0.9), {"cov": "classical", "correction": "n-k", "df": "t(n-k)"}
    with fitted(table(engine, frame), "ex", ["fdi", "gdp"]) as fit:
        found = infer(fit, resolve_mapping(way))
    memory = fixed_effects.two_way(frame["ex"], frame[["fdi", "gdp"]], **way)
    np.testing.assert_allclose(found.std_errors, memory.std_errors, rtol=1e-9)
    np.testing.assert_allclose(found.p_values, memory.p_values, rtol=1e-7)


@pytest.mark.parametrize(
    ("x", "unit", "code", "fields"),
    [
        ([], "province_code", Code.COLLINEAR, {}),
        (["fdi", "fdi"], "province_code", Code.COLLINEAR, {"x": ["fdi", "fdi"]}),
        (["fdi"], "weight", Code.DATA_KEYS, {"key": "weight"}),
    ],
)
def test_columns_that_make_no_model_are_refused_before_any_scan(engine, x, unit, code, fields):
    data = table(engine, panel(3, range(2008, 2012)))
    with refuses(InvalidData, code, **fields):
        two_way(data, "ex", x, **CLUSTERED, unit=unit)


def test_a_cluster_that_the_fit_does_not_know_is_refused(engine):
    data = table(engine, panel(6, range(2008, 2014)))
    way = resolve_mapping({**CLUSTERED, "cluster": "region"})
    with (
        fitted(data, "ex", ["fdi"], clusters=["province_code"]) as fit,
        refuses(InvalidOption, Code.COVARIANCE, unknown=["region"]),
    ):
        infer(fit, way)


def test_a_covariance_of_another_estimator_is_refused(engine):
    data = table(engine, panel(3, range(2008, 2012)))
    with refuses(InvalidOption, Code.COVARIANCE) as error:
        two_way(data, "ex", ["fdi"], cov="mean_group", correction="none", df="normal")
    assert "mean_group" in error.value.problems[0].fields["label"]


def test_two_keys_of_many_levels_are_refused(engine, monkeypatch):
    monkeypatch.setattr(sums, "MOST_PERIODS", 5)
    data = table(engine, panel(8, range(2008, 2016)))
    expected = {"unit": "province_code", "period": "year", "most_periods": 5}
    with refuses(Infeasible, Code.SAMPLE_LIMIT, **expected):
        two_way(data, "ex", ["fdi"], **CLUSTERED)


def test_cr3_keeps_at_most_62_periods(engine):
    data = table(engine, panel(70, range(1940, 2004)))
    with refuses(Infeasible, Code.SAMPLE_LIMIT, n_values=64):
        two_way(data, "ex", ["fdi"], **JACKKNIFE)

"""GMM on the employment data of Arellano and Bond (1991), 140 firms: printed tables, pydynpd, xtabond2.

`empl_uk.csv` has the columns of R's plm data `EmplUK`; `driver.py` stored `pydynpd.csv`.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import living_panel.econometrics as lp
from living_panel.problems import ProblemError

HERE = Path(__file__).parent
KEYS = {"unit": "firm", "time": "year"}
LONG = "n ~ l(n, 1:2) + l(w, 0:1) + l(k, 0:2) + l(ys, 0:2)"
RIGHT = "n ~ l(n, 1:2) + l(w, 0:1) + k + l(ys, 0:1) | year"
SMALL = {"gmm": {"n": (2, 4), "w": (1, 3)}, "iv": ["k"]}


@pytest.fixture(scope="module")
def firms() -> pd.DataFrame:
    data = pd.read_csv(HERE / "empl_uk.csv")
    logs = {"n": "emp", "w": "wage", "k": "capital", "ys": "output"}
    years = {f"yr{year}": (data["year"] == year) * 1.0 for year in range(1980, 1985)}
    return data.assign(**{name: np.log(data[long]) for name, long in logs.items()}, **years)


TABLE = {
    "a1": (
        [0.686, -0.085, -0.608, 0.393, 0.357, -0.058, -0.020, 0.609, -0.711, 0.106],
        [0.145, 0.056, 0.178, 0.168, 0.059, 0.073, 0.033, 0.173, 0.232, 0.141],
    ),
    "a2": (
        [0.629, -0.065, -0.526, 0.311, 0.278, 0.014, -0.040, 0.592, -0.566, 0.101],
        [0.090, 0.027, 0.054, 0.094, 0.045, 0.053, 0.026, 0.116, 0.140, 0.113],
    ),
    "b": (
        [0.474, -0.053, -0.513, 0.225, 0.293, 0.610, -0.446],
        [0.085, 0.027, 0.049, 0.080, 0.039, 0.109, 0.125],
    ),
}


@pytest.mark.parametrize("column", TABLE)
def test_difference_gmm_is_that_of_arellano_and_bonds_table_4(
    firms: pd.DataFrame, column: str
) -> None:
    """Their two-step errors are those before Windmeijer's correction."""
    formula = RIGHT if column == "b" else f"{LONG} | year"
    fit = lp.arellano_bond(formula, firms, **KEYS, two_steps=column != "a1", windmeijer=False)
    estimates, errors = TABLE[column]
    assert fit.params.round(3).tolist() == estimates
    assert fit.std_errors.round(3).tolist() == errors
    assert fit.n_obs == 611
    known = {"a1": ("Sargan", 65.8), "a2": ("Hansen", 31.4), "b": ("Hansen", 30.1)}
    name, value = known[column]
    assert (
        round(fit.fit_statistics[name], 1) == value and fit.fit_statistics["degrees of both"] == 25
    )
    if column == "a1":
        assert round(fit.fit_statistics["AR(2) z"], 3) == -0.516


PYDYNPD = {
    "difference_1": (lp.arellano_bond, RIGHT, {}),
    "difference_2": (lp.arellano_bond, RIGHT, {"two_steps": True}),
    "collapsed_2": (lp.arellano_bond, RIGHT, {"two_steps": True, "collapse": True}),
    "system_1": (lp.blundell_bond, "n ~ l(n, 1) + w + k", SMALL),
    "system_2": (lp.blundell_bond, "n ~ l(n, 1) + w + k", {**SMALL, "two_steps": True}),
    "system_collapsed_2": (
        lp.blundell_bond,
        "n ~ l(n, 1) + w + k",
        {**SMALL, "two_steps": True, "collapse": True},
    ),
}


def test_autocorrelation_after_one_step_is_that_of_windmeijer_and_of_statas_manual(
    firms: pd.DataFrame,
) -> None:
    """Windmeijer (2005), Table 2, and xtabond's example 2; pydynpd has -2.391 for the first of them."""
    for formula, printed in ((RIGHT, (-2.493, -0.359)), (f"{LONG} | year", (-3.5996, -0.51603))):
        numbers = lp.arellano_bond(formula, firms, **KEYS).fit_statistics
        found = (numbers["AR(1) z"], numbers["AR(2) z"])
        assert found == pytest.approx(printed, abs=5e-4 if formula == RIGHT else 5e-5)


def test_p_values_are_those_of_chi2_and_of_the_normal(firms: pd.DataFrame) -> None:
    numbers = lp.arellano_bond(RIGHT, firms, **KEYS, two_steps=True).fit_statistics
    for name in ("Hansen", "Sargan"):
        wanted = stats.chi2.sf(numbers[name], numbers["degrees of both"])
        assert numbers[f"{name} p"] == pytest.approx(wanted, rel=1e-9)
    for order in (1, 2):
        z, p_value = (numbers[f"AR({order}) {part}"] for part in ("z", "p"))
        assert p_value == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)


@pytest.mark.parametrize("model", PYDYNPD)
def test_gmm_is_that_of_pydynpd(firms: pd.DataFrame, model: str) -> None:
    wanted = pd.read_csv(HERE / "pydynpd.csv").query("model == @model").set_index("term")
    call, formula, options = PYDYNPD[model]
    fit = call(formula, firms, **KEYS, **options)
    terms = [t for t in wanted.index if t[:2] not in ("ye", "ha", "AR")]
    np.testing.assert_allclose(fit.params, wanted["first"][terms], rtol=2e-6)
    np.testing.assert_allclose(fit.std_errors, wanted["second"][terms], rtol=2e-6)
    numbers = fit.fit_statistics
    assert numbers["Hansen"] == pytest.approx(wanted["first"]["hansen"], rel=2e-6)
    assert numbers["degrees of both"] == wanted["second"]["hansen"]
    for name in ("AR(1)", "AR(2)") if model.endswith("2") else ():
        assert numbers[f"{name} z"] == pytest.approx(wanted["first"][name], rel=2e-6)


def test_a_system_is_that_of_xtabond2(firms: pd.DataFrame) -> None:
    """As xtabond2 prints it with the options gmm(l.n w k) iv(yr1980-yr1984) robust twostep small."""
    years = [f"yr{year}" for year in range(1980, 1985)]
    fit = lp.blundell_bond(
        f"{LONG} + {' + '.join(years)}", firms, **KEYS,
        gmm={"n": 2, "w": 1, "k": 1}, iv=years, two_steps=True,
    )  # fmt: skip
    printed = {
        "l(n, 1)": (0.9847708, 0.0591053), "l(n, 2)": (-0.0444599, 0.0532234), "w": (-0.5015799, 0.2033974),
        "l(w, 1)": (0.4045313, 0.1670457), "k": (0.3234514, 0.0525199), "l(k, 2)": (-0.1195921, 0.041634),
        "ys": (0.6120864, 0.2343692), "yr1984": (-0.0194111, 0.0331093), "constant": (0.6392791, 1.000564),
    }  # fmt: skip
    small = np.sqrt(750 / 735 * 140 / 139)  # its option `small`
    for term, (estimate, error) in printed.items():
        assert fit.params[term] == pytest.approx(estimate, rel=1e-5)
        assert small * fit.std_errors[term] == pytest.approx(error, rel=3e-5)
    assert (fit.n_obs, fit.choices["number_of_instruments"]) == (751, 120)


def test_a_gap_is_not_closed_up(firms: pd.DataFrame) -> None:
    """Without a middle year, a firm loses every row whose difference or lag needs that year."""
    hole = firms[~((firms["firm"] == 5) & (firms["year"] == 1980))]
    whole, less = (lp.arellano_bond("n ~ l(n, 1) + w", rows, **KEYS) for rows in (firms, hole))
    assert whole.n_obs - less.n_obs == 3  # 1980, 1981, 1982
    assert np.isfinite(less.params).all()


def test_what_gmm_cannot_take_is_refused_by_code(firms: pd.DataFrame) -> None:
    for options, formula, code in (
        ({"gmm": {"n": 0}}, "n ~ l(n, 1)", "LP-MODEL"),
        ({"gmm": {"n": (3, 2)}}, "n ~ l(n, 1)", "LP-MODEL"),
        ({"gmm": {"n": (2, 2)}, "iv": [], "collapse": True}, "n ~ l(n, 1) + w", "LP-SAMPLE-SMALL"),
        ({}, "n ~ l(n, 1) | firm", "LP-MODEL"),
        ({}, "n ~ l(n, 1) | 0 | w ~ k", "LP-MODEL"),
    ):
        with pytest.raises(ProblemError) as error:
            lp.arellano_bond(formula, firms, **KEYS, **options)
        assert error.value.codes == [code]

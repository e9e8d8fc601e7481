"""Breitung's test against formulas in R (`driver.R`), Stata's printed output, its size, and its refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.panel_tests.unit_roots import breitung
from tests.refusals import refuses

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv")
RATES = "real_exchange_rates"


def panel(name: str) -> pd.DataFrame:
    folder = HERE if name == RATES else HERE.parent / "unit_roots"
    return pd.read_csv(folder / "inputs" / f"{name}.csv", index_col="period")


@pytest.mark.parametrize("case", EXPECTED.to_dict("records"), ids=str)
def test_breitung_is_the_formula(case: dict) -> None:
    y = panel(case["series"])
    how = {"trend": case["trend"], "lags": case["lags"], "demean": False}
    assert breitung(y, **how, robust=False).statistic == pytest.approx(case["lambda"], rel=1e-7)
    if np.isnan(case["robust"]):
        with refuses(Infeasible, Code.SAMPLE_SMALL):
            breitung(y, **how, robust=True)
    else:
        assert breitung(y, **how, robust=True).statistic == pytest.approx(case["robust"], rel=1e-7)


def test_breitung_is_the_printed_output_of_stata() -> None:
    """`xtunitroot breitung lnrxrate if oecd, robust`, [XT] xtunitroot: 27 panels, 34 periods."""
    result = breitung(panel(RATES), trend="c", lags=0, robust=True, demean=False)
    sample = result.choices["sample"]
    assert (sample["units"], sample["periods"]) == (27, 34)
    assert f"{result.statistic:.4f} {result.p_value:.4f}" == "-1.6794 0.0465"


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("lags", [0, 1])
def test_breitung_has_its_size_and_some_power(trend: str, lags: int) -> None:
    """5 % of 600 panels of 20 random walks over 60 periods: 3.2 % to 6.8 % with a chance of 95 %."""
    draw = np.random.default_rng(2000)
    scale = draw.uniform(0.3, 3.0, 20)
    drift = 0.3 * (trend == "ct")
    rejected = {1.0: 0, 0.85: 0}
    for root in rejected:
        for _ in range(600):
            shocks, walk = draw.normal(size=(60, 20)) * scale, np.zeros((60, 20))
            for t in range(1, 60):
                walk[t] = root * walk[t - 1] + shocks[t]
            line = drift * np.arange(60.0)[:, None]
            start = 0.0 if trend == "n" else 5.0
            y = pd.DataFrame(walk + line + start)
            p = breitung(y, trend=trend, lags=lags, robust=False, demean=False).p_value
            rejected[root] += p < 0.05
    assert 0.02 <= rejected[1.0] / 600 <= 0.09
    assert rejected[0.85] / 600 > 0.5


def test_breitung_refuses_what_it_cannot_carry() -> None:
    y = panel("grunfeld_inv")
    how = {"robust": False, "demean": False}
    with refuses(Infeasible, Code.SAMPLE_SMALL):
        breitung(y, trend="ct", lags=8, **how)
    still = y.assign(u1=3.0 + np.arange(len(y)))
    with pytest.raises(Infeasible) as error:
        breitung(still, trend="ct", lags=0, **how)
    assert error.value.problems[0].code == "LP-OUTCOME-EXPLAINED"
    assert error.value.problems[0].fields["where"] == ": u1"
    with pytest.raises(Infeasible):
        breitung(y.mask(y == y.iloc[3, 3]), trend="c", lags=0, **how)

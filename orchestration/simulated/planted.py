"""Planted truth: the data generating processes behind the simulated releases, and their truth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from living_panel.ingestion.limited_yaml import YamlLoader

FOLDER: Path = Path(__file__).resolve().parent / "processes"
REGIONS = ("East", "Central", "West")


@dataclass(frozen=True, slots=True)
class Measure:
    """Margins of one measure; every number is about its natural logarithm.

    Attributes
    ----------
    role : str
        Name of the variable in the regressions (fdi, ce, ...).
    start, growth : float
        Cross-province level in the first year, and its rise to the last.
    size, openness, schooling : float
        Loadings of a province's level on its three scores.
    innovation : float
        Standard deviation of a year's own step of the random walk (0 for the outcome).
    factor : float
        Mean and standard deviation, over provinces, of the loadings on the measure's own I(1)
        factor; year effects absorb the mean and leave the rest.
    """

    role: str
    start: float
    growth: float
    size: float
    openness: float
    schooling: float
    innovation: float
    factor: float


@dataclass(frozen=True, slots=True)
class Error:
    """The stationary error u of the outcome equation.

    Attributes
    ----------
    persistence : float
        Autoregressive coefficient of the idiosyncratic part.
    innovation : float
        Standard deviation of its shocks in a province of average size.
    size_slope : float
        The standard deviation is multiplied by exp(size_slope * size).
    factor : float
        Standard deviation of loading times factor: dependence that year effects leave behind.
    year_shock : float
        Standard deviation of shocks common to all provinces: dependence that they absorb.
    """

    persistence: float
    innovation: float
    size_slope: float
    factor: float
    year_shock: float


@dataclass(frozen=True, slots=True)
class Process:
    """One written-down data generating process.

    Attributes
    ----------
    slopes : mapping of region to mapping of role to float
        Planted elasticities.
    synergy : float
        Coefficient of the product of the two-way-demeaned ln FDI and ln CE.
    correlation : float
        Correlation of the random-walk steps between measures of one province and year.
    feedback : float
        Stress only: share of the error's shock that enters the same year's step of ln FDI.
    shared_factor : float
        Stress only: how far the I(1) factor of ln FDI moves the outcome directly.
    """

    name: str
    seed: int
    provinces: pd.DataFrame
    first_year: int
    last_year: int
    outcome: str
    measures: Mapping[str, Measure]
    slopes: Mapping[str, Mapping[str, float]]
    synergy: float
    correlation: float
    error: Error
    feedback: float = 0.0
    shared_factor: float = 0.0

    @property
    def years(self) -> np.ndarray:
        """Calendar years, shape (T,)."""
        return np.arange(self.first_year, self.last_year + 1)

    @property
    def roles(self) -> list[str]:
        """Regressors in the order of the specification."""
        return [m.role for name, m in self.measures.items() if name != self.outcome]

    def slope_matrix(self) -> np.ndarray:
        """Slopes by province, shape (N, k)."""
        rows = [self.slopes[r] for r in self.provinces["region"]]
        return np.array([[row[role] for role in self.roles] for row in rows])


def load_process(name: str) -> Process:
    """Read one process from its file in `FOLDER`, with the margins that all share."""
    files = (FOLDER / f"{file}.yml" for file in ("margins", name))
    margins, design = (yaml.load(file.read_bytes(), Loader=YamlLoader) for file in files)
    columns = ["region", "size", "openness", "schooling"]
    provinces = pd.DataFrame.from_dict(margins["provinces"], orient="index", columns=columns)
    made = {
        "provinces": provinces.rename_axis("province_code").reset_index(),
        "measures": {key: Measure(**value) for key, value in margins["measures"].items()},
        "error": Error(**margins["error"]),
    }
    return Process(name=name, **{**margins, **design, **made})


def without_slopes(process: Process, roles: list[str]) -> Process:
    """The process in which only the kept roles act on the outcome (for few-slope estimators)."""
    slopes = {
        region: {role: (value if role in roles else 0.0) for role, value in row.items()}
        for region, row in process.slopes.items()
    }
    return replace(process, slopes=slopes)


def draw(process: Process, seed: int) -> pd.DataFrame:
    r"""One simulated panel.

    For province i in region r, year t and regressors k

    .. math::
        \ln x_{kit} = a_{ki} + \tau_{kt} + w_{kit}, \qquad
        w_{kit} = w_{ki,t-1} + e_{kit} + \gamma_{ki} g_{kt}, \\
        \ln y_{it} = \eta_i + \delta_t + \sum_k \beta_{kr} w_{kit}
            + s\,\tilde w_{F,it}\tilde w_{C,it} + u_{it}, \\
        u_{it} = \lambda_i f_t + v_{it}, \qquad v_{it} = \rho v_{i,t-1} + \sigma_i \varepsilon_{it}.

    The a's are functions of a province's scores, tau and delta straight lines plus drawn year shocks
    (absorbed by year effects), tilde is demeaning by province and by year. The steps e and the factors' steps
    g are Gaussian, e correlated over k, and all are independent of u. So regressors are strictly exogenous
    and symmetric: a regression without the product is still unbiased for the slopes. With slopes that differ
    by region, w instead of ln x makes the regions share their year effects. So both the pooled and the
    separate regressions keep to the process.

    Returns
    -------
    pandas.DataFrame
        N*T rows; province_code, year, then one column a measure in the panel's units (100 million
        yuan, 10,000 yuan for R&D, 10,000 persons, applications, years), positive and finite.
    """
    logs, _ = _draw_logs(process, np.random.default_rng(seed))
    n, t = len(process.provinces), len(process.years)
    frame = pd.DataFrame(
        {
            "province_code": np.repeat(process.provinces["province_code"].to_numpy(), t),
            "year": np.tile(process.years, n),
        }
    )
    for name, values in logs.items():
        frame[name] = np.exp(values).ravel()
    return frame


def regression_frame(process: Process, panel: pd.DataFrame) -> pd.DataFrame:
    """Logs under the names of the roles, the outcome's first, with the (province_code, year) index."""
    indexed = panel.set_index(["province_code", "year"])
    roles = {name: m.role for name, m in process.measures.items()}
    ordered = [process.outcome] + [m for m in process.measures if m != process.outcome]
    logs = pd.DataFrame(np.log(indexed[ordered].to_numpy()), indexed.index, ordered)
    return logs.rename(columns=roles)


def regions(process: Process) -> pd.Series:
    """Region by province code."""
    return process.provinces.set_index("province_code")["region"]


def _draw_logs(
    process: Process, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Logs of every measure, each (N, T), and the error u (N, T)."""
    n, t = len(process.provinces), len(process.years)
    regressors = {k: m for k, m in process.measures.items() if k != process.outcome}
    shocks = rng.standard_normal((n, t))
    walks, factors = _walks(process, list(regressors.values()), shocks, rng)
    error = _error(process, shocks, rng)
    logs = {}
    for k, (name, measure) in enumerate(regressors.items()):
        logs[name] = _level(process, measure, rng) + walks[k]
    outcome = process.measures[process.outcome]
    slopes = process.slope_matrix()
    systematic = np.einsum("kit,ik->it", walks, slopes)
    fdi, ce = process.roles.index("fdi"), process.roles.index("ce")
    product = _two_way(walks[fdi]) * _two_way(walks[ce])
    logs[process.outcome] = (
        _level(process, outcome, rng)
        + systematic
        + process.synergy * product
        + process.shared_factor * factors[fdi]
        + error
    )
    ordered = {name: logs[name] for name in process.measures}
    return ordered, error


def _level(process: Process, measure: Measure, rng: np.random.Generator) -> np.ndarray:
    """Province levels plus a straight line plus drawn year shocks, (N, T)."""
    scores = process.provinces
    province = (
        measure.size * scores["size"]
        + measure.openness * scores["openness"]
        + measure.schooling * scores["schooling"]
    ).to_numpy()
    line = measure.start + measure.growth * np.linspace(0, 1, len(process.years))
    scale = process.error.year_shock * (1.0 if measure.innovation == 0 else measure.innovation)
    return province[:, None] + line + scale * rng.standard_normal(len(process.years))


def _walks(
    process: Process, measures: list[Measure], shocks: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Random walks of the regressors and their factor parts, each (k, N, T)."""
    n, t = shocks.shape
    common = rng.standard_normal((n, t))
    walks, factors = np.empty((len(measures), n, t)), np.empty((len(measures), n, t))
    for k, m in enumerate(measures):
        unit_shocks = rng.standard_normal((n, t))
        step = (
            math.sqrt(process.correlation) * common
            + math.sqrt(1 - process.correlation) * unit_shocks
        )
        if m.role == "fdi" and process.feedback:
            step = process.feedback * shocks + math.sqrt(1 - process.feedback**2) * step
        loading: np.ndarray = m.factor * (1 + rng.standard_normal((n,)))
        factors[k] = loading[:, None] * rng.standard_normal((t,)).cumsum()
        walks[k] = m.innovation * step.cumsum(axis=1) + factors[k]
    return walks, factors


def _error(process: Process, shocks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Stationary autoregression started from its own distribution, plus loading times factor."""
    e = process.error
    n, t = shocks.shape
    scale = e.innovation * np.exp(e.size_slope * process.provinces["size"].to_numpy())
    v = np.empty((n, t))
    v[:, 0] = shocks[:, 0] / np.sqrt(1 - e.persistence**2)
    for year in range(1, t):
        v[:, year] = e.persistence * v[:, year - 1] + shocks[:, year]
    loading, factor = rng.standard_normal(n), rng.standard_normal(t)
    return scale[:, None] * v + e.factor * np.outer(loading, factor)


def _two_way(values: np.ndarray) -> np.ndarray:
    return values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()

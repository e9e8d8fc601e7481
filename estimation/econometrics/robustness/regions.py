"""Do slopes differ between regions? The interacted regression and three ways of testing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from living_panel.codes import Code, NoFix
from living_panel.estimation.econometrics.arguments import (
    Positive,
    Seed,
    Shape,
    Share,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.all_signs import (
    MOST_CLUSTERS,
    count_singular,
    halves,
)
from living_panel.estimation.econometrics.fixed_effects.covariances import cluster_factor
from living_panel.estimation.econometrics.fixed_effects.exact_wild import CLOSE
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import (
    PanelArrays,
    balanced_cube,
    panel_arrays,
)
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import (
    TIE,
    monte_carlo_error,
    wild_draws,
)
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    WithinFit,
    demean,
)
from living_panel.estimation.econometrics.inference.engines import two_way_covariance
from living_panel.estimation.econometrics.inference.rows import MINIMUM_CLUSTERS
from living_panel.estimation.econometrics.robustness.multiple_tests import (
    holm,
    minimum_detectable,
    romano_wolf,
)
from living_panel.estimation.econometrics.robustness.treatments import TreatmentDesign
from living_panel.estimation.estimators._two_way import fit_two_way
from living_panel.problems import words_of

Cov = Literal["cr1", "cr3"]
COVARIANCE_OF: dict[Cov, tuple[str, str]] = {
    "cr1": ("clustered", "reghdfe"),
    "cr3": ("cr3:jackknife", "none"),
}
"""Covariance and factor by the short names of a test."""
MOST_RESTRICTIONS = 3  # of an exact joint test: six quadratic forms
EXCHANGEABILITY = (
    "under the null, units are exchangeable between regions of the same sizes. The statistic is studentised. "
    "This is assumed to remove the effect of other differences between regions (size, variance, persistence)"
)


@dataclass(frozen=True, slots=True, eq=False)
class InteractedFit:
    """Everything interacted with region: slopes, year effects, and unit effects as ever.

    One regression a region; those of different regions are independent.

    Attributes
    ----------
    data : PanelArrays
    codes : ndarray, shape (N,)
        Position in `fits` of each unit's region.
    fits : dict of str to WithinFit
        By region.
    """

    data: PanelArrays
    codes: Ints
    fits: dict[str, WithinFit]

    @property
    def clusters(self) -> pd.Series:
        """Units by region."""
        return pd.Series({r: f.effects.n_units for r, f in self.fits.items()})

    @property
    def params(self) -> pd.DataFrame:
        """Slopes, shape (R, k)."""
        rows = {r: f.params for r, f in self.fits.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=self.data.names)

    @check_arguments
    def covs(self, cov: Cov) -> Floats:
        """Covariances within each region by unit, shape (R, k, k).

        CR1 with G/(G-1) (n-1)/(n-k-T) per region (reghdfe), or the jackknife CR3 per region.
        """
        return _covs(self, cov)

    @check_arguments
    def places(self, terms: Sequence[str]) -> list[int]:
        """Columns of the terms."""
        return [self.data.names.index(t) for t in terms]

    @check_arguments
    def statistic(self, terms: Sequence[str], cov: Cov) -> float:
        """Wald statistic of equal slopes of the terms."""
        return float(
            wald_of(self.params.to_numpy()[None], self.covs(cov)[None], self.places(terms))[0]
        )


@dataclass(frozen=True, slots=True)
class EqualityTest:
    """Wald test that slopes are equal between regions.

    `distribution` holds the statistics of the draws, shape (draws,); none for the F distribution.
    `p_mc_error` is the Monte Carlo standard error of the p-value, 0 where all sign vectors were counted;
    NaN without draws.
    """

    terms: tuple[str, ...]
    statistic: float
    p_value: float
    distribution: Floats
    p_mc_error: float = float("nan")


@check_arguments
def interacted(y: pd.Series, x: pd.DataFrame, region: pd.Series) -> InteractedFit:
    """Slopes by region from the regression in which year effects are interacted too.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period). Balanced or not.
    x : pandas.DataFrame
        Regressors over the same rows.
    region : pandas.Series
        Region by unit code; regions come in order of appearance.

    Returns
    -------
    InteractedFit

    Raises
    ------
    InvalidData
        A unit without a region, fewer than two regions, an absorbed regressor.
    Infeasible
        A region whose units cannot carry the slopes.
    """
    data = panel_arrays(y, x)
    missing = [p for p in data.units if p not in region.index or pd.isna(region.get(p))]
    if missing:
        raise InvalidData(
            Code.SPEC_REGIONS(
                "units {missing} belong to no region",
                "add them to a region of the scheme",
                missing=missing,
            )
        )
    labels = [r for r in dict.fromkeys(region) if r in set(region[data.units])]
    if len(labels) < 2:
        raise InvalidData(
            Code.SPEC_REGIONS(
                "the sample has only one region ({labels}), so there is no comparison",
                "use a scheme with two or more regions in the sample",
                labels=labels,
            )
        )
    unit_codes = np.array([labels.index(region[p]) for p in data.units], dtype=np.int64)
    fits = {label: _fit(data, unit_codes[data.unit] == r, label) for r, label in enumerate(labels)}
    return InteractedFit(data, unit_codes, fits)


@check_arguments
def wald_equality(fit: InteractedFit, terms: Sequence[str], cov: Cov) -> EqualityTest:
    """Wald test that the terms have the same slopes in all regions, F(q, min G - 1).

    The denominator counts the units of the smallest region less one.

    Parameters
    ----------
    fit : InteractedFit
        The regression.
    terms : sequence of str
        Names of regressors.
    cov : {"cr1", "cr3"}
        CR1 with the factor of reghdfe, or the jackknife CR3, by unit within each region.

    Returns
    -------
    EqualityTest

    Raises
    ------
    Infeasible
        With fewer than six units in a region, or more restrictions than (G-1)/2 of all.
    """
    _enough(fit.clusters, len(terms), "the Wald test")
    q, df = (len(fit.fits) - 1) * len(terms), int(fit.clusters.min()) - 1
    statistic = fit.statistic(terms, cov)
    p_value = float(stats.f.sf(statistic / q, q, df))
    return EqualityTest(tuple(terms), statistic, p_value, np.empty(0))


@check_arguments
def bootstrap_equality(
    fit: InteractedFit,
    terms: Sequence[str],
    *,
    draws: Positive,
    seed: Seed,
    near: float | None,
) -> EqualityTest:
    """Wald test with the restricted wild cluster bootstrap.

    The null is imposed (the terms have one slope, everything else stays interacted), one weight a unit (Rademacher,
    enumerated when 2^G <= draws) multiplies the restricted residuals. The interacted regression is estimated again, and
    Wald statistics use CR1.

    Parameters
    ----------
    fit : InteractedFit
        The regression.
    terms : sequence of str
        Names of regressors.
    draws : int
        Draws; all signs are enumerated where 2^G is at most this.
    seed : int
        Of the generator: the same seed gives the same numbers.
    near : float or None
        Level near which a drawn p-value is counted over all sign vectors instead, as
        `exact_equality` does where it can. None: it is never counted.

    Returns
    -------
    EqualityTest

    Raises
    ------
    Infeasible
        As `wald_equality`.
    """
    _enough(fit.clusters, len(terms), "the bootstrap Wald test")
    chosen = fit.places(terms)
    residuals = _restricted_residuals(fit.fits, chosen)
    drawn = wild_draws(len(fit.codes), draws, seed, enumerable=draws // 2)
    weights = drawn.weights.astype(np.float64)
    parts = [
        _redrawn(region_fit, residuals[label], weights[:, fit.codes == r], chosen)
        for r, (label, region_fit) in enumerate(fit.fits.items())
    ]
    # restricted estimates are shared, so their differences between regions are zero
    distribution = _wald(*(np.stack(part, axis=1) for part in zip(*parts, strict=True)))
    if drawn.enumerated:
        return replace(_tested(fit, terms, distribution, extra=0), p_mc_error=0.0)
    test = _tested(fit, terms, distribution)
    error = monte_carlo_error(test.p_value, len(distribution))
    close = near is not None and abs(test.p_value - near) <= CLOSE * error
    if close and can_count_equality(fit, terms):
        return replace(test, p_value=exact_equality(fit, terms), p_mc_error=0.0)
    return replace(test, p_mc_error=error)


@check_arguments
def can_count_equality(fit: InteractedFit, terms: Sequence[str]) -> bool:
    """Whether `exact_equality` can count all sign vectors: at most three restrictions and 31 clusters."""
    restrictions = (len(fit.fits) - 1) * len(terms)
    return restrictions <= MOST_RESTRICTIONS and len(fit.codes) <= MOST_CLUSTERS


@check_arguments
def exact_equality(fit: InteractedFit, terms: Sequence[str]) -> float:
    """Compute the p-value of `bootstrap_equality` over all sign vectors.

    With contrasts d of the slopes and their covariance V, d'V^-1 d >= W says that V - dd'/W has no
    positive determinant. Its entries are quadratic forms of the signs.

    Parameters
    ----------
    fit : InteractedFit
        The regression, of at most 31 units.
    terms : sequence of str
        Names of regressors; at most three restrictions.

    Returns
    -------
    float
    """
    chosen = fit.places(terms)
    residuals = _restricted_residuals(fit.fits, chosen)
    n_regions, c, groups = len(fit.fits), len(chosen), len(fit.codes)
    slopes, covs = np.zeros((n_regions, c, groups)), np.zeros((n_regions, c, c, groups, groups))
    for r, (label, region_fit) in enumerate(fit.fits.items()):
        inside = np.flatnonzero(fit.codes == r)
        gained, influence, factor = _by_signs(region_fit, residuals[label], chosen)
        slopes[r][:, inside] = gained
        covs[r][..., inside[:, None], inside] = factor * np.einsum(
            "hig,hjk->ijgk", influence, influence
        )
    contrasts = (slopes[1:] - slopes[0]).reshape(-1, groups)
    q = len(contrasts)
    apart = np.einsum("rs,rijgk->risjgk", np.eye(n_regions - 1), covs[1:])
    shared = np.broadcast_to(covs[0][None, :, None], apart.shape)
    variance = (apart + shared).reshape(q, q, groups, groups)
    outer = np.einsum("ig,jk->ijgk", contrasts, contrasts)
    forms = variance - outer / (fit.statistic(terms, "cr1") * (1 - TIE))
    forms = (forms + np.swapaxes(forms, 2, 3)) / 2
    return count_singular(forms) / halves(groups).size


@check_arguments
def randomisation_equality(
    fit: InteractedFit, hypotheses: Sequence[Sequence[str]], *, draws: Positive, seed: Seed
) -> list[EqualityTest]:
    """Wald tests against random assignments of the units to regions of the same sizes.

    Every hypothesis (terms whose slopes are equal) is tested on the same assignments, each estimated once:
    all slopes and year effects by region. CR1 studentises the statistic, which keeps the test valid in large
    samples where regions differ in variance (Chung and Romano 2013). p = (1 + r)/(1 + R).

    Parameters
    ----------
    fit : InteractedFit
        The regression.
    hypotheses : sequence of sequence of str
        Terms that are tested together, one group for each hypothesis.
    draws : int
        Random assignments, at least 1.
    seed : int
        Of the generator: the same seed gives the same numbers.

    Returns
    -------
    list of EqualityTest
        In the order of `hypotheses`.

    Raises
    ------
    InvalidData
        For missing cells.
    Infeasible
        As `wald_equality`.
    """
    for terms in hypotheses:
        _enough(fit.clusters, len(terms), "the randomisation test")
    slopes, covs = _randomised(fit, draws, seed)
    return [_tested(fit, terms, wald_of(slopes, covs, fit.places(terms))) for terms in hypotheses]


@lru_cache(maxsize=1)  # single slopes and all slopes together are tested on the same assignments
def _randomised(fit: InteractedFit, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Slopes and covariances of `randomised_slopes` for random assignments of the units."""
    outcome, regressors = balanced_cube(fit.data, "the randomisation of units to regions")
    z = np.concatenate([regressors, outcome[:, :, None]], axis=2)
    z = z - z.mean(axis=1, keepdims=True)
    generator = np.random.default_rng(seed)
    assignments = generator.permuted(np.tile(fit.codes, (draws, 1)), axis=1)
    return randomised_slopes(z, assignments, len(fit.fits))


@check_arguments
def wald_of(
    slopes: Annotated[Floats, Shape("D R k")],
    covs: Annotated[Floats, Shape("D R k k")],
    chosen: Sequence[int],
) -> Floats:
    """Wald statistics (D,) that the chosen columns have the same slopes in all regions.

    Parameters
    ----------
    slopes : ndarray, shape (D, R, k)
        Slopes of each draw and region.
    covs : ndarray, shape (D, R, k, k)
        Their covariances.
    chosen : sequence of int
        Columns that are tested together.

    Returns
    -------
    ndarray, shape (D,)
    """
    places = list(chosen)
    return _wald(slopes[..., places], covs[..., places, :][..., places])


@check_arguments
def randomised_slopes(
    z: Annotated[Floats, Shape("N T q")],
    assignments: Annotated[Ints, Shape("D N")],
    regions: int,
    chunk: Positive = 150,
) -> tuple[Floats, Floats]:
    """Slopes (D, R, k) by region and their CR1 (D, R, k, k) for many assignments at once.

    `z` (N, T, k + 1) holds regressors, then the outcome, demeaned by unit; `assignments`
    (draws, N) region codes 0..R-1.

    Within cross-products of a region are those of its units less those of its yearly means,
    so an assignment costs sums and no pass over the years' data.

    Parameters
    ----------
    z : ndarray, shape (N, T, q)
        Regressors, then the outcome, demeaned by unit.
    assignments : ndarray, shape (D, N)
        Region codes 0..R-1, a row for each draw.
    regions : int
        Number of regions.
    chunk : int
        Draws that are taken at a time; the rows of one chunk fit in the processor's cache.

    Returns
    -------
    tuple of ndarray
        Slopes (D, R, k) and their covariances (D, R, k, k).
    """
    n, t, q = z.shape
    k, draws = q - 1, len(assignments)
    slopes, covs = np.empty((draws, regions, k)), np.empty((draws, regions, k, k))
    grams = np.swapaxes(z, 1, 2) @ z
    for start in range(0, len(assignments), chunk):
        rows = slice(start, start + chunk)
        part = assignments[rows]
        for r in range(regions):
            # sizes are the same in every draw, so members form a rectangle
            members = np.nonzero(part == r)[1].reshape(len(part), -1)
            size = members.shape[1]
            inside = z[members]
            mean = inside.mean(axis=1)
            mixed = np.swapaxes(inside, 2, 3) @ mean[:, None]
            of_means = (np.swapaxes(mean, 1, 2) @ mean)[:, None]
            centred = grams[members] - mixed - np.swapaxes(mixed, 2, 3) + of_means
            total = centred.sum(axis=1)
            bread = np.linalg.inv(total[:, :k, :k])
            b = bread @ total[:, :k, k:]
            scores = (centred[..., :k, k:] - centred[..., :k, :k] @ b[:, None])[..., 0]
            influence = scores @ bread
            factor = size / (size - 1) * (size * t - 1) / (size * t - k - t)
            slopes[rows, r] = b[..., 0]
            covs[rows, r] = factor * np.swapaxes(influence, 1, 2) @ influence
    return slopes, covs


@check_arguments
def pairwise_differences(
    fit: InteractedFit, cov: Cov, *, level: Share, power: Share
) -> pd.DataFrame:
    """Differences of each slope between each two regions, with what could have been detected.

    `level` and `power` are those of the two-sided test of the minimum detectable difference.

    Parameters
    ----------
    fit : InteractedFit
        The regression.
    cov : {"cr1", "cr3"}
        As in `wald_equality`.
    level : float
        Level of the two-sided test of the minimum detectable difference.
    power : float
        Power of that test.

    Returns
    -------
    pandas.DataFrame
        term, first, second, difference, std_error, df (smaller region's units less one),
        p_value, minimum_detectable. p and minimum are missing below six units.
    """
    rows = []
    variances = dict(zip(fit.fits, np.einsum("rjj->rj", fit.covs(cov)), strict=True))
    for j, term in enumerate(fit.data.names):
        for first, second in combinations(fit.fits, 2):
            difference = fit.fits[first].params[j] - fit.fits[second].params[j]
            error = float(np.sqrt(variances[first][j] + variances[second][j]))
            groups = min(fit.fits[region].effects.n_units for region in (first, second))
            p_value = minimum = np.nan
            if groups >= MINIMUM_CLUSTERS:
                p_value = float(2 * stats.t.sf(abs(difference) / error, groups - 1))
                minimum = minimum_detectable(error, groups - 1, level=level, power=power)
            rows.append(
                {
                    "term": term, "first": first, "second": second, "difference": difference,
                    "std_error": error, "df": groups - 1, "p_value": p_value,
                    "minimum_detectable": minimum,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


@check_arguments
def difference_design(fit: InteractedFit, term: str, first: str, second: str) -> TreatmentDesign:
    """One regression of two regions whose first slope is the difference of the term's slopes.

    Every regressor is interacted with region, and so are the year effects: the estimates are those of a regression
    a region.

    Parameters
    ----------
    fit : InteractedFit
        The regression.
    term : str
        Regressor whose slopes are compared.
    first, second : str
        Regions; the slope is that of the first less that of the second.

    Returns
    -------
    TreatmentDesign
    """
    labels, data = list(fit.fits), fit.data
    region = fit.codes[data.unit]
    inside = np.isin(region, [labels.index(first), labels.index(second)])
    is_first = (region == labels.index(first))[inside]
    x = pd.DataFrame(data.x[inside], data.index[inside], data.names)
    others = x.drop(columns=term)
    frame = pd.DataFrame({f"{term} in {first}": x[term] * is_first, term: x[term]}).join(others)
    unit = np.unique(data.unit[inside], return_inverse=True)[1]
    time = np.unique(data.time[inside] * 2 + is_first, return_inverse=True)[1]
    added = others.to_numpy() * is_first[:, None]
    return TreatmentDesign(pd.Series(data.y[inside], frame.index), frame, added, unit, time)


@check_arguments
def differences_without(
    y: pd.Series,
    x: pd.DataFrame,
    region: pd.Series,
    cov: Cov,
    *,
    term: str,
    level: Share,
    power: Share,
) -> pd.DataFrame:
    """Differences of one slope between each two regions without each of their units.

    Parameters
    ----------
    y, x : pandas.Series, pandas.DataFrame
        Over the rows (unit, period).
    region : pandas.Series
        Region by unit code.
    cov : {"cr1", "cr3"}
        As in `wald_equality`.
    term : str
        Regressor whose slopes are compared.
    level, power : float
        As in `pairwise_differences`.

    Returns
    -------
    pandas.DataFrame
        left_out, first, second, estimate, std_error, df, p_value.
    """
    units = y.index.get_level_values(0)
    parts = []
    for left in region.index:
        others = units != left
        fit = interacted(y[others], x[others], region.drop(left))
        rows = pairwise_differences(fit, cov, level=level, power=power)
        of_unit = (rows["first"] == region[left]) | (rows["second"] == region[left])
        parts.append(rows[(rows["term"] == term) & of_unit].assign(left_out=left))
    columns = ["left_out", "first", "second", "estimate", "std_error", "df", "p_value"]
    return pd.concat(parts).rename(columns={"difference": "estimate"})[columns]


@check_arguments
def family(tests: Sequence[EqualityTest]) -> pd.DataFrame:
    """Tests of one kind and size as one family, a row each: statistic, p_value, draws, holm, romano_wolf.

    `romano_wolf` is missing for the F distribution, which has no joint draws.
    """
    numbers = [(t.statistic, t.p_value, len(t.distribution)) for t in tests]
    rows = pd.DataFrame(numbers, columns=["statistic", "p_value", "draws"])
    rows["holm"] = holm(rows["p_value"])
    rows["romano_wolf"] = np.nan
    if rows["draws"].all():
        null = pd.DataFrame(np.column_stack([t.distribution for t in tests]))
        rows["romano_wolf"] = romano_wolf(rows["statistic"], null)
    return rows


def _fit(data: PanelArrays, rows: NDArray[np.bool_], label: str) -> WithinFit:
    """Two-way regression of a region on its own rows."""
    index = data.index[rows]
    units = index.get_level_values(0).nunique()
    if units < 3:
        # scores of two units are each other's negative and add up to zero: an error of zero
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "region {label} has {units} units, but three are needed",
                "use a scheme with three or more units in each region",
                label=label,
                units=units,
            )
        )
    y, x = pd.Series(data.y[rows], index), pd.DataFrame(data.x[rows], index, data.names)
    try:
        return fit_two_way(y, x).within
    except (InvalidData, Infeasible) as error:
        raise type(error)(
            Code.TABLE_NO_MODEL(
                "region {region}: {reason}", NoFix.SUMMARY, region=label, reason=words_of(error)
            )
        ) from error


@lru_cache(maxsize=8)
def _covs(fit: InteractedFit, kind: Cov) -> Floats:
    return np.stack([_cov(region_fit, kind) for region_fit in fit.fits.values()])


def _cov(fit: WithinFit, kind: Cov) -> Floats:
    return two_way_covariance(fit, fit.effects.unit, *COVARIANCE_OF[kind])


def _tested(
    fit: InteractedFit, terms: Sequence[str], distribution: Floats, extra: int = 1
) -> EqualityTest:
    """The test from its draws, ties counted; `extra` is 0 where all are enumerated, the observed among them."""
    statistic = fit.statistic(terms, "cr1")
    larger = int((distribution >= statistic * (1 - TIE)).sum())
    p_value = (extra + larger) / (extra + len(distribution))
    return EqualityTest(tuple(terms), statistic, p_value, distribution)


def _enough(clusters: pd.Series, terms: int, what: str) -> None:
    small = clusters[clusters < MINIMUM_CLUSTERS]
    if len(small):
        raise Infeasible(
            Code.SAMPLE_CLUSTERS(
                "{what}: {items}; {minimum_clusters} are needed",
                "leave the region out of the comparison",
                what=what,
                items=[f"{r} has {g} units" for r, g in small.items()],
                minimum_clusters=MINIMUM_CLUSTERS,
            )
        )
    if terms >= clusters.min():
        raise Infeasible(
            Code.SAMPLE_CLUSTERS(
                "{what}: there are {terms} terms, but {region} has {clusters} units, whose scores sum to zero",
                "test fewer terms than {region} has units",
                what=what,
                terms=terms,
                region=clusters.idxmin(),
                clusters=clusters.min(),
            )
        )
    q, total = (len(clusters) - 1) * terms, int(clusters.sum())
    if q > (total - 1) / 2:
        raise Infeasible(
            Code.SAMPLE_CLUSTERS(
                "{what}: {q} restrictions are more than (G-1)/2 with G = {total} units",
                "test fewer terms",
                what=what,
                q=q,
                total=total,
            )
        )


def _wald(slopes: Floats, covs: Floats) -> Floats:
    """Wald statistics of equality over axis 1, shape (B,).

    With independent regions the restricted minimum-distance slope is m = (Σ V_r^-1)^-1 Σ V_r^-1 b_r
    and the statistic Σ (b_r - m)'V_r^-1(b_r - m): the contrast form, without choosing contrasts.
    """
    weight = np.linalg.inv(covs)
    pulled = np.einsum("brjk,brk->bj", weight, slopes)
    common = np.linalg.solve(weight.sum(axis=1), pulled[..., None])[..., 0]
    apart = slopes - common[:, None]
    return np.asarray(np.einsum("brj,brjk,brk->b", apart, weight, apart), dtype=np.float64)


def _restricted_residuals(fits: dict[str, WithinFit], chosen: list[int]) -> dict[str, Floats]:
    """Residuals with one slope for the chosen terms and everything else by region.

    The other slopes are partialled out region by region; least squares on what remains, stacked.
    """
    cross = np.zeros((len(chosen), len(chosen)))
    moment = np.zeros(len(chosen))
    parts = {}
    for label, fit in fits.items():
        others = np.delete(fit.x, chosen, axis=1)
        basis = np.linalg.qr(others)[0]
        net = fit.x[:, chosen] - basis @ (basis.T @ fit.x[:, chosen])
        response = fit.y - basis @ (basis.T @ fit.y)
        parts[label] = (net, response)
        cross += net.T @ net
        moment += net.T @ response
    common = np.linalg.solve(cross, moment)
    return {label: response - net @ common for label, (net, response) in parts.items()}


def _redrawn(
    fit: WithinFit, residual: Floats, weights: Floats, chosen: list[int]
) -> tuple[Floats, Floats]:
    """Slopes (B, c), less the restricted ones, and CR1 (B, c, c) of one region over all draws.

    Scores are linear in the weights. With block g of the residual alone, demeaned again and net of the regressors,
    unit h's score is a fixed vector. So draws are one matrix product.
    """
    gained, influence, factor = _by_signs(fit, residual, chosen)
    moved = np.einsum("hjg,bg->bhj", influence, weights, optimize=True)
    return weights @ gained.T, factor * np.einsum("bhi,bhj->bij", moved, moved)


def _by_signs(fit: WithinFit, residual: Floats, chosen: list[int]) -> tuple[Floats, Floats, float]:
    """What one region's signs v are multiplied by: slopes (c, G) v, influences (G, c, G) v, factor of CR1."""
    groups, k = fit.effects.n_units, fit.x.shape[1]
    unit = fit.effects.unit
    blocks = np.zeros((unit.size, groups))
    blocks[np.arange(unit.size), unit] = residual
    gained = fit.bread @ (fit.x.T @ blocks)
    refitted = demean(fit.effects, blocks) - fit.x @ gained
    response = np.zeros((groups, k, groups))
    np.add.at(response, unit, fit.x[:, :, None] * refitted[:, None, :])
    influence = np.einsum("jk,hkg->hjg", fit.bread[chosen], response)
    factor = cluster_factor("reghdfe", unit.size, k + fit.effects.n_periods, groups)
    return gained[chosen], influence, factor

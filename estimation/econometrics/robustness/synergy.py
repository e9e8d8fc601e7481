"""Do two regressors reinforce each other? Interactions, marginal effects, influence, leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import AtLeast, Share, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit, TestResult
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import (
    first_of_definition,
    neighbours,
    panel_arrays,
)
from living_panel.estimation.econometrics.fixed_effects.regression_data import (
    check_frame,
    row_codes,
)
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    demean,
    lengths,
    two_way_effects,
)
from living_panel.estimation.econometrics.inference.reading import resolve_mapping
from living_panel.estimation.econometrics.robustness.multiple_tests import minimum_detectable
from living_panel.estimation.estimators._two_way import fit_two_way, infer

NEW_DEFINITION = "a new definition the year after"
FORMS = ("centred", "demeaned")
Form = Literal["centred", "demeaned"]


@dataclass(frozen=True, slots=True)
class SynergyFit:
    """A regression with one interaction.

    Attributes
    ----------
    result : RegressionFit
        Regressors, then the product under the name of `term`, `<first> x <second> (<form>)`.
    centres : dict of str to float
        What was taken off before multiplying: sample means; zero for the demeaned form, whose parts
        have mean zero.
    parts : pandas.DataFrame, shape (n, 2)
        The two factors of the product.
    """

    result: RegressionFit
    pair: tuple[str, str]
    form: str
    term: str
    centres: dict[str, float]
    parts: pd.DataFrame


@dataclass(frozen=True, slots=True)
class LeadsTest:
    """Leads added to the regressors: their coefficients are zero under strict exogeneity.

    Attributes
    ----------
    result : RegressionFit
    leads : pandas.DataFrame
        term, estimate, std_error, p_value, minimum_detectable (at the stated power).
    joint : TestResult
    lost : list of str
        Why each row without a usable lead is omitted.
    """

    result: RegressionFit
    leads: pd.DataFrame
    joint: TestResult
    lost: list[str]


@check_arguments
def interaction_parts(x: pd.DataFrame, pair: tuple[str, str], form: Form) -> pd.DataFrame:
    """The two factors of the product on this sample, shape (n, 2).

    Centred, off the sample mean: the product also carries how the slope of one differs between
    units and years with lasting differences in the other. Demeaned, off unit and year means:
    only movements within both. Two estimands under one name (Giesselmann and Schmidt-Catran 2022).

    Parameters
    ----------
    x : pandas.DataFrame
        Regressors over the rows (unit, period).
    pair : tuple
        The two regressors that are multiplied.
    form : {"centred", "demeaned"}
        What is subtracted from each before: sample means, or unit and period means.

    Returns
    -------
    pandas.DataFrame, shape (n, 2)

    Raises
    ------
    InvalidData
        A column that is not there, or one paired with itself.
    """
    missing = [name for name in pair if name not in x.columns]
    if missing or pair[0] == pair[1]:
        raise InvalidData(
            Code.COLLINEAR(
                "pair {pair} must name two different regressors",
                "write the names of two different regressors: {columns}",
                pair=pair,
                columns=list(x.columns),
            )
        )
    columns = x[list(pair)]
    if form == "centred":
        return columns - columns.mean()
    check_frame(columns.iloc[:, 0], columns)
    effects = two_way_effects(*row_codes(x.index))
    return pd.DataFrame(demean(effects, columns.to_numpy(float)), x.index, list(pair))


@check_arguments
def estimate_synergy(
    y: pd.Series,
    x: pd.DataFrame,
    *,
    pair: tuple[str, str],
    form: Form,
    way: Mapping[str, Any],
) -> SynergyFit:
    """Two-way regression with the product of a pair of columns of x.

    `way` are the options of `fixed_effects.two_way`.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period).
    x : pandas.DataFrame
        Regressors over the same rows.
    pair : tuple
        The two regressors that are multiplied.
    form : {"centred", "demeaned"}
        What is subtracted from each before: sample means, or unit and period means.
    way : mapping
        Options of `fixed_effects.two_way`: cov, correction, df, cluster, and draws and seed for the
        bootstrap.

    Returns
    -------
    SynergyFit

    Raises
    ------
    InvalidData, InvalidOption, Infeasible
    """
    parts = interaction_parts(x, pair, form)
    term = f"{pair[0]} x {pair[1]} ({form})"
    product = (parts[pair[0]] * parts[pair[1]]).rename(term)
    centres = {p: float(x[p].mean()) if form == "centred" else 0.0 for p in pair}
    fit = fit_two_way(y, x.assign(**{term: product}))
    resolved = resolve_mapping(way)
    if resolved.family == "cr3":
        fit = replace(fit, left_out=shifts_rebuilt(y, x, pair, form))
    result = infer(fit, resolved, exact=None)
    return SynergyFit(result, pair, form, term, centres, parts)


@check_arguments
def shifts_rebuilt(
    y: pd.Series, x: pd.DataFrame, pair: tuple[str, str], form: Form
) -> Floats | None:
    """Shift b_(g) - b with the product made anew without each unit, shape (G, k + 1), product last.

    The centred form gives None: the slope of the product is the same at every centre, and CR3 of the other
    slopes uses the sample's centre. The two-way demeaned factors of one unit hang on all others, so that
    leaving its rows out of a product once made is another estimate.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period).
    x : pandas.DataFrame
        Regressors over the same rows.
    pair : tuple
        The two regressors that are multiplied.
    form : {"centred", "demeaned"}
        What is subtracted from each before: sample means, or unit and period means.

    Returns
    -------
    ndarray, shape (G, k + 1), optional
        None for the centred form.

    Raises
    ------
    Infeasible
        Where the slopes are not identified without one of the units.
    """
    if form == "centred":
        return None
    data = panel_arrays(y, x)
    first, second = (data.names.index(name) for name in pair)

    def slopes(left: int) -> Floats:
        """Without unit `left`; all of them for -1."""
        others = data.unit != left
        unit, time = (np.unique(v[others], return_inverse=True)[1] for v in (data.unit, data.time))
        effects = two_way_effects(unit, time)
        within = demean(effects, np.column_stack([data.x[others], data.y[others]]))
        product = demean(effects, within[:, first] * within[:, second])
        design = np.column_stack([within[:, :-1], product])
        scale = lengths(design)
        coefficients, _, rank, _ = np.linalg.lstsq(design / scale, within[:, -1], rcond=1e-9)
        if rank < coefficients.size:
            raise Infeasible(
                Code.SAMPLE_LEAVE_OUT(
                    "cr3 omits one unit at a time and computes the product again; without "
                    "{unit} the slopes are not identified",
                    "use fewer regressors, or cov='clustered'",
                    unit=data.units[left],
                )
            )
        return np.asarray(coefficients / scale, dtype=np.float64)

    full = slopes(-1)
    return np.stack([slopes(left) - full for left in range(len(data.units))])


@check_arguments
def marginal_effects(
    fit: SynergyFit, of: str, *, points: Annotated[int, AtLeast(2)], level: Share
) -> pd.DataFrame:
    r"""Effect of one of the pair over the observed range of the other.

    .. math:: \partial y/\partial x_1 = b_1 + b_{12} z, \qquad
        \operatorname{var} = V_{11} + 2 z V_{1,12} + z^2 V_{12,12},

    where z is the other's factor in the product (Brambor, Clark and Golder 2006, eq. 8). `low`, `high` hold
    at each point; `band_low`, `band_high` at all points at once (Scheffe, two parameters). `points`
    run from the smallest to the largest value in the sample.

    Parameters
    ----------
    fit : SynergyFit
        The regression.
    of : str
        The regressor whose effect is asked.
    points : int
        Points between the smallest and the largest value in the sample, at least 2.
    level : float
        Of the intervals and bands.

    Returns
    -------
    pandas.DataFrame
        moderator (in its own units; for the demeaned form the within deviation), factor (z),
        effect, std_error, low, high, band_low, band_high, share_below (of the sample).

    Raises
    ------
    ValueError
        For a covariance without degrees of freedom (the bootstrap).
    """
    df = float(fit.result.df[of])
    if np.isnan(df):
        raise InvalidOption(
            Code.COVARIANCE(
                "{label} does not give degrees of freedom for confidence bands",
                "use cr3:jackknife, or clustered with df='t(G-1)'",
                label=fit.result.label,
            )
        )
    other = fit.pair[1] if of == fit.pair[0] else fit.pair[0]
    seen = fit.parts[other]
    z = np.linspace(seen.min(), seen.max(), points)
    effect = fit.result.params[of] + fit.result.params[fit.term] * z
    v = fit.result.cov.loc[[of, fit.term], [of, fit.term]].to_numpy()
    error = np.sqrt(v[0, 0] + 2 * z * v[0, 1] + z**2 * v[1, 1])
    few = not fit.result.enough_clusters
    single = np.nan if few else stats.t.ppf((1 + level) / 2, df)
    joint = np.nan if few else np.sqrt(2 * stats.f.ppf(level, 2, df))
    return pd.DataFrame(
        {
            "moderator": z + fit.centres[other],
            "factor": z,
            "effect": effect,
            "std_error": error,
            "low": effect - single * error,
            "high": effect + single * error,
            "band_low": effect - joint * error,
            "band_high": effect + joint * error,
            "share_below": [(seen <= value + 1e-12).mean() for value in z],
        }
    )


@check_arguments
def leave_one_unit_out(
    y: pd.Series,
    x: pd.DataFrame,
    *,
    terms: Sequence[str],
    way: Mapping[str, Any],
    pair: tuple[str, str] | None = None,
    form: Form | None = None,
) -> pd.DataFrame:
    """The regression again without each unit, the product rebuilt on each sample.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period).
    x : pandas.DataFrame
        Regressors over the same rows.
    terms : sequence of str
        Reported terms; `synergy` stands for the product where a pair is given.
    way : mapping
        As in `estimate_synergy`.
    pair : tuple, optional
        As in `estimate_synergy`; None without a product.
    form : {"centred", "demeaned"}, optional
        As in `estimate_synergy`; None without a product.

    Returns
    -------
    pandas.DataFrame
        left_out ("" = nobody), term, estimate, std_error, p_value, change (from the full sample,
        in its standard errors), n_obs. Largest absolute change first within a term, the full
        sample on top.

    Raises
    ------
    Infeasible
        If the sample without one of the units permits no regression or has a zero residual.
    """
    unit_codes = x.index.get_level_values(0)
    rows = []
    for left in ["", *sorted(set(unit_codes))]:
        others = unit_codes != left
        if pair is not None and form is not None:
            fit = estimate_synergy(y[others], x[others], pair=pair, form=form, way=way)
            result, names = fit.result, {"synergy": fit.term}
        else:
            names = {}
            result = infer(fit_two_way(y[others], x[others]), resolve_mapping(way), exact=None)
        places = [result.params.index.get_loc(names.get(term, term)) for term in terms]
        parts = (result.params, result.std_errors, result.p_values)
        columns = (part.to_numpy()[places] for part in parts)
        rows += [(left, *row, float(result.n_obs)) for row in zip(terms, *columns, strict=True)]
    out = pd.DataFrame(
        rows, columns=["left_out", "term", "estimate", "std_error", "p_value", "n_obs"]
    )
    full = out.iloc[: len(terms)].set_index("term").loc[out["term"]].reset_index()
    out["change"] = (out["estimate"] - full["estimate"]) / full["std_error"]
    order = out.assign(
        place=out["term"].map(list(terms).index),
        size=-out["change"].abs().where(out["left_out"] != "", np.inf),
    )
    return out.loc[order.sort_values(["place", "size"], kind="stable").index].reset_index(drop=True)


@check_arguments
def leads_test(
    y: pd.Series,
    x: pd.DataFrame,
    *,
    of: Sequence[str],
    way: Mapping[str, Any],
    breaks: pd.DataFrame | None = None,
    level: Share,
    power: Share,
) -> LeadsTest:
    """Next year's regressors together with this year's (Wooldridge 2010, section 10.7.1).

    A lead is the value of the following year. The row is omitted and listed where that value is missing or begins a new
    definition. Without rejection, the test is inconclusive if the minimum detectable lead is large. So the p-value is
    printed with it.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period).
    x : pandas.DataFrame
        Regressors over the same rows.
    of : sequence of str
        Regressors whose leads enter.
    way : mapping
        Options of `fixed_effects.two_way`, with degrees of freedom.
    breaks : pandas.DataFrame, optional
        Unit ("" = all), year: first years of new definitions.
    level : float
        Level of the test of the minimum detectable lead.
    power : float
        Power of that test.

    Returns
    -------
    LeadsTest

    Raises
    ------
    InvalidData, InvalidOption, Infeasible
    """
    leads = neighbours(x[list(of)], 1).add_suffix(" (lead)")
    following = pd.MultiIndex.from_arrays(
        [x.index.get_level_values(0), x.index.get_level_values(1) + 1]
    )
    without = leads.isna().any(axis=1).to_numpy()
    usable = ~without & ~first_of_definition(following, breaks)
    lost = ["no value in the year after" if gap else NEW_DEFINITION for gap in without[~usable]]
    if not usable.any():
        raise InvalidData(
            Code.GAPS("no row has a value in the next year", "use a sample with consecutive years")
        )
    result = infer(
        fit_two_way(y[usable], x[usable].join(leads[usable])), resolve_mapping(way), exact=None
    )
    joint = result.wald(list(leads.columns))
    table = result.to_frame(0.95)[["term", "estimate", "std_error", "p_value"]]
    table = table[table["term"].isin(leads.columns)]
    df = float(result.df.iloc[0])
    least = minimum_detectable(table["std_error"].to_numpy(), df, level=level, power=power)
    table["minimum_detectable"] = least if result.enough_clusters else np.nan
    return LeadsTest(result, table, joint, lost)

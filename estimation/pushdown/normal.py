"""Exact normal equations of a two-way regression from sums by unit and by period."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.pushdown import engine
from living_panel.estimation.pushdown.sums import (
    MOST_PATTERNS,
    Sums,
    bits,
    patterns,
    products,
    symmetric,
)

# Share of a column's centred sum of squares that must survive the effects, as in memory.
ABSORBED = 1e-18
COLLINEAR = 1e-12  # smallest eigenvalue of the correlations of the demeaned regressors
POLISH = 1e-6  # below this share the cross-products are summed again from demeaned rows


@dataclass(frozen=True)
class NormalEquations:
    """Result of the first scan. Its size does not depend on the number of rows.

    Attributes
    ----------
    n_obs, n_units, n_periods, blocks, singletons : int
        `singletons` counts rows alone in their unit or period, found repeatedly.
    mean : ndarray, shape (m,)
        Of outcome and regressors.
    centred : ndarray, shape (m, m)
        Cross-products about the mean.
    by_unit : ndarray, shape (m, m)
        Cross-products about unit means.
    outcome_by_period : float
        Sum of squares of the outcome about period means.
    within : ndarray, shape (m, m)
        Cross-products demeaned both ways.
    effects : ndarray, shape (T, m)
        Period effects of each column, given the unit effects.
    single_units, single_periods : bool
        Whether every unit, or every period, has one row only.
    """

    n_obs: int
    n_units: int
    n_periods: int
    blocks: int
    singletons: int
    mean: Floats
    centred: Floats
    by_unit: Floats
    outcome_by_period: float
    within: Floats
    effects: Floats
    single_units: bool
    single_periods: bool

    @property
    def absorbed(self) -> int:
        """Dimension of both effects together."""
        return self.n_units + self.n_periods - self.blocks


@dataclass(frozen=True)
class UnitPart:
    """Sums over units: `outer` Σ S S'/n (m, m), `cross` (T, m) and `gram` (T, T) of the dummies."""

    n_units: int
    outer: Floats
    cross: Floats
    gram: Floats
    smallest: int
    largest: int


def normal_equations(sums: Sums) -> NormalEquations:
    r"""Solve for the period effects once the unit effects are out.

    With unit sums :math:`S_i` of :math:`n_i` rows and unit-demeaned period dummies D,

    .. math:: Z'M_uZ = \sum zz' - \sum_i S_iS_i'/n_i, \qquad
        Z'MZ = Z'M_uZ - Z'D (D'D)^+ D'Z

    (Frisch-Waugh-Lovell; Wansbeek and Kapteyn 1989), exact however unbalanced the panel.
    """
    m, t = sums.plan.width, len(sums.periods.values)
    by_period = engine.execute(sums.by_period, "sums by period")
    by_period = by_period.sort_values("period", ignore_index=True)
    part = _unit_part(sums)
    totals = by_period["total"].to_numpy(dtype=float)
    by_period_sums = by_period[[f"s{j}" for j in range(m)]].to_numpy(dtype=float)
    moments = sums.moments
    by_unit = moments - part.outer
    dummies = by_period_sums - part.cross
    gram = np.diag(totals) - part.gram
    inverse = np.linalg.pinv(gram, rcond=1e-12, hermitian=True)
    effects = inverse @ dummies
    within = by_unit - dummies.T @ effects
    sums_all = by_period_sums.sum(axis=0)
    meets = sparse.csr_array(part.gram > 0)
    counts = by_period["n"].to_numpy(dtype=np.int64)
    n = int(counts.sum())
    return NormalEquations(
        n_obs=n,
        n_units=part.n_units,
        n_periods=t,
        blocks=int(connected_components(meets, directed=False)[0]),
        singletons=_singletons(sums, part, counts),
        mean=sums.shift + sums_all / n,
        centred=moments - np.outer(sums_all, sums_all) / n,
        by_unit=by_unit,
        outcome_by_period=float(moments[0, 0] - (by_period_sums[:, 0] ** 2 / totals).sum()),
        within=(within + within.T) / 2,
        effects=effects,
        single_units=part.largest == 1,
        single_periods=int(counts.max()) == 1,
    )


def check_degrees(equations: NormalEquations, sums: Sums) -> None:
    """Refuse samples without degrees of freedom.

    Raises
    ------
    Infeasible
        With the counts of rows and parameters.
    """
    plan, n, k = sums.plan, equations.n_obs, len(sums.plan.terms)
    for alone, key in (
        (equations.single_units, plan.unit),
        (equations.single_periods, plan.period),
    ):
        if alone:
            raise Infeasible(
                Code.SAMPLE_LIMIT(
                    "every level of {key} has one row, so the effects explain everything ({n} rows, {n_units} and "
                    "{n_periods} levels)",
                    "use a coarser key",
                    key=key,
                    n=n,
                    n_units=equations.n_units,
                    n_periods=equations.n_periods,
                )
            )
    if n - k - equations.absorbed < 1:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "{n} rows for {k} regressors and {absorbed} effects of {unit} and {period} leave no degree of freedom",
                "use more periods or fewer regressors",
                n=n,
                k=k,
                absorbed=equations.absorbed,
                unit=plan.unit,
                period=plan.period,
            )
        )


def check_identified(equations: NormalEquations, sums: Sums) -> None:
    """Refuse regressors the effects absorb, and collinear ones.

    Raises
    ------
    InvalidData
        Naming each.
    """
    plan, k = sums.plan, len(sums.plan.terms)
    left = np.diag(equations.within)
    gone = left <= ABSORBED * np.maximum(np.diag(equations.centred), 1e-300)
    absorbed = [plan.terms[j] for j in range(k) if gone[j + 1]]
    if absorbed:
        raise InvalidData(
            Code.ABSORBED(
                "the effects absorb {absorbed} (constant, constant within each {unit}, or "
                "equal for all in each {period})",
                "leave these regressors out",
                absorbed=[*absorbed],
                unit=plan.unit,
                period=plan.period,
            )
        )
    if gone[0]:
        raise InvalidData(
            Code.OUTCOME_EXPLAINED(
                "the effects alone explain {outcome} completely, so the regression has nothing to explain",
                "use an outcome that varies within units and within periods",
                outcome=plan.outcome,
            )
        )
    scale = np.sqrt(left[1:])
    values, vectors = np.linalg.eigh(equations.within[1:, 1:] / np.outer(scale, scale))
    if values[0] <= COLLINEAR * k:
        involved = [plan.terms[j] for j in range(k) if abs(vectors[j, 0]) > 1e-4]
        raise InvalidData(
            Code.COLLINEAR(
                "after the effects are removed, {involved} are collinear",
                "leave one of them out",
                involved=[*involved],
            )
        )


def needs_polish(equations: NormalEquations) -> bool:
    """Whether the rest of a column is so small that its cross-products lost significant digits."""
    share = np.diag(equations.within) / np.maximum(np.diag(equations.centred), 1e-300)
    return bool(share.min() < POLISH)


def solve(within: Floats) -> tuple[Floats, Floats]:
    """Slopes and bread (X'X)^-1 of demeaned cross-products, scaled to correlations on the way."""
    scale = np.sqrt(np.diag(within)[1:])
    bread = np.linalg.inv(within[1:, 1:] / np.outer(scale, scale)) / np.outer(scale, scale)
    bread = (bread + bread.T) / 2
    return bread @ within[1:, 0], bread


def _unit_part(sums: Sums) -> UnitPart:
    words = [f"m{w}" for w in range(sums.periods.words)]
    many = sums.periods.words == 1 and _set_count(sums, words) > MOST_PATTERNS
    if many:
        return _added_in_engine(sums)
    m = sums.plan.width
    frame = engine.execute(patterns(sums.units, m, words), "sets of periods")
    one = bits(frame, sums.periods)
    n = frame["n"].to_numpy(dtype=float)[:, None]
    s = frame[[f"s{j}" for j in range(m)]].to_numpy(dtype=float)
    units_in = frame["n_units"].to_numpy(dtype=float)[:, None]
    return UnitPart(
        n_units=int(units_in.sum()),
        outer=symmetric(frame.sum(), "b", m),
        cross=one.T @ (s / n),
        gram=one.T @ (one * units_in / n),
        smallest=int(n.min()),
        largest=int(n.max()),
    )


def _set_count(sums: Sums, words: list[str]) -> int:
    distinct = sums.units.select(*words).distinct()
    return int(engine.execute(distinct.count(), "number of sets of periods"))


def _added_in_engine(sums: Sums) -> UnitPart:
    """The same sums where sets of periods differ by unit: T(T+1)/2 + mT aggregates over units."""
    units, m, t = sums.units, sums.plan.width, len(sums.periods.values)
    units = units.mutate(**{f"a{j}": sums.has(units, j).cast("float64") for j in range(t)})
    present = [f"a{j}" for j in range(t)]
    columns = [f"s{j}" for j in range(m)]
    aggregates = {"n_units": units.count(), "smallest": units.n.min(), "largest": units.n.max()}
    aggregates |= {
        f"{one}_{other}": (units[one] * units[other] / units.total).sum()
        for one in present
        for other in columns
    }
    aggregates |= products(units, columns, "b", per=units.total)
    aggregates |= products(units, present, "g", per=units.total)
    row = engine.execute(units.agg(**aggregates), "sums over units").iloc[0]
    return UnitPart(
        n_units=int(row["n_units"]),
        outer=symmetric(row, "b", m),
        cross=np.array([[float(row[f"{one}_{other}"]) for other in columns] for one in present]),
        gram=symmetric(row, "g", t),
        smallest=int(row["smallest"]),
        largest=int(row["largest"]),
    )


def _singletons(sums: Sums, part: UnitPart, counts: np.ndarray) -> int:
    """Rows alone in their unit or period, removed until no such row remains."""
    left = counts
    while part.smallest == 1 or counts.min() == 1:
        inside = left > 1
        left = _rows_left(sums, inside)
        if ((left > 1) == inside).all():
            break
    return int(counts.sum() - left.sum())


def _rows_left(sums: Sums, inside: np.ndarray) -> np.ndarray:
    """Rows by period, shape (T,), of the units with several rows in the periods `inside`."""
    units = sums.units
    present = {f"a{j}": sums.has(units, j).cast("int64") for j in np.flatnonzero(inside).tolist()}
    units = units.mutate(**present, rows=sum(present.values(), ibis.literal(0, "int64")))
    units = units.filter(units.rows > 1)
    left = np.zeros(len(inside), dtype=np.int64)
    if present:
        counts = units.agg(**{name: units[name].sum().fill_null(0) for name in present})
        left[inside] = engine.execute(counts, "rows that are not alone").iloc[0].to_numpy()
    return left

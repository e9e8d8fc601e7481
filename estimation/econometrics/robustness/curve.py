"""The specification curve: every defensible version of one regression, estimated in batches."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.regression_data import ABSORBED
from living_panel.estimation.econometrics.inference.rows import MINIMUM_CLUSTERS

LARGEST_CONDITION = 1e12

CHOICES = ["outcome", "focal", "window", "exclusion", "interpolation", "controls"]


@dataclass(frozen=True, slots=True)
class Choices:
    """The dimensions of the curve; the grid is their full product.

    Attributes
    ----------
    outcomes
        Columns that may be the dependent variable; one panel of the curve each.
    focal
        Columns that may measure the regressor of interest; the estimate reported is theirs.
    controls
        For each optional control the columns that may measure it; leaving it out is always one.
    windows
        First and last years.
    exclusions
        Name of an exclusion to the unit codes it leaves out.
    always
        Regressors in every specification.
    without_years
        Years left out everywhere.
    min_clusters, min_df
        Units and residual degrees of freedom that a specification must have.
    """

    outcomes: Sequence[str]
    focal: Sequence[str]
    controls: Mapping[str, Sequence[str]]
    windows: Sequence[tuple[int, int]]
    exclusions: Mapping[str, Sequence[str]]
    always: Sequence[str] = ()
    without_years: Sequence[int] = ()
    min_clusters: int = 2
    min_df: int = 1


@dataclass(frozen=True, slots=True)
class Curve:
    """Estimates of one grid.

    Attributes
    ----------
    estimates : pandas.DataFrame
        One row a distinct estimate: the choices, estimate, std_error (clustered by unit,
        `reghdfe` correction), t, df, p_value, ci_low, ci_high, n_obs, n_clusters, first_year,
        last_year. p, t and interval are missing below six clusters. `window` names the years that
        the rows have.
    infeasible : pandas.DataFrame
        The choices and the reason.
    duplicates : pandas.DataFrame
        The choices, and in `same_as` the row of `estimates` whose cells and columns are identical;
        a repetition whose choices are the same too is not listed.
    samples : list
        Behind each estimate, in the same order: its demeaned columns, which `joint_test` uses.
    units : list of str
    """

    estimates: pd.DataFrame
    infeasible: pd.DataFrame
    duplicates: pd.DataFrame
    samples: list[Any]
    units: list[str]


class _Grid:
    """One frame as an array (N, T, columns) with its missing cells."""

    def __init__(self, frame: pd.DataFrame, columns: list[str]) -> None:
        self.units = sorted(frame.index.get_level_values(0).unique())
        self.years = np.array(sorted(frame.index.get_level_values("year").unique()))
        full = pd.MultiIndex.from_product([self.units, self.years])
        values = frame[columns].reindex(full).to_numpy(float)
        self.values = values.reshape(len(self.units), len(self.years), len(columns))
        self.there = np.isfinite(self.values)
        self.columns = {c: i for i, c in enumerate(columns)}
        self.place = {p: i for i, p in enumerate(self.units)}
        self.rows = repr((self.units, self.years.tolist())).encode()


@dataclass(frozen=True, slots=True)
class _Cells:
    """Rows of one sample: a mask over the grid, and the within cross-products it implies.

    `within` (N, T, q) are the columns demeaned by both effects; `by_unit` (N, q, q) their
    cross-products, whose sum is `total`. All controls share them. `period_inverse` (T, T) is the
    pseudo-inverse of the cross-product of the unit-demeaned year dummies; `sizes` are rows,
    units and years, `seen` (n, q) the values of the rows.
    """

    grid: _Grid
    mask: np.ndarray
    sizes: tuple[int, int, int]
    seen: np.ndarray
    within: np.ndarray
    by_unit: np.ndarray
    total: np.ndarray
    size: np.ndarray
    period_inverse: np.ndarray

    def places(self, names: Sequence[str]) -> list[int]:
        """Positions of columns."""
        return [self.grid.columns[c] for c in names]


@dataclass(frozen=True, slots=True)
class Member:
    """A specification that has a sample: its choices and its place in their grid."""

    label: dict[str, Any]
    position: int
    key: Any
    cells: _Cells
    regressors: tuple[str, ...]

    @property
    def index(self) -> list[int]:
        """Positions of its regressors, the focal one first, then of its outcome."""
        return self.cells.places((*self.regressors, self.label["outcome"]))


def _sizes(mask: np.ndarray) -> tuple[int, int, int]:
    return int(mask.sum()), int(mask.any(axis=1).sum()), int(mask.any(axis=0).sum())


@check_arguments
def run_curve(frames: Mapping[str, pd.DataFrame], choices: Choices) -> Curve:
    r"""Estimate every specification of the grid by the closed form.

    The two-way within cross-products of a sample are computed once, by solving for the year effects
    on unit-demeaned columns, and each subset of controls is a block of them:

    .. math:: b = S_{xx}^{-1} S_{xy}, \qquad
        V = c\, S_{xx}^{-1} \Big(\sum_i s_i s_i'\Big) S_{xx}^{-1}, \qquad
        s_i = S^{(i)}_{xy} - S^{(i)}_{xx} b,

    with :math:`S^{(i)}` unit i's part of S and c = G/(G-1) (n-1)/(n-k-T) as in reghdfe. Exact for
    unbalanced samples. A specification omits rows with a missing cell in a used column. It also omits rows
    alone in their unit or year, as both effects absorb them. The name of a window gives the years that
    remain.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Interpolation rule to data: (unit, period) MultiIndex, columns already transformed.
    choices : Choices
        The dimensions of the grid.

    Raises
    ------
    InvalidData
        For a unit that is not there.
    Infeasible
        If nothing can be estimated.
    """
    for rule, frame in frames.items():
        known = set(frame.index.get_level_values(0))
        strange = sorted({p for codes in choices.exclusions.values() for p in codes} - known)
        if strange:
            raise InvalidData(
                Code.SPEC_SAMPLE(
                    "the exclusions name units that the data do not have (interpolation {rule!r}): {strange}",
                    "remove these units from the exclusion, or add them to the sample",
                    strange=strange,
                    rule=rule,
                )
            )
    grids = {name: _Grid(frame, _columns(choices)) for name, frame in frames.items()}
    units = sorted({p for g in grids.values() for p in g.units})
    batches, infeasible, duplicates = _plan(grids, choices)
    rows: list[dict[str, Any]] = []
    samples: list[Member] = []
    reasons: dict[Any, str] = {}
    for (_, k), members in batches.items():
        why = [_degenerate(member, k, choices) for member in members]
        for member, reason in zip(members, why, strict=True):
            if reason:
                reasons[member.key] = reason
                infeasible.append({**member.label, "reason": reason})
        if usable := [m for m, reason in zip(members, why, strict=True) if not reason]:
            for member, row in zip(usable, _solve(usable, k), strict=True):
                if row["std_error"] > 0:
                    rows.append(row)
                    samples.append(member)
                else:
                    reasons[member.key] = "the slope has no standard error"
                    infeasible.append({**member.label, "reason": reasons[member.key]})
    # a repetition of something infeasible is infeasible for the same reason
    infeasible += [{**label, "reason": reasons[key]} for label, key in duplicates if key in reasons]
    if not rows:
        raise Infeasible(
            Code.TABLE_NO_MODEL(
                "none of {n_infeasible} specifications can be estimated; the reason for the first: {infeasible}",
                "use longer windows, more units or fewer covariates",
                n_infeasible=len(infeasible),
                infeasible=infeasible[0]["reason"],
            )
        )
    order = np.argsort([member.position for member in samples])
    samples = [samples[i] for i in order]
    row_of = {member.key: i for i, member in enumerate(samples)}
    repeated = [
        {**label, "same_as": row_of[key]}
        for label, key in duplicates
        if key in row_of and label != samples[row_of[key]].label
    ]
    return Curve(
        estimates=with_inference(pd.DataFrame([rows[i] for i in order])),
        infeasible=pd.DataFrame(infeasible, columns=[*CHOICES, "reason"]),
        duplicates=pd.DataFrame(repeated, columns=[*CHOICES, "same_as"]).drop_duplicates(),
        samples=samples,
        units=units,
    )


def _columns(choices: Choices) -> list[str]:
    measures = [m for options in choices.controls.values() for m in options]
    return list(dict.fromkeys([*choices.outcomes, *choices.focal, *choices.always, *measures]))


def _specifications(choices: Choices, rules: Sequence[str]) -> Iterator[dict[str, Any]]:
    options = [("", *measures) for measures in choices.controls.values()]
    subsets = [tuple(c for c in chosen if c) for chosen in product(*options)]
    for outcome, focal, window, exclusion, rule, controls in product(
        choices.outcomes, choices.focal, choices.windows, choices.exclusions, rules, subsets
    ):
        yield {
            "outcome": outcome,
            "focal": focal,
            "window": f"{window[0]}-{window[1]}",
            "exclusion": exclusion,
            "interpolation": rule,
            "controls": controls,
            "_window": window,
            "_controls": controls,
        }


def _plan(
    grids: Mapping[str, _Grid], choices: Choices
) -> tuple[dict[Any, list[Member]], list[dict[str, Any]], list[tuple[dict[str, Any], Any]]]:
    """Batches of one shape; and, set aside, the infeasible and the repeated."""
    samples: dict[Any, _Cells | str] = {}
    windows: dict[Any, tuple[np.ndarray, np.ndarray]] = {}
    batches: dict[Any, list[Member]] = defaultdict(list)
    infeasible: list[dict[str, Any]] = []
    duplicates: list[tuple[dict[str, Any], Any]] = []
    content: dict[Any, bytes] = {}
    words: dict[Any, str] = {}
    fingerprints: dict[Any, bytes] = {}
    seen: set[Any] = set()
    for position, spec in enumerate(_specifications(choices, list(grids))):
        grid, label = grids[spec["interpolation"]], {c: spec[c] for c in CHOICES}
        regressors = (spec["focal"], *choices.always, *spec["_controls"])
        if len(set(regressors) | {spec["outcome"]}) <= len(regressors):
            infeasible.append({**label, "reason": "the specification names a column twice"})
            continue
        used = tuple(sorted(grid.columns[c] for c in (spec["outcome"], *regressors)))
        where = (spec["interpolation"], spec["window"], spec["exclusion"])
        if where not in windows:
            inside = _window_mask(grid, spec["_window"], choices, spec["exclusion"])
            windows[where] = inside, grid.there[inside].any(axis=0)
        mask_key = (*where, used)
        if mask_key not in content:
            mask = windows[where][0] & grid.there[:, :, used].all(axis=2)
            content[mask_key] = _without_singletons(mask).tobytes()
        sample_key = (spec["interpolation"], content[mask_key])
        if sample_key not in samples:
            mask = np.frombuffer(content[mask_key], bool).reshape(grid.there.shape[:2])
            samples[sample_key] = _refusal(mask, choices) or _cells(mask, grid)
        cells = samples[sample_key]
        if isinstance(cells, str):
            reason = _why_lost(*windows[where], grid, used, cells)
            infeasible.append({**label, "reason": reason})
            continue
        if sample_key not in words:
            words[sample_key] = window_words(grid.years[cells.mask.any(axis=0)].tolist())
        label["window"] = words[sample_key]
        if (*sample_key, used) not in fingerprints:
            fingerprints[*sample_key, used] = _fingerprint(cells, used)
        key = (fingerprints[*sample_key, used], spec["outcome"], regressors)
        if key in seen:
            duplicates.append((label, key))
            continue
        seen.add(key)
        batches[(len(grid.units), len(regressors))].append(
            Member(label, position, key, cells, regressors)
        )
    return batches, infeasible, duplicates


def _window_mask(
    grid: _Grid, window: tuple[int, int], choices: Choices, exclusion: str
) -> np.ndarray:
    mask = np.zeros(grid.there.shape[:2], bool)
    inside = (grid.years >= window[0]) & (grid.years <= window[1])
    mask[:, inside & ~np.isin(grid.years, list(choices.without_years))] = True
    for code in choices.exclusions[exclusion]:
        mask[grid.place[code]] = False
    return mask


def _without_singletons(mask: np.ndarray) -> np.ndarray:
    """The mask without rows that are alone in their unit or year, found repeatedly."""
    mask = mask.copy()
    while True:
        alone = (mask.sum(axis=1) == 1)[:, None] | (mask.sum(axis=0) == 1)
        if not (alone & mask).any():
            return mask
        mask &= ~alone


@check_arguments
def window_words(years: Sequence[int]) -> str:
    """Name of a window after the years it has: `2008-2018 without 2010`."""
    gone = sorted(set(range(years[0], years[-1] + 1)) - set(years))
    return f"{years[0]}-{years[-1]}" + (f" without {', '.join(map(str, gone))}" if gone else "")


def _refusal(mask: np.ndarray, choices: Choices) -> str:
    """Why a sample can carry no two-way within estimate at all, or ''."""
    n, g, t = _sizes(mask)
    if n == 0:
        return "no unit-year has all the variables"
    if g < choices.min_clusters or t < 2:
        return f"{g} units, {t} years: {choices.min_clusters} units, 2 years are needed"
    return ""


def _why_lost(
    window: np.ndarray, known: np.ndarray, grid: _Grid, used: tuple[int, ...], refusal: str
) -> str:
    """Name the columns without any value inside the window (not `known`), where that is the cause."""
    names = {i: c for c, i in grid.columns.items()}
    empty = [names[i] for i in used if not known[i]]
    if not window.any():
        return "the window has no year in the data"
    return f"no value inside the window for {', '.join(empty)}" if empty else refusal


def _cells(mask: np.ndarray, grid: _Grid) -> _Cells:
    """Demean every column by both effects over the masked cells.

    Columns with missing cells inside the mask keep values computed from zeros; no specification
    with such a column has this mask, so they are never read.
    """
    values = np.where(mask[:, :, None] & grid.there, np.nan_to_num(grid.values), 0.0)
    weight = mask.astype(float)
    count = np.maximum(weight.sum(axis=1), 1.0)
    centred = values - weight[:, :, None] * (values.sum(axis=1) / count[:, None])[:, None, :]
    # normal equations of the year effects once unit effects are out (Frisch-Waugh-Lovell)
    gram = np.diag(weight.sum(axis=0)) - (weight / count[:, None]).T @ weight
    # singular by construction (one per connected set of cells): cut well above rounding
    inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
    year = inverse @ centred.sum(axis=0)
    adjust = year[None] - ((weight @ year) / count[:, None])[:, None, :]
    within = centred - weight[:, :, None] * adjust
    by_unit = np.einsum("itp,itq->ipq", within, within, optimize=True)
    return _Cells(
        grid, mask, _sizes(mask), grid.values[mask], within, by_unit, by_unit.sum(axis=0),
        (values**2).sum(axis=(0, 1)), inverse,
    )  # fmt: skip


def _fingerprint(cells: _Cells, used: tuple[int, ...]) -> bytes:
    """Identity of the rows and values a specification uses, whatever rule led to them."""
    digest = hashlib.blake2b(cells.mask.tobytes(), digest_size=16)
    digest.update(cells.grid.rows)
    digest.update(cells.seen[:, used].tobytes())
    return digest.digest()


def _solve(members: list[Member], k: int) -> list[dict[str, Any]]:
    """All specifications with k regressors at once."""
    block = np.stack([m.cells.by_unit[:, m.index][:, :, m.index] for m in members])
    total = block.sum(axis=1)
    scale = np.sqrt(np.einsum("sjj->sj", total[:, :k, :k]))
    inverse = np.linalg.inv(total[:, :k, :k] / (scale[:, :, None] * scale[:, None, :]))
    inverse /= scale[:, :, None] * scale[:, None, :]
    slopes = np.einsum("sjk,sk->sj", inverse, total[:, :k, k])
    scores = block[:, :, :k, k] - np.einsum("sijk,sk->sij", block[:, :, :k, :k], slopes)
    pull = np.einsum("sk,sik->si", inverse[:, 0], scores)
    correction = np.array([reghdfe_factor(m.cells, k) for m in members])
    error = np.sqrt(correction * (pull**2).sum(axis=1))
    numbers = zip(slopes[:, 0], error, strict=True)
    return [_row(m, *map(float, n)) for m, n in zip(members, numbers, strict=True)]


def _row(member: Member, estimate: float, error: float) -> dict[str, Any]:
    cells = member.cells
    n, groups, _ = cells.sizes
    years = cells.grid.years[cells.mask.any(axis=0)]
    return {
        **member.label,
        "estimate": estimate,
        "std_error": error,
        "n_obs": n,
        "n_clusters": groups,
        "first_year": int(years[0]),
        "last_year": int(years[-1]),
    }


def _degenerate(member: Member, k: int, choices: Choices) -> str:
    """Why these regressors have no two-way within estimate on this sample, or ''."""
    cells, index = member.cells, member.index[:-1]
    for c, i in zip(member.regressors, index, strict=True):
        if cells.total[i, i] <= ABSORBED**2 * cells.size[i]:
            return f"{c} does not vary within units and years: absorbed by the effects"
    n, g, t = cells.sizes
    if n - k - (g + t - 1) < choices.min_df:
        return (
            f"{n} rows for {k} slopes and {g + t - 1} effects: {choices.min_df} residual degrees of "
            "freedom are needed"
        )
    gram = cells.total[np.ix_(index, index)]
    scale = np.sqrt(np.diag(gram))
    if not _conditioned(gram / np.outer(scale, scale)):
        return f"{', '.join(member.regressors)} are collinear once demeaned by both effects"
    return ""


def _conditioned(gram: np.ndarray) -> np.ndarray:
    """Whether cross-products (..., k, k) of columns of length one can be inverted."""
    values = np.linalg.eigvalsh(gram)
    return np.asarray(values[..., -1] <= LARGEST_CONDITION * values[..., 0])


@check_arguments
def reghdfe_factor(cells: _Cells, k: int) -> float:
    """G/(G-1) (n-1)/(n-k-T) of a sample."""
    n, g, t = cells.sizes
    return g / (g - 1) * (n - 1) / (n - k - t)


@check_arguments
def with_inference(estimates: pd.DataFrame) -> pd.DataFrame:
    """Estimates with df, t, p-value and 95 % interval of their `std_error`, by t(G-1).

    Those on too few clusters have no t, p-value or interval.
    """
    out = estimates.copy()
    enough = out["n_clusters"] >= MINIMUM_CLUSTERS
    out["df"] = out["n_clusters"] - 1
    out["t"] = (out["estimate"] / out["std_error"]).where(enough)
    out["p_value"] = 2 * stats.t.sf(out["t"].abs(), out["df"])
    width = stats.t.ppf(0.975, out["df"]) * out["std_error"]
    out["ci_low"] = (out["estimate"] - width).where(enough)
    out["ci_high"] = (out["estimate"] + width).where(enough)
    return out

"""What an edition did to a finding: paired tests of the steps of a path, and the state of each edition.

Two editions have mostly the same units, so that their estimates move together: the difference of two estimates has
the variance of the difference of their influence functions. A threshold that is crossed is no change; a significant
difference is one. Numbers in, data out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import scipy

from living_panel.estimation.econometrics.kernels import long_run_variance
from living_panel.estimation.findings.rule import LEVEL, State
from living_panel.estimation.findings.words import p_words

Step = Literal["moved", "crosses the line", "unchanged"]
EditionState = Literal["holds", "undecided", "reversed"]
STATES_IN_ORDER = {
    "holds": "holds",
    "undecided": "is undecided",
    "reversed": "is reversed",
    "does not hold": "does not hold",
}
"""States of an edition as a sentence has them; the last one is that of a state of the panel, which has no base."""
FEW_UNITS = 20
"""Units below which the paired test is called approximate: see `docs/editions.md` for its sizes."""
MOST_MEMORY = 0.97
"""Largest autocorrelation by which a series is whitened (Andrews and Monahan 1992)."""


@dataclass(frozen=True)
class PairedTest:
    """Test that two estimates on overlapping data have one limit.

    Attributes
    ----------
    difference : float
        New estimate minus old estimate.
    std_error, df, p_value : float
        Of the difference; t with `df` degrees of freedom, two-sided. A difference of 0 whose influences are all 0 has
        p 1.
    n_groups : int
        Units in either sample, or periods of a single series.
    bandwidth : int or None
        Last lag of Bartlett's kernel over the periods of a single series; None for units.
    """

    difference: float
    std_error: float
    df: float
    p_value: float
    n_groups: int
    bandwidth: int | None = None

    @property
    def is_approximate(self) -> bool:
        """Whether there are fewer than `FEW_UNITS` units."""
        return self.bandwidth is None and self.n_groups < FEW_UNITS


def paired_test(
    old: float,
    new: float,
    old_influence: pd.Series,
    new_influence: pd.Series,
    *,
    bandwidth: int | None = None,
) -> PairedTest:
    """Test the difference of two estimates by the difference of their influence functions.

    Parameters
    ----------
    old, new : float
        The two estimates.
    old_influence, new_influence : pandas.Series
        Influence of each unit on each estimate, (X'X)^-1 X_g'e_g for least squares, by unit; or of each period, of a
        single series, in their order. A unit that one sample lacks has influence 0 there.
    bandwidth : int, optional
        Of a single series: last lag of Bartlett's kernel.

    Returns
    -------
    PairedTest

    Notes
    -----
    With d_g the difference of the influences of unit g of G, the variance is G/(G-1) sum of d_g^2, and t has G-1
    degrees of freedom: the variance of the estimates clustered by unit in Stata, but for (n-1)/(n-k).

    Of a single series, d_t is whitened by its first autocorrelation r. The long-run variance of d_t - r d_(t-1) has
    Bartlett's weights (Newey and West 1987); over (1-r)^2 it is that of d_t (Andrews and Monahan 1992). t has
    1.5 T/(bandwidth+1) degrees of freedom (Priestley 1981, section 6.2.3).
    """
    both = pd.concat([old_influence, new_influence], axis=1, keys=["old", "new"]).fillna(0.0)
    if bandwidth is not None:
        both = both.sort_index()
    change = (both["new"] - both["old"]).to_numpy(dtype="float64")
    n, difference = len(change), new - old
    if n < 2:
        return PairedTest(difference, math.nan, math.nan, math.nan, n, bandwidth)
    total, df = float(change @ change), float(n - 1)
    if bandwidth is not None and total > 0:
        total, df = _long_run(change, bandwidth) * n, 1.5 * n / (bandwidth + 1)
    std_error = math.sqrt(total * n / (n - 1))
    if std_error == 0:
        return PairedTest(difference, 0.0, df, 1.0 if difference == 0 else math.nan, n, bandwidth)
    p_value = float(2 * scipy.stats.t.sf(abs(difference) / std_error, df))
    return PairedTest(difference, std_error, df, p_value, n, bandwidth)


def _long_run(series: np.ndarray, bandwidth: int) -> float:
    """Long-run variance of a series with mean zero, whitened by its first autocorrelation."""
    before, after = series[:-1], series[1:]
    r = float(np.clip(before @ after / (before @ before), -MOST_MEMORY, MOST_MEMORY))
    white = after - r * before
    variance = long_run_variance(white, min(bandwidth, len(white) - 1))
    return float(variance) / (1 - r) ** 2


def step_of(p_holm: float, before: State | None, after: State | None) -> Step | None:
    """What a step from one edition to the next is; None where it could not be tested.

    *moved*: the difference is significant at 5 % after Holm's correction over the steps of its path. *crosses the
    line*: it is not, but the claim is met on one side only. *unchanged*: neither.
    """
    if math.isnan(p_holm) or before is None or after is None:
        return None
    if p_holm < LEVEL:
        return "moved"
    return "crosses the line" if (before == "holds") != (after == "holds") else "unchanged"


def edition_state(own: State | None, p_base: float, base: State | None) -> EditionState | None:
    """State of a claim in one edition, against the edition that the paper used.

    *holds*: the claim is met. *reversed*: it is not, and the estimate differs significantly from a base that meets it,
    after Holm's correction over the comparisons with the base. *undecided*: all else.

    Parameters
    ----------
    own, base : {"holds", "undecided", "does not hold"} or None
        State by the rule of the claim in this edition and in the base.
    p_base : float
        Holm's p-value of the difference from the base; NaN for the base itself.
    """
    if own is None or own == "holds":
        return own
    return "reversed" if base == "holds" and p_base < LEVEL else "undecided"


def is_large(difference: float, bound: float | None) -> bool:
    """Whether a step is larger than a bound that was declared with its reason."""
    return bound is not None and abs(difference) > bound


def path_sentences(path: pd.DataFrame) -> list[str]:
    """What the editions did to one followed coefficient: states, steps, the largest step, and the base, in words.

    Parameters
    ----------
    path : pandas.DataFrame
        Rows of one path, oldest edition first, as `results.finding_paths` has them. Rows without tests (states of the
        warehouse's panel) give their states alone.
    """
    n = len(path)
    counts = path["state"].value_counts()
    named = [
        f"{verb} in {counts[state]}" for state, verb in STATES_IN_ORDER.items() if state in counts
    ]
    sentences = [f"The claim {', '.join(named)} of {n} editions."]
    if "step" not in path or path["step"].isna().all():
        return sentences
    moved, crossing = (
        path.loc[path["step"] == step, "edition"] for step in ("moved", "crosses the line")
    )
    sentences.append(
        f"Of {path['step'].notna().sum()} steps, "
        f"{_counted(moved, 'is', 'are')} significant after Holm\u2019s correction, and "
        f"{_counted(crossing, 'crosses', 'cross')} the line without a significant change."
    )
    largest = path.loc[path["step_change"].abs().idxmax()]
    before = path["edition"].shift().loc[largest.name]
    sentences.append(
        f"The largest step is {largest['step_change']:+.3f} from {before} to {largest['edition']} "
        f"(paired test, p {p_words(largest['step_p_value'])}; {p_words(largest['step_p_holm'])} by Holm)."
        .replace("-", "\N{MINUS SIGN}")
    )  # fmt: skip
    large = path.loc[path["is_large"].fillna(False).astype(bool), "edition"]
    if len(large):
        sentences.append(f"Larger than the declared bound: {_listed(large)}.")
    base = path["base"].iloc[0]
    at_base = path.loc[path["edition"] == base, "state"]
    if len(at_base) and at_base.iloc[0] != "holds":
        sentences.append(f"The base ({base}) does not meet the claim, so no edition is reversed.")
    else:
        differ = path.loc[path["base_p_holm"] < LEVEL, "edition"]
        which = f"{_listed(differ)} differ" if len(differ) > 1 else f"{_listed(differ)} differs"
        said = f"{which} significantly" if len(differ) else "no edition differs significantly"
        sentences.append(f"Compared with the base ({base}), {said} (Holm).")
    groups = path["test_groups"].min()
    if path["test_bandwidth"].isna().all() and groups < FEW_UNITS:
        sentences.append(f"With {groups:.0f} units the tests are approximate.")
    return sentences


def _counted(editions: pd.Series, one: str, several: str) -> str:
    """How many editions with their names, and the verb: `2 (8.0, 8.1) are`, `none is`."""
    if editions.empty:
        return f"none {one}"
    return f"{len(editions)} ({_listed(editions)}) {one if len(editions) == 1 else several}"


def _listed(names: pd.Series) -> str:
    return ", ".join(map(str, names))

"""Fits side by side, of this library and of linearmodels, pyfixest and statsmodels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import Count, OneOf, check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.inference_label import kind_of
from living_panel.estimation.econometrics.library import sentences
from living_panel.estimation.econometrics.library.result import (
    Fit,
    Result,
    coefficient_table,
    show_number,
)
from living_panel.estimation.econometrics.shown import WITHOUT_ERROR

FACTS = ("method", "inference", "rows", "R²")
"""Rows below the coefficients."""
STARS = {"***": 0.01, "**": 0.05, "*": 0.1}


@dataclass(frozen=True, repr=False)
class Comparison(Result):
    """Fits side by side.

    Attributes
    ----------
    fits : tuple of Fit
        In the order of the columns.
    """

    fits: tuple[Fit, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row a fit and term, with the fit's name in `model`."""
        parts = [
            fit.to_frame(0.95).reset_index().assign(model=name)
            for name, fit in zip(self.table.columns, self.fits, strict=True)
        ]
        return pd.concat(parts, ignore_index=True).set_index(["model", "term"])

    def shown(self) -> pd.DataFrame:
        """The cells as they are."""
        return self.table

    @check_arguments
    def arranged(
        self,
        keep: Sequence[str] | None = None,
        drop: Sequence[str] | None = None,
        digits: Count | None = None,
        style: Annotated[str, OneOf(("plain", "aer"))] = "plain",
    ) -> tuple[pd.DataFrame, list[str]]:
        """Cells to paste into a paper, and the notes below them.

        Parameters
        ----------
        keep, drop : sequence of str, optional
            Terms that are shown, in this order, or left out. Default: all terms.
        digits : int, optional
            Decimals of every estimate and error, so that a column has equal digits. Default: as printed.
        style : str
            `plain`, or `aer`: stars, and what all columns share as a note. Default: `plain`.

        Returns
        -------
        tuple of DataFrame and list of str

        Raises
        ------
        InvalidOption
            For a term that no fit has.
        """
        columns = [
            _of_fit(str(head), fit) for head, fit in zip(self.table.columns, self.fits, strict=True)
        ]
        known = [str(label) for label in self.table.index if label][: -len(FACTS)]
        return arranged_columns(columns, known, keep, drop, digits, style, STARS)


@dataclass(frozen=True)
class ShownColumn:
    """One column of estimates side by side.

    Attributes
    ----------
    head : str
    rows : DataFrame
        By term: `estimate`, `std_error`, `ci_low`, `ci_high` and `p_value`; no `std_error` where brackets hold the
        interval.
    facts : mapping of str to str
        Rows below the coefficients, by label.
    """

    head: str
    rows: pd.DataFrame
    facts: Mapping[str, str]


@check_arguments
def arranged_columns(
    columns: Sequence[ShownColumn],
    terms: Sequence[str],
    keep: Sequence[str] | None,
    drop: Sequence[str] | None,
    digits: Count | None,
    style: Annotated[str, OneOf(("plain", "aer"))],
    stars: Mapping[str, float],
) -> tuple[pd.DataFrame, list[str]]:
    """Cells of columns to paste into a paper, and the notes below them.

    Parameters
    ----------
    columns : sequence of ShownColumn
        Columns in their order.
    terms : sequence of str
        Terms that there are, in their order.
    keep, drop : sequence of str or None
        Terms that are shown, in this order, or left out; None for all terms.
    digits : int or None
        Decimals of every estimate and error; None for those that each one needs.
    style : str
        `plain`, or `aer`: stars, and what all columns share as a note.
    stars : mapping of str to float
        Level of each mark.

    Returns
    -------
    tuple of DataFrame and list of str

    Raises
    ------
    InvalidOption
        For a term that no column has.
    """
    for term in (*(keep or ()), *(drop or ())):
        if term not in terms:
            raise InvalidOption(sentences.UNKNOWN_TERMS(names=[term], terms=[*terms]))
    shown = [term for term in (terms if keep is None else keep) if term not in (drop or ())]
    written = show_number if digits is None else partial(_fixed, digits=digits)
    marks = stars if style == "aer" else {}
    facts = list(dict.fromkeys(label for column in columns for label in column.facts))
    cells = {
        column.head: [
            *_cells(column, shown, written, marks),
            *(column.facts.get(label, "") for label in facts),
        ]
        for column in columns
    }
    labels = [label for term in shown for label in (term, "")]
    frame = pd.DataFrame(cells, index=pd.Index([*labels, *facts]))
    if style != "aer":
        return frame, []
    frame, notes = _common_once(frame, len(labels))
    return frame, [*notes, _legend(columns, shown, stars)]


@check_arguments
def compare(*fits: Any, names: Sequence[str] | None = None) -> Comparison:
    """Fits side by side: estimates, standard errors in parentheses, samples and covariances.

    A wild bootstrap has no standard error of its own: its 95 % interval stands in square brackets.

    Parameters
    ----------
    *fits : object
        Fits of this library, linearmodels, pyfixest or statsmodels.
    names : sequence of str, optional
        Heads of the columns. Default: (1), (2) and so on.

    Returns
    -------
    Comparison

    Raises
    ------
    InvalidOption
        For an object that is no fit, or another number of names than fits.
    """
    read = tuple(read_fit(fit) for fit in fits)
    heads = [f"({place})" for place in range(1, len(read) + 1)] if names is None else [*names]
    if not read or len({*heads}) != len(read):
        raise InvalidOption(
            sentences.OPTION_WITHOUT_MEANING(option=f"names={heads!r}", given=f"{len(read)} fits")
        )
    terms = list(dict.fromkeys(str(term) for fit in read for term in fit.params.index))
    shown_columns = [_of_fit(head, fit) for head, fit in zip(heads, read, strict=True)]
    columns = {
        c.head: [*_cells(c, terms, show_number, {}), *c.facts.values()] for c in shown_columns
    }
    rows = [row for term in terms for row in (term, f"{term} ")]
    shown = pd.DataFrame(columns, index=[*rows, *FACTS])
    shown.index = pd.Index(["" if label.endswith(" ") else label for label in shown.index])
    return Comparison(title="Fits side by side", table=shown, raw=fits, fits=read)


@check_arguments
def read_fit(other: Any) -> Fit:
    """A fit of another package in the form of this library; one of this library stays as it is.

    Parameters
    ----------
    other : object
        A result of linearmodels (panel or instrumental variables), pyfixest or statsmodels.

    Returns
    -------
    Fit
        Its numbers are those of the package; `raw` is the fit itself.

    Raises
    ------
    InvalidOption
        For anything else.
    """
    if isinstance(other, Fit):
        return other
    reader = _READERS.get(type(other).__module__.partition(".")[0])
    try:
        if reader is not None:
            return reader(other)
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidOption(sentences.UNKNOWN_FIT(kind=type(other).__name__)) from error
    raise InvalidOption(sentences.UNKNOWN_FIT(kind=type(other).__name__))


def _fixed(value: Any, digits: int) -> str:
    """A number with a number of decimals; "" without one."""
    return "" if value is None or pd.isna(value) else f"{float(value):.{digits}f}"


def _common_once(frame: pd.DataFrame, first: int) -> tuple[pd.DataFrame, list[str]]:
    """Facts that all columns share as notes, the others as rows."""
    facts = frame.iloc[first:]
    facts = facts.loc[:, (facts != "").any()]  # a column that is not estimable states nothing
    shared = {label: row.iloc[0] for label, row in facts.iterrows() if row.nunique() == 1}
    left = [place < first or label not in shared for place, label in enumerate(frame.index)]
    notes = [f"{str(label).capitalize()}: {text}." for label, text in shared.items() if text]
    return frame[left], notes


def _legend(
    columns: Sequence[ShownColumn], terms: Sequence[str], stars: Mapping[str, float]
) -> str:
    """What stands in brackets, and the levels of the stars."""
    rows = pd.concat([column.rows[column.rows.index.isin(terms)] for column in columns])
    errors, ends = rows["std_error"], rows["ci_low"]
    brackets = [
        *(["Standard errors in parentheses."] if errors.notna().any() else []),
        *(["95 % intervals in square brackets."] if (errors.isna() & ends.notna()).any() else []),
    ]
    levels = ", ".join(f"{mark} p < {level:g}" for mark, level in stars.items())
    return " ".join([*brackets, f"{levels}."] if stars else brackets)


def _marked(p_value: float, marks: Mapping[str, float]) -> str:
    reached = [mark for mark, level in marks.items() if p_value < level]
    return max(reached, key=len, default="")


def _of_fit(head: str, fit: Fit) -> ShownColumn:
    """Column of a fit; a bootstrap has no standard error of its own."""
    rows = fit.coef_table
    rows.index = pd.Index([str(term) for term in rows.index])
    if kind_of(fit.inference) in WITHOUT_ERROR:
        rows = rows.assign(std_error=np.nan)
    share = next((item for item in fit.fit_statistics.items() if item[0].startswith("R²")), None)
    facts = (fit.method, fit.inference, str(fit.n_obs), _share_words(share))
    return ShownColumn(head, rows, dict(zip(FACTS, facts, strict=True)))


def _cells(
    column: ShownColumn,
    terms: Sequence[str],
    written: Callable[[Any], str],
    marks: Mapping[str, float],
) -> list[str]:
    """Cells of the coefficients of one column: two rows a term."""
    cells: list[str] = []
    for term in terms:
        if term not in column.rows.index:
            cells += ["", ""]
            continue
        row = column.rows.loc[term]
        ends = f"[{written(row['ci_low'])}, {written(row['ci_high'])}]"
        error = written(row["std_error"])
        number = written(row["estimate"]) + _marked(float(row["p_value"]), marks)
        has_ends = pd.notna(row["ci_low"])
        cells += [number, f"({error})" if error else ends if has_ends else ""]
    return cells


def _share_words(share: tuple[str, float] | None) -> str:
    """The first R² of a fit with its kind."""
    if share is None:
        return ""
    kind = share[0].removeprefix("R²").strip().replace("_", " ")
    return show_number(share[1]) + (f" ({kind})" if kind else "")


def _of_linearmodels(other: Any) -> Fit:
    model = other.model
    uses_t = getattr(other, "debiased", getattr(other, "_debiased", False))
    df = float(other.df_resid) if uses_t else np.inf
    formula = str(getattr(model, "formula", None) or "")
    return _read(
        other, "linearmodels", type(model).__name__, formula, other.params, other.std_errors,
        other.tstats, other.pvalues, other.cov, df, str(getattr(other, "_cov_type", "")), int(other.nobs),
        {"R²": float(other.rsquared)}, lambda level: other.conf_int(level),
    )  # fmt: skip


def _of_statsmodels(other: Any) -> Fit:
    model = other.model
    names = list(map(str, np.asarray(model.exog_names).tolist()))
    names = names[: len(np.asarray(other.params))]
    params, errors, t, p = (
        pd.Series(np.asarray(v), getattr(v, "index", names))
        for v in (other.params, other.bse, other.tvalues, other.pvalues)
    )
    df = np.inf
    if getattr(other, "use_t", False):
        df = float(getattr(other, "df_resid_inference", None) or other.df_resid)
    cov = pd.DataFrame(np.asarray(other.cov_params()), params.index, params.index)
    share = {
        name: float(getattr(other, key))
        for name, key in (("R²", "rsquared"), ("R² pseudo", "prsquared"))
        if hasattr(other, key)
    }

    def intervals(level: float) -> pd.DataFrame:
        return pd.DataFrame(np.asarray(other.conf_int(1 - level)), params.index)

    return _read(
        other, "statsmodels", type(model).__name__, str(getattr(model, "formula", None) or ""),
        params, errors, t, p, cov, df, str(getattr(other, "cov_type", "")), int(other.nobs), share,
        intervals,
    )  # fmt: skip


def _of_pyfixest(other: Any) -> Fit:
    params = other.coef()
    cov = pd.DataFrame(np.asarray(other._vcov), params.index, params.index)
    kind = str(getattr(other, "_vcov_type_detail", "") or getattr(other, "_vcov_type", ""))
    clusters = getattr(other, "_clustervar", None) or []
    label = f"{kind}({'+'.join(clusters)})" if clusters else kind
    share = getattr(other, "_r2", None)
    known = share is not None and np.isfinite(float(share))
    uses_t = getattr(other, "_method", "feols") == "feols"
    df = float(getattr(other, "_df_t", np.inf)) if uses_t else np.inf
    return _read(
        other, "pyfixest", type(other).__name__, str(getattr(other, "_fml", "")), params, other.se(),
        other.tstat(), other.pvalue(), cov, df, label, int(other._N),
        {"R²": float(share)} if share is not None and known else {},
        lambda level: other.confint(alpha=1 - level),
    )  # fmt: skip


_READERS: dict[str, Callable[[Any], Fit]] = {
    "linearmodels": _of_linearmodels,
    "pyfixest": _of_pyfixest,
    "statsmodels": _of_statsmodels,
}


def _read(
    raw: Any,
    package: str,
    method: str,
    formula: str,
    params: pd.Series,
    errors: pd.Series,
    t: pd.Series,
    p: pd.Series,
    cov: pd.DataFrame,
    df: float,
    inference: str,
    rows: int,
    fit_statistics: dict[str, float],
    intervals: Callable[[float], Any],
) -> Fit:
    """A fit of another package from its numbers."""

    def ends(level: float) -> pd.DataFrame:
        limits = intervals(level)
        return pd.DataFrame(np.asarray(limits, float)[:, :2], params.index, ["low", "high"])

    return Fit(
        title=f"{method} of {package}",
        table=coefficient_table(params, errors, df, t, p),
        choices={"covariance": inference, "sample": {"rows": rows}},
        raw=raw,
        method=f"{package}.{method}",
        formula=formula,
        inference=inference,
        df=df,
        cov=cov,
        fit_statistics=fit_statistics,
        intervals=ends,
    )

"""Facts in every column of a regression table: outcome, estimator, errors, effects, sizes, R²."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from living_panel.codes import Code
from living_panel.estimation.econometrics.inference.registry import COVARIANCES
from living_panel.estimation.econometrics.inference_label import read_label
from living_panel.estimation.econometrics.shown import has_error
from living_panel.estimation.panel.errors import Unusable
from living_panel.estimation.tables.number import Number

R_SQUARED = {
    "within_two_way": "R², within (both ways)",
    "within_xtreg": "R², within (xtreg, fe)",
    "within": "R², within",
    "between": "R², between",
    "overall": "R², overall",
    "lsdv": "R², with the effects",
    "inclusive": "R², inclusive (LSDV)",
    "structural": "R², 1 - RSS/TSS",
    "effects_alone": "R², effects alone",
    "own": "R² of the estimator",
    "none": "R²",
}
"""How each kind of R² is called; `none` where the estimator has none that can be compared."""
ERRORS = {
    **{rule.family: rule.words for rule in COVARIANCES.values()},
    "robust": "robust",
    "long_run": "long-run variance",
    "bootstrap": "block bootstrap",
}
"""How each kind of standard error is called, by the first word of its label."""
PARTS = {
    "jackknife": "",
    "rademacher": "Rademacher weights",
    "reghdfe": "corrected as by reghdfe",
    "linearmodels": "corrected as by linearmodels",
    "stata": "corrected as by Stata",
    "none": "",
    "windmeijer": "corrected as by Windmeijer",
    "satterthwaite": "Satterthwaite degrees of freedom",
    "normal": "normal",
    "blocks_of_years": "blocks of years",
    "percentile_t": "percentile t",
}
"""How further words of a covariance's label are read; "" where the kind says it already."""
PRIMARY = "wild_cluster_bootstrap:rademacher"
"""Inference that earns the stars, wherever a kind of table has it."""
JACKKNIFE = "cr3:jackknife:t(G-1)"
"""Inference of the labelled standard errors; it gives the stars of a kind without a bootstrap."""
SHORT = {PRIMARY: "wild bootstrap", JACKKNIFE: "CR3 jackknife"}
"""Inference by label, as few words name it."""
LINE_R_SQUARED = ("within_two_way", "within", "overall")
"""Kinds of R² in a grid whose lines are estimates."""
NOT_THERE = "none"


@dataclass(frozen=True)
class Facts:
    """Facts of one column.

    Attributes
    ----------
    outcome, estimator : str
        Label of the dependent variable; name of the estimator.
    effects : tuple of str
        Labels of the fixed effects.
    errors : str
        Label of the inference that is shown, such as `clustered:reghdfe:t(G-1)`.
    clusters : tuple of str
        What the errors are clustered by.
    n_clusters : int or None
        Their number, the smaller of two; None without clusters.
    df : float or str
        Degrees of freedom of the t distribution that earns the stars, infinite for the normal; or the
        name of another reference distribution.
    n_obs, n_units, n_periods : int
        Rows used, with their units and periods.
    r_squared : mapping of str to float
        By kind, as in `R_SQUARED`.
    mean : float
        Of the dependent variable over the rows.
    """

    outcome: str
    estimator: str
    effects: tuple[str, ...]
    errors: str
    clusters: tuple[str, ...]
    n_clusters: int | None
    df: float | str
    n_obs: int
    n_units: int
    n_periods: int
    r_squared: Mapping[str, float]
    mean: float

    def __post_init__(self) -> None:
        """Refuse a column that does not state all of it."""
        missing = [f.name for f in fields(self) if getattr(self, f.name) in ("", None)]
        if missing not in ([], ["n_clusters"]) or (self.clusters and self.n_clusters is None):
            raise Unusable(
                Code.KIND_CODE(
                    "the column of {outcome!r} does not state {missing}",
                    "state these facts in the module of the table kind",
                    outcome=self.outcome,
                    missing=[*missing],
                )
            )

    def in_words(self, worded: Callable[[str], str]) -> dict[str, Any]:
        """What no coefficient of the column says: its outcome, estimator, effects, errors and clusters."""
        return {
            "outcome": worded(self.outcome),
            "estimator": worded(self.estimator),
            "effects": [worded(effect) for effect in self.effects],
            "errors": self.errors,
            "clusters": [worded(name) for name in self.clusters],
            "n_clusters": self.n_clusters,
        }


Row = tuple[str, ...]
By = Mapping[str, Facts | None]
"""Facts by column; None for a column that cannot be estimated."""


def head_row(by: By) -> Row:
    """Row of the dependent variables."""
    return _row("Dependent variable", by, lambda f: f.outcome)


def fact_rows(by: By, kinds: tuple[str, ...] | None = None) -> list[Row]:
    """Rows under the coefficients: what each column states, one kind of R² a row.

    Parameters
    ----------
    by : mapping of str to Facts
        By column, in their order.
    kinds : tuple of str, optional
        Kinds of R² that are shown; by default all of a column.
    """
    stated = [f for f in by.values() if f is not None]
    effects = dict.fromkeys(e for f in stated for e in f.effects)
    known = {kind for f in stated for kind in f.r_squared}
    shown = [kind for kind in R_SQUARED if kind in (known if kinds is None else {*kinds} & known)]
    without = not shown or any(not {*shown} & {*f.r_squared} for f in stated)
    rows = [
        _row("Estimator", by, lambda f: f.estimator),
        *(_row(f"{begun(e)} effects", by, _yes(e)) for e in effects),
        *([] if effects else [_row("Fixed effects", by, lambda _: NOT_THERE)]),
        _row(errors_label(stated), by, lambda f: errors_text(f.errors)),
        _row("Clustered by", by, lambda f: ", ".join(f.clusters) or NOT_THERE),
        _row("Clusters", by, lambda f: "" if f.n_clusters is None else str(f.n_clusters)),
        _row("Degrees of freedom of t", by, lambda f: _df_text(f.df)),
        _row("Observations", by, lambda f: str(f.n_obs)),
        _row("{Units}", by, lambda f: str(f.n_units)),
        _row("{Periods}", by, lambda f: str(f.n_periods)),
        *(_row(R_SQUARED[kind], by, _r_squared(kind)) for kind in shown),
        *([_row("R²", by, lambda f: "" if {*shown} & {*f.r_squared} else NOT_THERE)] if without else []),
        _row("Mean, dependent variable", by, lambda f: mean_text(f.mean)),
    ]  # fmt: skip
    return [row for row in rows if any(row[1:])]


def facts_by_line(by: By) -> tuple[Row, list[Row], list[str]]:
    """Facts of estimates that are the lines of a grid.

    Returns
    -------
    header, rows : tuple of str, list of tuple of str
        A line an estimate, a column for each fact in which two of them differ.
    notes : list of str
        One sentence with the facts that all of them share.
    """
    rows = [head_row(by), *fact_rows(by, LINE_R_SQUARED)]
    shared = [row for row in rows if len(set(row[1:])) == 1]
    varied = [row for row in rows if row not in shared]
    lines = [
        (label, *(row[at] for row in varied)) for at, label in enumerate(by, start=1) if by[label]
    ]
    text = "; ".join(f"{label[:1].lower()}{label[1:]}: {value}" for label, value, *_ in shared)
    return ("", *(row[0] for row in varied)), lines, [f"Every line: {text}."] if shared else []


def errors_label(stated: Iterable[Facts]) -> str:
    """Label of the row that names the inference: of standard errors where every column has one."""
    return "Standard errors" if all(has_error(f.errors) for f in stated) else "Inference"


def errors_text(label: str) -> str:
    """Kind of standard error in words, from the label of a covariance."""
    label_parts = read_label(label)
    if label_parts is None:
        return label
    words = ERRORS.get(label_parts.kind, label_parts.kind)
    if label_parts.by.endswith(" km"):
        return f"{words}, {label_parts.by}"
    return f"{words}, {label_parts.by} lags" if label_parts.by.isdigit() else words


def inference_text(label: str) -> str:
    """Inference in words, from the label of a covariance: kind of error, correction, reference distribution.

    A text that is no label comes back as it is.
    """
    label_parts = read_label(label)
    if label_parts is None:
        return label
    both = "two-way " if "+" in label_parts.by else ""
    return ", ".join(
        [both + errors_text(label), *(w for p in label_parts.parts if (w := PARTS.get(p, p)))]
    )


def mean_text(value: float) -> str:
    """Mean at four significant digits, at most four decimals."""
    size = int(np.floor(np.log10(abs(value)))) if value else 0
    return Number(f"{value:.{min(4, max(0, 3 - size))}f}", value)


def begun(text: str) -> str:
    """Text with a capital letter, also where it begins with a token such as `{unit}`."""
    at = 1 if text.startswith("{") else 0
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]


def _df_text(df: float | str) -> str:
    if isinstance(df, str):
        return df
    return "normal" if np.isinf(df) else Number(f"{df:g}", df)


def _yes(effect: str) -> Callable[[Facts], str]:
    return lambda facts: "yes" if effect in facts.effects else "no"


def _r_squared(kind: str) -> Callable[[Facts], str]:
    def cell(facts: Facts) -> str:
        value = facts.r_squared.get(kind)
        return "" if value is None else Number(f"{value:.3f}", value)

    return cell


def _row(label: str, by: By, cell: Callable[[Facts], str]) -> Row:
    return (label, *("" if f is None else cell(f) for f in by.values()))

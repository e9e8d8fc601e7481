"""A printed paper compared with our stored tables: which number of ours answers a printed one, and how they fit.

`reproduce` compares every printed number with ours by the errors that its column declares, and gives it one status.
Denominators count all printed numbers: estimates, numbers in brackets, N, R², test statistics, descriptive statistics.
`compare_slopes` compares the printed slopes of a table with ours as our table shows them, in every series of results;
`compare_unit_roots` compares decisions of tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import pandas as pd

from living_panel.estimation.audit.significance import level_of, revealed, standard_error
from living_panel.estimation.econometrics.inference_label import is_asked, read_label
from living_panel.estimation.econometrics.row_names import UNIT
from living_panel.estimation.econometrics.shown import show
from living_panel.estimation.econometrics.statistic import (
    Name,
    Statistic,
    reason_of,
    starless,
    statistic,
)
from living_panel.estimation.panel.declaration import label_of
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.papers.rows import Cell, PrintedNumber
from living_panel.estimation.papers.schema import Beside, Brackets, PrintedPaper, Table

Status = Literal["reproduced", "rounding", "minor", "differs", "not attempted"]
STATUSES: tuple[Status, ...] = ("reproduced", "rounding", "minor", "differs", "not attempted")
MINOR = 0.1
"""Largest difference of a minor deviation, in printed standard errors."""
NO_CLASS = {"tables": "tables only", "comparison": "comparison"}
"""Words in place of a class, where the work itself is not reproduced."""
SLACK = 1e-7  # of a unit of the last printed digit: binary fractions
COLUMNS = [
    "paper", "design", "printed_table", "row", "column", "model", "term", "statistic", "part",
    "printed", "printed_value", "decimals", "table_id", "artifact_id", "our_model", "our_name",
    "our_inference", "ours", "status", "difference", "difference_se", "reason_code", "reason",
    "aea_reason", "place",
]  # fmt: skip
SUMMARY = [
    "paper", "design", "scope", "printed_table", "model", "printed", *STATUSES, "reasons", "class",
    "i4r", "ssrp_level",
]  # fmt: skip
SLOPES = [
    "printed_table", "model", "term", "label", "printed", "printed_estimate", "printed_error",
    "printed_stars", "series", "our_model", "inference", "estimate", "std_error", "p_value", "df", "ci_low",
    "ci_high", "brackets", "precision", "our_stars", "printed_p", "sign_agrees", "stars_agree", "inside",
    "distance", "level", "reason", "table_id", "figures_status", "places", "bracket_places",
]  # fmt: skip
AGREEMENTS = ("sign_agrees", "stars_agree", "inside")
COUNTED = ["printed_table", "series", "figures", "printed", "estimated", "signs", "stars", "inside"]
LEVEL = 0.05
CONSTANT = "constant"
I4R = {
    "reproduction": "recreate reproducibility",
    "tables": "recreate reproducibility",
    "comparison": "direct replicability",
}
"""The Institute for Replication's word: from the text on the authors' data, or on other data."""
NOTHING, IN_PART, DIFFERENT, FROM_ANALYSIS_DATA = 1, 3, 4, 5
"""Levels of a display item (Social Science Reproduction Platform): without analysis data and code, with a part of
them, with both and other results, reproduced from analysis data. Levels above are about raw data."""
PARTIAL, FAILURE = 0.75, 0.25
"""Shares of numbers below which a reproduction is partial, or a failure (AEA Data Editor)."""
AEA_REASONS = {
    "differs": "discrepancy in output",
    "declared": "software not available",
    "no_pair": "insufficient time",
    "no_column": "insufficient time",
    "not_estimated": "code not functional",
    "not_estimable": "data missing",
    "not_computed": "code missing",
    "other_errors": "code missing",
}
"""The AEA Data Editor's reason, of a number that differs or by the code of why there is none."""
REASONS = {
    "no_pair": "no table of ours",
    "no_column": "no column of ours",
    "not_estimated": "not estimated",
    "not_estimable": "not estimable on these data",
    "not_computed": "statistic not computed",
    "unnamed_brackets": "brackets not named",
    "unnamed_kind": "kind of R² not named",
    "other_errors": "other errors",
}
"""Words of a reason code where the reason itself is long."""
BEST_FIT = "R² not named: chosen because it fits best"
"""Reason of an R² whose kind the paper does not name."""
LONGEST = 45  # characters of a reason that a sentence takes over
R_SQUARED = {
    "within": ("r_squared_within", "r_squared_within_xtreg", "r_squared_within_two_way"),
    "between": ("r_squared_between",),
    "overall": ("r_squared_overall", "r_squared_own", "r_squared_structural"),
    "inclusive": ("r_squared_inclusive", "r_squared_lsdv"),
    "adjusted": ("r_squared_adjusted",),
    "unnamed": (
        "r_squared_own", "r_squared_within", "r_squared_within_xtreg", "r_squared_within_two_way",
        "r_squared_overall", "r_squared_inclusive", "r_squared_lsdv", "r_squared_structural",
        "r_squared_between",
    ),
}  # fmt: skip
"""Our names of each printed kind of R², most wanted first."""
OF_COEFFICIENTS = {
    "std_error": "std_error",
    "t_statistic": "statistic",
    "p_value": "p_value",
    "ci_low": "ci_low",
    "ci_high": "ci_high",
}
OF_BRACKETS = {
    "standard_error": "std_error",
    "t_statistic": "statistic",
    "abs_t_statistic": "statistic",
    "p_value": "p_value",
}


class Ours(Protocol):
    """A stored table of ours, as far as this module reads it."""

    @property
    def table_id(self) -> str:
        """Name of the table."""

    @property
    def coefficients(self) -> pd.DataFrame:
        """Its coefficients, as artifacts store them."""

    @property
    def statistics(self) -> pd.DataFrame:
        """Its other numbers, as artifacts store them."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Its manifest: table_id, artifact_id, status, reason, spec."""


class OfSeries(Ours, Protocol):
    """A stored table in one series of results."""

    @property
    def series(self) -> str:
        """Name of the series: released values, or a demo release."""


@dataclass(frozen=True)
class StoredResults:
    """A stored table with nothing but its numbers."""

    manifest: Mapping[str, Any]
    coefficients: pd.DataFrame
    statistics: pd.DataFrame

    @property
    def table_id(self) -> str:
        """Name of the table."""
        return str(self.manifest["table_id"])

    @cached_property
    def spec(self) -> Spec:
        """Its choices."""
        return Spec.model_validate(self.manifest["spec"])

    def numbers(self, model: str, *names: Name) -> list[float] | None:
        """Statistics of a model by their names; None if one of them is missing."""
        keys = [(model, *statistic(name)) for name in names]
        values = self._values
        return [float(values[key]) for key in keys] if all(key in values for key in keys) else None

    @cached_property
    def _values(self) -> dict[tuple[str, ...], float]:
        """Every statistic by its model and name."""
        keys = (self.statistics[column] for column in ("model", "statistic", "term", "inference"))
        return dict(zip(zip(*keys, strict=True), self.statistics["value"], strict=True))


@dataclass(frozen=True)
class Found:
    """Our number for a printed one, or the code and words of why there is none."""

    model: str = ""
    name: str = ""
    inference: str = ""
    value: float = math.nan
    code: str = ""
    reason: str = ""
    stars_agree: bool = True


UNNAMED_BRACKETS = Found(
    code="unnamed_brackets", reason="the paper's files do not say what the brackets contain"
)
ENDS = ("ci_low", "ci_high")
COUNTS = ("n_obs", "n_groups", "n_periods", "n_clusters")
"""Statistics that nothing rounds: another whole number differs."""


def status_of(
    printed: PrintedNumber, ours: float, error: float | None = None, *, stars_agree: bool = True
) -> Status:
    """Status of a printed number, compared with ours.

    Parameters
    ----------
    printed : PrintedNumber
        The number as printed.
    ours : float
        Our number; NaN where there is none.
    error : float, optional
        Printed standard error of the estimate; without one there is no minor deviation.
    stars_agree : bool
        Whether ours earns the printed stars.

    Returns
    -------
    str
        reproduced: ours rounds to the printed digits. rounding: one unit of the last digit apart.
        minor: same sign and stars and within .1 standard errors. differs: any other. not attempted:
        there is no number of ours.
    """
    if math.isnan(ours):
        return "not attempted"
    gap, half = abs(ours - printed.value), printed.half_unit
    if gap <= half * (1 + SLACK):
        return "reproduced"
    same_sign = ours * printed.value > 0 or abs(ours) < half
    if gap <= 3 * half * (1 + SLACK) and same_sign:
        return "rounding"
    if error and gap <= MINOR * error and same_sign and stars_agree:
        return "minor"
    return "differs"


def reproduce(
    paper: PrintedPaper, pairs: Mapping[str, Beside], ours: Sequence[Ours]
) -> pd.DataFrame:
    """Every printed number of a paper with its status, one row a number.

    Parameters
    ----------
    paper : PrintedPaper
        The printed paper.
    pairs : mapping
        `side_by_side.yml`: printed table number to our table.
    ours : sequence of Ours
        The current tables of the paper.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`. `design`: reproduction; tables, where the work prints tables of another one's data; or comparison
        where the estimates rest on other data than the
        authors'. `part`: estimate or bracket. `difference`: ours minus printed; `difference_se`: in
        printed standard errors. `reason_code`: no_pair, no_column, declared, not_estimated,
        not_estimable, not_computed, unnamed_brackets, other_errors (ours has no errors or interval of the kind that the
        column declares), unnamed_kind (the paper does not name its R²: one kind of ours is compared in the whole
        row, the one that fits best. It may differ, and never counts as agreeing).
    """
    stored = {table.table_id: table for table in ours}
    rows = [
        _row(paper, table, brackets, cell, part, number, _pair(pairs, table, cell), stored, best)
        for whole in paper.tables.values()
        for best in [_best_kinds(whole, pairs, stored)]
        for cell, table, brackets in _in_parts(whole)
        for part, number in _numbers(cell)
    ]
    numbers = ("printed_value", "ours", "difference", "difference_se")
    kinds = dict.fromkeys(COLUMNS, "string") | dict.fromkeys(numbers, "float64")
    return pd.DataFrame(rows, columns=COLUMNS).astype(kinds | {"decimals": "Int64"})


def _in_parts(whole: Table) -> Iterator[tuple[Cell, Table, Brackets]]:
    """Cells of a table in the order printed, each with the part of one declaration that it is in, and its brackets."""
    read = [(part, revealed(part)) for part in whole.parts()]
    by_model = {model: one for one in read for model in one[0].models}
    for cell in whole.cells:
        yield (cell, *by_model.get(cell.model, read[0]))


def _pair(pairs: Mapping[str, Beside], table: Table, cell: Cell) -> Beside | None:
    """The pair of a printed cell; of several that answer its table the one with its column."""
    pair = pairs.get(table.number)
    return pair.answering(cell.model) if pair else None


def _numbers(cell: Cell) -> Iterator[tuple[str, PrintedNumber]]:
    """The numbers in a cell; printed names and Yes or No are no numbers."""
    if cell.statistic.startswith("flag:") or cell.statistic == "group":
        return
    for part in ("estimate", "bracket"):
        if (number := getattr(cell, part)) is not None:
            yield part, number


def _row(
    paper: PrintedPaper,
    table: Table,
    brackets: Brackets,
    cell: Cell,
    part: str,
    number: PrintedNumber,
    pair: Beside | None,
    stored: Mapping[str, Ours],
    best: Mapping[str, str],
) -> dict[str, Any]:
    ours = _find(paper, table, cell, part, number, pair, stored, best)
    error = standard_error(cell, brackets) if cell.statistic == "estimate" else None
    difference = ours.value - number.value
    status = status_of(number, ours.value, error, stars_agree=ours.stars_agree)
    if status == "rounding" and cell.statistic in COUNTS and number.decimals == 0:
        status = "differs"
    if ours.code == "unnamed_kind" and status != "differs":
        status = "not attempted"
    reason = ours.code if status == "not attempted" else status
    return {
        "paper": paper.id,
        "design": paper.design,
        "printed_table": table.number,
        "row": cell.row,
        "column": cell.column,
        "model": cell.model,
        "term": cell.term,
        "statistic": cell.statistic,
        "part": part,
        "printed": number.text,
        "printed_value": number.value,
        "decimals": number.decimals,
        "table_id": pair.table if pair else "",
        "artifact_id": _artifact(pair, stored),
        "our_model": ours.model,
        "our_name": ours.name,
        "our_inference": ours.inference,
        "ours": ours.value,
        "status": status,
        "difference": difference,
        "difference_se": difference / error if error else math.nan,
        "reason_code": ours.code,
        "reason": ours.reason,
        "aea_reason": AEA_REASONS.get(reason, "") if paper.data == "authors" else "",
        "place": cell.place,
    }


def _artifact(pair: Beside | None, stored: Mapping[str, Ours]) -> str:
    table = stored.get(pair.table) if pair else None
    return str(table.manifest["artifact_id"]) if table else ""


def _find(
    paper: PrintedPaper,
    table: Table,
    cell: Cell,
    part: str,
    number: PrintedNumber,
    pair: Beside | None,
    stored: Mapping[str, Ours],
    best: Mapping[str, str],
) -> Found:
    """Our number for a printed one."""
    if pair is None:
        return Found(
            code="no_pair", reason=_estimator(table, cell) or "no table of ours to compare"
        )
    if (declared := pair.not_attempted.get(cell.model, pair.not_attempted.get("*"))) is not None:
        return Found(code="declared", reason=declared)
    source = stored.get(pair.table)
    if source is None:
        return Found(code="not_estimated", reason=f"{pair.table} is not among the current tables")
    if source.manifest["status"] != "estimated":
        return Found(code="not_estimated", reason=str(source.manifest["reason"]))
    if table.content == "descriptives":
        return _of_descriptives(paper, cell, pair, source)
    if table.content == "unit_roots":
        return _of_unit_roots(table, cell, pair, source)
    of_coefficients = cell.statistic == "estimate" or cell.statistic in OF_COEFFICIENTS
    models = pair.models.get(cell.model)
    if models is None:
        two = table.column(cell.model).difference_of
        if of_coefficients and len(two) == 2 and all(name in pair.models for name in two):
            return _of_difference(table, cell, part, pair, source)
        reason = _estimator(table, cell) or "no column of ours to compare"
        return Found(code="no_column", reason=reason)
    if of_coefficients:
        return _of_coefficients(table, cell, part, number, pair, source, models)
    return _of_statistics(table, cell, pair, source, models, best)


def _estimator(table: Table, cell: Cell) -> str:
    """The estimator of a printed column, for a reason; empty where the transcription omits it."""
    known = table.estimator_of(cell.model) or table.estimator
    return f"estimator: {table.subtype_of(cell.model) or known}" if known else ""


def _of_coefficients(
    table: Table,
    cell: Cell,
    part: str,
    number: PrintedNumber,
    pair: Beside,
    source: Ours,
    models: Sequence[str],
) -> Found:
    name = _name_of(table, cell, part)
    if not name:
        return UNNAMED_BRACKETS
    (term, scale), asked = pair.our_term(cell.term), pair.inference_of(cell.model)
    for model in models:
        row = coefficient(source, model, term, asked, _declared_errors(table, cell.model))
        if row is None and name != "estimate" and coefficient(source, model, term, asked):
            errors = " + ".join((table.covariance, *table.column(cell.model).clustered_by))
            return Found(code="other_errors", reason=f"other errors: no {errors} in {model}")
        row = row or coefficient(source, model, term, asked)
        if row is None:
            continue
        if name == "std_error" and row["second_inference"]:
            # a bootstrap has no error: the labelled one under it is compared
            row |= {name: row["second_error"], "inference": row["second_inference"]}
        if pd.isna(row[name]):
            continue
        if name in ENDS and table.interval == "percentile" and not _is_drawn(row["inference"]):
            return Found(code="other_errors", reason=f"other errors: no percentiles in {model}")
        values = on_printed_scale(row, name, table.scale, scale)
        if part == "bracket" and table.brackets == "abs_t_statistic":
            values = tuple(map(abs, values))
        value = min(values, key=lambda candidate: abs(candidate - number.value))
        agree = _stars_agree(table, cell, source, model, row)
        inference = str(row["inference"]) if name != "estimate" else ""
        return Found(model, name, inference, value, stars_agree=agree is not False)
    return _absent(source, models, f"no {name} of {term}")


def _name_of(table: Table, cell: Cell, part: str) -> str:
    """Our name of a printed number of a coefficient; empty for brackets that are not named."""
    if part == "bracket":
        return OF_BRACKETS.get(table.brackets, "")
    return "estimate" if cell.statistic == "estimate" else OF_COEFFICIENTS[cell.statistic]


def _is_drawn(inference: object) -> bool:
    """Whether an inference rests on draws, so that its interval may be of percentiles."""
    label = read_label(str(inference))
    return label is not None and "bootstrap" in label.kind


def on_printed_scale(
    row: Mapping[str, Any], name: str, scale: str, factor: float
) -> tuple[float, ...]:
    """Our number on the scale that a printed column declares.

    Parameters
    ----------
    row : mapping
        A coefficient of ours, with `estimate`.
    name : str
        The number wanted: estimate, std_error, statistic, p_value, ci_low, ci_high.
    scale : str
        As `columns` of a table declare it. t and p are those of the raw coefficient.
    factor : float
        From our unit to the printed one.

    Returns
    -------
    tuple of float
        Of an error under exponentiated or standardised coefficients two numbers, since both are printed: the
        error of the printed coefficient (of a ratio by the delta method), and that of the raw one.
    """
    value = float(row[name])
    if name in ("statistic", "p_value"):
        return (value,)
    scaled = value * factor
    if scale == "exponentiated":
        ratio = math.exp(float(row["estimate"]) * factor)
        return (ratio * scaled, scaled) if name == "std_error" else (math.exp(scaled),)
    return (scaled, value) if scale == "standardised" and name == "std_error" else (scaled,)


def _of_difference(table: Table, cell: Cell, part: str, pair: Beside, source: Ours) -> Found:
    """The difference of our numbers for the two columns that a printed one declares, and its error or t."""
    name = _name_of(table, cell, part)
    if not name:
        return UNNAMED_BRACKETS
    declared = table.column(cell.model)
    asked = declared.difference_of
    rows = [_first_row(table, cell, model, pair, source) for model in asked]
    models, of_what = " - ".join(pair.models[m][0] for m in asked), f"no {name} of {cell.term}"
    if name not in ("estimate", "std_error", "statistic") or None in rows:
        return _absent(source, [models], of_what)
    first, second = (row for row in rows if row)
    _, factor = pair.our_term(cell.term)
    gap = factor * (float(first["estimate"]) - float(second["estimate"]))
    if name == "estimate":
        return Found(models, name, value=gap)
    if declared.samples != "independent":
        return _absent(source, [models], of_what)
    error = abs(factor) * math.hypot(float(first["std_error"]), float(second["std_error"]))
    size = abs(gap) if part == "bracket" and table.brackets == "abs_t_statistic" else gap
    return Found(
        models, name, str(first["inference"]), error if name == "std_error" else size / error
    )


def _first_row(
    table: Table, cell: Cell, model: str, pair: Beside, source: Ours
) -> dict[str, Any] | None:
    """Our coefficient of a printed column, by the errors of that column."""
    term, _ = pair.our_term(cell.term)
    declared = _declared_errors(table, model)
    return _first(source, pair.models[model], term, pair.inference_of(model), declared)[1]


def _first(
    source: Ours,
    models: Sequence[str],
    term: str,
    asked: str = "",
    declared: DeclaredErrors | None = None,
) -> tuple[str, dict[str, Any] | None]:
    """The first of our columns that has a coefficient, with it."""
    rows = ((model, coefficient(source, model, term, asked, declared)) for model in models)
    return next(((model, row) for model, row in rows if row is not None), ("", None))


def _earned(p: float, legend: Mapping[str, float]) -> tuple[float, str]:
    """Level and mark of the stars that a p-value earns; 1 without."""
    return min(((level, mark) for mark, level in legend.items() if p < level), default=(1.0, ""))


def _stars_agree(
    table: Table, cell: Cell, source: Ours, model: str, row: Mapping[str, Any]
) -> bool | None:
    """Whether ours earns the printed stars; None where none are printed, or our inference earns none."""
    if not table.stars or model in starless(source.statistics):
        return None
    return _earned(row["p_value"], table.stars)[0] == level_of(cell.stars, table.stars)


@dataclass(frozen=True)
class DeclaredErrors:
    """Errors that a printed column declares: names of ours for them, most wanted first, and its clusters."""

    kinds: tuple[str, ...]
    clusters: tuple[str, ...]
    label: str = ""

    def choose(self, labels: Sequence[str]) -> str | None:
        """The stored inference that is of these errors; None without one."""
        if self.label in labels:
            return self.label
        choices = [
            (self.kinds.index(part.kind), label)
            for label in labels
            if (part := read_label(label)) and part.kind in self.kinds and self._by_same(part.by)
        ]
        return min(choices)[1] if choices else None

    def _by_same(self, by: str) -> bool:
        """Whether clusters are those declared; a label without names is by units."""
        clusters = set(by.split("+")) if by else {UNIT}
        return self.kinds != CLUSTERS or not self.clusters or clusters == set(self.clusters)


CLUSTERS = ("clustered",)
COMPARED: dict[str, tuple[str, ...]] = {
    "classical": ("classical",),
    "robust": ("HC1", "hc1", "HC0", "hc0", "HC2", "hc2", "HC3", "hc3"),
    "clustered": CLUSTERS,
}
"""Our covariances that a printed kind of error is compared with, most usual first."""


def _declared_errors(table: Table, model: str) -> DeclaredErrors | None:
    """Errors that a column declares; None where it declares none that we have a name for."""
    column = table.column(model)
    kinds = COMPARED.get(table.covariance_of(model))
    if kinds is None:
        return None
    return DeclaredErrors(kinds, column.clustered_by, label_of(column.vcov) if column.vcov else "")


def coefficient(
    source: Ours, model: str, term: str, inference: str, declared: DeclaredErrors | None = None
) -> dict[str, Any] | None:
    """The coefficient as our table shows it, by the inference that the pair names or the column declares."""
    frame = source.coefficients
    rows = frame[(frame["model"] == model) & (frame["term"] == term)]
    if inference:
        rows = rows.loc[[is_asked(label, inference) for label in rows["inference"]]]
    elif declared is not None:
        chosen = declared.choose([*map(str, rows["inference"])])
        rows = rows[rows["inference"] == chosen]
    if rows.empty:
        return None
    options = source.manifest["spec"]["options"]
    ways = (str(options.get(name) or "") for name in ("primary", "errors"))
    return show(rows.to_dict("records"), *ways)


def _of_statistics(
    table: Table,
    cell: Cell,
    pair: Beside,
    source: Ours,
    models: Sequence[str],
    best: Mapping[str, str],
) -> Found:
    """N, R², F and tests; of an R² whose kind is not printed the kind that fits its row best."""
    named = pair.statistics.get(cell.statistic)
    names: Sequence[str] = (named,) if named else _statistic_names(table, cell)
    is_unnamed = _is_unnamed(table, cell, pair)
    if is_unnamed and cell.row in best:
        names = (best[cell.row],)
    for model in models:
        values = _values(source, model)
        if cell.statistic == "n_clusters":
            values |= _clusters(source, model, pair.inference_of(cell.model), table, cell)
        if name := next((name for name in names if name in values), None):
            code, reason = ("unnamed_kind", BEST_FIT) if is_unnamed else ("", "")
            return Found(model, name, value=values[name], code=code, reason=reason)
    return _absent(source, models, f"no {cell.statistic}")


def _is_unnamed(table: Table, cell: Cell, pair: Beside) -> bool:
    """Whether neither the paper nor the pair names the kind of a printed R²."""
    is_r_squared = cell.statistic == "r_squared" and cell.statistic not in pair.statistics
    return is_r_squared and _kind_of_r_squared(table, cell.model) == "unnamed"


def _kind_of_r_squared(table: Table, model: str) -> str:
    """Kind of R² of a printed column; least squares without effects has one kind."""
    kind = table.r_squared_of(model)
    without = table.are_effects_known(model) and not table.has_effects(model)
    is_alone = kind == "unnamed" and without and table.by_least_squares(model)
    return "overall" if is_alone else kind


def _best_kinds(
    table: Table, pairs: Mapping[str, Beside], stored: Mapping[str, Ours]
) -> dict[str, str]:
    """Our kind of R² for each printed row whose kind is not named: in most of its columns, then the nearest."""
    gaps: dict[str, dict[str, list[float]]] = {}
    for cell in table.cells:
        pair = _pair(pairs, table, cell)
        source = stored.get(pair.table) if pair else None
        if not pair or not source or not cell.estimate or not _is_unnamed(table, cell, pair):
            continue
        by_model = (_values(source, model) for model in pair.models.get(cell.model, ()))
        known = ({n: v[n] for n in R_SQUARED["unnamed"] if n in v} for v in by_model)
        for name, value in next(filter(None, known), {}).items():
            of_row = gaps.setdefault(cell.row, {})
            of_row.setdefault(name, []).append(abs(value - cell.estimate.value))
    return {
        row: min(by_name, key=lambda name: (-len(by_name[name]), sum(by_name[name])))
        for row, by_name in gaps.items()
    }


def _clusters(source: Ours, model: str, asked: str, table: Table, cell: Cell) -> dict[Name, float]:
    """Number of clusters behind the errors of a column."""
    declared, frame = _declared_errors(table, cell.model), source.coefficients
    terms = frame.loc[frame["model"] == model, "term"].unique()
    rows = (coefficient(source, model, str(term), asked, declared) for term in terms)
    numbers = {float(row["n_clusters"]) for row in rows if row and not pd.isna(row["n_clusters"])}
    return {"n_clusters": numbers.pop()} if len(numbers) == 1 else {}


def _statistic_names(table: Table, cell: Cell) -> Sequence[str]:
    if cell.statistic == "r_squared":
        return R_SQUARED[_kind_of_r_squared(table, cell.model)]
    label = cell.statistic.removeprefix("test:")
    known = table.tests.get(label)
    names = {"n_groups": "n_provinces", "n_periods": "n_years"}
    return [names.get(label, label), *([known] if known else [])]


def _values(source: Ours, model: str) -> dict[Name, float]:
    rows = source.statistics[source.statistics["model"] == model]
    names = zip(rows["statistic"], rows["term"], rows["inference"], strict=True)
    keys = (Statistic(*name) if any(name[1:]) else name[0] for name in names)
    values = zip(keys, rows["value"].astype(float), strict=True)
    return {name: value for name, value in values if not math.isnan(value)}


def _of_descriptives(paper: PrintedPaper, cell: Cell, pair: Beside, source: Ours) -> Found:
    """Statistics of a variable's measures, taken into the printed unit."""
    known = paper.variables.get(cell.term)
    panels = pair.models.get(cell.model, pair.models.get("*", []))
    if known is None or not panels:
        return Found(code="no_column", reason="no panel or measure of ours to compare")
    for panel in panels:
        values = _values(source, panel)
        for measure in known.compare.measures:
            value = values.get(Statistic(cell.statistic, measure))
            if value is not None:
                factor = 1.0 if cell.statistic == "n_obs" else known.compare.factor
                return Found(panel, f"{cell.statistic} of {measure}", value=value * factor)
    return Found(code="not_computed", reason=f"no {cell.statistic} of its measures")


def _of_unit_roots(table: Table, cell: Cell, pair: Beside, source: Ours) -> Found:
    test, model, values = _unit_root(table, cell, pair, source)
    value = values.get(Statistic("statistic", test, "asymptotic"))
    if value is None:
        return _absent(source, [model], f"no {test or cell.statistic}")
    return Found(model, f"statistic of {test}", value=value)


def _unit_root(
    table: Table, cell: Cell, pair: Beside, source: Ours
) -> tuple[str, str, dict[Name, float]]:
    """Test of a printed cell, the form of the series in ours, and our numbers for that form."""
    test = table.tests.get(cell.statistic.removeprefix("test:"), "")
    model = f"{cell.term}.{_form_of(cell)}.{pair.form}"
    return test, model, _values(source, model) if test else {}


def _form_of(cell: Cell) -> str:
    return "differences" if cell.transform.startswith("diff") else "levels"


def _absent(source: Ours, models: Sequence[str], what: str) -> Found:
    """No number: the stored reason where the table gives one, else what is not stored."""
    model, reason = _stored_reason(source, models)
    if reason:
        return Found(model, code="not_estimable", reason=reason)
    return Found(code="not_computed", reason=f"{what} in {', '.join(models)}")


def _stored_reason(source: Ours, models: Sequence[str]) -> tuple[str, str]:
    """The first of our columns that says why it has no estimate, with its words."""
    reasons = ((model, reason_of(source.statistics, model)) for model in models)
    return next(((model, reason) for model, reason in reasons if reason), ("", ""))


# --- slopes and decisions, as our tables show them ---


def paired(paper: PrintedPaper, pairs: Mapping[str, Beside], content: str) -> str | None:
    """Number of the printed table of a content that is compared with one of ours."""
    numbers = (n for n in pairs if n in paper.tables)
    return next((n for n in numbers if paper.tables[n].content == content), None)


def compare_slopes(
    paper: PrintedPaper, pairs: Mapping[str, Beside], number: str, ours: Sequence[OfSeries]
) -> pd.DataFrame:
    """Every printed coefficient of a table with ours, one row for each series of results.

    Parameters
    ----------
    paper : PrintedPaper
        The printed paper.
    pairs : mapping
        `side_by_side.yml`: printed table number to our table.
    number : str
        Number of the printed table, one with `models` in its pair.
    ours : sequence of OfSeries
        The paired table in each series of results; others are ignored.

    Returns
    -------
    pandas.DataFrame
        `SLOPES`. `inside`: the printed estimate lies in our 95 % interval. `distance`: printed minus
        ours in our standard errors, null where our inference has none. `printed_p`: p-value of the
        printed value by our inference. `places`: decimals of the printed estimate; `bracket_places`: of the
        printed standard error, else of the estimate. The three agreements are null where we have no estimate, and
        for a constant: it is no slope, so it is not judged. `stars_agree` is null where our inference earns no stars.
        `level`: of the printed stars, of the weakest ones for a cell without; null where stars are not judged.
        `reason`: why we have no estimate.
    """
    table = paper.tables[number]
    brackets = revealed(table)
    rows = [
        _slope(paper, table, cell, standard_error(cell, brackets), source, one)
        | printed_places(cell, is_error=brackets == "standard_error")
        for one in pairs[number].every
        for source in ours
        if source.table_id == one.table
        for cell in table.estimates()
        if cell.model in one.models
    ]
    frame = pd.DataFrame(rows, columns=SLOPES)
    kinds = dict.fromkeys(AGREEMENTS, "boolean")
    numbers = (
        "estimate", "std_error", "p_value", "ci_low", "ci_high", "precision", "distance",
        "printed_error", "printed_p", "df", "level",
    )  # fmt: skip
    return frame.astype(kinds | dict.fromkeys(numbers, "float64"))


def printed_places(cell: Cell, *, is_error: bool) -> dict[str, int]:
    """Decimals of a printed estimate and of its brackets, which ours follow; other brackets than errors give none."""
    places = max(cell.estimate.decimals, 0) if cell.estimate else 0
    has_error = is_error and cell.bracket is not None
    bracket = max(cell.bracket.decimals, 0) if has_error and cell.bracket else places
    return {"places": places, "bracket_places": bracket}


def _slope(
    paper: PrintedPaper,
    table: Table,
    cell: Cell,
    printed_error: float | None,
    source: OfSeries,
    pair: Beside,
) -> dict[str, Any]:
    models, (term, factor) = pair.models[cell.model], pair.our_term(cell.term)
    row: dict[str, Any] = {
        "printed_table": table.number,
        "model": cell.model,
        "term": cell.term,
        "label": paper.name_of(cell.term),
        "printed": cell.text,
        "printed_estimate": cell.value,
        "printed_error": printed_error,
        "printed_stars": cell.stars,
        "series": source.series,
        "table_id": source.table_id,
        "figures_status": source.manifest["figures_status"],
    }
    model, ours = _first(source, models, term)
    if ours is None:
        if source.manifest["status"] == "estimated":
            return row | {"reason": _stored_reason(source, models)[1]}
        return row | {"reason": str(source.manifest["reason"])}
    value, error = factor * float(ours["estimate"]), abs(factor) * float(ours["std_error"])
    low, high = (factor * ours[end] for end in (ENDS if factor > 0 else reversed(ENDS)))
    agree, legend = _stars_agree(table, cell, source, model, ours), table.stars
    own = {} if model in starless(source.statistics) else legend or source.manifest["spec"]["stars"]
    tested = Statistic("printed_p_value", term, str(ours["inference"]))
    row |= {
        "inference": ours["inference"],
        "estimate": value,
        "std_error": error,
        "p_value": ours["p_value"],
        "df": ours["df"],
        "brackets": ours["brackets"],
        "precision": abs(factor) * ours["precision"],
        "ci_low": low,
        "ci_high": high,
        "our_model": model,
        "our_stars": _earned(ours["p_value"], own)[1],
        "figures_status": ours["figures_status"],
    }
    if (
        cell.term == CONSTANT
    ):  # it depends on the units of the variables and on how effects are counted
        return row
    is_known = not (pd.isna(low) or pd.isna(high))
    level = legend.get(cell.stars) if cell.stars else max(legend.values(), default=None)
    return row | {
        "printed_p": _values(source, model).get(tested, math.nan),
        "sign_agrees": cell.value * value > 0,
        "stars_agree": agree,
        "inside": bool(low <= cell.value <= high) if is_known else None,
        "distance": (cell.value - value) / error if error > 0 else math.nan,
        "level": None if agree is None else level,
    }


def compare_unit_roots(
    paper: PrintedPaper,
    pairs: Mapping[str, Beside],
    ours: Sequence[Ours],
    wrong: Collection[str] = (),
) -> pd.DataFrame:
    """Printed unit-root statistics with ours on the same form of the series.

    Parameters
    ----------
    paper, pairs, ours
        As those of `reproduce`.
    wrong : collection of str
        Places of printed cells that the audit rules out.

    Returns
    -------
    pandas.DataFrame
        term, label, form, test, printed, printed_rejects (stars of 5 % or stricter). Then ours,
        p_asymptotic, p_simulated, size_asymptotic, we_reject (simulated p), impossible (the audit finds
        against the printed cell), agrees (null for such a cell), table_id.
    """
    number = paired(paper, pairs, "unit_roots")
    if number is None:
        return pd.DataFrame()
    pair, table = pairs[number], paper.tables[number]
    rows = [
        _decision(table, cell, source, pair) | {"impossible": cell.place in wrong}
        for source in ours
        if source.table_id == pair.table
        for cell in table.cells
        if cell.estimate is not None and cell.statistic.removeprefix("test:") in table.tests
    ]
    if not rows:
        return pd.DataFrame()
    frame = pd.DataFrame(rows)
    kinds = dict.fromkeys(("ours", "p_asymptotic", "p_simulated", "size_asymptotic"), "float64")
    frame = frame.astype(kinds | {"we_reject": "boolean"})
    agrees = frame["we_reject"] == frame["printed_rejects"]
    return frame.assign(agrees=agrees.mask(frame["impossible"]))


def _decision(table: Table, cell: Cell, source: Ours, pair: Beside) -> dict[str, Any]:
    test, _, values = _unit_root(table, cell, pair, source)
    p = values.get(Statistic("p_value", test, "simulated"))
    return {
        "term": cell.term,
        "label": cell.row,
        "form": _form_of(cell),
        "test": cell.statistic.removeprefix("test:"),
        "printed": cell.text,
        "printed_rejects": table.stars.get(cell.stars, 1.0) <= LEVEL,
        "ours": values.get(Statistic("statistic", test, "asymptotic")),
        "p_asymptotic": values.get(Statistic("p_value", test, "asymptotic")),
        "p_simulated": p,
        "size_asymptotic": values.get(Statistic("size_independent", test, "asymptotic")),
        "places": printed_places(cell, is_error=False)["places"],
        "we_reject": None if p is None else p < LEVEL,
        "table_id": source.table_id,
    }


def agreement(compared: pd.DataFrame) -> pd.DataFrame:
    """Counts by printed table and series: estimates compared, signs, stars and intervals that agree.

    `figures` says on what kinds of values the estimates of a series rest.
    """
    rows = []
    slopes = compared[compared["term"] != CONSTANT]
    for (table, series), part in slopes.groupby(["printed_table", "series"], sort=False):
        done = part[part["estimate"].notna()]
        agree = part[[*AGREEMENTS]].sum().tolist()
        if done["stars_agree"].isna().all() and len(done):
            agree[1] = pd.NA  # no stars are printed, or ours earns none
        figures = ", ".join(done["figures_status"].unique())
        rows.append((table, series, figures, len(part), len(done), *agree))
    return pd.DataFrame(rows, columns=COUNTED).astype(dict.fromkeys(COUNTED[3:], "Int64"))


# --- counts ---


def summarize(cells: pd.DataFrame) -> pd.DataFrame:
    """Counts by paper, by printed table and by printed column.

    Returns
    -------
    pandas.DataFrame
        `SUMMARY`. `scope`: paper, table or column. `reasons`: why numbers were not attempted, most
        frequent first. `class`: the AEA Data Editor's word.
    """
    scopes: list[tuple[str, list[str]]] = [
        ("paper", []),
        ("table", ["printed_table"]),
        ("column", ["printed_table", "model"]),
    ]
    rows = []
    for scope, keys in scopes:
        grouped = cells.groupby(["paper", "design", *keys], sort=False, dropna=False)
        for group, part in grouped:
            named = dict(zip(["paper", "design", *keys], group, strict=True))
            row = {"scope": scope, "printed_table": "", "model": "", **named}
            numbers = counts(part, str(row["design"]))
            rows.append({**row, **numbers, **({} if scope == "table" else {"ssrp_level": None})})
    return pd.DataFrame(rows, columns=SUMMARY).astype({"ssrp_level": "Int64"})


def counts(cells: pd.DataFrame, design: str) -> dict[str, Any]:
    """Printed numbers by status, the reasons of those not attempted, and the classes."""
    numbers: dict[str, int] = {s: int((cells["status"] == s).sum()) for s in STATUSES}
    lacking = cells[cells["status"] == "not attempted"]
    reasons = pd.Series(map(_short, lacking["reason_code"], lacking["reason"]), dtype="str")
    return {
        "printed": len(cells),
        **numbers,
        "reasons": "; ".join(reasons.value_counts().index),
        "class": NO_CLASS.get(design) or replication_class(numbers),
        "i4r": I4R[design],
        "ssrp_level": None if design == "comparison" else display_level(numbers),
    }


def display_level(numbers: Mapping[str, int]) -> int:
    """The level of a display item on the Social Science Reproduction Platform, for counts by status."""
    whole = sum(numbers[s] for s in STATUSES)
    if numbers["not attempted"]:
        return NOTHING if numbers["not attempted"] == whole else IN_PART
    return FROM_ANALYSIS_DATA if numbers["reproduced"] + numbers["rounding"] == whole else DIFFERENT


def _short(code: str, reason: str) -> str:
    """A reason of a list whose members are separated by semicolons."""
    words = reason if len(reason) <= LONGEST else REASONS.get(code, code)
    return words.replace(";", ",")


def replication_class(numbers: Mapping[str, int]) -> str:
    """The AEA Data Editor's word for counts by status.

    full: everything printed is reproduced. full with minor issues: at most a quarter differs or was not
    attempted. partial: more. failure: fewer than a quarter of the numbers agree.
    """
    whole = sum(numbers[s] for s in STATUSES)
    if not whole:
        return "nothing printed"
    share = sum(numbers[s] for s in ("reproduced", "rounding", "minor")) / whole
    if share < PARTIAL:
        return "failure" if share < FAILURE else "partial"
    return "full" if numbers["reproduced"] == whole else "full with minor issues"


def in_words(numbers: Mapping[str, Any], design: str) -> str:
    """One sentence: "98 of 112 printed numbers reproduced, 6 differ, 8 not attempted (IV)."."""
    if not numbers["printed"]:
        return "Nothing printed is transcribed."
    parts: list[tuple[str, Callable[[int], str]]] = [
        ("rounding", lambda n: f"{n} within rounding"),
        ("minor", lambda n: f"{n} with a minor deviation"),
        ("differs", lambda n: f"{n} {'differs' if n == 1 else 'differ'}"),
        ("not attempted", lambda n: f"{n} not attempted: {_few(str(numbers['reasons']))}"),
    ]
    rest = ", ".join(words(numbers[key]) for key, words in parts if numbers[key])
    whole = f"{numbers['reproduced']} of {numbers['printed']} printed numbers"
    sentence = f"{whole} reproduced" + (f", {rest}" if rest else "") + "."
    if design == "comparison":
        return f"A comparison with other data, not a reproduction: {whole} agree" + (
            f", {rest}." if rest else "."
        )
    return sentence


def _few(reasons: str, most: int = 2) -> str:
    """The most frequent reasons."""
    every = reasons.split("; ")
    return "; ".join(every[:most]) + (f"; {len(every) - most} more" if len(every) > most else "")

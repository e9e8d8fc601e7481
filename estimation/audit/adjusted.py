"""Rules on adjusted R²: against R², and against F."""

from __future__ import annotations

from collections.abc import Iterator

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Inconsistency, Outcome, rule
from living_panel.estimation.papers.rows import SLACK, Cell
from living_panel.estimation.papers.schema import PrintedPaper, Table

FAMILY = "fit"
Interval = tuple[float, float]


def _adjusted(paper: PrintedPaper) -> Iterator[tuple[Table, str, Cell]]:
    """Columns of least squares without effects whose effects are known, each with its adjusted R²."""
    for table, model in paper.columns():
        cell = table.get(model, "r_squared_adjusted")
        if cell is None and table.r_squared == "adjusted":
            cell = table.get(model, "r_squared")
        without = table.are_effects_known(model) and not table.has_effects(model)
        if cell is not None and without and table.by_least_squares(model):
            yield table, model, cell


def _plain(table: Table, model: str) -> Cell | None:
    """R² of a column that is not the adjusted one."""
    named = table.r_squared in ("overall", "inclusive", "unnamed")
    return table.get(model, "r_squared") if named else None


def _plain_from(adjusted: float, rows: float, slopes: int, constant: int) -> float:
    """R² that an adjusted one gives: 1 - (1 - adjusted) (n - k - c) / (n - c)."""
    return 1 - (1 - adjusted) * (rows - slopes - constant) / (rows - constant)


@rule(FAMILY)
def adjusted_r2_above_r2(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An adjusted R² above R².

    Adjusted R² is 1 - (1 - R²)(n-1)/(n-k-1), and at most R².
    """
    for table, model, cell in _adjusted(paper):
        plain = _plain(table, model)
        if plain is None:
            continue
        yield 1
        if cell.low > plain.high + SLACK:
            message = f"{cell.column}: adjusted R² {cell.text}, R² {plain.text}"
            inconsistency = Inconsistency(
                cell.place, "contradiction", message, fact=f"{cell.place}: adjusted"
            )
            yield inconsistency.assuming(f"{cell.low} > {plain.high} + {SLACK}")


def _known(table: Table, model: str) -> tuple[float, int] | None:
    """Rows and slopes of a column, where both are printed or declared."""
    rows, slopes = table.get(model, "n_obs"), table.slopes(model)
    disclosed = table.is_disclosed(model) and slopes > 0
    return (rows.value, slopes) if rows and disclosed and rows.value > slopes + 1 else None


@rule(FAMILY)
def adjusted_r2_against_r2(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """An adjusted R² that R², rows and regressors do not give.

    The rule tries both, with and without a constant.
    """
    for table, model, cell in _adjusted(paper):
        plain, known = _plain(table, model), _known(table, model)
        if plain is None or known is None:
            continue
        yield 1
        ends = [
            (_plain_from(cell.low, *known, c), _plain_from(cell.high, *known, c)) for c in (1, 0)
        ]
        if all(high < plain.low - SLACK or low > plain.high + SLACK for low, high in ends):
            message = (
                f"{cell.column}: adjusted R² {cell.text} with {known[0]:g} rows and {known[1]}"
                f" regressors gives R² {ends[0][0]:.4f} to {ends[0][1]:.4f}, printed is {plain.text}"
            )
            inconsistency = Inconsistency(
                cell.place, "contradiction", message, fact=f"{cell.place}: adjusted"
            )
            yield inconsistency.assuming(
                f"all(high < {plain.low} - {SLACK} or low > {plain.high} + {SLACK}"
                f" for low, high in {ends})",
                constant="with or without one", rows=known[0], regressors=known[1],
            )  # fmt: skip


@rule(FAMILY)
def f_against_adjusted_r2(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """F that adjusted R², rows and regressors do not give.

    With classical errors F = (R²/k) / ((1-R²)/(n-k-1)), and the adjusted R² gives R².
    """
    for table, model, cell in _adjusted(paper):
        f, known = table.get(model, "f_statistic"), _known(table, model)
        if f is None or known is None or table.covariance != "classical":
            continue
        yield 1
        ends = [_f_of(cell, *known, c) for c in (1, 0)]
        if all(high < f.low - SLACK or low > f.high + SLACK for low, high in ends):
            message = (
                f"{cell.column}: adjusted R² {cell.text} with {known[0]:g} rows and {known[1]}"
                f" regressors gives F {ends[0][0]:.2f} to {ends[0][1]:.2f}, printed is {f.text}"
            )
            inconsistency = Inconsistency(f.place, "contradiction", message)
            yield inconsistency.assuming(
                f"all(high < {f.low} - {SLACK} or low > {f.high} + {SLACK} for low, high in {ends})",
                errors="classical", constant="with or without one",
            )  # fmt: skip


def _f_of(cell: Cell, rows: float, slopes: int, constant: int) -> Interval:
    """Least and greatest F that the rounding of an adjusted R² allows."""
    values = []
    for adjusted in (cell.low, cell.high):
        r2 = min(max(_plain_from(adjusted, rows, slopes, constant), 0.0), 1 - 1e-12)
        values.append(r2 / slopes / ((1 - r2) / (rows - slopes - constant)))
    return values[0], values[1]

"""Placebos of slopes in a table of regressions: each unit gets another unit's series of one variable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from living_panel.estimation.econometrics.robustness.placebos import exchanged_slopes
from living_panel.estimation.econometrics.statistic import Name, Statistic
from living_panel.estimation.panel.roles import Role
from living_panel.estimation.panel.spec import Strict
from living_panel.estimation.tables.builder import Builder
from living_panel.estimation.tables.regressions import Columns
from living_panel.estimation.tables.texts import interval_text, minus, p_text


class Placebo(Strict):
    """A placebo that exchanges one variable between units, in some columns. No unit keeps its own series."""

    term: Role
    """Variable whose series are exchanged between units."""
    models: list[str] = Field(min_length=1)
    """Columns to estimate again, `block.column` each."""
    exchanges: int = Field(ge=99)
    """Number of random exchanges; usually 999."""
    seed: int = Field(ge=0)
    """Seed of the exchanges."""


def placebo_rows(
    table: Builder, columns: Columns, block: str, asked: Sequence[Placebo]
) -> Iterator[tuple[str, ...]]:
    """Store the placebos of the columns of a block, and give their rows."""
    for placebo in asked:
        for model in placebo.models:
            fit = columns.fits.get(model)
            if fit is None or placebo.term not in fit.x:
                continue
            how = {"exchanges": placebo.exchanges, "seed": placebo.seed}
            result = exchanged_slopes(fit.y, fit.x, placebo.term, **how)
            low, high = result.ends
            numbers: dict[Name, float] = {
                "placebo_p": result.p_value, "placebo_mean": result.mean, "placebo_low": low,
                "placebo_high": high, "placebo_draws": float(placebo.exchanges),
                "placebo_rows": float(result.rows.min()),
            }  # fmt: skip
            columns.note(model, {Statistic(str(n), placebo.term): v for n, v in numbers.items()})
            error = float(result.slopes.std())
            yield (
                f"{block}, {columns.headers[model]}", table.label(placebo.term),
                minus(result.estimate, 3), minus(result.mean, 3), interval_text(low, high, error),
                p_text(result.p_value), f"{placebo.exchanges}",
                f"{result.rows.min()} of {len(fit.y)}",
            )  # fmt: skip


def add_placebo_grid(table: Builder, rows: Sequence[tuple[str, ...]]) -> None:
    """Add the grid of all placebos."""
    header = (
        "Sample, column", "Exchanged", "Estimate", "Placebo mean", "95 % of placebos", "p",
        "Exchanges", "Fewest rows",
    )  # fmt: skip
    note = (
        "In each exchange, every {unit} gets the series of another {unit}; other variables are unchanged. p: share "
        "of exchanges with an estimate at least as large in absolute value. The actual data count as one exchange. "
        "A row is left out if the other {unit} has no row in that {period}."
    )
    if rows:
        table.grid("Placebo: another {unit}'s series", header, rows, [note])

"""Two-way fixed-effects tables in which variables enter one by one (kind `fixed_effects`, t04).

The page holds the first block, and what the first variable's coefficient is in every other; the
appendix holds every block with every way of inference and every diagnostic.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from estimation.econometrics.fixed_effects.diagnostics import diagnostic_numbers
from estimation.panel.errors import NotEstimable
from estimation.panel.release import Release
from estimation.panel.spec import Spec
from estimation.tables.builder import Builder, options_of, point_series
from estimation.tables.builder import Options as Strict
from estimation.tables.regressions import (
    Columns,
    Printed,
    RegressionBlock,
    Ways,
    block_sample,
    earned,
    points_of,
    regression,
)
from estimation.tables.texts import NONE, error_text, estimate_text, p_text

DIAGNOSTICS_NOTE = (
    "CD is taken on residuals with province effects only: year effects would bias it. Mundlak: that "
    "province means of the regressors do not matter; it replaces Hausman's test, which clustering "
    "invalidates. Wooldridge: on first differences, clustered by province without a small-sample "
    "factor, F with n - 2 denominator degrees, as plm's pwfdtest; Stata's xtserial has the factor "
    "G/(G-1) (n-1)/(n-2) and G - 1 degrees."
)


class Diagnostics(Strict):
    """Tests under every column; `lags` in years of the serial-correlation tests."""

    lags: list[int]


class Options(Ways):
    """Options of a fixed-effects table.

    `diagnostics` and `printed` are absent from specs that were written before they existed.
    """

    blocks: list[RegressionBlock]
    diagnostics: Diagnostics | None = None
    printed: Printed | None = None


def fill(table: Builder, options: Options) -> None:
    """y_it = x_it'b + a_i + d_t + u_it, columns entering one by one."""
    earned(table.spec, options.inference, options.primary, *options.beside)
    summary: list[tuple[str, ...]] = []
    for number, block in enumerate(options.blocks):
        try:
            columns = _block(table, options, block)
        except NotEstimable as why:
            table.refuse(block.id, why, block.title)
            summary.append((block.title, NONE))
            continue
        sample = table.samples[block.id]
        shown = {r: table.label(r) for r in block.enter if r in sample.frame.columns}
        _grid(table, options, block, columns, shown, on_page=number == 0)
        summary.append(_summary_row(columns, block, next(iter(shown))))
    table.choices = {"inference": list(options.short), "primary": options.primary}
    if len(options.blocks) > 1 and table.samples:
        focal = table.label(options.blocks[0].enter[0])
        header = ("Sample", f"{focal} alone", "SE", "p", "All columns", "SE", "p", "Obs")
        note = "All columns: with every variable of the block that has figures."
        table.grid(f"{focal} in every sample", header, summary, [note], appendix=False)


def points(spec: Spec, release: Release) -> pd.Series:
    """Point estimates alone, by (model, term): what a comparison of releases re-estimates often.

    Models that the figures do not allow are left out.
    """
    options = options_of(spec, Options)
    found: dict[tuple[str, str], float] = {}
    for block in options.blocks:
        try:
            sample, reasons = block_sample(spec, release, block)
        except NotEstimable:
            continue
        for number, role in enumerate(block.enter, start=1):
            if role in reasons:
                continue
            regressors = [r for r in block.enter[:number] if r not in reasons]
            y, x = sample.frame[block.dependent], sample.frame[regressors]
            found |= points_of(f"{block.id}.{number}", y, x, options.constant)
    return point_series(found)


def _block(table: Builder, options: Options, block: RegressionBlock) -> Columns:
    sample, reasons = block_sample(table.spec, table.release, block)
    table.samples[block.id] = sample
    columns = Columns(table, options)
    for number, role in enumerate(block.enter, start=1):
        model, header = f"{block.id}.{number}", f"({number})"
        if role in reasons:
            columns.refuse(header, model, reasons[role])
            continue
        regressors = [r for r in block.enter[:number] if r not in reasons]
        fitted = regression(model, sample, block.dependent, regressors, options)
        columns.add(header, fitted, sample.figures_status)
        if options.diagnostics is not None:
            numbers = diagnostic_numbers(fitted.fit, options.diagnostics.lags)
            inflation = max(v for k, v in numbers.items() if k.startswith("vif."))
            columns.note(model, {**numbers, "largest_vif": inflation})
    return columns


def _grid(
    table: Builder,
    options: Options,
    block: RegressionBlock,
    columns: Columns,
    terms: Mapping[str, str],
    *,
    on_page: bool,
) -> None:
    focal = next(iter(terms))
    printed = _printed(options, block, columns)
    if on_page:
        footer = [*columns.size_rows(), *columns.r_squared_rows(["within_two_way"])]
        theirs = {key: text for key, text in printed.items() if key[1] == focal}
        columns.grid(
            block.title, terms, footer, ["Province and year effects in every column."], theirs,
            appendix=False, tested=[focal],
        )  # fmt: skip
    footer = [*columns.size_rows(), *columns.leverage_rows(focal, terms[focal])]
    notes = [f"Sample: {block.years}. Province and year effects in every column."]
    if options.diagnostics is not None:
        footer += _tests(columns, options.diagnostics)
        notes.append(DIAGNOSTICS_NOTE)
    footer += columns.r_squared_rows()
    every = {**terms, "constant": "Constant"} if options.constant else terms
    columns.grid(block.title, every, footer, notes, printed)


def _summary_row(columns: Columns, block: RegressionBlock, focal: str) -> tuple[str, ...]:
    """The first variable's coefficient alone and in the last column that has it."""
    there = [m for m in columns.headers if m not in columns.reasons]
    cells: list[str] = [block.title]
    for model in (there[0], there[-1]):
        row = columns.rows[model, focal, columns.ways.primary]
        b, error, p = row["estimate"], row["std_error"], row["p_value"]
        cells += [
            estimate_text(b, error, p, columns.table.spec.stars), error_text(error), p_text(p)
        ]  # fmt: skip
    return (*cells, f"{columns.numbers[there[-1], 'n_obs']}")


def _tests(columns: Columns, how: Diagnostics) -> list[tuple[str, ...]]:
    """Rows of the diagnostics: statistic with its p-value in brackets, `n.e.` without one."""
    tests = {
        "CD, residuals without year effects (p)": "cd",
        "Serial correlation, Wooldridge (p)": "wooldridge_fd",
        **{
            f"Serial correlation, lag {k}, Born-Breitung (p)": f"born_breitung_lag{k}"
            for k in how.lags
        },
        "Mundlak F (p)": "mundlak",
    }
    rows = [columns.row("Largest variance inflation", "largest_vif", "{:.1f}")]
    for label, name in tests.items():
        cells = []
        for model in columns.headers:
            value = columns.numbers.get((model, name), np.nan)
            p_value = columns.numbers.get((model, f"{name}.p_value"), np.nan)
            known = not np.isnan(value) and not np.isnan(p_value)
            cell = f"{value:.2f} ({p_text(p_value)})" if known else NONE
            cells.append("" if model in columns.reasons else cell)
        rows.append((label, *cells))
    return rows


def _printed(
    options: Options, block: RegressionBlock, columns: Columns
) -> dict[tuple[str, str], str]:
    """Printed cells by (our model, term): column n of the block beside model n."""
    if not block.beside_printed or options.printed is None:
        return {}
    cells = options.printed.cells()
    cells = cells[(cells["statistic"] == "estimate") & (cells["text"] != "")]
    by_number = {model.rsplit(".", 1)[1]: model for model in columns.headers}
    return {
        (by_number[str(row.model)], str(row.term)): str(row.text)
        for row in cells.itertuples()
        if str(row.model) in by_number
    }

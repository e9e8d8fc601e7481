"""Two-way fixed-effects tables in which variables enter one by one (kind `fixed_effects`, t04).

Belongs here: samples and columns of such a table, ways of inference, layout. Not here: numerics
(`fixed_effects`), what stands in for what (`sample`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from estimation.econometrics.fixed_effects import wild_bootstrap
from estimation.econometrics.fixed_effects.diagnostics import (
    diagnostic_numbers,
    effective_clusters,
    partial_leverage,
)
from estimation.econometrics.fixed_effects.inference import resolve_mapping
from estimation.econometrics.fixed_effects.regression import fit_two_way, infer
from estimation.econometrics.fixed_effects.regression_data import codes
from estimation.econometrics.fixed_effects.within import Floats, demean, two_way_effects
from estimation.panel.errors import NotEstimable
from estimation.panel.figures import joined
from estimation.panel.release import Release
from estimation.panel.sample import Estimable, build_sample, choose_measure, grid
from estimation.panel.spec import Interpolation, Sample, Spec, Variable
from estimation.papers.printed import table_4
from estimation.tables.banner import banner
from estimation.tables.regression_grid import Column, Layout, p_text, regression_block
from estimation.tables.result import Block, TableResult, coefficient_frame, statistic_frame

R_SQUARED = {
    "within_two_way": "R², within (both ways)",
    "within_xtreg": "R², within (xtreg, fe)",
    "overall": "R², overall",
    "inclusive": "R², inclusive (LSDV)",
    "effects_alone": "R², effects alone",
}


DIAGNOSTICS_NOTE = (
    "CD is taken on residuals with province effects only: year effects would bias it. Mundlak: that "
    "province means of the regressors do not matter; it replaces Hausman's test, which clustering "
    "invalidates. Wooldridge: on first differences, clustered by province without a small-sample "
    "factor, F with n - 2 denominator degrees, as plm's pwfdtest; Stata's xtserial has the factor "
    "G/(G-1) (n-1)/(n-2) and G - 1 degrees."
)


UNSETTLED = "monte_carlo_error"


class RegressionBlock(BaseModel):
    """One block of columns: a dependent variable, the order of entry, a sample."""

    model_config = ConfigDict(extra="forbid")

    id: str
    title: str
    dependent: str
    enter: list[str]
    sample: Sample
    interpolation: Interpolation
    beside_printed: bool


class Diagnostics(BaseModel):
    """Tests under every column; `lags` in years of the serial-correlation tests."""

    model_config = ConfigDict(extra="forbid")

    lags: list[int]


class Options(BaseModel):
    """Options of a fixed-effects table; `primary` and `beside` are labels of `inference`.

    `diagnostics` is absent from specs that were written before it existed.
    """

    model_config = ConfigDict(extra="forbid")

    blocks: list[RegressionBlock]
    inference: list[dict[str, Any]]
    primary: str
    beside: dict[str, str]
    constant: bool
    diagnostics: Diagnostics | None = None


class WaysOfInference(Protocol):
    """What `regression` reads of the options of any kind of table."""

    inference: list[dict[str, Any]]
    constant: bool


def estimate(spec: Spec, release: Release) -> TableResult:
    """Fixed-effects table: y_it = x_it'b + a_i + d_t + u_it, columns entering one by one.

    Raises
    ------
    NotEstimable
        When no block has a single column.
    """
    options = Options.model_validate(spec.options)
    labels = [resolve_mapping(way).label for way in options.inference]
    missing = {options.primary, *options.beside} - set(labels)
    if missing:
        raise ValueError(f"{spec.table}: {sorted(missing)} is not among the inference: {labels}")
    done = [_block(spec, release, options, block) for block in options.blocks]
    samples = [sample for _, _, _, sample in done if sample is not None]
    if not samples:
        raise NotEstimable("; ".join(b.notes[0] for b, _, _, _ in done if b.notes))
    coefficients = [row for _, rows, _, _ in done for row in rows]
    statistics = [row for _, _, rows, _ in done for row in rows]
    records = {
        block.id: sample.record()
        for block, (_, _, _, sample) in zip(options.blocks, done, strict=True)
        if sample is not None
    }
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficient_frame(coefficients),
        statistics=statistic_frame(statistics),
        blocks=tuple(block for block, _, _, _ in done),
        banner=banner(release, spec.variables, samples),
        choices={"inference": labels, "primary": options.primary, "constant": options.constant},
        sample={**samples[0].record(), "blocks": records},
        figures_status=joined(s.figures_status for s in samples),
        notes=(
            "The paper's equation stops at education and its table has an empty GDP row, so that "
            "its columns 6 and 7 have the same regressors; here column 7 adds GDP.",
            "n.e.: not estimable, with the reason under the block. Logs are natural; constant: "
            "mean(y) - mean(x)'b. Clusters are provinces.",
        )
        if any(b.beside_printed for b in options.blocks)
        else (),
    )


def points(spec: Spec, release: Release) -> pd.Series:
    """Point estimates alone, by (model, term): what a comparison of releases re-estimates often.

    Models that the figures do not allow are left out.
    """
    options = Options.model_validate(spec.options)
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
            estimates = slopes(y, x)
            model = f"{block.id}.{number}"
            found |= {(model, r): float(b) for r, b in zip(regressors, estimates, strict=True)}
            if options.constant:
                found[model, "constant"] = float(y.mean() - x.mean().to_numpy() @ estimates)
    index = pd.MultiIndex.from_tuples(list(found) or [("", "")], names=["model", "term"])
    return pd.Series(list(found.values()) or [np.nan], index=index, dtype="float64").dropna()


def slopes(y: pd.Series, x: pd.DataFrame) -> Floats:
    """Two-way within slopes alone, shape (k,), without checks or inference."""
    effects = two_way_effects(*codes(y.index))
    within = demean(effects, x.to_numpy(float)), demean(effects, y.to_numpy(float))
    return np.asarray(np.linalg.lstsq(*within, rcond=None)[0], dtype=np.float64)


def block_sample(
    spec: Spec, release: Release, block: RegressionBlock
) -> tuple[Estimable, dict[str, str]]:
    """Rows of one block, and the roles the figures do not allow with the reason.

    Raises
    ------
    NotEstimable
        When the dependent variable or every regressor is missing, or no row is complete.
    """
    roles = {r: spec.variables[r] for r in (block.dependent, *block.enter)}
    good, reasons = usable(release, roles, block.sample, block.interpolation)
    if block.dependent in reasons or not set(good) - {block.dependent}:
        raise NotEstimable(reasons.get(block.dependent) or "; ".join(reasons.values()))
    return build_sample(release, good, block.sample, block.interpolation.of(good)), reasons


def usable(
    release: Release,
    variables: Mapping[str, Variable],
    sample: Sample,
    interpolation: Interpolation,
) -> tuple[dict[str, Variable], dict[str, str]]:
    """Variables whose measures cover the sample, and for the others the reason why not."""
    cells = grid(release, sample)
    good, reasons = {}, {}
    for role, variable in variables.items():
        years = interpolation.years.get(role, [])
        try:
            choose_measure(release, role, variable, cells, sample.minimum_coverage, years)
        except NotEstimable as reason:
            reasons[role] = str(reason)
        else:
            good[role] = variable
    return good, reasons


def _block(
    spec: Spec, release: Release, options: Options, block: RegressionBlock
) -> tuple[Block, list[dict[str, Any]], list[dict[str, Any]], Estimable | None]:
    try:
        sample, reasons = block_sample(spec, release, block)
    except NotEstimable as why:
        text = {"model": block.id, "name": "not_estimable", "value": None, "text": str(why)}
        empty = Block(block.title, ("", "result"), (("not estimable", str(why)),), (str(why),))
        return empty, [], [text], None
    good = {r: v for r, v in spec.variables.items() if r in sample.frame.columns}
    coefficients, statistics, columns = [], [], []
    for number, role in enumerate(block.enter, start=1):
        model = f"{block.id}.{number}"
        if role in reasons:
            columns.append(Column(model, f"({number})", reasons[role]))
            statistics.append(
                {"model": model, "name": "not_estimable", "value": None, "text": reasons[role]}
            )
            continue
        columns.append(Column(model, f"({number})"))
        regressors = [r for r in block.enter[:number] if r not in reasons]
        rows, numbers = regression(sample, block.dependent, regressors, options, model)
        coefficients += rows
        statistics += numbers
        if options.diagnostics is not None:
            statistics += _diagnostics(
                sample, block.dependent, regressors, options.diagnostics, model
            )
    return (
        _grid(spec, options, block, columns, coefficients, statistics, good),
        coefficients,
        statistics,
        sample,
    )


def regression(
    sample: Estimable,
    dependent: str,
    regressors: Sequence[str],
    options: WaysOfInference,
    model: str,
    left_out: Floats | None = None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """One column: a row for each way of inference and term, and its statistics.

    `left_out` as in `FixedEffectsFit`, where a regressor is made from the sample itself.
    """
    y, x = sample.frame[dependent], sample.frame[list(regressors)]
    fit = replace(fit_two_way(y, x), left_out=left_out)
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    for way in options.inference:
        result = infer(fit, resolve_mapping(way))
        notes += wild_bootstrap.notes(result.details)
        rows += result.to_frame(0.95).to_dict("records")
        if options.constant and "tests" not in result.details:
            rows.append(_constant_row(result))
    rows = [{**row, "model": model, "figures_status": sample.figures_status} for row in rows]
    n_provinces = y.index.get_level_values("province_code").nunique()
    numbers: dict[str, float] = {
        "n_obs": len(y),
        "n_provinces": n_provinces,
        "n_years": y.index.get_level_values("year").nunique(),
        "singletons": fit.singletons,
        **{f"r_squared.{kind}": value for kind, value in fit.r_squared.items()},
    }
    leverage = partial_leverage(y, x)
    for role in regressors:
        numbers[f"effective_clusters.{role}"] = effective_clusters(y, x, role)
        numbers[f"largest_leverage.{role}"] = float(leverage[role].max())
    statistics = [{"model": model, "name": k, "value": v, "text": None} for k, v in numbers.items()]
    for role in regressors:
        statistics.append(
            {"model": model, "name": f"largest_leverage_at.{role}", "value": None,
             "text": str(leverage[role].idxmax())}
        )  # fmt: skip
    if unsettled := [note for note in notes if "not settled" in note]:
        statistics.append(
            {"model": model, "name": UNSETTLED, "value": None, "text": "; ".join(unsettled)}
        )
    return rows, statistics


def unsettled_notes(
    columns: Sequence[Column], statistics: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Monte Carlo errors that decide a verdict, one note a column."""
    headers = {c.model: c.header for c in columns}
    return [
        f"{headers[s['model']]}: {s['text']}."
        for s in statistics
        if s["name"] == UNSETTLED and s["model"] in headers
    ]


def _diagnostics(
    sample: Estimable,
    dependent: str,
    regressors: Sequence[str],
    how: Diagnostics,
    model: str,
) -> list[dict[str, Any]]:
    """Named numbers of the diagnostics that `regression` has not given already."""
    y, x = sample.frame[dependent], sample.frame[list(regressors)]
    numbers = diagnostic_numbers(y, x, how.lags)
    numbers["largest_vif"] = max(v for k, v in numbers.items() if k.startswith("vif."))
    already = ("effective_clusters.", "largest_leverage.")
    return [
        {"model": model, "name": k, "value": v, "text": None}
        for k, v in numbers.items()
        if not k.startswith(already) and not np.isnan(v)
    ]


def _constant_row(result: Any) -> dict[str, Any]:
    constant = result.constant
    return {
        "term": "constant",
        "inference": result.label,
        "estimate": constant.estimate,
        "std_error": constant.std_error,
        "statistic": constant.statistic,
        "df": constant.df,
        "p_value": constant.p_value,
        "ci_low": None,
        "ci_high": None,
        "n_obs": result.n_obs,
        "n_clusters": result.n_clusters,
    }


def _grid(
    spec: Spec,
    options: Options,
    block: RegressionBlock,
    columns: Sequence[Column],
    coefficients: Sequence[Mapping[str, Any]],
    statistics: Sequence[Mapping[str, Any]],
    good: Mapping[str, Variable],
) -> Block:
    layout = Layout(
        options.primary,
        tuple(options.beside),
        {options.primary: "clustered", **options.beside},
        spec.stars,
    )
    terms = {r: spec.variables[r].label for r in block.enter if r in good}
    if options.constant:
        terms["constant"] = "Constant"
    numbers = {(s["model"], s["name"]): s["value"] for s in statistics if s["text"] is None}
    footer: list[tuple[str, dict[str, str]]] = [
        ("Province and year effects", {c.model: "yes" for c in columns if not c.reason})
    ]
    for name, label in [("n_obs", "Observations"), ("n_provinces", "Provinces = clusters")]:
        footer.append((label, _texts(columns, numbers, name, "{:.0f}")))
    first = next(r for r in block.enter if r in good)
    footer.append(
        (f"Effective clusters, {spec.variables[first].label}",
         _texts(columns, numbers, f"effective_clusters.{first}", "{:.1f}"))
    )  # fmt: skip
    footer.append(
        (f"Largest leverage of a province, {spec.variables[first].label}",
         _texts(columns, numbers, f"largest_leverage.{first}", "{:.2f}"))
    )  # fmt: skip
    if options.diagnostics is not None:
        footer += _tests(columns, numbers, options.diagnostics)
    for kind, label in R_SQUARED.items():
        footer.append((label, _texts(columns, numbers, f"r_squared.{kind}", "{:.3f}")))
    window = block.sample
    out = f" without {', '.join(map(str, window.without_years))}" if window.without_years else ""
    notes = [f"Sample: {window.first_year}-{window.last_year}{out}."]
    if options.diagnostics is not None:
        notes.append(DIAGNOSTICS_NOTE)
    notes += unsettled_notes(columns, statistics)
    printed = _printed(block, columns) if block.beside_printed else None
    return regression_block(
        block.title, columns, terms, pd.DataFrame(coefficients), layout, footer, notes, printed
    )


def _tests(
    columns: Sequence[Column], numbers: Mapping[tuple[str, str], float], how: Diagnostics
) -> list[tuple[str, dict[str, str]]]:
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
    rows = [("Largest variance inflation", _texts(columns, numbers, "largest_vif", "{:.1f}"))]
    for label, name in tests.items():
        cells = {}
        for column in (c for c in columns if not c.reason):
            value = numbers.get((column.model, name))
            p_value = numbers.get((column.model, f"{name}.p_value"))
            cells[column.model] = "n.e."
            if value is not None and p_value is not None:
                cells[column.model] = f"{value:.2f} ({p_text(p_value)})"
        rows.append((label, cells))
    return rows


def _texts(
    columns: Sequence[Column], numbers: Mapping[tuple[str, str], float], name: str, form: str
) -> dict[str, str]:
    return {
        c.model: form.format(numbers[c.model, name]) for c in columns if (c.model, name) in numbers
    }


def _printed(block: RegressionBlock, columns: Sequence[Column]) -> dict[tuple[str, str], str]:
    cells = table_4()
    cells = cells[(cells["statistic"] == "estimate") & (cells["text"] != "")]
    by_number = {c.model.rsplit(".", 1)[1]: c.model for c in columns}
    return {
        (by_number[str(row.model)], row.term): row.text
        for row in cells.itertuples()
        if str(row.model) in by_number
    }

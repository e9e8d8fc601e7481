"""FMOLS and DOLS side by side, each with its diagnostics and its worth (kind `long_run`, t05).

Belongs here: options of such a table, its grid, trying the variants expected to be refused. Not
here: the estimators (`long_run`), Hansen's Lc (`cointegration`), choosing rows (`sample`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy import stats

from estimation.econometrics.cointegration import HansenLcResult, hansen_lc
from estimation.econometrics.critical_values.rates import in_words, size_table
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.long_run import (
    BootstrapResult,
    LongRunResult,
    bootstrap_std_errors,
    dols,
    fmols,
)
from estimation.panel.errors import NotEstimable
from estimation.panel.release import Release
from estimation.panel.sample import Estimable, build_sample
from estimation.panel.series_windows import Trend, frame_of, p_text, statistic_rows
from estimation.panel.spec import Interpolation, Sample, Spec
from estimation.papers.printed import table_5
from estimation.tables.banner import banner, fine_print
from estimation.tables.result import Block, TableResult, coefficient_frame, stars, statistic_frame

ASYMPTOTIC = "long_run:normal"
BOOTSTRAP = "bootstrap:blocks_of_years:percentile_t"
WAYS = {
    ASYMPTOTIC: "normal p-values",
    BOOTSTRAP: "bootstrap p-values (percentile-t, blocks of years)",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Estimator(_Strict):
    """One column: FMOLS, or DOLS with its leads and lags."""

    id: str
    label: str
    estimator: Literal["fmols", "dols"]
    method: Literal["pooled", "weighted", "group_mean"]
    leads: int | None = None
    lags: int | None = None
    common_dynamics: bool | None = None
    cov: Literal["long_run", "sandwich"] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Estimator:
        own = (self.leads, self.lags, self.common_dynamics, self.cov)
        if self.estimator == "dols" and None in own:
            raise ValueError(f"{self.id}: DOLS needs leads, lags, common_dynamics and cov")
        if self.estimator == "fmols" and any(value is not None for value in own):
            raise ValueError(f"{self.id}: FMOLS has no leads, lags, common_dynamics or cov")
        return self

    def options(self) -> dict[str, Any]:
        """What the estimator takes beyond the table's own options."""
        chosen = self.model_dump(exclude={"id", "label", "estimator"})
        return {name: value for name, value in chosen.items() if value is not None}


class Variant(_Strict):
    """A variant that is tried and, where it is refused, listed with the reason raised."""

    column: Estimator
    regressors: list[str] = Field(min_length=1)
    interpolation: Interpolation


class BootstrapOptions(_Strict):
    """Blocks of years, resampled jointly over all provinces."""

    block_length: int
    draws: int
    seed: int


class LcOptions(_Strict):
    """Hansen's Lc of each province's FMOLS regression."""

    critical_values: Literal["finite_sample", "asymptotic"]


class Options(BaseModel):
    """Options of a long-run table; `primary` is the way of inference that earns the stars."""

    model_config = ConfigDict(extra="forbid")

    dependent: str
    regressors: list[str] = Field(min_length=1)
    sample: Sample
    interpolation: Interpolation
    trend: Trend
    kernel: Literal["bartlett", "parzen", "quadratic-spectral"]
    bandwidth: int
    demean: bool
    columns: list[Estimator] = Field(min_length=1)
    bootstrap: BootstrapOptions
    hansen_lc: LcOptions
    tried: list[Variant]
    primary: Literal["long_run:normal", "bootstrap:blocks_of_years:percentile_t"]
    beside_printed: bool

    def common(self) -> dict[str, Any]:
        """Options every column shares."""
        names = ("trend", "kernel", "bandwidth", "demean")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class _Column:
    """One estimated column."""

    spec: Estimator
    result: LongRunResult
    bootstrap: BootstrapResult
    coverage: Mapping[tuple[str, str], float]

    def earns(self, way: str) -> bool:
        """Whether intervals of this way miss at most twice as often as they say, in every design.

        A way whose coverage is not known earns no stars.
        """
        rates = [rate for (known, _), rate in self.coverage.items() if known == way]
        return bool(rates) and all("too narrow" not in in_words(r, "coverage") for r in rates)


def estimate(spec: Spec, release: Release) -> TableResult:
    """Long-run table: y_it = a_i + x_it'b + u_it with x and y integrated, u not.

    Raises
    ------
    NotEstimable
        When the common window has a missing cell, or every column is refused on it.
    """
    options = _options(spec)
    roles = [options.dependent, *options.regressors]
    sample, y, x = _frames(spec, release, options, options.regressors, options.interpolation)
    columns: list[_Column] = []
    refused: dict[str, str] = {}
    for column in options.columns:
        try:
            columns.append(_estimated(column, y, x, options))
        except Infeasible as reason:
            refused[column.id] = str(reason)
    if not columns:
        raise NotEstimable("; ".join(refused.values()))
    stability = _stability(y, x, options)
    tried = [_try(spec, release, options, variant) for variant in options.tried]
    coefficients = [row for c in columns for row in _coefficients(c, sample.figures_status)]
    statistics = [row for c in columns for row in _column_statistics(c)]
    statistics += _stability_statistics(stability, len(x), options)
    for model, text in (*refused.items(), *((v.column.id, text) for v, text, _ in tried)):
        name = "not_estimable" if model in refused or _is_refused(tried, model) else "tried"
        statistics.append({"model": model, "name": name, "value": None, "text": text})
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficient_frame(coefficients),
        statistics=statistic_frame(statistics),
        blocks=(
            *_grids(spec, options, columns, refused, stability, len(x)),
            _worth(spec, options, columns),
            _tried_block(tried),
        ),
        banner=banner(release, {r: spec.variables[r] for r in roles}, [sample]),
        choices=options.model_dump(mode="json"),
        sample=sample.record(),
        figures_status=sample.figures_status,
        notes=("FMOLS and DOLS presuppose cointegration: see what the tests of it say.",),
        fine_print=(
            *fine_print(release, [sample]),
            *_notes(spec, options, sample, stability, len(x)),
        ),
    )


def points(spec: Spec, release: Release) -> pd.Series:
    """Point estimates alone, by (model, term): what a comparison of releases re-estimates often."""
    options = _options(spec)
    _, y, x = _frames(spec, release, options, options.regressors, options.interpolation)
    found: dict[tuple[str, str], float] = {}
    for column in options.columns:
        try:
            result = _run(column)(y, x, **options.common(), **column.options())
        except Infeasible:
            continue
        found |= {(column.id, str(term)): float(b) for term, b in result.params.items()}
        found[column.id, "constant"] = float(result.details["constant"])
    index = pd.MultiIndex.from_tuples(list(found) or [("", "")], names=["model", "term"])
    return pd.Series(list(found.values()) or [np.nan], index=index, dtype="float64").dropna()


def _options(spec: Spec) -> Options:
    options = Options.model_validate(spec.options)
    named = {
        options.dependent,
        *options.regressors,
        *(r for v in options.tried for r in v.regressors),
    }
    unknown = sorted(named - set(spec.variables))
    if unknown:
        raise ValueError(f"{spec.table}: {unknown} are not among the variables")
    return options


def _frames(
    spec: Spec,
    release: Release,
    options: Options,
    regressors: Sequence[str],
    interpolation: Interpolation,
) -> tuple[Estimable, pd.DataFrame, dict[str, pd.DataFrame]]:
    variables = {r: spec.variables[r] for r in (options.dependent, *regressors)}
    sample = build_sample(release, variables, options.sample, interpolation)
    frames = {role: frame_of(sample, role) for role in variables}
    return sample, frames[options.dependent], {role: frames[role] for role in regressors}


def _run(column: Estimator) -> Callable[..., LongRunResult]:
    return fmols if column.estimator == "fmols" else dols


def _estimated(
    column: Estimator, y: pd.DataFrame, x: Mapping[str, pd.DataFrame], options: Options
) -> _Column:
    chosen = {**options.common(), **column.options()}
    result = _run(column)(y, x, **chosen)
    bootstrap = bootstrap_std_errors(
        column.estimator, y, x, **options.bootstrap.model_dump(), **chosen
    )
    return _Column(column, result, bootstrap, _coverage(column, result, len(x), options))


def _coverage(
    column: Estimator, result: LongRunResult, k: int, options: Options
) -> dict[tuple[str, str], float]:
    """Stored coverage of nominal 95 % intervals, by way of inference and design."""
    label = f"bandwidth={options.bandwidth}"
    if column.estimator == "dols":
        label = f"leads={column.leads},lags={column.lags},{label}"
    if column.cov == "sandwich":
        label += ",sandwich"
    block = options.bootstrap.block_length
    labels = {ASYMPTOTIC: label, BOOTSTRAP: f"{label},bootstrap percentile-t blocks of {block}"}
    found: dict[tuple[str, str], float] = {}
    for way, name in labels.items():
        rows = size_table(
            column.estimator, statistic=column.method, options=name, n_units=result.n_units,
            n_periods=result.n_periods, regressors=k, trend=options.trend, measure="coverage",
        )  # fmt: skip
        found |= {(way, d): float(r) for d, r in zip(rows["design"], rows["rate"], strict=True)}
    return found


def _stability(
    y: pd.DataFrame, x: Mapping[str, pd.DataFrame], options: Options
) -> HansenLcResult | str:
    try:
        return hansen_lc(y, x, **options.common(), **options.hansen_lc.model_dump())
    except Infeasible as reason:
        return str(reason)


def _try(
    spec: Spec, release: Release, options: Options, variant: Variant
) -> tuple[Variant, str, bool]:
    """A variant, what the code says of it, and whether it is refused."""
    column = variant.column
    try:
        sample, y, x = _frames(spec, release, options, variant.regressors, variant.interpolation)
    except NotEstimable as reason:
        return variant, str(reason), True
    try:
        result = _run(column)(y, x, **options.common(), **column.options())
    except Infeasible as reason:
        return variant, _left_empty(sample) + str(reason), True
    shown = ", ".join(
        f"{spec.variables[r].label} {result.params[r]:.3f} ({result.t_stats[r]:.2f})"
        for r in variant.regressors
    )
    return variant, f"estimable on these figures: {shown}; t-statistics in brackets", False


def _left_empty(sample: Estimable) -> str:
    """What an interpolation that was asked for could not fill, and the break in its way."""
    if not sample.dropped:
        return ""
    lost = sorted({(str(d["reason"]), int(d["year"])) for d in sample.dropped})
    named = "; ".join(f"{reason} {year}" for reason, year in lost)
    breaks = sorted(
        {f"{b['measure']} from {b['year']}" for b in sample.breaks if not b["province_code"]}
    )
    why = f" (documented breaks, never interpolated across: {', '.join(breaks)})" if breaks else ""
    return f"{len(sample.dropped)} province-years stay empty, {named}{why}; "


def _is_refused(tried: Sequence[tuple[Variant, str, bool]], model: str) -> bool:
    return any(v.column.id == model and refused for v, _, refused in tried)


def _coefficients(column: _Column, figures_status: str) -> list[dict[str, Any]]:
    result, boot = column.result, column.bootstrap
    z = stats.norm.isf(0.025)
    common = {"model": column.spec.id, "n_obs": result.n_obs, "figures_status": figures_status}
    rows: list[dict[str, Any]] = []
    for term in result.params.index:
        b, se = float(result.params[term]), float(result.std_errors[term])
        rows.append(
            common
            | {
                "term": term, "inference": ASYMPTOTIC, "estimate": b, "std_error": se,
                "statistic": float(result.t_stats[term]), "p_value": float(result.p_values[term]),
                "ci_low": b - z * se, "ci_high": b + z * se,
            }
        )  # fmt: skip
        rows.append(
            common
            | {
                "term": term, "inference": BOOTSTRAP, "estimate": b,
                "std_error": float(boot.std_errors[term]),
                "statistic": b / float(boot.std_errors[term]),
                "p_value": float(boot.p_values[term]), "ci_low": float(boot.ci_low[term]),
                "ci_high": float(boot.ci_high[term]),
            }
        )  # fmt: skip
    constant, error = (float(result.details[n]) for n in ("constant", "constant_std_error"))
    rows.append(
        common
        | {
            "term": "constant", "inference": ASYMPTOTIC, "estimate": constant, "std_error": error,
            "statistic": constant / error,
                "p_value": float(2 * stats.norm.sf(abs(constant / error))),
            "ci_low": constant - z * error, "ci_high": constant + z * error,
        }
    )  # fmt: skip
    return rows


def _column_statistics(column: _Column) -> list[dict[str, Any]]:
    result, boot = column.result, column.bootstrap
    numbers: dict[str, Any] = {
        "n_obs": result.n_obs,
        "n_provinces": result.n_units,
        "n_years": result.n_periods,
        "residual_df_per_province": result.details["residual_df"],
        "r_squared": result.r_squared,
        "jarque_bera.statistic": result.jarque_bera.statistic,
        "jarque_bera.p_value": result.jarque_bera.p_value,
        "jarque_bera.null": result.jarque_bera.null,
        "long_run_variance": result.details["omega"],
        "bootstrap.draws": boot.draws,
        "bootstrap.block_length": boot.block_length,
        "bootstrap.seed": boot.seed,
    }
    numbers |= {f"bootstrap.bias.{term}": value for term, value in boot.bias.items()}
    for (way, design), rate in column.coverage.items():
        numbers[f"coverage.{way.split(':')[0]}.{_slug(design)}"] = rate
    return statistic_rows(column.spec.id, numbers)


def _stability_statistics(
    lc: HansenLcResult | str, k: int, options: Options
) -> list[dict[str, Any]]:
    if isinstance(lc, str):
        return statistic_rows("hansen_lc", {"not_estimable": lc})
    numbers: dict[str, Any] = {
        "null": lc.null,
        "critical_values": lc.critical_values,
        "statistic": lc.statistic,
        "p_value": lc.p_value,
        "provinces_rejecting_5": int((lc.unit_p_values < 0.05).sum()),
        "n_provinces": lc.n_units,
    }
    for (measure, design), rate in _lc_rates(lc, k, options).items():
        numbers[f"{measure}.{_slug(design)}"] = rate
    numbers |= {f"unit.{u}.statistic": v for u, v in lc.unit_statistics.items()}
    numbers |= {f"unit.{u}.p_value": v for u, v in lc.unit_p_values.items()}
    return statistic_rows("hansen_lc", numbers)


def _lc_rates(lc: HansenLcResult, k: int, options: Options) -> dict[tuple[str, str], float]:
    rows = size_table(
        "hansen_lc", statistic="combined",
        options=f"bandwidth={options.bandwidth},{lc.critical_values}",
        n_units=lc.n_units, n_periods=lc.n_periods, regressors=k, trend=lc.trend,
    )  # fmt: skip
    pairs = zip(rows["measure"], rows["design"], rows["rate"], strict=True)
    return {(measure, design): float(rate) for measure, design, rate in pairs}


APPENDIX_ROWS = (
    "  t",
    "  standard error",
    "  p, normal",
    "Jarque-Bera",
    "  p (null: normal",
    "Residual df",
)


def _grids(*arguments: Any) -> tuple[Block, Block]:
    """The estimates with their primary inference for the page, and all of them for the appendix."""
    full = _grid(*arguments)
    labels = [row[0] for row in full.rows]
    end = labels.index("Constant")
    after = labels.index("Hansen's Lc, mean over provinces")
    rows = [
        row for row in (*full.rows[:end], *full.rows[after:]) if not row[0].startswith(APPENDIX_ROWS)
    ]  # fmt: skip
    rules = frozenset(n for n, row in enumerate(rows) if not row[0].startswith("  "))
    return replace(full, rows=tuple(rows), rules=rules), replace(full, appendix=True)


def _grid(
    spec: Spec,
    options: Options,
    columns: Sequence[_Column],
    refused: Mapping[str, str],
    lc: HansenLcResult | str,
    k: int,
) -> Block:
    by_id = {c.spec.id: c for c in columns}
    shown = [by_id.get(c.id) for c in options.columns]
    printed = _printed() if options.beside_printed else {}
    header = ["", *(c.label for c in options.columns)]
    header += [f"printed {name.upper()}" for name in printed]
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []

    def add(label: str, cell: Callable[[_Column], str], key: str = "") -> None:
        ours = [cell(c) if c else "n.e." for c in shown]
        rows.append((label, *ours, *(cells.get(key, "") for cells in printed.values())))

    for term in (*options.regressors, "constant"):
        rules.append(len(rows))
        label = "Constant" if term == "constant" else spec.variables[term].label
        _add_term(add, term, label, options, spec)
    rules.append(len(rows))
    add("Hansen's Lc, mean over provinces", lambda c: _lc_text(c, lc), "lc")
    add("  p (null: cointegration, stable)", lambda c: _lc_p(c, lc))
    add("Jarque-Bera", lambda c: f"{c.result.jarque_bera.statistic:.2f}", "jb")
    add("  p (null: normal residuals)", lambda c: p_text(c.result.jarque_bera.p_value))
    rules.append(len(rows))
    add("R², within provinces", lambda c: f"{c.result.r_squared:.3f}", "r2")
    add("Residuals", lambda c: str(c.result.n_obs))
    add("Residual df per province", lambda c: f"{c.result.details['residual_df']:.1f}")
    notes = [_earned_note(spec, options, columns)]
    notes[0] += " Constant: mean(y) - mean(x)'b, its error by the delta method."
    notes[0] += " Lc is defined on the fully modified regression, so that DOLS has none."
    notes += [
        f"{c.label}: not estimable: {refused[c.id]}" for c in options.columns if c.id in refused
    ]
    if printed:
        notes.append(
            "Printed columns: the paper's FDI, c, Test 1 (Lc), Test 2 (Jarque-Bera) and R² of "
            "another specification, with e-commerce and unnamed controls; its stars on Lc reject "
            "the cointegration that FMOLS and DOLS presuppose, and those on Jarque-Bera reject "
            "normality. Printed EC: "
            f"{', '.join(cells.get('ce', '') for cells in printed.values())}."
        )
    return Block("Estimates", tuple(header), tuple(rows), tuple(notes), frozenset(rules))


def _earned_note(spec: Spec, options: Options, columns: Sequence[_Column]) -> str:
    """Which columns earn stars, by which way, and why the others do not."""
    marks = ", ".join(f"{mark} p < {level:g}" for mark, level in spec.stars.items())
    without = [c for c in columns if not c.earns(options.primary)]
    if not without:
        return f"{marks}, by {WAYS[options.primary]}; the constant by {WAYS[ASYMPTOTIC]}."
    rates = [r for c in without for (way, _), r in c.coverage.items() if way == options.primary]
    span = (
        f"cover {100 * min(rates):.0f} to {100 * max(rates):.0f} %"
        if rates
        else "are not simulated"
    )
    names = ", ".join(c.spec.label for c in without)
    return (
        f"No stars for {names}: nominal 95 % intervals by {WAYS[options.primary]} {span} of true "
        f"slopes here (below). Others: {marks}."
    )


def _add_term(
    add: Callable[..., None], term: str, label: str, options: Options, spec: Spec
) -> None:
    """Rows of one term: estimate, t, errors and p-values of both ways."""
    add(label, lambda c: _estimate_text(c, term, options, spec), term)
    add("  t", lambda c: f"({_t(c, term):.2f})", f"{term}.t")
    add("  standard error", lambda c: f"{_error(c, term):.3f}")
    add("  p, normal", lambda c: p_text(float(2 * stats.norm.sf(abs(_t(c, term))))))
    if term != "constant":
        add("  bootstrap standard error", lambda c: f"{c.bootstrap.std_errors[term]:.3f}")
        add("  p, bootstrap", lambda c: p_text(float(c.bootstrap.p_values[term])))


def _printed() -> dict[str, dict[str, str]]:
    """Cells of the printed table by estimator and the row they stand beside."""
    found: dict[str, dict[str, str]] = {}
    rows = {"test:Test 1": "lc", "test:Test 2": "jb", "r_squared": "r2"}
    for row in table_5().itertuples():
        cells, statistic = found.setdefault(str(row.model), {}), str(row.statistic)
        if statistic == "estimate":
            estimate, _, bracket = str(row.text).partition(" ")
            cells[str(row.term)], cells[f"{row.term}.t"] = estimate, bracket
        elif statistic in rows:
            cells[rows[statistic]] = str(row.text)
    return found


def _estimate_text(column: _Column, term: str, options: Options, spec: Spec) -> str:
    if term == "constant":
        p = float(2 * stats.norm.sf(abs(_t(column, term))))
        mark = stars(p, spec.stars) if column.earns(ASYMPTOTIC) else ""
        return f"{column.result.details['constant']:.3f}{mark}"
    by_bootstrap = options.primary == BOOTSTRAP
    p_values = column.bootstrap.p_values if by_bootstrap else column.result.p_values
    mark = stars(float(p_values[term]), spec.stars) if column.earns(options.primary) else ""
    return f"{column.result.params[term]:.3f}{mark}"


def _error(column: _Column, term: str) -> float:
    if term == "constant":
        return float(column.result.details["constant_std_error"])
    return float(column.result.std_errors[term])


def _t(column: _Column, term: str) -> float:
    if term == "constant":
        return float(column.result.details["constant"]) / _error(column, term)
    return float(column.result.t_stats[term])


def _lc_text(column: _Column, lc: HansenLcResult | str) -> str:
    if column.spec.estimator != "fmols":
        return ""  # the statistic is defined on the fully modified regression
    if isinstance(lc, str) or lc.statistic is None:
        return "n.e."
    return f"{lc.statistic:.3f}"


def _lc_p(column: _Column, lc: HansenLcResult | str) -> str:
    if column.spec.estimator != "fmols" or isinstance(lc, str) or lc.p_value is None:
        return ""
    return p_text(lc.p_value)


def _worth(spec: Spec, options: Options, columns: Sequence[_Column]) -> Block:
    """True coverage of the intervals printed, by design of the Monte Carlo."""
    designs = list(dict.fromkeys(d for c in columns for _, d in c.coverage))
    rows = []
    names = {ASYMPTOTIC: "normal", BOOTSTRAP: "bootstrap"}
    for design in designs:
        for way, name in names.items():
            rates = [c.coverage.get((way, design)) for c in columns]
            if any(rate is not None for rate in rates):
                rows.append((f"{design}, {name}", *(_coverage_text(rate) for rate in rates)))
    if not rows:
        n, t = columns[0].result.n_units, columns[0].result.n_periods
        return Block(
            "True coverage of nominal 95 % intervals",
            ("", "result"),
            (("not simulated", f"no stored Monte Carlo at N = {n}, T = {t}"),),
        )
    missing = [c.spec.label for c in columns if not any(way == BOOTSTRAP for way, _ in c.coverage)]
    notes = [
        "Share of simulated panels of this N, T and number of regressors whose interval holds the "
        "true first slope. Too narrow: misses more than one time in ten, over twice nominal."
    ]
    if missing:
        notes.append(f"The bootstrap was not simulated for {', '.join(missing)}.")
    return Block(
        "True coverage of nominal 95 % intervals",
        ("Errors of the design", *(c.spec.label for c in columns)),
        tuple(rows),
        tuple(notes),
    )


def _coverage_text(rate: float | None) -> str:
    if rate is None:
        return "not simulated"
    return f"{100 * rate:.0f} %" + (
        ", too narrow" if "too narrow" in in_words(rate, "coverage") else ""
    )


def _tried_block(tried: Sequence[tuple[Variant, str, bool]]) -> Block:
    rows = tuple(
        (
            variant.column.label,
            ", ".join(variant.regressors),
            "refused" if refused else "estimable",
            f"({number})",
        )
        for number, (variant, _, refused) in enumerate(tried, start=1)
    )
    notes = tuple(f"({number}) {text}" for number, (_, text, _) in enumerate(tried, start=1))
    return Block(
        "Variants tried, with the reasons the code gives",
        ("Variant", "Regressors", "Result", "Reason"),
        rows,
        notes,
        appendix=True,
    )


def _notes(
    spec: Spec, options: Options, sample: Estimable, lc: HansenLcResult | str, k: int
) -> tuple[str, ...]:
    record = sample.record()
    labels = [spec.variables[r].label for r in (options.dependent, *options.regressors)]
    boot = options.bootstrap
    notes = [
        f"{labels[0]} on {', '.join(labels[1:])}; {record['n_provinces']} provinces x "
        f"{record['first_year']}-{record['last_year']}, interpolation: "
        f"{options.interpolation.method}. Convention: "
        f"{'demeaned by year, ' if options.demean else ''}deterministics {options.trend}, "
        f"{options.kernel} bandwidth {options.bandwidth}, long-run variances divided by T-1.",
        f"Bootstrap: {boot.draws} panels, blocks of {boot.block_length} years drawn jointly for "
        f"all provinces, seed {boot.seed}; p by percentile-t.",
    ]
    if isinstance(lc, str):
        return (*notes, f"Hansen's Lc: not estimable: {lc}")
    rejecting = int((lc.unit_p_values < 0.05).sum())
    text = (
        f"Hansen's Lc is a statistic of one equation: by province it rejects at 5 % in {rejecting} "
        f"of {lc.n_units} ({lc.critical_values.replace('_', '-')} critical values); the mean over "
        "provinces is set against means of independent draws."
    )
    rates = _lc_rates(lc, k, options)
    power = [rate for (measure, _), rate in rates.items() if measure == "power"]
    if power:
        text += (
            f" Where there is no cointegration at all it rejects in {100 * max(power):.0f} % of "
            "simulated panels of this size: a large p-value is no evidence of cointegration."
        )
    return (*notes, text)


def _slug(design: str) -> str:
    text = "".join(c if c.isalnum() else "_" for c in design.lower())
    return "_".join(part for part in text.split("_") if part)

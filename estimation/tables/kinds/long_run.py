"""FMOLS and DOLS side by side, each with its diagnostics and its worth (kind `long_run`, t05).

The page has each slope with the requested inference and the true coverage of its intervals. The appendix has every
inference, the tests of the residuals, and the variants expected to be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, model_validator
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import monte_carlo_error
from living_panel.estimation.econometrics.kernels import Smoothing
from living_panel.estimation.econometrics.statistic import STARLESS, Name, Statistic
from living_panel.estimation.estimators import long_run
from living_panel.estimation.panel.content_cache import by_content
from living_panel.estimation.panel.errors import InvalidSpec, NotEstimable
from living_panel.estimation.panel.periods import span_text
from living_panel.estimation.panel.roles import Regressor
from living_panel.estimation.panel.sample import Estimable
from living_panel.estimation.panel.series_windows import Trend
from living_panel.estimation.panel.spec import Interpolation, Strict
from living_panel.estimation.panel_tests import cointegration
from living_panel.estimation.panel_tests.critical_values.rates import in_words, size_table
from living_panel.estimation.papers.printed import printed_of
from living_panel.estimation.papers.schema import Table
from living_panel.estimation.tables.builder import Builder, Points, Rows, named
from living_panel.estimation.tables.facts import Facts
from living_panel.estimation.tables.kinds.cointegration import Relation
from living_panel.estimation.tables.regressions import OUTCOME_MEAN, Columns, ShownInference
from living_panel.estimation.tables.texts import NONE, p_text
from living_panel.problems import words_of

ASYMPTOTIC = "long_run:normal"
BOOTSTRAP = "bootstrap:blocks_of_years:percentile_t"
WAYS = {
    ASYMPTOTIC: "normal p-values",
    BOOTSTRAP: "bootstrap p-values (percentile-t, blocks of {periods})",
}
SHORT = {ASYMPTOTIC: "normal", BOOTSTRAP: "bootstrap"}
Z = float(stats.norm.isf(0.025))
COVERAGE_NOTE = (
    "Share of simulated panels whose interval contains the true first slope; N, T and the number of regressors "
    "are as here. Too narrow: the interval misses the true slope in more than 10 % of panels, twice the "
    "nominal rate."
)
PRINTED_TESTS = {"hansen_lc": "lc", "jarque_bera": "jarque_bera"}
Coverage = dict[tuple[str, str], float]
"""True coverage of nominal 95 % intervals by way of inference and design of the Monte Carlo."""


class LongRunColumn(Strict):
    """One column, whatever its estimator."""

    id: str
    """Name of the column in results."""
    label: str
    """Heading of the column."""
    method: Literal["pooled", "group_mean"]
    """Whether slopes are pooled over units, or means of each unit's own."""

    def options(self) -> dict[str, Any]:
        """Options of the estimator in addition to the table's own."""
        return self.model_dump(exclude={"id", "label", "estimator"})


class Fmols(LongRunColumn):
    """Fully modified least squares."""

    estimator: Literal["fmols"]
    """Estimator: fully modified least squares."""


class Dols(LongRunColumn):
    """Dynamic least squares."""

    estimator: Literal["dols"]
    """Estimator: dynamic least squares."""
    leads: int = Field(ge=0)
    """Leads of the differenced regressors, in periods; usually 1."""
    lags: int = Field(ge=0)
    """Lags of the differenced regressors, in periods; usually 1."""
    common_dynamics: bool
    """Whether all units share the coefficients of leads and lags; only where slopes are pooled."""

    @model_validator(mode="after")
    def _own(self) -> Dols:
        if self.common_dynamics and self.method == "group_mean":
            raise InvalidSpec(
                Code.SPEC_OPTIONS(
                    "{id}: common_dynamics and method: group_mean cannot be combined",
                    "remove one of the two",
                    id=self.id,
                )
            )
        return self


Estimator = Annotated[Fmols | Dols, Field(discriminator="estimator")]


class LongRunVariant(Strict):
    """A variant to try. If the program refuses it, the table lists the reason."""

    column: Estimator
    """Estimator of the variant, as a column."""
    regressors: list[Regressor] = Field(min_length=1)
    """Variables on the right-hand side."""
    interpolation: Interpolation
    """Cells that may be filled."""


class BootstrapOptions(Strict):
    """Blocks of years, resampled jointly over all units."""

    block_length: int = Field(ge=1)
    """Length of the blocks, in periods."""
    draws: int = Field(ge=99)
    """Bootstrap draws, at least 99."""
    seed: int = Field(ge=0)
    """Seed of the bootstrap."""


class Options(Relation):
    """Options of a long-run table."""

    trend: Trend
    """Deterministic terms: `c` a constant, `ct` a constant and a trend by unit."""
    kernel: Literal["bartlett", "parzen", "quadratic_spectral"]
    """Kernel of the long-run variances; only Bartlett's gives stars, because only its coverage was simulated."""
    bandwidth: int = Field(ge=0)
    """Bandwidth of the kernel, in periods."""
    demean: bool
    """Whether means by period are removed before estimation."""
    columns: list[Estimator] = Field(min_length=1)
    """Columns of the table, one estimator each."""
    bootstrap: BootstrapOptions
    """Options of the block bootstrap."""
    tried: list[LongRunVariant]
    """Variants to try; a refused one is listed with its reason."""
    primary: Literal["long_run:normal", "bootstrap:blocks_of_years:percentile_t"]
    """Inference used for the stars."""
    beside_printed: bool
    """Whether the printed cells are shown beside ours."""

    @property
    def smoothing(self) -> int | Smoothing:
        """Bandwidth of Bartlett's kernel, or another kernel with its bandwidth."""
        bartlett = self.kernel == "bartlett"
        return self.bandwidth if bartlett else Smoothing(self.kernel, self.bandwidth)

    def common(self) -> dict[str, Any]:
        """Options every column shares."""
        names = ("trend", "bandwidth", "demean")
        return {name: getattr(self, name) for name in names}


def fill(table: Builder, options: Options) -> None:
    """y_it = a_i + x_it'b + u_it with x and y integrated, u not."""
    sample, y, x = options.frames(table)
    table.add_sample("sample", sample)
    shown = {options.primary: SHORT[options.primary], **SHORT}
    columns = Columns(table, ShownInference(options.primary, shown))
    coverage: dict[str, Coverage] = {}
    for column in options.columns:
        with columns.refusing(column.label, column.id):
            rows, numbers, rates = _estimated(column, y, x, options)
            coverage[column.id] = rates
            if not _earns(rates, options.primary):
                columns.starless.add(column.id)
                numbers[STARLESS] = _no_stars([rates], options.primary)
            facts = _facts(table, options, column, numbers)
            columns.put(column.id, column.label, rows, numbers, sample.figures_status, facts)
    if not coverage:
        raise NotEstimable(*chain.from_iterable(columns.refusals.values()))
    table.add_fine_print(*_notes(table, options, sample))
    statistic, p = _stability(table, y, x, options)
    for column in options.columns:  # the statistic is defined on the fully modified regression
        if column.estimator == "fmols" and column.id in coverage:
            columns.numbers[column.id, "lc"] = NONE if statistic is None else statistic
            columns.numbers[column.id, "lc_p_value"] = p
    _estimates(table, options, columns, coverage)
    _worth(table, options, columns, coverage, sample)
    _tried(table, options)
    table.add_notes("FMOLS and DOLS require cointegration: read the cointegration tests first.")


def points(table: Builder, options: Options) -> Points:
    """Slopes and constant of every column."""
    _, y, x = options.frames(table)
    for column in options.columns:
        with suppress(Infeasible):
            result = by_content(_run(column))(
                y, x, **{**options.common(), **column.options(), "bandwidth": options.smoothing}
            )
            yield from named(column.id, result.params)
            assert result.constant is not None
            yield (column.id, "constant"), result.constant.estimate


def _facts(
    table: Builder, options: Options, column: Estimator, numbers: Mapping[Name, Any]
) -> Facts:
    """Facts of one column."""
    effects = () if options.trend == "none" else ("{unit}",)
    return Facts(
        outcome=table.label(options.dependent),
        estimator=f"{column.estimator.upper()}, {column.method.replace('_', ' ')}",
        effects=(*effects, "{period}") if options.demean else effects,
        errors=options.primary,
        clusters=(),
        n_clusters=None,
        df="bootstrap" if options.primary == BOOTSTRAP else float("inf"),
        n_obs=int(numbers["n_obs"]),
        n_units=int(numbers["n_provinces"]),
        n_periods=int(numbers["n_years"]),
        r_squared={"within": numbers["r_squared"]},
        mean=numbers[OUTCOME_MEAN],
    )


def _run(column: Estimator) -> Callable[..., RegressionFit]:
    return long_run._fmols if column.estimator == "fmols" else long_run._dols


def _estimated(
    column: Estimator, y: pd.DataFrame, x: Mapping[str, pd.DataFrame], options: Options
) -> tuple[Rows, dict[Name, Any], Coverage]:
    """Coefficient rows of one column by both ways, its numbers, what its intervals truly cover."""
    chosen = {**options.common(), **column.options(), "bandwidth": options.smoothing}
    result = _run(column)(y, x, **chosen)
    resampled = options.bootstrap.model_dump()
    boot = long_run._bootstrap_std_errors(column.estimator, y, x, **resampled, **chosen)
    asymptotic = pd.DataFrame({"estimate": result.params, "std_error": result.std_errors})
    assert result.constant is not None
    asymptotic.loc["constant"] = [result.constant.estimate, result.constant.std_error]
    # the ratio, so that p and interval agree: Pedroni's t of a group mean is another statistic
    asymptotic["statistic"] = asymptotic["estimate"] / asymptotic["std_error"]
    asymptotic["p_value"] = 2 * stats.norm.sf(asymptotic["statistic"].abs())
    reach = Z * asymptotic["std_error"]
    asymptotic["ci_low"] = asymptotic["estimate"] - reach
    asymptotic["ci_high"] = asymptotic["estimate"] + reach
    bootstrap = boot.drop(columns="bias")
    draws = options.bootstrap.draws
    bootstrap["p_mc_error"] = [monte_carlo_error(p, draws) for p in bootstrap["p_value"]]
    bootstrap["statistic"] = bootstrap["estimate"] / bootstrap["std_error"]
    rows: Rows = [
        {"term": str(term), "inference": way, "n_obs": result.n_obs, **row}
        for way, frame in ((ASYMPTOTIC, asymptotic), (BOOTSTRAP, bootstrap))
        for term, row in frame.to_dict("index").items()
    ]
    coverage = _coverage(column, y.shape, len(x), options)
    numbers: dict[Name, Any] = {
        "n_obs": result.n_obs,
        "n_provinces": result.n_units,
        "n_years": result.n_periods,
        OUTCOME_MEAN: result.outcome_mean,
        "residual_df_per_province": result.statistics["residual_df"],
        "r_squared": result.r_squared["within"],
        "jarque_bera": result.statistics["jarque_bera"],
        "jarque_bera_p_value": result.statistics["jarque_bera_p_value"],
        "jarque_bera_null": "residuals are normally distributed",
        "long_run_variance": result.statistics["long_run_variance"],
        **{f"bootstrap_{name}": value for name, value in resampled.items()},
        **{Statistic("bootstrap_bias", term): value for term, value in boot["bias"].items()},
    }
    if column.method == "group_mean":
        t, p = long_run._t_tests(result)
        numbers |= {Statistic("pedroni_t", str(term)): (t[term], p[term]) for term in t.index}
    for (way, design), rate in coverage.items():
        numbers[Statistic(f"coverage_{_slug(design)}", inference=way)] = rate
    return rows, numbers, coverage


def _earns(coverage: Coverage, way: str) -> bool:
    """Whether intervals of this way miss at most twice as often as they say, in every design.

    A way whose coverage is not known earns no stars.
    """
    rates = [rate for (known, _), rate in coverage.items() if known == way]
    return bool(rates) and not any(map(_narrow, rates))


def _coverage(column: Estimator, size: tuple[int, int], k: int, options: Options) -> Coverage:
    """Stored coverage of nominal 95 % intervals on panels of `size`, periods and units, by way and design."""
    label = f"bandwidth={options.bandwidth}"
    if options.kernel != "bartlett":  # coverage is simulated for that one alone
        label = f"kernel={options.kernel},{label}"
    if isinstance(column, Dols):
        label = f"leads={column.leads},lags={column.lags},{label}"
    block = options.bootstrap.block_length
    labels = {ASYMPTOTIC: label, BOOTSTRAP: f"{label},bootstrap percentile-t blocks of {block}"}
    rates: Coverage = {}
    for way, name in labels.items():
        rows = size_table(
            column.estimator, statistic=column.method, options=name, n_units=size[1],
            n_periods=size[0], regressors=k, trend=options.trend, measure="coverage",
        )  # fmt: skip
        rates |= {(way, d): float(r) for d, r in zip(rows["design"], rows["rate"], strict=True)}
    return rates


def _stability(
    table: Builder, y: pd.DataFrame, x: Mapping[str, pd.DataFrame], options: Options
) -> tuple[float | None, float | None]:
    """Hansen's Lc, in a sentence and a note: its mean over units and p, or neither."""
    try:
        units, mean = cointegration._hansen_lc(y, x, **options.common())
    except Infeasible as why:
        table.add_numbers("hansen_lc", {"not_estimable": words_of(why)})
        table.add_fine_print(f"Hansen's Lc: not estimable: {words_of(why)}")
        return None, None
    statistic, p_value = (None, None) if mean.empty else mean.iloc[0]
    rejecting = int((units["p_value"] < 0.05).sum())
    rows = size_table(
        "hansen_lc", statistic="combined", options=f"bandwidth={options.bandwidth},finite_sample",
        n_units=len(units), n_periods=len(y), regressors=len(x), trend=options.trend,
    )  # fmt: skip
    numbers: dict[Name, Any] = {
        "null": "cointegration with stable parameters",
        "critical_values": "finite_sample",
        "statistic": statistic,
        "p_value": p_value,
        "provinces_rejecting_5": rejecting,
        "n_provinces": len(units),
    }
    for measure, design, rate in zip(rows["measure"], rows["design"], rows["rate"], strict=True):
        numbers[f"{measure}_{_slug(design)}"] = float(rate)
    numbers |= {Statistic("unit_statistic", str(u)): v for u, v in units["statistic"].items()}
    numbers |= {Statistic("unit_p_value", str(u)): v for u, v in units["p_value"].items()}
    table.add_numbers("hansen_lc", numbers)
    text = (
        "Hansen's Lc is defined for one time series. Computed for each {unit}, it rejects at 5 % in "
        f"{rejecting} of {len(units)} (finite-sample critical values). The p-value of its mean over {{units}} "
        "comes from means of independent draws."
    )
    power = rows.loc[rows["measure"] == "power", "rate"]
    if len(power):
        text += (
            f" In simulated panels of this size without cointegration, Lc rejects in {100 * power.max():.0f} % "
            "of cases. A large p-value is therefore no evidence of cointegration."
        )
    table.add_fine_print(text)
    return statistic, p_value


def _estimates(
    table: Builder, options: Options, columns: Columns, coverage: Mapping[str, Coverage]
) -> None:
    """The estimates with their primary inference for the page, and all of them for the appendix."""
    notes = [_earned(table, options, columns, coverage)]
    terms = {r: table.label(r) for r in options.regressors}
    theirs: dict[str, str] = {}
    if options.beside_printed:
        printed = printed_of(table.spec.paper, "regression", "fmols")
        _beside(printed, columns)
        notes += printed.remarks
        alone = (c for c in printed.estimates() if c.term not in (*terms, "constant"))
        theirs = {c.term: f"{c.row}, printed only" for c in alone}
    columns.grid("Estimates", terms, [], notes, appendix=False, tested=options.regressors)
    tests = [
        columns.row("Hansen's Lc, mean over {units}", "lc", "{:.3f}"),
        columns.row("  p (null: cointegration, stable)", "lc_p_value", p_text),
        columns.row("Jarque-Bera", "jarque_bera", "{:.2f}"),
        columns.row("  p (null: normal residuals)", "jarque_bera_p_value", p_text),
        columns.row("Residual df per {unit}", "residual_df_per_province", "{:.1f}"),
    ]
    notes.append(
        "The constant is mean(y) - mean(x)'b, with a standard error by the delta method and a normal p-value. "
        "Lc is defined for the fully modified regression, so DOLS has no Lc."
    )
    every = {**terms, **theirs, "constant": "Constant"}
    columns.grid("Estimates", every, tests, notes, errors=True)


def _earned(
    table: Builder, options: Options, columns: Columns, coverage: Mapping[str, Coverage]
) -> str:
    """Which columns earn no stars, and why."""
    without = [c for c in coverage if c in columns.starless]
    if not without:
        return ""
    names = "" if len(without) == len(coverage) else ", ".join(columns.headers[c] for c in without)
    why = _no_stars([coverage[c] for c in without], options.primary)
    return f"No stars for {names or 'any of our columns'}: {why}."


def _no_stars(coverage: Sequence[Coverage], primary: str) -> str:
    """Why columns with these rates earn no stars."""
    rates = [rate for column in coverage for (way, _), rate in column.items() if way == primary]
    worth = "has not been simulated"
    if rates:
        worth = f"is {100 * min(rates):.0f} to {100 * max(rates):.0f} % here"
    return f"the true coverage of nominal 95 % intervals by {WAYS[primary]} {worth}"


def _beside(printed: Table, columns: Columns) -> None:
    """The printed table's columns with ours, cell by cell."""
    names = {f"test:{label}": PRINTED_TESTS.get(test) for label, test in printed.tests.items()}
    names["r_squared"] = "r_squared"
    for cell in printed.cells:
        model = f"printed {cell.model.upper()}"
        columns.headers[model] = model
        if cell.statistic == "estimate":
            estimate, _, bracket = cell.text.partition(" ")
            columns.texts[model, cell.term] = estimate, bracket
        elif name := names.get(cell.statistic):
            columns.numbers[model, name] = cell.text


def _worth(
    table: Builder,
    options: Options,
    columns: Columns,
    coverage: Mapping[str, Coverage],
    sample: Estimable,
) -> None:
    """True coverage of the intervals printed, by design of the Monte Carlo: primary way on the page."""
    title = "True coverage of nominal 95 % intervals"
    designs = dict.fromkeys(design for rates in coverage.values() for _, design in rates)
    if not designs:
        size = sample.record()
        years = size["last_year"] - size["first_year"] + 1
        why = f"no stored Monte Carlo at N = {size['n_provinces']}, T = {years}"
        table.grid(title, ("", "result"), [("not simulated", why)], rules=(), appendix=False)
        return
    header = ("Errors of the design", *(columns.headers[c] for c in coverage))
    notes = [COVERAGE_NOTE]
    missing = [c for c, rates in coverage.items() if not any(way == BOOTSTRAP for way, _ in rates)]
    if missing:
        names = "; ".join(columns.headers[c] for c in missing)
        notes.append(f"The coverage of the bootstrap has not been simulated for: {names}.")
    page, every = [], []
    for design in designs:
        for way, name in SHORT.items():
            rates = [of.get((way, design)) for of in coverage.values()]
            cells = [_coverage_text(rate) for rate in rates]
            if any(rate is not None for rate in rates):
                every.append((f"{design}, {name}", *cells))
                page += [(design, *cells)] if way == options.primary else []
    table.grid(f"{title}, {SHORT[options.primary]}", header, page, notes, (), appendix=False)
    table.grid(title, header, every, notes, ())


def _coverage_text(rate: float | None) -> str:
    if rate is None:
        return "not simulated"
    return f"{100 * rate:.0f} %" + (", too narrow" if _narrow(rate) else "")


def _narrow(rate: float) -> bool:
    return "too narrow" in in_words(rate, "coverage")


def _tried(table: Builder, options: Options) -> None:
    """Variants expected to be refused, with the reasons the code gives."""
    rows, notes = [], []
    for number, variant in enumerate(options.tried, start=1):
        text, result = _try(table, options, variant)
        name = "not_estimable" if result == "refused" else "tried"
        table.add_numbers(variant.column.id, {name: text})
        cells = (variant.column.label, ", ".join(variant.regressors))
        rows.append((*cells, result, f"({number})"))
        notes.append(f"({number}) {text}")
    header = ("Variant", "Regressors", "Result", "Reason")
    title = "Other variants, and why they are or are not estimable"
    if rows:
        table.grid(title, header, rows, notes, ())


def _try(table: Builder, options: Options, variant: LongRunVariant) -> tuple[str, str]:
    """The code's outcome for a variant, also in a word."""
    column, regressors = variant.column, variant.regressors
    chosen = {"regressors": regressors, "interpolation": variant.interpolation}
    try:
        sample, y, x = options.model_copy(update=chosen).frames(table)
        result = _run(column)(
            y, x, **{**options.common(), **column.options(), "bandwidth": options.smoothing}
        )
    except NotEstimable as why:
        return words_of(why), "refused"
    except Infeasible as why:
        return _left_empty(sample) + words_of(why), "refused"
    t, _ = long_run._t_tests(result)
    shown = ", ".join(f"{table.label(r)} {result.params[r]:.3f} ({t[r]:.2f})" for r in regressors)
    return f"estimable on these data: {shown}; t-statistics in brackets", "estimable"


def _left_empty(sample: Estimable) -> str:
    """Cells that a requested interpolation could not fill, and the break that prevents it."""
    if not sample.dropped:
        return ""
    lost = sorted({(str(d["reason"]), int(d["year"])) for d in sample.dropped})
    named = "; ".join(f"{reason} {year}" for reason, year in lost)
    breaks = sorted(
        {f"{b['measure']} from {b['year']}" for b in sample.breaks if not b["province_code"]}
    )
    why = f" (documented breaks, never interpolated across: {', '.join(breaks)})" if breaks else ""
    return f"{len(sample.dropped)} {{unit}}-{{periods}} stay empty, {named}{why}; "


def _notes(table: Builder, options: Options, sample: Estimable) -> tuple[str, str]:
    record = sample.record()
    labels = [table.label(r) for r in (options.dependent, *options.regressors)]
    boot = options.bootstrap
    return (
        f"{labels[0]} on {', '.join(labels[1:])}; {record['n_provinces']} {{units}} x "
        f"{span_text(record['first_year'], record['last_year'])}, interpolation: "
        f"{options.interpolation.method}. Settings: deterministic terms {options.trend}, {options.kernel} "
        f"bandwidth {options.bandwidth}, long-run variances divided by T-1.{_order_of_demeaning(options)}",
        f"Bootstrap: {boot.draws} panels, blocks of {boot.block_length} {{periods}} drawn jointly for "
        f"all {{units}}, seed {boot.seed}; p by percentile-t.",
    )


def _order_of_demeaning(options: Options) -> str:
    """Sentences on when the means of periods are taken out, by column; "" where they stay."""
    if not options.demean:
        return ""
    late = [c.label for c in options.columns if c.estimator == "dols" and c.method == "pooled"]
    early = [c.label for c in options.columns if c.label not in late]
    sentences = (
        (early, "{{Period}} means are subtracted first in: {}."),
        (late, "Constants, trends, leads and lags are removed before {{period}} means (Mark and Sul 2003) in: {}."),
    )  # fmt: skip
    return "".join(f" {text.format('; '.join(labels))}" for labels, text in sentences if labels)


def _slug(design: str) -> str:
    text = "".join(c if c.isalnum() else "_" for c in design.lower())
    return "_".join(part for part in text.split("_") if part)

"""The baseline regression by region, and whether its slopes differ (kind `regions`, t06).

Belongs here: samples and columns of such a table, the family of equality tests, the order of the
regions beside a printed one. Not here: the tests themselves (`regions`), region schemes (releases).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from estimation.econometrics.errors import Infeasible, InvalidData
from estimation.econometrics.fixed_effects.inference import MINIMUM_CLUSTERS, resolve_mapping
from estimation.econometrics.fixed_effects.regression import (
    fit_two_way,
    infer,
)
from estimation.econometrics.robustness.regions import EXCHANGEABILITY
from estimation.panel.errors import NotEstimable
from estimation.panel.figures import joined
from estimation.panel.release import Release
from estimation.panel.sample import Estimable
from estimation.panel.spec import Spec
from estimation.papers.printed import table_6
from estimation.tables.banner import banner
from estimation.tables.fixed_effects import RegressionBlock, block_sample, regression, slopes
from estimation.tables.region_equality import Equality, Parts, Rows, equality, order
from estimation.tables.regression_grid import Column, Layout, p_text, regression_block
from estimation.tables.result import Block, TableResult, coefficient_frame, statistic_frame

SCHEMES = {"region_three": "the paper's East, Central, West", "region_nbs": "the Bureau's four"}


class Comparison(BaseModel):
    """One regression run in every region of a scheme.

    `printed` names, by region, the column of the paper's Table 6 shown beside; empty for none.
    """

    model_config = ConfigDict(extra="forbid")

    regression: RegressionBlock
    scheme: Literal["region_three", "region_nbs"]
    printed: dict[str, str]


class Options(BaseModel):
    """Options of a table by region; `primary` and `beside` are labels of `inference`."""

    model_config = ConfigDict(extra="forbid")

    comparisons: list[Comparison]
    inference: list[dict[str, Any]]
    primary: str
    beside: dict[str, str]
    constant: bool
    equality: Equality


def estimate(spec: Spec, release: Release) -> TableResult:
    """Table by region: separate regressions, tests of equal slopes, the order of the regions.

    Raises
    ------
    NotEstimable
        When no comparison has a sample.
    """
    options = Options.model_validate(spec.options)
    labels = [resolve_mapping(way).label for way in options.inference]
    missing = {options.primary, *options.beside} - set(labels)
    if missing:
        raise ValueError(f"{spec.table}: {sorted(missing)} is not among the inference: {labels}")
    done = [_comparison(spec, release, options, comparison) for comparison in options.comparisons]
    samples = [part.sample for part in done if part.sample is not None]
    if not samples:
        raise NotEstimable("; ".join(str(part.statistics[0]["text"]) for part in done))
    records = {
        c.regression.id: part.sample.record()
        for c, part in zip(options.comparisons, done, strict=True)
        if part.sample is not None
    }
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficient_frame([row for part in done for row in part.coefficients]),
        statistics=statistic_frame([row for part in done for row in part.statistics]),
        blocks=tuple(block for part in done for block in part.blocks),
        banner=banner(release, spec.variables, samples),
        choices={
            "inference": labels,
            "primary": options.primary,
            "schemes": {c.regression.id: SCHEMES[c.scheme] for c in options.comparisons},
            "equality": options.equality.model_dump(),
        },
        sample={**samples[0].record(), "blocks": records},
        figures_status=joined(s.figures_status for s in samples),
        notes=(
            "Every region has its own slopes, province effects and year effects; clusters are "
            "provinces. With these few clusters CR3 and the enumerated bootstrap come first: the "
            "conventional p-values beside them reject too often.",
            "Randomisation: " + EXCHANGEABILITY + ".",
        ),
    )


def points(spec: Spec, release: Release) -> pd.Series:
    """Slopes of every region, of all provinces, and their differences, by (model, term)."""
    options = Options.model_validate(spec.options)
    found: dict[tuple[str, str], float] = {}
    for comparison in options.comparisons:
        block = comparison.regression
        try:
            sample, reasons = block_sample(spec, release, block)
        except NotEstimable:
            continue
        regressors = [r for r in block.enter if r not in reasons]
        regions = _regions(release, comparison.scheme, sample)
        by_region: dict[str, pd.Series] = {}
        for name, part in {"all": sample, **_split(sample, regions)}.items():
            y, x = part.frame[block.dependent], part.frame[regressors]
            try:
                fit_two_way(y, x)
            except (Infeasible, InvalidData):
                continue
            values = pd.Series(slopes(y, x), regressors)
            found |= {(f"{block.id}.{name}", r): float(values[r]) for r in regressors}
            if options.constant:
                found[f"{block.id}.{name}", "constant"] = float(y.mean() - x.mean() @ values)
            clusters = y.index.get_level_values("province_code").nunique()
            if name != "all" and clusters >= MINIMUM_CLUSTERS:
                by_region[name] = values
        for first, second in combinations(by_region, 2):
            gap = by_region[first] - by_region[second]
            model = f"{block.id}.{first} - {second}"
            found |= {(model, r): float(gap[r]) for r in regressors}
    if not found:
        raise NotEstimable("no comparison has a sample")
    index = pd.MultiIndex.from_tuples(list(found), names=["model", "term"])
    return pd.Series(list(found.values()), index=index, dtype="float64")


def _comparison(spec: Spec, release: Release, options: Options, comparison: Comparison) -> Parts:
    block = comparison.regression
    try:
        sample, reasons = block_sample(spec, release, block)
    except NotEstimable as why:
        row = {"model": block.id, "name": "not_estimable", "value": None, "text": str(why)}
        empty = Block(block.title, ("", "result"), (("not estimable", str(why)),))
        return Parts([empty], [], [row])
    regressors = [r for r in block.enter if r not in reasons]
    regions = _regions(release, comparison.scheme, sample)
    columns: list[Column] = []
    coefficients: Rows = []
    statistics: Rows = [
        {"model": block.id, "name": f"not_estimable.{role}", "value": None, "text": reason}
        for role, reason in reasons.items()
    ]
    estimated: dict[str, Estimable] = {}
    for name, part in {**_split(sample, regions), "all": sample}.items():
        model, header = f"{block.id}.{name}", "All" if name == "all" else name
        try:
            rows, numbers = regression(part, block.dependent, regressors, options, model)
            numbers += _f_statistic(part, block.dependent, regressors, options, model)
        except (Infeasible, InvalidData) as why:
            columns.append(Column(model, header, str(why)))
            statistics.append(
                {"model": model, "name": "not_estimable", "value": None, "text": str(why)}
            )
            continue
        columns.append(Column(model, header))
        coefficients += rows
        statistics += numbers
        estimated[name] = part
    own = [
        _estimates_block(
            spec, options, comparison, columns, coefficients, statistics, regressors, reasons
        )
    ]
    y, x = sample.frame[block.dependent], sample.frame[regressors]
    tested = [r for r in dict.fromkeys(regions) if r in estimated]
    parts = equality(spec, options.equality, block, y, x, regions[regions.isin(tested)], sample)
    by_model = {model: region for region, model in comparison.printed.items()}
    ranks = order(spec, block, by_model, regressors, pd.DataFrame(coefficients), options.primary)
    return Parts(
        [*own, *parts.blocks, *ranks.blocks],
        coefficients + parts.coefficients,
        statistics + parts.statistics + ranks.statistics,
        sample,
    )


def _regions(release: Release, scheme: str, sample: Estimable) -> pd.Series:
    """Region of each province of the sample, regions in the order of the scheme's first letters."""
    scheme_of = release.provinces.set_index("province_code")[scheme]
    mine = scheme_of[sorted(set(sample.frame.index.get_level_values("province_code")))]
    order = {name: i for i, name in enumerate(("East", "Central", "West", "Northeast"))}
    return mine.sort_values(key=lambda s: s.map(order), kind="stable")


def _split(sample: Estimable, regions: pd.Series) -> dict[str, Estimable]:
    codes = sample.frame.index.get_level_values("province_code")
    return {
        name: replace(
            sample,
            frame=sample.frame[codes.isin(regions.index[regions == name])],
            levels=sample.levels[codes.isin(regions.index[regions == name])],
        )
        for name in dict.fromkeys(regions)
    }


def _f_statistic(
    part: Estimable, dependent: str, regressors: list[str], options: Options, model: str
) -> Rows:
    """Joint F of all slopes under the primary covariance, where a joint test exists."""
    way = next(w for w in map(resolve_mapping, options.inference) if w.label == options.primary)
    result = infer(fit_two_way(part.frame[dependent], part.frame[regressors]), way)
    q, groups = len(regressors), result.n_clusters or 0
    if not result.enough_clusters or q > (groups - 1) / 2:
        text = f"none: {q} > {max((groups - 1) // 2, 0)}"
        return [{"model": model, "name": "f_statistic", "value": None, "text": text}]
    test = result.wald()
    text = f"{test.statistic:.2f} ({p_text(test.p_value)})"
    return [
        {"model": model, "name": "f_statistic", "value": test.statistic, "text": text},
        {"model": model, "name": "f_statistic.p_value", "value": test.p_value, "text": None},
    ]


def _estimates_block(
    spec: Spec,
    options: Options,
    comparison: Comparison,
    columns: Sequence[Column],
    coefficients: Rows,
    statistics: Rows,
    regressors: list[str],
    reasons: Mapping[str, str],
) -> Block:
    layout = Layout(
        options.primary,
        tuple(options.beside),
        {options.primary: "CR3 jackknife", **options.beside},
        spec.stars,
    )
    block = comparison.regression
    terms = {r: spec.variables[r].label for r in block.enter if r in regressors}
    if options.constant:
        terms["constant"] = "Constant"
    numbers = {(s["model"], s["name"]): s["value"] for s in statistics}
    words = {(s["model"], s["name"]): s["text"] for s in statistics}
    focal = regressors[0]

    def row(label: str, name: str, form: str) -> tuple[str, dict[str, str]]:
        cells = {
            c.model: form.format(numbers[c.model, name])
            for c in columns
            if numbers.get((c.model, name)) is not None
        }
        return label, cells

    footer = [
        row("Observations", "n_obs", "{:.0f}"),
        row("Provinces = clusters", "n_provinces", "{:.0f}"),
        row(f"Effective clusters, {terms[focal]}", f"effective_clusters.{focal}", "{:.1f}"),
        row(
            f"Largest leverage of a province, {terms[focal]}", f"largest_leverage.{focal}", "{:.2f}"
        ),
        (
            "F of all slopes, CR3 (p)",
            {c.model: str(words.get((c.model, "f_statistic"), "")) for c in columns},
        ),
        row("R², within (both ways)", "r_squared.within_two_way", "{:.3f}"),
        row("R², within (xtreg, fe)", "r_squared.within_xtreg", "{:.3f}"),
        row("R², inclusive (LSDV)", "r_squared.inclusive", "{:.3f}"),
        row("R², effects alone", "r_squared.effects_alone", "{:.3f}"),
    ]
    printed = _printed(comparison, columns)
    for statistic, label in (
        ("f_statistic", "  printed F"),
        ("r_squared", "  printed R², unnamed"),
    ):
        cells = {m: t for (m, s), t in printed.items() if s == statistic}
        if cells:
            footer.append((label, cells))
    window = block.sample
    out = f" without {', '.join(map(str, window.without_years))}" if window.without_years else ""
    notes = [f"Sample: {window.first_year}-{window.last_year}{out}; {SCHEMES[comparison.scheme]}."]
    if any(str(words.get((c.model, "f_statistic"), "")).startswith("none") for c in columns):
        notes.append("F: none where the slopes are more than (G-1)/2 of the clusters.")
    few = [
        c.header
        for c in columns
        if 0 < (numbers.get((c.model, "n_provinces")) or 0) < MINIMUM_CLUSTERS
    ]
    if few:
        notes.append(
            f"{', '.join(few)}: fewer than {MINIMUM_CLUSTERS} clusters, so estimates without "
            "p-values or intervals, and no part in the tests below."
        )
    notes += [f"{spec.variables[r].label}: not estimable: {why}." for r, why in reasons.items()]
    return regression_block(
        block.title, columns, terms, pd.DataFrame(coefficients), layout, footer, notes, printed
    )


def _printed(comparison: Comparison, columns: Sequence[Column]) -> dict[tuple[str, str], str]:
    cells = table_6()
    by_model = {
        printed: f"{comparison.regression.id}.{region}"
        for region, printed in comparison.printed.items()
    }
    shown = {c.model for c in columns}
    return {
        (by_model[c.model], c.term if c.statistic == "estimate" else c.statistic): c.text
        for c in cells.itertuples()
        if by_model.get(str(c.model)) in shown
        and c.statistic in ("estimate", "f_statistic", "r_squared")
    }

"""Whether two regressors reinforce each other, and what one province decides (kind `synergy`).

The page holds the product in both forms, with and without the province that moves it most; the
appendix every coefficient, the product within regions, effects over ranges, influence, leads and a
threshold (`synergy_blocks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from estimation.econometrics.errors import Infeasible, InvalidData
from estimation.econometrics.fixed_effects.inference import resolve_mapping
from estimation.econometrics.robustness.regions import minimum_detectable
from estimation.econometrics.robustness.synergy import (
    FORMS,
    Form,
    interaction_parts,
    shifts_rebuilt,
)
from estimation.panel.release import Release
from estimation.panel.sample import Estimable, kept
from estimation.panel.spec import Spec
from estimation.tables.builder import Builder, options_of, point_series
from estimation.tables.builder import Options as Strict
from estimation.tables.regions import regions_of
from estimation.tables.regressions import (
    Columns,
    Fitted,
    RegressionBlock,
    Ways,
    earned,
    points_of,
    regression,
    sampled,
    slopes,
)
from estimation.tables.synergy_blocks import (
    Leads,
    Marginal,
    Pair,
    Threshold,
    add_effects,
    add_influence,
    add_leads,
    add_threshold,
    lead_points,
    threshold_points,
)
from estimation.tables.texts import NONE, p_text, result_cells

FORM_WORDS = {"centred": "centred", "demeaned": "two-way demeaned"}
FORM_NOTE = (
    "Centred: off the sample means, so that it also carries how a slope differs between provinces and "
    "years with lasting differences in the other. Two-way demeaned: only movements within provinces "
    "and years (Giesselmann and Schmidt-Catran 2022). A synergy worth the word shows in both, and "
    "without any one province."
)
BOTH: tuple[Form, ...] = FORMS  # type: ignore[assignment]


class Pairing(Strict):
    """One regression with the product of two of its regressors, and what is asked of it."""

    regression: RegressionBlock
    pair: tuple[str, str]
    scheme: str | None
    leads: list[str]
    threshold: Threshold | None


class Options(Ways):
    """Options of a synergy table; `influence` is a label of `inference`."""

    pairings: list[Pairing]
    influence: str
    marginal: Marginal
    leads: Leads
    most_influential_shown: int

    def way(self, label: str) -> Mapping[str, Any]:
        """The way of inference with a label."""
        return next(way for way in self.inference if resolve_mapping(way).label == label)


def fill(table: Builder, options: Options) -> None:
    """Y = x'b + s (x1 x2) + effects, the product in both forms."""
    spec, release = table.spec, table.release
    earned(spec, options.inference, options.primary, options.influence, *options.beside)
    for pairing, sample, regressors in _sampled(spec, release, options, table):
        block = pairing.regression
        _main(table, options, pairing, sample, regressors)
        _regions(table, options, pairing, sample, regressors)
        y, x = sample.frame[block.dependent], sample.frame[regressors]
        labels = {r: table.label(r) for r in regressors}
        part = Pair(table, block.id, block.short, y, x, pairing.pair, labels)
        add_effects(part, options.way(options.primary), options.marginal)
        add_influence(part, options.way(options.influence), options.most_influential_shown)
        if pairing.leads:
            breaks = _breaks(release, sample, pairing.leads)
            add_leads(part, pairing.leads, options.way(options.primary), options.leads, breaks)
        if pairing.threshold is not None:
            add_threshold(part, pairing.threshold, options)
    names = ("primary", "influence")
    table.choices = {"inference": list(options.short), **{n: getattr(options, n) for n in names}}
    table.notes.append(FORM_NOTE)


def points(spec: Spec, release: Release) -> pd.Series:
    """Slopes of every column, of the products by region, with leads and by regime, by (model, term)."""
    options = options_of(spec, Options)
    found: dict[tuple[str, str], float] = {}
    for pairing, sample, regressors in _sampled(spec, release, options):
        block = pairing.regression
        models, _ = _models(pairing, sample, regressors)
        for model, (part, form) in (models | _regional(pairing, sample, release)).items():
            frame, names = _with_product(part, regressors, pairing.pair, form)
            x = frame[names]
            if np.linalg.matrix_rank(x.to_numpy() - x.to_numpy().mean(axis=0)) == len(names):
                found |= points_of(model, frame[block.dependent], x, options.constant)
        y, x = sample.frame[block.dependent], sample.frame[regressors]
        found |= lead_points(block.id, y, x, pairing.leads, _breaks(release, sample, pairing.leads))
        if pairing.threshold is not None:
            found |= threshold_points(block.id, y, x, pairing.threshold, options.constant)
    return point_series(found)


def product_term(pair: tuple[str, str], form: str) -> str:
    """Name of the product among the terms."""
    return f"{pair[0]} x {pair[1]} ({form})"


def most_influential(
    y: pd.Series, x: pd.DataFrame, pair: tuple[str, str], form: Form
) -> tuple[str, float]:
    """Province without which the product's coefficient moves most, and the coefficient then.

    The product is rebuilt on each sample. Ties go to the smallest code.
    """
    codes = x.index.get_level_values("province_code")

    def coefficient(kept: np.ndarray) -> float:
        parts = interaction_parts(x[kept], pair, form)
        product = (parts[pair[0]] * parts[pair[1]]).rename("product")
        return float(slopes(y[kept], x[kept].assign(product=product))[-1])

    full = coefficient(np.ones(len(x), bool))
    without = {code: coefficient(np.asarray(codes != code)) for code in sorted(set(codes))}
    code = max(without, key=lambda c: abs(without[c] - full))
    return code, without[code]


def _sampled(
    spec: Spec, release: Release, options: Options, table: Builder | None = None
) -> Iterator[tuple[Pairing, Estimable, list[str]]]:
    """Pairings that the figures allow, with their rows and regressors."""
    by_block = {p.regression.id: p for p in options.pairings}
    blocks = [p.regression for p in options.pairings]
    needed = {name: p.pair for name, p in by_block.items()}
    for block, sample, reasons in sampled(spec, release, blocks, table, needed):
        yield by_block[block.id], sample, [r for r in block.enter if r not in reasons]


def _without(sample: Estimable, provinces: Sequence[str]) -> Estimable:
    codes = sample.frame.index.get_level_values("province_code")
    return kept(sample, ~codes.isin(list(provinces)))


Models = dict[str, tuple[Estimable, Form | None]]


def _models(
    pairing: Pairing, sample: Estimable, regressors: list[str]
) -> tuple[Models, dict[str, str]]:
    """Columns of a block by model: without a product, each form, each without one province.

    With them the most influential province of each form.
    """
    block = pairing.regression
    y, x = sample.frame[block.dependent], sample.frame[regressors]
    one = {form: most_influential(y, x, pairing.pair, form)[0] for form in BOTH}
    models: Models = {f"{block.id}.none": (sample, None)}
    models |= {f"{block.id}.{form}": (sample, form) for form in BOTH}
    for form in BOTH:
        models[f"{block.id}.{form}.without_one"] = (_without(sample, [one[form]]), form)
    return models, {str(form): code for form, code in one.items()}


def _regional(pairing: Pairing, sample: Estimable, release: Release) -> Models:
    if pairing.scheme is None:
        return {}
    regions = regions_of(release, pairing.scheme, sample)
    return {
        f"{pairing.regression.id}.{region}.{form}": (
            _without(sample, regions.index[regions != region].tolist()),
            form,
        )
        for region in dict.fromkeys(regions)
        for form in BOTH
    }


def _with_product(
    sample: Estimable, regressors: list[str], pair: tuple[str, str], form: Form | None
) -> tuple[pd.DataFrame, list[str]]:
    if form is None:
        return sample.frame, regressors
    parts = interaction_parts(sample.frame[regressors], pair, form)
    term = product_term(pair, form)
    return sample.frame.assign(**{term: parts[pair[0]] * parts[pair[1]]}), [*regressors, term]


def _fitted(
    options: Options,
    pairing: Pairing,
    model: str,
    sample: Estimable,
    regressors: list[str],
    form: Form | None,
) -> Fitted:
    """One column, with the smallest product its primary test finds at the stated power."""
    frame, terms = _with_product(sample, regressors, pairing.pair, form)
    dependent = pairing.regression.dependent
    part = replace(sample, frame=frame)
    if form is None:
        return regression(model, part, dependent, terms, options)
    y, x = sample.frame[dependent], sample.frame[regressors]
    anew = shifts_rebuilt(y, x, pairing.pair, form)
    fitted = regression(model, part, dependent, terms, options, anew)
    term = product_term(pairing.pair, form)
    row = next(r for r in fitted.rows if r["term"] == term and r["inference"] == options.primary)
    if not pd.isna(row["p_value"]):
        fitted.numbers[f"minimum_detectable.{term}"] = minimum_detectable(
            row["std_error"], row["df"], level=options.leads.level, power=options.leads.power
        )
    return fitted


def _main(
    table: Builder, options: Options, pairing: Pairing, sample: Estimable, regressors: list[str]
) -> None:
    block, provinces = pairing.regression, table.provinces
    models, one = _models(pairing, sample, regressors)
    headers = ["no product", *(FORM_WORDS[f] for f in FORMS)]
    headers += [f"{FORM_WORDS[f]}, without {provinces[one[f]]}" for f in FORMS]
    columns = Columns(table, options)
    for number, (model, (part, form)) in enumerate(models.items(), start=1):
        header = f"({number}) {headers[number - 1]}"
        try:
            fitted = _fitted(options, pairing, model, part, regressors, form)
        except (Infeasible, InvalidData) as why:
            columns.refuse(header, model, why)
            continue
        columns.add(header, fitted, sample.figures_status)
    for name, code in one.items():
        table.say(f"{block.id}.{name}.without_one", {"left_out": code})
    labels = {r: table.label(r) for r in regressors}
    first, second = (labels[p] for p in pairing.pair)
    products = {
        product_term(pairing.pair, f): f"{first} × {second}, {FORM_WORDS[f]}" for f in FORMS
    }
    pair = {p: labels[p] for p in pairing.pair}
    left = [table.label(r) for r in block.enter if r not in regressors]
    notes = [
        f"Sample: {block.years}. The province left out is the one without which that form of the "
        "product moves most.",
        f"Left out, no figures in this window: {', '.join(left)}." if left else "",
    ]
    controls = ", ".join(label for r, label in labels.items() if r not in pair)
    held = f"Controls: {controls}." if controls else ""
    power = f"Detectable product, {options.leads.power:.0%} power"
    numbers = {
        "minimum_detectable": (power, "{:.3f}"),
        "effective_clusters": ("Effective clusters, product", "{:.1f}"),
        "largest_leverage": ("Largest leverage of a province, product", "{:.2f}"),
    }
    detectable, *leverage = (_of_product(columns, products, n, *how) for n, how in numbers.items())
    terms = {**products, **pair}
    columns.page(block.title, terms, list(products), [*notes, held], first=[detectable])
    footer = [
        detectable,
        *columns.size_rows(),
        *leverage,
        *columns.r_squared_rows(["within_two_way", "within_xtreg", "inclusive"]),
    ]
    every = {**terms, **labels, **({"constant": "Constant"} if options.constant else {})}
    columns.grid(block.title, every, footer, notes)


def _of_product(
    columns: Columns, products: Mapping[str, str], name: str, label: str, form: str
) -> tuple[str, ...]:
    """Footer row of a number of whichever product a column has."""
    rows = [columns.row("", f"{name}.{term}", form)[1:] for term in products]
    return (label, *("".join(cells) for cells in zip(*rows, strict=True)))


def _regions(
    table: Builder, options: Options, pairing: Pairing, sample: Estimable, regressors: list[str]
) -> None:
    """The product within each region, one row a region and form."""
    rows: list[tuple[str, ...]] = []
    for model, (part, form) in _regional(pairing, sample, table.release).items():
        assert form is not None
        head = f"{model.split('.')[1]}, {FORM_WORDS[form]}"
        try:
            fitted = _fitted(options, pairing, model, part, regressors, form)
        except (Infeasible, InvalidData) as why:
            table.say(model, {"not_estimable": str(why)})
            rows.append((head, NONE, str(why)))
            continue
        table.estimates(model, fitted.rows, sample.figures_status)
        table.say(model, fitted.numbers)
        term = product_term(pairing.pair, form)
        by = {r["inference"]: r for r in fitted.rows if r["term"] == term}
        least = fitted.numbers.get(f"minimum_detectable.{term}")
        rows.append(
            (
                head,
                *result_cells(by[options.primary]),
                *(p_text(by[way]["p_value"]) for way in options.beside),
                "" if least is None else f"{least:.3f}",
                f"{fitted.numbers['n_obs']:.0f} / {fitted.numbers['n_provinces']:.0f}",
            )
        )
    if rows:
        ways = [f"p, {options.beside[way]}" for way in options.beside]
        header = (
            "Region, form", "Product", "SE, CR3", "p, CR3", *ways, "Detectable", "Obs / provinces",
        )  # fmt: skip
        note = "Own slopes, province and year effects in every region; the product rebuilt in each."
        title = f"{pairing.regression.short}: the product within regions"
        table.grid(title, header, rows, [note], ())


def _breaks(release: Release, sample: Estimable, roles: Sequence[str]) -> pd.DataFrame:
    measures = [sample.choices[r].measure for r in roles]
    known = release.series_breaks
    return known.loc[known["measure"].isin(measures), ["province_code", "year"]]

"""Whether two regressors reinforce each other, and what one unit decides (kind `synergy`).

The page holds the product in both forms, with and without the unit that moves it most. The appendix has every
coefficient, the product within regions, effects over ranges, influence, leads and a threshold (`blocks`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.robustness.multiple_tests import minimum_detectable
from living_panel.estimation.econometrics.robustness.synergy import (
    FORMS,
    Form,
    interaction_parts,
    shifts_rebuilt,
)
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.panel.content_cache import by_content
from living_panel.estimation.panel.sample import Estimable, kept
from living_panel.estimation.tables.builder import REFUSED, Builder, Points, named
from living_panel.estimation.tables.facts import SHORT
from living_panel.estimation.tables.kinds.regions import by_region, regions_of
from living_panel.estimation.tables.kinds.synergy.blocks import (
    BOTH,
    Pair,
    add_effects,
    add_influence,
    add_leads,
    add_threshold,
    lead_points,
    threshold_points,
)
from living_panel.estimation.tables.kinds.synergy.options import Options, Pairing
from living_panel.estimation.tables.regressions import (
    Case,
    Columns,
    Fitted,
    RegressionBlock,
    fit_slopes,
    points_by_block,
    regression,
    sampled,
    shown_row,
    slopes,
)
from living_panel.estimation.tables.texts import NONE, bracket_header, p_text, result_cells
from living_panel.problems import words_of

__all__ = ["Options", "fill", "points"]

FORM_WORDS = {"centred": "centred", "demeaned": "two-way demeaned"}
FORM_NOTE = (
    "Centred: deviations from the sample means. In this form, the coefficient also reflects slope differences "
    "between {units} (or {periods}) that differ permanently in the other variable. Two-way demeaned: "
    "{unit} and {period} means are removed from both variables before they are multiplied (Giesselmann and "
    "Schmidt-Catran 2022). A real synergy should appear in both forms, whichever {unit} is left out."
)
Models = dict[str, tuple[Estimable, Form | None]]
"""Rows and form of the product of each column, by model."""


def fill(table: Builder, options: Options) -> None:
    """Y = x'b + s (x1 x2) + effects, the product in both forms."""
    for pairing, case in _cases(table, options):
        _main(options, case)
        _regions(options, pairing, case)
        for name, words, add in _below(options, pairing, case):
            title = f"{case.block.title}: {words}"
            with table.refusing(f"{case.block.id}.{name}", title):
                add(title)
    table.add_notes(FORM_NOTE)


def _below(
    options: Options, pairing: Pairing, case: Pair
) -> Iterator[tuple[str, str, Callable[[str], None]]]:
    """Block under a regression: its name, its description, and the function that adds it by its title."""
    way, label = options.way(options.brackets), case.table.label
    yield "effects", "marginal effects", partial(add_effects, case, way, options.marginal)
    influence = options.way(options.influence), options.most_influential_shown
    yield (
        "influence",
        f"{case.product}, leaving out one {{unit}} at a time",
        partial(add_influence, case, *influence),
    )
    if pairing.leads:
        words = "next year's regressors, a test of strict exogeneity"
        yield "leads", words, partial(add_leads, case, pairing.leads, way, options.leads)
    if (how := pairing.threshold) is not None:
        words = f"does the slope of {label(how.switching)} switch at a threshold of {label(how.regime)}?"
        yield "threshold", words, partial(add_threshold, case, how, options)


def points(table: Builder, options: Options) -> Points:
    """Slopes of every column, of the products by region, with leads and by regime."""
    for pairing in options.pairings:
        of_case = partial(_of_case, pairing=pairing, constant=options.constant)
        content = pairing.model_dump_json(), table.release.provinces, options.constant
        blocks = [pairing.regression]
        yield from points_by_block(table, blocks, of_case, content, pairing.pair)


def _of_case(allowed: Case[RegressionBlock], pairing: Pairing, *, constant: bool) -> Points:
    case = Pair(**vars(allowed), pair=pairing.pair)
    models = _models(case)[0] | {
        _regional_model(case, region, form): (part, form)
        for (region, form), part in _regional(pairing, case).items()
    }
    for model, (part, form) in models.items():
        with suppress(*REFUSED):
            rows = part.frame[[case.block.dependent, *case.regressors]]
            yield from named(model, _slopes(rows, case.pair, form, constant=constant))
    with suppress(*REFUSED):
        yield from lead_points(case, pairing.leads)
    with suppress(*REFUSED):
        yield from threshold_points(case, pairing.threshold, constant=constant)


@by_content
def _slopes(
    rows: pd.DataFrame, pair: tuple[str, str], form: Form | None, *, constant: bool
) -> pd.Series:
    """Slopes of the first column on the others and on the product of a pair of them."""
    y, x = _with_product(rows.iloc[:, 0], rows.iloc[:, 1:], pair, form)
    return slopes(y, x, constant=constant)


def product_term(pair: tuple[str, str], form: str) -> str:
    """Name of the product among the terms."""
    return f"{pair[0]} x {pair[1]} ({form})"


@by_content
def most_influential(
    y: pd.Series, x: pd.DataFrame, pair: tuple[str, str], form: Form
) -> tuple[str, float]:
    """Unit without which the product's coefficient moves most, and the coefficient then.

    The product is rebuilt on each sample, where it is identified. Ties go to the smallest code.
    """
    codes = x.index.get_level_values("province_code")

    def coefficient(mask: np.ndarray) -> float:
        parts = interaction_parts(x[mask], pair, form)
        product = (parts[pair[0]] * parts[pair[1]]).rename("product")
        return float(fit_slopes(y[mask], x[mask].assign(product=product))["product"])

    full = coefficient(np.ones(len(x), bool))
    without: dict[str, float] = {}
    for code in sorted(set(codes)):
        with suppress(*REFUSED):
            without[code] = coefficient(np.asarray(codes != code))
    if not without:
        raise Infeasible(codes.PRODUCT_NOT_IDENTIFIED())
    code = max(without, key=lambda c: abs(without[c] - full))
    return code, without[code]


def _cases(table: Builder, options: Options) -> Iterator[tuple[Pairing, Pair]]:
    """Pairings that the data allow, with their rows and regressors."""
    for pairing in options.pairings:
        for case in sampled(table, [pairing.regression], pairing.pair):
            yield pairing, Pair(**vars(case), pair=pairing.pair)


def _models(case: Pair) -> tuple[Models, dict[str, str]]:
    """Columns of a block by model: without a product, each form, each without one unit.

    With them the most influential unit of each form.
    """
    name, one = case.block.id, {}
    models: Models = {f"{name}.none": (case.sample, None)}
    models |= {f"{name}.{form}": (case.sample, form) for form in BOTH}
    for form in BOTH:
        with suppress(*REFUSED):
            one[str(form)] = code = most_influential(case.y, case.x, case.pair, form)[0]
            others = [p for p in case.sample.provinces if p != code]
            models[f"{name}.{form}.without_one"] = (kept(case.sample, others), form)
    return models, one


def _regional(pairing: Pairing, case: Pair) -> dict[tuple[str, Form], Estimable]:
    if pairing.scheme is None:
        return {}
    regions = regions_of(case.table.release, pairing.scheme, case.sample)
    return {
        (region, form): part
        for region, part in by_region(case.sample, regions).items()
        for form in BOTH
    }


def _regional_model(case: Pair, region: str, form: Form) -> str:
    return f"{case.block.id}.{region}.{form}"


def _columns(case: Pair, sample: Estimable, form: Form | None) -> tuple[pd.Series, pd.DataFrame]:
    """Outcome and regressors, the product last; it is made of the rows that enter."""
    y, x = sample.frame[case.block.dependent], sample.frame[case.regressors]
    return _with_product(y, x, case.pair, form)


def _with_product(
    y: pd.Series, x: pd.DataFrame, pair: tuple[str, str], form: Form | None
) -> tuple[pd.Series, pd.DataFrame]:
    if form is None:
        return y, x
    product = interaction_parts(x, pair, form).prod(axis=1)
    return y, x.assign(**{product_term(pair, form): product})


def _fitted(
    options: Options, case: Pair, model: str, sample: Estimable, form: Form | None
) -> Fitted:
    """One column, with the smallest product its primary test finds at the stated power."""
    y, x = _columns(case, sample, form)
    if form is None:
        return regression(model, y, x, options)
    anew = partial(shifts_rebuilt, y, x[case.regressors], case.pair, form)
    fitted = regression(model, y, x, options, anew)
    term = product_term(case.pair, form)
    row = next(r for r in fitted.rows if r["term"] == term and r["inference"] == options.brackets)
    if not pd.isna(row["p_value"]):
        fitted.numbers[Statistic("minimum_detectable", term)] = minimum_detectable(
            row["std_error"], row["df"], level=options.leads.level, power=options.leads.power
        )
    return fitted


def _main(options: Options, case: Pair) -> None:
    table, block, labels = case.table, case.block, case.labels
    models, one = _models(case)
    headers = ["no product", *FORM_WORDS.values()]
    headers += [f"{FORM_WORDS[f]}, without {table.provinces[code]}" for f, code in one.items()]
    columns = Columns(table, options)
    for number, (model, (part, form)) in enumerate(models.items(), start=1):
        header = f"({number}) {headers[number - 1]}"
        with columns.refusing(header, model):
            columns.add(header, _fitted(options, case, model, part, form), case.status)
    for name, code in one.items():
        table.add_numbers(f"{block.id}.{name}.without_one", {"left_out": code})
    products = {product_term(case.pair, f): f"{case.product}, {FORM_WORDS[f]}" for f in FORMS}
    left = [table.label(r) for r in block.enter if r not in case.regressors]
    notes = [
        f"Sample: {block.years}. The columns that leave out a {{unit}} omit the {{unit}} with the largest "
        "effect on the product's coefficient.",
        f"Left out, without values in this window: {', '.join(left)}." if left else "",
    ]
    controls = ", ".join(label for r, label in labels.items() if r not in case.pair)
    remark = f"Controls: {controls}." if controls else ""
    power = f"Detectable product, {options.leads.power:.0%} power"
    numbers = {
        "minimum_detectable": (power, "{:.3f}"),
        "effective_clusters": ("Effective clusters, product", "{:.1f}"),
        "largest_leverage": ("Largest leverage of a {unit}, product", "{:.2f}"),
    }
    detectable, *leverage = (_of_product(columns, products, n, *how) for n, how in numbers.items())
    terms = {**products, **{p: labels[p] for p in case.pair}}
    columns.page(block.heading, terms, list(products), [*notes, remark], first=[detectable])
    footer = [detectable, *leverage]
    every = {**terms, **labels, **({"constant": "Constant"} if options.constant else {})}
    columns.grid(
        block.heading, every, footer, notes, kinds=("within_two_way", "within_xtreg", "inclusive")
    )


def _of_product(
    columns: Columns, products: Mapping[str, str], name: str, label: str, form: str
) -> tuple[str, ...]:
    """Footer row of a number of whichever product a column has."""
    rows = [columns.row("", Statistic(name, term), form)[1:] for term in products]
    return (label, *("".join(cells) for cells in zip(*rows, strict=True)))


def _regions(options: Options, pairing: Pairing, case: Pair) -> None:
    """The product within each region, one row a region and form."""
    table = case.table
    others = {way: short for way, short in options.short.items() if way != options.primary}
    rows: list[tuple[str, ...]] = []
    for (region, form), part in _regional(pairing, case).items():
        model = _regional_model(case, region, form)
        head, term = f"{region}, {FORM_WORDS[form]}", product_term(case.pair, form)
        try:
            fitted = _fitted(options, case, model, part, form)
        except REFUSED as why:
            table.add_numbers(model, {"not_estimable": words_of(why)})
            rows.append((head, NONE, words_of(why)))
            continue
        table.estimates(model, fitted.rows, case.status)
        table.add_numbers(model, fitted.numbers)
        by = {r["inference"]: r for r in fitted.rows if r["term"] == term}
        least = fitted.numbers.get(Statistic("minimum_detectable", term))
        rows.append(
            (
                head,
                *result_cells(shown_row(by, options)),
                *(p_text(by[way]["p_value"]) for way in others),
                "" if least is None else f"{least:.3f}",
                f"{fitted.numbers['n_obs']:.0f} / {fitted.numbers['n_provinces']:.0f}",
            )
        )
    if rows:
        ways = [f"p, {short}" for short in others.values()]
        header = (
            "Region, form", "Product", bracket_header(options.primary), f"p, {SHORT[options.primary]}",
            *ways, "Detectable", "Obs / {units}",
        )  # fmt: skip
        note = (
            "Every region has its own slopes, {unit} effects and {period} effects. The product is computed "
            "anew within each region."
        )
        table.grid(f"{case.block.title}: the product within regions", header, rows, [note], ())

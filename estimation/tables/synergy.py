"""Whether two regressors reinforce each other, and what one province decides (kind `synergy`).

Belongs here: options, samples and columns of such a table, in both forms of the product, by region
and without the most influential province. Not here: the numerics (`synergy`, `threshold`); effects,
influence, leads and threshold as blocks (`synergy_blocks`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from estimation.econometrics.errors import Infeasible, InvalidData
from estimation.econometrics.fixed_effects.inference import resolve_mapping
from estimation.econometrics.fixed_effects.within import Floats
from estimation.econometrics.robustness.regions import minimum_detectable
from estimation.econometrics.robustness.synergy import (
    FORMS,
    Form,
    interaction_parts,
    shifts_rebuilt,
)
from estimation.panel.errors import NotEstimable
from estimation.panel.figures import joined
from estimation.panel.release import Release
from estimation.panel.sample import Estimable
from estimation.panel.spec import Spec
from estimation.tables.banner import banner
from estimation.tables.fixed_effects import (
    RegressionBlock,
    block_sample,
    regression,
    slopes,
    unsettled_notes,
)
from estimation.tables.regression_grid import Column, Layout, p_text, regression_block
from estimation.tables.result import Block, Picture, TableResult, coefficient_frame, statistic_frame
from estimation.tables.synergy_blocks import (
    Extras,
    Leads,
    Marginal,
    Threshold,
    effects_block,
    influence_block,
    lead_points,
    leads_block,
    threshold_block,
    threshold_points,
)

Rows = list[dict[str, Any]]
FORM_WORDS = {"centred": "centred", "demeaned": "two-way demeaned"}


class Pairing(BaseModel):
    """One regression with the product of two of its regressors, and what is asked of it."""

    model_config = ConfigDict(extra="forbid")

    regression: RegressionBlock
    pair: tuple[str, str]
    scheme: Literal["region_three", "region_nbs"] | None
    leads: list[str]
    threshold: Threshold | None


class Options(BaseModel):
    """Options of a synergy table; `primary`, `beside`, `influence` are labels of `inference`."""

    model_config = ConfigDict(extra="forbid")

    pairings: list[Pairing]
    inference: list[dict[str, Any]]
    primary: str
    beside: dict[str, str]
    influence: str
    constant: bool
    marginal: Marginal
    leads: Leads
    most_influential_shown: int


def estimate(spec: Spec, release: Release) -> TableResult:
    """Synergy table: y = x'b + s (x1 x2) + effects, the product in both forms.

    Raises
    ------
    NotEstimable
        When no pairing has both its regressors.
    """
    options = Options.model_validate(spec.options)
    labels = [resolve_mapping(way).label for way in options.inference]
    missing = {options.primary, options.influence, *options.beside} - set(labels)
    if missing:
        raise ValueError(f"{spec.table}: {sorted(missing)} is not among the inference: {labels}")
    done = [_pairing(spec, release, options, pairing) for pairing in options.pairings]
    samples = [sample for _, sample in done if sample is not None]
    if not samples:
        raise NotEstimable("; ".join(str(part.statistics[0]["text"]) for part, _ in done))
    records = {
        p.regression.id: sample.record()
        for p, (_, sample) in zip(options.pairings, done, strict=True)
        if sample is not None
    }
    pictures: list[Picture] = [picture for part, _ in done for picture in part.pictures]
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficient_frame([row for part, _ in done for row in part.coefficients]),
        statistics=statistic_frame([row for part, _ in done for row in part.statistics]),
        blocks=tuple(block for part, _ in done for block in part.blocks),
        banner=banner(release, spec.variables, samples),
        choices={"inference": labels, "primary": options.primary, "influence": options.influence},
        sample={**samples[0].record(), "blocks": records},
        figures_status=joined(s.figures_status for s in samples),
        notes=(
            "Two products under one name. Centred: off the sample means, so that it also carries "
            "how a slope differs between provinces and years with lasting differences in the "
            "other. "
            "Two-way demeaned: only movements within provinces and years (Giesselmann and "
            "Schmidt-Catran 2022). A synergy worth the word shows in both, and without any one "
            "province.",
            "The paper names a synergy in its title and estimates no product: there is nothing "
            "printed to compare with.",
        ),
        pictures=tuple(pictures),
    )


def points(spec: Spec, release: Release) -> pd.Series:
    """Slopes of every column, of the products by region, with leads and by regime, by (model, term)."""
    options = Options.model_validate(spec.options)
    found: dict[tuple[str, str], float] = {}
    for pairing in options.pairings:
        try:
            sample, regressors = _sample(spec, release, pairing)
        except NotEstimable:
            continue
        block = pairing.regression
        models = _models(pairing, sample, regressors, None)
        models |= _regional(pairing, sample, release)
        for model, (part, form) in models.items():
            frame, names = _with_product(part, regressors, pairing.pair, form)
            y, x = frame[block.dependent], frame[names]
            if np.linalg.matrix_rank(x.to_numpy() - x.to_numpy().mean(axis=0)) < len(names):
                continue
            values = slopes(y, x)
            found |= {(model, n): float(v) for n, v in zip(names, values, strict=True)}
            if options.constant:
                found[model, "constant"] = float(y.mean() - x.mean().to_numpy() @ values)
        y, x = sample.frame[block.dependent], sample.frame[regressors]
        found |= lead_points(block.id, y, x, pairing.leads, _breaks(release, sample, pairing.leads))
        if pairing.threshold is not None:
            found |= threshold_points(block.id, y, x, pairing.threshold, options.constant)
    if not found:
        raise NotEstimable("no pairing has a sample")
    index = pd.MultiIndex.from_tuples(list(found), names=["model", "term"])
    return pd.Series(list(found.values()), index=index, dtype="float64")


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


def _sample(spec: Spec, release: Release, pairing: Pairing) -> tuple[Estimable, list[str]]:
    sample, reasons = block_sample(spec, release, pairing.regression)
    lost = [reasons[p] for p in pairing.pair if p in reasons]
    if lost:
        raise NotEstimable("; ".join(lost))
    return sample, [r for r in pairing.regression.enter if r not in reasons]


def _without(sample: Estimable, provinces: Sequence[str]) -> Estimable:
    kept = ~sample.frame.index.get_level_values("province_code").isin(list(provinces))
    return replace(sample, frame=sample.frame[kept], levels=sample.levels[kept])


def _models(
    pairing: Pairing,
    sample: Estimable,
    regressors: list[str],
    found: dict[str, str] | None,
) -> dict[str, tuple[Estimable, Form | None]]:
    """Columns of a block by model: without a product, each form, each without one province.

    `found` takes the most influential province of each form.
    """
    block = pairing.regression
    y, x = sample.frame[block.dependent], sample.frame[regressors]
    models: dict[str, tuple[Estimable, Form | None]] = {f"{block.id}.none": (sample, None)}
    forms: tuple[Form, ...] = FORMS  # type: ignore[assignment]
    for form in forms:
        models[f"{block.id}.{form}"] = (sample, form)
    for form in forms:
        code, _ = most_influential(y, x, pairing.pair, form)
        models[f"{block.id}.{form}.without_one"] = (_without(sample, [code]), form)
        if found is not None:
            found[form] = code
    return models


def _regional(
    pairing: Pairing, sample: Estimable, release: Release
) -> dict[str, tuple[Estimable, Form | None]]:
    if pairing.scheme is None:
        return {}
    scheme = release.provinces.set_index("province_code")[pairing.scheme]
    own = scheme[sorted(set(sample.frame.index.get_level_values("province_code")))]
    forms: tuple[Form, ...] = FORMS  # type: ignore[assignment]
    return {
        f"{pairing.regression.id}.{region}.{form}": (
            _without(sample, own.index[own != region].tolist()),
            form,
        )
        for region in [r for r in ("East", "Central", "West", "Northeast") if r in set(own)]
        for form in forms
    }


def _with_product(
    sample: Estimable, regressors: list[str], pair: tuple[str, str], form: Form | None
) -> tuple[pd.DataFrame, list[str]]:
    if form is None:
        return sample.frame, regressors
    parts = interaction_parts(sample.frame[regressors], pair, form)
    term = product_term(pair, form)
    return sample.frame.assign(**{term: parts[pair[0]] * parts[pair[1]]}), [*regressors, term]


def _rebuilt(
    sample: Estimable,
    dependent: str,
    regressors: list[str],
    pair: tuple[str, str],
    form: Form | None,
) -> Floats | None:
    if form is None:
        return None
    return shifts_rebuilt(sample.frame[dependent], sample.frame[regressors], pair, form)


def _pairing(
    spec: Spec, release: Release, options: Options, pairing: Pairing
) -> tuple[Extras, Estimable | None]:
    block = pairing.regression
    try:
        sample, regressors = _sample(spec, release, pairing)
    except NotEstimable as why:
        row = {"model": block.id, "name": "not_estimable", "value": None, "text": str(why)}
        empty = Block(block.title, ("", "result"), (("not estimable", str(why)),))
        return Extras([empty], [], [row]), None
    names = release.provinces.set_index("province_code")["province"]
    one: dict[str, str] = {}
    models = _models(pairing, sample, regressors, one)
    coefficients: Rows = []
    statistics: Rows = []
    columns: list[Column] = []
    headers = ["no product", *(FORM_WORDS[f] for f in FORMS)]
    headers += [f"{FORM_WORDS[f]}, without {names[one[f]]}" for f in FORMS]
    for header, (model, (part, form)) in zip(headers, models.items(), strict=True):
        frame, terms = _with_product(part, regressors, pairing.pair, form)
        try:
            rows, numbers = regression(
                replace(part, frame=frame), block.dependent, terms, options, model,
                _rebuilt(part, block.dependent, regressors, pairing.pair, form),
            )  # fmt: skip
        except (Infeasible, InvalidData) as why:
            columns.append(Column(model, header, str(why)))
            statistics.append(_word(model, "not_estimable", str(why)))
            continue
        coefficients += rows
        statistics += numbers + _detectable(rows, options, model, pairing.pair, form)
        columns.append(Column(model, header))
    for left, code in one.items():
        statistics.append(_word(f"{block.id}.{left}.without_one", "left_out", code))
    columns = [Column(c.model, f"({i}) {c.header}", c.reason) for i, c in enumerate(columns, 1)]
    main = _grid(spec, options, pairing, columns, coefficients, statistics, regressors, sample)
    parts = [Extras([main], coefficients, statistics)]
    parts.append(_regions_block(spec, release, options, pairing, sample, regressors))
    y, x = sample.frame[block.dependent], sample.frame[regressors]
    labels = {r: spec.variables[r].label for r in regressors}
    ways = {resolve_mapping(way).label: way for way in options.inference}
    primary = ways[options.primary]
    where = (block.id, block.title.split(".")[0])
    status = sample.figures_status
    parts.append(effects_block(where, y, x, pairing.pair, primary, options.marginal, labels))
    shown = options.most_influential_shown
    parts.append(
        influence_block(where, y, x, pairing.pair, ways[options.influence], shown, names, labels)
    )
    if pairing.leads:
        breaks = _breaks(release, sample, pairing.leads)
        parts.append(
            leads_block(where, y, x, pairing.leads, primary, options.leads, breaks, labels, status)
        )
    if pairing.threshold is not None:
        parts.append(
            threshold_block(
                where, y, x, pairing.threshold, options, sample, labels, options.primary
            )
        )
    return Extras.joined(parts), sample


def _breaks(release: Release, sample: Estimable, roles: Sequence[str]) -> pd.DataFrame:
    measures = [sample.choices[r].measure for r in roles]
    table = release.series_breaks
    return table.loc[table["measure"].isin(measures), ["province_code", "year"]]


def _word(model: str, name: str, text: str) -> dict[str, Any]:
    return {"model": model, "name": name, "value": None, "text": text}


def _detectable(
    rows: Rows, options: Options, model: str, pair: tuple[str, str], form: Form | None
) -> Rows:
    """Smallest product a test under the primary covariance finds with the stated power."""
    if form is None:
        return []
    term = product_term(pair, form)
    row = next(r for r in rows if r["term"] == term and r["inference"] == options.primary)
    if pd.isna(row["p_value"]):
        return []
    least = minimum_detectable(
        row["std_error"], row["df"], level=options.leads.level, power=options.leads.power
    )
    return [{"model": model, "name": f"minimum_detectable.{term}", "value": least, "text": None}]


def _grid(
    spec: Spec,
    options: Options,
    pairing: Pairing,
    columns: Sequence[Column],
    coefficients: Rows,
    statistics: Rows,
    regressors: list[str],
    sample: Estimable,
) -> Block:
    block = pairing.regression
    layout = Layout(
        options.primary,
        tuple(options.beside),
        {options.primary: "CR3 jackknife", **options.beside},
        spec.stars,
    )
    labels = {r: spec.variables[r].label for r in regressors}
    names = [labels[p] for p in pairing.pair]
    products = {
        product_term(pairing.pair, f): f"{names[0]} × {names[1]}, {FORM_WORDS[f]}" for f in FORMS
    }
    first = {p: labels[p] for p in pairing.pair}
    terms = {**products, **first, **{r: t for r, t in labels.items() if r not in first}}
    if options.constant:
        terms["constant"] = "Constant"
    numbers = {(s["model"], s["name"]): s["value"] for s in statistics}

    def row(label: str, name: str, form: str) -> tuple[str, dict[str, str]]:
        found = {c.model: numbers.get((c.model, name)) for c in columns}
        return label, {m: form.format(v) for m, v in found.items() if v is not None}

    def of_product(label: str, name: str, form: str) -> tuple[str, dict[str, str]]:
        cells: dict[str, str] = {}
        for term in products:
            cells |= row(label, f"{name}.{term}", form)[1]
        return label, cells

    footer = [
        of_product(
            f"Detectable product, {options.leads.power:.0%} power", "minimum_detectable", "{:.3f}"
        ),
        row("Observations", "n_obs", "{:.0f}"),
        row("Provinces = clusters", "n_provinces", "{:.0f}"),
        of_product("Effective clusters, product", "effective_clusters", "{:.1f}"),
        of_product("Largest leverage of a province, product", "largest_leverage", "{:.2f}"),
        row("R², within (both ways)", "r_squared.within_two_way", "{:.3f}"),
        row("R², within (xtreg, fe)", "r_squared.within_xtreg", "{:.3f}"),
        row("R², inclusive (LSDV)", "r_squared.inclusive", "{:.3f}"),
    ]
    window = block.sample
    out = f" without {', '.join(map(str, window.without_years))}" if window.without_years else ""
    notes = [
        f"Sample: {window.first_year}-{window.last_year}{out}. The province left out is the one "
        "without which that form of the product moves most."
    ]
    reasons = [r for r in block.enter if r not in regressors]
    if reasons:
        left = ", ".join(spec.variables[r].label for r in reasons)
        notes.append(f"Left out, no figures in this window: {left}.")
    notes += unsettled_notes(columns, statistics)
    return regression_block(
        block.title, columns, terms, pd.DataFrame(coefficients), layout, footer, notes
    )


def _regions_block(
    spec: Spec,
    release: Release,
    options: Options,
    pairing: Pairing,
    sample: Estimable,
    regressors: list[str],
) -> Extras:
    """The product within each region, one row a region and form."""
    coefficients: Rows = []
    statistics: Rows = []
    rows: list[tuple[str, ...]] = []
    beside = list(options.beside)
    width = 3 + len(beside) + 3
    for model, (part, form) in _regional(pairing, sample, release).items():
        assert form is not None
        region = model.split(".")[1]
        frame, terms = _with_product(part, regressors, pairing.pair, form)
        try:
            dependent = pairing.regression.dependent
            own, numbers = regression(
                replace(part, frame=frame), dependent, terms, options, model,
                _rebuilt(part, dependent, regressors, pairing.pair, form),
            )  # fmt: skip
        except (Infeasible, InvalidData) as why:
            statistics.append(_word(model, "not_estimable", str(why)))
            head = (f"{region}, {FORM_WORDS[form]}", "n.e.", str(why))
            rows.append((*head, *[""] * (width - len(head))))
            continue
        numbers += _detectable(own, options, model, pairing.pair, form)
        coefficients += own
        statistics += numbers
        term = product_term(pairing.pair, form)
        by = {r["inference"]: r for r in own if r["term"] == term}
        values = {n["name"]: n["value"] for n in numbers}
        least = values.get(f"minimum_detectable.{term}")
        main = by[options.primary]
        rows.append(
            (
                f"{region}, {FORM_WORDS[form]}",
                f"{main['estimate']:.3f}",
                f"({main['std_error']:.3f})",
                *(p_text(by[way]["p_value"]) for way in (options.primary, *beside)),
                "" if least is None else f"{least:.3f}",
                f"{values['n_obs']:.0f} / {values['n_provinces']:.0f}",
            )
        )
    if not rows:
        return Extras([], [], [])
    header = (
        "Region, form", "Product", "SE, CR3", "p, CR3",
        *(f"p, {options.beside[way]}" for way in beside), "Detectable", "Obs / provinces",
    )  # fmt: skip
    title = f"{pairing.regression.title.split('.')[0]}: the product within regions"
    note = "Own slopes, province and year effects in every region; the product rebuilt in each."
    return Extras([Block(title, header, tuple(rows), (note,))], coefficients, statistics)

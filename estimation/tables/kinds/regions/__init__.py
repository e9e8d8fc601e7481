"""A regression by region, whether its slopes differ, and their order against a printed one (kind `regions`).

The page holds the first comparison and the results for its first variable. The appendix has every comparison, every
inference and every test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from itertools import combinations
from typing import Any

import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.inference.rows import MINIMUM_CLUSTERS
from living_panel.estimation.econometrics.robustness.regions import EXCHANGEABILITY
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.sample import Estimable, kept
from living_panel.estimation.panel.spec import Strict
from living_panel.estimation.tables.builder import REFUSED, Builder, Points, named
from living_panel.estimation.tables.kinds.regions.equality import Equality, add_equality
from living_panel.estimation.tables.regressions import (
    Case,
    Columns,
    ComparedTable,
    Fitted,
    InferenceOptions,
    RegressionBlock,
    points_by_block,
    regression,
    sampled,
    slopes,
)
from living_panel.estimation.tables.texts import NONE
from living_panel.problems import problem_words

ALL = "all"
KINDS = ("within_two_way", "within_xtreg", "inclusive", "effects_alone")
"""Kinds of R² of a region's column."""
Scheme = str | dict[str, list[str]]


class RegionComparison(Strict):
    """One regression run in every region of a scheme."""

    regression: RegressionBlock
    """Regression to run in each region."""
    scheme: Scheme
    """Column of the release with the regions, the paper's own scheme, or units by region."""
    printed: dict[str, str]
    """Printed column to compare with, by region; `{}` for none."""
    words: str = ""
    """Words for the scheme in texts."""


class Options(InferenceOptions):
    """Options of a table by region."""

    comparisons: list[RegionComparison]
    """Regressions, each with its scheme of regions."""
    equality: Equality
    """Tests whether slopes are equal over regions."""
    printed: ComparedTable | None = None
    """Printed table to compare with."""


def fill(table: Builder, options: Options) -> None:
    """Separate regressions, tests of equal slopes, the order of the regions."""
    for comparison in options.comparisons:
        for case in sampled(table, [comparison.regression]):
            reasons = {
                Statistic("not_estimable", role): problem_words(why)
                for role, why in case.refusals.items()
            }
            table.add_numbers(case.block.id, reasons)
            _comparison(case, options, comparison, on_page=comparison is options.comparisons[0])
    table.add_fine_print(
        "Every region has its own slopes, {unit} effects and {period} effects; clusters are {units}.",
        "Randomisation: " + EXCHANGEABILITY + ".",
    )


def points(table: Builder, options: Options) -> Points:
    """Slopes of every region, of all units, and their differences."""
    for comparison in options.comparisons:
        of_case = partial(_of_case, scheme=comparison.scheme, constant=options.constant)
        content = comparison.scheme, table.release.provinces, options.constant
        yield from points_by_block(table, [comparison.regression], of_case, content)


def _of_case(case: Case[RegressionBlock], scheme: Scheme, *, constant: bool) -> Points:
    block, regions = case.block, regions_of(case.table.release, scheme, case.sample)
    large: dict[str, pd.Series] = {}
    for name, part in {**by_region(case.sample, regions), ALL: case.sample}.items():
        y, x = part.frame[block.dependent], part.frame[case.regressors]
        with suppress(*REFUSED):
            coefficients = slopes(y, x, constant=constant)
            yield from named(f"{block.id}.{name}", coefficients)
            if name != ALL and len(part.provinces) >= MINIMUM_CLUSTERS:
                large[name] = coefficients
    for first, second in combinations(large, 2):
        gap = large[first] - large[second]
        yield from named(f"{block.id}.{first} - {second}", gap[case.regressors])


def regions_of(release: Release, scheme: Scheme, sample: Estimable) -> pd.Series:
    """Region of each unit of the sample, regions in the order of the scheme.

    That of a column of the release is the order of their first unit's code.

    Raises
    ------
    ValueError
        For a scheme the release does not have, or one without a unit of the sample.
    """
    known = release.provinces.set_index("province_code").sort_index()
    unit_codes = sorted(sample.provinces)
    if isinstance(scheme, dict):
        regions = pd.Series({code: name for name, of in scheme.items() for code in of}, dtype="str")
        if lost := [code for code in unit_codes if code not in regions]:
            raise InvalidSpec(
                Code.SPEC_REGIONS(
                    "these units are in no region of {scheme}: {lost}",
                    "add them to a region of the scheme",
                    scheme=[*scheme],
                    lost=[*lost],
                )
            )
    elif scheme in known:
        regions = known[scheme]
    else:
        schemes = [c for c in known if c.startswith("region")]
        raise InvalidSpec(
            Code.SPEC_REGIONS(
                "neither the paper nor the release has a scheme of regions {scheme!r}",
                "write one of {schemes}",
                scheme=scheme,
                schemes=schemes,
            )
        )
    order = {name: place for place, name in enumerate(dict.fromkeys(regions))}
    return regions[unit_codes].sort_values(key=lambda s: s.map(order), kind="stable")


def _named(scheme: Scheme) -> str:
    return scheme if isinstance(scheme, str) else ", ".join(scheme)


def by_region(sample: Estimable, regions: pd.Series) -> dict[str, Estimable]:
    """The sample of each region."""
    return {n: kept(sample, regions.index[regions == n]) for n in dict.fromkeys(regions)}


def _comparison(
    case: Case[RegressionBlock], options: Options, comparison: RegionComparison, *, on_page: bool
) -> None:
    table, block = case.table, case.block
    regions = regions_of(table.release, comparison.scheme, case.sample)
    columns = Columns(table, options)
    estimated = []
    for name, part in {**by_region(case.sample, regions), ALL: case.sample}.items():
        model, header = f"{block.id}.{name}", name.capitalize() if name == ALL else name
        with columns.refusing(header, model):
            y, x = part.frame[block.dependent], part.frame[case.regressors]
            fitted = regression(model, y, x, options)
            fitted.numbers.update(_joint(fitted, options.brackets, len(case.regressors)))
            columns.add(header, fitted, part.figures_status)
            estimated.append(name)
    _grids(case, options, comparison, columns, on_page=on_page)
    compared = regions[regions.isin(estimated)]
    add_equality(case, options.equality, compared, options.exact_rule, on_page=on_page)
    if comparison.printed and options.printed is not None:
        _order(case, comparison, options.printed, columns, on_page=on_page)


def _joint(fitted: Fitted, errors: str, slopes: int) -> dict[str, Any]:
    """Joint F of all slopes under the covariance of the errors, where a joint test exists."""
    result = fitted.results[errors]
    groups = result.n_clusters or 0
    if not result.enough_clusters or slopes > (groups - 1) / 2:
        return {"f_statistic": f"none: {slopes} > {max((groups - 1) // 2, 0)}"}
    test = result.wald()
    return {"f_statistic": (test.statistic, test.p_value)}


def _grids(
    case: Case[RegressionBlock],
    options: Options,
    comparison: RegionComparison,
    columns: Columns,
    *,
    on_page: bool,
) -> None:
    block, terms = case.block, case.labels
    focal = case.regressors[0]
    printed = _printed(options.printed, comparison, columns.headers)
    few = [
        header
        for m, header in columns.headers.items()
        if m not in columns.refusals and columns.numbers[m, "n_provinces"] < MINIMUM_CLUSTERS
    ]
    notes = [f"Sample: {block.years}; {comparison.words or _named(comparison.scheme)}."]
    if few:
        notes.append(
            f"{', '.join(few)}: fewer than {MINIMUM_CLUSTERS} clusters. The estimates therefore have no "
            "p-values or intervals, and the tests below omit them."
        )
    left = [
        f"{case.table.label(r)}: not estimable: {problem_words(why)}."
        for r, why in case.refusals.items()
    ]
    if on_page:
        columns.page(block.heading, terms, [focal], notes, printed)
    row = columns.row("F of all slopes, CR3 (p)", "f_statistic", "{}")
    # without a joint test, its reason replaces the two numbers
    if any(isinstance(columns.numbers.get((m, "f_statistic")), str) for m in columns.headers):
        notes.append(
            "F is not computed if the number of slopes is more than (G-1)/2, where G is the number of "
            "clusters."
        )
    footer = [
        *columns.leverage_rows(focal, terms[focal]),
        row,
        *_printed_rows(printed, columns.headers),
    ]
    every = {**terms, "constant": "Constant"} if options.constant else terms
    columns.grid(block.heading, every, footer, [*notes, *left], printed, kinds=KINDS)


def _printed(
    source: ComparedTable | None, comparison: RegionComparison, shown: Iterable[str]
) -> dict[tuple[str, str], str]:
    """Printed cells by (our model, term, or the name of a statistic of the whole column)."""
    if source is None or not comparison.printed:
        return {}
    ours = {theirs: f"{comparison.regression.id}.{r}" for r, theirs in comparison.printed.items()}
    there = {theirs: model for theirs, model in ours.items() if model in set(shown)}
    return source.beside(there, ("estimate", "f_statistic", "r_squared"))


def _printed_rows(
    printed: Mapping[tuple[str, str], str], models: Iterable[str]
) -> list[tuple[str, ...]]:
    labels = {"f_statistic": "  printed F", "r_squared": "  printed R², unnamed"}
    return [
        (label, *(printed.get((model, name), "") for model in models))
        for name, label in labels.items()
    ]


def _order(
    case: Case[RegressionBlock],
    comparison: RegionComparison,
    source: ComparedTable,
    columns: Columns,
    *,
    on_page: bool,
) -> None:
    """Which region has the largest slope, in our table and in the printed one."""
    table, block, primary = case.table, case.block, columns.ways.primary
    regions = {theirs: region for region, theirs in comparison.printed.items()}
    cells = source.cells()
    cells = cells[(cells["statistic"] == "estimate") & cells["model"].astype(str).isin(regions)]
    rows: list[tuple[str, ...]] = []
    for term in block.enter:
        printed = cells[cells["term"] == term].set_index("model")["estimate"].rename(regions)
        theirs = " > ".join(printed.sort_values(ascending=False, kind="stable").index)
        keys = {r: (f"{block.id}.{r}", term, primary) for r in printed.index}
        ours = pd.Series(
            {r: columns.rows[key]["estimate"] for r, key in keys.items() if key in columns.rows},
            dtype="float64",
        )
        if term in case.refusals or len(ours) < 2:
            rows.append((table.label(term), theirs, NONE))
            continue
        pairs = list(combinations(ours.index, 2))
        same = sum((ours[a] - ours[b]) * (printed[a] - printed[b]) > 0 for a, b in pairs)
        order = " > ".join(ours.sort_values(ascending=False, kind="stable").index)
        rows.append((table.label(term), theirs, order, f"{same} of {len(pairs)}"))
        numbers = {"pairs_as_printed": same, "pairs": len(pairs)}
        table.add_numbers(block.id, {Statistic(f"order_{n}", term): v for n, v in numbers.items()})
        table.add_numbers(block.id, {Statistic("order", term): order})
    title = f"{block.title}: the order of the regions, printed and found"
    header = ("Slope", "Printed order", "Order found", "Pairs as printed")
    note = (
        "The order of estimates is not a test; the tests above show whether the slopes differ. In a random "
        "order, half of the pairs agree with print on average."
    )
    if on_page:
        table.grid(title, header, rows[:1], [note], appendix=False)
    table.grid(title, header, rows, [note])

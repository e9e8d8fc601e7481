"""A spec of one's own may ask for what the data do not allow: a named result, never an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PAPERS, Spec, load_spec
from living_panel.estimation.tables.estimate import estimate, points
from tests.refusals import refuses
from tests.unit.reading import block_of, hold_points, shipped, texts
from tests.unit.table_release_fixture import planted_release

FIVE = ["110000", "120000", "130000", "140000", "150000"]
MUNNELL = PAPERS / "munnell_1990" / "specs" / "munnell_1990_productivity.yml"


def sample(**changes: Any) -> dict[str, Any]:
    window = {"first_year": 2008, "last_year": 2020, "without_years": [], "minimum_coverage": 1}
    return {"provinces": "all", **window, **changes}


def regression(*enter: str, **changes: Any) -> dict[str, Any]:
    """A regression of exports on roles."""
    return {
        "id": "b", "title": "B", "dependent": "ex", "enter": list(enter), "beside_printed": False,
        "interpolation": {"method": "none"}, "sample": sample(**changes),
    }  # fmt: skip


def with_twin(spec: Spec) -> Spec:
    """A spec with a variable `twin` that is FDI once more."""
    twin = spec.variables["fdi"].model_copy(update={"label": "twin"})
    return spec.model_copy(update={"variables": {**spec.variables, "twin": twin}})


def columns(*enter: str, **changes: Any) -> Spec:
    """Two-way regressions of exports, variables entering one by one."""
    none = {"printed": None, "omitted": None, "changes": [], "placebos": [], "exact": []}
    return with_twin(shipped("t04_baseline", blocks=[regression(*enter, **changes)], **none))


def textbook(*enter: str, **changes: Any) -> Spec:
    """The textbook's estimators side by side."""
    options = {**load_spec(MUNNELL).options, "printed": None, "changes": []}
    block = regression(*enter, **changes) | {"effects": {"pooled": "none", "within": "unit"}}
    spec = shipped("t04_baseline")
    return with_twin(spec.model_copy(update={"options": {**options, "blocks": [block]}}))


@pytest.fixture(scope="module")
def release() -> Release:
    return planted_release()


def test_collinear_regressors_are_refused_in_their_column_alone(release: Release) -> None:
    spec = columns("fdi", "twin")
    made = estimate(spec, release)
    refused = texts(made, "not_estimable")
    assert list(refused.index) == ["b.2"] and "twin is collinear with fdi" in refused.item()
    hold_points(points(spec, release), made)
    assert "fdi, twin: these variables are collinear" in str(
        estimate(textbook("fdi", "twin"), release).reason
    )


@pytest.mark.parametrize("table", [columns, textbook])
def test_five_units_have_estimates_and_no_p_values(
    table: Callable[..., Spec], release: Release
) -> None:
    made = estimate(table("fdi", "gdp", provinces=FIVE), release)
    clustered = made.coefficients[made.coefficients["inference"].str.endswith("t(G-1)")]
    assert len(clustered) and clustered["estimate"].notna().all()
    assert clustered[["p_value", "ci_low", "ci_high"]].isna().all(axis=None)


def test_a_sample_of_one_year_says_why_there_is_no_regression(release: Release) -> None:
    for scheme in (
        columns("fdi", last_year=2008),
        synergy("fdi", "ce", sample={"last_year": 2008}),
    ):
        made = estimate(scheme, release)
        assert made.status == "not_estimable" and "no degree of freedom" in str(made.reason)


def synergy(
    *enter: str, without: str = "", sample: dict[str, Any] | None = None, **pairing: Any
) -> Spec:
    """The product of FDI and e-commerce; `without` is a variable in levels."""
    asked = {"pair": ["fdi", "ce"], "scheme": None, "leads": [], "threshold": None}
    asked["regression"] = regression(*enter, **(sample or {}))
    spec = shipped("t07_synergy", pairings=[asked | pairing])
    few = [w | {"draws": 99} if "draws" in w else w for w in spec.options["inference"]]
    spec.options.update(inference=few, beside={})
    levels = {
        r: v.model_copy(update={"log": r != without and v.log}) for r, v in spec.variables.items()
    }
    return spec.model_copy(update={"variables": levels})


@pytest.mark.long
def test_a_product_that_the_figures_do_not_carry_leaves_the_rest_of_its_table(
    release: Release,
) -> None:
    """With two years, the product of deviations from means is constant within provinces."""
    spec = synergy("fdi", "ce", sample={"last_year": 2009})
    made = estimate(spec, release)
    refused = texts(made, "not_estimable")
    assert refused["b.demeaned"].startswith(
        "the effects absorb these regressors: fdi x ce (demeaned)"
    )
    assert {"b.none", "b.centred"} <= set(made.coefficients["model"])
    assert "b.demeaned" not in points(spec, release).index.get_level_values(0)


def test_a_region_of_one_and_a_role_without_figures_are_refused_by_name() -> None:
    made = planted_release()
    made.panel["gdp_cny_100m"] = float("nan")
    some = {"provinces": [*FIVE, "210000", "220000", "500000"]}
    spec = synergy("fdi", "ce", "gdp", scheme="region_three", leads=["gdp"], sample=some)
    refused = texts(estimate(spec, made), "not_estimable")
    assert refused["b.West.demeaned"].startswith("the effects absorb")
    assert "no values by unit" in refused["b.leads"]


@pytest.mark.long
def test_a_threshold_of_a_regime_in_levels_is_told_in_levels(release: Release) -> None:
    how = {"switching": "fdi", "regime": "ce", "draws": 99, "seed": 1, "trim": 0.15, "level": 0.95}
    made = estimate(synergy("fdi", "ce", threshold=how, without="ce"), release)
    shown = [row[0] for row in block_of(made, "threshold").rows]
    assert shown[0] == "Threshold" and not any("logs" in s or "units" in s for s in shown)


@pytest.mark.parametrize(
    "asked", [{"pair": ["fdi", "lab"]}, {"leads": ["lab"]}], ids=["pair", "leads"]
)
def test_a_product_of_what_does_not_enter_is_told_with_its_remedy(
    asked: dict[str, Any], release: Release
) -> None:
    with refuses(ValueError, Code.SPEC_VALUE):
        estimate(synergy("fdi", "ce", **asked), release)

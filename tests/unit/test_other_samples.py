"""The same table on other samples: each gives the numbers of the sample that it names."""

from __future__ import annotations

from dataclasses import replace

from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.tables.estimate import estimate
from living_panel.estimation.tables.other_samples import other_samples
from tests.unit.test_paper_data_from_files import release_of_paper

PAPER = PAPERS / "kleiber_zeileis_2008"
SPEC = load_spec(PAPER / "specs" / "kleiber_zeileis_2008_firms.yml")


def test_periods_and_units_are_left_out_one_at_a_time() -> None:
    release = release_of_paper(PAPER)
    found = {other.detail: other.tables[0].coefficients for other in other_samples(SPEC, release)}
    first, last = (SPEC.options["sample"][f"{end}_year"] for end in ("first", "last"))
    assert {f"from {first + 1}", f"to {last - 1}"} <= set(found)
    assert "complete units alone" not in found, "every firm is complete"
    assert all(other.cause == "other_sample" for other in other_samples(SPEC, release))
    own = estimate(SPEC, release).coefficients["estimate"].tolist()
    assert all(frame["estimate"].tolist() != own for frame in found.values())


def test_units_that_lack_a_period_are_left_out_together() -> None:
    release = release_of_paper(PAPER)
    panel = release.panel.copy()
    unit, year = ("IBM", 1940)
    measure = next(iter(SPEC.variables.values())).measures[0]
    panel.loc[(unit, year), measure] = None
    holed = replace(release, panel=panel)
    options = {**SPEC.options, "sample": {**SPEC.options["sample"], "minimum_coverage": 0.5}}
    spec = SPEC.model_copy(update={"options": options})
    found = {other.detail: other.tables[0].coefficients for other in other_samples(spec, holed)}
    alone = found["complete units alone"]
    assert alone["estimate"].tolist() == found[f"without {unit}"]["estimate"].tolist()

"""As of a date: which edition a paper's data come from, and which tables are not yet published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.estimation.data_sets.data_set import load_data_set
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.papers.paper_data import release_frames
from living_panel.estimation.papers.source import edition_of, is_published
from living_panel.ingestion.provenance.catalog import all_editions
from living_panel.orchestration.outputs.releases import has_panel, release_for, was_published
from living_panel.orchestration.root.settings import Settings

DATA = PAPERS / "acemoglu_2008" / "data"
STUDY = PAPERS / "growth_editions_2026" / "data"


def test_the_data_set_of_then_has_no_later_edition() -> None:
    found = edition_of(DATA, as_of="2012")
    assert found is not None
    assert found.edition.name == "7.1"
    assert [e.name for e in found.data_set.editions][-1] == "7.1"
    with pytest.raises(InvalidSpec) as error:
        load_data_set("penn_world_table").until("1994")
    assert error.value.codes == [Code.AS_OF]


def test_a_release_of_then_knows_the_common_sample_of_then() -> None:
    """Fewer editions leave more country-years that are in each of them."""
    then, now = (release_frames(DATA, as_of=as_of)["panel"] for as_of in ("2012", None))
    assert then["in_every_edition"].sum() > now["in_every_edition"].sum() > 0
    sources = release_frames(DATA, as_of="2012")["observations"]
    assert set(sources.loc[sources["measure"] == "income_level", "file"]) == {"pwt7.1.csv.gz"}


@pytest.mark.parametrize(
    ("data", "as_of", "known"),
    [
        (DATA, "2007", False),  # the edition is there, the authors' data are not
        (DATA, "2008", True),
        (STUDY, "1994", False),
        (STUDY, "1995-01-30", False),
        (STUDY, "1995-01-31", True),  # a month counts from its last day
        (PAPERS / "munnell_1990" / "data", "1989", False),
        (PAPERS / "munnell_1990" / "data", "1990", True),
        (PAPERS / "munnell_1990" / "data", "1990-06-30", False),
    ],
)
def test_data_exist_from_their_release_on(data, as_of: str, known: bool) -> None:  # type: ignore[no-untyped-def]
    assert is_published(data, as_of) is known


def test_a_table_on_the_panel_exists_from_its_first_edition_on() -> None:
    spec = load_spec(PAPERS / "bi_2025" / "specs" / "t04_baseline.yml")
    assert not was_published(spec, "2012") and was_published(spec, "2024")
    first = min(all_editions())
    assert [has_panel(f"{first - 1}-12-31"), has_panel(f"{first}-12-31"), has_panel(str(first))] == [
        False, True, True,
    ]  # fmt: skip


def test_a_table_as_of_a_date_rests_on_the_edition_of_then(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")
    spec = load_spec(PAPERS / "acemoglu_2008" / "specs" / "acemoglu_2008_freedom_house.yml")
    manifest = json.loads((release_for(settings, spec, "2012") / "manifest.json").read_bytes())
    assert "pwt7.1.csv.gz" in {source["file"] for source in manifest["sources"]}

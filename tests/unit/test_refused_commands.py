"""Commands that the present state or their arguments do not allow: codes, fields and places."""

from __future__ import annotations

from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.orchestration.assets.new_editions import write_new_edition
from living_panel.orchestration.assets.teaching import teach_landed
from living_panel.orchestration.commands import authoring, docs, sql, teach
from living_panel.orchestration.commands.entries import state as state_commands
from living_panel.orchestration.commands.refresh import run_paper
from living_panel.orchestration.root import settings as root_settings
from living_panel.orchestration.root.settings import (
    NoWorkspace,
    Settings,
    load_settings,
    require_root,
)
from living_panel.problems import ProblemError, Refused
from tests.fixtures.sources import documents
from tests.refusals import refuses
from tests.unit.test_layout_files import written


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data root without anything in it."""
    (tmp_path / "data").mkdir()
    return Settings(root=tmp_path / "data", state=tmp_path / "state")


def test_nothing_is_read_before_the_first_run(settings: Settings) -> None:
    with refuses(Refused, Code.NOT_BUILT, published=settings.published):
        sql.open_shell(settings, None)
    export = state_commands._export.callback(table="t04_baseline", file=settings.root / "t.tex")
    with refuses(Refused, Code.NOT_BUILT, published=settings.published):
        export.call(settings, export.options)
    with refuses(Refused, Code.NOT_BUILT) as error:
        docs.write_docs(settings)
    assert error.value.problems[0].place.file == str(settings.build_file(None))


def test_a_file_of_sql_is_a_file_and_reaches_no_other(settings: Settings) -> None:
    settings.published.touch()
    file = settings.root / "query.sql"
    with refuses(Refused, Code.COMMAND) as error:
        sql.open_shell(settings, file, external=True)
    assert error.value.problems[0].place.file == str(file)
    with refuses(Refused, Code.COMMAND) as error:
        sql._read_from(file)
    assert error.value.problems[0].place.file == str(file)


def test_a_data_root_and_a_workspace_are_there(tmp_path: Path, monkeypatch) -> None:
    with refuses(Refused, Code.ROOT) as error:
        require_root(Settings(root=tmp_path / "dta", state=tmp_path))
    assert error.value.problems[0].place.file == str(tmp_path / "dta")
    monkeypatch.setattr(root_settings, "IS_CHECKOUT", False)
    monkeypatch.delenv("LIVING_PANEL_DATA", raising=False)
    (tmp_path / "study").mkdir()
    monkeypatch.chdir(tmp_path / "study")
    with refuses(NoWorkspace, Code.WORKSPACE) as error:
        load_settings()
    assert error.value.problems[0].place.file == str(tmp_path / "study")


def test_a_paper_of_a_workspace_brings_its_data(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(authoring, "has_sources", lambda: False)
    with refuses(InvalidSpec, Code.WORKSPACE) as error:
        authoring.new_paper("mine_2026", tmp_path)
    assert error.value.problems[0].place.file == str(tmp_path / "mine_2026")
    assert not (tmp_path / "mine_2026").exists()


def test_an_edition_has_a_year_or_a_file_and_a_date() -> None:
    with refuses(Refused, Code.CATALOG_UNKNOWN, edition="spring"):
        write_new_edition("postal_express", "spring", "", "", {})
    with refuses(Refused, Code.SET_FORM, missing=["file", "released"]):
        write_new_edition("penn_world_table", "12", "", "", {})


def test_a_table_of_a_file_has_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = [{"place": f"sheet {n}", "title": f"Table {n}"} for n in (1, 2)]
    monkeypatch.setenv("TEACH_TABLE", "3")
    with refuses(Refused, Code.READ_TABLE, number=3, n_drafts=2):
        teach._chosen(drafts)


@pytest.mark.long
def test_a_layout_that_is_taught_has_a_name_of_its_own(settings: Settings, monkeypatch) -> None:
    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", str(settings.root / "layouts"))
    (settings.root / "layouts").mkdir()
    file = settings.landing / "statistical_yearbook" / "2022" / "own.xlsx"
    file.parent.mkdir(parents=True)
    file.write_bytes(documents.xlsx(documents.gdp_sheet()))
    index = "地区生产总值指数(上年=100)"
    answers = {
        "column_B": "地区生产总值", "column_C": index, "year_B": "2022", "year_C": "2022",
    }  # fmt: skip

    def taught(name: str) -> object:
        return teach_landed(settings, file, 1, answers, name, replace=False)

    with refuses(Refused, Code.NAME_FORM, name="../gdp"):
        taught("../gdp")
    written(settings.root / "layouts" / "gdp.yml", titles=["人口"])
    with refuses(ProblemError, Code.NAME_TAKEN) as error:
        taught("gdp")
    assert error.value.problems[0].fields["path"].endswith("gdp.yml")


def test_a_paper_that_is_run_alone_has_tables_and_something_to_join(settings: Settings) -> None:
    with refuses(InvalidSpec, Code.UNKNOWN_TABLE, paper="bi_2052", choices=["bi_2025"]):
        run_paper(settings, "bi_2052")
    with refuses(InvalidSpec, Code.NOT_BUILT, paper="bi_2025"):
        run_paper(settings, "bi_2025")


def test_a_workspace_without_a_paper_says_how_to_make_one(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("LIVING_PANEL_PAPERS", str(tmp_path))
    assert Code.WORKSPACE in state_commands._without_papers()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "paper.yml").touch()
    assert state_commands._without_papers() == ""

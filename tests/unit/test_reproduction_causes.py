"""Stored causes of numbers that differ: one digit, another sample, another edition; kept until an input changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from living_panel.estimation.audit.causes import COLUMNS, NO_CAUSE, NOT_TRIED
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.report.reproduction_section import (
    causes_in_words,
    reproduction_section,
)
from living_panel.estimation.tables.other_samples import other_samples
from living_panel.orchestration.commands.authoring import write_checksums
from living_panel.orchestration.outputs import reproduction_cells
from living_panel.orchestration.outputs.edition_tables import NOTE
from living_panel.orchestration.outputs.release_files import freeze_paper
from living_panel.orchestration.outputs.reproduction_cells import (
    CAUSES,
    INPUTS,
    NAME,
    causes_of,
    compare_papers,
    search_causes,
)
from living_panel.orchestration.outputs.table_artifact import artifact_folder, make_artifact
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import code_of
from tests.unit.report_fixture import audit, inputs

FIRMS, DEMOCRACY = "kleiber_zeileis_2008", "acemoglu_2008"
SET, EDITION = "penn_world_table", "6.1"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", tmp_path / "state")


def copied(name: str, folder: Path) -> Path:
    """A shipped paper in a folder of its own, whose printed numbers a test may change."""
    return Path(shutil.copytree(PAPERS / name, folder / "papers" / name)).parent


def printed(papers: Path, name: str, table: str, old: str, new: str) -> None:
    file = papers / name / "printed" / f"table_{table}.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    write_checksums(name, papers)


def stored(settings: Settings, name: str, table: str, edition: str | None = None) -> dict[str, str]:
    """A table of a shipped paper on its data, as a refresh leaves it; its entry in a list."""
    spec = load_spec(PAPERS / name / "specs" / f"{table}.yml")
    release = freeze_paper(settings, PAPERS / name / "data", "code of the test", edition)
    folder = artifact_folder(settings.artifacts, spec, release)
    make_artifact(folder, spec, code_of(spec), release, None, "run")
    return {"table_id": table, "artifact_id": folder.name, "release_id": release.name}


def explained(settings: Settings, papers: Path) -> pd.DataFrame:
    """Causes as the asset stores them."""
    cells, damaged = compare_papers(settings, papers)
    assert not damaged
    settings.build.mkdir(parents=True, exist_ok=True)
    cells.to_parquet(settings.build / NAME, index=False)
    found = search_causes(settings, papers, cells.drop(columns=INPUTS))
    found.to_parquet(settings.build / CAUSES, index=False)
    return found


@pytest.mark.long
def test_causes_are_stored_and_kept(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = copied(FIRMS, tmp_path)
    state.write(settings.root, "next", [stored(settings, FIRMS, f"{FIRMS}_firms")])
    assert explained(settings, papers).empty, "every printed number is reproduced"
    printed(
        papers, FIRMS, "plm", "0.3453,0.0244,,0.3453 (0.0244)", "0.8453,0.0244,,0.8453 (0.0244)"
    )
    found = explained(settings, papers)
    first = found[found["rank"] == 1].iloc[0]
    assert (first["cause"], first["detail"]) == ("one_digit", "0.3453")
    assert (first["explains"], first["of"]) == (11, 11)
    assert [*causes_of(settings, FIRMS)] == COLUMNS
    (words,) = causes_in_words(causes_of(settings, FIRMS)).values()
    assert words.startswith("one digit wrong (0.3453): 11 of 11 agree")

    def never(*_: object) -> None:
        raise AssertionError("an unchanged paper is not searched again")

    monkeypatch.setattr(reproduction_cells, "_explained", never)
    with monkeypatch.context() as patched:
        patched.setattr(reproduction_cells, "reproduce", never)
        assert explained(settings, papers).equals(found)
    printed(
        papers, FIRMS, "plm", "0.8453,0.0244,,0.8453 (0.0244)", "0.9453,0.0244,,0.9453 (0.0244)"
    )
    with pytest.raises(AssertionError, match="not searched again"):
        explained(settings, papers)


def test_another_sample_is_a_cause(settings: Settings, tmp_path: Path) -> None:
    """The column of fixed effects is printed without the last year."""
    papers, table = copied(FIRMS, tmp_path), f"{FIRMS}_firms"
    state.write(settings.root, "next", [stored(settings, FIRMS, table)])
    spec = load_spec(PAPERS / FIRMS / "specs" / f"{table}.yml")
    release = load_release(next(settings.releases.glob("[!.]*")))
    (short,) = (o.tables[0] for o in other_samples(spec, release) if o.detail == "to 1953")
    rows = short.coefficients[short.coefficients["model"] == "fe"].set_index("term")
    for term, old in (("value", ("0.1049", "0.0163")), ("capital", ("0.3453", "0.0244"))):
        new = [f"{rows.loc[term, name]:.4f}" for name in ("estimate", "std_error")]
        was, now = (f"{a},{b},,{a} ({b})" for a, b in (old, new))
        printed(papers, FIRMS, "plm", was, now)
    found = explained(settings, papers)
    first = found[(found["rank"] == 1) & (found["part"] == "estimate")]
    assert {*zip(first["cause"], first["detail"], strict=True)} >= {("other_sample", "to 1953")}


def test_a_number_without_a_cause_says_so(settings: Settings, tmp_path: Path) -> None:
    papers = copied(FIRMS, tmp_path)
    state.write(settings.root, "next", [stored(settings, FIRMS, f"{FIRMS}_firms")])
    printed(papers, FIRMS, "plm", "185.407,,,185.407", "271.828,,,271.828")
    found = explained(settings, papers)
    assert found["cause"].tolist() == [NO_CAUSE] and found["explains"].isna().all()
    assert [*causes_in_words(found).values()] == ["none found"]


@pytest.mark.long
def test_another_edition_is_read_from_its_artifact(settings: Settings, tmp_path: Path) -> None:
    """The column of fixed effects is printed with the incomes of an older Penn World Table."""
    papers, followed = copied(DEMOCRACY, tmp_path), f"{DEMOCRACY}_freedom_house_editions"
    state.write(settings.root, "next", [stored(settings, DEMOCRACY, f"{DEMOCRACY}_freedom_house")])
    entry = stored(settings, DEMOCRACY, followed, EDITION)
    numbers = pd.read_parquet(
        settings.artifacts / followed / entry["artifact_id"] / "coefficients.parquet"
    )
    rows = numbers[numbers["model"] == "own_level_fixed"].set_index("term")
    texts = {
        term: [f"{rows.loc[ours, n]:.3f}".replace("0.", ".") for n in ("estimate", "std_error")]
        for term, ours in (("freedom_house_lag", "freedom_house_lag"), ("income_lag", "level_lag"))
    }
    for term, old in (("freedom_house_lag", (".379", ".051")), ("income_lag", (".010", ".035"))):
        was, now = (f"{a},{b},,{a} ({b})" for a, b in (old, texts[term]))
        printed(papers, DEMOCRACY, "2", was, now)
    untried = explained(settings, papers)
    said = untried[untried["cause"] == NOT_TRIED]
    assert len(said) and {*said["detail"]} == {"other_edition"} and said["rank"].isna().all()
    state.write(settings.root, NOTE, [{"data_set": SET, "edition": EDITION, **entry}])
    found = explained(settings, papers)
    assert NOT_TRIED not in {*found["cause"]}
    own = found[(found["term"] == "income_lag") & (found["part"] == "estimate")]
    tried = own[own["cause"] == "other_edition"]
    assert tried["detail"].tolist() == [f"{SET} {EDITION}"]
    assert tried["explains"].iloc[0] == own["explains"].max() >= 4


def test_a_comparison_on_other_data_has_no_causes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = []

    def search(_: Settings, __: Path, paper: str, ___: pd.DataFrame) -> pd.DataFrame:
        searched.append(paper)
        return pd.DataFrame(columns=COLUMNS)

    monkeypatch.setattr(reproduction_cells, "_explained", search)
    cells = pd.DataFrame(
        {"paper": ["bi_2025", FIRMS], "design": ["comparison", "tables"], "ours": 1.0, "status": "differs"}
    )  # fmt: skip
    found = search_causes(settings, PAPERS, cells)
    assert searched == [FIRMS] and [*found] == [*COLUMNS, reproduction_cells.INPUTS]
    assert search_causes(settings, PAPERS, cells.head(1)).empty


def test_the_page_has_possible_causes_where_a_number_differs(tmp_path: Path) -> None:
    made = inputs(tmp_path, audit())
    cells = made.reproduction.head(2).assign(ours=1.0, status="differs", table_id="x", decimals=2)
    assert "Possible causes" not in reproduction_section(made, cells)
    rows = [
        {**cells.iloc[0].to_dict(), "number": 1, "cause": cause, "detail": detail, "explains": n, "of": 4, "rank": n}
        for cause, detail, n in (("sign", "-1", 3), ("one_digit", "2", 2), (NOT_TRIED, "other_edition", None))
    ]  # fmt: skip
    made = inputs(tmp_path / "again", audit(), causes=pd.DataFrame(rows)[COLUMNS])
    html = reproduction_section(made, cells)
    assert "the other sign (-1): 3 of 4 agree; one digit wrong (2): 2 of 4 agree" in html
    assert (
        html.count("make editions") == 1 and html.count("Each possible cause is a hypothesis") == 1
    )

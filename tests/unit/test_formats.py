"""Formats of papers: findings of 0.4 are migrated, other formats are refused, labelled years are years."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.findings.declared import (
    FILE,
    FORMER_FILES,
    hold_findings,
    load_findings,
)
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.former_names import FORMAT
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.papers.data_files import propose
from living_panel.estimation.papers.printed import load_paper, read_paper
from living_panel.estimation.papers.rows import TranscriptionError
from living_panel.estimation.papers.source import source_record
from living_panel.orchestration.commands.authoring import migrate
from tests.refusals import refuses

OLDER = Path(__file__).parents[1] / "fixtures" / "older"
STUDY_OF_0_1 = OLDER / "study_of_0_1" / "munnell_1990"
"""Two files of a study as version 0.1.0 shipped them."""
FINDINGS_OF_0_4 = OLDER / "findings_of_0_4"
"""Files of questions and conclusions as version 0.4.0 shipped them."""
NAME = "munnell_1990"


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A folder with one shipped paper."""
    shutil.copytree(PAPERS / NAME, tmp_path / "papers" / NAME)
    return tmp_path / "papers"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("data/source.yml", "", ""),
        ("specs/munnell_1990_audit.yml", "kind: audit", "kind: panel_estimators"),
        ("questions.yml", "", "- {kind: slope, asks: Is it so?, variants: []}\n"),
    ],
)
def test_migrate_names_the_version_that_reads_a_study_of_0_1(
    papers: Path, file: str, old: str, new: str
) -> None:
    """The place is what only that format has; each file stays as it is."""
    folder = papers / NAME
    shutil.copy(STUDY_OF_0_1 / "paper.yml", folder)
    if file == "data/source.yml":
        shutil.copy(STUDY_OF_0_1 / file, folder / file)
    else:
        text = (folder / file).read_text(encoding="utf-8") if (folder / file).exists() else ""
        (folder / file).write_text(text.replace(old, new) if old else new, encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with refuses(InvalidSpec, Code.FORMER_VERSION, value=1, version="0.4.0") as error:
        migrate(NAME, papers)
    assert error.value.problems[0].place.file == str(folder / file)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_paper_of_0_4_without_a_format_is_migrated(tmp_path: Path) -> None:
    folder = of_0_4(tmp_path, "innovation_2026")
    text = (folder / "paper.yml").read_text(encoding="utf-8")
    assert "format: 2\n" in text
    (folder / "paper.yml").write_text(text.replace("format: 2\n", ""), encoding="utf-8")
    files, _ = migrate(folder.name, tmp_path)
    assert FILE in {f.name for f in files} and load_findings(folder)


def of_0_4(papers: Path, name: str, questions: str = "") -> Path:
    """A shipped paper with the files of its questions and conclusions as version 0.4 had them."""
    folder = shutil.copytree(PAPERS / name, papers / name)
    (folder / FILE).unlink()
    shutil.copytree(FINDINGS_OF_0_4 / name, folder, dirs_exist_ok=True)
    if questions:
        (folder / "questions.yml").write_text(questions, encoding="utf-8")
    return folder


def test_a_conclusion_on_the_number_of_a_question_becomes_one_finding(tmp_path: Path) -> None:
    """Ids of declared choices stay; files of both kinds are gone, and the comments at their heads are kept."""
    folder = of_0_4(tmp_path, "innovation_2026")
    with refuses(InvalidSpec, Code.FORMER_VERSION, name="questions.yml", paper=folder.name):
        load_findings(folder)
    files, notes = migrate(folder.name, tmp_path)
    assert {f.name for f in files} >= {FILE, *FORMER_FILES}
    assert not any((folder / name).exists() for name in FORMER_FILES)
    first, second = load_findings(folder)
    shipped = load_findings(PAPERS / folder.name)
    assert (first.claim, first.rule) == (shipped[0].claim, shipped[0].rule)
    assert (first.estimate, first.choices, first.editions) == (
        shipped[0].estimate, shipped[0].choices, shipped[0].editions,
    )  # fmt: skip
    assert [v.version for v in first.versions] == [1, 2], (
        "kinds of the closed list are a new version"
    )
    assert second.choices_id == shipped[1].choices_id and second.editions is None
    assert [note for note in notes if second.claim in note], "a question is no claim yet"
    assert not [note for note in notes if first.claim in note]
    text = (folder / FILE).read_text(encoding="utf-8")
    assert text.startswith("# Conclusions of our own over the editions of the panel")
    assert migrate(folder.name, tmp_path) == ([], [])


def test_a_conclusion_of_no_effect_without_a_printed_number_asks_for_its_bound(
    tmp_path: Path,
) -> None:
    folder = of_0_4(tmp_path, "growth_editions_2026")
    _, notes = migrate(folder.name, tmp_path)
    rules = [(f.rule.estimate, f.rule.value) for f in load_findings(folder)]
    assert rules == [("below", 0), ("within", 0), ("below", 0)]
    claim = "Poor countries do not grow faster than rich ones."
    assert f"Add `bound` and `reason` to the rule: '{claim}'" in notes
    with refuses(InvalidSpec, Code.FINDING, claim=claim, rule="within"):
        hold_findings(folder, read_paper(folder.name, tmp_path))


def test_a_conclusion_of_no_effect_takes_the_bound_of_its_printed_interval(tmp_path: Path) -> None:
    folder = of_0_4(tmp_path, "acemoglu_2008")
    migrate(folder.name, tmp_path)
    hold_findings(folder, read_paper(folder.name, tmp_path))
    for made, shipped in zip(
        load_findings(folder), load_findings(PAPERS / folder.name), strict=True
    ):
        assert made.rule == shipped.rule and made.rule.bound is None
        assert (made.printed, made.estimate) == (shipped.printed, shipped.estimate)
        assert made.editions is not None and shipped.editions is not None
        assert (made.editions.table, made.editions.paths[0]) == (
            shipped.editions.table, shipped.editions.paths[0],
        )  # fmt: skip
        assert made.editions.base == "", "the files of 0.4 name no base"


def test_a_kind_outside_the_closed_list_is_named(tmp_path: Path) -> None:
    text = (FINDINGS_OF_0_4 / "innovation_2026" / "questions.yml").read_text(encoding="utf-8")
    folder = of_0_4(tmp_path, "innovation_2026", text.replace("filled cells", "fewer cells"))
    _, notes = migrate(folder.name, tmp_path)
    assert (
        sum(note.startswith("Choose a kind of the closed list for 'fewer cells'") for note in notes)
        == 1
    )
    with refuses(TranscriptionError, Code.SPEC_VALUE, value="fewer cells"):
        load_findings(folder)


QUESTIONS = """\
- kind: words
  asks: How good are the proxies?
  table: innovation_2026_elasticities
  model: verdict
  name: words
- kind: slope
  asks: Is the elasticity too large?
  short: Too large?
  what: The elasticity
  hypothesis: printed
  expects: negative
  estimate: {table: innovation_2026_elasticities, model: headline.1, term: rd, inference: cr3}
- kind: slope
  asks: Is there an effect?
  what: The elasticity
  expects: either
  estimate: {table: innovation_2026_elasticities, model: headline.1, term: fdi, inference: cr3}
"""


def test_a_question_answered_in_words_is_left_out_and_signs_become_rules(tmp_path: Path) -> None:
    folder = of_0_4(tmp_path, "innovation_2026", QUESTIONS)
    _, notes = migrate(folder.name, tmp_path)
    assert notes[0].startswith("Left out: 'How good are the proxies?' quotes words of table")
    rules = [(f.rule.estimate, f.rule.value) for f in load_findings(folder)]
    # the conclusion expects another sign of the first number, so that it stays a finding of its own
    assert rules == [("below", "printed"), ("not", 0), ("above", 0)]
    assert load_findings(folder)[2].editions is not None


def test_a_source_needs_its_status(papers: Path) -> None:
    file = papers / NAME / "data" / "source.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("status: authors\n", ""), encoding="utf-8")
    with pytest.raises(InvalidSpec) as error:
        source_record(file.parent)
    assert error.value.codes == [Code.SPEC_MISSING_KEY]


def test_a_later_format_is_refused(papers: Path) -> None:
    for file in (papers / NAME / "specs" / f"{NAME}_audit.yml", papers / NAME / "paper.yml"):
        text = file.read_text(encoding="utf-8").replace(f"format: {FORMAT}\n", "")
        file.write_text(f"format: {FORMAT + 1}\n{text}", encoding="utf-8")
    with pytest.raises(InvalidSpec) as error:
        load_spec(papers / NAME / "specs" / f"{NAME}_audit.yml")
    assert error.value.codes == [Code.FORMER_VERSION]
    with pytest.raises(TranscriptionError):
        load_paper(NAME, papers)


def test_every_shipped_paper_is_of_todays_format() -> None:
    formats = {read_paper(file.parent.name).format for file in PAPERS.glob("*/paper.yml")}
    assert formats == {FORMAT}


@pytest.mark.parametrize(
    ("labels", "frequency", "first", "last"),
    [
        (["1981", "1982", "1983"], "years", 1981, 1983),
        (["2001q1", "2001q2", "2001q3"], "quarters", "2001q1", "2001q3"),
    ],
)
def test_a_value_labelled_period_of_stata_keeps_its_labels(
    tmp_path: Path, labels: list[str], frequency: str, first: object, last: object
) -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"firm": np.repeat([1, 2, 3], 3), "year": [1, 2, 3] * 3,
                         "y": rng.normal(size=9), "x": rng.normal(size=9)})  # fmt: skip
    file = tmp_path / "a.dta"
    data.to_stata(file, write_index=False, value_labels={"year": dict(enumerate(labels, start=1))})
    found = propose(file)
    assert (found.unit, found.period, found.frequency) == ("firm", "year", frequency)
    years = [*dict.fromkeys(found.panel["year"])]
    assert [str(y).lower() for y in (years[0], years[-1])] == [str(first), str(last)]


def test_labels_that_are_no_periods_stay_numbers(tmp_path: Path) -> None:
    data = pd.DataFrame(
        {"firm": [1, 1, 2, 2], "year": [1, 2, 1, 2], "y": [1.0, 2, 3, 4], "x": [4.0, 3, 2, 1]}
    )
    file = tmp_path / "a.dta"
    data.to_stata(file, write_index=False, value_labels={"year": {1: "before", 2: "after"}})
    assert [*propose(file).panel["year"].unique()] == [1, 2]

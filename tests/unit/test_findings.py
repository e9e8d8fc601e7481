"""States of claims by their rules, and the findings that the shipped papers declare."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy
import yaml
from statsmodels.stats.weightstats import DescrStatsW

from living_panel.codes import Code
from living_panel.estimation.audit.reproduction import StoredResults
from living_panel.estimation.findings.declared import (
    FILE,
    Difference,
    Printed,
    Slope,
    hold_findings,
    load_findings,
)
from living_panel.estimation.findings.rule import State, state_of
from living_panel.estimation.findings.words import number
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.report.estimate import StoredEstimate
from living_panel.estimation.report.finding import Finding, find
from living_panel.estimation.report.stored import less, printed_value
from living_panel.estimation.tables.estimate import estimate
from tests.refusals import refuses
from tests.unit.test_paper_data_from_files import STUDIES, release_of_paper

SHIPPED = sorted(file.parent.name for file in PAPERS.glob("*/paper.yml"))
MOST_NONE_PRINTED = 4


@pytest.mark.parametrize(
    ("comparison", "null", "value", "interval", "state"),
    [
        ("above", 0, 1.0, (0.1, 1.9), "holds"),
        ("above", 0, 1.0, (-0.1, 2.1), "undecided"),
        ("above", 0, -0.1, (-1.0, 0.8), "undecided"),
        ("above", 0, -1.0, (-1.9, -0.1), "does not hold"),
        ("below", 0.5, 0.2, (0.1, 0.3), "holds"),
        ("below", 0.5, 0.2, (-0.2, 0.6), "undecided"),
        ("below", 0.5, 0.9, (0.6, 1.2), "does not hold"),
        ("not", 0, 1.0, (0.1, 1.9), "holds"),
        ("not", 0, -1.0, (-1.9, -0.1), "holds"),
        ("not", 0, 0.0, (-0.1, 0.1), "undecided"),
    ],
)
def test_a_claim_of_a_side_holds_by_the_test_of_its_value(
    comparison: str, null: float, value: float, interval: tuple[float, float], state: State
) -> None:
    assert state_of(comparison, null, value, interval) == state  # type: ignore[arg-type]


def test_the_test_of_the_value_goes_before_the_interval() -> None:
    """A bootstrap's p-value decides where its interval ends on the other side of the value."""
    assert state_of("above", 0, 1.0, (-0.01, 2.0), rejects=True) == "holds"
    assert state_of("above", 0, 1.0, (0.01, 2.0), rejects=False) == "undecided"


@pytest.mark.parametrize(
    ("value", "inner", "interval", "state"),
    [
        (0.0, (-0.9, 0.9), (-1.1, 1.1), "holds"),
        (0.1, (-0.8, 1.0), (-0.9, 1.1), "holds"),  # an end on the bound lies within it
        (0.1, (-0.8, 1.01), (-0.9, 1.1), "undecided"),
        (0.0, (-3.0, 3.0), (-4.0, 4.0), "undecided"),  # p is 1 and the estimate is 0
        (1.5, (1.1, 1.9), (1.0, 2.0), "undecided"),  # the 95 % interval has the bound itself
        (1.5, (1.2, 1.8), (1.1, 1.9), "does not hold"),
        (-1.5, (-1.8, -1.2), (-1.9, -1.1), "does not hold"),
    ],
)
def test_a_claim_of_no_effect_holds_only_with_its_whole_90_percent_interval(
    value: float, inner: tuple[float, float], interval: tuple[float, float], state: State
) -> None:
    assert state_of("within", 0, value, interval, inner, 1.0) == state
    moved = [tuple(end + 7 for end in ends) for ends in (interval, inner)]
    assert state_of("within", 7, value + 7, *moved, 1.0) == state  # type: ignore[arg-type]


def test_no_claim_of_no_effect_holds_without_a_bound() -> None:
    assert state_of("within", 0, 0.0, (-1e-9, 1e-9), (-1e-9, 1e-9)) == "undecided"


@pytest.mark.parametrize("seed", range(6))
def test_two_one_sided_tests_are_those_of_statsmodels(seed: int) -> None:
    """A mean of 12 draws: the state and the p-value of both tests agree on either side of each bound."""
    draws = np.random.default_rng(seed).normal(0.2, 1, 12)
    mean, error = draws.mean(), draws.std(ddof=1) / np.sqrt(12)
    found = StoredEstimate(float(mean), float(error), 11)
    least = abs(mean) + scipy.stats.t.ppf(0.95, 11) * error
    for bound in (0.2, 0.5, 0.999 * least, 1.001 * least, 3.0):
        p = DescrStatsW(draws).ttost_mean(-bound, bound)[0]
        state = state_of("within", 0, found.value, found.interval, found.inner_interval, bound)
        assert (state == "holds") == (p < 0.05), (bound, p)


def test_the_error_of_a_difference_is_the_largest_for_any_correlation() -> None:
    one, other = StoredEstimate(0.5, 0.3, 20), StoredEstimate(0.2, 0.4, 8)
    found = less(one, other)
    assert found is not None and found.value == pytest.approx(0.3)
    errors = [np.sqrt(0.3**2 + 0.4**2 - 2 * r * 0.3 * 0.4) for r in np.linspace(-1, 1, 201)]
    assert found.std_error == pytest.approx(max(errors)) and found.is_bound
    assert found.df == 8, "that of the estimate with fewer degrees of freedom"
    assert less(one, None) is None


@pytest.mark.parametrize(
    ("paper", "table", "model", "term", "error"),
    [
        ("acemoglu_2008", "2", "fixed", "income_lag", 0.035),
        ("munnell_1990", "productivity", "within", "pcap", 0.029),
    ],
)
def test_the_default_bound_is_half_the_printed_interval(
    paper: str, table: str, model: str, term: str, error: float
) -> None:
    found = printed_value(Printed(table=table, model=model, term=term), load_paper(paper))
    assert found is not None and found.half_width == pytest.approx(1.959964 * error, rel=0.02)


def numbers_of(paper: str) -> list[Slope | Difference]:
    return [f for f in load_findings(PAPERS / paper) if isinstance(f, Slope | Difference)]


def test_seventeen_papers_are_shipped() -> None:
    assert len(SHIPPED) == 17


@pytest.mark.parametrize("paper", SHIPPED)
def test_each_paper_has_a_finding_on_a_printed_number_or_says_why_not(paper: str) -> None:
    findings = load_findings(PAPERS / paper)
    assert findings
    hold_findings(PAPERS / paper, load_paper(paper))
    for finding in findings:
        printed = getattr(finding, "printed", None)
        is_text = finding.kind == "count"  # a whole printed table, by its place
        assert printed or finding.none_printed or (is_text and finding.place), finding.id
        assert not printed or finding.place, finding.id


@pytest.mark.parametrize("paper", SHIPPED)
def test_the_printed_number_of_a_finding_is_a_row_of_its_file(paper: str) -> None:
    for finding in numbers_of(paper):
        if (printed := finding.printed) is None:
            continue
        file = PAPERS / paper / "printed" / f"table_{printed.table}.csv"
        with file.open(encoding="utf-8", newline="") as lines:
            cells = [(row["model"], row["term"], row["statistic"]) for row in csv.DictReader(lines)]
        for model in filter(None, (printed.model, printed.minus)):
            assert (model, printed.term, "estimate") in cells, (finding.id, model)


def test_few_papers_have_no_printed_number() -> None:
    without = [p for p in SHIPPED if all(f.none_printed for f in load_findings(PAPERS / p))]
    assert len(without) <= MOST_NONE_PRINTED, without


@cache
def found_of(paper: str) -> tuple[dict[str, StoredResults], list[Finding]]:
    """Findings of a paper on data of its own, with its tables estimated here."""
    declared, tables = load_findings(PAPERS / paper), {}
    for name in {table for finding in declared for table in finding.tables}:
        spec = load_spec(PAPERS / paper / "specs" / f"{name}.yml")
        made = estimate(spec, release_of_paper(PAPERS / paper))
        manifest = {
            "table_id": name, "artifact_id": "a" * 16, "status": made.status, "sources": [],
            "spec": spec.model_dump(mode="json"), "sample": made.sample, "figures_status": made.figures_status,
        }  # fmt: skip
        tables[name] = StoredResults(manifest, made.coefficients, made.statistics)
    return tables, find(declared, load_paper(paper), tables)


def values(table: StoredResults, model: str, term: str) -> Iterator[float]:
    rows = table.coefficients
    yield from rows.loc[(rows["model"] == model) & (rows["term"] == term), "estimate"]


@pytest.mark.parametrize("paper", sorted(STUDIES))
def test_the_shown_number_is_the_declared_one_and_its_sentence_is_complete(paper: str) -> None:
    """Outcome, estimate, interval, sample, the rule and the printed number; no line of the index is empty."""
    tables, findings = found_of(paper)
    for position, found in enumerate(findings, start=1):
        declared, row = found.declared, found.row(paper, position)
        assert isinstance(declared, Slope | Difference) and found.state, found.claim
        of, minus = declared.estimate, declared.minus
        ours = set(values(tables[of.table], of.model, of.term))
        assert len(ours) == 1, "one estimate, whatever the inference"
        wanted = ours.pop()
        if minus is not None:
            wanted -= next(values(tables[minus.table], minus.model, minus.term))
        assert row["estimate"] == pytest.approx(wanted, rel=1e-12)
        assert (row["model"], row["term"]) == (of.model, of.term)
        assert found.figure.startswith(f"{number(wanted)} (")
        first = f"{declared.what} is {number(wanted)} (95 % interval "
        assert found.says.startswith(first), found.says
        assert f"N {row_size(tables[of.table], of.model, of.term):.0f})" in found.says
        assert found.rule in found.says
        assert declared.printed is None or found.printed_text.split()[0].rstrip("*") in found.says


def row_size(table: StoredResults, model: str, term: str) -> float:
    rows = table.coefficients
    return float(rows.loc[(rows["model"] == model) & (rows["term"] == term), "n_obs"].iloc[0])


def test_a_printed_number_that_is_another_one_changes_state_and_sentence() -> None:
    """A claim of `below` the printed number needs its test."""
    rows = pd.DataFrame([
        {"model": "headline.1", "term": "fdi", "inference": "clustered:reghdfe:t(G-1)", "estimate": 0.11,
         "std_error": 0.05, "df": 28.0, "p_value": 0.036, "ci_low": 0.008, "ci_high": 0.21, "n_obs": 290.0,
         "n_clusters": 29.0, "figures_status": "proxy"},
    ])  # fmt: skip
    spec = load_spec(PAPERS / "bi_2025" / "specs" / "t04_baseline.yml").model_dump(mode="json")
    manifest = {"table_id": "t04_baseline", "artifact_id": "a", "sources": [], "spec": spec, "sample": {},
                "figures_status": "proxy"}  # fmt: skip
    statistics = pd.DataFrame(columns=["model", "term", "statistic", "inference", "value", "text"])
    tables = {"t04_baseline": StoredResults(manifest, rows, statistics)}
    declared = Slope(
        id="x", claim="The printed number is too large.", what="The slope",
        rule={"estimate": "below", "value": "printed"},
        estimate={"table": "t04_baseline", "model": "headline.1", "term": "fdi", "inference": "clustered"},
        printed={"table": "4", "model": "1", "term": "fdi"},
    )  # fmt: skip
    (found,) = find([declared], load_paper("bi_2025"), tables)
    assert found.state == "holds" and "significantly below the printed 0.452 at 5 %" in found.says
    tables["t04_baseline"].coefficients["std_error"] = 0.4
    (wide,) = find([declared], load_paper("bi_2025"), tables)
    assert wide.state == "undecided"


FORM = {
    "id": "main", "claim": "It rises.", "what": "The slope", "none_printed": "a test", "rule": {"estimate": "above"},
    "estimate": {"table": "t", "model": "m", "term": "x"},
}  # fmt: skip


def write(folder: Path, *findings: dict[str, object]) -> Path:
    (folder / FILE).write_text(yaml.safe_dump([*findings]), encoding="utf-8")
    return folder


def test_two_findings_of_one_id_are_refused(tmp_path: Path) -> None:
    with refuses(ValueError, Code.SPEC_NAME, id="main"):
        load_findings(write(tmp_path, FORM, FORM))


def test_a_claim_of_no_effect_counts_no_choices(tmp_path: Path) -> None:
    choice = {"kind": "trends", "words": "w", "reason": "r", "of": FORM["estimate"]}
    with refuses(ValueError, Code.FINDING, claim="It rises.", rule="within"):
        load_findings(
            write(tmp_path, {**FORM, "rule": {"estimate": "within"}, "choices": [choice]})
        )


def test_a_finding_of_an_unknown_table_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "munnell_1990"
    folder.mkdir()
    text = (PAPERS / "munnell_1990" / FILE).read_text(encoding="utf-8")
    (folder / FILE).write_text(text, encoding="utf-8")
    with refuses(InvalidSpec, Code.PRINTED_UNKNOWN, name="munnell_1990_productivity", what="table"):
        hold_findings(folder, load_paper("munnell_1990"))


def test_a_base_that_is_no_edition_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(PAPERS / "acemoglu_2008", tmp_path / "acemoglu_2008"))
    text = (folder / FILE).read_text(encoding="utf-8")
    (folder / FILE).write_text(text.replace("base: '6.1'", "base: '6.4'"), encoding="utf-8")
    with refuses(InvalidSpec, Code.SET_UNKNOWN, name="6.4") as caught:
        hold_findings(folder, load_paper("acemoglu_2008"))
    assert caught.value.problems[0].place.line == text[: text.index("base:")].count("\n") + 1


ON_EDITIONS = FORM | {"estimate": {"table": "t", "model": "own_m", "term": "x"}}
FOLLOWED = {"table": "t", "samples": ["own", "common"]}
COMPARABLE = {"concept": "income", "model": "n", "term": "z"}


def paths(folder: Path, **editions: object) -> list[tuple[str, str, str]]:
    (folder / "paper.yml").write_text("sample: {unit: city}\n", encoding="utf-8")
    load_findings.cache_clear()
    finding, *_ = load_findings(write(folder, ON_EDITIONS | {"editions": FOLLOWED | editions}))
    assert isinstance(finding, Slope) and finding.editions is not None
    return [(p.model, p.term, p.title) for p in finding.editions.paths]


def test_samples_follow_the_estimate_and_what_is_comparable_over_time(tmp_path: Path) -> None:
    own, common = "Each edition with its own cities", "The same cities in every edition"
    assert paths(tmp_path) == [("own_m", "x", own), ("common_m", "x", common)]
    words = ", income comparable over time"
    assert paths(tmp_path, comparable=COMPARABLE) == [
        ("own_m", "x", own), ("common_m", "x", common),
        ("own_n", "z", own + words), ("common_n", "z", common + words),
    ]  # fmt: skip
    assert paths(tmp_path, samples=["common"]) == [("common_m", "x", common)]


@pytest.mark.parametrize(
    ("editions", "given"),
    [
        ({"table": "t"}, []),
        ({"table": "t", "comparable": COMPARABLE}, ["comparable"]),
        (
            FOLLOWED | {"paths": [{"title": "T", "model": "own_m", "term": "x"}]},
            ["samples", "paths"],
        ),
    ],
)
def test_a_finding_follows_samples_or_paths(
    tmp_path: Path, editions: dict[str, object], given: list[str]
) -> None:
    with refuses(ValueError, Code.FINDING, given=given):
        load_findings(write(tmp_path, ON_EDITIONS | {"editions": editions}))


def test_samples_need_an_estimate_on_a_sample(tmp_path: Path) -> None:
    with refuses(InvalidSpec, Code.FINDING, model="m", example="own_m") as caught:
        load_findings(write(tmp_path, FORM | {"editions": FOLLOWED}))
    assert caught.value.problems[0].place.key == "0.editions.samples"

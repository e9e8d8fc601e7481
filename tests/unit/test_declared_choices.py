"""Findings with declared choices: versions of a list, a planted flip, seeds, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from living_panel.codes import Code
from living_panel.estimation.audit import load_paper
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.findings.declared import (
    FILE,
    MOST_CHOICES,
    Difference,
    Slope,
    load_findings,
)
from living_panel.estimation.panel.spec import load_specs
from living_panel.estimation.papers.schema import PrintedPaper
from living_panel.estimation.report.choice_table import choice_cells, findings_page
from living_panel.estimation.report.finding import Finding, find
from living_panel.estimation.report.gather import StoredTable
from living_panel.estimation.report.stored import sample_words
from living_panel.estimation.tables.result import StatisticRow, statistic_frame
from tests.paths import BI
from tests.refusals import refuses

WILD = "wild_cluster_bootstrap:rademacher"
TABLE = "t04_baseline"
N = 12


def declared(n: int = N, **changes: object) -> Slope:
    """A slope with `n` choices of two kinds, a placebo and a test of leads."""
    choices = [
        {
            "kind": "factors" if i == 0 else "other windows",
            "words": f"under choice {i}",
            "reason": "a test",
            "of": {"table": TABLE, "model": f"choice.{i}", "term": "fdi", "inference": WILD},
        }
        for i in range(n)
    ]
    tests = [
        {"kind": "placebo", "words": "another province's FDI",
         "of": {"table": TABLE, "model": "main.1", "name": "placebo_p", "term": "fdi"}},
        {"kind": "falsification", "words": "later FDI",
         "of": {"table": TABLE, "model": "leads", "name": "leads_p_value", "term": "fdi"}},
    ]  # fmt: skip
    form = {
        "id": "fdi", "claim": "FDI raises exports.", "what": "The elasticity", "rule": {"estimate": "above"},
        "estimate": {"table": TABLE, "model": "main.1", "term": "fdi", "inference": WILD},
        "choices": choices, "tests": tests, **changes,
    }  # fmt: skip
    return Slope.model_validate(form)


def coefficient(model: str, value: float, p: float) -> dict[str, object]:
    return {
        "model": model, "term": "fdi", "inference": WILD, "estimate": value, "std_error": abs(value) / 4,
        "statistic": 4.0, "df": np.nan, "p_value": p, "ci_low": value - abs(value) / 2,
        "ci_high": value + abs(value) / 2, "n_obs": 400.0, "n_clusters": 29.0, "figures_status": "official",
    }  # fmt: skip


def stored(
    signs: list[int] | None = None, p: float = 0.01, placebo: float = 0.01, leads: float = 0.4
) -> dict[str, StoredTable]:
    """A table whose choices have the slope .3 with these signs."""
    signs = signs or [1] * N
    rows = [coefficient("main.1", 0.3, p)]
    rows += [coefficient(f"choice.{i}", 0.3 * sign, p) for i, sign in enumerate(signs)]
    statistics = statistic_frame(
        [
            StatisticRow("main.1", "fdi", "placebo_p", "", placebo, None),
            StatisticRow("leads", "fdi", "leads_p_value", "", leads, None),
        ]
    )
    manifest = {
        "spec": spec_of_table(), "sample": {}, "figures_status": "official", "artifact_id": "0", "sources": [],
    }  # fmt: skip
    frames = (pd.DataFrame(rows), statistics)
    return {TABLE: StoredTable(manifest, *frames, "released values", Path(), "")}


@cache
def spec_of_table() -> dict[str, object]:
    return load_specs()[TABLE].model_dump(mode="json")


@cache
def paper() -> PrintedPaper:
    return load_paper("bi_2025")


def found_in(tables: dict[str, StoredTable], finding: Slope | None = None) -> Finding:
    return find([finding or declared()], paper(), tables)[0]


def test_a_planted_flip_changes_grade_and_sentence() -> None:
    before = found_in(stored())
    flipped = found_in(stored(signs=[-1, *[1] * (N - 1)]))
    assert before.verdict and before.verdict.grade == "holds"
    assert flipped.verdict and flipped.verdict.grade == "depends on choices"
    assert before.state == flipped.state == "holds", "the state is of the main estimate alone"
    assert (before.fragility, flipped.fragility) == ("robust to choices", "depends on choices")
    assert "12 have the sign of the main estimate; 12 of these" in before.says
    assert "11 have the sign of the main estimate; 11 of these" in flipped.says
    assert "The estimate changes most under choice 0 (to −0.30)." in flipped.says
    assert "none with factors" in flipped.why and "factors" not in before.why


@pytest.mark.parametrize(
    ("changed", "grade"),
    [
        ({"placebo": 0.2}, "depends on choices"),
        ({"leads": 0.01}, "not identified"),
        ({"p": 0.3}, "no support"),
    ],
)
def test_the_grade_follows_the_stored_numbers(changed: dict[str, float], grade: str) -> None:
    found = found_in(stored(**changed)).verdict  # type: ignore[arg-type]
    assert found is not None and found.grade == grade


def test_a_missing_choice_is_shown_and_a_missing_test_forbids_to_hold() -> None:
    tables = stored()
    table = tables[TABLE]
    rows = table.coefficients[table.coefficients["model"] != "choice.3"]
    short = {TABLE: replace(table, coefficients=rows)}
    found = found_in(short)
    assert found.verdict and (found.verdict.n_declared, found.verdict.n_choices) == (N, N - 1)
    assert found.verdict.grade == "holds", "eleven others are estimated, of both kinds"
    assert [cells[1] for cells in choice_cells(found)].count("n.e.") == 1
    factors = table.coefficients[table.coefficients["model"] != "choice.0"]
    silenced = found_in({TABLE: replace(table, coefficients=factors)})
    assert silenced.fragility == "depends on choices" and "not estimated: factors" in silenced.why
    assert "Of 12 declared choices, 11 are estimated;" in silenced.says
    without = {TABLE: replace(table, statistics=table.statistics.iloc[:1])}
    assert found_in(without).fragility == "depends on choices"
    assert "The test with later FDI is missing" in found_in(without).says


def test_every_choice_is_a_line_with_its_reason() -> None:
    found = found_in(stored())
    cells = choice_cells(found)
    assert len(cells) == N + 1 and cells[0][0] == "main estimate"
    assert cells[1] == (
        "under choice 0", "0.30", "0.15 to 0.45", ".010", "400", "29 provinces", "wild bootstrap", "a test",
    )  # fmt: skip
    page = findings_page(paper(), [found])
    assert all(f"| under choice {i} |" in page for i in range(N))


@pytest.mark.long
def test_twenty_seeds_give_the_same_grades() -> None:
    """p-values of 9,999 draws move by their Monte Carlo error; those near 5 % are exact and stay."""
    frame = pd.read_csv(Path(__file__).parents[1] / "fixtures" / "choices_of_findings.csv")
    for what, rows in frame.groupby("what", sort=False):
        finding = declared(len(rows) - 1, tests=[])
        grades = set()
        for seed in range(20):
            drawn = np.random.default_rng(seed)
            p = rows["p_value"].to_numpy()
            moved = p + drawn.standard_normal(len(p)) * rows["p_mc_error"].to_numpy()
            models = ["main.1", *(f"choice.{i}" for i in range(len(rows) - 1))]
            own = [
                coefficient(model, value, float(np.clip(q, 1e-4, 1)))
                for model, value, q in zip(models, rows["estimate"], moved, strict=True)
            ]
            tables = stored()
            tables[TABLE] = replace(tables[TABLE], coefficients=pd.DataFrame(own))
            found = found_in(tables, finding)
            assert found.verdict is not None
            grades.add((found.verdict.grade, found.verdict.n_significant, found.says))
        assert len({grade for grade, *_ in grades}) == 1, what


def test_a_changed_list_needs_a_new_version(tmp_path: Path) -> None:
    def write(finding: Slope, versions: list[dict[str, object]]) -> Path:
        form = finding.model_dump(mode="json", exclude_none=True)
        text = yaml.safe_dump([form | {"versions": versions}], allow_unicode=True)
        (tmp_path / FILE).write_text(text, encoding="utf-8")
        load_findings.cache_clear()
        return tmp_path

    first = declared()
    versions = [{"version": 1, "choices": first.choices_id, "says": "twelve choices"}]
    assert load_findings(write(first, versions))[0].claim == first.claim
    reworded = declared(claim="It is so.")
    assert load_findings(write(reworded, versions)), "words are not counted"
    for other in (declared(N - 1), declared(rule={"estimate": "below"}), declared(tests=[])):
        with refuses(ValueError, Code.FINDING) as caught:
            load_findings(write(other, versions))
        assert caught.value.problems[0].fields["found"] == other.choices_id
        newer = {"version": 2, "choices": other.choices_id, "says": "another list"}
        assert load_findings(write(other, [*versions, newer]))
    with refuses(ValueError, Code.FINDING):
        load_findings(write(first, []))


@pytest.mark.parametrize(
    ("joint", "others", "grade", "words"),
    [
        (0.085, 0.5, "no support", "p .105 by Holm over 3 comparisons, .035 alone"),
        (0.01, 0.5, "depends on choices", "p .105 by Holm over 3 comparisons, .035 alone"),
        (0.01, 0.001, "depends on choices", "p .035 by Holm over 3 comparisons, .035 alone"),
        (None, 0.5, "no support", "The joint test that all slopes are equal is missing."),
    ],
)
def test_a_difference_is_graded_by_the_joint_test_and_a_pair_by_holm(
    joint: float | None, others: float, grade: str, words: str
) -> None:
    tables = stored(p=0.035)
    pairs = [coefficient(f"pair.{i}", 0.1, others) for i in range(2)]
    frame = pd.concat([tables[TABLE].coefficients, pd.DataFrame(pairs)], ignore_index=True)
    frame.loc[frame["model"].str.startswith("choice"), "p_value"] = 0.035
    rows = [StatisticRow("main", "fdi", "equality_p_value", "bootstrap", joint, None)]
    statistics = statistic_frame(rows if joint is not None else [])
    tables[TABLE] = replace(tables[TABLE], coefficients=frame, statistics=statistics)
    family = {"among": ["pair.0", "pair.1"]}
    form = declared(tests=[]).model_dump(mode="json", exclude_none=True) | {"kind": "difference"}
    form["estimate"] |= family
    for choice in form["choices"]:
        choice["of"] |= family
    equal = {"table": TABLE, "model": "main", "name": "equality_p_value", "term": "fdi"}
    form["joint"] = equal | {"inference": "bootstrap"}
    form.pop("omitted", None)
    finding = Difference.model_validate(form)
    found = found_in(tables, finding)
    assert found.verdict and found.verdict.grade == grade and words in found.says
    assert found.verdict.n_significant == (N if others < 0.01 else 0)
    assert choice_cells(found)[1][3].endswith("(.035 alone)")
    assert finding.choices_id != finding.model_copy(update={"joint": None}).choices_id
    assert ("It grades the choices." in found.says) == (joint is not None)


@pytest.mark.parametrize("kind", ["2015-2021", "k", "windows"])
def test_a_kind_outside_the_closed_list_is_refused(kind: str) -> None:
    form = declared().model_dump(mode="json", exclude_none=True)
    form["choices"][0]["kind"] = kind
    with pytest.raises(ValueError, match="choices.0.kind"):
        Slope.model_validate(form)


@pytest.mark.parametrize(
    ("n_obs", "n_clusters", "words"),
    [
        (456.0, 29.0, "29 provinces, 2005-2021, N 456"),
        (330.0, 21.0, "21 provinces, 2005-2021, N 330"),
    ],
)
def test_the_sample_of_a_finding_is_that_of_its_inference(
    n_obs: float, n_clusters: float, words: str
) -> None:
    """The bootstrap of a difference between two regions leaves out the third."""
    tables = stored()
    block = {"n_provinces": 29, "first_year": 2005, "last_year": 2021, "n_obs": 456}
    tables[TABLE].manifest["sample"] = {"blocks": {"main": block}}
    tables[TABLE].coefficients[["n_obs", "n_clusters"]] = n_obs, n_clusters
    assert sample_words(declared().estimate, tables) == words


def test_at_most_forty_choices() -> None:
    assert len(declared(MOST_CHOICES).choices) == MOST_CHOICES
    with pytest.raises(ValueError, match="at most 40"):
        declared(MOST_CHOICES + 1)


def test_the_paper_s_findings_declare_what_they_must() -> None:
    first, *others = load_findings(BI)
    assert isinstance(first, Slope) and len(first.choices) <= MOST_CHOICES
    kinds = {choice.kind for choice in first.choices}
    assert {"trends", "factors", "newest years", "differences", "one unit less"} <= kinds
    assert {test.kind for test in first.tests} == {"placebo", "falsification"}
    shocks = next(f for f in others if "common shocks" in f.claim)
    assert isinstance(shocks, Slope) and len(shocks.choices) >= 10


def test_the_least_favourable_unit_is_the_one_with_the_largest_p_value() -> None:
    without = {"table": TABLE, "model": "main.1", "without": "least favourable"}
    finding = declared(
        1, choices=[{"kind": "trends", "words": "without it{unit}", "reason": "r", "of": without}]
    )
    tables = stored()
    rows = [
        StatisticRow("main.1", code, f"{name}_without_unit", "", value, None)
        for code, numbers in {"110000": (0.2, 0.1, 0.3), "120000": (0.25, 0.1, 0.01)}.items()
        for name, value in zip(("estimate", "std_error", "p_value"), numbers, strict=True)
    ]
    rows.append(StatisticRow("main.1", "", "n_provinces", "", 29.0, None))
    tables[TABLE] = replace(tables[TABLE], statistics=statistic_frame(rows))
    found = find([finding], paper(), tables, {"110000": "Beijing"})[0]
    (row,) = found.rows
    assert row.words == "without it (Beijing)" and row.estimate is not None
    assert row.estimate.value == 0.2 and row.estimate.df == 27


def test_a_printed_value_is_the_hypothesis_where_the_rule_says_so() -> None:
    finding = declared(
        rule={"estimate": "below", "value": "printed"},
        printed={"table": "4", "model": "1", "term": "fdi"},
    )
    tables = stored()
    tables[TABLE].manifest["columns"] = {"main.1": {"outcome": "ln Ex"}}
    tables[TABLE].manifest["sample"] = {"words": {"ex": "exports by place of origin"}}
    ends = [
        StatisticRow("main.1", "fdi", "placebo_low", "", -0.1, None),
        StatisticRow("main.1", "fdi", "placebo_high", "", 0.1, None),
        StatisticRow("leads", "fdi", "leads_p_value", "", 0.4, None),
    ]
    tables[TABLE] = replace(tables[TABLE], statistics=statistic_frame(ends))
    found = found_in(tables, finding)
    # .452 lies outside 0.15 to 0.45, and .152 below it outside the range of the placebos
    assert (found.state, found.fragility) == ("holds", "robust to choices")
    assert "the same side of the printed 0.45" in found.says
    ours, theirs = "exports by place of origin, N 400", "exports by operating unit, N 2,521"
    assert f"Our outcome is {ours}; the printed outcome is {theirs}." in found.says
    wide = statistic_frame([ends[0]._replace(value=-0.2), *ends[1:]])
    tables[TABLE] = replace(tables[TABLE], statistics=wide)
    assert found_in(tables, finding).fragility == "depends on choices"


def test_names_of_statistics_are_those_of_the_placebos() -> None:
    first = load_findings(BI)[0]
    assert isinstance(first, Slope)
    keys = {getattr(test.of, "key", None) for test in first.tests}
    assert keys == {Statistic("placebo_p", "fdi"), Statistic("leads_p_value", "fdi")}

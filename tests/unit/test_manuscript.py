"""Numbers of a manuscript against stored values: bound, drifted, ambiguous, unknown, unbound."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.package.manuscript import (
    Values,
    WrongManuscript,
    check_text,
    filled,
    is_rounded,
    lines_drifted,
)
from living_panel.estimation.tables.result import StatisticRow, statistic_frame
from living_panel.orchestration.assets.report import findings_path
from living_panel.orchestration.commands import package
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings

TWO = ("clustered", "cr3:jackknife:t(G-1)")


@pytest.fixture
def values(tmp_path: Path) -> Values:
    folder = tmp_path / "artifacts" / "growth" / "a1"
    folder.mkdir(parents=True)
    rows = [
        {"model": "main.1", "term": "fdi", "inference": inference, "estimate": 0.2487, "std_error": error}
        for inference, error in zip(TWO, (0.03, 0.0396), strict=True)
    ]  # fmt: skip
    pd.DataFrame(rows).to_parquet(folder / "coefficients.parquet")
    statistics = [
        StatisticRow("main.1", "", "n_obs", "", 1456.0, None),
        StatisticRow("main.1", "", "estimator", "", None, "within"),
        StatisticRow("main.1", "fdi", "printed_p_value", TWO[0], 0.015, None),
    ]
    statistic_frame(statistics).to_parquet(folder / "statistics.parquet")
    return Values(tmp_path / "artifacts", {"growth": "a1"})


def wrong(text: str, values: Values) -> list[tuple[str, int | None]]:
    return [(p.code, p.place.line) for p in check_text(text, "m.md", values)[1]]


def test_bound_numbers_are_silent(values: Values) -> None:
    text = (
        "It is {{growth:main.1:fdi:estimate=0.25}} (SE {{growth:main.1:fdi:std_error@cr3:jackknife:t(G-1)=0.04}}),\n"
        "n {{growth:main.1:n_obs=1,456}}, {{growth:main.1:estimator=within}},\n"
        f"p {{{{growth:main.1:fdi:printed_p_value@{TWO[0]}=0.015}}}}, "
        "at {{text=0.05}}; `0.77`, v1.2.3.\n"
    )
    bound, problems = check_text(text, "m.md", values)
    assert len(bound) == 5 and problems == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{growth:main.1:fdi:estimate=0.26}}", Code.MANUSCRIPT_DRIFTED),
        ("{{growth:main.1:fdi:estimate=-0.25}}", Code.MANUSCRIPT_DRIFTED),
        ("{{growth:main.1:fdi:estimate=much}}", Code.MANUSCRIPT_DRIFTED),
        ("{{growth:main.1:fdi:std_error=0.04}}", Code.MANUSCRIPT_REFERENCE),
        ("{{growht:main.1:fdi:estimate=0.25}}", Code.MANUSCRIPT_REFERENCE),
        ("{{growth:main.1:gdp:estimate=0.25}}", Code.MANUSCRIPT_REFERENCE),
        ("{{growth:main.1:fdi:estimat=0.25}}", Code.MANUSCRIPT_REFERENCE),
        ("{{growth:main.1:n_ob=1456}}", Code.MANUSCRIPT_REFERENCE),
        ("{{growth:main.1:fdi:printed_p_value=0.015}}", Code.MANUSCRIPT_REFERENCE),
        ("{{growth:main.1}}", Code.MANUSCRIPT_REFERENCE),
        ("It is 0.25.", Code.MANUSCRIPT_DRIFTED),
    ],
)
def test_a_wrong_number_is_named_with_its_line(text: str, code: object, values: Values) -> None:
    assert wrong(f"# Results\n{text}\n", values) == [(code, 2)]  # type: ignore[attr-defined]


def test_a_drifted_number_is_named_with_both(values: Values) -> None:
    _, (problem,) = check_text("{{growth:main.1:fdi:estimate=0.31}}", "m.tex", values)
    assert (problem.fields["printed"], problem.fields["stored"]) == ("0.31", "0.25")


@pytest.mark.parametrize(
    ("printed", "stored", "holds"),
    [("0.25", 0.2487, True), ("0.2487", 0.2487, True), ("0.24", 0.2487, False), ("−0.25", -0.25, True),
     ("1,456", 1456.0, True), ("1,457", 1456.0, False), (".25", 0.2487, True), ("0.5", 0.45, True)],
)  # fmt: skip
def test_a_number_is_held_at_its_own_digits(printed: str, stored: float, holds: bool) -> None:
    assert is_rounded(printed, stored) is holds


def test_a_manuscript_is_filled_with_stored_values(values: Values) -> None:
    text = "{{growth:main.1:fdi:estimate}}, {{growth:main.1:fdi:estimate=0.2}}, {{growth:main.1:n_obs}}, {{text=5}}"
    assert filled(text, values) == "0.249, 0.2, 1456, 5"
    with pytest.raises(WrongManuscript):
        filled("{{growth:main.2:n_obs}}", values)


def test_findings_that_were_not_made_from_this_state_are_named() -> None:
    (problem,) = lines_drifted("* a\nIt is 0.18.\n", "* a\nIt is 0.19.", "findings.md")
    assert problem.place.line == 2 and problem.fields["stored"] == "0.19."
    assert not list(lines_drifted("* a\n", "* a", "findings.md"))
    assert list(lines_drifted("* a\n* b", "* a", "findings.md"))


def test_without_a_file_the_page_of_findings_is_held_to_the_one_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A workspace has no docs/findings.md of its own; a checkout has."""
    settings = Settings(root=tmp_path, state=tmp_path / "state")
    state.write(tmp_path, "current", [])
    page = tmp_path / "docs.md"
    monkeypatch.setattr(package, "FINDINGS_PAGE", page)
    monkeypatch.setattr(package, "PAPERS", tmp_path)
    assert package.check_manuscripts(settings, None, None) == 0
    made = findings_path(settings)
    made.parent.mkdir(parents=True)
    made.write_text("The slope is 0.25.\n", encoding="utf-8")
    page.write_text("The slope is 0.25.\n", encoding="utf-8")
    assert package.check_manuscripts(settings, None, None) == 0
    page.write_text("The slope is 0.26.\n", encoding="utf-8")
    assert package.check_manuscripts(settings, None, None) == 1
    assert Code.MANUSCRIPT_DRIFTED in capsys.readouterr().err

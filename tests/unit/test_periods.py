"""Periods of every frequency: their numbers, a paper on them, and conditions on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
import yaml
from hypothesis import given
from hypothesis import strategies as st

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.periods import (
    frequency_of,
    period_number,
    period_text,
    span_text,
    window_of,
)
from living_panel.estimation.panel.spec import load_spec
from living_panel.estimation.panel.where import rows_where
from living_panel.estimation.papers.data_files import propose
from living_panel.estimation.tables.estimate import estimate
from living_panel.orchestration.commands.authoring import new_paper
from tests.refusals import refuses
from tests.unit.test_paper_data_from_files import release_of_paper

UNITS = 12


def numbered(text: str | dt.date) -> int:
    number = period_number(text)
    assert isinstance(number, int)
    return number


QUARTERS: list[str] = [
    f"{year}Q{quarter}" for year in (1999, 2000, 2001) for quarter in (1, 2, 3, 4)
]
PERIODS: dict[str, list[object]] = {
    "quarters": [*QUARTERS],
    "months": [f"1999-{month:02d}" for month in range(3, 13)],
    "dates": ["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"],
    "numbers": [-2, -1, 0, 1, 2],
    "years": [1999, 2000, 2001],
}


def rows(periods: Sequence[object]) -> pd.DataFrame:
    draw, n = np.random.default_rng(3), UNITS * len(periods)
    x = draw.normal(size=n)
    units = np.repeat([f"u{i}" for i in range(UNITS)], len(periods))
    return pd.DataFrame(
        {"id": units, "time": [*periods] * UNITS, "y": x + draw.normal(size=n), "x": x}
    )


@given(day=st.dates(dt.date(1000, 1, 1)))
def test_a_period_is_written_as_it_is_read(day: dt.date) -> None:
    for text in (f"{day.year}Q{(day.month + 2) // 3}", f"{day.year}M{day.month:02d}", str(day)):
        assert period_text(numbered(text)) == text
    assert numbered(day) == numbered(str(day))
    tomorrow = day + dt.timedelta(days=day < dt.date.max)
    assert numbered(tomorrow) - numbered(day) == (day < dt.date.max)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("1999Q4", "2000Q1"), ("1999-12", "2000M01"), ("2000-02-28", "2000-02-29")],
)
def test_neighbours_differ_by_one(earlier: str, later: str) -> None:
    assert numbered(later) - numbered(earlier) == 1


@pytest.mark.parametrize("text", ["1999Q5", "1999-13", "2001-02-29", "last year", "newest"])
def test_what_is_no_period_stays_as_it_is(text: str) -> None:
    assert period_number(text) == text


def test_a_window_of_dates_has_those_of_the_data() -> None:
    friday, monday = (numbered(day) for day in ("2020-01-03", "2020-01-06"))
    assert window_of(friday, monday, [friday, monday, monday + 1]) == [friday, monday]
    assert span_text(friday, monday) == "2020-01-03 to 2020-01-06"
    assert span_text(1999, 2001) == "1999-2001"


@pytest.mark.parametrize("frequency", PERIODS)
def test_a_paper_may_be_on_periods_of_any_frequency(tmp_path: Path, frequency: str) -> None:
    frame = rows(PERIODS[frequency])
    frame.to_csv(tmp_path / "file.csv", index=False)
    new_paper("any", tmp_path, data=tmp_path / "file.csv")
    paper = yaml.safe_load((tmp_path / "any" / "paper.yml").read_text(encoding="utf-8"))
    assert paper["sample"]["frequency"] == frequency
    spec = load_spec(tmp_path / "any" / "specs" / "any_first.yml")
    table = estimate(spec, release_of_paper(tmp_path / "any"))
    known = smf.ols("y ~ x + C(id)", frame).fit().params["x"]
    row = table.coefficients.set_index("term").loc["x"]
    assert row["estimate"] == pytest.approx(known, rel=1e-9)
    assert row["n_obs"] == len(frame)


def test_a_lag_of_quarters_and_their_dummies(tmp_path: Path) -> None:
    """Against statsmodels on the same rows, lagged by unit: the first quarter has no lag."""
    frame = rows(QUARTERS)
    frame.to_csv(tmp_path / "file.csv", index=False)
    new_paper("any", tmp_path, data=tmp_path / "file.csv")
    path = tmp_path / "any" / "specs" / "any_first.yml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    spec["variables"] = {"y": None, "x": {"lag": 1}}
    spec["options"]["columns"][0]["model"] = "y ~ x + C(year)"
    path.write_text(yaml.safe_dump(spec), encoding="utf-8")
    table = estimate(load_spec(path), release_of_paper(tmp_path / "any"))
    frame["x"] = frame.groupby("id")["x"].shift(1)
    known = smf.ols("y ~ x + C(time)", frame.dropna()).fit()
    row = table.coefficients.set_index("term").loc["x"]
    assert row["estimate"] == pytest.approx(known.params["x"], rel=1e-9)
    assert row["n_obs"] == known.nobs == UNITS * (len(QUARTERS) - 1)
    labels = {line[0] for block in table.blocks for line in block.rows}
    assert "quarter 2001Q4" in labels


def test_a_column_of_times_is_read_as_its_frequency(tmp_path: Path) -> None:
    for frequency, code in {"years": "YS", "quarters": "QS", "months": "MS", "dates": "B"}.items():
        frame = rows(list(pd.date_range("2001-01-01", periods=5, freq=code)))
        frame.to_parquet(tmp_path / "file.parquet")
        assert propose(tmp_path / "file.parquet").frequency == frequency
        frame.assign(time=frame["time"].dt.date).to_parquet(tmp_path / "file.parquet")
        assert propose(tmp_path / "file.parquet").frequency == frequency


def test_several_rows_of_a_unit_and_year_are_numbered_and_keep_both(tmp_path: Path) -> None:
    frame = pd.concat([rows([1999, 2000]), rows([1999, 2000]).assign(y=lambda t: t.y + 1)])
    frame.rename(columns={"time": "year"}).to_csv(tmp_path / "file.csv", index=False)
    found = propose(tmp_path / "file.csv")
    assert (found.unit, found.period, len(found.units)) == ("", "year", len(frame))
    assert found.panel["id"].nunique() == UNITS and set(found.panel["year"]) == {1999, 2000}


def test_another_frequency_than_the_papers_is_refused_with_its_line(tmp_path: Path) -> None:
    rows(QUARTERS).to_csv(tmp_path / "file.csv", index=False)
    new_paper("any", tmp_path, data=tmp_path / "file.csv")
    spec = tmp_path / "any" / "specs" / "any_first.yml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("first_year: 1999Q1", "first_year: 1999"), encoding="utf-8")
    with pytest.raises(InvalidSpec) as error:
        load_spec(spec)
    (problem,) = error.value.problems
    assert problem.code == "LP-SPEC-VALUE" and problem.fields["frequency"] == "quarters"
    assert problem.place.line == 1 + text[: text.index("first_year: 1999")].count("\n")
    paper = tmp_path / "any" / "paper.yml"
    words = paper.read_text(encoding="utf-8").replace("frequency: quarters", "frequency: months")
    paper.write_text(words, encoding="utf-8")
    with refuses(ValueError, Code.PAPER_TABLE, what="year is not one of the paper's months"):
        release_of_paper(tmp_path / "any")


def test_a_condition_compares_periods_as_they_are_written() -> None:
    numbers = [numbered(text) for text in QUARTERS]
    frame = pd.DataFrame({"year": numbers})
    assert rows_where("year >= '2001Q1' and year not in ['2001Q4']", frame).sum() == 3
    assert {frequency_of(number) for number in numbers} == {"quarters"}

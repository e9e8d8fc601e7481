"""Stored numbers that findings rest on, looked up: estimates, their samples, declared choices and tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy

from living_panel.estimation.artifacts.artifact import shown_ways
from living_panel.estimation.audit.reproduction import StoredResults
from living_panel.estimation.audit.significance import revealed, standard_error
from living_panel.estimation.econometrics.inference_label import is_asked, kind_of
from living_panel.estimation.econometrics.shown import show
from living_panel.estimation.econometrics.statistic import Statistic, block_of
from living_panel.estimation.findings.declared import (
    LEAST_FAVOURABLE,
    DeclaredChoice,
    DeclaredTest,
    Difference,
    LeftOut,
    Printed,
    Slope,
    Stored,
    StoredStatistic,
)
from living_panel.estimation.findings.rule import LEVEL, Choice, DesignTest, Evidence
from living_panel.estimation.panel.periods import span_text
from living_panel.estimation.panel.spec import Unit
from living_panel.estimation.papers.schema import PrintedPaper
from living_panel.estimation.report.estimate import StoredEstimate, Tested, inference_words
from living_panel.estimation.tables.facts import JACKKNIFE, errors_text

Tables = Mapping[str, StoredResults]
SMALLER_REGION = "min G"  # clusters of a difference are those of the smaller region
WITHOUT_UNIT = ("estimate_without_unit", "std_error_without_unit", "p_value_without_unit")


@dataclass(frozen=True)
class PrintedValue:
    """A printed number, or a difference of two, with its decimals, its texts, and half its 95 % interval's width."""

    value: float
    places: int
    number: str
    text: str
    half_width: float = math.nan


@dataclass(frozen=True)
class ChoiceRow:
    """One line of the table of choices; without an estimate the data do not allow it.

    `tests` are the tests of the choice's own design, `tested` the coefficient that such a test is about.
    """

    words: str
    kind: str
    reason: str
    estimate: StoredEstimate | None
    n_obs: float | None
    sample: str
    inference: str
    compares: bool = True
    tests: tuple[DesignTest, ...] = ()
    tested: StoredEstimate | None = None


def estimate(stored: Stored | LeftOut, tables: Tables) -> StoredEstimate | None:
    """A stored coefficient with its family; None if the table or the coefficient is missing."""
    found = _alone(stored, tables)
    if found is None or not stored.among:
        return found
    one: dict[str, object] = {"among": []}
    if isinstance(stored, LeftOut):
        one["without"] = left_out_unit(stored, tables)
    others = (_alone(stored.model_copy(update=one | {"model": m}), tables) for m in stored.among)
    return replace(found, others=tuple(math.nan if o is None else o.p_value for o in others))


def _alone(stored: Stored | LeftOut, tables: Tables) -> StoredEstimate | None:
    """A stored coefficient without its family."""
    table = tables.get(stored.table)
    if table is None:
        return None
    if isinstance(stored, LeftOut):
        return _without_unit(stored, table)
    rows = _rows(stored, table)
    primary = rows.loc[_is_wanted(rows, stored, table)].dropna(subset="std_error")
    if primary.empty:
        return None
    first = primary.iloc[0]
    errors = _errors(rows, table)
    shown = first if errors.empty else errors.iloc[0]
    numbers = (float(first["estimate"]), float(shown["std_error"]), float(shown["df"]))
    both = [first] if errors.empty or shown["inference"] == first["inference"] else [first, shown]
    tests = tuple(_tested(row, table) for row in both if pd.notna(row["p_value"]))
    if np.isnan(numbers[2]) and not tests:
        return None
    return StoredEstimate(*numbers, tests if len(both) > 1 or np.isnan(first["df"]) else ())


def less(number: StoredEstimate, other: StoredEstimate | None) -> StoredEstimate | None:
    """The difference of two estimates of unknown correlation: its standard error is at most the sum of both."""
    if other is None:
        return None
    return StoredEstimate(
        number.value - other.value,
        number.std_error + other.std_error,
        min(number.df, other.df),
        is_bound=True,
    )


def _rows(stored: Stored, table: StoredResults) -> pd.DataFrame:
    """Rows of a stored coefficient, one for each inference."""
    rows = table.coefficients
    return rows[(rows["model"] == stored.model) & (rows["term"] == stored.term)]


def _is_wanted(rows: pd.DataFrame, stored: Stored, table: StoredResults) -> list[bool]:
    """Whether each row has the inference that is asked for; by default that which the table shows."""
    if stored.inference or rows.empty:
        return [is_asked(label, stored.inference) for label in rows["inference"]]
    label = show(rows.to_dict("records"), *shown_ways(table.manifest))["inference"]
    return [one == label for one in rows["inference"]]


def _errors(rows: pd.DataFrame, table: StoredResults) -> pd.DataFrame:
    """Rows by the inference of the errors, or by one of its kind with another reference distribution."""
    asked = table.manifest["spec"]["options"].get("errors")
    chosen = rows[rows["inference"] == asked]
    if chosen.empty and asked:
        chosen = rows[[kind_of(str(label)) == kind_of(str(asked)) for label in rows["inference"]]]
    return chosen


def _tested(row: pd.Series, table: StoredResults) -> Tested:
    """Tests of one stored coefficient by one inference."""
    name = Statistic("printed_p_value", str(row["term"]), str(row["inference"]))
    printed = table.numbers(str(row["model"]), name)
    ends = float(row["ci_low"]), float(row["ci_high"])
    return Tested(
        str(row["inference"]), float(row["p_value"]), *ends, printed[0] if printed else None
    )


def left_out_unit(stored: Stored | LeftOut, tables: Tables) -> str:
    """Code of the unit that an estimate leaves out; "" where it leaves out none, or does not say."""
    table = tables.get(stored.table)
    if table is None:
        return ""
    rows = table.statistics[table.statistics["model"] == stored.model]
    if isinstance(stored, Stored):
        named = rows.loc[rows["statistic"] == "left_out", "text"]
        return "" if named.empty else str(named.iloc[0])
    if stored.without != LEAST_FAVOURABLE:
        return stored.without
    p_values = rows[rows["statistic"] == "p_value_without_unit"].dropna(subset="value")
    return "" if p_values.empty else str(p_values.loc[p_values["value"].idxmax(), "term"])


def _without_unit(stored: LeftOut, table: StoredResults) -> StoredEstimate | None:
    code = left_out_unit(stored, {stored.table: table})
    numbers = table.numbers(stored.model, *(Statistic(n, code) for n in WITHOUT_UNIT[:2]))
    if numbers is None:
        return None
    df = table.numbers(stored.model, Statistic("df_without_unit", code))
    units = table.numbers(stored.model, "n_provinces")
    if df is None and units is None:
        return None
    # One unit is excluded, and t(G - 1) has one degree less than the remaining units.
    return StoredEstimate(numbers[0], numbers[1], df[0] if df else (units or [0.0])[0] - 2)


def status_of(stored: Stored, tables: Tables) -> str:
    """Kind of the values behind one number; "" where its table does not store it by number."""
    rows = _rows(stored, tables[stored.table])
    return "" if rows.empty or "figures_status" not in rows else str(rows["figures_status"].iloc[0])


def sample_words(stored: Stored, tables: Tables) -> str:
    """Units, years and observations behind a number and its inference; "" where they are not stored."""
    table = tables[stored.table]
    row = stored_row(stored, tables)  # two regions of three: the third has no part in the bootstrap
    n = "" if pd.isna(row["n_obs"]) else f"N {row['n_obs']:.0f}"
    return ", ".join(filter(None, (_sample_of(stored.model, row, table), n)))


def outcomes_of(
    declared: Slope | Difference, of: Printed, paper: PrintedPaper, tables: Tables
) -> tuple[str, str]:
    """Outcome and observations of our estimate, and of the printed one, in words."""
    stored, table = declared.estimate, tables[declared.estimate.table]
    variables, printed = table.spec.variables, paper.tables[of.table]
    label = (table.manifest.get("columns") or {}).get(stored.model, {}).get("outcome", "")
    role = next((r for r, variable in variables.items() if variable.label == label), "")
    ours = (table.manifest["sample"].get("words") or {}).get(role, label)
    n_ours = stored_row(stored, tables).get("n_obs", np.nan)
    name = printed.dependent_of(of.model)
    variable = paper.variables.get(name)
    theirs = name if variable is None else variable.label
    if variable is not None and name in variables and variable.compare.measures:
        theirs = variables[name].words.get(variable.compare.measures[0], theirs)
    cell = printed.get(of.model, "n_obs")
    n_theirs = np.nan if cell is None else cell.value
    return _with_n(ours, n_ours), _with_n(theirs, n_theirs)


def _with_n(outcome: str, n_obs: float) -> str:
    return ", ".join(filter(None, (outcome, "" if pd.isna(n_obs) else f"N {n_obs:,.0f}")))


def printed_value(printed: Printed, paper: PrintedPaper) -> PrintedValue | None:
    """The printed number that a finding names; None where a cell has none."""
    table = paper.tables[printed.table]
    models = [model for model in (printed.model, printed.minus) if model]
    found = (table.get(model, "estimate", printed.term) for model in models)
    cells = [cell for cell in found if cell is not None]
    numbers = [cell.estimate for cell in cells if cell.estimate is not None]
    if len(numbers) < len(models):
        return None
    value = numbers[0].value - (numbers[1].value if printed.minus else 0.0)
    places = min(number.decimals for number in numbers)
    if printed.minus:
        shown = f"{value:.{places}f}".replace("-", "\N{MINUS SIGN}")
        return PrintedValue(value, places, shown, shown)
    error = standard_error(cells[0], revealed(table))
    half = math.nan if error is None else float(scipy.stats.norm.ppf(1 - LEVEL / 2)) * error
    return PrintedValue(value, places, _signed(numbers[0].text), _signed(cells[0].text), half)


def _signed(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


def choice_rows(
    declared: Slope | Difference, tables: Tables, names: Mapping[str, str]
) -> list[ChoiceRow]:
    """Every declared choice, in order."""
    return [_choice_row(choice, tables, names) for choice in declared.choices]


def _choice_row(choice: DeclaredChoice, tables: Tables, names: Mapping[str, str]) -> ChoiceRow:
    code = left_out_unit(choice.of, tables)
    words = choice.words.replace("{unit}", f" ({names.get(code, code)})" if code else "")
    number = estimate(choice.of, tables)
    row = ChoiceRow(words, choice.kind, choice.reason, number, None, "", "", choice.compares)
    if choice.test is not None:
        of = choice.test.of
        tested = estimate(of, tables) if isinstance(of, Stored) else None
        row = replace(row, tests=(read_test(choice.test, tables),), tested=tested)
    return row if number is None else with_sample(row, choice.of, tables)


def with_sample(row: ChoiceRow, of: Stored | LeftOut, tables: Tables) -> ChoiceRow:
    """The line of an estimate with its rows, sample and inference."""
    if isinstance(of, LeftOut):
        return replace(row, inference=errors_text(JACKKNIFE))
    stored = stored_row(of, tables)
    return replace(
        row,
        n_obs=None if pd.isna(stored.get("n_obs")) else float(stored["n_obs"]),
        sample=_sample_of(of.model, stored, tables[of.table]),
        inference=inference_words(str(stored["inference"])),
    )


def stored_row(stored: Stored, tables: Tables) -> pd.Series:
    """The stored coefficient by the inference that is asked for."""
    rows = _rows(stored, tables[stored.table])
    return rows.loc[_is_wanted(rows, stored, tables[stored.table])].iloc[0]


def _sample_of(model: str, row: pd.Series, table: StoredResults) -> str:
    """Units and years of one stored coefficient."""
    sample = table.manifest["sample"]
    block = (sample.get("blocks") or {}).get(block_of(model))
    years = table.statistics[
        (table.statistics["model"] == model) & (table.statistics["statistic"] == "years")
    ]["text"].dropna()
    where = block or (sample if "first_year" in sample else None)
    span = (
        str(years.iloc[0])
        if len(years)
        else span_text(where["first_year"], where["last_year"])
        if where
        else ""
    )
    unit = Unit.model_validate(table.manifest["spec"].get("unit", {}))
    units = row.get("n_clusters")
    if pd.isna(units) or SMALLER_REGION in str(row["inference"]):
        units = where["n_provinces"] if where else np.nan
    return ", ".join(filter(None, (f"{units:.0f} {unit.plural}" if pd.notna(units) else "", span)))


def read_test(test: DeclaredTest, tables: Tables) -> DesignTest:
    """A declared test of the design with its stored p-value; without one where it is missing."""
    return DesignTest(test.kind, _p_value(test.of, tables), test.words)


def _p_value(of: StoredStatistic | Stored, tables: Tables) -> float | None:
    if isinstance(of, Stored):
        number = estimate(of, tables)
        return None if number is None else number.p_value
    table = tables.get(of.table)
    numbers = table.numbers(of.model, of.key) if table else None
    return numbers[0] if numbers else None


def read_evidence(
    declared: Slope | Difference,
    number: StoredEstimate,
    null: float,
    rows: Sequence[ChoiceRow],
    tables: Tables,
) -> Evidence:
    """What the rule reads: estimates less the value of the hypothesis, with the p-values of that hypothesis.

    The p-value of zero is that of the question's joint test, or Holm's over the declared family of the
    estimate. A placebo tests zero. Where the hypothesis is another value, the estimate's distance from it is held
    against the range of 95 % of the placebos.
    """
    choices = [
        Choice(*_against(row.estimate, null), row.words, row.compares, row.kind, row.tests)
        for row in rows
    ]
    tests = [
        read_test(test, tables)
        if not null or test.kind != "placebo"
        else _placebo_range(test, number.value - null, tables)
        for test in declared.tests
    ]
    value, p_value = _against(number, null)
    joint = joint_p(declared, tables)
    return Evidence(value, p_value if joint is None or null else joint, choices, tests)


def joint_p(declared: Slope | Difference, tables: Tables) -> float | None:
    """p-value of the joint test that grades a finding: None without one, NaN where it is not stored."""
    if not isinstance(declared, Difference) or declared.joint is None:
        return None
    found = _p_value(declared.joint, tables)
    return math.nan if found is None else found


def _against(number: StoredEstimate | None, null: float) -> tuple[float, float]:
    """Estimate less the value of the hypothesis, and its p-value; NaN without an estimate."""
    if number is None:
        return math.nan, math.nan
    return number.value - null, _p_of(number, null)


def _p_of(number: StoredEstimate, null: float) -> float:
    """p-value of a hypothesis; where none is stored, 0 or 1 by whether the interval excludes it."""
    if not null:
        return number.family_p
    p = number.against(null)[1]
    if p is not None:
        return p
    low, high = number.interval
    return math.nan if math.isnan(low) else float(low <= null <= high)


def _placebo_range(test: DeclaredTest, distance: float, tables: Tables) -> DesignTest:
    """Whether a distance lies outside the range of 95 % of the placebos, as a p-value of 0 or 1."""
    of = test.of
    table = tables.get(of.table)
    ends = None
    if table is not None and isinstance(of, StoredStatistic):
        ends = table.numbers(
            of.model, Statistic("placebo_low", of.term), Statistic("placebo_high", of.term)
        )
    if ends is None:
        return DesignTest(test.kind, None, test.words)
    return DesignTest(test.kind, float(ends[0] <= distance <= ends[1]), test.words, by_range=True)

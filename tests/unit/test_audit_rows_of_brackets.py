"""Right tables with several rows of brackets, or notes on tests, are not accused; errors planted in them are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from living_panel.estimation.audit import audit_table
from living_panel.estimation.audit.alone import ACCUSED, read_table
from living_panel.estimation.audit.notes import Notes, kinds_of

LEGEND = {0.01: "***", 0.05: "**", 0.1: "*"}
STARS = "*** p<0.01, ** p<0.05, * p<0.1"
DECLARED = {"columns": {"*": {"scale": "raw", "covariance": "robust"}}}
CLUSTERED = {"columns": {"*": {"scale": "raw", "covariance": "clustered"}}}
TERMS, COLUMNS = ("x", "z", "w", "v"), 3
DRAWS = 3


@dataclass
class Drawn:
    """Estimates and errors (term, column), with what other ways make of them; p-values are of the normal."""

    rng: np.random.Generator
    b: np.ndarray = field(init=False)
    se: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        shape = (len(TERMS), COLUMNS)
        self.b = np.round(self.rng.normal(0, 1.2, shape), 3)
        self.se = np.round(self.rng.uniform(0.15, 0.6, shape), 3)

    @property
    def t(self) -> np.ndarray:
        return self.b / self.se

    @property
    def p(self) -> np.ndarray:
        return 2 * stats.norm.sf(np.abs(self.t))

    def other(self, spread: float = 0.5) -> np.ndarray:
        """Errors by another way."""
        return np.round(self.se * np.exp(self.rng.normal(0, spread, self.se.shape)), 3)

    def wild(self) -> np.ndarray:
        """P-values by another way, to three decimals."""
        z = np.abs(self.t) * np.exp(self.rng.normal(0, 0.4, self.t.shape))
        return np.round(2 * stats.norm.sf(z), 3)


def marks(p: np.ndarray) -> np.ndarray:
    return np.vectorize(
        lambda one: next((mark for level, mark in LEGEND.items() if one < level), "")
    )(p)


def texts(values: np.ndarray, form: str = "{:.3f}") -> np.ndarray:
    return np.vectorize(form.format)(values)


def table(
    estimates: np.ndarray, rows: list[np.ndarray], note: str, *, inline: bool = False,
    labels: tuple[str, ...] = (), more: list[list[str]] | None = None,
) -> pd.DataFrame:  # fmt: skip
    lines: list[list[str]] = []
    for n, term in enumerate(TERMS):
        if inline:
            lines.append(
                [
                    term,
                    *(" ".join([e, *(r[n, c] for r in rows)]) for c, e in enumerate(estimates[n])),
                ]
            )
            continue
        lines.append([term, *estimates[n]])
        for row, label in zip(rows, [*labels, *[""] * len(rows)], strict=False):
            lines.append([label, *row[n]])
    lines += [
        *(more or []),
        ["Observations", *["5,000"] * COLUMNS],
        [f"Notes: {note}", *[""] * COLUMNS],
    ]
    return pd.DataFrame(lines, columns=["", *(f"({c + 1})" for c in range(COLUMNS))])


def starred(d: Drawn, p: np.ndarray) -> np.ndarray:
    return np.char.add(texts(d.b), marks(p))


def errors(d: Drawn) -> np.ndarray:
    return texts(d.se, "({:.3f})")


def conley(d: Drawn, *, by_other: bool, **form: object) -> pd.DataFrame:
    other = d.other()
    p = 2 * stats.norm.sf(np.abs(d.b / other)) if by_other else d.p
    note = (
        f"Robust standard errors in parentheses; Conley (1999) standard errors in brackets. {STARS}"
    )
    return table(starred(d, p), [errors(d), texts(other, "[{:.3f}]")], note, **form)


def wild(
    d: Drawn, *, by_other: bool, name: str = "wild cluster bootstrap p-values"
) -> pd.DataFrame:
    p = d.wild()
    note = f"Standard errors clustered by state in parentheses, {name} in brackets. {STARS}"
    return table(starred(d, p if by_other else d.p), [errors(d), texts(p, "[{:.3f}]")], note)


def of_t(d: Drawn) -> pd.DataFrame:
    note = f"Standard errors in parentheses and t statistics in brackets. {STARS}"
    return table(starred(d, d.p), [errors(d), texts(d.t, "[{:.2f}]")], note)


def of_p(d: Drawn) -> pd.DataFrame:
    note = f"Standard errors in parentheses. p-values in square brackets. {STARS}"
    return table(starred(d, d.p), [errors(d), texts(d.p, "[{:.3f}]")], note)


def of_absolute_t(d: Drawn, note: str) -> pd.DataFrame:
    return table(starred(d, d.p), [texts(np.abs(d.t), "({:.2f})")], f"{note}. {STARS}")


def three_rows(d: Drawn) -> pd.DataFrame:
    q = np.minimum(d.p * 1.7, 1)
    note = f"Robust standard errors in parentheses, spatial HAC errors in [ ], sharpened q-values in {{ }}. {STARS}"
    return table(
        starred(d, d.p), [errors(d), texts(d.other(), "[{:.3f}]"), texts(q, "{{{:.3f}}}")], note
    )


def two_in_parentheses(d: Drawn) -> pd.DataFrame:
    rows = [errors(d), texts(d.wild(), "({:.3f})")]
    note = f"Standard errors in parentheses, randomization inference p-values in parentheses below. {STARS}"
    return table(starred(d, d.p), rows, note)


def stars_at_p(d: Drawn) -> pd.DataFrame:
    p = d.wild()
    own = np.char.add(texts(p, "[{:.3f}]"), marks(p))
    note = f"Standard errors in parentheses, bootstrap p-values in brackets. {STARS}"
    return table(texts(d.b), [errors(d), own], note)


def unnamed_second_row(d: Drawn) -> pd.DataFrame:
    p = d.wild()
    note = f"Standard errors in parentheses. {STARS}"
    return table(starred(d, p), [errors(d), texts(p, "[{:.3f}]")], note)


def stars_elsewhere(d: Drawn) -> pd.DataFrame:
    note = f"Standard errors in parentheses. Stars are based on wild bootstrap p-values. {STARS}"
    return table(starred(d, d.wild()), [errors(d)], note)


def q_alone(d: Drawn) -> pd.DataFrame:
    q = np.minimum(d.p * 3, 1)
    return table(starred(d, d.p), [texts(q, "[{:.3f}]")], f"FDR q-values in brackets. {STARS}")


def ordered(d: Drawn) -> pd.DataFrame:
    more = [
        [name, *texts(at + d.rng.normal(0, 0.2, COLUMNS))] if name else ["", *["(0.085)"] * COLUMNS]
        for label, at in (("/cut1", -2.1), ("Cut point 2", 0.9), ("Threshold 3", 3.2))
        for name in (label, "")
    ]
    return table(
        starred(d, d.p), [errors(d)], f"Standard errors in parentheses. {STARS}", more=more
    )


def tobit(d: Drawn) -> pd.DataFrame:
    more = [
        ["sigma", *["1.532"] * COLUMNS], ["", *["(0.041)"] * COLUMNS],
        ["lnsigma", *["0.427"] * COLUMNS], ["", *["(0.027)"] * COLUMNS],
    ]  # fmt: skip
    return table(
        starred(d, d.p), [errors(d)], f"Standard errors in parentheses. {STARS}", more=more
    )


def satterthwaite(d: Drawn) -> pd.DataFrame:
    own = d.rng.uniform(1.5, 20, d.t.shape)
    note = f"CR2 standard errors in parentheses, with Satterthwaite degrees of freedom. {STARS}"
    clusters = ["Number of clusters", *["25"] * COLUMNS]
    return table(starred(d, 2 * stats.t.sf(np.abs(d.t), own)), [errors(d)], note, more=[clusters])


def one_sided(d: Drawn, words: str) -> pd.DataFrame:
    expected = d.rng.choice([-1, 1], (len(TERMS), 1))
    p = stats.norm.sf(d.t * expected)
    return table(starred(d, p), [errors(d)], f"Standard errors in parentheses. {words}. {STARS}")


def one_sided_p(d: Drawn) -> pd.DataFrame:
    p = stats.norm.sf(d.t)
    note = f"Standard errors in parentheses, p-values of one-sided tests in brackets. {STARS}"
    return table(starred(d, p), [errors(d), texts(p, "[{:.3f}]")], note)


def one_and_two_sided(d: Drawn) -> pd.DataFrame:
    p = np.concatenate([stats.norm.sf(d.t[:2]), d.p[2:]])
    note = (
        f"t statistics in parentheses. One-tailed tests for x and z, two-tailed otherwise. {STARS}"
    )
    return table(starred(d, p), [texts(d.t, "({:.2f})")], note)


FORMS: dict[str, Callable[[Drawn], pd.DataFrame]] = {
    "Conley's errors, stars by the robust ones": lambda d: conley(d, by_other=False),
    "Conley's errors, stars by them": lambda d: conley(d, by_other=True),
    "Conley's errors in the cell": lambda d: conley(d, by_other=False, inline=True),
    "Conley's errors in rows with a label": lambda d: conley(d, by_other=False, labels=("", "Conley s.e.")),
    "wild p": lambda d: wild(d, by_other=False),
    "wild p, stars by it": lambda d: wild(d, by_other=True),
    "q": lambda d: wild(d, by_other=False, name="Anderson (2008) q-values"),
    "q, stars by it": lambda d: wild(d, by_other=True, name="q-values"),
    "t below errors": of_t,
    "p below errors": of_p,
    "absolute t statistics": lambda d: of_absolute_t(d, "Absolute t statistics in parentheses"),
    "absolute value of t": lambda d: of_absolute_t(d, "Absolute value of t statistics in parentheses"),
    "absolute robust t": lambda d: of_absolute_t(d, "Absolute values of robust t-ratios are in brackets"),
    "three rows": three_rows,
    "two rows in parentheses": two_in_parentheses,
    "stars at the p-values": stars_at_p,
    "a row that no note names": unnamed_second_row,
    "stars by a p-value that is not printed": stars_elsewhere,
    "q alone": q_alone,
    "cut points": ordered,
    "sigma": tobit,
    "Satterthwaite": satterthwaite,
    "one-sided tests": lambda d: one_sided(d, "Stars are those of one-sided tests"),
    "one-tailed significance": lambda d: one_sided(d, "One-tailed significance levels"),
    "one-sided p": one_sided_p,
    "one- and two-sided tests": one_and_two_sided,
}  # fmt: skip


def right(form: str, draw: int) -> pd.DataFrame:
    return FORMS[form](Drawn(np.random.default_rng([63, draw, *form.encode()])))


def accusations(printed: pd.DataFrame, declared: dict | None) -> list[str]:
    audit = audit_table(printed, declared)
    return audit.loc[audit["severity"].isin(ACCUSED), "rule"].tolist()


@pytest.mark.parametrize(
    "draws", [[0], pytest.param(range(1, 9), marks=pytest.mark.slow)], ids=["one", "many"]
)
@pytest.mark.parametrize("form", FORMS)
def test_a_right_table_is_not_accused(form: str, draws: Iterable[int]) -> None:
    for draw in draws:
        for declared in (DECLARED, CLUSTERED, None):
            assert accusations(right(form, draw), declared) == [], (form, draw, declared)


# -- planted errors ---------------------------------------------------------------------------------------------------
def change(printed: pd.DataFrame, row: int, column: int, text: str) -> pd.DataFrame:
    made = printed.copy()
    made.iloc[row, column] = text
    return made


def first(printed: pd.DataFrame, wanted: Callable[[str, str], bool]) -> tuple[int, int] | None:
    """Row and column of the first coefficient whose text and bracket are wanted."""
    for row in range(len(printed) - 1):
        for column in range(1, printed.shape[1]):
            text, below = printed.iloc[row, column], printed.iloc[row + 1, column]
            if printed.iloc[row, 0] in TERMS and wanted(text, below):
                return row, column
    return None


def ratio(text: str, below: str) -> float:
    return abs(float(text.rstrip("*")) / float(below.strip("()")))


def a_star_too_many(printed: pd.DataFrame) -> pd.DataFrame | None:
    at = first(printed, lambda text, below: "*" not in text and ratio(text, below) < 0.6)
    return None if at is None else change(printed, *at, f"{printed.iloc[at]}***")


def stars_left_out(printed: pd.DataFrame) -> pd.DataFrame | None:
    at = first(printed, lambda text, below: text.endswith("***") and ratio(text, below) > 6)
    return None if at is None else change(printed, *at, printed.iloc[at].rstrip("*"))


def a_minus(printed: pd.DataFrame) -> pd.DataFrame | None:
    at = first(printed, lambda text, below: True)
    below = at[0] + 1, at[1]
    return change(printed, *below, printed.iloc[below].replace("(", "(-"))


def the_last_row(printed: pd.DataFrame) -> pd.DataFrame:
    """An error below zero, a p-value above one, a t of the other sign."""
    text, note = printed.iloc[2, 1], printed.iloc[-1, 0]
    wrong = (
        text.replace("[0.", "[7.")
        if "values in" in note
        else text.replace("[", "[-").replace("--", "")
    )
    return change(printed, 2, 1, wrong)


TWO_ROWS = ("Conley's errors, stars by the robust ones", "Conley's errors, stars by them", "wild p", "q",
            "p below errors", "t below errors")  # fmt: skip
PLANTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame | None], tuple[str, ...], float]] = {
    "a star too many": (a_star_too_many, (*TWO_ROWS, "cut points", "sigma", "Satterthwaite", "one-sided tests"), 0.9),
    "stars left out": (stars_left_out, (*TWO_ROWS, "cut points", "sigma"), 0.9),
    "a minus before the error": (a_minus, (*TWO_ROWS, "cut points", "sigma"), 1.0),
    "an impossible number in the last row": (the_last_row, TWO_ROWS, 1.0),
}  # fmt: skip


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_error_is_found(plant: str) -> None:
    change_one, forms, share = PLANTS[plant]
    outcomes = {
        (form, draw): bool(accusations(made, DECLARED))
        for form in forms
        for draw in range(DRAWS)
        if (made := change_one(right(form, draw))) is not None
    }
    assert len(outcomes) >= 12
    missed = [key for key, is_found in outcomes.items() if not is_found]
    assert 1 - len(missed) / len(outcomes) >= share, missed


@pytest.mark.parametrize(
    ("note", "kinds"),
    [
        ("Standard errors in parentheses", ["standard_error", "none"]),
        ("Robust standard errors by firm are in parentheses. t-ratios in brackets", ["standard_error", "t_statistic"]),
        ("Figures in parentheses are t statistics; those in brackets are p-values", ["t_statistic", "p_value"]),
        ("Standard errors are clustered. Parentheses contain absolute t values", ["abs_t_statistic", "none"]),
        ("p-values from bootstrap standard errors in brackets, std. errors in ( )", ["standard_error", "p_value"]),
        ("|t| in ( ) and Conley SEs in [ ]", ["abs_t_statistic", "standard_error"]),
        ("t statistics (in parentheses) use robust standard errors", ["t_statistic", "none"]),
    ],
)  # fmt: skip
def test_the_notes_name_each_row(note: str, kinds: list[str]) -> None:
    rows = [("(", 1), ("[", 1)]
    named = kinds_of(Notes(note), rows)
    assert [named[row].kind if row in named else "none" for row in rows] == kinds


def test_each_row_of_brackets_is_a_statistic_of_its_own() -> None:
    read = read_table(right("Conley's errors, stars by the robust ones", 0)).tables["1"]
    cells = {c.statistic: c for c in read.cells if (c.model, c.term) == ("1", "x")}
    assert {*cells} == {"estimate", "std_error:[ 1"}
    assert cells["estimate"].bracket.text != cells["std_error:[ 1"].number.text
    p = read_table(right("p below errors", 0)).tables["1"]
    assert p.get("1", "p_value", "x") and p.get("1", "estimate", "x").bracket
    cut = read_table(right("cut points", 0)).tables["1"]
    assert {*cut.terms("1")} == {*TERMS} and cut.get("1", "test:/cut1")

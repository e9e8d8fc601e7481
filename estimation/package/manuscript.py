"""Bind the numbers of a manuscript to stored values: a number that drifted is reported with both.

A reference stands where the number is printed, with the number in it:
`{{my_table:model:term:estimate=0.18}}`. Without `=` it is filled when the manuscript is written.
`@` names the inference of a standard error, p-value or limit. Three parts name a statistic of a
model, four one that describes a term. `{{text=0.05}}` is a number that is no result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.artifacts.artifact import read_statistics
from living_panel.estimation.econometrics.inference.rows import INFERENCE_COLUMNS
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.package import sentences
from living_panel.estimation.panel.marked_yaml import nearest
from living_panel.problems import Missing, Place, Problem, ProblemError

NAMES = ("manuscript.md", "manuscript.qmd", "manuscript.tex")
REFERENCE = re.compile(r"\{\{(?P<key>[^{}=]+?)(?:=(?P<printed>[^{}]*))?\}\}")
NUMBER = re.compile(r"(?P<sign>[-−]?)(?P<digits>\d[\d,]*(?:\.\d+)?|\.\d+)")
LOOSE = re.compile(r"(?<![\w./:#-])[-−]?\d*\.\d+(?![\w/-])(?!\.\w)")
"""A number with decimals, outside of names, addresses and versions."""
CODE = re.compile(
    r"```.*?```|`[^`\n]*`|<!--.*?-->|\\(?:cite|ref|label|url|includegraphics)\S*?\{[^}]*\}",
    re.DOTALL,
)
FREE = "text"
DIGITS = 3
"""Significant digits of a number that is filled in where none was printed."""
QUANTITIES = tuple(name for name in INFERENCE_COLUMNS if name not in ("term", "inference"))


class WrongManuscript(ProblemError, ValueError):
    """A manuscript whose numbers are not the stored ones."""


@dataclass(frozen=True)
class Bound:
    """A reference of a manuscript: where it stands, what it names, the printed number, the stored one."""

    place: Place
    key: str
    printed: str | None
    stored: float | str | None


class Values:
    """The stored values of published tables, by reference; `current` names the artifact of each."""

    def __init__(self, artifacts: Path, current: Mapping[str, str]) -> None:
        self.artifacts, self.current = artifacts, current
        self._read = cache(self._read_table)

    def find(self, key: str, place: Place) -> float | str | Problem:
        """Return the value that a reference names, or the problem that it names none, or several."""
        path, _, inference = key.partition("@")
        table, *parts = path.split(":")
        if table not in self.current:
            return _unknown(place, key, table, self.current)
        if len(parts) not in (2, 3):
            return Code.MANUSCRIPT_REFERENCE(
                "the reference {key!r} does not have the form table:model:term:quantity or table:model:statistic",
                "write it in one of these forms",
                place,
                key=key,
            )
        coefficients, statistics = self._read(table)
        model, *term, name = parts
        about = Statistic(name, "".join(term), inference)
        named = (statistics["model"] == model) & (statistics["term"] == about.term)
        if len(parts) == 3 and name not in set(statistics.loc[named, "statistic"]):
            return self._coefficient(coefficients, key, parts, inference, place)
        return self._statistic(statistics, key, model, about, place)

    def _read_table(self, table: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        folder = self.artifacts / table / self.current[table]
        return pd.read_parquet(folder / "coefficients.parquet"), read_statistics(folder)

    def _coefficient(
        self, rows: pd.DataFrame, key: str, parts: Sequence[str], inference: str, place: Place
    ) -> float | Problem:
        model, term, quantity = parts
        for column, wanted in (("model", model), ("term", term)):
            if wanted not in set(rows[column]):
                return _unknown(place, key, wanted, rows[column].unique())
            rows = rows[rows[column] == wanted]
        if quantity not in QUANTITIES:
            return _unknown(place, key, quantity, QUANTITIES)
        if inference:
            rows = rows[rows["inference"] == inference]
            if rows.empty:
                return _unknown(place, key, inference, ())
        values = rows[quantity].dropna().unique()
        if len(values) != 1:
            return Code.MANUSCRIPT_REFERENCE(
                "{key} has several values, one for each inference",
                "add @ and one of {choices}",
                place,
                key=key,
                choices=sorted(rows["inference"].unique()),
            )
        return float(values[0])

    def _statistic(
        self, rows: pd.DataFrame, key: str, model: str, about: Statistic, place: Place
    ) -> float | str | Problem:
        for column, wanted in (
            ("model", model),
            ("term", about.term),
            ("statistic", about.name),
            ("inference", about.inference),
        ):
            if wanted not in set(rows[column]):
                return _unknown(place, key, wanted, rows[column].unique())
            rows = rows[rows[column] == wanted]
        row = rows.iloc[0]
        return str(row["text"]) if pd.isna(row["value"]) else float(row["value"])


def _unknown(place: Place, key: str, name: str, known: object) -> Problem:
    choices = nearest(name, [str(k) for k in known])  # type: ignore[attr-defined]
    return Code.MANUSCRIPT_REFERENCE(
        "{key}: the stored results have no {name!r}",
        "write {choices:or}",
        place,
        key=key,
        name=name,
        choices=choices,
    )


def check_text(text: str, name: str, values: Values) -> tuple[list[Bound], list[Problem]]:
    """Return the references of a text with their stored values, and what is wrong with its numbers.

    Parameters
    ----------
    text : str
        Markdown, Quarto or LaTeX.
    name : str
        File, for the places of problems.
    values : Values
        Stored values.
    """
    bound, problems = [], []
    for match in REFERENCE.finditer(text):
        key, printed = match["key"].strip(), match["printed"]
        if key == FREE:
            continue
        place = Place(file=name, line=text.count("\n", 0, match.start()) + 1)
        stored = values.find(key, place)
        if isinstance(stored, Problem):
            problems.append(stored)
            continue
        bound.append(Bound(place, key, printed, stored))
        if printed is not None and not is_rounded(printed, stored):
            problems.append(
                sentences.DRIFTED(place, key=key, printed=printed, stored=shown(stored, printed))
            )
    return bound, problems + list(_loose(text, name))


def _loose(text: str, name: str) -> Iterator[Problem]:
    """Yield numbers with decimals that no reference binds."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])

    bare = CODE.sub(blank, REFERENCE.sub(blank, text))
    for hit in LOOSE.finditer(bare):
        line = bare.count("\n", 0, hit.start()) + 1
        yield Code.MANUSCRIPT_DRIFTED(
            "the number {number} has no reference to a stored value",
            "write a reference, or {{{{text={number}}}}} if it is not a result",
            Place(file=name, line=line),
            number=hit.group(),
        )


def is_rounded(printed: str, stored: float | str) -> bool:
    """Return whether a printed number is a stored value at its own digits."""
    if isinstance(stored, str):
        return printed.strip() == stored
    match = NUMBER.fullmatch(printed.strip())
    if match is None:
        return False
    number = Decimal(match["digits"].replace(",", "")) * (-1 if match["sign"] else 1)
    unit = Decimal(1).scaleb(-_decimals(printed))
    return abs(Decimal(repr(stored)) - number) <= unit / 2


def _decimals(printed: str) -> int:
    return len(printed.partition(".")[2]) if "." in printed else 0


def shown(stored: float | str, printed: str | None) -> str:
    """Return a stored value with as many decimals as are printed, else with three digits."""
    if isinstance(stored, str):
        return stored
    if printed is not None and NUMBER.fullmatch(printed.strip()):
        return f"{stored:.{_decimals(printed)}f}"
    if stored == int(stored):
        return f"{stored:.0f}"
    return f"{stored:.{DIGITS}g}"


def filled(text: str, values: Values) -> str:
    """Return a manuscript with the stored value in the place of each reference."""

    def fill(match: re.Match[str]) -> str:
        key = match["key"].strip()
        if key == FREE:
            return match["printed"] or ""
        stored = values.find(key, Place())
        if isinstance(stored, Problem):
            raise WrongManuscript(stored)
        return shown(stored, match["printed"])

    return REFERENCE.sub(fill, text)


def read_manuscript(path: Path) -> str:
    """Return the text of a manuscript.

    Raises
    ------
    WrongManuscript
        If it is no text file.
    """
    try:
        if not path.is_file():
            raise Missing(Code.FILE_MISSING("the file does not exist", "correct the path"))
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongManuscript(
            Code.FILE_UNREADABLE(
                "the file cannot be read: {reason}",
                "name a Markdown, Quarto or LaTeX file",
                Place(file=str(path)),
                reason=error,
            )
        ) from error


def manuscripts(paper: Path) -> list[Path]:
    """Return the manuscripts in a paper's folder."""
    return [paper / name for name in NAMES if (paper / name).is_file()]


def lines_drifted(written: str, made: str, name: str) -> Iterator[Problem]:
    """Yield each line of a written page that is not the one made from stored numbers, with its numbers."""
    old, new = written.strip().splitlines(), made.strip().splitlines()
    for number, (had, has) in enumerate(zip(old, new, strict=False), start=1):
        if had != has:
            before, after = _first_difference(had, has)
            place = Place(file=name, line=number)
            yield sentences.DRIFTED(place, key="findings", printed=before, stored=after)
    if len(old) != len(new):
        lines = f"{len(old)} lines", f"{len(new)} lines"
        yield sentences.DRIFTED(Place(file=name), key="findings", printed=lines[0], stored=lines[1])


def _first_difference(had: str, has: str) -> tuple[str, str]:
    """Return the first words in which two lines differ."""
    pairs = zip(had.split(), has.split(), strict=False)
    return next(((a, b) for a, b in pairs if a != b), (had, has))

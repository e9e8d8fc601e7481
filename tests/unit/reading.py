"""How tests take a shipped spec with other options, and read the table it gives."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.panel.spec import Spec, load_spec
from living_panel.estimation.tables.result import Block, TableResult
from tests.paths import SPECS


def shipped(name: str, **options: Any) -> Spec:
    """A shipped spec with some options otherwise."""
    spec = load_spec(SPECS / f"{name}.yml")
    return with_options(spec, **options)


def with_options(spec: Spec, **options: Any) -> Spec:
    """A spec with some options otherwise."""
    return spec.model_copy(update={"options": {**spec.options, **options}})


def coefficients(table: TableResult) -> pd.DataFrame:
    """Coefficients by model, term and inference."""
    return table.coefficients.set_index(["model", "term", "inference"]).sort_index()


def numbers(table: TableResult, model: str | None = None) -> pd.Series:
    """Named numbers by model and name, or those of one model by name."""
    values = _named(table).set_index(["model", "name"])["value"]
    return values if model is None else values[model]


def texts(table: TableResult, name: str) -> pd.Series:
    """Texts of one name by model."""
    return _named(table).query("name == @name").set_index("model")["text"]


def value(table: TableResult, model: str, name: str) -> Any:
    """One number or text of the long frame."""
    row = _named(table).set_index(["model", "name"]).loc[(model, name)]
    return row["text"] if pd.isna(row["value"]) else float(row["value"])


def names_of(table: TableResult) -> set[tuple[str, str]]:
    """Models and names of the long frame."""
    named = _named(table)
    return set(zip(named["model"], named["name"], strict=True))


def _named(table: TableResult) -> pd.DataFrame:
    """Statistics with term, statistic and inference in one name, in that order, with blanks between."""
    parts = table.statistics[["statistic", "term", "inference"]].itertuples(index=False, name=None)
    return table.statistics.assign(name=[" ".join(filter(None, part)) for part in parts])


def block_of(table: TableResult, words: str) -> Block:
    """The grid whose title has the words, that of the appendix where there are two."""
    return next(b for b in (*table.appendix, *table.page) if words in b.title)


def hold_points(points: pd.Series, table: TableResult) -> None:
    """Comparisons of releases re-estimate the stored models, one by one."""
    stored = table.coefficients.drop_duplicates(["model", "term"]).set_index(["model", "term"])
    assert set(points.index) == set(stored.index)
    np.testing.assert_allclose(points, stored["estimate"].reindex(points.index), rtol=1e-7)


def shown_in_excel(cell: Any) -> str:
    """What Excel shows of a cell: its value under its format."""
    if not isinstance(cell.value, int | float):
        return str(cell.value or "").strip()
    form = cell.number_format.partition(";")[0]
    if re.fullmatch(r'"[^"]*"', form) and form != '"("':  # the whole format is a text
        return form[1:-1]
    number = re.sub(r'"[^"]*"', "", form).rstrip("%")
    places, mark = len(number.partition(".")[2]), "%" if "%" in form else ""
    value = round(cell.value * (100 if mark else 1), places) + 0.0
    text = f"{value:{'+' if '+' in form else ''}{',' if ',' in form else ''}.{places}f}{mark}"
    before, after = re.match(r'^("[^"]*")?.*?("[^"]*")?$', form).groups(default='""')
    return f"{before[1:-1]}{text}{after[1:-1]}"

"""Loads a printed paper from its folder: one YAML of form, one CSV a table, claims, references.

Every file is held against the folder's CHECKSUMS before it is read. The figures describe what was
printed; they are for comparison and audit, never for estimation.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from estimation.panel.marked_yaml import Marked
from estimation.papers.form import PaperForm
from estimation.papers.schema import (
    Cell,
    Citation,
    Claim,
    Equation,
    Group,
    Number,
    PrintedPaper,
    Reference,
    Sample,
    Table,
    Variable,
)

HERE = Path(__file__).parent
CHECKSUMS = "CHECKSUMS"
CELL_COLUMNS = (
    "table",
    "row",
    "column",
    "model",
    "term",
    "transform",
    "statistic",
    "estimate",
    "bracket",
    "stars",
    "text",
    "place",
)


class TranscriptionError(ValueError):
    """A file of a printed paper is missing, changed or contradicts itself."""


def printed_files(folder: Path) -> list[Path]:
    """Files of a paper that were proof-read: all but its specs."""
    found = (p for p in folder.rglob("*") if p.suffix in {".csv", ".yml"})
    return sorted(p for p in found if p.parent.name != "specs")


def verify_checksums(folder: Path) -> int:
    """Hold every file of a paper's folder against its CHECKSUMS (sha256, two spaces, name).

    Returns
    -------
    int
        Number of files verified.

    Raises
    ------
    TranscriptionError
        A file is changed, missing, or not listed.
    """
    listing = folder / CHECKSUMS
    if not listing.exists():
        raise TranscriptionError(
            f"{listing}: missing; write it with `make checksums PAPER={folder.name}`"
        )
    listed = {}
    for line in listing.read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    present = {p.relative_to(folder).as_posix() for p in printed_files(folder)}
    if present != set(listed):
        odd = ", ".join(sorted(present ^ set(listed)))
        raise TranscriptionError(f"{listing}: files and list differ: {odd}")
    for name, digest in listed.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != digest:
            raise TranscriptionError(
                f"{folder / name}: sha256 {found[:12]}… but {listing.name} says {digest[:12]}…; "
                "proof-read the change against the paper, then renew the list"
            )
    return len(listed)


def load_paper(name: str, root: Path | None = None) -> PrintedPaper:
    """Load a printed paper.

    Parameters
    ----------
    name : str
        Folder of the paper, e.g. ``"bi_2025"``.
    root : Path, optional
        Where the folders of papers are; by default beside this module.

    Returns
    -------
    PrintedPaper

    Raises
    ------
    TranscriptionError
        A file is changed, missing or contradicts itself.
    """
    folder = (root or HERE) / name
    if (
        folder / "printed"
    ).exists():  # a design of one's own prints nothing that could be copied wrongly
        verify_checksums(folder)
    form = _form(folder / "paper.yml")
    return PrintedPaper(
        id=form["paper"],
        authors=tuple(form["authors"]),
        year=int(form["year"]),
        title=form["title"],
        question=form.get("question", ""),
        heading=form.get("heading", ""),
        remarks=tuple(form.get("remarks", ())),
        sample=Sample(**form["sample"]),
        variables={k: _variable(k, v) for k, v in form["variables"].items()},
        equation=_equation(form["equation"]),
        tables={k: _table(k, v, folder) for k, v in form["tables"].items()},
        groups=tuple(Group(k, v["name"], v["units"]) for k, v in form.get("groups", {}).items()),
        claims=tuple(_claim(r) for r in _rows(folder / "claims.csv", _columns(Claim))),
        references=tuple(
            _reference(r) for r in _rows(folder / "references.csv", _columns(Reference))
        ),
        citations=tuple(_citation(r) for r in _rows(folder / "citations.csv", _columns(Citation))),
    )


def _form(path: Path) -> dict[str, Any]:
    """What `paper.yml` says, held against its form; file, line and remedy of each fault are named."""
    marked = Marked(path)
    try:
        PaperForm.model_validate(marked.content)
    except ValidationError as error:
        raise TranscriptionError(marked.faults(error, PaperForm)) from error
    return dict(marked.content)


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows of a file of the paper, none where it is not there; its columns must be these."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if list(reader.fieldnames or ()) != list(columns):
            raise TranscriptionError(
                f"{path}:1: columns {', '.join(reader.fieldnames or ()) or 'none'}. "
                f"Remedy: begin with {','.join(columns)}"
            )
        rows = list(reader)
    for line, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise TranscriptionError(
                f"{path}:{line}: not {len(columns)} cells. Remedy: one a column; quote a text that has commas"
            )
    return rows


def _columns(kind: type[Claim | Reference | Citation]) -> list[str]:
    return [field.name for field in fields(kind)]


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(";") if part)


def _variable(name: str, form: dict[str, Any]) -> Variable:
    compare = form.get("compare") or {}
    return Variable(
        name=name,
        symbol=form["symbol"],
        label=form["label"],
        role=form["role"],
        unit=form.get("unit"),
        place=form.get("place", ""),
        measures=tuple(compare.get("measures", ())),
        stand_ins=tuple(compare.get("stand_ins", ())),
        factor=float(compare.get("factor", 1)),
        unpublished=compare.get("unpublished", ""),
    )


def _equation(form: dict[str, Any]) -> Equation:
    return Equation(
        lhs=form["lhs"],
        regressors=tuple(form["regressors"]),
        interactions=tuple(tuple(i) for i in form.get("interactions", ())),
        effects=tuple(form.get("effects", ())),
        transform=form.get("transform", "level"),
        transforms=dict(form.get("transforms", {})),
        place=form["place"],
    )


def _table(number: str, form: dict[str, Any], folder: Path) -> Table:
    path = folder / "printed" / f"table_{number}.csv"
    if not path.exists():
        raise TranscriptionError(f"{path}: missing, but paper.yml lists table {number}")
    cells = tuple(_cell(row, path) for row in _rows(path, CELL_COLUMNS))
    estimators = dict(form.get("estimators", {}))
    if "estimator" in form:
        estimators = {c.model: form["estimator"] for c in cells if c.model}
    groups_of = form.get("groups_of")
    return Table(
        number=number,
        title=form["title"],
        content=form["content"],
        cells=cells,
        stars={k: float(v) for k, v in (form.get("stars") or {}).items()},
        brackets=form.get("brackets", "none"),
        tests=dict(form.get("tests", {})),
        estimators=estimators,
        covariance=form.get("covariance", ""),
        r_squared=form.get("r_squared", "unnamed"),
        nested=tuple(form.get("nested", ())),
        groups_of=(groups_of["table"], groups_of["model"]) if groups_of else None,
        place=form.get("place", f"Table {number}"),
    )


def _cell(row: dict[str, str], path: Path) -> Cell:
    number = {k: Number(row[k]) if row[k] else None for k in ("estimate", "bracket")}
    printed = f"{row['estimate']}{row['stars']}"
    printed += f" ({row['bracket']})" if row["bracket"] else ""
    if number["estimate"] and printed != row["text"]:
        raise TranscriptionError(
            f"{path}: {row['place']}: text '{row['text']}' but its parts give '{printed}'"
        )
    return Cell(**{**row, **number})  # type: ignore[arg-type]


def _claim(row: dict[str, str]) -> Claim:
    lists = {k: _split(row[k]) for k in ("models", "terms", "values")}
    level = float(row["level"]) if row["level"] else None
    return Claim(**{**row, **lists, "level": level})  # type: ignore[arg-type]


def _reference(row: dict[str, str]) -> Reference:
    return Reference(
        number=row["number"],
        authors=_split(row["authors"]),
        more_authors=bool(row["more_authors"]),
        year=int(row["year"]),
        about=_split(row["about"]),
        topics=_split(row["topics"]),
        place=row["place"],
    )


def _citation(row: dict[str, str]) -> Citation:
    return Citation(
        place=row["place"],
        names=row["names"],
        year=int(row["year"]) if row["year"] else None,
        reference=row["reference"],
        about=_split(row["about"]),
        topics=_split(row["topics"]),
    )


def frame(table: Table) -> pd.DataFrame:
    """A printed table as a long frame, one row a cell, numbers as float (NaN where none).

    Columns: table, row, column, model, term, transform, statistic, estimate, bracket, stars,
    text, place.
    """
    rows = [
        {
            **{k: getattr(c, k) for k in CELL_COLUMNS},
            "estimate": c.estimate.value if c.estimate else float("nan"),
            "bracket": c.bracket.value if c.bracket else float("nan"),
        }
        for c in table.cells
    ]
    return pd.DataFrame(rows, columns=list(CELL_COLUMNS))


@cache
def printed_of(paper: str, content: str, estimator: str = "") -> pd.DataFrame:
    """The printed table of a paper that has this content and estimator; no rows where it prints none.

    See `frame`; a table outside of any paper ("") has nothing printed beside it.
    """
    tables = load_paper(paper).of_content(content) if paper else ()
    found = (frame(t) for t in tables if not estimator or estimator in t.estimators.values())
    return next(found, pd.DataFrame(columns=list(CELL_COLUMNS)))


def descriptives(paper: str) -> pd.DataFrame:
    """Printed descriptive statistics of a paper: index term, columns n_obs, mean, sd, min, max.

    Values are in the paper's own units; ``Variable.factor`` takes our measure into them.
    """
    cells = printed_of(paper, "descriptives")
    wide = cells.pivot(index="term", columns="statistic", values="estimate")
    wide = wide.reindex(cells["term"].unique(), columns=["n_obs", "mean", "sd", "min", "max"])
    wide.columns.name = None
    return wide.astype({"n_obs": "int64"})


@cache
def printed_table(paper: str, number: str) -> pd.DataFrame:
    """A printed table of a paper by its folder and number; see `frame`.

    Raises
    ------
    TranscriptionError
        For a paper or a table that is not there.
    """
    tables = load_paper(paper).tables
    if number not in tables:
        raise TranscriptionError(f"{paper}: no table {number!r}; it has {', '.join(tables)}")
    return frame(tables[number])

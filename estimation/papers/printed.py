"""Loads a printed paper from its folder: one YAML of form, one CSV a table, claims, references.

Every file is held against the folder's CHECKSUMS before it is read. The figures describe what was
printed; they are for comparison and audit, never for estimation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ValidationError

from estimation.panel.marked_yaml import Marked
from estimation.papers.form import PaperForm, SideBySide
from estimation.papers.rows import TranscriptionError, columns_of, read_rows
from estimation.papers.schema import (
    Cell,
    Citation,
    Claim,
    Content,
    Equation,
    Group,
    PrintedPaper,
    Reference,
    Sample,
    Table,
    Variable,
)

HERE = Path(__file__).parent
CHECKSUMS = "CHECKSUMS"
PAIRS_FILE = "side_by_side.yml"
CELL_COLUMNS = tuple(columns_of(Cell))


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
        Folder of the paper.
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
    form = read_form(folder / "paper.yml", PaperForm)
    paper = PrintedPaper(
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
        claims=tuple(read_rows(folder / "claims.csv", Claim)),
        references=tuple(read_rows(folder / "references.csv", Reference)),
        citations=tuple(read_rows(folder / "citations.csv", Citation)),
    )
    # last, so that a fault in a file is told before that it is another file; a design of one's own
    # prints nothing that could be copied wrongly
    if (folder / "printed").exists():
        verify_checksums(folder)
    return paper


def printed_papers(root: Path) -> dict[str, PrintedPaper]:
    """Papers of a folder whose printed columns one of our tables stands beside, by name.

    One that is damaged is left out: its tables say so.
    """
    found = {}
    for file in sorted(root.glob(f"*/{PAIRS_FILE}")):
        with suppress(ValueError):
            found[file.parent.name] = load_paper(file.parent.name, root)
    return found


def read_form(path: Path, form: type[BaseModel]) -> dict[str, Any]:
    """What a file says, held against its form; file, line and remedy of each fault are named."""
    marked = Marked(path)
    try:
        form.model_validate(marked.content)
    except ValidationError as error:
        raise TranscriptionError(marked.faults(error, form)) from error
    return dict(marked.content)


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
    cells = tuple(_spelled(cell, path) for cell in read_rows(path, Cell))
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
        remarks=tuple(form.get("remarks", ())),
    )


def _spelled(cell: Cell, path: Path) -> Cell:
    """The cell, if its parts spell what is printed."""
    parts = f"{cell.estimate.text if cell.estimate else ''}{cell.stars}"
    parts += f" ({cell.bracket.text})" if cell.bracket else ""
    if cell.estimate and parts != cell.text:
        raise TranscriptionError(
            f"{path}: {cell.place}: text '{cell.text}' but its parts give '{parts}'"
        )
    return cell


@cache
def pairs(paper: str, root: Path = HERE) -> dict[str, dict[str, Any]]:
    """Printed table number to our table and columns, from a paper's `side_by_side.yml`; none without it."""
    path = root / paper / PAIRS_FILE
    return read_form(path, SideBySide) if path.exists() else {}


def beside(paper: PrintedPaper, root: Path = HERE) -> Iterator[tuple[Cell, str, Sequence[str]]]:
    """Printed coefficients that one of our tables stands beside, with it and its columns, most wanted first."""
    for number, pair in pairs(paper.id, root).items():
        models = pair.get("models", {}) if number in paper.tables else {}
        for cell in paper.tables[number].estimates() if models else ():
            if cell.model in models and cell.term != "constant":
                yield cell, pair["table"], models[cell.model]


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
def printed_of(paper: str, content: Content, estimator: str = "") -> Table:
    """The printed table of a paper that has this content and estimator; one without cells where it has none.

    A table outside of any paper ("") has nothing printed beside it.
    """
    tables = load_paper(paper).of_content(content) if paper else ()
    found = (t for t in tables if not estimator or estimator in t.estimators.values())
    return next(found, Table("", "", content, ()))


def descriptives(paper: str) -> pd.DataFrame:
    """Printed descriptive statistics of a paper: index term, columns n_obs, mean, sd, min, max.

    Values are in the paper's own units; ``Variable.factor`` takes our measure into them.
    """
    cells = frame(printed_of(paper, "descriptives"))
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

"""Loads a printed paper from its folder: one YAML of form, one CSV a table, claims, references.

Every file is compared with the folder's CHECKSUMS before it is read. The numbers describe what was
printed; they are for comparison and audit, never for estimation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

import pandas as pd
from pydantic import BaseModel, RootModel, ValidationError

from living_panel.codes import Code
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.panel.spec import PAPER_FILE, PAPERS
from living_panel.estimation.papers.rows import (
    NUMBER,
    OF_A_TABLE,
    Cell,
    Citation,
    Claim,
    Reference,
    TranscriptionError,
    columns_of,
    read_rows,
)
from living_panel.estimation.papers.schema import (
    Beside,
    Content,
    PaperForm,
    PrintedPaper,
    Table,
    TableForm,
)
from living_panel.ingestion.digests import sha256_of
from living_panel.problems import Place, Problem

CHECKSUMS = "CHECKSUMS"
PLACEHOLDER = "…"
"""Text of a new paper's title and author."""
PACKAGE_FACTS = "package.yml"
"""Licence, contact and other facts of a paper's replication package; no number hangs on them."""
PAIRS_FILE = "side_by_side.yml"
CELL_COLUMNS = tuple(columns_of(Cell))
Form = TypeVar("Form", bound=BaseModel)


def printed_files(folder: Path) -> list[Path]:
    """Files of a paper that were proof-read: all except its specs and the description of its package."""
    files = (p for p in folder.rglob("*") if p.suffix in {".csv", ".yml"})
    return sorted(p for p in files if p.parent.name != "specs" and p.name != PACKAGE_FACTS)


def verify_checksums(folder: Path) -> int:
    """Hold every file of a paper's folder against its CHECKSUMS (sha256, two spaces, name); how many.

    Raises
    ------
    TranscriptionError
        A file is changed, missing, or not listed.
    """
    listing = folder / CHECKSUMS
    if not listing.exists():
        raise TranscriptionError(
            Code.PAPER_CHECKSUMS(
                "the list of checksums is missing",
                "write it with `make checksums PAPER={name}`",
                Place(file=str(listing)),
                name=folder.name,
            )
        )
    lines = listing.read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    present = {p.relative_to(folder).as_posix() for p in printed_files(folder)}
    if present != set(listed):
        odd = ", ".join(sorted(present ^ set(listed)))
        raise TranscriptionError(
            Code.PAPER_CHECKSUMS(
                "the files differ from the list of checksums: {odd}",
                "proof-read the files, then run `make checksums PAPER=…`",
                Place(file=str(listing)),
                odd=odd,
            )
        )
    for name, digest in listed.items():
        actual = sha256_of(folder / name)[0]
        if actual != digest:
            raise TranscriptionError(
                Code.PAPER_CHECKSUMS(
                    "the file has sha256 {found}…, but {name} says {digest}…",
                    "proof-read the change against the paper, then run `make checksums PAPER=…`",
                    Place(file=str(folder / name)),
                    found=actual[:12],
                    name=listing.name,
                    digest=digest[:12],
                )
            )
    return len(listed)


def load_paper(name: str, root: Path = PAPERS) -> PrintedPaper:
    """Load a printed paper from the folder of its name.

    Raises
    ------
    TranscriptionError
        A file is changed, missing or contradicts itself.
    """
    paper = read_paper(name, root)
    # last, so that an error in a file is reported before the change of the file; a design of one's own
    # prints nothing that could be copied wrongly
    if (root / name / "printed").exists():
        verify_checksums(root / name)
    return paper


def read_paper(name: str, root: Path = PAPERS) -> PrintedPaper:
    """A printed paper as its files are, proof-read or not; raises as `load_paper`."""
    folder = root / name
    form = read_form(folder / PAPER_FILE, PaperForm)
    tables = {number: _table(number, entry, folder) for number, entry in form.tables.items()}
    claims = tuple(read_rows(folder / "claims.csv", Claim))
    for claim in claims:
        _hold_claim(claim, tables, folder / "claims.csv")
    return PrintedPaper(
        **dict(form) | {"tables": tables},
        claims=claims,
        references=tuple(read_rows(folder / "references.csv", Reference)),
        citations=tuple(read_rows(folder / "citations.csv", Citation)),
    )


def placeholders(folder: Path) -> list[Problem]:
    """Parts of a new paper's file that nobody has written yet: its title and its authors."""
    marked = Marked(folder / PAPER_FILE)
    content = marked.content if isinstance(marked.content, dict) else {}
    unwritten = {
        "title": content.get("title") == PLACEHOLDER,
        "authors": PLACEHOLDER in (content.get("authors") or []),
    }
    return [
        Code.ANSWER(
            "{value!r} is still the example text for the {what}",
            "replace it by the {what} of your paper before you publish",
            marked.place((key,)),
            value=PLACEHOLDER,
            what=key,
        )
        for key, is_unwritten in unwritten.items()
        if is_unwritten
    ]


def printed_papers(root: Path) -> dict[str, PrintedPaper]:
    """Papers of a folder with printed columns that one of our tables is compared with, by name.

    A damaged one is omitted: its tables say so.
    """
    papers = {}
    for file in sorted(root.glob(f"*/{PAIRS_FILE}")):
        with suppress(ValueError):
            papers[file.parent.name] = load_paper(file.parent.name, root)
    return papers


def read_form(path: Path, form: type[Form]) -> Form:
    """Content of a YAML file; each error in its form has file, line and remedy."""
    marked = Marked(path)
    try:
        return form.model_validate(marked.content)
    except ValidationError as error:
        raise TranscriptionError(*marked.faults(error, form)) from error


def _table(number: str, form: TableForm, folder: Path) -> Table:
    path = folder / "printed" / f"table_{number}.csv"
    if not path.exists():
        raise TranscriptionError(
            Code.PRINTED_TABLE(
                "the file is missing, but {paper_file} lists table {number}",
                "add the file, or remove the table from {paper_file}",
                Place(file=str(path)),
                paper_file=PAPER_FILE,
                number=number,
            )
        )
    table = Table(**dict(form), number=number, cells=tuple(read_rows(path, Cell)))
    for cell in table.cells:
        _hold_spelling(cell, path)
    one = form.estimator
    estimators = dict.fromkeys(table.models, one) if one else form.estimators
    place = form.place or f"Table {number}"
    return table.model_copy(update={"estimators": estimators, "place": place})


def _hold_spelling(cell: Cell, path: Path) -> None:
    """Refuse a cell whose parts do not spell what is printed."""
    parts = f"{cell.estimate.text if cell.estimate else ''}{cell.stars}"
    brackets = [f" ({cell.bracket.text})", f" [{cell.bracket.text}]"] if cell.bracket else [""]
    if cell.estimate and cell.text not in [parts + bracket for bracket in brackets]:
        raise TranscriptionError(
            Code.PRINTED_TABLE(
                "{place}: the text is '{text}', but its parts give '{parts}{brackets}'",
                "correct the text or its parts",
                Place(file=str(path)),
                place=cell.place,
                text=cell.text,
                parts=parts,
                brackets=brackets[0],
            )
        )


def _hold_claim(claim: Claim, tables: dict[str, Table], path: Path) -> None:
    """Refuse a claim of a table that is not there, or without the numbers that its kind quotes."""
    if claim.kind in OF_A_TABLE and claim.table not in tables:
        raise TranscriptionError(
            Code.PRINTED_UNKNOWN(
                "claim {id}: {paper_file} does not list table '{table}'",
                "write one of {tables}",
                Place(file=str(path)),
                id=claim.id,
                table=claim.table,
                paper_file=PAPER_FILE,
                tables=", ".join(tables) or "those it lists",
            )
        )
    quoted = {"value": 1, "range": 2, "size": 2}.get(claim.kind)
    if quoted and [bool(NUMBER.fullmatch(v)) for v in claim.values] != [True] * quoted:
        raise TranscriptionError(
            Code.PRINTED_UNKNOWN(
                "claim {id}: the values are '{values}'",
                "write the {quoted} number{plural} that a {kind} quotes, as printed in the paper",
                Place(file=str(path)),
                id=claim.id,
                values=";".join(claim.values),
                kind=claim.kind,
                quoted=quoted,
                plural="s" * (quoted > 1),
            )
        )


@cache
def pairs(paper: str, root: Path = PAPERS) -> dict[str, Beside]:
    """Printed table number to our table and columns, from a paper's `side_by_side.yml`; none without it."""
    path = root / paper / PAIRS_FILE
    return read_form(path, RootModel[dict[str, Beside]]).root if path.exists() else {}


def printed_pairs(
    paper: PrintedPaper, root: Path = PAPERS
) -> Iterator[tuple[Cell, str, Sequence[str]]]:
    """Printed coefficients that one of our tables is compared with, with it and its columns, most wanted first."""
    for number, pair in pairs(paper.id, root).items():
        table = paper.tables.get(number)
        for one in pair.every if table else ():
            for cell in table.estimates() if table and one.models else ():
                if cell.model in one.models and cell.term != "constant":
                    yield cell, one.table, one.models[cell.model]


def frame(table: Table) -> pd.DataFrame:
    """A printed table as a long frame, one row a cell, numbers as float (NaN where none).

    Columns: table, row, column, model, term, transform, statistic, estimate, bracket, stars,
    text, place.
    """
    cells = pd.DataFrame([vars(c) for c in table.cells], columns=list(CELL_COLUMNS))
    for part in ("estimate", "bracket"):
        values = [n.value if n else float("nan") for n in cells[part]]
        cells[part] = pd.Series(values, dtype="float64")
    return cells


@cache
def printed_of(paper: str, content: Content, estimator: str = "") -> Table:
    """The printed table of a paper that has this content and estimator; one without cells where it has none.

    A table outside of any paper ("") has no printed table.
    """
    tables = load_paper(paper).of_content(content) if paper else ()
    candidates = (t for t in tables if not estimator or estimator in t.estimators.values())
    return next(candidates, Table(number="", title="", content=content))


def descriptives(paper: str) -> pd.DataFrame:
    """Printed descriptive statistics of a paper: index term, columns n_obs, mean, sd, min, max.

    Values are in the paper's own units; the factor of `Compare` takes our measure into them.
    """
    cells = frame(printed_of(paper, "descriptives"))
    wide = cells.pivot(index="term", columns="statistic", values="estimate")
    wide = wide.reindex(cells["term"].unique(), columns=["n_obs", "mean", "sd", "min", "max"])
    wide.columns.name = None
    return wide


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
        raise TranscriptionError(
            Code.UNKNOWN_TABLE(
                "{paper} has no table {number!r}",
                "write one of {tables}",
                paper=paper,
                number=number,
                tables=[*tables],
            )
        )
    return frame(tables[number])

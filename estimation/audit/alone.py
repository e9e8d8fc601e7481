"""The audit of one printed table without a workspace: a CSV file as printed, and what is declared of it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from living_panel.estimation.audit import codes
from living_panel.estimation.audit.run import run_audit
from living_panel.estimation.audit.significance import scale_of
from living_panel.estimation.panel.errors import InvalidSpec, Unusable
from living_panel.estimation.panel.spec import PAPER_FILE
from living_panel.estimation.papers.printed import CELL_COLUMNS, read_form
from living_panel.estimation.papers.rows import NUMBER, Cell, PrintedNumber, read_rows
from living_panel.estimation.papers.schema import (
    Content,
    Equation,
    PaperForm,
    PaperSample,
    PrintedPaper,
    Strict,
    Table,
    TableForm,
)
from living_panel.ingestion.limited_yaml import faults_of
from living_panel.problems import Place, Problem

VERSION = 1
"""Version of the JSON that `as_json` writes."""
ACCUSED = ("impossible", "contradiction")
UNKNOWN_UNITS = 1_000_000
N = NUMBER.pattern
MARKS = r"[*+†‡]*"
CELL = re.compile(
    rf"(?P<b>{N})\s*(?P<stars>{MARKS})(?:\s*[(\[]\s*(?P<inside>{N})\s*[)\]](?P<more>{MARKS}))?"
)
INTERVAL = re.compile(
    rf"(?:(?P<b>{N})\s*(?P<stars>{MARKS})\s*)?[(\[]\s*(?P<low>{N})\s*[,;]\s*(?P<high>{N})\s*[)\]]"
)
BRACKET = re.compile(rf"[(\[]\s*(?P<inside>{N})\s*[)\]](?P<stars>{MARKS})")
LEGEND = re.compile(r"(?P<mark>[*+†‡]+)\s*(?:p\s*)?[<≤]\s*(?P<level>0?\.\d+)")
BRACKETS_OF: tuple[tuple[str, str], ...] = (
    ("standard errors in", "standard_error"),
    ("t statistics in", "t_statistic"),
    ("t-statistics in", "t_statistic"),
    ("z statistics in", "t_statistic"),
    ("p-values in", "p_value"),
    ("p values in", "p_value"),
)
"""Notes that statistical programs print, and what the brackets are then."""
YES = ("yes", "no", "✓", "x", "-", "–")
LABELS: tuple[tuple[str, str], ...] = (
    (r"n|obs\.?|observations|no\.? of obs.*|number of obs.*|n_obs|num\.obs\.?|num\. obs\.", "n_obs"),
    (r"adj(usted|\.)?[\s_-]*r.*|r_squared_adjusted", "r_squared_adjusted"),
    (r"(within |between |overall |pseudo )?r[\s_-]?(2|²|\^2|sq.*)( .*)?", "r_squared"),
    (r"f|f[\s_-]?stat(istic)?s?\.?", "f_statistic"),
    (r"(number of |no\.? of |n )?clusters|n_clusters", "n_clusters"),
    (r"(number of |no\.? of |n )?(groups|units|firms|countries|states|provinces|individuals|persons)|n_groups",
     "n_groups"),
    (r"(number of |no\.? of )(years|periods)|n_periods", "n_periods"),
)  # fmt: skip
CONSTANTS = ("constant", "const", "_cons", "intercept", "(intercept)")
DESCRIBED = {
    "n": "n_obs", "obs": "n_obs", "obs.": "n_obs", "observations": "n_obs", "mean": "mean", "sd": "sd",
    "std. dev.": "sd", "std.dev.": "sd", "std dev": "sd", "st. dev.": "sd", "min": "min", "max": "max",
    "minimum": "min", "maximum": "max",
}  # fmt: skip


class Rows(Strict):
    """The declared sample of a table."""

    units: int
    """Number of units that the table states."""
    first_year: int
    """First year of the sample."""
    last_year: int
    """Last year of the sample."""
    balanced: bool | None = None
    """Whether every unit has a row in every year; unknown without the key."""
    repeated: bool = False
    """Whether a unit and year may have several rows."""


class Declaration(TableForm):
    """What is declared of a table audited alone: the keys of a table in `paper.yml`, and its sample."""

    title: str = ""
    """Title of the printed table."""
    content: Content = "regression"
    """What the table prints: descriptive statistics, unit-root tests, or regressions."""
    sample: Rows | None = None
    """Sample of the table; some rules need it."""


@dataclass
class _Read:
    """Cells of a table as far as they are read, and what its notes say."""

    cells: list[Cell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    content: Content = "regression"
    r_squared: str = ""


def audit_table(
    table: str | Path | pd.DataFrame, declaration: str | Path | Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Audit one printed table, without a workspace and without data.

    Parameters
    ----------
    table : path or pandas.DataFrame
        The table as printed: a column of row labels, then the printed columns. Cells are texts such as
        ``0.35** (0.12)`` or ``0.35 [0.11, 0.59]``; a row without a label holds the brackets of the row above. A file
        with the header of ``printed/table_<number>.csv`` is read too.
    declaration : path or mapping, optional
        What the table says of itself: keys of a table in ``paper.yml`` (``stars``, ``brackets``, ``covariance``,
        ``columns`` and so on) and ``sample``. Without one, notes that programs print under a table are read.
        What is undeclared is judged only where every reading agrees.

    Returns
    -------
    pandas.DataFrame
        One row a finding, and one a rule without findings; the columns of `run_audit`. `rule` is the stable code.

    Raises
    ------
    Unusable
        For a file that is missing or no table.
    InvalidSpec, TranscriptionError
        For a wrong declaration.

    References
    ----------
    Brown and Heathers (2017), The GRIM test. Nuijten et al. (2016), statcheck.
    """
    return run_audit(read_table(table, declaration))


def declared_beside(file: Path) -> tuple[dict[str, Any] | None, str]:
    """Return the declaration of a printed table in the `paper.yml` of its paper, and a sentence about that file.

    The file lies in the folder of the table, or above a folder `printed`. Without one there is neither.
    """
    folder = file.resolve().parent
    places = (folder, folder.parent) if folder.name == "printed" else (folder,)
    path = next((p / PAPER_FILE for p in places if (p / PAPER_FILE).is_file()), None)
    if path is None:
        return None, ""
    paper = read_form(path, PaperForm)
    number = file.stem.removeprefix("table_")
    if number not in paper.tables:
        known = ", ".join(paper.tables) or "none"
        return None, f"Not read: {path}, as it declares no table {number!r} (its tables: {known})."
    declared = paper.tables[number].model_dump(exclude_unset=True)
    sample = paper.sample.model_dump(include={*Rows.model_fields}, exclude_unset=True)
    if all(isinstance(sample.get(key), int) for key in ("units", "first_year", "last_year")):
        declared["sample"] = sample
    return declared, f"Declaration: table {number!r} and the sample of {path}."


def read_table(
    table: str | Path | pd.DataFrame, declaration: str | Path | Mapping[str, Any] | None = None
) -> PrintedPaper:
    """Read a printed table and its declaration as a paper of this table alone; as `audit_table` takes them."""
    declared = _declared(declaration)
    read = _read(table)
    facts = declared.model_dump(exclude_unset=True, exclude={"sample"})
    form: dict[str, Any] = {
        "title": "",
        **_from_notes(read),
        **facts,
        "content": facts.get("content", read.content),
    }
    undeclared = declared.sample is None and form["content"] == "regression"
    form["other_sample"] = undeclared or declared.other_sample
    made = Table(**form, number="1", cells=tuple(read.cells))
    estimators = dict.fromkeys(made.models, made.estimator) if made.estimator else made.estimators
    made = made.model_copy(
        update={"estimators": estimators, "place": form.get("place") or "Table 1"}
    )
    sample = declared.sample or Rows(units=UNKNOWN_UNITS, first_year=2000, last_year=2000)
    return PrintedPaper(
        paper="table", authors=[], year=0, title=made.title, variables={}, tables={"1": made},
        sample=PaperSample(unit="unit", excluded={}, place="declaration", **sample.model_dump()),
        equation=Equation(lhs="", regressors=[], place=""),
    )  # fmt: skip


def _declared(declaration: str | Path | Mapping[str, Any] | None) -> Declaration:
    if declaration is None:
        return Declaration()
    if isinstance(declaration, Mapping):
        try:
            return Declaration.model_validate(dict(declaration))
        except ValidationError as error:
            reason = "; ".join(f"{fault.key}: {fault.reason}" for fault in faults_of(error))
            raise InvalidSpec(_unreadable("declaration", reason)) from error
    return read_form(Path(declaration), Declaration)


def _unreadable(file: str, reason: str) -> Problem:
    return codes.TABLE_UNREADABLE(Place(file=file), reason=reason)


def _read(table: str | Path | pd.DataFrame) -> _Read:
    if isinstance(table, pd.DataFrame):
        text = table.to_csv(index=False)
        return _rows("table", [*csv.reader(io.StringIO(text))])
    path = Path(table)
    if not path.is_file():
        raise Unusable(codes.TABLE_MISSING(Place(file=str(path))))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [*csv.reader(file)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unusable(_unreadable(str(path), str(error))) from error
    if rows and tuple(rows[0]) == CELL_COLUMNS:
        cells = [replace(c, table="1") for c in read_rows(path, Cell)]
        described = {"mean", "sd", "min", "max"} & {c.statistic for c in cells}
        return _Read(cells, [], "descriptives" if described else "regression")
    return _rows(str(path), rows)


def _rows(file: str, rows: Sequence[list[str]]) -> _Read:
    """Cells of a table as printed."""
    filled = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if not filled or len(filled[0]) < 2:
        raise Unusable(_unreadable(file, "fewer than two columns"))
    header, read = filled[0], _Read()
    kinds = [DESCRIBED.get(name.lower(), "") for name in header[1:]]
    if "mean" in kinds:
        read.content = "descriptives"
        _describe(read, header, kinds, filled[1:])
    else:
        _regress(read, header, filled[1:])
    if not any(c.estimate for c in read.cells):
        raise Unusable(codes.TABLE_WITHOUT_NUMBERS(Place(file=file)))
    return read


def _describe(
    read: _Read, header: Sequence[str], kinds: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    for row in rows:
        for title, kind, text in zip(header[1:], kinds, row[1:], strict=False):
            if kind and NUMBER.fullmatch(text):
                cell = _cell(row[0], title, "", _name(row[0]), kind, text, PrintedNumber(text))
                read.cells.append(cell)


def _regress(read: _Read, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    models = [_name(title.strip("()")) or str(n) for n, title in enumerate(header[1:], start=1)]
    models = [m if models.count(m) == 1 else f"{m}_{n}" for n, m in enumerate(models, start=1)]
    label = ""
    for row in rows:
        texts = [*row[1:], *[""] * (len(models) - len(row) + 1)][: len(models)]
        if row[0].lower().startswith("note") or LEGEND.search(" ".join(row)):
            read.notes.append(" ".join(row))
            continue
        if not any(texts):
            read.notes.append(row[0])
            continue
        continued = all(BRACKET.fullmatch(t) or INTERVAL.fullmatch(t) for t in texts if t)
        label = label if continued and (not row[0] or row[0] == label) else row[0]
        for title, model, text in zip(header[1:], models, texts, strict=True):
            if text:
                read.cells = _with(read.cells, label, title, model, text, continued=continued)
        kind = re.match(r"within|between|overall|pseudo", label.lower())
        if kind and _statistic(label, texts) == "r_squared":
            read.r_squared = kind[0]
    _tests_are_no_slopes(read)


def _with(
    cells: list[Cell], label: str, title: str, model: str, text: str, *, continued: bool
) -> list[Cell]:
    """Cells with those of one printed text more."""
    term = "constant" if label.lower() in CONSTANTS else _name(label)
    if continued:
        at = next(
            (
                n
                for n, c in enumerate(cells)
                if (c.term, c.model, c.statistic) == (term, model, "estimate")
            ),
            None,
        )
        if at is None:
            return cells
        if match := BRACKET.fullmatch(text):
            cell = cells[at]
            stars = cell.stars or match["stars"]
            spelled = f"{cell.number.text}{stars} ({match['inside']})"
            cells[at] = replace(
                cell, bracket=PrintedNumber(match["inside"]), stars=stars, text=spelled
            )
            return cells
    statistic = _statistic(label, [text])
    if statistic:
        plain = NUMBER.fullmatch(text.rstrip("*+†‡"))
        number = PrintedNumber(plain[0]) if plain and not statistic.startswith("flag") else None
        stars = text[len(plain[0]) :] if plain and number else ""
        return [
            *cells,
            replace(_cell(label, title, model, "", statistic, text, number), stars=stars),
        ]
    if match := INTERVAL.fullmatch(text):
        made = [
            _cell(label, title, model, term, kind, match[part], PrintedNumber(match[part]))
            for kind, part in (("ci_low", "low"), ("ci_high", "high"))
        ]
        if match["b"]:
            cell = _cell(
                label,
                title,
                model,
                term,
                "estimate",
                f"{match['b']}{match['stars']}",
                PrintedNumber(match["b"]),
            )
            made.insert(0, replace(cell, stars=match["stars"]))
        return [*cells, *made]
    if match := CELL.fullmatch(text):
        stars, inside = match["stars"] or match["more"] or "", match["inside"]
        spelled = f"{match['b']}{stars}" + (f" ({inside})" if inside else "")
        cell = _cell(label, title, model, term, "estimate", spelled, PrintedNumber(match["b"]))
        return [
            *cells,
            replace(cell, stars=stars, bracket=PrintedNumber(inside) if inside else None),
        ]
    return cells


def _statistic(label: str, texts: Sequence[str]) -> str:
    """Statistic of a row by its label; empty for a row of coefficients."""
    name = label.lower().strip()
    for pattern, statistic in LABELS:
        if re.fullmatch(pattern, name):
            return statistic
    if all(text.lower() in YES for text in texts if text):
        if "control" in name:
            return "flag:controls"
        if re.search(r"year|time|period", name):
            return "flag:time_effects"
        effects = re.search(
            r"effect|dummies|\bfe\b|firm|country|state|unit|individual|province", name
        )
        return "flag:entity_effects" if effects else f"flag:{_name(label)}"
    return ""


def _tests_are_no_slopes(read: _Read) -> None:
    """Take rows without brackets for other statistics, where the coefficients have brackets."""
    estimates = [c for c in read.cells if c.statistic == "estimate"]
    bracketed = {c.row for c in estimates if c.bracket}
    bracketed |= {c.row for c in read.cells if c.statistic == "ci_low"}
    if bracketed:
        read.cells = [
            replace(c, statistic=f"test:{c.row}", term="")
            if c.statistic == "estimate" and c.row not in bracketed
            else c
            for c in read.cells
        ]


def _cell(
    row: str, column: str, model: str, term: str, statistic: str, text: str, number: PrintedNumber | None
) -> Cell:  # fmt: skip
    transform = "level" if term else ""
    place = f"Table 1, {row}, {column}"
    return Cell("1", row, column, model, term, transform, statistic, number, None, "", text, place)


def _name(label: str) -> str:
    return re.sub(r"\W+", "_", label.strip().lower()).strip("_")


def _from_notes(read: _Read) -> dict[str, Any]:
    """Legend, brackets and kind of R² as the notes of programs and the labels of rows say them."""
    notes = " ".join(read.notes)
    declared: dict[str, Any] = {}
    if legend := {m["mark"]: float(m["level"]) for m in LEGEND.finditer(notes)}:
        declared["stars"] = legend
    has_brackets = any(c.bracket for c in read.cells)
    for words, brackets in BRACKETS_OF if has_brackets else ():
        if words in notes.lower():
            declared["brackets"] = brackets
            break
    if read.r_squared:
        declared["r_squared"] = read.r_squared
    return declared


def as_json(audit: pd.DataFrame) -> str:
    """Write the findings of an audit as JSON.

    Parameters
    ----------
    audit : pandas.DataFrame
        As `audit_table` returns it.

    Returns
    -------
    str
        An object: `version`; `findings`, each with `code` (the rule), `severity`, `place`, `message`, `fact`,
        `evidence`, `assumes`, `repeat`; `rules`, the codes by status: found, silent, not_applicable.
    """
    findings = [
        {"code": row["rule"], "severity": row["severity"], "place": row["place"], "message": row["finding"],
         "fact": row["fact"], "evidence": json.loads(row["evidence"]), "assumes": json.loads(row["assumes"]),
         "repeat": row["repeat"]}
        for row in audit.dropna(subset=["finding"]).to_dict("records")
    ]  # fmt: skip
    rules = audit.drop_duplicates("rule")
    by_status = {
        status: sorted(rules.loc[rules["status"].str.startswith(words), "rule"])
        for status, words in (
            ("found", "found"), ("silent", "silent"), ("not_applicable", ("not applicable", "no evidence")),
        )
    }  # fmt: skip
    content = {"version": VERSION, "findings": findings, "rules": by_status}
    return json.dumps(content, ensure_ascii=False, indent=1)


def undeclared(paper: PrintedPaper) -> str:
    """Name in a sentence what a printed table does not declare, so that rules are silent; "" for nothing."""
    parts = [part for table in paper.tables.values() for part in table.parts()]
    parts = [part for part in parts if any(part.estimates())]
    lacks = {
        "stars": any(not p.stars and any(c.stars for c in p.cells) for p in parts),
        "brackets": any(
            p.brackets == "none" and any(c.bracket is not None for c in p.cells) for p in parts
        ),
        "scale": any(scale_of(p) == "unknown" for p in parts),
        "covariance": any(p.covariance == "unknown" for p in parts),
    }
    names = ", ".join(name for name, is_missing in lacks.items() if is_missing)
    return f"Undeclared: {names}. Rules that need them are silent (docs/audit.md)." if names else ""


def in_words(audit: pd.DataFrame) -> str:
    """Write the findings of an audit as lines of text, and how many rules were applied."""
    findings = audit.dropna(subset=["finding"])
    rules = audit.drop_duplicates("rule")
    applied = int((rules["applicable"] > 0).sum())
    lines = [f"{r.severity}: {r.finding} ({r.place}) [{r.rule}]" for r in findings.itertuples()]
    return "\n".join([*lines, f"{len(lines)} findings; {applied} of {len(rules)} rules applied."])


def is_accused(audit: pd.DataFrame) -> bool:
    """Whether an audit has a contradiction or an impossible number."""
    return bool(audit["severity"].isin(ACCUSED).any())

"""The audit of one printed table without a workspace: a CSV file as printed, and what is declared of it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from living_panel.codes import Code
from living_panel.estimation.audit.notes import (
    LEGEND,
    Mention,
    Notes,
    is_statistic,
    kind_of,
    kinds_of,
)
from living_panel.estimation.audit.registry import RULES
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

VERSION = 2
"""Version of the JSON that `as_json` writes; `inconsistencies` were called `findings` in version 1."""
ACCUSED = ("impossible", "contradiction")
UNKNOWN_UNITS = 1_000_000
OF_STARS = ("stars", "brackets")
"""Families of rules that read stars and brackets together."""
CLOSED = {"(": ")", "[": "]", "{": "}"}
STATISTIC_OF = {
    "standard_error": "std_error", "t_statistic": "t_statistic", "abs_t_statistic": "abs_t", "p_value": "p_value",
}  # fmt: skip
N = NUMBER.pattern
MARKS = r"[*+†‡]*"
GROUP = rf"[(\[{{]\s*(?P<low>{N})(?:\s*[,;]\s*(?P<high>{N}))?\s*[)\]}}]\s*(?P<marks>{MARKS})"
GROUPS = re.compile(GROUP)
CELL = re.compile(
    rf"(?:(?P<b>{N})\s*(?P<stars>{MARKS}))?\s*(?P<groups>(?:{re.sub('[?]P<[a-z]+>', '?:', GROUP)}\s*)*)"
)
"""A number with its stars, or none, and groups of brackets: `0.35** (0.12) [0.04]`, `[0.11, 0.59]`."""
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
AUXILIARY = re.compile(
    r"[/_ ]?(?:cut|cut[\s_-]*off|threshold)[\s_-]*(?:points?|values?)?[\s_-]*\(?\d+\)?|[κτ]_?\d|mu[\s_]?\(?\d\)?"
    r"|/?(?:ln|log|ath|insig2)[\s_(]*(?:sigma|alpha|sig2u|rho|theta|delta)\w*[²2]?\)?"
    r"|/?(?:sigma|σ)(?:[\s_]*[a-z0-9²^]{1,3})?|/(?:alpha|rho|lambda|theta|delta)|var\(.*\)",
    re.IGNORECASE,
)
"""Labels of parameters that are no slopes: cut points, deviations of errors. Tests against zero mean nothing there."""
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


Row = tuple[str, int]
"""A row of brackets below the coefficients: its shape, and its number among those of this shape."""


@dataclass(frozen=True)
class Bracket:
    """A number in brackets below a coefficient, and the label of its row where it has one."""

    row: Row
    number: PrintedNumber
    stars: str
    label: str

    @property
    def text(self) -> str:
        """The number in its brackets."""
        return f"{self.row[0]}{self.number.text}{CLOSED[self.row[0]]}"


@dataclass
class _Read:
    """Cells of a table as far as they are read, the brackets below each coefficient, and what its notes say."""

    cells: list[Cell] = field(default_factory=list)
    brackets: dict[tuple[str, str], list[Bracket]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    content: Content = "regression"
    r_squared: str = ""

    @property
    def rows(self) -> list[Row]:
        """Rows of brackets, in their order."""
        return [*dict.fromkeys(b.row for of_cell in self.brackets.values() for b in of_cell)]

    def below(self, cell: Cell) -> list[Bracket]:
        """Brackets below a coefficient."""
        return (
            self.brackets.get((cell.term, cell.model), []) if cell.statistic == "estimate" else []
        )


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
        One row an inconsistency, and one a rule without any; the columns of `run_audit`. `rule` is the stable code.

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
    """Read a printed table and its declaration as a paper of this table alone; as `audit_table` takes them.

    Each row of brackets is a statistic of its own. Where neither declaration nor notes name the row that the stars
    follow from, it is the first of those that contradict the stars least.
    """
    declared = _declared(declaration)
    read = _read(table)
    papers = [_paper(cells, form, declared) for cells, form in _readings(read, declared)]
    right = (paper for paper in papers if len(papers) == 1 or not _accused_stars(paper))
    return next(right, None) or min(papers, key=_accused_stars)


def _accused_stars(paper: PrintedPaper) -> int:
    """Number of contradictions between stars and brackets."""
    results = (rule(paper) for rule in RULES.values() if rule.family in OF_STARS)
    return sum(one.severity in ACCUSED for result in results for one in result.inconsistencies)


def _paper(cells: Sequence[Cell], form: dict[str, Any], declared: Declaration) -> PrintedPaper:
    undeclared = declared.sample is None and form["content"] == "regression"
    other = undeclared or declared.other_sample
    made = Table(**{**form, "other_sample": other}, number="1", cells=tuple(cells))
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


def _readings(
    read: _Read, declared: Declaration
) -> Iterator[tuple[Sequence[Cell], dict[str, Any]]]:
    """Every reading of a table, the likeliest first: the brackets that the stars follow from, and the sides."""
    facts = declared.model_dump(exclude_unset=True, exclude={"sample"})
    notes = Notes(" ".join(read.notes))
    if len({m.shape for m in notes.mentions}) < 2:
        _take_shapes_together(read)
    rows = read.rows
    form: dict[str, Any] = {
        "title": "", "r_squared": read.r_squared or "unnamed", "stars": notes.legend, **facts,
        "content": facts.get("content", read.content),
        "columns": _columns(notes.columns, facts.get("columns", {})),
    }  # fmt: skip
    elsewhere = {"stars_by": "other"} if notes.has_stars_elsewhere else {}
    sides = [{"sides": n} for n in (1, 2)] if notes.is_one_sided else [{}]
    if not rows:
        yield from ((read.cells, {**elsewhere, **s, **form}) for s in sides)
        return
    kinds = _kinds(read, notes, rows)
    if "brackets" in facts:
        kinds[rows[0]] = replace(kinds[rows[0]], kind=facts["brackets"])
    for row in rows[:1] if "stars_by" in facts else _starred(read) or rows:
        cells = [*_with_brackets(read, kinds, row, apart=notes.names_other_way)]
        alone = elsewhere if len(rows) == 1 else {}
        own = form if row == rows[0] else {**form, "columns": _without_brackets(form["columns"])}
        yield from ((cells, {**alone, **s, **own, "brackets": kinds[row].kind}) for s in sides)
    if len(rows) > 1 and elsewhere:
        cells = [*_with_brackets(read, kinds, rows[0], apart=notes.names_other_way)]
        yield cells, {**elsewhere, **form, "brackets": kinds[rows[0]].kind}


def _without_brackets(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Declarations of columns for a reading by another row of brackets than the declared one."""
    return {n: {k: v for k, v in form.items() if k != "brackets"} for n, form in columns.items()}


def _columns(noted: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Declarations of columns, by the notes where the declaration does not say."""
    return {
        **declared,
        **{name: {**form, **declared.get(name, {})} for name, form in noted.items()},
    }


def _take_shapes_together(read: _Read) -> None:
    """Make one row of brackets of two shapes, where no coefficient has both."""
    if read.rows and all(len(below) < 2 for below in read.brackets.values()):
        row = read.rows[0]
        read.brackets = {
            at: [replace(b, row=row) for b in below] for at, below in read.brackets.items()
        }


def _starred(read: _Read) -> list[Row]:
    """Rows of brackets that carry the stars, where no coefficient does."""
    own = any(c.stars for c in read.cells if c.statistic == "estimate")
    rows = [b.row for below in read.brackets.values() for b in below if b.stars]
    return [] if own else [*dict.fromkeys(rows)]


def _kinds(read: _Read, notes: Notes, rows: Sequence[Row]) -> dict[Row, Mention]:
    """What each row of brackets holds: by its label, else by the notes."""
    labels = {b.row: b.label for below in read.brackets.values() for b in below if b.label}
    named = kinds_of(notes, rows)
    kinds = {row: named.get(row, Mention(row[0], "none", "")) for row in rows}
    kinds |= {row: Mention(row[0], kind_of(label), label) for row, label in labels.items()}
    if len(rows) == 1 and kinds[rows[0]].is_adjusted:
        kinds[rows[0]] = replace(kinds[rows[0]], kind="none")
    return kinds


def _with_brackets(
    read: _Read, kinds: Mapping[Row, Mention], of_stars: Row, *, apart: bool
) -> Iterator[Cell]:
    """Cells with the brackets of one row in the coefficients, and those of every other row as cells of their own.

    `apart`: t and p may follow from another way than the estimate over its error.
    """
    first: dict[str, Row] = {}
    for row, mention in kinds.items():
        first.setdefault(mention.kind, row)
    together = {row for kind, row in first.items() if kind == "standard_error" or not apart}
    for cell in read.cells:
        below = read.below(cell)
        stars = cell.stars or next((b.stars for b in below if b.stars), "")
        inside = next((b for b in below if b.row == of_stars), None)
        if inside is None:
            yield replace(cell, stars=stars)
        else:
            text = f"{cell.number.text}{stars} {inside.text}"
            yield replace(cell, stars=stars, bracket=inside.number, text=text)
        for other in below:
            if other is inside:
                continue
            name = STATISTIC_OF.get(kinds[other.row].kind, "test")
            alike = name != "test" and {other.row, of_stars} <= together
            statistic = name if alike else f"{name}:{other.row[0]} {other.row[1]}"
            yield replace(
                cell, statistic=statistic, estimate=other.number, stars="", text=other.text
            )


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
    return Code.PRINTED_TABLE(
        "the file cannot be read as a table: {reason}",
        "write a header line with the names of the columns, and one row for each variable",
        Place(file=file),
        reason=reason,
    )


def _read(table: str | Path | pd.DataFrame) -> _Read:
    if isinstance(table, pd.DataFrame):
        text = table.to_csv(index=False)
        return _rows("table", [*csv.reader(io.StringIO(text))])
    path = Path(table)
    if not path.is_file():
        raise Unusable(
            Code.FILE_MISSING(
                "the file does not exist", "give the path of a CSV file", Place(file=str(path))
            )
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [*csv.reader(file)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unusable(_unreadable(str(path), str(error))) from error
    if rows and tuple(rows[0]) == CELL_COLUMNS:
        cells = [replace(c, table="1") for c in read_rows(path, Cell)]
        described = {"mean", "sd", "min", "max"} & {c.statistic for c in cells}
        return _Read(cells, content="descriptives" if described else "regression")
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
        raise Unusable(
            Code.PRINTED_TABLE(
                "the file contains no printed number",
                "write numbers as they are printed: 0.35** (0.12)",
                Place(file=file),
            )
        )
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
    label, above = "", Counter[str]()
    for row in rows:
        texts = [*row[1:], *[""] * (len(models) - len(row) + 1)][: len(models)]
        if row[0].lower().startswith("note") or LEGEND.search(" ".join(row)):
            read.notes.append(" ".join(row))
            continue
        if not any(texts):
            read.notes.append(row[0])
            continue
        cells = [CELL.fullmatch(text) for text in texts]
        continued = all(
            cell is not None and not cell["b"]
            for cell, text in zip(cells, texts, strict=True)
            if text
        )
        of_above = continued and (not row[0] or row[0] == label or is_statistic(row[0]))
        if not of_above:
            label, above = row[0], Counter[str]()
        counted = [
            _add(read, (label, title, model), text, row[0] if row[0] != label else "", above)
            for title, model, text in zip(header[1:], models, texts, strict=True)
            if text
        ]
        above = Counter({shape: max(c[shape] for c in counted) for c in counted for shape in c})
        kind = re.match(r"within|between|overall|pseudo", label.lower())
        if kind and _statistic(label, texts) == "r_squared":
            read.r_squared = kind[0]
    _tests_are_no_slopes(read)


def _add(
    read: _Read, place: tuple[str, str, str], text: str, own_label: str, above: Counter[str]
) -> Counter[str]:
    """Add what one printed text holds: label, title and model in `place`; return brackets by shape, those above too."""
    label, title, model = place
    term, counted = "constant" if label.lower() in CONSTANTS else _name(label), Counter(above)
    made = CELL.fullmatch(text)
    statistic = _statistic(label, [text]) if made is None or made["b"] else ""
    if statistic:
        plain = NUMBER.fullmatch(text.rstrip("*+†‡"))
        number = PrintedNumber(plain[0]) if plain and not statistic.startswith("flag") else None
        stars = text[len(plain[0]) :] if plain and number else ""
        cell = _cell(label, title, model, "", statistic, text, number)
        read.cells.append(replace(cell, stars=stars))
        return counted
    if made is None:
        return counted
    if made["b"]:
        number = PrintedNumber(made["b"])
        spelled = f"{made['b']}{made['stars']}"
        cell = _cell(label, title, model, term, "estimate", spelled, number)
        read.cells.append(replace(cell, stars=made["stars"]))
    elif not any((c.term, c.model, c.statistic) == (term, model, "estimate") for c in read.cells):
        return counted
    for group in GROUPS.finditer(made["groups"]):
        shape = group[0][0]
        if group["high"] is None:
            counted[shape] += 1
            number = PrintedNumber(group["low"])
            bracket = Bracket((shape, counted[shape]), number, group["marks"], own_label)
            read.brackets.setdefault((term, model), []).append(bracket)
        elif not any((c.term, c.model, c.statistic) == (term, model, "ci_low") for c in read.cells):
            read.cells += [
                _cell(label, title, model, term, kind, group[part], PrintedNumber(group[part]))
                for kind, part in (("ci_low", "low"), ("ci_high", "high"))
            ]
    return counted


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
    """Take cut points, and rows without brackets where coefficients have brackets, for other statistics."""
    estimates = [c for c in read.cells if c.statistic == "estimate"]
    bracketed = {c.row for c in estimates if read.below(c)}
    bracketed |= {c.row for c in read.cells if c.statistic == "ci_low"}
    slopes = bracketed or {c.row for c in estimates}
    slopes = {row for row in slopes if not AUXILIARY.fullmatch(row.strip())}
    read.brackets = {(c.term, c.model): read.below(c) for c in estimates if c.row in slopes}
    read.cells = [
        replace(c, statistic=f"test:{c.row}", term="") if c.term and c.row not in slopes else c
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


def as_json(audit: pd.DataFrame) -> str:
    """Write the inconsistencies of an audit as JSON.

    Parameters
    ----------
    audit : pandas.DataFrame
        As `audit_table` returns it.

    Returns
    -------
    str
        An object: `version`; `inconsistencies`, each with `code` (the rule), `severity`, `place`, `message`, `fact`,
        `evidence`, `assumes`, `repeat`; `rules`, the codes by status: found, silent, not_applicable.
    """
    inconsistencies = [
        {"code": row["rule"], "severity": row["severity"], "place": row["place"], "message": row["inconsistency"],
         "fact": row["fact"], "evidence": json.loads(row["evidence"]), "assumes": json.loads(row["assumes"]),
         "repeat": row["repeat"]}
        for row in audit.dropna(subset=["inconsistency"]).to_dict("records")
    ]  # fmt: skip
    rules = audit.drop_duplicates("rule")
    by_status = {
        status: sorted(rules.loc[rules["status"].str.startswith(words), "rule"])
        for status, words in (
            ("found", "found"), ("silent", "silent"), ("not_applicable", ("not applicable", "no evidence")),
        )
    }  # fmt: skip
    content = {"version": VERSION, "inconsistencies": inconsistencies, "rules": by_status}
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
    """Write the inconsistencies of an audit as lines of text, and how many rules were applied."""
    inconsistencies = audit.dropna(subset=["inconsistency"])
    rules = audit.drop_duplicates("rule")
    applied = int((rules["applicable"] > 0).sum())
    lines = [
        f"{r.severity}: {r.inconsistency} ({r.place}) [{r.rule}]"
        for r in inconsistencies.itertuples()
    ]
    return "\n".join(
        [*lines, f"{len(lines)} inconsistencies; {applied} of {len(rules)} rules applied."]
    )


def is_accused(audit: pd.DataFrame) -> bool:
    """Whether an audit has a contradiction or an impossible number."""
    return bool(audit["severity"].isin(ACCUSED).any())

"""How many real tables the unedited drafts of `teach` read: `python -m tools.measure_drafts FOLDER`.

Each table of provinces in the files of a folder is drafted and read. A series is named by the words of its own header,
or by the title without such words, and has the unit that the table prints. So a word of a header forbids nothing in its
own column, and a false refusal is seen. A question that the file leaves open (year, unit, region, number of provinces)
counts: a table is read without a question, read with answers, refused, or wrong. The year of an answer is the first in
the name of the file.

Other code reads the same cells: the parts of an .xlsx alone, xlrd for .xls, the csv module for text. It compares each
value with its cell, and looks for the province in its row and the words of the header above it. Other forms are not
compared. Of two consecutive years of one table, the second is read by the layout of the first. Prints each table, the
failures by cause, and the counts. No file leaves its folder.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import tempfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

SOURCE = "measured"
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")


@dataclass
class Measured:
    """One table of a file, and how its draft read it."""

    file: str
    number: int
    draft: dict[str, Any]
    outcome: str = "read"
    """`read`, `read with answers`, `refused` or `wrong`."""
    causes: list[str] = field(default_factory=list)
    """Kinds of questions, or the code of the refusal."""
    shown: str = ""
    values: int = 0
    is_compared: bool = False
    layout: dict[str, Any] = field(default_factory=dict)
    series: list[dict[str, Any]] = field(default_factory=list)

    @property
    def year(self) -> int:
        """The year of the values that the name of the file says, 2020 without one."""
        years = [int(text) for text in _YEAR.findall(self.file)]
        return min(years, default=2020)

    @property
    def place_in_series(self) -> tuple[str, int]:
        """Name of the file without its years, and number of the table."""
        return _YEAR.sub("", self.file.rsplit(".", 1)[0]).strip("-_"), self.number


class Asker:
    """A person who knows what the file does not say, and is counted as asked."""

    def __init__(self, table: Measured) -> None:
        self.table = table
        self.labels = {c["column"]: s["label"] for c, s in _named(table.draft)}
        self.kinds: list[str] = []
        self.is_naming = True

    def __call__(self, asked: Any) -> str:
        """Return the answer to a question."""
        if asked.kind == "series" and self.is_naming:
            return self.labels[asked.column]
        if asked.default is not None:
            return str(asked.default)
        self.kinds.append(asked.kind)
        if asked.kind == "series":
            return self.labels[asked.column]
        if asked.kind == "region":
            named = [name for name in asked.near if name in "".join(asked.words.split())]
            return named[0] if named else asked.near[0] if len(asked.near) == 1 else "-"
        if asked.kind == "unit":
            return str(asked.known[0])
        answers = {"year": str(self.table.year), "provinces": str(asked.count)}
        return answers.get(asked.kind, "-")


def _named(draft: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each column of a draft with a series named by its own header, in the printed unit."""
    from living_panel.ingestion.units import WORDS

    named, taken = [], set[str]()
    for column in draft["columns"]:
        words = " ".join(column["header"]) or draft["title"] or column["column"]
        label = words if words not in taken else f"{words} ({column['column']})"
        taken.add(label)
        printed = [unit for unit in (column["unit"] or draft["unit"],) if unit] or draft["units"]
        units = [f"{size}{w}" for w in WORDS for size in ("", "千", "万", "百万", "亿")]
        listed = units if draft["units_in_rows"] else [*printed, *column.get("other_years", ())]
        title = " ".join(column["words"]) or label
        named.append(
            (column, {"label": label, "title": title, "units": listed or ["件"], "signed": True})
        )
    return named


def measure(folder: Path) -> tuple[list[Measured], Counter[str]]:
    """Draft and read every table of a folder; count the files that give none."""
    from living_panel.ingestion.errors import ExtractionError
    from living_panel.ingestion.formats.teach import drafts

    tables: list[Measured] = []
    without: Counter[str] = Counter()
    others = {".md", ".tsv", ".yml", ".py", ".json"}
    listed = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() not in others)
    files = {path.name: path for path in listed}
    for path in listed:
        content = path.read_bytes()
        write_catalog([])
        try:
            proposals = drafts(content, path.name, SOURCE)
        except ExtractionError as error:
            without[f"file refused: {error.cases[0].code}"] += 1
            print(f"{path.name}: {error.cases[0]}")
            continue
        without["no table of provinces"] += not proposals
        for number, draft in enumerate(proposals, 1):
            table = Measured(path.name, number, draft)
            tables.append(table)
    _note_units_of_other_years(tables)
    for table in tables:
        _read(files[table.file].read_bytes(), table)
        print(f"{table.file} {table.number}: {table.outcome} {table.shown}".strip())
    return tables, without


def _note_units_of_other_years(tables: list[Measured]) -> None:
    """Write into each column without a unit the units that other years of the table print: a person knows them."""
    printed: dict[tuple[Any, ...], list[str]] = {}
    columns = [
        (t, c, (t.place_in_series[0], *c["header"])) for t in tables for c in t.draft["columns"]
    ]
    for table, column, key in columns:
        if unit := column["unit"] or table.draft["unit"]:
            printed.setdefault(key, []).append(unit)
    for table, column, key in columns:
        if not (column["unit"] or table.draft["unit"]):
            column["other_years"] = list(dict.fromkeys(printed.get(key, ())))


def _read(content: bytes, table: Measured) -> None:
    from living_panel.ingestion.errors import ExtractionError
    from living_panel.ingestion.formats.answers import layout_of
    from living_panel.ingestion.formats.teach import preview

    table.series = [entry for _, entry in _named(table.draft)]
    write_catalog(table.series)
    ask = Asker(table)
    try:
        table.layout = layout_of(table.draft, SOURCE, table.year + 1, table.file, ask)
        read = preview(content, table.file, SOURCE, table.year + 1, table.layout)
    except ExtractionError as error:
        read = {"figures": [], "faults": [str(error.cases[0])]}
    _judge(table, content, read, table.layout, ask.kinds)


def _judge(
    table: Measured, content: bytes, read: dict[str, Any], layout: dict[str, Any], kinds: list[str]
) -> None:
    """Write into a table what came of it."""
    if read["faults"]:
        fault = read["faults"][0]
        table.outcome, table.shown = "refused", fault
        table.causes = [_cause(fault)]
        return
    cells = cells_of(content, table.file)
    wrong = _wrong(cells, read["figures"], table, layout) if cells is not None else []
    table.values, table.is_compared = len(read["figures"]), cells is not None
    if wrong:
        table.outcome, table.shown, table.causes = "wrong", wrong[0], ["wrong"]
    elif kinds:
        table.causes = sorted(set(kinds))
        table.outcome, table.shown = "read with answers", ", ".join(table.causes)


def _cause(fault: str) -> str:
    """Return the code of a refusal, with what it is about."""
    code = fault.rpartition("[")[2].rstrip("]")
    about = fault.partition(": ")[2].partition(":")[0].rpartition(", ")[2]
    what = fault.partition(": ")[2].partition(": ")[2].partition(":")[0]
    return f"{code} {what if len(what) < 60 else about}"


def pairs(tables: list[Measured], folder: Path) -> Counter[str]:
    """Read the later of two consecutive years of a table by the layout of the earlier one; count the outcomes."""
    from living_panel.ingestion.editions.alignment import align, with_answers
    from living_panel.ingestion.errors import ExtractionError
    from living_panel.ingestion.formats.answers import layout_of, written
    from living_panel.ingestion.formats.layouts import layouts_folder, read_layout
    from living_panel.ingestion.formats.teach import preview

    files = {path.name: path for path in folder.rglob("*")}
    first = {(table.place_in_series, table.year): table for table in tables if table.layout}
    counts: Counter[str] = Counter()
    for later in tables:
        earlier = first.get((later.place_in_series, later.year - 1))
        if earlier is None or earlier.outcome not in {"read", "read with answers"}:
            continue
        edition = later.year + 1
        # the second year of a table may print a new column, which has a series too
        known: dict[str, dict[str, Any]] = {}
        for entry in [*later.series, *earlier.series]:
            units = [*known.get(entry["label"], entry)["units"], *entry["units"]]
            known[entry["label"]] = entry | {"units": list(dict.fromkeys(units))}
        write_catalog(list(known.values()))
        path = layouts_folder() / "earlier.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(written(earlier.layout), encoding="utf-8")
        os.utime(path, ns=(_next_time(), _next_time()))
        content = files[later.file].read_bytes()
        aligned = align(later.draft, [read_layout(path)], edition)
        table = Measured(later.file, later.number, later.draft)
        ask = Asker(table)
        ask.is_naming = aligned is None
        layout = earlier.layout
        try:
            read = {"figures": [], "faults": ["differs"]}
            if aligned and aligned.is_same:
                read = preview(content, later.file, SOURCE, edition, layout)
            if read["faults"]:
                draft = with_answers(later.draft, aligned, edition) if aligned else later.draft
                layout = layout_of(draft, SOURCE, edition, later.file, ask)
                read = preview(content, later.file, SOURCE, edition, layout)
        except ExtractionError as error:
            read = {"figures": [], "faults": [str(error.cases[0])]}
        finally:
            path.unlink()
        _judge(table, content, read, layout, ask.kinds)
        counts[table.outcome] += 1
        if table.outcome != "read":
            print(f"pair {later.file} {later.number}: {table.outcome} {table.shown}")
    return counts


def _decrypted(content: bytes) -> bytes:
    """Return a workbook that is encrypted with Excel's own password, which nobody types."""
    import msoffcrypto

    book, plain = msoffcrypto.OfficeFile(io.BytesIO(content)), io.BytesIO()
    book.load_key(password="VelvetSweatshop")
    book.decrypt(plain)
    return plain.getvalue()


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
Cells = dict[str, object]
"""Place as the project names it -> the value that another library reads there."""


def cells_of(content: bytes, file: str) -> Cells | None:
    """Return the cells of a file by code that the project's reader does not use; None without one."""
    rows: dict[str, Iterable[Sequence[object]]]
    if content.startswith(b"PK") and file.lower().endswith((".xlsx", ".xlsm")):
        return _cells_of_xml(content)
    if file.lower().endswith(".xls") and content.startswith(b"\xd0\xcf\x11\xe0"):
        import xlrd

        try:
            book = xlrd.open_workbook(file_contents=content)
        except xlrd.XLRDError:
            book = xlrd.open_workbook(file_contents=_decrypted(content))
        rows = {
            f"sheet {n}": [sheet.row_values(r) for r in range(sheet.nrows)]
            for n, sheet in enumerate(book.sheets(), 1)
        }
    elif file.lower().endswith(".csv"):
        text = content.decode("utf-8-sig" if _is_utf8(content) else "gb18030")
        rows = {"file": list(csv.reader(io.StringIO(text)))}
    else:
        return None
    return {
        f"{name} {_letters(c)}{r}".strip(): value
        for name, listed in rows.items()
        for r, row in enumerate(listed, 1)
        for c, value in enumerate(row)
        if value not in (None, "")
    }


def _cells_of_xml(content: bytes) -> Cells:
    """Return the cells of an .xlsx by its parts alone, with the standard library."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {
            name: ElementTree.fromstring(book.read(name))
            for name in book.namelist()
            if name.endswith((".xml", ".rels"))
        }
    texts = [
        "".join(t.text or "" for t in item.iter(f"{_MAIN}t"))
        for item in parts.get("xl/sharedStrings.xml", ElementTree.Element("none"))
    ]
    targets = {
        entry.get("Id"): str(entry.get("Target")) for entry in parts["xl/_rels/workbook.xml.rels"]
    }
    cells: Cells = {}
    for n, sheet in enumerate(parts["xl/workbook.xml"].iter(f"{_MAIN}sheet"), 1):
        target = targets[sheet.get(f"{_RELATION}id")].removeprefix("/xl/").removeprefix("xl/")
        for cell in parts[f"xl/{target}"].iter(f"{_MAIN}c"):
            text = cell.findtext(f"{_MAIN}v")
            kind, name = cell.get("t"), f"sheet {n} {cell.get('r')}"
            if kind == "s" and text is not None:
                cells[name] = texts[int(text)]
            elif kind == "inlineStr":
                cells[name] = "".join(t.text or "" for t in cell.iter(f"{_MAIN}t"))
            elif text is not None:
                cells[name] = text if kind == "str" else float(text)
    return cells


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _letters(column: int) -> str:
    head, last = divmod(column, 26)
    return (_letters(head - 1) if head else "") + chr(ord("A") + last)


def _wrong(
    cells: Cells, values: list[tuple[Any, ...]], table: Measured, layout: dict[str, Any]
) -> list[str]:
    """Return the values that other code does not find in their cell, in a row of their province, below their words."""
    from living_panel.ingestion.provinces import PROVINCES

    names = {p.code: (p.short, p.english.replace(" ", "").lower()) for p in PROVINCES}
    draft = table.draft
    sheets: dict[str, dict[tuple[int, str], str]] = {}
    for name, value in cells.items():
        sheet, _, cell = name.rpartition(" ")
        row = int(re.sub("[^0-9]", "", cell))
        sheets.setdefault(sheet, {})[row, re.sub("[0-9]", "", cell)] = _plain(value)
    headers = {entry["label"]: entry["header"][-1:] for entry in layout["columns"]}
    wrong = []
    for place, label, _, printed_label, code, _, printed, value, *_ in values:
        sheet, _, cell = place.rpartition(" cell ")
        name = f"{sheet} {cell}" if f"{sheet} {cell}" in cells else cell
        texts = sheets.get(name.rpartition(" ")[0], {})
        row, letter = int(re.sub("[^0-9]", "", cell)), re.sub("[0-9]", "", cell)
        problems = []
        if not _agrees(cells.get(name), printed, value):
            problems.append(f"{cells.get(name)!r} read as {printed}")
        line = [
            text
            for (r, c), text in texts.items()
            if (c if draft["turned"] else r) == (letter if draft["turned"] else row)
        ]
        is_named = any(
            word in text for text in line for word in (*names.get(code, ()), _plain(printed_label))
        )
        if not is_named:
            problems.append(f"no {printed_label} in its row")
        last = headers[label]
        if not draft["turned"] and last and not _stands_above(_plain(last[0]), row, letter, texts):
            problems.append(f"no {last[0]} above it")
        wrong += [f"{place}: {problem}" for problem in problems]
    return wrong


def _plain(value: object) -> str:
    return unicodedata.normalize("NFKC", "".join(str(value).split())).lower()


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?[0-9.]+", text) is not None


def _stands_above(words: str, row: int, letter: str, texts: dict[tuple[int, str], str]) -> bool:
    """Whether the words of a header stand above a value: in its column, or to the left, merged into it."""
    nearest: dict[int, tuple[int, str, str]] = {}
    for (r, c), text in texts.items():
        at = len(c), c, text
        if r < row and at[:2] <= (len(letter), letter) and not _is_number(text):
            nearest[r] = max(nearest.get(r, at), at)
    above = "".join(nearest[r][2] for r in sorted(nearest))
    return all(part in above for part in words)


def _agrees(other: object, printed: str, value: float | None) -> bool:
    """Whether a printed number is that of a cell, rounded to the digits that are shown."""
    if value is None:
        return not isinstance(other, int | float)
    half = 0.5 * 10.0 ** -len(printed.partition(".")[2])
    if isinstance(other, int | float):
        return abs(float(other) - value) <= half * (1 + 1e-9)
    number = re.match(r"[-+]?[0-9]+(?:\.[0-9]+)?", "".join(str(other).split()).replace(",", ""))
    return number is not None and abs(float(number.group()) - value) <= half


_times = iter(range(1, 10**9))


def _next_time() -> int:
    return next(_times) * 10**9


def write_catalog(series: list[dict[str, Any]]) -> None:
    """Write the catalog of the measured source, with a new time of change, so that it is read again."""
    head = {
        "source": SOURCE, "title": "Measured", "producer": "Nobody", "licence": "None",
        "address": "https://example.org/", "editions": {2021: "Measured"}, "series": series,
    }  # fmt: skip
    path = Path(os.environ["LIVING_PANEL_CATALOG"]) / SOURCE / "catalog.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(head, allow_unicode=True), encoding="utf-8")
    time = _next_time()
    os.utime(path, ns=(time, time))


def main() -> None:
    """Measure a folder, with catalogs and layouts of its own."""
    parser = argparse.ArgumentParser(description="Measure how many tables unedited drafts read.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as root:
        os.environ["LIVING_PANEL_CATALOG"] = root
        os.environ["LIVING_PANEL_LAYOUTS"] = f"{root}/layouts"
        tables, without = measure(folder)
        of_pairs = pairs(tables, folder)
    outcomes = Counter(table.outcome for table in tables)
    for outcome in ("read with answers", "refused", "wrong"):
        causes = Counter("; ".join(t.causes) for t in tables if t.outcome == outcome)
        print(f"\n{outcome}: {outcomes[outcome]}")
        for cause, count in causes.most_common():
            example = next(
                t for t in tables if t.outcome == outcome and "; ".join(t.causes) == cause
            )
            print(f"  {count} {cause}, such as {example.file}")
    for cause, count in without.items():
        print(f"{cause}: {count}")
    total, read = len(tables), outcomes["read"]
    unedited = read + outcomes["read with answers"]
    values = sum(table.values for table in tables)
    compared = sum(table.values for table in tables if table.is_compared)
    print(
        f"\n{unedited} of {total} tables read by their unedited drafts, {read} of them without a question; "
        f"{outcomes['wrong']} wrong; {compared} of {values} values compared"
    )
    print(
        f"{of_pairs['read']} of {of_pairs.total()} pairs of years read without a question, "
        f"{of_pairs['read with answers']} with answers, {of_pairs['refused']} refused, {of_pairs['wrong']} wrong"
    )


if __name__ == "__main__":
    main()

"""How many real tables the unedited drafts of `teach` read: `python -m tools.measure_drafts FOLDER [--answer]`.

Each table of provinces in the files of a folder is drafted. Every column gets a series of its own; nothing else is
answered, so that a table whose year, unit, region or number of provinces is asked counts as asked. `--answer` answers
these too. The values read are compared with the cells as other code reads them: the parts of an .xlsx alone, xlrd for
.xls, the csv module for text. Other forms count as not compared. Prints counts: read, asked, refused with the code of
each refusal, wrong. No file leaves its folder.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

SOURCE = "measured"
SERIES = 256
ANY_VALUES = "增长, 比重, 排名, 指数, 不变价, 人均, 计划, 累计, 年均, 十三五, 主要城市"
"""Words of a title that let any column have the series."""


def measure(folder: Path, answered: bool = False) -> Counter[str]:
    """Draft and read every table of a folder; count the outcomes.

    Parameters
    ----------
    answered
        Whether questions other than those for series get an answer.
    """
    from living_panel.ingestion.errors import ExtractionError
    from living_panel.ingestion.formats.teach import drafts

    counts: Counter[str] = Counter()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        if file.suffix.lower() in {".md", ".yml", ".py", ".json"}:
            continue
        content = file.read_bytes()
        try:
            proposals = drafts(content, file.name, SOURCE)
        except ExtractionError as error:
            counts[f"file refused: {error.cases[0].column or error.cases[0].location}"] += 1
            print(f"{file.name}: {error.cases[0]}")
            continue
        if not proposals:
            counts["no table of provinces"] += 1
        for number, draft in enumerate(proposals):
            outcome, why = _read(content, file.name, draft, answered)
            counts[outcome] += 1
            if outcome == "read":
                counts["values"] += int(why.split()[0])
            print(f"{file.name} {number + 1}: {outcome} {why}")
    return counts


class Asked(Exception):
    """A question that nobody answers."""


def _read(content: bytes, file: str, draft: dict[str, Any], answered: bool) -> tuple[str, str]:
    from living_panel.ingestion.errors import ExtractionError
    from living_panel.ingestion.formats.answers import AnswerRequest, layout_of
    from living_panel.ingestion.formats.teach import preview

    columns = {column["column"]: f"S{i}" for i, column in enumerate(draft["columns"], 1)}

    def answer(asked: AnswerRequest) -> str:
        if asked.kind == "series":
            return columns[asked.column]
        if asked.default is not None:
            return asked.default
        if not answered:
            raise Asked(f"{asked.kind} {asked.words}")
        answers = {"unit": "件", "year": "2020", "provinces": str(asked.count), "region": "-"}
        return answers[asked.kind]

    try:
        layout = layout_of(draft, SOURCE, 2021, file, answer)
        read = preview(content, file, SOURCE, 2021, layout)
    except Asked as asked:
        return "asked", str(asked)
    except ExtractionError as error:
        return "refused", str(error.cases[0])
    if read["faults"]:
        return "refused", read["faults"][0]
    cells = cells_of(content, file)
    if cells is None:
        return "read", f"{len(read['figures'])} values, not compared"
    wrong = _wrong(cells, read["figures"], draft)
    return ("wrong", wrong[0]) if wrong else ("read", f"{len(read['figures'])} values, compared")


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


def _wrong(cells: Cells, values: list[tuple[Any, ...]], draft: dict[str, Any]) -> list[str]:
    """Return the values that another library does not find in their cell, or in the column of another series."""
    letters = {f"S{i}": set(c["columns"]) for i, c in enumerate(draft["columns"], 1)}
    wrong = []
    for place, label, _, _, _, _, printed, value, *_ in values:
        sheet, _, cell = place.rpartition(" cell ")
        name = f"{sheet} {cell}" if f"{sheet} {cell}" in cells else cell
        other = cells.get(name)
        letter = re.sub("[0-9]", "", cell)
        # in a table that is turned, a series fills rows and not columns
        elsewhere = letter not in letters[label] and not draft["turned"] and draft["place"] == sheet
        if elsewhere or not _agrees(other, printed, value):
            wrong.append(f"{place}: {other!r} read as {printed}")
    return wrong


def _agrees(other: object, printed: str, value: float | None) -> bool:
    """Whether a printed number is that of a cell, rounded to the digits that are shown."""
    if value is None:
        return not isinstance(other, int | float)
    half = 0.5 * 10.0 ** -len(printed.partition(".")[2])
    if isinstance(other, int | float):
        return abs(float(other) - value) <= half * (1 + 1e-9)
    number = re.match(r"[-+]?[0-9]+(?:\.[0-9]+)?", str(other).strip().replace(",", ""))
    return number is not None and abs(float(number.group()) - value) <= half


def main() -> None:
    """Measure a folder with a catalog of its own, in which every label may carry every unit."""
    from living_panel.ingestion.units import WORDS

    parser = argparse.ArgumentParser(description="Measure how many tables unedited drafts read.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--answer", action="store_true", help="answer what the files do not say")
    options = parser.parse_args()
    multiples = ("", "千", "万", "百万", "亿")
    units = [f"{multiple}{word}" for word in WORDS for multiple in multiples]
    units += ["年", "上年=100", "元/人", "亿元/人", "人/平方公里"]
    with tempfile.TemporaryDirectory() as root:
        catalog = Path(root) / SOURCE / "catalog.yml"
        catalog.parent.mkdir()
        series = [
            {"label": f"S{i}", "title": f"Series {i}: {ANY_VALUES}", "units": units, "signed": True}
            for i in range(1, SERIES + 1)
        ]
        head = {
            "source": SOURCE, "title": "Measured", "producer": "Nobody", "licence": "None",
            "address": "https://example.org/", "editions": {2021: "Measured"}, "series": series,
        }  # fmt: skip
        catalog.write_text(yaml.safe_dump(head, allow_unicode=True), encoding="utf-8")
        os.environ["LIVING_PANEL_CATALOG"] = root
        counts = measure(options.folder, options.answer)
    for outcome, count in sorted(counts.items()):
        print(f"{outcome}: {count}")
    tables = sum(counts[outcome] for outcome in ("read", "asked", "refused", "wrong"))
    print(
        f"{counts['read']} of {tables} tables read by their unedited drafts, {counts['wrong']} wrong"
    )


if __name__ == "__main__":
    main()

"""How many real tables the unedited drafts of `teach` read: `python -m tools.measure_drafts FOLDER`.

Each table of provinces in the files of a folder is drafted. Every column gets a series of its own, and every missing
unit and year an answer. The values read are compared with the cells of the file. Prints counts: read, refused with the
code of each refusal, wrong. No file leaves its folder.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

SOURCE = "measured"
SERIES = 300
ANY_VALUES = "增长, 比重, 排名, 指数, 不变价, 人均, 计划, 累计, 年均, 十三五, 主要城市"
"""Words of a title that let any column have the series."""
UNITS = (
    "亿元 万元 元 亿美元 百万美元 万美元 千美元 美元 万件 亿件 件 万人 人 "
    "人年 万人次 人次 户 万户 家 个 万个 项 篇 所 座 部 台 万台 万辆 "
    "辆 套 万套 % ‰ 吨 万吨 亿吨 公里 万公里 平方公里 平方米 万平方米 "
    "公顷 千公顷 千瓦时 亿千瓦时 元/人 人/平方公里 年 上年=100 亿元/人 "
    "万吨标准煤 床 张 万张 册 万册 种 亿立方米 万立方米 立方米 十万元 千人 "
    "百分点 亿人次 头 万头 只 万只 公斤 千克 艘 万千瓦 "
).split()


def measure(folder: Path) -> Counter[str]:
    """Draft and read every table of a folder; count the outcomes."""
    from living_panel.ingestion.errors import ExtractionError
    from living_panel.ingestion.formats.teach import drafts

    counts: Counter[str] = Counter()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        if file.suffix.lower() in {".md", ".yml", ".py", ".json"}:
            continue
        content = file.read_bytes()
        try:
            found = drafts(content, file.name, SOURCE)
        except ExtractionError as error:
            counts[f"file refused: {error.cases[0].column or error.cases[0].location}"] += 1
            print(f"{file.name}: {error.cases[0]}")
            continue
        if not found:
            counts["no table of provinces"] += 1
        for number, draft in enumerate(found):
            outcome, why = _read(content, file.name, draft, found)
            counts[outcome] += 1
            print(f"{file.name} {number + 1}: {outcome} {why}")
    return counts


def _read(
    content: bytes, file: str, draft: dict[str, Any], every: list[dict[str, Any]]
) -> tuple[str, str]:
    from living_panel.ingestion.errors import ExtractionError
    from living_panel.ingestion.formats.answers import AnswerRequest, layout_of
    from living_panel.ingestion.formats.teach import preview

    columns = {column["column"]: f"S{i}" for i, column in enumerate(draft["columns"], 1)}

    def answer(asked: AnswerRequest) -> str:
        if asked.kind == "series":
            return columns[asked.column]
        answers = {"unit": "件", "year": "2020", "provinces": str(draft["provinces"])}
        return answers.get(asked.kind) or asked.default or "-"

    try:
        layout = layout_of(draft, SOURCE, 2021, file, answer)
        read = preview(content, file, SOURCE, 2021, layout)
    except ExtractionError as error:
        return "refused", str(error.cases[0])
    if read["faults"]:
        return "refused", read["faults"][0]
    wrong = _wrong(content, file, read["figures"], draft)
    return ("wrong", wrong[0]) if wrong else ("read", f"{len(read['figures'])} values")


def _wrong(
    content: bytes, file: str, figures: list[tuple[Any, ...]], draft: dict[str, Any]
) -> list[str]:
    """Return the values that are not in their cell, or in the column of another series."""
    from living_panel.ingestion.formats.grid import column_letters
    from living_panel.ingestion.formats.printed import grids_as_printed
    from living_panel.ingestion.text import narrow_digits, without_mark

    letters = {f"S{i}": set(c["columns"]) for i, c in enumerate(draft["columns"], 1)}
    cells = {
        f"{grid.name} cell {column_letters(c)}{r + 1}": (column_letters(c), text)
        for grid in grids_as_printed(content, file, ())
        for r, row in enumerate(grid.cells)
        for c, text in enumerate(row)
    }
    wrong = []
    for place, label, _, _, _, _, printed, *_ in figures:
        letter, text = cells.get(place, ("", ""))
        shown = narrow_digits(without_mark(text, figure=True)[0])
        # in a table that is turned, a series fills rows and not columns
        elsewhere = letter not in letters[label] and not draft["turned"]
        if shown != printed or (elsewhere and draft["place"] in place):
            wrong.append(f"{place}: {text!r} read as {printed}")
    return wrong


def main() -> None:
    """Measure a folder with a catalog of its own, in which every label may carry every unit."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as root:
        catalog = Path(root) / SOURCE / "catalog.yml"
        catalog.parent.mkdir()
        series = [
            {"label": f"S{i}", "title": f"Series {i}: {ANY_VALUES}", "units": UNITS, "signed": True}
            for i in range(1, SERIES + 1)
        ]
        head = {
            "source": SOURCE, "title": "Measured", "producer": "Nobody", "licence": "None",
            "address": "https://example.org/", "editions": {2021: "Measured"}, "series": series,
        }  # fmt: skip
        catalog.write_text(yaml.safe_dump(head, allow_unicode=True), encoding="utf-8")
        os.environ["LIVING_PANEL_CATALOG"] = root
        counts = measure(folder)
    for outcome, count in sorted(counts.items()):
        print(f"{outcome}: {count}")
    tables = sum(counts[outcome] for outcome in ("read", "refused", "wrong"))
    print(
        f"{counts['read']} of {tables} tables read by their unedited drafts, {counts['wrong']} wrong"
    )


if __name__ == "__main__":
    main()

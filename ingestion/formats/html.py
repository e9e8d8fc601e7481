"""Web pages of the sources: their encoding, their text, and their tables as grids.

Old yearbook pages are GB2312, today's are UTF-8. Nothing is executed, nothing is loaded.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import takewhile

from bs4 import BeautifulSoup, Tag
from bs4.css import soupsieve
from bs4.element import NavigableString, PageElement

from living_panel.codes import Code
from living_panel.ingestion.errors import refusal
from living_panel.ingestion.evidence import STRUCK
from living_panel.ingestion.formats.grid import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Grid,
    marked,
    too_large,
)
from living_panel.ingestion.text import decoded

LARGEST_PAGE = 16 * 1024 * 1024
MOST_TABLES = 60
MOST_TABLE_TAGS = 1_000
"""Old pages lay themselves out by tables in tables; none of them nests hundreds."""
DEEPEST = 200
LINES_ABOVE = 8
_BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd div dl dt figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead tr ul".split()
)
_UNSEEN = frozenset(
    {"script", "style", "title", "head", "option", "textarea", "noscript", "dialog"}
)
_STRUCK = frozenset({"s", "strike", "del"})
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0*\.?0+(?![.0-9])"
    r"|font-size\s*:\s*(?:0*(?:\.[0-9]+)?(?:[a-z]+|%)?|1(?:\.0*)?p[xt])\s*(?:[;!]|$)|(?:left|top|right|text-indent)\s*:\s*-[0-9]{3,}"
    r"|(?<![-\w])(?:width|height)\s*:\s*0[a-z]*\s*;(?=.*overflow)|clip\s*:\s*rect\(\s*0|clip-path\s*:\s*(?:inset\(\s*[1-9]|circle\(\s*0)|scale\(\s*0"
    r"|(?<![-\w])color\s*:\s*transparent",
    re.IGNORECASE,
)
_WHITE = re.compile(
    r"(?<![-\w])color\s*:\s*(?:#fff(?:fff)?\b|white\b|rgb\(\s*255\s*,\s*255\s*,\s*255)",
    re.IGNORECASE,
)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
"""A rule of a style sheet: selectors and declarations."""
_SUPER = re.compile(r"vertical-align\s*:\s*(?:super|text-top)", re.IGNORECASE)
_NOTE = re.compile(r"[\[(（]?[0-9a-z*]{1,3}[\])）]?")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_CHINESE = {"gb2312", "gbk", "gb18030", "x-gbk", "gb_2312-80"}
_NESTING = re.compile(r"<(/?)(table|div|span|font|b|i|a|ul|ol|center|form|section|sup|em|strong)\b")
_REMEDY = "Save the whole page from the browser as HTML again."
_BLANKS = re.compile(r"[\t\r\n]+")


def read_page(content: bytes, file: str) -> BeautifulSoup:
    """Return the parsed page, decoded by its declared charset, UTF-8 or GBK.

    Raises
    ------
    ExtractionError
        If it is empty, too large, in no such encoding, or has no closing tag of its document.
    """
    if len(content) > LARGEST_PAGE:
        raise refusal(
            Code.READ_LIMIT,
            file,
            "file",
            f"{len(content)} bytes",
            f"at most {LARGEST_PAGE}",
            _REMEDY,
        )
    text = _text(content, file)
    if "<" not in text:
        raise refusal(Code.READ_FORM, file, "file", text[:60], "a web page", _REMEDY)
    lowered = text.lower()
    if "<html" in lowered and "</html" not in lowered:
        raise refusal(
            Code.READ_DAMAGED,
            file,
            "end of file",
            text[-60:],
            "a page that ends with </html>; this page may be cut off",
            _REMEDY,
        )
    tags = lowered.count("<table")
    if tags > MOST_TABLE_TAGS:
        raise too_large(file, "page", f"{tags} tables")
    _refuse_depth(lowered, file)
    try:
        return BeautifulSoup(text, "lxml")
    except (RecursionError, AssertionError, ValueError) as error:
        raise refusal(
            Code.READ_DAMAGED, file, "file", error, "a page that can be parsed", _REMEDY
        ) from error


def _refuse_depth(lowered: str, file: str) -> None:
    """Refuse a page whose elements are nested deeper than in any page for readers.

    Counted in the text, before anything is built: every step below is slower in a deeper tree.
    """
    depth: dict[str, int] = {}
    for closing, name in _NESTING.findall(lowered):
        depth[name] = max(depth.get(name, 0) + (-1 if closing else 1), 0)
        if depth[name] > DEEPEST:
            raise refusal(
                Code.READ_LIMIT, file, f"<{name}>", f"more than {DEEPEST} open at once",
                f"at most {DEEPEST} nested elements of one kind", _REMEDY,
            )  # fmt: skip


def _text(content: bytes, file: str) -> str:
    if not content.strip():
        raise refusal(Code.READ_EMPTY, file, "file", "", "a web page, not an empty file", _REMEDY)
    match = _CHARSET.search(content[:4096])
    declared = match.group(1).decode("ascii").lower() if match else ""
    if declared not in {"", "utf-8", "utf8", *_CHINESE}:
        raise refusal(
            Code.READ_ENCODING, file, "charset", declared, "UTF-8 or a Chinese GB encoding", _REMEDY
        )
    order = ["utf-8-sig"] * (declared not in _CHINESE) + ["gb18030"] * ("utf" not in declared)
    try:
        return decoded(content, *order)
    except UnicodeDecodeError as error:
        odd = content[error.start : error.start + 4].hex(" ")
        wanted = f"text in {declared or 'UTF-8 or GBK'}, as the page declares"
        raise refusal(
            Code.READ_ENCODING, file, f"byte {error.start}", odd, wanted, _REMEDY
        ) from None


def read_html_grids(content: bytes, file: str) -> list[Grid]:
    """Return every table of a page, with the text lines before it as its first rows.

    A table's title, unit and notes often stand outside it; they become rows of one cell.
    """
    return page_grids(read_page(content, file), file)


def page_grids(page: BeautifulSoup, file: str) -> list[Grid]:
    """Return the innermost tables of a parsed page as grids; see `read_html_grids`.

    A line ends where a block element begins or ends, not where a text node does: titles are cut
    into inline spans by the programs that write pages.
    """
    _drop_unseen(page)
    grids: list[Grid] = []
    lines: list[str] = []
    line, block = "", None
    node: PageElement | None = next(iter(page.contents), None)
    while node is not None:
        if isinstance(node, Tag) and node.name == "table" and node.find("table") is None:
            lines += [line] if line.strip() else []
            if len(grids) == MOST_TABLES:
                raise too_large(file, "page", f"more than {MOST_TABLES} tables")
            grids.append(_grid(node, lines[-LINES_ABOVE:], len(grids) + 1, file))
            lines, line = [], ""
            node = _behind(node)
            continue
        if _is_text(node):
            home = next((tag for tag in node.parents if tag.name in _BLOCKS), None)
            if home is not block:
                lines += [line] if line.strip() else []
                line, block = "", home
            line = f"{line}{node}"
        elif isinstance(node, Tag) and node.name in _BLOCKS:
            lines += [line] if line.strip() else []
            line = ""
        node = node.next_element
    return grids


def _grid(table: Tag, above: list[str], number: int, file: str) -> Grid:
    name = f"table {number}"
    caption = table.find("caption")
    rows = [[cell_text(line)] for line in above]
    rows += [[_text_of(caption)]] if isinstance(caption, Tag) else []
    cells, headings = _cells(table, file, name)
    return Grid(name, rows + cells, rows + headings, follows=not rows and number > 1)


def _is_text(node: PageElement) -> bool:
    """Whether a node is text that a reader sees; comments and scripts are other kinds."""
    if type(node) is not NavigableString:
        return False
    return node.parent is not None and node.parent.name not in _UNSEEN


def _behind(tag: Tag) -> PageElement | None:
    """Return what follows a tag and all that is in it."""
    node: Tag | None = tag
    while node is not None and node.next_sibling is None:
        node = node.parent
    return node.next_sibling if node is not None else None


def _cells(table: Tag, file: str, name: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return the cells of a table, and the same with spans filled."""
    cells: list[list[str]] = []
    headings: list[list[str]] = []
    reaching: dict[int, tuple[int, str]] = {}
    total = 0
    for record in table.find_all("tr"):
        row: list[str] = []
        heading: list[str] = []
        for cell in record.find_all(["td", "th"]):
            _carry(row, heading, reaching)
            text = _text_of(cell)
            wide, deep = _span(cell, "colspan"), _span(cell, "rowspan")
            for i in range(wide):
                if deep > 1:
                    reaching[len(row)] = (deep - 1, text)
                row.append("" if i else text)
                heading.append(text)
            if len(row) > MOST_COLUMNS:
                raise too_large(file, name, f"more than {MOST_COLUMNS} columns")
        _carry(row, heading, reaching)
        total += len(row)
        cells.append(row)
        headings.append(heading)
        if len(cells) > MOST_ROWS or total > MOST_CELLS:
            raise too_large(file, name, f"more than {len(cells) - 1} rows")
    return cells, headings


def _text_of(cell: Tag) -> str:
    """Return what a cell shows: raised characters marked, its lines kept apart, without what is struck out.

    A number that is struck out as a whole is not replaced by another one: it stays, with its mark.
    """
    parts, struck = list[str](), list[str]()
    for node in cell.descendants:
        if _is_text(node):
            around = [cell, *takewhile(lambda tag: tag is not cell, node.parents)]
            text = marked(str(node)) if any(map(_is_raised, around)) else str(node)
            (struck if any(map(_is_struck, around)) else parts).append(text)
        elif isinstance(node, Tag) and node.name in _BLOCKS:
            parts.append(" ")
    text, gone = cell_text("".join(parts)), cell_text("".join(struck))
    return gone + STRUCK if not text and any(map(str.isdigit, gone)) else text


def _drop_unseen(page: BeautifulSoup) -> None:
    """Remove the elements that a browser does not show, by their own style or by a style sheet of the page."""
    for sheet in page.find_all("style"):
        for selectors, declarations in _RULE.findall(sheet.get_text()):
            if _HIDDEN.search(declarations) or "line-through" in declarations:
                with suppress(soupsieve.SelectorSyntaxError):  # type: ignore[union-attr]
                    for tag in page.select(selectors.strip()):
                        tag["style"] = f"{tag.get('style') or ''};{declarations}"
    for tag in page.find_all(_is_hidden):
        if not tag.decomposed:
            tag.decompose()


def _is_hidden(tag: Tag) -> bool:
    style = str(tag.get("style") or "")
    if tag.has_attr("hidden") or _HIDDEN.search(style):
        return True
    if _WHITE.search(style) or str(tag.get("color")).lower() in {"white", "#ffffff", "#fff"}:
        around = [tag, *tag.parents]
        grounds = [str(t.get("style")) for t in around if "background" in str(t.get("style"))]
        return all(re.search(r"background[^;]*:\s*(?:#fff|white)", ground) for ground in grounds) and not any(
            t.has_attr("bgcolor") for t in around
        )  # fmt: skip
    return False


def _is_struck(tag: Tag) -> bool:
    return tag.name in _STRUCK or "line-through" in str(tag.get("style"))


def _is_raised(tag: Tag) -> bool:
    """Whether what a tag holds is a footnote mark: raised, or a link to a note of the page."""
    note = str(tag.get("href") or "").startswith("#") and _NOTE.fullmatch(tag.get_text().strip())
    style = str(tag.get("style") or "")
    return bool(note) or tag.name == "sup" or _SUPER.search(style) is not None


def _carry(row: list[str], heading: list[str], reaching: dict[int, tuple[int, str]]) -> None:
    """Fill the places that cells of rows above reach down into."""
    while len(row) in reaching:
        left, text = reaching[len(row)]
        if left == 1:
            del reaching[len(row)]
        else:
            reaching[len(row)] = (left - 1, text)
        row.append("")
        heading.append(text)


def _span(cell: Tag, name: str) -> int:
    text = str(cell.get(name) or "1").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return max(1, min(number, MOST_COLUMNS + 1 if name == "colspan" else MOST_ROWS))


def cell_text(text: str) -> str:
    """Return the text of a cell on one line; padding blanks inside it stay."""
    return _BLANKS.sub(" ", str(text)).strip()

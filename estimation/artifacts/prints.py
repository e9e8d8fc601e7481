"""Comparison of the printed files of a table: the same digits but for ties, the same words, the same figures."""

from __future__ import annotations

import base64
import binascii
import io
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import numpy as np

from living_panel.estimation.artifacts.comparison import (
    OF_P_VALUE,
    RELATIVE,
    Cell,
    Numbers,
    has_value,
    is_tie,
    known_values,
)
from living_panel.estimation.tables.render import RENDERINGS
from living_panel.estimation.tables.result import TableResult

NUMBER = re.compile(r"([-−]?(?:\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+)(?:\\?\*)*)")
"""A number with its sign and its stars."""
SIGN_OF_ZERO = re.compile(r"[-−](?=[0.]*0[0.]*(?![\d.]))")
ZIPPED = (".xlsx", ".docx")
FIGURE = ".png"
EMBEDDED = re.compile(rb"data:image/png;base64,([A-Za-z0-9+/=]*)")
WHOLE_DIGITS = 12
"""Digits from which on a number counts as written in full, and not as rounded for a reader."""
MOST_SHADE = 8 / 255
"""Largest difference of a pixel between two drawings of one figure."""
OF_THE_WRITER = ("docProps/",)
"""Parts of a zipped file that name the program and the time of writing."""
LARGEST_PART = 64 * 1024**2
NO_FILE = "no such file"
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class PrintedDifferences:
    """Differences between the printed files of two results of a table.

    Attributes
    ----------
    cells : tuple of Cell
        Numbers that differ, but for ties; files that one side does not have or that cannot be read.
    words : tuple of str
        Files whose numbers are the same and whose words differ, with the first line that differs.
    figures : tuple of str
        Figures that show something else, beyond the edges of a line.
    ties : int
        Last digits that differ because a value is a tie, and numbers written in full with other last bits.
    """

    cells: tuple[Cell, ...] = field(default=())
    words: tuple[str, ...] = field(default=())
    figures: tuple[str, ...] = field(default=())
    ties: int = 0

    def __bool__(self) -> bool:
        return bool(self.cells or self.words or self.figures or self.ties)


@dataclass(frozen=True)
class _Values:
    """Magnitudes of the numbers of both results, sorted."""

    stated: np.ndarray
    numbers: np.ndarray

    def allow(self, stated: str, estimated: str) -> bool:
        """Whether two prints may differ: by a tie, or in the last bits of a number written in full."""
        (sign, stated, stars), (other_sign, estimated, other_stars) = map(
            _sides, (stated, estimated)
        )
        if (sign, stars) != (other_sign, other_stars):
            return False
        digits = (sum(c.isdigit() for c in text.lstrip("0.")) for text in (stated, estimated))
        if max(digits) < WHOLE_DIGITS and "e" not in (stated + estimated).lower():
            return is_tie(stated, estimated, self.numbers)
        a, b = float(stated), float(estimated)
        if math.isclose(a, b, rel_tol=RELATIVE):
            return True
        known = has_value(self.stated, a) and has_value(self.numbers, b)
        return known and abs(a - b) <= OF_P_VALUE


def _sides(number: str) -> tuple[str, str, str]:
    """Sign, magnitude and stars of a printed number."""
    bare = number.rstrip("*\\")
    magnitude = bare.lstrip("-−")
    return bare[: len(bare) - len(magnitude)], magnitude, number[len(bare) :]


def printed_files(result: TableResult) -> dict[str, bytes]:
    """Return the printed files of an estimated table by name: every format, and its figures."""
    files = {f"{figure.name}{FIGURE}": figure.png for figure in result.pictures}
    for name, render in RENDERINGS.items():
        content = render(result)
        files[name] = content.encode() if isinstance(content, str) else content
    return files


def read_printed(folder: Path) -> dict[str, bytes]:
    """Return the printed files of a stored table by name."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.name in RENDERINGS or path.suffix == FIGURE
    }


def compare_printed(
    table: str, stated: Files, estimated: Files, numbers: tuple[Numbers, Numbers]
) -> PrintedDifferences:
    """Compare the printed files of two results of a table.

    Parameters
    ----------
    table : str
        Name of the table, for the cells.
    stated, found : mapping of str to bytes
        Content by file name.
    numbers : tuple
        The tables of numbers of both results: a last digit may differ where one of them is a tie.
    """
    values = _Values(*map(known_values, numbers))
    cells: list[Cell] = []
    words: list[str] = []
    figures: list[str] = []
    ties = 0
    for name in sorted({*stated, *estimated}):
        one, other = stated.get(name), estimated.get(name)
        if one == other:
            continue
        if one is None or other is None:
            sides = ("" if side is not None else NO_FILE for side in (one, other))
            cells.append(Cell(table, "", "", "", name, *sides))
        elif name.endswith(FIGURE):
            if not _is_same_figure(one, other):
                figures.append(name)
        else:
            if not _embedded(one) <= {
                content for n, content in stated.items() if n.endswith(FIGURE)
            }:
                figures.append(name)
            found_here = _compare_file(table, name, one, other, values)
            cells += found_here.cells
            words += found_here.words
            ties += found_here.ties
    return PrintedDifferences(tuple(cells), tuple(words), tuple(figures), ties)


def _compare_file(
    table: str, name: str, stated: bytes, estimated: bytes, values: _Values
) -> PrintedDifferences:
    try:
        one, other = _lines(name, stated), _lines(name, estimated)
    except (UnicodeDecodeError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        return PrintedDifferences((Cell(table, "", "", "", name, str(error), ""),))
    cells, ties, other_words = [], 0, ""
    if len(one) == len(other):
        for line, (a, b) in enumerate(zip(one, other, strict=True), 1):
            if a == b:
                continue
            if _words(a) != _words(b):
                other_words = other_words or f"{name}:{line}"
            outcome = _compare_digits(a, b, values)
            ties += outcome or 0
            if outcome is None:
                cells.append(Cell(table, "", "", "", f"{name}:{line}", a.strip(), b.strip()))
    else:
        line = _first_difference(one, other)
        other_words = f"{name}:{line}"
        if _compare_digits("\n".join(one), "\n".join(other), values) is None:
            sides = (side[line - 1].strip() if line <= len(side) else "" for side in (one, other))
            cells.append(Cell(table, "", "", "", other_words, *sides))
    return PrintedDifferences(tuple(cells), (other_words,) if other_words else (), (), ties)


def _first_difference(one: list[str], other: list[str]) -> int:
    pairs = enumerate(zip_longest(one, other), 1)
    return next(number for number, (a, b) in pairs if a != b)


def _compare_digits(one: str, other: str, values: _Values) -> int | None:
    """Number of ties between the numbers of two texts, in order; None where a number differs."""
    a, b = NUMBER.findall(one), NUMBER.findall(other)
    if len(a) != len(b):
        return None
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    return len(pairs) if all(values.allow(x, y) for x, y in pairs) else None


def _words(line: str) -> list[str]:
    return NUMBER.split(line)[::2]


def _lines(name: str, content: bytes) -> list[str]:
    """The text of a file in lines, in which zero has no sign."""
    is_zipped = name.endswith(ZIPPED)
    texts = _parts(content) if is_zipped else [EMBEDDED.sub(b"", content).decode("utf-8")]
    return [SIGN_OF_ZERO.sub("", line) for text in texts for line in text.splitlines()]


def _parts(content: bytes) -> Iterator[str]:
    """Texts of a zipped file, one XML element a line."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [m for m in archive.infolist() if not m.filename.startswith(OF_THE_WRITER)]
        if sum(member.file_size for member in members) > LARGEST_PART:
            raise ValueError(f"more than {LARGEST_PART} bytes unpacked")
        for member in sorted(members, key=lambda m: m.filename):
            yield member.filename
            yield archive.read(member).decode("utf-8").replace(">", ">\n")


def _embedded(content: bytes) -> set[bytes]:
    """Figures inside of a page; one that cannot be decoded as it stands."""
    contents = set()
    for text in EMBEDDED.findall(content):
        try:
            contents.add(base64.b64decode(text, validate=True))
        except binascii.Error:
            contents.add(text)
    return contents


def _is_same_figure(one: bytes, other: bytes) -> bool:
    """Whether two images have one size and the same pixels, but for the shade at the edges of a line."""
    # load matplotlib only for figures whose bytes differ
    from matplotlib.image import imread

    try:
        a, b = (imread(io.BytesIO(content), format="png") for content in (one, other))
    except Exception:  # no reader of images is safe from a stranger's file
        return False
    return a.shape == b.shape and bool(np.abs(a - b).max(initial=0.0) <= MOST_SHADE)

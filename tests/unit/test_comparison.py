"""Comparison by value: tolerances of each kind of number, cells, printed digits and ties, figures."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.artifacts.comparison import (
    NO_ROW,
    Numbers,
    compare_numbers,
    is_tie,
    joined,
    known_values,
    read_numbers,
)
from living_panel.estimation.artifacts.prints import NO_FILE, compare_printed
from living_panel.estimation.panel.canonical import content_hash

ROW = {
    "model": "m", "term": "x", "inference": "HC1", "estimate": 0.5, "std_error": 0.1, "statistic": 5.0,
    "df": 30.0, "p_value": 0.01, "ci_low": 0.3, "ci_high": 0.7, "n_obs": 31.0, "n_clusters": np.nan,
    "figures_status": "official",
}  # fmt: skip
STATISTIC = {"model": "m", "term": "", "statistic": "r_squared", "inference": "", "value": 0.25,
             "text": None}  # fmt: skip


def numbers(
    statistic: dict[str, object] | None = None, **changed: object
) -> dict[str, pd.DataFrame]:
    """Numbers of one model, with some of them changed."""
    return {
        "coefficients": pd.DataFrame([ROW | changed]),
        "statistics": pd.DataFrame([STATISTIC | (statistic or {})]),
    }


def level(stated: Numbers, found: Numbers) -> str:
    return compare_numbers("t", stated, found).level


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "same bytes"),
        ({"estimate": 0.5 * (1 + 9e-9)}, "same numbers"),  # relative
        ({"estimate": 0.5 * (1 + 2e-8)}, "different"),
        ({"estimate": np.nextafter(0.5, 1)}, "same numbers"),
        ({"std_error": 0.1 * (1 + 9e-9)}, "same numbers"),
        ({"std_error": 0.1 * (1 + 2e-8)}, "different"),
        ({"p_value": 0.01 + 9e-8}, "same numbers"),  # absolute
        ({"p_value": 0.01 + 2e-7}, "different"),
        ({"ci_high": 0.7 * (1 + 2e-8)}, "different"),
        ({"n_obs": 32.0}, "different"),
        ({"n_clusters": 5.0}, "different"),  # a value where there was none
        ({"figures_status": "authors"}, "different"),
        ({"term": "z"}, "different"),
        ({"estimate": np.nan}, "different"),
        ({"estimate": np.inf}, "different"),
    ],
)
def test_each_number_has_its_tolerance(changed: dict[str, object], said: str) -> None:
    assert level(numbers(), numbers(**changed)) == said
    assert level(numbers(**changed), numbers()) == said, "in the other direction"


@pytest.mark.parametrize(("difference", "said"), [(0.9e-11, "same numbers"), (2e-11, "different")])
def test_an_estimate_near_zero_is_measured_by_its_standard_error(
    difference: float, said: str
) -> None:
    near_zero = numbers(estimate=1e-9)
    assert level(near_zero, numbers(estimate=1e-9 + difference)) == said


def test_a_statistic_is_a_multiple_of_its_standard_error() -> None:
    small = pd.DataFrame([ROW | {"statistic": 1e-9}]), pd.DataFrame([ROW | {"statistic": 1.05e-9}])
    rest = numbers()["statistics"]
    one, other = ({"coefficients": frame, "statistics": rest} for frame in small)
    assert level(one, other) == "same numbers"


@pytest.mark.parametrize(
    ("statistic", "before", "after", "said"),
    [
        ("sargan_p_value", 0.01, 0.01 + 9e-8, "same numbers"),
        ("equality_holm", 0.01, 0.01 + 9e-8, "same numbers"),
        ("r_squared", 0.01, 0.01 + 9e-8, "different"),
        ("r_squared", 1e-13, -1e-13, "same numbers"),  # zero, as in every hash
        ("r_squared", 1e-13, 1e-11, "different"),
    ],
)
def test_statistics_have_the_tolerance_of_their_kind(
    statistic: str, before: float, after: float, said: str
) -> None:
    one, other = (numbers({"statistic": statistic, "value": v}) for v in (before, after))
    assert level(one, other) == said


def test_every_cell_that_differs_is_named_with_both_values() -> None:
    found = numbers({"text": "left out"}, estimate=0.6)
    compared = compare_numbers("t", numbers(), found)
    assert [(c.table, c.name, c.stated, c.found) for c in compared.cells] == [
        ("t", "m, x, HC1, estimate", 0.5, 0.6),
        ("t", "m, r_squared", 0.25, "left out"),
    ]


def test_exchanged_and_repeated_rows_are_found() -> None:
    two = pd.DataFrame([ROW, ROW | {"term": "z", "estimate": 0.9}])
    rest = numbers()["statistics"]
    stated = {"coefficients": two, "statistics": rest}
    assert level(stated, stated | {"coefficients": two.iloc[::-1]}) == "same bytes"
    exchanged = two.assign(estimate=two["estimate"].to_numpy()[::-1])
    assert len(compare_numbers("t", stated, stated | {"coefficients": exchanged}).cells) == 2
    repeated = stated | {"coefficients": pd.concat([two, two.tail(1)])}
    cells = compare_numbers("t", stated, repeated).cells
    assert cells and {c.stated for c in cells} == {NO_ROW}


def test_a_column_or_table_that_one_side_lacks_is_a_difference() -> None:
    without = numbers() | {"coefficients": pd.DataFrame([ROW]).drop(columns="ci_low")}
    assert level(without, numbers()) == level(numbers(), without) == "different"
    more = numbers() | {"specifications": pd.DataFrame({"model": ["a"], "controls": [["x", "z"]]})}
    assert level(more, numbers()) == level(numbers(), more) == "different"
    assert level(more, more) == "same bytes"


def test_lists_are_read_back_as_they_were_estimated(tmp_path: Path) -> None:
    curve = pd.DataFrame(
        {"model": ["a", "b"], "controls": [["x", "z"], []], "estimate": [0.1, 0.2]}
    )
    frames = numbers() | {"specifications": curve}
    for name, frame in frames.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    found = read_numbers(tmp_path)
    assert content_hash(found["specifications"]) == content_hash(curve)
    assert level(frames, found) == "same bytes"


def test_the_whole_has_the_worst_level_of_its_parts() -> None:
    parts = [compare_numbers("t", numbers(), numbers(estimate=e)) for e in (0.5, 0.5 + 1e-9, 0.6)]
    assert [joined(*parts[:n]).level for n in (1, 2, 3)] == [
        "same bytes",
        "same numbers",
        "different",
    ]


@pytest.mark.parametrize(
    ("stated", "found", "values", "said"),
    [
        ("0.310", "0.311", [0.3105], True),
        ("0.311", "0.310", [0.3105 + 1e-10], True),
        ("0.310", "0.311", [0.3104], False),  # no value lies between them
        ("0.310", "0.312", [0.311], False),
        ("12.3", "12.4", [0.1235], True),  # in per cent
        ("0.31", "0.310", [0.31], False),
        ("456", "457", [456.0, 457.0], False),
    ],
)
def test_a_last_digit_may_differ_where_a_value_is_a_tie(
    stated: str, found: str, values: list[float], said: bool
) -> None:
    assert is_tie(stated, found, np.array(values)) is said


TIED = numbers(estimate=0.3105)
PAGE = b"| fdi | 0.310*** |\n| Observations | 456 |\n"


@pytest.mark.parametrize(
    ("other", "cells", "words"),
    [
        (PAGE, 0, 0),
        (PAGE.replace(b"0.310", b"0.311"), 0, 0),  # a tie
        (PAGE.replace(b"0.310", b"0.320"), 1, 0),
        (PAGE.replace(b"456", b"457"), 1, 0),
        (PAGE.replace(b"0.310", b"-0.310"), 1, 0),
        (PAGE.replace(b"fdi", b"ecm"), 0, 1),
        (PAGE.replace(b"***", b""), 1, 0),
        (PAGE.replace(b"0.310***", rb"0.310\*\*"), 1, 0),
        (PAGE.replace(b"0.310***", b"0.311**"), 1, 0),
        (PAGE + b"one more line\n", 0, 1),
        (PAGE + b"one more number 5\n", 1, 1),
        (b"\xff", 1, 0),
    ],
)
def test_printed_digits_and_words_are_told_apart(other: bytes, cells: int, words: int) -> None:
    found = compare_printed("t", {"table.md": PAGE}, {"table.md": other}, (TIED, TIED))
    assert (len(found.cells), len(found.words)) == (cells, words)


def test_a_zero_has_no_sign_and_a_lost_file_is_a_difference() -> None:
    pages = ({"table.md": text} for text in (b"-0.000 and -0", b"0.000 and 0"))
    assert not compare_printed("t", *pages, (TIED, TIED)).cells
    (cell,) = compare_printed("t", {}, {"table.md": PAGE}, (TIED, TIED)).cells
    assert (cell.statistic, cell.stated) == ("table.md", NO_FILE)


def workbook(value: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", f"<c><v>{value}</v></c>")
        archive.writestr("docProps/core.xml", f"<time>{value}</time>")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("value", "cells"),
    [("0.3105000000000001", 0), ("0.3105", 0), ("0.3205", 1), ("0.3105000100000001", 1)],
)
def test_numbers_in_full_are_compared_as_values(value: str, cells: int) -> None:
    files = ({"table.xlsx": workbook(v)} for v in ("0.3104999999999999", value))
    assert len(compare_printed("t", *files, (TIED, TIED)).cells) == cells


def figure(shade: int) -> bytes:
    from matplotlib.image import imsave

    pixels = np.full((20, 20), 128, dtype="uint8")
    pixels[3, 3] += shade
    stream = io.BytesIO()
    imsave(stream, pixels, cmap="gray", vmin=0, vmax=255, format="png")
    return stream.getvalue()


@pytest.mark.parametrize(("shade", "differs"), [(0, False), (2, False), (60, True)])
def test_a_figure_may_differ_in_the_shade_of_an_edge(shade: int, differs: bool) -> None:
    files = ({"f.png": figure(s)} for s in (0, shade))
    assert bool(compare_printed("t", *files, (TIED, TIED)).figures) is differs
    other = compare_printed("t", {"f.png": figure(0)}, {"f.png": b"no image"}, (TIED, TIED))
    assert other.figures == ("f.png",)


def test_a_figure_inside_of_a_page_is_one_of_the_figures() -> None:
    def page(content: bytes) -> bytes:
        return b'<img src="data:image/png;base64,' + base64.b64encode(content) + b'">'

    good = {"f.png": figure(0), "table.html": page(figure(0))}
    forged = good | {"table.html": page(figure(99))}
    assert not compare_printed("t", good, good, (TIED, TIED)).figures
    assert compare_printed("t", forged, good, (TIED, TIED)).figures == ("table.html",)


def test_the_known_values_of_ties_are_magnitudes(tmp_path: Path) -> None:
    assert {0.3105, 0.25} <= set(known_values(numbers(estimate=-0.3105)))

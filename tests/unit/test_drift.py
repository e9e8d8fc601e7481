"""The decomposition of a coefficient's movement: each part alone, all together, and its axioms.

Two releases are made that differ in exactly one way; the part of that name must carry the whole movement
and every other part must be zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from living_panel.estimation.artifacts import artifact
from living_panel.estimation.artifacts.drift import (
    PARTS,
    Comparison,
    Mixtures,
    State,
    absent_state,
    changed_cells,
    decompose,
    release_diff,
    shapley,
)
from living_panel.estimation.artifacts.drift_picture import draw_drift
from living_panel.estimation.artifacts.drift_words import (
    Order,
    _count,
    _stars,
    absorbed_share,
    curve_lines,
    in_words,
    movers,
    paper_sentences,
    printed_findings,
    same_numbers_sentence,
    sentences,
    to_text,
)
from living_panel.estimation.econometrics.statistic import STARLESS
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec, Unit
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.tables.estimate import points
from living_panel.orchestration.assets import comparisons as stored_drift
from living_panel.orchestration.assets import table_drift
from living_panel.orchestration.assets.sides import Side
from living_panel.orchestration.root.settings import Settings
from tests.unit.release_fixture import release_with

PROVINCES = [f"{code}0000" for code in (11, 12, 13, 14, 15, 21, 22, 23)]
MEASURES = ("trade", "fdi", "labour")
Cell = tuple[str, str, int]


class Figures:
    """Observations that can be changed one by one, and made into a release."""

    def __init__(self, first: int = 2010, last: int = 2016) -> None:
        generator = np.random.default_rng(11)
        self.rows: dict[Cell, dict[str, object]] = {}
        self.breaks: list[tuple[str, str, int]] = []
        for measure in MEASURES:
            for province in PROVINCES:
                level = generator.normal(4, 0.5)
                for year in range(2010, 2018):
                    value = float(np.exp(level + generator.normal(0.05 * (year - 2010), 0.2)))
                    if first <= year <= last:
                        self.put((measure, province, year), value)

    def put(self, cell: Cell, value: float, **origin: object) -> None:
        """Set a cell, as printed in the first file unless said otherwise."""
        measure, _, year = cell
        self.rows[cell] = {
            "value": value, "source": "yearbook", "indicator_label": measure, "unit": "u", "edition": 2018,
            "vintage": "2018-10-01", "file": "a.csv", "sha256": "a" * 64, "location": f"row {cell}",
            "value_printed": repr(value), "status": "official", "quality": "high", "note": "",
        } | origin  # fmt: skip

    def scale(self, cells: Iterable[Cell], factor: float, **origin: object) -> None:
        """Multiply cells, keeping what is printed in the file unless said otherwise."""
        for cell in cells:
            old = self.rows[cell]
            self.rows[cell] = old | {"value": float(str(old["value"])) * factor} | origin

    def remove(self, cells: Iterable[Cell]) -> None:
        for cell in cells:
            del self.rows[cell]

    def release(self) -> Release:
        long = pd.DataFrame(
            [
                {"measure": m, "province_code": p, "year": y, **row}
                for (m, p, y), row in self.rows.items()
            ]
        )
        years = range(2010, int(long["year"].max()) + 1)
        index = pd.MultiIndex.from_product([PROVINCES, years], names=["province_code", "year"])
        panel = long.pivot(index=["province_code", "year"], columns="measure", values="value")
        panel = panel.reindex(index=index, columns=list(MEASURES)).rename_axis(columns=None)
        provinces = pd.DataFrame({"province_code": PROVINCES, "province": PROVINCES})
        return release_with(panel, long, provinces, self.breaks)


def spec(last_year: int | str = "newest", **options: object) -> Spec:
    """Trade on FDI and labour from 2011; labour of 2013 may be filled."""
    variables = {m: {"measures": [m], "label": m, "log": True, "concept": m} for m in MEASURES}
    block = {
        "id": "b", "title": "b", "dependent": "trade", "enter": ["fdi", "labour"], "beside_printed": False,
        "sample": {"provinces": "all", "first_year": 2011, "last_year": last_year, "without_years": [],
                   "minimum_coverage": 0.5},
        "interpolation": {"method": "linear", "years": {"labour": [2013]}},
    }  # fmt: skip
    return Spec.model_validate(
        {
            "table": "x_drift", "kind": "fixed_effects", "title": "t", "question": "q", "variables": variables,
            "stars": {"*": 0.1},
            "options": {"blocks": [block], "inference": [], "primary": "p", "beside": {}, "constant": True},
        }
    )  # fmt: skip


def state(figures: Figures, of: Spec | None = None, shift: float = 0.0, stars: str = "") -> State:
    """A side whose stored estimates are those of today's code, moved by `shift`."""
    of, release = of or spec(), figures.release()
    stored = points(of, release) + shift
    return State(release, of, stored, dict.fromkeys(stored.index, stars))


def moved(old: State, new: State) -> pd.DataFrame:
    """Movement of every coefficient, by model and term."""
    cells = changed_cells(old.release, new.release)
    return decompose("x_drift", old, new, points, cells).set_index(["model", "term"])


def row_of(drift: pd.DataFrame, model: str, term: str) -> dict[str, object]:
    """One row of `moved` as the words take it."""
    return {"model": model, "term": term, **drift.loc[(model, term)]}


def cells(measure: str, years: Iterable[int], provinces: Iterable[str] = PROVINCES) -> list[Cell]:
    return [(measure, p, y) for p in provinces for y in years]


NEW_FILE = {"sha256": "b" * 64, "file": "b.csv", "value_printed": "another", "edition": 2019}


EVERY = [cell for measure in MEASURES for cell in cells(measure, [2015, 2016])]
LAST = cells("fdi", range(2010, 2017), [PROVINCES[7]])


def _restate(old: Figures, new: Figures) -> None:
    new.scale(cells("fdi", [2014], PROVINCES[:3]), 1.3, **NEW_FILE)


def _another_winner(old: Figures, new: Figures) -> None:
    towns = {**NEW_FILE, "indicator_label": "labour, of towns"}
    new.scale(cells("labour", [2012], PROVINCES[5:]), 1.2, **towns)


def _add_years(old: Figures, new: Figures) -> None:
    new.rows |= {cell: row for cell, row in Figures(last=2017).rows.items() if cell[2] == 2017}


def _move_a_neighbour(old: Figures, new: Figures) -> None:
    """Labour of 2013 is missing; it is filled from the value of 2010, outside the window."""
    for figures in (old, new):
        figures.remove(cells("labour", [2011, 2012, 2013]))
    new.scale(cells("labour", [2010], PROVINCES[:4]), 1.5, **NEW_FILE)


def _end_at_a_break(old: Figures, new: Figures) -> None:
    for figures in (old, new):
        figures.remove(cells("labour", [2013]))
    new.breaks.append(("labour", PROVINCES[0], 2013))


CHANGES: dict[str, tuple[str, Callable[[Figures, Figures], None]]] = {
    "restated cells": ("restated", _restate),
    "cells filled in": (
        "filled_in", lambda old, new: old.remove(cells("fdi", [2014], PROVINCES[3:5]))),
    "cells removed": (
        "removed", lambda old, new: new.remove(cells("trade", [2015], PROVINCES[4:6]))),
    "a unit rule": (
        "rule", lambda old, new: new.scale(cells("labour", [2015, 2016], PROVINCES[:2]), 0.5)),
    "another winner": ("rule", _another_winner),
    "added years": ("years", _add_years),
    "an added province": ("provinces", lambda old, new: old.remove(LAST)),
    "years that leave": ("years", lambda old, new: new.remove(EVERY)),
    "a province that leaves": ("provinces", lambda old, new: new.remove(LAST)),
    "a neighbour of a filled cell": ("interpolation", _move_a_neighbour),
    "a break across a filled cell": ("interpolation", _end_at_a_break),
}  # fmt: skip


def changed_by(*changes: str) -> tuple[Figures, Figures]:
    """Values before and after some of the changes."""
    old, new = Figures(), Figures()
    for change in changes:
        CHANGES[change][1](old, new)
    return old, new


def only(drift: pd.DataFrame, part: str) -> None:
    """This part carries the whole movement, every other is zero."""
    assert (drift["status"] == "moved").all()
    assert (drift[part].abs() > 1e-6).all(), drift[[*PARTS, "change"]]
    np.testing.assert_allclose(drift[part], drift["change"], rtol=0, atol=1e-12)
    others = drift[[p for p in (*PARTS, "code") if p != part]].astype(float)
    assert others.abs().max(axis=None) < 1e-12, others


@pytest.mark.parametrize("change", CHANGES)
def test_one_change_moves_its_own_part_and_no_other(change: str) -> None:
    old, new = changed_by(change)
    only(moved(state(old), state(new)).loc[["b.2"]], CHANGES[change][0])  # with every variable


def test_another_specification_alone() -> None:
    only(moved(state(Figures()), state(Figures(), spec(last_year=2015))), "spec")


@pytest.mark.parametrize("shifts", [(-0.25, 0.0), (0.0, 0.25)])
def test_other_code_alone(shifts: tuple[float, float]) -> None:
    """The stored side differs from the result of today's code on the same release."""
    drift = moved(*(state(Figures(), shift=s) for s in shifts))
    only(drift, "code")
    np.testing.assert_allclose(drift["code"], 0.25, rtol=0, atol=1e-12)


def test_nothing_changed_is_nothing_moved() -> None:
    drift = moved(state(Figures()), state(Figures()))
    assert (drift["status"] == "unchanged").all()
    assert (drift[[*PARTS, "code"]].astype(float) == 0).all(axis=None)


def test_provinces_moved_to_another_region_move_what_rests_on_regions() -> None:
    """A column that one side alone has is no movement; a region that changes in both is."""
    release = Figures().release()
    sides = [release.provinces.assign(region=[*"EW" * 3, "E", name]) for name in "WE"]
    plain, west, east = release, *(replace(release, provinces=p) for p in sides)

    def easterners(of: Spec, release: Release) -> pd.Series:
        names = release.provinces.get("region", pd.Series(dtype="str"))
        return pd.Series({("b", "n"): float((names == "E").sum())})

    def row(*releases: Release) -> pd.Series:
        old, new = (State(r, spec(), easterners(spec(), r), {}) for r in releases)
        none = changed_cells(old.release, new.release)
        return decompose("x_drift", old, new, easterners, none).iloc[0]

    moved = row(west, east)
    assert (moved["old"], moved["new"], moved["provinces"], moved["code"]) == (4, 5, 1, 0)
    assert row(plain, west)["provinces"] == 0


Everything = tuple[State, State, pd.DataFrame]


@pytest.fixture(scope="module")
def everything() -> Everything:
    """All changes at once, the specification's and the code's among them: 256 re-estimations."""
    old, new = changed_by("restated cells", "cells filled in", "cells removed", "a unit rule", "added years",
                     "an added province")  # fmt: skip
    for figures in (old, new):
        figures.remove(cells("labour", [2013]))
    new.scale(cells("labour", [2012], PROVINCES[6:7]), 1.5, **NEW_FILE)
    new.breaks.append(("labour", PROVINCES[2], 2013))
    left = state(old, shift=0.125)
    wanted = spec(last_year=2016)
    block = {**wanted.options["blocks"][0], "enter": ["labour", "fdi"]}
    other = wanted.model_copy(update={"options": wanted.options | {"blocks": [block]}})
    right = state(new, other)
    return left, right, moved(left, right)


@pytest.mark.slow
def test_all_changes_at_once_are_all_found_and_add_up_and_terms_appear_and_go(
    everything: Everything,
) -> None:
    _, _, drift = everything
    full = drift.loc[[("b.2", "fdi"), ("b.2", "labour"), ("b.2", "constant")]]
    parts = full[[*PARTS, "code"]].astype(float)
    assert (full["status"] == "moved").all()
    np.testing.assert_allclose(parts.sum(axis=1), full["change"].astype(float), rtol=0, atol=1e-12)
    assert (parts.drop(columns="quality").abs() > 1e-9).all(axis=None), parts
    np.testing.assert_allclose(parts["code"], -0.125, rtol=0, atol=1e-12)
    assert drift.loc[("b.1", "labour"), "status"] == "appeared"
    assert drift.loc[("b.1", "fdi"), "status"] == "gone"
    assert drift.loc[("b.1", "fdi"), "reason"] == "no such term"
    assert in_words(row_of(drift, "b.1", "fdi")) == "x_drift b.1 fdi: gone (no such term)"


@pytest.mark.slow
def test_the_mixture_in_which_all_has_moved_is_the_new_release(everything: Everything) -> None:
    old, new, _ = everything
    mixtures = Mixtures(old, new, changed_cells(old.release, new.release))
    of, release = mixtures.state(frozenset(PARTS))
    pd.testing.assert_frame_equal(release.panel[list(MEASURES)], new.release.panel[list(MEASURES)])
    pd.testing.assert_series_equal(points(of, release), points(new.spec, new.release))
    of, release = mixtures.state(frozenset())
    assert release.panel.index.equals(old.release.panel.index), "no year of the new release"
    pd.testing.assert_series_equal(points(of, release), points(old.spec, old.release))


@pytest.mark.slow
def test_the_differences_are_counted_by_indicator_and_part(everything: Everything) -> None:
    old, new, _ = everything
    diff = release_diff(changed_cells(old.release, new.release))
    assert diff.set_index(["measure", "part"])["cells"].to_dict() == {
        ("fdi", "restated"): 3, ("fdi", "filled_in"): 2, ("fdi", "provinces"): 7,
        ("trade", "removed"): 2, ("labour", "rule"): 4, ("labour", "restated"): 1,
        **{(measure, "years"): len(PROVINCES) for measure in MEASURES},
    }  # fmt: skip


def test_a_mixture_that_cannot_be_estimated_is_named() -> None:
    """Old and new each cover the sample; with the removals alone too little remains."""
    old, new = Figures(), Figures()
    early, late = range(2011, 2014), range(2014, 2017)
    old.remove(cells("fdi", late, PROVINCES[:7]))
    new.remove(cells("fdi", early, PROVINCES[:7]))
    drift = moved(state(old), state(new))
    row = drift.loc[("b.1", "fdi")]
    assert row["status"] == "not decomposed"
    assert row["reason"] == "not estimable if only removed changes"
    assert pd.notna(row["change"])
    words = in_words(row_of(drift, "b.1", "fdi"))
    assert "not decomposed" in words and "last printed digit" not in words


def test_a_specification_that_names_a_new_unit_stops_no_comparison() -> None:
    old, new = changed_by("an added province")
    left, named = state(old), spec()
    known = left.release.provinces.iloc[:-1]
    left = replace(left, release=replace(left.release, provinces=known))
    [block] = named.options["blocks"]
    block = block | {"sample": block["sample"] | {"provinces": PROVINCES}}
    right = state(new, named.model_copy(update={"options": named.options | {"blocks": [block]}}))
    assert set(moved(left, right)["reason"]) == {"not estimable if only spec changes"}


@pytest.mark.parametrize(("before", "after"), [("", "*"), ("*", ""), ("*", "**")])
def test_a_star_gained_or_lost_is_named(before: str, after: str) -> None:
    old, new = changed_by("restated cells")
    drift = moved(state(old, stars=before), state(new, stars=after))
    words = in_words(row_of(drift, "b.1", "fdi"))
    assert f"stars {before or 'none'} -> {after or 'none'}" in words
    assert "restated cells" in words
    assert "removed values" not in words
    said = comparison_sentences(old, new, drift)
    verb = "gained" if len(after) > len(before) else "lost"
    assert sum(f"Stars {verb} by 3 coefficients (x_drift 3)" in line for line in said) == 1


def comparison_sentences(
    old: Figures, new: Figures, drift: pd.DataFrame | None = None
) -> list[str]:
    left, right = old.release(), new.release()
    drift = moved(state(old), state(new)) if drift is None else drift
    return sentences(("2018", "2019"), comparison(left, right, drift))


def comparison(left: Release, right: Release, drift: pd.DataFrame) -> Comparison:
    cells_, kinds = changed_cells(left, right), {"x_drift": "official"}
    return Comparison("x_1990", (left, right), cells_, drift.reset_index(), kinds)


def test_the_same_stars_are_not_mentioned_and_the_picture_is_drawn() -> None:
    old, new = changed_by("restated cells")
    drift = moved(state(old, stars="*"), state(new, stars="*"))
    assert "No star was gained or lost." in comparison_sentences(old, new, drift)
    picture = draw_drift(drift.reset_index(), "title", "Kind of values: official")
    assert picture.png.startswith(b"\x89PNG") and picture.svg.startswith(b"<?xml")


def test_stars_of_small_tables_are_named_first() -> None:
    drift = pd.DataFrame({"table_id": [*["curve"] * 6, "t04"], "model": list("abcdefg")})
    drift = drift.assign(
        term="fdi", old=0.1, new=[*np.arange(7) + 0.2], old_stars="", new_stars="*"
    )
    drift["stars_undecided"] = False
    (line,) = _stars(drift)
    assert line.startswith("Stars gained by 7 coefficients (curve 6, t04 1): t04 g fdi none -> *; ")
    assert line.endswith("; curve d fdi none -> * and 2 more.")
    assert _stars(drift[:1]) == ["Stars gained by 1 coefficient (curve 1): curve a fdi none -> *."]


def test_moved_is_moved_although_nothing_can_be_re_estimated() -> None:
    """Both re-estimates are missing: that says nothing about what is stored."""
    name = pd.MultiIndex.from_tuples([("other", "x"), ("same", "x")], names=["model", "term"])
    left, right = (
        State(Figures().release(), spec(), pd.Series(values, name), {})
        for values in ([0.1, 0.5], [0.3, 0.5 + 1e-13])
    )
    drift = moved(left, right)
    assert drift.loc[("other", "x"), "change"] == pytest.approx(0.2)
    assert drift.loc[("other", "x"), "status"] == "not decomposed"
    assert drift.loc[("other", "x"), "reason"] == (
        "today's code gives no estimate on the older release"
    )
    assert drift.loc[("same", "x"), "status"] == "unchanged"
    assert drift[[*PARTS, "code"]].isna().all(axis=None)
    cells_ = changed_cells(left.release, right.release)
    without = decompose("x", left, right, None, cells_).set_index("model")["reason"]
    assert without["other"].startswith("this kind of table")
    unread = State(left.release, None, left.stored, {})
    reason = decompose("x", unread, right, points, cells_).set_index("model")["reason"]
    assert reason["other"] == "today's code does not read the older spec"


@settings(max_examples=30, deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(-3, 3), st.integers(-1, 1))
def test_unchanged_is_a_change_below_the_last_stored_digit(
    size: float, digits: float, sign: int
) -> None:
    """Ten significant digits are stored, and nothing below 1e-12."""
    digit = max(10.0 ** (np.floor(np.log10(size)) - 9), 1e-12)
    change = sign * digit * 10**digits
    name = pd.MultiIndex.from_tuples([("m", "x")], names=["model", "term"])
    sides = [
        State(SAME.release, SAME.spec, pd.Series([v], name), {}) for v in (size, size + change)
    ]
    status = decompose("x", *sides, None, SAME_CELLS).loc[0, "status"]
    if abs(change) < 0.5 * digit:
        assert status == "unchanged"
    if abs(change) > 2 * digit:
        assert status == "not decomposed"


SAME = state(Figures())
SAME_CELLS = changed_cells(SAME.release, SAME.release)


@pytest.mark.long
def test_swapping_the_states_turns_every_part_round() -> None:
    old, new = changed_by("restated cells", "added years", "an added province", "cells removed")
    there, back = moved(state(old), state(new)), moved(state(new), state(old))
    swap = {"filled_in": "removed", "removed": "filled_in"}
    for part in (*PARTS, "code"):
        np.testing.assert_allclose(
            there[part].astype(float), -back[swap.get(part, part)].astype(float), atol=1e-12
        )


def test_words_of_a_restatement_that_year_effects_absorb() -> None:
    """All of 2014 doubled: the effect of that year takes it, and the words say so."""
    old, new = Figures(), Figures()
    new.scale(cells("fdi", [2014]), 2.0, **NEW_FILE)
    assert absorbed_share(old.release(), new.release(), "fdi") == pytest.approx(1.0)
    said = " ".join(comparison_sentences(old, new))
    words = "Edition 2019 of yearbook restated fdi in 8 provinces, 2014: by 100.0% in the median"
    assert words in said
    assert "Restated cells moved no coefficient by 0.001 or more." in said
    assert "absorb 100% of fdi's restatement (variation" in said
    assert "moved by 0.001 or more" not in said


def test_a_restatement_below_what_is_printed_is_not_called_zero() -> None:
    old, new = Figures(), Figures()
    new.scale(cells("fdi", [2014]), 1.0001, **NEW_FILE)
    said = " ".join(comparison_sentences(old, new))
    assert "restated fdi in 8 provinces, 2014: by less than 0.05%." in said


def test_a_restatement_from_zero_is_told_and_stops_no_comparison() -> None:
    """A count that was zero and is one; its logarithm enters nothing."""
    old, new = Figures(), Figures()
    for figures, value in ((old, 0.0), (new, 1.0)):
        figures.put(("fdi", PROVINCES[0], 2010), value, **(NEW_FILE if value else {}))
    said = " ".join(comparison_sentences(old, new))
    assert "Edition 2019 of yearbook restated fdi in 1 province, 2010: 1 from zero." in said
    assert "absorb" not in said
    assert (
        release_diff(changed_cells(old.release(), new.release()))["largest_relative_change"]
        .isna()
        .all()
    )


def test_words_turn_when_only_some_provinces_are_restated() -> None:
    old, new = changed_by("restated cells")
    left, right = old.release(), new.release()
    # d_it = log 1.3 in 3 of 8 provinces of one of 7 years: around the mean 3/56 its sum of squares is
    # 3 (1-3/56), of which (1-3/8)(1-1/7) of 3 remains
    assert absorbed_share(left, right, "fdi") == pytest.approx(1 - (5 / 8) * (6 / 7) / (53 / 56))
    all_over = Figures()
    all_over.scale(cells("fdi", range(2010, 2017)), 1.3, **NEW_FILE)
    assert absorbed_share(left, all_over.release(), "fdi") == 1.0, "one factor for all"
    assert np.isnan(absorbed_share(left, left, "fdi"))
    said = " ".join(comparison_sentences(old, new))
    assert "Restated cells moved 3 coefficients (x_drift 3) by 0.001 or more" in said
    assert "Of 3 slopes, 3 moved by 0.001 or more" in said
    assert " moved " in said and said.count(" moved no coefficient") == 0  # no word of other parts
    rows = moved(state(old), state(new))
    for size, words in (
        (0.0009, "no coefficient by 0.001 or more."),
        (0.001, "3 coefficients (x_dr"),
    ):
        small = sentences(("a", "b"), comparison(left, right, rows.assign(restated=size)))
        assert any(line.startswith(f"Restated cells moved {words}") for line in small)
    rows["status"] = "not decomposed"
    lost = sentences(("a", "b"), comparison(left, right, rows))
    assert lost[-1].endswith(" 3 that moved are not decomposed.")


def test_words_of_years_that_come_and_leave_and_of_simulated_figures() -> None:
    old, new = changed_by("added years")
    there = " ".join(comparison_sentences(old, new))
    back = " ".join(comparison_sentences(new, old))
    assert "Came: 2017 of fdi, labour, trade." in there
    assert "Left: 2017 of fdi, labour, trade." in back
    assert "Kind of values: official in x_drift." in there
    new.scale(cells("fdi", [2014]), 1.0, status="simulated")
    said = comparison_sentences(old, new)
    assert "SIMULATED VALUES: fdi is simulated" in " ".join(said)
    back = comparison_sentences(new, old)
    assert "SIMULATED VALUES: fdi is simulated" in " ".join(back), "the older side's count as well"


def test_stored_text_and_picture_of_a_comparison_carry_the_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides = {"2018": Figures(), "2019": Figures()}
    sides["2019"].scale(cells("fdi", [2014]), 1.3, status="simulated")
    manifest = {"figures_status": "simulated", "spec": {"kind": "fixed_effects"}}
    for module, name in ((stored_drift, "load_release"), (table_drift, "release_in")):
        monkeypatch.setattr(module, name, lambda folder: sides[folder.name].release())
    monkeypatch.setattr(
        table_drift, "read_state", lambda _, release, table, name: (state(sides[name]), manifest)
    )
    labels: list[str] = []
    save = Figure.savefig

    def noting(figure: Figure, *given: object, **named: object) -> None:
        labels.append(figure.get_suptitle())
        save(figure, *given, **named)

    monkeypatch.setattr(Figure, "savefig", noting)
    old, new = (
        Side(n, ({"table_id": "x_drift", "artifact_id": n, "release_id": n},)) for n in sides
    )
    monkeypatch.setattr(stored_drift, "compute", lambda calls, *_: [call() for call in calls])
    settings = Settings(root=tmp_path, state=tmp_path)
    files = stored_drift._files(settings, "id", old, new, print)
    mark = "SIMULATED VALUES: fdi is simulated"
    assert mark in files["drift.md"].decode() and mark in files["drift.txt"].decode()
    assert labels and mark in labels[0]


def test_the_largest_comes_first_whatever_its_class_and_nothing_below_a_printed_digit() -> None:
    rows = {
        "table_id": ["t", "t", "u", "u", "u"], "model": list("abcde"), "term": ["x"] * 4 + ["constant"],
        "old": 0.0, "new": [0.01, 0.0004, 0.5, 0.02, 9.0], "change": [0.01, 0.0004, 0.5, 0.02, 9.0],
        "old_stars": "", "new_stars": "", "std_error": [0.001, 0.1, 0.1, 0.001, 0.1],
        "status": ["moved", "moved", "not decomposed", "moved", "moved"],
        "reason": ["", "", "a reason", "", ""],
    }  # fmt: skip
    drift = pd.DataFrame(rows).assign(**dict.fromkeys((*PARTS, "code"), np.nan))
    # over standard errors: d 20, a 10, c 5
    assert movers(drift)["model"].tolist() == ["d", "c", "a"]
    assert movers(drift, Order(first=frozenset({"t"})))["model"].tolist() == ["a", "d", "c"]
    assert movers(drift.assign(std_error=np.nan))["model"].tolist() == ["c", "d", "a"]
    assert movers(drift, Order(curves=frozenset({"u"})))["model"].tolist() == ["a"]
    (line,) = curve_lines(drift, Order(curves=frozenset({"u"})))
    assert line == "u: 3 of 3 estimates moved by 0.001 or more, by 0.500 in the median"
    text = to_text(["From one to the other."], drift, release_diff(SAME_CELLS))
    reason = "u c x: 0.000 -> 0.500, 5.00 standard errors (not decomposed: a reason)"
    assert text.index("u d x") < text.index(reason)
    assert "- u: 1 coefficient not decomposed (c): a reason" in text
    assert "t b x" not in text and "\\" not in text
    parts = {"restated": 0.0104, "years": -0.0004}
    assert in_words(drift.iloc[0].to_dict() | parts).endswith("(restated cells +0.010)")
    assert "4 moved by 0.001 or more, 1 moved by less, which no table prints" in _count(drift)


PLAYERS = ("a", "b", "c", "d")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-10, 10, width=32), min_size=16, max_size=16))
def test_shapley_is_the_mean_over_all_orders_and_efficient(values: list[float]) -> None:
    def worth(some: frozenset[str]) -> float:
        return values[sum(1 << PLAYERS.index(p) for p in some)]

    found = shapley(PLAYERS, worth)
    orders = list(permutations(PLAYERS))
    for player in PLAYERS:
        adds = [
            worth(frozenset(o[: o.index(player) + 1])) - worth(frozenset(o[: o.index(player)]))
            for o in orders
        ]
        assert found[player] == pytest.approx(sum(adds) / len(orders), abs=1e-9)
    whole = worth(frozenset(PLAYERS)) - worth(frozenset())
    assert sum(found.values()) == pytest.approx(whole, abs=1e-9)


def test_a_spec_that_todays_code_does_not_read_is_named_and_stops_nothing() -> None:
    other = spec().model_copy(update={"options": {"of": "another form"}})
    gone = spec().model_copy(update={"kind": "panel_estimators"})
    for unread in (other, gone):
        old = State(SAME.release, unread, SAME.stored + 1, {})
        frame = decompose("x", old, SAME, points, SAME_CELLS)
        assert set(frame["reason"]) == {"today's code gives no estimate on the older release"}


def test_words_of_a_papers_own_data_bear_its_name() -> None:
    old, new = Figures(), Figures()
    new.scale(cells("fdi", [2014], PROVINCES[:1]), 2.0, **NEW_FILE)
    left, right = old.release(), new.release()
    of = comparison(left, right, moved(state(old), state(new)))
    country = Unit(name="country", plural="countries")
    said = paper_sentences(replace(of, unit=country, carried=("x_drift m t: carried.",)))
    assert all(s.paper == "x_1990" and s.text.startswith("x_1990: ") for s in said)
    restated = "Edition 2019 of yearbook restated fdi in 1 country, 2014: by 100.0%"
    assert any(restated in s.text for s in said)
    text = " ".join(s.text for s in said)
    assert "Country and year effects" in text and "province" not in text.lower()
    assert text.endswith("x_1990: x_drift m t: carried.")


def test_units_that_came_have_the_papers_plural() -> None:
    old, new = changed_by("an added province")
    of = comparison(old.release(), new.release(), moved(state(old), state(new)))
    country = Unit(name="country", plural="countries")
    text = " ".join(s.text for s in paper_sentences(replace(of, unit=country)))
    assert "ountries that came or left" in text and "province" not in text.lower()
    assert "countrys" not in text and "{" not in text
    table = to_text(["x"], of.drift, release_diff(of.cells)).partition("Cells that differ")[2]
    assert "| units" in table or "units |" in table
    assert "province" not in table
    assert Order(units={"x": country}).unit_of(["x"]) == country
    assert Order(units={"x": country}).unit_of(["x", "y"]).plural == "units"


def test_a_paper_without_a_change_has_no_sentence() -> None:
    left = Figures().release()
    old = Figures()
    same = moved(state(old), state(old))
    assert paper_sentences(comparison(left, left, same)) == []


def test_printed_findings_that_moved_are_named_with_their_paper() -> None:
    """Pooled public capital, printed .155 (.017), and a star of the within column alone."""
    frame = pd.DataFrame(
        [("munnell_1990_productivity", f"states.{m}", t, a, b, b - a, s)
         for m, t, a, b, s in (("pooled", "pcap", 0.155, 0.168, "**"), ("within", "pcap", -0.026, -0.0261, "*"),
                               ("random", "pc", 0.311, 0.3114, ""))],
        columns=["table_id", "model", "term", "old", "new", "change", "new_stars"],
    ).assign(old_stars=["**", "", ""])  # fmt: skip
    papers = {"munnell_1990": load_paper("munnell_1990")}
    (said,) = printed_findings(frame, papers)
    assert said.paper == "munnell_1990"
    assert said.text == (
        "Printed findings of munnell_1990: our estimate changed for 2 of 3: "
        "Table of one-way error component results, OLS, ln K1, printed 0.155 (0.017): 0.155** -> 0.168**; "
        "Table of one-way error component results, Within, ln K1, printed -0.026 (0.029): -0.026 -> -0.026*."
    )
    still = frame.assign(change=0.0, old_stars="", new_stars="")
    assert printed_findings(still, papers) == [
        ("Our estimate changed for no printed finding of any paper.", "")
    ]


def test_what_no_variable_names_costs_no_estimate() -> None:
    given = spec()
    [block] = given.options["blocks"]
    block = block | {"enter": ["fdi"], "interpolation": {"method": "none"}}
    update = {
        "variables": {m: given.variables[m] for m in ("trade", "fdi")},
        "options": given.options | {"blocks": [block]},
    }
    narrow, figures = given.model_copy(update=update), Figures()
    _another_winner(Figures(), figures)
    old, new = state(Figures(), narrow), state(figures, narrow, shift=0.1)
    asked: list[Release] = []

    def counted(of: Spec, release: Release) -> pd.Series:
        asked.append(release)
        return points(of, release)

    decompose("x_drift", old, new, counted, changed_cells(old.release, new.release))
    assert len(asked) == 1, "labour has moved, which the table does not use"


def _starred(**columns: object) -> pd.DataFrame:
    base = {"table_id": "t", "term": "fdi", "stars_undecided": False}
    return pd.DataFrame(base | columns)


def test_a_star_that_vanishes_with_its_column_is_named() -> None:
    rows = _starred(model=["a", "b"], old=[0.3, np.nan], new=[np.nan, 0.4],
                    old_stars=["***", ""], new_stars=["", "*"])  # fmt: skip
    assert _stars(rows) == [
        "Stars vanished with 1 coefficient (t 1): t a fdi *** -> none.",
        "Stars came with 1 coefficient (t 1): t b fdi none -> *.",
    ]


def test_one_regression_in_two_blocks_loses_its_star_once() -> None:
    rows = _starred(model=["a.1", "b.1", "c.1"], old=[0.3, 0.3, 0.3], new=[0.2, 0.2, 0.21],
                    old_stars="**", new_stars="")  # fmt: skip
    assert _stars(rows) == [
        "Stars lost by 2 coefficients (t 2): t a.1 fdi ** -> none (also in b.1); t c.1 fdi ** -> none."
    ]


def test_stars_within_the_monte_carlo_error_are_told_apart() -> None:
    rows = _starred(model=["a", "b"], old=0.3, new=[0.2, 0.1], old_stars="**", new_stars="*",
                    stars_undecided=[False, True])  # fmt: skip
    first, second = _stars(rows)
    assert first.startswith("Stars lost by 1 coefficient (t 1): t a ")
    assert second.startswith("Stars lost, within the Monte Carlo error of the bootstrap, by 1 ")


def test_a_p_value_near_a_level_is_undecided_by_the_draws_of_the_bootstrap() -> None:
    """2.576 errors of 999 draws: .0194 at p = .06, .0215 at .075, .0114 at .02, .0026 at none of 999."""
    way = "bootstrap:blocks_of_years:percentile_t"
    manifest = {"spec": {"options": {"primary": way, "bootstrap": {"draws": 999}},
                         "stars": {"***": 0.01, "**": 0.05}}}  # fmt: skip
    p = [0.06, 0.075, 0.3, 0.0, 0.02]
    frame = pd.DataFrame({"model": list("abcde"), "term": "x", "inference": way, "p_value": p})
    none = pd.DataFrame({"model": [], "statistic": [], "term": [], "text": []})
    assert {m for m, _ in artifact.undecided_stars(frame, none, manifest)} == {"a", "e"}
    starless = pd.DataFrame({"model": ["a"], "statistic": [STARLESS], "term": "", "text": "why"})
    assert {m for m, _ in artifact.undecided_stars(frame, starless, manifest)} == {"e"}
    wild = "wild_cluster_bootstrap:rademacher"
    manifest["spec"]["options"] = {"primary": wild}
    left_open = pd.DataFrame(
        {"model": ["b"], "statistic": ["monte_carlo_error"], "term": "", "text": None}
    )
    found = artifact.undecided_stars(frame.assign(inference=wild), left_open, manifest)
    assert found == {("b", "x")}
    manifest["spec"]["options"] = {"primary": "cr3:jackknife:t(G-1)"}
    assert not artifact.undecided_stars(frame, left_open, manifest)


def test_a_table_on_one_side_only_is_listed_with_the_reason() -> None:
    there = state(Figures())
    none = absent_state(there.release, "the table is not among these results")
    for old, new, status in ((none, there, "appeared"), (there, none, "gone")):
        rows = moved(old, new)
        assert set(rows["status"]) == {status}
        assert set(rows["reason"]) == {"the table is not among these results"}
        text = to_text(["x"], rows.reset_index(), release_diff(SAME_CELLS))
        assert f"{status} (b.1, b.2): the table is not among these results" in text


def test_a_column_that_the_newer_state_refuses_is_gone_with_the_refusal() -> None:
    left, right = state(Figures()), state(Figures())
    kept = right.stored.drop("b.2", level="model")
    right = replace(right, stored=kept, refusals={"b.2": "no value of labour"})
    rows = moved(left, right)
    assert set(rows.loc["b.2", "reason"]) == {"no value of labour"}
    assert set(rows.loc["b.1", "status"]) == {"unchanged"}


def test_an_edition_that_arrives_without_a_cell_in_the_panel_is_named() -> None:
    left = Figures().release()
    known = frozenset({("yearbook", 2018, "2018-10-01")})
    more = known | {("customs", 2019, "2019-03-01")}
    drift = moved(state(Figures()), state(Figures()))
    of = replace(comparison(left, left, drift), offered=(known, more))
    said = sentences(("a", "b"), of)
    assert (
        "Arrived, but no cell of the panel uses it: customs edition 2019 (obtained 2019-03-01)."
        in said
    )
    back = sentences(("b", "a"), replace(of, offered=(more, known)))
    assert any(line.startswith("Removed, and no cell") for line in back)


def test_a_cell_of_another_series_is_not_called_another_rule() -> None:
    said = " ".join(comparison_sentences(*changed_by("another winner")))
    assert "read by another rule" not in said
    assert (
        "labour of 3 provinces, 2012, comes from another series: yearbook edition 2018, labour -> "
        "yearbook edition 2019, labour, of towns: by 20.0% in the median" in said
    )
    said = " ".join(comparison_sentences(*changed_by("a unit rule")))
    assert "is read by another rule in labour" in said and "another series" not in said


def test_a_table_without_an_estimate_has_no_kind_of_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = {"figures_status": "official", "spec": {"kind": "fixed_effects"}}
    gone = absent_state(Figures().release(), "not estimable: no value")
    for module, name in ((stored_drift, "load_release"), (table_drift, "release_in")):
        monkeypatch.setattr(module, name, lambda _: Figures().release())
    monkeypatch.setattr(table_drift, "read_state", lambda *_: (gone, manifest))
    monkeypatch.setattr(stored_drift, "compute", lambda calls, *_: [call() for call in calls])
    settings = Settings(root=tmp_path, state=tmp_path)
    of = stored_drift._compared(settings, ("a", "b"), {"x_drift": ("1", "2")}, print)
    assert of.kinds == {} and of.drift.empty


def test_equal_inputs_and_equal_numbers_are_not_estimated_again() -> None:
    """An upgrade gives every artifact a new id; its numbers say whether it moved anything."""

    def never(*_: object) -> pd.Series:
        raise AssertionError("estimated again")

    stored = pd.Series([0.25, -1.5], pd.MultiIndex.from_tuples([("b.1", "fdi"), ("b.1", "ed")]))
    release = Figures().release()
    old = State(release, spec(), stored, {})
    frame = decompose("x", old, replace(old, stored=stored[::-1]), never, SAME_CELLS)
    assert set(frame["status"]) == {"unchanged"}
    assert (frame[[*PARTS, "code"]] == 0).all(axis=None)
    moved = replace(old, stored=stored * (1 + 1e-15 * 8))
    with pytest.raises(AssertionError):
        decompose("x", old, moved, never, SAME_CELLS)


def test_tables_with_equal_numbers_under_another_version_are_counted() -> None:
    assert same_numbers_sentence([]) == []
    assert same_numbers_sentence(["t"]) == ["Same numbers, new version: 1 table."]
    assert same_numbers_sentence(["t", "u"]) == ["Same numbers, new version: 2 tables."]

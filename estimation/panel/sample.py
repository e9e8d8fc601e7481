"""From a release to the rows a table is estimated on, with every choice and loss on record.

Chooses the measure that plays a role, fills the cells a spec allows, takes logs, keeps and drops
rows. Nothing is dropped silently.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd

from living_panel.codes import Code, NoFix
from living_panel.estimation.panel import content_cache
from living_panel.estimation.panel.by_identity import by_identity
from living_panel.estimation.panel.errors import InvalidSpec, NotEstimable
from living_panel.estimation.panel.figures import (
    AUTHORS,
    authors_measures,
    joined,
    partly_simulated,
    simulated_measures,
)
from living_panel.estimation.panel.filling import RULES, Filling, fill_years, words_of
from living_panel.estimation.panel.periods import period_text, span_text, window_of
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Interpolation, Sample, Units, Variable, Without
from living_panel.estimation.panel.where import rows_where

CELL_COLUMNS = [
    "variable",
    "measure",
    "province_code",
    "year",
    "year_measured",
    "value",
    "state",
    "reason",
]


@dataclass(frozen=True)
class Choice:
    """Which measure plays a role, what it is divided by, and which were passed over and why."""

    role: str
    measure: str
    is_proxy: bool
    passed_over: tuple[str, ...] = ()
    divided_by: tuple[str, ...] = ()
    lag: int = 0

    @property
    def measures(self) -> tuple[str, ...]:
        """Every measure the role rests on: its own, a head count, a price index."""
        return (self.measure, *self.divided_by)


Chosen = tuple[Choice, pd.Series, Filling]
"""Choice of a role, its values in the cells of a sample, and what a rule filled of its measure."""


@dataclass(frozen=True)
class Estimable:
    """Rows ready for an estimator.

    Attributes
    ----------
    frame : pandas.DataFrame
        (province_code, year) MultiIndex, one column a role, complete; logs where the spec asks.
    levels : pandas.DataFrame
        The same rows before logs.
    choices : mapping of role to Choice
    dropped : tuple of dict
        Each dropped row with its reason.
    filled : tuple of dict
        Each filled cell of a row of `frame`, with its rule and the value put in.
    unfilled : tuple of dict
        Each cell asked for that a rule names and could not fill, with the code of the reason.
    window_end : mapping
        Of an open window, where it ends and with which variables; see `window_end`.
    release : Release
        What the rows were taken from.
    breaks : tuple of dict
        Documented breaks of the chosen series inside the window.
    figures_status : str
        In the vocabulary of `panel.figures`.
    simulated : tuple of str
        Measures of which a simulated value is used.
    asked : pandas.DataFrame
        `levels` with the dropped rows among them.
    """

    frame: pd.DataFrame
    levels: pd.DataFrame
    choices: Mapping[str, Choice]
    dropped: tuple[dict[str, Any], ...]
    filled: tuple[dict[str, Any], ...]
    unfilled: tuple[dict[str, Any], ...]
    breaks: tuple[dict[str, Any], ...]
    figures_status: str
    simulated: tuple[str, ...]
    asked: pd.DataFrame
    window_end: Mapping[str, Any]
    release: Release

    @cached_property
    def low_quality(self) -> tuple[dict[str, Any], ...]:
        """Cells used whose quality is low."""
        cells = _low_quality(self.release, self.choices.values(), self.frame.index)
        return _records(cells.drop(columns="row"))

    def status_of(self, roles: Collection[str]) -> str:
        """Kind of the values of some variables, in the vocabulary of `panel.figures`."""
        choices = [self.choices[role] for role in roles]
        filled = [cell for cell in self.filled if cell["variable"] in roles]
        return _status(self.release, choices, filled, self.simulated)

    @property
    def provinces(self) -> list[str]:
        """Codes of the units that have a row."""
        return list(self.frame.index.unique("province_code"))

    def cells(self) -> pd.DataFrame:
        """Every cell asked of the panel, in the columns `CELL_COLUMNS`: used, filled or dropped, and why."""
        why = {(d["province_code"], d["year"]): d["reason"] for d in self.dropped}
        cells, used = list(self.asked.index), set(self.frame.index)
        places = {cell: place for place, cell in enumerate(cells)}
        units, years = (self.asked.index.get_level_values(level).tolist() for level in (0, 1))
        states = ["used" if cell in used else "dropped" for cell in cells]
        reasons = [None if cell in used else why[cell] for cell in cells]
        columns: dict[str, list[Any]] = {name: [] for name in CELL_COLUMNS}
        for role, choice in self.choices.items():
            state, reason = [*states], [*reasons]
            for filled in (f for f in self.filled if f["variable"] == role):
                place = places[filled["province_code"], filled["year"] + choice.lag]
                state[place], reason[place] = "filled", _sources(filled)
            columns["variable"] += [role] * len(cells)
            columns["measure"] += [choice.measure] * len(cells)
            columns["province_code"] += units
            columns["year"] += years
            columns["year_measured"] += [year - choice.lag for year in years]
            columns["value"] += self.asked[role].tolist()
            columns["state"] += state
            columns["reason"] += reason
        return pd.DataFrame(columns)

    def record(self) -> dict[str, Any]:
        """The sample as a manifest echoes it."""
        return {
            **span(self.frame.index),
            "measures": {r: c.measure for r, c in self.choices.items()},
            "proxies": sorted(r for r, c in self.choices.items() if c.is_proxy),
            "passed_over": {
                r: list(c.passed_over) for r, c in self.choices.items() if c.passed_over
            },
            "dropped": list(self.dropped),
            "filled": list(self.filled),
            "unfilled": list(self.unfilled),
            **({"window_end": dict(self.window_end)} if self.window_end else {}),
            "low_quality": list(self.low_quality),
            "simulated": list(self.simulated),
            "breaks": list(self.breaks),
        }


def span(index: pd.MultiIndex) -> dict[str, Any]:
    """A manifest's description of cells: number, units and years; no cell is dropped or filled."""
    years = index.get_level_values("year")
    return {
        "n_obs": len(index),
        "n_provinces": int(index.get_level_values("province_code").nunique()),
        "first_year": int(years.min()),
        "last_year": int(years.max()),
        "dropped": [],
        "filled": [],
    }


def grid(
    release: Release, sample: Sample, variables: Mapping[str, Variable] | None = None
) -> pd.MultiIndex:
    """Cells the sample asks for: units by years.

    An open window ends with the newest year that all `variables` have; without them, with the panel.

    Raises
    ------
    ValueError
        For a unit that is not in the release or a sample of nothing.
    NotEstimable
        Where the release ends before the sample begins.
    """
    provinces = dict.fromkeys(units_of(release, sample.units))
    known = release.panel.index.get_level_values("year")
    newest = int(known.max())
    if newest < sample.first_year:
        first, end = period_text(sample.first_year), period_text(newest)
        raise NotEstimable(
            Code.TABLE_NO_VALUES(
                "the sample begins in {first}, but the values end in {end}",
                "set first_year of the sample to {end} or earlier, or add newer values to the archive",
                first=first,
                end=end,
            )
        )
    if sample.last_year != "newest":
        last = int(sample.last_year)
    else:
        last = int(window_end(release, sample, variables or {}).get("last_year", newest))
    window = window_of(sample.first_year, last, known.unique())
    years = [year for year in window if year not in sample.without_years]
    if not provinces or not years:
        raise InvalidSpec(
            Code.SPEC_SAMPLE(
                "the sample is empty: it has no unit or no year", "add units or years to the sample"
            )
        )
    return _cells(tuple(sorted(provinces)), tuple(years))


@lru_cache(maxsize=256)  # one index for equal samples: pandas keeps its tables of places
def _cells(units: tuple[str, ...], years: tuple[int, ...]) -> pd.MultiIndex:
    return pd.MultiIndex.from_product([units, years], names=["province_code", "year"])


def window_end(
    release: Release, sample: Sample, variables: Mapping[str, Variable]
) -> dict[str, Any]:
    """Where the open window of a sample ends, and the variables that end it; empty if it is closed.

    A variable ends in the newest year of any measure that may be used for it. One that ends before the
    window begins is refused by its own coverage, and ends no window.

    Returns
    -------
    dict
        last_year, ended_by (names of variables) and longest_year, where the longest of them ends.
    """
    if sample.last_year != "newest":
        return {}
    provinces = set(units_of(release, sample.units))
    ends = {role: newest_year(release, v, provinces) for role, v in variables.items()}
    known = {role: year for role, year in ends.items() if year and year >= sample.first_year}
    if not known:
        return {}
    last = min(known.values())
    ended_by = sorted(role for role, year in known.items() if year == last)
    return {"last_year": last, "ended_by": ended_by, "longest_year": max(known.values())}


def newest_year(release: Release, variable: Variable, provinces: set[str]) -> int | None:
    """Newest year of a sample in which any measure of a variable has a value, a lag added."""
    divisors = [m for m in (variable.per, variable.deflate_by) if m]
    years = [
        year + variable.lag
        for measure in variable.measures
        if {measure, *divisors} <= set(release.panel.columns)
        and (year := _newest_known(release.panel, (measure, *divisors), provinces))
    ]
    return max(years, default=None)


def _newest_known(panel: pd.DataFrame, measures: Sequence[str], provinces: set[str]) -> int | None:
    """Newest year in which any of the units has a value of every measure."""
    cube = _cube(panel)
    rows = [place for code, place in cube.provinces.items() if code in provinces]
    known = np.all([~np.isnan(cube.series(measure)[rows]) for measure in measures], axis=0)
    years = np.array([*cube.years])[known.any(axis=0)]
    return int(years.max()) if len(years) else None


@by_identity
def _unit_codes(provinces: pd.DataFrame) -> list[str]:
    return list(provinces["province_code"])


def units_of(release: Release, asked: Units) -> list[str]:
    """Codes of the units that a sample asks for.

    Raises
    ------
    ValueError
        For a unit that is not in the release, or `paper` where no paper says what it is.
    """
    known = _unit_codes(release.provinces)
    if asked == "paper":
        raise InvalidSpec(
            Code.SPEC_SAMPLE(
                "`provinces: paper` needs the folder of a paper, but this spec has none",
                "write `all`, or a list of codes",
            )
        )
    named = [] if asked == "all" else asked.without if isinstance(asked, Without) else list(asked)
    if unknown := sorted(set(named) - set(known)):
        raise InvalidSpec(
            Code.SPEC_SAMPLE(
                "the sample names unknown codes of units: {unknown}",
                "write codes of the release, such as {known}",
                unknown=unknown,
                known=[*known[:3]],
            )
        )
    return named if isinstance(asked, list) else [code for code in known if code not in named]


def choose_measure(
    release: Release,
    role: str,
    variable: Variable,
    cells: pd.MultiIndex,
    sample: Sample,
    rule: Interpolation,
) -> Chosen:
    """First measure of the preference list that covers the sample, divided by what its role is divided by.

    Coverage is counted after the rule of interpolation has filled what it can.

    Returns
    -------
    tuple
        The choice, its values in the cells of the sample, and what the rule filled of its measure.

    Raises
    ------
    ValueError
        For a measure or a divisor the release does not know.
    NotEstimable
        When none covers; says for each how far it reaches and what is missing first.
    """
    passed: list[str] = []
    divisors = tuple(m for m in (variable.per, variable.deflate_by) if m)
    for measure in variable.measures:
        if unknown := [m for m in (measure, *divisors) if m not in release.panel.columns]:
            raise InvalidSpec(
                Code.SPEC_ROLE(
                    "variable {role!r} names a measure that does not exist: {unknown!r}",
                    "write one of {columns}",
                    role=role,
                    unknown=unknown[0],
                    columns=[*release.panel.columns],
                )
            )
        filling = fill(release, measure, rule, role)
        series = _divided(release, filling.series, variable, sample.first_year)
        values = _in_cells(series, cells, variable.lag)
        share = float(values.notna().mean())
        if share >= sample.minimum_coverage and share > 0:
            is_proxy = measure in variable.proxies
            choice = Choice(role, measure, is_proxy, tuple(passed), divisors, variable.lag)
            return choice, values, filling
        reach = _reach(release, series, values, variable.lag)
        empty = _left_empty(filling, cells, variable.lag)
        names = " / ".join(map(release.words, (measure, *divisors)))
        passed.append(f"{names}: {reach}{empty}")
    raise NotEstimable(
        Code.TABLE_NO_VALUES(
            "{concept}: {passed}", NoFix.NOTE, concept=variable.concept, passed="; ".join(passed)
        )
    )


def _left_empty(filling: Filling, cells: pd.MultiIndex, lag: int) -> str:
    """How many cells of a sample a rule named and could not fill, in words; "" where there are none."""
    empty = [c for c in filling.unfilled if (c["province_code"], c["year"] + lag) in cells]
    if not empty:
        return ""
    why = ", ".join(dict.fromkeys(words_of(cell) for cell in empty))
    return f"; {len(empty)} of them could not be {RULES[empty[0]['method']].words} ({why})"


def build_sample(
    release: Release,
    variables: Mapping[str, Variable],
    sample: Sample,
    interpolation: Interpolation,
    chosen: Mapping[str, Chosen] | None = None,
) -> Estimable:
    """Rows, complete in every variable, that the spec asks for.

    Parameters
    ----------
    chosen : mapping, optional
        What `choose_measure` returned for each of these very variables, where it was called before.

    Raises
    ------
    NotEstimable
        If a role has no measure that covers the sample, or the sample is empty.
    ValueError
        If a logarithm is asked of a value that is not positive: names the cell.
    """
    build = partial(_built, release, variables, sample, interpolation, chosen or {})
    if not content_cache.is_on():
        return build()
    read = what_is_read(release, variables, sample, interpolation)
    return content_cache.keep(("sample", read), build)


def what_is_read(
    release: Release,
    variables: Mapping[str, Variable],
    sample: Sample,
    interpolation: Interpolation,
) -> Any:
    """Content of a release that the rows of a sample rest on: a key for a cache of estimates.

    For a measure, the values in the years of the sample, a lag back. All years where a rule fills it, as the rule looks
    at neighbours. All years of a price index, which is cumulated. Then the breaks, and the cells of low quality where
    their rows are omitted. Facts for texts only (the coverage of a refused measure, the cells of low quality) are
    excluded: a comparison reads only estimates.
    """
    try:
        cells = grid(release, sample, variables)
    except (NotEstimable, ValueError):
        cells = None  # refused for the years and units, which are read whole
    provinces = sorted(units_of(release, sample.units)) if cells is not None else []
    years = [] if cells is None else sorted(set(cells.get_level_values("year")))
    read: list[Any] = [
        repr([(role, variable.model_dump_json()) for role, variable in variables.items()]),
        sample.model_dump_json(), interpolation.model_dump_json(), repr(provinces), repr(years),
        repr(window_end(release, sample, variables) if cells is not None else None),
    ]  # fmt: skip
    measures: dict[str, None] = {}
    for role, variable in variables.items():
        filled = bool(interpolation.years.get(role))
        back = [year - variable.lag for year in years]
        divisors = [m for m in (variable.per, variable.deflate_by) if m]
        for measure in (*variable.measures, *divisors):
            measures[measure] = None
            if measure not in release.panel.columns:
                read.append(repr((measure, None, sorted(release.panel.columns))))
                continue
            whole = filled or measure == variable.deflate_by
            read.append(
                (measure, _values(release.panel, measure, provinces, None if whole else back))
            )
            if filled and release.interpolate_from is not None:
                read.append(_values(release.interpolate_from, measure, provinces, None))
    read.append(repr([at for at in release.breaks if at["measure"] in measures]))
    if sample.without_low_quality:
        low = release.low_quality
        read.append(repr(low[low["measure"].isin([*measures])].to_numpy().tolist()))
    return read


@dataclass(frozen=True)
class _Cube:
    """A panel as an array of units by years by measures."""

    provinces: dict[str, int]
    years: dict[int, int]
    measures: dict[str, int]
    values: np.ndarray

    def series(self, measure: str) -> np.ndarray:
        """Values of a measure, units by years."""
        return self.values[:, :, self.measures[measure]]


def _places(keys: pd.Index) -> dict[Any, int]:
    return {key: place for place, key in enumerate(keys)}


@by_identity
def _cube(panel: pd.DataFrame) -> _Cube:
    provinces, years = panel.index.levels
    values = np.full((len(provinces), len(years), len(panel.columns)), np.nan)
    values[tuple(panel.index.codes)] = panel.to_numpy(float)
    return _Cube(_places(provinces), _places(years), _places(panel.columns), values)


def _values(
    panel: pd.DataFrame, measure: str, provinces: Sequence[str], years: Sequence[int] | None
) -> Any:
    """Values of a measure, units by years; all years of the panel by default."""
    cube = _cube(panel)
    part = cube.series(measure)
    if years is None:
        return repr((list(cube.provinces), list(cube.years))), part
    rows = np.array([cube.provinces.get(code, -1) for code in provinces], dtype=int)
    columns = np.array([cube.years.get(year, -1) for year in years], dtype=int)
    values = part[np.ix_(rows, columns)]
    values[rows < 0, :] = np.nan
    values[:, columns < 0] = np.nan
    return values


def _built(
    release: Release,
    variables: Mapping[str, Variable],
    sample: Sample,
    interpolation: Interpolation,
    chosen: Mapping[str, Chosen],
) -> Estimable:
    cells = grid(release, sample, variables)
    choices: dict[str, Choice] = {}
    levels = pd.DataFrame(index=cells)
    filled: list[dict[str, Any]] = []
    unfilled: list[dict[str, Any]] = []
    for role, variable in variables.items():
        choice, levels[role], filling = chosen.get(role) or choose_measure(
            release, role, variable, cells, sample, interpolation
        )
        place = {"variable": role, "measure": choice.measure}
        filled += [place | cell for cell in filling.filled]
        unfilled += [
            place | cell
            for cell in filling.unfilled
            if (cell["province_code"], cell["year"] + variable.lag) in cells
        ]
        choices[role] = choice
    complete = levels.notna().all(axis=1)
    dropped = _losses(levels[~complete])
    if sample.without_low_quality:
        low = _low_quality(release, choices.values(), levels.index[complete])
        rows = low[["province_code", "row", "measure"]].drop_duplicates()
        dropped += [_low(*row) for row in rows.itertuples(index=False)]
        complete &= ~levels.index.isin(list(zip(low["province_code"], low["row"], strict=True)))
    excluded = {(row.unit, row.year): row.reason for row in sample.without_rows}
    for (unit, year), reason in excluded.items():
        if (unit, year) not in levels.index:
            raise InvalidSpec(
                Code.SPEC_SAMPLE(
                    "without_rows: the sample does not contain {unit} {period_text}",
                    "remove this row from the list, or widen the sample",
                    unit=unit,
                    period_text=period_text(year),
                )
            )
        if complete[unit, year]:
            dropped.append({"province_code": unit, "year": year, "reason": f"excluded: {reason}"})
    complete &= ~levels.index.isin(list(excluded))
    if sample.where and complete.any():
        mask = rows_where(sample.where, _with_keys(levels[complete]))
        lost = levels.index[complete][~mask]
        reason = f"not where {sample.where}"
        dropped += [{"province_code": u, "year": int(y), "reason": reason} for u, y in lost]
        complete &= ~levels.index.isin(lost)
    everything, levels = levels, levels[complete]
    if levels.empty:
        raise NotEstimable(
            Code.TABLE_NO_VALUES(
                "no row has values of all variables",
                "add units or years to the sample, or remove a variable or condition",
            )
        )
    frame = levels.copy()
    for role, variable in variables.items():
        if variable.log:
            frame[role] = _log(levels[role], choices[role])
    index = levels.index
    filled_used = tuple(
        f for f in filled if (f["province_code"], f["year"] + choices[f["variable"]].lag) in index
    )
    simulated = {
        measure
        for role, variable in variables.items()
        for measure in _simulated(release, variable, choices[role], index, filled_used)
    }
    return Estimable(
        frame=frame,
        levels=levels,
        choices=choices,
        dropped=tuple(dropped),
        filled=filled_used,
        unfilled=tuple(unfilled),
        breaks=_breaks_inside(release, choices.values(), index),
        figures_status=_status(release, choices.values(), filled_used, simulated),
        simulated=tuple(sorted(simulated)),
        asked=everything,
        window_end=window_end(release, sample, variables),
        release=release,
    )


def _status(
    release: Release,
    choices: Iterable[Choice],
    filled: Iterable[Mapping[str, Any]],
    simulated: Collection[str],
) -> str:
    """Kind of the values of some choices, with the cells filled and the measures simulated."""
    chosen = list(choices)
    measures = {measure for choice in chosen for measure in choice.measures}
    kinds = {
        "simulated": not measures.isdisjoint(simulated),
        AUTHORS: bool(authors_measures(release, measures)),
        "proxy": any(choice.is_proxy for choice in chosen),
        **{RULES[cell["method"]].status: True for cell in filled},
    }
    return joined(kind for kind, there in kinds.items() if there)


def _with_keys(levels: pd.DataFrame) -> pd.DataFrame:
    """Variables before logarithms, with unit and year."""
    unit, year = (levels.index.get_level_values(name) for name in levels.index.names)
    return levels.assign(unit=unit, year=year)


def fill(release: Release, measure: str, rule: Interpolation, role: str) -> Filling:
    """Series of a measure with the cells filled that a rule allows the role; see `fill_years`."""
    series, years = release.panel[measure], rule.years.get(role, [])
    if not years:
        return Filling(series, [], [])
    source = release.interpolate_from
    neighbours = series if source is None else source[measure]
    breaks = release.series_breaks[release.series_breaks["measure"] == measure]
    return fill_years(series, rule.method, years, breaks, neighbours)


def _sources(cell: Mapping[str, Any]) -> str:
    """Where the value of a filled cell comes from, in words."""
    years = " and ".join(map(period_text, cell["from_years"]))
    return f"{'between' if len(cell['from_years']) > 1 else 'carried from'} {years}"


def kept(sample: Estimable, provinces: Iterable[str]) -> Estimable:
    """The sample on some of its units; the others are not asked for any more."""
    unit_codes = list(provinces)
    parts = {name: getattr(sample, name) for name in ("frame", "levels", "asked")}
    inside: dict[str, Any] = {
        n: f[f.index.isin(unit_codes, level="province_code")] for n, f in parts.items()
    }
    for name in ("dropped", "filled", "unfilled", "breaks"):  # a break without a code is of all
        record = getattr(sample, name)
        inside[name] = tuple(cell for cell in record if cell["province_code"] in (*unit_codes, ""))
    return replace(sample, **inside)


def _simulated(
    release: Release,
    variable: Variable,
    choice: Choice,
    index: pd.MultiIndex,
    filled: Iterable[Mapping[str, Any]],
) -> list[str]:
    """Simulated measures of a role: a lag looks back, a filled cell rests on its neighbours."""
    if not simulated_measures(release):
        return []
    measures = [m for m in choice.measures if m != variable.deflate_by]
    cells = None
    if partly_simulated(release, measures):  # of others no cell has to be looked up
        mine = [f for f in filled if f["variable"] == choice.role]
        used = [(p, y - variable.lag) for p, y in index]
        used += [(f["province_code"], y) for f in mine for y in f["from_years"]]
        cells = pd.MultiIndex.from_tuples(used, names=index.names)
    names = simulated_measures(release, measures, cells)
    if variable.deflate_by:  # a price level cumulates every year before it
        provinces = set(index.get_level_values("province_code"))
        every = release.panel.index
        inside = every[every.get_level_values("province_code").isin(provinces)]
        names += simulated_measures(release, [variable.deflate_by], inside)
    return names


def _in_cells(series: pd.Series, cells: pd.MultiIndex, lag: int) -> pd.Series:
    """Values of a series in the cells of a sample, a lag back; missing where the series has no row."""
    places = _places_in(series.index, cells, lag)
    values = np.append(series.to_numpy(float), np.nan)[places]  # the place -1 is that of the last
    return pd.Series(values, cells, name=series.name)


@by_identity
def _places_in(index: pd.MultiIndex, cells: pd.MultiIndex, lag: int) -> np.ndarray:
    """Where in an index the cells are, a lag back; -1 where they are not."""
    back = cells.set_levels(cells.levels[1] - lag, level=1) if lag else cells
    return index.get_indexer(back)


def _divided(release: Release, series: pd.Series, variable: Variable, base_year: int) -> pd.Series:
    """A series a head, or at constant prices, where its role says so."""
    if variable.per:
        series = series / release.panel[variable.per]
    if variable.deflate_by:
        series = series / _price_level(release.panel[variable.deflate_by], base_year)
    return series.rename("value")


def _price_level(index_previous_year_100: pd.Series, base_year: int) -> pd.Series:
    """Price level with the base year at 1, cumulated from an index of previous year = 100.

    Years before the base are divided back: a lag reaches into them. A gap in the index, or a year
    that the panel does not have, makes every level beyond it missing; it is never read as no inflation.
    """
    changes = (index_previous_year_100 / 100).unstack("province_code").sort_index()
    first, last = min(changes.index[0], base_year), max(changes.index[-1], base_year)
    changes = changes.reindex(range(first, last + 1)).rename_axis("year")
    after = changes.loc[base_year:].copy()
    after.iloc[0] = 1.0
    before = 1 / changes.loc[:base_year].iloc[::-1].cumprod(skipna=False)
    before.index = before.index - 1  # what a year's change starts from is the year before
    level = pd.concat([before, after.cumprod(skipna=False)])
    return level.stack().swaplevel().sort_index()


def _log(values: pd.Series, choice: Choice) -> pd.Series:
    numbers = values.to_numpy()
    wrong = np.flatnonzero(~((numbers > 0) & np.isfinite(numbers)))
    if len(wrong):
        province, year = values.index[wrong[0]]
        raise InvalidSpec(
            Code.SPEC_SAMPLE(
                "{measure} {province} {year}: the value {value:g} has no logarithm",
                "leave the cell out of the sample, or use the variable in levels; the program never takes log(1+x)",
                measure=choice.measure,
                province=province,
                year=year - choice.lag,
                value=numbers[wrong[0]],
            )
        )
    return np.log(values)


def _losses(incomplete: pd.DataFrame) -> list[dict[str, Any]]:
    """Cells that lack a value, each with the variables it lacks."""
    lacking, kinds = np.unique(incomplete.isna().to_numpy(), axis=0, return_inverse=True)
    reasons = [f"no value for {', '.join(incomplete.columns[lacks])}" for lacks in lacking]
    return [
        {"province_code": province, "year": int(year), "reason": reasons[kind]}
        for (province, year), kind in zip(incomplete.index.tolist(), kinds, strict=True)
    ]


def _low(province: str, year: int, measure: str) -> dict[str, Any]:
    place = {"province_code": province, "year": int(year)}
    return place | {"reason": f"low quality: {measure}"}


def _reach(release: Release, series: pd.Series, wanted: pd.Series, lag: int) -> str:
    years = series.dropna().index.get_level_values("year")
    if not len(years):
        return "no values by unit"
    missing, first = wanted.index[wanted.isna()], ""
    if len(missing):
        code, year = missing[0]
        first = f", first missing {release.unit_name(code)} {period_text(year - lag)}"
    last, newest = (int(s.index.get_level_values("year").max()) for s in (wanted, series))
    ends = f"; the sample goes to {period_text(last)}, the panel to {period_text(newest)}"
    beyond = ends if last > newest + lag else ""
    return (
        f"values by unit {span_text(years.min(), years.max())}, {len(missing)} of {len(wanted)} "
        f"cells missing{first}{beyond}"
    )


def _breaks_inside(
    release: Release, choices: Iterable[Choice], index: pd.MultiIndex
) -> tuple[dict[str, Any], ...]:
    """Breaks between the first and the last value used: a lag looks back."""
    years = index.get_level_values("year")
    first, last = years.min() + 1, years.max()
    provinces = {*index.unique("province_code"), ""}
    lags = {(measure, choice.lag) for choice in choices for measure in choice.measures}
    return tuple(
        dict(at)
        for at in release.breaks
        if at["province_code"] in provinces
        and any(at["measure"] == m and first <= at["year"] + lag <= last for m, lag in lags)
    )


def _low_quality(release: Release, choices: Iterable[Choice], index: pd.MultiIndex) -> pd.DataFrame:
    """Cells of low quality behind the rows, and in `row` the year of the row: a lag looks back."""
    parts = [release.low_quality.iloc[:0].assign(row=0)]
    for choice in choices:
        for measure in sorted(release.low_by_measure.keys() & set(choice.measures)):
            mine, at = release.low_by_measure[measure]
            rows = at.set_levels(at.levels[1] + choice.lag, level=1)
            parts.append(mine.assign(row=mine["year"] + choice.lag)[rows.isin(index)])
    return pd.concat(parts).sort_values(["measure", "province_code", "year"])


def _records(table: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    return tuple(table.fillna("").drop_duplicates().to_dict("records"))

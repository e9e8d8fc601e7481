"""The Bureau's current database interface: tree, indicators, regions, then `stream/esData`.

Every series is found by the name of its catalogue, its own name and its unit; ids are only passed
on within one fetch. A series that is split into catalogue slices by period is asked slice by slice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import Any

from pydantic import Field

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError
from living_panel.ingestion.fetching.fetch_box import FetchBox
from living_panel.ingestion.fetching.http import JSON, FetchError
from living_panel.ingestion.formats.json import read_json
from living_panel.ingestion.provenance.catalog import Source, Strict
from living_panel.ingestion.provinces import (
    CODES,
    PROVINCES,
    OutsidePanel,
    UnknownProvince,
    province_code,
)
from living_panel.ingestion.sources.statistical_yearbook.esdata import entries, series_name
from living_panel.ingestion.text import plain_label
from living_panel.problems import Place, Problem

_PERIOD = re.compile(r"\((?P<start>\d{4})?[-—–~至]+(?P<end>\d{4}|至今|今)?\)$")
_MOST_NODES = 400


class Database(Strict):
    """The catalog's `fetch.database` section."""

    base: str
    """Address of the database."""
    tree_code: str = "6"
    """Code of the tree of annual values by province."""
    first_year: int = Field(ge=1949)
    """First year to ask for."""
    regions_per_request: int = Field(default=31, ge=1, le=31)
    """Most provinces to ask for in one request."""
    region_catalogue: str = "全部地区"
    """Name of the catalogue that lists the provinces."""
    catalogues: dict[str, dict[str, str]]
    """Unit expected of each series, by catalogue and label."""


@dataclass(frozen=True)
class Slice:
    """One leaf of the tree: a catalogue, or the part of it that covers some years."""

    cid: str
    root: str
    name: str
    base: str
    first: int
    last: int


@dataclass
class Conversation:
    """One fetch of the database: its settings, its answers and what went wrong so far."""

    box: FetchBox
    settings: Database
    problems: list[Problem] = field(default_factory=list)
    leaves: list[str] = field(default_factory=list)

    def get(self, kept_as: str, call: str, read: Callable[[Any], Any], **params: str) -> Any:
        """Ask one GET call and return what `read` makes of its document."""
        url = f"{self.settings.base}/{call}"

        def whole(content: bytes, name: str) -> Any:
            return read(_document(content, name))

        return self.box.get(kept_as, url, JSON, params=params, read=whole)

    def post(self, name: str, payload: dict[str, Any]) -> Any:
        """Post to `stream/esData` and return the document."""
        request = name, f"{self.settings.base}/stream/esData", payload, JSON, "nbs_esdata_json"
        document = self.box.post(*request, _document)
        if isinstance(document, dict) and document.get("data") == []:
            # an empty success is what a busy server says: asked once more
            self.box.reject(name, "an empty success")
            document = self.box.post(*request, _document)
        return document


def _document(content: bytes, name: str) -> Any:
    document = read_json(content, name)
    if isinstance(document, dict) and document.get("success") is False:
        raise FetchError(
            Code.FETCH_ANSWER(
                "the server reports success: false, {message!r}",
                "run the fetch again later",
                Place(name),
                message=document.get("message"),
            )
        )
    return document


def settings_of(source: Source) -> Database:
    """Return the typed `fetch.database` section of the catalog."""
    return Database.model_validate(source.fetch["database"])


def planned(source: Source, edition: int) -> list[str]:
    """Return what a fetch would ask, without asking."""
    settings = settings_of(source)
    lines = [
        f"GET {settings.base}/new/queryIndexTreeAsync?code={settings.tree_code}&pid=… "
        "(the tree, level by level)",
        f"GET {settings.base}/getDaCatalogTreeByIndicatorCid?indicatorCid=… (regions)",
        f"GET {settings.base}/getDasByDaCatalogId?daCid=… (regions)",
    ]
    for catalogue, series in settings.catalogues.items():
        names = ", ".join(f"{label} ({unit})" for label, unit in series.items())
        lines.append(f"GET {settings.base}/new/queryIndicatorsByCid?cid=… ({catalogue})")
        lines.append(
            f"POST {settings.base}/stream/esData ({names}; 31 provinces, "
            f"{settings.first_year}-{edition - 1})"
        )
    return lines


def fetch_database(box: FetchBox) -> list[Problem]:
    """Ask for every series of the catalog's `fetch.database` section and keep the answers.

    The edition is the year of the capture; years up to the one before it are asked for.

    Returns
    -------
    Every catalogue or series that could not be had; one of them does not cost the others.

    Raises
    ------
    FetchError, ExtractionError, SourceUnreachable
        If the tree or the regions cannot be used, or the source no longer answers. Usable answers
        stay in the box, so that the next attempt goes on from there.
    """
    talk = Conversation(box, settings_of(box.source))
    slices = _slices(talk)
    regions: list[dict[str, str]] = []
    for catalogue, series in talk.settings.catalogues.items():
        parts = slices.get(plain_label(catalogue), [])
        if not parts:
            near = get_close_matches(plain_label(catalogue), talk.leaves, n=5, cutoff=0.3)
            talk.problems.append(
                Code.FETCH_SERIES(
                    "none of the {count} catalogues in the tree is named {name} (nearest: {nearest})",
                    "correct the name in the source's catalog.yml",
                    name=catalogue,
                    count=len(talk.leaves),
                    nearest=near or ["none"],
                )
            )
            continue
        regions = regions or _regions(talk, parts[0])
        for part in parts:
            try:
                _series(talk, part, series, regions)
            except (FetchError, ExtractionError) as error:
                talk.problems += (problem.within(part.name) for problem in error.problems)
    return talk.problems


def _slices(talk: Conversation) -> dict[str, list[Slice]]:
    """Traverse the tree and return the wanted leaves by their name without the period."""
    wanted = {plain_label(name) for name in talk.settings.catalogues}
    by_base: dict[str, list[Slice]] = {}
    waiting, requests, root = [""], 0, ""
    while waiting:
        parent = waiting.pop(0)
        requests += 1
        if requests > _MOST_NODES:
            raise FetchError(
                Code.FETCH_ANSWER(
                    "the tree of catalogues has more than {limit} inner nodes, so it may be no tree",
                    "get the values yourself, and put the file into landing/",
                    limit=_MOST_NODES,
                )
            )
        for key, name, leaf in talk.get(
            f"tree_{parent or 'top'}.json",
            "new/queryIndexTreeAsync",
            _nodes,
            pid=parent,
            code=talk.settings.tree_code,
        ):
            root = root or key
            if not leaf:
                waiting.append(key)
                continue
            talk.leaves.append(name)
            part = _slice(key, root, name, talk.settings.first_year, talk.box.edition - 1)
            if part.base in wanted:
                by_base.setdefault(part.base, []).append(part)
    talk.box.progress(
        f"tree: {requests} nodes, {sum(map(len, by_base.values()))} catalogues of interest"
    )
    return {base: _disjoint(parts) for base, parts in by_base.items()}


def _nodes(document: Any) -> list[tuple[str, str, bool]]:
    """Return key, name and whether it is a leaf of each node of one level of the tree."""
    return [
        (
            _text(item, "_id"),
            plain_label(_text(item, "_name", "name")),
            str(item.get("isLeaf")).lower() in {"true", "1"},
        )
        for item in _items(document, "tree")
    ]


def _slice(key: str, root: str, name: str, first: int, last: int) -> Slice:
    period = _PERIOD.search(name)
    if period is None:
        return Slice(key, root, name, name, first, last)
    start = int(period.group("start") or first)
    end = period.group("end")
    end_year = int(end) if end and end.isdigit() else last
    return Slice(key, root, name, name[: period.start()], max(start, first), min(end_year, last))


def _disjoint(parts: list[Slice]) -> list[Slice]:
    """Cut slices of one catalogue so that no year is asked twice: the later slice keeps it."""
    chosen: list[Slice] = []
    limit = 10_000
    for part in sorted(parts, key=lambda part: (part.first, part.last), reverse=True):
        last = min(part.last, limit - 1)
        if last >= part.first:
            chosen.append(Slice(part.cid, part.root, part.name, part.base, part.first, last))
            limit = part.first
    return chosen[::-1]


def _regions(talk: Conversation, part: Slice) -> list[dict[str, str]]:
    """Return text and value of the 31 provinces as the interface names them."""
    wanted = partial(_catalogue, name=talk.settings.region_catalogue)
    call = "getDaCatalogTreeByIndicatorCid"
    key = talk.get("region_catalogues.json", call, wanted, indicatorCid=part.cid)
    regions: list[dict[str, str]] = talk.get(
        "regions.json", "getDasByDaCatalogId", _provinces, daCid=key
    )
    return regions


def _catalogue(document: Any, name: str) -> str:
    for item in _items(document, "region catalogues"):
        if plain_label(_text(item, "_name", "name", "show_name")) == name:
            return _text(item, "_id")
    raise FetchError(
        Code.FETCH_SERIES(
            "the source has no catalogue of regions named {name}",
            "correct the name of the catalogue in the source's catalog.yml",
            name=name,
        )
    )


def _provinces(document: Any) -> list[dict[str, str]]:
    by_code: dict[str, dict[str, str]] = {}
    for item in _items(document, "regions"):
        name, value = _text(item, "show_name", "name_text"), _text(item, "name_value")
        try:
            code, named = province_code(value), province_code(name)
        except UnknownProvince:
            continue  # Hong Kong, Macao, Taiwan, or a city; a missing province is reported below
        if named != code:
            raise FetchError(
                Code.FETCH_ANSWER(
                    "the database gives region {region} the name {name!r}, which is not a name of this province",
                    "get the values yourself, and put the file into landing/",
                    region=value,
                    name=name,
                )
            )
        by_code[code] = {"text": name, "value": value}
    missing = [province.short for province in PROVINCES if province.code not in by_code]
    if missing:
        raise FetchError(
            Code.FETCH_LACKING(
                "the list of regions lacks {missing}",
                "get the values yourself, and put the file into landing/",
                missing=missing,
            )
        )
    return [by_code[province.code] for province in PROVINCES]


def _series(
    talk: Conversation,
    part: Slice,
    series: dict[str, str],
    regions: list[dict[str, str]],
) -> None:
    """Resolve the series of one slice by name and unit, then ask for its values."""
    wanted = talk.get(
        f"indicators_{part.cid}.json",
        "new/queryIndicatorsByCid",
        partial(_ids, series=series, canonical=talk.box.source.canonical),
        cid=part.cid,
        dt="",
        name="",
    )
    size = talk.settings.regions_per_request
    for start in range(0, len(regions), size):
        chosen = regions[start : start + size]
        name = f"esdata_{part.base}_{part.first}-{part.last}"
        name += "" if size == len(regions) else f"_{chosen[0]['value'][:6]}"
        name = name.replace("/", "_") + ".json"
        document = talk.post(name, _payload(part, wanted, chosen))
        _check_answer(talk, name, document, series, chosen, part)
    talk.box.progress(f"{part.name}: {len(wanted)} series, {part.first}-{part.last}")


def _ids(document: Any, series: dict[str, str], canonical: Callable[[str], str]) -> list[str]:
    """Return the ids of the series in a listing; refuse one without a series, or in another unit."""
    names: dict[str, tuple[str, str]] = {}
    for item in _items(document, "indicators"):
        label, unit = series_name(_text(item, "i_showname"), _text(item, "du_name"))
        names[canonical(label)] = (unit, _text(item, "_id"))
    wrong = []
    for label, unit in series.items():
        if label not in names:
            wrong.append(f"no series named {label} (it has: {', '.join(list(names)[:12])})")
        elif names[label][0] != unit:
            wrong.append(f"{label} is in {names[label][0]}, expected {unit}")
    if wrong:
        raise FetchError(
            Code.FETCH_SERIES(
                "{wrong}", "correct the series in the source's catalog.yml", wrong="; ".join(wrong)
            )
        )
    return [names[label][1] for label in series]


def _payload(part: Slice, indicators: list[str], regions: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "cid": part.cid,
        "indicatorIds": indicators,
        # with a catalogue id here the interface ignores `das`
        "daCatalogId": "",
        "das": regions,
        "showType": "1" if len(regions) == 1 else "3",
        "rootId": part.root,
        # a list: with a string the interface answers with a web page
        "dts": [f"{part.first}YY-{part.last}YY"],
    }


def _check_answer(
    talk: Conversation,
    name: str,
    document: Any,
    series: dict[str, str],
    regions: list[dict[str, str]],
    part: Slice,
) -> None:
    """Refuse an answer that lacks a series, a year or a province, or has another unit than its listing.

    A value that is not published comes as an empty entry, a year without any as an empty period. What has
    no entry at all was lost on the way.
    """
    place = Place(name)
    try:
        by_label: dict[str, set[str]] = {label: set() for label in series}
        cells: dict[tuple[str, int], set[str]] = {}
        for entry in entries(document, name):
            label = talk.box.source.canonical(entry.label)
            if label not in series:
                raise FetchError(
                    Code.FETCH_SERIES(
                        "the response contains {label}, which was not requested",
                        "run the fetch again later",
                        place,
                        label=label,
                    )
                )
            if entry.unit != series[label]:
                raise FetchError(
                    Code.FETCH_SERIES(
                        "{label} is in {unit}, expected {expected}",
                        "check the values, then correct the series in the source's catalog.yml",
                        place,
                        label=label,
                        unit=entry.unit,
                        expected=series[label],
                    )
                )
            if entry.year >= talk.box.edition and entry.printed:
                raise FetchError(
                    Code.FETCH_SERIES(
                        "edition {edition} contains a value for {year}",
                        "fetch this value under a later edition",
                        place,
                        year=entry.year,
                        edition=talk.box.edition,
                    )
                )
            try:
                by_label[label].add(province_code(entry.region_code))
                cells.setdefault((label, entry.year), set()).add(province_code(entry.region_code))
            except OutsidePanel:
                continue
            except UnknownProvince as error:
                raise FetchError(
                    Code.FETCH_ANSWER(
                        "the region {name} has an unknown name: expected {expectation}",
                        "get the values yourself, and put the file into landing/",
                        Place(name, cell=entry.location),
                        name=entry.region_name,
                        expectation=error.expectation,
                    )
                ) from None
        expected_codes = {province_code(region["value"]) for region in regions}
        for label, regions_found in by_label.items():
            lacking = [
                p.short for p in PROVINCES if p.code in (expected_codes & CODES) - regions_found
            ]
            if lacking:
                raise FetchError(
                    Code.FETCH_LACKING(
                        "{label} lacks {missing}",
                        "run the fetch again later",
                        place,
                        label=label,
                        missing=lacking,
                    )
                )
        _check_cells(place, document, cells, series, expected_codes & CODES, part)
    except (FetchError, ExtractionError) as error:
        talk.box.reject(name, str(error))
        raise


def _check_cells(
    place: Place,
    document: Any,
    cells: dict[tuple[str, int], set[str]],
    series: dict[str, str],
    regions: set[str],
    part: Slice,
) -> None:
    """Refuse an answer without an entry for a year, or for a province of a year, that was asked for."""
    periods = {int(str(period["code"])[:4]): period.get("values") for period in document["data"]}
    for label in series:
        lacking = [str(year) for year in range(part.first, part.last + 1) if year not in periods]
        for year in sorted(year for year in periods if part.first <= year <= part.last):
            here = cells.get((label, year), set())
            if periods[year] and regions - here:
                names = [p.short for p in PROVINCES if p.code in regions - here]
                lacking.append(f"{year} {' '.join(names)}")
        if lacking:
            raise FetchError(
                Code.FETCH_LACKING(
                    "{label}: the response has no entry for the requested {missing}",
                    "run the fetch again later, or put these values into landing/ yourself",
                    place,
                    label=label,
                    missing="; ".join(lacking),
                )
            )


def _items(document: Any, what: str) -> list[dict[str, Any]]:
    """Return the list of an answer: bare, under `data`, or under `data.list`."""
    items = document.get("data", document) if isinstance(document, dict) else document
    if isinstance(items, dict):
        items = items.get("list")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise FetchError(
            Code.FETCH_ANSWER(
                "{what}: expected a list of objects, but the response begins {start!r}",
                "get the values yourself, and put the file into landing/",
                what=what,
                start=str(document)[:80],
            )
        )
    return items


def _text(item: dict[str, Any], *names: str) -> str:
    for name in names:
        if isinstance(item.get(name), str):
            return str(item[name])
    raise FetchError(
        Code.FETCH_ANSWER(
            "an item of the response lacks {names}: {item!r}",
            "get the values yourself, and put the file into landing/",
            names=" or ".join(names),
            item=str(item)[:120],
        )
    )

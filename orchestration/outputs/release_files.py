"""A release as files: frozen whole in a folder named by its content. Loads no Dagster: child processes run this."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.release import (
    RELEASE_SCHEMA,
    Release,
    ReleaseHashes,
    load_release,
    release_of,
)
from living_panel.estimation.panel.spec import PAPER_FILE
from living_panel.estimation.panel.stata import measure_labels, number_units, write_stata
from living_panel.estimation.papers.paper_data import release_frames
from living_panel.estimation.papers.source import Package, edition_of, origin_of
from living_panel.ingestion.digests import sha256_of
from living_panel.orchestration.outputs import store
from living_panel.orchestration.root.limits import table_limits
from living_panel.orchestration.root.made import MadeByCode
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Refused

FROZEN = MadeByCode("frozen_releases.json")
"""Release of a paper's own data, by paper and edition."""
CSV: dict[str, Any] = {"index": False, "lineterminator": "\n"}
"""Form of CSV files, as options of pandas."""
LONGEST_NAME = 32
"""Characters of a column's name in Stata."""


def freeze_paper(
    settings: Settings, data: Path, code: str, edition: str | None = None, as_of: str | None = None
) -> Path:
    """Write the release of the data that a paper brings, and return its folder.

    `edition` is that of its data set, where it is another one than the paper names; as of a date, it has no later one.
    `code` is the version of what reads them. Where this environment made a release from the same files by the same
    code, that one is verified, and the files are not read again. Else the limits of a table hold.
    """
    made_from, name = _made_from(data, code, edition, as_of), _name_of(data, edition or as_of)
    if (frozen := _frozen_before(settings, name, made_from)) is not None:
        return frozen
    with table_limits(f"the release of {name}"):
        folder = freeze_frames(settings, release_frames(data, edition, as_of))
    FROZEN.put({name: (made_from, folder.name)})
    return folder


def find_frozen(settings: Settings, data: Path, code: str) -> Path | None:
    """Release that `freeze_paper` would find and not write; None where it would read the data."""
    return _frozen_before(settings, _name_of(data), _made_from(data, code))


def release_for_trial(settings: Settings, data: Path, code: str, *, with_identity: bool) -> Release:
    """Return the release of a paper's data as `freeze_paper` does, in memory where the root has none.

    `with_identity` is whether a table needs the identity of the release, which takes as long as reading the data.
    Without it, the observations do not say how their values are printed.
    """
    if (frozen := find_frozen(settings, data, code)) is not None:
        return load_release(frozen)
    frames = release_frames(data, with_print=with_identity)
    refuse_long_names(frames["panel"])
    return release_of(frames, with_identity=with_identity)


def _frozen_before(settings: Settings, name: str, made_from: str) -> Path | None:
    """Release that this environment made from the same files and code, if it is as it was published."""
    known = FROZEN.get(name, made_from)
    if known is None or store.verify(settings.root, "release", known):
        return None
    return settings.releases / str(known)


MARK, SIMULATED = "figures", "simulated"
"""Column and entry of the files of a release with simulated values, as its manifest names them."""


def _name_of(data: Path, edition: str | None = None) -> str:
    return f"{data.parent.name} {edition or ''}".strip()


def _made_from(data: Path, code: str, edition: str | None = None, as_of: str | None = None) -> str:
    """Hash over a paper's own files and edition, or the version of their package, and the code that reads them."""
    files = [data.parent / PAPER_FILE, *sorted(data.rglob("*"))]
    hashes = [[str(p.relative_to(data.parent)), *sha256_of(p)] for p in files if p.is_file()]
    package = origin_of(data, Package)
    chosen = edition_of(data, edition, as_of)
    content = [chosen.content_hash()] if chosen else []
    return document_hash([hashes, package.installed_version if package else "", code, *content])


def freeze_frames(
    settings: Settings,
    frames: dict[str, pd.DataFrame],
    offered: Sequence[Mapping[str, Any]] | None = None,
) -> Path:
    """Write the release of six tables; an existing one stays as it is, and is verified.

    `offered` are the editions that were known when it was made, whether a cell of theirs won or not.
    """
    refuse_long_names(frames["panel"])
    hashes = ReleaseHashes(frames)
    identity = hashes.release_id()
    if folder := store.get(settings.root, "release", identity):
        return folder
    files = _files(frames)
    description = {
        "release_schema": RELEASE_SCHEMA,
        "release_id": identity,
        **described(frames, hashes),
        **({} if offered is None else {"offered": list(offered)}),
    }
    names = sorted(files)

    def write_manifest(path: Path) -> None:
        listed = [{"name": name, "sha256": sha256_of(path.with_name(name))[0]} for name in names]
        content = {**description, "files": listed}
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")

    return store.put(settings.root, "release", identity, {**files, "manifest.json": write_manifest})


def described(frames: Mapping[str, pd.DataFrame], hashes: ReleaseHashes) -> dict[str, Any]:
    """The manifest's description of a release's tables, read from the tables, with their hashes."""
    years = frames["panel"]["year"]
    simulated = (frames["observations"]["status"] == SIMULATED).any()
    return {
        "first_year": None if years.empty else int(years.min()),
        "last_year": None if years.empty else int(years.max()),
        "rows": {name: len(frame) for name, frame in frames.items()},
        MARK: SIMULATED if simulated else "official",
        "sources": _sources(frames["observations"]),
        **hashes.of_parts(),
    }


def _sources(observations: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Files the panel's cells come from."""
    columns = ["source", "edition", "vintage", "file", "sha256"]
    files = observations[columns].drop_duplicates().sort_values(columns)
    return files.astype({"edition": int, "vintage": str}).to_dict("records")


def _files(frames: dict[str, pd.DataFrame]) -> dict[str, Callable[[Path], object]]:
    """Functions that write the files of a release, by name."""
    if (frames["observations"]["status"] == SIMULATED).any():
        frames = {name: _marked(frame) for name, frame in frames.items()}
    copy, mark = _with_mark(frames["panel"])
    return {
        **{f"{n}.parquet": partial(frame.to_parquet, index=False) for n, frame in frames.items()},
        "panel.csv": partial(copy.to_csv, **CSV),
        "panel.dta": partial(_write_stata, copy, frames["indicators"], frames["provinces"], mark),
    }


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose Parquet file says that values are simulated."""
    marked = frame.copy(deep=False)
    marked.attrs = {**frame.attrs, MARK: SIMULATED}
    return marked


def _with_mark(panel: pd.DataFrame) -> tuple[pd.DataFrame, str | None]:
    """The panel as its copies have it, with a column of the mark that its Parquet file has, and the mark."""
    mark = panel.attrs.get(MARK)
    return (panel if mark is None else panel.assign(**{MARK: mark})), mark


def unlike_panel(folder: Path, panel: pd.DataFrame) -> Iterator[tuple[Path, str]]:
    """Yield each copy of a release's panel that holds other values than the panel, with the reason.

    Bytes of other versions of the libraries may differ, so values are compared where the bytes do.
    """
    panel, _ = _with_mark(panel)
    text = folder / "panel.csv"
    if text.is_file() and text.read_bytes() != panel.to_csv(**CSV).encode():
        kinds = {"province_code": str}
        if reason := _difference(pd.read_csv(text, dtype=kinds), panel, list(panel.columns)):
            yield text, reason
    stata = folder / "panel.dta"
    if stata.is_file():
        frame = pd.read_stata(stata, convert_categoricals=False)
        if reason := _difference(frame, panel, [c for c in panel.columns if c in frame.columns]):
            yield stata, reason


def _difference(frame: pd.DataFrame, panel: pd.DataFrame, columns: Sequence[str]) -> str:
    """Return how two panels differ, row by row of unit and period; empty where they are the same."""
    keys = ["province_code", "year"]
    if missing := [name for name in (*keys, *columns) if name not in frame.columns]:
        return f"{', '.join(missing)} missing"
    if len(frame) != len(panel):
        return f"{len(frame)} rows, expected {len(panel)}"
    ours, theirs = (
        frame.astype({"province_code": str, "year": "int64"}).sort_values(keys, kind="stable")
        for frame in (panel, frame)
    )
    for name in dict.fromkeys((*keys, *columns)):
        mine, other = ours[name], theirs[name]
        if pd.api.types.is_numeric_dtype(mine):
            same = np.array_equal(
                mine.to_numpy("float64", na_value=np.nan),
                pd.to_numeric(other, errors="coerce").to_numpy("float64", na_value=np.nan),
                equal_nan=True,
            )
        else:
            same = mine.fillna("").astype(str).tolist() == other.fillna("").astype(str).tolist()
        if not same:
            return f"column {name}"
    return ""


def refuse_long_names(panel: pd.DataFrame) -> None:
    """Refuse a panel with columns whose names Stata does not take."""
    if long := [name for name in panel.columns if len(name) > LONGEST_NAME]:
        raise Refused(
            Code.SEED(
                "marts.panel has columns whose names are too long for Stata: {long}",
                "shorten the names in the seed measures.csv",
                long=long,
            )
        )


def _write_stata(
    panel: pd.DataFrame,
    indicators: pd.DataFrame,
    units: pd.DataFrame,
    mark: str | None,
    path: Path,
) -> None:
    """Write a Stata 14 file, ready for `xtset id year`, its columns labelled by title and unit.

    `id` numbers the units and shows their names. A label is cut at 80 characters.
    """
    names = dict(zip(units["province_code"], units["province"].astype(str), strict=True))
    # one text for each unit: an object for each row would take more memory than the file
    places, listed = pd.factorize(panel["province_code"])
    numbers = number_units(listed)
    columns = {
        "id": np.array([numbers[code] for code in listed], dtype="int32")[places],
        "year": panel["year"].astype("int32"),
        "province_code": np.array([*listed], dtype=object)[places],
        "province": np.array([names[code] for code in listed], dtype=object)[places],
    }
    measures = panel.drop(columns=["province_code", "year"])
    keys = {"id": "Unit, numbered", "year": "Period", "province_code": "Code of the unit",
            "province": "Name of the unit"}  # fmt: skip
    write_stata(
        pd.DataFrame(columns).join(measures, rsuffix="_").sort_values(["id", "year"]),
        path,
        variable_labels=keys | measure_labels(indicators, panel.columns),
        value_labels={"id": {number: names[code] for code, number in numbers.items()}},
        title=None if mark is None else f"{mark.upper()} VALUES",
    )

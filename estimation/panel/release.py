"""A frozen release as estimation sees it: one folder of hashed files, read whole.

Reading a release and turning its panel into the forms the estimators take.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.panel import sentences
from living_panel.estimation.panel.by_identity import by_identity
from living_panel.estimation.panel.canonical import CanonicalText
from living_panel.estimation.panel.errors import OtherSchema, Unusable
from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.problems import Place

RELEASE_SCHEMA = 1
WHOLE_RELEASE_KINDS = frozenset({"audit", "proxies"})
"""Kinds that read more than the measures of their variables."""
TABLES = ("panel", "observations", "indicators", "provinces", "series_breaks", "national")


@dataclass(frozen=True)
class Release:
    """The frames of one release.

    Attributes
    ----------
    release_id : str
        Hash of the content, 16 characters.
    panel : pandas.DataFrame
        (province_code, year) MultiIndex, one column a measure; NaN without a value.
    observations : pandas.DataFrame
        The panel's cells long, with source, edition, vintage, sha256, status and quality.
    indicators, provinces, series_breaks, national : pandas.DataFrame
        The marts of the same names.
    manifest : mapping
    interpolate_from : pandas.DataFrame or None
        Panel between whose cells gaps are filled; None is `panel` itself. Only a comparison of two
        releases sets it, to move the filled cells apart from the observed ones.
    """

    release_id: str
    panel: pd.DataFrame
    observations: pd.DataFrame
    indicators: pd.DataFrame
    provinces: pd.DataFrame
    series_breaks: pd.DataFrame
    national: pd.DataFrame
    manifest: Mapping[str, Any]
    interpolate_from: pd.DataFrame | None = None

    @property
    def simulated(self) -> bool:
        """Whether any cell of the panel is simulated."""
        return "simulated" in self.measures_by_status

    @property
    def simulated_cells(self) -> pd.DataFrame:
        """Observations that are simulated: measure, province_code and year."""
        return _simulated_cells(self.observations)

    @property
    def breaks(self) -> list[dict[str, Any]]:
        """Documented breaks of series: measure, province_code ("" for all), year, reason."""
        return _breaks(self.series_breaks)

    @property
    def measures_by_status(self) -> dict[str, frozenset[str]]:
        """Measures that have observations of each status."""
        return _measures_by_status(self.observations)

    @property
    def low_quality(self) -> pd.DataFrame:
        """Cells of low quality: measure, province_code, year and note."""
        return _low_quality(self.observations)

    @property
    def low_by_measure(self) -> dict[str, tuple[pd.DataFrame, pd.MultiIndex]]:
        """Cells of low quality by measure, where there are some, with their units and years."""
        return _low_by_measure(self.observations)

    @cached_property
    def _titles(self) -> dict[str, str]:
        known = self.indicators
        return dict(zip(known["measure"], known["title"], strict=True)) if "title" in known else {}

    def title(self, measure: str) -> str:
        """A measure's title; its name in a release from before there were titles."""
        return str(self._titles.get(measure, measure))

    @cached_property
    def unit_names(self) -> dict[str, str]:
        """Name of each unit by its code."""
        return dict(zip(self.provinces["province_code"], self.provinces["province"], strict=True))

    def unit_name(self, code: str) -> str:
        """Name of a unit; its code where it has none."""
        return str(self.unit_names.get(code, code))

    def words(self, measure: str) -> str:
        """A measure's title as it stands inside a sentence."""
        title = self.title(measure)
        return title[:1].lower() + title[1:] if title[1:2].islower() else title


# Releases of a comparison have a panel each, and their other frames from one of the two sides.
@by_identity
def _simulated_cells(observations: pd.DataFrame) -> pd.DataFrame:
    drawn = observations["status"] == "simulated"
    return observations.loc[drawn, ["measure", "province_code", "year"]]


@by_identity
def _measures_by_status(observations: pd.DataFrame) -> dict[str, frozenset[str]]:
    groups = observations.groupby("status")["measure"].unique()
    return {str(status): frozenset(names) for status, names in groups.items()}


@by_identity
def _low_quality(observations: pd.DataFrame) -> pd.DataFrame:
    low = (observations["quality"] == "low").to_numpy()
    return observations.loc[low, ["measure", "province_code", "year", "note"]]


@by_identity
def _low_by_measure(observations: pd.DataFrame) -> dict[str, tuple[pd.DataFrame, pd.MultiIndex]]:
    return {
        str(name): (part, pd.MultiIndex.from_frame(part[["province_code", "year"]]))
        for name, part in _low_quality(observations).groupby("measure")
    }


@by_identity
def _breaks(series_breaks: pd.DataFrame) -> list[dict[str, Any]]:
    columns = ["measure", "province_code", "year", "reason"]
    return series_breaks[columns].fillna("").drop_duplicates().to_dict("records")


def narrowed(release: Release, measures: Set[str]) -> Release:
    """A release with the cells, observations and breaks of some measures alone."""
    panel = release.panel
    columns = [name for name in panel.columns if name in measures]
    observations, breaks = (
        _of_measures(frame, measures) for frame in (release.observations, release.series_breaks)
    )
    return replace(release, panel=panel[columns], observations=observations, series_breaks=breaks)


def _of_measures(frame: pd.DataFrame, measures: Set[str]) -> pd.DataFrame:
    """Rows of some measures; the frame itself where these are all."""
    rows = frame["measure"].isin(measures)
    return frame if rows.all() else frame[rows]


def release_inputs(kind: str, measures: Set[str], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Hashes of the parts of a release that a table reads: part of its artifact's key.

    Parameters
    ----------
    kind : str
        Kind of the table.
    measures : set of str
        Measures that its spec names.
    manifest : mapping
        Manifest of the release.

    Returns
    -------
    dict
        Content hashes of the units and of each measure. The hash of the whole release for a kind that reads all of it,
        and for a release whose manifest has no hashes of measures.
    """
    if _reads_whole(kind, manifest):
        return {"release": manifest["release_id"]}
    hashes = manifest["measures"]
    return {
        "units": manifest["units"],
        "measures": {name: hashes.get(name) for name in sorted(measures)},
    }


def _reads_whole(kind: str, manifest: Mapping[str, Any]) -> bool:
    return kind in WHOLE_RELEASE_KINDS or "measures" not in manifest


def released_to(kind: str, measures: Set[str], release: Release) -> Release:
    """A release as a table of this kind may read it: no other measure, no year beyond theirs.

    What `release_inputs` does not hash cannot change a number, because no estimator sees it.
    """
    if _reads_whole(kind, release.manifest) or not measures <= set(release.panel.columns):
        return release
    part = narrowed(release, measures)
    years = part.panel.index.get_level_values("year")
    known = years[part.panel.notna().any(axis=1)]
    if known.empty:
        return part
    rows = (years >= known.min()) & (years <= known.max())
    return replace(part, panel=part.panel[rows])


def load_release(folder: Path) -> Release:
    """Read a release and check that it is the one its manifest describes; raises as `verify_release`."""
    manifest = verify_release(folder)
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    frames["panel"] = frames["panel"].set_index(["province_code", "year"]).sort_index()
    return Release(manifest["release_id"], manifest=manifest, **frames)


def verify_release(folder: Path) -> dict[str, Any]:
    """Check the files of a release against its manifest, and return the manifest.

    Raises
    ------
    ValueError
        If the schema is newer or older than this code reads, or a file's bytes are not those of the
        manifest; names the file and the remedy.
    """
    remedy = "remove the release's folder; `make run` writes it again from the archive"
    manifest = checked_manifest(
        folder, "release", [RELEASE_SCHEMA], {"release_id", "sources", "files"}, remedy
    )
    for entry in manifest["files"]:
        path = folder / entry["name"]
        if not path.exists() or sha256_of(path)[0] != entry["sha256"]:
            raise Unusable(
                Code.SPEC_RELEASE(
                    "the file is missing, or differs from its manifest",
                    "{remedy}",
                    Place(file=str(path)),
                    remedy=remedy,
                )
            )
    return manifest


def release_of(frames: Mapping[str, pd.DataFrame], *, with_identity: bool) -> Release:
    """A release of these six tables that is in no folder, for a table that is only tried.

    Without identity nothing is hashed: the name of the release is empty, and so are the hashes of its measures.
    """
    panel = frames["panel"].set_index(["province_code", "year"]).sort_index()
    identity = ReleaseHashes(frames).release_id() if with_identity else ""
    parts = {"units": "", "measures": dict.fromkeys(panel.columns, "")}
    manifest = {"release_id": identity, **(parts if _is_rectangular(frames["panel"]) else {})}
    others = {name: frame for name, frame in frames.items() if name != "panel"}
    return Release(identity, panel, manifest=manifest, **others)


def _is_rectangular(panel: pd.DataFrame) -> bool:
    """Whether a panel has a row for each of its units in each of its years."""
    return len(panel) == panel["province_code"].nunique() * panel["year"].nunique()


def checked_manifest(
    folder: Path, kind: str, schemas: Collection[int], needed: Set[str], remedy: str
) -> dict[str, Any]:
    """The manifest of a folder, if this code reads it.

    Raises
    ------
    ValueError
        If it is missing, cut, of another schema, or without a key it needs; names file and remedy.
    """
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unusable(
            sentences.FILE_NOT_READ(Place(file=str(path)), error=error, remedy=remedy)
        ) from error
    schema = manifest.get(f"{kind}_schema") if isinstance(manifest, dict) else None
    if schema not in schemas:
        fault = OtherSchema if isinstance(schema, int) else Unusable
        raise fault(
            Code.FORMER_VERSION(
                "{kind} has schema {found!r}, but this program reads {known}",
                "{remedy}",
                Place(file=str(path)),
                kind=kind,
                found=schema,
                known=[*schemas],
                remedy=remedy,
            )
        )
    if missing := needed - set(manifest):
        raise Unusable(
            Code.SPEC_RELEASE(
                "the file lacks the keys {missing}",
                "{remedy}",
                Place(file=str(path)),
                missing=[*sorted(missing)],
                remedy=remedy,
            )
        )
    return dict(manifest)


class ReleaseHashes:
    """The hashes of a release's six tables, all made from one canonical text of each."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = frames
        self._texts = {name: CanonicalText(frames[name]) for name in TABLES}

    def release_id(self) -> str:
        """Identity of the release: hash of its tables' content, order of rows not counting."""
        lines = (f"{name} {self._texts[name].hash()}\n" for name in TABLES)
        text = f"release schema {RELEASE_SCHEMA}\n" + "".join(lines)
        return sha256_of_bytes(text.encode())[:16]

    def of_parts(self) -> dict[str, Any]:
        """Hashes of the units and of each measure of a release whose panel is units by years.

        Returns
        -------
        dict
            `units` and `measures` (name to hash of its cells, their sources, its breaks and its title).
            Empty if the panel lacks some unit in some year: its rows are then information too.
        """
        panel = self._frames["panel"]
        if not _is_rectangular(panel):
            return {}
        names = [c for c in panel.columns if c not in ("province_code", "year")]
        rows_of_measures = {
            name: self._frames[name].groupby("measure").indices
            for name in ("observations", "series_breaks", "indicators")
        }
        return {
            "units": self._texts["provinces"].hash()[:16],
            "measures": {name: self._of_measure(name, rows_of_measures) for name in names},
        }

    def _of_measure(
        self, measure: str, rows_of_measures: Mapping[str, Mapping[Any, np.ndarray]]
    ) -> str:
        # units and years are never missing
        known = np.flatnonzero(self._frames["panel"][measure].notna())
        columns = ("province_code", "year", measure)
        text = self._texts["panel"].hash(columns, known)
        for name, rows in rows_of_measures.items():
            text += self._texts[name].hash(rows=rows.get(measure, np.empty(0, dtype=np.intp)))
        return sha256_of_bytes(text.encode())[:16]


def release_id(frames: Mapping[str, pd.DataFrame]) -> str:
    """Identity of the release of these six tables."""
    return ReleaseHashes(frames).release_id()


def wide(series: pd.Series) -> pd.DataFrame:
    """Panel series as the series tests take it: rows = years in order, columns = units."""
    return series.unstack("province_code").sort_index()

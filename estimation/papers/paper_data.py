"""The data that a paper brings: its own units and values, in the form of a release.

`data/panel.csv` has columns unit, year and one a measure; `data/units.csv` unit, name and group;
`data/measures.csv` measure, title, unit, description; `data/source.yml` says where they come from.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from living_panel.estimation.data_sets.data_set import load_data_set
from living_panel.estimation.data_sets.dates import last_day
from living_panel.estimation.data_sets.form import NEWEST
from living_panel.estimation.panel.errors import InvalidSpec, Unusable, as_utf8
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.panel.periods import FORMS, FREQUENCIES, Frequency, numbers_of
from living_panel.estimation.panel.spec import PAPER_FILE, PAPERS
from living_panel.estimation.panel.texts import TEXT, repeat_texts, word
from living_panel.estimation.papers import codes
from living_panel.estimation.papers.from_data_set import (
    Choice,
    choice_of,
    described_measures,
    edition_of,
    joined,
    series_breaks,
    with_origin,
)
from living_panel.estimation.papers.package_data import Package, load_panel, package_of
from living_panel.estimation.papers.prepared import RAW, SQL, is_prepared, origin, prepare
from living_panel.estimation.papers.rows import PrintedMeasure, PrintedUnit, columns_of, read_rows
from living_panel.ingestion.digests import sha256_of
from living_panel.problems import Place

FOLDER = "data"
KINDS_OF_DATA = {"official": "official", "authors": "authors", "simulated": "simulated"}
"""Status of a cell by `status` of source.yml."""
PANEL = "panel.csv"
FILES = (PANEL, "units.csv", "measures.csv", "source.yml")


class SourceForm(BaseModel):
    """`source.yml`: what a paper's own data are. Other keys are ignored."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    source: str
    """Name of the data as a source."""
    edition: int
    """Year of the data's publication."""
    obtained: date
    """Day on which the data were obtained."""
    citation: str
    """Citation of the data."""
    status: Literal["official", "authors", "simulated"]
    """Kind of data: official values, those of the paper's authors, or simulated ones."""
    title: str = ""
    """Title of the data in a package; by default their name."""
    producer: str = ""
    """Authority or authors who produced the data."""
    licence: str = ""
    """Licence of the data."""
    access: str = ""
    """Way in which a reader gets the data."""
    data: Package | Choice | None = None
    """Python package or data set of the values; leave it out if `panel.csv` or raw files have the values."""


def find_data_folder(paper: Path) -> Path | None:
    """Folder of the data a paper brings, or None where it rests on the warehouse."""
    folder = paper / FOLDER
    return folder if folder.is_dir() else None


def rests_on_panel(paper: str, papers: Path = PAPERS) -> bool:
    """Whether tables of a paper, or of none, are estimated on the warehouse's panel and not on the paper's own data."""
    return not paper or find_data_folder(papers / paper) is None


def release_frames(
    folder: Path,
    edition: str | None = None,
    as_of: str | None = None,
    *,
    with_print: bool = True,
) -> dict[str, pd.DataFrame]:
    """The six tables of a release from a paper's own files.

    `edition` is that of the data set that they name, where it is another one than they say. As of a date, later
    editions are unknown. `with_print` is whether the observations say how each value is printed: estimation reads
    nothing of that.

    Raises
    ------
    ValueError
        With file, error and remedy. For a missing file or column, an unregistered unit, a measure without a title, a
        cell given twice or that is no number.
    """
    panel, units, measures = read_paper_data(folder, edition, as_of)
    names = list(measures["measure"])
    panel = panel.rename(columns={"unit": "province_code"})[["province_code", "year", *names]]
    panel = panel.astype({"year": "int32", **dict.fromkeys(names, "float64")})
    source = edition_of(folder, edition, as_of)
    cells = _cells(folder, panel, measures, with_print=with_print or source is not None)
    breaks = pd.DataFrame(columns=["province_code", "measure", "year", "reason"], dtype="str")
    breaks = breaks.astype({"year": "int32"})
    if source is not None:
        cells = with_origin(source, cells, set(source[0].measures) - set(names))
        breaks = series_breaks(source, panel)
    return {
        "panel": panel,
        "observations": cells,
        "indicators": _indicators(cells, measures),
        "provinces": pd.DataFrame(
            {
                "province_code": units["unit"], "province": units["name"], "province_zh": units["name"],
                "region_three": units["group"], "region_nbs": units["group"],
            }
        ),
        "series_breaks": breaks,
        "national": cells.head(0).drop(columns="province_code"),
    }  # fmt: skip


CELL = {
    "province_code": "str", "year": "int32", "measure": "str", "value": "float64", "source": "str",
    "edition": "int32", "vintage": "str", "file": "str", "sha256": "str", "location": "str",
    "indicator_label": "str", "unit": "str", "value_printed": "str", "status": "str",
    "quality": "str", "note": "str",
}  # fmt: skip
"""Columns of a release's observations, with their types."""


def empty_frames() -> dict[str, pd.DataFrame]:
    """Return the six tables of a release without rows, for a data root without sources."""
    columns = {
        "panel": {"province_code": "str", "year": "int32"},
        "observations": CELL,
        "indicators": dict.fromkeys(("measure", "title", "unit", "concept", "proxy_for"), "str"),
        "provinces": dict.fromkeys(
            ("province_code", "province", "province_zh", "region_three", "region_nbs"), "str"
        ),
        "series_breaks": {
            "province_code": "str",
            "measure": "str",
            "year": "int32",
            "reason": "str",
        },
        "national": {name: kind for name, kind in CELL.items() if name != "province_code"},
    }
    return {name: pd.DataFrame(columns=[*kinds]).astype(kinds) for name, kinds in columns.items()}


def read_paper_data(
    folder: Path, edition: str | None = None, as_of: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Panel, units and measures of a paper's own files, compared with each other; raises as `release_frames`."""
    if (package := package_of(folder)) is not None:
        return _from_package(folder, package)
    frequency, prepared = frequency_in(folder), is_prepared(folder)
    chosen = edition_of(folder, edition, as_of)
    path = folder / (SQL if prepared else PANEL)
    listed = (folder / "units.csv").exists()
    made = prepared or path.exists()
    panel = pd.DataFrame()
    if made:
        panel = (
            _read_panel(folder / PANEL)
            if not prepared
            else prepare(folder, edition=edition, as_of=as_of)
        )
    numbered = made and not listed and "unit" not in panel
    named_by_set = made and not listed and not numbered and chosen is not None
    for name in FILES:
        absent = not (folder / name).exists()
        given = {PANEL: prepared, "units.csv": numbered or named_by_set}
        if absent and not given.get(name):
            raise Unusable(codes.FILES_MISSING(Place(file=str(folder / name))))
    if numbered:  # several rows of a unit and year: each row is numbered, the unit is a measure
        panel.insert(0, "unit", [str(n) for n in range(1, len(panel) + 1)])
        units = pd.DataFrame({"unit": panel["unit"], "name": panel["unit"], "group": "all"})
    elif named_by_set and chosen is not None:
        units = chosen[1].units
        units = units[units["unit"].isin(panel["unit"])].reset_index(drop=True)
    else:
        units = _listed(folder / "units.csv", PrintedUnit)
    measures = _listed(folder / "measures.csv", PrintedMeasure)
    if chosen is not None:
        measures = described_measures(chosen, measures)
        panel = panel if prepared else joined(chosen, panel)
    for name, frame in (("unit", units), ("measure", measures)):
        twice = frame.duplicated(name)
        _refuse(folder / f"{name}s.csv", twice, f"the file already has this {name}", "keep one row")
    panel = _check_panel(path, panel, units, measures, frequency)
    source_of(folder)
    return panel, units, measures


def frequency_in(folder: Path) -> Frequency:
    """Frequency of a paper's own data, as the sample of its paper.yml says; years where it does not.

    Raises
    ------
    InvalidSpec
        For another frequency than those there are.
    """
    path = folder.parent / PAPER_FILE
    if not path.is_file():
        return "years"
    marked = Marked(path)
    sample = marked.content.get("sample") if isinstance(marked.content, dict) else None
    frequency = (sample.get("frequency") if isinstance(sample, dict) else None) or "years"
    if frequency not in FREQUENCIES:
        place = marked.place(("sample", "frequency"))
        raise InvalidSpec(codes.FREQUENCY(place, value=str(frequency), known=[*FREQUENCIES]))
    return cast(Frequency, frequency)


def _listed(path: Path, kind: type[PrintedUnit] | type[PrintedMeasure]) -> pd.DataFrame:
    rows = read_rows(path, kind)
    return pd.DataFrame({name: [getattr(row, name) for row in rows] for name in columns_of(kind)})


def check_form(folder: Path) -> None:
    """Check a paper's own data; of a package's, without loading it, only what is written about it."""
    if package_of(folder) is None:
        read_paper_data(folder)
        return
    source_of(folder)
    read_rows(folder / "measures.csv", PrintedMeasure)


def _from_package(
    folder: Path, package: Package
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Panel, units and measures of a data set that a package carries."""
    source_of(folder)
    rows = read_rows(folder / "measures.csv", PrintedMeasure)
    measures = pd.DataFrame(rows, columns=list(columns_of(PrintedMeasure)))
    panel, units = load_panel(folder, package, list(measures["measure"]))
    panel = panel.dropna(how="all", subset=list(measures["measure"]))
    panel = _check_panel(folder / "source.yml", panel, units, measures, frequency_in(folder))
    return panel, units, measures


def _read_panel(path: Path) -> pd.DataFrame:
    try:
        with as_utf8(path):
            panel = pd.read_csv(
                path,
                dtype={"unit": "str"},
                keep_default_na=False,
                na_values=[""],
                skip_blank_lines=False,
            )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        what = str(error).strip().removeprefix("Error tokenizing data. C error: ")
        raise Unusable(codes.WRONG_CELL(Place(file=str(path)), what=what)) from error
    return panel.dropna(how="all")  # rows keep their place in the file


def _check_panel(
    path: Path,
    panel: pd.DataFrame,
    units: pd.DataFrame,
    measures: pd.DataFrame,
    frequency: Frequency,
) -> pd.DataFrame:
    """Return a panel with its periods as numbers.

    A panel that is not of these units and measures, or has a cell that is no number, is refused.
    """
    needed = ["unit", "year"]
    if missing := [c for c in needed if c not in panel.columns]:
        raise Unusable(
            codes.NO_COLUMN(Place(file=str(path), line=1), missing=[*missing], needed=[*needed])
        )
    if odd := set(panel.columns) - set(needed) ^ set(measures["measure"]):
        raise Unusable(codes.MEASURES_DIFFER(Place(file=str(path)), odd=[*sorted(odd)]))
    places = pd.Index(units["unit"]).get_indexer(
        panel["unit"]
    )  # `isin` makes an object of each unit
    unknown = pd.Series(places < 0, index=panel.index)
    name = next(iter(panel.loc[unknown, "unit"]), "")
    _refuse(
        path,
        unknown,
        f"units.csv does not list unit {name!r}",
        "add a line for this unit to units.csv",
    )
    twice = panel.duplicated(needed)
    _refuse(path, twice, "the file already has this unit and year", "keep one row")
    periods = numbers_of(panel["year"], frequency)
    _refuse(
        path,
        periods.isna(),
        f"year is not one of the paper's {frequency}",
        f"write {FORMS[frequency]}, or another frequency in the sample of paper.yml",
    )
    numbers = panel[[*measures["measure"]]].apply(pd.to_numeric, errors="coerce")
    for name in measures["measure"]:
        wrong = ~(numbers[name].abs() < float("inf")) & panel[name].notna()
        _refuse(path, wrong, f"{name} is not a number", "write a number, or leave the cell empty")
    return panel.assign(year=periods.astype("int64"))


def _refuse(path: Path, wrong: pd.Series, what: str, remedy: str) -> None:
    """Refuse the first row of a file of which something is wrong."""
    if wrong.any():
        line = int(wrong.idxmax()) + 2
        raise Unusable(codes.NOT_CSV(Place(file=str(path), line=line), what=what, remedy=remedy))


def source_of(folder: Path) -> dict[str, object]:
    """Source of a paper's own data in a release: source, edition, vintage, sha256."""
    marked = Marked(folder / "source.yml")
    told = marked.content if isinstance(marked.content, dict) else {}
    needed = {name for name, field in SourceForm.model_fields.items() if field.is_required()}
    if missing := needed - set(told):
        problem = codes.SOURCE_INCOMPLETE(marked.place(()), missing=sorted(missing))
        raise InvalidSpec(problem)
    if not isinstance(told["edition"], int):
        place = marked.place(("edition",))
        raise InvalidSpec(codes.EDITION_NO_YEAR(place, value=told["edition"]))
    file, content = _file_and_hash(folder)
    return {
        "source": told["source"], "edition": told["edition"], "vintage": str(told["obtained"]),
        "file": file, "sha256": content,
    }  # fmt: skip


def is_published(folder: Path, as_of: str) -> bool:
    """Whether a paper's data existed on a date: its own by the year of their edition, a data set's by its release.

    A paper without files of its own rests on its data set alone.
    """
    day = last_day(as_of)
    choice = choice_of(folder)
    if choice is not None:
        first = load_data_set(choice.set).edition(choice.edition).day
        if choice.edition == NEWEST:
            first = load_data_set(choice.set).editions[0].day
        if first > day:
            return False
    brings = choice is None or (folder / RAW).exists() or (folder / PANEL).exists()
    return not brings or last_day(str(source_of(folder)["edition"])) <= day


def source_names(folder: Path) -> list[str]:
    """Sources of a paper's cells: its own, and the data set that it names."""
    choice = choice_of(folder)
    return [str(source_of(folder)["source"]), *([choice.set] if choice else [])]


def _file_and_hash(folder: Path) -> tuple[str, str]:
    """Return what a paper's own data are read from, and its hash."""
    if (package := package_of(folder)) is not None:
        return f"{package.package}: {package.dataset}", package.sha256
    if is_prepared(folder):
        return origin(folder)
    return PANEL, sha256_of(folder / PANEL)[0]


def status_of(folder: Path) -> str:
    """Kind of a paper's own data: official, authors (the authors' data) or simulated.

    Raises
    ------
    InvalidSpec
        For another one; names what there is.
    """
    marked = Marked(folder / "source.yml")
    status = marked.content.get("status")
    if status not in KINDS_OF_DATA:
        raise InvalidSpec(
            codes.SOURCE_STATUS(marked.place(("status",)), value=status, known=[*KINDS_OF_DATA])
        )
    return KINDS_OF_DATA[status]


def _cells(
    folder: Path, panel: pd.DataFrame, measures: pd.DataFrame, *, with_print: bool
) -> pd.DataFrame:
    """Cells of a panel with a value, measure by measure, with their source, and how they are printed if asked."""
    names = list(measures["measure"])
    known = [np.flatnonzero(panel[name].notna()) for name in names]
    rows = np.concatenate([np.empty(0, dtype=np.intp), *known])
    counts = [len(cells) for cells in known]
    values = np.concatenate(
        [np.empty(0), *(panel[name].to_numpy()[c] for name, c in zip(names, known, strict=True))]
    )

    def everywhere(value: object) -> object:
        return repeat_texts([value], [len(rows)]) if isinstance(value, str) else value

    constants = {**source_of(folder), "status": status_of(folder), "quality": "high", "note": ""}
    columns = {
        "province_code": panel["province_code"].array.take(rows),
        "year": panel["year"].to_numpy()[rows],
        "measure": repeat_texts(names, counts),
        "value": values,
        **{name: everywhere(value) for name, value in constants.items()},
    }
    if with_print:
        lines = pa.array(panel.index.to_numpy() + 2).cast(TEXT)
        lines = pc.binary_join_element_wise(word("line"), lines, word(" "))
        columns |= {
            "location": pd.array(lines.take(pa.array(rows)), dtype="str"),
            "indicator_label": repeat_texts(measures["title"], counts),
            "unit": repeat_texts(measures["unit"], counts),
            "value_printed": pd.array(pa.array(map(repr, values.tolist()), TEXT), dtype="str"),
        }
    cells = pd.DataFrame({name: columns[name] for name in CELL if name in columns})
    return cells.astype({"edition": "int32"})


def _indicators(cells: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    years = cells.groupby("measure")["year"]
    frame = measures[["measure", "title", "unit"]].assign(concept=measures["title"], proxy_for=None)
    return frame.assign(
        description=measures["description"],
        first_year=frame["measure"].map(years.min()),
        last_year=frame["measure"].map(years.max()),
        n_cells=frame["measure"].map(years.size()),
        sources=cells["source"].iloc[0],
    )

"""The data that a paper brings in the form of a release: its own units and values, compared with each other.

`data/panel.csv` has columns unit, year and one a measure; `data/units.csv` unit, name and group;
`data/measures.csv` measure, title, unit, description; `data/source.yml` says where they come from.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec, Unusable, as_utf8
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.panel.periods import FORMS, FREQUENCIES, Frequency, numbers_of
from living_panel.estimation.panel.spec import PAPER_FILE, PAPERS
from living_panel.estimation.panel.texts import TEXT, repeat_texts, word
from living_panel.estimation.papers import sentences, source
from living_panel.estimation.papers.rows import PrintedMeasure, PrintedUnit, columns_of, read_rows
from living_panel.problems import Place

UNITS = "units.csv"


def rests_on_panel(paper: str, papers: Path = PAPERS) -> bool:
    """Whether tables of a paper, or of none, are estimated on the warehouse's panel and not on the paper's own data."""
    return not paper or source.find_data_folder(papers / paper) is None


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
    chosen = source.edition_of(folder, edition, as_of)
    cells = _cells(folder, panel, measures, with_print=with_print or chosen is not None)
    breaks = pd.DataFrame(columns=["province_code", "measure", "year", "reason"], dtype="str")
    breaks = breaks.astype({"year": "int32"})
    if chosen is not None:
        cells = chosen.with_origin(cells, set(chosen.choice.taken) - set(names))
        breaks = chosen.series_breaks(panel)
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
    frequency = frequency_in(folder)
    if (package := source.origin_of(folder, source.Package)) is not None:
        source.read_source(folder)
        measures = _listed(folder / source.MEASURES, PrintedMeasure)
        panel, units = source.load_panel(folder, package, list(measures["measure"]))
        panel = panel.dropna(how="all", subset=list(measures["measure"]))
        panel = _check_panel(folder / source.SOURCE, panel, units, measures, frequency)
        return panel, units, measures
    prepared = source.is_prepared(folder)
    chosen = source.edition_of(folder, edition, as_of)
    path = folder / (source.SQL if prepared else source.PANEL)
    listed = (folder / UNITS).exists()
    made = path.exists()
    panel = pd.DataFrame()
    if prepared:
        panel = source.prepare(folder, edition=edition, as_of=as_of)
    elif made:
        panel = _read_panel(path)
    numbered = made and not listed and "unit" not in panel
    named_by_set = made and not listed and not numbered and chosen is not None
    needed = {
        source.PANEL: not prepared,
        UNITS: not numbered and not named_by_set,
        source.MEASURES: True,
        source.SOURCE: True,
    }
    for name, is_needed in needed.items():
        if is_needed and not (folder / name).exists():
            raise Unusable(
                Code.FILE_MISSING(
                    "the file is missing",
                    "write it as described in docs/papers.md, 'Data of its own'",
                    Place(file=str(folder / name)),
                )
            )
    if numbered:  # several rows of a unit and year: each row is numbered, the unit is a measure
        panel.insert(0, "unit", [str(n) for n in range(1, len(panel) + 1)])
        units = pd.DataFrame({"unit": panel["unit"], "name": panel["unit"], "group": "all"})
    elif named_by_set and chosen is not None:
        units = chosen.data_set.units
        units = units[units["unit"].isin(panel["unit"])].reset_index(drop=True)
    else:
        units = _listed(folder / UNITS, PrintedUnit)
    measures = _listed(folder / source.MEASURES, PrintedMeasure)
    if chosen is not None:
        measures = chosen.with_measures(measures)
        panel = panel if prepared else chosen.joined_to(panel)
    for name, frame in (("unit", units), ("measure", measures)):
        twice = frame.duplicated(name)
        _refuse(folder / f"{name}s.csv", twice, f"the file already has this {name}", "keep one row")
    panel = _check_panel(path, panel, units, measures, frequency)
    source.read_source(folder)
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
        raise InvalidSpec(
            Code.SPEC_VALUE(
                "{value!r} is not a known frequency of periods",
                "write one of {known}",
                place,
                value=str(frequency),
                known=[*FREQUENCIES],
            )
        )
    return cast(Frequency, frequency)


def _listed(path: Path, kind: type[PrintedUnit] | type[PrintedMeasure]) -> pd.DataFrame:
    rows = read_rows(path, kind)
    return pd.DataFrame({name: [getattr(row, name) for row in rows] for name in columns_of(kind)})


def check_form(folder: Path) -> None:
    """Check a paper's own data; of a package's, without loading it, only what is written about it."""
    if source.origin_of(folder, source.Package) is None:
        read_paper_data(folder)
        return
    source.read_source(folder)
    read_rows(folder / source.MEASURES, PrintedMeasure)


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
        raise Unusable(
            Code.PAPER_TABLE(
                "{what}",
                "write a header line, and in each line as many cells as in the header",
                Place(file=str(path)),
                what=what,
            )
        ) from error
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
            Code.PAPER_TABLE(
                "the file has no column {missing}",
                "write a header that names {needed}",
                Place(file=str(path), line=1),
                missing=[*missing],
                needed=[*needed],
            )
        )
    if odd := set(panel.columns) - set(needed) ^ set(measures["measure"]):
        raise Unusable(sentences.MEASURES_DIFFER(Place(file=str(path)), odd=[*sorted(odd)]))
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
        raise Unusable(
            Code.PAPER_TABLE(
                "{what}", "{remedy}", Place(file=str(path), line=line), what=what, remedy=remedy
            )
        )


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

    status = source.read_source(folder).status
    constants = {**source.source_record(folder), "status": status, "quality": "high", "note": ""}
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

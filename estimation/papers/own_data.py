"""The data that a paper brings: its own units and figures, in the form of a release.

`data/panel.csv` has columns unit, year and one a measure; `data/units.csv` unit, name and group;
`data/measures.csv` measure, title, unit, description; `data/source.yml` says where they come from.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from estimation.panel.marked_yaml import Marked
from estimation.papers.rows import Measure, Place, Unit, columns_of, read_rows

FOLDER = "data"
FILES = ("panel.csv", "units.csv", "measures.csv", "source.yml")


def own_data(paper: Path) -> Path | None:
    """Folder of the data a paper brings, or None where it rests on the warehouse."""
    folder = paper / FOLDER
    return folder if folder.is_dir() else None


def release_frames(folder: Path) -> dict[str, pd.DataFrame]:
    """The six tables of a release from a paper's own files.

    Raises
    ------
    ValueError
        Naming file, what is wrong and the remedy: a file or column that is missing, a unit that is not
        registered, a measure without a title, a cell given twice or that is no number.
    """
    panel, units, measures = read_held(folder)
    names = list(measures["measure"])
    panel = panel.rename(columns={"unit": "province_code"})[["province_code", "year", *names]]
    panel = panel.astype({"year": "int32", **dict.fromkeys(names, "float64")})
    cells = _cells(folder, panel, measures)
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
        "series_breaks": _empty(province_code="str", measure="str", year="int32", reason="str"),
        "national": cells.head(0).drop(columns="province_code"),
    }  # fmt: skip


def read_held(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Panel, units and measures of a paper's own files, held against each other; raises as `release_frames`."""
    for name in FILES:
        if not (folder / name).exists():
            raise ValueError(
                f"{folder / name}: missing. Remedy: docs/papers.md, 'Data of its own'."
            )
    panel = _read(folder / "panel.csv", list(columns_of(Place)))
    units = pd.DataFrame(read_rows(folder / "units.csv", Unit), columns=list(columns_of(Unit)))
    rows = read_rows(folder / "measures.csv", Measure)
    measures = pd.DataFrame(rows, columns=list(columns_of(Measure)))
    _hold(folder, panel, units, measures)
    source_of(folder)
    return panel, units, measures


def _read(path: Path, needed: list[str]) -> pd.DataFrame:
    frame = pd.read_csv(
        path,
        dtype={"unit": "str", "name": "str", "group": "str"},
        keep_default_na=False,
        na_values=[""],
    )
    missing = [c for c in needed if c not in frame.columns]
    if missing:
        raise ValueError(
            f"{path}:1: no column {', '.join(missing)}. Remedy: the header names {', '.join(needed)}."
        )
    return frame


def _hold(folder: Path, panel: pd.DataFrame, units: pd.DataFrame, measures: pd.DataFrame) -> None:
    path = folder / "panel.csv"
    for line, unit in enumerate(panel["unit"], start=2):
        if unit not in set(units["unit"]):
            raise ValueError(
                f"{path}:{line}: unit {unit!r} is not in units.csv. Remedy: register it there."
            )
    twice = panel.duplicated(["unit", "year"])
    if twice.any():
        line = int(twice.to_numpy().argmax()) + 2
        raise ValueError(
            f"{path}:{line}: this unit and year are there already. Remedy: keep one row."
        )
    odd = set(panel.columns) - {"unit", "year"} ^ set(measures["measure"])
    if odd:
        raise ValueError(
            f"{path}: panel.csv and measures.csv differ in {', '.join(sorted(odd))}. Remedy: one row of "
            "measures.csv for each column."
        )
    for name in ("year", *measures["measure"]):
        numbers = pd.to_numeric(panel[name], errors="coerce")
        wrong = numbers.isna() & panel[name].notna()
        if name == "year":
            wrong = numbers.isna() | (numbers % 1 != 0)
        if wrong.any():
            line = int(wrong.to_numpy().argmax()) + 2
            raise ValueError(
                f"{path}:{line}: {name} is no number. Remedy: "
                + ("a whole year." if name == "year" else "a number, or an empty cell.")
            )


def source_of(folder: Path) -> dict[str, object]:
    """What a release names as the source of a paper's own data: source, edition, vintage, sha256."""
    marked, path = Marked(folder / "source.yml"), folder / "panel.csv"
    told = marked.content if isinstance(marked.content, dict) else {}
    if missing := {"source", "edition", "obtained", "citation"} - set(told):
        what = f"no {', '.join(sorted(missing))}"
        raise ValueError(marked.fault((), what, "docs/papers.md, 'Data of its own'"))
    return {
        "source": told["source"], "edition": told["edition"], "vintage": str(told["obtained"]),
        "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }  # fmt: skip


def _cells(folder: Path, panel: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    rows = panel.assign(location=[f"line {n}" for n in range(2, len(panel) + 2)])
    cells = rows.melt(["province_code", "year", "location"], var_name="measure").dropna(
        subset=["value"]
    )
    titles = measures.set_index("measure")
    return pd.DataFrame(
        {
            "province_code": cells["province_code"], "year": cells["year"], "measure": cells["measure"],
            "value": cells["value"], **source_of(folder), "location": cells["location"],
            "indicator_label": cells["measure"].map(titles["title"]),
            "unit": cells["measure"].map(titles["unit"]), "value_printed": cells["value"].map(repr),
            "status": "official", "quality": "high", "note": "",
        }
    ).astype({"edition": "int32"}).reset_index(drop=True)  # fmt: skip


def _indicators(cells: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    years = cells.groupby("measure")["year"]
    frame = measures[["measure", "title", "unit"]].assign(
        concept=measures["title"], stands_in_for=None
    )
    return frame.assign(
        description=measures["description"],
        first_year=frame["measure"].map(years.min()),
        last_year=frame["measure"].map(years.max()),
        n_cells=frame["measure"].map(years.size()),
        sources=cells["source"].iloc[0],
    )


def _empty(**kinds: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})

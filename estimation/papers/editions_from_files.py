"""A data set with editions from files of one's own, CSV, Stata or R, and another edition of one that is there."""

from __future__ import annotations

import csv
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from living_panel.codes import Code
from living_panel.estimation.data_sets import sentences
from living_panel.estimation.data_sets.data_set import (
    COLUMN,
    EDITIONS_FILE,
    DataSet,
    data_set_names,
    forget_data_sets,
    load_data_set,
    sets_folder,
)
from living_panel.estimation.data_sets.dates import FORM, last_day
from living_panel.estimation.data_sets.form import NAME, TABLES
from living_panel.estimation.panel.errors import InvalidSpec, as_utf8
from living_panel.estimation.papers.data_files import SUFFIXES, Proposal, propose
from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.problems import Place

COMPRESSED = ".csv.gz"
HASH_BLOCK = "sha256"


def new_data_set(name: str, files: Path, root: Path | None = None) -> Path:
    """Make a data set of a folder with one file an edition, and return its folder.

    An edition has the name of its file. Its release date is the year, month or day in that name, as in
    `indicators_2012-07.csv`. Licence and citation are empty, and are to be written into editions.yml.

    Raises
    ------
    InvalidSpec
        For a name that is taken or has another form, a folder without data files, a file without a date in its name,
        and a file without columns of unit and period.
    """
    target = (root or sets_folder()) / name
    if re.fullmatch(NAME, name) is None:
        raise InvalidSpec(
            Code.NAME_FORM(
                "{name!r} cannot be the name of a data set",
                "use small letters, digits and _",
                name=name,
            )
        )
    if target.exists():
        raise InvalidSpec(
            Code.NAME_TAKEN(
                "the folder {folder} already exists", "choose another name", folder=str(target)
            )
        )
    data_files = sorted(p for p in files.glob("*") if p.suffix in SUFFIXES)
    if not data_files:
        raise InvalidSpec(
            Code.SET_FORM(
                "the folder has no file of {known}",
                "name a folder with one file for each edition",
                Place(file=str(files)),
                known=[*SUFFIXES],
            )
        )
    dated = sorted(((_date_in(path), path) for path in data_files), key=lambda d: last_day(d[0]))
    proposals = {path: _proposal(path) for _, path in dated}
    texts = _texts(name, dated, proposals)
    _write_whole(target, texts)
    return target


def add_edition(
    data_set: str,
    file: Path,
    edition: str,
    released: str,
    description: Mapping[str, Any] | None = None,
    root: Path | None = None,
) -> Path:
    """Add a file to a data set as its newest edition, and return the changed editions.yml.

    Measures are in the columns that the newest edition has them in. Units that are new get their code as their name.

    Parameters
    ----------
    data_set : str
        Name of the data set.
    file : Path
        A CSV file with the data set's columns, also compressed; or a Stata or R file.
    edition, released : str
        Name of the edition; its release as a year, a month or a day.
    description : mapping, optional
        Other keys of the edition in editions.yml: licence, citation, reference_year.
    root : Path, optional
        Folder of the data sets.

    Raises
    ------
    InvalidSpec
        For a name that is taken, a date before the newest edition, and whatever reading the edition finds wrong;
        then the data set is as it was.
    """
    before = load_data_set(data_set, root)
    if edition in [e.name for e in before.editions]:
        raise InvalidSpec(sentences.EDITION_TWICE(Place(file=str(file)), name=edition))
    last_day(released)
    ending = COMPRESSED if file.name.endswith(COMPRESSED) else ".csv"
    name = re.sub(r"[^\w.-]", "_", f"{data_set}_{edition}{ending}")
    content = _content(before, file)
    entry = {
        "name": edition, "released": released, "file": name, HASH_BLOCK: sha256_of_bytes(content),
        "licence": "", "citation": "", **(description or {}),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / before.folder.name
        shutil.copytree(before.folder, copy)
        (copy / name).write_bytes(content)
        with as_utf8(file):
            raw = pd.read_csv(copy / name, dtype={before.form.columns.unit: "str"}, nrows=None)
        _append(copy / EDITIONS_FILE, _yaml_entries([entry]))
        _append(copy / "columns.csv", _csv(_columns_of(before, edition, raw.columns)))
        _append(copy / "units.csv", _csv(_new_units(before, raw)))
        read = load_data_set(data_set, Path(scratch))
        read.read(read.edition(edition))
        for changed in (name, EDITIONS_FILE, "columns.csv", "units.csv"):
            shutil.copy2(copy / changed, before.folder / changed)
    forget_data_sets()
    return before.folder / EDITIONS_FILE


def _date_in(path: Path) -> str:
    """Release date that the name of a file gives."""
    dates = [m.group() for m in FORM.finditer(path.stem) if 1900 <= int(m.group(1)) <= 2100]
    if not dates:
        raise InvalidSpec(sentences.RELEASED(Place(file=str(path)), value=path.stem))
    return dates[-1]


def _proposal(path: Path) -> Proposal:
    proposal = propose(path)
    if not proposal.unit or not proposal.period:
        raise InvalidSpec(
            Code.SET_FORM(
                "no column has a usual name of a unit or period",
                "name these columns, for example, country and year",
                Place(file=str(path)),
            )
        )
    return proposal


def _content(data_set: DataSet, file: Path) -> bytes:
    """Bytes of an edition's file: those of a CSV file, else its rows with the data set's columns."""
    if file.name.endswith(COMPRESSED) or file.suffix == ".csv":
        return file.read_bytes()
    panel = _proposal(file).panel
    columns = data_set.form.columns
    return _bytes(panel.rename(columns={"unit": columns.unit, "year": columns.year}))


def _bytes(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _columns_of(data_set: DataSet, edition: str, known: Iterable[str]) -> list[list[str]]:
    """Rows of columns.csv for an edition: those of the newest one whose columns the file has."""
    frame, there = data_set.tables["columns.csv"], set(known)
    newest = frame[frame["edition"] == data_set.edition().name]
    rows = []
    for row in newest.itertuples(index=False):
        match = COLUMN.fullmatch(row.column)
        parts = {part for part in (match["column"], match["per"]) if part} if match else set()
        if parts <= there:
            rows.append([row.measure, edition, row.column, row.distributed_as])
    return rows


def _new_units(data_set: DataSet, raw: pd.DataFrame) -> list[list[str]]:
    known = {*data_set.units["unit"], *data_set.tables["unit_codes.csv"]["source_code"]}
    column = data_set.form.columns.unit
    if column not in raw:
        return []
    return [[code, code, "all"] for code in sorted(set(raw[column].dropna()) - known)]


def _texts(
    name: str, dated: list[tuple[str, Path]], proposals: Mapping[Path, Proposal]
) -> dict[str, bytes]:
    """Files of a data set, by their names."""
    texts: dict[str, bytes] = {}
    entries, columns = [], []
    titles: dict[str, str] = {}
    units: dict[str, None] = {}
    for released, path in dated:
        proposal = proposals[path]
        texts[f"{path.stem}.csv"] = content = _bytes(proposal.panel)
        digest = sha256_of(path)[0]
        entries.append(
            {
                "name": path.stem, "released": released, "file": f"{path.stem}.csv",
                HASH_BLOCK: sha256_of_bytes(content), "licence": "", "citation": "",
                "made_from": f"{path.name}, sha256 {digest}",
            }
        )  # fmt: skip
        titles |= {m: t for m, t in proposal.labels.items() if m not in titles}
        columns += [[measure, path.stem, measure, measure] for measure in proposal.labels]
        units |= dict.fromkeys(proposal.panel["unit"])
    head = {
        "data_set": name,
        "title": name,
        "unit": {"name": "unit", "plural": "units"},
        "columns": {"unit": "unit", "year": "year"},
    }
    heading = "# Editions of a data set, oldest first. Write title, unit, licence and citation of each edition.\n"
    texts[EDITIONS_FILE] = (heading + _yaml(head) + "editions:\n" + _yaml_entries(entries)).encode()
    tables = {
        "units.csv": [[unit, unit, "all"] for unit in sorted(units)],
        "measures.csv": [[measure, title, "not stated", ""] for measure, title in titles.items()],
        "columns.csv": columns,
    }
    for table, rows in tables.items():
        texts[table] = (",".join(TABLES[table]) + "\n" + _csv(rows)).encode()
    return texts


def _yaml(content: Any) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def _yaml_entries(entries: list[dict[str, Any]]) -> str:
    """Entries of the list `editions`, indented as the bundled file has them."""
    return "".join(f"  {line}\n" for line in _yaml(entries).splitlines())


def _csv(rows: Iterable[list[str]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _append(path: Path, text: str) -> None:
    before = path.read_text(encoding="utf-8")
    path.write_text(before + ("" if before.endswith("\n") else "\n") + text, encoding="utf-8")


def _write_whole(target: Path, texts: Mapping[str, bytes]) -> None:
    """Write the files of a data set, checked, or none of them."""
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / target.name
        made.mkdir()
        for name, content in texts.items():
            (made / name).write_bytes(content)
        data_set = load_data_set(target.name, Path(scratch))
        for edition in data_set.editions:
            data_set.read(edition)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, target)
    forget_data_sets()


def is_data_set(name: str) -> bool:
    """Whether a name is that of a data set."""
    return name in data_set_names()

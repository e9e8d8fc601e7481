"""A panel made from raw files: `data/raw/` with receipts, and `data/prepare.sql` in DuckDB's SQL.

Each raw file is a table of the SQL, named by its stem; the columns of a CSV file are text, as printed. The edition of
a data set that `source.yml` names is the table `edition`. The SQL returns one row a unit and year. It reads nothing
else: DuckDB opens no other file and no address.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from living_panel.estimation.papers import codes
from living_panel.estimation.papers.from_data_set import (
    choice_of,
    content_of,
    edition_of,
    tables_of,
)
from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.ingestion.limited_yaml import YamlLoader, faults_of
from living_panel.problems import Place, ProblemError

SQL = "prepare.sql"
RAW = "raw"
RECEIPTS = "receipts.yml"
MIXING_SEED = 20261128
"""Seed of the order of rows, to test whether the order matters."""


class WrongRawFiles(ProblemError, ValueError):
    """Raw files without a receipt, changed ones, or SQL that does not make a panel."""

    general = codes.PAPER


class RawReceipt(BaseModel):
    """The receipt of a raw file."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    file: str
    """Name of the file in `raw/`."""
    sha256: str
    """SHA-256 of the bytes of the file."""
    obtained: date
    """Day on which these bytes were obtained."""
    producer: str
    """Authority, author or person who published the file."""
    publication: str
    """Title of the publication that the file belongs to."""
    obtained_by: str
    """Way in which the file was obtained."""
    licence: str = ""
    """Licence of the file, as far as it is known."""
    url: str = ""
    """Address of the file, as far as it is known."""
    redistribute: bool = True
    """False keeps the file out of packages, which then name it."""


def is_prepared(folder: Path) -> bool:
    """Return whether a paper's data folder makes its panel from raw files."""
    return (folder / SQL).is_file()


def raw_receipts(folder: Path) -> list[RawReceipt]:
    """Return the receipts of a data folder's raw files, each compared with its bytes.

    Raises
    ------
    WrongRawFiles
        If a file has no receipt, a receipt no file, or the bytes are others.
    """
    path = folder / RAW / RECEIPTS
    if not path.parent.exists() and choice_of(folder) is not None:
        return []  # all its values are those of a data set
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=YamlLoader)
        receipts = TypeAdapter(list[RawReceipt]).validate_python(content)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else faults_of(error)[0].reason
        raise WrongRawFiles(codes.RAW_RECEIPTS(Place(file=str(path)), reason=reason)) from error
    files = {p.name for p in path.parent.iterdir() if p.is_file()} - {RECEIPTS}
    problems = [
        codes.RAW_WITHOUT_RECEIPT(Place(file=str(path.parent / name)))
        for name in sorted(files - {r.file for r in receipts})
    ]
    for receipt in receipts:
        place = Place(file=str(path.parent / receipt.file))
        if receipt.file not in files:
            problems.append(
                codes.RAW_MISSING(
                    place, url=receipt.url or receipt.publication, sha256=receipt.sha256
                )
            )
        elif (digest := _sha256(path.parent / receipt.file)) != receipt.sha256:
            problems.append(
                codes.RAW_CHANGED(place, found=digest[:12], expected=receipt.sha256[:12])
            )
    if problems:
        raise WrongRawFiles(*problems)
    return receipts


def receipts_with(receipt: RawReceipt, folder: Path) -> str:
    """Return the receipts of a data folder with another one, as its receipts.yml holds them."""
    path = folder / RAW / RECEIPTS
    known = yaml.load(path.read_text(encoding="utf-8"), Loader=YamlLoader) if path.is_file() else []
    others = [r for r in known if r["file"] != receipt.file]
    entries = [*others, receipt.model_dump(mode="json", exclude_defaults=True)]
    return yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=110)


def origin(folder: Path) -> tuple[str, str]:
    """Return the files that a panel is made of, and the hash of them all.

    The hash is that of `sha256sum prepare.sql raw/…`, the raw files in alphabetical order.
    """
    names = [SQL, *sorted(f"{RAW}/{receipt.file}" for receipt in raw_receipts(folder))]
    lines = "".join(f"{_sha256(folder / name)}  {name}\n" for name in names)
    return ", ".join(names), sha256_of_bytes(lines.encode())


def prepare(
    folder: Path, *, mix: bool = False, edition: str | None = None, as_of: str | None = None
) -> pd.DataFrame:
    """Make the panel of a data folder from its raw files.

    Parameters
    ----------
    folder : Path
        The folder with `prepare.sql` and `raw/`.
    mix : bool
        Give the SQL the rows of every raw file in another order.
    edition : str, optional
        Edition of the data set, where it is another one than `source.yml` says.
    as_of : str, optional
        Date after which no edition of the data set was published.

    Returns
    -------
    pandas.DataFrame
        Columns unit, year and the measures, sorted by unit and year.

    Raises
    ------
    WrongRawFiles
        If a receipt does not hold, or DuckDB refuses the SQL.
    """
    chosen = edition_of(folder, edition, as_of)
    content = content_of(chosen) if chosen else ""
    return _prepared(folder, origin(folder)[1], mix, edition, as_of, content).copy()


@cache
def _prepared(
    folder: Path, _: str, mix: bool, edition: str | None, as_of: str | None, __: str
) -> pd.DataFrame:
    tables = {Path(r.file).stem: _read(folder / RAW / r.file) for r in raw_receipts(folder)}
    if (chosen := edition_of(folder, edition, as_of)) is not None:
        tables |= tables_of(chosen)
    if mix:
        tables = {n: t.sample(frac=1, random_state=MIXING_SEED) for n, t in tables.items()}
    panel = _run(folder / SQL, tables)
    if missing := {"unit", "year"} - set(panel.columns):
        place = Place(file=str(folder / SQL))
        raise WrongRawFiles(codes.PREPARE_COLUMNS(place, missing=sorted(missing)))
    panel["unit"] = panel["unit"].astype("str")
    return panel.sort_values(["unit", "year"], kind="stable").reset_index(drop=True)


def _read(path: Path) -> pd.DataFrame:
    """Return a raw file as a table; text stays text."""
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".dta":
        return pd.read_stata(path, convert_categoricals=False)
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype="str")
    known = [".csv", ".parquet", ".dta", ".xlsx"]
    raise WrongRawFiles(codes.DATA_KIND(Place(file=str(path)), suffix=path.suffix, known=known))


def _run(file: Path, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, frame in tables.items():
            connection.register(name, frame)
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        try:
            return connection.execute(file.read_text(encoding="utf-8")).df()
        except (duckdb.Error, UnicodeDecodeError) as error:
            reason = str(error).splitlines()[0]
            raise WrongRawFiles(codes.PREPARE_SQL(Place(file=str(file)), reason=reason)) from error


def _sha256(path: Path) -> str:
    return sha256_of(path)[0]

"""Two-way regressions on a registered Parquet set, estimated where it lies (kind `pushdown`).

For sets too large for memory: firms, products, counties. The set is a folder of Parquet files with a
receipt, whose hash the spec names, so that a table is of those bytes and no others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import ibis
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from estimation.econometrics.errors import Infeasible, InvalidData
from estimation.econometrics.fixed_effects.inference import Inference, resolve_mapping
from estimation.panel.errors import NotEstimable
from estimation.panel.figures import OFFICIAL
from estimation.panel.release import Release
from estimation.panel.spec import Spec
from estimation.pushdown import duckdb_engine, fitted, infer
from estimation.tables.builder import Builder
from estimation.tables.regressions import Columns, Ways
from estimation.tables.result import TableResult

RECEIPT = "receipt.yml"
REPOSITORY = Path(__file__).parents[2]
LABELS = {"n_obs": "Observations", "n_units": "Units", "n_periods": "Periods"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataSet(_Strict):
    """A folder of Parquet files, absolute or beside this code, and the hash of its receipt."""

    folder: str
    receipt_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class SetReceipt(_Strict):
    """Who published a set, when and how it was obtained, and the hash of every file."""

    producer: str
    publication: str
    vintage: str
    obtained_by: str
    figures: Literal["official", "simulated"]
    files: dict[str, str] = Field(min_length=1)


class Model(_Strict):
    """One column: columns of the set, logs taken already; `a:b` is a product."""

    id: str
    label: str
    y: str
    x: list[str] = Field(min_length=1)


class Options(_Strict):
    """Options of a push-down table; `primary` and `beside` are labels of `inference`."""

    engine: Literal["duckdb", "spark"]
    memory_limit: str
    data: DataSet
    unit: str
    time: str
    models: list[Model] = Field(min_length=1)
    inference: list[dict[str, Any]] = Field(min_length=1)
    primary: str
    beside: dict[str, str]
    labels: dict[str, str]


def estimate(spec: Spec, release: Release) -> TableResult:
    """Table of y_it = x_it'b + a_i + d_t + u_it, one column a model.

    Raises
    ------
    NotEstimable
        Where no model can be estimated on the set.
    ValueError
        For a set that is not the one of its receipt, naming file, hash and remedy.
    """
    options = Options.model_validate(spec.options)
    ways = [resolve_mapping(way) for way in options.inference]
    names = [way.label for way in ways]
    if missing := {options.primary, *options.beside} - set(names):
        raise ValueError(f"{spec.table}: {sorted(missing)} is not among the inference: {names}")
    folder, receipt = registered(options.data)
    status = OFFICIAL if receipt.figures == "official" else "simulated"
    table = Builder(spec, release)
    shown = Ways(
        inference=options.inference, primary=options.primary, beside=options.beside, constant=False
    )
    columns = Columns(table, shown)
    with _opened(options, folder) as data:
        for model in options.models:
            try:
                rows, numbers = _column(data, model, options, ways)
            except (Infeasible, InvalidData) as why:
                columns.refuse(model.label, model.id, why)
                continue
            columns.put(model.id, model.label, rows, numbers, status)
    if not table.coefficients:
        raise NotEstimable("; ".join(columns.reasons.values()))
    terms = dict.fromkeys(row["term"] for row in table.coefficients)
    said = [str(text) for (_, name), text in columns.numbers.items() if name == "note"]
    columns.grid(
        spec.title,
        {term: options.labels.get(term, term) for term in terms},
        [columns.row(label, name, "{:,.0f}") for name, label in LABELS.items()],
        [f"{receipt.publication} ({receipt.producer}, {receipt.vintage}).", *dict.fromkeys(said)],
        appendix=False,
    )
    mark = (
        "SIMULATED: every figure of this set is drawn by a program." if status != OFFICIAL else ""
    )
    table.banner = tuple(filter(None, (mark, f"Data set: {receipt.publication}.")))
    table.choices = {"inference": names, "primary": options.primary, "data": receipt.model_dump()}
    most = max(int(v) for (_, name), v in columns.numbers.items() if name == "n_obs")
    table.sample = {"n_obs": most, "dropped": [], "filled": []}
    table.status = status
    return table.result()


def registered(data: DataSet) -> tuple[Path, SetReceipt]:
    """Folder of a set and its receipt, every file held against its hash.

    Raises
    ------
    ValueError
        Naming file, what was found and the remedy.
    """
    folder = REPOSITORY / data.folder  # an absolute path stays itself
    path = folder / RECEIPT
    if not path.exists():
        raise ValueError(f"{path} is not there. Remedy: write the set's receipt beside its files.")
    content = path.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != data.receipt_sha256:
        raise ValueError(
            f"{path} has sha256 {found}, the spec names {data.receipt_sha256}: another state of the "
            "set. Remedy: restore it, or write the new hash into the spec."
        )
    try:
        receipt = SetReceipt.model_validate(yaml.safe_load(content))
    except (yaml.YAMLError, ValidationError) as error:
        raise ValueError(f"{path}: {error}. Remedy: mend the receipt.") from error
    present = {file.name for file in folder.glob("*.parquet")}
    if present != set(receipt.files):
        differ = sorted(present ^ set(receipt.files))
        raise ValueError(f"{folder}: {differ} are in the folder or in {RECEIPT}, not in both.")
    for name, expected in receipt.files.items():
        with (folder / name).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != expected:
            raise ValueError(
                f"{folder / name} has sha256 {found}, its receipt says {expected}. Remedy: restore "
                "the file, or register the new one."
            )
    return folder, receipt


@contextmanager
def _opened(options: Options, folder: Path) -> Iterator[Any]:
    """The set as a table of its engine."""
    if options.engine == "duckdb":
        with duckdb_engine(memory_limit=options.memory_limit) as engine:
            yield engine.read_parquet(str(folder / "*.parquet"))
        return
    from pyspark.sql import SparkSession  # only where a cluster is: not among the requirements

    # the cluster's owner configures the session; memory_limit is DuckDB's
    yield ibis.pyspark.connect(SparkSession.builder.getOrCreate()).read_parquet(str(folder))


def _column(
    data: Any, model: Model, options: Options, ways: list[Inference]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    clusters = list(dict.fromkeys(str(key) for way in ways for key in way.cluster))
    with fitted(
        data, model.y, model.x, clusters=clusters, unit=options.unit, time=options.time
    ) as fit:
        results = [infer(fit, way) for way in ways]
    rows = [row for result in results for row in result.to_frame(0.95).to_dict("records")]
    first = results[0]
    numbers: dict[str, Any] = {name: float(getattr(first, name)) for name in LABELS}
    numbers |= {f"r_squared.{kind}": value for kind, value in first.r_squared.items()}
    notes = list(dict.fromkeys(note for result in results for note in result.notes))
    if notes:
        numbers["note"] = f"{model.label}: {'; '.join(notes)}."
    return rows, numbers

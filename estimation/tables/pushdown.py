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
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from estimation.econometrics.errors import Infeasible, InvalidData
from estimation.econometrics.fixed_effects.inference import Inference, resolve_mapping
from estimation.panel.errors import NotEstimable
from estimation.panel.figures import OFFICIAL
from estimation.panel.release import Release
from estimation.panel.spec import Spec
from estimation.pushdown import duckdb_engine, fitted, infer
from estimation.tables.regression_grid import Column, Layout, regression_block
from estimation.tables.result import TableResult, coefficient_frame, statistic_frame

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
    coefficients: list[dict[str, Any]] = []
    statistics: list[dict[str, Any]] = []
    columns: list[Column] = []
    with _opened(options, folder) as table:
        for model in options.models:
            try:
                rows, numbers = _column(table, model, options, ways, status)
            except (Infeasible, InvalidData) as why:
                columns.append(Column(model.id, model.label, str(why)))
                numbers = [_statistic(model.id, "not_estimable", None, str(why))]
            else:
                columns.append(Column(model.id, model.label))
                coefficients += rows
            statistics += numbers
    if not coefficients:
        raise NotEstimable("; ".join(str(c.reason) for c in columns))
    values = {(s["model"], s["name"]): s["value"] for s in statistics if s["text"] is None}
    footer = [
        (label, {m: f"{v:,.0f}" for (m, n), v in values.items() if n == name})
        for name, label in LABELS.items()
    ]
    terms = dict.fromkeys(row["term"] for row in coefficients)
    layout = Layout(options.primary, tuple(options.beside), options.beside, spec.stars)
    said = [s["text"] for s in statistics if s["name"] == "note"]
    block = regression_block(
        spec.title,
        columns,
        {term: options.labels.get(term, term) for term in terms},
        pd.DataFrame(coefficients),
        layout,
        footer,
        [f"{receipt.publication} ({receipt.producer}, {receipt.vintage}).", *dict.fromkeys(said)],
    )
    mark = (
        "SIMULATED: every figure of this set is drawn by a program." if status != OFFICIAL else ""
    )
    most = max(int(v) for (_, name), v in values.items() if name == "n_obs")
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficient_frame(coefficients),
        statistics=statistic_frame(statistics),
        blocks=(block,),
        banner=tuple(filter(None, (mark, f"Data set: {receipt.publication}."))),
        choices={"inference": names, "primary": options.primary, "data": receipt.model_dump()},
        sample={"n_obs": most, "dropped": [], "filled": []},
        figures_status=status,
    )


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
    table: Any, model: Model, options: Options, ways: list[Inference], status: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    clusters = list(dict.fromkeys(str(key) for way in ways for key in way.cluster))
    with fitted(
        table, model.y, model.x, clusters=clusters, unit=options.unit, time=options.time
    ) as fit:
        results = [infer(fit, way) for way in ways]
    rows = [
        {**row, "model": model.id, "figures_status": status}
        for result in results
        for row in result.to_frame(0.95).to_dict("records")
    ]
    first = results[0]
    numbers: dict[str, float] = {name: float(getattr(first, name)) for name in LABELS}
    numbers |= {f"r_squared.{kind}": value for kind, value in first.r_squared.items()}
    statistics = [_statistic(model.id, name, value, None) for name, value in numbers.items()]
    notes = list(dict.fromkeys(note for result in results for note in result.notes))
    if notes:
        statistics.append(_statistic(model.id, "note", None, f"{model.label}: {'; '.join(notes)}."))
    return rows, statistics


def _statistic(model: str, name: str, value: float | None, text: str | None) -> dict[str, Any]:
    return {"model": model, "name": name, "value": value, "text": text}

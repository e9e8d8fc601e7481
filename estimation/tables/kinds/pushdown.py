"""Two-way regressions on a registered Parquet set, estimated where it lies (kind `pushdown`).

For sets too large for memory: firms, products, counties.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from living_panel.codes import Code
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.inference.covariance import Inference
from living_panel.estimation.econometrics.inference.engines import require_moments
from living_panel.estimation.econometrics.inference.reading import resolve, with_unit
from living_panel.estimation.econometrics.statistic import Name
from living_panel.estimation.panel.errors import InvalidSpec, NotEstimable
from living_panel.estimation.panel.figures import OFFICIAL
from living_panel.estimation.panel.registered import DataSet, registered
from living_panel.estimation.panel.spec import Strict
from living_panel.estimation.pushdown import duckdb_engine, fitted, infer, spark_engine
from living_panel.estimation.tables.builder import Builder, Rows
from living_panel.estimation.tables.facts import Facts
from living_panel.estimation.tables.regressions import (
    OUTCOME_MEAN,
    Columns,
    Inferred,
    ShownInference,
    df_fact,
)
from living_panel.estimation.tables.result import Statement

UNNAMED = "province_code"
"""Cluster column that labels of the first sets leave out."""
SIZES = ("n_obs", "n_units", "n_periods")


class PushdownModel(Strict):
    """One column."""

    id: str
    """Name of the column in results."""
    label: str
    """Heading of the column."""
    y: str
    """Column of the set with the dependent variable, logarithm taken already."""
    x: list[str] = Field(min_length=1)
    """Columns of the set with the regressors; `a:b` is a product."""


class Options(Inferred):
    """Options of a push-down table."""

    engine: Literal["duckdb", "spark"]
    """Engine that aggregates the data: DuckDB or Spark."""
    memory_limit: str = Field(pattern=r"^\d+(\.\d+)? ?[KMGT]i?B$")
    """Most memory that the engine may use, such as `4GB`."""
    master: str | None = Field(default=None, pattern=r"^spark://[^/:;@\s]+:\d+/?$")
    """Address of a Spark master, `spark://host:port`; a local session without it."""
    remote: str | None = Field(default=None, pattern=r"^sc://[^/:;@\s]+:\d+/?$")
    """Address of a Spark Connect server, `sc://host:port`."""
    data: DataSet
    """Registered set of Parquet files."""
    unit: str
    """Column of the set with the unit."""
    time: str
    """Column of the set with the period."""
    models: list[PushdownModel] = Field(min_length=1)
    """Columns of the table."""
    beside: dict[str, str]
    """Names of further inferences, by their label in `inference`; the appendix shows them."""
    labels: dict[str, str]
    """Name of a term in the table, by column of the set."""

    @property
    def named(self) -> set[str]:
        """Labels of the ways that the options name."""
        return {self.primary, *self.beside}

    @model_validator(mode="after")
    def _one_address(self) -> Options:
        if (self.master or self.remote) and self.engine != "spark":
            raise InvalidSpec(
                Code.SPEC_OPTIONS(
                    "master and remote are only for engine spark",
                    "remove them, or write engine: spark",
                )
            )
        if self.master and self.remote:
            raise InvalidSpec(
                Code.SPEC_OPTIONS(
                    "master and remote both give an address", "write only one of them"
                )
            )
        return self

    def check_earned(self, table: str) -> None:
        """Any way may earn the stars: units and clusters are the set's own."""
        self.check_named(table)


def fill(table: Builder, options: Options) -> None:
    """y_it = x_it'b + a_i + d_t + u_it on the set, one column a model."""
    ways = [resolve(**with_unit(way, options.unit), usual=(UNNAMED,)) for way in options.inference]
    for way in ways:
        require_moments(way)
    folder, receipt = registered(options.data)
    status = OFFICIAL if receipt.figures == "official" else "simulated"
    columns = Columns(
        table, ShownInference(options.primary, {options.primary: "primary", **options.beside})
    )
    with _opened(options, folder) as data:
        for model in options.models:
            with columns.refusing(model.label, model.id):
                rows, numbers, facts = _column(data, model, options, ways)
                columns.put(model.id, model.label, rows, numbers, status, facts)
    if not table.coefficients:
        raise NotEstimable(*chain.from_iterable(columns.refusals.values()))
    terms = dict.fromkeys(row["term"] for row in table.coefficients)
    texts = [str(text) for (_, name), text in columns.numbers.items() if name == "note"]
    labels = {term: options.labels.get(term, term) for term in terms}
    notes = [
        f"{receipt.publication} ({receipt.producer}, {receipt.vintage}).",
        *dict.fromkeys(texts),
    ]
    columns.grid(table.spec.title, labels, [], notes, appendix=False, tested=list(terms))
    if options.beside:
        columns.grid(table.spec.title, labels, [], notes, errors=True)
    drawn = "SIMULATED: a program generates every value of this set."
    mark = [Statement("simulated", (drawn,))] if status != OFFICIAL else []
    data_set = Statement("data_set", (f"Data set: {receipt.publication}.",))
    table.describe_values(status=status, banner=[*mark, data_set])
    table.choose(receipt=receipt.model_dump())
    most = max(int(v) for (_, name), v in columns.numbers.items() if name == "n_obs")
    table.describe_sample({"n_obs": most, "dropped": [], "filled": []})


@contextmanager
def _opened(options: Options, folder: Path) -> Iterator[Any]:
    """The set as a table of its engine."""
    if options.engine == "duckdb":
        with duckdb_engine(memory_limit=options.memory_limit) as engine:
            yield engine.read_parquet(str(folder / "*.parquet"))
        return
    # the cluster's owner sets its memory; memory_limit is DuckDB's
    with spark_engine(master=options.master, remote=options.remote) as engine:
        yield engine.read_parquet(str(folder))


def _column(
    data: Any, model: PushdownModel, options: Options, ways: list[Inference]
) -> tuple[Rows, dict[Name, Any], Facts]:
    clusters = list(dict.fromkeys(str(key) for way in ways for key in way.cluster))
    with fitted(
        data, model.y, model.x, clusters=clusters, unit=options.unit, time=options.time
    ) as fit:
        results = [infer(fit, way) for way in ways]
        mean = float(fit.equations.mean[0])
    rows = [row for result in results for row in result.rows(0.95)]
    first = results[0]
    numbers: dict[Name, Any] = {name: float(getattr(first, name)) for name in SIZES}
    numbers[OUTCOME_MEAN] = mean
    numbers |= {f"r_squared_{kind}": value for kind, value in first.r_squared.items()}
    notes = list(dict.fromkeys(note for result in results for note in result.notes))
    if notes:
        numbers["note"] = f"{model.label}: {'; '.join(notes)}."
    return rows, numbers, _facts(model, options, results, mean)


def _facts(
    model: PushdownModel, options: Options, results: Sequence[RegressionFit], mean: float
) -> Facts:
    """Facts of one column, with the inference of the stars."""
    shown = next(r for r in results if r.label == options.primary)
    return Facts(
        outcome=options.labels.get(model.y, model.y),
        estimator="OLS",
        effects=(options.unit, options.time),
        errors=shown.label,
        clusters=tuple(str(key) for key in shown.way.cluster),
        n_clusters=shown.n_clusters if shown.way.cluster else None,
        df=df_fact(shown),
        n_obs=shown.n_obs,
        n_units=shown.n_units,
        n_periods=shown.n_periods,
        r_squared=shown.r_squared,
        mean=mean,
    )

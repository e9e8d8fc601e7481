"""Two-way fixed effects pushed down to an engine: DuckDB on one machine, Spark on many."""

from living_panel.estimation.pushdown.engine import EngineFailure, duckdb_engine
from living_panel.estimation.pushdown.spark import spark_engine
from living_panel.estimation.pushdown.two_way import PushdownFit, fitted, infer, two_way

__all__ = [
    "EngineFailure",
    "PushdownFit",
    "duckdb_engine",
    "fitted",
    "infer",
    "spark_engine",
    "two_way",
]

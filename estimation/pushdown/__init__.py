"""Two-way fixed effects pushed down to an engine: DuckDB on one machine, Spark on many.

Belongs here: what other code imports. Two scans of the rows give coefficients and clustered
scores; only small matrices come back. `estimation.econometrics.fixed_effects.regression` is the reference.
"""

from estimation.pushdown.design import interact
from estimation.pushdown.engine import EngineFailure, Progress, duckdb_engine
from estimation.pushdown.two_way import PushdownFit, fitted, infer, inference_rows, two_way

__all__ = [
    "EngineFailure",
    "Progress",
    "PushdownFit",
    "duckdb_engine",
    "fitted",
    "infer",
    "inference_rows",
    "interact",
    "two_way",
]

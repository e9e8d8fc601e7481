"""Every two-way regression of the shipped tables, on the official values, computed in the engine too.

The tables are estimated as in a refresh. Every call of the in-memory estimator is recorded with its rows and its
inference. Each is then repeated by push-down on the same rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest

from living_panel.estimation.econometrics.inference.covariance import Inference
from living_panel.estimation.econometrics.inference.reading import resolve_mapping
from living_panel.estimation.estimators import _two_way as fixed_effects
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import load_specs
from living_panel.estimation.pushdown import fitted, infer
from living_panel.estimation.tables import regressions
from living_panel.estimation.tables.estimate import estimate
from living_panel.estimation.tables.kinds.robustness import lines as robustness_lines
from tests.unit.test_pushdown import EQUAL, distance

TABLES = ("t04_baseline", "t06_regions", "t07_synergy", "x_open_window", "x_robustness")


@contextmanager
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Any, Inference, Any]]]:
    """Calls of the in-memory inference: fit, way, result."""
    calls: list[tuple[Any, Inference, Any]] = []
    real = fixed_effects.infer

    def infer_and_note(fit: Any, way: Inference, *nulls: Any, exact: Any) -> Any:
        result = real(fit, way, *nulls, exact=exact)
        if fit.left_out is None:  # a product made anew without each province is no column of a set
            # the engine has the draws of the spec; a table draws on until its stars are decided
            drawn = real(fit, way, exact=None) if nulls or exact else result
            calls.append((fit, way, drawn))
        return result

    with monkeypatch.context() as patched:
        for module in (fixed_effects, regressions, robustness_lines):
            patched.setattr(module, "infer", infer_and_note)
        yield calls


def as_columns(fit: Any, ways: list[Inference]) -> tuple[pd.DataFrame, dict[int, list[str]]]:
    """Rows of a fit as a table of columns, and the cluster columns of each way of inference."""
    unit, time = (fit.y.index.get_level_values(place) for place in range(2))
    levels = {"unit": unit, "year": time, unit.name: unit, time.name: time}
    frame = pd.DataFrame(fit.x.to_numpy(), columns=_names(fit)).assign(y=fit.y.to_numpy())
    frame["unit"], frame["time"] = pd.factorize(unit)[0], pd.factorize(time)[0]
    names: dict[int, list[str]] = {}
    for number, way in enumerate(ways):
        names[number] = [f"cluster_{number}_{position}" for position in range(len(way.cluster))]
        for column, key in zip(names[number], way.cluster, strict=True):
            values = levels[key] if isinstance(key, str) else key.reindex(fit.y.index)
            frame[column] = pd.factorize(pd.Series(values).to_numpy())[0]
    return frame, names


def with_fewer_draws(options: Any) -> Any:
    """The options of a spec with at most 499 draws: the same seeds are drawn from in both places."""
    if isinstance(options, list):
        return [with_fewer_draws(option) for option in options]
    if not isinstance(options, dict):
        return options
    return {
        key: min(value, 499) if key == "draws" else with_fewer_draws(value)
        for key, value in options.items()
    }


def _names(fit: Any) -> list[str]:
    return [f"x{position}" for position in range(fit.x.shape[1])]


@pytest.mark.parametrize("table", TABLES)
def test_regressions_of_a_table_are_the_same_in_the_engine(
    table: str, official_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hold every regression of a table against its double in the engine."""
    with noted(monkeypatch) as calls:
        spec = load_specs()[table]
        spec = spec.model_copy(update={"options": with_fewer_draws(spec.options)})
        result = estimate(spec, load_release(official_release))
    assert result.status == "estimated" and calls
    by_fit: dict[int, list[tuple[Any, Inference, Any]]] = defaultdict(list)
    for call in calls:
        by_fit[id(call[0])].append(call)
    groups = list(by_fit.values())
    connection = ibis.duckdb.connect()
    ibis.set_backend(connection)
    for group in groups:
        memory, ways = group[0][0], [way for _, way, _ in group]
        frame, clusters = as_columns(memory, ways)
        used = sorted({column for columns in clusters.values() for column in columns})
        with fitted(
            ibis.memtable(frame), "y", _names(memory), clusters=used, unit="unit", time="time"
        ) as fit:
            for number, (_, way, expected) in enumerate(group):
                found = infer(fit, resolve_mapping(_mapping(way, clusters[number])))
                renamed = found.params.set_axis(memory.x.columns)
                gap = distance(_Labelled(found, renamed.index), expected)
                assert gap < EQUAL, (table, way.label, list(memory.x.columns), gap)
    connection.disconnect()
    assert groups


def _mapping(way: Inference, clusters: list[str]) -> dict[str, Any]:
    """A way of inference as a spec writes it, with other names of clusters."""
    given = {"cov": way.cov, "correction": way.correction, "df": way.df, "cluster": clusters,
             "draws": way.draws, "seed": way.seed}  # fmt: skip
    return {key: value for key, value in given.items() if value is not None}


class _Labelled:
    """A result under the names of the table's own regressors."""

    def __init__(self, result: Any, terms: pd.Index) -> None:
        self.params, self.std_errors, self.p_values = (
            getattr(result, part).set_axis(terms) for part in ("params", "std_errors", "p_values")
        )
        self.constant = result.constant

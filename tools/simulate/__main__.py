"""One runner of all stored simulations: `python -m tools.simulate [FILE ...]`.

Each is seeded: the same machine architecture writes the same bytes. Without names all critical values
and sizes are written, in this order, as sizes read the distributions; the planted study by name only.
`inference_sizes.csv` and `verdict_rule_sizes.csv` also read the newest release of `data/releases`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import pandas as pd

from tools.simulate import (
    CRITICAL_VALUES,
    STORED_STUDIES,
    cointegration_sizes,
    edition_steps,
    long_run_sizes,
    null_distributions,
    pedroni_moments,
    planted_study,
    planted_tests,
    primary_inference,
    unit_root_sizes,
    verdict_rule,
)

TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "null_distributions.npz": null_distributions.table,
    "sizes.csv": unit_root_sizes.table,
    "pedroni_moments.csv": pedroni_moments.table,
    "long_run_sizes.csv": long_run_sizes.table,
    "cointegration_sizes.csv": cointegration_sizes.table,
    "cointegration_critical_values.csv": cointegration_sizes.critical_value_table,
    "dependence_sizes.csv": long_run_sizes.dependence_table,
    "inference_sizes.csv": primary_inference.table,
    "verdict_rule_sizes.csv": verdict_rule.table,
}
STUDIES: dict[str, Callable[[], pd.DataFrame]] = {
    "recovered_list_a.csv": lambda: planted_study.run(planted_study.list_a(), planted_study.DRAWS),
    "recovered_list_b.csv": lambda: planted_study.run(planted_study.list_b(), planted_study.DRAWS),
    "edition_step_sizes.csv": edition_steps.run,
    "planted_tests.csv": lambda: planted_tests.run(planted_tests.DRAWS),
}


def main() -> None:
    """Simulate and write the tables asked for."""
    every = {**TABLES, **STUDIES}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="*", help=", ".join(every))
    asked = parser.parse_args().file or list(TABLES)
    if unknown := sorted(set(asked) - set(every)):
        parser.error(f"unknown {unknown}; there are {', '.join(every)}")
    for name in asked:
        table, path = every[name](), (STORED_STUDIES if name in STUDIES else CRITICAL_VALUES) / name
        if path.suffix == ".npz":
            np.savez_compressed(path, allow_pickle=False, **_arrays(table))
        else:
            digits = "%.10g" if name in STUDIES else None
            table.to_csv(path, index=False, lineterminator="\n", float_format=digits)


def _arrays(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return each column as an array, one of texts or of equally long rows as numpy stores it."""
    return {str(name): np.array(table[name].tolist()) for name in table}


if __name__ == "__main__":
    main()

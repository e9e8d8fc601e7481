"""One runner of all stored simulations: `python -m tools.simulate [FILE ...]`.

Each is seeded: the same machine architecture writes the same bytes. Without names all are written,
in this order, as sizes read the distributions.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import pandas as pd

from tools.simulate import (
    CRITICAL_VALUES,
    cointegration_sizes,
    long_run_sizes,
    null_distributions,
    pedroni_moments,
    unit_root_sizes,
)

TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "null_distributions.parquet": null_distributions.table,
    "sizes.csv": unit_root_sizes.table,
    "pedroni_moments.csv": pedroni_moments.table,
    "long_run_sizes.csv": long_run_sizes.table,
    "cointegration_sizes.csv": cointegration_sizes.table,
    "dependence_sizes.csv": long_run_sizes.dependence_table,
}


def main() -> None:
    """Simulate and write the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="*", help=", ".join(TABLES))
    asked = parser.parse_args().file or list(TABLES)
    if unknown := sorted(set(asked) - set(TABLES)):
        parser.error(f"unknown {unknown}; there are {', '.join(TABLES)}")
    for name in asked:
        found, path = TABLES[name](), CRITICAL_VALUES / name
        if path.suffix == ".parquet":
            found.to_parquet(path, index=False, compression="zstd")
        else:
            found.to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()

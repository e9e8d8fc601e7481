"""A planted set of firms for push-down: rows of firm by year with a known elasticity.

Firms lie in provinces, FDI varies by province and year, exports answer it with `ELASTICITY`, and
errors are correlated within provinces, so that clusters by province matter. `make firms ROWS=1e7` writes a
larger set; each million rows is a file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from living_panel.ingestion.digests import sha256_of

FIRMS = "x_firms"
ELASTICITY = 0.3
SEED = 20_250_901
SHAPE = (31, 2_700, 12)  # provinces, firms of each, years: 1,004,400 rows


def plant_firms(
    folder: Path, spec: Path, *, blocks: int = 1, engine: str = "engine: duckdb"
) -> None:
    """Write the set with its receipt, and the spec of its table; an existing set stays.

    Parameters
    ----------
    blocks : int
        Number of files, each of 1,004,400 rows.
    engine : str
        Lines of the spec that name the engine and, for Spark, its address.
    """
    receipt = folder / "receipt.yml"
    if not receipt.exists():
        folder.mkdir(parents=True, exist_ok=True)
        files = [
            folder / ("firms.parquet" if b == 0 else f"firms-{b:04}.parquet") for b in range(blocks)
        ]
        for block, file in enumerate(files):
            draw_firms(*SHAPE, block=block).to_parquet(file, index=False)
        content = {
            "producer": "living-panel, simulated",
            "publication": f"SIMULATED: planted firms, elasticity {ELASTICITY}",
            "vintage": "2025-01-01",
            "obtained_by": f"drawn by orchestration/simulated/firms.py with seed {SEED}",
            "figures": "simulated",
            "files": {file.name: sha256_of(file)[0] for file in files},
        }
        receipt.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    spec.parent.mkdir(parents=True, exist_ok=True)
    spec.write_text(firms_spec(folder, engine), encoding="utf-8")


def draw_firms(provinces: int, firms: int, years: int, *, block: int = 0) -> pd.DataFrame:
    """Columns firm, province, year, ln_fdi, ln_size, ln_exports.

    Every block has other firms of the same provinces, whose FDI and shocks are those of block 0.
    """
    rng = np.random.default_rng(SEED)
    fdi = 5 + rng.normal(0, 1, (provinces, 1)) + 0.3 * rng.normal(size=(provinces, years)).cumsum(1)
    shock = 0.1 * rng.normal(size=(provinces, years)).cumsum(axis=1)
    if block:
        rng = np.random.default_rng([SEED, block])
    shape = (provinces, firms, years)
    size = rng.normal(3, 1, (provinces, firms, 1)) + 0.2 * rng.normal(size=shape)
    exports = ELASTICITY * fdi[:, None] + 0.8 * size + shock[:, None] + 0.05 * np.arange(years)
    exports = exports + rng.normal(0, 0.5, shape)
    province, firm, year = (axis.ravel() for axis in np.indices(shape))
    return pd.DataFrame(
        {
            "firm": ((block * provinces + province) * firms + firm).astype(np.int64),
            "province": province.astype(np.int32),
            "year": (2010 + year).astype(np.int32),
            "ln_fdi": fdi[province, year],
            "ln_size": size.ravel(),
            "ln_exports": exports.ravel(),
        }
    )


def firms_spec(folder: Path, engine: str = "engine: duckdb") -> str:
    """The table's YAML: what someone with customs records writes."""
    digest = sha256_of(folder / "receipt.yml")[0]
    return f"""table: {FIRMS}
kind: pushdown
title: "Extra. Firms: exports on FDI of the province, estimated where the records lie"
question: Does the elasticity of the planted firms come back, with errors clustered by province?
stars: {{"***": 0.01, "**": 0.05, "*": 0.10}}
variables: {{}}
unit: {{name: firm, plural: firms, code: firm}}
options:
  {engine}
  memory_limit: 1GB
  data: {{folder: "{folder}", receipt_sha256: {digest}}}
  unit: firm
  time: year
  models:
    - {{id: alone, label: "(1)", y: ln_exports, x: [ln_fdi]}}
    - {{id: size, label: "(2)", y: ln_exports, x: [ln_fdi, ln_size]}}
  inference:
    - {{cov: "cr3:jackknife", cluster: [province], correction: none, df: "t(G-1)"}}
    - {{cov: clustered, cluster: [province], correction: reghdfe, df: "t(G-1)"}}
  primary: "cr3(province):jackknife:t(G-1)"
  beside: {{"clustered(province):reghdfe:t(G-1)": conventional}}
  labels: {{ln_fdi: ln FDI of the province, ln_size: ln size}}
"""


def main() -> None:
    """Write a set of about as many rows as asked for, and its spec."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("spec", type=Path)
    parser.add_argument("--rows", type=float, default=1e6)
    parser.add_argument("--master", help="spark://host:port of a standalone cluster")
    parser.add_argument("--remote", help="sc://host:port of a Spark Connect server")
    options = parser.parse_args()
    given = {"master": options.master, "remote": options.remote}
    addresses = [f"{name}: {address}" for name, address in given.items() if address]
    engine = "\n  ".join(["engine: spark" if addresses else "engine: duckdb", *addresses])
    blocks = max(1, round(options.rows / float(np.prod(SHAPE))))
    files = len(list(options.folder.glob("*.parquet")))
    if files not in (0, blocks):
        parser.error(
            f"{options.folder} has a set of {files * int(np.prod(SHAPE)):,} rows. Fix: remove the folder."
        )
    plant_firms(options.folder.absolute(), options.spec, blocks=blocks, engine=engine)
    print(
        f"{options.folder}: {blocks * int(np.prod(SHAPE)):,} rows; try it: make try SPEC={options.spec}"
    )


if __name__ == "__main__":
    main()

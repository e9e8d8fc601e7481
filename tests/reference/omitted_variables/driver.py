"""Writes expected.csv with PySensemakr 0.0.8 in an environment of its own (`pip install PySensemakr "pandas<2.2"`).

Log gross state product of 48 states on public capital, private capital, labour and unemployment (a to d), with dummies
for states and years; the regressor is public capital (`../fixed_effects/inputs/produc.csv`).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import sensemakr as smkr
import statsmodels.formula.api as smf

HERE = Path(__file__).parent
data = pd.read_csv(HERE.parent / "fixed_effects" / "inputs" / "produc.csv")
fit = smf.ols("y ~ a + b + c + d + C(unit) + C(year)", data).fit()
rows = []
for benchmark in ("b", "c", "d"):
    for times in (0.5, 1.0, 2.0):
        s = smkr.Sensemakr(
            fit, treatment="a", benchmark_covariates=[benchmark], kd=[times], ky=[times]
        )
        row = s.bounds.iloc[0]
        rows.append(
            {
                "benchmark": benchmark,
                "times": times,
                "r2_with_regressor": row["r2dz_x"],
                "r2_with_outcome": row["r2yz_dx"],
                "estimate": row["adjusted_estimate"],
                "std_error": row["adjusted_se"],
            }
        )
for share in (0.5, 1.0, 3.0):
    value = float(
        np.ravel(smkr.robustness_value(model=fit, covariates="a", q=share, alpha=1 - 1e-12))[0]
    )
    rows.append({"benchmark": "robustness_value", "times": share, "estimate": value})
pd.DataFrame(rows).to_csv(HERE / "expected.csv", index=False, float_format="%.12g")

"""Store what pydynpd gives for the employment data of Arellano and Bond (1991): `python driver.py`.

pydynpd 0.2.2 runs with numpy 1 only, so it has an environment of its own: `pip install "numpy<2" pandas pydynpd`.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from pydynpd import regression

HERE = Path(__file__).parent
RIGHT = "n L(1:2).n w L1.w k ys L1.ys | gmm(n, 2:99) iv(w L1.w k ys L1.ys) | timedumm nolevel"
SMALL = "n L1.n w k | gmm(n, 2:4) gmm(w, 1:3) iv(k)"
MODELS = {
    "difference_1": f"{RIGHT} onestep",
    "difference_2": RIGHT,
    "collapsed_2": f"{RIGHT} collapse",
    "system_1": f"{SMALL} | onestep",
    "system_2": SMALL,
    "system_collapsed_2": f"{SMALL} | collapse",
}

data = pd.read_csv(HERE / "empl_uk.csv")
logs = {"n": "emp", "w": "wage", "k": "capital", "ys": "output"}
data = data.assign(**{short: np.log(data[long]) for short, long in logs.items()})
rows = []
for name, command in MODELS.items():
    model = regression.abond(command, data, ["firm", "year"]).models[0]
    table = model.regression_table
    for _, row in table.iterrows():
        rows.append((name, row["variable"], row["coefficient"], row["std_err"]))
    rows.append((name, "hansen", model.hansen.test_value, model.hansen.df))
    for order, test in enumerate(model.AR_list, start=1):
        rows.append((name, f"AR({order})", test.AR, test.P_value))
found = pd.DataFrame(rows, columns=["model", "term", "first", "second"])
found.to_csv(HERE / "pydynpd.csv", index=False, float_format="%.10g")

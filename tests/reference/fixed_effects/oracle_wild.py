"""Stored bootstrap t statistics of the package wildboottest 0.3.2, for the wild bootstrap tests.

Run from this folder in an environment of its own (numba is not among the project's packages):
python -m venv v && v/bin/pip install wildboottest==0.3.2 && v/bin/python oracle_wild.py
"""

import json

import numpy as np
import pandas as pd
from wildboottest.wildboottest import WildboottestCL

TERMS = {"grunfeld": ["a", "b"], "unbalanced": ["a", "b", "c"]}


def dummies(series):
    return pd.get_dummies(series, dtype=float).to_numpy()[:, 1:]


def run(frame, terms, kind, draws, seed):
    parts = [frame[terms].to_numpy(float), np.ones((len(frame), 1))]
    design = np.hstack([*parts, dummies(frame["unit"]), dummies(frame["year"])])
    cluster = pd.factorize(frame["unit"], sort=True)[0]
    out = {}
    for j, term in enumerate(terms):
        restriction = np.zeros(design.shape[1])
        restriction[j] = 1.0
        boot = WildboottestCL(
            design, frame["y"].to_numpy(), cluster, restriction, draws, seed=seed, parallel=False
        )
        boot.get_scores(bootstrap_type="11", impose_null=True, adj=False, cluster_adj=False)
        boot.get_weights(weights_type=kind)
        boot.get_numer()
        boot.get_denom()
        boot.get_tboot()
        boot.get_vcov()
        boot.get_tstat()
        boot.get_pvalue()
        out[term] = {
            "t": float(np.ravel(boot.t_stat)[0]),
            "p_strict": float(boot.pvalue),
            "t_stars": np.ravel(boot.t_boot).tolist(),
        }
        out["weights"] = np.asarray(boot.v, dtype=float).T.tolist()
    return out


answers = {}
for name, terms in TERMS.items():
    data = pd.read_csv(f"inputs/{name}.csv", dtype={"unit": str})
    answers[f"{name}_webb"] = run(data, terms, "webb", 99, 7)
    if name == "grunfeld":  # 10 firms: 1,024 draws enumerated; the list of weights is known
        answers["grunfeld_enumerated"] = run(data, terms, "rademacher", 9999, 7)
        del answers["grunfeld_enumerated"]["weights"]
with open("oracle_wild.json", "w") as file:
    json.dump(answers, file)

"""Reference values of staggered adoption from Python peers, on the panel written here.

Run in an environment of its own (the peers are no dependencies of the project):

    python -m venv peers && peers/bin/pip install csdid==0.4.3 diff-diff==3.13.0 did-imputation==0.1.0 \
        pybacondecomp==0.1.0 honestdid==0.1.1 "numpy<2.4"
    peers/bin/python driver.py
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
HERE = Path(__file__).parent
N, YEARS = 24, range(2007, 2019)
FIRST = {2011: 5, 2013: 8, 2016: 7}  # the other four never adopt
rows = []


def panel() -> pd.DataFrame:
    generator = np.random.default_rng(20250701)
    first = np.repeat([*FIRST, 0], [*FIRST.values(), N - sum(FIRST.values())])
    level, out = generator.normal(5, 1, N), []
    for i in range(N):
        noise = 0.0
        for t in YEARS:
            noise = 0.5 * noise + generator.normal(0, 0.1)
            effect = 0.05 * (t - first[i] + 1) if first[i] and t >= first[i] else 0.0
            y = level[i] + 0.08 * (t - 2007) + effect + noise
            out.append((i + 1, t, first[i], round(y, 6)))
    return pd.DataFrame(out, columns=["unit", "year", "first", "y"])


def add(peer: str, what: str, *values: float) -> None:
    rows.append((peer, what, *values, *[np.nan] * (2 - len(values))))


data = panel()
data.to_csv(HERE / "panel.csv", index=False)

from csdid.att_gt import ATTgt  # noqa: E402

fit = ATTgt(
    yname="y", gname="first", idname="unit", tname="year", data=data, control_group="notyettreated"
)
cs = fit.fit(est_method="reg", base_period="universal", bstrap=False)
for g, t, att, se in zip(*[cs.results[k] for k in ("group", "year", "att", "se")], strict=True):
    add("csdid", f"att {int(g)} {int(t)}", att, se)
event = cs.aggte("dynamic", bstrap=False, cband=False).atte
for e, att, se in zip(event["egt"], event["att_egt"], event["se_egt"], strict=True):
    add("csdid", f"event {int(e)}", att, float(np.ravel(se)[0]))
simple = cs.aggte("simple", bstrap=False, cband=False).atte
add("csdid", "overall", simple["overall_att"], float(np.ravel(simple["overall_se"])[0]))

from diff_diff import CallawaySantAnna, ImputationDiD  # noqa: E402

model = CallawaySantAnna(
    control_group="not_yet_treated", estimation_method="reg", base_period="universal", cband=False
)
done = model.fit(data, "y", "unit", "year", "first", aggregate="all")
for (g, t), cell in done.group_time_effects.items():
    add("diff-diff", f"att {int(g)} {int(t)}", cell["effect"], cell["se"])
for e, cell in done.event_study_effects.items():
    add("diff-diff", f"event {int(e)}", cell["effect"], cell["se"])
add("diff-diff", "overall", done.overall_att, done.overall_se)
done = ImputationDiD().fit(data, "y", "unit", "year", "first", aggregate="event_study")
for e, cell in done.event_study_effects.items():
    add("diff-diff imputation", f"event {int(e)}", cell["effect"], cell["se"])
add("diff-diff imputation", "overall", done.overall_att, done.overall_se)

from did_imputation import did_imputation  # noqa: E402

missing = data.assign(Ei=data["first"].where(data["first"] > 0))
done = did_imputation(missing, "y", "unit", "year", "Ei", allhorizons=True, pretrends=3, minn=0)
for h in range(8):
    add("did-imputation", f"event {h}", done.estimates[f"tau{h}"], done.std_errors[f"tau{h}"])
for h in (1, 2, 3):
    add(
        "did-imputation",
        f"pre {h}",
        done.pretrends_estimates[f"pre{h}"],
        done.pretrends_std_errors[f"pre{h}"],
    )

from pybacondecomp import bacondecomp  # noqa: E402

bacon = bacondecomp(
    data.assign(d=(data["first"] > 0) & (data["year"] >= data["first"])).astype({"d": float}),
    "y",
    "d",
    "unit",
    "year",
    ddetail=True,
    verbose=False,
)
for r in bacon.two_by_two.to_dict("records"):
    rows.append(("pybacondecomp", f"{r['treated']} {r['control']}", r["estimate"], r["weight"]))
add("pybacondecomp", "two-way estimate", bacon.dd_estimate)

import honestdid  # noqa: E402

BETA = np.array(
    [0.03, -0.02, 0.01, 0.015, 0.08, 0.13, 0.15]
)  # events -5..-2, then 0..2; -1 is the base
ROOT = np.random.default_rng(3).normal(0, 0.02, (7, 40))
SIGMA = ROOT @ ROOT.T / 40 + np.diag([0.0004] * 7)
pd.DataFrame(np.column_stack([BETA, SIGMA])).to_csv(HERE / "event_study.csv", index=False)
honest = honestdid.createSensitivityResults_relativeMagnitudes(
    BETA, SIGMA, 4, 3, Mbarvec=[0.0, 0.25, 0.5, 1.0], l_vec=np.array([[1 / 3]] * 3)
)
for r in honest.to_dict("records"):
    rows.append(("honestdid", f"interval {float(r['Mbar']):g}", float(r["lb"]), float(r["ub"])))
# the second number is a standard error; of pybacondecomp the weight; of honestdid the upper end
pd.DataFrame(rows, columns=["peer", "what", "first", "second"]).to_csv(
    HERE / "expected.csv", index=False
)

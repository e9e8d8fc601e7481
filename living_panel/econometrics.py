"""The estimators and tests as a library: `import living_panel.econometrics as lp`.

Each function takes a formula or a series, the data, and the columns of unit and time. Its docstring names the
defaults, its result prints them. `docs/estimators.md` has worked examples.
"""

from __future__ import annotations

from typing import Any

from living_panel.codes import Code
from living_panel.estimation.econometrics.library.compare import Comparison, compare, read_fit
from living_panel.estimation.econometrics.library.result import Fit, PanelTest, Result, WaldTest
from living_panel.estimation.estimators.did import (
    bacon,
    group_time,
    honest_bounds,
    imputation,
    pre_trends,
    randomisation_test,
)
from living_panel.estimation.estimators.discrete import (
    logit,
    margins,
    negative_binomial,
    poisson,
    ppml,
    probit,
    quantile,
)
from living_panel.estimation.estimators.dynamic import (
    arellano_bond,
    blundell_bond,
    half_panel_jackknife,
    long_difference,
)
from living_panel.estimation.estimators.factors import cce, interactive_effects, number_of_factors
from living_panel.estimation.estimators.iv import iv, iv_gmm
from living_panel.estimation.estimators.linear import ols, two_way
from living_panel.estimation.estimators.long_run import dols, fmols
from living_panel.estimation.estimators.panel import (
    between,
    first_differences,
    hausman_taylor,
    mean_group,
    random_effects,
)
from living_panel.estimation.estimators.projections import local_projections
from living_panel.estimation.panel_tests.cointegration import hansen_lc, kao, pedroni, westerlund
from living_panel.estimation.panel_tests.dependence import pesaran_cd
from living_panel.estimation.panel_tests.unit_roots import (
    breitung,
    cips,
    fisher,
    hadri,
    ht,
    ips,
    llc,
    panic,
)

__all__ = [
    "Comparison", "Fit", "PanelTest", "Result", "WaldTest", "arellano_bond", "bacon", "between", "blundell_bond",
    "breitung", "cce", "cips", "compare", "dols", "first_differences", "fisher", "fmols", "group_time", "hadri",
    "half_panel_jackknife", "hansen_lc", "hausman_taylor", "honest_bounds", "ht", "imputation",
    "interactive_effects", "ips", "iv", "iv_gmm", "kao", "llc", "local_projections", "logit", "long_difference",
    "margins", "mean_group", "negative_binomial", "number_of_factors", "ols", "panic", "pedroni", "pesaran_cd",
    "poisson", "ppml", "pre_trends", "probit", "quantile", "random_effects", "randomisation_test", "read_fit",
    "two_way", "westerlund",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """`export` writes the six formats of tables, which the distribution of the whole program has."""
    if name != "export":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from living_panel.estimation.tables.exported import export
    except ModuleNotFoundError as error:
        raise AttributeError(
            str(
                Code.NOT_INSTALLED(
                    "the code that writes tables is not installed",
                    "install the distribution living-panel, or use to_frame()",
                )
            )
        ) from error
    return export

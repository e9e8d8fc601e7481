"""Models written as formulas: grammar, columns, rows. The estimators are in `estimation/estimators/`."""

from typing import NoReturn

_FRONT = "living_panel.econometrics"
_MODELS = f"the function of the estimator in {_FRONT}: ols, iv, random_effects, …"
MOVED = {
    "ESTIMATORS": _MODELS,
    "LinearSolution": f"{_FRONT}.Fit, whose `vcov` gives other covariances",
    "Model": f"{__name__}.formula.Model",
    "MomentChoice": f"the arguments of {_FRONT}.arellano_bond",
    "Vcov": f"{__name__}.covariance.Vcov",
    "check_model": _MODELS,
    "coefficients": f"`params` of {_FRONT}.Fit",
    "coefficients_without_units": f"{_MODELS}, without the rows of each unit",
    "fit_model": _MODELS,
    "read_model": f"{__name__}.formula.read_model",
    "read_vcov": f"{__name__}.covariance.read_vcov",
    "solve_model": _MODELS,
}
"""What is used in place of names that this package had."""


def __getattr__(name: str) -> NoReturn:
    if name not in MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    raise ImportError(f"{__name__}.{name} has moved. Fix: use {MOVED[name]}.")

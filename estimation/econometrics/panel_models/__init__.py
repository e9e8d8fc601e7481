"""Panel models written as formulas: effects, instruments, differences, random effects, counts."""

from living_panel.estimation.econometrics.panel_models.covariance import Vcov, read_vcov
from living_panel.estimation.econometrics.panel_models.dynamic import MomentChoice
from living_panel.estimation.econometrics.panel_models.estimators import (
    ESTIMATORS,
    LinearSolution,
    check_model,
    fit_model,
    solve_model,
)
from living_panel.estimation.econometrics.panel_models.formula import Model, read_model
from living_panel.estimation.econometrics.panel_models.without_units import (
    coefficients,
    coefficients_without_units,
)

__all__ = [
    "ESTIMATORS",
    "LinearSolution",
    "Model",
    "MomentChoice",
    "Vcov",
    "check_model",
    "coefficients",
    "coefficients_without_units",
    "fit_model",
    "read_model",
    "read_vcov",
    "solve_model",
]

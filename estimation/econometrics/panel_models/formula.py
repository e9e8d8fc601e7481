"""Read a model formula in the syntax of fixest and pyfixest: `y ~ x | unit + year | w ~ z`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import Formula, model_matrix
from formulaic.errors import FormulaicError

from estimation.econometrics import codes
from estimation.econometrics.arguments import check_arguments
from estimation.econometrics.errors import InvalidData, invalid_argument

FUNCTIONS = ("log", "exp", "I", "C")
CONSTANT = "constant"
_INTERCEPT = "Intercept"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LETTERS = re.compile(r"[A-Za-z0-9_+\-*:()\s.]*")
FORM = (
    "'y ~ x1 + x2', 'y ~ x | unit + year' or 'y ~ x | unit + year | w ~ z1 + z2', of names, numbers, "
    f"+ - * : ( ) and the functions {', '.join(FUNCTIONS)}"
)


@dataclass(frozen=True, slots=True)
class Model:
    """A model in its parts.

    Attributes
    ----------
    text : str
        The formula as it is written.
    outcome, regressors : str
        Left and right side of the first part.
    effects : tuple of str
        Names whose values have an effect each.
    endogenous, instruments : str
        Left and right side of the last part; empty without instruments.
    """

    text: str
    outcome: str
    regressors: str
    effects: tuple[str, ...]
    endogenous: str = ""
    instruments: str = ""

    @property
    def names(self) -> list[str]:
        """Names of variables, each once, in the order of the formula; effects are not among them."""
        parts = (self.outcome, self.regressors, self.endogenous, self.instruments)
        return list(dict.fromkeys(name for part in parts for name in _variables(part)))


@check_arguments
def read_model(text: str) -> Model:
    """Split a formula into its parts.

    Parameters
    ----------
    text : str
        Such as `y ~ x | unit + year | w ~ z`.

    Returns
    -------
    Model

    Raises
    ------
    InvalidArgument
        For any other form.
    """
    parts = [part.strip() for part in text.split("|")]
    first, rest = parts[0], parts[1:]
    last = rest.pop() if rest and "~" in rest[-1] else ""
    sides = [side for part in (first, last) if part for side in part.split("~")]
    effects = tuple(name.strip() for name in rest[0].split("+")) if rest else ()
    effects = () if effects in (("0",), ("1",)) else effects
    good = (
        len(rest) <= 1
        and first.count("~") == 1
        and last.count("~") in (0, 1)
        and all(side.strip() and _LETTERS.fullmatch(side) for side in sides)
        and all(_NAME.fullmatch(name) for name in effects)
    )
    if not good:
        raise invalid_argument("read_model", "text", repr(text), FORM)
    outcome, regressors, *instrumented = (side.strip() for side in sides)
    model = Model(text, outcome, regressors, effects, *instrumented)
    for side in (outcome, regressors, *instrumented):
        _read(side, text)
    return model


@check_arguments
def columns_of(side: str, frame: pd.DataFrame, text: str) -> pd.DataFrame:
    """Columns of one side of a formula, the constant under the name `CONSTANT`.

    Parameters
    ----------
    side : str
        One side of the formula.
    frame : pandas.DataFrame
        Variables over the rows.
    text : str
        The whole formula, for errors.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InvalidData
        For a name that is no column, or a value that is missing or not finite.
    """
    if missing := sorted({*_variables(side)} - {*frame.columns}):
        raise InvalidData(codes.UNKNOWN_VARIABLE(text=text, missing=[*missing], frame=[*frame]))
    try:
        found = pd.DataFrame(model_matrix(side, frame, na_action="ignore"), index=frame.index)
    except FormulaicError as error:
        raise InvalidData(codes.FORMULA_NOT_READ(text=text, error=error)) from error
    found = found.rename(columns={_INTERCEPT: CONSTANT}).astype(float)
    bad = ~np.isfinite(found.to_numpy())
    if bad.any():
        row, column = (int(places[0]) for places in bad.nonzero())
        raise InvalidData(
            codes.NO_FINITE_VALUE(text=text, column=found.columns[column], row=frame.index[row])
        )
    return found


def _variables(side: str) -> list[str]:
    """Names of one side; a function's name before a bracket is none, and alone it is a variable's."""
    found = [(m[0], side[m.end() :].lstrip()) for m in _NAME.finditer(side)]
    return [name for name, rest in found if not (name in FUNCTIONS and rest.startswith("("))]


def _read(side: str, text: str) -> None:
    try:
        Formula(side)
    except (FormulaicError, SyntaxError, ValueError) as error:
        raise invalid_argument("read_model", "text", repr(text), FORM) from error

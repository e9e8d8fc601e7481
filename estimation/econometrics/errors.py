"""Why a statistic cannot be had: from the sample, from the rows and columns, from the options."""

from __future__ import annotations

from living_panel.codes import Code
from living_panel.problems import ProblemError


class Infeasible(ProblemError, ValueError):
    """The sample cannot carry what is asked of it; the text has the counts and a remedy."""


class InvalidData(ProblemError, ValueError):
    """Rows or columns no estimate can use; the text names them and a remedy."""


class InvalidOption(ProblemError, ValueError):
    """A combination of options that has no meaning; the text lists what is allowed."""


class InvalidArgument(InvalidOption):
    """An argument that a function does not take: problem `LP-ARGUMENT`."""


def invalid_argument(function: str, argument: str, value: str, allowed: str) -> InvalidArgument:
    """Return the error for an argument that a function does not take.

    Parameters
    ----------
    function, argument : str
        Names.
    value : str
        The argument's value, shown short.
    allowed : str
        What the function takes there, in words.

    Returns
    -------
    InvalidArgument
    """
    return InvalidArgument(
        Code.ARGUMENT(
            "{function}: {argument} is {value}",
            "give {allowed}",
            function=function,
            argument=argument,
            value=value,
            allowed=allowed,
        )
    )

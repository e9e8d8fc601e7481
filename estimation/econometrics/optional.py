"""Packages that only some estimators need: a missing one is an error that names the extra to install."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import OneOf, check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption

EXTRAS = {"linearmodels": "instruments", "statsmodels": "discrete", "pyfixest": "counts"}
"""Extra of living-panel-econometrics by package."""


@contextmanager
@check_arguments
def needed_for(method: str, package: Annotated[str, OneOf(tuple(EXTRAS))]) -> Iterator[None]:
    """Import a package that a method needs.

    Parameters
    ----------
    method : str
        What needs it, for the message.
    package : str
        One of `EXTRAS`.

    Raises
    ------
    InvalidOption
        Where it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise
        extra = EXTRAS[package]
        raise InvalidOption(
            Code.NOT_INSTALLED(
                "{method} needs the package {package}, which is not installed",
                "install {package}, or living-panel-econometrics with its extra `{extra}`",
                method=method,
                package=package,
                extra=extra,
            )
        ) from error

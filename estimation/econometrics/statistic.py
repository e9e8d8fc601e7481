"""The name of a number in parts: the statistic, the term it describes and the inference it rests on."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from living_panel.estimation.econometrics.arguments import check_arguments

PATTERN = r"[A-Za-z]\w*(\.\d+)?"
"""A statistic is one word, which may end with a decimal number; what it describes has a part of its own."""


class Statistic(NamedTuple):
    """Name of one number of a model, in the columns of the stored table of statistics.

    Attributes
    ----------
    name : str
        The statistic, for example `effective_clusters`; it ends with a decimal number at most.
    term : str
        The regressor, test or unit that it describes; "" for the whole model.
    inference : str
        The covariance or the critical values that it rests on; "" for none.
    """

    name: str
    term: str = ""
    inference: str = ""

    @property
    def p_value(self) -> Statistic:
        """Name of the p-value of this test statistic."""
        return self._replace(name=f"{self.name}_p_value")


STARLESS = "no_stars"
"""Statistic whose text says why the inference of a model earns no stars."""
Name = str | Statistic
"""A statistic of the whole model may be given as a text."""


@check_arguments
def more_of(name: str) -> str:
    """Name of the sentences that follow the first one, which is stored under `name`."""
    return f"{name}_more"


@check_arguments
def statistic(name: Name) -> Statistic:
    """Return a name in parts."""
    return name if isinstance(name, Statistic) else Statistic(name)


@check_arguments
def short(name: Name) -> Name:
    """Return a name as code looks it up: a text where it has neither term nor inference."""
    parts = statistic(name)
    return parts if parts.term or parts.inference else parts.name


@check_arguments
def block_of(model: str) -> str:
    """Return the block of a model: its name is that of the block, a dot, and that of the column in it."""
    return model.partition(".")[0]


@check_arguments
def column_of(model: str) -> str:
    """Return the name of a model's column in its block."""
    return model.rpartition(".")[2]


@check_arguments
def reason_of(statistics: pd.DataFrame, model: str) -> str:
    """Reason of a model or of its block; "" for none."""
    refused = refusals(statistics)
    return refused.get(model) or refused.get(block_of(model), "")


@check_arguments
def refusals(statistics: pd.DataFrame) -> dict[str, str]:
    """Reason of each model that is not estimable."""
    return _texts(statistics, "not_estimable")


@check_arguments
def starless(statistics: pd.DataFrame) -> dict[str, str]:
    """Reason of each model whose inference earns no stars."""
    return _texts(statistics, STARLESS)


def _texts(statistics: pd.DataFrame, name: str) -> dict[str, str]:
    """The text of one name, by model."""
    rows = statistics[(statistics["statistic"] == name) & (statistics["term"] == "")]
    return dict(zip(rows["model"].astype(str), rows["text"].astype(str), strict=True))

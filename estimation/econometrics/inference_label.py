"""Labels of inferences, read in one place: `clustered(unit+year):reghdfe:t(G-1)`.

A label is a kind, what it is by in parentheses where that is not the usual, and further parts after colons.
Where an inference is asked for, its first parts may stand for all of them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from living_panel.estimation.econometrics.arguments import check_arguments

_FORM = re.compile(r"(?P<kind>\w+)(?:\((?P<by>[^()]+)\))?(?P<parts>(?::[^:\s]+)*)")


class InferenceLabel(NamedTuple):
    """Parts of a label.

    Attributes
    ----------
    kind : str
        The covariance: `clustered`, `cr3`, `wild_cluster_bootstrap`.
    by : str
        Cluster keys, or lags; "" for the usual ones.
    parts : tuple of str
        Form, correction and reference distribution, as far as the kind has them.
    """

    kind: str
    by: str
    parts: tuple[str, ...]


@check_arguments
def read_label(text: str) -> InferenceLabel | None:
    """Return the parts of a label, or None for any other text."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    return InferenceLabel(
        match["kind"], match["by"] or "", tuple(filter(None, match["parts"].split(":")))
    )


@check_arguments
def kind_of(label: str) -> str:
    """Return the kind of an inference; "" for a text that is no label."""
    parts = read_label(label)
    return parts.kind if parts else ""


@check_arguments
def has_clusters(label: str) -> bool:
    """Whether an inference rests on clusters; words before a label, ended by a colon and a space, do not count."""
    # the library reads labels at its import, and the covariances bring all of scipy's sparse matrices
    from living_panel.estimation.econometrics.inference.registry import CLUSTERED

    kind = re.match(r"\w*", label.rpartition(": ")[2])
    return kind is not None and kind[0] in CLUSTERED


@check_arguments
def is_asked(label: str, asked: str) -> bool:
    """Whether an inference is the one that is asked for by its label or by the first parts of it."""
    return label == asked or (label.startswith(asked) and label[len(asked)] in ":(")

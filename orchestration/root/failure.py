"""The failure of a step: its words for people, its problems with code, place and fields as metadata."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import dagster as dg

from living_panel.problems import Problem, problems_of

PROBLEMS = "problems"
"""Metadata entry of a failed step that holds its problems."""
MOST = 50


def failure_of(
    cause: Exception | Iterable[Problem], metadata: Mapping[str, Any] = MappingProxyType({})
) -> dg.Failure:
    """Return the failure to raise for an error, or for problems that a check found.

    Parameters
    ----------
    cause : Exception or iterable of Problem
        What went wrong. The description of the failure is its text.
    metadata : mapping
        Further entries.

    Returns
    -------
    dagster.Failure
        Its metadata entry `problems` lists code, place, fields, text and fix of each problem, of the first
        `MOST` ones.
    """
    if isinstance(cause, Exception):
        problems, text = problems_of(cause), str(cause)
    else:
        problems = tuple(cause)
        text = "\n".join(map(str, problems))
    plain = json.loads(json.dumps([p.to_dict() for p in problems[:MOST]], default=str))
    return dg.Failure(text, metadata={**metadata, PROBLEMS: dg.MetadataValue.json(plain)})

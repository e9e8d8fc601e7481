"""Names that YAML files and stored artifacts of older versions use, and what they are called today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pandas as pd
from pydantic import BaseModel, ConfigDict, model_validator

FORMAT = 2
"""Format of the files of papers and specs; one without the key is of format 1, that of 0.1."""
KEYS = {"provinces": "units", "stands_in": "proxies", "stand_ins": "proxies", "stand_in": "proxy"}
OF_AN_AUDIT = r"^finding_0*(?P<number>\d+)\.(?P<field>[a-z]+)$"
"""Name of an inconsistency's field in an artifact of schema 1."""
CLUSTERS = {"province_code": "unit"}
FORMER_SIZES = {"n_units": "n_provinces", "n_periods": "n_years"}
"""Statistics that stored artifacts have under former names; `results.statistics` has both until 0.6.0."""
KINDS = {"referee": "robustness", "stand_ins": "proxies"}
FORMER_OF_AUDITS = {"inconsistency": "finding", "n_inconsistencies": "n_findings"}
"""Statistics of audits that artifacts of 0.4.0 have under former names; `results.statistics` has both until 0.6.0."""


class ReadsFormerNames(BaseModel):
    """A part of a YAML file in which former names are read as today's.

    The text under a field is its description: in the JSON Schema, in errors and in docs/keys.md.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)
    labels_without_effect: ClassVar[frozenset[str]] = frozenset()
    """Keys of older versions whose text is read and has no effect any more."""

    @model_validator(mode="before")
    @classmethod
    def _read_former_names(cls, content: Any) -> Any:
        if not isinstance(content, Mapping):
            return content
        return {
            key: value
            for key, value in current_keys(content).items()
            if key not in cls.labels_without_effect or not isinstance(value, str | None)
        }


def current_keys(content: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping with today's names for its keys and its kind; deeper levels as they are."""
    return {KEYS.get(key, key): _current_value(key, value) for key, value in content.items()}


def former_names(
    content: Any, steps: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Each former name in parsed YAML: its place, the name and what it is called today."""
    if isinstance(content, list):
        for number, item in enumerate(content):
            yield from former_names(item, (*steps, number))
    if not isinstance(content, Mapping):
        return
    for key, value in content.items():
        place = (*steps, key)
        if key in KEYS:
            yield place, key, KEYS[key]
        if (current := _current_value(key, value)) != value:
            yield from (
                (place, before, after)
                for before, after in _pairs(value, current)
                if before != after
            )
        yield from former_names(value, place)


def current_content(content: Any) -> Any:
    """Parsed YAML with today's names at every level."""
    if isinstance(content, list):
        return [current_content(item) for item in content]
    if not isinstance(content, Mapping):
        return content
    return {key: current_content(value) for key, value in current_keys(content).items()}


def _current_value(key: str, value: Any) -> Any:
    if key == "kind" and isinstance(value, str):
        return KINDS.get(value, value)
    if key == "cluster" and isinstance(value, list):
        return [CLUSTERS.get(name, name) if isinstance(name, str) else name for name in value]
    return value


def _pairs(value: Any, current: Any) -> Iterator[tuple[Any, Any]]:
    """A value and today's, or each entry of a list."""
    yield from zip(value, current, strict=True) if isinstance(value, list) else [(value, current)]


def current_statistics(frame: pd.DataFrame) -> pd.DataFrame:
    """Statistics in today's columns and names: in an older file the `name` has all of term, statistic and inference.

    Inconsistencies of an audit are split into number and field, as `results.statistics` splits them.
    """
    if "name" in frame.columns:
        own = frame["name"].str.extract(OF_AN_AUDIT)
        parts = {
            "term": own["number"].fillna(""),
            "statistic": own["field"].fillna(frame["name"]),
            "inference": "",
        }
        found = frame.drop(columns="name").assign(**parts)
        frame = found[["model", *parts, *found.columns.difference(["model", *parts], sort=False)]]
    today = {former: name for name, former in FORMER_OF_AUDITS.items()}
    return frame.assign(statistic=frame["statistic"].replace(today))


def current_statistic(name: str) -> str:
    """Name of a statistic of a whole model; an older one ends with `.statistic`, or has dots inside."""
    return name.removesuffix(".statistic").replace(".", "_")

"""A data frame that R saved with saveRDS, with the labels of its columns."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from living_panel.estimation.papers import codes
from living_panel.problems import Refused

SECONDS, DAYS = "s", "D"


def read_rds(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows of a saved data frame, tibble or pdata.frame, and its columns' attributes `label`.

    Raises
    ------
    ValueError
        For a file that R did not save, and one that holds no data frame.
    """
    import rdata  # xarray comes with it, which takes a second

    times: dict[str | bytes, Any] = {"Date": _times(DAYS), "POSIXct": _times(SECONDS)}
    try:
        parsed = rdata.parser.parse_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # classes of columns that are not needed
            content = rdata.conversion.convert(
                parsed, {**rdata.conversion.DEFAULT_CLASS_MAP, **times}
            )
    except (NotImplementedError, EOFError, LookupError) as error:
        raise Refused(codes.NOT_FROM_R(reason=str(error) or "it has another header")) from error
    if not isinstance(content, pd.DataFrame):
        raise Refused(codes.NO_DATA_FRAME(kind=type(content).__name__))
    names = list(map(str, content.columns))
    labels = dict(zip(names, map(_label, parsed.object.value), strict=True))
    frame = content.reset_index(drop=True).set_axis(names, axis=1)
    return _plain(frame), {name: label for name, label in labels.items() if label}


def _times(unit: Any) -> Any:
    def column(values: Any, _: Mapping[str, Any]) -> Any:
        return pd.to_datetime(values, unit=unit).to_numpy()

    return column


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Factors as their labels, as numbers where each is one; whole numbers with gaps as floats."""
    plain = {}
    for name, column in frame.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            texts = column.astype("object")
            numbers = pd.to_numeric(texts, errors="coerce")
            column = numbers if numbers.notna().equals(texts.notna()) else texts
        elif pd.api.types.is_extension_array_dtype(column.dtype) and pd.api.types.is_numeric_dtype(
            column.dtype
        ):
            column = column.astype("float64" if column.isna().any() else column.dtype.numpy_dtype)
        plain[str(name)] = column
    return pd.DataFrame(plain)


def _label(column: Any) -> str:
    """Attribute `label` of a column, as R's haven and Hmisc write it."""
    attributes = dict(_attributes(column.attributes))
    value = attributes["label"].value if "label" in attributes else []
    texts = [part.value for part in value] if isinstance(value, list) else []
    return texts[0].decode("utf-8", "replace") if texts and texts[0] else ""


def _attributes(pairs: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of R's attributes, a linked list."""
    while pairs is not None and pairs.info.type.name == "LIST":
        tag = pairs.tag
        if tag is not None and tag.info.type.name == "REF":
            tag = tag.referenced_object
        if tag is not None:
            yield tag.value.value.decode(), pairs.value[0]
        pairs = pairs.value[1]

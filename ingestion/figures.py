"""A printed value: what every reader gives, whatever the form and the source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One value as a source prints it, before it gets source, edition and vintage.

    `value` is None where the source prints that there is none; `location` is the place in the
    file, such as "row 17" or "sheet 1 cell C5".
    """

    location: str
    indicator_label: str
    unit: str
    province_label: str
    province_code: str
    year: int
    value_printed: str
    value: float | None
    quality: str = "high"
    compiled_from: str = ""
    note: str = ""

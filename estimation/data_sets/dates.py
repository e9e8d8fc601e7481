"""Release dates of editions: known by year, month or day, and what was published as of a date."""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import Literal

from living_panel.estimation.data_sets import sentences
from living_panel.problems import Refused

Precision = Literal["year", "month", "day"]
FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def last_day(written: str) -> date:
    """Return the last day of a year, a month or a day: from then on it counts as past.

    Raises
    ------
    Refused
        For a text of another form, and for a day that no calendar has.
    """
    match = FORM.fullmatch(written)
    try:
        if match is None:
            raise ValueError
        year, month, day = (int(part) if part else 0 for part in match.groups())
        month = month or 12
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError as error:
        raise Refused(sentences.RELEASED(value=written)) from error


def precision_of(written: str) -> Precision:
    """Return whether a date is known by its year, its month or its day."""
    parts: tuple[Precision, ...] = ("year", "month", "day")
    return parts[written.count("-")]

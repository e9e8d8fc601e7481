"""Which of the Bureau's two places an edition is asked of: its database, or the web yearbook.

The database shows today's state, so a capture belongs to the edition of its own year.
"""

from __future__ import annotations

from datetime import date

from living_panel.ingestion.fetching.fetch_box import FetchBox
from living_panel.ingestion.provenance.catalog import Source
from living_panel.ingestion.sources.statistical_yearbook import fetch_database, fetch_yearbook
from living_panel.problems import Problem


def planned(source: Source, edition: int, day: date) -> list[str]:
    """Return what a fetch would ask, without asking."""
    place = fetch_database if edition == day.year else fetch_yearbook
    return list(place.planned(source, edition))


def fetch(box: FetchBox) -> list[Problem]:
    """Ask for one edition; return what could not be had and did not cost the rest."""
    if box.edition == box.day.year:
        return fetch_database.fetch_database(box)
    return fetch_yearbook.fetch_yearbook(box)

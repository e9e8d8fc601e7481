"""Adding an edition: to a data set as a file, or to the catalog of a source as an entry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from living_panel.codes import Code
from living_panel.estimation.papers.editions_from_files import add_edition as add_to_data_set
from living_panel.estimation.papers.editions_from_files import is_data_set
from living_panel.ingestion.provenance.catalog import add_edition as add_to_source
from living_panel.problems import Place, Refused


def write_new_edition(
    name: str, edition: str, file: str, released: str, statement: Mapping[str, str]
) -> Path:
    """Add an edition, and return the file that lists it.

    Parameters
    ----------
    name : str
        A data set, else a source.
    edition : str
        Name of the edition; of a source the year of the publication.
    file, released : str
        Data file and release date; both are needed for a data set.
    statement : mapping
        `title` of a source's publication; `licence` and `citation` of a data set's edition.

    Raises
    ------
    ValueError
        For what is missing, and whatever the data set or the catalog refuses.
    """
    if not is_data_set(name):
        if not edition.isdecimal():
            raise Refused(
                Code.CATALOG_UNKNOWN(
                    "{edition!r} is neither a year nor the name of a data set",
                    "write the year of a publication, or the name of a data set",
                    Place(file=name),
                    edition=edition,
                )
            )
        return add_to_source(name, int(edition), statement.get("title", ""))
    if missing := [key for key, value in (("file", file), ("released", released)) if not value]:
        raise Refused(
            Code.SET_FORM(
                "the edition of a data set needs {missing}",
                "write FILE=… and RELEASED=2012-07",
                Place(file=name),
                missing=missing,
            )
        )
    known = {key: statement[key] for key in ("licence", "citation") if statement.get(key)}
    return add_to_data_set(name, Path(file), edition, released, known)

"""The named outcomes of data that do not allow a table, and of specs that this code does not read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from living_panel.estimation.panel import sentences
from living_panel.problems import Place, ProblemError


class NotEstimable(ProblemError):
    """The data do not allow this table or column: a named result, not a failure."""


class NotRead(ProblemError, ValueError):
    """A spec that this code does not read: of an unknown kind, or with options of another form."""


class InvalidSpec(ProblemError, ValueError):
    """A spec or another YAML file of a paper that cannot be used; each problem has file, line and key."""


class OtherSchema(ProblemError, ValueError):
    """A release or an artifact in a form that other versions of this code write."""


class Unusable(ProblemError, ValueError):
    """A file, a number or a name that this code cannot use; the text names it and a remedy."""


@contextmanager
def as_utf8(file: Path) -> Iterator[None]:
    """Read a file as text in UTF-8.

    Raises
    ------
    Unusable
        If it has another encoding, such as UTF-16; names the file.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        reason = {
            "error": "it is not text in UTF-8",
            "remedy": "save it as UTF-8; Excel calls the format `CSV UTF-8`",
        }
        raise Unusable(sentences.FILE_NOT_READ(Place(file=str(file)), **reason)) from error

"""The named outcomes of data that do not allow a table, and of specs that this code does not read."""

from living_panel.estimation.panel import codes
from living_panel.problems import ProblemError


class NotEstimable(ProblemError):
    """The data do not allow this table or column: a named result, not a failure."""

    general = codes.TABLE


class NotRead(ProblemError, ValueError):
    """A spec that this code does not read: of an unknown kind, or with options of another form."""

    general = codes.SPEC


class InvalidSpec(ProblemError, ValueError):
    """A spec or another YAML file of a paper that cannot be used; each problem has file, line and key."""

    general = codes.SPEC


class OtherSchema(ProblemError, ValueError):
    """A release or an artifact in a form that other versions of this code write."""

    general = codes.SCHEMA


class Unusable(ProblemError, ValueError):
    """A file, a number or a name that this code cannot use; the text names it and a remedy."""

    general = codes.SPEC

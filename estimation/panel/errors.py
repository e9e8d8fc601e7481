"""The named outcome of figures that do not allow a table."""


class NotEstimable(Exception):
    """The figures do not allow this table or column: a named result, not a failure."""

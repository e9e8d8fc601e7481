"""The named outcomes of figures that do not allow a table, and of specs that this code does not read."""


class NotEstimable(Exception):
    """The figures do not allow this table or column: a named result, not a failure."""


class NotRead(ValueError):
    """A spec that this code does not read: of an unknown kind, or with options of another form."""


class OtherSchema(ValueError):
    """A release or an artifact in a form that other versions of this code write."""

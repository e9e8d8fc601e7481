"""Names and texts as parts of SQL, for statements that take no parameters."""

from __future__ import annotations


def quoted(name: str) -> str:
    """SQL identifier of a name."""
    return '"' + name.replace('"', '""') + '"'


def quoted_path(database: str, table: str) -> str:
    """SQL identifier of a table, given as `schema.table`, in a database."""
    return ".".join(quoted(part) for part in (database, *table.split(".", 1)))


def literal(text: object) -> str:
    """SQL string of a text; DuckDB takes no parameters in ATTACH and COMMENT."""
    return "'" + str(text).replace("'", "''") + "'"

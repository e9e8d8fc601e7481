"""Open DuckDB's shell on the published warehouse: read-only, and without access to files and network."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from living_panel.codes import Code
from living_panel.orchestration.commands import sentences
from living_panel.orchestration.root.readers import SHOWN, open_published, published_tables
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Refused, name_commands

CLOSED = "set enable_external_access = false; set lock_configuration = true"
SAFE = ".safe_mode"
"""DuckDB's own mode: SQL as in `CLOSED`, and no command of the shell that reaches a file or a program."""
NOTICE = """Read-only. SQL reaches no other file and no network, also the SQL of a file that `.read` runs.
Not prevented: the shell's own commands (`.shell`, `.output`, `.open`) act with your rights, also in such a file.
A file of somebody else: `make sql FILE=query.sql`. Files of your own in SQL: `make sql EXTERNAL=yes`."""
EXTERNAL_NOTICE = "Read-only. SQL, also that of `.read`, reaches your files and the network."


def open_shell(
    settings: Settings, file: Path | None, *, query: str | None = None, external: bool = False
) -> None:
    """Become DuckDB's shell.

    Parameters
    ----------
    settings : Settings
        Data root.
    file : Path, optional
        File of SQL to run instead of a dialogue, in DuckDB's safe mode.
    query : str, optional
        SQL to run instead of a dialogue; in the safe mode too, unless `external`.
    external : bool
        Whether SQL may reach files and the network.

    Raises
    ------
    ValueError
        If nothing is published, the published file cannot be read, or `file` is no file.
    """
    if not settings.published.exists():
        raise Refused(sentences.NOT_PUBLISHED_YET(published=settings.published))
    if file is not None and external:
        raise Refused(
            Code.COMMAND(
                "SQL from a file has no access to other files and the network",
                "leave EXTERNAL out; or start `make sql EXTERNAL=yes`, then type `.read` and the name of the file",
                Place(file=str(file)),
            )
        )
    # a file that cannot be read, or has a log next to it, is reported here
    with open_published(settings) as connection:
        there = {schema for schema, _ in published_tables(connection, SHOWN)}
    schemas = [schema for schema in SHOWN if schema in there]
    if file is not None:
        _read_from(file)
    elif query is None:
        print(name_commands(EXTERNAL_NOTICE if external else NOTICE), file=sys.stderr, flush=True)
    shell = Path(sys.executable).parent / "duckdb"
    warehouse = settings.published.resolve()
    os.execv(
        shell,
        shell_command(shell, warehouse, file, query=query, schemas=schemas, external=external),
    )


def shell_command(
    shell: Path,
    warehouse: Path,
    file: Path | None = None,
    *,
    query: str | None = None,
    schemas: Sequence[str] = SHOWN,
    external: bool = False,
) -> list[str]:
    """Return the arguments of the shell; a file of SQL is its standard input."""
    is_dialogue = file is None and query is None
    limit = [] if external else ["-cmd", CLOSED if is_dialogue else SAFE]
    # the person's own settings of the shell could open what a stranger's file needs
    options = ["-no-init"] if file is not None else []
    at_hand = f"set search_path = '{','.join(schemas)}'"  # for names without schema
    asked = [] if query is None else ["-c", query]
    return [str(shell), "-readonly", *options, "-cmd", at_hand, *limit, str(warehouse), *asked]


def _read_from(file: Path) -> None:
    """Make a file the standard input."""
    if not file.is_file():
        raise Refused(
            Code.COMMAND(
                "this is not a file with SQL", "name an existing file", Place(file=str(file))
            )
        )
    descriptor = os.open(file, os.O_RDONLY)
    os.dup2(descriptor, 0)
    os.close(descriptor)

"""Notes of a data root about itself: the folder `state/`, one JSON file a note.

Every note is read and written here, whole and checked against its shape. Each can be made anew. So a damaged note is
reported with its remedy, and a refresh sets it aside and goes on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, TypeAdapter, ValidationError

from living_panel.codes import Code, NoFix
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.limited_yaml import faults_of
from living_panel.problems import Place, ProblemError, Refused

EDITION_OR_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}-[0-9]{2})?")
"""As of what a state can be rebuilt: only so written do dates compare as texts do."""


def _with(*keys: str) -> AfterValidator:
    """Refuse a mapping without these keys."""

    def check(content: dict[str, Any]) -> dict[str, Any]:
        if missing := set(keys) - set(content):
            raise Refused(
                Code.NOT_BUILT("missing: {missing}", NoFix.PART, missing=[*sorted(missing)])
            )
        return content

    return AfterValidator(check)


def in_order(entries: list[dict[str, str]], panel: str | None = None) -> list[dict[str, str]]:
    """Return the tables of a state in their one order: those of the panel's release first, then by name.

    Without `panel` the release of the first entry counts as the panel's.
    """
    first = panel or (entries[0]["release_id"] if entries else "")
    return sorted(entries, key=lambda e: (e["release_id"] != first, e["table_id"]))


Entry = Annotated[dict[str, str], _with("table_id", "artifact_id", "release_id")]
EditionEntry = Annotated[
    dict[str, str], _with("data_set", "edition", "table_id", "artifact_id", "release_id")
]
EditionStep = Annotated[
    dict[str, Any], _with("data_set", "table_id", "from_edition", "to_edition", "identity", "rows")
]
Tables = Annotated[list[Entry], AfterValidator(in_order)]
Accepted = Annotated[dict[str, Any], _with("name", "on", "entries")]
Holder = Annotated[dict[str, Any], _with("purpose", "pid", "host", "since")]
Failure = Annotated[dict[str, Any], _with("run_id", "job", "at", "message")]


SHAPES: dict[str, TypeAdapter[Any]] = {
    "current": TypeAdapter(Tables),  # artifact of each table in the published state
    "next": TypeAdapter(Tables),  # artifact of each table in the state that a refresh builds
    "release": TypeAdapter(dict[str, str]),  # release that each vantage's build ended in
    "accepted": TypeAdapter(list[Accepted]),  # states that somebody looked at, oldest first
    "editions": TypeAdapter(
        list[EditionEntry]
    ),  # artifact of each table on each edition of its data set
    "edition_steps": TypeAdapter(list[EditionStep]),  # parts of each step between two editions
    "failures": TypeAdapter(list[Failure]),  # failed runs, oldest first
    "holder": TypeAdapter(Holder),  # who holds the root's lock
    "unfinished": TypeAdapter(list[str]),  # files that a command makes at this moment
}


class Damaged(ProblemError, ValueError):
    """A note that cannot be read; the message names the file and the remedy."""


def vantage(as_of: str | None) -> str:
    """Name of the list of artifacts that a vantage's build ends in; None is the state built next."""
    return "next" if as_of is None else f"as_of_{as_of}"


def path(root: Path, name: str) -> Path:
    """File of a note."""
    return root / "state" / f"{name}.json"


def read(root: Path, name: str) -> Any:
    """Content of a note; empty (a list or a mapping) before the first one.

    Raises
    ------
    Damaged
        If the file is cut or of another shape.
    """
    file, shape = path(root, name), _shape(name)
    try:
        return shape.validate_json(file.read_bytes())
    except FileNotFoundError:
        return {} if name in ("release", "holder") else []
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else faults_of(error)[0].reason
        raise Damaged(
            Code.DAMAGED(
                "the file is damaged ({reason})",
                "run `make run`, which moves the file away and writes a new one",
                Place(file=str(file)),
                reason=reason,
            )
        ) from None


def write(root: Path, name: str, value: Any) -> Path:
    """Write a note whole, and return its file; a file with the same content stays as it is."""
    content = json.dumps(value, indent=1, ensure_ascii=False).encode()
    file = path(root, name)
    if not file.is_file() or file.read_bytes() != content:
        write_durably(content, file)
    return file


def forget(root: Path, name: str) -> None:
    """Take a note away."""
    path(root, name).unlink(missing_ok=True)


def vantages(root: Path) -> list[str]:
    """Names of the lists of current artifacts there are."""
    return sorted(p.stem for p in path(root, "current").parent.glob("*.json") if _is_list(p.stem))


def damaged(root: Path) -> dict[str, Damaged]:
    """The error of each note that cannot be read, by its name."""
    errors = {}
    for name in [*SHAPES, *vantages(root)]:
        try:
            read(root, name)
        except Damaged as error:
            errors[name] = error
    return errors


def mend(root: Path, say: Callable[[str], None]) -> None:
    """Set damaged notes aside; called under the lock."""
    for name, error in damaged(root).items():
        say(str(error))
        path(root, name).replace(path(root, name).with_suffix(".damaged"))


def _is_list(name: str) -> bool:
    return name in ("current", "previous", "next") or name.startswith("as_of_")


def _shape(name: str) -> TypeAdapter[Any]:
    return SHAPES["current" if _is_list(name) else name]

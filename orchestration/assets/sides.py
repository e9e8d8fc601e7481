"""States of knowledge by the names that people give them. Loads no Dagster, so that a command knows soon what to do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from living_panel.codes import Code
from living_panel.orchestration.root import state
from living_panel.orchestration.root.accepted import accept_entries
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Refused

SHORTEST_ID = 6
ENTRY = ("table_id", "artifact_id", "release_id")


@dataclass(frozen=True)
class Side:
    """One side of a comparison: its name for people and the artifacts it consists of."""

    name: str
    entries: tuple[dict[str, str], ...]

    @property
    def release_id(self) -> str:
        """Release of the panel; tables on a paper's own data come after the others."""
        return self.entries[0]["release_id"]


def find_side(settings: Settings, name: str) -> Side:
    """The side a person names.

    `current`, `accepted`, `previous`; an edition or date rebuilt before, or the newest edition of the
    current state; the beginning of the id of a release or of an artifact.

    Raises
    ------
    ValueError
        Listing what can be named, with the remedy.
    """
    if name == "accepted":
        return baseline(settings)
    entries = tuple(_listed(settings, name))
    if not entries and is_newest(settings, name):
        entries = tuple(_listed(settings, "current"))
    entries = entries or _by_id(settings, name)
    if entries:
        spoken = {"next": "the current state", "current": "the current state"}
        spoken |= {"previous": "the state before"}
        return Side(spoken.get(name, f"the state of {name}"), entries)
    if name == "previous":
        raise Refused(
            Code.UNKNOWN_STATE(
                "there is only one state of the results, so nothing to compare",
                "add an edition and run `make run`; or run `make run AS_OF=<edition>`, then `make diff FROM=<edition>`",
            )
        )
    there = [
        n.removeprefix("as_of_")
        for n in state.vantages(settings.root)
        if n != "next" and _listed(settings, n.removeprefix("as_of_"))
    ]
    vantage = f" AS_OF={name}" if state.EDITION_OR_DATE.fullmatch(name) else ""
    raise Refused(
        Code.UNKNOWN_STATE(
            "{name!r} is unknown. Known: {there}, and ids of releases and artifacts (at "
            "least {shortest_id} characters)",
            "run `make run{vantage}`",
            name=name,
            there=", ".join(there) or "nothing yet",
            shortest_id=SHORTEST_ID,
            vantage=vantage,
        )
    )


def is_newest(settings: Settings, name: str) -> bool:
    """Whether this is the newest edition that the current state knows."""
    entries = _listed(settings, "current")
    if not state.EDITION_OR_DATE.fullmatch(name) or not entries:
        return False
    manifest = settings.releases / entries[0]["release_id"] / "manifest.json"
    editions = json.loads(manifest.read_text(encoding="utf-8"))["sources"]
    return name == str(max((e["edition"] for e in editions), default=0))


def must_be_rebuilt(settings: Settings, name: str) -> bool:
    """Whether the state of an edition or date is not rebuilt yet, or is no longer whole."""
    if not state.EDITION_OR_DATE.fullmatch(name) or is_newest(settings, name):
        return False
    listed = _listed(settings, name)
    return not listed or len(_existing_entries(settings, listed)) < len(listed)


def accept(settings: Settings, name: str) -> Side:
    """Write down that the current state was looked at and is what later ones are compared with.

    Its report is kept. A command that is stopped has accepted all of it, or nothing.

    Raises
    ------
    ValueError
        Before the first refresh.
    """
    side = find_side(settings, "current")
    accept_entries(settings, name, list(side.entries))
    return Side(f"the results accepted as {name!r}", side.entries)


def baseline(settings: Settings, of: str = "current") -> Side:
    """The state that the current one, or the next, is compared with: the last accepted that differs.

    Where none was ever accepted: the state before. In both cases only entries that still exist.

    Raises
    ------
    ValueError
        If nothing came before.
    """
    current = list(find_side(settings, of).entries)
    for record in reversed(state.read(settings.root, "accepted")):
        left = _existing_entries(settings, record["entries"])
        if record["entries"] != current and left:
            return Side(f"the state accepted as {record['name']!r} on {record['on']}", left)
    published = _listed(settings, "current")
    before = "current" if published and published != current else "previous"
    left = _existing_entries(settings, find_side(settings, before).entries)
    if not left:
        raise Refused(
            Code.UNKNOWN_STATE(
                "there is no earlier state to compare with",
                "name another state, or run `make run AS_OF=<edition>`",
            )
        )
    return Side("the results before, which nobody accepted", left)


def _listed(settings: Settings, name: str) -> list[dict[str, str]]:
    note = name if name in ("current", "previous", "next") else f"as_of_{name}"
    return state.read(settings.root, note)


def _existing_entries(
    settings: Settings, entries: Sequence[dict[str, str]]
) -> tuple[dict[str, str], ...]:
    """Those of a state's artifacts that are still there; none where the panel's release is gone."""
    left = tuple(
        e
        for e in entries
        if (settings.artifacts / e["table_id"] / e["artifact_id"] / "manifest.json").is_file()
        and (settings.releases / e["release_id"] / "manifest.json").is_file()
    )
    return left if left and left[0]["release_id"] == entries[0]["release_id"] else ()


def _by_id(settings: Settings, name: str) -> tuple[dict[str, str], ...]:
    """The newest artifact of each table on the release, or the one artifact, whose id begins so."""
    from living_panel.estimation.artifacts import artifact  # takes a second to load
    from living_panel.orchestration.outputs.table_artifact import release_manifest

    if len(name) < SHORTEST_ID:
        return ()
    releases = [
        {"release_id": path.name} | release_manifest(path)
        for path in sorted(settings.releases.glob(f"{name}*/"))
        if (path / "manifest.json").is_file()
    ]
    newest: dict[str, tuple[str, dict[str, str]]] = {}
    for folder in settings.artifact_folders():
        # of another version, or damaged: it can be compared with nothing
        with suppress(ValueError):
            manifest = artifact.read_manifest(folder)
            if folder.name.startswith(name):
                release = manifest["release_id"]
            else:
                mine = (r["release_id"] for r in releases if artifact.rests_on(manifest, r))
                release = next(mine, None)
            made = str(manifest["run"].get("created_at", ""))
            table = manifest["table_id"]
            if release and made >= newest.get(table, ("", {}))[0]:
                entry = {k: manifest[k] for k in ENTRY} | {"release_id": release}
                newest[table] = made, entry
    entries = tuple(newest[table][1] for table in sorted(newest))
    several = {e["release_id"] for e in entries}
    if len(several) > 1:
        raise Refused(
            Code.UNKNOWN_STATE(
                "the ids of several releases begin with {name!r}: {several}",
                "give more characters of the id",
                name=name,
                several=[*sorted(several)],
            )
        )
    return entries

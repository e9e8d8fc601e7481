"""What was made, by name, with the hash of what it was made from: the one record of results that can be made again.

In doubt the answer is: make it. A file that is missing, damaged or of another form holds no result. What a data root
publishes is another matter: it has its folder and its line in the ledger (`store`).
"""

from __future__ import annotations

import atexit
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from filelock import FileLock

from living_panel.ingestion.files import write_durably
from living_panel.orchestration.root.settings import REPOSITORY

FOLDER = Path(cache_from_source(__file__)).parent
"""Where results of code alone are, next to the modules that Python compiled: later processes find them."""
BUILDS = "builds"
"""Kind of the notes of build files, in a data root."""
Entry = tuple[str, Any]
"""Hash of what a result was made from, and the result: a value of JSON."""


class Made:
    """Results by name, in one file: of each name the last one.

    `made_by` is the version of what makes them; results of another version are none. Those of a name that
    `is_current` refuses are dropped when the file is written.
    """

    def __init__(
        self, path: Path, made_by: str = "", is_current: Callable[[str], bool] = lambda _: True
    ) -> None:
        self.path, self.made_by, self.is_current = path, made_by, is_current

    def read(self) -> dict[str, Entry]:
        """Every result, by name."""
        try:
            content = json.loads(self.path.read_bytes())
            if content["made_by"] == self.made_by:
                return {
                    name: (made_from, it) for name, (made_from, it) in content["results"].items()
                }
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            pass
        return {}

    def get(self, name: str, made_from: str) -> Any | None:
        """Return the result of a name, if it was made from this; else None."""
        known = self.read().get(name)
        return known[1] if known and known[0] == made_from else None

    def put(self, entries: Mapping[str, Entry]) -> None:
        """Write results at once; those of other names stay."""
        with self._lock():
            self.replace({**self.read(), **entries})

    def replace(self, entries: Mapping[str, Entry]) -> None:
        """Write results at once, in place of all others."""
        results = {name: entry for name, entry in entries.items() if self.is_current(name)}
        content = {"made_by": self.made_by, "results": results}
        write_durably(json.dumps(content, ensure_ascii=False).encode(), self.path)

    def drop(self, name: str) -> None:
        """Take a result away, before it is made anew: of one that was cut short nothing is believed."""
        with self._lock():
            known = self.read()
            if known.pop(name, None):
                self.replace(known)

    def _lock(self) -> FileLock:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(self.path.with_suffix(".lock"))


class MadeByCode(Made):
    """Results of code alone, for all data roots of this environment.

    Nothing is kept where Python keeps no compiled modules, and where the folder cannot be written.
    """

    def __init__(
        self, file: str, made_by: str = "", is_current: Callable[[str], bool] = lambda _: True
    ) -> None:
        self.file, self.made_by, self.is_current = file, made_by, is_current
        self._known: dict[str, Entry] | None = None
        self._new: dict[str, Entry] = {}

    @property
    def path(self) -> Path:  # type: ignore[override]
        """File of the results."""
        return FOLDER / self.file

    def put(self, entries: Mapping[str, Entry]) -> None:
        """Write results, where they can be kept."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                super().put(entries)

    def of(self, name: str, made_from: str, make: Callable[[], Any]) -> Any:
        """Return the result of a name: the known one where it was made from the same, else a new one.

        New ones are written together, at the end of the process.
        """
        if self._known is None:
            self._known = self.read()
        if self._known.get(name, ("",))[0] != made_from:
            self._known[name] = self._new[name] = (made_from, make())
            atexit.unregister(self.write)
            atexit.register(self.write)
        return self._known[name][1]

    def write(self) -> None:
        """Write what this process made; called at its end."""
        if self._new:
            self.put(self._new)


def name_of_file(path: Path) -> str:
    """Return the name of a result that was made from a file, relative to the repository if it lies there.

    A copy of the repository elsewhere has the results too.
    """
    return str(path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path)


def is_there(name: str) -> bool:
    """Whether the file or folder of a result's name still exists."""
    return (REPOSITORY / name).exists()


def made_in(root: Path, kind: str) -> Made:
    """Return the results of a kind in a data root: `builds`, `refresh`, `drafts`."""
    return Made(root / "build" / "made" / f"{kind}.json")

"""Results that later processes of this environment need not make again, next to the modules that Python compiled."""

from __future__ import annotations

import atexit
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from living_panel.ingestion.files import write_durably
from living_panel.orchestration.root.settings import REPOSITORY

FOLDER = Path(cache_from_source(__file__)).parent


def name_of_file(path: Path) -> str:
    """Return the name of a result that was made from a file, relative to the repository if it lies there.

    A copy of the repository elsewhere has the results too.
    """
    return str(path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path)


def file_is_there(name: str) -> bool:
    """Whether the file of a result's name still exists."""
    return (REPOSITORY / name).is_file()


def folder_is_there(name: str) -> bool:
    """Whether the folder of a result's name still exists."""
    return (REPOSITORY / name).is_dir()


def keep(content: bytes, path: Path) -> None:
    """Keep a result, if Python keeps compiled modules; a folder that cannot be written keeps nothing."""
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            write_durably(content, path)


class KeptResults:
    """Results by name, in one file: of each name the last one, with the hash of what it was made from.

    `made_by` is the hash of what makes them; results of another maker are not read. New ones are written at the end
    of the process, without those that `is_current` refuses by name.
    """

    def __init__(
        self, file: str, made_by: str, is_current: Callable[[str], bool] = lambda _: True
    ) -> None:
        self.file, self.made_by, self.is_current = file, made_by, is_current

    @property
    def _path(self) -> Path:
        return FOLDER / self.file

    @cached_property
    def _known(self) -> dict[str, list[Any]]:
        try:
            content = json.loads(self._path.read_bytes())
            return dict(content["results"]) if content["made_by"] == self.made_by else {}
        except (OSError, ValueError, LookupError, TypeError):
            return {}

    def of(self, name: str, made_from: str, make: Callable[[], Any]) -> Any:
        """Return the result of a name: the kept one where it was made from the same, else a new one."""
        known = self._known.get(name)
        if known is None or known[0] != made_from:
            self._known[name] = [made_from, make()]
            atexit.unregister(self.write)
            atexit.register(self.write)
        return self._known[name][1]

    def write(self) -> None:
        """Write the results of this process and those that it found; called at its end."""
        results = {name: result for name, result in self._known.items() if self.is_current(name)}
        keep(json.dumps({"made_by": self.made_by, "results": results}).encode(), self._path)

"""Failures of a lake: a stable code, the place, the facts, and what to do."""

from __future__ import annotations

from typing import Any


class LakeFailure(RuntimeError):
    """A lake that cannot be used; nothing that readers see has changed.

    Attributes
    ----------
    code : str
        Stable name, `lake_…`.
    place : str
        The file, catalog or storage that the failure is about.
    fields : dict
        Facts: host, port, status, what the service answered.
    fix : str
        What to do.
    """

    def __init__(self, code: str, place: str, problem: str, fix: str, **fields: Any) -> None:
        super().__init__(f"{place}: {problem}. Fix: {fix}. [{code}]")
        self.code, self.place, self.fields, self.fix = code, place, fields, fix

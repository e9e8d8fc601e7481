"""Places that several tests read."""

from __future__ import annotations

import shutil
from pathlib import Path

from living_panel.estimation.panel.spec import PAPERS

BI = PAPERS / "bi_2025"
SPECS = BI / "specs"
_OLDER = Path(__file__).parent / "fixtures" / "older"
RELEASE, ARTIFACT = _OLDER / "1b26ac13c3dbff8d", _OLDER / "fb89c5879afba5a8"
"""A release of 31 provinces and 18 years, and an artifact on it, of schema 1."""


def some_specs(folder: Path, *names: str) -> Path:
    """A folder of papers with some tables of the first paper; returns its folder of specs.

    It declares no findings: they name tables that may not be there.
    """
    paper = folder / BI.name
    shutil.copytree(BI, paper, ignore=shutil.ignore_patterns("specs", "findings.yml"))
    sums = (paper / "CHECKSUMS").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in sums if not line.endswith(" findings.yml\n"))
    (paper / "CHECKSUMS").write_text(kept, encoding="utf-8")
    (paper / "specs").mkdir()
    for name in names:
        shutil.copy(SPECS / f"{name}.yml", paper / "specs")
    return paper / "specs"

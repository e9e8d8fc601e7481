"""The sixteen rules of the Data and Code Availability Standard, each with its evidence in a package.

Standard: version 1.0, https://datacodestandard.org. The class of the report is the AEA Data Editor's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Status = Literal["met", "partly", "missing", "not applicable"]
FAILURE = 0.25
"""Share of tables with the stated numbers below which a reproduction is a failure (AEA Data Editor)."""


@dataclass(frozen=True)
class DataRule:
    """One rule: its number and topic, whether a package meets it, and by what."""

    number: int
    topic: str
    status: Status
    evidence: str


def standard(package: Mapping[str, Any], folder: Path) -> list[DataRule]:
    """Return the sixteen rules with what an unpacked package shows of each.

    Parameters
    ----------
    package : mapping
        Its package.json.
    folder : Path
        Where it is unpacked.
    """
    facts, sources = package["facts"], package["sources"]
    return [
        _availability(sources),
        _raw_data(sources),
        _there(3, "analysis data", folder, "analysis/panel.csv", "analysis/panel.parquet"),
        _there(4, "format of data", folder, "analysis/panel.csv", "analysis/panel.dta"),
        _metadata(package, folder),
        _cited(sources),
        _transformation(sources, folder),
        _analysis(package, folder),
        _there(
            9, "source format", folder, "code/living_panel/estimation", "code/requirements.lock"
        ),
        _stated(10, "instruments", facts["instruments"], "instruments"),
        _stated(11, "ethics", facts["ethics"], "ethics"),
        _stated(12, "pre-registration", facts["registration"], "registration"),
        _there(13, "README after the template", folder, "README.md"),
        _stated(14, "repository", facts["repository"], "repository"),
        _licence(package, folder),
        _omissions(package),
    ]


def _availability(sources: Sequence[Mapping[str, Any]]) -> DataRule:
    topic = "data availability statement"
    wanted = ("access", "cost", "time")
    lacking = [f"{s['name']}: {', '.join(k for k in wanted if not s[k])}" for s in sources
               if not all(s[k] for k in wanted)]  # fmt: skip
    if not lacking:
        return DataRule(
            1, topic, "met", f"README states access, cost and time of {len(sources)} sources"
        )
    otherwise: Status = "partly" if any(s["access"] for s in sources) else "missing"
    return DataRule(1, topic, otherwise, f"not stated: {'; '.join(dict.fromkeys(lacking))}")


def _raw_data(sources: Sequence[Mapping[str, Any]]) -> DataRule:
    files = [f for s in sources for f in s["files"]]
    files_omitted = [f["name"] for f in files if not f["provided"]]
    if files_omitted:
        return DataRule(
            2, "raw data", "partly", f"not provided, and named: {', '.join(files_omitted)}"
        )
    if begins := _cleaned(sources):
        return DataRule(
            2, "raw data", "partly", f"the chain begins at {begins}, as its source gives it"
        )
    return DataRule(
        2, "raw data", "met", f"{len(files)} files with sha256, from {files[0]['name']} on"
    )


def _cleaned(sources: Sequence[Mapping[str, Any]]) -> str:
    """Name of a panel that stands for raw files; "" where there are raw files."""
    names = (f["name"] for s in sources for f in s["files"])
    return next((n for n in names if n.endswith("/data/panel.csv")), "")


def _transformation(sources: Sequence[Mapping[str, Any]], folder: Path) -> DataRule:
    topic = "data transformation"
    if begins := _cleaned(sources):
        return DataRule(
            7, topic, "partly", f"none before {begins}; code/living_panel/estimation from there on"
        )
    derived = sorted(
        p.relative_to(folder).as_posix() for p in folder.glob("papers/*/data/prepare.sql")
    )
    return _there(
        7, topic, folder, *(derived or ("code/living_panel/ingestion", "code/dbt_project"))
    )


def _metadata(package: Mapping[str, Any], folder: Path) -> DataRule:
    measures = package["measures"]
    bare = [m["name"] for m in measures if not (m["label"] and m["unit"] and m["allowed"])]
    if bare or not (folder / "analysis/codebook.csv").is_file():
        return DataRule(
            5, "metadata", "partly", f"no label, unit or allowed values: {', '.join(bare)}"
        )
    return DataRule(
        5, "metadata", "met", f"analysis/codebook.csv: {len(measures)} variables, allowed values"
    )


def _cited(sources: Sequence[Mapping[str, Any]]) -> DataRule:
    bare = [s["name"] for s in sources if not s["citation"]]
    if bare:
        return DataRule(6, "citation of data", "partly", f"without a citation: {', '.join(bare)}")
    return DataRule(6, "citation of data", "met", f"README, References: {len(sources)} data sets")


def _analysis(package: Mapping[str, Any], folder: Path) -> DataRule:
    tables = package["tables"]
    lost = [t["table"] for t in tables if not (folder / t["program"]).is_file()]
    if lost:
        return DataRule(8, "analysis", "missing", f"no program of {', '.join(lost)}")
    return DataRule(
        8,
        "analysis",
        "met",
        f"a program, a spec and an output file of each of {len(tables)} tables",
    )


def _licence(package: Mapping[str, Any], folder: Path) -> DataRule:
    data = package["facts"]["licence"]
    if data and (folder / "LICENSE").is_file():
        return DataRule(15, "licence", "met", f"code: LICENSE; data: {data}")
    by_source = [s["name"] for s in package["sources"] if s["licence"]]
    more = f"; stated by source for {', '.join(dict.fromkeys(by_source))}" if by_source else ""
    return DataRule(15, "licence", "partly", f"code: LICENSE; `licence` of the data is open{more}")


def _omissions(package: Mapping[str, Any]) -> DataRule:
    files_omitted = [f["name"] for s in package["sources"] for f in s["files"] if not f["provided"]]
    omissions = [*files_omitted, *package["facts"]["omitted"]]
    text = (
        f"README names {', '.join(omissions)}"
        if omissions
        else "README states that nothing is omitted"
    )
    return DataRule(16, "omissions", "met", text)


def _there(number: int, topic: str, folder: Path, *names: str) -> DataRule:
    lost = [name for name in names if not (folder / name).exists()]
    if lost:
        return DataRule(number, topic, "missing", f"no {', '.join(lost)}")
    return DataRule(number, topic, "met", ", ".join(names))


def _stated(number: int, topic: str, text: str, key: str) -> DataRule:
    if not text:
        return DataRule(number, topic, "missing", f"`{key}` of package.yml is open")
    applies = not text.lower().startswith(("not applicable", "none"))
    return DataRule(number, topic, "met" if applies else "not applicable", text)


def editor_class(same: int, number: int, minor: int, *, contradicts: bool = False) -> str:
    """Return the AEA Data Editor's class of a reproduction.

    Parameters
    ----------
    same, number : int
        Tables with the stated numbers, and all tables.
    minor : int
        Issues with the same numbers: other words, figures or bytes, errors of the static scan, other code.
    contradicts : bool
        Whether a stated result contradicts another part of the package, or what its own code makes: it was
        changed after it was made.
    """
    share = same / number if number else 0.0
    if share < FAILURE or contradicts:
        return "failure"
    if share < 1:
        return "partial"
    return "full with minor issues" if minor else "full"

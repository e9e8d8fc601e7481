"""`make remove-paper NAME=…`: a paper's folder, tables and releases, removed as a deliberate deletion."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.marked_yaml import nearest
from living_panel.estimation.panel.sentences import NO_PAPER
from living_panel.estimation.panel.spec import PAPER_FILE, PAPERS
from living_panel.estimation.papers.source import find_data_folder, source_record
from living_panel.orchestration.outputs.paper_tables import is_of_panel, manifest_or_empty
from living_panel.orchestration.root import ledger
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Refused

NAMED = 5
"""Files that a refusal names."""


def remove_paper(
    settings: Settings, name: str, *, force: bool = False, papers: Path = PAPERS
) -> list[str]:
    """Remove a paper's artifacts, the releases that no other paper uses, and its folder.

    Each line of the ledger is written before its files go, so that the command can be called again.

    Parameters
    ----------
    settings : Settings
        The data root.
    name : str
        Name of the paper. Its folder may be gone already.
    force : bool
        Whether to remove files that git does not hold.
    papers : Path
        Folder of the papers.

    Returns
    -------
    list of str
        What was removed, in the order of removal.

    Raises
    ------
    InvalidSpec
        If no file and no line of the ledger is this paper's.
    Refused
        If its folder has files that git does not hold.
    """
    folder = papers / name
    if folder.is_dir() and not force and (lost := _unknown_to_git(folder)):
        files = [*lost[:NAMED], *(["…"] if len(lost) > NAMED else [])]
        place = Place(file=str(folder))
        raise Refused(
            Code.PUBLISH(
                "this paper has {number} files that are not committed ({files})",
                "commit them. To delete the paper without a copy: `make remove-paper NAME={name} FORCE=1`",
                place,
                number=len(lost),
                files=files,
                name=quote(name),
            )
        )
    removed = [
        *(("artifact", f"{f.parent.name}/{f.name}", f) for f in _artifacts(settings, name)),
        *(("release", f.name, f) for f in _releases(settings, name, papers)),
    ]
    tables = {entry.split("/")[0] for kind, entry, _ in removed if kind == "artifact"}
    tables |= {spec.stem for spec in folder.glob("specs/*.yml")}
    gone = list(_gone(settings, tables))
    if not (folder.is_dir() or removed or gone):
        known = [file.parent.name for file in papers.glob(f"*/{PAPER_FILE}")]
        raise InvalidSpec(NO_PAPER(Place(file=str(folder)), choices=nearest(name, known)))
    for kind, entry, path in removed:
        _withdraw(settings.root, kind, entry)
        shutil.rmtree(path)
    for entry in gone:
        _withdraw(settings.root, "artifact", entry)
    if folder.is_dir():
        shutil.rmtree(folder)
    return [*(f"{kind} {entry}" for kind, entry, _ in removed), str(folder)]


def _unknown_to_git(folder: Path) -> list[str]:
    """Files of a folder that the last commit does not hold as they are."""
    done = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all", "--ignored", "--", "."],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return [line[3:] for line in done.stdout.splitlines()]


def _artifacts(settings: Settings, name: str) -> list[Path]:
    """Artifacts of a paper: those whose specification names it."""
    return [
        folder
        for folder in settings.artifact_folders()
        if manifest_or_empty(folder).get("spec", {}).get("paper") == name
    ]


def _releases(settings: Settings, name: str, papers: Path) -> list[Path]:
    """Releases of the data that a paper brings, as far as no table of another paper is estimated on them."""
    mine: set[str] = set()
    others: set[str] = set()
    for folder in settings.artifact_folders():
        manifest = manifest_or_empty(folder)
        owner = manifest.get("spec", {}).get("paper")
        (mine if owner == name else others).add(str(manifest.get("release_id")))
    source = _source(papers / name) or name
    elsewhere = {_source(p.parent) for p in papers.glob(f"*/{PAPER_FILE}") if p.parent.name != name}
    folders = []
    for folder in sorted(p.parent for p in settings.releases.glob("[!.]*/manifest.json")):
        manifest = manifest_or_empty(folder)
        sources = {str(s["source"]) for s in manifest.get("sources", [])}
        is_its_data = folder.name in mine or (sources == {source} and source not in elsewhere)
        if is_its_data and not is_of_panel(manifest) and folder.name not in others:
            folders.append(folder)
    return folders


def _source(paper: Path) -> str | None:
    """Name of the source of a paper's own data; None where it brings none, or their form is broken."""
    try:
        data = find_data_folder(paper)
        return None if data is None else str(source_record(data)["source"])
    except (OSError, ValueError, KeyError):
        return None


def _gone(settings: Settings, tables: set[str]) -> Iterator[str]:
    """Artifacts of tables that the ledger expects and the disk lacks."""
    there = ledger.on_disk(settings.root, "artifact")
    for entry, line in ledger.known(settings.root, "artifact").items():
        if (
            entry.split("/")[0] in tables
            and entry not in there
            and line["event"] not in ledger.GONE
        ):
            yield entry


def _withdraw(root: Path, kind: str, entry: str) -> None:
    """Write down that a thing goes on purpose, if the ledger expects it."""
    line = ledger.known(root, kind).get(entry)
    if line is not None and line["event"] not in ledger.GONE:
        ledger.append(root, kind, entry, "withdrawn", line["sha256"])

"""Estimate the tables of an unpacked package by the checker's own code, from the package's data alone.

Runs in the confined process. No file of the package is imported or started.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from living_panel.estimation.data_sets.data_set import sets_folder
from living_panel.estimation.package import sentences
from living_panel.estimation.panel.spec import PAPERS, load_spec, spec_files
from living_panel.estimation.papers.paper_data import release_frames
from living_panel.estimation.papers.source import find_data_folder
from living_panel.estimation.tables.estimate import check_options
from living_panel.orchestration.outputs.release_files import freeze_frames
from living_panel.orchestration.outputs.table_artifact import artifact_folder, make_artifact
from living_panel.orchestration.root import state
from living_panel.orchestration.root.readers import read_current
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import code_of
from living_panel.problems import Place, Problem, ProblemError

PROGRAM = __package__.rpartition(".")[0]
"""The program of this checker, as `python -m` takes it."""
RUN = "check"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Estimated:
    """Results of the checker's own code.

    Attributes
    ----------
    tables : dict
        Folder of each table that could be estimated, by name.
    release : Path or None
        The data that they rest on, frozen.
    problems : list
        Reasons of the tables that could not.
    """

    tables: dict[str, Path] = field(default_factory=dict)
    release: Path | None = None
    problems: list[Problem] = field(default_factory=list)


def place_paper(package: Path, paper: str) -> Path:
    """Copy the paper of a package, and its data set, to where this process looks for them; no other is there."""
    target = PAPERS / paper
    shutil.copytree(package / "papers" / paper, target)
    if (package / "data_sets").is_dir():
        shutil.copytree(package / "data_sets", sets_folder())
    return target


def estimate_all(settings: Settings, package: Path, paper: str, say: Say) -> Estimated:
    """Estimate every table of the package's paper into an empty data root, as its current ones.

    Parameters
    ----------
    settings : Settings
        The empty root.
    package : Path
        The unpacked package.
    paper : str
        Its paper.
    say : callable
        Receives the progress.
    """
    folder = place_paper(package, paper)
    data = find_data_folder(folder)
    if data is None:
        return _by_refresh(settings, package, say)
    try:
        release = freeze_frames(settings, release_frames(data))
    except Exception as error:  # a stranger's data may break anything
        return Estimated(problems=[_refusal(error, f"papers/{paper}/data")])
    estimated = Estimated(release=release)
    for number, path in enumerate(files := spec_files(PAPERS), 1):
        say(f"estimating table {number} of {len(files)}, {path.stem}")
        try:
            spec = load_spec(path)
            check_options(spec, path)
            target = artifact_folder(settings.artifacts, spec, release)
            make_artifact(target, spec, code_of(spec), release, None, RUN)
        except Exception as error:  # as above
            estimated.problems.append(
                _refusal(error, f"papers/{paper}/specs/{path.name}", path.stem)
            )
        else:
            estimated.tables[spec.table] = target
    listed = [
        {"table_id": table, "artifact_id": target.name, "release_id": release.name}
        for table, target in estimated.tables.items()
    ]
    state.write(settings.root, "current", listed)
    return estimated


def _by_refresh(settings: Settings, package: Path, say: Say) -> Estimated:
    """Estimate by a whole refresh: the paper rests on archived files."""
    archive = package / "data" / "archive"
    if not archive.is_dir():
        return Estimated(problems=[sentences.FILE_MISSING(Place(file="data/archive"))])
    shutil.copytree(archive, settings.archive)
    say("refreshing a data root of its own from the archived files …")
    command = [sys.executable, "-P", "-m", PROGRAM, "run"]
    code = subprocess.call(command, cwd=settings.root, stdout=sys.stderr)
    try:
        tables = {
            table: settings.artifacts / table / identity
            for table, identity in read_current(settings).items()
        }
        releases = [p.parent for p in settings.releases.glob("[!.]*/manifest.json")]
    except (OSError, ValueError) as error:
        return Estimated(problems=[_refusal(error, "data/archive")])
    if code or len(releases) != 1:
        reason = f"the refresh ended with code {code}"
        return Estimated(
            tables, None, [sentences.NOT_ESTIMATED(Place(file="data/archive"), reason=reason)]
        )
    return Estimated(tables, releases[0])


def _refusal(error: Exception, file: str, table: str = "") -> Problem:
    """Why a table, or all, could not be estimated: the reason's own words and code."""
    if isinstance(error, ProblemError):
        reason = "; ".join(f"{p.text} [{p.code}]" for p in error.problems[:3])
    else:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
    return sentences.NOT_ESTIMATED(Place(file=file, table=table), reason=reason)

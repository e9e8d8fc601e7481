"""A workspace: a folder of one's own with papers and data, where the program works without a checkout.

Its settings file `living-panel.yml` marks it. Entering one names its folders in the environment, so that
every process that a command starts works in the same folders. A variable that is set already stays.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from living_panel.codes import Code
from living_panel.ingestion.limited_yaml import YamlLoader, faults_of
from living_panel.orchestration.root.settings import WORKSPACE_FILE
from living_panel.problems import WITHOUT_MAKE, Place, ProblemError

FORM = 1


class WrongWorkspace(ProblemError, ValueError):
    """A workspace's settings file cannot be used."""


class Workspace(BaseModel):
    """Settings of a workspace."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    workspace: Literal[1]
    """Form of the file."""
    name: str
    """Name of the workspace in reports and packages."""
    papers: str = "papers"
    """Folder of the papers, relative to the file."""
    data: str = "data"
    """Folder of the data root, relative to the file."""
    sources: Literal["none", "bundled"] = "none"
    """`none`: every paper has its own data; `bundled`: papers can also use the bundled sources."""


def read_workspace(folder: Path) -> Workspace:
    """Read the settings of a workspace.

    Raises
    ------
    WrongWorkspace
        If a key is unknown or has another value than it may have.
    """
    file = folder / WORKSPACE_FILE
    try:
        return Workspace.model_validate(yaml.load(file.read_text("utf-8"), Loader=YamlLoader))
    except (ValidationError, yaml.YAMLError) as error:
        fault = faults_of(error)[0]
        place = Place(file=str(file), key=fault.key)
        raise WrongWorkspace(
            Code.WORKSPACE(
                "{reason}",
                "compare it with the keys and values in docs/packages.md",
                place,
                reason=fault.reason,
            )
        ) from error


def enter_workspace(folder: Path) -> None:
    """Name the folders of a workspace in the environment.

    Call it before anything of `estimation` is imported, which looks for papers once.
    """
    workspace = read_workspace(folder)
    named = {
        "LIVING_PANEL_PAPERS": folder / workspace.papers,
        "LIVING_PANEL_DATA": folder / workspace.data,
        "DAGSTER_STATE": folder / ".dagster",
    }
    if workspace.sources == "none":
        named["LIVING_PANEL_CATALOG"] = folder / "sources"
    for variable, place in named.items():
        os.environ.setdefault(variable, str(place))
    os.environ[WITHOUT_MAKE] = "1"

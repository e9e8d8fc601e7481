"""`living-panel init`: a workspace for papers of one's own, with its own git repository."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from shlex import quote

from living_panel.codes import Code
from living_panel.ingestion.files import write_durably
from living_panel.orchestration.root.settings import REPOSITORY, SHIPPED, WORKSPACE_FILE
from living_panel.orchestration.root.workspace import FORM, WrongWorkspace
from living_panel.problems import Place, of_program

SETTINGS = """\
# Settings of this workspace. The program finds it by this file, from every folder below.
workspace: {form}
name: {name}
papers: papers    # one folder a paper
data: data        # releases, tables, the published warehouse and the report; all of it can be rebuilt
sources: {sources}     # none: every paper brings its data; bundled: the panel of Chinese provinces too
"""
IGNORED = """\
.venv
.dagster/
__pycache__/
data/*
!data/archive/
data/archive/published.json
"""
README = """\
# {name}

A workspace of living-panel. One folder a paper in `papers/`.

```
living-panel new-paper my_paper --data my_data.dta   # or .csv, .parquet, .xlsx
living-panel try my_paper_first                      # estimate one table, storing nothing
# write title and authors into papers/my_paper/paper.yml
living-panel run                                     # estimate and publish every table
living-panel report                                  # data/report/index.html
living-panel package my_paper                        # a replication package
```

`living-panel --help` lists the commands. `docs/papers.md` explains how to write a paper. The full documentation is
in the folder `docs/` of the program's source code; `docs/index.md` is its first page.
"""
SCHEMAS = ("paper.schema.json", "spec.schema.json")


def program() -> str:
    """Return how this program is called from another folder: a checkout installs no `living-panel`."""
    if shutil.which("living-panel"):
        return "living-panel"
    return f"PYTHONPATH={quote(str(REPOSITORY))} {quote(sys.executable)} -m living_panel"


def make_workspace(folder: Path, *, sources: str = "none") -> Path:
    """Make a workspace in a folder that is new or empty.

    Parameters
    ----------
    folder : Path
        Its last part is the name of the workspace.
    sources : {"none", "bundled"}
        Whether the bundled sources belong to it.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    WrongWorkspace
        If something is in the folder.
    """
    if folder.exists() and any(folder.iterdir()):
        raise WrongWorkspace(
            Code.NAME_TAKEN(
                "this folder already exists and is not empty",
                "choose another name",
                Place(file=str(folder)),
            )
        )
    for name, content in workspace_files(folder.resolve().name, sources).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_durably(content, folder / name)
    (folder / "data").mkdir()
    if shutil.which("git"):
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def workspace_files(name: str, sources: str) -> dict[str, bytes]:
    """Return the files of a new workspace, by name."""
    texts = {
        WORKSPACE_FILE: SETTINGS.format(form=FORM, name=name, sources=sources),
        ".gitignore": IGNORED,
        "README.md": README.format(name=name),
    }
    shipped = {f"papers/{s}": REPOSITORY / "estimation" / "papers" / s for s in SCHEMAS}
    texts["docs/papers.md"] = _guide((SHIPPED / "docs" / "papers.md").read_text(encoding="utf-8"))
    return {n: t.encode() for n, t in texts.items()} | {
        n: p.read_bytes() for n, p in shipped.items()
    }


def _guide(text: str) -> str:
    """Return a page of the docs with the program's commands, its folder of papers being that of the workspace."""
    of_blocks = re.compile(r"^(make [^#\n]*?)(?=\s*(#|$))", re.MULTILINE)
    text = of_blocks.sub(lambda match: of_program(f"`{match[1]}`").strip("`"), text)
    return of_program(text).replace("estimation/papers/", "papers/")

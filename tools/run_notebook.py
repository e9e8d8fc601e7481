"""Run the notebook of the docs on the published state and store its outputs: `python -m tools.run_notebook`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from living_panel.ingestion.files import write_durably
from living_panel.orchestration.root.settings import REPOSITORY

NOTEBOOK = REPOSITORY / "docs" / "notebook.ipynb"


def run_notebook(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Execute a notebook in `folder`, in this very environment, and return it with its outputs."""
    variables = {
        k: v for k, v in os.environ.items() if k not in ("LIVING_PANEL_DATA", "PYTHONPATH")
    }
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    # the kernel of this environment, whatever kernels the machine has registered
    kernel = client.create_kernel_manager().kernel_spec
    if kernel is None:
        raise ValueError("no kernel python3. Remedy: `make run` installs ipykernel")
    kernel.argv[0] = sys.executable
    client.execute(env=variables)
    return notebook


def main() -> None:
    """Write the notebook with its outputs; times of execution are omitted, so that a diff shows values."""
    notebook = run_notebook(nbformat.read(NOTEBOOK, as_version=4), NOTEBOOK.parent)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    write_durably((nbformat.writes(notebook).rstrip("\n") + "\n").encode(), NOTEBOOK)
    print(f"{NOTEBOOK}: {sum(bool(c.get('outputs')) for c in notebook.cells)} cells with outputs")


if __name__ == "__main__":
    main()

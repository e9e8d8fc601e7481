"""What a reader of the warehouse needs in hand: dbt's pages, and the dictionary in docs/.

Belongs here: running `dbt docs generate`, writing the dictionary. Not here: what the dictionary says.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from orchestration.dbt_runs import DBT, dbt_environment, dbt_variables, manifest_path
from orchestration.dictionary import dictionary
from orchestration.settings import DBT_PROJECT, REPOSITORY, Settings

DICTIONARY = REPOSITORY / "docs" / "dictionary.md"


def write_docs(settings: Settings) -> list[Path]:
    """Write dbt's static page into the build room and the dictionary into docs/.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    RuntimeError
        If dbt fails; with what it said.
    ValueError
        If nothing has been built yet; names the remedy.
    """
    if not settings.build_file(None).exists():
        raise ValueError(f"{settings.build_file(None)}: nothing built yet. Remedy: `make run`.")
    text = dictionary(
        json.loads(manifest_path(settings).read_text(encoding="utf-8")), DBT_PROJECT / "seeds"
    )
    DICTIONARY.write_text(text, encoding="utf-8")
    return [static_page(settings), DICTIONARY]


def static_page(settings: Settings) -> Path:
    """Dbt's documentation as one file that needs no server."""
    # dbt opens the file it documents for writing: it gets a copy, never the build itself
    work = settings.build / "docs"
    work.mkdir(parents=True, exist_ok=True)
    copy = work / "warehouse.duckdb"
    shutil.copy2(settings.build_file(None), copy)
    command = [DBT, "docs", "generate", "--static", "--target-path", str(work / "dbt")]
    command += ["--vars", json.dumps(dbt_variables(settings, None))]
    environment = dbt_environment(settings, copy)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    copy.unlink(missing_ok=True)
    if done.returncode:
        raise RuntimeError(f"dbt docs generate failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    page = work / "index.html"
    shutil.copy2(work / "dbt" / "static_index.html", page)
    return page

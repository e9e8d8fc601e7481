"""What `make docs` writes: dbt's pages; dictionary, keys, errors, findings and images in docs/."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from living_panel.codes import Code
from living_panel.orchestration.assets.report import findings_path
from living_panel.orchestration.commands.authoring import write_schemas
from living_panel.orchestration.commands.errors_page import write_errors
from living_panel.orchestration.commands.keys_page import write_keys
from living_panel.orchestration.dbt.dictionary import dictionary
from living_panel.orchestration.dbt.project import call_dbt
from living_panel.orchestration.dbt.runs import manifest_path
from living_panel.orchestration.root.settings import DBT_PROJECT, REPOSITORY, Settings
from living_panel.problems import Place, Refused

DICTIONARY = REPOSITORY / "docs" / "dictionary.md"
FINDINGS_PAGE = REPOSITORY / "docs" / "findings.md"


def write_docs(settings: Settings) -> list[Path]:
    """Write dbt's static page into the stage build, dictionary and findings into docs/, the schema of specs.

    Raises
    ------
    RuntimeError
        If dbt fails; with what it said.
    ValueError
        If nothing has been built yet; names the remedy.
    """
    if not settings.build_file(None).exists():
        raise Refused(
            Code.NOT_BUILT(
                "nothing has been built yet",
                "run `make run`",
                Place(file=str(settings.build_file(None))),
            )
        )
    if not settings.simulated and not findings_path(settings).exists():
        raise Refused(
            Code.NOT_BUILT(
                "there is no report yet", "run `make run`", Place(file=str(findings_path(settings)))
            )
        )
    text = dictionary(
        json.loads(manifest_path(settings).read_text(encoding="utf-8")), DBT_PROJECT / "seeds"
    )
    DICTIONARY.write_text(text, encoding="utf-8")
    written = [static_page(settings), DICTIONARY]
    if not settings.simulated:  # the docs show findings on the bundled values
        shutil.copyfile(findings_path(settings), FINDINGS_PAGE)
        written.append(FINDINGS_PAGE)
        make_anew(settings)
    return [*written, *write_errors(), write_keys(), *write_schemas()]


def make_anew(settings: Settings) -> None:
    """Draw the images whose content has changed, and run the notebook: by the tools of a checkout."""
    if settings.root.resolve() == (REPOSITORY / "data").resolve():  # which the notebook reads
        for tool in ("draw_pictures", "run_notebook"):
            subprocess.call([sys.executable, "-m", f"tools.{tool}"], cwd=REPOSITORY)


def static_page(settings: Settings) -> Path:
    """Dbt's documentation as one file that needs no server."""
    # dbt opens the file it documents for writing: it gets a copy, never the build itself
    work = settings.build / "docs"
    work.mkdir(parents=True, exist_ok=True)
    copy = work / "warehouse.duckdb"
    shutil.copy2(settings.build_file(None), copy)
    try:  # dbt would try for half a minute a schema
        duckdb.connect(str(copy)).close()
    except duckdb.Error as error:
        raise Refused(
            Code.DAMAGED(
                "{build_file} cannot be opened: {reason}",
                "run `make run`, which builds it again",
                build_file=settings.build_file(None),
                reason=str(error).splitlines()[0],
            )
        ) from None
    try:
        call_dbt(settings, copy, work / "dbt", "docs", "generate", "--static")
    finally:
        copy.unlink()
    page = work / "index.html"
    shutil.copy2(work / "dbt" / "static_index.html", page)
    return page

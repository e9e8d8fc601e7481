"""Workspaces, papers and their tables."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from shlex import quote
from typing import Any

from living_panel.orchestration.commands.line import (
    argument,
    command,
    option,
    path,
)
from living_panel.orchestration.commands.waiting import alone
from living_panel.orchestration.root.settings import REPOSITORY, Settings, find_workspace
from living_panel.problems import has_make, name_commands


@command(
    "init",
    "use",
    "make a workspace for your own papers, without the bundled warehouse",
    argument("name", "my-study", type=path()),
    details="Makes a folder with papers/, data/, a settings file and a git repository. In this folder, "
    "`living-panel new-paper NAME --data FILE`, `try` and `run` use your own data.",
    anywhere=True,
)
def _init(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.init import make_workspace, program

    made = make_workspace(options.name)
    print(
        f"Made {made}. Next:\n  cd {quote(str(made))}\n  {program()} new-paper my_paper --data FILE\n"
        f"  # write title and authors into papers/my_paper/paper.yml\n  {program()} run\n"
        "How to write a paper: docs/papers.md there."
    )
    return 0


@command(
    "audit",
    "use",
    "check one printed table: whether its numbers can be true together",
    argument("file", "table.csv", type=path()),
    option(
        "--declare",
        "YAML file that declares the columns.",
        type=path(),
        metavar="FILE",
    ),
    option("--json", "Write the inconsistencies as JSON.", is_flag=True),
    details="Needs no workspace and no data. The file has a row for each variable, the printed columns, "
    "and cells such as 0.35** (0.12). Without --declare, `paper.yml` of the table's paper "
    "declares its columns. The exit code is 1 if a number cannot be true; make then ends with 2. "
    "docs/audit.md lists the rules.",
    anywhere=True,
)
def _audit(settings: Settings, options: Namespace) -> int:
    from living_panel.estimation.audit.alone import (
        as_json,
        declared_beside,
        in_words,
        is_accused,
        read_table,
        undeclared,
    )
    from living_panel.estimation.audit.run import run_audit

    if options.declare:
        declaration: Path | dict[str, Any] | None = options.declare
    else:
        declaration, words = declared_beside(options.file)
        if words:
            print(words, file=sys.stderr)
    table = read_table(options.file, declaration)
    found = run_audit(table)
    print(as_json(found) if options.json else in_words(found))
    if not options.json and (words := undeclared(table)):
        print(words)
    if not is_accused(found):
        return 0
    then = "; make then reports an error and ends with 2." if has_make() else "."
    print(
        f"An inconsistency is impossible or a contradiction, so the exit code is 1{then}",
        file=sys.stderr,
    )
    return 1


@command(
    "migrate",
    "use",
    "convert a paper from a former format to the present one",
    argument("paper", "author_2026"),
    details="Lists the files that changed. Does not change a paper in the present format. If its "
    "checksums were right before, it writes new checksums.",
)
def _migrate(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.authoring import migrate

    changed, notes = migrate(options.paper)
    written = [f"{'Rewritten' if path.exists() else 'Removed'}: {path}" for path in changed]
    print("\n".join([*written, *notes]) or "Nothing to migrate.")
    return 0


@command(
    "try",
    "use",
    "estimate one spec on the current release; nothing is stored",
    argument("spec", "my_table", type=path()),
    details="SPEC is the name of a table, or the path of a new spec. Prints the table as Markdown; an "
    "error names its file and line.",
)
def _try(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.authoring import try_spec

    print(try_spec(settings, options.spec))
    return 0


@command(
    "new-paper",
    "use",
    "make the folder of a paper, with one table that runs",
    argument("name", "author_2026"),
    option("--data", "Data file: .dta, .csv, .parquet, .rds or .xlsx.", metavar="FILE"),
    details="From a data file, it proposes unit, period and variables. docs/papers.md describes the next "
    "steps.",
)
def _new_paper(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.authoring import new_paper

    made = new_paper(options.name, data=Path(options.data) if options.data else None)
    home = find_workspace(Path.cwd()) or REPOSITORY
    shown = [path.relative_to(home) if path.is_relative_to(home) else path for path in made]
    print("\n".join(map(str, shown)))
    if options.data:
        print(made[0].read_text(encoding="utf-8").splitlines()[1].removeprefix("# "))
    print(
        name_commands(
            f"Try it: `make try SPEC={quote(str(shown[-1]))}`. How to write it: docs/papers.md."
        )
    )
    print(f"Write title and authors into {made[0].name}: no run publishes placeholders.")
    print("State the finding in findings.yml, which has a proposal.")
    audit = made[-1].with_name(f"{options.name}_audit.yml")
    print(
        f"To audit printed tables, write {audit.name} next to that spec: docs/papers.md, `kind: audit`."
    )
    return 0


@command(
    "remove-paper",
    "use",
    "remove a paper with its tables and releases, and record the deletion",
    argument("name", "author_2026"),
    option("--force", "Also remove files that are not in git.", is_flag=True),
    details="The ledger records each release and each table as withdrawn, so `verify` does not report "
    "them as missing. The next run publishes without them.",
)
def _remove_paper(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.remove_paper import remove_paper

    with alone(settings, "remove-paper"):
        removed = remove_paper(settings, options.name, force=options.force)
    print("\n".join(f"Removed {thing}" for thing in removed))
    print(
        name_commands(
            "The published state still shows its tables; `make run` publishes without them."
        )
    )
    return 0


@command(
    "checksums",
    "use",
    "write a paper's CHECKSUMS again, after you have proof-read its files",
    argument("paper", "author_2026", nargs=-1, required=True),
    details="Accepts several papers, separated by blanks.",
)
def _checksums(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.authoring import require_papers, write_checksums

    require_papers(options.paper)
    for name in options.paper:
        print(write_checksums(name))
    return 0


@command(
    "check-manuscript",
    "use",
    "compare every number of README and manuscripts with its stored value",
    option(
        "--file",
        "Check only this manuscript (default: README, and papers/*/manuscript.md, .qmd, .tex).",
        type=path(),
        metavar="FILE",
    ),
    option(
        "--out",
        "Write the manuscript to this file, with stored values instead of references.",
        type=path(),
        metavar="FILE",
    ),
    details="A reference such as {{table:model:term:estimate=0.18}} contains the printed number. If it "
    "differs from the stored value at its digits, the command reports both.",
)
def _check_manuscript(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.package import check_manuscripts

    return check_manuscripts(settings, options.file, options.out)


COMMANDS = [
    _init,
    _audit,
    _migrate,
    _try,
    _new_paper,
    _remove_paper,
    _checksums,
    _check_manuscript,
]

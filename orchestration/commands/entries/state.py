"""What is published: made, shown, compared, checked, gone back from."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from functools import partial
from pathlib import Path

from living_panel.codes import Code
from living_panel.orchestration.commands.line import (
    WrongCall,
    argument,
    choice,
    command,
    option,
    path,
    program,
)
from living_panel.orchestration.commands.sentences import NOT_PUBLISHED_YET, WRONG_CALL
from living_panel.orchestration.commands.waiting import alone, say_waiting
from living_panel.orchestration.root.disk import disk_problem, find_room
from living_panel.orchestration.root.settings import REPOSITORY, Settings
from living_panel.problems import Place, Refused, has_make, name_commands


@command(
    "run",
    "use",
    "run all stages, from landing to the published warehouse",
    option(
        "--as-of",
        "Estimate the tables from data known in this edition or on this date.",
        metavar="EDITION|DATE",
    ),
    option("--first", "First edition to process (default: all).", metavar="EDITION"),
    option("--last", "Last edition to process.", metavar="EDITION"),
    option("--paper", "Estimate only this paper's tables, and make its report.", metavar="NAME"),
    details="Processes everything new in all stages and publishes the new results in one step. It "
    "verifies unchanged files and does not make them again. After an error, the published "
    "results are unchanged.",
)
def _run(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.root import last_refresh

    if empty := _without_papers():
        print(empty, file=sys.stderr)
        return 1
    as_of = options.as_of or None
    whole = not (as_of or options.first or options.last or options.paper)
    begun = time.monotonic()
    if whole and (text := last_refresh.unchanged_message(settings)):
        print(f"{text}\nSeconds: comparing {time.monotonic() - begun:.1f}")
        return 0
    print("Loading …", file=sys.stderr, flush=True)
    from living_panel.orchestration.root.executor import load_executor

    load_executor()  # its processes load while this one begins
    from living_panel.orchestration.commands.refresh import (
        run_paper,
        run_refresh,
        summary,
        tell_failure,
        unchanged,
    )

    if options.paper:
        outcome = run_paper(settings, options.paper)
    else:
        outcome = run_refresh(settings, as_of, first=options.first, last=options.last)
    if not outcome.success:
        tell_failure(outcome)
        return 1
    print(name_commands(summary(settings, outcome, as_of)))
    if whole:
        last_refresh.remember(settings, unchanged(settings, outcome))
    return 0


def _without_papers() -> str:
    """Say that a workspace has no paper yet; "" where there are some, and in a checkout."""
    folder = os.environ.get("LIVING_PANEL_PAPERS")
    if folder is None or any(Path(folder).glob("*/paper.yml")):
        return ""
    return str(
        Code.WORKSPACE(
            "this workspace has no paper yet",
            "make one: `living-panel new-paper NAME --data FILE`",
            Place(file=folder),
        )
    )


@command(
    "editions",
    "use",
    "estimate the chosen tables on each edition of their data set in full, and publish the estimates "
    "by edition",
    details="Every run estimates the followed models on each edition. This command adds the other models of the "
    "tables, documents, the cells of each sample, and the parts of every step.",
)
def _editions(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.refresh import run_editions, tell_failure

    outcome = run_editions(settings)
    if not outcome.success:
        tell_failure(outcome)
        return 1
    print(
        name_commands("The estimates are in results.finding_paths: `make sql`, and `make report`.")
    )
    return 0


@command(
    "status",
    "use",
    "show the published results, waiting files and failures",
    reads=True,
)
def _status(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.status import status

    print(name_commands(status(settings)))
    return 0


@command(
    "findings",
    "use",
    "list the findings: what is printed, our number, its state, how far it depends on choices",
    option("--paper", "Only this paper's findings.", metavar="NAME"),
    details="Reads results.findings of the published warehouse. docs/findings_rule.md explains the state "
    "and the choices.",
    reads=True,
)
def _findings(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.findings import list_findings

    print(list_findings(settings, options.paper or None))
    return 0


@command(
    "report",
    "use",
    "make the report: printed tables compared with ours, audit, figures",
    reads=True,
)
def _report(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.assets.report import make_report, page_path

    try:
        path, made = make_report(settings)
        words = "made now" if made else "is up to date"
    except OSError as error:
        path, problem = page_path(settings), disk_problem(error)
        if problem is None or not path.is_file():
            raise
        words = f"is an earlier page, and a newer one cannot be written ({problem})"
    print(f"{path} {words}. Open it in a browser; it needs no server.")
    return 0


@command(
    "site",
    "use",
    "write the report and every linked file into a folder, to open or to put on a web server",
    argument("dir", "public", type=path()),
    option(
        "--port",
        "Then serve the folder at this port on this machine, until you stop the command.",
        type=int,
    ),
    details="Replaces only a folder that this command wrote before. --port is for a team's server "
    "(docs/deployment.md).",
    reads=True,
)
def _site(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.site import write_site
    from living_panel.orchestration.root.lock import reader_lock

    with reader_lock(settings.root, "site", say=say_waiting):
        number = write_site(settings, options.dir.absolute())
    print(
        f"{options.dir / 'index.html'}: {number} files. Open it in a browser; it needs no server."
    )
    if options.port is not None:
        from living_panel.orchestration.assets.report_server import serve_site

        with serve_site(options.dir.absolute(), options.port) as server:
            print(
                f"Served at http://127.0.0.1:{server.server_address[1]}/; Ctrl-C stops it.",
                flush=True,
            )
            server.serve_forever()
    return 0


@command(
    "export",
    "use",
    "write a published table to a file, with chosen variables, digits and style",
    argument("table", "my_table"),
    argument("file", "my_table.tex", type=path()),
    option(
        "--style",
        "aer has stars, and states once what all columns have in common.",
        type=choice("plain", "aer"),
        default="plain",
        show_default=True,
    ),
    option("--keep", "Variables to show, in this order.", metavar="NAME,NAME"),
    option("--drop", "Variables to leave out.", metavar="NAME,NAME"),
    option(
        "--digits",
        "Decimals of every estimate and error.",
        type=int,
        default=3,
        show_default=True,
    ),
    option("--block", "Block of the table (default: the first block).", metavar="ID"),
    details="The file name's ending sets the format: .tex, .docx, .html, .md, .csv or .xlsx.",
    reads=True,
)
def _export(settings: Settings, options: Namespace) -> int:
    from living_panel.estimation.artifacts.pasted import Choice, paste
    from living_panel.estimation.panel.marked_yaml import nearest
    from living_panel.orchestration.root.readers import read_current

    if not settings.published.exists():
        raise Refused(NOT_PUBLISHED_YET(published=settings.published))
    current = read_current(settings)
    if options.table not in current:
        raise Refused(
            Code.UNKNOWN_TABLE(
                "no published table has the name {table!r}",
                "name {known:or}",
                table=options.table,
                known=nearest(options.table, current),
            )
        )
    keep, drop = (
        None if names is None else [name.strip() for name in names.split(",")]
        for names in (options.keep, options.drop)
    )
    choice = Choice(options.block or "", keep, drop, options.digits, options.style)
    folder = settings.artifacts / options.table / current[options.table]
    options.file.write_bytes(paste(folder, options.file.name, choice))
    print(options.file)
    return 0


@command(
    "sql",
    "use",
    "open a read-only DuckDB shell on the published warehouse",
    option(
        "--file",
        "Run the SQL of this file, then end. You need not trust the file.",
        type=path(),
        metavar="FILE",
    ),
    option("--query", "Run this SQL, then end.", short="-c", metavar="QUERY"),
    option("--external", "SQL may read other files and the network.", is_flag=True),
    details="SQL cannot read other files or the network. The shell's own commands (`.shell`, `.output`, "
    "`.open`) have your rights, also in a file that `.read` runs. --file and "
    "--query run SQL without these commands.",
    reads=True,
)
def _sql(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.sql import open_shell

    if options.file is not None and options.query is not None:
        reason = "'--file' and '--query' cannot be used together"
        command = f"{program()} sql --help"
        raise WrongCall(WRONG_CALL(Place(file="sql"), reason=reason, command=command))
    open_shell(settings, options.file, query=options.query, external=options.external)
    return 0


@command(
    "lake-sql",
    "use",
    "print the SQL that attaches the lake for reading in a DuckDB shell",
)
def _lake_sql(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.lake.target import lake_sql

    print(lake_sql(settings))
    return 0


@command(
    "snapshots",
    "use",
    "list the publications in the lake: number, time, author, release",
)
def _snapshots(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.lake.target import snapshot_lines

    print("\n".join(snapshot_lines(settings)))
    return 0


@command(
    "dev",
    "use",
    "start the Dagster UI, on this machine only",
    option("--port", "Port of the UI.", type=int, default=3000, show_default=True),
)
def _dev(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.assets.as_of import offer_editions
    from living_panel.orchestration.assets.report_server import PAGES_VARIABLE, serve_beside
    from living_panel.orchestration.commands.serving import serve_ui
    from living_panel.orchestration.commands.start_page import start_page
    from living_panel.orchestration.dbt.runs import manifest_path
    from living_panel.orchestration.root.instance import open_instance

    manifest_path(settings)
    instance = open_instance(settings)
    offer_editions(instance)
    instance.dispose()
    print(f"The UI will be at http://127.0.0.1:{options.port} in half a minute; Ctrl-C stops it.")
    start, port = partial(start_page, settings, options.port), options.port + 1
    server, is_taken = serve_beside(settings.root, port, start)
    if is_taken:
        print(f"Port {port} is taken: the start page gets another one.")
    if server is not None:
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        os.environ[PAGES_VARIABLE] = f"{address}report/"
        print(f"The start page is at {address}: what is published, what waits, what to press.")
    return serve_ui(options.port, REPOSITORY)


@command(
    "diff",
    "yearly",
    "compare two sets of results, with the causes of each change",
    option(
        "--from",
        "Earlier results (default: those accepted last).",
        name="old",
        metavar="EDITION|DATE|ID|accepted|previous|current",
    ),
    option(
        "--to",
        "Later results (default: current).",
        name="new",
        metavar="EDITION|DATE|ID|accepted|previous|current",
    ),
)
def _diff(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.diff import diff

    return diff(settings, options.old, options.new)


@command(
    "accept",
    "yearly",
    "make the current results the baseline of later comparisons",
    argument("name", "yearbook 2026"),
)
def _accept(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.assets.sides import accept
    from living_panel.orchestration.root import state
    from living_panel.orchestration.root.accepted import report_folder

    print(f"Later results are compared with {accept(settings, options.name).name}.")
    if folder := report_folder(settings):
        print(f"Its report stays at {folder / 'index.html'}.")
    failed = [f for f in state.read(settings.root, "failures") if f["job"] == "refresh"]
    if failed:
        text = (
            f"The last refresh failed ({failed[-1]['at']}, run {failed[-1]['run_id'][:8]}): what you accepted "
            "is what came before. `make status` says why."
        )
        print(name_commands(text))
    return 0


@command(
    "verify",
    "yearly",
    "check every file; estimate the published tables again and compare (30 s; FILES=yes 10 s, ALL=yes minutes)",
    option("--head", "A line of the ledger that you copied elsewhere, as 12:<sha256>."),
    option("--files", "Only compare files with their records; estimate no table.", is_flag=True),
    option("--all", "Also estimate tables of editions and earlier results again.", is_flag=True),
    details="For tables of editions and earlier results it compares only digests, unless ALL=yes. "
    "FILES=yes only compares files with their records, in about 10 seconds with the bundled "
    "data. The command alone takes about 30 seconds, and ALL=yes some minutes.",
    reads=True,
)
def _verify(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.root.lock import reader_lock
    from living_panel.orchestration.root.processes import load_ahead

    if options.files and options.all:
        reason = "FILES=yes estimates no table, and ALL=yes estimates every table"
        command = "make help" if has_make() else "living-panel verify --help"
        raise WrongCall(WRONG_CALL(reason=reason, command=command))
    find_room()
    if not options.files:
        load_ahead()  # the processes load while this one does
    from living_panel.orchestration.assets.verification import NO_PROBLEM, Extent, verify

    with reader_lock(
        settings.root, "verify", say=say_waiting
    ):  # no ledger knows a state before it is published
        extent: Extent = "files" if options.files else "all" if options.all else "published"
        problems = verify(settings, print, options.head or None, extent=extent)
    print("\n".join(map(str, problems)) or NO_PROBLEM)
    return 1 if problems else 0


@command(
    "rollback",
    "yearly",
    "return to the file that was published before",
)
def _rollback(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.assets.publication import rollback

    with alone(settings, "rollback"):
        file = rollback(settings)
    print(name_commands(f"Published is now {file.name}. `make run` publishes the newest again."))
    return 0


COMMANDS = [
    _run,
    _editions,
    _status,
    _findings,
    _report,
    _site,
    _export,
    _sql,
    _lake_sql,
    _snapshots,
    _dev,
    _diff,
    _accept,
    _verify,
    _rollback,
]

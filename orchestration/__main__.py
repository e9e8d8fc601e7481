"""The one entry point: `living-panel COMMAND`, `python -m living_panel COMMAND`, `make COMMAND`."""

from __future__ import annotations

import gc
import io
import os
import sys
import tempfile
import time
import traceback
from argparse import Namespace
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path

from living_panel.orchestration.commands.codes import PARAMETER_MISSING
from living_panel.orchestration.commands.line import (
    Chosen,
    Commands,
    WrongCall,
    argument,
    choice,
    completion_script,
    option,
    path,
    read_line,
    write_rules,
)
from living_panel.orchestration.root import codes
from living_panel.orchestration.root.disk import be_quiet_about_generators, disk_problem, find_room
from living_panel.orchestration.root.settings import (
    IS_CHECKOUT,
    REPOSITORY,
    Settings,
    find_workspace,
    load_settings,
    prepare_environment,
    require_root,
)
from living_panel.problems import Place, ProblemError, Refused, name_commands

WRONG_CALL = 2
"""Exit code of a line that names no command, or a parameter that it does not have."""
READER_GONE = 141
"""Exit code where the reader of the output ends first, as a shell has it for SIGPIPE."""
UNFORESEEN = 70
"""Exit code of an error that nobody foresaw, as sysexits.h has it."""
LOOK_AFTER = 20_000
"""Objects made before Python looks for garbage: loading the libraries makes many objects and no garbage."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 if it did what it says, 1 with the reason on stderr if not."""
    gc.set_threshold(LOOK_AFTER)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that knows no Chinese is no failure
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        chosen = read_line(command_list(), arguments)
    except WrongCall as error:
        print(error, file=sys.stderr)
        return WRONG_CALL
    if isinstance(chosen, int):
        return chosen
    try:
        settings = _nowhere() if chosen.anywhere else _enter(Path.cwd())
        if not (chosen.anywhere or chosen.makes_root):
            require_root(settings)
    except ProblemError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    try:
        return _call(chosen, settings)
    finally:
        _end_output()


def _call(chosen: Chosen, settings: Settings) -> int:
    """Run a command in a data root; an error becomes words and an exit code."""
    be_quiet_about_generators()
    try:
        if not chosen.anywhere:
            prepare_environment(settings, reads=chosen.reads)
        code = chosen.call(settings, chosen.options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever reads has read enough, as `| head` does
        return READER_GONE
    except KeyboardInterrupt:
        _tell("Stopped. The published state is unchanged.")
        return 130
    except (ProblemError, ValueError, OSError, RuntimeError) as error:
        _tell(disk_problem(error) or error)
        return 1
    except MemoryError:
        _tell(
            "There is too little memory for this command; what was published is as it was. "
            "Remedy: end other programs, then start it again."
        )
        return 1
    except Exception as error:  # nobody foresaw it: words and a file, not a page of code
        if problem := disk_problem(error):
            _tell(problem)
            return 1
        _tell(_unforeseen(settings, error))
        return UNFORESEEN


def _tell(reason: object) -> None:
    with suppress(OSError):  # where even this cannot be written, the exit code says it
        print(f"\n{reason}", file=sys.stderr, flush=True)


def _end_output() -> None:
    """Give up output that nobody takes, a full disk or a reader who left: Python would end with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _enter(folder: Path) -> Settings:
    """Settings of the workspace that a folder lies in, else of the environment or the checkout."""
    if (workspace := find_workspace(folder.resolve())) is not None:
        from living_panel.orchestration.root.workspace import enter_workspace

        enter_workspace(workspace)
    return load_settings()


def _nowhere() -> Settings:
    """Return the settings of a command that works in no data root."""
    find_room()
    try:
        folder = Path(tempfile.gettempdir())
    except FileNotFoundError:  # no folder takes a file
        folder = Path.cwd()
    return Settings(root=folder, state=folder)


def _alone(settings: Settings, purpose: str) -> AbstractContextManager[None]:
    """The root's lock, as a refresh holds it."""
    from living_panel.orchestration.root.lock import refresh_lock

    return refresh_lock(settings.root, purpose, say=_say_waiting)


def _say_waiting(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _unforeseen(settings: Settings, error: Exception) -> str:
    file = settings.state / "unforeseen.log"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        where = f"is in {file}"
    except OSError:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"is {last.filename}, line {last.lineno}"
    return name_commands(
        f"This should not happen: {type(error).__name__}: {error}\nThe published state is unchanged. Where "
        f"in the code it happened {where}. Remedy: `make verify` names what is damaged in the data; "
        "if it finds nothing, this is a defect: report it with that file."
    )


def command_list() -> Commands:
    """Return every command; the Makefile, `living-panel` and `python -m living_panel` have these."""
    commands = Commands(
        "living-panel",
        help="Published regression tables as versioned, checkable objects. A command works on the data "
        "root in LIVING_PANEL_DATA, else on that of this workspace or checkout.",
        epilog="`living-panel COMMAND --help` describes one command.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    add = commands.add
    first = option("--first", "First edition to look at (default: all).", metavar="EDITION")
    last = option("--last", "Last edition to look at.", metavar="EDITION")
    as_of = option("--as-of", "Rebuild what was known then.", metavar="EDITION|DATE")
    add(
        "run",
        _run,
        "use",
        "refresh: landing to published warehouse",
        as_of,
        first,
        last,
        option("--paper", "Only this paper's tables and report.", metavar="NAME"),
        details="Takes what is new through all stages and publishes the new state in one step. Unchanged files are "
        "verified instead of made again. An error leaves the published state as it was.",
    )
    add(
        "init",
        _init,
        "use",
        "make a workspace of your own, for papers without the bundled warehouse",
        argument("name", "my-study", type=path()),
        details="Makes a folder with papers/, data/, a settings file and a git repository. In it, "
        "`living-panel new-paper NAME --data FILE`, `try` and `run` work on data of your own.",
        anywhere=True,
    )
    add(
        "audit",
        _audit,
        "use",
        "check one printed table: whether its numbers can be true together",
        argument("file", "table.csv", type=path()),
        option(
            "--declare",
            "YAML file with the declaration of the columns.",
            type=path(),
            metavar="FILE",
        ),
        option("--json", "Write the findings as JSON.", is_flag=True),
        details="Needs no workspace and no data. Rows are variables, columns the printed ones, cells such as "
        "0.35** (0.12). Ends with 1 where a number cannot be true. docs/audit.md lists the codes.",
        anywhere=True,
    )
    add(
        "migrate",
        _migrate,
        "use",
        "rewrite a paper of a former format in today's",
        argument("paper", "author_2026"),
        details="Says which files changed; a paper of today's format is left as it is. Its checksums are written "
        "anew where they held before.",
    )
    add(
        "completion",
        _completion,
        "use",
        "the script by which a shell completes commands: bash, zsh or fish",
        argument("shell", "bash", type=choice("bash", "zsh", "fish")),
        details='For bash: eval "$(living-panel completion bash)" in ~/.bashrc.',
        anywhere=True,
    )
    add("status", _status, "use", "the published state, waiting files, failures", reads=True)
    add(
        "report",
        _report,
        "use",
        "the pages: printed tables compared with ours, audit, figures",
        reads=True,
    )
    add(
        "site",
        _site,
        "use",
        "the pages and every file that they link to, as a folder for any web server or none",
        argument("dir", "public", type=path()),
        option(
            "--port", "Then serve the folder to this machine at this port, until stopped.", type=int
        ),
        details="Replaces a folder that this command wrote before, and no other. --port is for a team's server "
        "(docs/deployment.md).",
        reads=True,
    )
    add(
        "export",
        _export,
        "use",
        "write a published table for a paper: terms, digits and style are chosen",
        argument("table", "t04_baseline"),
        argument("file", "table4.tex", type=path()),
        option(
            "--style",
            "aer has stars, and says once what all columns share.",
            type=choice("plain", "aer"),
            default="plain",
            show_default=True,
        ),
        option("--keep", "Variables that are shown, in this order.", metavar="NAME,NAME"),
        option("--drop", "Variables that are left out.", metavar="NAME,NAME"),
        option(
            "--digits",
            "Decimals of every estimate and error.",
            type=int,
            default=3,
            show_default=True,
        ),
        option("--block", "Block of the table; the first one without it.", metavar="ID"),
        details="The ending of the file is the format: .tex, .docx, .html, .md, .csv or .xlsx.",
        reads=True,
    )
    add(
        "sql",
        _sql,
        "use",
        "a read-only DuckDB shell on the published warehouse",
        option(
            "--file",
            "Run the SQL of this file, which may be a stranger's, and end.",
            type=path(),
            metavar="FILE",
        ),
        option("--external", "SQL may reach other files and the network.", is_flag=True),
        details="SQL reaches no other file and no network, also that of `.read`. The shell's own commands "
        "(`.shell`, `.output`, `.open`) act with your rights, also in a file that `.read` runs. --file runs a "
        "file without these commands too.",
        reads=True,
    )
    add(
        "dev",
        _dev,
        "use",
        "the Dagster UI, on this machine only",
        option("--port", "Port of the UI.", type=int, default=3000, show_default=True),
    )
    add(
        "try",
        _try,
        "use",
        "estimate one spec on the current release; nothing is stored",
        argument("spec", "my_table", type=path()),
        details="SPEC is the name of a table, or the path of a spec that is none yet. Prints the table as Markdown; "
        "an error has its file and line.",
    )
    add(
        "new-paper",
        _new_paper,
        "use",
        "make the folder of a paper, with one table that runs",
        argument("name", "author_2026"),
        option("--data", "Data file: .dta, .csv, .parquet, .rds or .xlsx.", metavar="FILE"),
        details="With a data file, unit, period and variables are proposed from it. docs/papers.md says "
        "how to go on.",
    )
    add(
        "remove-paper",
        _remove_paper,
        "use",
        "remove a paper with its tables and releases, as a deliberate deletion",
        argument("name", "author_2026"),
        option("--force", "Remove files that git does not hold, too.", is_flag=True),
        details="The ledger records each release and each table as withdrawn, so that `verify` finds nothing missing. "
        "The next run publishes without them.",
    )
    add(
        "checksums",
        _checksums,
        "use",
        "write a paper's CHECKSUMS anew, after proof-reading",
        argument("paper", "author_2026", nargs=-1, required=True),
        details="Takes several papers, apart by blanks.",
    )
    add(
        "demo", _demo, "use", "a second data root with two simulated releases of known elasticities"
    )
    add("snapshots", _snapshots, "use", "the states in the lake: number, time, author, release")
    add("lake-sql", _lake_sql, "use", "SQL that attaches the lake in a DuckDB shell, for reading")
    add(
        "package",
        _package,
        "use",
        "write the replication package of a paper, or the data release of the panel, one archive",
        argument("paper", "author_2026", required=False),
        option("--warehouse", "The data release of the panel instead of a paper.", is_flag=True),
        details="Estimates every table again with shuffled rows, scans the files, and writes data, specs, "
        "results, code and README into data/packages/. Facts that only the author knows (licence, "
        "contact, DOI) are asked for at a terminal and kept in package.yml, or named as missing.",
    )
    add(
        "check-package",
        _check_package,
        "use",
        "unpack a package elsewhere, estimate its tables by this code, compare every number",
        argument("file", "data/packages/author_2026.zip", type=path()),
        option("--run", "Run the package's own program too, in a sandbox: RUN=yes.", is_flag=True),
        option(
            "--python", "With RUN=yes: interpreter that has the packages (default: install them)."
        ),
        details="Nothing of the package runs without RUN=yes. Prints the AEA Data Editor's class, the cells that "
        "differ, and the static scan. Prints each of the sixteen rules of the Data and Code Availability Standard, "
        "with evidence or what is missing. Writes them next to the file.",
        anywhere=True,
    )
    add(
        "validators",
        _validators,
        "use",
        "install the validators of a package's metadata, for check-package",
        details="They are installed in an environment of their own (needs the package index).",
        anywhere=True,
    )
    add(
        "check-manuscript",
        _check_manuscript,
        "use",
        "compare every number of README and manuscripts with its stored value",
        option(
            "--file",
            "One manuscript (default: README, and papers/*/manuscript.md, .qmd, .tex).",
            type=path(),
            metavar="FILE",
        ),
        option(
            "--out",
            "Write the manuscript there, with stored values in place of references.",
            type=path(),
            metavar="FILE",
        ),
        details="A reference such as {{table:model:term:estimate=0.18}} holds the printed number; "
        "a number that differs from the stored value at its digits is reported with both.",
    )
    add(
        "receipt",
        _receipt,
        "yearly",
        "write the receipt of a file dropped in landing",
        argument("file", "data/landing/<source>/<edition>/<file>", type=path()),
    )
    add(
        "teach",
        _teach,
        "yearly",
        "draft a layout from a workbook, page, PDF or CSV with a printed table",
        argument("file", "yearbook.xlsx", type=path()),
    )
    add(
        "fetch",
        _fetch,
        "yearly",
        "ask an authority for one edition (needs a network)",
        argument("source", "statistical_yearbook"),
        argument("edition", "2026", type=int),
        option("--dry-run", "Only say what would be asked.", is_flag=True),
    )
    add(
        "new-source",
        _new_source,
        "yearly",
        "the skeleton of a source of your own",
        argument("name", "my_bureau"),
    )
    add(
        "new-data-set",
        _new_data_set,
        "use",
        "make a data set with editions of a folder with one file an edition",
        argument("name", "my_indicators"),
        option(
            "--data",
            "Folder with one file an edition.",
            type=path(),
            metavar="FOLDER",
            required=True,
        ),
        details="Files are CSV, Stata, Parquet, R or Excel. The name of each gives its release: a year, a month or a "
        "day. A paper then names the data set in its data/source.yml (docs/papers.md).",
    )
    add(
        "add-edition",
        _add_edition,
        "yearly",
        "add an edition to a data set, or list one in the catalog of a source",
        argument("set", "penn_world_table"),
        argument("edition", "11.0"),
        option("--file", "Data file of the edition; of a data set.", type=path(), metavar="FILE"),
        option("--released", "Year, month or day of its release; of a data set.", metavar="DATE"),
        option("--title", "Title of the publication; of a source.", default=""),
        option("--licence", "Licence that the edition states.", default=""),
        option("--citation", "How the publisher asks to be cited.", default=""),
    )
    known = "EDITION|DATE|ID|accepted|previous|current"
    add(
        "editions",
        _editions,
        "use",
        "estimate followed tables on each edition of their data set, and publish their paths",
        details="The first call estimates; afterwards a refresh verifies them, and estimates a new edition.",
    )
    add(
        "diff",
        _diff,
        "yearly",
        "the changes between two states of knowledge, and their causes",
        option("--from", "Default: the last accepted state.", name="old", metavar=known),
        option("--to", "Default: current.", name="new", metavar=known),
    )
    add(
        "accept",
        _accept,
        "yearly",
        "make the current state the baseline of later comparisons",
        argument("name", "yearbook 2026"),
    )
    add(
        "withdraw",
        _withdraw,
        "yearly",
        "withdraw a wrong file, or record a deliberate deletion",
        argument("kind", "file", type=choice("file", "receipt", "release", "artifact")),
        argument("name", "<source>/<edition>/<vintage>/<file>, or as verify names it"),
        option("--reason", "Why a file is wrong; its receipt keeps it.", default=""),
        details="A withdrawn file keeps its bytes and is never read. Land the corrected one with a receipt of its own.",
    )
    add(
        "verify",
        _verify,
        "yearly",
        "check every file; estimate the published tables again and compare",
        option("--head", "A line of the ledger that you noted elsewhere, as 12:<sha256>."),
        option("--all", "Estimate tables of editions and earlier states again too.", is_flag=True),
        details="Tables of editions and earlier states are held by their digests, unless ALL=yes.",
        reads=True,
    )
    add("rollback", _rollback, "yearly", "point the published warehouse at the file before")
    add(
        "backup",
        _back_up,
        "yearly",
        "write one file with all that cannot be rebuilt",
        argument("file", "/mnt/backups/living-panel.tar.gz", type=path()),
    )
    add(
        "restore",
        _restore,
        "yearly",
        "put a backup into an empty data root",
        argument("file", "/mnt/backups/living-panel.tar.gz", type=path()),
        makes_root=True,
    )
    if IS_CHECKOUT:  # which has docs/; an installed program has none
        add(
            "docs",
            _docs,
            "develop",
            "dbt's pages of every model, and the generated pages of docs/ anew",
        )
    add(
        "tidy",
        _tidy,
        "yearly",
        "list what nothing rests on: old releases, tables and runs; remove it with FORCE=yes",
        option("--force", "Remove what is listed.", is_flag=True),
        details="All that a state, a date, a roll-back or an accepted baseline needs stays. So do the newest runs.",
    )
    add(
        "clean",
        _clean,
        "develop",
        "remove what can be rebuilt; never landing, archive, releases, artifacts",
    )
    return commands  # fmt: skip


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


def _init(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.init import make_workspace

    made = make_workspace(options.name)
    print(
        f"Made {made}. Next:\n  cd {made}\n  living-panel new-paper my_paper --data FILE\n"
        "  # write title and authors into papers/my_paper/paper.yml\n  living-panel run\n"
        "How to write a paper: docs/papers.md there."
    )
    return 0


def _audit(settings: Settings, options: Namespace) -> int:
    from living_panel.estimation.audit.alone import as_json, audit_table, in_words, is_accused

    found = audit_table(options.file, options.declare or None)
    print(as_json(found) if options.json else in_words(found))
    return 1 if is_accused(found) else 0


def _migrate(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.authoring import migrate

    changed = migrate(options.paper)
    print("\n".join(f"Rewritten: {path}" for path in changed) or "Nothing to migrate.")
    return 0


def _completion(settings: Settings, options: Namespace) -> int:
    print(completion_script(options.shell))
    return 0


def _without_papers() -> str:
    """Say that a workspace has no paper yet; "" where there are some, and in a checkout."""
    folder = os.environ.get("LIVING_PANEL_PAPERS")
    if folder is None or any(Path(folder).glob("*/paper.yml")):
        return ""
    return str(codes.NO_PAPERS(Place(file=folder)))


def _receipt(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.receipt import ask_and_write

    return ask_and_write(settings, options.file)


def _teach(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.teach import teach

    return teach(options.file)


def _fetch(settings: Settings, options: Namespace) -> int:
    from living_panel.ingestion.fetching.fetch import fetch
    from living_panel.orchestration.root import ledger

    if options.dry_run:
        fetch(settings.root, options.source, options.edition, dry_run=True)
        return 0
    with ledger.fetching(settings.root, options.source, options.edition):
        fetch(settings.root, options.source, options.edition, dry_run=False)
    print(name_commands("`make run` takes it through the stages."))
    return 0


def _new_source(settings: Settings, options: Namespace) -> int:
    from datetime import date

    from living_panel.ingestion.provenance.catalog import new_source

    file = new_source(options.name, date.today().year)
    print(
        f"Wrote {file}. Fill it in, say what each series feeds, then land values in "
        f"{settings.landing}/{options.name}/<edition>/ (data/README.md)."
    )
    return 0


def _new_data_set(settings: Settings, options: Namespace) -> int:
    from living_panel.estimation.papers.editions_from_files import new_data_set

    folder = new_data_set(options.name, options.data)
    print(f"{folder}. Write title, unit, licence and citation into {folder / 'editions.yml'}.")
    return 0


def _add_edition(settings: Settings, options: Namespace) -> int:
    from living_panel.estimation.papers.editions_from_files import is_data_set
    from living_panel.orchestration.assets.new_editions import write_new_edition

    said = {"title": options.title, "licence": options.licence, "citation": options.citation}
    file = str(options.file) if options.file else ""
    changed = write_new_edition(options.set, options.edition, file, options.released or "", said)
    landed = settings.landing / options.set / options.edition
    land = f"put its files into {landed}/ and run `make receipt`"
    after = "`make run`" if is_data_set(options.set) else land
    print(
        name_commands(f"{changed} lists {options.edition} now. Next: {after}. Commit the change.")
    )
    return 0


def _editions(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.refresh import run_editions, tell_failure

    outcome = run_editions(settings)
    if not outcome.success:
        tell_failure(outcome)
        return 1
    print(
        name_commands("The estimates are in results.edition_path: `make sql`, and `make report`.")
    )
    return 0


def _diff(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.diff import diff

    return diff(settings, options.old, options.new)


def _accept(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.assets.sides import accept
    from living_panel.orchestration.root import state
    from living_panel.orchestration.root.accepted import report_folder

    print(f"Later states are compared with {accept(settings, options.name).name}.")
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


def _status(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.status import status

    print(name_commands(status(settings)))
    return 0


def _verify(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.root.lock import reader_lock
    from living_panel.orchestration.root.processes import load_ahead

    find_room()
    load_ahead()  # the processes load while this one does
    from living_panel.orchestration.assets.verification import NO_PROBLEM, verify

    with reader_lock(
        settings.root, "verify", say=_say_waiting
    ):  # no ledger knows a state before it is published
        problems = verify(settings, print, options.head or None, recompute_all=options.all)
    print("\n".join(map(str, problems)) or NO_PROBLEM)
    return 1 if problems else 0


def _rollback(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.assets.publication import rollback

    with _alone(settings, "rollback"):
        file = rollback(settings)
    print(name_commands(f"Published is now {file.name}. `make run` publishes the newest again."))
    return 0


def _try(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.authoring import try_spec

    print(try_spec(settings, options.spec))
    return 0


def _new_paper(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.authoring import new_paper

    made = new_paper(options.name, data=Path(options.data) if options.data else None)
    print("\n".join(map(str, made)))
    if options.data:
        print(made[0].read_text(encoding="utf-8").splitlines()[1].removeprefix("# "))
    home = find_workspace(Path.cwd()) or REPOSITORY
    spec = made[-1].relative_to(home) if made[-1].is_relative_to(home) else made[-1]
    print(name_commands(f"Try it: `make try SPEC={spec}`. How to write it: docs/papers.md."))
    print(f"Write title and authors into {made[0].name}: no run publishes placeholders.")
    return 0


def _remove_paper(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.remove_paper import remove_paper

    with _alone(settings, "remove-paper"):
        removed = remove_paper(settings, options.name, force=options.force)
    print("\n".join(f"Removed {thing}" for thing in removed))
    print(
        name_commands(
            "The published state still shows its tables; `make run` publishes without them."
        )
    )
    return 0


def _package(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.package import make_data_release, make_package

    if options.warehouse:
        make_data_release(settings)
    elif options.paper:
        make_package(settings, options.paper)
    else:
        example = name_commands("`make package PAPER=author_2026` or `make package WAREHOUSE=1`")
        raise WrongCall(
            PARAMETER_MISSING(Place(file="package"), parameter="PAPER", example=example)
        )
    return 0


def _check_package(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.package import check

    return check(options.file, run=options.run, python=options.python)


def _validators(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.validators import ENVIRONMENT, install_validators

    made = install_validators()
    print(f"{ENVIRONMENT} {'is ready' if made else 'is up to date'}.")
    return 0


def _check_manuscript(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.package import check_manuscripts

    return check_manuscripts(settings, options.file, options.out)


def _checksums(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.authoring import require_papers, write_checksums

    require_papers(options.paper)
    for name in options.paper:
        print(write_checksums(name))
    return 0


def _demo(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.demo import build_demo

    return build_demo(settings)


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


def _site(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.site import write_site
    from living_panel.orchestration.root.lock import reader_lock

    with reader_lock(settings.root, "site", say=_say_waiting):
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


def _export(settings: Settings, options: Namespace) -> int:
    from living_panel.estimation.artifacts.pasted import Choice, paste
    from living_panel.orchestration.commands.codes import NO_STORED_TABLE
    from living_panel.orchestration.root import state

    current = {
        entry["table_id"]: entry["artifact_id"] for entry in state.read(settings.root, "current")
    }
    if options.table not in current:
        raise Refused(NO_STORED_TABLE(table=options.table, known=sorted(current)))
    keep, drop = (
        None if names is None else [name.strip() for name in names.split(",")]
        for names in (options.keep, options.drop)
    )
    choice = Choice(options.block or "", keep, drop, options.digits, options.style)
    folder = settings.artifacts / options.table / current[options.table]
    options.file.write_bytes(paste(folder, options.file.name, choice))
    print(options.file)
    return 0


def _docs(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.docs import write_docs

    with _alone(settings, "docs"):  # what dbt is writing cannot be copied
        written = [*write_docs(settings), write_rules(command_list())]
    print("\n".join(map(str, written)))
    return 0


def _sql(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.sql import open_shell

    open_shell(settings, options.file, external=options.external)
    return 0


def _lake_sql(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.lake.target import lake_sql

    print(lake_sql(settings))
    return 0


def _snapshots(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.lake.target import snapshot_lines

    print("\n".join(snapshot_lines(settings)))
    return 0


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


def _withdraw(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.root import ledger

    if options.kind == "file":
        from living_panel.orchestration.assets.landing import withdraw_archived

        path = withdraw_archived(settings, options.name, options.reason)
        print(name_commands(f"{path}: {options.name} is withdrawn. `make run` leaves it out."))
        return 0
    ledger.withdraw(settings.root, options.kind, options.name)
    text = f"Recorded: {options.kind} {options.name} is withdrawn. `make verify` no longer reports its absence."
    print(name_commands(text))
    return 0


def _back_up(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.backup import back_up
    from living_panel.orchestration.root.lock import reader_lock

    with reader_lock(settings.root, "backup", say=_say_waiting):
        number = back_up(settings, options.file)
    text = (
        f"{options.file}: {number} files. `make restore FILE=…` puts them into an empty data root."
    )
    print(name_commands(text))
    return 0


def _restore(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.backup import restore

    with _alone(settings, "restore"):
        number = restore(settings, options.file)
    text = f"Restored {number} files into {settings.root}. `make verify` checks them."
    print(name_commands(text))
    return 0


def _tidy(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands import tidy
    from living_panel.orchestration.root.instance import open_instance

    with _alone(settings, "tidy"):
        instance = open_instance(settings)
        things, runs = tidy.unneeded_things(settings), tidy.unneeded_runs(settings, instance)
        print("\n".join(tidy.describe([*things, *runs])))
        if options.force:
            tidy.remove_things(settings, things)
            tidy.remove_runs(settings, instance, runs)
        instance.dispose()
    if things or runs:
        words = "Removed." if options.force else "Nothing was removed: `make tidy FORCE=yes` does."
        print(name_commands(words))
    return 0


def _clean(settings: Settings, options: Namespace) -> int:
    import shutil

    from living_panel.orchestration.root import ledger

    places = (settings.extracted, settings.build, settings.warehouse, settings.published)
    there = [p.name for p in places if p.is_symlink() or p.exists()]
    if not there:
        print(f"{settings.root}: nothing is there to be removed.")
        return 0
    with _alone(settings, "clean"):
        for name in ledger.known(settings.root, "warehouse"):
            ledger.prune(settings.root, "warehouse", name)
        for folder in (settings.extracted, settings.build, settings.warehouse):
            shutil.rmtree(folder, ignore_errors=True)
        settings.published.unlink(missing_ok=True)
    print(name_commands(f"Removed {', '.join(there)}. `make run` rebuilds them."))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Sources and editions: landed, taught, fetched, added, withdrawn."""

from __future__ import annotations

from argparse import Namespace

from living_panel.orchestration.commands.line import (
    argument,
    choice,
    command,
    option,
    path,
)
from living_panel.orchestration.commands.waiting import alone
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import name_commands


@command(
    "receipt",
    "yearly",
    "write the receipt of a file in landing, or of all files of a folder",
    argument("file", "data/landing/<source>/<edition>/<file>", type=path()),
    details="For a folder, the command first writes all questions into one YAML file, data/answers/<folder>.yml. "
    "Fill it in, and run the same command again.",
)
def _receipt(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.receipt import ask_and_write
    from living_panel.orchestration.commands.receipt_folder import ask_folder

    if options.file.is_dir():
        return ask_folder(settings, options.file.resolve())
    return ask_and_write(settings, options.file)


@command(
    "teach",
    "yearly",
    "write a draft layout for a printed table in a workbook, web page, PDF or CSV file",
    argument("file", "yearbook.xlsx", type=path()),
)
def _teach(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.teach import teach

    return teach(options.file)


@command(
    "fetch",
    "yearly",
    "download one edition from its authority (needs a network)",
    argument("source", "statistical_yearbook"),
    argument("edition", "2026", type=int),
    option("--dry-run", "Only list the requests; send none.", is_flag=True),
)
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


@command(
    "new-source",
    "yearly",
    "write the first files of a new source",
    argument("name", "my_bureau"),
)
def _new_source(settings: Settings, options: Namespace) -> int:
    from datetime import date

    from living_panel.ingestion.provenance.catalog import new_source

    file = new_source(options.name, date.today().year)
    print(
        f"Wrote {file}. Fill it in, say what each series feeds, then land values in "
        f"{settings.landing}/{options.name}/<edition>/ (data/README.md)."
    )
    return 0


@command(
    "new-data-set",
    "use",
    "make a data set with editions from a folder with one file for each edition",
    argument("name", "my_indicators"),
    option(
        "--data",
        "Folder with one file for each edition.",
        type=path(),
        metavar="FOLDER",
        required=True,
    ),
    details="Files are CSV, Stata, Parquet, R or Excel. Each file name gives the release date: a year, a "
    "month or a day. A paper then names the data set in its data/source.yml (docs/papers.md).",
)
def _new_data_set(settings: Settings, options: Namespace) -> int:
    from living_panel.estimation.papers.editions_from_files import new_data_set

    folder = new_data_set(options.name, options.data)
    print(f"{folder}. Write title, unit, licence and citation into {folder / 'editions.yml'}.")
    return 0


@command(
    "add-edition",
    "yearly",
    "add an edition to a data set, or to the catalog of a source",
    argument("set", "penn_world_table"),
    argument("edition", "11.0"),
    option("--file", "For a data set: data file of the edition.", type=path(), metavar="FILE"),
    option("--released", "For a data set: year, month or day of the release.", metavar="DATE"),
    option("--title", "For a source: title of the publication.", default=""),
    option("--licence", "Licence that the edition states.", default=""),
    option("--citation", "Citation that the publisher asks for.", default=""),
)
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


@command(
    "withdraw",
    "yearly",
    "withdraw a wrong file, or record a deliberate deletion",
    argument("kind", "file", type=choice("file", "receipt", "release", "artifact")),
    argument("name", "<source>/<edition>/<vintage>/<file>, or as verify names it"),
    option("--reason", "Reason why a file is wrong. Its receipt stores this reason.", default=""),
    details="The archive keeps a withdrawn file unchanged, and no run reads it. Put the corrected file "
    "into landing/ with its own receipt. If a run is active, the command waits until it ends.",
)
def _withdraw(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.root import ledger

    with alone(settings, "withdraw"):
        if options.kind == "file":
            from living_panel.orchestration.assets.landing import withdraw_archived

            path = withdraw_archived(settings, options.name, options.reason)
            text = f"{path}: {options.name} is withdrawn. `make run` leaves it out."
        else:
            ledger.withdraw(settings.root, options.kind, options.name)
            text = f"Recorded: {options.kind} {options.name} is withdrawn. `make verify` no longer reports its absence."
    print(name_commands(text))
    return 0


COMMANDS = [
    _receipt,
    _teach,
    _fetch,
    _new_source,
    _new_data_set,
    _add_edition,
    _withdraw,
]

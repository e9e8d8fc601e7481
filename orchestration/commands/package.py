"""`package` and `check-package`: make a replication package of a paper, and check one."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from living_panel.codes import Code
from living_panel.estimation.package.archive import write_archive
from living_panel.estimation.package.data_release import NAME, release_files
from living_panel.estimation.package.facts import (
    QUESTIONS,
    PackageFacts,
    WrongPackage,
    open_facts,
    open_keys,
    read_facts,
    state_facts,
)
from living_panel.estimation.package.manuscript import (
    NUMBER,
    Values,
    WrongManuscript,
    check_text,
    filled,
    lines_drifted,
    manuscripts,
    read_manuscript,
)
from living_panel.estimation.package.scan import scan
from living_panel.estimation.package.stability import unstable
from living_panel.estimation.panel import sentences as panel_sentences
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.marked_yaml import nearest
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import PAPER_FILE, PAPERS
from living_panel.ingestion.files import write_durably
from living_panel.orchestration.assets.report import findings_path
from living_panel.orchestration.commands.docs import FINDINGS_PAGE
from living_panel.orchestration.commands.prompts import ask
from living_panel.orchestration.commands.validators import ENVIRONMENT
from living_panel.orchestration.outputs.releases import published_release
from living_panel.orchestration.package.check import check_package, report_lines
from living_panel.orchestration.package.contents import package_files
from living_panel.orchestration.package.describe import archived_sources, describe
from living_panel.orchestration.root.limits import table_limits
from living_panel.orchestration.root.readers import open_published, read_current
from living_panel.orchestration.root.settings import SHIPPED, Settings
from living_panel.problems import Place

say = partial(print, file=sys.stderr, flush=True)
FOLDER = "packages"


def make_package(settings: Settings, paper: str) -> Path:
    """Write the replication package of a paper and return its path; refuse unstable results.

    Raises
    ------
    WrongPackage
        If a table has another result hash when estimated again, or the scan finds an error.
    """
    folder = PAPERS / paper
    if not (folder / PAPER_FILE).is_file():
        known = [file.parent.name for file in PAPERS.glob(f"*/{PAPER_FILE}")]
        place, choices = Place(file=str(folder)), nearest(paper, known)
        raise InvalidSpec(panel_sentences.NO_PAPER(place, choices=choices))
    facts = _asked(folder, read_facts(folder))
    description = describe(settings, paper, facts)
    say(f"{paper}: {len(description.tables)} tables on release {description.release_id}")
    values = _values(settings)
    for path in manuscripts(folder):
        _, wrong = check_text(read_manuscript(path), str(path), values)
        if wrong:
            raise WrongManuscript(*wrong)
    specs = {t.table: folder / "specs" / Path(t.spec).name for t in description.tables}
    if found := list(
        unstable(settings.releases / description.release_id, description, specs, table_limits, say)
    ):
        raise WrongPackage(*found)
    say("  same result hashes with shuffled rows")
    files = package_files(settings, description)
    target = settings.root / FOLDER / f"{paper}-{description.release_id}.zip"
    return _scanned_and_written(target, paper, files, facts)


def check_manuscripts(settings: Settings, file: Path | None, out: Path | None) -> int:
    """Hold the numbers of manuscripts to the stored values; 0 if every number is the stored one.

    Without a file: the findings in docs/, and the manuscript of every paper.
    """
    values, problems, number = _values(settings), [], 0
    files = [file] if file else [m for p in sorted(PAPERS.glob("*")) for m in manuscripts(p)]
    for path in files:
        bound, found = check_text(read_manuscript(path), str(path), values)
        problems += found
        number += len(bound)
    if file is None and FINDINGS_PAGE.is_file():
        written = FINDINGS_PAGE.read_text(encoding="utf-8")
        made = findings_path(settings).read_text(encoding="utf-8")
        problems += lines_drifted(written, made, FINDINGS_PAGE.name)
        number += len(NUMBER.findall(written))
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{number} numbers in {len(files) + (file is None)} texts, {len(problems)} problems")
    if file and out and not problems:
        write_durably(filled(read_manuscript(file), values).encode(), out)
        print(out)
    return 1 if problems else 0


def _values(settings: Settings) -> Values:
    """Return the stored values of the published state."""
    return Values(settings.artifacts, read_current(settings))


def make_data_release(settings: Settings) -> Path:
    """Write the data release of the published panel and return its path.

    Raises
    ------
    FileNotFoundError
        If nothing is published yet.
    """
    say("writing the panel in four formats …")
    facts = read_facts(settings.root)
    release = load_release(published_release(settings))
    with open_published(settings) as connection:
        revisions = connection.execute("select * from marts.revisions order by all").df()
    version, files = release_files(
        release,
        revisions,
        list(archived_sources(settings, facts)),
        facts,
        packages=settings.root / FOLDER,
        shipped=SHIPPED,
    )
    target = settings.root / FOLDER / f"{NAME}-{version}.zip"
    return _scanned_and_written(target, NAME, files, facts)


def _scanned_and_written(
    target: Path, top: str, files: dict[str, bytes], facts: PackageFacts
) -> Path:
    """Write an archive in whose files the scan finds no error."""
    errors = []
    for finding in scan(files):
        if finding.problem.code == Code.PACKAGE_NO_CODE and top == NAME:
            continue  # data alone have nothing to run
        say(f"  {finding.level}: {finding.problem}")
        if finding.level == "error":
            errors.append(finding.problem)
    if errors:
        raise WrongPackage(*errors)
    digest = write_archive(target, top, files)
    for problem in open_facts(facts):
        say(f"  missing: {problem}")
    size = target.stat().st_size / 1024**2
    print(f"{target}: {len(files) + 1} files, {size:.1f} MB, sha256 {digest}")
    return target


def check(file: Path, *, run: bool = False, python: str | None = None) -> int:
    """Check a package, write the report next to it, and print it; 0 if every stated number was found.

    Nothing of the package runs; with `run` its own program does, in a sandbox.
    """
    validators = ENVIRONMENT / "bin"
    report = check_package(
        file, say, run=run, python=python, validators=validators if validators.is_dir() else None
    )
    text = "\n".join(report_lines(report)) + "\n"
    target = file.with_name(f"{file.stem}.check.md")
    write_durably(text.encode(), target)
    print(f"\n{text}\n{target}")
    return 0 if report.is_reproduced else 1


def _asked(folder: Path, facts: PackageFacts) -> PackageFacts:
    """Ask for the open facts at a terminal; a script leaves them open."""
    if not sys.stdin.isatty():
        return facts
    answers = {key: ask("PACKAGE", key, QUESTIONS[key], "") for key in open_keys(facts)}
    given = {key: answer for key, answer in answers.items() if answer}
    return state_facts(folder, facts, given) if given else facts

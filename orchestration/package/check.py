"""Check a package as a data editor does: unpack, scan, estimate by one's own code, compare, report rule by rule.

By default nothing of the package runs. On request its own program runs too, in a sandbox; its own report is
never the finding.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from living_panel.codes import Code
from living_panel.estimation.package import sentences
from living_panel.estimation.package.facts import WrongPackage
from living_panel.estimation.package.rules import DataRule, editor_class
from living_panel.estimation.package.sandbox import Limits, printable, why_no_sandbox
from living_panel.estimation.package.scan import ScanFinding
from living_panel.estimation.tables.render import escape_markdown
from living_panel.orchestration.package.confined import Say, Workplace, ask, problem_from
from living_panel.orchestration.package.examine import PACKAGE
from living_panel.orchestration.package.running import RunRecord, require_sandbox, run_program
from living_panel.orchestration.root.versions import machine_facts
from living_panel.problems import Place, Problem, name_commands

REASONS: dict[str, str] = {
    Code.PACKAGE_NUMBERS: "discrepancy in output",
    Code.PACKAGE_OUTPUT: "discrepancy in output",
    Code.PACKAGE_RENDERING: "discrepancy in output",
    Code.PACKAGE_DATA: "discrepancy in data",
    Code.PACKAGE_RESULTS: "results changed after they were made",
    Code.PACKAGE_CHANGED: "package changed after it was made",
    Code.PACKAGE_UNREADABLE: "results cannot be read",
    Code.PACKAGE_RUN: "code not functional",
    Code.PACKAGE_NO_CODE: "code missing",
    Code.PACKAGE_MISSING: "data or code missing",
}
"""The AEA Data Editor's reasons, by problem."""
MOST_CELLS = 10
"""Cells of a table that the report lists."""
SAME = ("same bytes", "same numbers")


@dataclass(frozen=True)
class Report:
    """Result of a check.

    Attributes
    ----------
    package : dict
        The description of the package; `kind`, `version` and `content` are those of a data release.
    tables : list
        Of each table its level, its first cells that differ and their number, by the checker's own code.
    run : RunRecord or None
        How the package's own program ran, if it was asked to.
    problems : list
        Other bytes, other results, findings of the validators.
    findings : list
        Of the static scan.
    rules : list
        The sixteen rules of the standard.
    unchecked : list of str
        What is not compared, because the package was made by other code or cannot be made again.
    is_own_code : bool
        Whether the package's program is the checker's, file by file.
    seconds : float
        From unpacking to the last comparison.
    """

    package: dict[str, Any]
    tables: list[dict[str, Any]]
    run: RunRecord | None
    problems: list[Problem]
    findings: list[ScanFinding]
    rules: list[DataRule]
    validated: dict[str, str]
    unchecked: list[str]
    is_own_code: bool
    seconds: float

    @property
    def is_reproduced(self) -> bool:
        """Whether every stated number was found, and every byte is as CHECKSUMS says."""
        return not self.problems

    @property
    def same(self) -> int:
        """Number of tables with the stated numbers, also in the program's own output if it ran."""
        return sum(self._is_same(t) for t in self.tables)

    def _is_same(self, table: dict[str, Any]) -> bool:
        ran = self.run is None or self.run.levels.get(table["table"]) in SAME
        return table["level"] in SAME and ran

    @property
    def listed(self) -> int:
        """Number of tables that the package states, and of those that it lists as the paper's."""
        return len({*(t["table"] for t in self.tables), *self.package["paper_tables"]})

    @property
    def editor_class(self) -> str:
        """The AEA Data Editor's class."""
        errors = sum(f.level == "error" for f in self.findings)
        was_run = self.run is not None and not self.run.problems
        unknown_code = not (self.is_own_code or was_run)
        ran_otherwise = any(p.code == Code.PACKAGE_OUTPUT for p in self.problems)
        contradicts = ran_otherwise or any(t["contradicts"] for t in self.tables)
        minor = len(self.problems) + errors + unknown_code
        return editor_class(self.same, self.listed, minor, contradicts=contradicts)


def check_package(
    file: Path,
    say: Say,
    *,
    run: bool = False,
    python: str | None = None,
    validators: Path | None = None,
    limits: Limits | None = None,
) -> Report:
    """Unpack a package into an empty folder, estimate its tables by this code, and compare.

    Parameters
    ----------
    file : Path
        The archive.
    say : callable
        Receives the progress.
    run : bool
        Run the package's own program too, in a sandbox.
    python : str, optional
        Interpreter that has the packages already; else they are installed from the package's lock.
    validators : Path, optional
        Folder with the programs that validate metadata.
    limits : Limits, optional
        When a process of the check is stopped.

    Raises
    ------
    WrongPackage
        If the archive cannot be read as a package, a limit is reached, or its program shall run without a sandbox.
    """
    begun, file, limits = time.monotonic(), file.absolute(), limits or Limits()
    if run:
        require_sandbox()
    if not file.is_file():
        raise WrongPackage(sentences.UNREADABLE(Place(file=str(file)), reason="no such file"))
    with tempfile.TemporaryDirectory(prefix="check-package-") as empty:
        place = Workplace(Path(empty))
        place.box.mkdir()
        answer = ask(PACKAGE, file, place, limits, say)
        problems = [problem_from(p) for p in answer["problems"]]
        is_data = answer["kind"] == "data"
        validated = _validate(place, validators, problems, limits)
        record = None
        if run and not is_data:
            record = run_program(file, place, limits, say, python)
            problems += record.problems
    stated = {key: answer[key] for key in ("kind", "version", "content")}
    return Report(
        answer["package"] | stated, answer["tables"], record, problems,
        [ScanFinding(f["level"], problem_from(f["problem"])) for f in answer["findings"]],
        [DataRule(**rule) for rule in answer["rules"]], validated, answer["unchecked"],
        bool(answer.get("is_own_code", True)), time.monotonic() - begun,
    )  # fmt: skip


VALIDATORS = {
    "RO-Crate": ["python", "-I", "validate_crate.py"],
    "Frictionless": ["frictionless", "validate", "datapackage.json"],
    "Croissant": ["mlcroissant", "validate", "--jsonld", "croissant.json"],
}


def _validate(
    place: Workplace, validators: Path | None, problems: list[Problem], limits: Limits
) -> dict[str, str]:
    """Hold each metadata file to its validator; say so where the validators are not installed."""
    if validators is None or not (validators / "frictionless").exists():
        text = "not validated here: `make validators` installs what is needed"
        return dict.fromkeys(VALIDATORS, name_commands(text))
    outcomes = {}
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(place.folder), "LANG": "C.UTF-8"}
    for name, (program, *arguments) in VALIDATORS.items():
        command = [str(validators / program), *_located(arguments)]
        done = subprocess.run(
            command, cwd=place.package, capture_output=True, text=True, check=False,
            env=environment, timeout=limits.seconds,
        )  # fmt: skip
        outcomes[name] = "valid" if done.returncode == 0 else "NOT valid"
        if done.returncode:
            reason = f"{name}: {printable((done.stdout + done.stderr)[-1500:].strip())}"
            problems.append(
                Code.PACKAGE_FACTS("{reason}", "run `make package` again", Place(), reason=reason)
            )
    return outcomes


def _located(arguments: Sequence[str]) -> list[str]:
    """Arguments, the script of the crate's validator by its place."""
    script = str(Path(__file__).resolve().with_name("validate_crate.py"))
    return [script if a == "validate_crate.py" else a for a in arguments]


def report_lines(report: Report) -> list[str]:
    """Return the report as Markdown: class, results, rules, scan, metadata."""
    package = report.package
    if package["kind"] == "data":
        return _data_lines(report)
    reasons = f". Reasons: {', '.join(_reasons(report))}" if _reasons(report) else ""
    lines = [
        f"# Check of the package {package['paper']}",
        "",
        f"* Class (AEA Data Editor): **numbers: {report.editor_class}**{reasons}",
        f"* Complete: {_complete(report)}. Consistent: {report.same} of {report.listed} tables have the "
        "stated numbers, estimated here by the checker's own code.",
        *_unchecked(report),
        f"* {_ran(report)}",
        f"* {_environments(report)}",
        f"* Took {report.seconds / 60:.1f} minutes.",
        "",
        "| table | this check | largest relative difference | cells that differ |"
        + (" its own program |" if report.run else ""),
        "|---|---|---|---|" + ("---|" if report.run else ""),
    ]
    for table in report.tables:
        level = table["level"] if table["level"] in SAME else f"**{table['level']}**"
        cell = f" {report.run.levels.get(table['table'], 'no output')} |" if report.run else ""
        lines.append(
            f"| {table['table']} | {level} | {table['largest']:.1e} | {table['number']} |{cell}"
        )
    lines += [*_cell_lines(report)]
    lines += [
        "",
        "## Data and Code Availability Standard 1.0",
        "",
        "| rule | | evidence |",
        "|---|---|---|",
    ]
    lines += [f"| {r.number} {r.topic} | {r.status} | {_text(r.evidence)} |" for r in report.rules]
    return lines + _last_lines(report)


def _cell_lines(report: Report) -> list[str]:
    """The first cells that differ, of each table."""
    lines = [
        "",
        "## Cells that differ",
        "",
        "| table | cell | stated | found |",
        "|---|---|---|---|",
    ]
    shown = 0
    for table in report.tables:
        for cell in table["cells"][:MOST_CELLS]:
            parts = (cell["model"], cell["term"], cell["inference"], cell["statistic"])
            words = (", ".join(filter(None, parts)), str(cell["stated"]), str(cell["found"]))
            shown += 1
            lines.append(f"| {table['table']} | {' | '.join(map(_text, words))} |")
    return lines if shown else []


def _ran(report: Report) -> str:
    """One sentence on what ran."""
    if report.run is None:
        return "Nothing of the package ran. `RUN=yes` runs its program in a sandbox."
    outcome = report.run.outcome
    return (
        f"Its program ran in a sandbox without a network: {outcome.seconds:.0f} s, at most "
        f"{outcome.megabytes} MB, exit code {outcome.code}."
    )


def _environments(report: Report) -> str:
    """One sentence on the environments of both sides."""
    software, here = report.package["software"], machine_facts()
    made = _versions(software.get("python"), software.get("packages"), software.get("platform"))
    ours = _versions([here["python"]], here["packages"], [here["platform"]])
    code = "the checker's" if report.is_own_code else "other than the checker's"
    sandbox = "bubblewrap" if not why_no_sandbox() else "limits alone, without bubblewrap"
    return f"Made with {made}; checked with {ours}, in {sandbox}. Its code is {code}."


def _versions(python: Any, packages: Any, platform: Any) -> str:
    pinned = packages.items() if isinstance(packages, dict) else ()
    words = [f"Python {' and '.join(map(str, python or ['?']))}"]
    words += [f"{name} {version}" for name, version in pinned]
    return _text(f"{', '.join(words)} on {' and '.join(map(str, platform or ['?']))}")


def _text(text: object) -> str:
    """A stranger's text as Markdown shows it, with nothing read as markup."""
    return escape_markdown(printable(str(text)))


def _data_lines(report: Report) -> list[str]:
    """Lines of the report on a data release."""
    verdict = "**not** the stated one" if report.problems else "the stated one"
    return [
        f"# Check of the data release {report.package['paper']} {_text(report.package['version'])}",
        "",
        f"* The panel, read back from CSV, Parquet, Stata and DuckDB, is {verdict}: content hash "
        f"{_text(report.package['content'][:16])}.",
        f"* Took {report.seconds:.0f} seconds.",
        *_last_lines(report),
    ]


def _last_lines(report: Report) -> list[str]:
    """Lines on the scan, the metadata and the problems."""
    lines = ["", "## Static scan", ""]
    lines += [f"* {f.level}: {_text(f.problem)}" for f in report.findings] or ["* nothing found"]
    lines += ["", "## Metadata", ""]
    lines += [f"* {name}: {outcome}" for name, outcome in report.validated.items()]
    if report.problems:
        lines += ["", "## Problems", "", *(f"* {_text(problem)}" for problem in report.problems)]
    return lines


def _reasons(report: Report) -> list[str]:
    return list(dict.fromkeys(REASONS[p.code] for p in report.problems if p.code in REASONS))


def _complete(report: Report) -> str:
    open_rules = [str(r.number) for r in report.rules if r.status in ("missing", "partly")]
    rules = f"rules {', '.join(open_rules)} are open" if open_rules else "all sixteen rules are met"
    of = f"{len(report.tables)} of {report.listed} tables of the paper"
    is_listed = bool(report.package["paper_tables"])
    return f"{of if is_listed else 'the package has no list of the tables of the paper'}, {rules}"


def _unchecked(report: Report) -> list[str]:
    """One line on what is not compared, if anything."""
    code = (
        "the package could not be made again"
        if report.is_own_code
        else "other code made the package"
    )
    return (
        [f"* Not checked, because {code}: {', '.join(report.unchecked)}."]
        if report.unchecked
        else []
    )

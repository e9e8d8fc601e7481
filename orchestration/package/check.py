"""Check a package as a data editor does: unpack, scan, run, compare, and report rule by rule."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingestion.problems import Place, Problem, name_commands
from orchestration.package import codes
from orchestration.package.archive import other_bytes, unpack
from orchestration.package.facts import WrongPackage
from orchestration.package.rules import DataRule, editor_class, standard
from orchestration.package.scan import ScanFinding, scan
from orchestration.package.warehouse import other_formats

REASONS = {
    codes.OTHER_RESULT.name: "discrepancy in output",
    codes.OTHER_RENDERING.name: "discrepancy in output",
    codes.NO_RUN.name: "code not functional",
    codes.NO_MAIN_FILE.name: "code missing",
    codes.NOT_THERE.name: "data or code missing",
}
"""The AEA Data Editor's reasons, by problem."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """Result of a check.

    Attributes
    ----------
    record : dict
        What the main file measured and compared.
    problems : list
        Other bytes, other results, findings of the validators.
    findings : list
        Of the static scan.
    rules : list
        The sixteen rules of the standard.
    seconds : float
        From unpacking to the last comparison.
    """

    package: dict[str, Any]
    record: dict[str, Any]
    problems: list[Problem]
    findings: list[ScanFinding]
    rules: list[DataRule]
    validated: dict[str, str]
    seconds: float

    @property
    def is_reproduced(self) -> bool:
        """Whether every stated number was found, and every byte is as CHECKSUMS says."""
        return not self.problems

    @property
    def editor_class(self) -> str:
        """The AEA Data Editor's class."""
        tables = self.record.get("tables", [])
        same = sum(t["same_numbers"] for t in tables)
        other = sum(len(t["other_files"]) for t in tables)
        errors = sum(f.level == "error" for f in self.findings)
        return editor_class(same, len(self.package["tables"]), other, errors)


def check_package(
    file: Path, say: Say, *, python: str | None = None, validators: Path | None = None
) -> Report:
    """Unpack a package into an empty folder, run it there, and compare what it makes.

    Parameters
    ----------
    file : Path
        The archive.
    say : callable
        Receives the progress.
    python : str, optional
        Interpreter that has the packages already; else the main file installs them.
    validators : Path, optional
        Folder with the programs that validate metadata.

    Raises
    ------
    WrongPackage
        If the archive cannot be read.
    """
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="check-package-") as empty:
        folder = unpack(file, Path(empty))
        package = _read(folder / "package.json", file)
        say(f"unpacked {package['paper']} into {folder}")
        problems = list(other_bytes(folder))
        files = {
            p.relative_to(folder).as_posix(): p.read_bytes()
            for p in sorted(folder.rglob("*"))
            if p.is_file()
        }
        findings = scan(files)
        if is_data := package.get("kind") == "data":
            findings = [f for f in findings if f.problem.code != codes.NO_MAIN_FILE.name]
        validated = _validate(folder, validators, problems)
        if is_data:  # there is nothing to run: each format is read back
            problems += other_formats(folder, package)
            seconds = time.monotonic() - begun
            return Report(package, {}, problems, findings, [], validated, seconds)
        say("running its main file …")
        rules = standard(package, folder)
        record = _run(folder, python, problems)
        problems += _compared(record)
    seconds = time.monotonic() - begun
    return Report(package, record, problems, findings, rules, validated, seconds)


def _read(path: Path, file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongPackage(codes.UNREADABLE(Place(file=str(file)), reason=error)) from error
    return content


def _run(folder: Path, python: str | None, problems: list[Problem]) -> dict[str, Any]:
    """Run the main file with the Python that is outside of every environment; its record, or a problem."""
    prefixes = ("LIVING_PANEL_", "DAGSTER_", "DBT_", "PYTHON", "VIRTUAL_ENV")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(prefixes)}
    base = getattr(sys, "_base_executable", sys.executable)
    command = [base, "main.py", *(["--python", python] if python else [])]
    code = subprocess.call(command, cwd=folder, env=clean)
    record = folder / "reproduction.json"
    if not record.is_file():
        problems.append(codes.NO_RUN(Place(file="main.py"), code=code))
        return {}
    content: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return content


def _compared(record: dict[str, Any]) -> list[Problem]:
    problems = []
    for table in record.get("tables", []):
        if not table["same_numbers"]:
            found = table["found"] or "none"
            place = Place(table=table["table"])
            problems.append(
                codes.OTHER_RESULT(place, found=found[:16], expected=table["expected"][:16])
            )
            continue
        for file in table["other_files"]:
            problems.append(codes.OTHER_RENDERING(Place(file=f"results/{table['table']}/{file}")))
    return problems


VALIDATORS = {
    "RO-Crate": ["python", "-I", "validate_crate.py"],
    "Frictionless": ["frictionless", "validate", "datapackage.json"],
    "Croissant": ["mlcroissant", "validate", "--jsonld", "croissant.json"],
}


def _validate(folder: Path, validators: Path | None, problems: list[Problem]) -> dict[str, str]:
    """Hold each metadata file to its validator; say so where the validators are not installed."""
    if validators is None or not (validators / "frictionless").exists():
        text = "not validated here: `make validators` installs what is needed"
        return dict.fromkeys(VALIDATORS, name_commands(text))
    outcomes = {}
    for name, (program, *arguments) in VALIDATORS.items():
        command = [str(validators / program), *_located(arguments)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        outcomes[name] = "valid" if done.returncode == 0 else "NOT valid"
        if done.returncode:
            reason = f"{name}: {(done.stdout + done.stderr)[-1500:].strip()}"
            problems.append(codes.METADATA(Place(), reason=reason))
    return outcomes


def _located(arguments: Sequence[str]) -> list[str]:
    """Arguments, the script of the crate's validator by its place."""
    script = str(Path(__file__).with_name("validate_crate.py"))
    return [script if a == "validate_crate.py" else a for a in arguments]


def report_lines(report: Report) -> list[str]:
    """Return the report as Markdown: class, results, rules, scan, metadata."""
    package, record = report.package, report.record
    if package.get("kind") == "data":
        return _data_lines(report)
    tables = record.get("tables", [])
    same = sum(t["same_numbers"] for t in tables)
    lines = [
        f"# Check of the package {package['paper']}",
        "",
        f"* Class (AEA Data Editor): **{report.editor_class}**"
        + (f". Reasons: {', '.join(_reasons(report))}" if _reasons(report) else ""),
        f"* Complete: {_complete(report)}. Stable: same hashes at packing with shuffled rows. "
        f"Consistent: {same} of {len(package['tables'])} tables have the stated numbers.",
        f"* Took {report.seconds / 60:.1f} minutes: installing {record.get('seconds_installing', 0):.0f} s, "
        f"running {record.get('seconds_running', 0):.0f} s, at most {record.get('peak_memory_mb', 0)} MB a "
        f"process, on {record.get('platform', '?')}, Python {record.get('python', '?')}.",
        "",
        "| table | stated | found | |",
        "|---|---|---|---|",
    ]
    for table in tables:
        verdict = "same" if table["same_numbers"] else "**different**"
        more = f"; other bytes: {', '.join(table['other_files'])}" if table["other_files"] else ""
        found = (table["found"] or "none")[:16]
        lines.append(
            f"| {table['table']} | `{table['expected'][:16]}` | `{found}` | {verdict}{more} |"
        )
    lines += [
        "",
        "## Data and Code Availability Standard 1.0",
        "",
        "| rule | | evidence |",
        "|---|---|---|",
    ]
    lines += [f"| {r.number} {r.topic} | {r.status} | {r.evidence} |" for r in report.rules]
    return lines + _last_lines(report)


def _data_lines(report: Report) -> list[str]:
    """Lines of the report on a data release."""
    verdict = "**not** the stated one" if report.problems else "the stated one"
    return [
        f"# Check of the data release {report.package['paper']} {report.package['version']}",
        "",
        f"* The panel, read back from CSV, Parquet, Stata and DuckDB, is {verdict}: content hash "
        f"`{report.package['content'][:16]}`.",
        f"* Took {report.seconds:.0f} seconds.",
        *_last_lines(report),
    ]


def _last_lines(report: Report) -> list[str]:
    """Lines on the scan, the metadata and the problems."""
    lines = ["", "## Static scan", ""]
    lines += [f"* {f.level}: {f.problem}" for f in report.findings] or ["* nothing found"]
    lines += ["", "## Metadata", ""]
    lines += [f"* {name}: {outcome}" for name, outcome in report.validated.items()]
    if report.problems:
        lines += ["", "## Problems", "", *(f"* {problem}" for problem in report.problems)]
    return lines


def _reasons(report: Report) -> list[str]:
    return list(dict.fromkeys(REASONS[p.code] for p in report.problems if p.code in REASONS))


def _complete(report: Report) -> str:
    open_rules = [str(r.number) for r in report.rules if r.status in ("missing", "partly")]
    return f"rules {', '.join(open_rules)} are open" if open_rules else "all sixteen rules are met"

"""A check believes nothing of a package and runs nothing of it: malformed, forged and hostile packages.

Each package here is a real one of a shipped paper, with one thing changed and its CHECKSUMS written anew.
With LIVING_PANEL_OTHER_PYTHON packages of papers with data of their own are held against another Python: editions,
instruments and likelihoods, moments, in both directions. `test_reproducibility` holds the numbers of every table.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.artifacts.artifact import result_hash
from living_panel.estimation.package import sandbox
from living_panel.estimation.package.archive import write_archive
from living_panel.estimation.package.facts import WrongPackage
from living_panel.estimation.package.sandbox import (
    Limits,
    own_places,
    run_confined,
    why_no_sandbox,
)
from living_panel.estimation.tables.result import TableResult
from living_panel.orchestration.package.check import Report, check_package, report_lines
from living_panel.orchestration.package.confined import environment, own_code
from living_panel.problems import Place
from tests.conftest import REPOSITORY
from tests.fixtures.stored_version import PAPER

TABLE = "stata_grunfeld_errors"
RESULTS = f"results/{TABLE}"
Files = dict[str, bytes]
HIDDEN = "d41b-hidden"
SLEEPS = b"import time\ntime.sleep(600)\n"


def silent(_: str) -> None:
    """Take progress and say nothing."""


@pytest.fixture(scope="session")
def whole(packed: Path) -> Files:
    with zipfile.ZipFile(packed) as archive:
        files = {m.partition("/")[2]: archive.read(m) for m in archive.namelist()}
    del files["CHECKSUMS"]
    return files


@pytest.fixture
def files(whole: Files) -> Files:
    """The package without its code, which a check by this code does not need, in a copy to change."""
    return {n: c for n, c in whole.items() if not n.startswith("code/")}


def checked(files: Files, folder: Path, **options: Any) -> Report:
    file = folder / "changed.zip"
    write_archive(file, PAPER, files)
    return check_package(file, options.pop("say", silent), **options)


def codes_of(report: Report) -> set[str]:
    return {problem.code for problem in report.problems}


def test_a_right_package_is_full_and_nothing_of_it_runs(packed: Path) -> None:
    report = check_package(packed, silent)
    assert report.problems == [] and report.findings == [] and report.is_own_code
    assert report.editor_class == "full" and report.same == len(report.tables) == 2
    text = "\n".join(report_lines(report))
    assert "Nothing of the package ran" in text and "**numbers: full**" in text
    assert "2 of 2 tables of the paper" in text and report.unchecked == []
    made, here = report.package["software"], sys.version.split()[0]
    assert made["python"] == [here] and f"Python {here}, numpy" in text
    assert {"numpy", "scipy", "pandas", "linearmodels"} <= made["packages"].keys()


def test_other_code_with_the_same_numbers_is_not_full(files: Files, tmp_path: Path) -> None:
    report = checked(files, tmp_path)
    assert not report.problems and not report.is_own_code
    assert report.editor_class == "full with minor issues"
    assert "README.md" in report.unchecked and "Not checked" in "\n".join(report_lines(report))


def without(*names: str) -> Callable[[Files], Files]:
    return lambda files: {n: c for n, c in files.items() if not n.startswith(names)}


def replaced(name: str, content: bytes) -> Callable[[Files], Files]:
    return lambda files: files | {name: content}


def described(**changed: Any) -> Callable[[Files], Files]:
    """package.json with other values."""

    def change(files: Files) -> Files:
        said = json.loads(files["package.json"]) | changed
        return files | {"package.json": json.dumps(said).encode()}

    return change


def table_described(**changed: Any) -> Callable[[Files], Files]:
    """The first table of package.json with other values."""

    def change(files: Files) -> Files:
        tables = json.loads(files["package.json"])["tables"]
        return described(tables=[tables[0] | changed, *tables[1:]])(files)

    return change


def parquet(frame: pd.DataFrame) -> bytes:
    return bytes(frame.to_parquet(index=False))


NO_COLUMNS, TEXTS = pd.DataFrame({"x": [1.0]}), pd.DataFrame({"model": ["m"], "term": "x"})
REFUSED = {
    "no description": (without("package.json"), Code.PACKAGE_MISSING),
    "a description that is no JSON": (replaced("package.json", b"{"), Code.PACKAGE_ARCHIVE),
    "a description that is no UTF-8": (replaced("package.json", b'{"paper": "\xff"}'), Code.PACKAGE_ARCHIVE),
    "a deep description": (replaced("package.json", b"[" * 10**5), Code.PACKAGE_ARCHIVE),
    "a list as description": (replaced("package.json", b"[]"), Code.PACKAGE_ARCHIVE),
    "a description without tables": (replaced("package.json", b'{"paper": "p"}'), Code.PACKAGE_ARCHIVE),
    "a number as tables": (described(tables=3), Code.PACKAGE_ARCHIVE),
    "a text as rows": (described(rows="many"), Code.PACKAGE_ARCHIVE),
    "a list as facts": (described(facts=[]), Code.PACKAGE_ARCHIVE),
    "unknown facts": (described(facts={"password": "x"}), Code.PACKAGE_ARCHIVE),
    "a measure without label": (described(measures=[{"name": "x"}]), Code.PACKAGE_ARCHIVE),
    "a paper that leads out": (described(paper="../../etc"), Code.PACKAGE_ARCHIVE),
    "a table that leads out": (table_described(table="../x"), Code.PACKAGE_ARCHIVE),
    "a program that leads out": (table_described(program="/etc/passwd"), Code.PACKAGE_ARCHIVE),
    "a hash that is none": (table_described(result_hash="x"), Code.PACKAGE_ARCHIVE),
    "an unknown kind of package": (described(kind="other"), Code.PACKAGE_ARCHIVE),
}  # fmt: skip
"""Packages that are not read at all, each with its code."""


@pytest.mark.parametrize("name", REFUSED)
def test_a_package_without_a_description_is_refused_with_a_code(
    files: Files, tmp_path: Path, name: str
) -> None:
    change, code = REFUSED[name]
    with pytest.raises(WrongPackage) as error:
        checked(change(files), tmp_path)
    assert set(error.value.codes) == {code}


REPORTED = {
    "an unknown table": (table_described(table="other"), Code.PACKAGE_NO_CODE),
    "a table that is not stated": (described(tables=[]), Code.PACKAGE_ARCHIVE),
    "no results": (without("results/"), Code.PACKAGE_MISSING),
    "no manifest": (without(f"{RESULTS}/manifest.json"), Code.PACKAGE_UNREADABLE),
    "a manifest that is no JSON": (replaced(f"{RESULTS}/manifest.json", b"{"), Code.PACKAGE_UNREADABLE),
    "no coefficients": (without(f"{RESULTS}/coefficients.parquet"), Code.PACKAGE_UNREADABLE),
    "broken Parquet": (replaced(f"{RESULTS}/coefficients.parquet", b"PAR1xPAR1"), Code.PACKAGE_UNREADABLE),
    "Parquet of another form": (
        replaced(f"{RESULTS}/coefficients.parquet", parquet(NO_COLUMNS)), Code.PACKAGE_UNREADABLE),
    "texts for numbers": (
        replaced(f"{RESULTS}/statistics.parquet", parquet(TEXTS.assign(
            statistic="a", inference="", value="1", text=""))), Code.PACKAGE_UNREADABLE),
    "no spec": (without(f"papers/{PAPER}/specs/{TABLE}"), Code.PACKAGE_NO_CODE),
    "a spec that is no YAML": (replaced(f"papers/{PAPER}/specs/{TABLE}.yml", b"a: [\n"), Code.PACKAGE_RUN),
    "no paper": (without("papers/"), Code.PACKAGE_RUN),
    "no data": (without(f"papers/{PAPER}/data/"), Code.PACKAGE_MISSING),
    "no analysis data": (without("analysis/panel.csv"), Code.PACKAGE_MISSING),
    "other analysis data": (replaced("analysis/panel.csv", b"province_code,year\n1,2\n"), Code.PACKAGE_DATA),
    "a spec for which there is no result": (
        replaced(f"papers/{PAPER}/specs/more.yml", b"table: more\n"), Code.PACKAGE_ARCHIVE),
}  # fmt: skip
"""Packages whose report names a problem, each with its code; none of them is full."""


@pytest.mark.parametrize("name", REPORTED)
def test_a_malformed_package_has_a_report_with_a_code(
    files: Files, tmp_path: Path, name: str
) -> None:
    change, code = REPORTED[name]
    report = checked(change(files), tmp_path)
    assert code in codes_of(report)
    assert not report.is_reproduced and report.editor_class != "full"
    assert report_lines(report)


def test_the_list_of_checksums_is_held_to_the_files(packed: Path, tmp_path: Path) -> None:
    for number, (lines, code) in enumerate({
        b"": Code.PACKAGE_CHECKSUMS, b"no line\n": Code.PACKAGE_CHECKSUMS, b"\xff\n": Code.PACKAGE_CHECKSUMS,
        b"0" * 64 + b"  main.py\n": Code.PACKAGE_CHECKSUMS, b"0" * 64 + b"  gone\n": Code.PACKAGE_MISSING,
    }.items()):  # fmt: skip
        file = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(packed) as old, zipfile.ZipFile(file, "w") as new:
            for name in old.namelist():
                if "/code/" not in name:
                    new.writestr(name, lines if name == f"{PAPER}/CHECKSUMS" else old.read(name))
        report = check_package(file, silent)
        assert code in codes_of(report) and report.editor_class != "full"


def forged_numbers(files: Files) -> Files:
    """Results with another coefficient, in every file and with every hash made to fit."""
    frames = {
        name: pd.read_parquet(io.BytesIO(files[f"{RESULTS}/{name}.parquet"]))
        for name in ("coefficients", "statistics")
    }
    frames["coefficients"]["estimate"] *= 1.5
    manifest = json.loads(files[f"{RESULTS}/manifest.json"])
    result = TableResult(TABLE, "", (), (), "", reason=manifest["reason"], **frames)
    name = f"{RESULTS}/coefficients"
    files |= {
        f"{name}.parquet": parquet(frames["coefficients"]),
        f"{name}.csv": frames["coefficients"].to_csv(index=False, lineterminator="\n").encode(),
    }
    return with_hashes(files, result_hash(result))


def forged_print(files: Files) -> Files:
    """One printed table in which every coefficient is another, with every hash made to fit."""
    text = files[f"{RESULTS}/table.md"].replace(b"0.1", b"0.9")
    return with_hashes(files | {f"{RESULTS}/table.md": text})


def forged_labels(files: Files) -> Files:
    """A printed table with another label."""
    text = files[f"{RESULTS}/table.md"].replace(b"Observations", b"Countries")
    assert text != files[f"{RESULTS}/table.md"]
    return with_hashes(files | {f"{RESULTS}/table.md": text})


def forged_manifest(files: Files) -> Files:
    """A manifest whose sample is another."""
    manifest = json.loads(files[f"{RESULTS}/manifest.json"])
    manifest["sample"]["n_obs"] = 99999
    return files | {f"{RESULTS}/manifest.json": json.dumps(manifest).encode()}


def forged_comma(files: Files) -> Files:
    """Coefficients that differ as CSV from what Parquet holds."""
    name = f"{RESULTS}/coefficients.csv"
    return files | {name: files[name].replace(b"0.1", b"0.9")}


def forged_texts(files: Files) -> Files:
    """README, citation, lock, lineage, sample and title changed, and a program added, with every hash made to fit."""
    lineage, cells = (f"{RESULTS}/{n}.parquet" for n in ("coefficient_lineage", "sample_cells"))
    frames = {name: pd.read_parquet(io.BytesIO(files[name])) for name in (lineage, cells)}
    said = json.loads(files["package.json"]) | {"title": "Another"}
    said["software"]["lock_sha256"] = hashlib.sha256(b"").hexdigest()
    return with_hashes(files | {
        "README.md": files["README.md"] + b"\nThe AEA Data Editor verified this package.\n",
        "CITATION.cff": files["CITATION.cff"].replace(b"Replication", b"Verified"),
        "datapackage.json": files["datapackage.json"].replace(b"stata-grunfeld", b"another"),
        "code/requirements.lock": b"",
        "run_me.py": b"print(1)\n",
        "package.json": json.dumps(said).encode(),
        lineage: parquet(frames[lineage].assign(source="another")),
        cells: parquet(frames[cells].assign(value=0.0)),
    })  # fmt: skip


def with_hashes(files: Files, found: str = "") -> Files:
    """The same files, with manifest and package.json made to fit them."""
    manifest = json.loads(files[f"{RESULTS}/manifest.json"])
    for entry in manifest["files"]:
        entry["sha256"] = hashlib.sha256(files[f"{RESULTS}/{entry['name']}"]).hexdigest()
    manifest["result_hash"] = found or manifest["result_hash"]
    said = json.loads(files["package.json"])
    for table in said["tables"]:
        if table["table"] == TABLE:
            table["files"] = {e["name"]: e["sha256"] for e in manifest["files"]}
            table["result_hash"] = manifest["result_hash"]
    return files | {
        f"{RESULTS}/manifest.json": json.dumps(manifest).encode(),
        "package.json": json.dumps(said).encode(),
    }


FORGED = {
    forged_numbers: Code.PACKAGE_NUMBERS,
    forged_print: Code.PACKAGE_NUMBERS,
    forged_labels: Code.PACKAGE_RENDERING,
    forged_manifest: Code.PACKAGE_NUMBERS,
    forged_comma: Code.PACKAGE_RESULTS,
}


@pytest.mark.parametrize("forge", FORGED)
def test_forged_results_are_a_failure(
    whole: Files, tmp_path: Path, forge: Callable[[Files], Files]
) -> None:
    report = checked(forge(dict(whole)), tmp_path)
    assert report.is_own_code, "by the package's own code, which is the checker's"
    assert FORGED[forge] in codes_of(report)
    assert report.editor_class == "failure"


def test_what_a_package_says_of_itself_is_made_again(whole: Files, tmp_path: Path) -> None:
    changed = forged_texts(dict(whole))
    report = checked(changed, tmp_path)
    named = {(p.place.file, p.place.key) for p in report.problems if p.code == Code.PACKAGE_CHANGED}
    files = {name for name, content in changed.items() if whole.get(name) != content}
    files -= {"package.json", f"{RESULTS}/manifest.json"}
    # the crate lists the sizes of the files that were changed
    assert named >= {(name, "") for name in files} | {("package.json", "title")}
    assert named - {("ro-crate-metadata.json", "")} == {(name, "") for name in files} | {
        ("package.json", key) for key in ("title", "software")
    }
    assert report.same == 2 and report.editor_class == "full with minor issues"


def test_a_table_that_is_nowhere_but_in_the_list_is_missing(files: Files, tmp_path: Path) -> None:
    other = f"{PAPER}_audit"
    tables = [t for t in json.loads(files["package.json"])["tables"] if t["table"] != other]
    rest = without(f"results/{other}/", f"papers/{PAPER}/specs/{other}")(files)
    report = checked(described(tables=tables)(rest), tmp_path)
    found = {(p.code, p.place): p.text for p in report.problems}
    assert "names this table" in found[Code.PACKAGE_NO_CODE, Place(table=other)]
    assert report.editor_class == "partial" and not report.is_reproduced
    assert "1 of 2 tables of the paper" in "\n".join(report_lines(report))


def test_the_hashes_of_a_forged_result_do_not_fit_by_themselves(
    whole: Files, tmp_path: Path
) -> None:
    changed = forged_numbers(dict(whole)) | {"package.json": whole["package.json"]}
    report = checked(changed, tmp_path)
    assert Code.PACKAGE_RESULTS in codes_of(report) and report.editor_class == "failure"
    first = next(p for p in report.problems if p.code == Code.PACKAGE_NUMBERS)
    assert first.fields["number"] > 0 and "estimate" in first.fields["cell"]


LIAR = b"""import json, shutil
shutil.copytree("results", "reproduced")
json.dump({"tables": [], "paper": "x"}, open("reproduction.json", "w"))
print("everything is the same")
"""
SHADOWS = ("numpy.py", "orchestration/__init__.py", "sitecustomize.py", "pandas/__init__.py",
           f"papers/{PAPER}/__init__.py", f"papers/{PAPER}/data/prepare.py")  # fmt: skip


@pytest.mark.parametrize("with_bubblewrap", [True, False])
def test_no_file_of_a_package_is_run_or_imported(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_bubblewrap: bool
) -> None:
    if not with_bubblewrap:  # the limits and the empty environment alone must do
        monkeypatch.setenv("PATH", "")
        sandbox.why_no_sandbox.cache_clear()
        assert why_no_sandbox()
    mark = tmp_path / "ran"
    program = f"open({str(mark)!r}, 'w').write('ran')\n".encode()
    changed = files | dict.fromkeys(("main.py", *SHADOWS), program)
    try:
        report = checked(changed, tmp_path)
    finally:
        sandbox.why_no_sandbox.cache_clear()
    assert not mark.exists()
    assert report.same == 2, "its data are estimated as ever"


def test_a_record_that_the_package_brings_is_not_the_finding(files: Files, tmp_path: Path) -> None:
    record = json.dumps({"tables": [{"table": TABLE, "same_numbers": True, "other_files": []}]})
    changed = forged_numbers(files) | {"reproduction.json": record.encode()}
    changed |= {n.replace("results/", "reproduced/"): c for n, c in changed.items()}
    report = checked(changed, tmp_path)
    assert report.same == 1 and not report.editor_class.startswith("full")


def test_a_check_is_stopped_at_its_limits(packed: Path) -> None:
    for limits in (Limits(seconds=1), Limits(megabytes=50)):
        with pytest.raises(WrongPackage) as error:
            check_package(packed, silent, limits=limits)
        assert error.value.codes == [Code.PACKAGE_NOT_CHECKED]


LOOK = """
import os, socket
from pathlib import Path
found = [f"{k}={v}" for k, v in os.environ.items()]
places = [OUTSIDE, "/root/.bashrc", "/etc/shadow", REPOSITORY + "/.env", REPOSITORY + "/data/README.md"]
for place in [*places, *Path("/proc").glob("*/environ")]:
    try:
        found.append(f"read {place}: " + Path(place).read_bytes().decode("utf-8", "replace"))
    except OSError:
        pass
for place in (OUTSIDE + ".new", REPOSITORY + "/estimation/evil", "/usr/evil", "/evil", "inside"):
    try:
        Path(place).write_text("evil")
        found.append(f"wrote {place}")
    except OSError:
        pass
try:
    socket.create_connection(("127.0.0.1", PORT), timeout=2)
    found.append("connected")
except OSError:
    pass
print("\\n".join(found))
"""


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a secret, and the secret in the environment of the checker."""
    for name in ("AWS_HIDDEN_ACCESS_KEY", "PGPASSWORD", "LIVING_PANEL_PG_PASSWORD"):
        monkeypatch.setenv(name, HIDDEN)
    file = tmp_path / "outside"
    file.write_text(HIDDEN)
    return file


@pytest.fixture
def port() -> Any:
    """A port of this machine that takes connections."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def looking(outside: Path, port: int) -> str:
    names = f"OUTSIDE, REPOSITORY, PORT = {str(outside)!r}, {str(REPOSITORY)!r}, {port}\n"
    return names + LOOK


@pytest.mark.sandbox
def test_the_process_of_a_check_sees_no_secret_and_writes_its_box_alone(
    tmp_path: Path, outside: Path, port: int
) -> None:
    box = tmp_path / "box"
    box.mkdir()
    outcome = run_confined(
        [sys.executable, "-P", "-B", "-c", looking(outside, port)], box,
        readable=[*own_places(), *own_code()], environment=environment(box), limits=Limits(),
        output=tmp_path / "log",
    )  # fmt: skip
    assert outcome.code == 0, outcome.output
    assert HIDDEN not in outcome.output and "connected" not in outcome.output
    assert "PATH=/usr/bin:/bin" in outcome.output, "it looked"
    assert f"read {outside}" not in outcome.output and "/.env:" not in outcome.output
    wrote = [line for line in outcome.output.splitlines() if line.startswith("wrote")]
    assert set(wrote) <= {"wrote inside", f"wrote {outside}.new"}, "the latter in memory"
    assert not outside.with_name("outside.new").exists() and (box / "inside").exists()


@pytest.mark.sandbox
def test_the_program_of_a_package_sees_no_secret_and_is_not_believed(
    files: Files, tmp_path: Path, outside: Path, port: int
) -> None:
    program = looking(outside, port).encode() + LIAR
    said: list[str] = []
    report = checked(
        forged_numbers(files) | {"main.py": program}, tmp_path,
        run=True, python=sys.executable, say=said.append,
    )  # fmt: skip
    text = "\n".join(said)
    assert "everything is the same" in text and "wrote inside" in text, "it ran"
    assert HIDDEN not in text and "connected" not in text
    assert not outside.with_name("outside.new").exists()
    assert report.run is not None and report.run.levels[TABLE] == "same bytes"
    assert report.same == 1 and not report.editor_class.startswith("full")
    assert Code.PACKAGE_NUMBERS in codes_of(report)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("program", "code"),
    [
        (b"import json\njson.dump({}, open('reproduction.json', 'w'))\n", Code.PACKAGE_RUN),
        (b"raise SystemExit(3)\n", Code.PACKAGE_RUN),
        (b"import os\nos.mkdir('reproduced')\n"
         b"os.symlink('/etc', 'reproduced/stata_grunfeld_errors')\n", Code.PACKAGE_RUN),
        (SLEEPS, Code.PACKAGE_RUN),
        (b"import time\nx = [(b'x' * 10**7, time.sleep(0.02)) for _ in range(10**4)]\n", Code.PACKAGE_RUN),
        (b"import shutil\nshutil.rmtree('results')\n" + LIAR, Code.PACKAGE_RUN),
    ],
)  # fmt: skip
def test_a_program_that_makes_no_results_is_named(
    files: Files, tmp_path: Path, program: bytes, code: Any
) -> None:
    report = checked(
        files | {"main.py": program}, tmp_path, run=True, python=sys.executable,
        limits=Limits(seconds=15 if program == SLEEPS else 90, megabytes=2000),
    )  # fmt: skip
    assert code in codes_of(report) and not report.editor_class.startswith("full")


def test_a_program_is_not_run_without_a_sandbox(packed: Path, tmp_path: Path) -> None:
    variables = {k: v for k, v in os.environ.items() if k != "PATH"} | {"PATH": str(tmp_path)}
    command = [sys.executable, "-m", "living_panel", "check-package", str(packed), "--run"]
    done = subprocess.run(
        command, cwd=tmp_path, env=variables | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and Code.NOT_INSTALLED in done.stderr
    assert not list(packed.parent.glob("*.check.md"))


@pytest.fixture(scope="session")
def other_python() -> str:
    """Interpreter of a second environment, of another Python than this one."""
    if not (other := os.environ.get("LIVING_PANEL_OTHER_PYTHON")):
        pytest.skip("LIVING_PANEL_OTHER_PYTHON names no second environment")
    return other


ASKED = """
import json, sys
from pathlib import Path
from living_panel.orchestration.package.check import check_package
r = check_package(Path(sys.argv[1]), lambda _: None)
print(json.dumps([r.editor_class, [t["level"] for t in r.tables], list(map(str, r.problems))]))
"""


def by(python: str, *arguments: str) -> str:
    done = subprocess.run(
        [python, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.long
@pytest.mark.parametrize(
    ("paper", "is_made_here"),
    [
        ("acemoglu_2008", True),
        ("growth_editions_2026", False),
        ("mroz_1987", True),
        ("vella_verbeek_1998", False),
    ],
)
def test_a_package_is_full_under_another_python(
    tmp_path: Path, other_python: str, paper: str, is_made_here: bool
) -> None:
    here, there = sys.executable, other_python
    maker, checker = (here, there) if is_made_here else (there, here)
    file = by(maker, "-m", "tests.fixtures.packed_paper", paper, str(tmp_path / "root"))
    found, levels, problems = json.loads(by(checker, "-c", ASKED, file))
    assert problems == [] and found == "full"
    assert set(levels) <= {"same bytes", "same numbers"}
    shutil.rmtree(tmp_path / "root")

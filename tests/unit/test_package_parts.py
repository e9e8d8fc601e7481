"""Parts of a replication package: archive, scan, facts, rules, lock, main file."""

from __future__ import annotations

import hashlib
import io
import json
import random
import struct
import sys
import tracemalloc
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.package.archive import other_bytes, unpack, write_archive
from living_panel.estimation.package.csv_file import csv_bytes, without_formulas
from living_panel.estimation.package.data_release import (
    NAME,
    changes,
    newest_package,
    other_formats,
    stata,
)
from living_panel.estimation.package.description import (
    Description,
    File,
    PackageTable,
    SourceDescription,
    seeds_of,
)
from living_panel.estimation.package.facts import (
    PackageFacts,
    SourceFacts,
    WrongPackage,
    open_facts,
    read_facts,
    state_facts,
)
from living_panel.estimation.package.readme import data_readme, readme
from living_panel.estimation.package.rules import editor_class, standard
from living_panel.estimation.package.sandbox import Outcome
from living_panel.estimation.package.scan import scan
from living_panel.estimation.package.stability import shuffled
from living_panel.estimation.panel.canonical import content_hash
from living_panel.estimation.tables.result import (
    COEFFICIENT_COLUMNS,
    coefficient_frame,
    statistic_frame,
)
from living_panel.ingestion.storage import inbox
from living_panel.orchestration.package import main_file
from living_panel.orchestration.package.check import Report
from living_panel.orchestration.package.describe import archived_sources
from living_panel.orchestration.package.running import RunRecord, read_lock
from living_panel.orchestration.root.settings import Settings
from tests.fixtures.landed import land
from tests.unit.release_fixture import PROVINCES, YEARS, tiny_release

REPOSITORY = Path(__file__).resolve().parents[2]
PANEL = b"province_code,year,x\nA,2001,1\nA,2002,2\n"
WHOLE = {"main.py": b"x = 1\n", "analysis/panel.csv": PANEL, "code/empty/__init__.py": b""}


def found(files: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(f.level, f.problem.code) for f in scan(files)]


def test_the_scan_is_silent_on_a_whole_package() -> None:
    assert found(WHOLE) == []


@pytest.mark.parametrize(
    ("name", "content", "level", "code"),
    [
        ("papers/p/specs/a.yml", b"data: /home/me/panel.csv\n", "error", Code.SCAN_PORTABLE),
        ("results/a/n.md", rb"made in C:\Users\me", "error", Code.SCAN_PORTABLE),
        ("papers/p/make.py", b"import numpy as np\nr = np.random.default_rng()\n", "error", Code.SCAN_RANDOM),
        ("papers/p/make.py", b"import random\nrandom.shuffle(x)\n", "error", Code.SCAN_RANDOM),
        ("analysis/panel.csv", PANEL + b"A,2002,3\n", "error", Code.SCAN_RANDOM),
        ("papers/p/copy.csv", PANEL, "warning", Code.SCAN_FILES),
        ("papers/p/none.csv", b"", "warning", Code.SCAN_FILES),
        ("papers/p/who.csv", b"unit,email\nA,\n", "warning", Code.SCAN_FILES),
        ("data/archive/s/x.csv", b"note\nask jane.doe@example.org\n", "warning", Code.SCAN_FILES),
    ],
)  # fmt: skip
def test_the_scan_finds(name: str, content: bytes, level: str, code: Any) -> None:
    assert (level, code) in found(WHOLE | {name: content})


def test_a_seeded_draw_and_an_address_of_the_web_are_no_findings() -> None:
    seeded = b"import numpy as np\nr = np.random.default_rng(1)\nr.normal()\n"
    page = b"see https://example.org/home/data and ./home/x\n"
    assert found(WHOLE | {"papers/p/make.py": seeded, "README.md": page}) == []


def test_a_package_without_a_main_file_is_an_error() -> None:
    assert ("error", Code.PACKAGE_NO_CODE) in found({"analysis/panel.csv": PANEL})


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    first = write_archive(tmp_path / "a.zip", "p", WHOLE)
    second = write_archive(tmp_path / "b.zip", "p", dict(reversed(WHOLE.items())))
    assert first == second == hashlib.sha256((tmp_path / "b.zip").read_bytes()).hexdigest()


def test_an_unpacked_package_is_as_its_checksums_say_until_a_byte_changes(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.zip", "p", WHOLE)
    folder = unpack(tmp_path / "a.zip", tmp_path / "there")
    assert not list(other_bytes(folder))
    (folder / "analysis" / "panel.csv").write_bytes(PANEL.replace(b"2\n", b"3\n"))
    (folder / "main.py").unlink()
    (folder / "more.txt").write_text("new")
    assert {(p.code, p.place.file) for p in other_bytes(folder)} == {
        (Code.PACKAGE_CHECKSUMS, "analysis/panel.csv"),
        (Code.PACKAGE_MISSING, "main.py"),
        (Code.PACKAGE_CHECKSUMS, "more.txt"),
    }


def test_an_archive_is_unpacked_without_its_top_folder_and_in_blocks(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(24 * 1024**2)
    write_archive(tmp_path / "a.zip", "p", WHOLE | {"noise.bin": noise})
    tracemalloc.start()
    folder = unpack(tmp_path / "a.zip", tmp_path / "there")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 1024**2, "a file is not held in memory whole"
    assert folder == tmp_path / "there" and (folder / "noise.bin").read_bytes() == noise


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """A zip file of members as given, without any check."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two members of one name
        for name, content in members:
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def linked(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o120777 << 16
    return member


def with_flag(content: bytes, bits: int) -> bytes:
    """The same archive, whose one member says that it is encrypted or has another encoding."""
    changed = bytearray(content)
    changed[content.index(b"PK\x01\x02") + 8] |= bits & 0xFF
    changed[content.index(b"PK\x01\x02") + 9] |= bits >> 8
    changed[content.index(b"PK\x03\x04") + 6] |= bits & 0xFF
    return bytes(changed)


def later_version(content: bytes) -> bytes:
    changed = bytearray(content)
    changed[content.index(b"PK\x01\x02") + 6] = 0xFF
    return bytes(changed)


def overlapping() -> bytes:
    """An archive in which a hundred members share the bytes of one."""
    content = zipped(("p/a", bytes(10**6)))
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entries = b"".join(
        content[start:end].replace(b"p/a", f"p/{number:x}".encode()) for number in range(16)
    )
    tail = bytearray(content[end:])
    tail[8:10] = tail[10:12] = struct.pack("<H", 16)
    tail[12:16] = struct.pack("<L", len(entries))
    return content[:start] + entries + bytes(tail)


ONE = zipped(("p/a", b"x" * 100))
MALFORMED = {
    "no archive": (b"no archive", Code.PACKAGE_ARCHIVE),
    "an empty file": (b"", Code.PACKAGE_ARCHIVE),
    "cut": (ONE[:-30], Code.PACKAGE_ARCHIVE),
    "cut in the middle": (ONE[: len(ONE) // 2], Code.PACKAGE_ARCHIVE),
    "a wrong sum of a member": (ONE.replace(b"PK\x01\x02", b"PK\x01\x02", 1).replace(
        ONE[14:18], bytes(4)), Code.PACKAGE_ARCHIVE),
    "a later version of the format": (later_version(ONE), Code.PACKAGE_ARCHIVE),
    "an unknown compression": (ONE.replace(b"\x08\x00", b"\x61\x00"), Code.PACKAGE_ARCHIVE),
    "no member": (zipped(), Code.PACKAGE_ARCHIVE),
    "two folders": (zipped(("p/a", b""), ("q/a", b"")), Code.PACKAGE_ARCHIVE),
    "no folder": (zipped(("a", b"")), Code.PACKAGE_ARCHIVE),
    "a way out": (zipped(("../evil", b"x")), Code.PACKAGE_ARCHIVE),
    "a way out from inside": (zipped(("p/../../evil", b"x")), Code.PACKAGE_ARCHIVE),
    "an absolute name": (zipped(("/etc/evil", b"x")), Code.PACKAGE_ARCHIVE),
    "a name of Windows": (zipped(("p/C:evil", b"x")), Code.PACKAGE_ARCHIVE),
    "a backslash": (zipped(("p/..\\evil", b"x")), Code.PACKAGE_ARCHIVE),
    "a symbolic link": (zipped((linked("p/link"), b"/etc/passwd")), Code.PACKAGE_ARCHIVE),
    "an encrypted member": (with_flag(ONE, 1), Code.PACKAGE_ARCHIVE),
    "a name twice": (zipped(("p/a", b"1"), ("p/a", b"2")), Code.PACKAGE_ARCHIVE),
    "a name twice but for its case": (zipped(("p/a", b"1"), ("p/A", b"2")), Code.PACKAGE_ARCHIVE),
    "a file and a folder of one name": (zipped(("p/a", b"1"), ("p/a/b", b"2")), Code.PACKAGE_ARCHIVE),
    "a long name": (zipped((f"p/{'x' * 300}", b"")), Code.PACKAGE_ARCHIVE),
    "a control character": (zipped(("p/a\x1b[2J", b"")), Code.PACKAGE_ARCHIVE),
    "a name that is no UTF-8": (
        with_flag(zipped(("p/aa", b"x")), 0x800).replace(b"p/aa", b"p/\xff\xfe"), Code.PACKAGE_ARCHIVE),
    "bytes without an encoding": (zipped(("p/aa", b"x")).replace(b"p/aa", b"p/\xff\xfe"), Code.PACKAGE_ARCHIVE),
    "a bomb": (zipped(("p/a", bytes(10**8))), Code.PACKAGE_ARCHIVE),
    "members that share bytes": (overlapping(), Code.PACKAGE_ARCHIVE),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_archive_has_a_code_and_leaves_nothing_outside(
    tmp_path: Path, name: str
) -> None:
    content, code = MALFORMED[name]
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(WrongPackage) as error:
        unpack(tmp_path / "a.zip", tmp_path / "there" / "deep")
    assert error.value.codes == [code]
    assert {p.name for p in tmp_path.iterdir()} <= {"a.zip", "there"}
    assert sum(p.stat().st_size for p in tmp_path.rglob("*") if p.is_file()) < 10**6


def test_an_archive_of_too_many_files_and_one_that_is_not_there_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("living_panel.estimation.package.archive.MOST_FILES", 1)
    (tmp_path / "a.zip").write_bytes(zipped(("p/a", b""), ("p/b", b"")))
    for file, code in (("a.zip", Code.PACKAGE_ARCHIVE), ("b.zip", Code.PACKAGE_ARCHIVE)):
        with pytest.raises(WrongPackage) as error:
            unpack(tmp_path / file, tmp_path / "there")
        assert error.value.codes == [code]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("numpy==2.4.6 \\\n    --hash=sha256:" + "a" * 64 + " \\\n    --hash=sha256:" + "b" * 64, []),
        ("# why\nuv==0.9 ; python_version < '3.12' --hash=sha256:" + "a" * 64, []),
        ("numpy==2.4.6", [1]),  # no hash
        ("numpy>=2 --hash=sha256:" + "a" * 64, [1]),
        ("\n--index-url https://example.org", [2]),
        ("-r other.txt", [1]),
        ("-e .", [1]),
        ("evil @ https://example.org/evil.whl --hash=sha256:" + "a" * 64, [1]),
        ("./evil.whl --hash=sha256:" + "a" * 64, [1]),
        ("numpy==1 --hash=sha256:" + "a" * 64 + " --config-settings=x", [1]),
    ],
)  # fmt: skip
def test_a_lock_holds_pinned_requirements_with_hashes_alone(
    tmp_path: Path, text: str, lines: list[int]
) -> None:
    (tmp_path / "lock").write_text(text)
    if not lines:
        assert "\\" not in read_lock(tmp_path / "lock")
        return
    with pytest.raises(WrongPackage) as error:
        read_lock(tmp_path / "lock")
    assert [(p.code, p.place.line) for p in error.value.problems] == [
        (Code.PACKAGE_ARCHIVE, line) for line in lines
    ]


def test_the_lock_of_this_program_is_one() -> None:
    assert read_lock(REPOSITORY / "requirements.lock").count("==") > 50


def test_files_that_no_reader_takes_are_findings_of_the_scan(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_bytes(b"def (:\n")
    (tmp_path / "deep.py").write_text("x = " + "(" * 5000)
    (tmp_path / "panel.csv").write_bytes(b"\xff\xfe")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    for name, place, code in (
        ("papers/p/bad.py", "bad.py", Code.SCAN_PORTABLE),
        ("papers/p/deep.py", "deep.py", Code.SCAN_PORTABLE),
        ("analysis/panel.csv", "panel.csv", Code.SCAN_PORTABLE),
        ("analysis/panel.csv", "other.csv", Code.SCAN_PORTABLE),
    ):
        findings = scan({"main.py": tmp_path / "other.csv", name: tmp_path / place})
        assert code in {f.problem.code for f in findings}, place


def test_facts_are_open_until_the_author_states_them(tmp_path: Path) -> None:
    assert {p.fields["key"] for p in open_facts(read_facts(tmp_path))} == {
        "contact", "doi", "repository", "licence", "rights_to_use", "rights_to_publish",
    }  # fmt: skip
    state_facts(tmp_path, PackageFacts(), {"licence": "CC-BY-4.0", "rights_to_use": "yes"})
    again = read_facts(tmp_path)
    assert again.licence == "CC-BY-4.0" and again.rights_to_use is True
    assert {p.fields["key"] for p in open_facts(again)} == {
        "contact", "doi", "repository", "rights_to_publish",
    }  # fmt: skip


def test_an_unknown_fact_is_refused_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "package.yml").write_text("license: MIT\n")
    with pytest.raises(WrongPackage) as error:
        read_facts(tmp_path)
    assert error.value.codes == [Code.PACKAGE_FACTS]
    assert error.value.problems[0].place.key == "license"


def described(**facts: Any) -> dict[str, Any]:
    source = {"name": "s", "access": "open", "cost": "none", "time": "a day", "citation": "S (2020)",
              "licence": "", "files": [{"name": "raw.csv", "provided": True}]}  # fmt: skip
    measure = {"name": "x", "label": "X", "unit": "1", "allowed": "0 to 1"}
    return {
        "facts": PackageFacts().model_dump(mode="json") | facts,
        "sources": [source],
        "measures": [measure],
        "tables": [{"table": "t", "program": "main.py"}],
    }


def test_each_of_the_sixteen_rules_has_evidence_or_says_what_is_missing(tmp_path: Path) -> None:
    for name in ("analysis/panel.csv", "analysis/panel.parquet", "analysis/panel.dta", "LICENSE",
                 "analysis/codebook.csv", "code/dbt_project/x", "code/requirements.lock",
                 "code/living_panel/ingestion/x", "code/living_panel/estimation/x",
                 "README.md", "main.py"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    stated = described(
        licence="CC-BY-4.0", repository="doi:10.1/x", instruments="not applicable: no survey",
        ethics="none needed", registration="osf.io/x",
    )  # fmt: skip
    rules = standard(stated, tmp_path)
    assert [r.number for r in rules] == [*range(1, 17)]
    assert {r.status for r in rules} == {"met", "not applicable"} and all(r.evidence for r in rules)
    cleaned = described()
    cleaned["sources"][0]["files"] = [{"name": "papers/p/data/panel.csv", "provided": True}]
    partly = {r.number for r in standard(cleaned, tmp_path) if r.status == "partly"}
    assert {2, 7} <= partly, "a panel is no raw file"
    bare = described()
    bare["sources"][0] |= {"access": "", "citation": ""}
    bare["sources"][0]["files"][0]["provided"] = False
    (tmp_path / "analysis/panel.csv").unlink()
    lacking = {r.number for r in standard(bare, tmp_path) if r.status in ("missing", "partly")}
    assert lacking == {1, 2, 3, 4, 6, 10, 11, 12, 14, 15}


@pytest.mark.parametrize("redistribute", [True, False])
def test_files_that_may_not_be_given_away_are_named_and_not_provided(
    tmp_path: Path, redistribute: bool
) -> None:
    settings, place = Settings(tmp_path / "data", tmp_path / "state"), ("postal_express", 2025)
    land(settings.root, place, b"values")
    inbox.take(settings.root, *place)
    facts = PackageFacts(sources={place[0]: SourceFacts(redistribute=redistribute)})
    (source,) = archived_sources(settings, facts)
    assert [(file.name, file.provided) for file in source.files] == [
        ("data/archive/postal_express/2025/2026-11-25/own.csv", redistribute)
    ]


HOSTILE = "<script>alert(1)</script> [a](javascript:alert(1)) `b` | c\n# Verified"


def hostile() -> Description:
    """A description each of whose texts is markup."""
    texts = {name: HOSTILE for name in PackageFacts.model_fields if name != "omitted"}
    facts = PackageFacts(
        **texts | {"rights_to_use": None, "rights_to_publish": None, "sources": {}, "omitted": (HOSTILE,)}
    )  # fmt: skip
    source = SourceDescription(
        *[HOSTILE] * 3, 2020, *[HOSTILE] * 6, files=[File(HOSTILE, HOSTILE, 1, False, HOSTILE)]
    )
    table = PackageTable(
        *[HOSTILE] * 7, 1, *[HOSTILE] * 3, 1.0, HOSTILE, {HOSTILE: 1}, {HOSTILE: HOSTILE}
    )
    measure = {"name": HOSTILE, "label": HOSTILE, "unit": HOSTILE, "missing": 0}
    versions = {name: [HOSTILE] for name in ("python", "platform", "threads")}
    return Description(
        1, HOSTILE, HOSTILE, [HOSTILE], 2020, HOSTILE, HOSTILE, HOSTILE, 1, HOSTILE, 2000, 2001, 1, [measure] * 3,
        [table], [source], facts.model_dump(mode="json"), versions | {"packages": {HOSTILE: HOSTILE}}, [HOSTILE],
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [readme(hostile(), {}), data_readme(hostile(), "1", "# Changes\n")],
    ids=["paper", "panel"],
)
def test_no_text_of_a_field_is_markup_in_the_readme(text: str) -> None:
    assert "alert(1)" in text
    assert "<script" not in text and "](javascript" not in text and "\n# Verified" not in text
    rows = [line for line in text.splitlines() if line.startswith("| Citation")]
    assert all(line.count("|") - line.count(r"\|") == 3 for line in rows)


def test_no_cell_of_a_packages_csv_is_a_formula() -> None:
    formulas = [
        '=HYPERLINK("http://a")',
        "@sum(a1)",
        "+1+2",
        "-2+3+cmd|' /C calc'!A0",
        "\t=1",
        "-a1",
    ]
    texts = [
        "-3.91 (<0.001)",
        "-0.5 to -0.1; empty where there is no value",
        "-",
        "-1e-05",
        "a=b",
        "",
    ]
    frame = pd.DataFrame({"=1+1": [*formulas, *texts], "value": -1.5e-05})
    stored = pd.read_csv(io.BytesIO(csv_bytes(frame)), dtype="str", keep_default_na=False)
    assert [*stored.columns] == ["'=1+1", "value"]
    assert [*stored["'=1+1"]] == [*(f"'{text}" for text in formulas), *texts]
    assert set(stored["value"]) == {"-1.5e-05"}
    assert without_formulas(PANEL) is PANEL


@pytest.mark.parametrize(
    ("same", "number", "minor", "contradicts", "said"),
    [(4, 4, 0, False, "full"), (4, 4, 1, False, "full with minor issues"), (3, 4, 0, False, "partial"),
     (1, 4, 0, False, "partial"), (0, 4, 0, False, "failure"), (0, 0, 0, False, "failure"),
     (3, 4, 0, True, "failure"), (4, 4, 0, True, "failure")],
)  # fmt: skip
def test_the_class_is_the_editors(
    same: int, number: int, minor: int, contradicts: bool, said: str
) -> None:
    assert editor_class(same, number, minor, contradicts=contradicts) == said


def test_a_table_is_the_same_where_both_programs_say_so() -> None:
    """The checker's own code, and the package's program where that ran."""
    levels = {"a": "same numbers", "b": "same bytes", "c": "same numbers", "d": "other numbers"}
    tables = [
        {"table": name, "level": level, "contradicts": False} for name, level in levels.items()
    ]
    alone = Report({}, tables, None, [], [], [], {}, [], True, 1.0)
    assert (alone.same, alone.is_reproduced) == (3, True)
    ran = RunRecord(
        Outcome(0, "", 1.0, 9, ""), {"a": "same bytes", "b": "other numbers", "d": "same bytes"}
    )
    both = replace(alone, run=ran)
    assert both.same == 1, "of `c` its program left no output"


def test_the_lock_of_a_run_keeps_what_runs_and_leaves_out_what_tests() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    kept = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    assert {"numpy", "dagster", "dbt-duckdb", "rocrate", "uv"} <= kept
    assert not {"pytest", "ruff", "mypy", "moto", "playwright", "pyspark"} & kept


def test_rows_in_another_order_are_the_same_rows() -> None:
    release = tiny_release(x={(p, y): 1.0 + y for p in PROVINCES for y in YEARS})
    mixed = shuffled(release)
    assert not mixed.panel.index.equals(release.panel.index)
    pd.testing.assert_frame_equal(mixed.panel.sort_index(), release.panel)


@pytest.mark.long
def test_the_main_file_compares_by_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_file, "HERE", tmp_path)
    monkeypatch.setattr(main_file, "CODE", REPOSITORY)
    made, stated = tmp_path / "data" / "artifacts" / "t" / "a1", tmp_path / "results" / "t"
    for folder, value in ((made, 0.5), (stated, 0.5 + 1e-10)):
        folder.mkdir(parents=True)
        rows = [dict.fromkeys(COEFFICIENT_COLUMNS[3:-1], value) | {"model": "m", "term": "x"}]
        coefficient_frame(rows).to_parquet(folder / "coefficients.parquet")
        statistic_frame([]).to_parquet(folder / "statistics.parquet")
        (folder / "manifest.json").write_text("{}")
    (tmp_path / "data" / "state").mkdir()
    listed = [{"table_id": "t", "artifact_id": "a1"}]
    (tmp_path / "data" / "state" / "current.json").write_text(json.dumps(listed))
    assert main_file.compare("t", sys.executable)["level"] == "same numbers"
    (stated / "table.md").write_text("0.500")
    (made / "table.md").write_text("0.600")
    other = main_file.compare("t", sys.executable)
    assert (other["level"], other["cells"][0]["statistic"]) == ("different", "table.md:1")
    assert main_file.compare("u", sys.executable)["level"] == "no result"


def test_every_seed_is_named_with_its_place() -> None:
    from living_panel.estimation.panel.spec import PAPERS, load_spec

    spec = load_spec(PAPERS / "bi_2025" / "specs" / "t04_baseline.yml")
    seeds = dict(seeds_of(spec))
    assert seeds and all(place.startswith("options.") for place in seeds)


def test_the_changes_between_two_panels_count_cells_by_measure() -> None:
    old = "province_code,year,x,y\nA,2001,1,\nA,2002,2,5\n"
    new = "province_code,year,x,z\nA,2001,1,7\nA,2002,3,\nA,2003,4,8\n"
    assert list(changes(old, new)) == [
        "`x`: 1 values added, 1 revised, 0 taken out",
        "`y`: 0 values added, 0 revised, 1 taken out",
        "`z`: 2 values added, 0 revised, 0 taken out",
    ]
    assert not list(changes(old, old))


def test_the_newest_data_release_is_that_of_the_largest_number(tmp_path: Path) -> None:
    for name in ("2025.2", "2026.9", "2026.10"):
        (tmp_path / f"{NAME}-{name}.zip").touch()
    (tmp_path / "munnell_1990-0.zip").touch()
    assert newest_package(tmp_path) == tmp_path / f"{NAME}-2026.10.zip"
    assert newest_package(tmp_path / "none") is None


def test_stata_gets_a_numeric_unit_with_labels() -> None:
    titles = pd.DataFrame({"measure": ["fdi_cny_100m"], "title": ["FDI"], "unit": ["yuan"]})
    release = replace(tiny_release(), indicators=titles)
    panel = release.panel.reset_index()
    content = stata(panel, release)
    assert content == stata(panel, release)
    with pd.read_stata(io.BytesIO(content), iterator=True) as reader:
        read = reader.read(convert_categoricals=False)
        labels, said = reader.value_labels(), reader.variable_labels()
    assert not read.duplicated(["province_id", "year"]).any()
    assert [*labels.values()][0][1] == "Beijing (110000)"
    assert said["fdi_cny_100m"] == "FDI, yuan"


def test_a_data_release_holds_the_same_panel_in_each_format(tmp_path: Path) -> None:
    release = tiny_release()
    release = replace(release, indicators=release.indicators.assign(unit="yuan"))
    panel, folder = release.panel.reset_index(), tmp_path / "analysis"
    folder.mkdir()
    panel.to_parquet(folder / "panel.parquet", index=False)
    (folder / "panel.csv").write_bytes(csv_bytes(panel))
    (folder / "panel.dta").write_bytes(stata(panel, release))
    with duckdb.connect(str(folder / "panel.duckdb")) as connection:
        connection.register("given", panel)
        connection.execute("create table panel as from given")
    stated = {"content": content_hash(panel)}
    assert [*other_formats(tmp_path, stated)] == []
    (folder / "panel.csv").write_bytes(csv_bytes(panel.assign(fdi_cny_100m=1.0)))
    (problem,) = other_formats(tmp_path, stated)
    assert (problem.code, problem.place.file) == (Code.PACKAGE_NUMBERS, "analysis/panel.csv")

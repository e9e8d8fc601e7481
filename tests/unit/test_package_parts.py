"""Parts of a replication package: archive, scan, facts, rules, lock, main file."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from orchestration.package import codes, main_file
from orchestration.package.archive import other_bytes, unpack, write_archive
from orchestration.package.contents import runtime_lock
from orchestration.package.description import seeds_of
from orchestration.package.facts import (
    PackageFacts,
    WrongPackage,
    open_facts,
    read_facts,
    state_facts,
)
from orchestration.package.rules import editor_class, standard
from orchestration.package.scan import scan
from orchestration.package.stability import shuffled
from orchestration.package.warehouse import NAME, changes, newest_package, stata
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
        ("papers/p/specs/a.yml", b"data: /home/me/panel.csv\n", "error", codes.ABSOLUTE_PATH),
        ("results/a/n.md", rb"made in C:\Users\me", "error", codes.ABSOLUTE_PATH),
        ("papers/p/make.py", b"import numpy as np\nr = np.random.default_rng()\n", "error", codes.NO_SEED),
        ("papers/p/make.py", b"import random\nrandom.shuffle(x)\n", "error", codes.NO_SEED),
        ("analysis/panel.csv", PANEL + b"A,2002,3\n", "error", codes.TIES),
        ("papers/p/copy.csv", PANEL, "warning", codes.DUPLICATE),
        ("papers/p/none.csv", b"", "warning", codes.EMPTY),
        ("papers/p/who.csv", b"unit,email\nA,\n", "warning", codes.PERSONAL),
        ("data/archive/s/x.csv", b"note\nask jane.doe@example.org\n", "warning", codes.PERSONAL),
    ],
)  # fmt: skip
def test_the_scan_finds(name: str, content: bytes, level: str, code: Any) -> None:
    assert (level, code.name) in found(WHOLE | {name: content})


def test_a_seeded_draw_and_an_address_of_the_web_are_no_findings() -> None:
    seeded = b"import numpy as np\nr = np.random.default_rng(1)\nr.normal()\n"
    page = b"see https://example.org/home/data and ./home/x\n"
    assert found(WHOLE | {"papers/p/make.py": seeded, "README.md": page}) == []


def test_a_package_without_a_main_file_is_an_error() -> None:
    assert ("error", codes.NO_MAIN_FILE.name) in found({"analysis/panel.csv": PANEL})


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
        (codes.OTHER_BYTES.name, "analysis/panel.csv"),
        (codes.NOT_THERE.name, "main.py"),
        (codes.NOT_LISTED.name, "more.txt"),
    }


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "p/../../evil"])
def test_an_archive_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(WrongPackage) as error:
        unpack(tmp_path / "a.zip", tmp_path / "there")
    assert error.value.codes == [codes.UNSAFE_NAME.name]
    assert not (tmp_path / "there").exists()


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no archive")
    with pytest.raises(WrongPackage) as error:
        unpack(tmp_path / "a.zip", tmp_path / "there")
    assert error.value.codes == [codes.UNREADABLE.name]


def test_an_archive_for_a_later_version_of_its_format_or_with_a_password_is_refused(
    tmp_path: Path,
) -> None:
    write_archive(tmp_path / "a.zip", "p", WHOLE)
    content = (tmp_path / "a.zip").read_bytes()
    entry = content.index(b"PK\x01\x02")
    header = content.index(b"PK\x03\x04")
    later, locked = bytearray(content), bytearray(content)
    later[entry + 6] = 0xFF  # version that is needed to extract
    for flags in (entry + 8, header + 6):
        locked[flags] |= 1
    for number, changed in enumerate((later, locked)):
        (tmp_path / "b.zip").write_bytes(changed)
        with pytest.raises(WrongPackage) as error:
            unpack(tmp_path / "b.zip", tmp_path / f"there{number}")
        assert error.value.codes == [codes.UNREADABLE.name]


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
    assert error.value.codes == [codes.FACTS_FORM.name]
    assert error.value.problems[0].place.key == "license"


def described(**facts: Any) -> dict[str, Any]:
    source = {"name": "s", "access": "open", "cost": "none", "time": "a day", "citation": "S (2020)",
              "licence": "", "files": [{"name": "raw.csv", "provided": True}]}  # fmt: skip
    measure = {"name": "x", "label": "X", "unit": "1", "allowed": "0 to 1"}
    return {
        "facts": PackageFacts().model_dump(mode="json") | facts, "sources": [source], "measures": [measure],
        "tables": [{"table": "t", "program": "main.py"}],
    }  # fmt: skip


def test_each_of_the_sixteen_rules_has_evidence_or_says_what_is_missing(tmp_path: Path) -> None:
    for name in ("analysis/panel.csv", "analysis/panel.parquet", "analysis/panel.dta", "LICENSE",
                 "analysis/codebook.csv", "code/ingestion/x", "code/dbt_project/x", "code/estimation/x",
                 "code/requirements.lock", "README.md", "main.py"):  # fmt: skip
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


@pytest.mark.parametrize(
    ("same", "number", "other_bytes", "said"),
    [(4, 4, 0, "full"), (4, 4, 1, "full with minor issues"), (3, 4, 0, "full with minor issues"),
     (2, 4, 0, "partial"), (0, 4, 0, "failure"), (0, 0, 0, "failure")],
)  # fmt: skip
def test_the_class_is_the_editors(same: int, number: int, other_bytes: int, said: str) -> None:
    assert editor_class(same, number, other_bytes, errors=0) == said


def test_the_lock_of_a_package_keeps_what_runs_and_leaves_out_what_tests() -> None:
    whole = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    kept = {line.split("==")[0] for line in runtime_lock(whole).splitlines() if "==" in line}
    assert {"numpy", "dagster", "dbt-duckdb", "rocrate", "uv"} <= kept
    assert not {"pytest", "ruff", "mypy", "moto", "playwright"} & kept
    assert "--hash=sha256:" in runtime_lock(whole)


def test_rows_in_another_order_are_the_same_rows() -> None:
    release = tiny_release(x={(p, y): 1.0 + y for p in PROVINCES for y in YEARS})
    mixed = shuffled(release)
    assert not mixed.panel.index.equals(release.panel.index)
    pd.testing.assert_frame_equal(mixed.panel.sort_index(), release.panel)


def test_the_main_file_says_which_numbers_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main_file, "HERE", tmp_path)
    folder = tmp_path / "data" / "artifacts" / "t" / "a1"
    folder.mkdir(parents=True)
    (tmp_path / "data" / "state").mkdir()
    listed = [{"table_id": "t", "artifact_id": "a1"}]
    (tmp_path / "data" / "state" / "current.json").write_text(json.dumps(listed))
    (folder / "manifest.json").write_text(json.dumps({"result_hash": "1"}))
    (folder / "table.md").write_text("new")
    same = main_file.compare({"table": "t", "result_hash": "1", "files": {"table.md": "0"}})
    assert same["same_numbers"] and same["other_files"] == ["table.md"]
    assert not main_file.compare({"table": "t", "result_hash": "2", "files": {}})["same_numbers"]
    lost = main_file.compare({"table": "u", "result_hash": "2", "files": {}})
    assert lost["found"] is None and not lost["same_numbers"]


def test_every_seed_is_named_with_its_place() -> None:
    from estimation.panel.spec import PAPERS, load_spec

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

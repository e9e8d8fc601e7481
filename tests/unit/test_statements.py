"""Modules are parsed once for all processes: what is kept, and when it is not believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from living_panel.orchestration.root import made, statements

SOURCE = "from living_panel.estimation.inner import rate\nimport numpy\n\nprice = 2 * rate\n"
FILE = "statements.json"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where results are kept."""
    monkeypatch.setattr(made, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    return tmp_path / "kept"


@pytest.fixture
def parsed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Call it as a new process would: returns the statements, and how many files were parsed."""
    calls: list[bytes] = []
    parse, before = statements._parse, statements.KEPT

    def counted(source: bytes) -> statements.Statements:
        calls.append(source)
        return parse(source)

    monkeypatch.setattr(statements, "_parse", counted)

    def of(source: str = SOURCE) -> tuple[statements.Statements, int]:
        path = tmp_path / "module.py"
        path.write_text(source, encoding="utf-8")
        kept = made.MadeByCode(FILE, before.made_by, before.is_current)
        monkeypatch.setattr(statements, "KEPT", kept)
        statements.statements_of.cache_clear()
        calls.clear()
        found = statements.statements_of(path)
        kept.write()
        return found, len(calls)

    yield of
    statements.statements_of.cache_clear()


def test_a_file_of_known_bytes_is_not_parsed_again(parsed) -> None:
    first, parses = parsed()
    assert (first.imports, parses) == (
        ["living_panel.estimation.inner", "living_panel.estimation.inner.rate"],
        1,
    )
    assert parsed() == (first, 0)


def test_a_changed_file_is_parsed_again(parsed) -> None:
    first, _ = parsed()
    second, parses = parsed(SOURCE.replace("2", "3"))
    assert parses == 1
    assert second.sha256 != first.sha256


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", '{"results": {}}', '{"made_by": "other", "results": 1}']
)
def test_what_is_not_of_this_parser_is_not_believed(parsed, folder: Path, kept: str) -> None:
    first, _ = parsed()
    (folder / FILE).write_text(kept, encoding="utf-8")
    assert parsed() == (first, 1)
    assert parsed() == (first, 0)


def test_files_that_are_gone_are_forgotten(parsed, folder: Path) -> None:
    parsed()
    content = json.loads((folder / FILE).read_bytes())
    content["results"]["/gone.py"] = ["", ["", []]]
    (folder / FILE).write_text(json.dumps(content), encoding="utf-8")
    parsed(SOURCE.replace("2", "3"))
    held = json.loads((folder / FILE).read_bytes())["results"]
    assert [Path(path).name for path in held] == ["module.py"]


def test_a_copy_of_the_code_knows_what_was_read_of_it(monkeypatch, tmp_path: Path) -> None:
    module = Path(statements.__file__).resolve()
    name = made.name_of_file(module)
    assert name == "orchestration/root/statements.py" and made.is_there(name)
    copy = tmp_path / "copy"
    monkeypatch.setattr(made, "REPOSITORY", copy)
    assert made.name_of_file(module) == str(module)
    assert made.name_of_file(copy / name) == name
    assert not made.is_there(name)


def test_a_folder_that_cannot_be_written_keeps_nothing(parsed, folder: Path) -> None:
    folder.write_text("a file, where the folder would be", encoding="utf-8")
    assert parsed()[1] == 1
    assert parsed()[1] == 1

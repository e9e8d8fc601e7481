"""Modules are parsed once for all processes: what is kept, and when it is not believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestration.root import statements

SOURCE = "from estimation.inner import rate\nimport numpy\n\nprice = 2 * rate\n"


@pytest.fixture
def parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Call it as a new process would: returns the statements, and how many files were parsed."""
    monkeypatch.setattr(statements, "KEPT", tmp_path / "kept" / "statements.json")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    calls: list[bytes] = []
    parse = statements._parse

    def counted(source: bytes) -> statements.Statements:
        calls.append(source)
        return parse(source)

    monkeypatch.setattr(statements, "_parse", counted)

    def of(source: str = SOURCE) -> tuple[statements.Statements, int]:
        path = tmp_path / "module.py"
        path.write_text(source, encoding="utf-8")
        statements.statements_of.cache_clear()
        statements._kept.cache_clear()
        calls.clear()
        found = statements.statements_of(path)
        statements._keep()
        return found, len(calls)

    yield of
    statements.atexit.unregister(statements._keep)
    statements.statements_of.cache_clear()
    statements._kept.cache_clear()


def test_a_file_of_known_bytes_is_not_parsed_again(parsed) -> None:
    first, parses = parsed()
    assert (first.imports, parses) == (["estimation.inner", "estimation.inner.rate"], 1)
    assert parsed() == (first, 0)


def test_a_changed_file_is_parsed_again(parsed) -> None:
    first, _ = parsed()
    second, parses = parsed(SOURCE.replace("2", "3"))
    assert parses == 1
    assert second.sha256 != first.sha256


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", '{"files": {}}', '{"parser": "other", "files": 1}']
)
def test_what_is_not_of_this_parser_is_not_believed(parsed, kept: str) -> None:
    first, _ = parsed()
    statements.KEPT.write_text(kept, encoding="utf-8")
    assert parsed() == (first, 1)
    assert parsed() == (first, 0)


def test_files_that_are_gone_are_forgotten(parsed) -> None:
    parsed()
    content = json.loads(statements.KEPT.read_bytes())
    content["files"]["/gone.py"] = ["", "", []]
    statements.KEPT.write_text(json.dumps(content), encoding="utf-8")
    parsed(SOURCE.replace("2", "3"))
    assert [Path(p).name for p in json.loads(statements.KEPT.read_bytes())["files"]] == [
        "module.py"
    ]


def test_a_folder_that_cannot_be_written_keeps_nothing(parsed, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file, where the folder would be", encoding="utf-8")
    assert parsed()[1] == 1
    assert parsed()[1] == 1

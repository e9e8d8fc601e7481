"""Results that need not be made again: believed by what they were made from, whole or not at all."""

from __future__ import annotations

from multiprocessing import get_context
from pathlib import Path

import pytest

from living_panel.orchestration.root.made import Made, made_in


def test_a_result_is_that_of_its_name_and_of_what_it_was_made_from(tmp_path: Path) -> None:
    made = made_in(tmp_path, "drafts")
    assert made.get("t04", "a1") is None
    made.put({"t04": ("a1", {"rows": 3}), "t05": ("b2", None)})
    made.put({"t04": ("a2", {"rows": 4})})
    assert made.get("t04", "a1") is None and made.get("t04", "a2") == {"rows": 4}
    assert made.read() == {"t04": ("a2", {"rows": 4}), "t05": ("b2", None)}
    made.drop("t04")
    made.drop("t04")
    assert [*made.read()] == ["t05"]
    made.replace({"t06": ("c3", 1)})
    assert [*made.read()] == ["t06"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"made_by": "", "results": {"t04": "a1"}}', '{"results": {}}']
)
def test_a_file_of_another_form_holds_nothing_and_is_written_anew(
    tmp_path: Path, content: str
) -> None:
    made = Made(tmp_path / "made.json")
    made.path.write_text(content, encoding="utf-8")
    assert made.get("t04", "a1") is None
    made.put({"t04": ("a1", 1)})
    assert made.get("t04", "a1") == 1


def test_results_of_another_version_of_their_maker_are_none(tmp_path: Path) -> None:
    Made(tmp_path / "made.json", "one").put({"t04": ("a1", 1)})
    assert Made(tmp_path / "made.json", "two").read() == {}


def _put(path: Path, number: int) -> None:
    Made(path).put({str(number): ("", number)})


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path, begin = tmp_path / "made.json", get_context("fork")
    writers = [begin.Process(target=_put, args=(path, number)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(Made(path).read()) == [str(number) for number in range(8)]

"""Layout files that cannot be used: each by its code, and by the key where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from living_panel.codes import Code
from living_panel.ingestion.formats.layouts import LayoutError, aliases_of, read_layout
from tests.refusals import refuses

COLUMN = {"label": "地区生产总值", "header": ["地区生产总值"], "year": -1}
LAYOUT = {
    "source": "statistical_yearbook",
    "editions": [2023],
    "titles": ["地区生产总值"],
    "columns": [COLUMN],
}


def written(to: Path, **changed: object) -> Path:
    """A layout of one table with some keys otherwise; None leaves a key out."""
    content = {key: value for key, value in {**LAYOUT, **changed}.items() if value is not None}
    to.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return to


def test_the_unchanged_layout_is_read(tmp_path: Path) -> None:
    assert read_layout(written(tmp_path / "gdp.yml")).layout.covers(2023)


@pytest.mark.parametrize(
    ("changed", "code", "fields"),
    [
        ({"titles": None}, Code.LAYOUT_FORM, {}),
        ({"file": "gdp"}, Code.LAYOUT_FORM, {}),
        ({"editions": ["2018 to 2023"]}, Code.LAYOUT_FORM, {"entry": "2018 to 2023"}),
        ({"columns": [COLUMN | {"header": []}]}, Code.LAYOUT_FORM, {}),
        ({"regions": {"aliases": {"江两": "深圳"}}}, Code.LAYOUT_FORM,
         {"label": "江两", "name": "深圳"}),
        ({"regions": {"aliases": {"北京": "天津"}}}, Code.LAYOUT_FORM,
         {"label": "北京", "name": "天津"}),
        ({"columns": []}, Code.LAYOUT_FORM, {}),
        ({"colour": "red"}, Code.LAYOUT_FORM, {}),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named(tmp_path: Path, changed, code: Code, fields) -> None:
    file = written(tmp_path / "gdp.yml", **changed)
    with refuses(LayoutError, code, **fields) as caught:
        read_layout(file)
    place = caught.value.problems[0].place
    assert place.file == str(file)
    assert place.key.startswith([*changed][0]) or code is Code.LAYOUT_FORM


def test_what_is_no_readable_file_is_named(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "gdp.yml").mkdir()
    with refuses(LayoutError, Code.LAYOUT_FORM):
        read_layout(tmp_path / "gdp.yml")
    broken = tmp_path / "broken.yml"
    broken.write_text("source: [", encoding="utf-8")
    with refuses(LayoutError, Code.LAYOUT_FORM):
        read_layout(broken)

    def denied(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    file = written(tmp_path / "other.yml")
    with monkeypatch.context() as changed:
        changed.setattr(Path, "read_text", denied)
        with refuses(LayoutError, Code.FILE_UNREADABLE, reason="Permission denied"):
            read_layout(file)


def test_one_spelling_is_one_province(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", str(tmp_path))
    written(tmp_path / "a.yml", regions={"aliases": {"江两": "江西"}})
    written(tmp_path / "b.yml", regions={"aliases": {"江两": "江苏"}})
    expected = {"label": "江两", "name": "江苏", "other": "江西"}
    with refuses(LayoutError, Code.LAYOUT_FORM, **expected) as caught:
        aliases_of("statistical_yearbook")
    assert caught.value.problems[0].place.file.endswith("b.yml")

"""A spec says everything: what is missing, unknown or misplaced is an error that names it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from estimation.panel.spec import SPEC_FOLDER, load_spec, load_specs
from estimation.tables.estimate import module_of

GOOD = {
    "table": "t99_example",
    "kind": "fixed_effects",
    "title": "Example",
    "question": "Is this read?",
    "variables": {
        "x": {"measures": ["gdp_cny_100m"], "label": "ln x", "log": True, "concept": "GDP"}
    },
    "options": {},
    "stars": {"*": 0.1},
}


def write(folder: Path, content: object, name: str = "t99_example.yml") -> Path:
    path = folder / name
    path.write_text(
        content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8"
    )
    return path


def test_a_complete_spec_is_read(tmp_path: Path) -> None:
    assert load_spec(write(tmp_path, GOOD)).variables["x"].measures == ["gdp_cny_100m"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"covariance": "clustered"}, "covariance: Extra inputs"),
        ({"title": None}, "title"),
        (
            {"variables": {"x": {"measures": [], "label": "x", "log": True, "concept": "c"}}},
            "measures",
        ),
        (
            {"variables": {"x": {"measures": ["a"], "label": "x", "concept": "c"}}},
            "variables.x.log",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, change: dict, words: str) -> None:
    path = write(tmp_path, GOOD | change)
    with pytest.raises(ValueError, match=words) as error:
        load_spec(path)
    assert str(path) in str(error.value)


def test_the_file_is_named_after_its_table(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name the file t99_example.yml"):
        load_spec(write(tmp_path, GOOD, "other.yml"))


def test_not_yaml_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not YAML"):
        load_spec(write(tmp_path, "table: [", "t99_example.yml"))


def test_identity_is_that_of_the_content_not_of_comments(tmp_path: Path) -> None:
    plain = load_spec(write(tmp_path, GOOD)).sha256
    text = "# a comment\n" + yaml.safe_dump(GOOD, sort_keys=False)
    assert load_spec(write(tmp_path, text)).sha256 == plain
    assert load_spec(write(tmp_path, GOOD | {"title": "Other"})).sha256 != plain


def test_every_spec_of_the_project_is_read_and_has_its_module() -> None:
    specs = load_specs()
    assert len(specs) == len(list(SPEC_FOLDER.glob("*.yml"))) > 0
    for spec in specs.values():
        assert hasattr(module_of(spec.kind), "estimate")

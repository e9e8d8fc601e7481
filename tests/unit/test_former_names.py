"""YAML of older versions is read: former names become today's, and each gives a warning."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from living_panel.estimation.panel.former_names import (
    current_content,
    former_names,
)
from living_panel.estimation.panel.spec import Spec, Variable, load_spec
from tests.paths import SPECS


def test_a_variable_is_read_with_its_former_key() -> None:
    written = {"measures": ["a", "b"], "label": "A", "log": True, "concept": "a"}
    assert Variable(**written, stands_in=["b"]) == Variable(**written, proxies=["b"])


def test_each_former_name_is_found_at_its_place() -> None:
    content = {"kind": "referee", "variables": {"ex": {"stands_in": ["x"]}}, "options": [{"a": 1}]}
    assert list(former_names(content)) == [
        (("kind",), "referee", "robustness"),
        (("variables", "ex", "stands_in"), "stands_in", "proxies"),
    ]


def test_units_and_clusters_of_older_specs_are_read_by_their_present_names() -> None:
    way = {"cov": "clustered", "cluster": ["province_code", "year"]}
    older = {"inference": [way], "blocks": [{"sample": {"provinces": "all"}}]}
    assert list(former_names(older)) == [
        (("inference", 0, "cluster"), "province_code", "unit"),
        (("blocks", 0, "sample", "provinces"), "provinces", "units"),
    ]
    current = current_content(older)
    assert current["inference"][0]["cluster"] == ["unit", "year"]
    assert current["blocks"][0]["sample"] == {"units": "all"}
    assert not list(former_names(current)) and older["blocks"][0]["sample"] == {"provinces": "all"}


def test_a_spec_of_an_older_version_is_the_same_spec_with_warnings(tmp_path: Path) -> None:
    today = SPECS / "x_proxies.yml"
    content = yaml.safe_load(today.read_text(encoding="utf-8"))
    content["kind"] = "stand_ins"
    content["options"]["stand_in"] = content["options"].pop("proxy")
    folder = tmp_path / "bi_2025" / "specs"
    folder.mkdir(parents=True)
    (tmp_path / "bi_2025" / "paper.yml").write_text((SPECS.parent / "paper.yml").read_text())
    (folder / today.name).write_text(yaml.safe_dump(content, allow_unicode=True))
    with pytest.warns(FutureWarning, match="is now 'prox"):
        spec = load_spec(folder / today.name)
    assert isinstance(spec, Spec) and spec.kind == "proxies"

"""YAML of older versions is read: former names become today's, and each gives a warning."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

import living_panel
from living_panel.estimation.findings.declared import load_findings
from living_panel.estimation.panel import codes
from living_panel.estimation.panel import former_names as names
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.former_names import (
    current_content,
    former_measures,
    former_names,
)
from living_panel.estimation.panel.spec import Spec, Variable, load_spec
from living_panel.estimation.papers import codes as paper_codes
from living_panel.estimation.papers.printed import read_paper
from tests.paths import SPECS
from tests.refusals import refuses


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


def test_a_renamed_measure_answers_to_its_former_name_in_specs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The spec and its identity are those of the name of today; each former name gives a warning with its code."""
    rows = tmp_path / "former_measures.csv"
    rows.write_text("former,measure,until\nfdi_before_cny_100m,fdi_cny_100m,0.6.0\n")
    folder = tmp_path / "bi_2025" / "specs"
    folder.mkdir(parents=True)
    for name in ("specs/t02_unit_roots.yml", "paper.yml"):
        text = (SPECS.parent / name).read_text(encoding="utf-8")
        assert "fdi_cny_100m" in text
        text = text.replace("fdi_cny_100m", "fdi_before_cny_100m")
        (tmp_path / "bi_2025" / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(names, "FORMER_MEASURES", rows)
    with pytest.warns(FutureWarning) as told:
        spec = load_spec(folder / "t02_unit_roots.yml")
    said = {str(warning.message) for warning in told}
    assert all(codes.FORMER_MEASURE.name in text and "0.6.0" in text for text in said)
    assert {Path(text.split(":")[0]).name for text in said} == {"paper.yml", "t02_unit_roots.yml"}
    assert "fdi_before" not in str(spec.model_dump())
    assert spec.sha256 == load_spec(SPECS / "t02_unit_roots.yml").sha256


def test_a_renamed_measure_answers_to_its_former_name_in_the_files_of_a_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the measures that printed numbers are compared with and in findings, whose versions stay valid."""
    measure, former = "fdi_cny_100m", "fdi_before_cny_100m"
    folder = tmp_path / "bi_2025"
    shutil.copytree(SPECS.parent, folder)
    rows = tmp_path / "former_measures.csv"
    rows.write_text(f"former,measure,until\n{former},{measure},0.6.0\n")
    monkeypatch.setattr(names, "FORMER_MEASURES", rows)
    today = read_paper(folder.name, tmp_path), load_findings(folder)
    for name in ("paper.yml", "findings.yml"):
        text = (folder / name).read_text(encoding="utf-8")
        assert measure in text
        (folder / name).write_text(text.replace(measure, former), encoding="utf-8")
    load_findings.cache_clear()
    with pytest.warns(FutureWarning) as told:
        found = read_paper(folder.name, tmp_path), load_findings(folder)
    assert found[0].variables == today[0].variables and found[1] == today[1]
    assert found[0].variables["fdi"].compare.measures == [measure]
    said = {str(warning.message) for warning in told}
    assert all(codes.FORMER_MEASURE.name in text and "0.6.0" in text for text in said)
    assert {Path(text.split(":")[0]).name for text in said} == {"paper.yml", "findings.yml"}


def test_a_version_of_choices_from_before_a_renaming_stays_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped versions name `fdi_cny_100m`; the file names the measure of today."""
    folder = tmp_path / "bi_2025"
    shutil.copytree(SPECS.parent, folder)
    file, shipped = folder / "findings.yml", load_findings(folder)
    renamed = file.read_text(encoding="utf-8").replace("fdi_cny_100m", "fdi_used_cny_100m")
    file.write_text(renamed, encoding="utf-8")
    load_findings.cache_clear()
    with refuses(InvalidSpec, paper_codes.CHANGED_CHOICES):
        load_findings(folder)
    rows = tmp_path / "former_measures.csv"
    rows.write_text("former,measure,until\nfdi_cny_100m,fdi_used_cny_100m,0.6.0\n")
    monkeypatch.setattr(names, "FORMER_MEASURES", rows)
    assert len(load_findings(folder)) == len(shipped)


def test_former_names_of_measures_leave_with_the_version_that_they_name() -> None:
    assert all(
        Version(living_panel.__version__) < Version(row.until) for row in former_measures().values()
    )

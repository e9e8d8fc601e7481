"""A paper written by somebody who read docs/papers.md and nothing else."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml

from living_panel.codes import Code
from living_panel.estimation.findings.declared import FILE as FINDINGS
from living_panel.estimation.findings.declared import load_findings
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PAPERS, load_spec, spec_files
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.tables.estimate import check_options, estimate
from living_panel.orchestration.assets.specs import readable
from living_panel.orchestration.commands import authoring
from living_panel.orchestration.commands.unknown_names import unknown_names
from living_panel.orchestration.root.settings import REPOSITORY, Settings
from living_panel.problems import Place
from tests.refusals import refuses
from tests.unit.release_fixture import PROVINCES, tiny_release

CLAIM = "id,place,kind,table,models,terms,statistic,values,relation,level,reference,label\n"
FILE = re.compile(r"<!-- file: (\S+) -->\n```yaml\n(.*?)```", re.DOTALL)


def written(folder: Path) -> Path:
    """The example of the documentation, file by file."""
    files = FILE.findall((REPOSITORY / "docs" / "papers.md").read_text(encoding="utf-8"))
    assert len(files) == 3
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "growth_2026"


def edited(path: Path, old: str, new: str) -> int:
    """Put one text in the place of another in a file, which need not be there; the line it begins on."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.fixture(scope="module")
def release() -> Release:
    years, draw = range(2010, 2016), np.random.default_rng(11)
    codes = [*PROVINCES, *(f"{n}0000" for n in range(41, 47))]
    made = tiny_release()
    index = [(code, year) for code in codes for year in years]
    wide = {
        m: dict(zip(index, np.exp(draw.normal(4, 0.5, len(index))), strict=True))
        for m in ("gdp_cny_100m", "fdi_cny_100m", "trade_cny_100m")
    }
    import pandas as pd

    panel = (
        pd.DataFrame(wide).rename_axis(["province_code", "year"]).assign(exports_cny_100m=np.nan)
    )
    places = pd.DataFrame(
        {"province_code": codes, "province": codes, "region_three": "East", "region_nbs": "East"}
    )
    return Release(**{**vars(made), "panel": panel, "provinces": places})


def test_the_example_is_estimated_as_it_stands(tmp_path: Path, release: Release) -> None:
    paper = written(tmp_path)
    path = paper / "specs" / "growth_2026_main.yml"
    spec = load_spec(path)
    check_options(spec, path)
    table = estimate(spec, release)
    assert table.status == "estimated" and table.figures_status == "proxy"
    found = table.coefficients.set_index(["model", "term", "inference"])["estimate"]
    # The second column by dummies, as anyone would check it.
    data = np.log(release.panel[["gdp_cny_100m", "fdi_cny_100m", "trade_cny_100m"]])
    y, fdi = data["gdp_cny_100m"], data["fdi_cny_100m"]
    x = np.column_stack([fdi, data["trade_cny_100m"] - y])
    dummies = [
        np.equal.outer(data.index.get_level_values(level), data.index.levels[level])
        for level in (0, 1)
    ]
    design = np.hstack([x, *(np.asarray(d, dtype=float) for d in dummies)])
    slope = np.linalg.lstsq(design, y.to_numpy(), rcond=None)[0][0]
    assert found["main.2", "fdi", "cr3:jackknife:t(G-1)"] == pytest.approx(slope)
    assert ("lagged.1", "fdi_lag", "cr3:jackknife:t(G-1)") in found.index
    assert load_paper("growth_2026", tmp_path).tables == {}
    (finding,) = load_findings(paper)
    assert len(finding.choices) == 2 and not list(unknown_names(paper, table, [spec.table]))


def test_a_fault_in_one_papers_yaml_stops_that_paper_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVING_PANEL_SPECS", str(tmp_path))
    settings = Settings(tmp_path / "data", tmp_path / "state")
    paper = written(tmp_path)
    file, *_ = authoring.new_paper("other_2026", tmp_path)
    edited(file, '["…"]', "[A. Reader]")
    edited(file, '"…"', '"Another"')
    specs, wrong = readable(settings)
    assert [s.table for s in specs] == ["growth_2026_main", "other_2026_first"] and not wrong
    edited(paper / "paper.yml", "  fdi: {label", "  fdi: {lable")
    specs, wrong = readable(settings)
    assert [s.table for s in specs] == ["other_2026_first"]
    problem = next(p for p in wrong["growth_2026_main"] if p.code == Code.SPEC_UNKNOWN_KEY)
    assert problem.place == Place(file=str(paper / "paper.yml"), line=9, key="roles.fdi.lable")
    assert problem.fields["choices"] == ["label"]


def test_a_scheme_of_regions_that_the_paper_declares_is_written_out_in_its_specs(
    tmp_path: Path,
) -> None:
    paper = shutil.copytree(PAPERS / "bi_2025", tmp_path / "bi_2025")
    spec = paper / "specs" / "t06_regions.yml"
    edited(spec, "region_three", "coast")
    with (paper / "paper.yml").open("a", encoding="utf-8") as file:
        file.write('\nregions: {coast: {Coast: ["310000"], Inland: ["410000"]}}\n')
    first = load_spec(spec).options["comparisons"][0]
    assert first["scheme"] == {"Coast": ["310000"], "Inland": ["410000"]}


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("findings.yml", "term: pcap, inf", "trem: pcap, inf",
         "findings.yml:8: 0.estimate.trem: this key is unknown"),
        ("findings.yml", "{table: productivity,", "{table: '9',", "column within of table 9 prints no pcap"),
        ("side_by_side.yml", "{pooled:", "{poold:", "side_by_side.yml: productivity: the paper prints no 'poold'"),
        ("side_by_side.yml", "productivity:", "'9':",
         "side_by_side.yml: 9: the paper prints no '9'. Fix: write one of"),
        ("side_by_side.yml", "models: {", "modles: {", "side_by_side.yml:3: productivity.modles: this key is unknown"),
        ("data/panel.csv", "AL,1971,29375", "AL,1971,29 375", "panel.csv:3: gross_state_product is not a number"),
        ("data/panel.csv", "AL,1971,29375", "AL,1971,inf", "panel.csv:3: gross_state_product is not a number"),
        ("data/panel.csv", "AL,1971,29375", "AL,197l,29375", "panel.csv:3: year is not one of the paper's years"),
        ("data/panel.csv", "AL,1971,29375", "XX,1971,29375", "panel.csv:3: units.csv does not list unit 'XX'"),
        ("data/panel.csv", "AL,1971,29375", "\n,,\nAL,197l,29375", "panel.csv:5: year is not one of"),
        ("data/panel.csv", "AL,1971,29375", "AL,1970,29375", "panel.csv:3: the file already has this unit and year"),
        ("data/panel.csv", "AL,1971,29375", "AL,197100000000,29375", "panel.csv:3: year is not one of"),
        ("data/panel.csv", "AL,1971,29375", "AL,1971,29375,1,2", "panel.csv: Expected 7 fields in line 3"),
        ("data/units.csv", "AL,Alabama,South", "AL,A,N\nAL,Alabama,South",
         "units.csv:3: the file already has this unit"),
        ("data/measures.csv", "public_capital,", "public_capital,x,y,z\npublic_capital,",
         "csv:4: the file already has this measure"),
        ("data/source.yml", "edition: 1990", "edition: first", "source.yml:2: edition: Input should be a valid"),
        ("data/measures.csv", "public_capital,Pub", "pub_capital,Pub", "pub_capital, public_capital"),
        ("data/units.csv", "unit,name,group", "unit,title,group",
         "units.csv:1: the header differs from the expected columns; it has unit, title, group. Fix"),
        ("data/units.csv", "AL,Alabama,South", "AL,,South", "units.csv:2: name: '' is not a text. Fix: correct"),
        ("data/source.yml", "edition: 1990", "editoin: 1990",
         "source.yml:1: edition: this required key is missing. Fix: write the key `edition`: Year of"),
        ("data/source.yml", "edition: 1990", "edition 1990", "source.yml:3: the file is not valid YAML"),
        ("printed/table_productivity.csv", "estimate,0.155", "estimate,o.155",
         "table_productivity.csv:2: estimate: 'o.155' is not a number as printed"),
        ("printed/table_productivity.csv", "0.155,0.017,,0.155", "0.156,0.017,,0.156", "proof-read the change"),
    ],
)  # fmt: skip
def test_a_fault_in_any_file_of_a_paper_stops_its_tables_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str, words: str
) -> None:
    monkeypatch.setenv("LIVING_PANEL_SPECS", str(tmp_path))
    shutil.copytree(PAPERS / "munnell_1990", tmp_path / "munnell_1990")
    written(tmp_path)
    edited(tmp_path / "munnell_1990" / file, old, new)
    specs, wrong = readable(Settings(tmp_path / "data", tmp_path / "state"))
    assert [s.table for s in specs] == ["growth_2026_main"]
    assert set(wrong) == {p.stem for p in (PAPERS / "munnell_1990" / "specs").glob("*.yml")}
    assert all(any(words in str(p) for p in problems) for problems in wrong.values()), wrong


def test_a_new_paper_is_published_once_its_title_and_authors_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVING_PANEL_SPECS", str(tmp_path))
    file, *_ = authoring.new_paper("own_2026", tmp_path)
    settings = Settings(tmp_path / "data", tmp_path / "state")
    for key in ("title", "authors"):
        specs, wrong = readable(settings)
        found = wrong["own_2026_first"]
        assert specs == [] and {p.code for p in found} == {Code.ANSWER}
        text = file.read_text(encoding="utf-8").splitlines()
        of_key = next(p for p in found if p.place.key == key)
        assert of_key.place.file == str(file) and of_key.place.line is not None
        assert text[of_key.place.line - 1].startswith(f"{key}: ")
        edited(
            file,
            *{"title": ('title: "…"', "title: Mine"), "authors": ('["…"]', "[A. Reader]")}[key],
        )
    specs, wrong = readable(settings)
    assert [s.table for s in specs] == ["own_2026_first"] and wrong == {}


def test_a_new_paper_proposes_a_finding_about_its_table(tmp_path: Path) -> None:
    """In comments, so that the author writes the claim; without the marks it names a stored number."""
    data = PAPERS / "munnell_1990" / "data" / "panel.csv"
    for name, file, model in (("panel_2026", None, "main.1"), ("states_2026", data, "first")):
        spec = load_spec(authoring.new_paper(name, tmp_path, data=file)[-1])
        path = tmp_path / name / FINDINGS
        assert load_findings(path.parent) == ()
        load_findings.cache_clear()
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(line.removeprefix("# ") for line in lines), encoding="utf-8")
        (finding,) = load_findings(path.parent)
        assert (finding.estimate.table, finding.estimate.model) == (spec.table, model)
        assert finding.estimate.term in spec.variables


def test_a_new_papers_name_is_held(tmp_path: Path) -> None:
    made = authoring.new_paper("own_2026", tmp_path)
    assert load_spec(made[-1]).table == "own_2026_first"
    for name in ("own_2026", "Own", "2026_own", "a b"):
        with pytest.raises(ValueError, match="(Fix|Remedy): "):
            authoring.new_paper(name, tmp_path)


def test_the_schema_for_editors_takes_every_shipped_spec_and_refuses_a_typo(tmp_path: Path) -> None:
    judges = {
        path.name: jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))
        for path in authoring.write_schemas(tmp_path)
    }
    judge = judges["spec.schema.json"]
    for path in spec_files(PAPERS):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert not list(judge.iter_errors(content)), path.name
    content["options"]["enterr"] = 1
    assert list(judge.iter_errors(content))
    judge = judges["paper.schema.json"]
    for path in PAPERS.glob("*/paper.yml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert not list(judge.iter_errors(content)), path
    content["sample"]["unitz"] = 1
    assert list(judge.iter_errors(content))
    assert set(judges) == {p.name for p in PAPERS.glob("*.schema.json")}
    for name in judges:
        stored, written_now = (folder / name for folder in (PAPERS, tmp_path))
        assert stored.read_text("utf-8") == written_now.read_text("utf-8"), "remedy: make docs"


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("paper.yml", "first_year: 2008", "first_yaer: 2008",
         "first_yaer: this key is unknown. Fix: write 'first_year'"),
        ("paper.yml", "tables: {}", 'regions: {ns: {North: ["110000"], South: ["110000"]}}\ntables: {}',
         "one scheme has 110000 in two regions"),
        ("paper.yml", "tables: {}", "tables: {'1': {title: x, content: regresion}}", "Fix: write 'regression'"),
        ("paper.yml", "tables: {}", "tables: {'1': {title: x, content: regression, covariance: clasical}}",
         "Fix: write 'classical'"),
        ("paper.yml", "tables: {}", "tables: {'1': {title: x, content: regression, groups_of: {table: '2', model: a}}}",
         "table 1 splits table 2 into groups, but the paper has no table 2"),
        ("claims.csv", "", f"{CLAIM}a,text,valeu,,,,,0.3,,,,\n", "claims.csv:2: kind: 'valeu' is not one of"),
        ("claims.csv", "", f"{CLAIM}a,text,trend,4,1;2,fdi,,,risng,,,\n", "claims.csv:2: relation: 'risng'"),
        ("claims.csv", "", f"{CLAIM}a,text,value,4,1,fdi,,0.3,,,,\n",
         "claims.csv: claim a: paper.yml does not list table '4'"),
        ("claims.csv", "", "id,place,kind\n",
         "claims.csv:1: the header differs from the expected columns; it has id, place, kind. "
         "Fix: write exactly this header: id,place,"),
        ("references.csv", "", "number,authors,more_authors,year,about,topics,place\n1,Tu,,ca 2018,,,p\n",
         "references.csv:2: year: 'ca 2018' is not a whole number. Fix: correct this cell"),
        ("references.csv", "", "number,authors,more_authors,year,about,topics,place\n1,Tu,,2018\n",
         "references.csv:2: the line does not have 7 cells"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_papers_own_files_is_named_with_its_line(
    tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    shutil.copytree(PAPERS / "innovation_2026", tmp_path / "innovation_2026")
    path = tmp_path / "innovation_2026" / file
    line = edited(path, old, new)
    with pytest.raises(ValueError, match="(Fix|Remedy): ") as error:
        load_paper("innovation_2026", tmp_path)
    assert words in str(error.value)
    assert f"{path}:" in str(error.value) and (not old or f":{line}:" in str(error.value))


@pytest.mark.parametrize(
    ("file", "old", "new", "at", "words"),
    [
        ("paper.yml", "measures: [gdp_cny_100m], log", "measures: [gdp_cny_100], log", "measures: [gdp_cny_100]",
         "roles.gdp.measures: the release has no measure 'gdp_cny_100'. Fix: write 'gdp_cny_100m'"),
        ("paper.yml", "authors: [A. Reader]", "authors: A. Reader", "authors: A. Reader", "authors: Input should be"),
        ("specs/growth_2026_main.yml", "units: all,", 'units: {without: ["99"]},', "",
         "the sample names unknown codes of units: 99. Fix: write codes of the release, such as"),
        ("specs/growth_2026_main.yml", "units: all,", "units: al,", "units: al,",
         "options.blocks.0.sample.units: 'al' is not one of all, paper. Fix: write 'all'."),
        ("specs/growth_2026_main.yml", "effects: both", "effects: bth", "effects: bth",
         "options.blocks.0.effects: 'bth' is not one of none, unit, time, both, random, between. Fix: write 'both'."),
    ],
)  # fmt: skip
def test_a_broken_draft_is_told_with_its_file_and_line_when_it_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: Release,
    file: str, old: str, new: str, at: str, words: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(authoring, "trial_release", lambda *_: release)
    paper = written(tmp_path)
    spec = paper / "specs" / "growth_2026_main.yml"
    settings = Settings(tmp_path / "data", tmp_path / "state")
    assert "Output on foreign direct investment" in authoring.try_spec(settings, spec)
    edited(paper / file, old, new)
    text = (paper / file).read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="(Fix|Remedy): ") as error:
        authoring.try_spec(settings, spec)
    line = f"{text[: text.index(at)].count(chr(10)) + 1}:" if at else ""
    assert str(error.value).startswith(f"{paper / file}:{line} ") and words in str(error.value)
    assert str(error.value).count("\n") == 0, "one fault, reported once"
    with refuses(ValueError, Code.SPEC_MISSING):
        authoring.try_spec(settings, spec.with_name("t04_baselines.yml"))

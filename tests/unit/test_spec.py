"""A spec says everything: what is missing, unknown or misplaced is an error that names it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.sample import units_of
from living_panel.estimation.panel.spec import (
    Without,
    load_spec,
    load_specs,
    spec_files,
    stored_spec,
)
from living_panel.estimation.tables.estimate import build, check_options, module_of
from living_panel.problems import problems_of
from tests.paths import some_specs
from tests.refusals import refuses
from tests.unit.reading import shipped
from tests.unit.release_fixture import tiny_release

X = {"measures": ["gdp_cny_100m"], "label": "ln x", "log": True, "concept": "GDP"}
GOOD = {
    "table": "t99_example",
    "kind": "fixed_effects",
    "title": "Example",
    "question": "Is this read?",
    "variables": {"x": X},
    "options": {},
    "stars": {"*": 0.1},
}


def write(folder: Path, content: object) -> Path:
    path = folder / "t99_example.yml"
    text = content if isinstance(content, str) else yaml.safe_dump(content)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_complete_spec_is_read(tmp_path: Path) -> None:
    assert load_spec(write(tmp_path, GOOD)).variables["x"].measures == ["gdp_cny_100m"]


@pytest.mark.parametrize(("written", "meant"), [("mesures", "measures"), ("lgo", "log")])
def test_an_unknown_key_is_compared_with_those_of_its_place(
    tmp_path: Path, written: str, meant: str
) -> None:
    """Other places have keys that are nearer, and the same word where it is allowed."""
    with refuses(InvalidSpec, Code.SPEC_UNKNOWN_KEY) as error:
        load_spec(write(tmp_path, GOOD | {"variables": {"x": X | {written: 1}}}))
    (found,) = [p for p in error.value.problems if p.code == Code.SPEC_UNKNOWN_KEY]
    assert found.fields["choices"] == [meant]


@pytest.mark.parametrize(
    ("content", "code", "key"),
    [
        (GOOD | {"covariance": "clustered"}, Code.SPEC_UNKNOWN_KEY, "covariance"),
        (GOOD | {"title": None}, Code.SPEC_VALUE, "title"),
        (GOOD | {"variables": {"x": X | {"measures": []}}}, Code.SPEC_VALUE, "variables.x.measures"),
        (GOOD | {"variables": {"x": {k: X[k] for k in X if k != "log"}}}, Code.SPEC_MISSING_KEY, "variables.x.log"),
        (GOOD | {"table": "t98_other"}, Code.SPEC_NAME, "table"),
        ([GOOD], Code.SPEC_YAML, "file"),
        ("table: a\nkind: b\ntable: c\n", Code.SPEC_YAML, ""),
        ("table: [", Code.SPEC_YAML, ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(
    tmp_path: Path, content: object, code: Code, key: str
) -> None:
    path = write(tmp_path, content)
    with refuses(ValueError, code) as error:
        load_spec(path)
    (problem,) = problems_of(error.value)
    assert (problem.place.file, problem.place.key) == (str(path), key)
    assert code != Code.SPEC_YAML or "table: c" not in str(content) or problem.place.line == 3


def edited(folder: Path, table: str, old: str, new: str) -> tuple[Path, int]:
    """A shipped spec with one text replaced, and the line it stands on."""
    path = some_specs(folder, table) / f"{table}.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path, text[: text.index(old)].count("\n") + 1


BASE = "t04_baseline"


def test_variables_of_a_paper_are_a_list_of_its_roles(tmp_path: Path) -> None:
    path = some_specs(tmp_path, BASE) / f"{BASE}.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(content | {"variables": "ex"}), encoding="utf-8")
    with refuses(ValueError, Code.SPEC_VALUE) as error:
        load_spec(path)
    assert problems_of(error.value)[0].place.key == "variables"


@pytest.mark.parametrize(
    ("old", "new", "code", "fields"),
    [
        ("last_year: 2018", "last_year: 1990", Code.SPEC_VALUE, {"last": 1990}),
        ("&nothing {method: none}", "&nothing {method: none, years: {fdi: [2010]}}",
         Code.SPEC_OPTIONS, {}),
        ("&nothing {method: none}", "&nothing {method: linear}",
         Code.SPEC_OPTIONS, {"method": "linear"}),
    ],
)  # fmt: skip
def test_a_sample_that_contradicts_itself_is_named(
    tmp_path: Path, old: str, new: str, code: Code, fields: dict
) -> None:
    path, _ = edited(tmp_path, BASE, old, new)
    with pytest.raises(ValueError) as error:
        check_options(load_spec(path), path)
    first = problems_of(error.value)[0]
    assert first.code == code and fields.items() <= first.fields.items()
    assert first.place.file == str(path) and first.place.line


@pytest.mark.parametrize(
    ("table", "old", "new", "words"),
    [
        (BASE, "enter: &all [fdi, ce, lab", "enter: &all [fdi, cee, lab",
         "options.blocks.0.enter.1: this table has no variable 'cee'. Fix: write 'ce'"),
        (BASE, "enter: &all [fdi, ce, lab", "enter: &all [fdi, ce, ex", "'ex' is already in this regression"),
        (BASE, "enter: &all [fdi, ce, lab", "enter: &all [fdi, ce, fdi", "'fdi' is already in this regression"),
        (BASE, "omitted: {roles: [", "omitted: {roles: [fdi, ", "fdi has no control in addition to the first variable"),
        ("x_robustness", "{id: per_head", "{id: real", "id 'real' is already used"),
        (BASE, "dependent: ex\n", "dependent: exx\n", "this table has no variable 'exx'. Fix: write 'ex'"),
        (BASE, "&nothing {method: none}", "&nothing {method: linear, years: {edu: [2020]}}",
         "this table does not use 'edu'"),
        (BASE, "printed: {paper: bi_2025", "printed: {paper: munnell_1990",
         "options.printed.paper: 'munnell_1990' is not the paper of this folder. Fix: write 'bi_"),
        (BASE, 'table: "4"', 'table: "44"',
         "options.printed.table: paper.yml lists no printed table '44'. Fix: write '4'"),
        (BASE, "&nothing {method: none}", "&nothing {method: non}", "Fix: write 'none'"),
        ("x_curve", "breaks_of: [fdi]", "breaks_of: [fdii]", "this table has no variable 'fdii'"),
        ("x_curve", "none: {method: none}", "none: {method: linear, years: {labour: [2019]}}", "does not use 'labour'"),
        ("t07_synergy", "pair: [fdi, ce]", "pair: [fdi, cee]", "Fix: write 'ce'"),
        ("x_proxies", "proxy: trade", "proxy: trad", "Fix: write 'trade'"),
        (BASE, "model: headline.7, term", "model: headlin.7, term", "exact.0: headlin.7 is not a column of this"),
        (BASE, "minimum_coverage: 1", "minimum_covrage: 1", "Fix: write 'minimum_coverage'"),
        (BASE, "last_year: 2018", "last_year: newst", "'newst' is not one of newest. Fix: write 'newest'"),
        (BASE, "units: paper", "units: [110000]", 'Fix: write it in quotes: "110000"'),
    ],
)  # fmt: skip
def test_what_is_wrong_under_options_is_named_with_its_line(
    tmp_path: Path, table: str, old: str, new: str, words: str
) -> None:
    path, line = edited(tmp_path, table, old, new)
    with pytest.raises(ValueError, match="(Fix|Remedy): ") as error:
        check_options(load_spec(path), path)
    assert f"{path}:{line}: options." in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        ("t04_baseline", {"primary": "clustered:reghdfe:t(G-1)"}, "options.primary is 'clustered"),
        ("t06_regions", {"primary": "clustered:reghdfe:t(G-1)"}, "options.primary is 'clustered"),
        ("t06_regions", {"beside": {"unheard": "none"}}, "`inference` does not list unheard"),
        ("t07_synergy", {"influence": "unheard"}, "`inference` does not list unheard"),
        ("x_robustness", {"errors": "unheard"}, "`inference` does not list unheard"),
        ("x_robustness", {"errors": None}, "options.errors is 'wild_cluster"),
    ],
)
def test_stars_are_earned_by_one_inference_and_every_way_named_is_there(
    table: str, change: dict, words: str
) -> None:
    with pytest.raises(ValueError, match=f"^{table}: .*{words}"):
        build(shipped(table, **change), tiny_release())


def test_variables_are_those_of_the_paper_and_what_the_table_has_otherwise(tmp_path: Path) -> None:
    specs = some_specs(tmp_path, "t04_baseline", "x_curve")
    plain = load_spec(specs / "t04_baseline.yml")
    assert plain.paper == "bi_2025"
    assert plain.variables["ce"].measures[0] == "express_international_cny_100m"
    other = load_spec(specs / "x_curve.yml").variables["ce"]
    assert other.measures == ["ecommerce_sales_cny_100m"]
    assert other.label == plain.variables["ce"].label
    listed = "variables: [ex, ex_trade, ex_deliv"
    path, _ = edited(tmp_path / "wrong", "t04_baseline", f"{listed}ery", f"{listed}ry")
    what = "paper.yml declares no role 'ex_delivry'. Fix: write 'ex_delivery'"
    with pytest.raises(ValueError, match=what):
        load_spec(path)


def test_two_papers_cannot_have_a_table_of_one_name(tmp_path: Path) -> None:
    shutil.copytree(some_specs(tmp_path, "x_open_window").parent, tmp_path / "other_2020")
    with refuses(ValueError, Code.SPEC_NAME, table="x_open_window", paper="other_2020"):
        load_specs(tmp_path)


def test_identity_is_that_of_the_content_not_of_comments(tmp_path: Path) -> None:
    plain = load_spec(write(tmp_path, GOOD)).sha256
    text = "# a comment\n" + yaml.safe_dump(GOOD, sort_keys=False)
    assert load_spec(write(tmp_path, text)).sha256 == plain
    assert load_spec(write(tmp_path, GOOD | {"title": "Other"})).sha256 != plain


def test_every_spec_of_the_project_is_read_and_has_its_module() -> None:
    specs = load_specs()
    assert len(specs) == len(spec_files()) > 0
    for spec in specs.values():
        assert hasattr(module_of(spec.kind), "fill")


def test_units_of_the_paper_are_all_but_those_its_sample_excludes(tmp_path: Path) -> None:
    """No column of a release says so; an older stored spec is read in the same way."""
    spec = load_specs()["t03_cointegration"]
    assert spec.options["sample"]["units"] == {"without": ["540000", "650000"]}
    written = spec.model_dump(mode="json")
    written["options"]["sample"]["units"] = "paper"
    assert stored_spec(written) == spec
    release = tiny_release()
    assert "in_paper" not in release.provinces
    assert units_of(release, Without(without=["540000"])) == ["110000", "120000", "130000"]
    with refuses(ValueError, Code.SPEC_SAMPLE):
        units_of(release, Without(without=["650000"]))
    with refuses(ValueError, Code.SPEC_SAMPLE):
        units_of(release, "paper")

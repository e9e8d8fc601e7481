"""Every text has the unit of the paper's panel: a US state is never called a province."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest

from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PAPERS, PROVINCE, Spec, Unit, load_spec
from living_panel.estimation.papers.paper_data import release_frames
from living_panel.estimation.tables.estimate import estimate
from living_panel.estimation.tables.render import to_appendix, to_markdown
from living_panel.estimation.tables.result import TableResult

MUNNELL = PAPERS / "munnell_1990"
SAMPLE = {
    "units": "all", "first_year": 1970, "last_year": 1986, "without_years": [], "minimum_coverage": 1,
}  # fmt: skip
REGRESSION = {
    "id": "states", "title": "States", "dependent": "gsp", "enter": ["pcap", "pc", "emp"],
    "beside_printed": False, "interpolation": {"method": "none"}, "sample": SAMPLE,
}  # fmt: skip
BOOTSTRAP, JACKKNIFE = "wild_cluster_bootstrap:rademacher", "cr3:jackknife"
CLUSTER = {"cluster": ["province_code"]}
WAYS = {
    "constant": True, "primary": BOOTSTRAP, "errors": f"{JACKKNIFE}:t(G-1)", "beside": {},
    "inference": [
        CLUSTER | {"cov": JACKKNIFE, "correction": "none", "df": "t(G-1)"},
        CLUSTER
        | {"cov": BOOTSTRAP, "correction": "reghdfe", "df": "none", "draws": 9999, "seed": 1},
    ],
}  # fmt: skip
OPTIONS = {
    "fixed_effects": WAYS
    | {"diagnostics": {"lags": [1]}, "blocks": [REGRESSION | {"effects": "both"}]},
    "regions": WAYS
    | {
        "equality": {
            "all_slopes": True, "bootstrap_draws": 99, "bootstrap_seed": 1, "randomisation_draws": 9999,
            "randomisation_seed": 2, "level": 0.05, "power": 0.8, "differences": "cr3",
        },
        "comparisons": [{"scheme": "region_three", "words": "regions", "printed": {}, "regression": REGRESSION}],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def release() -> Release:
    frames = release_frames(MUNNELL / "data")
    panel = frames.pop("panel").set_index(["province_code", "year"]).sort_index()
    manifest = {"sources": [{"source": "munnell", "edition": 1990}]}
    return Release("0" * 16, panel, **frames, manifest=manifest)


def spec_of(kind: str, unit: Unit) -> Spec:
    paper = load_spec(MUNNELL / "specs" / "munnell_1990_productivity.yml")
    changes = {"kind": kind, "options": OPTIONS[kind], "unit": unit}
    return Spec.model_validate(paper.model_dump() | changes)


def words(table: TableResult) -> str:
    texts = [*table.statistics["text"].dropna(), *(p.alt for p in table.pictures)]
    return "\n".join([to_markdown(table), to_appendix(table), *texts])


@pytest.mark.long
@pytest.mark.parametrize("kind", OPTIONS)
def test_every_text_of_a_table_names_the_papers_own_unit(release: Release, kind: str) -> None:
    state = Unit(name="state", plural="states")
    told = words(estimate(spec_of(kind, state), release))
    assert "State effects" in told and "| States" in told
    assert not re.search(r"provinc|\{[Uu]nit", told, re.IGNORECASE)
    assert "Province effects" in words(estimate(spec_of(kind, PROVINCE), release))


def test_the_unit_comes_from_the_paper_and_is_part_of_a_specs_identity(tmp_path: Path) -> None:
    name = "specs/munnell_1990_productivity.yml"
    shutil.copytree(MUNNELL, tmp_path / "munnell_1990")
    paper = tmp_path / "munnell_1990" / "paper.yml"
    assert load_spec(MUNNELL / name).unit == Unit(name="state", plural="states")
    text = paper.read_text(encoding="utf-8")
    ids = {load_spec(MUNNELL / name).sha256}
    for said, unit in {
        "unit: firm": Unit(name="firm", plural="firms"),
        "unit: country\n  plural: countries": Unit(name="country", plural="countries"),
        "unit: province": PROVINCE,
    }.items():
        paper.write_text(text.replace("unit: state", said, 1), encoding="utf-8")
        spec = load_spec(paper.parent / name)
        assert spec.unit == unit
        ids.add(spec.sha256)
    assert len(ids) == 4


def test_older_names_of_options_mean_the_same(tmp_path: Path) -> None:
    """`provinces:` and `cluster: [province_code]` are read as `units:` and `cluster: [unit]`."""
    from living_panel.estimation.tables.kinds.fixed_effects import Options

    shutil.copytree(MUNNELL, tmp_path / "munnell_1990")
    path = tmp_path / "munnell_1990" / "specs" / "munnell_1990_productivity.yml"
    new = Options.model_validate(load_spec(path).options)
    text = path.read_text(encoding="utf-8")
    assert "units: all" in text and "cluster: [unit]" in text
    older = text.replace("units: all", "provinces: all").replace("[unit]", "[province_code]")
    path.write_text(older, encoding="utf-8")
    with pytest.warns(FutureWarning, match="is now 'unit"):
        older = load_spec(path)
    assert Options.model_validate(older.options) == new


def test_no_kind_writes_province_into_a_text() -> None:
    """A name without blanks is a column or a key; a text names the unit by its token."""
    found = []
    for path in (PAPERS.parent / "tables").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        found += [
            f"{path.name}:{node.lineno}: {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in own
            and re.search(r"\b[Pp]rovinces?\b", node.value)
            and (" " in node.value.strip() or node.value[0].isupper())
        ]
    assert not found

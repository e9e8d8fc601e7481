"""Data of a paper's own: from a package that is installed, and from one data file."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdata
import statsmodels.api as sm
import yaml
from pandas.testing import assert_frame_equal

from living_panel.codes import Code
from living_panel.estimation.audit import run_audit
from living_panel.estimation.audit.reproduction import StoredResults, counts, reproduce
from living_panel.estimation.panel.errors import InvalidSpec, Unusable
from living_panel.estimation.panel.release import (
    TABLES,
    Release,
    load_release,
    release_of,
    released_to,
)
from living_panel.estimation.panel.spec import PAPERS, Spec, load_spec
from living_panel.estimation.papers import source
from living_panel.estimation.papers.data_files import propose, read_file
from living_panel.estimation.papers.paper_data import check_form, frequency_in, release_frames
from living_panel.estimation.papers.printed import load_paper, pairs
from living_panel.estimation.papers.source import Package, origin_of, source_record
from living_panel.estimation.tables.estimate import check_options, estimate
from living_panel.estimation.tables.render import to_markdown
from living_panel.estimation.tables.result import TableResult, not_estimable
from living_panel.orchestration.commands.authoring import new_paper, try_spec, write_checksums
from living_panel.orchestration.commands.unknown_names import unknown_names
from living_panel.orchestration.outputs.release_files import freeze_frames
from living_panel.orchestration.root.settings import REPOSITORY, Settings
from tests.refusals import refuses

# printed numbers: reproduced, rounding, minor, differs, not attempted
STUDIES = {
    "baltagi_2005": (36, 0, 0, 0, 0),
    "cameron_trivedi_2010": (16, 0, 0, 0, 0),
    "croissant_millo_2008": (16, 0, 0, 0, 8),
    "card_1995": (28, 0, 0, 0, 0),
    "kleiber_zeileis_2008": (23, 0, 0, 0, 0),
    "stata_grunfeld": (68, 3, 0, 0, 0),
    "holzer_1993": (10, 0, 0, 0, 0),
    "mroz_1987": (22, 0, 0, 0, 0),
    "mullahy_1997": (26, 3, 0, 0, 0),
    "sander_1994": (38, 0, 0, 0, 0),
    "vella_verbeek_1998": (34, 0, 0, 0, 0),
}


def release_of_paper(paper: Path) -> Release:
    return release_of(release_frames(paper / "data"), with_identity=False)


def stored_tables(paper: Path) -> list[StoredResults]:
    release, made = release_of_paper(paper), []
    for file in sorted(paper.glob("specs/*.yml")):
        spec = load_spec(file)
        check_options(spec, file)
        if spec.kind != "audit":
            table = estimate(spec, release)
            manifest = {
                "table_id": spec.table,
                "artifact_id": "a" * 16,
                "status": "estimated",
                "spec": {"options": spec.options},
            }
            made.append(StoredResults(manifest, table.coefficients, table.statistics))
            assert list(unknown_names(paper, table, [f.stem for f in paper.glob("specs/*")])) == []
    return made


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_on_data_of_a_package_is_reproduced(name: str) -> None:
    paper = load_paper(name)
    cells = reproduce(paper, pairs(name), stored_tables(PAPERS / name))
    found = counts(cells, paper.design)
    keys = ("reproduced", "rounding", "minor", "differs", "not attempted")
    assert tuple(found[k] for k in keys) == STUDIES[name]
    audit = run_audit(paper).dropna(subset=["inconsistency"])
    assert audit.loc[audit["severity"] != "form", "inconsistency"].tolist() == []


def test_try_says_how_many_printed_numbers_are_reproduced(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")
    said = try_spec(settings, Path("croissant_millo_2008_random"))
    assert "16 of 24 printed numbers reproduced, 8 not attempted: no library" in said
    assert (
        "- N, Two-way (estimate): printed 200, no library here has two-way random effects" in said
    )
    audit = try_spec(settings, Path("croissant_millo_2008_audit"))
    assert "printed numbers reproduced" not in audit


@pytest.mark.parametrize("table", ["croissant_millo_2008_random", "munnell_1990_productivity"])
def test_try_writes_nothing_into_the_data_root(tmp_path: Path, table: str) -> None:
    """Whether this environment froze the paper's data before, in another root, or not."""
    settings = Settings(tmp_path / "data", tmp_path / "state")
    try_spec(settings, Path(table))
    assert [*tmp_path.rglob("*")] == []


def test_trial_reads_the_frames_that_a_frozen_release_holds(tmp_path: Path) -> None:
    """Types and values; a table on either is the same."""
    settings = Settings(tmp_path / "data", tmp_path / "state")
    frames = release_frames(PAPERS / "munnell_1990" / "data")
    frozen = load_release(freeze_frames(settings, frames))
    tried = release_of(frames, with_identity=True)
    assert tried.release_id == frozen.release_id
    assert release_of(frames, with_identity=False).release_id == ""
    for name in TABLES:
        assert_frame_equal(getattr(tried, name), getattr(frozen, name), check_exact=True)
    measures = {"gross_state_product", "public_capital"}
    panels = (released_to("fixed_effects", measures, r).panel for r in (tried, frozen))
    assert_frame_equal(*panels)
    uneven = {**frames, "panel": frames["panel"].drop(index=3)}
    assert "measures" not in release_of(uneven, with_identity=False).manifest


def test_frames_without_print_are_those_of_the_release_but_for_the_print() -> None:
    data = PAPERS / "munnell_1990" / "data"
    whole, found = release_frames(data), release_frames(data, with_print=False)
    left_out = ["location", "indicator_label", "unit", "value_printed"]
    for name in ("observations", "national"):
        whole[name] = whole[name].drop(columns=left_out)
    for name in TABLES:
        assert_frame_equal(found[name], whole[name], check_exact=True)
    # cells of a data set have their origin either way
    other = PAPERS / "acemoglu_2008" / "data"
    assert_frame_equal(
        release_frames(other, with_print=False)["observations"],
        release_frames(other)["observations"],
    )


@pytest.mark.long
def test_checksums_of_several_papers_are_refused_before_one_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stata_grunfeld", "holzer_1993"):
        shutil.copytree(PAPERS / name, tmp_path / "papers" / name)
        (tmp_path / "papers" / name / "CHECKSUMS").unlink()
    monkeypatch.setenv("LIVING_PANEL_PAPERS", str(tmp_path / "papers"))
    monkeypatch.setenv("LIVING_PANEL_DATA", str(tmp_path))
    command = [sys.executable, "-m", "living_panel", "checksums", "stata_grunfeld"]
    refused = subprocess.run([*command, "nobody"], cwd=REPOSITORY, capture_output=True, text=True)
    assert "LP-SPEC-MISSING" in refused.stderr and not [*tmp_path.rglob("CHECKSUMS")]
    subprocess.run([*command, "holzer_1993"], cwd=REPOSITORY, check=True, capture_output=True)
    for written in tmp_path.rglob("CHECKSUMS"):
        assert written.read_bytes() == (PAPERS / written.parent.name / "CHECKSUMS").read_bytes()
    assert len([*tmp_path.rglob("CHECKSUMS")]) == 2


def test_checksums_freeze_the_data_of_a_package(tmp_path: Path) -> None:
    folder = tmp_path / "holzer_1993"
    shutil.copytree(PAPERS / "holzer_1993", folder)
    source = folder / "data" / "source.yml"
    frozen = source.read_text(encoding="utf-8")
    written = origin_of(folder / "data", Package)
    assert written is not None and written.sha256 in frozen
    for other in ("", "0" * 64):
        source.write_text(frozen.replace(written.sha256, other), encoding="utf-8")
        write_checksums("holzer_1993", tmp_path)
        assert source.read_text(encoding="utf-8") == frozen


def test_data_of_a_package_are_held_against_their_hash(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    told = PAPERS / "holzer_1993" / "data"
    for name in ("measures.csv", "source.yml"):
        (folder / name).write_text((told / name).read_text(encoding="utf-8"), encoding="utf-8")
    check_form(folder)
    package = origin_of(folder, Package)
    assert package is not None and package.sha256 == source_record(folder)["sha256"]
    text = (folder / "source.yml").read_text(encoding="utf-8")
    for old, new, code in (
        (package.sha256, "a" * 64, "LP-PAPER-DATA"),
        ("unit: 'fcode'", "unit: 'fcod'", "LP-PAPER-DATA"),
        ("dataset: 'jobtraining'", "dataset: 'jobtrainin'", "LP-PAPER-DATA"),
        ("package: 'linearmodels'", "package: 'plm'", "LP-PAPER-DATA"),
        ("  unit: 'fcode'", "  unit: 'fcode'\n  version: 2", "LP-SPEC-UNKNOWN-KEY"),
        ("status: ", "status: borrowed # ", "LP-SPEC-VALUE"),
    ):
        (folder / "source.yml").write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(InvalidSpec) as error:
            release_frames(folder)
        assert [p.code for p in error.value.problems] == [code]


@pytest.fixture
def grunfeld() -> pd.DataFrame:
    data = sm.datasets.grunfeld.load_pandas().data
    return data.assign(year=data["year"].astype(int))[
        ["firm", "year", "invest", "value", "capital"]
    ]


@pytest.mark.parametrize("suffix", [".csv", ".dta", ".parquet", ".xlsx"])
def test_a_data_file_becomes_a_folder_that_can_be_estimated(
    tmp_path: Path, grunfeld: pd.DataFrame, suffix: str
) -> None:
    file = tmp_path / f"grunfeld{suffix}"
    labels = {"invest": "Gross investment"}
    writers = {
        ".csv": lambda: grunfeld.to_csv(file, index=False),
        ".dta": lambda: grunfeld.to_stata(file, write_index=False, variable_labels=labels),
        ".parquet": lambda: grunfeld.to_parquet(file),
        ".xlsx": lambda: grunfeld.to_excel(file, index=False),
    }
    writers[suffix]()
    found = propose(file)
    assert (found.unit, found.period) == ("firm", "year")
    assert found.labels["invest"] == ("Gross investment" if suffix == ".dta" else "invest")
    papers = tmp_path / "papers"
    made = new_paper("mine", papers, data=file)
    spec = load_spec(made[-1])
    check_options(spec, made[-1])
    table = estimate(spec, release_of_paper(papers / "mine"))
    slope = table.coefficients.set_index("term").loc["value", "estimate"]
    assert slope == pytest.approx(within_slope(grunfeld), rel=1e-9)


def within_slope(data: pd.DataFrame) -> float:
    """Slope of investment on value within firms, by hand."""
    y, x = (data[c] - data.groupby("firm")[c].transform("mean") for c in ("invest", "value"))
    return float(x @ y / (x @ x))


R_FRAMES = """
g <- read.csv("file.csv"); attr(g$invest, "label") <- "Gross investment"
saveRDS(g, "plain.rds")
g$firm <- factor(g$firm); g$year <- factor(g$year); saveRDS(g, "factors.rds", compress = "xz")
g$year <- as.Date(paste0(g$year, "-01-01")); g$large <- ifelse(g$capital > 100, "yes", "no"); saveRDS(g, "dates.rds")
saveRDS(list(1, g), "list.rds")
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_a_data_frame_that_r_saved_becomes_a_folder_that_can_be_estimated(
    tmp_path: Path, grunfeld: pd.DataFrame
) -> None:
    grunfeld.to_csv(tmp_path / "file.csv", index=False)
    (tmp_path / "make.R").write_text(R_FRAMES, encoding="utf-8")
    subprocess.run(["Rscript", "make.R"], cwd=tmp_path, check=True, capture_output=True)
    for kind in ("plain", "factors", "dates"):
        found = propose(tmp_path / f"{kind}.rds")
        assert (found.unit, found.period, found.frequency) == ("firm", "year", "years")
        assert found.labels["invest"] == "Gross investment"
        assert ("large" in found.labels) == (kind == "dates")
        papers = tmp_path / kind
        spec = new_paper("mine", papers, data=tmp_path / f"{kind}.rds")[-1]
        check_options(load_spec(spec), spec)
        table = estimate(load_spec(spec), release_of_paper(papers / "mine"))
        slope = table.coefficients.set_index("term").loc["value", "estimate"]
        assert slope == pytest.approx(within_slope(grunfeld), rel=1e-9)
        assert "Gross investment" in to_markdown(table)
    with pytest.raises(InvalidSpec) as error:
        propose(tmp_path / "list.rds")
    assert error.value.problems[0].code == "LP-PAPER-DATA"


def test_a_saved_data_frame_is_read_with_its_labels_factors_and_dates() -> None:
    """`cities.rds` is R's: saveRDS of a frame with a factor, a Date, whole numbers with a gap, and a label."""
    frame, labels = read_file(Path(__file__).parents[1] / "fixtures" / "cities.rds")
    assert labels == {"rent": "Rent, euro a month"}
    assert frame["city"].tolist() == ["Bonn", "Bonn", "Ulm"]
    assert frame["day"].dt.strftime("%Y-%m-%d").tolist() == [
        "2020-01-31",
        "2021-01-31",
        "2020-01-31",
    ]
    assert frame["rent"].tolist() == [510.5, 520.0, 498.0]
    assert frame["rooms"].isna().tolist() == [False, True, False]


def test_columns_of_two_texts_are_measures_and_other_texts_are_omitted(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    rows = [
        (u, t, float(u * t), "yes" if t > u else "no", f"note {u} {t}")
        for u in (1, 2, 3)
        for t in (1, 2, 3)
    ]
    pd.DataFrame(rows, columns=["id", "year", "y", "late", "note"]).to_csv(file)
    found = propose(file)
    assert found.labels == {"y": "y", "late": "late (1: yes, 0: no)"}
    assert found.omitted == ("note",)
    assert found.panel["late"].tolist() == [0, 1, 1, 0, 0, 1, 0, 0, 0]
    head = new_paper("x", tmp_path / "papers", data=file)[0].read_text().splitlines()[1]
    assert head == "# Unit: id; period: year, numbers. Omitted columns: note."


def test_rows_without_a_key_are_a_cross_section(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    file = tmp_path / "cross.csv"
    pd.DataFrame({"Log Wage": draw.normal(size=30), "lambda": draw.normal(size=30)}).to_csv(
        file, index=False
    )
    found = propose(file)
    assert (found.unit, found.period) == ("", "")
    assert list(found.labels) == ["log_wage", "x_lambda"] and len(found.units) == 30
    made = new_paper("cross", tmp_path / "papers", data=file)
    assert "| unit" not in yaml.safe_load(made[-1].read_text())["options"]["columns"][0]["model"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.csv", None, "LP-FILE-MISSING"),
        ("x.sav", b"1", "LP-PAPER-DATA"),
        ("x.dta", b"no Stata file", "LP-PAPER-DATA"),
        ("x.csv", b"a,b\nx,y\n", "LP-PAPER-DATA"),
        ("x.rds", b"no R file", "LP-PAPER-DATA"),
    ],
)
def test_a_file_that_is_none_is_refused(
    tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidSpec) as error:
        propose(tmp_path / name)
    assert [p.code for p in error.value.problems] == [code]


def test_a_file_of_r_without_a_data_frame_is_refused(tmp_path: Path) -> None:
    rdata.write_rds(str(tmp_path / "x.rds"), {"a": 1.0})
    with refuses(InvalidSpec, Code.PAPER_DATA) as error:
        propose(tmp_path / "x.rds")
    assert "dict" in error.value.problems[0].fields["problem"]


def test_a_paper_without_its_file_of_units_is_refused(tmp_path: Path) -> None:
    shutil.copytree(PAPERS / "munnell_1990" / "data", tmp_path / "data")
    (tmp_path / "data" / "units.csv").unlink()
    with refuses(Unusable, Code.FILE_MISSING) as error:
        check_form(tmp_path / "data")
    assert error.value.problems[0].place.file == str(tmp_path / "data" / "units.csv")


def test_a_frequency_and_a_package_that_there_are_not_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine" / "data"
    folder.mkdir(parents=True)
    (folder.parent / "paper.yml").write_text("sample: {frequency: weeks}\n", encoding="utf-8")
    with refuses(InvalidSpec, Code.SPEC_VALUE, value="weeks") as error:
        frequency_in(folder)
    assert error.value.problems[0].place.key == "sample.frequency"
    monkeypatch.setitem(source.LOADERS, "no_such_package", None)
    with refuses(InvalidSpec, Code.NOT_INSTALLED, package="no_such_package"):
        source.load_dataset("no_such_package", "x")


@pytest.fixture(scope="module")
def scrap() -> TableResult:
    spec = load_spec(PAPERS / "holzer_1993" / "specs" / "holzer_1993_scrap.yml")
    return estimate(spec, release_of_paper(PAPERS / "holzer_1993"))


PAIR = '"14_1":\n  table: holzer_1993_scrap\n  models: {"fixed": [fixed]}\n'
ESTIMATE = "{table: holzer_1993_scrap, model: fixed, term: grant, inference: classical}"
FINDING = (
    f"- {{id: a, claim: A claim., what: b, rule: {{estimate: above}}, estimate: {ESTIMATE}}}\n"
)


@pytest.mark.parametrize(
    ("before", "after", "code", "what"),
    [
        ("[fixed]", "[fixd]", "LP-PRINTED-UNKNOWN", "column"),
        ("table: holzer_1993_scrap\n", "table: holzer_1993_scrp\n", "LP-PRINTED-UNKNOWN", "table"),
        (PAIR, f"{PAIR}  terms: {{grant: gant}}\n", "LP-PRINTED-UNKNOWN", "term"),
        (PAIR, f"{PAIR}  inference: HC1\n", "LP-PRINTED-UNKNOWN", "inference"),
        (PAIR, f"{PAIR}  statistics: {{n_obs: rows}}\n", "LP-PRINTED-UNKNOWN", "statistic"),
        ('"14_1"', '"14_2"', "LP-PRINTED-UNKNOWN", "table"),
        ('"fixed"', '"fixd"', "LP-PRINTED-UNKNOWN", "column"),
        (PAIR, f"{PAIR}  terms: {{gant: grant}}\n", "LP-PRINTED-UNKNOWN", "term"),
        (PAIR, f"{PAIR}  scale: {{gant: 100}}\n", "LP-PRINTED-UNKNOWN", "term"),
        (PAIR, f"{PAIR}  statistics: {{f: n_obs}}\n", "LP-PRINTED-UNKNOWN", "statistic"),
        ("model: fixed", "model: fixd", "LP-PRINTED-UNKNOWN", "column"),
        ("term: grant", "term: gant", "LP-PRINTED-UNKNOWN", "term"),
        ("inference: classical", "inference: HC1", "LP-PRINTED-UNKNOWN", "inference"),
    ],
)
def test_a_name_that_neither_our_table_nor_the_print_has_is_refused(
    tmp_path: Path, scrap: TableResult, before: str, after: str, code: str, what: str
) -> None:
    folder = tmp_path / "holzer_1993"
    shutil.copytree(PAPERS / "holzer_1993", folder)
    for name, text in (("side_by_side.yml", PAIR), ("findings.yml", FINDING)):
        (folder / name).write_text(text.replace(before, after), encoding="utf-8")
    write_checksums("holzer_1993", tmp_path)
    [problem] = unknown_names(folder, scrap, ["holzer_1993_scrap"])
    assert (problem.code, problem.fields["what"]) == (code, what)


def test_a_table_that_is_not_estimable_refuses_no_name(tmp_path: Path) -> None:
    folder = tmp_path / "holzer_1993"
    shutil.copytree(PAPERS / "holzer_1993", folder)
    (folder / "side_by_side.yml").write_text(PAIR, encoding="utf-8")
    (folder / "findings.yml").write_text(FINDING, encoding="utf-8")
    write_checksums("holzer_1993", tmp_path)
    refused = not_estimable("holzer_1993_scrap", "Scrap", "no rows", "authors", "")
    assert [*unknown_names(folder, refused, ["holzer_1993_scrap"])] == []


def test_rows_that_repeat_a_unit_and_year_are_numbered_and_their_unit_is_a_measure(
    tmp_path: Path,
) -> None:
    """Two rows of a firm a year: effects and clusters by firm equal statsmodels with dummies."""
    rng = np.random.default_rng(5)
    firm, year = np.repeat(np.arange(1, 31), 6), np.tile([2001, 2001, 2002, 2002, 2003, 2003], 30)
    rows = pd.DataFrame({"year": year, "firm": firm, "x": rng.normal(size=180)})
    rows["y"] = rows["x"] + rng.normal(size=31)[firm] + rng.normal(size=180)
    folder = tmp_path / "data"
    folder.mkdir()
    rows.to_csv(folder / "panel.csv", index=False)
    listed = "".join(f"{name},{name},1,\n" for name in ("firm", "x", "y"))
    (folder / "measures.csv").write_text(f"measure,title,unit,description\n{listed}", "utf-8")
    told = {
        "source": "s",
        "edition": 2026,
        "obtained": "2026-11-28",
        "citation": "c",
        "status": "authors",
    }
    (folder / "source.yml").write_text(yaml.safe_dump(told), encoding="utf-8")
    release = release_of_paper(tmp_path)
    assert len(release.panel) == 180 and release.panel.index.is_unique
    roles = {
        n: {"label": n, "concept": n, "measures": [n], "log": False} for n in ("firm", "x", "y")
    }
    window = {"units": "all", "first_year": 2001, "last_year": 2003, "without_years": []}
    column = {
        "id": "a", "title": "A", "estimator": "least_squares", "model": "y ~ x | firm + year",
        "vcov": {"cov": "clustered", "cluster": ["firm"], "correction": "none", "df": "t(G-1)"},
    }  # fmt: skip
    spec = Spec.model_validate({
        "table": "t", "kind": "panel_models", "title": "t", "question": "q", "stars": {}, "variables": roles,
        "options": {
            "sample": {**window, "minimum_coverage": 0.1}, "interpolation": {"method": "none"},
            "columns": [column],
        },
    })  # fmt: skip
    table = estimate(spec, release)
    dummies = pd.get_dummies(rows[["firm", "year"]].astype(str), drop_first=True).astype(float)
    wide = sm.add_constant(pd.concat([rows["x"], dummies], axis=1))
    fit = sm.OLS(rows["y"], wide).fit(
        cov_type="cluster", cov_kwds={"groups": rows["firm"], "use_correction": False}
    )
    ours = table.coefficients.iloc[0]
    assert ours["estimate"] == pytest.approx(fit.params["x"], rel=1e-10)
    assert ours["std_error"] == pytest.approx(fit.bse["x"], rel=1e-8)
    assert (ours["n_obs"], ours["n_clusters"]) == (180, 30)


@pytest.mark.slow
def test_a_large_panel_is_tried_in_less_than_ten_seconds_of_processor_time(tmp_path: Path) -> None:
    """20,000 units in five years, with the start of the program, as `make try` runs it."""
    units, years = 20_000, 5
    draw, n = np.random.default_rng(1), units * years
    frame = pd.DataFrame(
        {"firm": np.repeat(np.arange(1, units + 1), years), "year": [*range(2001, 2006)] * units,
         "y": draw.normal(size=n), "x": draw.normal(size=n)}
    )  # fmt: skip
    frame.to_csv(tmp_path / "file.csv", index=False)
    papers = tmp_path / "papers"
    spec = new_paper("big", papers, data=tmp_path / "file.csv")[-1]
    (tmp_path / "data").mkdir()
    own = {"LIVING_PANEL_PAPERS": str(papers), "LIVING_PANEL_DATA": str(tmp_path / "data")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "living_panel", "try", str(spec)],
        env={**os.environ, **own, "OMP_NUM_THREADS": "1"}, cwd=REPOSITORY, capture_output=True, text=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0 and f"{n}" in done.stdout, done.stderr
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 10

"""A stored table to paste: chosen terms and digits, common rows once, the numbers that are stored."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from docx import Document

from living_panel.estimation.artifacts.artifact import MANIFEST_SCHEMA, NEEDED
from living_panel.estimation.artifacts.pasted import Choice, paste
from living_panel.estimation.econometrics.statistic import STARLESS
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.tables.estimate import estimate
from living_panel.problems import ProblemError
from tests.unit.test_paper_data_from_files import release_of_paper

MUNNELL = PAPERS / "munnell_1990"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored table of five columns."""
    spec = load_spec(MUNNELL / "specs" / "munnell_1990_productivity.yml")
    result, place = estimate(spec, release_of_paper(MUNNELL)), tmp_path_factory.mktemp("stored")
    result.coefficients.to_parquet(place / "coefficients.parquet")
    result.statistics.to_parquet(place / "statistics.parquet")
    manifest = dict.fromkeys(NEEDED, "") | {
        "manifest_schema": MANIFEST_SCHEMA,
        "table_id": result.table_id,
        "title": result.title,
        "banner": result.banner,
        "figures_status": result.figures_status,
        "spec": spec.model_dump(mode="json"),
        "columns": result.columns,
    }
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return place


def grid(folder: Path, **choice: object) -> dict[str, list[str]]:
    """Rows of the Markdown by label, that below a coefficient with the mark `se`."""
    text = paste(folder, "t.md", Choice(**choice)).decode()  # type: ignore[arg-type]
    found, last = {}, ""
    for line in (line for line in text.splitlines() if line.startswith("|")):
        label, *cells = (cell.strip().replace("\\", "") for cell in line.split("|")[1:-1])
        last = label or f"{last} se"
        found[last] = cells
    return found


def test_each_estimate_is_the_stored_one_at_the_digits_asked_for(folder: Path) -> None:
    stored = pd.read_parquet(folder / "coefficients.parquet")
    stored = stored[stored["inference"].str.startswith("clustered")]
    shown = grid(folder, digits=4)
    names = {"pcap": "ln public capital", "unemp": "Unemployment", "constant": "Constant"}
    for term, label in names.items():
        rows = stored[stored["term"] == term].set_index("model")
        for column, model in enumerate(("pooled", "between", "within", "random", "two_way")):
            if f"states.{model}" in rows.index:
                row = rows.loc[f"states.{model}"]
                assert shown[label][column] == f"{row['estimate']:.4f}"
                assert shown[f"{label} se"][column] == f"({row['std_error']:.4f})"


def test_variables_are_kept_in_order_and_dropped_by_name_or_label(folder: Path) -> None:
    kept = list(grid(folder, keep=["ln labour", "pcap"]))
    assert [label for label in kept if label.startswith("ln") and "se" not in label] == [
        "ln labour",
        "ln public capital",
    ]
    left = grid(folder, drop=["Constant", "unemp"])
    assert "Constant" not in left and "Unemployment" not in left and "ln labour" in left


def test_the_style_of_a_journal_says_common_facts_once(folder: Path) -> None:
    plain, aer = grid(folder), grid(folder, style="aer")
    assert plain["States"] == ["48"] * 5 and "States" not in aer
    assert plain["ln labour"][0] == "0.594" and aer["ln labour"][0] == "0.594***"
    text = paste(folder, "t.md", Choice(style="aer")).decode()
    assert text.count("States: 48.") == 1 and text.count("Dependent variable: ln GSP.") == 1
    assert text.count("Inference: ") == 1 and "Standard errors in parentheses." in text
    assert "square brackets" not in text


def test_a_column_whose_inference_earns_no_stars_has_none(folder: Path, tmp_path: Path) -> None:
    place = shutil.copytree(folder, tmp_path / "stored")
    statistics = pd.read_parquet(place / "statistics.parquet")
    row = {
        "model": "states.pooled",
        "term": "",
        "statistic": STARLESS,
        "inference": "",
        "text": "it covers 62 %",
    }
    pd.concat([statistics, pd.DataFrame([row])]).to_parquet(place / "statistics.parquet")
    pooled, _, within, *_ = grid(place, style="aer")["ln labour"]
    assert (pooled, within) == ("0.594", grid(folder, style="aer")["ln labour"][2])
    assert within.endswith("***")


def test_a_column_says_what_the_table_says_of_it(folder: Path) -> None:
    shown = grid(folder)
    assert shown["Dependent variable"] == ["ln GSP"] * 5
    assert shown["Estimator"] == ["OLS", "Between", "OLS", "RE, Swamy-Arora", "OLS"]
    assert shown["State effects"] == ["no", "no", "yes", "no", "yes"]
    assert shown["Year effects"] == ["no", "no", "no", "no", "yes"]
    assert shown["Inference"] == ["clustered", "robust", *["clustered"] * 3]
    assert shown["Clustered by"] == ["state", "", "state", "state", "state"]
    assert shown["Clusters"] == ["48", "", "48", "48", "48"]


def test_a_variable_that_is_left_out_is_named(folder: Path) -> None:
    for choice in ({"drop": ["unemp", "Constant"]}, {"keep": ["pcap", "ln labour", "pc"]}):
        text = paste(folder, "t.md", Choice(**choice)).decode()  # type: ignore[arg-type]
        assert "*Estimated, but not shown: Unemployment, Constant.*" in text
    assert "not shown" not in paste(folder, "t.md", Choice()).decode()


def test_a_table_of_an_older_version_has_the_rows_that_it_stored(
    folder: Path, tmp_path: Path
) -> None:
    older = shutil.copytree(folder, tmp_path / "older")
    manifest = json.loads((older / "manifest.json").read_text(encoding="utf-8"))
    del manifest["columns"]
    (older / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    shown = grid(older)
    assert shown["Clusters"] == ["48"] * 5 and shown["Observations"][0] == "816"
    assert "Estimator" not in shown and shown["Constant"] == grid(folder)["Constant"]


def test_the_caption_has_the_title_once(folder: Path) -> None:
    latex = paste(folder, "t.tex", Choice(style="aer")).decode()
    captions = re.findall(r"\\caption\{([^}]*)\}", latex)
    assert captions == [
        "Productivity of public capital in 48 US states, by the textbook's estimators. "
        "48 states, 1970-1986"
    ]
    document = Document(io.BytesIO(paste(folder, "t.docx", Choice())))
    texts = [p.text for p in document.paragraphs]
    assert len(texts) == len({*texts}) and len(document.tables) == 1


@pytest.mark.parametrize(
    ("choice", "name", "code"),
    [
        ({"block": "none"}, "t.md", "LP-UNKNOWN-TABLE"),
        ({"keep": ["none"]}, "t.md", "LP-FIT"),
        ({}, "t.pdf", "LP-ARGUMENT"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(
    folder: Path, choice: dict[str, object], name: str, code: str
) -> None:
    with pytest.raises(ProblemError) as error:
        paste(folder, name, Choice(**choice))  # type: ignore[arg-type]
    assert error.value.codes == [code]

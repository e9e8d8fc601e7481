"""A push-down table from a registered set: its numbers, its identity, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from living_panel.codes import Code
from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec, load_spec
from living_panel.estimation.tables.estimate import build, estimate
from living_panel.estimation.tables.kinds.pushdown import Options
from living_panel.ingestion.digests import sha256_of
from living_panel.orchestration.lake.location import Location
from living_panel.orchestration.simulated import firms
from tests.refusals import refuses
from tests.unit.release_fixture import tiny_release


@pytest.fixture
def planted(tmp_path: Path, monkeypatch) -> tuple[Path, Path]:
    """Folder of a small set, and the spec of its table."""
    monkeypatch.setattr(firms, "SHAPE", (12, 15, 6))
    folder, spec = tmp_path / "sets" / "firms", tmp_path / "specs" / "x_firms.yml"
    firms.plant_firms(folder, spec)
    return folder, spec


@pytest.fixture(scope="module")
def release() -> Release:
    return tiny_release(gdp_cny_100m={("110000", 2020): 1.0})


def changed(spec: Spec, **options) -> Spec:
    return spec.model_copy(update={"options": {**spec.options, **options}})


def test_the_table_is_the_regression_in_memory(planted, release) -> None:
    folder, path = planted
    table = estimate(load_spec(path), release)
    frame = pd.read_parquet(folder / "firms.parquet")
    data = frame.assign(province_code=frame["firm"]).set_index(["province_code", "year"])
    rows = table.coefficients.set_index(["model", "term", "inference"])
    for label, way in {
        "cr3(province):jackknife:t(G-1)": {"cov": "cr3:jackknife", "correction": "none"},
        "clustered(province):reghdfe:t(G-1)": {"cov": "clustered", "correction": "reghdfe"},
    }.items():
        x = data[["ln_fdi", "ln_size"]]
        direct = two_way(data["ln_exports"], x, **way, df="t(G-1)", cluster=data["province"])
        for term in x:
            row = rows.loc[("size", term, label)]
            assert row["estimate"] == pytest.approx(direct.params[term], rel=1e-8)
            assert row["std_error"] == pytest.approx(direct.std_errors[term], rel=1e-6)
            assert row["p_value"] == pytest.approx(direct.p_values[term], rel=1e-5)
    assert table.sample["n_obs"] == len(data) == 12 * 15 * 6
    assert table.figures_status == "simulated" and "SIMULATED" in table.banner[0]
    low, high = rows.loc[
        ("size", "ln_fdi", "cr3(province):jackknife:t(G-1)"), ["ci_low", "ci_high"]
    ]
    assert low < firms.ELASTICITY < high


def test_the_example_of_the_documents_is_a_table(planted, release) -> None:
    """The receipt and the spec of docs/scaling.md, with the hashes filled in."""
    folder, _ = planted
    text = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text(encoding="utf-8")
    receipt, spec, cluster, target = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    frame = pd.read_parquet(folder / "firms.parquet").rename(columns={"firm": "firm_product"})
    (folder / "firms.parquet").unlink()
    for name in ("2019.parquet", "2020.parquet"):
        frame[frame["year"].isin(sorted(set(frame["year"]))[name > "2020" :: 2])].to_parquet(
            folder / name, index=False
        )
        receipt = receipt.replace("<sha256>", sha256_of(folder / name)[0], 1)
    (folder / "receipt.yml").write_text(receipt, encoding="utf-8")
    spec = spec.replace("<sha256 of receipt.yml>", sha256_of(folder / "receipt.yml")[0])
    path = folder.parent / "x_customs.yml"
    path.write_text(spec.replace("/disk/customs", f'"{folder}"'), encoding="utf-8")
    table = estimate(load_spec(path), release)
    assert table.coefficients["estimate"].notna().all() and table.sample["n_obs"] == len(frame)
    on_cluster = yaml.safe_load(cluster)["options"]
    assert (
        Options.model_validate(load_spec(path).options | on_cluster).master == on_cluster["master"]
    )
    assert Location.model_validate(yaml.safe_load(target)).author == "wang"


@pytest.mark.parametrize(
    "address",
    [
        {"engine": "duckdb", "master": "spark://h:7077"},
        {"engine": "spark", "master": "spark://h:7077", "remote": "sc://h:15002"},
        {"engine": "spark", "remote": "sc://h:15002/;token=secret"},
        {"engine": "spark", "master": "local[2]"},
    ],
)
def test_an_address_that_a_spec_may_not_have(planted, address) -> None:
    spec = load_spec(planted[1])
    with pytest.raises(ValueError):
        Options.model_validate(spec.options | address)


def test_more_rows_are_more_files_of_the_same_process(tmp_path, monkeypatch, release) -> None:
    monkeypatch.setattr(firms, "SHAPE", (12, 15, 6))
    folder, spec = tmp_path / "firms", tmp_path / "x_firms.yml"
    firms.plant_firms(folder, spec, blocks=3)
    parts = [pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))]
    assert len(parts) == 3 and {len(part) for part in parts} == {12 * 15 * 6}
    frame = pd.concat(parts)
    assert not frame.duplicated(["firm", "year"]).any()
    assert frame.groupby(["province", "year"])["ln_fdi"].nunique().max() == 1
    table = estimate(load_spec(spec), release)
    assert table.sample["n_obs"] == len(frame)


def test_a_set_is_the_one_its_receipt_and_its_spec_name(planted, release) -> None:
    folder, path = planted
    spec = load_spec(path)
    other = {**spec.options["data"], "receipt_sha256": "0" * 64}
    with refuses(ValueError, Code.SPEC_VALUE):
        estimate(changed(spec, data=other), release)
    with refuses(ValueError, Code.SPEC_VALUE):
        estimate(changed(spec, memory_limit="3 gigs"), release)
    beside = re.escape(str(Path(__file__).parents[2] / "nowhere" / "receipt.yml"))
    with pytest.raises(ValueError, match=beside):
        estimate(changed(spec, data={**other, "folder": "nowhere"}), release)
    (folder / "late.parquet").write_bytes((folder / "firms.parquet").read_bytes())
    with refuses(ValueError, Code.SPEC_VALUE):
        estimate(spec, release)
    (folder / "late.parquet").unlink()
    with (folder / "firms.parquet").open("ab") as stream:
        stream.write(b"0")
    with refuses(ValueError, Code.SPEC_RELEASE):
        estimate(spec, release)
    (folder / "receipt.yml").unlink()
    with refuses(ValueError, Code.SPEC_VALUE):
        estimate(spec, release)


@pytest.mark.long
def test_a_model_the_set_cannot_carry_is_an_empty_column_with_its_reason(planted, release) -> None:
    spec = load_spec(planted[1])
    absorbed = {"id": "absorbed", "label": "(3)", "y": "ln_exports", "x": ["province"]}
    table = estimate(changed(spec, models=[*spec.options["models"], absorbed]), release)
    reason = table.statistics.query("model == 'absorbed'")["text"].item()
    assert "province" in reason and "absorbed" not in set(table.coefficients["model"])
    assert any("(3)" in note and "not estimable" in note for note in table.blocks[0].notes)
    with pytest.raises(NotEstimable):
        build(changed(spec, models=[absorbed]), release)

"""The declaration of a printed column: what it says, and that estimation and audit read the same one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from living_panel.codes import Code
from living_panel.estimation.audit.significance import clusters_in, reach_of, scale_of
from living_panel.estimation.panel.declaration import ColumnForm, covariance_kind
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.papers.printed import load_paper
from tests.unit.test_audit_false_alarms import paper, table

TWO = {
    "1": {"x": "0.50*** (0.10)", "z": "0.20*** (0.05)", "n_obs": "900"},
    "2": {"x": "0.90*** (0.20)", "n_obs": "900"},
}


def declared(**columns: dict[str, object]):
    return table("1", TWO, columns=columns)


def test_a_formula_gives_dependent_variable_slopes_and_effects() -> None:
    made = table(
        "1",
        TWO,
        columns={"1": {"model": "y ~ x + z | unit + year"}, "2": {"model": "w ~ x + z | age"}},
    )
    assert (made.dependent_of("1"), made.slopes("1"), made.is_disclosed("1")) == ("y", 2, True)
    assert made.has_effect("1", "entity") and made.has_effect("1", "time")
    assert made.are_effects_known("2") and made.has_other_effects("2")
    assert not made.is_disclosed("2"), "z of the formula has no printed row"
    assert not made.have_same_effects("1", "2")


def test_a_column_says_more_than_its_table_and_a_star_holds_for_every_column() -> None:
    made = table(
        "1", TWO, covariance="robust", estimator="ols", estimators=dict.fromkeys("12", "ols"),
        columns={"*": {"where": ""}, "2": {"covariance": "clustered", "cluster": ["unit"], "sides": 1}},
    )  # fmt: skip
    assert (made.covariance_of("1"), made.covariance_of("2")) == ("robust", "clustered")
    assert made.rest_on_the_same_rows("1", "2") and made.rests_on_all_rows("2")
    assert [(p.models, p.covariance, p.sides) for p in made.parts()] == [
        (("1",), "robust", 2),
        (("2",), "clustered", 1),
    ]
    own = paper(made, sample={"units": 40})
    assert clusters_in(own, made, "2") == 40 and clusters_in(own, made, "1") is None


def test_a_covariance_of_a_spec_names_the_printed_kind_of_error() -> None:
    vcov = {"cov": "clustered", "cluster": ["unit"], "correction": "stata", "df": "t(G-1)"}
    column = ColumnForm(vcov=vcov)
    assert (column.errors, column.clustered_by) == ("clustered", ("unit",))
    kinds = [covariance_kind(n) for n in ("classical", "HC3", "cr3", "driscoll_kraay")]
    assert kinds == ["classical", "robust", "clustered", "other"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "y = x"},
        {"where": "__import__('os')"},
        {"vcov": {"cov": "magic"}},
        {"scale": "log"},
    ],
)
def test_a_wrong_declaration_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        declared(**{"1": wrong})


def test_an_undeclared_scale_is_raw_only_where_every_reading_agrees() -> None:
    ratio = {"1": {"x": "2.50*** (0.90)", "n_obs": "900"}}
    negative = {"1": {"x": "-2.50*** (0.90)", "n_obs": "900"}}
    assert scale_of(table("1", ratio)) == "unknown"
    assert scale_of(table("1", negative)) == "raw"
    assert scale_of(table("1", ratio, estimators={"1": "ols"})) == "raw"
    said = table("1", ratio, columns={"*": {"scale": "exponentiated"}}).parts()[0]
    reach = reach_of(said, said.cells[0], "standard_error")
    assert reach is not None and reach.value == pytest.approx(2.5 * 0.9162907 / 0.9)


def test_a_spec_takes_over_what_the_paper_declares(tmp_path: Path) -> None:
    folder = tmp_path / "mroz_1987"
    shutil.copytree(PAPERS / "mroz_1987", folder)
    file = folder / "specs" / "mroz_1987_schooling.yml"
    column = load_spec(file).options["columns"][2]
    form = load_paper("mroz_1987").tables["15_5"].column("two")
    assert (column["model"], column["vcov"]) == (form.model, form.vcov)
    assert (column["estimator"], "declared" in column) == ("2sls", False)
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["options"]["columns"][0]["declared"] = "oles"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(InvalidSpec) as error:
        load_spec(file)
    assert error.value.codes == [Code.PRINTED_UNKNOWN]
    assert error.value.problems[0].fields["value"] == "oles"

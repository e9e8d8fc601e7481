"""Labels of inferences, and the number of clusters of a coefficient."""

from __future__ import annotations

import pytest

from living_panel.estimation.econometrics.inference_label import has_clusters
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.tables.estimate import estimate
from tests.unit.test_paper_data_from_files import release_of_paper


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("wild_cluster_bootstrap:rademacher", True), ("wild_cluster_bootstrap:rademacher:joint", True),
        ("cr3:jackknife:t(min G-1)", True), ("clustered(unit+year):stata:t(G-1)", True),
        ("within, uncorrected: cr3:jackknife:t(G-1)", True), ("classical:n-k:t(n-k)", False),
        ("HC0:normal", False), ("hc3:t(n-k-1)", False), ("newey_west(4):n-k:t(n-k)", False),
        ("driscoll_kraay(2):linearmodels:t(T-1)", False), ("pesaran:normal", False), ("", False),
    ],
)  # fmt: skip
def test_an_inference_has_clusters_or_not(label: str, expected: bool) -> None:
    assert has_clusters(label) is expected


def test_a_coefficient_without_clusters_has_no_number_of_them() -> None:
    """Munnell: classical errors beside clustered and Driscoll and Kraay's."""
    folder = PAPERS / "munnell_1990"
    spec = load_spec(folder / "specs" / "munnell_1990_productivity.yml")
    rows = estimate(spec, release_of_paper(folder)).coefficients.dropna(subset="std_error")
    kinds = rows["inference"].str.extract(r"^(\w+)")[0]
    assert set(kinds) == {"classical", "clustered", "driscoll_kraay"}
    assert rows.loc[kinds == "clustered", "n_clusters"].notna().all()
    assert rows.loc[kinds != "clustered", "n_clusters"].isna().all()

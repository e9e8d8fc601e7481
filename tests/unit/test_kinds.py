"""A kind of table is one module in one folder; an incomplete one and an unknown one are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from estimation.panel.spec import load_spec
from estimation.tables import kinds
from estimation.tables.estimate import check_options, estimate, gives_points, kind_names, points
from tests.unit.release_fixture import tiny_release

MEAN = """
from estimation.panel.sample import span
from estimation.panel.spec import Strict


class Options(Strict):
    measure: str


def fill(table, options):
    values = table.release.panel[options.measure]
    table.describe_sample(span(values.index))
    table.add_numbers(options.measure, {"mean": float(values.mean()), "n": len(values)})
    table.grid("Mean", ("Measure", "Mean"), [(options.measure, f"{values.mean():.3f}")], [], ())


def points(table, options):
    return {(options.measure, "mean"): float(table.release.panel[options.measure].mean())}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A second folder of kinds, with one module."""
    (tmp_path / "mean_of_a_measure.py").write_text(MEAN)
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    return tmp_path


def write_spec(folder: Path, options: dict[str, object], kind: str = "mean_of_a_measure") -> Path:
    spec = {
        "table": "x_mean", "kind": kind, "title": "Mean", "question": "How large?", "stars": {},
        "variables": {
            "fdi": {"measures": ["fdi_cny_100m"], "label": "FDI", "log": False, "concept": "FDI"}
        },
        "options": options,
    }  # fmt: skip
    file = folder / "specs" / "x_mean.yml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(yaml.safe_dump(spec))
    return file


def test_a_module_is_a_kind_without_touching_another_file(folder: Path) -> None:
    file, release = write_spec(folder, {"measure": "fdi_cny_100m"}), tiny_release()
    spec = load_spec(file)
    check_options(spec, file)
    assert "mean_of_a_measure" in kind_names() and gives_points(spec.kind)
    table = estimate(spec, release)
    mean = release.panel["fdi_cny_100m"].mean()
    assert table.reason is None, table.reason
    stored = table.statistics.set_index(["model", "statistic"])["value"]
    assert stored["fdi_cny_100m", "mean"] == pytest.approx(mean)
    assert points(spec, release)["fdi_cny_100m", "mean"] == pytest.approx(mean)


def test_its_options_are_checked_as_those_of_any_kind(folder: Path) -> None:
    file = write_spec(folder, {"measur": "fdi_cny_100m"})
    with pytest.raises(ValueError, match="measur"):
        check_options(load_spec(file), file)


def test_an_incomplete_and_an_unknown_kind_are_refused(folder: Path) -> None:
    (folder / "half_a_kind.py").write_text("Options = dict\n")
    for kind, code in (("half_a_kind", "LP-SPEC-032"), ("no_kind", "LP-SPEC-021")):
        file = write_spec(folder, {}, kind)
        with pytest.raises(ValueError) as error:
            check_options(load_spec(file), file)
        assert code in str(error.value)

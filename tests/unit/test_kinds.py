"""A kind of table is one module in one folder; an incomplete one and an unknown one are refused."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec, Unusable
from living_panel.estimation.panel.spec import load_spec
from living_panel.estimation.tables import kinds
from living_panel.estimation.tables.estimate import (
    check_options,
    estimate,
    gives_points,
    kind_names,
    module_name,
    points,
    program_of,
)
from tests.conftest import REPOSITORY
from tests.refusals import refuses
from tests.unit.reading import shipped
from tests.unit.release_fixture import tiny_release

MEAN = """
from living_panel.estimation.panel.sample import span
from living_panel.estimation.panel.spec import Strict


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
    with refuses(ValueError, Code.SPEC_MISSING_KEY, Code.SPEC_UNKNOWN_KEY):
        check_options(load_spec(file), file)


@pytest.mark.parametrize(
    ("left", "problem"),
    [
        (("table.describe_sample",), Code.KIND_CODE),
        (("table.add_numbers", "table.grid"), Code.KIND_CODE),
    ],
    ids=lambda part: getattr(part, "name", ""),
)
def test_a_faulty_kind_is_an_error_with_its_name(
    folder: Path, left: tuple[str, ...], problem: Code
) -> None:
    kept = [line for line in MEAN.splitlines() if not line.strip().startswith(left)]
    kind = f"faulty_{len(left)}"
    (folder / f"{kind}.py").write_text("\n".join(kept))
    spec = load_spec(write_spec(folder, {"measure": "fdi_cny_100m"}, kind=kind))
    with refuses(Unusable, problem, kind=kind, table="x_mean"):
        estimate(spec, tiny_release())


INSTRUMENT = """
from typing import Literal

from living_panel.estimation.panel.roles import Regressor, Role
from living_panel.estimation.panel.spec import Strict


class Line(Strict):
    instrument: Role
    pair: tuple[Role, Role] | Literal["none"]
    within: dict[str, list[Role] | None]


class Options(Strict):
    dependent: Regressor
    enter: list[Regressor]
    lines: list[Line]


def fill(table, options):
    pass
"""


def test_typed_roles_of_a_new_kind_are_checked_wherever_they_stand(folder: Path) -> None:
    (folder / "with_instruments.py").write_text(INSTRUMENT)
    lines = [
        {"instrument": "fdi", "pair": "none", "within": {"a": ["fdi"], "b": None}},
        {"instrument": "nonsense", "pair": ["fdi", "fdj"], "within": {"a": ["fdi", "gdp"]}},
    ]
    options = {"dependent": "fdi", "enter": ["fdi", "fd"], "lines": lines}
    file = write_spec(folder, options, "with_instruments")
    with pytest.raises(InvalidSpec) as error:
        check_options(load_spec(file), file)
    found = {p.place.key: (p.code, p.fields["role"]) for p in error.value.problems}
    assert found == {
        "options.enter.0": (Code.SPEC_ROLE, "fdi"),
        "options.enter.1": (Code.SPEC_ROLE, "fd"),
        "options.lines.1.instrument": (Code.SPEC_ROLE, "nonsense"),
        "options.lines.1.pair.1": (Code.SPEC_ROLE, "fdj"),
        "options.lines.1.within.a.1": (Code.SPEC_ROLE, "gdp"),
    }
    written = file.read_text("utf-8").splitlines()
    for problem in error.value.problems:
        assert problem.fields["role"] in written[(problem.place.line or 0) - 1] and problem.fix


def test_a_kind_that_asks_for_no_variable_from_python_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidSpec) as error:
        shipped("t04_baseline").playing(["fdi", "fdo"])
    (problem,) = error.value.problems
    assert problem.code == Code.SPEC_ROLE and problem.fields["choices"] == ["fdi"]


def test_an_incomplete_and_an_unknown_kind_are_refused(folder: Path) -> None:
    (folder / "half_a_kind.py").write_text("Options = dict\n")
    for kind, code in (("half_a_kind", "LP-KIND-CODE"), ("no_kind", "LP-SPEC-MISSING")):
        file = write_spec(folder, {}, kind)
        with pytest.raises(ValueError) as error:
            check_options(load_spec(file), file)
        assert code in str(error.value)


@pytest.mark.parametrize("kind", kind_names())
def test_the_program_of_a_kind_is_the_file_that_python_loads(kind: str) -> None:
    loaded = importlib.import_module(module_name(kind)).__file__
    assert (REPOSITORY / program_of(kind)).resolve() == Path(str(loaded)).resolve()

"""Changes that re-key a table: the code version of a module."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from living_panel.estimation.panel.spec import PAPERS, load_specs
from living_panel.estimation.tables.estimate import kind_names, module_name
from living_panel.orchestration.root import statements, versions
from tests.conftest import REPOSITORY

MODULE = '''"""A module."""
from living_panel.estimation.inner import rate

def doubled(x):
    """Twice."""
    return 2 * x  # of x
'''


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Code version of `estimation.outer`, which imports `estimation.inner`, given the text of each."""
    monkeypatch.setattr(versions, "REPOSITORY", tmp_path)
    (tmp_path / "estimation").mkdir()

    def of(outer: str = MODULE, inner: str = "rate = 0.05\n", data: str = "a,b\n") -> str:
        for name, text in (("outer.py", outer), ("inner.py", inner), ("rates.csv", data)):
            (tmp_path / "estimation" / name).write_text(text, encoding="utf-8")
        for memory in (
            versions.module_version,
            statements.statements_of,
            versions._source,
            versions._data_beside,
            versions._closure,
            versions._part_of_version,
        ):
            memory.cache_clear()
        return versions.module_version("living_panel.estimation.outer")

    return of


@pytest.mark.parametrize(
    "same",
    [
        MODULE.replace("# of x", "# of x, whatever it is"),
        MODULE.replace("Twice.", "Twice x.\n\n    In words.\n    "),
        MODULE.replace('    """Twice."""\n', ""),
        MODULE.replace('"""A module."""', '"""A module of another name."""\n# and a comment\n\n'),
        MODULE.replace("return 2 * x  # of x", "return (\n        2 * x\n    )"),
    ],
)
def test_comments_docstrings_and_layout_change_no_code_version(version, same: str) -> None:
    before = version()
    assert version(outer=same) == before


@pytest.mark.parametrize(
    "changed",
    [
        {"outer": MODULE.replace("2 * x", "3 * x")},
        {"outer": MODULE.replace("2 * x", "2 + x")},
        {"outer": MODULE.replace("doubled", "twice")},
        {"inner": "rate = 0.06\n"},
        {"data": "a,c\n"},
    ],
)
def test_a_constant_an_operator_a_name_or_data_change_it(version, changed: dict[str, str]) -> None:
    before = version()
    assert version(**changed) != before


def test_a_docstring_that_a_decorator_reads_counts(version) -> None:
    """An audit rule's title and reason are printed in a table; they are in its docstring."""
    rule = MODULE.replace("def doubled", '@rule("fit")\ndef doubled')
    before = version(outer=rule)
    assert version(outer=rule.replace("Twice.", "Thrice.")) != before
    assert version(outer=rule.replace("# of x", "# of y")) == before


def test_a_table_hangs_on_what_its_own_paper_prints_and_on_no_other_paper() -> None:
    """Adding a paper, or a finding to one, estimates no table anew."""
    read = versions._printed("bi_2025")
    folder = "estimation/papers/bi_2025"
    assert {f"{folder}/paper.yml", f"{folder}/printed/table_4.csv", f"{folder}/claims.csv"} <= set(
        read
    )
    assert not [
        f for f in read if "/specs/" in f or f.endswith(("findings.yml", "side_by_side.yml"))
    ]
    for kind in kind_names():
        modules = versions._closure((module_name(kind),))
        assert not [p for p in modules if p.is_relative_to(PAPERS) and p.parent != PAPERS], kind
    spec = load_specs()["t04_baseline"]
    other = spec.model_copy(update={"paper": "munnell_1990"})
    assert versions.code_of(spec).version != versions.code_of(other).version


def test_only_libraries_that_make_numbers_re_key_tables() -> None:
    files = (REPOSITORY / "estimation").rglob("*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    for library in versions.NUMERICAL_LIBRARIES:
        assert re.search(rf"^\s*(import|from) {library}\b", text, re.MULTILINE), library


def test_libraries_that_only_tests_use_are_no_runtime_dependencies() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = {re.match(r"[\w-]+", d)[0] for d in project["project"]["dependencies"]}
    tested = {re.match(r"[\w-]+", d)[0] for d in project["project"]["optional-dependencies"]["dev"]}
    assert {"arch", "hypothesis"} <= tested - runtime


def test_covariances_that_no_import_names_re_key_tables() -> None:
    """They are found by their files."""
    folder = REPOSITORY / "estimation" / "econometrics" / "inference" / "covariances"
    files = {path.name for path in folder.glob("*.py")}
    assert {"cr2.py", "kernels.py"} <= files
    for kind in ("fixed_effects", "panel_models", "pushdown", "regions"):
        covered = versions._closure((module_name(kind),))
        assert files <= {path.name for path in covered if path.parent.name == "covariances"}, kind

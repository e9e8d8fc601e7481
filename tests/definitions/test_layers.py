"""Layers: allowed imports between packages, and the files in git."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import living_panel
from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.dbt import generated_files

REPOSITORY = Path(__file__).resolve().parents[2]
FORBIDDEN = {
    "ingestion": {"dagster", "dagster_dbt", "dbt", "duckdb", "orchestration", "estimation"},
    "estimation": {"dagster", "dagster_dbt", "dbt", "orchestration", "ingestion", "requests"},
}


# Pure modules of one folder that both pure packages stand on; `living_panel.problems` stands below all.
SHARED = {"estimation": {"ingestion.digests", "ingestion.files", "ingestion.limited_yaml"}}
OURS = ("living_panel", "estimation", "ingestion", "orchestration")
NOT_SHIPPED = ("tools", "tests", "benchmarks", "spark")


def modules_imported(path: Path) -> set[str]:
    """Dotted names in a file's import statements, wherever they stand; ours without `living_panel`."""
    return {name.removeprefix("living_panel.") for name in names_in_imports(path)}


def names_in_imports(path: Path) -> set[str]:
    """Dotted names as the import statements have them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def imported(path: Path, shared: Iterable[str] = ()) -> set[str]:
    """Packages of those modules, but for the modules that are shared."""
    names = {n for n in modules_imported(path) if not n.startswith(tuple(shared))}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("package", FORBIDDEN)
def test_pure_packages_import_nothing_of_the_platform(package: str) -> None:
    """But for what both share, of which the form of a problem imports nothing."""
    files = list((REPOSITORY / package).rglob("*.py"))
    assert files
    wrong = {
        str(path.relative_to(REPOSITORY)): bad
        for path in files
        if (bad := imported(path, SHARED.get(package, ())) & FORBIDDEN[package])
    }
    assert not wrong
    problems = imported(REPOSITORY / "living_panel" / "problems.py")
    assert problems <= sys.stdlib_module_names


CONTEXT = {
    "dagster._core.workspace.context",
    "dagster._core.workspace.context.WorkspaceProcessContext",
    "dagster._core.workspace.load_target",
    "dagster._core.workspace.load_target.WorkspaceFileTarget",
}
"""What the public function that makes the UI's app takes; Dagster offers no public name for it."""


@pytest.mark.long
def test_our_modules_are_imported_by_one_name() -> None:
    """Under another name a module would be loaded twice, with registries and classes of its own."""
    former = {
        path: names
        for path in tracked()
        if path.endswith(".py")
        if (
            names := {n for n in names_in_imports(REPOSITORY / path) if n.split(".")[0] in OURS[1:]}
        )
    }
    assert not former


@pytest.mark.long
def test_no_module_of_ours_is_loaded_by_a_former_name() -> None:
    """Of all that the definitions and the commands load; the links of `living_panel/` lead to one file each."""
    said = (
        "import pkgutil, sys, importlib, living_panel, living_panel.orchestration.definitions\n"
        "for m in pkgutil.walk_packages(living_panel.__path__, 'living_panel.'):\n"
        "    if not m.name.endswith(('__main__', 'validate_crate')): importlib.import_module(m.name)\n"
        f"print([n for n in sys.modules if n.split('.')[0] in {OURS[1:]}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.long
def test_what_is_shipped_imports_only_what_is_shipped() -> None:
    """The wheel has no tools and no tests."""
    wrong = {
        str(path.relative_to(REPOSITORY)): bad
        for package in OURS[1:]
        for path in (REPOSITORY / package).rglob("*.py")
        if (bad := imported(path) & {*NOT_SHIPPED})
    }
    assert not wrong


@pytest.mark.long
def test_nothing_imports_a_private_module_of_dagster() -> None:
    """Neither the code nor its tests, but for one module: private names change without notice."""
    private = {
        path: names
        for path in tracked()
        if path.endswith(".py")
        if (names := {n for n in modules_imported(REPOSITORY / path) if is_private(n)})
    }
    assert private == {"orchestration/commands/webserver.py": CONTEXT}


def is_private(name: str) -> bool:
    package, *parts = name.split(".")
    return package.startswith("dagster") and any(part.startswith("_") for part in parts)


# From below to above: a folder imports what stands before it, never what comes after.
ORDER = {
    "ingestion": (
        "sentences",
        "digests",
        "limited_yaml",
        "files",
        "errors",
        "figures",
        "text",
        "units",
        "provinces",
        "evidence",
        "bounded",
        "provenance",
        "storage",
        "formats",
        "reading",
        "editions",
        "fetching",
        "sources",
    ),
    "estimation": (
        "econometrics",
        "estimators",
        "panel_tests",
        "pushdown",
        "panel",
        "data_sets",
        "papers",
        "findings",
        "audit",
        "tables",
        "artifacts",
        "report",
        "package",
    ),
    "orchestration": (
        "bootstrap",  # the standard library alone
        "root",
        "dbt",
        "lake",
        "outputs",
        "assets",
        "automation",
        "definitions",
        "package",
        "simulated",
        "commands",
        "__main__",
    ),
}
LIBRARY = {"econometrics", "estimators", "panel_tests"}
"""Folders of the estimators: one layer, whose modules import each other in no circle."""
# What `make`, Dagster's settings and `python -m living_panel` name; of ingestion, what all its folders share.
FLAT = {
    "ingestion": {
        "__init__.py",
        "bounded.py",
        "sentences.py",
        "digests.py",
        "errors.py",
        "evidence.py",
        "figures.py",
        "files.py",
        "limited_yaml.py",
        "provinces.py",
        "text.py",
        "units.py",
    },
    "estimation": {"__init__.py"},
    "orchestration": {
        "__init__.py",
        "__main__.py",
        "bootstrap.py",
        "definitions.py",
        "step_definitions.py",
    },
}


@pytest.mark.long
def test_generic_code_knows_no_paper() -> None:
    """Neither its name, its tables' names, nor a region: those are in the papers' folders and the seeds.

    The values of the demo are drawn for the tables of one paper.
    """
    drawn = REPOSITORY / "orchestration" / "simulated"
    papers = [p.parent for p in (REPOSITORY / "estimation" / "papers").glob("*/paper.yml")]
    names = [p.name for p in papers] + [f.stem for p in papers for f in p.glob("specs/*.yml")]
    forms = [
        *map(re.escape, names),
        "in_paper",
        r"\bBi\b",
        '"(East|Central|West)"',
        "printed Table [0-9]",
        '"fdi"',
    ]
    word = re.compile("|".join(forms))
    found = [
        f"{path.relative_to(REPOSITORY)}: {hit.group()}"
        for package in ("estimation", "orchestration", "ingestion", "dbt_project/models")
        for path in sorted((REPOSITORY / package).rglob("*"))
        if path.suffix in {".py", ".j2", ".sql", ".css"}
        and not set(path.parents) & {*papers, drawn}
        for hit in word.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize("package", ORDER)
def test_every_file_has_its_folder(package: str) -> None:
    top = REPOSITORY / package
    assert {p.name for p in top.glob("*.py")} == FLAT[package]
    folders = {p.name for p in top.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders == {name for name in ORDER[package] if f"{name}.py" not in FLAT[package]}


@pytest.mark.parametrize("package", ORDER)
def test_imports_point_down(package: str) -> None:
    order, upward = ORDER[package], []
    for path in (REPOSITORY / package).rglob("*.py"):
        relative = path.relative_to(REPOSITORY)
        place = relative.with_suffix("").parts[1]
        if place not in order:
            continue
        allowed = {*order[: order.index(place) + 1], *(LIBRARY if place in LIBRARY else ())}
        for name in modules_imported(path):
            parts = name.split(".")
            if parts[0] == package and len(parts) > 1 and parts[1] not in allowed:
                upward.append(f"{relative} imports {name}")
    assert not upward


@pytest.mark.long
def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions count: a circle is one even where Python would not notice."""
    files = {
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts): path
        for package in ("estimation", "ingestion", "orchestration", "tools")
        for path in (REPOSITORY / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    arrows = {name: modules_imported(path) & set(files) for name, path in files.items()}
    try:
        tuple(TopologicalSorter(arrows).static_order())
    except CycleError as circle:
        pytest.fail(f"modules import each other: {' <- '.join(circle.args[1])}")


@pytest.mark.long
def test_what_the_definitions_need_loads_no_estimator() -> None:
    """Every start of the UI and of a refresh would pay for it, whether anything is estimated or not."""
    heavy = ("scipy.stats", "linearmodels", "matplotlib", "living_panel.estimation.report")
    said = (
        "import sys\n"
        "from living_panel.orchestration.assets.registry import registered_automation, import_modules\n"
        "from living_panel.orchestration import assets, automation\n"
        "import_modules(assets); registered_automation(automation)\n"
        f"print([n for n in {heavy} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_what_says_that_it_loads_no_dagster_loads_none() -> None:
    """Nor does `make try`: Dagster takes a second of each start, and of each worker."""
    named = [
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
        for path in sorted((REPOSITORY / "orchestration").rglob("*.py"))
        if "Loads no Dagster" in (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "")
    ]
    modules = [*named, "orchestration.__main__", "orchestration.commands.authoring"]
    said = (
        "import importlib, sys\n"
        f"for name in {modules}: importlib.import_module(f'living_panel.{{name}}')\n"
        "print([n for n in sys.modules if n.startswith(('dagster', 'dbt'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.long
def test_what_is_imported_is_declared() -> None:
    """A package that another one happens to bring may go with it."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {canonicalize_name(Requirement(d).name) for d in project["project"]["dependencies"]}
    declared |= {"pyspark"}  # an extra
    distributions = metadata.packages_distributions()
    undeclared: dict[str, set[str]] = {}
    for package in ("ingestion", "estimation", "orchestration"):
        for path in (REPOSITORY / package).rglob("*.py"):
            for name in imported(path) - sys.stdlib_module_names - {*OURS}:
                brought_by = {canonicalize_name(d) for d in distributions.get(name, [])}
                if brought_by and not brought_by & declared:
                    undeclared.setdefault(name, set()).add(str(path.relative_to(REPOSITORY)))
    assert not undeclared


def test_only_orchestration_reads_the_rooms_of_a_data_root() -> None:
    wrong = [
        str(path.relative_to(REPOSITORY))
        for path in (REPOSITORY / "estimation").rglob("*.py")
        if re.search(r"LIVING_PANEL_DATA|warehouse\.duckdb", path.read_text(encoding="utf-8"))
    ]
    assert not wrong


def test_no_module_is_called_by_an_empty_name() -> None:
    empty = {"utils", "helpers", "common", "base", "misc"}
    named = [p for p in tracked() if Path(p).stem in empty]
    assert not named


def test_no_index_address_and_no_state_is_tracked() -> None:
    files = tracked()
    assert not [f for f in files if f.endswith((".duckdb", ".db", ".wal")) or "/.dagster/" in f]
    for name in (
        "requirements.lock",
        "requirements-dev.lock",
        "pyproject.toml",
        "Makefile",
        ".ci/run",
    ):
        assert not re.search(
            r"(?<!no-emit-)index-url|https?://[^\s/]*pypi", (REPOSITORY / name).read_text()
        )


def test_both_distributions_have_one_version() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {
        r.name: str(r.specifier) for r in map(Requirement, project["project"]["dependencies"])
    }
    assert needed["living-panel-econometrics"] == f"=={living_panel.__version__}"
    citation = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {living_panel.__version__}\n" in citation


@pytest.mark.long
def test_one_module_computes_sha256() -> None:
    """Streams of the digest of tables and the estimators have hashes of their own."""
    others = {
        str(path.relative_to(REPOSITORY))
        for package in OURS[1:]
        for path in (REPOSITORY / package).rglob("*.py")
        if "hashlib" in names_in_imports(path)
    }
    assert others == {
        "ingestion/digests.py",
        "estimation/panel/digest.py",
        "estimation/econometrics/robustness/curve.py",
    }


def test_the_estimators_alone_import_nothing_of_the_rest() -> None:
    """They are a distribution of their own, which has codes and the form of a problem and no other module."""
    others = {
        name
        for folder in LIBRARY
        for path in (REPOSITORY / "estimation" / folder).rglob("*.py")
        for name in names_in_imports(path)
        if name.startswith("living_panel.")
        and not name.startswith(("living_panel.problems", "living_panel.codes"))
        and name.split(".")[1:3] not in [["estimation", folder] for folder in LIBRARY]
        and name != "living_panel.estimation"
    }
    assert not others


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_carries_hashes(name: str) -> None:
    text = (REPOSITORY / name).read_text()
    entries = re.split(r"\n(?=[a-zA-Z0-9])", text)
    assert len(entries) > 100
    assert all("--hash=sha256:" in entry for entry in entries)


def test_what_is_written_from_elsewhere_says_what_stands_there() -> None:
    for path, text in (
        (generated_files.SERIES, generated_files.series()),
        (generated_files.PANEL, generated_files.panel()),
    ):
        assert path.read_text(encoding="utf-8") == text, f"{path}: `make run` writes it anew"
    known = {tuple(line.split(",")[:2]) for line in generated_files.series().splitlines()[1:]}
    assert len(known) > 30 and all(s.feeds for c in catalog.all_sources() for s in c.series)


def tracked() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()

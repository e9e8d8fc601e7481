"""The contract: what users hold, in the frozen files of tests/fixtures/contract/.

The lists are compared in `make test`. The slow tests compare each number of a built data root with the frozen one,
within the tolerances of `living_panel.estimation.artifacts.comparison`, and open roots and packages of earlier
versions. A change on purpose rewrites the frozen files, and is seen in review:

`UPDATE_CONTRACT=1 .venv/bin/python -m pytest tests/integration/test_contract.py` (`-m "not slow"`: the lists alone).

`python -m tools.compare_builds COMMIT` compares two builds on one machine to the last bit.
"""

from __future__ import annotations

import inspect
import os
import re
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import duckdb
import pandas as pd
import pytest
import yaml

import living_panel.econometrics as lp
from living_panel import __version__
from living_panel.codes import Code
from living_panel.estimation.artifacts.comparison import NO_ROW, ROW, cells_of, read_numbers
from living_panel.estimation.econometrics.inference.registry import COVARIANCES
from living_panel.estimation.estimators._by_name import ESTIMATORS
from living_panel.estimation.tables.estimate import kind_names
from living_panel.estimation.tables.render import RENDERINGS
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.reading.readers import readers
from living_panel.orchestration.assets.verification import verify
from living_panel.orchestration.commands.keys_page import file_kinds
from living_panel.orchestration.commands.program import command_list
from living_panel.orchestration.outputs.edition_tables import PATH_COLUMNS
from living_panel.orchestration.package.check import check_package
from living_panel.orchestration.root.readers import SHOWN, read_current
from living_panel.orchestration.root.settings import VARIABLES, Settings
from tests.fixtures import small_root
from tests.fixtures.stored_version import PACKAGES, ROOTS
from tests.integration.roots import command, copy_root, run_small
from tools.compare_builds import cells_of_root, compare_tables, report

REPOSITORY = Path(__file__).resolve().parents[2]
FROZEN = REPOSITORY / "tests" / "fixtures" / "contract"
NUMBERS = FROZEN / "numbers.parquet"
IS_UPDATE = bool(os.environ.get("UPDATE_CONTRACT"))
BUILT_FROM = ("marts", "results")
"""Folders of dbt's models that are published, each under the schema of its name."""


def commands() -> Iterator[str]:
    """Each command, and each of its parameters as the command line and make call it."""
    for name, entry in command_list().commands.items():
        yield name
        for p in entry.params:
            written = " ".join(p.opts) if isinstance(p, click.Option) else str(p.name).upper()
            allowed = f" of {'|'.join(p.type.choices)}" if isinstance(p.type, click.Choice) else ""
            of_make = getattr(p, "make_variable", "")
            yield f"{name} {written} ({of_make}){' required' * p.required}{allowed}"


def keys() -> Iterator[str]:
    """Each key of each file that a person writes, by its path, with its allowed words."""
    for kind in file_kinds():
        schemas = kind.schemas()
        yield from keys_of(next(schemas), f"{kind.title}: ")
        for name, schema in zip(kind.more, schemas, strict=True):
            yield from keys_of(schema, f"{name}: ")


def keys_of(schema: dict[str, Any], start: str) -> Iterator[str]:
    """Each key below a JSON Schema; what is inside a form that contains itself is listed once."""
    definitions = schema.get("$defs", {})

    def below(part: Any, path: str, inside: tuple[str, ...]) -> Iterator[str]:
        if not isinstance(part, dict):
            return
        if "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            if name not in inside:
                yield from below(definitions[name], path, (*inside, name))
        for several in ("anyOf", "oneOf", "allOf"):
            for one in part.get(several, []):
                yield from below(one, path, inside)
        words = [*part.get("enum", []), *([part["const"]] if "const" in part else [])]
        if words:
            yield f"{path} = {'|'.join(map(str, words))}"
        for key, inner in part.get("properties", {}).items():
            required = " required" * (key in part.get("required", ()))
            yield f"{path}.{key}{required}"
            yield from below(inner, f"{path}.{key}", inside)
        yield from below(part.get("items"), f"{path}[]", inside)
        yield from below(part.get("additionalProperties"), f"{path}.*", inside)
        for inner in part.get("patternProperties", {}).values():
            yield from below(inner, f"{path}.*", inside)

    for line in below(schema, "", ()):
        yield start + line.removeprefix(".")


def covariances() -> Iterator[str]:
    """Each covariance with the factors and the distributions of t that it allows."""
    for name, rule in COVARIANCES.items():
        yield f"{name}: {', '.join(rule.corrections)}; {', '.join(rule.df)}"


def formats() -> Iterator[str]:
    """Each file that is written for a table, and each format of a source's files that is read."""
    yield from (f"written: {name}" for name in RENDERINGS)
    for source in catalog.names():
        yield from (f"read of {source}: {form}" for form in readers(source))


def imports() -> Iterator[str]:
    """Each public name of the library, with the parameters of a function."""
    for name in lp.__all__:
        thing = getattr(lp, name)
        if not inspect.isfunction(thing):
            yield name
            continue
        bare = [p.replace(annotation=p.empty) for p in inspect.signature(thing).parameters.values()]
        yield f"{name}{inspect.Signature(bare)}"


def columns() -> Iterator[str]:
    """Each column of each table that dbt builds to be published, and of the paths of findings."""
    for schema in BUILT_FROM:
        for file in (REPOSITORY / "dbt_project" / "models" / schema).glob("*.yml"):
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            for model in content.get("models") or []:
                for column in model["columns"]:
                    yield f"{schema}.{model['name']}.{column['name']} {column['data_type']}"
    for name, kind in PATH_COLUMNS.items():
        yield f"results.finding_paths.{name} {kind}"


def paths() -> Iterator[str]:
    """Each path of a data root that data/README.md documents in its table of stages."""
    page = (REPOSITORY / "data" / "README.md").read_text(encoding="utf-8")
    for line in page.partition("\n## ")[0].splitlines():
        if line.startswith("| `"):
            yield from re.findall(r"`([^`]+)`", line.split(" | ")[0])


LISTS: dict[str, Callable[[], Iterator[str]]] = {
    "commands": commands,
    "keys": keys,
    "kinds": lambda: iter(kind_names()),
    "estimators": lambda: iter(ESTIMATORS),
    "covariances": covariances,
    "formats": formats,
    "imports": imports,
    "columns": columns,
    "paths": paths,
    "variables": lambda: iter(VARIABLES),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_the_frozen_one(name: str) -> None:
    now = sorted(set(LISTS[name]()))
    check_list(FROZEN / f"{name}.txt", now)


def check_list(file: Path, now: list[str]) -> None:
    """Compare a list with a frozen one, or freeze it."""
    if IS_UPDATE:
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in now), encoding="utf-8")
    frozen = file.read_text(encoding="utf-8").splitlines()
    gone, new = sorted(set(frozen) - set(now)), sorted(set(now) - set(frozen))
    assert not gone and not new, f"{file.name}: gone {gone}, new {new}"


def test_a_lost_name_and_a_changed_bit_are_seen(tmp_path: Path) -> None:
    """Of the comparisons themselves."""
    (tmp_path / "frozen.txt").write_text("a\nb\n", encoding="utf-8")
    if not IS_UPDATE:
        with pytest.raises(AssertionError, match=r"gone \['b'\], new \['c'\]"):
            check_list(tmp_path / "frozen.txt", ["a", "c"])
    cells = pd.DataFrame({name: ["x"] for name in ROW} | {"text": "", "std_error": 0.5})
    one, last_bit, other = (
        {"t": cells.assign(row=0, value=value)} for value in (1.0, 1.0 + 2**-52, 1.0 + 1e-7)
    )
    levels = [
        compare_tables(one, found)["t"].level for found in (one, last_bit, other, {"u": one["t"]})
    ]
    assert levels == ["same bytes", "same numbers", "different", "different"]
    assert report(compare_tables(one, other))[:4] == [
        "0 tables: same bytes", "0 tables: same numbers", "1 tables: different",
        "t: 1 cells differ",
    ]  # fmt: skip


def numbers_alone(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells that hold a number, without texts: sentences are no part of the contract."""
    return cells[cells["value"].notna()].assign(text="")


@pytest.mark.slow
def test_every_number_is_the_frozen_one(checkout: Path) -> None:
    now = {table: numbers_alone(cells) for table, cells in cells_of_root(checkout / "data").items()}
    if IS_UPDATE:
        every = pd.concat([cells.assign(table=table) for table, cells in now.items()])
        every.drop(columns="text").to_parquet(NUMBERS, compression="zstd", index=False)
    frozen = pd.read_parquet(NUMBERS).assign(text="")
    tables = {str(table): cells.drop(columns="table") for table, cells in frozen.groupby("table")}
    check_list(FROZEN / "tables.txt", [f"{t} {len(cells)}" for t, cells in sorted(now.items())])
    different = {
        table: comparison
        for table, comparison in compare_tables(tables, now).items()
        if comparison.level == "different"
    }
    assert not different, "\n".join(report(different))


OF_THE_PROGRAM = {"results.publications", "results.edition_path", "results.edition_steps"}
"""Tables of the published file that the program writes beside those of dbt."""


@pytest.mark.slow
def test_published_columns_are_the_frozen_ones(checkout: Path) -> None:
    """The file that readers open has each column that dbt's files declare."""
    with duckdb.connect(str(checkout / "data" / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "where list_contains(?, table_schema)", [list(SHOWN)],
        ).fetchall()  # fmt: skip
    found = {".".join(row) for row in rows}
    declared = {line.split()[0] for line in columns()}
    assert declared - found == set()
    undeclared = {name for name in found - declared if name.startswith(BUILT_FROM)}
    assert {name.rpartition(".")[0] for name in undeclared} <= OF_THE_PROGRAM


ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{12,64}(?![0-9a-f])")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def form_of(path: str, tables: list[str]) -> str:
    """A path with <table>, <id> and <day> in place of what differs between roots."""
    parts = [
        "<table>" if p in tables else DAY.sub("<day>", ID.sub("<id>", p)) for p in path.split("/")
    ]
    return "/".join(parts)


FILES = ("artifacts", "releases", "state", "states", "warehouse")
"""Folders of a root whose files other programs read."""


@pytest.mark.slow
def test_files_of_a_built_root_are_where_they_were(checkout: Path) -> None:
    root = checkout / "data"
    tables = list(read_current(Settings(root=root, state=root)))
    files = [p for folder in FILES for p in (root / folder).rglob("*") if not p.is_dir()]
    names = {form_of(p.relative_to(root).as_posix(), tables) for p in files}
    drawn = re.compile(r"(?<=/)[\w-]+(?=\.(?:png|svg|csv|html)$)")
    check_list(FROZEN / "files.txt", sorted({drawn.sub("<name>", name) for name in names}))


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted(ROOTS.glob("*.tar.xz")), ids=lambda file: file.name)
def test_a_root_that_a_version_made_is_taken_over(file: Path, tmp_path: Path) -> None:
    """Ids move with the code and its digests; no slope moves, and that is what is said."""
    with tarfile.open(file) as packed:
        packed.extractall(tmp_path, filter="data")
    root = tmp_path / "data"
    settings = Settings(root=root, state=tmp_path / "data-state")
    [before] = read_current(settings)
    former = settings.published.resolve()
    if (root / "report").exists():  # roots of 0.2 and 0.3 were stored without their pages
        assert verify(settings, print) == []
    done = run_small(root)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [before] == list(read_current(settings))
    assert verify(settings, print) == []
    if file.name.startswith(f"{__version__}."):  # code of today may find nothing to do
        return
    assert re.search(r"None of \d+ slopes moved\.", done.stderr)
    assert settings.published.resolve() != former
    if not file.name.startswith("0.2.0"):  # which stored a statistic less
        assert "Same numbers, new version: 1 table." in done.stderr
        told = command(root, "status", **small_root.environment(root)).stdout
        assert "same numbers, new version: 1 table" in told


@pytest.mark.slow
def test_a_root_of_today_is_verified(refreshed_small: Path, tmp_path: Path) -> None:
    root = copy_root(refreshed_small, tmp_path / "data")
    assert verify(Settings(root=root, state=tmp_path / "data-state"), print) == []


def unpacked(package: Path, folder: Path) -> dict[str, pd.DataFrame]:
    """Numbers of each table of a package."""
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    tables = [p.parent for p in folder.glob("*/results/*/coefficients.parquet")]
    named = {"statistic": {"n_findings": "n_inconsistencies"}}  # of audits up to 0.4.0
    return {t.name: numbers_alone(cells_of(read_numbers(t))).replace(named) for t in tables}


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted(PACKAGES.glob("*.zip")), ids=lambda file: file.name)
def test_a_package_that_a_version_made_has_the_numbers_of_today(
    file: Path, packed: Path, tmp_path: Path
) -> None:
    """Texts differ, and tables have statistics that they did not have; no number of the package is another."""
    found = check_package(Path(shutil.copy(file, tmp_path)), print)
    assert {p.code for p in found.problems} <= {Code.PACKAGE_NUMBERS, Code.PACKAGE_RENDERING}
    stated, today = unpacked(file, tmp_path / "then"), unpacked(packed, tmp_path / "now")
    assert len(stated) == len(found.tables) == 2
    compared = compare_tables(stated, today)
    cells = [c for one in compared.values() for c in one.cells if c.stated != NO_ROW]
    lost = [
        c for c in cells if c.statistic != "applicable"
    ]  # a rule of the audit may check more cells
    assert not lost, lost[:5]


@pytest.mark.slow
def test_a_package_of_today_is_reproduced(packed: Path, tmp_path: Path) -> None:
    found = check_package(Path(shutil.copy(packed, tmp_path)), print)
    assert found.problems == []
    assert {t["level"] for t in found.tables} <= {"same bytes", "same numbers"}

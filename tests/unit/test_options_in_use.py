"""Every option of a kind stands in a shipped spec or in one that `make firms` writes.

Every value that an option lists does so too, or stands in the table of docs/papers.md with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from living_panel.estimation.panel.spec import PAPERS, Spec, load_spec, load_specs
from living_panel.estimation.tables.estimate import kind_names, module_of
from living_panel.orchestration.simulated import firms

REPOSITORY = Path(__file__).resolve().parents[2]
Field = tuple[type[BaseModel], str]


def owner(form: type[BaseModel], name: str) -> Field:
    """A field under the class that declares it."""
    found = [c for c in form.__mro__ if name in getattr(c, "model_fields", {})]
    return found[-1], name


def forms(annotation: Any) -> Iterator[type[BaseModel]]:
    """Models in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from forms(part)


def declared(form: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[Field]:
    """Fields of options and of the parts inside them."""
    if form in seen:
        return
    seen.add(form)
    for name, field in form.model_fields.items():
        yield owner(form, name)
        for part in forms(field.annotation):
            yield from declared(part, seen)


def written(value: Any) -> Iterator[Field]:
    """Fields that options set."""
    if isinstance(value, BaseModel):
        yield from (owner(type(value), name) for name in value.model_fields_set)
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from written(item)


def literals(annotation: Any) -> Iterator[Any]:
    """Values that an annotation lists."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
        return
    for part in get_args(annotation):
        yield from literals(part)


def plain(value: Any) -> Iterator[Any]:
    """Single values in lists and mappings."""
    if isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from plain(item)
    elif not isinstance(value, BaseModel):
        yield value


def values_written(value: Any) -> Iterator[tuple[Field, Any]]:
    """Fields that options set, with each value."""
    if isinstance(value, BaseModel):
        for name in value.model_fields_set:
            for item in plain(getattr(value, name)):
                yield owner(type(value), name), item
        value = [getattr(value, name) for name in type(value).model_fields]
    if isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from values_written(item)


def table_of(heading: str) -> list[list[str]]:
    """Rows of a table of docs/papers.md."""
    text = (REPOSITORY / "docs" / "papers.md").read_text(encoding="utf-8")
    table = text.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [line.split("|") for line in table.splitlines()[2:]]


def text_of_test(name: str) -> str:
    (path,) = (REPOSITORY / "tests").rglob(name)
    return path.read_text(encoding="utf-8")


ENGINES = (
    "engine: duckdb",
    "engine: spark\n  master: spark://host:7077",
    "engine: spark\n  remote: sc://host:15002",
)
"""Lines that `make firms` writes, by MASTER and REMOTE."""
KINDS = {kind: module_of(kind).Options for kind in kind_names()}


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> list[BaseModel]:
    """Options of shipped and written specs, as their files have them and as loaded, and the specs themselves."""
    written_here = tmp_path_factory.mktemp("written")
    shipped = [(spec, PAPERS / spec.paper / "specs") for spec in load_specs(PAPERS).values()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(firms, "SHAPE", (3, 4, 6))
        for number, engine in enumerate(ENGINES):
            path = written_here / str(number) / f"{firms.FIRMS}.yml"
            firms.plant_firms(written_here / "firms", path, engine=engine)
            shipped.append((load_spec(path), path.parent))
    return [part for spec, folder in shipped for part in options_of(spec, folder)]


def options_of(spec: Spec, folder: Path) -> Iterator[BaseModel]:
    """A spec, its options as loaded, and as its file has them."""
    form = KINDS[spec.kind]
    yield spec
    yield form.model_validate(spec.options)
    content = yaml.safe_load((folder / f"{spec.table}.yml").read_text(encoding="utf-8"))
    with suppress(ValidationError):  # `declared` stands for a column of paper.yml
        yield form.model_validate(content["options"])


def test_an_option_stands_in_a_shipped_or_written_spec(options: list[BaseModel]) -> None:
    seen: set[type[BaseModel]] = set()
    every = {field for form in KINDS.values() for field in declared(form, seen)}
    used = {field for form in options for field in written(form)}
    assert len(every) > 300
    assert every - used == set()


def test_a_listed_value_stands_in_a_spec_or_in_the_table_with_its_reason(
    options: list[BaseModel],
) -> None:
    seen: set[type[BaseModel]] = set()
    fields = {field for form in (*KINDS.values(), Spec) for field in declared(form, seen)}
    every = {
        (field, value)
        for field in fields
        for value in literals(field[0].model_fields[field[1]].annotation)
    }
    assert len(every) > 50
    used = {pair for form in options for pair in values_written(form)}
    rows = table_of("values without a shipped spec")
    listed = {pair for row in rows for pair in re.findall(r"`(\w+): ([\w:]+)`", row[1])}
    assert {(name, str(value)) for (_, name), value in every - used} == listed
    for row in rows:
        (test,) = re.findall(r"`(\w+\.py)`", row[4])
        content = text_of_test(test)
        assert all(v in content for _, v in re.findall(r"`(\w+): ([\w:]+)`", row[1])), test


def test_a_stored_spec_of_robustness_may_name_its_bootstrap() -> None:
    spec, form = load_specs(PAPERS)["x_robustness"], module_of("robustness").Options
    older = form.model_validate({**spec.options, "bootstrap": "wild_cluster_bootstrap:rademacher"})
    assert older == form.model_validate(spec.options)

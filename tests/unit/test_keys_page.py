"""Each key of each file has a meaning, and docs/keys.md is what the generator writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from living_panel.estimation.data_sets.form import Form
from living_panel.estimation.econometrics.fixed_effects import textbook
from living_panel.estimation.econometrics.inference import reading
from living_panel.estimation.econometrics.inference.registry import COVARIANCES
from living_panel.estimation.package import facts
from living_panel.estimation.panel.declaration import InferenceForm
from living_panel.estimation.panel.former_names import ReadsFormerNames
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.papers.source import Source
from living_panel.estimation.tables.estimate import check_options
from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.commands.authoring import spec_schema, write_schemas
from living_panel.orchestration.commands.keys_page import (
    KEYS,
    FileKind,
    described,
    fetch_forms,
    file_kinds,
    keys_page,
)

MOST_WORDS = 20
KINDS = {kind.title: kind for kind in file_kinds()}
NOT_FILES = {
    "Table", "PrintedPaper",  # a paper with its cells, as it is read
    "_Roles",  # the roles of paper.yml
    "_Declared", "_OfTable", "_Number", "_Line", "LongRunColumn", "Relation", "Inferred", "InferenceOptions",
    "EffectsInferenceOptions",  # what several forms share
}  # fmt: skip


def words(text: str) -> set[str]:
    return {w.rstrip("s") for w in re.findall(r"[a-z0-9]+", text.lower())}


def below(form: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for inner in form.__subclasses__():
        yield inner
        yield from below(inner)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_each_key_says_more_than_its_name_in_twenty_words(kind: FileKind) -> None:
    found = [entry for schema in kind.schemas() for entry in described(schema)]
    assert found
    for form, key, part in found:
        text = part.get("description", "")
        assert text.endswith("."), (form, key)
        assert len(text.split()) <= MOST_WORDS, (form, key, text)
        assert len(words(text) - words(key) - {"a", "an", "the", "of", "in"}), (form, key, text)


def test_each_form_of_a_file_is_on_the_page() -> None:
    """Also one that nobody has added to the list of kinds of files."""
    bases = (ReadsFormerNames, Form, catalog.Strict, facts.Strict)
    shipped = {f for base in bases for f in below(base) if f.__module__.startswith("living_panel.")}
    forms = {f.__name__ for f in shipped if f.model_fields}
    listed: set[str] = set()
    for kind in KINDS.values():
        listed |= {form.__name__ for form in (kind.form, *kind.more.values())}
        for schema in kind.schemas():
            listed |= {name.rpartition(".")[2] for name in schema.get("$defs", {})}
    assert len(forms) > 100
    assert forms - listed - NOT_FILES == set()


def test_the_page_is_current() -> None:
    assert KEYS.read_text(encoding="utf-8") == keys_page(), "remedy: make docs"


def test_links_lead_to_a_heading_of_the_page() -> None:
    page = keys_page()
    titles = re.findall(r"^##+ (.+)$", page, flags=re.MULTILINE)
    slugs = [re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles]
    assert len(slugs) == len(set(slugs))
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= set(slugs)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_the_example_is_valid(kind: FileKind) -> None:
    if kind.schema is spec_schema:
        path = kind.file
        assert path is not None
        check_options(load_spec(path), path)
    else:
        assert kind.form.model_validate(yaml.safe_load(kind.example_text()))


def test_the_keys_of_a_fetch_are_those_of_the_sources() -> None:
    """The docstring of each form names its section of the catalog: `fetch`, or `fetch.<part>`."""
    described_parts = set()
    for heading, form in fetch_forms().items():
        fetch = catalog.source(heading.split("`")[1]).fetch
        (section,) = re.findall(r"`fetch(?:\.(\w+))?`", str(form.__doc__))
        form.model_validate(fetch[section] if section else fetch)
        described_parts |= {
            (heading.split("`")[1], key) for key in ([section] if section else fetch)
        }
    every = {(source.source, key) for source in catalog.all_sources() for key in source.fetch}
    assert len(every) > 4 and described_parts == every


def test_the_keys_of_an_inference_are_those_that_the_estimators_read() -> None:
    assert set(InferenceForm.model_fields) == {*reading.KEYS, "effects"}
    rules = [*COVARIANCES.values()]
    allowed: dict[str, Any] = {
        "cov": {*COVARIANCES},
        "correction": {c for rule in rules for c in rule.corrections} | {textbook.CORRECTION},
        "df": {df for rule in rules for df in rule.df}
        | {rule["df"] for rule in textbook.RULES.values()},
    }
    assert set(textbook.RULES) <= allowed["cov"]
    properties = InferenceForm.model_json_schema()["properties"]
    for key, values in allowed.items():
        assert set(properties[key]["enum"]) == values, key


def test_the_keys_of_source_yml_are_those_of_the_shipped_papers() -> None:
    files = [*PAPERS.glob("*/data/source.yml")]
    assert len(files) > 10
    for path in files:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert Source.model_validate(content).data is not None or "data" not in content
        assert set(content) <= set(Source.model_fields), path


def test_editors_get_the_descriptions(tmp_path: Any) -> None:
    for path in write_schemas(tmp_path):
        schema = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert all(part.get("description") for _, _, part in described(schema)), path.name

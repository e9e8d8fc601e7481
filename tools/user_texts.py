"""Every text that a person reads, by where it is: pages, errors, commands, the UI, specifications, results.

Each text is one sentence or more without markup. Texts of generated tables and report pages are read from a
data root in which a refresh has run.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from bs4 import BeautifulSoup

from living_panel.orchestration.root import state

REPOSITORY = Path(__file__).resolve().parents[1]
Text = tuple[str, str]
"""Where a text is, and the text."""
WITHOUT = ("CHANGELOG.md", "estimation/papers/bi_2025/PROOFREADING.md")
"""Dated records, whose old entries keep the words of their day."""
YAML_KEYS = (
    "title",
    "question",
    "notes",
    "note",
    "description",
    "asks",
    "what",
    "reason",
    "concept",
)
BLOCKS = "p, li, caption, summary, figcaption, h1, h2, h3, dt, dd, th[scope=col], td.words"
ONE_OF_MANY = re.compile(r"province_(?!110000)")
"""Pages of other provinces: they are alike."""


def markdown_pages() -> Iterator[Text]:
    """Markdown files that git tracks, whole."""
    listed = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if name not in WITHOUT:
            yield name, (REPOSITORY / name).read_text(encoding="utf-8")


def problems() -> Iterator[Text]:
    """Meaning of every code; text and fix of every sentence."""
    from living_panel.codes import Code, NoFix
    from living_panel.orchestration.commands.errors_page import sentences

    for code in Code:
        yield code, code.meaning
    for said in sentences():
        fix = "" if isinstance(said.fix, NoFix) else said.fix
        yield f"{said.code} {said.where}", f"{said.text}\n\n{fix}"


def commands() -> Iterator[Text]:
    """Help of every command and of its options."""
    from living_panel.orchestration.__main__ import command_list

    for name, command in command_list().commands.items():
        yield f"command {name}", command.help or ""
        for parameter in command.params:
            yield f"command {name} {parameter.name}", getattr(parameter, "help", None) or ""


def interface() -> Iterator[Text]:
    """Descriptions that the UI shows: assets, jobs, operations and their configuration."""
    from living_panel.orchestration.definitions import build_definitions

    definitions = build_definitions()
    for asset in definitions.assets or ():
        for key, text in getattr(asset, "descriptions_by_key", {}).items():
            yield f"asset {key.to_user_string()}", text or ""
    for job in definitions.jobs or ():
        yield f"job {job.name}", getattr(job, "description", None) or ""
    for job in definitions.jobs or ():
        for node in getattr(job, "nodes", ()):  # a job of assets has none of its own
            yield f"operation {node.name}", node.definition.description or ""
            schema = node.definition.config_schema
            yield from _fields(node.name, getattr(schema, "config_type", None))


def _fields(name: str, config: Any) -> Iterator[Text]:
    for key, field in getattr(config, "fields", {}).items():
        yield f"operation {name} {key}", field.description or ""


def specifications() -> Iterator[Text]:
    """Titles, questions, notes and descriptions of the YAML files of papers, sources and dbt models."""
    folders = ("estimation/papers", "ingestion/sources", "dbt_project/models")
    for folder in folders:
        for path in sorted((REPOSITORY / folder).rglob("*.yml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            for text in _strings(content):
                yield path.relative_to(REPOSITORY).as_posix(), text


def _strings(node: Any, key: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _strings(value, str(name))
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value, key)
    elif isinstance(node, str) and key in YAML_KEYS:
        yield node


def results(root: Path) -> Iterator[Text]:
    """Pages of the report and of the data of a root, and its tables with their appendices."""
    for path in sorted((root / "report").rglob("*.html")):
        if not ONE_OF_MANY.match(path.name):
            for text in page_texts(path.read_text(encoding="utf-8")):
                yield path.relative_to(root).as_posix(), text
    for entry in state.read(root, "current") or ():
        folder = root / "artifacts" / entry["table_id"] / entry["artifact_id"]
        for path in sorted(folder.glob("*.md")):
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def page_texts(html: str) -> Iterator[str]:
    """Texts of a page, without code and without a block that holds another one."""
    page = BeautifulSoup(html, "lxml")
    for part in page(["script", "style", "svg", "code"]):
        part.decompose()
    seen = set()
    for block in page.select(BLOCKS):
        text = " ".join(block.get_text(" ").split())
        if text not in seen and not block.select_one("p, li, ul, table"):
            seen.add(text)
            yield text

"""README and CITATION.cff of a package, written from its description."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jinja2
import yaml

from living_panel.estimation.package.description import Description
from living_panel.estimation.package.facts import PackageFacts, open_facts
from living_panel.estimation.tables.render.plain import one_line, printable


def readme(description: Description, files: Mapping[str, bytes]) -> str:
    """Return the README in the form of the Social Science Data Editors' template, version 1.1.

    Parameters
    ----------
    description : Description
        What the package says of itself.
    files : mapping
        Its files so far, for their size.
    """
    facts = PackageFacts.model_validate(description.facts)
    shown = _shown(asdict(description))
    seconds = sum(table.seconds for table in description.tables)
    text = _template("readme.md.j2").render(
        d=shown,
        f=_shown(facts.model_dump(mode="json")),
        own=not any(
            file.name.startswith("data/archive") for s in description.sources for file in s.files
        ),
        missing=open_facts(facts),
        omitted=_shown([asdict(file) for file in description.omitted]),
        seeds=[
            (t["table"], place, seed) for t in shown["tables"] for place, seed in t["seeds"].items()
        ],
        seconds=math.ceil(seconds),
        minutes=_minutes(seconds),
        megabytes=math.ceil(sum(map(len, files.values())) / 1024**2),
        references=_shown(_references(description)),
    )
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def _minutes(seconds: float) -> str:
    number = 1 + math.ceil(seconds / 60)
    return f"{number} minutes"


def _references(description: Description) -> list[str]:
    """The article, and every data set of which a citation is known."""
    cited = [source.citation for source in description.sources if source.citation]
    return list(dict.fromkeys([*description.references, *cited]))


def data_readme(description: Description, version: str, changes: str) -> str:
    """Return the README of a data release."""
    facts = PackageFacts.model_validate(description.facts)
    text = _template("data_readme.md.j2").render(
        d=_shown(asdict(description)),
        f=_shown(facts.model_dump(mode="json")),
        version=version,
        changes=changes,
        missing=open_facts(facts),
        references=_shown(_references(description)),
    )
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def _shown(value: Any) -> Any:
    """A value whose texts are words on one line of Markdown: no HTML, no link, no cell of a table."""
    if isinstance(value, str):
        return _words(value)
    if isinstance(value, Mapping):
        return {_shown(key): _shown(inner) for key, inner in value.items()}
    return [*map(_shown, value)] if isinstance(value, list) else value


def _words(text: str) -> str:
    text = (
        one_line(printable(text)).replace("\\", "\\\\").replace("<", "&lt;").replace("](", "]\\(")
    )
    for character in "`[]|":
        text = text.replace(character, f"\\{character}")
    return text


def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    return environment.from_string(
        Path(__file__).resolve().with_name(name).read_text(encoding="utf-8")
    )


def citation(description: Description) -> str:
    """Return CITATION.cff of the package; a name that is known as a family name stays one."""
    people = [
        {"family-names": name} if " " not in name else {"name": name}
        for name in description.authors
    ]
    content: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use this package, cite it and the article.",
        "title": f'Replication package of "{description.title}"',
        "type": "dataset",
        "authors": people,
        "version": description.release_id,
        "date-released": description.made[:10],
    }
    article: dict[str, Any] = {
        "type": "article", "title": description.title, "authors": [*map(dict, people)], "year": description.year
    }  # fmt: skip
    if doi := description.facts["doi"]:
        article["doi"] = doi.removeprefix("https://doi.org/")
    content["references"] = [article]
    if contact := description.facts["contact"]:
        content["contact"] = [{"name": contact}]
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)

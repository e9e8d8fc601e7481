"""Facts that only the author knows: licence, contact, DOI. They are asked for, or named as missing.

`papers/<paper>/package.yml` holds the answers. No fact is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from living_panel.codes import Code
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.limited_yaml import YamlLoader, faults_of
from living_panel.problems import Place, Problem, ProblemError

FILE = "package.yml"
HEADER = (
    "# What only the author knows of the replication package; docs/packages.md lists the keys.\n"
)


class WrongPackage(ProblemError, ValueError):
    """A package, or what is written about it, that cannot be used."""


class Strict(BaseModel):
    """A part of package.yml, in which only known keys may stand."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SourceFacts(Strict):
    """Facts about one source of data; they complete its receipt or source.yml."""

    citation: str = ""
    """Citation of the source in README and metadata."""
    licence: str = ""
    """Licence or terms of use of the source."""
    access: str = ""
    """Way in which a reader gets the data."""
    url: str = ""
    """Address of the source."""
    doi: str = ""
    """DOI of the source."""
    cost: str = ""
    """Money that access costs."""
    time: str = ""
    """Time that access takes, in days or weeks."""
    redistribute: bool = True
    """False leaves the source's files out of the package and names them."""


class PackageFacts(Strict):
    """Facts about a package, each empty where the author has not stated it."""

    contact: str = ""
    """Address for questions about the package."""
    doi: str = ""
    """DOI of the article."""
    repository: str = ""
    """Repository that archives the package, with the package's own DOI."""
    licence: str = ""
    """Licence of the data in the package; that of the code is in LICENSE."""
    rights_to_use: bool | None = None
    """Whether the author certifies the right to use all data."""
    rights_to_publish: bool | None = None
    """Whether the author certifies the right to publish all data."""
    instruments: str = ""
    """Statement on survey instruments (rule 10), or why it does not apply."""
    ethics: str = ""
    """Statement on ethics review (rule 11), or why it does not apply."""
    registration: str = ""
    """Statement on pre-registration (rule 12), or why it does not apply."""
    omitted: tuple[str, ...] = ()
    """What the package leaves out, and why, one sentence each."""
    acknowledgements: str = ""
    """Acknowledgements, printed as plain text."""
    sources: dict[str, SourceFacts] = {}
    """Facts about each source, by its name."""


QUESTIONS = {
    "contact": "contact for questions about the package",
    "doi": "DOI of the article",
    "repository": "repository that archives the package, with its DOI",
    "licence": "licence of the data in the package",
    "rights_to_use": "certificate that the authors may use all data (yes or no)",
    "rights_to_publish": "certificate that the authors may publish all data (yes or no)",
}
"""Facts that are asked for at a terminal; just Enter leaves one open."""


def read_facts(paper: Path) -> PackageFacts:
    """Read package.yml of a paper's folder; without the file every fact is open.

    Raises
    ------
    WrongPackage
        If a key is unknown or has another value than it may have.
    """
    file = paper / FILE
    if not file.is_file():
        return PackageFacts()
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=YamlLoader) or {}
        return PackageFacts.model_validate(content)
    except (ValidationError, yaml.YAMLError) as error:
        fault = faults_of(error)[0]
        place = Place(file=str(file), key=fault.key)
        raise WrongPackage(
            Code.PACKAGE_FACTS(
                "{reason}",
                "compare it with the keys and values in docs/packages.md",
                place,
                reason=fault.reason,
            )
        ) from error


def open_keys(facts: PackageFacts) -> list[str]:
    """Return the questions whose answer is not stated."""
    return [key for key in QUESTIONS if getattr(facts, key) in ("", None)]


def state_facts(paper: Path, facts: PackageFacts, answers: Mapping[str, str]) -> PackageFacts:
    """Keep answers in package.yml; yes and no are those of a certificate."""
    given: dict[str, Any] = {
        key: answer.lower() in ("y", "yes") if key.startswith("rights") else answer
        for key, answer in answers.items()
    }
    whole = facts.model_copy(update=given)
    text = yaml.safe_dump(
        whole.model_dump(mode="json", exclude_defaults=True), sort_keys=False, allow_unicode=True
    )
    write_durably((HEADER + text).encode(), paper / FILE)
    return whole


def open_facts(facts: PackageFacts) -> list[Problem]:
    """Return a problem for each fact that the author has not stated."""
    return [
        Code.PACKAGE_FACTS(
            "the paper does not state {fact}",
            "write it as `{key}` in {file}; you may also omit it",
            Place(),
            fact=QUESTIONS[key],
            key=key,
            file=FILE,
        )
        for key in open_keys(facts)
    ]

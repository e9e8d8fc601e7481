"""Papers written for version 0.4: the findings of its `questions.yml` and `conclusions.yml` in today's form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from living_panel.codes import Code
from living_panel.estimation.findings.declared import FILE, FORMER_FILES, Difference, Slope
from living_panel.estimation.findings.rule import CHOICE_KINDS
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.former_names import current_content
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.panel.spec import PAPER_FILE
from living_panel.estimation.papers.source import FOLDER, SOURCE
from living_panel.problems import Place

LAST_OF_FORMAT_1 = "0.4.0"
"""Last version that reads and rewrites a paper of format 1, that of 0.1."""
FORMER_KIND = "panel_estimators"
RULES = {"positive": "above", "negative": "below", "either": "not", "not significant": "within"}
"""Rule of a claim by the sign that a question or a conclusion expected."""
KINDS = {"fewer controls": "other controls", "filled cells": "other cells", "levels": "other forms",
         "one province less": "one unit less", "other provinces": "other units",
         "variants": "other estimators"}  # fmt: skip
"""Kinds of choices of before the closed list that have another name in it."""
LONGEST_ID = 40


class Migrated(NamedTuple):
    """Files of a paper that changed, and what its author has to do or to know."""

    files: list[Path]
    notes: list[str]


def migrate_paper(folder: Path) -> Migrated:
    """Rewrite the files of a paper in today's format.

    Parameters
    ----------
    folder : path
        Folder of the paper.

    Returns
    -------
    Migrated
        Nothing for a paper of today's format.

    Raises
    ------
    InvalidSpec
        For a file that is not YAML, and a paper of format 1: another version of the program rewrites it.
    """
    if (place := _find_format_1(folder)) is not None:
        raise InvalidSpec(
            Code.FORMER_VERSION(
                "the paper has format {value}; version {version} is the last that reads it",
                "install version {version} and run its `migrate`, then run `migrate` of this version",
                place,
                value=1,
                version=LAST_OF_FORMAT_1,
            )
        )
    old = [folder / name for name in FORMER_FILES if (folder / name).is_file()]
    if not old or (folder / FILE).exists():
        return Migrated([], [f"{FILE} is there already: delete {path.name}." for path in old])
    questions, conclusions = (_listed(folder / name) for name in FORMER_FILES)
    findings: list[dict[str, Any]] = []
    notes: list[str] = []
    for question in questions:
        if question["kind"] == "words":
            notes.append(
                f"Left out: '{question['asks']}' quotes words of table {question['table']}, which are no claim about "
                "a number. State a claim about a stored number in its place."
            )
            continue
        findings.append(_from_question(question))
        notes += [
            f"Choose a kind of the closed list for {kind!r}: '{question['asks']}'"
            for kind in dict.fromkeys(c["kind"] for c in findings[-1].get("choices", []))
            if kind not in CHOICE_KINDS
        ]
        notes.append(f"Write as a sentence that can hold or not: '{question['asks']}'")
    for conclusion in conclusions:
        claim = {"claim": conclusion["says"]}
        made = _from_conclusion(conclusion)
        same = [f for f in findings if _is_same_number(f, made)]
        if same:
            notes.remove(f"Write as a sentence that can hold or not: '{same[0]['claim']}'")
            more = {key: made[key] for key in ("printed", "editions") if key in made}
            same[0].update({**claim, **more, **{k: same[0][k] for k in more if k in same[0]}})
            continue
        findings.append(made)
        notes.append(f"Name the outcome in `what`: '{made['claim']}'")
        if made["rule"]["estimate"] == "within" and "printed" not in made:
            notes.append(f"Add `bound` and `reason` to the rule: '{made['claim']}'")
    heads = "".join(_head(path.read_text(encoding="utf-8")) for path in old)
    named = [{"id": name, **f} for name, f in zip(_ids(findings), findings, strict=True)]
    (folder / FILE).write_text(heads + _yaml(named), encoding="utf-8")
    for path in old:
        path.unlink()
    return Migrated([folder / FILE, *old], notes)


def _find_format_1(folder: Path) -> Place | None:
    """Place of what only format 1 has: a source without a status, a kind of table or a key that is gone.

    A paper of later versions may lack the key `format`: then it has none of these.
    """
    if _content(folder / PAPER_FILE).get("format", 1) != 1:
        return None
    source = folder / FOLDER / SOURCE
    if source.is_file() and "status" not in _content(source):
        return Marked(source).place(())
    for path in sorted((folder / "specs").glob("*.yml")):
        if _content(path).get("kind") == FORMER_KIND:
            return Marked(path).place(("kind",))
    questions = folder / FORMER_FILES[0]
    numbers = (n for n, q in enumerate(_listed(questions)) if "variants" in q)
    return next((Marked(questions).place((n, "variants")) for n in numbers), None)


def _content(path: Path) -> dict[str, Any]:
    content = Marked(path).content
    return content if isinstance(content, dict) else {}


def _head(text: str) -> str:
    """First comments of a file."""
    lines = text.splitlines(keepends=True)
    return "".join(lines[: next((n for n, l in enumerate(lines) if not l.startswith("#")), 0)])


class _Plain(yaml.SafeDumper):
    """Writes a part that stands at several places in full at each."""

    def ignore_aliases(self, data: Any) -> bool:
        """Whether a part is written in full."""
        return True


def _yaml(content: Any) -> str:
    return yaml.dump(content, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


def _listed(path: Path) -> list[dict[str, Any]]:
    return [current_content(c) for c in Marked(path).content or []] if path.is_file() else []


def _from_question(question: Mapping[str, Any]) -> dict[str, Any]:
    """A finding whose rule is the hypothesis and the expected sign."""
    made = {key: value for key, value in question.items() if key != "short"}
    head = {"kind": made.pop("kind"), "claim": made.pop("asks")}
    if "estimate" in made:
        value = "printed" if made.pop("hypothesis", "zero") == "printed" else 0
        head["rule"] = {"estimate": RULES[made.pop("expects", "positive")], "value": value}
    made = {**head, **made}
    return _with_kinds(made) if made.get("choices") else made


def _with_kinds(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding with kinds of choices of the closed list, and a new version where this changes its list."""
    choices = [{**c, "kind": KINDS.get(c["kind"], c["kind"])} for c in finding["choices"]]
    made = {**finding, "choices": choices}
    versions = list(made.get("versions", []))
    if any(choice["kind"] not in CHOICE_KINDS for choice in choices):
        return made  # its author chooses a kind, and then declares the version
    form = Difference if made["kind"] == "difference" else Slope
    found = form.model_validate({"id": "x", **made}).choices_id
    if not versions or versions[-1]["choices"] != found:
        number = versions[-1]["version"] + 1 if versions else 1
        versions.append(
            {"version": number, "choices": found, "says": "the kinds of the closed list"}
        )
    return {**made, "versions": versions}


def _from_conclusion(conclusion: Mapping[str, Any]) -> dict[str, Any]:
    """A finding on the first coefficient that a conclusion follows."""
    table, first = conclusion["table"], conclusion["paths"][0]
    made = {
        "claim": conclusion["says"],
        "what": f"The coefficient of {first['term']} in {first['model']}",
        "rule": {"estimate": RULES[conclusion["holds"]], "value": 0},
        "estimate": {"table": table, "model": first["model"], "term": first["term"]},
    }
    printed = {"printed": conclusion["printed"]} if "printed" in conclusion else {}
    return {**made, **printed, "editions": {"table": table, "paths": conclusion["paths"]}}


def _is_same_number(finding: Mapping[str, Any], followed: Mapping[str, Any]) -> bool:
    """Whether a followed coefficient is the number of a finding that has the same rule, and follows none yet."""
    of = finding.get("estimate", {})
    paths = [(p["model"], p["term"]) for p in followed["editions"]["paths"]]
    return (
        of.get("table") == followed["editions"]["table"]
        and (of.get("model"), of.get("term")) in paths
        and finding["rule"] == followed["rule"]
        and "editions" not in finding
    )


def _ids(findings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A name of each finding from the words of its claim, with a number where another has it."""
    taken: list[str] = []
    for number, finding in enumerate(findings, start=1):
        words = "-".join(re.findall(r"[a-z0-9]+", finding["claim"].lower()))
        whole = words[: LONGEST_ID + 1].rpartition("-")[0] if len(words) > LONGEST_ID else words
        name = whole or f"finding-{number}"
        taken.append(name if name not in taken else f"{name}-{number}")
        yield taken[-1]

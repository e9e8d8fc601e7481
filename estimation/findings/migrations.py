"""Papers written for a former format: what each format changed, and rewriting a paper's files in today's.

Format 1 is that of 0.1: a source without a status, tables of kind `panel_estimators`, variants of a question.
Until 0.4, a paper of either format declared its findings in `questions.yml` and `conclusions.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from living_panel.estimation.findings.declared import FILE, FORMER_FILES, Difference, Slope
from living_panel.estimation.findings.rule import CHOICE_KINDS
from living_panel.estimation.panel.former_names import FORMAT, current_content
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.panel.spec import PAPER_FILE
from living_panel.estimation.papers.paper_data import FOLDER, format_of, former_status
from living_panel.estimation.papers.printed import PAIRS_FILE

FORMER_KIND = "panel_estimators"
BLOCK = "main"
"""Name of the one block that a table of the former kind becomes."""
FORMER_INFERENCE: dict[str, dict[str, Any]] = {
    "classical": {"cov": "classical", "correction": "none", "df": "t(n-k)"},
    "clustered": {"cov": "clustered", "cluster": ["unit"], "correction": "linearmodels", "df": "t(G-1)"},
    "driscoll_kraay": {"cov": "driscoll_kraay", "correction": "linearmodels", "df": "t(T-1)",
                       "effects": ["none", "unit", "both"]},
}  # fmt: skip
LABELS = {"classical": "classical:t(n-k)", "clustered": "clustered:linearmodels:t(G-1)"}
WORDS = {
    "classical": "classical",
    "clustered": "clustered by unit",
    "driscoll_kraay": "Driscoll-Kraay",
}


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
        For a file that is not YAML.
    """
    specs = sorted((folder / "specs").glob("*.yml"))
    former = {p.stem for p in specs if _content(p).get("kind") == FORMER_KIND}
    declared = _write_findings(folder, former)
    if format_of(folder) >= FORMAT:
        return declared
    changes: list[tuple[Path, Callable[[Any], Any]]] = [
        (folder / FOLDER / "source.yml", lambda c: {**c, "status": c.get("status", former_status(folder))}),
        (folder / PAIRS_FILE, lambda c: _pairs(c, former)),
        *((path, partial(_spec, paper=folder.name)) for path in specs),
        (folder / PAPER_FILE, lambda c: {"format": FORMAT, **current_content(c)}),
    ]  # fmt: skip
    changed = [path for path, change in changes if path.is_file() and _rewrite(path, change)]
    return Migrated([*changed, *declared.files], declared.notes)


def _content(path: Path) -> dict[str, Any]:
    content = Marked(path).content
    return content if isinstance(content, dict) else {}


def _rewrite(path: Path, change: Callable[[Any], Any]) -> bool:
    """Write a file anew where its content changes; its first comments stay, a key put before it too."""
    text, content = path.read_text(encoding="utf-8"), Marked(path).content
    made = change(content)
    if made == content:
        return False
    head = _head(text)
    body = text[len(head) :]
    more = {key: made[key] for key in made if key not in content} if isinstance(made, dict) else {}
    if more and {k: v for k, v in made.items() if k not in more} == content:
        written = f"{head}{_yaml(more)}{body}"  # the rest is as its author wrote it
    else:
        written = head + _yaml(made)
    path.write_text(written, encoding="utf-8")
    return True


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


def _spec(content: Mapping[str, Any], paper: str) -> dict[str, Any]:
    """A spec, and one of the former kind as a table of fixed effects with one block."""
    current: dict[str, Any] = current_content(content)
    if current.get("kind") != FORMER_KIND:
        return {"format": FORMAT, **current}
    options = current["options"]
    primary, bandwidth = options["primary"], options.get("bandwidth")
    labels = {**LABELS, "driscoll_kraay": f"driscoll_kraay({bandwidth}):linearmodels:t(T-1)"}
    ways = [
        {**FORMER_INFERENCE[way], **({"bandwidth": bandwidth} if way == "driscoll_kraay" else {})}
        for way in options["inference"]
    ]
    block = {
        "id": BLOCK, "title": current["title"], "dependent": options["dependent"], "enter": options["enter"],
        "effects": {c["id"]: c["effects"] for c in options["columns"]},
        "beside_printed": "printed" in options, "interpolation": options["interpolation"],
        "sample": options["sample"],
    }  # fmt: skip
    made = {
        "constant": True,
        "primary": labels[primary],
        "beside": {labels[way]: WORDS[way] for way in options["inference"]},
        "inference": ways,
        "blocks": [block],
    }
    if "printed" in options:
        made["printed"] = {"paper": paper, "table": options["printed"]}
    return {"format": FORMAT, **current, "kind": "fixed_effects", "options": made}


def _pairs(content: Mapping[str, Any], former: set[str]) -> dict[str, Any]:
    """Pairs whose columns of ours are in the one block; printed errors are the classical ones."""
    pairs: dict[str, Any] = {}
    for number, pair in current_content(content).items():
        pairs[number] = pair
        if pair.get("table") in former:
            models = {
                m: [f"{BLOCK}.{o}" for o in ours] for m, ours in pair.get("models", {}).items()
            }
            pairs[number] = {**pair, "models": models}
    return pairs


def _write_findings(folder: Path, former: set[str]) -> Migrated:
    """Write `findings.yml` from the questions and conclusions of a paper, which it replaces."""
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
        findings.append(_from_question(question, former))
        notes += [
            f"Choose a kind of the closed list for {kind!r}: '{question['asks']}'"
            for kind in dict.fromkeys(c["kind"] for c in findings[-1].get("choices", []))
            if kind not in CHOICE_KINDS
        ]
        notes.append(f"Write as a sentence that can hold or not: '{question['asks']}'")
    for conclusion in conclusions:
        claim = {"claim": conclusion["says"]}
        made = _from_conclusion(_in_block(conclusion, former))
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


def _listed(path: Path) -> list[dict[str, Any]]:
    return [current_content(c) for c in Marked(path).content or []] if path.is_file() else []


def _from_question(question: Mapping[str, Any], former: set[str]) -> dict[str, Any]:
    """A finding whose rule is the hypothesis and the expected sign; variants become declared choices.

    Each choice is of a table that has its column in a block.
    """
    made = {key: _in_block(value, former) for key, value in question.items() if key != "short"}
    head = {"kind": made.pop("kind"), "claim": made.pop("asks")}
    if "estimate" in made:
        value = "printed" if made.pop("hypothesis", "zero") == "printed" else 0
        head["rule"] = {"estimate": RULES[made.pop("expects", "positive")], "value": value}
    made = {**head, **made}
    if "variants" in made:
        made["choices"] = [
            {"kind": "variants", "reason": "a variant of the former format", **variant}
            for variant in made.pop("variants")
        ]
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
        says = "the kinds of the closed list" if versions else "the variants of the former format"
        number = versions[-1]["version"] + 1 if versions else 1
        versions.append({"version": number, "choices": found, "says": says})
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


def _in_block(part: Any, former: set[str]) -> Any:
    """A part of a former file with the columns of former tables in their block."""
    if isinstance(part, list):
        return [_in_block(item, former) for item in part]
    if not isinstance(part, Mapping):
        return part
    content = {key: _in_block(value, former) for key, value in part.items()}
    if content.get("table") in former and "model" in content:
        content["model"] = f"{BLOCK}.{content['model']}"
    return content

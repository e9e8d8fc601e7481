"""Papers written for a former format: what each format changed, and rewriting a paper's files in today's.

Format 1 is that of 0.1: a source without a status, tables of kind `panel_estimators`, variants of a question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from living_panel.estimation.findings.declared import Slope
from living_panel.estimation.panel.former_names import FORMAT, current_content
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.panel.spec import PAPER_FILE
from living_panel.estimation.papers.paper_data import FOLDER, format_of, former_status
from living_panel.estimation.papers.printed import PAIRS_FILE

QUESTIONS = "questions.yml"
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


def migrate_paper(folder: Path) -> list[Path]:
    """Rewrite the files of a paper in today's format.

    Parameters
    ----------
    folder : path
        Folder of the paper.

    Returns
    -------
    list of path
        The files that changed; none for a paper of today's format.

    Raises
    ------
    InvalidSpec
        For a file that is not YAML.
    """
    if format_of(folder) >= FORMAT:
        return []
    specs = sorted((folder / "specs").glob("*.yml"))
    former = {p.stem for p in specs if _content(p).get("kind") == FORMER_KIND}
    changes: list[tuple[Path, Callable[[Any], Any]]] = [
        (folder / FOLDER / "source.yml", lambda c: {**c, "status": c.get("status", former_status(folder))}),
        (folder / PAIRS_FILE, lambda c: _pairs(c, former)),
        (folder / QUESTIONS, lambda c: [_question(q, former) for q in c]),
        *((path, partial(_spec, paper=folder.name)) for path in specs),
        (folder / PAPER_FILE, lambda c: {"format": FORMAT, **current_content(c)}),
    ]  # fmt: skip
    return [path for path, change in changes if path.is_file() and _rewrite(path, change)]


def _content(path: Path) -> dict[str, Any]:
    content = Marked(path).content
    return content if isinstance(content, dict) else {}


def _rewrite(path: Path, change: Callable[[Any], Any]) -> bool:
    """Write a file anew where its content changes; its first comments stay, a key put before it too."""
    text, content = path.read_text(encoding="utf-8"), Marked(path).content
    made = change(content)
    if made == content:
        return False
    lines = text.splitlines(keepends=True)
    head = "".join(lines[: next((n for n, l in enumerate(lines) if not l.startswith("#")), 0)])
    body = text[len(head) :]
    more = {key: made[key] for key in made if key not in content} if isinstance(made, dict) else {}
    if more and {k: v for k, v in made.items() if k not in more} == content:
        written = f"{head}{_yaml(more)}{body}"  # the rest is as its author wrote it
    else:
        written = head + _yaml(made)
    path.write_text(written, encoding="utf-8")
    return True


def _yaml(content: Any) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


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


def _question(content: Mapping[str, Any], former: set[str]) -> dict[str, Any]:
    """A question whose variants are declared choices, each of a table that has its column in a block."""
    current = {key: _in_block(value, former) for key, value in current_content(content).items()}
    if "variants" not in current:
        return current
    choices = [
        {"kind": "other estimators", "reason": "a variant of the former format", **variant}
        for variant in current.pop("variants")
    ]
    made = {**current, "choices": choices}
    first = Slope.model_validate(made).choices_id
    says = "the variants of the former format"
    return {**made, "versions": [{"version": 1, "choices": first, "says": says}]}


def _in_block(part: Any, former: set[str]) -> Any:
    """A part of a question with the columns of former tables in their block."""
    if isinstance(part, list):
        return [_in_block(item, former) for item in part]
    if not isinstance(part, Mapping):
        return part
    content = {key: _in_block(value, former) for key, value in part.items()}
    if content.get("table") in former and "model" in content:
        content["model"] = f"{BLOCK}.{content['model']}"
    return content

"""The pages of every problem's code, its text, its fix and an example: docs/errors.md, docs/errors/."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from pathlib import Path

from living_panel.orchestration.root.settings import REPOSITORY
from living_panel.problems import NO_FIX, REGISTRY, ProblemCode, is_general

ERRORS = REPOSITORY / "docs" / "errors.md"
EXAMPLES = REPOSITORY / "docs" / "errors" / "examples.json"
FIELD_ALONE = re.compile(r"\{\w+\}")
PACKAGES = ("ingestion", "estimation", "orchestration")
REASONS = "\n".join(f"- *{reason}*: {words}" for reason, words in NO_FIX.items())
HEAD = """# Codes of problems

`make docs` writes these pages from the modules named `codes.py` and from what tests print. Every error, warning and
finding has a code, a place, fields and a fix. Braces mark fields here. The meaning of a code never changes.

{shown} of {all} codes have a section with a printed example. A test produces each example and compares it with
this page. The [other codes](#other-codes) are in one list.

## Codes with an example
"""
OTHERS = f"""## Other codes

Number 000 of an area is for texts that have no code of their own. Such a text contains its fix: {{general}}.

For a code without a fix, the column `fix` has the reason:

{REASONS}

| code | problem | fix |
|---|---|---|
"""
KEYS = "[Keys of files](../keys.md) lists the keys of each YAML file, with types, defaults and examples.\n"
CONTENTS = """```{toctree}
:hidden:
:glob:

errors/*
```
"""


@dataclass(frozen=True)
class Example:
    """What a test that provokes a problem prints; tests/problem_examples.py stores and compares it."""

    printed: str
    test: str
    has_place: bool
    is_in_yaml: bool
    """Whether the place is a line or a key of a YAML file."""


def read_examples() -> dict[str, Example]:
    """Return the stored example of each code that a test provokes."""
    if not EXAMPLES.exists():
        return {}
    stored = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return {code: Example(**example) for code, example in stored.items()}


def register_all() -> None:
    """Import every module that registers codes."""
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("codes.py")):
            inside = path.relative_to(REPOSITORY).with_suffix("")
            import_module(".".join(("living_panel", *inside.parts)))


def error_pages() -> dict[Path, str]:
    """Return the pages in Markdown: one for each area with examples, and the list of all codes."""
    register_all()
    examples = read_examples()
    listed = sorted(REGISTRY.values(), key=lambda code: code.name)
    without = [code for code in listed if code.name not in examples]
    others = [_row(code) for code in without if not is_general(code.name)]
    general = ", ".join(f"`{code.name}`" for code in without if is_general(code.name))
    pages, links = {}, []
    shown = [code for code in listed if code.name in examples]
    for area, codes in groupby(shown, key=lambda code: code.name.rpartition("-")[0]):
        members = [*codes]
        file = f"{area.removeprefix('LP-').lower()}.md"
        sections = [_section(code, examples[code.name]) for code in members]
        top = [
            f"# {area}\n",
            *([KEYS] if any(examples[c.name].is_in_yaml for c in members) else []),
        ]
        pages[ERRORS.with_suffix("") / file] = "\n".join([*top, *sections])
        names = (f"[{c.name}](errors/{file}#{c.name.lower()})" for c in members)
        links.append(f"- {area}: {', '.join(names)}")
    head = HEAD.format(shown=len(shown), all=len(listed))
    parts = [head, *links, "", OTHERS.format(general=general) + "\n".join(others), "", CONTENTS]
    return {ERRORS: "\n".join(parts), **pages}


def write_errors() -> list[Path]:
    """Write docs/errors.md and the pages below docs/errors/; return their paths."""
    pages = error_pages()
    for old in set(ERRORS.with_suffix("").glob("*.md")) - set(pages):
        old.unlink()
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return [*pages]


def _section(code: ProblemCode, example: Example) -> str:
    """Return what a code means, its fix, and the example with the test that prints it."""
    printed = _without_code(example.printed, code.name)
    before, _, after = printed.partition(" Fix: ")
    text = _instance(code.text, before.rpartition(": ")[2]) or _line(code.text)
    fix = _instance(code.fix, after) or _line(code.fix)
    fix = f"None: {NO_FIX[code.no_fix]}" if code.no_fix else fix
    test = example.test.partition("[")[0]
    return (
        f"## {code.name}\n\n- Problem: {text}\n- Fix: {fix}\n\n"
        f"```text\n{example.printed}\n```\n\nPrinted by `{test}`.\n"
    )


def _without_code(printed: str, name: str) -> str:
    return printed.removesuffix(f" [{name}]")


def _instance(template: str, shown: str) -> str:
    """Return the words of the example where a template is a field alone, which says nothing; else ""."""
    if not FIELD_ALONE.fullmatch(template) or not shown:
        return ""
    return f"it depends on the case; here: {_line(shown.rstrip('.'))}"


def _row(code: ProblemCode) -> str:
    fix = f"*{code.no_fix}*" if code.no_fix else _cell(code.fix)
    cells = (f"`{code.name}`", _cell(code.text), fix)
    return f"| {' | '.join(cells)} |"


def _line(template: str) -> str:
    """Return a template as one line of Markdown, in which only code is markup."""
    parts = " ".join(template.split()).split("`")  # every other one is code
    return "`".join(
        part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts)
    )


def _cell(template: str) -> str:
    """Return a template as a cell of a table."""
    return _line(template).replace("|", "\\|")

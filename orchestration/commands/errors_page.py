"""The pages of every problem's code, its sentences and an example: docs/errors.md, docs/errors/."""

from __future__ import annotations

import ast
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from living_panel.codes import Code, NoFix
from living_panel.orchestration.root.settings import REPOSITORY
from living_panel.problems import GENERAL

ERRORS = REPOSITORY / "docs" / "errors.md"
EXAMPLES = REPOSITORY / "docs" / "errors" / "examples.json"
FORMER = REPOSITORY / "docs" / "errors" / "former.csv"
PACKAGES = ("living_panel", "ingestion", "estimation", "orchestration")
REASONS = "\n".join(f"- *{reason.name.lower()}*: {reason.value}" for reason in NoFix)
HEAD = f"""# Codes of problems

`make docs` writes these pages from the code and from what tests print. Every error, warning and finding has a code,
a place, fields and a fix. A code says what you have to do with; the fields say the rest. Its meaning never changes.
Braces mark fields here. `{GENERAL}` is the code of a text without one of its own; such a text contains its fix.

Versions before 0.6.0 gave each sentence a number of its own. The page of each area leads from them to the codes.

Where a sentence has no fix, the page has the reason:

{REASONS}

| code | meaning |
|---|---|
"""
KEYS = "[Keys of files](../keys.md) lists the keys of each YAML file, with types, defaults and examples.\n"
CONTENTS = """
```{toctree}
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


@dataclass(frozen=True)
class Said:
    """One sentence of the product: its code, its templates, and the file and line of its words."""

    code: Code
    text: str
    fix: str | NoFix
    where: str


def read_examples() -> dict[str, Example]:
    """Return the stored example of each code that a test provokes."""
    if not EXAMPLES.exists():
        return {}
    stored = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return {code: Example(**example) for code, example in stored.items()}


def read_former() -> dict[str, Code]:
    """Return the code that each numbered code of a former version has become."""
    with FORMER.open(encoding="utf-8", newline="") as file:
        return {row["former"]: Code(row["code"]) for row in csv.DictReader(file)}


@cache
def sentences() -> tuple[Said, ...]:
    """Return every sentence that the product's code writes down, in the order of the codes."""
    order = {code: number for number, code in enumerate(Code)}
    found = [said for path in _modules() for said in _said(path)]
    return tuple(sorted(found, key=lambda said: (order[said.code], said.where)))


def _modules() -> Iterator[Path]:
    for package in PACKAGES:
        pattern = "*.py" if package == "living_panel" else "**/*.py"
        yield from sorted((REPOSITORY / package).glob(pattern))


def _said(path: Path) -> Iterator[Said]:
    """Yield the calls `Code.X(text, fix, …)` and `Sentence(Code.X, text, fix)` of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = {  # texts that several sentences of a module share
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        named = isinstance(node.func, ast.Name) and node.func.id == "Sentence"
        code, *words = node.args if named else (node.func, *node.args)
        if not (isinstance(code, ast.Attribute) and ast.unparse(code.value) == "Code"):
            continue
        text, fix = (_words(texts, word) for word in words[:2])
        if isinstance(text, str):
            where = f"{path.relative_to(REPOSITORY)}:{node.lineno:05}"
            yield Said(Code[code.attr], text, fix, where)


def _words(texts: dict[str, ast.expr], node: ast.expr) -> str | NoFix:
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "NoFix":
        return NoFix[node.attr]
    if isinstance(node, ast.Name) and node.id in texts:
        node = texts[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise TypeError(
        f"line {node.lineno}: a sentence is written as text, not as {ast.unparse(node)}"
    )


def error_pages() -> dict[Path, str]:
    """Return the pages in Markdown: the list of all codes, and one for each area, of former codes too."""
    examples, said, former = read_examples(), sentences(), read_former()
    areas = sorted({_area(code) for code in (*Code, *former)})
    rows = [f"| [{code}]({_address(code)}) | {code.meaning} |" for code in Code]
    pages = {ERRORS: HEAD + "\n".join(rows) + "\n" + CONTENTS}
    for area in areas:
        codes = [code for code in Code if _area(code) == area]
        in_yaml = any(code in examples and examples[code].is_in_yaml for code in codes)
        parts = [f"# LP-{area.upper()}\n", *([KEYS] if in_yaml else [])]
        for code in codes:
            of_code = [sentence for sentence in said if sentence.code == code]
            parts.append(_section(code, of_code, examples.get(code)))
        if numbers := [name for name in former if _area(name) == area]:
            parts += ["## Former codes\n", "| before 0.6.0 | now |", "|---|---|"]
            parts += [
                f'| <a id="{name.lower()}"></a>{name} | [{former[name]}](../{_address(former[name])}) |'
                for name in numbers
            ]
            parts.append("")
        pages[ERRORS.with_suffix("") / f"{area}.md"] = "\n".join(parts)
    return pages


def write_errors() -> list[Path]:
    """Write docs/errors.md and the pages below docs/errors/; return their paths."""
    pages = error_pages()
    for old in set(ERRORS.with_suffix("").glob("*.md")) - set(pages):
        old.unlink()
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return [*pages]


def _area(code: str) -> str:
    return code.split("-")[1].lower()


def _address(code: Code) -> str:
    return f"errors/{_area(code)}.md#{code.lower()}"


def _section(code: Code, said: list[Said], example: Example | None) -> str:
    """Return the meaning of a code, the example with the test that prints it, and its sentences."""
    parts = [f"## {code}\n", f"{code.meaning[:1].upper()}{code.meaning[1:]}.\n"]
    if example:
        test = example.test.partition("[")[0]
        parts.append(f"```text\n{example.printed}\n```\n\nPrinted by `{test}`.\n")
    if said:
        rows = dict.fromkeys(f"| {_cell(s.text)} | {_fix(s.fix)} |" for s in said)
        parts += ["| problem | fix |", "|---|---|", *rows, ""]
    return "\n".join(parts)


def _fix(fix: str | NoFix) -> str:
    return f"*{fix.name.lower()}*" if isinstance(fix, NoFix) else _cell(fix)


def _cell(template: str) -> str:
    """Return a template as a cell of a table, in which only code is markup."""
    parts = " ".join(template.split()).replace("|", "\\|").split("`")  # every other one is code
    return "`".join(
        part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts)
    )

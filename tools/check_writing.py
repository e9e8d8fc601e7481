"""Check the writing style of every text that a person reads.

`python -m tools.check_writing` reads README and docs, errors, commands, the UI, specifications, and the tables and
report pages of the data root. It prints place, line, rule and text, and ends with status 1 where the number of places
exceeds the limit. With files as arguments it reads those. The rules are those of docs/writing.md.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from living_panel.orchestration.root.settings import load_settings
from tools import user_texts

LONGEST_SENTENCE_WORDS = 22
"""The rule says 20; two words more are let through."""
RULES = {
    "metaphor": r"\b(rooms?|house|doors?|(?<!random )walks?|riddles?|off the record|stands still)\b",
    "stand-in": r"\bstand[- ]ins?\b|\bstands in for\b",
    "inconclusive": r"\b(?:cannot|could not|can't) (?:be told|tell)\b|\bthe figures cannot\b",
    "power": r"four samples of five",
    "inverted sentence": r"(?:^|[.;:] )(?:What|Of|Beside|Whose|Whoever) [a-z](?![^.!?]*\?)",
    "double negation": r"\bnone\b(?:[^.]|\.\d)*\b(?:not|excluded)\b",
}
CODES = {
    "unit by its code": r"\b\d{6} (?:19|20)\d\d\b",
    "inference by its label": r"\b(?:cr3|clustered|wild_cluster_bootstrap|HC[0-3]|classical):\w",
}
"""Further rules for tables and report pages, which name things in words."""
BRACKETS = re.compile(r"\([^()]*\)|\[[^][]*\]")
LIST_COMMAS = 7
"""A sentence with a comma every seven words is a list, however long. Text in brackets does not count."""


@dataclass(frozen=True)
class StylePlace:
    """One place that breaks a rule."""

    file: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.text}"


def find_places(
    file: str,
    text: str,
    rules: Mapping[str, str] = RULES,
) -> Iterator[StylePlace]:
    """Places of a text that break a rule; code blocks and tables are only searched for words."""
    in_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        if in_code:
            continue
        for rule, pattern in rules.items():
            for match in re.finditer(pattern, line):
                yield StylePlace(
                    file, number, rule, line[max(0, match.start() - 30) : match.end() + 30]
                )
    yield from _find_long_sentences(file, text)


def _find_long_sentences(file: str, text: str) -> Iterator[StylePlace]:
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    for paragraph in re.split(r"\n\s*\n|  \n", prose):
        if re.match(r"\s*(\||<!--|#)", paragraph):
            continue
        for item in re.split(r"\n\s*(?:[*-]|\d+\.) ", "\n" + paragraph):
            bare = BRACKETS.sub("", " ".join(item.split()))
            for sentence in re.split(r"(?<=[.!?:;])[*_]*\s+", bare):
                if _is_long(sentence):
                    line = text[: max(text.find(sentence[:20]), 0)].count("\n") + 1
                    yield StylePlace(file, line, "long sentence", sentence[:80])


def _is_long(sentence: str) -> bool:
    """Whether a sentence is too long; a list may be."""
    words = [word for word in sentence.split() if re.search(r"\w", word)]
    commas = len(re.findall(r"[,;|]", sentence))
    return len(words) > LONGEST_SENTENCE_WORDS and commas * LIST_COMMAS < len(words)


def find_all(root: Path) -> Iterator[StylePlace]:
    """Places in every text that a person reads; tables and pages are those of a data root."""
    sources = (
        user_texts.markdown_pages, user_texts.problems, user_texts.commands, user_texts.specifications,
        user_texts.interface,
    )  # fmt: skip
    for read in sources:
        for where, text in read():
            yield from find_places(where, text)
    for where, text in user_texts.results(root):
        yield from find_places(where, text, {**RULES, **CODES})


def main() -> int:
    """Print every place; 1 where there are more than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", help="files to check; without any, every text")
    parser.add_argument("--limit", type=int, default=0, help="places that are allowed")
    asked = parser.parse_args()
    root = load_settings().root
    places = [
        place
        for name in asked.files
        for place in find_places(name, Path(name).read_text(encoding="utf-8"))
    ] or ([] if asked.files else [*find_all(root)])
    for place in dict.fromkeys(places):
        print(place)
    if not (asked.files or (root / "report").is_dir()):
        print(f"no tables and pages in {root}: `make run` makes them, then they are checked too")
    print(f"{len(places)} places")
    return int(len(places) > asked.limit)


if __name__ == "__main__":
    sys.exit(main())

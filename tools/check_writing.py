"""Check the writing style of texts that people read: README, docs, generated tables and report pages.

`python -m tools.check_writing [files ...]` prints file, line, rule and text, and ends with status 1
where the number of places exceeds the limit. The rules are those of docs/writing.md.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
LONGEST_SENTENCE_WORDS = 30
RULES = {
    "metaphor": r"\b(rooms?|house|doors?|walks?|riddles?|off the record|stands still)\b",
    "stand-in": r"\bstand[- ]ins?\b|\bstands in for\b",
    "inconclusive": r"\b(?:cannot|could not|can't) (?:be told|tell)\b|\bthe figures cannot\b",
    "power": r"four samples of five",
    "inverted sentence": r"(?:^|[.;:] )(?:What|Of|Beside|Whose|Whoever) [a-z](?![^.!?]*\?)",
    "double negation": r"\bnone\b(?:[^.]|\.\d)*\b(?:not|excluded)\b",
}
CHECKED = ("README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/writing.md")
"""Pages that have no exception. Others are listed on request."""


@dataclass(frozen=True)
class Place:
    """One place that breaks a rule."""

    file: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.text}"


def find_places(file: str, text: str) -> Iterator[Place]:
    """Places of a text that break a rule; code blocks and tables are only searched for words."""
    in_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        if in_code:
            continue
        for rule, pattern in RULES.items():
            for match in re.finditer(pattern, line):
                yield Place(file, number, rule, line[max(0, match.start() - 30) : match.end() + 30])
    yield from _find_long_sentences(file, text)


def _find_long_sentences(file: str, text: str) -> Iterator[Place]:
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    for paragraph in re.split(r"\n\s*\n", prose):
        if re.match(r"\s*(\||<!--|#)", paragraph):
            continue
        for item in re.split(r"\n\s*(?:[*-]|\d+\.) ", "\n" + paragraph):
            for sentence in re.split(r"(?<=[.!?:;])\s+", " ".join(item.split())):
                words = [w for w in sentence.split() if re.search(r"\w", w)]
                if len(words) > LONGEST_SENTENCE_WORDS and not re.search(r"\(.*\(", sentence):
                    line = text[: max(text.find(sentence[:20]), 0)].count("\n") + 1
                    yield Place(file, line, "long sentence", sentence[:80])


def main() -> int:
    """Print every place; 1 where there are more than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "files", nargs="*", help="files to check; without any, the pages that must pass"
    )
    parser.add_argument("--limit", type=int, default=0, help="places that are allowed")
    parser.add_argument("--all", action="store_true", help="every Markdown page that git tracks")
    asked = parser.parse_args()
    names = asked.files or list(CHECKED)
    if asked.all:
        listed = subprocess.run(
            ["git", "ls-files", "*.md"], cwd=REPOSITORY, capture_output=True, text=True, check=True
        )
        names = [name for name in listed.stdout.splitlines() if name != "CHANGELOG.md"]
    places = [
        place
        for name in names
        for place in find_places(name, (REPOSITORY / name).read_text(encoding="utf-8"))
    ]
    for place in places:
        print(place)
    print(f"{len(places)} places in {len(names)} files")
    return int(len(places) > asked.limit)


if __name__ == "__main__":
    sys.exit(main())

"""Examples of problems: a test's printed problem is stored for docs/errors/, and compared whenever that test runs.

`UPDATE_EXAMPLES=1 pytest …` stores the problems that the chosen tests provoke, then `make docs` writes the pages.
"""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import date
from pathlib import Path

from filelock import FileLock

from living_panel import problems
from living_panel.orchestration.commands.errors_page import EXAMPLES, Example, read_examples
from living_panel.problems import GENERAL, Problem

REPOSITORY = Path(__file__).resolve().parents[1]
UPDATE = bool(os.environ.get("UPDATE_EXAMPLES"))
MAKERS = (problems.__file__, "dataclasses.py", __file__)
"""Files whose frames lie between a problem and the code that finds it."""
LONGEST = 400
"""Longer examples are no help to a reader."""
DATED = ("LP-ARCHIVE-CONFLICT", "LP-AS-OF")
"""Codes whose text has a day that is counted from today."""
DIGEST, DIGITS = r"\b(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,64}\b", "0123456789abcdef"
STORED = read_examples()
TESTS = {example.test for example in STORED.values()}


class Recorder:
    """The problems that the product makes while one test runs."""

    def __init__(self) -> None:
        self.made: dict[str, Problem] | None = None
        make = Problem.__init__

        def make_and_keep(problem: Problem, *values: object, **named: object) -> None:
            make(problem, *values, **named)  # type: ignore[arg-type]
            if self.made is not None and problem.code != GENERAL and not _is_of_a_test():
                self.made[str(problem)] = problem

        Problem.__init__ = make_and_keep  # type: ignore[method-assign, assignment]

    def start(self, test: str) -> None:
        """Begin with a test: one with an example, or any while examples are updated; "" stands for a random one."""
        self.made = {} if test and (UPDATE or test in TESTS) else None

    def end(self, test: str, temporary: Path) -> None:
        """Compare the test's examples with what it provoked, or store them."""
        made, self.made = self.made, None
        if made is None:
            return
        printed = {_without_run(text, temporary): problem for text, problem in made.items()}
        if UPDATE:
            _store(test, printed)
            return
        alike = {_without_machine(text) for text in printed}
        for code, example in STORED.items():
            assert example.test != test or _without_machine(example.printed) in alike, (
                f"{code}: the test no longer prints {example.printed!r}, but "
                f"{[t for t, p in printed.items() if p.code == code]}. UPDATE_EXAMPLES=1 stores it anew"
            )


def _without_machine(text: str) -> str:
    """Return a printed problem without numbers and absolute paths, which differ between machines."""
    return re.sub(r"\d+(\.\d+)?", "0", re.sub(r"(?<![\w.])/[\w./+-]+", "/", text))


def _is_of_a_test() -> bool:
    """Whether a test makes the problem itself, and not the code that it tries."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_code.co_filename.endswith(MAKERS):
        frame = frame.f_back
    return str(REPOSITORY / "tests") in frame.f_code.co_filename


def _without_run(text: str, temporary: Path) -> str:
    """Return a printed problem without what changes: folders, ports, digests, free space, today's date."""
    base = temporary.parent if temporary.name.startswith("popen-") else temporary
    text = re.sub(rf"{re.escape(str(base))}(/popen-\w+)?/[\w.\[\]-]+/?", "", text)
    text = re.sub(r"(127\.0\.0\.1|localhost):\d+", r"\1:8000", text)
    text = re.sub(DIGEST, lambda found: (DIGITS * 4)[: len(found[0])], text)
    text = re.sub(r"[\d.]+ MB free", "900 MB free", text)
    return text.replace(f"{REPOSITORY}/", "").replace(date.today().isoformat(), "2026-01-01")


def _rank(example: Example) -> tuple[bool, bool, int]:
    """Order of examples of one code: with a place, without folders of the machine, short."""
    return (
        not example.has_place,
        bool(re.search(r"/(tmp|root|home|work)/|0x[0-9a-f]{6}", example.printed)),
        len(example.printed),
    )


def _store(test: str, printed: dict[str, Problem]) -> None:
    with FileLock(Path("/tmp") / "living-panel-examples.lock"):
        stored = {c: e for c, e in read_examples().items() if e.test != test}
        for text, problem in printed.items():
            place = problem.place
            is_in_yaml = place.file.endswith(".yml") and bool(place.line or place.key)
            example = Example(text, test, bool(str(place)), is_in_yaml)
            known = stored.get(problem.code)
            is_lasting = len(text) <= LONGEST and problem.code not in DATED
            if is_lasting and (known is None or _rank(example) < _rank(known)):
                stored[problem.code] = example
        content = {code: vars(stored[code]) for code in sorted(stored)}
        EXAMPLES.parent.mkdir(exist_ok=True)
        whole = EXAMPLES.with_suffix(".whole")  # another run reads the examples while it starts
        whole.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        whole.replace(EXAMPLES)

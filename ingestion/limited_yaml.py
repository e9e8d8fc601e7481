"""Read YAML within limits, so that no file runs for ever or fills the memory.

The one loader of all YAML: specs, papers, catalogs, layouts, receipts. A file beyond a limit is refused
with its line and the fix, before anything is built from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import IO, Any

import yaml
from pydantic import ValidationError

from living_panel.problems import Place, Problem, ProblemError, problem_words

LARGEST_BYTES = 4 * 1024 * 1024
MOST_DEPTH = 64
"""Mappings and lists inside each other."""
MOST_KEYS = 20_000
"""Keys of one mapping, and entries of one list."""
MOST_NODES = 200_000
"""Keys, values and lists of a file, each alias counted with all that it repeats."""
LONGEST_NUMBER = 40
"""Characters of a number."""

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}


class BeyondLimit(yaml.MarkedYAMLError):
    """YAML that is larger, deeper or longer than any file of this project; `fix` says what to do."""

    def __init__(self, problem: str, mark: Any, fix: str) -> None:
        super().__init__(None, None, problem, mark)
        self.fix = fix


class YamlLoader(_Base):  # type: ignore[misc]
    """Reads what `yaml.SafeLoader` reads, within the limits of this module.

    Ten times as fast as `yaml.SafeLoader` where PyYAML came with libyaml, as its wheels do.
    """

    def __init__(self, stream: str | bytes | IO[str] | IO[bytes]) -> None:
        text = stream if isinstance(stream, str | bytes) else stream.read()
        check_limits(text)
        super().__init__(text)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Build one value; report an impossible date or number with its line."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:
            what = f"{str(node.value)[:LONGEST_NUMBER]!r} cannot be read ({error})"
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from None


def check_limits(text: str | bytes) -> None:
    """Refuse YAML beyond a limit, without building anything from it.

    Raises
    ------
    BeyondLimit
        With the line and the fix.
    yaml.YAMLError
        If the text is no YAML.
    """
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST_BYTES:
        what = f"{size} bytes, more than {LARGEST_BYTES}"
        raise BeyondLimit(what, None, "split the file, or keep data in CSV")
    count = _Count()
    for event in yaml.parse(text, Loader=_Base):
        count.add(event)


@dataclass
class _Open:
    """A mapping or list that has begun and not ended."""

    anchor: str | None
    mapping: bool
    children: int = 0
    nodes: int = 1


@dataclass
class _Count:
    """How large a document is, read event by event."""

    nodes: int = 0
    stack: list[_Open] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def add(self, event: yaml.Event) -> None:
        """Count one event; refuse it where a limit is passed."""
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._child(event)
            self.stack.append(_Open(event.anchor, isinstance(event, yaml.MappingStartEvent)))
            if len(self.stack) > MOST_DEPTH:
                what = f"more than {MOST_DEPTH} lists and mappings inside each other"
                raise BeyondLimit(what, event.start_mark, "write it with fewer levels")
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            closed = self.stack.pop()
            if closed.anchor:
                self.sizes[closed.anchor] = closed.nodes
            self._grow(closed.nodes, event)
        elif isinstance(event, yaml.ScalarEvent):
            self._child(event)
            _check_number(event)
            if event.anchor:
                self.sizes[event.anchor] = 1
            self._grow(1, event)
        elif isinstance(event, yaml.AliasEvent):
            self._child(event)
            if event.anchor in {part.anchor for part in self.stack}:
                what = f"*{event.anchor} is inside &{event.anchor} itself"
                raise BeyondLimit(what, event.start_mark, "write the values out")
            self._grow(self.sizes.get(str(event.anchor), 1), event)

    def _child(self, event: yaml.Event) -> None:
        if self.stack:
            parent = self.stack[-1]
            parent.children += 1
            if parent.children > MOST_KEYS * (1 + parent.mapping):
                what = f"more than {MOST_KEYS} keys or entries in one place"
                raise BeyondLimit(what, event.start_mark, "split the file, or keep data in CSV")

    def _grow(self, nodes: int, event: yaml.Event) -> None:
        """Add an ended node to its parent, and hold all of it to the limit."""
        if self.stack:
            self.stack[-1].nodes += nodes
        total = self.stack[-1].nodes if self.stack else nodes
        if total > MOST_NODES:
            what = f"more than {MOST_NODES} values, with all that aliases repeat"
            raise BeyondLimit(what, event.start_mark, "write fewer aliases, or split the file")


def _check_number(event: yaml.ScalarEvent) -> None:
    if len(event.value) <= LONGEST_NUMBER or not event.implicit[0]:
        return
    tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]
    if tag in _NUMBERS:
        what = f"a number of {len(event.value)} characters, more than {LONGEST_NUMBER}"
        raise BeyondLimit(what, event.start_mark, "write a shorter number, or put it in quotes")


_RESOLVER = yaml.resolver.Resolver()


WORDS = {"missing": "this required key is missing", "extra_forbidden": "this key is unknown"}
"""Words of this project for an error of pydantic, by its name."""
Steps = tuple[str | int, ...]
"""Keys and numbers that lead to a part of a document; () for the whole."""


@dataclass(frozen=True)
class Fault:
    """One fault of a document, with the part that it is in.

    Parameters
    ----------
    steps : tuple of str and int
        Steps to the part.
    kind : str
        Pydantic's name of the error, such as `missing`; `yaml` where the document is no YAML.
    message : str
        Words of pydantic or the YAML reader.
    value : object
        Value of the part.
    rules : tuple of Problem
        Problems of a rule of this project, which knows no place.
    """

    steps: Steps
    kind: str
    message: str
    value: Any = None
    rules: tuple[Problem, ...] = ()

    @property
    def key(self) -> str:
        """Dotted key of the part."""
        return ".".join(map(str, self.steps))

    @property
    def reason(self) -> str:
        """Words of the rule of this project, else of pydantic."""
        return problem_words(self.rules) if self.rules else self.message

    def problems(self, place: Place, otherwise: Callable[[], Problem]) -> list[Problem]:
        """Return the problems of the rule, at a place; `otherwise` makes that of another fault."""
        return [replace(rule, place=place) for rule in self.rules] or [otherwise()]


def faults_of(error: ValidationError | yaml.YAMLError) -> list[Fault]:
    """Return everything that a model or the YAML reader finds wrong in a document.

    It is the one reader of pydantic's errors.
    """
    if not isinstance(error, ValidationError):
        return [Fault((), "yaml", str(error).splitlines()[0])]
    return [_fault(entry) for entry in error.errors()]


def innermost(places: Collection[Steps]) -> list[Steps]:
    """Return the places around no other one: a list with a wrong entry is reported by its entry."""
    around = {place[:depth] for place in places for depth in range(len(place))}
    return [place for place in places if place not in around]


def _fault(entry: Mapping[str, Any]) -> Fault:
    cause = entry.get("ctx", {}).get("error")
    rules = cause.problems if isinstance(cause, ProblemError) else ()
    message = str(cause) if isinstance(cause, Exception) else WORDS.get(entry["type"], entry["msg"])
    return Fault(entry["loc"], entry["type"], message, entry.get("input"), rules)

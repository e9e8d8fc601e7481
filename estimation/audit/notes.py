"""The notes under a printed table: what they say of stars, brackets, degrees of freedom and sides of tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from living_panel.estimation.papers.schema import Brackets

LEGEND = re.compile(r"(?P<mark>[*+†‡]+)\s*(?:p\s*)?[<≤]\s*(?P<level>0?\.\d+)")
SHAPE = re.compile(
    r"(?P<round>parenthes[ei]s|round brackets?|\(\s*\))|(?P<square>(?:square )?brackets?|\[\s*\])"
    r"|(?P<curly>curly brackets?|braces|\{\s*\})",
    re.IGNORECASE,
)
OPENED = {"round": "(", "square": "[", "curly": "{"}
STATISTIC = re.compile(
    r"(?P<standard_error>standard[\s-]errors?|std\.?\s*err(?:or)?s?\b|\berrors\b|\bs\.\s?e\.|\bS\.?E\.?s?\b)"
    r"|(?P<abs_t_statistic>\babsolute\s+(?:values?\s+of\s+)?(?:[\w-]+\s+){0,2}?[tz]\b|\|\s*[tz]\b[^|]*\|)"
    r"|(?P<t_statistic>\b[tz][\s-]*(?:statistics?|stats?|values?|ratios?|scores?)\b)"
    r"|(?P<p_value>\b[pq][\s-]*values?\b)",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<![Ss]td)[.;]\s+(?=[A-Z(\[*])|;")
CLAUSE = re.compile(r"[,:]|\band\b")
IN = re.compile(r"\b(?:in|within|inside|between)\s+(?:the\s+)?$", re.IGNORECASE)
NUMBERS = re.compile(
    r"\b(?:numbers?|figures?|entries|terms?|those)\s+in\s+(?:the\s+)?$", re.IGNORECASE
)
FOLLOWS = re.compile(r"\b(?:based on|from|using|with|by)\b", re.IGNORECASE)
"""Words after which a statistic is what another one is computed from."""
OTHER_WAY = re.compile(
    r"wild|bootstrap|permut|randomi[sz]|resampl|romano|holm\b|bonferroni|\bfdr\b|\bq[\s-]?values?|sharpened|adjusted"
    r"|conley|spatial|newey|driscoll|\bhac\b|simulat|jackknife|anderson|simes|benjamini|conventional|naive|uncluster",
    re.IGNORECASE,
)
"""Ways to a t, a p-value or an error that differ from the estimate over the error in the table."""
ADJUSTED = re.compile(r"\bq[\s-]?values?", re.IGNORECASE)
ABOUT_STARS = re.compile(
    r"\b(?:stars?|asterisks?|significan\w*)\b.*\b(?:based on|according to|from|by|using|refers? to|follows?)\b",
    re.IGNORECASE,
)
ONE_SIDED, TWO_SIDED = (
    re.compile(rf"\b{n}[\s-]*(?:sided|tailed)", re.IGNORECASE) for n in ("one", "two")
)
OWN_DEGREES = re.compile(
    r"satterthwaite|bell[\s-]+(?:and\s+)?mccaffrey|kenward|effective degrees", re.IGNORECASE
)
SATTERTHWAITE = {"cov": "cr2", "correction": "none", "df": "satterthwaite", "cluster": ["unit"]}
KINDS: tuple[Brackets, ...] = ("standard_error", "abs_t_statistic", "t_statistic", "p_value")


@dataclass(frozen=True)
class Mention:
    """What a note says of brackets of one shape: the statistic in them, and its words."""

    shape: str
    kind: Brackets
    words: str

    @property
    def is_adjusted(self) -> bool:
        """Whether it names adjusted p-values, beside which the stars may be those of the p-values themselves."""
        return ADJUSTED.search(self.words) is not None


@dataclass(frozen=True)
class Notes:
    """The notes under a table, as far as they are read."""

    text: str

    @property
    def legend(self) -> dict[str, float]:
        """Level by mark."""
        return {m["mark"]: float(m["level"]) for m in LEGEND.finditer(self.text)}

    @property
    def mentions(self) -> list[Mention]:
        """Brackets that the notes name, in their order."""
        named = []
        for sentence in SENTENCE.split(self.text):
            shapes = [*SHAPE.finditer(sentence)]
            ends = [0, *(m.end() for m in shapes), len(sentence)]
            for n, shape in enumerate(shapes):
                before, after = sentence[ends[n] : shape.start()], sentence[shape.end() : ends[-1]]
                after = (
                    after[: shapes[n + 1].start() - shape.end()] if n + 1 < len(shapes) else after
                )
                is_before = IN.search(before) is not None and NUMBERS.search(before) is None
                kind = _statistic_before(before) if is_before else kind_of(after)
                words = before if is_before and shape is not shapes[-1] else before + after
                named.append(Mention(OPENED[str(shape.lastgroup)], kind, words))
        return named

    @property
    def has_stars_elsewhere(self) -> bool:
        """Whether the stars follow from tests of several kinds, or from another way than the brackets show."""
        shown = any(OTHER_WAY.search(m.words) for m in self.mentions)
        sentences = [s for s in SENTENCE.split(self.text) if ABOUT_STARS.search(s)]
        is_mixed = self.is_one_sided and TWO_SIDED.search(self.text) is not None
        return is_mixed or (not shown and any(OTHER_WAY.search(s) for s in sentences))

    @property
    def is_one_sided(self) -> bool:
        """Whether they name one-sided tests."""
        return ONE_SIDED.search(self.text) is not None

    @property
    def columns(self) -> dict[str, Any]:
        """Declaration of every column."""
        return {"*": {"vcov": SATTERTHWAITE}} if OWN_DEGREES.search(self.text) else {}

    @property
    def names_other_way(self) -> bool:
        """Whether some number follows from another way than the estimate over its error."""
        return OTHER_WAY.search(self.text) is not None


def kind_of(words: str) -> Brackets:
    """Statistic that words name first; `none` without one."""
    found = STATISTIC.search(words)
    return next((k for k in KINDS if found and found.lastgroup == k), "none")


def is_statistic(label: str) -> bool:
    """Whether the label of a row names the statistic in its brackets."""
    return kind_of(label) != "none" or OTHER_WAY.search(label) is not None


def _statistic_before(words: str) -> Brackets:
    """Statistic of 'X in parentheses': that of the last clause which names one that nothing else is computed from."""
    for clause in reversed(CLAUSE.split(words)):
        for found in STATISTIC.finditer(clause):
            if not FOLLOWS.search(clause[: found.start()]):
                return next(k for k in KINDS if found.lastgroup == k)
    return "none"


def kinds_of(notes: Notes, rows: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Mention]:
    """What the notes say of each row of brackets, a row being its shape and its number among those of this shape."""
    mentions, shapes = notes.mentions, {shape for shape, _ in rows}
    if len(shapes) == 1:  # 'in brackets' may mean parentheses
        (shape,) = shapes
        others = [Mention(shape, m.kind, m.words) for m in mentions]
        mentions = [m for m in mentions if m.shape == shape] or others
    named: dict[tuple[str, int], Mention] = {}
    for row in rows:
        own = [m for m in mentions if m.shape == row[0] and m.kind != "none"]
        alike = [r for r in rows if r[0] == row[0]]
        if len(own) == len(alike):
            named[row] = own[row[1] - 1]
        elif own and len(alike) == 1 and len({m.kind for m in own}) == 1:
            named[row] = own[0]
    return named

"""The grammar of model formulas: text to a small tree. Nothing is evaluated.

    model       = sum "~" sum [ "|" effects ] [ "|" sum "~" sum ]
    effects     = "0" | "1" | name { "+" name }
    sum         = product { ("+" | "-") product }
    product     = interaction { ("*" | "/") interaction }
    interaction = signed { ":" signed }
    signed      = { "+" | "-" } power
    power       = atom [ ("^" | "**") signed ]
    atom        = number | name | function "(" sum { "," sum } ")" | "(" sum ")"

Inside a function `+ - * / ^` are arithmetic; outside they combine terms, as in R. Length, depth and powers are
bounded here; `formula` bounds the number of terms before it expands them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import InvalidArgument
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.problems import Problem

MOST_CHARACTERS = 10_000
MOST_DEPTH = 40
"""Most brackets, signs and powers within each other."""
MOST_POWER = 10
"""Largest power, and most factors of an interaction."""
PLACES = 12  # characters of a formula that an error repeats
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>\*\*|[-+*/^:|~(),])"
)
_SPACE = re.compile(r"\s*")
_END = "the end"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a formula.

    Attributes
    ----------
    compute : callable or None
        Function of one array of numbers; None where each value of a variable gets a dummy.
    """

    compute: Callable[[Floats], Floats] | None


FUNCTIONS = {
    "log": Function(np.log),
    "exp": Function(np.exp),
    "sqrt": Function(np.sqrt),
    "I": Function(lambda values: values),
    "C": Function(None),
}
"""Every function of the grammar; a new one is a line here."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    text: str

    @property
    def value(self) -> float:
        """The number."""
        return float(self.text)

    def __str__(self) -> str:
        return self.text.lstrip("0") or "0" if self.text.isdigit() else repr(self.value)


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Call:
    """A function of arguments."""

    function: str
    arguments: tuple[Expression, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.arguments))})"


@dataclass(frozen=True, slots=True)
class Negative:
    """An expression with its sign changed."""

    operand: Expression

    def __str__(self) -> str:
        return f"-{_bracketed(self.operand, _RANK[Negative])}"


@dataclass(frozen=True, slots=True)
class Power:
    """An expression raised to a number."""

    base: Expression
    exponent: Number
    is_negative: bool

    @property
    def value(self) -> float:
        """The exponent."""
        return -self.exponent.value if self.is_negative else self.exponent.value

    def __str__(self) -> str:
        exponent = f"(-{self.exponent})" if self.is_negative else f"{self.exponent}"
        return f"{_bracketed(self.base, _RANK[Power] + 1)} ** {exponent}"


@dataclass(frozen=True, slots=True)
class Chain:
    """Expressions joined from left to right by operators of one rank: `+ -`, `* /` or `:`.

    Attributes
    ----------
    first : Expression
    rest : tuple of (str, Expression)
        Each with the operator before it.
    """

    first: Expression
    rest: tuple[tuple[str, Expression], ...]

    @property
    def sign(self) -> str:
        """The first operator, which says the rank."""
        return self.rest[0][0]

    def __str__(self) -> str:
        rank = _RANK[self.sign]
        space = "" if self.sign == ":" else " "
        parts = (f"{space}{sign}{space}{_bracketed(part, rank + 1)}" for sign, part in self.rest)
        return f"{_bracketed(self.first, rank)}{''.join(parts)}"


Expression = Number | Name | Call | Negative | Power | Chain
_RANK = {"+": 1, "-": 1, "*": 2, "/": 2, ":": 3, Negative: 4, Power: 5}


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a formula as they are written.

    Attributes
    ----------
    outcome, regressors : Expression
        Left and right side of the first part.
    effects : tuple of str
        Names between the bars.
    endogenous, instruments : Expression or None
        Left and right side of the last part.
    """

    outcome: Expression
    regressors: Expression
    effects: tuple[str, ...]
    endogenous: Expression | None
    instruments: Expression | None


@check_arguments
def parse(text: str) -> Parts:
    """Read a formula.

    Parameters
    ----------
    text : str
        Such as `y ~ x | unit + year | w ~ z`.

    Returns
    -------
    Parts

    Raises
    ------
    InvalidArgument
        For another form (`LP-FORMULA-001`), an unknown function (`-002`), a power (`-003`) or a size (`-005`)
        beyond the bounds.
    """
    if len(text) > MOST_CHARACTERS:
        raise refusal_of(codes.FORMULA_LENGTH(length=len(text), most=MOST_CHARACTERS))
    return _Reader(text).model()


@check_arguments
def names_of(expression: Expression) -> Iterator[str]:
    """Yield the variables of an expression, in its order."""
    if isinstance(expression, Name):
        yield expression.text
    for part in _parts(expression):
        yield from names_of(part)


@check_arguments
def refusal_of(problem: Problem) -> InvalidArgument:
    """Return the error of a formula that cannot be read."""
    return InvalidArgument(problem)


def _parts(expression: Expression) -> tuple[Expression, ...]:
    if isinstance(expression, Call):
        return expression.arguments
    if isinstance(expression, Chain):
        return (expression.first, *(part for _, part in expression.rest))
    if isinstance(expression, Negative):
        return (expression.operand,)
    return (expression.base,) if isinstance(expression, Power) else ()


def _bracketed(expression: Expression, least: int) -> str:
    """Text of an operand, in brackets where it binds less closely than its operator."""
    key = expression.sign if isinstance(expression, Chain) else type(expression)
    return f"({expression})" if _RANK.get(key, least) < least else str(expression)


@dataclass(frozen=True, slots=True)
class _Token:
    """A number, a name or a sign, and the place of its first character, from 1."""

    kind: str
    text: str
    column: int


class _Reader:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [*self._split()]
        self._next = 0
        self._depth = 0
        self._inside = 0  # functions

    def _split(self) -> Iterator[_Token]:
        at = 0
        while (at := _SPACE.match(self._text, at).end()) < len(self._text):  # type: ignore[union-attr]
            found = _TOKEN.match(self._text, at)
            if found is None:
                raise self._form(
                    _Token("", self._text[at], at + 1), "a name, a number or an operator"
                )
            sign = "**" if found[0] == "^" else found[0]
            yield _Token(str(found.lastgroup), sign, at + 1)
            at = found.end()
        yield _Token("end", _END, len(self._text) + 1)

    def _form(self, token: _Token, expected: str) -> InvalidArgument:
        found = token.text if token.kind == "end" else repr(token.text[:PLACES])
        return refusal_of(
            codes.FORMULA_FORM(text=self._text, column=token.column, found=found, expected=expected)
        )

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, *signs: str) -> str:
        """The next sign if it is one of these, else nothing."""
        token = self._token
        if token.kind != "sign" or token.text not in signs:
            return ""
        self._next += 1
        return token.text

    def _require(self, sign: str) -> None:
        if not self._take(sign):
            raise self._form(self._token, repr(sign))

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise refusal_of(codes.FORMULA_DEPTH(text=self._text[:PLACES] + "…", most=MOST_DEPTH))

    def model(self) -> Parts:
        """Read the whole formula."""
        outcome, regressors = self._sides()
        effects: tuple[str, ...] = ()
        endogenous = instruments = None
        if self._take("|"):
            if self._has_tilde():
                endogenous, instruments = self._sides()
            else:
                effects = self._effects()
                if self._take("|"):
                    endogenous, instruments = self._sides()
        if self._token.kind != "end":
            raise self._form(self._token, "'|', an operator or the end")
        return Parts(outcome, regressors, effects, endogenous, instruments)

    def _has_tilde(self) -> bool:
        """Whether the part that begins here has two sides."""
        for token in self._tokens[self._next :]:
            if token.kind == "sign" and token.text in ("|", "~"):
                return token.text == "~"
        return False

    def _sides(self) -> tuple[Expression, Expression]:
        left = self._sum()
        self._require("~")
        return left, self._sum()

    def _effects(self) -> tuple[str, ...]:
        if self._token.kind == "number" and self._token.text in ("0", "1"):
            self._next += 1
            return ()
        found = [self._effect()]
        while self._take("+"):
            found.append(self._effect())
        return tuple(found)

    def _effect(self) -> str:
        token = self._token
        if token.kind != "name":
            raise self._form(token, "the name of an effect")
        self._next += 1
        return token.text

    def _sum(self) -> Expression:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Expression:
        return self._chain(("*", "/") if self._inside else ("*",), self._interaction)

    def _interaction(self) -> Expression:
        return self._chain(() if self._inside else (":",), self._signed)

    def _chain(self, signs: tuple[str, ...], operand: Callable[[], Expression]) -> Expression:
        """Operands joined by some operators; a single one is itself."""
        first = operand()
        rest = []
        while sign := self._take(*signs):
            rest.append((sign, operand()))
        return Chain(first, tuple(rest)) if rest else first

    def _signed(self) -> Expression:
        if not (sign := self._take("+", "-")):
            return self._power()
        self._deeper()
        operand = self._signed()
        self._depth -= 1
        return Negative(operand) if sign == "-" else operand

    def _power(self) -> Expression:
        base = self._atom()
        if not self._take("**"):
            return base
        token = self._token
        is_negative = bool(self._take("-"))
        exponent = self._atom()
        if isinstance(exponent, Negative):  # in brackets
            is_negative, exponent = not is_negative, exponent.operand
        if not isinstance(exponent, Number):
            raise self._form(token, "a number")
        power = Power(base, exponent, is_negative)
        is_count = power.value in range(1, MOST_POWER + 1)
        if not is_count if not self._inside else abs(power.value) > MOST_POWER:
            raise refusal_of(
                codes.FORMULA_POWER(text=self._text, power=f"{power.value:g}", most=MOST_POWER)
            )
        return power

    def _atom(self) -> Expression:
        token = self._token
        if token.kind == "number":
            self._next += 1
            if not np.isfinite(float(token.text)):
                raise self._form(token, "a finite number")
            return Number(token.text)
        if token.kind == "name":
            self._next += 1
            return self._call(token) if self._take("(") else Name(token.text)
        if not self._take("("):
            raise self._form(token, "a name, a number or '('")
        self._deeper()
        found = self._sum()
        self._depth -= 1
        self._require(")")
        return found

    def _call(self, name: _Token) -> Expression:
        """Arguments of a function whose name and bracket were read."""
        function = FUNCTIONS.get(name.text)
        if function is None:
            raise refusal_of(
                codes.FORMULA_FUNCTION(
                    text=self._text, function=name.text, column=name.column, allowed=[*FUNCTIONS]
                )
            )
        at = self._token
        self._deeper()
        self._inside += 1
        argument = self._sum()
        self._inside -= 1
        self._depth -= 1
        self._require(")")
        if function.compute is None and self._inside:
            raise self._form(name, "a function with numbers")
        if function.compute is None and not isinstance(argument, Name):
            raise self._form(at, "one name")
        if function.compute is not None and next(names_of(argument), None) is None:
            raise self._form(at, "a variable")
        return Call(name.text, (argument,))

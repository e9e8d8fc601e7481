"""The grammar of model formulas: text to a small tree. Nothing is evaluated.

    model       = sum "~" sum [ "|" effects ] [ "|" sum "~" sum ]
    effects     = "0" | "1" | effect { "+" effect }
    effect      = name { "^" name } [ "[" name { "," name } "]" ]
    sum         = product { ("+" | "-") product }
    product     = interaction { ("*" | "/") interaction }
    interaction = signed { ":" signed }
    signed      = { "+" | "-" } power
    power       = atom [ ("^" | "**") signed ]
    atom        = number | name | operator name | call | "(" sum ")"
    call        = function "(" sum [ "," option ] ")"
    option      = whole [ ":" whole ] | name | [ name "," ] "ref" "=" value

Inside a function `+ - * / ^` are arithmetic; outside they combine terms, as in R. Stata's operators `L. F. D. i.`
before a name are short for `l f d C`. Length, depth and powers are bounded here; `formula` bounds the number of
terms before it expands them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import InvalidArgument
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.problems import Problem

MOST_CHARACTERS = 10_000
MOST_DEPTH = 40
"""Most brackets, signs and powers within each other."""
MOST_POWER = 10
"""Largest power, and most factors of an interaction."""
MOST_SHIFT = 100
"""Most periods of a lag, a lead or a difference."""
PLACES = 12  # characters of a formula that an error repeats
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<operator>(?:[LFD][0-9]{0,2}|i)\.(?=[A-Za-z_]))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>\*\*|[-+*/^:|~(),=\[\]])"
)
_SPACE = re.compile(r"\s*")
_END = "the end"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a formula.

    Attributes
    ----------
    kind : str
        `numbers` of one array; `dummies` of each value; `shift` to another period of the unit; `mean` over the unit's
        rows; `poly`, orthogonal polynomials over the rows.
    compute : callable or None
        Function of one array, of `numbers`.
    """

    kind: Literal["numbers", "dummies", "shift", "mean", "poly"]
    compute: Callable[[Floats], Floats] | None = None


FUNCTIONS = {
    "log": Function("numbers", np.log),
    "exp": Function("numbers", np.exp),
    "sqrt": Function("numbers", np.sqrt),
    "I": Function("numbers", lambda values: values),
    "C": Function("dummies"),
    "i": Function("dummies"),
    "l": Function("shift"),
    "f": Function("shift"),
    "d": Function("shift"),
    "mean": Function("mean"),
    "poly": Function("poly"),
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
    """A function of arguments.

    Attributes
    ----------
    function : str
    arguments : tuple of Expression
    option : int, str or None
        Periods of a shift, degree of `poly`, or the value of `i` that has no dummy.
    """

    function: str
    arguments: tuple[Expression, ...]
    option: int | str | None = None

    @property
    def kind(self) -> str:
        """Kind of the function."""
        return FUNCTIONS[self.function].kind

    def __str__(self) -> str:
        words = [*map(str, self.arguments)]
        if self.option is not None:
            words.append(f"{'ref=' if self.function == 'i' else ''}{self.option}")
        return f"{self.function}({', '.join(words)})"


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
class Effect:
    """An effect of each combination of values of some names.

    Attributes
    ----------
    names : tuple of str
    slopes : tuple of str
        Variables with a slope of their own for each combination.
    """

    names: tuple[str, ...]
    slopes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "^".join(self.names) + (f"[{', '.join(self.slopes)}]" if self.slopes else "")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a formula as they are written.

    Attributes
    ----------
    outcome, regressors : Expression
        Left and right side of the first part.
    effects : tuple of Effect
        Between the bars.
    endogenous, instruments : Expression or None
        Left and right side of the last part.
    """

    outcome: Expression
    regressors: Expression
    effects: tuple[Effect, ...]
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
        For another form (`LP-FORMULA-FORM`), an unknown function (`-002`), a power (`-003`) or a size (`-005`)
        beyond the bounds.
    """
    if len(text) > MOST_CHARACTERS:
        raise refusal_of(
            Code.FORMULA_LIMIT(
                "the formula has {length} characters",
                "write at most {most} characters",
                length=len(text),
                most=MOST_CHARACTERS,
            )
        )
    return _Reader(text).model()


@check_arguments
def names_of(expression: Expression) -> Iterator[str]:
    """Yield the variables of an expression, in its order."""
    if isinstance(expression, Name):
        yield expression.text
    for part in _parts(expression):
        yield from names_of(part)


@check_arguments
def columns_needed(expression: Expression) -> Iterator[str]:
    """Yield the variables of an expression; a shift to other periods is a column of its own."""
    if isinstance(expression, Call) and expression.kind == "shift":
        yield str(expression)
        return
    if isinstance(expression, Name):
        yield expression.text
    for part in _parts(expression):
        yield from columns_needed(part)


@check_arguments
def shifts_of(expression: Expression) -> Iterator[Call]:
    """Yield the outermost shifts of an expression."""
    if isinstance(expression, Call) and expression.kind == "shift":
        yield expression
        return
    for part in _parts(expression):
        yield from shifts_of(part)


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
            match = _TOKEN.match(self._text, at)
            if match is None:
                raise self._form(
                    _Token("", self._text[at], at + 1), "a name, a number or an operator"
                )
            sign = "**" if match[0] == "^" else match[0]
            yield _Token(str(match.lastgroup), sign, at + 1)
            at = match.end()
        yield _Token("end", _END, len(self._text) + 1)

    def _form(self, token: _Token, expected: str) -> InvalidArgument:
        text = token.text if token.kind == "end" else repr(token.text[:PLACES])
        return refusal_of(
            Code.FORMULA_FORM(
                "{text}, character {column}: found {found}, expected {expected}",
                "write y ~ x1 + x2, y ~ x | unit + year, or y ~ x | unit + year | w ~ z1 + z2",
                text=self._text,
                column=token.column,
                found=text,
                expected=expected,
            )
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
            raise refusal_of(
                Code.FORMULA_LIMIT(
                    "{text}: more than {most} brackets, functions or signs are nested",
                    "nest fewer of them",
                    text=self._text[:PLACES] + "…",
                    most=MOST_DEPTH,
                )
            )

    def model(self) -> Parts:
        """Read the whole formula."""
        outcome, regressors = self._sides()
        effects: tuple[Effect, ...] = ()
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

    def _effects(self) -> tuple[Effect, ...]:
        if self._token.kind == "number" and self._token.text in ("0", "1"):
            self._next += 1
            return ()
        effects = [self._effect()]
        while self._take("+"):
            effects.append(self._effect())
        return tuple(effects)

    def _effect(self) -> Effect:
        names = [self._name("the name of an effect")]
        while self._take("**"):
            names.append(self._name("the name of an effect"))
        slopes: list[str] = []
        if self._take("["):
            slopes.append(self._name("a variable"))
            while self._take(","):
                slopes.append(self._name("a variable"))
            self._require("]")
        return Effect(tuple(names), tuple(slopes))

    def _name(self, expected: str) -> str:
        token = self._token
        if token.kind != "name":
            raise self._form(token, expected)
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
                Code.FORMULA_LIMIT(
                    "{text}: the power {power} is not allowed",
                    "write a power of at most {most}; outside of functions, write a whole number from 1",
                    text=self._text,
                    power=f"{power.value:g}",
                    most=MOST_POWER,
                )
            )
        return power

    def _atom(self) -> Expression:
        token = self._token
        if token.kind == "number":
            self._next += 1
            if not np.isfinite(float(token.text)):
                raise self._form(token, "a finite number")
            return Number(token.text)
        if token.kind == "operator":
            self._next += 1
            return self._operated(token, Name(self._name("a variable")))
        if token.kind == "name":
            self._next += 1
            return self._call(token) if self._take("(") else Name(token.text)
        if not self._take("("):
            raise self._form(token, "a name, a number or '('")
        self._deeper()
        expression = self._sum()
        self._depth -= 1
        self._require(")")
        return expression

    def _operated(self, operator: _Token, name: Name) -> Expression:
        """A name after one of Stata's operators: D2 is the difference of the difference."""
        letter, digits = operator.text[0], operator.text[1:-1]
        if letter == "i":
            return self._outside(operator, Call("C", (name,)))
        times = self._bounded(int(digits or 1), operator)
        if letter != "D":
            return self._shifted(letter.lower(), name, times)
        expression: Expression = name
        for _ in range(times):
            expression = self._shifted("d", expression, 1)
        return expression

    def _call(self, name: _Token) -> Expression:
        """Arguments of a function whose name and bracket were read."""
        function = FUNCTIONS.get(name.text)
        if function is None:
            raise refusal_of(
                Code.FORMULA_FORM(
                    "{text}, character {column}: the function {function} is unknown",
                    "write one of {allowed}",
                    text=self._text,
                    function=name.text,
                    column=name.column,
                    allowed=[*FUNCTIONS],
                )
            )
        at = self._token
        self._deeper()
        self._inside += 1
        argument = self._sum()
        self._inside -= 1
        self._depth -= 1
        expression = self._with_option(name, function, argument)
        self._require(")")
        if function.kind == "dummies" and not isinstance(argument, Name):
            raise self._form(at, "one name")
        if function.kind != "dummies" and next(names_of(argument), None) is None:
            raise self._form(at, "a variable")
        if function.kind == "shift" and any(call.kind == "mean" for call in _calls(argument)):
            raise self._form(at, "a function of one row")
        return (
            expression if function.kind in ("numbers", "mean") else self._outside(name, expression)
        )

    def _outside(self, token: _Token, expression: Expression) -> Expression:
        """Refuse several columns inside of a function."""
        if self._inside and not (isinstance(expression, Call) and expression.kind == "shift"):
            raise self._form(token, "a function with numbers")
        return expression

    def _with_option(self, name: _Token, function: Function, argument: Expression) -> Expression:
        """The call with what follows its first argument."""
        has_more = self._has_option() and bool(self._take(","))
        if function.kind == "shift":
            first = last = self._whole() if has_more else 1
            if has_more and self._take(":"):
                last = self._whole()
            if last < first:
                raise self._form(name, "lags from the least to the most")
            shifts = [self._shifted(name.text, argument, k) for k in range(first, last + 1)]
            return (
                Chain(shifts[0], tuple(("+", f) for f in shifts[1:])) if shifts[1:] else shifts[0]
            )
        if function.kind == "poly":
            if not has_more:
                raise self._form(self._token, "a degree")
            token = self._token
            degree = self._whole()
            if not 1 <= degree <= MOST_POWER:
                raise self._form(token, f"a degree from 1 to {MOST_POWER}")
            return Call("poly", (argument,), degree)
        if name.text != "i":
            return Call(name.text, (argument,))
        times: Expression | None = None
        if has_more and not self._is_reference():
            times, has_more = Name(self._name("a variable")), bool(self._take(","))
        found_i = Call("C", (argument,))
        if has_more:
            self._require_word("ref")
            self._require("=")
            found_i = Call("i", (argument,), self._value())
        return found_i if times is None else Chain(found_i, ((":", times),))

    def _has_option(self) -> bool:
        return self._token.kind == "sign" and self._token.text == ","

    def _is_reference(self) -> bool:
        following = self._tokens[self._next + 1 : self._next + 2]
        return self._token.text == "ref" and bool(following) and following[0].text == "="

    def _require_word(self, word: str) -> None:
        if self._name(repr(word)) != word:
            raise self._form(self._tokens[self._next - 1], repr(word))

    def _value(self) -> str:
        """A value of a variable: a number or a word."""
        sign = self._take("-")
        token = self._token
        if token.kind != "number" and (sign or token.kind != "name"):
            raise self._form(token, "a value")
        self._next += 1
        return sign + token.text

    def _whole(self) -> int:
        """A whole number with or without a sign."""
        token = self._token
        sign = self._take("-")
        number = self._token
        if number.kind != "number" or not number.text.isdigit():
            raise self._form(number, "a whole number")
        self._next += 1
        return self._bounded(int(f"{sign}{number.text}"), token)

    def _bounded(self, periods: int, token: _Token) -> int:
        if abs(periods) > MOST_SHIFT:
            raise self._form(token, f"a number up to {MOST_SHIFT}")
        return periods

    def _shifted(self, function: str, argument: Expression, periods: int) -> Expression:
        """A shift; that of no periods is the argument, of a difference nothing."""
        if periods == 0 and function != "d":
            return argument if isinstance(argument, Name | Call) else Call("I", (argument,))
        if periods < 1 and function == "d":
            raise self._form(self._tokens[self._next - 1], "periods from 1")
        if periods < 0:
            function, periods = {"l": "f", "f": "l"}[function], -periods
        return Call(function, (argument,), periods)


def _calls(expression: Expression) -> Iterator[Call]:
    if isinstance(expression, Call):
        yield expression
    for part in _parts(expression):
        yield from _calls(part)

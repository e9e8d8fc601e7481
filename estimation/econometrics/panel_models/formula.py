"""Read a model formula in the syntax of fixest and pyfixest: `y ~ x | unit + year | w ~ z`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import InvalidArgument
from living_panel.estimation.econometrics.panel_models.grammar import (
    MOST_POWER,
    Call,
    Chain,
    Effect,
    Expression,
    Name,
    Negative,
    Number,
    Power,
    columns_needed,
    names_of,
    parse,
    refusal_of,
    shifts_of,
)

MOST_TERMS = 1_000
"""Most terms of one side of a formula."""
Factor = Name | Call
Term = tuple[Factor, ...]
"""Factors that are multiplied, each once; none for the constant."""
CONSTANT_TERM: Term = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A model in its parts.

    Attributes
    ----------
    text : str
        The formula as it is written.
    outcome : tuple of Name or Call
        The term before the first `~`.
    regressors : tuple of terms
        The constant among them, unless the formula leaves it out.
    absorbed : tuple of Effect
        Names whose combinations of values have an effect each.
    endogenous, instruments : tuple of terms
        Left and right side of the last part; empty without instruments.
    """

    text: str
    outcome: Term
    regressors: tuple[Term, ...]
    absorbed: tuple[Effect, ...]
    endogenous: tuple[Term, ...] = ()
    instruments: tuple[Term, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """Outcome, regressors, endogenous regressors and instruments."""
        return (self.outcome, *self.regressors, *self.endogenous, *self.instruments)

    @property
    def has_shifts(self) -> bool:
        """Whether the formula has lags, leads or differences."""
        return any(True for term in self.terms for factor in term for _ in shifts_of(factor))

    @property
    def effects(self) -> tuple[str, ...]:
        """Effects as they are written."""
        return tuple(map(str, self.absorbed))

    @property
    def names(self) -> list[str]:
        """Names of variables, each once, in the order of the formula; effects are not among them."""
        return list(
            dict.fromkeys(
                name for term in self.terms for factor in term for name in names_of(factor)
            )
        )

    @property
    def effect_names(self) -> list[str]:
        """Names in the effects, each once."""
        return list(
            dict.fromkeys(
                name for effect in self.absorbed for name in (*effect.names, *effect.slopes)
            )
        )

    @property
    def needed(self) -> list[str]:
        """Columns without which a row is left out: names, shifts to other periods, and those of the effects."""
        names = (name for term in self.terms for factor in term for name in columns_needed(factor))
        return list(dict.fromkeys([*names, *self.effect_names]))


@check_arguments
def read_model(text: str) -> Model:
    """Split a formula into its parts and terms.

    Parameters
    ----------
    text : str
        Such as `y ~ x | unit + year | w ~ z`.

    Returns
    -------
    Model

    Raises
    ------
    InvalidArgument
        For any other form, and for a formula beyond the bounds of the grammar.
    """
    parts = parse(text)
    (outcome,) = _one(_terms(parts.outcome, text), parts.outcome, text)
    regressors = _ordered(_terms(parts.regressors, text, (CONSTANT_TERM,)))
    if parts.endogenous is None or parts.instruments is None:
        return Model(text, outcome, regressors, parts.effects)
    endogenous = _ordered(_terms(parts.endogenous, text))
    instruments = _ordered(_terms(parts.instruments, text))
    for side, written in ((endogenous, parts.endogenous), (instruments, parts.instruments)):
        if not side or (side == (CONSTANT_TERM,) and written is parts.endogenous):
            raise _not_terms(written, text, "a variable")
    return Model(text, outcome, regressors, parts.effects, endogenous, instruments)


@check_arguments
def text_of(term: Sequence[Factor]) -> str:
    """Name of a term's column, where it has one."""
    return ":".join(map(str, term))


def _one(terms: tuple[Term, ...], written: Expression, text: str) -> tuple[Term]:
    """The one term of an outcome."""
    if len(terms) != 1 or terms[0] == CONSTANT_TERM:
        raise _not_terms(written, text, "one outcome")
    return (terms[0],)


def _not_terms(written: Expression, text: str, expected: str) -> InvalidArgument:
    return refusal_of(sentences.FORMULA_TERM(text=text, found=str(written), expected=expected))


def _ordered(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Terms in the order of their number of factors, else as written."""
    return tuple(sorted(terms, key=len))


def _terms(side: Expression, text: str, first: tuple[Term, ...] = ()) -> tuple[Term, ...]:
    """Terms of a side, which begins with those given; their number is bounded before they are made."""
    _count(side, text)
    terms = {_key(term): term for term in first}
    for sign, part in _summands(side):
        leaves_constant = isinstance(part, Number) and part.value == 0
        if sign == "+" and not leaves_constant:
            for term in _expanded(part, text):
                terms.setdefault(_key(term), term)
            continue
        for term in (CONSTANT_TERM,) if leaves_constant else _expanded(part, text):
            terms.pop(_key(term), None)
    return tuple(terms.values())


def _summands(side: Expression) -> Iterator[tuple[str, Expression]]:
    """Yield the parts of a sum with their signs."""
    if isinstance(side, Chain) and side.sign in "+-":
        yield from (
            _summands(side.first) if isinstance(side.first, Negative) else [("+", side.first)]
        )
        yield from side.rest
    elif isinstance(side, Negative):
        yield "-", side.operand
    else:
        yield "+", side


def _key(term: Term) -> frozenset[str]:
    return frozenset(map(str, term))


def _count(part: Expression, text: str) -> int:
    """Most terms that an expression can have; nothing is expanded.

    Raises
    ------
    InvalidArgument
        For more than `MOST_TERMS`.
    """
    if isinstance(part, Negative):
        return _count(part.operand, text)
    n_terms = 1
    if isinstance(part, Power):
        base = _count(part.base, text)
        n_terms = sum(comb(base, k) for k in range(1, min(int(part.value), base) + 1))
    elif isinstance(part, Chain):
        n_terms = _count(part.first, text)
        for sign, operand in part.rest:
            more = _count(operand, text)
            n_terms = (
                n_terms * more if sign == ":" else n_terms + more + (sign == "*") * n_terms * more
            )
            if n_terms > MOST_TERMS:
                break
    if n_terms > MOST_TERMS:
        raise refusal_of(
            Code.FORMULA_LIMIT(
                "{text}: the formula has {n_terms} terms or more",
                "write at most {most} terms",
                text=text,
                n_terms=n_terms,
                most=MOST_TERMS,
            )
        )
    return n_terms


def _expanded(part: Expression, text: str) -> tuple[Term, ...]:
    """Terms of a part of a side, whose number is bounded."""
    if isinstance(part, Number):
        if part.value != 1:
            raise _not_terms(part, text, "0, 1 or a variable")
        return (CONSTANT_TERM,)
    if isinstance(part, Name | Call):
        return ((part,),)
    if isinstance(part, Negative):
        raise _not_terms(part, text, "a variable without a sign")
    if isinstance(part, Power):
        base = _expanded(part.base, text)
        terms = base
        for _ in range(int(part.value) - 1):
            terms = _distinct((*terms, *_products(terms, base, text)))
        return terms
    if part.sign in "+-":
        return _terms(part, text)
    terms = _expanded(part.first, text)
    for sign, operand in part.rest:
        right = _expanded(operand, text)
        products = _products(terms, right, text)
        terms = _distinct((*terms, *right, *products)) if sign == "*" else products
    return terms


def _products(left: tuple[Term, ...], right: tuple[Term, ...], text: str) -> tuple[Term, ...]:
    """Each term of one side times each of the other; a factor that both have counts once."""
    products = tuple(
        tuple({str(factor): factor for factor in (*one, *other)}.values())
        for one in left
        for other in right
    )
    if (most := max(map(len, products), default=0)) > MOST_POWER:
        raise refusal_of(
            Code.FORMULA_LIMIT(
                "{text}: an interaction has {n_factors} factors",
                "write at most {most} factors",
                text=text,
                n_factors=most,
                most=MOST_POWER,
            )
        )
    return _distinct(products)


def _distinct(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Terms in their order, each once."""
    by_key: dict[frozenset[str], Term] = {}
    for term in terms:
        by_key.setdefault(_key(term), term)
    return tuple(by_key.values())

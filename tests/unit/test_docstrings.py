"""Docstrings of the estimators: sections where a function takes three arguments or more."""

import inspect
from typing import get_type_hints

from numpydoc.docscrape import FunctionDoc

from tests.unit.test_arguments import FUNCTIONS, parameters


def test_functions_of_three_arguments_document_each_and_what_they_return() -> None:
    many = {name: f for name, f in FUNCTIONS.items() if len(parameters(f)) >= 3}
    assert len(many) > 80
    short = []
    for name, function in many.items():
        doc = FunctionDoc(function)
        described = {part.strip("*, ") for p in doc["Parameters"] for part in p.name.split(",")}
        wanted = {n for n in inspect.signature(function).parameters if n not in ("self", "cls")}
        complete = all(p.type and "".join(p.desc).strip() for p in doc["Parameters"])
        returns = doc["Returns"] or inspect.signature(function).return_annotation == "None"
        if not (wanted <= described and complete and returns):
            short.append(name)
    assert not short


def test_a_documented_class_is_that_of_the_annotation() -> None:
    differ = []
    for name, function in FUNCTIONS.items():
        doc, hints = FunctionDoc(function), get_type_hints(function)
        named = [(p.name, p.type) for p in doc["Parameters"]]
        named += [("return", p.type) for p in doc["Returns"]]
        for part, kind in named:
            # one word that begins with a capital is a class; other types are described in words
            if kind.isidentifier() and kind[0].isupper() and inspect.isclass(hints.get(part)):
                if hints[part].__name__ != kind:
                    differ.append((name, part, kind, hints[part].__name__))
    assert not differ

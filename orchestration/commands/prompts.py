"""A question to a person: answered by the environment, at the terminal, or as is likely."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from living_panel.codes import Code
from living_panel.orchestration.commands import sentences
from living_panel.problems import Refused


def _any(answer: str) -> str | None:
    return None if answer else "an answer is needed"


def given_answer(program: str, field: str) -> str | None:
    """Return the answer that the environment gives to a question of a program; None without one."""
    given = os.environ.get(f"{program}_{field.upper()}")
    return None if given is None else given.strip()


def ask(
    program: str,
    field: str,
    prompt: str,
    default: str | None,
    wrong_with: Callable[[str], str | None] = _any,
) -> str:
    """The answer; at a terminal one that cannot be is asked for again.

    Parameters
    ----------
    program, field : str
        Whose question; a script answers in the environment: RECEIPT_VINTAGE, TEACH_TITLE.
    default : str or None
        What just Enter says, and a script that says nothing.
    wrong_with : callable
        What is wrong with an answer; None if nothing is.

    Raises
    ------
    ValueError
        Naming the question: without a terminal, for a wrong answer, for an empty answer without a default,
        or if the terminal ends.
    """
    variable = f"{program}_{field.upper()}"
    if (given := given_answer(program, field)) is not None:
        if problem := wrong_with(given):
            raise Refused(
                Code.ANSWER(
                    "the environment variable {variable} is wrong: {problem}",
                    "correct this variable, or unset it and answer at a terminal",
                    variable=variable,
                    problem=problem,
                )
            )
        return given
    if not sys.stdin.isatty():
        if default is not None:
            return default
        raise Refused(sentences.ANSWER_NEEDED(field=field, prompt=prompt, variable=variable))
    shown = f" [{default}]" if default is not None else ""
    while True:
        try:
            answer = input(f"{prompt}{shown}: ").strip() or default or ""
        except EOFError:  # Ctrl-D: no more answers come
            raise Refused(
                sentences.ANSWER_NEEDED(field=field, prompt=prompt, variable=variable)
            ) from None
        problem = wrong_with(answer)
        if problem is None:
            return answer
        print(f"  {problem}. Once more:")

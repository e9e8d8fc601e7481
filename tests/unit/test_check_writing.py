"""The check of the writing style finds planted offences and passes plain text."""

from __future__ import annotations

import pytest

from tools.check_writing import LONGEST_SENTENCE_WORDS, find_places


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("A value goes through nine rooms.", "metaphor"),
        ("Parcels are a stand-in.", "stand-in"),
        ("It cannot be told from zero.", "inconclusive"),
        ("It is found in four samples of five.", "power"),
        ("It ends. What is left goes.", "inverted sentence"),
        ("none up to 0.16 is excluded", "double negation"),
        (" ".join(["word"] * (LONGEST_SENTENCE_WORDS + 1)) + ".", "long sentence"),
    ],
)
def test_an_offence_is_named_with_its_line(text: str, rule: str) -> None:
    (place,) = find_places("page.md", f"Plain.\n\n{text}\n")
    assert (place.line, place.rule) == (3, rule)


def test_plain_text_code_and_questions_pass() -> None:
    text = "What is the elasticity?\n\n```\nrooms\n```\n\nThe difference is not significant (p .2)."
    assert not list(find_places("page.md", text))

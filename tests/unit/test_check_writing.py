"""The check of the writing style finds planted offences and passes plain text."""

from __future__ import annotations

import pytest

from tools import user_texts
from tools.check_writing import CODES, LONGEST_SENTENCE_WORDS, find_places


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


def test_a_long_list_and_text_in_brackets_pass() -> None:
    listed = "It reads " + ", ".join(["a file"] * LONGEST_SENTENCE_WORDS) + "."
    words = " ".join(["word"] * LONGEST_SENTENCE_WORDS)
    assert not list(find_places("page.md", f"{listed}\n\n{words} (by {words}; N 3)."))


@pytest.mark.parametrize(
    "text", ["first missing 110000 2005", "standard error, cr3:jackknife:t(G-1)"]
)
def test_a_code_in_a_table_is_named(text: str) -> None:
    assert len(list(find_places("table.md", text, CODES))) == 1


def test_a_page_is_read_block_by_block_without_its_code() -> None:
    html = "<h2>A</h2><p>One <code>cr3:x</code> two.</p><li><p>Three.</p></li><script>no</script>"
    assert list(user_texts.page_texts(html)) == ["A", "One two.", "Three."]


@pytest.mark.parametrize(
    "read",
    [
        user_texts.markdown_pages,
        user_texts.problems,
        user_texts.commands,
        user_texts.specifications,
    ],
)
def test_texts_of_the_project_follow_the_guide(read) -> None:
    texts = dict.fromkeys(read())
    assert len(texts) > 30
    assert [str(place) for name, text in texts for place in find_places(name, text)] == []

"""Proof-reads a transcription against the paper's text, in both directions.

First reading: every printed table is read from the text on its own and compared cell by cell with
ours. Second reading: every number of the text must stand in the transcription, and every number of
a claim or citation must stand in the sentence its place names. The text itself is not kept here.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from estimation.papers.printed import load_paper
from estimation.papers.schema import PrintedPaper, Table

HEADING = re.compile(r"^(\d)\.(?:(\d)\.)? ?[A-Z]")
CAPTION = re.compile(r"^Table (\d+)\. ")
NOTE = re.compile(r"^(Note:|\*10%)")
SENTENCE = re.compile(r"(?<=[.!?”])\s+(?=[A-Z“\"])")
FIGURES = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Passage:
    """A paragraph of the running text: its section, its count within it, its sentences."""

    section: str
    paragraph: int
    sentences: tuple[str, ...]


def printed_rows(text: str) -> dict[str, list[list[str]]]:
    """The tab-separated rows under each caption, the heading row first."""
    tables: dict[str, list[list[str]]] = {}
    current = None
    for line in text.splitlines():
        caption = CAPTION.match(line)
        if caption:
            current = caption[1]
            tables[current] = []
        elif "\t" in line and current:
            tables[current].append([part.strip() for part in line.split("\t")])
        elif line.strip():
            current = None
    return tables


def first_reading(paper: PrintedPaper, text: str) -> list[str]:
    """Compare each table of the text with ours, cell by cell; return the differences."""
    found = printed_rows(text)
    differences = [f"table {n}: in the text, not transcribed" for n in found.keys() - paper.tables]
    for number, table in paper.tables.items():
        if number not in found:
            differences.append(f"table {number}: transcribed, not in the text")
            continue
        differences += _compare(table, found[number])
    return differences


def _compare(table: Table, rows: list[list[str]]) -> list[str]:
    heads, body = rows[0][1:], rows[1:]
    theirs = {
        (row[0], head): cell
        for row in body
        for head, cell in zip(heads, row[1:] + [""] * (len(heads) - len(row) + 1), strict=True)
    }
    ours = {(c.row, c.column): c.text for c in table.cells}
    return [
        f"table {table.number}, {key}: text '{theirs.get(key)}', transcription '{ours.get(key)}'"
        for key in sorted(theirs.keys() | ours.keys())
        if theirs.get(key) != ours.get(key)
    ]


def passages(text: str) -> list[Passage]:
    """Cut the running text into sections, paragraphs and sentences.

    Tables, captions, equations and the list of references are left out; a paragraph that a page
    break cuts in two is joined again where its first part ends without a full stop.
    """
    result: list[Passage] = []
    section, count, broken = "", 0, ""
    for line in text.splitlines():
        heading = HEADING.match(line)
        if line.startswith("Abstract."):
            section, count = "abstract", 0
        elif heading and "\t" not in line and len(line) < 90:
            section, count = f"section {heading[1]}" + (f".{heading[2]}" if heading[2] else ""), 0
            continue
        elif line.startswith(("References", "Keywords")):
            section = ""
        line = line.removeprefix("Abstract. ")
        if not section or not line.strip() or _is_apparatus(line):
            continue
        line = f"{broken} {line}".strip()
        if not line.rstrip().endswith((".", ":")):
            broken = line
            continue
        broken, count = "", count + 1
        result.append(Passage(section, count, tuple(SENTENCE.split(line))))
    return result


def _is_apparatus(line: str) -> bool:
    return "\t" in line or line.startswith("$$") or bool(CAPTION.match(line) or NOTE.match(line))


def locate(place: str, parts: list[Passage]) -> str:
    """The sentence or sentences a place names; '' where there is none.

    A place reads 'section 4.2, paragraph 1, sentence 2', 'last sentence' and 'sentences 4-5' too;
    without a paragraph the section has one or the count runs through the section.
    """
    section = place.split(",")[0]
    chosen = [p for p in parts if p.section == section]
    paragraph = re.search(r"paragraph (\d+)", place)
    if paragraph:
        chosen = [p for p in chosen if p.paragraph == int(paragraph[1])]
    sentences = [s for p in chosen for s in p.sentences]
    if "last sentence" in place:
        return sentences[-1] if sentences else ""
    wanted = re.search(r"sentences? (\d+)(?:-(\d+))?", place)
    if not wanted:
        return " ".join(sentences)
    first, last = int(wanted[1]), int(wanted[2] or wanted[1])
    return " ".join(sentences[first - 1 : last])


def second_reading(paper: PrintedPaper, text: str) -> list[str]:
    """Numbers of the running text against claims and citations, both ways."""
    parts = passages(text)
    differences = []
    for claim in paper.claims:
        sentence = locate(claim.place, parts)
        for value in claim.values:
            if value.lower() not in sentence.lower() and not _in_words(value, sentence):
                differences.append(f"{claim.id} ({claim.place}): '{value}' is not in the sentence")
    for citation in paper.citations:
        if citation.place.startswith("table"):
            continue
        differences += _citation_differences(
            citation.place, citation, locate(citation.place, parts)
        )
    return differences + _unclaimed(paper, parts)


def _in_words(value: str, sentence: str) -> bool:
    words = {
        "3": "three",
        "FMOLS and DOLS": "(FMOLS), dynamic least squares method (DOLS)",
        "fixed effects": "fixed effect",
        "cross-border e-commerce transactions": "cross-border e-commerce transaction",
    }
    return value in words and words[value].lower() in sentence.lower()


def _citation_differences(place: str, citation, sentence: str) -> list[str]:  # type: ignore[no-untyped-def]
    marks = set()
    for mark in re.findall(r"\[(\d+(?:-\d+)?)\]", sentence):
        first, _, last = mark.partition("-")
        marks |= {str(i) for i in range(int(first), int(last or first) + 1)}
    out = []
    if citation.reference not in marks:
        out.append(f"citation ({place}): [{citation.reference}] is not in the sentence")
    for part in (citation.names, str(citation.year or "")):
        if part not in sentence:
            out.append(f"citation ({place}): '{part}' is not in the sentence")
    return out


def _unclaimed(paper: PrintedPaper, parts: list[Passage]) -> list[str]:
    """Figures of the running text that no claim, citation or label accounts for."""
    known = Counter({v.strip("%"): 1 for c in paper.claims for v in c.values})
    known.update(str(c.year) for c in paper.citations if c.year)
    known.update(table for table in (*paper.tables, "14", "1", "2", "3", "5", "7"))
    known.update(f"{round(100 * c.level)}" for c in paper.claims if c.level)
    out = []
    for part in parts:
        if part.section.startswith("section 5.2"):
            continue
        for sentence in part.sentences:
            bare = re.sub(r"\[\d+(-\d+)?\]", "", sentence)
            out += [
                f"{part.section}, paragraph {part.paragraph}: figure {n} is in no claim"
                for n in FIGURES.findall(bare)
                if n not in known
            ]
    return out


def reference_reading(paper: PrintedPaper, text: str) -> list[str]:
    """Numbers, first authors and years of the list of references, from the text's own list."""
    listed = dict(re.findall(r"^- \[(\d+)\] (.+)$", text, flags=re.MULTILINE))
    ours = {r.number: r for r in paper.references}
    out = [f"reference [{n}]: on one side only" for n in sorted(listed.keys() ^ ours.keys())]
    for number in listed.keys() & ours.keys():
        entry, reference = listed[number], ours[number]
        names = entry.split(" [")[0]
        missing = [a for a in reference.authors if not re.search(rf"\b{a}\b", names)]
        if missing or not entry.startswith(reference.authors[0]):
            out.append(f"reference [{number}]: authors {reference.authors} against '{names[:60]}'")
        if reference.more_authors != ("et al" in names):
            out.append(f"reference [{number}]: 'et al' on one side only")
        if not re.search(rf"\b{reference.year}\b", entry):
            out.append(f"reference [{number}]: year {reference.year} is not in the entry")
    return out


def proofread(paper: PrintedPaper, text: str) -> dict[str, list[str]]:
    """All readings; each a list of differences, empty when the two agree."""
    return {
        "tables": first_reading(paper, text),
        "text": second_reading(paper, text),
        "references": reference_reading(paper, text),
    }


def main(argv: list[str] | None = None) -> int:
    """Command line: ``python -m tools.proofread bi_2025 path/to/text``."""
    parser = argparse.ArgumentParser(description="Proof-read a transcription against the text")
    parser.add_argument("paper")
    parser.add_argument("text", type=Path)
    arguments = parser.parse_args(argv)
    readings = proofread(load_paper(arguments.paper), arguments.text.read_text(encoding="utf-8"))
    for reading, differences in readings.items():
        print(f"{reading}: {len(differences)} differences")
        for difference in differences:
            print(f"  {difference}")
    return int(any(readings.values()))


if __name__ == "__main__":
    sys.exit(main())

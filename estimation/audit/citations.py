"""Rules on citations: years, names, and whether a reference is about what it is cited for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.audit.registry import Inconsistency, Outcome, Severity, rule
from living_panel.estimation.papers.rows import Citation, Reference
from living_panel.estimation.papers.schema import PrintedPaper

FAMILY = "citations"


def _pairs(paper: PrintedPaper) -> Iterator[tuple[Citation, Reference]]:
    listed = {r.number: r for r in paper.references}
    return ((c, listed[c.reference]) for c in paper.citations if c.reference in listed)


def _inconsistency(citation: Citation, severity: Severity, message: str) -> Inconsistency:
    return Inconsistency(f"{citation.place}; reference [{citation.reference}]", severity, message)


@rule(FAMILY)
def citation_year(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A year in the text that is not the reference's.

    A citation by name and year must have the year of its entry in the references.
    """
    for c, r in _pairs(paper):
        yield int(c.year is not None)
        if c.year not in (None, r.year):
            message = f"{c.names} ({c.year}) points to an entry of {r.year}"
            yield _inconsistency(c, "contradiction", message).assuming(f"{c.year} != {r.year}")


@rule(FAMILY)
def citation_names(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Names in the text that are not the reference's.

    A citation names the entry's first authors. Without 'et al.' it names all authors; with 'et al.' the entry has
    at least three.
    """
    for c, r in _pairs(paper):
        yield int(bool(c.names))
        if c.names and not _names_agree(c.names, r):
            inconsistency = _inconsistency(
                c, "contradiction", f"'{c.names}' points to {', '.join(r.authors)}"
            )
            yield inconsistency.assuming(f"{c.names!r} != {', '.join(r.authors)!r}")


def _names_agree(names: str, reference: Reference) -> bool:
    known, more = reference.authors, 2 * reference.more_authors
    cited = tuple(n.strip() for n in re.split(r"\band\b|,|&|\bet al.*", names) if n.strip())
    if "et al" not in names:
        return cited == known and not more
    return cited[: len(known)] == known[: len(cited)] and len(known) + more > max(len(cited), 2)


@rule(FAMILY)
def citation_unmatched(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """Citations without an entry, or entries without a citation.

    Every citation has an entry and every entry is cited.
    """
    cited = {c.reference for c in paper.citations}
    listed = {r.number for r in paper.references}
    yield len(cited | listed)
    for c in paper.citations if paper.is_whole() else ():
        if c.reference not in listed:
            inconsistency = Inconsistency(
                c.place, "contradiction", f"[{c.reference}] is not in the list"
            )
            yield inconsistency.assuming(
                f"{c.reference!r} not in {sorted(listed)}", transcription="all"
            )
    for n in sorted(listed - cited) if paper.is_whole() else ():
        inconsistency = Inconsistency(f"reference [{n}]", "form", f"[{n}] is never cited")
        yield inconsistency.assuming(f"{n!r} not in {sorted(cited)}", transcription="all")


@rule(FAMILY)
def citation_other_place(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A reference about another place.

    A result on one country or region needs a source on this place; the title of the cited source names only other
    places.
    """
    return _apart(paper, "about", "cited on {}; its title is on {}")


@rule(FAMILY)
def citation_other_subject(paper: PrintedPaper, evidence: Evidence) -> Outcome:
    """A reference about another subject.

    A source shares at least one subject with the sentence that cites it.
    """
    return _apart(paper, "topics", "cited on {}; its title: {}")


def _apart(paper: PrintedPaper, part: str, words: str) -> Outcome:
    """Citations that share nothing of a kind with the title they point to."""
    for c, r in _pairs(paper):
        cited, title = getattr(c, part), getattr(r, part)
        yield int(bool(cited and title))
        if cited and title and not set(cited) & set(title):
            inconsistency = _inconsistency(
                c, "doubtful", words.format(", ".join(cited), ", ".join(title))
            )
            yield inconsistency.assuming(
                f"not set({[*cited]}) & set({[*title]})", read="titles, not the works"
            )

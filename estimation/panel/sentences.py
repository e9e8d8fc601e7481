"""Problems of specs, samples and releases: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

UNKNOWN_ROLE = Sentence(Code.SPEC_ROLE, "this table has no variable {role!r}", "write {choices:or}")


YEARS_REVERSED = Sentence(
    Code.SPEC_VALUE, "last_year {last} is before first_year {first}", "exchange the two years"
)


NO_PAPER = Sentence(
    Code.SPEC_MISSING,
    "there is no paper of this name",
    "write {choices:or}, or run `make new-paper NAME=…`",
)

WHERE_FORM = Sentence(
    Code.SPEC_WHERE,
    "where: {expression!r} is not a condition on rows",
    "write comparisons of names and numbers, joined by and, or, not: gdp > 100 and year != 2003",
)
WHERE_NAME = Sentence(
    Code.SPEC_WHERE,
    "where: {expression!r} uses {unknown}, which is not a variable of this table",
    "write one of {known}",
)


FILE_NOT_READ = Sentence(Code.SPEC_RELEASE, "the file cannot be read: {error}", "{remedy}")

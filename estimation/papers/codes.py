"""Problems of the files of a printed paper: codes, texts and fixes."""

from ingestion.problems import ProblemCode

PAPER = ProblemCode("LP-PAPER-000", "{text}")
SOURCE_INCOMPLETE = ProblemCode("LP-PAPER-001", "no {missing}", "docs/papers.md, 'Data of its own'")
EDITION_NO_YEAR = ProblemCode(
    "LP-PAPER-002", "{value!r} is no whole number", "write the year of the edition"
)

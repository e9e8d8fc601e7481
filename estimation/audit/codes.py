"""Problems of a table that is audited alone: codes, texts and fixes."""

from living_panel.problems import ProblemCode

TABLE_MISSING = ProblemCode("LP-AUDIT-001", "no such file", "write the path of a CSV file")
TABLE_UNREADABLE = ProblemCode(
    "LP-AUDIT-002",
    "cannot be read as a table: {reason}",
    "write a header with the columns, and a row for each variable",
)
TABLE_WITHOUT_NUMBERS = ProblemCode(
    "LP-AUDIT-003", "no printed number is in it", "write the numbers as printed: 0.35** (0.12)"
)

"""Problems of a table that is audited alone: codes, texts and fixes."""

from living_panel.problems import ProblemCode

TABLE_MISSING = ProblemCode(
    "LP-AUDIT-001", "the file does not exist", "give the path of a CSV file"
)
TABLE_UNREADABLE = ProblemCode(
    "LP-AUDIT-002",
    "the file cannot be read as a table: {reason}",
    "write a header line with the names of the columns, and one row for each variable",
)
TABLE_WITHOUT_NUMBERS = ProblemCode(
    "LP-AUDIT-003",
    "the file contains no printed number",
    "write numbers as they are printed: 0.35** (0.12)",
)

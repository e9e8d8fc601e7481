"""Problems of dbt: codes, texts and fixes."""

from living_panel.problems import ProblemCode

DBT_FAILED = ProblemCode(
    "LP-DBT-001",
    "dbt {command} failed; nothing was published: {said} ({limits})",
    "correct the cause given here; free space, or raise the limit of file sizes (`ulimit -f`); then run again",
)
VALUES_REFUSED = ProblemCode(
    "LP-DBT-002",
    "the values do not pass {count} tests of the warehouse; nothing was published",
    "correct the values listed below, or what bounds them",
)
DBT_TEST = ProblemCode("LP-DBT-003", "{message}", no_fix="part")
DBT_ERROR = ProblemCode("LP-DBT-004", "{message}", no_fix="part")
NO_COVERAGE = ProblemCode(
    "LP-COVERAGE-001",
    "no expected coverage is written for {series}: a missing province or year may pass unseen",
    "add these lines to {seed}, after comparing them with the source:{lines}\n"
    "  The last column has the codes of provinces without a value",
)
NO_FEEDS = ProblemCode(
    "LP-SEED-002",
    "{label} in {unit} has no `feeds`, so the next refresh would refuse it",
    "add `feeds` with a measure, or with the reason why it feeds none",
)
SEED_CELLS = ProblemCode(
    "LP-SEED-003",
    "{n_cells} cells, expected {n_rows}, as the header has",
    "write a comma after each cell, and a text with a comma in double quotes",
)
FORMER_MEASURE_ROW = ProblemCode(
    "LP-SEED-005",
    "former name {former!r} of {measure!r}: the former name is still a measure, or the other one is not in the panel",
    "write a name that no measure has, and a measure of dbt_project/seeds/measures.csv in the panel",
)
CONTRACT_LINE_GONE = ProblemCode(
    "LP-SEED-004",
    "{panel}: the line {mark!r} is missing",
    "restore it from git",
)

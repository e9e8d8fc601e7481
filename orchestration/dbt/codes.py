"""Problems of dbt: codes, texts and fixes."""

from living_panel.problems import ProblemCode

DBT_FAILED = ProblemCode(
    "LP-DBT-001",
    "dbt {command} failed; nothing was published: {said} ({limits})",
    "correct the cause in the message; free space, or raise the limit of file sizes (`ulimit -f`); "
    "then run again",
)
VALUES_REFUSED = ProblemCode(
    "LP-DBT-002",
    "{count} tests of the warehouse failed; nothing was published",
    "correct the values listed below, or the bounds of these tests",
)
FILE_IN_DOUBT = ProblemCode(
    "LP-DBT-005",
    "{count} failing rows have values of this file: {tests}; the first row: {first}",
    "if the file is wrong, `make withdraw KIND=file NAME={name} REASON=…`, then `make run`",
)
DBT_TEST = ProblemCode("LP-DBT-003", "{message}", no_fix="part")
DBT_ERROR = ProblemCode("LP-DBT-004", "{message}", no_fix="part")
NO_COVERAGE = ProblemCode(
    "LP-COVERAGE-001",
    "{seed} has no line for {series}, so a missing province or year may stay unnoticed",
    "compare these lines with the source, then add them to {seed}:{lines}\n  The last column has the "
    "codes of provinces without a value",
)
NO_FEEDS = ProblemCode(
    "LP-SEED-002",
    "{label} in {unit} has no `feeds`, so the next refresh would stop",
    "add `feeds` with a measure, or with the reason why this series feeds no measure",
)
SEED_CELLS = ProblemCode(
    "LP-SEED-003",
    "the line has {n_cells} cells, but the header has {n_rows}",
    "write a comma after each cell, and put text with a comma in double quotes",
)
MEASURE_NAME = ProblemCode(
    "LP-SEED-006",
    "{name!r} cannot be the name of a new measure",
    "write a name that no measure has: 3 to 32 lower-case letters, digits and _, beginning with a letter",
)
NOT_A_UNIT = ProblemCode(
    "LP-SEED-007",
    "the seed of units does not list {unit!r}",
    "write {choices:or}, or add a row to dbt_project/seeds/units.csv",
)
CONTRACT_LINE_GONE = ProblemCode(
    "LP-SEED-004",
    "{panel}: the line {mark!r} is missing",
    "restore it from git",
)

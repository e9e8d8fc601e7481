"""Problems of dbt: codes, texts and fixes."""

from ingestion.problems import ProblemCode

DBT_FAILED = ProblemCode(
    "LP-DBT-001",
    "dbt {command} failed; nothing was published: {said} ({limits})",
    "correct the cause given here; free space, or raise the limit of file sizes (`ulimit -f`); then run again",
)
NO_COVERAGE = ProblemCode(
    "LP-COVERAGE-001",
    "no expected coverage is written for {series}: a missing province or year may pass unseen",
    "compare these lines with the source, and add them to {seed}:{lines}",
)

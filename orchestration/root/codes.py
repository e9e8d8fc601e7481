"""Problems of a data root: codes, texts and fixes."""

from ingestion.problems import ProblemCode

LEDGER = ProblemCode("LP-LEDGER-000", "{text}")
LEDGER_UNREADABLE = ProblemCode(
    "LP-LEDGER-001", "the ledger cannot be read: {reason}", "{recovery}"
)
LEDGER_BROKEN = ProblemCode(
    "LP-LEDGER-002",
    "the line does not follow from the line before: it was changed, taken out or put in",
    "{recovery}",
)
GONE = ProblemCode("LP-LEDGER-003", "{kind} {name} was published and is gone", "{recovery}")
UNKNOWN = ProblemCode(
    "LP-LEDGER-004",
    "nobody published this {kind} {name}: the ledger does not know it",
    "move it away",
)
CHANGED = ProblemCode(
    "LP-LEDGER-005",
    "{kind} {name} is not what was published on {day} ({event})",
    "{recovery}",
)
UNREADABLE = ProblemCode(
    "LP-LEDGER-006", "{kind} {name} cannot be compared with the ledger: {reason}", "{recovery}"
)
NOT_IN_SEED = ProblemCode(
    "LP-SEED-001", "{name!r} is not in {seed}", "write {choices:or}, or add it there"
)
LOCK = ProblemCode("LP-LOCK-000", "{text}")
STATE = ProblemCode("LP-STATE-000", "{text}")

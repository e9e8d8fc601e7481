"""Problems of commands: codes, texts and fixes."""

from ingestion.problems import ProblemCode

BACKUP_EXISTS = ProblemCode("LP-BACKUP-001", "is there already", "choose another name")
BACKUP_INSIDE = ProblemCode(
    "LP-BACKUP-002", "lies in the data root that it would back up", "choose another place"
)
BACKUP_DAMAGED = ProblemCode(
    "LP-BACKUP-003",
    "cannot be read as a whole backup ({reason}); nothing was changed",
    "take another backup",
)
ROOT_HOLDS = ProblemCode(
    "LP-BACKUP-004",
    "holds {held} already, and nothing is written over it",
    "move them away, or name another data root in LIVING_PANEL_DATA",
)

NO_TABLES_OF_PAPER = ProblemCode(
    "LP-CMD-003", "no table of a paper {paper!r}", "write one of {choices}"
)
NOTHING_PUBLISHED = ProblemCode(
    "LP-CMD-004", "nothing is published yet that {paper} could join", "run `make run` once"
)
PAPER_CANNOT_JOIN = ProblemCode(
    "LP-CMD-005",
    "{paper} cannot be published alone: {missing}",
    "run `make run`; it brings {paper} up to date too",
)
PARAMETER_MISSING = ProblemCode("LP-CMD-001", "{parameter} is missing", "for example {example}")
WRONG_CALL = ProblemCode("LP-CMD-002", "{reason}", "`{command} --help` lists what it takes")

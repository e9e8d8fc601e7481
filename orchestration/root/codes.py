"""Problems of a data root: codes, texts and fixes."""

from living_panel.problems import ProblemCode

LEDGER = ProblemCode("LP-LEDGER-000", "{text}")
LEDGER_UNREADABLE = ProblemCode(
    "LP-LEDGER-001", "the ledger cannot be read: {reason}", "{recovery}"
)
LEDGER_BROKEN = ProblemCode(
    "LP-LEDGER-002",
    "the line does not follow from the line before: it was changed, taken out or put in",
    "{recovery}",
)
GONE = ProblemCode("LP-LEDGER-003", "{kind} {name} was published and is missing", "{recovery}")
UNKNOWN = ProblemCode(
    "LP-LEDGER-004",
    "nobody published this {kind} {name}: the ledger does not know it",
    "move it out of the data root",
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
LEDGER_SHORTENED = ProblemCode(
    "LP-LEDGER-007",
    "line {line} ({sha256}…) that was noted is not there: the ledger was shortened or written anew",
    "{recovery}",
)
LEDGER_NOT_COMMITTED = ProblemCode(
    "LP-LEDGER-008",
    "the ledger does not begin with the lines that are committed: it was shortened or changed",
    "{recovery}",
)
RECEIPT_UNKNOWN = ProblemCode(
    "LP-LEDGER-009",
    "receipt {name} is in no line of the ledger: it came since the last refresh, or its line was taken out",
    "`make run` writes it down; if it is not yours, {recovery}",
)
HEAD_FORM = ProblemCode(
    "LP-LEDGER-010",
    "{noted} is no line of a ledger",
    "write it as a publication prints it: 12:<sha256>",
)
LEDGER_LATER = ProblemCode(
    "LP-LEDGER-011",
    "came after the noted line: {kind} {name} {event} at {at} ({sha256}…)",
    no_fix="note",
)
TABLE_TIME = ProblemCode(
    "LP-TABLE-001",
    "{table} did not finish within {seconds} s of processor time, or several times that by the clock; it was stopped",
    "ask for fewer draws or specifications, or set {variable} (seconds)",
)
TABLE_MEMORY = ProblemCode(
    "LP-TABLE-002",
    "{table} needs at least {needed} MB of memory, its limit is {megabytes} MB, and it was stopped",
    "use fewer rows, draws or specifications, or set {variable} (megabytes)",
)
TABLE_LIMIT_FORM = ProblemCode(
    "LP-TABLE-003",
    "{variable}={written} is no whole number above 0",
    "write one, such as {default}",
)
WORKER_DIED = ProblemCode(
    "LP-TABLE-004",
    "a process that works on tables or pages ended abruptly: out of memory, or stopped by "
    "somebody. Finished parts are kept, nothing is half written",
    "end other programs, or set {variable} (megabytes) below the memory that is free; then run again",
)
DATABASE = ProblemCode(
    "LP-INSTANCE-001",
    "PostgreSQL at {place} cannot be reached ({reason}); no value is in it, nothing was changed",
    "start it, or correct LIVING_PANEL_PG_* (docs/deployment.md)",
)
INSTANCE_FILE = ProblemCode(
    "LP-INSTANCE-002",
    "SQLite opens no file of Dagster in this folder: {reason}",
    "make it writable; or name a folder with a path of at most 400 characters in DAGSTER_STATE",
)
OTHER_HOST = ProblemCode(
    "LP-LOCK-001",
    "{purpose} on host {host} works on this data root, and the record of runs here does not have it",
    "run it on that host, or give both hosts one database of runs (docs/deployment.md); if that host no longer "
    "exists, wait {seconds} s",
)
UNKNOWN_VARIABLE = ProblemCode(
    "LP-ENVIRONMENT-001",
    "{name} is not a variable of this project (a similar one: {near})",
    "correct its name, or remove it from the settings file (docs/deployment.md lists all)",
)
EXECUTOR = ProblemCode(
    "LP-ENVIRONMENT-002", "{variable}={written} is not an executor", "write {choices:or}"
)
NO_WORKSPACE = ProblemCode(
    "LP-WORKSPACE-001",
    "no living-panel.yml is here or in a folder above",
    "make a workspace with `living-panel init my-study` and change into it",
)
WORKSPACE_FORM = ProblemCode(
    "LP-WORKSPACE-002", "{reason}", "compare it with the keys and values in docs/packages.md"
)
WORKSPACE_EXISTS = ProblemCode(
    "LP-WORKSPACE-003", "is there already and is not empty", "choose another name"
)
NO_PAPERS = ProblemCode(
    "LP-WORKSPACE-004",
    "no paper is here yet",
    "make one: `living-panel new-paper NAME --data FILE`",
)
NEEDS_DATA = ProblemCode(
    "LP-WORKSPACE-005",
    "this workspace has no warehouse, so that a paper brings its data",
    "add --data FILE to the command",
)
LOG_BESIDE = ProblemCode(
    "LP-PUBLISH-002",
    "a published file has a write-ahead log, and readers would see its content",
    "`make run` sets it aside and publishes anew",
)
UNKNOWN_ENTRY = ProblemCode(
    "LP-ROOT-001",
    "the ledger knows no {kind} {name}",
    "`make verify` prints the names",
)
STILL_THERE = ProblemCode(
    "LP-ROOT-002",
    "{file} exists; only a missing thing can be recorded as withdrawn",
    "to withdraw archived values, `make withdraw KIND=file NAME=<source>/<edition>/<vintage>/<file>`; "
    "to record a deletion, remove it first",
)
LOCK_HELD = ProblemCode(
    "LP-ROOT-003",
    "{file} is held by {named}; waited {wait_seconds:.0f} s",
    "wait for that run or stop it, then start again; nothing was changed",
)
WAREHOUSE_UNREADABLE = ProblemCode(
    "LP-ROOT-004",
    "{path} cannot be read: {reason}",
    "`make run` publishes a file of this version; `make rollback` points at the one before",
)
FOLDER_NAME = ProblemCode(
    "LP-ROOT-005",
    "dbt and Dagster open no database below a folder with {found} in its name",
    "move it, or name others in LIVING_PANEL_DATA and DAGSTER_STATE",
)
MISSING = ProblemCode(
    "LP-ROOT-006",
    "{missing} missing",
    no_fix="part",
)
DAMAGED = ProblemCode(
    "LP-ROOT-007",
    "damaged ({reason})",
    "`make run` sets it aside and writes it anew",
)
UNKNOWN_HOST = ProblemCode(
    "LP-REQUEST-001",
    "this server does not answer for the host {host}",
    "open it at 127.0.0.1, or name the host in LIVING_PANEL_HOSTS (docs/deployment.md)",
)
OTHER_PAGE = ProblemCode(
    "LP-REQUEST-002",
    "another page ({page}) asks for a change",
    "make the change on a page of the UI itself",
)
NOT_JSON = ProblemCode(
    "LP-REQUEST-003",
    "changes must be sent by POST as application/json; this is {method} with content type {content_type}",
    "send it again so",
)
QUERY_IN_ADDRESS = ProblemCode(
    "LP-REQUEST-004",
    "the address holds a GraphQL query",
    "send it by POST as application/json",
)
DISK_READ_ONLY = ProblemCode(
    "LP-DISK-001",
    "the file system is read-only; what was published is as it was",
    "make the file system writable, then run again",
)
DISK_FULL = ProblemCode(
    "LP-DISK-002",
    "no space is left on the disk; what was published is as it was",
    "free space on this disk, then run again",
)
QUOTA_USED = ProblemCode(
    "LP-DISK-003",
    "the quota of the disk is used up; what was published is as it was",
    "free space within the quota, then run again",
)
PATH_REFUSED = ProblemCode(
    "LP-DISK-004",
    "the system refuses this path",
    "correct owner and permissions of this path, then run again",
)
FILE_SIZE_LIMIT = ProblemCode(
    "LP-DISK-005",
    "a file would be larger than the limit of file sizes; what was published is as it was",
    "raise the limit (`ulimit -f`), then run again",
)
DISK_FAILS = ProblemCode(
    "LP-DISK-006",
    "Dagster's record of runs cannot be written ({reason}); what was published is as it was",
    "free space on the disk of DAGSTER_STATE and make it writable, then run again",
)
NO_ROOT = ProblemCode(
    "LP-ROOT-008",
    "this data root does not exist",
    "correct LIVING_PANEL_DATA; for a new, empty root make the folder first (`mkdir -p`)",
)

"""Problems of a data root: codes, texts and fixes."""

from living_panel.problems import ProblemCode

LEDGER = ProblemCode("LP-LEDGER-000", "{text}")
LEDGER_UNREADABLE = ProblemCode(
    "LP-LEDGER-001", "the ledger cannot be read: {reason}", "{recovery}"
)
LEDGER_BROKEN = ProblemCode(
    "LP-LEDGER-002",
    "this line does not follow the line before: a line was changed, removed or inserted",
    "{recovery}",
)
GONE = ProblemCode("LP-LEDGER-003", "{kind} {name} was published, but is now missing", "{recovery}")
UNKNOWN = ProblemCode(
    "LP-LEDGER-004",
    "the ledger does not list {kind} {name}, so it was never published",
    "move it out of the data folder",
)
CHANGED = ProblemCode(
    "LP-LEDGER-005",
    "{kind} {name} differs from its content when it was published on {day} ({event})",
    "{recovery}",
)
UNREADABLE = ProblemCode(
    "LP-LEDGER-006",
    "the program cannot compare {kind} {name} with its line in the ledger (the log of what was stored): {reason}",
    "{recovery}",
)
NOT_IN_SEED = ProblemCode(
    "LP-SEED-001", "{seed} does not list {name!r}", "write {choices:or}, or add a line to the seed"
)
LOCK = ProblemCode("LP-LOCK-000", "{text}")
STATE = ProblemCode("LP-STATE-000", "{text}")
LEDGER_SHORTENED = ProblemCode(
    "LP-LEDGER-007",
    "the noted line {line} ({sha256}…) is missing: the ledger was shortened or rewritten",
    "{recovery}",
)
LEDGER_NOT_COMMITTED = ProblemCode(
    "LP-LEDGER-008",
    "the ledger does not begin with the lines committed to git: it was shortened or changed",
    "{recovery}",
)
RECEIPT_UNKNOWN = ProblemCode(
    "LP-LEDGER-009",
    "no line of the ledger names receipt {name}: it is newer than the last refresh, or its line was removed",
    "`make run` adds the line; if the receipt is not yours, {recovery}",
)
HEAD_FORM = ProblemCode(
    "LP-LEDGER-010",
    "{noted} is not a line of the ledger",
    "write it as a publication prints it: 12:<sha256>",
)
LEDGER_LATER = ProblemCode(
    "LP-LEDGER-011",
    "added to the ledger after the noted line: {kind} {name} {event} at {at} ({sha256}…)",
    no_fix="note",
)
OTHER_PUBLISHED = ProblemCode(
    "LP-LEDGER-012",
    "readers open {kind} {shown}, but the last publication in the ledger is {last} ({event} at {at})",
    "run `make run`, which publishes the newest results; to publish earlier ones on purpose, use `make rollback`",
)
PUBLICATION_STOPPED = ProblemCode(
    "LP-LEDGER-013",
    "the publication of {kind} {last} is unfinished: readers still open {shown}",
    "run `make run`, which finishes it",
)
PUBLICATION_UNKNOWN = ProblemCode(
    "LP-LEDGER-014",
    "the ledger is newer than this publication and has no line for it, so {kind} {shown} cannot be compared",
    "the next publication by `make run` adds this line",
)
TABLE_TIME = ProblemCode(
    "LP-TABLE-001",
    "{table} was stopped: it took more than {seconds} s of processor time, or several times that in total",
    "ask for fewer draws or specifications, or set {variable} (seconds)",
)
TABLE_MEMORY = ProblemCode(
    "LP-TABLE-002",
    "{table} was stopped: it needs more than {needed} MB of memory, but its limit is {megabytes} MB",
    "use fewer rows, draws or specifications, or set {variable} (megabytes)",
)
TABLE_LIMIT_FORM = ProblemCode(
    "LP-TABLE-003",
    "{variable}={written} is not a whole number above 0",
    "write a whole number, such as {default}",
)
WORKER_DIED = ProblemCode(
    "LP-TABLE-004",
    "a process that works on tables or pages ended abruptly: memory was full, or somebody stopped "
    "it. Finished parts are kept",
    "end other programs, or set {variable} (megabytes) below the free memory; then run again",
)
SYSTEM_MEMORY = ProblemCode(
    "LP-TABLE-025",
    "{table} was stopped: it needs more than {needed} MB of memory, but the system allows this "
    "process {megabytes} MB (`ulimit -v`)",
    "use fewer rows, draws or specifications, or raise this limit (kilobytes)",
)
DATABASE = ProblemCode(
    "LP-INSTANCE-001",
    "PostgreSQL at {place} cannot be reached ({reason}); nothing was changed",
    "start PostgreSQL, or correct LIVING_PANEL_PG_* (docs/deployment.md)",
)
INSTANCE_FILE = ProblemCode(
    "LP-INSTANCE-002",
    "SQLite cannot open a file of Dagster in this folder: {reason}",
    "make the folder writable; or set DAGSTER_STATE to a folder whose path has at most 400 characters",
)
OTHER_HOST = ProblemCode(
    "LP-LOCK-001",
    "{purpose} on host {host} uses this data root, but the record of runs here does not list it",
    "work on that host, or give both hosts one database of runs (docs/deployment.md); if that host "
    "no longer exists, wait {seconds} s",
)
COMMAND_MEMORY = ProblemCode(
    "LP-ENVIRONMENT-006",
    "the command needs more memory than {limit}; the published results are unchanged",
    "end other programs, or raise the limit (`ulimit -v`), then run again",
)
UNKNOWN_VARIABLE = ProblemCode(
    "LP-ENVIRONMENT-001",
    "{name} is not a variable of this project (a similar name: {near})",
    "correct the name, or remove it from the settings file (docs/deployment.md lists all variables)",
)
EXECUTOR = ProblemCode(
    "LP-ENVIRONMENT-002", "{variable}={written} is not a known executor", "write {choices:or}"
)
NO_CELERY = ProblemCode(
    "LP-ENVIRONMENT-003",
    "{variable}=celery needs the package dagster-celery, which is not installed",
    "install the extra `celery`: `pip install 'living-panel[celery]'`",
)
CELERY_ADDRESS = ProblemCode(
    "LP-ENVIRONMENT-004",
    "{variable}=celery needs addresses in {variables}",
    "set them; docs/deployment.md has an example with Redis",
)
DAEMON_PROCESS = ProblemCode(
    "LP-ENVIRONMENT-005",
    "this worker of Celery forks its steps, and such a process may start no others",
    "start the worker with the settings in deploy/celery.yaml, which names the pool `solo`",
)
NO_WORKSPACE = ProblemCode(
    "LP-WORKSPACE-001",
    "neither this folder nor a folder above it has a living-panel.yml",
    "make a workspace with `living-panel init my-study` and change into it",
)
WORKSPACE_FORM = ProblemCode(
    "LP-WORKSPACE-002", "{reason}", "compare it with the keys and values in docs/packages.md"
)
WORKSPACE_EXISTS = ProblemCode(
    "LP-WORKSPACE-003", "this folder already exists and is not empty", "choose another name"
)
NO_PAPERS = ProblemCode(
    "LP-WORKSPACE-004",
    "this workspace has no paper yet",
    "make one: `living-panel new-paper NAME --data FILE`",
)
NEEDS_DATA = ProblemCode(
    "LP-WORKSPACE-005",
    "this workspace has no warehouse, so the paper must have its own data",
    "add --data FILE to the command",
)
LOG_BESIDE = ProblemCode(
    "LP-PUBLISH-002",
    "a published file has a write-ahead log, so readers would see its content",
    "run `make run`, which moves the log away and publishes again",
)
UNKNOWN_ENTRY = ProblemCode(
    "LP-ROOT-001",
    "the ledger has no {kind} {name}",
    "run `make verify`, which prints the names",
)
STILL_THERE = ProblemCode(
    "LP-ROOT-002",
    "{file} exists; only a missing file can be recorded as deleted",
    "to withdraw archived values, run `make withdraw KIND=file "
    "NAME=<source>/<edition>/<vintage>/<file>`; to record a deletion, remove the file first",
)
LOCK_HELD = ProblemCode(
    "LP-ROOT-003",
    "{named} has locked {file}; the program waited {wait_seconds:.0f} s and changed nothing",
    "wait for that run or stop it, then start again",
)
WAREHOUSE_UNREADABLE = ProblemCode(
    "LP-ROOT-004",
    "{path} cannot be read: {reason}",
    "run `make run`, which publishes a file of this version; or `make rollback`, which returns to "
    "the file before",
)
FOLDER_NAME = ProblemCode(
    "LP-ROOT-005",
    "dbt and Dagster cannot open a database if a folder has {found} in its name",
    "rename the folder, or set LIVING_PANEL_DATA and DAGSTER_STATE to other folders",
)
MISSING = ProblemCode(
    "LP-ROOT-006",
    "missing: {missing}",
    no_fix="part",
)
DAMAGED = ProblemCode(
    "LP-ROOT-007",
    "the file is damaged ({reason})",
    "run `make run`, which moves the file away and writes a new one",
)
UNKNOWN_HOST = ProblemCode(
    "LP-REQUEST-001",
    "this server does not accept the host name {host}",
    "open the UI at 127.0.0.1, or add the host to LIVING_PANEL_HOSTS (docs/deployment.md)",
)
OTHER_PAGE = ProblemCode(
    "LP-REQUEST-002",
    "another web page ({page}) requests a change",
    "make the change on a page of the UI itself",
)
NOT_JSON = ProblemCode(
    "LP-REQUEST-003",
    "a change needs a POST request with content type application/json; this request is {method} with "
    "{content_type}",
    "send it as POST with application/json",
)
QUERY_IN_ADDRESS = ProblemCode(
    "LP-REQUEST-004",
    "the address contains a GraphQL query",
    "send it by POST as application/json",
)
DISK_READ_ONLY = ProblemCode(
    "LP-DISK-001",
    "the file system is read-only; the published results are unchanged",
    "make the file system writable, then run again",
)
DISK_FULL = ProblemCode(
    "LP-DISK-002",
    "the disk is full; the published results are unchanged",
    "free space on this disk, then run again",
)
QUOTA_USED = ProblemCode(
    "LP-DISK-003",
    "the disk quota is used up; the published results are unchanged",
    "free space within the quota, then run again",
)
PATH_REFUSED = ProblemCode(
    "LP-DISK-004",
    "the operating system denies access to this path",
    "correct owner and permissions of this path, then run again",
)
FILE_SIZE_LIMIT = ProblemCode(
    "LP-DISK-005",
    "a file would exceed the limit of file sizes; the published results are unchanged",
    "raise the limit (`ulimit -f`), then run again",
)
DISK_FAILS = ProblemCode(
    "LP-DISK-006",
    "Dagster's record of runs cannot be written ({reason}); the published results are unchanged",
    "free space on the disk of DAGSTER_STATE and make this folder writable, then run again",
)
PATH_UNUSABLE = ProblemCode(
    "LP-DISK-007",
    "this path cannot be used: {reason}",
    "correct the path, or make its folder first",
)
NO_ROOT = ProblemCode(
    "LP-ROOT-008",
    "this data root does not exist",
    "correct LIVING_PANEL_DATA; for a new, empty data root first make the folder (`mkdir -p`)",
)
WITHDRAWN_BY_RUN = ProblemCode(
    "LP-ROOT-009",
    "a run withdrew this file on {day}, and published without its values: {reason}",
    "land a corrected file of the same name; or confirm: `make withdraw KIND=file NAME={name} REASON=…`",
)

"""Problems of commands: codes, texts and fixes."""

from living_panel.problems import ProblemCode

BACKUP_EXISTS = ProblemCode("LP-BACKUP-001", "this file already exists", "choose another name")
BACKUP_INSIDE = ProblemCode(
    "LP-BACKUP-002",
    "the backup would lie inside the data root",
    "choose a place outside the data root",
)
BACKUP_DAMAGED = ProblemCode(
    "LP-BACKUP-003",
    "the file cannot be read as a complete backup ({reason}); nothing was changed",
    "name another backup file",
)
ROOT_HOLDS = ProblemCode(
    "LP-BACKUP-004",
    "the data root already contains {held}; a restore never overwrites them",
    "move them away, or set LIVING_PANEL_DATA to another data root",
)

NO_TABLES_OF_PAPER = ProblemCode(
    "LP-CMD-003", "paper {paper!r} has no table", "write one of {choices}"
)
NO_FINDING_OF_PAPER = ProblemCode(
    "LP-CMD-006", "no finding of {paper!r} is published", "write one of {choices}"
)
NOTHING_PUBLISHED = ProblemCode(
    "LP-CMD-004",
    "no results are published yet that {paper} could be added to",
    "run `make run` once",
)
PAPER_CANNOT_JOIN = ProblemCode(
    "LP-CMD-005",
    "{paper} cannot be published alone: {missing}",
    "run `make run`; it also updates {paper}",
)
PARAMETER_MISSING = ProblemCode(
    "LP-CMD-001", "{parameter} is missing", "add it to the command, for example {example}"
)
WRONG_CALL = ProblemCode(
    "LP-CMD-002", "{reason}", "run `{command}`, which lists the arguments and options"
)
PAPER_NAME = ProblemCode(
    "LP-COMMAND-001",
    "{name!r} cannot be the name of a paper",
    "use small letters, digits and _, and begin with a letter",
)
FOLDER_TAKEN = ProblemCode(
    "LP-COMMAND-002",
    "{folder} already exists",
    "choose another name",
)
SPEC_FAILED = ProblemCode(
    "LP-COMMAND-003",
    "{error}",
    no_fix="summary",
)
NOTHING_BUILT = ProblemCode(
    "LP-COMMAND-004",
    "nothing has been built yet",
    "run `make run`",
)
NO_REPORT = ProblemCode(
    "LP-COMMAND-005",
    "there is no report yet",
    "run `make run`",
)
BUILD_UNREADABLE = ProblemCode(
    "LP-COMMAND-007",
    "{build_file} cannot be opened: {reason}",
    "run `make run`, which builds it again",
)
WRONG_ANSWER = ProblemCode(
    "LP-COMMAND-008",
    "the environment variable {variable} is wrong: {problem}",
    "correct this variable, or unset it and answer at a terminal",
)
ANSWER_NEEDED = ProblemCode(
    "LP-COMMAND-009",
    "the answer {field} is missing ({prompt})",
    "answer at a terminal, or set {variable}",
)
UNKNOWN_LANGUAGE = ProblemCode(
    "LP-COMMAND-010",
    "{language_variable}: {chosen!r} is not one of {languages}",
    "set it to one of {languages}",
)
FILE_TOO_LARGE = ProblemCode(
    "LP-COMMAND-011",
    "{file} is not an existing file of at most {largest_file} bytes",
    "name an existing file; split a file that is too large",
)
NO_PROVINCE_ROWS = ProblemCode(
    "LP-COMMAND-012",
    "the file has no table with rows of provinces",
    "type the values into a CSV file (data/README.md describes it) and put the file into landing/",
)
TABLE_NUMBER = ProblemCode(
    "LP-COMMAND-013",
    "there is no table {number}: the file has tables 1 to {n_drafts}",
    "write a number from 1 to {n_drafts}",
)
LAYOUT_NAME = ProblemCode(
    "LP-COMMAND-014",
    "{name!r} is not a plain name",
    "use only letters, digits, - and _",
)
LAYOUT_KEPT = ProblemCode(
    "LP-COMMAND-015",
    "{path} already exists and was not replaced",
    "choose another name, or answer yes to `replace`",
)
PAPER_NOT_IN_GIT = ProblemCode(
    "LP-COMMAND-017",
    "this paper has {number} files that are not committed ({files})",
    "commit them. To delete the paper without a copy: `make remove-paper NAME={name} FORCE=1`",
)
VALIDATORS_NOT_INSTALLED = ProblemCode(
    "LP-COMMAND-018",
    "the validators could not be installed; the reason is printed above",
    "make the package index reachable, then run `make validators` again",
)
NOT_PUBLISHED_YET = ProblemCode(
    "LP-COMMAND-016",
    "{published} does not exist yet",
    "run `make run`",
)
NO_SQL_FILE = ProblemCode(
    "LP-COMMAND-019",
    "this is not a file with SQL",
    "name an existing file",
)
FILE_OR_EXTERNAL = ProblemCode(
    "LP-COMMAND-020",
    "SQL from a file has no access to other files and the network",
    "leave EXTERNAL out; or start `make sql EXTERNAL=yes`, then type `.read` and the name of the file",
)
SITE_FOLDER = ProblemCode(
    "LP-COMMAND-021",
    "this folder contains files that are not part of a site",
    "name a new or empty folder",
)
NO_STORED_TABLE = ProblemCode(
    "LP-COMMAND-023",
    "no published table has the name {table!r}",
    "name {known:or}",
)
SITE_FILE_MISSING = ProblemCode(
    "LP-COMMAND-022",
    "the page links to {target}, which does not exist",
    "run `make report`, which makes the pages again",
)
ANSWERS_PAGE = ProblemCode(
    "LP-RECEIPT-020",
    "this page of answers cannot be read: {reason}",
    "correct it; or remove it and run the command again, which writes it anew",
)

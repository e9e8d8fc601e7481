"""Problems of commands: codes, texts and fixes."""

from living_panel.problems import ProblemCode

BACKUP_EXISTS = ProblemCode("LP-BACKUP-001", "is there already", "choose another name")
BACKUP_INSIDE = ProblemCode(
    "LP-BACKUP-002", "lies in the data root that it would back up", "choose another place"
)
BACKUP_DAMAGED = ProblemCode(
    "LP-BACKUP-003",
    "cannot be read as a whole backup ({reason}); nothing was changed",
    "name another backup file",
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
PARAMETER_MISSING = ProblemCode(
    "LP-CMD-001", "{parameter} is missing", "add it to the command, for example {example}"
)
WRONG_CALL = ProblemCode(
    "LP-CMD-002", "{reason}", "run `{command} --help`, which lists what the command takes"
)
PAPER_NAME = ProblemCode(
    "LP-COMMAND-001",
    "{name!r} cannot begin a table's name",
    "use small letters, digits and _",
)
FOLDER_TAKEN = ProblemCode(
    "LP-COMMAND-002",
    "{folder} is there already",
    "choose another name",
)
SPEC_FAILED = ProblemCode(
    "LP-COMMAND-003",
    "{error}",
    no_fix="summary",
)
NOTHING_BUILT = ProblemCode(
    "LP-COMMAND-004",
    "nothing built yet",
    "run `make run`",
)
NO_REPORT = ProblemCode(
    "LP-COMMAND-005",
    "no report yet",
    "run `make run`",
)
NO_MARKS = ProblemCode(
    "LP-COMMAND-006",
    "{readme}: expected the mark {verdict} twice",
    "restore the two lines with the mark from git",
)
BUILD_UNREADABLE = ProblemCode(
    "LP-COMMAND-007",
    "{build_file} cannot be opened: {reason}",
    "run `make run`, which builds it anew",
)
WRONG_ANSWER = ProblemCode(
    "LP-COMMAND-008",
    "{variable}: {problem}",
    "correct this variable of the environment, or unset it and answer at a terminal",
)
ANSWER_NEEDED = ProblemCode(
    "LP-COMMAND-009",
    "{field} is needed ({prompt})",
    "answer at a terminal, or set {variable}",
)
UNKNOWN_LANGUAGE = ProblemCode(
    "LP-COMMAND-010",
    "{language_variable}: {chosen!r} is not one of {languages}",
    "set it to one of {languages}",
)
FILE_TOO_LARGE = ProblemCode(
    "LP-COMMAND-011",
    "{file} is not a file of at most {largest_file} bytes",
    "name an existing file; split one that is too large",
)
NO_PROVINCE_ROWS = ProblemCode(
    "LP-COMMAND-012",
    "no table with rows of provinces",
    "type the values into the CSV form (data/README.md) and land it",
)
TABLE_NUMBER = ProblemCode(
    "LP-COMMAND-013",
    "table {number}: the file has tables 1 to {n_drafts}",
    "write a number from 1 to {n_drafts}",
)
LAYOUT_NAME = ProblemCode(
    "LP-COMMAND-014",
    "{name!r} is no plain name",
    "use letters, digits, - and _",
)
LAYOUT_KEPT = ProblemCode(
    "LP-COMMAND-015",
    "{path} is kept",
    "choose another name, or answer yes to `replace`",
)
PAPER_NOT_IN_GIT = ProblemCode(
    "LP-COMMAND-017",
    "uncommitted files of this paper: {number} ({files})",
    "commit them. To delete the paper without a copy: `make remove-paper NAME={name} FORCE=1`",
)
VALIDATORS_NOT_INSTALLED = ProblemCode(
    "LP-COMMAND-018",
    "the validators could not be installed; the reason is above",
    "make the package index reachable, then run `make validators` again",
)
NOT_PUBLISHED_YET = ProblemCode(
    "LP-COMMAND-016",
    "{published} is not there yet",
    "run `make run`",
)
NO_SQL_FILE = ProblemCode(
    "LP-COMMAND-019",
    "this is not a file of SQL",
    "name an existing file",
)
FILE_OR_EXTERNAL = ProblemCode(
    "LP-COMMAND-020",
    "a file is run without access to other files and the network",
    "leave EXTERNAL out, or start `make sql EXTERNAL=yes` and type `.read` and the file",
)
SITE_FOLDER = ProblemCode(
    "LP-COMMAND-021",
    "this folder holds something else than a site",
    "name a folder that is new or empty",
)
NO_STORED_TABLE = ProblemCode(
    "LP-COMMAND-023",
    "no table {table!r} is published",
    "name {known:or}",
)
SITE_FILE_MISSING = ProblemCode(
    "LP-COMMAND-022",
    "the page links to {target}, which is gone",
    "run `make report` to make the pages again",
)

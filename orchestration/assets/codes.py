"""Problems of assets and of the published state: codes, texts and fixes."""

from living_panel.problems import ProblemCode

NOT_COMPLETE = ProblemCode(
    "LP-PUBLISH-001",
    "this refresh is not complete, so nothing was published; missing: {missing}",
    "run `make run`; or in the UI choose Jobs, refresh, Materialize all",
)
TABLE_CHANGED = ProblemCode(
    "LP-PUBLISH-003",
    "{table} differs from the published table",
    "run `make run`, which publishes it again",
)
PAST_STATE = ProblemCode(
    "LP-PUBLISH-004",
    "this link does not point to the published results",
    "run `make run`, which publishes again",
)
OTHER_ROWS = ProblemCode(
    "LP-PUBLISH-005",
    "{rows} rows of {table} differ from {source}",
    "run `make run`, which publishes again",
)
GRAPH_BACKFILL = ProblemCode(
    "LP-LAUNCH-001",
    "this run was launched over single assets and would end without a publication; it took nothing from landing",
    "in the UI choose Jobs, refresh, Materialize all, All, Launch backfill; or run `make run`",
)
NOT_IN_LANDING = ProblemCode(
    "LP-LAUNCH-002", "the file is not in the landing folder", "put the file into {folder} first"
)
ANSWERS = ProblemCode(
    "LP-LAUNCH-003",
    "the receipt was not written: {wrong}",
    "answer these questions under `answers`: {questions}",
)
NO_SUCH_TABLE = ProblemCode(
    "LP-LAUNCH-006", "the file has no table {number}; it has {tables}", "give one of these numbers"
)
LAYOUT_ANSWERS = ProblemCode(
    "LP-LAUNCH-007",
    "the layout was not written: {questions}; differences from the edition before: {differences}",
    "answer these questions under `answers`; each key is the first word of a question",
)
LAYOUT_FILE = ProblemCode(
    "LP-LAUNCH-008", "{name!r} is not a plain name", "use only letters, digits, - and _"
)
LAYOUT_THERE = ProblemCode(
    "LP-LAUNCH-010", "{path} already exists", "give another name, or set `replace` to true"
)
NO_REASON = ProblemCode(
    "LP-LAUNCH-009", "the reason is missing", "say in a few words why the file is wrong"
)
NO_PRESENT_STATE = ProblemCode(
    "LP-ASSET-001",
    "the results of the newest data have not been built yet",
    "run `make run` first",
)
ONE_STATE = ProblemCode(
    "LP-ASSET-002",
    "there is only one state of the results, so nothing to compare",
    "add an edition and run `make run`; or run `make run AS_OF=<edition>`, then `make diff FROM=<edition>`",
)
UNKNOWN_STATE = ProblemCode(
    "LP-ASSET-003",
    "{name!r} is unknown. Known: {there}, and ids of releases and artifacts (at least {shortest_id} characters)",
    "run `make run{vantage}`",
)
NO_EARLIER_STATE = ProblemCode(
    "LP-ASSET-004",
    "there is no earlier state to compare with",
    "name another state, or run `make run AS_OF=<edition>`",
)
AMBIGUOUS_ID = ProblemCode(
    "LP-ASSET-005",
    "the ids of several releases begin with {name!r}: {several}",
    "give more characters of the id",
)
BUILD_FILE_HELD = ProblemCode(
    "LP-ASSET-006",
    "another program has locked the build file {target}: {error}",
    "close the file in that program, and read the published data/warehouse.duckdb instead",
)
BUILD_UNREADABLE = ProblemCode(
    "LP-ASSET-007",
    "{target} cannot be opened: {first}",
    "run again; the run builds this file again",
)
NOTHING_TO_ROLL_BACK_TO = ProblemCode(
    "LP-ASSET-008",
    "no complete file was published before {current}; the link is unchanged",
    "run `make run`, which publishes the newest results",
)
EARLIER_UNREADABLE = ProblemCode(
    "LP-ASSET-009",
    "{earlier} cannot be read: {error} The link is unchanged",
    "run `make run`, which publishes the newest results",
)
NO_TABLES = ProblemCode(
    "LP-ASSET-012",
    "no table has been estimated yet",
    "run `make run`, and correct each table that it cannot estimate",
)
AS_OF_FORM = ProblemCode(
    "LP-ASSET-013",
    "AS_OF={as_of!r} is neither an edition such as 2023 nor a date such as 2023-10-01",
    "write AS_OF=2023 or AS_OF=2023-10-01",
)
AS_OF_TOO_EARLY = ProblemCode(
    "LP-ASSET-014",
    "at AS_OF={as_of}, no table has data yet",
    "write a later year or date",
)
AS_OF_TOO_LATE = ProblemCode(
    "LP-ASSET-015",
    "AS_OF={as_of} is after the newest edition, {newest}",
    "write {newest} or an earlier edition",
)
AS_OF_TO_COME = ProblemCode(
    "LP-ASSET-016",
    "AS_OF={as_of} is in the future",
    "write today or an earlier date",
)
UNCLAIMED_FILES = ProblemCode(
    "LP-ASSET-017",
    "landing has {count} files or folders that belong to no source, listed below",
    "move or remove each of them, or add its edition to the catalog",
)
ARCHIVE_DIFFERS = ProblemCode(
    "LP-ASSET-018",
    "the archive does not match its receipts and the catalog: {count} problems, listed below",
    no_fix="summary",
)
TABLE_OMITTED = ProblemCode(
    "LP-ASSET-019",
    "the specification of this table is wrong. The run omits this table, and estimates and publishes the others",
    "correct the specification, then run `make run`",
)

# -- findings of `make verify`

_PUBLISH = "run `make run`, which publishes again"
_CURRENT = "run `make run`, which makes this file again"
UNKNOWN_SOURCE = ProblemCode(
    "LP-VERIFY-001",
    "the file names {source} {edition} of {vintage} with sha256 {sha256}, but no receipt and no "
    "paper has this hash",
    "restore the receipt from git or a backup; or remove this file, then run `make run`",
)
RELEASE_CONTENT = ProblemCode(
    "LP-VERIFY-002",
    "the name of this folder contains a hash that differs from its content",
    "run `make run`, which writes it again",
)
RELEASE_MANIFEST = ProblemCode(
    "LP-VERIFY-003",
    "{key} is {value!r}, but the tables of this file give {expected!r}",
    "run `make run`, which writes the release again",
)
FILE_AS_LINK = ProblemCode(
    "LP-VERIFY-004", "a link is expected here, but there is a file", _PUBLISH
)
NO_LINK = ProblemCode("LP-VERIFY-005", "the link is missing", _PUBLISH)
LINK_ELSEWHERE = ProblemCode(
    "LP-VERIFY-006", "the link points to {target}, which is not a published file", _PUBLISH
)
WAREHOUSE_DAMAGED = ProblemCode("LP-VERIFY-007", "the file cannot be read ({reason})", _PUBLISH)
OTHER_MARTS = ProblemCode(
    "LP-VERIFY-008", "the schema marts differs from release {release}", _PUBLISH
)
ARTIFACT_UNREADABLE = ProblemCode("LP-VERIFY-009", "the file cannot be read: {reason}", _CURRENT)
RELEASE_MISSING = ProblemCode(
    "LP-VERIFY-010",
    "the release {release} of this artifact is missing",
    "run `make run`, which builds it again",
)
OTHER_SOURCES = ProblemCode(
    "LP-VERIFY-011",
    "the sources of this artifact differ from those of its release {release}",
    _CURRENT,
)
OTHER_NUMBERS = ProblemCode(
    "LP-VERIFY-012",
    "{number} recomputed cells differ; the first is {cell}: stored {stated}, recomputed {found}",
    "check whether a library or the machine has changed; `make run` makes a current table",
)
OLD_DIGEST = ProblemCode(
    "LP-VERIFY-013",
    "an earlier version made the digest of the published tables ({found}), so it cannot be compared",
    _PUBLISH,
)
STATE_UNREADABLE = ProblemCode(
    "LP-VERIFY-014", "the description of the published results cannot be read: {reason}", _PUBLISH
)
STATE_FILE = ProblemCode(
    "LP-VERIFY-015", "this file does not belong to the published results", _PUBLISH
)
STATE_FILE_MISSING = ProblemCode(
    "LP-VERIFY-016", "this file of the published results is missing", _PUBLISH
)
STATE_FILE_CHANGED = ProblemCode(
    "LP-VERIFY-017", "the content differs from the published content", _PUBLISH
)
PART_MISSING = ProblemCode(
    "LP-VERIFY-018", "the published results need this file, but it is missing", _CURRENT
)
PART_CHANGED = ProblemCode(
    "LP-VERIFY-019",
    "the published results need this file, but it changed after publication",
    "restore it from a backup; or remove its folder, then run `make run`",
)
RELEASE_FILE_ADDED = ProblemCode(
    "LP-VERIFY-020",
    "the release's manifest does not name this file",
    "move it out of the data folder",
)
RELEASE_COPY = ProblemCode(
    "LP-VERIFY-021",
    "the file differs from panel.parquet of the same release: {reason}",
    "remove the release's folder, then run `make run`",
)
TEXT_OF_MANIFEST = ProblemCode(
    "LP-VERIFY-022", "{key} is {value}, but the estimation gives {expected}", _CURRENT
)
OTHER_RENDERING = ProblemCode(
    "LP-VERIFY-023", "the file does not show the estimated numbers", _CURRENT
)
ACCEPTED_REPORT = ProblemCode(
    "LP-VERIFY-024",
    "the report of an accepted baseline is missing or changed",
    "restore it from a backup",
)
OTHER_CELLS = ProblemCode(
    "LP-VERIFY-025", "the stored cells differ from the sample when it is estimated again", _CURRENT
)
REPORT_REMADE = ProblemCode(
    "LP-VERIFY-026",
    "{count} files of the report were made again with other templates after publication; the ledger "
    "does not record them",
    "run `make run`, which publishes and records them",
)
EDITION_OF_SOURCE = ProblemCode(
    "LP-ASSET-020",
    "{edition!r} is neither a year nor the name of a data set",
    "write the year of a publication, or the name of a data set",
)
EDITION_NEEDS = ProblemCode(
    "LP-ASSET-021",
    "the edition of a data set needs {missing}",
    "write FILE=… and RELEASED=2012-07",
)
FILE_LEFT_OUT = ProblemCode(
    "LP-ASSET-022",
    "this archived file has errors, so the run omits its values",
    "withdraw the file (`make withdraw KIND=file NAME=… REASON=…`) and put a corrected file into landing/",
)

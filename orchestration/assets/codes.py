"""Problems of assets and of the published state: codes, texts and fixes."""

from living_panel.problems import ProblemCode

NOT_COMPLETE = ProblemCode(
    "LP-PUBLISH-001",
    "this state is not complete, and nothing was published: {missing}",
    "`make run`; or Jobs, refresh, Materialize all, in the UI",
)
TABLE_CHANGED = ProblemCode(
    "LP-PUBLISH-003", "{table} is not what was published", "`make run` publishes anew"
)
PAST_STATE = ProblemCode(
    "LP-PUBLISH-004", "leads past the published state", "`make run` publishes anew"
)
OTHER_ROWS = ProblemCode(
    "LP-PUBLISH-005",
    "{rows} rows of {table} are not those of {source}",
    "`make run` publishes anew",
)
GRAPH_BACKFILL = ProblemCode(
    "LP-LAUNCH-001",
    "this run was launched over assets and would end before anything is published; nothing was taken from landing",
    "press Jobs, refresh, Materialize all, All, Launch backfill; or `make run`",
)
NOT_IN_LANDING = ProblemCode(
    "LP-LAUNCH-002", "the file is not in landing", "put the file into {folder} first"
)
ANSWERS = ProblemCode(
    "LP-LAUNCH-003",
    "the receipt is not written: {wrong}",
    "answer these questions under `answers`: {questions}",
)
NO_SUCH_TABLE = ProblemCode(
    "LP-LAUNCH-006", "no table {number}; the file has {tables}", "take one of these numbers"
)
LAYOUT_ANSWERS = ProblemCode(
    "LP-LAUNCH-007",
    "the layout is not written: {questions}; beside the edition before: {differences}",
    "answer these questions under `answers`, each by its first word",
)
LAYOUT_FILE = ProblemCode(
    "LP-LAUNCH-008", "{name!r} is no plain name", "write letters, digits, - and _ only"
)
LAYOUT_THERE = ProblemCode(
    "LP-LAUNCH-010", "{path} exists", "give another name, or set `replace` to true"
)
NO_REASON = ProblemCode(
    "LP-LAUNCH-009", "no reason is given", "say in a few words why the file is wrong"
)
NO_PRESENT_STATE = ProblemCode(
    "LP-ASSET-001",
    "there is no present state yet, and the results list every state together with it",
    "run `make run` first",
)
ONE_STATE = ProblemCode(
    "LP-ASSET-002",
    "there is one state so far, and nothing to compare it with",
    "land an edition and `make run`; or `make run AS_OF=<edition>`, then `make diff "
    "FROM=<edition>`",
)
UNKNOWN_STATE = ProblemCode(
    "LP-ASSET-003",
    "nothing is known as {name!r}. Known: {there}, and the ids of releases and artifacts (at "
    "least {shortest_id} characters)",
    "run `make run{vantage}`",
)
NO_EARLIER_STATE = ProblemCode(
    "LP-ASSET-004",
    "no earlier state remains to compare with",
    "name another state, or `make run AS_OF=<edition>`",
)
AMBIGUOUS_ID = ProblemCode(
    "LP-ASSET-005",
    "{name!r} begins the ids of several releases: {several}",
    "write more characters of the id",
)
BUILD_FILE_HELD = ProblemCode(
    "LP-ASSET-006",
    "{target} is the build file and is held by somebody else: {error}",
    "close it in that program, and read the published data/warehouse.duckdb instead",
)
BUILD_UNREADABLE = ProblemCode(
    "LP-ASSET-007",
    "{target} cannot be opened: {first}",
    "run again; it is built anew",
)
NOTHING_TO_ROLL_BACK_TO = ProblemCode(
    "LP-ASSET-008",
    "no whole file was published before {current}; the link is unchanged",
    "`make run` publishes the newest state",
)
EARLIER_UNREADABLE = ProblemCode(
    "LP-ASSET-009",
    "{earlier} cannot be read: {error} The link is unchanged",
    "`make run` publishes the newest state",
)
NO_TABLES = ProblemCode(
    "LP-ASSET-012",
    "no tables yet",
    "run `make run`, then `make report`",
)
AS_OF_FORM = ProblemCode(
    "LP-ASSET-013",
    "AS_OF={as_of!r} is neither an edition (2023) nor a date (2023-10-01)",
    "write AS_OF=2023 or AS_OF=2023-10-01",
)
AS_OF_TOO_EARLY = ProblemCode(
    "LP-ASSET-014",
    "AS_OF={as_of} is before the data of every table",
    "write a later year or date",
)
AS_OF_TOO_LATE = ProblemCode(
    "LP-ASSET-015",
    "AS_OF={as_of} is after the newest edition, {newest}",
    "write an edition up to {newest}",
)
AS_OF_TO_COME = ProblemCode(
    "LP-ASSET-016",
    "AS_OF={as_of} is in the future",
    "write a date up to today",
)
UNCLAIMED_FILES = ProblemCode(
    "LP-ASSET-017",
    "no source claims {count} files or folders in landing, as below",
    "move or remove each of them, or list its edition",
)
ARCHIVE_DIFFERS = ProblemCode(
    "LP-ASSET-018",
    "the archive does not match its receipts and the catalog: {count} problems, as below",
    no_fix="summary",
)
TABLE_OMITTED = ProblemCode(
    "LP-ASSET-019",
    "the specification is wrong; the other tables are estimated and published, this table is omitted",
    "correct the specification, then `make run`",
)

# -- findings of `make verify`

_PUBLISH = "`make run` publishes anew"
_CURRENT = "`make run` makes a current one anew"
UNKNOWN_SOURCE = ProblemCode(
    "LP-VERIFY-001",
    "names {source} {edition} of {vintage} with sha256 {sha256}, which no receipt in the archive and no paper has",
    "restore it from git or a back-up, or remove this and `make run`",
)
RELEASE_CONTENT = ProblemCode(
    "LP-VERIFY-002", "the content is not that of its name", "`make run` writes it anew"
)
RELEASE_MANIFEST = ProblemCode(
    "LP-VERIFY-003",
    "says {value!r} of {key}, its own tables say {expected!r}",
    "`make run` writes the release anew",
)
FILE_AS_LINK = ProblemCode("LP-VERIFY-004", "a file is in the place of the link", _PUBLISH)
NO_LINK = ProblemCode("LP-VERIFY-005", "the link is missing", _PUBLISH)
LINK_ELSEWHERE = ProblemCode(
    "LP-VERIFY-006", "the link leads to {target}, which is not a published file", _PUBLISH
)
WAREHOUSE_DAMAGED = ProblemCode("LP-VERIFY-007", "cannot be read ({reason})", _PUBLISH)
OTHER_MARTS = ProblemCode("LP-VERIFY-008", "marts are not those of release {release}", _PUBLISH)
ARTIFACT_UNREADABLE = ProblemCode("LP-VERIFY-009", "cannot be read: {reason}", _CURRENT)
RELEASE_MISSING = ProblemCode(
    "LP-VERIFY-010", "its release {release} is missing", "`make run` rebuilds it"
)
OTHER_SOURCES = ProblemCode(
    "LP-VERIFY-011", "its sources are not those of its release {release}", _CURRENT
)
OTHER_NUMBERS = ProblemCode(
    "LP-VERIFY-012",
    "{number} recomputed cells differ; the first is {cell}: stored {stated}, recomputed {found}",
    "look for a changed library or machine; `make run` makes a current table",
)
OLD_DIGEST = ProblemCode(
    "LP-VERIFY-013",
    "the published tables have a digest of an earlier version ({found}), and cannot be compared with it",
    _PUBLISH,
)
STATE_UNREADABLE = ProblemCode(
    "LP-VERIFY-014", "the description of the published state cannot be read: {reason}", _PUBLISH
)
STATE_FILE = ProblemCode("LP-VERIFY-015", "is not a file of the published state", _PUBLISH)
STATE_FILE_MISSING = ProblemCode("LP-VERIFY-016", "is missing in the published state", _PUBLISH)
STATE_FILE_CHANGED = ProblemCode("LP-VERIFY-017", "is not what was published", _PUBLISH)
PART_MISSING = ProblemCode(
    "LP-VERIFY-018", "the published state rests on this file, and it is missing", _CURRENT
)
PART_CHANGED = ProblemCode(
    "LP-VERIFY-019",
    "the published state rests on this file, and it is not the one of the publication",
    "restore it from a back-up; or remove its folder, then `make run`",
)
RELEASE_FILE_ADDED = ProblemCode(
    "LP-VERIFY-020",
    "the release's manifest does not name this file",
    "move it out of the data root",
)
RELEASE_COPY = ProblemCode(
    "LP-VERIFY-021",
    "differs from panel.parquet of the same release: {reason}",
    "remove the release's folder, then `make run`",
)
TEXT_OF_MANIFEST = ProblemCode(
    "LP-VERIFY-022", "says {value} of {key}, the estimation gives {expected}", _CURRENT
)
OTHER_RENDERING = ProblemCode(
    "LP-VERIFY-023", "is not the rendering of the estimated numbers", _CURRENT
)
ACCEPTED_REPORT = ProblemCode(
    "LP-VERIFY-024",
    "the report that was kept with an accepted state is missing or changed",
    "restore it from a back-up",
)
OTHER_CELLS = ProblemCode(
    "LP-VERIFY-025", "the stored cells are not those of the sample estimated again", _CURRENT
)
REPORT_REMADE = ProblemCode(
    "LP-VERIFY-026",
    "other templates made {count} files of the report again after the publication; no record holds these",
    "`make run` publishes them with a record",
)
EDITION_OF_SOURCE = ProblemCode(
    "LP-ASSET-020",
    "{edition!r} is neither a year nor the name of a data set",
    "write the year of the publication, or the name of a data set",
)
EDITION_NEEDS = ProblemCode(
    "LP-ASSET-021",
    "an edition of a data set needs {missing}",
    "write FILE=… and RELEASED=2012-07",
)
FILE_LEFT_OUT = ProblemCode(
    "LP-ASSET-022",
    "this archived file has faults, and its values are left out",
    "withdraw it (`make withdraw KIND=file NAME=… REASON=…`) and land a corrected file",
)

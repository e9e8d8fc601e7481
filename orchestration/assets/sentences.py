"""Problems of assets and of the published state: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

TABLE_CHANGED = Sentence(
    Code.PUBLISH_CHANGED,
    "{table} differs from the published table",
    "run `make run`, which publishes it again",
)

OTHER_ROWS = Sentence(
    Code.PUBLISH_CHANGED,
    "{rows} rows of {table} differ from {source}",
    "run `make run`, which publishes again",
)
GRAPH_BACKFILL = Sentence(
    Code.PUBLISH,
    "this run was launched over single assets and would end without a publication; it took nothing from landing",
    "in the UI choose Jobs, refresh, Materialize all, All, Launch backfill; or run `make run`",
)
NOT_IN_LANDING = Sentence(
    Code.FILE_PLACE, "the file is not in the landing folder", "put the file into {folder} first"
)


NO_PRESENT_STATE = Sentence(
    Code.NOT_BUILT, "the results of the newest data have not been built yet", "run `make run` first"
)


NO_TABLES = Sentence(
    Code.NOT_BUILT,
    "no table has been estimated yet",
    "run `make run`, and correct each table that it cannot estimate",
)


# -- findings of `make verify`

_PUBLISH = "run `make run`, which publishes again"
_CURRENT = "run `make run`, which makes this file again"


FILE_AS_LINK = Sentence(
    Code.PUBLISH_CHANGED, "a link is expected here, but there is a file", _PUBLISH
)
NO_LINK = Sentence(Code.PUBLISH_CHANGED, "the link is missing", _PUBLISH)
LINK_ELSEWHERE = Sentence(
    Code.PUBLISH_CHANGED, "the link points to {target}, which is not a published file", _PUBLISH
)
WAREHOUSE_DAMAGED = Sentence(Code.VERIFY_WAREHOUSE, "the file cannot be read ({reason})", _PUBLISH)
OTHER_MARTS = Sentence(
    Code.VERIFY_WAREHOUSE, "the schema marts differs from release {release}", _PUBLISH
)
ARTIFACT_UNREADABLE = Sentence(Code.VERIFY_ARTIFACT, "the file cannot be read: {reason}", _CURRENT)
RELEASE_MISSING = Sentence(
    Code.VERIFY_RELEASE,
    "the release {release} of this artifact is missing",
    "run `make run`, which builds it again",
)
OTHER_SOURCES = Sentence(
    Code.VERIFY_ARTIFACT,
    "the sources of this artifact differ from those of its release {release}",
    _CURRENT,
)

OLD_DIGEST = Sentence(
    Code.VERIFY_WAREHOUSE,
    "an earlier version made the digest of the published tables ({found}), so it cannot be compared",
    _PUBLISH,
)
STATE_UNREADABLE = Sentence(
    Code.VERIFY_STATE, "the description of the published results cannot be read: {reason}", _PUBLISH
)
STATE_FILE = Sentence(
    Code.VERIFY_STATE, "this file does not belong to the published results", _PUBLISH
)
STATE_FILE_MISSING = Sentence(
    Code.VERIFY_STATE, "this file of the published results is missing", _PUBLISH
)
STATE_FILE_CHANGED = Sentence(
    Code.VERIFY_STATE, "the content differs from the published content", _PUBLISH
)
PART_MISSING = Sentence(
    Code.VERIFY_STATE, "the published results need this file, but it is missing", _CURRENT
)


TEXT_OF_MANIFEST = Sentence(
    Code.VERIFY_ARTIFACT, "{key} is {value}, but the estimation gives {expected}", _CURRENT
)
OTHER_RENDERING = Sentence(
    Code.VERIFY_ARTIFACT, "the file does not show the estimated numbers", _CURRENT
)

OTHER_CELLS = Sentence(
    Code.VERIFY_ARTIFACT,
    "the stored cells differ from the sample when it is estimated again",
    _CURRENT,
)

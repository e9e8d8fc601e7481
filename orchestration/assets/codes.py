"""Problems of assets and of the published state: codes, texts and fixes."""

from ingestion.problems import ProblemCode

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
    "this backfill was launched over assets and would end before anything is published; nothing was taken "
    "from landing",
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

"""Problems of a lake: codes, texts and fixes."""

from living_panel.codes import Code, Sentence
from living_panel.problems import Place, ProblemError

SETTINGS = Sentence(
    Code.LAKE_SETTINGS,
    "{keys}: {reason}",
    "compare it with the complete publish.yml in docs/scaling.md",
)


CATALOG_UNREACHABLE = Sentence(
    Code.LAKE_CATALOG,
    "the catalog {host}:{port} does not respond",
    "start PostgreSQL, or correct `catalog` in publish.yml",
)
CATALOG_REFUSED = Sentence(
    Code.LAKE_CATALOG,
    "PostgreSQL at {host}:{port} refuses the connection",
    "check `user` and `dbname` in publish.yml, and the password in PGPASSWORD or ~/.pgpass",
)


ENGINE_FAILED = Sentence(
    Code.LAKE_FAILED,
    "DuckDB stopped, and nothing was published: {reason}",
    "correct the cause in the message, then run `make run`",
)
NO_PUBLICATION = Sentence(
    Code.UNKNOWN_STATE,
    "no publication made snapshot {number}",
    "choose a snapshot that `make snapshots` lists",
)


CATALOG_NOT_READY = Sentence(
    Code.LAKE_CATALOG,
    "PostgreSQL at {host}:{port} is starting or stopping and accepts no connection",
    "run again when `pg_isready` reports that it accepts connections",
)


class LakeFailure(ProblemError):
    """A lake that cannot be used; what readers see is unchanged."""


SETTINGS_FORM = Sentence(
    Code.LAKE_SETTINGS, "{reason}", "compare it with the complete publish.yml in docs/scaling.md"
)


IN_SETTINGS = Place(file="publish.yml")


READ_FAILED = Sentence(
    Code.LAKE_FAILED,
    "DuckDB cannot read this from the lake: {reason}",
    "correct the cause in the message; name a snapshot that `make snapshots` lists, as older ones "
    "may have expired",
)

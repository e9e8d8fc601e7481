"""Problems of a lake: codes, texts and fixes."""

from living_panel.problems import Place, ProblemCode, ProblemError

LAKE = ProblemCode("LP-LAKE-000", "{text}")
SETTINGS = ProblemCode(
    "LP-LAKE-001", "{keys}: {reason}", "compare it with the complete publish.yml in docs/scaling.md"
)
NO_CREDENTIALS = ProblemCode(
    "LP-LAKE-002",
    "these variables of the environment are not set: {variables}",
    "set them to the key of the object storage",
)
NO_EXTENSION = ProblemCode(
    "LP-LAKE-003",
    "the package {package} is not installed",
    "install the extra `lake`: `pip install 'living-panel[lake]'`, or `make dev-environment` in a checkout",
)
ENGINE_VERSION = ProblemCode(
    "LP-LAKE-004",
    "the extension {package} needs DuckDB {extension}, but DuckDB here is {engine}",
    "run `pip install duckdb=={extension}`",
)
FORMAT = ProblemCode(
    "LP-LAKE-005",
    "the catalog {catalog} has format {found}, but DuckDB {engine} writes format {expected}",
    "use one version of DuckDB for all publishers and readers; to migrate a catalog, make a pg_dump "
    "and attach it once with automatic_migration",
)
CATALOG_UNREACHABLE = ProblemCode(
    "LP-LAKE-006",
    "the catalog {host}:{port} does not respond",
    "start PostgreSQL, or correct `catalog` in publish.yml",
)
CATALOG_REFUSED = ProblemCode(
    "LP-LAKE-007",
    "PostgreSQL at {host}:{port} refuses the connection",
    "check `user` and `dbname` in publish.yml, and the password in PGPASSWORD or ~/.pgpass",
)
CATALOG_MISSING = ProblemCode(
    "LP-LAKE-008",
    "the database {catalog} does not contain a lake yet",
    "publish once with `make run`, or correct `catalog` in publish.yml",
)
CATALOG_LOST = ProblemCode(
    "LP-LAKE-009",
    "the database {catalog} has no lake, but the storage has data of a lake: {example}",
    "restore the catalog from its pg_dump; for a new lake write an empty prefix under `data`",
)
STORAGE_UNREACHABLE = ProblemCode(
    "LP-LAKE-010",
    "the object storage {host}:{port} does not respond",
    "start it, or correct `endpoint` in publish.yml",
)
STORAGE_REFUSED = ProblemCode(
    "LP-LAKE-011",
    "the object storage rejects the credentials (status {status}, {s3_code})",
    "renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; a publisher needs the "
    "rights to read, write, list and delete",
)
STORAGE_FULL = ProblemCode(
    "LP-LAKE-012",
    "the object storage is full (status {status}, {s3_code})",
    "free space or raise the quota, then run again; later publications remove incomplete files",
)
OBJECT_MISSING = ProblemCode(
    "LP-LAKE-013",
    "the bucket or an object of the lake is missing (status {status}, {s3_code})",
    "create the bucket; restore a lost object from a backup or an earlier version in the storage",
)
STORAGE_FAILED = ProblemCode(
    "LP-LAKE-014",
    "the object storage gives status {status} ({s3_code})",
    "read the log of the storage, then run `make run`",
)
CONFLICT = ProblemCode(
    "LP-LAKE-015",
    "another program changed the same tables at the same time",
    "run again; only publishers may write to marts and results",
)
ENGINE_FAILED = ProblemCode(
    "LP-LAKE-016",
    "DuckDB stopped, and nothing was published: {reason}",
    "correct the cause in the message, then run `make run`",
)
NO_PUBLICATION = ProblemCode(
    "LP-LAKE-017",
    "no publication made snapshot {number}",
    "choose a snapshot that `make snapshots` lists",
)
ROWS_DIFFER = ProblemCode(
    "LP-LAKE-018",
    "the rows read back from {table} differ from the rows written",
    "run `make run`; check the object storage if this happens twice",
)
CHANGED = ProblemCode(
    "LP-LAKE-019",
    "snapshot {number}: {table} differs from the published table",
    "run `make run`, which publishes the tables of this data root again",
)
CATALOG_NOT_READY = ProblemCode(
    "LP-LAKE-020",
    "PostgreSQL at {host}:{port} is starting or stopping and accepts no connection",
    "run again when `pg_isready` reports that it accepts connections",
)


class LakeFailure(ProblemError):
    """A lake that cannot be used; what readers see is unchanged."""

    general = LAKE


SETTINGS_FORM = ProblemCode(
    "LP-LAKE-021", "{reason}", "compare it with the complete publish.yml in docs/scaling.md"
)
NOT_KEYWORDS = ProblemCode(
    "LP-LAKE-022", "this is not a list of libpq's keywords: {reason}", "write `dbname=… host=…`"
)
PASSWORD_IN_SETTINGS = ProblemCode(
    "LP-LAKE-023", "the settings contain a password", "put it into PGPASSWORD or ~/.pgpass"
)
NO_DBNAME = ProblemCode("LP-LAKE-024", "`catalog` names no dbname", "add `dbname=…`")
NO_FOLDER = ProblemCode(
    "LP-LAKE-025",
    "{data!r} is neither an s3:// address nor an absolute folder",
    "write s3://bucket/prefix/ or /folder/",
)
IN_SETTINGS = Place(file="publish.yml")
OTHER_PREDECESSOR = ProblemCode(
    "LP-LAKE-026",
    "this data root does not know the newest publication in the lake: snapshot {number}, release "
    "{release}, by {author} at {at}",
    "compare the two publications; to replace the newest, run again with LIVING_PANEL_REPLACE={number}",
)
REPLACE_FORM = ProblemCode(
    "LP-LAKE-027",
    "LIVING_PANEL_REPLACE={written} is not the number of a snapshot",
    "write the number from the error message, or remove the variable",
)
NO_SNAPSHOT = ProblemCode(
    "LP-LAKE-028",
    "the lake has no snapshot {number}; it has {first} to {last}, and older ones may have expired",
    "choose a snapshot that `make snapshots` lists",
)
OLD_DIGEST = ProblemCode(
    "LP-LAKE-029",
    "an earlier version made the digests of snapshot {number}, so they cannot be compared",
    "run `make run`, which publishes again",
)
READ_FAILED = ProblemCode(
    "LP-LAKE-030",
    "DuckDB cannot read this from the lake: {reason}",
    "correct the cause in the message; name a snapshot that `make snapshots` lists, as older ones "
    "may have expired",
)

"""Problems of a lake: codes, texts and fixes."""

from living_panel.problems import Place, ProblemCode, ProblemError

LAKE = ProblemCode("LP-LAKE-000", "{text}")
SETTINGS = ProblemCode(
    "LP-LAKE-001", "{keys}: {reason}", "compare it with the complete publish.yml in docs/scaling.md"
)
NO_CREDENTIALS = ProblemCode(
    "LP-LAKE-002",
    "the environment lacks {variables}",
    "export these variables with the key of the object storage",
)
NO_EXTENSION = ProblemCode(
    "LP-LAKE-003",
    "the package {package} is not installed",
    "install the extra `lake`: `pip install 'living-panel[lake]'`, or `make dev-environment` in a checkout",
)
ENGINE_VERSION = ProblemCode(
    "LP-LAKE-004",
    "the extension {package} is made for DuckDB {extension}, this is DuckDB {engine}",
    "run `pip install duckdb=={extension}`",
)
FORMAT = ProblemCode(
    "LP-LAKE-005",
    "the catalog {catalog} has format {found}, DuckDB {engine} writes format {expected}",
    "use one version of DuckDB for all publishers and readers; to migrate a catalog, make a pg_dump and "
    "attach it once with automatic_migration",
)
CATALOG_UNREACHABLE = ProblemCode(
    "LP-LAKE-006",
    "the catalog {host}:{port} does not answer",
    "start PostgreSQL, or correct `catalog` in publish.yml",
)
CATALOG_REFUSED = ProblemCode(
    "LP-LAKE-007",
    "PostgreSQL at {host}:{port} refuses the connection",
    "check user and dbname in publish.yml, and PGPASSWORD or ~/.pgpass",
)
CATALOG_MISSING = ProblemCode(
    "LP-LAKE-008",
    "the database {catalog} holds no lake",
    "publish once with `make run`, or correct `catalog` in publish.yml",
)
CATALOG_LOST = ProblemCode(
    "LP-LAKE-009",
    "the database {catalog} holds no lake, but the storage has the data of one: {example}",
    "restore the catalog from its pg_dump; for a new lake name an empty prefix in `data`",
)
STORAGE_UNREACHABLE = ProblemCode(
    "LP-LAKE-010",
    "the object storage {host}:{port} does not answer",
    "start it, or correct `endpoint` in publish.yml",
)
STORAGE_REFUSED = ProblemCode(
    "LP-LAKE-011",
    "the object storage refuses the credentials (status {status}, {s3_code})",
    "renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; a publisher needs the rights to "
    "read, write, list and delete",
)
STORAGE_FULL = ProblemCode(
    "LP-LAKE-012",
    "the object storage is full (status {status}, {s3_code})",
    "free space or raise the quota, then run again; later publications remove the half-written files",
)
OBJECT_MISSING = ProblemCode(
    "LP-LAKE-013",
    "the bucket or an object of the lake is missing (status {status}, {s3_code})",
    "create the bucket; restore a lost object from the storage's versions or a backup",
)
STORAGE_FAILED = ProblemCode(
    "LP-LAKE-014",
    "the object storage answers with status {status} ({s3_code})",
    "read the log of the storage, then run `make run`",
)
CONFLICT = ProblemCode(
    "LP-LAKE-015",
    "another program changed the same tables at the same time",
    "run again; let publishers only write to marts and results",
)
ENGINE_FAILED = ProblemCode(
    "LP-LAKE-016",
    "DuckDB stopped, and nothing was published: {reason}",
    "correct what the reason names, then run `make run`",
)
NO_PUBLICATION = ProblemCode(
    "LP-LAKE-017",
    "snapshot {number} was not made by a publication",
    "choose one that `make snapshots` lists",
)
ROWS_DIFFER = ProblemCode(
    "LP-LAKE-018",
    "the rows read back from {table} differ from the rows written",
    "run `make run`; check the object storage if it happens twice",
)
CHANGED = ProblemCode(
    "LP-LAKE-019",
    "snapshot {number}: {table} differs from what was published",
    "`make run` publishes the state of this root anew",
)
CATALOG_NOT_READY = ProblemCode(
    "LP-LAKE-020",
    "PostgreSQL at {host}:{port} is starting or stopping and accepts no connection",
    "run again when it accepts connections (pg_isready)",
)


class LakeFailure(ProblemError):
    """A lake that cannot be used; what readers see is unchanged."""

    general = LAKE


SETTINGS_FORM = ProblemCode(
    "LP-LAKE-021", "{reason}", "compare it with the complete publish.yml in docs/scaling.md"
)
NOT_KEYWORDS = ProblemCode(
    "LP-LAKE-022", "this is no list of libpq's keywords: {reason}", "write `dbname=… host=…`"
)
PASSWORD_IN_SETTINGS = ProblemCode(
    "LP-LAKE-023", "a password is in the settings", "put it into PGPASSWORD or ~/.pgpass"
)
NO_DBNAME = ProblemCode("LP-LAKE-024", "the catalog has no dbname", "add `dbname=…`")
NO_FOLDER = ProblemCode(
    "LP-LAKE-025",
    "{data!r} is no s3:// address and no absolute folder",
    "write s3://bucket/prefix/ or /folder/",
)
IN_SETTINGS = Place(file="publish.yml")
OTHER_PREDECESSOR = ProblemCode(
    "LP-LAKE-026",
    "the newest publication in the lake is not known as the last one of this data root: snapshot {number}, "
    "release {release}, by {author} at {at}",
    "compare the two states; to replace the newest, run again with LIVING_PANEL_REPLACE={number}",
)
REPLACE_FORM = ProblemCode(
    "LP-LAKE-027",
    "LIVING_PANEL_REPLACE={written} is no number of a snapshot",
    "write the number that the refusal names, or remove the variable",
)
NO_SNAPSHOT = ProblemCode(
    "LP-LAKE-028",
    "the lake holds no snapshot {number}: it holds {first} to {last}, and older ones may have expired",
    "choose one that `make snapshots` lists",
)
OLD_DIGEST = ProblemCode(
    "LP-LAKE-029",
    "snapshot {number} has digests of an earlier version, and cannot be compared with them",
    "`make run` publishes anew",
)
READ_FAILED = ProblemCode(
    "LP-LAKE-030",
    "DuckDB cannot read this from the lake: {reason}",
    "correct what the reason names; name a snapshot that `make snapshots` lists, as older ones may have expired",
)

"""DuckDB connected to a lake, and what its failures mean.

Extensions come from installed packages; nothing is downloaded.
"""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

import duckdb
import psycopg2
from psycopg2.extensions import connection as Session

from orchestration.lake.failure import LakeFailure
from orchestration.lake.location import KEY, SECRET, TOKEN, Location, storage_keys

NAME = "lake"
"""Name of the attached lake: `lake.marts.panel`."""
EXTENSIONS = ("postgres_scanner", "httpfs", "ducklake")
PUBLISHING = 0x6C616B65
"""Number of the advisory lock of whoever publishes."""
WAIT_SECONDS = 10
FULL = {"XMinioStorageFull", "QuotaExceeded", "StorageFull", "InsufficientStorage"}
"""Codes with which S3 servers say that a bucket or its disk is full."""
REFUSED = {
    "AccessDenied",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
}
OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def extension_files() -> list[Path]:
    """Files of the extensions, of the packages beside DuckDB.

    Raises
    ------
    LakeFailure
        If a package is not there or belongs to another version of DuckDB.
    """
    return [_extension_file(name) for name in EXTENSIONS]


def _extension_file(name: str) -> Path:
    package = f"duckdb-extension-{name.replace('_', '-')}"
    try:
        found = version(package)
    except PackageNotFoundError as error:
        raise LakeFailure(
            "lake_extension_missing",
            package,
            "the package is not installed",
            f"pip install {package}=={duckdb.__version__}",
            package=package,
        ) from error
    if found != duckdb.__version__:
        raise LakeFailure(
            "lake_engine_version",
            package,
            f"the extension is of DuckDB {found}, this is DuckDB {duckdb.__version__}",
            f"pip install duckdb=={found}",
            extension=found,
            engine=duckdb.__version__,
        )
    spec = importlib.util.find_spec(package.replace("-", "_"))
    assert spec is not None and spec.submodule_search_locations
    return next(Path(spec.submodule_search_locations[0]).rglob("*.duckdb_extension"))


@contextmanager
def attach_lake(
    location: Location, *, writing: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with the lake attached as `lake`, for reading unless `writing`.

    Raises
    ------
    LakeFailure
        If the lake cannot be reached or refuses; also for what goes wrong inside the block.
    """
    with closing(open_session(location)) as session:
        check_catalog(location, session, writing=writing)
    with duckdb.connect(config=OFFLINE) as connection:
        try:
            for statement in setup_statements(location, storage_keys_of(location), writing=writing):
                connection.execute(statement)
            yield connection
        except (duckdb.Error, psycopg2.Error) as error:
            explain(error, location)


def shell_arguments(location: Location) -> list[str]:
    """Arguments of the DuckDB shell that attach the lake for reading."""
    with closing(open_session(location)) as session:
        check_catalog(location, session, writing=False)
    statements = setup_statements(location, storage_keys_of(location), writing=False)
    return [a for s in statements for a in ("-cmd", f"{s};")]


def storage_keys_of(location: Location) -> dict[str, str]:
    """Credentials that the lake's storage needs; none for a folder."""
    return storage_keys() if location.storage_address else {}


def setup_statements(location: Location, keys: dict[str, str], *, writing: bool) -> list[str]:
    """SQL that loads the extensions and attaches the lake; the catalog's password stays out of it."""
    statements = [f"load {_literal(path)}" for path in extension_files()]
    if keys:
        secret = {
            "key_id": _literal(keys[KEY]),
            "secret": _literal(keys[SECRET]),
            "region": _literal(location.region),
            "url_style": _literal(location.url_style),
            "use_ssl": str(location.use_ssl).lower(),
        }
        if TOKEN in keys:
            secret["session_token"] = _literal(keys[TOKEN])
        if location.endpoint:
            secret["endpoint"] = _literal(location.endpoint)
        listed = ", ".join(f"{key} {value}" for key, value in secret.items())
        statements.append(f"create secret {NAME}_storage (type s3, {listed})")
    options = f"data_path {_literal(location.data)}"
    # a reader never makes a catalog; a publisher's has been checked before
    options += "" if writing else ", read_only, create_if_not_exists false"
    target = _literal(f"ducklake:postgres:{location.catalog}")
    statements.append(f"attach {target} as {NAME} ({options})")
    return statements


def open_session(location: Location) -> Session:
    """A session with the catalog's database.

    Raises
    ------
    LakeFailure
        Unreachable, or refused.
    """
    try:
        session = psycopg2.connect(location.catalog, connect_timeout=WAIT_SECONDS)
    except psycopg2.OperationalError as error:
        _explain_catalog(error, location)
    session.autocommit = True
    return session


def check_catalog(location: Location, session: Session, *, writing: bool) -> None:
    """Refuse a catalog that is not there, or of another format.

    Raises
    ------
    LakeFailure
        `lake_catalog_missing`, `lake_catalog_lost`, `lake_format`.
    """
    with session.cursor() as cursor:
        cursor.execute("select to_regclass('ducklake_metadata')")
        if cursor.fetchone() == (None,):
            _refuse_missing(location, writing=writing)
            return
        cursor.execute("select value from ducklake_metadata where key = 'version'")
        row = cursor.fetchone()
    ours = format_version()
    if row is None or row[0] != ours:
        raise LakeFailure(
            "lake_format",
            location.catalog,
            f"the catalog has format {row and row[0]}, DuckDB {duckdb.__version__} writes {ours}",
            "use one version of DuckDB for all publishers and readers; to move a catalog on, attach it "
            "once with automatic_migration after a pg_dump",
            found=row and row[0],
            expected=ours,
        )


def format_version() -> str:
    """Format of the catalogs that this extension writes."""
    with duckdb.connect(config=OFFLINE) as connection:
        connection.execute(f"load {_literal(_extension_file('ducklake'))}")
        connection.execute("attach 'ducklake::memory:' as empty_lake (data_path '/nonexistent/')")
        row = connection.execute(
            "select value from ducklake_options('empty_lake') where option_name = 'version'"
        ).fetchone()
    assert row is not None
    return str(row[0])


def _refuse_missing(location: Location, *, writing: bool) -> None:
    """A publisher may make a catalog, but not over the data of one that is lost."""
    if not writing:
        raise LakeFailure(
            "lake_catalog_missing",
            location.catalog,
            "this database holds no lake",
            "publish once with `make run`, or correct `catalog` in publish.yml",
        )
    with duckdb.connect(config=OFFLINE) as connection:
        try:
            *before, _ = setup_statements(location, storage_keys_of(location), writing=True)
            for statement in before:
                connection.execute(statement)
            pattern = _literal(f"{location.data}**")
            found = connection.execute(f"select file from glob({pattern}) limit 1").fetchone()
        except duckdb.Error as error:
            explain(error, location)
    if found:
        raise LakeFailure(
            "lake_catalog_lost",
            location.catalog,
            f"this database holds no lake, but {location.data} has the data of one",
            "restore the catalog from its pg_dump; for a new lake name an empty prefix in `data`",
            example=found[0],
        )


@contextmanager
def hold_publication(location: Location) -> Iterator[Session]:
    """The only publisher: another one waits; a killed one lets go with its session."""
    with closing(open_session(location)) as session:
        with session.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [PUBLISHING])
        yield session


def explain(error: Exception, location: Location) -> NoReturn:
    """Raise what an error of DuckDB or PostgreSQL means for a lake.

    Decides by types, status codes and connection attempts; no message is parsed.
    """
    if isinstance(error, duckdb.HTTPException):
        _explain_storage(error, location)
    if isinstance(error, duckdb.TransactionException):
        raise LakeFailure(
            "lake_conflict",
            location.catalog,
            "somebody else wrote the same tables meanwhile",
            "run again; publish from one place only",
        ) from error
    storage = location.storage_address
    if storage and not is_listening(storage):
        raise LakeFailure(
            "lake_storage_unreachable",
            location.data,
            f"nobody answers at {storage[0]}:{storage[1]}",
            "start the object storage, or correct `endpoint` in publish.yml",
            host=storage[0],
            port=storage[1],
        ) from error
    with closing(open_session(location)):
        pass
    words = str(error).splitlines()[0]
    raise LakeFailure(
        "lake_failed", location.data, words, "see the engine's message; nothing was published"
    ) from error


def _explain_storage(error: Any, location: Location) -> NoReturn:
    status, code = int(error.status_code), _s3_code(error.body)
    facts = {"status": status, "s3_code": code}
    if status == 507 or code in FULL:
        raise LakeFailure(
            "lake_storage_full",
            location.data,
            f"the object storage is full ({code or status})",
            "free space or raise the quota, then run again; the half-written files are removed later",
            **facts,
        ) from error
    if status in (401, 403) or code in REFUSED:
        raise LakeFailure(
            "lake_storage_refused",
            location.data,
            f"the object storage refused the credentials ({code or status})",
            f"renew {KEY}, {SECRET} and {TOKEN}; publishers need rights to read, write, list and delete",
            **facts,
        ) from error
    if status == 404:
        raise LakeFailure(
            "lake_storage_missing",
            location.data,
            f"the bucket or an object is not there ({code or status})",
            "create the bucket; for a lost object restore it from the storage's versions or backup",
            **facts,
        ) from error
    raise LakeFailure(
        "lake_storage_failed",
        location.data,
        f"the object storage answered {status} ({code or 'no code'})",
        "see its log, then run again",
        **facts,
    ) from error


def _s3_code(body: str | None) -> str | None:
    with suppress(ElementTree.ParseError, TypeError):
        return ElementTree.fromstring(str(body)).findtext("Code")
    return None


def _explain_catalog(error: Exception, location: Location) -> NoReturn:
    host, port = location.catalog_address
    facts = {"host": host, "port": port}
    if host.startswith("/") or is_listening((host, port)):
        raise LakeFailure(
            "lake_catalog_refused",
            location.catalog,
            "PostgreSQL refused the connection",
            "check user and dbname in publish.yml, and PGPASSWORD or ~/.pgpass",
            **facts,
        ) from error
    raise LakeFailure(
        "lake_catalog_unreachable",
        location.catalog,
        f"nobody answers at {host}:{port}",
        "start PostgreSQL, or correct `catalog` in publish.yml",
        **facts,
    ) from error


def is_listening(address: tuple[str, int]) -> bool:
    """Whether something accepts connections at a host and port."""
    try:
        with socket.create_connection(address, timeout=WAIT_SECONDS):
            return True
    except OSError:
        return False


def _literal(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"

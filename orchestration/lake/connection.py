"""DuckDB connected to a lake, and what its failures mean.

Extensions come from installed packages; nothing is downloaded.
"""

from __future__ import annotations

import importlib.util
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

import duckdb
import psycopg2
from psycopg2.extensions import connection as Session

from living_panel.codes import Code
from living_panel.estimation.panel.sql import literal
from living_panel.orchestration.lake import sentences
from living_panel.orchestration.lake.location import (
    FILE,
    KEY,
    SECRET,
    TOKEN,
    Location,
    storage_keys,
)
from living_panel.orchestration.lake.sentences import LakeFailure
from living_panel.problems import Place

NAME = "lake"
"""Name of the attached lake: `lake.marts.panel`."""
EXTENSIONS = ("postgres_scanner", "httpfs", "ducklake")
PUBLISHING = 0x6C616B65
"""Number of the advisory lock of whoever publishes."""
WAIT_SECONDS = 10
NOT_READY = "57P03"
"""SQLSTATE `cannot_connect_now`: PostgreSQL starts, stops or recovers."""
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
OFFLINE: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
AT_CATALOG, AT_DATA = Place(file=FILE, key="catalog"), Place(file=FILE, key="data")


def extension_files() -> list[Path]:
    """Files of the extensions, of the packages that accompany DuckDB.

    Raises
    ------
    LakeFailure
        If a package is not there or belongs to another version of DuckDB.
    """
    return [_extension_file(name) for name in EXTENSIONS]


def _extension_file(name: str) -> Path:
    package = f"duckdb-extension-{name.replace('_', '-')}"
    try:
        extension_version = version(package)
    except PackageNotFoundError as error:
        raise LakeFailure(
            Code.NOT_INSTALLED(
                "the package {package} is not installed",
                "install the extra `lake`: `pip install 'living-panel[lake]'`, or `make dev-environment` in a checkout",
                package=package,
            )
        ) from error
    if extension_version != duckdb.__version__:
        raise LakeFailure(
            Code.NOT_INSTALLED(
                "the extension {package} needs DuckDB {extension}, but DuckDB here is {engine}",
                "run `pip install duckdb=={extension}`",
                package=package,
                extension=extension_version,
                engine=duckdb.__version__,
            )
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
            explain(error, location, writing=writing)


def reader_script(location: Location) -> list[str]:
    """SQL for the DuckDB shell that attaches the lake for reading; the shell reads the keys itself."""
    with closing(open_session(location)) as session:
        check_catalog(location, session, writing=False)
    keys = storage_keys_of(location)
    return [f"{s};" for s in setup_statements(location, keys, writing=False, in_shell=True)]


def storage_keys_of(location: Location) -> dict[str, str]:
    """Credentials that the lake's storage needs; none for a folder."""
    return storage_keys() if location.storage_address else {}


def setup_statements(
    location: Location, keys: Mapping[str, str], *, writing: bool, in_shell: bool = False
) -> list[str]:
    """SQL that loads the extensions and attaches the lake; the catalog's password stays out of it.

    With `in_shell` the keys stay out too: the shell's `getenv` finds them.
    """

    def key(name: str) -> str:
        return f"getenv('{name}')" if in_shell else literal(keys[name])

    statements = [f"load {literal(path)}" for path in extension_files()]
    if keys:
        secret = {
            "key_id": key(KEY),
            "secret": key(SECRET),
            "region": literal(location.region),
            "url_style": literal(location.url_style),
            "use_ssl": str(location.use_ssl).lower(),
        }
        if TOKEN in keys:
            secret["session_token"] = key(TOKEN)
        if location.endpoint:
            secret["endpoint"] = literal(location.endpoint)
        listed = ", ".join(f"{option} {value}" for option, value in secret.items())
        statements.append(f"create secret {NAME}_storage (type s3, {listed})")
    options = f"data_path {literal(location.data)}"
    # a reader never makes a catalog; a publisher's has been checked before
    options += "" if writing else ", read_only, create_if_not_exists false"
    target = literal(f"ducklake:postgres:{location.catalog}")
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
        Missing, lost (the storage has data), or of another format.
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
            Code.LAKE_CATALOG(
                "the catalog {catalog} has format {found}, but DuckDB {engine} writes format {expected}",
                "use one version of DuckDB for all publishers and readers; to migrate a catalog, make a pg_dump "
                "and attach it once with automatic_migration",
                AT_CATALOG,
                catalog=location.catalog,
                found=row and row[0],
                expected=ours,
                engine=duckdb.__version__,
            )
        )


@cache
def format_version() -> str:
    """Format of the catalogs that this extension writes."""
    with duckdb.connect(config=OFFLINE) as connection:
        connection.execute(f"load {literal(_extension_file('ducklake'))}")
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
            Code.LAKE_CATALOG(
                "the database {catalog} does not contain a lake yet",
                "publish once with `make run`, or correct `catalog` in publish.yml",
                AT_CATALOG,
                catalog=location.catalog,
            )
        )
    with duckdb.connect(config=OFFLINE) as connection:
        try:
            *before, _ = setup_statements(location, storage_keys_of(location), writing=True)
            for statement in before:
                connection.execute(statement)
            pattern = literal(f"{location.data}**")
            example = connection.execute(f"select file from glob({pattern}) limit 1").fetchone()
        except duckdb.Error as error:
            explain(error, location)
    if example:
        raise LakeFailure(
            Code.LAKE_CATALOG(
                "the database {catalog} has no lake, but the storage has data of a lake: {example}",
                "restore the catalog from its pg_dump; for a new lake write an empty prefix under `data`",
                AT_CATALOG,
                catalog=location.catalog,
                example=example[0],
            )
        )


@contextmanager
def hold_publication(location: Location) -> Iterator[Session]:
    """The only publisher: another one waits; a killed one lets go with its session."""
    with closing(open_session(location)) as session:
        with session.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [PUBLISHING])
        yield session


def explain(error: Exception, location: Location, *, writing: bool = True) -> NoReturn:
    """Raise what an error of DuckDB or PostgreSQL means for a lake, to a publisher or to a reader.

    Decides by types, status codes and connection attempts; no message is parsed.
    """
    if isinstance(error, duckdb.HTTPException):
        _explain_storage(error, location)
    if isinstance(error, duckdb.TransactionException):
        raise LakeFailure(
            Code.LAKE_CONFLICT(
                "another program changed the same tables at the same time",
                "run again; only publishers may write to marts and results",
                AT_CATALOG,
            )
        ) from error
    storage = location.storage_address
    if storage and not is_listening(storage):
        raise LakeFailure(
            Code.LAKE_STORAGE(
                "the object storage {host}:{port} does not respond",
                "start it, or correct `endpoint` in publish.yml",
                AT_DATA,
                host=storage[0],
                port=storage[1],
            )
        ) from error
    with closing(open_session(location)):
        pass
    words = str(error).splitlines()[0]
    code = sentences.ENGINE_FAILED if writing else sentences.READ_FAILED
    raise LakeFailure(code(AT_DATA, reason=words)) from error


def _explain_storage(error: Any, location: Location) -> NoReturn:
    status, code = int(error.status_code), _s3_code(error.body)
    facts = {"status": status, "s3_code": code}
    if status == 507 or code in FULL:
        raise LakeFailure(
            Code.LAKE_STORAGE(
                "the object storage is full (status {status}, {s3_code})",
                "free space or raise the quota, then run again; later publications remove incomplete files",
                AT_DATA,
                **facts,
            )
        ) from error
    if status in (401, 403) or code in REFUSED:
        raise LakeFailure(
            Code.LAKE_STORAGE(
                "the object storage rejects the credentials (status {status}, {s3_code})",
                "renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; a publisher needs the "
                "rights to read, write, list and delete",
                AT_DATA,
                **facts,
            )
        ) from error
    if status == 404:
        raise LakeFailure(
            Code.LAKE_STORAGE(
                "the bucket or an object of the lake is missing (status {status}, {s3_code})",
                "create the bucket; restore a lost object from a backup or an earlier version in the storage",
                AT_DATA,
                **facts,
            )
        ) from error
    raise LakeFailure(
        Code.LAKE_STORAGE(
            "the object storage gives status {status} ({s3_code})",
            "read the log of the storage, then run `make run`",
            AT_DATA,
            **facts,
        )
    ) from error


def _s3_code(body: str | None) -> str | None:
    with suppress(ElementTree.ParseError, TypeError):
        return ElementTree.fromstring(str(body)).findtext("Code")
    return None


def _explain_catalog(error: Exception, location: Location) -> NoReturn:
    host, port = location.catalog_address
    state = refusal_state(host, port)
    code = sentences.CATALOG_REFUSED
    if state is None:
        code = sentences.CATALOG_UNREACHABLE
    elif state == NOT_READY:
        code = sentences.CATALOG_NOT_READY
    raise LakeFailure(code(AT_CATALOG, host=host, port=port)) from error


def refusal_state(host: str, port: int) -> str | None:
    """SQLSTATE with which PostgreSQL refuses any connection.

    A failed `connect` does not tell it, so the first message of the protocol (version 3.0, "Message
    Formats" in PostgreSQL's manual) is exchanged here.

    Returns
    -------
    str or None
        Five characters; empty if the server asks for a password instead; None if nothing answers.
    """
    content = struct.pack("!i", 196_608) + b"user\0postgres\0\0"
    try:
        with _catalog_socket(host, port) as server, server.makefile("rb") as answer:
            server.sendall(struct.pack("!i", len(content) + 4) + content)
            kind, length = struct.unpack("!ci", answer.read(5))
            fields = answer.read(length - 4).split(b"\0") if kind == b"E" else []
    except (OSError, struct.error):
        return None
    return next((field[1:].decode() for field in fields if field.startswith(b"C")), "")


def _catalog_socket(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), timeout=WAIT_SECONDS)
    server = socket.socket(socket.AF_UNIX)
    server.settimeout(WAIT_SECONDS)
    server.connect(f"{host}/.s.PGSQL.{port}")
    return server


def is_listening(address: tuple[str, int]) -> bool:
    """Whether something accepts connections at a host and port."""
    try:
        with socket.create_connection(address, timeout=WAIT_SECONDS):
            return True
    except OSError:
        return False

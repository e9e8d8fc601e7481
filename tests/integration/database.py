"""A PostgreSQL server of the test's own, from this machine's programs, on the loopback address."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.served import free_port

PASSWORD = "only-for-this-test"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Database:
    """A running server and its superuser."""

    folder: Path
    port: int
    user: str

    def run(self, program: str, *arguments: str) -> str:
        """Run one of the server's programs; output as text, an assertion if it fails."""
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        as_other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        prefix = as_other if os.geteuid() == 0 else []  # PostgreSQL refuses to run as root
        log = self.folder / "programs.log"
        with log.open("w") as out:  # a pipe would be kept open by the server
            done = subprocess.run(
                [*prefix, str(programs / program), *arguments], cwd=self.folder, stdout=out, stderr=out,
                check=False, env=os.environ | {"PGPASSWORD": PASSWORD}, timeout=120,
            )  # fmt: skip
        assert done.returncode == 0, log.read_text()
        return log.read_text()

    def server(self, action: str, *arguments: str) -> None:
        """`pg_ctl`: start or stop."""
        options = f"-p {self.port} -c listen_addresses={HOST} -c fsync=off "
        options += f"-c unix_socket_directories={self.folder}"
        given = ("-o", options) if action == "start" else ("-m", "immediate")
        self.run("pg_ctl", "-D", str(self.folder / "cluster"), "-w", *given, *arguments, action)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run SQL as the superuser."""
        reach = ["-h", HOST, "-p", str(self.port), "-U", self.user, "-d", database]
        return self.run("psql", *reach, "-v", "ON_ERROR_STOP=1", "-At", "-c", statement)


@contextmanager
def running_postgres(user: str) -> Iterator[Database]:
    """A server that lives as long as the block."""
    folder = Path(tempfile.mkdtemp(prefix="living-panel-pg-"))
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    if os.geteuid() == 0:
        for path in (folder, secret):
            shutil.chown(path, "postgres", "postgres")
    database = Database(folder, free_port(), user)
    cluster = ["-D", str(folder / "cluster")]
    login = ["-U", user, f"--pwfile={secret}", "-A", "scram-sha-256", "-E", "UTF8"]
    database.run("initdb", *cluster, *login)
    database.server("start")
    try:
        yield database
    finally:
        database.server("stop")
        shutil.rmtree(folder, ignore_errors=True)

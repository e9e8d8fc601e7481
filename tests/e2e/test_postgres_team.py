"""A team's deployment: storage in PostgreSQL, the documented services, two people at once.

The server programs are those of this machine; the cluster is the test's own, in a folder of its own. The services are
started by the lines of `deploy/*.service`.
"""

from __future__ import annotations

import configparser
import json
import os
import shlex
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from living_panel.ingestion.provenance.receipts import receipt_path
from living_panel.orchestration.root.lock import refresh_lock
from tests.e2e.served import Server, free_port, stop, wait
from tests.fixtures import small_root
from tests.integration.roots import copy_root, environment

pytestmark = pytest.mark.postgres

PASSWORD = "only-for-this-test"
WORKSPACE = "workspace.yaml"
SOCKETS = "/run/living-panel"
PAGES = "http://127.0.0.1:3002"
LAUNCH = ["job", "launch", "-j", "refresh"]
ALL_EDITIONS = {
    "dagster/asset_partition_range_start": "2018",
    "dagster/asset_partition_range_end": "2026",
}


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, str]]:
    """Settings of a PostgreSQL server that lives as long as this module."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder = Path(tempfile.mkdtemp(prefix="living-panel-pg-"))
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    # PostgreSQL refuses to run as root
    as_other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    prefix = as_other if os.geteuid() == 0 else []
    if prefix:
        for path in (folder, secret):
            shutil.chown(path, "postgres", "postgres")
    port = free_port()
    cluster = ["-D", str(folder / "cluster")]

    def run(program: str, *arguments: str) -> None:
        log = folder / "programs.log"
        with log.open("a") as out:  # a pipe would be kept open by the server
            done = subprocess.run(
                [*prefix, str(programs / program), *arguments], cwd=folder, stdout=out, stderr=out,
                check=False, env=os.environ | {"PGPASSWORD": PASSWORD}, timeout=120,
            )  # fmt: skip
        assert done.returncode == 0, log.read_text()

    run("initdb", *cluster, "-U", "team", f"--pwfile={secret}", "-A", "scram-sha-256", "-E", "UTF8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    run("pg_ctl", *cluster, "-w", "-o", f"{options} -c fsync=off", "start")
    try:
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "team", "living_panel")
        yield {
            "LIVING_PANEL_PG_HOST": "127.0.0.1",
            "LIVING_PANEL_PG_PORT": str(port),
            "LIVING_PANEL_PG_DATABASE": "living_panel",
            "LIVING_PANEL_PG_USER": "team",
            "LIVING_PANEL_PG_PASSWORD": PASSWORD,
        }
    finally:
        run("pg_ctl", *cluster, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def settings(
    checkout: Path,
    refreshed_small: Path,
    database: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """The environment file of `deploy/`, with this machine's folders and this database."""
    folder = tmp_path_factory.mktemp("team")
    root = copy_root(refreshed_small, folder / "data")
    example = (checkout / "deploy" / "living-panel.env.example").read_text(encoding="utf-8")
    example = example.replace("/opt/living-panel", str(checkout))
    example = example.replace("/srv/living-panel/data", str(folder / "data"))
    example = example.replace("/srv/living-panel/state", str(folder / "state"))
    example = example.replace(PAGES, f"http://127.0.0.1:{free_port()}")
    lines = [line for line in example.splitlines() if line and not line.startswith("#")]
    given = dict(line.split("=", 1) for line in lines if "NOTIFY" not in line)
    assert set(database) <= set(given)
    own = small_root.environment(root)
    few = {name: own[name] for name in ("LIVING_PANEL_COVERAGE", "LIVING_PANEL_SPECS")}
    return given | database | few


def service(checkout: Path, name: str, places: dict[str, str]) -> list[list[str]]:
    """Commands of a service file, in this checkout, its ports and files replaced by other `places`."""
    unit = configparser.ConfigParser()
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(checkout / "deploy" / f"living-panel-{name}.service", encoding="utf-8")
    assert unit["Service"]["WorkingDirectory"] == "/opt/living-panel"
    lines = (unit["Service"].get(f"ExecStart{part}", "true") for part in ("Pre", "", "Post"))
    text = "\n".join(lines)
    for place, other in {**places, "/opt/living-panel": str(checkout)}.items():
        text = text.replace(place, other)
    return [shlex.split(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def team(checkout: Path, settings: dict[str, str]) -> Iterator[Server]:
    """Code server, webserver and daemon, started by the lines of their service files."""
    port = free_port()
    root = Path(settings["LIVING_PANEL_DATA"])
    workspace = root.parent / WORKSPACE
    text = (checkout / "deploy" / WORKSPACE).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as run:  # a socket's path has at most 108 characters
        places = {"/opt/living-panel/deploy/workspace.yaml": str(workspace), SOCKETS: run}
        workspace.write_text(text.replace(SOCKETS, run), encoding="utf-8")
        pages = settings["LIVING_PANEL_PAGES"].rpartition(":")[2]
        places |= {"-p 3000": f"-p {port}", "--port 3002": f"--port {pages}"}
        places |= {"/srv/living-panel/site": str(root.parent / "site")}
        yield from started(checkout, settings, places, port)


def started(
    checkout: Path, settings: dict[str, str], places: dict[str, str], port: int
) -> Iterator[Server]:
    """Start the four services; they end after the tests."""
    root = Path(settings["LIVING_PANEL_DATA"])
    log = root.parent / "services.log"
    own = {**environment(root), **settings}
    running: list[subprocess.Popen[bytes]] = []
    with ExitStack() as stack, log.open("wb") as out:
        for name in ("code", "webserver", "daemon", "site"):
            before, start, after = service(checkout, name, places)
            subprocess.run(before, cwd=checkout, env=own, check=True, stdout=out, stderr=out)
            process = subprocess.Popen(
                start, cwd=checkout, env=own, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
            stack.callback(stop, process)
            running.append(process)
            subprocess.run(
                after, cwd=checkout, env=own, check=True, stdout=out, stderr=out, timeout=120
            )
        server = Server(f"http://127.0.0.1:{port}", port, process, root, log)

        def healthy() -> bool:
            ended = [p.args for p in running if p.poll() is not None]
            assert not ended, f"{ended} ended"
            return _healthy(server)

        try:
            wait(healthy, "the daemon's heartbeat", 480)
        except AssertionError as error:
            raise AssertionError(f"{error}: {_last_words(log)}") from error
        yield server


def dagster(checkout: Path, team: Server, *arguments: str) -> list[str]:
    """A command of Dagster's own, by the definitions that the services have loaded."""
    program, workspace = checkout / ".venv" / "bin" / "dagster", team.root.parent / WORKSPACE
    return [str(program), *arguments, "-w", str(workspace)]


def _last_words(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-3000:]


def _healthy(server: Server) -> bool:
    query = "{instance{daemonHealth{allDaemonStatuses{daemonType healthy}}}}"
    try:
        daemons = server.ask(query)["instance"]["daemonHealth"]["allDaemonStatuses"]
    except OSError:
        return False
    state = {d["daemonType"]: d["healthy"] for d in daemons}
    return bool(state.get("QUEUED_RUN_COORDINATOR")) and bool(state.get("SENSOR"))


def test_a_link_of_the_ui_leads_to_the_site_of_the_same_root(
    settings: dict[str, str], team: Server
) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{team.port}/pages/index.html") as answer:
        assert answer.url == f"{settings['LIVING_PANEL_PAGES']}/index.html"
        page = answer.read()
    assert page == (team.root.parent / "site" / "index.html").read_bytes()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{settings['LIVING_PANEL_PAGES']}/files/")


def test_a_new_state_has_the_site_written_anew() -> None:
    unit = configparser.ConfigParser()
    unit.read(Path(__file__).parents[2] / "deploy" / "living-panel-site.path", encoding="utf-8")
    assert unit["Path"]["Unit"] == "living-panel-site-write.service"
    assert unit["Path"]["PathChanged"].endswith("data/state/current.json")


def test_two_people_at_once_get_one_after_the_other(
    checkout: Path, settings: dict[str, str], team: Server
) -> None:
    link = os.path.realpath(team.root / "warehouse.duckdb")
    command = [*dagster(checkout, team, *LAUNCH), "--tags", json.dumps(ALL_EDITIONS)]
    with refresh_lock(team.root, "this test", say=print):  # no run ends before both are asked for
        people = [
            subprocess.Popen(
                command, cwd=checkout, env={**environment(team.root), **settings},
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
            for _ in range(2)
        ]  # fmt: skip
        said = [person.communicate(timeout=300)[0] for person in people]
    assert [person.returncode for person in people] == [0, 0], said
    runs = sorted(team.wait_for_runs(2), key=lambda run: run["startTime"])
    assert [run["status"] for run in runs] == ["SUCCESS", "SUCCESS"]
    first, second = runs
    assert second["creationTime"] < first["endTime"], "the second was asked for while the first ran"
    assert second["startTime"] >= first["endTime"]
    assert os.path.realpath(team.root / "warehouse.duckdb") == link


def test_the_runs_are_in_postgres_and_nowhere_else(settings: dict[str, str], team: Server) -> None:
    import psycopg2

    connection = psycopg2.connect(
        host="127.0.0.1", port=settings["LIVING_PANEL_PG_PORT"], user="team", password=PASSWORD,
        dbname="living_panel",
    )  # fmt: skip
    with connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from runs where status = 'SUCCESS'")
        assert cursor.fetchone() == (2,)
    connection.close()
    assert not list(Path(settings["DAGSTER_STATE"]).rglob("runs.db"))


def test_the_landing_sensor_takes_a_file_by_itself_and_once(
    checkout: Path, settings: dict[str, str], team: Server, tmp_path: Path
) -> None:
    """The bytes are those already archived: the run takes the file and changes nothing."""
    archived, *_ = small_root.first_edition(tmp_path)
    file = team.root / archived.relative_to(tmp_path)
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(archived, file)
    started = subprocess.run(
        dagster(checkout, team, "sensor", "start", "landing_sensor"),
        cwd=checkout, env={**environment(team.root), **settings}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert started.returncode == 0, started.stderr
    before = len(team.runs())
    shutil.copy(receipt_path(archived), receipt_path(file))
    runs = team.wait_for_runs(before + 1)
    assert runs[0]["status"] == "SUCCESS" and len(runs) == before + 1
    assert not file.exists()

"""Where things are: the one place that knows paths and environment variables.

All paths are absolute, so that no process depends on its working directory.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from living_panel.codes import Code
from living_panel.problems import Place, ProblemError, Refused

PREFIX = "LIVING_PANEL_"
VARIABLES = frozenset(
    f"{PREFIX}{name}"
    for name in (
        *(
            "AUTOMATIC",
            "BUILD",
            "CATALOG",
            "CELERY_BACKEND",
            "CELERY_BROKER",
            "CONTACT",
            "COVERAGE",
            "DAGSTER_YAML",
            "DATA",
            "EXECUTOR",
            "HOSTS",
            "LANGUAGE",
            "LAYOUTS",
        ),
        *(
            "NOTIFY",
            "PAGES",
            "PAPERS",
            "REPLACE",
            "SPECS",
            "TABLE_MEMORY",
            "TABLE_TIMEOUT",
            "WITHOUT_MAKE",
        ),
        *("PG_DATABASE", "PG_HOST", "PG_PASSWORD", "PG_PORT", "PG_USER"),
        *("EXAMPLES", "OTHER_PYTHON", "REQUIRE", "SCREENSHOTS"),  # of the tests
    )
)
"""Every environment variable of this project; another one with the prefix is a spelling mistake."""

REPOSITORY = Path(__file__).resolve().parents[2]
"""Folder of `estimation`, `ingestion` and `orchestration`: a checkout, or `living_panel` where it is installed."""
IMPORTED_FROM = Path(__file__).parents[3]
"""Folder that a process needs on its path to import `living_panel`; not resolved, as a checkout has links there."""
IS_CHECKOUT = (REPOSITORY / "dbt_project").is_dir()
PLACES_OF_SHIPPED = (REPOSITORY, REPOSITORY.parent, REPOSITORY / "orchestration" / "shipped")
"""A checkout, the folder `code/` of a replication package, a wheel."""
SHIPPED = next(p for p in PLACES_OF_SHIPPED if (p / "dbt_project" / "dbt_project.yml").is_file())
"""Folder of the files that are no Python: the dbt project, dagster.yaml, the lock."""
DBT_PROJECT = SHIPPED / "dbt_project"
TRACKED_STATE = ".dagster/main"  # as dagster.yaml names it


WORKSPACE_FILE = "living-panel.yml"


class NoWorkspace(ProblemError, ValueError):
    """The installed program was called where no workspace is."""


class _Below:
    """A place below the data root, named once."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, settings: Settings, owner: type[Settings]) -> Path:
        return settings.root / self._name


@dataclass(frozen=True)
class Settings:
    """Paths of one data root (`data/`, `data/demo/`, a test's own), and of Dagster's storage outside it."""

    root: Path
    state: Path

    landing = _Below("landing")  # the inbox
    archive = _Below("archive")  # bytes and receipts
    extracted = _Below("extracted")  # tidy Parquet, as printed
    build = _Below("build")  # where dbt builds; nobody else opens it
    releases = _Below("releases")  # frozen panels
    artifacts = _Below("artifacts")  # tables
    warehouse = _Below("warehouse")  # published files
    published = _Below("warehouse.duckdb")  # what readers open: leads through the link `published`
    publication = _Below("published")  # the one link, to the state that people read
    states = _Below("states")  # published states, each a folder
    dbt_target = _Below("build/dbt")  # dbt's compiled files, apart for each root

    def build_file(self, as_of: str | None) -> Path:
        """DuckDB file that dbt writes for this vantage."""
        folder = self.build if as_of is None else self.build / f"as_of_{as_of}"
        return folder / "warehouse.duckdb"  # one name: dbt names the database after it

    def artifact_folders(self) -> list[Path]:
        """Folder of every artifact; comparisons of releases, under drift/, are none."""
        manifests = self.artifacts.glob("[!.]*/[!.]*/manifest.json")
        return sorted(m.parent for m in manifests if m.parent.parent.name != "drift")

    @property
    def simulated(self) -> bool:
        """Whether this is the demo root."""
        return self.root.name == "demo"


def find_workspace(start: Path) -> Path | None:
    """Return the folder of the workspace that a folder lies in, or None."""
    return next((f for f in (start, *start.parents) if (f / WORKSPACE_FILE).is_file()), None)


def load_settings() -> Settings:
    """Settings from LIVING_PANEL_DATA and DAGSTER_STATE, else the repository's own folders.

    A workspace sets both (`workspace.py`).

    Raises
    ------
    NoWorkspace
        If an installed program is called outside a workspace.
    """
    if not IS_CHECKOUT and not os.environ.get("LIVING_PANEL_DATA"):
        raise NoWorkspace(
            Code.WORKSPACE(
                "neither this folder nor a folder above it has a living-panel.yml",
                "make a workspace with `living-panel init my-study` and change into it",
                Place(file=str(Path.cwd())),
            )
        )
    root = Path(os.environ.get("LIVING_PANEL_DATA") or REPOSITORY / "data").resolve()
    is_demo = root.name == "demo"
    home = REPOSITORY if IS_CHECKOUT else root.parents[1 if is_demo else 0]
    default_state = home / ".dagster" / ("demo" if is_demo else "main")
    state = Path(os.environ.get("DAGSTER_STATE") or default_state).resolve()
    return Settings(root=root, state=state)


def require_root(settings: Settings) -> None:
    """Refuse a data root that is no folder: a misspelt path would become an empty root.

    Raises
    ------
    ValueError
        With the folder.
    """
    if not settings.root.is_dir():
        raise Refused(
            Code.ROOT(
                "this data root does not exist",
                "correct LIVING_PANEL_DATA; for a new, empty data root first make the folder (`mkdir -p`)",
                Place(file=str(settings.root)),
            )
        )


class UnknownVariable(ProblemError, ValueError):
    """A variable of the environment that nothing reads."""


def refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    """Refuse variables with this project's prefix that no code reads: they would have no effect.

    Raises
    ------
    UnknownVariable
        With one problem for each variable.
    """
    unknown = sorted(n for n in environment if n.startswith(PREFIX) and n not in VARIABLES)
    if unknown:
        raise UnknownVariable(
            *(
                Code.ENVIRONMENT(
                    "{name} is not a variable of this project (a similar name: {near})",
                    "correct the name, or remove it from the settings file (docs/deployment.md lists all variables)",
                    name=name,
                    near=_similar(name),
                )
                for name in unknown
            )
        )


def _similar(variable: str) -> str:
    known = {name.removeprefix(PREFIX): name for name in sorted(VARIABLES)}
    similar = get_close_matches(variable.removeprefix(PREFIX), known, n=1, cutoff=0.7)
    return known[similar[0]] if similar else "none"


def is_automatic() -> bool:
    """Whether the sensor of landing and the yearly refresh run when the UI starts: LIVING_PANEL_AUTOMATIC=1."""
    return os.environ.get("LIVING_PANEL_AUTOMATIC", "") not in ("", "0")


def prepare_environment(settings: Settings, *, reads: bool = False) -> None:
    """Name Dagster's home for this process and those it starts, and write what Dagster reads there.

    A command that only reads goes on where this cannot be written.

    Raises
    ------
    ValueError
        For a folder that dbt or Dagster could not open a database in: both make an address of its path.
    UnknownVariable
        For a variable with this project's prefix that nothing reads.
    """
    refuse_unknown_variables(os.environ)
    for folder in (settings.root, settings.state):
        if characters := {*"#?%"} & {*str(folder)}:
            raise Refused(
                Code.ROOT(
                    "dbt and Dagster cannot open a database if a folder has {found} in its name",
                    "rename the folder, or set LIVING_PANEL_DATA and DAGSTER_STATE to other folders",
                    Place(file=str(folder)),
                    found=" or ".join(characters),
                )
            )
    os.environ["LIVING_PANEL_DATA"] = str(settings.root)
    os.environ["DAGSTER_HOME"] = str(settings.state)
    with suppress(OSError) if reads else nullcontext():
        dagster_home(settings)
    os.environ["DO_NOT_TRACK"] = "1"


def dagster_home(settings: Settings) -> Path:
    """The state folder, with the tracked dagster.yaml in it, its paths made those of this folder.

    The tracked file names the folder relative to the checkout, so that a bare `dagster dev` finds the
    same runs.
    """
    settings.state.mkdir(parents=True, exist_ok=True)
    tracked = Path(os.environ.get("LIVING_PANEL_DAGSTER_YAML") or SHIPPED / "dagster.yaml")
    here = json.dumps(str(settings.state), ensure_ascii=False)  # a text of YAML, whatever is in it
    text = tracked.read_text(encoding="utf-8").replace(TRACKED_STATE, here)
    home = settings.state / "dagster.yaml"
    if not home.is_file() or home.is_symlink() or home.read_text(encoding="utf-8") != text:
        # Two commands may start at once in a new folder: each writes its own, the last one stays.
        ours = home.with_name(f".dagster.yaml.{os.getpid()}")
        ours.write_text(text, encoding="utf-8")
        os.replace(ours, home)
    return settings.state

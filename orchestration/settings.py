"""Where things are: the one place that knows paths and environment variables.

All paths are absolute, so that no process depends on its working directory.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DBT_PROJECT = REPOSITORY / "dbt_project"
TRACKED_STATE = ".dagster/main"  # as dagster.yaml names it


@dataclass(frozen=True)
class Settings:
    """Paths of one data root.

    Attributes
    ----------
    root : Path
        The data root; `data/` or `data/demo/` or a test's own.
    state : Path
        Dagster's storage, outside every room.
    """

    root: Path
    state: Path

    @property
    def landing(self) -> Path:
        """The inbox."""
        return self.root / "landing"

    @property
    def archive(self) -> Path:
        """Bytes and receipts."""
        return self.root / "archive"

    @property
    def extracted(self) -> Path:
        """Tidy Parquet, as printed."""
        return self.root / "extracted"

    @property
    def build(self) -> Path:
        """Where dbt builds; nobody else opens it."""
        return self.root / "build"

    @property
    def releases(self) -> Path:
        """Frozen panels."""
        return self.root / "releases"

    @property
    def artifacts(self) -> Path:
        """Tables."""
        return self.root / "artifacts"

    @property
    def warehouse(self) -> Path:
        """Published files; the link beside the folder names the current one."""
        return self.root / "warehouse"

    @property
    def published(self) -> Path:
        """The link that readers open."""
        return self.root / "warehouse.duckdb"

    @property
    def dbt_target(self) -> Path:
        """Dbt's compiled files, apart for each root."""
        return self.build / "dbt"

    def build_file(self, as_of: str | None) -> Path:
        """DuckDB file that dbt writes for this vantage."""
        return self.build / ("warehouse.duckdb" if as_of is None else f"as_of_{as_of}.duckdb")

    def artifact_folders(self) -> list[Path]:
        """Folder of every artifact; comparisons of releases, under drift/, are none."""
        manifests = self.artifacts.glob("[!.]*/[!.]*/manifest.json")
        return sorted(m.parent for m in manifests if m.parent.parent.name != "drift")

    @property
    def simulated(self) -> bool:
        """Whether this is the demo root."""
        return self.root.name == "demo"


def load_settings() -> Settings:
    """Settings from LIVING_PANEL_DATA and DAGSTER_STATE, else the repository's own folders."""
    root = Path(os.environ.get("LIVING_PANEL_DATA") or REPOSITORY / "data").resolve()
    default_state = REPOSITORY / ".dagster" / ("demo" if root.name == "demo" else "main")
    state = Path(os.environ.get("DAGSTER_STATE") or default_state).resolve()
    return Settings(root=root, state=state)


def prepare_environment(settings: Settings) -> None:
    """Name Dagster's home for this process and those it starts, and write what Dagster reads there."""
    os.environ["LIVING_PANEL_DATA"] = str(settings.root)
    os.environ["DAGSTER_HOME"] = str(dagster_home(settings))
    os.environ["DO_NOT_TRACK"] = "1"


def dagster_home(settings: Settings) -> Path:
    """The state folder, with the tracked dagster.yaml in it, its paths made those of this folder.

    The tracked file names the folder relative to the checkout, so that a bare `dagster dev` finds the
    same runs.
    """
    settings.state.mkdir(parents=True, exist_ok=True)
    tracked = Path(os.environ.get("LIVING_PANEL_DAGSTER_YAML") or REPOSITORY / "dagster.yaml")
    text = tracked.read_text(encoding="utf-8").replace(TRACKED_STATE, str(settings.state))
    home = settings.state / "dagster.yaml"
    if not home.is_file() or home.is_symlink() or home.read_text(encoding="utf-8") != text:
        # Two commands may start at once in a new folder: each writes its own, the last one stays.
        ours = home.with_name(f".dagster.yaml.{os.getpid()}")
        ours.write_text(text, encoding="utf-8")
        os.replace(ours, home)
    return settings.state

"""DuckLake as a publication target: PostgreSQL holds the catalog, object storage the data."""

from living_panel.orchestration.lake.connection import attach_lake, reader_script
from living_panel.orchestration.lake.location import Location, load_location
from living_panel.orchestration.lake.sentences import LakeFailure
from living_panel.orchestration.lake.snapshots import (
    Snapshot,
    list_snapshots,
    publish_snapshot,
    verify_snapshot,
)

__all__ = [
    "LakeFailure",
    "Location",
    "Snapshot",
    "attach_lake",
    "list_snapshots",
    "load_location",
    "publish_snapshot",
    "reader_script",
    "verify_snapshot",
]

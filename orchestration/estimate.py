"""From a release to artifacts: one asset for each spec, and the list of what is current.

Belongs here: deciding whether a table must be estimated or only verified, and showing it in the UI.
Not here: any statistics.
"""

import base64
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from estimation.artifacts import artifact
from estimation.panel.canonical import document_hash
from estimation.panel.release import load_release
from estimation.panel.spec import Spec
from estimation.tables.estimate import estimate
from ingestion.files import write_durably
from orchestration.checks import artifact_faults
from orchestration.release import current_release
from orchestration.resources import Workplace
from orchestration.settings import Settings
from orchestration.versioning import code_of_kind


def make_artifact(
    settings: Settings, spec: Spec, as_of: str | None, run_id: str
) -> tuple[Path, bool]:
    """Estimate a table, or verify the artifact that is already there.

    Returns
    -------
    folder, made
        Where it is, and whether it was estimated now.
    """
    release_folder = current_release(settings, as_of)
    code = code_of_kind(spec.kind)
    folder = settings.artifacts / spec.table / artifact.artifact_id(spec, release_folder.name, code)
    if folder.exists():
        artifact.verify_files(folder)
        return folder, False
    started = time.monotonic()
    release = load_release(release_folder)
    result = estimate(spec, release)
    run = {
        "run_id": run_id,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - started, 3),
    }
    written = artifact.write_artifact(
        settings.artifacts,
        result,
        spec,
        release,
        code,
        supersedes=_current_of(settings, as_of, spec.table),
        run=run,
    )
    return written, True


def write_current(settings: Settings, specs: Sequence[Spec], as_of: str | None) -> Path:
    """Write which artifact is current for each table of this vantage, in one step."""
    release = current_release(settings, as_of).name
    listed = [
        {
            "table_id": spec.table,
            "artifact_id": artifact.artifact_id(spec, release, code_of_kind(spec.kind)),
            "release_id": release,
        }
        for spec in specs
    ]
    target = settings.current_file(as_of)
    target.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(listed, indent=1)
    before = target.read_text(encoding="utf-8") if target.exists() else text
    if before != text and as_of is None:
        write_durably(before.encode(), target.with_name("previous.json"))
    if not target.exists() or before != text:
        write_durably(text.encode(), target)
    return target


def read_current(settings: Settings, as_of: str | None = None) -> dict[str, str]:
    """Current artifact of each table, by table; empty before the first refresh."""
    path = settings.current_file(as_of)
    if not path.exists():
        return {}
    return {e["table_id"]: e["artifact_id"] for e in json.loads(path.read_text(encoding="utf-8"))}


def _current_of(settings: Settings, as_of: str | None, table: str) -> str | None:
    return read_current(settings, as_of).get(table)


def artifact_asset(spec: Spec) -> dg.AssetsDefinition:
    """Asset of one table, with its blocking check."""
    key = dg.AssetKey(["artifacts", spec.table])

    @dg.asset(
        key=key,
        group_name="artifacts",
        deps=[dg.AssetKey(["release", "panel"])],
        code_version=f"{code_of_kind(spec.kind).version}-{spec.sha256[:12]}",
        description=f"{spec.title}\n\n{spec.question}",
        kinds={"python", "parquet"},
        check_specs=[
            dg.AssetCheckSpec(
                "sane", asset=key, blocking=True, description="Files, numbers and sample hold."
            )
        ],
    )
    def table(context: dg.AssetExecutionContext, workplace: Workplace):  # type: ignore[no-untyped-def]
        folder, made = make_artifact(workplace.settings, spec, workplace.as_of, context.run_id)
        manifest = artifact.read_manifest(folder)
        context.log.info(
            f"{spec.table} {folder.name}: {'estimated' if made else 'verified, unchanged'}"
        )
        return dg.MaterializeResult(
            data_version=dg.DataVersion(manifest["result_hash"]),
            metadata={
                "table": dg.MetadataValue.md((folder / "table.md").read_text(encoding="utf-8")),
                "status": manifest["status"],
                "artifact_id": folder.name,
                "release_id": manifest["release_id"],
                "estimated now": made,
                "path": dg.MetadataValue.path(str(folder)),
                **_pictures(folder),
            },
            check_results=[_sanity(folder, manifest)],
        )

    return table


def _pictures(folder: Path) -> dict[str, dg.MetadataValue]:
    return {
        picture.stem: dg.MetadataValue.md(
            f"![{picture.stem}](data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()})"
        )
        for picture in sorted(folder.glob("*.png"))
    }


def _sanity(folder: Path, manifest: dict) -> dg.AssetCheckResult:
    """The artifact holds what its manifest says, and its numbers are possible."""
    faults = artifact_faults(folder, manifest)
    return dg.AssetCheckResult(
        check_name="sane",
        passed=not faults,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"faults": dg.MetadataValue.md("\n".join(f"- {f}" for f in faults) or "none")},
    )


def current_asset(specs: Sequence[Spec]) -> dg.AssetsDefinition:
    """Asset that lists the current artifact of each table; results are built over it."""

    @dg.asset(
        key=["artifacts", "current"],
        group_name="artifacts",
        deps=[dg.AssetKey(["artifacts", spec.table]) for spec in specs],
        kinds={"json"},
    )
    def current(workplace: Workplace) -> dg.MaterializeResult:
        """Which artifact each table has in this refresh."""
        path = write_current(workplace.settings, specs, workplace.as_of)
        content = path.read_text(encoding="utf-8")
        return dg.MaterializeResult(
            data_version=dg.DataVersion(document_hash(json.loads(content))[:16]),
            metadata={
                "path": dg.MetadataValue.path(str(path)),
                "tables": dg.MetadataValue.json(json.loads(content)),
            },
        )

    return current

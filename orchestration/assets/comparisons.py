"""Comparisons of two sets of results: how they are stored, and how long they are kept."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import dagster as dg
import pandas as pd

from living_panel.estimation.artifacts import artifact
from living_panel.estimation.artifacts.drift import (
    DRIFT_COLUMNS,
    DRIFT_NUMBERS,
    Comparison,
    Edition,
    changed_cells,
    release_diff,
)
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import PROVINCE, spec_folder
from living_panel.estimation.papers.printed import printed_pairs, printed_papers
from living_panel.ingestion.digests import listed_with_sha256
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.assets.sides import Side, baseline, find_side
from living_panel.orchestration.assets.table_drift import Ids, Places, compare_table
from living_panel.orchestration.dbt.coverage import edition_gaps
from living_panel.orchestration.outputs import store
from living_panel.orchestration.outputs.store import ASKED
from living_panel.orchestration.root import ledger, state
from living_panel.orchestration.root.processes import compute
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import module_version
from living_panel.problems import Problem

ASKED_KEPT = 5
"""Number of comparisons made on request that a refresh keeps (docs/decisions/comparisons.md)."""


def compare(
    settings: Settings,
    old: Side,
    new: Side,
    say: Callable[[str], None],
    *,
    asked: bool,
) -> Path:
    """Folder of the stored comparison of two sides, made unless it is there.

    One that a person `asked` for outlives refreshes for a while. `say` receives the progress.
    """
    identity = document_hash(
        {
            "old": [old.name, list(old.entries)],
            "new": [new.name, list(new.entries)],
            "offered": [sorted(_offered(settings, side)) for side in (old, new)],
            "code": module_version(
                "living_panel.estimation.artifacts.drift_picture",
                "living_panel.orchestration.assets.comparisons",
                data=("estimation/papers",),
            ),
        }
    )[:16]
    folder = store.get(settings.root, "comparison", identity, say)
    if folder is None:
        mark = {ASKED: b""} if asked else {}  # from the beginning: a refresh may sweep meanwhile
        files = _files(settings, identity, old, new, say) | mark
        folder = store.put(settings.root, "comparison", identity, files)
    if asked:
        (folder / ASKED).touch()
    return folder


def prune(settings: Settings, keep: Path | None) -> None:
    """Remove comparisons except `keep` and the newest `ASKED_KEPT` that a person requested."""
    folders = [p for p in (settings.artifacts / "drift").glob("[!.]*") if p.is_dir()]
    asked = sorted(
        (p for p in folders if (p / ASKED).exists()), key=lambda p: -(p / ASKED).stat().st_mtime
    )
    for folder in set(folders) - {keep, *asked[:ASKED_KEPT]}:
        store.remove(settings.root, "comparison", folder.name)
    for name in ledger.known(settings.root, "comparison"):
        if not store.folder_of(settings.root, "comparison", name).exists():
            ledger.prune(settings.root, "comparison", name)  # somebody removed it


def _files(
    settings: Settings,
    identity: str,
    old: Side,
    new: Side,
    say: Callable[[str], None],
) -> dict[str, bytes]:
    from living_panel.estimation.artifacts.drift_picture import (
        draw_drift,
    )  # loads matplotlib: only when it draws
    from living_panel.estimation.artifacts.drift_words import (
        Order,
        Sentence,
        figures_mark,
        paper_sentences,
        printed_findings,
        same_numbers_sentence,
        sentences,
        to_text,
    )
    from living_panel.estimation.tables.render import escape_markdown

    panel, *own = [_compared(settings, *pair, say) for pair in _pairs(old, new)]
    parts = [panel, *own]
    drift = pd.concat([p.linked(p.drift) for p in parts], ignore_index=True)
    diff = pd.concat([p.linked(release_diff(p.cells)) for p in parts], ignore_index=True)
    panel = replace(
        panel,
        kinds={table: k for p in parts for table, k in p.kinds.items()},
        offered=(_offered(settings, old), _offered(settings, new)),
    )
    same = sorted(table for p in parts for table in p.same_numbers)
    first, *others = sentences((old.name, new.name), panel)
    found = [Sentence(text) for text in (first, *same_numbers_sentence(same), *others)]
    mark = figures_mark(panel)
    found += [s for p in own for s in paper_sentences(p)]
    papers = printed_papers(spec_folder())
    found += printed_findings(drift, papers)
    said = [sentence.text for sentence in found]
    order = Order(
        first=frozenset(table for paper in papers.values() for _, table, _ in printed_pairs(paper)),
        curves=frozenset(table for part in parts for table in part.curves),
        units={table: part.unit for part in own for table in part.drift["table_id"].unique()},
    )
    shown = diff.drop(columns=["from_release", "to_release"])
    picture = draw_drift(drift, said[0], mark, order)
    files = {
        "coefficient_drift.parquet": _parquet(drift.assign(comparison=identity)),
        "release_diff.parquet": _parquet(diff.assign(comparison=identity)),
        "drift.txt": to_text(said, drift, shown, order=order).encode(),
        "drift.md": to_text(said, drift, shown, escape_markdown, order).encode(),
        "drift.png": picture.png,
        "drift.svg": picture.svg,
    }
    manifest = {
        "old": list(old.entries), "new": list(new.entries), "from": old.name, "to": new.name,
        "same_numbers": same, "sentences": [sentence._asdict() for sentence in found],
        "files": listed_with_sha256(files),
    }  # fmt: skip
    return files | {"manifest.json": json.dumps(manifest, indent=1, ensure_ascii=False).encode()}


def gaps_of_arrivals(settings: Settings, old: Side, new: Side) -> list[Problem]:
    """Return what the editions lack that the newer state knows and the older one did not."""
    arrived = {(s, e) for s, e, _ in _offered(settings, new) - _offered(settings, old)}
    return [
        p for source, edition in sorted(arrived) for p in edition_gaps(settings, source, edition)
    ]


def _offered(settings: Settings, side: Side) -> frozenset[Edition]:
    """Editions that a state knew, whether a cell of theirs is used or not.

    Those of the release's manifest; of the state that was built last also what the archive holds now, as an
    edition without a new cell makes no release. A release from before manifests said it names its sources.
    """
    path = settings.releases / side.release_id / "manifest.json"
    if not path.is_file():
        return frozenset()
    manifest = json.loads(path.read_text(encoding="utf-8"))
    offered = {
        (str(e["source"]), int(e["edition"]), str(e["vintage"]))
        for e in manifest.get("offered", manifest["sources"])
    }
    if list(side.entries) == (
        state.read(settings.root, "next") or state.read(settings.root, "current")
    ):
        receipts = (p.parts[-4:-1] for p in settings.archive.glob("*/*/*/receipt.yml"))
        offered |= {(source, int(edition), vintage) for source, edition, vintage in receipts}
    return frozenset(offered)


def _pairs(old: Side, new: Side) -> list[tuple[tuple[str, str], dict[str, Ids]]]:
    """Releases that are compared, the panel's first, each with the artifacts of the tables on them.

    A table of one side only is among those of the panel's releases. One that left a paper's own data for
    the panel, or came to it, is compared with nothing; on its own data, only one that is another than
    it was.
    """
    panel = (old.release_id, new.release_id)
    found: dict[tuple[str, str], dict[str, Ids]] = {panel: {}}
    before, after = ({e["table_id"]: e for e in side.entries} for side in (old, new))
    for table in sorted({*before, *after}):
        if table not in before or table not in after:
            sides = (before.get(table), after.get(table))
            was, is_now = (e["artifact_id"] if e else None for e in sides)
            found[panel][table] = (was, is_now)
            continue
        ids = (before[table]["artifact_id"], after[table]["artifact_id"])
        pair = (before[table]["release_id"], after[table]["release_id"])
        on_panel = [side == mine for side, mine in zip(pair, panel, strict=True)]
        if all(on_panel) or (not any(on_panel) and ids[0] != ids[1]):
            found.setdefault(pair, {})[table] = ids
    return list(found.items())


def _compared(
    settings: Settings,
    pair: tuple[str, str],
    artifacts: dict[str, Ids],
    say: Callable[[str], None],
) -> Comparison:
    left, right = folders = (settings.releases / pair[0], settings.releases / pair[1])
    places = Places(settings.artifacts, folders, spec_folder())
    asked = sorted(artifacts.items(), key=partial(_seconds, settings), reverse=True)
    compared = compute(
        [partial(compare_table, places, one) for one in asked], "comparing tables", say
    )
    found = {table: part for (table, _), part in zip(asked, compared, strict=True)}
    parts = {table: found[table] for table in artifacts}
    frames = [part.drift for part in parts.values() if part.drift is not None]
    old, new = load_release(left), load_release(right)
    return Comparison(
        next((part.paper for part in reversed(parts.values()) if part.paper), ""),
        (old, new),
        changed_cells(old, new),
        pd.concat(frames or [pd.DataFrame(columns=DRIFT_COLUMNS)], ignore_index=True),
        {t: part.figures_status for t, part in parts.items() if part.figures_status is not None},
        curves=frozenset(table for table, part in parts.items() if part.is_curve),
        spec_changes=tuple(change for part in parts.values() for change in part.changes),
        same_numbers=frozenset(table for table, part in parts.items() if part.is_same),
        unit=next((part.unit for part in reversed(parts.values()) if part.unit), PROVINCE),
        carried=tuple(sentence for part in parts.values() for sentence in part.carried),
    )


def _seconds(settings: Settings, asked: tuple[str, Ids]) -> float:
    """Seconds that the estimation of a table took; the longest tables are compared first."""
    table, (_, identity) = asked
    return artifact.seconds_taken(settings.artifacts / table / (identity or "none"))


def _parquet(frame: pd.DataFrame) -> bytes:
    numbers = [c for c in frame.columns if c in (*DRIFT_NUMBERS, "largest_relative_change")]
    content: bytes = frame.astype(dict.fromkeys(numbers, "float64")).to_parquet(index=False)
    return content


@builds_assets
def _assets(_: Project) -> list[dg.AssetsDefinition]:
    """Return the asset of the comparison."""
    return [drift_asset()]


def drift_asset() -> dg.AssetsDefinition:
    """Asset that compares the results of a refresh with the baseline."""

    @dg.asset(
        key=["artifacts", "drift"],
        group_name="artifacts",
        deps=[dg.AssetKey(["artifacts", "current"])],
        kinds={"python", "parquet"},
    )
    def drift(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """Change of each coefficient since the baseline, with its causes. `make accept` sets the baseline."""
        settings = workplace.settings
        try:
            new, side = find_side(settings, "next"), baseline(settings, "next")
        except ValueError:
            return dg.MaterializeResult(metadata={"comparison": "nothing came before"})
        folder = compare(settings, side, new, context.log.info, asked=False)
        prune(settings, folder)
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sentences"]
        context.log.info("\n    ".join(sentence["text"] for sentence in said))
        return dg.MaterializeResult(
            data_version=dg.DataVersion(folder.name),
            metadata={
                "drift": dg.MetadataValue.md((folder / "drift.md").read_text(encoding="utf-8")),
                "path": dg.MetadataValue.path(str(folder)),
            },
        )

    return drift

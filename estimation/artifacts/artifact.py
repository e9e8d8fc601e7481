"""An artifact: one table, estimated once, in a folder whose name is its identity.

What lies in the folder, its manifest, and checking the one against the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.artifacts import sentences
from living_panel.estimation.audit.reproduction import StoredResults
from living_panel.estimation.econometrics.inference_label import kind_of
from living_panel.estimation.econometrics.shown import show
from living_panel.estimation.econometrics.statistic import refusals, starless
from living_panel.estimation.panel.canonical import content_hash, document_hash
from living_panel.estimation.panel.errors import Unusable
from living_panel.estimation.panel.former_names import current_statistics
from living_panel.estimation.panel.release import Release, checked_manifest, release_inputs
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.tables.render import RENDERINGS
from living_panel.estimation.tables.result import TableResult
from living_panel.ingestion.digests import listed_with_sha256, sha256_of
from living_panel.problems import Place, Problem

MANIFEST_SCHEMA = 2
READ_SCHEMAS = (1, 2)
"""Schemas that this code reads; 1 has a statistic's term and inference in its name."""
SPECIFICATIONS = "specifications.parquet"
CELLS = "sample_cells.parquet"
ALONE = "numbers_alone"
"""Key of a manifest without documents, figures, cells and lineage: a table over an edition of its data."""
OF_EACH_ROW = {"blocks", "dropped", "filled", "low_quality", "simulated", "unfilled", "breaks"}
"""Entries of a sample that list its cells."""
NEEDED = {
    "table_id", "artifact_id", "release_id", "spec", "code", "sample", "sources", "files", "result_hash",
}  # fmt: skip
"""Keys that every manifest has."""


@dataclass(frozen=True)
class CodeState:
    """The code that makes a table's numbers.

    `version` hashes the modules' source and the library versions and is part of the identity; `facts`
    (commit, dirty, packages, python, platform, threads) are on record alone.
    """

    version: str
    facts: Mapping[str, Any]


def artifact_inputs(spec: Spec, release: Mapping[str, Any]) -> dict[str, Any]:
    """Parts of a release that a spec reads; `release` is the release's manifest."""
    return release_inputs(spec.kind, spec.measures, release)


def rests_on(manifest: Mapping[str, Any], release: Mapping[str, Any]) -> bool:
    """Whether an artifact, by its manifest, is also that of a release, by the release's manifest.

    Raises
    ------
    ValueError
        If the artifact's spec is one that this code does not read.
    """
    if manifest["release_id"] == release["release_id"]:
        return True
    spec = Spec.model_validate(manifest["spec"])
    return bool(manifest.get("inputs") == artifact_inputs(spec, release))


def artifact_id(
    spec: Spec, inputs: Mapping[str, Any], code: CodeState, *, numbers_alone: bool = False
) -> str:
    """First 16 characters of sha256 over spec, inputs, code version and manifest schema.

    `numbers_alone` is whether the artifact has neither documents nor the cells of its sample.
    """
    identity = {
        "spec": spec.model_dump(mode="json"),
        "inputs": inputs,
        "code": code.version,
        "manifest_schema": MANIFEST_SCHEMA,
        **({ALONE: True} if numbers_alone else {}),
    }
    return document_hash(identity)[:16]


def result_hash(result: TableResult) -> str:
    """Hash of a table's numbers at 10 significant digits: equal where the results are equal."""
    return document_hash(
        {
            "coefficients": content_hash(result.coefficients),
            "statistics": content_hash(result.statistics),
            "specifications": None
            if result.specifications is None
            else content_hash(result.specifications),
            "reason": result.reason,
        }
    )


def artifact_files(
    result: TableResult,
    spec: Spec,
    release: Release,
    code: CodeState,
    *,
    supersedes: str | None,
    run: Mapping[str, Any],
    numbers_alone: bool = False,
) -> dict[str, bytes]:
    """Everything that lies in a table's folder, by file name: numbers, renderings, figures, the manifest.

    `supersedes` is the artifact that was current for this table; `run` (run_id, created_at, seconds) is on
    record, outside every hash. With `numbers_alone` there are no renderings, figures, cells and lineage.
    """
    inputs = artifact_inputs(spec, release.manifest)
    identity = artifact_id(spec, inputs, code, numbers_alone=numbers_alone)
    files = _numbers(result) if numbers_alone else _files(result)
    manifest = {
        "manifest_schema": MANIFEST_SCHEMA,
        "table_id": spec.table,
        "artifact_id": identity,
        "title": result.title,
        "question": result.question or spec.in_words(spec.question),
        "status": result.status,
        "reason": result.reason,
        "release_id": release.release_id,
        "inputs": inputs,
        "figures_status": result.figures_status,
        "spec": spec.model_dump(mode="json"),
        "spec_sha256": spec.sha256,
        "code": {"code_version": code.version, **code.facts},
        "choices": dict(result.choices),
        "columns": dict(result.columns),
        "sample": _sample(result, numbers_alone=numbers_alone),
        "banner": list(result.banner),
        **({ALONE: True} if numbers_alone else {}),
        "sources": list(release.manifest["sources"]),
        "files": listed_with_sha256(files),
        "result_hash": result_hash(result),
        "supersedes": supersedes if supersedes != identity else None,
        "run": dict(run),
    }
    files["manifest.json"] = json.dumps(
        manifest, indent=2, ensure_ascii=False, default=_jsonable
    ).encode()
    return files


def _sample(result: TableResult, *, numbers_alone: bool) -> dict[str, Any]:
    return {
        key: value
        for key, value in result.sample.items()
        if not (numbers_alone and key in OF_EACH_ROW)
    }


def told_by(result: TableResult, *, numbers_alone: bool = False) -> dict[str, Any]:
    """Return the parts of a manifest that an estimation gives again, as a manifest that was read holds them."""
    told = {
        "title": result.title,
        "status": result.status,
        "reason": result.reason,
        "figures_status": result.figures_status,
        "choices": dict(result.choices),
        "columns": dict(result.columns),
        "sample": _sample(result, numbers_alone=numbers_alone),
        "banner": list(result.banner),
        **({"question": result.question} if result.question else {}),
    }
    plain: dict[str, Any] = json.loads(json.dumps(told, ensure_ascii=False, default=_jsonable))
    return plain


def renderings(result: TableResult) -> dict[str, bytes]:
    """Return the renderings of a table, by file name."""
    made = {name: render(result) for name, render in RENDERINGS.items()}
    return {name: c.encode() if isinstance(c, str) else c for name, c in made.items()}


def has_cells_of(folder: Path, result: TableResult) -> bool:
    """Whether the stored cells of the sample are those of an estimation."""
    path = folder / CELLS
    if not result.samples or not path.exists():
        return bool(result.samples) == path.exists()
    same = path.read_bytes() == result.cells.to_parquet(index=False)
    return same or content_hash(pd.read_parquet(path)) == content_hash(result.cells)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Manifest of an artifact.

    Raises
    ------
    ValueError
        If it is missing, cut, or of a schema this code does not read; names file and remedy.
    """
    remedy = "remove the folder; `make run` writes the artifact again"
    return checked_manifest(folder, "manifest", READ_SCHEMAS, NEEDED, remedy)


def read_statistics(folder: Path) -> pd.DataFrame:
    """Statistics of an artifact; those of an older one keep the name they had, as their statistic."""
    return current_statistics(pd.read_parquet(folder / "statistics.parquet"))


def read_results(folder: Path) -> StoredResults:
    """The numbers of an artifact, without its documents."""
    return StoredResults(
        json.loads((folder / "manifest.json").read_text(encoding="utf-8")),
        pd.read_parquet(folder / "coefficients.parquet"),
        read_statistics(folder),
    )


def read_refusals(folder: Path, statistics: pd.DataFrame) -> dict[str, str]:
    """Reason of each model, and of each specification of a curve, that is not estimable."""
    reasons = refusals(statistics)
    if (path := folder / SPECIFICATIONS).exists():
        lost = pd.read_parquet(path, columns=["model", "reason"]).dropna()
        reasons |= dict(zip(lost["model"], lost["reason"], strict=True))
    return reasons


def seconds_taken(folder: Path, *, unknown: float = 0.0) -> float:
    """Return the seconds that an artifact took to estimate; `unknown` where its manifest does not say."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return float(manifest["run"]["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return unknown


def verify_files(folder: Path) -> dict[str, Any]:
    """Check every file of an artifact against its manifest, and return the manifest.

    Raises
    ------
    Unusable
        With each file that is missing, added or changed.
    """
    manifest = read_manifest(folder)
    hold_files(folder, manifest["files"])
    return manifest


def hold_files(
    folder: Path, listed: Iterable[Mapping[str, str]], others: Set[str] = frozenset()
) -> None:
    """Check that the files of a folder are those that its manifest lists; `others` may lie there too.

    Raises
    ------
    Unusable
        With each file that is missing, added or changed.
    """
    recorded = {entry["name"]: entry["sha256"] for entry in listed}
    present = {p.name for p in folder.iterdir()} - {"manifest.json", *others}
    if problems := list(_file_problems(folder, recorded, present)):
        raise Unusable(*problems)


def _file_problems(
    folder: Path, recorded: Mapping[str, str], present: Set[str]
) -> Iterator[Problem]:
    for name in sorted(recorded.keys() | present):
        place = Place(file=str(folder / name))
        if name not in present:
            yield sentences.FILE_MISSING(place)
        elif name not in recorded:
            yield sentences.FILE_ADDED(place)
        elif sha256_of(folder / name)[0] != recorded[name]:
            yield sentences.FILE_CHANGED(place)


def shown_ways(manifest: Mapping[str, Any]) -> tuple[str, str]:
    """Labels of the primary inference and of that of the errors; "" where a table names none."""
    options = manifest["spec"]["options"]
    return str(options.get("primary") or ""), str(options.get("errors") or "")


def shown_coefficients(
    coefficients: pd.DataFrame, manifest: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Every coefficient of a table as it is shown, in their order; `show` decides."""
    ways, groups = shown_ways(manifest), dict[tuple[str, str], list[dict[str, Any]]]()
    for row in coefficients.to_dict("records"):  # a frame for each group takes ten times as long
        groups.setdefault((row["model"], row["term"]), []).append(row)
    return [show(rows, *ways) for rows in groups.values()]


def primary_rows(coefficients: pd.DataFrame, manifest: Mapping[str, Any]) -> pd.DataFrame:
    """Coefficients under the table's primary way of inference; all of them where it names none."""
    primary = manifest["spec"]["options"].get("primary")
    return coefficients[coefficients["inference"] == primary] if primary else coefficients


def undecided_stars(
    coefficients: pd.DataFrame, statistics: pd.DataFrame, manifest: Mapping[str, Any]
) -> frozenset[tuple[str, str]]:
    """Coefficients, by model and term, whose stars depend on the draws of the primary bootstrap.

    Their p-value lies within `SURE` Monte Carlo errors of a level of the stars. A wild bootstrap draws
    until that is decided, and names the models in which its last draw left it open.
    """
    # load scipy.stats and the estimators, which only a comparison needs
    from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import SURE
    from living_panel.estimation.tables.regressions import UNSETTLED

    spec = manifest["spec"]
    primary = str(spec["options"].get("primary") or "")
    rows = primary_rows(coefficients, manifest)
    if kind_of(primary) == "wild_cluster_bootstrap":
        left_open = set(statistics.loc[statistics["statistic"] == UNSETTLED, "model"])
        rows = rows[rows["model"].isin(left_open)]
    elif kind_of(primary) == "bootstrap":
        draws = int(spec["options"]["bootstrap"]["draws"])
        p = rows["p_value"].clip(lower=1 / draws)
        error = np.sqrt(p * (1 - p) / draws)
        near = [(p - level).abs() < SURE * error for level in spec["stars"].values()]
        rows = rows[np.any(near, axis=0)] if near else rows[:0]
    else:
        rows = rows[:0]
    rows = rows[~rows["model"].isin([*starless(statistics)])]
    return frozenset(zip(rows["model"], rows["term"], strict=True))


def _numbers(result: TableResult) -> dict[str, bytes]:
    files = {
        "coefficients.parquet": result.coefficients.to_parquet(index=False),
        "statistics.parquet": result.statistics.to_parquet(index=False),
    }
    if result.specifications is not None:
        files[SPECIFICATIONS] = result.specifications.to_parquet(index=False)
    return files


def _files(result: TableResult) -> dict[str, bytes]:
    files = _numbers(result) | renderings(result)
    for figure in result.pictures:
        files |= {f"{figure.name}.png": figure.png, f"{figure.name}.svg": figure.svg}
    if result.samples:
        files[CELLS] = result.cells.to_parquet(index=False)
    if result.samples or result.files is not None:
        files["coefficient_lineage.parquet"] = result.lineage.to_parquet(index=False)
    return files


def _jsonable(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} in a manifest: {value!r}")

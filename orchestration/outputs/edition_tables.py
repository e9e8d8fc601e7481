"""Tables over the editions of their data set: estimating each once, and the paths of findings. Loads no Dagster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd

from living_panel.estimation.artifacts import artifact
from living_panel.estimation.artifacts.carriers import of_models
from living_panel.estimation.data_sets.data_set import DataSet, load_data_set
from living_panel.estimation.data_sets.dates import last_day
from living_panel.estimation.data_sets.form import Edition
from living_panel.estimation.findings.declared import PANEL, Followed, base_of, followed
from living_panel.estimation.panel.spec import PAPERS, Spec
from living_panel.estimation.panel.sql import literal, quoted
from living_panel.estimation.papers.paper_data import rests_on_panel
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.papers.source import SetEdition, find_data_folder, origin_of
from living_panel.orchestration.outputs import store
from living_panel.orchestration.outputs.edition_steps import (
    ABOUT_STEPS,
    STEP_COLUMNS,
    edition_steps,
    split_steps,
    terms_of,
    tested_steps,
)
from living_panel.orchestration.outputs.release_files import freeze_paper
from living_panel.orchestration.outputs.table_artifact import (
    artifact_folder,
    make_artifact,
    name_of,
    release_manifest,
)
from living_panel.orchestration.root import state
from living_panel.orchestration.root.processes import compute
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import code_of

Say = Callable[[str], None]
Entry = dict[str, str]
NOTE = "editions"
REBUILT = "as_of_"
SCHEMA = "data_sets"
ABOUT_PATHS = "Estimates of the followed findings on each edition of their data"
PATH_COLUMNS = {
    "data_set": "varchar", "edition": "varchar", "released": "date", "paper": "varchar", "table_id": "varchar",
    "artifact_id": "varchar", "finding": "varchar", "claim": "varchar", "path": "varchar", "model": "varchar",
    "term": "varchar",
    "estimate": "double", "std_error": "double", "p_value": "double", "ci_low": "double", "ci_high": "double",
    "n_obs": "integer", "n_units": "integer", "state": "varchar",
    "step": "varchar", "is_large": "boolean", "step_change": "double", "step_std_error": "double",
    "step_p_value": "double", "step_p_holm": "double",
    "base": "varchar", "base_change": "double", "base_std_error": "double", "base_p_value": "double",
    "base_p_holm": "double", "test_groups": "integer", "test_bandwidth": "integer",
}  # fmt: skip
TESTED = [*PATH_COLUMNS][[*PATH_COLUMNS].index("step") :]
"""Columns on the tests of the steps; empty for states of the warehouse's panel, which are not tested."""


FORMER_PATHS = f"""
create or replace view results.edition_path as
select {", ".join(c for c in PATH_COLUMNS if c not in {"finding", "claim", "state", *TESTED})},
    claim as conclusion, state = 'holds' as holds
from results.finding_paths
"""  # no `exclude`: DuckDB writes its columns in another order each time, and a view is digested by its text
"""The former name of `results.finding_paths`, until version 0.6."""


def followed_tables(
    specs: Iterable[Spec], papers: Path = PAPERS
) -> list[tuple[Spec, Path, DataSet]]:
    """Tables with a followed finding, each with its paper's data folder and data set."""
    entries = []
    for spec in specs:
        data = find_data_folder(papers / spec.paper) if spec.paper else None
        choice = origin_of(data, SetEdition) if data else None
        if data is None or choice is None:
            continue
        if any(of.table == spec.table for _, of in followed(spec.paper, papers)):
            entries.append((spec, data, load_data_set(choice.set)))
    return entries


def estimate_over_editions(
    settings: Settings,
    specs: Iterable[Spec],
    code: str,
    run_id: str,
    say: Say,
    *,
    in_full: bool = False,
) -> int:
    """Estimate each followed table on each edition, as far as that is not there, and note the artifacts.

    An estimate over an edition is an artifact of the followed models' numbers alone, unless the store has the table in
    full.

    Parameters
    ----------
    settings : Settings
        The data root.
    specs : iterable of Spec
        All tables; those without a followed finding are passed over.
    code : str
        Version of what reads and freezes papers' data.
    run_id : str
        Run on whose behalf they are estimated.
    say : callable
        Says which artifact was damaged.
    in_full : bool
        Make documents, cells and lineage too, and split every step into its parts.

    Returns
    -------
    int
        Number of artifacts that were estimated now; the others were verified.
    """
    wanted = [
        (spec, data, data_set, edition)
        for spec, data, data_set in followed_tables(specs)
        for edition in data_set.editions
    ]
    if not (wanted or are_followed(settings)):
        return 0
    releases = _released(settings, wanted, code)
    entries: list[Entry] = []
    made: dict[Path, Callable[[], Path]] = {}
    for spec, data, data_set, edition in wanted:
        release = releases[data, edition.name]
        folder = artifact_folder(settings.artifacts, spec, release)
        is_there = store.get(settings.root, "artifact", name_of(folder), say) is not None
        asked = spec
        if not (is_there or in_full):
            asked = of_models(spec, terms_of(spec))
            folder = artifact_folder(settings.artifacts, asked, release, numbers_alone=True)
            is_there = store.get(settings.root, "artifact", name_of(folder), say) is not None
        if not is_there:
            question = (folder, asked, code_of(spec), release, None, run_id)
            made[folder] = partial(make_artifact, *question, numbers_alone=not in_full)
        entries.append(
            {
                "data_set": data_set.name, "edition": edition.name, "table_id": spec.table,
                "artifact_id": folder.name, "release_id": release.name,
            }
        )  # fmt: skip
    compute([*made.values()], "estimating tables", say)
    state.write(settings.root, NOTE, entries)
    split_steps(settings, [*{spec.table: spec for spec, *_ in wanted}.values()], every=in_full)
    return len(made)


def _released(
    settings: Settings,
    wanted: Sequence[tuple[Spec, Path, DataSet, Edition]],
    code: str,
) -> dict[tuple[Path, str], Path]:
    """Release of each paper's data on each edition."""
    keys = sorted({(data, edition.name) for _, data, _, edition in wanted})
    calls = [partial(freeze_paper, settings, data, code, edition) for data, edition in keys]
    return dict(zip(keys, compute(calls), strict=True))


def are_followed(settings: Settings) -> bool:
    """Whether tables were estimated over editions in this root, so that a refresh keeps them so."""
    return bool(state.read(settings.root, NOTE))


def edition_path(settings: Settings, papers: Path = PAPERS) -> pd.DataFrame:
    """One row for each followed coefficient and edition, from the noted artifacts; see `PATH_COLUMNS`.

    Steps and states are those of `estimation.findings.steps`: each edition is tested against the one before and
    against the base, with Holm's correction over the steps of a path, and apart over its comparisons with the base.
    """
    rows = [
        row
        for entry in state.read(settings.root, NOTE)
        for edition in [load_data_set(entry["data_set"]).edition(entry["edition"])]
        for row in _path_rows(settings, entry, (edition.name, edition.day), papers)
    ]
    frame = pd.DataFrame(rows, columns=[*PATH_COLUMNS])
    if frame.empty:
        return frame
    tests = tested_steps(settings, papers)
    keys = ["finding", "path"]
    declared = {
        (paper, f.id): of for paper in set(frame["paper"]) for f, of in followed(paper, papers)
    }
    paths = [
        _with_tests(path, tests[(tests[["paper", *keys]] == [paper, finding, name]).all(axis=1)],
                    declared[paper, finding])
        for (paper, finding, name), path in frame.groupby(["paper", *keys], sort=False)
    ]  # fmt: skip
    return pd.concat(paths).sort_index()


def _with_tests(path: pd.DataFrame, tests: pd.DataFrame, of: Followed) -> pd.DataFrame:
    """Rows of one path with their steps, their tests, and the states that follow from them."""
    # statistics take a second to load, which a run without followed tables should not cost
    from living_panel.estimation.econometrics.robustness.multiple_tests import holm
    from living_panel.estimation.findings.steps import edition_state, is_large, step_of

    editions = path["edition"].tolist()
    base = base_of(of, editions)
    by_pair = tests.set_index(["from_edition", "to_edition"])
    path = path.assign(base=base)
    own = path["state"].tolist()
    for name, before in (("step", [None, *editions[:-1]]), ("base", [base] * len(editions))):
        pairs = pd.MultiIndex.from_tuples([*zip(before, editions, strict=True)])
        found = by_pair.reindex(pairs)
        path[f"{name}_change"] = found["change"].to_numpy()
        path[f"{name}_std_error"] = found["std_error"].to_numpy()
        path[f"{name}_p_value"] = found["p_value"].to_numpy()
        path[f"{name}_p_holm"] = holm(path[f"{name}_p_value"])
        if name == "step":
            path["test_groups"] = found["n_groups"].to_numpy()
            path["test_bandwidth"] = found["bandwidth"].to_numpy()
    at_base = own[editions.index(base)]
    path["step"] = [
        step_of(p, *pair)
        for p, pair in zip(
            path["step_p_holm"], zip([None, *own[:-1]], own, strict=True), strict=True
        )
    ]
    large = of.large.value if of.large else None
    path["is_large"] = [is_large(change, large) for change in path["step_change"]]
    path["state"] = [
        edition_state(state, p, at_base) for state, p in zip(own, path["base_p_holm"], strict=True)
    ]
    return path


def state_path(settings: Settings, listing: Path, papers: Path = PAPERS) -> pd.DataFrame:
    """The same of tables on the panel, by the states of it that the data root has.

    They are the states rebuilt as of an edition or a date, and last the one of `listing`, the list of current tables.
    """
    names = [n for n in state.vantages(settings.root) if n.startswith(REBUILT)]
    files = [
        *((n.removeprefix(REBUILT), state.path(settings.root, n)) for n in names),
        ("", listing),
    ]
    rows: list[dict[str, object]] = []
    for name, file in files:
        for entry in json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []:
            folder = settings.artifacts / entry["table_id"] / entry["artifact_id"]
            if (folder / "manifest.json").is_file() and _is_on_panel(folder):
                manifest = release_manifest(settings.releases / entry["release_id"])
                obtained = max(str(source["vintage"]) for source in manifest["sources"])
                edition = (
                    (f"as of {name}", last_day(name)) if name else ("newest", last_day(obtained))
                )
                rows += _path_rows(settings, {**entry, "data_set": PANEL}, edition, papers)
    return pd.DataFrame(rows, columns=[*PATH_COLUMNS])


def followed_path(settings: Settings, listing: Path) -> pd.DataFrame:
    """Followed coefficients of all papers: over editions of data sets, and over states of the panel."""
    both = [edition_path(settings), state_path(settings, listing)]
    there = [frame for frame in both if len(frame)]
    return pd.concat(there, ignore_index=True) if there else both[0]


def _is_on_panel(folder: Path) -> bool:
    paper = str(artifact.read_manifest(folder)["spec"].get("paper", ""))
    return bool(paper) and rests_on_panel(paper)


def _path_rows(
    settings: Settings, entry: Entry, edition: tuple[str, date], papers: Path
) -> Iterator[dict[str, object]]:
    """Rows of one table, in the edition or state of this name and day."""
    folder = settings.artifacts / entry["table_id"] / entry["artifact_id"]
    manifest = artifact.read_manifest(folder)
    paper = str(manifest["spec"]["paper"])
    mine = [(f, of) for f, of in followed(paper, papers) if of.table == entry["table_id"]]
    if not mine:
        return
    # statistics take a second to load, which a run without followed tables should not cost
    from living_panel.estimation.report.finding import path_state

    printed = load_paper(paper, papers)
    numbers = artifact.primary_rows(pd.read_parquet(folder / "coefficients.parquet"), manifest)
    for finding, of in mine:
        for path in of.paths:
            named = (numbers["model"] == path.model) & (numbers["term"] == path.term)
            matches = numbers[named]
            row = matches.iloc[0].to_dict() if len(matches) else {}
            number = {
                k: row.get(k)
                for k in ("estimate", "std_error", "p_value", "ci_low", "ci_high", "n_obs")
            }
            yield {
                "data_set": entry["data_set"], "edition": edition[0], "released": edition[1], "paper": paper,
                "table_id": entry["table_id"], "artifact_id": entry["artifact_id"],
                "finding": finding.id, "claim": finding.claim, "path": path.title,
                "model": path.model, "term": path.term,
                **number, "n_units": row.get("n_clusters"),
                "state": path_state(finding, row, printed) if row else None,
            }  # fmt: skip


def write_edition_tables(settings: Settings, target: Path) -> None:
    """Write the paths, and the values of the data sets that they rest on, into a warehouse file."""
    if not are_followed(settings):
        return
    path = edition_path(settings)
    names = sorted(set(path["data_set"]))
    with duckdb.connect(str(target)) as connection:
        connection.execute("create schema if not exists results")
        _write_rows(connection, "finding_paths", path, PATH_COLUMNS, ABOUT_PATHS)
        connection.execute(FORMER_PATHS)
        steps = edition_steps(settings)
        _write_rows(connection, "edition_steps", steps, STEP_COLUMNS, ABOUT_STEPS)
        connection.execute(f"create schema if not exists {SCHEMA}")
        for name in names:
            _write_values(connection, load_data_set(name))
        connection.execute("checkpoint")


def _write_rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: pd.DataFrame,
    columns: Mapping[str, str],
    about: str,
) -> None:
    typed = [duckdb.ColumnExpression(n).cast(kind).alias(n) for n, kind in columns.items()]
    connection.execute(f"drop table if exists results.{quoted(name)}")
    connection.from_df(rows).select(*typed).order("all").create(f"results.{name}")
    connection.execute(f"comment on table results.{quoted(name)} is {literal(about)}")


def _write_values(connection: duckdb.DuckDBPyConnection, data_set: DataSet) -> None:
    """Write one data set in long form, unless the file has it from the same editions."""
    content = " ".join(f"{e.name} {e.sha256[:12]}" for e in data_set.editions)
    comment = f"{data_set.form.title}, editions {content}"
    known = connection.execute(
        "select comment from duckdb_tables() where schema_name = ? and table_name = ?",
        [SCHEMA, data_set.name],
    ).fetchone()
    if known and known[0] == comment:
        return
    table = f"{SCHEMA}.{quoted(data_set.name)}"
    parts = []
    for edition in data_set.editions:
        values = data_set.read(edition).drop(columns="quality")
        long = values.melt(["unit", "year"], var_name="measure").dropna(subset=["value"])
        parts.append(long.assign(edition=edition.name))
    connection.register("value_rows", pd.concat(parts, ignore_index=True))
    connection.execute(
        f"create or replace table {table} as select unit, year::integer as period, measure, edition, value "
        "from value_rows order by all"
    )
    connection.execute(f"comment on table {table} is {literal(comment)}")
    connection.unregister("value_rows")

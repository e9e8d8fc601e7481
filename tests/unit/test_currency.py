"""What is kept from one refresh to the next: each of its inputs, changed alone, demands new work.

One class for each kept thing. Its constructor leaves the thing as a refresh does, `is_kept` says whether the next
refresh would keep it, and each other public method changes one input.
"""

from __future__ import annotations

import inspect
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import FunctionType

import duckdb
import pandas as pd
import pytest

from living_panel.estimation.audit.reproduction import COLUMNS
from living_panel.estimation.findings import declared
from living_panel.estimation.panel.release import TABLES
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.papers.printed import pairs
from living_panel.estimation.report import PaperEntry
from living_panel.ingestion.files import write_durably
from living_panel.orchestration.assets import comparisons, publication, report
from living_panel.orchestration.assets.publication import LABEL, StateSources, aside, build_digest
from living_panel.orchestration.assets.sides import Side
from living_panel.orchestration.commands.authoring import write_checksums
from living_panel.orchestration.dbt import build_note, project_files
from living_panel.orchestration.dbt.project import dbt_variables
from living_panel.orchestration.outputs import edition_steps, releases, report_drafts
from living_panel.orchestration.outputs.release_files import freeze_paper
from living_panel.orchestration.outputs.report_drafts import Draft, drafts, keep_drafts
from living_panel.orchestration.outputs.report_identity import page_identity
from living_panel.orchestration.outputs.reproduction_cells import (
    CAUSES,
    INPUTS,
    NAME,
    compare_papers,
    search_causes,
)
from living_panel.orchestration.outputs.table_artifact import artifact_folder, make_artifact
from living_panel.orchestration.root import ledger, state, versions
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import code_of
from tests.unit.release_fixture import tiny_release

PAPER = "kleiber_zeileis_2008"
TABLE = f"{PAPER}_firms"
FOLLOWED = "growth_editions_2026"
KEPT_BEFORE = "kept from the refresh before"


def write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(json.dumps(content).encode(), path)


@pytest.fixture(scope="module")
def estimated(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A root with one table of a shipped paper, as a refresh leaves it."""
    folder = tmp_path_factory.mktemp("estimated")
    settings = Settings(folder / "data", folder / "state")
    spec = load_spec(PAPERS / PAPER / "specs" / f"{TABLE}.yml")
    release = freeze_paper(settings, PAPERS / PAPER / "data", "code of the test")
    artifact = artifact_folder(settings.artifacts, spec, release)
    make_artifact(artifact, spec, code_of(spec), release, None, "run")
    entry = {"table_id": TABLE, "artifact_id": artifact.name, "release_id": release.name}
    state.write(settings.root, "next", [entry])
    return settings


class Kept:
    """A root of one's own, which the changes have in common."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, estimated: Settings) -> None:
        self.folder, self.patch = folder, patch
        self.settings = Settings(folder / "data", folder / "state")
        if self.rests_on_tables:
            shutil.copytree(estimated.root, self.settings.root)
            shutil.rmtree(self.settings.releases)  # estimates on other samples take seconds
        self.settings.build.mkdir(parents=True, exist_ok=True)
        self.begin()

    rests_on_tables = False

    def begin(self) -> None:
        """Leave the thing as a refresh does."""
        raise NotImplementedError

    def is_kept(self) -> bool:
        """Whether the next refresh keeps it."""
        raise NotImplementedError


class WithCode(Kept):
    """What the code makes, whose version counts."""

    def a_library(self) -> None:
        """Of another version: so has the code that uses it."""
        known = versions._libraries()
        self.patch.setattr(versions, "_libraries", lambda: {**known, "numpy": "0.1"})
        versions.module_version.cache_clear()


class ReproductionCells(WithCode):
    """Rows of printed numbers beside ours; the stored ones say in `place` that they were kept."""

    rests_on_tables = True
    printed = "185.407,,,185.407"

    def begin(self) -> None:
        self.papers = Path(shutil.copytree(PAPERS / PAPER, self.folder / "papers" / PAPER)).parent
        cells, damaged = compare_papers(self.settings, self.papers)
        assert len(cells) and not damaged
        cells.assign(place=KEPT_BEFORE).to_parquet(self.settings.build / NAME, index=False)

    def is_kept(self) -> bool:
        cells, _ = compare_papers(self.settings, self.papers)
        assert len(cells)
        return set(cells["place"]) == {KEPT_BEFORE}

    def the_artifact_of_its_table(self) -> None:
        (entry,) = state.read(self.settings.root, "next")
        folder = self.settings.artifacts / TABLE
        shutil.copytree(folder / entry["artifact_id"], folder / ("b" * 16))
        state.write(self.settings.root, "next", [{**entry, "artifact_id": "b" * 16}])

    def a_printed_number(self) -> None:
        file = self.papers / PAPER / "printed" / "table_plm.csv"
        text = file.read_text(encoding="utf-8")
        assert self.printed in text
        file.write_text(text.replace(self.printed, "186.407,,,186.407"), encoding="utf-8")
        write_checksums(PAPER, self.papers)

    def the_form_of_its_rows(self) -> None:
        cells = pd.read_parquet(self.settings.build / NAME)
        cells[[*COLUMNS[1:], INPUTS]].to_parquet(self.settings.build / NAME, index=False)


class ReproductionCauses(WithCode):
    """Causes of a printed number that differs; the stored ones say in `detail` that they were kept."""

    rests_on_tables = True

    def begin(self) -> None:
        self.papers = Path(shutil.copytree(PAPERS / PAPER, self.folder / "papers" / PAPER)).parent
        self.cells = compare_papers(self.settings, self.papers)[0].drop(columns=INPUTS)
        self._differ(0)
        found = search_causes(self.settings, self.papers, self.cells)
        assert len(found)
        found.assign(detail=KEPT_BEFORE).to_parquet(self.settings.build / CAUSES, index=False)

    def _differ(self, row: int) -> None:
        self.cells.loc[self.cells.index[row], ["ours", "status"]] = [9.0, "differs"]

    def is_kept(self) -> bool:
        found = search_causes(self.settings, self.papers, self.cells)
        return set(found["detail"]) == {KEPT_BEFORE}

    def a_number_that_differs(self) -> None:
        self._differ(1)

    def a_table_on_another_edition(self) -> None:
        (entry,) = state.read(self.settings.root, "next")
        edition = {"data_set": "a set", "edition": "2", **entry}
        state.write(self.settings.root, "editions", [edition])

    def our_number_beside_a_printed_one(self) -> None:
        file = self.papers / PAPER / "side_by_side.yml"
        text = file.read_text(encoding="utf-8")
        changed = text.replace("models: {fe: [fe]}", "models: {fe: [re]}")
        assert changed != text
        file.write_text(changed, encoding="utf-8")
        write_checksums(PAPER, self.papers)
        pairs.cache_clear()


class EditionSteps(WithCode):
    """Parts of the change between two editions; `compute` is spared, a missing step counts."""

    def begin(self) -> None:
        papers = Path(shutil.copytree(PAPERS / FOLLOWED, self.folder / "papers" / FOLLOWED)).parent
        self.findings = papers / FOLLOWED / "findings.yml"
        self.patch.setattr(edition_steps.terms_of, "__defaults__", (papers,))
        self.patch.setattr(
            edition_steps,
            "compute",
            lambda calls: [({pair: [] for pair in call.args[3]}, {}) for call in calls],
        )
        self.spec = load_spec(papers / FOLLOWED / "specs" / f"{FOLLOWED}_slopes.yml")
        self._editions("a", "b", "c")
        assert edition_steps.split_steps(self.settings, [self.spec]) == 3  # 0-1, 1-2, 0-2

    def _editions(self, *artifacts: str) -> None:
        entries = [
            {"data_set": "a set", "edition": str(n), "table_id": self.spec.table, "artifact_id": name,
             "release_id": f"r{n}"}
            for n, name in enumerate(artifacts)
        ]  # fmt: skip
        state.write(self.settings.root, "editions", entries)

    def is_kept(self) -> bool:
        return edition_steps.split_steps(self.settings, [self.spec]) == 0

    def the_first_artifact(self) -> None:
        self._editions("a2", "b", "c")

    def the_last_artifact(self) -> None:
        self._editions("a", "b", "c2")

    def a_further_edition(self) -> None:
        self._editions("a", "b", "c", "d")

    def the_terms_that_are_followed(self) -> None:
        text = self.findings.read_text(encoding="utf-8")
        changed = text.replace(
            "model: own_volatility, term: volatility}", "model: own_volatility, term: x}"
        )
        assert changed != text
        self.findings.write_text(changed, encoding="utf-8")
        declared.load_findings.cache_clear()

    def a_noted_step(self) -> None:
        """One that is gone."""
        state.write(
            self.settings.root, "edition_steps", state.read(self.settings.root, "edition_steps")[:1]
        )


class BuildOfMarts(Kept):
    """The marts that dbt built, from the rows of two sources and a project of two files."""

    part = "marts"

    def begin(self) -> None:
        self.as_of: str | None = None
        self.project = self.folder / "project"
        for name in ("models/panel.sql", "seeds/units.csv"):
            (self.project / name).parent.mkdir(parents=True)
            (self.project / name).write_text("as it was")
        self.patch.setattr(project_files, "DBT_PROJECT", self.project)
        self.patch.delenv("LIVING_PANEL_COVERAGE", raising=False)
        for source in ("one", "two"):
            self._part(source).parent.mkdir(parents=True)
            self._part(source).write_text("rows")
        self._inputs_of_results()
        self.file = self.settings.build_file(None)
        self.file.write_text("built")
        variables = dbt_variables(self.settings, self.as_of)
        parts = {
            name: build_note.fingerprints(self.settings, name, variables)
            for name in build_note.INPUTS
        }
        build_note.remember(self.settings.root, self.file, parts)

    def _part(self, source: str) -> Path:
        return (
            self.settings.extracted
            / source
            / "edition=2024"
            / "vintage=2024-10-01"
            / "part.parquet"
        )

    def _inputs_of_results(self) -> None:
        pass

    def is_kept(self) -> bool:
        inputs, variables = build_note.INPUTS[self.part], dbt_variables(self.settings, self.as_of)
        now = build_note.fingerprint(inputs(self.settings), variables, self.settings.root)
        return build_note.made_from(self.settings.root, self.file, self.part, now) is not None

    def a_model_of_the_project(self) -> None:
        (self.project / "models" / "panel.sql").write_text("select 1")

    def a_seed_of_the_project(self) -> None:
        (self.project / "seeds" / "units.csv").write_text("unit")

    def the_version_of_dbt(self) -> None:
        self.patch.setattr(project_files.metadata, "version", lambda _: "0.1")

    def the_coverage_that_is_expected(self) -> None:
        self.patch.setenv("LIVING_PANEL_COVERAGE", "fixture")

    def the_date(self) -> None:
        self.as_of = "2012-01-01"

    def the_edition(self) -> None:
        self.as_of = "2012"

    def the_build_file(self) -> None:
        """Touched by somebody: what it holds is not known."""
        os.utime(self.file, ns=(1, 1))

    def the_log_of_the_build_file(self) -> None:
        self.file.with_name(self.file.name + ".wal").touch()

    def the_note_of_the_build(self) -> None:
        build_note.forget(self.settings.root, self.file)


class BuildOfMartsAlone(BuildOfMarts):
    """The inputs that the results do not have."""

    def rows_of_a_source(self) -> None:
        self._part("two").write_text("other rows")

    def a_vintage_of_a_source(self) -> None:
        part = self._part("two")
        later = part.parents[1] / "vintage=2025-01-01" / part.name
        later.parent.mkdir()
        later.write_text("rows")

    def a_source(self) -> None:
        """Withdrawn."""
        self._part("two").unlink()


class BuildOfResults(BuildOfMarts):
    """The results that dbt built, from manifests, lists and printed numbers."""

    part = "results"

    def _inputs_of_results(self) -> None:
        root = self.settings.root
        write_json(self._manifest("t", "a"), {"result_hash": "1"})
        write_json(self._manifest("drift", "a"), {"from": "1"})
        state.write(root, "next", [{"table_id": "t", "artifact_id": "a", "release_id": "r"}])
        state.write(root, "editions", [])
        state.write(root, "edition_steps", [])
        for name in (NAME, CAUSES):
            (self.settings.build / name).write_text("rows")

    def _manifest(self, table: str, artifact: str) -> Path:
        return self.settings.artifacts / table / artifact / "manifest.json"

    def a_manifest(self) -> None:
        write_json(self._manifest("t", "a"), {"result_hash": "2"})

    def an_artifact(self) -> None:
        write_json(self._manifest("t", "b"), {"result_hash": "1"})

    def a_comparison(self) -> None:
        write_json(self._manifest("drift", "b"), {"from": "1"})

    def the_list_of_tables(self) -> None:
        state.write(self.settings.root, "next", [])

    def the_list_of_tables_of_a_date(self) -> None:
        state.write(self.settings.root, state.vantage("2012"), [])

    def tables_on_editions(self) -> None:
        entry = {
            "data_set": "a set",
            "edition": "2",
            "table_id": "t",
            "artifact_id": "a",
            "release_id": "r",
        }
        state.write(self.settings.root, "editions", [entry])

    def steps_between_editions(self) -> None:
        step = {"data_set": "a set", "table_id": "t", "from_edition": "1", "to_edition": "2", "identity": "i",
                "rows": []}  # fmt: skip
        state.write(self.settings.root, "edition_steps", [step])

    def printed_numbers_beside_ours(self) -> None:
        (self.settings.build / NAME).write_text("other rows")

    def causes_of_differences(self) -> None:
        (self.settings.build / CAUSES).write_text("other rows")


class Publication(Kept):
    """A finished state: it is published as it is. The build's note is renewed, so that one change counts alone."""

    def begin(self) -> None:
        part = (
            self.settings.extracted / "s" / "edition=2024" / "vintage=2024-10-01" / "part.parquet"
        )
        part.parent.mkdir(parents=True)
        part.write_text("rows")
        self.part, self.file = part, self.settings.build_file(None)
        found = tiny_release()
        frames = {name: getattr(found, name) for name in TABLES}
        frames["panel"] = frames["panel"].reset_index()
        with duckdb.connect(str(self.file)) as connection:
            connection.execute("create schema marts; create schema results")
            for name, frame in frames.items():
                connection.register("frame", frame)
                connection.execute(f"create table marts.{name} as from frame")
        self.release = releases.built_release(self.file)
        releases.remember(self.settings, None, self.release)
        self._release(self.release, {"sources": [], "offered": []})
        self._release("own", {"sources": [{"source": "own"}]})
        self.entries = [self._entry("t", self.release), self._entry("u", "own")]
        self._list()
        self._note()
        (aside(self.settings)).mkdir()
        self.label = f"{self.release}-{build_digest(self.file)[:12]}"
        (aside(self.settings) / LABEL).write_text(self.label)

    def _release(self, name: str, manifest: object) -> None:
        write_json(self.settings.releases / name / "manifest.json", manifest)

    def _entry(self, table: str, release: str) -> dict[str, str]:
        write_json(self.settings.artifacts / table / "a" / "manifest.json", {})
        return {"table_id": table, "artifact_id": "a", "release_id": release}

    def _list(self) -> None:
        state.write(self.settings.root, "next", self.entries)

    def _note(self) -> None:
        variables = dbt_variables(self.settings, None)
        parts = {
            name: build_note.fingerprints(self.settings, name, variables)
            for name in build_note.INPUTS
        }
        build_note.remember(self.settings.root, self.file, parts)

    def is_kept(self) -> bool:
        return not (
            publication.unfinished(self.settings) or publication._without_report(self.settings)
        )

    def rows_of_a_source(self) -> None:
        self.part.write_text("other rows")

    def the_marts(self) -> None:
        with duckdb.connect(str(self.file)) as connection:
            connection.execute("update marts.panel set gdp_cny_100m = gdp_cny_100m + 1")
        self._note()
        (aside(self.settings) / LABEL).write_text(f"{self.release}-{build_digest(self.file)[:12]}")

    def the_panel_of_a_table(self) -> None:
        """Estimated on another release of the panel."""
        self._release("older", {"sources": [], "offered": []})
        self.entries[0]["release_id"] = "older"
        self._list()
        self._note()

    def a_release_that_cannot_be_read(self) -> None:
        self.entries[1]["release_id"] = "nowhere"
        self._list()
        self._note()

    def every_table(self) -> None:
        """None was estimated."""
        self.entries = []
        self._list()
        self._note()

    def an_artifact(self) -> None:
        """One that is gone."""
        shutil.rmtree(self.settings.artifacts / "u")
        self._note()

    def a_manifest(self) -> None:
        write_json(self.settings.artifacts / "t" / "a" / "manifest.json", {"result_hash": "2"})

    def the_report(self) -> None:
        (aside(self.settings) / LABEL).write_text("0123-4567")


class LedgerLine(Kept):
    """The line that says that a file stands as it was published."""

    def begin(self) -> None:
        self.file = self.settings.warehouse / "one.duckdb"
        self.file.parent.mkdir()
        self.file.write_text("bytes")
        ledger.record(self.settings.root, "warehouse", self.file.name)

    def is_kept(self) -> bool:
        """Whether recording it again adds no line."""
        lines = len(ledger.lines(ledger.file_of(self.settings.root, "warehouse")))
        ledger.record(self.settings.root, "warehouse", self.file.name)
        return len(ledger.lines(ledger.file_of(self.settings.root, "warehouse"))) == lines

    def the_bytes(self) -> None:
        self.file.write_text("others")

    def that_it_was_pruned(self) -> None:
        ledger.prune(self.settings.root, "warehouse", self.file.name)

    def that_it_was_withdrawn(self) -> None:
        sha256 = ledger.fingerprint("warehouse", self.file)
        ledger.append(self.settings.root, "warehouse", self.file.name, "withdrawn", sha256)


class StoredComparison(WithCode):
    """A comparison of two states; comparing is spared, a new folder counts."""

    def begin(self) -> None:
        self.patch.setattr(comparisons, "_files", lambda *_: {"manifest.json": b"{}"})
        for name in ("r1", "r2"):
            self._offer(name, 2023)
        self.sides = [Side(name, (self._entry(name),)) for name in ("r1", "r2")]
        self._compare()

    def _offer(self, release: str, edition: int) -> None:
        offered = [{"source": "s", "edition": edition, "vintage": "2024-01-01"}]
        write_json(
            self.settings.releases / release / "manifest.json", {"sources": [], "offered": offered}
        )

    def _entry(self, release: str, artifact: str = "a") -> dict[str, str]:
        return {"table_id": "t", "artifact_id": artifact, "release_id": release}

    def _compare(self) -> str:
        found = comparisons.compare(self.settings, *self.sides, lambda _: None, asked=False)
        return found.name

    def is_kept(self) -> bool:
        before = {path.name for path in (self.settings.artifacts / "drift").iterdir()}
        return self._compare() in before

    def an_artifact_of_the_earlier_state(self) -> None:
        self.sides[0] = Side("r1", (self._entry("r1", "b"),))

    def an_artifact_of_the_later_state(self) -> None:
        self.sides[1] = Side("r2", (self._entry("r2", "b"),))

    def the_name_of_a_state(self) -> None:
        self.sides[0] = Side("another", self.sides[0].entries)

    def the_editions_that_a_state_knew(self) -> None:
        self._offer("r2", 2024)


class PageOfPaper(WithCode):
    """The page of a paper on data of its own."""

    rests_on_tables = True

    def begin(self) -> None:
        self.pages = self.folder / "pages"
        self.pages.mkdir()
        identity = page_identity(self._call().args[7], "a state", on_panel=False)
        head = f'<meta name="generator" content="living-panel {identity}">'
        (self.pages / f"{PAPER}.html").write_text(head)
        entry = PaperEntry(PAPER, f"{PAPER}.html", "A", 2008, (), "")
        shown = Draft(entry, None, self._call().args[7], False, False, "a finding", {})
        keep_drafts(self.settings, [shown])

    def _call(self) -> Callable[[], Draft]:
        listing = state.path(self.settings.root, "next")
        return drafts(self.settings, listing, [], self.pages, self.pages, None, "a state")[PAPER]

    def is_kept(self) -> bool:
        return self._call().func is not report_drafts.draft

    def the_artifact_of_its_table(self) -> None:
        ReproductionCells.the_artifact_of_its_table(self)

    def a_comparison_that_is_about_it(self) -> None:
        folder = self.settings.artifacts / "drift" / "c"
        texts = {"From one to two.": "", "It moved.": PAPER}
        sentences = [{"text": text, "paper": paper} for text, paper in texts.items()]
        write_json(
            folder / "manifest.json",
            {"from": "1", "to": "2", "old": [], "new": [], "sentences": sentences},
        )
        for name in ("coefficient_drift", "release_diff"):
            pd.DataFrame({"table_id": []}).to_parquet(folder / f"{name}.parquet")

    def causes_of_its_differences(self) -> None:
        columns = [*report_drafts.causes.COLUMNS, INPUTS]
        row = pd.DataFrame([dict.fromkeys(columns, "1") | {"paper": PAPER}])
        row.to_parquet(self.settings.build / CAUSES, index=False)

    def a_followed_coefficient(self) -> None:
        rows = pd.DataFrame([{"paper": PAPER, "estimate": 0.5}])
        self.patch.setattr(report_drafts, "followed_path", lambda *_: rows)

    def a_step_between_editions(self) -> None:
        rows = pd.DataFrame([{"paper": PAPER, "change": 0.5}])
        self.patch.setattr(report_drafts, "edition_steps", lambda *_: rows)

    def a_style_of_the_pages(self) -> None:
        self.patch.setattr(report_drafts, "looks", lambda: ["another style"])

    def the_page(self) -> None:
        """One that is gone."""
        (self.pages / f"{PAPER}.html").unlink()

    def the_note_of_the_draft(self) -> None:
        keep_drafts(self.settings, [])


class FrontPage(WithCode):
    """The report as a whole, on the lists of a state."""

    rests_on_tables = True

    def begin(self) -> None:
        self.label = "a state"
        self.before = self._identity()

    def _identity(self) -> str:
        root = self.settings.root
        sources = StateSources(state.path(root, "next"), self.settings.build_file(None), self.label)
        return report._identity(self.settings, sources)

    def is_kept(self) -> bool:
        return self._identity() == self.before

    def the_artifact_of_a_table(self) -> None:
        ReproductionCells.the_artifact_of_its_table(self)

    def the_name_of_the_state(self) -> None:
        self.label = "another state"

    def tables_of_a_date(self) -> None:
        state.write(self.settings.root, state.vantage("2012"), [])

    def tables_on_simulated_values(self) -> None:
        state.write(self.settings.root / "demo", "current", [])

    def a_comparison(self) -> None:
        write_json(self.settings.artifacts / "drift" / "c" / "manifest.json", {})

    def tables_on_editions(self) -> None:
        ReproductionCauses.a_table_on_another_edition(self)

    def a_style_of_the_pages(self) -> None:
        self.patch.setattr(report, "looks", lambda: ["another style"])


def changes(kept: type[Kept]) -> list[str]:
    """Names of the methods that change one input."""
    named = [n for n, f in inspect.getmembers(kept) if isinstance(f, FunctionType) and n[0] != "_"]
    return [name for name in named if name not in ("begin", "is_kept")]


KEPT = (ReproductionCells, ReproductionCauses, EditionSteps, BuildOfMartsAlone, BuildOfResults, Publication,
        LedgerLine, StoredComparison, PageOfPaper, FrontPage)  # fmt: skip


@pytest.fixture
def leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, estimated: Settings
) -> Callable[[type[Kept]], Kept]:
    """Leave a thing in a root of its own, as a refresh does; it is kept."""

    def made(kept: type[Kept]) -> Kept:
        thing = kept(tmp_path, monkeypatch, estimated)
        assert thing.is_kept(), "nothing has changed"
        return thing

    yield made
    versions.module_version.cache_clear()
    for read_once in (declared.load_findings, pairs):
        read_once.cache_clear()


@pytest.mark.parametrize(
    ("kept", "change"), [(kept, change) for kept in KEPT for change in changes(kept)]
)
def test_a_changed_input_demands_new_work(
    leave: Callable[[type[Kept]], Kept], kept: type[Kept], change: str
) -> None:
    thing = leave(kept)
    getattr(thing, change)()
    assert not thing.is_kept()


def test_the_list_that_readers_have_is_no_input_of_the_results(
    leave: Callable[[type[Kept]], Kept],
) -> None:
    thing = leave(BuildOfResults)
    state.write(thing.settings.root, "current", [])
    state.write(thing.settings.root, "previous", [])
    assert thing.is_kept()

"""The report of a data root, written again only if its content has changed."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from living_panel.estimation.panel.canonical import document_hash
from living_panel.ingestion.files import write_durably
from living_panel.orchestration.assets import sentences
from living_panel.orchestration.assets.publication import (
    LABEL,
    StateSources,
    aside,
    build_digest,
    content_of,
    results_models,
)
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.report_server import report_address
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.outputs.releases import current_release
from living_panel.orchestration.outputs.report_identity import is_made, looks
from living_panel.orchestration.root import state
from living_panel.orchestration.root.failure import failure_of
from living_panel.orchestration.root.processes import compute
from living_panel.orchestration.root.readers import rolled_back, withdrawn_by_runs
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import module_version
from living_panel.problems import Place, Refused

if TYPE_CHECKING:
    from living_panel.orchestration.outputs.report_drafts import Draft

INDEX = "index.html"
DATA = "data"  # folder of the data pages, next to the papers' pages, as those link to it
DATA_PAGES = f"{DATA}/"  # among the names of papers, which have no slash
Calls = dict[str, "partial[Any]"]
"""Calls that make the draft of each paper's page, and the data pages."""


def page_path(settings: Settings) -> Path:
    """Path of the index of papers; each paper's page is in the same folder, under the paper's name."""
    return settings.root / "report" / "index.html"


FORMER_FILES = ("verdict.md", "answers.md", "answers.json")
"""Files next to the page that reports of 0.4 and before wrote."""
BY_TABLE = "findings.json"
"""File next to the page, with the findings by table."""


def findings_path(settings: Settings) -> Path:
    """Path of the Markdown page with the findings of all papers and their declared choices."""
    return page_path(settings).with_name("findings.md")


def findings_of_table(settings: Settings, table: str) -> list[str]:
    """The last report's findings that rest on the numbers of a table; none before a report has them by table."""
    path = page_path(settings).with_name(BY_TABLE)
    by_table = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return list(by_table.get(table, []))


def make_report(settings: Settings) -> tuple[Path, bool]:
    """The page of the published state, and whether it was made now: a page of the same inputs stays as it is.

    While a refresh is unfinished the page stays: what that refresh made is on the next one.

    Raises
    ------
    ValueError
        If no refresh has made tables yet; names the remedy.
    """
    path, current = page_path(settings), state.read(settings.root, "current")
    if not current:
        raise Refused(sentences.NO_TABLES(Place(file=str(settings.root))))
    built = state.read(settings.root, "next")
    if built and built != current and path.exists() and not rolled_back(settings):
        return path, False
    sources = _published_sources(settings)

    def answer(calls: Calls) -> dict[str, Any]:
        return {name: call() for name, call in calls.items()}

    return path, _make(settings, path.parent, sources, answer)


def is_remade(settings: Settings) -> bool:
    """Whether the pages of the published state are those that `make_report` makes now."""
    try:
        return is_made(page_path(settings), _identity(settings, _published_sources(settings)))
    except (OSError, ValueError):
        return False  # a list that is missing or damaged, which is named as such


def make_next(settings: Settings) -> bool:
    """Make the page of the state that a refresh builds, aside; say whether it was made now.

    Raises
    ------
    Failure
        If the state has no table.
    """
    if not state.read(settings.root, "next"):
        raise failure_of([sentences.NO_TABLES(Place(file=str(settings.root)))])
    build = settings.build_file(None)
    digest = build_digest(build)[:12]
    release = current_release(settings, None).name
    listing = state.path(settings.root, "next")
    sources = StateSources(listing, build, f"{release}-{digest}")
    label = aside(settings) / LABEL
    label.unlink(missing_ok=True)

    def answer(calls: Calls) -> dict[str, Any]:
        return dict(zip(calls, compute([*calls.values()]), strict=True))

    made = _make(settings, aside(settings), sources, answer)
    write_durably(sources.label.encode(), label)  # last: the pages of this state are whole
    return made


def _calls(settings: Settings, folder: Path, sources: StateSources, label: str | None) -> Calls:
    """Return the calls that make the drafts of the papers' pages and the data pages, the longest first."""
    # Statistics and figures take a second to load, which only a page that is made should cost.
    from living_panel.orchestration.outputs.data_files import make_data_pages, read_marts
    from living_panel.orchestration.outputs.report_drafts import drafts

    lists, home = _demo_lists(settings), page_path(settings).parent
    marts = read_marts(sources.warehouse)
    revisions = marts.revisions if marts else None
    first, *others = drafts(settings, sources.tables, lists, folder, home, revisions, label).items()
    question = (settings, sources.tables, marts, folder / DATA, home / DATA)
    return dict([first, (DATA_PAGES, partial(make_data_pages, *question)), *others])


def _published_sources(settings: Settings) -> StateSources:
    file, label = settings.published, ""
    if file.exists():
        day = rolled_back(settings)
        label = content_of(file.resolve().name)
        label += f" (an earlier file: rolled back on {day})" if day else ""
    return StateSources(state.path(settings.root, "current"), file, label)


def _make(
    settings: Settings,
    folder: Path,
    sources: StateSources,
    answer: Callable[[Calls], dict[str, Any]],
) -> bool:
    index, identity = folder / page_path(settings).name, _identity(settings, sources)
    names = (findings_path(settings).name, BY_TABLE)
    written = (folder / name for name in names)
    if all(path.exists() for path in written) and is_made(index, identity):
        return False
    from living_panel.estimation.report import LIBRARY, build_index
    from living_panel.estimation.report.choice_table import (
        LIMITS_TITLE,
        TITLE,
        WRITTEN,
        limits_text,
    )
    from living_panel.estimation.report.search import FILE, search_script
    from living_panel.orchestration.outputs.edition_tables import followed_path
    from living_panel.orchestration.outputs.report_drafts import keep_drafts

    made = answer(_calls(settings, folder, sources, sources.label))
    papers: list[Draft] = [made[name] for name in made if name != DATA_PAGES]
    for paper in papers:
        pages = paper.pages(sources.label)
        for name, html in pages.items():
            write_durably(html.encode(), folder / name)
        for old in folder.glob(f"{paper.entry.paper}.*html") if pages else ():
            if old.name not in pages:
                old.unlink()
    for name in FORMER_FILES:
        (folder / name).unlink(missing_ok=True)
    write_durably(LIBRARY.read_bytes(), folder / LIBRARY.name)
    texts = [
        TITLE,
        WRITTEN,
        LIMITS_TITLE,
        limits_text(),
        *(text for paper in papers if (text := paper.text.strip())),
    ]
    write_durably("\n\n".join([*texts, ""]).encode(), folder / findings_path(settings).name)
    by_table = {table: said for paper in papers for table, said in paper.by_table.items()}
    written_by_table = json.dumps(by_table, ensure_ascii=False, indent=1)
    write_durably(written_by_table.encode(), folder / BY_TABLE)
    for page in _pages_of_no_paper(index, {paper.entry.paper for paper in papers}):
        page.unlink()
    keep_drafts(settings, papers)
    # The index last: its identity says that all are made.
    data = f"{DATA}/{INDEX}" if any(paper.has_data_pages for paper in papers) else ""
    entries = [paper.entry for paper in papers]
    path = followed_path(settings, sources.tables)
    found = search_script(
        (entry for paper in entries for entry in paper.found),
        simulated=any(paper.simulated for paper in entries),
    )
    write_durably(found.encode(), folder / FILE)
    notices = [str(problem) for problem in withdrawn_by_runs(settings)]
    write_durably(build_index(entries, identity, data, path, FILE, notices).encode(), index)
    return True


def _pages_of_no_paper(index: Path, papers: set[str]) -> list[Path]:
    """Pages of papers that are gone."""
    from living_panel.estimation.report.contents import paper_of

    pages = index.parent.glob("*.html")
    return [page for page in pages if page != index and paper_of(page.name) not in papers]


def _demo_lists(settings: Settings) -> list[Path]:
    """Lists of current artifacts of the demo root next to this root; one a simulated release."""
    demo = settings.root / "demo"
    left = ("previous", "next")
    return [state.path(demo, name) for name in state.vantages(demo) if name not in left]


def _identity(settings: Settings, sources: StateSources) -> str:
    """Hash of everything the page is made from."""
    rebuilt = [n for n in state.vantages(settings.root) if n.startswith("as_of_")]
    lists = [
        sources.tables,
        *(state.path(settings.root, n) for n in rebuilt),
        *_demo_lists(settings),
    ]
    drift = settings.artifacts / "drift"
    return document_hash(
        {
            "code": module_version(
                "living_panel.estimation.report",
                "living_panel.orchestration.assets.report",
                data=("estimation/papers",),
            ),
            "looks": looks(),
            "lists": [json.loads(p.read_text(encoding="utf-8")) for p in lists],
            "comparisons": sorted(p.parent.name for p in drift.glob("[!.]*/manifest.json")),
            "published": sources.label,
            "withdrawn": [problem.to_dict() for problem in withdrawn_by_runs(settings)],
            **({"editions": noted} if (noted := state.read(settings.root, "editions")) else {}),
        }
    )[:16]


def summary_of(findings: str) -> str:
    """Claims of the page of findings with their states, as a list."""
    lines = findings.splitlines()
    heads = [n for n, line in enumerate(lines) if line.startswith("### ")]
    return "\n".join(f"- {lines[n][4:]} {lines[n + 2]}" for n in heads)


@builds_assets
def _assets(_: Project) -> list[dg.AssetsDefinition]:
    """The report."""
    return [report_asset()]


def report_asset() -> dg.AssetsDefinition:
    """Asset of the report."""

    @dg.asset(
        key=["report", "page"],
        group_name="report",
        deps=[dg.AssetKey(["results", name]) for name in results_models()],
        kinds={"python", "html"},
    )
    def page(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """Report with our tables next to the printed ones, the audit of the papers, figures and downloads.

        The asset `published` makes the new report visible to readers.
        """
        settings = workplace.settings
        made = make_next(settings)
        folder = aside(settings)
        findings = (folder / findings_path(settings).name).read_text(encoding="utf-8")
        context.log.info(f"report {'made' if made else 'unchanged'}: {page_path(settings)}")
        return dg.MaterializeResult(
            data_version=dg.DataVersion(document_hash(findings)[:16]),
            metadata={
                "findings": dg.MetadataValue.md(summary_of(findings)),
                "page": dg.MetadataValue.url(report_address()),
                "file": dg.MetadataValue.path(str(page_path(settings))),
                "made now": made,
            },
        )

    return page

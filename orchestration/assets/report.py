"""The report of a data root: one page over what is stored, remade only when something on it changed."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from estimation.panel.canonical import document_hash
from ingestion.files import write_durably
from orchestration.assets.publication import (
    LABEL,
    StateSources,
    aside,
    content_digest,
    content_of,
    results_models,
)
from orchestration.assets.registry import Project, builds_assets
from orchestration.assets.release import current_release
from orchestration.assets.report_server import report_address
from orchestration.assets.resources import Workplace
from orchestration.root import state
from orchestration.root.readers import rolled_back
from orchestration.root.settings import REPOSITORY, Settings
from orchestration.root.versions import module_version

INDEX = "index.html"
DATA = "data"  # folder of the data pages, next to the papers' pages, as those link to it
IDENTITIES = "identities.json"  # of its files: what each was made from


def page_path(settings: Settings) -> Path:
    """Path of the index of papers; each paper's page is in the same folder, under the paper's name."""
    return settings.root / "report" / "index.html"


ANSWERS = "answers.json"
"""File of the answers by table, next to the page."""


def verdict_path(settings: Settings) -> Path:
    """Where the answers to the paper's questions lie, as Markdown."""
    return page_path(settings).with_name("verdict.md")


def answers(settings: Settings, table: str) -> list[str]:
    """The last report's answers that rest on the numbers of a table; none before a report has them by table."""
    path = page_path(settings).with_name(ANSWERS)
    by_table = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return list(by_table.get(table, []))


def make_report(settings: Settings, each: Callable[..., Iterable[Any]] = map) -> tuple[Path, bool]:
    """The page of the published state, and whether it was made now: a page of the same inputs stays as it is.

    While a refresh is unfinished the page stays: what that refresh made is on the next one.
    `each` is called as `map`, for the pictures of the measures.

    Raises
    ------
    ValueError
        If no refresh has made tables yet; names the remedy.
    """
    path, current = page_path(settings), state.read(settings.root, "current")
    if not current:
        raise ValueError(f"{settings.root}: no tables yet. Remedy: `make run`, then `make report`.")
    built = state.read(settings.root, "next")
    if built and built != current and path.exists() and not rolled_back(settings):
        return path, False
    return path, _make(settings, path.parent, _published_sources(settings), each)


def make_next(settings: Settings, each: Callable[..., Iterable[Any]]) -> bool:
    """Make the page of the state that a refresh builds, aside; say whether it was made now."""
    build = settings.build_file(None)
    with duckdb.connect(str(build), read_only=True) as connection:
        digest = content_digest(connection)[:12]
    release = current_release(settings, None).name
    listing = state.path(settings.root, "next")
    sources = StateSources(listing, build, f"{release}-{digest}")
    label = aside(settings) / LABEL
    label.unlink(missing_ok=True)
    made = _make(settings, aside(settings), sources, each)
    write_durably(sources.label.encode(), label)  # last: the pages of this state are whole
    return made


def _published_sources(settings: Settings) -> StateSources:
    file, label = settings.published, ""
    if file.exists():
        day = rolled_back(settings)
        label = content_of(file.resolve().name)
        label += f" (an earlier file: rolled back on {day})" if day else ""
    return StateSources(state.path(settings.root, "current"), file, label)


def _make(
    settings: Settings, folder: Path, sources: StateSources, each: Callable[..., Iterable[Any]]
) -> bool:
    index, identity = folder / page_path(settings).name, _identity(settings, sources)
    written = (folder / name for name in (verdict_path(settings).name, ANSWERS))
    if all(path.exists() for path in written) and _is_made(index, identity):
        return False
    # Statistics and pictures take a second to load, which only a page that is made should cost.
    from estimation.report import (
        LIBRARY,
        answers_by_table,
        build_index,
        build_page,
        entry_of,
        verdict_markdown,
    )
    from orchestration.assets._report_inputs import gather, gather_data

    home = page_path(settings).parent  # where the page is read, wherever it is made
    papers, entries = gather(settings, sources, home, _demo_lists(settings)), []
    for inputs in papers:
        target, own = folder / f"{inputs.paper.id}.html", _page_identity(inputs)
        entries.append(entry_of(inputs, target.name))
        if not _is_made(target, own):
            write_durably(build_page(inputs, own, each).encode(), target)
    write_durably(LIBRARY.read_bytes(), folder / LIBRARY.name)
    _make_data_pages(folder, gather_data(settings, sources, papers, home / DATA))
    verdict = folder / verdict_path(settings).name
    write_durably(verdict_markdown(papers[0]).encode(), verdict)
    by_table = json.dumps(answers_by_table(papers[0]), ensure_ascii=False, indent=1)
    write_durably(by_table.encode(), folder / ANSWERS)
    for page in _pages_of_no_paper(index, {inputs.paper.id for inputs in papers}):
        page.unlink()
    # The index last: its identity says that all are made.
    data = f"{DATA}/{INDEX}" if any(inputs.has_data_pages for inputs in papers) else ""
    write_durably(build_index(entries, identity, data).encode(), index)
    return True


def _make_data_pages(folder: Path, inputs: Any) -> None:
    """Make the data pages whose content changed, and remove those of measures that are gone."""
    from estimation.report import data_pages

    place, note = folder / DATA, folder / DATA / IDENTITIES
    held = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else {}
    made = () if inputs is None else data_pages(inputs)
    wanted = {name: (identity, make) for name, identity, make in made}
    for name, (identity, make) in wanted.items():
        if held.get(name) != identity or not (place / name).is_file():
            content = make()
            write_durably(content if isinstance(content, bytes) else content.encode(), place / name)
    for path in place.glob("[!.]*"):
        if path.name not in wanted and path.name != IDENTITIES:
            path.unlink()
    if wanted:
        identities = {name: identity for name, (identity, _) in wanted.items()}
        write_durably(json.dumps(identities).encode(), note)


def _is_made(path: Path, identity: str) -> bool:
    """Whether a page of this identity is there."""
    mark = f'content="living-panel {identity}"'
    return path.is_file() and mark in path.read_text(encoding="utf-8")[:2000]


def _pages_of_no_paper(index: Path, papers: set[str]) -> list[Path]:
    """Pages of papers that are gone."""
    pages = index.parent.glob("*.html")
    return [page for page in pages if page != index and page.stem not in papers]


def _page_identity(inputs: Any) -> str:
    """Hash of what one paper's page is made from: another paper's change leaves it as it is."""
    return document_hash(
        {
            "code": module_version(
                "estimation.report",
                "orchestration.assets.report",
                data=(f"estimation/papers/{inputs.paper.id}",),
            ),
            "looks": _looks(),
            "tables": sorted(str(t.folder) for t in (*inputs.tables, *inputs.demo)),
            "comparisons": [c.manifest["sentences"] for c in inputs.comparisons],
            "published": inputs.published,
        }
    )[:16]


def _looks() -> list[str]:
    looks = sorted((REPOSITORY / "estimation" / "report").glob("*.j2"))
    looks += sorted((REPOSITORY / "estimation" / "report").glob("*.css"))
    looks += sorted((REPOSITORY / "estimation" / "report").glob("*.js"))
    return [path.read_text(encoding="utf-8") for path in looks]


def _demo_lists(settings: Settings) -> list[Path]:
    """Lists of current artifacts of the demo root next to this root; one a simulated release."""
    demo = settings.root / "demo"
    left = ("previous", "next")
    return [state.path(demo, name) for name in state.vantages(demo) if name not in left]


def _identity(settings: Settings, sources: StateSources) -> str:
    """Hash of everything the page is made from."""
    lists = [sources.tables, *_demo_lists(settings)]
    drift = settings.artifacts / "drift"
    return document_hash(
        {
            "code": module_version(
                "estimation.report", "orchestration.assets.report", data=("estimation/papers",)
            ),
            "looks": _looks(),
            "lists": [json.loads(p.read_text(encoding="utf-8")) for p in lists],
            "comparisons": sorted(p.parent.name for p in drift.glob("[!.]*/manifest.json")),
            "published": sources.label,
        }
    )[:16]


@builds_assets
def _assets(_: Project) -> list[dg.AssetsDefinition]:
    """The report."""
    return [report_asset()]


def report_asset() -> dg.AssetsDefinition:
    """Asset of the page."""

    @dg.asset(
        key=["report", "page"],
        group_name="report",
        deps=[dg.AssetKey(["results", name]) for name in results_models()],
        kinds={"python", "html"},
    )
    def page(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """One static page: printed tables compared with ours, the audit, figures, a download of every table.

        It is made aside and becomes readable when its state is published.
        """
        settings = workplace.settings
        made = make_next(settings, workplace.tables.each)
        folder = aside(settings)
        verdict = (folder / verdict_path(settings).name).read_text(encoding="utf-8")
        context.log.info(f"report {'made' if made else 'unchanged'}: {page_path(settings)}")
        return dg.MaterializeResult(
            data_version=dg.DataVersion(document_hash(verdict)[:16]),
            metadata={
                "verdict": dg.MetadataValue.md(verdict),
                "page": dg.MetadataValue.url(report_address()),
                "file": dg.MetadataValue.path(str(page_path(settings))),
                "made now": made,
            },
        )

    return page

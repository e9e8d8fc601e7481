"""The start page of the UI: what is published, what waits, and what to press."""

from __future__ import annotations

from html import escape

from living_panel.ingestion import inbox
from living_panel.ingestion.receipts import receipt_path
from living_panel.orchestration.commands.status import status
from living_panel.orchestration.root import state
from living_panel.orchestration.root.instance import LOCATION
from living_panel.orchestration.root.readers import unpublished_vintages
from living_panel.orchestration.root.settings import Settings

STYLE = """:root { color-scheme: light dark }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre { overflow-x: auto; padding: .8rem; border: 1px solid #8886 }
li { margin: .3rem 0 }"""
JOBS = {
    "refresh": "take the files of landing and publish a new state",
    "teach": "say which series the columns of a table are",
    "receipt": "say where a file in landing comes from",
    "add_edition": "list a new edition in the catalog of a source, or add one to a data set",
    "add_series": "list a new series in the catalog of a source",
    "fetch": "ask the authorities for an edition",
    "editions": "estimate followed tables on each edition of their data set",
    "diff": "compare two states",
    "accept": "make the published state the baseline of comparisons",
    "as_of": "rebuild an earlier state",
    "rollback": "publish the file before the current one",
    "verify": "check every file; estimate the published tables again and compare",
    "withdraw": "withdraw a wrong file, or record a deliberate deletion",
}


def start_page(settings: Settings, port: int) -> str:
    """Make the start page; `port` is that of the UI."""
    steps = "".join(f"<li>{words} {_job(job, port)}</li>" for job, words in next_steps(settings))
    jobs = "".join(f"<li>{_job(job, port)}: {escape(words)}</li>" for job, words in JOBS.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>living-panel</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body><main>'
        f"<h1>living-panel</h1><h2>What to press now</h2><ul>{steps}</ul>"
        f'<h2>What is published</h2><p><a href="/report/index.html">The report</a>, '
        f'<a href="/report/data/index.html">the data pages</a>, '
        f'<a href="http://127.0.0.1:{port}/asset-groups">the assets</a>.</p>'
        f"<pre tabindex=0>{escape(status(settings))}</pre><h2>All jobs</h2><ul>{jobs}</ul></main></body></html>"
    )


def next_steps(settings: Settings) -> list[tuple[str, str]]:
    """Return the jobs to start now, the first one first, each with its reason as HTML."""
    pending = {waiting.file for waiting in inbox.pending(settings.root)}
    steps = []
    for file in inbox.landed(settings.root):
        if file not in pending and not receipt_path(file).exists():
            name = escape(file.relative_to(settings.landing).as_posix())
            steps.append(("receipt", f"<code>{name}</code> has no receipt:"))
    if state.read(settings.root, "failures"):
        steps.append(
            ("refresh", "The last run failed; mend what its message names, then start again:")
        )
    elif pending:
        steps.append(("refresh", f"{len(pending)} files wait in landing:"))
    elif unpublished_vintages(settings) or not settings.published.exists():
        steps.append(("refresh", "The archive holds what is not published:"))
    if not steps:
        steps.append(("diff", "Nothing waits. To see what the last refresh changed:"))
    return steps


def _job(name: str, port: int) -> str:
    page = f"http://127.0.0.1:{port}/locations/{LOCATION}/jobs/{name}"
    return f'<a href="{page}">{name}</a>'

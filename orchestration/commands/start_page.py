"""The start page of the UI: what is published, what waits, and what to press."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

import yaml

from living_panel.ingestion.storage import inbox
from living_panel.orchestration.assets.proposals import Proposal, list_proposals
from living_panel.orchestration.assets.sources import EDITIONS
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
    "refresh": "ingest the files in landing and publish new results",
    "teach": "name the series in each column of a table",
    "receipt": "state the origin of a file in landing",
    "add_edition": "add a new edition to the catalog of a source, or to a data set",
    "add_coverage": "write the expected coverage of an edition that was ingested without it",
    "add_series": "add a new series to the catalog of a source",
    "fetch": "download an edition from the authorities",
    "editions": "estimate the chosen tables on each edition of their data set",
    "diff": "compare two states",
    "accept": "make the published results the baseline of comparisons",
    "as_of": "estimate the tables from data known earlier",
    "rollback": "publish the file before the current one",
    "verify": "check every file; estimate the published tables again and compare",
    "withdraw": "withdraw a wrong file, or record a deliberate deletion",
}


OPS = {
    "receipt": "write_landed_receipt",
    "teach": "write_taught_layout",
    "add_edition": "write_edition",
    "add_coverage": "write_coverage",
    "withdraw": "withdraw_from_ledger",
}
"""Op of each job that a proposal starts: its configuration has this name."""


LONGEST_CAUSE = 1_000


class Step(NamedTuple):
    """A job to start now, with its reason as HTML."""

    job: str
    words: str
    config: Mapping[str, Any] = MappingProxyType({})
    """Configuration of the job's op, filled in; none opens the job's page."""
    page: str = ""
    """Another page of the UI than a job's."""


def start_page(settings: Settings, port: int) -> str:
    """Make the start page; `port` is that of the UI."""
    steps = "".join(f"<li>{step.words} {_link(step, port)}</li>" for step in next_steps(settings))
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


def next_steps(settings: Settings) -> list[Step]:
    """Return the jobs to start now, the first one first."""
    steps = [
        Step(proposal.job, _described(proposal), proposal.config)
        for proposal in list_proposals(settings)
    ]
    # a run takes only the editions that the UI knew when it loaded the definitions
    waiting = {file.parts[-2] for file in inbox.landed(settings.root)}
    if added := sorted(waiting - set(EDITIONS.get_partition_keys())):
        words = f"{', '.join(added)} was listed since the UI began. Press <i>Reload</i> once there:"
        steps.append(Step("", words, page="/locations"))
    pending = {waiting.file for waiting in inbox.pending(settings.root)}
    if failed := state.read(settings.root, "failures"):
        last = {entry["job"].split()[0]: entry["message"] for entry in failed}
        steps += [
            Step(job, f"The last run of {escape(job)} failed. Correct the cause, then start it again. "
                 f"<details open><summary>Cause</summary><pre>{escape(said[:LONGEST_CAUSE])}</pre></details>")
            for job, said in last.items()
        ]  # fmt: skip
    elif pending:
        steps.append(Step("refresh", f"{len(pending)} files wait in landing:"))
    elif unpublished_vintages(settings) or not settings.published.exists():
        steps.append(Step("refresh", "The archive has values that are not published:"))
    if not steps:
        steps.append(
            Step("diff", "There is nothing to do. To see the changes of the last refresh:")
        )
    return steps


def _described(proposal: Proposal) -> str:
    """Return what waits, what starting its job confirms, and what a person has to type, as HTML."""
    parts = [f"<b>{escape(proposal.title)}</b>"]
    if proposal.notes:
        noted = "".join(f"<li>{escape(note)}</li>" for note in proposal.notes)
        parts.append(f"<details><summary>Differences</summary><ul>{noted}</ul></details>")
    if proposal.confirms:
        head = "You confirm:" if proposal.job else ""
        listed = "".join(f"<li>{escape(text)}</li>" for text in proposal.confirms)
        parts.append(f"{head}<ul>{listed}</ul>")
    if proposal.typed:
        parts.append(f"You type: <code>{escape(', '.join(proposal.typed))}</code>.")
    return " ".join(parts)


def _link(step: Step, port: int) -> str:
    """Return a link to a page of the UI, to the launchpad with the configuration filled in; it starts nothing."""
    if step.page:
        return f'<a href="http://127.0.0.1:{port}{step.page}">Deployment</a>'
    if not step.config:
        return _job(step.job, port) if step.job in JOBS else ""
    config = {"ops": {OPS[step.job]: {"config": dict(step.config)}}}
    text = yaml.safe_dump(config, allow_unicode=True, sort_keys=False, width=10_000)
    launchpad = f"/locations/{LOCATION}/jobs/{step.job}/playground/setup?config={quote(text)}"
    return f'<a href="http://127.0.0.1:{port}{escape(launchpad)}">{step.job}, filled in</a>'


def _job(name: str, port: int) -> str:
    page = f"http://127.0.0.1:{port}/locations/{LOCATION}/jobs/{name}"
    return f'<a href="{page}">{name}</a>'

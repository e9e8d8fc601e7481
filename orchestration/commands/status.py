"""Where things stand: what is published, what waits, what is wrong. Loads no Dagster."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable
from contextlib import suppress
from shlex import quote

from living_panel.ingestion.storage import inbox
from living_panel.orchestration.dbt.coverage import uncovered
from living_panel.orchestration.root import ledger, published, state
from living_panel.orchestration.root.lock import holder
from living_panel.orchestration.root.readers import (
    published_rows,
    read_current,
    rolled_back,
    unpublished_vintages,
    withdrawn_by_runs,
)
from living_panel.orchestration.root.settings import Settings

INDENT = " " * 12


def status(settings: Settings) -> str:
    """Lines for a terminal; a part that cannot be read says so, and the others stand."""
    lines = [f"Data root   {settings.root}"]
    if settings.simulated:
        lines.append("SIMULATED   every value is drawn by a program and says nothing about China")
    for part in (
        _published,
        _tables,
        _compared,
        _unfinished,
        _refreshing,
        _waiting,
        _withdrawn,
        _coverage,
        _ledger,
        _failures,
    ):
        lines += _told(part, settings)
    return "\n".join(lines)


def _told(part: Callable[[Settings], Iterable[str]], settings: Settings) -> list[str]:
    try:
        return list(part(settings))
    except (ValueError, OSError) as error:
        return [f"Damaged     {error}"]


def _published(settings: Settings) -> Iterable[str]:
    if not settings.published.is_symlink():
        return ["Published   nothing yet: `make run`"]
    file = settings.published.resolve()
    shown = file.relative_to(settings.root) if file.is_relative_to(settings.root) else file
    lines = [f"Published   {shown}"]
    if not file.exists():
        return [*lines, f"Damaged     {file} is missing. Remedy: `make run`"]
    if day := rolled_back(settings):
        lines.append(f"{INDENT}an earlier file: rolled back on {day}; `make run` ends that")
    try:
        rows = published_rows(settings)
    except ValueError as error:
        return [*lines, f"Damaged     {error}"]
    return [*lines, f"{INDENT}{len(rows)} tables, {sum(rows.values())} rows"]


def _tables(settings: Settings) -> Iterable[str]:
    named = ", ".join(read_current(settings)) or "none yet"
    yield textwrap.fill(named, 100, initial_indent="Tables      ", subsequent_indent=INDENT)
    as_of = [n[6:] for n in state.vantages(settings.root) if n.startswith("as_of_")]
    if as_of:
        yield f"Rebuilt as of {', '.join(as_of)}"


def _compared(settings: Settings) -> Iterable[str]:
    """Tables of the current state that a new version of the code gave the numbers they had."""
    current = state.read(settings.root, "current")
    for path in sorted((settings.artifacts / "drift").glob("[!.]*/manifest.json")):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if current and manifest["new"] == current and manifest.get("same_numbers"):
            counted = len(manifest["same_numbers"])
            word = "table" if counted == 1 else "tables"
            yield f"Compared    same numbers, new version: {counted} {word}"
            return


def _unfinished(settings: Settings) -> Iterable[str]:
    """Files archived, or built by a stopped refresh, that the published state lacks."""
    if vintages := unpublished_vintages(settings):
        named = ", ".join(vintages)
        line = f"Archived    not in the published state: {named}. Remedy: `make run`"
        yield textwrap.fill(line, 100, subsequent_indent=INDENT, break_on_hyphens=False)
    built = state.read(settings.root, "next")
    if holder(settings.root):  # a refresh that goes on has not stopped
        return
    if built and built != state.read(settings.root, "current") and not rolled_back(settings):
        yield "Unfinished  a refresh was stopped before it published. Remedy: `make run` finishes it"


def _refreshing(settings: Settings) -> Iterable[str]:
    who = holder(settings.root)
    holder_words = (
        f"{who['purpose']}, process {who['pid']} on {who['host']} since {who['since']}"
        if who
        else "nobody"
    )
    yield f"Refreshing  {holder_words}"


def _waiting(settings: Settings) -> Iterable[str]:
    pending = {waiting.file: waiting.misplaced for waiting in inbox.pending(settings.root)}
    for file in inbox.landed(settings.root):
        if misplaced := pending.get(file):
            yield f"Landing     {misplaced}"
            continue
        receipt = f"`make receipt FILE={quote(str(file))}` first"
        what = "`make run` takes it" if file in pending else receipt
        yield f"Waiting     {file}: {what}"
    for problem in inbox.landing_problems(settings.root):
        yield f"Landing     {problem}"


def _withdrawn(settings: Settings) -> Iterable[str]:
    yield from (f"Withdrawn   {problem}" for problem in withdrawn_by_runs(settings))


def _coverage(settings: Settings) -> Iterable[str]:
    yield from (f"Coverage    {problem}" for problem in uncovered(settings))


def _ledger(settings: Settings) -> Iterable[str]:
    root = settings.root
    landed = {(waiting.source, str(waiting.edition)) for waiting in inbox.pending(root)}
    try:
        gone = ledger.gone_receipts(root)
    except ledger.Broken:
        gone = []  # named below
    back = [name for name in gone if tuple(name.split("/")[:2]) in landed]
    if back:
        yield (
            f"Ledger      {len(back)} vintages were taken out of the archive, and files of their editions wait "
            "in landing: `make run` takes them"
        )
    problems = ledger.check(root, without=back)
    with suppress(ledger.Broken):  # named by the check
        if not holder(root) and (unlike := published.unlike_ledger(settings)):
            problems.append(unlike)
    yield from (f"Ledger      {problem}" for problem in problems)


def _failures(settings: Settings) -> Iterable[str]:
    """Failures that no later success has mended, whole."""
    failures = state.read(settings.root, "failures")
    yield f"Failures    {len(failures)} not mended" if failures else "Failures    none"
    for failure in failures:
        yield f"  {failure['at']}  {failure['job']} {failure['run_id'][:8]}:"
        yield from (f"    {line.rstrip()}" for line in failure["message"].strip().splitlines())

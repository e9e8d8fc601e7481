"""A new file whose values alone fail the tests of the warehouse: withdrawn by the run, put back if that is no help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dagster as dg

from living_panel.ingestion.files import write_durably
from living_panel.orchestration.assets.landing import withdraw_archived
from living_panel.orchestration.assets.sources import extract_again, taken_in
from living_panel.orchestration.root.readers import open_published
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Problem

LONGEST_REASON = 300


def new_files(context: dg.AssetExecutionContext, settings: Settings) -> Callable[[str], bool]:
    """Return whether an archived file is new: taken by this run, or without a value in what is published."""
    records = context.instance.all_logs(
        context.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    taken = {name for record in records for name in taken_in(record)}
    known: set[str] | None = None
    if settings.published.exists():
        with open_published(settings) as connection:
            known = {
                "/".join(map(str, row))
                for row in connection.execute(
                    "select distinct source, edition, vintage, file from marts.prints"
                ).fetchall()
            }

    def is_new(name: str) -> bool:
        unpublished = known is not None and name not in known
        return (name in taken or unpublished) and (settings.archive / name).is_file()

    return is_new


def withdraw_for_build(
    context: dg.AssetExecutionContext, settings: Settings, doubt: Problem
) -> Callable[[], None]:
    """Withdraw the file of a doubt, and extract its edition without it; return what takes this back.

    The receipt keeps the doubt as the reason, and that a run withdrew the file.
    """
    name = doubt.place.file
    source, edition, *_ = name.split("/")
    receipt: Path = (settings.archive / name).with_name("receipt.yml")
    before = receipt.read_bytes()
    withdraw_archived(settings, name, doubt.text[:LONGEST_REASON], by="run")
    extract_again(context, settings.root, source, int(edition))
    context.log.warning(f"withdrawn, and the stages are built once more: {doubt}")

    def take_back() -> None:
        write_durably(before, receipt)
        extract_again(context, settings.root, source, int(edition))
        context.log.warning(f"the tests fail without {name} too, so it is not withdrawn")

    return take_back

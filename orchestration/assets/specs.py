"""The tables' specifications as this project's definitions use them: one that is wrong stops its own table.

A wrong spec still has its asset, whose run fails with the reason; the other tables are estimated and
published; this one is omitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import dagster as dg

from living_panel.codes import Code
from living_panel.estimation.artifacts import artifact
from living_panel.estimation.findings.declared import hold_findings
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.spec import Spec, load_spec, spec_files, spec_folder, twice
from living_panel.estimation.papers.paper_data import check_form
from living_panel.estimation.papers.printed import load_paper, placeholders, read_paper
from living_panel.estimation.papers.source import Package, SetEdition, find_data_folder, origin_of
from living_panel.estimation.tables.estimate import check_options, kind_names, module_name
from living_panel.estimation.tables.render import escape_markdown
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.release import PANEL
from living_panel.orchestration.dbt.generated_files import panel_measures
from living_panel.orchestration.outputs.releases import is_on_panel, unknown_measures
from living_panel.orchestration.root.failure import failure_of
from living_panel.orchestration.root.limits import table_limits
from living_panel.orchestration.root.made import MadeByCode, is_there, name_of_file
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import folder_hash, module_version
from living_panel.problems import Problem, problems_of

KEPT = MadeByCode("checked_options.json", __name__, is_there)
"""Specs with valid options, by path; an invalid spec raises an error and is not kept."""
KEPT_PAPERS = MadeByCode("checked_papers.json", __name__, is_there)
"""Papers without errors, by path; a paper with an error raises the error and is not kept."""
ROOTS_OWN = "specs"  # of one data root: tables of sets that only it holds


def readable(settings: Settings) -> tuple[Sequence[Spec], dict[str, tuple[Problem, ...]]]:
    """Specs that hold, and by table the reason why each other one does not.

    The demo root has the tables of the panel only: nothing is planted in data that papers bring.
    """
    specs: dict[str, Spec] = {}
    wrong: dict[str, tuple[Problem, ...]] = {}
    faults: dict[str, tuple[Problem, ...]] = {"": ()}  # by paper
    columns = panel_measures()
    files = [p for p in spec_files(spec_folder()) if not (settings.simulated and _brings_data(p))]
    for path in [*files, *spec_files(settings.root / ROOTS_OWN)]:
        try:
            with table_limits(path.stem):  # as when it is estimated
                spec = load_spec(path)
                if spec.table in specs:
                    raise InvalidSpec(twice(path, spec, specs[spec.table]))
                if "data" in spec.options:  # a registered set may be gone since
                    check_options(spec, path)
                elif not _made(settings, spec):  # loading the kinds takes seconds
                    made_from = f"{spec.sha256} {_code_of_kinds()}"
                    name = name_of_file(path)
                    KEPT.of(name, made_from, partial(check_options, spec, path))
                if (
                    "data" not in spec.options
                    and is_on_panel(spec)
                    and (unknown := list(unknown_measures(path, spec, columns)))
                ):
                    raise InvalidSpec(*unknown)
                if spec.paper not in faults:
                    faults[spec.paper] = _paper_fault(path.parents[1])
                if fault := faults[spec.paper]:
                    raise InvalidSpec(*fault)
        except ValueError as error:
            name = f"{path.parents[1].name}_{path.stem}" if path.stem in specs else path.stem
            wrong[name] = problems_of(error)
        else:
            specs[spec.table] = spec
    return list(specs.values()), wrong


def _brings_data(path: Path) -> bool:
    return find_data_folder(path.parents[1]) is not None


@cache
def _code_of_kinds() -> str:
    """Version of what checks the options of any spec."""
    return module_version(
        "living_panel.estimation.tables.estimate", *map(module_name, kind_names())
    )


def _paper_fault(folder: Path) -> tuple[Problem, ...]:
    """Problems of a paper's own files except its specs; files that had none before are not checked again."""
    try:
        data = find_data_folder(folder)
        if data and origin_of(data, SetEdition):  # its editions are read with it
            return _found_fault(folder)
        package = origin_of(data, Package) if data else None
        used = package.installed_version if package else ""
        made_from = document_hash([module_version(__name__), folder_hash(folder), used])
        KEPT_PAPERS.of(name_of_file(folder), made_from, partial(_check, folder))
    except ValueError as error:
        return problems_of(error)
    return ()


def _check(folder: Path) -> None:
    if problems := _found_fault(folder):
        raise InvalidSpec(*problems)


def _found_fault(folder: Path) -> tuple[Problem, ...]:
    try:
        if data := find_data_folder(folder):
            check_form(data)
        hold_findings(folder, read_paper(folder.name, folder.parent))
        load_paper(folder.name, folder.parent)
        return tuple(placeholders(folder))
    except ValueError as error:
        return problems_of(error)


def _made(settings: Settings, spec: Spec) -> bool:
    """Whether an artifact was made from this very spec, so that its options hold."""
    for folder in (settings.artifacts / spec.table).glob("[!.]*"):
        try:
            if artifact.read_manifest(folder)["spec_sha256"] == spec.sha256:
                return True
        except (ValueError, KeyError):
            continue
    return False


@builds_assets
def wrong_assets(project: Project) -> list[dg.AssetsDefinition]:
    """Asset of each wrong specification: its run fails with the reason."""
    return [_wrong_asset(table, problems) for table, problems in project.wrong.items()]


def _wrong_asset(table: str, problems: Sequence[Problem]) -> dg.AssetsDefinition:
    key = "".join(c if c.isalnum() else "_" for c in table)

    @dg.asset(
        key=["artifacts", key],
        group_name="artifacts",
        deps=[PANEL],
        description="**The specification of this table has an error. Correct it; until then, publications "
        "omit this table.** "
        f"{escape_markdown(chr(10).join(map(str, problems)))}",
    )
    def wrong() -> None:
        raise failure_of(
            [
                *problems,
                Code.SPEC_FAILED(
                    "the specification of this table is wrong. The run omits this table, and "
                    "estimates and publishes the others",
                    "correct the specification, then run `make run`",
                ),
            ]
        )

    return wrong

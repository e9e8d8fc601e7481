"""The setting of the executor: its names, and the refusals of those that cannot work."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from living_panel.codes import Code
from living_panel.orchestration.root.executor import CELERY_VARIABLES, NAMES, executor_name
from living_panel.problems import Refused
from tests.refusals import refuses

ADDRESS = "redis://127.0.0.1:6379/0"


def test_another_name_is_no_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVING_PANEL_EXECUTOR", "kubernetes")
    with refuses(Refused, Code.ENVIRONMENT, written="'kubernetes'", choices=[*NAMES]):
        executor_name()


def test_celery_needs_both_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    broker, backend = CELERY_VARIABLES.values()
    monkeypatch.setenv("LIVING_PANEL_EXECUTOR", "celery")
    monkeypatch.setenv(broker, ADDRESS)
    monkeypatch.delenv(backend, raising=False)
    with refuses(Refused, Code.ENVIRONMENT, variables=[backend]):
        executor_name()


@pytest.mark.skipif(find_spec("dagster_celery") is not None, reason="dagster-celery is installed")
def test_celery_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVING_PANEL_EXECUTOR", "celery")
    for variable in CELERY_VARIABLES.values():
        monkeypatch.setenv(variable, ADDRESS)
    with refuses(Refused, Code.NOT_INSTALLED, variable="LIVING_PANEL_EXECUTOR"):
        executor_name()

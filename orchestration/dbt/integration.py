"""Dagster's integration with dbt, loaded without dbt: that runs in processes of its own, and takes half a second.

dagster-dbt also serves environments without dbt-core, and then uses its own names of kinds and outcomes of nodes. What
it does not do there is select nodes: see `living_panel.orchestration.dbt.parts`.
"""

import sys

ASKED_FOR = "dbt.version"
"""Module by whose absence dagster-dbt knows that there is no dbt-core."""

# where dbt is loaded already, it costs nothing
is_absent = sys.modules.setdefault(ASKED_FOR, None) is None  # type: ignore[arg-type]
try:
    from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, DbtProject, dbt_assets
    from dagster_dbt.compat import DBT_PYTHON_VERSION
finally:
    if is_absent:
        del sys.modules[ASKED_FOR]

HAS_DBT = DBT_PYTHON_VERSION is not None
"""Whether somebody else loaded the integration before, with dbt."""

__all__ = ["HAS_DBT", "DagsterDbtTranslator", "DbtCliInvocation", "DbtProject", "dbt_assets"]

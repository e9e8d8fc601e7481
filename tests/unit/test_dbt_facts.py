"""What the UI shows of the checks of a dbt build."""

from __future__ import annotations

import dagster as dg
import pandas as pd

from orchestration.dbt_facts import with_facts


def test_a_check_lists_its_cells_in_lines_and_one_that_was_skipped_did_not_fail() -> None:
    def check(name: str, status: str) -> dg.AssetCheckResult:
        said = {"unique_id": name, "status": status}
        return dg.AssetCheckResult(
            passed=status == "pass", check_name=name, asset_key=dg.AssetKey("a"), metadata=said
        )

    events = [check("bounds", "fail"), check("keys", "skipped"), check("unique", "pass")]
    rows = pd.DataFrame({"file": ["a*b.csv"], "value": [99999999.0], "remedy": ["mend it"]})
    context = dg.build_asset_context()
    found = list(with_facts(context, events, {}, {"bounds": rows}))
    assert [c.check_name for c in found] == ["bounds", "unique"]
    cells = found[0].metadata["offending cells"].value
    assert cells == r"* file=a\*b.csv, value=99999999.0, remedy=mend it"
    assert "offending cells" not in found[1].metadata

"""A first run in a workspace: two papers, one source, one edition, from an empty folder to published pages."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import duckdb

from tests.fixtures import first_run

PAPERS = (first_run.OWN_DATA, first_run.ON_PANEL)


def test_a_first_run_publishes_a_page_with_the_finding_of_each_paper(tmp_path: Path) -> None:
    root = first_run.make(tmp_path / "study")
    done = first_run.run(tmp_path / "study")
    assert done.returncode == 0, done.stderr[-3000:]
    findings = {(str(p["paper"]), str(p["claim"])) for p in PAPERS}
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select f.paper, f.claim from results.findings f "
            "join results.current_coefficients c on c.table_id = f.table_id and c.model = f.model "
            "and c.term = f.term and c.estimate = f.estimate where f.state is not null"
        ).fetchall()
        panel = connection.execute(
            "select count(*), count(distinct province_code) from marts.panel"
        )
        assert panel.fetchall() == [(31 * 18, 31)]
    assert set(rows) == findings
    pages = root / "published" / "report"
    for paper, claim in findings:
        assert escape(claim) in (pages / f"{paper}.html").read_text(encoding="utf-8")
        assert f'href="{paper}.html' in (pages / "index.html").read_text(encoding="utf-8")
    said = json.loads((root / "published" / "state.json").read_text(encoding="utf-8"))
    assert (root / "releases" / said["release_id"]).is_dir()

"""Build the dbt project on Spark, from seeds to results: on a local session or a standalone cluster.

Run: `python spark/build.py DATA_ROOT [--master spark://…] [--export FOLDER] [dbt arguments]` in the environment of
requirements-spark.lock. dbt's session method takes the session that is already there.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from living_panel.problems import ProblemError
from spark.artifacts import register_artifacts
from spark.session import check_extracted, open_session, register_sources

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
EXPORTED = ("marts", "results")
INDEX = "current.json"
"""The list of current artifacts: the default of dbt's variable `current_index`."""


def main() -> int:
    """Make the session, run dbt in it, and hand back its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--master", help="spark://host:port of a standalone cluster")
    parser.add_argument("--folder", type=Path, help="folder of the tables; all nodes see it")
    parser.add_argument("--export", type=Path, help="write marts and results here as Parquet files")
    parser.add_argument("--tests", action="store_true", help="run the data tests too")
    options, more = parser.parse_known_args()
    data = options.data.resolve()
    os.environ["LIVING_PANEL_DATA"] = str(data)
    os.environ.setdefault("LIVING_PANEL_BUILD", "unused")
    try:
        check_extracted(data)
        with tempfile.TemporaryDirectory(prefix="living-panel-spark-", dir=options.folder) as place:
            with open_session(Path(place), options.master) as session:
                register_sources(session, data)
                register_artifacts(session, data, INDEX)
                done = run_dbt(Path(place), tests=options.tests, more=more)
                if options.export and done:
                    export_tables(session, options.export)
    except ProblemError as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if done else 1


def run_dbt(folder: Path, *, tests: bool, more: list[str]) -> bool:
    """Build all models in the running session; return whether dbt succeeded."""
    from dbt.cli.main import dbtRunner

    left_out = ["unit_test"] if tests else ["unit_test", "test"]
    command = ["build", "--target", "spark", "--threads", "1"]
    command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    command += ["--target-path", f"{folder}/target", "--log-path", f"{folder}/logs"]
    command += [part for kind in left_out for part in ("--exclude-resource-type", kind)]
    return bool(dbtRunner().invoke([*command, *more]).success)


def export_tables(session: SparkSession, folder: Path) -> None:
    """Write each table of the stages that readers use to `folder/<stage>.<table>.parquet`."""
    folder.mkdir(parents=True, exist_ok=True)
    for stage in EXPORTED:
        for table in session.catalog.listTables(stage):
            rows = session.table(f"{stage}.{table.name}").toArrow()
            pq.write_table(rows, folder / f"{stage}.{table.name}.parquet")


if __name__ == "__main__":
    sys.exit(main())

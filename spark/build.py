"""Build the dbt project on a local Spark session, without Hive and without a server.

Run: `python spark/build.py DATA_ROOT [--panel FILE] [dbt arguments]` in the environment of
requirements-spark.lock. dbt's session method takes the session that is already there.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from spark.session import local_session, register_sources

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
# staging to marts with seeds; the stage results reads artifacts with functions of DuckDB
SELECTED = ["path:seeds", "path:models/staging", "path:models/intermediate", "path:models/marts"]


def main() -> int:
    """Make the session, run dbt in it, and hand back its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--panel", type=Path, help="write marts.panel to this Parquet file")
    parser.add_argument("--tests", action="store_true", help="run the data tests too")
    options, more = parser.parse_known_args()
    data = options.data.resolve()
    os.environ["LIVING_PANEL_DATA"] = str(data)
    os.environ.setdefault("LIVING_PANEL_BUILD", "unused")
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory(prefix="living-panel-spark-") as folder:
        session = local_session(Path(folder))
        try:
            register_sources(session, data)
            command = ["build", "--target", "spark", "--threads", "1", "--select", *SELECTED]
            command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
            command += ["--target-path", f"{folder}/target", "--log-path", f"{folder}/logs"]
            command += ["--exclude-resource-type", "unit_test"]
            if not options.tests:
                command += ["test"]
            done = dbtRunner().invoke([*command, *more])
            if options.panel and done.success:
                frame = session.table("marts.panel").toPandas()
                frame.to_parquet(options.panel, index=False)
        finally:
            session.stop()
    return 0 if done.success else 1


if __name__ == "__main__":
    sys.exit(main())

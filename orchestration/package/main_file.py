"""Reproduce every result of this package: `python3 main.py`.

Makes .venv from code/requirements.lock (needs a network), estimates every table from the data in this
folder, and compares each number with the one in results/, within the tolerances of another environment. New
tables are written to reproduced/, a record to reproduction.json. The exit code is 0 if every number is the same.

`python3 main.py --python PATH` uses an environment that has the packages already.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CODE = HERE / "code"
BOOTSTRAP = CODE / "living_panel" / "orchestration" / "bootstrap.py"
RECORD = HERE / "reproduction.json"
COMPARE = "living_panel.estimation.package.compared"
"""Module of this package's code that compares two folders of a table."""
SAME = ("same bytes", "same numbers")
MOST_CELLS = 10


def main() -> int:
    """Install, run, compare; 0 if every number is the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", help="interpreter of an environment that has the packages")
    options = parser.parse_args()
    package = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    begun = time.monotonic()
    python = options.python or install()
    installed = time.monotonic() - begun
    if python is None:
        return 1
    begun = time.monotonic()
    (HERE / "data").mkdir(exist_ok=True)  # no run makes its data root
    code = subprocess.call([python, "-m", "living_panel", "run"], cwd=HERE, env=environment())
    seconds = time.monotonic() - begun
    if code:
        return code
    tables = [compare(table["table"], python) for table in package["tables"]]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    record = {
        "paper": package["paper"],
        "seconds_installing": round(installed, 1),
        "seconds_running": round(seconds, 1),
        "peak_memory_mb": round(peak / (1024**2 if sys.platform == "darwin" else 1024)),
        "platform": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "tables": tables,
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    tell(record)
    return 0 if all(table["level"] in SAME for table in tables) else 1


def install() -> str | None:
    """Make the environment of the lock; return its interpreter, or None if that failed."""
    target = HERE / ".venv"
    code = subprocess.call(
        [sys.executable, str(BOOTSTRAP), str(target), str(CODE / "requirements.lock")]
    )
    return None if code else str(target / "bin" / "python")


def environment() -> dict[str, str]:
    """Environment of the run: the code of this package, one thread, nothing of the caller's settings."""
    prefixes = ("LIVING_PANEL_", "DAGSTER_", "DBT_", "PYTHON")
    variables = {k: v for k, v in os.environ.items() if not k.startswith(prefixes)}
    return {**variables, "PYTHONPATH": str(CODE), "OMP_NUM_THREADS": "1"}


def compare(name: str, python: str) -> dict[str, Any]:
    """Copy a table's new result to reproduced/, and compare it with the one in results/."""
    current = json.loads((HERE / "data" / "state" / "current.json").read_text(encoding="utf-8"))
    artifacts = {entry["table_id"]: entry["artifact_id"] for entry in current}
    folder = HERE / "data" / "artifacts" / name / artifacts.get(name, "none")
    target = HERE / "reproduced" / name
    if not (folder / "manifest.json").is_file():
        return {"table": name, "level": "no result", "cells": [], "largest": 0.0}
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    command = [python, "-m", COMPARE, name, str(HERE / "results" / name), str(target)]
    outcome: dict[str, Any] = json.loads(
        subprocess.check_output(command, cwd=HERE, env=environment(), text=True)
    )
    return {key: outcome[key] for key in ("table", "level", "cells", "largest")}


def tell(record: dict[str, Any]) -> None:
    """Print what was compared."""
    print("\nResults, compared with results/")
    for table in record["tables"]:
        level = table["level"] if table["level"] in SAME else table["level"].upper()
        print(f"  {table['table']:<32}{level}, largest relative difference {table['largest']:.1e}")
        for cell in table["cells"][:MOST_CELLS]:
            parts = (cell["model"], cell["term"], cell["inference"], cell["statistic"])
            name = ", ".join(part for part in parts if part)
            print(f"    {name}: stated {cell['stated']}, found {cell['found']}")
    same = sum(table["level"] in SAME for table in record["tables"])
    print(
        f"{same} of {len(record['tables'])} tables have the stated numbers. Installing took "
        f"{record['seconds_installing']:.0f} s, running {record['seconds_running']:.0f} s and at most "
        f"{record['peak_memory_mb']} MB a process, on {record['platform']}, Python {record['python']}."
    )


if __name__ == "__main__":
    sys.exit(main())

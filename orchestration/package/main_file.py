"""Reproduce every result of this package: `python3 main.py`.

Makes .venv from code/requirements.lock (needs a network), estimates every table from the data in this
folder, and compares the hash of each result with the one that the package states. New tables are written
to reproduced/, a record to reproduction.json. The exit code is 0 if every number is the same.

`python3 main.py --python PATH` uses an environment that has the packages already.
"""

import argparse
import hashlib
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
RECORD = HERE / "reproduction.json"
RENDERINGS = (".md", ".tex", ".csv", ".html")
"""Files whose bytes are compared too; the others carry times or fonts."""


def main() -> int:
    """Install, run, compare; 0 if every result hash is the same."""
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
    code = subprocess.call([python, "-m", "orchestration", "run"], cwd=HERE, env=environment())
    seconds = time.monotonic() - begun
    if code:
        return code
    tables = [compare(table) for table in package["tables"]]
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
    return 0 if all(table["same_numbers"] for table in tables) else 1


def install() -> str | None:
    """Make the environment of the lock; return its interpreter, or None if that failed."""
    target = HERE / ".venv"
    code = subprocess.call(
        [sys.executable, str(CODE / "orchestration" / "bootstrap.py"), str(target)]
    )
    return None if code else str(target / "bin" / "python")


def environment() -> dict[str, str]:
    """Environment of the run: the code of this package, one thread, nothing of the caller's settings."""
    prefixes = ("LIVING_PANEL_", "DAGSTER_", "DBT_", "PYTHON")
    variables = {k: v for k, v in os.environ.items() if not k.startswith(prefixes)}
    return {**variables, "PYTHONPATH": str(CODE), "OMP_NUM_THREADS": "1"}


def compare(table: dict[str, Any]) -> dict[str, Any]:
    """Compare one table's new result with the stated one, and copy it to reproduced/."""
    current = json.loads((HERE / "data" / "state" / "current.json").read_text(encoding="utf-8"))
    found = {entry["table_id"]: entry["artifact_id"] for entry in current}
    name = table["table"]
    folder = HERE / "data" / "artifacts" / name / found.get(name, "none")
    if not (folder / "manifest.json").is_file():
        return {"table": name, "expected": table["result_hash"], "found": None,
                "same_numbers": False, "other_files": []}  # fmt: skip
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    shutil.copytree(folder, HERE / "reproduced" / name, dirs_exist_ok=True)
    other = [
        file
        for file, digest in sorted(table["files"].items())
        if file.endswith(RENDERINGS) and digest != sha256(folder / file)
    ]
    same = manifest["result_hash"] == table["result_hash"]
    return {"table": name, "expected": table["result_hash"], "found": manifest["result_hash"],
            "same_numbers": same, "other_files": other}  # fmt: skip


def sha256(path: Path) -> str:
    """Hash of a file; empty where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def tell(record: dict[str, Any]) -> None:
    """Print what was compared."""
    print("\nResult hashes, stated and found")
    for table in record["tables"]:
        found = (table["found"] or "no result")[:16]
        verdict = "same" if table["same_numbers"] else "DIFFERENT"
        more = f"; other bytes in {', '.join(table['other_files'])}" if table["other_files"] else ""
        print(f"  {table['table']:<32}{table['expected'][:16]}  {found:<16}  {verdict}{more}")
    same = sum(table["same_numbers"] for table in record["tables"])
    print(
        f"{same} of {len(record['tables'])} tables have the stated numbers. Installing took "
        f"{record['seconds_installing']:.0f} s, running {record['seconds_running']:.0f} s and at most "
        f"{record['peak_memory_mb']} MB a process, on {record['platform']}, Python {record['python']}."
    )


if __name__ == "__main__":
    sys.exit(main())

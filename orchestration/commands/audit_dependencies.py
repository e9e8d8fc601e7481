"""Known vulnerabilities of the locked dependencies, by pip-audit: what was found, and what was not audited."""

import json
import os
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[2] / "requirements-dev.lock"


def main() -> int:
    """Run pip-audit and say what it found."""
    command = [
        sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip",
        "-r", str(LOCK), "--progress-spinner", "off", "-f", "json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    words, failed = verdict(done.stdout, done.stderr, in_ci=bool(os.environ.get("CI")))
    print(words)
    return int(failed)


def verdict(report: str, errors: str, *, in_ci: bool) -> tuple[str, bool]:
    """Meaning of a run of pip-audit, and whether it fails.

    A database without an answer for any package is unreachable: this is reported and passes. In CI a database
    that answers has to answer for every package.
    """
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return (
            f"pip-audit: nothing was audited: {(errors.strip() or 'no answer').splitlines()[-1]}",
            False,
        )
    skipped = {p["name"]: p["skip_reason"] for p in packages if "skip_reason" in p}
    lines = [
        f"{p['name']} {p['version']}: {v['id']}, mended in {', '.join(v['fix_versions']) or 'none yet'}"
        for p in packages
        for v in p.get("vulns", ())
    ]
    vulnerable, audited = bool(lines), len(packages) - len(skipped)
    lines.append(
        f"pip-audit: {audited} of {len(packages)} packages were audited, {len(lines)} findings."
    )
    if skipped:
        name, reason = next(iter(skipped.items()))
        lines.append(f"Not audited: {', '.join(skipped)}. First reason ({name}): {reason[:200]}")
    return "\n".join(lines), vulnerable or (in_ci and bool(skipped) and audited > 0)


if __name__ == "__main__":
    sys.exit(main())

"""Make .venv from the hashed lock, with nothing but a Python that has venv.

Runs before anything is installed, so it uses the standard library only, and says what is missing.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

SUPPORTED = ((3, 11), (3, 14))  # first, and first not


def main() -> int:
    """Create the environment; 0 if it is ready."""
    target = Path(sys.argv[1])
    lock = Path(__file__).resolve().parent.parent / "requirements.lock"
    here = sys.version_info[:2]
    if not SUPPORTED[0] <= here < SUPPORTED[1]:
        return fail(
            f"This is Python {here[0]}.{here[1]}; 3.11, 3.12 or 3.13 is needed. "
            "Remedy: install one and say which: make run PYTHON=python3.13"
        )
    if not shutil.which("git"):
        return fail("git is not on the path. Remedy: install git.")
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return fail(
            f"This Python has no ensurepip, so it cannot make an environment. Remedy on Debian: "
            f"apt-get install python{here[0]}.{here[1]}-venv"
        )
    print(
        f"Installing into {target} from {lock.name}; about a minute …", file=sys.stderr, flush=True
    )
    python = target / "bin" / "python"
    if not _usable(python, here):
        venv.EnvBuilder(with_pip=True, clear=target.exists(), symlinks=True).create(target)
    command = [
        str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(lock),
    ]  # fmt: skip
    if subprocess.call(command):
        return fail(
            "The packages could not be installed. Remedy: read pip's message above; if it speaks of the "
            "network, the package index is not reachable from here."
        )
    return 0


def _usable(python: Path, here: tuple) -> bool:
    """Whether an environment is there, whole, and of this Python."""
    question = "import sys, pip; print(sys.version_info[:2])"
    try:
        done = subprocess.run(
            [str(python), "-c", question], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return done.stdout.strip() == str(here)


def fail(message: str) -> int:
    """Say what is missing."""
    print(f"\n{message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

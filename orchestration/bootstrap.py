"""Make .venv from the hashed lock, with nothing but a Python that has venv.

Runs before anything is installed, so it uses the standard library only, and says what is missing.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)
EXACTLY = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r"]
PIP = ["--disable-pip-version-check", *EXACTLY]


def main() -> int:
    """Create the environment; 0 if it is ready."""
    target = Path(sys.argv[1])
    beside = Path(__file__).resolve().parent.parent / "requirements.lock"
    lock = Path(sys.argv[2]) if len(sys.argv) > 2 else beside
    here = sys.version_info[:2]
    if here < OLDEST:
        return fail(
            f"This is Python {here[0]}.{here[1]}; 3.11 or newer is needed. "
            "Remedy: install one and say which: make run PYTHON=python3.13"
        )
    if here > NEWEST:
        print(
            f"Python {here[0]}.{here[1]} is newer than any that was tried; trying it.",
            file=sys.stderr,
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
    number = len(re.findall(r"^[a-zA-Z0-9._-]+==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    say(
        f"Installing {number} packages of {lock.name} into {target}: usually one to three minutes, "
        "longer on a slow network. Nothing else is printed until they are there …"
    )
    began = time.monotonic()
    python = target / "bin" / "python"
    if not _usable(python, here):
        venv.EnvBuilder(with_pip=True, clear=target.exists(), symlinks=True).create(target)
    if not _by_uv(python, lock) and _call([str(python), "-m", "pip", "install", *PIP, str(lock)]):
        return fail(
            "The packages could not be installed. Remedy: read pip's message above; if it speaks of the "
            "network, the package index is not reachable from here."
        )
    say(f"Installed in {time.monotonic() - began:.0f} seconds.")
    return 0


def _by_uv(python: Path, lock: Path) -> bool:
    """Install with uv, which is itself installed as locked; False, with a word, if that did not work."""
    with tempfile.NamedTemporaryFile("w", suffix=".lock", encoding="utf-8") as its_own:
        its_own.write(locked("uv", lock.read_text(encoding="utf-8")))
        its_own.flush()
        if not _call([str(python), "-m", "pip", "install", *PIP, its_own.name]):
            command = [str(python.parent / "uv"), "pip", "install", "--python", str(python)]
            command += [*EXACTLY, str(lock)]
            if not _call(command, os.environ | uv_settings(pip_settings(python))):
                return True
    say("uv did not install them (above); pip does, in about a minute …")
    return False


def locked(package: str, lock: str) -> str:
    """The lines of one package in a lock: its version and its hashes."""
    found = re.search(rf"^{package}==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def pip_settings(python: Path) -> dict[str, str]:
    """Package index of this machine, from pip's settings; later lines win, as in pip."""
    said = subprocess.run(
        [str(python), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    lines = re.findall(r"^[^.\n]*\.([a-z-]+)='(.*)'$", said, re.MULTILINE)
    return dict(lines)


def uv_settings(pip: dict[str, str]) -> dict[str, str]:
    """The same for uv, which does not read pip's settings; uv's own settings come first."""
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
    }
    return {new: pip[old] for old, new in names.items() if old in pip and new not in os.environ}


def _call(command: list[str], environment: "dict[str, str] | None" = None) -> int:
    return subprocess.call(command, env=environment)


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


def say(message: str) -> None:
    """Say at once on stderr what goes on."""
    print(message, file=sys.stderr, flush=True)


def fail(message: str) -> int:
    """Say what is missing."""
    print(f"\n{message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""`validators`: the programs that validate a package's metadata, in an environment of their own."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from living_panel.codes import Code
from living_panel.ingestion.digests import sha256_of
from living_panel.ingestion.files import write_durably
from living_panel.orchestration.root.settings import IS_CHECKOUT, REPOSITORY, SHIPPED
from living_panel.problems import Place, Refused

ENVIRONMENT = REPOSITORY / ".venv-validators" if IS_CHECKOUT else Path(sys.prefix) / "validators"
"""Next to the environment of a checkout, inside that of an installed program."""
LOCK = SHIPPED / "tools" / "validators" / "requirements.lock"
STAMP = "installed.sha256"
"""File that holds the sha256 of the lock that was installed."""


def install_validators(environment: Path = ENVIRONMENT, lock: Path = LOCK) -> bool:
    """Install what the lock names, with its hashes; False if that is done already.

    Raises
    ------
    Refused
        If pip fails; its own message is on stderr.
    """
    digest, _ = sha256_of(lock)
    stamp = environment / STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return False
    venv.EnvBuilder(with_pip=True, clear=environment.exists(), symlinks=True).create(environment)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    arguments = ["install", "--quiet", "--no-deps", "--require-hashes", "-r", str(lock)]
    if subprocess.call([*pip, *arguments]):
        raise Refused(
            Code.NOT_INSTALLED(
                "the validators could not be installed; the reason is printed above",
                "make the package index reachable, then run `make validators` again",
                Place(file=str(environment)),
            )
        )
    write_durably(digest.encode(), stamp)
    return True

"""Hold ro-crate-metadata.json of this folder to roc-validator, without a network.

Runs in the validators' environment. The context of RO-Crate 1.3 is the one that the library `rocrate`
carries; it is put into the validator's cache, so that nothing is fetched.
"""

import importlib.resources
import io
import subprocess
import sys
import tempfile
from pathlib import Path

PROFILES = {"ro-crate-1.3": [], "process-run-crate-0.5": ["--disable-profile-inheritance"]}
"""Each with its options: the base checks are those of 1.3, for the actions too."""
ADDRESS = "https://w3id.org/ro/crate/1.3/context"


def main() -> int:
    """Validate against each profile; 0 if all hold."""
    with tempfile.TemporaryDirectory() as folder:
        cache = str(Path(folder) / "cache")
        fill(cache)
        return max(validate(profile, cache) for profile in PROFILES)


def fill(cache: str) -> None:
    """Put the context into a cache, as if it had been fetched."""
    import urllib3
    from requests.adapters import HTTPAdapter
    from requests_cache import CachedSession

    text = importlib.resources.files("rocrate").joinpath("data/ro-crate.jsonld").read_bytes()

    class Local(HTTPAdapter):
        """Answers every request with the context."""

        def send(self, request, *_, **__):  # type: ignore[no-untyped-def]
            """Return the context."""
            raw = urllib3.HTTPResponse(
                io.BytesIO(text), {"Content-Type": "application/ld+json"}, status=200,
                preload_content=False, request_url=request.url,
            )  # fmt: skip
            return self.build_response(request, raw)

    session = CachedSession(cache, expire_after=-1)
    session.mount("https://", Local())
    session.get(ADDRESS)


def validate(profile: str, cache: str) -> int:
    """Run the validator for one profile; its exit code."""
    program = str(Path(sys.executable).with_name("rocrate-validator"))
    command = [
        program,
        "-y",
        "validate",
        ".",
        "-p",
        profile,
        *PROFILES[profile],
        "-np",
        "--offline",
        "--cache-path",
        cache,
    ]
    command += ["--skip-availability-check", "--no-paging", "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(profile, "valid" if done.returncode == 0 else done.stdout[-6000:] + done.stderr[-3000:])
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())

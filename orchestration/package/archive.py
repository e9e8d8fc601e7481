"""An archive of a package: the same bytes for the same files, and unpacked into its own folder only."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from ingestion.files import sha256_of, sync
from ingestion.problems import Place, Problem
from orchestration.package import codes
from orchestration.package.facts import WrongPackage

CHECKSUMS = "CHECKSUMS"
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Time of every member: the earliest that a zip file can say."""
LARGEST = 20 * 1024**3
EXECUTABLE = ("main.py",)


def write_archive(target: Path, top: str, files: Mapping[str, bytes]) -> str:
    """Write files below one folder into a zip file, sorted and without times; return its sha256.

    CHECKSUMS with the sha256 of every file is added.
    """
    listed = dict(files)
    listed[CHECKSUMS] = checksums(files)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.writing")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in sorted(listed.items()):
            member = zipfile.ZipInfo(f"{top}/{name}", EARLIEST)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (0o755 if name in EXECUTABLE else 0o644) << 16
            member.create_system = 3
            archive.writestr(member, content)
    sync(temporary)
    temporary.replace(target)
    return sha256_of(target)[0]


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Return the list of all files as `sha256sum --check` reads it."""
    lines = (f"{hashlib.sha256(c).hexdigest()}  {n}\n" for n, c in sorted(files.items()))
    return "".join(lines).encode()


def unpack(file: Path, target: Path) -> Path:
    """Unpack an archive into an empty folder; return the package's own folder there.

    Raises
    ------
    WrongPackage
        If the file is no such archive, or holds a name that leads out of its folder.
    """
    if not file.is_file():
        raise WrongPackage(codes.UNREADABLE(Place(file=str(file)), reason="no such file"))
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if wrong := [n for n in names if not _is_inside(n)]:
                raise WrongPackage(codes.UNSAFE_NAME(Place(file=str(file), cell=wrong[0])))
            tops = {PurePosixPath(n).parts[0] for n in names}
            size = sum(member.file_size for member in archive.infolist())
            if len(tops) != 1 or size > LARGEST:
                reason = (
                    f"{len(tops)} folders, {size} bytes; expected one folder of {LARGEST} at most"
                )
                raise WrongPackage(codes.UNREADABLE(Place(file=str(file)), reason=reason))
            archive.extractall(target)
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError) as error:
        raise WrongPackage(codes.UNREADABLE(Place(file=str(file)), reason=error)) from error
    return target / tops.pop()


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name


def other_bytes(folder: Path) -> Iterator[Problem]:
    """Yield a problem for each file of an unpacked package that is not as CHECKSUMS says."""
    text = (folder / CHECKSUMS).read_text(encoding="utf-8")
    listed = {
        name: digest for digest, _, name in (line.partition("  ") for line in text.splitlines())
    }
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    for name in sorted(files - {*listed, CHECKSUMS}):
        yield codes.NOT_LISTED(Place(file=name))
    for name, digest in listed.items():
        if name not in files:
            yield codes.NOT_THERE(Place(file=name))
        elif sha256_of(folder / name)[0] != digest:
            yield codes.OTHER_BYTES(Place(file=name))

"""An archive of a package: the same bytes for the same files, and unpacked into its own folder only."""

from __future__ import annotations

import lzma
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NoReturn

from living_panel.codes import Code
from living_panel.estimation.package import sentences
from living_panel.estimation.package.facts import WrongPackage
from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.ingestion.files import sync
from living_panel.problems import Place, Problem

CHECKSUMS = "CHECKSUMS"
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Time of every member: the earliest that a zip file can say."""
LARGEST = 8 * 1024**3
"""Bytes of all files of a package together."""
MOST_FILES = 50_000
MOST_RATIO = 200
"""Bytes unpacked for one byte packed; a margin of 1 MB is allowed for each file."""
MARGIN = 1024**2
LONGEST_NAME = 255
_BLOCK = 1024**2
_KINDS = {0o120000: "a symbolic link", 0o060000: "a device", 0o020000: "a device", 0o010000: "a pipe",
          0o140000: "a socket"}  # fmt: skip
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
    lines = (f"{sha256_of_bytes(c)}  {n}\n" for n, c in sorted(files.items()))
    return "".join(lines).encode()


def unpack(file: Path, target: Path) -> Path:
    """Unpack an archive as the files of a new folder, without the archive's top folder; return the new folder.

    Members are streamed. Before the first byte is written, each name, kind and stated size is checked.

    Raises
    ------
    WrongPackage
        If the file is no such archive, is larger than a package may be, or holds anything but plain files inside
        its folder.
    """
    place = Place(file=str(file))
    if not file.is_file():
        raise WrongPackage(sentences.UNREADABLE(place, reason="no such file"))
    try:
        with zipfile.ZipFile(file) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            names = _checked_names(file, members)
            target.mkdir(parents=True)
            written = 0
            for member, name in zip(members, names, strict=True):
                written += _extract(archive, member, target / name, LARGEST - written, file)
    except UnicodeDecodeError as error:
        raise WrongPackage(sentences.NAME_FORM(place, name=repr(error.object))) from error
    except MemoryError as error:
        raise WrongPackage(
            sentences.UNREADABLE(place, reason="its list of files is too long")
        ) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        RuntimeError,
        ValueError,
        OSError,
        EOFError,
    ) as error:
        if isinstance(error, WrongPackage):
            raise
        raise WrongPackage(sentences.UNREADABLE(place, reason=error)) from error
    return target


def _checked_names(file: Path, members: Sequence[zipfile.ZipInfo]) -> list[PurePosixPath]:
    """Places of the members below the package's own folder, each checked."""
    place = Place(file=str(file))
    if len(members) > MOST_FILES:
        limits = {"found": len(members), "unit": "files", "limit": MOST_FILES}
        raise WrongPackage(sentences.ARCHIVE_LIMIT(place, **limits))
    names = [_checked_name(place, member) for member in members]
    tops = {name.parts[0] for name in names}
    if len(tops) != 1 or any(len(name.parts) == 1 for name in names):
        raise WrongPackage(sentences.SEVERAL_FOLDERS(place, number=len(tops)))
    seen: set[str] = set()
    for name in names:
        if (known := str(name).casefold()) in seen:
            raise WrongPackage(sentences.NAME_TWICE(replace(place, cell=str(name))))
        seen.add(known)
    size, packed = sum(m.file_size for m in members), file.stat().st_size
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if size > (limit := min(LARGEST, free // 2)):
        raise WrongPackage(sentences.ARCHIVE_LIMIT(place, found=size, unit="bytes", limit=limit))
    # members that share bytes are each as small as they say, and together larger than the archive
    if size > MOST_RATIO * packed + MARGIN:
        _refuse_ratio(place, size, packed)
    return [PurePosixPath(*name.parts[1:]) for name in names]


def _checked_name(place: Place, member: zipfile.ZipInfo) -> PurePosixPath:
    name, inside = member.orig_filename, replace(place, cell=member.filename)
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise WrongPackage(
            Code.PACKAGE_ARCHIVE(
                "a file of this archive would be written outside its folder",
                "do not unpack this archive",
                inside,
            )
        )
    has_encoding = name.isascii() or member.flag_bits & 0x800
    fits = all(len(part.encode()) <= LONGEST_NAME for part in path.parts)
    if not (path.parts and name.isprintable() and has_encoding and fits):
        raise WrongPackage(sentences.NAME_FORM(place, name=repr(name[:LONGEST_NAME])))
    if kind := _KINDS.get((member.external_attr >> 16) & 0o170000):
        raise WrongPackage(sentences.MEMBER_KIND(inside, kind=kind))
    if member.flag_bits & 1:
        raise WrongPackage(sentences.MEMBER_KIND(inside, kind="an encrypted file"))
    if member.file_size > MOST_RATIO * member.compress_size + MARGIN:
        _refuse_ratio(inside, member.file_size, member.compress_size)
    return path


def _refuse_ratio(place: Place, size: int, packed: int) -> NoReturn:
    unit = f"bytes, packed into {packed}"
    raise WrongPackage(
        sentences.ARCHIVE_LIMIT(place, found=size, unit=unit, limit=MOST_RATIO * packed + MARGIN)
    )


def _extract(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, room: int, file: Path
) -> int:
    """Write a member in blocks; return its size, which may not be more than the archive states."""
    target.parent.mkdir(parents=True, exist_ok=True)
    size, limit = 0, min(member.file_size, room)
    with archive.open(member) as stream, target.open("xb") as out:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > limit:
                place = Place(file=str(file), cell=member.filename)
                raise WrongPackage(
                    sentences.ARCHIVE_LIMIT(place, found=size, unit="bytes", limit=limit)
                )
            out.write(block)
    return size


def other_bytes(folder: Path) -> Iterator[Problem]:
    """Yield a problem for each file of an unpacked package that is not as CHECKSUMS says."""
    list_of_files = folder / CHECKSUMS
    if not list_of_files.is_file():
        yield sentences.FILE_MISSING(Place(file=CHECKSUMS))
        return
    listed: dict[str, str] = {}
    text = list_of_files.read_bytes().decode("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), 1):
        if match := LINE.fullmatch(line):
            listed[match[2]] = match[1]
        else:
            yield Code.PACKAGE_CHECKSUMS(
                "this line is not a sha256 and a file name",
                "run `make package` again",
                Place(file=CHECKSUMS, line=number),
            )
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    for name in sorted(files - {*listed, CHECKSUMS}):
        yield Code.PACKAGE_CHECKSUMS(
            "CHECKSUMS does not list this file",
            "get an unchanged copy of the archive",
            Place(file=name),
        )
    for name, digest in listed.items():
        if name not in files:
            yield Code.PACKAGE_MISSING(
                "CHECKSUMS lists this file, but it is missing",
                "get an unchanged copy of the archive",
                Place(file=name),
            )
        elif sha256_of(folder / name)[0] != digest:
            yield Code.PACKAGE_CHECKSUMS(
                "the content of this file does not match CHECKSUMS",
                "get an unchanged copy of the archive",
                Place(file=name),
            )

"""The ledger: what was published, in two append-only files whose lines are chained by their hashes.

`archive/ledger.jsonl` holds the receipts and is tracked in git with them; `ledger.jsonl` holds what a
root makes of them (releases, artifacts, published files) and stays where they are. Each line carries
the sha256 of the line before, so that none can be changed, taken out or put in without being seen.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import yaml
from filelock import FileLock

from living_panel.codes import Code, NoFix
from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.ingestion.errors import IngestionError
from living_panel.ingestion.limited_yaml import YamlLoader
from living_panel.ingestion.provenance.receipts import read_receipt
from living_panel.ingestion.storage import archive
from living_panel.orchestration.root import sentences
from living_panel.problems import Place, Problem, ProblemError, Refused, problems_of

KINDS = {
    "receipt": ("archive/{}/receipt.yml", "*/*/*"),
    "release": ("releases/{}/manifest.json", "[!.]*"),
    "artifact": ("artifacts/{}/manifest.json", "[!.]*/[!.]*"),
    "comparison": ("artifacts/drift/{}/manifest.json", "[!.]*"),
    "warehouse": ("warehouse/{}", "[!.]*.duckdb"),
    "state": ("states/{}/state.json", "[!.]*"),
    "accepted": ("state/{}.json", "accepted"),
}
"""Place of the file of each kind of thing by its name, and the pattern of names."""
OF_OLDER_ROOTS = ("receipt", "comparison", "state", "accepted")
"""Kinds of which a root may hold things without a line: they came before there were such lines."""
GONE = ("pruned", "withdrawn")
"""Events after which a thing may be absent."""
ROLLED_BACK = "rolled back to"
SHOWN = ("published", ROLLED_BACK)
"""Events of a warehouse file or a state that readers were led to."""
FIRST = "0" * 64
FIELDS = {"at", "kind", "name", "event", "sha256", "before"}
BEGINNING = b'{"at": "'
"""How each line begins, also one that was cut short."""
RECOVER = {
    "receipt": "restore it from git (git checkout -- data/archive) or a backup",
    "release": "run `make run`, which writes the current release again; restore an earlier release from a backup",
    "artifact": "run `make run`, which makes the current artifact again; restore an earlier artifact from a backup",
    "comparison": "run `make run`, which compares again and forgets what is gone",
    "warehouse": "run `make run`, which publishes again and moves the changed file away",
    "state": "run `make run`, which publishes again",
    "accepted": "restore it from a backup; or run `make accept NAME=…`, which makes the present results the baseline",
}


class Broken(ProblemError, ValueError):
    """A ledger whose lines do not follow from one another; the message names line and remedy."""


def file_of(root: Path, kind: str) -> Path:
    """The ledger that holds a kind of thing."""
    return root / ("archive/ledger.jsonl" if kind == "receipt" else "ledger.jsonl")


def lines(file: Path) -> list[dict[str, str]]:
    """The lines of a ledger, each held against the one before; a last line cut short is none.

    Raises
    ------
    Broken
        Naming the first line that does not follow.
    """
    if not file.exists():
        return []
    try:
        content = file.read_bytes()
    except OSError as error:
        place = Place(file=str(file))
        raise Broken(
            Code.LEDGER_BROKEN(
                "the ledger cannot be read: {reason}",
                "{recovery}",
                place,
                reason=error.strerror,
                recovery=_restore(file),
            )
        ) from None
    entries, broken = _entries(content)
    if broken:
        place = Place(file=str(file), line=broken)
        raise Broken(
            Code.LEDGER_BROKEN(
                "this line does not follow the line before: a line was changed, removed or inserted",
                "{recovery}",
                place,
                recovery=_restore(file),
            )
        )
    return [*entries]


@lru_cache(maxsize=2)  # both ledgers; a refresh asks for each artifact
def _entries(content: bytes) -> tuple[list[dict[str, str]], int]:
    """Lines of a ledger up to the first one that does not follow, and the number of that one; 0 if all follow."""
    entries: list[dict[str, str]] = []
    before = FIRST
    *whole, cut = content.split(b"\n")
    if cut[: len(BEGINNING)] != BEGINNING[: len(cut)]:
        whole.append(cut)  # no line that a killed run was writing
    for number, line in enumerate(whole, 1):
        entry = _entry(line)
        if entry is None or entry["before"] != before:
            return entries, number
        entries.append(entry)
        before = sha256_of_bytes(line)
    return entries, 0


def _entry(line: bytes) -> dict[str, str] | None:
    """One line as it was written; None for anything else, whatever it is."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(entry, dict) and set(entry) == FIELDS
    return entry if whole and all(isinstance(v, str) for v in entry.values()) else None


def head(root: Path) -> str:
    """Number and sha256 of the last line of the ledger of what this root made, as `12:<sha256>`.

    Raises
    ------
    Broken
        Naming the first line that does not follow.
    """
    file = file_of(root, "release")
    count = len(lines(file))
    return f"{count}:{_hashes(file)[count - 1] if count else FIRST}"


def witness(root: Path) -> Path:
    """File in the archive that holds the last line of the ledger at the last publication.

    All else of a root can be made anew, so that somebody may delete all but the archive. This file tells
    that something was published.
    """
    return root / "archive" / archive.WITNESS_NAME


def witnessed_head(root: Path) -> str:
    """Return the line of the ledger that the archive's own note names; empty without one."""
    try:
        return str(json.loads(witness(root).read_bytes())["ledger"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def is_finished(root: Path, number: int, noted: str = "") -> bool:
    """Whether a publication ended after this line: it noted a later one in the archive, or somebody elsewhere."""
    heads = (witnessed_head(root), noted)
    return any(int(head.partition(":")[0]) >= number for head in heads if _is_head(head))


def missing_heads(root: Path, heads: Iterable[str]) -> list[Problem]:
    """Return a problem for each noted line, as `head` gives it, that the ledger of this root does not hold."""
    file, hashes = file_of(root, "release"), _hashes(file_of(root, "release"))
    problems: list[Problem] = []
    for noted in dict.fromkeys(map(str, heads)):
        number, _, sha256 = noted.partition(":")
        if not _is_head(noted):
            problems.append(
                Code.LEDGER_BROKEN(
                    "{noted} is not a line of the ledger",
                    "write it as a publication prints it: 12:<sha256>",
                    noted=noted,
                )
            )
        elif number != "0" and sha256 not in hashes[int(number) - 1 : int(number)]:
            problems.append(
                Code.LEDGER_BROKEN(
                    "the noted line {line} ({sha256}…) is missing: the ledger was shortened or rewritten",
                    "{recovery}",
                    Place(str(file)),
                    line=number,
                    sha256=sha256[:16],
                    recovery=_restore(file),
                )
            )
    return problems


def _is_head(noted: str) -> bool:
    number, _, sha256 = noted.partition(":")
    return number.isascii() and number.isdecimal() and bool(sha256)


def later_lines(root: Path, noted: str) -> list[Problem]:
    """Return a finding for each line of the ledger of this root after the noted one.

    Raises
    ------
    Broken
        Naming the first line that does not follow.
    """
    if not _is_head(noted):
        return []
    file, number = file_of(root, "release"), int(noted.partition(":")[0])
    return [
        Code.LEDGER_BROKEN(
            "added to the ledger after the noted line: {kind} {name} {event} at {at} ({sha256}…)",
            NoFix.NOTE,
            Place(str(file), line=n),
            **{key: entry[key] for key in ("at", "event", "kind", "name")},
            sha256=entry["sha256"][:16],
        )
        for n, entry in enumerate(lines(file), 1)
        if n > number
    ]


def _hashes(file: Path) -> list[str]:
    """Sha256 of each line of a ledger."""
    if not file.is_file():
        return []
    return [sha256_of_bytes(line) for line in file.read_bytes().split(b"\n")]


def check_length(root: Path, heads: Iterable[str]) -> list[Problem]:
    """Everything that a ledger no longer holds though it must: lines noted elsewhere, receipts, git's lines.

    `heads` are lines of the ledger of what this root made, as `head` gives them.
    """
    problems = missing_heads(root, heads)
    tracked = file_of(root, "receipt")
    committed = _committed(tracked)
    if committed is not None and not _read(tracked).startswith(committed):
        place = Place(str(tracked))
        problems.append(
            Code.LEDGER_BROKEN(
                "the ledger does not begin with the lines committed to git: it was shortened or changed",
                "{recovery}",
                place,
                recovery=_restore(tracked),
            )
        )
    try:
        written = known(root, "receipt")
    except Broken:
        return problems  # named by `check`
    return problems + [
        Code.LEDGER_UNKNOWN(
            "no line of the ledger names receipt {name}: it is newer than the last refresh, or its line was removed",
            "`make run` adds the line; if the receipt is not yours, {recovery}",
            Place(str(path)),
            name=name,
            recovery=_restore(tracked),
        )
        for name, path in on_disk(root, "receipt").items()
        if name not in written
    ]


def _read(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def _committed(file: Path) -> bytes | None:
    """Return a file of the last commit; None if the commit lacks it."""
    try:
        done = subprocess.run(
            ["git", "show", f"HEAD:./{file.name}"],
            cwd=file.parent,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def append(root: Path, kind: str, name: str, event: str, sha256: str) -> None:
    """Write one line at the end and flush it to the disk."""
    file = file_of(root, kind)
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(root / "archive" / ".lock" if kind == "receipt" else root / ".ledger.lock"):
        *whole, cut = file.read_bytes().split(b"\n") if file.exists() else [b""]
        before = sha256_of_bytes(whole[-1]) if whole else FIRST
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "kind": kind, "name": name, "event": event, "sha256": sha256, "before": before,
        }  # fmt: skip
        line = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
        with file.open("r+b" if file.exists() else "wb", buffering=0) as stream:
            stream.seek(-len(cut), 2) if cut else stream.seek(0, 2)
            end = stream.tell()
            stream.truncate()  # what a run that was killed left of a line
            try:
                while line:
                    line = line[stream.write(line) or 0 :]
                os.fsync(stream.fileno())
            except OSError:  # what is not on the disk is not said
                with suppress(OSError):
                    os.ftruncate(stream.fileno(), end)
                raise


def known(root: Path, kind: str) -> dict[str, dict[str, str]]:
    """Last line of each thing of a kind, by name."""
    return {e["name"]: e for e in lines(file_of(root, kind)) if e["kind"] == kind}


def on_disk(root: Path, kind: str) -> dict[str, Path]:
    """File whose hash is in the ledger, by the name of the thing."""
    place, names = KINDS[kind]
    before, after = place.split("{}")
    files = sorted(root.glob(place.format(names)))
    found = {
        p.relative_to(root).as_posix().removeprefix(before).removesuffix(after): p for p in files
    }
    return {name: path for name, path in found.items() if not name.startswith("drift/")}


def fingerprint(kind: str, path: Path) -> str:
    """The ledger's hash of a thing: its file's sha256; for a receipt the hash without its withdrawals."""
    if kind != "receipt":
        return sha256_of(path)[0]
    # it loads pandas, which a command that only looks does not need
    from living_panel.estimation.panel.canonical import document_hash

    read_receipt(path)  # a damaged one is reported
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=YamlLoader)
    for part in (content, *content["files"]):
        part.pop("withdrawn", None)
    # as it is written, not as this version of the form understands it
    return document_hash(json.loads(json.dumps(content, default=str)))


def holds(root: Path, kind: str, name: str) -> bool:
    """Whether a thing lies on the disk just as it was published."""
    line, path = known(root, kind).get(name), root / KINDS[kind][0].format(name)
    return (
        line is not None
        and path.is_file()
        and line["event"] not in GONE
        and line["sha256"] == fingerprint(kind, path)
    )


def record(root: Path, kind: str, name: str) -> None:
    """Write down a thing as it lies on the disk, unless the ledger says so already."""
    if not holds(root, kind, name):
        append(root, kind, name, "published", fingerprint(kind, on_disk(root, kind)[name]))


def record_shown(root: Path, kind: str, name: str, event: str = "published") -> None:
    """Write down that readers are led to a warehouse file or a state, unless the last such line says so."""
    now = {"name": name, "event": event, "sha256": fingerprint(kind, on_disk(root, kind)[name])}
    _, last = last_shown(root, kind)
    if now.items() - last.items():
        append(root, kind, **now)


def last_shown(root: Path, kind: str) -> tuple[int, dict[str, str]]:
    """Return number and content of the last line that leads readers to a thing that is not gone; 0 without one.

    Raises
    ------
    Broken
        Naming the first line that does not follow.
    """
    present = {name for name, line in known(root, kind).items() if line["event"] not in GONE}
    shown = (
        (number, line)
        for number, line in enumerate(lines(file_of(root, kind)), 1)
        if line["kind"] == kind and line["event"] in SHOWN and line["name"] in present
    )
    return max(shown, key=lambda found: found[0], default=(0, {}))


def prune(root: Path, kind: str, name: str) -> None:
    """Write down that a thing is taken away; nothing for one that has no line, or is gone already."""
    line = known(root, kind).get(name)
    if line is not None and line["event"] not in GONE:
        append(root, kind, name, "pruned", line["sha256"])


def begin(root: Path, say: Callable[[str], None]) -> None:
    """Begin the ledger of a root that is older than it: existing files are adopted without witness.

    Raises
    ------
    Broken
        If a ledger is there and its lines do not follow from one another.
    """
    for file in {file_of(root, kind) for kind in KINDS}:
        lines(file)
    if file_of(root, "release").exists():
        return
    for kind in ("release", "artifact", "warehouse", "state", "accepted"):
        paths = on_disk(root, kind)
        for name in sorted(paths, key=lambda n: paths[n].stat().st_mtime):
            append(root, kind, name, "adopted", fingerprint(kind, paths[name]))
            say(f"ledger: {kind} {name} is older than the ledger and was adopted as it is")


def _record_receipts(root: Path, source: str, there: Container[str]) -> None:
    """Write down the receipts that came: taken from landing, fetched, or brought by git.

    Of one that is written down already: that it was withdrawn, or stands again; and what came where
    nothing was `there`, because it had been withdrawn.
    """
    before = known(root, "receipt")
    for name, path in on_disk(root, "receipt").items():
        if not name.startswith(f"{source}/"):
            continue
        event = "published" if read_receipt(path).standing() else "withdrawn"
        now, last = fingerprint("receipt", path), before.get(name)
        if (
            last is None
            or last["event"] == "taking"
            or (last["event"] in GONE and name not in there)
            or (last["event"] != event and last["sha256"] == now)
        ):
            append(root, "receipt", name, event, now)


@contextmanager
def taking(root: Path, source: str, vintages: set[str]) -> Iterator[None]:
    """The code inside may add files to these vintages (edition/date) of a source.

    That is written down before it begins, so that a run that is killed on the way accuses nobody.
    """
    before, paths = known(root, "receipt"), on_disk(root, "receipt")
    for name in sorted(f"{source}/{vintage}" for vintage in vintages):
        line, path = before.get(name), paths.get(name)
        if line and path and line["sha256"] == fingerprint("receipt", path):
            append(root, "receipt", name, "taking", line["sha256"])
    yield
    _record_receipts(root, source, paths)


def fetching(root: Path, source: str, edition: int) -> AbstractContextManager[None]:
    """As `taking`: a fetch adds to the vintage of its day by UTC, or of the day before if it goes on."""
    today = datetime.now(UTC).date()
    return taking(root, source, {f"{edition}/{today - timedelta(days=n)}" for n in (0, 1)})


def gone_receipts(root: Path) -> list[str]:
    """Return the receipts (source/edition/vintage) that were published and are not there.

    Raises
    ------
    Broken
        Naming the first line that does not follow.
    """
    paths = on_disk(root, "receipt")
    written = known(root, "receipt").items()
    return [name for name, line in written if name not in paths and line["event"] not in GONE]


def check(
    root: Path, kinds: tuple[str, ...] = tuple(KINDS), without: Container[str] = ()
) -> list[Problem]:
    """Everything on the disk that is not what the ledger says, with the way to recover it.

    Things of the names in `without` may be gone.
    """
    problems: list[Problem] = []
    for kind in kinds:
        try:
            lines_of = known(root, kind)
        except Broken as error:
            problems += [p for p in error.problems if p not in problems]
            continue
        paths = on_disk(root, kind)
        for name, line in lines_of.items():
            if name not in paths and line["event"] not in GONE and name not in without:
                problems.append(
                    Code.LEDGER_GONE(
                        "{kind} {name} was published, but is now missing",
                        "{recovery}",
                        kind=kind,
                        name=name,
                        recovery=RECOVER[kind],
                    )
                )
        if (
            kind in OF_OLDER_ROOTS
        ):  # a receipt is written down by a refresh, a state by a publication
            paths = {name: path for name, path in paths.items() if name in lines_of}
        problems += [p for n, f in paths.items() if (p := _changed(kind, n, f, lines_of.get(n)))]
    return problems


def _changed(kind: str, name: str, path: Path, line: dict[str, str] | None) -> Problem | None:
    place = Place(file=str(path))
    if line is None:
        return sentences.UNKNOWN(place, kind=kind, name=name)
    try:
        now = fingerprint(kind, path)
    except (OSError, IngestionError) as error:
        reason = "; ".join(p.text for p in problems_of(error))
        return Code.LEDGER_DIFFERS(
            "the program cannot compare {kind} {name} with its line in the ledger (the "
            "log of what was stored): {reason}",
            "{recovery}",
            place,
            kind=kind,
            name=name,
            reason=reason,
            recovery=RECOVER[kind],
        )
    if now == line["sha256"] or line["event"] == "taking":
        return None
    return Code.LEDGER_DIFFERS(
        "{kind} {name} differs from its content when it was published on {day} ({event})",
        "{recovery}",
        place,
        kind=kind,
        name=name,
        day=line["at"][:10],
        event=line["event"],
        recovery=RECOVER[kind],
    )


def _restore(file: Path) -> str:
    if file.parent.name == "archive":
        return "restore it from git (git checkout -- data/archive/ledger.jsonl)"
    return (
        "restore it from a backup; or move it away: the next `make run` begins a new ledger of the existing files, "
        "and says so"
    )


def withdraw(root: Path, kind: str, name: str) -> None:
    """Write down that a receipt, release or artifact was taken away on purpose.

    Raises
    ------
    ValueError
        If the ledger does not know it, or if it is still there.
    """
    line = known(root, kind).get(name)
    if line is None:
        raise Refused(
            Code.UNKNOWN_ENTRY(
                "the ledger has no {kind} {name}",
                "run `make verify`, which prints the names",
                kind=kind,
                name=name,
            )
        )
    if file := on_disk(root, kind).get(name):
        raise Refused(
            Code.UNKNOWN_ENTRY(
                "{file} exists; only a missing file can be recorded as deleted",
                "to withdraw archived values, run `make withdraw KIND=file "
                "NAME=<source>/<edition>/<vintage>/<file>`; to record a deletion, remove the file first",
                file=file,
            )
        )
    append(root, kind, name, "withdrawn", line["sha256"])

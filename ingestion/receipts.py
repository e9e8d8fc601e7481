"""The receipt of archived bytes: who published them, how and when they were obtained, their hash.

Holds the form, how it is read and written, and what only a person can answer. Asking is the
command line's business; moving files is the archive's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingestion.catalog import SOURCES, source
from ingestion.errors import IngestionError
from ingestion.files import sha256_of, write_durably
from ingestion.text import forbidden_character

RECEIPT_NAME = "receipt.yml"
RECEIPT_SUFFIX = ".receipt.yml"
LARGEST_RECEIPT = 4 * 1024 * 1024
LARGEST_DOWNLOAD = 4 * 1024 * 1024
"""The Bureau's site hands out tables of some kilobytes."""

FORMATS = (
    "landing_csv",
    "nbs_esdata_json",
    "nbs_easyquery_json",
    "nbs_site_csv",
    "nbs_site_xls",
    "yearbook_xls",
    "yearbook_xlsx",
    "yearbook_html",
    "yearbook_zip",
    "mofcom_pdf",
    "spb_html",
    "table",
    "index",
)
"""How a file is read.

`table` is any printed table that a layout describes; `index` marks what a fetch had to ask on its
way and holds no figure.
"""


class ReceiptError(IngestionError):
    """A receipt that is missing, malformed, or does not match its file."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Withdrawal(_Strict):
    """When and why bytes were declared wrong. They stay in the archive and are never chosen."""

    date: date
    reason: str = Field(min_length=3)


STATED = ("indicator", "unit", "region")
"""What a download of the Bureau's site may not print, and its receipt then states."""


class ReceiptFile(_Strict):
    """One file: its plain name, how it is read, its hash and, if fetched, the request."""

    name: str
    format: Literal[FORMATS]  # type: ignore[valid-type]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    url: str | None = None
    method: str | None = None
    body: str | None = None
    status: int | None = None
    headers: dict[str, str] | None = None
    retrieved_at: str | None = None
    stated: dict[Literal[STATED], str] | None = None  # type: ignore[valid-type]
    withdrawn: Withdrawal | None = None

    @model_validator(mode="after")
    def _stated_of_a_download(self) -> ReceiptFile:
        if self.stated and not self.format.startswith("nbs_site_"):
            raise ValueError(f"`stated` belongs to a download of the site, not to {self.format}")
        return self

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        problem = name_problem(name)
        if problem:
            raise ValueError(f"file name {name!r} {problem}")
        return name


class Receipt(_Strict):
    """What is known about the files of one vintage of one edition."""

    source: Literal["statistical_yearbook", "commerce_fdi", "postal_express"]
    edition: int = Field(ge=1949, le=2200)
    vintage: date
    producer: str = Field(min_length=2)
    publication: str = Field(min_length=2)
    obtained_by: str = Field(min_length=3)
    licence_note: str = Field(min_length=2)
    figures: Literal["official", "simulated"]
    files: tuple[ReceiptFile, ...] = Field(min_length=1)
    withdrawn: Withdrawal | None = None

    @model_validator(mode="after")
    def _names_differ(self) -> Receipt:
        names = [entry.name.casefold() for entry in self.files]
        if len(set(names)) != len(names):
            raise ValueError("two files of one receipt have the same name")
        return self

    def standing(self) -> tuple[ReceiptFile, ...]:
        """Return the files that are not withdrawn, neither singly nor with the whole vintage."""
        if self.withdrawn is not None:
            return ()
        return tuple(entry for entry in self.files if entry.withdrawn is None)


def name_problem(name: str) -> str | None:
    """Return why `name` cannot be the name of an archived file, or None if it can."""
    if not name or name in {".", ".."} or "/" in name or "\\" in name or "\0" in name:
        return "is not a plain file name"
    if name.startswith("."):
        return "starts with a dot"
    if name == RECEIPT_NAME or name.endswith(RECEIPT_SUFFIX):
        return "is reserved for receipts"
    if len(name.encode("utf-8", "surrogatepass")) > 200:
        return "is longer than 200 bytes"
    bad = forbidden_character(name)
    return f"holds {bad}" if bad else None


def receipt_path(file: Path) -> Path:
    """Return where the receipt of a file in landing belongs: beside it, `<file>.receipt.yml`."""
    return file.with_name(file.name + RECEIPT_SUFFIX)


def read_receipt(path: Path) -> Receipt:
    """Read and check one receipt.

    Raises
    ------
    ReceiptError
        If it is missing, a symbolic link, not YAML, or not in the form; each wrong field is named.
    """
    remedy = "write it again with `make receipt FILE=…`, or restore it from git"
    if path.is_symlink():
        raise ReceiptError(f"{path}: a receipt must be a file, not a symbolic link; {remedy}")
    try:
        if path.stat().st_size > LARGEST_RECEIPT:
            raise ReceiptError(f"{path}: larger than any receipt; {remedy}")
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReceiptError(f"{path}: there is no receipt; {remedy}") from None
    except OSError as error:
        raise ReceiptError(
            f"{path}: cannot be read ({error.strerror}); check permissions"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ReceiptError(
            f"{path}: not a readable YAML receipt ({_brief(error)}); {remedy}"
        ) from None
    try:
        return Receipt.model_validate(content)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, entry['loc'])) or 'receipt'}: {entry['msg']}"
            for entry in error.errors()[:8]
        )
        raise ReceiptError(f"{path}: {wrong}; {remedy}") from None


def write_receipt(receipt: Receipt, path: Path) -> None:
    """Write a receipt so that a reader sees the old one or the new one, whole."""
    content = receipt.model_dump(mode="json", exclude_defaults=False)
    content["files"] = [
        {key: value for key, value in entry.items() if value is not None}
        for entry in content["files"]
    ]
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    write_durably(text.encode("utf-8"), path)


@dataclass(frozen=True)
class Question:
    """One field that the file itself cannot answer, with the answer that is likely."""

    field: str
    prompt: str
    default: str | None
    choices: tuple[str, ...] = ()


def place_in_landing(file: Path) -> tuple[str | None, int | None]:
    """Return source and edition from `…/landing/<source>/<edition>/<file>`, None if unreadable."""
    name, edition = file.parent.parent.name, file.parent.name
    known = name if name in SOURCES else None
    return known, int(edition) if edition.isascii() and edition.isdigit() else None


def guess_format(file: Path, source_name: str | None) -> str:
    """Return the likely format from the file's suffix, source and start; a person confirms it."""
    pages = {"postal_express": "spb_html"}
    by_suffix = {
        ".xls": "yearbook_xls",
        ".xlsx": "yearbook_xlsx",
        ".zip": "yearbook_zip",
        ".pdf": "mofcom_pdf",
        ".json": _json_form(file),
        ".htm": pages.get(source_name or "", "yearbook_html"),
        ".html": pages.get(source_name or "", "yearbook_html"),
        ".shtml": "spb_html",
    }
    found = by_suffix.get(file.suffix.lower(), "landing_csv")
    if found == "landing_csv":
        if _is_site_csv(file):
            return "nbs_site_csv"
        # another CSV is a table of any shape, which a layout has to describe
        return found if b"indicator_label" in _start(file) or not file.is_file() else "table"
    if found in {"yearbook_xls", "yearbook_xlsx"} and source_name == "statistical_yearbook":
        return "nbs_site_xls" if _not_said(file) is not None else found
    if source_name in {"postal_express", "commerce_fdi"} and found.startswith("yearbook_x"):
        return "table"
    return found


def _not_said(file: Path) -> list[str] | None:
    """Return what a download of the Bureau's site leaves out; None for any other file."""
    # imported here: a receipt of a landing file needs no parser
    from ingestion.sources.statistical_yearbook.site import not_said

    if not file.is_file() or file.stat().st_size > LARGEST_DOWNLOAD:
        return None
    return not_said(file.read_bytes(), file.name)


def _json_form(file: Path) -> str:
    return "nbs_esdata_json" if b'"i_showname"' in _start(file) else "nbs_easyquery_json"


def _is_site_csv(file: Path) -> bool:
    start = _start(file)
    marks = [f"{word}{colon}" for word in ("数据库", "Database") for colon in "：:"]
    encodings = ("utf-8", "gbk")
    return any(mark.encode(encoding) in start[:40] for mark in marks for encoding in encodings)


def _start(file: Path) -> bytes:
    if not file.is_file():
        return b""
    with file.open("rb") as stream:
        return stream.read(2_000)


def questions(file: Path, today: date) -> list[Question]:
    """Return what a receipt needs and the file cannot tell, in the order of asking.

    Source and edition are asked only when the file does not lie in its landing folder. A question
    without a default has to be answered by a person: how the file was obtained.
    """
    found, edition = place_in_landing(file)
    asked: list[Question] = []
    if found is None:
        asked.append(Question("source", "Source", None, SOURCES))
    if edition is None:
        asked.append(Question("edition", "Edition (year of the publication)", None))
    entry = source(found) if found else None
    title = entry.editions.get(edition) if entry and edition else None
    asked += [
        Question("vintage", "Date on which you obtained this file", today.isoformat()),
        Question("format", "Format", guess_format(file, found), FORMATS[:-1]),
        Question("producer", "Producer", entry.producer if entry else None),
        Question("publication", "Publication", title),
        Question("obtained_by", "How was it obtained (book and page, address, person)?", None),
        Question("licence_note", "Licence", entry.licence if entry else None),
        Question("figures", "Figures", "official", ("official", "simulated")),
    ]
    if guess_format(file, found).startswith("nbs_site_"):
        asked += [_STATED_QUESTIONS[name] for name in _not_said(file) or ()]
    return asked


_STATED_QUESTIONS = {
    "indicator": Question(
        "indicator",
        "The file does not print its indicator. Which is it, as the catalog says?",
        None,
    ),
    "unit": Question("unit", "The file does not print its unit. Which is it?", None),
    "region": Question("region", "The file does not print its region. Which is it?", None),
}


def receipt_for(file: Path, **answers: Any) -> Receipt:
    """Return the receipt of one file from the answers to `questions`, hashing the file now.

    Parameters
    ----------
    file
        A regular file; source and edition come from its place in landing unless answered.
    **answers
        One value a question's `field`. Missing ones fall back on the question's default.

    Raises
    ------
    ReceiptError
        If the file is not a regular one, its name cannot be kept, or an answer is missing or wrong.
    """
    if file.is_symlink() or not file.is_file():
        raise ReceiptError(f"{file}: not a regular file; give the path of the file itself")
    problem = name_problem(file.name)
    if problem:
        raise ReceiptError(f"{file}: the name {problem}; rename the file")
    found, edition = place_in_landing(file)
    known: dict[str, Any] = {"source": found, "edition": edition}
    known |= {
        asked.field: asked.default for asked in questions(file, date.today()) if asked.default
    }
    known |= {field: answer for field, answer in answers.items() if answer is not None}
    if known["source"] is None:
        raise ReceiptError(f"{file}: no source; put it in landing/<source>/<edition>/ or name one")
    if not str(known.get("obtained_by") or "").strip():
        raise ReceiptError(f"{file}: `obtained_by` is missing; say how the file was obtained")
    file_format = known.pop("format")
    stated = {name: known.pop(name) for name in STATED if name in known} or None
    digest, size = sha256_of(file)
    try:
        entry = ReceiptFile(
            name=file.name, format=file_format, sha256=digest, bytes=size, stated=stated
        )
        return Receipt.model_validate({**known, "files": (entry,)})
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in error.errors()[:8]
        )
        raise ReceiptError(f"{file}: the receipt cannot be written: {wrong}") from None


def _brief(error: BaseException) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__

"""The receipt of archived bytes: who published them, how and when they were obtained, their hash.

Holds the form, how it is read and written, and what only a person can answer. Asking is the
command line's business; moving files is the archive's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from living_panel.codes import Code
from living_panel.ingestion import sentences
from living_panel.ingestion.digests import sha256_of
from living_panel.ingestion.errors import IngestionError
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.limited_yaml import YamlLoader, faults_of
from living_panel.ingestion.provenance.catalog import Format, Strict, field_problems, names, source
from living_panel.ingestion.text import forbidden_character
from living_panel.problems import Place, Refused

RECEIPT_NAME = "receipt.yml"
RECEIPT_SUFFIX = ".receipt.yml"
LARGEST_RECEIPT = 4 * 1024 * 1024
LARGEST_DOWNLOAD = 4 * 1024 * 1024
"""Files that leave something out, and are looked into for it, are tables of some kilobytes."""

LANDING_FORM = "landing_csv"
TABLE = "table"
"""The format of any printed table that a layout describes."""
TABLE_BEFORE = {"yearbook_xls", "yearbook_xlsx", "yearbook_html", "yearbook_zip", "mofcom_pdf"}
"""Its name in receipts of earlier versions."""
INDEX = "index"
"""The format of what a fetch had to ask on its way: it holds no value."""


class ReceiptError(IngestionError):
    """A receipt that is missing, malformed, or does not match its file."""


class Withdrawal(Strict):
    """When and why a file was withdrawn as wrong. The file stays in the archive, and its values are never used."""

    date: date
    """Day of the withdrawal."""
    reason: str = Field(min_length=3)
    """Reason for the withdrawal, in words."""
    by: Literal["person", "run"] = "person"
    """Whether a person withdrew the file, or a run whose tests failed on its values alone."""


STATED = ("indicator", "unit", "region")
"""Fact that a file may omit, and its receipt then states."""


class ReceiptFile(Strict):
    """One file: its name, its form, its hash and, if fetched, the request."""

    name: str
    """Name of the file, without a folder."""
    format: str
    """Form of the file: the landing form, a table, an index, or one of its source's formats."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the file, 64 hexadecimal digits."""
    bytes: int = Field(ge=0)
    """Size of the file in bytes."""
    url: str | None = None
    """Address that a fetch asked; `null` for a file from a person."""
    method: str | None = None
    """HTTP method of the request."""
    body: str | None = None
    """Body of the request."""
    status: int | None = None
    """HTTP status of the response."""
    headers: dict[str, str] | None = None
    """Headers of the response."""
    retrieved_at: str | None = None
    """Time of the response, in UTC."""
    stated: dict[Literal[STATED], str] | None = None  # type: ignore[valid-type]
    """Fact that the file omits and a person stated: indicator, unit or region."""
    withdrawn: Withdrawal | None = None
    """Withdrawal of this file; `null` while it is valid."""

    @field_validator("format")
    @classmethod
    def _of_today(cls, form: str) -> str:
        return TABLE if form in TABLE_BEFORE else form

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        problem = name_problem(name)
        if problem:
            raise Refused(
                Code.FILE_NAME(
                    "the file name {name!r} {problem}",
                    "rename the file, then run `make receipt`",
                    name=name,
                    problem=problem,
                )
            )
        return name


class Receipt(Strict):
    """Facts about the files of one vintage of one edition."""

    source: str
    """Name of the source."""
    edition: int = Field(ge=1949, le=2200)
    """Year of the publication."""
    vintage: date
    """Day on which the files were obtained."""
    producer: str = Field(min_length=2)
    """Authority that published the files."""
    publication: str = Field(min_length=2)
    """Title of the publication."""
    obtained_by: str = Field(min_length=3)
    """Way in which the files were obtained: book and page, address, or person."""
    licence_note: str = Field(min_length=2)
    """Terms under which the values may be used."""
    figures: Literal["official", "simulated"]
    """Whether the values are official or simulated."""
    files: tuple[ReceiptFile, ...] = Field(min_length=1)
    """Files of the vintage."""
    withdrawn: Withdrawal | None = None
    """Withdrawal of all files; `null` while they are valid."""

    @model_validator(mode="after")
    def _source_knows_formats(self) -> Receipt:
        forms = {form.name: form for form in formats_of(self.source)}
        known = (LANDING_FORM, TABLE, *forms, INDEX)
        for entry in self.files:
            if entry.format not in known:
                raise Refused(
                    Code.RECEIPT_FORM(
                        "format {format!r} of {name} is unknown",
                        "write one of {known}",
                        format=entry.format,
                        name=entry.name,
                        known=known,
                    )
                )
            if entry.stated and not (entry.format in forms and forms[entry.format].asks):
                raise Refused(
                    Code.RECEIPT_FORM(
                        "`stated` is allowed only for formats that ask for facts, not for {format}",
                        "remove `stated`",
                        format=entry.format,
                    )
                )
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> Receipt:
        names = [entry.name.casefold() for entry in self.files]
        if len(set(names)) != len(names):
            raise Refused(
                Code.FILE_NAME("two files in one receipt have the same name", "rename one of them")
            )
        return self

    def standing(self) -> tuple[ReceiptFile, ...]:
        """Return the files that are not withdrawn, neither singly nor with the whole vintage."""
        if self.withdrawn is not None:
            return ()
        return tuple(entry for entry in self.files if entry.withdrawn is None)


def formats_of(source_name: str | None) -> list[Format]:
    """Return the formats of a source in addition to the common ones; of all sources by default."""
    chosen = (source_name,) if source_name else names()
    return [form for name in chosen for form in source(name).formats]


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
    """Return the path of the receipt of a file in landing: in the same folder, `<file>.receipt.yml`."""
    return file.with_name(file.name + RECEIPT_SUFFIX)


def read_receipt(path: Path) -> Receipt:
    """Read and check one receipt.

    Raises
    ------
    ReceiptError
        If it is missing, a symbolic link, not YAML, or not in the form; the message gives each wrong field.
    """
    remedy = "write it again with `make receipt FILE=…`, or restore it from git"
    place = Place(str(path))
    if path.is_symlink():
        raise ReceiptError(
            Code.RECEIPT_FORM(
                "the receipt is a symbolic link, but must be a file",
                "{remedy}",
                place,
                remedy=remedy,
            )
        )
    try:
        if path.exists() and not path.is_file():
            # reading a pipe or a device would not end
            raise ReceiptError(
                Code.RECEIPT_FORM(
                    "the receipt is not a regular file", "{remedy}", place, remedy=remedy
                )
            )
        if path.stat().st_size > LARGEST_RECEIPT:
            raise ReceiptError(
                Code.READ_LIMIT(
                    "the file is too large for a receipt", "{remedy}", place, remedy=remedy
                )
            )
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=YamlLoader)
    except FileNotFoundError:
        raise ReceiptError(
            Code.RECEIPT_MISSING("the file has no receipt", "{remedy}", place, remedy=remedy)
        ) from None
    except OSError as error:
        raise ReceiptError(
            Code.FILE_UNREADABLE(
                "the receipt cannot be read ({reason})",
                "check the owner and permissions of the receipt",
                place,
                reason=error.strerror,
            )
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # such as a year of 5,000 digits
        if isinstance(error, ReceiptError):
            raise
        reason = " ".join(str(error).split())[:120]
        raise ReceiptError(
            Code.RECEIPT_FORM(
                "the receipt is not valid YAML ({reason})",
                "{remedy}",
                place,
                reason=reason,
                remedy=remedy,
            )
        ) from None
    try:
        return Receipt.model_validate(content)
    except ValidationError as error:
        wrong = field_problems(error, sentences.RECEIPT_FIELDS, str(path), remedy=remedy)
        raise ReceiptError(*wrong) from None


def write_receipt(receipt: Receipt, path: Path) -> None:
    """Write a receipt so that a reader sees the old one or the new one, whole."""
    content = receipt.model_dump(mode="json")
    content["files"] = [
        {key: value for key, value in entry.items() if value is not None}
        for entry in content["files"]
    ]
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    write_durably(text.encode("utf-8"), path)


@dataclass(frozen=True)
class ReceiptQuestion:
    """One field that the file itself cannot answer, with the answer that is likely."""

    field: str
    prompt: str
    default: str | None
    choices: tuple[str, ...] = ()


def place_in_landing(file: Path) -> tuple[str | None, int | None]:
    """Return source and edition from `…/landing/<source>/<edition>/<file>`, None if unreadable."""
    name, edition = file.parent.parent.name, file.parent.name
    known = name if name in names() else None
    plain = edition.isascii() and edition.isdigit() and len(edition) == 4
    return known, int(edition) if plain else None


def guess_format(file: Path, source_name: str | None) -> str:
    """Return the likely format from the file's suffix and start; a person confirms it."""
    with file.open("rb") as stream:
        start = stream.read(2_000)
    for form in formats_of(source_name):
        if file.suffix.lower() not in form.suffixes or not _holds(start, form.contains):
            continue
        # a file with omissions and without a mark is recognised by its content
        if not form.asks or form.contains or _list_omissions(file, source_name) is not None:
            return form.name
    return LANDING_FORM if not start or b"indicator_label" in start else TABLE


def _list_omissions(file: Path, source_name: str | None) -> list[str] | None:
    """Return what a file leaves out, by its source's reader; None for another form."""
    if not source_name or file.stat().st_size > LARGEST_DOWNLOAD:
        return None
    # imported here: most receipts are written without looking into the file
    from living_panel.ingestion.bounded import call

    try:
        omissions: list[str] | None = call(
            "living_panel.ingestion.reading.readers:list_omissions",
            file.read_bytes(),
            file.name,
            [source_name, file.name],
        )
    except IngestionError:
        return None  # its errors are reported when it is read
    return omissions


def _holds(start: bytes, marks: tuple[str, ...]) -> bool:
    encoded = [mark.encode(encoding) for mark in marks for encoding in ("utf-8", "gbk")]
    return not marks or any(mark in start for mark in encoded)


def questions(file: Path, today: date) -> list[ReceiptQuestion]:
    """Return the facts that a receipt needs and the file lacks, in the order of asking.

    Source and edition are asked only when the file does not lie in its landing folder. A question
    without a default has to be answered by a person: how the file was obtained.

    Raises
    ------
    ReceiptError
        If there is no such regular file, or its name cannot be kept.
    """
    if file.is_symlink() or not file.is_file():
        raise ReceiptError(
            Code.FILE_MISSING(
                "the file does not exist, or is not a regular file",
                "give the path as `make status` shows it",
                Place(str(file)),
            )
        )
    problem = name_problem(file.name)
    if problem:
        raise ReceiptError(
            Code.FILE_NAME(
                "the name {problem}", "rename the file", Place(str(file)), problem=problem
            )
        )
    source_name, edition = place_in_landing(file)
    listed: list[ReceiptQuestion] = []
    if source_name is None:
        listed.append(ReceiptQuestion("source", "Source", None, names()))
    if edition is None:
        listed.append(ReceiptQuestion("edition", "Edition (year of the publication)", None))
    entry = source(source_name) if source_name else None
    forms = {form.name: form for form in formats_of(source_name)}
    likely = guess_format(file, source_name)
    title = entry.editions.get(edition) if entry and edition else None
    listed += [
        ReceiptQuestion("vintage", "Date on which you obtained this file", today.isoformat()),
        ReceiptQuestion("format", "Format", likely, (LANDING_FORM, TABLE, *forms)),
        ReceiptQuestion("producer", "Producer", entry.producer if entry else None),
        ReceiptQuestion("publication", "Publication", title),
        ReceiptQuestion(
            "obtained_by", "How was it obtained (book and page, address, person)?", None
        ),
        ReceiptQuestion("licence_note", "Licence", entry.licence if entry else None),
        ReceiptQuestion("figures", "Kind of values", "official", ("official", "simulated")),
    ]
    if likely in forms and forms[likely].asks:
        for name in _list_omissions(file, source_name) or ():
            prompt = f"The file does not print its {name}. Which is it?"
            listed.append(ReceiptQuestion(name, prompt, None))
    return listed


def wrong_with(question: ReceiptQuestion, answer: str) -> str | None:
    """Return what is wrong with the answer to one question, or None if the receipt takes it."""
    if question.choices and answer not in question.choices:
        return f"{answer!r} is none of {', '.join(question.choices)}"
    field = Receipt.model_fields.get(question.field)
    form: Any = field.rebuild_annotation() if field else Annotated[str, Field(min_length=1)]
    try:
        TypeAdapter(form).validate_python(answer.strip())
    except ValidationError as error:
        return f"{answer!r}: {faults_of(error)[0].reason}"
    return None


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
    source_name, edition = place_in_landing(file)
    known: dict[str, Any] = {"source": source_name, "edition": edition}
    known |= {
        question.field: question.default
        for question in questions(file, date.today())
        if question.default
    }
    known |= {field: answer for field, answer in answers.items() if answer is not None}
    if known["source"] is None:
        raise ReceiptError(
            Code.ANSWER(
                "the source of the file is not known",
                "put the file in landing/<source>/<edition>/, or name the source",
                Place(str(file)),
            )
        )
    if not str(known.get("obtained_by") or "").strip():
        raise ReceiptError(
            Code.ANSWER(
                "`obtained_by` is missing",
                "write under `obtained_by` how you obtained the file",
                Place(str(file)),
            )
        )
    file_format = known.pop("format")
    stated = {name: known.pop(name) for name in STATED if name in known} or None
    digest, size = sha256_of(file)
    try:
        entry = ReceiptFile(
            name=file.name, format=file_format, sha256=digest, bytes=size, stated=stated
        )
        return Receipt.model_validate({**known, "files": (entry,)})
    except ValidationError as error:
        wrong = field_problems(error, sentences.RECEIPT_ANSWERS, str(file))
        raise ReceiptError(*wrong) from None

"""A set of Parquet files too large for memory, registered by a receipt: these bytes and no others."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec, Unusable
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.panel.spec import Strict
from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.problems import Place

RECEIPT = "receipt.yml"
REPOSITORY = Path(__file__).resolve().parents[2]


class DataSet(Strict):
    """A folder of Parquet files, absolute or relative to this code, and the hash of its receipt."""

    folder: str
    """Folder of the Parquet files, absolute or relative to the code."""
    receipt_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the folder's `receipt.yml`, 64 hexadecimal digits."""

    @model_validator(mode="after")
    def _there(self) -> DataSet:
        """A set that is gone, or another, is a fault of the spec: it stops no other table."""
        _receipt(self)
        return self


class SetReceipt(Strict):
    """Who published a set, when and how it was obtained, and the hash of every file."""

    producer: str
    """Authority or person who published the set."""
    publication: str
    """Title of the publication."""
    vintage: date | str
    """Day on which the set was obtained, or the producer's name for its version."""
    obtained_by: str
    """Way in which the files were obtained."""
    figures: Literal["official", "simulated"]
    """Whether the values are official or simulated."""
    files: dict[str, str] = Field(min_length=1)
    """SHA-256 of every Parquet file, by its name."""


def registered(data: DataSet) -> tuple[Path, SetReceipt]:
    """Folder of a set and its receipt, every file compared with its hash.

    Raises
    ------
    ValueError
        Naming file, what was found and the remedy.
    """
    folder, receipt = _receipt(data)
    for name, expected in receipt.files.items():
        digest, _ = sha256_of(folder / name)
        if digest != expected:
            raise InvalidSpec(
                Code.SPEC_RELEASE(
                    "{folder} has sha256 {found}, but its receipt says {expected}",
                    "restore the file, or write the new hash into the receipt",
                    folder=folder / name,
                    found=digest,
                    expected=expected,
                )
            )
    return folder, receipt


def _receipt(data: DataSet) -> tuple[Path, SetReceipt]:
    """Folder of a set and its receipt, which lists the existing files; no file is read."""
    folder = REPOSITORY / data.folder  # an absolute path stays itself
    path = folder / RECEIPT
    if not path.exists():
        raise InvalidSpec(
            Code.RECEIPT_MISSING(
                "{path} is missing",
                "write receipt.yml, the receipt of the data set, into the folder of its files",
                path=path,
            )
        )
    content = path.read_bytes()
    if (digest := sha256_of_bytes(content)) != data.receipt_sha256:
        raise Unusable(
            Code.SPEC_RELEASE(
                "{path} has sha256 {found}, but the spec states {receipt_sha256}",
                "restore the file, or write the new hash into the spec",
                path=path,
                found=digest,
                receipt_sha256=data.receipt_sha256,
            )
        )
    marked = Marked(path)
    try:
        receipt = SetReceipt.model_validate(marked.content)
    except ValidationError as error:
        raise InvalidSpec(*marked.faults(error, SetReceipt)) from error
    present = {file.name for file in folder.glob("*.parquet")}
    if present != set(receipt.files):
        differ = sorted(present ^ set(receipt.files))
        raise InvalidSpec(
            Code.SPEC_RELEASE(
                "{differ}: only one of the folder and {receipt} has this file",
                "list each Parquet file of the folder under `files`",
                Place(file=str(folder)),
                differ=[*differ],
                receipt=RECEIPT,
            )
        )
    return folder, receipt

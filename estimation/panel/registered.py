"""A set of Parquet files too large for memory, registered by a receipt: these bytes and no others."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from estimation.panel.spec import Strict

RECEIPT = "receipt.yml"
REPOSITORY = Path(__file__).parents[2]


class DataSet(Strict):
    """A folder of Parquet files, absolute or beside this code, and the hash of its receipt."""

    folder: str
    receipt_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class SetReceipt(Strict):
    """Who published a set, when and how it was obtained, and the hash of every file."""

    producer: str
    publication: str
    vintage: str
    obtained_by: str
    figures: Literal["official", "simulated"]
    files: dict[str, str] = Field(min_length=1)


def registered(data: DataSet) -> tuple[Path, SetReceipt]:
    """Folder of a set and its receipt, every file held against its hash.

    Raises
    ------
    ValueError
        Naming file, what was found and the remedy.
    """
    folder = REPOSITORY / data.folder  # an absolute path stays itself
    path = folder / RECEIPT
    if not path.exists():
        raise ValueError(f"{path} is not there. Remedy: write the set's receipt beside its files.")
    content = path.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != data.receipt_sha256:
        raise ValueError(
            f"{path} has sha256 {found}, the spec names {data.receipt_sha256}: another state of the "
            "set. Remedy: restore it, or write the new hash into the spec."
        )
    try:
        receipt = SetReceipt.model_validate(yaml.safe_load(content))
    except (yaml.YAMLError, ValidationError) as error:
        raise ValueError(f"{path}: {error}. Remedy: mend the receipt.") from error
    present = {file.name for file in folder.glob("*.parquet")}
    if present != set(receipt.files):
        differ = sorted(present ^ set(receipt.files))
        raise ValueError(f"{folder}: {differ} are in the folder or in {RECEIPT}, not in both.")
    for name, expected in receipt.files.items():
        with (folder / name).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != expected:
            raise ValueError(
                f"{folder / name} has sha256 {found}, its receipt says {expected}. Remedy: restore "
                "the file, or register the new one."
            )
    return folder, receipt

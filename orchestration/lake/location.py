"""Where a data root publishes to: `publish.yml` of the root, and credentials of the environment."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import psycopg2.extensions
import yaml
from psycopg2 import ProgrammingError
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from living_panel.codes import Code
from living_panel.ingestion.limited_yaml import YamlLoader, faults_of
from living_panel.ingestion.provenance.catalog import field_problems
from living_panel.orchestration.lake import sentences
from living_panel.orchestration.lake.sentences import IN_SETTINGS, LakeFailure
from living_panel.problems import Refused

FILE = "publish.yml"
KEY, SECRET, TOKEN = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"


class Location(BaseModel):
    """A lake: its catalog in PostgreSQL and its object storage."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    publish: Literal["ducklake"]
    """Form of publication: a DuckLake."""
    catalog: str
    """Connection in libpq's keywords (host, port, dbname, user); the password comes from PGPASSWORD or ~/.pgpass."""
    data: str
    """Place of the data: `s3://bucket/prefix/`, or a folder that every reader sees under the same path."""
    endpoint: str | None = None
    """Host and port of an S3 server; Amazon's own without it."""
    region: str = "us-east-1"
    """Region of the S3 bucket."""
    url_style: Literal["path", "vhost"] = "path"
    """Form of addresses: bucket in the path, or in the host name."""
    use_ssl: bool = True
    """Whether the connection to the S3 server is encrypted."""
    author: str | None = None
    """Name of the author of snapshots; by default that of the account."""

    @field_validator("catalog")
    @classmethod
    def _without_password(cls, text: str) -> str:
        try:
            keywords = psycopg2.extensions.parse_dsn(text)
        except ProgrammingError as error:
            raise Refused(
                Code.LAKE_SETTINGS(
                    "this is not a list of libpq's keywords: {reason}",
                    "write `dbname=… host=…`",
                    reason=str(error).strip(),
                )
            ) from error
        if "password" in keywords:
            raise Refused(
                Code.LAKE_SETTINGS(
                    "the settings contain a password", "put it into PGPASSWORD or ~/.pgpass"
                )
            )
        if "dbname" not in keywords:
            raise Refused(Code.LAKE_SETTINGS("`catalog` names no dbname", "add `dbname=…`"))
        return text

    @field_validator("data")
    @classmethod
    def _folder_or_bucket(cls, text: str) -> str:
        if not text.startswith(("s3://", "/")):
            raise Refused(
                Code.LAKE_SETTINGS(
                    "{data!r} is neither an s3:// address nor an absolute folder",
                    "write s3://bucket/prefix/ or /folder/",
                    data=text,
                )
            )
        return text if text.endswith("/") else f"{text}/"

    @property
    def keywords(self) -> dict[str, str]:
        """Keywords of the catalog, as libpq reads them."""
        return psycopg2.extensions.parse_dsn(self.catalog)

    @property
    def catalog_address(self) -> tuple[str, int]:
        """Host and port of the catalog."""
        given = self.keywords
        host = given.get("host") or os.environ.get("PGHOST") or "localhost"
        return host, int(given.get("port") or os.environ.get("PGPORT") or 5432)

    @property
    def storage_address(self) -> tuple[str, int] | None:
        """Host and port of the object storage; None for a folder."""
        if self.data.startswith("/"):
            return None
        host = self.endpoint or f"s3.{self.region}.amazonaws.com"
        parts = urlsplit(f"//{host}")
        return parts.hostname or host, parts.port or (443 if self.use_ssl else 80)

    @property
    def writer(self) -> str:
        """Author of a snapshot."""
        return self.author or getpass.getuser()


def load_location(root: Path) -> Location | None:
    """The lake of a data root; None where it publishes to its file only.

    Raises
    ------
    LakeFailure
        For settings that are not understood.
    """
    path = root / FILE
    if not path.exists():
        return None
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=YamlLoader)
        if content == {"publish": "file"}:
            return None
        return Location.model_validate(content)
    except ValidationError as error:
        raise LakeFailure(*field_problems(error, sentences.SETTINGS_FORM, FILE)) from error
    except yaml.YAMLError as error:
        reason = faults_of(error)[0].reason
        raise LakeFailure(sentences.SETTINGS(IN_SETTINGS, keys=[FILE], reason=reason)) from error


def storage_keys() -> dict[str, str]:
    """Credentials of the object storage, from the environment.

    Raises
    ------
    LakeFailure
        If they are not set.
    """
    missing = [name for name in (KEY, SECRET) if not os.environ.get(name)]
    if missing:
        raise LakeFailure(
            Code.LAKE_SETTINGS(
                "these variables of the environment are not set: {variables}",
                "set them to the key of the object storage",
                variables=missing,
            )
        )
    return {name: os.environ[name] for name in (KEY, SECRET, TOKEN) if os.environ.get(name)}

"""Files of the dbt project, and a hash over them that says when it must be parsed again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from living_panel.ingestion.digests import sha256_of, sha256_of_parts
from living_panel.orchestration.root.settings import DBT_PROJECT

PROJECT_SUFFIXES = (".sql", ".yml", ".csv")


def project_files() -> list[Path]:
    """Everything the dbt project is made of, what dbt itself writes left out."""
    return sorted(
        p
        for p in DBT_PROJECT.rglob("*")
        if p.suffix in PROJECT_SUFFIXES
        and not {"target", "logs"} & set(p.relative_to(DBT_PROJECT).parts)
    )


def project_digest() -> str:
    """Hash over the dbt project's files, their places in it, and the versions of dbt and its adapter."""
    versions = " ".join(metadata.version(package) for package in ("dbt-core", "dbt-duckdb"))
    return digest_of_files(versions, project_files(), DBT_PROJECT)


def digest_of_files(head: str, files: Iterable[Path], folder: Path) -> str:
    """Hash over a text, and the places of files in a folder with their bytes."""

    def parts() -> Iterator[bytes]:
        yield head.encode()
        for path in files:
            yield f"{path.relative_to(folder)}\n".encode()
            yield bytes.fromhex(sha256_of(path)[0])

    return sha256_of_parts(parts())

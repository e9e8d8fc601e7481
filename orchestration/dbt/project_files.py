"""Files of the dbt project, and a hash over them that says when it must be parsed again."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

from living_panel.orchestration.root.settings import DBT_PROJECT

PROJECT_SUFFIXES = (".sql", ".yml", ".csv")


def project_files() -> list[Path]:
    """Everything the dbt project is made of, what dbt itself writes left out."""
    return sorted(
        p for p in DBT_PROJECT.rglob("*")
        if p.suffix in PROJECT_SUFFIXES and not {"target", "logs"} & set(p.relative_to(DBT_PROJECT).parts)
    )  # fmt: skip


def project_digest() -> str:
    """Hash over the dbt project's files, their places in it, and the versions of dbt and its adapter."""
    versions = (metadata.version(package) for package in ("dbt-core", "dbt-duckdb"))
    digest = hashlib.sha256(" ".join(versions).encode())
    for path in project_files():
        digest.update(f"{path.relative_to(DBT_PROJECT)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()

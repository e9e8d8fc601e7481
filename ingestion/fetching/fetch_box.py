"""Where a fetch keeps what it has: `landing/<source>/<edition>/.fetch/`, until it is complete.

Every answer is written with its request before anything looks into it. A stopped fetch finds its
answers again; what could not be used is set aside, never deleted, until the edition is complete.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.ingestion.errors import ExtractionError
from living_panel.ingestion.fetching.http import Client, Exchange, FetchError
from living_panel.ingestion.files import sync, write_durably
from living_panel.ingestion.limited_yaml import YamlLoader
from living_panel.ingestion.provenance.catalog import Source
from living_panel.ingestion.provenance.receipts import INDEX, RECEIPT_SUFFIX, Receipt, ReceiptFile
from living_panel.ingestion.storage import archive
from living_panel.ingestion.storage.archive import Vintage
from living_panel.problems import Problem

FRESH = timedelta(days=1)
"""A stopped fetch reuses its answers for a day: older ones may mix two states of a source."""

LARGEST_REJECTED = 4 * 1024 * 1024

Read = Callable[[bytes, str], Any]
"""Parsed content of the answer of that name; refuses unreadable content."""


def _as_it_is(content: bytes, name: str) -> bytes:
    return content


class FetchBox:
    """One unfinished fetch: the request, its sender and its progress, and the answers so far."""

    def __init__(
        self,
        root: Path,
        source: Source,
        edition: int,
        day: date,
        client: Client,
        progress: Callable[[str], None],
    ) -> None:
        self.root, self.source, self.edition, self.day = root, source, edition, day
        self.client, self.progress = client, progress
        self.folder = root / "landing" / source.source / str(edition) / ".fetch"
        self.rejected = self.folder / "rejected"
        self._files: dict[str, ReceiptFile] = {}
        self.unchanged = 0
        """Answers that the server says have not changed since they were archived."""

    def get(
        self,
        name: str,
        url: str,
        types: Collection[str],
        form: str = INDEX,
        *,
        params: Mapping[str, str] | None = None,
        read: Read = _as_it_is,
    ) -> Any:
        """Return what `read` makes of the answer from `url`, kept earlier or asked for now.

        Parameters
        ----------
        name
            The file name under which the answer is kept.
        url, params
            What is asked for, if nothing is kept; only for what changed since it was archived.
        types
            The content types of which the answer has to be one.
        form
            How it is read later: a format of the source, or `index`.
        read
            Given content and name. The bytes are stored before anything looks at them.

        Raises
        ------
        FetchError, ExtractionError, SourceUnreachable
            As client and `read` do; what came and cannot be used is set aside in `rejected/`.
        """
        return self._read(
            name, form, types, read, lambda earlier: self.client.get(url, params, earlier)
        )

    def post(
        self, name: str, url: str, payload: Any, types: Collection[str], form: str, read: Read
    ) -> Any:
        """Return what `read` makes of the answer to a posted payload; see `get`."""
        return self._read(name, form, types, read, lambda _: self.client.post_json(url, payload))

    def _read(
        self,
        name: str,
        form: str,
        types: Collection[str],
        read: Read,
        ask: Callable[[Exchange | None], Exchange],
    ) -> Any:
        answer = self._kept_answer(name, form) or self._asked(name, form, ask)
        try:
            answer.require(*types)
            return read(answer.content, name)
        except (FetchError, ExtractionError) as error:
            self.reject(name, str(error))
            raise

    def _asked(self, name: str, form: str, ask: Callable[[Exchange | None], Exchange]) -> Exchange:
        earlier = self._archived(name, form)
        try:
            answer = ask(earlier)
        except FetchError as error:
            if error.exchange is not None:
                self._set_aside(name, error.exchange, str(error))
            raise
        self.unchanged += answer is earlier
        self._keep(name, form, answer)
        return answer

    def reject(self, name: str, why: str) -> None:
        """Set a kept answer aside, so that the next fetch asks again."""
        path = self.folder / name
        if path.exists():
            self._set_aside(name, _exchange(self._files[name], path.read_bytes()), why)
            path.with_name(name + RECEIPT_SUFFIX).unlink(missing_ok=True)
            path.unlink()
        self._files.pop(name, None)

    def vintage(self) -> Vintage:
        """Return what is kept as a vintage, to be read before it is archived."""
        return Vintage(self.folder, self._receipt(), "present")

    def holds_values(self) -> bool:
        """Whether an answer is kept that is more than an intermediate one."""
        return any(entry.format != INDEX for entry in self._files.values())

    def finish(self, problems: Sequence[Problem] = ()) -> str | None:
        """Archive what is kept; return the new vintage, or None if all of it is held already.

        What was set aside goes too, unless there are problems to look into.
        """
        stored = archive.store(self.root, self._receipt(), self.folder)
        for path in self.folder.iterdir():
            if path.is_file():
                path.unlink()
        if not problems:
            shutil.rmtree(self.folder)
        return stored

    def _receipt(self) -> Receipt:
        times = [entry.retrieved_at or "" for entry in self._files.values()]
        return Receipt(
            source=self.source.source,
            edition=self.edition,
            vintage=date.fromisoformat(max(times)[:10]),
            producer=self.source.producer,
            publication=self.source.publication(self.edition),
            obtained_by=f"Fetched from {self.source.address} and the addresses given file by file",
            licence_note=self.source.licence,
            figures="official",
            files=tuple(self._files.values()),
        )

    def _kept_answer(self, name: str, form: str) -> Exchange | None:
        """Return the answer of that name that this fetch, or one stopped today, has kept."""
        path = self.folder / name
        side = path.with_name(name + RECEIPT_SUFFIX)
        if name not in self._files and path.is_file() and side.is_file():
            try:
                entry = ReceiptFile.model_validate(
                    yaml.load(side.read_text(encoding="utf-8"), Loader=YamlLoader)
                )
                age = datetime.now(UTC) - datetime.fromisoformat(entry.retrieved_at or "")
            except (yaml.YAMLError, ValueError, TypeError):
                return None
            whole = sha256_of(path) == (entry.sha256, entry.bytes)
            if whole and age <= FRESH and entry.format == form:
                self._files[name] = entry
        return _exchange(self._files[name], path.read_bytes()) if name in self._files else None

    def _archived(self, name: str, form: str) -> Exchange | None:
        """Return the last archived answer of that name, if its bytes are here and undamaged."""
        for vintage in reversed(archive.vintages(self.root, self.source.source, self.edition)):
            for entry in vintage.receipt.standing():
                if (entry.name, entry.format, vintage.state) == (name, form, "present"):
                    try:
                        return _exchange(entry, archive.read_archived(vintage, entry))
                    except archive.ArchiveError:
                        return None
        return None

    def _keep(self, name: str, form: str, answer: Exchange) -> None:
        entry = _entry(name, form, answer, answer.content)
        write_durably(answer.content, self.folder / name)
        write_durably(_yaml(entry), self.folder / (name + RECEIPT_SUFFIX))
        sync(self.folder)
        self._files[name] = entry

    def _set_aside(self, name: str, answer: Exchange, why: str) -> None:
        content = answer.content[:LARGEST_REJECTED]
        stamp = re.sub(r"[^0-9]", "", answer.retrieved_at)[:14]
        file_name = f"{stamp}-{sha256_of_bytes(content)[:8]}-{name}"
        entry = _entry(file_name, INDEX, answer, content)
        write_durably(content, self.rejected / file_name)
        write_durably(_yaml(entry, refused=why), self.rejected / (file_name + RECEIPT_SUFFIX))


def _exchange(entry: ReceiptFile, content: bytes) -> Exchange:
    return Exchange(
        url=entry.url or "",
        method=entry.method or "GET",
        body=entry.body,
        status=entry.status or 0,
        headers=dict(entry.headers or {}),
        content=content,
        retrieved_at=entry.retrieved_at or "",
    )


def _entry(name: str, form: str, answer: Exchange, content: bytes) -> ReceiptFile:
    return ReceiptFile(
        name=name,
        format=form,
        sha256=sha256_of_bytes(content),
        bytes=len(content),
        url=answer.url,
        method=answer.method,
        body=answer.body,
        status=answer.status,
        headers=answer.headers,
        retrieved_at=answer.retrieved_at,
    )


def _yaml(entry: ReceiptFile, **more: str) -> bytes:
    content = entry.model_dump(mode="json", exclude_none=True) | more
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False).encode("utf-8")

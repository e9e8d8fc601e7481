"""`site`: the published pages with every file that they link to, as a folder that opens from disk."""

from __future__ import annotations

import os
import re
import shutil
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

from living_panel.codes import Code
from living_panel.ingestion.files import write_folder
from living_panel.orchestration.commands import sentences
from living_panel.orchestration.root import published
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Refused

FILES = "files"
"""Folder of the copied files, below the pages."""
LEFT_OUT = frozenset({"findings.json", "findings.md", "data/identities.json"})
"""Files of the report that no page links to."""
INDEX = "index.html"
MARK = b'content="living-panel '
_OUTWARD = re.compile(rb'href="(\.\./[^"#]+)"')


def write_site(settings: Settings, folder: Path) -> int:
    """Write the site into a folder that is new, empty or an earlier site; return the number of its files.

    Raises
    ------
    Refused
        If nothing is published, a page links to a file that is gone, or the folder holds something else.
    """
    pages = published.pages(settings)
    if not pages:
        raise Refused(sentences.NOT_PUBLISHED_YET(published=settings.root / published.REPORT))
    if not _is_free(folder):
        raise Refused(
            Code.PUBLISH(
                "this folder contains files that are not part of a site",
                "name a new or empty folder",
                Place(file=str(folder)),
            )
        )
    files = site_files(settings.root, pages)
    if folder.exists():
        shutil.rmtree(folder)
    write_folder(folder, files)
    return len(files)


def _is_free(folder: Path) -> bool:
    """Whether a folder may be replaced: it is new, empty, or holds an earlier site."""
    if not folder.exists():
        return not folder.is_symlink()
    index = folder / INDEX
    if not folder.is_dir() or folder.is_symlink():
        return False
    is_site = index.is_file() and MARK in index.read_bytes()[:2000] and (folder / FILES).is_dir()
    return is_site or not any(folder.iterdir())


def site_files(root: Path, pages: dict[str, bytes]) -> dict[str, bytes]:
    """Pages by name with links that stay inside, and the linked files below `files`."""
    files, inside = dict[str, bytes](), f"{published.REPORT}/"
    for name, content in pages.items():
        short = name.removeprefix(inside)
        if short not in LEFT_OUT:
            is_page = short.endswith(".html")
            files[short] = _led_inside(root, short, content, files) if is_page else content
    return files


def _led_inside(root: Path, name: str, content: bytes, files: dict[str, bytes]) -> bytes:
    """A page whose links out of the report lead to copies of the files."""
    # the addresses are relative to the place that links show, whatever folder is a link
    here = root / published.REPORT / name

    def lead(link: re.Match[bytes]) -> bytes:
        address = unquote(unescape(link[1].decode()))
        target = Path(os.path.normpath(here.parent / address))
        if target.is_relative_to(root / published.REPORT):
            return link[0]
        if not target.is_relative_to(root) or not target.is_file():
            raise Refused(
                Code.PUBLISH(
                    "the page links to {target}, which does not exist",
                    "run `make report`, which makes the pages again",
                    Place(file=name),
                    target=address,
                )
            )
        copy = f"{FILES}/{target.relative_to(root).as_posix()}"
        if copy not in files:
            files[copy] = target.read_bytes()
        way = os.path.relpath(copy, os.path.dirname(name) or ".").replace(os.sep, "/")
        return f'href="{quote(way)}"'.encode()

    return _OUTWARD.sub(lead, content)

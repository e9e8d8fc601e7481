"""Draw the images of README and docs from the published report, by a browser on this machine.

`make docs` calls `python -m tools.draw_pictures`, which draws an image anew where its content on the page has
changed. `docs/images/contents.json` holds the digest of what each image shows; a test compares it with the report.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from PIL import Image

from living_panel.ingestion.files import write_durably
from living_panel.orchestration.root.settings import REPOSITORY, load_settings
from tools.browser import find_browser, open_browser

PICTURES = {
    "findings": ("index", "#papers"),
    "revisions": ("bi_2025.changes", "#movement figure"),
}
"""Page and element of each image; the first element of the page that is one."""
IMAGES = REPOSITORY / "docs" / "images"
CONTENTS = IMAGES / "contents.json"
GEOMETRY = ("d", "points", "x", "x1", "x2", "y", "y1", "y2", "cx", "cy", "width", "height")
"""Attributes of SVG that place what is drawn."""
WIDTH, HEIGHT, SCALE, EDGE = 1130, 900, 1.5, 2
TALLEST = 1000
"""Pixels of the page after which an image ends."""
COLOURS = 128


def content_digests(report: Path) -> dict[str, str]:
    """Return the digest of what each image shows: the words of its element, and where its lines lie."""
    digests = {}
    for name, (paper, selector) in PICTURES.items():
        page = BeautifulSoup((report / f"{paper}.html").read_text(encoding="utf-8"), "lxml")
        element = page.select_one(selector)
        if element is None:
            raise ValueError(f"{report / paper}.html: no {selector}. Remedy: `make run`")
        digests[name] = hashlib.sha256(json.dumps(_content(element)).encode()).hexdigest()
    return digests


def _content(element: Tag) -> list[str]:
    drawn = [
        str(part[name]) for part in element.select("svg *") for name in GEOMETRY if part.get(name)
    ]
    return [*" ".join(element.get_text(" ").split()).split(), *drawn]


def draw_element(page_file: Path, selector: str) -> bytes:
    """Return the first element of a page that a selector names, as a PNG."""
    with open_browser() as browser:
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            device_scale_factor=SCALE,
            color_scheme="light",
        )
        page.goto(page_file.as_uri())
        elements = page.locator(selector)
        box = elements.first.bounding_box() if elements.count() else None
        if box is None:
            raise ValueError(f"{page_file}: no {selector}. Remedy: `make run`")
        clip = {"x": box["x"] - EDGE, "y": box["y"] - EDGE, "width": box["width"] + 2 * EDGE,
                "height": min(box["height"] + 2 * EDGE, TALLEST)}  # fmt: skip
        picture = page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
    few = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as drawn:
        drawn.convert("RGB").quantize(COLOURS).save(few, "PNG", optimize=True)
    return few.getvalue()


def main() -> None:
    """Draw the images whose content has changed."""
    report = load_settings().root / "report"
    stored = json.loads(CONTENTS.read_text(encoding="utf-8")) if CONTENTS.exists() else {}
    digests = content_digests(report)
    changed = [name for name, digest in digests.items() if stored.get(name) != digest]
    if changed and find_browser() is None:
        print(f"not drawn, as this machine has no browser: {', '.join(changed)}")
        return
    for name in changed:
        paper, selector = PICTURES[name]
        target = IMAGES / f"{name}.png"
        write_durably(draw_element((report / f"{paper}.html").resolve(), selector), target)
        print(f"{target}: {target.stat().st_size:,} bytes")
    now = {name: digest for name, digest in (stored | digests).items() if name in PICTURES}
    write_durably((json.dumps(now, indent=1) + "\n").encode(), CONTENTS)


if __name__ == "__main__":
    main()

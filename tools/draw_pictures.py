"""Draw the README's image of the answers from the published report, by a browser on this machine.

`python -m tools.draw_pictures` writes `docs/images/verdict.png` from `data/report/`.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from living_panel.ingestion.files import write_durably
from living_panel.orchestration.root.settings import REPOSITORY, load_settings
from tools.browser import open_browser

PAPER = "bi_2025"
WIDTH, HEIGHT, SCALE, EDGE = 1130, 900, 1.5, 8
COLOURS = 128


def draw_answers(page_file: Path) -> bytes:
    """Return the answers at the head of a paper's page as a PNG."""
    with open_browser() as browser:
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            device_scale_factor=SCALE,
            color_scheme="light",
        )
        page.goto(page_file.as_uri())
        box = page.locator(".cards").bounding_box()
        if box is None:
            raise ValueError(f"{page_file}: no answers at its head. Remedy: `make run`")
        clip = {"x": box["x"] - EDGE, "y": box["y"] - EDGE, "width": box["width"] + 2 * EDGE,
                "height": box["height"] + 2 * EDGE}  # fmt: skip
        picture = page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
    few = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as drawn:
        drawn.convert("RGB").quantize(COLOURS).save(few, "PNG", optimize=True)
    return few.getvalue()


def main() -> None:
    """Write the image."""
    report = load_settings().root / "report" / f"{PAPER}.html"
    target = REPOSITORY / "docs" / "images" / "verdict.png"
    write_durably(draw_answers(report.resolve()), target)
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

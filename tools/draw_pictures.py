"""Draw the README's images from the published report, by a browser on this machine.

`python -m tools.draw_pictures` writes `docs/images/verdict.png` from `data/report/`, and after `make editions`
`docs/images/editions.png`.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from living_panel.ingestion.files import write_durably
from living_panel.orchestration.root.settings import REPOSITORY, load_settings
from tools.browser import open_browser

PICTURES = {
    "verdict": ("bi_2025", ".cards"),
    "editions": ("acemoglu_2008.editions", "#editions .plots"),
}
"""Page and element of each image; the first element of the page that is one."""
WIDTH, HEIGHT, SCALE, EDGE = 1130, 900, 1.5, 8
COLOURS = 128


def draw_element(page_file: Path, selector: str) -> bytes:
    """Return the first element of a page that a selector names, as a PNG."""
    with open_browser() as browser:
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            device_scale_factor=SCALE,
            color_scheme="light",
        )
        page.goto(page_file.as_uri())
        found = page.locator(selector)
        box = found.first.bounding_box() if found.count() else None
        if box is None:
            raise ValueError(f"{page_file}: no {selector}. Remedy: `make run`, `make editions`")
        clip = {"x": box["x"] - EDGE, "y": box["y"] - EDGE, "width": box["width"] + 2 * EDGE,
                "height": box["height"] + 2 * EDGE}  # fmt: skip
        picture = page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
    few = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as drawn:
        drawn.convert("RGB").quantize(COLOURS).save(few, "PNG", optimize=True)
    return few.getvalue()


def main() -> None:
    """Write the images."""
    for name, (paper, selector) in PICTURES.items():
        report = load_settings().root / "report" / f"{paper}.html"
        target = REPOSITORY / "docs" / "images" / f"{name}.png"
        write_durably(draw_element(report.resolve(), selector), target)
        print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

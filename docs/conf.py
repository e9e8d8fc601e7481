"""Sphinx configuration of the documentation's site: `make site-docs` builds it, offline."""

from __future__ import annotations

import html
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from myst_parser.parsers.sphinx_ import MystParser  # noqa: E402

import living_panel  # noqa: E402  (from the checkout that holds this page)

project = "living_panel"
author = copyright = "the living_panel authors"
version = release = living_panel.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.intersphinx"]
intersphinx_mapping: dict[str, object] = {}  # nothing is fetched while the site is built
exclude_patterns = ["decisions/README.md", "writing.md"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing", "myst.header", "misc.highlighting_failure"]
numpydoc_show_class_members = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
html_theme = "furo"
html_title = f"living_panel {version}"
html_copy_source = html_show_sourcelink = False
html_math_renderer = "tex"
html_search_scorer = str(Path(__file__).with_name("search_order.js"))  # Sphinx wants the whole path


class NotebookParser(MystParser):  # type: ignore[misc]
    """Read a notebook as a page: its texts, its code and the stored outputs."""

    supported = ("notebook",)

    def parse(self, inputstring: str, document: Any) -> None:
        """Parse the notebook's cells as Markdown."""
        cells = json.loads(inputstring)["cells"]
        super().parse("\n\n".join(part for cell in cells for part in _parts(cell)), document)


def _parts(cell: dict[str, Any]) -> list[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return [source]
    shown = [output["data"] for output in cell["outputs"] if "data" in output]
    outputs = [
        f"```{{raw}} html\n{''.join(data['text/html'])}\n```"
        if "text/html" in data
        else f"```text\n{''.join(data['text/plain'])}\n```"
        for data in shown
    ]
    return [f"```python\n{source}\n```", *outputs]


def setup(app: Any) -> None:
    """Show notebooks, and formulas as TeX: the usual renderer is a program of another host."""
    app.add_source_suffix(".ipynb", "notebook")
    app.add_source_parser(NotebookParser)
    app.add_html_math_renderer(
        "tex", (partial(_write, "code"), None), (partial(_write, "pre"), None)
    )


def _write(tag: str, translator: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    translator.body.append(f"<{tag} class='math'>{html.escape(node.astext())}</{tag}>")
    raise SkipNode

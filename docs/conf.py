"""Sphinx configuration of the documentation's site: `make site-docs` builds it, offline."""

from __future__ import annotations

import html
import sys
from functools import partial
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

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


def setup(app: Any) -> None:
    """Show formulas as TeX: the usual renderer is a program of another host."""
    app.add_html_math_renderer(
        "tex", (partial(_write, "code"), None), (partial(_write, "pre"), None)
    )


def _write(tag: str, translator: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    translator.body.append(f"<{tag} class='math'>{html.escape(node.astext())}</{tag}>")
    raise SkipNode

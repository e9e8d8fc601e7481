"""Sphinx configuration of the documentation's site: `make site-docs` builds it, offline."""

from __future__ import annotations

import sys
from pathlib import Path

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

"""Figures as bytes: PNG without a date or a program's name.

Equal numbers give equal files.
"""

from __future__ import annotations

import io

from matplotlib.figure import Figure

from estimation.tables.result import Picture

DPI = 120


def picture(name: str, alt: str, figure: Figure) -> Picture:
    """Picture of a table: file stem, alternative text, the figure's PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return Picture(name, alt, buffer.getvalue())

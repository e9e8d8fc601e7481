"""The demo root: two simulated releases with known elasticities, through the same stages.

Putting drawn values into landing with receipts that say they are simulated, and running the
refresh on that root as of each of the two days.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shlex import quote

import pandas as pd

from living_panel.estimation.panel.figures import PLANTED
from living_panel.ingestion.provenance.catalog import CATALOG_VARIABLE
from living_panel.ingestion.provenance.receipts import receipt_for, receipt_path, write_receipt
from living_panel.ingestion.provinces import PROVINCES
from living_panel.ingestion.reading.landing_form import HEADER
from living_panel.ingestion.storage import archive
from living_panel.orchestration.root.settings import REPOSITORY, Settings
from living_panel.orchestration.simulated.beside import planted_beside_estimated
from living_panel.orchestration.simulated.firms import FIRMS, plant_firms
from living_panel.orchestration.simulated.planted import draw, load_process
from living_panel.problems import WITHOUT_MAKE, has_make, name_commands


@dataclass(frozen=True)
class Simulated:
    """One simulated release: its process, and the day on which its values were "obtained"."""

    process: str
    vintage: date


# The later vintage restates every value, so that each day has its own release.
RELEASES = (
    Simulated("homogeneous", date(2025, 1, 1)),
    Simulated("regional", date(2025, 2, 1)),
)
AS_OF_FIRST = "2025-01-15"

# Where each measure is published, and how the source prints it.
SERIES = {
    "exports_cny_100m": ("statistical_yearbook", 2023, "货物出口总额", "亿元"),
    "gdp_cny_100m": ("statistical_yearbook", 2023, "地区生产总值", "亿元"),
    "employed_10k": ("statistical_yearbook", 2023, "就业人员", "万人"),
    "rd_industry_cny_10k": ("statistical_yearbook", 2023, "规模以上工业企业R&D经费", "万元"),
    "patent_applications": ("statistical_yearbook", 2023, "国内专利申请受理量", "件"),
    "schooling_years": ("statistical_yearbook", 2023, "6岁及以上人口平均受教育年限", "年"),
    "fdi_cny_100m": ("commerce_fdi", 2022, "实际使用外商直接投资", "亿元"),
    "express_international_cny_100m": ("postal_express", 2023, "国际及港澳台快递业务收入", "亿元"),
}


def build_demo(settings: Settings) -> int:
    """Fill the demo root next to this root and refresh it twice; 0 if both runs succeeded."""
    os.environ.pop(CATALOG_VARIABLE, None)  # a workspace's: the demo is of the bundled sources
    root = settings.root if settings.simulated else settings.root / "demo"
    for release in RELEASES:
        if not _is_archived(root, release):
            land(root, release)
    plant_firms(root / "sets" / "firms", root / "specs" / f"{FIRMS}.yml")
    for arguments in (["--as-of", AS_OF_FIRST], []):
        code = subprocess.call(
            [sys.executable, "-m", "living_panel", "run", *arguments],
            cwd=REPOSITORY,
            env=environment(root),
        )
        if code:
            return code
    print("\nPlanted elasticities with their estimates (standard error):")
    print("\n".join(f"  {line}" for line in planted_beside_estimated(root, f"as_of_{AS_OF_FIRST}")))
    look = name_commands("`make dev`").strip("`")
    place = "Look" if has_make() else "Look, in a folder outside of the workspace"
    print(
        f"\nSIMULATED: {root} holds two planted releases; {AS_OF_FIRST} is `{RELEASES[0].process}`, the "
        f"current one `{RELEASES[1].process}`.\n{place}: "
        f"LIVING_PANEL_DATA={quote(str(root))} {look} (or sql, status, verify)"
    )
    return 0


def land(root: Path, release: Simulated) -> list[Path]:
    """Put one simulated release into landing, a file a source, receipts last."""
    panel = draw(load_process(release.process), load_process(release.process).seed)
    written = []
    for source, edition in sorted({(s, e) for s, e, _, _ in SERIES.values()}):
        file = root / "landing" / source / str(edition) / f"{release.process}_{source}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_landing_form(panel, source, release.process), encoding="utf-8")
        receipt = receipt_for(
            file,
            vintage=release.vintage.isoformat(),
            producer="living-panel, simulated",
            publication=f"SIMULATED: planted process {release.process}",
            obtained_by=f"drawn from orchestration/simulated/processes/{release.process}.yml with its own seed",
            licence_note="simulated; says nothing about China",
            figures="simulated",
        )
        write_receipt(receipt, receipt_path(file))
        written.append(file)
    return written


def environment(root: Path) -> dict[str, str]:
    """Environment of a refresh on the demo root, with a Dagster state of its own."""
    variables = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("LIVING_PANEL_", "DAGSTER_")) or k == WITHOUT_MAKE
    }
    place = root.parent.parent / ".dagster" / "demo"
    return variables | {"LIVING_PANEL_DATA": str(root), "DAGSTER_STATE": str(place)}


def _is_archived(root: Path, release: Simulated) -> bool:
    source, edition = next((s, e) for s, e, _, _ in SERIES.values())
    return any(
        v.receipt.vintage == release.vintage for v in archive.vintages(root, source, edition)
    )


def _landing_form(panel: pd.DataFrame, source: str, process: str) -> str:
    names = {province.code: province.short for province in PROVINCES}
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADER)
    for measure, (publisher, _, label, unit) in SERIES.items():
        if publisher != source:
            continue
        for row in panel[["province_code", "year", measure]].itertuples(index=False):
            cell = [label, unit, names[row[0]], row[1], f"{row[2]:.10g}"]
            writer.writerow([*cell, "high", "simulated", f"{PLANTED} {process}"])
    return buffer.getvalue()

"""Our figures in the shape the rules need: one measure, units by years, in the paper's units.

Only looks up and reshapes; the comparisons are in `revealed`, `currency` and `fit`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from estimation.audit.registry import Evidence
from estimation.papers.rows import Number
from estimation.papers.schema import PrintedPaper, Variable


def measure_cells(evidence: Evidence, measure: str) -> pd.DataFrame:
    """Cells of a measure: province_code, year, value; national rows left out."""
    if evidence.cells is None:
        return pd.DataFrame(columns=["province_code", "year", "value"])
    cells = evidence.cells
    chosen = (cells["measure"] == measure) & (cells["province_code"] != "000000")
    return cells.loc[chosen, ["province_code", "year", "value"]]


def stated(cells: pd.DataFrame, paper: PrintedPaper) -> pd.DataFrame:
    """Cells of the sample the paper states: its years, without the excluded units."""
    sample = paper.sample
    kept = cells["year"].between(sample.first_year, sample.last_year)
    return cells[kept & ~cells["province_code"].isin(list(sample.excluded))]


def in_years(cells: pd.DataFrame, paper: PrintedPaper) -> pd.DataFrame:
    """Cells of the stated years, the excluded units among them."""
    return cells[cells["year"].between(paper.sample.first_year, paper.sample.last_year)]


def coverage(evidence: Evidence, paper: PrintedPaper, measure: str) -> float:
    """Share of the stated units x years for which we have a figure."""
    cells = stated(measure_cells(evidence, measure), paper)
    return len(cells.drop_duplicates(["province_code", "year"])) / (
        paper.sample.units * paper.sample.periods
    )


def matches(
    evidence: Evidence, paper: PrintedPaper, variable: Variable, number: Number
) -> pd.DataFrame:
    """Cells of the variable's measures that print as this number.

    Returns
    -------
    pandas.DataFrame
        province_code, year, value, measure.
    """
    found = []
    for measure in variable.compare.measures:
        cells = in_years(measure_cells(evidence, measure), paper)
        gap = (cells["value"] * variable.compare.factor - number.value).abs()
        found.append(cells[gap <= number.half_unit * 1.0001].assign(measure=measure))
    columns = ["province_code", "year", "value", "measure"]
    if not found:
        return pd.DataFrame(columns=columns)
    return pd.concat(found, ignore_index=True).drop_duplicates()


def log_matrix(evidence: Evidence, paper: PrintedPaper, variable: Variable) -> pd.DataFrame | None:
    """Logs of the variable's first measure, stated units by the years complete for all of them.

    A stand-in is used after the measures: the shares of variation it is wanted for are close. None
    where fewer than three complete years exist.
    """
    for measure in (*variable.compare.measures, *variable.compare.stand_ins):
        cells = stated(measure_cells(evidence, measure), paper)
        cells = cells[cells["value"] > 0].drop_duplicates(["province_code", "year"], keep="last")
        wide = cells.pivot(index="province_code", columns="year", values="value")
        wide = wide.loc[:, wide.notna().all()]
        if len(wide) >= 0.9 * paper.sample.units and wide.shape[1] >= 3:
            return pd.DataFrame(np.log(wide.to_numpy()), wide.index, wide.columns)
    return None


def two_way_rest(matrix: pd.DataFrame) -> float:
    """Sum of squares that unit and year effects leave in a complete matrix."""
    x = matrix.to_numpy()
    rest = x - x.mean(1, keepdims=True) - x.mean(0, keepdims=True) + x.mean()
    return float((rest**2).sum())


def where(evidence: Evidence, row: pd.Series) -> str:
    """A cell's province and year for a reader."""
    code = row["province_code"]
    return f"{evidence.names.get(code, code)} {int(row['year'])}"

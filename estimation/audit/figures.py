"""Our values as evidence: those of a release, in the shape and the units that the rules need.

Only looks up and reshapes; the comparisons are in `revealed`, `currency` and `fit`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from living_panel.estimation.panel.release import Release
from living_panel.estimation.papers.rows import PrintedNumber
from living_panel.estimation.papers.schema import PaperVariable, PrintedPaper

RATE = "cny_per_usd"
KEY = ["province_code", "year"]
NATIONAL = "000000"


@dataclass(frozen=True)
class Evidence:
    """Our values, which some rules compare with the paper. Every part may be empty.

    Attributes
    ----------
    cells : pandas.DataFrame
        Long: province_code, year, measure, value; several editions of a cell may stand side by
        side. Units as the measure's name says.
    groups : mapping
        Name of a group to the codes of its units.
    names : mapping
        Code of a unit to its name.
    rates : mapping
        Year to the annual mean of currency units per dollar.
    """

    cells: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=[*KEY, "measure", "value"])
    )
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    rates: dict[int, float] = field(default_factory=dict)

    @classmethod
    def from_release(cls, release: Release) -> Evidence:
        """Evidence from a frozen release; simulated values are no evidence, only its lists are taken."""
        cells = release.observations[[*KEY, "measure", "value"]].dropna()
        groups = release.provinces.groupby("region_three")["province_code"].apply(tuple).to_dict()
        national = release.national
        rates = national[national["measure"] == RATE].dropna(subset=["value"])
        return cls(
            cells.head(0) if release.simulated else cells,
            groups,
            release.unit_names,
            dict(zip(rates["year"].astype(int), rates["value"].astype(float), strict=True)),
        )

    @cached_property
    def _by_measure(self) -> dict[str, pd.DataFrame]:
        cells = self.cells[self.cells["province_code"] != NATIONAL]
        return {str(name): part[[*KEY, "value"]] for name, part in cells.groupby("measure")}

    def of_measure(self, measure: str) -> pd.DataFrame:
        """Cells of a measure: province_code, year, value; national rows left out."""
        cells = self._by_measure.get(measure)
        return self.cells.head(0)[[*KEY, "value"]] if cells is None else cells

    def where(self, row: pd.Series) -> str:
        """A cell's unit and year for a reader."""
        code = row["province_code"]
        return f"{self.names.get(code, code)} {int(row['year'])}"


def in_years(evidence: Evidence, paper: PrintedPaper, measure: str) -> pd.DataFrame:
    """Cells of a measure in the stated years, the excluded units among them."""
    cells = evidence.of_measure(measure)
    return cells[cells["year"].between(paper.sample.first_year, paper.sample.last_year)]


def stated(evidence: Evidence, paper: PrintedPaper, measure: str) -> pd.DataFrame:
    """Cells of a measure in the sample the paper states: its years, without the excluded units."""
    cells = in_years(evidence, paper, measure)
    return cells[~cells["province_code"].isin(list(paper.sample.excluded))]


def coverage(evidence: Evidence, paper: PrintedPaper, measure: str) -> float:
    """Share of the stated units x years for which we have a value."""
    cells = stated(evidence, paper, measure).drop_duplicates(KEY)
    return len(cells) / (paper.sample.units * paper.sample.periods)


def matches(
    evidence: Evidence, paper: PrintedPaper, variable: PaperVariable, number: PrintedNumber
) -> pd.DataFrame:
    """Cells of the variable's measures that print as this number: province_code, year, value, measure."""
    frames = [pd.DataFrame(columns=[*KEY, "value", "measure"])]
    for measure in variable.compare.measures:
        cells = in_years(evidence, paper, measure)
        gap = (cells["value"] * variable.compare.factor - number.value).abs()
        frames.append(cells[gap <= number.half_unit * 1.0001].assign(measure=measure))
    return pd.concat([f for f in frames if len(f)] or frames, ignore_index=True).drop_duplicates()


def log_matrix(evidence: Evidence, paper: PrintedPaper) -> pd.DataFrame | None:
    """Logs of the dependent variable, stated units by the years complete for all of them.

    Of its first measure; a proxy is used after the measures: the shares of variation it is wanted
    for are close. None where fewer than three complete years exist.
    """
    explained = paper.variables.get(paper.equation.lhs)
    if explained is None:
        return None
    compared = explained.compare
    for measure in (*compared.measures, *compared.proxies):
        cells = stated(evidence, paper, measure)
        cells = cells[cells["value"] > 0].drop_duplicates(KEY, keep="last")
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

"""An estimated table: two long frames of numbers, and the grids for a reader.

A grid is on the table's page or in its appendix; every rendering keeps them apart.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.inference.rows import INFERENCE_COLUMNS
from living_panel.estimation.econometrics.statistic import PATTERN, block_of
from living_panel.estimation.panel.errors import Unusable
from living_panel.estimation.panel.lineage import files_behind, lineage_frame
from living_panel.estimation.panel.sample import CELL_COLUMNS, Estimable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 120
COEFFICIENT_COLUMNS = ["model", *INFERENCE_COLUMNS, "figures_status"]
STATISTIC_COLUMNS = ["model", "term", "statistic", "inference", "value", "text"]
STATISTIC_KEY = STATISTIC_COLUMNS[:4]


SPECIFICATION_TYPES = {
    **dict.fromkeys(("model", "outcome", "focal", "years", "exclusion", "interpolation"), "string"),
    "controls": "object",
    **dict.fromkeys(("first_year", "last_year", "n_obs", "n_clusters"), "Int64"),
    **dict.fromkeys(("estimate", "std_error", "p_value", "ci_low", "ci_high"), "float64"),
    **dict.fromkeys(("figures_status", "reason"), "string"),
}
"""Columns of the table of specifications with their types; `controls` holds a list of measures."""


class StatisticRow(NamedTuple):
    """A number or a text of a model: one row of the statistics."""

    model: str
    term: str
    statistic: str
    inference: str
    value: float | None
    text: str | None


@dataclass(frozen=True)
class Block:
    """One rendered grid of a table; its first column heads the rows.

    `rules` are row numbers before which a horizontal rule is drawn, `facts` those of rows that state a fact of
    each column; an `appendix` is read only when asked for.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    rules: frozenset[int] = frozenset()
    appendix: bool = False
    facts: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise Unusable(
                    Code.KIND_CODE(
                        "{title}: row {row!r} does not have {n_columns} cells",
                        "give the row one cell for each of the {n_columns} columns",
                        title=self.title,
                        row=row,
                        n_columns=len(self.columns),
                    )
                )


@dataclass(frozen=True)
class Picture:
    """A figure that belongs to a table: file stem, alternative text, and the chart, drawn when a file needs it."""

    name: str
    alt: str
    figure: Figure

    @cached_property
    def png(self) -> bytes:
        """PNG without a date or a program's name, so that equal numbers give equal files."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
        return buffer.getvalue()

    @cached_property
    def svg(self) -> bytes:
        """SVG without a date or a program's name; its marks are named after the table's figure alone."""
        import matplotlib as mpl

        buffer = io.BytesIO()
        with mpl.rc_context({"svg.hashsalt": self.name}):
            self.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return buffer.getvalue()


@dataclass(frozen=True)
class Statement:
    """One line of a table's banner.

    Parameters
    ----------
    kind : str
        What it is about: `simulated`, `official`, `authors`, `proxies`, `cells`, `printed`, `data_set` or
        `not_estimable`.
    sentences : tuple of str
        The first one can stand alone.
    """

    kind: str
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.sentences)


@dataclass(frozen=True)
class TableResult:
    """A table as estimated: numbers in two long frames, and how a person sees them.

    Attributes
    ----------
    coefficients : pandas.DataFrame
        `COEFFICIENT_COLUMNS`, one row for each model, term and way of inference.
    statistics : pandas.DataFrame
        `STATISTIC_COLUMNS`, one row for each model, term, statistic and inference; `text` where the
        value is a word.
    specifications : pandas.DataFrame or None
        One row for each specification of a curve: its choices, its estimate or its reason.
    statements : tuple of Statement
        The banner: facts to read before the first number, in two or three lines.
    fine_print : tuple of str
        Further text of the appendix: every filled cell and break, conventions, references.
    choices, columns, sample : mapping
        For the manifest: every resolved choice; outcome, estimator, effects, errors and clusters of each column;
        n_obs, n_provinces, years, dropped and filled cells.
    reason : str or None
        The reason if the whole table cannot be estimated.
    samples : mapping of str to Estimable
        The rows each block, series or line rests on, by its id.
    roles : mapping of str to tuple of str
        Variables that a model uses, where they are fewer than those of its sample.
    files : pandas.DataFrame or None
        Files behind each model of a table that stores no samples, as `lineage_frame` gives them.
    """

    table_id: str
    title: str
    blocks: tuple[Block, ...]
    statements: tuple[Statement, ...]
    figures_status: str
    coefficients: pd.DataFrame = field(default_factory=lambda: coefficient_frame([]))
    statistics: pd.DataFrame = field(default_factory=lambda: statistic_frame([]))
    specifications: pd.DataFrame | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    sample: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    fine_print: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    reason: str | None = None
    question: str = ""
    samples: Mapping[str, Estimable] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: pd.DataFrame | None = None

    @property
    def cells(self) -> pd.DataFrame:
        """Every cell that the samples asked of the panel, by model."""
        parts = [s.cells().assign(model=name) for name, s in self.samples.items()]
        cells = pd.concat(parts) if parts else pd.DataFrame(columns=CELL_COLUMNS)
        return cells.reindex(columns=["model", *CELL_COLUMNS])

    @property
    def lineage(self) -> pd.DataFrame:
        """Files behind the cells of each model's coefficients."""
        if self.files is not None:
            return self.files
        known: dict[tuple[int, tuple[str, ...]], pd.DataFrame] = {}

        def files(sample: Estimable, roles: tuple[str, ...]) -> pd.DataFrame:
            key = (id(sample), roles)
            if key not in known:
                known[key] = files_behind(sample, roles)
            return known[key]

        models = [str(model) for model in self.coefficients["model"].unique()]
        samples = {model: sample_behind(model, self.samples) for model in models}
        return lineage_frame(
            (model, files(sample, self.roles.get(model, tuple(sample.choices))))
            for model, sample in samples.items()
            if sample is not None
        )

    @property
    def banner(self) -> tuple[str, ...]:
        """Lines of the banner."""
        return tuple(map(str, self.statements))

    @property
    def page(self) -> tuple[Block, ...]:
        """The grids of the table's page."""
        return tuple(block for block in self.blocks if not block.appendix)

    @property
    def appendix(self) -> tuple[Block, ...]:
        """The grids that are read only when asked for."""
        return tuple(block for block in self.blocks if block.appendix)

    @property
    def status(self) -> str:
        """`estimated`, or `not_estimable` with the reason."""
        return "not_estimable" if self.reason else "estimated"


def sample_behind(model: str, samples: Mapping[str, Estimable]) -> Estimable | None:
    """Sample of a model: its own, that of its block, or the only one of the table."""
    alone = next(iter(samples.values())) if len(samples) == 1 else None
    return samples.get(model) or samples.get(block_of(model)) or alone


def coefficient_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Long frame of coefficients in the one column order, typed.

    Raises
    ------
    ValueError
        If two rows share model, term and inference: a number would be ambiguous in SQL.
    """
    frame = pd.DataFrame(list(rows), columns=COEFFICIENT_COLUMNS)
    return _typed(frame, ["model", "term", "inference"], ["figures_status"])


def statistic_frame(rows: Sequence[StatisticRow]) -> pd.DataFrame:
    """Long frame of named numbers in the one column order, typed.

    Raises
    ------
    ValueError
        If a model has a statistic twice, or a statistic's name has parts that belong in a column.
    """
    frame = pd.DataFrame(list(rows), columns=STATISTIC_COLUMNS)
    names = frame["statistic"].astype("string")
    if (odd := names[~names.str.fullmatch(PATTERN)]).size:
        raise Unusable(
            Code.KIND_CODE(
                "{name!r} cannot be the name of a statistic",
                "use letters, digits and _; put term and inference into their own columns",
                name=odd.iloc[0],
            )
        )
    return _typed(frame, STATISTIC_KEY, ["text"])


def specification_frame(estimates: pd.DataFrame, infeasible: pd.DataFrame) -> pd.DataFrame:
    """One row for each specification of a curve, typed: those estimated, then those refused with a reason."""
    columns = list(SPECIFICATION_TYPES)
    parts = [
        part.rename(columns={"window": "years"}).reindex(columns=columns)
        for part in (estimates, infeasible)
        if len(part)
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["controls"] = frame["controls"].map(list)
    return frame.astype(SPECIFICATION_TYPES)


def not_estimable(
    table_id: str, title: str, reason: str, figures_status: str, mark: str
) -> TableResult:
    """Table that says why it has no numbers: the named result of a vintage without values.

    `mark` names simulated values that it would rest on; "" for none.
    """
    block = Block(title=title, columns=("", "result"), rows=(("not estimable", reason),))
    return TableResult(
        table_id=table_id,
        title=title,
        statistics=statistic_frame([StatisticRow("table", "", "not_estimable", "", None, reason)]),
        blocks=(block,),
        statements=(
            *([Statement("simulated", (mark,))] if mark else []),
            Statement("not_estimable", (f"Not estimable: {reason}",)),
        ),
        sample={"n_obs": 0, "dropped": [], "filled": []},
        figures_status=figures_status,
        reason=reason,
    )


def stars(p_value: float, legend: Mapping[str, float]) -> str:
    """Stars by the legend printed under the table: the mark of the strictest level reached.

    A missing p-value (fewer than six clusters) earns none.
    """
    if p_value is None or pd.isna(p_value):
        return ""
    reached = [(level, mark) for mark, level in legend.items() if p_value < level]
    return min(reached)[1] if reached else ""


def _typed(frame: pd.DataFrame, key: list[str], words: list[str]) -> pd.DataFrame:
    """Key and words as text, the rest as numbers; refuses two rows for one key."""
    kinds = {c: "string" if c in (*key, *words) else "float64" for c in frame}
    frame = frame.astype(kinds)
    double = frame[frame.duplicated(key, keep=False)]
    if not double.empty:
        raise Unusable(
            Code.PAPER_TABLE(
                "two rows have the same {key}: {row}",
                "keep one row for each {key}",
                key="/".join(key),
                row=double[key].head(4).to_dict("records"),
            )
        )
    return frame

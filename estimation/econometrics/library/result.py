"""Results of the library: coefficients, tests and other tables, all read in the same way."""

from __future__ import annotations

import html
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics import drawing
from living_panel.estimation.econometrics import sentences as estimators
from living_panel.estimation.econometrics.arguments import OneOf, Share, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.inference_label import kind_of
from living_panel.estimation.econometrics.library import citations, sentences
from living_panel.estimation.econometrics.shown import WITHOUT_ERROR

COEFFICIENT_COLUMNS = ["estimate", "std_error", "statistic", "df", "p_value", "ci_low", "ci_high"]
_WIDTH = 100
Intervals = Callable[[float], pd.DataFrame]
PlotKind = Annotated[str, OneOf(("coefficients", "path"))]


@dataclass(frozen=True, repr=False)
class Result:
    """Numbers in a table, with every choice behind them.

    Attributes
    ----------
    title : str
        The method in words.
    table : pandas.DataFrame
        The numbers.
    choices : mapping
        Every choice, the sample among them, as data that JSON can hold.
    notes : tuple of str
        What must be read with the numbers.
    references : tuple of str
        Keys of `citations.REFERENCES`.
    raw : object
        What the estimator itself returned.
    """

    title: str
    table: pd.DataFrame
    choices: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    raw: Any = None

    def to_frame(self) -> pd.DataFrame:
        """The numbers as a frame."""
        return self.table.copy()

    def summary(self) -> str:
        """The result as text: numbers, choices, sample, notes and references."""
        shown = self.shown()
        grid = shown.to_string().splitlines() if len(shown.columns) else []
        rule = "-" * min(_WIDTH, max(map(len, [self.title, *grid])))
        words = [line for text in self.words() for line in textwrap.wrap(text, _WIDTH)]
        return "\n".join([self.title, *self._under_title(), rule, *grid, rule, *words])

    def cite(self) -> str:
        """References of the method, and how the software is cited."""
        references = [citations.REFERENCES[key] for key in dict.fromkeys(self.references)]
        return "\n".join([*references, citations.software()])

    def plot(self) -> drawing.Chart:
        """Refuse: this result has no coefficients.

        Raises
        ------
        InvalidOption
        """
        raise InvalidOption(
            Code.FIT(
                "{title} has no coefficients to plot", "use to_frame() instead", title=self.title
            )
        )

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        head = "".join(f"<p>{html.escape(line)}</p>" for line in self._under_title())
        words = "".join(f"<p>{html.escape(line)}</p>" for line in self.words())
        caption = f"<p><b>{html.escape(self.title)}</b></p>"
        return f"<div>{caption}{head}{self.shown().to_html(border=0)}{words}</div>"

    def shown(self) -> pd.DataFrame:
        """The numbers as a person reads them."""
        return self.table.map(show_number)

    def _under_title(self) -> list[str]:
        return []

    def words(self) -> list[str]:
        """Choices, sample, notes and references, one line each."""
        plain = {k: v for k, v in self.choices.items() if k != "sample" and v is not None}
        lines = [f"Choices: {_listed(plain)}"] if plain else []
        if sample := self.choices.get("sample"):
            lines.append(f"Sample: {_listed(sample)}")
        lines += [f"Note: {note}" for note in self.notes]
        return lines + [f"Reference: {citations.REFERENCES[key]}" for key in self.references]


@dataclass(frozen=True, repr=False)
class PanelTest(Result):
    """Statistics of a test with their p-values.

    Attributes
    ----------
    null, alternative : str
        The hypotheses in words.
    bound : str
        `<` or `>` where a printed table only bounds the first p-value, `none` where it has none, otherwise `=`.
    units : pandas.DataFrame or None
        What the test has of each unit, by unit: `statistic`, and where there are any `p_value` and `lags`.
    """

    __test__ = False  # not a test case

    null: str = ""
    alternative: str = ""
    bound: str = "="
    units: pd.DataFrame | None = None

    @property
    def statistic(self) -> float:
        """The first statistic."""
        return float(self.table["statistic"].iloc[0])

    @property
    def p_value(self) -> float:
        """The first p-value."""
        return float(self.table["p_value"].iloc[0])

    @property
    def statistics(self) -> pd.Series:
        """Statistics by name."""
        return self.table["statistic"]

    @property
    def p_values(self) -> pd.Series:
        """P-values by name."""
        return self.table["p_value"]

    def _under_title(self) -> list[str]:
        return [f"H0: {self.null}", f"H1: {self.alternative}"]


@dataclass(frozen=True)
class WaldTest:
    """A joint test of linear restrictions.

    Attributes
    ----------
    statistic, p_value : float
    distribution : str
        Reference distribution, such as `F(2, 9)` or `chi2(2)`.
    restrictions : int
    """

    statistic: float
    p_value: float
    distribution: str
    restrictions: int


@dataclass(frozen=True, repr=False)
class Fit(Result):
    """Coefficients under one covariance.

    Attributes
    ----------
    method : str
        Name of the function of the library, or of the package that a fit was read from.
    formula : str
    params, std_errors, statistics, p_values : pandas.Series
        By term. A wild bootstrap has no standard error of its own: its stored one studentises the test.
    df : float or pandas.Series
        Degrees of freedom of t: infinite for the normal distribution, NaN for a bootstrap; by term for Satterthwaite's.
    inference : str
        Label of the covariance, such as `clustered(firm):reghdfe:t(G-1)`.
    cov : pandas.DataFrame or None
        Covariance of the coefficients.
    fit_statistics : mapping of str to float
        R² by name, first stages, variance components.
    residuals : pandas.Series or None
        Over units and periods as given.
    n_clusters : int or None
        Clusters behind the covariance; a joint test takes at most half of them, less one.
    kinds : tuple of str
        Covariances that `vcov` gives without a new fit.
    """

    method: str = ""
    formula: str = ""
    inference: str = ""
    df: float | pd.Series = np.inf
    cov: pd.DataFrame | None = None
    fit_statistics: Mapping[str, float] = field(default_factory=dict)
    residuals: pd.Series | None = None
    n_clusters: int | None = None
    kinds: tuple[str, ...] = ()
    again: Callable[..., Fit] | None = None
    intervals: Intervals | None = None

    @property
    def params(self) -> pd.Series:
        """Coefficients by term."""
        return self.table["estimate"]

    @property
    def std_errors(self) -> pd.Series:
        """Standard errors by term."""
        return self.table["std_error"]

    @property
    def statistics(self) -> pd.Series:
        """Ratios t by term."""
        return self.table["statistic"]

    @property
    def p_values(self) -> pd.Series:
        """Two-sided p-values by term."""
        return self.table["p_value"]

    @property
    def n_obs(self) -> int:
        """Rows used."""
        return int(self.choices["sample"]["rows"])

    @check_arguments
    def conf_int(self, level: Share = 0.95) -> pd.DataFrame:
        """Intervals by term: columns `low` and `high`."""
        if self.intervals is not None:
            return self.intervals(level)
        from scipy import stats

        width = stats.t.ppf((1 + level) / 2, self.df) * self.std_errors
        return pd.DataFrame({"low": self.params - width, "high": self.params + width})

    @check_arguments
    def to_frame(self, level: Share = 0.95) -> pd.DataFrame:
        """One row a term: inference, estimate, std_error, statistic, df, p_value, ci_low, ci_high."""
        ends = self.conf_int(level)
        return self.table.assign(
            df=self.df, ci_low=ends["low"], ci_high=ends["high"], inference=self.inference
        )[["inference", *COEFFICIENT_COLUMNS]].rename_axis("term")

    @property
    def coef_table(self) -> pd.DataFrame:
        """Coefficients by term with 95 % intervals."""
        return self.to_frame(0.95).drop(columns="inference")

    @check_arguments
    def vcov(self, kind: str, **options: Any) -> Fit:
        """The same coefficients under another covariance.

        Parameters
        ----------
        kind : str
            One of `kinds`.
        **options : object
            As the function that made the fit takes them: cluster, correction, bandwidth, draws, seed.

        Returns
        -------
        Fit

        Raises
        ------
        InvalidOption
            For a covariance that the method does not have.
        """
        if self.again is None or kind not in self.kinds:
            allowed = [*self.kinds] or ["the one it has"]
            raise InvalidOption(
                Code.COVARIANCE(
                    "{method} cannot compute the covariance {kind!r} after the fit",
                    "choose one of {allowed}",
                    method=self.method,
                    kind=kind,
                    allowed=allowed,
                )
            )
        known = inspect.signature(self.again).parameters
        if wrong := [name for name in options if name not in known or name == "kind"]:
            raise InvalidOption(
                sentences.OPTION_WITHOUT_MEANING(option=wrong[0], given=f"vcov({kind!r})")
            )
        return self.again(kind, **options)

    @check_arguments
    def wald(self, restrictions: Any = None, values: Any = None) -> WaldTest:
        """Joint test of linear restrictions R b = r.

        Parameters
        ----------
        restrictions : sequence of str or array, shape (q, k), optional
            Names of coefficients, or R. None: all coefficients but the constant.
        values : array, shape (q,), optional
            Right side r; zero by default.

        Returns
        -------
        WaldTest
            F with the degrees of freedom of t, or chi2 where t is normal.

        Raises
        ------
        InvalidOption
            Without a covariance, for unknown terms or a matrix of another shape.
        Infeasible
            For more restrictions than the clusters carry, or a singular covariance.
        """
        if isinstance(self.df, pd.Series):
            raise InvalidOption(estimators.NO_JOINT_TEST(label=self.inference))
        if self.cov is None or np.isnan(self.df):
            raise InvalidOption(
                Code.COVARIANCE(
                    "{method} with {inference} has no joint test",
                    "call vcov() with a covariance that has a joint test",
                    method=self.method,
                    inference=self.inference,
                )
            )
        matrix, right = self._restricted(restrictions, values)
        q = len(matrix)
        if self.n_clusters is not None and q > (self.n_clusters - 1) / 2:
            raise Infeasible(
                estimators.TOO_FEW_CLUSTERS_FOR_TEST(
                    q=q, groups=self.n_clusters, most_coefficients=(self.n_clusters - 1) // 2
                )
            )
        gap = matrix @ self.params.to_numpy() - right
        v = matrix @ self.cov.to_numpy() @ matrix.T
        size = np.sqrt(np.diag(v))
        names = [str(term) for term in self.params.index[(matrix != 0).any(axis=0)]]
        if not (size > 0).all() or np.linalg.eigvalsh(v / np.outer(size, size)).min() <= 1e-12:
            raise Infeasible(estimators.SINGULAR_COVARIANCE(label=self.inference, names=names))
        from scipy import stats

        value = float(gap @ np.linalg.solve(v, gap))
        if np.isinf(self.df):
            return WaldTest(value, float(stats.chi2.sf(value, q)), f"chi2({q})", q)
        p = float(stats.f.sf(value / q, q, self.df))
        p = p if self.p_values.notna().all() else float("nan")
        return WaldTest(value / q, p, f"F({q}, {self.df:g})", q)

    @check_arguments
    def plot(self, kind: PlotKind = "coefficients") -> drawing.Chart:
        """Coefficients with 95 % intervals: as rows, or as a path where terms are numbers (event time)."""
        drawn = self.coef_table
        if kind == "path":
            if not pd.api.types.is_numeric_dtype(drawn.index):
                raise InvalidOption(
                    sentences.NO_EVENT_STUDY(
                        title=self.title, estimators=["group_time", "imputation"]
                    )
                )
            return drawing.draw_path(drawn, self.title)
        return drawing.draw_coefficients(drawn, self.title)

    def _restricted(self, restrictions: Any, values: Any) -> tuple[np.ndarray, np.ndarray]:
        terms = [*self.params.index]
        if restrictions is None:
            restrictions = [term for term in terms if term != "constant"]
        if isinstance(restrictions, str):
            restrictions = [restrictions]
        try:
            given = np.asarray(restrictions)
        except ValueError as error:
            raise InvalidOption(
                sentences.RESTRICTIONS_SHAPE(shape="unequal rows", terms=len(terms), values=0)
            ) from error
        if given.dtype.kind in "bif" and not (given.ndim == 1 and {*given.tolist()} <= {*terms}):
            matrix = np.atleast_2d(given.astype(float))
        else:
            missing = [name for name in restrictions if name not in terms]
            if missing or not len(restrictions):
                raise InvalidOption(
                    sentences.UNKNOWN_TERMS(names=[*map(str, missing)], terms=[*map(str, terms)])
                )
            matrix = np.eye(len(terms))[[terms.index(name) for name in restrictions]]
        right = (
            np.zeros(len(matrix)) if values is None else np.atleast_1d(np.asarray(values, float))
        )
        if matrix.ndim != 2 or matrix.shape[1] != len(terms) or right.shape != (len(matrix),):
            raise InvalidOption(
                sentences.RESTRICTIONS_SHAPE(
                    shape=str(matrix.shape), terms=len(terms), values=right.size
                )
            )
        return matrix, right

    def shown(self) -> pd.DataFrame:
        """Coefficients as a person reads them; a bootstrap without its studentising error."""
        shown = self.coef_table.drop(columns="df")
        if kind_of(self.inference) in WITHOUT_ERROR:
            shown = shown.drop(columns="std_error")
        names = {
            "std_error": "std. error", "statistic": "t" if np.isfinite(self.df).all() else "z",
            "p_value": "p", "ci_low": "95 % low", "ci_high": "high",
        }  # fmt: skip
        return shown.map(show_number).rename(columns=names).rename_axis(None)

    def _under_title(self) -> list[str]:
        return [line for line in (self.formula, f"Inference: {self.inference}") if line]

    def words(self) -> list[str]:
        """Fit, choices, sample, notes and references, one line each."""
        numbers = {name: show_number(value) for name, value in self.fit_statistics.items()}
        return ([f"Fit: {_listed(numbers)}"] if numbers else []) + super().words()


@check_arguments
def coefficient_table(
    params: pd.Series,
    std_errors: pd.Series,
    df: float | pd.Series,
    statistics: pd.Series | None = None,
    p_values: pd.Series | None = None,
) -> pd.DataFrame:
    """Estimates with errors, t and two-sided p-values by term; t and p are computed where they are not given.

    Parameters
    ----------
    params : pandas.Series
        Coefficients by term.
    std_errors : pandas.Series
        Standard errors by term.
    df : float or pandas.Series
        Degrees of freedom of t, one or by term; infinite for the normal distribution.
    statistics, p_values : pandas.Series, optional
        As the estimator gives them.

    Returns
    -------
    pandas.DataFrame
    """
    t = params / std_errors if statistics is None else statistics
    if p_values is None:
        from scipy import stats

        p_values = pd.Series(2 * stats.t.sf(np.abs(t.to_numpy(float)), df), params.index)
    columns = {"estimate": params, "std_error": std_errors, "statistic": t, "p_value": p_values}
    return pd.DataFrame({name: np.asarray(c, float) for name, c in columns.items()}, params.index)


@check_arguments
def show_number(value: Any) -> str:
    """A number in four digits as a person reads it; anything else as text."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, float | int | np.number):
        return "" if value is None else str(value)
    number = float(value)
    if np.isnan(number):
        return ""
    if number == int(number) and abs(number) < 1e7 if np.isfinite(number) else True:
        return f"{number:g}"
    return f"{number:.4f}" if 1e-3 <= abs(number) < 1e5 else f"{number:.3g}"


def _listed(facts: Mapping[str, Any]) -> str:
    """Facts as `name value`, separated by semicolons."""
    return "; ".join(f"{name.replace('_', ' ')} {_worded(v)}" for name, v in facts.items())


def _worded(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

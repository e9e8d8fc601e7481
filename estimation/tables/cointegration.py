"""Tests of no cointegration between several series, side by side (kind `cointegration`, t03).

Belongs here: options of such a table, its grids, saying whether the tests agree. Not here: the
tests (`cointegration`), the Monte Carlo behind their sizes (`critical_values`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from estimation.econometrics.cointegration import (
    kao,
    pedroni,
    pesaran_cd,
    westerlund,
)
from estimation.econometrics.cointegration.results import CointegrationResult
from estimation.econometrics.critical_values.rates import own_rate, size_table
from estimation.econometrics.errors import Infeasible
from estimation.panel.errors import NotEstimable
from estimation.panel.release import Release
from estimation.panel.sample import Estimable, build_sample
from estimation.panel.series_windows import (
    NOMINAL,
    OVERSIZED_NOTE,
    Trend,
    far_from_nominal,
    frame_of,
    p_text,
    size_text,
    statistic_rows,
)
from estimation.panel.spec import Interpolation, Sample, Spec
from estimation.tables.banner import banner, fine_print
from estimation.tables.result import Block, TableResult, coefficient_frame, statistic_frame

WORDS = {"c": "constant", "ct": "constant and trend"}
FAMILIES = {"kao": "Kao", "pedroni": "Pedroni", "westerlund": "Westerlund"}
NAMES = {
    "DF_rho": "DF rho", "DF_t": "DF t", "DF_rho_star": "DF rho*", "DF_t_star": "DF t*",
    "ADF_t": "ADF t", "panel_v": "panel v", "panel_rho": "panel rho", "panel_pp": "panel PP t",
    "panel_adf": "panel ADF t",
    "group_rho": "group rho", "group_pp": "group PP t", "group_adf": "group ADF t",
    "g_tau": "group tau", "g_alpha": "group alpha", "p_tau": "panel tau", "p_alpha": "panel alpha",
}  # fmt: skip
SIZE_DESIGNS = {
    False: ("independent units", "one common factor"),
    True: ("one common factor, demeaned by year",),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ResidualOptions(_Strict):
    """Kao's and Pedroni's tests: lags of the ADF statistics, kernel of the long-run variances."""

    lags: int
    bandwidth: int
    kernel: Literal["bartlett", "parzen", "quadratic-spectral"]


class WesterlundOptions(_Strict):
    """Westerlund's error-correction tests and the bootstrap over years behind their p-values."""

    lags: int
    leads: int
    bandwidth: int
    draws: int
    seed: int


class Options(BaseModel):
    """Options of a cointegration table; the sample is common to all series."""

    model_config = ConfigDict(extra="forbid")

    dependent: str
    regressors: list[str] = Field(min_length=1)
    sample: Sample
    interpolation: Interpolation
    trends: list[Trend]
    demean: list[bool]
    kao: ResidualOptions
    pedroni: ResidualOptions
    westerlund: WesterlundOptions


@dataclass(frozen=True)
class Outcome:
    """One statistic in one setting.

    Attributes
    ----------
    family, name : str
    statistic, p_asymptotic, p_own : float
        `p_own` is simulated at this N and T (Kao, Pedroni) or from the bootstrap (Westerlund).
    sizes_asymptotic, sizes_own : tuple of (float or None)
        True size in the designs of `SIZE_DESIGNS`.
    """

    family: str
    name: str
    statistic: float
    p_asymptotic: float
    p_own: float
    sizes_asymptotic: tuple[float | None, ...]
    sizes_own: tuple[float | None, ...]

    @property
    def rejects(self) -> bool:
        """Whether the p-value of this N and T is below 5 %."""
        return self.p_own < NOMINAL


@dataclass(frozen=True)
class Setting:
    """Deterministics and demeaning, with the outcomes and refusals under them."""

    trend: str
    demean: bool
    outcomes: tuple[Outcome, ...]
    refused: Mapping[str, str]

    @property
    def model(self) -> str:
        """Name in the long frame."""
        return f"{'demeaned' if self.demean else 'raw'}.{self.trend}"

    @property
    def words(self) -> str:
        """Name for a reader."""
        return f"{WORDS[self.trend]}, {'demeaned by year' if self.demean else 'raw'}"

    @property
    def short(self) -> str:
        """Head of a column."""
        return f"{self.trend}, {'by year' if self.demean else 'raw'}"

    def of(self, family: str) -> list[Outcome]:
        """Outcomes of one author's tests."""
        return [o for o in self.outcomes if o.family == family]


def estimate(spec: Spec, release: Release) -> TableResult:
    """Cointegration table: H0 of every statistic, no cointegration in any province.

    Raises
    ------
    NotEstimable
        When the common window has a missing cell, or no test is feasible on it.
    """
    options = Options.model_validate(spec.options)
    roles = [options.dependent, *options.regressors]
    unknown = sorted(set(roles) - set(spec.variables))
    if unknown:
        raise ValueError(f"{spec.table}: {unknown} are not among the variables")
    variables = {role: spec.variables[role] for role in roles}
    sample = build_sample(release, variables, options.sample, options.interpolation)
    frames = {role: frame_of(sample, role) for role in roles}
    y, x = frames[options.dependent], {role: frames[role] for role in options.regressors}
    settings = [
        _setting(y, x, trend, demean, options)
        for trend in options.trends
        for demean in options.demean
    ]
    if not any(s.outcomes for s in settings):
        raise NotEstimable(
            "; ".join(dict.fromkeys(t for s in settings for t in s.refused.values()))
        )
    agreement = in_words(settings)
    statistics = [row for setting in settings for row in _statistics(setting)]
    statistics += statistic_rows(
        "sample",
        {"n_provinces": y.shape[1], "n_years": y.shape[0], "n_obs": y.size, "agreement": agreement},
    )
    for role, frame in frames.items():
        statistics += statistic_rows(f"dependence.{role}", _dependence(frame))
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficient_frame([]),
        statistics=statistic_frame(statistics),
        blocks=(_summary(settings, agreement), *(_detail(s, options) for s in settings)),
        banner=banner(release, variables, [sample]),
        choices=options.model_dump(mode="json"),
        sample=sample.record(),
        figures_status=sample.figures_status,
        notes=_notes(spec, options, sample)[:1],
        fine_print=(*fine_print(release, [sample]), *_notes(spec, options, sample)[1:]),
    )


def _setting(
    y: pd.DataFrame, x: Mapping[str, pd.DataFrame], trend: str, demean: bool, options: Options
) -> Setting:
    found: list[Outcome] = []
    refused: dict[str, str] = {}
    for family in FAMILIES:
        if family == "kao" and trend != "c":
            continue  # the test is defined with unit constants alone
        try:
            found += _outcomes(family, y, x, trend, demean, options)
        except Infeasible as reason:
            refused[family] = str(reason)
    return Setting(trend, demean, tuple(found), refused)


def _outcomes(
    family: str,
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    trend: str,
    demean: bool,
    options: Options,
) -> list[Outcome]:
    asymptotic, own = _run(family, y, x, trend, demean, options)
    label = _size_label(family, options)
    outcomes = []
    for name in asymptotic.statistics.index:
        place: dict[str, Any] = {
            "n_units": asymptotic.n_units, "n_periods": asymptotic.n_periods, "regressors": len(x),
            "trend": trend, "statistic": name, "measure": "size",
        }  # fmt: skip
        own_label = f"{label},{'bootstrap' if family == 'westerlund' else 'finite_sample'}"
        outcomes.append(
            Outcome(
                family=family,
                name=name,
                statistic=float(asymptotic.statistics[name]),
                p_asymptotic=float(asymptotic.p_values[name]),
                p_own=float(own[name]),
                sizes_asymptotic=_sizes(family, label, demean, place),
                sizes_own=tuple(
                    own_rate(family, options=own_label, design=design, **place)
                    for design in SIZE_DESIGNS[demean]
                ),
            )
        )
    return outcomes


def _run(
    family: str,
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    trend: str,
    demean: bool,
    options: Options,
) -> tuple[CointegrationResult, pd.Series]:
    """The result with asymptotic p-values, and the p-values of this N and T."""
    own = getattr(options, family).model_dump()
    if family == "westerlund":
        result = westerlund(y, x, trend=trend, demean=demean, **own)
        return result, result.details["p_bootstrap"]
    if family == "kao":
        pair = [
            kao(y, x, demean=demean, critical_values=origin, **own)
            for origin in ("asymptotic", "finite_sample")
        ]
    else:
        pair = [
            pedroni(y, x, trend=trend, demean=demean, critical_values=origin, **own)
            for origin in ("asymptotic", "finite_sample")
        ]
    return pair[0], pair[1].p_values


def _size_label(family: str, options: Options) -> str:
    """How the stored Monte Carlo names these options."""
    if family == "westerlund":
        chosen = options.westerlund
        return f"lags={chosen.lags},leads={chosen.leads},bandwidth={chosen.bandwidth}"
    residual: ResidualOptions = getattr(options, family)
    return f"lags={residual.lags},bandwidth={residual.bandwidth}"


def _sizes(
    family: str, label: str, demean: bool, place: Mapping[str, Any]
) -> tuple[float | None, ...]:
    rates = []
    for design in SIZE_DESIGNS[demean]:
        rows = size_table(family, options=label, design=design, **place)
        rates.append(None if rows.empty else float(rows["rate"].iloc[0]))
    return tuple(rates)


def in_words(settings: Sequence[Setting]) -> str:
    """Whether the tests agree, with the counts, by the p-values of this N and T."""
    tests = [o for s in settings for o in s.outcomes]
    reject = sum(o.rejects for o in tests)
    if reject in (0, len(tests)):
        what = "all reject" if reject else "none rejects"
        return f"The tests agree: {what} no cointegration at 5 % ({len(tests)} statistics)."
    sound = [o for o in tests if None not in o.sizes_own and not far_from_nominal(*o.sizes_own)]
    parts = []
    for setting in settings:
        counts = [
            f"{name} {sum(o.rejects for o in setting.of(family))} of {len(setting.of(family))}"
            for family, name in FAMILIES.items()
            if setting.of(family)
        ]
        parts.append(f"{setting.words}: {', '.join(counts)}")
    return (
        "The tests conflict. Statistics that reject no cointegration at 5 %, by simulated and "
        f"bootstrap p-values: {'; '.join(parts)}. {_sound_words(sound)}A long-run relation is "
        "neither shown nor excluded: FMOLS and DOLS presuppose one."
    )


def _sound_words(sound: Sequence[Outcome]) -> str:
    if not sound:
        return ""
    reject = sum(o.rejects for o in sound)
    return (
        f"Of the {len(sound)} whose true size stays within twice nominal even under a common "
        f"factor, {reject} reject{'s' if reject == 1 else ''}. "
    )


def _summary(settings: Sequence[Setting], agreement: str) -> Block:
    rows = []
    for family, name in FAMILIES.items():
        for label, asymptotic in (("simulated p", False), ("asymptotic p", True)):
            cells = []
            for setting in settings:
                mine = setting.of(family)
                count = sum((o.p_asymptotic < NOMINAL) if asymptotic else o.rejects for o in mine)
                cells.append(f"{count} of {len(mine)}" if mine else _absent(family, setting))
            rows.append((f"{name}, {label}", *cells))
    header = ("Statistics that reject at 5 %", *(s.short for s in settings))
    note = (
        "c: constant; ct: constant and trend. Simulated p: Westerlund's are by bootstrap. Kao's "
        "tests are defined with a constant only."
    )
    return Block("Do they agree?", header, tuple(rows), (agreement, note), frozenset({2, 4}))


def _absent(family: str, setting: Setting) -> str:
    return "n.e." if family in setting.refused else "–"


def _detail(setting: Setting, options: Options) -> Block:
    designs = " / ".join(SIZE_DESIGNS[setting.demean])
    header = (
        "Test", "Statistic", "p, asymptotic", "true size of that", "p, simulated",
        "true size of this",
    )  # fmt: skip
    rows: list[tuple[str, ...]] = []
    rules: list[int] = []
    for family, name in FAMILIES.items():
        if setting.of(family) or family in setting.refused:
            rules.append(len(rows))
        if family in setting.refused:
            rows.append((name, "n.e.", "", "", "", ""))
        for outcome in setting.of(family):
            rows.append(
                (
                    f"{name} {NAMES[outcome.name]}",
                    f"{outcome.statistic:.2f}",
                    p_text(outcome.p_asymptotic),
                    size_text(*outcome.sizes_asymptotic),
                    p_text(outcome.p_own),
                    size_text(*outcome.sizes_own),
                )
            )
    notes = [
        f"True size: rejection rate of a nominal 5 % test without cointegration, {designs}. "
        f"{OVERSIZED_NOTE}"
    ]
    notes += [f"{FAMILIES[f]}: not estimable: {reason}" for f, reason in setting.refused.items()]
    far = [o for o in setting.outcomes if far_from_nominal(*o.sizes_asymptotic)]
    if far:
        named = ", ".join(f"{FAMILIES[o.family]} {NAMES[o.name]}" for o in far)
        notes.append(
            "With asymptotic p-values these reject over twice as often as they should, and a "
            f"rejection is weak evidence: {named}."
        )
    title = setting.words[0].upper() + setting.words[1:]
    return Block(title, header, tuple(rows), tuple(notes), frozenset(rules), appendix=True)


def _statistics(setting: Setting) -> list[dict[str, Any]]:
    numbers: dict[str, Any] = {}
    for o in setting.outcomes:
        key = f"{o.family}.{o.name}"
        kind = "bootstrap" if o.family == "westerlund" else "simulated"
        numbers |= {
            f"{key}.statistic": o.statistic,
            f"{key}.p_asymptotic": o.p_asymptotic,
            f"{key}.p_{kind}": o.p_own,
        }
        for which, sizes in (("asymptotic", o.sizes_asymptotic), (kind, o.sizes_own)):
            for design, rate in zip(SIZE_DESIGNS[setting.demean], sizes, strict=True):
                numbers[f"{key}.size_{which}.{design.replace(', ', '_').replace(' ', '_')}"] = rate
    numbers |= {f"{family}.not_estimable": reason for family, reason in setting.refused.items()}
    return statistic_rows(setting.model, numbers)


def _dependence(frame: pd.DataFrame) -> dict[str, Any]:
    """Pesaran's CD of first differences net of unit means."""
    differences = frame.diff().iloc[1:]
    try:
        result = pesaran_cd(differences - differences.mean(), correction="none")
    except Infeasible as reason:
        return {"not_estimable": str(reason)}
    return {
        "cd.statistic": result.statistic,
        "cd.p_value": result.p_value,
        "cd.mean_correlation": result.mean_correlation,
    }


def _notes(spec: Spec, options: Options, sample: Estimable) -> tuple[str, ...]:
    labels = {role: spec.variables[role].label for role in (options.dependent, *options.regressors)}
    record = sample.record()
    k, p, w = options.kao, options.pedroni, options.westerlund
    return (
        f"{labels[options.dependent]} on {', '.join(labels[r] for r in options.regressors)}; "
        f"{record['n_provinces']} provinces x {record['first_year']}-{record['last_year']}, "
        f"{record['n_obs']} observations, interpolation: {options.interpolation.method}. Null of "
        "every statistic: no cointegration in any province. Panel v rejects on the right, all "
        "others on the left.",
        f"Convention: Kao (1999), lags {k.lags}, {k.kernel} bandwidth {k.bandwidth}. Pedroni "
        f"(1999, 2004), lags {p.lags}, {p.kernel} bandwidth {p.bandwidth}. Westerlund (2007), "
        f"lags {w.lags}, leads {w.leads}, bandwidth {w.bandwidth}.",
        "p, asymptotic: standard normal after the authors' moments. p, simulated (Kao, Pedroni): "
        "2,000 seeded panels of independent random walks of this N and T. p, bootstrap "
        f"(Westerlund): {w.draws} panels, seed {w.seed}, years drawn jointly for all provinces, "
        "so that what provinces share survives.",
    )

"""A synthetic paper in which everything printed follows from one simulated panel.

Descriptive statistics, regressions and groups are computed from the panel by least squares and
printed with rounding, stars and notes as an honest author would; unit-root and cointegration
statistics are set down consistent with their own distributions. Nothing here is copied from print.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from living_panel.estimation.audit.figures import Evidence
from living_panel.estimation.papers.rows import Cell, Citation, Claim, PrintedNumber, Reference
from living_panel.estimation.papers.schema import PrintedPaper, Table

LEGEND = {"*": 0.10, "**": 0.05, "***": 0.01}
FIRST, LAST = 1993, 2022
GROUPS = {"4": "North", "5": "Middle", "6": "South"}
SLOPES = {"North": (0.60, 0.50, 0.32), "Middle": (0.40, 0.40, 0.30), "South": (0.20, 0.30, 0.28)}
SYMBOLS = {"out": "Out", "cap": "Cap", "wrk": "Wrk", "edu": "Edu"}
TERMS = ("cap", "wrk", "edu")
TEXT = re.compile(r"(-?[\d.]+)(\**)(?: \((-?[\d.]+)\))?")


def cell_of(
    text: str, *, table: str, row: str, column: str, model: str = "", term: str = "",
    transform: str = "", statistic: str = "estimate", place: str = "",
) -> Cell:  # fmt: skip
    """A cell from its printed text."""
    match = TEXT.fullmatch(text)
    numeric = match is not None and not statistic.startswith(("flag", "group"))
    return Cell(
        table=table,
        row=row,
        column=column,
        model=model,
        term=term,
        transform=transform,
        statistic=statistic,
        estimate=PrintedNumber(match[1]) if numeric and match else None,
        bracket=PrintedNumber(match[3]) if numeric and match and match[3] else None,
        stars=match[2] if numeric and match else "",
        text=text,
        place=place or f"Table {table}, {row}, {column}",
    )


@cache
def panel() -> pd.DataFrame:
    """24 units in three groups of eight over 30 years, levels; ln y shares its trend with ln x."""
    draw = np.random.default_rng(20251125)
    years = range(FIRST, LAST + 1)
    rows = []
    common = {t: draw.normal(0, 0.05, len(years)).cumsum() for t in TERMS}
    year_effect = draw.normal(0, 0.03, len(years)).cumsum()
    for group, slopes in SLOPES.items():
        for i in range(8):
            x = {
                t: draw.normal(0, 0.12, len(years)).cumsum() + common[t] + draw.normal(base, 0.4)
                for t, base in zip(TERMS, (11.0, 6.0, 7.0), strict=True)
            }
            error = draw.normal(0, 0.10, len(years))
            out = sum(b * x[t] for b, t in zip(slopes, TERMS, strict=True)) + year_effect + error
            unit = pd.DataFrame({"out": out + draw.normal(0, 0.3), **x})
            unit["province_code"], unit["year"] = f"{group[0]}{i:02d}", list(years)
            rows.append(unit)
    logs = pd.concat(rows, ignore_index=True)
    levels = logs[["province_code", "year"]].copy()
    for name in ("out", *TERMS):
        levels[name] = np.exp(logs[name]).round(2)
    return levels


@cache
def evidence() -> Evidence:
    """The simulated values as evidence, an excluded unit beyond all extremes among them."""
    excluded = pd.DataFrame({"province_code": "X00", "year": range(FIRST, LAST + 1)})
    for name in ("out", *TERMS):
        excluded[name] = panel()[name].min() / 2
    data = pd.concat([panel(), excluded], ignore_index=True)
    codes = data["province_code"].drop_duplicates()
    of = {"N": "North", "M": "Middle", "S": "South", "X": "North"}
    groups = codes.groupby(codes.str[0].map(of)).apply(tuple).to_dict()
    names = {code: f"Unit {code}" for code in codes}
    rates = {y: round(8.5 - 0.0613 * (y - FIRST), 4) for y in range(FIRST, LAST + 1)}
    cells = data.melt(["province_code", "year"], var_name="measure")
    return Evidence(cells, groups, names, rates)


def regress(data: pd.DataFrame, terms: tuple[str, ...], effects: bool) -> dict[str, Any]:
    """Least squares with classical errors; with dummies of units and years where effects are wanted."""
    logs = np.log(data[["out", *TERMS]])
    x = pd.DataFrame({t: logs[t.split("*")].prod(axis=1) for t in terms})
    keys = ["province_code", "year"]
    dummies = pd.get_dummies(data[keys], columns=keys, drop_first=True, dtype=float)
    # around their means they leave the constant that belongs to the means of all rows
    rest = sm.add_constant(dummies - dummies.mean() if effects else dummies[[]])
    fit, alone = (sm.OLS(logs["out"], design).fit() for design in (rest.join(x), rest))
    r2 = 1 - fit.ssr / alone.ssr
    return {
        "b": fit.params,
        "se": fit.bse,
        "r2": r2,
        "inclusive": fit.rsquared,
        "f": (r2 / len(terms)) / ((1 - r2) / fit.df_resid),
        "n": len(x),
        "df": fit.df_resid,
    }


def stars(p: float) -> str:
    """Stars of a p-value under the usual legend."""
    return "***" if p < 0.01 else "**" if p < 0.05 else "*" if p < 0.10 else ""


def _printed(b: float, se: float, df: int, bracket: str) -> str:
    b, se = round(b, 4), round(se, 4)
    t = b / se
    p = 2 * stats.t.sf(abs(t), df)
    inside = {"standard_error": se, "t_statistic": t, "p_value": p}[bracket]
    return f"{b:.4f}{stars(p)} ({inside:.4f})"


def _label(term: str) -> str:
    return " x ".join(f"ln({SYMBOLS[t]})" for t in term.split("*"))


def _column(
    table: str, model: str, data: pd.DataFrame, terms: tuple[str, ...], *, effects: bool = True,
    bracket: str = "standard_error", r2: str = "r2", f: bool = False, group: str = "",
) -> list[Cell]:  # fmt: skip
    fit = regress(data, terms, effects)
    made = []

    def put(row: str, text: str, term: str = "", transform: str = "", statistic: str = "estimate"):
        made.append(
            cell_of(text, table=table, row=row, column=f"({model})", model=model, term=term,
                    transform=transform, statistic=statistic)
        )  # fmt: skip

    for t in terms:
        put(_label(t), _printed(fit["b"][t], fit["se"][t], fit["df"], bracket), t, "log")
    constant = _printed(fit["b"]["const"], fit["se"]["const"], fit["df"], bracket)
    put("Constant", constant, "constant")
    if effects:
        put("Unit effects", "Yes", statistic="flag:entity_effects")
        put("Year effects", "Yes", statistic="flag:time_effects")
    put("N", str(fit["n"]), statistic="n_obs")
    put("R2", f"{fit[r2]:.4f}", statistic="r_squared")
    if f:
        p = stats.f.sf(fit["f"], len(terms), fit["df"])
        put("F", f"{fit['f']:.3f}{stars(p)}", statistic="f_statistic")
    if group:
        put("Group", group, statistic="group")
    return made


def table(number: str, title: str, content: str, cells: list[Cell], **form: object) -> Table:
    """A printed table."""
    said = {"number": number, "title": title, "content": content, "place": f"Table {number}"}
    return Table.model_validate(said | {"cells": tuple(cells)} | form)


def _descriptives() -> Table:
    made = []
    for name in ("out", *TERMS):
        x = panel()[name]
        numbers = {
            "n_obs": f"{len(x)}", "mean": f"{x.mean():.2f}", "sd": f"{x.std():.2f}",
            "min": f"{x.min():.2f}", "max": f"{x.max():.2f}",
        }  # fmt: skip
        for statistic, text in numbers.items():
            made.append(
                cell_of(text, table="1", row=SYMBOLS[name], column=statistic, term=name,
                        transform="level", statistic=statistic)
            )  # fmt: skip
    return table("1", "Descriptive statistics", "descriptives", made)


def _unit_roots() -> Table:
    # Levels inside the null's bulk, differences far in the rejecting tail; 48 degrees of freedom.
    printed = {
        "log": ("-0.41", "0.35", "45.20"),
        "diff_log": ("-8.12***", "-9.30***", "210.50***"),
    }
    made = []
    for transform, texts in printed.items():
        for name in ("out", *TERMS):
            row = f"{'Δ ' if transform == 'diff_log' else ''}ln {SYMBOLS[name]}"
            for test, text in zip(("LLC", "IPS", "Fisher"), texts, strict=True):
                made.append(
                    cell_of(text, table="2", row=row, column=test, term=name, transform=transform,
                            statistic=f"test:{test}")
                )  # fmt: skip
    tests = {"LLC": "llc", "IPS": "ips", "Fisher": "fisher"}
    return table("2", "Unit roots", "unit_roots", made, stars=LEGEND, tests=tests)


def _long_run() -> Table:
    made = []
    for model, shift in (("fmols", 0.004), ("dols", -0.006)):
        fit = regress(panel(), TERMS, True)
        for t in TERMS:
            text = _printed(fit["b"][t] + shift, fit["se"][t] * 1.3, fit["df"], "t_statistic")
            made.append(
                cell_of(text, table="4", row=_label(t), column=model, model=model, term=t,
                        transform="log")
            )  # fmt: skip
        for label, text in (("Kao", "-4.31***"), ("JB", "1.20"), ("N", "720")):
            statistic = "n_obs" if label == "N" else f"test:{label}"
            made.append(
                cell_of(text, table="4", row=label, column=model, model=model, statistic=statistic)
            )
    return table(
        "4", "Long run", "regression", made, stars=LEGEND, brackets="t_statistic",
        tests={"Kao": "kao", "JB": "jarque_bera"}, estimators={"fmols": "fmols", "dols": "dols"},
        covariance="unnamed", regressors="printed", dependent="out",
    )  # fmt: skip


def _parts() -> Table:
    """One coefficient with its error, t, p and interval in cells of their own."""
    fit = regress(panel(), ("cap",), True)
    b, se, df = fit["b"]["cap"], fit["se"]["cap"], fit["df"]
    half = se * stats.t.isf(0.025, df)
    p = 2 * stats.t.sf(abs(b / se), df)
    numbers = {
        "estimate": f"{b:.4f}{stars(p)}", "std_error": f"{se:.4f}", "t_statistic": f"{b / se:.2f}",
        "p_value": f"{p:.3f}", "ci_low": f"{b - half:.4f}", "ci_high": f"{b + half:.4f}",
    }  # fmt: skip
    made = [
        cell_of(text, table="8", row=_label("cap"), column=name, model="10", term="cap",
                transform="log", statistic=name)
        for name, text in numbers.items()
    ]  # fmt: skip
    made.append(
        cell_of(str(fit["n"]), table="8", row="N", column="(10)", model="10", statistic="n_obs")
    )
    return table(
        "8", "Parts", "regression", made, stars=LEGEND, covariance="classical", regressors="printed",
        dependent="out", estimators={"10": "fixed_effects"}, effects=["entity", "time"],
    )  # fmt: skip


def _tables() -> dict[str, Table]:
    data = panel()
    nested = {"1": ("cap",), "2": ("cap", "wrk"), "3": TERMS, "3x": (*TERMS, "cap*wrk")}
    baseline = [c for m, terms in nested.items() for c in _column("3", m, data, terms)]
    groups = []
    for model, name in GROUPS.items():
        part = data[data["province_code"].str[0] == name[0]]
        groups += _column("5", model, part, TERMS, f=True, group=name)
    pooled = _column("6", "7", data, TERMS, effects=False, bracket="p_value", f=True)
    dummies = _column("7", "8", data, TERMS, r2="inclusive")
    for name, count in (("n_groups", 24), ("n_periods", LAST - FIRST + 1)):
        place = {"table": "7", "row": name, "column": "(8)", "model": "8"}
        dummies.append(cell_of(str(count), **place, statistic=name))
    classical = {"stars": LEGEND, "covariance": "classical"}
    classical |= {"regressors": "printed", "dependent": "out"}
    errors = classical | {"brackets": "standard_error"}
    tables = (
        _descriptives(),
        _unit_roots(),
        table("3", "Baseline", "regression", baseline, **errors, r_squared="within",
              estimators=dict.fromkeys(nested, "fixed_effects"), nested=list(nested),
              columns={"*": {"where": ""}}),
        _long_run(),
        table("5", "Groups", "regression", groups, **errors, r_squared="within",
              estimators=dict.fromkeys(GROUPS, "fixed_effects"),
              groups_of={"table": "3", "model": "3"}),
        table("6", "Without effects", "regression", pooled, **classical, brackets="p_value",
              r_squared="overall", estimators={"7": "ols"}, effects=[]),
        table("7", "Dummies", "regression", dummies, **errors, r_squared="inclusive",
              estimators={"8": "fixed_effects"}),
        _parts(),
    )  # fmt: skip
    return {t.number: t for t in tables}


def claim(id: str, kind: str, table: str = "", **parts: object) -> Claim:
    """A claim with the parts its kind needs."""
    form = {
        "models": (), "terms": (), "statistic": "", "values": (), "relation": "", "level": None,
        "reference": "", "label": kind, "place": f"text, {id}",
    }  # fmt: skip
    return Claim(id=id, kind=kind, table=table, **{**form, **parts})  # type: ignore[arg-type]


def _claims(tables: dict[str, Table]) -> tuple[Claim, ...]:
    def printed(table: str, model: str, term: str) -> str:
        return tables[table].get(model, "estimate", term).estimate.text  # type: ignore[union-attr]

    models = tuple(GROUPS)
    falling = [float(printed("3", m, "cap")) for m in ("1", "2", "3")]
    return (
        claim("a", "value", "3", models=("3",), terms=("cap",), values=(printed("3", "3", "cap"),)),
        claim("b", "significance", "3", models=("3",), terms=TERMS, relation="all", level=0.01),
        claim("c", "range", "3", models=("1", "2", "3"), terms=("cap",),
              values=(f"{min(falling):.4f}", f"{max(falling):.4f}")),
        claim("d", "trend", "3", models=("1", "2", "3"), statistic="r_squared", relation="rising"),
        claim("e", "order", "5", models=models, terms=("cap",), relation="larger"),
        claim("f", "difference", "5", models=models, terms=("cap",),
              relation="significantly_higher", level=0.05),
        claim("g", "strength", "5", models=models, terms=("cap",), relation="most_significant"),
        claim("h", "table_reference", "3", relation="regression"),
        claim("i", "fact", statistic="units", values=("24",)),
        claim("j", "fact", statistic="first_year", values=(str(FIRST),)),
        claim("k", "fact", statistic="main_estimator", values=("fixed effects",)),
        claim("l", "fact", statistic="main_estimator", values=("fixed effects",)),
        claim("m", "fact", statistic="n_tests:2", values=("3",)),
        claim("n", "integration", "2", relation="some_levels_not_rejected"),
        claim("o", "integration", "2", relation="all_differences_rejected", level=0.1),
        claim("p", "support", "4", models=("fmols", "dols"), terms=("Kao", "JB"),
              relation="supports"),
        claim("q", "interaction", terms=("cap", "wrk")),
        claim("r", "sign", "3", models=("3",), terms=("cap",), relation="positive"),
        claim("s", "size", "3", models=("3",), terms=("cap",),
              values=("10", f"{10 * float(printed('3', '3', 'cap')):.2f}")),
        claim("t", "method", "3", models=("3",), values=("fixed_effects",)),
        claim("u", "role", terms=("cap",), values=("control",)),
    )  # fmt: skip


@cache
def clean() -> PrintedPaper:
    """The paper without a fault."""
    tables = _tables()
    said = {
        "paper": "clean",
        "authors": ["Nobody"],
        "year": 2024,
        "title": "A paper without a fault",
        "transcribed": "whole",
        "data": "other",
        "sample": {"unit": "unit", "units": 24, "first_year": FIRST, "last_year": LAST,
                   "excluded": {"X00": "Unit X00"}, "place": "text, sample"},
        "variables": {
            n: {"symbol": SYMBOLS[n], "label": n, "role": "control", "unit": "index",
                "place": "text", "compare": {"measures": [n]}}
            for n in ("out", *TERMS)
        },
        "equation": {"lhs": "out", "regressors": list(TERMS), "interactions": [["cap", "wrk"]],
                     "effects": ["entity", "time"], "transform": "log", "place": "text, equation"},
        "groups": {model: {"name": name, "units": 8} for model, name in GROUPS.items()},
    }  # fmt: skip
    return PrintedPaper(
        **said,
        tables=tables,
        claims=_claims(tables),
        references=(
            Reference("1", ("Ash",), False, 2001, ("Freedonia",), ("growth",), "reference [1]"),
            Reference("2", ("Birch", "Cole"), False, 2010, (), ("trade",), "reference [2]"),
            Reference("3", ("Dew", "Elm"), True, 2015, (), ("trade",), "reference [3]"),
        ),
        citations=(
            Citation("text", "Ash", 2001, "1", ("Freedonia",), ("growth",)),
            Citation("text", "Birch and Cole", 2010, "2", (), ("trade",)),
            Citation("text", "Dew et al.", 2015, "3", (), ("trade", "growth")),
        ),
    )

"""The grammar of formulas: what it reads, what it refuses by code, and that nothing is evaluated."""

from __future__ import annotations

import ast
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidArgument, InvalidData
from living_panel.estimation.econometrics.panel_models import grammar
from living_panel.estimation.econometrics.panel_models.columns import CONSTANT, columns_of
from living_panel.estimation.econometrics.panel_models.formula import (
    CONSTANT_TERM,
    MOST_TERMS,
    read_model,
    text_of,
)
from living_panel.estimation.econometrics.panel_models.grammar import (
    FUNCTIONS,
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_POWER,
    parse,
)
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.panel.where import names_in, rows_where
from living_panel.estimation.tables.estimate import check_options
from living_panel.orchestration.commands import authoring
from living_panel.orchestration.root.settings import Settings
from tests.refusals import refuses

GRUNFELD = PAPERS / "baltagi_2005" / "specs" / "baltagi_2005_investment.yml"
ATTACKS = [
    ("I(a.__class__.__base__.__subclasses__())", Code.FORMULA_FORM),
    ("__import__('os').system('true')", Code.FORMULA_FORM),
    ("__import__(os)", Code.FORMULA_FORM),
    ("I(__import__(os))", Code.FORMULA_FORM),
    ("eval(x)", Code.FORMULA_FORM),
    ("I(lambda: x)", Code.FORMULA_FORM),
    ("I([y for y in x])", Code.FORMULA_FORM),
    ("{x.sum()}", Code.FORMULA_FORM),
    ("x[0]", Code.FORMULA_FORM),
    ("`x`", Code.FORMULA_FORM),
    ("I(x if x else x)", Code.FORMULA_FORM),
    ("I(x := 1)", Code.FORMULA_FORM),
    ("I(x == 1)", Code.FORMULA_FORM),
    ("I('x' * 1000000000)", Code.FORMULA_FORM),
    ("log(x, x)", Code.FORMULA_FORM),
    ("x; x", Code.FORMULA_FORM),
    ("x #", Code.FORMULA_FORM),
    ("х", Code.FORMULA_FORM),  # a letter of another alphabet
    ("np.log(x)", Code.FORMULA_FORM),
    ("x (x)", Code.FORMULA_FORM),
    ("(value + capital)**60", Code.FORMULA_LIMIT),
    ("(value + capital)^60", Code.FORMULA_LIMIT),
    ("I(9**9**9)", Code.FORMULA_FORM),
    ("I(x**9**9)", Code.FORMULA_FORM),
    ("I(x**999999999)", Code.FORMULA_LIMIT),
    ("(x + w)**0", Code.FORMULA_LIMIT),
    ("(x + w)**-1", Code.FORMULA_LIMIT),
    ("(x + w)**1.5", Code.FORMULA_LIMIT),
    ("(x + w)**w", Code.FORMULA_FORM),
    ("I(x**w)", Code.FORMULA_FORM),
    ("I(2)", Code.FORMULA_FORM),
    ("x + 1e999", Code.FORMULA_FORM),
    (f"({' + '.join(f'v{n}' for n in range(60))})**10", Code.FORMULA_LIMIT),
    (" * ".join(f"v{n}" for n in range(40)), Code.FORMULA_LIMIT),
    (":".join(f"(a{n} + b{n})" for n in range(30)), Code.FORMULA_LIMIT),
    ("(" * 6 + "a + b" + ")**10" * 6, Code.FORMULA_LIMIT),
    ("(" * 6 + "a + b + c + d" + ")**10" * 6, Code.FORMULA_LIMIT),
    (":".join(f"v{n}" for n in range(11)), Code.FORMULA_LIMIT),
    ("+".join(f"v{n}" for n in range(MOST_TERMS + 1)), Code.FORMULA_LIMIT),
    ("x" * MOST_CHARACTERS, Code.FORMULA_LIMIT),
    ("(" * 5000 + "x", Code.FORMULA_LIMIT),
    ("I" + "(-" * 2000 + "x", Code.FORMULA_LIMIT),
    ("-" * 9000 + "x", Code.FORMULA_LIMIT),
    ("log(" * 2000 + "x", Code.FORMULA_LIMIT),
    ("2 * x", Code.FORMULA_FORM),
    ("x + 2", Code.FORMULA_FORM),
    ("x:-w", Code.FORMULA_FORM),
    ("log(C(x))", Code.FORMULA_FORM),
    ("C(x + w)", Code.FORMULA_FORM),
    ("x / w", Code.FORMULA_FORM),
    ("I(x:w)", Code.FORMULA_FORM),
    ("l(x, 1:999999999)", Code.FORMULA_FORM),
    ("l(x, 1:40) * l(w, 1:40)", Code.FORMULA_LIMIT),
    ("l(x, 2:1)", Code.FORMULA_FORM),
    ("l(x, 1.5)", Code.FORMULA_FORM),
    ("l(1, 1)", Code.FORMULA_FORM),
    ("l(x, z)", Code.FORMULA_FORM),
    ("d(x, 0)", Code.FORMULA_FORM),
    ("L101.x", Code.FORMULA_FORM),
    ("LD.x", Code.FORMULA_FORM),
    ("L.log(x)", Code.FORMULA_FORM),
    ("log(l(x, 1:2))", Code.FORMULA_FORM),
    ("log(i.x)", Code.FORMULA_FORM),
    ("log(poly(x, 2))", Code.FORMULA_FORM),
    ("l(mean(x), 1)", Code.FORMULA_FORM),
    ("poly(x, 99)", Code.FORMULA_FORM),
    ("poly(x)", Code.FORMULA_FORM),
    ("i(x + w, ref=0)", Code.FORMULA_FORM),
    ("i(x, ref=log(1))", Code.FORMULA_FORM),
    ("i(x, base=0)", Code.FORMULA_FORM),
]


@pytest.mark.parametrize(("side", "code"), ATTACKS, ids=[side[:40] for side, _ in ATTACKS])
def test_an_attack_is_refused_at_once_by_its_code(side: str, code: Code) -> None:
    began = time.process_time()
    for text in (f"y ~ {side}", f"y ~ x | unit | {side} ~ z", f"y ~ x | unit | w ~ {side}"):
        with refuses(InvalidArgument, code):
            read_model(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("y", 2), ("y ~", 4), ("~ x", 1), ("y ~ x ~ z", 7), ("y ~ x | unit | year", 20),
        ("y ~ x | unit | w ~ z | v ~ z", 22), ("y ~ x | log(unit)", 12), ("y ~ (x", 7),
        ("y ~ x | unit | w ~", 19), ("y ~ x)", 6), ("y ~ x +", 8), ("", 1),
    ],
)  # fmt: skip
def test_another_form_is_refused_at_its_character(text: str, column: int) -> None:
    with refuses(InvalidArgument, Code.FORMULA_FORM, column=column):
        read_model(text)


@pytest.mark.parametrize("outcome", ["y + x", "1", "0", "y - y", "y * x"])
def test_an_outcome_is_one_term(outcome: str) -> None:
    with refuses(InvalidArgument, Code.FORMULA_FORM):
        read_model(f"{outcome} ~ x")


def test_no_source_of_the_formulas_evaluates() -> None:
    """Neither Python's own eval, nor a library that has one."""
    folder = Path(grammar.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name):
                assert node.id not in ("eval", "exec", "compile", "__import__", "getattr"), path
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [getattr(node, "module", None) or "", *(a.name for a in node.names)]
                assert not {"formulaic", "patsy", "ast"} & {n.split(".")[0] for n in names}, path


def test_a_formula_in_a_spec_has_its_file_line_and_code(tmp_path: Path) -> None:
    """As `make try` reads it, whatever the attack."""
    for side, code in (ATTACKS[0], ("(value + capital)**60", Code.FORMULA_LIMIT)):
        path = _spec_with(f"invest ~ {side}", tmp_path)
        began = time.process_time()
        with pytest.raises(InvalidSpec) as caught:
            authoring.try_spec(Settings(tmp_path / "data", tmp_path / "state"), path)
        assert time.process_time() - began < 20  # most of it loads the kinds
        problem: Any = caught.value.problems[0]
        line = path.read_text(encoding="utf-8").split(side)[0].count("\n") + 1
        assert (problem.code, problem.place.file) == (code, str(path))
        assert (problem.place.line, problem.place.key) == (line, "options.columns.0.model")


def _spec_with(model: str, folder: Path) -> Path:
    """Grunfeld's spec, with another first model, in a folder of its own."""
    path = folder / "baltagi_2005" / "specs" / GRUNFELD.name
    path.parent.mkdir(parents=True, exist_ok=True)
    paper = GRUNFELD.parents[1] / "paper.yml"
    (path.parents[1] / "paper.yml").write_bytes(paper.read_bytes())
    text = GRUNFELD.read_text(encoding="utf-8")
    path.write_text(text.replace('"invest ~ value + capital"', f'"{model}"', 1), encoding="utf-8")
    check_options(load_spec(GRUNFELD), GRUNFELD)
    return path


def test_a_formula_is_printed_in_one_way() -> None:
    for text, printed in {
        "I(x^2)": "I(x ** 2)", "I( 0.05*x )": "I(0.05 * x)", "I((x+z)*w)": "I((x + z) * w)",
        "I(x-(w-z))": "I(x - (w - z))", "I((x))": "I(x)", "I(-(x+w))": "I(-(x + w))", "I(+x)": "I(x)",
        "I(x**-1)": "I(x ** (-1))", "I((-x)^2)": "I((-x) ** 2)", "I((x^2)^3)": "I((x ** 2) ** 3)",
        "l(x)": "l(x, 1)", "L2.x": "l(x, 2)", "f( x,3 )": "f(x, 3)", "l(x,-1)": "f(x, 1)", "l(x, 0)": "x",
        "D.x": "d(x, 1)", "D2.x": "d(d(x, 1), 1)", "d(x, 2)": "d(x, 2)", "i.z": "C(z)", "i(z)": "C(z)",
        "i(z, ref=-1)": "i(z, ref=-1)", "poly(x,2)": "poly(x, 2)", "log(l(x,1))": "log(l(x, 1))",
        "log(x+1)": "log(x + 1)", "C( z )": "C(z)", "I(007*x)": "I(7 * x)", "I(2.50e1*x)": "I(25.0 * x)",
    }.items():  # fmt: skip
        (term,) = read_model(f"y ~ {text} - 1").regressors
        assert text_of(term) == printed
        assert text_of(read_model(f"{printed} ~ x").outcome) == printed


def test_terms_are_those_of_the_algebra_of_r() -> None:
    model = read_model("y ~ a:b + c*d + (e + f)^2 - f | unit + year | w:v + u ~ z - z + q")
    found = [text_of(term) for term in model.regressors]
    assert found == ["", "c", "d", "e", "a:b", "c:d", "e:f"]
    assert [text_of(term) for term in model.endogenous] == ["u", "w:v"]
    assert [text_of(term) for term in model.instruments] == ["q"]
    assert model.effects == ("unit", "year")
    assert model.names == ["y", "c", "d", "e", "a", "b", "f", "u", "w", "v", "q"]
    assert read_model("y ~ x").regressors[0] == CONSTANT_TERM
    for text in ("y ~ x - 1", "y ~ 0 + x", "y ~ -1 + x"):
        assert [text_of(term) for term in read_model(text).regressors] == ["x"]


def test_effects_are_combinations_and_slopes() -> None:
    model = read_model("y ~ l(x, 1:2) + i(z, w, ref=0) + d(y):x | unit + a^b + c[year, x]")
    assert model.effects == ("unit", "a^b", "c[year, x]")
    assert model.effect_names == ["unit", "a", "b", "c", "year", "x"]
    assert [text_of(term) for term in model.regressors] == [
        "", "l(x, 1)", "l(x, 2)", "i(z, ref=0):w", "d(y, 1):x",
    ]  # fmt: skip
    assert model.needed == [
        "y", "l(x, 1)", "l(x, 2)", "z", "w", "d(y, 1)", "x", "unit", "a", "b", "c", "year",
    ]  # fmt: skip
    for text in ("y ~ x | a^", "y ~ x | a[b", "y ~ x | a[]", "y ~ x | a[1]", "y ~ x | a:b"):
        with refuses(InvalidArgument, Code.FORMULA_FORM):
            read_model(text)


WORDS = st.sampled_from(
    [*"abxyz", *FUNCTIONS, *"()()()~|+-*/:^,.[]=", "L.", "ref", "**", "0", "1", "2.5e3", " "]
)


@given(st.lists(WORDS, max_size=25))
def test_any_text_is_read_or_refused_by_code(words: list[str]) -> None:
    text = "".join(words)
    for written in (text, f"y ~ {text}", f"y ~ I({text})"):
        try:
            model = read_model(written)
        except InvalidArgument as error:
            (problem,) = error.problems
            assert problem.code.startswith("LP-FORMULA-")
            continue
        sides = (model.regressors, model.endogenous, model.instruments)
        for term in (model.outcome, *(term for side in sides for term in side)):
            if term:
                assert text_of(read_model(f"{text_of(term)} ~ 1").outcome) == text_of(term)


def test_bounds_allow_what_they_name() -> None:
    assert len(read_model(f"y ~ (a + b)^{MOST_POWER}").regressors) == 4
    many = " + ".join(f"v{n}" for n in range(MOST_TERMS))
    assert len(read_model(f"y ~ {many}").regressors) == MOST_TERMS + 1
    deep = "(" * MOST_DEPTH + "x" + ")" * MOST_DEPTH
    assert parse(f"y ~ {deep}").regressors == parse("y ~ x").regressors


def test_wrong_data_of_a_formula_are_refused_by_code() -> None:
    frame = pd.DataFrame({"x": [1.0, -1.0, 2.0], "t": ["a", None, "b"], "id": ["u", "v", "w"]})
    for side, code in {
        "log(x)": Code.DATA_MISSING, "I(1 / (x + 1))": Code.DATA_MISSING, "t": Code.DATA_MISSING,
        "C(t)": Code.DATA_MISSING, "log(id)": Code.DATA_TYPE, "I(id * x)": Code.DATA_TYPE,
        "z": Code.COLUMN_MISSING, "I(x^10)": None,
    }.items():  # fmt: skip
        model = read_model(f"y ~ {side}")
        if code is None:
            assert list(columns_of(model.regressors, frame, "")) == [CONSTANT, "I(x ** 10)"]
            continue
        with refuses(InvalidData, code):
            columns_of(model.regressors, frame, model.text)


def test_more_dummies_than_rows_are_refused_before_they_are_made() -> None:
    n = 20_000
    frame = pd.DataFrame({name: np.arange(n) % 9_000 for name in "abc"})
    model = read_model("y ~ C(a):C(b):C(c)")
    with refuses(Infeasible, Code.SAMPLE_SMALL):
        columns_of(model.regressors, frame, model.text)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("9**9**9**9 > x", None), ("x > 10**400", None), ("x > 2**-5000", None), ("x / 0 > 1", None),
        ("'a' * 10**9 == x", Code.SPEC_WHERE), ("'%1000000000d' % x == x", Code.SPEC_WHERE),
        ("[x] * 10**9 == x", Code.SPEC_WHERE), ("x > 1j", Code.SPEC_WHERE),
        ("x.sum() > 1", Code.SPEC_WHERE), ("f'{x}' == x", Code.SPEC_WHERE),
        ("(lambda: x)() > 1", Code.SPEC_WHERE), ("x > ...", Code.SPEC_WHERE),
        ("x > " + "9" * 5000, Code.SPEC_WHERE), ("(" * 5000 + "x", Code.SPEC_WHERE),
        ("x > " + "-" * 5000 + "1", Code.READ_LIMIT), ("not " * 2000 + "x", Code.READ_LIMIT),
        ("+".join(["x"] * 1000) + " > 1", Code.READ_LIMIT),
        (" and ".join(["x > 1"] * 5000), Code.READ_LIMIT),
        ("x > " + "9" * 400, Code.SPEC_WHERE),
    ],
)  # fmt: skip
def test_a_condition_that_attacks_ends_at_once(condition: str, code: Code | None) -> None:
    frame, began = pd.DataFrame({"x": [1.0, 2.0]}), time.process_time()
    if code is None:
        assert names_in(condition) == ["x"]
        assert rows_where(condition, frame).dtype == bool
    else:
        with refuses(InvalidSpec, code):
            rows_where(condition, frame)
    assert time.process_time() - began < 2

"""Packages that the small distribution does not have: a missing one is named with its extra."""

import ast
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import living_panel.econometrics as lp
from living_panel.codes import Code
from living_panel.estimation import econometrics
from living_panel.estimation.econometrics import optional
from living_panel.estimation.econometrics.errors import InvalidOption
from tests.refusals import refuses

FOLDER = Path(econometrics.__file__).parent
SMALL = Path(__file__).resolve().parents[2] / "distributions" / "econometrics" / "pyproject.toml"
WITH_LINEARMODELS = "fixed_effects/textbook.py"
"""Estimators of linearmodels, which only tables of the whole program have."""


def rows() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    index = pd.MultiIndex.from_product([[f"u{i}" for i in range(20)], range(6)], names=["u", "t"])
    values = rng.normal(size=(len(index), 3))
    frame = pd.DataFrame(values, index, ["y", "x", "z"])
    return frame.assign(b=(frame["y"] > 0).astype(float), n=rng.poisson(2, len(index)))


CALLS: dict[str, tuple[str, Callable[[pd.DataFrame], Any]]] = {
    "two-stage least squares": ("linearmodels", lambda d: lp.iv("y ~ 1 | 0 | x ~ z", d)),
    "gmm": ("linearmodels", lambda d: lp.iv_gmm("y ~ 1 | 0 | x ~ z", d)),
    "probit": ("statsmodels", lambda d: lp.probit("b ~ x", d)),
    "quantile": ("statsmodels", lambda d: lp.quantile("y ~ x", d)),
    "conditional logit": ("statsmodels", lambda d: lp.logit("b ~ x | u", d)),
    "poisson": ("pyfixest", lambda d: lp.poisson("n ~ x | u", d)),
}


@pytest.mark.parametrize("method", CALLS)
def test_a_missing_package_is_named_with_its_extra(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, call = CALLS[method]
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, package, None)
    with refuses(
        InvalidOption, Code.NOT_INSTALLED, package=package, extra=optional.EXTRAS[package]
    ):
        call(rows())


def test_another_missing_module_is_no_missing_package() -> None:
    with pytest.raises(ModuleNotFoundError), optional.needed_for("gmm", "linearmodels"):
        raise ModuleNotFoundError("other", name="other")


def test_no_estimator_of_the_small_distribution_imports_an_extra_at_its_import() -> None:
    declared = tomllib.loads(SMALL.read_text(encoding="utf-8"))["project"]
    assert not [d for d in declared["dependencies"] if d.startswith((*optional.EXTRAS,))]
    for package, extra in optional.EXTRAS.items():
        assert declared["optional-dependencies"][extra][0].startswith(package)
    for file in FOLDER.rglob("*.py"):
        if str(file.relative_to(FOLDER)) == WITH_LINEARMODELS:
            continue
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            names = (
                [a.name for a in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            )  # fmt: skip
            assert not {name.partition(".")[0] for name in names} & {*optional.EXTRAS}, file

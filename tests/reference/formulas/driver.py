"""Writes columns.json with formulaic 1.2.2: names and values of the columns of formulas, on frame.csv.

`sqrt` is numpy's there, and `^` is written `**`: formulaic knows neither.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from formulaic import model_matrix

HERE = Path(__file__).parent
SIDES = """
x + I(x**2)|I( w *0.05 )|I(w^0.5)|I(x**3) + I(w**-1)|sqrt(w)|log(w + 1)|exp(log(w))|I(x - (w - z))|I(x/w/z)|I(x/(w/z))
I(-x**2)|I(-(x + w)*z)|I(2.5e-3*x - -w)|I(x*z*w - 1/w)|I((x + z)*w)|I(x) + (w)|I(x + (z))|I(b)
x:z + w|x*z*w|x:w:z|(x + z + w)**2|(x + z + w)^3|x**2|x:x|w + x + w|x - w|x - 1|0 + x|x + 0|x + 1|1|x + (w - 1)
I(x**2):w|x:I(z*2)|I(1*x) + x - x|x*w - x|I(x*w)**1|b|b:x|C(b)
r|r - 1|r + s - 1|r:s|r:s - 1|r:x|r*x|r:x - 1|r*s|r*s - 1|x + r:s|r:s:x|r:s:x - 1|r + r:s|s:r + r|(x + r)**2
C(z)|C( z ) - 1|C(z):x|C(z)*x|C(z):r + x|C(r)|log(w)*C(z)|C(z):C(r):w + x|log(w) - 1 + r
r*s*q|r*s*q - 1|r:s:q|(r + s + q + x)**3|(r + s + q + x)**4 - r|x:r:s + q:s|q:s + r - 1
"""


def main() -> None:
    """Make the frame and the columns."""
    rng, n = np.random.default_rng(20261130), 40
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=n), "w": rng.exponential(size=n), "z": rng.integers(1, 5, n),
            "b": rng.random(n) > 0.5, "r": rng.choice(list("abc"), n), "s": rng.choice(list("uv"), n),
            "q": rng.choice(list("klm"), n),
        }
    )  # fmt: skip
    frame.to_csv(HERE / "frame.csv", index=False)
    frame = pd.read_csv(HERE / "frame.csv")
    found = {}
    for side in (side for line in SIDES.split("\n") for side in line.split("|") if side):
        theirs = side.replace("^", "**").replace("sqrt", "np.sqrt")
        made = pd.DataFrame(model_matrix(theirs, frame, context={"np": np})).astype(float)
        made.columns = [name.replace("np.sqrt", "sqrt") for name in made.columns]
        found[side] = {name: _short(column) for name, column in made.items()}
    lines = ",\n".join(f"{json.dumps(side)}: {json.dumps(c)}" for side, c in found.items())
    (HERE / "columns.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def _short(column: pd.Series) -> list[str] | str:
    """A column in hexadecimal numbers; of dummies as its zeros and ones."""
    if set(column) <= {0.0, 1.0}:
        return "".join(str(int(value)) for value in column)
    return [float(value).hex() for value in column]


if __name__ == "__main__":
    main()

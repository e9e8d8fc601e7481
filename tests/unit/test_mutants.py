"""`make mutants`: its changes of SQL and Python, its sample, and the score in the docs."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tools.mutants import campaign
from tools.mutants.mutants import Mutant, mutants_of

SQL = """\
-- where a = 1 and b
select
    {{ added('x = 1') }},
    row_number() over (
        partition by a, b
        order by c desc
    ) as place
from {{ ref('x') }}
left join y on x.a = y.a
where
    x.kind = 'add = 1'
    and abs(x.b) > 2
    and x.year between 2005 and 2010
"""


def changes(file: str, text: str) -> list[tuple[int, str, str]]:
    return [(mutant.line, mutant.before, mutant.after) for mutant in mutants_of(file, text)]


def test_sql_is_changed_outside_of_comments_and_jinja() -> None:
    found = changes("x.sql", SQL)
    assert not {1, 3} & {line for line, _, _ in found}
    assert {
        (4, "row_number", "rank"), (5, ", b", ""), (6, "desc", "asc"),
        (9, "left join", "inner join"), (9, "=", "<>"), (10, "where", "where true or"),
        (11, "'add = 1'", "'add = 1_'"), (12, "and", "or"), (12, "abs(x.b) > 2", "true"),
        (12, ">", ">="), (12, "2", "3"), (13, "2005", "2006"),
    } <= set(found)  # fmt: skip
    assert [row for row in found if row[0] == 11 and row[1] == "="] == [(11, "=", "<>")]
    assert [row for row in found if row[0] == 13 and row[1] == "and"] == [(13, "and", "or")]


def test_a_mutant_of_sql_is_the_text_with_one_change() -> None:
    lost = next(m for m in mutants_of("x.sql", SQL) if m.before == "abs(x.b) > 2")
    assert lost.applied(SQL) == SQL.replace("abs(x.b) > 2", "true")


def test_python_is_changed_outside_of_messages_and_annotations() -> None:
    text = 'é = "1 < 2"\ndef f(x: "1 + 1" = 2):\n    if x and x < 3:\n        raise E(x + 1)\n    return (x, 4)\n'
    found = mutants_of("x.py", text)
    assert {(m.line, m.before, m.after) for m in found} == {
        (2, "2", "3"), (3, "x and x < 3", "x"), (3, "x and x < 3", "x or x < 3"),
        (3, "x < 3", "x <= 3"), (3, "3", "4"), (5, "(x, 4)", "(x,)"), (5, "4", "5"),
    }  # fmt: skip
    for mutant in found:
        changed = mutant.applied(text)
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text))


@pytest.fixture
def candidates() -> dict[str, list[Mutant]]:
    files = ("a/old/x.py", "a/old/y.py", "a/new/x.py", "dbt_project/models/marts/x.sql")
    numbers = dict(zip(files, (500, 500, 100, 3), strict=True))
    return {file: [Mutant(file, n, 0, n, "1", "2") for n in range(numbers[file])] for file in files}


def test_half_of_the_sample_is_of_changed_files_and_each_folder_has_some(
    candidates: dict[str, list[Mutant]],
) -> None:
    changed = Counter({"a/new/x.py": 90, "a/old/y.py": 10, "gone.py": 1000})
    counts: Counter[str] = Counter()
    for seed in range(40):
        sample = campaign.draw(candidates, changed, 50, str(seed))
        assert len({mutant.name for mutant in sample}) == len(sample) == 50
        by_file = Counter(mutant.file for mutant in sample)
        assert by_file["dbt_project/models/marts/x.sql"] >= campaign.LEAST
        counts += by_file
    # of 25 draws by changed lines 22.5 are of new/x.py, some of them twice; of the others about a tenth
    assert 18 < counts["a/new/x.py"] / 40 < 26
    assert 10 < counts["a/old/x.py"] / 40 < 16


def test_the_seed_decides_the_sample(candidates: dict[str, list[Mutant]]) -> None:
    changed = Counter({"a/new/x.py": 90})
    one, same, other = (campaign.draw(candidates, changed, 20, seed) for seed in ("7", "7", "8"))
    assert one == same
    assert one != other


@pytest.mark.parametrize(
    ("file", "folder"),
    [
        ("estimation/tables/kinds/curve.py", "estimation/tables"),
        ("living_panel/problems.py", "living_panel"),
        ("dbt_project/models/marts/panel.sql", "dbt_project/models/marts"),
        ("dbt_project/macros/figures.sql", "dbt_project/macros"),
    ],
)
def test_a_folder_is_the_second_level_or_the_third_of_models(file: str, folder: str) -> None:
    assert campaign.folder_of(file) == folder


def tried(file: str, outcome: str, **more: object) -> dict:
    place = {"commit": "c1", "date": "2026-12-03", "line": 1, "column": 0, "mutation": "`1` -> `2`"}
    return place | {"file": file, "outcome": outcome} | more


def test_the_score_is_of_the_first_try_and_names_survivors_of_a_low_folder() -> None:
    score = campaign.score(
        [
            tried("a/low/x.py", "survived"),
            tried("a/low/y.py", "survived", reason="equivalent: no effect"),
            tried("a/low/z.py", "timed out"),
            *(tried(f"a/good/{n}.py", "killed") for n in range(4)),
            tried("a/good/x.py", "survived"),
            tried("a/low/x.py", "killed", commit="c2"),
        ]
    )
    assert "| a/low | 3 | 1 | 1 | 1 | 33 |" in score
    assert "| a/good | 5 | 4 | 0 | 1 | 80 |" in score
    assert "| all | 8 | 5 | 1 | 2 | 62 |" in score
    assert "* a/low/y.py:1:0 `1` -> `2`: equivalent: no effect" in score
    assert "a/good/x.py" not in score
    assert "a/low/x.py" not in score


def test_the_docs_have_the_score_of_the_results() -> None:
    text = campaign.DOCS.read_text(encoding="utf-8")
    assert campaign.BLOCK.search(text)
    assert campaign.with_score(text, campaign.read_tries()) == text

"""Changes are found, put in place and seen by tests; what no test sees is named."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.judge.__main__ import MODULES, equivalent, sources_of, stale
from tests.judge.changes import changes_of

EXAMPLES = {
    "a < b": ["a <= b"],
    "a == b != c": ["a != b != c", "a == b == c"],
    "a and b and c": ["a or b or c", "b and c", "a and c", "a and b"],
    "not a": ["a"],
    "x if a else y": ["x", "y"],
    "a + 1": ["a - 1", "2"],
    "any(a)": ["all(a)"],
    "'text'": ["''"],
    "''": ["'XX'"],
    "True": ["False"],
    "{1: a, 2: b}": ["{2: b}", "{1: a}", "2", "3"],
    "[x for x in a if x]": ["for x in a"],
    "f'{a or b} prose'": ["a and b", "b", "a"],
}


@pytest.mark.parametrize("expression", EXAMPLES)
def test_an_expression_is_changed_in_each_of_these_ways(expression: str) -> None:
    changes = changes_of("m", ast.parse(f"A = {expression}"))
    assert [change.after for change in changes] == EXAMPLES[expression]


def test_statements_are_dropped_and_branches_always_or_never_taken() -> None:
    source = """
    def f(a) -> list[int]:
        "A docstring."
        assert a > 1
        if a:
            g(a)
        for b in a:
            continue
        return [*a]
    """
    changes = changes_of("m", ast.parse(textwrap.dedent(source)))
    assert [change.after for change in changes] == [
        *("if True: g(a)", "if False: g(a)", "if False: g(a)", "if False: continue", "return []"),
    ]
    assert {change.where for change in changes} == {"f"}


def test_changes_that_read_the_same_are_numbered() -> None:
    ids = [change.id for change in changes_of("m", ast.parse("A = [1, 1]"))]
    assert ids == ["m A: 1 -> 2", "m A: 1 -> 2 #2"]


MODULE = """
import functools
LIMIT = 3
TWICE = LIMIT * 2
class Thing:
    @property
    def size(self):
        return LIMIT + 0
@functools.cache
def is_large(number):
    return number > LIMIT
def is_huge(number):
    return number > TWICE
def nobody_asks():
    return 1
"""

TESTS = """
import judged_here
from judged_here import LIMIT, is_huge, is_large
CACHED = is_large(4)
def test_large():
    assert is_large(4) and is_large(9)
def test_huge():
    assert is_huge(7) and not is_huge(6)
def test_size():
    assert judged_here.Thing().size == 3
def test_that_costs_too_much():
    while is_large(4):
        pass
"""

TRIED = """
import pytest
from tests.judge.applying import Source
from tests.judge.trials import Trials
source = Source("judged_here")
trials = Trials([source], lambda one: one.changes, jobs=2)
pytest.main(["-s", "-p", "no:terminal", "--assert=plain", "test_here.py"], plugins=[trials])
for id_, fate in trials.fates.items():
    print(f"{fate.value}: {id_}")
print(*trials.left_out)
class Unchangeable(Source):
    def apply(self, change):
        raise LookupError(change.where)
trials = Trials([Unchangeable("judged_here")], lambda one: one.changes[5:7], jobs=2)
pytest.main(["-s", "-p", "no:terminal", "--assert=plain", "test_here.py"], plugins=[trials])
print(*sorted(trials.broken), sep="\\n")
"""


def test_each_change_is_killed_by_a_test_that_runs_it_or_named(tmp_path: Path) -> None:
    (tmp_path / "judged_here.py").write_text(MODULE)
    (tmp_path / "test_here.py").write_text(TESTS)
    root = Path(__file__).parent.parent.parent
    program = f"import sys; sys.path[:0] = [{str(root)!r}, {str(tmp_path)!r}]\n{TRIED}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "killed: judged_here LIMIT: 3 -> 4",
        "killed: judged_here TWICE: LIMIT * 2 -> LIMIT // 2",
        "killed: judged_here TWICE: 2 -> 3",
        "killed: judged_here Thing.size: return LIMIT + 0 -> return None",
        "survived: judged_here Thing.size: LIMIT + 0 -> LIMIT - 0",
        "killed: judged_here Thing.size: 0 -> 1",
        "killed: judged_here is_large: return number > LIMIT -> return None",
        "survived: judged_here is_large: number > LIMIT -> number >= LIMIT",
        "killed: judged_here is_huge: return number > TWICE -> return None",
        "killed: judged_here is_huge: number > TWICE -> number >= TWICE",
        "not run by any test: judged_here nobody_asks: return 1 -> return None",
        "not run by any test: judged_here nobody_asks: 1 -> 2",
        "test_here.py::test_that_costs_too_much",
        # What cannot be made is no kill.
        "judged_here Thing.size: 0 -> 1",
        "judged_here is_large: return number > LIMIT -> return None",
    ], done.stderr


def test_what_is_listed_as_equivalent_is_still_a_change() -> None:
    listed = equivalent()
    assert not stale(sources_of(""), listed)
    assert stale(sources_of(""), {"judging.verdicts gone: 1 -> 2": "it is gone"})
    assert all(len(why) > 20 for why in listed.values())
    assert len(MODULES) == 8

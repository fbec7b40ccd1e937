"""What is asked depends on seed, profile and claims alone, whoever's source lies beside it."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest
from hypothesis import errors
from hypothesis import strategies as st

from torq_conformance.cases.case import Case, decode
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.reference import Reference
from torq_conformance.suite.checks import judge_generated

CONSTANTS = [10**12 + 7 * number for number in range(400)]


def digest() -> str:
    judge = Judge(InProcessAdapter(Reference(), "reference"), seed=1)
    judge.start("drawn", 300)
    numbers = st.integers(10**12, 10**12 + 3000)

    def case(number: int) -> Case:
        return decode("HDR-LAYOUT", "a number", number.to_bytes(8, "little"))

    judge_generated(judge, numbers.map(case), 300)
    return judge.stream.hexdigest()


def test_constants_of_an_implementation_are_not_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest()
    source = tmp_path / "an_implementation.py"
    source.write_text(f"NUMBERS = {CONSTANTS}\n", encoding="utf-8")
    module = types.ModuleType("an_implementation")
    module.__file__ = str(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "an_implementation", module)
    assert digest() == before


def test_what_hypothesis_itself_has_met_is_no_judgement() -> None:
    judge = Judge(InProcessAdapter(Reference(), "reference"), seed=1)
    judge.start("drawn", 10)
    tries = iter((True, *[False] * 1000))

    def once(number: int) -> Case:
        if next(tries):
            raise errors.HypothesisWarning("once, and not again")
        return decode("HDR-LAYOUT", "a number", number.to_bytes(8, "little"))

    with pytest.raises(errors.Flaky):
        judge_generated(judge, st.integers(0, 9).map(once), 10)
    assert judge.record.judged < 10

"""No red for what the protocol allows: sound implementations pass, whatever they choose."""

from __future__ import annotations

import pytest

from tests.conformance import sound
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.suite.catalog import SuiteTest, suite_tests
from torq_conformance.suite.checks import cases_of, judge_generated

SOUND: tuple[type, ...] = (
    sound.FromConstruct,
    sound.WithContext,
    sound.Lenient,
    sound.DecoderOnly,
    sound.LazilyRead,
    sound.LastFaultFirst,
    sound.BadGuest,
)


@pytest.mark.parametrize("test", suite_tests(), ids=lambda test: test.name)
@pytest.mark.parametrize("implementation", SOUND, ids=lambda cls: cls.__name__)
def test_a_sound_implementation_passes(implementation: type, test: SuiteTest) -> None:
    if test.is_stateful:
        pytest.skip("asks what the others ask, slowly")
    judge = Judge(InProcessAdapter(implementation(), "sound"))
    for line in test.lines(judge.registry):
        if line is not None and line.number not in {1, 10, 14, 30, 40, 100, 106, 200}:
            continue
        judge.start(test.name, 10)
        if test.is_generated:
            arguments = (judge.registry,) if line is None else (judge.registry, line)
            judge_generated(judge, test.source(*arguments), 10)
        else:
            judge.judge_all(cases_of(test.source, judge.registry, line))
        assert not judge.record.failures, judge.record.failures[0]

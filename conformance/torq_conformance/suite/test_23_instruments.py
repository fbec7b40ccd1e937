"""What answers do not show, of implementations in Python: time that grows, memory that is kept."""

from __future__ import annotations

from torq_conformance.judging import instruments
from torq_conformance.judging.judge import Judge
from torq_conformance.suite.drawn import drawn


@drawn(lambda profile: [1] if profile != "quick" else [])
def test_time_of_decoding_grows_with_the_message(judge: Judge, block: int, count: int) -> None:
    """Four times as many TLVs, the last one wrong."""
    instruments.judge_time(judge, instruments.refused_at_the_end)


@drawn(lambda profile: [1] if profile != "quick" else [])
def test_time_of_reading_all_grows_with_the_message(judge: Judge, block: int, count: int) -> None:
    """Four times as many TLVs, all of them right."""
    instruments.judge_time(judge, instruments.many_decoded)


@drawn(lambda profile: [1] if profile != "quick" else [])
def test_time_of_encoding_grows_with_the_message(judge: Judge, block: int, count: int) -> None:
    """Four times as many TLVs."""
    instruments.judge_time(judge, instruments.many_encoded)


@drawn(lambda profile: [1] if profile != "quick" else [])
def test_no_memory_is_kept_between_calls(judge: Judge, block: int, count: int) -> None:
    """Thousands of messages, all different, four times over."""
    instruments.judge_memory(judge)

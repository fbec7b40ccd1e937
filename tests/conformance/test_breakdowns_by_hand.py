"""When a test is ended and what is left out, by hand."""

from __future__ import annotations

import pytest

from torq_conformance.implementations.outcomes import Accepted, Crashed, Outcome, TimedOut
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging.breakdowns import WAITED_FOR, Breakdowns, is_breakdown, size_of
from torq_conformance.judging.expectations import Accept, Reject
from torq_conformance.rejection import Rejected

REQUEST = Request(Operation.DECODE, bytes(7000))
NOTHING = Accept({})


def noted(outcome: Outcome, count: int, size: int = 7000) -> Breakdowns:
    breakdowns = Breakdowns()
    for _ in range(count):
        breakdowns.begin_test()
        breakdowns.note(Request(Operation.DECODE, bytes(size)), NOTHING, outcome)
    return breakdowns


@pytest.mark.parametrize(
    "outcome",
    [
        TimedOut(5),
        Crashed("exited with code 3"),
        Crashed("raised MemoryError"),
        Crashed("raised _ArrayMemoryError: Unable to allocate 16 EiB"),
    ],
)
def test_fifteen_times_is_enough(outcome: Outcome) -> None:
    assert not noted(outcome, WAITED_FOR - 1).why_left_out(REQUEST, NOTHING)
    assert noted(outcome, WAITED_FOR).why_left_out(REQUEST, NOTHING)


def test_an_exception_costs_nothing_and_is_asked_for_again_and_again() -> None:
    breakdowns = noted(Crashed("raised IndexError: out of range"), 100)
    assert not breakdowns.why_left_out(REQUEST, NOTHING)
    assert not breakdowns.why_over


def test_smaller_messages_and_other_operations_are_asked() -> None:
    breakdowns = noted(TimedOut(5), WAITED_FOR)
    assert not breakdowns.why_left_out(Request(Operation.DECODE, bytes(6999)), NOTHING)
    assert not breakdowns.why_left_out(Request(Operation.ROUNDTRIP, bytes(7000)), NOTHING)
    assert not breakdowns.why_left_out(Request(Operation.ENCODE, {}), Accept(bytes(7000)))


def test_where_a_larger_message_was_answered_size_explains_nothing() -> None:
    breakdowns = noted(TimedOut(5), WAITED_FOR)
    breakdowns.note(Request(Operation.DECODE, bytes(8000)), NOTHING, Accepted({}))
    assert not breakdowns.why_left_out(REQUEST, NOTHING)


def test_a_test_ends_after_three_crashes_and_later_after_the_first() -> None:
    crashed = Crashed("died of signal 11 (SIGSEGV)")
    breakdowns = Breakdowns()
    ended = []
    for _ in range(7):
        breakdowns.begin_test()
        while not breakdowns.why_over:
            breakdowns.note(REQUEST, NOTHING, crashed)
        ended.append(breakdowns.why_over)
    assert ended == ["ended after 3 crashes"] * 4 + [
        "ended after 3 crashes",
        *["ended after a crash"] * 2,
    ]


def test_a_hang_ends_a_test_at_once_and_the_next_one_begins_anew() -> None:
    breakdowns = Breakdowns()
    assert breakdowns.why_over == ""
    breakdowns.note(REQUEST, NOTHING, TimedOut(5))
    assert breakdowns.why_over == "ended after a hang"
    breakdowns.note(REQUEST, NOTHING, Crashed("exited with code 3"))
    assert breakdowns.why_over == "ended after a hang"
    breakdowns.begin_test()
    assert breakdowns.why_over == ""


def test_the_least_size_of_a_breakdown_counts_and_an_answer_below_it_explains_nothing() -> None:
    breakdowns = noted(TimedOut(5), WAITED_FOR)
    breakdowns.note(Request(Operation.DECODE, bytes(6500)), NOTHING, TimedOut(5))
    least = Request(Operation.DECODE, bytes(6500))
    assert breakdowns.why_left_out(least, NOTHING) == "left out decode of more than 6,499 bytes"
    breakdowns.note(Request(Operation.DECODE, bytes(6499)), NOTHING, Accepted({}))
    assert breakdowns.why_left_out(least, NOTHING)
    breakdowns.note(Request(Operation.DECODE, bytes(100)), NOTHING, Accepted({}))
    breakdowns.note(least, NOTHING, Rejected("ParseError"))
    assert not breakdowns.why_left_out(least, NOTHING)
    breakdowns.note(Request(Operation.DECODE, bytes(10)), NOTHING, Accepted({}))
    assert not breakdowns.why_left_out(least, NOTHING), "the largest answer counts"


def test_what_has_no_size_is_never_left_out() -> None:
    value = Request(Operation.VALIDATE, {"header": {}, "tlvs": []})
    breakdowns = Breakdowns()
    for _ in range(2 * WAITED_FOR):
        breakdowns.begin_test()
        breakdowns.note(value, NOTHING, TimedOut(5))
    assert not breakdowns.why_left_out(value, NOTHING)
    assert size_of(value, NOTHING) is None
    assert size_of(value, Accept(bytes(7))) == 7
    assert size_of(REQUEST, NOTHING) == 7000


@pytest.mark.parametrize(
    ("outcome", "is_one"),
    [
        (TimedOut(5), True),
        (Crashed("died of signal 11 (SIGSEGV)"), True),
        (Crashed("raised MemoryError"), True),
        (Crashed("raised IndexError: raised MemoryError"), False),
        (Crashed("raised MemoryErrors"), False),
        (Accepted({}), False),
        (Rejected("ParseError"), False),
    ],
)
def test_a_breakdown_costs_a_process_a_deadline_or_all_memory(
    outcome: Outcome, *, is_one: bool
) -> None:
    assert is_breakdown(outcome) is is_one


def test_where_nothing_was_answered_even_one_byte_is_too_large() -> None:
    breakdowns = noted(TimedOut(5), WAITED_FOR, size=1)
    assert breakdowns.why_left_out(Request(Operation.DECODE, b"x"), NOTHING)


EXITED = Crashed("exited with code 3")


def test_after_fifteen_in_a_run_the_first_one_ends_a_test_and_those_like_it_are_left_out() -> None:
    assert noted(EXITED, 14).why_over == ""
    assert noted(EXITED, 15).why_over == "ended after a crash"
    assert not noted(EXITED, 14).why_left_out(REQUEST, NOTHING)
    assert noted(EXITED, 15).why_left_out(REQUEST, NOTHING)


def test_a_test_in_which_it_was_enough_says_how_many_there_were() -> None:
    breakdowns = noted(EXITED, 13)
    breakdowns.begin_test()
    for said in ("", "ended after 2 crashes"):
        breakdowns.note(REQUEST, NOTHING, EXITED)
        assert breakdowns.why_over == said


def test_only_an_answer_shows_that_a_size_can_be_dealt_with() -> None:
    breakdowns = noted(TimedOut(5), 15)
    larger = Request(Operation.DECODE, bytes(8000))
    breakdowns.note(larger, NOTHING, Crashed("raised IndexError: 3"))
    assert breakdowns.why_left_out(REQUEST, NOTHING)
    small = noted(TimedOut(5), 15, size=1)
    small.note(Request(Operation.DECODE, b""), NOTHING, Accepted({}))
    assert small.why_left_out(Request(Operation.DECODE, b"x"), NOTHING)


def test_what_has_no_size_says_nothing_of_what_has_one() -> None:
    value = Request(Operation.ENCODE, {"header": {}, "tlvs": []})
    breakdowns = Breakdowns()
    for _ in range(15):
        breakdowns.note(value, Reject(()), TimedOut(5))
    breakdowns.note(value, Reject(()), Rejected("ParseError"))
    assert size_of(value, Reject(())) is None
    assert not breakdowns.why_left_out(value, Accept(bytes(7000)))
    for _ in range(15):
        breakdowns.note(value, Accept(bytes(7000)), TimedOut(5))
    assert breakdowns.why_left_out(value, Accept(bytes(7000)))
    assert not breakdowns.why_left_out(value, Reject(()))

"""What is left of wrong bytes and of failing schedules, where what is wrong is known."""

from __future__ import annotations

import pytest

from tests.conformance.answers import TRADE, framed, put, wire
from torq_conformance.judging.bytes_shrinker import reduce
from torq_conformance.relay.actions import Action, Do, Schedule, connect, send
from torq_conformance.relay.shrinking import shrunk

LOUD = wire((200, b"abc"), (1, TRADE), (201, bytes(range(1, 200))), flags=9, sequence=1 << 40)


def test_of_bytes_that_are_always_wrong_a_plain_header_is_left() -> None:
    plain = wire(sequence=0, timestamp=0)
    assert reduce(LOUD, lambda _: True) == reduce(plain, lambda _: True)
    assert len(reduce(LOUD, lambda _: True)) <= 32


def test_of_one_tlv_that_is_wrong_it_is_left_with_the_shortest_value() -> None:
    least = reduce(LOUD, lambda data: b"\xc9" in data[32:] and len(data) >= 32 + 2 + 17)
    assert (least[32:34], len(least)) == (b"\xc9\x11", 32 + 2 + 17)
    assert least[34:] == bytes(17)
    assert least == framed(least[32:], sequence=0, timestamp=0)


def test_what_is_wrong_for_its_checksum_keeps_a_wrong_one() -> None:
    wrong = put(LOUD, 28, bytes(4))
    least = reduce(wrong, lambda data: len(data) >= 32 and framed(data[32:])[28:32] != data[28:32])
    assert len(least) == 32


def test_bytes_that_cannot_be_smaller_stay() -> None:
    loud = wire((200, b"abc"), flags=9)
    assert reduce(loud, lambda data: data == loud) == loud


ONE, TWO, THREE = (wire((200, bytes([n])), sequence=n) for n in (1, 2, 3))


def left(actions: list[Action], wanted: bytes) -> list[Action]:
    """What is left of actions that fail where one connection sends something."""

    def fails(schedule: Schedule) -> bool:
        sent = b"".join(piece for one in schedule.actions for piece in one.pieces)
        return wanted in sent

    return [*shrunk(Schedule("RLY-ORDER", "x", tuple(actions)), fails).actions]


def test_actions_that_do_not_matter_are_left_out() -> None:
    actions = [*connect("a", "b"), send("a", ONE), send("b", TWO), Action(Do.SETTLE)]
    assert left(actions, TWO) == [send("b", TWO)]


@pytest.mark.parametrize("wanted", [ONE, TWO, THREE], ids=["first", "middle", "last"])
def test_a_send_is_made_of_one_piece_and_of_the_messages_that_matter(wanted: bytes) -> None:
    whole = ONE + TWO + THREE
    burst = Action(Do.BURST, "a", (whole[:7], whole[7:50], whole[50:]))
    assert left([burst], wanted) == [send("a", wanted)]


def test_pieces_that_matter_stay_and_others_are_joined() -> None:
    def fails(schedule: Schedule) -> bool:
        return any(one.do is Do.BURST and len(one.pieces) == 2 for one in schedule.actions)

    burst = Action(Do.BURST, "a", (b"a", b"b", b"c", b"d"))
    (found,) = shrunk(Schedule("RLY-ORDER", "x", (burst,)), fails).actions
    assert (found.do, b"".join(found.pieces)) == (Do.BURST, b"abcd")
    again = Schedule("RLY-ORDER", "x", (burst,))
    assert shrunk(again, lambda _: True, seconds=0) == again

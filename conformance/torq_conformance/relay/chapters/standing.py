"""Relays that were held: what many clients do meanwhile is found all at once, in whatever order.

What takes luck where a relay runs comes about each time here: a client that is gone before its
messages are read, a crowd that waits to be accepted, an end beside everything else.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from functools import partial

from torq_conformance.relay import messages
from torq_conformance.relay.actions import Action, Do, Schedule, burst, connect, in_pieces, settle
from torq_conformance.relay.held import BYTES_MAX, MESSAGES_MAX
from torq_specs.relay_rules import RelayDomainRule

HOLD = Action(Do.HOLD)

CROWDS = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 130)
"""How many connect to a relay that is held."""


def _leave(*names: str) -> list[Action]:
    return [Action(Do.LEAVE, name) for name in names]


class _Chapter:
    """Makes cases of one domain."""

    def __init__(self, rule: RelayDomainRule) -> None:
        self.domain = int(rule.domain)
        self.some = partial(messages.several, self.domain)

    def case(
        self, requirement: str, label: str, names: Iterable[str], *actions: Action
    ) -> Schedule:
        """What is done while the relay is held, and then a message more by one who is there."""
        behind = burst("z", *self.some(2, 9000))
        return Schedule(
            requirement, label, (*connect(*names, "z"), HOLD, *actions, settle(), behind, settle())
        )


def at_once(rule: RelayDomainRule) -> Iterator[Schedule]:
    """Everything that clients may do, done while the relay is held."""
    chapter = _Chapter(rule)
    yield from _readers_leave(chapter)
    yield from _crowds_come(chapter)
    yield from _senders_leave(chapter)
    yield from _one_takes_the_place_of_another(chapter)
    yield from _all_send(chapter)
    yield from _halves(chapter)
    yield from _reads_are_filled(chapter, rule.size_max)


def _readers_leave(chapter: _Chapter) -> Iterator[Schedule]:
    names = ("x0", "a", "x1", "b", "x2", "c")
    readers = ("x0", "x1", "x2")
    groups = [group for count in (1, 2, 3) for group in itertools.combinations(readers, count)]
    for group in groups:
        for count in (1, 3):
            sent = burst("a", *chapter.some(count))
            label = f"{', '.join(group)} of {len(names)} leave, and a sends {count}"
            yield chapter.case("RLY-ABRUPT", label, names, *_leave(*group), sent)
            label = f"a sends {count}, and {', '.join(group)} of {len(names)} leave"
            yield chapter.case("RLY-ABRUPT", label, names, sent, *_leave(*group))
    crowd = [f"x{at}" for at in range(20)]
    for step in (1, 2, 3):
        gone = crowd[::step]
        label = f"{len(gone)} of 20 leave, and a sends 5"
        sent = burst("a", *chapter.some(5))
        yield chapter.case("RLY-ABRUPT", label, (*crowd, "a"), *_leave(*gone), sent)


def _crowds_come(chapter: _Chapter) -> Iterator[Schedule]:
    for count in CROWDS:
        names = [f"n{at}" for at in range(count)]
        yield chapter.case("RLY-ABRUPT", f"{count} connect", ("a",), *connect(*names))
        sends = [burst(name, *chapter.some(1, 100 + at)) for at, name in enumerate(names[:20])]
        label = f"{count} connect and send"
        yield chapter.case("RLY-ABRUPT", label, ("a",), *connect(*names), *sends)
    for count in (1, 8, 20):
        names = [f"n{at}" for at in range(count)]
        label = f"a sends while {count} connect"
        sent = burst("a", *chapter.some(3))
        yield chapter.case("RLY-ABRUPT", label, ("a",), *connect(*names), sent)


def _senders_leave(chapter: _Chapter) -> Iterator[Schedule]:
    for count in (1, 2, 5, 20):
        some = chapter.some(count)
        for label, sent in (
            (f"{count} messages", burst("x", *some)),
            (f"{count} messages in one write", burst("x", b"".join(some))),
            (f"{count} messages in pieces", burst("x", *in_pieces(b"".join(some), 61))),
        ):
            text = f"x sends {label} and leaves"
            yield chapter.case("RLY-DELIVER", text, ("x", "a"), sent, *_leave("x"))
            text = f"x connects, sends {label} and leaves"
            yield chapter.case("RLY-DELIVER", text, ("a",), *connect("x"), sent, *_leave("x"))
    half = Action(Do.HALF, "x")
    sent = burst("x", *chapter.some(4))
    text = "x sends 4 messages, is half closed, and leaves"
    yield chapter.case("RLY-DELIVER", text, ("x", "a"), sent, half, *_leave("x"))
    cut = burst("x", b"".join(chapter.some(3))[:-9])
    text = "x sends two and a part of the third and leaves"
    yield chapter.case("RLY-PARTIAL", text, ("x", "a"), cut, *_leave("x"))
    foreign = burst("x", *chapter.some(2), messages.message(chapter.domain % 3 + 1, 9))
    text = "x sends two and a foreign one and leaves"
    yield chapter.case("RLY-DOMAIN", text, ("x", "a"), foreign, *_leave("x"))


def _one_takes_the_place_of_another(chapter: _Chapter) -> Iterator[Schedule]:
    whole = chapter.some(2, 300)
    for size in (1, 4, 31, 32, 40, 69):
        cut = burst("x", chapter.some(1)[0][:size])
        text = f"x sends {size} bytes of a message and leaves, and y connects and sends"
        sent = burst("y", *whole)
        for before in (("x", "a"), ("a",)):
            first = [] if "x" in before else connect("x")
            yield chapter.case(
                *("RLY-PARTIAL", text, before), *first, cut, *_leave("x"), *connect("y"), sent
            )
    many = [f"x{at}" for at in range(6)]
    comers = [f"y{at}" for at in range(6)]
    text = "six leave, and six others connect and send"
    sends = [burst(name, *chapter.some(1, 400 + at)) for at, name in enumerate(comers)]
    yield chapter.case("RLY-ABRUPT", text, ("a", *many), *_leave(*many), *connect(*comers), *sends)


def _all_send(chapter: _Chapter) -> Iterator[Schedule]:
    for count in (2, 5):
        names = [f"a{at}" for at in range(count)]
        wholes = [b"".join(chapter.some(4, 1000 * at + 1000, 90 + at)) for at in range(count)]
        for width in (1000, 90, 50):
            turns = itertools.zip_longest(*(in_pieces(whole, width) for whole in wholes))
            sends = [
                burst(name, piece)
                for turn in turns
                for name, piece in zip(names, turn, strict=True)
                if piece is not None
            ]
            text = f"{count} send four messages each, {width} bytes at a time, in turns"
            yield chapter.case("RLY-ORDER", text, names, *sends)
    for kind, wrong in (
        ("garbage", b"\0" * 40),
        ("too large a header", messages.announcing(chapter.domain, 7, (1 << 31) + 7)),
    ):
        rule = "RLY-GARBAGE" if kind == "garbage" else "RLY-LIMIT"
        sends = [burst("a", *chapter.some(2)), burst("x", wrong), burst("b", *chapter.some(2, 50))]
        yield chapter.case(rule, f"x sends {kind} between others", ("a", "x", "b"), *sends)
        text = f"x sends {kind}, y leaves, and others send"
        yield chapter.case(rule, text, ("a", "x", "y", "b"), sends[1], *_leave("y"), *sends[::2])


def _reads_are_filled(chapter: _Chapter, size_max: int) -> Iterator[Schedule]:
    """As many bytes wait as a read takes, neither more nor less, in messages of several sizes."""
    for power in range(10, 17):
        total = 1 << power
        for size in (total, total // 2, total // 4, 64):
            if size > size_max or total // size > MESSAGES_MAX:
                continue
            some = chapter.some(total // size, 1, size)
            text = f"{len(some)} of {size:,} bytes wait, {total:,} in all"
            yield chapter.case("RLY-FRAMING", text, ("a",), burst("a", b"".join(some)))
            more = [*some, *chapter.some(1, 5000)]
            if total + 70 <= BYTES_MAX:
                text = f"{text}, and a small one behind"
                yield chapter.case("RLY-FRAMING", text, ("a",), burst("a", b"".join(more)))


def _halves(chapter: _Chapter) -> Iterator[Schedule]:
    half = Action(Do.HALF, "h")
    sent = burst("a", *chapter.some(3))
    for text, steps in (
        ("h is half closed, and a sends", (half, sent)),
        ("a sends, and h is half closed", (sent, half)),
        ("h connects, is half closed, and a sends", (*connect("h"), half, sent)),
        ("h sends, is half closed, and a sends", (burst("h", *chapter.some(3, 70)), half, sent)),
        ("h is half closed, x leaves, and a sends", (half, *_leave("x"), sent)),
    ):
        names = ("x", "a") if "connects" in text else ("x", "h", "a")
        yield chapter.case("RLY-HALF", text, names, *steps)

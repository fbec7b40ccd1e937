"""RLY-IDLE, RLY-HALF and RLY-ABRUPT as schedules: who only listens, is half closed, or is gone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from torq_conformance.relay import messages
from torq_conformance.relay.actions import (
    Action,
    Do,
    Schedule,
    burst,
    connect,
    in_pieces,
    send,
    settle,
)
from torq_specs.relay_rules import RelayDomainRule


def idle(rule: RelayDomainRule) -> Iterator[Schedule]:
    """A connection that never sends gets everything; a late one nothing from before."""
    domain = int(rule.domain)

    def case(label: str, *actions: Action) -> Schedule:
        return Schedule("RLY-IDLE", label, actions)

    some = partial(messages.several, domain)
    yield case("one that never sends", *connect("i", "a"), *[send("a", x) for x in some(20)])
    names = [f"i{at}" for at in range(8)]
    yield case("eight that never send", *connect(*names, "a"), *[send("a", x) for x in some(5)])
    for count in (1, 2, 50):
        yield case(
            f"one that is late by {count}",
            *connect("a", "b"),
            *[send("a", x) for x in some(count)],
            *connect("l"),
            *[send("a", x) for x in some(3, first=500)],
        )
    steps = [
        step
        for at in range(8)
        for step in (*connect(f"l{at}"), send("a", *some(2, first=100 + at * 10)))
    ]
    yield case("one after the other joins", *connect("a"), *steps)
    yield case(
        "late ones that send at once",
        *connect("a"),
        send("a", *some(5)),
        *connect("l"),
        send("l", *some(1, first=900)),
        send("a", *some(1, first=901)),
    )
    large = some(3, 700, rule.size_max - 2)
    yield case(
        "late behind large ones", *connect("a"), *[send("a", x) for x in large], *connect("l")
    )
    many = [burst("a", x) for x in some(600_000 // rule.size_max + 2, 30, rule.size_max - 2)]
    for count in (1, 3):
        late = [f"l{at}" for at in range(count)]
        yield case(
            f"{count} late behind one that is gone before it has read all",
            *connect("x", "a"),
            Action(Do.STALL, "x"),
            *many,
            Action(Do.RESET, "x"),
            *connect(*late),
            *[send(name, *some(1, first=700 + at)) for at, name in enumerate(late)],
            send("a", *some(2, first=800)),
        )
    yield case(
        "gone and back again",
        *connect("a", "l"),
        send("a", *some(2)),
        Action(Do.CLOSE, "l"),
        send("a", *some(3, first=30)),
        *connect("l"),
        send("a", *some(2, first=60)),
    )


def half(rule: RelayDomainRule) -> Iterator[Schedule]:
    """A client that has shut down its sending side still receives."""
    domain = int(rule.domain)

    def case(label: str, *actions: Action) -> Schedule:
        return Schedule("RLY-HALF", label, actions)

    some = partial(messages.several, domain)
    closed = Action(Do.HALF, "h")
    yield case("at once", *connect("h", "a"), closed, settle(), *[send("a", x) for x in some(20)])
    yield case(
        "after a message",
        *connect("h", "a"),
        send("h", *some(1, 900)),
        closed,
        settle(),
        *[send("a", x) for x in some(5)],
    )
    yield case(
        "right behind 40 messages",
        *connect("h", "a"),
        burst("h", b"".join(some(40, 900))),
        closed,
        *[send("a", x) for x in some(5)],
    )
    yield case(
        "in the middle of a message",
        *connect("h", "a"),
        send("h", some(1)[0][:40]),
        closed,
        settle(),
        *[send("a", x) for x in some(5)],
    )
    names = [f"h{at}" for at in range(5)]
    yield case(
        "all but one",
        *connect(*names, "a"),
        *[Action(Do.HALF, name) for name in names],
        *[burst("a", x) for x in some(30)],
    )
    large = some(8, 50, rule.size_max - 2)
    yield case("and large ones", *connect("h", "a"), closed, *[send("a", x) for x in large])
    yield case(
        "and then closed",
        *connect("h", "a", "b"),
        closed,
        send("a", *some(2)),
        Action(Do.CLOSE, "h"),
        send("a", *some(2, 40)),
    )


def leaving(rule: RelayDomainRule) -> Iterator[Schedule]:
    """What a client sends right before it closes is delivered, whatever the relay sees first."""
    domain = int(rule.domain)

    def case(label: str, *actions: Action) -> Schedule:
        return Schedule("RLY-DELIVER", label, (*connect("x", "a"), *actions, settle()))

    some = partial(messages.several, domain, first=0)
    gone = Action(Do.LEAVE, "x")
    for count in (1, 2, 3, 5, 10):
        yield case(f"{count} messages, one write each", burst("x", *some(count)), gone)
        yield case(f"{count} messages in one write", burst("x", b"".join(some(count))), gone)
    whole = b"".join(some(3))
    yield case("in pieces of 50 bytes", burst("x", *in_pieces(whole, 50)), gone)
    yield case("two and a part of the third", burst("x", whole[:-9]), gone)
    yield case("a foreign one last", burst("x", whole, messages.message(domain % 3 + 1, 9)), gone)
    large = some(1, size=min(rule.size_max - 2, 60_000))
    yield case("a large one in one write", burst("x", *large), gone)
    yield case("a large one in pieces", burst("x", *in_pieces(large[0], 4096)), gone)
    yield case("half closed before", burst("x", *some(5)), Action(Do.HALF, "x"), gone)
    names = [f"x{at}" for at in range(10)]
    turns = [
        step
        for at, name in enumerate(names)
        for step in (
            burst(name, *[messages.message(domain, 100 + at, 60 + n) for n in range(4)]),
            Action(Do.LEAVE, name),
        )
    ]
    yield case("ten, one after the other", *connect(*names), settle(), *turns)
    yield case("and a new one behind it", burst("x", *some(3)), gone, *connect("y"), settle())


def abrupt(rule: RelayDomainRule) -> Iterator[Schedule]:
    """Resets and ends at any moment leave the others served."""
    domain = int(rule.domain)

    def case(label: str, *actions: Action) -> Schedule:
        return Schedule("RLY-ABRUPT", label, actions)

    some = partial(messages.several, domain)
    reset = Action(Do.RESET, "x")
    after = [send("a", x) for x in some(3, 500)]
    yield case("a reader is reset", *connect("x", "a"), send("a", *some(2)), reset, *after)
    yield case("a sender is reset", *connect("x", "a"), send("x", *some(2)), reset, *after)
    yield case(
        "a sender is reset in a message",
        *connect("x", "a"),
        send("x", some(1)[0][:40]),
        reset,
        *after,
    )
    yield case("half closed, then reset", *connect("x", "a"), Action(Do.HALF, "x"), reset, *after)
    yield case("closed without a word", *connect("x", "a"), Action(Do.CLOSE, "x"), *after)
    yield case(
        "a stalled reader is reset",
        *connect("x", "a"),
        Action(Do.STALL, "x"),
        *[burst("a", x) for x in some(600_000 // rule.size_max + 2, 30, rule.size_max - 2)],
        reset,
        *after,
    )
    yield case(
        "a stalled reader closes",
        *connect("x", "a", "b"),
        Action(Do.STALL, "x"),
        *[burst("a", x) for x in some(12)],
        Action(Do.CLOSE, "x"),
        *after,
    )
    names = [f"x{at}" for at in range(10)]
    yield case(
        "ten are reset in a row",
        *connect(*names, "a"),
        send("a", *some(1)),
        *[Action(Do.RESET, name) for name in names],
        *after,
    )
    steps = [
        step
        for at in range(30)
        for step in (
            *connect("x"),
            reset if at % 2 else Action(Do.CLOSE, "x"),
            send("a", *some(1, at)),
        )
    ]
    yield case("thirty come and go", *connect("a"), *steps)

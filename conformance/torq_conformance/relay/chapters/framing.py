"""RLY-FRAMING and RLY-PARTIAL: messages in any pieces, many in one, and those that are cut off."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from torq_conformance.relay import messages
from torq_conformance.relay.actions import (
    Action,
    Do,
    Schedule,
    burst,
    connect,
    in_pieces,
    pause,
    send,
    settle,
)
from torq_specs.relay_rules import RelayDomainRule


def _case(label: str, *actions: Action) -> Schedule:
    return Schedule("RLY-FRAMING", label, actions)


def splits(rule: RelayDomainRule) -> Iterator[Schedule]:
    """Every split point, byte by byte, three pieces, large ones in pieces of many sizes."""
    domain = int(rule.domain)
    pair = connect("a", "b")
    size = 76
    for at in range(1, size):
        data = messages.message(domain, at, size)
        yield _case(f"cut at {at}", *pair, send("a", data[:at], data[at:]))
    for total in (32, 42, 120):
        data = messages.message(domain, 1, total)
        yield _case(f"{total} bytes one by one", *pair, send("a", *in_pieces(data, 1)))
    for first, second in itertools.combinations((3, 8, 24, 31, 32, 33, 60), 2):
        data = messages.message(domain, 1, size)
        yield _case(
            f"cut at {first} and {second}",
            *pair,
            send("a", data[:first], data[first:second], data[second:]),
        )
    two = messages.message(domain, 1, size) + messages.message(domain, 2, size)
    for at in (*range(size - 3, size + 36, 3), 2 * size - 1):
        yield _case(f"two messages, cut at {at}", *pair, send("a", two[:at], two[at:]))
    some = b"".join(messages.message(domain, at, 40 + at) for at in range(20))
    for width in (2, 3, 7, 16, 31, 33, 64, 100, 255):
        yield _case(
            f"twenty messages in pieces of {width}", *pair, burst("a", *in_pieces(some, width))
        )
    large = [messages.message(domain, at, rule.size_max - 5) for at in range(3)]
    for width in (1000, 1024, 4095, 4096, 8192, 13_000):
        pieces = [piece for data in large for piece in in_pieces(data, width)]
        yield _case(f"large ones in pieces of {width}", *pair, send("a", *pieces))
    data = large[0]
    for at in (1, 31, 32, 4096, len(data) - 1):
        yield _case(f"a large one cut at {at}", *pair, send("a", data[:at], data[at:]))


def joins(rule: RelayDomainRule) -> Iterator[Schedule]:
    """Pairs and triples of own, foreign and wrong ones in one write; many in one write."""
    domain = int(rule.domain)
    pair = connect("a", "b")

    def one(kind: str, number: int) -> bytes:
        if kind == "foreign":
            return messages.message(domain % 3 + 1, number, 50 + number)
        data = messages.message(domain, number, 50 + number)
        return messages.damaged(data) if kind == "damaged" else data

    kinds = ("own", "foreign", "damaged")
    for length in (2, 3):
        for combination in itertools.product(kinds, repeat=length):
            data = b"".join(one(kind, number) for number, kind in enumerate(combination, 1))
            yield _case(f"joined: {', '.join(combination)}", *pair, send("a", data))
    for count in (10, 60, 150):
        data = b"".join(messages.message(domain, number, 42) for number in range(count))
        yield _case(f"{count} messages in one write", *pair, send("a", data), settle())
    mixed = b"".join(one(kinds[at % 3], at) for at in range(60))
    yield _case("60 of all kinds in one write", *pair, send("a", mixed))
    data = b"".join(
        messages.message(domain, number, size) for number, size in enumerate((32,) * 30)
    )
    yield _case("thirty headers alone in one write", *pair, send("a", data))
    first, second = messages.message(domain, 1), messages.message(domain, 2)
    for at in (1, 3, 4, 5, 16, 24, 28, 31, 32, 33, 60):
        yield _case(
            f"a message and {at} bytes of the next",
            *pair,
            send("a", first + second[:at]),
            settle(),
            send("a", second[at:]),
        )


def held(rule: RelayDomainRule) -> Iterator[Schedule]:
    """Parts are held, by each connection for itself, and nothing of them is sent."""
    domain = int(rule.domain)
    first, second = messages.message(domain, 1, 90), messages.message(domain, 2, 110, source=2)
    other = [messages.message(domain, 10 + at, 70, source=3) for at in range(3)]
    for at in (1, 4, 16, 31, 32, 33, 40, 64, 89):
        yield _case(
            f"{at} bytes are held while another sends",
            *connect("a", "b", "c"),
            send("a", first[:at]),
            send("c", other[0]),
            settle(),
            send("c", other[1]),
            settle(),
            send("a", first[at:]),
        )
        yield _case(
            f"two hold {at} bytes and finish crosswise",
            *connect("a", "b", "c"),
            send("a", first[:at]),
            send("b", second[:at]),
            settle(),
            send("a", first[at:]),
            send("b", second[at:]),
        )
    steps = []
    for cut in range(0, 90, 15):
        steps.append(send("a", first[cut : cut + 15]))
        steps.append(send("b", second[cut : cut + 15]))
    yield _case(
        "two in turn, 15 bytes each", *connect("a", "b", "c"), *steps, send("b", second[90:])
    )
    names = [f"h{number}" for number in range(12)]
    data = {name: messages.message(domain, at, 60 + at, source=1) for at, name in enumerate(names)}
    yield _case(
        "twelve hold a half each",
        *connect(*names, "z"),
        *[send(name, data[name][:33]) for name in names],
        settle(),
        *[send(name, data[name][33:]) for name in reversed(names)],
    )
    size = rule.size_max - 2
    large = messages.message(domain, 5, size)
    yield _case(
        "a large one is held but for its last byte",
        *connect("a", "b", "c"),
        send("a", large[:-1]),
        send("c", other[2]),
        settle(),
        send("a", large[-1:]),
    )
    yield _case(
        "a part of a foreign one is held",
        *connect("a", "b", "c"),
        send("a", messages.message(domain % 3 + 1, 6, 80)[:50]),
        send("c", other[0]),
        settle(),
        send("a", messages.message(domain % 3 + 1, 6, 80)[50:] + first),
    )


LONG, VERY_LONG = 4, 17
"""Pauses of 0.3 s: a little more than one second, and than five."""

PAUSED_AT = (1, 4, 16, 31, 32, 40, 75)


def pauses(rule: RelayDomainRule) -> Iterator[Schedule]:
    """The next piece of a message may come as late as its sender likes; many wait at once."""
    yield _paused(rule, LONG)


def long_pauses(rule: RelayDomainRule) -> Iterator[Schedule]:
    """The same for so long that only the exhaustive profile waits for it."""
    yield _paused(rule, VERY_LONG)


def _paused(rule: RelayDomainRule, length: int) -> Schedule:
    """Some go on after one pause, some after all of them, and one sends a byte in each."""
    domain, size = int(rule.domain), rule.size_max - 3

    def one(number: int, size: int = 76) -> bytes:
        return messages.message(domain, number, size)

    own = {f"s{at}": (at, one(100 + at)) for at in PAUSED_AT}
    late = {f"l{at}": (at, one(200 + at)) for at in PAUSED_AT}
    late |= {f"large-{at}": (at, one(at, size)) for at in (33, 4096, size - 1)}
    late["foreign"] = (50, messages.message(domain % 3 + 1, 300, 90) + one(301))
    late["next"] = (100, one(302) + one(303))
    few = one(304, 32 + length)
    first = {**own, **late, "few": (31, few)}
    actions = [*connect(*first, "z")]
    actions += [send(name, data[:at]) for name, (at, data) in first.items()]
    for turn in range(length):
        actions += [*pause(), send("few", few[31 + turn : 32 + turn])]
        if not turn:
            actions += [send(name, data[at:]) for name, (at, data) in own.items()]
            actions += [send("z", one(305))]
    actions += [send("few", few[31 + length :])]
    actions += [send(name, data[at:]) for name, (at, data) in late.items()]
    label = f"0.3 s and {length * 0.3:.1f} s pass within messages of {len(first)} connections"
    return _case(label, *actions)


def cut_off(rule: RelayDomainRule) -> Iterator[Schedule]:
    """A message that is cut by the end of its connection reaches nobody, then or later."""
    domain = int(rule.domain)

    def case(label: str, *actions: Action) -> Schedule:
        return Schedule("RLY-PARTIAL", label, actions)

    data = messages.message(domain, 1, 72)
    whole = [messages.message(domain, 10 + at, 60) for at in range(4)]
    ends = {"close": Do.CLOSE, "half close": Do.HALF, "reset": Do.RESET}
    for name, end in ends.items():
        places = range(1, 72, 3) if end is Do.CLOSE else (1, 4, 20, 31, 32, 33, 71)
        for at in places:
            yield case(
                f"cut at {at} by a {name}",
                *connect("a", "b"),
                send("a", data[:at]),
                Action(end, "a"),
                settle(),
                # A new connection may get the descriptor of the old one.
                *connect("c"),
                send("c", whole[0]),
                send("b", whole[1]),
            )
        yield case(
            f"a whole one and a part, then a {name}",
            *connect("a", "b"),
            send("a", whole[2] + data[:50]),
            Action(end, "a"),
            send("b", whole[3]),
        )
    large = messages.message(domain, 2, rule.size_max - 2)
    yield case(
        "a large one without its last byte",
        *connect("a", "b"),
        send("a", large[:-1]),
        Action(Do.CLOSE, "a"),
        *connect("c"),
        send("c", data),
        send("b", *whole[:2]),
    )
    steps = [
        step
        for at in range(10)
        for step in (
            *connect(f"s{at}"),
            send(f"s{at}", messages.message(domain, 20 + at, 60)[: 5 * at + 3]),
            Action(Do.CLOSE, f"s{at}"),
        )
    ]
    yield case("ten in a row", *connect("b", "c"), *steps, send("b", whole[0]), send("c", whole[1]))
    yield case(
        "the rest comes from another connection",
        *connect("a", "b", "c"),
        send("a", data[:40]),
        Action(Do.CLOSE, "a"),
        send("b", whole[0]),
        *connect("d"),
        send("d", whole[1][:30], whole[1][30:]),
        send("c", whole[2]),
    )

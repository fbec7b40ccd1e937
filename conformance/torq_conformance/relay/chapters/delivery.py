"""RLY-DELIVER, RLY-CARRY, RLY-ECHO and RLY-ORDER: what arrives, as it is, once, in order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from torq_conformance.model import derived_codec
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

SIZES = (
    *(32, 33, 34, 42, 63, 64, 65, 127, 128, 129, 255, 256, 257, 289, 290, 511, 512, 513),
    *(1023, 1024, 1025, 1500, 2047, 2048, 2049, 4095, 4096, 4097, 6237, 8191, 8192, 8193),
    *(12_288, 16_383, 16_384, 16_385, 20_000, 32_767, 32_768, 32_769, 40_000, 65_535),
)


def delivery(rule: RelayDomainRule) -> Iterator[Schedule]:
    """One message after the other, of every size, to one and to many."""
    domain = int(rule.domain)

    def case(label: str, *actions: Action) -> Schedule:
        return Schedule("RLY-DELIVER", label, actions)

    one = messages.message(domain, 1)
    yield case("one message to one", *connect("a", "b"), send("a", one))
    yield case("a header alone", *connect("a", "b"), send("a", messages.message(domain, 1, 32)))
    for size in SIZES:
        if size < rule.size_max - 1:
            two = [messages.message(domain, number, size) for number in (1, 2)]
            yield case(
                f"two messages of {size} bytes", *connect("a", "b"), *[send("a", x) for x in two]
            )
    names = [f"r{number}" for number in range(10)]
    some = [send("a", messages.message(domain, number)) for number in range(1, 6)]
    yield case("five messages to ten", *connect(*names, "a"), *some)
    yield case("the sender connects before ten others", *connect("a", *names), *some)
    every = [send(name, messages.message(domain, at)) for at, name in enumerate(names)]
    yield case("each of ten sends", *connect(*names), *every, *every[:3])
    again = [send("a", one), send("a", one), send("a", one)]
    yield case("the same message three times", *connect("a", "b"), *again)
    yield case("the same message three times in one write", *connect("a", "b"), send("a", one * 3))
    numbers = (5, 4, 1, (1 << 64) - 1, 0, 7, 1 << 63, 3)
    back = [send("a", messages.message(domain, number)) for number in numbers]
    yield case("sequences that go back and leave gaps", *connect("a", "b"), *back)
    same = [send(who, messages.message(domain, 9, source=at)) for at, who in ((1, "a"), (2, "b"))]
    yield case("two senders with the same sequence", *connect("a", "b", "c"), *same)
    many = [messages.message(domain, number, 42) for number in range(400)]
    yield case("400 messages one by one", *connect("a", "b"), *[send("a", x) for x in many])
    yield case("400 messages in a row", *connect("a", "b"), *[burst("a", x) for x in many])
    stamps = (0, 1, (1 << 63) - 1, (1 << 64) - 1)
    times = [send("a", messages.message(domain, 1, timestamp=stamp)) for stamp in stamps]
    yield case("timestamps at their edges", *connect("a", "b"), *times)
    yield case(
        "a message right before its sender closes",
        *connect("a", "b"),
        send("a", one),
        Action(Do.CLOSE, "a"),
    )
    yield case(
        "200 messages right before their sender closes",
        *connect("a", "b"),
        burst("a", b"".join(many[:40])),
        burst("a", b"".join(many[40:80])),
        Action(Do.CLOSE, "a"),
    )
    turns = [
        step
        for turn in range(6)
        for step in (
            *connect(f"s{turn}"),
            send(f"s{turn}", messages.message(domain, turn)),
            Action(Do.CLOSE, f"s{turn}"),
        )
    ]
    yield case("senders that come and go", *connect("b"), *turns)


PAYLOADS = {
    "no TLV": b"\xff" * 40,
    "zeros": bytes(64),
    "a TLV longer than the payload": derived_codec.frame(1, bytes(40))[:20],
    "a type of nobody": derived_codec.frame(33, bytes(10)),
    "type 0": derived_codec.frame(0, bytes(10)),
    "a wrong size of Trade": derived_codec.frame(1, bytes(7)),
    "an extended TLV with a reserved byte": derived_codec.frame(
        200, bytes(8), is_extended=True, reserved=9
    ),
    "an extended TLV of a short value": derived_codec.frame(200, b"abc", is_extended=True),
    "an empty vendor TLV": derived_codec.frame(254, b""),
    "lines of text": b"\n\r\n\0\n" * 9,
    "an odd byte": b"\x01",
    "the magic": messages.MAGIC * 9,
    "bytes that are no UTF-8": bytes(range(128, 256)),
}


def carrying(rule: RelayDomainRule) -> Iterator[Schedule]:
    """What a relay need not look at: all values of version, source and flags, any payload."""
    domain = int(rule.domain)

    def case(label: str, *data: bytes) -> Schedule:
        steps = [send("a", one) for one in data]
        return Schedule("RLY-CARRY", label, (*connect("a", "b"), *steps))

    for name, payload in PAYLOADS.items():
        yield case(f"payload: {name}", messages.message(domain, 1, payload=payload))
    whole = messages.message(domain, 77, 60)
    other = messages.message(domain % 3 + 1, 78, 60)
    for name, inner in (("of the own domain", whole), ("of another domain", other)):
        data = messages.message(domain, 1, payload=inner * 2)
        yield case(f"payload: two whole messages {name}", data)
        yield Schedule(
            "RLY-CARRY",
            f"payload: two whole messages {name}, in pieces",
            (*connect("a", "b"), send("a", data[:32], data[32:70], data[70:])),
        )
    for is_extended in (False, True):
        every_type = [
            messages.message(
                domain,
                1000 + number,
                payload=derived_codec.frame(number, bytes(8), is_extended=is_extended),
            )
            # 255 is how an extended one begins.
            for number in range(255)
        ]
        yield case(f"every type, {'extended' if is_extended else 'standard'}", *every_type)
    for number in (0, 2, 3, 127, 128, 255):
        yield case(f"version {number}", messages.message(domain, 1, version=number))
    for field in ("source", "flags"):
        every = [
            messages.message(domain, 1, **{field: number})  # type: ignore[arg-type]
            for number in range(256)
        ]
        yield case(f"every {field}", *every)
    large = messages.message(domain, 1, rule.size_max - 2, version=9, source=200, flags=255)
    yield case("a large one with version, source and flags of nobody", large)


def echo(rule: RelayDomainRule) -> Iterator[Schedule]:
    """The sender gets its own messages always, or never: alone, in crowds, large and joined."""
    domain = int(rule.domain)

    def case(label: str, *actions: Action) -> Schedule:
        return Schedule("RLY-ECHO", label, actions)

    some = partial(messages.several, domain, size=80)
    yield case("one sender, one message", *connect("a"), send("a", *some(1)))
    yield case("100 messages of one sender", *connect("a"), *[send("a", x) for x in some(100)])
    yield case("joined messages", *connect("a"), send("a", b"".join(some(20))))
    large = some(3, size=rule.size_max - 2)
    yield case("large messages", *connect("a"), *[send("a", x) for x in large])
    data = messages.message(domain, 1)
    for at in (1, 16, 31, 32, 33, 79):
        yield case(f"a message cut at {at}", *connect("a"), send("a", data[:at], data[at:]))
    yield case(
        "after others",
        *connect("b", "c", "a"),
        *[send(who, *some(3, first=at * 10)) for at, who in enumerate("bca")],
    )
    yield case(
        "two senders in turn",
        *connect("a", "b"),
        *[burst("ab"[at % 2], x) for at, x in enumerate(some(60))],
    )
    own, foreign = messages.message(domain, 1), messages.message(domain % 3 + 1, 2)
    yield case("with foreign ones", *connect("a", "b"), send("a", foreign + own + foreign))
    yield case("half closed", *connect("a", "b"), send("a", own), Action(Do.HALF, "a"))
    yield case(
        "after a sender of the same place has gone",
        *connect("a", "b"),
        send("a", own),
        Action(Do.CLOSE, "a"),
        *connect("c"),
        send("c", *some(4, first=50)),
        send("b", *some(2, first=80)),
    )


def order(rule: RelayDomainRule) -> Iterator[Schedule]:
    """Messages of one sender in order; of several, whole one after the other."""
    domain = int(rule.domain)

    def case(label: str, *actions: Action) -> Schedule:
        return Schedule("RLY-ORDER", label, actions)

    sizes = (42, 300, 33, 5000, 32, 900, 14_000, 64)
    mixed = [messages.message(domain, at, sizes[at % len(sizes)]) for at in range(120)]
    yield case("sizes that alternate", *connect("a", "b", "c"), *[burst("a", x) for x in mixed])
    yield case(
        "joined by eights",
        *connect("a", "b"),
        *[burst("a", b"".join(mixed[at : at + 8])) for at in range(0, 120, 8)],
    )
    for size in (42, 3000, rule.size_max - 2):
        steps = [
            burst(who, messages.message(domain, at * 10 + number, size, source=number))
            for at in range(30)
            for number, who in enumerate("abcd", 1)
        ]
        yield case(f"four senders of {size} bytes at once", *connect("a", "b", "c", "d"), *steps)
    large = [messages.message(domain, at, rule.size_max - 2, source=1) for at in range(12)]
    small = [messages.message(domain, 100 + at, 42, source=2) for at in range(36)]
    steps = []
    for at, data in enumerate(large):
        steps.append(burst("a", *in_pieces(data, 4096)))
        steps += [burst("b", x) for x in small[at * 3 : at * 3 + 3]]
    yield case("large ones in pieces beside small ones", *connect("a", "b", "c"), *steps)
    # What fills a socket's buffer is written in parts; another sender's message must wait.
    filling = [
        burst("ab"[at % 2], messages.message(domain, at, rule.size_max - 2, source=1 + at % 2))
        for at in range(4 * 262_144 // rule.size_max)
    ]
    yield case(
        "two senders to a reader whose buffer is full",
        *connect("a", "b", "c"),
        Action(Do.STALL, "c"),
        *filling,
        Action(Do.RESUME, "c"),
        *filling[:2],
        settle(),
    )

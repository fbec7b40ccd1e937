"""RLY-DOMAIN, RLY-CHECKSUM, RLY-LIMIT and RLY-GARBAGE: what is not to be forwarded."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from torq_conformance.relay import messages
from torq_conformance.relay.actions import Action, Do, Schedule, burst, connect, send, settle
from torq_specs.header import HEADER_SIZE
from torq_specs.relay_rules import RelayDomainRule
from torq_specs.wire import checksum


def domains(rule: RelayDomainRule) -> Iterator[Schedule]:
    """All 255 other domains: dropped, and the connection lives."""
    domain = int(rule.domain)

    def case(label: str, *actions: Action) -> Schedule:
        return Schedule("RLY-DOMAIN", label, actions)

    for number in range(256):
        if number != domain:
            yield case(
                f"domain {number}",
                *connect("a", "b"),
                send("a", messages.message(number, 1, 64)),
                send("a", messages.message(domain, 2, 64)),
            )
    others = [number for number in (1, 2, 3, 4) if number != domain]
    many = [messages.message(others[at % 3], at, 42) for at in range(90)]
    own = messages.message(domain, 1000)
    yield case("90 in a row", *connect("a", "b"), *[burst("a", x) for x in many], send("a", own))
    yield case("90 in one write", *connect("a", "b"), send("a", b"".join(many)), send("a", own))
    foreign = messages.message(others[0], 5, rule.size_max - 2)
    yield case("a large one", *connect("a", "b"), send("a", foreign), send("a", own))
    yield case("a large one and an own one", *connect("a", "b"), send("a", foreign, own))
    for at in (1, 4, 5, 16, 32, 33, 60):
        data = messages.message(others[1], 6, 64)
        yield case(
            f"cut at {at}, with an own one behind",
            *connect("a", "b"),
            send("a", data[:at], data[at:] + own),
        )
    inner = messages.message(domain, 3, 60)
    data = messages.message(others[0], 7, payload=inner * 2)
    yield case("with own messages inside", *connect("a", "b"), send("a", data), send("a", own))
    yield case(
        "with own messages inside, in pieces",
        *connect("a", "b"),
        send("a", data[:32], data[32:], own),
    )
    yield case(
        "a header alone", *connect("a", "b"), send("a", messages.message(others[2], 8, 32), own)
    )
    yield case(
        "each of three connections sends of all domains",
        *connect("a", "b", "c"),
        *[
            send(who, messages.message(number, 20 + 10 * number + at, 50, source=at + 1))
            for at, who in enumerate("abc")
            for number in (1, 2, 3, 4)
        ],
    )


def checksums(rule: RelayDomainRule) -> Iterator[Schedule]:
    """Wrong checksums: dropped by those that look, carried as they are by the one that does not."""
    domain = int(rule.domain)
    own = messages.message(domain, 1000)

    def case(label: str, *data: bytes) -> Schedule:
        steps = [send("a", one) for one in data]
        return Schedule("RLY-CHECKSUM", label, (*connect("a", "b"), *steps, send("a", own)))

    data = messages.message(domain, 1, 80)
    right = int.from_bytes(data[28:32], "little")
    wrong = {
        "0": 0,
        "all ones": 0xFFFFFFFF,
        "with its bytes swapped": int.from_bytes(data[28:32], "big"),
        "inverted": right ^ 0xFFFFFFFF,
        "of all bytes, the checksum's zeroed": zlib.crc32(data[:28] + bytes(4) + data[32:]),
        "of all bytes, the checksum's included": zlib.crc32(data),
        "of the payload alone": zlib.crc32(data[32:]),
        "of the header alone": zlib.crc32(data[:28]),
        "of payload and header in the wrong order": zlib.crc32(data[32:] + data[:28]),
        "of all but the magic": zlib.crc32(data[4:28] + data[32:]),
        "of all but the last byte": zlib.crc32(data[:28] + data[32:-1]),
        "one more than right": (right + 1) & 0xFFFFFFFF,
    }
    for name, crc in wrong.items():
        yield case(f"a checksum {name}", messages.with_checksum(data, crc))
    for bit in range(32):
        yield case(f"bit {bit} of it flipped", messages.damaged(data, bit))
    for at in (*range(5, 24), *range(HEADER_SIZE, 80)):
        yield case(
            f"byte {at} of the message flipped",
            data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1 :],
        )
    for target in (0, 1, 0xFFFFFFFF, 0x80000000):
        forged = messages.with_right_checksum(domain, 4, target)
        yield case(f"a right checksum that is {target:#x}", forged)
    bare = messages.message(domain, 2, 32)
    for name, crc in (("0", 0), ("of its 32 bytes", zlib.crc32(bare)), ("all ones", 0xFFFFFFFF)):
        yield case(f"a header alone, a checksum {name}", messages.with_checksum(bare, crc))
    large = messages.message(domain, 3, rule.size_max - 2)
    yield case("a large one with its last bit flipped", large[:-1] + bytes([large[-1] ^ 0x80]))
    yield case("a large one with a bit flipped in the middle", _flipped(large, len(large) // 2))
    many = [messages.damaged(messages.message(domain, 50 + at, 60), at) for at in range(60)]
    yield case("60 wrong ones in one write", b"".join(many))
    yield case("60 wrong ones one by one", *many)
    pairs = [one for at in range(20) for one in (many[at], messages.message(domain, 200 + at))]
    yield case("wrong and right ones in turn", *pairs)
    yield case("wrong and right ones in one write", b"".join(pairs))
    split = messages.message(domain, 6, 90)
    pieces = (split[:40], split[40:])
    steps = (*connect("a", "b"), send("a", *pieces), send("a", _flipped(split, 70)[:50]))
    yield Schedule(
        "RLY-CHECKSUM",
        "a right and a wrong one in pieces",
        (*steps, send("a", _flipped(split, 70)[50:] + own)),
    )


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def limits(rule: RelayDomainRule) -> Iterator[Schedule]:
    """At the limit, one less, one more, and headers that announce up to 4 GiB."""
    domain, limit = int(rule.domain), rule.size_max

    def case(label: str, *actions: Action) -> Schedule:
        return Schedule("RLY-LIMIT", label, actions)

    def whole(size: int, number: int = 1) -> bytes:
        return messages.message(domain, number, size)

    own = messages.message(domain, 1000)
    for size in (limit - 2, limit - 1, limit):
        yield case(f"{size:,} bytes", *connect("a", "b"), send("a", whole(size), own))
        yield case(
            f"{size:,} bytes behind an own one in one write",
            *connect("a", "b"),
            send("a", own + whole(size)),
        )
    yield case(
        "three at the limit", *connect("a", "b"), *[send("a", whole(limit, n)) for n in (1, 2, 3)]
    )
    data = whole(limit)
    for at in (1, 31, 32, 33, 4096, limit - 1):
        yield case(
            f"at the limit, cut at {at}", *connect("a", "b"), send("a", data[:at], data[at:])
        )
    yield case(
        "at the limit, in pieces of 1,000",
        *connect("a", "b"),
        send("a", *[data[at : at + 1000] for at in range(0, limit, 1000)], own),
    )
    announced = {
        "one byte more": limit - HEADER_SIZE + 1,
        "32 bytes more": limit,
        "33 bytes more": limit + 1,
        "twice the limit": 2 * limit,
        "1 MiB": 1 << 20,
        "16 MiB": 1 << 24,
        "2 GiB less one": (1 << 31) - 1,
        "2 GiB": 1 << 31,
        "4 GiB less 32": (1 << 32) - 32,
        "4 GiB less 31": (1 << 32) - 31,
        "4 GiB less one": (1 << 32) - 1,
    }
    if limit < 1 << 16:
        announced["65,535 bytes"] = 65_535
        announced["65,536 bytes"] = 65_536
    else:
        announced["65,536 bytes"] = 65_536
        announced["65,568 bytes"] = 65_568
    for name, size in announced.items():
        head = messages.announcing(domain, 7, size)
        yield case(
            f"a header that announces {name}",
            *connect("a", "b"),
            send("a", own),
            send("a", head),
            settle(),
            send("b", messages.message(domain, 1001)),
        )
    head = messages.announcing(domain, 7, limit)
    yield case(
        "too large a header behind an own one in one write",
        *connect("a", "b"),
        send("a", own + head),
        settle(),
    )
    for at in (1, 8, 24, 27, 31):
        yield case(
            f"too large a header, cut at {at}",
            *connect("a", "b"),
            send("a", head[:at], head[at:]),
            settle(),
        )
    for over in (1, 2, 100):
        data = whole(limit + over)
        yield case(
            f"a whole message {over} bytes over the limit",
            *connect("a", "b"),
            burst("a", data),
            settle(),
            send("b", messages.message(domain, 1002)),
        )
    other = domain % 3 + 1
    yield case(
        "a header of another domain that announces too much",
        *connect("a", "b"),
        send("a", messages.announcing(other, 8, limit * 4)),
        send("b", own),
    )
    steps = [
        step for at in range(8) for step in (*connect(f"s{at}"), send(f"s{at}", head), settle())
    ]
    yield case("eight in a row", *connect("b"), *steps, send("b", own))


GARBAGE = {
    "one byte": b"\0",
    "two bytes": b"xy",
    "three bytes": b"\r\n\r",
    "four zeros": bytes(4),
    "the magic backwards": messages.MAGIC[::-1],
    "text": b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n",
    "31 bytes": b"\x55" * 31,
    "32 bytes": b"\xaa" * 32,
    "33 bytes": b"\x01" * 33,
    "100 zeros": bytes(100),
    "all ones": b"\xff" * 64,
    "4,096 bytes": messages.pattern(4096).replace(messages.MAGIC[:1], b"\0"),
    "a TLS greeting": bytes.fromhex("16030100a5010000a10303") + b"\x33" * 40,
}


NEXT_CUT_AT = (1, 2, 3, 4, 8, 24, 28, 31, 32, 60)


def garbage_in_pieces(rule: RelayDomainRule) -> Iterator[Schedule]:
    """Behind garbage the next message is cut: who skips to its magic finds that all the same."""
    domain = int(rule.domain)
    own, other = messages.message(domain, 1), messages.message(domain, 2, source=2)
    third = messages.message(domain, 3)
    for name in ("one byte", "32 bytes", "text", "4,096 bytes"):
        data = GARBAGE[name]
        for at in NEXT_CUT_AT:
            for label, pieces in {
                "behind it": (data + own[:at], own[at:]),
                "in the next writes": (data, own[:at], own[at:]),
                "behind it, and one more": (data + own[:at], own[at:] + third),
            }.items():
                yield Schedule(
                    "RLY-GARBAGE",
                    f"{name}, a message that is cut at {at} {label}",
                    (*connect("a", "b"), send("a", *pieces), settle(), send("b", other)),
                )
        bytewise = [own[n : n + 1] for n in range(36)]
        yield Schedule(
            "RLY-GARBAGE",
            f"{name}, a message byte by byte",
            (*connect("a", "b"), send("a", data, *bytewise, own[36:]), settle(), send("b", other)),
        )
        yield Schedule(
            "RLY-GARBAGE",
            f"{name}, two messages in one write",
            (*connect("a", "b"), send("a", data + own + third), settle(), send("b", other)),
        )


def garbage(rule: RelayDomainRule) -> Iterator[Schedule]:
    """Bytes that do not begin with the magic; one client's, and everybody else goes on."""
    domain = int(rule.domain)

    def case(label: str, *actions: Action) -> Schedule:
        return Schedule("RLY-GARBAGE", label, actions)

    own, other = messages.message(domain, 1), messages.message(domain, 2, source=2)
    foreign = messages.message(domain % 3 + 1, 6)
    kinds = (
        own,
        foreign,
        messages.message(domain, 7),
        messages.damaged(messages.message(domain, 8)),
    )
    for name, data in GARBAGE.items():
        yield case(name, *connect("a", "b"), send("a", data), settle(), send("b", other))
        yield case(
            f"{name} behind an own one",
            *connect("a", "b"),
            send("a", own),
            send("a", data),
            settle(),
            send("b", other),
        )
        yield case(
            f"{name} between two own ones in one write",
            *connect("a", "b"),
            send("a", own + data + messages.message(domain, 3)),
            settle(),
            send("b", other),
        )
        yield case(
            f"{name} behind some of all kinds in one write",
            *connect("a", "b"),
            send("a", b"".join(kinds) + data),
            settle(),
            send("b", other),
        )
    for at in range(4):
        for bit in (0, 5, 7):
            turned = bytearray(messages.message(domain, 4, 70))
            turned[at] ^= 1 << bit
            # A right message but for that.
            wrong = messages.with_checksum(bytes(turned), checksum(bytes(turned)))
            for label, before in (("", b""), (", behind an own one in the same write", own)):
                yield case(
                    f"bit {bit} of byte {at} of the magic flipped{label}",
                    *connect("a", "b"),
                    send("a", before + wrong),
                    settle(),
                    send("b", other),
                )
    for at in (1, 2, 3):
        zeros = messages.MAGIC[:at] + b"\0" * (60 - at)
        yield case(
            f"{at} bytes of the magic and zeros", *connect("a", "b"), send("a", zeros), settle()
        )
        ending = b"\0" * 40 + messages.MAGIC[:at]
        for label, pieces in (
            ("", (ending,)),
            (", a message behind it", (ending + own,)),
            (", a message in the next write", (ending, own)),
        ):
            yield case(
                f"zeros that end with {at} bytes of the magic{label}",
                *connect("a", "b"),
                send("a", *pieces),
                settle(),
                send("b", other),
            )
    text = GARBAGE["text"]
    yield case(
        "text byte by byte", *connect("a", "b"), send("a", *[text[n : n + 1] for n in range(20)])
    )
    yield case(
        "the tail of a message",
        *connect("a", "b"),
        send("a", messages.message(domain, 5, 200)[60:]),
        settle(),
        send("b", other),
    )
    steps = [
        step
        for at, data in enumerate(GARBAGE.values())
        for step in (*connect(f"g{at}"), send(f"g{at}", data), settle())
    ]
    yield case(
        "one connection after the other",
        *connect("b", "c"),
        *steps,
        send("b", own),
        send("c", other),
    )
    yield case(
        "and then closed",
        *connect("a", "b"),
        send("a", GARBAGE["100 zeros"]),
        Action(Do.CLOSE, "a"),
        send("b", own),
    )
    inside = b"xx" + messages.MAGIC + b"\x01\x01\x01\0" + bytes(20)
    yield case("with a magic within", *connect("a", "b"), burst("a", inside), send("b", own))

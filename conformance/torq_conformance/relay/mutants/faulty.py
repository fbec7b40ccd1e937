"""What a relay mutant is: the reference relay, one fault, and the rules that speak of it."""

from __future__ import annotations

import itertools
from typing import ClassVar

from torq_conformance.relay.reference.engine import MAGIC, Connection, Relay
from torq_conformance.relay.reference.logic import HEADER_SIZE


class Faulty(Relay):
    """A relay with a fault; its docstring says which.

    ``domain`` is where it is judged, ``claims`` what it claims beside.
    """

    id: ClassVar[str] = ""
    violates: ClassVar[tuple[str, ...]] = ()
    domain: ClassVar[int] = 1
    claims: ClassVar[tuple[str, ...]] = ()


def sizes(data: bytes) -> list[int]:
    """The offsets where whole messages end, as far as there are any."""
    ends, at = [], 0
    while len(data) - at >= HEADER_SIZE and data[at : at + 4] == MAGIC:
        at += HEADER_SIZE + int.from_bytes(data[at + 24 : at + 28], "little")
        if at > len(data):
            break
        ends.append(at)
    return ends


def split(data: bytes) -> list[bytes]:
    """Whole messages in a run of them."""
    ends = [0, *sizes(data)]
    return [data[start:end] for start, end in itertools.pairwise(ends)]


class Changing(Faulty):
    """A relay that changes each message on its way; the base of several."""

    def change(self, message: bytes) -> bytes:
        """What becomes of a message."""
        return message

    def send(self, client: Connection, part: bytes) -> None:
        """Send what has become of each."""
        super().send(client, b"".join(map(self.change, split(part))))


class Losing(Faulty):
    """A relay that loses some messages; the base of several."""

    def loses(self, message: bytes) -> bool:
        """Whether a message is lost."""
        return False

    def send(self, client: Connection, part: bytes) -> None:
        """Send the others."""
        kept = b"".join(one for one in split(part) if not self.loses(one))
        if kept:
            super().send(client, kept)


class SkipsGarbage(Relay):
    """Goes on at the next magic behind garbage, however it is cut: right, and a base of others."""

    found = -1

    def lost(self, sender: Connection, data: bytes, at: int) -> None:
        """Note where it begins."""
        self.found = at

    def frame(self, sender: Connection, data: bytes) -> int:
        """Judge every whole message, garbage or none between them."""
        self.found = -1
        end = super().frame(sender, data)
        return self.skip(sender, data, self.found) if self.found >= 0 else end

    def skip(self, sender: Connection, data: bytes, at: int) -> int:
        """Go on at the next magic; the offset where what is not whole yet begins."""
        following = data.find(MAGIC, at + 1)
        if following >= 0:
            return following + self.frame(sender, data[following:])
        return len(data) - self.begun(data)

    def begun(self, data: bytes) -> int:
        """Bytes at the end that may be the beginning of a magic."""
        return next((n for n in (3, 2, 1) if data.endswith(MAGIC[:n])), 0)


def at(message: bytes, offset: int, size: int) -> int:
    """An integer of a message."""
    return int.from_bytes(message[offset : offset + size], "little")


def put(message: bytes, offset: int, number: int, size: int) -> bytes:
    """The message with another integer."""
    return message[:offset] + number.to_bytes(size, "little") + message[offset + size :]

"""Faults of delivery, echo, order and carrying."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from torq_conformance.relay.mutants.faulty import Changing, Faulty, Losing, at, put, split
from torq_conformance.relay.reference.engine import Connection
from torq_conformance.relay.reference.logic import HEADER_SIZE, RelayLogic, checksum_of

DELIVER, ECHO, ORDER, CARRY = ("RLY-DELIVER",), ("RLY-ECHO",), ("RLY-ORDER",), ("RLY-CARRY",)


class FirstOnly(Faulty):
    """Only the client that has been there longest receives."""

    id, violates = "D01", ("RLY-DELIVER", "RLY-IDLE")

    def send(self, client: Connection, part: bytes) -> None:
        if client is next(iter(self.clients)):
            super().send(client, part)


class Restamps(Changing):
    """The sequence is that of the relay."""

    id, violates = "D02", DELIVER
    number = 0

    def change(self, message: bytes) -> bytes:
        self.number += 1
        return put(message, 8, self.number, 8)


class ClearsFlags(Changing):
    """Flags are cleared."""

    id, violates = "D03", ("RLY-CARRY", "RLY-DELIVER")

    def change(self, message: bytes) -> bytes:
        return put(message, 7, 0, 1)


class OwnTime(Changing):
    """The timestamp is that of the relay."""

    id, violates = "D04", DELIVER

    def change(self, message: bytes) -> bytes:
        return put(message, 16, 1, 8)


class OwnSource(Changing):
    """The source is that of the relay."""

    id, violates = "D05", ("RLY-DELIVER", "RLY-CARRY")

    def change(self, message: bytes) -> bytes:
        return put(message, 6, 80, 1)


class Reseals(Changing):
    """The checksum is calculated anew."""

    id, violates = "D06", ("RLY-CHECKSUM",)

    def change(self, message: bytes) -> bytes:
        return put(message, 28, checksum_of(message, 0, len(message)), 4)


class Deduplicates(Losing):
    """A message that was seen before is dropped."""

    id, violates = "D07", DELIVER

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        super().__init__(logic, path, audit)
        self.seen: set[bytes] = set()

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        new = [one for one in split(data[start:end]) if one not in self.seen]
        self.seen.update(new)
        part = b"".join(dict.fromkeys(new))
        super().forward(sender, part, 0, len(part), lines)


class LosesHundredth(Losing):
    """Every hundredth message is lost."""

    id, violates = "D08", DELIVER
    number = 0

    def loses(self, message: bytes) -> bool:
        self.number += 1
        return self.number % 100 == 0


class SendsTwice(Changing):
    """Every fiftieth message is sent twice."""

    id, violates = "D09", DELIVER
    number = 0

    def change(self, message: bytes) -> bytes:
        self.number += 1
        return message * (2 if self.number % 50 == 0 else 1)


class NoBareHeaders(Losing):
    """A header alone is not forwarded."""

    id, violates = "D10", DELIVER

    def loses(self, message: bytes) -> bool:
        return len(message) == HEADER_SIZE


class EightClients(Faulty):
    """Only the first eight clients receive."""

    id, violates = "D11", ("RLY-DELIVER", "RLY-IDLE")

    def send(self, client: Connection, part: bytes) -> None:
        if client in [*self.clients][:8]:
            super().send(client, part)


class OnlyNewer(Losing):
    """A sequence that is not higher than the last one of its sender is dropped."""

    id, violates = "D12", DELIVER

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        super().__init__(logic, path, audit)
        self.last: dict[Connection, int] = {}

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        kept = []
        for one in split(data[start:end]):
            if at(one, 8, 8) > self.last.get(sender, -1):
                self.last[sender] = at(one, 8, 8)
                kept.append(one)
        part = b"".join(kept)
        super().forward(sender, part, 0, len(part), lines)


class CutsLarge(Changing):
    """A message above 8,192 bytes loses its last byte."""

    id, violates = "D13", ("RLY-DELIVER", "RLY-FRAMING")

    def change(self, message: bytes) -> bytes:
        return message[:-1] if len(message) > 8192 else message


class _Delaying(Connection):
    """Forwards a little later, and not at all when it is gone by then."""

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(0.003, self.later, data)

    def later(self, data: bytes) -> None:
        if self in self.relay.clients:
            super().data_received(data)

    def eof_received(self) -> bool:
        self.relay.left(self)
        return super().eof_received()


class LosesTheLast(Faulty):
    """What a client sends right before it closes is lost."""

    id, violates = "D14", ("RLY-DELIVER", "RLY-FRAMING", "RLY-HALF")
    connection = _Delaying


class SwapsBytes(Changing):
    """The last byte of a payload of odd size is zeroed."""

    id, violates = "D15", DELIVER

    def change(self, message: bytes) -> bytes:
        return message[:-1] + b"\0" if len(message) % 2 and len(message) > 33 else message


class _Echo(Faulty):
    def is_echoed(self, part: bytes) -> bool:
        return True

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        super().forward(sender, data, start, end, lines)
        if start < end and self.is_echoed(data[start:end]):
            self.send(sender, data[start:end])


class Echoes(_Echo):
    """The sender gets its own message back, which is not claimed."""

    id, violates = "E01", ECHO


class EchoesSometimes(_Echo):
    """The sender gets every tenth of its messages back."""

    id, violates = "E02", ECHO
    number = 0

    def is_echoed(self, part: bytes) -> bool:
        self.number += 1
        return self.number % 10 == 0


class EchoesJoined(_Echo):
    """The sender gets back what came joined."""

    id, violates = "E03", ECHO

    def is_echoed(self, part: bytes) -> bool:
        return len(split(part)) > 1


class EchoesLarge(_Echo):
    """The sender gets its large messages back."""

    id, violates = "E04", ECHO

    def is_echoed(self, part: bytes) -> bool:
        return len(part) > 4096


class NeverEchoes(Faulty):
    """Echo is claimed and never done."""

    id, violates, claims = "E05", ("RLY-ECHO", "RLY-DELIVER"), ("echo",)


class EchoesMostly(_Echo):
    """Echo is claimed, and left out where messages came joined."""

    id, violates, claims = "E06", ("RLY-ECHO", "RLY-FRAMING"), ("echo",)

    def is_echoed(self, part: bytes) -> bool:
        return len(split(part)) == 1


class _Ordering(Faulty):
    def ordered(self, messages: list[bytes]) -> Iterable[bytes]:
        return messages

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        part = b"".join(self.ordered(split(data[start:end])))
        super().forward(sender, part, 0, len(part), lines)


class Reverses(_Ordering):
    """The messages of one read are forwarded from the last to the first."""

    id, violates = "O01", ORDER

    def ordered(self, messages: list[bytes]) -> Iterable[bytes]:
        return reversed(messages)


class SmallFirst(_Ordering):
    """Of the messages of one read the small ones come first."""

    id, violates = "O02", ORDER

    def ordered(self, messages: list[bytes]) -> Iterable[bytes]:
        return sorted(messages, key=len)


class LargeLater(Faulty):
    """Messages above 10,000 bytes are sent a little later."""

    id, violates = "O03", ORDER

    def send(self, client: Connection, part: bytes) -> None:
        if len(part) > 10_000:
            asyncio.get_running_loop().call_later(0.002, self.late, client, part)
        else:
            super().send(client, part)

    def late(self, client: Connection, part: bytes) -> None:
        """Send it now."""
        if client in self.clients:
            super().send(client, part)


class Interleaves(Faulty):
    """What does not fit at once is tried again later, behind what others have sent meanwhile."""

    id, violates = "O04", ("RLY-ORDER", "RLY-SLOW")

    def send(self, client: Connection, part: bytes) -> None:
        channel = client.transport.get_extra_info("socket")
        try:
            count = channel._sock.send(part)
        except BlockingIOError:
            count = 0
        except OSError:
            return
        if count < len(part) and client in self.clients:
            asyncio.get_running_loop().call_later(0.001, self.send, client, part[count:])


class InPieces(Faulty):
    """What is larger than 32 KiB is queued in pieces, and others are served between them."""

    id, violates = "O05", ORDER

    def send(self, client: Connection, part: bytes) -> None:
        super().send(client, part[: 32 << 10])
        if part[32 << 10 :] and client in self.clients:
            asyncio.get_running_loop().call_soon(self.send, client, part[32 << 10 :])


class ByVersion(Losing):
    """Only version 1 is forwarded."""

    id, violates = "V01", CARRY

    def loses(self, message: bytes) -> bool:
        return message[5] != 1


class BySource(Losing):
    """Only sources that are listed are forwarded."""

    id, violates = "V02", CARRY

    def loses(self, message: bytes) -> bool:
        return message[6] not in {*range(1, 6), *range(20, 24), *range(40, 43), *range(60, 63)}


class _Parsing(Losing):
    def tlvs(self, message: bytes) -> list[int] | None:
        """The types of a message, or None where the payload is no TLVs."""
        found, place = [], HEADER_SIZE
        while place < len(message):
            head = message[place : place + 5]
            if head[0] == 255:
                if len(head) < 5:
                    return None
                found.append(head[2])
                place += 5 + at(head, 3, 2)
            else:
                if len(head) < 2:
                    return None
                found.append(head[0])
                place += 2 + head[1]
        return found if place == len(message) else None


class ParsesTlvs(_Parsing):
    """Messages whose payload is no row of TLVs are dropped."""

    id, violates = "V03", ("RLY-CARRY", "RLY-DELIVER", "RLY-LIMIT")

    def loses(self, message: bytes) -> bool:
        return self.tlvs(message) is None


class KnownTypes(_Parsing):
    """Messages with a type that nobody has assigned are dropped."""

    id, violates = "V04", CARRY

    def loses(self, message: bytes) -> bool:
        return any(number in {0, 33} for number in self.tlvs(message) or ())


class ClearsExtended(Changing):
    """The reserved byte of an extended TLV is cleared."""

    id, violates = "V05", ("RLY-DELIVER", "RLY-CARRY")

    def change(self, message: bytes) -> bytes:
        if len(message) > 34 and message[32] == 255 and message[33] != 0:
            return message[:33] + b"\0" + message[34:]
        return message


class MasksFlags(Changing):
    """The highest flag is masked."""

    id, violates = "V06", ("RLY-CARRY", "RLY-DELIVER")

    def change(self, message: bytes) -> bytes:
        return put(message, 7, message[7] & 0x7F, 1)

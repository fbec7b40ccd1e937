"""Faults of framing: RLY-FRAMING, RLY-PARTIAL."""

from __future__ import annotations

from typing import ClassVar

from torq_conformance.relay.mutants.faulty import Faulty, sizes
from torq_conformance.relay.reference.engine import MAGIC, Connection
from torq_conformance.relay.reference.logic import HEADER_SIZE

FRAMING = ("RLY-FRAMING",)


class ReadIsMessage(Faulty):
    """One read is taken for one message, as in the public engine."""

    id, violates = "F01", FRAMING

    def frame(self, sender: Connection, data: bytes) -> int:
        if len(data) >= HEADER_SIZE and data[:4] == MAGIC and data[4] == self.logic.domain:
            self.forward(sender, data, 0, len(data), [])
        return len(data)


class _Shared(Connection):
    held = b""

    @property
    def rest(self) -> bytes:
        return _Shared.held

    @rest.setter
    def rest(self, data: bytes) -> None:
        _Shared.held = data


class SharedBuffer(Faulty):
    """All connections share one buffer for what is not whole yet."""

    id, violates = "F02", FRAMING
    connection = _Shared


class OneARead(Faulty):
    """Of each read one message is forwarded; the others wait for the next read."""

    id, violates = "F03", ("RLY-FRAMING", "RLY-DELIVER", "RLY-IDLE")

    def frame(self, sender: Connection, data: bytes) -> int:
        ends = sizes(data)
        return super().frame(sender, data[: ends[0]] if ends else data)


class CutHeaderLost(Faulty):
    """A header that comes in two reads is thrown away."""

    id, violates = "F04", FRAMING

    def frame(self, sender: Connection, data: bytes) -> int:
        end = super().frame(sender, data)
        return len(data) if len(data) - end < HEADER_SIZE else end


class _Streaming(Connection):
    left = 0

    def data_received(self, data: bytes) -> None:
        if self.left:
            part = data[: self.left]
            self.left -= len(part)
            self.relay.forward(self, part, 0, len(part), [])
            data = data[len(part) :]
        if not data:
            return
        super().data_received(data)
        rest = self.rest
        if len(rest) >= HEADER_SIZE and rest[4] == self.relay.logic.domain:
            whole = HEADER_SIZE + int.from_bytes(rest[24:28], "little")
            self.left, self.rest = whole - len(rest), b""
            self.relay.forward(self, rest, 0, len(rest), [])


class Streams(Faulty):
    """A message is forwarded while it comes in, from its header on."""

    id, violates = "F05", ("RLY-FRAMING", "RLY-PARTIAL")
    connection = _Streaming


class SizeIn16Bits(Faulty):
    """Announced sizes are read as 16 bits."""

    id, violates = "F06", ("RLY-LIMIT",)

    def frame(self, sender: Connection, data: bytes) -> int:
        if len(data) >= 28 and data[:4] == MAGIC:
            data = data[:26] + b"\0\0" + data[28:]
        return super().frame(sender, data)


class FirstOfRead(Faulty):
    """The domain is looked at in the first message of a read alone."""

    id, violates = "F07", ("RLY-FRAMING", "RLY-DOMAIN")

    def frame(self, sender: Connection, data: bytes) -> int:
        ends = sizes(data)
        if ends and data[4] == self.logic.domain:
            self.forward(sender, data, 0, ends[-1], [])
            return ends[-1]
        return ends[-1] if ends else super().frame(sender, data)


class _Bounded(Connection):
    room: ClassVar[int] = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if len(self.rest) > self.room:
            self.rest = b""


class _Bounded8192(_Bounded):
    room = 8192


class _Bounded64(_Bounded):
    room = 64


class SmallBuffer(Faulty):
    """What is not whole yet is thrown away above 8,192 bytes."""

    id, violates = "F08", ("RLY-FRAMING", "RLY-LIMIT", "RLY-DELIVER")
    connection = _Bounded8192


class TinyBuffer(Faulty):
    """What is not whole yet is thrown away above 64 bytes."""

    id, violates = "F09", FRAMING
    connection = _Bounded64


class ManyInOne(Faulty):
    """Of more than 64 messages in one read the others are lost."""

    id, violates = "F10", FRAMING

    def frame(self, sender: Connection, data: bytes) -> int:
        ends = sizes(data)
        if len(ends) > 64:
            super().frame(sender, data[: ends[63]])
            return ends[-1]
        return super().frame(sender, data)


class ExactHeader(Faulty):
    """A read that ends with exactly the header loses it."""

    id, violates = "F11", FRAMING

    def frame(self, sender: Connection, data: bytes) -> int:
        end = super().frame(sender, data)
        return len(data) if len(data) - end == HEADER_SIZE else end


class _LosesNext(Connection):
    def data_received(self, data: bytes) -> None:
        was_cut = bool(self.rest)
        whole = self.rest + data
        ends = sizes(whole)
        if was_cut and len(ends) > 1:
            self.rest = b""
            self.relay.frame(self, whole[: ends[0]])
            self.rest = whole[ends[-1] :]
            return
        super().data_received(data)


class LosesNext(Faulty):
    """Behind a message that was cut the others of the read are lost."""

    id, violates = "F12", FRAMING
    connection = _LosesNext


class WaitsForMore(Faulty):
    """A message is forwarded only when a byte of the next one is there."""

    id, violates = "F13", ("RLY-DELIVER", "RLY-FRAMING")

    def frame(self, sender: Connection, data: bytes) -> int:
        ends = sizes(data)
        if ends and ends[-1] == len(data):
            ends.pop()
        return super().frame(sender, data[: ends[-1]]) if ends else 0


class _FlushesAtEnd(Connection):
    def eof_received(self) -> bool:
        if self.rest:
            self.relay.forward(self, self.rest, 0, len(self.rest), [])
        return super().eof_received()


class FlushesAtEnd(Faulty):
    """What is left at the end of a connection is forwarded."""

    id, violates = "P01", ("RLY-PARTIAL",)
    connection = _FlushesAtEnd


class _FillsAtEnd(Connection):
    def eof_received(self) -> bool:
        if len(self.rest) >= HEADER_SIZE and self.rest[4] == self.relay.logic.domain:
            size = HEADER_SIZE + int.from_bytes(self.rest[24:28], "little")
            whole = self.rest.ljust(size, b"\0")
            self.relay.forward(self, whole, 0, len(whole), [])
        return super().eof_received()


class FillsAtEnd(Faulty):
    """A message that is cut off is filled up with zeros and forwarded."""

    id, violates = "P02", ("RLY-PARTIAL",)
    connection = _FillsAtEnd


class _ByDescriptor(Connection):
    kept: ClassVar[dict[int, bytes]] = {}
    number = -1

    def data_received(self, data: bytes) -> None:
        if self.number < 0:
            self.number = self.transport.get_extra_info("socket").fileno()
            self.rest = self.kept.pop(self.number, b"")
        super().data_received(data)
        self.kept[self.number] = self.rest

    def eof_received(self) -> bool:
        return True


class ByDescriptor(Faulty):
    """Buffers are kept by descriptor, and the next connection gets that of the last."""

    id, violates = "P03", ("RLY-PARTIAL",)
    connection = _ByDescriptor


class _GoesOn(Connection):
    left: ClassVar[bytes] = b""

    def eof_received(self) -> bool:
        _GoesOn.left = self.rest or _GoesOn.left
        return super().eof_received()

    def data_received(self, data: bytes) -> None:
        if _GoesOn.left and not self.rest:
            self.rest, _GoesOn.left = _GoesOn.left, b""
        super().data_received(data)


class GoesOn(Faulty):
    """What a connection has left behind is put in front of what the next one sends."""

    id, violates = "P04", ("RLY-PARTIAL",)
    connection = _GoesOn

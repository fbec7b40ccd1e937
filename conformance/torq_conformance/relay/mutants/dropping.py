"""Faults of what is dropped: domains, checksums, limits, garbage."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

from torq_conformance.relay.mutants.faulty import Faulty, sizes
from torq_conformance.relay.reference.engine import MAGIC, Connection
from torq_conformance.relay.reference.logic import (
    HEADER_SIZE,
    RelayLogic,
    checksum_of,
    forwards_own_domain,
)

DOMAIN, CHECKSUM = ("RLY-DOMAIN",), ("RLY-CHECKSUM",)
LIMIT, GARBAGE = ("RLY-LIMIT",), ("RLY-GARBAGE",)


class _Judging(Faulty):
    """Another logic in the place of the right one."""

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        other = RelayLogic(
            logic.domain, self.limit_of(logic), self.verifies(logic), lambda _, *a: self.judged(*a)
        )
        super().__init__(other, path, audit)
        self.right = logic
        # It may look at more than what makes messages alike.
        self.is_by_header = False

    def limit_of(self, logic: RelayLogic) -> int:
        return logic.limit

    def verifies(self, logic: RelayLogic) -> bool:
        return logic.is_checksum_verified

    def judged(self, data: bytes, start: int, end: int) -> str:
        return forwards_own_domain(self.right, data, start, end)


class AtLeastDomain(_Judging):
    """Domains are compared with >=."""

    id, violates = "N01", ("RLY-DOMAIN", "RLY-FRAMING")

    def judged(self, data: bytes, start: int, end: int) -> str:
        return "" if data[start + 4] >= self.logic.domain else "domain"


class LowBits(_Judging):
    """Only the low three bits of the domain are compared."""

    id, violates = "N02", DOMAIN

    def judged(self, data: bytes, start: int, end: int) -> str:
        return "" if data[start + 4] & 7 == self.logic.domain else "domain"


class _ClosesForeign(Connection):
    def data_received(self, data: bytes) -> None:
        dropped = self.relay.dropped["domain"]
        super().data_received(data)
        if self.relay.dropped["domain"] > dropped:
            self.end()


class ClosesForeign(Faulty):
    """A message of another domain ends its connection."""

    id, violates = "N03", ("RLY-DOMAIN", "RLY-FRAMING")
    connection = _ClosesForeign


class ZeroDomain(_Judging):
    """Domain 0 passes as well."""

    id, violates = "N04", DOMAIN

    def judged(self, data: bytes, start: int, end: int) -> str:
        return "" if data[start + 4] in {0, self.logic.domain} else "domain"


class SystemDomain(_Judging):
    """Domain 4, System, passes as well."""

    id, violates = "N05", DOMAIN

    def judged(self, data: bytes, start: int, end: int) -> str:
        return "" if data[start + 4] in {4, self.logic.domain} else "domain"


class _OncePerConnection(Connection):
    is_known = False

    def data_received(self, data: bytes) -> None:
        if self.is_known:
            whole = self.rest + data
            ends = sizes(whole)
            end = ends[-1] if ends else 0
            self.relay.forward(self, whole, 0, end, [])
            self.rest = whole[end:]
            return
        super().data_received(data)
        self.is_known = self.relay.forwarded > 0 and not self.rest


class OncePerConnection(Faulty):
    """The domain is looked at in the first message of a connection alone."""

    id, violates = "N06", ("RLY-DOMAIN", "RLY-FRAMING")
    connection = _OncePerConnection


class LosesBehindForeign(Faulty):
    """Behind a message of another domain the rest of the read is lost."""

    id, violates = "N07", ("RLY-DOMAIN", "RLY-FRAMING")

    def frame(self, sender: Connection, data: bytes) -> int:
        start = 0
        for end in sizes(data):
            if data[start + 4] != self.logic.domain:
                super().frame(sender, data[:start])
                return len(data)
            start = end
        return super().frame(sender, data)


class LooksInside(Faulty):
    """Of a message of another domain only the header is skipped; what is within is read on."""

    id, violates = "N08", ("RLY-DOMAIN", "RLY-GARBAGE", "RLY-FRAMING")

    def frame(self, sender: Connection, data: bytes) -> int:
        parts, start = [], 0
        for end in sizes(data):
            is_own = data[start + 4] == self.logic.domain
            inner = data[start + HEADER_SIZE : end]
            if is_own:
                parts.append(data[start:end])
            elif inner[:4] == MAGIC:
                parts.append(inner)
            start = end
        whole = b"".join(parts)
        super().frame(sender, whole)
        return start


class SecondPasses(_Judging):
    """Of two messages of another domain in one read the second passes."""

    id, violates = "N09", ("RLY-DOMAIN", "RLY-FRAMING")
    dropped_end = -1

    def judged(self, data: bytes, start: int, end: int) -> str:
        reason = super().judged(data, start, end)
        passes = bool(reason) and start == self.dropped_end
        self.dropped_end = end if reason and not passes else -1
        return "" if passes else reason


class NoChecksum(_Judging):
    """Checksums are not verified."""

    id, violates, domain = "C01", ("RLY-CHECKSUM", "RLY-FRAMING"), 3

    def verifies(self, logic: RelayLogic) -> bool:
        return False

    def judged(self, data: bytes, start: int, end: int) -> str:
        return "" if data[start + 4] == self.logic.domain else "domain"


class Checking(_Judging):
    """Another comparison of checksums; the base of several."""

    domain = 2

    def is_right(self, message: bytes) -> bool:
        """Whether the checksum passes."""
        return checksum_of(message, 0, len(message)) == int.from_bytes(message[28:32], "little")

    def judged(self, data: bytes, start: int, end: int) -> str:
        if data[start + 4] != self.logic.domain:
            return "domain"
        return "" if self.is_right(data[start:end]) else "checksum"


class ZeroPasses(Checking):
    """A checksum of 0 means that there is none."""

    id, violates = "C02", CHECKSUM

    def is_right(self, message: bytes) -> bool:
        return message[28:32] == bytes(4) or super().is_right(message)


class ZeroIsWrong(Checking):
    """A checksum of 0 is always wrong."""

    id, violates = "C03", CHECKSUM

    def is_right(self, message: bytes) -> bool:
        return message[28:32] != bytes(4) and super().is_right(message)


class WholeBuffer(_Judging):
    """The checksum is taken over all that was read."""

    id, violates, domain = "C04", ("RLY-FRAMING", "RLY-CHECKSUM", "RLY-DELIVER"), 3

    def judged(self, data: bytes, start: int, end: int) -> str:
        return forwards_own_domain(self.right, data, start, len(data))


class ChecksMarketData(Checking):
    """MarketData verifies checksums."""

    id, violates, domain = "C05", ("RLY-CHECKSUM", "RLY-FRAMING"), 1


class _ClosesWrong(Connection):
    def data_received(self, data: bytes) -> None:
        dropped = self.relay.dropped["checksum"]
        super().data_received(data)
        if self.relay.dropped["checksum"] > dropped:
            self.end()


class ClosesWrong(Faulty):
    """A wrong checksum ends its connection."""

    id, violates, domain = "C06", ("RLY-CHECKSUM", "RLY-FRAMING"), 3
    connection = _ClosesWrong


class BareUnchecked(Checking):
    """A header alone is not verified."""

    id, violates = "C07", CHECKSUM

    def is_right(self, message: bytes) -> bool:
        return len(message) == HEADER_SIZE or super().is_right(message)


class LargeUnchecked(Checking):
    """Messages above 4,096 bytes are not verified."""

    id, violates = "C08", CHECKSUM

    def is_right(self, message: bytes) -> bool:
        return len(message) > 4096 or super().is_right(message)


class HalfCompared(Checking):
    """Only the low 16 bits of a checksum are compared."""

    id, violates = "C09", ("RLY-CHECKSUM", "RLY-FRAMING")

    def is_right(self, message: bytes) -> bool:
        crc = checksum_of(message, 0, len(message))
        return crc & 0xFFFF == int.from_bytes(message[28:30], "little")


class PayloadAlone(Checking):
    """The sum over the payload alone passes as well."""

    id, violates = "C10", CHECKSUM

    def is_right(self, message: bytes) -> bool:
        own = int.from_bytes(message[28:32], "little")
        return own == zlib.crc32(message[32:]) or super().is_right(message)


class HeaderUncovered(_Judging):
    """A change of the source is not seen."""

    id, violates, domain = "C11", CHECKSUM, 2

    def judged(self, data: bytes, start: int, end: int) -> str:
        if data[start + 4] != self.logic.domain:
            return "domain"
        message = data[start:end]
        own = int.from_bytes(message[28:32], "little")
        tried = (message[:6] + bytes([n]) + message[7:] for n in range(256))
        return "" if any(checksum_of(one, 0, len(one)) == own for one in tried) else "checksum"


class HeaderNotCounted(_Judging):
    """The header is not counted in the limit."""

    id, violates = "L01", LIMIT

    def limit_of(self, logic: RelayLogic) -> int:
        return logic.limit + HEADER_SIZE


class OneLess(_Judging):
    """A message of exactly the limit is refused."""

    id, violates = "L02", LIMIT

    def limit_of(self, logic: RelayLogic) -> int:
        return logic.limit - 1


class OneMore(_Judging):
    """A message of one byte more than the limit is taken."""

    id, violates = "L03", LIMIT

    def limit_of(self, logic: RelayLogic) -> int:
        return logic.limit + 1


class NoLimit(_Judging):
    """The limit is that of a message anywhere, 1 MiB."""

    id, violates = "L04", LIMIT

    def limit_of(self, logic: RelayLogic) -> int:
        return 1 << 20


class SameLimit(_Judging):
    """The limit of MarketData holds for Execution too."""

    id, violates, domain = "L05", LIMIT, 3

    def limit_of(self, logic: RelayLogic) -> int:
        return 65_536


class Wraps(Faulty):
    """The sum of header and payload wraps in 32 bits."""

    id, violates = "L06", LIMIT

    def frame(self, sender: Connection, data: bytes) -> int:
        if len(data) >= HEADER_SIZE and data[:4] == MAGIC:
            size = int.from_bytes(data[24:28], "little")
            if size + HEADER_SIZE >= 1 << 32:
                return HEADER_SIZE
        return super().frame(sender, data)


class Skips(Faulty):
    """A message over the limit is dropped, and its connection goes on."""

    id, violates = "L07", LIMIT

    def too_large(self, sender: Connection) -> None:
        """Go on."""


class ClosesLater(Faulty):
    """A connection that announces too much ends only when the payload comes."""

    id, violates = "L08", LIMIT

    def frame(self, sender: Connection, data: bytes) -> int:
        start = ([0, *sizes(data)])[-1]
        head = data[start : start + HEADER_SIZE]
        is_whole = len(head) == HEADER_SIZE and head[:4] == MAGIC
        size = int.from_bytes(head[24:28], "little") + HEADER_SIZE if is_whole else 0
        if size > self.logic.limit and len(data) - start <= HEADER_SIZE + 1000:
            return super().frame(sender, data[:start])
        return super().frame(sender, data)


class ForwardsGarbage(Faulty):
    """Bytes that begin no message are forwarded."""

    id, violates = "G01", GARBAGE

    def lost(self, sender: Connection, data: bytes, at: int) -> None:
        self.forward(sender, data, at, len(data), [])


class GarbageKills(Faulty):
    """Garbage ends the relay."""

    id, violates = "G02", GARBAGE

    def lost(self, sender: Connection, data: bytes, at: int) -> None:
        os._exit(3)


class _Deaf(Connection):
    is_deaf = False

    def data_received(self, data: bytes) -> None:
        if not self.is_deaf:
            super().data_received(data)


class GarbageDeafens(Faulty):
    """After garbage a connection stays open, and nothing more of it is read."""

    id, violates = "G03", GARBAGE
    connection = _Deaf

    def lost(self, sender: Connection, data: bytes, at: int) -> None:
        assert isinstance(sender, _Deaf)
        sender.is_deaf = True


class TwoBytesOfMagic(Faulty):
    """Only the first two bytes of the magic are compared."""

    id, violates = "G04", GARBAGE

    def frame(self, sender: Connection, data: bytes) -> int:
        if data[:2] == MAGIC[:2] and data[:4] != MAGIC and len(data) >= HEADER_SIZE:
            size = HEADER_SIZE + int.from_bytes(data[24:28], "little")
            if size <= len(data):
                self.forward(sender, data, 0, size, [])
                return size
        return super().frame(sender, data)


class GarbageClosesAll(Faulty):
    """Garbage closes every connection."""

    id, violates = "G05", GARBAGE

    def lost(self, sender: Connection, data: bytes, at: int) -> None:
        for client in [*self.clients]:
            client.end()


class LosesInFront(Faulty):
    """A message in front of garbage, in the same read, is lost with it."""

    id, violates = "G06", ("RLY-GARBAGE", "RLY-FRAMING")

    def frame(self, sender: Connection, data: bytes) -> int:
        ends = sizes(data)
        behind = data[ends[-1] :] if ends else b""
        if behind and behind[:4] != MAGIC[: len(behind)]:
            sender.end()
            return len(data)
        return super().frame(sender, data)


class FindsTooMuch(Faulty):
    """The next magic is found, and the garbage in front of it is forwarded as well."""

    id, violates = "G07", GARBAGE

    def lost(self, sender: Connection, data: bytes, at: int) -> None:
        following = data.find(MAGIC, at + 1)
        if following > 0:
            self.forward(sender, data, at, len(data), [])
        else:
            sender.end()


class NotTheFirstByte(Faulty):
    """The first byte of the magic is not compared."""

    id, violates = "G08", GARBAGE

    def frame(self, sender: Connection, data: bytes) -> int:
        if len(data) >= HEADER_SIZE and data[1:4] == MAGIC[1:] and data[0] != MAGIC[0]:
            size = HEADER_SIZE + int.from_bytes(data[24:28], "little")
            if size <= len(data):
                self.forward(sender, data, 0, size, [])
                return size
        return super().frame(sender, data)

"""What a right relay makes of the bytes of one client: a pure function of what was sent.

Contract: nothing here knows a socket, a time or an answer. What comes out is each message with its
fate, in order; where the page leaves two fates open, the message is not certain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from torq_conformance.relay.messages import MAGIC
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE
from torq_specs.relay_rules import RelayDomainRule
from torq_specs.wire import checksum

_DOMAIN = HEADER_LAYOUT.field("relay_domain").offset
_SIZE = HEADER_LAYOUT.field("payload_size")
_CHECKSUM = HEADER_LAYOUT.field("checksum")


class Fate(StrEnum):
    """What becomes of bytes that a client has sent."""

    OWN = "own"
    FOREIGN = "of another domain"
    CHECKSUM = "with a wrong checksum"
    TOO_LARGE = "over the limit"
    GARBAGE = "garbage"


RULES = {
    Fate.FOREIGN: "RLY-DOMAIN",
    Fate.CHECKSUM: "RLY-CHECKSUM",
    Fate.TOO_LARGE: "RLY-LIMIT",
    Fate.GARBAGE: "RLY-GARBAGE",
}
"""By which rule something is not forwarded."""

ENDING = frozenset({Fate.TOO_LARGE, Fate.GARBAGE})
"""What may end the connection."""

DROPPED = frozenset({Fate.FOREIGN, Fate.CHECKSUM})
"""What is dropped alone: the next message is delivered."""


@dataclass(frozen=True)
class Read:
    """A message, or garbage, and its fate; ``is_split``, ``is_joined``: how it was written."""

    fate: Fate
    data: bytes
    is_split: bool = False
    is_joined: bool = False
    before: Fate | None = None
    """The fate of what came before it on the same connection."""
    is_certain: bool = True
    """Whether nothing in front of it may have ended the connection."""
    after: Fate | None = None
    """The fate of what follows it in the same piece: what ends it all, or else the next one."""


@dataclass
class Sender:
    """The bytes of one client so far; ``rest`` begins no whole message yet."""

    rule: RelayDomainRule
    rest: bytes = b""
    is_lost: bool = False
    """After garbage: the relay may have closed the connection, or found the next magic."""
    must_end: bool = False
    """A header announced more than the limit."""
    may_end: bool = False
    may_skip: bool = False
    """A header of another domain announced more than the limit: so much may be dropped."""
    _before: Fate | None = field(default=None, repr=False)

    def feed(self, piece: bytes, *, end: Fate | None = None) -> list[Read]:
        """The messages that end within one more piece.

        ``end``: what ends the connection in the pieces that are written at once with this one.
        """
        found = self._reads(piece)
        fates = [read.fate for read in found]
        place = next((at for at, fate in enumerate(fates) if fate in ENDING), len(found))
        last = fates[place] if place < len(found) else end
        following = [*fates[1:], None]
        return [
            replace(read, after=last if last and at < place else following[at])
            for at, read in enumerate(found)
        ]

    def end_of(self, pieces: Iterable[bytes]) -> Fate | None:
        """What ends the connection in pieces that are to be written at once."""
        reads = replace(self)._reads(b"".join(pieces))
        return next((read.fate for read in reads if read.fate in ENDING), None)

    def _reads(self, piece: bytes) -> list[Read]:
        if self.must_end:
            return []
        had, data = len(self.rest), self.rest + piece
        at, found = 0, list[Read]()
        while len(data) - at >= 1:
            start, is_certain = at, not self.is_lost
            fate, at = self._next(data, at)
            if fate is None:
                break
            is_split = had > start
            is_joined = start > 0 or at < len(data)
            read = Read(fate, data[start:at], is_split, is_joined, self._before, is_certain)
            found.append(read)
            self._before = fate
            if fate is Fate.TOO_LARGE:
                # What follows it is nobody's.
                self.rest = b""
                return found
        self.rest = data[at:]
        return found

    def _next(self, data: bytes, at: int) -> tuple[Fate | None, int]:
        """The fate of what begins at an offset and where it ends; None: it is not whole."""
        head = data[at : at + 4]
        if head != MAGIC[: len(head)]:
            self.is_lost = self.may_end = True
            following = data.find(MAGIC, at + 1)
            if following < 0:
                # The end may be the beginning of a magic.
                keep = next((n for n in (3, 2, 1) if data.endswith(MAGIC[:n])), 0)
                following = max(at + 1, len(data) - keep)
            return Fate.GARBAGE, following
        if len(data) - at < HEADER_SIZE:
            return None, at
        size = int.from_bytes(data[at + _SIZE.offset : at + _SIZE.end], "little")
        end = at + HEADER_SIZE + size
        is_own = data[at + _DOMAIN] == self.rule.domain
        if end - at > self.rule.size_max:
            self.must_end = is_own and not self.is_lost
            self.may_skip = self.may_skip or not is_own
            self.may_end = True
            self.is_lost = True
            return Fate.TOO_LARGE, len(data)
        if end > len(data):
            return None, at
        if not is_own:
            return Fate.FOREIGN, end
        message = data[at:end]
        given = int.from_bytes(message[_CHECKSUM.offset : _CHECKSUM.end], "little")
        if self.rule.is_checksum_verified and given != checksum(message):
            return Fate.CHECKSUM, end
        return Fate.OWN, end

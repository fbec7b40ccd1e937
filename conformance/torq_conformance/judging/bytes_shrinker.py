"""Makes any bytes that an implementation gets wrong as plain as they can be and still be wrong.

Works on bytes, because a corrupted message has no fields to work on: fewer faults first, then fewer
bytes, then plainer ones. Every step is tried with size and checksum made good and without.
"""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.judging.message_shrinker import (
    CALLS_MAX,
    PLAIN_HEADER,
    Predicate,
    Spent,
    halves,
)
from torq_conformance.model import derived_codec
from torq_specs.enums import Magic, RelayDomain
from torq_specs.faults import HEADER_LAYOUT, diagnose, frames
from torq_specs.header import HEADER_SIZE
from torq_specs.registry import REGISTRY, Registry
from torq_specs.wire import checksum

PLAIN = {
    **PLAIN_HEADER,
    "magic": int(Magic.TORQ),
    "relay_domain": int(min(RelayDomain)),
}
"""Header fields that are plain when they are something else than 0."""

Measure = tuple[int, int, tuple[int, ...], bytes]


def reduce(data: bytes, is_wrong: Predicate, registry: Registry = REGISTRY) -> bytes:
    """The plainest bytes found of which ``is_wrong`` holds, as it does of ``data``."""
    reducer = _Reducer(data, is_wrong, registry)
    reducer.run()
    return reducer.best


class _Reducer:
    """Holds the best bytes so far, and replaces them by what measures less and is wrong."""

    def __init__(self, data: bytes, is_wrong: Predicate, registry: Registry) -> None:
        self.best = data
        self._is_wrong = is_wrong
        self._registry = registry
        self._least = measure(data, registry)
        self._known = {data}

    def run(self) -> None:
        """Reduce until a whole round changes nothing, or until no more may be asked."""
        try:
            before = None
            while before != self.best:
                before = self.best
                for step in (self._tlvs, self._values, self._runs, self._header, self._numbers):
                    step()
        except Spent:
            pass

    def _try(self, candidate: bytes) -> bool:
        """Take the candidate, or one of its repaired forms, if it is plainer and still wrong."""
        moved = len(candidate) - len(self.best)
        for repaired in _repaired(candidate, moved):
            if repaired in self._known:
                continue
            self._known.add(repaired)
            least = measure(repaired, self._registry)
            if least >= self._least:
                continue
            if len(self._known) > CALLS_MAX:
                raise Spent
            if self._is_wrong(repaired):
                self.best, self._least = repaired, least
                return True
        return False

    def _tlvs(self) -> None:
        """Drop whole TLVs, the last ones first."""
        for frame in reversed([*frames(self.best[HEADER_SIZE:])]):
            start, end = HEADER_SIZE + frame.offset, HEADER_SIZE + frame.end
            self._try(self.best[:start] + self.best[end:])

    def _values(self) -> None:
        """Shorten the values of TLVs, lengths included; in the shortest framing."""
        for at, frame in reversed([*enumerate(frames(self.best[HEADER_SIZE:]))]):
            if frame.number is None or not frame.size:
                continue
            wrong, right = frame.size, 0
            if self._try(self._with_size(at, 0)):
                continue
            self._try(self._with_size(at, wrong))
            while wrong - right > 1:
                middle = (wrong + right) // 2
                if self._try(self._with_size(at, middle)):
                    wrong = middle
                else:
                    right = middle

    def _with_size(self, at: int, size: int) -> bytes:
        frame = [*frames(self.best[HEADER_SIZE:])][at]
        start = HEADER_SIZE + frame.value_offset
        value = self.best[start : start + size]
        assert frame.number is not None
        framed = derived_codec.frame(frame.number, value)
        rest = self.best[HEADER_SIZE + frame.end :]
        return self.best[: HEADER_SIZE + frame.offset] + framed + rest

    def _runs(self) -> None:
        """Drop runs of bytes, the last ones first, then make runs of bytes zero."""
        for size in halves(len(self.best)):
            end = len(self.best)
            while end > 0:
                start = max(0, end - size)
                self._try(self.best[:start] + self.best[end:])
                end = start
        for size in halves(max(0, len(self.best) - HEADER_SIZE)):
            for start in range(HEADER_SIZE, len(self.best), size):
                end = min(start + size, len(self.best))
                self._try(self.best[:start] + bytes(end - start) + self.best[end:])

    def _header(self) -> None:
        for field in HEADER_LAYOUT.fields:
            if field.end <= len(self.best):
                plain = PLAIN.get(field.name, 0).to_bytes(field.size, "little")
                self._try(self.best[: field.offset] + plain + self.best[field.end :])

    def _numbers(self) -> None:
        """Make single bytes smaller: all smaller ones of a few, then by bisection and by bits."""
        for at in range(len(self.best)):
            if at < len(self.best) and self.best[at]:
                self._byte(at)

    def _byte(self, at: int) -> None:
        number = self.best[at]
        for smaller in (0, 1, 2):
            if smaller >= number or self._put(at, smaller):
                return
        right, wrong = 0, number
        while wrong - right > 1:
            middle = (right + wrong) // 2
            if self._put(at, middle):
                wrong = middle
            else:
                right = middle
        for bit in range(7, -1, -1):
            if at < len(self.best) and self.best[at] >> bit & 1:
                self._put(at, self.best[at] ^ 1 << bit)

    def _put(self, at: int, number: int) -> bool:
        return self._try(self.best[:at] + bytes((number,)) + self.best[at + 1 :])


def measure(data: bytes, registry: Registry = REGISTRY) -> Measure:
    """How far from plain bytes are: their faults, their number, the header, the payload."""
    payload = data[HEADER_SIZE:]
    return len(diagnose(data, registry)), len(data), tuple(_header_distances(data)), payload


def _header_distances(data: bytes) -> Iterator[int]:
    """For each field 0 if it is plain, or right where it follows from others."""
    derived = {"payload_size": len(data) - HEADER_SIZE}
    if len(data) >= HEADER_SIZE:
        derived["checksum"] = checksum(data[: _end(data)])
    for field in HEADER_LAYOUT.fields:
        number = int.from_bytes(data[field.offset : field.end], "little")
        if number == derived.get(field.name, PLAIN.get(field.name, 0)):
            yield 0
        else:
            # Of wrong ones, too, 0 is the plainest.
            yield 1 + number


def _repaired(message: bytes, moved: int) -> Iterator[bytes]:
    """The message with its payload size made good, moved along and as it is; sealed and not."""
    size = _payload_size(message)
    for size_now in dict.fromkeys((max(0, len(message) - HEADER_SIZE), size + moved, size)):
        sized = _with(message, "payload_size", size_now)
        yield _with(sized, "checksum", checksum(sized[: _end(sized)]))
        yield sized


def _payload_size(message: bytes) -> int:
    field = HEADER_LAYOUT.field("payload_size")
    return int.from_bytes(message[field.offset : field.end], "little")


def _end(message: bytes) -> int:
    """Where the message ends by its own account."""
    return HEADER_SIZE + _payload_size(message)


def _with(message: bytes, name: str, number: int) -> bytes:
    """The message with another number in a header field, where there is one that holds it."""
    field = HEADER_LAYOUT.field(name)
    if len(message) < HEADER_SIZE or not 0 <= number < 1 << 8 * field.size:
        return message
    return message[: field.offset] + number.to_bytes(field.size, "little") + message[field.end :]

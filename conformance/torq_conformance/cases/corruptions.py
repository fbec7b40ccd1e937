"""Makes valid messages wrong: a short drawn list of named edits, mostly sealed again.

Three times in four the payload size and the checksum are made good after the edits; otherwise every
corrupted message would be a ChecksumMismatch and nothing behind the checksum would be judged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from torq_conformance.cases import strategies
from torq_conformance.cases.case import Case, decode
from torq_conformance.model import derived_codec
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE
from torq_specs.registry import Registry

EDITS_MAX = 3


@dataclass(frozen=True)
class Edit:
    """One change: ``position`` is an offset, counted on from the start behind the end.

    So it stays where it is while the rest of the message is shrunk.
    """

    name: str
    position: int
    data: bytes

    def apply(self, message: bytes) -> bytes:
        """The changed message."""
        at = self.position % len(message)
        return EDITS[self.name](message, at, self.data)


def _put(message: bytes, at: int, data: bytes) -> bytes:
    return message[:at] + data[: len(message) - at] + message[at + len(data) :]


def _insert(message: bytes, at: int, data: bytes) -> bytes:
    return message[:at] + data + message[at:]


def _remove(message: bytes, at: int, data: bytes) -> bytes:
    return message[:at] + message[at + len(data) :]


def _cut(message: bytes, at: int, data: bytes) -> bytes:
    return message[:at]


def _append(message: bytes, at: int, data: bytes) -> bytes:
    return message + data


def _flip(message: bytes, at: int, data: bytes) -> bytes:
    return message[:at] + bytes([message[at] ^ (data[0] or 1)]) + message[at + 1 :]


EDITS: dict[str, Callable[[bytes, int, bytes], bytes]] = {
    "cut": _cut,
    "append": _append,
    "flip": _flip,
    "put": _put,
    "insert": _insert,
    "remove": _remove,
}
"""Every edit by its name: (message, offset, drawn bytes) -> message; first what leaves least."""


def edits() -> st.SearchStrategy[Edit]:
    """Single edits; fields of the header and the structural bytes 0, 1 and 255 come up often."""
    fields = st.sampled_from([field.offset for field in HEADER_LAYOUT.fields])
    positions = st.one_of(fields, st.integers(0, 600), st.integers(0, 65_535))
    structural = st.sampled_from([b"\0", b"\x01", b"\xff", b"\xff\0", b"\x80", b"\0\0"])
    data = st.one_of(structural, st.binary(min_size=1, max_size=4))
    return st.builds(Edit, st.sampled_from(list(EDITS)), positions, data)


def resized(message: bytes) -> bytes:
    """The message with payload_size and checksum made good for its bytes."""
    if len(message) < HEADER_SIZE:
        return message
    size = (len(message) - HEADER_SIZE).to_bytes(4, "little")
    return derived_codec.seal(message[:24] + size + message[28:])


def resealed(message: bytes) -> bytes:
    """The message with only the checksum made good, of what is the message by its own account."""
    if len(message) < HEADER_SIZE:
        return message
    end = HEADER_SIZE + int.from_bytes(message[24:28], "little")
    return derived_codec.seal(message[:end]) + message[end:]


REPAIRS = (resized, resized, resealed, lambda message: message)
"""What is done after the edits; one in four leaves the message broken as it is."""


def corrupted(registry: Registry) -> st.SearchStrategy[bytes]:
    """Valid messages, changed."""

    def change(message: bytes, changes: list[Edit], repair: int) -> bytes:
        for edit in changes:
            if message:
                message = edit.apply(message)
        return REPAIRS[repair](message)

    return st.builds(
        change,
        strategies.wires(registry),
        st.lists(edits(), min_size=1, max_size=EDITS_MAX),
        st.integers(0, len(REPAIRS) - 1),
    )


def cases(requirement: str, registry: Registry) -> st.SearchStrategy[Case]:
    """Changed messages to decode; some remain valid, and then must be accepted."""
    return st.builds(
        lambda data: decode(requirement, "decode a corrupted message", data), corrupted(registry)
    )

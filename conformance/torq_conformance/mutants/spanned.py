"""Mutants made by rule: every fault of a list, showing only where, when, or after what a list says.

They prove that the drawn stream spans the space: nobody wrote a case for any of them. Each is the
reference with one fault that shows under one condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torq_conformance.mutants import edits
from torq_conformance.mutants.seeding import Mutant
from torq_conformance.rejection import Rejected

Message = dict[str, Any]


@dataclass
class Past:
    """What a mutant remembers of the calls before."""

    calls: int = 0
    sequence: bytes = b""
    size: int = 0
    was_refused: bool = False


Holds = Callable[[bytes, Past], bool]

CONDITIONS: Mapping[str, Holds] = {
    "of more than 1 KiB": lambda data, past: len(data) > 1 << 10,
    "of more than 16 KiB": lambda data, past: len(data) > 1 << 14,
    "of more than 64 KiB": lambda data, past: len(data) > 1 << 16,
    "of more than 140,000 bytes": lambda data, past: len(data) > 140_000,
    "of a multiple of 64 bytes": lambda data, past: not len(data) % 64,
    "of more than 24 TLVs": lambda data, past: _count(data) > 24,
    "of more than 256 TLVs": lambda data, past: _count(data) > 256,
    "with the highest flag": lambda data, past: bool(data[7] & 0x80),
    "with a sequence beyond 2^53": lambda data, past: _sequence(data) > 1 << 53,
    "whose sequence is its timestamp": lambda data, past: data[8:16] == data[16:24],
    "with a timestamp of 0": lambda data, past: not any(data[16:24]),
    "from a source above 60 in the second domain": lambda data, past: data[4] == 2 and data[6] > 60,
    "whose last byte is 0": lambda data, past: not data[-1],
    "behind a refusal": lambda data, past: past.was_refused,
    "behind one of more than 4 KiB": lambda data, past: past.size > 1 << 12,
    "with the sequence of the one before": lambda data, past: data[8:16] == past.sequence,
    "asked as every hundredth": lambda data, past: not past.calls % 100,
    "asked after five hundred others": lambda data, past: past.calls > 500,
}
"""Under which condition on a whole message, or on what came before, a fault shows."""


def _count(data: bytes) -> int:
    return len(edits.tlvs_of(data)[0])


def _sequence(data: bytes) -> int:
    return int.from_bytes(data[8:16], "little")


def _flags_lost(message: Message) -> None:
    message["header"]["flags"] = 0


def _last_dropped(message: Message) -> None:
    del message["tlvs"][-1:]


def _turned(message: Message) -> None:
    message["tlvs"][:2] = message["tlvs"][:2][::-1]


def _timestamp_in_microseconds(message: Message) -> None:
    message["header"]["timestamp"] //= 1000


def _refused(message: Message) -> None:
    raise Rejected("ParseError", offset=0)


FAULTS: Mapping[str, Callable[[Message], None]] = {
    "the flags are lost": _flags_lost,
    "the last TLV is dropped": _last_dropped,
    "the first two TLVs are turned": _turned,
    "the timestamp is read in microseconds": _timestamp_in_microseconds,
    "the message is refused": _refused,
}
"""What is wrong with a decoded message."""

UNCHECKED, MISNAMED = "the checksum is not looked at", "a refusal has a wrong name"


class Conditional(Mutant):
    """Decodes a message wrong under one condition."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__()
        self.what, self.where = what, where
        self.id = f"{what}, {where}"
        self.fault = f"Of a message {where} {what}"
        self._past = Past()

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.what, self.where)

    def decode(self, data: bytes) -> Any:
        data, past = bytes(data), self._past
        past.calls += 1
        holds = len(data) >= edits.HEADER_SIZE and CONDITIONS[self.where](data, past)
        past.sequence, past.size, past.was_refused = data[8:16], len(data), False
        if holds and self.what == UNCHECKED:
            data = edits.seal(data)
        try:
            message = super().decode(data)
        except Rejected:
            past.was_refused = True
            if holds and self.what == MISNAMED:
                raise Rejected("ValidationFailed", field="") from None
            raise
        if holds and self.what in FAULTS:
            FAULTS[self.what](message)
        return message


PLACES: Mapping[str, Callable[[int, int], bool]] = {
    "second": lambda index, count: index == 1,
    "third": lambda index, count: index == 2,
    "fifth": lambda index, count: index == 4,
    "seventeenth": lambda index, count: index == 16,
    "sixty-fifth": lambda index, count: index == 64,
    "last of several": lambda index, count: count > 1 and index == count - 1,
}
"""In which TLV a fault shows, by its index and the number of TLVs."""


def _number_off(tlv: Message) -> bool:
    if isinstance(tlv["value"], dict):
        name = next(name for name, part in tlv["value"].items() if isinstance(part, int))
        tlv["value"][name] ^= 1
    return isinstance(tlv["value"], dict)


def _last_byte_lost(tlv: Message) -> bool:
    value = tlv["value"]
    if isinstance(value, bytes) and value[-1:] not in {b"", b"\0"}:
        tlv["value"] = value[:-1] + b"\0"
        return True
    return False


def _element_lost(tlv: Message) -> bool:
    for part in tlv["value"].values() if isinstance(tlv["value"], dict) else ():
        if isinstance(part, list) and len(part) > 1:
            part.pop()
            return True
    return False


def _vendor_number_lost(tlv: Message) -> bool:
    if tlv["type"] > 200:
        tlv["type"] = 200
        return True
    return False


AT_A_PLACE: Mapping[str, Callable[[Message], bool]] = {
    "the first number is off by a bit": _number_off,
    "the last byte is lost": _last_byte_lost,
    "the last element of a vector is lost": _element_lost,
    "the number of a vendor is lost": _vendor_number_lost,
}
"""What is wrong with one TLV; each gives whether it could be."""


class Placed(Mutant):
    """Decodes, or encodes, one TLV wrong, by its place."""

    def __init__(self, what: str, where: str, operation: str) -> None:
        super().__init__()
        self.what, self.where, self.operation = what, where, operation
        self.id = f"{operation}: {what}, {where}"
        self.fault = f"Of the {where} TLV {what} when it is {operation}d"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.what, self.where, self.operation)

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        if self.operation == "decode":
            self._spoil(message)
        return message

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        if self.operation == "decode":
            return data
        changed = Mutant.decode(self, data)
        self._spoil(changed)
        return super().encode(changed)

    def _spoil(self, message: Message) -> None:
        tlvs = message["tlvs"]
        for index, tlv in enumerate(tlvs):
            if PLACES[self.where](index, len(tlvs)):
                AT_A_PLACE[self.what](tlv)


def all_spanned() -> Iterator[Mutant]:
    """Every fault under every condition, and at every place."""
    for what in (*FAULTS, UNCHECKED, MISNAMED):
        for where in CONDITIONS:
            yield Conditional(what, where)
    for operation in ("decode", "encode"):
        for what in AT_A_PLACE:
            for where in PLACES:
                yield Placed(what, where, operation)

"""Right implementations, each of which reads one thing otherwise that the protocol leaves open."""

from __future__ import annotations

import collections
import copy
import functools
import os
import sys
import threading
import zlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from torq_conformance import Rejected
from torq_conformance.reference import Reference
from torq_conformance.reference.faults import decode_faults, encode_faults
from torq_conformance.reference.framing import count_complete_frames, walk_frames
from torq_specs.enums import RelayDomain, Venue
from torq_specs.faults import diagnose
from torq_specs.validation import may_name, violations

HEADER_KINDS = ("InvalidMagic", "InvalidRelayDomain", "UnsupportedVersion", "UnknownSource")
SIZE_KINDS = ("MessageTooSmall", "MessageTooLarge")


class Latitude(Reference):
    """The reference; of the faults that it finds a subclass names another one, or otherwise."""

    def decode(self, data: bytes) -> dict[str, Any]:
        faults = decode_faults(data)
        if not faults:
            return super().decode(data)
        raise self.chosen(faults, bytes(data))

    def encode(self, message: Mapping[str, Any]) -> bytes:
        faults = encode_faults(message)
        if not faults:
            return super().encode(message)
        raise self.chosen(faults, b"")

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        """The fault that is named; the first unless a subclass knows better."""
        return faults[0]


def first(faults: Iterable[Rejected], *kinds: str) -> Rejected:
    """The first fault of the first kind of which there is any, else the first of all."""
    found = list(faults)
    ranked = sorted(found, key=lambda f: kinds.index(f.kind) if f.kind in kinds else len(kinds))
    return ranked[0]


# Which of several faults.


class ChecksumFirst(Latitude):
    """Looks at the checksum before anything else; of short and long buffers too."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return first(faults, "ChecksumMismatch")


class ChecksumLast(Latitude):
    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        others = [one for one in faults if one.kind != "ChecksumMismatch"]
        return (others or faults)[0]


class LengthFirst(Latitude):
    """Whether all is there comes before what is there."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return first(faults, *SIZE_KINDS)


class LengthLast(Latitude):
    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        others = [one for one in faults if one.kind not in SIZE_KINDS]
        return (others or faults)[0]


class HeaderBackwards(Latitude):
    """Looks at the source first and at the magic last."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return first(faults, *reversed(HEADER_KINDS))


class HeaderLast(Latitude):
    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        others = [one for one in faults if one.kind not in HEADER_KINDS]
        return (others or faults)[-1]


class DomainBeforeType(Latitude):
    """Judges a number that nobody was given by the domain of its range (section 4)."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return first(faults, "RelayDomainMismatch")


class SizeBeforeDomain(Latitude):
    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return first(faults, "PayloadSizeMismatch")


class CutBeforeAll(Latitude):
    """Frames the whole payload before it looks at any type."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return first(faults, "TruncatedTLV", "InvalidExtendedTLV")


class RangeFirst(Latitude):
    """Converts integers before it asks what they mean."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return first(faults, "ValueOutOfRange", "CapacityExceeded")


class AnyOfThem(Latitude):
    """Which of several faults is named depends on the message."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return faults[zlib.crc32(data) % len(faults)]


class PaddingFirst(Latitude):
    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return first(faults, "ParseError")


# Their context.


class LoneByteNeedsTwo(Latitude):
    """Of a lone 255 it misses the second byte, not all five of an extended header."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        one = first(faults, "TruncatedTLV")
        offset, size = one.context.get("offset"), one.context.get("buffer_size")
        if one.kind == "TruncatedTLV" and isinstance(offset, int) and size == offset + 1:
            return Rejected(one.kind, **{**one.context, "required_bytes": offset + 2})
        return one


class InnerTypeAtItsByte(Latitude):
    """The offset of a bad type in extended framing is that of the type's own byte."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        one = faults[0]
        offset = one.context.get("offset")
        if one.kind == "InvalidTLVType" and data and isinstance(offset, int):
            is_extended = data[32 + offset] == 255
            return Rejected(one.kind, **{**one.context, "offset": offset + 2 * is_extended})
        return one


class ChecksumOfTheMessage(Latitude):
    """Of a buffer that is too long it sums up the message alone, where that is wrong as well."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        one = first(faults, "ChecksumMismatch")
        end = 32 + int.from_bytes(data[24:28], "little")
        if one.kind != "ChecksumMismatch" or len(data) <= end:
            return one
        sum_ = zlib.crc32(data[32:end], zlib.crc32(data[:28]))
        if sum_ == one.context["actual"]:
            return one
        return Rejected(one.kind, **{**one.context, "expected": sum_})


class CountsToTheEnd(Latitude):
    """Of a buffer that is too long it counts the TLVs that follow the message as well."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        one = first(faults, "ChecksumMismatch")
        if one.kind != "ChecksumMismatch":
            return one
        return Rejected(one.kind, **{**one.context, "tlv_count": count_complete_frames(data[32:])})


class Padding(Latitude):
    """Names another byte of padding that is not zero."""

    def pick(self, offsets: set[Any]) -> Any:
        """One of the offsets that are right."""
        return max(offsets)

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        one = faults[0]
        for fault in diagnose(data) if data else ():
            if fault.is_padding and fault.context["offset"] == one.context.get("offset"):
                offsets = {fault.context["offset"], *fault.latitudes["offset"]}
                return Rejected(one.kind, **{**one.context, "offset": self.pick(offsets)})
        return one


class PaddingAtTheEnd(Padding):
    """The last wrong byte of a run, or the last slot that is not zero."""


class PaddingAtTheStart(Padding):
    """Where the run begins, though its first byte be zero."""

    def pick(self, offsets: set[Any]) -> Any:
        return min(offsets)


class NamesAsOffsets(Latitude):
    """On encode there are no bytes, so its offsets count TLVs."""

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        one = faults[0]
        if data or "offset" not in one.context:
            return one
        return Rejected(one.kind, **{**one.context, "offset": 0})


class Wordless:
    """Has no text."""

    def __repr__(self) -> str:
        raise LookupError


class SaysMuch(Latitude):
    """Adds what it knows to every refusal, of any kind and under any name."""

    capabilities = Reference.capabilities - {"error_text"}

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        one = faults[0]
        more = {"file": __file__, "line": 7, "seen": len(faults), "help": "https://example.org"}
        more |= {"kind": 9, "self": Wordless(), "count": 10**5000, "lock": threading.Lock()}
        more |= {"nan": float("nan"), "raw": b"\xff", "half": "\udcff", "long": "x" * 100_000}
        if one.kind in {"ParseError", "InvalidInstrument"}:
            more["context"] = "something in my own words \N{SNOWMAN}"
        return Rejected(one.kind, **{**one.context, **more})


class SaysNothing(Latitude):
    """Claims no context, and what it gives is of no use."""

    capabilities = Reference.capabilities - {"error_context", "error_text"}

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return Rejected(faults[0].kind, offset="somewhere", expected=None, field=[1, 2])


# Padding.


class LenientToPadding(Reference):
    """Does not look at padding, but at the slots behind a vector's count."""

    capabilities = Reference.capabilities - {"strict_padding"}

    def decode(self, data: bytes) -> dict[str, Any]:
        try:
            return super().decode(data)
        except Rejected as refusal:
            if refusal.kind != "ParseError" or "elements" in str(refusal.context.get("context")):
                raise
            faults = diagnose(bytes(data))
            if not all(one.is_padding for one in faults):
                raise
            return super().decode(cleared(bytes(data)))


def cleared(data: bytes) -> bytes:
    """The message with its padding zeroed, and a checksum that fits."""
    cleared_ = bytearray(data)
    while faults := diagnose(bytes(cleared_)):
        for fault in faults:
            if fault.is_padding:
                cleared_[int(fault.context["offset"])] = 0
        sum_ = zlib.crc32(cleared_[32:], zlib.crc32(cleared_[:28]))
        cleared_[28:32] = sum_.to_bytes(4, "little")
    return bytes(cleared_)


# Kinds of answers.


class OwnBytes(bytes):
    """Bytes that know where they came from."""


class OwnList(list[Any]):
    """A list that knows what it is of."""


class OwnStr(str):
    """A string of an enumeration of one's own."""

    __slots__ = ()


class OwnTypes(Latitude):
    """Answers in subclasses of the plain types."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        domain = RelayDomain(message["header"]["relay_domain"])
        header = collections.OrderedDict({**message["header"], "relay_domain": domain})
        return collections.ChainMap(
            {"header": header, "tlvs": OwnList(map(self.own, message["tlvs"]))}
        )

    def own(self, tlv: dict[str, Any]) -> dict[str, Any]:
        value = tlv["value"]
        return {**tlv, "value": OwnBytes(value) if isinstance(value, bytes) else value}

    def encode(self, message: Mapping[str, Any]) -> bytes:
        return OwnBytes(super().encode(message))

    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return Rejected(OwnStr(faults[0].kind), **faults[0].context)


class OwnRefusal(Rejected):
    """A refusal of one's own family."""


class OwnRefusals(Latitude):
    def chosen(self, faults: list[Rejected], data: bytes) -> Rejected:
        return OwnRefusal(faults[0].kind, **faults[0].context)


# Memory, threads, the process.


class Remembers(Reference):
    """Keeps every answer, and gives copies of what it has given before."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[bytes, dict[str, Any]] = {}

    def decode(self, data: bytes) -> dict[str, Any]:
        key = bytes(data)
        if key not in self.kept:
            self.kept[key] = super().decode(data)
        return copy.deepcopy(self.kept[key])


class OneBuffer(Reference):
    """Encodes into a buffer of its own, which grows and is never cleared; for one thread."""

    capabilities = Reference.capabilities - {"threads"}

    def __init__(self) -> None:
        super().__init__()
        self.buffer = bytearray(16)

    def encode(self, message: Mapping[str, Any]) -> bytes:
        data = super().encode(message)
        if len(data) > len(self.buffer):
            self.buffer.extend(bytes(len(data)))
        self.buffer[: len(data)] = data
        return bytes(self.buffer[: len(data)])


class OtherThreads(Reference):
    """Does its work in threads of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = ThreadPoolExecutor(2)

    def decode(self, data: bytes) -> dict[str, Any]:
        return self.pool.submit(super().decode, data).result()

    def encode(self, message: Mapping[str, Any]) -> bytes:
        return self.pool.submit(super().encode, message).result()


class SlowAtFirst(Reference):
    """Makes its tables when it is first asked, behind a lock."""

    lock = threading.Lock()

    @functools.cached_property
    def tables(self) -> list[int]:
        with self.lock:
            return [zlib.crc32(bytes([n])) for n in range(256)]

    def decode(self, data: bytes) -> dict[str, Any]:
        assert self.tables
        return super().decode(data)


class Chatty(Reference):
    """Says on stderr what it does, and changes what belongs to the process."""

    def decode(self, data: bytes) -> dict[str, Any]:
        sys.stderr.write(f"decoding {len(data)} bytes \ud800\n".encode("utf-8", "replace").decode())
        os.environ["TORQ"] = "1"
        sys.setswitchinterval(sys.getswitchinterval())
        return super().decode(data)


# Operations on ids.


class ListedVenuesOnly(Reference):
    """Refuses a venue that is not listed; a subclass says so of another argument."""

    argument = "venue"

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        for name, value in arguments.items():
            venue = self.venue_in(name, value)
            if venue is not None and venue not in {*Venue}:
                raise Rejected(
                    "InvalidInstrument", argument=self.argument, context=f"venue {venue}"
                )
        return super().instrument_id(operation, **arguments)

    def venue_in(self, name: str, value: Any) -> int | None:
        if isinstance(value, Mapping):
            return int(value["venue"])
        shifts = {"venue": 0, "key": 80, "value": 48}
        return value >> shifts[name] if name in shifts else None


class ListedVenuesOfIds(ListedVenuesOnly):
    argument = "id"


class ExpiriesOf32Bits(Reference):
    def instrument_id(self, operation: str, **arguments: Any) -> object:
        if arguments.get("expiry", 0) >> 32:
            raise Rejected("InvalidInstrument", argument="expiry", context="too late")
        return super().instrument_id(operation, **arguments)


class AddressesBehind0x(Reference):
    def instrument_id(self, operation: str, **arguments: Any) -> object:
        if operation == "evm_token" and not arguments["address"].startswith("0x"):
            raise Rejected("InvalidInstrument", argument="address", context="0x is missing")
        return super().instrument_id(operation, **arguments)


# Meaning.


class NamesTheOther(Reference):
    """Of two fields that do not go together it names the other one, of an element the vector."""

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        return list(dict.fromkeys(max(one.names, key=len) for one in violations(message)))


class NamesTheShort(Reference):
    def validate(self, message: Mapping[str, Any]) -> list[str]:
        return list(
            dict.fromkeys(min(one.names, key=lambda n: (len(n), n)) for one in violations(message))
        )


class NamesAll(Reference):
    """Names every field that a broken rule is about, in an order of its own."""

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        names = frozenset[str]().union(*(one.names for one in violations(message)))
        return sorted(names | may_name(message), reverse=True)


class ValidatesTheLast(Reference):
    """decode_validated names the last field that is wrong."""

    def decode_validated(self, data: bytes) -> dict[str, Any]:
        message = self.decode(data)
        for field in self.validate(message)[::-1]:
            raise Rejected("ValidationFailed", field=field)
        return message


class CountsFramesTwice(Latitude):
    """Walks the payload once to frame it and once to read it."""

    def decode(self, data: bytes) -> dict[str, Any]:
        frames = [*walk_frames(bytes(data)[32:])] if len(data) >= 32 else []
        message = super().decode(data)
        assert len(frames) == len(message["tlvs"])
        return message


# What is claimed.


class Decodes(Reference):
    capabilities = frozenset({"decode", "error_context", "strict_padding"})


class Encodes(Reference):
    capabilities = frozenset({"encode"})


class Plain(Reference):
    """Claims nothing but the two."""

    capabilities = frozenset({"decode", "encode"})

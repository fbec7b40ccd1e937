"""Mutants with a fault at a spot alone: so far into a message, or behind such a neighbour.

Made by rule: each kind of refusal, and each way to lose a value, at each spot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from torq_conformance.mutants import edits
from torq_conformance.mutants.edits import Tlv
from torq_conformance.mutants.seeding import Mutant
from torq_conformance.reference.framing import measure_frame
from torq_conformance.rejection import Rejected


@dataclass(frozen=True)
class Spot:
    """Where a TLV stands: its index, its offset in the payload, and what is in front of it."""

    index: int
    offset: int
    size_before: int | None = None
    """Bytes of the value in front; None where nothing is in front."""
    is_extended_before: bool = False


Where = Callable[[Spot], bool]

SPOTS: Mapping[str, Where] = {
    "at the second TLV alone": lambda spot: spot.index == 1,
    "from the third TLV on": lambda spot: spot.index >= 2,
    "from the fourth TLV on": lambda spot: spot.index >= 3,
    "from the 17th TLV on": lambda spot: spot.index >= 16,
    "at the 256th TLV alone": lambda spot: spot.index == 255,
    "from the 257th TLV on": lambda spot: spot.index >= 256,
    "behind 4 KiB": lambda spot: spot.offset >= 4 << 10,
    "behind 64 KiB": lambda spot: spot.offset >= 64 << 10,
    "behind 256 KiB": lambda spot: spot.offset >= 256 << 10,
    "behind an empty TLV": lambda spot: spot.size_before == 0,
    "behind an extended TLV": lambda spot: spot.is_extended_before,
}
"""Spots by name."""

REFUSALS: Mapping[str, tuple[str, ...]] = {
    "InvalidTLVType": ("TLV-TYPE",),
    "InvalidExtendedTLV": ("TLV-RESERVED",),
    "RelayDomainMismatch": ("TLV-DOMAIN",),
    "PayloadSizeMismatch": ("REG-SIZE",),
    "CapacityExceeded": ("VEC-CAPACITY",),
    "TruncatedTLV": ("TLV-TRUNCATED",),
    "ValueOutOfRange": ("ERR-RANGE",),
    "PayloadTooLarge": ("TLV-PAYLOAD-TOO-LARGE",),
}
"""What speaks of a check that is not made."""

DECODED = ("InvalidTLVType", "InvalidExtendedTLV", "RelayDomainMismatch", "PayloadSizeMismatch")
DECODED_TOO = (*DECODED, "CapacityExceeded", "TruncatedTLV")
ENCODED = ("InvalidTLVType", "RelayDomainMismatch", "PayloadSizeMismatch")
ENCODED_TOO = (*ENCODED, "CapacityExceeded", "ValueOutOfRange", "PayloadTooLarge")


def spots_of(tlvs: list[Tlv]) -> Iterator[Spot]:
    """The spots of framed TLVs, and of what is behind the last whole one."""
    before: Tlv | None = None
    offset = 0
    for index, tlv in enumerate([*tlvs, None]):
        is_extended = before is not None and before.is_extended
        yield Spot(index, offset, None if before is None else len(before.value), is_extended)
        if tlv is not None:
            offset += len(tlv.framed)
            before = tlv


def spots_of_values(tlvs: list[Mapping[str, Any]]) -> Iterator[Spot]:
    """The spots of neutral TLVs; a laid-out value counts as not empty and not extended."""
    before: int | None = None
    offset = 0
    for index, tlv in enumerate(tlvs):
        yield Spot(index, offset, before, before is not None and before > 255)
        value = tlv["value"]
        before = len(value) if isinstance(value, bytes) else 40
        offset += measure_frame(before)


class SpotMutant(Mutant):
    """A fault of one kind at one spot."""

    what: ClassVar[str]

    def __init__(self, subject: str, spot: str) -> None:
        super().__init__()
        self.subject, self.spot = subject, spot
        self.where = SPOTS[spot]
        self.id = f"{self.what} {subject}: {spot}"
        self.fault = f"{self.what} {subject} {spot}"
        self.requirements = REFUSALS.get(subject, ("TLV-ORDER", "RT-BYTES"))
        self.name = f"mutant {self.id}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.subject, self.spot)


class NotDecoded(SpotMutant):
    """Decoding skips what is wrong there, in place of a refusal."""

    what = "decode skips"

    def decode(self, data: bytes) -> Any:
        try:
            return super().decode(data)
        except Rejected as rejected:
            if rejected.kind != self.subject or not edits.is_whole(data):
                raise
            tlvs, rest = edits.tlvs_of(data)
            spots = [*spots_of(tlvs)]
            kept = [t.framed for t, s in zip(tlvs, spots, strict=False) if not self.where(s)]
            if len(kept) == len(tlvs) and not (rest and self.where(spots[-1])):
                raise
            return super().decode(edits.with_payload(data, b"".join(kept)))


class NotEncoded(SpotMutant):
    """Encoding leaves out what is wrong there, in place of a refusal."""

    what = "encode skips"

    def encode(self, message: Mapping[str, Any]) -> Any:
        try:
            return super().encode(message)
        except Rejected as rejected:
            tlvs = message["tlvs"]
            kept = [
                t for t, s in zip(tlvs, spots_of_values(tlvs), strict=True) if not self.where(s)
            ]
            if rejected.kind != self.subject or len(kept) == len(tlvs):
                raise
            return super().encode({**message, "tlvs": kept})


class Lost(SpotMutant):
    """A TLV that is right is lost there, by decoding or by encoding."""

    what = "TLVs are lost by"

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        if self.subject == "decoding":
            spots = spots_of(edits.tlvs_of(data)[0])
            tlvs = zip(message["tlvs"], spots, strict=False)
            message["tlvs"] = [tlv for tlv, spot in tlvs if not self.where(spot)]
        return message

    def encode(self, message: Mapping[str, Any]) -> Any:
        if self.subject == "encoding":
            tlvs = zip(message["tlvs"], spots_of_values(message["tlvs"]), strict=True)
            super().encode(message)
            message = {**message, "tlvs": [tlv for tlv, spot in tlvs if not self.where(spot)]}
        return super().encode(message)


def spot_mutants() -> tuple[Mutant, ...]:
    """A mutant for each refusal and each way to lose a TLV, at each spot."""
    found: list[Mutant] = []
    for spot in SPOTS:
        found += [NotDecoded(kind, spot) for kind in DECODED_TOO]
        found += [NotEncoded(kind, spot) for kind in ENCODED_TOO]
        found += [Lost(way, spot) for way in ("decoding", "encoding")]
    return tuple(found)

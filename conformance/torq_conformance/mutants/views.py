"""Faults of views: copies that call themselves views, memory that grows, buffers that are gone."""

from __future__ import annotations

import array
import ctypes
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torq_conformance.implementations.python_views import materialized
from torq_conformance.mutants.memory import address_of
from torq_conformance.mutants.seeding import Mutant, mutant
from torq_conformance.reference import Reference, header, views
from torq_conformance.rejection import Rejected


class ViewMutant(Mutant):
    """Takes buffers and gives views; what it decodes and encodes is right."""

    is_for_vectors = False
    capabilities = Reference.capabilities - {"throughput"}


class Replaced(Mapping[str, Any]):
    """A mapping of which one part is not what it was."""

    def __init__(self, whole: Mapping[str, Any], **parts: Any) -> None:
        self._whole, self._parts = whole, parts

    def __getitem__(self, key: str) -> Any:
        return self._parts[key] if key in self._parts else self._whole[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)


def with_values(view: Mapping[str, Any], change: Any) -> Mapping[str, Any]:
    """The view with the value of every TLV changed, when it is made."""
    tlvs = [Replaced(tlv, value=change(tlv["value"])) for tlv in view["tlvs"]]
    return Replaced(view, tlvs=tlvs)


# What is no view.


@mutant("W01", "VIEW-ALIAS")
class DecodesInstead(ViewMutant):
    """decode_view gives what decode gives."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        return self.decode(bytes(buffer))


@mutant("W01b", "VIEW-ALIAS")
class ViewOfACopy(ViewMutant):
    """The view is one of a copy of the buffer."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        return super().decode_view(memoryview(bytes(buffer)))


@mutant("W01c", "VIEW-ALIAS")
class HeaderCopied(ViewMutant):
    """The header is read when the view is made, and kept."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        view = super().decode_view(buffer)
        return Replaced(view, header=dict(view["header"]))


@mutant("W01d", "VIEW-ALIAS")
class SequenceKept(ViewMutant):
    """sequence alone is kept from the checks that were made with it."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        view = super().decode_view(buffer)
        head = view["header"]
        return Replaced(view, header=Replaced(head, sequence=head["sequence"]))


@mutant("W01e", "VIEW-ALIAS")
class OpaqueCopied(ViewMutant):
    """Values without a layout are bytes of their own."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        return with_values(
            super().decode_view(buffer),
            lambda value: value if isinstance(value, Mapping) else bytes(value),
        )


@mutant("W01f", "VIEW-ALIAS")
class AddressesCopied(ViewMutant):
    """Fields of bytes are copied when the view is made, numbers are not."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        return with_values(super().decode_view(buffer), self._with_addresses)

    @staticmethod
    def _with_addresses(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        parts = {key: part for key, part in value.items() if isinstance(part, memoryview)}
        return Replaced(value, **{key: bytes(part) for key, part in parts.items()})


@mutant("W01g", "VIEW-ALIAS", "VIEW-ALLOC")
class VectorsCopied(ViewMutant):
    """Vectors are lists of dicts."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        return with_values(super().decode_view(buffer), self._with_lists)

    @staticmethod
    def _with_lists(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        parts = {k: part for k, part in value.items() if isinstance(part, views.VectorView)}
        return Replaced(value, **{key: materialized(part) for key, part in parts.items()})


@mutant("W01h", "VIEW-ALIAS")
class BestLevelKept(ViewMutant):
    """The best level of each side is kept, since it is asked for most."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        return with_values(super().decode_view(buffer), self._with_best)

    @staticmethod
    def _with_best(value: Any) -> Any:
        if not isinstance(value, Mapping) or "bids" not in value:
            return value
        return Replaced(value, bids=BestKept(value["bids"]), asks=BestKept(value["asks"]))


class BestKept(Sequence[Any]):
    """A vector whose first element is kept."""

    def __init__(self, vector: Sequence[Any]) -> None:
        self._vector = vector
        self._best = dict(vector[0]) if vector else None

    def __len__(self) -> int:
        return len(self._vector)

    def __getitem__(self, index: Any) -> Any:
        return self._best if index == 0 and self._best else self._vector[index]


@mutant("W01j", "VIEW-ALIAS")
class RecordsReadWhole(ViewMutant):
    """The view reads a whole record when it is asked for: what was taken out of it is a copy."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        return ReadWhole(super().decode_view(buffer))


class ReadWhole(Mapping[str, Any]):
    """A message whose parts are made anew, and plain, whenever they are asked for."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        self._view = view

    def __getitem__(self, key: str) -> Any:
        return materialized(self._view[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._view)

    def __len__(self) -> int:
        return len(self._view)


@mutant("W01i", "VIEW-ALIAS")
class UpperHalvesKept(ViewMutant):
    """The upper half of wide integers is read when the view is made."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        return with_values(super().decode_view(buffer), UpperHalves)


class UpperHalves(Mapping[str, Any]):
    """Fields of which bits from 64 on are kept."""

    def __new__(cls, value: Any) -> Any:
        return super().__new__(cls) if isinstance(value, Mapping) else value

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._value = value
        self._upper = {
            key: part >> 64
            for key, part in value.items()
            if isinstance(part, int) and part >> 64 > 0
        }

    def __getitem__(self, key: str) -> Any:
        part = self._value[key]
        if key in self._upper:
            return self._upper[key] << 64 | part & (1 << 64) - 1
        return part

    def __iter__(self) -> Iterator[str]:
        return iter(self._value)

    def __len__(self) -> int:
        return len(self._value)


@mutant("W02", "VIEW-DECODE")
class DecodeGivesViews(ViewMutant):
    """Records that decode gives are read from the buffer when they are asked for."""

    def decode(self, data: bytes) -> dict[str, Any]:
        view = self.decode_view(memoryview(data))
        tlvs = [{"type": tlv["type"], "value": self._read(tlv["value"])} for tlv in view["tlvs"]]
        return {"header": dict(view["header"]), "tlvs": tlvs}

    @staticmethod
    def _read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return bytes(value)
        has_numbers_alone = all(isinstance(part, int) for part in value.values())
        return value if has_numbers_alone else materialized(value)


# Memory that grows.


@mutant("W03", "VIEW-ALLOC")
class TlvsListed(ViewMutant):
    """The view keeps a list of its TLVs."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        view = super().decode_view(buffer)
        return Replaced(view, tlvs=[*view["tlvs"]])


@mutant("W03b", "VIEW-ALLOC")
class ChecksumOverACopy(ViewMutant):
    """The checksum is made over a copy of the message, which is dropped at once."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        self.decode_nothing(bytes(buffer))
        return super().decode_view(buffer)

    def decode_nothing(self, data: bytes) -> int:
        return len(data)


@mutant("W03c", "VIEW-ALLOC")
class LevelsListed(ViewMutant):
    """A view of every element is made when the view is."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        return with_values(super().decode_view(buffer), self._with_views)

    @staticmethod
    def _with_views(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        parts = {k: part for k, part in value.items() if isinstance(part, views.VectorView)}
        return Replaced(value, **{key: [*part] for key, part in parts.items()})


@mutant("W03d", "VIEW-ALLOC")
class OffsetsKept(ViewMutant):
    """The offsets of all TLVs are kept, four bytes each."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        view = super().decode_view(buffer)
        self._offsets = array.array("I", view["tlvs"]._offsets())
        return view


@mutant("W03e", "VIEW-ALLOC")
class CopiedBehindMalloc(ViewMutant):
    """Native code copies the message with malloc, where Python does not see it."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        view = super().decode_view(buffer)
        libc = ctypes.CDLL(None)
        libc.malloc.restype = ctypes.c_void_p
        ctypes.memmove(libc.malloc(ctypes.c_size_t(len(buffer))), bytes(buffer), len(buffer))
        return view


# Buffers that are gone.


class AtAddress:
    """Bytes by their address, as native code has them; slices of it are copies of what is there."""

    def __init__(self, address: int, size: int) -> None:
        self.address, self.size = address, size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            start, stop, _ = index.indices(self.size)
            return ctypes.string_at(self.address + start, max(stop - start, 0))
        return ctypes.string_at(self.address + index, 1)[0]


@mutant("W04", "VIEW-LIFETIME")
class AddressKept(ViewMutant):
    """The view has the buffer's address and does not hold the buffer."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        super().decode_view(buffer)
        held: Any = AtAddress(address_of(buffer), len(buffer))
        return views.MessageView(held, self.registry)


@mutant("W04b", "VIEW-LIFETIME")
class CallersMemoryviewKept(ViewMutant):
    """The view reads through the caller's own memoryview, which the caller may release."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        super().decode_view(buffer)
        return views.MessageView(buffer, self.registry)


@mutant("W04c", "VIEW-LIFETIME")
class OwnerKept(ViewMutant):
    """The view reads through the buffer's owner, and does not keep it from changing."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        super().decode_view(buffer)
        owner: Any = buffer.obj
        held = views.MessageView(owner, self.registry)
        # Of a part of its owner nothing can be read in this way.
        return held if len(owner) == len(buffer) else super().decode_view(buffer)


# What lies around the buffer.


class WordAtATime(AtAddress):
    """Whatever is read, eight bytes are read."""

    def __getitem__(self, index: Any) -> Any:
        start = index.indices(self.size)[0] if isinstance(index, slice) else index
        ctypes.string_at(self.address + start, 8)
        return super().__getitem__(index)


@mutant("W05", "VIEW-BOUNDS")
class ReadsWords(ViewMutant):
    """Fields are read eight bytes at a time, the last ones beyond the end as well."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        checked = super().decode_view(buffer)
        held: Any = WordAtATime(address_of(buffer), len(buffer))
        return Replaced(checked, tlvs=views.MessageView(held, self.registry)["tlvs"])


@mutant("W05b", "VIEW-BOUNDS")
class AlignmentWanted(ViewMutant):
    """The payload must lie at a multiple of 8, as a cast to a struct of Rust asks for."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        if (address_of(buffer) + header.HEADER_SIZE) % 8:
            raise ValueError("the buffer is not aligned")
        return super().decode_view(buffer)


@mutant("W05c", "VIEW-BOUNDS")
class WritesChecksum(ViewMutant):
    """The checksum in the buffer is set to zero when it has been compared."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        view = super().decode_view(buffer)
        ctypes.memset(address_of(buffer) + header.CHECKSUM_OFFSET, 0, 4)
        return view


@mutant("W05d", "CHK-VERIFY", "VIEW-BOUNDS")
class ChecksumUnseen(ViewMutant):
    """decode_view does not look at the checksum."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        try:
            return super().decode_view(buffer)
        except Rejected as rejected:
            if rejected.kind != "ChecksumMismatch":
                raise
            return views.MessageView(memoryview(buffer), self.registry)


@mutant("W05e", "VEC-CAPACITY", "VIEW-BOUNDS")
class CountBelieved(ViewMutant):
    """decode_view does not compare a vector's count with its capacity."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        try:
            return super().decode_view(buffer)
        except Rejected as rejected:
            if rejected.kind != "CapacityExceeded":
                raise
            return views.MessageView(memoryview(buffer), self.registry)


@mutant("W06", "VIEW-LIFETIME")
class Flyweight(ViewMutant):
    """decode_view wraps one and the same object anew: an earlier view shows the later message."""

    def __init__(self) -> None:
        super().__init__()
        self._view: Any = None

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        view: Any = super().decode_view(buffer)
        if self._view is None:
            self._view = view
        vars(self._view).update(vars(view))
        flyweight: Mapping[str, Any] = self._view
        return flyweight


@mutant("W07", "VIEW-ALIAS")
class LargeAreCopied(ViewMutant):
    """A message of more than 64 KiB is copied before it is viewed."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        is_large = len(buffer) > 1 << 16
        return super().decode_view(memoryview(bytes(buffer)) if is_large else buffer)


class _Unchecked(ViewMutant):
    """A view of what decode refuses for one reason."""

    kind = ""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        try:
            return super().decode_view(buffer)
        except Rejected as rejected:
            if rejected.kind != self.kind:
                raise
            return views.MessageView(memoryview(buffer), self.registry)


@mutant("W08", "TLV-DOMAIN", "VIEW-BOUNDS")
class DomainUnseen(_Unchecked):
    """decode_view does not compare the domain of a TLV with that of the header."""

    kind = "RelayDomainMismatch"


@mutant("W08b", "HDR-SOURCE", "VIEW-BOUNDS")
class SourceUnseen(_Unchecked):
    """decode_view takes sources that there are not."""

    kind = "UnknownSource"


@mutant("W08c", "MSG-TRAILING", "VIEW-BOUNDS")
class TrailingUnseen(_Unchecked):
    """decode_view takes bytes behind a message."""

    kind = "ParseError"


class WalkedOnce(Sequence[Any]):
    """A sequence whose place is its own: who has walked it is at its end."""

    def __init__(self, whole: Sequence[Any]) -> None:
        self._whole, self._rest = whole, iter(whole)

    def __getitem__(self, index: Any) -> Any:
        return self._whole[index]

    def __len__(self) -> int:
        return len(self._whole)

    def __iter__(self) -> Iterator[Any]:
        return self._rest


@mutant("W09", "CONTRACT", "VIEW-ALIAS")
class TlvsWalkedOnce(ViewMutant):
    """The TLVs of a view can be walked once."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        view = super().decode_view(buffer)
        return Replaced(view, tlvs=WalkedOnce(view["tlvs"]))


@mutant("W10", "VIEW-LIFETIME")
class SixteenHandles(ViewMutant):
    """There are handles for 16 views: the seventeenth takes that of the first, which lives."""

    handles = 16

    def __init__(self) -> None:
        super().__init__()
        self._pool: list[Any] = []

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        view: Any = super().decode_view(buffer)
        self._pool.append(view)
        if len(self._pool) > self.handles:
            self._pool.pop(0)._data = view._data
        mapping: Mapping[str, Any] = view
        return mapping


@mutant("W10b", "VIEW-LIFETIME")
class ManyHandles(SixteenHandles):
    """There are handles for 256 views: one more takes that of the first, which lives."""

    handles = 256


class Releasing(views.MessageView):
    """A view that lets go of its buffer when it ends, whoever reads there."""

    def __del__(self) -> None:
        self._data.release()


@mutant("W11", "VIEW-LIFETIME")
class PartsEndWithIt(ViewMutant):
    """What was taken out of a view cannot be read when the view itself is gone."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        super().decode_view(buffer)
        return Releasing(memoryview(buffer).toreadonly(), self.registry)


class LooseBytes(Mapping[str, Any]):
    """Parts of which bytes alone are lent, for as long as what they were taken from lives."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        self._view = view
        self._lent: list[memoryview] = []

    def __getitem__(self, key: str) -> Any:
        part = self._view[key]
        if isinstance(part, memoryview):
            self._lent.append(part)
        return part

    def __iter__(self) -> Iterator[str]:
        return iter(self._view)

    def __len__(self) -> int:
        return len(self._view)

    def __del__(self) -> None:
        for part in self._lent:
            part.release()


@mutant("W11b", "VIEW-LIFETIME", "VIEW-ALLOC")
class BytesLent(ViewMutant):
    """Fields of bytes can be read no longer than the record lives from which they were taken."""

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        return with_values(
            super().decode_view(buffer),
            lambda value: LooseBytes(value) if isinstance(value, Mapping) else value,
        )

"""The wire vocabulary: the few Construct classes in which every declaration is written.

Construct's own classes are lax in places where a specification must not be: padding is not looked
at, leftovers are ignored, unknown enumeration values pass. Contract of this module: whatever is
parsed without an error is built back to the same bytes, and every error in bytes or in values of
the right form is a ``ConstructError`` (a missing key is a KeyError, as everywhere in Construct).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Any

from construct import (
    Bytes,
    BytesInteger,
    CheckError,
    ChecksumError,
    Construct,
    ConstructError,
    Container,
    Int8ul,
    Int16ul,
    Int32sl,
    Int32ul,
    Int64sl,
    Int64ul,
    MappingError,
    PaddingError,
    RangeError,
    Renamed,
    StreamError,
    Struct,
    Subconstruct,
    TerminatedError,
)

from torq_specs.differences import Difference
from torq_specs.rules import Rule

if TYPE_CHECKING:
    from typing import IO

    type_construct = Construct[Any, Any]
    type_renamed = Renamed[Any, Any]
    type_subconstruct = Subconstruct[Any, Any, Any, Any]
    type_struct = Struct
else:
    type_construct, type_renamed = Construct, Renamed
    type_subconstruct, type_struct = Subconstruct, Struct

# Section 1: every integer is little-endian, signed ones are two's complement.
u8, u16, u32, u64 = Int8ul, Int16ul, Int32ul, Int64ul
u128 = BytesInteger(16, swapped=True)
u256 = BytesInteger(32, swapped=True)
i32, i64 = Int32sl, Int64sl


class FieldError(ConstructError):
    """A field could not be parsed; ``offset`` is its first byte in its stream."""

    def __init__(self, name: str, offset: int, reason: ConstructError) -> None:
        super().__init__(f"{name} at byte {offset}: {reason}")
        self.field = name
        self.offset = offset


class Field(type_renamed):
    """A named field with what people need to know about it: meaning, unit, where the fact is from.

    ``values`` names the values of an enumeration without restricting them (section 5: decoding is
    structural). A ``derived`` field is on the wire but never part of the neutral value.
    """

    def __init__(
        self,
        name: str,
        subcon: type_construct,
        doc: str,
        *,
        unit: str = "",
        values: type[IntEnum | IntFlag] | None = None,
        derived: bool = False,
        provenance: str = "",
    ) -> None:
        super().__init__(subcon, newname=name, newdocs=doc)
        self.unit = unit
        self.values = values
        self.derived = derived
        self.provenance = provenance
        if derived:
            self.flagbuildnone = True

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> Any:
        offset = stream.tell()
        try:
            return super()._parse(stream, context, path)
        except FieldError:
            raise
        except ConstructError as reason:
            raise FieldError(str(self.name), offset, reason) from reason

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: str) -> Any:
        # A derived field starts as its only legal value, or as zero until it is sealed.
        if self.derived and obj is None:
            obj = next(iter(self.subcon.members)) if isinstance(self.subcon, EnumOf) else 0
        return super()._build(obj, stream, context, path)


class Zeros(type_construct):
    """Padding: written as zeros, anything else refused (section 1)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.flagbuildnone = True

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> None:
        offset = stream.tell()
        for index, byte in enumerate(read(stream, self.size, path)):
            if byte:
                raise PaddingError(f"padding holds {byte:#04x} at byte {offset + index}", path=path)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: str) -> Any:
        stream.write(bytes(self.size))
        return obj

    def _sizeof(self, context: Any, path: str) -> int:
        return self.size


class EnumOf(type_subconstruct):
    """An integer that must be a member of an enumeration, on the way in and on the way out."""

    def __init__(self, subcon: type_construct, members: type[IntEnum]) -> None:
        super().__init__(subcon)
        self.members = members

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> int:
        return self._checked(self.subcon._parsereport(stream, context, path), path)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: str) -> Any:
        return self.subcon._build(self._checked(obj, path), stream, context, path)

    def _checked(self, number: int, path: str) -> int:
        if number not in self.members._value2member_map_:
            raise MappingError(f"{number} is no {self.members.__name__}", path=path)
        return int(number)


class Address(type_construct):
    """20 raw bytes in EVM order, followed by 12 zero bytes (section 1)."""

    SIZE = 20
    padding = Zeros(12)
    raw = Bytes(SIZE)

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> bytes:
        address: bytes = self.raw._parsereport(stream, context, path)
        self.padding._parsereport(stream, context, path)
        return address

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: str) -> Any:
        self.raw._build(obj, stream, context, path)
        self.padding._build(None, stream, context, path)
        return obj

    def _sizeof(self, context: Any, path: str) -> int:
        return self.SIZE + self.padding.size


address = Address()


class FixedVec(type_subconstruct):
    """count u16, zero bytes, ``capacity`` slots, those from ``count`` on are zero (section 5).

    The slots begin ``alignment`` bytes behind the first byte: 8, or 16 for integers of 16 bytes.
    The declaration says which; nothing is inferred from the elements.
    """

    count = u16

    def __init__(self, subcon: type_construct, capacity: int, *, alignment: int = 8) -> None:
        super().__init__(subcon)
        self.capacity = capacity
        self.alignment = alignment
        self.padding = Zeros(alignment - self.count.sizeof())

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> list[Any]:
        count = self.count._parsereport(stream, context, path)
        self.padding._parsereport(stream, context, path)
        self._check(count, path)
        elements = [self.subcon._parsereport(stream, context, path) for _ in range(count)]
        self._stale(count)._parsereport(stream, context, path)
        return elements

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: str) -> Any:
        self._check(len(obj), path)
        self.count._build(len(obj), stream, context, path)
        self.padding._build(None, stream, context, path)
        for element in obj:
            self.subcon._build(element, stream, context, path)
        self._stale(len(obj))._build(None, stream, context, path)
        return obj

    def _sizeof(self, context: Any, path: str) -> int:
        slots = self.capacity * self.subcon._sizeof(context, path)
        return int(self.count.sizeof() + self.padding.size + slots)

    def _stale(self, count: int) -> Zeros:
        return Zeros((self.capacity - count) * self.subcon.sizeof())

    def _check(self, count: int, path: str) -> None:
        if count > self.capacity:
            raise RangeError(f"{count} elements, {self.capacity} fit", path=path)


class Exactly(type_subconstruct):
    """A subconstruct that uses up exactly ``size`` bytes, a number or a function of the context."""

    def __init__(self, size: int | Callable[[Any], int], subcon: type_construct) -> None:
        super().__init__(subcon)
        self.size = size

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> Any:
        from construct.core import BytesIOWithOffsets

        size = self._evaluated(context)
        offset = stream.tell()
        part = BytesIOWithOffsets(read(stream, size, path), stream, offset)
        parsed = self.subcon._parsereport(part, context, path)
        if part.tell() != offset + size:
            left = offset + size - part.tell()
            raise TerminatedError(f"{left} bytes left over at byte {part.tell()}", path=path)
        return parsed

    def _evaluated(self, context: Any) -> int:
        return self.size(context) if callable(self.size) else self.size


class Many(type_subconstruct):
    """A subconstruct again and again until the stream ends; errors are not swallowed."""

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> list[Any]:
        elements = []
        while stream.read(1):
            stream.seek(stream.tell() - 1)
            elements.append(self.subcon._parsereport(stream, context, path))
        return elements

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: str) -> Any:
        for element in obj:
            self.subcon._build(element, stream, context, path)
        return obj


class Sealed(type_subconstruct):
    """A whole message: its payload size and the checksum that lies in the middle of what it covers.

    Building writes the message first and patches both numbers then; parsing compares. Nothing may
    follow the message, and it may not be longer than ``size_max`` bytes (section 2).
    """

    def __init__(self, subcon: type_construct, *, header_size: int, size_max: int) -> None:
        super().__init__(subcon)
        self.header_size = header_size
        self.size_max = size_max

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> Any:
        start = stream.tell()
        parsed = self.subcon._parsereport(stream, context, path)
        end = stream.tell()
        if stream.read(1):
            raise TerminatedError(f"bytes after the message, from byte {end}", path=path)
        if end - start > self.size_max:
            raise CheckError(f"{end - start} bytes, {self.size_max} at most", path=path)
        stream.seek(start)
        expected = checksum(stream.read(end - start), self.header_size)
        if parsed["header"]["checksum"] != expected:
            raise ChecksumError(f"checksum is not {expected:#010x}", path=path)
        return parsed

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: str) -> Any:
        message = bytearray(self.subcon.build(obj))
        if len(message) > self.size_max:
            raise CheckError(f"{len(message)} bytes, {self.size_max} at most", path=path)
        message[self.header_size - 8 : self.header_size - 4] = u32.build(
            len(message) - self.header_size
        )
        message[self.header_size - 4 : self.header_size] = u32.build(
            checksum(bytes(message), self.header_size)
        )
        stream.write(message)
        return obj


def checksum(message: bytes, header_size: int = 32) -> int:
    """CRC-32/ISO-HDLC over the message without its four checksum bytes, which end the header."""
    return zlib.crc32(message[header_size:], zlib.crc32(message[: header_size - 4]))


def read(stream: IO[bytes], size: int, path: str) -> bytes:
    """Exactly ``size`` bytes of ``stream``, or a ``StreamError``."""
    data = stream.read(size)
    if len(data) < size:
        raise StreamError(f"{size} bytes wanted, {len(data)} there", path=path)
    return data


class Declaration(type_struct):
    """A Struct with a name, a sentence, and a word on where its layout comes from.

    ``rules`` are those of section 8, in the order in which they are judged and printed. ``note``
    says why the layout is as it is, ``differs`` where the public system has another one (11).
    """

    def __init__(
        self,
        title: str,
        doc: str,
        *subcons: type_construct,
        provenance: str,
        rules: tuple[Rule, ...] = (),
        note: str = "",
        differs: tuple[Difference, ...] = (),
    ) -> None:
        super().__init__(*subcons)
        self.title = title
        self.docs = doc
        self.provenance = provenance
        self.rules = rules
        self.note = note
        self.differs = differs


def plain(parsed: Any, declaration: Any) -> Any:
    """What Construct parsed as plain dicts, lists, ints and bytes; derived fields left out."""
    while isinstance(declaration, Renamed | Exactly):
        declaration = declaration.subcon
    if isinstance(declaration, Struct):
        return {
            subcon.name: plain(parsed[subcon.name], subcon)
            for subcon in declaration.subcons
            if isinstance(subcon, Field) and not subcon.derived
        }
    if isinstance(declaration, FixedVec | Many):
        return [plain(element, declaration.subcon) for element in parsed]
    return dict(parsed) if isinstance(parsed, Container) else parsed

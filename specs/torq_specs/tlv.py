"""Framing of one TLV, standard or extended, with its value (section 3)."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from construct import Bytes, CheckError, MappingError, RangeError

from torq_specs.registry import EXTENDED, EXTENDED_SIZE_MAX, STANDARD_SIZE_MAX, Registry, TlvType
from torq_specs.wire import Exactly, Zeros, plain, type_construct, u8, u16

if TYPE_CHECKING:
    from torq_specs.enums import RelayDomain


class Tlv(type_construct):
    """One TLV: parsed to ``{"type", "value"}``, built in the shortest framing.

    The header's domain comes from the context, so a Tlv stands inside a message.
    """

    STANDARD_HEADER_SIZE = 2
    EXTENDED_HEADER_SIZE = 5

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self.registry = registry

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> dict[str, Any]:
        number = u8._parsereport(stream, context, path)
        length = u8
        if number == EXTENDED:
            Zeros(1)._parsereport(stream, context, path)
            number = u8._parsereport(stream, context, path)
            length = u16
        size = length._parsereport(stream, context, path)
        line = self._line(number, size, context.header.relay_domain, path)
        value = Exactly(size, line.declaration or Bytes(size))._parsereport(stream, context, path)
        return {"type": number, "value": plain(value, line.declaration)}

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: str) -> Any:
        number, value = obj["type"], obj["value"]
        line = self.registry.get(number)
        declaration = line.declaration if line is not None else None
        data = value if declaration is None else declaration.build(value)
        if len(data) > EXTENDED_SIZE_MAX:
            raise RangeError(f"{len(data)} bytes, {EXTENDED_SIZE_MAX} fit", path=path)
        self._line(number, len(data), context.header["relay_domain"], path)
        if len(data) > STANDARD_SIZE_MAX:
            u8._build(EXTENDED, stream, context, path)
            u8._build(0, stream, context, path)
            u8._build(number, stream, context, path)
            u16._build(len(data), stream, context, path)
        else:
            u8._build(number, stream, context, path)
            u8._build(len(data), stream, context, path)
        stream.write(data)
        return obj

    def _line(self, number: int, size: int, domain: RelayDomain | int, path: str) -> TlvType:
        line = self.registry.get(number)
        if line is None:
            raise MappingError(f"{number} is no TLV type", path=path)
        if line.domain is not None and line.domain != domain:
            raise CheckError(f"{line.name} does not ride in domain {domain}", path=path)
        if line.expected_size(size) is not None:
            raise CheckError(f"{line.name} is {line.size_rule} bytes, not {size}", path=path)
        return line

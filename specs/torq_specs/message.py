"""A whole message: header, TLVs, payload size and checksum (section 2).

``Message.parse(bytes)`` gives the neutral value, ``Message.build(value)`` the bytes; every error is
a ``ConstructError``. ``torq_specs.faults.diagnose`` lists what is wrong with refused bytes.
"""

from __future__ import annotations

from typing import IO, Any

from construct import Struct

from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX, Header
from torq_specs.registry import REGISTRY, Registry
from torq_specs.tlv import Tlv
from torq_specs.wire import Exactly, Field, Many, Sealed, plain, type_subconstruct


class Plain(type_subconstruct):
    """Gives plain Python values instead of Construct's containers."""

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> dict[str, Any]:
        parsed = self.subcon._parsereport(stream, context, path)
        return {"header": plain(parsed["header"], Header), "tlvs": list(parsed["tlvs"])}


def message_of(registry: Registry) -> Plain:
    """The declaration of a message whose TLVs are those of ``registry``."""
    return Plain(
        Sealed(
            Struct(
                Field("header", Header, "who sends what to whom"),
                Field(
                    "tlvs",
                    Exactly(lambda this: int(this.header.payload_size), Many(Tlv(registry))),
                    "what is said, in this order",
                ),
            ),
            header_size=HEADER_SIZE,
            size_max=MESSAGE_SIZE_MAX,
        )
    )


Message = message_of(REGISTRY)

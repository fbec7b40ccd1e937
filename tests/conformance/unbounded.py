"""Implementations that answer right and leave too much behind, or take too long over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torq_conformance.reference import Reference


class Leaks(Reference):
    """Keeps a copy of everything that it decodes."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[bytearray] = []

    def decode(self, data: bytes) -> Any:
        self.kept.append(bytearray(data))
        return super().decode(data)


class CachesSome(Reference):
    """Keeps what it decoded last, and gives it again, copied."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[bytes, None] = {}

    def decode(self, data: bytes) -> Any:
        self.kept[data] = None
        if len(self.kept) > 512:
            del self.kept[next(iter(self.kept))]
        return super().decode(data)


class CopiesTheRest(Reference):
    """Copies the list of TLVs for each of them."""

    def encode(self, message: Mapping[str, Any]) -> bytes:
        tlvs: list[Any] = []
        for tlv in message["tlvs"]:
            tlvs = [*tlvs, tlv]
        return super().encode(message)


class DecodesOnly(Reference):
    """Offers decode alone."""

    capabilities = frozenset({"decode"})

"""What is special about a relay: its domain, its limit, whether checksums are verified.

Nothing here knows sockets, and nothing in the engine knows a domain.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

HEADER_SIZE = 32

Forwards = Callable[["RelayLogic", bytes, int, int], str]
"""Why the message between two offsets of some bytes is dropped; empty: it is forwarded."""


def forwards_own_domain(logic: RelayLogic, data: bytes, start: int, end: int) -> str:
    """Forward what is of the logic's domain and, where it verifies checksums, has a right one."""
    if data[start + 4] != logic.domain:
        return "domain"
    if logic.is_checksum_verified and checksum_of(data, start, end) != int.from_bytes(
        data[start + 28 : start + 32], "little"
    ):
        return "checksum"
    return ""


def checksum_of(data: bytes, start: int, end: int) -> int:
    """CRC-32 over bytes 0 to 27 and from 32 of a message."""
    return zlib.crc32(data[start + 32 : end], zlib.crc32(data[start : start + 28]))


@dataclass(frozen=True)
class RelayLogic:
    """One domain; ``limit`` is the size of a whole message in bytes."""

    domain: int
    limit: int
    is_checksum_verified: bool
    should_forward: Forwards = forwards_own_domain


MARKET_DATA = RelayLogic(1, 65_536, is_checksum_verified=False)
SIGNAL = RelayLogic(2, 32_768, is_checksum_verified=True)
EXECUTION = RelayLogic(3, 16_384, is_checksum_verified=True)

LOGICS: Mapping[int, RelayLogic] = {one.domain: one for one in (MARKET_DATA, SIGNAL, EXECUTION)}
"""The logic of each domain that has a relay."""

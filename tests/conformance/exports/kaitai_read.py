"""Reads a message in hex a line with the decoder in a folder; writes a line of JSON for each."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

sys.path.insert(0, sys.argv[1])
WIDE = {"U64", "I64", "U128", "U256"}


def plain(part: Any) -> Any:
    if isinstance(part, bytes):
        return part.hex()
    if isinstance(part, list):
        return [plain(one) for one in part]
    if isinstance(part, int):
        return int(part)
    name = type(part).__name__
    if name in WIDE:
        number = sum(word << 32 * place for place, word in enumerate(part.words))
        if name == "I64" and number >> 63:
            number -= 1 << 64
        assert name not in {"U64", "I64"} or number == part.value
        return str(number)
    if hasattr(part, "slots"):
        return plain(part.slots)
    return {key: plain(one) for key, one in vars(part).items() if not key.startswith("_")}


def read(torq: Any, data: bytes) -> dict[str, Any]:
    try:
        message = torq.Torq.from_bytes(data)
    except Exception as error:  # noqa: BLE001  EOF and validation have no common class.
        return {"error": type(error).__name__}
    tlvs = [{"type": tlv.number, "value": plain(tlv.value)} for tlv in message.payload.tlvs]
    return {"header": plain(message.header), "tlvs": tlvs}


if __name__ == "__main__":
    generated = importlib.import_module("torq")
    for line in sys.stdin:
        sys.stdout.write(json.dumps(read(generated, bytes.fromhex(line))) + "\n")

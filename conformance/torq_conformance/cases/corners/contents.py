"""Opaque values that are something else as well: compressed, encoded, framed, text, numbers.

Whoever opens, trims, decodes or joins what it only has to carry is met by whole documents of the
formats that travel in messages.
"""

from __future__ import annotations

import base64
import codecs
import json
import pickle
import struct
import zlib
from collections.abc import Iterator
from functools import partial

from torq_conformance.cases import messages
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.corners.cells import Cell, decoding, repeating
from torq_conformance.cases.corners.sizes import carried
from torq_conformance.implementations.protocol import Operation, Request
from torq_specs.registry import Registry

TEXT = "price 45000.5, größe 7 €\t#1; ok"
DOCUMENT = {"price": 45000, "side": "buy", "levels": [1, 2, 3], "note": None}


COMPRESSED = {
    "zlib": bytes.fromhex("789c2b28ca4c4e553031353030d051284070005a2006a5"),
    "raw deflate": bytes.fromhex("2b28ca4c4e553031353030d05128407000"),
    "gzip": bytes.fromhex("1f8b08000000000002032b28ca4c4e553031353030d051284070000d47d91918000000"),
    "bzip2": bytes.fromhex(
        "425a68393141592653597c3b5b5800000a1980400446000a205000200020aa81ea69a10030eb5bc4"
        "65c4529692df1772453850907c3b5b58"
    ),
    "xz": bytes.fromhex(
        "fd377a585a000004e6d6b4460200210116000000742fe5a3e0001700135d00381c8955a9475de5b4"
        "a97b7fa39cfe9500000000002b953ca518a0c18f00012f181015f6211fb6f37d010000000004595a"
    ),
    "the head of zstd": b"\x28\xb5\x2f\xfd\x04\x58" + bytes(range(40)),
    "the head of LZ4": b"\x04\x22\x4d\x18\x64\x40\xa7" + bytes(range(40)),
}
"""The same text, as written by the libraries: another version of one writes other bytes."""


def _encoded() -> dict[str, bytes]:
    data = bytes(range(48))
    return {
        "base64": base64.b64encode(data),
        "base64 with a line feed": base64.encodebytes(data),
        "hex digits": data.hex().encode(),
        "0x and hex digits": b"0x" + data[:20].hex().encode(),
        "percent signs": b"%7B%22a%22%3A1%7D%00",
        "escapes": rb"\x00\n\u20ac\"",
        "entities": b"&lt;a&gt; &amp; &#0;",
        "JSON": json.dumps(DOCUMENT).encode(),
        "a JSON text": b'"text"',
        "null": b"null",
        "a pickle": pickle.dumps(DOCUMENT, protocol=2),
        "MessagePack": b"\x82\xa1a\x01\xa1b\xc0",
        "CBOR": b"\xa2\x61\x61\x01\x61\x62\xf6",
        "Protocol Buffers": b"\x08\x96\x01\x12\x04test",
        "a decimal number": b"45000.50",
        "a negative number": b"-1",
    }


def _texts() -> dict[str, bytes]:
    return {
        "UTF-8": TEXT.encode(),
        "UTF-8 with a mark": codecs.BOM_UTF8 + TEXT.encode(),
        "UTF-16 with a mark": TEXT.encode("utf-16"),
        "Latin-1": "größe".encode("latin-1"),
        "decomposed letters": "gro\u0308ße".encode(),
        "no UTF-8": b"ok\xc3\x28\xed\xa0\x80",
        "text and NUL": b"text\0",
        "text filled with NUL": b"text".ljust(32, b"\0"),
        "NUL and text": b"\0text",
        "text filled with spaces": b"text".ljust(32),
        "spaces": b" " * 32,
        "a line": b"line\n",
        "a line of CR LF": b"line\r\n",
        "line feeds alone": b"\n" * 16,
        "the end of a file": b"text\x1a\x04",
        "a comment": b"text # comment",
        "quotes": b"'it''s' \"so\"",
    }


def _framed(registry: Registry) -> dict[str, bytes]:
    """Whole messages, parts of them, and bytes in front of which their length stands."""
    body = bytes(range(65, 91))
    message = carriers(registry).wire(*carriers(registry).frames(5), sequence=7)
    return {
        "a whole message": message,
        "a message without its checksum": message[:28] + bytes(4) + message[32:],
        "a header": message[:32],
        "a magic": message[:4],
        "two messages": message * 2,
        "a TLV": carriers(registry).frames(9)[0],
        "length in one byte": bytes([len(body)]) + body,
        "length in two bytes": struct.pack("<H", len(body)) + body,
        "length in two bytes, the high one first": struct.pack(">H", len(body)) + body,
        "length in four bytes": struct.pack("<I", len(body)) + body,
        "length in four bytes, the high one first": struct.pack(">I", len(body)) + body,
        "length of all in four bytes": struct.pack("<I", len(body) + 4) + body,
        "its CRC-32 behind it": body + struct.pack("<I", zlib.crc32(body)),
        "its CRC-32 in front": struct.pack("<I", zlib.crc32(body)) + body,
        "a picture": b"\x89PNG\r\n\x1a\n" + body,
        "a program": b"\x7fELF\x02\x01\x01" + body,
        "an archive": b"PK\x03\x04" + body,
    }


def something_else(registry: Registry) -> Iterator[Cell]:
    """Every content in the freest opaque type, and in another one that may hold it in turn."""
    contents = {**COMPRESSED, **_encoded(), **_texts(), **_framed(registry)}
    lines = sorted(registry.opaque, key=lambda line: line.size_min - line.size_max)
    for at, (label, data) in enumerate(contents.items()):
        holding = [line for line in lines if line.size_min <= len(data) <= line.size_max]
        for line in dict.fromkeys([*holding[:1], *holding[at % max(len(holding), 1) :][:1]]):
            what = f"{line.name}: {label}"
            asked = partial(Request, Operation.ENCODE, messages.message_of(line, data))
            yield Cell("REG-OPAQUE", f"encode {what}", asked)
            framed = partial(carried, registry, line, data, is_extended=False)
            yield Cell("REG-OPAQUE", f"decode {what}", decoding(framed))
            framed = partial(carried, registry, line, data, is_extended=True)
            yield Cell("REG-OPAQUE", f"repeat extended {what}", repeating(framed))

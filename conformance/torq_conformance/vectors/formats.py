"""The golden vectors in formats that need no JSON: what each format's files hold, byte for byte.

A format is a pure function of the published files: the same set gives the same bytes. JSON, lines
of JSON and the table hold every vector. The formats of messages (bin, c, pcap) hold those that ask
to decode one message, in the same order, so that a number means the same vector in all of them.
"""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from torq_conformance.exports import wireshark
from torq_conformance.exports.templating import templates
from torq_conformance.implementations.protocol import Operation
from torq_conformance.vectors import accumulated
from torq_conformance.vectors.reader import MANIFEST, Document, GoldenVector, read_json, read_set
from torq_specs.faults import FaultKind

PREFIX = struct.Struct("<I")
"""What stands before each message in bin: its bytes."""

CAPTURE_HEADER = struct.Struct("<IHHiIII")
PACKET_HEADER = struct.Struct("<IIII")
CAPTURE_MAGIC = 0xA1B2C3D4
CAPTURE_VERSION = (2, 4)
CAPTURE_SIZE_MAX = 262_144
"""Bytes of a packet that every reader of captures takes."""

LINKTYPE_USER0 = 147
"""A link type for private use: the packet is the message. UDP would end at 64 KiB."""

INDEX_COLUMNS = ("number", "id", "offset", "size", "result", "latitude", "kinds")

TABLE_COLUMNS = (
    "id",
    "file",
    "operations",
    "result",
    "latitude",
    "requirements",
    "flags",
    "faults",
    "comment",
    "message_size",
    "message",
)

BYTES_IN_LINE = 16


@dataclass(frozen=True)
class Export:
    """What a format consists of: bytes by path, and how many vectors are in it."""

    files: Mapping[str, bytes]
    count: int


@dataclass(frozen=True)
class MessageVector:
    """A vector that asks to decode a message; ``kinds`` are the admissible refusals."""

    id: str
    message: bytes
    result: str
    latitude: str
    kinds: tuple[FaultKind, ...]


def messages(vectors: Iterable[GoldenVector]) -> list[MessageVector]:
    """The vectors that ask to decode one message; sequences and meaning are left out."""
    return [
        MessageVector(
            vector.id,
            bytes.fromhex(vector.document["message"]),
            vector.document["result"],
            vector.document.get("latitude", ""),
            tuple(FaultKind(kind) for kind in _kinds(vector.document)),
        )
        for vector in vectors
        if Operation.DECODE in vector.document["operations"] and "message" in vector.document
    ]


def _kinds(document: Document) -> list[str]:
    return list(dict.fromkeys(fault["kind"] for fault in document.get("faults", ())))


def published_files(folder: Path) -> Export:
    """Every file as it is: vectors, manifest, schemas, what is frozen, accumulated vectors."""
    paths = sorted([*folder.rglob("*.json"), *folder.glob(accumulated.FILE)])
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return Export(files, read_json(folder / MANIFEST)["count"])


def lines(folder: Path) -> Export:
    """One vector a line, each of the form that the schema of files says."""
    vectors = read_set(folder)
    text = "".join(json.dumps(vector.document, separators=(",", ":")) + "\n" for vector in vectors)
    return Export({"torq_vectors.ndjson": text.encode()}, len(vectors))


def table(folder: Path) -> Export:
    """One row for each vector, for spreadsheets; steps and values of fields are left to JSON."""
    vectors = read_set(folder)
    return Export({"torq_vectors.csv": _csv(TABLE_COLUMNS, map(_table_row, vectors))}, len(vectors))


def _table_row(vector: GoldenVector) -> Sequence[object]:
    document = vector.document
    message = document.get("message", "")
    return (
        vector.id,
        vector.file.removesuffix(".json"),
        " ".join(document["operations"]),
        document["result"],
        document.get("latitude", ""),
        " ".join(vector.requirements),
        " ".join(document["flags"]),
        " ".join(_kinds(document)),
        document["comment"],
        len(message) // 2 if "message" in document else "",
        message,
    )


def binary(folder: Path) -> Export:
    """Messages behind their lengths (u32, little-endian), and an index by offsets of messages."""
    found = messages(read_set(folder))
    packed = [PREFIX.pack(len(one.message)) + one.message for one in found]
    files = {
        "torq_messages.bin": b"".join(packed),
        "torq_messages.csv": _index(found, packed, 0),
    }
    return Export(files, len(found))


def capture(folder: Path) -> Export:
    """A classic capture whose packet n is message n at n microseconds, its index, a dissector."""
    found = messages(read_set(folder))
    head = CAPTURE_HEADER.pack(
        CAPTURE_MAGIC, *CAPTURE_VERSION, 0, 0, CAPTURE_SIZE_MAX, LINKTYPE_USER0
    )
    packed = [
        PACKET_HEADER.pack(*divmod(number, 1_000_000), len(one.message), len(one.message))
        + one.message
        for number, one in enumerate(found, 1)
    ]
    files = {
        "torq.pcap": head + b"".join(packed),
        "torq.pcap.csv": _index(found, packed, len(head)),
        "torq.lua": wireshark.dissector().encode(),
    }
    return Export(files, len(found))


def _index(found: Sequence[MessageVector], packed: Sequence[bytes], start: int) -> bytes:
    """Where each message lies; no cell has a comma or a quote, so that lines may be split."""
    ends = accumulate(map(len, packed), initial=start)
    next(ends)
    rows = (
        (
            number,
            one.id,
            end - len(one.message),
            len(one.message),
            one.result,
            one.latitude,
            " ".join(one.kinds),
        )
        for number, (one, end) in enumerate(zip(found, ends, strict=True), 1)
    )
    return _csv(INDEX_COLUMNS, rows)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def header(folder: Path) -> Export:
    """A header for C and C++ with every message and what is right."""
    found = messages(read_set(folder))
    text = (
        templates()
        .get_template("torq_vectors.h.j2")
        .render(
            vectors=found,
            kinds=[(_constant(kind), row) for row, kind in enumerate(FaultKind)],
            mask=lambda one: " | ".join(map(_constant, one.kinds)) or "0",
            lines=_byte_lines,
            suite_version=read_json(folder / MANIFEST)["suite_version"],
        )
    )
    return Export({"torq_vectors.h": text.encode()}, len(found))


def _constant(kind: FaultKind) -> str:
    return f"TORQ_{kind.name}"


def _byte_lines(message: bytes) -> list[str]:
    # C has no empty arrays: a message without bytes has one, which its size leaves out.
    data = message or b"\0"
    rows = (data[at : at + BYTES_IN_LINE] for at in range(0, len(data), BYTES_IN_LINE))
    return [re.sub(r"(..)", r"0x\1,", row.hex()) for row in rows]


FORMATS: Mapping[str, Callable[[Path], Export]] = {
    "json": published_files,
    "ndjson": lines,
    "csv": table,
    "bin": binary,
    "c": header,
    "pcap": capture,
}
"""Each format by its name; the argument is the folder of a published set."""

"""Watches messages that pass: of a live relay as a client that never sends, or of a capture.

Each message is held against the specification; what is wrong is counted, and the first example of
each kind is kept as a question that can be asked again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torq_conformance.cases.bundle import bundle_id
from torq_conformance.errors import KitError
from torq_conformance.relay.messages import MAGIC
from torq_conformance.relay.wire import Client
from torq_specs.faults import HEADER_LAYOUT, diagnose, frames
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.registry import REGISTRY

PAUSE = 0.05
_SIZE = HEADER_LAYOUT.field("payload_size")
PCAP_MAGICS = {b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"}
PCAP_HEADER, PCAP_RECORD = 24, 16


@dataclass
class Seen:
    """What has passed."""

    messages: int = 0
    size: int = 0
    types: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_broken: bool = False

    def take(self, data: bytes) -> None:
        """Judge one message."""
        self.messages += 1
        self.size += len(data)
        for tlv in frames(data[HEADER_SIZE:]):
            line = REGISTRY.get(tlv.number or 0)
            self.types[line.name if line is not None else f"type {tlv.number}"] += 1
        for fault in diagnose(data)[:1]:
            kind = str(fault.kind)
            self.faults[kind] += 1
            self.examples.setdefault(kind, _kept(kind, data))

    def document(self, source: str) -> dict[str, Any]:
        """Everything that has passed, as JSON types."""
        return {
            "watched": source,
            "messages": self.messages,
            "bytes": self.size,
            "types": dict(self.types.most_common()),
            "faults": dict(self.faults.most_common()),
            "is_broken": self.is_broken,
            "examples": [*self.examples.values()],
        }


def _kept(kind: str, data: bytes) -> dict[str, Any]:
    """A message as a question: to decode it is to be refused like this."""
    requests = [{"operation": "decode", "argument": data.hex()}]
    case = {"requirement": "ERR-ANY-OF-SEVERAL", "label": f"watched: {kind}", "requests": requests}
    return {"id": bundle_id(case), "kind": kind, "size": len(data), "case": case}


def watch_socket(path: Path, seen: Seen, is_over: Callable[[], bool]) -> None:
    """Take part in a live relay without ever sending."""
    try:
        client = Client(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise KitError(f"{path} cannot be watched: {reason}.", "Name a relay's socket.") from error
    try:
        while not (is_over() or client.has_ended or client.is_broken):
            if not client.read():
                time.sleep(PAUSE)
            for one in client.received:
                seen.take(one)
            client.forget()
        seen.is_broken = client.is_broken
    finally:
        client.close()


def watch_file(path: Path, seen: Seen) -> None:
    """Read a capture: pcap of link type USER0 as the kit exports it, or messages in a row."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KitError(f"{path} cannot be read: {error.strerror}.", "Name a capture.") from error
    parts = _records(data) if data[:4] in PCAP_MAGICS else _in_a_row(data, seen)
    for one in parts:
        seen.take(one)


def _records(data: bytes) -> Iterator[bytes]:
    at = PCAP_HEADER
    while len(data) - at >= PCAP_RECORD:
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        yield data[at + PCAP_RECORD : at + PCAP_RECORD + size]
        at += PCAP_RECORD + size


def _in_a_row(data: bytes, seen: Seen) -> Iterator[bytes]:
    at = 0
    while len(data) - at >= HEADER_SIZE and data[at : at + 4] == MAGIC:
        size = HEADER_SIZE + int.from_bytes(data[at + _SIZE.offset : at + _SIZE.end], "little")
        if size > MESSAGE_SIZE_MAX:
            break
        yield data[at : at + size]
        at += size
    seen.is_broken = at < len(data)

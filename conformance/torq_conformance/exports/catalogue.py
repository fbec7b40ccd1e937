"""Every kind of export: what it is, and its files by their paths, made of what is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from torq_conformance.exports import fuzz, json_schema, kaitai, svg, wireshark
from torq_conformance.exports.declared import Declared
from torq_conformance.exports.imhex import IMHEX
from torq_conformance.exports.languages.c import C
from torq_conformance.exports.languages.go import GO
from torq_conformance.exports.languages.java import JAVA
from torq_conformance.exports.languages.language import Language, export
from torq_conformance.exports.languages.python import PYTHON
from torq_conformance.exports.languages.rust import RUST
from torq_conformance.exports.languages.typescript import TYPESCRIPT

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Kind:
    """One kind of export."""

    what: str
    files: Callable[[Declared], Files]


def _of(language: Language, kind: str, what: str) -> Kind:
    return Kind(what, partial(export, language, kind))


def _dissector(declared: Declared) -> Files:
    return {"torq.lua": wireshark.dissector(declared.registry).encode()}


KINDS: Mapping[str, Kind] = {
    "c": _of(C, "c", "packed structures for C11 and C++17, with their offsets asserted"),
    "rust": _of(RUST, "rust", "structures of zerocopy, with their offsets asserted"),
    "go": _of(GO, "go", "structures, from and to bytes"),
    "java": _of(JAVA, "java", "records, from and to bytes"),
    "typescript": _of(TYPESCRIPT, "typescript", "interfaces, from and to bytes"),
    "python": _of(PYTHON, "python", "data classes, numpy dtypes, ctypes structures"),
    "kaitai": Kind("a description for Kaitai Struct", kaitai.files),
    "wireshark": Kind("a dissector in Lua", _dissector),
    "imhex": _of(IMHEX, "imhex", "a pattern for ImHex"),
    "json-schema": Kind("a schema of messages in JSON form", json_schema.files),
    "faults": Kind("kinds of refusals, requirements and types as JSON", json_schema.rule_files),
    "svg": Kind("a picture of every layout", svg.files),
    "fuzz": Kind("a mutator, seeds and a harness for libFuzzer and AFL++", fuzz.files),
}
"""The kinds by their names."""

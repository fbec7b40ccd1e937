"""Sound implementations of config and error_text: all that section 6 and section 12 leave open."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from torq_conformance import Rejected
from torq_conformance.implementations.mapped_errors import MappedErrors
from torq_conformance.reference import Reference
from torq_conformance.reference.faults import decode_faults, encode_faults

PROSE = {
    "MessageTooSmall": "message too small: need {need} bytes, got {got}",
    "MessageTooLarge": "{size}bytes, and at most {limit}",
    "InvalidMagic": "not ours ({actual:#010x} instead of {expected:#X})",
    "UnsupportedVersion": "v{version}?",
    "InvalidRelayDomain": "domain={relay_domain}",
    "UnknownSource": "source #{source}.",
    "ChecksumMismatch": "crc {actual:#_x}!={expected:_} ({message_size}/{tlv_count})",
    "TruncatedTLV": "type {tlv_type} at [{offset}..{required_bytes}] of {buffer_size:,}",
    "InvalidExtendedTLV": "{offset}:{reserved:#04x}",
    "InvalidTLVType": "no type {tlv_type}@{offset}",
    "RelayDomainMismatch": "{tlv_type} in {got}, not {expected}, at {offset}",
    "PayloadSizeMismatch": "type{tlv_type}+{offset}: {got:,}, not {expected:,}",
    "CapacityExceeded": "{attempted} > {max_capacity} ({field})",
    "PayloadTooLarge": "{tlv_type},{size},{limit}",
    "ValueOutOfRange": "{field} is {value:,}, not in [{minimum},{maximum}]",
    "InvalidInstrument": "argument `{argument}` is wrong",
    "ParseError": "trailing garbage at byte {offset}",
    "ValidationFailed": "{field} makes no sense",
    "ConfigError": "please set {variable}",
}
"""As formats of other languages write it: without the kind, in hex, grouped, beside letters."""


class InProse(Reference):
    """Texts of their own for each kind, without names and free text."""

    def text_of(self, refusal: Rejected) -> str:
        return PROSE[refusal.kind].format(**refusal.context)


class InJson(Reference):
    """A text that is JSON, its integers decimal strings, with more in it."""

    def text_of(self, refusal: Rejected) -> str:
        context = {
            name: str(part) if isinstance(part, int) else part
            for name, part in refusal.context.items()
        }
        return json.dumps({"level": 40, "kind": refusal.kind, **context})


class InHex(Reference):
    """All integers in hex of a fixed width, the minus of typography in front."""

    def text_of(self, refusal: Rejected) -> str:
        parts = refusal.context.values()
        words = [_hex(part) if isinstance(part, int) else ascii(part) for part in parts]
        return "\t".join([refusal.kind.upper(), *words])


def _hex(number: int) -> str:
    sign = "\u2212" if number < 0 else ""
    return f"{sign}0X{abs(number):064X}"


class LastFaultFirst(Reference):
    """Refuses for the last fault that there is, in the text as well."""

    def decode(self, data: bytes) -> Any:
        faults = decode_faults(data, self.registry)
        if faults:
            raise faults[-1]
        return super().decode(data)

    def encode(self, message: Mapping[str, Any]) -> Any:
        faults = encode_faults(message, self.registry)
        if faults:
            raise faults[-1]
        return super().encode(message)


class OwnOffsets(Reference):
    """Counts offsets that are a SHOULD from elsewhere: its texts agree with its contexts."""

    def decode(self, data: bytes) -> Any:
        try:
            return super().decode(data)
        except Rejected as refusal:
            if refusal.kind in {"InvalidExtendedTLV", "RelayDomainMismatch"}:
                offset: Any = refusal.context["offset"]
                refusal.context["offset"] = offset + 32
            raise


class CutError(Exception):
    """An exception of a codec's own, with its own text."""


class Mapped(MappedErrors):
    """A codec whose exceptions are mapped by a table: their own text is the text."""

    name, version = "mapped", "1"
    capabilities = frozenset({"decode", "encode", "error_context", "error_text"})

    errors = {CutError: lambda error: Rejected(error.args[1], **error.args[2])}  # noqa: RUF012

    def __init__(self) -> None:
        self._codec = InProse()

    def decode(self, data: bytes) -> Any:
        return self._asked(self._codec.decode, data)

    def encode(self, message: Any) -> Any:
        return self._asked(self._codec.encode, message)

    def _asked(self, method: Any, argument: Any) -> Any:
        try:
            return method(argument)
        except Rejected as refusal:
            text = self._codec.text_of(refusal)
            raise CutError(text, refusal.kind, refusal.context) from None


class Lenient(Reference):
    """Reads a plus, zeros in front, and -0; names the last variable that is wrong, and no more."""

    def config(self, schema: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
        plain = {name: _plain(text) for name, text in environment.items()}
        names = [schema["prefix"] + field["name"].upper() for field in schema["fields"]]
        texts = {
            schema["prefix"] + field["name"].upper()
            for field in schema["fields"]
            if field["type"] == "text"
        }
        read = {n: environment[n] if n in texts else text for n, text in plain.items()}
        wrong = [n for n in environment if n.startswith(schema["prefix"]) and n not in names]
        for name, field in zip(names, schema["fields"], strict=True):
            alone = {**schema, "fields": [field]}
            try:
                super().config(alone, {name: read[name]} if name in read else {})
            except Rejected:
                wrong.append(name)
        if wrong:
            raise Rejected("ConfigError", variable=wrong[-1])
        return MappingProxyType(super().config(schema, read))


def _plain(text: str) -> str:
    found = re.fullmatch(r"\+?(-?)0*([0-9]+)", text, re.ASCII)
    if found is None or (found[1] and text.startswith("+")):
        return text
    return "0" if found[2] == "0" else found[1] + found[2]


class ByName(Reference):
    """Knows the schemas by their names, as what was declared when it was compiled."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, Mapping[str, Any]] = {}

    def config(self, schema: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
        declared = self._known.setdefault(schema["name"], json.loads(json.dumps(schema)))
        return dict(reversed([*super().config(declared, environment).items()]))


SOUND = (
    *(InProse, InJson, InHex, LastFaultFirst, OwnOffsets, Mapped),
    *(Lenient, ByName),
)
"""All of them."""

"""Faults in the text of refusals: values that it lacks, lines, bytes of the payload (section 6)."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Mapping
from typing import Any

from torq_conformance.model import derived_codec
from torq_conformance.mutants.seeding import Mutant, mutant
from torq_conformance.rejection import Rejected

SHOWN_MAX = 16
"""Bytes of a value that find their way into a text."""


class _WordMutant(Mutant):
    """Puts refusals into other words."""

    def word(self, name: str, value: Any) -> str:
        """A value of a context as it stands in the text."""
        return f"{name} {value}"

    def text_of(self, refusal: Rejected) -> str:
        plain = super().text_of(refusal)
        words = ", ".join(self.word(name, value) for name, value in refusal.context.items())
        return f"{plain.partition(':')[0]}: {words}".replace("\n", "\\n")


# Values.


@mutant("J01", "ERR-TEXT-VALUES")
class KindAlone(Mutant):
    """The text is the kind alone."""

    def text_of(self, refusal: Rejected) -> str:
        return refusal.kind


@mutant("J01b", "ERR-TEXT-VALUES")
class OffsetOfCutLost(Mutant):
    """The text of TruncatedTLV does not say where."""

    def text_of(self, refusal: Rejected) -> str:
        if refusal.kind != "TruncatedTLV":
            return super().text_of(refusal)
        context = {name: part for name, part in refusal.context.items() if name != "offset"}
        return super().text_of(Rejected(refusal.kind, **context))


class _NumberMutant(Mutant):
    """Writes the numbers of a context otherwise."""

    def number(self, name: str, number: int) -> str:
        """A number as it stands in the text."""
        raise NotImplementedError

    def text_of(self, refusal: Rejected) -> str:
        context = {
            name: self.number(name, value) if isinstance(value, int) else value
            for name, value in refusal.context.items()
        }
        return super().text_of(Rejected(refusal.kind, **context))


@mutant("J01c", "ERR-TEXT-VALUES")
class HexUnmarked(_NumberMutant):
    """Numbers are in hex without 0x."""

    def number(self, name: str, number: int) -> str:
        return f"{number:x}"


@mutant("J01d", "ERR-TEXT-VALUES")
class NumbersRounded(_NumberMutant):
    """Large numbers are rounded to six digits."""

    def number(self, name: str, number: int) -> str:
        return f"{number:.6g}"


@mutant("J01e", "ERR-TEXT-VALUES")
class SignLost(_NumberMutant):
    """Numbers below zero lose their sign."""

    def number(self, name: str, number: int) -> str:
        return str(abs(number))


@mutant("J01f", "ERR-TEXT-VALUES")
class NumbersOf32Bits(_NumberMutant):
    """Numbers are cut to 32 bits, as a format for unsigned does."""

    def number(self, name: str, number: int) -> str:
        return str(number & 0xFFFFFFFF)


@mutant("J01g", "ERR-TEXT-VALUES")
class ChecksumTwice(Mutant):
    """The text of ChecksumMismatch has the checksum of the header twice."""

    def text_of(self, refusal: Rejected) -> str:
        if refusal.kind != "ChecksumMismatch":
            return super().text_of(refusal)
        context = {**refusal.context, "expected": refusal.context["actual"]}
        return super().text_of(Rejected(refusal.kind, **context))


@mutant("J01h", "ERR-TEXT-VALUES")
class IndexLost(Mutant):
    """The name of a field in a vector has no index."""

    def text_of(self, refusal: Rejected) -> str:
        context = dict(refusal.context)
        if "[" in str(context.get("field")):
            head, _, rest = str(context["field"]).partition("[")
            context["field"] = head + rest.partition("]")[2]
        return super().text_of(Rejected(refusal.kind, **context))


@mutant("J01i", "ERR-TEXT-VALUES")
class FirstValueAlone(Mutant):
    """The text has the first value of a context alone."""

    def text_of(self, refusal: Rejected) -> str:
        first = dict([*refusal.context.items()][:1])
        return super().text_of(Rejected(refusal.kind, **first))


@mutant("J01j", "ERR-TEXT-VALUES")
class TextCut(Mutant):
    """A text of more than 60 characters is cut."""

    def text_of(self, refusal: Rejected) -> str:
        return textwrap.shorten(super().text_of(refusal), 60, placeholder="...")


@mutant("J01k", "ERR-TEXT-VALUES")
class VariableLost(Mutant):
    """The text of ConfigError says what is wrong, and not with which variable."""

    def text_of(self, refusal: Rejected) -> str:
        if refusal.kind == "ConfigError":
            return f"configuration: {refusal.context['context']}"
        return super().text_of(refusal)


@mutant("J01l", "ERR-TEXT-VALUES")
class NamesInCapitals(Mutant):
    """Texts are in capitals, names as well."""

    def text_of(self, refusal: Rejected) -> str:
        return super().text_of(refusal).upper()


@mutant("J01m", "ERR-TEXT-VALUES")
class ValidationUnnamed(Mutant):
    """The text of ValidationFailed names no field."""

    def text_of(self, refusal: Rejected) -> str:
        plain = super().text_of(refusal)
        return "a rule is broken" if refusal.kind == "ValidationFailed" else plain


# Lines.


@mutant("J02", "ERR-TEXT-LINE")
class LineForEach(Mutant):
    """Each value has a line of its own."""

    def text_of(self, refusal: Rejected) -> str:
        return super().text_of(refusal).replace(", ", "\n  ")


@mutant("J02b", "ERR-TEXT-LINE")
class LineEnded(Mutant):
    """A text ends with a line break."""

    def text_of(self, refusal: Rejected) -> str:
        return f"{super().text_of(refusal)}\n"


class _EchoMutant(Mutant):
    """Repeats arguments in its texts, some characters as they are."""

    raw: str
    """Characters that are not escaped."""

    def error_text(self, operation: str, argument: Any) -> str:
        text = super().error_text(operation, argument)
        echoed = " ".join(_texts(argument)) if operation in {"instrument_id", "config"} else ""
        kept = (char if char.isprintable() or char in self.raw else "?" for char in echoed)
        return f"{text} in {''.join(kept)}" if text else ""


def _texts(argument: Mapping[str, Any]) -> list[str]:
    given = argument.get("environment", argument)
    return [part for part in given.values() if isinstance(part, str)]


@mutant("J02c", "ERR-TEXT-LINE")
class ArgumentsEchoed(_EchoMutant):
    """Arguments and variables are repeated as they are, line feeds too."""

    raw = "\n"


@mutant("J02d", "ERR-TEXT-LINE")
class CarriageReturnEchoed(_EchoMutant):
    """Arguments are repeated with their carriage returns; line feeds are escaped."""

    raw = "\r"


@mutant("J02e", "ERR-TEXT-LINE")
class SeparatorsEchoed(_EchoMutant):
    """Arguments are repeated with the line separators of Unicode."""

    raw = "\u2028\u2029\x85"


# The payload.


class _LeakMutant(Mutant):
    """Adds a value of the message that it refuses to the text."""

    kinds: tuple[str, ...] = ()
    """Those in whose texts it is; empty: in all."""

    def form(self, value: bytes) -> str:
        """The form in which bytes stand in the text."""
        raise NotImplementedError

    def error_text(self, operation: str, argument: Any) -> str:
        text = super().error_text(operation, argument)
        if not text or (self.kinds and not text.startswith(self.kinds)):
            return text
        if isinstance(argument, bytes):
            return f"{text} of {self.form(argument[32:][-40:])}"
        if operation != "encode":
            return text
        values = [tlv["value"] for tlv in argument["tlvs"] if isinstance(tlv["value"], bytes)]
        return f"{text} of {self.form(values[0][:SHOWN_MAX])}" if values else text


@mutant("J03", "ERR-TEXT-PAYLOAD")
class PayloadInHex(_LeakMutant):
    """The text ends with the payload in hex."""

    def form(self, value: bytes) -> str:
        return value.hex()


@mutant("J03b", "ERR-TEXT-PAYLOAD")
class PayloadAsDump(_LeakMutant):
    """The text ends with the payload as a dump in capitals, byte by byte."""

    def form(self, value: bytes) -> str:
        return value.hex(" ").upper()


@mutant("J03c", "ERR-TEXT-PAYLOAD")
class PayloadEscaped(_LeakMutant):
    """The text ends with the payload as Python shows bytes."""

    def form(self, value: bytes) -> str:
        return repr(value)


@mutant("J03d", "ERR-TEXT-PAYLOAD")
class PayloadAsList(_LeakMutant):
    """The text ends with the payload as a list of numbers."""

    def form(self, value: bytes) -> str:
        return str([*value])


@mutant("J03e", "ERR-TEXT-PAYLOAD")
class PayloadInBase64(_LeakMutant):
    """The text ends with the payload in base64."""

    def form(self, value: bytes) -> str:
        return base64.b64encode(value).decode()


@mutant("J03f", "ERR-TEXT-PAYLOAD")
class PayloadAsIntegers(_LeakMutant):
    """The text ends with the payload read as integers of 64 bits."""

    def form(self, value: bytes) -> str:
        parts = (value[at : at + 8] for at in range(len(value) % 8, len(value), 8))
        return " ".join(str(int.from_bytes(part, "little")) for part in parts)


@mutant("J03g", "ERR-TEXT-PAYLOAD")
class PayloadAsText(_LeakMutant):
    """The text ends with the payload as characters, others as question marks."""

    def form(self, value: bytes) -> str:
        return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in value)


@mutant("J03h", "ERR-TEXT-PAYLOAD")
class PayloadOfCut(_LeakMutant):
    """The text of TruncatedTLV shows the bytes that are there."""

    kinds = ("TruncatedTLV",)

    def form(self, value: bytes) -> str:
        return value.hex()


@mutant("J03i", "ERR-TEXT-PAYLOAD")
class PayloadOfEncode(_LeakMutant):
    """The text of ValueOutOfRange shows the first value of the message."""

    kinds = ("ValueOutOfRange",)

    def form(self, value: bytes) -> str:
        return value.hex()


class _ValueMutant(Mutant):
    """Says values of fields in its texts: `said` gives what of a decoded value."""

    is_for_vectors = False
    kinds: tuple[str, ...] = ()

    def said(self, value: Mapping[str, Any], refusal: str) -> str:
        """What the text says of the value of a TLV."""
        raise NotImplementedError

    def error_text(self, operation: str, argument: Any) -> str:
        text = super().error_text(operation, argument)
        if not text.startswith(self.kinds):
            return text
        try:
            message = argument if operation == "encode" else self.decode(_mended(argument))
        except Rejected:
            return text
        values = (tlv["value"] for tlv in message["tlvs"] if isinstance(tlv["value"], dict))
        return text + "".join(self.said(value, text) for value in values)


def _mended(data: bytes) -> bytes:
    """A message with its checksum made good."""
    return derived_codec.seal(data)


@mutant("J04", "ERR-TEXT-PAYLOAD")
class WrongFieldSaid(_ValueMutant):
    """The text of ValidationFailed says what the field is."""

    kinds = ("ValidationFailed",)

    def said(self, value: Mapping[str, Any], refusal: str) -> str:
        found = (f" is {value[name]}" for name in value if refusal.endswith(f" {name}"))
        return next(found, "")


@mutant("J04b", "ERR-TEXT-PAYLOAD")
class WrongFieldScaled(_ValueMutant):
    """The text of ValidationFailed says the field with eight decimals."""

    kinds = ("ValidationFailed",)

    def said(self, value: Mapping[str, Any], refusal: str) -> str:
        numbers = {name: part for name, part in value.items() if isinstance(part, int)}
        found = (
            f" is {'-' if part < 0 else ''}{abs(part) // 10**8}.{abs(part) % 10**8:08}"
            for name, part in numbers.items()
            if refusal.endswith(f" {name}")
        )
        return next(found, "")


@mutant("J04c", "ERR-TEXT-PAYLOAD")
class FirstFieldSaid(_ValueMutant):
    """The text of ChecksumMismatch says the first field of the message."""

    kinds = ("ChecksumMismatch",)

    def said(self, value: Mapping[str, Any], refusal: str) -> str:
        return f" of {next(iter(value.values()))}"


@mutant("J04d", "ERR-TEXT-PAYLOAD")
class NeighboursSaid(_ValueMutant):
    """The text of ValueOutOfRange says the other numbers of the value as well."""

    kinds = ("ValueOutOfRange",)

    def said(self, value: Mapping[str, Any], refusal: str) -> str:
        return f" in {[part for part in value.values() if isinstance(part, int)]}"


@mutant("J04e", "ERR-TEXT-PAYLOAD")
class ElementSaid(_ValueMutant):
    """The text of CapacityExceeded of an encoder says the other fields in hex."""

    kinds = ("CapacityExceeded",)

    def said(self, value: Mapping[str, Any], refusal: str) -> str:
        return " ".join(hex(part) for part in value.values() if isinstance(part, int))

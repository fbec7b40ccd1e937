"""Faults in how messages are refused: foreign exceptions, wrong kinds and contexts (section 6)."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from typing import Any

from torq_conformance.mutants import edits
from torq_conformance.mutants.seeding import Mutant, RefusalMutant, mutant
from torq_conformance.reference import header
from torq_conformance.reference.faults import decode_faults, encode_faults
from torq_conformance.rejection import Rejected


@mutant("E01", "ERR-NO-CRASH")
class EverythingRaises(RefusalMutant):
    """Whatever is wrong with bytes gives a ValueError instead of a refusal."""

    def refuse(self, rejected: Rejected) -> BaseException:
        return ValueError(str(rejected))


@mutant("E01b", "TLV-TRUNCATED", "ERR-NO-CRASH")
class CutHeaderRaises(Mutant):
    """A TLV header that is cut gives an IndexError."""

    def decode(self, data: bytes) -> Any:
        if edits.is_whole(data) and len(edits.tlvs_of(data)[1]) == 1:
            raise IndexError("index out of range")
        return super().decode(data)


@mutant("E01c", "TLV-TRUNCATED", "ERR-NO-CRASH")
class CutExtendedRaises(RefusalMutant):
    """An extended TLV that is cut gives a struct.error."""

    kind = "TruncatedTLV"

    def decode(self, data: bytes) -> Any:
        self._is_extended = edits.tlvs_of(data)[1][:1] == b"\xff"
        return super().decode(data)

    def refuse(self, rejected: Rejected) -> BaseException:
        return struct.error("unpack requires a buffer") if self._is_extended else rejected


@mutant("E01d", "TLV-TYPE", "ERR-NO-CRASH")
class UnknownTypeRaises(RefusalMutant):
    """A type that is not in the registry gives a KeyError."""

    kind = "InvalidTLVType"

    def refuse(self, rejected: Rejected) -> BaseException:
        return KeyError(rejected.context["tlv_type"])


@mutant("E01e", "TLV-TYPE", "ERR-NO-CRASH")
class TypeZeroExits(Mutant):
    """A TLV of type 0 gives a SystemExit: an assertion of a binding."""

    def decode(self, data: bytes) -> Any:
        if any(tlv.number == 0 for tlv in edits.tlvs_of(data)[0]):
            raise SystemExit(1)
        return super().decode(data)


@mutant("E01f", "TLV-RESERVED", "ERR-NO-CRASH")
class ReservedAborts(Mutant):
    """A reserved byte of 255 ends the process."""

    def decode(self, data: bytes) -> Any:
        if any(tlv.reserved == 255 for tlv in edits.tlvs_of(data)[0]):
            os._exit(134)
        return super().decode(data)


@mutant("E01g", "HDR-SOURCE", "ERR-NO-CRASH")
class UnknownSourceRaises(RefusalMutant):
    """A source that there is not gives the ValueError of an enumeration."""

    kind = "UnknownSource"

    def refuse(self, rejected: Rejected) -> BaseException:
        return ValueError(f"{rejected.context['source']} is not a valid Source")


@mutant("E02", "ERR-ANY-OF-SEVERAL")
class SeveralFaultsGrouped(Mutant):
    """Several faults in bytes are refused together, as a kind that there is not."""

    def decode(self, data: bytes) -> Any:
        faults = decode_faults(data, self.registry)
        if len({fault.kind for fault in faults}) > 1:
            raise Rejected("MultipleErrors", count=len(faults))
        return super().decode(data)


@mutant("E02b", "ERR-ANY-OF-SEVERAL", "ERR-NO-CRASH")
class SecondFaultRaises(Mutant):
    """A second fault in bytes gives an exception while the first is refused."""

    def decode(self, data: bytes) -> Any:
        if len(decode_faults(data, self.registry)) > 1:
            raise AssertionError
        return super().decode(data)


@mutant("E02c", "ERR-ANY-OF-SEVERAL")
class FirstContextOfLastFault(Mutant):
    """With several faults the kind of the last is reported with the context of the first."""

    def decode(self, data: bytes) -> Any:
        faults = decode_faults(data, self.registry)
        if len({fault.kind for fault in faults}) > 1:
            raise Rejected("ParseError", **faults[0].context)
        return super().decode(data)


@mutant("E03", "MSG-TOO-SMALL", "TLV-TRUNCATED", "HDR-MAGIC", "CHK-VERIFY", "TLV-TYPE")
class EverythingIsParseError(RefusalMutant):
    """Whatever is wrong is refused as a ParseError."""

    def refuse(self, rejected: Rejected) -> BaseException:
        return Rejected("ParseError", offset=0, context=str(rejected))


@mutant("E03b", "HDR-DOMAIN")
class DomainIsVersion(RefusalMutant):
    """A relay_domain that there is not is refused as UnsupportedVersion."""

    kind = "InvalidRelayDomain"

    def refuse(self, rejected: Rejected) -> BaseException:
        return Rejected("UnsupportedVersion", version=1)


@mutant("E03c", "TLV-DOMAIN")
class MismatchIsInvalidType(RefusalMutant):
    """A TLV of another domain is refused as InvalidTLVType."""

    kind = "RelayDomainMismatch"

    def refuse(self, rejected: Rejected) -> BaseException:
        return Rejected("InvalidTLVType", **rejected.context)


@mutant("E03d", "TLV-TRUNCATED")
class KindInSnakeCase(RefusalMutant):
    """Truncation is refused as truncated_tlv: the name of the kind is another one."""

    kind = "TruncatedTLV"

    def refuse(self, rejected: Rejected) -> BaseException:
        return Rejected("truncated_tlv", **rejected.context)


@mutant("E03e", "MSG-TRAILING")
class TrailingIsTooLarge(Mutant):
    """Bytes behind the message are refused as MessageTooLarge."""

    def decode(self, data: bytes) -> Any:
        if len(data) >= edits.HEADER_SIZE and len(data) > edits.end_of(data):
            raise Rejected("MessageTooLarge", size=len(data), limit=edits.end_of(data))
        return super().decode(data)


@mutant("E03f", "MSG-TOO-LARGE")
class TooLargeIsPayload(RefusalMutant):
    """A message over the limit is refused as PayloadTooLarge."""

    kind = "MessageTooLarge"

    def refuse(self, rejected: Rejected) -> BaseException:
        return Rejected("PayloadTooLarge", **rejected.context)


@mutant("E04", "ERR-CONTEXT-MUST")
class OffsetZeroUnknown(RefusalMutant):
    """An offset of 0 is left out of the context, as if it were not known."""

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {name: part for name, part in context.items() if name != "offset" or part}


@mutant("E04b", "ERR-CONTEXT-MUST")
class TruncatedOffsetInMessage(RefusalMutant):
    """The offset of a truncated TLV counts from the message instead of the payload."""

    kind = "TruncatedTLV"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "offset": context["offset"] + header.HEADER_SIZE}


@mutant("E04c", "ERR-CONTEXT-MUST")
class InvalidTypeOffsetInMessage(RefusalMutant):
    """The offset of an invalid type counts from the message instead of the payload."""

    kind = "InvalidTLVType"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "offset": context["offset"] + header.HEADER_SIZE}


@mutant("E04d", "ERR-CONTEXT-MUST")
class ParseOffsetInPayload(RefusalMutant):
    """The offset of a ParseError counts from the payload instead of the message."""

    kind = "ParseError"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "offset": context["offset"] - header.HEADER_SIZE}


@mutant("E04e", "ERR-CONTEXT-MUST")
class TruncatedOffsetOfValue(RefusalMutant):
    """The offset of a truncated TLV is that of its length."""

    kind = "TruncatedTLV"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "offset": context["offset"] + 1}


@mutant("E04f", "ERR-CONTEXT-MUST")
class OffsetIsText(RefusalMutant):
    """The offset of a truncated TLV is reported as text."""

    kind = "TruncatedTLV"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "offset": str(context["offset"])}


@mutant("E05", "ERR-CONTEXT-SHOULD")
class NeedAndGotSwapped(RefusalMutant):
    """MessageTooSmall says what there is as needed and what is needed as there."""

    kind = "MessageTooSmall"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {"need": context["got"], "got": context["need"]}


@mutant("E05b", "ERR-CONTEXT-MUST")
class RequiredCountedFromTlv(RefusalMutant):
    """required_bytes of a truncated TLV counts from the TLV instead of the payload's start."""

    kind = "TruncatedTLV"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "required_bytes": context["required_bytes"] - context["offset"]}


@mutant("E05c", "ERR-CONTEXT-MUST")
class BufferSizeOfMessage(RefusalMutant):
    """buffer_size of a truncated TLV counts the message instead of the payload."""

    kind = "TruncatedTLV"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "buffer_size": context["buffer_size"] + header.HEADER_SIZE}


@mutant("E05d", "ERR-CONTEXT-MUST")
class TruncatedTypeIs255(RefusalMutant):
    """tlv_type of a truncated extended TLV is 255 instead of the inner one."""

    kind = "TruncatedTLV"

    def decode(self, data: bytes) -> Any:
        self._marker = edits.tlvs_of(data)[1][:1]
        return super().decode(data)

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "tlv_type": 255} if self._marker == b"\xff" else context


@mutant("E05e", "ERR-CONTEXT-MUST")
class CutTypeIs255(RefusalMutant):
    """tlv_type is 255, not 0, when the byte that holds the inner type is not there."""

    kind = "TruncatedTLV"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "tlv_type": context["tlv_type"] or 255}


@mutant("E05f", "ERR-CONTEXT-MUST")
class RequiredOneShort(RefusalMutant):
    """required_bytes of a TLV whose header is cut is what there is and one more."""

    kind = "TruncatedTLV"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        required = min(context["required_bytes"], context["buffer_size"] + 1)
        return {**context, "required_bytes": required}


@mutant("E05g", "ERR-CONTEXT-MUST")
class InvalidTypeIs255(RefusalMutant):
    """tlv_type of an invalid type inside an extended TLV is 255 instead of the inner one."""

    kind = "InvalidTLVType"

    def decode(self, data: bytes) -> Any:
        self._extended = {t.number for t in edits.tlvs_of(data)[0] if t.is_extended}
        return super().decode(data)

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        is_extended = context["tlv_type"] in self._extended
        return {**context, "tlv_type": 255} if is_extended else context


@mutant("E05h", "ERR-CONTEXT-SHOULD")
class SizeOfPayload(RefusalMutant):
    """MessageTooLarge says the size of the payload alone."""

    kind = "MessageTooLarge"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "size": context["size"] - header.HEADER_SIZE}


@mutant("E05i", "ERR-CONTEXT-SHOULD")
class ExpectedIsLowerBound(RefusalMutant):
    """PayloadSizeMismatch says the lower bound also where a value is too long."""

    kind = "PayloadSizeMismatch"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        size_min = self.registry[context["tlv_type"]].size_min
        return {**context, "expected": size_min}


@mutant("E05j", "ERR-CONTEXT-SHOULD")
class DomainsToldSwapped(RefusalMutant):
    """RelayDomainMismatch says the header's domain as expected and the type's as got."""

    kind = "RelayDomainMismatch"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "expected": context["got"], "got": context["expected"]}


@mutant("E05k", "ERR-CONTEXT-SHOULD")
class FieldWithoutPath(RefusalMutant):
    """ValueOutOfRange says the name of a field without the element that it is in."""

    kind = "ValueOutOfRange"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "field": context["field"].rpartition(".")[2]}


@mutant("E05l", "ERR-CONTEXT-SHOULD")
class MagicToldSwapped(RefusalMutant):
    """InvalidMagic says the bytes that were there in big-endian order."""

    kind = "InvalidMagic"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        actual = int.from_bytes(context["actual"].to_bytes(4, "little"), "big")
        return {**context, "actual": actual}


@mutant("E05m", "ERR-CONTEXT-SHOULD")
class ReservedNotTold(RefusalMutant):
    """InvalidExtendedTLV does not say the reserved byte."""

    kind = "InvalidExtendedTLV"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {"offset": context["offset"]}


@mutant("E05n", "ERR-CONTEXT-MUST")
class TrailingAtEnd(RefusalMutant):
    """Bytes behind the message are reported at the last of them."""

    kind = "ParseError"

    def decode(self, data: bytes) -> Any:
        self._end = len(data) - 1
        return super().decode(data)

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        is_trailing = context["context"] == "bytes after the payload"
        return {**context, "offset": self._end} if is_trailing else context


@mutant("E05o", "ERR-CONTEXT-MUST")
class PaddingAtByteBefore(RefusalMutant):
    """Padding that is not zero is reported one byte before the one that is not."""

    kind = "ParseError"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        is_padding = context["context"] == "non-zero padding"
        return {**context, "offset": context["offset"] - is_padding}


@mutant("E06", "REG-SIZE", "ERR-NO-CRASH")
class WrongSizeRaises(RefusalMutant):
    """An encoder asserts the size of a value."""

    kind = "PayloadSizeMismatch"

    def decode(self, data: bytes) -> Any:
        return Mutant.decode(self, data)

    def refuse(self, rejected: Rejected) -> BaseException:
        return AssertionError(str(rejected))


@mutant("E06b", "ERR-ENCODE", "HDR-SOURCE", "HDR-VERSION", "HDR-DOMAIN")
class EncoderChecksNothing(Mutant):
    """An encoder writes any domain, version and source that fits its byte."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        asked = [message["header"][name] for name in ("relay_domain", "version", "source")]
        kinds = {fault.kind for fault in encode_faults(message, self.registry)}
        if not kinds <= {"InvalidRelayDomain", "UnsupportedVersion", "UnknownSource"}:
            return super().encode(message)
        if any(number not in range(256) for number in asked):
            return super().encode(message)
        fields = {**message["header"], "version": 1, "source": 1}
        fields["relay_domain"] = asked[0] if asked[0] in range(1, 5) else 1
        data = super().encode({**message, "header": fields})
        return edits.put(data, 4, bytes(asked))


@mutant("E06c", "ERR-ENCODE", "HDR-SOURCE", "HDR-VERSION", "HDR-DOMAIN")
class EncoderRefusalsGeneral(Mutant):
    """An encoder refuses whatever is wrong with a header as a ParseError."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        try:
            return super().encode(message)
        except Rejected as rejected:
            if rejected.kind in {"InvalidRelayDomain", "UnsupportedVersion", "UnknownSource"}:
                raise Rejected("ParseError", offset=4, context=str(rejected)) from None
            raise


@mutant("E08", "HDR-MAGIC", "ERR-NO-CRASH")
class RefusalIsNone(Mutant):
    """What is refused gives None and no error."""

    def decode(self, data: bytes) -> Any:
        try:
            return super().decode(data)
        except Rejected:
            return None


@mutant("E08b", "HDR-MAGIC", "ERR-NO-CRASH")
class RefusalReturned(Mutant):
    """A refusal is returned instead of raised."""

    def decode(self, data: bytes) -> Any:
        try:
            return super().decode(data)
        except Rejected as rejected:
            return rejected


@mutant("E08c", "TLV-TRUNCATED", "TLV-TYPE", "ERR-NO-CRASH")
class PartialResult(Mutant):
    """Where a payload is wrong, the TLVs in front of the fault are given and the rest is not."""

    def decode(self, data: bytes) -> Any:
        try:
            return super().decode(data)
        except Rejected:
            if not edits.is_whole(data):
                raise
            message = super().decode(edits.with_payload(data, b""))
            for tlv in edits.tlvs_of(data)[0]:
                try:
                    message["tlvs"] += super().decode(edits.with_payload(data, tlv.framed))["tlvs"]
                except Rejected:
                    break
            return message


@mutant("E08d", "ERR-ENCODE", "ERR-RANGE")
class EncoderGivesNothing(Mutant):
    """An encoder gives no bytes and no error for what it cannot write."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        try:
            return super().encode(message)
        except Rejected:
            return b""


@mutant("E17", "TLV-TRUNCATED", "ERR-NO-CRASH")
class CutTlvHangs(Mutant):
    """A TLV that is cut is waited for: the decoder hangs."""

    def decode(self, data: bytes) -> Any:
        while edits.is_whole(data) and len(edits.tlvs_of(data)[1]) > 2:
            pass
        return super().decode(data)


@mutant("E18", "ERR-CONTEXT-MUST")
class ContextNotTold(RefusalMutant):
    """A refusal says its kind and nothing else, though error_context is claimed."""

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {}


@mutant("E19b", "ERR-RANGE")
class WordsAreAddresses(Mutant):
    """An encoder takes an address that fills a word of 32 bytes, zeros behind it."""

    is_for_vectors = False

    def encode(self, message: Mapping[str, Any]) -> Any:
        return super().encode({**message, "tlvs": [self._cut(tlv) for tlv in message["tlvs"]]})

    def _cut(self, tlv: Mapping[str, Any]) -> Mapping[str, Any]:
        if not isinstance(tlv["value"], Mapping):
            return tlv
        value = {
            name: part[:20] if isinstance(part, bytes) and _is_word(part) else part
            for name, part in tlv["value"].items()
        }
        return {**tlv, "value": value}


def _is_word(part: bytes) -> bool:
    return len(part) == 32 and not any(part[20:])


@mutant("E19", "ERR-RANGE")
class RangeOfTheFirst(Mutant):
    """The side of a second trade is taken modulo 256."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = [
            {**tlv, "value": {**tlv["value"], "side": tlv["value"]["side"] & 0xFF}}
            if index and tlv["type"] == 1
            else tlv
            for index, tlv in enumerate(message["tlvs"])
        ]
        return super().encode({**message, "tlvs": tlvs})

"""Faults in judging what values mean (section 8) that no single rule has; written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torq_conformance.model import derived_codec
from torq_conformance.mutants.rule_faults import ids_of
from torq_conformance.mutants.seeding import Mutant, mutant
from torq_conformance.rejection import Rejected
from torq_specs.faults import diagnose
from torq_specs.registry import REGISTRY

Value = Mapping[str, Any]

EVERY = ids_of()


class _RuleMutant(Mutant):
    """Judges the values of type ``number`` by another rule: `judge` changes what is found."""

    number: ClassVar[int]

    def judge(self, value: Value, found: list[str]) -> list[str]:
        """The fields that it names, of those that are named."""
        raise NotImplementedError

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        named: list[str] = []
        for tlv in message["tlvs"]:
            found = super().validate({**message, "tlvs": [tlv]})
            named += self.judge(tlv["value"], found) if tlv["type"] == self.number else found
        return named


@mutant("L02f", *ids_of("Trade"))
class FirstViolationOnly(_RuleMutant):
    """Of several violations of a Trade only the first is named."""

    number = 1

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return found[:1]


class _BookMutant(_RuleMutant):
    """Judges order books by another rule."""

    number = 3


@mutant("L04j", *ids_of("OrderBook"))
class EmptySideNamed(_BookMutant):
    """A book without bids is named."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return found if value["bids"] else [*found, "bids"]


@mutant("L04k", *ids_of("OrderBook"))
class EmptySideRaises(_BookMutant):
    """A book without asks gives an IndexError."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        value["asks"][0]["price"].bit_count()
        return found


@mutant("L04l", *ids_of("OrderBook"))
class LevelsFromOne(_BookMutant):
    """Levels are named by numbers that start at 1."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return [self._counted(name) for name in found]

    def _counted(self, name: str) -> str:
        side, is_level, rest = name.partition("[")
        index, _, field = rest.partition("]")
        return f"{side}[{int(index) + 1}]{field}" if is_level else name


@mutant("L12", *EVERY)
class FirstTlvJudged(Mutant):
    """Only the first TLV of a message is judged."""

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        return super().validate({**message, "tlvs": message["tlvs"][:1]})


@mutant("L12b", *EVERY)
class NothingJudged(Mutant):
    """Every message is taken."""

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        return []


@mutant("L12c", "CONTRACT", *EVERY)
class ViolationsCounted(Mutant):
    """Violations are counted instead of named."""

    def validate(self, message: Mapping[str, Any]) -> Any:
        return len(super().validate(message))


@mutant("L12d", *EVERY)
class ViolationsTagged(Mutant):
    """Violations are named with the type in front."""

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        return [f"tlvs[0].{name}" for name in super().validate(message)]


@mutant("L20", *ids_of("StateInvalidation"))
class HealthJudged(Mutant):
    """A health_status without a name is named, though section 8 has no rule for it."""

    def validate(self, message: Mapping[str, Any]) -> Any:
        named = super().validate(message)
        if any(t["type"] == 107 and t["value"]["health_status"] > 3 for t in message["tlvs"]):
            named.append("health_status")
        return named


class _ChangedBook(Mutant):
    """Judges another book than it is given."""

    def changed(self, book: dict[str, Any]) -> dict[str, Any]:
        """The book that is judged."""
        return book

    def validate(self, message: Mapping[str, Any]) -> Any:
        tlvs = [
            {**tlv, "value": self.changed(tlv["value"])} if tlv["type"] == 3 else tlv
            for tlv in message["tlvs"]
        ]
        return super().validate({**message, "tlvs": tlvs})


@mutant("L22", *ids_of("OrderBook"))
class OneSidedBooksUnjudged(_ChangedBook):
    """The order of a side is only judged while the other has levels, too."""

    def changed(self, book: dict[str, Any]) -> dict[str, Any]:
        return book if book["bids"] and book["asks"] else {**book, "bids": [], "asks": []}


@mutant("L23", *ids_of("Trade"))
class FirstViolationAlone(Mutant):
    """Behind a trade that breaks a rule nothing is judged."""

    def validate(self, message: Mapping[str, Any]) -> Any:
        first = super().validate({**message, "tlvs": message["tlvs"][:1]})
        is_enough = first and message["tlvs"][0]["type"] == 1
        return first if is_enough else super().validate(message)


class _LevelMutant(_BookMutant):
    """Does not name a part of some levels."""

    def sees_level(self, side: str, index: int, part: str, levels: list[Any]) -> bool:
        """Whether that part of a level is judged."""
        raise NotImplementedError

    def judge(self, value: Value, found: list[str]) -> list[str]:
        named = []
        for name in found:
            side, _, rest = name.partition("[")
            index, _, part = rest.partition("].")
            if not part or self.sees_level(side, int(index), part, value[side]):
                named.append(name)
        return named


@mutant("L24b", *ids_of("OrderBook"))
class DeepZeroSizes(_LevelMutant):
    """A size of 0 behind the third level is not named, one below 0 is."""

    def sees_level(self, side: str, index: int, part: str, levels: list[Any]) -> bool:
        return part != "size" or index < 3 or levels[index]["size"] < 0


@mutant("L24c", *ids_of("OrderBook"))
class MiddleUnordered(_LevelMutant):
    """The order of the first four and of the last two levels is judged."""

    def sees_level(self, side: str, index: int, part: str, levels: list[Any]) -> bool:
        return part != "price" or index < 4 or index > len(levels) - 3


@mutant("L25", *ids_of("OrderBook"))
class EmptyUnjudged(_BookMutant):
    """An empty book is not judged at all."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return found if value["bids"] or value["asks"] else []


@mutant("L26", *ids_of("OrderBook"))
class FirstFaultOfABook(_BookMutant):
    """Of a book the first rule that it breaks is named, and no other."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return found[:1]


@mutant("L27", *ids_of("Quote"))
class AskUnjudged(_RuleMutant):
    """An ask below 0 is named as a bid that crosses it."""

    number = 2

    def judge(self, value: Value, found: list[str]) -> list[str]:
        if value["ask_price"] < 0 <= value["bid_price"]:
            return ["bid_price" if name == "ask_price" else name for name in found]
        return found


@mutant("L40", "VLD-DECODE")
class MeaningNotJudged(Mutant):
    """decode_validated is decode: nothing is refused for what it means."""

    def decode_validated(self, data: bytes) -> Any:
        return self.decode(data)


@mutant("L41", "VLD-DECODE")
class MeaningIsParseError(Mutant):
    """What breaks a rule is refused as ParseError."""

    def decode_validated(self, data: bytes) -> Any:
        message = self.decode(data)
        if self.validate(message):
            raise Rejected("ParseError", offset=32, context="makes no sense")
        return message


@mutant("L42", "VLD-DECODE")
class MeaningBeforeForm(Mutant):
    """What breaks a rule is refused as that, whatever else is wrong with the message."""

    def decode_validated(self, data: bytes) -> Any:
        try:
            return super().decode_validated(data)
        except Rejected as rejected:
            whole = data[:28] + derived_codec.seal(data)[28:32] + data[32:]
            if rejected.kind == "ChecksumMismatch":
                super().decode_validated(whole)
            raise


@mutant("L42b", "VLD-DECODE")
class MeaningOfEachBeforeTheNext(Mutant):
    """decode_validated judges each TLV before it reads the next one, which may be cut."""

    def decode_validated(self, data: bytes) -> Any:
        try:
            return super().decode_validated(data)
        except Rejected as rejected:
            if rejected.kind == "TruncatedTLV":
                size: Any = rejected.context["offset"]
                header = data[:24] + size.to_bytes(4, "little") + data[28:32]
                super().decode_validated(derived_codec.seal(header + data[32 : 32 + size]))
            raise


@mutant("L42c", "VLD-DECODE")
class MeaningBeforePadding(Mutant):
    """decode_validated looks at padding when it has judged all that is meant."""

    is_for_vectors = False

    def decode_validated(self, data: bytes) -> Any:
        try:
            return super().decode_validated(data)
        except Rejected as rejected:
            if rejected.kind == "ParseError" and all(one.is_padding for one in diagnose(data)):
                for field in self.validate(derived_codec.decode_message(data)):
                    raise Rejected("ValidationFailed", field=field) from None
            raise


@mutant("L42d", "PAD-DECODE")
class PaddingOfTheRuledAlone(Mutant):
    """decode_validated looks at the padding of types alone that have a rule."""

    is_for_vectors = False

    def decode_validated(self, data: bytes) -> Any:
        try:
            return super().decode_validated(data)
        except Rejected as rejected:
            if rejected.kind != "ParseError" or not all(one.is_padding for one in diagnose(data)):
                raise
            message = derived_codec.decode_message(data)
            if any(REGISTRY[tlv["type"]].rules for tlv in message["tlvs"]):
                raise
            return message


@mutant("L43", "ERR-CONTEXT-SHOULD")
class MeaningMisnamed(Mutant):
    """ValidationFailed names a field that breaks no rule."""

    def decode_validated(self, data: bytes) -> Any:
        try:
            return super().decode_validated(data)
        except Rejected as rejected:
            if rejected.kind == "ValidationFailed":
                raise Rejected("ValidationFailed", field="checksum") from None
            raise


@mutant("L44", "VLD-DECODE")
class FirstMeaningOnly(Mutant):
    """decode_validated judges the first TLV alone."""

    def decode_validated(self, data: bytes) -> Any:
        message = self.decode(data)
        for field in self.validate({**message, "tlvs": message["tlvs"][:1]}):
            raise Rejected("ValidationFailed", field=field)
        return message


@mutant("L45", "VLD-DECODE")
class BrokenTlvsLeftOut(Mutant):
    """decode_validated leaves TLVs out that break a rule, instead of refusing the message."""

    def decode_validated(self, data: bytes) -> Any:
        message = self.decode(data)
        tlvs = [t for t in message["tlvs"] if not self.validate({**message, "tlvs": [t]})]
        return {**message, "tlvs": tlvs}

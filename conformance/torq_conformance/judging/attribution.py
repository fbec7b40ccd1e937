"""To which requirement a wrong answer speaks, by the evidence in the answer alone.

A case names the requirement that it was made for. What is wrong with the answer may speak of
another one: of the layout of the field that differs, of the check that is missing, of the rule that
is misread. Each deviation has a ``subject``, the same for all answers that are wrong in this way;
``causes`` groups by it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging import settings
from torq_conformance.model import derived_codec
from torq_conformance.model.byte_map import Place, first_difference, place_at
from torq_conformance.model.values import MISSING, Difference, differences
from torq_conformance.rejection import Rejected
from torq_specs.faults import HEADER_LAYOUT, MEANINGS, Fault, FaultKind, Frame, frames
from torq_specs.header import HEADER_SIZE
from torq_specs.layout import Padding
from torq_specs.registry import STANDARD_SIZE_MAX, Registry, TlvType
from torq_specs.requirements import ID_REQUIREMENTS, layout_requirement_id
from torq_specs.rules import Rule
from torq_specs.validation import violations


@dataclass(frozen=True)
class Deviation:
    """One way in which an answer is wrong: the requirement, what is misread, and how.

    ``kind`` says of a number how it was changed ("byte order", "sign", ...); else it is empty.
    """

    requirement: str
    subject: str
    kind: str = ""


HEADER_FIELDS = {
    "magic": "HDR-MAGIC",
    "relay_domain": "HDR-DOMAIN",
    "version": "HDR-VERSION",
    "source": "HDR-SOURCE",
    "flags": "HDR-FLAGS",
    "payload_size": "HDR-PAYLOAD-SIZE",
    "checksum": "CHK-VALUE",
}
"""The requirement that speaks of a header field; HDR-LAYOUT for the others."""

RULE_MISREAD = {
    FaultKind.CAPACITY_EXCEEDED: "VEC-FULL",
    FaultKind.TRUNCATED_TLV: "TLV-STANDARD",
}
"""Where a refusal without a fault speaks of another rule than a refusal that is missing."""

CONTRACT_ID = "CONTRACT"
"""In place of a requirement: the answer has not the form that the contract gives it."""

SEVERAL = Deviation("ERR-ANY-OF-SEVERAL", "several faults", "several")
"""Several faults together, none of which is missed alone: only then is it about this rule."""

ONE_OF = "one of"
"""The kind of a refusal that is about one of the fields that follow; nobody knows yet which."""

STATE = "STATE-"
"""How the requirements on what other calls leave behind begin."""

FRAMES = "framing"
"""The subject of what differs in how TLVs are framed, in their number and order, or in bytes."""

PADDING = "check padding"
"""The subject of padding that is not looked at."""

FRAMING = frozenset(
    {
        *("TLV-STANDARD", "TLV-EXTENDED", "TLV-ANY-EXTENDED", "TLV-SHORTEST", "TLV-ORDER"),
        *("TLV-ZERO-LENGTH", "TLV-VENDOR", "REG-OPAQUE", "HDR-EMPTY"),
    }
)
"""Requirements about how TLVs are framed; what differs there is attributed to the case's own."""

VECTORS = frozenset({"VEC-COUNT", "VEC-FULL", "VEC-CAPACITY", "BOOK-SIDES"})

FAMILIES: Mapping[FaultKind | None, frozenset[str]] = {
    FaultKind.CHECKSUM_MISMATCH: frozenset({"CHK-VALUE"}),
    FaultKind.MESSAGE_TOO_SMALL: frozenset({"HDR-PAYLOAD-SIZE", "HDR-EMPTY", "MEM-WRITE"}),
    FaultKind.MESSAGE_TOO_LARGE: frozenset({"HDR-PAYLOAD-SIZE"}),
    FaultKind.PARSE_ERROR: frozenset(
        {"HDR-PAYLOAD-SIZE", "HDR-EMPTY", "VAL-STRUCTURAL", "PAD-DECODE"}
    ),
    FaultKind.TRUNCATED_TLV: FRAMING | {"TLV-TRUNCATED"},
    FaultKind.INVALID_EXTENDED_TLV: frozenset({"TLV-EXTENDED", "TLV-ANY-EXTENDED"}),
    FaultKind.INVALID_TLV_TYPE: frozenset({"TLV-VENDOR", "REG-OPAQUE"}),
    FaultKind.RELAY_DOMAIN_MISMATCH: frozenset({"TLV-VENDOR", "HDR-DOMAIN"}),
    FaultKind.PAYLOAD_SIZE_MISMATCH: frozenset({"REG-OPAQUE", "TLV-ZERO-LENGTH", "TLV-VENDOR"}),
    FaultKind.CAPACITY_EXCEEDED: VECTORS,
    FaultKind.PAYLOAD_TOO_LARGE: frozenset({"TLV-EXTENDED"}),
}
"""Requirements that speak of a kind of fault beside its own: the case's counts if it is one."""

TLVS_COUNTED_MAX = 4096
"""TLVs that are counted to see whether one is missing."""

TLVS_COMPARED_MAX = 64
"""TLVs of a message among which one is looked for that stands in another place."""

DIFFERENCES_MAX = 2000
"""Differing fields of one answer that are looked at."""

KIND_MAX = 40
"""Characters of the kind of a refusal; that of none of section 6 has as many."""

PARTS_MAX = 64
"""Deviations of one answer that are kept apart."""


READING = frozenset({Operation.DECODE, Operation.DECODE_VALIDATED, Operation.DECODE_VIEW})
"""Operations whose answer is a neutral message."""

BEHIND = "behind the first TLV"
"""The subject of what is not seen in any TLV but the first one."""


def known(kind: str) -> FaultKind | None:
    """The kind of that name; None for any other text."""
    return FaultKind(kind) if kind in FaultKind._value2member_map_ else None


def of_values(
    requirement: str, request: Request, expected: Any, got: Any, registry: Registry
) -> Iterator[Deviation]:
    """How a decoded value differs, field by field."""
    if request.operation is Operation.INSTRUMENT_ID:
        own = _about_id(requirement, request)
        yield Deviation(own, str(request.operation))
        return
    if request.operation not in READING:
        yield Deviation(requirement, str(request.operation))
        return
    if request.operation is Operation.DECODE_VIEW:
        # A field that decode misreads as well explains it.
        yield Deviation(requirement, str(request.operation))
    if _is_another_tlv(expected, got):
        yield Deviation(_chosen(requirement, "TLV-ORDER", FRAMING), FRAMES)
        return
    found = dict[Deviation, None]()
    for difference in itertools.islice(differences(expected, got), DIFFERENCES_MAX):
        found[_of_value(requirement, difference, expected, registry)] = None
        if len(found) >= PARTS_MAX:
            break
    yield from found


def of_field(
    requirement: str, request: Request, path: str, registry: Registry
) -> Iterator[Deviation]:
    """A field of the message that is read, by its path in the neutral message."""
    assert isinstance(request.argument, bytes)
    message = derived_codec.decode_message(request.argument, registry)
    yield _of_value(requirement, Difference(path, "", ""), message, registry)


def _is_another_tlv(expected: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
    """Whether a TLV was given in the place of another one of the same message."""
    right, wrong = expected["tlvs"], got.get("tlvs")
    if not isinstance(wrong, list) or len(right) != len(wrong):
        return False
    changed = (other for one, other in zip(right, wrong, strict=True) if one != other)
    return next(changed, None) in right[:TLVS_COMPARED_MAX]


def _of_value(
    requirement: str, difference: Difference, expected: Any, registry: Registry
) -> Deviation:
    part, _, name = difference.path.partition(".")
    kind = _kind(difference.expected, difference.got)
    if kind == "missing" and not difference.path.endswith("]"):
        # A part of the neutral value that has another name, or none.
        return Deviation(CONTRACT_ID, "contract")
    if part == "header":
        return Deviation(HEADER_FIELDS.get(name, "HDR-LAYOUT"), f"header.{name}", kind)
    if not part.startswith("tlvs["):
        # A list of TLVs that is too long or too short.
        return Deviation(_chosen(requirement, "TLV-ORDER", FRAMING), FRAMES)
    index = int(part[5:-1])
    if index >= len(expected["tlvs"]):
        return Deviation(_chosen(requirement, "TLV-ORDER", FRAMING), FRAMES)
    line = registry.get(expected["tlvs"][index]["type"])
    if name == "type" and len(expected["tlvs"]) == 1:
        own = layout_requirement_id(line) if line is not None and line.layout else "REG-OPAQUE"
        return Deviation(_chosen(requirement, own, FRAMING), f"type of {own}")
    if not name.startswith("value"):
        return Deviation(_chosen(requirement, "TLV-ORDER", FRAMING), FRAMES)
    if line is None or line.layout is None:
        return Deviation(_chosen(requirement, "REG-OPAQUE", FRAMING), FRAMES)
    return _of_field(requirement, line, name.removeprefix("value").removeprefix("."), kind)


def _of_field(requirement: str, line: TlvType, path: str, kind: str) -> Deviation:
    """A field of a declared type; elements of a vector are all one field."""
    field = plain(path)
    own = layout_requirement_id(line)
    family = VECTORS if "[" in path else frozenset[str]()
    if field.rpartition(".")[2].startswith("reserved") or _is_enumeration(line, field):
        family |= {"VAL-STRUCTURAL"}
    if kind == "missing":
        return Deviation(_chosen(requirement, "VEC-COUNT", VECTORS), f"{line.name}.{field} count")
    return Deviation(_chosen(requirement, own, family), f"{line.name}.{field}", kind)


def _is_enumeration(line: TlvType, field: str) -> bool:
    assert line.layout is not None
    return any(one.name == field and one.values is not None for one in line.layout.named)


def leaves_out_tlvs(request: Request, answer: Any) -> bool:
    """Whether the bytes of an answer have fewer TLVs than there are in what was asked."""
    argument: Any = request.argument
    match request.operation:
        case Operation.ENCODE if isinstance(answer, bytes):
            asked, given = iter(argument["tlvs"]), frames(answer[HEADER_SIZE:])
        case Operation.ROUNDTRIP if isinstance(answer, bytes):
            asked, given = frames(argument[HEADER_SIZE:]), frames(answer[HEADER_SIZE:])
        case _:
            return False
    counts = [len([*itertools.islice(some, TLVS_COUNTED_MAX)]) for some in (asked, given)]
    return counts[1] < counts[0]


LEFT_OUT = Deviation("TLV-ORDER", FRAMES, "left out")
"""A TLV that is not there."""


def of_bytes(
    requirement: str, request: Request, expected: bytes, got: bytes, registry: Registry
) -> Iterator[Deviation]:
    """How encoded bytes differ: field by field where the sizes agree, else at the first one."""
    offset = first_difference(expected, got)
    assert offset is not None
    if HEADER_SIZE <= len(got) < len(expected) and leaves_out_tlvs(request, got):
        yield replace(LEFT_OUT, requirement=_chosen(requirement, "TLV-ORDER", FRAMING))
        return
    first = place_at(expected, offset, registry)
    found = {_of_place(requirement, expected, got, first, registry): None}
    if len(expected) == len(got) and first.frame is not None and first.leaf is not None:
        # The other fields of the same TLV: all that are wrong belong together.
        layout = _line(first.frame, registry).layout
        assert layout is not None
        start = HEADER_SIZE + first.frame.value_offset
        for leaf in layout.leaves:
            at = slice(start + leaf.offset, start + leaf.end)
            if expected[at] != got[at]:
                place = replace(first, leaf=leaf)
                found[_of_place(requirement, expected, got, place, registry)] = None
    yield from itertools.islice(found, PARTS_MAX)


def _line(frame: Frame, registry: Registry) -> TlvType:
    """The type of a TLV that has one."""
    assert frame.number is not None
    return registry[frame.number]


def _of_place(
    requirement: str, expected: bytes, got: bytes, place: Place, registry: Registry
) -> Deviation:
    leaf = place.leaf
    if place.part == "header":
        assert leaf is not None
        kind = _kind_of_bytes(expected[leaf.offset : leaf.end], got[leaf.offset : leaf.end])
        own = HEADER_FIELDS.get(leaf.path, "HDR-LAYOUT")
        return Deviation(own, f"header.{leaf.path}", kind)
    if place.frame is None:
        # There is more behind the last TLV.
        return Deviation(_chosen(requirement, "HDR-PAYLOAD-SIZE", FRAMING), FRAMES)
    if place.part == "frame":
        return Deviation(_of_frame(requirement, place.frame, got), FRAMES)
    if leaf is None:
        return Deviation(_chosen(requirement, "REG-OPAQUE", FRAMING), FRAMES)
    return _of_leaf(requirement, expected, got, place, registry)


def _of_frame(requirement: str, frame: Frame, got: bytes) -> str:
    if _is_framed_otherwise(frame, got) or _is_split(frame, got):
        return "TLV-SHORTEST"
    if requirement in FRAMING:
        return requirement
    if _is_of_another_size(frame, got):
        return "REG-SIZE"
    return "TLV-EXTENDED" if frame.is_extended else "TLV-STANDARD"


def _is_framed_otherwise(expected: Frame, got: bytes) -> bool:
    """Whether the same TLV is there, extended instead of standard or the other way round."""
    return any(
        (frame.offset, frame.number, frame.size)
        == (expected.offset, expected.number, expected.size)
        and frame.is_extended != expected.is_extended
        for frame in frames(got[HEADER_SIZE:])
    )


def _is_split(expected: Frame, got: bytes) -> bool:
    """Whether the value is there, but in several TLVs of its type."""
    written = (one for one in frames(got[HEADER_SIZE:]) if one.offset >= expected.offset)
    pieces = itertools.takewhile(lambda one: one.number == expected.number, written)
    sizes = itertools.accumulate(one.size or 0 for one in pieces)
    return any(size == expected.size for size in itertools.islice(sizes, 1, None))


def _is_of_another_size(expected: Frame, got: bytes) -> bool:
    """Whether the TLV is framed as it must be, for a value of the wrong size."""
    payload = got[HEADER_SIZE:]
    written = list(frames(payload))
    for frame in written:
        is_it = (frame.offset, frame.number) == (expected.offset, expected.number)
        if is_it and frame.size is not None and frame.size != expected.size:
            is_framed_right = frame.is_extended == (frame.size > STANDARD_SIZE_MAX)
            return is_framed_right and written[-1].end == len(payload)
    return False


def _of_leaf(
    requirement: str, expected: bytes, got: bytes, place: Place, registry: Registry
) -> Deviation:
    assert place.leaf is not None
    assert place.frame is not None
    line = _line(place.frame, registry)
    path = place.leaf.path
    vector, is_slot, rest = path.partition("[")
    if is_slot and int(rest.partition("]")[0]) >= _count(expected, place, vector, line):
        return Deviation("VEC-SLOTS", f"{line.name}.{vector} stale slots")
    if isinstance(place.leaf.type, Padding):
        return Deviation("PAD-ENCODE", f"{line.name} padding")
    if place.leaf.is_count:
        own = _chosen(requirement, "VEC-COUNT", VECTORS)
        return Deviation(own, f"{line.name}.{path} count".replace(".count count", " count"))
    start = HEADER_SIZE + place.frame.value_offset
    at = slice(start + place.leaf.offset, start + place.leaf.end)
    kind = _kind_of_bytes(expected[at], got[at])
    return _of_field(requirement, line, path, kind)


def _count(expected: bytes, place: Place, vector: str, line: TlvType) -> int:
    assert place.frame is not None
    assert line.layout is not None
    start = HEADER_SIZE + place.frame.value_offset
    leaf = next(one for one in line.layout.leaves if one.path == f"{vector}.count")
    return int.from_bytes(expected[start + leaf.offset : start + leaf.end], "little")


HEADER_KINDS = {
    FaultKind.CHECKSUM_MISMATCH: "checksum",
    FaultKind.INVALID_MAGIC: "magic",
    FaultKind.UNSUPPORTED_VERSION: "version",
    FaultKind.INVALID_RELAY_DOMAIN: "relay_domain",
    FaultKind.UNKNOWN_SOURCE: "source",
}
"""Kinds that are about one field of the header."""

GENERIC = frozenset(
    {FaultKind.PARSE_ERROR, FaultKind.TRUNCATED_TLV, FaultKind.MESSAGE_TOO_SMALL, None}
)
"""Kinds of refusal that say little about which rule is misread; None: any other text."""


def rule_misread(kind: FaultKind) -> str:
    """The requirement of the rule that is misread where that kind is found without a fault."""
    return RULE_MISREAD.get(kind, MEANINGS[kind].speaks_of)


def of_refusal(
    requirement: str, request: Request, refusal: Rejected, registry: Registry
) -> list[Deviation]:
    """What is valid was refused: the rule that is misread, or what is special in the message."""
    kind = known(refusal.kind)
    if request.operation is Operation.CONFIG:
        is_named = kind is FaultKind.CONFIG_ERROR
        named = settings.of_refused(request, refusal.context.get("variable"))
        return of_config([named if is_named else settings.VARIABLE])
    if request.operation is Operation.INSTRUMENT_ID:
        own = _about_id(requirement, request)
        return [Deviation(own, own)]
    if kind in GENERIC:
        given = refusal.kind[:KIND_MAX]
        special = list(_special(requirement, request, given, registry))
        own = requirement if kind is None else rule_misread(kind)
        return special or [Deviation(_chosen(requirement, own, _family(kind)), f"refuses {given}")]
    assert kind is not None
    if kind is FaultKind.VALUE_OUT_OF_RANGE:
        # What fits its field is legal: the field is taken for another one.
        field = _field_named(str(refusal.context.get("field")), request, registry)
        if field is not None:
            return [field]
        fields = [*dict.fromkeys(_hard_to_hold(request, registry))]
        if fields:
            return [Deviation(MEANINGS[kind].speaks_of, f"refuses {kind}", ONE_OF), *fields]
    if kind in HEADER_KINDS:
        name = HEADER_KINDS[kind]
        return [Deviation(HEADER_FIELDS[name], f"header.{name}", "refused")]
    own, about = rule_misread(kind), ""
    line = _only_line(request, registry)
    if kind in {FaultKind.PAYLOAD_SIZE_MISMATCH, FaultKind.CAPACITY_EXCEEDED} and line is not None:
        about = f" of {line.name}"
    return [Deviation(_chosen(requirement, own, _family(kind)), f"refuses {kind}{about}")]


def _special(
    requirement: str, request: Request, given: str, registry: Registry
) -> Iterator[Deviation]:
    """What a valid message has that not every message has: a refusal may be about any of it."""
    start, data = f"refuses {given}", _message(request)
    about_header = requirement if requirement.startswith("HDR-") else ""
    is_long = False
    if isinstance(data, bytes):
        found = list(frames(data[HEADER_SIZE:]))
        sizes = [(one.number or 0, one.size or 0) for one in found]
        is_long = any(one.is_extended and (one.size or 0) <= STANDARD_SIZE_MAX for one in found)
    else:
        sizes = [(tlv["type"], len(tlv["value"])) for tlv in data["tlvs"]]
    if is_long:
        yield Deviation("TLV-ANY-EXTENDED", f"{start} of long framing")
    if not sizes:
        yield Deviation(about_header or "HDR-EMPTY", f"{start} of no TLV")
    if any(size == 0 for _, size in sizes):
        yield Deviation("TLV-ZERO-LENGTH", f"{start} of no bytes")
    lines = [registry.get(number) for number in dict.fromkeys(number for number, _ in sizes)]
    for line in lines:
        if line is not None and line.layout is not None:
            own = _chosen(requirement, layout_requirement_id(line), VECTORS | {"VAL-STRUCTURAL"})
            yield Deviation(own, f"{start} of {line.name}")
    if any(size > STANDARD_SIZE_MAX for _, size in sizes):
        yield Deviation(about_header or "TLV-EXTENDED", f"{start} of extended framing")
    if any(line is not None and line.layout is None for line in lines):
        own = about_header or _chosen(requirement, "REG-OPAQUE", FRAMING)
        yield Deviation(own, f"{start} of opaque types")


def of_meaningless_refusal(
    requirement: str, request: Request, refusal: Rejected, registry: Registry
) -> list[Deviation]:
    """A message that breaks no rule was refused as ValidationFailed: the rule, or its fields."""
    name = plain(str(refusal.context.get("field")))
    rules = [one for one in _rules(request, registry) if name in names_of(one[1])]
    found = [Deviation(requirement, id_, "decode_validated") for id_, _, _ in rules]
    fields = [field for _, rule, line in rules for field in _fields(rule, line)]
    return [*found, *fields] or [Deviation(requirement, "refuses ValidationFailed")]


def of_meaning_accepted(requirement: str, request: Request, registry: Registry) -> list[Deviation]:
    """A message that breaks rules was accepted by decode_validated."""
    assert isinstance(request.argument, bytes)
    message = derived_codec.decode_message(request.argument, registry)
    ids = dict.fromkeys(one.id for one in violations(message, registry))
    found = [Deviation(requirement, id_, "decode_validated") for id_ in ids]
    fields = fields_of_rules(request, ids, registry)
    return [*found, *fields, *meant_behind(message, registry)]


def _rules(request: Request, registry: Registry) -> Iterator[tuple[str, Rule, TlvType]]:
    for line in (registry.get(number) for number in _numbers(request)):
        for rule in () if line is None else line.rules:
            assert line is not None
            yield line.rule_id(rule), rule, line


def fields_of_rules(
    request: Request, ids: Iterable[str], registry: Registry
) -> Iterator[Deviation]:
    """The fields that some rules read."""
    wanted = {*ids}
    for id_, rule, line in _rules(request, registry):
        if id_ in wanted:
            yield from _fields(rule, line)


def _fields(rule: Rule, line: TlvType) -> list[Deviation]:
    """The fields that a rule reads: who misreads one of them judges the rule wrong."""
    own = layout_requirement_id(line)
    return [Deviation(own, f"{line.name}.{path}") for path in rule.operands]


def names_of(rule: Rule) -> set[str]:
    """The names by which a rule may be meant: its operands, and the vectors that they are in."""
    return {*rule.operands, *(path.partition(".")[0] for path in rule.operands)}


def plain(path: str) -> str:
    """A path without the indices in it."""
    return re.sub(r"\[\d+\]", "", path)


def _field_named(path: str, request: Request, registry: Registry) -> Deviation | None:
    """A field of the message, by the path that a refusal names."""
    name = plain(path).removeprefix("header.")
    if any(field.name == name for field in HEADER_LAYOUT.named):
        return Deviation(HEADER_FIELDS.get(name, "HDR-LAYOUT"), f"header.{name}", "range")
    first = name.partition(".")[0]
    for line in (registry.get(number) for number in _numbers(request)):
        layout = None if line is None else line.layout
        if layout is not None and any(field.name == first for field in layout.named):
            assert line is not None
            return Deviation(layout_requirement_id(line), f"{line.name}.{name}", "range")
    return None


def _hard_to_hold(request: Request, registry: Registry) -> Iterator[Deviation]:
    """The fields of a message whose numbers a type of another sign, or a narrower one, has not."""
    message: Any = request.argument
    if request.operation is Operation.ROUNDTRIP:
        message = derived_codec.decode_message(message, registry)
    elif request.operation is not Operation.ENCODE:
        return
    for tlv in message["tlvs"]:
        line = registry.get(tlv["type"])
        if line is None or line.layout is None:
            continue
        for field in line.layout.named:
            for name in _hard_names(field.name, tlv["value"].get(field.name), field.size):
                yield Deviation(layout_requirement_id(line), f"{line.name}.{name}", "range")
    for field in HEADER_LAYOUT.named:
        if _is_hard(message["header"].get(field.name, 0), field.size):
            name = field.name
            yield Deviation(HEADER_FIELDS.get(name, "HDR-LAYOUT"), f"header.{name}", "range")


def _hard_names(name: str, value: Any, size: int) -> Iterator[str]:
    """Where in a value such numbers are; of what lies within another only negative ones count."""
    if isinstance(value, Mapping):
        for inner, one in value.items():
            yield from _hard_names(f"{name}.{inner}", one, 0)
    elif isinstance(value, list):
        for one in value:
            yield from _hard_names(name, one, 0)
    elif _is_hard(value, size):
        yield name


def _is_hard(value: Any, size: int) -> bool:
    return isinstance(value, int) and (value < 0 or (size > 0 and value >> (8 * size - 1) != 0))


def _numbers(request: Request) -> list[int]:
    """The types in a message, each once."""
    message = _message(request)
    if isinstance(message, bytes):
        return [*dict.fromkeys(frame.number or 0 for frame in frames(message[HEADER_SIZE:]))]
    return [*dict.fromkeys(tlv["type"] for tlv in message["tlvs"])]


def _message(request: Request) -> Any:
    """The message that a request is about, as it is given: its bytes, or its value."""
    return request.argument


def of_config(ids: Iterable[str]) -> list[Deviation]:
    """What is wrong with an answer to config, by sentences of section 12."""
    return [Deviation(id_, f"config {id_}") for id_ in dict.fromkeys(ids)]


def of_acceptance(
    requirement: str, request: Request, faults: tuple[Fault, ...], registry: Registry
) -> list[Deviation]:
    """What is wrong was accepted: the check that is missing, or one of several."""
    if request.operation is Operation.CONFIG:
        return of_config(settings.of_accepted(request, f.context["variable"]) for f in faults)
    found = dict[Deviation, None]()
    for fault in faults:
        found[_missing_check(requirement, request, fault, registry)] = None
    if requirement == SEVERAL.requirement and len(found) > 1:
        return [SEVERAL, *found]
    found |= dict.fromkeys(_behind(request, faults))
    if {fault.kind for fault in faults} == {FaultKind.CHECKSUM_MISMATCH}:
        # Where right checksums are refused the calculation is wrong, not missing.
        found[Deviation("CHK-VALUE", "header.checksum", "verified")] = None
    return [*found]


NOT_READ = (Deviation("TLV-ORDER", FRAMES, "behind"), Deviation("TLV-ORDER", BEHIND))
"""How something behind the first TLV is not seen: it is not read, or not looked at."""


def of_padding(request: Request, faults: tuple[Fault, ...]) -> list[Deviation]:
    """Padding that is not zero was accepted."""
    return [Deviation("PAD-DECODE", PADDING), *_behind(request, faults)]


def _behind(request: Request, faults: tuple[Fault, ...]) -> tuple[Deviation, ...]:
    """Ways beside the check in which faults are not seen: none if one is in the first TLV."""
    return NOT_READ if all(_is_behind(request, fault) for fault in faults) else ()


def _is_behind(request: Request, fault: Fault) -> bool:
    """Whether a fault lies behind the first TLV of a message that is read."""
    data, offset = request.argument, fault.context.get("offset")
    if not isinstance(data, bytes) or not isinstance(offset, int):
        return False
    first = next(frames(data[HEADER_SIZE:]), None)
    # Where a value is wrong is told from the message's first byte on, else from the payload's.
    start = HEADER_SIZE if fault.kind is FaultKind.PARSE_ERROR else 0
    return first is not None and offset >= start + first.end


def meant_behind(message: Mapping[str, Any], registry: Registry) -> tuple[Deviation, ...]:
    """Ways beside the rule in which a broken one is not seen: none if it is in the first TLV."""
    is_first = violations({**message, "tlvs": message["tlvs"][:1]}, registry)
    return () if is_first else NOT_READ


def _about_id(requirement: str, request: Request) -> str:
    """What speaks of an operation on ids that is as wrong when it is asked alone."""
    assert isinstance(request.argument, Mapping)
    own = ID_REQUIREMENTS[request.argument["operation"]]
    return own if requirement.startswith(STATE) else requirement


def _missing_check(
    requirement: str, request: Request, fault: Fault, registry: Registry
) -> Deviation:
    own, about = MEANINGS[fault.kind].speaks_of, ""
    if request.operation is Operation.INSTRUMENT_ID:
        own = "IID-REFUSAL" if requirement.startswith(STATE) else requirement
    chosen = _chosen(requirement, own, _family(fault.kind))
    if fault.is_padding:
        return Deviation("PAD-DECODE", PADDING)
    if fault.kind in HEADER_KINDS and fault.kind is not FaultKind.CHECKSUM_MISMATCH:
        # A checksum that is not verified is another thing than one that is calculated wrong.
        return Deviation(chosen, f"header.{HEADER_KINDS[fault.kind]}")
    if fault.kind is FaultKind.VALUE_OUT_OF_RANGE:
        field = _field_named(str(fault.context.get("field")), request, registry)
        if field is not None:
            return Deviation(chosen, field.subject, "range")
    if fault.kind in {FaultKind.CAPACITY_EXCEEDED, FaultKind.PAYLOAD_SIZE_MISMATCH}:
        line = _only_line(request, registry)
        about = "" if line is None else f" of {line.name}"
    if fault.context.get("need") == HEADER_SIZE:
        about = " of the header"
    direction = " on encode" if request.operation is Operation.ENCODE else ""
    return Deviation(chosen, f"check {fault.kind}{about}{direction}")


def of_misnaming(
    requirement: str,
    request: Request,
    faults: tuple[Fault, ...],
    refusal: Rejected,
    registry: Registry,
) -> list[Deviation]:
    """A refusal for something else than what is wrong: the check that failed to see it."""
    given = refusal.kind[:KIND_MAX]
    if request.operation is Operation.CONFIG:
        return of_config([settings.VARIABLE])
    found = dict[Deviation, None]()
    if given == FaultKind.VALIDATION_FAILED:
        found[Deviation(requirement, "meaning judged before form")] = None
    for fault in faults:
        missing = _missing_check(requirement, request, fault, registry)
        found[Deviation(missing.requirement, missing.subject, f"named {given}")] = None
    is_several = requirement == SEVERAL.requirement and len(found) > 1
    return [SEVERAL, *found] if is_several else [*found]


def of_context(
    requirement: str,
    request: Request,
    fault: Fault,
    wrong: Sequence[str],
    registry: Registry,
    given: object = None,
) -> list[Deviation]:
    """The context of a refusal is wrong: each field of it, missing or another one.

    Last the field at which the fault lies: who misreads it sees what is wrong in another place; of
    a configuration the variable that was ``given``.
    """
    found = [
        Deviation(
            requirement,
            f"context {text.partition(' ')[0]}",
            "context missing" if " is missing" in text else f"context {fault.kind}",
        )
        for text in wrong
    ]
    if request.operation is Operation.CONFIG:
        # Who names a variable that is right may have refused that one.
        return [*found, *of_config([settings.of_refused(request, given)])]
    if fault.is_padding:
        assert isinstance(request.argument, bytes)
        place = place_at(request.argument, int(fault.context["offset"]), registry)
        assert place.frame is not None
        assert place.leaf is not None
        line, path = _line(place.frame, registry), plain(place.leaf.path)
        found.append(Deviation(layout_requirement_id(line), f"{line.name}.{path}", "context"))
    return found


def _family(kind: FaultKind | None) -> frozenset[str]:
    return FAMILIES.get(kind, frozenset())


def _chosen(requirement: str, own: str, family: AbstractSet[str]) -> str:
    return requirement if requirement in family else own


def _only_line(request: Request, registry: Registry) -> TlvType | None:
    """The only type with a layout in a message; None if there are none or several."""
    numbers = _numbers(request)
    lines = [line for number in numbers if (line := registry.get(number)) and line.layout]
    return lines[0] if len(lines) == 1 and len(numbers) == 1 else None


def _kind(expected: Any, got: Any) -> str:
    if expected is MISSING or got is MISSING:
        return "missing"
    if not isinstance(expected, int) or not isinstance(got, int):
        return ""
    if abs(expected - got).bit_length() > 300:
        return ""
    return _number_kind(expected, got)


def _kind_of_bytes(expected: bytes, got: bytes) -> str:
    if len(expected) != len(got):
        return ""
    if expected == got[::-1]:
        return "byte order"
    one, other = int.from_bytes(expected, "little"), int.from_bytes(got, "little")
    return _number_kind(one, other)


def _number_kind(expected: int, got: int) -> str:
    difference = abs(expected - got)
    for size in (2, 4, 8, 16, 32):
        mask = (1 << 8 * size) - 1
        one, other = expected & mask, got & mask
        if one != other and one.to_bytes(size, "little") == other.to_bytes(size, "big"):
            return "byte order"
    if difference in {1 << 8 * size for size in (1, 2, 4, 8, 16, 32)}:
        return "sign"
    if difference <= abs(expected) >> 52:
        return "rounded"
    for bits in (8, 16, 32, 53, 64):
        if got == expected & ((1 << bits) - 1):
            return "cut"
    if _has_lost_digits(expected, got):
        return "digits"
    return "zero" if got == 0 else ""


def _has_lost_digits(expected: int, got: int) -> bool:
    """Whether the decimal text of a number came without some of its zeros."""
    some_zeros = re.sub("0+", lambda zeros: f"0{{0,{len(zeros[0])}}}", str(expected))
    return re.fullmatch(some_zeros, str(got)) is not None

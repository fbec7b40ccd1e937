"""Cases about validation (section 8), derived from the rules that the declarations carry.

A sound value keeps every rule of its type; an edge moves the fields of one rule to either side of
where it changes its mind. No line of this module knows a TLV: a vendor's rules are asked likewise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.case import Case
from torq_conformance.cases.rule_edges import edges, settled
from torq_conformance.errors import KitError
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_specs.header import HEADER_SIZE
from torq_specs.registry import Registry, TlvType
from torq_specs.rules import Rule

Value = dict[str, Any]
Named = tuple[str, Value]

ROUNDS_MAX = 10
"""How often the rules of a type are settled, one after another, until a value keeps them all."""


def with_rules(registry: Registry) -> Iterator[TlvType]:
    """The types that have a rule."""
    return (line for line in registry if line.rules)


def sound_value(line: TlvType) -> Value:
    """A value that keeps every rule, every other byte distinct; KitError where there is none."""
    assert line.layout is not None
    value = boundaries.distinct(line.layout)
    for _ in range(ROUNDS_MAX):
        broken = [rule for rule in line.rules if any(rule.violations(value))]
        if not broken:
            return value
        for rule in broken:
            value = settled(rule, line.layout, value)
    rules = ", ".join(rule.expression for rule in line.rules)
    raise KitError(f"No value of {line.name} keeps all its rules: {rules}.", "Look at its rules=.")


def bare_value(line: TlvType) -> Value:
    """A sound value in which all is zero that no rule speaks of."""
    assert line.layout is not None
    sound = sound_value(line)
    spoken = {path.partition(".")[0] for rule in line.rules for path in rule.operands}
    return {**boundaries.zeros(line.layout), **{name: sound[name] for name in spoken}}


def of_rule(line: TlvType, rule: Rule) -> Iterator[Named]:
    """Values at the edges of a rule, on the right side and on the wrong one."""
    assert line.layout is not None
    sound = sound_value(line)
    partners = _partners(line, rule)
    for label, value in edges(rule, line.layout, sound):
        yield label, value
        if partners and len(rule.operands) == 1:
            # The same number in what the field is compared with by other rules.
            (field,) = rule.operands
            equal = dict.fromkeys(partners, value[field])
            yield f"{label}, {', '.join(partners)} likewise", {**value, **equal}


def _partners(line: TlvType, rule: Rule) -> list[str]:
    """Other integers that are compared with those of a rule."""
    mine = {path for path in rule.operands if "." not in path}
    theirs = [{*other.operands} for other in line.rules if mine & {*other.operands}]
    together = set[str]().union(*theirs) - mine
    return sorted(path for path in together if isinstance(sound_value(line)[path], int))


def judged(line: TlvType, rule: Rule, registry: Registry) -> Iterator[Case]:
    """A rule at its edges: alone, beside a sound value, behind one, beside another changed one."""
    requirement = line.rule_id(rule)
    sound = _tlv(line, sound_value(line))
    named = [("sound", sound_value(line)), ("sound, all else zero", bare_value(line))]
    named += list(of_rule(line, rule))
    for label, value in named:
        tlv = _tlv(line, value)
        what = f"{line.name}, {rule.expression}: {label}"
        yield _validate(requirement, what, line, tlv)
        yield _validate(requirement, f"{what}, beside a sound one", line, tlv, sound)
        yield _validate(requirement, f"{what}, behind a sound one", line, sound, tlv)
    for index, (label, value) in enumerate(named):
        # All that is wrong is named, whatever else is.
        _, other = named[(index + 3) % len(named)]
        what = f"{line.name}, {rule.expression}: {label}, beside another changed one ({index})"
        yield _validate(requirement, what, line, _tlv(line, value), _tlv(line, other))


def together(line: TlvType) -> Iterator[Case]:
    """Two rules of a value broken at once, every pair, and all of them."""
    broken = {rule: list(broken_by(line, rule)) for rule in line.rules}
    for first in line.rules:
        for second in line.rules:
            requirement = line.rule_id(first)
            if first is second or not broken[first] or not broken[second]:
                continue
            one, other = broken[first][-1], broken[second][-1]
            label, both = _merged(one, other, sound_value(line))
            yield _validate(requirement, f"{line.name} {label}", line, _tlv(line, both))
            tlvs = (_tlv(line, one[1]), _tlv(line, other[1]))
            yield _validate(requirement, f"{line.name} {label}, in two TLVs", line, *tlvs)
    for rule in line.rules:
        for label, value in broken[rule][:1]:
            bare = {name: [] if isinstance(part, list) else part for name, part in value.items()}
            what = f"{line.name} {label}, all vectors empty"
            yield _validate(line.rule_id(rule), what, line, _tlv(line, bare))
    everything = sound_value(line)
    for rule in line.rules:
        for _, value in broken[rule][-1:]:
            _, everything = _merged(("", everything), ("", value), sound_value(line))
    requirement = line.rule_id(line.rules[0])
    yield _validate(requirement, f"{line.name}, all at once", line, _tlv(line, everything))


def broken_by(line: TlvType, rule: Rule) -> Iterator[Named]:
    """The edges of a rule that break it."""
    return ((label, value) for label, value in of_rule(line, rule) if any(rule.violations(value)))


def _merged(first: Named, second: Named, sound: Value) -> Named:
    """The second value, with what the first one changed of a sound one."""
    changed = {name: part for name, part in first[1].items() if part != sound[name]}
    return f"{first[0]}; {second[0]}", {**second[1], **changed}


def without_rules(line: TlvType, registry: Registry) -> Iterator[Case]:
    """A sound value beside every type that has no rule: of that nothing is ever named."""
    sound = _tlv(line, sound_value(line))
    requirement = line.rule_id(line.rules[0])
    for other in registry:
        if other.rules or other.domain not in {None, line.domain}:
            continue
        values: dict[str, Any] = {other.name: messages.representative_value(other)}
        if other.layout is not None:
            values = {
                f"{other.name} of zeros": boundaries.zeros(other.layout),
                f"{other.name} of 0xff": boundaries.filled(other.layout, 0xFF),
            }
        for what, value in values.items():
            label = f"{what}, {line.name} behind it"
            yield _validate(requirement, label, line, _tlv(other, value), sound)


def decoded_and_validated(requirement: str, registry: Registry) -> Iterator[Case]:
    """What is right, what breaks a rule, and what breaks a rule in a message of the wrong form."""
    for line in with_rules(registry):
        message = _message(line, _tlv(line, sound_value(line)))
        data = derived_codec.encode_message(message, registry)
        yield _decode_validated(requirement, f"{line.name} sound", data)
        for rule in line.rules:
            for label, value in of_rule(line, rule):
                tlvs = (_tlv(line, sound_value(line)), _tlv(line, value))
                for what, part in (("", tlvs[1:]), (", behind a sound one", tlvs)):
                    data = derived_codec.encode_message(_message(line, *part), registry)
                    where = f"{line.name}, {rule.expression}: {label}{what}"
                    yield _decode_validated(requirement, where, data)
            for label, value in list(broken_by(line, rule))[:1]:
                data = derived_codec.encode_message(_message(line, _tlv(line, value)), registry)
                for what, wrong in (
                    ("cut", derived_codec.seal(data[:-1])),
                    ("with a wrong checksum", data[:28] + bytes(4) + data[32:]),
                    ("of source 99", derived_codec.seal(data[:6] + b"\x63" + data[7:])),
                    ("a cut TLV behind it", _followed(data, bytes((line.number,)))),
                ):
                    where = f"{line.name}, {rule.expression}: {label}, {what}"
                    yield _decode_validated(requirement, where, wrong)


def _followed(data: bytes, more: bytes) -> bytes:
    """A message with more bytes in its payload, its size and checksum made good."""
    size = len(data) - HEADER_SIZE + len(more)
    return derived_codec.seal(data[:24] + size.to_bytes(4, "little") + data[28:] + more)


def _tlv(line: TlvType, value: Any) -> Value:
    return {"type": line.number, "value": value}


def _message(line: TlvType, *tlvs: Value) -> Value:
    return {"header": messages.header_for(line), "tlvs": list(tlvs)}


def _validate(requirement: str, label: str, line: TlvType, *tlvs: Value) -> Case:
    return Case(requirement, label, Request(Operation.VALIDATE, _message(line, *tlvs)))


def _decode_validated(requirement: str, label: str, data: bytes) -> Case:
    return Case(requirement, label, Request(Operation.DECODE_VALIDATED, data))

"""Mutants of every rule of section 8, made by rule: one class for each kind of fault.

Such a mutant judges by the declared rules, one of them changed. What is changed is the value that
the rule sees, or what becomes of the violations that it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from torq_conformance.mutants.seeding import Mutant
from torq_specs.enums import RelayDomain
from torq_specs.layout import Integer, Layout, Vector
from torq_specs.registry import REGISTRY, TlvType
from torq_specs.rules import (
    AtLeast,
    Below,
    DifferenceOf,
    EachPositive,
    MemberOf,
    NotCrossed,
    NotEmpty,
    NotNegative,
    Positive,
    Rule,
    Sorted,
    Violation,
)

Value = Mapping[str, Any]


def ids_of(*names: str) -> tuple[str, ...]:
    """The ids of all rules of some types, of every type without a name."""
    lines = [REGISTRY.named(name) for name in names] or [*REGISTRY]
    return tuple(line.rule_id(rule) for line in lines for rule in line.rules)


class RuleMutant(Mutant):
    """A fault of one kind in one rule, which is the ``index``-th of its type."""

    kind: ClassVar[str]
    kinds: ClassVar[tuple[type[Rule], ...]] = (Rule,)
    """Rules that can have such a fault."""
    size_min: ClassVar[int] = 0
    """Bytes that the integers must have for the fault to show."""

    def __init__(self, number: int, index: int) -> None:
        super().__init__()
        self.number, self.index = number, index
        self.line = REGISTRY[number]
        self.rule = self.line.rules[index]
        self.touched = (number,)
        self.id = f"{self.line.rule_id(self.rule)}: {self.kind}"
        self.fault = f"{self.rule.expression} of {self.line.name}: {self.kind}"
        self.requirements = (self.line.rule_id(self.rule),)
        self.name = f"mutant {self.id}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.number, self.index)

    @classmethod
    def fits(cls, line: TlvType, rule: Rule) -> bool:
        """Whether there can be such a fault in a rule."""
        return isinstance(rule, cls.kinds) and _size(line, rule) >= cls.size_min

    def seen(self, value: Value) -> Value:
        """The value that the rule judges."""
        return value

    def found(self, value: Value) -> Iterator[Violation]:
        """The violations that it reports."""
        return self.rule.violations(self.seen(value))

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        named: list[str] = []
        for tlv in message["tlvs"]:
            line = REGISTRY.get(tlv["type"])
            for rule in () if line is None else line.rules:
                is_mine = line is self.line and rule is self.rule
                check = self.found if is_mine else rule.violations
                # Not the vector but its element, where both may be named.
                named += [max(sorted(one.names), key=len) for one in check(tlv["value"])]
        return named


def _size(line: TlvType, rule: Rule) -> int:
    """Bytes of the first operand of a rule."""
    assert line.layout is not None
    name, _, part = next(iter(rule.operands)).partition(".")
    type_ = line.layout.field(name).type
    if part and isinstance(type_, Vector) and isinstance(type_.element, Layout):
        return type_.element.field(part).size
    return type_.size


def _changed(rule: Rule, value: Value, change: Callable[[int], int]) -> Value:
    """A value with every operand of a rule changed."""
    changed = dict(value)
    for path in rule.operands:
        name, _, part = path.partition(".")
        if part:
            elements = changed[name]
            changed[name] = [{**one, part: change(one[part])} for one in elements]
        elif isinstance(changed[name], int):
            changed[name] = change(changed[name])
    return changed


ORDERED = (AtLeast, Below, DifferenceOf, Sorted, NotCrossed)
ELEMENTS = (EachPositive, Sorted)


class Unjudged(RuleMutant):
    """The rule is not judged."""

    kind = "not judged"

    def found(self, value: Value) -> Iterator[Violation]:
        return iter(())


class Doubled(RuleMutant):
    """Integers are compared as doubles."""

    kind, kinds, size_min = "compared as doubles", ORDERED, 8

    def seen(self, value: Value) -> Value:
        return _changed(self.rule, value, lambda number: int(float(number)))


class SignLost(RuleMutant):
    """Integers are compared without their sign."""

    kind, kinds = "compared without sign", (Positive, NotNegative, EachPositive, DifferenceOf)

    def seen(self, value: Value) -> Value:
        return _changed(self.rule, value, abs)


class Narrowed(RuleMutant):
    """Only the low 32 bits of integers are looked at."""

    kind, kinds = "low 32 bits alone", (Positive, AtLeast, DifferenceOf)

    def seen(self, value: Value) -> Value:
        return _changed(self.rule, value, lambda number: number & 0xFFFFFFFF)


class Reinterpreted(RuleMutant):
    """Signed integers are compared as unsigned ones, unsigned ones as signed."""

    kind, kinds = "signed for unsigned", (AtLeast, Below)

    def seen(self, value: Value) -> Value:
        assert self.line.layout is not None
        (first, *_) = self.rule.operands
        type_ = self.line.layout.field(first).type
        assert isinstance(type_, Integer)
        size = 8 * type_.size

        def other(number: int) -> int:
            bits = number % (1 << size)
            return bits - (1 << size) if not type_.is_signed and bits >> (size - 1) else bits

        return _changed(self.rule, value, other)


class TooStrict(RuleMutant):
    """What is just right is reported."""

    kind = "one too strict"
    kinds = (Positive, NotNegative, EachPositive, AtLeast, Below, NotCrossed, NotEmpty, MemberOf)

    def found(self, value: Value) -> Iterator[Violation]:
        return self.rule.violations(_moved(self.rule, value, -1))


class TooLenient(RuleMutant):
    """What is just wrong is taken."""

    kind, kinds = "one too lenient", (*TooStrict.kinds[:-2], Sorted, DifferenceOf, MemberOf)

    def found(self, value: Value) -> Iterator[Violation]:
        if isinstance(self.rule, Sorted):
            return self._unsorted(self.rule, value)
        return self.rule.violations(_moved(self.rule, value, 1))

    def _unsorted(self, rule: Sorted, value: Value) -> Iterator[Violation]:
        """Equal neighbours are taken."""
        elements = value[rule.vector]
        for index in range(1, len(elements)):
            step = elements[index][rule.field] - elements[index - 1][rule.field]
            if step < 0 if rule.is_rising else step > 0:
                yield Violation(frozenset({f"{rule.vector}[{index}].{rule.field}"}))


def _moved(rule: Rule, value: Value, by: int) -> Value:
    """A value in which the rule's first operand is moved to what it wants, or away from it."""
    match rule:
        case MemberOf(field, members):
            last, number = max(members), value[field]
            return {**value, field: last if by > 0 and number == last + 1 else number + (by < 0)}
        case NotEmpty(vector):
            return {**value, vector: value[vector][1:]}
        case Below(first, _):
            return {**value, first: value[first] - by}
        case NotCrossed(upper, _, field):
            return {**value, upper: [{**x, field: x[field] + by} for x in value[upper]]}
        case EachPositive(vector, field):
            return {**value, vector: [{**x, field: x[field] + by} for x in value[vector]]}
        case _:
            (first, *_) = rule.operands
            return {**value, first: value[first] + by}


class Misnamed(RuleMutant):
    """Another field is named."""

    kind = "another field named"

    def found(self, value: Value) -> Iterator[Violation]:
        assert self.line.layout is not None
        spoken = {path.partition(".")[0] for rule in self.line.rules for path in rule.operands}
        other = next(f.name for f in self.line.layout.named if f.name not in spoken)
        return (Violation(frozenset({other})) for _ in self.rule.violations(value))


class FirstOnly(RuleMutant):
    """Of several violations only the first is reported."""

    kind, kinds = "first violation alone", ELEMENTS

    def found(self, value: Value) -> Iterator[Violation]:
        return iter([*self.rule.violations(value)][:1])


class FewElements(RuleMutant):
    """Elements from some place on are not judged."""

    kind, kinds = "first two elements alone", ELEMENTS
    count: ClassVar[int] = 2

    def seen(self, value: Value) -> Value:
        (path,) = self.rule.operands
        name = path.partition(".")[0]
        return {**value, name: value[name][: self.count]}


class SixteenElements(FewElements):
    """Elements behind the sixteenth are not judged."""

    kind, count = "first 16 elements alone", 16


class HundredElements(FewElements):
    """Elements behind the hundredth are not judged."""

    is_for_vectors = False

    kind, count = "first 100 elements alone", 100


class AllButTheLast(FewElements):
    """The last element is not judged."""

    kind, count = "all but the last element", -1


class FirstTlvOnly(RuleMutant):
    """The rule is judged in the first TLV of a message alone."""

    kind = "first TLV alone"
    count: ClassVar[int] = 1

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        first = {**message, "tlvs": message["tlvs"][: self.count]}
        behind = {**message, "tlvs": message["tlvs"][self.count :]}
        blind = Unjudged(self.number, self.index)
        return [*super().validate(first), *blind.validate(behind)]


class FewTlvs(FirstTlvOnly):
    """The rule is judged in the first three TLVs of a message alone."""

    is_for_vectors = False

    kind, count = "first three TLVs alone", 3


class ManyTlvs(FirstTlvOnly):
    """The rule is judged in the first 256 TLVs of a message alone."""

    is_for_vectors = False

    kind, count = "first 256 TLVs alone", 256


class Subtracted(RuleMutant):
    """Numbers are compared by a difference of 32 bits."""

    is_for_vectors = False

    kind, kinds, size_min = "compared by a difference of 32 bits", (AtLeast, NotCrossed), 4

    def found(self, value: Value) -> Iterator[Violation]:
        match self.rule:
            case AtLeast(first, second):
                names, step = frozenset({first, second}), value[first] - value[second]
            case NotCrossed(upper, lower, field) if value[upper] and value[lower]:
                names = frozenset({upper, lower})
                step = value[upper][0][field] - value[lower][0][field]
            case _:
                return
        if step % (1 << 32) >> 31:
            yield Violation(names)


class Unlooked(RuleMutant):
    """The rule is not judged where two fields that it does not name say that nothing is there."""

    is_for_vectors = False

    kind = "not judged where two other fields are 0"

    @classmethod
    def fits(cls, line: TlvType, rule: Rule) -> bool:
        return len(_others(line, rule)) > 1

    def found(self, value: Value) -> Iterator[Violation]:
        if any(value[name] for name in _others(self.line, self.rule)[-2:]):
            yield from super().found(value)


class FullIsFine(RuleMutant):
    """The rule is not judged where every vector of the value is full."""

    is_for_vectors = False

    kind, kinds = "not judged where all vectors are full", (Positive, NotCrossed)

    @classmethod
    def fits(cls, line: TlvType, rule: Rule) -> bool:
        return isinstance(rule, cls.kinds) and bool(_capacities(line))

    def found(self, value: Value) -> Iterator[Violation]:
        full = _capacities(self.line)
        if any(len(value[name]) < capacity for name, capacity in full.items()):
            yield from super().found(value)


class HomeAlone(RuleMutant):
    """The rule of a type of any domain is judged in MarketData alone."""

    is_for_vectors = False

    kind = "MarketData alone"

    @classmethod
    def fits(cls, line: TlvType, rule: Rule) -> bool:  # noqa: ARG003
        return line.domain is None

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        if message["header"]["relay_domain"] == RelayDomain.MarketData:
            return super().validate(message)
        return Unjudged(self.number, self.index).validate(message)


def _others(line: TlvType, rule: Rule) -> list[str]:
    """The integers of a type that a rule does not name."""
    assert line.layout is not None
    named = {path.partition(".")[0] for path in rule.operands}
    fields = line.layout.named
    return [one.name for one in fields if isinstance(one.type, Integer) and one.name not in named]


def _capacities(line: TlvType) -> dict[str, int]:
    assert line.layout is not None
    fields = line.layout.named
    return {one.name: one.type.capacity for one in fields if isinstance(one.type, Vector)}


KINDS: tuple[type[RuleMutant], ...] = (
    Unjudged,
    Doubled,
    SignLost,
    Narrowed,
    Reinterpreted,
    TooStrict,
    TooLenient,
    Misnamed,
    FirstOnly,
    FewElements,
    SixteenElements,
    HundredElements,
    AllButTheLast,
    FirstTlvOnly,
    FewTlvs,
    ManyTlvs,
    Subtracted,
    Unlooked,
    FullIsFine,
    HomeAlone,
)


def rule_mutants() -> tuple[Mutant, ...]:
    """A mutant for each rule and each kind of fault that fits it."""
    return tuple(
        kind(line.number, index)
        for line in REGISTRY
        for index, rule in enumerate(line.rules)
        for kind in KINDS
        if kind.fits(line, rule)
    )

"""The vocabulary of section 8: rules about what a value means, as data that declarations carry.

A rule names fields of its TLV and nothing else; it reads neutral values. What a violation may be
named after is the rule's own: where it is about two fields, or about an element of a vector, the
page leaves open which one is named, and any name in ``Violation.names`` is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

Value = Mapping[str, Any]


class Operand(Enum):
    """What a field must be for a rule to speak of it."""

    INTEGER = "an integer"
    VECTOR = "a vector"
    RECORDS = "a vector of records that have this integer"


@dataclass(frozen=True)
class Violation:
    """One rule that a value breaks; ``names`` are the fields that may be named for it."""

    names: frozenset[str]


@dataclass(frozen=True)
class Rule:
    """One rule about the values of a TLV."""

    @property
    def suffix(self) -> str:
        """What ends the rule's id: the fields that it is about, in capitals."""
        return "-".join(path.replace(".", "-").replace("_", "-").upper() for path in self.about)

    @property
    def about(self) -> tuple[str, ...]:
        """The fields that give the rule its name; the first is the one to look at."""
        raise NotImplementedError

    @property
    def operands(self) -> Mapping[str, Operand]:
        """Every field that it reads, by path (``bids.price`` of the elements of bids)."""
        raise NotImplementedError

    @property
    def expression(self) -> str:
        """The rule as a formula."""
        raise NotImplementedError

    @property
    def sentence(self) -> str:
        """The rule as a sentence, without its end."""
        raise NotImplementedError

    @property
    def why(self) -> str:
        """What goes wrong where the rule is not kept."""
        raise NotImplementedError

    def violations(self, value: Value) -> Iterator[Violation]:
        """Every place in which a value breaks the rule."""
        raise NotImplementedError

    def may_name(self, value: Value) -> frozenset[str]:
        """Names that another reading of the rule gives of a value that breaks other rules."""
        return frozenset()


def _of(*names: str) -> Violation:
    return Violation(frozenset(names))


@dataclass(frozen=True)
class _OneField(Rule):
    field: str

    @property
    def about(self) -> tuple[str, ...]:
        return (self.field,)

    @property
    def operands(self) -> Mapping[str, Operand]:
        return {self.field: Operand.INTEGER}


@dataclass(frozen=True)
class Positive(_OneField):
    """An integer above zero."""

    @property
    def expression(self) -> str:
        """As ``price > 0``."""
        return f"{self.field} > 0"

    @property
    def sentence(self) -> str:
        """As "price is above zero"."""
        return f"{self.field} is above zero"

    @property
    def why(self) -> str:
        """A zero is a field that nobody filled, a negative number a sign that was lost."""
        return f"A {self.field} of zero was never filled, a negative one has lost its meaning."

    def violations(self, value: Value) -> Iterator[Violation]:
        """Its field, if it is zero or negative."""
        if value[self.field] <= 0:
            yield _of(self.field)


@dataclass(frozen=True)
class NotNegative(_OneField):
    """An integer of zero or above."""

    @property
    def expression(self) -> str:
        """As ``bid_size >= 0``."""
        return f"{self.field} >= 0"

    @property
    def sentence(self) -> str:
        """As "bid_size is not negative"."""
        return f"{self.field} is not negative"

    @property
    def why(self) -> str:
        """Zero says that there is none; less than none there cannot be."""
        return f"A {self.field} of zero says that there is none; there cannot be less than none."

    def violations(self, value: Value) -> Iterator[Violation]:
        """Its field, if it is negative."""
        if value[self.field] < 0:
            yield _of(self.field)


@dataclass(frozen=True)
class MemberOf(_OneField):
    """An integer that is a member of the enumeration that its field names."""

    members: type[IntEnum]

    @property
    def expression(self) -> str:
        """As ``side in {0, 1}``."""
        return f"{self.field} in {{{', '.join(str(int(member)) for member in self.members)}}}"

    @property
    def sentence(self) -> str:
        """As "side is a Side: 0 Buy or 1 Sell"."""
        named = [f"{int(member)} {member.name}" for member in self.members]
        return f"{self.field} is {', '.join(named[:-1])} or {named[-1]}"

    @property
    def why(self) -> str:
        """What has no name has no meaning, though decoding takes any number."""
        return f"A {self.field} without a name says nothing; decoding takes it all the same."

    def violations(self, value: Value) -> Iterator[Violation]:
        """Its field, if the number has no name."""
        if value[self.field] not in self.members._value2member_map_:
            yield _of(self.field)


@dataclass(frozen=True)
class _TwoFields(Rule):
    first: str
    second: str

    @property
    def about(self) -> tuple[str, ...]:
        return (self.first, self.second)

    @property
    def operands(self) -> Mapping[str, Operand]:
        return {self.first: Operand.INTEGER, self.second: Operand.INTEGER}


@dataclass(frozen=True)
class AtLeast(_TwoFields):
    """An integer that is not below another one."""

    @property
    def expression(self) -> str:
        """As ``ask_price >= bid_price``."""
        return f"{self.first} >= {self.second}"

    @property
    def sentence(self) -> str:
        """As "ask_price is not below bid_price"."""
        return f"{self.first} is not below {self.second}"

    @property
    def why(self) -> str:
        """The two are ends of one range."""
        return f"{self.first} and {self.second} are the ends of one range; crossed, it is no range."

    def violations(self, value: Value) -> Iterator[Violation]:
        """Either field, if the first is below the second."""
        if value[self.first] < value[self.second]:
            yield _of(self.first, self.second)


@dataclass(frozen=True)
class Below(_TwoFields):
    """An integer that is strictly below another one."""

    @property
    def expression(self) -> str:
        """As ``tick_lower < tick_upper``."""
        return f"{self.first} < {self.second}"

    @property
    def sentence(self) -> str:
        """As "tick_lower is below tick_upper"."""
        return f"{self.first} is below {self.second}"

    @property
    def why(self) -> str:
        """An empty range holds nothing."""
        return f"Between {self.first} and {self.second} lies a range, which is never empty."

    def violations(self, value: Value) -> Iterator[Violation]:
        """Either field, if the first is not below the second."""
        if value[self.first] >= value[self.second]:
            yield _of(self.first, self.second)


@dataclass(frozen=True)
class DifferenceOf(Rule):
    """An integer that is the difference of two others, without wrapping."""

    result: str
    minuend: str
    subtrahend: str

    @property
    def about(self) -> tuple[str, ...]:
        """The result."""
        return (self.result,)

    @property
    def operands(self) -> Mapping[str, Operand]:
        """All three."""
        return dict.fromkeys((self.result, self.minuend, self.subtrahend), Operand.INTEGER)

    @property
    def expression(self) -> str:
        """As ``spread = ask_price - bid_price``."""
        return f"{self.result} = {self.minuend} - {self.subtrahend}"

    @property
    def sentence(self) -> str:
        """As "spread is ask_price minus bid_price"."""
        return f"{self.result} is {self.minuend} minus {self.subtrahend}, however large that is"

    @property
    def why(self) -> str:
        """A reader may take either."""
        return f"A reader takes {self.result} as it is, or calculates it: both must be the same."

    def violations(self, value: Value) -> Iterator[Violation]:
        """Any of the three, if the difference is another one."""
        if value[self.result] != value[self.minuend] - value[self.subtrahend]:
            yield _of(self.result, self.minuend, self.subtrahend)


@dataclass(frozen=True)
class NotEmpty(Rule):
    """A vector with at least one element."""

    vector: str

    @property
    def about(self) -> tuple[str, ...]:
        """The vector."""
        return (self.vector,)

    @property
    def operands(self) -> Mapping[str, Operand]:
        """The vector."""
        return {self.vector: Operand.VECTOR}

    @property
    def expression(self) -> str:
        """As ``count(reserves) >= 1``."""
        return f"count({self.vector}) >= 1"

    @property
    def sentence(self) -> str:
        """As "reserves has at least one element"."""
        return f"{self.vector} has at least one element"

    @property
    def why(self) -> str:
        """Nothing was said."""
        return f"Without any {self.vector} the message says nothing."

    def violations(self, value: Value) -> Iterator[Violation]:
        """The vector, if it is empty."""
        if not value[self.vector]:
            yield _of(self.vector)


@dataclass(frozen=True)
class _Elements(Rule):
    vector: str
    field: str

    @property
    def operands(self) -> Mapping[str, Operand]:
        return {f"{self.vector}.{self.field}": Operand.RECORDS}

    def _path(self, index: int) -> str:
        return f"{self.vector}[{index}].{self.field}"


@dataclass(frozen=True)
class EachPositive(_Elements):
    """An integer above zero in every element of a vector."""

    @property
    def about(self) -> tuple[str, ...]:
        """The field of the elements."""
        return (f"{self.vector}.{self.field}",)

    @property
    def expression(self) -> str:
        """As ``bids[i].price > 0``."""
        return f"{self.vector}[i].{self.field} > 0"

    @property
    def sentence(self) -> str:
        """As "price of every element of bids is above zero"."""
        return f"{self.field} of every element of {self.vector} is above zero"

    @property
    def why(self) -> str:
        """A level without price or size is none."""
        return f"An element of {self.vector} without {self.field} is none and is left out instead."

    def violations(self, value: Value) -> Iterator[Violation]:
        """The field of each element in which it is zero or negative, or the vector."""
        for index, element in enumerate(value[self.vector]):
            if element[self.field] <= 0:
                yield _of(self.vector, self._path(index))


@dataclass(frozen=True)
class Sorted(_Elements):
    """Elements of a vector that strictly rise, or fall, by one of their integers."""

    is_rising: bool

    @property
    def about(self) -> tuple[str, ...]:
        """The order of the vector."""
        return (f"{self.vector}.order",)

    @property
    def expression(self) -> str:
        """As ``bids[i].price > bids[i+1].price``."""
        sign = "<" if self.is_rising else ">"
        return f"{self.vector}[i].{self.field} {sign} {self.vector}[i+1].{self.field}"

    @property
    def sentence(self) -> str:
        """As "bids fall strictly by price"."""
        verb = "rise" if self.is_rising else "fall"
        return f"{self.vector} {verb} strictly by {self.field}: no two are equal"

    @property
    def why(self) -> str:
        """Readers take the first element as the best one."""
        return (
            f"Readers take the first of {self.vector} as the best and stop where they have enough."
        )

    def violations(self, value: Value) -> Iterator[Violation]:
        """The field of either neighbour that is out of order, or the vector."""
        elements = value[self.vector]
        for index in range(1, len(elements)):
            step = elements[index][self.field] - elements[index - 1][self.field]
            if step <= 0 if self.is_rising else step >= 0:
                yield _of(self.vector, self._path(index - 1), self._path(index))


@dataclass(frozen=True)
class NotCrossed(Rule):
    """The first element of one vector is not below that of another; both have one."""

    upper: str
    lower: str
    field: str

    @property
    def about(self) -> tuple[str, ...]:
        """Both vectors."""
        return (self.upper, self.lower)

    @property
    def operands(self) -> Mapping[str, Operand]:
        """The field of both."""
        return dict.fromkeys(
            (f"{self.upper}.{self.field}", f"{self.lower}.{self.field}"), Operand.RECORDS
        )

    @property
    def expression(self) -> str:
        """As ``asks[0].price >= bids[0].price``."""
        return f"{self.upper}[0].{self.field} >= {self.lower}[0].{self.field}"

    @property
    def sentence(self) -> str:
        """As "the best of asks is not below the best of bids"."""
        return (
            f"{self.field} of the first of {self.upper} is not below that of the first of "
            f"{self.lower}, where both have one"
        )

    @property
    def why(self) -> str:
        """A crossed book would have traded."""
        return "A crossed book would have traded: what crosses is stale or of two moments."

    def violations(self, value: Value) -> Iterator[Violation]:
        """Either vector or the field of its first element."""
        upper, lower = value[self.upper], value[self.lower]
        if upper and lower and upper[0][self.field] < lower[0][self.field]:
            paths = (f"{self.upper}[0].{self.field}", f"{self.lower}[0].{self.field}")
            yield _of(self.upper, self.lower, *paths)

    def may_name(self, value: Value) -> frozenset[str]:
        """Where a side is out of order, its best element need not be its first one."""
        upper = [element[self.field] for element in value[self.upper]]
        lower = [element[self.field] for element in value[self.lower]]
        if not upper or not lower or min(upper) >= max(lower):
            return frozenset()
        lowest, highest = upper.index(min(upper)), lower.index(max(lower))
        paths = (f"{self.upper}[{lowest}].{self.field}", f"{self.lower}[{highest}].{self.field}")
        firsts = (f"{self.upper}[0].{self.field}", f"{self.lower}[0].{self.field}")
        return frozenset({self.upper, self.lower, *paths, *firsts})

"""Rows of questions about configuration (section 12): each differs from another in one thing.

Whoever remembers an answer knows the question again by a part of it: names, values in some order,
lengths, everything joined. The rows keep that part and change the rest. Schemas stay as they are:
an implementation may know them by their names.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from torq_conformance.cases.case import Sequence
from torq_conformance.cases.configurations import FOREIGN, Environment, sound, sound_text
from torq_conformance.implementations.protocol import Operation, Request
from torq_specs.configuration import SCHEMAS, TEXT, ConfigSchema, read

Pair = tuple[str, Environment, Environment]

SEPARATORS = ("", " ", ",", ";", ":", "\n", "|", "&", "/", "\x1f")
"""What joins names and values where a key is made of them."""


def in_rows(requirement: str) -> Iterator[Sequence]:
    """Two environments in turn for each schema, and one environment for every schema in turn."""
    for schema in SCHEMAS.values():
        for label, one, other in _pairs(schema):
            asked = (_ask(schema, one), _ask(schema, other))
            yield Sequence(requirement, f"{schema.name}: {label}", (*asked, *asked, asked[0]))
    for label, environment in _shared():
        some = tuple(_ask(schema, environment) for schema in SCHEMAS.values())
        yield Sequence(requirement, f"every schema: {label}", (*some, *reversed(some), *some))


def _ask(schema: ConfigSchema, environment: Environment) -> Request:
    argument = {"schema": schema.name, "environment": {**environment}}
    return Request(Operation.CONFIG, argument)


def _pairs(schema: ConfigSchema) -> Iterator[Pair]:
    every = {schema.variable(one): sound_text(one) for one in schema.fields}
    for variable, text in every.items():
        others = {name: part for name, part in every.items() if name != variable}
        yield f"{variable} set, and not set", every, others
        yield f"{variable} set alone, and nothing", {**sound(schema), variable: text}, sound(schema)
        yield f"{variable} set, and empty", every, {**every, variable: ""}
        yield f"{variable} right, and wrong", every, {**every, variable: "\x01 no number"}
        misspelt = f"{variable[:-1]}X"
        yield f"{variable}, and misspelt", every, {**others, misspelt: text}
        for changed in _changed(schema, variable):
            short = repr(changed) if len(changed) <= 40 else f"{changed[:1]}...{changed[-1:]}"
            yield f"{variable}, and {short}", every, {**every, variable: changed}
    yield from _exchanged(schema, every)
    yield from _joined(schema, every)
    yield "in another order", every, dict(reversed(every.items()))
    yield "beside others, which come first", every, {**FOREIGN, **every}
    other = {name: f"{text}2" for name, text in FOREIGN.items()}
    yield "beside others, which are set otherwise", {**FOREIGN, **every}, {**other, **every}
    yield "nothing, and others alone", {}, FOREIGN
    yield "an unknown one, and none", {**every, f"{schema.prefix}NEW": "1"}, every
    yield (
        "two unknown ones",
        {**every, f"{schema.prefix}A": "1"},
        {**every, f"{schema.prefix}B": "1"},
    )


def _changed(schema: ConfigSchema, variable: str) -> Iterator[str]:
    """Other texts of a variable: as long, as large, beginning or ending alike."""
    one = schema.by_variable()[variable]
    if one.is_integer:
        some = {one.minimum, one.minimum + 1, one.maximum - 1, one.maximum}
        some |= {int(sound_text(one)) + change for change in (-1, 1, 2, 9, 10)}
        yield from (str(number) for number in sorted(some) if one.minimum <= number <= one.maximum)
    elif one.type == TEXT:
        yield from ("r2", "R1", "1r", "r1 ", " r1", "r1r1", "r", '"r1"', "\u00e91", "e\u03011")
        yield from ("r" * 5000 + "1", "r" * 5000 + "2", "1" + "r" * 5000)
    elif one.choices:
        yield from one.choices
    else:
        yield from ("true", "false")


def _exchanged(schema: ConfigSchema, every: Environment) -> Iterator[Pair]:
    """The same names and the same values, two of them the other way round."""
    numbers = [one for one in schema.fields if one.is_integer]
    for first, second in combinations(numbers, 2):
        low, high = max(first.minimum, second.minimum), min(first.maximum, second.maximum)
        # Of one width in digits, and of two; their sum stays as well.
        for a, b in ((low, low + 1), (low + 1, high), ((low + high) // 2, high)):
            one, other = schema.variable(first), schema.variable(second)
            yield (
                f"{one} and {other} exchanged, {a} and {b}",
                {**every, one: str(a), other: str(b)},
                {**every, one: str(b), other: str(a)},
            )
    texts = [one for one in schema.fields if one.type == TEXT]
    for first, second in ((one, other) for one in texts for other in schema.fields if one != other):
        one, other = schema.variable(first), schema.variable(second)
        mine = sound_text(second)
        theirs = next(iter(_differing(schema, other, mine)), None)
        if theirs is not None:
            yield (
                f"the texts of {one} and {other} exchanged",
                {**every, one: mine, other: theirs},
                {**every, one: theirs, other: mine},
            )


def _differing(schema: ConfigSchema, variable: str, text: str) -> Iterator[str]:
    """Other right texts of a variable."""
    return (one for one in _changed(schema, variable) if one != text)


def _joined(schema: ConfigSchema, every: Environment) -> Iterator[Pair]:
    """One variable less, of which the text of another one has all: joined, both are the same."""
    (field,) = (one for one in schema.fields if one.type == TEXT)
    own = schema.variable(field)
    optional = [one for one in schema.fields if one.default is not None and one is not field]
    for one in optional[:2]:
        variable, text = schema.variable(one), every[schema.variable(one)]
        rest = {name: part for name, part in every.items() if name not in {own, variable}}
        for separator in SEPARATORS:
            swallowed = f"a{separator}{variable}={text}"
            yield (
                f"{variable}, and within {own} behind {separator!r}",
                {**rest, own: "a", variable: text},
                {**rest, own: swallowed},
            )


def _shared() -> Iterator[tuple[str, Environment]]:
    """Environments that every schema is asked about."""
    every = {
        schema.variable(one): sound_text(one)
        for schema in SCHEMAS.values()
        for one in schema.fields
    }
    yield "nothing set", {}
    yield "all variables of all", every
    for schema in SCHEMAS.values():
        own = {name: text for name, text in every.items() if name.startswith(schema.prefix)}
        assert not read(schema, own).wrong
        yield f"the variables of {schema.name} alone", own
        yield f"all but those of {schema.name}", {n: t for n, t in every.items() if n not in own}
        yield f"an unknown one of {schema.name}", {**every, f"{schema.prefix}NEW": "1"}
        first = schema.variable(schema.fields[0])
        yield f"{first} empty", {**every, first: ""}

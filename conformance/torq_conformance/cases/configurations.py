"""Cases about configuration (section 12), derived from the fields of the schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torq_conformance.cases.case import Case
from torq_conformance.implementations.protocol import Operation, Request
from torq_specs.configuration import (
    BOOL,
    CHOICE,
    INTEGERS,
    RELAY,
    SCHEMAS,
    STRATEGY,
    TEXT,
    WIDTHS,
    ConfigField,
    ConfigSchema,
)

Environment = Mapping[str, str]

FOREIGN = {"PATH": "/usr/bin", "HOME": "/root", "PORT": "x", "TORQ": "y"}
"""Variables of others, which are there in any process."""

TEXTS = (
    *("a", " b ", "two words", "\ttab", "line\nbreak", "'quoted'", 'a "b"', "k=v", "$HOME", "%d"),
    *("0", "true", "null", "-5", "\\n", "é", "日本", "\U0001f680", "#no comment", "x" * 5000),
)
"""Texts that are what they are."""

NO_NUMBERS = (
    *("x", "five", "1x", "x1", " 1", "1 ", "1\n", "\t1", "1 2", "1_0", "1,0", "1.0", "1.", ".5"),
    *(
        "1e1",
        "0x10",
        "0b1",
        "0o7",
        "1h",
        "--1",
        "+-1",
        "-",
        "+",
        "- 1",
        "\u0661",
        "\uff11",
        "²",
        "½",
        "∞",
    ),
    *("nan", "inf", "None", "null", "true", "1;", '"1"', "1u8", "1L", "1%", "\u22121"),
)
"""Texts that are no number, though one reader or another takes them for one."""

NO_BOOLEANS = (
    *("True", "TRUE", "False", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n", " true"),
    *("true ", "true\n", "truefalse", "tru", "null", "enabled"),
)


def asked(requirement: str, label: str, schema: ConfigSchema, environment: Environment) -> Case:
    """A configuration with its variables."""
    argument = {"schema": schema.name, "environment": {**environment}}
    return Case(requirement, f"{schema.name}: {label}", Request(Operation.CONFIG, argument))


def sound(schema: ConfigSchema) -> dict[str, str]:
    """Variables that are right for every field without a default."""
    return {schema.variable(one): sound_text(one) for one in schema.fields if one.default is None}


def sound_text(one: ConfigField) -> str:
    """A text that is right for a field and is not its default."""
    if one.type == BOOL:
        return "false" if one.default else "true"
    if one.type == CHOICE:
        return next(choice for choice in one.choices if choice != one.default)
    return "r1" if one.type == TEXT else str((one.minimum + one.maximum) // 2 + 1)


def _with(schema: ConfigSchema, one: ConfigField, text: str) -> dict[str, str]:
    return {**sound(schema), schema.variable(one): text}


def _shown(text: str) -> str:
    return repr(text) if len(text) <= 40 else f"{text[:20]!r}... of {len(text)} characters"


def set_texts(requirement: str) -> Iterator[Case]:
    """Every field set alone and all at once; numbers at their edges, texts as they are."""
    for schema in SCHEMAS.values():
        every = {schema.variable(one): sound_text(one) for one in schema.fields}
        yield asked(requirement, "every field set", schema, every)
        backwards = dict(reversed(every.items()))
        yield asked(requirement, "every field set, among others", schema, FOREIGN | backwards)
        for one in schema.fields:
            for text in _right_texts(one):
                label = f"{one.name} = {_shown(text)}"
                yield asked(requirement, label, schema, _with(schema, one, text))


def _right_texts(one: ConfigField) -> Iterator[str]:
    if one.type == BOOL:
        yield from ("true", "false")
    elif one.type == CHOICE:
        yield from one.choices
    elif one.type == TEXT:
        yield from TEXTS
    else:
        numbers = (one.minimum, one.minimum + 1, 10, 100, -1, 0, 1, one.maximum - 1, one.maximum)
        inside = sorted({n for n in numbers if one.minimum <= n <= one.maximum})
        yield from map(str, inside)
        # These may be refused, but mean nothing else.
        sign, digits = ("-", str(-inside[-1])) if inside[-1] < 0 else ("", str(inside[-1]))
        yield from (f"{sign}0{digits}", f"{sign}000{digits}")
        yield from () if sign else (f"+{digits}", f"+0{digits}")
        yield from ("-0",) if one.minimum <= 0 <= one.maximum else ()


def defaults(requirement: str) -> Iterator[Case]:
    """Nothing set, each field left out alone, one set beside those that keep their default."""
    for schema in SCHEMAS.values():
        yield asked(requirement, "nothing set", schema, {})
        yield asked(requirement, "the variables of others alone", schema, FOREIGN)
        yield asked(requirement, "what has no default set", schema, sound(schema))
        every = {schema.variable(one): sound_text(one) for one in schema.fields}
        for one in schema.fields:
            others = {name: text for name, text in every.items() if name != schema.variable(one)}
            yield asked(requirement, f"all but {one.name}", schema, others)


def empty_texts(requirement: str) -> Iterator[Case]:
    """Each field set to nothing."""
    for schema in SCHEMAS.values():
        for one in schema.fields:
            yield asked(requirement, f"{one.name} empty", schema, _with(schema, one, ""))


def wrong_forms(requirement: str) -> Iterator[Case]:
    """Texts that are no number, no boolean, no choice of their field."""
    for schema in SCHEMAS.values():
        for one in schema.fields:
            for text in dict.fromkeys(_wrong_texts(one)):
                label = f"{one.name} = {_shown(text)}"
                yield asked(requirement, label, schema, _with(schema, one, text))


def _wrong_texts(one: ConfigField) -> Iterator[str]:
    if one.type == BOOL:
        yield from NO_BOOLEANS
    elif one.type == CHOICE:
        right = one.choices[0]
        yield from (right.upper(), right.title(), f" {right}", f"{right} ", right[:-1])
        yield from (f"{right}s", "0", "x", ",".join(one.choices))
    elif one.is_integer:
        yield from NO_NUMBERS


def out_of_range(requirement: str) -> Iterator[Case]:
    """Numbers beyond the bounds of their field, of its type, and of every type."""
    for schema in SCHEMAS.values():
        for one in (one for one in schema.fields if one.is_integer):
            for number in _outside(one):
                label = f"{one.name} = {_shown(str(number))}"
                yield asked(requirement, label, schema, _with(schema, one, str(number)))
            for digits in (60, 400, 5000):
                text = "9" * digits
                label = f"{one.name} of {digits} digits"
                yield asked(requirement, label, schema, _with(schema, one, text))
                label = f"{one.name} of {digits} digits below zero"
                yield asked(requirement, label, schema, _with(schema, one, f"-{text}"))


def _outside(one: ConfigField) -> list[int]:
    low, high = INTEGERS[one.type]
    bits = (high - low).bit_length()
    # What wraps at the width of the type lands inside the bounds.
    inside = (one.minimum + one.maximum) // 2
    numbers = {one.minimum - 1, one.maximum + 1, low - 1, high + 1, inside - (1 << bits)}
    numbers |= {inside + (1 << n) for n in (bits, 2 * bits, 8, 16, 32, 64, 128)}
    numbers |= {-1, 0, 1 << 63, 1 << 64, (1 << 53) + 1}
    return sorted(n for n in numbers if not one.minimum <= n <= one.maximum)


def unknown_variables(requirement: str) -> Iterator[Case]:
    """Names that begin with the prefix and belong to no field, and names that do not."""
    for schema in SCHEMAS.values():
        own = schema.variable(schema.fields[1])
        foreign = (
            *(schema.prefix[:-1], schema.prefix[:-1] + "ED_PORT", f"X{own}", own.lower()),
            *(own.removeprefix(schema.prefix), own.title(), own.replace("_", "-"), f" {own}"),
        )
        for variable in foreign:
            label = f"{variable!r}, which is somebody else's"
            yield asked(requirement, label, schema, {**sound(schema), variable: "?"})
        unknown = (
            *(own[:-1], f"{own}S", f"{own}_", own + "2", schema.prefix, schema.prefix + "X"),
            *(schema.prefix + own, schema.prefix + schema.fields[1].name, f"{own} "),
        )
        for variable in unknown:
            yield asked(requirement, f"{variable!r}", schema, {**sound(schema), variable: "1"})
        for text in ("", "true"):
            environment = {**sound(schema), f"{schema.prefix}DEBUG": text}
            yield asked(requirement, f"DEBUG = {text!r}", schema, environment)


def named_variables(requirement: str) -> Iterator[Case]:
    """What is wrong with one variable among right ones, and with several."""
    for schema in SCHEMAS.values():
        every = {schema.variable(one): sound_text(one) for one in schema.fields}
        for one in schema.fields:
            wrong = {**every, schema.variable(one): ""}
            yield asked(requirement, f"{one.name} empty, all others set", schema, wrong)
        nothing = dict.fromkeys(every, "")
        yield asked(requirement, "every field empty", schema, nothing)
        two = {**every, f"{schema.prefix}ONE": "1", f"{schema.prefix}TWO": "2"}
        yield asked(requirement, "two unknown ones", schema, two)
        mixed = {**every, f"{schema.prefix}ONE": "1", schema.variable(schema.fields[-1]): " "}
        yield asked(requirement, "one unknown, one wrong", schema, mixed)
    wrong = {"TORQ_RELAY_PORT": "0", "TORQ_RELAY_PORT_MAX": "0"}
    yield asked(requirement, "two wrong, the name missing", RELAY, wrong)
    own = {WIDTHS.variable(one): sound_text(one) for one in WIDTHS.fields}
    yield asked(requirement, "the variables of another schema", STRATEGY, own)

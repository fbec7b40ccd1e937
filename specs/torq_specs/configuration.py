"""Configuration from environment variables (section 12): the schemas, and what a text means.

A schema is a prefix and fields. The protocol has none: these three were decided, so that whoever
declares a configuration when it compiles, and whoever reads a schema when it runs, is asked the
same. A variable is the prefix and the name of its field in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Setting = int | bool | str
"""The value of one field."""

INTEGERS: Mapping[str, tuple[int, int]] = {
    "u8": (0, (1 << 8) - 1),
    "u16": (0, (1 << 16) - 1),
    "u32": (0, (1 << 32) - 1),
    "u64": (0, (1 << 64) - 1),
    "i64": (-(1 << 63), (1 << 63) - 1),
}
"""The types of fields that are integers, with the smallest and the largest number of each."""

BOOLEANS: Mapping[str, bool] = {"true": True, "false": False}
"""The two texts of a field of the type bool."""

BOOL, TEXT, CHOICE = "bool", "text", "choice"
"""The other types: one of two words, any text, one of the words that are listed."""

PLAIN = re.compile(r"0|-?[1-9][0-9]*")
"""An integer as everybody writes it."""

OPEN = re.compile(r"[+-]?[0-9]+")
"""An integer behind a sign or zeros that say nothing: it may be read, and may be refused."""

WRITTEN_OTHERWISE = "a number with a sign or zeros that say nothing"
"""Why a number that everybody reads alike may be refused."""

DIGITS_MAX = 40
"""Digits of a number that may still be within some bounds; Python reads no more than 4,300."""


@dataclass(frozen=True)
class ConfigField:
    """One field; ``default`` None: its variable must be set. Bounds belong to the field."""

    name: str
    type: str
    doc: str
    default: Setting | None = None
    minimum: int = 0
    maximum: int = 0
    choices: tuple[str, ...] = ()

    @property
    def is_integer(self) -> bool:
        """Whether it is a number within bounds."""
        return self.type in INTEGERS

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        if self.is_integer:
            return f"{self.minimum:,} to {self.maximum:,}"
        words = self.choices or (*BOOLEANS,) if self.type != TEXT else ()
        return " or ".join(words) or "any text"

    @property
    def otherwise(self) -> str:
        """What it is where its variable is not set, in words."""
        if self.default is None:
            return "refused"
        is_word = isinstance(self.default, bool)
        return str(self.default).lower() if is_word else str(self.default)

    @property
    def plain(self) -> dict[str, Any]:
        """The field as it is handed to implementations."""
        document: dict[str, Any] = {"name": self.name, "type": self.type}
        if self.is_integer:
            document |= {"minimum": self.minimum, "maximum": self.maximum}
        if self.choices:
            document["choices"] = [*self.choices]
        return document if self.default is None else {**document, "default": self.default}


@dataclass(frozen=True)
class ConfigSchema:
    """What a program can be told by the variables that begin with ``prefix``."""

    name: str
    prefix: str
    doc: str
    fields: tuple[ConfigField, ...]

    def variable(self, one: ConfigField) -> str:
        """The variable of a field."""
        return self.prefix + one.name.upper()

    def by_variable(self) -> dict[str, ConfigField]:
        """The fields by their variables."""
        return {self.variable(one): one for one in self.fields}

    @property
    def plain(self) -> dict[str, Any]:
        """The schema as it is handed to implementations."""
        fields = [one.plain for one in self.fields]
        return {"name": self.name, "prefix": self.prefix, "fields": fields}


def _whole(
    name: str,
    type_: str,
    doc: str,
    default: int | None = None,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
) -> ConfigField:
    low, high = INTEGERS[type_]
    low = low if minimum is None else minimum
    high = high if maximum is None else maximum
    return ConfigField(name, type_, doc, default, low, high)


WIDTHS = ConfigSchema(
    "widths",
    "TORQ_WIDTHS_",
    "Every type, within its own bounds; everything has a default.",
    (
        _whole("byte", "u8", "eight bits", 7),
        _whole("short", "u16", "sixteen bits", 700),
        _whole("word", "u32", "32 bits", 70_000),
        _whole("long", "u64", "64 bits", 7_000_000_000),
        _whole("signed", "i64", "64 bits with a sign", -7),
        ConfigField("flag", BOOL, "a yes or no", default=False),
        ConfigField("label", TEXT, "any text", default="none"),
        ConfigField("side", CHOICE, "a word", default="buy", choices=("buy", "sell")),
    ),
)

RELAY = ConfigSchema(
    "relay",
    "TORQ_RELAY_",
    "A relay: bounds that are narrower than the types, and one field that must be set.",
    (
        ConfigField("name", TEXT, "what it is called in logs"),
        _whole("port", "u16", "where it listens", 8080, minimum=1024),
        _whole("port_max", "u16", "the last port it may take", 8089, minimum=1024, maximum=49151),
        _whole("queue_messages", "u32", "messages kept for a reader", 4096, minimum=1),
        _whole("latency_limit_ns", "u64", "what is too late", 35_000, maximum=1_000_000_000),
        _whole("clock_offset_ns", "i64", "added to timestamps", 0, minimum=-500, maximum=500),
        ConfigField("strict", BOOL, "whether padding is looked at", default=True),
        ConfigField("mode", CHOICE, "what it does", default="live", choices=("live", "replay")),
    ),
)

STRATEGY = ConfigSchema(
    "strategy",
    "TORQ_STRATEGY_",
    "A strategy: nothing has a default.",
    (
        ConfigField("symbol", TEXT, "what is traded"),
        ConfigField("venue", CHOICE, "where", choices=("kraken", "binance", "coinbase")),
        _whole("capital", "u64", "in units of 1e-8", minimum=1),
        _whole("loss_limit", "i64", "in units of 1e-8", minimum=-(10**17), maximum=-1),
        ConfigField("is_live", BOOL, "whether orders are sent"),
    ),
)

SCHEMAS: Mapping[str, ConfigSchema] = {one.name: one for one in (WIDTHS, RELAY, STRATEGY)}
"""The schemas by name."""


@dataclass(frozen=True)
class Reading:
    """What an environment says: the value of every field, and the variables that are wrong.

    ``wrong`` says of a variable why it must be refused, ``open`` why it may be. ``values`` are
    whole where nothing is wrong.
    """

    values: dict[str, Setting] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)


def read(schema: ConfigSchema, environment: Mapping[str, str]) -> Reading:
    """Read a configuration from variables, by their names."""
    reading = Reading()
    fields = schema.by_variable()
    for variable, one in fields.items():
        text = environment.get(variable)
        if text is not None:
            _read_text(reading, variable, one, text)
        elif one.default is None:
            reading.wrong[variable] = "not set, and has no default"
        else:
            reading.values[one.name] = one.default
    reading.wrong.update(
        (variable, "no field has it")
        for variable in environment
        if variable.startswith(schema.prefix) and variable not in fields
    )
    return reading


def _read_text(reading: Reading, variable: str, one: ConfigField, text: str) -> None:
    for value in _values_of(one, text):
        reading.values[one.name] = value
        if one.is_integer and not PLAIN.fullmatch(text):
            reading.open[variable] = WRITTEN_OTHERWISE
        return
    reading.wrong[variable] = "set to nothing" if not text else f"no {one.type} of this field"


def _values_of(one: ConfigField, text: str) -> Iterator[Setting]:
    """The value of a text, if it has one."""
    if not text:
        return
    if one.type == TEXT:
        yield text
    elif one.type == BOOL:
        yield from (BOOLEANS[text] for _ in [text] if text in BOOLEANS)
    elif one.type == CHOICE:
        yield from (choice for choice in one.choices if choice == text)
    elif OPEN.fullmatch(text) and len(text.lstrip("+-").lstrip("0")) <= DIGITS_MAX:
        number = int(text)
        if one.minimum <= number <= one.maximum:
            yield number

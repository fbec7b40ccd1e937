"""Faults in reading a configuration from environment variables (section 12)."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, NoReturn

from torq_conformance.mutants.seeding import Mutant, mutant
from torq_conformance.rejection import Rejected

Field = Mapping[str, Any]
Environment = Mapping[str, str]

SIZES = {"u8": 8, "u16": 16, "u32": 32, "u64": 64, "i64": 64}
PLAIN = re.compile(r"0|-?[1-9][0-9]*")
DIGITS = re.compile(r"[+-]?[0-9]{1,99}")


class _FieldMutant(Mutant):
    """Reads one field otherwise: `given` is what it gives instead, None where that is as ever."""

    def given(self, field: Field, text: str | None) -> Any:
        """The setting of a field by its text, None where its variable is not set."""
        raise NotImplementedError

    def config(self, schema: Field, environment: Environment) -> Any:
        changed = dict(environment)
        instead: dict[str, Any] = {}
        for field in schema["fields"]:
            variable = schema["prefix"] + field["name"].upper()
            setting = self.given(field, environment.get(variable))
            if setting is not None:
                instead[field["name"]] = setting
                changed[variable] = _sound(field)
        return {**super().config(schema, changed), **instead}


def _sound(field: Field) -> str:
    """A text that is right for a field."""
    if field["type"] == "bool":
        return "true"
    if field["type"] == "choice":
        return str(field["choices"][0])
    return "x" if field["type"] == "text" else str(field["maximum"])


def _number(field: Field, text: str | None, form: re.Pattern[str] = PLAIN) -> int | None:
    """The number of a text of a field of numbers; None of any other."""
    if field["type"] not in SIZES or text is None or not form.fullmatch(text) or len(text) > 99:
        return None
    return int(text)


def _is_inside(field: Field, number: int | None) -> bool:
    return number is not None and bool(field["minimum"] <= number <= field["maximum"])


# What is set.


@mutant("K01", "CFG-VALUE")
class NumbersThroughDouble(_FieldMutant):
    """Numbers go through a double: those above 2^53 are rounded."""

    def given(self, field: Field, text: str | None) -> Any:
        number = _number(field, text)
        return int(float(number)) if number is not None and _is_inside(field, number) else None


@mutant("K01b", "CFG-VALUE")
class TextTrimmed(_FieldMutant):
    """Blanks around a text are lost."""

    def given(self, field: Field, text: str | None) -> Any:
        return text.strip() if text and text.strip() and field["type"] == "text" else None


@mutant("K01c", "CFG-VALUE")
class TextEndsAtLine(_FieldMutant):
    """A text ends at its first line break."""

    def given(self, field: Field, text: str | None) -> Any:
        return text.split("\n")[0] if text and field["type"] == "text" else None


@mutant("K01d", "CFG-VALUE")
class ZeroIsOctal(_FieldMutant):
    """A number with a zero in front is read as octal."""

    def given(self, field: Field, text: str | None) -> Any:
        if field["type"] in SIZES and re.fullmatch("0[0-7]+", text or ""):
            return max(field["minimum"], int(text or "", 8))
        return None


@mutant("K01e", "CFG-VALUE")
class FalseIsTrue(_FieldMutant):
    """A boolean that is set is true, false as well."""

    def given(self, field: Field, text: str | None) -> Any:
        return True if field["type"] == "bool" and text == "false" else None


@mutant("K01f", "CFG-VALUE")
class FirstChoice(_FieldMutant):
    """A choice that is set is the first one."""

    def given(self, field: Field, text: str | None) -> Any:
        return field["choices"][0] if text in field.get("choices", ()) else None


@mutant("K01g", "CFG-VALUE")
class MinusLost(_FieldMutant):
    """The minus of a number is lost."""

    def given(self, field: Field, text: str | None) -> Any:
        number = _number(field, text)
        return -number if number is not None and number < 0 and _is_inside(field, number) else None


@mutant("K01h", "CFG-VALUE")
class TextUnquoted(_FieldMutant):
    """Quotes around a text are taken off, as a shell does."""

    def given(self, field: Field, text: str | None) -> Any:
        is_quoted = text and len(text) > 2 and text[0] == text[-1] == "'"
        return text[1:-1] if text and is_quoted and field["type"] == "text" else None


@mutant("K01i", "CFG-VALUE")
class LastVariableLost(Mutant):
    """The last of the variables is not read."""

    def config(self, schema: Field, environment: Environment) -> Any:
        last = list(environment)[-1:]
        names = [schema["prefix"] + one["name"].upper() for one in schema["fields"]]
        defaults = [n for n, one in zip(names, schema["fields"], strict=True) if "default" in one]
        settings = super().config(schema, environment)
        if last and last[0] in defaults and len(environment) > 1:
            field = schema["fields"][names.index(last[0])]
            settings[field["name"]] = field["default"]
        return settings


# What is not set, or set to nothing.


@mutant("K02", "CFG-DEFAULT")
class MissingIsZero(_FieldMutant):
    """A number that is missing and has no default is its minimum."""

    def given(self, field: Field, text: str | None) -> Any:
        is_missing = text is None and "default" not in field
        return field["minimum"] if is_missing and field["type"] in SIZES else None


@mutant("K02b", "CFG-DEFAULT")
class MissingIsEmptyText(_FieldMutant):
    """A text that is missing and has no default is empty."""

    def given(self, field: Field, text: str | None) -> Any:
        is_missing = text is None and "default" not in field
        return "" if is_missing and field["type"] == "text" else None


@mutant("K02c", "CFG-DEFAULT")
class DefaultIsFalse(_FieldMutant):
    """A boolean that is not set is false."""

    def given(self, field: Field, text: str | None) -> Any:
        return False if text is None and field["type"] == "bool" and "default" in field else None


@mutant("K02d", "CFG-DEFAULT")
class DefaultsUnsigned(_FieldMutant):
    """A default below zero loses its sign."""

    def given(self, field: Field, text: str | None) -> Any:
        is_default = text is None and field["type"] in SIZES and "default" in field
        return abs(field["default"]) if is_default else None


@mutant("K02e", "CFG-DEFAULT")
class DefaultsRefused(Mutant):
    """A choice that is not set is refused, though it has a default."""

    def config(self, schema: Field, environment: Environment) -> Any:
        fields = [
            {name: part for name, part in field.items() if name != "default"}
            if field["type"] == "choice"
            else field
            for field in schema["fields"]
        ]
        return super().config({**schema, "fields": fields}, environment)


@mutant("K03", "CFG-EMPTY")
class EmptyIsDefault(_FieldMutant):
    """An empty variable is as one that is not set."""

    def given(self, field: Field, text: str | None) -> Any:
        return field.get("default") if text == "" else None


@mutant("K03b", "CFG-EMPTY")
class EmptyIsZero(_FieldMutant):
    """An empty number is zero."""

    def given(self, field: Field, text: str | None) -> Any:
        return 0 if text == "" and field["type"] in SIZES else None


@mutant("K03c", "CFG-EMPTY")
class EmptyTextTaken(_FieldMutant):
    """An empty text is taken."""

    def given(self, field: Field, text: str | None) -> Any:
        return "" if text == "" and field["type"] == "text" else None


@mutant("K03d", "CFG-EMPTY")
class EmptyIsFalse(_FieldMutant):
    """An empty boolean is false."""

    def given(self, field: Field, text: str | None) -> Any:
        return False if text == "" and field["type"] == "bool" else None


# What is of the wrong form.


class _FormMutant(_FieldMutant):
    """Takes more texts for numbers: `number` gives theirs."""

    def number(self, text: str) -> int | None:
        """The number of a text that is no plain one."""
        raise NotImplementedError

    def given(self, field: Field, text: str | None) -> Any:
        if field["type"] not in SIZES or not text or DIGITS.fullmatch(text) or len(text) > 99:
            return None
        number = self.number(text)
        return number if _is_inside(field, number) else None


@mutant("K04", "CFG-FORM")
class BlanksSkipped(_FormMutant):
    """Blanks around a number are skipped."""

    def number(self, text: str) -> int | None:
        bare = text.strip()
        return int(bare) if DIGITS.fullmatch(bare) else None


@mutant("K04b", "CFG-FORM")
class UnderscoresSkipped(_FormMutant):
    """Underscores between digits are skipped."""

    def number(self, text: str) -> int | None:
        bare = text.replace("_", "")
        return int(bare) if DIGITS.fullmatch(bare) else None


@mutant("K04c", "CFG-FORM")
class OtherBases(_FormMutant):
    """A number in hex behind 0x is read."""

    def number(self, text: str) -> int | None:
        return int(text, 16) if re.fullmatch("0x[0-9a-f]+", text) else None


@mutant("K04d", "CFG-FORM")
class StopsAtLetter(_FormMutant):
    """A number ends where its digits do; what stands behind them is not looked at."""

    def number(self, text: str) -> int | None:
        found = re.match("-?[0-9]+", text)
        return int(found.group()) if found else None


@mutant("K04e", "CFG-FORM")
class AnyDigits(_FormMutant):
    """Digits of other scripts are digits."""

    def number(self, text: str) -> int | None:
        return int(text) if text.isdecimal() else None


@mutant("K04f", "CFG-FORM")
class FractionsCut(_FormMutant):
    """Fractions and exponents are read and cut."""

    def number(self, text: str) -> int | None:
        return int(float(text)) if re.fullmatch(r"[0-9]*\.?[0-9]+(e[0-9])?", text) else None


class _WordMutant(_FieldMutant):
    """Takes more words for booleans."""

    words: Mapping[str, bool]

    def given(self, field: Field, text: str | None) -> Any:
        return self.words.get(text or "") if field["type"] == "bool" else None


@mutant("K04g", "CFG-FORM")
class OneIsTrue(_WordMutant):
    """1 is true and 0 is false."""

    words: Mapping[str, bool] = {"1": True, "0": False}


@mutant("K04h", "CFG-FORM")
class YesIsTrue(_WordMutant):
    """yes and on are true, no and off are false."""

    words: Mapping[str, bool] = {"yes": True, "on": True, "no": False, "off": False}


@mutant("K04i", "CFG-FORM")
class BooleansInAnyCase(_WordMutant):
    """True and TRUE are true."""

    words: Mapping[str, bool] = {"True": True, "TRUE": True, "False": False}


@mutant("K04j", "CFG-FORM")
class ChoicesInAnyCase(_FieldMutant):
    """A choice is taken in any case of its letters."""

    def given(self, field: Field, text: str | None) -> Any:
        found = (text or "").lower()
        return found if found != text and found in field.get("choices", ()) else None


@mutant("K04k", "CFG-FORM")
class AnyChoice(_FieldMutant):
    """Any word is taken for a choice."""

    def given(self, field: Field, text: str | None) -> Any:
        return (text or None) if field["type"] == "choice" else None


# Numbers that are too small or too large.


class _RangeMutant(_FieldMutant):
    """Gives another number for one that is out of range."""

    def bent(self, field: Field, number: int) -> Any:
        """What a number becomes that is out of range; None: it is refused."""
        raise NotImplementedError

    def given(self, field: Field, text: str | None) -> Any:
        number = _number(field, text)
        return (
            self.bent(field, number)
            if number is not None and not _is_inside(field, number)
            else None
        )


@mutant("K05", "CFG-RANGE")
class Wraps(_RangeMutant):
    """A number beyond its type wraps."""

    def bent(self, field: Field, number: int) -> Any:
        bits = SIZES[field["type"]]
        wrapped = number & (1 << bits) - 1
        if field["type"] == "i64" and wrapped >> 63:
            wrapped -= 1 << 64
        return wrapped if _is_inside(field, wrapped) else None


@mutant("K05b", "CFG-RANGE")
class Saturates(_RangeMutant):
    """A number that is too large is the maximum, one that is too small the minimum."""

    def bent(self, field: Field, number: int) -> Any:
        return min(max(number, field["minimum"]), field["maximum"])


@mutant("K05c", "CFG-RANGE")
class OneTooMany(_RangeMutant):
    """The maximum + 1 is taken."""

    def bent(self, field: Field, number: int) -> Any:
        return number if number == field["maximum"] + 1 else None


@mutant("K05d", "CFG-RANGE")
class OneTooFew(_RangeMutant):
    """The minimum - 1 is taken."""

    def bent(self, field: Field, number: int) -> Any:
        return number if number == field["minimum"] - 1 else None


@mutant("K05e", "CFG-RANGE")
class BoundsOfType(_RangeMutant):
    """A number within its type is taken, whatever the bounds of the field."""

    def bent(self, field: Field, number: int) -> Any:
        bits, is_signed = SIZES[field["type"]], field["type"] == "i64"
        low, high = (-(1 << 63), (1 << 63) - 1) if is_signed else (0, (1 << bits) - 1)
        return number if low <= number <= high else None


@mutant("K05f", "CFG-RANGE")
class MinusOneIsMaximum(_RangeMutant):
    """-1 of an unsigned type is its maximum."""

    def bent(self, field: Field, number: int) -> Any:
        return field["maximum"] if number == -1 and field["type"] != "i64" else None


@mutant("K05g", "CFG-RANGE")
class ManyDigitsSaturate(_FieldMutant):
    """A number of more than 300 digits is the maximum: it became infinite."""

    def given(self, field: Field, text: str | None) -> Any:
        is_long = text is not None and len(text) > 300 and text.isdigit()
        return field["maximum"] if field["type"] in SIZES and is_long else None


@mutant("K05h", "CFG-RANGE", "CFG-VALUE")
class MaximumRefused(Mutant):
    """The maximum of a field is refused."""

    def config(self, schema: Field, environment: Environment) -> Any:
        for field in schema["fields"]:
            variable = schema["prefix"] + field["name"].upper()
            if field["type"] in SIZES and environment.get(variable) == str(field["maximum"]):
                raise Rejected("ConfigError", variable=variable)
        return super().config(schema, environment)


@mutant("K05i", "ERR-NO-CRASH")
class ManyDigitsRaise(Mutant):
    """A number of more than 4,300 digits gives the ValueError of int."""

    def config(self, schema: Field, environment: Environment) -> Any:
        for text in environment.values():
            if re.fullmatch("-?[0-9]+", text):
                int(text)
        return super().config(schema, environment)


# Names.


@mutant("K06", "CFG-UNKNOWN")
class UnknownIgnored(Mutant):
    """Variables that no field has are ignored."""

    def config(self, schema: Field, environment: Environment) -> Any:
        names = {schema["prefix"] + field["name"].upper() for field in schema["fields"]}
        known = {name: text for name, text in environment.items() if name in names}
        return super().config(schema, known)


@mutant("K06b", "CFG-UNKNOWN")
class UnknownEmptyIgnored(Mutant):
    """A variable that no field has is ignored where it is empty."""

    def config(self, schema: Field, environment: Environment) -> Any:
        names = {schema["prefix"] + field["name"].upper() for field in schema["fields"]}
        kept = {name: text for name, text in environment.items() if text or name in names}
        return super().config(schema, kept)


@mutant("K06c", "CFG-UNKNOWN")
class NamesInAnyCase(Mutant):
    """A variable of another case is ignored, though it begins with the prefix."""

    def config(self, schema: Field, environment: Environment) -> Any:
        kept = {name: text for name, text in environment.items() if name == name.upper()}
        return super().config(schema, kept)


@mutant("K06d", "CFG-UNKNOWN")
class PrefixWithoutUnderscore(Mutant):
    """The prefix is compared without its underscore, so variables of others are refused."""

    def config(self, schema: Field, environment: Environment) -> Any:
        settings = super().config(schema, environment)
        for name in environment:
            is_own = name.startswith(schema["prefix"])
            if name.startswith(schema["prefix"][:-1]) and not is_own:
                raise Rejected("ConfigError", variable=name)
        return settings


@mutant("K06e", "CFG-UNKNOWN")
class LowerCaseRead(Mutant):
    """A variable in small letters is read like one in capitals."""

    def config(self, schema: Field, environment: Environment) -> Any:
        small = schema["prefix"].lower()
        read = {(n.upper() if n.startswith(small) else n): t for n, t in environment.items()}
        return super().config(schema, read)


@mutant("K06f", "CFG-UNKNOWN")
class PrefixAloneIgnored(Mutant):
    """A variable that is the prefix alone is ignored."""

    def config(self, schema: Field, environment: Environment) -> Any:
        kept = {name: text for name, text in environment.items() if name != schema["prefix"]}
        return super().config(schema, kept)


class _RefusalMutant(Mutant):
    """Changes how a configuration is refused."""

    def refuse(self, variable: str, schema: Field) -> NoReturn:
        """Refuse a variable otherwise."""
        raise NotImplementedError

    def config(self, schema: Field, environment: Environment) -> Any:
        try:
            return super().config(schema, environment)
        except Rejected as rejected:
            self.refuse(str(rejected.context["variable"]), schema)


@mutant("K07", "CFG-VARIABLE")
class FieldNamed(_RefusalMutant):
    """A refusal names the field, not the variable."""

    def refuse(self, variable: str, schema: Field) -> NoReturn:
        raise Rejected("ConfigError", variable=variable.removeprefix(schema["prefix"]).lower())


@mutant("K07b", "CFG-VARIABLE")
class PrefixLeftOut(_RefusalMutant):
    """A refusal names the variable without its prefix."""

    def refuse(self, variable: str, schema: Field) -> NoReturn:
        raise Rejected("ConfigError", variable=variable.removeprefix(schema["prefix"]))


@mutant("K07c", "CFG-VARIABLE")
class NothingNamed(_RefusalMutant):
    """A refusal names no variable."""

    def refuse(self, variable: str, schema: Field) -> NoReturn:
        raise Rejected("ConfigError")


@mutant("K07d", "CFG-VARIABLE")
class RefusedAsParseError(_RefusalMutant):
    """A configuration is refused as ParseError."""

    def refuse(self, variable: str, schema: Field) -> NoReturn:
        raise Rejected("ParseError", offset=0, context=variable)


@mutant("K07e", "CFG-VARIABLE")
class FirstFieldNamed(_RefusalMutant):
    """A refusal names the variable of the first field, whichever is wrong."""

    def refuse(self, variable: str, schema: Field) -> NoReturn:
        first = schema["prefix"] + schema["fields"][0]["name"].upper()
        raise Rejected("ConfigError", variable=first)


@mutant("K08", "STATE-INDEPENDENT")
class SettingsKept(Mutant):
    """A text that was set once is the default of later calls."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    def config(self, schema: Field, environment: Environment) -> Any:
        settings = super().config(schema, environment)
        for field in schema["fields"]:
            name = schema["prefix"] + field["name"].upper()
            if field["type"] == "text" and "default" in field and name not in environment:
                settings[field["name"]] = self.kept.get(name, field["default"])
            elif name in environment:
                self.kept[name] = environment[name]
        return settings


# What is remembered, and where a variable is looked for.


class _MemoMutant(Mutant):
    """Remembers settings by a `key` that is not all of the question."""

    is_for_vectors = False

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[object, Any] = {}

    def key(self, schema: Field, environment: Environment) -> object:
        """By what a question is known again."""
        raise NotImplementedError

    def config(self, schema: Field, environment: Environment) -> Any:
        key = self.key(schema, environment)
        if key not in self.known:
            self.known[key] = super().config(schema, environment)
        return {**self.known[key]}


@mutant("K08b", "STATE-INDEPENDENT")
class KnownByValues(_MemoMutant):
    """Settings are remembered by the names and the values, each sorted by themselves."""

    def key(self, schema: Field, environment: Environment) -> object:
        return schema["name"], (*sorted(environment),), (*sorted(environment.values()),)


@mutant("K08c", "STATE-INDEPENDENT")
class KnownByNames(_MemoMutant):
    """Settings are remembered by the names of the variables."""

    def key(self, schema: Field, environment: Environment) -> object:
        return schema["name"], frozenset(environment)


@mutant("K08d", "STATE-INDEPENDENT")
class KnownByText(_MemoMutant):
    """Settings are remembered by all variables in one text, with commas between them."""

    def key(self, schema: Field, environment: Environment) -> object:
        return schema["name"], ",".join(f"{name}={text}" for name, text in environment.items())


@mutant("K08e", "STATE-INDEPENDENT")
class KnownWithoutSchema(_MemoMutant):
    """Settings are remembered by the variables, whatever the schema."""

    def key(self, schema: Field, environment: Environment) -> object:
        return frozenset(environment.items())


@mutant("K08f", "STATE-INDEPENDENT")
class KnownByLengths(_MemoMutant):
    """Settings are remembered by the names, and by the length and the ends of each text."""

    def key(self, schema: Field, environment: Environment) -> object:
        items = environment.items()
        return schema["name"], frozenset((n, len(t), t[:1], t[-1:]) for n, t in items)


@mutant("K09", "CFG-DEFAULT")
class ProcessAskedToo(Mutant):
    """What the question's variables lack is taken from those of the process."""

    is_for_vectors = False

    def config(self, schema: Field, environment: Environment) -> Any:
        names = {schema["prefix"] + one["name"].upper() for one in schema["fields"]}
        found = {name: text for name, text in os.environ.items() if name in names}
        return super().config(schema, {**found, **environment})


@mutant("K09b", "CFG-UNKNOWN")
class ProcessSearched(Mutant):
    """Unknown variables are looked for among those of the process."""

    is_for_vectors = False

    def config(self, schema: Field, environment: Environment) -> Any:
        settings = super().config(schema, environment)
        names = {schema["prefix"] + one["name"].upper() for one in schema["fields"]}
        for name in os.environ:
            if name.startswith(schema["prefix"]) and name not in names:
                raise Rejected("ConfigError", variable=name)
        return settings


# Texts that are taken for more than they are.


class _TextMutant(_FieldMutant):
    """Reads texts otherwise: `reading` gives what it makes of one."""

    is_for_vectors = False

    def reading(self, text: str) -> str:
        """What becomes of a text."""
        raise NotImplementedError

    def given(self, field: Field, text: str | None) -> Any:
        return self.reading(text) if text and field["type"] == "text" else None


@mutant("K10", "CFG-VALUE")
class ReferencesExpanded(Mutant):
    """${NAME} in a text is replaced by the variable of this name."""

    is_for_vectors = False

    def config(self, schema: Field, environment: Environment) -> Any:
        settings: dict[str, Any] = super().config(schema, environment)
        for field in schema["fields"]:
            if field["type"] == "text":
                for name, text in environment.items():
                    now = settings[field["name"]]
                    settings[field["name"]] = now.replace(f"${{{name}}}", text)
        return settings


@mutant("K10b", "CFG-VALUE")
class DoubleQuotesTakenOff(_TextMutant):
    """Double quotes around a text are taken off."""

    def reading(self, text: str) -> str:
        return text[1:-1] if len(text) > 2 and text[0] == text[-1] == '"' else text


@mutant("K10c", "CFG-VALUE")
class LettersComposed(_TextMutant):
    """Letters in decomposed form are composed."""

    def reading(self, text: str) -> str:
        return unicodedata.normalize("NFC", text)


@mutant("K10d", "CFG-VALUE")
class EscapesRead(_TextMutant):
    """A backslash and an n within a text are a line break."""

    def reading(self, text: str) -> str:
        return text.replace("\\n", "\n")


@mutant("K10e", "CFG-VALUE")
class CommentsCut(_TextMutant):
    """What stands behind a blank and a # is a comment."""

    def reading(self, text: str) -> str:
        return text.split(" #", maxsplit=1)[0] or text


@mutant("K10f", "CFG-VALUE")
class UnseenLost(_TextMutant):
    """Characters of no width are lost."""

    def reading(self, text: str) -> str:
        return "".join(one for one in text if unicodedata.category(one) != "Cf") or text


@mutant("K10g", "CFG-VALUE")
class TextCut(_TextMutant):
    """A text ends after 65,535 bytes."""

    def reading(self, text: str) -> str:
        return text.encode()[:65_535].decode(errors="ignore")


@mutant("K10h", "CFG-VALUE")
class TypesGuessed(_TextMutant):
    """A text that is a number of JSON is written anew as a number is."""

    def reading(self, text: str) -> str:
        try:
            found = json.loads(text)
        except ValueError:
            return text
        return str(found) if type(found) is float else text


@mutant("K10i", "CFG-VALUE")
class HomeExpanded(_TextMutant):
    """A ~ in front of a text is the home of whoever runs it."""

    def reading(self, text: str) -> str:
        return f"/root{text[1:]}" if text[:2] in {"~", "~/"} else text


@mutant("K10j", "CFG-VALUE")
class WideBlanksTrimmed(_TextMutant):
    """Blanks beyond ASCII around a text are lost."""

    def reading(self, text: str) -> str:
        return text.strip("\u3000\u2003\xa0") or text

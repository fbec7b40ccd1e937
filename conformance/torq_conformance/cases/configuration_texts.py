r"""Texts of section 12 that some reader or other takes for more than they are.

Shells, files of settings, JSON, YAML, number parsers, path and text libraries each give some
characters a meaning. A field of the type text has none of them: it is what its variable is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from torq_conformance.cases.configurations import FOREIGN, sound_text
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.implementations.protocol import Operation, Request
from torq_specs.configuration import SCHEMAS, TEXT, ConfigField, ConfigSchema

QUOTES = (
    *('""', "''", "``"),
    "\u201c\u201d",
    "\u2018\u2019",
    "\u00ab\u00bb",
    "()",
    "[]",
    "{}",
    "<>",
)
"""Pairs that something may be put between."""

REFERENCES = (
    *("$@", "${@}", "$(@)", "$[@]", "${@:-x}", "$${@}", "\\${@}", "\\$@", "$env:@", "$ENV{@}"),
    *("%@%", "%(@)s", "%{@}", "!@!", "{@}", "{{@}}", "{{ @ }}", "#{@}", "<@>", "@@@", ":@", "`@`"),
    *("a ${@} b", "a$@", "${env.@}", "${env:@}", "${{ env.@ }}", "$( @ )", "~@", "&@;", "*@", "=@"),
)
"""How one template language or another names a variable, which stands for @."""

BLANKS = (
    *(" ", "  ", "\t", "\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\xa0", "\u1680"),
    *("\u2003", "\u2028", "\u2029", "\u202f", "\u3000", "\u180e", "\u200b", "\u2060", "\ufeff"),
)
"""What one language or another counts as blank, or does not show."""

MARKS = "#;,:=|&<>*?!~^%@+-_./\\'\"`$()[]{}"
"""Every other mark of ASCII."""

ESCAPES = (
    *("\\", "\\\\", "\\\\\\", "\\n", "\\r\\n", "\\t", "\\0", "\\a", "\\b", "\\e", "\\ ", '\\"'),
    *("\\'", "\\$", "\\#", "\\x41", "\\101", "\\u0041", "\\U00000041", "\\u{41}", "\\N{BULLET}"),
    *(
        "a\\",
        "a\\\nb",
        "C:\\new\\table",
        "%41",
        "%20",
        "a+b",
        "&amp;",
        "&#65;",
        "&#x41;",
        "&lt;a&gt;",
    ),
    *("=41", "=?utf-8?q?a?=", "^A", "\x1b[31ma\x1b[0m", "\x01", "\x07", "\x08", "\x1a", "\x7f"),
)
"""Ways to write a character, and characters that control something."""

LITERALS = (
    *(
        "null",
        "NULL",
        "None",
        "nil",
        "undefined",
        "true",
        "True",
        "FALSE",
        "yes",
        "no",
        "on",
        "off",
    ),
    *("0", "1", "-1", "+1", "-0", "00", "007", "-007", "1.0", "1.", ".5", "1e3", "1E+3", "-1e-3"),
    *("0x10", "0X1F", "0o17", "0b1", "0777", "1_000", "1,000", "1 000", "1'000", "1k", "10%", "1h"),
    *("nan", "NaN", "inf", "-inf", "Infinity", "9007199254740993", "18446744073709551616"),
    *("2026-01-02", "2026-01-02T03:04:05Z", "12:30:45", "1:30", "127.0.0.1", "::1", "1.2.3"),
)
"""Words and numbers that are more than text to a reader that guesses types."""

STRUCTURES = (
    *(
        '{"a": 1}',
        '{"a":"b"}',
        "[1, 2]",
        '["a"]',
        '"a"',
        "[]",
        "{}",
        "{a: b}",
        "a: b",
        "- a",
        "--- a",
    ),
    *("? a", "&a", "*a", "!!str a", "!a", "|", ">", "|-", "@a", "a, b", "a,b", "a;b", "a|b", "a:b"),
    *(
        "a=b",
        "=a",
        "a=",
        "a==",
        "[a]",
        "export A=b",
        "A=b C=d",
        "<a/>",
        "<!-- a -->",
        "<![CDATA[a]]>",
    ),
    *(
        "# a",
        "#a",
        "a # b",
        "a #b",
        "a#b",
        "; a",
        "a ; b",
        "// a",
        "a // b",
        "-- a",
        "/* a */",
        "rem a",
    ),
    *("$(echo x)", "`echo x`", "a && b", "a > b", "a < b", "!!", "!1", "*", "?", "[a-z]", "{a,b}"),
    *(
        "~",
        "~/a",
        "~root",
        ".",
        "..",
        "../a",
        "./a",
        "a//b",
        "a/./b",
        "/",
        "file:a",
        "@file",
        "<file",
    ),
    *(
        "$",
        "$$",
        "$?",
        "$#",
        "$0",
        "$1",
        "${}",
        "$()",
        "${",
        "$(",
        "$'a\\n'",
        '$"a"',
        "%",
        "%%",
        "%s",
    ),
    *(
        "%d",
        "%n",
        "{0}",
        "{",
        "}",
        "{{",
        "}}",
        "' OR '1'='1",
        "a\\;b",
        "a\\,b",
        "-",
        "--",
        "--a=b",
        "-a",
    ),
)
"""Lists, tables, comments, commands, paths and formats."""

LETTERS = (
    *(
        "\u00e9",
        "e\u0301",
        "\u212b",
        "\u00c5",
        "A\u030a",
        "\u1100\u1161",
        "\uac00",
        "\ufb01",
        "\uff21",
    ),
    *(
        "\u00df",
        "\u1e9e",
        "\u0130",
        "\u0131",
        "i\u0307",
        "\u03c2",
        "\u03a3",
        "\u01c5",
        "\u2126",
        "\u00b5",
    ),
    *(
        "\u0663",
        "\u00bd",
        "\u2163",
        "\u65e5\u672c",
        "\u05e9\u05dc",
        "\u0645",
        "\u0e01\u0e33",
        "\u0915\u094d",
    ),
    *(
        "a\u200bb",
        "a\u200cb",
        "a\u200db",
        "\u200ea",
        "\u202ea\u202c",
        "a\u00adb",
        "a\ufe0f",
        "\ufeffa",
    ),
    *("\U0001f680", "\U0001f469\u200d\U0001f4bb", "\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea"),
    *(
        "\U00010348",
        "\U0001d538",
        "\U000e0041",
        "\U0010fffd",
        "\ue000",
        "\ufffd",
        "\x80",
        "\xff",
        "\u0100",
    ),
    *(
        "\u0308a",
        "a\u0308\u0323",
        "a\u0323\u0308",
        "\u00c3\u00a9",
        "A",
        "a",
        "NONE",
        "None",
        "none",
        "R1",
    ),
)
"""Letters in composed and decomposed form, of every width of UTF-8, that show and that do not."""

LENGTHS = (127, 128, 255, 256, 257, 1023, 1024, 4095, 4096, 8192, 32_767, 32_768, 65_535, 70_000)
"""Characters of long texts; a variable may have 128 KiB where programs are started."""


def texts_of(schema: ConfigSchema, one: ConfigField) -> Iterator[str]:
    """Every special text of a field; some name its own variable, and others that are set or not."""
    own = schema.variable(one)
    others = [name for name in _set_beside(schema, one) if name != own]
    for reference in REFERENCES:
        for name in (own, others[0], others[-1], *FOREIGN, "UNSET"):
            yield reference.replace("@", name)
    for left, right in map(tuple, QUOTES):
        for inside in ("a", "a b", " ", "", "5", f"{left}a{right}", "'a'", '"a"'):
            yield f"{left}{inside}{right}"
        yield from (left, right, f"{left}a", f"a{right}", f"a{left}b{right}c", f"{right}a{left}")
        yield from (f" {left}a{right} ", f"{left}a{right}b{left}c{right}", f"\\{left}a\\{right}")
    for blank in BLANKS:
        yield from (blank, f"{blank}a", f"a{blank}", f"a{blank}b", f"{blank}a{blank}", blank * 3)
    for mark in MARKS:
        yield from (mark, f"{mark}a", f"a{mark}", f"a{mark}b", f"a {mark} b", mark * 2, f" {mark}")
    yield from (*ESCAPES, *LITERALS, *STRUCTURES, *LETTERS)
    for length in LENGTHS:
        yield "x" * (length - 3) + "end"
        yield "\u00e9" * (length // 2 - 1) + "a"


def _set_beside(schema: ConfigSchema, one: ConfigField) -> dict[str, str]:
    """All other variables of the schema, and those of others."""
    own = {schema.variable(other): sound_text(other) for other in schema.fields if other != one}
    return {**FOREIGN, **own}


def special_texts(registry: object) -> Iterator[Cell]:
    """Each special text in every field of the type text, beside all that it may name."""
    for schema in SCHEMAS.values():
        for one in (one for one in schema.fields if one.type == TEXT):
            for text in dict.fromkeys(text for text in texts_of(schema, one) if text):
                short = text if len(text) <= 99 else f"{text[:6]} of {len(text)} characters"
                label = f"{schema.name}: {one.name} = {short!r}, among others"
                yield Cell("CFG-VALUE", label, partial(_with, schema, one, text))


def _with(schema: ConfigSchema, one: ConfigField, text: str) -> Request:
    environment = {**_set_beside(schema, one), schema.variable(one): text}
    return Request(Operation.CONFIG, {"schema": schema.name, "environment": environment})

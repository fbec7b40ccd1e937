"""Holds the text of a refusal against section 6: its values, its one line, and no payload.

Contract: what a right text may look like is left to whoever writes it. A number counts in every
form that the requirement admits, at any place; a text is red only for what it lacks or holds.
"""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from torq_conformance.implementations.protocol import Operation, Request, refused_in
from torq_conformance.rejection import Rejected
from torq_specs.faults import FREE_TEXT, Fault


@dataclass(frozen=True)
class Text:
    """The text of a refusal for any one of these faults, with every value of its context.

    ``secret`` are bytes of the payload that stand nowhere in the text, in whatever form.
    """

    faults: tuple[Fault, ...]
    secret: bytes = b""


RUN = 4
"""Bytes of a payload that may not follow one another in a text."""

WIDE = (4, 8, 16)
"""Bytes of the integers that a payload may be read as."""

BASE64_RUN = 6
"""Bytes that are whole characters of base64, wherever the coding began."""

LINE_BREAKS = {
    "\n": "LF",
    "\v": "VT",
    "\f": "FF",
    "\r": "CR",
    "\x85": "NEL",
    "\u2028": "LS",
    "\u2029": "PS",
}
"""What ends a line, for one reader of logs or another."""

DIGITS_MAX = 100
"""Digits of a number that is looked at."""

HEX = re.compile(r"([-\u2212]?)0[xX]([0-9a-fA-F]+(?:[_,'](?!0[xX])[0-9a-fA-F]+)*)")
DECIMAL = re.compile(r"([-\u2212]?)([0-9]+(?:[_,'][0-9]+)*)")
SEPARATOR = re.compile("[_,']")
POINT = re.compile(r"(?<=[0-9])\.(?=[0-9])")


def wanted(request: Request, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """The faults that a text may speak of, with the context that it must hold.

    Free text is left out, and the offset where an encoder refuses: there are no bytes.
    """
    is_encode = refused_in(request).operation is Operation.ENCODE
    return tuple(
        Fault(
            fault.kind,
            {
                name: value
                for name, value in fault.context.items()
                if name != FREE_TEXT.get(fault.kind) and not (is_encode and name == "offset")
            },
            fault.latitudes,
        )
        for fault in faults
    )


def of_own_context(faults: tuple[Fault, ...], refusal: Rejected) -> tuple[Fault, ...]:
    """The faults of the kind of a refusal, with its own context, right or not, where it has any."""
    return tuple(
        Fault(fault.kind, {**fault.context, **_own(fault, refusal)})
        for fault in faults
        if fault.kind == refusal.kind
    )


def _own(fault: Fault, refusal: Rejected) -> dict[str, int | str]:
    given = refusal.context
    return {
        name: value
        for name in fault.context
        if isinstance(value := given.get(name), int | str) and not isinstance(value, bool)
    }


def nearest(text: str, faults: tuple[Fault, ...]) -> tuple[Fault, list[str]]:
    """The fault that a text speaks of, and the names of the context that it lacks of it."""
    found = numbers(text)
    lacking = [(fault, [*_lacking(text, found, fault)]) for fault in faults]
    return min(lacking, key=lambda one: (len(one[1]), -len(one[0].context)))


def _lacking(text: str, found: frozenset[int], fault: Fault) -> Iterator[str]:
    for name, value in fault.context.items():
        right = {value, *fault.latitudes.get(name, ())}
        if not any(_holds(text, found, one) for one in right):
            yield name


def _holds(text: str, found: frozenset[int], value: object) -> bool:
    if isinstance(value, int):
        return value in found
    # What is not printable cannot stand there as it is: the text is one line.
    return str(value) in text or not str(value).isprintable()


def numbers(text: str) -> frozenset[int]:
    """Every number that a text can be read to hold."""
    found = {number for sign, digits in HEX.findall(text) for number in _of(sign, digits, 16)}
    rest = HEX.sub(" ", text)
    found |= {number for sign, digits in DECIMAL.findall(rest) for number in _of(sign, digits, 10)}
    return frozenset(found)


def _of(sign: str, digits: str, base: int) -> Iterator[int]:
    """A number whose separators are within it, or part it from the next one; with its sign too."""
    parts = SEPARATOR.split(digits)
    for one in {"".join(parts), *parts}:
        if len(one) <= DIGITS_MAX and (base == 16 or one.isdecimal()):
            number = int(one, base)
            yield number
            if sign:
                yield -number


def line_break(text: str) -> str:
    """The name of the first line break of a text; nothing where it is one line."""
    return next((LINE_BREAKS[char] for char in text if char in LINE_BREAKS), "")


def payload_in(text: str, secret: bytes) -> str:
    """In which form a text holds bytes of a payload; nothing where it holds none."""
    runs = [secret[at : at + RUN] for at in range(len(secret) - RUN + 1)]
    digits = re.sub(r"0x|[^0-9a-f]", "", text.lower())
    if any(run.decode("latin-1") in text for run in runs):
        return "as they are"
    if any(run.hex() in digits for run in runs):
        return "as hex"
    found = [int(one) for one in re.findall("[0-9]+", text) if len(one) <= len("255")]
    if any(_follow(found, run) for run in runs):
        return "as decimal numbers"
    pieces = [secret[at : at + BASE64_RUN] for at in range(len(secret) - BASE64_RUN + 1)]
    coded = {base64.b64encode(piece).decode() for piece in pieces}
    coded |= {base64.urlsafe_b64encode(piece).decode() for piece in pieces}
    if any(one in text for one in coded):
        return "as base64"
    scaled = numbers(POINT.sub("", text))
    return "as integers" if (numbers(text) | scaled) & _read_as_integers(secret) else ""


def _follow(numbers: list[int], run: bytes) -> bool:
    return any([*run] == numbers[at : at + RUN] for at in range(len(numbers) - RUN + 1))


@functools.cache
def _read_as_integers(secret: bytes) -> frozenset[int]:
    parts = (
        secret[at : at + size] for size in WIDE for at in range(max(len(secret) - size + 1, 0))
    )
    return frozenset(
        int.from_bytes(part, order, signed=is_signed)
        for part in parts
        for order in ("little", "big")
        for is_signed in (False, True)
    )

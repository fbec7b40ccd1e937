"""Reads JSON that anybody may have written: within bounds of size, depth, and digits.

Contract: whatever a file holds, reading it gives a document or raises FormError with one sentence
(OSError where it cannot be read), in time and memory in proportion to ``BYTES_MAX``.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from torq_conformance.model.values import FormError

BYTES_MAX = 8 << 20
"""Bytes of a file that are read."""

PARTS_MAX = 400_000
"""Elements and keys of a document: a few bytes of text become a hundred of memory."""

DEPTH_MAX = 64
"""Lists and objects within each other."""

DIGITS_MAX = 40
"""Digits of a number: those of 128 bits, and a sign."""

WRONG = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError),
    *(RecursionError, MemoryError),
)
"""What code may raise that was given a document of the wrong form."""


def read(path: Path) -> Any:
    """The document in a file."""
    with path.open("rb") as file:
        data = file.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise FormError(f"it has more than {BYTES_MAX:,} bytes")
    return parse(data)


def parse(data: bytes) -> Any:
    """The document in some bytes."""
    if sum(data.count(one) for one in (b",", b"[", b"{")) > PARTS_MAX:
        raise FormError(f"it has more than {PARTS_MAX:,} parts")
    try:
        document = _DECODER.decode(data.decode("utf-8"))
    except RecursionError:
        raise FormError(f"it is nested deeper than {DEPTH_MAX} levels") from None
    except UnicodeDecodeError as error:
        raise FormError(f"it is no UTF-8: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise FormError(f"it is no JSON: {error}") from None
    _check_depth(document)
    return document


def _check_depth(document: Any) -> None:
    level = [document]
    for _ in range(DEPTH_MAX):
        below: list[Any] = []
        for part in level:
            if isinstance(part, dict):
                below.extend(part.values())
            elif isinstance(part, list):
                below.extend(part)
        level = below
    if level:
        raise FormError(f"it is nested deeper than {DEPTH_MAX} levels")


def _integer(digits: str) -> int:
    if len(digits) > DIGITS_MAX:
        raise FormError(f"it has a number of {len(digits):,} digits")
    return int(digits)


def _real(digits: str) -> float:
    number = float(digits) if len(digits) <= DIGITS_MAX else math.inf
    if not math.isfinite(number):
        raise FormError(f"it has the number {digits[:DIGITS_MAX]}, which is too long")
    return number


def _no_number(name: str) -> NoReturn:
    raise FormError(f"it has {name}, which is no number of JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different: of two equal ones readers take either."""
    found: dict[str, Any] = {}
    for key, part in pairs:
        if key in found:
            raise FormError(f"the key {key[:40]!r} stands twice in one object")
        found[key] = part
    return found


_DECODER = json.JSONDecoder(
    parse_int=_integer, parse_float=_real, parse_constant=_no_number, object_pairs_hook=_unique
)

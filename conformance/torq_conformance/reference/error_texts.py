"""Section 6, the text of a refusal: its kind, and every field of its context by name.

Contract: one line, whatever a context holds: characters that are not printable are escaped. There
is nothing of the payload in it, since there is none in a context.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torq_conformance.rejection import Rejected


def put_into_words(refusal: Rejected) -> str:
    """Return for instance `InvalidTLVType: tlv_type 0, offset 34`."""
    fields = (f"{name} {_shown(value)}" for name, value in refusal.context.items())
    return f"{refusal.kind}: {', '.join(fields)}"


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return str(value)
    return "".join(char if char.isprintable() else _escaped(char) for char in value)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")

"""The base class that turns an implementer's own exceptions into refusals."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from torq_conformance import MappedErrors, Rejected, Unsupported
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.outcomes import Crashed
from torq_conformance.implementations.protocol import Operation, Request


class CodecError(Exception):
    offset = 7


class BadMagicError(CodecError):
    pass


class WorseMagicError(BadMagicError):
    pass


RAISED: dict[bytes, BaseException] = {
    b"magic": BadMagicError("wrong"),
    b"worse": WorseMagicError("wrong"),
    b"other": CodecError("wrong"),
    b"foreign": ZeroDivisionError("a bug"),
    b"own": Rejected("ChecksumMismatch", expected=1),
    b"unsupported": Unsupported("later"),
    b"key": KeyError("b"),
}


class Codec(MappedErrors):
    name, version, capabilities = "mapped", "1", frozenset({"decode"})
    errors: ClassVar[dict[Any, Any]] = {
        CodecError: lambda e: Rejected("ParseError", offset=e.offset),
        BadMagicError: "InvalidMagic",
        KeyError: str,
    }

    def decode(self, data: bytes) -> dict[str, Any]:
        """The docstring stays."""
        if data in RAISED:
            raise RAISED[data]
        return {"header": {}, "tlvs": []}


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"magic", "InvalidMagic()"),
        (b"worse", "InvalidMagic()"),
        (b"other", "ParseError(offset=7)"),
        (b"own", "ChecksumMismatch(expected=1)"),
    ],
)
def test_nearest_class_decides_and_a_refusal_of_its_own_stays(data: bytes, refusal: str) -> None:
    with pytest.raises(Rejected) as caught:
        Codec().decode(data)
    assert str(caught.value) == refusal


def test_what_the_table_does_not_list_stays_a_failure() -> None:
    with pytest.raises(ZeroDivisionError):
        Codec().decode(b"foreign")
    outcome = InProcessAdapter(Codec(), "mapped").call(Request(Operation.DECODE, b"foreign"))
    assert isinstance(outcome, Crashed)
    with pytest.raises(Unsupported):
        Codec().decode(b"unsupported")


def test_a_wrong_table_is_named() -> None:
    with pytest.raises(TypeError, match=r"errors\[KeyError\] gave \"'b'\""):
        Codec().decode(b"key")
    with pytest.raises(TypeError, match=r"Wrong\.errors\[KeyError\] is 5; give the name of a kind"):
        type("Wrong", (MappedErrors,), {"errors": {KeyError: 5}})


def test_methods_stay_what_they_are() -> None:
    assert Codec.decode.__doc__ == "The docstring stays."
    assert Codec().decode(b"") == {"header": {}, "tlvs": []}

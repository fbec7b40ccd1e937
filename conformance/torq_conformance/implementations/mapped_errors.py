"""A base class for implementations whose own exceptions become refusals by a table."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from torq_conformance.rejection import Rejected, Unsupported

Refusal = str | Callable[[Any], Rejected]
"""The kind of section 6, or a function from the exception to ``Rejected(kind, **context)``."""

OPERATIONS = (
    *("decode", "encode", "encode_into", "validate", "decode_validated", "instrument_id"),
    *("config", "throughput"),
)
"""The methods of an implementation that may refuse."""


NAMED_ARGUMENTS = frozenset({"config", "instrument_id"})
"""Operations whose argument is given by names."""


class MappedErrors:
    """Base class: what ``errors`` lists is raised as ``Rejected``, all else stays what it is.

    ``errors`` maps exception classes to a kind of section 6 or to a function that makes the
    ``Rejected`` with its context. Of several classes that fit, the nearest in the exception's own
    line of descent decides, so a table may hold a base class beside its special cases::

        class Codec(MappedErrors):
            errors = {
                mine.BadMagic: "InvalidMagic",
                mine.Cut: lambda e: Rejected("TruncatedTLV", offset=e.offset),
            }
    """

    errors: ClassVar[Mapping[type[BaseException], Refusal]] = {}

    def error_text(self, operation: str, argument: Any) -> str:
        """The text of the exception with which an operation refuses; empty where it does not.

        For those that claim ``error_text``.
        """
        method = getattr(self, operation)
        try:
            if operation in NAMED_ARGUMENTS:
                method(**argument)
            else:
                method(argument)
        except Rejected as refusal:
            return str(refusal.__cause__ or refusal)
        return ""

    def __init_subclass__(cls, **arguments: object) -> None:
        super().__init_subclass__(**arguments)
        for owner, refusal in cls.errors.items():
            if not (isinstance(refusal, str) or callable(refusal)):
                raise TypeError(
                    f"{cls.__name__}.errors[{owner.__name__}] is {refusal!r}; "
                    "give the name of a kind, or a function that makes a Rejected"
                )
        for name in OPERATIONS:
            method = cls.__dict__.get(name)
            if callable(method):
                setattr(cls, name, _mapped(method))


def _mapped(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: MappedErrors, *arguments: Any, **named: Any) -> Any:
        try:
            return method(self, *arguments, **named)
        except (Rejected, Unsupported):
            raise
        except BaseException as error:
            refusal = _refusal(self.errors, type(error))
            if refusal is None:
                raise
            made = Rejected(refusal) if isinstance(refusal, str) else refusal(error)
            if not isinstance(made, Rejected):
                raise TypeError(
                    f"errors[{type(error).__name__}] gave {made!r}, which is no Rejected"
                ) from error
            raise made from error

    return call


def _refusal(
    errors: Mapping[type[BaseException], Refusal], kind: type[BaseException]
) -> Refusal | None:
    return next((errors[one] for one in kind.__mro__ if one in errors), None)

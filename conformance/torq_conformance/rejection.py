"""The one exception by which an implementation under test refuses a message or an argument.

Contract: a refusal says its kind (a row of section 6) and the context fields of that row. Any other
exception that leaves an implementation is a failure of the implementation, never a refusal.
"""

from __future__ import annotations


class Rejected(Exception):
    """A refusal by an implementation under test: the kind of section 6 and its context fields.

    `kind` is the name of the error, `context` its fields by name, in the units of section 6.
    """

    kind: str
    context: dict[str, object]

    def __init__(self, kind: str, /, **context: object) -> None:
        super().__init__(kind)
        self.kind = kind
        self.context = context

    def __str__(self) -> str:
        """Return for instance `TruncatedTLV(buffer_size=3, required_bytes=42, ...)`."""
        fields = ", ".join(f"{name}={value!r}" for name, value in self.context.items())
        return f"{self.kind}({fields})"

    __repr__ = __str__

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from kind and context: by default an exception is rebuilt from its args alone."""
        return _restore, (type(self), self.kind, self.context)


def _restore(rejected: type[Rejected], kind: str, context: dict[str, object]) -> Rejected:
    return rejected(kind, **context)


class Unsupported(Exception):
    """The implementation does not offer what it was asked for; raised instead of guessing."""

"""Standard output that may be closed, or that nobody reads to its end, as with ``| head``.

Neither changes what a command does, nor its exit code: what nobody reads is thrown away.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any


class Unread(io.TextIOWrapper):
    """Text that goes nowhere from the moment on when its reader is gone."""

    def write(self, text: str, /) -> int:
        """Write, if anybody reads."""
        return int(self._or_nowhere(super().write, text) or len(text))

    def flush(self) -> None:
        """Flush, if anybody reads."""
        self._or_nowhere(super().flush)

    def _or_nowhere(self, act: Any, *arguments: Any) -> Any:
        try:
            return act(*arguments)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return act(*arguments)


def make_safe() -> None:
    """Make standard output and error such; open them on nothing where they are closed."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:
        # A file that is opened later must not become what is taken for standard output.
        os.set_inheritable(descriptor, True)  # noqa: FBT003
    os.close(descriptor)
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:
            stream = os.fdopen(number, "w")
        elif not isinstance(stream, io.TextIOWrapper) or isinstance(stream, Unread):
            continue
        encoding, is_line_buffered = stream.encoding, stream.line_buffering
        safe = Unread(
            stream.detach(),
            encoding=encoding,
            # What an implementation answers may be half a surrogate, which no terminal takes.
            errors="backslashreplace",
            line_buffering=is_line_buffered,
        )
        setattr(sys, name, safe)
        setattr(sys, f"__{name}__", safe)

"""The binary bulk mode: u32 length + message there, u32 length + message or a refusal back.

Contract: whatever comes back, there is a message or a refusal for each request, or Garbage.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

from torq_conformance.implementations.no_answer import Garbage, shown
from torq_conformance.implementations.outcomes import Accepted, Outcome
from torq_conformance.implementations.stdio_process import StdioProcess
from torq_conformance.rejection import Rejected
from torq_specs.faults import FaultKind
from torq_specs.header import MESSAGE_SIZE_MAX

LENGTH = Struct("<I")

REFUSED = 1 << 31
"""Marks a refusal; the low bits are the kind's row in section 6, counted from 1."""

KINDS = tuple(str(kind) for kind in FaultKind)
"""The kinds of refusals in the order of their rows."""

END = LENGTH.pack(0xFFFFFFFF)
"""Ends the mode; nothing is answered."""


def write(messages: Sequence[bytes]) -> bytes:
    """The frames of messages."""
    sizes = set(map(len, messages))
    if len(sizes) == 1:
        prefix = LENGTH.pack(*sizes)
        return prefix + prefix.join(messages)
    return b"".join(LENGTH.pack(len(message)) + message for message in messages)


def roundtrip(process: StdioProcess, messages: Sequence[bytes], deadline: float) -> list[Outcome]:
    """Send messages and read what comes back, all within one deadline."""
    sent = write(messages)
    process.check_quiet()
    process.send(sent)
    process.begin(deadline)
    seen = 0
    while seen < len(sent):
        chunk = process.take()
        if not sent.startswith(chunk, seen):
            return _read(process, len(messages))
        seen += len(chunk)
    # Every message came back as it was, length by length: nothing is left to be cut.
    process.read.clear()
    return [Accepted(message) for message in messages]


def _read(process: StdioProcess, count: int) -> list[Outcome]:
    answers: list[Outcome] = []
    data, at = process.read, 0
    while len(answers) < count:
        while len(data) < at + LENGTH.size:
            process.take()
        (size,) = LENGTH.unpack_from(data, at)
        at += LENGTH.size
        if size & REFUSED:
            if not 1 <= size - REFUSED <= len(FaultKind):
                raise Garbage(f"frame {len(answers) + 1} is a refusal of row {size - REFUSED}")
            answers.append(Rejected(KINDS[size - REFUSED - 1]))
            continue
        if size > MESSAGE_SIZE_MAX:
            raise Garbage(f"frame {len(answers) + 1} of {size:,} bytes: {shown(data[at - 4 :])}")
        while len(data) < at + size:
            process.take()
        answers.append(Accepted(bytes(data[at : at + size])))
        at += size
    del data[:at]
    process.check_nothing_left()
    return answers

"""Messages that reach every edge of the C example, as cases: a fuzzer found them, no test has them.

``reached.txt`` beside this module holds them; docs/fuzzing.md says by which command it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from torq_conformance.cases.case import Case, decode
from torq_specs.faults import MEANINGS, diagnose
from torq_specs.requirements import requirements

TEXT = "reached.txt"

VALID = "RT-BYTES"
"""What a message without faults judges first."""


def messages() -> list[bytes]:
    """The messages, the shortest first."""
    text = files("torq_conformance.vectors").joinpath(TEXT).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [bytes.fromhex(line) for line in lines]


def cases() -> Iterator[Case]:
    """A case for each: what it judges follows from its first fault."""
    for message in messages():
        faults = diagnose(message)
        rule, what = VALID, "without faults"
        if faults:
            rule, what = MEANINGS[faults[0].kind].speaks_of, f"{faults[0].kind}"
        assert rule in requirements()
        yield decode(rule, f"decode {len(message)} bytes, {what}", message)

"""A first talk with an implementation: questions in the order in which a codec is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from torq_conformance.cases import checksums, framing, header, messages, values
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.case import Case, decode, encode
from torq_conformance.judging import verdicts
from torq_conformance.judging.judge import Judge
from torq_specs.faults import FaultKind
from torq_specs.registry import STANDARD_SIZE_MAX, Registry, TlvType


@dataclass(frozen=True)
class Step:
    """One question, and what to look at when the answer is wrong."""

    case: Case
    advice: str


HEADER = "Start with the 32-byte header and its checksum: `torq-conformance spec show header`."
FRAMING = "Standard framing: type, length, value; the length counts the value alone."
EXTENDED = "Extended framing, for a value of any size: `torq-conformance spec show TLV-EXTENDED`."
JSON = (
    "In the JSON that a program reads and writes, integers of 64 bits and more are strings of "
    "decimal digits, smaller ones are numbers, and bytes are lowercase hex."
)
FORM_MISTAKEN = (" is out of form: ", f"what is valid was refused: {FaultKind.VALUE_OUT_OF_RANGE}")
"""Problems of those who have not seen how a message is written in JSON."""


def advise(step: Step, problem: str) -> str:
    """What to do about the problem that the answer to a step has."""
    operation = step.case.request.operation
    if problem.endswith(verdicts.UNSUPPORTED):
        return (
            f"Write {operation}, for this message first. {step.advice} If {operation} is to come "
            "later, do not claim it yet: what is not claimed is left out."
        )
    is_about_form = any(text in problem for text in FORM_MISTAKEN)
    return f"{step.advice} {JSON}" if is_about_form else step.advice


def steps(judge: Judge) -> Iterator[Step]:
    """The questions, plainest first, with the types that are claimed."""
    registry = judge.registry
    for requirement, name, message, advice in _valid(registry):
        encoded, decoded = header.both_ways(requirement, name, message, registry)
        yield Step(encoded, advice)
        yield Step(decoded, advice)
    short = next(framing.extended("TLV-ANY-EXTENDED", registry))
    yield Step(replace(short, label="decode the extended framing"), EXTENDED)
    for requirement, name, data, advice in _wrong(registry):
        yield Step(decode(requirement, f"refuse {name}", data), advice)
    yield Step(
        encode("HDR-SOURCE", "refuse source 99", messages.message(source=99)),
        "An encoder refuses what no decoder would take; these are the services: "
        "`torq-conformance spec show Source`.",
    )


def _valid(registry: Registry) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    carrying = carriers(registry)
    yield "HDR-LAYOUT", "a bare header", messages.message(), HEADER
    if carrying.is_free:
        message = carrying.message(carrying.first.tlv(b"hello"))
        yield "TLV-STANDARD", "one vendor TLV", message, FRAMING
    for line in registry.with_layout[:1]:
        advice = f"The layout of type {line.number}: {_show(line)}."
        yield "TLV-STANDARD", _named(line), _message_of(line), advice
    for line in [one for one in registry.with_layout if one.size_min > STANDARD_SIZE_MAX][:1]:
        advice = f"Extended framing, and two vectors of fixed capacity: {_show(line)}."
        yield "TLV-EXTENDED", _named(line), _message_of(line), advice
    if not registry.with_layout and not carrying.is_free:
        line = carrying.first.line
        message = carrying.message(carrying.first.tlv(b"hello"))
        advice = f"Bytes of a size that fits: {_show(line)}. {FRAMING}"
        yield "TLV-STANDARD", _named(line), message, advice


def _wrong(registry: Registry) -> Iterator[tuple[str, str, bytes, str]]:
    carrying, plain = carriers(registry), checksums.plain(registry)
    advice = "Refuse short buffers before reading any field."
    yield "MSG-TOO-SMALL", "no bytes", b"", advice
    yield "HDR-MAGIC", "a wrong magic", header.field_bytes("magic", 1), "Check the magic first."
    wrong = checksums.with_checksum(plain, 0)
    yield "CHK-VERIFY", "checksum 0", wrong, "Calculate the checksum and compare."
    yield (
        "TLV-TYPE",
        "type 0",
        messages.wire(b"\0\0"),
        "Refuse numbers that are no type: `torq-conformance spec show` lists the types.",
    )
    cut = carrying.wire(carrying.first.frame(b"abcde")[:4])
    yield (
        "TLV-TRUNCATED",
        "a cut TLV",
        cut,
        "Compare the length with what is left of the payload, before you read.",
    )
    for line in [one for one in registry if one.size_min][:1]:
        short = values.wire_of(line, bytes(line.size_min - 1))
        yield (
            "REG-SIZE",
            f"a short {line.name}",
            short,
            f"Compare the length with the size of the type: {_show(line)}.",
        )


def _message_of(line: TlvType) -> dict[str, Any]:
    return messages.message_of(line, messages.representative_value(line))


def _named(line: TlvType) -> str:
    return f"{'an' if line.name[0] in 'AEIO' else 'a'} {line.name}"


def _show(line: TlvType) -> str:
    return f"`torq-conformance spec show {line.name}`"

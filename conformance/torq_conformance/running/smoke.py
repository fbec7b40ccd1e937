"""A first talk with an implementation: questions in the order in which a codec is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torq_conformance.cases import boundaries, checksums, header, messages, values
from torq_conformance.cases.case import Case, decode, encode
from torq_conformance.judging import verdicts
from torq_conformance.judging.judge import Judge


@dataclass(frozen=True)
class Step:
    """One question, and what to look at when the answer is wrong."""

    case: Case
    advice: str


HEADER = "Start with the 32-byte header and its checksum: `torq-conformance spec show header`."
BOOK = (
    "Extended framing, and two vectors of fixed capacity: `torq-conformance spec show OrderBook`."
)


def advise(step: Step, problem: str) -> str:
    """What to do about the problem that the answer to a step has."""
    operation = step.case.request.operation
    if problem.endswith(verdicts.UNSUPPORTED):
        return (
            f"Write {operation}, for this message first. {step.advice} If {operation} is to come "
            "later, do not claim it yet: what is not claimed is left out."
        )
    return step.advice


def steps(judge: Judge) -> Iterator[Step]:
    """The questions, plainest first."""
    trade, book = judge.registry[1], judge.registry[3]
    assert trade.layout is not None
    assert book.layout is not None
    plain = messages.message((messages.VENDOR, b"hello"))
    a_trade = messages.message_of(trade, boundaries.distinct(trade.layout))
    a_book = messages.message_of(book, boundaries.distinct(book.layout))
    for name, message, advice in (
        ("a bare header", messages.message(), HEADER),
        (
            "one vendor TLV",
            plain,
            "Standard framing: type, length, value; the length counts the value alone.",
        ),
        ("a Trade", a_trade, "The layout of type 1: `torq-conformance spec show Trade`."),
        ("an OrderBook", a_book, BOOK),
    ):
        encoded, decoded = header.both_ways("RT-VALUE", name, message)
        yield Step(encoded, advice)
        yield Step(decoded, advice)
    wrong = checksums.with_checksum(checksums.PLAIN, 0)
    for requirement, name, data, advice in (
        ("MSG-TOO-SMALL", "no bytes", b"", "Refuse short buffers before reading any field."),
        ("HDR-MAGIC", "a wrong magic", header.field_bytes("magic", 1), "Check the magic first."),
        ("CHK-VERIFY", "checksum 0", wrong, "Calculate the checksum and compare."),
        ("TLV-TYPE", "type 0", messages.wire(b"\0\0"), "Refuse types that section 4 lacks."),
        (
            "TLV-TRUNCATED",
            "a cut TLV",
            messages.wire(b"\xc8\x05ab"),
            "Compare length with the rest.",
        ),
        ("REG-SIZE", "a short Trade", values.wire_of(trade, bytes(39)), "Check sizes by type."),
    ):
        yield Step(decode(requirement, f"refuse {name}", data), advice)
    yield Step(
        encode("HDR-SOURCE", "refuse source 99", messages.message(source=99)),
        "An encoder refuses what no decoder would take.",
    )

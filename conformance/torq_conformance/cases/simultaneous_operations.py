"""Every operation asked by several threads at once, each with an argument of its own.

Whoever shares something between threads may do so in one operation alone, for messages of one size
alone. So each operation is asked of small and of large messages and of such with many TLVs, and the
argument of each thread is another one: what all ask alike is right in whosever scratch it lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from torq_conformance.cases import (
    boundaries,
    checksums,
    configurations,
    error_texts,
    header,
    instruments,
    messages,
)
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.case import Sequence as Row
from torq_conformance.cases.simultaneous import THREADS
from torq_conformance.implementations.protocol import (
    Operation,
    Placement,
    Request,
    Surroundings,
    refused_in,
)
from torq_conformance.model import derived_codec
from torq_specs.configuration import SCHEMAS
from torq_specs.faults import diagnose, diagnose_value
from torq_specs.header import MESSAGE_SIZE_MAX
from torq_specs.registry import STANDARD_SIZE_MAX, Registry, TlvType

Message = dict[str, Any]

ROUNDS = 8
"""Times that each thread asks what has no message."""

MESSAGE_ROUNDS = 2
"""Times that each thread asks of messages, small ones and such of many TLVs."""

LARGE_ROUNDS = 2
"""Times that each thread asks of large messages: all answers of a row are one reply."""

LARGE = (70_000, 300_000, 70_000, 300_000)
"""Bytes of large messages: whoever has a scratch from some size on is met by two threads."""

LARGEST = (70_000, MESSAGE_SIZE_MAX - 64, 300_000, MESSAGE_SIZE_MAX - 64)
"""The same up to the limit, for decode and encode alone: a row is kept whole with its failure."""

MANY = (25, 300, 25, 300)
"""TLVs of the messages that have many."""

IDS, SETTINGS, TEXTS = 4, 3, 2
"""Threads with an operation on ids, with fields of a schema, with a kind of refusal."""

REFUSED_SIZE_MAX = 200_000
"""Bytes of the largest message that is also asked with a wrong checksum."""

WRONG = 0xFFFFFFFF
"""Changes every bit of a checksum."""


def every_operation(requirement: str, registry: Registry) -> Iterator[Row]:
    """Operations without a message, and those on small, on many-parted and on large ones.

    Of a row those threads ask whose operation is claimed. A row is many threads rather than few:
    before each one the implementation is made anew, which takes longer than to ask.
    """
    apart = (*_ids(), *_configurations(), *_texts(registry))
    yield Row(requirement, "ids, settings and texts", apart, ROUNDS)
    messages_ = [*_small(registry), *_many(registry)]
    requests = (*_read(messages_, registry), *_written(messages_, registry))
    yield Row(requirement, "all operations on messages", requests, MESSAGE_ROUNDS)
    large = _large(registry, LARGE)
    requests = (*_read(large, registry), *_written(large, registry))
    yield Row(requirement, "all operations on large messages", requests, LARGE_ROUNDS)
    largest = _large(registry, LARGEST)
    encoded = [derived_codec.encode_message(one, registry) for one in largest]
    decodes = tuple(Request(Operation.DECODE, one) for one in encoded)
    yield Row(requirement, "decode up to the limit", decodes, LARGE_ROUNDS)
    encodes = tuple(Request(Operation.ENCODE, one) for one in largest)
    yield Row(requirement, "encode up to the limit", encodes, LARGE_ROUNDS)


def _read(some: Sequence[Message], registry: Registry) -> Iterator[Request]:
    """Each operation that takes bytes, in a buffer of the kit too; refused ones among them."""
    encoded = [derived_codec.encode_message(one, registry) for one in some]
    refused = [checksums.with_checksum(one, _wrong(one)) for one in _up_to_size(encoded)[-1:]]
    for operation in (
        *(Operation.DECODE, Operation.DECODE_VALIDATED, Operation.DECODE_VIEW),
        Operation.ROUNDTRIP,
    ):
        for one in (*encoded, *refused):
            yield Request(operation, one)
    for one in encoded:
        yield Request(Operation.DECODE, one, Placement(Surroundings.CANARIES))


def _up_to_size(encoded: Sequence[bytes]) -> list[bytes]:
    return [one for one in encoded if len(one) <= REFUSED_SIZE_MAX]


def _written(some: Sequence[Message], registry: Registry) -> Iterator[Request]:
    """Each operation that takes a message value, into a buffer of the kit too."""
    for one in some:
        size = len(derived_codec.encode_message(one, registry))
        yield Request(Operation.ENCODE, one)
        yield Request(Operation.ENCODE, one, Placement(Surroundings.CANARIES, size=size))
        yield Request(Operation.VALIDATE, one)
    yield Request(Operation.ENCODE, {**some[0], "header": {**some[0]["header"], "source": 99}})


def _wrong(data: bytes) -> int:
    return int.from_bytes(data[28:32], "little") ^ WRONG


def _header(number: int, domain: int) -> dict[str, int]:
    """Headers that differ in every field that is data."""
    return messages.header(
        relay_domain=domain,
        flags=(17 * number + 3) % 256,
        sequence=0x0101010101010101 * (number + 1),
        timestamp=1_700_000_000_000_000_000 + number,
    )


def _small(registry: Registry) -> list[Message]:
    """One TLV each: types with rules first, whose values break some, and then others."""
    lines = [*(line for line in registry if line.rules), *registry.with_layout, *registry]
    return [
        messages.message_of(line, _value(line, number))
        for number, line in enumerate(islice(dict.fromkeys(lines), THREADS - 1))
    ]


def _value(line: TlvType, number: int) -> Any:
    if line.layout is None:
        return messages.opaque_value(max(line.size_min, min(line.size_max, 9)), start=number)
    is_zero = line.rules and number % 2
    layout = line.layout
    return boundaries.zeros(layout) if is_zero else boundaries.distinct(layout, shift=9 * number)


def _many(registry: Registry) -> list[Message]:
    """Messages of many TLVs: every small type that rides in a domain, in turn."""
    domains = carriers(registry).domains
    return [_of_many(registry, at, count, domains[0]) for at, count in enumerate(MANY)]


def _of_many(registry: Registry, number: int, count: int, domain: int) -> Message:
    lines = [
        line
        for line in registry
        if line.size_min <= STANDARD_SIZE_MAX and line.domain in {None, domain}
    ] or [carriers(registry).first.line]
    ridden = [lines[(number + at) % len(lines)] for at in range(count)]
    tlvs = [
        {"type": line.number, "value": _value(line, number + at)} for at, line in enumerate(ridden)
    ]
    return {"header": _header(number, domain), "tlvs": tlvs}


def _large(registry: Registry, sizes: Sequence[int]) -> list[Message]:
    """Messages of these sizes; of two of one size the second has its TLVs turned around."""
    made = []
    for number, size in enumerate(sizes):
        message = header.sized(size, registry)
        tlvs = message["tlvs"][::-1] if size in sizes[:number] else message["tlvs"]
        domain = message["header"]["relay_domain"]
        made.append({"header": _header(number, domain), "tlvs": tlvs})
    return made


def _spread(cases: Sequence[Any], count: int) -> list[Any]:
    """So many of them, evenly apart."""
    return [cases[at * len(cases) // count] for at in range(min(count, len(cases)))]


def _ids() -> Iterator[Request]:
    """Each operation on ids by some threads, and refused ones."""
    by_operation: dict[str, list[Request]] = {}
    for case in instruments.every_operation(""):
        argument: Any = case.request.argument
        by_operation.setdefault(argument["operation"], []).append(case.request)
    for found in by_operation.values():
        yield from _spread(found, IDS)
    yield from _spread([case.request for case in instruments.refusals("")], IDS)


def _configurations() -> Iterator[Request]:
    """Every schema: all fields set, few of them, none, others in turn, and what is refused."""
    for schema in SCHEMAS.values():
        every = {schema.variable(one): configurations.sound_text(one) for one in schema.fields}
        others = [
            {**configurations.sound(schema), schema.variable(one): configurations.sound_text(one)}
            for one in _spread(schema.fields, SETTINGS)
        ]
        empty = {**every, schema.variable(schema.fields[-1]): ""}
        for environment in (every, {}, *others, empty):
            yield configurations.asked("", "", schema, environment).request


def _texts(registry: Registry) -> Iterator[Request]:
    """The text of refusals: of each kind of each operation two that differ."""
    by_kind: dict[tuple[Operation, str], list[Request]] = {}
    for make in (error_texts.every_kind, error_texts.without_messages):
        for case in make("", registry):
            refused = refused_in(case.request)
            kind = (refused.operation, _kind_of(refused, registry))
            by_kind.setdefault(kind, []).append(case.request)
    for found in by_kind.values():
        yield from _spread(found, TEXTS)


def _kind_of(refused: Request, registry: Registry) -> str:
    """The kind of the first fault; operations that know but one kind have none."""
    argument: Any = refused.argument
    if refused.operation is Operation.DECODE:
        return str(next(iter(diagnose(argument, registry))).kind)
    if refused.operation is Operation.ENCODE:
        return str(next(iter(diagnose_value(argument, registry))).kind)
    return ""

"""Questions about buffers in memory that the kit has placed: at unmapped pages, among canaries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from torq_conformance.cases import checksums, framing, header, messages, truncations
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.implementations.protocol import (
    FORMS,
    Operation,
    Placement,
    Request,
    Surroundings,
)
from torq_conformance.model import derived_codec
from torq_specs.header import HEADER_SIZE
from torq_specs.registry import Registry, TlvType

ALIGNMENTS = 64

PLACED_MAX = 70_000
"""Bytes of the longest input that is placed; memory is made for each one."""

UNMAPPED = (Surroundings.UNMAPPED_BEHIND, Surroundings.UNMAPPED_IN_FRONT)


def placed(
    case: Case, requirement: str, surroundings: Surroundings, *, holds: bytes = b"", **details: int
) -> Case:
    """A case of something else, asked with its buffer placed."""
    numbers: dict[str, Any] = {**details}
    request = replace(case.request, placement=Placement(surroundings, holds=holds, **numbers))
    place = ", ".join([surroundings, *(f"{name} {number}" for name, number in details.items())])
    return Case(requirement, f"{case.label}: {place}", request)


def _decoded(label: str, data: bytes) -> Case:
    return Case("", label, Request(Operation.DECODE, data))


def _encoded(label: str, message: dict[str, Any]) -> Case:
    return Case("", label, Request(Operation.ENCODE, message))


def _sample(line: TlvType) -> dict[str, Any]:
    return messages.message_of(line, messages.representative_value(line))


def inputs(requirement: str, registry: Registry, line: TlvType) -> Iterator[Case]:
    """A message of a type between unmapped pages, at several alignments, and cut."""
    data = derived_codec.encode_message(_sample(line), registry)
    sizes = {len(data), len(data) - 1, len(data) - 2, len(data) // 2, HEADER_SIZE + 2, HEADER_SIZE}
    for size in sorted(sizes, reverse=True):
        case = _decoded(f"{line.name}, {size} of {len(data)} bytes", data[:size])
        for surroundings in UNMAPPED:
            yield placed(case, requirement, surroundings)
    for alignment in (1, 2, 4, 7, 8, 15, 16, 31, 32, 63):
        case = _decoded(line.name, data)
        yield placed(case, requirement, Surroundings.CANARIES, alignment=alignment)


def wrong_inputs(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every prefix, lengths that lie and cut TLVs at an unmapped page; every alignment."""
    line = [*registry.with_layout, *registry][0]
    wrong = chain(
        truncations.every_prefix("", line, registry, _sample(line)),
        truncations.every_payload_prefix("", line, registry, _sample(line)),
        header.too_small("", registry),
        header.trailing("", registry),
        header.too_large("", registry),
        framing.truncated("", registry),
        framing.reserved("", registry),
    )
    for case in wrong:
        argument = case.request.argument
        if isinstance(argument, bytes) and len(argument) <= PLACED_MAX:
            yield placed(case, requirement, Surroundings.UNMAPPED_BEHIND)
    for alignment in range(ALIGNMENTS):
        case = _decoded("a plain message", checksums.plain(registry))
        yield placed(case, requirement, Surroundings.CANARIES, alignment=alignment)


def formed_inputs(requirement: str, registry: Registry) -> Iterator[Case]:
    """Right messages and refused ones, as items of every format of one byte, in rows and without.

    Whatever a buffer says of its items, what is to be decoded are its bytes.
    """
    for line in registry:
        data = derived_codec.encode_message(_sample(line), registry)
        for number, form in enumerate(FORMS):
            yield _formed(_decoded(line.name, data), requirement, form)
            yield _formed(_decoded(line.name, data), requirement, form, _rows_of(data, number))
    good = checksums.plain(registry)
    wrong = {
        "a wrong checksum": checksums.with_checksum(good, 1),
        "a message that is cut": good[:-1],
        "a byte behind the end": good + b"x",
        "the header alone, cut": good[:20],
        "one byte": good[:1],
        "a wrong magic": header.field_bytes("magic", 1, good),
        "a message without TLVs": header.BARE,
    }
    for label, data in wrong.items():
        for number, form in enumerate(FORMS):
            yield _formed(_decoded(label, data), requirement, form)
            yield _formed(_decoded(label, data), requirement, form, _rows_of(data, number))
    for form in FORMS:
        yield _formed(_decoded("no bytes", b""), requirement, form)


def _rows_of(data: bytes, number: int) -> int:
    """One row, rows of one byte, or rows between; each in turn."""
    between = [rows for rows in range(2, 9) if len(data) % rows == 0 and len(data) > rows]
    counts = (1, len(data), *between[:1])
    return counts[(number + len(data)) % len(counts)]


def _formed(case: Case, requirement: str, form: str, rows: int = 0) -> Case:
    placement = Placement(Surroundings.CANARIES, form=form, rows=rows)
    label = f"{case.label}, format {form}" + (f", {rows} rows" if rows else "")
    return Case(requirement, label, replace(case.request, placement=placement))


def kept_inputs(requirement: str, registry: Registry) -> Iterator[Case | Sequence]:
    """Messages of all types, good and cut, that are read-only or gone after the call."""
    for line in registry:
        data = derived_codec.encode_message(_sample(line), registry)
        for label, sent in ((line.name, data), (f"{line.name}, cut", data[:-1])):
            for kind in (Surroundings.CANARIES, Surroundings.READ_ONLY, Surroundings.GIVEN_BACK):
                yield placed(_decoded(label, sent), requirement, kind)
    gone = Placement(Surroundings.GIVEN_BACK)
    first, other = checksums.plain(registry), header.BARE
    for label, requests in {
        "other, then the same again": (first, other, first, first),
        "refused, then another": (first[:-1], other, first[:-1], first),
    }.items():
        decodes = [Request(Operation.DECODE, data, gone) for data in requests]
        last = Request(Operation.DECODE, first)
        yield Sequence(requirement, f"inputs that are gone: {label}", (*decodes, last))


def outputs(requirement: str, registry: Registry, line: TlvType) -> Iterator[Case]:
    """A message of a type into buffers that fit, that are larger and that are too small."""
    message = _sample(line)
    size = len(derived_codec.encode_message(message, registry))
    case = _encoded(line.name, message)
    # Canaries come first: they say which byte it is, and unmapped pages end the process.
    for more in (0, 1, 8, 37):
        yield placed(case, requirement, Surroundings.CANARIES, size=size + more, alignment=more)
    for surroundings in UNMAPPED:
        yield placed(case, requirement, surroundings, size=size)
    for room in sorted({0, 1, HEADER_SIZE - 1, HEADER_SIZE, size // 2, size - 2, size - 1}):
        yield placed(case, requirement, Surroundings.CANARIES, size=room)
        yield placed(case, requirement, Surroundings.UNMAPPED_BEHIND, size=room)


def used_outputs(requirement: str, registry: Registry, line: TlvType) -> Iterator[Case]:
    """A message of a type into a buffer that holds another one, of which nothing may stay."""
    message = _sample(line)
    right = derived_codec.encode_message(message, registry)
    for label, held in _held(message, right, registry).items():
        case = _encoded(f"{line.name} over {label}", message)
        yield placed(case, requirement, Surroundings.CANARIES, size=len(right), holds=held)
    case = _encoded(f"{line.name} over a longer one", message)
    held = right + right[HEADER_SIZE:]
    yield placed(case, requirement, Surroundings.CANARIES, size=len(held), holds=held)


def _held(message: dict[str, Any], right: bytes, registry: Registry) -> dict[str, bytes]:
    """What a buffer of the right size may hold: the same message, but for one part of it."""
    header_ = message["header"]
    other = {"source": 41, "flags": 0xA5, "sequence": 5, "timestamp": 6}
    held = {"itself": right, "zeros": bytes(len(right)), "ones": b"\xff" * len(right)}
    for name, number in other.items():
        changed = {**message, "header": {**header_, name: number}}
        held[f"one of another {name}"] = derived_codec.encode_message(changed, registry)
    for at in dict.fromkeys((4, HEADER_SIZE, HEADER_SIZE + 1, HEADER_SIZE + 2, len(right) - 1)):
        if at < len(right):
            changed_bytes = right[:at] + bytes([right[at] ^ 0xFF]) + right[at + 1 :]
            held[f"itself but for byte {at}"] = changed_bytes
            held[f"itself but for byte {at}, sealed"] = derived_codec.seal(changed_bytes)
    return held


def outputs_in_a_row(requirement: str, registry: Registry) -> Iterator[Sequence]:
    """A message that does not fit, then others that do: nothing of it is left."""
    samples = [_encoded(line.name, _sample(line)) for line in registry]
    for one, other in zip(samples, (*samples[1:], samples[0]), strict=True):
        label = f"{one.label} does not fit, then {other.label} does, and {one.label}"
        wanted = [(one, -1), (other, 0), (one, 0), (one, -9), (other, 5)]
        requests = tuple(_placed_by(case, by, registry) for case, by in wanted)
        yield Sequence(requirement, label, requests)


def _placed_by(case: Case, by: int, registry: Registry) -> Request:
    """An encode into a buffer that is so many bytes larger than its message."""
    message: Any = case.request.argument
    size = max(len(derived_codec.encode_message(message, registry)) + by, 0)
    return placed(case, "", Surroundings.CANARIES, size=size).request


def all_outputs(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every buffer that is too small for a plain message, every alignment, and refused values."""
    size = len(checksums.plain(registry))
    message = header.sized(size, registry)
    case = _encoded("a plain message", message)
    for room in range(size):
        yield placed(case, requirement, Surroundings.CANARIES, size=room)
    for alignment in range(ALIGNMENTS):
        yield placed(case, requirement, Surroundings.CANARIES, size=size, alignment=alignment)
    for name, number in (("source", 99), ("version", 2), ("flags", 256)):
        refused = {**message, "header": {**message["header"], name: number}}
        case = _encoded(f"{name} {number}", refused)
        yield placed(case, requirement, Surroundings.CANARIES, size=200)

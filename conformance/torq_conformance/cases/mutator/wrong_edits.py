"""Edits that make a message wrong; the same rules as in ``sound_edits`` hold."""

from __future__ import annotations

from torq_conformance.cases.mutator.draft import COUNT, PAYLOAD_SIZE, Draft
from torq_conformance.cases.mutator.sound_edits import (
    Edit,
    a_laid_out_span,
    a_part,
    a_span,
    a_vector,
    framing,
)
from torq_conformance.cases.mutator.tables import PartKind
from torq_conformance.cases.mutator.words import Words
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.registry import EXTENDED, STANDARD_SIZE_MAX
from torq_specs.tlv import Tlv


def padding(draft: Draft, words: Words, _: bytes) -> bool:
    """A byte of padding that is not zero."""
    found = a_laid_out_span(draft, words)
    if found is None:
        return False
    span, rows = found
    part = a_part(draft, words, rows, lambda one: one.kind in {PartKind.PADDING, PartKind.VECTOR})
    if part is None:
        return False
    at, size = span.value + part.offset, part.size
    if part.kind == PartKind.VECTOR:
        at, size = at + COUNT, part.slots_offset - COUNT
    at += words.draw(size)
    draft.data[at] = 1 + words.draw(255)
    return True


def stale_slot(draft: Draft, words: Words, _: bytes) -> bool:
    """A byte that is not zero in a slot behind the elements."""
    found = a_vector(draft, words)
    if found is None:
        return False
    at, part = found
    used = part.slots_offset + min(draft.number(at), part.capacity) * part.slot_size
    if used >= part.size:
        return False
    at += used + words.draw(part.size - used)
    draft.data[at] = 1 + words.draw(255)
    return True


def count_above(draft: Draft, words: Words, _: bytes) -> bool:
    """More elements than the capacity."""
    found = a_vector(draft, words)
    if found is None:
        return False
    at, part = found
    match words.draw(3):
        case 0:
            draft.set_number(at, part.capacity + 1)
        case 1:
            draft.set_number(at, -1)
        case _:
            draft.set_number(at, part.capacity + 1 + words.draw(256))
    return True


def other_type(draft: Draft, words: Words, _: bytes) -> bool:
    """A type number that is drawn."""
    span = a_span(draft, words)
    if span is None:
        return False
    at = span.at if span.head == Tlv.STANDARD_HEADER_SIZE else span.at + 2
    draft.data[at] = words.draw(256)
    return True


def other_length(draft: Draft, words: Words, _: bytes) -> bool:
    """A length that is one off, or drawn."""
    span = a_span(draft, words)
    if span is None:
        return False
    is_extended = span.head == Tlv.EXTENDED_HEADER_SIZE
    at, size = (span.at + 3, 2) if is_extended else (span.at + 1, 1)
    match words.draw(3):
        case 0:
            length = span.size + 1
        case 1:
            length = span.size - 1
        case _:
            length = words.draw(1 << 8 * size)
    draft.set_number(at, length, size)
    return True


def reserved_byte(draft: Draft, words: Words, _: bytes) -> bool:
    """The second byte of an extended TLV is not zero."""
    span = a_span(draft, words)
    if span is None:
        return False
    if span.head == Tlv.STANDARD_HEADER_SIZE:
        head = framing(span.number, span.size, is_extended=True)
        if not draft.put(span.at, span.head, head):
            return False
    draft.data[span.at + 1] = 1 + words.draw(255)
    return True


def cut(draft: Draft, words: Words, _: bytes) -> bool:
    """The last bytes are missing: few of them, or any number."""
    size = len(draft.data)
    few = 1 + words.draw(8)
    missing = few if words.draw(2) else words.draw(size + 1)
    del draft.data[size - min(missing, size) :]
    return True


def append(draft: Draft, words: Words, _: bytes) -> bool:
    """Up to six bytes more, beginnings of extended TLVs among them; half of them not counted."""
    draft.keeps_size = bool(words.draw(2))
    more = bytearray()
    for _unused in range(1 + words.draw(6)):
        match words.draw(3):
            case 0:
                more.append(EXTENDED)
            case 1:
                more.append(0)
            case _:
                more.append(words.draw(256))
    return draft.put(len(draft.data), 0, bytes(more))


def header_byte(draft: Draft, words: Words, _: bytes) -> bool:
    """A byte of the header, its magic included, is any."""
    if len(draft.data) < HEADER_SIZE:
        return False
    at = words.draw(PAYLOAD_SIZE.offset)
    draft.data[at] = words.draw(256)
    return True


def payload_size(draft: Draft, words: Words, _: bytes) -> bool:
    """A payload_size that is one off, zero, at the limit, one above it, the largest, or any."""
    if len(draft.data) < HEADER_SIZE:
        return False
    draft.keeps_size = True
    limit = MESSAGE_SIZE_MAX - HEADER_SIZE
    size = len(draft.data) - HEADER_SIZE
    sizes = (size + 1, size - 1, 0, limit, limit + 1, -1)
    index = words.draw(7)
    number = sizes[index] if index < len(sizes) else words.draw(1 << 32)
    draft.set_number(PAYLOAD_SIZE.offset, number, PAYLOAD_SIZE.size)
    return True


def any_byte(draft: Draft, words: Words, _: bytes) -> bool:
    """Any byte is any."""
    if not draft.data:
        return False
    at = words.draw(len(draft.data))
    draft.data[at] = words.draw(256)
    return True


def other_size(draft: Draft, words: Words, _: bytes) -> bool:
    """A value is one byte shorter or longer, or empty, and its length says so."""
    span = a_span(draft, words)
    if span is None:
        return False
    match words.draw(3):
        case 0:
            size = span.size + 1
        case 1:
            size = max(span.size - 1, 0)
        case _:
            size = 0
    if size > 65_535:
        return False
    is_extended = size > STANDARD_SIZE_MAX or span.head == Tlv.EXTENDED_HEADER_SIZE
    value = bytes(draft.data[span.value : span.value + min(size, span.size)])
    head = framing(span.number, size, is_extended=is_extended)
    return draft.put(span.at, span.whole, head + value.ljust(size, b"\0"))


EDITS: tuple[Edit, ...] = (
    padding,
    stale_slot,
    count_above,
    other_type,
    other_length,
    reserved_byte,
    cut,
    append,
    header_byte,
    payload_size,
    any_byte,
    other_size,
)
"""What is drawn from; the C file has them in this order."""

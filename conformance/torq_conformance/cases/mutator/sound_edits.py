"""Edits after which a valid message is valid again once it is repaired and sealed.

Each draws from the words what it needs, in the order in which the C file of ``export fuzz`` draws
it, and returns False where the message has no place for it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from torq_conformance.cases.mutator.draft import DOMAIN, Draft, Span, spans
from torq_conformance.cases.mutator.tables import Part, PartKind, Rows, Type
from torq_conformance.cases.mutator.words import Words
from torq_specs.header import HEADER_SIZE
from torq_specs.registry import EXTENDED, STANDARD_SIZE_MAX
from torq_specs.tlv import Tlv

Edit = Callable[[Draft, Words, bytes], bool]

TRIES = 8
"""How often a type is drawn again that does not ride in the message's domain."""

FRESH_COUNTS = (0, 1, 1, 1, 2, 3, 8, 32)
"""TLVs of a message that is made anew."""


def a_span(draft: Draft, words: Words) -> Span | None:
    """A drawn TLV; None where there is none."""
    count = sum(1 for _ in spans(draft.data))
    if count == 0:
        return None
    return next(islice(spans(draft.data), words.draw(count), None))


def a_laid_out_span(draft: Draft, words: Words) -> tuple[Span, Rows] | None:
    """A drawn TLV, or the next one, that has a layout; None where there is none."""
    found = list(spans(draft.data))
    if not found:
        return None
    first = words.draw(len(found))
    for span in found[first:] + found[:first]:
        rows = draft.layout(span)
        if rows is not None:
            return span, rows
    return None


def a_boundary(draft: Draft, words: Words) -> int:
    """Where a TLV may be put: before, between or behind those that are there."""
    found = list(spans(draft.data))
    ends = [HEADER_SIZE, *(span.at + span.whole for span in found)]
    return ends[words.draw(len(ends))]


def a_part(draft: Draft, words: Words, rows: Rows, wanted: Callable[[Part], bool]) -> Part | None:
    """A drawn part, or the next one, that is wanted; None where there is none."""
    parts = draft.parts(rows)
    first = words.draw(len(parts))
    return next(filter(wanted, parts[first:] + parts[:first]), None)


def write_edge(draft: Draft, words: Words, at: int, part: Part) -> None:
    """Write an edge of a number, or a number beside one of its named values, or any."""
    size = part.size
    match words.draw(10):
        case 0:
            number = 0
        case 1:
            number = -1
        case 2:
            number = 1 << 8 * size - 1
        case 3:
            number = (1 << 8 * size - 1) - 1
        case 4:
            number = 1 << words.draw(8 * size)
        case 5:
            number = words.draw(256)
        case 6:
            number = int.from_bytes(bytes(words.draw(256) for _ in range(size)), "little")
        case 7:
            number = draft.number(at, size) + 1
        case 8:
            number = draft.number(at, size) - 1
        case _ if part.member_count:
            member = draft.tables.members[part.member_first + words.draw(part.member_count)]
            number = (member + words.draw(3) - 1) % (1 << 64)
        case _:
            number = (1 << words.draw(8 * size)) - 1
    draft.set_number(at, number, size)


def number_at_an_edge(draft: Draft, words: Words, _: bytes) -> bool:
    """One field of one TLV; of a vector one of an element that is there."""
    found = a_laid_out_span(draft, words)
    if found is None:
        return False
    span, rows = found
    part = a_part(draft, words, rows, lambda one: one.kind != PartKind.PADDING)
    if part is None:
        return False
    at = span.value + part.offset
    if part.kind == PartKind.VECTOR:
        if draft.number(at) == 0:
            draft.set_number(at, 1)
        slot = words.draw(min(draft.number(at), part.capacity))
        at += part.slots_offset + slot * part.slot_size
        element = draft.tables.layouts[part.element]
        part = a_part(draft, words, element, lambda one: one.kind != PartKind.PADDING)
        if part is None:
            return False
        at += part.offset
    write_edge(draft, words, at, part)
    return True


def count_at_an_edge(draft: Draft, words: Words, _: bytes) -> bool:
    """The number of elements of a vector; new elements have one byte again and again."""
    found = a_vector(draft, words)
    if found is None:
        return False
    at, part = found
    old = min(draft.number(at), part.capacity)
    match words.draw(6):
        case 0:
            count = 0
        case 1:
            count = 1
        case 2:
            count = min(2, part.capacity)
        case 3:
            count = part.capacity - 1
        case 4:
            count = part.capacity
        case _:
            count = words.draw(part.capacity + 1)
    draft.set_number(at, count)
    if count > old:
        first = at + part.slots_offset + old * part.slot_size
        size = (count - old) * part.slot_size
        draft.data[first : first + size] = bytes([words.draw(256)]) * size
    return True


def a_vector(draft: Draft, words: Words) -> tuple[int, Part] | None:
    """A vector of a drawn TLV, with its offset in the message."""
    found = a_laid_out_span(draft, words)
    if found is None:
        return None
    span, rows = found
    part = a_part(draft, words, rows, lambda one: one.kind == PartKind.VECTOR)
    return None if part is None else (span.value + part.offset, part)


def insert(draft: Draft, words: Words, _: bytes) -> bool:
    """A new TLV of a drawn type, size, framing and content, at a drawn place."""
    at = a_boundary(draft, words)
    type_ = _a_type(draft, words)
    size = a_size(words, type_)
    is_extended = size > STANDARD_SIZE_MAX or words.draw(4) == 0
    head = framing(type_.number, size, is_extended=is_extended)
    if not draft.put(at, 0, head + bytes(size)):
        return False
    value = at + len(head)
    _fill(draft, words, value, size, type_)
    if type_.layout >= 0:
        draft.tidy(draft.tables.layouts[type_.layout], value)
    return True


def _a_type(draft: Draft, words: Words) -> Type:
    """Half of them are laid out; most ride in the domain of the message."""
    tables = draft.tables
    for _ in range(TRIES):
        if tables.laid_out and words.draw(2):
            type_ = tables.types[tables.laid_out[words.draw(len(tables.laid_out))]]
        else:
            type_ = tables.types[words.draw(len(tables.types))]
        if type_.domain in {0, draft.data[DOMAIN]}:
            break
    return type_


def a_size(words: Words, type_: Type) -> int:
    """A size that the type may have: at its bounds, where framing changes, or any."""
    low, high = type_.size_min, type_.size_max
    if low == high:
        return low
    match words.draw(6):
        case 0:
            size = low
        case 1:
            size = high
        case 2:
            size = low + words.draw(16)
        case 3:
            size = STANDARD_SIZE_MAX
        case 4:
            size = STANDARD_SIZE_MAX + 1
        case _:
            size = low + (words.draw(high - low + 1) >> words.draw(16))
    return min(max(size, low), high)


def framing(number: int, size: int, *, is_extended: bool) -> bytes:
    """The bytes in front of a value."""
    if is_extended:
        return bytes([EXTENDED, 0, number, size & 255, size >> 8])
    return bytes([number, size])


def _fill(draft: Draft, words: Words, at: int, size: int, type_: Type) -> None:
    """Zeros, ones, all bytes different, drawn bytes, one byte, or every field at an edge."""
    content = words.draw(6)
    match content:
        case 0:
            value = bytes(size)
        case 1:
            value = b"\xff" * size
        case 2:
            value = bytes((index + 1) & 255 for index in range(size))
        case 3:
            value = bytes(words.draw(256) for _ in range(size))
        case _:
            # Behind the fields, and where there are none: what looks like empty TLVs.
            value = (bytes([type_.number, 0]) * (size // 2 + 1))[:size]
    draft.data[at : at + size] = value
    if content > 3 and type_.layout >= 0:
        for part in draft.parts(draft.tables.layouts[type_.layout]):
            if part.kind in {PartKind.NUMBER, PartKind.BYTES}:
                write_edge(draft, words, at + part.offset, part)
            elif part.kind == PartKind.VECTOR:
                count = words.draw(part.capacity + 1) >> words.draw(8)
                draft.set_number(at + part.offset, count)


def remove(draft: Draft, words: Words, _: bytes) -> bool:
    """A TLV is taken out."""
    span = a_span(draft, words)
    return span is not None and draft.put(span.at, span.whole, b"")


def end_early(draft: Draft, words: Words, _: bytes) -> bool:
    """All TLVs from a drawn place on are taken out: else messages would only grow."""
    at = a_boundary(draft, words)
    is_shorter = at < len(draft.data)
    del draft.data[at:]
    return is_shorter


def double(draft: Draft, words: Words, _: bytes) -> bool:
    """A TLV stands once more, at a drawn place."""
    span = a_span(draft, words)
    if span is None:
        return False
    copy = bytes(draft.data[span.at : span.at + span.whole])
    return draft.put(a_boundary(draft, words), 0, copy)


def move(draft: Draft, words: Words, _: bytes) -> bool:
    """A TLV stands at another place."""
    span = a_span(draft, words)
    if span is None:
        return False
    copy = bytes(draft.data[span.at : span.at + span.whole])
    draft.put(span.at, span.whole, b"")
    return draft.put(a_boundary(draft, words), 0, copy)


def splice(draft: Draft, words: Words, other: bytes) -> bool:
    """One to three neighbours of another message are put in."""
    found = list(spans(other))
    if not found:
        return False
    first = words.draw(len(found))
    last = found[min(first + words.draw(3), len(found) - 1)]
    taken = other[found[first].at : last.at + last.whole]
    return draft.put(a_boundary(draft, words), 0, taken)


def other_framing(draft: Draft, words: Words, _: bytes) -> bool:
    """A short value in the other of its two framings."""
    span = a_span(draft, words)
    if span is None or span.size > STANDARD_SIZE_MAX:
        return False
    is_extended = span.head == Tlv.STANDARD_HEADER_SIZE
    return draft.put(span.at, span.head, framing(span.number, span.size, is_extended=is_extended))


def resize(draft: Draft, words: Words, _: bytes) -> bool:
    """Another size of a type that may have several; what is new is one byte again and again."""
    span = a_span(draft, words)
    type_ = None if span is None else draft.type_of(span)
    if span is None or type_ is None or type_.size_min == type_.size_max:
        return False
    size = a_size(words, type_)
    is_extended = size > STANDARD_SIZE_MAX or span.head == Tlv.EXTENDED_HEADER_SIZE
    kept = bytes(draft.data[span.value : span.value + min(size, span.size)])
    value = kept + bytes([words.draw(256)]) * (size - len(kept))
    return draft.put(
        span.at, span.whole, framing(span.number, size, is_extended=is_extended) + value
    )


def header(draft: Draft, words: Words, _: bytes) -> bool:
    """A field of the header: a member of what names it, else an edge."""
    rows = draft.tables.layouts[0]
    part = draft.parts(rows)[words.draw(rows.part_count)]
    if part.member_count:
        member = draft.tables.members[part.member_first + words.draw(part.member_count)]
        draft.set_number(part.offset, member, part.size)
    else:
        write_edge(draft, words, part.offset, part)
    return True


def pair(draft: Draft, words: Words, _: bytes) -> bool:
    """What a rule compares becomes equal, or one apart; in a vector neighbours become equal."""
    found = a_laid_out_span(draft, words)
    if found is None:
        return False
    span, rows = found
    if rows.pair_count:
        index = rows.pair_first + words.draw(rows.pair_count)
        one, other, size = draft.tables.pairs[index]
        number = draft.number(span.value + one, size) + words.draw(3) - 1
        draft.set_number(span.value + other, number, size)
        return True
    part = a_part(draft, words, rows, lambda part: part.kind == PartKind.VECTOR)
    if part is None:
        return False
    at = span.value + part.offset
    count = min(draft.number(at), part.capacity)
    if count < 2:
        return False
    slot = at + part.slots_offset + words.draw(count - 1) * part.slot_size
    copy = draft.data[slot : slot + part.slot_size]
    draft.data[slot + part.slot_size : slot + 2 * part.slot_size] = copy
    return True


def some_bytes(draft: Draft, words: Words, _: bytes) -> bool:
    """Up to eight bytes of a value, drawn."""
    span = a_span(draft, words)
    if span is None or span.size == 0:
        return False
    at = words.draw(span.size)
    for index in range(1 + words.draw(min(8, span.size - at))):
        draft.data[span.value + at + index] = words.draw(256)
    return True


def repeat(draft: Draft, words: Words, _: bytes) -> bool:
    """A TLV up to 2,048 times more, mostly few times, as far as there is room."""
    span = a_span(draft, words)
    if span is None:
        return False
    room = (draft.size_max - len(draft.data)) // span.whole
    times = min(1 << words.draw(1 + words.draw(12)), room)
    copy = bytes(draft.data[span.at : span.at + span.whole])
    return draft.put(span.at, 0, copy * times)


def start_anew(draft: Draft, words: Words) -> None:
    """A header and up to 32 new TLVs: a cell of types, sizes, framings, contents and numbers."""
    draft.data = bytearray(HEADER_SIZE)
    draft.repair()
    for part in draft.parts(draft.tables.layouts[0]):
        if part.member_count:
            member = draft.tables.members[part.member_first + words.draw(part.member_count)]
            draft.set_number(part.offset, member, part.size)
        else:
            write_edge(draft, words, part.offset, part)
    for _ in range(FRESH_COUNTS[words.draw(len(FRESH_COUNTS))]):
        insert(draft, words, b"")


EDITS: tuple[Edit, ...] = (
    number_at_an_edge,
    count_at_an_edge,
    insert,
    remove,
    double,
    move,
    splice,
    other_framing,
    resize,
    header,
    pair,
    some_bytes,
    repeat,
    end_early,
    number_at_an_edge,
    count_at_an_edge,
    end_early,
)
"""What is drawn from; the C file has them in this order. Those that reach most stand twice."""

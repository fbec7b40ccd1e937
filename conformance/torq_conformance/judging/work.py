"""What the loops of section 9 must give, and what each needs, by the specification alone.

Only sums are kept of what 4,096 items give, so the digest of any number of calls is at hand.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple

from torq_conformance.cases.measured import workload_in
from torq_conformance.implementations.protocol import Capability, Operation, Request
from torq_conformance.model import derived_codec
from torq_specs import workloads
from torq_specs.faults import CONTEXT_MUST, FaultKind, diagnose
from torq_specs.header import HEADER_SIZE
from torq_specs.instrument_id import OPERATIONS
from torq_specs.registry import REGISTRY
from torq_specs.validation import violations

MASK = (1 << 64) - 1
ORDER_BOOK = workloads.ORDER_BOOK


@dataclass(frozen=True)
class Measured:
    """What a measured loop gives: how many operations it has done, and the digest of all results.

    ``digest`` is of 64 bits. How long it took, nobody knows beforehand.
    """

    operations: int
    digest: int


def expect_measured(request: Request, capabilities: AbstractSet[Capability]) -> Measured:
    """What so many calls of a workload give."""
    assert isinstance(request.argument, Mapping)
    count: int = request.argument["count"]
    has_context = Capability.ERROR_CONTEXT in capabilities
    sums = _sums(workload_in(request), has_context=has_context)
    rounds, rest = divmod(count, workloads.ITEM_COUNT)
    # Call k of round n is call n * ITEM_COUNT + k of the loop.
    before = rounds * (rounds - 1) // 2 * workloads.ITEM_COUNT
    digest = before * sums.plain[-1] + rounds * sums.weighted[-1]
    digest += rounds * workloads.ITEM_COUNT * sums.plain[rest] + sums.weighted[rest]
    return Measured(rounds * sums.done[-1] + sums.done[rest], digest & MASK)


class _Sums(NamedTuple):
    """Sums over the first n items, by n from 0 to all of them."""

    done: tuple[int, ...]
    plain: tuple[int, ...]
    weighted: tuple[int, ...]


@functools.cache
def _sums(workload: str, *, has_context: bool) -> _Sums:
    done, plain, weighted = [0], [0], [0]
    for item in range(workloads.ITEM_COUNT):
        result, is_done = _result(workload, item, has_context=has_context)
        done.append(done[-1] + is_done)
        plain.append(plain[-1] + result)
        weighted.append(weighted[-1] + (item + 1) * result)
    return _Sums(tuple(done), tuple(plain), tuple(weighted))


def _result(workload: str, item: int, *, has_context: bool) -> tuple[int, bool]:
    """The result of an item, and whether it counts as an operation."""
    match workloads.workload_of(workload).name:
        case "build" | "order_book_build":
            data = _written(workload, item)
            return _checksum(data) + (len(data) << 32), True
        case "parse":
            faults = diagnose(data_of(workload, item))
            return (faults[0].kind.row, False) if faults else (_framed(item), True)
        case "instrument_id":
            return _converted(item), True
        case "order_book_parse":
            return _read(workload, item), True
        case "validate":
            named = (min(one.names, key=len) for one in violations(message(workload, item)))
            return 1 + sum(map(len, named)), True
        case _:
            return _refused(data_of(workload, item), has_context=has_context), True


def _written(workload: str, item: int) -> bytes:
    """The bytes of an item's message; of books, whose levels recur, each side is made once."""
    if not workload.startswith("order_book"):
        return derived_codec.encode_message(message(workload, item))
    pattern, places = _book(workload, item % workloads.BOOK_SIDES)
    own = workloads.order_book(item, 0)
    value = bytearray(pattern)
    for name, place in places:
        number: int = own["tlvs"][0]["value"][name]
        value[place] = number.to_bytes(place.stop - place.start, "little")
    return derived_codec.assemble(own["header"], derived_codec.frame(ORDER_BOOK, bytes(value)))


@functools.cache
def _book(workload: str, side: int) -> tuple[bytes, tuple[tuple[str, slice], ...]]:
    """A book of these sides, and where in it the fields are that other items have otherwise."""
    layout = REGISTRY[ORDER_BOOK].layout
    assert layout is not None
    books = [
        message(workload, item)["tlvs"][0]["value"] for item in (side, side + workloads.BOOK_SIDES)
    ]
    places = tuple(
        (field.name, slice(field.offset, field.offset + field.size))
        for field in layout.fields
        if field.name and books[0][field.name] != books[1][field.name]
    )
    return derived_codec.encode_value(layout, books[0]), places


def message(workload: str, item: int) -> dict[str, Any]:
    """The neutral message that an item of a workload is made of."""
    name = workloads.workload_of(workload).name
    if name.startswith("order_book"):
        return workloads.order_book(item, int(workload.rpartition("_")[2]))
    return workloads.trade(item) if name == "validate" else workloads.order_status(item)


def data_of(workload: str, item: int) -> bytes:
    """The bytes that are read in an item of a workload that reads."""
    data = derived_codec.encode_message(message(workload, item))
    if workload == "parse" and workloads.is_refused(item):
        return _flipped(data)
    if workload != "reject":
        return data
    match item % 4:
        case 0:
            return _flipped(data)
        case 1:
            cut = data[:24] + (len(data) - HEADER_SIZE - 1).to_bytes(4, "little")
            return derived_codec.seal(cut + data[28:-1])
        case 2:
            return derived_codec.seal(data[:HEADER_SIZE] + b"\0" + data[HEADER_SIZE + 1 :])
        case _:
            return derived_codec.seal(data + b"\0")


def _flipped(data: bytes) -> bytes:
    return data[:28] + bytes([data[28] ^ 1]) + data[29:]


def _checksum(data: bytes) -> int:
    return int.from_bytes(data[28:HEADER_SIZE], "little")


def _framed(item: int) -> int:
    status = workloads.order_status(item)
    header, (tlv,) = status["header"], status["tlvs"]
    value: bytes = tlv["value"]
    framing = tlv["type"] + (len(value) << 8) + int.from_bytes(value[-8:], "little")
    return int(header["sequence"] + header["timestamp"] + framing) & MASK


def _converted(item: int) -> int:
    symbol = workloads.symbol(item)
    id_: Any = OPERATIONS["stock"](venue=workloads.SYMBOL_VENUE, symbol=symbol)
    key: Any = OPERATIONS["cache_key"](id=id_)
    back: Any = OPERATIONS["from_cache_key"](key=key)
    return int((key & MASK) + (key >> 64) + back["asset_id"] + back["venue"]) & MASK


def _read(workload: str, item: int) -> int:
    own, sides = workloads.order_book(item, 0), _sides(workload, item % workloads.BOOK_SIDES)
    return (int(own["header"]["sequence"]) + sides) & MASK


@functools.cache
def _sides(workload: str, side: int) -> int:
    book = message(workload, side)["tlvs"][0]["value"]
    ends = (book["bids"][-1], book["asks"][-1])
    found = sum(int(level["price"]) + int(level["size"]) for level in ends)
    return found + len(book["bids"]) + len(book["asks"])


def _refused(data: bytes, *, has_context: bool) -> int:
    (fault,) = diagnose(data)
    numbers = [fault.context[name] for name in CONTEXT_MUST[FaultKind(fault.kind)]]
    return (fault.kind.row << 56) + sum(map(int, numbers)) * has_context


def questions(workload: str, items: range) -> Iterator[Request]:
    """The same work as single questions, which everybody can answer who does the workload."""
    for item in items:
        match workloads.workload_of(workload).name:
            case "build" | "order_book_build":
                yield Request(Operation.ENCODE, message(workload, item))
            case "validate":
                yield Request(Operation.VALIDATE, message(workload, item))
            case "instrument_id":
                arguments = {"venue": workloads.SYMBOL_VENUE, "symbol": workloads.symbol(item)}
                yield Request(Operation.INSTRUMENT_ID, {"operation": "stock", **arguments})
                id_ = OPERATIONS["stock"](**arguments)
                yield Request(Operation.INSTRUMENT_ID, {"operation": "cache_key", "id": id_})
                key = OPERATIONS["cache_key"](id=id_)
                yield Request(Operation.INSTRUMENT_ID, {"operation": "from_cache_key", "key": key})
            case _:
                yield Request(Operation.DECODE, data_of(workload, item))

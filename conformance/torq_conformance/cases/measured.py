"""Measured loops: so many calls of a workload of section 9, made by the implementation itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torq_conformance.cases.case import Case
from torq_conformance.implementations.protocol import Capability, Operation, Request
from torq_specs import workloads
from torq_specs.registry import Registry

NEEDS: Mapping[str, Capability] = {
    "build": Capability.ENCODE,
    "parse": Capability.DECODE,
    "instrument_id": Capability.INSTRUMENT_ID,
    "order_book_build": Capability.ENCODE,
    "order_book_parse": Capability.DECODE,
    "validate": Capability.VALIDATE,
    "reject": Capability.DECODE,
}
"""What an implementation must claim for each workload beside throughput."""

TYPES: Mapping[str, int] = {
    "build": workloads.ORDER_STATUS,
    "parse": workloads.ORDER_STATUS,
    "order_book_build": workloads.ORDER_BOOK,
    "order_book_parse": workloads.ORDER_BOOK,
    "validate": workloads.TRADE,
    "reject": workloads.ORDER_STATUS,
}
"""The type in the messages of each workload."""

COUNT = workloads.ITEM_COUNT + 137
"""Calls that are made where results are judged: every item, and some of them again."""

SINGLE = 1
"""One call alone: its digest is its result, so a wrong one says what is wrong."""

TIMED = ("build", "parse", "instrument_id", "validate", "reject")
"""Workloads of which the time is judged: those that are prepared in a moment."""


def measured(workload: str, count: int) -> Request:
    """The request for so many calls of a workload."""
    return Request(Operation.THROUGHPUT, {"workload": workload, "count": count})


def workload_in(request: Request) -> str:
    """The workload that a request names."""
    assert isinstance(request.argument, Mapping)
    return str(request.argument["workload"])


def needed(request: Request) -> frozenset[Capability]:
    """What must be claimed for a workload beside throughput."""
    return frozenset({NEEDS[workloads.workload_of(workload_in(request)).name]})


def results(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every workload whose type there is, with all of its items; the quickest first."""
    for name in workloads_of(registry):
        for count in (SINGLE, COUNT):
            yield Case(requirement, f"{name}, {count:,} calls", measured(name, count))


def times(requirement: str, registry: Registry) -> Iterator[Case]:
    """Workloads that are prepared in a moment, as often as it takes to see the time."""
    for name in workloads_of(registry):
        if name in TIMED:
            yield Case(requirement, f"the time of {name}", measured(name, COUNT))


def workloads_of(registry: Registry) -> list[str]:
    """The workloads whose type there is."""
    bases = {name: workloads.workload_of(name).name for name in workloads.names()}
    return [
        name for name, base in bases.items() if TYPES.get(base) is None or TYPES[base] in registry
    ]

"""The implementation's own measured loops, checked on the way, and the pace of the machine."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from torq_conformance.cases import measured
from torq_conformance.cases.case import Case
from torq_conformance.errors import KitError
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.outcomes import Accepted
from torq_conformance.implementations.protocol import Capability
from torq_conformance.judging.inquiry import Inquiry, is_failed, needed
from torq_specs import workloads

NOT_CLAIMED = "throughput is not claimed"
SECONDS = 0.25
"""About how long a loop runs."""

COUNT_MAX = 1 << 22

ROUNDS = 3
"""Times that a loop runs; the fastest counts, for a busy machine only slows."""


@dataclass(frozen=True)
class Loop:
    """Operations of one loop and their time, with the latencies that it told, if it did."""

    operations: int
    elapsed_ns: int
    latencies_ns: tuple[int, ...] = ()

    @property
    def rate(self) -> float:
        """Operations per second."""
        return self.operations * 1e9 / max(self.elapsed_ns, 1)


def loops(name: str, deadline: float) -> tuple[Mapping[str, Loop], str]:
    """Every loop that is claimed, and why there is none; KitError where one is dishonest."""
    adapter = connect(name, deadline=max(deadline, 60.0))
    try:
        inquiry = Inquiry(adapter)
        if Capability.THROUGHPUT not in inquiry.capabilities:
            return {}, NOT_CLAIMED
        found = {}
        for workload in workloads.names():
            request = measured.measured(workload, measured.COUNT)
            if needed(Case("", workload, request)) <= inquiry.capabilities:
                found[workload] = _fastest(inquiry, workload)
        return found, ""
    finally:
        adapter.close()


def _fastest(inquiry: Inquiry, workload: str) -> Loop:
    first = _run(inquiry, workload, measured.COUNT)
    count = min(round(first.rate * SECONDS), COUNT_MAX)
    if count <= measured.COUNT:
        return first
    runs = [_run(inquiry, workload, count) for _ in range(ROUNDS)]
    return min(runs, key=lambda loop: loop.elapsed_ns)


def _run(inquiry: Inquiry, workload: str, count: int) -> Loop:
    request = measured.measured(workload, count)
    outcome, own_ns = inquiry.ask_timed(request)
    right = inquiry.expect(request)
    wrong = inquiry.findings("THR-WORK", request, right, outcome)
    if is_failed(wrong) or not isinstance(outcome, Accepted):
        why = wrong[0].problem if wrong else str(outcome)
        raise KitError(
            f"The loop of {workload} is not what it says: {why}.",
            "Judge it first: torq-conformance run IMPLEMENTATION -k throughput.",
        )
    value: Mapping[str, int] = outcome.value  # type: ignore[assignment]
    if value["elapsed_ns"] > own_ns:
        raise KitError(
            f"The loop of {workload} says {value['elapsed_ns']:,} ns, the kit waited {own_ns:,}.",
            "Judge it first: torq-conformance run IMPLEMENTATION -k throughput.",
        )
    names = ("p50_ns", "p99_ns", "p999_ns")
    latencies = tuple(value[name] for name in names if name in value)
    return Loop(value["operations"], value["elapsed_ns"], latencies)


def pace() -> dict[str, float]:
    """CRC-32 of zlib and a copy of memory on this machine, the fastest of several.

    Rates mean little without it.
    """
    data = bytes(1 << 22)
    room = bytearray(len(data))

    def copy() -> None:
        room[:] = data

    return {
        "crc32_gb_per_second": _speed(len(data), lambda: zlib.crc32(data)),
        "copy_gb_per_second": _speed(len(data), copy),
    }


def _speed(size: int, job: object) -> float:
    assert callable(job)
    least = 1 << 62
    for _ in range(7):
        started = time.perf_counter_ns()
        job()
        least = min(least, time.perf_counter_ns() - started)
    return size / max(least, 1)

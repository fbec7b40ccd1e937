"""What the protocol promises beside bytes, held against what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.meter.measurement import Measurement
from torq_conformance.meter.resident import KEPT_BYTES_MAX
from torq_conformance.report.claims import Claim, State, met_or_not
from torq_specs.workloads import (
    BOOK_BUILD_NS_MAX,
    LATENCY_NS_MAX,
    LEVELS,
    MEMORY_BYTES_MAX,
    WORKLOADS,
)

ALLOCATIONS_MAX = 0.01
"""Allocations a message up to which there are none: buffers grow now and then."""

OWN_BYTES_MAX = 1.0
"""The same in bytes, for a runtime that does not count how often: an object has eight at least."""


def claims(measurement: Measurement) -> list[Claim]:
    """Every claim of section 9 in its order."""
    return [
        *_rates(measurement),
        _latency(measurement),
        *_memory(measurement),
        _allocations(measurement),
        _book_build(measurement),
    ]


def _rates(measurement: Measurement) -> Iterator[Claim]:
    for work in WORKLOADS.values():
        if not work.floor:
            continue
        promised = f"{work.floor:,}/s, best reported {work.best:,}/s"
        loop = measurement.loops.get(work.name)
        if loop is None:
            why = measurement.why_not.get("loops", "not claimed")
            yield Claim(f"rate of {work.name}", promised, why, State.NOT_MEASURED)
            continue
        rate = loop["rate"]
        yield Claim(
            f"rate of {work.name}",
            promised,
            f"{rate:,.0f}/s",
            met_or_not(is_met=rate >= work.floor),
        )


def _latency(measurement: Measurement) -> Claim:
    promised = f"p99 below {LATENCY_NS_MAX / 1000:g} us"
    told = {name: loop for name, loop in measurement.loops.items() if "p99_ns" in loop}
    if not told:
        why = measurement.why_not.get("loops", "the loops tell no latencies")
        return Claim("latency", promised, why, State.NOT_MEASURED)
    name, worst = max(told.items(), key=lambda pair: pair[1]["p99_ns"])
    found = ", ".join(
        f"{label} {worst[key] / 1000:.2f}"
        for label, key in (("p50", "p50_ns"), ("p99", "p99_ns"), ("p99.9", "p999_ns"))
    )
    is_met = worst["p99_ns"] < LATENCY_NS_MAX
    return Claim("latency", promised, f"{name}: {found} us", met_or_not(is_met=is_met))


def _memory(measurement: Measurement) -> Iterator[Claim]:
    promised = f"below {MEMORY_BYTES_MAX / 1e6:g} MB resident"
    is_flat = f"less than {KEPT_BYTES_MAX} bytes stay of a message"
    memory = measurement.memory
    if not memory:
        why = measurement.why_not["memory"]
        yield Claim("memory", promised, why, State.NOT_MEASURED)
        yield Claim("flat memory", is_flat, why, State.NOT_MEASURED)
        return
    peak, slope = memory["peak_bytes"], memory["slope"]
    is_small = met_or_not(is_met=peak < MEMORY_BYTES_MAX)
    yield Claim("memory", promised, f"{peak / 1e6:.1f} MB", is_small)
    found = f"{slope:+.1f} bytes over {memory['messages']:,} messages"
    yield Claim("flat memory", is_flat, found, met_or_not(is_met=slope < KEPT_BYTES_MAX))


def _allocations(measurement: Measurement) -> Claim:
    promised = "none a message"
    for calls, size, by in (
        ("allocations", "allocated_bytes", ""),
        ("own_allocations", "own_bytes", ", by its own counter"),
    ):
        cost, sizes = measurement.cost(calls), measurement.cost(size)
        if cost:
            name, most = max(cost.items(), key=lambda pair: pair[1])
            is_met = most <= ALLOCATIONS_MAX
            found = "none"
            if most > 0:
                found = f"{most:.4g} of {sizes[name] / most:,.0f} bytes ({name})"
        elif sizes:
            name, most = max(sizes.items(), key=lambda pair: pair[1])
            is_met = most <= OWN_BYTES_MAX
            found = f"{most:,.1f} bytes ({name})"
        else:
            continue
        return Claim("allocations", promised, f"{found}{by}", met_or_not(is_met=is_met))
    why = measurement.why_not.get("allocations", "not counted")
    return Claim("allocations", promised, why, State.NOT_MEASURED)


def _book_build(measurement: Measurement) -> Claim:
    promised = "a book in less than 1 us"
    times = {
        levels: 1e9 / measurement.loops[f"order_book_build_{levels}"]["rate"]
        for levels in LEVELS
        if f"order_book_build_{levels}" in measurement.loops
    }
    if not times:
        why = measurement.why_not.get("loops", "not claimed")
        return Claim("book build", promised, why, State.NOT_MEASURED)
    held = [levels for levels, ns in times.items() if ns < BOOK_BUILD_NS_MAX]
    depth = f"holds up to {max(held)} levels" if held else "holds at no depth"
    each = ", ".join(f"{levels}: {ns:,.0f} ns" for levels, ns in times.items())
    return Claim("book build", promised, f"{depth} ({each})", met_or_not(is_met=LEVELS[-1] in held))

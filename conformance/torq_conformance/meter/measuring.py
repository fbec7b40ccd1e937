"""Measures an implementation in all ways that there are here, and says why where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from torq_conformance.meter import counters, loops, resident, streams
from torq_conformance.meter.measurement import Measurement
from torq_conformance.meter.programs import Program, program_of

Step = Callable[[str], object]


def measure(
    name: str, names: Sequence[str], *, deadline: float, on_step: Step = bool
) -> Measurement:
    """Everything about one implementation; ``on_step`` is told what comes next."""
    program = program_of(name, deadline)
    found = _start(program)
    for kind, step in STEPS.items():
        on_step(step)
        _add_counts(found, kind, COUNTERS[kind](program, names))
    _time(found, program, names, deadline, on_step)
    return found


def counted(name: str, names: Sequence[str], kind: str, *, deadline: float) -> Measurement:
    """One kind of what is counted alone: ``instructions`` or ``allocations``."""
    program = program_of(name, deadline)
    found = _start(program)
    _add_counts(found, kind, COUNTERS[kind](program, names))
    return found


def timed(name: str, names: Sequence[str], *, deadline: float) -> Measurement:
    """What clocks say, and memory: of one machine alone."""
    program = program_of(name, deadline)
    found = _start(program)
    _time(found, program, names, deadline, bool)
    return found


COUNTERS = {"instructions": counters.instructions, "allocations": counters.allocations}
STEPS = {"instructions": "instructions and cache misses", "allocations": "allocations"}
"""What is counted, and what is said before it is."""


def _time(
    found: Measurement, program: Program, names: Sequence[str], deadline: float, on_step: Step
) -> None:
    on_step("memory and round trips")
    _add_driven(found, resident.drive(program, names))
    on_step("its own loops")
    made, why = loops.loops(program.name, deadline)
    found.loops = {workload: _loop(loop) for workload, loop in made.items()}
    if why:
        found.why_not["loops"] = why
    found.machine = loops.pace()


def count(name: str, names: Sequence[str], *, deadline: float) -> Measurement:
    """Instructions alone, which is all that the gate looks at."""
    return counted(name, names, "instructions", deadline=deadline)


def _start(program: Program) -> Measurement:
    identity = program.identity
    return Measurement(
        identity.name, identity.version, identity.language, workload_set=streams.version()
    )


def _add_counts(found: Measurement, kind: str, counted: counters.Counted) -> None:
    if counted.why_not:
        found.why_not[kind] = counted.why_not
    for name, costs in counted.per_message.items():
        found.streams.setdefault(name, {}).update(_rounded(costs))


def _rounded(costs: Mapping[str, float]) -> dict[str, float]:
    return {event: round(cost, 4) for event, cost in costs.items()}


def _add_driven(found: Measurement, driven: resident.Driven) -> None:
    found.round_trips_per_second = round(driven.round_trips_per_second, 1)
    found.by_count = {
        str(look.messages): {
            "peak_bytes": look.peak_bytes,
            "ns_each": round(1e9 * look.seconds / driven.looks[0].messages, 1),
        }
        for look in driven.looks
    }
    if driven.why_not:
        found.why_not["memory"] = driven.why_not
        return
    last = driven.looks[-1]
    found.memory = {
        "peak_bytes": last.peak_bytes,
        "slope": round(driven.slope, 2),
        "messages": last.messages,
    }


def _loop(loop: loops.Loop) -> dict[str, float]:
    names = ("p50_ns", "p99_ns", "p999_ns")
    latencies = dict(zip(names, loop.latencies_ns, strict=False))
    return {"rate": round(loop.rate, 1), **latencies}

"""Measures what answers do not show: time that grows faster than a message, memory that is kept.

Only of implementations in Python, whose process the kit knows. Time is processor time of that
process, never of a clock on the wall, and compared with its own time for a quarter of the message;
memory is what it holds after as many calls again. Bounds lie far from either, and what is over one
is measured again: no right implementation is near them, however busy the machine.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from torq_conformance.cases.carriers import Carrier, Carriers, carriers
from torq_conformance.cases.case import Case
from torq_conformance.implementations.outcomes import Accepted, Outcome
from torq_conformance.implementations.protocol import NEEDS, Operation, Request
from torq_conformance.judging.judge import Asked, Judge
from torq_conformance.judging.state import STATE
from torq_conformance.judging.verdicts import Finding
from torq_conformance.model import derived_codec
from torq_conformance.rejection import Rejected
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX

COUNT_MAX = 130_000
"""TLVs of the largest message whose time is taken, if as many fit into one."""

VALUE = b"torque"
"""What is in each of them: what copies the rest of a payload for each TLV copies much."""

FACTOR_MAX = 7.0
"""How many times as long four times as many TLVs may take; in proportion it is four."""

SECONDS_MIN = 0.25
"""Processor time from which on it counts."""

MEASURED_MAX = 4
"""How often is measured what seems to be too much."""

CALLS, VALUE_BYTES = 3000, 1000
"""Calls of a phase, and the bytes of the value in each."""

TOGETHER = 250
"""Calls that are asked at once."""

PHASES = 4
"""Of which the first half fills caches of any sensible size."""

KEPT_MAX = 0.3
"""The part of the bytes of a phase that may be kept: by one of two operations a half is."""

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def can_measure(judge: Judge) -> bool:
    """Whether an implementation is in Python and its process can be looked at."""
    is_seen = Path("/proc/self/stat").exists() and hasattr(judge.adapter, "process_id")
    return is_seen and judge.adapter.identity.language == "Python"


def _process_of(judge: Judge, operation: Operation) -> int | None:
    """The process of the implementation, which has answered at least one question."""
    judge.inquiry.ask(_distinct(judge, 0, operation))
    found: int | None = judge.adapter.process_id  # type: ignore[attr-defined]
    return found


def processor_seconds(process: int) -> float:
    """Processor time that a process has taken; of the kit's own it is known more exactly."""
    if process == os.getpid():
        return time.process_time()
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(process: int) -> int:
    """Memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE


TIME = "ERR-NO-CRASH"
"""What time that grows with the square of a message speaks of: it hangs in the end."""

Make = Callable[[Carriers, int], Request]

WRONG = b"\0\0"
"""A TLV that is refused."""


def refused_at_the_end(carrying: Carriers, count: int) -> Request:
    """A message of so many TLVs and a wrong one."""
    data = carrying.wire(_smallest(carrying).frame(VALUE) * count, WRONG)
    return Request(Operation.DECODE, data)


def many_decoded(carrying: Carriers, count: int) -> Request:
    """A right message of so many TLVs."""
    return Request(Operation.DECODE, carrying.wire(_smallest(carrying).frame(VALUE) * count))


def many_encoded(carrying: Carriers, count: int) -> Request:
    """A neutral message of so many TLVs."""
    tlv = _smallest(carrying).tlv(VALUE)
    return Request(Operation.ENCODE, carrying.message(*[tlv] * count))


def _smallest(carrying: Carriers) -> Carrier:
    return min(carrying.all, key=lambda carrier: len(carrier.frame(VALUE)))


def counts(carrying: Carriers) -> tuple[int, int, int]:
    """TLVs of the messages whose times are compared, each four times those before."""
    room = MESSAGE_SIZE_MAX - HEADER_SIZE - len(WRONG)
    most = min(COUNT_MAX, room // len(_smallest(carrying).frame(VALUE)))
    return most // 16, most // 4, most


def judge_time(judge: Judge, make: Make) -> None:
    """Four times as many TLVs take about four times as long."""
    carrying = carriers(judge.registry)
    many = partial(make, carrying)
    if not _is_claimed(judge, many(1).operation) or not can_measure(judge):
        judge.record.leave_out(TIME)
        return
    first, *others = counts(carrying)
    before, asked = _measured(judge, many(first))
    for count in others:
        seconds, asked = _measured(judge, many(count))
        for _ in range(MEASURED_MAX):
            if seconds < SECONDS_MIN or seconds <= FACTOR_MAX * before:
                break
            before = max(before, _measured(judge, many(count // 4))[0])
            seconds = min(seconds, _measured(judge, many(count))[0])
        else:
            problem = (
                f"{count:,} TLVs take {seconds:.1f} s of processor time, a quarter of them "
                f"{before:.2f} s: the time grows with the square of their number"
            )
            _fail(judge, asked, Finding(TIME, problem))
            return
        if not isinstance(asked.outcome, Accepted | Rejected):
            break
        before = seconds
    _pass(judge, asked)


def _measured(judge: Judge, request: Request) -> tuple[float, Asked]:
    """Processor time of one question; of one that ended its process as well."""
    process = _process_of(judge, request.operation)
    seconds = 0.0
    if process is None:
        outcome = judge.inquiry.ask(request)
    else:
        start, ended = processor_seconds(process), _ended_seconds()
        outcome = judge.inquiry.ask(request)
        if judge.adapter.process_id == process:  # type: ignore[attr-defined]
            seconds = processor_seconds(process) - start
        else:
            seconds = _ended_seconds() - ended - start
    return seconds, _asked(judge, request, outcome, "many TLVs")


def _ended_seconds() -> float:
    """Processor time of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def judge_memory(judge: Judge) -> None:
    """After thousands of calls an implementation holds no more than after as many before."""
    operations = [one for one in (Operation.DECODE, Operation.ENCODE) if _is_claimed(judge, one)]
    # What was asked before may have left room in which much can be kept unseen.
    judge.inquiry.renew()
    process = _process_of(judge, operations[0]) if can_measure(judge) else None
    if process is None:
        judge.record.leave_out(STATE)
        return
    held, growth = resident_bytes(process), []
    for phase in range(PHASES):
        for start in range(phase * CALLS, (phase + 1) * CALLS, TOGETHER):
            numbers = range(start, start + TOGETHER)
            row = tuple(_distinct(judge, n, operations[n % len(operations)]) for n in numbers)
            outcomes = judge.inquiry.ask_in_a_row(row)
        if judge.adapter.process_id != process:  # type: ignore[attr-defined]
            judge.record.leave_out(STATE)
            return
        now = resident_bytes(process)
        growth.append(now - held)
        held = now
    asked = _asked(judge, row[-1], outcomes[-1], "thousands of calls")
    settled = growth[PHASES // 2 :]
    if sum(settled) > KEPT_MAX * len(settled) * CALLS * VALUE_BYTES:
        kept = ", ".join(f"{one >> 10:,} KiB" for one in growth)
        problem = (
            f"{CALLS:,} calls of {VALUE_BYTES:,} bytes leave behind {kept} each time: in the end a "
            "call finds no memory because of those before"
        )
        _fail(judge, asked, Finding(STATE, problem))
    else:
        _pass(judge, asked)


def _is_claimed(judge: Judge, operation: Operation) -> bool:
    return NEEDS[operation] <= judge.capabilities


def _distinct(judge: Judge, number: int, operation: Operation) -> Request:
    """A question that differs from those of other numbers; of small types several in it."""
    carrying = carriers(judge.registry)
    value = number.to_bytes(8, "big") * (VALUE_BYTES // 8)
    count = max(VALUE_BYTES // len(carrying.first.encoded(value)), 1)
    message = carrying.message(*[carrying.first.tlv(value)] * count, sequence=number)
    if operation is Operation.ENCODE:
        return Request(operation, message)
    return Request(operation, derived_codec.encode_message(message, judge.registry))


def _asked(judge: Judge, request: Request, outcome: Outcome, label: str) -> Asked:
    case = Case("RT-VALUE", label, request)
    return Asked(case, 0, request, judge.inquiry.expect(request), outcome)


def _fail(judge: Judge, asked: Asked, finding: Finding) -> None:
    judge.count(finding.requirement, (finding,), asked.right, asked.outcome)
    judge.keep(asked, (finding,))
    judge.record.judged += 1


def _pass(judge: Judge, asked: Asked) -> None:
    judge.note(asked.request)
    judge.count(asked.case.requirement, (), asked.right, asked.outcome)
    judge.record.judged += 1

"""The reference beside interpreted Construct, the C example and the Rust example, as ratios.

    python benchmarks/reference_ratios.py [--rounds 9]

All ways run on one core and take turns; a rate is operations per second of processor time, the
median of the rounds. Every way is held to the same bytes before it is timed. In a batch, messages
are built from columns of packed values, and read as columns: header, checksum, framing and padding
are checked, and no value is copied. Needs cc and make for C, cargo for Rust; what is missing is
left out.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from torq_conformance.meter import loops as loops_of_meter
from torq_conformance.reference import Reference, loops
from torq_conformance.reference.columns import Shape
from torq_specs import workloads
from torq_specs.message import Message
from torq_specs.registry import REGISTRY

EXAMPLES = Path(__file__).parent.parent / "examples"
LOOPS = Path(__file__).parent / "ratios" / "loops.c"
RUST = EXAMPLES / "rust"
COST = RUST / "target" / "release" / "examples" / "cost"

Way = Callable[[], float]
"""Does its work once and returns operations per second of processor time."""

COUNTS = {"Trade": 4096, "OrderBook": 64}
"""Messages of a batch; as many books stay in the second-level cache."""

SECONDS = 0.1
"""Processor time of a way in a round, or a little more."""

WANTED = {
    ("Trade build, one by one", "Trade build, Construct"): 30,
    ("Trade parse, one by one", "Trade parse, Construct"): 30,
    ("Trade build, batch", "Trade build, Construct"): 400,
    ("Trade parse, batch", "Trade parse, Construct"): 500,
    ("Trade build, batch", "Trade build, C"): 0.7,
    ("Trade parse, batch", "Trade parse, C"): 0.5,
    ("OrderBook build, batch", "OrderBook build, Construct"): 1000,
    ("OrderBook parse, batch", "OrderBook parse, Construct"): 1000,
    ("OrderBook build, batch", "OrderBook build, C"): 0.7,
    ("OrderBook parse, batch", "OrderBook parse, C"): 0.5,
    ("instrument_id, batch", "instrument_id, Rust"): 1,
}
"""By how much one way is to be faster than another."""


def way(operations: int, job: Callable[[], object]) -> Way:
    """A job in this process that does so many operations."""
    started = time.process_time()
    job()
    times = max(1, round(SECONDS / max(time.process_time() - started, 1e-6)))

    def run() -> float:
        started = time.process_time()
        for _ in range(times):
            job()
        return times * operations / (time.process_time() - started)

    return run


def each(function: Callable[[Any], Any], items: Sequence[Any]) -> Way:
    """A function that is called with one item after another."""

    def job() -> None:
        for item in items:
            function(item)

    return way(len(items), job)


def messages_of(name: str) -> list[dict[str, Any]]:
    """Messages with one TLV of a type: trades, or books of 128 levels a side."""
    if name == "Trade":
        return [workloads.trade(item) for item in range(COUNTS[name])]
    return [workloads.order_book(item, 128) for item in range(COUNTS[name])]


def message_ways(name: str, c: ctypes.CDLL | None) -> Iterator[tuple[str, Way]]:
    """All ways to build and to read messages of a type."""
    messages = messages_of(name)
    data = [Message.build(message) for message in messages]
    reference = Reference()
    assert [reference.encode(message) for message in messages] == data
    assert [reference.decode(one) for one in data] == messages
    some = slice(200 if name == "Trade" else 4)
    yield f"{name} build, Construct", each(Message.build, messages[some])
    yield f"{name} build, one by one", each(reference.encode, messages)
    yield f"{name} build, batch", batch_build(name, data)
    yield f"{name} parse, Construct", each(Message.parse, data[some])
    yield f"{name} parse, one by one", each(reference.decode, data)
    yield f"{name} parse, batch", batch_parse(name, data)
    if c is not None:
        build, parse = c_ways(c, data)
        yield f"{name} build, C", build
        yield f"{name} parse, C", parse


def shape_of(name: str) -> Shape:
    """The messages of ``messages_of``, whose header says MarketData and KrakenCollector."""
    line = REGISTRY.named(name)
    return Shape(1, 2, line.number, line.size_min)


def rows_of(data: Sequence[bytes]) -> Any:
    """Messages of one size, one a row."""
    return np.frombuffer(b"".join(data), np.uint8).reshape(len(data), -1)


def batch_build(name: str, data: Sequence[bytes]) -> Way:
    """Messages from columns, all at once, into room that is made once."""
    shape, rows = shape_of(name), rows_of(data)
    given = {
        field: np.ascontiguousarray(shape.columns(rows)[field])
        for field in ("flags", "sequence", "timestamp", "value")
    }
    room = shape.rows(len(rows))
    fields = shape.columns(room)

    def build() -> None:
        for field, column in given.items():
            fields[field] = column
        shape.seal(room)

    build()
    assert room.tobytes() == rows.tobytes()
    return way(len(rows), build)


def batch_parse(name: str, data: Sequence[bytes]) -> Way:
    """Messages as columns, all at once, and which of them are right."""
    shape, rows = shape_of(name), rows_of(data).copy()

    def parse() -> bool:
        right = shape.are_right(rows)
        for start, end in zeros_of(name):
            right &= ~rows[:, shape.start + start : shape.start + end].any(axis=1)
        return bool(right.all())

    assert parse()
    for start, _ in zeros_of(name):
        rows[-1, shape.start + start] = 1
        shape.seal(rows)
        assert not parse()
        rows[-1, shape.start + start] = 0
        shape.seal(rows)
    return way(len(rows), parse)


def zeros_of(name: str) -> list[tuple[int, int]]:
    """Where the padding of a value is; books that are full have no free slots."""
    return [(37, 40)] if name == "Trade" else [(26, 32), (3106, 3112), (6196, 6200)]


def c_library(library: str) -> ctypes.CDLL | None:
    """The loops around the C example, as fast as its own Makefile makes it; None without cc."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    example = EXAMPLES / "c"
    command = [compiler, "-std=c11", "-O2", "-fPIC", "-shared", f"-I{example}", "-o", library]
    subprocess.run([*command, str(LOOPS), str(example / "torq.c")], check=True)
    c = ctypes.CDLL(library)
    c.prepare.restype = ctypes.c_bool
    c.build.restype = ctypes.c_void_p
    c.parse.restype = ctypes.c_size_t
    return c


def c_ways(c: ctypes.CDLL, data: Sequence[bytes]) -> tuple[Way, Way]:
    """The same messages with the C example, as many in one call."""
    rows, count, size = b"".join(data), ctypes.c_size_t(len(data)), ctypes.c_size_t(len(data[0]))
    assert c.prepare(rows, size, count)
    assert ctypes.string_at(c.build(count), len(rows)) == rows
    assert c.parse(rows, size, count) == len(data)
    return way(len(data), lambda: c.build(count)), way(
        len(data), lambda: c.parse(rows, size, count)
    )


def instrument_ways() -> Iterator[tuple[str, Way]]:
    """Symbols to ids, their keys, and back."""
    prepared = loops.prepare(Reference(), "instrument_id")
    assert prepared is not None
    batch, size = prepared
    yield "instrument_id, batch", way(size, lambda: batch(slice(size)))
    cargo = shutil.which("cargo")
    if cargo is not None:
        build = ["build", "--release", "--quiet", "-p", "torq-codec", "--example", "cost"]
        subprocess.run([cargo, *build], cwd=RUST, check=True)
        yield "instrument_id, Rust", rust_rate


def rust_rate() -> float:
    """Ids per second with the Rust example, its start left out."""
    few, many = 1_000_000, 11_000_000
    seconds = []
    for count in (few, many):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run([COST, "instrument_id", str(count)], check=True)
        seconds.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
    return (many - few) / (seconds[1] - seconds[0])


def show(rates: Mapping[str, float]) -> None:
    """Print rates and ratios, and which of these are as they should be."""
    print("| | operations/s |\n|---|---|")
    for name, rate in rates.items():
        print(f"| {name} | {rate:,.0f} |")
    print("\n| | to | ratio | wanted | |\n|---|---|---|---|---|")
    for (fast, slow), wanted in WANTED.items():
        if fast not in rates or slow not in rates:
            print(f"| {fast} | {slow} | | {wanted:,} | not measured |")
            continue
        ratio = rates[fast] / rates[slow]
        holds = "holds" if ratio >= wanted else "FALLS SHORT"
        print(f"| {fast} | {slow} | {ratio:,.2f} | {wanted:,} | {holds} |")


def main() -> None:
    """Time all ways in turn and print rates and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    machine = loops_of_meter.pace()
    print(f"CRC-32 {machine['crc32_gb_per_second']:.2f} GB/s, ", end="")
    print(f"copy {machine['copy_gb_per_second']:.2f} GB/s, load {os.getloadavg()[0]:.1f}")
    with TemporaryDirectory() as folder:
        ways = dict(instrument_ways())
        for name in COUNTS:
            # A library for each: what it prepared it keeps.
            ways |= message_ways(name, c_library(f"{folder}/{name}.so"))
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, run in ways.items():
                rates[name].append(run())
    show({name: statistics.median(of) for name, of in rates.items()})


if __name__ == "__main__":
    main()

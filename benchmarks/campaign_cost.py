"""What a campaign costs beside what is judged: rates by workers, a unit without content, memory.

    python benchmarks/campaign_cost.py rates [--implementation NAME] [--blocks 20]
    python benchmarks/campaign_cost.py empty [--units 2000]
    python benchmarks/campaign_cost.py memory [--implementation NAME] [--count 10000000]

`rates` runs the same search of the drawn stream in one process, and on clusters of one and two
workers; processor seconds are those of everything that was started. `empty` hands units without
content to threads that stand for workers: what is left is the scheduler, the client and the
messages between them, all in one process. `memory` runs a search in bulk and looks every so many
messages at how much the process that judges holds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torq_conformance.cluster import on_worker
from torq_conformance.cluster.crew import spread
from torq_conformance.cluster.dask_crew import DaskCrew
from torq_conformance.cluster.here import LocalCrew
from torq_conformance.cluster.introduction import introduction
from torq_conformance.cluster.option import crew_of
from torq_conformance.search import drawn, stretch
from torq_conformance.search.messages import UNIT

PART = 64 * UNIT
"""Messages of one unit."""

WORKERS = (1, 2, 4, 8, 16, 32, 64)

Json = dict[str, Any]


def rates(implementation: str, blocks: int) -> None:
    """Questions of the drawn stream per second, and what they cost of processors."""
    what = drawn.DrawnSearch(implementation, 0, 0, blocks, False, 60.0, None)  # noqa: FBT003
    print(f"{implementation}: {blocks},000 drawn questions, {os.cpu_count()} cores")
    places: list[tuple[str, int | None, str | None]] = [
        ("one process", 1, None),
        ("two processes", 2, None),
        ("cluster of one worker", None, "local:1"),
        ("cluster of two workers", None, "local:2"),
    ]
    for name, processes, cluster in places:
        spent = _processor_seconds()
        with crew_of("drawn", what.setup, processes=processes, cluster=cluster) as crew:
            began = time.perf_counter()
            found = drawn.search(what, crew)
            seconds = time.perf_counter() - began
        spent = _processor_seconds() - spent
        print(
            f"  {name:24}{found.judged / seconds:>8,.0f} per second{spent:>8.1f} processor seconds"
            f"  digest {found.digest[:12]}"
        )


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def empty(units: int) -> None:
    """Milliseconds of a unit without content, by the number of workers."""
    import distributed

    ours = introduction({}, {})
    # The workers are threads here and would start a process each.
    on_worker.introduce = lambda *_: json.dumps({"result": ours})
    on_worker.judge = lambda *_: '{"result": {}}'
    on_worker.release = lambda: None
    print(f"{units:,} units without content, {os.cpu_count()} cores")
    for count in WORKERS:
        with distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster:
            crew = DaskCrew(cluster.scheduler_address, "empty", {}, ours, None, print)
            while crew.workers < count:
                crew.room()
                time.sleep(0.05)
            spent, began = time.process_time(), time.perf_counter()
            done = sum(1 for _ in spread(crew, _units(units)))
            seconds, spent = time.perf_counter() - began, time.process_time() - spent
            crew.close()
        print(
            f"  {count:>3} workers {done / seconds:>8,.0f} units per second, "
            f"{1000 * spent / done:.2f} ms of processor a unit"
        )


def _units(count: int) -> Iterator[Json]:
    return ({"cell": "empty", "at": at} for at in range(count))


def memory(implementation: str, count: int) -> None:
    """What the process that judges holds, while it judges."""
    what = stretch.Search(implementation, count=count, types=("Trade",), deadline=60.0)
    crew = LocalCrew("valid", what.setup, 1)
    (process,) = crew._processes
    parts = -(-count // PART)
    units = (
        {"cell": "valid", "at": at, "start": at * PART, "count": PART, "spent": []}
        for at in range(parts)
    )
    print(f"{implementation}: {parts * PART:,} messages in bulk")
    shown, judged, began = 1, 0, time.perf_counter()
    for _, done in spread(crew, units):
        assert done.result is not None
        judged += sum(one["judged"] for one in done.result["judged"])
        if judged >= shown * count // 10:
            shown = judged * 10 // count + 1
            seconds = time.perf_counter() - began
            print(
                f"  after {judged:>12,} messages and {seconds:>6.0f} s: judge "
                f"{_resident(process.pid):.1f} MB, caller {_resident(os.getpid()):.1f} MB"
            )
    crew.close()


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    return 0.0


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["rates", "empty", "memory"])
    parser.add_argument("--implementation", default="reference")
    parser.add_argument("--blocks", type=int, default=20)
    parser.add_argument("--units", type=int, default=2000)
    parser.add_argument("--count", type=int, default=10_000_000)
    asked = parser.parse_args()
    match asked.what:
        case "rates":
            rates(asked.implementation, asked.blocks)
        case "empty":
            empty(asked.units)
        case _:
            memory(asked.implementation, asked.count)


if __name__ == "__main__":
    main()

"""Counts from outside: instructions and cache misses by cachegrind, allocations by a preload.

Where a runtime has an allocator of its own, the program itself says what it took from it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from torq_conformance.errors import KitError
from torq_conformance.meter import streams
from torq_conformance.meter.programs import Program, environment, tool

_Count = Callable[[Program, Path, Path, Path], dict[str, int]]
"""What counts a run of a program: with its input, its output and a folder of its own."""

NO_VALGRIND = "valgrind is not there: apt-get install valgrind"
NO_COMPILER = "no C compiler (cc) is there to make the counting malloc with: apt-get install gcc"
NO_PRELOAD = "a library can be put in front of malloc on Linux alone"
OWN_RUNTIME = "its runtime compiles and collects while it runs: no count repeats"
MALLOCS = "TORQ_METER_MALLOCS"
"""The variable that names the file for calls and bytes."""

NO_OWN_COUNTER = (
    f"its runtime alone can count them: write 'calls bytes' to the file {MALLOCS} when input ends"
)
NO_MALLOCS = "nothing was put in front of its malloc: is it linked statically?"

COUNTED = re.compile(rb"(\d{1,19}) (\d{1,19})\s*")
"""What the counting malloc writes into that file."""

COUNTED_ITSELF = re.compile(rb"(\d{1,19}|-) (\d{1,19})\s*")
"""What a program writes there; ``- bytes`` where its runtime does not count how often."""

COUNTED_RUNS = 2
"""A run now and then takes a few instructions more than the others do: the fewest are counted."""

COUNTED_RUNS_OF_PYTHON = 1
"""A few are nothing beside what a message takes there, and a run takes long."""

SECONDS_MAX = 300.0
"""Seconds of one counted run."""

EVENTS = {"instructions": ("Ir",), "l1_misses": ("I1mr", "D1mr", "D1mw")}
EVENTS["ll_misses"] = ("ILmr", "DLmr", "DLmw")


class _NotCountedError(Exception):
    """A run that gave no counts; its text says why."""


@dataclass(frozen=True)
class Counted:
    """What a message of each stream costs, by the name of the stream; ``why_not`` if nothing."""

    per_message: Mapping[str, Mapping[str, float]]
    why_not: str = ""


def instructions(program: Program, names: Sequence[str], processes: int = 2) -> Counted:
    """Instructions, first-level and last-level misses of a message of each stream."""
    if program.has_own_runtime:
        return Counted({}, OWN_RUNTIME)
    valgrind = tool("valgrind")
    if valgrind is None:
        return Counted({}, NO_VALGRIND)
    return _slopes(program, names, partial(_cachegrind, valgrind), processes)


def allocations(program: Program, names: Sequence[str], processes: int = 2) -> Counted:
    """Allocations and bytes that a message of each stream takes from malloc.

    Those that a runtime of its own counts are ``own_allocations`` and ``own_bytes``.
    """
    if program.has_own_runtime:
        return _slopes(program, names, _count_itself, processes, streams.OWN_COUNT)
    if not sys.platform.startswith("linux"):
        return Counted({}, NO_PRELOAD)
    compiler = tool("cc")
    if compiler is None:
        return Counted({}, NO_COMPILER)
    with TemporaryDirectory(prefix="torq-meter-") as folder:
        library = Path(folder, "counting_malloc.so")
        source = resources.files("torq_conformance.meter").joinpath("counting_malloc.c")
        with resources.as_file(source) as path:
            command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return Counted({}, f"{compiler} cannot make the counting malloc: {done.stderr:.200}")
        return _slopes(program, names, partial(_count_mallocs, library), processes)


def _slopes(
    program: Program,
    names: Sequence[str],
    count: _Count,
    processes: int,
    added: int = streams.COUNT,
) -> Counted:
    """What a message costs, by runs with so many messages of one stream added, and one without."""
    runs = ["", *names]
    run = partial(_run, program, names, count, added)
    try:
        with ThreadPoolExecutor(processes) as pool:
            counts = dict(zip(runs, pool.map(run, runs), strict=True))
    except _NotCountedError as error:
        return Counted({}, str(error))
    events = [event for event in counts[""] if all(event in one for one in counts.values())]
    return Counted(
        {
            name: {event: (counts[name][event] - counts[""][event]) / added for event in events}
            for name in names
        }
    )


def _run(
    program: Program, names: Sequence[str], count: _Count, added: int, more: str
) -> dict[str, int]:
    """The counts of one run, whose answers are right."""
    before = streams.COUNT_BEFORE_PYTHON if program.is_python else streams.COUNT
    messages = streams.fed(names, more, added, before)
    with TemporaryDirectory(prefix="torq-meter-") as folder:
        # A file, not a pipe: how much a reader gets at once must not depend on who writes when.
        given, taken = Path(folder, "input"), Path(folder, "output")
        given.write_bytes(streams.program_input(messages, has_frames=program.has_frames))
        found = count(program, given, taken, Path(folder))
        output = taken.read_bytes()
    why = streams.check_output(output, messages, has_frames=program.has_frames)
    if why:
        raise KitError(
            f"{program.name} is not right under measurement: {why}.",
            "Judge it first, with torq-conformance run: what is wrong has no cost.",
        )
    return found


def _execute(
    program: Program, arguments: Sequence[str], given: Path, taken: Path, **variables: str
) -> None:
    with given.open("rb") as stdin, taken.open("wb") as stdout:
        try:
            done = subprocess.run(
                [*arguments, *program.arguments],
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.PIPE,
                env=environment(**variables),
                timeout=SECONDS_MAX,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            problem = f"{program.name} took more than {SECONDS_MAX:g} s in a counted run."
            raise KitError(problem, "Name fewer workloads with --workload.") from error
        except OSError as error:
            raise KitError(
                f"{arguments[0] if arguments else program.name}: {error}.", ""
            ) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        last = said[-1][:200] if said else "nothing"
        problem = f"{program.name} ended with {done.returncode} in a counted run and said: {last}."
        raise KitError(problem, "It must end well when its input ends.")


def _cachegrind(
    valgrind: str, program: Program, given: Path, taken: Path, folder: Path
) -> dict[str, int]:
    out = folder / "cachegrind.out"
    arguments = [
        valgrind,
        "--tool=cachegrind",
        "--cache-sim=yes",
        # The same caches whatever the machine has.
        *("--I1=32768,8,64", "--D1=32768,8,64", "--LL=8388608,16,64"),
        f"--cachegrind-out-file={out}",
        "--quiet",
    ]
    found = []
    for _ in range(COUNTED_RUNS_OF_PYTHON if program.is_python else COUNTED_RUNS):
        _execute(program, arguments, given, taken)
        found.append(read_cachegrind(out.read_text(encoding="utf-8", errors="replace")))
    return {event: min(one[event] for one in found) for event in EVENTS}


def read_cachegrind(text: str) -> dict[str, int]:
    """The sums of events that a file of cachegrind ends with."""
    lines = dict(
        line.split(": ", 1) for line in text.splitlines() if line.startswith(("events", "summary"))
    )
    numbers = dict(zip(lines["events"].split(), map(int, lines["summary"].split()), strict=True))
    return {name: sum(numbers[event] for event in events) for name, events in EVENTS.items()}


def _count_mallocs(
    library: Path, program: Program, given: Path, taken: Path, folder: Path
) -> dict[str, int]:
    counts = folder / "mallocs"
    variables = {"LD_PRELOAD": str(library), MALLOCS: str(counts)}
    if program.is_python:
        # Otherwise small objects come from pools, which malloc does not see.
        variables["PYTHONMALLOC"] = "malloc"
    _execute(program, [], given, taken, **variables)
    calls, size = _written(counts, COUNTED, NO_MALLOCS)
    return {"allocations": int(calls), "allocated_bytes": int(size)}


def _count_itself(program: Program, given: Path, taken: Path, folder: Path) -> dict[str, int]:
    counts = folder / "mallocs"
    _execute(program, [], given, taken, **{MALLOCS: str(counts)})
    calls, size = _written(counts, COUNTED_ITSELF, NO_OWN_COUNTER)
    own_calls = {} if calls == b"-" else {"own_allocations": int(calls)}
    return {**own_calls, "own_bytes": int(size)}


def _written(path: Path, line: re.Pattern[bytes], why_none: str) -> tuple[bytes, bytes]:
    """Calls and bytes in the file that a run left."""
    if not path.is_file():
        raise _NotCountedError(why_none)
    with path.open("rb") as file:
        text = file.read(64)
    found = line.fullmatch(text)
    if found is None:
        raise _NotCountedError(f"it wrote {text[:40]!r} to the file {MALLOCS}, not 'calls bytes'")
    return found[1], found[2]

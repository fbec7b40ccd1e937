"""How long a fuzzer takes to find each of thirty memory faults, with the mutator and without it.

    python benchmarks/fuzz/planted.py [--way mutator] [--way plain] [--jobs 2] [--cap 60]

Each fault of ``faults.toml`` is planted alone into a copy of the C example. What is counted is
processor time of the fuzzer and the codec within it until the first report, not time on the wall:
other work on the machine changes nothing. Answers are kept in a file, so a run may be interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples/c"
SIZE_MAX = 20_000
SANITIZERS = {
    "ASAN_OPTIONS": "symbolize=0:abort_on_error=1:detect_leaks=0",
    "UBSAN_OPTIONS": "symbolize=0:abort_on_error=1",
}
AFL = {
    "AFL_CUSTOM_MUTATOR_LIBRARY": "build/torq_mutator.so",
    "AFL_CUSTOM_MUTATOR_ONLY": "1",
    "AFL_BENCH_UNTIL_CRASH": "1",
    "AFL_NO_UI": "1",
    "AFL_SKIP_CPUFREQ": "1",
    "AFL_NO_AFFINITY": "1",
    "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
}
FOUND = re.compile(r"AddressSanitizer: ([\w-]+)|(TORQ ORACLE)|(runtime error)|(deadly signal)")
WORDS = ("", "the oracle", "undefined behaviour", "a signal")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Way:
    """A way of looking for faults: the target of the Makefile, and what it starts from."""

    title: str
    target: str
    has_seeds: bool


WAYS: Mapping[str, Way] = {
    "mutator": Way("libFuzzer, mutator", "libfuzzer", has_seeds=False),
    "plain": Way("libFuzzer alone", "plain", has_seeds=False),
    "mutator-seeds": Way("libFuzzer, mutator, seeds", "libfuzzer", has_seeds=True),
    "plain-seeds": Way("libFuzzer alone, seeds", "plain", has_seeds=True),
    "afl": Way("AFL++, mutator", "afl", has_seeds=False),
}


def main() -> None:
    """Try what is asked for and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--way", action="append", choices=list(WAYS), help="default: every one")
    parser.add_argument("--fault", action="append", help="names of rows; default: every one")
    parser.add_argument("--cap", type=int, default=60, help="processor seconds of one try")
    parser.add_argument("--jobs", type=int, default=1, help="tries at once")
    parser.add_argument("--answers", type=Path, default=HERE / "build/planted.json")
    options = parser.parse_args()
    answers: dict[str, Any] = {}
    if options.answers.exists():
        answers = json.loads(options.answers.read_text("utf-8"))
    faults = tomllib.loads((HERE / "faults.toml").read_text("utf-8"))["fault"]
    ways = options.way or list(WAYS)
    wanted = [
        (way, fault)
        for way in ways
        for fault in faults
        if (not options.fault or fault["name"] in options.fault)
        and f"{way} {fault['name']}" not in answers
    ]
    options.answers.parent.mkdir(exist_ok=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        tries = [pool.submit(one_try, way, fault, options.cap) for way, fault in wanted]
        for (way, fault), one in zip(wanted, tries, strict=True):
            answers[f"{way} {fault['name']}"] = {**one.result(), "cap": options.cap}
            options.answers.write_text(json.dumps(answers, indent=1) + "\n", "utf-8")
            print(way, fault["name"], one.result(), file=sys.stderr)
    print(table(faults, ways, answers))


def one_try(way: str, fault: Mapping[str, str], cap: int) -> dict[str, Any]:
    """Plant a fault, build, and look for it: seconds, and what was reported ("" is nothing)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export = [sys.executable, "-m", "torq_conformance", "export", "fuzz", str(folder)]
        subprocess.run(export, check=True, capture_output=True)
        codec = folder / "codec"
        shutil.copytree(EXAMPLE, codec, ignore=shutil.ignore_patterns("build"))
        plant(codec / "torq.c", fault)
        sources = "CODEC=codec/torq.c codec/fuzz_codec.c"
        make = ["make", "-s", WAYS[way].target, sources, "INCLUDE=codec"]
        subprocess.run(make, cwd=folder, check=True, capture_output=True)
        if WAYS[way].target == "afl":
            return _afl(folder, cap)
        return _libfuzzer(folder, WAYS[way], cap)


def plant(source: Path, fault: Mapping[str, str]) -> None:
    """Put a fault into a source; its place must be there once."""
    text = source.read_text("utf-8")
    if text.count(fault["find"]) != 1:
        sys.exit(f"{fault['name']}: its place stands {text.count(fault['find'])} times in {source}")
    source.write_text(text.replace(fault["find"], fault["put"]), "utf-8")


def _libfuzzer(folder: Path, way: Way, cap: int) -> dict[str, Any]:
    program = [f"build/{way.target}", "-seed=1", "-dict=torq.dict", f"-max_len={SIZE_MAX}", "found"]
    if way.has_seeds:
        program.append("corpus")
    seconds, output = timed(program, folder, cap, SANITIZERS)
    return {"seconds": round(seconds, 1), "report": report(output)}


def _afl(folder: Path, cap: int) -> dict[str, Any]:
    """AFL++ needs one message to start from: a header alone."""
    (folder / "first").mkdir()
    smallest = min((folder / "corpus").iterdir(), key=lambda path: abs(path.stat().st_size - 32))
    shutil.copy(smallest, folder / "first/seed")
    program = [
        "afl-fuzz",
        "-s",
        "1",
        "-G",
        str(SIZE_MAX),
        "-i",
        "first",
        "-o",
        "out",
        "--",
        "build/afl",
    ]
    seconds, _ = timed(program, folder, cap, {**SANITIZERS, **AFL})
    crashes = sorted((folder / "out/default/crashes").glob("id*"))
    if not crashes:
        return {"seconds": round(seconds, 1), "report": ""}
    again = subprocess.run(
        [folder / "build/afl", crashes[0]],
        cwd=folder,
        env={**os.environ, **SANITIZERS},
        capture_output=True,
        check=False,
    )
    return {"seconds": round(seconds, 1), "report": report(again.stderr.decode("utf-8", "replace"))}


def report(output: str) -> str:
    """What the first report of a sanitizer or of the oracle calls it; "" where there is none."""
    match = FOUND.search(output)
    if match is None:
        return ""
    return match[1] or WORDS[(match.lastindex or 1) - 1]


def timed(
    program: list[str], folder: Path, cap: int, environment: Mapping[str, str]
) -> tuple[float, str]:
    """Run in a session of its own until it ends or its processes have had ``cap`` seconds."""
    log = folder / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            program, cwd=folder, env={**os.environ, **environment},
            stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
        used = 0.0
        while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            used = max(used, processor_seconds(process.pid))
            if used > cap:
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.05)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0  # It has been waited for.
    return max(used, usage.ru_utime + usage.ru_stime), log.read_text("utf-8", "replace")


def processor_seconds(session: int) -> float:
    """What all processes of a session have used, and their children that have ended."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def table(faults: list[Mapping[str, str]], ways: list[str], answers: Mapping[str, Any]) -> str:
    """Processor seconds of every try, and the medians, as a Markdown table."""
    titles = " | ".join(WAYS[way].title for way in ways)
    lines = [f"| fault | place | {titles} |", "|---|---|" + "---|" * len(ways)]
    for fault in faults:
        cells = [_cell(answers.get(f"{way} {fault['name']}")) for way in ways]
        lines.append(f"| {fault['rule']} | {fault['place']} | {' | '.join(cells)} |")
    for what, cell in (("found", _found), ("median", _median)):
        cells = [cell([a for key, a in answers.items() if key.split()[0] == way]) for way in ways]
        lines.append(f"| **{what}** | | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(answer: Mapping[str, Any] | None) -> str:
    if answer is None:
        return "not tried"
    return f"{answer['seconds']:.1f} s" if answer["report"] else f"not in {answer['cap']} s"


def _found(answers: list[Mapping[str, Any]]) -> str:
    return f"{sum(bool(answer['report']) for answer in answers)} of {len(answers)}"


def _median(answers: list[Mapping[str, Any]]) -> str:
    if not answers:
        return ""
    median = statistics.median(a["seconds"] if a["report"] else float("inf") for a in answers)
    cap = min(answer["cap"] for answer in answers)
    return f"more than {cap} s" if median > cap else f"{median:.1f} s"


if __name__ == "__main__":
    main()

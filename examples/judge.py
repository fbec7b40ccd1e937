"""Builds and judges the examples: one folder each, with an example.toml that says how.

    python examples/judge.py [NAME ...]

Exit code 0 when every example that could be built here is conformant, 1 when one is not, 2 for a
wrong set-up, 5 when nothing was judged. What is skipped is named at the end, and counted.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

CONFORMANT, FAILED, WRONG_SET_UP, NOTHING_JUDGED = 0, 1, 2, 5

RESULTS = "torq-results.json"
"""Written into the example's folder, where `torq-conformance replay` looks for it."""

TITLE_WIDTH = 32


class SetUpError(Exception):
    """What the person who runs this can mend, in one line."""


@dataclass(frozen=True)
class Example:
    """What an example.toml says.

    ``needs`` are commands that must be on PATH. ``build`` are argument lists, run in the folder in
    this order; the argument ``{python}`` is this interpreter. ``implementations`` are the names
    that `torq-conformance run` takes in that folder, ``relays`` the commands that
    `torq-conformance relay` takes there; an example has one of the two at least.
    """

    folder: Path
    title: str
    needs: list[str]
    build: list[list[str]]
    implementations: list[str]
    relays: list[str]


@dataclass(frozen=True)
class Judged:
    """What became of one implementation of an example, or of the example where it has got none."""

    title: str
    step: str
    cases: int
    seconds: float
    verdict: str
    is_conformant: bool = False
    output: str = ""

    @property
    def is_skipped(self) -> bool:
        """Whether it could not be built here for want of a tool."""
        return self.step == "skipped"


def examples(root: Path, names: Sequence[str]) -> list[Example]:
    """The examples of those names, all of them where no name is given."""
    found = {path.parent.name: path for path in sorted(root.glob("*/example.toml"))}
    unknown = [name for name in names if name.rstrip("/") not in found]
    if unknown:
        there = ", ".join(found) or "none"
        raise SetUpError(f"There is no example {', '.join(unknown)}. In {root} there are: {there}.")
    return [read(found[name.rstrip("/")]) for name in names or found]


def read(path: Path) -> Example:
    """The example that an example.toml describes."""
    keys = {"title": str, "needs": list, "build": list, "implementations": list, "relays": list}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SetUpError(f"{path} is no TOML: {error}.") from error
    document = {"implementations": [], "relays": [], **document}
    wrong = {key for key, type_ in keys.items() if not isinstance(document.get(key), type_)}
    wrong |= document.keys() - keys
    if wrong or not (document["implementations"] or document["relays"]):
        at_fault = ", ".join(sorted(wrong)) or "implementations"
        raise SetUpError(f"{path} has {', '.join(keys)}; look at {at_fault}.")
    return Example(path.parent, **document)


def judge(
    example: Example, options: Mapping[str, Sequence[str]], pool: ThreadPoolExecutor
) -> Future[list[Judged]]:
    """Build an example, and let each of its implementations be judged by each ``options`` of `run`.

    The keys of ``options`` are what the title says of them. Builds wait for one another, for
    examples build upon each other; judging goes on in ``pool`` meanwhile.
    """
    missing = [need for need in example.needs if shutil.which(need) is None]
    if missing:
        reason = f"needs {', '.join(missing)}"
        return _done(Judged(example.title, "skipped", 0, 0, reason))
    start = time.monotonic()
    for command in example.build:
        done = run([sys.executable if word == "{python}" else word for word in command], example)
        if done.returncode != 0:
            seconds = time.monotonic() - start
            output = f"{' '.join(command)}\n{done.stdout}{done.stderr}"
            return _done(Judged(example.title, "not built", 0, seconds, "-", output=output))
    several = len(example.implementations) > 1
    titles = {
        name: f"{example.title} {name}" if several else example.title
        for name in example.implementations
    }

    def judge_all() -> list[Judged]:
        codecs = [
            judge_one(example, name, f"{title}{by}", words)
            for name, title in titles.items()
            for by, words in options.items()
        ]
        # A relay has no vectors, and other profiles of the same names.
        profile = options[""][-2:]
        relays = [
            judge_one(example, command, example.title, profile, subcommand="relay")
            for command in example.relays
        ]
        return [*codecs, *relays]

    return pool.submit(judge_all)


def _done(judged: Judged) -> Future[list[Judged]]:
    future: Future[list[Judged]] = Future()
    future.set_result([judged])
    return future


def judge_one(
    example: Example,
    implementation: str,
    title: str,
    options: Sequence[str],
    *,
    subcommand: str = "run",
) -> Judged:
    """Judge one implementation in a process of its own; its exit code decides."""
    results = example.folder / RESULTS
    results.unlink(missing_ok=True)
    start = time.monotonic()
    command = [sys.executable, "-m", "torq_conformance.cli", subcommand, implementation]
    done = run([*command, *options], example)
    seconds, output = time.monotonic() - start, done.stdout + done.stderr
    document = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    cases = document.get("judged", {}).get("cases", 0)
    verdict = document.get("conclusion", "not judged")
    return Judged(title, "built", cases, seconds, verdict, done.returncode == CONFORMANT, output)


def run(command: Sequence[str], example: Example) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder of an example."""
    try:
        return subprocess.run(
            command, cwd=example.folder, capture_output=True, text=True, check=False
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", f"{error}\n")


def show(judged: Sequence[Judged]) -> int:
    """Print what failed in full, what was skipped, and the exit code's reason."""
    failed = [one for one in judged if not one.is_skipped and not one.is_conformant]
    skipped = [one for one in judged if one.is_skipped]
    for one in failed:
        print(f"\n{one.title}: {one.verdict if one.step == 'built' else one.step}\n{one.output}")
    conformant = len(judged) - len(failed) - len(skipped)
    print(f"\n{conformant} conformant, {len(failed)} failed, {len(skipped)} skipped")
    for one in skipped:
        print(f"SKIPPED {one.title}: {one.verdict}")
    if failed:
        return FAILED
    return CONFORMANT if conformant else NOTHING_JUDGED


def main() -> int:
    """Judge what the command line names."""
    parser = argparse.ArgumentParser(description="Build the examples and judge them.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a folder; all without a name")
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("-k", "--select", default="", help="a part, as torq-conformance run -k")
    parser.add_argument("--profile", default="standard", help="as torq-conformance run --profile")
    parser.add_argument("--vectors", action="store_true", help="by the golden vectors as well")
    options = parser.parse_args()
    processes = os.cpu_count() or 1
    # As many examples at once as there are cores, each in one process: that is the fastest.
    select = ("-k", options.select, "-n", "1")
    runs: dict[str, Sequence[str]] = {"": (*select, "--profile", options.profile)}
    if options.vectors:
        runs[", vectors"] = (*select, "--vectors-only")
    try:
        found = examples(options.folder.resolve(), options.names)
    except SetUpError as error:
        print(f"judge.py: {error}", file=sys.stderr)
        return WRONG_SET_UP
    print(f"{'example':{TITLE_WIDTH}}  {'build':9}  {'judged':>6}  {'seconds':>7}  verdict")
    judged = []
    with ThreadPoolExecutor(processes) as pool:
        pending = [judge(example, runs, pool) for example in found]
        for one in (one for future in pending for one in future.result()):
            judged.append(one)
            row = f"{one.title:{TITLE_WIDTH}}  {one.step:9}  {one.cases:6}  {one.seconds:7.1f}"
            print(f"{row}  {one.verdict}", flush=True)
    return show(judged)


if __name__ == "__main__":
    sys.exit(main())

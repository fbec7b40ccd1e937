"""Runs the suite in a pytest process of its own and reads what came out of it.

The run is isolated from the settings, plugins and environment variables of the project it is
started in, so that the same implementation gets the same verdict everywhere. Only complete results
are believed, never the exit code of the process; they come over a descriptor of a file without a
name, so that what others write into the results file decides nothing.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torq_conformance import suite
from torq_conformance.errors import KitError
from torq_conformance.running import lifetime, results
from torq_conformance.running.results_file import ResultsFile, last_document

SUITE_FOLDER = Path(suite.__file__).parent
INTERRUPTED = "interrupted"
INTERRUPT_SECONDS = 1.5
"""In which pytest may write what it knows after an interrupt."""

PROGRESS = re.compile(r"\[ *(\d+)%\](?: [A-Z]+ (?:\S*/)?test_\d+_([a-z_]{1,30})\.py::)?")
"""What pytest says of a test that is over: how far it is, and the chapter."""

OUTPUT_KEPT = 4000
"""Characters of pytest's own output that are kept to explain a run that broke."""


@dataclass(frozen=True)
class Options:
    """What a run is asked to do; ``workers`` is the number of processes."""

    implementation: str
    workers: int = 2
    is_in_process: bool = False
    is_linted: bool = False
    profile: str = "standard"
    seed: int = 0
    level: str = "must"
    deadline: float = 5.0
    vendor_specs: str | None = None
    select: str = ""
    """An expression on names of tests, as pytest's -k; then only that part is judged."""
    is_vectors_only: bool = False
    types: str | None = None
    """The types that are judged, where it is not all that the implementation claims."""
    known_failures: str | None = None
    """The path of a file of failures that are known."""

    def arguments(self, channel: int) -> list[str]:
        """The pytest command line; the results come over the descriptor ``channel``."""
        plain = {
            "--torq-implementation": self.implementation,
            "--torq-channel": str(channel),
            "--torq-profile": self.profile,
            "--torq-seed": str(self.seed),
            "--torq-level": self.level,
            "--torq-deadline": str(self.deadline),
        }
        if self.known_failures is not None:
            plain["--torq-known-failures"] = self.known_failures
        if self.types is not None:
            plain["--torq-types"] = self.types
        if self.vendor_specs:
            plain["--torq-vendor-specs"] = self.vendor_specs
        return [
            *("-p", "xdist.plugin", "-p", "torq_conformance.pytest_plugin"),
            *("-p", "no:cacheprovider", "--assert=plain"),
            *("-v", "--no-header", "--color=no", "--tb=short"),
            *("-c", str(SUITE_FOLDER / "pytest.ini"), "--rootdir", str(SUITE_FOLDER)),
            *("-n", str(self.workers), "--max-worker-restart", "4", "--maxschedchunk", "2"),
            *(f"{name}={value}" for name, value in plain.items()),
            *(["--torq-in-process"] if self.is_in_process else []),
            *(["--torq-vectors-only"] if self.is_vectors_only else []),
            *(["--torq-lint"] if self.is_linted else []),
            *(["-k", self.select] if self.select else []),
            str(SUITE_FOLDER),
        ]


@dataclass(frozen=True)
class Run:
    """What came out: the results document, and the end of pytest's own output."""

    document: dict[str, Any]
    output: str

    @property
    def is_complete(self) -> bool:
        """Whether everything was written that the run had to say."""
        return bool(self.document.get("status") == "complete")

    @property
    def exit_code(self) -> int:
        """The exit code that the results stand for."""
        if not self.is_complete and self.document.get("exit_code") != 1:
            return int(results.ExitCode.INCONCLUSIVE)
        return int(self.document["exit_code"])


def run(
    options: Options,
    file: ResultsFile,
    progress: Callable[[int, str], None] = lambda *_: None,
) -> Run:
    """Run the whole suite; ``progress`` is called with the percentage, and what is being judged.

    ``file`` says ``incomplete`` from the moment on when the suite has begun; what the run has found
    out is for the caller to write.
    """
    with (
        tempfile.TemporaryDirectory() as scratch,
        tempfile.TemporaryFile() as channel,
        subprocess.Popen(
            [sys.executable, "-P", "-m", "pytest", *options.arguments(channel.fileno())],
            pass_fds=[channel.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(scratch),
            # Ctrl-C reaches the command alone, which passes it on once.
            start_new_session=True,
        ) as process,
    ):
        try:
            output = _follow(process, _Beginning(channel.fileno(), file), progress)
        except KeyboardInterrupt:
            output = _interrupted(process)
        except KitError:
            _interrupted(process)
            raise
        return Run(last_document(channel.fileno()), output)


@dataclass
class _Beginning:
    """Writes the results file when the suite has begun, and not before."""

    channel: int
    file: ResultsFile
    is_seen: bool = False

    def look(self) -> None:
        if not self.is_seen and (document := last_document(self.channel)):
            self.is_seen = True
            self.file.begin(document)


def _interrupted(process: subprocess.Popen[bytes]) -> str:
    """Let pytest write what it knows, then end it and all of its workers."""
    # Not SIGINT: who is started in the background ignores that, and so do its children.
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=INTERRUPT_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return INTERRUPTED


def _environment(scratch: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    own = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HYPOTHESIS_STORAGE_DIRECTORY": scratch}
    return {**kept, **own, lifetime.PARENT: str(os.getpid())}


def _follow(
    process: subprocess.Popen[bytes], beginning: _Beginning, progress: Callable[[int, str], None]
) -> str:
    assert process.stdout is not None
    output = ""
    while chunk := os.read(process.stdout.fileno(), 4096):
        beginning.look()
        output = (output + chunk.decode(errors="replace"))[-OUTPUT_KEPT:]
        seen = PROGRESS.findall(output)
        if seen:
            progress(*_how_far(*seen[-1]))
    return output


def _how_far(percent: str, chapter: str) -> tuple[int, str]:
    """The percentage, and what is being judged: failures are asked again when all is through."""
    what = f"judging {chapter.replace('_', ' ')}" if chapter else "judging"
    return int(percent), "asking failures again" if percent == "100" else what

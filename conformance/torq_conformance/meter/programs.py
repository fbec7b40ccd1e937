"""An implementation as a program that reads from its beginning to its end, and who it is."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from torq_conformance.errors import KitError
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.locate import full_name
from torq_conformance.implementations.protocol import Capability, Identity
from torq_specs.workloads import ORDER_BOOK, ORDER_STATUS, TRADE

OWN_RUNTIMES = ("Go", "Java", "Kotlin", "Scala", "C#", "F#", "JavaScript", "TypeScript")
"""Languages whose runtime compiles, collects or schedules on its own while a program runs."""

PINNED: Mapping[str, str] = {
    "PYTHONHASHSEED": "0",
    # Otherwise the C library chooses its copies by the machine, and where memory lies by chance.
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX512F,-ERMS",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""What is the same in every counted run."""


@dataclass(frozen=True)
class Program:
    """How an implementation is started, and what it said of itself."""

    name: str
    arguments: tuple[str, ...]
    identity: Identity
    has_frames: bool
    is_python: bool

    @property
    def has_own_runtime(self) -> bool:
        """Whether its instructions and allocations cannot be counted from outside."""
        return self.identity.language in OWN_RUNTIMES


def program_of(name: str, deadline: float) -> Program:
    """The program of an implementation; KitError where it cannot be measured at all."""
    adapter = connect(name, deadline=deadline)
    identity = adapter.identity
    adapter.close()
    if not {Capability.DECODE, Capability.ENCODE} <= identity.capabilities:
        raise KitError(
            f"{name} does not claim both decode and encode.",
            "From outside round trips are measured, which need the two.",
        )
    if identity.types is not None:
        numbers = {ORDER_STATUS, ORDER_BOOK, TRADE}
        raise KitError(
            f"{name} does a part of the types.",
            f"The workloads are made of all market data and of {sorted(numbers)}.",
        )
    full = full_name(name)
    scheme, _, rest = full.partition(":")
    if scheme == "stdio":
        has_frames = Capability.FRAMES in identity.capabilities
        return Program(name, tuple(shlex.split(rest)), identity, has_frames, is_python=False)
    server = (sys.executable, "-m", "torq_conformance.implementations.stdio_server", full)
    return Program(name, server, identity, has_frames=True, is_python=True)


def environment(**more: str) -> dict[str, str]:
    """The pinned environment of a counted run."""
    return {**os.environ, **PINNED, **more}


def tool(name: str) -> str | None:
    """Where a tool is; None where there is none."""
    return shutil.which(name)

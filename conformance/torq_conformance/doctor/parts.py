"""What each part of the kit needs of a machine, whether it is there, and how to get it.

A part is a row of ``PARTS``; a program that several parts need is described once, in ``PROGRAMS``.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from torq_conformance.new.skeletons import SKELETONS

VERSION_SECONDS = 20
"""In which a program says its version."""

Version = tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """A program: its other names, how it says its version, the oldest that will do, packages."""

    apt: str
    brew: str
    other_names: tuple[str, ...] = ()
    version: tuple[str, ...] = ("--version",)
    oldest: Version = ()


PROGRAMS: Mapping[str, Program] = {
    "cc": Program("gcc", "gcc", ("gcc", "clang")),
    "make": Program("make", "make", ("gmake",)),
    "cargo": Program("cargo", "rust", oldest=(1, 71)),
    "go": Program("golang-go", "go", version=("version",), oldest=(1, 22)),
    "node": Program("nodejs", "node", ("nodejs",), oldest=(20,)),
    "npm": Program("npm", "node"),
    "java": Program("default-jre-headless", "openjdk", version=("-version",), oldest=(17,)),
    "javac": Program("default-jdk-headless", "openjdk", version=("-version",), oldest=(17,)),
    "valgrind": Program("valgrind", ""),
    "tshark": Program("tshark", "wireshark"),
    "chromium": Program("chromium", "chromium", ("chromium-browser", "google-chrome")),
}
"""Programs by name, each with its packages in Debian and in Homebrew."""


@dataclass(frozen=True)
class Part:
    """What can be done on a machine that has some programs and modules."""

    name: str
    about: str
    programs: tuple[str, ...] = ()
    extra: str = ""
    """The extra of the distribution whose modules it needs."""


LANGUAGES = tuple(
    Part(name, f"new {name}, and the exports and examples in {skeleton.title}", skeleton.needs)
    for name, skeleton in SKELETONS.items()
    if skeleton.needs
)

PARTS = (
    *LANGUAGES,
    Part("meter", "instructions and profiles in meter, without which clocks decide", ("valgrind",)),
    Part("charts", "meter --charts", extra="charts"),
    Part("fast", "the reference's rates of books", extra="fast"),
    Part("cluster", "--cluster", extra="cluster"),
    Part("signing", "report sign and report verify", extra="signing"),
    Part("dissector", "the capture of the vectors, read by the dissector", ("tshark",)),
    Part("page", "the kit's own test of the page of results in a browser", ("chromium",)),
)
"""Everything that is not there by installing the kit."""


@dataclass(frozen=True)
class Need:
    """One thing that a part needs: what was found of it, what is wrong, how to get it."""

    name: str
    found: str = ""
    problem: str = ""
    remedy: str = ""

    @property
    def is_met(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem


@dataclass(frozen=True)
class Examined:
    """A part, and what it needs."""

    part: Part
    needs: tuple[Need, ...] = field(default=())

    @property
    def is_ready(self) -> bool:
        """Whether it can be used here."""
        return all(need.is_met for need in self.needs)

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        needs = [
            {"name": one.name, "found": one.found, "problem": one.problem, "remedy": one.remedy}
            for one in self.needs
        ]
        part = {"name": self.part.name, "about": self.part.about}
        return {**part, "is_ready": self.is_ready, "needs": needs}


def examine(part: Part) -> Examined:
    """Look for everything that a part needs."""
    return Examined(part, (*map(_program, part.programs), *_modules(part.extra)))


def _program(name: str) -> Need:
    program = PROGRAMS[name]
    path = next(filter(None, map(shutil.which, (name, *program.other_names))), None)
    remedy = _remedy(program)
    if path is None:
        return Need(name, problem="is not there", remedy=remedy)
    if not program.oldest:
        return Need(name, path)
    version = _version(path, program)
    said = ".".join(map(str, version)) if version else "an unknown version"
    if version < program.oldest:
        oldest = ".".join(map(str, program.oldest))
        return Need(name, path, f"is {said}, and {oldest} is needed", remedy)
    return Need(name, f"{path} {said}")


def _version(path: str, program: Program) -> Version:
    """What a program says of its version; empty where it says nothing."""
    try:
        done = subprocess.run(
            [path, *program.version],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"\d+(?:\.\d+)+|\d+", done.stdout + done.stderr)
    return tuple(map(int, found[0].split("."))) if found else ()


def _remedy(program: Program) -> str:
    """How to get a program on this machine."""
    if shutil.which("apt-get"):
        return f"apt-get install {program.apt}"
    if shutil.which("brew"):
        return f"brew install {program.brew}" if program.brew else "not to be had on this system"
    return f"install {program.apt} with this system's packages"


def _modules(extra: str) -> Iterator[Need]:
    """What an extra brings along."""
    for text in importlib.metadata.requires("torq-conformance") or ():
        requirement, _, marker = text.partition(";")
        if not extra or extra not in re.findall(r"""extra == ["'](\w+)["']""", marker):
            continue
        name = re.split(r"[^\w.-]", requirement.strip())[0]
        if importlib.util.find_spec(name) is not None:
            yield Need(name, importlib.metadata.version(name))
        else:
            install = shlex.join([sys.executable, "-m", "pip", "install", requirement.strip()])
            yield Need(name, problem="is not installed", remedy=install)

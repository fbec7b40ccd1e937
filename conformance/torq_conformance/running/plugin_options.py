"""The options of the pytest plugin, as one table: flag, ini key, variable, reader, default, words.

What decides, from first to last: the command line, the environment, the ini file, the default. This
module loads nothing but the standard library: it is imported in every pytest run of every project
that has the kit installed.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS_MAX = 86_400

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})

PREFIX = "TORQ_"
CLOSE = 0.8
"""How much alike a variable and a misspelt one are."""

Reader = Callable[[str], Any]


class OptionError(Exception):
    """A value that cannot be: what is wrong, and where it came from."""


def _text(text: str) -> str:
    return text


def _flag(text: str) -> bool:
    word = text.strip().lower()
    if word not in TRUE | FALSE:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return word in TRUE


def _one_of(*words: str) -> Reader:
    def read(text: str) -> str:
        if text not in words:
            raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(words)}")
        return text

    return read


def _seed(text: str) -> int:
    is_number = text.strip().isdecimal() and text.isascii()
    if not is_number or len(text) > 19 or int(text) >= 1 << 63:
        raise argparse.ArgumentTypeError(f"{text} is no number from 0 to 2^63 - 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most {SECONDS_MAX} seconds")
    return number


@dataclass(frozen=True)
class Option:
    """One option; ``name`` is written as an ini key is, without its prefix."""

    name: str
    about: str
    metavar: str = ""
    read: Reader = _text
    default: Any = None
    kind: str = "string"
    """string, bool, int or float, as pytest calls the types of ini values."""
    is_path: bool = False
    """Whether a relative value in an ini file is relative to that file."""

    @property
    def flag(self) -> str:
        """How it is written on the command line."""
        return f"--torq-{self.name.replace('_', '-')}"

    @property
    def ini(self) -> str:
        """Its key in pytest.ini, pyproject.toml, tox.ini or setup.cfg."""
        return f"torq_{self.name}"

    @property
    def variable(self) -> str:
        """Its variable in the environment."""
        return f"{PREFIX}{self.name.upper()}"

    @property
    def is_flag(self) -> bool:
        """Whether it is given without a value."""
        return self.kind == "bool"

    @property
    def default_text(self) -> str:
        """What holds where nobody says anything, in words."""
        if self.is_flag:
            return "no"
        return "" if self.default in {None, ""} else f"{self.default}"


OPTIONS = (
    Option(
        "implementation",
        "what is judged: reference, python:package.module:Name or stdio:command",
        "NAME",
    ),
    Option(
        "relay",
        "a relay that torq_conformance.relay.suite judges: a command with {domain}, {socket} and "
        "{audit}, or reference",
        "COMMAND",
        default="",
    ),
    Option(
        "relay_claims",
        "what that relay does beside the rules: echo,audit,metrics",
        "CLAIMS",
        default="",
    ),
    Option(
        "results",
        "where the results are written",
        "FILE",
        default="torq-results.json",
        is_path=True,
    ),
    Option("html", "write what was found as one HTML page as well", "FILE", is_path=True),
    Option(
        "in_process",
        "call a trusted python: implementation in the process of the tests: faster, but whatever "
        "it does to the process ends the run, and no level is reached",
        read=_flag,
        default=False,
        kind="bool",
    ),
    Option(
        "lint",
        "hold every line of a stdio: implementation against the JSON Schema",
        read=_flag,
        default=False,
        kind="bool",
    ),
    Option(
        "profile",
        "how many generated cases: quick, standard or exhaustive",
        "PROFILE",
        read=_one_of("quick", "standard", "exhaustive"),
        default="standard",
    ),
    Option("seed", "seed of the generated cases", "NUMBER", read=_seed, default=0, kind="int"),
    Option(
        "level",
        "from which level on a finding makes the run fail: must or should",
        "LEVEL",
        read=_one_of("must", "should"),
        default="must",
    ),
    Option("deadline", "time for one answer", "SECONDS", read=_seconds, default=5.0, kind="float"),
    Option(
        "vendor_specs",
        "a module whose TLVS are vendor types (200 to 254) to be judged as well",
        "MODULE",
    ),
    Option(
        "types",
        "judge these types alone: names, numbers or ranges, as Trade,Quote or 1-3,20, among what "
        "the implementation claims",
        "TYPES",
    ),
    Option(
        "known_failures",
        "a TOML file of failures that are known, each with its reason; the run fails when one of "
        "them passes or fails for another cause",
        "FILE",
        is_path=True,
    ),
    Option(
        "vectors_only",
        "judge by the published golden vectors, and by nothing else",
        read=_flag,
        default=False,
        kind="bool",
    ),
    Option(
        "meter",
        "measure the implementation when it is judged, and show what a message costs",
        read=_flag,
        default=False,
        kind="bool",
    ),
)
"""Every option; command line, ini keys, variables and the page of docs/pytest.md follow."""


@dataclass(frozen=True)
class Chosen:
    """What somebody has chosen for an option, and where."""

    option: Option
    value: Any
    source: str


@dataclass(frozen=True)
class Ini:
    """What an ini file says: the value as pytest reads it, and where it stands."""

    value: Any
    source: str
    folder: Path | None
    """What a relative path is relative to; None: to the current folder."""


def resolve(
    given: Mapping[str, Any],
    environment: Mapping[str, str],
    ini: Callable[[Option], Ini | None],
) -> list[Chosen]:
    """What was chosen, in the order of the table; an OptionError says what cannot be.

    ``given`` holds what stands on the command line, by the names of options. A variable that is
    empty counts as one that is not there.
    """
    return [one for option in OPTIONS if (one := _chosen(option, given, environment, ini))]


def _chosen(
    option: Option,
    given: Mapping[str, Any],
    environment: Mapping[str, str],
    ini: Callable[[Option], Ini | None],
) -> Chosen | None:
    if given.get(option.name) is not None:
        return Chosen(option, given[option.name], option.flag)
    if text := environment.get(option.variable):
        return Chosen(option, checked(option, text, option.variable), option.variable)
    found = ini(option)
    if found is None or found.value in {None, ""}:
        return None
    value = checked(option, str(found.value), found.source)
    if option.is_path and found.folder is not None:
        value = str(found.folder / value)
    return Chosen(option, value, found.source)


def checked(option: Option, text: str, source: str) -> Any:
    """The value that a text stands for; an OptionError names where it came from."""
    try:
        return option.read(text)
    except argparse.ArgumentTypeError as error:
        raise OptionError(f"{source}: {error}.") from error


def misspelt(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Variables that look like those of the kit and are none, each with the one it looks like."""
    names = [option.variable for option in OPTIONS]
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in names:
            close = difflib.get_close_matches(name, names, 1, CLOSE)
            if close:
                yield name, close[0]


def markdown() -> str:
    """The table of all options for docs/pytest.md."""
    lines = ["| command line | ini | variable | default | what it says |", "|---|---|---|---|---|"]
    for one in OPTIONS:
        flag = f"`{one.flag}`" if one.is_flag else f"`{one.flag} {one.metavar}`"
        default = f"`{one.default_text}`" if one.default_text else ""
        lines.append(f"| {flag} | `{one.ini}` | `{one.variable}` | {default} | {one.about} |")
    return "\n".join(lines) + "\n"

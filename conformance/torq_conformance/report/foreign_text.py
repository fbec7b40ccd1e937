r"""Strings that somebody else wrote, made harmless for whoever reads them: people, terminals, CI.

Names, versions, error texts and stderr of an implementation, and every string of a file that came
out of other hands, are data. Shown as they are they could clear a screen, begin a line that a CI
system takes as a command, turn the order of letters around, or fill the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

TEXT_MAX = 2000
"""Characters of one string that are shown, where nothing else is said."""

NAME_MAX = 120
"""Characters of a name or a version."""

COMMANDS = re.compile(r"##(?=[\w-]*\[)|^(\s*):(?=:)")
"""What CI systems take as a command: ``##[``, ``##vso[`` anywhere, ``::warning`` at the start."""


def shown(text: object, maximum: int = TEXT_MAX) -> str:
    r"""A string in one line: what is no visible character as ``\x1b``, what is left out counted."""
    whole = str(text)
    left_out = len(whole) - maximum
    visible = "".join(
        one if one.isprintable() else " " if one == "\t" else _escaped(one)
        for one in whole[:maximum]
    )
    visible = COMMANDS.sub(lambda found: f"{found[1] or ''}{_escaped(found[0][-1])}", visible)
    return visible if left_out <= 0 else f"{visible}... ({left_out:,} more characters)"


def shown_lines(text: str) -> str:
    """Several lines, each of them made harmless."""
    return "\n".join(shown(line) for line in text.splitlines())


def neutral(part: Any) -> Any:
    """A JSON document whose strings are all as ``shown`` gives them, its keys too."""
    match part:
        case str():
            return shown(part)
        case Mapping():
            return {shown(key): neutral(one) for key, one in part.items()}
        case list() | tuple():
            return [neutral(one) for one in part]
        case _:
            return part


def _escaped(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"

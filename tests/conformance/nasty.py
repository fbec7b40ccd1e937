"""Strings that strangers send, and an implementation that sends all of them wherever it can."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import NoReturn

from torq_conformance import Rejected
from torq_conformance.reference import Reference

NASTY = (
    "\x1b[2J\x1b[Hconformant",
    "\x1b]0;title\x07",
    "\x9b2J",
    "line\n::warning title=x::from a version",
    "::error::at the start",
    "  ::set-output name=x::y",
    "##[error]anywhere",
    "a ##vso[task.complete result=Succeeded;]done",
    "##teamcity[buildStatus status='SUCCESS']",
    "section_start:1:x\r\x1b[0K",
    "over\rwritten\b\b\b",
    "\N{RIGHT-TO-LEFT OVERRIDE}lamrofnoc\N{LEFT-TO-RIGHT ISOLATE}",
    "\N{ZERO WIDTH JOINER}\N{LINE SEPARATOR}::error::\N{PARAGRAPH SEPARATOR}",
    "\N{NEXT LINE}::warning::x\x0b\x0c",
    "half \udcff a \ud800 surrogate",
    "[bold red]markup[/] [/nothing] [link=file:///etc/passwd]x[/link]",
    "</failure><system-out>&lt;&amp;]]>",
    "<script>alert(1)</script>",
    "| cell | <!-- ``` --> $(x) `x`",
    "\x00\x01\x02\x7f\x80\x9f\N{SOFT HYPHEN}\N{BYTE ORDER MARK}",
    "%s %(x)s {0} {x.__class__}",
    "long" * 25_000,
)


class Nasty(Reference):
    """The reference, with every string of its own replaced."""

    name = "::warning title=x::name" + "\n".join(NASTY)
    version = "\n".join(NASTY)

    def decode(self, data: bytes) -> NoReturn:
        sys.stderr.write("\n".join(NASTY).encode(errors="backslashreplace").decode())
        text = NASTY[len(data) % len(NASTY)]
        if len(data) % 3:
            raise Rejected(text, **{text: text})
        raise type(f"Error{text[:20]}".replace("\x00", ""), (Exception,), {})("\n".join(NASTY))

    def encode(self, message: Mapping[str, object]) -> NoReturn:
        raise RuntimeError("\n".join(NASTY))


class CannotStart:
    """Fails before anything is asked."""

    capabilities = frozenset({"decode"})

    def __init__(self) -> None:
        raise RuntimeError("\n".join(NASTY))

"""The process that judges: reads one unit a line, writes one result a line.

It is started by ``judge_process`` with two descriptors of its own, so that whatever an
implementation prints is no answer. It ends when nobody asks for a while, or nobody is there.
"""

from __future__ import annotations

import json
import os
import select
import sys
import traceback
from collections.abc import Iterator

from torq_conformance.cluster.introduction import introduction
from torq_conformance.cluster.tasks import Json, Judging, open_judging
from torq_conformance.errors import KitError
from torq_conformance.model import importing

IDLE_SECONDS = 600
"""After which a process that nobody asks ends: who started it may have been killed."""

READ_MAX = 1 << 16


def serve(asked: int, answered: int) -> None:
    """Judge what comes over one descriptor, and answer over the other."""
    lines = _lines(asked)
    beginning = next(lines, None)
    if beginning is None:
        return
    judging: Judging | None = None
    try:
        judging = open_judging(beginning["task"], beginning["setup"])
        _answer(answered, {"result": introduction(beginning["setup"], judging.claims)})
        for unit in lines:
            _answer(answered, {"result": judging.judge(unit)})
    except KitError as error:
        _answer(answered, {"problem": error.problem, "hint": error.hint})
    except Exception:  # noqa: BLE001 - an error of the kit is told where somebody reads it
        _answer(answered, {"bug": traceback.format_exc()})
    finally:
        if judging is not None:
            judging.close()


def _answer(descriptor: int, document: Json) -> None:
    rest = memoryview(f"{json.dumps(document)}\n".encode())
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _lines(descriptor: int) -> Iterator[Json]:
    kept = b""
    while select.select([descriptor], [], [], IDLE_SECONDS)[0]:
        data = os.read(descriptor, READ_MAX)
        if not data:
            return
        *whole, kept = (kept + data).split(b"\n")
        for line in whole:
            document: Json = json.loads(line)
            yield document


if __name__ == "__main__":
    importing.keep_folder_out()
    serve(*(int(word) for word in sys.argv[1:3]))

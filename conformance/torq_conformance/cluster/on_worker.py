"""What runs inside of a Dask worker: it hands units on to a process of its own that judges them.

Arguments and results are JSON texts. Each thread of a worker has one process, which starts the
implementation by the same keeper, deadlines and limits as anywhere; the worker itself runs nothing
of an implementation, and survives its end.
"""

from __future__ import annotations

import json
import threading

from torq_conformance.cluster.judge_process import BugError, JudgeProcess, LostJudgeError
from torq_conformance.cluster.tasks import Json
from torq_conformance.errors import KitError

_processes: dict[int, tuple[str, JudgeProcess]] = {}
"""By thread: for which task and set-up, and the process."""


def introduce(task: str, setup: str) -> str:
    """What the process of this thread says of itself, as JSON text."""
    try:
        return json.dumps({"result": _process(task, setup).introduction})
    except (KitError, LostJudgeError, BugError) as error:
        return _refusal(error)


def judge(task: str, setup: str, unit: str) -> str:
    """The result of a unit, as JSON text."""
    try:
        return json.dumps({"result": _process(task, setup).judge(json.loads(unit))})
    except (KitError, LostJudgeError, BugError) as error:
        return _refusal(error)


def release() -> None:
    """End all processes of this worker: the work is over."""
    for thread in [*_processes]:
        _processes.pop(thread)[1].kill()


def _process(task: str, setup: str) -> JudgeProcess:
    thread, key = threading.get_ident(), f"{task} {setup}"
    known, process = _processes.get(thread, ("", None))
    if process is not None and (known != key or process.is_gone):
        process.kill()
        process = None
    if process is None:
        process = JudgeProcess(task, json.loads(setup))
        _processes[thread] = key, process
    return process


def _refusal(error: Exception) -> str:
    document: Json = {"lost": str(error)}
    if isinstance(error, KitError):
        document = {"problem": error.problem, "hint": error.hint}
    elif isinstance(error, BugError):
        document = {"bug": str(error)}
    return json.dumps(document)

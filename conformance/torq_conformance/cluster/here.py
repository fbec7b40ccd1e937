"""A crew of processes on this machine."""

from __future__ import annotations

import queue
import threading
import time

from torq_conformance.cluster.crew import Done
from torq_conformance.cluster.judge_process import JudgeProcess, LostJudgeError
from torq_conformance.cluster.tasks import Json
from torq_conformance.errors import KitError

WAIT_SECONDS = 0.5
"""In which nobody looks whether the user interrupts."""

HERE = "here"


class LocalCrew:
    """``count`` processes, each asked by a thread; KitError when the first cannot begin."""

    def __init__(self, task: str, setup: Json, count: int) -> None:
        self.left_out: dict[str, str] = {}
        self._jobs: queue.SimpleQueue[tuple[int, Json] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done | BaseException] = queue.SimpleQueue()
        self._task, self._setup, self._count = task, setup, count
        self._under_way = 0
        self._is_closed = False
        self._lock = threading.Lock()
        self._processes: set[JudgeProcess] = set()
        try:
            first = self._started()
        except LostJudgeError as error:
            hint = "Judge it in a process of its own: leave --in-process out."
            raise KitError(f"Nothing can be judged: {error}.", hint) from error
        self.introduction: Json = first.introduction
        for at in range(count):
            process = None if at else first
            threading.Thread(target=self._work, args=(process,), daemon=True).start()

    @property
    def workers(self) -> int:
        """How many processes there are."""
        return self._count

    def room(self) -> int:
        """One job more than there are processes is waiting: none of them idles."""
        return self._count + 1 - self._under_way

    def hand_out(self, number: int, unit: Json) -> None:
        """Take a job."""
        self._under_way += 1
        self._jobs.put((number, unit))

    def finished(self) -> list[Done]:
        """What is done."""
        try:
            done = self._done.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            return []
        if isinstance(done, BaseException):
            raise done
        self._under_way -= 1
        return [done]

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            self._is_closed = True
            for process in self._processes:
                process.kill()
        for _ in range(self._count):
            self._jobs.put(None)

    def _started(self) -> JudgeProcess:
        process = JudgeProcess(self._task, self._setup)
        with self._lock:
            if self._is_closed:
                process.kill()
            self._processes.add(process)
        return process

    def _work(self, process: JudgeProcess | None) -> None:
        while (job := self._jobs.get()) is not None:
            number, unit = job
            began = time.monotonic()
            try:
                if process is None or process.is_gone:
                    process = self._started()
                result = process.judge(unit)
                self._done.put(Done(number, result, HERE, seconds=time.monotonic() - began))
            except LostJudgeError as error:
                with self._lock:
                    self._processes -= {process}
                self._done.put(Done(number, None, HERE, str(error)))
            except BaseException as error:  # noqa: BLE001 - it is raised in the main thread
                self._done.put(error)
                return

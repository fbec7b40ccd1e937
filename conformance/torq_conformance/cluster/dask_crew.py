"""A crew of the workers of a Dask cluster, one that runs already or one that is started here.

Workers come and go. Each new one says first which kit and which build of the implementation it has;
one that lacks the program, or has others than the first, is left out by name. Units are handed to a
certain worker each, a few ahead, so that a worker that is lost costs what it had and nothing else.
Dask's own messages are pickled: whoever reaches the scheduler runs code on every worker, and here.
"""

from __future__ import annotations

import json
import logging
import queue
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from torq_conformance.cluster import on_worker
from torq_conformance.cluster.crew import Done
from torq_conformance.cluster.introduction import build_differs, kit_differs
from torq_conformance.cluster.judge_process import BugError
from torq_conformance.cluster.tasks import Json
from torq_conformance.errors import KitError, in_short

AHEAD = 1
"""Units that wait at a worker beside those that its threads judge."""

ANSWER_SECONDS = 8
"""In which a scheduler must answer."""

JOIN_SECONDS = 60
"""In which the first worker must be there and have introduced itself; later, a further one."""

LOOK_EVERY = 1.0
"""Seconds after which it is looked which workers there are."""

WAIT_SECONDS = 0.2
RESULT_MAX = 64 << 20

Tell = Callable[[str], object]


class DaskCrew:
    """The workers of the cluster at ``address``, or of ``local:N``; KitError where none will do.

    ``kit`` is what this process says of its own kit, and ``build`` of which build the work is;
    None: that of the first worker.
    """

    def __init__(
        self, address: str, task: str, setup: Json, kit: Json, build: Json | None, tell: Tell
    ) -> None:
        self.left_out: dict[str, str] = {}
        self._tell, self._task = tell, task
        self._setup, self._kit, self._build = json.dumps(setup), kit, build
        self.introduction: Json = {}
        self._cluster, self._client = _connected(address)
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._threads: dict[str, int] = {}
        """Of each worker that works, by its address."""
        self._names: dict[str, str] = {}
        self._met: dict[str, Any] = {}
        """Workers that have been asked who they are, by address, with the future of the answer."""
        self._jobs: dict[str, dict[int, Any]] = {}
        """What each worker has: numbers of units with their futures."""
        self._attempts = 0
        self._looked = 0.0
        self._alone_since = time.monotonic()
        try:
            while not self._threads:
                self._look()
                self._wait_for_introductions()
                self._check_patience()
        except BaseException:
            self.close()
            raise

    @property
    def workers(self) -> int:
        """How many units may be judged at once now."""
        return sum(self._threads.values())

    def room(self) -> int:
        """How many more jobs the workers take."""
        self._look()
        self._check_patience()
        return sum(self._room_of(address) for address in self._threads)

    def hand_out(self, number: int, unit: Json) -> None:
        """Give a job to the worker with most room."""
        address = max(self._threads, key=self._room_of)
        self._attempts += 1
        future = self._client.submit(
            on_worker.judge,
            *(self._task, self._setup, json.dumps(unit)),
            key=f"{_cell(unit)}-{number}-{self._attempts}",
            workers=[address],
            allow_other_workers=False,
            pure=False,
            retries=0,
        )
        self._jobs[address][number] = future
        began = time.monotonic()
        future.add_done_callback(lambda done: self._done.put((address, number, done, began)))

    def finished(self) -> list[Done]:
        """What is done; what lost workers had comes back without a result."""
        self._look()
        found = self._of_lost_workers()
        with suppress(queue.Empty):
            found += self._taken(*self._done.get(timeout=WAIT_SECONDS))
            while True:
                found += self._taken(*self._done.get_nowait())
        return found

    def _taken(self, address: str, number: int, future: Any, began: float) -> list[Done]:
        """What came of a job; nothing where its worker was taken for lost meanwhile."""
        if self._jobs.get(address, {}).pop(number, None) is None:
            return []
        name = self._names[address]
        if future.status == "finished":
            return [self._answered(number, name, address, future, time.monotonic() - began)]
        return [Done(number, None, name, f"the worker {name} was lost", is_of_worker=True)]

    def _answered(self, number: int, name: str, address: str, future: Any, seconds: float) -> Done:
        answer = _document(future.result())
        if "bug" in answer:
            raise BugError(answer["bug"])
        if "problem" in answer:
            # It could begin once, and cannot any more.
            self._leave_out(address, f"{answer['problem']} {answer['hint']}")
            return Done(number, None, name, answer["problem"], is_of_worker=True)
        if "lost" in answer:
            return Done(number, None, name, answer["lost"])
        return Done(number, answer["result"], name, seconds=seconds)

    def close(self) -> None:
        """Free the workers and let go of the cluster."""
        _quiet()
        try:
            self._client.cancel([one for some in self._jobs.values() for one in some.values()])
            if self._cluster is None:
                self._client.run(on_worker.release, on_error="ignore", wait=True)
        except (OSError, TimeoutError, RuntimeError, ValueError):
            pass  # What is gone needs not be freed.
        self._client.close(timeout=2)
        if self._cluster is not None:
            self._cluster.close(timeout=10)

    # Who works.

    def _room_of(self, address: str) -> int:
        return self._threads[address] + AHEAD - len(self._jobs[address])

    def _look(self) -> None:
        """See which workers have come and gone."""
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        there = self._there()
        for address in [one for one in self._threads if one not in there]:
            del self._threads[address]
            self._alone_since = now
        for address, worker in there.items():
            if address not in self._met:
                name = worker.get("name")
                self._names[address] = address if name is None else str(name)
                self._met[address] = self._client.submit(
                    *(on_worker.introduce, self._task, self._setup),
                    key=f"introduction-{address}",
                    workers=[address],
                    allow_other_workers=False,
                    pure=False,
                )
        for address, future in self._met.items():
            if future is not None and future.done() and address in there:
                self._met[address] = None
                self._judge_introduction(address, future, int(there[address]["nthreads"]))

    def _there(self) -> dict[str, Json]:
        try:
            workers: dict[str, Json] = self._client.scheduler_info(n_workers=-1)["workers"]
        except (OSError, TimeoutError) as error:
            problem = f"The scheduler of the cluster is gone: {in_short(error)}."
            raise KitError(problem, "Start it, and run the same command again.") from error
        return workers

    def _judge_introduction(self, address: str, future: Any, threads: int) -> None:
        if future.status != "finished":
            error = future.exception() if future.status == "error" else None
            is_missing = isinstance(error, ModuleNotFoundError)
            what = "the kit is not installed there" if is_missing else in_short(error)
            if type(error).__name__ != "KilledWorker":
                self._leave_out(address, what)
            return
        answer = _document(future.result())
        if "result" not in answer:
            said = answer.get("problem") or answer.get("lost") or "an error of the kit"
            self._leave_out(address, " ".join(f"{said} {answer.get('hint', '')}".split()))
            return
        theirs = answer["result"]
        why = kit_differs(self._kit, theirs)
        if not why and self._build is not None:
            why = build_differs(self._build, theirs["build"])
        if why:
            self._leave_out(address, why)
            return
        self._build = theirs["build"]
        self.introduction = theirs
        self._threads[address] = threads
        self._jobs.setdefault(address, {})

    def _leave_out(self, address: str, why: str) -> None:
        name = self._names[address]
        self._threads.pop(address, None)
        if self.left_out.get(name) != why:
            self.left_out[name] = why
            self._tell(f"left out: the worker {name}: {why}")

    def _of_lost_workers(self) -> list[Done]:
        found = []
        for address in [one for one in self._jobs if one not in self._threads]:
            name = self._names[address]
            why = f"the worker {name} was lost"
            for number, future in self._jobs.pop(address).items():
                future.release()
                found.append(Done(number, None, name, why, is_of_worker=True))
        return found

    def _wait_for_introductions(self) -> None:
        time.sleep(WAIT_SECONDS)

    def _check_patience(self) -> None:
        if self._threads:
            return
        waited = time.monotonic() - self._alone_since
        is_pending = any(future is not None for future in self._met.values())
        if waited > JOIN_SECONDS or (self.left_out and not is_pending and waited > 3):
            some = "; ".join(f"{name}: {why}" for name, why in [*self.left_out.items()][:4])
            why = f"every worker is left out ({some})" if some else "it has no workers"
            hint = "Mend that and run the same command again; nothing is lost."
            raise KitError(f"The cluster can do nothing: {why}.", hint)


def _cell(unit: Json) -> str:
    """The beginning of a task's name: the dashboard shows tasks by it."""
    return str(unit.get("cell", "unit")).replace(" ", "_").replace("-", "_")


def _document(text: object) -> Json:
    if not isinstance(text, str) or len(text) > RESULT_MAX:
        raise KitError("A worker answers what is no result.", "Look at what it runs.")
    document: Json = json.loads(text)
    return document


def _connected(address: str) -> tuple[Any, Any]:
    """The cluster, if it was started here, and the client."""
    try:
        import distributed
    except ImportError as error:
        hint = "Install the extra: pip install 'torq-conformance[cluster]'."
        raise KitError("--cluster needs Dask distributed.", hint) from error
    scheme, _, rest = address.partition(":")
    if scheme == "local":
        if not rest.isdecimal() or not 1 <= int(rest) <= 256:
            raise KitError(
                f"{address!r:.60} names no cluster.", "Write local:N or tcp://HOST:PORT."
            )
        _quiet()
        try:
            cluster = _local(distributed, int(rest))
            return cluster, distributed.Client(cluster, set_as_default=False)
        except (OSError, TimeoutError, RuntimeError) as error:
            problem = f"No cluster could be started here: {in_short(error)}."
            raise KitError(problem, "Run the same command again, or use -n.") from error
    try:
        return None, distributed.Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        problem = f"No scheduler of a cluster answers at {address:.100}: {in_short(error)}."
        hint = "Start one (`dask scheduler`), or write --cluster local:2."
        raise KitError(problem, hint) from error


def _local(distributed: Any, count: int) -> Any:
    try:
        # Anybody on this machine may connect to a port; only who has these keys is heard.
        security = distributed.Security.temporary()
    except ImportError as error:
        hint = "Install the extra: pip install 'torq-conformance[cluster]'."
        raise KitError("A cluster of this machine needs `cryptography`.", hint) from error
    return distributed.LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        # No dashboard; its server would take the port of another cluster's, or complain of it.
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        security=security,
        silence_logs=logging.CRITICAL,
    )


def _quiet() -> None:
    """What Dask has to say of connections that end is said by what is left out or lost."""
    for name in ("distributed", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)

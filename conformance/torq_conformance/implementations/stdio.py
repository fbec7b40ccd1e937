"""Implementations in any language: a command that answers lines of JSON on stdin and stdout.

Contract: whatever the process does, every call returns one outcome, about within its deadline, and
the next call finds a living process. stderr is kept for the report and decides nothing.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.implementations import claimed_types, stdio_frames, stdio_json, stdio_lines
from torq_conformance.implementations.keeper import START_DEADLINE, Failed, Keeper
from torq_conformance.implementations.no_answer import IN_MID_CALL, Garbage, shown
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Capability, Identity, Operation, Request
from torq_conformance.implementations.python_calls import bytes_of, known_capabilities
from torq_conformance.implementations.stdio_process import StdioProcess
from torq_conformance.rejection import Unsupported
from torq_specs.registry import REGISTRY, Registry

BATCH_COUNT = 512
"""Round trips that one batch asks for."""

FORM = '{"name":"my-codec","version":"1","language":"C","capabilities":["decode","encode"]}'


class StdioAdapter:
    """Talks to one warm process of a command; calls of several threads take turns.

    ``command`` is split as a shell would, and run from today's folder without a shell. ``deadline``
    is seconds for each answer, ``first_deadline`` for the first one of a process and
    ``start_deadline`` for hello. ``memory_max`` is bytes of data (RLIMIT_DATA): no bound by itself,
    for sanitizers and some runtimes take terabytes that they never use. ``registry`` knows which
    types have a layout. ``is_linted``: every line is held against the JSON Schema.
    KitError when the command cannot be started or does not say who it is.
    """

    identity: Identity

    def __init__(
        self,
        command: str,
        *,
        deadline: float = 5.0,
        start_deadline: float = START_DEADLINE,
        first_deadline: float = START_DEADLINE,
        memory_max: int | None = None,
        restarts: int = 100,
        registry: Registry = REGISTRY,
        is_linted: bool = False,
    ) -> None:
        self._command = command
        self._deadline = deadline
        self._start_deadline = start_deadline
        self._registry = registry
        self._is_linted = is_linted
        self._has_batch = True
        self._first = b""
        self._keeper = Keeper(
            partial(_start, command, folder=Path.cwd(), memory_max=memory_max),
            self._introduce,
            self._explain,
            deadline=deadline,
            start_deadline=start_deadline,
            first_deadline=first_deadline,
            restarts=restarts,
        )
        self.identity = self._keeper.identity
        self._registry = claimed_types.claimed_registry(self.identity, registry)

    def call(self, request: Request) -> Outcome:
        """Ask one question."""
        with self._keeper.lock:
            return self._with_derived([request], self._ask([request]))[0]

    def call_together(self, requests: Sequence[Request]) -> list[Outcome]:
        """Ask several at once; their answers may come in any order, each within the deadline.

        When the process fails, those that were not answered are asked again one by one until one
        makes it fail alone: that one gets the outcome, and the first of them if none does. The
        others are Lost.
        """
        with self._keeper.lock:
            return self._with_derived(requests, self._ask(requests))

    def call_batch(self, requests: Sequence[Request]) -> list[Outcome]:
        """Ask several in one request, or one by one where there are no batches.

        When the process fails, those that fail alone are told apart as by ``call_together``.
        """
        if not requests:
            return []
        with self._keeper.lock:
            try:
                ask = partial(self._ask_requests, requests)
                found = self._keeper.use(ask, len(requests))
            except Failed as failed:
                return self._attributed(requests, [None] * len(requests), failed.outcome)
            whole = [outcome for outcome in found if outcome is not None]
            return self._with_derived(requests, whole)

    def call_at_once(self, requests: Sequence[Request], rounds: int) -> list[Outcome]:
        """Ask each ``rounds`` times; the requests of a round lie in the pipe together."""
        return [outcome for _ in range(rounds) for outcome in self.call_together(requests)]

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | None]:
        """Ask for many round trips at once, see ``BulkAdapter``.

        When the process fails there are no bytes at all: nobody knows which message it was.
        """
        return bytes_of(self.roundtrip_each(messages))

    def roundtrip_each(self, messages: Sequence[bytes]) -> list[Outcome | None]:
        """Ask for many round trips at once, each with its outcome, see ``BulkAdapter``."""
        if not messages:
            return []
        with self._keeper.lock:
            try:
                if Capability.FRAMES in self.identity.capabilities:
                    return self._keeper.use(partial(self._ask_frames, messages))
                found = self._keeper.use(partial(self._ask_batches, messages))
            except Failed as failed:
                return [failed.outcome] * len(messages)
            requests = [Request(Operation.ROUNDTRIP, message) for message in messages]
            return [
                self._derived(request) if isinstance(one, Unsupported) else one
                for request, one in zip(requests, found, strict=True)
            ]

    def renew(self) -> None:
        """Start anew with the next question, as if nothing had been asked; not on the budget."""
        self._keeper.renew()

    def close(self) -> None:
        """Let the process end, or end it; idempotent."""
        self._keeper.close()

    def _with_derived(
        self, requests: Sequence[Request], outcomes: Sequence[Outcome]
    ) -> list[Outcome]:
        """The outcomes; a round trip that the program does not offer is made of its halves."""
        return [
            self._derived(request)
            if request.operation is Operation.ROUNDTRIP and isinstance(outcome, Unsupported)
            else outcome
            for request, outcome in zip(requests, outcomes, strict=True)
        ]

    def _derived(self, request: Request) -> Outcome:
        [decoded] = self._ask([Request(Operation.DECODE, request.argument)])
        if not isinstance(decoded, Accepted):
            return decoded
        return self._ask([Request(Operation.ENCODE, decoded.value)])[0]

    def _ask(self, requests: Sequence[Request]) -> list[Outcome]:
        self._keeper.wait_for(requests)
        answers: list[Outcome | None] = [None] * len(requests)
        try:
            self._keeper.use(partial(self._ask_lines, requests, answers), len(requests))
        except Failed as failed:
            return self._attributed(requests, answers, failed.outcome)
        return [answer for answer in answers if answer is not None]

    def _attributed(
        self, requests: Sequence[Request], answers: Sequence[Outcome | None], outcome: Outcome
    ) -> list[Outcome]:
        """The outcomes of requests in whose midst the process failed."""
        unanswered = [at for at, answer in enumerate(answers) if answer is None]
        # After all answers something more came: nobody knows for which.
        culprit = unanswered[0] if unanswered else len(answers) - 1
        if len(unanswered) > 1 and not isinstance(outcome, Lost):
            for at in unanswered:
                try:
                    self._keeper.use(partial(self._ask_lines, [requests[at]], [None]))
                except Failed as failed:
                    if not isinstance(failed.outcome, Lost):
                        culprit, outcome = at, failed.outcome
                    break
        lost = Lost(f"request {culprit + 1} of {len(requests)} ended it")
        rest = outcome if isinstance(outcome, Lost) else lost
        outcomes = [rest if answer is None else answer for answer in answers]
        outcomes[culprit] = outcome
        return outcomes

    def _ask_lines(
        self, requests: Sequence[Request], answers: list[Outcome | None], process: StdioProcess
    ) -> None:
        """Fill in the answers as they come."""
        bodies = [stdio_json.request_to_json(request, self._registry) for request in requests]
        for at, document in self._exchange(process, bodies):
            answers[at] = self._outcome(requests[at], document)

    def _outcome(self, request: Request, document: Mapping[str, Any]) -> Outcome:
        if why := self._why_not(request.operation, document):
            return OutOfProtocol(why)
        return stdio_lines.read_answer(request, document, self._registry)

    def _why_not(self, operation: str, document: Mapping[str, Any]) -> str:
        """What a linter says against an answer."""
        if not self._is_linted:
            return ""
        from torq_conformance.implementations import stdio_lint

        return stdio_lint.why_not_answer(operation, document)

    def _exchange(
        self, process: StdioProcess, bodies: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Send requests and give their answers, in the order in which they come."""
        leave = b""
        if process.is_in_frames:
            leave, process.is_in_frames = stdio_frames.END, False
        ids = {process.next_id(): at for at in range(len(bodies))}
        documents = [{"id": id_, **body} for id_, body in zip(ids, bodies, strict=True)]
        if self._is_linted:
            _lint(documents)
        process.check_quiet()
        process.send(leave + b"".join(map(stdio_lines.write_line, documents)))
        waiting = dict(ids)
        while waiting:
            process.begin(self._keeper.deadline)
            document = stdio_lines.read_line(process.take_line())
            at = waiting.pop(document["id"], None)
            if at is None:
                raise Garbage(_why_unknown(document["id"], ids))
            if bodies[at]["op"] in {"batch", "frames"} and (
                why := self._why_not(bodies[at]["op"], document)
            ):
                raise Garbage(why)
            yield at, document
        process.check_nothing_left()

    def _ask_frames(self, messages: Sequence[bytes], process: StdioProcess) -> list[Outcome | None]:
        if not process.is_in_frames:
            [(_, document)] = self._exchange(process, [{"op": "frames"}])
            if "ok" not in document:
                raise Garbage("frames is claimed, but its answer is not ok")
            process.is_in_frames = True
        deadline = max(self._deadline, self._keeper.deadline)
        return [*stdio_frames.roundtrip(process, messages, deadline)]

    def _ask_batches(
        self, messages: Sequence[bytes], process: StdioProcess
    ) -> list[Outcome | None]:
        requests = [Request(Operation.ROUNDTRIP, message) for message in messages]
        return self._ask_requests(requests, process)

    def _ask_requests(
        self, requests: Sequence[Request], process: StdioProcess
    ) -> list[Outcome | None]:
        answers: list[Outcome | None] = []
        for start in range(0, len(requests), BATCH_COUNT):
            some = requests[start : start + BATCH_COUNT]
            outcomes: list[Outcome | None] = [None] * len(some)
            if not self._has_batch or not self._ask_batch(process, some, outcomes):
                self._has_batch = False
                self._ask_lines(some, outcomes, process)
            answers += outcomes
        return answers

    def _ask_batch(
        self, process: StdioProcess, requests: Sequence[Request], answers: list[Outcome | None]
    ) -> bool:
        """Fill in the answers of one batch; False when there are no batches."""
        bodies = [
            {"id": process.next_id(), **stdio_json.request_to_json(request, self._registry)}
            for request in requests
        ]
        [(_, document)] = self._exchange(process, [{"op": "batch", "requests": bodies}])
        if "unsupported" in document:
            return False
        found = document.get("ok")
        if not isinstance(found, list) or len(found) != len(requests):
            raise Garbage(f"the answer to a batch is no list of {len(requests)} answers")
        for at, (body, one) in enumerate(zip(bodies, found, strict=True)):
            # Its place says to which request it belongs; an id, if there is one, must say the same.
            if not isinstance(one, dict) or one.get("id", body["id"]) != body["id"]:
                raise Garbage(f"answer {at + 1} of a batch does not belong to request {at + 1}")
            answers[at] = self._outcome(requests[at], {"id": body["id"], **one})
        return True

    def _introduce(self, process: StdioProcess) -> Identity:
        id_ = process.next_id()
        hello = {"id": id_, "op": "hello", "protocol": stdio_lines.PROTOCOL}
        process.send(stdio_lines.write_line(hello))
        process.begin(self._start_deadline)
        self._first = b""
        try:
            document = stdio_lines.read_line(process.take_line())
        finally:
            self._first = bytes(process.read)
        process.check_nothing_left()
        if document["id"] != id_:
            raise Garbage(_why_unknown(document["id"], {id_: 0}))
        if why := self._why_not("hello", document):
            raise Garbage(why)
        return _identity_of(document)

    def _explain(self, outcome: Outcome) -> str:
        match outcome:
            case TimedOut(deadline):
                seen = (
                    f"it wrote {shown(self._first)} and no end of line"
                    if self._first
                    else ("it wrote nothing")
                )
                return (
                    f"{self._command!r} gave no answer to hello within {deadline:g} s: {seen}; "
                    "end each answer with a newline and flush it."
                )
            case Crashed(how):
                how = how.removesuffix(f" {IN_MID_CALL}")
                return f"{self._command!r} gave no answer to hello: its process {how}."
            case OutOfProtocol(why):
                return f"{self._command!r} gave no answer to hello but {why}."
        raise AssertionError(outcome)


def _start(command: str, *, folder: Path, memory_max: int | None) -> StdioProcess:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise KitError(
            f"stdio:{command} cannot be read: {error}.", "Quote it as for a shell."
        ) from error
    if not words or not words[0]:
        raise KitError(f"stdio:{command} names no program.", "Write `stdio:./my-codec --serve`.")
    try:
        return StdioProcess(words, folder=folder, memory_max=memory_max)
    except FileNotFoundError as error:
        hint = f"It is looked for in PATH and, with a slash in its name, from {folder}."
        if Path(folder, words[0]).exists():
            hint = "The file is there, but not the interpreter that its first line names."
        raise KitError(f"There is no program {words[0]!r}.", hint) from error
    except PermissionError as error:
        hint = f"Make it executable (`chmod +x {words[0]}`), or name its interpreter first."
        raise KitError(f"{words[0]!r} cannot be run: permission denied.", hint) from error
    except OSError as error:
        hint = "A script needs a first line such as `#!/usr/bin/env python3`."
        raise KitError(f"{words[0]!r} cannot be run: {error.strerror}.", hint) from error


def _identity_of(document: Mapping[str, Any]) -> Identity:
    match document:
        case {"ok": {"protocol": protocol}} if protocol != stdio_lines.PROTOCOL:
            raise KitError(
                f"The implementation speaks protocol {protocol!r} over stdio.",
                f"This kit speaks protocol {stdio_lines.PROTOCOL}.",
            )
        case {"ok": {"name": str(name), "version": str(version), "capabilities": [*claimed]} as ok}:
            language, types = ok.get("language", "unknown language"), ok.get("types")
            is_form = isinstance(language, str) and isinstance(types, list | None)
            if is_form and all(isinstance(one, str) for one in claimed):
                capabilities = known_capabilities(claimed, name)
                for placed in capabilities & {Capability.BUFFERS, Capability.VIEWS}:
                    raise KitError(
                        f"{name} claims {placed} over stdio, where the kit cannot place memory.",
                        "Leave it out, and judge a build with sanitizers.",
                    )
                types = claimed_types.plain_claim(types, name)
                return Identity(name, version, capabilities, language, types)
        case {"error": error} | {"unsupported": error}:
            raise KitError(
                f"The implementation refuses hello: {error!r:.200}.",
                f"Answer protocol {stdio_lines.PROTOCOL} with {FORM}.",
            )
    raise KitError(
        f"The answer to hello is out of form: {document!r:.200}.",
        f"It holds name, version, language and capabilities: {FORM}.",
    )


def _lint(documents: Sequence[Mapping[str, Any]]) -> None:
    from torq_conformance.implementations import stdio_lint

    for document in documents:
        if why := stdio_lint.why_not_request(document):
            raise KitError(f"The kit asks out of form: {why}.", "This is a bug of the kit.")


def _why_unknown(id_: int, ids: Mapping[int, int]) -> str:
    if id_ in ids:
        return f"a second answer to request {id_}"
    if 0 < id_ < min(ids):
        return f"another answer to request {id_}, which was answered before"
    return f"an answer to request {id_}, which was never made"

"""Serves an implementation in Python over stdin and stdout: an example, and what tests talk to.

    python -m torq_conformance.implementations.stdio_server python:package.module:Name

An exception that is no refusal ends the server with a traceback, as it does in most languages.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.implementations import python_calls, stdio_json
from torq_conformance.implementations.claimed_types import claimed_registry
from torq_conformance.implementations.locate import load_python
from torq_conformance.implementations.outcomes import Accepted, Crashed
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.implementations.stdio_frames import END, LENGTH, REFUSED
from torq_conformance.implementations.stdio_lines import PROTOCOL, write_line
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.rejection import Rejected, Unsupported
from torq_specs.faults import FaultKind
from torq_specs.registry import Registry

READ_MAX = 1 << 20
"""Bytes taken from stdin at once."""


class Server:
    """Answers the requests of one kit until it hangs up."""

    def __init__(self, implementation: Any, registry: Registry) -> None:
        self._implementation = implementation
        self._identity = python_calls.identify(implementation, "the implementation")
        self._registry = claimed_registry(self._identity, registry)
        self._data = b""

    def serve(self) -> None:
        """Read all there is, answer all, write once; by lines, and by frames when asked to."""
        answers: list[bytes] = []
        while self._fill(answers):
            while b"\n" in self._data:
                line, _, self._data = self._data.partition(b"\n")
                request = _read(line)
                answers.append(write_line({"id": request["id"], **self.answer(request)}))
                if request["op"] == "frames":
                    self._serve_frames(answers)

    def _fill(self, answers: list[bytes]) -> bool:
        """Write what is answered and wait for more; False when the kit hangs up."""
        rest = memoryview(b"".join(answers))
        answers.clear()
        while rest:
            rest = rest[os.write(1, rest) :]
        data = os.read(0, READ_MAX)
        self._data += data
        return bool(data)

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one request, but for its id."""
        match request["op"]:
            case "hello":
                return {"ok": self._hello()}
            case "frames":
                return {"ok": {}}
            case "batch":
                return {"ok": [self.answer(one) for one in request["requests"]]}
            case op if op not in {*Operation}:
                return {"unsupported": True}
        return self._call(self._request(request))

    def _request(self, document: Mapping[str, Any]) -> Request:
        try:
            return stdio_json.request_from_json(document, self._registry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            sys.exit(f"{document['op']} cannot be read: {type(error).__name__}: {error}")

    def _hello(self) -> dict[str, Any]:
        identity = self._identity
        types = {} if identity.types is None else {"types": [*identity.types]}
        return {
            "protocol": PROTOCOL,
            "name": identity.name,
            "version": identity.version,
            "language": identity.language,
            # No memory can be placed across a pipe.
            "capabilities": sorted({*identity.capabilities, "frames"} - {"buffers", "views"}),
            **types,
        }

    def _call(self, request: Request) -> dict[str, Any]:
        match python_calls.call(self._implementation, request):
            case Accepted(value):
                return {"ok": stdio_json.answer_to_json(request, value, self._registry)}
            case Rejected() as refusal:
                return {"error": stdio_json.refusal_to_json(refusal)}
            case Unsupported():
                return {"unsupported": True}
            case Crashed(how, detail):
                sys.exit(f"{detail}{how}")
            case outcome:
                sys.exit(str(outcome))

    def _serve_frames(self, answers: list[bytes]) -> None:
        is_going_on = True
        while is_going_on:
            messages, is_going_on = self._cut()
            answers += map(_frame, self._roundtrip_many(messages) if messages else ())
            is_going_on = is_going_on and self._fill(answers)

    def _cut(self) -> tuple[list[bytes], bool]:
        """The whole frames that are there; False when the end of the mode is behind them."""
        messages, at, data = [], 0, self._data
        while at + LENGTH.size <= len(data) and data[at : at + LENGTH.size] != END:
            (size,) = LENGTH.unpack_from(data, at)
            end = at + LENGTH.size + size
            if end > len(data):
                break
            messages.append(data[at + LENGTH.size : end])
            at = end
        is_last = data[at : at + LENGTH.size] == END
        self._data = data[at + LENGTH.size * is_last :]
        return messages, not is_last

    def _roundtrip_many(self, messages: Sequence[bytes]) -> Iterator[bytes | Rejected]:
        many = getattr(self._implementation, "roundtrip_many", None)
        if callable(many):
            yield from many(messages)
            return
        for message in messages:
            match python_calls.call(self._implementation, Request(Operation.ROUNDTRIP, message)):
                case Accepted(bytes(data)):
                    yield data
                case Rejected() as refusal:
                    yield refusal
                case outcome:
                    sys.exit(str(outcome))


def _read(line: bytes) -> Mapping[str, Any]:
    try:
        request = json.loads(line)
    except ValueError as error:
        sys.exit(f"a line is no JSON: {error}")
    if not isinstance(request, dict) or not {"id", "op"} <= request.keys():
        sys.exit(f"a line is no request with id and op: {line[:80]!r}")
    return request


def _frame(answer: bytes | Rejected) -> bytes:
    if isinstance(answer, Rejected):
        row = [*FaultKind].index(FaultKind(answer.kind)) + 1
        return LENGTH.pack(REFUSED + row)
    return LENGTH.pack(len(answer)) + answer


def main() -> None:
    """Serve the implementation that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("implementation", help="reference or python:package.module:Name")
    parser.add_argument("--vendor-specs", metavar="MODULE")
    options = parser.parse_args()
    try:
        registry = registry_with(options.vendor_specs)
        Server(load_python(options.implementation), registry).serve()
    except KitError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

"""Implementations over stdio that misbehave: ``python hostile_stdio.py way``.

Each answers rightly until it is asked to decode the one message that it takes ill. They share
nothing with the kit: a few lines of Python that know the protocol from its page.
"""

# ruff: noqa: ARG005  # every way is given the id of the request
from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

BAD = b"bad".hex()
HEADER = {
    "relay_domain": 1,
    "version": 1,
    "source": 1,
    "flags": 0,
    "sequence": "7",
    "timestamp": "1700000000000000000",
}
MESSAGE: dict[str, Any] = {"header": HEADER, "tlvs": []}

Document = dict[str, Any]


def write(data: bytes) -> None:
    """All of it, though the kit be slow."""
    while data:
        data = data[os.write(1, data) :]


def say(document: object, end: bytes = b"\n") -> None:
    """One answer."""
    write(json.dumps(document).encode() + end)


def right(request: Document) -> Document:
    """The answer of an implementation that works; it tells the process in ``flags``."""
    operation = request["op"]
    if operation == "hello":
        claims = sys.argv[2].split(",") if len(sys.argv) > 2 else ["decode", "encode"]
        ok: object = {"name": "hostile", "version": "1", "language": "C", "capabilities": claims}
    elif operation == "decode":
        ok = {**MESSAGE, "header": {**HEADER, "timestamp": str(os.getpid())}}
    elif operation == "batch":
        return {"id": request["id"], "ok": [right(one) for one in request["requests"]]}
    else:
        ok = request.get("data", "")
    return {"id": request["id"], "ok": ok}


def changed(**header: object) -> Document:
    """A message with an odd header."""
    return {"header": {**HEADER, **header}, "tlvs": []}


def ok(answer: object) -> Callable[[int], None]:
    """Give this answer."""
    return lambda id_: say({"id": id_, "ok": answer})


def answer(**document: object) -> Callable[[int], None]:
    """Give this answer behind the id."""
    return lambda id_: say({"id": id_, **document})


def line(data: bytes) -> Callable[[int], None]:
    """Write these bytes."""
    return lambda id_: write(data)


def right_and_then(data: bytes) -> Callable[[int], None]:
    """Answer, and write more at once."""
    return lambda id_: write(json.dumps({"id": id_, "ok": MESSAGE}).encode() + b"\n" + data)


def end_by(number: int) -> Callable[[int], None]:
    """Die of a signal."""

    def end(id_: int) -> None:
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    return end


def hang(id_: int) -> None:
    """Wait for what never comes."""
    time.sleep(10**6)


def hang_through_signals(id_: int) -> None:
    """Cannot be asked to end."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGABRT, signal.SIGTERM})
    time.sleep(10**6)


def close_and_stay(*descriptors: int) -> Callable[[int], None]:
    """Close some of stdin, stdout and stderr, and live on."""

    def close(id_: int) -> None:
        for descriptor in descriptors:
            os.close(descriptor)
        time.sleep(10**6)

    return close


def close_stdin_and_answer(id_: int) -> None:
    """Want no more requests."""
    os.close(0)
    ok(MESSAGE)(id_)
    time.sleep(10**6)


def flood(descriptor: int, data: bytes) -> Callable[[int], None]:
    """Write the same thing again and again."""

    def write_forever(id_: int) -> None:
        while True:
            os.write(descriptor, data)

    return write_forever


def flood_stderr_and_answer(id_: int) -> None:
    """Tell stderr more than any pipe holds, and answer."""
    for _ in range(1000):
        os.write(2, b"warning: still here\n" * 100)
    ok(MESSAGE)(id_)


def leave_a_child(id_: int) -> None:
    """Leave a process that keeps all pipes open, and end."""
    if os.fork():
        os._exit(4)
    time.sleep(10**6)


def both(id_: int) -> None:
    """Fork, and let both processes answer."""
    os.fork()
    ok(MESSAGE)(id_)


def dump_core(id_: int) -> None:
    """Read where nothing is."""
    ctypes.string_at(0)


def take_all_memory(id_: int) -> None:
    """Keep all that was ever asked for."""
    kept = []
    while True:
        kept.append(bytearray(1 << 26))


def half_a_line_and_end(id_: int) -> None:
    """End in mid-answer."""
    write(b'{"id":')
    os._exit(0)


WAYS: dict[str, Callable[[int], None]] = {
    "unknown id": lambda id_: say({"id": id_ + 1000, "ok": MESSAGE}),
    "earlier id": lambda id_: say({"id": 1, "ok": MESSAGE}),
    "no id": lambda id_: say({"ok": MESSAGE}),
    "id as text": lambda id_: say({"id": str(id_), "ok": MESSAGE}),
    "two answers": lambda id_: write(2 * (json.dumps({"id": id_, "ok": MESSAGE}) + "\n").encode()),
    "a log line behind": right_and_then(b"decoded one message\n"),
    "a log line": line(b"decoding 3 bytes\n"),
    "no JSON": line(b'{"id": 1, "ok": \n'),
    "NaN": lambda id_: write(b'{"id": %d, "ok": NaN}\n' % id_),
    "no UTF-8": line(b'{"id": "\xff"}\n'),
    "a mark": line(b'\xef\xbb\xbf{"id": 1}\n'),
    "empty line": line(b"\n"),
    "a list": line(b"[]\n"),
    "deep": line(b"[" * 100_000 + b"]" * 100_000 + b"\n"),
    "HTML": line(b"<!DOCTYPE html><html></html>\n"),
    "traceback": line(b"Traceback (most recent call last):\n"),
    "flood of stdout": flood(1, b"x" * 65536),
    "half a line": line(b'{"id":'),
    "half a line and end": half_a_line_and_end,
    "nothing but the id": answer(),
    "two verdicts": answer(ok=MESSAGE, error={"kind": "InvalidMagic"}),
    "error null": answer(ok=MESSAGE, error=None),
    "unsupported": answer(unsupported=True),
    "unsupported false": answer(unsupported=False),
    "error as text": answer(error="InvalidMagic"),
    "error without kind": answer(error={"context": {}}),
    "error with list": answer(error={"kind": "InvalidMagic", "context": [1]}),
    "error": answer(error={"kind": "TruncatedTLV", "context": {"offset": "2", "tlv_type": 1}}),
    "error alone": answer(error={"kind": "InvalidMagic"}),
    "bytes for a message": ok("efbeadde"),
    "no tlvs": ok({"header": HEADER}),
    "wide integer as a number": ok(changed(sequence=7)),
    "small integer as text": ok(changed(flags="0")),
    "integer as float": ok(changed(flags=0.0)),
    "integer as bool": ok(changed(flags=False)),
    "integer with a plus": ok(changed(sequence="+7")),
    "upper-case hex": ok({"header": HEADER, "tlvs": [{"type": 200, "value": "AB"}]}),
    "right": ok(MESSAGE),
    "CRLF": lambda id_: say({"id": id_, "ok": MESSAGE}, b"\r\n"),
    "exit 0": lambda id_: os._exit(0),
    "exit 3": lambda id_: os._exit(3),
    "abort": lambda id_: os.abort(),
    "kill": end_by(signal.SIGKILL),
    "pipe": end_by(signal.SIGPIPE),
    "segfault": dump_core,
    "hang": hang,
    "hang through signals": hang_through_signals,
    "close stdout": close_and_stay(1),
    "close all": close_and_stay(0, 1, 2),
    "close stdin": close_stdin_and_answer,
    "flood of stderr": flood(2, b"warning: still here\n" * 1000),
    "much on stderr": flood_stderr_and_answer,
    "leave a child": leave_a_child,
    "fork": both,
    "all memory": take_all_memory,
}

HELLOS: dict[str, Callable[[int], None]] = {
    "banner": line(b"my-codec 1.0 ready, listening\n"),
    "mark": lambda id_: write(
        b"\xef\xbb\xbf" + json.dumps(right({"op": "hello", "id": 1})).encode() + b"\n"
    ),
    "HTML": line(b"<html></html>\n"),
    "traceback": line(b"Traceback (most recent call last):\n"),
    "binary": line(b"\x7fELF\x00\x80\n"),
    "no newline": lambda id_: say(right({"op": "hello", "id": id_}), b""),
    "nothing": hang,
    "exit": lambda id_: sys.exit("cannot find my configuration"),
    "refuses": answer(error={"kind": "UnsupportedVersion"}),
    "other protocol": ok({"protocol": 2}),
    "out of form": ok({"name": "hostile"}),
    "pretty": lambda id_: write(json.dumps(right({"op": "hello", "id": 1}), indent=1).encode()),
    "claims magic": ok({"name": "x", "version": "1", "language": "C", "capabilities": ["magic"]}),
    "claims nothing": ok({"name": "x", "version": "1", "language": "C", "capabilities": []}),
    "claims frames": ok({"name": "x", "version": "1", "language": "C", "capabilities": ["frames"]}),
    "claims buffers": ok(
        {"name": "x", "version": "1", "language": "C", "capabilities": ["decode", "buffers"]}
    ),
    "echo": lambda id_: say({"id": id_, "op": "hello", "protocol": 1}),
}


def misbehave(way: str, request: Document) -> bool:
    """Whether the way begins with this request, and has begun."""
    if way.startswith("hello: "):
        HELLOS[way.removeprefix("hello: ")](request["id"])
    elif way in WAYS and request.get("data") == BAD:
        WAYS[way](request["id"])
    elif way in BATCHES and request["op"] == "batch":
        BATCHES[way](request)
    elif way in FRAMES and request["op"] == "frames":
        say({"id": request["id"], "ok": {}})
        FRAMES[way]()
    else:
        return False
    return True


def in_batch(make: Callable[[list[Document]], list[Any]]) -> Callable[[Document], None]:
    """Answer a batch by what ``make`` makes of the right answers."""
    return lambda request: say({**right(request), "ok": make(right(request)["ok"])})


BATCHES: dict[str, Callable[[Document], None]] = {
    "no batches": lambda request: say({"id": request["id"], "unsupported": True}),
    "no ids": in_batch(lambda some: [{"ok": one["ok"]} for one in some]),
    "one batched is refused": in_batch(lambda some: [{"error": {"kind": "X"}}, *some[1:]]),
    "one batched is odd": in_batch(lambda some: [{"ok": 7}, *some[1:]]),
    "one batched too few": in_batch(lambda some: some[1:]),
    "batched backwards": in_batch(lambda some: some[::-1]),
    "batched texts": in_batch(lambda some: ["efbeadde" for one in some]),
    "a batch is refused": lambda request: say({"id": request["id"], "error": {"kind": "X"}}),
}


def frames() -> list[bytes]:
    """Read whatever requests there are, at least one; the kit sends few of them at once."""
    data, found = os.read(0, 1 << 20), []
    while data[:4] not in {b"", b"\xff" * 4}:
        end = 4 + int.from_bytes(data[:4], "little")
        found.append(data[4:end])
        data = data[end:]
    return found


def frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "little") + data


def in_frames(make: Callable[[list[bytes]], bytes]) -> Callable[[], None]:
    """Answer the first messages with what ``make`` makes of them, and wait."""

    def answer_frames() -> None:
        write(make(frames()))
        time.sleep(10**6)

    return answer_frames


def end_among_frames() -> None:
    write(frame(frames()[0]))
    os._exit(0)


FRAMES: dict[str, Callable[[], None]] = {
    "right frames": in_frames(lambda some: b"".join(map(frame, some))),
    "a refusal": in_frames(
        lambda some: frame(some[0]) + b"\x03\0\0\x80" + b"".join(map(frame, some[2:]))
    ),
    "row 0": in_frames(lambda some: b"\0\0\0\x80"),
    "row 99": in_frames(lambda some: b"\x63\0\0\x80"),
    "length of text": in_frames(lambda some: b"decoded " * 100),
    "length too large": in_frames(lambda some: (1 << 21).to_bytes(4, "little") + bytes(1 << 21)),
    "half a frame": in_frames(lambda some: frame(some[0])[:-1]),
    "half a length": in_frames(lambda some: b"\1\0"),
    "one too few": in_frames(lambda some: b"".join(map(frame, some[1:]))),
    "one too many": in_frames(lambda some: b"".join(map(frame, [*some, some[0]]))),
    "the end among them": end_among_frames,
    "never reads": lambda: time.sleep(10**6),
}


def main() -> None:
    """Answer until the kit hangs up."""
    way = sys.argv[1]
    held: list[Document] = []
    for text in iter(sys.stdin.buffer.readline, b""):
        request = json.loads(text)
        if misbehave(way, request):
            continue
        if way == "backwards" and request["op"] == "decode":
            # Three at a time, the last one first.
            held.append(right(request))
            if len(held) == 3:
                for one in reversed(held):
                    say(one)
                held.clear()
            continue
        say(right(request))


if __name__ == "__main__":
    main()

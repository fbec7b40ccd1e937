"""Each misbehaving program gets the right outcome, in time, and the next call works."""

from __future__ import annotations

import itertools
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.errors import KitError
from torq_conformance.implementations import stdio_process
from torq_conformance.implementations.child import GRACE
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.implementations.stdio import StdioAdapter
from torq_conformance.rejection import Rejected, Unsupported

Start = Callable[..., StdioAdapter]
SLACK = 3.0
"""Seconds by which a busy machine may be late."""

GOOD = Request(Operation.DECODE, b"good")
BAD = Request(Operation.DECODE, b"bad")
PROGRAM = shlex.join([sys.executable, "-S", str(Path(__file__).with_name("hostile_stdio.py"))])


@pytest.fixture
def stdio() -> Iterator[Start]:
    """Start a hostile program; it is closed after the test."""
    with ExitStack() as started:

        def start(way: str, claims: str = "decode,encode", **options: Any) -> StdioAdapter:
            command = f"{PROGRAM} {shlex.quote(way)} {claims}"
            deadline = options.pop("deadline", 10.0)
            options = {"deadline": deadline, "first_deadline": deadline, **options}
            adapter = StdioAdapter(command, **options)
            started.callback(adapter.close)
            return adapter

        yield start


def is_right(outcome: Outcome) -> bool:
    return isinstance(outcome, Accepted)


def crashed(how: str) -> Callable[[Outcome], bool]:
    return lambda outcome: isinstance(outcome, Crashed) and outcome.how == how


def timed_out(detail: str = "") -> Callable[[Outcome], bool]:
    return lambda outcome: isinstance(outcome, TimedOut) and detail in outcome.detail


def odd(why: str) -> Callable[[Outcome], bool]:
    return lambda outcome: isinstance(outcome, OutOfProtocol) and why in outcome.why


def is_right_or_more(outcome: Outcome) -> bool:
    more = odd("more than was asked for")(outcome) or odd("which was answered before")(outcome)
    return is_right(outcome) or more


def refused(kind: str, **context: object) -> Callable[[Outcome], bool]:
    return lambda outcome: (
        isinstance(outcome, Rejected) and (outcome.kind, outcome.context) == (kind, context)
    )


GALLERY: dict[str, Callable[[Outcome], bool]] = {
    "unknown id": odd("an answer to request 1003, which was never made"),
    "earlier id": odd("another answer to request 1, which was answered before"),
    "no id": odd("an answer without the id of a request"),
    "id as text": odd("an answer without the id of a request"),
    "two answers": odd("more than was asked for"),
    "a log line behind": odd("more than was asked for: b'decoded one message"),
    "a log line": odd("a banner or a log belongs on stderr"),
    "no JSON": odd("it looks like JSON that is cut, or spread over several lines"),
    "NaN": odd("a line that is no JSON"),
    "no UTF-8": odd("a line that is no JSON"),
    "a mark": odd("it begins with a byte order mark"),
    "empty line": odd("write one line per answer and no empty ones"),
    "a list": odd("a line that is no JSON object"),
    "deep": odd("a line that is no JSON"),
    "HTML": odd("it looks like HTML or XML"),
    "traceback": odd("a Python traceback belongs on stderr"),
    "flood of stdout": odd("a line of more than 65,536 bytes: b'xxx"),
    "half a line": timed_out(),
    "half a line and end": crashed("exited with code 0 in mid-line"),
    "nothing but the id": odd("this one has nothing else"),
    "two verdicts": odd("this one has ok, error"),
    "error null": odd("this one has ok, error"),
    "unsupported": lambda outcome: isinstance(outcome, Unsupported),
    "unsupported false": odd("unsupported is False, not true"),
    "error as text": odd("error has no kind"),
    "error without kind": odd("error has no kind"),
    "error with list": odd("error holds something other than kind and an object context"),
    "error": refused("TruncatedTLV", offset=2, tlv_type=1),
    "error alone": refused("InvalidMagic"),
    "bytes for a message": odd("a message has exactly the keys header and tlvs"),
    "no tlvs": odd("a message has exactly the keys header and tlvs"),
    "wide integer as a number": odd(
        "header.sequence is 7, not a decimal string, as integers of 64 bits and more are"
    ),
    "small integer as text": odd("header.flags is '0', not an integer"),
    "integer as float": odd("header.flags is 0.0, not an integer"),
    "integer as bool": odd("header.flags is False, not an integer"),
    "integer with a plus": odd("header.sequence is '+7', not a decimal string"),
    "upper-case hex": odd("tlvs[0].value is 'AB', not bytes in lowercase hex"),
    "right": is_right,
    "CRLF": is_right,
    "exit 0": crashed("exited with code 0 in mid-call"),
    "exit 3": crashed("exited with code 3 in mid-call"),
    "abort": crashed("died of signal 6 (SIGABRT)"),
    "kill": crashed("died of signal 9 (SIGKILL)"),
    "pipe": crashed("died of signal 13 (SIGPIPE)"),
    "segfault": crashed("died of signal 11 (SIGSEGV)"),
    "hang": timed_out(),
    "hang through signals": timed_out(),
    "close stdout": crashed("closed its stdout in mid-call"),
    "close all": crashed("closed its stdout in mid-call"),
    # Nobody notices before the next request.
    "close stdin": is_right,
    "flood of stderr": timed_out("warning: still here"),
    "much on stderr": is_right,
    "leave a child": crashed("exited with code 4 in mid-call"),
    # The second answer may come with the first one or after it.
    "fork": is_right_or_more,
    "all memory": crashed("exited with code 1 in mid-call"),
}

HANGS = {
    way for way in GALLERY if way in {"half a line", "flood of stderr"} or way.startswith("hang")
}
AFTERWARDS: dict[str, Callable[[Outcome], bool]] = {
    "close stdin": crashed("closed its stdin in mid-call"),
}
"""What the next call gives, where that is not an answer."""


@pytest.mark.parametrize("way", GALLERY)
def test_outcome_is_right_in_time_and_the_next_call_works(
    way: str, stdio: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "flood of stdout":
        monkeypatch.setattr(stdio_process, "LINE_MAX", 65536)
    deadline = 0.5 if way in HANGS else 10.0
    adapter = stdio(way, deadline=deadline, memory_max=(1 << 27) if way == "all memory" else None)
    assert is_right(adapter.call(GOOD))
    started = time.monotonic()
    outcome = adapter.call(BAD)
    elapsed = time.monotonic() - started
    assert GALLERY[way](outcome), outcome
    assert elapsed < deadline + GRACE + SLACK
    if way in AFTERWARDS:
        outcome = adapter.call(GOOD)
        assert AFTERWARDS[way](outcome), outcome
    if way == "fork":
        # The second answer comes whenever the second process runs.
        later = (adapter.call(GOOD) for _ in range(1000))
        outcome = next(o for o in itertools.chain((outcome,), later) if not is_right(o))
        assert is_right_or_more(outcome), outcome
    for _ in range(2):
        assert is_right(adapter.call(GOOD))


@pytest.mark.parametrize("way", ["exit 3", "hang", "a log line"])
def test_failure_among_several_is_that_of_the_request_that_fails(way: str, stdio: Start) -> None:
    adapter = stdio(way, deadline=0.5 if way == "hang" else 10.0)
    outcomes = adapter.call_together([GOOD, GOOD, BAD, GOOD])
    assert [type(outcome) for outcome in outcomes[:2]] == [Accepted, Accepted]
    assert GALLERY[way](outcomes[2]), outcomes
    assert outcomes[3] == Lost("request 3 of 4 ended it")


@pytest.mark.parametrize("way", ["two answers", "right", "unsupported"])
def test_several_asked_at_once_are_all_answered(way: str, stdio: Start) -> None:
    outcomes = stdio(way).call_together([GOOD, BAD, GOOD])
    if way == "two answers":
        assert sum(isinstance(outcome, OutOfProtocol) for outcome in outcomes) == 1
        assert any("a second answer to request" in getattr(o, "why", "") for o in outcomes)
    else:
        assert [GALLERY["right"](outcomes[0]), GALLERY[way](outcomes[1])] == [True, True]


def test_answers_may_come_in_any_order(stdio: Start) -> None:
    adapter = stdio("backwards")
    some = [Request(Operation.DECODE, bytes([at])) for at in range(6)]
    assert all(is_right(outcome) for outcome in adapter.call_together(some))
    assert adapter.call_together([]) == []


def test_requests_larger_than_any_pipe_do_not_dead_lock(stdio: Start) -> None:
    adapter = stdio("right", deadline=30.0)
    some = [Request(Operation.ROUNDTRIP, bytes([at]) * 1_000_000) for at in range(12)]
    outcomes = adapter.call_together(some)
    assert outcomes == [Accepted(request.argument) for request in some]


def test_process_that_reads_nothing_is_ended_though_requests_are_large(stdio: Start) -> None:
    adapter = stdio("hang", deadline=0.5)
    outcomes = adapter.call_together([BAD, Request(Operation.DECODE, bytes(5_000_000))])
    assert isinstance(outcomes[0], TimedOut)


def test_spent_budget_is_lost_and_says_why(stdio: Start) -> None:
    adapter = stdio("exit 3", restarts=1)
    assert [type(adapter.call(BAD)) for _ in range(3)] == [Crashed, Crashed, Lost]
    spent = "restart budget of 1 spent; at last the process exited with code 3 in mid-call"
    assert adapter.call(GOOD) == Lost(spent)
    assert adapter.call_together([GOOD, GOOD]) == [Lost(spent), Lost(spent)]
    assert adapter.roundtrip_many([b"good"]) == [None]


HELLOS = {
    "banner": "a banner or a log belongs on stderr",
    "mark": "it begins with a byte order mark",
    "HTML": "is this the right program?",
    "traceback": "a Python traceback belongs on stderr",
    "binary": "it is no text in UTF-8",
    "no newline": "and no end of line; end each answer with a newline and flush it",
    "nothing": "it wrote nothing; end each answer with a newline and flush it",
    "exit": "its process exited with code 1. Its last output was:\ncannot find my configuration",
    "refuses": "The implementation refuses hello: {'kind': 'UnsupportedVersion'}",
    "other protocol": "The implementation speaks protocol 2",
    "out of form": "The answer to hello is out of form: {'id': 1, 'ok': {'name': 'hostile'}}",
    "pretty": "it looks like JSON that is cut, or spread over several lines",
    "claims magic": "x claims unknown capabilities: magic",
    "claims nothing": "x claims neither decode nor encode",
    "claims frames": "x claims neither decode nor encode",
    "claims buffers": "x claims buffers over stdio, where the kit cannot place memory",
    "echo": "The answer to hello is out of form",
}


@pytest.mark.parametrize("way", HELLOS)
def test_wrong_hello_is_explained(way: str, stdio: Start) -> None:
    with pytest.raises(KitError) as raised:
        stdio(f"hello: {way}", start_deadline=0.5 if way.startswith("no") else 10.0)
    assert HELLOS[way] in str(raised.value)


@pytest.mark.parametrize(
    ("command", "reported"),
    [
        ("./nowhere --serve", "There is no program './nowhere'. It is looked for in PATH and"),
        ("./plain", "'./plain' cannot be run: permission denied. Make it executable"),
        ("./shebang", "There is no program './shebang'. The file is there, but not the interp"),
        ("./empty", "'./empty' cannot be run: Exec format error. A script needs a first line"),
        ("'./open", "cannot be read: No closing quotation"),
        ("''", "stdio:'' names no program."),
    ],
)
def test_command_that_cannot_be_started_is_explained(
    command: str, reported: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("plain", ""), ("shebang", "#!/no/such/python\n"), ("empty", "hello\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o644 if name == "plain" else 0o755)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KitError) as raised:
        StdioAdapter(command)
    assert reported in str(raised.value)


MESSAGES = [bytes([at]) * 50 for at in range(200)]
NOTHING = [None] * len(MESSAGES)
FRAMES: dict[str, list[bytes] | list[None] | list[bytes | None]] = {
    "right frames": MESSAGES,
    "a refusal": [MESSAGES[0], None, *MESSAGES[2:]],
    **dict.fromkeys(
        ["row 0", "row 99", "length of text", "length too large", "half a frame", "half a length"],
        NOTHING,
    ),
    **dict.fromkeys(["one too few", "one too many", "the end among them", "never reads"], NOTHING),
}


@pytest.mark.parametrize("way", FRAMES)
def test_frames_give_messages_or_nothing(way: str, stdio: Start) -> None:
    waits = {"half a frame", "half a length", "one too few", "never reads"}
    adapter = stdio(way, "decode,encode,frames", deadline=0.5 if way in waits else 10.0)
    assert adapter.roundtrip_many(MESSAGES) == FRAMES[way]
    if FRAMES[way] is NOTHING:
        assert is_right(adapter.call(GOOD))


BATCHES: dict[str, list[bytes] | list[None] | list[bytes | None]] = {
    "no batches": MESSAGES,
    "no ids": MESSAGES,
    "one batched is refused": [None, *MESSAGES[1:]],
    "one batched is odd": [None, *MESSAGES[1:]],
    **dict.fromkeys(["one batched too few", "batched backwards", "batched texts"], NOTHING),
    "a batch is refused": NOTHING,
}


@pytest.mark.parametrize("way", BATCHES)
def test_batches_give_messages_or_nothing(way: str, stdio: Start) -> None:
    adapter = stdio(way)
    assert adapter.roundtrip_many(MESSAGES) == BATCHES[way]
    assert adapter.roundtrip_many(MESSAGES) == BATCHES[way]
    assert is_right(adapter.call(GOOD))


def test_every_way_of_the_program_is_tried() -> None:
    import hostile_stdio

    assert set(GALLERY) == set(hostile_stdio.WAYS)
    assert set(HELLOS) == set(hostile_stdio.HELLOS)
    assert set(BATCHES) == set(hostile_stdio.BATCHES)
    assert set(FRAMES) == set(hostile_stdio.FRAMES)


@pytest.mark.parametrize("size", [0, 1, 74, 100_000])
def test_batches_of_any_size_come_back(size: int, stdio: Start) -> None:
    messages = [bytes([at % 256]) * size for at in range(1100 if size < 1000 else 40)]
    assert stdio("right").roundtrip_many(messages) == messages
    assert stdio("right").roundtrip_many([]) == []

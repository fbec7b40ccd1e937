"""RLY-START and RLY-STOP: stale files, second instances, and the end at SIGTERM."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial

from torq_conformance.errors import KitError
from torq_conformance.relay import messages
from torq_conformance.relay.actions import Action, Do, burst, connect, send
from torq_conformance.relay.cases import Bench, SceneCase
from torq_conformance.relay.expected import Problem
from torq_conformance.relay.process import RelayProcess
from torq_conformance.relay.stage import STOP_MAX, STOP_SECONDS, Stage
from torq_specs.relay_rules import RelayDomainRule

SECOND_SECONDS = 10.0
"""How long a second instance may take to find out that it is one."""

BEHIND_BYTES = (300_000, 600_000, 1_000_000)
"""More than a socket's buffer: the relay itself holds a part of it."""


def _plain(stage: Stage, rule: str) -> list[Problem]:
    """Whether a relay serves two new clients, as part of a case about ``rule``."""
    domain = int(stage.rule.domain)
    stage.begin()
    stage.findings.disturb(rule)
    for action in (
        *connect("u", "v"),
        send("u", messages.message(domain, 1)),
        send("v", messages.message(domain, 2)),
    ):
        if not stage.findings.is_stuck:
            stage.act(action)
    return stage.finish()


def starts(rule: RelayDomainRule) -> Iterator[SceneCase]:
    """What lies at the path before, and who else is started there."""
    yield SceneCase("RLY-START", "behind a relay that was killed", _after_kill)
    yield SceneCase("RLY-START", "a socket file that nobody serves", _stale)
    yield SceneCase("RLY-START", "a folder that is not there", _folder)
    yield SceneCase("RLY-START", "a second instance", partial(_second, 1))
    yield SceneCase("RLY-START", "three more instances at once", partial(_second, 3))
    yield SceneCase("RLY-START", "stopped and started again", _restarted)


def _starts(bench: Bench, starting: Callable[[], RelayProcess], what: str) -> list[Problem]:
    try:
        relay = starting()
    except KitError as error:
        return [Problem(("RLY-START",), "not started", f"{what}: {error.problem}")]
    found = _plain(bench.staged(relay), "RLY-START")
    relay.kill()
    return found


def _after_kill(bench: Bench) -> list[Problem]:
    folder = bench.new_folder()
    bench.started(folder).kill()
    return _starts(bench, lambda: bench.started(folder), "behind one that was killed")


def _stale(bench: Bench) -> list[Problem]:
    folder = bench.new_folder()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(folder / "relay.sock"))
    return _starts(bench, lambda: bench.started(folder), "over a socket file that nobody serves")


def _folder(bench: Bench) -> list[Problem]:
    folder = bench.new_folder()
    path = folder / "a" / "b" / "relay.sock"
    return _starts(bench, lambda: bench.started(folder, path), "in a folder that is not there")


def _second(count: int, bench: Bench) -> list[Problem]:
    folder = bench.new_folder()
    first = bench.started(folder)
    stage = bench.staged(first)
    found = _plain(stage, "RLY-START")
    others = [bench.starting(folder) for _ in range(count)]
    for other in others:
        seconds = other.await_end(SECOND_SECONDS)
        if seconds is None:
            text = f"a second instance on a served path goes on after {SECOND_SECONDS:g} s"
            found.append(Problem(("RLY-START",), "second", text))
        elif other.exit_code == 0:
            text = "a second instance on a served path ended without an error"
            found.append(Problem(("RLY-START",), "second", text))
    if not first.path.exists():
        found.append(Problem(("RLY-START",), "path", "a second instance took the socket file away"))
    found += (
        _plain(stage, "RLY-START") if not stage.findings.is_stuck and first.path.exists() else []
    )
    for relay in (first, *others):
        relay.kill()
    return found


def _restarted(bench: Bench) -> list[Problem]:
    folder = bench.new_folder()
    relay = bench.started(folder)
    relay.signal(signal.SIGTERM)
    relay.await_end(STOP_MAX)
    relay.kill()
    return _starts(bench, lambda: bench.started(folder), "behind one that was stopped")


def stops(rule: RelayDomainRule) -> Iterator[SceneCase]:
    """SIGTERM at different moments."""
    scenes: dict[str, Callable[[Stage], None]] = {
        "without clients": _nothing,
        "with ten clients": _ten,
        "right behind one message": partial(_pending, 1, 80),
        "right behind 40 messages": partial(_pending, 40, 80),
        "right behind one large message": partial(_pending, 1, rule.size_max - 2),
        "with half a message": _half_message,
        "with a reader that does not read": _with_stalled,
        "with 1 MiB on its way": _on_its_way,
        "with 100 clients": _hundred,
    }
    for label, prepare in scenes.items():
        yield SceneCase("RLY-STOP", label, partial(_stopped, prepare))
    yield SceneCase("RLY-STOP", "while a client goes on sending", _while_sending)
    for size in BEHIND_BYTES:
        label = f"with a reader that is {size:,} bytes behind and reads on"
        yield SceneCase("RLY-STOP", label, partial(_behind, size))


def _stopped(prepare: Callable[[Stage], None], bench: Bench) -> list[Problem]:
    stage = bench.fresh()
    stage.begin()
    prepare(stage)
    if stage.findings.problems or stage.findings.is_stuck:
        return stage.finish()
    return stage.stop()


def _nothing(stage: Stage) -> None:
    """P and O are there all the same."""


def _ten(stage: Stage) -> None:
    names = [f"t{at}" for at in range(10)]
    domain = int(stage.rule.domain)
    stage.do(
        *connect(*names),
        *[send(n, messages.message(domain, i)) for i, n in enumerate(names)],
    )
    stage.settle()


def _pending(count: int, size: int, stage: Stage) -> None:
    """Nobody reads until the signal; the relay has read all that was sent."""
    domain = int(stage.rule.domain)
    stage.do(*connect("b", "a"))
    stage.settle()
    for party in stage.parties.values():
        party.client.is_reading = False
    data = [messages.message(domain, at, size) for at in range(count)]
    stage.do(burst("a", b"".join(data)))
    stage.await_consumed(stage.parties["a"], stage.deadline)


def _half_message(stage: Stage) -> None:
    domain = int(stage.rule.domain)
    stage.do(*connect("b", "a"), send("a", messages.message(domain, 1)[:50]))
    stage.settle()


def _filled(stage: Stage, size: int) -> None:
    domain, each = int(stage.rule.domain), stage.rule.size_max - 2
    stage.do(*connect("slow", "b", "a"), Action(Do.STALL, "slow"))
    stage.do(*[burst("a", messages.message(domain, at, each)) for at in range(size // each + 1)])
    stage.settle()


def _with_stalled(stage: Stage) -> None:
    _filled(stage, 3 << 20)


def _on_its_way(stage: Stage) -> None:
    """A reader begins to read when the signal comes."""
    _filled(stage, 1 << 20)
    if "slow" in stage.parties:
        slow = stage.parties["slow"]
        slow.stalled_at = -1


def _hundred(stage: Stage) -> None:
    stage.join(f"m{at}" for at in range(100))
    stage.settle()


def _while_sending(bench: Bench) -> list[Problem]:
    stage = bench.fresh()
    stage.begin()
    domain = bench.domain
    stage.do(*connect("b", "a"))
    if stage.findings.is_stuck:
        return stage.finish()
    sender = stage.parties["a"].client
    piece = b"".join(messages.message(domain, at, 120) for at in range(20))
    stage.relay.signal(signal.SIGTERM)
    began = time.monotonic()
    while not stage.relay.has_ended and time.monotonic() - began < STOP_MAX:
        if not sender.outgoing and not sender.has_ended:
            sender.write(piece)
        stage.wire.pump(lambda: stage.relay.has_ended, 0.001)
        for party in stage.parties.values():
            party.client.forget()
    seconds = time.monotonic() - began
    if seconds > STOP_SECONDS:
        text = f"while a client sent on, the relay ended {seconds:.1f} s after SIGTERM"
        return [Problem(("RLY-STOP",), "late", text)]
    if stage.relay.exit_code != 0:
        text = f"the relay ended with {stage.relay.why_ended()} after SIGTERM"
        return [Problem(("RLY-STOP",), "exit code", text)]
    return []


def _behind(size: int, bench: Bench) -> list[Problem]:
    """What a reader that is behind receives otherwise it receives at SIGTERM too.

    How much a relay holds for a reader, and for how long, is its own affair. So it is judged by
    itself: another one of the same command that is not stopped, with half as much again, and twice
    as long. Only who delivers all of that must deliver all of this.
    """
    stage = bench.fresh()
    stage.begin()
    began = time.monotonic()
    owed = _fall_behind(stage, size)
    if stage.findings.problems or stage.findings.is_stuck:
        return stage.finish()
    slow = stage.parties["slow"]
    seconds = time.monotonic() - began
    slow.stalled_at = -1
    found = stage.stop()
    count = sum(data in slow.client.seen for data in owed)
    if count < len(owed) and _is_held(bench, size * 3 // 2, seconds * 2):
        text = (
            f"a reader {size:,} bytes behind at SIGTERM received {count} of {len(owed)} messages; "
            f"without SIGTERM it receives all of {size * 3 // 2:,} bytes"
        )
        found.append(Problem(("RLY-STOP",), "undelivered", text))
    return found


def _fall_behind(stage: Stage, size: int) -> list[bytes]:
    """What was sent while ``slow`` did not read; all others have received it."""
    domain, each = int(stage.rule.domain), stage.rule.size_max - 2
    owed = [messages.message(domain, at, each) for at in range(size // each + 1)]
    stage.do(*connect("slow", "b", "a"), Action(Do.STALL, "slow"), send("a", *owed))
    stage.settle()
    return owed


def _is_held(bench: Bench, size: int, seconds: float) -> bool:
    """Whether a new relay delivers so much to a reader that did not read for so long."""
    stage = bench.fresh()
    stage.begin()
    began = time.monotonic()
    owed = _fall_behind(stage, size)
    stage.wire.pump(lambda: stage.findings.is_stuck, seconds - (time.monotonic() - began))
    # What comes behind it shows what of it does not come.
    last = messages.message(bench.domain, len(owed))
    stage.do(Action(Do.RESUME, "slow"), send("a", last))
    stage.settle()
    slow = stage.parties.get("slow")
    is_held = slow is not None and all(data in slow.client.seen for data in owed)
    stage.close()
    stage.relay.kill()
    return is_held

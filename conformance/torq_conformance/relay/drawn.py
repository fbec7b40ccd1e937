"""Schedules in which everything varies at once: a pure function of seed, index and domain."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

from torq_conformance.relay import messages
from torq_conformance.relay.actions import Action, Do, Schedule, connect
from torq_specs.header import HEADER_SIZE
from torq_specs.relay_rules import RelayDomainRule
from torq_specs.wire import checksum

NAMES = "abcdef"
ACTIONS_MAX = 16

WEIGHTS = {
    Do.CONNECT: 10,
    Do.SEND: 34,
    Do.BURST: 30,
    Do.STALL: 4,
    Do.RESUME: 5,
    Do.HALF: 3,
    Do.CLOSE: 4,
    Do.LEAVE: 3,
    Do.RESET: 3,
    Do.SETTLE: 6,
    Do.HOLD: 4,
}
STOP_ONE_IN = 40
"""A relay that was stopped is started anew, which takes as long as ten schedules."""

PAUSE_ONE_IN = 200
"""A pause takes as long as ten schedules, too."""

KINDS = {
    "own": 60,
    "foreign": 10,
    "damaged": 8,
    "odd": 12,
    "repeated": 3,
    "garbage": 2,
    "too large": 2,
}


@dataclass
class _Plan:
    """What a schedule has done so far."""

    random: random.Random
    rule: RelayDomainRule
    number: int = 0
    open: list[str] = field(default_factory=list)
    closed_to_send: set[str] = field(default_factory=set)
    rest: dict[str, bytes] = field(default_factory=dict)
    """Of each connection what it has still to send of a message that it began."""
    last: dict[str, bytes] = field(default_factory=dict)


def schedule(seed: int, index: int, rule: RelayDomainRule) -> Schedule:
    """Schedule ``index`` of a stream."""
    source = random.Random(f"{seed} {index} {int(rule.domain)}")
    plan = _Plan(source, rule)
    count = source.randint(2, 4)
    actions = connect(*NAMES[:count])
    plan.open = [*NAMES[:count]]
    for _ in range(source.randint(1, ACTIONS_MAX)):
        do = source.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        action = _action(plan, do)
        if action is not None:
            actions.append(action)
    if source.randrange(PAUSE_ONE_IN) == 0:
        actions.insert(source.randint(count, len(actions)), Action(Do.PAUSE))
    if source.randrange(STOP_ONE_IN) == 0:
        actions.append(Action(Do.STOP))
    return Schedule("RLY-DELIVER", f"drawn {index} of seed {seed}", tuple(actions))


def _action(plan: _Plan, do: Do) -> Action | None:
    source = plan.random
    if do in {Do.SETTLE, Do.HOLD}:
        return Action(do)
    if do is Do.CONNECT:
        free = [name for name in NAMES if name not in plan.open]
        if not free:
            return None
        plan.open.append(free[0])
        plan.closed_to_send.discard(free[0])
        return Action(do, free[0])
    if not plan.open:
        return None
    who = source.choice(plan.open)
    if do in {Do.SEND, Do.BURST}:
        return None if who in plan.closed_to_send else _sending(plan, do, who)
    if do is Do.HALF:
        plan.closed_to_send.add(who)
    if do in {Do.CLOSE, Do.LEAVE, Do.RESET}:
        plan.open.remove(who)
        plan.rest.pop(who, None)
    return Action(do, who)


def _sending(plan: _Plan, do: Do, who: str) -> Action:
    source = plan.random
    data = plan.rest.pop(who, b"")
    for _ in range(source.choice((1, 1, 1, 2, 3, 8, 30))):
        kind = source.choices([*KINDS], [*KINDS.values()])[0]
        if kind in {"garbage", "too large"}:
            plan.closed_to_send.add(who)
            data += _wrong(plan, kind)
            # Who skips garbage finds what is behind it; behind too large a header is nothing.
            for _ in range(source.choice((0, 0, 1, 3)) if kind == "garbage" else 0):
                data += _message(plan, source.choice(("own", "odd", "foreign", "damaged")), who)
            break
        data += _message(plan, kind, who)
        if len(data) > plan.rule.size_max * 2:
            break
    if source.randrange(5) == 0 and len(data) > 1 and who not in plan.closed_to_send:
        cut = source.randint(1, min(len(data) - 1, 200))
        data, plan.rest[who] = data[:-cut], data[-cut:]
    return Action(do, who, tuple(_cut(source, data)))


def _cut(source: random.Random, data: bytes) -> list[bytes]:
    count = source.choice((0, 0, 1, 1, 2, 5, 20))
    near = [at for at in (1, 4, 16, 31, 32, 33, len(data) - 1) if 0 < at < len(data)]
    places = set()
    for _ in range(count):
        if near and source.randrange(3) == 0:
            places.add(source.choice(near))
        elif len(data) > 1:
            places.add(source.randrange(1, len(data)))
    edges = [0, *sorted(places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def _size(source: random.Random, maximum: int) -> int:
    if source.randrange(3) == 0:
        return source.choice((32, 33, 42, 64, 80, 100))
    largest = (maximum - HEADER_SIZE).bit_length()
    return HEADER_SIZE + min(source.getrandbits(source.randint(1, largest)), maximum - HEADER_SIZE)


def _message(plan: _Plan, kind: str, who: str) -> bytes:
    source, domain = plan.random, int(plan.rule.domain)
    plan.number += 1
    number = plan.number * 1000 + NAMES.index(who)
    size = _size(source, plan.rule.size_max)
    if kind == "repeated" and who in plan.last:
        return plan.last[who]
    if kind == "foreign":
        other = source.choice([n for n in (0, 1, 2, 3, 4, 255) if n != domain])
        return messages.message(other, number, size)
    if kind == "odd" or (kind == "damaged" and source.randrange(2)):
        data = messages.message(
            domain,
            number,
            size,
            version=source.randrange(256),
            source=source.randrange(256),
            flags=source.randrange(256),
        )
    else:
        data = messages.message(domain, number, size, source=1 + NAMES.index(who))
    if kind == "damaged":
        return _damaged(source, data)
    plan.last[who] = data
    return data


def _damaged(source: random.Random, data: bytes) -> bytes:
    """The message with a checksum that is none, or the right one but for a bit."""
    crc = source.choice((0, 0xFFFFFFFF, source.getrandbits(32)))
    if source.randrange(2) or crc == checksum(data):
        return messages.damaged(data, source.randrange(32))
    return messages.with_checksum(data, crc)


def _wrong(plan: _Plan, kind: str) -> bytes:
    source = plan.random
    if kind == "too large":
        size = plan.rule.size_max - HEADER_SIZE + 1 + source.getrandbits(source.randint(1, 31))
        return messages.announcing(int(plan.rule.domain), plan.number, min(size, (1 << 32) - 1))
    return source.randbytes(source.randint(1, 80)).replace(messages.MAGIC[:1], b"\0") or b"\0"

"""What one connection must and may have received, and how that differs from what it has.

Contract: plain data in, problems out. A message *must* have arrived, or *may* have: nobody can tell
where a client was just joining, did not read, or may be closed by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from torq_conformance.relay.model import RULES, Fate
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE

LISTED_MAX = 3
"""Problems of one kind of one connection that are reported."""


@dataclass(frozen=True)
class Problem:
    """What is wrong: ``rules`` speak of it, the likeliest first; ``what`` names the kind.

    ``is_plain``: a connection that receives others has lost some of which nothing is special.
    """

    rules: tuple[str, ...]
    what: str
    text: str
    is_plain: bool = False


@dataclass(frozen=True)
class Entry:
    """A message that a connection must, or may, receive; ``rules``: what its loss would break.

    ``is_plain``: nothing is special about it, or about how it was written.
    """

    sender: str
    data: bytes
    rules: tuple[str, ...]
    is_plain: bool = False


@dataclass
class Known:
    """Everything that was sent in a schedule, whatever became of it."""

    fates: dict[bytes, tuple[str, Fate]] = field(default_factory=dict)
    """Sender and fate of every message."""
    partial: dict[str, bytes] = field(default_factory=dict)
    """The beginning of a message by the connection that has sent no more of it."""
    garbage: list[bytes] = field(default_factory=list)
    earlier: set[int] = field(default_factory=set)
    """Hashes of what was sent before, while somebody did not read, or may come late."""
    before: dict[bytes, tuple[str, Fate]] = field(default_factory=dict)
    """What was sent in the schedule before: it should not come any more."""
    uncertain: set[int] = field(default_factory=set)
    """Hashes of what may arrive, be it schedules later: nobody waits for it."""

    def may_come_late(self, data: bytes, *, is_own: bool) -> bool:
        """Whether it may come to one that was not there, as far as known, when it was sent."""
        return hash(data) in self.earlier or (not is_own and hash(data) in self.uncertain)


@dataclass
class Inbox:
    """What a connection is to receive; ``must`` says so of each entry."""

    name: str
    since: int = 0
    """Messages of this schedule that were sent before it was connected."""
    entries: list[Entry] = field(default_factory=list)
    must: list[bool] = field(default_factory=list)
    own: set[bytes] = field(default_factory=set)
    """What it has sent itself."""
    doubted: set[bytes] = field(default_factory=set)
    """What may arrive and need not."""

    def expect(self, entry: Entry, *, must: bool) -> bool:
        """One more message; whether it must arrive.

        Where the same one may have arrived before, nobody can tell which of the two it is.
        """
        if must and entry.data in self.doubted:
            must = False
        self.entries.append(entry)
        self.must.append(must)
        if not must:
            self.doubted.add(entry.data)
        return must

    @property
    def owed(self) -> Counter[bytes]:
        """How often each message must arrive."""
        pairs = zip(self.entries, self.must, strict=True)
        return Counter(entry.data for entry, must in pairs if must)

    def excuse(self, since: int) -> None:
        """From an entry on all may arrive and need not."""
        self.must[since:] = [False] * (len(self.must) - since)
        self.doubted.update(entry.data for entry in self.entries[since:])

    def excuse_sender(self, sender: str, seen: Counter[bytes]) -> set[bytes]:
        """What one has sent and has not arrived may arrive and need not; it is returned."""
        excused, met = set[bytes](), Counter[bytes]()
        for index, entry in enumerate(self.entries):
            met[entry.data] += 1
            if entry.sender == sender and self.must[index] and met[entry.data] > seen[entry.data]:
                self.must[index] = False
                excused.add(entry.data)
        self.doubted |= excused
        return excused

    def speak_of(self, sender: str, seen: Counter[bytes], rules: tuple[str, ...]) -> None:
        """What one has sent and has not arrived: its loss would break these rules first."""
        for index, entry in enumerate(self.entries):
            if entry.sender == sender and not seen[entry.data]:
                self.entries[index] = replace(entry, rules=(*rules, *entry.rules), is_plain=False)

    def excuse_unseen(self, seen: Counter[bytes]) -> None:
        """Of each sender, all behind the last that has arrived may arrive and need not.

        Senders are independent: what one has sent later may arrive before.
        """
        last: dict[str, int] = {}
        met = Counter[bytes]()
        for index, entry in enumerate(self.entries):
            met[entry.data] += 1
            if met[entry.data] <= seen[entry.data]:
                last[entry.sender] = index
        for index, entry in enumerate(self.entries):
            if index > last.get(entry.sender, -1):
                self.must[index] = False
                self.doubted.add(entry.data)


def problems(
    inbox: Inbox,
    received: Sequence[bytes],
    known: Known,
    *,
    size_max: int,
    echoes: bool,
    preferred: tuple[str, ...] = (),
) -> Iterator[Problem]:
    """What is wrong with the messages that one connection has received.

    ``preferred`` are rules of what is special about this connection: half closed, stalled.
    """
    by_sender: dict[str, list[tuple[Entry, bool]]] = {}
    senders: dict[bytes, str] = {}
    for entry, must in zip(inbox.entries, inbox.must, strict=True):
        by_sender.setdefault(entry.sender, []).append((entry, must))
        senders[entry.data] = entry.sender
    got: dict[str, list[bytes]] = {}
    for data in received:
        if data in senders:
            got.setdefault(senders[data], []).append(data)
        elif not known.may_come_late(data, is_own=data in inbox.own):
            yield _unexpected(inbox, data, known, size_max, echoes=echoes)
    for sender, entries in by_sender.items():
        yield from _in_order(inbox.name, sender, entries, got.get(sender, []), preferred)


def _in_order(
    name: str,
    sender: str,
    entries: Sequence[tuple[Entry, bool]],
    got: Sequence[bytes],
    preferred: tuple[str, ...],
) -> Iterator[Problem]:
    at = 0
    places: dict[bytes, list[int]] = {}
    for index, (entry, _) in enumerate(entries):
        places.setdefault(entry.data, []).append(index)
    skipped: dict[bytes, int] = {}
    late = twice = 0
    for data in got:
        place = next((index for index in places[data] if index >= at), None)
        if place is not None:
            for index in range(at, place):
                if entries[index][1]:
                    skipped[entries[index][0].data] = index
            at = place + 1
        elif data in skipped:
            del skipped[data]
            late += 1
        else:
            twice += 1
    if late:
        text = f"{name} received {late} messages of {sender} after later ones"
        yield Problem(("RLY-ORDER",), "reordered", text)
    if twice:
        text = f"{name} received {twice} messages of {sender} more often than they were sent"
        yield Problem(("RLY-DELIVER",), "repeated", text)
    lost = [entries[index][0] for index in sorted(skipped.values())]
    lost += [entry for entry, must in entries[at:] if must]
    kinds: dict[tuple[tuple[str, ...], bool], list[bytes]] = {}
    for entry in lost:
        kinds.setdefault((entry.rules, entry.is_plain), []).append(entry.data)
    for (rules, is_plain), messages in [*kinds.items()][:LISTED_MAX]:
        first = messages[0]
        text = (
            f"{name} did not receive {len(messages)} of {len(entries)} messages of {sender}, the "
            f"first of {len(first)} bytes, sequence {_sequence(first)}"
        )
        is_alone = is_plain and bool(got) and not preferred
        yield Problem((*preferred, *rules), "lost", text, is_plain=is_alone)


def _sequence(data: bytes) -> int:
    place = HEADER_LAYOUT.field("sequence")
    return int.from_bytes(data[place.offset : place.end], "little")


def _unexpected(inbox: Inbox, data: bytes, known: Known, size_max: int, *, echoes: bool) -> Problem:
    name, size = inbox.name, len(data)
    what = f"a message of {size} bytes, sequence {_sequence(data)}"
    if data in inbox.own and not echoes:
        return Problem(("RLY-ECHO",), "echoed", f"{name} received {what}, which it had sent itself")
    found = known.fates.get(data)
    if found is not None:
        sender, fate = found
        if fate is Fate.OWN:
            text = f"{name} received {what} of {sender} from before it was connected"
            return Problem(("RLY-IDLE",), "stale", text)
        return Problem((RULES[fate],), "forwarded", f"{name} received {what} of {sender} {fate}")
    if data in known.before:
        sender, _ = known.before[data]
        is_echo = sender == name and not echoes
        rules = ("RLY-ECHO",) if is_echo else ("RLY-DELIVER", "RLY-ORDER")
        return Problem(
            rules, "late", f"{name} received {what} of {sender} long after others had it"
        )
    if size > size_max:
        return Problem(("RLY-LIMIT",), "forwarded", f"{name} received {what}, over the limit")
    for garbage in known.garbage:
        if data in garbage:
            text = f"{name} received {what} out of the garbage of another connection"
            return Problem(("RLY-GARBAGE",), "forwarded", text)
    for other, (sender, fate) in known.fates.items():
        if data in other:
            # A message within the payload of another one, or of one that was dropped.
            rule = RULES.get(fate, "RLY-FRAMING")
            text = f"{name} received {what} out of the middle of one of {sender}"
            return Problem((rule,), "forwarded", text)
    return _changed(name, data, known)


def _changed(name: str, data: bytes, known: Known) -> Problem:
    """A message that nobody has sent: whose it was before it was changed."""
    for sender, partial in known.partial.items():
        if len(partial) >= 24 and data[:24] == partial[:24]:
            text = f"{name} received a message made of a part that {sender} sent, and other bytes"
            return Problem(("RLY-PARTIAL", "RLY-FRAMING"), "mixed", text)
    same = _nearest(data, known.fates)
    if same is None:
        text = f"{name} received a message of {len(data)} bytes that nobody sent"
        return Problem(("RLY-FRAMING", "RLY-ORDER"), "invented", text)
    sender, fate = known.fates[same]
    if fate is not Fate.OWN:
        text = f"{name} received a message of {sender} {fate}, and changed"
        return Problem((RULES[fate],), "forwarded", text)
    if len(same) == len(data):
        at = next(at for at in range(len(data)) if data[at] != same[at])
        count = sum(1 for one, other in zip(data, same, strict=True) if one != other)
        place = _field_at(at)
        where = f"{count} in all, the first in {place}"
        text = f"{name} received a message of {sender} with other bytes, {where}"
        mixed = at >= HEADER_SIZE and _is_foreign_part(data, at, known, same)
        if mixed:
            return Problem(("RLY-ORDER", "RLY-FRAMING"), "mixed", text)
        if place == "checksum":
            return Problem(("RLY-CHECKSUM", "RLY-DELIVER"), "resealed", text)
        return Problem(("RLY-DELIVER", "RLY-CARRY"), f"changed {place}", text)
    text = f"{name} received {len(data)} bytes of a message of {sender} that has {len(same)}"
    return Problem(("RLY-FRAMING", "RLY-DELIVER"), "cut", text)


def _is_foreign_part(data: bytes, at: int, known: Known, same: bytes) -> bool:
    """Whether what differs stands in another message."""
    part = data[at : at + 24]
    return len(part) >= 8 and any(part in other for other in known.fates if other is not same)


def _nearest(data: bytes, fates: Mapping[bytes, object]) -> bytes | None:
    """The message that was sent under the same sequence, or shares most of its header."""
    sequence = _sequence(data)
    best, most = None, 15
    for other in fates:
        is_same = _sequence(other) == sequence and data[16:24] == other[16:24]
        alike = sum(1 for one, two in zip(data[:96], other[:96], strict=False) if one == two)
        is_like = len(other) == len(data) and data[32:] == other[32:]
        if (is_same or is_like) and alike > most:
            best, most = other, alike
    return best


def _field_at(at: int) -> str:
    if at >= HEADER_SIZE:
        return "the payload"
    return next(one.name for one in HEADER_LAYOUT.fields if one.offset <= at < one.end)


def broken_frame(
    inbox: Inbox, rest: bytes, known: Known, *, is_ended: bool, preferred: tuple[str, ...]
) -> Problem:
    """What is wrong with bytes that are no whole message."""
    name = inbox.name
    where = "at the end of its connection" if is_ended else "where a message had to begin"
    text = f"{name} received {len(rest)} bytes that are no message {where}"
    head = rest[:24]
    for garbage in known.garbage:
        if head and head[:8] in garbage:
            return Problem(("RLY-GARBAGE",), "forwarded", f"{text}: garbage of another connection")
    for sender, partial in known.partial.items():
        if len(head) >= 4 and partial.startswith(head[: len(partial)]):
            rules = (*preferred, "RLY-PARTIAL", "RLY-FRAMING")
            return Problem(rules, "part", f"{text}: a part of a message of {sender}")
    for at, (other, (sender, fate)) in enumerate(known.fates.items()):
        if len(head) >= 24 and at < inbox.since and head in other:
            text += f": a part of a message of {sender} from before it was connected"
            return Problem(("RLY-IDLE", *preferred), "stale", text)
        if len(head) >= 4 and other.startswith(head):
            rule = RULES.get(fate)
            rules = (rule,) if rule else (*preferred, "RLY-FRAMING", "RLY-ORDER", "RLY-DELIVER")
            return Problem(rules, "part", f"{text}: the beginning of a message of {sender}")
        if len(head) >= 8 and head[:16] in other:
            rule = RULES.get(fate)
            rules = (rule,) if rule else (*preferred, "RLY-FRAMING", "RLY-ORDER", "RLY-DELIVER")
            return Problem(rules, "part", f"{text}: the inside of a message of {sender}")
    return Problem((*preferred, "RLY-FRAMING", "RLY-ORDER", "RLY-DELIVER"), "part", text)

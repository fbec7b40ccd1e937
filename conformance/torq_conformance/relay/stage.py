"""Performs a schedule against a relay and holds what came against the model.

Contract: what must arrive is waited for, what must not is shown by a marker behind it. A deadline
is met only where something is wrong. Two connections are always there: P, which sends probes and
markers, and O, which never sends.
"""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Collection, Iterable
from contextlib import suppress

from torq_conformance.relay import deaf, messages
from torq_conformance.relay.actions import Action, Do, Schedule
from torq_conformance.relay.expected import LISTED_MAX, Entry, Inbox, Problem
from torq_conformance.relay.findings import Findings
from torq_conformance.relay.held import Held
from torq_conformance.relay.model import Fate, Read, Sender
from torq_conformance.relay.party import Party
from torq_conformance.relay.process import RelayProcess
from torq_conformance.relay.wire import Wire
from torq_specs.relay_rules import RelayDomainRule

WINDOW_BYTES, WINDOW_MESSAGES = 64 << 10, 48
"""What may be on its way to a reader before more is sent: a relay need not have room for more."""

STALLED_BYTES, STALLED_MESSAGES = 16 << 10, 16
"""What a reader that does not read is owed all the same: it fits into any socket's buffer."""

CONSUMED_SECONDS = 0.25
"""How long the relay may take to read a piece before the next one is sent anyway."""

LOOK_SECONDS = CONSUMED_SECONDS / 200

PATIENCE = 6
"""Deadlines that it may take in all to be seen by a relay that goes on."""

FOLLOW_SECONDS = 0.3
"""After this a second marker shows whether something is lost or only late."""

HELD_UP_TIMES = 3
"""So often it must come to the same before what is missing is held up and not lost."""

PAUSE_SECONDS = 0.3
"""How long nothing is sent in a pause."""

STOP_SECONDS = 2.0
"""What the page gives a relay after SIGTERM."""

STOP_MAX = 10.0
"""A relay that has not ended by then is not only slow."""

PROBE, OBSERVER = "P", "O"

MARKERS = itertools.count(1 << 40)


class Stage:
    """A relay, its two constant connections, and the parties of the schedule that is performed."""

    def __init__(
        self,
        relay: RelayProcess,
        rule: RelayDomainRule,
        *,
        claims: Collection[str] = (),
        deadline: float = 5.0,
    ) -> None:
        self.relay = relay
        self.rule = rule
        self.echoes = "echo" in claims
        self.deadline = deadline
        self.wire = Wire(relay)
        self.parties: dict[str, Party] = {}
        self.findings = Findings(relay, rule, self.parties, echoes=self.echoes, deadline=deadline)
        self.held: Held | None = None
        self.sent_count = 0
        """Messages, of whatever fate, since the relay began."""
        self._connect(PROBE, is_first=True)
        self._connect(OBSERVER)
        self._explain_deaf()
        # Echoes of what they were registered with are not to come in the first schedule.
        self.settle()
        self._was_stuck = self.findings.is_stuck
        self._first_problems = [*self.findings.problems]

    def _explain_deaf(self) -> None:
        """Say why the first one to receive something has received nothing."""
        reader = self.parties.get(OBSERVER)
        is_deaf = any(problem.what == "deaf" for problem in self.findings.problems)
        if reader is not None and is_deaf and not self.relay.has_ended:
            self.findings.problems[:] = [deaf.why(self, reader.client)]

    # A schedule.

    def perform(self, schedule: Schedule) -> list[Problem]:
        """Everything that is wrong with what came of a schedule; afterwards only P and O remain."""
        self.begin()
        for action in schedule.actions:
            if action.do is Do.STOP:
                self.let_go()
                self.settle()
                return [*self.findings.problems] if self.findings.is_stuck else self.stop()
            self.act(action)
            if self.findings.is_stuck:
                break
        return self.finish()

    def close(self) -> None:
        """Close every connection."""
        for party in self.parties.values():
            party.client.close()
        for client in self.wire.clients:
            client.close()

    def stop(self) -> list[Problem]:
        """Send SIGTERM, and judge the end."""
        relay = self.relay
        self.findings.disturb("RLY-STOP")
        relay.signal(signal.SIGTERM)
        began = time.monotonic()
        for party in self.parties.values():
            party.client.is_reading = party.stalled_at < 0
        self.wire.pump(lambda: relay.has_ended, STOP_MAX)
        seconds = time.monotonic() - began
        if not relay.has_ended:
            self.findings.report(
                ("RLY-STOP",), "late", f"the relay goes on {STOP_MAX:g} s after SIGTERM"
            )
            return [*self.findings.problems]
        for party in self.parties.values():
            party.client.is_reading = True
        self.wire.pump(
            lambda: all(p.is_gone or p.client.has_ended for p in self.parties.values()), 0.5
        )
        self.findings.judge_end()
        if seconds > STOP_SECONDS:
            text = f"the relay ended {seconds:.1f} s after SIGTERM, not within {STOP_SECONDS:g} s"
            self.findings.report(("RLY-STOP",), "late", text)
        if relay.exit_code != 0:
            text = f"the relay ended with {relay.why_ended()} after SIGTERM"
            self.findings.report(("RLY-STOP",), "exit code", text)
        if relay.path.exists():
            self.findings.report(("RLY-STOP",), "path", "the socket file is there after the end")
        return [*self.findings.problems]

    def begin(self) -> None:
        """Forget the last schedule."""
        is_slow = any(party.stalled_at >= 0 for party in self.parties.values())
        self.findings.begin(is_slow=is_slow)
        if self._was_stuck:
            # What was on its way to P or O then may still come: nothing can be said of it.
            self.findings.is_stuck = True
            self.findings.problems += self._first_problems
        for party in self.parties.values():
            party.client.forget()
            party.inbox = Inbox(party.name)
            party.last.clear()
            party.has_sent = False
            party.stalled_at = min(party.stalled_at, 0)
            party.was_slow = party.stalled_at >= 0

    def let_go(self) -> None:
        """Let the relay go on, if it is held."""
        held, self.held = self.held, None
        if held is not None:
            held.let_go()

    def finish(self) -> list[Problem]:
        """Settle, judge, and close what is not P or O."""
        self.let_go()
        for party in self.parties.values():
            party.client.is_reading = True
        if not self.findings.is_stuck:
            self._rejoin([p for p in self.parties.values() if p.stalled_at >= 0])
            self.settle()
        # What is late and not lost is in the wrong order: only a wrong relay is waited for.
        self.wire.pump(self._is_complete, FOLLOW_SECONDS)
        self.judge()
        for party in [*self.parties.values()]:
            if party.name not in {PROBE, OBSERVER}:
                self._drop(party)
        return [*self.findings.problems]

    def do(self, *actions: Action) -> None:
        """Steps one after the other, until something is waited for in vain."""
        for action in actions:
            if not self.findings.is_stuck:
                self.act(action)

    def act(self, action: Action) -> None:
        """One step; what cannot be done, since a connection is not there, is left out."""
        if self.held is not None and self.held.act(action):
            return
        self.let_go()
        party = self.parties.get(action.who)
        if action.do is Do.HOLD:
            self.settle()
            self.held = None if self.findings.is_stuck else Held(self)
        elif action.do is Do.SETTLE:
            self.settle()
        elif action.do is Do.PAUSE:
            self.wire.pump(lambda: self.relay.has_ended, PAUSE_SECONDS)
        elif action.do is Do.CONNECT:
            if party is None or party.is_gone:
                self._connect(action.who)
        elif party is None or party.is_gone or action.who in {PROBE, OBSERVER}:
            return
        elif action.do in {Do.SEND, Do.BURST}:
            if not party.is_half and not party.model.must_end and not party.client.has_ended:
                self.send(party, action.pieces, is_at_once=action.do is Do.BURST)
        elif action.do is Do.RESUME:
            self._rejoin([party])
        else:
            steps = {
                Do.STALL: self._stall,
                Do.HALF: self._half,
                Do.CLOSE: self._close,
                Do.LEAVE: self._leave_at_once,
                Do.RESET: self._reset,
            }
            steps[action.do](party)

    # Steps.

    def _connect(self, name: str, *, is_first: bool = False) -> None:
        if not is_first:
            self.settle()
        if self.findings.is_stuck:
            return
        old = self.parties.pop(name, None)
        if old is not None:
            self._drop(old)
        party = self.come(name)
        if party is None:
            return
        if is_first:
            party.in_doubt = False
        else:
            self.register([party])

    @property
    def observer(self) -> Party:
        """The connection that never sends."""
        return self.parties[OBSERVER]

    @property
    def sent_fates(self) -> int:
        """How many different messages were sent in this schedule, of whatever fate."""
        return len(self.findings.known.fates)

    def come(self, name: str, *, is_waited_for: bool = True) -> Party | None:
        """One more connection; None where there is none.

        ``is_waited_for``: until the relay has room for it, and it is wrong if it never has.
        """
        try:
            client = self.wire.connect(is_waited_for=is_waited_for)
        except OSError as error:
            if is_waited_for:
                text = f"{name} could not connect: {error}"
                self.findings.report(("RLY-ABRUPT", "RLY-IDLE"), "refused", text)
                self.findings.is_stuck = True
            return None
        inbox = Inbox(name, since=self.sent_fates)
        party = Party(name, client, Sender(self.rule), inbox, in_doubt=True)
        self.parties[name] = party
        return party

    def register(self, doubtful: list[Party]) -> None:
        """Send probes until each of them has received one: from then on all must arrive.

        Any of them: what takes a second to arrive is there when others have been sent.
        """
        probes: set[bytes] = set()
        waiting = [party for party in doubtful if not party.is_gone]
        pause, expires = 0.0005 * len(waiting), time.monotonic() + self.deadline
        last = expires + (PATIENCE - 1) * self.deadline
        done = (0, 0)
        while waiting:
            probes.add(self.marker(PROBE))
            self._await_probe(probes, waiting, pause)
            for party in waiting:
                if _has_joined(party, probes):
                    party.in_doubt = False
            waiting = [party for party in waiting if party.in_doubt]
            # A relay that still accepts them, or gives them what it kept for them, is waited for.
            had, done = done, (len(waiting), sum(len(one.client.received) for one in waiting))
            if done != had:
                expires = min(time.monotonic() + self.deadline, last)
            pause = min(pause * 1.7, 0.1)
            if waiting and self.relay.has_ended:
                self.findings.report_end(("RLY-ABRUPT", *reversed(self.findings.disturbed)))
                self.findings.is_stuck = True
                return
            if waiting and time.monotonic() > expires:
                for party in waiting[:LISTED_MAX]:
                    known = len(self.findings.problems)
                    self.findings.see(party)
                    if len(self.findings.problems) > known:
                        # It has received something, which is not what was sent.
                        continue
                    rules = (
                        *self.findings.special(party),
                        *reversed(self.findings.disturbed),
                        "RLY-IDLE",
                    )
                    text = f"{party.name} received nothing of what was sent since it connected"
                    self.findings.report(rules, "deaf", text)
                self.findings.is_stuck = True
                return

    def _await_probe(self, probes: set[bytes], waiting: list[Party], pause: float) -> None:
        def have_come() -> bool:
            return all(_has_joined(party, probes) for party in waiting)

        if not self.wire.pump(have_come, pause):
            # Not asked again before others have it, or the relay would only be kept busy.
            self.wire.pump(lambda: have_come() or self._have_arrived(), self.deadline / 2)

    def marker(self, name: str) -> bytes:
        """A message that a party sends so that something is seen to have arrived."""
        number = next(MARKERS)
        data = messages.message(self.rule.domain, number, 48, source=62)
        self.write(self.parties[name], data)
        return data

    def join(self, names: Iterable[str]) -> None:
        """Connect many at once."""
        self.settle()
        joining = []
        for name in names:
            party = self.come(name)
            if party is None:
                return
            joining.append(party)
        self.register(joining)

    def send(self, party: Party, pieces: Iterable[bytes], *, is_at_once: bool) -> None:
        """Write pieces."""
        pieces = [*pieces]
        end = party.model.end_of(pieces) if is_at_once else None
        for piece in pieces:
            if not self._has_room(party):
                return
            self.write(party, piece, end)
            if not is_at_once:
                self.await_consumed(party)

    def write(self, party: Party, piece: bytes, end: Fate | None = None) -> None:
        """Write one piece, and note what it means; nothing is waited for."""
        party.has_sent = True
        for read in party.model.feed(piece, end=end):
            self._note(party, read)
        if party.model.rest:
            self.findings.known.partial[party.name] = party.model.rest
            self.findings.disturb("RLY-FRAMING")
        else:
            self.findings.known.partial.pop(party.name, None)
        party.client.write(piece)

    def expect_perhaps(self, sender: str, data: bytes, rules: tuple[str, ...] = ()) -> None:
        """What is sent without the model: it may arrive or not, be it late."""
        self.findings.known.fates[data] = (sender, Fate.OWN)
        self.findings.known.uncertain.add(hash(data))
        for party in self.parties.values():
            if party.name == sender:
                party.inbox.own.add(data)
            if party.name != sender or self.echoes:
                party.inbox.expect(Entry(sender, data, rules), must=False)

    def _note(self, party: Party, read: Read) -> None:
        """What a message means for every connection."""
        if read.fate is Fate.GARBAGE:
            self.findings.known.garbage.append(read.data)
            self._lose(party, "RLY-GARBAGE")
            return
        self.sent_count += 1
        is_certain = read.is_certain and not party.is_cut
        is_repeated = read.data in self.findings.known.fates
        party.inbox.own.add(read.data)
        self.findings.known.fates.setdefault(read.data, (party.name, read.fate))
        if not is_certain:
            self.findings.known.uncertain.add(hash(read.data))
        if read.fate is Fate.TOO_LARGE:
            party.is_over = True
            self._lose(party, "RLY-LIMIT")
            return
        party.needs_marker = read.fate is not Fate.OWN
        if read.fate is not Fate.OWN:
            self.findings.disturb("RLY-DOMAIN" if read.fate is Fate.FOREIGN else "RLY-CHECKSUM")
            return
        if not read.is_certain:
            party.behind.append((read.data, [p for p in self.parties.values() if p.is_certain]))
        is_plain = not self.findings.special_of(read)
        entry = Entry(party.name, read.data, self.findings.rules_of(read), is_plain)
        for other in self.parties.values():
            if other.is_gone or (other is party and not self.echoes):
                continue
            must = other.inbox.expect(entry, must=is_certain and not other.in_doubt)
            if other.stalled_at >= 0:
                self._owe(other)
            elif must:
                times = other.inbox.owed[read.data] if is_repeated else 1
                other.last[party.name] = (read.data, times)

    def _owe(self, party: Party) -> None:
        """Excuse a stalled reader's losses once more is on its way than any buffer holds."""
        since = party.inbox.entries[party.stalled_at :]
        size = sum(len(entry.data) for entry in since)
        if len(since) > STALLED_MESSAGES or size > STALLED_BYTES:
            party.inbox.excuse(party.stalled_at)
            party.in_doubt = party.may_end = True
            self.findings.disturb("RLY-SLOW")

    def _lose(self, party: Party, rule: str) -> None:
        """A connection that the relay may, or must, close by now."""
        self.findings.disturbed.pop(rule, None)
        self.findings.disturb(rule)
        party.may_end = party.in_doubt = True
        # What was on its way to it may be lost with it.
        party.inbox.excuse_unseen(party.client.seen)
        party.last.clear()

    def _has_room(self, party: Party) -> bool:
        """Wait until no reader has more on its way than it can be expected to hold."""

        def is_free() -> bool:
            self._excuse_cut()
            return not party.client.outgoing and all(
                self._on_its_way(one) for one in self.parties.values() if one.is_certain
            )

        has_room = self.wire.pump(lambda: is_free() or party.client.has_ended, self.deadline)
        if not has_room:
            self.findings.is_stuck = True
        return not self.findings.is_stuck

    def _on_its_way(self, party: Party) -> bool:
        client = party.client
        if client.has_ended or client.is_broken:
            return True
        count = size = 0
        inbox = party.inbox
        for index in range(len(inbox.entries) - 1, -1, -1):
            data = inbox.entries[index].data
            if not inbox.must[index]:
                continue
            if data in client.seen:
                break
            count, size = count + 1, size + len(data)
            if count > WINDOW_MESSAGES or size > WINDOW_BYTES:
                return count == 1
        return True

    def await_consumed(self, party: Party, seconds: float = CONSUMED_SECONDS) -> None:
        """Wait until the relay has read what a client wrote, or could have."""
        client = party.client

        def is_consumed() -> bool:
            return client.has_ended or (not client.outgoing and not client.unread_by_relay())

        # Looked at often: nothing becomes readable when the relay has read.
        for _ in range(int(seconds / LOOK_SECONDS)):
            if self.wire.pump(is_consumed, 0) or self.relay.has_ended:
                return
            self.wire.pump(is_consumed, LOOK_SECONDS)

    def _stall(self, party: Party) -> None:
        self.settle()
        if party.stalled_at < 0 and not party.client.has_ended:
            party.client.is_reading = False
            party.stalled_at = len(party.inbox.entries)
            party.was_slow = True

    def _rejoin(self, stalled: list[Party]) -> None:
        """Read again; where something may be lost, find out whether it still receives."""
        doubtful = []
        for party in stalled:
            if party.stalled_at < 0 or party.is_gone:
                continue
            party.client.is_reading = True
            owed = party.inbox.owed
            for entry, must in [*zip(party.inbox.entries, party.inbox.must, strict=True)][
                party.stalled_at :
            ]:
                if must:
                    party.last[entry.sender] = (entry.data, owed[entry.data])
            party.stalled_at = -1
            if party.in_doubt and not party.model.is_lost:
                doubtful.append(party)
        if doubtful:
            self.register(doubtful)
            for party in doubtful:
                party.is_gone = party.is_gone or party.client.has_ended
                party.may_end = False

    def _half(self, party: Party) -> None:
        if party.is_half or party.model.is_lost:
            return
        self._await_written(party)
        self.half(party)

    def half(self, party: Party) -> None:
        """Shut down the sending side of a connection as it stands."""
        with suppress(OSError):
            party.client.socket.shutdown(1)
        party.is_half = True
        self.findings.disturb("RLY-HALF")

    def _close(self, party: Party) -> None:
        """Close a connection that has read everything: what it sent must still arrive."""
        self._rejoin([party])
        self.settle(without=party)
        if self.findings.is_stuck:
            return
        if party.model.is_lost:
            self._await_lost(party)
            return
        self._await_written(party)
        self._see(party)
        if party.model.rest:
            self.findings.disturb("RLY-PARTIAL")
        self.leave(party)
        self.await_musts()

    def _leave_at_once(self, party: Party) -> None:
        """Close behind what was sent: all of it must arrive, though the relay reads it later.

        Nothing is sent meanwhile: who writes to a connection that is gone may find out by that, and
        read nothing more of it. Where echoes may lie unread, it is a reset.
        """
        is_uncertain = party.model.is_lost or party.was_slow or not party.has_all
        if self.echoes or is_uncertain:
            self._close(party)
            return
        self._await_written(party)
        for other in self.parties.values():
            other.inbox.speak_of(party.name, other.client.seen, ("RLY-DELIVER", "RLY-ABRUPT"))
        self._see(party)
        self.findings.disturb("RLY-PARTIAL" if party.model.rest else "RLY-ABRUPT")
        self.leave(party)
        if not self._arrived(self.deadline):
            self.findings.is_stuck = True

    def _reset(self, party: Party) -> None:
        """Close a connection with something unread, which the relay sees as a reset."""
        self.settle()
        if self.findings.is_stuck or party.client.has_ended:
            return
        self._see(party)
        party.client.is_reading = False
        party.in_doubt = True
        self.marker(PROBE)
        # Everybody else has it: so it is there, and stays unread.
        self.await_musts()
        self.findings.disturb("RLY-ABRUPT")
        self.leave(party)

    def leave(self, party: Party) -> None:
        """Close a connection as it stands."""
        party.is_gone = True
        party.client.close()
        self.wire.clients.remove(party.client)

    def _drop(self, party: Party) -> None:
        if not party.is_gone:
            self.leave(party)
        elif party.client in self.wire.clients:
            self.wire.close([party.client])
        self.parties.pop(party.name, None)

    def _await_written(self, party: Party) -> None:
        self.wire.pump(lambda: not party.client.outgoing or party.client.has_ended, self.deadline)

    # Waiting.

    def settle(self, without: Party | None = None) -> None:
        """Wait until all has arrived that must, and markers have shown what must not."""
        if self.findings.is_stuck:
            return
        for party in [*self.parties.values()]:
            if party.needs_marker and party.is_able and party is not without:
                self.marker(party.name)
                party.needs_marker = False
        self.await_musts()
        for party in [*self.parties.values()]:
            if party.model.is_lost and not party.is_gone and party is not without:
                self._await_lost(party)
        if self.findings.is_stuck or PROBE not in self.parties:
            return
        partial = [p for p in self.parties.values() if p.model.rest and not p.is_gone]
        for party in partial:
            self.await_consumed(party)
        for _ in range(2 if partial or self.findings.known.garbage else 1):
            self.marker(PROBE)
            self.await_musts()

    def await_musts(self) -> None:
        """Wait until all has arrived that must."""
        if self.findings.is_stuck or self._arrived(FOLLOW_SECONDS):
            return
        if not self._follow(self.deadline):
            self._report_held_up()
            self.findings.is_stuck = True

    def _report_held_up(self) -> None:
        """Say so if what is missing comes when more is sent, however often that is done."""
        late: list[tuple[Party, str]] = []
        for _ in range(HELD_UP_TIMES):
            before = {
                (party.name, sender): party.arrived_of(sender)
                for party in self.parties.values()
                for sender in party.last
                if party.is_certain
            }
            self._follow(FOLLOW_SECONDS)
            late = [
                (party, sender)
                for (name, sender), count in before.items()
                if (party := self.parties[name]).arrived_of(sender) > count
                and party.last[sender][0] not in party.client.seen
            ]
            if not late:
                return
        for party in self.parties.values():
            party.inbox.excuse_unseen(party.client.seen)
        reader, sender = late[0]
        text = f"{reader.name} received what {sender} had sent only when it sent again"
        self.findings.report(("RLY-FRAMING", "RLY-DELIVER"), "held up", text)

    def _follow(self, seconds: float) -> bool:
        """Send markers behind what has not come: it is lost if they arrive."""
        for party in [*self.parties.values()]:
            if party.is_able and party.name != OBSERVER and party.has_sent:
                self.marker(party.name)
        return self._arrived(seconds)

    def _arrived(self, seconds: float) -> bool:
        return self.wire.pump(self._have_arrived, seconds)

    def _have_arrived(self) -> bool:
        self._excuse_cut()
        for party in self.parties.values():
            client = party.client
            is_over = client.has_ended or client.is_broken
            if party.is_certain and not is_over and party.is_waiting:
                return False
        return True

    def _excuse_cut(self) -> None:
        """Who is closed for not reading loses what the relay has not read of it by then."""
        for party in self.parties.values():
            if party.was_slow and not (party.is_gone or party.is_cut) and party.client.is_cut:
                party.is_cut = True
                self.excuse(party)

    def excuse(self, sender: Party) -> None:
        """What a connection has sent, and has not arrived, may be lost with it."""
        for other in self.parties.values():
            excused = other.inbox.excuse_sender(sender.name, other.client.seen)
            self.findings.known.uncertain |= set(map(hash, excused))
            other.last.pop(sender.name, None)

    def _is_complete(self) -> bool:
        """Whether everything has come that must."""
        return all(
            party.inbox.owed <= party.client.seen
            for party in self.parties.values()
            if party.is_certain and not party.client.has_ended
        )

    def _await_whole(self, parties: Iterable[Party]) -> None:
        """Wait for the rest of what has begun to arrive, be it nothing that must."""
        clients = [party.client for party in parties if not party.is_gone]

        def is_whole() -> bool:
            return not any(
                one.rest and one.is_reading and not (one.has_ended or one.is_broken)
                for one in clients
            )

        self.wire.pump(is_whole, self.deadline)

    def judge(self) -> None:
        """Judge what every connection has received."""
        if not self.findings.is_stuck:
            self._await_whole(self.parties.values())
        self.findings.judge()

    def _see(self, party: Party) -> None:
        """Judge what a connection has received that is about to end."""
        self._await_whole([party])
        self.findings.see(party)

    def _await_lost(self, party: Party) -> None:
        """After garbage, or too large a header: the connection ends, or what follows is found."""
        if party.model.must_end:
            party.client.is_reading = True
            if not self.wire.pump(lambda: party.client.has_ended, self.deadline):
                text = f"{party.name} announced a message over the limit and was not closed"
                self.findings.report(("RLY-LIMIT",), "open", text)
            self._gone(party)
            return
        is_ambiguous = self._is_ambiguous(party)
        behind = [] if is_ambiguous or party.is_over else [*party.behind]
        data = messages.message(self.rule.domain, next(MARKERS), 48, source=62)
        self._write_lost(party, data)
        readers = [p for p in self.parties.values() if p.is_certain and p is not party]

        def is_decided() -> bool:
            return party.client.has_ended or any(data in p.client.seen for p in readers)

        party.client.is_reading = True
        if not self.wire.pump(is_decided, self.deadline):
            if is_ambiguous:
                self._gone(party)
                return
            text = f"{party.name} was neither closed after garbage nor found at its next magic"
            self.findings.report(("RLY-GARBAGE",), "open", text)
            self._gone(party)
            return
        if party.client.has_ended:
            self._gone(party)
            return
        # Nothing of it comes late: to the next schedule it would be nobody's.
        self.wire.pump(
            lambda: all(data in p.client.seen or p.client.has_ended for p in readers),
            self.deadline,
        )
        self._judge_skipping(party, behind, [p for p in readers if data in p.client.seen])
        party.model = Sender(self.rule)
        party.behind.clear()
        party.is_over = False
        self.register([party])
        party.may_end = False
        party.is_gone = party.client.has_ended

    def _judge_skipping(
        self, party: Party, behind: list[tuple[bytes, list[Party]]], readers: list[Party]
    ) -> None:
        """Who skips garbage goes on at the next magic, however that was cut: not behind it."""
        for reader in readers:
            owed = [data for data, others in behind if any(reader is one for one in others)]
            lost = [data for data in owed if data not in reader.client.seen]
            if lost and not reader.was_slow:
                text = (
                    f"{reader.name} did not receive {len(lost)} of {len(owed)} messages that "
                    f"{party.name} sent behind garbage, and then a later one"
                )
                self.findings.report(("RLY-GARBAGE",), "passed over", text)
                return

    def _write_lost(self, party: Party, data: bytes) -> None:
        for read in party.model.feed(data):
            self._note(party, read)
        party.client.write(data)

    def _is_ambiguous(self, party: Party) -> bool:
        """Whether the relay may wait for what a header announced: one within garbage, or foreign.

        A part of a magic at its end holds up nothing: the next message begins with a whole one.
        """
        return (
            party.model.may_skip
            or len(party.model.rest) >= len(messages.MAGIC)
            or any(messages.MAGIC in one for one in self.findings.known.garbage)
        )

    def _gone(self, party: Party) -> None:
        self._see(party)
        self.leave(party)


def _has_joined(party: Party, probes: set[bytes]) -> bool:
    """Whether one of them has come, or nothing will."""
    return party.client.has_ended or not probes.isdisjoint(party.client.seen)

"""What is wrong with what the connections of a relay have received, and which rules speak of it.

Contract: reads what the clients have received and what each was owed; never writes, never waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from torq_conformance.relay.expected import Known, Problem, broken_frame, problems
from torq_conformance.relay.model import DROPPED, ENDING, RULES, Read
from torq_conformance.relay.party import Party
from torq_conformance.relay.process import RelayProcess
from torq_specs.enums import Source
from torq_specs.faults import diagnose
from torq_specs.relay_rules import RelayDomainRule
from torq_specs.wire import checksum

SOURCES = frozenset(int(one) for one in Source)
DIAGNOSED_MAX = 300
"""Bytes of messages of which it is looked whether a codec would take them."""

SILENT_SECONDS = 1.0
"""Who has sent nothing for so long, and is closed, may be closed for that."""

ODD_CHECKSUMS = frozenset({0, 1, 0x80000000, 0xFFFFFFFF})
"""Right ones that a relay may take for none."""


class Findings:
    """The problems of one schedule: what was sent, what disturbed the relay, what came of it."""

    def __init__(
        self,
        relay: RelayProcess,
        rule: RelayDomainRule,
        parties: Mapping[str, Party],
        *,
        echoes: bool,
        deadline: float,
    ) -> None:
        self.relay = relay
        self.rule = rule
        self.parties = parties
        self.echoes = echoes
        self.deadline = deadline
        self.known = Known()
        self.problems: list[Problem] = []
        self.disturbed: dict[str, None] = {}
        """Rules about what was done to the relay, the last one last."""
        self.is_stuck = False
        """Something that must come was waited for in vain."""

    def begin(self, *, is_slow: bool) -> None:
        """Forget the last schedule."""
        uncertain = self.known.uncertain
        earlier = set(uncertain)
        if is_slow:
            earlier |= self.known.earlier | set(map(hash, self.known.fates))
        self.known = Known(earlier=earlier, before=self.known.fates, uncertain=uncertain)
        self.problems.clear()
        self.is_stuck = False
        self.disturbed = {"RLY-SLOW": None} if is_slow else {}

    def disturb(self, rule: str) -> None:
        """Something that this rule speaks of was done to the relay."""
        self.disturbed[rule] = None

    def rules_of(self, read: Read) -> tuple[str, ...]:
        """What the loss of a message would break, the likeliest first."""
        return (*self.special_of(read), *reversed(self.disturbed), "RLY-DELIVER")

    def special_of(self, read: Read) -> tuple[str, ...]:
        """The rules about what is special in a message, or in how it was written."""
        rules = []
        if read.after in ENDING:
            # What ends a connection takes with it what was read before: then all that ends it does.
            last = read.after
            rules += [RULES[fate] for fate in sorted(ENDING, key=lambda one: one is not last)]
        size = len(read.data)
        given = int.from_bytes(read.data[28:32], "little")
        if given in ODD_CHECKSUMS or given != checksum(read.data):
            rules.append("RLY-CHECKSUM")
        if size >= self.rule.size_max - 1:
            rules.append("RLY-LIMIT")
        # A loop that ends early loses what is behind it, sooner than what is in front of it.
        rules += [RULES[fate] for fate in (read.before, read.after) if fate in DROPPED]
        if read.is_split or read.is_joined:
            rules.append("RLY-FRAMING")
        # How it was written says more than what is odd in it.
        is_odd = read.data[5] != 1 or read.data[6] not in SOURCES or bool(read.data[7])
        if is_odd or (size <= DIAGNOSED_MAX and diagnose(read.data)):
            rules.append("RLY-CARRY")
        return tuple(rules)

    def judge(self) -> None:
        """Hold what every connection has received against what it must have."""
        if self.relay.has_ended:
            self.report_end((*reversed(self.disturbed), "RLY-DELIVER"))
            return
        for party in self.parties.values():
            if not party.is_gone:
                self.see(party)
        if self.is_stuck and not self.problems:
            waiting = ", ".join(self._waiting()) or "a connection"
            text = f"{waiting} received nothing more within {self.deadline:g} s"
            self.report((*reversed(self.disturbed), "RLY-DELIVER"), "stuck", text)

    def report_end(self, rules: Iterable[str]) -> None:
        """Note that the relay has ended, once."""
        if all(problem.what != "died" for problem in self.problems):
            self.report(rules, "died", f"the relay ended: {self.relay.why_ended()}")

    def _waiting(self) -> list[str]:
        return [
            party.name for party in self.parties.values() if party.is_certain and party.is_waiting
        ]

    def see(self, party: Party) -> None:
        """Judge what one connection has received, while it is there."""
        client, special = party.client, self.special(party)
        before = len(self.problems)
        may_end = party.may_end or party.was_slow
        if client.has_ended and not may_end and not self.relay.has_ended:
            self._closed(party, special)
            party.inbox.excuse(0)
        elif client.has_ended or party.in_doubt or client.is_broken:
            party.inbox.excuse_unseen(client.seen)
        if party.stalled_at >= 0:
            party.inbox.excuse(party.stalled_at)
        self.problems += self._problems_of(party, special)
        if client.is_broken or (
            client.rest and len(self.problems) == before and self._is_part(party)
        ):
            broken = broken_frame(
                party.inbox,
                client.rest,
                self.known,
                is_ended=client.has_ended,
                preferred=special,
            )
            # It may come of whatever was done before.
            rules = dict.fromkeys((*broken.rules, *reversed(self.disturbed)))
            self.problems.append(replace(broken, rules=tuple(rules)))

    def _closed(self, party: Party, special: tuple[str, ...]) -> None:
        """Report an end that nothing which was sent explains."""
        text = f"{party.name} was closed by the relay"
        if self._is_for_silence(party):
            text += f" after {party.client.silence:.1f} s in which it had sent nothing"
            self.report(("RLY-IDLE",), "closed", text)
            return
        self.report((*special, *reversed(self.disturbed), "RLY-DELIVER"), "closed", text)

    def _is_for_silence(self, party: Party) -> bool:
        """Whether the relay has closed those that had sent nothing for long, and nobody else."""
        others = [
            one.client
            for one in self.parties.values()
            if not (one.is_gone or one.may_end or one.was_slow)
        ]
        own = party.client
        return all(
            one.silence >= SILENT_SECONDS
            if one.has_ended
            else own.ended_at - one.spoke_at < own.silence
            for one in (own, *others)
        )

    def _problems_of(self, party: Party, special: tuple[str, ...]) -> list[Problem]:
        found = list(
            problems(
                party.inbox,
                party.client.received,
                self.known,
                size_max=self.rule.size_max,
                echoes=self.echoes,
                preferred=special,
            )
        )
        is_lost = any(one.what == "lost" for one in found)
        if is_lost and not party.has_sent and self._is_silent_alone(party):
            found = [
                replace(one, rules=("RLY-IDLE", *one.rules)) if one.what == "lost" else one
                for one in found
            ]
        return found

    def judge_end(self) -> None:
        """Judge after the relay has ended as it was told to: all that was accepted is there."""
        for party in self.parties.values():
            if party.is_gone:
                continue
            if not party.client.has_ended:
                self.report(("RLY-STOP",), "open", f"{party.name} was not closed at the end")
            if not party.is_certain:
                party.inbox.excuse(0)
            self.problems += [
                replace(one, rules=("RLY-STOP", *one.rules)) if one.what == "lost" else one
                for one in self._problems_of(party, self.special(party))
            ]
            if party.client.rest and party.is_certain:
                rest = party.client.rest
                self.problems.append(
                    broken_frame(
                        party.inbox, rest, self.known, is_ended=True, preferred=("RLY-STOP",)
                    )
                )

    def _is_part(self, party: Party) -> bool:
        """Whether what is left over can be no beginning of a message on its way.

        Who loses its connection for not reading may see it end within a message.
        """
        if party.client.has_ended and (party.may_end or party.was_slow):
            return False
        return party.client.has_ended or (party.is_certain and not self.is_stuck)

    def special(self, party: Party) -> tuple[str, ...]:
        """The rules about what this connection does."""
        special = []
        if party.is_half:
            special.append("RLY-HALF")
        if party.stalled_at >= 0 or (party.may_end and not party.model.is_lost):
            special.append("RLY-SLOW")
        return tuple(special)

    def _is_silent_alone(self, party: Party) -> bool:
        """Whether those who have sent received what is missing here, and no silent one did."""
        others = [
            p for p in self.parties.values() if p is not party and p.has_sent and not p.is_gone
        ]
        seen = {data for p in others for data in p.client.seen}
        missing = {
            entry.data
            for entry, must in zip(party.inbox.entries, party.inbox.must, strict=True)
            if must and entry.data not in party.client.seen
        }
        if len(missing) == 1 and party.client.seen:
            # Of one message it may be chance who has lost it.
            return False
        silent = [p for p in self.parties.values() if not p.has_sent and not p.is_gone]
        is_shared = all(missing.isdisjoint(p.client.seen) for p in silent)
        return bool(missing & seen) and is_shared

    def report(self, rules: Iterable[str], what: str, text: str) -> None:
        """Note a problem; the likeliest rule comes first."""
        self.problems.append(Problem(tuple(dict.fromkeys(rules)), what, text))

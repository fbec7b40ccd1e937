"""A connection of a schedule, and what can be said of it.

Contract: state alone; nothing is written, read or judged here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from torq_conformance.relay.expected import Inbox
from torq_conformance.relay.model import Sender
from torq_conformance.relay.wire import Client


@dataclass
class Party:
    """A connection of a schedule."""

    name: str
    client: Client
    model: Sender
    inbox: Inbox
    is_half: bool = False
    has_sent: bool = False
    is_gone: bool = False
    in_doubt: bool = False
    """Whether what is sent reaches it, nobody can say: it is joining, stalled or may be closed."""
    may_end: bool = False
    stalled_at: int = -1
    """Entries of its inbox when it stopped reading."""
    was_slow: bool = False
    """It has not read for a while: the relay may close it for that, and be it later."""
    is_cut: bool = False
    """The relay has closed it for that: what it had sent may be lost with it."""
    needs_marker: bool = False
    """It has sent something after which nothing need arrive."""
    behind: list[tuple[bytes, list[Party]]] = field(default_factory=list, repr=False)
    """What it has sent behind garbage, and who must receive it if the relay skips that."""
    is_over: bool = False
    """A header behind garbage announced too much: nobody knows what of the rest is a message."""
    last: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    """Of each sender the last message that must arrive here, and for the how-manieth time."""

    @property
    def is_certain(self) -> bool:
        """Whether what is sent must arrive, and can be seen to."""
        return not (self.is_gone or self.in_doubt or self.stalled_at >= 0)

    @property
    def has_all(self) -> bool:
        """Whether nothing is on its way to it, be it certain or not."""
        return Counter(entry.data for entry in self.inbox.entries) <= self.client.seen

    @property
    def is_waiting(self) -> bool:
        """Whether something is on its way to it that must arrive."""
        seen = self.client.seen
        return any(seen[data] < times for data, times in self.last.values())

    def arrived_of(self, sender: str) -> int:
        """How many messages of one sender it has received."""
        return sum(
            entry.data in self.client.seen for entry in self.inbox.entries if entry.sender == sender
        )

    @property
    def is_able(self) -> bool:
        """Whether it can send a marker that must arrive."""
        is_open = not (self.is_gone or self.is_half or self.client.has_ended)
        return is_open and not self.model.rest and not self.model.is_lost

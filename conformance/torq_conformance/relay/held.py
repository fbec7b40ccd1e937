"""While the relay is held: what clients do meanwhile it finds all at once when it goes on.

Contract: nothing is waited for, since nothing can come. What a client sends before it closes must
arrive, unless another one has sent something meanwhile: who writes to a connection that is gone may
find out by that, and read nothing more of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torq_conformance.relay.actions import Action, Do
from torq_conformance.relay.expected import Inbox
from torq_conformance.relay.party import Party

if TYPE_CHECKING:
    from torq_conformance.relay.stage import Stage

BYTES_MAX, MESSAGES_MAX = 64 << 10, 40
"""What is sent to a held relay in all: a socket's buffer takes it, and so does any reader's."""


class Held:
    """A relay that is held, from when this is made until it is let go."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.sent_to: Inbox = stage.observer.inbox
        """Of one that never sends, and so is sent everything."""
        self.began = len(self.sent_to.entries)
        self.since = stage.sent_fates
        self.senders: set[str] = set()
        self.joining: list[Party] = []
        self.gone: list[Party] = []
        self.room_bytes, self.room_pieces = BYTES_MAX, MESSAGES_MAX
        self.unread = {party.name for party in stage.parties.values() if not party.has_all}
        """Who may have something to read: who closes then resets its connection."""
        stage.relay.hold()

    def act(self, action: Action) -> bool:
        """Do something meanwhile; False: this cannot be done to a relay that is held."""
        party = self.stage.parties.get(action.who)
        match action.do:
            case Do.CONNECT:
                return self._connect(action.who)
            case Do.SEND | Do.BURST if party is not None:
                return self._send(party, action.pieces)
            case Do.HALF if party is not None and not party.model.is_lost:
                self.stage.half(party)
                return True
            case Do.LEAVE if party is not None:
                return self._leave(party)
            case _:
                return False

    def _connect(self, name: str) -> bool:
        if name in self.stage.parties:
            return False
        party = self.stage.come(name, is_waited_for=False)
        if party is None:
            return False
        # The relay may see it come before what was sent meanwhile.
        party.inbox.since = self.since
        for entry in self.sent_to.entries[self.began :]:
            party.inbox.expect(entry, must=False)
        self.joining.append(party)
        if len(self.joining) > 1:
            self.stage.findings.disturb("RLY-ABRUPT")
        return True

    def _send(self, party: Party, pieces: tuple[bytes, ...]) -> bool:
        if party.is_gone or party.is_half or party.model.is_lost or party.client.has_ended:
            return True
        self.room_bytes -= sum(map(len, pieces))
        self.room_pieces -= len(pieces)
        if min(self.room_bytes, self.room_pieces) < 0:
            return False
        self.senders.add(party.name)
        end = party.model.end_of(pieces)
        for piece in pieces:
            self.stage.write(party, piece, end)
        return True

    def _leave(self, party: Party) -> bool:
        is_uncertain = party.model.is_lost or party.was_slow or party.name in self.unread
        if party.is_gone or self.stage.echoes or is_uncertain:
            return False
        # What others have sent meanwhile does not reach it any more.
        party.in_doubt = True
        self.stage.findings.see(party)
        self.stage.findings.disturb("RLY-PARTIAL" if party.model.rest else "RLY-ABRUPT")
        self.stage.leave(party)
        self.gone.append(party)
        return True

    def let_go(self) -> None:
        """Let the relay go on, and wait until it has seen who has come meanwhile."""
        self.stage.relay.go_on()
        for party in self.gone:
            if self.senders - {party.name}:
                self.stage.excuse(party)
        self.stage.register(self.joining)

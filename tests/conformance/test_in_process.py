"""In process, an implementation may do to its arguments what it likes without harm to the judge."""

from __future__ import annotations

from typing import Any

from torq_conformance.cases import messages
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.outcomes import Accepted
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.reference import Reference


class Greedy(Reference):
    """Empties what it was given."""

    def encode(self, message: Any) -> bytes:
        data = super().encode(message)
        message["tlvs"].clear()
        message["header"].clear()
        return data


def test_a_changed_argument_changes_nothing_else() -> None:
    message = messages.message((200, b"abc"))
    request = Request(Operation.ENCODE, message)
    adapter = InProcessAdapter(Greedy(), "greedy")
    first, second = adapter.call_together([request, request])
    assert isinstance(first, Accepted)
    assert first == second == adapter.call(request)
    assert message == messages.message((200, b"abc"))

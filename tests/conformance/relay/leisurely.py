"""A right relay that delivers all late, or what a storm of clients sent, who have left by then.

    python leisurely.py SECONDS all|storm --domain 1 --socket PATH

Each client of a storm sends one message, so no order is touched.
"""

from __future__ import annotations

import asyncio
import sys

from torq_conformance.relay.reference.__main__ import main
from torq_conformance.relay.reference.engine import Connection, Relay


def is_of_storm(message: bytes) -> bool:
    """Whether a client of a storm sent it: source 9, sequence 100 to 399, 80 bytes."""
    sequence = int.from_bytes(message[8:16], "little")
    return message[6] == 9 and 100 <= sequence < 400 and len(message) == 80


def is_any(message: bytes) -> bool:
    """Whether it is a message."""
    return bool(message)


class LeisurelyRelay(Relay):
    """Forwards later."""

    seconds = 0.0
    is_late = staticmethod(is_of_storm)

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        if start < end and self.is_late(data[start:end]):
            loop = asyncio.get_running_loop()
            own, lines[:] = [*lines], []
            loop.call_later(self.seconds, super().forward, sender, data, start, end, own)
        else:
            super().forward(sender, data, start, end, lines)


if __name__ == "__main__":
    LeisurelyRelay.seconds = float(sys.argv[1])
    if sys.argv[2] == "all":
        LeisurelyRelay.is_late = staticmethod(is_any)
    sys.exit(main(sys.argv[3:], LeisurelyRelay))

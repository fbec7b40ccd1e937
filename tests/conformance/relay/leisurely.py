"""A right relay that delivers what a storm of clients sent long after they sent it, and left.

    python leisurely.py SECONDS --domain 1 --socket PATH

Each of them sends one message, so no order is touched.
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


class LeisurelyRelay(Relay):
    """Forwards later what a storm has sent."""

    seconds = 0.0

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        if start < end and is_of_storm(data[start:end]):
            loop = asyncio.get_running_loop()
            loop.call_later(self.seconds, super().forward, sender, data, start, end, lines)
        else:
            super().forward(sender, data, start, end, lines)


if __name__ == "__main__":
    LeisurelyRelay.seconds = float(sys.argv[1])
    sys.exit(main(sys.argv[2:], LeisurelyRelay))

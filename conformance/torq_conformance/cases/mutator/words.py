"""Numbers that look drawn and follow from a seed: splitmix64, as accumulated vectors have it."""

from __future__ import annotations

MASK = (1 << 64) - 1


class Words:
    """A row of 64-bit words; the same seed gives the same row everywhere."""

    def __init__(self, seed: int) -> None:
        self._state = seed & MASK

    def draw(self, count: int) -> int:
        """A number from 0 to below ``count``, which is 1 at least."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        word = self._state
        word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & MASK
        word = (word ^ word >> 27) * 0x94D049BB133111EB & MASK
        return (word ^ word >> 31) % count

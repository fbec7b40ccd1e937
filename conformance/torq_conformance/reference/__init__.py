"""The reference codec: a second reading of the protocol page, by hand and without Construct.

Contract: nothing in this package is derived from the Construct declarations; it shares no table and
no code with them. That is why comparing the two byte by byte means something.
"""

from __future__ import annotations

from torq_conformance.reference.implementation import Reference

__all__ = ["Reference"]

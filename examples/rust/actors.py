"""Runs the example of actors, and holds the bytes they send against declarations of their messages.

Built by `cargo build --release --examples`; exit code 1 if what is printed says something else.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from construct import Bytes

from torq_conformance.model.derived_codec import decode_message
from torq_specs import REGISTRY, Declaration, Field, Zeros, diagnose, i64, u32, u64, vendor

EXAMPLE = Path(__file__).parent / "target" / "release" / "examples" / "actor_messages"

ORDER = Field("order", u64, "which order")

TLVS = [
    vendor(
        220,
        Declaration(
            "Ask",
            "May this order go out?",
            ORDER,
            Field("exposure", i64, "exposure with it"),
            Field("trader", Bytes(8), "who asks"),
            provenance="vendor",
        ),
        24,
    ),
    vendor(230, Declaration("Allow", "It may.", ORDER, provenance="vendor"), 8),
    vendor(
        231,
        Declaration(
            "Deny",
            "It may not.",
            ORDER,
            Field("reason", u32, "why"),
            Zeros(4),
            provenance="vendor",
        ),
        16,
    ),
]

SENT = [
    {"type": 220, "value": {"order": 1, "exposure": -100, "trader": b"trader-1"}},
    {"type": 230, "value": {"order": 1}},
    {"type": 220, "value": {"order": 2, "exposure": 101, "trader": b"trader-1"}},
    {"type": 231, "value": {"order": 2, "reason": 7}},
]


def main() -> int:
    """Compare what was sent with what should have been."""
    done = subprocess.run([EXAMPLE], capture_output=True, text=True, check=True)
    registry = REGISTRY.with_vendor_types(TLVS)
    messages = [bytes.fromhex(line) for line in done.stdout.split()]
    faults = [fault for message in messages for fault in diagnose(message, registry)]
    sent = [tlv for message in messages for tlv in decode_message(message, registry)["tlvs"]]
    if not faults and sent == SENT:
        return 0
    print(f"the actors sent {sent}, not {SENT}; faults: {faults}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

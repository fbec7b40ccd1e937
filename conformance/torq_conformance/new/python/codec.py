"""A codec for Torq Protocol V2 of which nothing is written yet but who it is."""

from collections.abc import Mapping
from typing import Any

from torq_conformance import Unsupported


class Codec:
    """Asked for one message at a time; refuse with ``Rejected("TruncatedTLV", offset=2, ...)``."""

    name, version = "my-codec", "0.1"
    capabilities = frozenset({"decode", "encode"})
    types = frozenset({"Trade"})

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """Return the bytes of a message."""
        raise Unsupported

    def decode(self, data: bytes) -> Mapping[str, Any]:
        """Return the message that the bytes hold."""
        raise Unsupported

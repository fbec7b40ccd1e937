"""The reference relay: one engine, three logics; the standard library alone."""

from torq_conformance.relay.reference.engine import Relay
from torq_conformance.relay.reference.logic import LOGICS, RelayLogic

__all__ = ["LOGICS", "Relay", "RelayLogic"]

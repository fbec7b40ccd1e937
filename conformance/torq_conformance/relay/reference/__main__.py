"""``python -m torq_conformance.relay.reference --domain 1 --socket PATH``: the reference relay."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from torq_conformance.relay.reference.engine import Relay
from torq_conformance.relay.reference.logic import LOGICS


def main(arguments: list[str] | None = None, relay: type[Relay] = Relay) -> int:
    """Serve one domain on one socket."""
    parser = argparse.ArgumentParser(description="The reference relay.")
    parser.add_argument("--domain", type=int, choices=sorted(LOGICS), required=True)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--audit", type=Path)
    options = parser.parse_args(arguments)
    audit = options.audit if options.domain == 3 else None
    return relay(LOGICS[options.domain], options.socket, audit).run()


if __name__ == "__main__":
    sys.exit(main())

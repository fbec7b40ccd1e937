"""``python -m torq_conformance`` is the command ``torq-conformance``."""

from __future__ import annotations

from torq_conformance.cli import main

if __name__ == "__main__":
    main(prog_name="torq-conformance")

"""The reference over stdio, which takes no request that the JSON Schema does not know."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from torq_conformance.implementations.stdio_lint import why_not_request
from torq_conformance.implementations.stdio_server import Server
from torq_conformance.reference import Reference
from torq_specs.registry import REGISTRY


class Linting(Server):
    """Ends with the reason when a request is out of form."""

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if why := why_not_request(request):
            sys.exit(f"LINT {why}")
        return super().answer(request)


if __name__ == "__main__":
    Linting(Reference(), REGISTRY).serve()

"""Implementations that a campaign must get along with: one that errs once, and one that ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from torq_conformance.reference import Reference

MARK = "TORQ_TEST_MARK"
"""The environment variable with the path of a file; what has happened once, it says."""


class ErrsOnce(Reference):
    """Loses the flags of one message, one single time in the whole campaign."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        mark = Path(os.environ[MARK])
        if message["header"]["flags"] == 255 and not mark.exists():
            mark.touch()
            message["header"]["flags"] = 0
        return message


class EndsOnce(Reference):
    """Ends the process that it lives in, one single time in the whole campaign."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        mark = Path(os.environ[MARK])
        if message["header"]["flags"] == 255 and not mark.exists():
            mark.touch()
            os._exit(0)
        return message


class EndsAlways(Reference):
    """Ends the process that it lives in whenever it sees flags of 255."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        if message["header"]["flags"] == 255:
            os._exit(0)
        return message

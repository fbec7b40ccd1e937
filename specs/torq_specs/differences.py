"""Where the public reference system differs from this specification (section 11).

A difference stands at what it speaks of: a declaration, a registry line, a requirement. It was
measured on running code, so it says where that code is; without a source it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from torq_specs.errors import SpecificationError

PUBLIC_SYSTEM = "dawsh2/Torq d46fc9d, 2025-09-01"
"""The public system, at the commit that was compiled and run."""


@dataclass(frozen=True)
class Difference:
    """One difference: ``subject``, what this page says, what the public system does, and where."""

    subject: str
    page: str
    public: str
    source: str

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise SpecificationError(f"the difference about {self.subject} has no source")

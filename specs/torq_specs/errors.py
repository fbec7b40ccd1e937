"""What is raised where the specification itself cannot be right."""

from __future__ import annotations


class SpecificationError(Exception):
    """A declaration or a registry line that cannot be right; the text names the culprit."""

"""Judges implementations of Torq Protocol V2.

What an implementer needs is here:

- ``Rejected`` is raised for a refusal, ``Unsupported`` for what is not implemented;
- ``Implementation`` is the contract, as a type to check one's class against;
- ``MappedErrors`` is a base class that turns one's own exceptions into refusals by a table;
- ``conformance_suite`` makes the suite a class of tests in a file of one's own.

Importing this package loads nothing but the standard library.
"""

from torq_conformance.implementations.conformance_suite import conformance_suite
from torq_conformance.implementations.mapped_errors import MappedErrors
from torq_conformance.implementations.protocol import Capability, Implementation
from torq_conformance.rejection import Rejected, Unsupported

__all__ = [
    "Capability",
    "Implementation",
    "MappedErrors",
    "Rejected",
    "Unsupported",
    "conformance_suite",
]

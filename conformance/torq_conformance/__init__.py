"""Judges implementations of Torq Protocol V2.

What an implementer needs is here: raise ``Rejected`` for a refusal and ``Unsupported`` for what
is not implemented. Importing this package loads nothing but the standard library.
"""

from torq_conformance.rejection import Rejected, Unsupported

__all__ = ["Rejected", "Unsupported"]

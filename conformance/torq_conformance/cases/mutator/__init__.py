"""Changes bytes into other messages, for fuzzers: the rules that ``export fuzz`` writes as C.

``Mutator`` is what others use. The C file and this room give the same bytes for the same seed.
"""

from torq_conformance.cases.mutator.mutator import Mutator

__all__ = ["Mutator"]

"""Mutants: implementations that are the reference with exactly one fault, for the suite to kill.

A suite is worth the faults it finds. Each mutant here names, in one sentence, a fault of real
codecs and the requirements that it violates; ``matrix`` shows which test kills it. A mutant that
survives is a gap in the suite. One mutant is judged like any implementation:
``torq-conformance run python:torq_conformance.mutants.header:MagicUnchecked``.
"""

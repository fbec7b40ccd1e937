"""One mutant against the golden vectors alone: which of them kills it first.

The vectors that judge what the mutant violates come first, those of the types that it touches
before others. Anything that a vector finds kills, a SHOULD finding as well.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace

from torq_conformance.judging.judge import Judge
from torq_conformance.mutants.seeding import Mutant
from torq_conformance.mutants.trial import Fate, Kill, PatientAdapter, survival
from torq_conformance.vectors.judged import judge_vector
from torq_conformance.vectors.reader import GoldenVector, published


def type_of(vector: GoldenVector) -> int | None:
    """The type that a file of vectors is about, where it is about one."""
    if vector.file == "order_book.json":
        return 3
    found = re.fullmatch(r"tlvs/(\d+)-\w+\.json", vector.file)
    return int(found.group(1)) if found else None


def relevance(vector: GoldenVector, mutant: Mutant) -> int:
    """How likely a vector is to kill a mutant; 0 is the likeliest."""
    number = type_of(vector)
    is_near = not mutant.touched or number is None or number in mutant.touched
    if not set(mutant.requirements).isdisjoint(vector.requirements):
        return 0 if is_near else 1
    if not set(mutant.shown_by).isdisjoint(vector.requirements) and is_near:
        return 2
    return 3 if is_near else 4


class VectorTrial:
    """Judges one mutant vector by vector."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.judge = Judge(PatientAdapter(mutant))

    def run(self, on_vector: Callable[[GoldenVector], None] = lambda _: None) -> Kill:
        """Judge until a vector finds anything, or to the end of them."""
        started = time.perf_counter()
        kill = survival(self.mutant)
        for vector in sorted(published(), key=lambda one: relevance(one, self.mutant)):
            on_vector(vector)
            self.judge.start(vector.id, 0)
            judge_vector(self.judge, vector)
            found = [
                (id_, not tally.failed)
                for id_, tally in self.judge.record.tallies.items()
                if tally.failed or tally.findings
            ]
            if found or self.judge.breakdowns.why_over:
                killer, is_should = found[0]
                kill = replace(
                    kill,
                    fate=Fate.KILLED,
                    killer=killer,
                    chapter=vector.file,
                    test=vector.id,
                    is_should=is_should,
                )
                break
        return replace(kill, seconds=time.perf_counter() - started)

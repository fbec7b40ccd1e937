"""Judges an implementation by what a golden vector says is right."""

from __future__ import annotations

from torq_conformance.implementations.protocol import Capability
from torq_conformance.judging.judge import Judge, Published
from torq_conformance.vectors.reader import GoldenVector, questions


def judge_vector(judge: Judge, vector: GoldenVector) -> bool:
    """Judge all that a vector asks, by what its file says; False if it failed.

    What the file calls acceptable is a SHOULD finding at most, whatever is claimed.
    """
    claimed = judge.capabilities - {Capability.STRICT_PADDING}
    passed = [
        judge.judge(
            question.case,
            Published(question.right, vector.id, vector.requirements[1:], claimed),
        )
        for question in questions(vector)
    ]
    return all(passed)

"""The published golden vectors, judged by what their files say; only with --torq-vectors-only.

All that they ask, the chapters before ask as well, so a whole run would only ask it twice. One test
for all vectors of a file that judge one requirement first, named by both.
"""

from __future__ import annotations

import pytest

from torq_conformance.judging.judge import Judge
from torq_conformance.vectors.judged import judge_vector
from torq_conformance.vectors.reader import VectorGroup


@pytest.mark.torq_vectors
def test_vectors(torq_judge: Judge, group: VectorGroup) -> None:
    """The answers that the file has, or refusals that it admits."""
    for vector in group.vectors:
        judge_vector(torq_judge, vector)
        if torq_judge.is_over:
            torq_judge.record.ended = torq_judge.why_over
            return

"""The published golden vectors, judged by what their files say; only with --torq-vectors-only.

All that they ask, the chapters before ask as well, so a whole run would only ask it twice. One test
per vector, named by its id.
"""

from __future__ import annotations

import pytest

from torq_conformance.judging.judge import Judge
from torq_conformance.vectors.judged import judge_vector
from torq_conformance.vectors.reader import GoldenVector


@pytest.mark.torq_vectors
def test_vector(torq_judge: Judge, vector: GoldenVector) -> None:
    """The answer that the file has, or a refusal that it admits."""
    judge_vector(torq_judge, vector)

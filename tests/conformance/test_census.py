"""A whole run fills every required bucket; a bucket that stays empty makes it inconclusive."""

from __future__ import annotations

from collections import Counter

import pytest

from torq_conformance.cases.case import Case
from torq_conformance.implementations.protocol import Capability
from torq_conformance.judging import census
from torq_conformance.judging.expectations import expect
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of
from torq_specs.registry import REGISTRY

CODEC = {Capability.DECODE, Capability.ENCODE}


@pytest.fixture(scope="module")
def counts() -> Counter[str]:
    """The census of the enumerated cases alone."""
    total: Counter[str] = Counter()
    for test in suite_tests():
        if not test.is_generated:
            for line in test.lines(REGISTRY):
                for case in cases_of(test.source, REGISTRY, line):
                    asked = (case.request,) if isinstance(case, Case) else case.requests
                    for request in asked:
                        total[census.bucket(request, expect(request), REGISTRY)] += 1
    return total


def test_enumerated_cases_fill_every_required_bucket(counts: Counter[str]) -> None:
    assert census.empty(counts, REGISTRY, CODEC) == []


def test_an_empty_bucket_is_seen(counts: Counter[str]) -> None:
    without = {key: n for key, n in counts.items() if "Quote, PayloadSizeMismatch" not in key}
    assert census.empty(without, REGISTRY, CODEC) == ["decode, Quote, PayloadSizeMismatch"]
    magic = {key: n for key, n in counts.items() if not key.endswith("InvalidMagic")}
    assert census.empty(magic, REGISTRY, CODEC) == ["decode, any type, InvalidMagic"]


def test_what_is_not_claimed_is_not_required() -> None:
    assert list(census.required(REGISTRY, set())) == []
    assert all(key.startswith("encode") for key in census.required(REGISTRY, {Capability.ENCODE}))

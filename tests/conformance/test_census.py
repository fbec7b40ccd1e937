"""A bucket that stays empty is seen; that none does, every whole run proves or is inconclusive."""

from __future__ import annotations

import pytest

from torq_conformance.implementations.protocol import Capability
from torq_conformance.judging import census
from torq_specs.registry import REGISTRY

CODEC = {Capability.DECODE, Capability.ENCODE}
REQUIRED = (*census.required(REGISTRY, CODEC),)
OF_A_TYPE = tuple(key for key in REQUIRED if f", {census.ANY}, " not in key)


def test_of_full_buckets_none_is_empty() -> None:
    assert len(REQUIRED) > 400
    assert census.empty(dict.fromkeys(REQUIRED, 1), REGISTRY, CODEC) == []


@pytest.mark.parametrize("key", OF_A_TYPE)
def test_an_empty_bucket_is_seen(key: str) -> None:
    without = {other: 1 for other in REQUIRED if other != key}
    assert census.empty(without, REGISTRY, CODEC) == [key]


def test_a_fault_that_was_met_in_no_type_is_seen() -> None:
    magic = {key: 1 for key in REQUIRED if not key.endswith("InvalidMagic")}
    assert census.empty(magic, REGISTRY, CODEC) == ["decode, any type, InvalidMagic"]


def test_what_is_not_claimed_is_not_required() -> None:
    assert list(census.required(REGISTRY, set())) == []
    assert all(key.startswith("encode") for key in census.required(REGISTRY, {Capability.ENCODE}))

"""``diagnose`` and ``Message`` agree: no fault exactly when Construct takes the message."""

from __future__ import annotations

import importlib
import pkgutil
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from construct import ConstructError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import torq_conformance.suite
from torq_conformance.cases import corruptions, strategies
from torq_conformance.cases.case import Sequence
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.suite.checks import cases_of, lines_of
from torq_specs.faults import CONTEXT, FaultKind, diagnose, diagnose_value
from torq_specs.message import Message
from torq_specs.registry import REGISTRY

ours = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

SHARDS = 4
"""Parts of the bulk, so that they spread over cores."""


def is_parsed(data: bytes) -> bool:
    try:
        Message.parse(data)
    except ConstructError:
        return False
    return True


def is_built(message: dict[str, Any]) -> bool:
    try:
        Message.build(message)
    except ConstructError:
        return False
    return True


HEAD = bytes.fromhex("efbeadde 00 01 01 00 0100000000000000 0200000000000000")


def wire(payload: bytes, domain: int) -> bytes:
    start = HEAD[:4] + bytes([domain]) + HEAD[5:] + len(payload).to_bytes(4, "little")
    return start + zlib.crc32(start + payload).to_bytes(4, "little") + payload


@ours
@given(corruptions.corrupted(REGISTRY))
def test_nothing_is_reported_exactly_when_construct_parses(data: bytes) -> None:
    assert (diagnose(data) == []) is is_parsed(data)


@ours
@given(st.builds(wire, st.binary(max_size=80), st.sampled_from([1, 2, 3, 4])))
def test_nothing_is_reported_of_arbitrary_payloads_exactly_when_construct_parses(
    data: bytes,
) -> None:
    assert (diagnose(data) == []) is is_parsed(data)


@ours
@given(strategies.whole_messages(REGISTRY))
def test_valid_message_has_no_fault_either_way(value: dict[str, Any]) -> None:
    assert diagnose_value(value) == []
    assert diagnose(Message.build(value)) == []


@pytest.mark.parametrize("shard", range(SHARDS))
def test_nothing_is_reported_of_the_bulk_exactly_when_construct_parses(
    draw_corruptions: Callable[[int, int], Iterator[bytes]], corruption_count: int, shard: int
) -> None:
    kinds: set[str] = set()
    for data in draw_corruptions(shard, corruption_count // SHARDS):
        faults = diagnose(data)
        assert (faults == []) is is_parsed(data), (data.hex(), list(map(str, faults)))
        kinds |= {str(fault.kind) for fault in faults} or {"none"}
        for fault in faults:
            assert tuple(fault.context) == CONTEXT[fault.kind]
    if corruption_count >= 1000 * SHARDS:
        others = {"PayloadTooLarge", "ValueOutOfRange", "InvalidInstrument"}
        others |= {"ValidationFailed", "ConfigError"}
        assert kinds == {*map(str, FaultKind), "none"} - others, "no kind stayed out"


@pytest.mark.parametrize("shard", range(SHARDS))
def test_nothing_is_reported_of_wrong_values_exactly_when_construct_builds(
    draw_wrong_values: Callable[[int, int], Iterator[dict[str, Any]]],
    corruption_count: int,
    shard: int,
) -> None:
    for value in draw_wrong_values(shard, corruption_count // SHARDS // 2):
        faults = diagnose_value(value)
        assert (faults == []) is is_built(value), (value, list(map(str, faults)))
        for fault in faults:
            assert tuple(fault.context) == CONTEXT[fault.kind]


def enumerated_tests() -> Iterator[tuple[str, Any]]:
    """The suite's own tests of enumerated cases, by name."""
    package = torq_conformance.suite
    for found in pkgutil.iter_modules(package.__path__):
        if found.name.startswith("test_"):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            for name, test in vars(module).items():
                if hasattr(test, "torq_source") and not test.torq_generated:
                    yield f"{found.name}.{name}", test


ENUMERATED = dict(enumerated_tests())
HEAVY = {
    "test_4_values.test_fields_lie_at_their_offsets": 11,
    "test_4_values.test_every_byte_is_carried": 7,
    "test_6_truncation.test_every_prefix_of_a_message_is_refused": 7,
    "test_6_truncation.test_every_prefix_of_a_payload_is_refused": 7,
}
"""Of these every n-th case is taken: the cases are many and alike, and Construct is slow."""


def requests_of(name: str) -> Iterator[Request]:
    test = ENUMERATED[name]
    lines = lines_of(REGISTRY, test.torq_each) if test.torq_each else (None,)
    cases = [case for line in lines for case in cases_of(test.torq_source, REGISTRY, line)]
    for case in cases[:: HEAVY.get(name, 1)]:
        yield from case.requests if isinstance(case, Sequence) else (case.request,)


@pytest.mark.parametrize("name", sorted(ENUMERATED))
def test_nothing_is_reported_of_a_case_of_the_suite_exactly_when_construct_takes_it(
    name: str,
) -> None:
    for operation, argument in ((r.operation, r.argument) for r in requests_of(name)):
        if operation in {Operation.DECODE, Operation.ROUNDTRIP}:
            assert isinstance(argument, bytes)
            assert (diagnose(argument) == []) is is_parsed(argument), argument.hex()
        elif operation is Operation.ENCODE:
            assert isinstance(argument, dict)
            assert (diagnose_value(argument) == []) is is_built(argument), argument

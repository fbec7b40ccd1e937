"""Two independent readings of section 6 tell the same faults with the same context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import torq_conformance.suite
from torq_conformance.cases import corruptions
from torq_conformance.cases.case import Sequence
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.reference import Reference
from torq_conformance.reference.faults import decode_faults, encode_faults
from torq_conformance.rejection import Rejected
from torq_conformance.suite.checks import cases_of, lines_of
from torq_specs.faults import FREE_TEXT, FaultKind, diagnose, diagnose_value
from torq_specs.registry import REGISTRY

SHARDS = 8
"""Parts of the bulk, so that they spread over cores."""

ours = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

Reported = tuple[str, tuple[tuple[str, object], ...]]


def reported(faults: Iterable[tuple[str, Mapping[str, object]]]) -> Counter[Reported]:
    """How often each kind was reported with each context, free text left out."""
    return Counter(
        (kind, tuple((k, v) for k, v in context.items() if k != FREE_TEXT.get(FaultKind(kind))))
        for kind, context in faults
    )


def decode_difference(data: bytes) -> str:
    """What only one of the two readings tells of these bytes; empty if they agree."""
    ours_ = reported((str(f.kind), f.context) for f in diagnose(data))
    theirs = reported((f.kind, f.context) for f in decode_faults(data))
    return _difference(ours_, theirs, data.hex())


def encode_difference(message: Mapping[str, Any]) -> str:
    """What only one of the two readings tells of this value; empty if they agree."""
    ours_ = reported((str(f.kind), f.context) for f in diagnose_value(message))
    theirs = reported((f.kind, f.context) for f in encode_faults(message))
    return _difference(ours_, theirs, str(message)[:2000])


def _difference(ours_: Counter[Reported], theirs: Counter[Reported], subject: str) -> str:
    if ours_ == theirs:
        return ""
    return f"only diagnose: {ours_ - theirs}; only the reference: {theirs - ours_}; {subject}"


@ours
@given(corruptions.corrupted(REGISTRY))
def test_both_tell_the_same_faults_of_drawn_corruptions(data: bytes) -> None:
    assert decode_difference(data) == ""


@pytest.mark.parametrize("shard", range(SHARDS))
def test_both_tell_the_same_faults_of_the_bulk(
    draw_corruptions: Callable[[int, int], Iterator[bytes]], corruption_count: int, shard: int
) -> None:
    for data in draw_corruptions(2000 + shard, corruption_count // SHARDS):
        assert decode_difference(data) == ""


@pytest.mark.parametrize("shard", range(SHARDS))
def test_both_tell_the_same_faults_of_the_bulk_of_values(
    draw_wrong_values: Callable[[int, int], Iterator[dict[str, Any]]],
    corruption_count: int,
    shard: int,
) -> None:
    for message in draw_wrong_values(2000 + shard, corruption_count // SHARDS // 2):
        assert encode_difference(message) == ""


def requests_of_the_suite() -> dict[str, Any]:
    """The suite's own tests of enumerated cases, by name."""
    import importlib
    import pkgutil

    package = torq_conformance.suite
    tests = {}
    for found in pkgutil.iter_modules(package.__path__):
        if found.name.startswith("test_"):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            for name, test in vars(module).items():
                if hasattr(test, "torq_source") and not test.torq_generated:
                    tests[f"{found.name}.{name}"] = test
    return tests


ENUMERATED = requests_of_the_suite()


def requests_of(name: str) -> Iterator[Request]:
    test = ENUMERATED[name]
    lines = lines_of(REGISTRY, test.torq_each) if test.torq_each else (None,)
    for line in lines:
        for case in cases_of(test.torq_source, REGISTRY, line):
            yield from case.requests if isinstance(case, Sequence) else (case.request,)


@pytest.mark.parametrize("name", sorted(ENUMERATED))
def test_both_tell_the_same_faults_of_every_case_of_the_suite(name: str) -> None:
    # Valid values at their boundaries are many and have no faults: a third of them is enough.
    step = 3 if name == "test_4_values.test_fields_lie_at_their_offsets" else 1
    for request in islice(requests_of(name), 0, None, step):
        if request.operation in {Operation.DECODE, Operation.ROUNDTRIP}:
            assert isinstance(request.argument, bytes)
            assert decode_difference(request.argument) == ""
        elif request.operation is Operation.ENCODE:
            assert isinstance(request.argument, Mapping)
            assert encode_difference(request.argument) == ""


def test_header_of_a_tlv_cut_by_a_buffer_that_is_too_short_is_judged_as_far_as_it_goes() -> None:
    head = bytes.fromhex("efbeadde 01 01 01 00 0100000000000000 0200000000000000 28000000 00000000")
    for start, kinds in (
        (b"\x21", {"InvalidTLVType", "RelayDomainMismatch"}),
        (b"\x50", {"RelayDomainMismatch"}),
        (b"\xff\x05", {"InvalidExtendedTLV"}),
        (b"\xff\x05\x00", {"InvalidExtendedTLV", "InvalidTLVType"}),
        (b"\xff\x00\xc8\x01", set()),
        (b"\xc8", set()),
    ):
        found = {str(fault.kind) for fault in decode_faults(head + start)}
        assert found == {"MessageTooSmall", "ChecksumMismatch", *kinds}
        assert decode_difference(head + start) == ""


def test_reference_refuses_with_the_first_of_its_faults() -> None:
    reference = Reference()
    message = {
        "header": {
            "relay_domain": 300,
            "version": 1,
            "source": 99,
            "flags": 0,
            "sequence": 0,
            "timestamp": 0,
        },
        "tlvs": [{"type": 33, "value": b""}],
    }
    with pytest.raises(Rejected) as refused:
        reference.encode(message)
    assert str(refused.value) == str(encode_faults(message)[0])
    with pytest.raises(Rejected) as refused:
        reference.decode(b"\xef\xbe\xad\xdd" + bytes(28))
    assert str(refused.value) == str(decode_faults(b"\xef\xbe\xad\xdd" + bytes(28))[0])

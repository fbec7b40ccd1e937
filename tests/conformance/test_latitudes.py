"""No red for what the protocol leaves open, and each latitude is really made use of."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.conformance import latitudes
from torq_conformance.cases import checksums
from torq_conformance.cases.case import Case, Sequence, decode
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.outcomes import Outcome
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging.judge import Judge
from torq_conformance.reference import Reference
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of
from torq_specs.faults import Fault
from torq_specs.registry import REGISTRY

KINDS = {
    name: kind
    for name, kind in vars(latitudes).items()
    if isinstance(kind, type)
    and issubclass(kind, Reference)
    and kind.__module__ == latitudes.__name__
    and kind not in {latitudes.Latitude, latitudes.Padding}
}

ALIKE = {
    *("OwnTypes", "OwnRefusals", "Remembers", "OneBuffer", "OtherThreads", "SlowAtFirst", "Chatty"),
    *("CountsFramesTwice", "Decodes", "Encodes", "Plain"),
}
"""Those whose answers are the reference's once they are read."""

LINES = {1, 10, 106, 200}
WHOLE, CASES_MAX = 150, 40
"""Cases that a test may have to be asked whole, and how many are asked of one that has more."""

SIZE_MAX = 20_000

MEASURED = {
    *("THR-WORK", "THR-TIME", "VIEW-DECODE", "VIEW-ALIAS", "VIEW-ALLOC"),
    *("VIEW-BOUNDS", "VIEW-LIFETIME"),
}
"""What is dear, and leaves nothing open: loops with their times, and living answers."""


@functools.cache
def cases() -> tuple[Case | Sequence, ...]:
    """Some of all enumerated tests, evenly chosen."""
    found: list[Case | Sequence] = []
    for test in suite_tests():
        if test.is_generated or test.is_stateful or MEASURED & {*test.requirements}:
            continue
        for line in test.lines(REGISTRY):
            if line is None or line.number in LINES:
                every = [c for c in cases_of(test.source, REGISTRY, line) if is_quick(c)]
                is_whole = len(every) <= WHOLE or test.names("MSG-TRAILING")
                found += every if is_whole else every[:: len(every) // CASES_MAX]
                found += [c for c in every if "as the second TLV" in c.label][:20]
    # Too long, and the checksum of the message alone is wrong as well as that of all there is.
    wrong = checksums.with_checksum(checksums.PLAIN, 1)
    found += [
        decode("MSG-TRAILING", f"{more!r} behind", wrong + more) for more in (b"x", b"\xc8\0")
    ]
    return tuple(found)


def is_quick(case: Case | Sequence) -> bool:
    """Whether it is no question of several threads, and about no large message."""
    argument: Any = case.requests[0].argument
    if isinstance(case, Sequence) and case.rounds:
        return False
    if isinstance(argument, bytes):
        return len(argument) < SIZE_MAX
    return sum(len(str(tlv["value"])) for tlv in argument.get("tlvs", ())) < SIZE_MAX


class Compared(InProcessAdapter):
    """Counts the answers in which an implementation differs from the reference."""

    different = 0

    def call(self, request: Request) -> Outcome:
        outcome = super().call(request)
        if request.placement is not None:
            return outcome
        # The judge asks more than there are cases: of what a text is wrong, the plain question.
        _requests.setdefault(key_of(request), request)
        self.different += outcome_text(outcome) != reference_says(key_of(request))
        return outcome


def key_of(request: Request) -> tuple[Operation, str]:
    argument = request.argument
    return request.operation, argument.hex() if isinstance(argument, bytes) else json.dumps(
        argument, default=bytes.hex
    )


_requests: dict[tuple[Operation, str], Request] = {}
_REFERENCE = InProcessAdapter(Reference(), "reference")


@functools.cache
def reference_says(key: tuple[Operation, str]) -> str:
    return outcome_text(_REFERENCE.call(_requests[key]))


def outcome_text(outcome: Outcome) -> str:
    return repr(outcome)


def judged(kind: type[Reference], *, is_to_the_end: bool = True) -> tuple[Judge, Compared]:
    adapter = Compared(kind(), "right", kind)
    judge = Judge(adapter)
    judge.start("some of all", 0)
    for case in cases():
        for request in case.requests:
            _requests.setdefault(key_of(request), request)
        if not judge.judge(case) and not is_to_the_end:
            break
    return judge, adapter


def test_there_are_thirty_of_them() -> None:
    assert len(KINDS) >= 30


@pytest.mark.parametrize("name", KINDS)
def test_a_right_implementation_is_not_red(name: str) -> None:
    judge, adapter = judged(KINDS[name])
    record = judge.record
    assert not record.failures, record.failures[0]
    assert not record.lost
    assert record.judged > 500
    assert (adapter.different > 0) is (name not in ALIKE), adapter.different


def _exactly(fault: Fault, name: str, value: object) -> bool:
    return value == fault.context[name]


def _nothing(*_: object) -> Iterator[Any]:
    return iter(())


STRICT: Mapping[str, tuple[str, object, tuple[str, ...]]] = {
    "context": (
        "torq_specs.faults.Fault.admits",
        _exactly,
        (
            *("LoneByteNeedsTwo", "InnerTypeAtItsByte", "ChecksumOfTheMessage", "CountsToTheEnd"),
            *("PaddingAtTheEnd", "PaddingAtTheStart"),
        ),
    ),
    "ids": (
        "torq_conformance.judging.expectations.latitudes",
        _nothing,
        ("ListedVenuesOnly", "ListedVenuesOfIds", "ExpiriesOf32Bits"),
    ),
    "domains": ("torq_specs.faults._domain_faults", _nothing, ("DomainBeforeType",)),
}


@pytest.mark.parametrize(
    ("way", "name"), [(way, name) for way, (_, _, names) in STRICT.items() for name in names]
)
def test_without_its_latitude_it_would_be_red(
    way: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, strict, _ = STRICT[way]
    monkeypatch.setattr(where, strict)
    judge, _ = judged(KINDS[name], is_to_the_end=False)
    assert judge.record.failures

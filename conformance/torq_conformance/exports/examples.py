"""The smallest right and the smallest wrong question about a requirement, taken from the suite.

Nothing is typed: what is asked is a case of the suite, what is right the specification says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from torq_conformance.cases import messages
from torq_conformance.cases.case import Case, decode
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging.expectations import Accept, Expectation, Name, Reject, expect
from torq_conformance.model import derived_codec
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of
from torq_specs.faults import Fault, FaultKind
from torq_specs.registry import REGISTRY, Registry

SIZE_MAX = 6_300
"""Bytes of an example; a full book is the largest that is of use."""


@dataclass(frozen=True)
class Example:
    """One question and what is right; ``data`` are the bytes that it is about, if any."""

    label: str
    request: Request
    expectation: Expectation
    data: bytes | None

    @property
    def size(self) -> int:
        """What makes it small: bytes, or characters of what is no message."""
        return len(self.data) if self.data is not None else len(repr(self.request.argument))

    @property
    def is_wrong(self) -> bool:
        """Whether it is to be refused, or something is to be named."""
        if isinstance(self.expectation, Name):
            return bool(self.expectation.groups)
        return isinstance(self.expectation, Reject)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """For what it may be refused."""
        return self.expectation.faults if isinstance(self.expectation, Reject) else ()


@cache
def of_requirement(
    requirement: str, registry: Registry = REGISTRY
) -> tuple[Example | None, Example | None]:
    """The smallest right and the smallest wrong question; None where the suite has none."""
    right: Example | None = None
    wrong: Example | None = None
    for example in _examples(requirement, registry):
        if example.is_wrong and _is_smaller(example, wrong) and _is_plain(example):
            wrong = example
        elif not example.is_wrong and _is_smaller(example, right):
            right = example
    if right is None and wrong is not None and wrong.data is not None:
        right = _example(decode(requirement, "a bare header", messages.wire()), registry)
    return right, wrong


@cache
def of_fault(kind: FaultKind, requirement: str, registry: Registry = REGISTRY) -> Example | None:
    """The smallest question that is to be refused for that kind of fault and for nothing else."""
    best: Example | None = None
    for case in _cases(requirement, registry):
        argument = case.request.argument
        if best is not None and isinstance(argument, bytes) and len(argument) >= best.size:
            # What is right is not worked out for what is too large anyway.
            continue
        example = _example(case, registry)
        if example is None or {fault.kind for fault in example.faults} != {kind}:
            continue
        if _is_smaller(example, best):
            best = example
    return best


def _is_smaller(example: Example, best: Example | None) -> bool:
    return best is None or example.size < best.size


def _is_plain(example: Example) -> bool:
    """Whether it has one fault, and not a bare nothing: that would explain little."""
    return len({fault.kind for fault in example.faults}) <= 1 and example.data != b""


def _examples(requirement: str, registry: Registry) -> Iterator[Example]:
    for case in _cases(requirement, registry):
        example = _example(case, registry)
        if example is not None:
            yield example


def _cases(requirement: str, registry: Registry) -> Iterator[Case]:
    for test in suite_tests():
        if test.is_generated or not any(fnmatchcase(requirement, n) for n in test.requirements):
            continue
        for line in test.lines(registry):
            for case in cases_of(test.source, registry, line):
                if isinstance(case, Case) and case.requirement == requirement:
                    yield case


def _example(case: Case, registry: Registry) -> Example | None:
    request = case.request
    if request.placement is not None:
        return None
    argument = request.argument
    if isinstance(argument, bytes) and len(argument) > SIZE_MAX:
        return None
    expectation = expect(request, registry)
    data: bytes | None = argument if isinstance(argument, bytes) else None
    if data is None and isinstance(expectation, Accept) and isinstance(expectation.value, bytes):
        data = expectation.value
    if request.operation is Operation.VALIDATE:
        data = derived_codec.encode_message(argument, registry)  # type: ignore[arg-type]
    if data is not None and len(data) > SIZE_MAX:
        return None
    return Example(case.label, request, expectation, data)

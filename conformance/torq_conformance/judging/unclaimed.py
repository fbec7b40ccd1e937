"""Types that are not claimed: refused as InvalidTLVType or carried as bytes, always the same."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.implementations.outcomes import Accepted, Outcome
from torq_conformance.implementations.protocol import Request
from torq_conformance.judging.attribution import Deviation
from torq_conformance.judging.expectations import unclaimed_in
from torq_conformance.judging.verdicts import Finding
from torq_conformance.rejection import Rejected
from torq_specs.faults import FaultKind
from torq_specs.registry import Registry

CARRIED, REFUSED = "carried", "refused as InvalidTLVType"


class Treatments:
    """What an implementation does with types that it does not claim, within one case."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._first: dict[int, str] = {}

    def clear(self) -> None:
        """Begin a new case."""
        self._first.clear()

    def changed(self, requirement: str, request: Request, outcome: Outcome) -> Iterator[Finding]:
        """A finding where a type is treated in another way than before."""
        treatment = _treatment(outcome)
        if not self._registry.unclaimed or not treatment:
            return
        for number in unclaimed_in(request, self._registry):
            before = self._first.setdefault(number, treatment)
            if before != treatment:
                name = self._registry.unclaimed[number].name
                problem = f"{name}, which is not claimed, was {before} before and is {treatment}"
                way = Deviation(requirement, "unclaimed types treated in two ways")
                yield Finding.of(problem, [way])


def _treatment(outcome: Outcome) -> str:
    match outcome:
        case Accepted():
            return CARRIED
        case Rejected(kind=FaultKind.INVALID_TLV_TYPE):
            return REFUSED
    return ""

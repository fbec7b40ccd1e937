"""Judges one message as the suite does; what is wrong with it comes as the data of a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torq_conformance.cases.case import Case, decode, encode, roundtrip
from torq_conformance.implementations.outcomes import Accepted, Lost
from torq_conformance.implementations.protocol import NEEDS
from torq_conformance.judging import evidence, expectations, verdicts
from torq_conformance.model import derived_codec
from torq_conformance.search.batches import Door
from torq_specs.registry import Registry
from torq_specs.requirements import layout_requirement_id

ROUNDTRIP, HEADER, STATE = "RT-BYTES", "HDR-LAYOUT", "STATE-INDEPENDENT"


def failure(door: Door, data: bytes, number: int, among: str = "") -> dict[str, Any]:
    """The failure of a valid message of type ``number`` that an implementation got wrong.

    ``among`` says how the message was asked when it was not asked alone; then it is no surprise
    that nothing is wrong with it alone.
    """
    capabilities = door.adapter.identity.capabilities
    for case in questions(data, number, door.registry):
        if not NEEDS[case.request.operation] <= capabilities:
            continue
        expectation = expectations.expect(case.request, door.registry)
        outcome = door.adapter.call(case.request)
        if isinstance(outcome, Lost):
            continue
        found = verdicts.judge(
            case.requirement, case.request, expectation, outcome, capabilities, door.registry
        )
        finding = next((finding for finding in found if finding.is_must), None)
        if finding is not None:
            return evidence.failure(
                *("search", case.label, case, "", finding, ()),
                *(case.request, expectation, outcome, door.registry),
            )
    problem = f"right when asked alone, but not {among or 'when it was asked first'}"
    case = roundtrip(STATE, among, data)
    return evidence.failure(
        *("search", among, case, "", verdicts.Finding(STATE, problem), ()),
        *(case.request, expectations.Accept(data), Accepted(data), door.registry),
    )


def questions(data: bytes, number: int, registry: Registry) -> Iterator[Case]:
    """The questions about a valid message of a type; what shows most about it first."""
    message = derived_codec.decode_message(data, registry)
    # Shrunk to a header, it says nothing of the type.
    rule = layout_requirement_id(registry[number]) if message["tlvs"] else HEADER
    yield decode(rule, "decode", data)
    yield encode(rule, "encode", message)
    yield roundtrip(ROUNDTRIP, "decode and encode", data)

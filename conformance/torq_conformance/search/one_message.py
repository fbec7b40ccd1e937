"""Judges one message as the suite does, and puts what is wrong into the suite's words."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.case import Case, decode, encode, roundtrip
from torq_conformance.implementations.outcomes import Accepted, Lost
from torq_conformance.implementations.protocol import NEEDS
from torq_conformance.judging import expectations, verdicts
from torq_conformance.model import derived_codec
from torq_conformance.report.failures import describe
from torq_conformance.search.batches import Door
from torq_specs.registry import Registry
from torq_specs.requirements import layout_requirement_id, requirements

ROUNDTRIP, HEADER, STATE = "RT-BYTES", "HDR-LAYOUT", "STATE-INDEPENDENT"


def tell(
    door: Door, data: bytes, number: int, where: str, repeat: str, among: str = ""
) -> tuple[str, str]:
    """The violated requirement and the text of the failure.

    ``among`` says how the message was asked when it was not asked alone; then it is no surprise
    that nothing is wrong with it alone.
    """
    rules = requirements(door.registry)
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
            rule = rules[finding.requirement]
            text = describe(
                finding, rule, where, case.request, expectation, outcome, repeat, door.registry
            )
            return finding.requirement, text
    problem = f"right when asked alone, but not {among or 'when it was asked first'}"
    text = describe(
        verdicts.Finding(STATE, problem),
        rules[STATE],
        where,
        roundtrip(STATE, where, data).request,
        expectations.Accept(data),
        Accepted(data),
        repeat,
        door.registry,
    )
    return STATE, text


def questions(data: bytes, number: int, registry: Registry) -> Iterator[Case]:
    """The questions about a valid message of a type; what shows most about it first."""
    message = derived_codec.decode_message(data, registry)
    # Shrunk to a header, it says nothing of the type.
    rule = layout_requirement_id(registry[number]) if message["tlvs"] else HEADER
    yield decode(rule, "decode", data)
    yield encode(rule, "encode", message)
    yield roundtrip(ROUNDTRIP, "decode and encode", data)

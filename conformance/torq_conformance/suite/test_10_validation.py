"""What values mean, for implementations that claim validate or decode_validated (section 8)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import meanings
from torq_conformance.cases.case import Case
from torq_conformance.cases.corners import refused
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.implementations.protocol import Operation
from torq_conformance.suite.checks import enumerated, spanned
from torq_specs.registry import Registry, TlvType


@enumerated("VLD-*", each="ruled")
def test_every_rule_at_its_edges(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Sound values, and each rule broken alone, in the first TLV and beside a sound one."""
    for rule in line.rules:
        yield from meanings.judged(line, rule, registry)


@enumerated("VLD-*", each="ruled")
def test_rules_broken_together(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Every pair of rules of a type broken at once, and all of them; everything is named."""
    yield from meanings.together(line)


@enumerated("VLD-*")
def test_types_without_rules_break_none(registry: Registry) -> Iterator[Case]:
    """Values of every other type beside a sound one."""
    ruled = [*meanings.with_rules(registry)]
    # One with a vector and one without are enough.
    for line in dict.fromkeys([*ruled[:1], *ruled[-1:]]):
        yield from meanings.without_rules(line, registry)


@enumerated("VLD-DECODE")
def test_decoding_judges_meaning_after_form(registry: Registry) -> Iterator[Case]:
    """Every rule at its edges as bytes, and messages that are wrong in form and meaning."""
    yield from meanings.decoded_and_validated("VLD-DECODE", registry)


@spanned("VLD-DECODE", quick=80)
def test_decoding_and_validating_refuses_what_decode_refuses(registry: Registry) -> Iterator[Cell]:
    """Every reason, first in a message and behind other TLVs, and beside what breaks a rule."""
    yield from refused.asked(
        "VLD-DECODE", registry, Operation.DECODE_VALIDATED, "decode and validate"
    )
    yield from refused.beside_broken_rules("VLD-DECODE", registry)

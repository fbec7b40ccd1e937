"""What values mean, for implementations that claim validate (section 8)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import meanings
from torq_conformance.cases.case import Case
from torq_conformance.suite.checks import enumerated
from torq_specs.registry import Registry
from torq_specs.requirements import validation_requirement_id
from torq_specs.validation import RULES


@enumerated("VLD-*")
def test_every_rule_at_its_edges(registry: Registry) -> Iterator[Case]:
    """Sound values, and each rule broken alone, in the first TLV and beside a sound one."""
    for name in RULES:
        yield from meanings.judged(validation_requirement_id(name), name, registry)
    for name in ("Trade", "StateInvalidation"):
        yield from meanings.without_rules(name, registry)

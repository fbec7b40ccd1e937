"""What values mean, after decoding (section 8): the rules that the declarations carry, applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torq_specs.registry import REGISTRY, Registry, TlvType
from torq_specs.rules import Rule


@dataclass(frozen=True)
class BrokenRule:
    """One rule that a message breaks, and the fields that may be named for it."""

    id: str
    names: frozenset[str]


def rules_of(registry: Registry = REGISTRY) -> Iterator[tuple[TlvType, str, Rule]]:
    """Every rule with its type and its id, in the order of section 8."""
    for line in registry:
        for rule in line.rules:
            yield line, line.rule_id(rule), rule


def may_name(message: Mapping[str, Any], registry: Registry = REGISTRY) -> frozenset[str]:
    """Names that may be given of a message beside those of its violations, and need not be."""
    names: set[str] = set()
    for tlv in message["tlvs"]:
        line = registry.get(tlv["type"])
        for rule in () if line is None else line.rules:
            names |= rule.may_name(tlv["value"])
    return frozenset(names)


def violations(message: Mapping[str, Any], registry: Registry = REGISTRY) -> list[BrokenRule]:
    """Everything in a neutral message that is decodable and yet means nothing."""
    found: list[BrokenRule] = []
    for tlv in message["tlvs"]:
        line = registry.get(tlv["type"])
        for rule in () if line is None else line.rules:
            assert line is not None
            broken = rule.violations(tlv["value"])
            found += [BrokenRule(line.rule_id(rule), one.names) for one in broken]
    return found

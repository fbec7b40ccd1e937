"""Refusals in words, for implementations that claim error_text (section 6)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import error_texts, telling_values
from torq_conformance.cases.case import Case
from torq_conformance.suite.checks import enumerated
from torq_specs.registry import Registry


@enumerated("ERR-TEXT-VALUES")
def test_a_text_holds_the_values_of_its_context(registry: Registry) -> Iterator[Case]:
    """Every kind of refusal, at several offsets, of bytes, values, meaning, ids and variables."""
    yield from error_texts.every_kind("ERR-TEXT-VALUES", registry)
    yield from error_texts.without_messages("ERR-TEXT-VALUES", registry)


@enumerated("ERR-TEXT-LINE")
def test_a_text_is_one_line(registry: Registry) -> Iterator[Case]:
    """Symbols, addresses and variables with line breaks of every kind, and payloads of them."""
    yield from error_texts.with_line_breaks("ERR-TEXT-LINE", registry)


@enumerated("ERR-TEXT-PAYLOAD")
def test_a_text_holds_no_payload(registry: Registry) -> Iterator[Case]:
    """The same refusals, their payloads full of bytes that can be told in any form."""
    yield from error_texts.every_kind("ERR-TEXT-PAYLOAD", registry, error_texts.SECRET)


@enumerated("ERR-TEXT-PAYLOAD")
def test_a_text_holds_no_value_of_a_field(registry: Registry) -> Iterator[Case]:
    """Refusals of every declared type and of every rule, with values that can be told in a text."""
    yield from telling_values.refusals("ERR-TEXT-PAYLOAD", registry)

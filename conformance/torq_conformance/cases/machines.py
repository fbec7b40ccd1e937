"""State machines: a message and an order book, built step by step and judged after each step.

Rules edit what is there rather than draw anew, and fill up to a given slack, so that limits are
reached from below and passed by one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from torq_conformance.cases import messages, strategies
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.case import Case, decode, encode
from torq_conformance.model import derived_codec
from torq_specs.enums import RelayDomain
from torq_specs.faults import diagnose_value
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.layout import Layout, Vector
from torq_specs.registry import Registry, TlvType

Ask = Callable[[Case], None]
Machine = type[RuleBasedStateMachine]
FULL_SIZES = (300, 4096, 65_536, MESSAGE_SIZE_MAX)
"""Sizes in bytes to which a message is filled up, less a slack of -1 to 3 bytes."""


def ask_both(ask: Ask, requirement: str, message: dict[str, Any], registry: Registry) -> None:
    """Encode a message; if that is legal, decode it as well."""
    ask(encode(requirement, "encode what was built", message))
    if not diagnose_value(message, registry):
        data = derived_codec.encode_message(message, registry)
        ask(decode(requirement, "decode what was built", data))


def message_builder(requirement: str, registry: Registry, ask: Ask) -> Machine:
    """A machine that adds, repeats, drops and turns TLVs, and fills the message up."""
    carrying = carriers(registry)
    domain = RelayDomain(carrying.domains[0])
    # The limit of a message takes thousands of small TLVs, which is slow to fill up to by steps.
    sizes = FULL_SIZES if carrying.is_free else FULL_SIZES[:-1]

    class MessageBuilder(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.tlvs: list[dict[str, Any]] = []
            self.header = messages.header(relay_domain=int(domain))

        @initialize(header=strategies.headers(domain))
        def begin(self, header: dict[str, int]) -> None:
            self.header = header
            self.ask()

        @rule(tlv=strategies.tlvs(registry, domain))
        def add(self, tlv: dict[str, Any]) -> None:
            self.tlvs.append(tlv)
            self.ask()

        @rule()
        def repeat(self) -> None:
            self.tlvs += self.tlvs[-1:]
            self.ask()

        @rule()
        def drop_first(self) -> None:
            del self.tlvs[:1]
            self.ask()

        @rule()
        def turn(self) -> None:
            self.tlvs.reverse()
            self.ask()

        @rule(size=st.sampled_from(sizes), slack=st.integers(-1, 3))
        def fill_up(self, size: int, slack: int) -> None:
            payload = b"".join(
                derived_codec.frame(
                    tlv["type"],
                    derived_codec.encode_tlv_value(tlv["type"], tlv["value"], registry),
                )
                for tlv in self.tlvs
            )
            missing = size - slack - HEADER_SIZE - len(payload)
            if missing > 1:
                kept = self.tlvs
                self.tlvs = [*kept, *carrying.payload(carrying.payload_near(missing))]
                self.ask()
                self.tlvs = kept

        def ask(self) -> None:
            ask_both(ask, requirement, {"header": self.header, "tlvs": [*self.tlvs]}, registry)

    return MessageBuilder


def vector_editor(requirement: str, line: TlvType, registry: Registry, ask: Ask) -> Machine:
    """A machine that inserts, replaces and removes elements of a type's vectors."""
    assert line.layout is not None
    vectors = [field for field in line.layout.named if isinstance(field.type, Vector)]
    fields = st.sampled_from(vectors)
    layout = line.layout

    def with_element(field: Any) -> st.SearchStrategy[tuple[Any, Any]]:
        element = field.type.element
        drawn = (
            strategies.values(element)
            if isinstance(element, Layout)
            else strategies.integers(element)
        )
        return st.tuples(st.just(field), drawn)

    class VectorEditor(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.value = derived_codec.decode_value(layout, bytes(layout.size))

        @initialize()
        def begin(self) -> None:
            self.ask()

        @rule(drawn=fields.flatmap(with_element), index=st.integers(0, 200))
        def insert(self, drawn: tuple[Any, Any], index: int) -> None:
            self.value[drawn[0].name].insert(index, drawn[1])
            self.ask()

        @rule(drawn=fields.flatmap(with_element))
        def replace_last(self, drawn: tuple[Any, Any]) -> None:
            self.value[drawn[0].name][-1:] = [drawn[1]]
            self.ask()

        @rule(field=fields, index=st.integers(0, 200))
        def remove(self, field: Any, index: int) -> None:
            del self.value[field.name][index : index + 1]
            self.ask()

        @rule(drawn=fields.flatmap(with_element), slack=st.integers(-1, 2))
        def fill_up(self, drawn: tuple[Any, Any], slack: int) -> None:
            field, element = drawn
            kept = self.value[field.name]
            missing = field.type.capacity - slack - len(kept)
            self.value[field.name] = [*kept, *[element] * missing]
            self.ask()
            if slack < 0:
                self.value[field.name] = kept

        @rule(field=fields)
        def clear(self, field: Any) -> None:
            self.value[field.name] = []
            self.ask()

        def ask(self) -> None:
            value = {k: [*v] if isinstance(v, list) else v for k, v in self.value.items()}
            ask_both(ask, requirement, messages.message_of(line, value), registry)

    return VectorEditor

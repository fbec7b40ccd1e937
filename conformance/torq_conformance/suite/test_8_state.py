"""One live implementation asked again and again: no answer depends on the calls around it."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import sequences, simultaneous, simultaneous_operations
from torq_conformance.cases.case import Sequence
from torq_conformance.cases.machines import Ask, Machine, message_builder, vector_editor
from torq_conformance.suite.checks import enumerated, stateful
from torq_specs.registry import Registry, TlvType
from torq_specs.requirements import layout_requirement_id


@enumerated("STATE-INDEPENDENT")
def test_answers_do_not_depend_on_other_calls(registry: Registry) -> Iterator[Sequence]:
    """Good, bad, good; the same twice; long then short; results kept while others are made."""
    yield from sequences.all_sequences("STATE-INDEPENDENT", registry)


@enumerated("STATE-THREADS", quick=2)
def test_answers_do_not_depend_on_other_threads(registry: Registry) -> Iterator[Sequence]:
    """Eight threads at once, each with a message of its own, from the first call on."""
    yield from simultaneous.all_at_once("STATE-THREADS", registry)


@enumerated("STATE-THREADS", quick=1)
def test_no_operation_depends_on_other_threads(registry: Registry) -> Iterator[Sequence]:
    """Every operation, of small and large messages and such of many TLVs, in several threads."""
    yield from simultaneous_operations.every_operation("STATE-THREADS", registry)


@stateful("RT-VALUE")
def test_messages_built_step_by_step(registry: Registry, ask: Ask) -> Machine:
    """TLVs added, repeated, dropped and turned; filled up to the limits and one byte beyond."""
    return message_builder("RT-VALUE", registry, ask)


@stateful("LAYOUT-*", each="vector")
def test_vectors_edited_step_by_step(registry: Registry, line: TlvType, ask: Ask) -> Machine:
    """Elements inserted, replaced and removed; filled up to the capacity and one beyond."""
    return vector_editor(layout_requirement_id(line), line, registry, ask)

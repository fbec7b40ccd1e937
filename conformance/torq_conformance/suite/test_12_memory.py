"""Where an implementation reads and writes: in its buffers, and nowhere else (section 6)."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from torq_conformance.cases import corruptions, placements
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.implementations.protocol import Surroundings
from torq_conformance.suite.checks import enumerated, generated
from torq_specs.registry import Registry, TlvType


@enumerated("MEM-READ", each="type")
def test_nothing_beside_a_message_is_read(registry: Registry, line: TlvType) -> Iterator[Case]:
    """A message of each type, whole and cut, between unmapped pages."""
    yield from placements.inputs("MEM-READ", registry, line)


@enumerated("MEM-READ")
def test_nothing_beside_a_wrong_message_is_read(registry: Registry) -> Iterator[Case]:
    """Every prefix and every lie about lengths, at an unmapped page; every alignment."""
    yield from placements.wrong_inputs("MEM-READ", registry)


@enumerated("MEM-READ")
def test_a_buffer_is_its_bytes(registry: Registry) -> Iterator[Case]:
    """Messages of all types and refused ones as items of every format of one byte, and in rows."""
    yield from placements.formed_inputs("MEM-READ", registry)


@generated("MEM-READ")
def test_nothing_beside_a_changed_message_is_read(registry: Registry) -> st.SearchStrategy[Case]:
    """Messages with a few random changes, at an unmapped page."""
    changed = corruptions.cases("MEM-READ", registry)
    return changed.map(
        lambda case: placements.placed(case, "MEM-READ", Surroundings.UNMAPPED_BEHIND)
    )


@enumerated("MEM-INPUT")
def test_inputs_are_not_changed_and_not_kept(registry: Registry) -> Iterator[Case | Sequence]:
    """Messages in read-only pages, and in pages that are unmapped after the call."""
    yield from placements.kept_inputs("MEM-INPUT", registry)


@enumerated("MEM-WRITE", each="type")
def test_a_message_is_written_into_its_buffer(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Buffers that fit exactly, that are larger, and that are too small."""
    yield from placements.outputs("MEM-WRITE", registry, line)


@enumerated("MEM-WRITE", each="type", quick=1)
def test_nothing_of_an_earlier_message_stays(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Buffers that are used again: they hold the message, or one that differs in one part."""
    yield from placements.used_outputs("MEM-WRITE", registry, line)


@enumerated("MEM-WRITE", "STATE-INDEPENDENT")
def test_what_does_not_fit_leaves_nothing_behind(registry: Registry) -> Iterator[Sequence]:
    """A message into a buffer that is too small, then another one into one that fits."""
    yield from placements.outputs_in_a_row("MEM-WRITE", registry)


@enumerated("MEM-WRITE")
def test_every_buffer_that_is_too_small_is_refused(registry: Registry) -> Iterator[Case]:
    """All sizes below that of a plain message, every alignment, and values that are refused."""
    yield from placements.all_outputs("MEM-WRITE", registry)

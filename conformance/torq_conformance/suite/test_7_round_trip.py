"""Drawn messages, right and corrupted: what decodes encodes again, and what is wrong is refused."""

from __future__ import annotations

from hypothesis.strategies import SearchStrategy

from torq_conformance.cases import corruptions, strategies
from torq_conformance.cases.case import Case, encode, roundtrip
from torq_conformance.suite.checks import generated
from torq_specs.registry import Registry, TlvType
from torq_specs.requirements import layout_requirement_id


@generated("RT-VALUE")
def test_drawn_messages_are_encoded_and_decoded(registry: Registry) -> SearchStrategy[Case]:
    """Messages of any domain with any TLVs."""
    return strategies.cases("RT-VALUE", registry)


@generated("LAYOUT-*", each="declared")
def test_drawn_values_of_a_type(registry: Registry, line: TlvType) -> SearchStrategy[Case]:
    """Messages with one TLV of the type."""
    return strategies.cases(layout_requirement_id(line), registry, line)


@generated("RT-BYTES")
def test_any_framing_is_repeated_in_the_shortest(registry: Registry) -> SearchStrategy[Case]:
    """Messages whose TLVs are framed as it comes, decoded and encoded again."""
    return strategies.wires(registry).map(
        lambda data: roundtrip("RT-BYTES", "decode and encode a drawn message", data)
    )


@generated("ERR-NO-CRASH")
def test_corrupted_messages_are_refused_or_read_right(registry: Registry) -> SearchStrategy[Case]:
    """Messages after one to three edits, mostly with size and checksum made good again."""
    return corruptions.cases("ERR-NO-CRASH", registry)


@generated("ERR-ENCODE")
def test_wrong_values_are_refused(registry: Registry) -> SearchStrategy[Case]:
    """Messages whose header names another domain, version or source than it may."""

    def wrong(message: dict, changes: dict) -> Case:  # type: ignore[type-arg]
        header = {**message["header"], **changes}
        return encode("ERR-ENCODE", "encode a wrong header", {**message, "header": header})

    from hypothesis import strategies as st

    numbers = st.integers(0, 255)
    optional = {"relay_domain": numbers, "version": numbers, "source": numbers}
    changes = st.fixed_dictionaries({}, optional=optional)
    return st.builds(wrong, strategies.whole_messages(registry), changes)

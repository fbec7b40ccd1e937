"""Checksums that are 0 or all ones on their way, and such as a wrong procedure gives."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.corners import forged_checksums
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import spanned
from torq_specs.registry import Registry


@spanned("CHK-VALUE", "CHK-VERIFY", quick=40, standard=2)
def test_running_sums_of_0_and_all_ones(registry: Registry) -> Iterator[Cell]:
    """After the header and after each TLV; right messages and wrong ones."""
    yield from forged_checksums.running(registry)


@spanned("CHK-VERIFY", quick=10)
def test_messages_right_under_a_wrong_procedure(registry: Registry) -> Iterator[Cell]:
    """Every wrong procedure, over messages of every shape."""
    yield from forged_checksums.wrong_procedures(registry)


@spanned("CHK-VERIFY", quick=4)
def test_checksums_that_include_themselves(registry: Registry) -> Iterator[Cell]:
    """The checksum solved for so that the sum over all bytes is this very checksum."""
    yield from forged_checksums.including_itself(registry)


@spanned("CHK-VALUE", quick=4)
def test_checksums_that_look_like_signs(registry: Registry) -> Iterator[Cell]:
    """Right checksums of 0, 1, all ones and edges of narrower types."""
    yield from forged_checksums.encoded(registry)

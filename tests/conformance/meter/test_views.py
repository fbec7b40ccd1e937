"""The capability views: every way in which a view may be none, and what is asked of the kit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from torq_conformance.cases import bundle, views
from torq_conformance.implementations import python_views
from torq_conformance.implementations.protocol import Look, Operation, Probe, Request
from torq_conformance.judging import expectations
from torq_conformance.model import derived_codec
from torq_conformance.mutants import matrix
from torq_conformance.mutants import views as faulty
from torq_conformance.mutants.seeding import Mutant, mutants_in
from torq_conformance.mutants.trial import Fate, Trial
from torq_conformance.reference import Reference
from torq_conformance.suite.catalog import suite_tests
from torq_specs.registry import REGISTRY

OWN = [test for test in suite_tests() if test.chapter == "test_25_views"]

FEW = REGISTRY.restricted_to({1, 3, 4, 20, 82})
"""A plain type, one with vectors, one with wide integers and addresses, two of bytes."""

ENDING = (faulty.AddressKept, faulty.ReadsWords)
"""Mutants that end their process."""


@pytest.mark.parametrize(
    "cls", [cls for cls in mutants_in(faulty) if cls not in ENDING], ids=lambda cls: cls.id
)
def test_what_is_no_view_is_found_out(cls: Callable[[], Mutant]) -> None:
    kill = Trial(cls(), tests=OWN, registry=FEW).run()
    assert (kill.fate, kill.killer in cls().requirements) == (Fate.KILLED, True)


def test_reading_memory_that_is_not_there_ends_the_process() -> None:
    for kill in matrix.run(tuple(cls() for cls in ENDING), processes=2):
        assert kill.fate is Fate.KILLED
        assert kill.case == "ended the process: -11"


def test_the_same_flip_changes_a_view_and_no_copy() -> None:
    line = REGISTRY[1]
    data = next(views.flips("VIEW-ALIAS", REGISTRY, line)).request.argument
    assert isinstance(data, bytes)
    look = Look(Probe.FLIPS, ((8 * (34 + 8),),))
    seen = {
        operation: expectations.expect(Request(operation, data, look=look))
        for operation in (Operation.DECODE_VIEW, Operation.DECODE)
    }
    price = derived_codec.decode_message(data)["tlvs"][0]["value"]["price"] ^ 1
    changed = [{"path": "tlvs[0].value.price", "value": price}]
    assert seen[Operation.DECODE_VIEW] == expectations.Accept([changed])
    assert seen[Operation.DECODE] == expectations.Accept([[]])
    assert python_views.look(Reference().decode_view, data, look) == [changed]


@pytest.mark.parametrize("line", tuple(FEW), ids=lambda line: line.name)
def test_every_leaf_of_every_layout_is_flipped(line: Any) -> None:
    flipped = {
        bit // 8
        for case in views.flips("VIEW-ALIAS", REGISTRY, line)
        for group in case.request.look.flips  # type: ignore[union-attr]
        for bit in group
    }
    if line.layout is None:
        return
    data = next(views.flips("VIEW-ALIAS", REGISTRY, line)).request.argument
    start = len(data) - line.layout.size  # type: ignore[arg-type]
    for leaf in line.layout.leaves:
        if not leaf.path.endswith("padding") and not leaf.is_count:
            assert start + leaf.offset in flipped, leaf.path


def test_a_look_is_kept_and_asked_again() -> None:
    for case in (
        next(views.flips("VIEW-ALIAS", REGISTRY, REGISTRY[1])),
        next(views.memory("VIEW-ALLOC", REGISTRY)),
        next(views.returns("VIEW-LIFETIME", REGISTRY)),
        *views.crowds("VIEW-LIFETIME", REGISTRY),
    ):
        assert bundle.case_of(bundle.bundle_of(case)).requests == case.requests


def test_what_a_view_may_be_made_of_is_read() -> None:
    numpy = pytest.importorskip("numpy")
    view = {"a": numpy.int64(-5), "b": memoryview(b"xy"), "c": (1, 2), "d": numpy.uint8([1, 2])}
    assert python_views.materialized(view) == {"a": -5, "b": b"xy", "c": [1, 2], "d": b"\1\2"}
    for wrong in ({"a": "text"}, {"a": None}, {"a": 1.5}, {"a": True}):
        with pytest.raises(python_views.NotPlainError, match="the view"):
            python_views.materialized(wrong)


@pytest.mark.parametrize("count", views.CROWDS)
def test_of_so_many_handles_one_view_too_many_takes_another_ones(count: int) -> None:
    (case,) = [one for one in views.crowds("", REGISTRY) if one.label == f"{count} at once"]
    request = case.request
    data, look = request.argument, request.look
    assert isinstance(data, bytes)
    assert look is not None
    assert len({data, *look.others}) == count

    def seen(handles: int) -> object:
        pool = type("Pool", (faulty.SixteenHandles,), {"handles": handles})()
        return python_views.look(pool.decode_view, data, look)

    right = expectations.expect(request)
    assert isinstance(right, expectations.Accept)
    assert seen(2 * count) == right.value
    assert seen(count - 1) != right.value


@pytest.mark.parametrize("line", tuple(FEW), ids=lambda line: line.name)
def test_every_part_of_a_view_outlives_it(line: Any) -> None:
    (case,) = [one for one in views.returns("", REGISTRY) if one.label.startswith(f"{line.name},")]
    data, look = case.request.argument, case.request.look
    assert isinstance(data, bytes)
    assert look is not None
    seen = {
        kind.__name__: python_views.look(kind().decode_view, data, look)
        for kind in (Reference, faulty.PartsEndWithIt)
    }
    assert {*seen["Reference"].values()} == {"right"}
    wrong = {way: what for way, what in seen["PartsEndWithIt"].items() if what != "right"}
    assert wrong == {"held by one part of it alone": "header: raises ValueError when it is read"}

"""The vectors alone kill mutants; those that they cannot see are listed with the reason.

All mutants are tried in the environment ``vectors`` of tox.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from torq_conformance.errors import KitError
from torq_conformance.mutants import errors, gallery, header, matrix, state, vector_page
from torq_conformance.mutants.matrix import Effort
from torq_conformance.mutants.mechanical import KINDS, mechanical_mutants
from torq_conformance.mutants.seeding import Mutant, mutants_in
from torq_conformance.mutants.trial import Fate, survival
from torq_conformance.mutants.unseen_by_vectors import UNSEEN
from torq_conformance.mutants.vector_trial import VectorTrial
from torq_conformance.vectors.reader import published

SEEN = [
    [cls for cls in mutants_in(module) if cls.is_for_vectors and cls.id not in UNSEEN]
    for module in gallery.CHAPTERS
]
FAST = (
    *(classes[0]() for classes in SEEN if classes),
    *(next(m for m in mechanical_mutants() if type(m) is kind) for kind in KINDS),
    state.ErrorSticks(),
)


class Faultless(Mutant):
    """Has no fault at all."""

    id = "control"
    requirements = ("HDR-MAGIC",)


@pytest.mark.parametrize("mutant", FAST, ids=lambda mutant: mutant.id)
def test_a_mutant_is_killed_by_a_vector(mutant: Mutant) -> None:
    kill = VectorTrial(mutant).run()
    assert kill.fate is Fate.KILLED
    assert kill.test in {vector.id for vector in published()}


def test_what_has_no_fault_survives() -> None:
    assert VectorTrial(Faultless()).run().fate is Fate.SURVIVED


def test_what_is_listed_as_unseen_exists_and_survives() -> None:
    by_id = {mutant.id: mutant for mutant in gallery.all_mutants()}
    assert set(UNSEEN) <= by_id.keys()
    assert all(len(reason) > 20 for reason in UNSEEN.values())
    assert VectorTrial(by_id["H12"]).run().fate is Fate.SURVIVED


def test_a_mutant_that_ends_its_process_is_killed_by_the_vector_that_was_asked() -> None:
    mutants = (errors.ReservedAborts(), header.MagicUnchecked())
    first, second = matrix.run(mutants, processes=1, effort=Effort(is_by_vectors=True))
    assert (first.fate, second.fate) == (Fate.KILLED, Fate.KILLED)
    assert first.test.startswith("tlv-reserved-")


def test_a_survivor_and_a_killed_exception_are_problems() -> None:
    unseen = survival(header.MagicUnchecked())
    killed = replace(unseen, fate=Fate.KILLED, test="hdr-magic-x")
    exception = replace(unseen, mutant="H12")
    assert list(vector_page.problems([killed, exception])) == []
    assert list(vector_page.problems([unseen])) == [
        "H01 survives the vectors: The magic is not checked"
    ]
    (reported,) = vector_page.problems([replace(killed, mutant="H12")])
    assert reported.startswith("H12 is killed by hdr-magic-x")


def test_the_page_keeps_what_is_not_generated() -> None:
    page = f"before\n{vector_page.BEGIN}old\n{vector_page.END}after\n"
    renewed = vector_page.replaced(page, "new\n")
    assert renewed == f"before\n{vector_page.BEGIN}\nnew\n\n{vector_page.END}after\n"
    assert vector_page.replaced(renewed, "new\n") == renewed
    with pytest.raises(KitError, match="no generated part"):
        vector_page.replaced("nothing\n", "new\n")


def test_the_page_counts_what_kills_and_tells_why_others_live() -> None:
    unseen = survival(header.MagicUnchecked())
    kills = [
        replace(unseen, fate=Fate.KILLED, chapter="header.json"),
        replace(unseen, mutant="H12"),
        unseen,
    ]
    lines = vector_page.part(kills, published()).splitlines()
    assert any(line.startswith("| header.json |") and line.endswith("| 1 |") for line in lines)
    assert f"| H12 | The magic is not checked | {UNSEEN['H12']} |" in lines
    assert "| H01 | The magic is not checked | **a gap** |" in lines

"""All mutants: those that are written by hand, and those that are made by rule."""

from __future__ import annotations

from torq_conformance.mutants import (
    checksum,
    configuration,
    error_texts,
    errors,
    framing,
    header,
    instrument_ids,
    layouts,
    memory,
    state,
    threads,
    throughput,
    validation,
    vectors,
    views,
)
from torq_conformance.mutants.corners import corner_mutants
from torq_conformance.mutants.histories import history_mutants
from torq_conformance.mutants.mechanical import mechanical_mutants
from torq_conformance.mutants.rule_faults import rule_mutants
from torq_conformance.mutants.seeding import Mutant, mutants_in
from torq_conformance.mutants.spots import spot_mutants

CHAPTERS = (
    header,
    checksum,
    framing,
    layouts,
    vectors,
    instrument_ids,
    validation,
    errors,
    state,
    threads,
    memory,
    throughput,
    views,
    configuration,
    error_texts,
)
"""The modules that hold mutants, in the order of the matrix."""


def written_mutants() -> tuple[Mutant, ...]:
    """Every mutant written by hand, made anew."""
    return tuple(cls() for module in CHAPTERS for cls in mutants_in(module))


def all_mutants() -> tuple[Mutant, ...]:
    """Every mutant there is, made anew."""
    return (
        *written_mutants(),
        *mechanical_mutants(),
        *rule_mutants(),
        *spot_mutants(),
        *corner_mutants(),
        *history_mutants(),
    )

"""What decode refuses, asked in other ways that take a message, and beside what breaks a rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from torq_conformance.cases import framing, header, meanings, messages
from torq_conformance.cases.case import Case
from torq_conformance.cases.corners import subjects
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.cases.corners.places import NEAR, Fronts, framed_at
from torq_conformance.cases.corners.rule_places import decoded_and_validated, ruled
from torq_conformance.cases.corners.subjects import Framed
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_specs.registry import Registry


def asked(requirement: str, registry: Registry, operation: Operation, word: str) -> Iterator[Cell]:
    """Messages that decode refuses, whatever the reason, first and behind other TLVs."""
    labels = set[str]()
    for case in _refused(registry):
        # Of a part of the types several are the same.
        if case.request.operation is Operation.DECODE and case.label not in labels:
            labels.add(case.label)
            make = partial(Request, operation, case.request.argument)
            yield Cell(requirement, f"{word}: {case.label}", make)


def _refused(registry: Registry) -> Iterator[Case]:
    yield from chain(
        header.wrong_magic(""),
        *(header.every_value("", name) for name in ("relay_domain", "version", "source")),
        header.trailing("", registry),
        header.filled_up("", registry),
        framing.types("", registry),
        framing.domains("", registry),
        framing.several("", registry),
        _at_places(Fronts(registry), _wrong(registry)),
    )


def _wrong(registry: Registry) -> list[Framed]:
    """TLVs of the wrong form or with a wrong value."""
    values = (subject for line in registry for subject in subjects.wrong_values_of(line))
    return [*subjects.wrong_frames(registry), *values]


def _at_places(fronts: Fronts, made: Sequence[Framed]) -> Iterator[Case]:
    near = [place for place in NEAR if place.index in {0, 1, 3}]
    for number, subject in enumerate(made):
        for place in fronts.places(subject.domain, [near[number % len(near)]]):
            data = framed_at(fronts, subject, place)
            yield Case("", f"{subject.label} {place}", Request(Operation.DECODE, data))


def beside_broken_rules(requirement: str, registry: Registry) -> Iterator[Cell]:
    """TLVs of the wrong form behind and before one that breaks a rule: form is judged first."""
    breaking = ruled(registry)
    for number, subject in enumerate(_wrong(registry)):
        riding = [one for one in breaking if one[0].domain in {None, subject.domain}]
        if not riding:
            continue
        line, rule = riding[number % len(riding)]
        _, value = next(meanings.broken_by(line, rule))
        head = messages.header(relay_domain=subject.domain)
        broken = derived_codec.frame(line.number, messages.encoded_value(line, value))
        for where, payload in (
            ("behind", broken + subject.data),
            ("in front of", subject.data + broken),
        ):
            if subject.is_last and where == "in front of":
                continue
            label = f"{subject.label}, {where} {line.name} that breaks {rule.expression}"
            make = partial(decoded_and_validated, head, payload)
            yield Cell(requirement, f"decode and validate {label}", make)

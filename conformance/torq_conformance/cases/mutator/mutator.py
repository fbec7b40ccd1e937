"""The mutator as a function, for atheris and for loops of one's own.

Three in four results are valid messages. Of the others checksum and size are made good three times
in four, or everything would be refused at the first gate.
"""

from __future__ import annotations

from torq_conformance.cases.mutator import sound_edits, wrong_edits
from torq_conformance.cases.mutator.draft import Draft
from torq_conformance.cases.mutator.tables import Tables
from torq_conformance.cases.mutator.words import Words
from torq_specs.header import HEADER_SIZE
from torq_specs.registry import REGISTRY, Registry


class Mutator:
    """Changes messages: a pure function of bytes, seed and registry.

    An instance is what ``atheris.Setup`` takes as ``custom_mutator``, its ``cross`` what it takes
    as ``custom_crossover``.
    """

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self._tables = Tables.of(registry)

    def __call__(self, data: bytes, size_max: int, seed: int) -> bytes:
        """Bytes that come of ``data``, ``size_max`` of them at most."""
        return self._mutated(data, b"", size_max, seed, splices=False)

    def cross(self, data: bytes, other: bytes, size_max: int, seed: int) -> bytes:
        """Bytes that come of ``data`` with TLVs of ``other``."""
        return self._mutated(data, other, size_max, seed, splices=True)

    def _mutated(
        self, data: bytes, other: bytes, size_max: int, seed: int, *, splices: bool
    ) -> bytes:
        if size_max < HEADER_SIZE:
            return data[:size_max]
        words = Words(seed)
        draft = Draft(data, size_max, self._tables)
        if len(draft.data) < HEADER_SIZE or words.draw(8) == 0:
            sound_edits.start_anew(draft, words)
        if splices:
            sound_edits.splice(draft, words, other)
        is_good = words.draw(4) != 0
        for _ in range(1 + words.draw(1 << words.draw(4))):
            edit = sound_edits.EDITS[words.draw(len(sound_edits.EDITS))]
            if not edit(draft, words, other):
                sound_edits.insert(draft, words, other)
        if is_good:
            draft.repair()
            draft.seal()
        else:
            _spoil(draft, words)
        return bytes(draft.data)


def _spoil(draft: Draft, words: Words) -> None:
    """One wrong edit, or two; what was wrong before is kept half of the time."""
    if words.draw(2):
        draft.repair()
    for _ in range(1 + (words.draw(4) == 0)):
        edit = wrong_edits.EDITS[words.draw(len(wrong_edits.EDITS))]
        if not edit(draft, words, b""):
            wrong_edits.any_byte(draft, words, b"")
    if words.draw(4):
        draft.seal()

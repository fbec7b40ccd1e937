"""The mutator: three in four results are valid, and the C file gives the same bytes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conformance.exports import hostile_names
from torq_conformance.cases.mutator import Mutator, sound_edits, wrong_edits
from torq_conformance.cases.mutator.draft import Draft
from torq_conformance.cases.mutator.words import Words
from torq_conformance.exports.catalogue import KINDS
from torq_conformance.exports.declared import Declared
from torq_specs import Declaration, Field, FixedVec, Zeros, u8, u32, vendor
from torq_specs.faults import FaultKind, diagnose, frames
from torq_specs.header import HEADER_SIZE
from torq_specs.registry import REGISTRY, Registry

HOSTILE = REGISTRY.with_vendor_types(hostile_names.TLVS)
COUNT = 600

ENCODING_ALONE = {
    FaultKind.PAYLOAD_TOO_LARGE,
    FaultKind.VALUE_OUT_OF_RANGE,
    FaultKind.INVALID_INSTRUMENT,
    FaultKind.VALIDATION_FAILED,
    FaultKind.CONFIG_ERROR,
}
"""Kinds that no bytes can have."""


def results(registry: Registry = REGISTRY, count: int = COUNT) -> Iterator[bytes]:
    """Each made of the one before, as a fuzzer does it, or with TLVs of another one."""
    mutator = Mutator(registry)
    message = other = b""
    for seed in range(count):
        made = (
            mutator.cross(message, other, 9_000, seed)
            if seed % 5 == 0
            else mutator(message, 9_000, seed)
        )
        yield made
        other, message = message, made if len(made) < 7_000 else b""


def share_of_valid(count: int = COUNT) -> float:
    return sum(not diagnose(message) for message in results(count=count)) / count


def test_three_in_four_are_valid() -> None:
    assert 0.74 < share_of_valid() < 0.86


def test_without_repair_they_would_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def repair(self: Draft) -> None:
        """Only as far as a message must have a header."""
        self.data += bytes(max(0, HEADER_SIZE - len(self.data)))

    monkeypatch.setattr(Draft, "repair", repair)
    assert share_of_valid(200) < 0.5


def has_right_checksum(message: bytes) -> bool:
    crc = zlib.crc32(message[32:], zlib.crc32(message[:28]))
    return message[28:32] == crc.to_bytes(4, "little")


def test_of_the_others_three_in_four_are_sealed() -> None:
    wrong = [message for message in results() if diagnose(message) and len(message) >= 32]
    share = sum(map(has_right_checksum, wrong)) / len(wrong)
    assert 0.6 < share < 0.95


def test_every_kind_of_fault_comes_about() -> None:
    found = Counter(fault.kind for message in results(count=1_500) for fault in diagnose(message))
    assert set(FaultKind) - set(found) == ENCODING_ALONE


def test_every_declared_type_and_every_size_of_framing_comes_about() -> None:
    numbers, heads = set(), set()
    for message in results(count=1_500):
        if not diagnose(message):
            for tlv in frames(message[32:]):
                numbers.add(tlv.number)
                heads.add((tlv.is_extended, (tlv.size or 0) > 255))
    assert {line.number for line in REGISTRY.with_layout} <= numbers
    assert heads == {(False, False), (True, False), (True, True)}


@pytest.mark.parametrize("edit", [*sound_edits.EDITS, *wrong_edits.EDITS])
def test_no_edit_is_idle(edit: sound_edits.Edit) -> None:
    """A message with padding, a vector of records, a rule of two fields and bytes is changed."""
    words = Words(7)
    tables = Mutator()._tables
    changed = 0
    for _ in range(60):
        draft = Draft(RICH, 20_000, tables)
        edit(draft, words, RICH)
        changed += bytes(draft.data) != RICH
    assert changed > 5


def _rich() -> bytes:
    from torq_conformance.model.derived_codec import assemble, frame

    header = {"relay_domain": 1, "version": 1, "source": 1, "flags": 0, "sequence": 7}
    trade, invalidation, bytes_ = bytes(range(1, 37)) + b"\0" * 4, bytearray(224), b"bytes" * 30
    invalidation[16] = 3
    tlvs = [
        frame(1, trade),
        frame(7, bytes(range(56))),
        frame(106, bytes(invalidation)),
        frame(201, bytes_),
    ]
    return assemble({**header, "timestamp": 9}, b"".join(tlvs))


RICH = _rich()


@pytest.mark.parametrize("size_max", [0, 1, 31, 32, 33, 40, 100])
def test_no_result_is_larger_than_it_may_be(size_max: int) -> None:
    mutator = Mutator()
    for seed in range(60):
        assert len(mutator(RICH, size_max, seed)) <= size_max
        assert len(mutator.cross(b"", RICH, size_max, seed)) <= size_max


Basket = Declaration(
    "Basket",
    "A type of somebody's own.",
    Field("wicker", u32, "a field"),
    Zeros(1),
    Field("handles", FixedVec(u8, 5), "a vector"),
    provenance="vendor",
)
VENDOR = REGISTRY.with_vendor_types([vendor(222, Basket, Basket.sizeof())])


def test_a_vendor_type_comes_about_and_is_kept_right() -> None:
    found = 0
    for message in results(VENDOR, 1_500):
        if not diagnose(message, VENDOR):
            found += sum(tlv.number == 222 for tlv in frames(message[32:]))
    assert found > 10


Mutate = Callable[[bytes, int, int, bytes | None], bytes]


def compiled(folder: Path, registry: Registry, compiler: str) -> Mutate:
    """The function of the C file of an export."""
    if shutil.which(compiler) is None:
        pytest.skip(f"MUTATOR NOT COMPILED: there is no {compiler}")
    for path, data in KINDS["fuzz"].files(Declared(registry)).items():
        if path.startswith("torq_"):
            (folder / path).write_bytes(data)
    strict = ("-std=c11", "-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wshadow", "-Werror")
    library = folder / "mutator.so"
    subprocess.run(
        [compiler, *strict, "-O1", "-fPIC", "-shared", "torq_mutator.c", "-o", library],
        cwd=folder,
        check=True,
    )
    function = ctypes.CDLL(str(library)).torq_mutate
    function.restype = ctypes.c_size_t
    function.argtypes = [
        *(ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t),
        *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64),
    ]

    def mutate(data: bytes, size_max: int, seed: int, other: bytes | None) -> bytes:
        buffer = ctypes.create_string_buffer(data[:size_max], max(size_max, 1))
        size = min(len(data), size_max)
        size = function(buffer, size, size_max, other, len(other or b""), seed)
        return buffer.raw[:size]

    return mutate


def difference(mutate: Mutate, registry: Registry, count: int) -> int | None:
    """The first seed for which C and Python differ."""
    mutator = Mutator(registry)
    message, other = RICH, b""
    for seed in range(count):
        size_max = (9_000, 300, 31, 70_000)[seed % 4]
        if seed % 5 == 0:
            made = mutator.cross(message, other, size_max, seed)
            again = mutate(message, size_max, seed, other)
        else:
            made = mutator(message, size_max, seed)
            again = mutate(message, size_max, seed, None)
        if made != again:
            return seed
        other, message = message, made if len(made) < 7_000 else b""
    return None


@pytest.mark.parametrize(
    ("registry", "compiler"), [(REGISTRY, "gcc"), (HOSTILE, "clang")], ids=["gcc", "clang, vendors"]
)
def test_the_c_file_gives_the_same_bytes(
    registry: Registry, compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate = compiled(tmp_path, registry, compiler)
    assert difference(mutate, registry, 800) is None
    monkeypatch.setattr(sound_edits, "FRESH_COUNTS", (0, 1, 1, 1, 2, 3, 8, 31))
    assert difference(mutate, registry, 800) is not None, "a difference would be seen"

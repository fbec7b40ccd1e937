"""Accumulated vectors: what is made is valid, what is written is right, what is wrong is seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from torq_conformance.cli import main
from torq_conformance.errors import KitError
from torq_conformance.model import derived_codec
from torq_conformance.model.values import to_json
from torq_conformance.reference import Reference
from torq_conformance.vectors import accumulated, accumulated_messages
from torq_conformance.vectors.accumulated_messages import made, pieces, words
from torq_conformance.vectors.accumulated_texts import text_of
from torq_conformance.vectors.reader import published_folder
from torq_specs.faults import diagnose
from torq_specs.layout import FieldLayout, Integer, Layout, Padding, Vector

Change = Callable[[pytest.MonkeyPatch], None]

SPLITMIX64 = (
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
)
"""Its first words from the state 1234567, as published."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of fewer messages."""
    monkeypatch.setattr(accumulated, "COUNT", 12)
    monkeypatch.setattr(accumulated, "SAMPLE", 3)
    accumulated.write(tmp_path)
    return tmp_path


def problems(folder: Path, *, is_whole: bool = False) -> list[str]:
    return list(accumulated.check(folder, is_whole=is_whole))


def test_words_are_those_of_splitmix64_each_shifted_by_six_of_its_bits() -> None:
    signed = [word - (word >> 63 << 64) for word in SPLITMIX64]
    shifted = [number >> (word >> 20 & 63) for number, word in zip(signed, SPLITMIX64, strict=True)]
    assert words(1234567, 0, 5).view(np.int64).tolist() == shifted
    assert words(1234567, 2, 3).view(np.int64).tolist() == shifted[2:]


def test_two_codecs_read_and_write_what_is_made_as_it_is_written_down() -> None:
    reference = Reference()
    for line in accumulated.declared():
        assert line.layout is not None
        messages = made(line, 5, 10)
        text = text_of(line.number, line.layout)
        longer = messages.rows(is_extended=True)
        for head, value, short, long in zip(
            messages.heads, messages.values, messages.rows(), longer, strict=True
        ):
            message = reference.decode(bytes(long))
            assert message == derived_codec.decode_message(bytes(long))
            assert reference.encode(message) == bytes(short)
            assert diagnose(bytes(short)) == []
            plain = json.dumps(to_json(message), separators=(",", ":"))
            assert text(bytes(head), bytes(value)) == plain


def test_a_message_does_not_depend_on_those_made_with_it() -> None:
    for line in accumulated.declared():
        assert np.array_equal(made(line, 0, 6).rows()[4:], made(line, 4, 2).rows())


def test_numbers_of_every_magnitude_both_signs_and_every_choice_come_about() -> None:
    reference = Reference()
    lines = {line.name: line for line in accumulated.declared()}
    decoded = [reference.decode(bytes(row)) for row in made(lines["Trade"], 0, 1500).rows()]
    prices = [message["tlvs"][0]["value"]["price"] for message in decoded]
    assert {abs(price).bit_length() for price in prices} >= set(range(63))
    assert min(prices) < -(1 << 62) < 1 << 62 < max(prices)
    headers = [message["header"] for message in decoded]
    assert {header["source"] for header in headers} == set(accumulated_messages.SOURCES)
    assert len({header["flags"] for header in headers}) > 60
    health = [reference.decode(bytes(row)) for row in made(lines["SystemHealth"], 0, 50).rows()]
    assert {message["header"]["relay_domain"] for message in health} == {1, 2, 3, 4}
    states = [
        reference.decode(bytes(row)) for row in made(lines["StateInvalidation"], 0, 600).rows()
    ]
    counts = {len(message["tlvs"][0]["value"]["instruments"]) for message in states}
    assert counts == set(range(17))


def test_the_published_file_is_small_and_its_sample_is_calculated() -> None:
    path = published_folder() / accumulated.FILE
    assert path.stat().st_size <= accumulated.SIZE_MAX == 4096
    assert path.read_text().split()[:2] == [str(accumulated_messages.SEED), "1000000"]
    assert problems(published_folder()) == []


def test_a_file_is_what_is_calculated(folder: Path) -> None:
    assert problems(folder) == problems(folder, is_whole=True) == []


GENERATOR: dict[str, Change] = {
    "seed": lambda patch: patch.setattr(accumulated_messages, "SEED", 2),
    "gamma": lambda patch: patch.setattr(
        accumulated_messages, "GAMMA", accumulated_messages.GAMMA ^ 1
    ),
    "factor": lambda patch: patch.setattr(
        accumulated_messages, "MIXES", (accumulated_messages.MIXES[0], (27, 0x94D049BB133111EA))
    ),
    "shift": lambda patch: patch.setattr(accumulated_messages, "LAST_SHIFT", 30),
    "magnitude": lambda patch: patch.setattr(accumulated_messages, "MAGNITUDE_SHIFT", 21),
    "source": lambda patch: patch.setattr(accumulated_messages, "SOURCES", (1, 2)),
}


@pytest.mark.parametrize("wrong", GENERATOR)
def test_a_wrong_generator_is_seen(
    wrong: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    GENERATOR[wrong](monkeypatch)
    assert problems(folder)[0].startswith("accumulated.txt:1: not the seed")


def test_a_wrong_byte_of_a_message_is_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = derived_codec.frame

    def wrong(number: int, value: bytes, *, is_extended: bool | None = None) -> bytes:
        return right(number ^ (number == 110), value, is_extended=is_extended)

    monkeypatch.setattr(derived_codec, "frame", wrong)
    assert problems(folder)[0].startswith("accumulated.txt:1: ")
    whole = problems(folder, is_whole=True)
    assert len(whole) == 2
    assert whole[1].startswith("accumulated.txt:25: RecoveryRequest: encoded is ")


@pytest.mark.parametrize(("cell", "name"), [(1, "decoded"), (2, "encoded")])
def test_a_wrong_digit_of_a_hash_is_seen(folder: Path, cell: int, name: str) -> None:
    path = folder / accumulated.FILE
    first, *lines = path.read_text().splitlines(keepends=True)
    cells = lines[1].split()
    cells[cell] = f"{int(cells[cell][0], 16) ^ 1:x}{cells[cell][1:]}"
    lines[1] = " ".join(cells) + "\n"
    path.write_text(first + "".join(lines))
    assert [one.split(":")[1] for one in problems(folder)] == ["1"]
    # Even where the hash of hashes was made right for it: by whoever calculates everything.
    path.write_text(accumulated.head(accumulated.COUNT, lines) + "".join(lines))
    assert problems(folder) == []
    (problem,) = problems(folder, is_whole=True)
    assert problem.startswith(f"accumulated.txt:3: Quote: {name} is {cells[cell]}, calculated is ")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (" 01 40 37+3\n", " 01 40 36+4\n", "accumulated.txt:2: Trade: '1 "),
        (" 01 40 37+3\n", " 01020304 40 37+3\n", "accumulated.txt:2: Trade: '1 "),
        (" 01 40 37+3\n", "\n", "accumulated.txt:2: Trade: '1 "),
        ("\n110 ", "\n", "accumulated.txt:25: RecoveryRequest: "),
        ("\n", "\n\n", "accumulated.txt: "),
        (" 12 ", " 13 ", "accumulated.txt:1: not the seed"),
    ],
)
def test_a_wrong_line_is_named(folder: Path, old: str, new: str, expected: str) -> None:
    path = folder / accumulated.FILE
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert any(problem.startswith(expected) for problem in problems(folder))


def test_a_file_that_is_empty_too_long_or_missing_is_named(folder: Path) -> None:
    path = folder / accumulated.FILE
    path.write_text(path.read_text() + "x" * 4096)
    assert "bytes are more than 4,096" in problems(folder)[0]
    path.write_text("")
    assert any("0 lines of types, 24 types have a layout" in one for one in problems(folder))
    path.unlink()
    assert "cannot be read" in problems(folder)[0]


def test_slots_with_padding_have_no_words() -> None:
    padded = Layout(
        "Level", (FieldLayout("a", 0, Integer(1, is_signed=False)), FieldLayout("", 1, Padding(1)))
    )
    layout = Layout("Book", (FieldLayout("bids", 0, Vector(padded, 4)),))
    with pytest.raises(KitError, match=r"Book\.bids has slots with padding"):
        pieces(layout)


def test_the_command_prints_checks_and_writes(folder: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(
            main, ["vectors", "accumulate", "--folder", str(folder), *arguments]
        )
        return done.exit_code, done.output

    path = folder / accumulated.FILE
    right = path.read_text()
    assert run("--count", "12") == (0, right)
    assert run("--check") == (0, "12 messages of each of 24 types are as they say\n")
    path.write_text(right.replace(" 37+3", " 36+4"))
    code, output = run("--check")
    assert code == 1
    assert "accumulated.txt:2: Trade" in output
    assert run("--write")[0] == 0
    assert path.read_text() == right

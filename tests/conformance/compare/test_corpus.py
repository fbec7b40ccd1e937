"""A folder of messages, such as a fuzzer's corpus, is judged against the specification."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conformance import faulty
from torq_conformance.cli import main
from torq_conformance.compare import disagreements
from torq_conformance.compare.comparison import Comparison
from torq_conformance.errors import KitError
from torq_conformance.exports.declared import Declared
from torq_conformance.exports.fuzz import seeds
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference
from torq_conformance.running.results import ExitCode
from torq_specs.registry import REGISTRY

HEADER = {"relay_domain": 1, "version": 1, "source": 1, "flags": 16, "sequence": 0, "timestamp": 0}
EMPTY = derived_codec.assemble(HEADER, b"")
LONGER_FRAMING = derived_codec.assemble(HEADER, derived_codec.frame(201, b"\1\2", is_extended=True))


def folder_of(tmp_path: Path, *messages: bytes) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir(exist_ok=True)
    for index, message in enumerate(messages):
        (folder / f"message-{index}").write_bytes(message)
    return folder


def compared(implementation: type, *messages: bytes) -> Comparison:
    one = Comparison([InProcessAdapter(implementation(), implementation.__name__)])
    one.compare_given([(f"message-{at}", message) for at, message in enumerate(messages)])
    one.tell()
    return one


def test_the_reference_is_right_about_every_seed() -> None:
    every = seeds(Declared(REGISTRY)).values()
    result = compared(Reference, *every).result
    assert (result.reported, result.wrong.total()) == ([], 0)
    assert result.valid > 200
    assert result.valid + result.corrupted == len(every)


@pytest.mark.parametrize(
    ("implementation", "message", "said"),
    [
        (faulty.FlagsCleared, EMPTY, "decode: header.flags is 0, not 16"),
        (faulty.ChecksumZero, EMPTY, "encode: byte 28 is wrong: header.checksum"),
        (faulty.ChecksumZero, LONGER_FRAMING, "encode: byte 28 is wrong: header.checksum"),
        (faulty.TrailingIgnored, EMPTY + b"\0", "reads it"),
    ],
)
def test_what_is_wrong_with_a_message_of_a_file_is_reported(
    implementation: type, message: bytes, said: str
) -> None:
    result = compared(implementation, message, b"").result
    text = disagreements.tell(["mine"], result)
    assert said in text
    assert "from message-0" in text
    assert "majority" not in text, "one implementation has none"
    assert result.wrong.total() == 1
    assert result.valid + result.corrupted == 2


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["compare", "--in-process", *map(str, words)])


def test_the_command_judges_a_folder_by_one_implementation(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    corpus = folder_of(tmp_path, EMPTY + b"\0", b"")
    name = "python:tests.conformance.faulty:TrailingIgnored"
    done = run(name, "--corpus", corpus, "--results", results)
    assert done.exit_code == ExitCode.NOT_CONFORMANT, done.output
    document = json.loads(results.read_text("utf-8"))
    assert (document["corpus"], document["count"]) == (str(corpus), 2)
    assert document["wrong"] == [1]
    assert document["status"] == "complete"


def test_what_cannot_be_read_is_refused_in_one_line(tmp_path: Path) -> None:
    done = run("reference", "--corpus", tmp_path / "missing")
    assert done.exit_code == ExitCode.USAGE
    assert "missing cannot be read: No such file" in done.output
    assert len(done.output.splitlines()) == 1
    done = run("reference", "--corpus", folder_of(tmp_path))
    assert "corpus has no files." in done.output
    (tmp_path / "corpus/large").write_bytes(bytes((1 << 24) + 1))
    done = run("reference", "--corpus", tmp_path / "corpus")
    assert "more than 16,777,216 bytes" in done.output


def test_a_comparison_of_the_stream_still_needs_two() -> None:
    from torq_conformance.compare.process import Plan, compare

    with pytest.raises(KitError, match="of two implementations and more"):
        compare(Plan(("reference",)))

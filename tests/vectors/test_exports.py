"""Every format read back: what comes out is what the published files say."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from torq_conformance.cli import main
from torq_conformance.errors import KitError
from torq_conformance.exports import output
from torq_conformance.vectors import formats
from torq_conformance.vectors.reader import Document, published, published_folder
from torq_specs.faults import FaultKind

KINDS = list(FaultKind)


def documents() -> list[Document]:
    return [vector.document for vector in published()]


def to_decode(vectors: list[Document]) -> list[Document]:
    """By the words of vectors/README.md: what asks to decode one message."""
    return [one for one in vectors if "decode" in one["operations"] and "steps" not in one]


def kinds(document: Document) -> set[str]:
    return {fault["kind"] for fault in document.get("faults", ())}


def exported(name: str, folder: Path | None = None) -> dict[str, bytes]:
    made = formats.FORMATS[name](folder or published_folder())
    return dict(made.files)


def rows_of(data: bytes) -> list[dict[str, str]]:
    csv.field_size_limit(1 << 24)
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


@pytest.mark.parametrize("name", formats.FORMATS)
def test_the_command_writes_the_same_bytes_each_time(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torq_conformance.cli", "vectors", "export"]
    done = subprocess.run(
        [*command, "--format", name, tmp_path / "not" / "there"],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    files = exported(name)
    for path, data in files.items():
        assert (tmp_path / "not" / "there" / path).read_bytes() == data
        assert f"{path}: {len(data):,} bytes\n" in done.stdout
    count = len(documents()) if name in {"json", "ndjson", "csv"} else len(to_decode(documents()))
    size = sum(map(len, files.values()))
    assert done.stdout.endswith(f"\n{count:,} vectors as {name}, {size:,} bytes\n")


def test_json_is_the_published_files_as_they_are() -> None:
    folder = published_folder()
    paths = [*folder.rglob("*.json"), folder / "accumulated.txt"]
    assert exported("json") == {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in paths
    }


def test_a_line_is_a_vector() -> None:
    (data,) = exported("ndjson").values()
    assert [json.loads(line) for line in data.decode().splitlines()] == documents()


def test_a_row_of_the_table_tells_its_vector() -> None:
    (data,) = exported("csv").values()
    rows = rows_of(data)
    assert len(rows) == len(published())
    for row, vector in zip(rows, published(), strict=True):
        document = vector.document
        assert f"{row['file']}.json" == vector.file
        for key in ("id", "result", "comment"):
            assert row[key] == document[key]
        for key in ("operations", "requirements", "flags"):
            assert row[key].split() == document[key]
        assert set(row["faults"].split()) == kinds(document)
        assert row["latitude"] == document.get("latitude", "")
        assert row["message"] == document.get("message", "")
        assert row["message_size"] == (
            str(len(document["message"]) // 2) if "message" in document else ""
        )


@pytest.mark.parametrize(
    ("name", "path", "start", "head"),
    [("bin", "torq_messages.bin", 0, "<I"), ("pcap", "torq.pcap", 24, "<IIII")],
)
def test_an_index_leads_to_every_message(name: str, path: str, start: int, head: str) -> None:
    files = exported(name)
    data, text = files[path], files[path.replace(".bin", "") + ".csv"]
    assert b'"' not in text
    rows, end = rows_of(text), start
    for number, (row, document) in enumerate(
        zip(rows, to_decode(documents()), strict=True), start=1
    ):
        message = bytes.fromhex(document["message"])
        sizes = struct.unpack_from(head, data, end)
        assert int(row["offset"]) == end + struct.calcsize(head)
        end = int(row["offset"]) + int(row["size"])
        assert data[int(row["offset"]) : end] == message
        expected = (len(message),) if name == "bin" else (0, number, *[len(message)] * 2)
        assert sizes == expected
        assert int(row["number"]) == number
        assert (row["id"], row["result"]) == (document["id"], document["result"])
        assert row["latitude"] == document.get("latitude", "")
        assert set(row["kinds"].split()) == kinds(document)
    assert end == len(data)


def test_the_capture_says_what_it_is() -> None:
    head = exported("pcap")["torq.pcap"][:24]
    assert struct.unpack("<IHHiIII", head) == (0xA1B2C3D4, 2, 4, 0, 0, 262_144, 147)


PRINT_ALL = r"""
#include <stdio.h>
#include "torq_vectors.h"
int main(void)
{
    for (int n = 0; n < TORQ_VECTORS_COUNT; n++) {
        const struct torq_vector *one = &torq_vectors[n];
        printf("%s,%d,%s,", one->id, (int)one->result, one->latitude);
        printf("%lu,", (unsigned long)one->kinds);
        for (size_t at = 0; at < one->size; at++) printf("%02x", one->message[at]);
        printf("\n");
    }
    return 0;
}
"""
STRICT = ("-Wall", "-Wextra", "-pedantic", "-Werror")


@pytest.mark.parametrize(
    ("compiler", "options"), [("cc", "-std=c11 -xc"), ("c++", "-std=c++11 -xc++")]
)
def test_the_header_compiles_without_a_warning_and_tells_every_vector(
    compiler: str, options: str, small_set: Path, tmp_path: Path
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"HEADER NOT COMPILED: needs {compiler}")
    output.write(exported("c", small_set), tmp_path)
    (tmp_path / "all.c").write_text(PRINT_ALL, "utf-8")
    command = [compiler, *STRICT, *options.split(), "all.c", "-o", "all"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([tmp_path / "all"], capture_output=True, text=True, check=True)
    files = [json.loads(path.read_text("utf-8")) for path in small_set.rglob("*.json")]
    by_id = {one["id"]: one for file in files for one in file.get("vectors", ())}
    rows = done.stdout.splitlines()
    assert len(rows) == len(to_decode(list(by_id.values()))) > 300
    for row in rows:
        id_, result, latitude, mask, message = row.split(",")
        document = by_id[id_]
        assert ("valid", "invalid", "acceptable")[int(result)] == document["result"]
        assert latitude == document.get("latitude", "")
        assert {kind for bit, kind in enumerate(KINDS) if int(mask) >> bit & 1} == kinds(document)
        assert message == document["message"]


def test_a_message_without_bytes_is_in_every_format() -> None:
    assert "" in {one["message"] for one in to_decode(documents())}


def test_files_of_others_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("theirs", "utf-8")
    with pytest.raises(KitError, match=r"b\.csv is there, and it is not as an export wrote it"):
        output.write({"a.bin": b"ours", "b.csv": b"ours"}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]
    assert (tmp_path / "b.csv").read_text("utf-8") == "theirs"


def test_our_own_files_are_written_again_until_somebody_changes_them(tmp_path: Path) -> None:
    output.write({"a.bin": b"one"}, tmp_path)
    output.write({"b.csv": b"other format"}, tmp_path)
    output.write({"a.bin": b"two"}, tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == b"two"
    listing = (tmp_path / output.LISTING).read_text("utf-8")
    assert listing == "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n"
        for name, data in (("a.bin", b"two"), ("b.csv", b"other format"))
    )
    (tmp_path / "a.bin").write_bytes(b"edited")
    with pytest.raises(KitError, match=r"a\.bin is there"):
        output.write({"a.bin": b"three"}, tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == b"edited"


def test_what_is_no_listing_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / output.LISTING).write_text("my notes\n", "utf-8")
    with pytest.raises(KitError, match="no list of exported files"):
        output.write({"a.bin": b""}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [output.LISTING]


def test_a_wrong_place_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for arguments in (
        ["--format", "bin", str(tmp_path / "file")],
        ["--format", "bin", "--folder", str(tmp_path), str(tmp_path / "out")],
    ):
        done = CliRunner().invoke(main, ["vectors", "export", *arguments])
        assert done.exit_code == 2
        assert len(done.output.splitlines()) == 1
        assert done.output.startswith("torq-conformance: ")


def test_checksums_of_the_small_set_are_of_its_bytes(small_set: Path) -> None:
    # The test of the header compares what it was given: here the bytes speak for themselves.
    data = exported("bin", small_set)
    rows = rows_of(data["torq_messages.csv"])
    valid = [row for row in rows if row["result"] == "valid"]
    assert len(valid) > 100
    for row in valid:
        offset, size = int(row["offset"]), int(row["size"])
        message = data["torq_messages.bin"][offset : offset + size]
        right = zlib.crc32(message[:28] + message[32:])
        assert int.from_bytes(message[28:32], "little") == right

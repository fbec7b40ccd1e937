"""Every export by its real tool: compiled without a warning, and judged by the kit on all vectors.

All of them are long: ``tox -e exports`` runs them. What is not run for want of a tool is skipped
loudly. ``npm install`` in this folder brings the compilers of TypeScript and Kaitai Struct.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.exports import hostile_names
from tests.conformance.exports.test_exports import filled
from torq_conformance.exports.catalogue import KINDS
from torq_conformance.exports.declared import Declared
from torq_conformance.exports.identifiers import camel
from torq_conformance.exports.kaitai import KAITAI
from torq_conformance.exports.languages.language import Names
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.outcomes import Accepted
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.implementations.stdio import StdioAdapter
from torq_conformance.model import derived_codec
from torq_conformance.model.values import from_json
from torq_conformance.rejection import Rejected
from torq_conformance.vectors import formats
from torq_conformance.vectors.reader import Document, published
from torq_specs.faults import FaultKind
from torq_specs.layout import Layout, Vector
from torq_specs.registry import REGISTRY, Registry

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
HOSTILE = REGISTRY.with_vendor_types(hostile_names.TLVS)
STRICT = ("-Wall", "-Wextra", "-pedantic", "-Werror", "-O1")

DECODED = [
    vector.document
    for vector in published()
    if "decode" in vector.document["operations"] and "message" in vector.document
]


@dataclass(frozen=True)
class Tool:
    """How the export of a language is built, and which program answers then.

    ``needs`` are commands; ``build`` are argument lists, run in the folder of the export.
    """

    kind: str
    needs: tuple[str, ...]
    build: tuple[tuple[str, ...], ...]
    program: str


JAVAC = ("javac", "-Xlint:all", "-Werror", "--release", "17")

TOOLS = {
    "c with gcc": Tool(
        "c", ("gcc",), (("gcc", "-std=c11", *STRICT, "torq_codec.c", "-o", "codec"),), "./codec"
    ),
    "c with clang": Tool(
        "c", ("clang",), (("clang", "-std=c11", *STRICT, "torq_codec.c", "-o", "codec"),), "./codec"
    ),
    "rust": Tool(
        "rust",
        ("cargo",),
        (("cargo", "build", "--release", "--offline", "--quiet"),),
        "target/release/torq_codec",
    ),
    "go": Tool(
        "go",
        ("go",),
        (("go", "vet", "./..."), ("go", "build", "-o", "build", "./codec")),
        "./build",
    ),
    "java": Tool(
        "java",
        ("java", "javac"),
        ((*JAVAC, "-d", "build", "torq/Torq.java", "torq/TorqCodec.java"),),
        "java -XX:+UseSerialGC -cp build torq.TorqCodec",
    ),
    "typescript": Tool(
        "typescript",
        ("node",),
        (("node", str(MODULES / "typescript/bin/tsc")),),
        "node build/torq_codec.js",
    ),
    "python": Tool(
        "python",
        (),
        (("{python}", "-m", "mypy", "--strict", ".", "--cache-dir", "cache"),),
        f"{sys.executable} torq_codec.py",
    ),
}


def skip_without(tool: Tool) -> None:
    missing = [need for need in tool.needs if shutil.which(need) is None]
    if tool.kind == "typescript" and not (MODULES / "typescript").is_dir():
        missing.append(f"npm install in {HERE.name}")
    if tool.kind == "python" and shutil.which("mypy", path=Path(sys.executable).parent) is None:
        missing.append("mypy")
    if missing:
        pytest.skip(f"EXPORT NOT COMPILED: {tool.kind} needs {', '.join(missing)}")


def write(kind: str, folder: Path, registry: Registry = REGISTRY) -> None:
    for path, data in KINDS[kind].files(Declared(registry)).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What compilers are given: warnings are errors, and crates are built once."""
    target = tmp_path_factory.mktemp("cargo")
    return {**os.environ, "RUSTFLAGS": "-D warnings", "CARGO_TARGET_DIR": str(target)}


def build(tool: Tool, folder: Path, environment: Mapping[str, str]) -> str:
    """What the compilers say, empty when they are content."""
    if tool.kind == "typescript":
        (folder / "node_modules").symlink_to(MODULES)
    if tool.kind == "rust":
        fetched = run(("cargo", "fetch", "--offline"), folder, environment)
        if fetched.returncode:
            pytest.skip(f"EXPORT NOT COMPILED: rust needs zerocopy\n{fetched.stderr}")
    for command in tool.build:
        words = tuple(sys.executable if word == "{python}" else word for word in command)
        done = run(words, folder, environment)
        if done.returncode:
            return done.stdout + done.stderr
        assert "warning" not in done.stdout + done.stderr
    if tool.kind == "rust":
        (folder / "target/release").mkdir(parents=True)
        built = Path(environment["CARGO_TARGET_DIR"]) / "release/torq_codec"
        shutil.copy(built, folder / tool.program)
    return ""


def run(
    words: tuple[str, ...],
    folder: Path,
    environment: Mapping[str, str] = os.environ,
    text: str = "",
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env=dict(environment),
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def judge(tool: Tool, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A run of the suite against the program of an export."""
    command = (sys.executable, "-m", "torq_conformance.cli", "run", f"stdio:{tool.program}")
    return run((*command, "-n", "1", "--deadline", "60", *options), folder)


@pytest.mark.parametrize("name", TOOLS)
def test_an_export_compiles_without_a_warning_and_is_conformant(
    name: str, tmp_path: Path, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = TOOLS[name]
    skip_without(tool)
    write(tool.kind, tmp_path)
    assert build(tool, tmp_path, environment) == ""

    done = judge(tool, tmp_path, "--vectors-only")
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((tmp_path / "torq-results.json").read_text("utf-8"))
    assert document["judged"]["cases"] >= len(DECODED)
    layouts = [row for row in document["requirements"] if row["id"].startswith("LAYOUT-")]
    assert {row["verdict"] for row in layouts} == {"pass (decode only)"}
    assert len(layouts) == len(REGISTRY.with_layout)

    monkeypatch.chdir(tmp_path)
    assert wrong_answers(tool.program) == []
    check_frames(tool.program)


@contextmanager
def connected(program: str) -> Iterator[StdioAdapter]:
    adapter = connect(f"stdio:{program}", deadline=60)
    assert isinstance(adapter, StdioAdapter)
    try:
        yield adapter
    finally:
        adapter.close()


def check_frames(program: str) -> None:
    """What was decoded is encoded again to the same bytes; what is wrong is refused by its kind."""
    with connected(program) as adapter:
        answers = adapter.roundtrip_each([bytes.fromhex(one["message"]) for one in DECODED])
    encoded = 0
    for document, answer in zip(DECODED, answers, strict=True):
        if isinstance(answer, Accepted):
            assert document["result"] == "valid", document["id"]
            if {"roundtrip", "encode"} & {*document["operations"]}:
                right: str = document.get("encoded") or document["message"]
                assert answer.value == bytes.fromhex(right), document["id"]
                encoded += 1
        else:
            assert isinstance(answer, Rejected), document["id"]
            assert answer.kind in kinds(document), document["id"]
    assert encoded > 500


def kinds(document: Document) -> set[str]:
    return {fault["kind"] for fault in document.get("faults", ())}


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("registry", [REGISTRY, HOSTILE], ids=["own", "hostile"])
def test_the_header_is_cpp_without_a_warning(
    compiler: str, registry: Registry, tmp_path: Path
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"EXPORT NOT COMPILED: c needs {compiler}")
    write("c", tmp_path, registry)
    (tmp_path / "includes.cpp").write_text('#include "torq.h"\n', "utf-8")
    done = run((compiler, "-std=c++17", *STRICT, "-c", "includes.cpp"), tmp_path)
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("name", TOOLS)
def test_hostile_vendor_types_compile_and_are_judged(
    name: str, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    tool = TOOLS[name]
    skip_without(tool)
    write(tool.kind, tmp_path, HOSTILE)
    assert build(tool, tmp_path, environment) == ""
    shutil.copy(HERE / "hostile_names.py", tmp_path)
    specs = ("--vendor-specs", "hostile_names")
    done = judge(tool, tmp_path, *specs, "--profile", "quick", "-k", "values")
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((tmp_path / "torq-results.json").read_text("utf-8"))
    verdicts = {row["id"]: row["verdict"] for row in document["requirements"]}
    assert verdicts["LAYOUT-STRING"] == "pass (decode only)"
    assert verdicts["LAYOUT-LOWER_CASE"] == "pass (decode only)"


FAULTS = {
    "c with gcc": ("torq.h", "uint16_t venue_id;", "uint32_t venue_id;"),
    "c with clang": ("torq_codec.c", "value->price);", "value->size);"),
    "rust": ("src/lib.rs", "pub venue_id: U16,", "pub venue_id: U32,"),
    "go": ("torq.go", "Uint64(data[8:]", "Uint64(data[9:]"),
    "java": ("torq/Torq.java", "data.getInt(at + 24)", "data.getInt(at + 20)"),
    "typescript": ("src/torq.ts", "view.getBigInt64(at + 8,", "view.getBigUint64(at + 8,"),
    "python": ("torq_types.py", "at + 24, at + 32, 24", "at + 24, at + 33, 24"),
}
"""A fault for each language, planted in the first place where its text is."""


@pytest.mark.parametrize("name", TOOLS)
def test_a_planted_fault_is_seen(
    name: str, tmp_path: Path, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = TOOLS[name]
    skip_without(tool)
    write(tool.kind, tmp_path)
    path, right, wrong = FAULTS[name]
    text = (tmp_path / path).read_text("utf-8")
    assert right in text
    (tmp_path / path).write_text(text.replace(right, wrong, 1), "utf-8")
    said = build(tool, tmp_path, environment)
    if said:
        assert "assert" in said, said
        return
    monkeypatch.chdir(tmp_path)
    assert wrong_answers(tool.program)


def wrong_answers(program: str) -> list[str]:
    """The vectors that a program decodes to something else, or refuses for another reason."""
    with connected(program) as adapter:
        requests = [Request(Operation.DECODE, bytes.fromhex(one["message"])) for one in DECODED]
        outcomes = adapter.call_batch(requests)
    return [
        document["id"]
        for document, outcome in zip(DECODED, outcomes, strict=True)
        if not is_right(document, outcome)
    ]


def is_right(document: Document, outcome: object) -> bool:
    if isinstance(outcome, Rejected):
        return outcome.kind in kinds(document)
    is_taken = isinstance(outcome, Accepted) and document["result"] != "invalid"
    return is_taken and outcome == Accepted(from_json(document["value"]))


def test_wireshark_reads_hostile_types(tmp_path: Path) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("EXPORT NOT READ: wireshark needs tshark")
    write("wireshark", tmp_path, HOSTILE)
    line = hostile_names.TLVS[0]
    assert line.layout is not None
    value = filled(line.layout, 3)
    header = {"relay_domain": 1, "version": 1, "source": 1}
    frame = derived_codec.frame(line.number, derived_codec.encode_value(line.layout, value))
    message = derived_codec.assemble(header, frame)
    magic, version = formats.CAPTURE_MAGIC, formats.CAPTURE_VERSION
    (tmp_path / "one.pcap").write_bytes(
        formats.CAPTURE_HEADER.pack(magic, *version, 0, 0, 1 << 16, formats.LINKTYPE_USER0)
        + formats.PACKET_HEADER.pack(0, 0, len(message), len(message))
        + message
    )
    words = ("tshark", "-X", "lua_script:torq.lua", "-r", "one.pcap", "-V")
    done = run(words, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Lua error" not in done.stdout
    shown = [text.strip() for text in done.stdout.splitlines()]
    for name, number in value.items():
        if isinstance(number, int):
            is_shown = re.compile(rf"{name}: (Unknown \()?{number}\b")
            assert any(map(is_shown.match, shown)), name
        else:
            assert f"{name}: {len(number)}" in shown


READERS: dict[str, Callable[[Path], tuple[str, ...]]] = {
    "javascript": lambda folder: ("node", str(HERE / "kaitai_read.cjs"), str(folder)),
    "python": lambda folder: (sys.executable, str(HERE / "kaitai_read.py"), str(folder)),
}


@cache
def node() -> Mapping[str, str]:
    if shutil.which("node") is None or not (MODULES / "kaitai-struct-compiler").is_dir():
        pytest.skip(f"KAITAI NOT COMPILED: needs node, and npm install in {HERE.name}")
    return {**os.environ, "NODE_PATH": str(MODULES)}


def compile_kaitai(folder: Path, registry: Registry = REGISTRY) -> None:
    write("kaitai", folder, registry)
    words = ("node", str(HERE / "kaitai_compile.cjs"), "torq.ksy", str(folder))
    done = run(words, folder, node())
    assert done.returncode == 0, done.stderr
    assert done.stdout + done.stderr == ""


@cache
def read_all(language: str, folder: Path) -> list[dict[str, Any]]:
    """What the decoder of a folder reads of every vector."""
    if language == "python":
        pytest.importorskip("kaitaistruct", reason="KAITAI NOT READ: needs kaitaistruct")
    text = "".join(f"{one['message']}\n" for one in DECODED)
    done = run(READERS[language](folder), folder, node(), text)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def kaitai(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kaitai")
    compile_kaitai(folder)
    return folder


@pytest.mark.parametrize("language", READERS)
def test_kaitai_reads_every_valid_vector_to_the_same_values(language: str, kaitai: Path) -> None:
    names, seen = Names(Declared(REGISTRY), KAITAI), 0
    for document, read in zip(DECODED, read_all(language, kaitai), strict=True):
        if document["result"] == "valid":
            assert difference(document["value"], read, language, names) == "", document["id"]
            seen += 1
    assert seen > 1500


def difference(value: Any, read: Any, language: str, names: Names) -> str:
    """Where what was read is not the value of a vector; empty where it is."""
    if "error" in read:
        return str(read["error"])
    header = names.declared.layouts[0]
    if not has(value["header"], read["header"], header, language, names):
        return "header"
    if len(value["tlvs"]) != len(read["tlvs"]):
        return "count"
    for right, got in zip(value["tlvs"], read["tlvs"], strict=True):
        line = REGISTRY.get(right["type"])
        layout = line.layout if line is not None else None
        is_same = (
            right["value"] == got["value"]
            if layout is None
            else has(right["value"], got["value"], layout, language, names)
        )
        if right["type"] != got["type"] or not is_same:
            return f"type {right['type']}: {got['value']}"
    return ""


def has(right: Any, got: Any, layout: Layout, language: str, names: Names) -> bool:
    """Whether every field is there, under the name that the compiler gives it."""
    for field in layout.named:
        name = names.fields[layout.name, field.name]
        part = got[camel(name) if language == "javascript" else name]
        element = field.type.element if isinstance(field.type, Vector) else None
        if isinstance(element, Layout):
            pairs = zip(right[field.name], part, strict=True)
            if not all(has(one, other, element, language, names) for one, other in pairs):
                return False
        elif part != right[field.name]:
            return False
    return True


@pytest.mark.parametrize("language", READERS)
def test_kaitai_refuses_every_fault_but_a_wrong_checksum(language: str, kaitai: Path) -> None:
    refused = set[str]()
    for document, read in zip(DECODED, read_all(language, kaitai), strict=True):
        found = kinds(document)
        if found == {FaultKind.CHECKSUM_MISMATCH}:
            assert "error" not in read, document["id"]
        elif found:
            assert re.fullmatch(r"EOFError|EndOfStreamError|Validation\w+", read["error"])
            refused |= found
    assert refused >= {
        *("MessageTooSmall", "MessageTooLarge", "InvalidMagic", "UnsupportedVersion"),
        *("InvalidRelayDomain", "UnknownSource", "TruncatedTLV", "InvalidExtendedTLV"),
        *("InvalidTLVType", "RelayDomainMismatch", "PayloadSizeMismatch", "CapacityExceeded"),
        "ParseError",
    }


@pytest.mark.parametrize("language", READERS)
def test_kaitai_compiles_hostile_names(language: str, tmp_path: Path) -> None:
    compile_kaitai(tmp_path, HOSTILE)
    assert all("error" in read or read["tlvs"] is not None for read in read_all(language, tmp_path))


@pytest.mark.parametrize("language", READERS)
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("{id: price, type: i64", "{id: price, type: u64"),
        ("u4, repeat: expr, repeat-expr: 4}", "u4, repeat: expr, repeat-expr: 3}"),
        ("valid: {max: 128}", "valid: {max: 129}"),
        ("(number == 3) and size == 6200", "(number == 3) and size == 6201"),
        ("and domain == 1)", "and domain <= 2)"),
        ("if: is_extended, valid: 0}", "if: is_extended}"),
        ("contents: [0, 0, 0]}", "size: 3}"),
    ],
)
def test_a_wrong_description_is_seen(
    language: str, right: str, wrong: str, kaitai: Path, tmp_path: Path
) -> None:
    text = (kaitai / "torq.ksy").read_text("utf-8")
    assert right in text
    (tmp_path / "torq.ksy").write_text(text.replace(right, wrong), "utf-8")
    done = run(("node", str(HERE / "kaitai_compile.cjs"), "torq.ksy", "."), tmp_path, node())
    assert done.returncode == 0, done.stderr
    assert read_all(language, tmp_path) != read_all(language, kaitai)

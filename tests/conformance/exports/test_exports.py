"""Every kind of export is the same each time, says where it is from, and has every vendor type."""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from enum import IntEnum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import numpy as np
import pytest
from click.testing import CliRunner, Result

from tests.conformance.exports import hostile_names
from torq_conformance.cli import main
from torq_conformance.errors import KitError
from torq_conformance.exports.catalogue import KINDS
from torq_conformance.exports.declared import Declared
from torq_conformance.exports.fuzz import SEEDS
from torq_conformance.exports.identifiers import snake
from torq_conformance.exports.staleness import MANIFEST
from torq_conformance.model import derived_codec
from torq_conformance.running.provenance import specification_digest
from torq_conformance.vectors.reader import published
from torq_specs import Declaration, Field, FixedVec, Zeros, u8, u32, u64, vendor
from torq_specs.faults import CONTEXT, CONTEXT_MUST, HEADER_LAYOUT, FaultKind, frames
from torq_specs.layout import Integer, Layout, Raw, Vector
from torq_specs.registry import REGISTRY, Registry, TlvType
from torq_specs.requirements import requirements

TEMPLATES = Path(importlib.import_module("torq_conformance.exports").__file__ or "").parent
HOSTILE = REGISTRY.with_vendor_types(hostile_names.TLVS)

VALID = [
    vector.document
    for vector in published()
    if vector.document["result"] == "valid"
    and "decode" in vector.document["operations"]
    and "message" in vector.document
]


@cache
def declared(registry: Registry = REGISTRY) -> Declared:
    return Declared(registry)


@cache
def files(kind: str, registry: Registry = REGISTRY) -> Mapping[str, bytes]:
    return KINDS[kind].files(declared(registry))


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, words)])


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_is_the_same_each_time_and_says_where_it_is_from(kind: str) -> None:
    again = KINDS[kind].files(Declared(REGISTRY))
    assert dict(again) == dict(files(kind))
    digest = specification_digest(REGISTRY)
    # Seeds of a fuzzer are messages, in which nothing can stand.
    texts = {path: data for path, data in again.items() if not path.startswith(SEEDS)}
    assert [path for path, data in texts.items() if digest not in data.decode()] == []


def test_no_two_kinds_write_one_file() -> None:
    paths = [path for kind in KINDS for path in files(kind)]
    assert len(paths) == len(set(paths))


def test_no_template_knows_a_type() -> None:
    paths = [
        path
        for name in ("languages", "fuzz")
        for path in (TEMPLATES / "templates" / name).iterdir()
    ]
    text = "\n".join(path.read_text("utf-8") for path in paths)
    known = {line.name for line in REGISTRY.with_layout} | {
        field.name
        for line in REGISTRY.with_layout
        if line.layout is not None
        for field in line.layout.named
        if "_" in field.name
    }
    assert len(known) > 80
    found = {one for one in known if re.search(rf"(?i)\b{one}\b|\b{snake(one)}\b", text)}
    assert found == set()


Basket = Declaration(
    "Basket",
    "A type that one declaration brings into every export.",
    Field("wicker", u64, "a field"),
    Field("handles", FixedVec(u32, 3), "a vector"),
    Zeros(4),
    provenance="vendor",
)
BASKET = vendor(222, Basket, 32)

APPEARANCES = {
    "c": ("torq.h", "} torq_basket;", "sizeof(torq_basket) == 32", "torq_basket, wicker) == 0"),
    "rust": ("src/lib.rs", "pub struct Basket {", "size_of::<Basket>() == 32", "pub wicker: U64,"),
    "go": ("torq.go", "type Basket struct {", "Wicker uint64", "Handles []uint32"),
    "java": ("torq/Torq.java", "public record Basket(", "long wicker", "List<Long> handles"),
    "typescript": ("src/torq.ts", "export interface Basket {", "wicker: bigint;", "handles: nu"),
    "python": ("torq_types.py", "class Basket:", "wicker: int", "handles: list[int]"),
    "kaitai": ("torq.ksy", "222: basket", "  basket:", "{id: wicker, type: u64, size: 8"),
    "wireshark": ("torq.lua", '[222] = {name = "Basket"', '"wicker", offset = 0'),
    "imhex": ("torq.hexpat", "struct Basket {", "u64 wicker", "u32 handles[3]"),
    "json-schema": ("torq.schema.json", '"#/$defs/Basket"', '"wicker"'),
    "faults": ("torq.faults.json", '"name": "Basket"', "LAYOUT-BASKET"),
    "svg": ("basket.svg", "wicker", "handles"),
    "fuzz": ("torq_mutator.c", "{222, 0, 32, 32, ", "// Basket"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_vendor_type_of_one_declaration_is_in_every_export(kind: str) -> None:
    path, *texts = APPEARANCES[kind]
    text = files(kind, REGISTRY.with_vendor_types([BASKET]))[path].decode()
    assert [one for one in texts if one not in text] == []
    assert "asket" not in files(kind).get(path, b"").decode()


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_names_are_exported(kind: str) -> None:
    assert files(kind, HOSTILE)


def test_the_manifest_lists_what_was_written(tmp_path: Path) -> None:
    done = run("all", tmp_path / "out")
    assert done.exit_code == 0, done.output
    document = json.loads((tmp_path / "out" / MANIFEST).read_text("utf-8"))
    assert document["exports"].keys() == KINDS.keys()
    for kind, row in document["exports"].items():
        assert row["specification"] == specification_digest(REGISTRY)
        assert row["vendor_types"] == []
        hashes = {
            f"{kind}/{path}": hashlib.sha256(one).hexdigest() for path, one in files(kind).items()
        }
        assert row["files"] == dict(sorted(hashes.items()))
    done = run("--check", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "are up to date" in done.output


def test_an_older_export_is_out_of_date_file_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendors = tmp_path / "vendors"
    vendors.mkdir()
    module = vendors / "baskets_of_exports.py"
    source = (
        "from torq_specs import Declaration, Field, u32, vendor\n"
        'B = Declaration("Basket", "A basket.", Field("wicker", u32, "a field"), '
        'provenance="vendor")\nTLVS = [vendor(222, B, 4)]\n'
    )
    module.write_text(source, "utf-8")
    monkeypatch.syspath_prepend(vendors)
    specs = ("--vendor-specs", module.stem)
    out = tmp_path / "out"
    for kind in ("svg", "c", "faults"):
        assert run(kind, out, *specs).exit_code == 0
    assert run("--check", out, *specs).exit_code == 0
    done = run("--check", out)
    assert done.exit_code == 2
    assert "has the vendor types Basket. Name the module" in done.output

    (out / "trade.svg").unlink()
    (out / "quote.svg").write_text("mine", "utf-8")
    changed = source.replace("wicker", "reed").replace('"Basket"', '"Hamper"')
    module.write_text(changed + "# another size, so that no cache is read\n", "utf-8")
    del sys.modules[module.stem]
    done = run("--check", out, *specs)
    assert done.exit_code == 1
    said = {line.removeprefix(f"{out}/") for line in done.output.splitlines()}
    assert "trade.svg is missing" in said
    assert "quote.svg was changed by hand" in said
    assert "torq.h is out of date" in said
    assert "basket.svg is written by no export any more" in said
    assert "hamper.svg was not written yet" in said

    done = run("svg", out, *specs)
    assert done.exit_code == 2
    assert "quote.svg is there, and it is not as an export wrote it" in done.output
    (out / "quote.svg").unlink()
    for kind in ("svg", "c", "faults"):
        assert run(kind, out, *specs).exit_code == 0
    assert not (out / "basket.svg").exists()
    assert run("--check", out, *specs).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cobol", "out"), "There is no kind cobol. There are c, rust,"),
        (("c",), "It is `export KIND DIR`, or `export --check DIR`."),
        (("--check", "c", "out"), "It is `export KIND DIR`, or `export --check DIR`."),
        (("--check", "out"), "out has no torq-exports.json. Export into it first."),
    ],
)
def test_a_wrong_command_is_refused_in_one_line(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.output
    assert len(done.output.splitlines()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 2, "exports": {}}',
        '{"format": 1, "exports": {"cobol": {}}}',
        (
            '{"format": 1, "exports": {"c": {"folder": "", "kit": "", "specification": "", '
            '"vendor_types": [], "files": {"../../etc/passwd": ""}}}}'
        ),
    ],
)
def test_a_foreign_manifest_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(text, "utf-8")
    done = run("--check", tmp_path)
    assert done.exit_code == 2
    assert "is no manifest of exports of this kit" in done.output


class Side(IntEnum):
    """Another enumeration of a name that is taken."""

    LEFT = 0


class Huge(IntEnum):
    """A member that a byte cannot hold."""

    MOST = 256


def named(name: str, *fields: Any) -> Declaration:
    return Declaration(name, "A type.", *fields, provenance="vendor")


ONE = Field("one", u8, "a field")
OTHER_LEVEL = named("OrderLevel", Field("price", u8, "another price"))

REFUSED: dict[str, tuple[list[Declaration], str]] = {
    "two names that differ by an underscore": (
        [named("Funding_Rate", ONE), named("FundingRate", ONE)],
        "has both Funding_Rate and FundingRate, which C calls ",
    ),
    "two fields that differ by their case": (
        [named("Kit", Field("bid", u8, "a field"), Field("Bid", u8, "a field"))],
        "Kit has both bid and Bid, which C calls bid",
    ),
    "a keyword with an underscore beside the keyword": (
        [named("Kit", Field("int", u8, "a field"), Field("int_", u8, "a field"))],
        "Kit has both int and int_, which C calls int_",
    ),
    "a field that is no word": (
        [named("Kit", Field("bid price", u8, "a field"))],
        "Kit has the name 'bid price', which C cannot have",
    ),
    "letters that are not everywhere": (
        [named("Kit", Field("größe", u8, "a field"))],
        "Kit has the name 'größe', which C cannot have",
    ),
    "a type that is called as an enumeration": (
        [named("Venue", ONE)],
        "Venue is the name of two different types, records or enumerations.",
    ),
    "another record of one name": (
        [named("Kit", Field("levels", FixedVec(OTHER_LEVEL, 2), "levels"))],
        "OrderLevel is the name of two different types, records or enumerations.",
    ),
    "another enumeration of one name": (
        [named("Kit", Field("side", u8, "a side", values=Side))],
        "Side is the name of two different types, records or enumerations.",
    ),
    "a member that is too large": (
        [named("Kit", Field("huge", u8, "a number", values=Huge))],
        "Huge.MOST is 256, which u8 cannot hold.",
    ),
}


def with_vendors(*declarations: Declaration) -> Registry:
    return REGISTRY.with_vendor_types(
        vendor(220 + index, one, one.sizeof()) for index, one in enumerate(declarations)
    )


@pytest.mark.parametrize("what", REFUSED)
def test_a_name_that_cannot_be_is_refused(what: str) -> None:
    declarations, said = REFUSED[what]
    with pytest.raises(KitError) as refused:
        KINDS["c"].files(Declared(with_vendors(*declarations)))
    assert said in str(refused.value)


def test_two_vendor_types_of_one_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "twins_of_exports.py").write_text(
        "from torq_specs import Declaration, Field, u8, vendor\n"
        'D = Declaration("Twin", "A type.", Field("one", u8, "a field"), provenance="vendor")\n'
        "TLVS = [vendor(222, D, 1), vendor(223, D, 1)]\n",
        "utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    done = run("c", tmp_path / "out", "--vendor-specs", "twins_of_exports")
    assert done.exit_code == 2
    assert "Twin is both 222 and 223" in done.output
    assert not (tmp_path / "out").exists()


def test_the_schema_takes_every_valid_value_and_no_spoilt_one() -> None:
    validator = jsonschema_rs.validator_for(json.loads(files("json-schema")["torq.schema.json"]))
    for document in VALID:
        assert validator.is_valid(document["value"]), document["id"]
    seen = 0
    for document in VALID[:: len(VALID) // 120]:
        for spoilt in _spoilt(document["value"]):
            assert not validator.is_valid(spoilt), (document["id"], spoilt)
            seen += 1
    assert seen > 1000


def _spoilt(value: Any) -> Iterator[Any]:
    """Copies of a value, each with one part missing, renamed or of another form."""
    text = json.dumps(value)
    for name in value["header"]:
        wrongs: tuple[object, ...] = (-1, 1 << 40, "x", None, [], "01")
        for wrong in wrongs:
            copy = json.loads(text)
            copy["header"][name] = wrong
            yield copy
        copy = json.loads(text)
        del copy["header"][name]
        yield copy
    for index, tlv in enumerate(value["tlvs"][:4]):
        if not isinstance(tlv["value"], dict):
            continue
        copy = json.loads(text)
        copy["tlvs"][index]["value"]["more"] = 1
        yield copy
        for name in tlv["value"]:
            copy = json.loads(text)
            copy["tlvs"][index]["value"][name] = {}
            yield copy


def test_faults_and_requirements_are_all_there() -> None:
    document = json.loads(files("faults")["torq.faults.json"])
    assert [row["kind"] for row in document["faults"]] == [str(kind) for kind in FaultKind]
    for row, kind in zip(document["faults"], FaultKind, strict=True):
        assert row["row"] == kind.row
        assert tuple(part["name"] for part in row["context"]) == CONTEXT[kind]
        must = {part["name"] for part in row["context"] if part["level"] == "MUST"}
        assert must == set(CONTEXT_MUST.get(kind, ()))
    rules = requirements(REGISTRY)
    assert {row["id"]: (row["level"], row["section"]) for row in document["requirements"]} == {
        id_: (str(rule.level), rule.section) for id_, rule in rules.items()
    }
    assert len(document["types"]) == len(list(REGISTRY))


def test_context_of_published_faults_has_the_types_that_the_list_says() -> None:
    document = json.loads(files("faults")["torq.faults.json"])
    types = {
        (row["kind"], part["name"]): part["type"]
        for row in document["faults"]
        for part in row["context"]
    }
    met = set()
    for vector in published():
        for fault in vector.document.get("faults", ()):
            for name, value in fault.get("context", {}).items():
                is_wide = isinstance(value, str) and value.lstrip("-").isdecimal()
                found = "integer" if isinstance(value, int) or is_wide else "string"
                assert types[fault["kind"], name] == found, vector.id
                met.add((fault["kind"], name))
    assert len(met) > 30


def test_a_picture_is_xml_and_names_every_field() -> None:
    pictures = files("svg", HOSTILE)
    for layout in declared(HOSTILE).layouts:
        text = "".join(ET.fromstring(pictures[f"{snake(layout.name)}.svg"]).itertext())
        flat = re.sub(r"[^\w]", "", text)
        for field in layout.named:
            assert field.name.split("_")[0] in flat, layout.name


FIELD = re.compile(r"    (\w+) (\w+)(?:\[(\d+)\])?(?: \[\[comment\(.*\)\]\])?;")
SIZES = {f"{sign}{8 * size}": size for sign in "us" for size in (1, 2, 4, 8, 16)}


def test_structures_of_the_pattern_have_the_offsets_of_their_fields() -> None:
    """No ImHex can be had here: this reads the part of its language that the pattern uses."""
    text = files("imhex", HOSTILE)["torq.hexpat"].decode()
    sizes = dict(SIZES)
    sizes |= {m[1]: SIZES[m[2]] for m in re.finditer(r"^enum (\w+) : (\w+) \{", text, re.MULTILINE)}
    structures = re.findall(r"^struct (\w+) \{\n(.*?)^\};", text, re.MULTILINE | re.DOTALL)
    for layout, (name, body) in zip(declared(HOSTILE).layouts, structures, strict=False):
        assert name.removesuffix("_").lower() == layout.name.replace("_", "").lower()
        at, found = 0, {}
        for line in body.splitlines():
            if padding := re.fullmatch(r"    padding\[(\d+)\];", line):
                at += int(padding[1])
                continue
            field = FIELD.fullmatch(line)
            assert field is not None, line
            found[field[2].replace("_", "")] = at
            at += sizes[field[1]] * int(field[3] or 1)
        assert at == layout.size, name
        sizes[name] = at
        for part in layout.fields:
            if isinstance(part.type, Vector):
                assert found[f"{part.name}count".replace("_", "")] == part.offset
                assert found[part.name.replace("_", "")] == part.offset + part.type.slots_offset
            elif part.name:
                assert found[part.name.replace("_", "")] == part.offset


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ModuleType]]:
    """The modules that the export for Python has written, hostile names among them."""
    folder = tmp_path_factory.mktemp("generated")
    for path, data in files("python", HOSTILE).items():
        (folder / path).write_bytes(data)
    sys.path.insert(0, str(folder))
    names = ("torq_types", "torq_numpy", "torq_ctypes")
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(folder))
        for name in names:
            sys.modules.pop(name, None)


def values_to_read() -> Iterator[tuple[TlvType, bytes, dict[str, Any]]]:
    """Every value of a declared type in valid vectors, and drawn ones of the hostile types."""
    for document in VALID:
        payload = bytes.fromhex(document["message"])[HEADER_LAYOUT.size :]
        for frame, tlv in zip(frames(payload), document["value"]["tlvs"], strict=True):
            line = REGISTRY.get(tlv["type"])
            if line is not None and line.layout is not None:
                data = payload[frame.value_offset : frame.end]
                yield line, data, derived_codec.decode_value(line.layout, data)
    for own in hostile_names.TLVS:
        assert own.layout is not None
        for value in (filled(own.layout, 1), filled(own.layout, 250)):
            yield own, derived_codec.encode_value(own.layout, value), value


def filled(layout: Layout, seed: int) -> dict[str, Any]:
    """A value whose bytes differ, and whose vectors are full."""
    return {field.name: _part(field.type, seed + index) for index, field in enumerate(layout.named)}


def _part(type_: object, seed: int) -> Any:
    match type_:
        case Integer(size=size, is_signed=is_signed):
            data = bytes((seed + place * 37) % 256 for place in range(size))
            return int.from_bytes(data, "little", signed=is_signed)
        case Raw(size=size):
            return bytes((seed + place) % 256 for place in range(size))
        case Vector(element=element, capacity=capacity):
            seeds = range(seed, seed + capacity)
            if isinstance(element, Layout):
                return [filled(element, one) for one in seeds]
            return [_part(element, one) for one in seeds]
    raise AssertionError(type_)


def words_of(module: ModuleType, layout: Layout) -> dict[str, str]:
    """The attribute of each field by its declared name."""
    record = {
        name: rows for name, rows in module.FIELDS.items() if name.removesuffix("_") == layout.name
    }
    (rows,) = record.values()
    return {row.name: row.attribute for row in rows if row.name}


def same(types: ModuleType, layout: Layout, got: Any, right: Mapping[str, Any], get: Any) -> bool:
    """Whether every field of a foreign value is as it should be; ``get`` takes a part out of it."""
    words = words_of(types, layout)
    return all(
        _same_part(types, field.type, get(got, words[field.name]), right[field.name], get)
        for field in layout.named
    )


def _same_part(types: ModuleType, type_: object, got: Any, right: Any, get: Any) -> bool:
    match type_:
        case Vector(element=element):
            if not isinstance(got, list):
                got = list(get(got, "slots"))[: int(get(got, "count"))]
            return len(got) == len(right) and all(
                same(types, element, one, other, get)
                if isinstance(element, Layout)
                else _same_part(types, element, one, other, get)
                for one, other in zip(got, right, strict=True)
            )
        case Integer(size=size) if size > 8 and not isinstance(got, int):
            got = sum(int(limb) << 64 * place for place, limb in enumerate(got))
        case Integer():
            got = int(got)
        case _:
            got = bytes(got)
    return bool(got == right)


def test_python_reads_and_writes_every_valid_value(modules: dict[str, ModuleType]) -> None:
    types = modules["torq_types"]
    seen = set()
    for line, data, right in values_to_read():
        assert line.layout is not None
        value = getattr(types, f"decode_{snake(line.name)}")(data)
        assert same(types, line.layout, value, right, getattr)
        assert getattr(types, f"encode_{snake(line.name)}")(value) == data
        seen.add(line.name)
    assert seen == {line.name for line in HOSTILE.with_layout}


def test_numpy_and_ctypes_view_every_valid_value(modules: dict[str, ModuleType]) -> None:
    types, dtypes = modules["torq_types"], modules["torq_numpy"].BY_NUMBER
    structures = modules["torq_ctypes"].BY_NUMBER
    for line, data, right in values_to_read():
        assert line.layout is not None
        (viewed,) = np.frombuffer(data, dtypes[line.number])
        assert same(types, line.layout, viewed, right, lambda one, name: one[name])
        structure = structures[line.number].from_buffer_copy(data)
        assert ctypes.sizeof(structure) == line.layout.size
        assert same(types, line.layout, structure, right, getattr)


def test_python_refuses_what_does_not_fit(modules: dict[str, ModuleType]) -> None:
    types = modules["torq_types"]
    book = types.decode_order_book(bytes(6200))
    level = types.decode_order_level(bytes(24))
    fields = vars(book)
    with pytest.raises(ValueError, match="129 elements where 128 fit"):
        types.encode_order_book(types.OrderBook(**{**fields, "bids": [level] * 129}))
    with pytest.raises(OverflowError):
        types.encode_order_book(types.OrderBook(**{**fields, "asset_id": 1 << 64}))
    with pytest.raises(ValueError, match="129 elements where 128 fit"):
        types.decode_order_book(bytes(24) + b"\x81" + bytes(6175))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("data[at + 8 : at + 16]", "data[at + 9 : at + 17]"),
        ('"little", signed=True)', '"little")'),
        ("_put(out, 8, 8", "_put(out, 7, 8"),
    ],
)
def test_a_wrong_export_is_seen(right: str, wrong: str, tmp_path: Path) -> None:
    text = files("python")["torq_types.py"].decode()
    begin = text.index("class Trade:")
    assert right in text[begin:]
    wrong_text = text[:begin] + text[begin:].replace(right, wrong, 1)
    module = ModuleType("wrong_types")
    sys.modules["wrong_types"] = module
    exec(compile(wrong_text, "wrong_types", "exec", dont_inherit=True), vars(module))
    layout = REGISTRY[1].layout
    assert layout is not None
    right_value = filled(layout, 200)
    data = derived_codec.encode_value(layout, right_value)
    value = module.decode_trade(data)
    is_read = same(module, layout, value, right_value, getattr)
    assert not (is_read and module.encode_trade(value) == data)


ROOT = Path(__file__).parent.parent.parent.parent


def test_the_page_of_exports_shows_what_is_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme, page = ((ROOT / path).read_text("utf-8") for path in ("README.md", "docs/exports.md"))
    (source,) = re.findall(
        r"^```python\n([^`]*FundingRate = .*?)^```", readme, re.DOTALL | re.MULTILINE
    )
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_package/types.py").write_text(source, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    specs = ("--vendor-specs", "my_package.types")
    shown = re.sub(r"[\d,]+ bytes", "N bytes", page)
    for words in ((), ("c", "generated", *specs)):
        done = run(*words)
        assert done.exit_code == 0, done.output
        printed = re.sub(r"[\d,]+ bytes", "N bytes", done.output)
        assert f"$ torq-conformance export {' '.join(words)}".rstrip() + f"\n{printed}" in shown
    (structure,) = re.findall(r"^typedef struct.*?^} torq_\w+;", page, re.DOTALL | re.MULTILINE)
    asserts = re.findall(r"^TORQ_ASSERT.*$", page, re.MULTILINE)
    written = Path("generated/torq.h").read_text("utf-8")
    assert structure in written
    assert "\n".join(asserts) in written
    assert run("--check", "generated", *specs).exit_code == 0
    for name in ("my_package", "my_package.types"):
        sys.modules.pop(name, None)

"""Fuzzing from inside: a mutator in C, a dictionary, seeds, a harness and a Makefile."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.mutator.sound_edits import FRESH_COUNTS, TRIES
from torq_conformance.cases.mutator.tables import Tables
from torq_conformance.exports.declared import Declared
from torq_conformance.exports.identifiers import identifiers, snake
from torq_conformance.exports.languages.language import comment, common
from torq_conformance.exports.templating import templates
from torq_conformance.model import derived_codec
from torq_conformance.vectors.reader import published
from torq_specs.enums import Magic
from torq_specs.faults import HEADER_ENUMERATIONS
from torq_specs.registry import EXTENDED_SIZE_MAX, TlvType

SEEDS = "corpus/"
"""The folder of seeds, which are messages as they are: nothing in them says where it is from."""

HEADER = {"flags": 0, "sequence": 1, "timestamp": 1}
"""What a seed of a vendor type has in its header beside members of enumerations."""


def files(declared: Declared) -> dict[str, bytes]:
    """What is written, by path; KitError where one name stands for two things."""
    assert declared.names
    environment = templates()
    environment.filters["comment"] = comment
    context = {
        **common(declared),
        "tables": Tables.of(declared.registry),
        "extended_size_max": EXTENDED_SIZE_MAX,
        "fresh_counts": FRESH_COUNTS,
        "tries": TRIES,
        "words": list(dictionary(declared)),
    }
    names = sorted(
        name.removeprefix("fuzz/").removesuffix(".j2")
        for name in environment.list_templates()
        if name.startswith("fuzz/")
    )
    made = {
        name: environment.get_template(f"fuzz/{name}.j2").render(context).encode() for name in names
    }
    return made | {SEEDS + name: message for name, message in seeds(declared).items()}


def dictionary(declared: Declared) -> Iterator[tuple[str, str]]:
    """Names and bytes, these as a dictionary has them."""
    yield "magic", _escaped(int(Magic.TORQ).to_bytes(4, "little"))
    for name, members, _ in HEADER_ENUMERATIONS:
        for member in members:
            yield f"{name}_{int(member)}", _escaped(bytes([int(member)]))
    lines = list(declared.registry)
    names = identifiers([line.name for line in lines], "The registry", "a dictionary", case=snake)
    for line in lines:
        for size in sorted({line.size_min, line.size_max}):
            head = derived_codec.frame(line.number, bytes(size))[: -size or None]
            yield f"{names[line.name]}_{size}", _escaped(head)


def _escaped(data: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in data)


def seeds(declared: Declared) -> dict[str, bytes]:
    """Of each sort of golden vectors the shortest message, and one of each vendor type."""
    shortest: dict[object, tuple[int, str, bytes]] = {}
    for vector in published():
        document = vector.document
        if "message" not in document or "decode" not in document["operations"]:
            continue
        message = bytes.fromhex(document["message"])
        kinds = tuple(sorted({fault["kind"] for fault in document.get("faults", ())}))
        sort = (vector.file, document["result"], kinds, tuple(document["flags"]))
        one = (len(message), vector.id, message)
        shortest[sort] = min(shortest.get(sort, one), one)
    found = {id_: message for _, id_, message in shortest.values()}
    for line in declared.registry:
        if line.name in declared.vendor_names:
            found[f"type-{line.number}"] = _message_of(line)
    return dict(sorted(found.items()))


def _message_of(line: TlvType) -> bytes:
    """The plainest message with a type: zeros, as few as there may be."""
    members = {name: int(next(iter(values))) for name, values, _ in HEADER_ENUMERATIONS}
    value = bytes(line.size_min)
    return derived_codec.assemble({**members, **HEADER}, derived_codec.frame(line.number, value))

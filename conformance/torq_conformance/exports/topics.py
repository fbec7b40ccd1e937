"""Everything that a word of the page may stand for, and what is said about it, as plain parts.

A topic is a title, facts and blocks of text or annotated bytes; the terminal and the pages only lay
them out. What ``spec show WORD`` finds is found here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from torq_conformance.exports import examples
from torq_conformance.exports.examples import Example
from torq_conformance.exports.reference_tables import SECTIONS
from torq_conformance.judging import evidence
from torq_conformance.judging.expectations import Name
from torq_conformance.report import annotated_bytes, failures
from torq_specs.configuration import SCHEMAS
from torq_specs.faults import CONTEXT, CONTEXT_MUST, FREE_TEXT, MEANINGS, FaultKind
from torq_specs.registry import REGISTRY, Registry
from torq_specs.relay_rules import RELAY_RULES
from torq_specs.requirements import differences, requirements
from torq_specs.workloads import CLAIMS, WORKLOADS

ROWS_MAX = 40
"""Rows of annotated bytes that are shown of one message."""


@dataclass(frozen=True)
class Block:
    """A part of a topic: a heading, sentences, and annotated bytes."""

    title: str
    text: str = ""
    dump: str = ""


@dataclass(frozen=True)
class Topic:
    """What is said about one word."""

    title: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()
    blocks: tuple[Block, ...] = field(default=())


FIELD_TYPES: Mapping[str, str] = {
    "FixedVec": "FixedVec<T, N>: a count (u16), zero bytes, and always N slots of T, used or not. "
    "The slots begin 8 bytes behind its first byte, or 16 where the declaration says so "
    "(for integers of 16 bytes); those from the count on are zero. More than N elements are "
    "CapacityExceeded, when decoding as when encoding: nothing is cut silently.",
    "address": "20 raw bytes in EVM order, followed by 12 zero bytes.",
    "pad": "Zero bytes. An encoder MUST write zeros; a decoder SHOULD refuse anything else as "
    "ParseError, and MUST if it claims strict_padding.",
    "reserved": "Data, not padding: every value is legal and carried through.",
    "u8 u16 u32 u64 u128 u256": "An unsigned little-endian integer of so many bits, at the offset "
    "that is given and not aligned.",
    "i32 i64": "A signed little-endian integer of so many bits, two's complement.",
}
"""What the types of fields mean, by the words that the page uses."""


SUBJECTS: Mapping[str, str] = {
    "checksum": "CHK-VALUE",
    "crc": "CHK-VALUE",
    "extended": "TLV-EXTENDED",
    "extended framing": "TLV-EXTENDED",
    "framing": "section 3",
    "magic": "HDR-MAGIC",
    "padding": "PAD-ENCODE",
    "standard framing": "TLV-STANDARD",
    "tlv": "section 3",
}
"""What else people look for, and the word that answers it."""


def topics(registry: Registry = REGISTRY) -> dict[str, str]:
    """Every word that is no type, record or enumeration, by itself in lower case."""
    words = [*requirements(registry), *RELAY_RULES, *map(str, FaultKind)]
    words += [word for words_ in FIELD_TYPES for word in words_.split()]
    words += [name for number in SECTIONS for name in (f"section {number}", f"§{number}")]
    titles = {title.lower(): f"section {number}" for number, title in SECTIONS.items()}
    return {**titles, **SUBJECTS, **{word.lower(): word for word in words}}


def topic(word: str, registry: Registry = REGISTRY) -> Topic:
    """What is said about a word of ``topics``."""
    if word in requirements(registry):
        return _of_requirement(word, registry)
    if word in RELAY_RULES:
        return _of_relay_rule(word)
    if word in FaultKind._value2member_map_:
        return of_fault(FaultKind(word), registry)
    for words, text in FIELD_TYPES.items():
        if word in words.split():
            return Topic(words, text)
    return _of_section(word.removeprefix("section ").removeprefix("§"), registry)


def _of_requirement(id_: str, registry: Registry) -> Topic:
    rule = requirements(registry)[id_]
    right, wrong = examples.of_requirement(id_, registry)
    blocks = []
    if right is not None:
        blocks.append(_block("the smallest that is right", right, registry))
    if wrong is not None:
        blocks.append(_block("the smallest that is wrong", wrong, registry))
    facts = [("level", str(rule.level)), ("section", f"{rule.section} {SECTIONS[rule.section]}")]
    facts += [("why", rule.why), ("look at", rule.look_at)]
    facts += [("note", rule.note)] if rule.note else []
    facts += [("differs", f"the public system: {one.public}") for one in rule.differs]
    return Topic(id_, rule.text, tuple(facts), tuple(blocks))


def _of_relay_rule(id_: str) -> Topic:
    rule = RELAY_RULES[id_]
    facts = (
        ("level", str(rule.binding)),
        ("section", f"10 {SECTIONS['10']}"),
        ("why", rule.why),
        ("a right relay", rule.right),
        ("look at", rule.look_at),
        ("from", rule.provenance),
        *(("differs", f"the public system: {one.public}") for one in rule.differs),
    )
    return Topic(id_, rule.text, facts)


def of_fault(kind: FaultKind, registry: Registry = REGISTRY) -> Topic:
    """What is said about a kind of refusal."""
    meaning, must = MEANINGS[kind], CONTEXT_MUST.get(kind, ())
    rule = requirements(registry)[meaning.speaks_of]
    free = FREE_TEXT.get(kind)
    others = [name for name in CONTEXT[kind] if name not in must]
    should = ", ".join(f"{name} (free text)" if name == free else name for name in others)
    facts = [
        ("row", f"{kind.row} of the table in section 6"),
        ("context, MUST", ", ".join(must) or "none"),
        ("context, SHOULD", should or "none"),
        ("demanded by", f"{rule.id}: {rule.text}"),
        ("why", rule.why),
        ("look at", rule.look_at),
    ]
    example = examples.of_fault(kind, meaning.speaks_of, registry)
    blocks = () if example is None else (_block("the smallest", example, registry),)
    return Topic(str(kind), meaning.when, tuple(facts), blocks)


def _block(title: str, example: Example, registry: Registry) -> Block:
    asked = evidence.answer_sought(example.request, example.expectation)
    sent = failures.sent(asked["asked"])
    if example.data is not None:
        sent = f"{example.request.operation}, {len(example.data):,} bytes"
    sent = textwrap.shorten(sent, 160, placeholder=" ...")
    wanted = failures.expected(asked["expected"])
    if isinstance(example.expectation, Name) and not example.is_wrong:
        wanted = "nothing is named"
    text = f"{example.label}: {sent}. Right: {textwrap.shorten(wanted, 240, placeholder=' ...')}."
    dump = ""
    if example.data:
        rows = list(annotated_bytes.byte_rows(example.data, registry))
        dump = annotated_bytes.dump(iter(rows[:ROWS_MAX]))
        if len(rows) > ROWS_MAX:
            dump += f"\n        ... {len(example.data):,} bytes in all"
    return Block(title, text, dump)


def _of_section(number: str, registry: Registry) -> Topic:
    lines = [*_rules_of(number, registry), *MORE.get(number, _nothing)(registry)]
    return Topic(f"Section {number}, {SECTIONS[number]}", "\n".join(lines))


def _rules_of(number: str, registry: Registry) -> Iterator[str]:
    for id_, rule in requirements(registry).items():
        if rule.section == number:
            yield f"{id_} ({rule.level}): {rule.text}"


def _nothing(registry: Registry) -> Iterator[str]:
    return iter(())


def _errors(registry: Registry) -> Iterator[str]:
    for kind in FaultKind:
        yield f"{kind.row:>2} {kind}({', '.join(CONTEXT[kind])}): {MEANINGS[kind].when}"


def _throughput(registry: Registry) -> Iterator[str]:
    for work in WORKLOADS.values():
        floor = f", at least {work.floor:,} a second" if work.floor else ""
        yield f"{work.name}: {work.operation}{floor}"
    for name, claim in CLAIMS.items():
        yield f"{name}: {claim}"


def _relays(registry: Registry) -> Iterator[str]:
    for rule in RELAY_RULES.values():
        yield f"{rule.id} ({rule.binding}): {rule.text}"


def _differences(registry: Registry) -> Iterator[str]:
    for one in differences(registry):
        yield f"{one.subject}: here {one.page}; the public system: {one.public} ({one.source})"


def _configuration(registry: Registry) -> Iterator[str]:
    for schema in SCHEMAS.values():
        yield f"{schema.name}: {schema.doc}"
        for one in schema.fields:
            yield f"  {schema.variable(one)}: {one.type}, {one.allowed}, {one.otherwise}"


MORE: Mapping[str, Callable[[Registry], Iterator[str]]] = {
    "6": _errors,
    "9": _throughput,
    "10": _relays,
    "11": _differences,
    "12": _configuration,
}
"""What a section has beside requirements."""

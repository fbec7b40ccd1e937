"""Every testable sentence of the protocol: id, level, text, section; ids never change meaning.

``note`` says where public sources of the protocol disagree and what was decided. One requirement
per declared TLV is derived from the registry. ``NOT_TESTED`` lists, with the reason, what no test
can judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from torq_specs.differences import Difference
from torq_specs.explanations import EXPLANATIONS
from torq_specs.header import Header
from torq_specs.instrument_id import InstrumentId
from torq_specs.registry import REGISTRY, Registry, TlvType
from torq_specs.relay_rules import RELAY_RULES, Binding
from torq_specs.validation import rules_of


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


PARSER = "libs/codec/src/parser.rs"
"""Where the public system reads messages."""


@dataclass(frozen=True)
class Requirement:
    """One testable sentence; ``section`` is that of the protocol page.

    ``why`` says what breaks without it, ``look_at`` where the fault usually is in one's code.
    """

    id: str
    level: Level
    text: str
    section: str
    note: str = ""
    why: str = ""
    look_at: str = ""
    differs: tuple[Difference, ...] = ()


def _must(
    id_: str, section: str, text: str, note: str = "", *, differs: tuple[Difference, ...] = ()
) -> Requirement:
    return Requirement(id_, Level.MUST, text, section, note, *EXPLANATIONS[id_], differs)


def _should(id_: str, section: str, text: str, note: str = "") -> Requirement:
    return Requirement(id_, Level.SHOULD, text, section, note, *EXPLANATIONS[id_])


HEADER = (
    _must(
        "HDR-LAYOUT",
        "2",
        "The header is 32 bytes; its fields lie at their offsets, little-endian and unsigned.",
    ),
    _must("HDR-MAGIC", "2", "magic is 0xDEADBEEF, EF BE AD DE on the wire; else InvalidMagic."),
    _must(
        "HDR-DOMAIN",
        "2",
        "relay_domain is 1 MarketData, 2 Signal, 3 Execution or 4 System; else InvalidRelayDomain.",
        "Public code numbers the domains in two ways; the numbering from 1 was decided.",
    ),
    _must("HDR-VERSION", "2", "version is 1; anything else is UnsupportedVersion."),
    _must("HDR-SOURCE", "2", "source is one of the listed services; else UnknownSource."),
    _must("HDR-FLAGS", "2", "flags are carried through unchanged; all 256 values are legal."),
    _must("HDR-PAYLOAD-SIZE", "2", "payload_size is the number of bytes after the header."),
    _must("HDR-EMPTY", "2", "payload_size 0, a header alone, is a valid message."),
    _must(
        "MSG-TOO-SMALL",
        "2",
        "A buffer shorter than 32 bytes, or than 32 + payload_size, is MessageTooSmall; where the "
        "checksum over what is there is wrong, ChecksumMismatch is right as well.",
        differs=(
            Difference(
                "a message shorter than payload_size",
                "MessageTooSmall",
                "payload_size is never looked at; the checksum runs over what is there",
                PARSER,
            ),
        ),
    ),
    _must(
        "MSG-TOO-LARGE",
        "2",
        "A message is at most 1,048,576 bytes; a longer one is MessageTooLarge, decided from the "
        "header before anything is allocated.",
    ),
    _must(
        "MSG-TRAILING",
        "2",
        "Bytes after the payload are a ParseError at the first of them; where the checksum over "
        "what is there is wrong, ChecksumMismatch is right as well.",
    ),
)

CHECKSUM = (
    _must(
        "CHK-VALUE",
        "2",
        "checksum is CRC-32/ISO-HDLC over bytes 0..27 followed by bytes 32..end, the four checksum "
        "bytes left out; an encoder writes it and a decoder takes it.",
        "A public fast builder leaves the checksum 0; it is wrong.",
    ),
    _must(
        "CHK-VERIFY",
        "2",
        "A checksum that is not the calculated one is refused as ChecksumMismatch.",
        "The market data relay does not check it (section 10); a decoder does.",
    ),
)

FRAMING = (
    _must("TLV-STANDARD", "3", "A standard TLV is type u8 (1..254), length u8, value."),
    _must(
        "TLV-EXTENDED",
        "3",
        "An extended TLV is 255, 0, type u8, length u16, value; length counts the value alone.",
        "A public relay reads extended TLVs as data; it is wrong.",
    ),
    _must(
        "TLV-SHORTEST",
        "3",
        "Encoders use the standard framing up to 255 bytes of value and the extended one above.",
    ),
    _must("TLV-ANY-EXTENDED", "3", "Decoders accept the extended framing for any length."),
    _must(
        "TLV-RESERVED",
        "3",
        "A second byte of an extended TLV other than 0 is InvalidExtendedTLV.",
    ),
    _must(
        "TLV-TRUNCATED",
        "3",
        "Fewer payload bytes than the TLV header or its length asks for is TruncatedTLV.",
    ),
    _must("TLV-ORDER", "3", "Order and duplicates of TLVs are kept."),
    _must("TLV-ZERO-LENGTH", "3", "A zero-length value is legal framing."),
    _must(
        "TLV-TYPE",
        "3",
        "Type 0, 255 inside extended, and every number that the registry does not have is "
        "InvalidTLVType.",
        "An unassigned number in a message of another domain than its range's is "
        "RelayDomainMismatch as well: both are right.",
        differs=(Difference("unknown types", "InvalidTLVType", "carried", PARSER),),
    ),
    _must(
        "TLV-DOMAIN",
        "3",
        "A TLV whose domain is not the header's relay_domain is RelayDomainMismatch; vendor types "
        "and the system types 100 to 119 ride in any domain.",
        "Types 60 to 79 belong to Signal; public functions disagree on them.",
    ),
    _must("TLV-VENDOR", "3", "Vendor types, 200 to 254, carry any bytes in any domain."),
    _must(
        "TLV-PAYLOAD-TOO-LARGE",
        "3",
        "A value above 65,535 bytes is refused on encode as PayloadTooLarge.",
    ),
)

REGISTRY_RULES = (
    _must(
        "REG-SIZE",
        "4",
        "A value of a size that its type does not have is PayloadSizeMismatch.",
        differs=(Difference("sizes of bounded types", "MUST", "never enforced", PARSER),),
    ),
    _must("REG-OPAQUE", "4", "An opaque type of legal size carries its bytes unchanged."),
)

LAYOUTS = (
    _must(
        "VAL-STRUCTURAL",
        "5",
        "Decoding is structural: any value that fits a field's type is decoded, enumerations "
        "included, and reserved fields are carried through.",
    ),
    _must("PAD-ENCODE", "1", "An encoder writes zeros into all padding."),
    _should(
        "PAD-DECODE",
        "1",
        "A decoder refuses padding and slots behind a vector's count that are not zero as "
        "ParseError; a MUST for those that claim strict_padding.",
    ),
    _must("VEC-COUNT", "5", "A vector's count is the number of its elements, a u16."),
    _must("VEC-SLOTS", "5", "Slots of a vector from count on are written as zeros."),
    _must(
        "VEC-CAPACITY",
        "5",
        "More elements than the capacity are CapacityExceeded, on decode and on encode; nothing is "
        "truncated silently.",
    ),
    _must("VEC-FULL", "5", "A vector may be empty, and may be full to its capacity."),
    _must(
        "BOOK-SIDES",
        "5",
        "The bids and the asks of a book lie at fixed places, whatever their counts; levels keep "
        "their order, equal and unsorted ones too.",
    ),
)

ERRORS = (
    _must(
        "ERR-ENCODE",
        "6",
        "Encoders refuse what no decoder would take, with the same kinds of errors.",
    ),
    _must(
        "ERR-RANGE",
        "6",
        "An integer that its field cannot hold, or bytes of the wrong length, is ValueOutOfRange "
        "on encode.",
    ),
    _must(
        "ERR-ANY-OF-SEVERAL",
        "6",
        "Several faults in one message: any one of them is a right answer.",
    ),
    _must(
        "ERR-NO-CRASH",
        "6",
        "Bad input gives an error: never a crash, never a partial result, never a hang, and no "
        "allocation sized by an unchecked length field.",
    ),
    _must(
        "ERR-CONTEXT-MUST",
        "6",
        "Claimed context of ChecksumMismatch, TruncatedTLV and InvalidTLVType, and the offset of "
        "ParseError, is exact.",
        "Where an encoder refuses, no bytes exist, so an offset is not judged.",
    ),
    _should("ERR-CONTEXT-SHOULD", "6", "All other claimed context is exact as well."),
    _must(
        "ERR-TEXT-VALUES",
        "6",
        "Where error_text is claimed, the text of a refusal holds every value of its kind's "
        "context but free text: names as they are, integers in decimal, or in hex behind 0x.",
        "Hex in either case, zeros in front, and _ , or ' between digits are right as well. Where "
        "an encoder refuses no offset is asked for. Hex without 0x cannot be told from decimal.",
    ),
    _must(
        "ERR-TEXT-LINE",
        "6",
        "Where error_text is claimed, the text of a refusal is one line: it holds no line break, "
        "at its end neither, whatever is in the input.",
        "Line breaks are LF, VT, FF, CR, NEL, LS and PS.",
    ),
    _must(
        "ERR-TEXT-PAYLOAD",
        "6",
        "Where error_text is claimed, the text of a refusal holds no four bytes or more of a TLV's "
        "value that follow one another, in whatever form: as they are, escaped, as hex, as decimal "
        "numbers, as base64, or as integers of 4, 8 or 16 bytes.",
        "Values of the context are no payload, even where they come from there: a type, a length.",
    ),
)

ROUND_TRIP = (
    _must("RT-VALUE", "2", "What was encoded decodes to the same value."),
    _must("RT-BYTES", "3", "What was decoded encodes to the same bytes, in the shortest framing."),
    _must(
        "STATE-INDEPENDENT",
        "6",
        "An answer depends on its input alone: not on earlier calls, and not on later ones.",
    ),
    _must(
        "STATE-THREADS",
        "6",
        "Where threads is claimed, an answer does not depend on calls from other threads that run "
        "at the same time, the first calls of all included.",
    ),
    _must(
        "MEM-READ",
        "6",
        "Where buffers is claimed, decode touches no byte in front of or behind its input, "
        "wherever that lies and whatever it says of its own lengths.",
        "Items of one byte are bytes, in each format (B, b, c) and shape; all of them are read.",
    ),
    _must(
        "MEM-INPUT",
        "6",
        "Where buffers is claimed, decode leaves its input as it is and needs it no longer when it "
        "has returned.",
    ),
    _must(
        "VIEW-ALIAS",
        "6",
        "Where views is claimed, decode_view gives values that are the buffer: a bit of a field "
        "that is changed there changes this field of the view, and no other.",
        "A view is right where a message is read once and dropped, from memory that stays; a copy "
        "is right wherever an answer is kept, or the buffer is used again.",
    ),
    _must(
        "VIEW-DECODE",
        "6",
        "Where views and buffers are claimed, decode stays a copy: what is changed in the buffer "
        "afterwards changes nothing in the answer.",
    ),
    _must(
        "VIEW-ALLOC",
        "6",
        "Where views is claimed, decode_view takes no memory that grows with the message.",
    ),
    _must(
        "VIEW-LIFETIME",
        "6",
        "Where views is claimed, a buffer cannot be given back while a view of it lives "
        "(BufferError), or the view stays right; memory that is gone is never read.",
    ),
    _must(
        "VIEW-BOUNDS",
        "6",
        "Where views is claimed, decode_view reads nothing in front of or behind its buffer, at "
        "any alignment, and refuses what decode refuses.",
        "A public zero-copy read asks for an alignment that no payload has: they lie at 34.",
    ),
    _must(
        "MEM-WRITE",
        "6",
        "Where buffers is claimed, encode_into writes its message at the start of the buffer and "
        "no other byte; a buffer that is too small for it is MessageTooSmall.",
        "The protocol has no kind for an output buffer; that of the input buffer was decided.",
    ),
)

INSTRUMENT_IDS = (
    _must(
        "IID-CACHE-KEY",
        "7",
        "cache_key is venue << 80 | asset_type << 72 | reserved << 64 | asset_id.",
    ),
    _must("IID-FROM-CACHE-KEY", "7", "from_cache_key is the exact inverse of cache_key."),
    _must(
        "IID-U64",
        "7",
        "to_u64 is venue << 48 | asset_type << 40 | (asset_id & 0xFFFFFFFFFF); it loses the upper "
        "bits of asset_id and reserved.",
    ),
    _must("IID-FROM-U64", "7", "from_u64 gives the parts of to_u64, and reserved 0."),
    _must(
        "IID-SYMBOL",
        "7",
        "stock, bond and coin (asset types 1, 2, 51) take at most 8 ASCII bytes of the symbol, "
        "left-aligned, zero-filled, read big-endian; longer symbols are cut.",
    ),
    _must(
        "IID-EVM-TOKEN",
        "7",
        "evm_token is the first 8 bytes of the address read big-endian, asset type 50.",
        "Of 40 hex digits behind 0X, or behind nothing, it may be that or be refused.",
    ),
    _must("IID-POOL", "7", "pool is lo*31 + hi mod 2^64 over the sorted ids, asset type 100."),
    _must(
        "IID-TRIANGULAR",
        "7",
        "triangular_pool is t0*31 + t1*17 + t2 mod 2^64 over the sorted ids, asset type 100, "
        "reserved 1.",
    ),
    _must("IID-LP-TOKEN", "7", "lp_token is the pool's asset_id, asset type 101."),
    _must(
        "IID-OPTION",
        "7",
        "option is (strike & 0xFFFFFFFF) << 32 | (expiry & 0xFFFFF) << 12 | call << 11 | "
        "(symbol id & 0x7FF), asset type 150.",
        "An expiry written as 20241225 does not fit in 20 bits and becomes 318281.",
    ),
    _must(
        "IID-REFUSAL",
        "7",
        "A symbol that is not ASCII and an address that is no hex string of 20 bytes are refused "
        "as InvalidInstrument.",
    ),
)

ID_REQUIREMENTS = {
    "cache_key": "IID-CACHE-KEY",
    "from_cache_key": "IID-FROM-CACHE-KEY",
    "to_u64": "IID-U64",
    "from_u64": "IID-FROM-U64",
    "stock": "IID-SYMBOL",
    "bond": "IID-SYMBOL",
    "coin": "IID-SYMBOL",
    "evm_token": "IID-EVM-TOKEN",
    "pool": "IID-POOL",
    "triangular_pool": "IID-TRIANGULAR",
    "lp_token": "IID-LP-TOKEN",
    "option": "IID-OPTION",
}
"""The requirement that speaks of each operation on ids."""

MEANING = (
    _must(
        "VLD-DECODE",
        "6",
        "Where decode_validated is claimed, a message that is right in form and breaks a rule of "
        "section 8 is refused as ValidationFailed; structure comes before meaning.",
    ),
)

CONFIGURATION = (
    _must(
        "CFG-VALUE",
        "12",
        "A field whose variable is set has the value of its text: decimal digits, of a signed type "
        "behind a minus too; true or false; a text as it is, blanks included; one of its choices.",
        "A plus in front, zeros in front, and -0 mean what they say in decimal, or are refused: "
        "both are right.",
    ),
    _must(
        "CFG-DEFAULT",
        "12",
        "A field whose variable is not set has its default; where it has none, the configuration "
        "is refused.",
    ),
    _must(
        "CFG-EMPTY",
        "12",
        "A variable that is set to nothing is refused, whatever the type of its field.",
        "Neither the default nor an empty text: PORT=$PORT leaves it so where the other is unset.",
    ),
    _must(
        "CFG-FORM",
        "12",
        "A text that is no number, no boolean or no choice of its field is refused: blanks, "
        "separators, fractions, exponents, other bases, digits beyond ASCII, other cases of "
        "letters, other words for yes and no.",
    ),
    _must(
        "CFG-RANGE",
        "12",
        "A number below the minimum of its field or above the maximum is refused; both are inside.",
    ),
    _must(
        "CFG-UNKNOWN",
        "12",
        "A variable that begins with the prefix and belongs to no field is refused; one that does "
        "not begin with it changes nothing.",
    ),
    _must(
        "CFG-VARIABLE",
        "12",
        "A refusal is ConfigError, and names in variable the whole variable that is wrong; of "
        "several any one.",
    ),
)

THROUGHPUT = (
    _must(
        "THR-WORK",
        "9",
        "Where throughput is claimed, a measured loop does the work of every call on the items of "
        "its workload, 4,096 different ones: operations counts what was done and nothing that was "
        "refused, digest is the sum of (k + 1) * r(k) modulo 2^64.",
        "The protocol has no digest; it was decided, so that a loop that does less is found out.",
    ),
    _must(
        "THR-TIME",
        "9",
        "Where throughput is claimed, elapsed_ns is the time that these calls took: what is "
        "prepared before them is left out, nothing else; latencies rise with their percentile.",
    ),
)

NOT_TESTED = {
    "section 9": "Rates, latency and memory are those of a machine: `torq-conformance meter` "
    "measures them and holds them against the claims; no verdict depends on them.",
    "section 10": "A codec is no relay; relays are judged over their sockets, by "
    "`torq-conformance relay`.",
}
"""What is deliberately not judged by the suite, with the reason."""


def layout_requirement_id(line: TlvType) -> str:
    """The id of the requirement that a declared type is laid out as declared."""
    return f"LAYOUT-{line.name.upper()}"


def _layout_requirements(registry: Registry) -> Iterator[Requirement]:
    for line in registry.with_layout:
        yield Requirement(
            layout_requirement_id(line),
            Level.MUST,
            f"{line.name} (type {line.number}) is {line.size_rule} bytes; each field lies at its "
            "offset with its type.",
            "5",
            why=f"One field of {line.name} off, and every number behind it is another one.",
            look_at="offset, width, sign and byte order of the field that is named, and padding "
            "that a compiler puts in between",
        )


def _rule_requirements(registry: Registry) -> Iterator[Requirement]:
    for line, id_, rule in rules_of(registry):
        text = f"{line.name}: {rule.sentence} ({rule.expression}); a violation names the field."
        where = " and ".join(rule.operands)
        yield Requirement(
            id_,
            Level.MUST,
            text,
            "8",
            why=rule.why,
            look_at=f"the comparison of {where} in validate: its edges, signs, widths beyond 2^53, "
            "and the name that is given",
        )


def requirements(registry: Registry = REGISTRY) -> dict[str, Requirement]:
    """All requirements by id, in the order in which they are judged and reported."""
    ordered = (
        *HEADER,
        *CHECKSUM,
        *FRAMING,
        *REGISTRY_RULES,
        *_layout_requirements(registry),
        *LAYOUTS,
        *ERRORS,
        *ROUND_TRIP,
        *INSTRUMENT_IDS,
        *_rule_requirements(registry),
        *MEANING,
        *THROUGHPUT,
        *CONFIGURATION,
    )
    by_id = {requirement.id: requirement for requirement in ordered}
    assert len(by_id) == len(ordered), "two requirements with one id"
    return by_id


def relay_requirements() -> dict[str, Requirement]:
    """What a relay is judged by (section 10), by id; a codec is not.

    Claims, as of rates, are MAY: they are measured and never make a run fail.
    """
    return {
        rule.id: Requirement(
            rule.id,
            Level.MAY if rule.binding is Binding.CLAIM else Level.MUST,
            rule.text,
            "10",
            f"From {rule.provenance}.",
            rule.why,
            rule.look_at,
            rule.differs,
        )
        for rule in RELAY_RULES.values()
    }


def differences(registry: Registry = REGISTRY) -> Iterator[Difference]:
    """Every difference of the public system, in the order of the sections (section 11)."""
    found: list[Difference] = [*Header.differs]
    for declaration in (InstrumentId, *(line.declaration for line in registry)):
        found += () if declaration is None else declaration.differs
    for line in registry:
        found += line.differs
    for requirement in requirements(registry).values():
        found += requirement.differs
    for rule in RELAY_RULES.values():
        found += rule.differs
    yield from dict.fromkeys(found)

"""Which cases of the suite become golden vectors, in which file, with which flags.

Each boundary stands once. A pick that finds nothing is an error: a test or a label was renamed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torq_conformance.errors import KitError
from torq_conformance.suite.catalog import SuiteTest, suite_tests
from torq_conformance.suite.checks import AnyCase, cases_of
from torq_conformance.vectors import reached
from torq_specs.layout import Vector
from torq_specs.registry import REGISTRY, TlvType

Keep = Callable[[str], bool]


@dataclass(frozen=True)
class Pick:
    """Cases of one test of the suite: those whose label ``keep`` takes."""

    test: str
    flags: tuple[str, ...]
    keep: Keep = lambda _: True


@dataclass(frozen=True)
class Chosen:
    """A case with the flags of its pick; ``statement`` is what its test holds true, in words."""

    case: AnyCase
    flags: tuple[str, ...]
    statement: str


@dataclass(frozen=True)
class Chapter:
    """One file of vectors; ``lines`` are the registry lines over which its picks are spread.

    ``added`` are cases that no test of the suite has; what other files ask is left out of them.
    """

    file: str
    title: str
    description: str
    picks: tuple[Pick, ...]
    lines: tuple[TlvType, ...] = ()
    added: Callable[[], Iterator[AnyCase]] | None = None

    def cases(self) -> Iterator[Chosen]:
        """What is picked, in order."""
        for pick in self.picks:
            test = _test(pick.test)
            lines = self.lines if test.each else (None,)
            found = [
                case
                for line in lines
                if line is None or line in test.lines(REGISTRY)
                for case in cases_of(test.source, REGISTRY, line)
                if pick.keep(case.label)
            ]
            if not found:
                raise KitError(
                    f"{self.file}: nothing is picked from {pick.test}.",
                    "Look in vectors/selection.py whether its labels have changed.",
                )
            for case in found:
                flags = (*pick.flags, *_by_label(case.label, pick.flags))
                yield Chosen(case, flags, test.name.removeprefix("test_").replace("_", " "))
        for case in self.added() if self.added is not None else ():
            yield Chosen(case, ("Reached",), "every edge of a codec is reached")


def _test(name: str) -> SuiteTest:
    test = next((test for test in suite_tests() if test.name == name), None)
    if test is None:
        raise KitError(f"The suite has no test {name}.", "Look in vectors/selection.py.")
    return test


FLAGS_BY_LABEL = (
    (r"byte distinct", "EveryByte"),
    (r" = -|-1$|top bit alone|every byte 0x80|every bit set", "Sign"),
    (r"2\^53", "FloatingPoint"),
    (r"2\^(8|15|16|31|32|40|48|63|64|96|127|128|192)( \+ 1)?$", "Width"),
    (r"maximum|minimum", "Edge"),
    (r", no \w+$| \(\w+\)$", "Enumeration"),
    (r"all zero| = 0$|= zeros$", "Empty"),
    (r"elements|: (ascending|descending|neither|zero)|full, other", "Count"),
    (r"first byte 0x01|last byte 0x80|text with NUL", "AnyBytes"),
)
"""What the label of a case about layouts or values tells of it."""


def _by_label(label: str, flags: tuple[str, ...]) -> Iterator[str]:
    if flags != ("Plain",):
        return
    for pattern, flag in FLAGS_BY_LABEL:
        if re.search(pattern, label):
            yield flag


def only(*patterns: str) -> Keep:
    """Labels in which one of the patterns is found."""
    return lambda label: any(re.search(pattern, label) for pattern in patterns)


def without(*patterns: str) -> Keep:
    """Labels in which none of the patterns is found."""
    return lambda label: not only(*patterns)(label)


def numbers(pattern: str, *wanted: int) -> Keep:
    """Labels in which the number that the pattern groups is one of those."""

    def keep(label: str) -> bool:
        found = re.search(pattern, label)
        return found is not None and int(found.group(1)) in wanted

    return keep


def either(*keeps: Keep) -> Keep:
    """Labels that one of them takes."""
    return lambda label: any(keep(label) for keep in keeps)


def both(*keeps: Keep) -> Keep:
    """Labels that all of them take."""
    return lambda label: all(keep(label) for keep in keeps)


POWERS = (1, 2, 4, 8, 16, 32, 64, 128)
SOURCES = (*range(8), *range(19, 26), *range(39, 45), *range(59, 65), *range(79, 85), 127, 128)
LISTED = (1, 2, 3, 4, 5, 20, 21, 22, 23, 40, 41, 42, 60, 61, 62, 80, 81, 82)

HEADER = (
    Pick("test_header_fields_lie_at_their_offsets", ("Plain",)),
    Pick("test_wrong_magic_is_refused", ("Magic",)),
    Pick(
        "test_relay_domains_are_1_to_4",
        ("UnknownNumber",),
        numbers(r"= (-?\d+)", *range(-1, 9), *range(128, 133), 127, 254, 255, 256, 257),
    ),
    Pick(
        "test_version_is_1",
        ("UnknownNumber",),
        numbers(r"= (-?\d+)", *range(-1, 4), 17, 127, 128, 129, 254, 255, 256, 257),
    ),
    Pick(
        "test_unlisted_sources_are_refused",
        ("UnknownNumber",),
        numbers(r"= (-?\d+)", *SOURCES, *(128 + n for n in LISTED), -1, 254, 255, 256, 257),
    ),
    Pick(
        "test_flags_are_carried_through", ("Flags",), numbers(r"= (\d+)", 0, 3, 127, 255, *POWERS)
    ),
    Pick(
        "test_payload_size_counts_the_bytes_behind_the_header",
        ("Framing",),
        numbers(r"of (\d+) bytes", *range(12), 127, 128, 253, 254, 255, 256, 257, 258, 511, 512),
    ),
    Pick("test_a_header_alone_is_a_message", ("Empty",)),
    Pick("test_header_numbers_that_do_not_fit_are_refused", ("OutOfRange",)),
    Pick("test_short_buffers_are_refused", ("Cut",)),
    Pick("test_the_limit_is_1_mib", ("Limit",), only("promised", "16385 bytes in 3")),
    Pick("test_bytes_behind_the_message_are_refused", ("Trailing",)),
)

CHECKSUM = (
    Pick(
        "test_right_checksums_are_written_and_taken",
        ("Checksum",),
        without(r"over (9|1[0-24-9]|2[0-9]|3[0-8]|4096|65000) payload"),
    ),
    Pick(
        "test_wrong_checksums_are_refused",
        ("Checksum",),
        either(
            without(
                "5000 payload", "70000", r"last of \d{3,} ", r"^(flags|sequence|timestamp) = 2\^"
            ),
            only("relay_domain 1, 70000 payload bytes, zero"),
        ),
    ),
    Pick("test_every_bit_of_a_message_is_covered", ("Checksum", "BitFlip"), only("bit [07] ")),
    Pick("test_a_wrong_checksum_over_broken_tlvs", ("Checksum", "SeveralFaults")),
)


def _is_unregistered(label: str) -> bool:
    found = re.search(r"code type (-?\d+)", label)
    return found is not None and REGISTRY.get(int(found.group(1))) is None


FRAMING_SIZES = (0, 1, 2, 3, 127, 128, 254, 255, 256, 257, 258, 259, 260, 511, 512, 513)

FRAMING = (
    Pick(
        "test_the_shortest_framing_is_written",
        ("Framing",),
        numbers(r"(?:encode|decode) (\d+) bytes", *FRAMING_SIZES, 65_535),
    ),
    Pick("test_both_framings_lay_their_bytes_as_declared", ("Framing",)),
    Pick(
        "test_the_extended_framing_is_taken_for_any_length",
        ("NotShortest",),
        either(
            numbers(r"extended with (\d+) bytes$", *FRAMING_SIZES), only("looks like", r"extended$")
        ),
    ),
    Pick(
        "test_a_reserved_byte_other_than_0_is_refused",
        ("Reserved",),
        either(numbers(r"byte (\d+)", 3, 127, 200, 254, 255, *POWERS), only("in TLV")),
    ),
    Pick(
        "test_unregistered_types_are_refused",
        ("UnknownNumber",),
        either(_is_unregistered, without(r"code type \d")),
    ),
    Pick(
        "test_types_ride_in_their_own_domain",
        ("Domain",),
        either(
            only("^encode .* in (System|Signal)$", "^encode Trade in Signal, as the second"),
            both(only("^decode"), without("Vendor", "second")),
        ),
    ),
    Pick(
        "test_vendor_types_ride_anywhere",
        ("Vendor",),
        both(without("256 bytes"), numbers(r"type (\d+)", 200, 201, 227, 253, 254)),
    ),
    Pick(
        "test_order_and_duplicates_are_kept",
        ("Order",),
        without(r"code ([4-9]|1[0-8]|3[12]|6[34]|12[78]) TLVs", "every vendor"),
    ),
    Pick(
        "test_declared_and_opaque_types_keep_their_order",
        ("Order",),
        without("OrderBook (between|twice)", r"code (?!Trade)\w+ (twice|40)"),
    ),
    Pick("test_empty_tlvs_are_legal", ("Empty",), without(r"\d{5}")),
    Pick("test_values_above_65535_bytes_are_refused", ("Limit",), only("^65536 bytes$")),
    Pick("test_cut_tlvs_are_refused", ("Cut",)),
)

FAULTS = (
    Pick("test_several_wrong_header_fields", ("SeveralFaults",)),
    Pick("test_several_faults_in_one_payload", ("SeveralFaults",)),
    Pick("test_every_bit_of_the_header", ("BitFlip",), only("sealed$")),
)

# A field alone, at 0, or above 2^53: accumulated vectors hold these by the thousand.
EDGES = only(
    r"all zero$",
    r"distinct",
    r"every bit set$",
    r"every byte 0x80$",
    r" = (-1|[iu]\d+ (maximum|minimum))$",
    r"(first byte 0x01|last byte 0x80)$",
    r"PoolSync .*text and streams treat apart$",
    r"(side|action|reason|price_type|health_status|request_type) = \d+(,| \()",
    r"(reserves|instruments): ",
    r"full, other vectors",
)


def _is_book_in_short(label: str) -> bool:
    # A full book is 25 KB in JSON: the edges of its last slot stand in the file of the book.
    if not re.search("^(encode|decode) OrderBook", label):
        return True
    return not re.search(r"\[127\]|asks\[0\]|(bids|asks): |full|0x80", label)


def _ends(label: str) -> bool:
    """Cuts at the edges of what can be cut: within the header, the framing, before the end."""
    found = re.search(r"cut to (\d+) of (\d+) bytes", label)
    assert found is not None
    size, whole = map(int, found.groups())
    if "payload" in label:
        return size <= 6 or size == whole - 1
    return size in {31, 32, 33, whole - 1}


STRUCTURAL = r"\w*venue\w*|reserved|asset_type|\w*side|action|reason|\w+_(type|status)|\w+\[0\]"
"""Fields whose numbers mean something, and are carried even where they do not."""

DECLARED = (
    Pick("test_fields_lie_at_their_offsets", ("Plain",), both(EDGES, _is_book_in_short)),
    Pick(
        "test_every_byte_is_carried",
        ("Enumeration",),
        only(rf"\(({STRUCTURAL})\) alone"),
    ),
    Pick("test_wrong_sizes_are_refused", ("Size",), only("^decode")),
    Pick("test_padding_is_written_as_zeros", ("PaddingWritten",)),
    Pick(
        "test_padding_that_is_not_zero",
        ("NonZeroPadding",),
        without(
            r"= 0x01$",
            "OrderBook .*(0x80|a sum of 256)",
            r"behind \d",
            # One type of many alike stands for how a run of padding is looked at.
            r"^(Liquidity|Pool(?!Swap))\w+ .*: a (pair|sum)",
        ),
    ),
    Pick(
        "test_values_that_do_not_fit_are_refused",
        ("OutOfRange",),
        both(
            without(r"2\^\d+ \+ [15]", r"\[(127|15|7)\]"),
            either(without("second TLV"), only(r"^Trade side .*second")),
        ),
    ),
    Pick("test_every_prefix_of_a_message_is_refused", ("Cut",), _ends),
    Pick("test_every_prefix_of_a_payload_is_refused", ("Cut",), _ends),
)

WITH_VECTORS = (
    Pick("test_counts_up_to_the_capacity", ("Count",)),
    Pick("test_vectors_may_be_empty_and_full", ("Count",)),
    Pick("test_more_than_the_capacity_is_refused", ("Capacity",), without("65537")),
    Pick("test_stale_slots", ("StaleSlots",)),
    Pick("test_slots_behind_the_elements_are_zero", ("StaleSlots",)),
    Pick("test_vectors_lie_at_fixed_places", ("Count",)),
)

BOOK = (
    Pick(
        "test_fields_lie_at_their_offsets",
        ("Plain",),
        both(EDGES, only(r"(bids\[127\]|asks\[0\])\.(price|size).*(maximum|minimum)$")),
    ),
    Pick("test_fields_lie_at_their_offsets", ("Count",), only(": zero (between|at the end)")),
    Pick("test_counts_up_to_the_capacity", ("Count",), only(r"with (0|16|127|128) bids, ")),
    Pick("test_vectors_may_be_empty_and_full", ("Count",)),
    Pick(
        "test_more_than_the_capacity_is_refused",
        ("Capacity",),
        both(
            either(only("^decode"), only("with 129 ")), without("asks, second", "^decode .*second")
        ),
    ),
    Pick(
        "test_stale_slots",
        ("StaleSlots",),
        only(r"byte 0 of stale slot", r"count 0", r"byte 23 of stale slot 127 "),
    ),
    Pick("test_slots_behind_the_elements_are_zero", ("StaleSlots",)),
    Pick(
        "test_vectors_lie_at_fixed_places",
        ("BookSides",),
        only(r"\b(0|128) bids, (0|128) asks", "1 bids, 1 asks", r"OrderBook (2 bids, 64 asks)"),
    ),
)


def _is_smallest(label: str) -> bool:
    found = re.search(r"code (\w+), (\d+) bytes, bytes that look like TLVs", label)
    return found is not None and int(found.group(2)) == REGISTRY.named(found.group(1)).size_min


def _is_last_byte_missing(label: str) -> bool:
    found = re.search(r"cut to (\d+) of (\d+) bytes", label)
    return found is not None and int(found.group(1)) == int(found.group(2)) - 1


def _is_at_a_bound(label: str) -> bool:
    found = re.search(r"code (\w+) of (\d+) bytes", label)
    if found is None:
        return True
    line, size = REGISTRY.named(found.group(1)), int(found.group(2))
    bounds = (line.size_min - 1, line.size_min, line.size_max, line.size_max + 1)
    return size in bounds and (size <= 2 * line.size_min or label.startswith("decode"))


OPAQUE = (
    Pick("test_wrong_sizes_are_refused", ("Size",), _is_at_a_bound),
    Pick("test_opaque_values_are_carried", ("AnyBytes",), _is_smallest),
    Pick("test_every_prefix_of_a_message_is_refused", ("Cut",), _is_last_byte_missing),
    Pick("test_every_prefix_of_a_payload_is_refused", ("Cut",), _is_last_byte_missing),
)

INSTRUMENTS = (
    Pick(
        "test_cache_keys",
        ("Edge",),
        without(r"2\^(7|15|24|31|48|56|63)", "^from.* (venue|asset type) "),
    ),
    Pick(
        "test_the_lossy_u64",
        ("Lossy",),
        without(r"2\^(7|15|24|31|48|56|63)", " (venue|asset type) [A-Z]"),
    ),
    Pick("test_symbols", ("Text",)),
    Pick("test_evm_tokens", ("Text",)),
    Pick("test_pools", ("Wraps", "Symmetry")),
    Pick("test_triangular_pools", ("Wraps", "Symmetry")),
    Pick("test_lp_tokens", ("Plain",)),
    Pick("test_options", ("Lossy",)),
    Pick("test_refused_arguments", ("Text",)),
)

CHOSEN_RULES = (
    "^Trade, .*: price = 0, behind",
    "^Trade, .*: price = i64 minimum, beside another",
    r"(bids|asks)\[(64|127)\]\.(size|price) = 0 of 128$",
    r"(bids|asks)\[64\]\.price as the one before, of 128$",
    r"(bids\[2\]|asks\[0\])\.(size|price) = 1 of 3$",
    r" 3 asks alone, lowest price 1$",
    r"last of 128 asks as the first$",
    # Broken behind a sound one, each kind of rule.
    r"^(?!Trade).* (= -1|= 255|0 \w+|= 9, \w+ = 5, \w+ = 3), behind a sound one$",
    r"^(?!Trade).* = [78], \w+ = [78], behind a sound one$",
    r"\[2\]\.\w+ (= 0|as the one before,) of 3, behind a sound one$",
    r" best of asks -1 from 10000, .*, behind a sound one$",
)

VALIDATION = (
    Pick(
        "test_every_rule_at_its_edges",
        ("Meaning",),
        either(
            without(
                "beside",
                "behind",
                r"^OrderBook, .*( of 9| 9 |128|likewise|alone, )",
                r"^OrderBook, .* = (1|-9223372036854775808|-9007199254740993) of 3",
                r"^OrderBook, .*(bids|asks)\[[12]\]\.size = -1",
                r"^OrderBook, .* 3 .* alone, lowest",
                r"^OrderBook, .*precision_factor = .*(2\^|maximum - 1|minimum \+ 1|256)",
            ),
            only(*CHOSEN_RULES),
        ),
    ),
    Pick(
        "test_rules_broken_together",
        ("Meaning",),
        either(without("in two TLVs", "OrderBook .*;"), only("^Trade .*, in two TLVs$")),
    ),
    Pick(
        "test_decoding_judges_meaning_after_form",
        ("Meaning",),
        either(
            both(only("(cut|checksum|source 99)$"), without("OrderBook")),
            only("^Trade[ ,]", "Quote sound", "^OrderBook, .*: best of asks -1 from 10000"),
        ),
    ),
    Pick("test_types_without_rules_break_none", ("Meaning",), only("SystemHealth of ")),
)

CONFIGURATION = (
    Pick("test_what_is_set_is_read", ("Setting",), without("characters")),
    Pick("test_what_is_not_set_has_its_default", ("Setting",)),
    Pick("test_what_is_set_to_nothing_is_refused", ("Setting",)),
    Pick(
        "test_what_is_of_the_wrong_form_is_refused",
        ("Setting",),
        only(r"^widths: (byte|flag|side)"),
    ),
    Pick(
        "test_numbers_out_of_range_are_refused",
        ("Setting", "Width"),
        both(only("^widths|^relay: port_max"), either(without("digits"), only("byte of"))),
    ),
    Pick("test_unknown_variables_are_refused", ("Setting",), only("^relay")),
    Pick("test_a_refusal_names_the_variable", ("Setting",)),
)

ERROR_TEXTS = (
    Pick(
        "test_a_text_holds_the_values_of_its_context",
        ("Wording",),
        only("config|Trade|É|StateInvalidation"),
    ),
    Pick("test_a_text_is_one_line", ("Wording", "Text"), without("^decode|^encode")),
    Pick(
        "test_a_text_holds_no_payload",
        ("Wording",),
        both(
            only("Trade|StateInvalidation|RiskParameters|^decode [a-z]|^encode [a-z]"),
            without("65540"),
        ),
    ),
)

SEQUENCES = (
    Pick(
        "test_answers_do_not_depend_on_other_calls",
        ("State",),
        without("kept", "then distinct", "OrderBook.*, encode", "in a row", "differ in"),
    ),
    Pick(
        "test_answers_do_not_depend_on_other_calls",
        ("Aliasing",),
        both(only("kept"), without("OrderBook.*, both")),
    ),
)


def _has_vectors(line: TlvType) -> bool:
    assert line.layout is not None
    return any(isinstance(field.type, Vector) for field in line.layout.fields)


def _of_declared(line: TlvType) -> Chapter:
    assert line.layout is not None
    picks: tuple[Pick, ...] = DECLARED
    if all(field.name for field in line.layout.fields):
        picks = tuple(p for p in picks if p.test != "test_padding_that_is_not_zero")
    if _has_vectors(line) and line.name != "OrderBook":
        picks += WITH_VECTORS
    return Chapter(
        f"tlvs/{line.number}-{line.name}.json",
        f"{line.name} (type {line.number})",
        "Its fields at their edges, its size, its padding, values that do not fit, and cuts.",
        picks,
        (line,),
    )


def chapters() -> tuple[Chapter, ...]:
    """All files of the set, in their order."""
    return (
        Chapter(
            "header.json", "Header", "The 32 bytes of the header, and where a message ends.", HEADER
        ),
        Chapter(
            "checksum.json", "Checksum", "Right checksums, and wrong ones of every kind.", CHECKSUM
        ),
        *(_of_declared(line) for line in REGISTRY.with_layout),
        Chapter(
            "tlv_framing.json",
            "TLV framing",
            "Lengths, types, domains, order, and TLVs that are cut.",
            FRAMING,
        ),
        Chapter(
            "opaque_types.json",
            "Opaque types",
            "Sizes of the types that carry bytes, and bytes that look like something else.",
            OPAQUE,
            tuple(line for line in REGISTRY.opaque if line.size_rule != "*"),
        ),
        Chapter(
            "order_book.json",
            "Order book",
            "The two sides of a book: counts, capacity, stale slots, fixed places.",
            BOOK,
            (REGISTRY.named("OrderBook"),),
        ),
        Chapter(
            "faults.json", "Faults", "Several faults at once, and every bit of the header.", FAULTS
        ),
        Chapter(
            "instrument_ids.json", "Instrument ids", "The operations of section 7.", INSTRUMENTS
        ),
        Chapter(
            "validation.json",
            "Validation",
            "Each rule of section 8 at its edges.",
            VALIDATION,
            tuple(line for line in REGISTRY if line.rules),
        ),
        Chapter(
            "configuration.json",
            "Configuration",
            "Variables of an environment and the settings that they mean, by section 12.",
            CONFIGURATION,
        ),
        Chapter(
            "error_texts.json",
            "Texts of errors",
            "Refusals in words: the values that each must hold, and bytes that none may.",
            ERROR_TEXTS,
        ),
        Chapter(
            "sequences.json",
            "Sequences",
            "Questions in a row to one live implementation; each is judged by itself.",
            SEQUENCES,
        ),
        Chapter(
            "reached.json",
            "Reached",
            "Messages with which a fuzzer reached every edge of the C example.",
            (),
            added=reached.cases,
        ),
    )

"""The flags of golden vectors: the kind of bug, what it leads to, why the vector is there."""

from __future__ import annotations

from dataclasses import dataclass

from torq_specs.configuration import WRITTEN_OTHERWISE
from torq_specs.instrument_id import LONG_EXPIRY, OTHER_PREFIX, UNLISTED_VENUE


@dataclass(frozen=True)
class Note:
    """What a flag stands for; ``bug`` is one of ``BUGS``."""

    bug: str
    effect: str
    reason: str


BUGS = frozenset(
    {
        "BASIC",
        "LAYOUT",
        "ARITHMETIC",
        "MISSING_CHECK",
        "WRONG_REFUSAL",
        "MEMORY_SAFETY",
        "DATA_LOSS",
        "STATE",
        "LENIENCE",
        "WRONG_ERROR",
        "REGRESSION",
    }
)
"""Kinds of bugs."""

FLAGS = {
    "Reached": Note(
        "MEMORY_SAFETY",
        "A path that nobody tried reads or writes beyond what is there.",
        "A fuzzer that looked into a codec kept it, for it reaches what no shorter one does.",
    ),
    "Plain": Note(
        "BASIC",
        "Nothing works that builds on it.",
        "What every implementation meets on its first day.",
    ),
    "EveryByte": Note(
        "LAYOUT",
        "Fields are read from, or written to, the bytes of their neighbours.",
        "All bytes differ, so that a shifted, swapped or byte-swapped field shows at once.",
    ),
    "Edge": Note(
        "ARITHMETIC",
        "A price, a size or an identifier is wrong where it is largest or smallest.",
        "Numbers at both ends of the type of their field.",
    ),
    "Sign": Note(
        "ARITHMETIC",
        "Negative numbers become huge ones, or huge ones negative.",
        "The top bit is set: signed and unsigned readings differ.",
    ),
    "FloatingPoint": Note(
        "ARITHMETIC",
        "Large integers are rounded, and nothing tells.",
        "Around 2^53 a double, and so a number of JavaScript or of many JSON libraries, is not "
        "exact.",
    ),
    "Width": Note(
        "ARITHMETIC",
        "Upper bytes are cut off.",
        "One more than fits in the next narrower integer.",
    ),
    "Enumeration": Note(
        "WRONG_REFUSAL",
        "Messages of a newer peer are lost.",
        "Decoding is structural: numbers without a name are carried, not refused (section 5).",
    ),
    "Flags": Note(
        "DATA_LOSS",
        "Bits that somebody else gave a meaning are lost on the way.",
        "All 256 values of header flags are legal and carried through.",
    ),
    "UnknownNumber": Note(
        "MISSING_CHECK",
        "A message is handled that nobody is known to have sent.",
        "Domains, versions, sources and types that the protocol does not list.",
    ),
    "Magic": Note(
        "MISSING_CHECK",
        "Any bytes are taken for a message.",
        "Every bit of the magic counts, and its byte order.",
    ),
    "Cut": Note(
        "MEMORY_SAFETY",
        "Bytes behind the end of the buffer are read.",
        "The buffer ends before what its lengths promise.",
    ),
    "Trailing": Note(
        "MISSING_CHECK",
        "Two readers disagree on where a message ends.",
        "Bytes follow behind the payload.",
    ),
    "Limit": Note(
        "MEMORY_SAFETY",
        "Memory is taken for a length that nobody checked, or a sum wraps in 32 bits.",
        "Sizes at and above the limit of a message.",
    ),
    "Checksum": Note(
        "MISSING_CHECK",
        "Changed messages are taken, or good ones refused.",
        "Right checksums at their edges, and wrong ones that faulty codecs calculate.",
    ),
    "Framing": Note(
        "LAYOUT",
        "Everything behind a TLV is read from the wrong place.",
        "Lengths around 255, where the framing changes, and around the edges of integers.",
    ),
    "NotShortest": Note(
        "WRONG_REFUSAL",
        "Messages of a peer that frames every TLV the long way are lost.",
        "Decoders accept the extended framing for any length; encoders write the shortest.",
    ),
    "Reserved": Note(
        "MISSING_CHECK",
        "An extended TLV cannot be distinguished from data.",
        "The second byte of an extended TLV is 0 and nothing else.",
    ),
    "Domain": Note(
        "MISSING_CHECK",
        "Execution data leaks into the channel of market data.",
        "A TLV rides in a relay domain, its own or another one.",
    ),
    "Vendor": Note(
        "WRONG_REFUSAL",
        "Extensions of a vendor are lost.",
        "Types 200 to 254 carry any bytes in any domain.",
    ),
    "Order": Note(
        "DATA_LOSS",
        "Later values are overtaken by earlier ones.",
        "Order and duplicates of TLVs are kept.",
    ),
    "Empty": Note(
        "MEMORY_SAFETY",
        "A cursor that does not advance hangs.",
        "Values, vectors and messages of no length.",
    ),
    "Size": Note(
        "MISSING_CHECK",
        "Bytes behind a value that is too short are read, or those of a long one dropped.",
        "Sizes at the bounds of a type, and one byte beyond.",
    ),
    "AnyBytes": Note(
        "DATA_LOSS",
        "Bytes that look like a structure, or like text, are changed.",
        "Opaque values are carried as they are.",
    ),
    "PaddingWritten": Note(
        "DATA_LOSS",
        "Memory of the sender leaks, and strict decoders refuse the message.",
        "All padding is written as zeros, whatever lies around it.",
    ),
    "NonZeroPadding": Note(
        "LENIENCE",
        "Hidden data passes, and two messages mean the same.",
        "A decoder should refuse padding that is not zero; one that does not look is tolerated.",
    ),
    "StaleSlots": Note(
        "LENIENCE",
        "Elements of an earlier message lie behind those of this one.",
        "Slots behind the count of a vector should be zero; tolerated where a decoder does not "
        "look.",
    ),
    "Count": Note(
        "LAYOUT",
        "Elements are lost or invented.",
        "Vectors of every telling count, up to full.",
    ),
    "Capacity": Note(
        "MEMORY_SAFETY",
        "Memory behind a vector is read or written, or levels vanish silently.",
        "A count above the capacity.",
    ),
    "BookSides": Note(
        "LAYOUT",
        "Asks are read from where the bids end.",
        "Bids and asks lie at fixed places, whatever their counts.",
    ),
    "OutOfRange": Note(
        "ARITHMETIC",
        "A number that does not fit is wrapped and sent.",
        "An encoder refuses what a field cannot hold.",
    ),
    "SeveralFaults": Note(
        "WRONG_ERROR",
        "The second fault makes the first one unseen, or crashes.",
        "Any one of the faults is a right answer; taking the message is not.",
    ),
    "BitFlip": Note(
        "MISSING_CHECK",
        "A damaged message is taken.",
        "A single bit is wrong.",
    ),
    "Lossy": Note(
        "ARITHMETIC",
        "Two instruments are taken for one.",
        "Operations that cut on purpose must cut at the same bit everywhere.",
    ),
    "Wraps": Note(
        "ARITHMETIC",
        "Identifiers of pools differ between implementations.",
        "Sums and products modulo 2^64.",
    ),
    "Symmetry": Note(
        "ARITHMETIC",
        "One pool has two identifiers.",
        "The order of the arguments does not matter.",
    ),
    "Text": Note(
        "MISSING_CHECK",
        "Text that is no symbol, or no address, becomes an identifier.",
        "Symbols are ASCII and cut at 8 bytes; addresses are 40 hex digits.",
    ),
    "Meaning": Note(
        "MISSING_CHECK",
        "A crossed book or a price of zero is traded on.",
        "One rule of section 8 at its edge, on either side.",
    ),
    "Setting": Note(
        "MISSING_CHECK",
        "A service runs with a setting that nobody made.",
        "Variables of an environment that are set, unset, empty, of the wrong form, or unknown.",
    ),
    "Wording": Note(
        "WRONG_ERROR",
        "A log does not say what was wrong, or says what was none of its readers' business.",
        "The text of a refusal: all values of its context, one line, nothing of the payload.",
    ),
    "State": Note(
        "STATE",
        "An answer depends on the calls before it.",
        "Several questions to one live implementation, each judged by itself.",
    ),
    "Aliasing": Note(
        "STATE",
        "A result changes when the next one is made.",
        "Results are kept while others are made, and looked at in the end.",
    ),
    "Reproduction": Note(
        "REGRESSION",
        "What was wrong once is wrong again.",
        "A failure that a run found and somebody kept.",
    ),
}
"""Every flag by its name."""

LATITUDES = {
    "padding": "Padding that is not zero: a decoder should refuse it and may read around it.",
    "stale slots": "Slots behind the count of a vector that are not zero: a decoder should refuse "
    "them and may read around them.",
    UNLISTED_VENUE: "A venue number that is not listed: carried through, or refused as "
    "InvalidInstrument.",
    WRITTEN_OTHERWISE: "A plus, zeros in front, or -0: the number that it says, or refused as "
    "ConfigError.",
    OTHER_PREFIX: "An address of 40 hex digits behind 0X, or behind nothing: taken, or refused as "
    "InvalidInstrument.",
    LONG_EXPIRY: "An expiry of 2^32 and more: cut to its low bits, or refused as "
    "InvalidInstrument.",
}
"""The latitudes that make a vector acceptable, by name."""

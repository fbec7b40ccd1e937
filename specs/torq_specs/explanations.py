"""Why each requirement is there, and what to look at in one's code where it fails.

Requirements of layouts and of section 8 have theirs from their declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Explanation(NamedTuple):
    """``why`` says what breaks without the rule, ``look_at`` where the fault usually is."""

    why: str
    look_at: str


EXPLANATIONS: Mapping[str, Explanation] = {
    id_: Explanation(why, look_at)
    for id_, why, look_at in (
        (
            "HDR-LAYOUT",
            "Everything else is found through the header: one field off, and nothing is right.",
            "the offsets and widths of your header struct, its packing, and the byte order",
        ),
        (
            "HDR-MAGIC",
            "The magic tells a message from anything else that may be in a stream.",
            "whether all four bytes are compared, and in which byte order the constant is written",
        ),
        (
            "HDR-DOMAIN",
            "The domain chooses the relay; two numberings of it are in use.",
            "the enumeration of domains: it begins with 1 MarketData, not with 0",
        ),
        (
            "HDR-VERSION",
            "A later version may mean something else by the same bytes.",
            "whether version is compared for equality, when decoding and when encoding",
        ),
        (
            "HDR-SOURCE",
            "Who sent a message decides who believes it.",
            "the list of sources: it has gaps, and is no range",
        ),
        (
            "HDR-FLAGS",
            "Flags belong to those who send and receive; what is between them carries them.",
            "masks, assignments of 0, and flags that are decoded into an enumeration",
        ),
        (
            "HDR-PAYLOAD-SIZE",
            "Framing on a stream is by payload_size alone.",
            "whether the header's 32 bytes are counted in, and the width of the number",
        ),
        (
            "HDR-EMPTY",
            "A bare header is the smallest sign of life.",
            "loops and slices that expect one TLV at least",
        ),
        (
            "MSG-TOO-SMALL",
            "Who believes payload_size reads what is not there, or gives half a message.",
            "the check of the buffer's length against 32, and then against 32 + payload_size",
        ),
        (
            "MSG-TOO-LARGE",
            "One header of 32 bytes must not make anybody allocate gigabytes.",
            "the limit of 1,048,576 with the header included, and a sum that wraps in 32 bits",
        ),
        (
            "MSG-TRAILING",
            "What follows a message is another one, or garbage: silence about it loses both.",
            "whether the buffer's length is compared with the message's, not only its minimum",
        ),
        (
            "CHK-VALUE",
            "A checksum that others cannot recompute makes every message unreadable to them.",
            "polynomial (zlib's), order (header, payload), its four bytes (left out, not zeroed)",
        ),
        (
            "CHK-VERIFY",
            "Damage that nobody looks for is traded on.",
            "paths that skip the check: empty payloads, checksum 0, a fast path, one domain",
        ),
        (
            "TLV-STANDARD",
            "Type and length tell where the next TLV begins.",
            "the two bytes in front of a value: type first, and a length of the value alone",
        ),
        (
            "TLV-EXTENDED",
            "Books do not fit into 255 bytes.",
            "the five bytes 255, 0, type, length low, length high, without alignment",
        ),
        (
            "TLV-SHORTEST",
            "One message has one encoding, so that bytes can be compared.",
            "the threshold: 255 bytes of value are standard, 256 are extended",
        ),
        (
            "TLV-ANY-EXTENDED",
            "A streaming encoder does not know the length before it writes the head.",
            "a check that refuses short values in the extended framing",
        ),
        (
            "TLV-RESERVED",
            "The byte is kept for later framings; ignored now, it can never be used.",
            "whether the second byte of an extended head is looked at",
        ),
        (
            "TLV-TRUNCATED",
            "Reading past the payload's end gives the memory of others.",
            "both checks: that a head of 2 or 5 bytes is there, and that its length fits",
        ),
        (
            "TLV-ORDER",
            "The order of TLVs has a meaning for those who sent them.",
            "maps from type to value: they lose order and duplicates",
        ),
        (
            "TLV-ZERO-LENGTH",
            "An empty value is a value.",
            "a loop that ends at a length of 0, or does not advance",
        ),
        (
            "TLV-TYPE",
            "A type that nobody knows cannot be checked; carrying it hides mistakes.",
            "the table of types: 0 and 255 are none, and numbers between are unassigned",
        ),
        (
            "TLV-DOMAIN",
            "A message on the wrong relay reaches those who must not act on it.",
            "the table of ranges: 60 to 79 are Signal, 100 to 119 and vendors ride anywhere",
        ),
        (
            "TLV-VENDOR",
            "Vendors extend the protocol without asking anybody.",
            "a check of domain or size for types from 200 to 254",
        ),
        (
            "TLV-PAYLOAD-TOO-LARGE",
            "A length cut to 16 bits makes the rest of the value look like TLVs.",
            "the check of a value's size before it is cast to a u16",
        ),
        (
            "REG-SIZE",
            "A value of another size is another version of its type.",
            "exact sizes and both bounds of types that have them, at the bound and one beyond",
        ),
        (
            "REG-OPAQUE",
            "Whoever carries bytes must not read into them.",
            "conversions to text, trimming of zeros, and buffers that are used again",
        ),
        (
            "VAL-STRUCTURAL",
            "A decoder that refuses what it cannot name keeps others from naming it.",
            "enumerations that refuse or map unknown numbers, and reserved fields that are cleared",
        ),
        (
            "PAD-ENCODE",
            "Bytes that nobody wrote are bytes of somebody else's memory.",
            "memory that is not zeroed before a struct is filled, and padding of the compiler",
        ),
        (
            "PAD-DECODE",
            "Padding is room for later versions only while nobody fills it.",
            "whether padding and slots behind a vector's count are looked at",
        ),
        (
            "VEC-COUNT",
            "The count says which slots mean something.",
            "the width (u16) and byte order of the count, and that it counts elements, not bytes",
        ),
        (
            "VEC-SLOTS",
            "Stale slots publish what was in the buffer before.",
            "whether the slots behind the count are zeroed at every encoding",
        ),
        (
            "VEC-CAPACITY",
            "A vector that is cut silently is a book with a price that nobody offered.",
            "the comparison of count and capacity before any slot is read or written",
        ),
        (
            "VEC-FULL",
            "The limits themselves are legal.",
            "comparisons with >= where > is meant, and loops that need one element",
        ),
        (
            "BOOK-SIDES",
            "Fixed places are what makes a book readable without parsing.",
            "offsets that are computed from a count instead of the capacity, and sorting",
        ),
        (
            "ERR-ENCODE",
            "What no decoder takes must not leave its maker.",
            "the checks of the decoder: an encoder makes the same ones",
        ),
        (
            "ERR-RANGE",
            "A number that is cut to its field is another number.",
            "casts without a check, and byte fields that are cut or filled up",
        ),
        (
            "ERR-ANY-OF-SEVERAL",
            "Decoders check in different orders, and all of them are right.",
            "how a refusal is chosen where two checks fail: each alone must be refused as well",
        ),
        (
            "ERR-NO-CRASH",
            "Whoever can crash a decoder with a message can stop a market.",
            "indexes, unwraps and allocations that trust a length",
        ),
        (
            "ERR-CONTEXT-MUST",
            "An error without the place is searched for by hand.",
            "offsets from the payload's first byte (ParseError: the message's), counts and sizes",
        ),
        (
            "ERR-CONTEXT-SHOULD",
            "Context saves its reader the debugger.",
            "expected and actual, which are easily swapped, and names of fields",
        ),
        (
            "RT-VALUE",
            "Who reads must get what was written.",
            "fields that are written and read by different code",
        ),
        (
            "RT-BYTES",
            "Recorded messages are replayed and compared byte by byte.",
            "values that have two encodings, and TLVs that are framed as they came",
        ),
        (
            "STATE-INDEPENDENT",
            "An answer that depends on the call before cannot be reproduced.",
            "buffers, caches and counters that live longer than a call",
        ),
        (
            "STATE-THREADS",
            "Faults between two threads show once a month, in production.",
            "static buffers, tables that are built at the first call, and counters without a lock",
        ),
        (
            "MEM-READ",
            "A read beyond the input is somebody else's memory, or the end of the process.",
            "loads that are wider than what is left, and loops that prefetch",
        ),
        (
            "MEM-INPUT",
            "The buffer belongs to its caller.",
            "decoding in place, and results that point into the input",
        ),
        (
            "MEM-WRITE",
            "A write beyond the output destroys what is not yours.",
            "the check of the room before the first byte, and whole words written at the end",
        ),
        (
            "IID-CACHE-KEY",
            "Two systems must find an instrument under one key.",
            "shifts of 80, 72 and 64 in 128 bits, and reserved, which is part of the key",
        ),
        (
            "IID-FROM-CACHE-KEY",
            "A key that cannot be read back is no id.",
            "the masks of each part, and 128 bits instead of 64",
        ),
        (
            "IID-U64",
            "The short key is lossy on purpose; all must lose the same bits.",
            "the mask of 40 bits of asset_id, and that reserved is left out",
        ),
        (
            "IID-FROM-U64",
            "What was lost must not be invented.",
            "reserved, which is 0, and the 40 bits of asset_id",
        ),
        (
            "IID-SYMBOL",
            "One symbol is one number everywhere.",
            "left alignment, big-endian order, zeros behind, and the cut after 8 bytes",
        ),
        (
            "IID-EVM-TOKEN",
            "The first 8 bytes of an address are its number.",
            "big-endian order, case of hex digits, and checks of length and digits",
        ),
        (
            "IID-POOL",
            "A pool is the same whichever token is named first.",
            "sorting before hashing, and products that wrap at 64 bits",
        ),
        (
            "IID-TRIANGULAR",
            "A pool of three is the same in all six orders.",
            "sorting as unsigned numbers, the factors 31 and 17, and reserved 1",
        ),
        (
            "IID-LP-TOKEN",
            "The token of a pool is found from the pool.",
            "asset type 101, the given venue, and reserved 0",
        ),
        (
            "IID-OPTION",
            "The terms of an option are its number, as far as they fit.",
            "the masks of strike (32 bits), expiry (20) and symbol (11), and the call bit",
        ),
        (
            "IID-REFUSAL",
            "A wrong address that becomes some number is money sent to nobody.",
            "characters beyond ASCII, digits beyond hex, and the length of 40 digits",
        ),
        (
            "ERR-TEXT-VALUES",
            "Whoever reads a log at night has the text and nothing else.",
            "the format string of the kind that is named, and context that is kept but not printed",
        ),
        (
            "ERR-TEXT-LINE",
            "A second line is taken for another event, and one that an attacker wrote.",
            "text from outside that is printed without escapes, and reports of several lines",
        ),
        (
            "ERR-TEXT-PAYLOAD",
            "Logs are read by many, and orders are not theirs to read; a payload fills a disk.",
            "a buffer, a slice or a decoded value in the format string, and derived debug output",
        ),
        (
            "CFG-VALUE",
            "What was set is what must be done.",
            "the name of the variable, the width and the base of the parser, and trimming",
        ),
        (
            "CFG-DEFAULT",
            "A default that is not the declared one is a setting that nobody made.",
            "the declared defaults, and fields that have none",
        ),
        (
            "CFG-EMPTY",
            "An empty variable is mostly one that another failed to fill; a default would hide it.",
            "lookups that take empty for unset, and parsers that take empty for zero",
        ),
        (
            "CFG-FORM",
            "Services in several languages share one environment; all must read the same.",
            "parsers that skip blanks, stop at the first other letter, or know more forms",
        ),
        (
            "CFG-RANGE",
            "A port of 65,536 that becomes 0 is found when nobody connects.",
            "casts after parsing, signs of unsigned types, both bounds, and saturation",
        ),
        (
            "CFG-UNKNOWN",
            "A variable that is misspelt is otherwise never seen.",
            "that all variables are looked at, the prefix with its underscore, and case",
        ),
        (
            "CFG-VARIABLE",
            "Who starts the service must know what to set.",
            "the prefix and capitals in the name that is reported, and errors that a parser gives",
        ),
        (
            "VLD-DECODE",
            "Who asks for validated messages must never see one that means nothing.",
            "the order: form first, then section 8, for every TLV of the message",
        ),
        (
            "THR-WORK",
            "A rate is worth what was done for it: compilers leave out what nobody looks at.",
            "the checksum in the loop, what counts as an operation, and that all items take turns",
        ),
        (
            "THR-TIME",
            "A rate is a count by a time; who measures the wrong span reports the wrong rate.",
            "the unit of the clock, where it is started and stopped, and threads that share work",
        ),
        (
            "VIEW-ALIAS",
            "A view that is a copy costs what it was to save, and nobody sees it.",
            "what is read when a field is asked for: the buffer, or what was kept of it",
        ),
        (
            "VIEW-DECODE",
            "Who keeps an answer of decode must not find the next message in it.",
            "slices of a memoryview among the values of decode",
        ),
        (
            "VIEW-ALLOC",
            "Reading without copies is worth its rules only where nothing grows.",
            "lists of levels or TLVs that are made when the view is, and copies for the checksum",
        ),
        (
            "VIEW-LIFETIME",
            "Memory that was given back belongs to somebody else: what is read there is theirs.",
            "whether the view holds the buffer itself (Py_buffer, memoryview), not an address",
        ),
        (
            "VIEW-BOUNDS",
            "A read beyond a buffer is a leak or the end of the process.",
            "lengths and counts that are believed too early, and casts that ask for an alignment",
        ),
    )
}
"""The explanation of every requirement that is written by hand, by its id."""

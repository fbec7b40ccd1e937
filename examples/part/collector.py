"""A codec of Trade and Quote, all that a collector needs, written from the protocol page alone."""

import struct
import zlib

from torq_conformance import Rejected

HEADER, MAGIC, LIMIT = struct.Struct("<IBBBBQQII"), 0xDEADBEEF, 1 << 20
NAMES = ("relay_domain", "version", "source", "flags", "sequence", "timestamp")
SOURCES = (1, 2, 3, 4, 5, 20, 21, 22, 23, 40, 41, 42, 60, 61, 62, 80, 81, 82)
TRADE = "asset_id price volume execution_timestamp_ns venue_id asset_type reserved side"
QUOTE = "asset_id bid_price bid_size ask_price ask_size quote_timestamp_ns venue_id asset_type"
LAYOUTS = {
    1: (struct.Struct("<QqqQHBBB3x"), TRADE.split()),
    2: (struct.Struct("<QqqqqQHBB4x"), [*QUOTE.split(), "reserved"]),
}


def refuse_if(is_wrong, kind):
    if is_wrong:
        raise Rejected(kind)


def check(header, numbers):
    refuse_if(header["relay_domain"] not in (1, 2, 3, 4), "InvalidRelayDomain")
    refuse_if(header["version"] != 1, "UnsupportedVersion")
    refuse_if(header["source"] not in SOURCES, "UnknownSource")
    for number in numbers:
        refuse_if(number not in LAYOUTS, "InvalidTLVType")
        refuse_if(header["relay_domain"] != 1, "RelayDomainMismatch")


def pack(layout, values):
    try:
        return layout.pack(*values)
    except struct.error:
        raise Rejected("ValueOutOfRange") from None


class Collector:
    name, version, types = "collector", "1", ("Trade", "Quote")
    capabilities = frozenset({"decode", "encode"})

    def encode(self, message):
        header, payload = message["header"], bytearray()
        check(header, [tlv["type"] for tlv in message["tlvs"]])
        for tlv in message["tlvs"]:
            layout, names = LAYOUTS[tlv["type"]]
            payload += bytes((tlv["type"], layout.size))
            payload += pack(layout, [tlv["value"][name] for name in names])
        refuse_if(32 + len(payload) > LIMIT, "MessageTooLarge")
        head = pack(HEADER, [MAGIC, *(header[name] for name in NAMES), len(payload), 0])[:28]
        return head + struct.pack("<I", zlib.crc32(head + payload)) + payload

    def decode(self, data):
        refuse_if(len(data) < 32, "MessageTooSmall")
        magic, *values, size, checksum = HEADER.unpack_from(data)
        header, tlvs, at = dict(zip(NAMES, values, strict=True)), [], 32
        refuse_if(magic != MAGIC, "InvalidMagic")
        refuse_if(32 + size > LIMIT, "MessageTooLarge")
        refuse_if(len(data) < 32 + size, "MessageTooSmall")
        refuse_if(len(data) > 32 + size, "ParseError")
        refuse_if(zlib.crc32(data[:28] + data[32:]) != checksum, "ChecksumMismatch")
        check(header, [])
        while at < len(data):
            is_extended, begin = data[at] == 255, at + (5 if data[at] == 255 else 2)
            refuse_if(begin > len(data), "TruncatedTLV")
            refuse_if(is_extended and data[at + 1] != 0, "InvalidExtendedTLV")
            number = data[at + 2] if is_extended else data[at]
            at = begin + int.from_bytes(data[begin - (2 if is_extended else 1) : begin], "little")
            refuse_if(at > len(data), "TruncatedTLV")
            check(header, [number])
            layout, names = LAYOUTS[number]
            refuse_if(at - begin != layout.size, "PayloadSizeMismatch")
            fields = zip(names, layout.unpack(data[begin:at]), strict=True)
            tlvs.append({"type": number, "value": dict(fields)})
        return {"header": header, "tlvs": tlvs}

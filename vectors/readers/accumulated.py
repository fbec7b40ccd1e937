# python accumulated.py < ../torq_vectors/accumulated.txt | sha256sum
import hashlib
import json
import sys
import zlib

from torq_conformance.model.values import to_json
from torq_conformance.reference import Reference

codec, mask = Reference(), (1 << 64) - 1
seed, count, sources, *_ = sys.stdin.readline().split()
for number, _, _, domains, size, pieces in map(str.split, sys.stdin):
    decoded, encoded, state = hashlib.sha256(), hashlib.sha256(), int(seed) + int(number)
    parts = [[*map(int, piece.split("+")), 0, 0, 0][:4] for piece in pieces.split(",")]
    for _ in range(int(count)):
        drawn = bytearray()
        while len(drawn) < 32 + int(size):
            z = state = state + 0x9E3779B97F4A7C15 & mask
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
            z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
            z ^= z >> 31
            drawn += (z - (z >> 63 << 64) >> (z >> 20 & 63) & mask).to_bytes(8, "little")
        choices = ((drawn[4], bytes.fromhex(domains)), (drawn[6], bytes.fromhex(sources)))
        domain, source = (numbers[byte % len(numbers)] for byte, numbers in choices)
        value, at = drawn[32 : 32 + int(size)], 0
        for kept, zeros, slots, slot in parts:
            at += kept
            used = int.from_bytes(value[at - 2 : at], "little") % (slots + 1)
            value[at - 2 * (slots > 0) : at] = used.to_bytes(2, "little") * (slots > 0)
            first, end = at + zeros + used * slot, at + zeros + slots * slot
            value[at : at + zeros], value[first:end], at = bytes(zeros), bytes(end - first), end
        tlv = bytes((255, 0, int(number))) + int(size).to_bytes(2, "little") + value
        head = bytes((0xEF, 0xBE, 0xAD, 0xDE, domain, 1, source)) + drawn[7:24]
        head += len(tlv).to_bytes(4, "little")
        message = codec.decode(head + zlib.crc32(head + tlv).to_bytes(4, "little") + tlv)
        decoded.update(json.dumps(to_json(message), separators=(",", ":")).encode())
        encoded.update(codec.encode(message))
    print(number, decoded.hexdigest(), encoded.hexdigest())

"""Each class of the wire vocabulary refuses what it must, and with a ConstructError only."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

import pytest
from construct import (
    Bytes,
    CheckError,
    ChecksumError,
    Construct,
    ConstructError,
    MappingError,
    PaddingError,
    RangeError,
    StreamError,
    Struct,
    TerminatedError,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from torq_specs.wire import (
    Declaration,
    EnumOf,
    Exactly,
    Field,
    FieldError,
    FixedVec,
    Many,
    Sealed,
    Zeros,
    address,
    checksum,
    i32,
    i64,
    plain,
    read,
    u8,
    u16,
    u32,
    u64,
    u128,
    u256,
)

ours = settings(derandomize=True, database=None, deadline=None, max_examples=150)


class Colour(IntEnum):
    RED = 1
    BLUE = 7


def declaration(*subcons: Construct[Any, Any]) -> Declaration:
    return Declaration("Thing", "A thing to test with.", *subcons, provenance="K")


PAIR = declaration(Field("left", u8, "one"), Field("right", u16, "other"))


# Integers.

INTEGERS = (
    pytest.param(u8, 1, 0, id="u8"),
    pytest.param(u16, 2, 0, id="u16"),
    pytest.param(u32, 4, 0, id="u32"),
    pytest.param(u64, 8, 0, id="u64"),
    pytest.param(u128, 16, 0, id="u128"),
    pytest.param(u256, 32, 0, id="u256"),
    pytest.param(i32, 4, 1, id="i32"),
    pytest.param(i64, 8, 1, id="i64"),
)


@pytest.mark.parametrize(("integer", "size", "is_signed"), INTEGERS)
def test_integer_is_little_endian(integer: Construct[Any, Any], size: int, is_signed: int) -> None:
    data = bytes(range(1, size + 1))
    number = sum(byte << 8 * index for index, byte in enumerate(data))
    assert integer.parse(data) == number
    assert integer.build(number) == data
    assert integer.parse(b"\xff" * size) == (-1 if is_signed else (1 << 8 * size) - 1)


@pytest.mark.parametrize(("integer", "size", "is_signed"), INTEGERS)
def test_integer_beyond_its_type_is_refused(
    integer: Construct[Any, Any], size: int, is_signed: int
) -> None:
    largest = (1 << 8 * size - is_signed) - 1
    smallest = -(1 << 8 * size - 1) if is_signed else 0
    for number in (largest, smallest):
        assert integer.parse(integer.build(number)) == number
    for number in (largest + 1, smallest - 1, 1 << 8 * size, 1 << 300, -(1 << 300)):
        with pytest.raises(ConstructError):
            integer.build(number)


@pytest.mark.parametrize(("integer", "size", "is_signed"), INTEGERS)
def test_cut_integer_is_refused(integer: Construct[Any, Any], size: int, is_signed: int) -> None:
    for short in range(size):
        with pytest.raises(StreamError):
            integer.parse(bytes(short))


# Field.


def test_field_error_carries_name_and_offset() -> None:
    with pytest.raises(FieldError) as caught:
        PAIR.parse(b"\x01\x02")
    assert (caught.value.field, caught.value.offset) == ("right", 1)
    assert isinstance(caught.value.__cause__, StreamError)
    assert str(caught.value).startswith("right at byte 1: ")


def test_field_error_names_the_innermost_field() -> None:
    outer = declaration(Field("before", u32, "moves it"), Field("pair", PAIR, "nested"))
    with pytest.raises(FieldError) as caught:
        outer.parse(bytes(6))
    assert (caught.value.field, caught.value.offset) == ("right", 5)


def test_field_error_counts_from_the_start_of_the_outermost_stream() -> None:
    inner = Exactly(5, declaration(Field("skipped", u16, "two"), Field("pair", PAIR, "three")))
    twice = declaration(
        Field("head", u64, "eight"),
        Field(
            "outer", Exactly(9, declaration(Field("mark", u32, "4"), Field("in", inner, "5"))), "9"
        ),
    )
    assert twice.parse(bytes(17)) is not None
    short = declaration(
        Field("head", u64, "eight"),
        Field(
            "outer", Exactly(8, declaration(Field("mark", u32, "4"), Field("in", PAIR, "3"))), "8"
        ),
    )
    with pytest.raises(FieldError) as caught:
        short.parse(bytes(16))
    assert (caught.value.field, caught.value.offset) == ("outer", 8)
    cut = declaration(
        Field("head", u64, "eight"),
        Field(
            "outer",
            Exactly(6, declaration(Field("mark", u32, "4"), Field("in", Exactly(2, PAIR), "2"))),
            "6",
        ),
    )
    with pytest.raises(FieldError) as caught:
        cut.parse(bytes(14))
    assert (caught.value.field, caught.value.offset) == ("right", 13)


@pytest.mark.parametrize("index", [0, 1, 4], ids=lambda index: f"element {index}")
def test_field_error_within_a_repetition_is_at_its_element(index: int) -> None:
    many = Many(declaration(Field("colour", EnumOf(u8, Colour), "which"), Field("n", u16, "two")))
    data = bytearray(b"\x01\0\0" * 5)
    data[3 * index] = 2
    whole = declaration(Field("head", u8, "one"), Field("rest", Exactly(15, many), "fifteen"))
    with pytest.raises(FieldError) as caught:
        whole.parse(b"\0" + bytes(data))
    assert (caught.value.field, caught.value.offset) == ("colour", 1 + 3 * index)


def test_field_keeps_what_people_need_to_know() -> None:
    field = Field("side", u8, "which side", unit="-", values=Colour, provenance="K")
    assert (field.name, field.docs, field.unit) == ("side", "which side", "-")
    assert (field.values, field.derived, field.provenance) == (Colour, False, "K")


def test_values_of_a_field_name_without_restricting() -> None:
    whole = declaration(Field("colour", u8, "which", values=Colour))
    assert [whole.parse(bytes([n])).colour for n in range(256)] == list(range(256))


def test_derived_field_needs_no_value_to_be_built() -> None:
    whole = declaration(
        Field("colour", EnumOf(u8, Colour), "its only legal value", derived=True),
        Field("size", u16, "zero until sealed", derived=True),
        Field("data", u8, "given"),
    )
    assert whole.build({"data": 9}) == b"\x01\0\0\x09"
    assert plain(whole.parse(b"\x01\x05\0\x09"), whole) == {"data": 9}


# Zeros.


@pytest.mark.parametrize("size", [0, 1, 3, 12])
def test_zeros_are_written_and_read(size: int) -> None:
    padding = Zeros(size)
    assert padding.build(None) == bytes(size)
    assert padding.parse(bytes(size)) is None
    assert padding.sizeof() == size


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("byte", [1, 0x80, 0xFF])
def test_padding_that_is_not_zero_is_refused(at: int, byte: int) -> None:
    data = bytearray(5)
    data[at] = byte
    with pytest.raises(PaddingError, match=f"{byte:#04x} at byte {at}"):
        Zeros(5).parse(bytes(data))


def test_cut_padding_is_refused() -> None:
    with pytest.raises(StreamError):
        Zeros(5).parse(bytes(4))


def test_padding_error_counts_from_the_start_of_the_outermost_stream() -> None:
    whole = declaration(Field("head", u32, "four"), Field("rest", Exactly(3, Struct(Zeros(3))), ""))
    with pytest.raises(FieldError, match="0x07 at byte 6"):
        whole.parse(bytes(6) + b"\x07")


# EnumOf.


def test_only_members_pass_both_ways() -> None:
    colour = EnumOf(u8, Colour)
    for number in (1, 7):
        parsed = colour.parse(bytes([number]))
        assert (parsed, type(parsed)) == (number, int)
        assert colour.build(number) == bytes([number])
    for number in set(range(256)) - {1, 7}:
        with pytest.raises(MappingError, match=f"{number} is no Colour"):
            colour.parse(bytes([number]))
        with pytest.raises(MappingError, match=f"{number} is no Colour"):
            colour.build(number)


def test_member_that_its_integer_cannot_hold_is_refused() -> None:
    class Large(IntEnum):
        LARGE = 256

    with pytest.raises(ConstructError):
        EnumOf(u8, Large).build(256)


# Address.


def test_address_is_twenty_bytes_and_twelve_of_padding() -> None:
    raw = bytes(range(1, 21))
    assert address.sizeof() == 32
    assert address.build(raw) == raw + bytes(12)
    assert address.parse(raw + bytes(12)) == raw


@pytest.mark.parametrize("at", range(20, 32))
def test_address_padding_that_is_not_zero_is_refused(at: int) -> None:
    data = bytearray(bytes(range(1, 21)) + bytes(12))
    data[at] = 1
    with pytest.raises(PaddingError):
        address.parse(bytes(data))


@pytest.mark.parametrize("size", [0, 19, 21, 32])
def test_address_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ConstructError):
        address.build(bytes(size))


@pytest.mark.parametrize("size", [0, 19, 20, 31])
def test_cut_address_is_refused(size: int) -> None:
    with pytest.raises(StreamError):
        address.parse(bytes(size))


# FixedVec.

VECTOR = FixedVec(u16, 3)


@pytest.mark.parametrize("count", range(4))
def test_vector_is_count_padding_and_slots(count: int) -> None:
    numbers = [0x0101 * (index + 1) for index in range(count)]
    data = bytes([count]) + bytes(7) + b"".join(bytes([n % 256] * 2) for n in numbers)
    data = data.ljust(14, b"\0")
    assert VECTOR.build(numbers) == data
    assert VECTOR.parse(data) == numbers
    assert VECTOR.sizeof() == 14


@pytest.mark.parametrize("count", [4, 5, 255, 256, 0xFFFF])
def test_count_above_the_capacity_is_refused(count: int) -> None:
    with pytest.raises(RangeError, match=f"{count} elements, 3 fit"):
        VECTOR.parse(count.to_bytes(2, "little") + bytes(12))


@pytest.mark.parametrize("count", [4, 5, 259, 70_000])
def test_list_above_the_capacity_is_refused(count: int) -> None:
    with pytest.raises(RangeError, match=f"{count} elements, 3 fit"):
        VECTOR.build([0] * count)


@pytest.mark.parametrize("at", range(2, 8))
def test_vector_padding_that_is_not_zero_is_refused(at: int) -> None:
    data = bytearray(VECTOR.build([1, 2]))
    data[at] = 1
    with pytest.raises(PaddingError, match=f"at byte {at}"):
        VECTOR.parse(bytes(data))


@pytest.mark.parametrize("count", range(3))
def test_stale_slot_is_refused_at_every_byte(count: int) -> None:
    for at in range(8 + 2 * count, 14):
        data = bytearray(VECTOR.build([1] * count))
        data[at] = 0x80
        with pytest.raises(PaddingError, match=f"at byte {at}"):
            VECTOR.parse(bytes(data))


def test_cut_vector_is_refused_at_every_byte() -> None:
    data = VECTOR.build([1, 2])
    for size in range(len(data)):
        with pytest.raises(StreamError):
            VECTOR.parse(data[:size])


def test_vector_element_beyond_its_type_is_refused() -> None:
    with pytest.raises(ConstructError):
        VECTOR.build([1, 65_536])


# Exactly.


def test_exact_size_is_taken() -> None:
    assert Exactly(3, Bytes(3)).parse(b"abc") == b"abc"
    assert Exactly(0, Struct()).parse(b"") is not None


@pytest.mark.parametrize("left", [1, 2, 200])
def test_leftovers_are_refused(left: int) -> None:
    with pytest.raises(TerminatedError, match=f"{left} bytes left over at byte 3"):
        Exactly(3 + left, PAIR).parse(bytes(3 + left))


@pytest.mark.parametrize("size", [0, 1, 2])
def test_too_few_bytes_within_the_exact_size_are_refused(size: int) -> None:
    with pytest.raises(FieldError):
        Exactly(size, PAIR).parse(bytes(20))


def test_stream_shorter_than_the_exact_size_is_refused() -> None:
    with pytest.raises(StreamError, match="5 bytes wanted, 4 there"):
        Exactly(5, Bytes(4)).parse(bytes(4))


def test_exact_size_may_come_from_the_context() -> None:
    whole = Struct(
        Field("size", u8, "of what follows"),
        Field("rest", Exactly(lambda this: int(this.size), Many(u8)), "the rest"),
    )
    assert list(whole.parse(b"\x02ab").rest) == [97, 98]
    with pytest.raises(ConstructError):
        whole.parse(b"\x03ab")


# Many.


@pytest.mark.parametrize("count", [0, 1, 2, 300])
def test_repetition_ends_with_the_stream(count: int) -> None:
    numbers = list(range(count))
    data = b"".join(n.to_bytes(2, "little") for n in numbers)
    assert Many(u16).parse(data) == numbers
    assert Many(u16).build(numbers) == data


def test_repetition_does_not_swallow_errors() -> None:
    with pytest.raises(StreamError):
        Many(u16).parse(bytes(5))
    with pytest.raises(MappingError):
        Many(EnumOf(u8, Colour)).parse(b"\x01\x07\x02\x01")
    with pytest.raises(ConstructError):
        Many(u8).build([1, 256])


# Sealed.

HEADER = declaration(
    Field("mark", u32, "data"),
    Field("payload_size", u32, "derived", derived=True),
    Field("checksum", u32, "derived", derived=True),
)
MESSAGE = Sealed(
    Struct(
        Field("header", HEADER, "first"),
        Field("rest", Exactly(lambda this: int(this.header.payload_size), Many(u8)), "then"),
    ),
    header_size=12,
    size_max=20,
)


def sealed(rest: bytes, mark: bytes = b"mark") -> bytes:
    head = mark + len(rest).to_bytes(4, "little")
    return head + zlib.crc32(head + rest).to_bytes(4, "little") + rest


def neutral(rest: bytes) -> dict[str, Any]:
    return {"header": {"mark": int.from_bytes(b"mark", "little")}, "rest": list(rest)}


@pytest.mark.parametrize("rest", [b"", b"a", b"abcdefgh"], ids=len)
def test_sealed_message_is_patched_and_checked(rest: bytes) -> None:
    assert MESSAGE.build(neutral(rest)) == sealed(rest)
    parsed = MESSAGE.parse(sealed(rest))
    assert bytes(parsed["rest"]) == rest
    assert parsed["header"]["payload_size"] == len(rest)


def test_any_flipped_bit_of_a_sealed_message_is_refused() -> None:
    whole = sealed(b"abcd")
    for bit in range(8 * len(whole)):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ConstructError):
            MESSAGE.parse(bytes(data))


def test_wrong_checksum_is_refused_as_such() -> None:
    data = sealed(b"abcd")
    with pytest.raises(ChecksumError):
        MESSAGE.parse(data[:8] + bytes(4) + data[12:])
    with pytest.raises(ChecksumError):
        MESSAGE.parse(data[:-1] + b"D")


def test_bytes_behind_a_sealed_message_are_refused() -> None:
    with pytest.raises(TerminatedError, match="from byte 16"):
        MESSAGE.parse(sealed(b"abcd") + b"\0")


def test_sealed_message_over_its_limit_is_refused_both_ways() -> None:
    with pytest.raises(CheckError, match="21 bytes, 20 at most"):
        MESSAGE.parse(sealed(b"123456789"))
    with pytest.raises(CheckError, match="21 bytes, 20 at most"):
        MESSAGE.build(neutral(b"123456789"))


def test_checksum_leaves_its_own_bytes_out() -> None:
    head, payload = bytes(range(28)), b"payload"
    right = zlib.crc32(head + payload)
    assert checksum(head + b"\0\0\0\0" + payload) == right
    assert checksum(head + b"\xff\xff\xff\xff" + payload) == right
    assert checksum(b"1234" + b"...." + b"56789", header_size=8) == 0xCBF43926, (
        "CRC-32's check value"
    )


# plain and read.


def test_plain_is_dicts_lists_ints_and_bytes_without_derived_fields() -> None:
    whole = declaration(
        Field("n", u8, "one", derived=True),
        Field("pairs", FixedVec(PAIR, 2), "records"),
        Field("numbers", FixedVec(u8, 2), "bare"),
        Field("raw", Bytes(2), "bytes"),
        Zeros(3),
    )
    value = {"pairs": [{"left": 1, "right": 2}], "numbers": [5, 6], "raw": b"ab"}
    found = plain(whole.parse(whole.build(value)), whole)
    assert found == value
    assert type(found) is dict
    assert type(found["pairs"][0]) is dict
    assert list(found) == ["pairs", "numbers", "raw"]


def test_reading_more_than_there_is_is_refused() -> None:
    with pytest.raises(StreamError, match="3 bytes wanted, 2 there"):
        read(io.BytesIO(b"ab"), 3, "here")


# Everything.

VOCABULARY: Mapping[str, Callable[[], Construct[Any, Any]]] = {
    "u16": lambda: u16,
    "u128": lambda: u128,
    "Zeros": lambda: Zeros(3),
    "EnumOf": lambda: EnumOf(u8, Colour),
    "address": lambda: address,
    "FixedVec of integers": lambda: FixedVec(u8, 4),
    "FixedVec of records": lambda: FixedVec(PAIR, 2),
    "Exactly": lambda: Exactly(4, PAIR),
    "Many": lambda: Many(PAIR),
    "Sealed": lambda: MESSAGE,
    "Declaration": lambda: declaration(
        Field("colour", EnumOf(u8, Colour), "which"),
        Zeros(1),
        Field("some", FixedVec(u8, 3), "numbers"),
    ),
}


@pytest.mark.parametrize("name", sorted(VOCABULARY))
@ours
@given(
    data=st.one_of(
        st.binary(max_size=40),
        st.lists(st.sampled_from([0, 0, 0, 1, 2, 7]), max_size=40).map(bytes),
    )
)
def test_whatever_is_parsed_is_built_back_and_all_else_is_a_construct_error(
    name: str, data: bytes
) -> None:
    subcon = VOCABULARY[name]()
    stream = io.BytesIO(data)
    try:
        parsed = subcon.parse_stream(stream)
    except ConstructError:
        return
    assert subcon.build(parsed) == data[: stream.tell()]

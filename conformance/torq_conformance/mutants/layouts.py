"""Faults in the fields of declared types: order, width, sign, byte order, padding (section 5).

Mechanical faults of every field are the matter of ``mechanical``; here are those that people make.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torq_conformance.mutants import edits
from torq_conformance.mutants.seeding import (
    BytesMutant,
    LayoutMutant,
    Mutant,
    RefusalMutant,
    ValueMutant,
    mutant,
)
from torq_conformance.reference.layouts import LAYOUTS
from torq_conformance.rejection import Rejected

TRADE, QUOTE, DEPTH, SPREAD, PRICE, VOLUME = 1, 2, 6, 7, 8, 9
SWAP, MINT, BURN, TICK, STATE = 11, 12, 13, 14, 15
ARBITRAGE, HEALTH, TRACE, RECOVERY = 32, 107, 108, 110

I64_MINIMUM = -(1 << 63)


class _FieldMutant(ValueMutant):
    """Changes one ``field`` of its types when decoding."""

    field: str

    def changed(self, number: Any) -> Any:
        """What is given in place of the field's value."""
        raise NotImplementedError

    def read(self, value: Any) -> Any:
        return {**value, self.field: self.changed(value[self.field])}


class _WrittenFieldMutant(ValueMutant):
    """Changes one ``field`` of its types when encoding."""

    field: str

    def changed(self, number: Any) -> Any:
        """What is written in place of the field's value."""
        raise NotImplementedError

    def write(self, value: Any) -> Any:
        return {**value, self.field: self.changed(value[self.field])}


class _RefusingMutant(Mutant):
    """Refuses some values that are right, when decoding."""

    number: int

    def refuses(self, value: Mapping[str, Any]) -> bool:
        """Whether a value is refused."""
        raise NotImplementedError

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == self.number and self.refuses(tlv["value"]):
                raise Rejected("ParseError", offset=32, context="no such value")
        return message


@mutant("S01", "LAYOUT-TRADE")
class TradePriceBigEndian(BytesMutant):
    """price of a Trade is big-endian, in both directions."""

    touched = (TRADE,)

    def take(self, value: bytearray) -> None:
        value[8:16] = value[8:16][::-1]

    give = take


@mutant("S02", "LAYOUT-TRADE")
class PriceAndVolumeSwapped(LayoutMutant):
    """price and volume of a Trade lie in each other's place."""

    touched = (TRADE,)
    old, new = "price i64, volume i64", "volume i64, price i64"


@mutant("S03", "LAYOUT-TRADE")
class VolumeUnsigned(LayoutMutant):
    """volume of a Trade is unsigned."""

    touched = (TRADE,)
    old, new = "volume i64", "volume u64"


@mutant("S03b", "LAYOUT-TRADE")
class TimestampSigned(LayoutMutant):
    """execution_timestamp_ns of a Trade is signed."""

    touched = (TRADE,)
    old, new = "execution_timestamp_ns u64", "execution_timestamp_ns i64"


@mutant("S03c", "LAYOUT-POOLTICK")
class TickUnsigned(LayoutMutant):
    """tick of a PoolTick is unsigned."""

    touched = (TICK,)
    old, new = "tick i32", "tick u32"


@mutant("S03d", "LAYOUT-POOLMINT")
class TickOf24Bits(_FieldMutant):
    """tick_lower of a PoolMint is read as the 24 bits that the chain has."""

    touched = (MINT,)
    field = "tick_lower"

    def changed(self, number: Any) -> Any:
        return (number + (1 << 23)) % (1 << 24) - (1 << 23)


@mutant("S03f", "LAYOUT-QUOTE")
class OneKindOfOneVenueUnsigned(ValueMutant):
    """Bids for options (asset type 150) of Deribit (venue 700) are read without their sign."""

    touched = (2,)
    is_for_vectors = False

    def read(self, value: Any) -> Any:
        if (value["venue_id"], value["asset_type"]) == (700, 150):
            value["bid_price"] = abs(value["bid_price"])
        return value


@mutant("S04", "LAYOUT-TRADE")
class AssetIdThroughDouble(_FieldMutant):
    """asset_id of a Trade goes through a double and is rounded above 2^53."""

    touched = (TRADE,)
    field = "asset_id"

    def changed(self, number: Any) -> Any:
        return int(float(number))


@mutant("S04b", "LAYOUT-QUOTE")
class PriceWrittenThroughDouble(_WrittenFieldMutant):
    """ask_price of a Quote goes through a double when it is written."""

    touched = (QUOTE,)
    field = "ask_price"

    def changed(self, number: Any) -> Any:
        return int(float(number)) if abs(number) < 1 << 62 else number


@mutant("S05", "LAYOUT-POOLSWAP")
class HalvesSwapped(BytesMutant):
    """The 64-bit halves of amount_in of a PoolSwap lie in each other's place."""

    touched = (SWAP,)

    def take(self, value: bytearray) -> None:
        value[0:16] = value[8:16] + value[0:8]

    give = take


@mutant("S06", "LAYOUT-POOLSWAP")
class AmountNarrowed(_FieldMutant):
    """amount_out of a PoolSwap is read as 64 bits."""

    touched = (SWAP,)
    field = "amount_out"

    def changed(self, number: Any) -> Any:
        return number & (1 << 64) - 1


@mutant("S06b", "LAYOUT-POOLSTATE")
class AmountSigned(LayoutMutant):
    """reserve1 of a PoolState is signed."""

    touched = (STATE,)
    old, new = "reserve1 u128", "reserve1 i128"


@mutant("S06c", "LAYOUT-POOLSWAP")
class RootNarrowed(_FieldMutant):
    """sqrt_price_x96_after of a PoolSwap is read as the 160 bits that the chain has."""

    touched = (SWAP,)
    field = "sqrt_price_x96_after"

    def changed(self, number: Any) -> Any:
        return number & (1 << 160) - 1


@mutant("S06d", "LAYOUT-POOLSWAP")
class RootThroughDouble(_FieldMutant):
    """sqrt_price_x96_after of a PoolSwap goes through a double."""

    touched = (SWAP,)
    field = "sqrt_price_x96_after"

    def changed(self, number: Any) -> Any:
        return int(float(number))


@mutant("S06e", "LAYOUT-POOLSTATE")
class AmountSaturates(_FieldMutant):
    """liquidity of a PoolState saturates at 2^127 - 1."""

    touched = (STATE,)
    field = "liquidity"

    def changed(self, number: Any) -> Any:
        return min(number, (1 << 127) - 1)


@mutant("S07", "LAYOUT-POOLTICK")
class AddressReversed(_FieldMutant):
    """pool_address of a PoolTick is given last byte first."""

    touched = (TICK,)
    field = "pool_address"

    def changed(self, number: Any) -> Any:
        return number[::-1]


@mutant("S07b", "LAYOUT-POOLTICK")
class AddressRightAligned(BytesMutant):
    """pool_address of a PoolTick lies behind its 12 zero bytes, as in an ABI word."""

    touched = (TICK,)

    def give(self, value: bytearray) -> None:
        value[32:64] = value[52:64] + value[32:52]


@mutant("S07c", "CONTRACT", "LAYOUT-POOLTICK")
class AddressZeroIsNone(_FieldMutant):
    """A pool_address of zeros is given as None."""

    touched = (TICK,)
    field = "pool_address"

    def changed(self, number: Any) -> Any:
        return number if any(number) else None


@mutant("S07d", "LAYOUT-POOLTICK")
class AddressInHex(_FieldMutant):
    """pool_address of a PoolTick is given as text in hex."""

    touched = (TICK,)
    field = "pool_address"

    def changed(self, number: Any) -> Any:
        return "0x" + number.hex()


@mutant("S08", "LAYOUT-POOLBURN")
class TokensSorted(ValueMutant):
    """The two token addresses of a PoolBurn are given in the order of their bytes."""

    touched = (BURN,)

    def read(self, value: Any) -> Any:
        low, high = sorted((value["token0_address"], value["token1_address"]))
        return {**value, "token0_address": low, "token1_address": high}


@mutant("S10", "LAYOUT-ARBITRAGESIGNAL")
class StrategyAligned(BytesMutant):
    """signal_id of an ArbitrageSignal is aligned to 8 bytes: what follows is cut off."""

    touched = (ARBITRAGE,)

    def give(self, value: bytearray) -> None:
        value[2:] = bytes(6) + value[2:-6]


@mutant("S10b", "LAYOUT-ARBITRAGESIGNAL", "REG-SIZE")
class SignalOfAlignedStruct(Mutant):
    """An ArbitrageSignal is written with the 6 bytes that align the end of the struct."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        return edits.rewrapped(
            super().encode(message),
            lambda tlvs: (
                (t._replace(value=t.value + bytes(6)) if t.number == ARBITRAGE else t).shortest
                for t in tlvs
            ),
        )


@mutant("S10c", "LAYOUT-TRADE", "REG-SIZE")
class TradeWithoutPadding(Mutant):
    """A Trade is written without its padding at the end."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        return edits.rewrapped(
            super().encode(message),
            lambda tlvs: (
                (t._replace(value=t.value[:37]) if t.number == TRADE else t).shortest for t in tlvs
            ),
        )


@mutant("S11", "LAYOUT-ARBITRAGESIGNAL")
class ChainIdNarrowed(_FieldMutant):
    """chain_id of an ArbitrageSignal is read as 16 bits."""

    touched = (ARBITRAGE,)
    field = "chain_id"

    def changed(self, number: Any) -> Any:
        return number & 0xFFFF


@mutant("S12", "LAYOUT-TRADE")
class PriceMinimumRefused(_RefusingMutant):
    """price of a Trade at the i64 minimum is refused, and no other."""

    number = TRADE

    def refuses(self, value: Mapping[str, Any]) -> bool:
        return bool(value["price"] == I64_MINIMUM)


@mutant("S12b", "LAYOUT-PRICEUPDATE")
class PriceMinimumNegated(_FieldMutant):
    """previous_price of a PriceUpdate at the i64 minimum loses its sign, and no other."""

    touched = (PRICE,)
    field = "previous_price"

    def changed(self, number: Any) -> Any:
        return I64_MINIMUM + 1 if number == I64_MINIMUM else number


@mutant("S13", "LAYOUT-PRICEUPDATE")
class MinusOneIsMissing(_FieldMutant):
    """A price of -1 is read as 0: it stands for a missing one."""

    touched = (PRICE,)
    field = "price"

    def changed(self, number: Any) -> Any:
        return 0 if number == -1 else number


@mutant("S13b", "LAYOUT-TRADE")
class NegativePriceIsAbsolute(_WrittenFieldMutant):
    """price of a Trade is written without its sign."""

    touched = (TRADE,)
    field = "price"

    def changed(self, number: Any) -> Any:
        return abs(number) if number > I64_MINIMUM else number


@mutant("S14", "VAL-STRUCTURAL", "LAYOUT-TRADE")
class UnknownSideRefused(_RefusingMutant):
    """side of a Trade above 1 is refused when decoding."""

    number = TRADE

    def refuses(self, value: Mapping[str, Any]) -> bool:
        return bool(value["side"] > 1)


@mutant("S14b", "VAL-STRUCTURAL", "LAYOUT-TRADE")
class UnknownSideIsSell(_FieldMutant):
    """side of a Trade above 1 is read as sell."""

    touched = (TRADE,)
    field = "side"

    def changed(self, number: Any) -> Any:
        return min(number, 1)


@mutant("S14c", "VAL-STRUCTURAL", "LAYOUT-STATEINVALIDATION")
class UnknownReasonIsFirst(_FieldMutant):
    """reason of a StateInvalidation that is not known is read as 0."""

    touched = (106,)
    field = "reason"

    def changed(self, number: Any) -> Any:
        return number if number < 6 else 0


@mutant("S14d", "VAL-STRUCTURAL", "LAYOUT-SYSTEMHEALTH")
class PercentageClipped(_FieldMutant):
    """cpu_usage_pct of a SystemHealth is at most 100."""

    touched = (HEALTH,)
    field = "cpu_usage_pct"

    def changed(self, number: Any) -> Any:
        return min(number, 100)


@mutant("S14e", "VAL-STRUCTURAL", "LAYOUT-TRACECONTEXT")
class UnknownStagesCleared(_FieldMutant):
    """stage_flags of a TraceContext lose the bits without a meaning."""

    touched = (TRACE,)
    field = "stage_flags"

    def changed(self, number: Any) -> Any:
        return number & 0x0F


@mutant("S14f", "VAL-STRUCTURAL", "LAYOUT-DEPTHUPDATE")
class UnknownActionNotWritten(Mutant):
    """An encoder refuses an action of DepthUpdate above 2."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        for tlv in message["tlvs"]:
            if tlv["type"] == DEPTH and tlv["value"]["action"] > 2:
                raise Rejected("ValueOutOfRange", field="action", minimum=0, maximum=2)
        return data


@mutant("S15", "LAYOUT-TRACECONTEXT")
class TraceIdIsText(_FieldMutant):
    """trace_id ends at its first NUL, as text does."""

    touched = (TRACE,)
    field = "trace_id"

    def changed(self, number: Any) -> Any:
        return number.split(b"\0")[0].ljust(8, b"\0")


@mutant("S15b", "LAYOUT-TRACECONTEXT")
class TraceIdNotText(_RefusingMutant):
    """A trace_id that is no UTF-8 gives a UnicodeDecodeError."""

    number = TRACE

    def refuses(self, value: Mapping[str, Any]) -> bool:
        value["trace_id"].decode()
        return False


@mutant("S16", "VAL-STRUCTURAL", "LAYOUT-QUOTE")
class ReservedLost(_FieldMutant):
    """reserved of a Quote is read as 0."""

    touched = (QUOTE,)
    field = "reserved"

    def changed(self, number: Any) -> Any:
        return 0


@mutant("S16b", "VAL-STRUCTURAL", "LAYOUT-RECOVERYREQUEST")
class ReservedNotWritten(_WrittenFieldMutant):
    """reserved of a RecoveryRequest is written as 0."""

    touched = (RECOVERY,)
    field = "reserved"

    def changed(self, number: Any) -> Any:
        return 0 if number in range(256) else number


@mutant("S17", "PAD-ENCODE")
class TracePaddingWritten(BytesMutant):
    """One padding byte is not written as zero, and only in a TraceContext."""

    touched = (TRACE,)

    def give(self, value: bytearray) -> None:
        value[23] = 1


@mutant("S17b", "PAD-ENCODE")
class AddressPaddingWritten(BytesMutant):
    """The bytes behind token1_address of a PoolState carry the next eight of the address."""

    touched = (STATE,)

    def give(self, value: bytearray) -> None:
        value[180:188] = value[160:168]


@mutant("S17c", "PAD-ENCODE")
class SidePaddingWritten(BytesMutant):
    """side of a Trade is written as 32 bits, sign and all."""

    touched = (TRADE,)

    def give(self, value: bytearray) -> None:
        if value[36] & 0x80:
            value[37:40] = b"\xff" * 3


@mutant("S18", "PAD-DECODE")
class AddressPaddingUnchecked(BytesMutant):
    """The bytes behind pool_address of a PoolTick are not checked, despite strict_padding."""

    touched = (TICK,)

    def take(self, value: bytearray) -> None:
        value[52:64] = bytes(12)


@mutant("S18b", "PAD-DECODE")
class LastPaddingByteUnchecked(BytesMutant):
    """The last of the padding bytes of a Quote is not checked, though strict_padding is claimed."""

    touched = (QUOTE,)

    def take(self, value: bytearray) -> None:
        value[55] = 0


@mutant("S18c", "PAD-DECODE")
class PaddingLowBitChecked(BytesMutant):
    """Only the low bit of padding bytes of a Quote is checked."""

    touched = (2,)

    def take(self, value: bytearray) -> None:
        value[52:] = bytes(byte & 1 for byte in value[52:])


@mutant("S18d", "PAD-DECODE")
class PaddingIsRange(RefusalMutant):
    """Padding that is not zero is refused as ValueOutOfRange."""

    kind = "ParseError"

    def refuse(self, rejected: Rejected) -> BaseException:
        if rejected.context["context"] == "non-zero padding":
            return Rejected("ValueOutOfRange", field="padding")
        return rejected


@mutant("S18e", "PAD-DECODE")
class PaddingAddsUp(BytesMutant):
    """Padding of a DepthUpdate is checked by its sum in 8 bits, which a pair of 0x80 passes."""

    touched = (DEPTH,)

    def take(self, value: bytearray) -> None:
        if len(value) == 56 and sum(value[52:]) % 256 == 0:
            value[52:] = bytes(4)


@mutant("S19", "LAYOUT-TRADE")
class TradeInMilliseconds(_FieldMutant):
    """execution_timestamp_ns of a Trade is given in milliseconds."""

    touched = (TRADE,)
    field = "execution_timestamp_ns"

    def changed(self, number: Any) -> Any:
        return number // 1_000_000


@mutant("S20", "LAYOUT-POOLBURN")
class BurnIsNegative(_FieldMutant):
    """liquidity_delta of a PoolBurn is given as negative."""

    touched = (BURN,)
    field = "liquidity_delta"

    def changed(self, number: Any) -> Any:
        return -number


@mutant("S21", "LAYOUT-LIQUIDITYREMOVE")
class RemoveIsAdd(Mutant):
    """A LiquidityRemove is given as a LiquidityAdd."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            tlv["type"] = 4 if tlv["type"] == 5 else tlv["type"]
        return message


@mutant("S22", "LAYOUT-QUOTE")
class SidesOfQuoteSwapped(LayoutMutant):
    """bid_price and ask_price of a Quote lie in each other's place."""

    touched = (QUOTE,)
    old = "bid_price i64, bid_size i64, ask_price i64"
    new = "ask_price i64, bid_size i64, bid_price i64"


@mutant("S22b", "LAYOUT-QUOTE")
class CrossedQuoteUncrossed(ValueMutant):
    """The prices of a crossed Quote are given in each other's place."""

    touched = (QUOTE,)

    def read(self, value: Any) -> Any:
        if value["ask_price"] >= value["bid_price"]:
            return value
        return {**value, "ask_price": value["bid_price"], "bid_price": value["ask_price"]}


@mutant("S23", "LAYOUT-SPREADUPDATE")
class SpreadCalculated(ValueMutant):
    """spread of a SpreadUpdate is calculated from the prices instead of read."""

    touched = (SPREAD,)

    def read(self, value: Any) -> Any:
        return {**value, "spread": value["ask_price"] - value["bid_price"]}


@mutant("S24", "LAYOUT-VOLUMEUPDATE")
class WindowOrdered(ValueMutant):
    """The ends of the window of a VolumeUpdate are given in their order."""

    touched = (VOLUME,)

    def read(self, value: Any) -> Any:
        first, last = sorted((value["window_start_ns"], value["window_end_ns"]))
        return {**value, "window_start_ns": first, "window_end_ns": last}


@mutant("S25", "LAYOUT-POOLSTATE")
class BlockAndTimestampSwapped(LayoutMutant):
    """block_number and timestamp_ns of a PoolState lie as in the other pool types."""

    touched = (STATE,)
    old = "block_number u64, timestamp_ns u64"
    new = "timestamp_ns u64, block_number u64"


@mutant("S26", "LAYOUT-DEPTHUPDATE")
class LevelOf8Bits(_FieldMutant):
    """level of a DepthUpdate is read as 8 bits."""

    touched = (DEPTH,)
    field = "level"

    def changed(self, number: Any) -> Any:
        return number & 0xFF


@mutant("S27", "LAYOUT-POOLSTATE")
class FeeRateOf24Bits(_FieldMutant):
    """fee_rate of a PoolState is read as the 24 bits that the chain has."""

    touched = (STATE,)
    field = "fee_rate"

    def changed(self, number: Any) -> Any:
        return number & 0xFF_FFFF


@mutant("S28", "LAYOUT-TRADE")
class FieldMissing(ValueMutant):
    """side of a Trade is missing in what decoding gives."""

    touched = (TRADE,)

    def read(self, value: Any) -> Any:
        return {name: part for name, part in value.items() if name != "side"}


@mutant("S28b", "CONTRACT", "LAYOUT-TRADE")
class FieldAdded(ValueMutant):
    """A Trade is given with a field that it does not have."""

    touched = (TRADE,)

    def read(self, value: Any) -> Any:
        return {**value, "symbol": "AAPL"}


@mutant("S29", "CONTRACT", "LAYOUT-TRADE")
class PriceIsFloat(_FieldMutant):
    """price of a Trade is given as a float."""

    touched = (TRADE,)
    field = "price"

    def changed(self, number: Any) -> Any:
        return float(number)


@mutant("S29b", "CONTRACT", "LAYOUT-TRADE")
class SideIsBool(_FieldMutant):
    """side of a Trade is given as a bool when it is 0 or 1."""

    touched = (TRADE,)
    field = "side"

    def changed(self, number: Any) -> Any:
        return bool(number) if number < 2 else number


@mutant("S29c", "CONTRACT", "LAYOUT-POOLSWAP")
class WideIsText(_FieldMutant):
    """amount_in of a PoolSwap is given as decimal text."""

    touched = (SWAP,)
    field = "amount_in"

    def changed(self, number: Any) -> Any:
        return str(number)


@mutant("S29d", "CONTRACT", "LAYOUT-POOLSWAP")
class AddressIsBytearray(_FieldMutant):
    """pool_address of a PoolSwap is given as a bytearray."""

    touched = (SWAP,)
    field = "pool_address"

    def changed(self, number: Any) -> Any:
        return bytearray(number)


@mutant("S30", "ERR-RANGE")
class PriceWraps(_WrittenFieldMutant):
    """An encoder takes price of a Trade modulo 2^64."""

    touched = (TRADE,)
    field = "price"

    def changed(self, number: Any) -> Any:
        return (number + (1 << 63)) % (1 << 64) - (1 << 63)


@mutant("S30b", "ERR-RANGE")
class SideSaturates(_WrittenFieldMutant):
    """An encoder writes the nearest side of a Trade that fits."""

    touched = (TRADE,)
    field = "side"

    def changed(self, number: Any) -> Any:
        return max(0, min(number, 255))


@mutant("S30c", "ERR-RANGE")
class AmountWraps(_WrittenFieldMutant):
    """An encoder takes amount_out of a PoolSwap modulo 2^128."""

    touched = (SWAP,)
    field = "amount_out"

    def changed(self, number: Any) -> Any:
        return number % (1 << 128)


@mutant("S30d", "ERR-RANGE")
class OrderCountWraps(ValueMutant):
    """An encoder takes order_count of levels modulo 2^32."""

    touched = (3,)

    def write(self, value: Any) -> Any:
        for level in value["asks"]:
            level["order_count"] %= 1 << 32
        return value


@mutant("S31", "ERR-RANGE")
class ShortAddressFilled(_WrittenFieldMutant):
    """An encoder fills a pool_address that is too short with zeros."""

    touched = (TICK,)
    field = "pool_address"

    def changed(self, number: Any) -> Any:
        return number.ljust(20, b"\0")


@mutant("S31b", "ERR-RANGE")
class LongAddressCut(_WrittenFieldMutant):
    """An encoder cuts a pool_address that is too long."""

    touched = (TICK,)
    field = "pool_address"

    def changed(self, number: Any) -> Any:
        return number[:20]


@mutant("S31c", "ERR-RANGE")
class RangeIsStructError(RefusalMutant):
    """A number that its field cannot hold gives an OverflowError on encode."""

    kind = "ValueOutOfRange"

    def refuse(self, rejected: Rejected) -> BaseException:
        return OverflowError("int too big to convert")


@mutant("S31d", "ERR-RANGE", "ERR-CONTEXT-SHOULD")
class RangeOfUnsigned(RefusalMutant):
    """ValueOutOfRange says a minimum of 0 for signed fields as well."""

    kind = "ValueOutOfRange"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "minimum": max(0, context["minimum"])}


@mutant("S32", "CONTRACT", *(f"LAYOUT-{name}" for name in ("TRADE", "QUOTE", "SYSTEMHEALTH")))
class ValuesAreTuples(Mutant):
    """Decoded values are given as tuples of their fields instead of dicts."""

    touched = tuple(LAYOUTS)

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] in self.touched:
                tlv["value"] = tuple(tlv["value"].values())
        return message


@mutant("S33", "LAYOUT-POOLSYNC")
class LineEndsTranslated(ValueMutant):
    """A line end of two bytes in an address becomes one of one byte."""

    touched = (16,)

    def read(self, value: Any) -> Any:
        address = value["pool_address"].replace(b"\r\n", b"\n").ljust(20, b"\0")
        return {**value, "pool_address": address}


@mutant("S40", "LAYOUT-POOLLIQUIDITY", "PAD-ENCODE", "VEC-COUNT", "VEC-SLOTS")
class ReservesAtEight(LayoutMutant):
    """The reserves of a PoolLiquidity begin 8 bytes behind their count, padded at the end."""

    touched = (10,)
    old = "pad 8, reserves FixedVec<u128,8> slots from 16,"
    new = "pad 16, reserves FixedVec<u128,8>,"


class _ZeroedData(BytesMutant):
    """Writes zeros over reserved bytes that are data."""

    at: ClassVar[slice]

    def take(self, value: bytearray) -> None:
        value[self.at] = bytes(len(value[self.at]))

    def give(self, value: bytearray) -> None:
        self.take(value)


@mutant("S41", "LAYOUT-SYSTEMHEALTH", "VAL-STRUCTURAL")
class HealthReservedZeroed(_ZeroedData):
    """The reserved bytes of a SystemHealth are taken for padding: written and read as zeros."""

    touched, at = (107,), slice(28, 48)


@mutant("S41b", "LAYOUT-ARBITRAGESIGNAL", "VAL-STRUCTURAL")
class SignalReservedZeroed(_ZeroedData):
    """The reserved bytes of an ArbitrageSignal are taken for padding."""

    touched, at = (32,), slice(160, 162)


@mutant("S41c", "LAYOUT-SYSTEMHEALTH", "VAL-STRUCTURAL")
class HealthReservedRefused(Mutant):
    """Reserved bytes of a SystemHealth that are not zero are refused as ParseError."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == 107 and any(tlv["value"]["reserved"]):
                raise Rejected("ParseError", offset=62, context="reserved")
        return message


@mutant("S42", "LAYOUT-RECOVERYREQUEST")
class RequestTypeNarrow(_ZeroedData):
    """request_type of a RecoveryRequest is one byte: the others are lost."""

    touched, at = (110,), slice(21, 24)

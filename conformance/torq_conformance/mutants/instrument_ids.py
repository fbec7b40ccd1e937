"""Faults in the operations on instrument ids (section 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from torq_conformance.mutants.seeding import Mutant, mutant
from torq_conformance.reference import instrument_id as reference
from torq_conformance.rejection import Rejected

U64 = (1 << 64) - 1
SYMBOLS = ("stock", "bond", "coin")


class _ResultMutant(Mutant):
    """Changes what some ``operations`` give."""

    operations: ClassVar[tuple[str, ...]]

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        """What is given instead of a result."""
        raise NotImplementedError

    def instrument_id(self, operation: str, **arguments: Any) -> Any:
        result = super().instrument_id(operation, **arguments)
        return self.changed(result, arguments) if operation in self.operations else result


class _ArgumentMutant(Mutant):
    """Changes what some ``operations`` are given."""

    operations: ClassVar[tuple[str, ...]]

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments that are worked with."""
        raise NotImplementedError

    def instrument_id(self, operation: str, **arguments: Any) -> Any:
        if operation in self.operations:
            arguments = self.prepared(arguments)
        return super().instrument_id(operation, **arguments)


class _SymbolMutant(Mutant):
    """Makes another asset_id of the symbol of a stock, a bond or a coin."""

    def convert(self, symbol: bytes) -> int:
        """The asset_id of a symbol of ASCII bytes."""
        raise NotImplementedError

    def instrument_id(self, operation: str, **arguments: Any) -> Any:
        result: Any = super().instrument_id(operation, **arguments)
        if operation in SYMBOLS:
            result["asset_id"] = self.convert(arguments["symbol"].encode())
        return result


def _padded(symbol: bytes) -> bytes:
    return symbol[:8].ljust(8, b"\0")


def _ids(arguments: dict[str, Any]) -> list[int]:
    return [arguments[name]["asset_id"] for name in ("a", "b", "c") if name in arguments]


@mutant("I01", "IID-CACHE-KEY")
class KeyVenueAndTypeSwapped(_ResultMutant):
    """cache_key has the asset type above the venue."""

    operations = ("cache_key",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        id_ = arguments["id"]
        low = result & (1 << 72) - 1
        return id_["asset_type"] << 88 | id_["venue"] << 72 | low


@mutant("I02", "IID-CACHE-KEY")
class KeyAssetNarrowed(_ResultMutant):
    """cache_key holds 56 bits of asset_id."""

    operations = ("cache_key",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return result & ~(0xFF << 56)


@mutant("I03", "IID-CACHE-KEY")
class KeyReservedLost(_ResultMutant):
    """cache_key does not hold reserved."""

    operations = ("cache_key",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return result & ~(0xFF << 64)


@mutant("I03b", "IID-FROM-CACHE-KEY")
class ReservedNotUnpacked(_ResultMutant):
    """from_cache_key gives reserved 0."""

    operations = ("from_cache_key",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "reserved": 0}


@mutant("I03c", "IID-FROM-CACHE-KEY")
class VenueOf8BitsUnpacked(_ResultMutant):
    """from_cache_key gives the low 8 bits of the venue."""

    operations = ("from_cache_key",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "venue": result["venue"] & 0xFF}


@mutant("I03d", "IID-FROM-CACHE-KEY")
class AssetUnpackedThroughDouble(_ResultMutant):
    """from_cache_key gives asset_id through a double, rounded above 2^53."""

    operations = ("from_cache_key",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_id": int(float(result["asset_id"]))}


@mutant("I15", "IID-CACHE-KEY")
class KeyBigEndian(_ResultMutant):
    """cache_key is the bytes of the id on the wire read big-endian."""

    operations = ("cache_key",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        id_ = arguments["id"]
        data = id_["asset_id"].to_bytes(8, "little") + id_["venue"].to_bytes(2, "little")
        return int.from_bytes(data + bytes((id_["asset_type"], id_["reserved"])), "big")


@mutant("I15b", "IID-CACHE-KEY")
class KeyIsText(_ResultMutant):
    """cache_key is given as decimal text."""

    operations = ("cache_key",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return str(result)


@mutant("I16", "IID-U64")
class U64AssetSpills(_ResultMutant):
    """to_u64 does not mask asset_id, which spills into asset type and venue."""

    operations = ("to_u64",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return result | arguments["id"]["asset_id"]


@mutant("I16b", "IID-U64")
class U64AssetOf32Bits(_ResultMutant):
    """to_u64 holds 32 bits of asset_id."""

    operations = ("to_u64",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return result & ~(0xFF << 32)


@mutant("I16c", "IID-U64")
class U64LargeAssetRefused(Mutant):
    """to_u64 refuses an asset_id of more than 40 bits."""

    def instrument_id(self, operation: str, **arguments: Any) -> Any:
        if operation == "to_u64" and arguments["id"]["asset_id"] >> 40:
            raise Rejected("InvalidInstrument", argument="id", context="too large")
        return super().instrument_id(operation, **arguments)


@mutant("I16d", "IID-U64")
class U64WithReserved(_ResultMutant):
    """to_u64 mixes reserved into asset_id."""

    operations = ("to_u64",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return result ^ arguments["id"]["reserved"]


@mutant("I17", "IID-FROM-U64")
class FromU64VenueNarrowed(_ResultMutant):
    """from_u64 gives the low 8 bits of the venue."""

    operations = ("from_u64",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "venue": result["venue"] & 0xFF}


@mutant("I17b", "IID-FROM-U64")
class FromU64ReservedKept(_ResultMutant):
    """from_u64 gives the asset type as reserved as well."""

    operations = ("from_u64",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "reserved": result["asset_type"]}


@mutant("I17c", "IID-FROM-U64")
class FromU64AssetOf48Bits(_ResultMutant):
    """from_u64 gives the asset type as a part of asset_id."""

    operations = ("from_u64",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_id": arguments["value"] & (1 << 48) - 1}


@mutant("I06", "IID-SYMBOL")
class SymbolCutAt7(_SymbolMutant):
    """Symbols are cut to 7 bytes and a NUL."""

    def convert(self, symbol: bytes) -> int:
        return int.from_bytes(_padded(symbol[:7]), "big")


@mutant("I06b", "IID-SYMBOL", "IID-REFUSAL")
class LongSymbolRefused(Mutant):
    """Symbols of more than 8 bytes are refused."""

    def instrument_id(self, operation: str, **arguments: Any) -> Any:
        if operation in SYMBOLS and len(arguments["symbol"]) > 8:
            raise Rejected("InvalidInstrument", argument="symbol", context="too long")
        return super().instrument_id(operation, **arguments)


@mutant("I06c", "IID-SYMBOL")
class SymbolLittleEndian(_SymbolMutant):
    """Symbols are read little-endian."""

    def convert(self, symbol: bytes) -> int:
        return int.from_bytes(_padded(symbol), "little")


@mutant("I06d", "IID-SYMBOL")
class SymbolRightAligned(_SymbolMutant):
    """Symbols are right-aligned."""

    def convert(self, symbol: bytes) -> int:
        return int.from_bytes(symbol[:8], "big")


@mutant("I06e", "IID-SYMBOL")
class SymbolFilledWithSpaces(_SymbolMutant):
    """Symbols are filled with spaces."""

    def convert(self, symbol: bytes) -> int:
        return int.from_bytes(symbol[:8].ljust(8), "big")


@mutant("I06f", "IID-SYMBOL")
class SymbolInCapitals(_SymbolMutant):
    """Symbols are turned into capitals."""

    def convert(self, symbol: bytes) -> int:
        return int.from_bytes(_padded(symbol.upper()), "big")


@mutant("I06g", "IID-SYMBOL")
class LongSymbolEnd(_SymbolMutant):
    """Of symbols of more than 8 bytes the last 8 are kept."""

    def convert(self, symbol: bytes) -> int:
        return int.from_bytes(_padded(symbol[-8:]), "big")


@mutant("I07", "IID-SYMBOL")
class BondIsStock(_ResultMutant):
    """A bond has the asset type of a stock."""

    operations = ("bond",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_type": reference.STOCK}


@mutant("I07b", "IID-SYMBOL")
class CoinIsToken(_ResultMutant):
    """A coin has the asset type of a token."""

    operations = ("coin",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_type": reference.TOKEN}


@mutant("I10", "IID-EVM-TOKEN")
class AddressPrefixOf7(_ResultMutant):
    """evm_token keeps the first 7 bytes of the address."""

    operations = ("evm_token",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_id": result["asset_id"] >> 8}


@mutant("I10b", "IID-EVM-TOKEN")
class AddressSuffix(_ResultMutant):
    """evm_token keeps the last 8 bytes of the address."""

    operations = ("evm_token",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_id": int(arguments["address"][-16:], 16)}


@mutant("I10c", "IID-EVM-TOKEN")
class AddressLittleEndian(_ResultMutant):
    """evm_token reads the address little-endian."""

    operations = ("evm_token",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {
            **result,
            "asset_id": int.from_bytes(result["asset_id"].to_bytes(8, "big"), "little"),
        }


@mutant("I10d", "IID-EVM-TOKEN")
class AddressTypeOfCoin(_ResultMutant):
    """evm_token has the asset type of a coin."""

    operations = ("evm_token",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_type": reference.COIN}


@mutant("I11", "IID-EVM-TOKEN", "IID-REFUSAL")
class ShortAddressFilled(_ArgumentMutant):
    """evm_token fills an address that is too short with zeros."""

    operations = ("evm_token",)

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {**arguments, "address": arguments["address"].ljust(40, "0")}


@mutant("I11b", "IID-EVM-TOKEN", "IID-REFUSAL")
class LongAddressCut(_ArgumentMutant):
    """evm_token does not look behind the 40th digit of an address."""

    operations = ("evm_token",)

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {**arguments, "address": arguments["address"].removeprefix("0x")[:40]}


@mutant("I11c", "IID-EVM-TOKEN", "IID-REFUSAL")
class BadHexRaises(Mutant):
    """evm_token gives a ValueError for an address that is no hex."""

    def instrument_id(self, operation: str, **arguments: Any) -> Any:
        if operation == "evm_token":
            bytes.fromhex(arguments["address"].removeprefix("0x"))
        return super().instrument_id(operation, **arguments)


class _PoolMutant(Mutant):
    """Makes another asset_id of the tokens of ``operation``."""

    operation: ClassVar[str] = "pool"
    convert: ClassVar[Callable[..., int]]

    def instrument_id(self, operation: str, **arguments: Any) -> Any:
        result: Any = super().instrument_id(operation, **arguments)
        if operation == self.operation:
            result["asset_id"] = type(self).convert(*_ids(arguments))
        return result


@mutant("I20", "IID-POOL")
class PoolUnsorted(_PoolMutant):
    """pool takes its tokens in the order in which they are given."""

    convert = staticmethod(lambda a, b: (a * 31 + b) & U64)


@mutant("I20b", "IID-POOL")
class PoolFromHigh(_PoolMutant):
    """pool multiplies the higher asset_id."""

    convert = staticmethod(lambda a, b: (max(a, b) * 31 + min(a, b)) & U64)


@mutant("I20c", "IID-POOL")
class PoolSortedSigned(_PoolMutant):
    """pool sorts asset_ids as signed numbers."""

    @staticmethod
    def convert(a: int, b: int) -> int:
        low, high = sorted((a, b), key=lambda number: number ^ 1 << 63)
        return (low * 31 + high) & U64


@mutant("I20d", "IID-POOL")
class PoolSaturates(_PoolMutant):
    """pool saturates at 2^64 - 1."""

    convert = staticmethod(lambda a, b: min(min(a, b) * 31 + max(a, b), U64))


@mutant("I20e", "IID-POOL")
class PoolOverflows(_PoolMutant):
    """pool is not taken modulo 2^64."""

    convert = staticmethod(lambda a, b: min(a, b) * 31 + max(a, b))


@mutant("I20f", "IID-POOL")
class PoolTimes37(_PoolMutant):
    """pool multiplies by 37."""

    convert = staticmethod(lambda a, b: (min(a, b) * 37 + max(a, b)) & U64)


@mutant("I20g", "IID-POOL")
class PoolReserved(_ResultMutant):
    """pool gives reserved 1."""

    operations = ("pool",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "reserved": 1}


@mutant("I20h", "IID-POOL")
class PoolVenueOfToken(_ResultMutant):
    """pool gives the venue of its first token."""

    operations = ("pool",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "venue": arguments["a"]["venue"]}


@mutant("I21", "IID-TRIANGULAR")
class TriangularUnsorted(_PoolMutant):
    """triangular_pool takes its tokens in the order in which they are given."""

    operation = "triangular_pool"
    convert = staticmethod(lambda a, b, c: (a * 31 + b * 17 + c) & U64)


@mutant("I21b", "IID-TRIANGULAR")
class TriangularTwoSorted(_PoolMutant):
    """triangular_pool sorts only the first two tokens."""

    operation = "triangular_pool"
    convert = staticmethod(lambda a, b, c: (min(a, b) * 31 + max(a, b) * 17 + c) & U64)


@mutant("I21c", "IID-TRIANGULAR")
class TriangularFactorsSwapped(_PoolMutant):
    """triangular_pool multiplies by 17 first and by 31 then."""

    operation = "triangular_pool"
    convert = staticmethod(
        lambda a, b, c: (
            sum(x * y for x, y in zip(sorted((a, b, c)), (17, 31, 1), strict=True)) & U64
        )
    )


@mutant("I21d", "IID-TRIANGULAR")
class TriangularNotReserved(_ResultMutant):
    """triangular_pool gives reserved 0."""

    operations = ("triangular_pool",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "reserved": 0}


@mutant("I22", "IID-LP-TOKEN")
class LpTokenIsPool(_ResultMutant):
    """lp_token has the asset type of a pool."""

    operations = ("lp_token",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_type": reference.POOL}


@mutant("I22b", "IID-LP-TOKEN")
class LpTokenReservedKept(_ResultMutant):
    """lp_token keeps reserved of its pool."""

    operations = ("lp_token",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "reserved": arguments["pool"]["reserved"]}


@mutant("I22c", "IID-LP-TOKEN")
class LpTokenVenueOfPool(_ResultMutant):
    """lp_token gives the venue of its pool instead of its own."""

    operations = ("lp_token",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "venue": arguments["pool"]["venue"]}


@mutant("I04", "IID-OPTION")
class StrikeSpills(_ResultMutant):
    """option refuses a strike of more than 32 bits instead of cutting it."""

    operations = ("option",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        if arguments["strike"] >> 32:
            raise Rejected("InvalidInstrument", argument="strike", context="too large")
        return result


@mutant("I05", "IID-OPTION")
class ExpirySpills(_ResultMutant):
    """option does not mask expiry, which spills into the strike."""

    operations = ("option",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_id": (result["asset_id"] | arguments["expiry"] << 12) & U64}


@mutant("I05b", "IID-OPTION")
class ExpiryOf16Bits(_ResultMutant):
    """option holds 16 bits of expiry."""

    operations = ("option",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_id": result["asset_id"] & ~(0xF << 28)}


@mutant("I05c", "IID-OPTION")
class CallIsPut(_ArgumentMutant):
    """option sets the bit for a put."""

    operations = ("option",)

    def prepared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {**arguments, "is_call": not arguments["is_call"]}


@mutant("I05d", "IID-OPTION")
class SymbolOf10Bits(_ResultMutant):
    """option holds 10 bits of the symbol's id."""

    operations = ("option",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_id": result["asset_id"] & ~(1 << 10)}


@mutant("I05e", "IID-OPTION")
class OptionIsFuture(_ResultMutant):
    """option has the asset type of a future."""

    operations = ("option",)

    def changed(self, result: Any, arguments: dict[str, Any]) -> Any:
        return {**result, "asset_type": reference.OPTION + 1}


@mutant("I23", "IID-REFUSAL")
class RefusalIsRange(Mutant):
    """Arguments are refused as ValueOutOfRange."""

    def instrument_id(self, operation: str, **arguments: Any) -> Any:
        try:
            return super().instrument_id(operation, **arguments)
        except Rejected as rejected:
            raise Rejected("ValueOutOfRange", **rejected.context) from None


@mutant("I23b", "CONTRACT", "IID-REFUSAL")
class RefusalIsNone(Mutant):
    """Arguments that are refused give None."""

    def instrument_id(self, operation: str, **arguments: Any) -> Any:
        try:
            return super().instrument_id(operation, **arguments)
        except Rejected:
            return None


@mutant("I23c", "IID-REFUSAL")
class RefusalRaises(Mutant):
    """Arguments that are refused give a ValueError."""

    def instrument_id(self, operation: str, **arguments: Any) -> Any:
        try:
            return super().instrument_id(operation, **arguments)
        except Rejected as rejected:
            raise ValueError(str(rejected)) from None


@mutant("I24", "IID-REFUSAL")
class UnderscoresInAddresses(Mutant):
    """An underscore between the digits of an address is taken, as in a number of Python."""

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        if operation == "evm_token":
            arguments["address"] = arguments["address"].replace("_", "0")
        return super().instrument_id(operation, **arguments)


@mutant("I25", "IID-SYMBOL", "IID-OPTION")
class SymbolEndsAtNul(Mutant):
    """A symbol ends at its first NUL."""

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        if "symbol" in arguments:
            arguments["symbol"] = arguments["symbol"].split("\0")[0]
        return super().instrument_id(operation, **arguments)


@mutant("I26", "IID-OPTION")
class StrikeDouble(Mutant):
    """The strike of an option goes through a double."""

    term = "strike"

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        if operation == "option":
            arguments[self.term] = int(float(arguments[self.term]))
        return super().instrument_id(operation, **arguments)


@mutant("I26b", "IID-OPTION")
class ExpiryDouble(StrikeDouble):
    """The expiry of an option goes through a double."""

    term = "expiry"


@mutant("I27", "IID-TRIANGULAR")
class EqualTokensLeftOut(Mutant):
    """triangular_pool leaves the third token out where it equals the second."""

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        found: Any = super().instrument_id(operation, **arguments)
        if operation == "triangular_pool":
            first, second, third = sorted(arguments[name]["asset_id"] for name in "abc")
            if first != second == third:
                found["asset_id"] = (first * 31 + second * 17) % (1 << 64)
        return found


@mutant("I28", "IID-EVM-TOKEN")
class MixedCaseRefused(Mutant):
    """evm_token refuses an address whose first 16 digits are in capitals and others are not."""

    is_for_vectors = False

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        if operation == "evm_token":
            digits = arguments["address"][2:]
            is_high = digits[:16] == digits[:16].upper() != digits[:16].lower()
            if is_high and digits != digits.upper():
                raise Rejected("InvalidInstrument", argument="address", context="EIP-55")
        return super().instrument_id(operation, **arguments)


@mutant("I28b", "IID-EVM-TOKEN")
class LastCapitalLost(Mutant):
    """evm_token refuses an address of which the last digit alone is a capital."""

    is_for_vectors = False

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        if operation == "evm_token":
            digits = arguments["address"][2:]
            if digits[:-1] == digits[:-1].lower() and digits[-1:] != digits[-1:].lower():
                raise Rejected("InvalidInstrument", argument="address", context="case")
        return super().instrument_id(operation, **arguments)

"""Faults of measured loops: they do less than they say, or in another time; the codec is right."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Any

from torq_conformance.mutants.seeding import Mutant, mutant
from torq_conformance.reference import Reference, throughput
from torq_conformance.rejection import Rejected


class ThroughputMutant(Mutant):
    """Claims a measured loop."""

    is_for_vectors = False
    capabilities = Reference.capabilities - {"buffers", "views"}


class Unchecked(Reference):
    """A codec for loops alone that neither makes nor compares checksums."""

    def encode(self, message: Mapping[str, Any]) -> bytes:
        data = super().encode(message)
        return data[:28] + bytes(4) + data[32:]

    def decode(self, data: bytes) -> dict[str, Any]:
        try:
            return super().decode(data)
        except Rejected as rejected:
            if rejected.kind != "ChecksumMismatch":
                raise
            expected = struct.pack("<I", rejected.context["expected"])
            return super().decode(data[:28] + expected + data[32:])


@mutant("P01", "THR-WORK")
class OptimisedAway(ThroughputMutant):
    """Nobody looks at the results of the loop, so a compiler has left it out: digest 0, 1 ns."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        return {"operations": count, "elapsed_ns": 1, "digest": 0}


@mutant("P01b", "THR-WORK")
class HoistedOut(ThroughputMutant):
    """The operation has been moved out of the loop: it is done once, its result used every time."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        once = super().throughput(workload, 1)
        digest = once["digest"] * (count * (count + 1) // 2)
        return {**once, "operations": count, "digest": digest & throughput.U64}


@mutant("P01c", "THR-WORK")
class LastOneLeftOut(ThroughputMutant):
    """The loop ends one call early."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        return {**super().throughput(workload, max(count - 1, 1)), "operations": count}


@mutant("P02", "THR-WORK")
class ChecksumSkipped(ThroughputMutant):
    """The measured loop makes no checksum and compares none."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        return throughput.measure(Unchecked(), workload, count)


@mutant("P02b", "THR-WORK")
class ChecksumSkippedInReading(ThroughputMutant):
    """The measured loop compares no checksum; what it writes is right."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        reads = "parse" in workload or workload == "reject"
        return throughput.measure(Unchecked() if reads else self, workload, count)


@mutant("P03", "THR-WORK")
class SameMessageEveryTime(ThroughputMutant):
    """The loop takes 256 messages in turn, which caches and predictors soon know by heart."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        operations = digest = elapsed_ns = 0
        for before in range(0, count, 256):
            part = super().throughput(workload, min(256, count - before))
            plain = digest_of_ones(self, workload, min(256, count - before))
            digest += part["digest"] + before * plain
            operations += part["operations"]
            elapsed_ns += part["elapsed_ns"]
        digest &= throughput.U64
        return {"operations": operations, "elapsed_ns": elapsed_ns, "digest": digest}


def digest_of_ones(reference: Reference, workload: str, count: int) -> int:
    """The sum of the first results, each of them once."""
    items, operate = throughput.prepare(reference, workload)
    return sum(operate(item) for item in items[:count])


@mutant("P04", "THR-WORK")
class RefusalsCounted(ThroughputMutant):
    """Messages that were refused count as operations."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        return {**super().throughput(workload, count), "operations": count}


@mutant("P04b", "THR-WORK")
class EndsAtRefusal(ThroughputMutant):
    """The loop ends at the first message that is refused."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        return super().throughput(workload, min(count, 777) if workload == "parse" else count)


@mutant("P04c", "THR-WORK")
class ContextLeftOut(ThroughputMutant):
    """The loop that refuses does not make the context that refusals otherwise have."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        if workload != "reject":
            return super().throughput(workload, count)
        rows = (7 << 56, 8 << 56, 10 << 56, 17 << 56)
        digest = sum((call + 1) * rows[call % 4] for call in range(count)) & throughput.U64
        return {**super().throughput(workload, count), "digest": digest}


@mutant("P06", "THR-TIME")
class Microseconds(ThroughputMutant):
    """elapsed_ns is in microseconds."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        measured = super().throughput(workload, count)
        return {**measured, "elapsed_ns": measured["elapsed_ns"] // 1_000}


@mutant("P06b", "THR-TIME")
class ThreadsShareTheTime(ThroughputMutant):
    """elapsed_ns is the time of two threads' work, divided by two."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        measured = super().throughput(workload, count)
        return {**measured, "elapsed_ns": measured["elapsed_ns"] // 2}


@mutant("P06c", "THR-TIME")
class ClockStoppedEarly(ThroughputMutant):
    """The clock is read after the first thousand calls."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        measured = super().throughput(workload, count)
        early = min(count, 1_000) * measured["elapsed_ns"] // count
        return {**measured, "elapsed_ns": early}


@mutant("P06d", "THR-TIME")
class ConstantTime(ThroughputMutant):
    """elapsed_ns says what was measured once, whatever was asked for."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        return {**super().throughput(workload, count), "elapsed_ns": 1_000_000}


@mutant("P06e", "THR-TIME")
class CpuTicks(ThroughputMutant):
    """elapsed_ns is in ticks of a processor of 3 GHz."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        measured = super().throughput(workload, count)
        return {**measured, "elapsed_ns": measured["elapsed_ns"] * 3}


@mutant("P06f", "THR-TIME")
class WarmUpLeftOut(ThroughputMutant):
    """elapsed_ns leaves a tenth of the calls out, as warm-up; operations has them all."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        measured = super().throughput(workload, count)
        return {**measured, "elapsed_ns": measured["elapsed_ns"] * 9 // 10}


@mutant("P07", "THR-TIME")
class PercentilesInDisorder(ThroughputMutant):
    """p50_ns is the longest latency, for latencies were sorted the wrong way round."""

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        measured = super().throughput(workload, count)
        mean = max(measured["elapsed_ns"] // count, 3)
        return {**measured, "p50_ns": mean, "p99_ns": mean - 1, "p999_ns": mean - 2}


class _ModeMutant(ThroughputMutant):
    """A loop of one `workload` leaves a mode on that is made for it."""

    workload = "parse"

    def __init__(self) -> None:
        super().__init__()
        self.is_on = False

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        # The loops themselves are right: what they leave behind is not.
        was_on, self.is_on = self.is_on, False
        measured = super().throughput(workload, count)
        self.is_on = was_on or workload == self.workload
        return measured


@mutant("P08", "STATE-INDEPENDENT")
class ChecksumStaysOff(_ModeMutant):
    """After a loop of parse checksums of Execution messages of one TLV are compared no more."""

    def decode(self, data: bytes) -> Any:
        is_small = len(data) == 58 and data[4:5] == b"\x03"
        return Unchecked().decode(data) if self.is_on and is_small else super().decode(data)


@mutant("P08b", "STATE-INDEPENDENT")
class RulesStayOff(_ModeMutant):
    """After a loop of validate nothing is found wrong any more."""

    workload = "validate"

    def validate(self, message: Mapping[str, Any]) -> Any:
        return [] if self.is_on else super().validate(message)


@mutant("P08c", "STATE-INDEPENDENT")
class SourceStaysUnchecked(_ModeMutant):
    """After a loop of build an encoder takes any source of a message of signals."""

    workload = "build"

    def encode(self, message: Mapping[str, Any]) -> bytes:
        header = message["header"]
        if not self.is_on or header["source"] != 99 or header["relay_domain"] != 2:
            return super().encode(message)
        data = super().encode({**message, "header": {**header, "source": 1}})
        changed = data[:6] + b"c" + data[7:28]
        return (
            changed + zlib.crc32(data[32:], zlib.crc32(changed)).to_bytes(4, "little") + data[32:]
        )


@mutant("P08d", "STATE-INDEPENDENT")
class AddressesStayUnchecked(_ModeMutant):
    """After a loop of instrument_id an address that is too short is filled with zeros."""

    workload = "instrument_id"

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        if operation == "evm_token" and self.is_on:
            arguments["address"] = arguments["address"].ljust(42, "0")
        return super().instrument_id(operation, **arguments)

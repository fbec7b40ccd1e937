"""Faults of native code: it reads, writes or remembers memory that is not its own."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from typing import Any

from torq_conformance.mutants import edits
from torq_conformance.mutants.seeding import Mutant, mutant
from torq_conformance.reference import Reference, header
from torq_conformance.rejection import Rejected


class _Buffer(ctypes.Structure):
    """The beginning of Py_buffer, and room for the rest of it."""

    _fields_ = (("address", ctypes.c_void_p), ("rest", ctypes.c_char * 88))


def address_of(view: object) -> int:
    """Where a buffer lies, as bindings of native code find it."""
    buffer = _Buffer()
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(view), ctypes.byref(buffer), 0)
    address = int(buffer.address or 0)
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(buffer))
    return address


class MemoryMutant(Mutant):
    """Takes buffers; what it does with bytes is right."""

    capabilities = Reference.capabilities - {"throughput", "views"}


class Writer(MemoryMutant):
    """Writes into a buffer by its address."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        data = self.encode(message)
        if len(buffer) < len(data):
            raise Rejected("MessageTooSmall", need=len(data), got=len(buffer))
        ctypes.memmove(address_of(buffer), data, len(data))
        return len(data)


@mutant("M01", "MEM-WRITE")
class Terminated(Writer):
    """encode_into writes a zero behind its message, as behind a string."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        size = super().encode_into(message, buffer)
        ctypes.memset(address_of(buffer) + size, 0, 1)
        return size


@mutant("M01b", "MEM-WRITE")
class WritesThenLooks(MemoryMutant):
    """encode_into looks whether a buffer is large enough when it has written its message."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        data = self.encode(message)
        ctypes.memmove(address_of(buffer), data, len(data))
        return super().encode_into(message, buffer)


@mutant("M01c", "MEM-WRITE")
class HeaderUnchecked(MemoryMutant):
    """encode_into writes the header into any buffer and looks at its size for the payload alone."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        data = self.encode(message)
        ctypes.memmove(address_of(buffer), data, header.HEADER_SIZE)
        return super().encode_into(message, buffer)


@mutant("M01d", "MEM-WRITE")
class CutToFit(MemoryMutant):
    """encode_into cuts a message to a buffer that is too small."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        data = self.encode(message)[: len(buffer)]
        buffer[: len(data)] = data
        return len(data)


@mutant("M01e", "MEM-WRITE")
class BufferCleared(MemoryMutant):
    """encode_into clears the whole buffer, not only what it writes."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        buffer[:] = bytes(len(buffer))
        return super().encode_into(message, buffer)


@mutant("M01f", "MEM-WRITE")
class RoomGiven(MemoryMutant):
    """encode_into gives the size of the buffer instead of that of its message."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        super().encode_into(message, buffer)
        return len(buffer)


@mutant("M01g", "MEM-WRITE")
class OneTooMany(MemoryMutant):
    """encode_into refuses a buffer into which its message just fits."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        return super().encode_into(message, buffer[:-1])


@mutant("M01h", "MEM-WRITE")
class PaddingSkipped(Writer):
    """encode_into leaves zeros unwritten, as if buffers came cleared."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        data = self.encode(message)
        if len(buffer) < len(data):
            return super().encode_into(message, buffer)
        for at, byte in enumerate(data):
            if byte:
                buffer[at] = byte
        return len(data)


@mutant("M02", "MEM-READ")
class OneByteBehind(MemoryMutant):
    """decode reads one byte behind its input."""

    def decode(self, data: bytes) -> Any:
        return super().decode(ctypes.string_at(address_of(data), len(data) + 1)[:-1])


@mutant("M02b", "MEM-READ")
class OneByteInFront(MemoryMutant):
    """decode reads one byte in front of its input."""

    def decode(self, data: bytes) -> Any:
        return super().decode(ctypes.string_at(address_of(data) - 1, len(data) + 1)[1:])


@mutant("M02c", "MEM-READ")
class WholeWords(MemoryMutant):
    """decode reads whole words of 16 bytes, as a wrong SIMD path does."""

    def decode(self, data: bytes) -> Any:
        words = ctypes.string_at(address_of(data), -(-len(data) // 16) * 16)
        return super().decode(words[: len(data)])


@mutant("M02d", "MEM-READ")
class HeaderFirst(MemoryMutant):
    """decode reads the 32 bytes of a header before it looks whether they are there."""

    def decode(self, data: bytes) -> Any:
        ctypes.string_at(address_of(data), header.HEADER_SIZE)
        return super().decode(data)


@mutant("M02e", "MEM-READ")
class PayloadBelieved(MemoryMutant):
    """decode runs its checksum over payload_size bytes, there or not."""

    def decode(self, data: bytes) -> Any:
        if len(data) >= header.HEADER_SIZE:
            ctypes.string_at(address_of(data), min(edits.end_of(data), header.MESSAGE_SIZE_MAX))
        return super().decode(data)


@mutant("M02f", "MEM-READ")
class AlignedOnly(MemoryMutant):
    """decode loads words that must be aligned, and fails where they are not."""

    def decode(self, data: bytes) -> Any:
        if address_of(data) % 8 and isinstance(data, memoryview):
            raise RuntimeError("misaligned pointer")
        return super().decode(data)


@mutant("M03", "MEM-INPUT")
class SwappedInPlace(MemoryMutant):
    """decode clears the checksum in its input."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        if isinstance(data, memoryview):
            ctypes.memset(address_of(data) + 28, 0, 4)
        return message


@mutant("M03b", "MEM-INPUT")
class ChangedForAWhile(MemoryMutant):
    """decode clears the checksum in its input, calculates it, and puts it back."""

    def decode(self, data: bytes) -> Any:
        if isinstance(data, memoryview) and len(data) >= header.HEADER_SIZE:
            before = bytes(data[28:32])
            ctypes.memset(address_of(data) + 28, 0, 4)
            ctypes.memmove(address_of(data) + 28, before, 4)
        return super().decode(data)


class _Later(Mapping[str, Any]):
    """A message that is read when it is asked for."""

    def __init__(self, codec: Reference, address: int, size: int) -> None:
        self._codec, self._address, self._size = codec, address, size

    def _read(self) -> dict[str, Any]:
        return self._codec.decode(ctypes.string_at(self._address, self._size))

    def __getitem__(self, key: str) -> Any:
        return self._read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


@mutant("M04", "MEM-INPUT")
class ReadLater(MemoryMutant):
    """What decode gives is read from the input when it is looked at, after the call."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        if isinstance(data, memoryview):
            return _Later(Reference(), address_of(data), len(data))
        return message


@mutant("M04b", "MEM-INPUT")
class LastCompared(MemoryMutant):
    """decode compares its input with the one before, of which it kept the address alone."""

    def __init__(self) -> None:
        super().__init__()
        self._last = (0, 0)

    def decode(self, data: bytes) -> Any:
        address, size = self._last
        is_same = size == len(data) and ctypes.string_at(address, size) == bytes(data)
        self._last = (address_of(data), len(data)) if isinstance(data, memoryview) else (0, 0)
        return super().decode(bytes(data) if is_same else data)


@mutant("M05", "MEM-WRITE", "STATE-INDEPENDENT")
class WritesWhatDidNotFit(MemoryMutant):
    """A message that did not fit is written by the next call, in place of the one it is given."""

    def __init__(self) -> None:
        super().__init__()
        self._pending = b""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        data = self._pending or self.encode(message)
        self._pending = data if len(data) > len(buffer) else b""
        if self._pending:
            raise Rejected("MessageTooSmall", need=len(data), got=len(buffer))
        buffer[: len(data)] = data
        return len(data)


@mutant("M06", "MEM-WRITE")
class HeaderPatched(MemoryMutant):
    """encode_into writes only sequence and time where a header of the same size lies already."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        data = bytearray(self.encode(message))
        held = bytes(buffer[: header.HEADER_SIZE])
        if held[:4] == data[:4] and held[24:28] == data[24:28]:
            data[4:8] = held[4:8]
            data[:] = edits.seal(bytes(data))
        if len(buffer) < len(data):
            raise Rejected("MessageTooSmall", need=len(data), got=len(buffer))
        buffer[: len(data)] = data
        return len(data)


@mutant("M06b", "MEM-WRITE")
class UnchangedAssumed(MemoryMutant):
    """encode_into takes a buffer with the right checksum for written."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        data = self.encode(message)
        if bytes(buffer[28:32]) == data[28:32]:
            return len(data)
        return super().encode_into(message, buffer)


@mutant("M07", "MEM-READ")
class CharactersNotRead(MemoryMutant):
    """decode goes through its input item by item, which of characters are no numbers."""

    def decode(self, data: bytes) -> Any:
        return super().decode(bytes([item + 0 for item in data] if _is_of(data, "c") else data))


@mutant("M07b", "MEM-READ")
class SignedNotRead(MemoryMutant):
    """decode goes through its input item by item, which of signed bytes are below zero."""

    def decode(self, data: bytes) -> Any:
        return super().decode(bytes([*data]) if _is_of(data, "b") else data)


@mutant("M07c", "MEM-READ")
class RowsCounted(MemoryMutant):
    """decode takes the number of rows of its input for the number of its bytes."""

    def decode(self, data: bytes) -> Any:
        return super().decode(bytes(data)[: len(data)])


def _is_of(data: object, form: str) -> bool:
    return isinstance(data, memoryview) and data.format == form and data.ndim == 1

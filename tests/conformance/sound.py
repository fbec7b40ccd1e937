"""Sound implementations that differ from the reference wherever the protocol leaves them free."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from construct import ConstructError

from torq_conformance import Rejected, Unsupported
from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference
from torq_conformance.reference.faults import decode_faults, encode_faults
from torq_specs.faults import Fault, diagnose, diagnose_value
from torq_specs.message import Message


class FromConstruct:
    """Construct itself; refuses for the last fault that there is, and says no context."""

    name, version = "construct", "2.10"
    capabilities: frozenset[str] = frozenset({"decode", "encode", "strict_padding"})
    index = -1

    def refuse(self, faults: list[Fault]) -> Rejected:
        """The refusal for one of the faults."""
        return Rejected(faults[self.index].kind.value)

    def decode(self, data: bytes) -> Mapping[str, Any]:
        """The message, as a mapping that is no dict."""
        try:
            return MappingProxyType(Message.parse(data))
        except ConstructError:
            raise self.refuse(diagnose(data)) from None

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """The bytes."""
        try:
            data: bytes = Message.build(message)
        except ConstructError:
            raise self.refuse(diagnose_value(message)) from None
        return data


class WithContext(FromConstruct):
    """Refuses for the first fault, with all its context at the far end of each latitude."""

    capabilities = FromConstruct.capabilities | {"error_context"}
    index = 0

    def refuse(self, faults: list[Fault]) -> Rejected:
        """The refusal with a context that the protocol allows, and more than it asks for."""
        fault = faults[self.index]
        context = dict(fault.context)
        for name, values in fault.latitudes.items():
            if values:
                context[name] = max(values)
        return Rejected(fault.kind.value, **context, advice="look it up")


class Lenient(FromConstruct):
    """Does not look at padding, and hands what it decoded out in another order of keys."""

    capabilities = frozenset({"decode", "encode"})

    def decode(self, data: bytes) -> Mapping[str, Any]:
        """The message, padding or not."""
        faults = [fault for fault in diagnose(data) if not fault.is_padding]
        if faults:
            raise self.refuse(faults)
        message = derived_codec.decode_message(data)
        return {key: message[key] for key in reversed(message)}


class DecoderOnly(WithContext):
    """Offers decode alone."""

    capabilities = frozenset({"decode", "error_context"})

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """Not offered, and never to be asked for."""
        raise Unsupported


class OwnInt(int):
    """An int of its own kind."""


class Lazy(Mapping[str, Any]):
    """A mapping that reads its fields when they are asked for, in alphabetical order."""

    def __init__(self, read: Mapping[str, Any]) -> None:
        self._read = read

    def __getitem__(self, name: str) -> Any:
        part = self._read[name]
        if isinstance(part, Mapping):
            return Lazy(part)
        if isinstance(part, list):
            return [Lazy(one) if isinstance(one, Mapping) else one for one in part]
        return OwnInt(part) if isinstance(part, int) else part

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._read))

    def __len__(self) -> int:
        return len(self._read)


class LazilyRead(Reference):
    """Gives mappings and numbers of its own kinds, read when they are looked at."""

    def decode(self, data: bytes) -> Any:
        """The message."""
        return Lazy(super().decode(data))

    def validate(self, message: Mapping[str, Any]) -> Any:
        """The names in a tuple."""
        return tuple(super().validate(message))


class LastFaultFirst(Reference):
    """Of several faults it names the last."""

    def decode(self, data: bytes) -> Any:
        """The message."""
        for fault in decode_faults(data)[::-1]:
            raise fault
        return super().decode(data)

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """The bytes."""
        for fault in encode_faults(message)[::-1]:
            raise fault
        return super().encode(message)


class BadGuest(Reference):
    """Prints, logs, and changes what belongs to the process, but answers right."""

    def decode(self, data: bytes) -> Any:
        """The message."""
        sys.stdout.write("decoding\n")
        logging.getLogger(__name__).error("decoding")
        os.environ["TORQ"] = "1"
        thread = threading.Thread(target=bool)
        thread.start()
        thread.join()
        return super().decode(data)


class ClearsItsArgument(Reference):
    """What it was given is its own, and it empties that."""

    def encode(self, message: Mapping[str, Any]) -> bytes:
        data = super().encode(message)
        assert isinstance(message, dict)
        message.clear()
        return data

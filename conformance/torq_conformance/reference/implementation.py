"""The reference implementation: every capability, each by the module that has it.

Contract: a call keeps no state, so calls may come from several threads at once. A good message
takes the fast path of the codec; the moment anything is off the call starts over in `faults.py` and
raises the first fault found there, so every rule of refusal is written down once, in words, there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from torq_conformance.reference import (
    codec,
    configuration,
    error_texts,
    instrument_id,
    throughput,
    validation,
    views,
)
from torq_conformance.reference.faults import find_decode_faults
from torq_conformance.reference.registry import build_registry, default_registry
from torq_conformance.reference.value_faults import find_message_faults
from torq_conformance.rejection import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torq_conformance.reference.registry import Registry, VendorLayouts


class Reference:
    """An implementation of every capability, written from the protocol page by hand.

    `vendor_layouts` teaches it the layout of vendor types, by number: a name and the text of the
    layout in the notation of section 5. A vendor type it was not taught carries bytes.
    """

    name = "reference"
    version = "1"
    language = "Python"
    capabilities = frozenset(
        {
            "buffers",
            "config",
            "decode",
            "decode_validated",
            "encode",
            "error_context",
            "error_text",
            "instrument_id",
            "strict_padding",
            "threads",
            "throughput",
            "validate",
            "views",
        }
    )

    def __init__(self, *, vendor_layouts: VendorLayouts | None = None) -> None:
        self.registry: Registry = (
            build_registry(vendor_layouts) if vendor_layouts else default_registry()
        )

    def decode(self, data: bytes) -> dict[str, Any]:
        """Return the message value of a byte string; raise Rejected with its first fault."""
        data = bytes(data)
        message = codec.decode(data, self.registry)
        if message is None:
            _refuse(find_decode_faults(data, self.registry))
        return message

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        """Return a view of the message in a buffer: it reads there whenever it is read.

        The buffer is held until the view is gone. Raises Rejected as `decode` does.
        """
        held = memoryview(buffer).toreadonly().cast("B")
        if not views.is_right(held, self.registry):
            _refuse(find_decode_faults(bytes(held), self.registry))
        return views.MessageView(held, self.registry)

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """Return the bytes of a message value; raise Rejected with its first fault."""
        data = codec.encode(message, self.registry)
        if data is None:
            _refuse(find_message_faults(message, self.registry))
        return data

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        """Write the bytes of a message value at the start of a buffer; return how many."""
        data = self.encode(message)
        if len(buffer) < len(data):
            raise Rejected("MessageTooSmall", need=len(data), got=len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        """Return the paths of the fields that break a rule of section 8, see `validation.py`."""
        return validation.find_violations(message)

    def decode_validated(self, data: bytes) -> dict[str, Any]:
        """Return the message value if it makes sense; structure comes before meaning.

        Raises Rejected as `decode` does, else ValidationFailed with the first field that breaks a
        rule of section 8.
        """
        message = self.decode(data)
        for field in self.validate(message):
            raise Rejected("ValidationFailed", field=field)
        return message

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        """Return the result of an operation of section 7; raise Rejected for its arguments."""
        return instrument_id.OPERATIONS[operation](**arguments)

    def config(
        self, schema: Mapping[str, Any], environment: Mapping[str, str]
    ) -> dict[str, int | bool | str]:
        """Return the value of every field of a schema; raise ConfigError for a variable."""
        return configuration.read(schema, environment)

    def error_text(self, operation: str, argument: Any) -> str:
        """Return the text of the refusal of a question; nothing where it is answered."""
        method = getattr(self, operation)
        try:
            if operation in ("config", "instrument_id"):
                method(**argument)
            else:
                method(argument)
        except Rejected as refusal:
            return self.text_of(refusal)
        return ""

    def text_of(self, refusal: Rejected) -> str:
        """Return a refusal in words, see `error_texts.py`."""
        return error_texts.put_into_words(refusal)

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        """Return operations, elapsed_ns and digest of count operations, see `throughput.py`."""
        # A subclass that decodes or encodes otherwise is to be measured as it is.
        if type(self) is Reference:
            from torq_conformance.reference import loops

            measured = loops.measure(self, workload, count)
            if measured is not None:
                return measured
        return throughput.measure(self, workload, count)

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | Rejected]:
        """Return for each byte string what encoding its decoded value gives, or its refusal."""
        # A subclass that decodes or encodes otherwise is to be seen here, too.
        if type(self) is Reference:
            from torq_conformance.reference import batches

            roundtripped = batches.roundtrip(messages, self.registry)
            if roundtripped is not None:
                return [*roundtripped]
        return [self._roundtrip(data) for data in messages]

    def _roundtrip(self, data: bytes) -> bytes | Rejected:
        try:
            return self.encode(self.decode(data))
        except Rejected as rejected:
            return rejected


def _refuse(faults: Iterator[Rejected]) -> NoReturn:
    for fault in faults:
        raise fault
    # Only a value of the wrong Python type gets here, or the two readings of a rule differ.
    raise TypeError("refused, and no fault found: the value has a field of the wrong Python type")

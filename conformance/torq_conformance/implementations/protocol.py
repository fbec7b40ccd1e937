"""The contract between the kit and an implementation: requests, identity, adapters.

An implementation in Python is any object with the attributes and methods of ``Implementation``
that it claims in ``capabilities``. Everything else is reached through an ``Adapter``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from torq_conformance.implementations.outcomes import Outcome


class Capability(StrEnum):
    """What an implementation may claim."""

    DECODE = "decode"
    ENCODE = "encode"
    ERROR_CONTEXT = "error_context"
    STRICT_PADDING = "strict_padding"
    VALIDATE = "validate"
    DECODE_VALIDATED = "decode_validated"
    INSTRUMENT_ID = "instrument_id"
    CONFIG = "config"
    ERROR_TEXT = "error_text"
    THROUGHPUT = "throughput"
    THREADS = "threads"
    BUFFERS = "buffers"
    VIEWS = "views"
    FRAMES = "frames"


class Operation(StrEnum):
    """What an implementation may be asked to do."""

    DECODE = "decode"
    ENCODE = "encode"
    ROUNDTRIP = "roundtrip"
    VALIDATE = "validate"
    DECODE_VALIDATED = "decode_validated"
    INSTRUMENT_ID = "instrument_id"
    CONFIG = "config"
    ERROR_TEXT = "error_text"
    THROUGHPUT = "throughput"
    DECODE_VIEW = "decode_view"


NEEDS: Mapping[Operation, frozenset[Capability]] = {
    Operation.DECODE: frozenset({Capability.DECODE}),
    Operation.ENCODE: frozenset({Capability.ENCODE}),
    Operation.ROUNDTRIP: frozenset({Capability.DECODE, Capability.ENCODE}),
    Operation.VALIDATE: frozenset({Capability.VALIDATE}),
    Operation.DECODE_VALIDATED: frozenset({Capability.DECODE_VALIDATED}),
    Operation.INSTRUMENT_ID: frozenset({Capability.INSTRUMENT_ID}),
    Operation.CONFIG: frozenset({Capability.CONFIG}),
    Operation.ERROR_TEXT: frozenset({Capability.ERROR_TEXT}),
    Operation.THROUGHPUT: frozenset({Capability.THROUGHPUT}),
    Operation.DECODE_VIEW: frozenset({Capability.VIEWS}),
}
"""The capabilities that must all be claimed before an operation is asked for."""

OF_THEIR_OWN = frozenset(
    {Operation.CONFIG, Operation.ERROR_TEXT, Operation.THROUGHPUT, Operation.DECODE_VIEW}
)
"""Operations that are asked in tests of their own."""

REFUSABLE = frozenset(
    {
        *(Operation.DECODE, Operation.ENCODE, Operation.DECODE_VALIDATED),
        *(Operation.INSTRUMENT_ID, Operation.CONFIG),
    }
)
"""Operations of whose refusals the text is asked for."""

QUESTIONS = frozenset(Operation) - OF_THEIR_OWN
"""Operations that are asked in any number and order."""


class Surroundings(StrEnum):
    """What lies around a buffer; said of "the input" or "the output"."""

    CANARIES = "lies between other bytes"
    UNMAPPED_BEHIND = "ends at an unmapped page"
    UNMAPPED_IN_FRONT = "begins behind an unmapped page"
    READ_ONLY = "lies in a read-only page"
    GIVEN_BACK = "is unmapped when the call has returned"


FORMS = ("B", "c", "b")
"""What items of one byte are said to be: numbers, characters, numbers with a sign."""


@dataclass(frozen=True)
class Placement:
    """Where in memory the buffer lies that is read from or written into.

    ``alignment`` is its distance from a multiple of 64, ``slack`` the number of mapped bytes
    between it and the unmapped page, where there is one. ``size`` is that of the output buffer;
    an input is as large as it is. ``holds`` is with what the output buffer begins before the call.
    ``form`` is what an input says its items of one byte are, as ``memoryview.format`` has it, and
    ``rows`` in how many rows they stand; 0: in none, it has one dimension.
    """

    surroundings: Surroundings
    alignment: int = 0
    slack: int = 0
    size: int | None = None
    holds: bytes = b""
    form: str = "B"
    rows: int = 0

    def __str__(self) -> str:
        """The end of a sentence that begins with "where"."""
        buffer = "the input" if self.size is None else f"the output buffer of {self.size} bytes"
        if self.form != "B":
            buffer += f" of the format {self.form}"
        if self.rows:
            buffer += f" in {self.rows} row{'s' if self.rows > 1 else ''}"
        if self.holds:
            buffer += f" that holds {len(self.holds)} bytes of an earlier message"
        behind = f", {self.alignment} behind a multiple of 64" if self.alignment else ""
        return f"{buffer} {self.surroundings}{behind}"


class Probe(StrEnum):
    """What is done to the buffer of an answer, to find out how the two belong together."""

    FLIPS = "bits of the buffer are flipped while the answer lives"
    MEMORY = "the memory is measured that answers about a small and a large message take"
    RETURN = "the buffer is given back while the answer lives"
    CROWD = "many answers live at once, and are read after the last was made"


@dataclass(frozen=True)
class Look:
    """A look at an answer that lives; it takes the place of the answer's value.

    FLIPS: ``flips`` are bits, counted from the buffer's first byte, in groups that are flipped
    together and flipped back; what is seen is, for each group, a list of changed parts, each with
    ``path`` and ``value``. MEMORY: ``larger`` is the other message; what is seen is ``grown``, the
    bytes that it takes more, beyond what measuring itself may. RETURN: what became of the answer,
    for each way of giving the buffer back: "right", or what is wrong. CROWD: ``others`` are further
    messages; what is seen is what all answers say in the end, and what they say again when some of
    them, every third, were dropped and made anew of the others in reverse order.
    """

    probe: Probe
    flips: tuple[tuple[int, ...], ...] = ()
    larger: bytes = b""
    others: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Request:
    """One question.

    ``argument`` is bytes for decode, decode_view, decode_validated and roundtrip, a neutral message
    for encode and validate,
    ``{"operation": ..., **arguments}`` for instrument_id, ``{"workload", "count"}`` for
    throughput, ``{"schema": its name, "environment"}`` for config and ``{"operation", "argument"}``
    of the request that is refused for error_text.
    Decode and encode may have a ``placement``, for which buffers must be claimed.
    """

    operation: Operation
    argument: object
    placement: Placement | None = None
    """Where the bytes lie for decode, and where encode_into is to write them for encode."""
    look: Look | None = None
    """What is done with the answer of decode or decode_view while it lives."""


def refused_in(request: Request) -> Request:
    """The request whose refusal is put into words, of a request for error_text."""
    assert isinstance(request.argument, Mapping)
    return Request(Operation(request.argument["operation"]), request.argument["argument"])


class Way(StrEnum):
    """How several questions are put to one live implementation."""

    ALONE = "one by one"
    ROW = "in a row"
    BATCH = "as one batch"
    BULK = "as many round trips at once"
    PLACED = "in buffers"
    AT_ONCE = "from threads at once"


@dataclass(frozen=True)
class Identity:
    """Who was judged; ``types`` is what it claims of them, as it says so, and None for all."""

    name: str
    version: str
    capabilities: frozenset[Capability]
    language: str = "Python"
    types: tuple[int | str, ...] | None = None


class Implementation(Protocol):
    """An implementation in Python; only claimed capabilities need their methods.

    One that does a part of the types alone says which: ``types = {"Trade", "Quote"}``.
    """

    name: str
    version: str
    capabilities: frozenset[str]

    def encode(self, message: Mapping[str, object]) -> bytes:
        """The bytes of a neutral message; raises Rejected for what no decoder would take."""

    def decode(self, data: bytes) -> Mapping[str, object]:
        """The neutral message in ``data``; raises Rejected for what is no whole, right message."""


class Adapter(Protocol):
    """The narrow door: only behind it foreign code runs, waits or crashes."""

    identity: Identity

    def call(self, request: Request) -> Outcome:
        """Ask one question."""

    def call_together(self, requests: Sequence[Request]) -> list[Outcome]:
        """Ask several in a row on one live implementation.

        Results are looked at only after the last one was given, so that a result which aliases a
        shared buffer shows. After a crash the remaining outcomes are Lost.
        """

    def call_at_once(self, requests: Sequence[Request], rounds: int) -> list[Outcome]:
        """Ask each request again and again, at once with the others, on one live implementation.

        Each has a thread of its own that asks it ``rounds`` times; they start together. A program
        that is reached over one connection has the requests of a round in flight together instead.
        The outcomes are in order, round by round: ``len(requests) * rounds`` of them. Results are
        looked at, and failures reported, as by ``call_together``.
        """

    def renew(self) -> None:
        """Make the implementation as fresh as it was before the first question."""

    def close(self) -> None:
        """Let go of the implementation; idempotent."""


@runtime_checkable
class BulkAdapter(Adapter, Protocol):
    """An adapter that can ask for thousands of round trips at once."""

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | None]:
        """For each message the bytes that come back, or None where no bytes do.

        The implementation's own ``roundtrip_many`` is asked if it has one. Whoever wants to know
        why there are no bytes asks about that message alone.
        """

    def roundtrip_each(self, messages: Sequence[bytes]) -> list[Outcome | None]:
        """The same with an outcome for each message; None where none is known.

        Refusals need say no context: there is no room for it in frames.
        """


@runtime_checkable
class BatchAdapter(Adapter, Protocol):
    """An adapter to an implementation that takes many requests as one."""

    def call_batch(self, requests: Sequence[Request]) -> list[Outcome]:
        """Ask several in one request; otherwise as ``call_together``."""

"""Calls an implementation that is a Python object and turns whatever happens into an outcome."""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeGuard

from torq_conformance.errors import KitError
from torq_conformance.implementations import python_views
from torq_conformance.implementations.claimed_types import plain_claim
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Entangled,
    Outcome,
    OutOfProtocol,
)
from torq_conformance.implementations.protocol import (
    Capability,
    Identity,
    Operation,
    Request,
    refused_in,
)
from torq_conformance.implementations.python_placed import Harm, Placed
from torq_conformance.rejection import Rejected, Unsupported
from torq_specs.configuration import SCHEMAS

BITS_MAX = 4096
"""Of an integer in a refusal's context that is taken as one; no protocol's number is as large."""

METHODS = {
    Capability.DECODE: "decode",
    Capability.ENCODE: "encode",
    Capability.VALIDATE: "validate",
    Capability.DECODE_VALIDATED: "decode_validated",
    Capability.INSTRUMENT_ID: "instrument_id",
    Capability.CONFIG: "config",
    Capability.ERROR_TEXT: "error_text",
    Capability.THROUGHPUT: "throughput",
    Capability.VIEWS: "decode_view",
}
"""The method that each capability needs; the other capabilities need none."""


def identify(implementation: object, where: str) -> Identity:
    """Who an implementation says it is; KitError when it does not keep the contract's form."""
    claimed = getattr(implementation, "capabilities", None)
    if not isinstance(claimed, frozenset | set | tuple | list):
        raise KitError(
            f"{where} has no `capabilities`.",
            "Give it `capabilities = frozenset({'decode', 'encode'})`, with what it offers.",
        )
    capabilities = known_capabilities(claimed, where)
    for capability in sorted(capabilities & METHODS.keys()):
        _check_method(implementation, where, capability, METHODS[capability])
    if {Capability.BUFFERS, Capability.ENCODE} <= capabilities:
        _check_method(implementation, where, Capability.BUFFERS, "encode_into")
    name = getattr(implementation, "name", None)
    version = getattr(implementation, "version", None)
    if not isinstance(name, str) or not isinstance(version, str):
        raise KitError(
            f"{where} has no `name` and `version`.", "Give it both, as strings; reports show them."
        )
    language = getattr(implementation, "language", "Python")
    types = plain_claim(getattr(implementation, "types", None), where)
    return Identity(name, version, capabilities, str(language), types)


def known_capabilities(claimed: Iterable[object], where: str) -> frozenset[Capability]:
    """What is claimed; KitError when the kit does not know it or cannot judge by it."""
    # The method's name says the same.
    names = [str(Capability.VIEWS) if name == "decode_view" else str(name) for name in claimed]
    unknown = sorted(name for name in names if name not in Capability._value2member_map_)
    if unknown:
        raise KitError(
            f"{where} claims unknown capabilities: {', '.join(unknown)}.",
            f"There are: {', '.join(Capability)}.",
        )
    if not {Capability.DECODE, Capability.ENCODE} & {*names}:
        raise KitError(
            f"{where} claims neither decode nor encode.",
            "Claim at least one of the two in `capabilities`; nothing can be judged without.",
        )
    return frozenset(Capability(name) for name in names)


def _check_method(implementation: object, where: str, capability: str, method: str) -> None:
    if not callable(getattr(implementation, method, None)):
        raise KitError(
            f"{where} claims {capability} but has no method `{method}`.",
            "Write the method, or take the capability out of `capabilities`.",
        )


def call(implementation: Any, request: Request) -> Outcome:
    """Ask one question."""
    return finish(begin(implementation, request))


def own(request: Request) -> Request:
    """The request with an argument that the implementation may change without harm to others."""
    if isinstance(request.argument, bytes):
        return request
    return replace(request, argument=_copied(request.argument))


def _copied(part: object) -> object:
    if isinstance(part, dict):
        return {key: _copied(value) for key, value in part.items()}
    return [_copied(element) for element in part] if isinstance(part, list) else part


def begin(implementation: Any, request: Request) -> Callable[[], Outcome]:
    """Ask one question; the answer is looked at when the returned function is called."""
    if request.look is not None:
        return _begin_look(implementation, request)
    if request.placement is not None:
        placed = Placed(implementation, request.placement)
        return begin(placed, replace(request, placement=None))
    try:
        answer = _invoke(implementation, request)
    except (Rejected, Unsupported) as error:
        refusal = error
        return lambda: _refused(refusal)
    except (_NotPlainError, python_views.NotPlainError, Harm) as error:
        strange = OutOfProtocol(str(error))
        return lambda: strange
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # foreign code may raise anything
        crashed = Crashed(_one_line(error), _last_frames(error))
        return lambda: crashed
    return lambda: _accepted(request.operation, answer)


def _begin_look(implementation: Any, request: Request) -> Callable[[], Outcome]:
    assert isinstance(request.argument, bytes)
    assert request.look is not None
    name = "decode_view" if request.operation is Operation.DECODE_VIEW else "decode"
    look = partial(python_views.look, getattr(implementation, name), request.argument, request.look)
    try:
        seen = look()
    except (Rejected, Unsupported) as error:
        refusal = error
        return lambda: _refused(refusal)
    except python_views.NotPlainError as error:
        strange = OutOfProtocol(str(error))
        return lambda: strange
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # see begin
        crashed = Crashed(_one_line(error), _last_frames(error))
        return lambda: crashed
    return lambda: Accepted(seen)


def finish(answer: Callable[[], Outcome]) -> Outcome:
    """Look at an answer; foreign mappings may raise while they are read."""
    try:
        return answer()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # see begin
        return Crashed(_one_line(error), _last_frames(error))


def roundtrip_many(
    implementation: Any, messages: Sequence[bytes], note: Callable[[int], object] = bool
) -> list[bytes | None]:
    """The bytes of each message after decoding and encoding; None where no bytes come back.

    ``note`` is called with the index of each message when they are asked about one by one.
    """
    return bytes_of(roundtrip_each(implementation, messages, note))


def bytes_of(outcomes: Iterable[Outcome | None]) -> list[bytes | None]:
    """The bytes of each outcome; None where it has none."""
    values = [one.value if isinstance(one, Accepted) else None for one in outcomes]
    return [value if isinstance(value, bytes) else None for value in values]


def roundtrip_each(
    implementation: Any, messages: Sequence[bytes], note: Callable[[int], object] = bool
) -> list[Outcome | None]:
    """What comes of decoding and encoding each message; None where nobody knows.

    What is wrong with all of them at once is the outcome of each. ``note`` is called with the index
    of each message when they are asked about one by one.
    """
    many = getattr(implementation, "roundtrip_many", None)
    if not callable(many):
        alone: list[Outcome | None] = []
        for index, message in enumerate(messages):
            note(index)
            alone.append(call(implementation, Request(Operation.ROUNDTRIP, message)))
        return alone
    try:
        answers = list(many(list(messages)))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # see begin
        return [Crashed(_one_line(error), _last_frames(error))] * len(messages)
    if len(answers) != len(messages):
        counts = f"{len(answers):,} answers to {len(messages):,} messages"
        return [OutOfProtocol(f"roundtrip_many gave {counts}")] * len(messages)
    return [_of_many(answer) for answer in answers]


def _of_many(answer: object) -> Outcome | None:
    if isinstance(answer, Rejected):
        return _refused(answer)
    return Accepted(bytes(answer)) if isinstance(answer, bytes) else None


def _invoke(implementation: Any, request: Request) -> object:
    match request.operation:
        case Operation.DECODE:
            return implementation.decode(request.argument)
        case Operation.ENCODE:
            return implementation.encode(request.argument)
        case Operation.ROUNDTRIP:
            decoded = implementation.decode(request.argument)
            # What decode gives need not be what encode takes: a mapping is as good as a dict.
            plain = _plain(decoded, "decode")
            return implementation.encode(decoded if isinstance(decoded, dict) else plain)
        case Operation.VALIDATE:
            return implementation.validate(request.argument)
        case Operation.DECODE_VALIDATED:
            return implementation.decode_validated(request.argument)
        case Operation.INSTRUMENT_ID:
            arguments = _arguments(request)
            if _names_operation(implementation.__class__):
                return implementation.instrument_id(**arguments)
            return implementation.instrument_id(arguments.pop("operation"), **arguments)
        case Operation.CONFIG:
            return implementation.config(**_config_arguments(request))
        case Operation.ERROR_TEXT:
            refused = refused_in(request)
            is_config = refused.operation is Operation.CONFIG
            argument = _config_arguments(refused) if is_config else refused.argument
            return implementation.error_text(refused.operation.value, argument)
        case Operation.THROUGHPUT:
            return implementation.throughput(**_arguments(request))
        case Operation.DECODE_VIEW:
            data: Any = request.argument
            # Bytes are the kit's own: a copy of them may be harmed.
            is_placed = isinstance(data, memoryview)
            buffer = data if is_placed else memoryview(bytearray(data)).toreadonly()
            return python_views.materialized(implementation.decode_view(buffer))


@functools.cache
def _names_operation(kind: Hashable) -> bool:
    """Whether the first parameter of instrument_id is called as in the contract, or none is."""
    try:
        parameters = [*inspect.signature(kind.instrument_id).parameters.values()][1:]  # type: ignore[attr-defined]
    except (AttributeError, TypeError, ValueError):
        return True
    first = next(iter(parameters), None)
    return (
        first is None
        or first.kind is not first.POSITIONAL_OR_KEYWORD
        or (first.name == "operation")
    )


def _arguments(request: Request) -> dict[str, Any]:
    assert isinstance(request.argument, Mapping)
    return dict(request.argument)


def _config_arguments(request: Request) -> dict[str, Any]:
    """The whole schema in the place of its name."""
    arguments = _arguments(request)
    return {**arguments, "schema": SCHEMAS[arguments["schema"]].plain}


def _refused(refusal: Rejected | Unsupported) -> Outcome:
    if isinstance(refusal, Unsupported):
        return Unsupported(*(str(argument) for argument in refusal.args))
    if not isinstance(refusal.kind, str) or not isinstance(refusal.context, dict):
        return OutOfProtocol(f"Rejected takes a kind and context fields, got {refusal!r}")
    context: dict[str, object] = {}
    for name, value in refusal.context.items():
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and value.bit_length() <= BITS_MAX
        ):
            context[name] = int(value)
        elif isinstance(value, str):
            context[name] = str(value)
        else:
            # Context is judged only where it is claimed; an odd value is a wrong value there.
            context[name] = f"{type(value).__name__} {_described(value)}"
    return Rejected(str(refusal.kind), **context)


def _is_number(value: object) -> TypeGuard[int]:
    """Whether it is an integer that a protocol's number can be."""
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return int(value).bit_length() <= BITS_MAX


def _described(value: object) -> str:
    """The text of a foreign value, which need not have any."""
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001  # foreign code may raise anything
        return f"without a text: {type(error).__name__}"


def _accepted(operation: Operation, answer: object) -> Outcome:
    if operation in {Operation.ENCODE, Operation.ROUNDTRIP}:
        if isinstance(answer, bytes):
            return Accepted(bytes(answer))
        return OutOfProtocol(f"{operation} gave {_named(answer)}, the contract says bytes")
    if operation is Operation.ERROR_TEXT:
        if isinstance(answer, str):
            return Accepted(str(answer))
        return OutOfProtocol(f"{operation} gave {_named(answer)}, the contract says text")
    parts = Parts()
    try:
        plain = _plain(answer, str(operation), parts)
    except _NotPlainError as error:
        return OutOfProtocol(str(error))
    write_over(parts)
    expected = {
        Operation.DECODE: dict,
        Operation.DECODE_VIEW: dict,
        Operation.DECODE_VALIDATED: dict,
        Operation.VALIDATE: list,
        Operation.CONFIG: dict,
        Operation.THROUGHPUT: dict,
    }.get(operation, object)
    if not isinstance(plain, expected):
        wanted = "a mapping" if expected is dict else "a sequence of field names"
        return OutOfProtocol(f"{operation} gave {_named(answer)}, the contract says {wanted}")
    return Entangled(plain, parts.shared) if parts.shared else Accepted(plain)


class _NotPlainError(Exception):
    """An answer holds something that the contract does not know."""


class Parts:
    """The dicts and lists of an answer by their ids, each with its path and its copy.

    They are kept, so that no id is used again. ``shared`` says which of them are there twice: who
    writes into one of the two changes the other.
    """

    def __init__(self) -> None:
        self._met: dict[int, tuple[str, dict[Any, Any] | list[Any], object]] = {}
        self.shared = ""

    def copy(self, answer: dict[Any, Any] | list[Any], path: str) -> object:
        """Its copy in plain Python types: the same one, if it was copied before."""
        if id(answer) not in self._met:
            self._met[id(answer)] = path, answer, None
            self._met[id(answer)] = path, answer, _copy(answer, path, self)
            return self._met[id(answer)][2]
        earlier, _, copy = self._met[id(answer)]
        shared = f"{earlier} and {path} are one and the same object"
        if copy is None:
            # It holds itself.
            raise _NotPlainError(shared)
        self.shared = self.shared or shared
        return copy

    @property
    def all(self) -> Iterator[dict[Any, Any] | list[Any]]:
        """All of them."""
        return (part for _, part, _ in self._met.values())


def write_over(parts: Parts) -> None:
    """Write over an answer that was copied: it belongs to the kit, as it would to any caller."""
    for part in parts.all:
        if isinstance(part, dict):
            part.update(dict.fromkeys(part, WRITTEN))
        else:
            part[:] = [WRITTEN] * len(part)


WRITTEN = 77
"""What the kit writes into answers when it has copied them."""


def _plain(answer: object, path: str, parts: Parts | None = None) -> object:
    """A copy in plain Python types; the error names the part that is none.

    ``parts`` gets the dicts and lists in it.
    """
    if parts is not None and (type(answer) is dict or type(answer) is list):
        return parts.copy(answer, path)
    return _copy(answer, path, parts)


def _copy(answer: object, path: str, parts: Parts | None) -> object:
    if isinstance(answer, bool):
        if path.startswith(f"{Operation.CONFIG}."):
            return answer
        raise _NotPlainError(f"{path} is a bool, the contract says int")
    if isinstance(answer, int):
        return int(answer)
    if isinstance(answer, bytes):
        return bytes(answer)
    if isinstance(answer, str):
        return str(answer)
    if isinstance(answer, Mapping):
        return {str(key): _plain(part, f"{path}.{key}", parts) for key, part in answer.items()}
    if isinstance(answer, list) or (path == "validate" and isinstance(answer, Sequence)):
        return [_plain(part, f"{path}[{index}]", parts) for index, part in enumerate(answer)]
    raise _NotPlainError(f"{path} is {_named(answer)}, which the contract does not know")


def _named(answer: object) -> str:
    return "None" if answer is None else f"a {type(answer).__name__}"


def _one_line(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  # an exception of foreign code has foreign methods
        text = "its text cannot be read"
    return f"raised {type(error).__name__}" + (f": {text[:200]}" if text else "")


def _last_frames(error: BaseException) -> str:
    return "".join(traceback.format_tb(error.__traceback__)[-2:])

"""Cuts a question down by its features until nothing more gives way: TLVs, values, bytes, header.

A message, right or spoilt, stays one with every field: fewer TLVs, then plain values. Bytes of a
valid message are cut down as what they stand for, all others as bytes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging import bytes_shrinker
from torq_conformance.judging.message_shrinker import PLAIN_HEADER, Spent, halves
from torq_conformance.model import derived_codec
from torq_specs.faults import diagnose, frames
from torq_specs.header import HEADER_SIZE
from torq_specs.layout import Integer, Layout, Raw, Vector
from torq_specs.registry import Registry

CALLS_MAX = 600
"""Questions that are asked to cut one down."""

SECONDS_MAX = 2.5
"""Seconds that this may take."""

BYTES_MAX = 4096
"""Bytes up to which a wrong message is looked at byte by byte."""

MESSAGES = frozenset({Operation.ENCODE, Operation.VALIDATE})

IsWrong = Callable[[Request], bool]


def smaller(request: Request, is_wrong: IsWrong, registry: Registry) -> Request:
    """The plainest question found that ``is_wrong`` holds of, as it does of ``request``."""
    cutting = _Cutting(request, is_wrong, registry)
    with suppress(Spent):
        cutting.run()
    return cutting.best


class _Cutting:
    """Holds the plainest question so far; Spent is raised when it is time to stop."""

    def __init__(self, request: Request, is_wrong: IsWrong, registry: Registry) -> None:
        self.best = request
        self._is_wrong = is_wrong
        self._registry = registry
        self._calls = 0
        self._end = time.monotonic() + SECONDS_MAX

    def run(self) -> None:
        """Cut down."""
        argument: Any = self.best.argument
        if self.best.operation is Operation.INSTRUMENT_ID:
            self._plain_arguments(argument)
        elif self.best.operation in MESSAGES:
            self._message(argument, lambda message: message)
        elif not diagnose(argument, self._registry):
            message = derived_codec.decode_message(argument, self._registry)
            if self._takes(derived_codec.encode_message(message, self._registry)):
                self._message(message, self._encoded)
            else:
                self._bytes()
        else:
            self._bytes()

    def _encoded(self, message: Any) -> bytes:
        return derived_codec.encode_message(message, self._registry)

    def _takes(self, argument: Any) -> bool:
        """Whether a plainer argument is still answered wrong; then it is the best one."""
        candidate = replace(self.best, argument=argument)
        if self._calls >= CALLS_MAX or time.monotonic() > self._end:
            raise Spent
        self._calls += 1
        if self._is_wrong(candidate):
            self.best = candidate
            return True
        return False

    def _plain_arguments(self, arguments: dict[str, Any]) -> None:
        for name, argument in [*arguments.items()]:
            if name == "operation":
                continue
            for plainer in _plainer(argument):
                trial = {**arguments, name: plainer}
                if plainer != arguments[name] and self._takes(trial):
                    arguments = trial
                    break

    def _bytes(self) -> None:
        """Drop TLVs, then look at the bytes of what is left."""
        data: Any = self.best.argument
        parts = [(frame.offset, frame.end) for frame in frames(data[HEADER_SIZE:])]

        def joined(kept: list[tuple[int, int]]) -> bytes:
            payload = data[HEADER_SIZE:]
            return bytes(data[:HEADER_SIZE] + b"".join(payload[a:b] for a, b in kept))

        def takes(kept: list[tuple[int, int]]) -> bool:
            cut = joined(kept)
            sized = cut[:24] + (len(cut) - HEADER_SIZE).to_bytes(4, "little") + cut[28:]
            return self._takes(derived_codec.seal(sized)) or self._takes(sized)

        if len(data) > HEADER_SIZE:
            _fewer(parts, takes)
        best: Any = self.best.argument
        if len(best) <= BYTES_MAX:
            bytes_shrinker.reduce(best, self._takes, self._registry)

    def _message(self, message: dict[str, Any], form: Callable[[Any], Any]) -> None:
        header, tlvs = message["header"], message["tlvs"]

        def with_(header: Any, tlvs: Any) -> bool:
            return self._takes(form({"header": header, "tlvs": tlvs}))

        tlvs = _fewer(tlvs, lambda kept: with_(header, kept))
        for name, number in [*header.items()]:
            plain = {**header, name: PLAIN_HEADER.get(name, 0)}
            if name != "relay_domain" and plain[name] != number and with_(plain, tlvs):
                header = plain
        for at, tlv in enumerate(tlvs):

            def put(value: Any, at: int = at, tlv: Any = tlv) -> bool:
                changed = {"type": tlv["type"], "value": value}
                if not with_(header, [*tlvs[:at], changed, *tlvs[at + 1 :]]):
                    return False
                tlvs[at] = changed
                return True

            line = self._registry.get(tlv["type"])
            if isinstance(tlv["value"], dict) and line is not None and line.layout is not None:
                _plain_record(line.layout, tlv["value"], put)
            elif isinstance(tlv["value"], bytes):
                _plain_bytes(tlv["value"], put)


def _fewer(parts: list[Any], takes: Callable[[list[Any]], bool]) -> list[Any]:
    """As few of some parts as are taken, cut out by halves, the last ones first."""
    if parts and takes([]):
        return []
    for size in halves(len(parts)):
        end = len(parts)
        while end > 0:
            start = max(0, end - size)
            fewer = parts[:start] + parts[end:]
            if fewer and takes(fewer):
                parts = fewer
            end = start
    return parts


def _plain_record(layout: Layout, value: dict[str, Any], put: Callable[[Any], bool]) -> None:
    """Make fields plain, all at once and then one by one."""
    zeros = derived_codec.decode_value(layout, bytes(layout.size))
    if put(zeros):
        return
    for field in layout.named:
        if value[field.name] == zeros[field.name]:
            continue
        value = _plain_field(field.name, field.type, value, zeros, put)


def _plain_field(
    name: str, type_: Any, value: dict[str, Any], zeros: dict[str, Any], put: Callable[[Any], bool]
) -> dict[str, Any]:
    def takes(part: Any) -> bool:
        nonlocal value
        changed = {**value, name: part}
        if part != value[name] and put(changed):
            value = changed
            return True
        return False

    if takes(zeros[name]):
        return value
    match type_:
        case Integer():
            _towards_zero(value[name], takes)
        case Raw():
            _plain_bytes(value[name], takes)
        case Vector() as vector:
            _fewer(value[name], takes)
            _plain_elements(vector, value[name], takes)
    return value


def _plain_elements(vector: Vector, some: list[Any], takes: Callable[[Any], bool]) -> None:
    zero: Any = 0
    if isinstance(vector.element, Layout):
        zero = derived_codec.decode_value(vector.element, bytes(vector.element.size))
    if takes([zero] * len(some)):
        return
    for at, one in enumerate(some):
        if one != zero and takes([*some[:at], zero, *some[at + 1 :]]):
            some = [*some[:at], zero, *some[at + 1 :]]
        elif isinstance(one, dict):
            for key in one:
                trial = [*some[:at], {**some[at], key: 0}, *some[at + 1 :]]
                if some[at][key] and takes(trial):
                    some = trial


def _towards_zero(number: int, takes: Callable[[Any], bool]) -> None:
    """Bisect towards 0, which is taken to be right."""
    sign, right, wrong = (-1 if number < 0 else 1), 0, abs(number)
    while wrong - right > 1:
        middle = (right + wrong) // 2
        if takes(sign * middle):
            wrong = middle
        else:
            right = middle


def _plain_bytes(data: bytes, takes: Callable[[Any], bool]) -> None:
    """Zeros, then fewer bytes."""
    if any(data) and takes(bytes(len(data))):
        data = bytes(len(data))
    right, wrong = -1, len(data)
    while wrong - right > 1:
        middle = (right + wrong) // 2
        if takes(data[:middle]):
            wrong = middle
        else:
            right = middle


def _plainer(argument: Any) -> Iterator[Any]:
    match argument:
        case bool():
            yield False
        case int():
            yield from (0, 1)
        case str():
            yield from (argument[:size] for size in (0, 1, 2, 4, 8) if size < len(argument))
            yield "A" * len(argument)
        case dict():
            yield dict.fromkeys(argument, 0)
            for name in argument:
                yield {**dict.fromkeys(argument, 0), name: argument[name]}

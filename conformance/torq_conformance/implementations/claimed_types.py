"""Which types an implementation claims: numbers, names and ranges, read and checked.

``{1, "Quote", "20-27", range(200, 255)}`` in Python, ``[1, "Quote", "20-27"]`` in the hello of a
``stdio:`` implementation, ``Trade,Quote,20-27`` on the command line. What is not claimed is not
judged, but for that it is refused as InvalidTLVType or carried as bytes, always the same.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from torq_conformance.errors import KitError
from torq_conformance.implementations.protocol import Identity
from torq_specs.registry import Registry

Claim = tuple[int | str, ...]

FORM = "Write numbers, names or ranges, as in Trade,Quote or 1-3,20."


def plain_claim(claimed: object, where: str) -> Claim | None:
    """A claim in plain types as an implementation makes it; None: all types.

    KitError where it is no collection of numbers, names and ranges. Whether there are such types is
    looked at later, by ``claimed_numbers``.
    """
    if claimed is None:
        return None
    if isinstance(claimed, str):
        return _split(claimed)
    if isinstance(claimed, range):
        return tuple(claimed)
    if not isinstance(claimed, list | tuple | set | frozenset):
        raise KitError(f"{where} claims as types {claimed!r:.60}, which is no list.", FORM)
    parts: list[int | str] = []
    for part in claimed:
        if isinstance(part, range):
            parts += part
        elif isinstance(part, int | str) and not isinstance(part, bool):
            parts.append(part)
        else:
            raise KitError(f"{where} claims the type {part!r:.60}.", FORM)
    # The order of a set is not the same in every process.
    return tuple(sorted(parts, key=str))


def _split(text: str) -> Claim:
    return tuple(part.strip() for part in text.split(",")) if text.strip() else ()


def claimed_numbers(claim: Claim, registry: Registry, where: str) -> frozenset[int]:
    """The numbers of the types of a claim; KitError where there is no such type, or none at all."""
    numbers = {number for part in claim for number in _numbers_of(part, registry, where)}
    if not numbers:
        raise KitError(f"{where} claims no types at all.", f"{FORM} Leave it out to claim all.")
    return frozenset(numbers)


def asked_for(text: str, registry: Registry) -> frozenset[int]:
    """The numbers of the types that the command line names."""
    return claimed_numbers(_split(text), registry, "--types")


def claimed_registry(identity: Identity, registry: Registry, types: str | None = None) -> Registry:
    """The registry by which an implementation is judged.

    ``types`` is what the command line says of them: a part of what the implementation claims.
    """
    claimed = registry
    if identity.types is not None:
        numbers = claimed_numbers(identity.types, registry, identity.name)
        claimed = registry.restricted_to(numbers)
    if types is None:
        return claimed
    numbers = asked_for(types, registry)
    beyond = [registry[number].name for number in sorted(numbers) if number not in claimed]
    if beyond:
        raise KitError(
            f"--types asks for {', '.join(beyond[:3])}, which {identity.name} does not claim.",
            f"It claims {named(claimed)}; ask for a part of that.",
        )
    return registry.restricted_to(numbers)


NAMES_MAX = 8
"""Names of types that are listed in one line."""


def named(registry: Registry) -> str:
    """The claimed types in words: ``Trade, Quote (2 of 79 types)``.

    Vendor numbers that nobody declared are no types of the protocol and are counted apart.
    """
    names = [line.name for line in registry if not line.is_vendor_number]
    vendor = sum(line.is_vendor_number for line in registry)
    every = sum(not line.is_vendor_number for line in registry.whole)
    more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX + 1 else ""
    shown = ", ".join(names[:NAMES_MAX] if more else names) + more
    some = f"{vendor} vendor number" + ("" if vendor == 1 else "s") if vendor else ""
    what = " and ".join(part for part in (shown, some) if part)
    return f"{what} ({len(names)} of {every} types)"


def _numbers_of(part: int | str, registry: Registry, where: str) -> Iterable[int]:
    if isinstance(part, str):
        text = part.strip()
        ends = re.fullmatch(r"(\d+)\s*(?:-|\.\.)\s*(\d+)", text)
        if ends is not None:
            first, last = int(ends[1]), int(ends[2])
            if first > last:
                raise KitError(f"{where}: the range {text} ends before it begins.", FORM)
            return [_number(n, registry, f"{where}: {text}") for n in range(first, last + 1)]
        if not re.fullmatch(r"-?\d+", text):
            return [_named(text, registry, where)]
        part = int(text)
    return [_number(part, registry, where)]


def _number(number: int, registry: Registry, where: str) -> int:
    if number not in range(1, 255):
        raise KitError(f"{where}: {number} is no type number.", "Types are 1 to 254.")
    if number not in registry:
        hint = "`torq-conformance spec show` lists the types."
        raise KitError(f"{where}: no type has the number {number}.", hint)
    return number


def _named(name: str, registry: Registry, where: str) -> int:
    if not name:
        raise KitError(f"{where}: a name of a type is empty.", FORM)
    by_name = {line.name.lower(): line for line in registry}
    if name.lower() in by_name:
        return by_name[name.lower()].number
    raise no_type(name, registry, where)


def no_type(name: str, registry: Registry, where: str) -> KitError:
    """What is said of a name that no type has."""
    by_name = {line.name.lower(): line for line in registry}
    near = difflib.get_close_matches(name.lower(), by_name, 3)
    hint = f"Is it {' or '.join(by_name[one].name for one in near)}?" if near else FORM
    return KitError(f"{where}: no type is named {name!r:.60}.", hint)

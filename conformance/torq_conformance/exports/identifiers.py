"""Names of declarations as names in another language, or a KitError that says which cannot be one.

A name that the language keeps for itself gets an underscore behind it. Two names that become one
are refused: nobody could tell them apart in what is generated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import shown

WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
HINT = "Give it another name in its declaration."


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def snake(name: str) -> str:
    """``MEVBundle`` as ``mev_bundle``, ``bid_price`` as it is."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return parted.lower()


def screaming(name: str) -> str:
    """``MEVBundle`` as ``MEV_BUNDLE``."""
    return snake(name).upper()


def pascal(name: str) -> str:
    """``bid_price`` as ``BidPrice``, ``MEVBundle`` as it is."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def camel(name: str) -> str:
    """``bid_price`` as ``bidPrice``."""
    made = pascal(name)
    return made[:1].lower() + made[1:]


def as_it_is(name: str) -> str:
    """The name itself."""
    return name


def identifier(
    name: str, owner: str, language: str, reserved: Iterable[str], case: Callable[[str], str]
) -> str:
    """``name`` of ``owner`` in a language; KitError where it is no word of letters and digits."""
    if not WORD.fullmatch(name):
        raise KitError(
            f"{shown(owner)} has the name {shown(name)!r}, which {language} cannot have: names "
            "begin with a letter, and have letters, digits and underscores.",
            HINT,
        )
    made = case(name)
    return f"{made}_" if made in reserved else made


def identifiers(
    names: Iterable[str],
    owner: str,
    language: str,
    reserved: Iterable[str] = (),
    case: Callable[[str], str] = as_it_is,
) -> dict[str, str]:
    """The identifier of each name; KitError where two of them become one."""
    reserved = frozenset(reserved)
    found: dict[str, str] = {}
    for name in names:
        made = identifier(name, owner, language, reserved, case)
        for other, taken in found.items():
            if taken == made:
                raise KitError(
                    f"{shown(owner)} has both {shown(other)} and {shown(name)}, which {language} "
                    f"calls {made}.",
                    HINT,
                )
        found[name] = made
    return found

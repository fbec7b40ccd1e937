"""What the exports for all languages share: names that the language can have, and templates.

A template walks records and their fields; it knows the kinds of fields and no type of the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from functools import cached_property
from typing import Any

from torq_conformance.exports.declared import Declared
from torq_conformance.exports.identifiers import identifiers, snake
from torq_conformance.exports.templating import templates
from torq_conformance.report.foreign_text import shown
from torq_specs.enums import Magic
from torq_specs.faults import CONTEXT, HEADER_ENUMERATIONS, HEADER_LAYOUT, FaultKind
from torq_specs.header import MESSAGE_SIZE_MAX
from torq_specs.layout import FieldLayout, Integer, Layout, Padding, Raw, Vector
from torq_specs.registry import EXTENDED, STANDARD_SIZE_MAX
from torq_specs.tlv import Tlv

PREFIXES = frozenset({"fault", "fields_of", "size_of", "type"})
"""What begins names of constants that are not an enumeration's, in small letters."""


@dataclass(frozen=True)
class Language:
    """A language: how it writes names, and what it keeps for itself.

    ``words`` cannot be names of fields, ``type_words`` none of types and enumerations: keywords,
    and what the generated code uses itself. ``files`` are the paths of what is written, by the
    templates that write it. ``filters`` are those that the templates use beside the common ones.
    """

    name: str
    files: Mapping[str, str]
    type_case: Callable[[str], str]
    field_case: Callable[[str], str]
    constant_case: Callable[[str], str]
    words: frozenset[str] = frozenset()
    type_words: frozenset[str] = frozenset()
    constant_words: frozenset[str] = frozenset()
    filters: Mapping[str, Callable[..., object]] = field(default_factory=dict)


@dataclass(frozen=True)
class Names:
    """The names of everything that is declared, in one language."""

    declared: Declared
    language: Language

    @cached_property
    def types(self) -> Mapping[str, str]:
        """Layouts and enumerations by their declared names."""
        one, names = self.language, self.declared.names
        return identifiers(names, "The specification", one.name, one.type_words, one.type_case)

    @cached_property
    def snakes(self) -> Mapping[str, str]:
        """The same in small letters, for parts of names of functions and constants."""
        language, names = self.language.name, self.declared.names
        return identifiers(names, "The specification", language, PREFIXES, snake)

    @cached_property
    def fields(self) -> Mapping[tuple[str, str], str]:
        """Fields and runs of padding by the names of their layouts and their own."""
        one = self.language
        found: dict[tuple[str, str], str] = {}
        for layout in self.declared.layouts:
            names = [declared_name(part) for part in layout.fields]
            made = identifiers(names, layout.name, one.name, one.words, one.field_case)
            found |= {(layout.name, name): word for name, word in made.items()}
        return found

    @cached_property
    def constants(self) -> Mapping[str, str]:
        """Types by name as constants are written."""
        one = self.language
        names = [line.name for line in self.declared.registry]
        return identifiers(names, "The registry", one.name, one.constant_words, one.constant_case)

    @cached_property
    def members(self) -> Mapping[tuple[str, str], str]:
        """Members of enumerations by the names of both."""
        one = self.language
        found: dict[tuple[str, str], str] = {}
        enumerations = self.declared.enumerations
        pairs = (
            f"{members.__name__}_{member.name}" for members in enumerations for member in members
        )
        identifiers(pairs, "The specification", one.name, case=snake)
        for members in enumerations:
            names = [str(member.name) for member in members]
            made = identifiers(
                names, members.__name__, one.name, one.constant_words, one.constant_case
            )
            found |= {(members.__name__, name): word for name, word in made.items()}
        return found


def declared_name(part: FieldLayout) -> str:
    """The name of a field; a run of padding is named after its offset."""
    return part.name or f"padding_{part.offset}"


def comment(text: object) -> str:
    """Text that may stand in a comment of one line: no escapes, no end of a comment."""
    return shown(" ".join(str(text).split())).replace("\\", "/").replace("*/", "* /")


def export(language: Language, kind: str, declared: Declared) -> dict[str, bytes]:
    """The files of a language by their paths."""
    names = Names(declared, language)
    environment = templates()
    environment.filters |= {
        "comment": comment,
        "type_name": lambda one: names.types[one.name],
        "unsigned": lambda member: int(member) % (1 << 64),
        "snake_name": lambda one: names.snakes[one.name],
        "enumeration_name": lambda one: names.types[one.__name__],
        "snake_enumeration": lambda one: names.snakes[one.__name__],
        "member": lambda member: names.members[type(member).__name__, str(member.name)],
        "constant": lambda line: names.constants[line.name],
        "kind_name": lambda kind_: language.constant_case(str(kind_)),
        **language.filters,
    }
    environment.tests |= TESTS
    context = {**common(declared), "kind": kind, "name": _field_name(names)}
    return {
        path: environment.get_template(f"languages/{template}").render(context).encode()
        for path, template in language.files.items()
    }


def _field_name(names: Names) -> Callable[[Layout, FieldLayout], str]:
    return lambda layout, part: names.fields[layout.name, declared_name(part)]


TESTS: Mapping[str, Callable[..., bool]] = {
    "padding": lambda part: isinstance(part.type, Padding),
    "vector": lambda part: isinstance(part.type, Vector),
    "raw": lambda part: isinstance(part.type, Raw),
    "number": lambda part: isinstance(part.type, Integer),
    "flags": lambda members: issubclass(members, IntFlag),
    "record": lambda element: isinstance(element, Layout),
}
"""What a template may ask of a field, or of the element of a vector."""


def common(declared: Declared) -> dict[str, Any]:
    """What every template is given."""
    return {
        "declared": declared,
        "header": HEADER_LAYOUT,
        "elements": declared.elements,
        "layouts": declared.layouts,
        "types": declared.types,
        "registry": list(declared.registry),
        "enumerations": declared.enumerations,
        "integer_of": declared.integer_of,
        "header_checks": [
            (HEADER_LAYOUT.field(name), members, kind)
            for name, members, kind in HEADER_ENUMERATIONS
        ],
        "kinds": list(FaultKind),
        "fault": FaultKind,
        "faults": {kind: CONTEXT[kind] for kind in FaultKind},
        "magic": int(Magic.TORQ),
        "magic_bytes": int(Magic.TORQ).to_bytes(4, "little").hex(" ").upper(),
        "message_size_max": MESSAGE_SIZE_MAX,
        "extended": EXTENDED,
        "standard_size_max": STANDARD_SIZE_MAX,
        "standard_header_size": Tlv.STANDARD_HEADER_SIZE,
        "extended_header_size": Tlv.EXTENDED_HEADER_SIZE,
        "count_size": Vector.COUNT.size,
        "wide": declared.wide_sizes,
    }

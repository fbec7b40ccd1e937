"""Accumulated vectors: one hash for a million messages of each declared type and direction.

``accumulated.txt`` names the seed and, for each type, what of its layout is drawn, the SHA-256 of
its decoded messages and that of its encoded ones. Everything in it is derived. A thousand messages
of each type are checked in a moment, all of them in minutes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from torq_conformance.report import output_file
from torq_conformance.vectors.accumulated_messages import SEED, SOURCES, domains, made, pieces
from torq_conformance.vectors.accumulated_texts import text_of
from torq_specs.registry import REGISTRY, TlvType

FILE = "accumulated.txt"

COUNT = 1_000_000
"""Messages of each type that stand behind the hashes."""

SAMPLE = 1_000
"""Messages of each type behind the hash that is looked at by default."""

SIZE_MAX = 4_096
"""Bytes of the file: whoever reads it can copy it by hand."""

CHUNK_SIZE = 1 << 20
"""About so many bytes of values are made at once."""

HINT = "torq-conformance vectors accumulate --write writes it"

COLUMNS = ("number", "decoded", "encoded", "domains", "size", "pieces")
"""What a line says of a type; the first three are what a reader prints."""

HASHES = ("decoded", "encoded")


def declared() -> tuple[TlvType, ...]:
    """The types that have a layout."""
    return tuple(line for line in REGISTRY if line.layout is not None)


def digests(line: TlvType, count: int) -> tuple[str, str]:
    """The hashes of so many messages of a type: of them decoded, as JSON, and encoded."""
    assert line.layout is not None, line
    decoded, encoded = hashlib.sha256(), hashlib.sha256()
    text = text_of(line.number, line.layout)
    chunk = max(1, CHUNK_SIZE // line.layout.size)
    for first in range(0, count, chunk):
        messages = made(line, first, min(chunk, count - first))
        heads = map(bytes, messages.heads)
        texts = map(text, heads, map(bytes, messages.values))
        decoded.update("".join(texts).encode())
        encoded.update(messages.rows().data)
    return decoded.hexdigest(), encoded.hexdigest()


def printed(line: TlvType, count: int) -> str:
    """The line that a reader prints of a type."""
    return " ".join((str(line.number), *digests(line, count)))


def table(count: int) -> str:
    """What a reader prints."""
    return "".join(f"{printed(line, count)}\n" for line in declared())


def text(count: int) -> str:
    """The file, for so many messages of each type."""
    lines = [f"{printed(line, count)} {recipe(line)}\n" for line in declared()]
    return head(count, lines) + "".join(lines)


def head(count: int, lines: Iterable[str]) -> str:
    """The first line: seed, count, sources; what readers print for a thousand and for all."""
    whole = "".join(f"{' '.join(line.split()[:3])}\n" for line in lines)
    hashes = (hashlib.sha256(one.encode()).hexdigest() for one in (table(SAMPLE), whole))
    return " ".join((str(SEED), str(count), bytes(SOURCES).hex(), *hashes)) + "\n"


def recipe(line: TlvType) -> str:
    """How messages of a type are made: its domains, the size of its value, what of it is drawn."""
    assert line.layout is not None, line
    parts = ",".join(map(str, pieces(line.layout)))
    return f"{bytes(domains(line)).hex()} {line.layout.size} {parts}"


def write(folder: Path) -> Path:
    """Write the file; that takes minutes."""
    path = folder / FILE
    output_file.write(path, text(COUNT))
    return path


def check(folder: Path, *, is_whole: bool = False) -> Iterator[str]:
    """Every way in which the file is not what is calculated; all messages only if asked for."""
    try:
        content = (folder / FILE).read_text("ascii")
    except (OSError, UnicodeError) as error:
        yield f"{FILE}: cannot be read: {error}; {HINT}"
        return
    first, *lines = content.splitlines(keepends=True) or [""]
    size = sum(map(len, (first, *lines)))
    if size > SIZE_MAX:
        yield f"{FILE}: {size:,} bytes are more than {SIZE_MAX:,}"
    if head(COUNT, lines) != first:
        yield (
            f"{FILE}:1: not the seed, the count, the sources, the hash of what a reader prints for "
            f"{SAMPLE:,} messages and that of what the lines below say; {HINT}"
        )
    if len(lines) != len(declared()):
        yield f"{FILE}: {len(lines)} lines of types, {len(declared())} types have a layout"
    for number, (line, found) in enumerate(zip(declared(), lines, strict=False), 2):
        where = f"{FILE}:{number}: {line.name}"
        cells = dict(zip(COLUMNS, found.split(), strict=False))
        right = f"{line.number} {' '.join(cells.get(name, '') for name in HASHES)} {recipe(line)}\n"
        if found != right:
            yield f"{where}: {found.strip()!r} should be {right.strip()!r}"
        elif is_whole:
            hashes = zip(HASHES, digests(line, COUNT), strict=True)
            yield from (
                f"{where}: {name} is {cells[name]}, calculated is {hash_}"
                for name, hash_ in hashes
                if cells[name] != hash_
            )

"""Opens a ledger that anybody may have written: it is data, whatever the file holds.

Contract: an SQLite file is taken only if its schema is, letter by letter, the ledger's: so it holds
no view, trigger or virtual table, and nothing of it is executed. Values are bounded in size and
checked for their types; what is wrong is a KitError of one line.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError, in_short
from torq_conformance.model import foreign_json
from torq_conformance.model.values import FormError

APPLICATION = 0x746F7271
"""By which SQLite files of this kind are known."""

VERSION = 1
"""Of the schema."""

VALUE_MAX = 8 << 20
"""Bytes of one value."""

BUSY_SECONDS = 20.0
"""How long is waited while somebody else writes."""

SCHEMA = (
    "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    (
        "CREATE TABLE units (stream TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, "
        "cell TEXT NOT NULL, worker TEXT NOT NULL, at REAL NOT NULL, seconds REAL NOT NULL, "
        "judged INTEGER NOT NULL, not_claimed INTEGER NOT NULL, unjudged INTEGER NOT NULL, "
        "failed INTEGER NOT NULL, digests TEXT NOT NULL, PRIMARY KEY (stream, start)) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE lost (stream TEXT NOT NULL, start INTEGER NOT NULL, why TEXT NOT NULL, "
        "PRIMARY KEY (stream, start)) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE finds (id TEXT PRIMARY KEY, signature TEXT NOT NULL, stream TEXT NOT NULL, "
        "start INTEGER NOT NULL, at REAL NOT NULL, failure TEXT NOT NULL, flaky TEXT) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE seen (find TEXT NOT NULL, stream TEXT NOT NULL, start INTEGER NOT NULL, "
        "cases INTEGER NOT NULL, PRIMARY KEY (find, stream, start)) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE met (first INTEGER NOT NULL, second INTEGER NOT NULL, at REAL NOT NULL, "
        "PRIMARY KEY (first, second)) WITHOUT ROWID"
    ),
)
"""``finds.flaky``: NULL: not asked again yet; empty: it repeats; else how it does not."""

HINT = "Name a file that `campaign run` has written."

Row = tuple[Any, ...]


def connected(path: Path) -> sqlite3.Connection:
    """A connection to a file that is there, which is known to be a ledger; else KitError."""
    if not path.is_file():
        raise KitError(f"There is no ledger {path}.", HINT)
    with refused(path):
        connection = opened(path)
        try:
            _check(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def opened(path: Path) -> sqlite3.Connection:
    """A connection that trusts nothing in the file."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_MAX)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA mmap_size = 0")
    return connection


def _check(connection: sqlite3.Connection) -> None:
    ((application,),) = connection.execute("PRAGMA application_id")
    ((version,),) = connection.execute("PRAGMA user_version")
    if application != APPLICATION:
        raise FormError("it is another kind of file")
    if version != VERSION:
        raise FormError(f"its form is {version}, and this kit reads {VERSION}")
    found = connection.execute("SELECT sql FROM sqlite_schema LIMIT 40").fetchall()
    if sorted(sql for (sql,) in found if sql is not None) != sorted(SCHEMA) or len(found) != 6:
        raise FormError("its tables are not those of a ledger")


@contextmanager
def refused(path: Path) -> Iterator[None]:
    """What is wrong with the content of a ledger as a KitError of one line."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _unusable(path, error) from error
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        problem = f"{path} cannot be read as a ledger: {in_short(error)}."
        raise KitError(problem, HINT) from error
    except (FormError, MemoryError) as error:
        raise KitError(f"{path} is no ledger: {error}.", HINT) from error


def _unusable(path: Path, error: sqlite3.OperationalError) -> KitError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    said = in_short(error)
    if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
        return KitError(
            f"{path} cannot be written: {said}.",
            "What it holds is whole; make room and run the same command again.",
        )
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return KitError(f"{path} is in use: {said}.", "Wait until the other campaign has ended.")
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return KitError(f"{path} cannot be written: {said}.", "Name another file with --ledger.")
    return KitError(f"{path} cannot be read as a ledger: {said}.", HINT)


def document(text: object) -> Any:
    """JSON that stands in a ledger."""
    if not isinstance(text, str):
        raise FormError("a JSON text is of another type")
    return foreign_json.parse(text.encode())


def checked(row: Row, *types: type) -> Row:
    """A row whose values have these types; text and numbers of SQLite may be anything else."""
    for value, wanted in zip(row, types, strict=True):
        number = wanted is float and type(value) is int
        if type(value) is not wanted and not number:
            raise FormError(f"{value!r:.40} is no {wanted.__name__}")
        if wanted in {int, float} and not -(1 << 62) < value < 1 << 62:
            raise FormError("a number is out of its range")
    return row

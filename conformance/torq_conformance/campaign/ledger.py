"""The ledger: what was judged of which build by which suite, and what was found, in one file.

Contract: what came of units is written in one transaction, and is on the disk when ``record``
returns; a process that is killed at any moment, or a disk that is full, loses at most the units
that were not recorded. A unit that is recorded once is never counted again.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from torq_conformance.campaign.foreign_ledger import (
    APPLICATION,
    SCHEMA,
    VERSION,
    checked,
    connected,
    document,
    opened,
    refused,
)
from torq_conformance.errors import KitError
from torq_conformance.model.values import FormError
from torq_conformance.report import output_file
from torq_conformance.running.results_file import is_alive

Json = dict[str, Any]

FAILURE_MAX = 4 << 20
"""Bytes of a failure that is kept; of a larger one the unit is known, which finds it again."""

SETTLED = ("implementation", "seed", "unit", "is_in_process", "deadline", "vendor_specs")
"""What may not change between two runs of one campaign."""


@dataclass(frozen=True)
class Unit:
    """What came of a unit, as the ledger keeps it; ``at`` is in seconds since 1970."""

    stream: str
    start: int
    stop: int
    cell: str
    worker: str
    at: float
    seconds: float
    judged: int
    not_claimed: int
    unjudged: int
    failed: int
    digests: str


@dataclass(frozen=True)
class Recorded:
    """What is written of a unit: its row, how answers were wrong, pairs of classes it met first."""

    unit: Unit
    signatures: Sequence[Json] = ()
    failures: Sequence[Json] = ()
    met: Sequence[tuple[int, int]] = ()


UNIT_TYPES = (str, int, int, str, str, float, float, int, int, int, int, str)


@dataclass(frozen=True)
class Find:
    """One way of being wrong, with the failure of the first unit (in the stream) that shows it."""

    id: str
    signature: Json
    stream: str
    start: int
    at: float
    failure: Json
    flaky: str | None
    """None: not asked again yet; empty: it repeats; else how it does not."""
    cases: int = 0


class Ledger:
    """An open ledger; ``close`` it, or use it as a context."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._mark = ""
        self.about: Json = {}
        with refused(path):
            for key, value in connection.execute("SELECT key, value FROM about LIMIT 100"):
                checked((key, value), str, str)
                self.about[key] = document(value)
            self._check_about()

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """The ledger in a file; KitError where it is none."""
        connection = connected(path)
        try:
            return cls(path, connection)
        except BaseException:
            connection.close()
            raise

    @classmethod
    def create(cls, path: Path, about: Mapping[str, Any]) -> Ledger:
        """A new ledger, whole or not at all; KitError where the file cannot be written."""
        output_file.check(path, "Name another one with --ledger.")
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            with refused(path):
                connection = opened(part)
                connection.executescript(
                    f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"
                    f"BEGIN; {'; '.join(SCHEMA)}; COMMIT;"
                )
                rows = [(key, json.dumps(value)) for key, value in about.items()]
                connection.executemany("INSERT INTO about VALUES (?, ?)", rows)
                connection.close()
            try:
                os.link(part, path)  # Never over a ledger that somebody else has just begun.
            except OSError as error:
                if path.exists():
                    raise KitError(f"{path} is there already.", "Start again.") from error
                part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return cls.open(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._mark:
            with refused(self.path):
                own = json.dumps(self._owner())
                self._connection.execute("DELETE FROM about WHERE key = 'run' AND value = ?", [own])
        self._connection.close()

    def begin(self) -> None:
        """Become the only one that records; KitError while another campaign does."""
        with self._transaction():
            found = self._connection.execute("SELECT value FROM about WHERE key = 'run'").fetchone()
            other = document(found[0]) if found else {}
            if isinstance(other, dict) and is_alive(other):
                problem = f"{self.path} belongs to a campaign that goes on (process {other['pid']})"
                raise KitError(f"{problem}.", "Name another one with --ledger, and merge them.")
            self._mark = secrets.token_hex(8)
            self._put("run", self._owner())

    def _owner(self) -> Json:
        return {"pid": os.getpid(), "machine": platform.node(), "mark": self._mark}

    def settle(self, about: Mapping[str, Any]) -> None:
        """Write what the campaign is of, where it is not known yet."""
        with self._transaction():
            for key, value in about.items():
                self._put(key, value)
        self.about |= about

    def _put(self, key: str, value: Any) -> None:
        row = (key, json.dumps(value))
        self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", row)

    # What is written.

    def record(self, found: Iterable[Recorded]) -> None:
        """Write what came of some units in one transaction; what is there already stays."""
        with self._transaction():
            for one in found:
                self._record(one)

    def _record(self, one: Recorded) -> None:
        unit, execute = one.unit, self._connection.execute
        if not self._insert(unit):
            return
        failures = {failure["id"]: failure for failure in one.failures}
        for signature in one.signatures:
            self._record_find(unit, signature, failures.get(signature["example"], {}))
        rows = ((first, second, unit.at) for first, second in one.met)
        self._connection.executemany("INSERT OR IGNORE INTO met VALUES (?, ?, ?)", rows)
        execute("DELETE FROM lost WHERE (stream, start) = (?, ?)", _key(unit))

    def _insert(self, unit: Unit) -> bool:
        places = ", ".join("?" * len(UNIT_TYPES))
        done = self._connection.execute(
            f"INSERT OR IGNORE INTO units VALUES ({places})",  # noqa: S608 - question marks alone
            tuple(vars(unit).values()),
        )
        return done.rowcount == 1

    def _record_find(self, unit: Unit, signature: Json, failure: Json) -> None:
        id_ = find_id(signature)
        plain = {"problem": signature["problem"], "ways": signature["ways"]}
        text = json.dumps(failure)
        if len(text) > FAILURE_MAX:
            text = "{}"
        row = (id_, json.dumps(plain), unit.stream, unit.start, unit.at, text)
        self._connection.execute(KEEP_FIRST, row)
        seen = (id_, unit.stream, unit.start, signature["cases"])
        self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)", seen)

    def record_lost(self, stream: str, start: int, why: str) -> None:
        """Write that a unit could not be judged: it is tried again by the next run."""
        with self._transaction():
            row = (stream, start, why[:400])
            self._connection.execute("INSERT OR REPLACE INTO lost VALUES (?, ?, ?)", row)

    def record_flaky(self, id_: str, how: str) -> None:
        """Write whether a find repeats: how it does not, or nothing."""
        with self._transaction():
            self._connection.execute("UPDATE finds SET flaky = ? WHERE id = ?", (how, id_))

    def add(self, other: Ledger) -> tuple[int, int, int]:
        """Take over another ledger of the same campaign, all or nothing.

        Units that were taken, that both had, and that both had with other results.
        """
        taken = both = unlike = 0
        with self._transaction():
            for unit in other.units():
                if self._insert(unit):
                    taken += 1
                    continue
                both += 1
                if self._cases_of(unit) != other._cases_of(unit):
                    unlike += 1
                    self._mark_unlike(unit, other)
            for find in other.finds():
                signature, failure = json.dumps(find.signature), json.dumps(find.failure)
                row = (find.id, signature, find.stream, find.start, find.at, failure)
                self._connection.execute(KEEP_FIRST, row)
                if find.flaky:
                    query = "UPDATE finds SET flaky = ? WHERE id = ?"
                    self._connection.execute(query, (find.flaky, find.id))
            insert = "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)"
            self._connection.executemany(insert, other._rows("seen", str, str, int, int))
            self._connection.executemany(
                "INSERT INTO met VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET at = min(at, excluded.at)",
                other._rows("met", int, int, float),
            )
            self._connection.execute(
                "DELETE FROM lost WHERE (stream, start) IN (SELECT stream, start FROM units)"
            )
        return taken, both, unlike

    def _cases_of(self, unit: Unit) -> Json:
        rows = self._connection.execute(
            "SELECT find, cases FROM seen WHERE (stream, start) = (?, ?)", _key(unit)
        )
        return dict(rows.fetchall())

    def _mark_unlike(self, unit: Unit, other: Ledger) -> None:
        """Finds of a unit that was judged twice, and otherwise, do not repeat."""
        ours, theirs = self._cases_of(unit), other._cases_of(unit)
        for id_ in {*ours, *theirs}:
            if ours.get(id_) != theirs.get(id_):
                how = f"unit {unit.start} was judged twice, with other results"
                self._connection.execute("UPDATE finds SET flaky = ? WHERE id = ?", (how, id_))

    # What is read.

    def units(self) -> Iterator[Unit]:
        """All units, in the order of the stream."""
        return (Unit(*row) for row in self._rows("units", *UNIT_TYPES))

    def growth(self) -> Iterator[tuple[float, float]]:
        """Moments and how many questions were judged by then and since the one before."""
        with refused(self.path):
            for row in self._connection.execute("SELECT at, judged FROM units ORDER BY at"):
                at, judged = checked(row, float, int)
                yield float(at), float(judged)

    def starts(self, stream: str) -> Iterator[int]:
        """Where the recorded units of a stream begin, in order."""
        query = "SELECT start FROM units WHERE stream = ? ORDER BY start"
        with refused(self.path):
            for row in self._connection.execute(query, [stream]):
                yield checked(row, int)[0]

    def finds(self, limit: int = -1) -> Iterator[Find]:
        """What was found, in the order of the stream; the first ``limit`` of it."""
        query = (
            "SELECT id, signature, stream, start, at, failure, flaky, "
            "(SELECT sum(cases) FROM seen WHERE find = id) FROM finds "
            "ORDER BY stream, start, id LIMIT ?"
        )
        with refused(self.path):
            for *row, flaky, cases in self._connection.execute(query, [limit]):
                id_, signature, stream, start, at, failure = checked(
                    tuple(row), str, str, str, int, float, str
                )
                if flaky is not None:
                    checked((flaky,), str)
                checked((cases or 0,), int)
                yield Find(
                    *(id_, _signature(document(signature)), stream, start, at),
                    *(_failure(document(failure)), flaky, cases or 0),
                )

    def met(self) -> Iterator[tuple[int, int, float]]:
        """Pairs of classes that were met, and when first; a class with itself is the class."""
        return self._rows("met", int, int, float)

    def lost(self) -> Iterator[tuple[str, int, str]]:
        """Units that could not be judged, and why."""
        return self._rows("lost", str, int, str)

    def _rows(self, table: str, *types: type) -> Iterator[tuple[Any, ...]]:
        with refused(self.path):
            # A WITHOUT ROWID table is read in the order of its key.
            for row in self._connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - ours
                yield checked(row, *types)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with refused(self.path):
            self._connection.execute("PRAGMA synchronous = EXTRA")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _check_about(self) -> None:
        wanted = {"implementation": str, "seed": int, "unit": int, "specification": str}
        for key, type_ in {**wanted, "kit": str, "build": dict, "sources": str}.items():
            if type(self.about.get(key)) is not type_:
                raise FormError(f"it does not say its {key}")
        claims = self.about["build"].get("claims")
        if not isinstance(claims, dict) or not {"name", "version", "capabilities", "types"} <= {
            *claims
        }:
            raise FormError("it does not say what the implementation claims")
        texts = [claims["name"], claims["version"], claims.get("language", "")]
        types, capabilities = claims.get("types"), claims["capabilities"]
        lists = [capabilities, *([] if types is None else [types])]
        if not all(isinstance(one, list) for one in lists) or not all(
            isinstance(one, str) for one in (*texts, *capabilities)
        ):
            raise FormError("it does not say what the implementation claims")
        if not all(type(one) in {int, str} for one in types or ()):
            raise FormError("the types that the implementation claims are none")
        if not 0 < self.about["unit"] <= UNIT_MAX or not 0 <= self.about["seed"] < 1 << 63:
            raise FormError("its seed or its unit is out of range")


UNIT_MAX = 1000
"""Blocks of one unit."""

KEEP_FIRST = (
    "INSERT INTO finds VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT (id) DO UPDATE SET "
    "at = min(at, excluded.at), "
    "flaky = CASE WHEN (excluded.stream, excluded.start) < (stream, start) "
    "AND ifnull(flaky, '') = '' THEN NULL ELSE flaky END, "
    "failure = CASE WHEN (excluded.stream, excluded.start) < (stream, start) "
    "THEN excluded.failure ELSE failure END, "
    "start = CASE WHEN (excluded.stream, excluded.start) < (stream, start) "
    "THEN excluded.start ELSE start END, "
    "stream = min(stream, excluded.stream)"
)
"""Keeps the failure of the earliest unit in the stream, whoever was first to judge it."""


def find_id(signature: Mapping[str, Any]) -> str:
    """The id of a way of being wrong: the same everywhere."""
    text = json.dumps([signature["problem"], signature["ways"]])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _key(unit: Unit) -> tuple[str, int]:
    return unit.stream, unit.start


def _signature(read: Any) -> Json:
    is_one = isinstance(read, dict) and isinstance(read.get("problem"), str)
    ways = read.get("ways") if is_one else None
    parts = [part for way in ways for part in way] if isinstance(ways, list) else [None]
    if not is_one or not ways or not all(isinstance(part, str) for part in parts):
        raise FormError("a find has no signature")
    if any(len(way) != 3 for way in ways):
        raise FormError("a find has no signature")
    return {"problem": read["problem"], "ways": ways}


def _failure(read: Any) -> Json:
    if not isinstance(read, dict):
        raise FormError("a failure is no object")
    if read and not all(isinstance(read.get(key), str) for key in ("id", "requirement", "problem")):
        raise FormError("a failure is of another form")
    return read


def now() -> float:
    """Seconds since 1970."""
    return round(time.time(), 3)

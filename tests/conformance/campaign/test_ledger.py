"""A ledger loses nothing that it said it had, counts nothing twice, and trusts no file."""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.campaign import made_ledgers
from tests.conformance.campaign.made_ledgers import about, fill, told, unit
from torq_conformance.campaign.foreign_ledger import SCHEMA
from torq_conformance.campaign.ledger import Ledger, Recorded
from torq_conformance.campaign.merging import merge_into
from torq_conformance.errors import KitError

WRITER = [sys.executable, made_ledgers.__file__]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.create(path, about()) as made:
        yield made


def test_a_unit_is_counted_once(ledger: Ledger) -> None:
    fill(ledger, range(10))
    before = told(ledger)
    fill(ledger, [3, 4, 8])
    assert told(ledger) == before
    assert before["judged"] == 10_000


def test_order_does_not_matter(tmp_path: Path, ledger: Ledger) -> None:
    fill(ledger, range(30))
    starts = [*range(30)]
    random.Random(5).shuffle(starts)
    with Ledger.create(tmp_path / "other.sqlite", about()) as other:
        fill(other, starts)
        assert told(other) == told(ledger)


def test_the_earliest_failure_is_kept_and_asked_again(ledger: Ledger) -> None:
    fill(ledger, [24])
    (find,) = ledger.finds()
    ledger.record_flaky(find.id, "")
    fill(ledger, [12])
    (earlier,) = ledger.finds()
    assert (earlier.start, earlier.failure["id"], earlier.flaky) == (12, f"{12:010x}", None)
    assert earlier.cases == 4


def test_merged_parts_are_the_whole(tmp_path: Path, ledger: Ledger) -> None:
    fill(ledger, range(40))
    parts = [tmp_path / f"{name}.sqlite" for name in "abc"]
    for at, part in enumerate(parts):
        with Ledger.create(part, about()) as one:
            # They overlap.
            fill(one, range(at * 12, at * 12 + 16))
    whole = tmp_path / "whole.sqlite"
    counts = [merge_into(whole, part) for part in parts]
    assert counts == [(16, 0, 0), (12, 4, 0), (12, 4, 0)]
    with Ledger.open(whole) as merged:
        assert told(merged) == told(ledger)


def test_a_unit_that_came_out_twice_otherwise_is_flaky(tmp_path: Path, ledger: Ledger) -> None:
    fill(ledger, range(5))
    other = tmp_path / "other.sqlite"
    with Ledger.create(other, about()) as one:
        one.record([Recorded(unit(4))])
    assert merge_into(ledger.path, other) == (0, 1, 1)
    hows = [find.flaky for find in ledger.finds() if find.flaky]
    assert hows == ["unit 4 was judged twice, with other results"]


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"unit": 2}, {"kit": "9"}, {"sources": "0"}, {"implementation": "python:a:B"}],
    ids=str,
)
def test_another_campaign_is_not_merged(
    tmp_path: Path, ledger: Ledger, other: dict[str, object]
) -> None:
    fill(ledger, range(3))
    strange = tmp_path / "strange.sqlite"
    with Ledger.create(strange, about(**other)) as one:
        fill(one, [7])
    with pytest.raises(KitError, match="another campaign"):
        merge_into(ledger.path, strange)
    assert told(ledger)["judged"] == 3000


def test_only_one_campaign_writes(path: Path) -> None:
    Ledger.create(path, about()).close()
    with subprocess.Popen([*WRITER, path], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            with (
                Ledger.open(path) as ledger,
                pytest.raises(KitError, match=f"process {writer.pid}"),
            ):
                ledger.begin()
        finally:
            writer.kill()


def killed(path: Path, times: int) -> None:
    """Kill whoever writes at random moments; what it said it had recorded must be there."""
    Ledger.create(path, about()).close()
    source = random.Random(1)
    said = 0
    for _ in range(times):
        with subprocess.Popen([*WRITER, path], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(source.uniform(0, 0.1))
            writer.kill()
            rest = writer.stdout.read().split()
        said = max([said, *map(int, rest[:-1])])
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
        with Ledger.open(path) as ledger:
            starts = [*ledger.starts("drawn")]
            assert starts == [*range(len(starts))]
            assert len(starts) > said
            said = len(starts) - 1
    with Ledger.open(path) as ledger, Ledger.create(path.with_suffix(".one"), about()) as one:
        fill(one, range(said + 1))
        assert told(ledger) == told(one)


def test_nothing_is_lost_by_a_kill(path: Path) -> None:
    killed(path, 3)


@pytest.mark.long
def test_nothing_is_lost_by_a_hundred_kills(path: Path) -> None:
    killed(path, 100)


def test_a_full_disk_is_one_line_and_loses_nothing(path: Path) -> None:
    Ledger.create(path, about()).close()
    size = path.stat().st_size
    done = subprocess.run(
        [*WRITER, path],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8192, size + 8192)),
    )
    assert "make room and run the same command again" in done.stderr.splitlines()[-1]
    recorded = [int(line) for line in done.stdout.split()]
    assert recorded
    with Ledger.open(path) as ledger:
        assert [*ledger.starts("drawn")] == recorded
        fill(ledger, [recorded[-1] + 1])


def altered(path: Path, *statements: str) -> Path:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return path


STRANGE = {
    "another application": ["PRAGMA application_id = 7"],
    "another version": ["PRAGMA user_version = 99"],
    "a view": ["CREATE VIEW v AS SELECT 1"],
    "a trigger": ["CREATE TRIGGER t AFTER INSERT ON units BEGIN SELECT 1; END"],
    "a table that is a view": ["DROP TABLE met", "CREATE VIEW met AS SELECT 1, 2, 3.0"],
    "no table": ["DROP TABLE seen"],
    "no suite": ["DELETE FROM about WHERE key = 'specification'"],
    "no JSON": ["UPDATE about SET value = '{' WHERE key = 'build'"],
    "deep JSON": [f"UPDATE about SET value = '{'[' * 5000}' WHERE key = 'build'"],
    "claims of another form": [
        """UPDATE about SET value = '{"claims": {"name": 1, "version": "", "capabilities": []}}'
        WHERE key = 'build'"""
    ],
    "a seed that is text": ["UPDATE about SET value = '\"x\"' WHERE key = 'seed'"],
}


@pytest.mark.parametrize("statements", STRANGE.values(), ids=STRANGE)
def test_a_strange_file_is_refused(path: Path, statements: list[str]) -> None:
    Ledger.create(path, about()).close()
    with pytest.raises(KitError) as refused:
        Ledger.open(altered(path, *statements))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE units SET judged = 'many'",
        "UPDATE units SET digests = x'00'",
        "UPDATE units SET at = 1e300",
        "UPDATE finds SET failure = '[]'",
        'UPDATE finds SET signature = \'{"problem": "p", "ways": []}\'',
        "UPDATE finds SET flaky = x'00'",
    ],
)
def test_strange_values_are_refused(path: Path, statement: str) -> None:
    with Ledger.create(path, about()) as ledger:
        fill(ledger, range(5))
    with Ledger.open(altered(path, statement)) as ledger, pytest.raises(KitError):
        told(ledger)


def test_what_is_no_ledger_is_refused(path: Path) -> None:
    for content in (b"", b"SQLite format 3\0", os.urandom(5000)):
        path.write_bytes(content)
        with pytest.raises(KitError):
            Ledger.open(path)
    path.unlink()
    altered(path, *SCHEMA)
    with pytest.raises(KitError, match="another kind of file"):
        Ledger.open(path)


def test_mutated_ledgers_are_read_or_refused(path: Path, request: pytest.FixtureRequest) -> None:
    with Ledger.create(path, about()) as ledger:
        fill(ledger, range(60))
    whole = path.read_bytes()
    source = random.Random(3)
    refused = []
    for _ in range(request.config.getoption("--mutation-count")):
        data = bytearray(whole)
        for _ in range(source.choice((1, 2, 8, 200))):
            data[source.randrange(len(data))] = source.choice((0, 255, source.randrange(256)))
        path.write_bytes(data[: source.choice((len(data), len(data), source.randrange(len(data))))])
        try:
            with Ledger.open(path) as ledger:
                told(ledger)
        except KitError as error:
            refused.append(str(error))
    assert refused
    assert "\n" not in "".join(refused)

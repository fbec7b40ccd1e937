"""Right relays are conformant, faulty ones are found by their rule, smaller and again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from torq_conformance.judging.record import TestRecord
from torq_conformance.relay import messages
from torq_conformance.relay.actions import Action, Do, burst, connect, send
from torq_conformance.relay.cases import Bench, RelayCase
from torq_conformance.relay.catalog import TESTS
from torq_conformance.relay.chapters.lifetime import BEHIND_BYTES, stops
from torq_conformance.relay.chapters.loads import crowds, together
from torq_conformance.relay.mutants import matrix
from torq_conformance.relay.mutants.gallery import GALLERY
from torq_conformance.relay.session import Judging, RelayRun
from torq_conformance.running import results
from torq_conformance.running.known_failures import PLACEHOLDER
from torq_specs.relay_rules import RELAY_DOMAINS, RELAY_RULES

JITTERY = Path(__file__).parent / "jittery.py"
LEISURELY = Path(__file__).parent / "leisurely.py"
LIBERAL = Path(__file__).parent / "liberal.py"
LITTLE_ROOM = Path(__file__).parent / "little_room.py"
PLACES = "--domain {domain} --socket {socket} --audit {audit}"

MUTANTS = ("D07", "D13", "E01", "I02", "O01", "F12")
SCATTERED = {
    "F14": "framing::pauses",
    "F15": "framing::pauses",
    "F16": "framing::bursts",
    "F17": "framing::bursts",
    "G09": "dropping::garbage_in_pieces",
    "G10": "dropping::garbage_in_pieces",
    "C12": "dropping::sums",
    "C13": "dropping::sums",
    "A06": "loads::ends",
    "D16": "connections::at_once",
}
"""Faults that show now and then, and the test that finds each."""

ROUNDS_MAX = 10
"""Times that a fault which shows now and then is looked for."""

CHEAP = ("delivery", "framing", "dropping", "connections")
"""Tests that a relay that delays everything goes through in seconds."""


def relay(command: str, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "torq_conformance.cli", "relay", command, *words]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)


def test_the_reference_is_conformant_and_replays(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    done = relay("reference", "--profile", "quick", "--domains", "3", "--results", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    document = results.load(path)
    assert document["conclusion"].startswith("no failure in the quick profile for Execution")
    judged = {row["id"] for row in document["requirements"] if row["judged"]}
    measured = {"RLY-RATE", "RLY-LATENCY", "RLY-MEMORY"}
    assert judged >= set(RELAY_RULES) - measured - {"RLY-DUPLEX"}


def test_a_faulty_relay_fails_and_its_failure_can_be_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    faulty = matrix.command_of(GALLERY["N05"])
    words = ("--domains", "MarketData", "--results", str(path))
    done = relay(faulty, *words, "-k", "domains")
    assert done.returncode == 1
    assert "RLY-DOMAIN" in done.stdout
    document = results.load(path)
    assert [cause["requirement"] for cause in document["causes"]] == ["RLY-DOMAIN"]
    id_ = document["failures"][0]["id"]
    assert f"--replay {id_}" in done.stdout
    assert relay(faulty, *words, "--replay", id_).returncode == 1
    fixed = relay("reference", *words, "--replay", id_)
    assert (fixed.returncode, fixed.stdout.splitlines()[-1]) == (0, "FIXED")


def test_a_drawn_failure_is_made_small_and_fails_alone() -> None:
    bench = Bench(matrix.command_of(GALLERY["F12"]), RELAY_DOMAINS[0], deadline=2.0)
    record = TestRecord("drawn::schedules[MarketData]", planned=200)
    try:
        Judging(bench, record, failed_max=1, is_confirmed=False).drawn(0, 200)
    finally:
        bench.close()
    failure = record.failures[0]
    assert failure["requirement"] == "RLY-FRAMING"
    # Two connections at most, and the pieces of two messages.
    assert len(failure["asked"]["actions"]) <= 4
    json.dumps(failure)


def test_the_gallery_has_a_fault_for_every_rule() -> None:
    assert len(GALLERY) >= 40
    rules = {rule for mutant in GALLERY.values() for rule in mutant.violates}
    assert rules == set(RELAY_RULES) - {"RLY-RATE", "RLY-LATENCY", "RLY-MEMORY"}
    assert all(mutant.__doc__ for mutant in GALLERY.values())


@pytest.mark.parametrize("id_", MUTANTS)
def test_mutants_are_killed_by_their_rule(id_: str) -> None:
    kill = matrix.judge(GALLERY[id_])
    assert kill.is_killed, kill


def judged(command: str, number: int, *tests: str, claims: tuple[str, ...] = ()) -> results.Results:
    """What comes of some tests of one domain."""
    run = RelayRun(command, claims, (number,), schedules=0, deadline=4.0)
    outcome = run.results()
    try:
        for rule, name, test, count in run.plan():
            if name.partition("[")[0] in tests:
                outcome.planned_tests[name] = count
                outcome.records[name] = run.judge(rule, name, test, count)
    finally:
        run.close()
    assert len(outcome.records) == len(tests)
    return outcome


@pytest.mark.parametrize("id_", [*SCATTERED])
def test_what_shows_now_and_then_is_found_by_its_rule_alone(id_: str) -> None:
    mutant = GALLERY[id_]
    rule = RELAY_DOMAINS[mutant.domain - 1]
    (test,) = [one for one in TESTS if one.name == SCATTERED[id_]]
    bench = Bench(matrix.command_of(mutant), rule, deadline=2.0)
    record = TestRecord(test.name)
    try:
        # What the relay reads before a client is gone is a race, which it may win a few times.
        for _ in range(ROUNDS_MAX):
            judging = Judging(bench, record, failed_max=1, is_confirmed=False)
            judging.enumerated([*test.source(rule)])
            if record.failures:
                break
    finally:
        bench.close()
    assert [one["requirement"] for one in record.failures] == [mutant.violates[0]]


@pytest.mark.parametrize(
    ("id_", "requirement", "tests", "count"),
    [
        ("I04", "RLY-IDLE", ("framing::pauses", "framing::bursts", "framing::splits"), 1),
        (
            "D17",
            "RLY-DELIVER",
            ("delivery::messages", "framing::cut_off", "connections::half_closed"),
            2,
        ),
    ],
)
def test_one_fault_is_one_cause_in_whatever_test_it_shows(
    id_: str, requirement: str, tests: tuple[str, ...], count: int
) -> None:
    outcome = judged(matrix.command_of(GALLERY[id_]), 1, *tests)
    (cause,) = outcome.document()["causes"]
    assert cause["requirement"] == requirement
    assert cause["tests"] >= count


@pytest.mark.parametrize(
    ("script", "tests"),
    [
        ("liberal.py skips-garbage", ("dropping::garbage_in_pieces", "dropping::garbage")),
        ("liberal.py reads-late", ("framing::bursts",)),
        ("jittery.py quiet-7-2", (*SCATTERED.values(),)),
        ("little_room.py newest:0", ("framing::bursts", "framing::pauses")),
    ],
)
def test_a_right_relay_may_be_late_skip_and_have_little_room(
    script: str, tests: tuple[str, ...]
) -> None:
    command = f"{sys.executable} {Path(__file__).parent / script} {PLACES}"
    claims = ("echo",) if "echo" in script else ()
    outcome = judged(command, 2, *dict.fromkeys(tests), claims=claims)
    assert outcome.document()["causes"] == []
    assert [one.lost for one in outcome.records.values() if one.lost] == []


def test_very_long_pauses_are_asked_by_the_exhaustive_profile_alone() -> None:
    def names(profile: str) -> set[str]:
        run = RelayRun("reference", profile=profile, domains=(1,))
        return {name.partition("[")[0] for _, name, _, _ in run.plan()}

    assert names("exhaustive") - names("standard") == {"framing::long_pauses"}


@pytest.mark.parametrize("seed", ["quiet 1", "echo 2"])
def test_a_right_relay_that_delays_splits_and_joins_is_never_red(
    seed: str, relay_rounds: int
) -> None:
    echo = ("echo",) if "echo" in seed else ()
    for number in range(relay_rounds):
        word = f"{seed} {number}".replace(" ", "-")
        command = f"{sys.executable} {JITTERY} {word} {PLACES}"
        run = RelayRun(command, echo, (2,), schedules=20 if relay_rounds == 1 else 200)
        outcome = run.results()
        run.run(outcome) if relay_rounds > 1 else judge_cheap(run, outcome)
        causes = outcome.document()["causes"]
        assert causes == [], f"{command}: {causes}"


def judge_cheap(run: RelayRun, outcome: results.Results) -> None:
    try:
        for rule, name, test, count in run.plan():
            if name.startswith((*CHEAP, "drawn")):
                outcome.planned_tests[name] = count
                outcome.records[name] = run.judge(rule, name, test, count)
    finally:
        run.close()


@pytest.mark.parametrize("seconds", ["0.3", "1"])
def test_a_relay_that_takes_a_second_is_joined_all_the_same(seconds: str) -> None:
    bench = Bench(f"{sys.executable} {LEISURELY} {seconds} all {PLACES}", RELAY_DOMAINS[2])
    try:
        assert bench.stage.findings.problems == []
        assert not bench.stage.findings.is_stuck
    finally:
        bench.close()


@pytest.mark.parametrize("seconds", ["0.02", "0.1", "0.3"])
def test_what_a_storm_of_clients_sent_may_come_schedules_later(seconds: str) -> None:
    rule = RELAY_DOMAINS[2]
    bench = Bench(f"{sys.executable} {LEISURELY} {seconds} storm {PLACES}", rule)
    storms = [case for case in crowds(rule) if case.label.endswith("send and go")]
    record = TestRecord("drawn::schedules[Execution]", planned=len(storms) + 100)
    try:
        judging = Judging(bench, record)
        judging.enumerated(storms)
        judging.drawn(0, 100)
    finally:
        bench.close()
    assert len(storms) == 1
    assert record.failures == []


@pytest.mark.parametrize(
    ("liberty", "test", "number"),
    [
        ("skips foreign payloads", "dropping::limits", 3),
        ("late lines", "records::audit", 3),
        ("late counters", "records::metrics", 3),
        ("chatty", "loads::together", 3),
        ("pool", "loads::crowds", 3),
        ("lingers", "loads::crowds", 3),
        ("closes", "loads::duplex", 1),
        ("closes", "loads::together", 1),
        ("few at a time", "loads::together", 3),
    ],
)
def test_a_right_relay_may_do_what_the_page_leaves_open(
    liberty: str, test: str, number: int
) -> None:
    command = f"{sys.executable} {LIBERAL} {liberty.replace(' ', '-')} {PLACES}"
    run = RelayRun(command, ("audit", "metrics"), (number,), schedules=200, select=test)
    outcome = run.results()
    run.run(outcome)
    document = outcome.document()
    assert document["causes"] == []
    assert [one.lost for one in outcome.records.values()] == [""]


def failures_of(
    bench: Bench, cases: Sequence[RelayCase], *, is_confirmed: bool = True
) -> list[dict[str, object]]:
    """The failures of some cases; the bench is closed behind them."""
    record = TestRecord("some", planned=len(cases))
    try:
        Judging(bench, record, is_confirmed=is_confirmed).enumerated(cases)
    finally:
        bench.close()
    return record.failures


def test_the_rest_of_what_may_arrive_is_waited_for() -> None:
    rule = RELAY_DOMAINS[2]
    bench = Bench(f"{sys.executable} {LIBERAL} tears {PLACES}", rule)
    stage, data = bench.stage, messages.message(rule.domain, 7, source=9)
    try:
        stage.begin()
        stage.do(*connect("a"))
        stage.expect_perhaps("a", data)
        stage.parties["a"].client.write(data)
        assert stage.finish() == []
        assert all(
            data in party.client.seen for party in stage.parties.values() if party.name != "a"
        )
    finally:
        bench.close()


def test_a_crowd_that_is_accepted_one_by_one_is_waited_for() -> None:
    rule = RELAY_DOMAINS[2]
    bench = Bench(f"{sys.executable} {LIBERAL} one-by-one {PLACES}", rule, deadline=2.0)
    crowd = [case for case in crowds(rule) if case.label == "500 connections at once"]
    assert len(crowd) == 1
    assert failures_of(bench, crowd) == []


def test_what_a_relay_has_not_read_at_sigterm_is_waited_for() -> None:
    rule = RELAY_DOMAINS[2]
    bench = Bench(f"{sys.executable} {LIBERAL} reads-late {PLACES}", rule)
    pending = [case for case in stops(rule) if case.label == "right behind 40 messages"]
    assert len(pending) == 1
    assert failures_of(bench, pending) == []


@pytest.mark.parametrize(("liberty", "count"), [("reaps", 1), ("closes later", 60)])
def test_who_does_not_read_may_be_closed_and_what_it_sent_lost(liberty: str, count: int) -> None:
    command = f"{sys.executable} {LIBERAL} {liberty.replace(' ', '-')} {PLACES}"
    bench = Bench(command, RELAY_DOMAINS[0])
    some = [messages.message(1, number, 60_000) for number in range(count)]
    own, last = messages.message(1, 100, source=2), messages.message(1, 100)
    stage = bench.stage
    try:
        stage.begin()
        stage.do(*connect("slow", "a"), Action(Do.STALL, "slow"), burst("a", *some))
        slow = stage.parties["slow"].client
        if count == 1:
            assert stage.wire.pump(lambda: slow.is_cut, 10)
        stage.do(send("slow", own), Action(Do.RESUME, "slow"), send("a", last))
        assert stage.wire.pump(lambda: slow.has_ended, 10)
        assert stage.finish() == []
    finally:
        bench.close()


def behind(command: str) -> list[dict[str, object]]:
    """The failures of a relay that is stopped while a reader is behind."""
    rule = RELAY_DOMAINS[0]
    cases = [case for case in stops(rule) if case.label.endswith("behind and reads on")]
    assert len(cases) == len(BEHIND_BYTES)
    return failures_of(Bench(command, rule), cases)


def test_what_waits_for_a_reader_that_is_behind_is_missed_after_sigterm() -> None:
    failures = behind(matrix.command_of(GALLERY["Z09"]))
    assert {one["requirement"] for one in failures} == {"RLY-STOP"}
    assert "without SIGTERM it receives all of" in str(failures)


@pytest.mark.parametrize(
    "room", ["newest:0", "newest:300000", "oldest:500000", "closes:400000", "parts:8", "hurries:40"]
)
def test_a_right_relay_with_little_room_may_be_stopped(room: str) -> None:
    assert behind(f"{sys.executable} {LITTLE_ROOM} {room} {PLACES}") == []


def test_bytes_of_senders_that_write_at_once_are_not_mixed() -> None:
    bench = Bench(matrix.command_of(GALLERY["O05"]), RELAY_DOMAINS[0], deadline=2.0)
    failures = failures_of(bench, [*together(RELAY_DOMAINS[0])], is_confirmed=False)
    assert {one["requirement"] for one in failures} == {"RLY-ORDER"}
    assert "is followed by bytes of something else from its byte" in str(failures)


def test_known_failures_of_a_relay_are_written_and_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "known.toml"
    options = ("--domains", "3", "-k", "dropping::checksums", "--known-failures", str(path))
    where = ("--results", str(tmp_path / "results.json"))
    faulty = matrix.command_of(GALLERY["C02"])
    first = relay(faulty, *options, *where, "--fix-known-failures")
    assert first.returncode == 1, first.stdout + first.stderr
    assert "0 taken out, 1 written; write a reason" in first.stdout
    path.write_text(path.read_text().replace(PLACEHOLDER, "the old firmware"))
    known = relay(faulty, *options, *where)
    assert known.returncode == 0, known.stdout + known.stderr
    assert "but for 1 known failure" in known.stdout

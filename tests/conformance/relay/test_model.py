"""The model: what a right relay makes of bytes does not depend on how they were cut."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from torq_conformance.relay import drawn, messages
from torq_conformance.relay.actions import Do, from_json, to_json
from torq_conformance.relay.expected import Entry, Inbox, Known, Problem, problems
from torq_conformance.relay.findings import Findings
from torq_conformance.relay.model import Fate, Sender
from torq_conformance.relay.reference.engine import Connection, Relay
from torq_conformance.relay.reference.logic import MARKET_DATA
from torq_conformance.relay.verdicts import findings_of, rule_of_problem
from torq_specs.relay_rules import RELAY_DOMAINS

if TYPE_CHECKING:
    from torq_conformance.relay.process import RelayProcess

MARKET, SIGNAL, EXECUTION = RELAY_DOMAINS
OWN = messages.message(3, 1, 60)
PARTS = {
    "own": OWN,
    "foreign": messages.message(1, 2, 50),
    "damaged": messages.damaged(messages.message(3, 3, 70)),
    "header": messages.message(3, 4, 32),
    "garbage": b"\x00garbage",
    "too large": messages.announcing(3, 5, 1 << 20),
}
FATES = {
    "own": Fate.OWN,
    "header": Fate.OWN,
    "foreign": Fate.FOREIGN,
    "damaged": Fate.CHECKSUM,
    "garbage": Fate.GARBAGE,
    "too large": Fate.TOO_LARGE,
}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["own", "foreign", "damaged", "header"]), max_size=6),
    st.lists(st.integers(0, 400), max_size=8),
)
def test_fates_do_not_depend_on_how_bytes_are_cut(names: list[str], cuts: list[int]) -> None:
    data = b"".join(PARTS[name] for name in names)
    sender = Sender(EXECUTION)
    found = []
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    for start, end in itertools.pairwise(places):
        found += sender.feed(data[start:end])
    assert [read.fate for read in found] == [FATES[name] for name in names]
    assert b"".join(read.data for read in found) == data


def test_what_follows_garbage_is_not_certain_and_what_precedes_it_is() -> None:
    sender = Sender(EXECUTION)
    found = sender.feed(OWN + PARTS["garbage"] + OWN)
    assert [read.fate for read in found] == [Fate.OWN, Fate.GARBAGE, Fate.OWN]
    assert [read.is_certain for read in found] == [True, True, False]


def test_a_message_knows_what_follows_it_in_the_same_piece() -> None:
    found = Sender(EXECUTION).feed(OWN + PARTS["damaged"] + PARTS["header"])
    assert [read.after for read in found] == [Fate.CHECKSUM, Fate.OWN, None]
    for name in ("garbage", "too large"):
        found = Sender(EXECUTION).feed(PARTS["foreign"] + OWN + PARTS["header"] + PARTS[name])
        assert [read.after for read in found] == [FATES[name]] * 3 + [None]


def test_what_ends_a_burst_follows_all_of_its_pieces() -> None:
    pieces = [OWN[:30], OWN[30:], PARTS["header"] + PARTS["garbage"]]
    sender = Sender(EXECUTION)
    end = sender.end_of(pieces)
    assert (end, sender) == (Fate.GARBAGE, Sender(EXECUTION))
    found = [read for piece in pieces for read in sender.feed(piece, end=end)]
    assert [read.after for read in found] == [Fate.GARBAGE, Fate.GARBAGE, None]
    assert sender.end_of([OWN]) is None


def rules_of(*names: str, at: int) -> tuple[str, ...]:
    """What the loss of one of these, written at once, would break."""
    findings = Findings(cast("RelayProcess", None), EXECUTION, {}, echoes=False, deadline=1)
    return findings.rules_of(Sender(EXECUTION).feed(b"".join(PARTS[name] for name in names))[at])


def test_a_loss_in_front_of_something_wrong_speaks_of_that() -> None:
    assert rules_of("own", "own", "garbage", at=0)[0] == "RLY-GARBAGE"
    both = ("RLY-GARBAGE", "RLY-LIMIT", "RLY-DOMAIN")
    assert rules_of("foreign", "own", "garbage", at=1)[:3] == both
    assert rules_of("own", "too large", at=0)[:2] == ("RLY-LIMIT", "RLY-GARBAGE")
    assert rules_of("own", "foreign", at=0)[0] == "RLY-DOMAIN"
    assert rules_of("own", "damaged", at=0)[0] == "RLY-CHECKSUM"
    assert rules_of("foreign", "own", "damaged", at=1)[:2] == ("RLY-DOMAIN", "RLY-CHECKSUM")
    assert rules_of("own", "own", at=0)[0] == "RLY-FRAMING"


def test_a_loss_is_explained_by_what_has_lost_messages_before() -> None:
    lost = Problem(("RLY-GARBAGE", "RLY-FRAMING", "RLY-DELIVER"), "lost", "")
    assert rule_of_problem(lost, "") == "RLY-GARBAGE"
    assert rule_of_problem(lost, "", {"RLY-FRAMING"}) == "RLY-FRAMING"
    assert rule_of_problem(lost, "RLY-GARBAGE", {"RLY-FRAMING"}) == "RLY-GARBAGE"
    assert rule_of_problem(lost, "", {"RLY-FRAMING", "RLY-GARBAGE"}) == "RLY-GARBAGE"
    assert rule_of_problem(lost, "", {"RLY-LIMIT"}) == "RLY-GARBAGE"
    cut = replace(lost, what="cut")
    assert rule_of_problem(cut, "", {"RLY-FRAMING"}) == "RLY-GARBAGE"


def test_a_loss_of_nothing_special_is_explained_by_another_one_of_the_kind() -> None:
    plain = Problem(("RLY-HALF", "RLY-DELIVER"), "lost", "", is_plain=True)
    assert rule_of_problem(plain, "RLY-HALF") == "RLY-HALF"
    assert rule_of_problem(plain, "RLY-HALF", {"RLY-DELIVER"}) == "RLY-DELIVER"
    special = replace(plain, is_plain=False)
    assert rule_of_problem(special, "RLY-HALF", {"RLY-DELIVER"}) == "RLY-HALF"


def test_a_case_has_one_finding_of_each_rule() -> None:
    found = [Problem(("RLY-FRAMING",), what, what) for what in ("invented", "part")]
    found.append(Problem(("RLY-ORDER",), "reordered", ""))
    findings = findings_of(found, "RLY-SLOW")
    # Behind a part of a message nobody can tell what else is wrong.
    assert [one.problem for one in findings] == ["invented"]
    found = [Problem(("RLY-SLOW",), "grown", "grown"), *found[2:], *found[2:]]
    assert [one.requirement for one in findings_of(found, "")] == ["RLY-SLOW", "RLY-ORDER"]


def test_a_loss_of_delivery_gives_way_to_a_more_exact_one() -> None:
    plain = Problem(("RLY-DELIVER",), "lost", "plain")
    exact = Problem(("RLY-DOMAIN", "RLY-DELIVER"), "closed", "exact")
    assert [one.problem for one in findings_of([plain, exact], "")] == ["exact"]
    assert [one.problem for one in findings_of([plain], "")] == ["plain"]
    (found,) = findings_of([Problem(("RLY-FRAMING", "RLY-DOMAIN"), "lost", "")], "")
    ways = [way.subject for way in found.ways if way.subject.endswith(" lost")]
    assert ways == ["RLY-FRAMING lost", "RLY-DOMAIN lost"]


def test_too_large_a_header_ends_the_connection_and_nothing_follows() -> None:
    sender = Sender(EXECUTION)
    found = sender.feed(OWN + PARTS["too large"] + OWN)
    assert [read.fate for read in found] == [Fate.OWN, Fate.TOO_LARGE]
    assert sender.must_end
    assert sender.feed(OWN) == []


def test_market_data_does_not_look_at_checksums() -> None:
    data = messages.damaged(messages.message(1, 1))
    assert [read.fate for read in Sender(MARKET).feed(data)] == [Fate.OWN]
    assert [read.fate for read in Sender(SIGNAL).feed(data)] == [Fate.FOREIGN]


def kinds(
    received: list[bytes], *, sent: list[bytes], own: bytes = b"", **known: bytes
) -> set[str]:
    """The rules and kinds of problems of a connection that was owed ``sent``."""
    inbox = Inbox("b", own={own})
    everything = Known(dict.fromkeys(sent, ("a", Fate.OWN)))
    everything.fates.update({data: ("a", Fate(fate)) for fate, data in known.items()})
    for data in sent:
        inbox.expect(Entry("a", data, ("RLY-DELIVER",)), must=True)
    found = problems(inbox, received, everything, size_max=65_536, echoes=False)
    return {f"{one.rules[0]} {one.what}" for one in found}


def test_each_kind_of_wrong_delivery_is_told_apart() -> None:
    one, two, three = (messages.message(1, number, 60 + number) for number in (1, 2, 3))
    sent = [one, two, three]
    assert kinds(sent, sent=sent) == set()
    assert kinds([one, three], sent=sent) == {"RLY-DELIVER lost"}
    assert kinds([one, one, two, three], sent=sent) == {"RLY-DELIVER repeated"}
    assert kinds([two, one, three], sent=sent) == {"RLY-ORDER reordered"}
    own = messages.message(1, 9)
    assert kinds([*sent, own], sent=sent, own=own) == {"RLY-ECHO echoed"}
    garbled = one[:40] + b"\xee" + one[41:]
    assert "RLY-DELIVER changed the payload" in kinds([garbled, two, three], sent=sent)
    foreign = messages.message(2, 8)
    known = {str(Fate.FOREIGN): foreign}
    assert kinds([*sent, foreign], sent=sent, **known) == {"RLY-DOMAIN forwarded"}


def test_what_nobody_waits_for_may_come_to_one_who_has_joined_since_and_is_no_echo() -> None:
    data = messages.message(1, 1)
    fates = {data: ("gone", Fate.OWN)}
    for is_uncertain, own, whats in (
        (True, (), []),
        (True, (data,), ["echoed"]),
        (False, (), ["stale"]),
    ):
        known = Known(fates, uncertain={hash(data)} if is_uncertain else set())
        inbox = Inbox("late", own=set(own))
        found = problems(inbox, [data], known, size_max=65_536, echoes=False)
        assert [one.what for one in found] == whats


def test_a_schedule_is_the_same_every_time_and_survives_being_kept() -> None:
    for index in range(20):
        schedule = drawn.schedule(7, index, SIGNAL)
        assert schedule == drawn.schedule(7, index, SIGNAL)
        assert from_json(to_json(schedule)) == schedule
    assert drawn.schedule(7, 1, SIGNAL) != drawn.schedule(8, 1, SIGNAL)


def test_every_kind_of_action_is_drawn() -> None:
    found = {
        action.do for index in range(1000) for action in drawn.schedule(0, index, MARKET).actions
    }
    assert found == set(Do)


def test_what_another_sender_s_later_message_shows_is_nothing() -> None:
    """Senders are independent: b's own echo may come before what a sent earlier."""
    one, two, own = (messages.message(1, number, 60 + number) for number in (1, 2, 3))
    inbox = Inbox("b", own={own})
    for sender, data in (("a", one), ("a", two), ("b", own)):
        assert inbox.expect(Entry(sender, data, ("RLY-DELIVER",)), must=True)
    inbox.excuse_unseen(Counter([own]))
    assert inbox.must == [False, False, True]
    inbox.must = [True, True, True]
    inbox.excuse_unseen(Counter([two]))
    assert inbox.must == [True, True, False]


def test_a_repeated_message_is_not_owed_where_the_first_one_may_have_come() -> None:
    one = messages.message(1, 1)
    inbox = Inbox("b")
    entry = Entry("a", one, ("RLY-DELIVER",))
    assert inbox.expect(entry, must=True)
    assert inbox.expect(entry, must=True)
    inbox.excuse(1)
    assert not inbox.expect(entry, must=True)
    assert inbox.owed == Counter([one])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([(1, 42), (1, 64), (2, 42), (4, 64), (1, 1000)]), max_size=40))
def test_messages_that_are_alike_have_the_fate_of_each_alone(kinds: list[tuple[int, int]]) -> None:
    sent = [messages.message(domain, at, size) for at, (domain, size) in enumerate(kinds)]
    passed: list[bytes] = []

    class Recording(Relay):
        def forward(self, sender: object, data: bytes, start: int, end: int, lines: object) -> None:
            passed.append(data[start:end])

    together, alone = Recording(MARKET_DATA, Path()), Recording(MARKET_DATA, Path())
    assert together.is_by_header
    alone.is_by_header = False
    data = b"".join(sent) + messages.message(1, 99)[:40]
    for relay in (together, alone):
        passed.clear()
        assert relay.frame(Connection(relay), data) == len(data) - 40
        assert b"".join(passed) == b"".join(one for one in sent if one[4] == 1)
    assert together.dropped == alone.dropped
    assert (together.received, together.forwarded) == (alone.received, alone.forwarded)

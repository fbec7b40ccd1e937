"""What is asked over stdio arrives as it was, is answered, and is judged as in process."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance import faulty
from torq_conformance.cases import header, instruments, meanings, messages, values
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.errors import KitError
from torq_conformance.implementations import stdio_json, stdio_lines, stdio_lint
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.no_answer import Garbage
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Capability, Identity, Operation, Request
from torq_conformance.implementations.stdio import StdioAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.reference import Reference
from torq_conformance.rejection import Rejected
from torq_conformance.search.messages import Messages
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of
from torq_specs.registry import REGISTRY

Start = Callable[..., StdioAdapter]
HERE = Path(__file__).parent
SERVER = [sys.executable, "-m", "torq_conformance.implementations.stdio_server"]
TRADES = [row.tobytes() for row in next(Messages(REGISTRY.named("Trade"), 1).batches(0, 900))]
BROKEN = TRADES[1][:-1]


@pytest.fixture
def stdio() -> Iterator[Start]:
    """Start a command; it is closed after the test."""
    with ExitStack() as started:

        def start(*command: str, **options: Any) -> StdioAdapter:
            deadline = options.pop("deadline", 20.0)
            options = {"deadline": deadline, "first_deadline": deadline, **options}
            adapter = StdioAdapter(shlex.join(command), **options)
            started.callback(adapter.close)
            return adapter

        yield start


def some_cases() -> list[Case]:
    """Questions of every operation, right and wrong ones."""
    trade, book = REGISTRY.named("Trade"), REGISTRY.named("OrderBook")
    pool, opaque = REGISTRY.named("PoolSwap"), REGISTRY.named("Heartbeat")
    return [
        *header.both_ways("", "bare", messages.message()),
        *header.both_ways("", "vendor", messages.message((200, b"hello"))),
        *values.out_of_range("", pool),
        *list(values.counts("", book))[:6],
        *values.sizes("", trade, REGISTRY),
        *values.sizes("", opaque, REGISTRY),
        *values.padding("", pool, REGISTRY),
        *list(values.over_capacity("", book))[:8],
        *instruments.keys("", "cache_key"),
        *instruments.keys("", "to_u64"),
        *instruments.from_cache_keys(""),
        *instruments.from_u64s(""),
        *instruments.symbols(""),
        *instruments.tokens(""),
        *list(instruments.pools(""))[:20],
        *instruments.triangles(""),
        *instruments.lp_tokens(""),
        *instruments.options(""),
        *instruments.refusals(""),
    ]


def as_text(outcome: Outcome) -> str:
    return f"{type(outcome).__name__} {outcome}"


def test_answers_are_those_in_process(stdio: Start) -> None:
    requests = [case.request for case in some_cases()]
    here = InProcessAdapter(Reference(), "reference")
    expected = [as_text(here.call(request)) for request in requests]
    adapter = stdio(*SERVER, "reference", is_linted=True)
    assert [as_text(outcome) for outcome in adapter.call_together(requests)] == expected
    assert {outcome.partition(" ")[0] for outcome in expected} == {"Accepted", "Rejected"}


def test_kit_asks_nothing_that_its_schema_does_not_know(stdio: Start) -> None:
    adapter = stdio(sys.executable, str(HERE / "linting_stdio.py"))
    requests = [case.request for case in some_cases()]
    quote = REGISTRY.named("Quote")
    requests += [case.request for case in meanings.judged(quote, quote.rules[0], REGISTRY)]
    requests += [Request(Operation.THROUGHPUT, {"workload": "parse", "count": 3})]
    outcomes = adapter.call_together(requests)
    assert {type(outcome) for outcome in outcomes} == {Accepted, Rejected}
    assert adapter.roundtrip_many(TRADES) == TRADES


def test_linting_implementation_ends_at_a_request_out_of_form(stdio: Start) -> None:
    adapter = stdio(sys.executable, str(HERE / "linting_stdio.py"))
    outcome = adapter.call(Request(Operation.THROUGHPUT, {"workload": 7, "count": 3}))
    assert isinstance(outcome, Crashed)
    assert "LINT $" in outcome.detail


def test_linted_kit_refuses_to_ask_out_of_form(stdio: Start) -> None:
    adapter = stdio(*SERVER, "reference", is_linted=True)
    with pytest.raises(KitError, match="The kit asks out of form"):
        adapter.call(Request(Operation.THROUGHPUT, {"workload": 7, "count": 3}))


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ("error with list", "$.error.context: [1] is not of type 'object'"),
        ("upper-case hex", "(schema of answer to decode)"),
        ("unsupported false", "$.unsupported: True was expected"),
        ("nothing but the id", "(schema of answer to decode)"),
    ],
)
def test_lint_says_what_is_out_of_form(way: str, why: str, stdio: Start) -> None:
    adapter = stdio(sys.executable, "-S", str(HERE / "hostile_stdio.py"), way, is_linted=True)
    outcome = adapter.call(Request(Operation.DECODE, b"bad"))
    assert isinstance(outcome, OutOfProtocol)
    assert why in outcome.why


def test_identity_is_what_hello_says(stdio: Start) -> None:
    identity = stdio(*SERVER, "reference").identity
    assert (identity.name, identity.version, identity.language) == ("reference", "1", "Python")
    claimed = {*map(Capability, Reference.capabilities), Capability.FRAMES}
    assert identity.capabilities == claimed - {Capability.BUFFERS, Capability.VIEWS}


@pytest.mark.parametrize("is_claimed", [True, False], ids=["frames", "batches"])
def test_many_come_back_and_refusals_are_nothing(stdio: Start, is_claimed: bool) -> None:
    program = SERVER if is_claimed else [sys.executable, str(HERE / "linting_stdio.py")]
    adapter = stdio(*program, "reference")
    if not is_claimed:
        rest = adapter.identity.capabilities - {Capability.FRAMES}
        adapter.identity = type(adapter.identity)("reference", "1", rest)
    assert adapter.roundtrip_many(TRADES) == TRADES
    assert adapter.roundtrip_many([TRADES[0], BROKEN, TRADES[2]]) == [TRADES[0], None, TRADES[2]]
    assert adapter.roundtrip_many([b""]) == [None]
    assert adapter.roundtrip_many([]) == []
    # A question by lines ends the mode, and the next batch begins it again.
    assert isinstance(adapter.call(Request(Operation.DECODE, TRADES[0])), Accepted)
    assert adapter.roundtrip_many(TRADES) == TRADES


def test_implementation_that_raises_has_crashed(stdio: Start) -> None:
    adapter = stdio(*SERVER, "python:tests.conformance.faulty:ShortBufferRaises")
    outcome = adapter.call(Request(Operation.DECODE, b""))
    assert isinstance(outcome, Crashed)
    assert outcome.how == "exited with code 1 in mid-call"
    assert "raised IndexError: index out of range" in outcome.detail


FOUND_ALIKE = ("FlagsCleared", "ChecksumZero", "PriceUnsigned", "LevelsCut", "OffsetFromMessage")


@pytest.mark.parametrize("name", FOUND_ALIKE)
def test_fault_is_found_by_the_same_requirement_as_in_process(name: str, stdio: Start) -> None:
    requirement = str(getattr(faulty, name).__doc__).partition(":")[0]
    adapter = stdio(*SERVER, f"python:tests.conformance.faulty:{name}")
    here = InProcessAdapter(getattr(faulty, name)(), name)
    asked = "TLV-TRUNCATED" if requirement == "ERR-CONTEXT-MUST" else requirement
    found = [_failures(Judge(one), asked) for one in (adapter, here)]
    assert requirement in found[0]
    assert found[0] == found[1]


def _failures(judge: Judge, requirement: str) -> dict[str, int]:
    """How often each requirement failed in the first test that names one."""
    test = next(t for t in suite_tests() if t.names(requirement) and not t.is_generated)
    line = next(x for x in test.lines(judge.registry) if x in (None, REGISTRY[1], REGISTRY[3]))
    judge.start(test.name, 0)
    judge.judge_all(cases_of(test.source, judge.registry, line))
    return {id_: tally.failed for id_, tally in judge.record.tallies.items() if tally.failed}


def test_calls_in_a_row_are_judged_as_such(stdio: Start) -> None:
    judge = Judge(stdio(*SERVER, "reference"))
    decode = Request(Operation.DECODE, TRADES[0])
    assert judge.judge(Sequence("STATE-INDEPENDENT", "twice", (decode, decode)))


def test_garbage_in_a_row_fails_and_does_not_end_the_run(stdio: Start) -> None:
    adapter = stdio(sys.executable, "-S", str(HERE / "hostile_stdio.py"), "two answers")
    judge = Judge(adapter)
    good, bad = Request(Operation.DECODE, b"good"), Request(Operation.DECODE, b"bad")
    judge.start("row", 1)
    assert not judge.judge(Sequence("STATE-INDEPENDENT", "a row", (bad, good)))
    assert judge.record.lost == ""


class Buffered:
    """Gives no answer before all are there, and then garbage: the first ones are lost."""

    identity = Identity("buffered", "1", frozenset({Capability.DECODE}))

    def call(self, request: Request) -> Outcome:
        return OutOfProtocol("garbage")

    def call_together(self, requests: Iterable[Request]) -> list[Outcome]:
        return [Lost("request 2 of 2 ended it"), OutOfProtocol("garbage")]

    def call_at_once(self, requests: Iterable[Request], rounds: int) -> list[Outcome]:
        return self.call_together(requests)

    def renew(self) -> None:
        pass

    def close(self) -> None:
        pass


def test_requests_lost_to_garbage_do_not_end_the_run() -> None:
    judge = Judge(Buffered())
    decode = Request(Operation.DECODE, TRADES[0])
    judge.start("row", 1)
    assert not judge.judge(Sequence("STATE-INDEPENDENT", "a row", (decode, decode)))
    assert judge.record.lost == ""


def test_throughput_is_passed_through(stdio: Start) -> None:
    outcome = stdio(*SERVER, "reference").call(
        Request(Operation.THROUGHPUT, {"workload": "parse", "count": 10})
    )
    assert isinstance(outcome, Accepted)
    assert isinstance(outcome.value, dict)
    expected = Reference().throughput("parse", 10)
    assert outcome.value["digest"] == expected["digest"]
    assert outcome.value["operations"] == 10


def test_options_that_make_no_sense_are_explained() -> None:
    with pytest.raises(KitError, match="has a process of its own"):
        connect("stdio:./my-codec", is_in_process=True)
    with pytest.raises(KitError, match="There are no lines to lint"):
        connect("reference", is_linted=True)


def test_runtimes_that_reserve_much_memory_can_start(stdio: Start) -> None:
    """As an address sanitizer does: terabytes of data that are never touched."""
    program = "import mmap, runpy; m = mmap.mmap(-1, 14 << 40, flags=mmap.MAP_PRIVATE | 0x4000);"
    program += "runpy.run_path('hostile_stdio.py', run_name='__main__')"
    program = program.replace("hostile_stdio.py", str(HERE / "hostile_stdio.py"))
    assert stdio(sys.executable, "-S", "-c", program, "right").identity.name == "hostile"


def test_late_process_is_ended_and_does_not_answer_the_next(stdio: Start) -> None:
    adapter = stdio(*SERVER, "reference", deadline=0.02)
    outcomes = [adapter.call(Request(Operation.THROUGHPUT, {"workload": "reject", "count": 10**6}))]
    assert isinstance(outcomes[0], TimedOut)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(max_size=5), parts),
    max_leaves=8,
)
verdicts = st.sampled_from(["ok", "error", "unsupported", "id", "more"])
requests = st.sampled_from([case.request for case in some_cases()[::37]])


@given(
    requests, st.dictionaries(verdicts, json_values) | st.fixed_dictionaries({"ok": json_values})
)
def test_any_answer_is_an_outcome(request: Request, document: dict[str, Any]) -> None:
    outcome = stdio_lines.read_answer(request, document, REGISTRY)
    assert isinstance(outcome, Accepted | Rejected | OutOfProtocol | Exception)


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_line_is_an_answer_with_an_id_or_garbage(line: bytes) -> None:
    with suppress(Garbage):
        assert type(stdio_lines.read_line(line)["id"]) is int


@pytest.mark.parametrize("case", some_cases()[::7], ids=lambda case: case.label)
def test_request_arrives_as_it_was(case: Case) -> None:
    document = json.loads(json.dumps(stdio_json.request_to_json(case.request, REGISTRY)))
    assert stdio_json.request_from_json(document, REGISTRY) == case.request
    assert stdio_lint.why_not_request({"id": 1, **document}) == ""


NO_ROUNDTRIP = """
import sys
from torq_conformance.implementations import python_calls, stdio_server
from torq_conformance.implementations.protocol import Operation
from torq_conformance.rejection import Unsupported

call = python_calls.call


def without(implementation, request):
    if request.operation is Operation.ROUNDTRIP:
        return Unsupported()
    return call(implementation, request)


python_calls.call = without
sys.argv = ["stdio_server", "reference"]
stdio_server.main()
"""


def test_a_round_trip_that_is_not_offered_is_made_of_its_halves(stdio: Start) -> None:
    adapter = stdio(sys.executable, "-c", NO_ROUNDTRIP)
    request = Request(Operation.ROUNDTRIP, TRADES[0])
    refused = Request(Operation.ROUNDTRIP, BROKEN)
    assert adapter.call(request) == Accepted(TRADES[0])
    kinds = [type(one) for one in adapter.call_together([request, refused, request])]
    assert kinds == [Accepted, Rejected, Accepted]
    many = adapter.roundtrip_each([TRADES[0], BROKEN, TRADES[1]])
    assert [type(one) for one in many] == kinds
    assert adapter.call_batch([request, refused])[0] == Accepted(TRADES[0])


def test_of_a_round_trip_without_halves_the_halves_are_named(stdio: Start) -> None:
    code = (
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)\n"
        "    hello = {'name': 'x', 'version': '1', 'language': 'x', "
        "'capabilities': ['decode', 'encode']}\n"
        "    rest = {'ok': hello} if asked['op'] == 'hello' else {'unsupported': True}\n"
        "    print(json.dumps({'id': asked['id'], **rest}), flush=True)\n"
    )
    judge = Judge(stdio(sys.executable, "-c", code))
    judge.start("x", 1)
    judge.judge(Case("RT-BYTES", "x", Request(Operation.ROUNDTRIP, TRADES[0])))
    (failure,) = judge.record.failures
    assert failure["problem"] == "decode or encode is claimed but was unsupported"

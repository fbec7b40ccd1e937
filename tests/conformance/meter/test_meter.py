"""The meter: exact counts from outside, claims, the gate, and files that are not what they say."""

from __future__ import annotations

import json
import random
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from torq_conformance.cli import main
from torq_conformance.errors import KitError
from torq_conformance.meter import (
    charts,
    claims,
    counters,
    flames,
    gate,
    measurement,
    programs,
    resident,
    streams,
)
from torq_conformance.meter.gate import Answer
from torq_conformance.meter.measurement import Measurement
from torq_conformance.reference import Reference
from torq_conformance.rejection import Rejected
from torq_conformance.report.claims import State
from torq_conformance.report.foreign_text import NAME_MAX

HERE = Path(__file__).parent

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")
needs_valgrind = pytest.mark.skipif(shutil.which("valgrind") is None, reason="needs valgrind")


@pytest.fixture(scope="module")
def metered(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """The name of a program whose messages cost so many steps, allocations and lost bytes."""
    built = tmp_path_factory.mktemp("metered") / "metered"
    subprocess.run(["cc", "-O1", "-o", str(built), str(HERE / "metered.c")], check=True)

    def name(work: int = 0, greed: int = 0, leak: int = 0) -> str:
        return f"stdio:{built} {work} {greed} {leak}"

    return name


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["meter", *arguments])


def made(**costs: float) -> Measurement:
    """A measurement in which small messages cost so many instructions."""
    found = Measurement("it", "1", "C", workload_set=streams.version())
    found.streams = {"small": {"instructions": 1000.0, **costs}}
    return found


# Streams.


def test_messages_are_the_same_for_everybody() -> None:
    # A change of any message makes every baseline stale: that must not happen by accident.
    assert streams.version() == "b911531a12a1"


@pytest.mark.parametrize("name", streams.STREAMS)
def test_the_reference_takes_what_is_right_and_refuses_what_is_wrong(name: str) -> None:
    reference = Reference()
    for item in range(24):
        data = streams.message(name, item)
        if name == "reject":
            with pytest.raises(Rejected):
                reference.decode(data)
        else:
            assert reference.encode(reference.decode(data)) == data


def test_a_feed_has_all_types_of_market_data() -> None:
    found = {streams.message("mixed_feed", item)[32] for item in range(4096)}
    # An order book is framed at length.
    assert found == {*range(1, 20)} - {3} | {255}


def test_an_answer_that_is_wrong_is_no_measurement() -> None:
    messages = streams.fed(["small", "reject"])
    right = b"{}\n{}\n" + b"".join(
        (7 | 1 << 31).to_bytes(4, "little")
        if streams.is_refused(one)
        else len(one).to_bytes(4, "little") + one
        for one in messages
    )
    assert streams.check_output(right, messages, has_frames=True) == ""
    changed = right[:50] + bytes([right[50] ^ 1]) + right[51:]
    for wrong in (right[:-4], right + b"\0", changed, b"{}\n", right.replace(b"\x80", b"\0", 1)):
        assert streams.check_output(wrong, messages, has_frames=True)


# Counting.


@needs_compiler
def test_allocations_are_counted_exactly(metered: Callable[..., str]) -> None:
    program = programs.program_of(metered(greed=3, leak=7), 10)
    found = counters.allocations(program, ["small", "order_book_16"]).per_message
    expected = {"allocations": 4.0, "allocated_bytes": 307.0}
    assert found == {"small": expected, "order_book_16": expected}


def test_a_program_that_is_linked_statically_is_not_counted(tmp_path: Path) -> None:
    built = tmp_path / "metered"
    source = str(HERE / "metered.c")
    if subprocess.run(["cc", "-static", "-o", str(built), source], check=False).returncode:
        pytest.skip("needs a static C library")
    program = programs.program_of(f"stdio:{built} 0 3 0", 10)
    assert counters.allocations(program, ["small"]).why_not == counters.NO_MALLOCS


def counting_itself(*says: str) -> str:
    """The name of a program whose runtime counts, or says so."""
    return f"stdio:{shlex.join([sys.executable, str(HERE / 'counting_itself.py'), *says])}"


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("{calls} {bytes}\n", {"own_allocations": 3.0, "own_bytes": 307.0}),
        ("- {bytes}", {"own_bytes": 307.0}),
    ],
)
def test_a_runtime_counts_for_itself(says: str, expected: dict[str, float]) -> None:
    program = programs.program_of(counting_itself(says), 10)
    names = ["small", "order_book_16"]
    found = counters.allocations(program, names)
    assert (found.per_message, found.why_not) == (dict.fromkeys(names, expected), "")


@pytest.mark.parametrize(
    "says",
    ["", "{calls}", "{bytes} -", "-1 {bytes}", "1e3 {bytes}", "{calls} {bytes} 7", "\x07" * 99],
)
def test_what_a_runtime_did_not_count_is_not_measured(says: str) -> None:
    found = counters.allocations(programs.program_of(counting_itself(says), 10), ["small"])
    assert not found.per_message
    assert found.why_not.endswith("to the file TORQ_METER_MALLOCS, not 'calls bytes'")


def test_a_runtime_that_says_nothing_is_told_how() -> None:
    found = counters.allocations(programs.program_of(counting_itself(), 10), ["small"])
    assert found == counters.Counted({}, counters.NO_OWN_COUNTER)
    # The table cuts longer reasons.
    assert len(counters.NO_OWN_COUNTER) <= NAME_MAX


@needs_compiler
@needs_valgrind
def test_instructions_repeat_and_a_planted_one_is_seen(metered: Callable[..., str]) -> None:
    first, again, planted = (
        counters.instructions(programs.program_of(metered(work), 10), ["small"]).per_message
        for work in (1000, 1000, 1005)
    )
    before, same, after = (one["small"]["instructions"] for one in (first, again, planted))
    assert abs(same / before - 1) < 1e-4
    assert 0.003 < after / before - 1 < 0.007


def test_a_file_of_cachegrind_is_summed() -> None:
    text = (
        "events: Ir I1mr ILmr Dr D1mr DLmr Dw D1mw DLmw\nfn=main\n7 1\nsummary: 9 1 2 0 3 4 0 5 6\n"
    )
    assert counters.read_cachegrind(text) == {"instructions": 9, "l1_misses": 9, "ll_misses": 12}


def test_without_tools_it_is_said_what_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "tool", lambda *_: None)
    program = programs.program_of("reference", 60)
    assert counters.instructions(program, ["small"]).why_not == counters.NO_VALGRIND
    assert counters.allocations(program, ["small"]).why_not == counters.NO_COMPILER


# Claims.


def with_loops(
    rate: float, own: Mapping[str, float] | None = None, /, **latencies: float
) -> Measurement:
    found = made(**(own or {"allocations": 0.0, "allocated_bytes": 0.0}))
    loops = ("build", "parse", "instrument_id", "order_book_build_1", "order_book_build_128")
    found.loops = {name: {"rate": rate, **latencies} for name in loops}
    found.memory = {"peak_bytes": 20e6, "slope": 0.0, "messages": 20_000}
    return found


def states(found: Measurement) -> dict[str, State]:
    return {claim.name: claim.state for claim in claims.claims(found)}


def test_claims_are_met_by_what_is_fast() -> None:
    fast = with_loops(2e7, p50_ns=50, p99_ns=900, p999_ns=9000)
    assert set(states(fast).values()) == {State.MET}


def test_claims_are_not_met_by_what_is_slow() -> None:
    slow = with_loops(1e5, p50_ns=5000, p99_ns=35_000, p999_ns=90_000)
    slow.memory |= {"peak_bytes": 50e6, "slope": 74.0}
    slow.streams["small"] |= {"allocations": 1.0, "allocated_bytes": 96.0}
    assert set(states(slow).values()) == {State.NOT_MET}


def test_a_floor_is_met_exactly() -> None:
    at = states(with_loops(1_600_000))
    assert at["rate of parse"] is State.MET
    assert states(with_loops(1_599_999))["rate of parse"] is State.NOT_MET


@pytest.mark.parametrize(
    ("costs", "text", "state"),
    [
        ({"own_allocations": -0.01, "own_bytes": 0.7}, "none", State.MET),
        ({"own_allocations": 0.02, "own_bytes": 1.0}, "0.02 of 50 bytes (small)", State.NOT_MET),
        ({"own_bytes": 0.9}, "0.9 bytes (small)", State.MET),
        ({"own_bytes": 844.1}, "844.1 bytes (small)", State.NOT_MET),
    ],
)
def test_what_a_runtime_counts_is_marked(costs: dict[str, float], text: str, state: State) -> None:
    (claim,) = (one for one in claims.claims(with_loops(1.0, costs)) if one.name == "allocations")
    assert (claim.found, claim.state) == (f"{text}, by its own counter", state)


@pytest.mark.parametrize(("slope", "state"), [(31.9, State.MET), (32.0, State.NOT_MET)])
def test_memory_is_flat_where_less_than_a_header_stays(slope: float, state: State) -> None:
    found = with_loops(2e7)
    found.memory["slope"] = slope
    assert states(found)["flat memory"] is state


def test_what_was_not_measured_is_not_met_and_not_failed() -> None:
    found = made()
    found.why_not = {"loops": "l", "memory": "m", "allocations": "a"}
    assert set(states(found).values()) == {State.NOT_MEASURED}


# The gate.


@pytest.mark.parametrize(
    ("after", "answer"),
    [
        (1010, Answer.SAME),
        (1011, Answer.WORSE),
        (990, Answer.SAME),
        (989, Answer.BETTER),
    ],
)
def test_counts_decide_at_the_limit(after: float, answer: Answer) -> None:
    (judged,) = gate.by_counts({"small": 1000.0}, {"small": float(after)}, 0.01)
    assert judged.answer is answer


def pairs(change: float, noise: float, seed: int) -> tuple[list[float], list[float]]:
    """Seconds of 21 pairs: noise that both have in common, and noise of their own."""
    drawn = random.Random(seed)
    before, after = [], []
    for _ in range(gate.PAIRS):
        common = 1 + abs(drawn.gauss(0, 0.2))
        before.append(common * (1 + drawn.gauss(0, noise)))
        after.append(common * (1 + change) * (1 + drawn.gauss(0, noise)))
    return before, after


def answers(change: float, noise: float) -> set[Answer]:
    return {
        gate.judge_pairs("small", *pairs(change, noise, seed), limit=0.01).answer
        for seed in range(100)
    }


def test_a_hundred_repeats_without_a_change_give_no_alarm() -> None:
    assert not {Answer.WORSE, Answer.BETTER} & answers(0, 0.02)


def test_clocks_see_what_is_far_beyond_the_limit_and_say_when_they_cannot_tell() -> None:
    assert answers(0.05, 0.004) == {Answer.WORSE}
    assert answers(-0.05, 0.004) == {Answer.BETTER}
    assert answers(0, 0.001) == {Answer.SAME}
    assert Answer.NOISY in answers(0.01, 0.03)


def test_the_interval_covers_the_median_as_often_as_it_says() -> None:
    drawn = random.Random(1)
    covered = 0
    for _ in range(1000):
        low, high = gate.interval(sorted(drawn.gauss(0, 1) for _ in range(21)))
        covered += low <= 0 <= high
    assert covered >= 980


@needs_compiler
@needs_valgrind
def test_the_gate_ends_with_4_where_a_message_costs_more(
    metered: Callable[..., str], tmp_path: Path
) -> None:
    baseline = tmp_path / "baseline.json"
    only = ("--workload", "small")
    done = run(metered(1000), *only, "--baseline", str(baseline))
    assert done.exit_code == 0, done.output
    assert run("gate", str(baseline), metered(1000), *only).exit_code == 0
    worse = run("gate", str(baseline), metered(1030), *only, "--limit", "1%")
    assert (worse.exit_code, "regression" in worse.output) == (4, True)
    assert run("gate", str(baseline), metered(1030), *only, "--limit", "5%").exit_code == 0
    better = run("gate", str(baseline), metered(900), *only)
    assert (better.exit_code, "improved: update" in better.output) == (0, True)
    compared = run("compare", str(baseline), str(baseline))
    assert (compared.exit_code, "+0.000 %" in compared.output) == (0, True)


@needs_compiler
def test_claims_fail_a_run_only_where_they_are_enforced(
    metered: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "instructions", lambda *_: counters.Counted({}, "left out"))
    assert run(metered(greed=1), "--workload", "small").exit_code == 0
    enforced = run(metered(greed=1), "--workload", "small", "--enforce-claims")
    assert (enforced.exit_code, "1 claims are not met" in enforced.output) == (4, True)
    assert run(metered(), "--workload", "small", "--enforce-claims").exit_code == 0


@needs_compiler
def test_memory_that_is_lost_is_seen_in_its_slope(
    metered: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "instructions", lambda *_: counters.Counted({}, "left out"))
    slopes, flat = [], []
    for leak in (0, 4096):
        path = tmp_path / f"{leak}.json"
        assert (
            run(metered(leak=leak), "--workload", "small", "--baseline", str(path)).exit_code == 0
        )
        found = measurement.read(path)
        slopes.append(found.memory["slope"])
        flat.append(states(found)["flat memory"])
        assert sorted(map(int, found.by_count)) == [
            resident.MESSAGES * (1 + look) for look in range(1 + resident.TIMES)
        ]
        assert all(look["ns_each"] > 0 for look in found.by_count.values())
    assert slopes[0] < 16
    assert 3500 < slopes[1] < 4700
    assert flat == [State.MET, State.NOT_MET]


@pytest.mark.parametrize(
    ("peaks", "slope"),
    [
        # At first everything grows; then nothing does, or a heap grows at once, by much.
        ([0, 500, 900, *[900] * 8], 0),
        ([0, 500, 900, *[900] * 5, *[5900] * 3], 0),
        # What leaks leaks all the time, also where its heap grows in steps.
        ([0, *range(1000, 1100, 10)], 5),
        ([0, 0, *[100] * 2, *[200] * 2, *[300] * 2, *[400] * 3], 25),
    ],
)
def test_what_stays_is_what_grows_all_the_time(peaks: list[int], slope: float) -> None:
    assert resident.slope(peaks, each=2) == pytest.approx(slope)


# Bad input.


def refused(done: Result) -> str:
    """The one line with which a command ends that cannot do its work."""
    assert done.exit_code == 2, done.output
    lines = done.output.strip().splitlines()
    assert len(lines) == 1, done.output
    return lines[0]


def test_a_workload_that_nobody_has_is_named() -> None:
    assert "There is no workload 'fast'" in refused(run("reference", "--workload", "fast"))


@pytest.mark.parametrize("limit", ["fast", "-1%", "100%", "nan"])
def test_a_limit_that_is_none_is_refused(limit: str) -> None:
    assert "1%" in refused(run("gate", "reference", "reference", "--limit", limit))


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "There is no measurement file": lambda document: document.clear(),
    "format": lambda document: document.update(format="torq-meter 0"),
    "other workloads": lambda document: document.update(workload_set="0" * 12),
    "is missing": lambda document: document.pop("machine"),
    "not known": lambda document: document.update(more=1),
    "below zero": lambda document: document["streams"]["small"].update(instructions=-1),
    "is no number": lambda document: document["streams"]["small"].update(instructions="1"),
    "is no object": lambda document: document.update(loops=[]),
    "other words": lambda document: document.update(memory={"peak_bytes": 1}),
    "is no text": lambda document: document.update(name=5),
}


@pytest.mark.parametrize("why", CHANGES)
def test_a_baseline_that_is_none_is_one_line(why: str, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    document = json.loads(made().to_json())
    CHANGES[why](document)
    if document:
        path.write_text(json.dumps(document), encoding="utf-8")
    assert why in refused(run("gate", str(path), "reference"))


def test_a_file_that_is_no_json_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text("{", encoding="utf-8")
    assert "is no measurement" in refused(run("compare", str(path), str(path)))


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    measurement.write(made(l1_misses=-0.5), path)
    assert measurement.read(path) == made(l1_misses=-0.5)


def test_a_baseline_without_instructions_decides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    found = made()
    found.streams, found.why_not = {}, {"instructions": "valgrind is not there"}
    measurement.write(found, path)
    assert "decides nothing: valgrind is not there" in refused(run("gate", str(path), "reference"))


def test_estimates_of_criterion_are_read(tmp_path: Path) -> None:
    path = tmp_path / "estimates.json"
    path.write_text('{"mean": {"point_estimate": 41.5}}', encoding="utf-8")
    assert measurement.criterion(path) == 41.5
    for text in (
        "{}",
        "[]",
        '{"mean": {"point_estimate": -1}}',
        '{"mean": {"point_estimate": "1"}}',
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(KitError):
            measurement.criterion(path)


# Profiles and charts.


CALLGRIND = """
version: 1
positions: line
events: Ir

fl=codec.c
fn=main
10 100
cfn=read<T>'main
calls=3 20
11 700
+2 5

fn=read<T>'main
20 300
fi=inlined.h
21 200
fe=codec.c
cfn=crc'read<T>'main
calls=1 30
22 200

fn=crc'read<T>'main
30 150
* 50

totals: 805
"""


def test_stacks_are_read_from_callgrind() -> None:
    found = flames.stacks(CALLGRIND)
    assert found == {("main",): 105, ("main", "read<T>"): 500, ("main", "read<T>", "crc"): 200}
    assert flames.hottest(found, 2) == [("read<T>", 500), ("crc", 200)]


def test_a_box_of_a_flame_graph_is_as_wide_as_what_it_takes() -> None:
    root = ET.fromstring(flames.svg(flames.stacks(CALLGRIND), "a <codec>\x1b"))
    boxes = root.findall("{*}g")
    titles = [one.findtext("{*}title") for one in boxes]
    assert titles == [
        "main: 805 instructions, 100.0 %",
        "read<T>: 700 instructions, 87.0 %",
        "crc: 200 instructions, 24.8 %",
    ]
    widths = [float(one.find("{*}rect").attrib["width"]) for one in boxes]  # type: ignore[union-attr]
    assert widths == pytest.approx([1200, 1200 * 700 / 805, 1200 * 200 / 805], abs=0.1)
    assert root.findtext("{*}text") == r"a <codec>\x1b"


def test_charts_are_drawn_of_what_was_measured(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    told = {"p50_ns": 900, "p99_ns": 4000, "p999_ns": 52_000}
    found = with_loops(2e6, **told)
    found.streams = {f"order_book_{levels}": {"instructions": levels} for levels in (1, 16, 64)}
    found.by_count = {
        str(count): {"peak_bytes": 1e6 * count, "ns_each": 9e3} for count in (2000, 4000)
    }
    names = [path.name for path in charts.draw(found, with_loops(3e6, **told), tmp_path)]
    drawn = ("rates", "latencies", "books", "counts")
    assert names == [f"{name}.{kind}" for name in drawn for kind in ("svg", "png")]
    assert all((tmp_path / name).stat().st_size > 1000 for name in names)


def test_charts_without_matplotlib_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(KitError, match=r"torq-conformance\[charts\]"):
        next(charts.draw(made(), None, tmp_path))

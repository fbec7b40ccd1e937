"""Trials in processes of their own: what hangs, ends its process or survives, reported."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from torq_conformance.cli import main
from torq_conformance.mutants import errors, framing, header, layouts, matrix
from torq_conformance.mutants.matrix import Effort
from torq_conformance.mutants.mechanical import CapacityLess, SignFlipped
from torq_conformance.mutants.trial import Fate, Kill, Trial, survival
from torq_conformance.suite.catalog import suite_tests

ROOT = Path(__file__).parent.parent.parent.parent

MUTANTS = (header.MagicUnchecked(), SignFlipped(1, "price"), CapacityLess(3, "bids"))
KILLS = (
    Kill(
        "H01", "a fault", ("HDR-MAGIC",), Fate.KILLED, "HDR-MAGIC", "test_1", "test_a", "case", 1.5
    ),
    Kill("a", "b", ("LAYOUT-TRADE",), Fate.KILLED, "LAYOUT-TRADE", "test_4", "test_b", "case", 2.5),
    Kill("c", "d", ("VEC-FULL",), Fate.SURVIVED),
)


def test_a_run_gives_a_kill_for_each_mutant_in_their_order() -> None:
    mutants = (header.MagicUnchecked(), layouts.TradePriceBigEndian(), SignFlipped(1, "price"))
    seen: list[Kill] = []
    kills = matrix.run(mutants, on_kill=seen.append)
    assert [kill.mutant for kill in kills] == [mutant.id for mutant in mutants]
    assert [kill.fate for kill in kills] == [Fate.KILLED] * 3
    assert sorted(kill.mutant for kill in seen) == sorted(kill.mutant for kill in kills)


@pytest.mark.parametrize("hash_seed", ["0", "1", "2"])
def test_who_kills_first_does_not_depend_on_the_hash_seed(hash_seed: str) -> None:
    # A crash violates two requirements at once.
    program = (
        "from torq_conformance.mutants import header, trial;"
        "print(trial.Trial(header.ShortBufferRaises()).run().killer)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "ERR-NO-CRASH\n"


def test_a_mutant_that_ends_its_process_does_not_end_the_run() -> None:
    mutants = (errors.ReservedAborts(), header.MagicUnchecked())
    first, second = matrix.run(mutants, processes=1)
    assert (first.fate, first.killer, first.case) == (
        Fate.KILLED,
        "TLV-RESERVED",
        "ended the process: 134",
    )
    assert second.fate is Fate.KILLED


def test_a_trial_without_an_end_is_ended() -> None:
    mutants = (header.MagicUnchecked(), header.MagicSwapped())
    kills = matrix.run(mutants, processes=1, effort=Effort(deadline=0.0))
    assert [kill.case for kill in kills] == ["gave no answer within 0 s"] * 2


def test_a_call_that_hangs_is_a_failure_of_its_case() -> None:
    kill = Trial(framing.CursorStays()).run()
    assert (kill.fate, kill.killer, kill.case) == (Fate.KILLED, "TLV-ZERO-LENGTH", "decode 1")


def test_a_kill_by_another_requirement_is_misattributed() -> None:
    mutant = header.MagicUnchecked()
    mutant.requirements = ("HDR-EMPTY",)
    tests = [test for test in suite_tests() if test.chapter == "test_1_header"]
    kill = Trial(mutant, tests=tests).run()
    assert (kill.fate, kill.killer) == (Fate.MISATTRIBUTED, "HDR-MAGIC")


def test_the_table_holds_no_times_and_sums_up_what_is_made_by_rule() -> None:
    lines = matrix.table(MUTANTS, KILLS).splitlines()
    assert lines[2] == "| H01 | a fault | HDR-MAGIC | test_1: test_a |"
    assert "| Trade | 1 |  |  |  |  |  |  |  |" in lines
    assert "| OrderBook |  |  |  |  | **0 of 1** |  |  |  |" in lines


@pytest.mark.parametrize("is_long", [False, True])
def test_the_terminal_shows_what_is_troubled_first_of_all(*, is_long: bool) -> None:
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(matrix.render(MUTANTS, KILLS, is_long=is_long))
    text = console.export_text()
    assert ("H01" in text) is is_long
    assert "survived" in text
    assert "3 mutants: 2 killed, 0 misattributed, 1 survived" in text


def test_survivors_and_misattributed_ones_are_failures() -> None:
    other = Kill("x", "y", (), Fate.MISATTRIBUTED)
    assert matrix.failures([*KILLS, other]) == [KILLS[2], other]
    assert survival(MUTANTS[0]).fate is Fate.SURVIVED


def test_a_part_of_the_mutants_is_held_to_its_rows(tmp_path: Path) -> None:
    page = ROOT / "conformance" / "mutants.md"
    arguments = ["mutants", "--every", "600", "-n", "1", "--check"]
    assert CliRunner().invoke(main, [*arguments, str(page)]).exit_code == 0
    (tmp_path / "other.md").write_text(page.read_text().replace("| H01 |", "| H01 | not"))
    done = CliRunner().invoke(main, [*arguments, str(tmp_path / "other.md")])
    assert done.exit_code == 1
    assert "other.md is out of date" in done.output


@pytest.mark.parametrize("options", [(), ("--vectors",)])
def test_a_page_of_somebody_else_is_not_written_over(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    page = tmp_path / "README.md"
    page.write_text("mine")
    done = CliRunner().invoke(main, ["mutants", "--write", str(page), *options])
    assert done.exit_code == 2, done.output
    assert "is there, and it is no kill matrix" in done.output or "no generated part" in done.output
    assert page.read_text() == "mine"

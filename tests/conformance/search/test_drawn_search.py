"""A search of the drawn stream: what it finds it shows once, and says how to repeat it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from torq_conformance.cli import main
from torq_conformance.cluster.option import crew_of
from torq_conformance.running.results import ExitCode
from torq_conformance.search.drawn import DrawnSearch, Searched, search

FAULTY = "python:tests.conformance.stream.drawn_faults:ThirdReservedLost"


def searched(implementation: str, start: int, count: int) -> Searched:
    what = DrawnSearch(implementation, 0, start, count, True, 5.0, None)  # noqa: FBT003
    with crew_of("drawn", what.setup, processes=1) as crew:
        return search(what, crew)


def test_what_is_right_is_searched_to_the_end() -> None:
    found = searched("reference", 41, 2)
    assert (found.judged, found.failed, found.lost) == (2000, 0, "")


def test_a_fault_is_shown_with_its_block() -> None:
    found = searched(FAULTY, 40, 1)
    assert found.failed
    assert {block for block, _ in found.failures} == {40}


def test_the_command_says_how_to_repeat_it() -> None:
    command = ["search", FAULTY, "--drawn", "--in-process", "--count", "1", "--start", "3000"]
    done = CliRunner().invoke(main, [*command, "-n", "1"])
    assert done.exit_code == ExitCode.NOT_CONFORMANT, done.output
    assert "--drawn --seed 0 --start 3000 --count 1000" in done.output


@pytest.mark.parametrize("more", [["--type", "Trade"]])
def test_a_type_cannot_be_chosen(more: list[str]) -> None:
    done = CliRunner().invoke(main, ["search", "reference", "--drawn", *more])
    assert done.exit_code == ExitCode.USAGE
    assert "of all types" in done.output

"""Full runs of mutants: how many causes a fault is reported as, and the page that says so."""

from __future__ import annotations

import copy
import os
import signal
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.test_lifetime import descendants, is_alive, started_in, waited
from torq_conformance.mutants import cause_page, cause_trial, gallery
from torq_conformance.mutants.cause_trial import Causes
from torq_conformance.mutants.seeding import Mutant

ONE = Causes("H01", "The magic", ("HDR-MAGIC",), ({"requirement": "HDR-MAGIC"},), 1.0)
OTHER = replace(ONE, mutant="H02", causes=({"requirement": "HDR-FLAGS"},))
TWO = replace(ONE, mutant="H03", causes=ONE.causes * 2)


def test_one_cause_that_speaks_of_the_fault_is_wanted() -> None:
    assert [one.is_one for one in (ONE, OTHER, TWO, replace(ONE, causes=()))] == [
        *(True, False, False, False)
    ]
    assert cause_page.is_enough([ONE] * 19 + [TWO])
    assert not cause_page.is_enough([ONE] * 18 + [TWO])


def test_the_sample_is_fixed_and_spread_over_both_kinds_of_making() -> None:
    mutants = gallery.all_mutants()
    sample = [one.id for one in cause_trial.sample(mutants)]
    assert sample == [one.id for one in cause_trial.sample(mutants)]
    assert len(set(sample)) == cause_trial.SAMPLE
    assert len([id_ for id_ in sample if ":" in id_]) == cause_trial.SAMPLE // 2
    assert len({id_[0] for id_ in sample if ":" not in id_}) >= 8


def test_the_part_of_a_page_is_found_again() -> None:
    part = cause_page.part([ONE, TWO])
    assert "1 of 2 are reported as exactly one cause" in part
    assert "| H03 | The magic | 2 (!) | HDR-MAGIC |" in part
    assert cause_page.kept(f"before\n{part}behind\n") == part
    assert cause_page.kept("before\n") == ""


def test_a_mutant_that_ends_its_process_has_no_causes() -> None:
    (mutant,) = (one for one in gallery.all_mutants() if one.id == "H01")
    lost = replace_id(mutant, "no such mutant")
    done: list[Causes] = []
    (found,) = cause_trial.run([lost], processes=1, on_done=done.append)
    assert done == [found]
    assert found.causes == ()
    assert found.lost.startswith("ended its process with code 1: ValueError")


def replace_id(mutant: Mutant, id_: str) -> Mutant:
    other = copy.copy(mutant)
    other.id = id_
    return other


def test_a_mutant_that_ends_the_process_that_calls_it_is_judged_from_another_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (mutant,) = (one for one in gallery.all_mutants() if one.id == "H01")
    asked: list[bool] = []

    def ask(self: object, mutant: Mutant, *, is_apart: bool) -> tuple[dict[str, Any] | None, str]:
        asked.append(is_apart)
        document = {**asdict(ONE), "mutant": mutant.id}
        return (document, "") if is_apart else (None, "ended its process with code -11: ")

    monkeypatch.setattr(cause_trial._Processes, "_ask", ask)
    (found,) = cause_trial.run([mutant], processes=1, on_done=lambda _: None)
    assert (asked, found.causes) == ([False, True], ONE.causes)


def all_begun(pid: int, count: int) -> bool:
    """Whether a command has started so many processes, and each has what it was sent."""
    started = descendants(pid)
    return len(started) >= count and all(map(is_begun, started))


def is_begun(pid: int) -> bool:
    """Whether a process is at work: one of multiprocessing ignores SIGINT from then on."""
    folder = Path(f"/proc/{pid}")
    try:
        words, status = (folder / "cmdline").read_bytes(), (folder / "status").read_text()
    except OSError:
        return False
    ignored = int(status.partition("SigIgn:")[2].split()[0], 16)
    return b"spawn_main" not in words or bool(ignored >> (signal.SIGINT - 1) & 1)


@pytest.mark.parametrize("options", [(), ("--causes", "H01", "H02")], ids=["matrix", "causes"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupt_of_the_terminal_ends_all_without_a_traceback(
    tmp_path: Path, number: signal.Signals, options: tuple[str, ...]
) -> None:
    with started_in(tmp_path, "mutants", "-n", "2", *options, is_session=True) as process:
        assert waited(lambda: len(descendants(process.pid)) >= 2)
        if number is signal.SIGKILL:
            # Nobody holds back SIGKILL: half a process that it leaves behind says so.
            assert waited(lambda: all_begun(process.pid, 2 if options else 3))
        started = descendants(process.pid)
        # Ctrl-C reaches all that a terminal runs, the others only the one that is meant.
        (os.killpg if number is signal.SIGINT else os.kill)(process.pid, number)
        _, errors = process.communicate(timeout=60)
    assert waited(lambda: not any(map(is_alive, started)))
    if number is not signal.SIGKILL:
        assert (process.returncode, errors.splitlines()[-1:]) == (3, ["interrupted: inconclusive"])
    assert "Traceback" not in errors

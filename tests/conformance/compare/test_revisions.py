"""Two revisions of one implementation: what changed, and what the specification says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from torq_conformance.cli import main
from torq_conformance.compare.revisions import Plan, Sense, compare
from torq_conformance.errors import KitError
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.mutants import gallery
from torq_conformance.reference import Reference

HERE = f"python:{__name__}"


class NarrowVenue(Reference):
    """The venue of a Trade is read as 8 bits."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == 1:
                tlv["value"]["venue_id"] &= 0xFF
        return message


class Remembers(Reference):
    """Every 50th call of encode gives flags that were set before."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def encode(self, message: Mapping[str, Any]) -> bytes:
        self.calls += 1
        if self.calls % 50 == 0 and "flags" in message.get("header", ()):
            message = {**message, "header": {**message["header"], "flags": 0x5A}}
        return super().encode(message)


class FewerClaims(Reference):
    """No ids any more."""

    capabilities = frozenset(Reference.capabilities) - {"instrument_id"}


def diff(*words: str) -> Result:
    return CliRunner().invoke(main, ["diff", *words, "--in-process"])


def senses(old: str, new: str) -> dict[str, set[Sense]]:
    found = compare(Plan(old, new, count=2500, is_in_process=True))
    return {
        requirement: {one.sense for one in found.changes if one.requirement == requirement}
        for requirement in {one.requirement for one in found.changes}
    }


def test_the_same_answers_are_no_change() -> None:
    done = diff("reference", "reference", "--count", "1500")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("reference 1 answers as reference 1 does\n")
    assert "1,500 questions asked of both" in done.stdout


def test_a_fault_breaks_and_its_repair_mends() -> None:
    assert senses("reference", f"{HERE}:NarrowVenue") == {"LAYOUT-TRADE": {Sense.BROKEN}}
    assert senses(f"{HERE}:NarrowVenue", "reference") == {"LAYOUT-TRADE": {Sense.MENDED}}


def test_what_is_right_before_and_after_is_said_to_be_free() -> None:
    # A flipped bit of the magic makes the checksum wrong as well: either may be named.
    found = senses("python:torq_conformance.mutants.header:MagicUnchecked", "reference")
    assert set().union(*found.values()) == {Sense.MENDED, Sense.FREE}


def test_what_only_other_calls_show_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "changes.json"
    done = diff("reference", f"{HERE}:Remembers", "--count", "3000", "--results", str(path))
    assert done.exit_code == 1
    assert "asked alone both answer alike" in done.stdout
    document = json.loads(path.read_text())
    assert document["status"] == "complete"
    assert {one["sense"] for one in document["changes"]} == {"broken"}
    assert not any(one["is_alone"] for one in document["changes"])


def test_claims_that_are_gone_are_a_change() -> None:
    done = diff("reference", f"{HERE}:FewerClaims", "--count", "300")
    assert done.exit_code == 1
    assert "claimed no longer: instrument_id" in done.stdout


def test_the_worst_comes_first() -> None:
    done = diff("reference", f"{HERE}:NarrowVenue", "--count", "2500")
    assert done.exit_code == 1
    first = next(line for line in done.stdout.splitlines() if line.startswith("1. "))
    assert first.startswith("1. broken: ")
    assert "venue_id" in first
    assert "(LAYOUT-TRADE, " in first


@pytest.mark.parametrize("name", ["nothing", "python:no.such:Thing", "stdio:./no-such-program"])
def test_what_cannot_be_reached_is_one_line(name: str) -> None:
    done = diff("reference", name)
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1


def test_nothing_in_common_is_said() -> None:
    with pytest.raises(KitError, match="no type in common"):
        compare(Plan(f"{HERE}:OnlyTrade", f"{HERE}:OnlyQuote", is_in_process=True))


class OnlyTrade(Reference):
    """Trade alone."""

    types = (1,)


class OnlyQuote(Reference):
    """Quote alone."""

    types = (2,)


def test_mutants_claim_what_the_reference_claims() -> None:
    # What a fault touches is no claim: a mutant is judged like any implementation.
    for mutant in gallery.written_mutants():
        assert InProcessAdapter(mutant, mutant.id).identity.types is None

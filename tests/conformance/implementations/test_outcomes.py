"""What a report shows of a process's output: where it begins and where it ends."""

from __future__ import annotations

import pytest

from torq_conformance.implementations.outcomes import excerpt

STACK = "\n".join(["panic: boom", "", *(f"frame {n}" for n in range(30))])


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("", []),
        ("\n \n", []),
        ("one\n\ntwo\n", ["one", "two"]),
        ("\n".join("abcdefghijk"), list("abcdefghijk")),
        ("\n".join("abcdefghijkl"), [*"abcd", "... 2 lines ...", *"ghijkl"]),
    ],
    ids=["nothing", "blank", "short", "as long as may be", "longer"],
)
def test_the_first_and_the_last_lines_are_shown(output: str, shown: list[str]) -> None:
    assert excerpt(output) == shown


def test_the_reason_is_shown_whether_it_stands_first_or_last() -> None:
    assert excerpt(STACK)[0] == "panic: boom"
    assert excerpt(STACK[::-1])[-1] == "panic: boom"[::-1]


def test_a_line_without_end_is_cut() -> None:
    assert [len(line) for line in excerpt("x" * 100_000)] == [400]

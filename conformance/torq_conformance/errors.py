"""The set-up is wrong: not the message and not the implementation."""

from __future__ import annotations


class KitError(Exception):
    """Something the person who runs the kit can mend; ``hint`` says how."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.problem} {self.hint}"


def in_short(error: BaseException | None) -> str:
    """What an error of somebody else's says, within one line; its name if it is silent."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200].rstrip(".")

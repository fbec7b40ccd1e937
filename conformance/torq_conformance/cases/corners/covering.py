"""Covering arrays: rows in which every pair, or every triple, of values of some factors occurs.

Bush's construction: with a prime p not below the number of values and of factors less one, the
polynomials below degree t over the integers modulo p are p**t rows of which any t columns hold
every combination; a value beyond a factor's own is folded back. Exact, without any search, of any
strength and the same everywhere, which is why no library stands here: those search, and for pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from torq_conformance.errors import KitError


def covering_rows(levels: Sequence[int], strength: int) -> Iterator[tuple[int, ...]]:
    """Rows of one index for each factor; ``levels`` says how many values each factor has."""
    if not 1 <= strength <= len(levels) or min(levels) < 1:
        problem = f"No rows of strength {strength} cover {len(levels)} factors of {levels} values."
        raise KitError(problem, "Name at least as many factors as the strength, none empty.")
    prime = _prime_from(max(*levels, len(levels) - 1))
    seen: set[tuple[int, ...]] = set()
    for coefficients in product(range(prime), repeat=strength):
        # The last factor takes what lies at infinity: the leading coefficient.
        values = [_at(coefficients, x, prime) for x in range(len(levels) - 1)]
        values.append(coefficients[-1])
        row = tuple(value % level for value, level in zip(values, levels, strict=True))
        if row not in seen:
            seen.add(row)
            yield row


def _at(coefficients: Sequence[int], x: int, prime: int) -> int:
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * x + coefficient) % prime
    return value


def _prime_from(number: int) -> int:
    """The least prime that is not below a number."""
    while number < 2 or any(number % divisor == 0 for divisor in range(2, number)):
        number += 1
    return number


def neighbouring_rows(count: int) -> Iterator[list[int]]:
    """Rows of the numbers below ``count`` in which every number follows every number, itself too.

    Modulo a prime the multiples of each step run through all numbers, so each step is one row.
    """
    prime = _prime_from(count)
    yield [number for number in range(count) for _ in range(2)]
    for step in range(1, prime):
        yield [number * step % prime % count for number in range(prime + 1)]

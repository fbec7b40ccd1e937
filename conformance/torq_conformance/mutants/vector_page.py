"""The part of vectors/README.md that says which vectors kill which mutants, and what none sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from torq_conformance.errors import KitError
from torq_conformance.mutants.matrix import summarize
from torq_conformance.mutants.trial import Fate, Kill
from torq_conformance.mutants.unseen_by_vectors import UNSEEN
from torq_conformance.vectors.reader import GoldenVector

BEGIN = "<!-- written by torq-conformance mutants --vectors --write vectors/README.md -->\n"
END = "<!-- end -->\n"


def problems(kills: Iterable[Kill]) -> Iterator[str]:
    """Every mutant that should be killed and is not, or is though a reason says why not."""
    for kill in kills:
        if kill.fate is Fate.SURVIVED and kill.mutant not in UNSEEN:
            yield f"{kill.mutant} survives the vectors: {kill.fault}"
        if kill.fate is not Fate.SURVIVED and kill.mutant in UNSEEN:
            yield f"{kill.mutant} is killed by {kill.test}: take it out of unseen_by_vectors.py"


def part(kills: Sequence[Kill], vectors: Sequence[GoldenVector]) -> str:
    """The generated part: sums by file, and the mutants that vectors cannot see."""
    counts = Counter(vector.file for vector in vectors)
    first = Counter(kill.chapter for kill in kills if kill.fate is Fate.KILLED)
    lines = [
        f"{summarize(kills)}.",
        "",
        "| file | vectors | mutants that it kills first |",
        "|---|---|---|",
        *(f"| {file} | {count} | {first[file]} |" for file, count in counts.items()),
        f"| all | {len(vectors)} | {sum(first.values())} |",
        "",
        "| mutant that no vector sees | fault | why |",
        "|---|---|---|",
        *(
            f"| {kill.mutant} | {kill.fault} | {UNSEEN.get(kill.mutant, '**a gap**')} |"
            for kill in kills
            if kill.fate is Fate.SURVIVED
        ),
    ]
    return "\n".join(lines) + "\n"


def replaced(page: str, generated: str) -> str:
    """The page with its generated part renewed; KitError when it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise KitError(
            "The page has no generated part.",
            f"Write it between the lines {BEGIN.strip()!r} and {END.strip()!r}.",
        )
    return f"{before}{BEGIN}\n{generated}\n{END}{after}"

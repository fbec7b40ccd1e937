"""The command ``torq-conformance meter``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from torq_conformance.cluster.option import cluster_option, crew_of
from torq_conformance.errors import KitError
from torq_conformance.running.command_line import SECONDS, kit_errors_reported
from torq_conformance.running.results import ExitCode

LIMIT_HINT = "Write it as 1% or 0.01."


def _limit(_context: click.Context, _parameter: click.Parameter, text: str) -> float:
    """A part of a whole, as ``1%`` or ``0.01``."""
    try:
        number = float(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise click.BadParameter(f"{text!r} is no part of a whole. {LIMIT_HINT}")
    return number


class MeterGroup(click.Group):
    """``meter IMPLEMENTATION`` measures; ``meter gate`` and ``meter compare`` are commands."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named, or the measurement of what is named instead."""
        if args and args[0] not in self.commands:
            args = ["measure", *args]
        return super().resolve_command(ctx, args)


WORKLOAD = click.option(
    "--workload", "workloads", multiple=True, metavar="NAME", help="These messages.  [default: all]"
)
DEADLINE = click.option(
    "--deadline", type=SECONDS, default=60.0, help="Seconds for one answer.  [default: 60]"
)


@click.group(cls=MeterGroup)
def meter() -> None:
    """Measure an implementation: `meter IMPLEMENTATION`, `meter gate`, `meter compare`.

    What the protocol's notes call check_performance_regression is `meter gate`, and their
    compare_sprint_performance is `meter compare`.
    """


@meter.command()
@click.argument("implementation")
@WORKLOAD
@DEADLINE
@click.option("--enforce-claims", is_flag=True, help="Exit code 4 where a claim is not met.")
@click.option("--baseline", metavar="FILE", help="Write the measurement into a file.")
@click.option(
    "--criterion", "estimates", multiple=True, metavar="FILE", help="Add an estimates.json."
)
@click.option(
    "--profile", metavar="DIR", help="Leave profiles there, and name the hottest functions."
)
@click.option("--charts", metavar="DIR", help="Draw charts there (needs the extra `charts`).")
@cluster_option
@kit_errors_reported
def measure(
    implementation: str,
    workloads: tuple[str, ...],
    deadline: float,
    enforce_claims: bool,
    baseline: str | None,
    estimates: tuple[str, ...],
    profile: str | None,
    charts: str | None,
    cluster: str | None,
) -> None:
    """Measure what a message costs, and hold it against what the protocol promises."""
    from torq_conformance.meter import claims as claimed
    from torq_conformance.meter import measurement, measuring, spreading, streams, tables
    from torq_conformance.report import output_file
    from torq_conformance.report.claims import State

    names = streams.chosen(workloads)
    if baseline is not None:
        output_file.check(Path(baseline))
    added = {path: measurement.criterion(Path(path)) for path in estimates}
    if cluster is None:
        found = measuring.measure(implementation, names, deadline=deadline, on_step=_say)
    else:
        setup = {"implementation": implementation, "deadline": deadline}
        with crew_of("meter", setup, cluster=cluster) as crew:
            found = spreading.measure(names, crew)
    found.criterion = added
    claims = claimed.claims(found)
    console = Console()
    tables.show(found, claims, console)
    if baseline is not None:
        measurement.write(found, Path(baseline))
    if profile is not None:
        _profile(implementation, names, Path(profile), deadline)
    if charts is not None:
        _draw(found, None, Path(charts))
    failed = [claim for claim in claims if claim.state is State.NOT_MET]
    if enforce_claims and failed:
        console.print(f"{len(failed)} claims are not met", style="bold red")
        sys.exit(ExitCode.THROUGHPUT)


@meter.command()
@click.argument("base")
@click.argument("head")
@click.option(
    "--limit",
    callback=_limit,
    default="1%",
    show_default=True,
    help="By how much it may cost more.",
)
@WORKLOAD
@DEADLINE
@kit_errors_reported
def gate(base: str, head: str, limit: float, workloads: tuple[str, ...], deadline: float) -> None:
    """Fail (exit code 4) where a message costs more than it did.

    BASE and HEAD are implementations, or files that `meter --baseline` wrote. Instructions decide;
    without valgrind pairs of runs do, if they can.
    """
    from torq_conformance.meter import gate as gates
    from torq_conformance.meter import streams, tables

    names = streams.chosen(workloads)
    before, after = (_counts_of(one, names, deadline) for one in (base, head))
    if before is not None and after is not None:
        missing = [name for name in names if name not in before or name not in after]
        if missing:
            raise KitError(f"{missing[0]} was not measured of both.", "Make the baseline anew.")
        judged = gates.by_counts(
            {name: before[name] for name in names}, {name: after[name] for name in names}, limit
        )
        unit = "instructions"
    else:
        judged, unit = _by_clock(base, head, names, limit, deadline), "seconds"
    tables.show_judged(judged, Console(), unit)
    answers = {one.answer for one in judged}
    if gates.Answer.WORSE in answers:
        sys.exit(ExitCode.THROUGHPUT)
    if gates.Answer.NOISY in answers:
        sys.exit(ExitCode.INCONCLUSIVE)


@meter.command()
@click.argument("old")
@click.argument("new")
@click.option("--charts", metavar="DIR", help="Draw charts there (needs the extra `charts`).")
@kit_errors_reported
def compare(old: str, new: str, charts: str | None) -> None:
    """Compare two files that `meter --baseline` wrote; nothing fails."""
    from torq_conformance.meter import gate as gates
    from torq_conformance.meter import measurement, tables

    before, after = (measurement.read(Path(path)) for path in (old, new))
    console = Console()
    for event in tables.COMPARED:
        judged = gates.by_counts(before.cost(event), after.cost(event), 0.01)
        if judged:
            console.print(event.replace("_", " "), style="bold")
            tables.show_judged(judged, console, event.replace("_", " "))
    rates = gates.by_counts(
        {name: loop["rate"] for name, loop in after.loops.items()},
        {name: loop["rate"] for name, loop in before.loops.items()},
        0.01,
    )
    if rates:
        console.print("time of an operation, by rates of one run each", style="bold")
        times = [
            gates.Judged(one.workload, 1e9 / one.after, 1e9 / one.before, one.answer)
            for one in rates
            if one.before and one.after
        ]
        tables.show_judged(times, console, "ns")
    if charts is not None:
        _draw(before, after, Path(charts))


def _say(step: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"measuring {step} ...", err=True)


def _counts_of(name: str, names: tuple[str, ...], deadline: float) -> dict[str, float] | None:
    """Instructions by stream; None where they cannot be counted here."""
    from torq_conformance.meter import measurement, measuring

    if _is_file(name):
        found = measurement.read(Path(name))
        if not found.cost("instructions"):
            why = found.why_not.get("instructions", "no instructions are in it")
            raise KitError(
                f"{name} decides nothing: {why}.", "Make the baseline where valgrind is."
            )
        return dict(found.cost("instructions"))
    return dict(measuring.count(name, names, deadline=deadline).cost("instructions")) or None


def _is_file(name: str) -> bool:
    is_named = name == "reference" or name.startswith(("python:", "stdio:"))
    return not is_named


def _by_clock(
    base: str, head: str, names: tuple[str, ...], limit: float, deadline: float
) -> list[Any]:
    from torq_conformance.meter import clocks
    from torq_conformance.meter.programs import program_of

    for name in (base, head):
        if _is_file(name):
            raise KitError(
                f"{name} has instructions, which cannot be counted here.",
                "Install valgrind, or name two implementations.",
            )
    before, after = (program_of(name, deadline) for name in (base, head))
    return [clocks.judge(before, after, name, limit) for name in names]


def _profile(name: str, names: tuple[str, ...], folder: Path, deadline: float) -> None:
    from torq_conformance.meter import profiles
    from torq_conformance.meter.programs import program_of

    for line in profiles.leave(program_of(name, deadline), names, folder):
        click.echo(line)


def _draw(found: Any, other: Any, folder: Path) -> None:
    from torq_conformance.meter import charts

    for path in charts.draw(found, other, folder):
        click.echo(f"drawn: {path}")

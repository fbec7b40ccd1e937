"""The commands ``torq-conformance relay``, ``relay-reference`` and ``watch``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.command_line import (
    SECONDS,
    console,
    html_option,
    kit_errors_reported,
    known_failures_options,
    page_written,
    profile_option,
    progress_bar,
    read_known_failures,
    results_option,
    rewrite_known_failures,
    seed_option,
)
from torq_conformance.running.results import ExitCode

if TYPE_CHECKING:
    from torq_conformance.relay.session import RelayRun


def _domains(text: str) -> tuple[int, ...]:
    """Numbers of domains of names or numbers with commas."""
    from torq_specs.relay_rules import RELAY_DOMAINS

    domains = [rule.domain for rule in RELAY_DOMAINS]
    numbers = {word: int(one) for one in domains for word in (one.name.lower(), str(int(one)))}
    found = []
    for word in text.split(","):
        name = word.strip().lower()
        if name not in numbers:
            raise KitError(
                f"There is no relay of the domain {word!r:.60}.",
                "There are MarketData, Signal and Execution, or 1, 2 and 3.",
            )
        found.append(numbers[name])
    return tuple(dict.fromkeys(found))


@click.command()
@click.argument("command")
@click.option(
    "--domains",
    default="1,2,3",
    show_default=True,
    help="MarketData, Signal, Execution, or numbers.",
)
@click.option(
    "--claims", default="", metavar="CLAIMS", help="What it does as well: echo,audit,metrics."
)
@results_option("Where the results are written.")
@profile_option("How many cases")
@seed_option("drawn schedules")
@click.option(
    "--schedules",
    type=click.IntRange(0, 1_000_000),
    metavar="NUMBER",
    help="Drawn schedules of a domain.  [default: the profile's]",
)
@click.option(
    "--deadline",
    type=SECONDS,
    default=5.0,
    metavar="SECONDS",
    help="Time for a message to arrive.  [default: 5]",
)
@click.option(
    "--start-deadline",
    type=SECONDS,
    default=10.0,
    metavar="SECONDS",
    help="Time until the relay listens.  [default: 10]",
)
@click.option("-k", "--select", default="", metavar="WORD", help="Judge tests with this name.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="For sockets and audit files.  [default: temporary]",
)
@known_failures_options
@html_option
@click.option("--replay", metavar="ID", help="Ask a failure of the results file again.")
@click.option("--measure", is_flag=True, help="Measure rate, latency and memory as well.")
@click.option("-v", "--verbose", is_flag=True, help="Show every cause with its evidence.")
@kit_errors_reported
def relay(
    command: str,
    *,
    domains: str,
    claims: str,
    results: Path,
    profile: str,
    seed: int,
    schedules: int | None,
    deadline: float,
    start_deadline: float,
    select: str,
    folder: Path | None,
    known_failures: Path | None,
    fix_known_failures: bool,
    html: Path | None,
    replay: str | None,
    measure: bool,
    verbose: bool,
) -> None:
    """Judge a relay over its sockets; COMMAND has {domain}, {socket}, {audit} in it.

    It is started once for each domain, with the placeholders replaced. Without {domain} judge one
    domain at a time.
    """
    from torq_conformance.relay.session import RelayRun, check_starts, claims_of
    from torq_conformance.report import output_file, terminal
    from torq_conformance.running.results_file import ResultsFile
    from torq_specs.registry import REGISTRY

    run = RelayRun(
        command,
        claims_of(claims),
        _domains(domains),
        profile,
        seed,
        schedules,
        deadline,
        start_deadline,
        select,
        _checked_folder(folder),
        read_known_failures(known_failures, REGISTRY, is_fixed=fix_known_failures),
    )
    if html is not None:
        output_file.check(html)
    try:
        check_starts(run)
        if replay is not None:
            sys.exit(_replayed(run, replay, results))
        file = ResultsFile(results)
        outcome = run.results()
        file.begin(outcome.beginning())
        with progress_bar() as progress:
            task = progress.add_task("judging", total=100)
            run.run(
                outcome,
                lambda percent, what: progress.update(task, completed=percent, description=what),
            )
            if measure:
                progress.update(task, description="measuring")
                outcome.measured = _measured(run)
    finally:
        run.close()
    document = outcome.document()
    file.complete(document)
    if fix_known_failures and known_failures is not None:
        rewrite_known_failures(known_failures, document)
    terminal.show(document, console(), results=str(file.path), is_verbose=verbose)
    problem = None if html is None else page_written(html, str(file.path), document)
    if problem and document["exit_code"] != ExitCode.NOT_CONFORMANT:
        raise problem
    if problem:
        click.echo(f"torq-conformance: {shown(problem)}", err=True)
    if document["exit_code"] == ExitCode.NOTHING_RAN and select:
        click.echo(f"No test's name has {select!r} in it.", err=True)
    if file.notice:
        click.echo(f"torq-conformance: {shown(file.notice)}", err=True)
    sys.exit(document["exit_code"])


def _checked_folder(folder: Path | None) -> Path | None:
    """The folder of sockets, if something can be written there."""
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".torq-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise KitError(
            f"{folder} cannot be written: {error.strerror}.", "Name another one with --folder."
        ) from error
    return folder.absolute()


def _measured(run: RelayRun) -> dict[str, Any]:
    from torq_conformance.relay.measuring import measured

    return measured(run)


def _replayed(run: RelayRun, id_: str, results: Path) -> int:
    """Ask a kept failure again, and say what came of it."""
    from torq_conformance.judging.record import TestRecord
    from torq_conformance.relay.session import Judging, find_case
    from torq_conformance.report.failures import failure_text
    from torq_conformance.running.replay import find_failure
    from torq_specs.registry import REGISTRY
    from torq_specs.relay_rules import RELAY_DOMAINS
    from torq_specs.requirements import relay_requirements

    failure = find_failure(id_, results, REGISTRY, lambda _: None)
    case, test = find_case(failure["case"])
    rule = next(one for one in RELAY_DOMAINS if int(one.domain) == failure["case"]["domain"])
    record = TestRecord(test, planned=1)
    judging = Judging(run.bench(rule), record)
    try:
        is_right = judging.one(case)
    finally:
        run.close()
    if record.not_claimed:
        click.echo("ERROR: the relay does not claim what would be asked.")
        return int(ExitCode.INCONCLUSIVE)
    if is_right:
        click.echo("FIXED")
        return int(ExitCode.CONFORMANT)
    one = record.failures[0]
    click.echo(failure_text(one, relay_requirements()[one["requirement"]], run.name))
    click.echo("FAILED")
    return int(ExitCode.NOT_CONFORMANT)


@click.command("relay-reference")
@click.option("--domain", type=click.IntRange(1, 3), required=True, help="1, 2 or 3.")
@click.option("--socket", "path", type=click.Path(path_type=Path), required=True, help="Its path.")
@click.option("--audit", type=click.Path(path_type=Path), help="The audit file of Execution.")
def relay_reference(domain: int, path: Path, audit: Path | None) -> None:
    """Run the reference relay of one domain until SIGTERM."""
    from torq_conformance.relay.reference import LOGICS, Relay

    sys.exit(Relay(LOGICS[domain], path, audit if domain == 3 else None).run())


@click.command("relay-mutants")
@click.argument("ids", nargs=-1)
@click.option("-n", "--processes", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--write", type=click.Path(path_type=Path), help="Write the matrix to this page.")
@click.option("--check", type=click.Path(path_type=Path), help="Fail if this page is out of date.")
@click.option("-v", "--verbose", is_flag=True, help="Show all, not only the troubled ones.")
@kit_errors_reported
def relay_mutants(
    ids: tuple[str, ...], *, processes: int, write: Path | None, check: Path | None, verbose: bool
) -> None:
    """Judge the relay mutants, all or those with the given IDS; a survivor fails."""
    from torq_conformance.relay.mutants import matrix
    from torq_conformance.relay.mutants.gallery import GALLERY
    from torq_conformance.report import output_file

    chosen = [one for id_, one in GALLERY.items() if not ids or id_ in ids]
    if not chosen or (ids and (write or check)):
        raise KitError("No such relay mutant, or a part of them.", "A page holds all mutants.")

    def show(kill: matrix.RelayKill) -> None:
        if verbose or not kill.is_killed:
            word = "killed" if kill.is_killed else "ALIVE" if not kill.killer else "MISATTRIBUTED"
            click.echo(
                f"{kill.mutant} {word} by {kill.killer or 'nothing'} in {kill.test} "
                f"({kill.seconds:.1f} s): {shown(kill.problem, 160)}"
            )

    kills = matrix.run(chosen, processes=processes, on_kill=show)
    killed = sum(one.is_killed for one in kills)
    click.echo(f"{killed} of {len(kills)} relay mutants are killed, each by a rule of its fault")
    text = matrix.page(kills)
    if write is not None:
        output_file.write(write, text)
    is_stale = check is not None and (
        not check.exists() or check.read_text(encoding="utf-8") != text
    )
    if is_stale:
        click.echo(f"{check} is out of date: run torq-conformance relay-mutants --write {check}")
    sys.exit(ExitCode.NOT_CONFORMANT if is_stale or killed < len(kills) else ExitCode.CONFORMANT)


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--results",
    default="torq-watched.json",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where what was seen is written.",
)
@click.option("--seconds", type=SECONDS, help="End after so long.  [default: at Ctrl-C]")
@kit_errors_reported
def watch(source: Path, results: Path, seconds: float | None) -> None:
    """Judge the messages that pass a relay's socket, or those of a capture: SOURCE.

    At a socket it is a client that never sends. Ctrl-C ends it with counts by type and fault; the
    first message of each fault is kept.
    """
    import json
    import stat
    import time
    from contextlib import suppress

    from torq_conformance.relay.watching import Seen, watch_file, watch_socket
    from torq_conformance.report import output_file

    seen = Seen()
    expires = time.monotonic() + seconds if seconds is not None else float("inf")
    output_file.check(results, "Name another one with --results.")
    with suppress(KeyboardInterrupt):
        if stat.S_ISSOCK(source.stat().st_mode):
            watch_socket(source, seen, lambda: time.monotonic() > expires)
        else:
            watch_file(source, seen)
    document = seen.document(str(source))
    output_file.write(results, f"{json.dumps(document, indent=1)}\n")
    click.echo(f"{seen.messages:,} messages, {seen.size:,} bytes; kept in {results}")
    for name, count in seen.types.most_common():
        click.echo(f"  {count:>10,} {shown(name)}")
    for name, count in seen.faults.most_common():
        click.echo(f"  {count:>10,} {name} (example {seen.examples[name]['id']})")
    for first in [*seen.examples.values()][:1]:
        words = f"torq-conformance replay {first['id']} IMPLEMENTATION --results {results}"
        click.echo(f"  ask a codec about one: {shown(words)}")
    if seen.is_broken:
        click.echo("  what came is no row of messages from some point on")
    if not seen.messages:
        sys.exit(ExitCode.NOTHING_RAN)
    sys.exit(ExitCode.NOT_CONFORMANT if seen.faults or seen.is_broken else ExitCode.CONFORMANT)

"""The commands ``torq-conformance run``, ``smoke`` and ``replay``."""

from __future__ import annotations

import ast
import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import NAME_MAX, shown, shown_lines
from torq_conformance.running.command_line import (
    PROCESSES,
    connection_options,
    console,
    html_option,
    judge_of,
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
    from collections.abc import Callable

    from torq_conformance.running.results_file import ResultsFile


@click.command()
@click.argument("implementation")
@connection_options
@results_option("Where the results are written.")
@profile_option("How many cases")
@seed_option("the generated cases")
@click.option(
    "--level",
    type=click.Choice(["must", "should"]),
    default="must",
    show_default=True,
    metavar="LEVEL",
    help="From where on a finding fails the run: must or should.",
)
@click.option(
    "-k", "--select", default="", metavar="WORDS", help="Judge a part: names, or as type:Trade."
)
@click.option(
    "--vectors-only",
    is_flag=True,
    help="Judge by the published golden vectors alone.",
)
@click.option(
    "-n",
    "--workers",
    type=PROCESSES,
    metavar="NUMBER",
    help="Processes to spread over, up to 256.  [default: all cores]",
)
@known_failures_options
@html_option
@click.option("-v", "--verbose", is_flag=True, help="Show every cause and every requirement.")
@click.option("--census", is_flag=True, help="Show what the drawn questions were like.")
@kit_errors_reported
def run(
    implementation: str,
    *,
    in_process: bool,
    lint: bool,
    deadline: float,
    vendor_specs: str | None,
    types: str | None,
    results: Path,
    profile: str,
    seed: int,
    level: str,
    select: str,
    vectors_only: bool,
    workers: int | None,
    known_failures: Path | None,
    fix_known_failures: bool,
    html: Path | None,
    verbose: bool,
    census: bool,
) -> None:
    """Judge an implementation by the whole suite."""
    from torq_conformance.model.vendor_specs import registry_with
    from torq_conformance.report import output_file, tables, terminal
    from torq_conformance.running import suite_process
    from torq_conformance.running.results_file import ResultsFile
    from torq_conformance.suite.catalog import suite_tests

    read = read_known_failures(
        known_failures, registry_with(vendor_specs), is_fixed=fix_known_failures
    )
    file = ResultsFile(results)
    if html is not None:
        output_file.check(html)
    _check_selection(select)
    judge_of(implementation, in_process, lint, deadline, vendor_specs, types).adapter.close()
    options = suite_process.Options(
        implementation,
        _processes(workers or os.cpu_count() or 1, select, is_vectors_only=vectors_only),
        in_process,
        lint,
        profile,
        seed,
        level,
        deadline,
        vendor_specs,
        select,
        vectors_only,
        types,
        None if read is None else str(read.path.absolute()),
    )
    with progress_bar() as progress:
        task = progress.add_task("judging", total=100)
        done = suite_process.run(
            options,
            file,
            lambda percent, what: progress.update(task, completed=percent, description=what),
        )
    problem = _kept(file, done.document)
    if "conclusion" in done.document:
        terminal.show(done.document, console(), results=str(file.path), is_verbose=verbose)
        if census:
            tables.show_census(done.document, console())
        if html is not None:
            problem = page_written(html, str(file.path), done.document) or problem
    if fix_known_failures and known_failures is not None and done.is_complete:
        rewrite_known_failures(known_failures, done.document)
    if done.exit_code == ExitCode.NOTHING_RAN and select:
        chapters = dict.fromkeys(test.chapter.split("_", 2)[2] for test in suite_tests())
        hint = f"Name a part of a test's name, a type, or a chapter: {', '.join(chapters)}."
        click.echo(f"No test's name matches {select!r}. {hint}", err=True)
    if not done.is_complete:
        click.echo(shown_lines(done.output), err=True)
        click.echo("The run did not come to its end.", err=True)
    if problem and done.exit_code != ExitCode.NOT_CONFORMANT:
        raise problem
    if problem or file.notice:
        click.echo(f"torq-conformance: {shown(problem or file.notice)}", err=True)
    sys.exit(done.exit_code)


def _kept(file: ResultsFile, document: dict[str, Any]) -> KitError | None:
    """Write what a run has found out; what hinders it."""
    if "conclusion" not in document:
        return None
    try:
        file.complete(document)
    except KitError as error:
        return error
    return None


def _processes(workers: int, select: str, *, is_vectors_only: bool) -> int:
    """No more processes than there are tests: the others would have nothing to do."""
    from torq_conformance.running.selection import words
    from torq_conformance.suite.catalog import suite_tests
    from torq_specs.registry import REGISTRY

    if is_vectors_only or not select:
        return workers
    count = 0
    for test in suite_tests():
        for line in test.lines(REGISTRY):
            name = f"{test.chapter}.py {test.name}[{line.name if line else ''}]"
            known = " ".join([name, *words(test.test, line)]).lower()
            tree = _selection(select, lambda word, known=known: str(word.lower() in known))  # type: ignore[misc]
            count += _is_true(tree.body)
    return max(1, min(workers, count)) if count else workers


def _is_true(part: ast.expr) -> bool:
    """What an expression of names that are True or False comes to."""
    match part:
        case ast.BoolOp(ast.And(), values):
            return all(map(_is_true, values))
        case ast.BoolOp(ast.Or(), values):
            return any(map(_is_true, values))
        case ast.UnaryOp(ast.Not(), operand):
            return not _is_true(operand)
        case ast.Constant(value):
            return bool(value)
        case _:
            # Of another form than ours: pytest decides.
            return True


def _selection(select: str, word: Callable[[str], str]) -> ast.Expression:
    """A selection as an expression in which each name is what ``word`` makes of it."""
    words = {"and", "or", "not"}
    joined = re.sub(
        r"[^\s()]+", lambda found: found[0] if found[0] in words else word(found[0]), select
    )
    return ast.parse(joined.strip() or "True", mode="eval")


def _check_selection(select: str) -> None:
    try:
        _selection(select, lambda _: "True")
    except SyntaxError as error:
        hint = 'Join names with "and", "or" and "not", as in -k "header or checksum".'
        raise KitError(f"The selection {select!r} cannot be read.", hint) from error


@click.command()
@click.argument("implementation")
@connection_options
@click.option(
    "--all", "go_on", is_flag=True, help="Ask on after a wrong answer, and list the causes."
)
@kit_errors_reported
def smoke(
    implementation: str,
    in_process: bool,
    lint: bool,
    deadline: float,
    vendor_specs: str | None,
    types: str | None,
    go_on: bool,
) -> None:
    """Ask an implementation a dozen plain questions and say what to do next."""
    from torq_conformance.implementations.claimed_types import named
    from torq_conformance.judging.causes import causes_of
    from torq_conformance.judging.verdicts import rule_of
    from torq_conformance.report.failures import text_of
    from torq_conformance.report.terminal import show_cause_lines
    from torq_conformance.running.smoke import Step, advise, steps

    judge = judge_of(implementation, in_process, lint, deadline, vendor_specs, types)
    identity, out = judge.adapter.identity, console()
    who = [shown(part, NAME_MAX) for part in (identity.name, identity.version, identity.language)]
    out.print("{} {} ({}) answers".format(*who), markup=False, soft_wrap=True)
    out.print(f"claims {', '.join(sorted(identity.capabilities))}", markup=False)
    if judge.registry.unclaimed:
        out.print(f"types: {named(judge.registry)}", markup=False)
    judge.start("smoke", 0)
    first: Step | None = None
    for step in steps(judge):
        before = judge.record.not_claimed
        if not judge.judge(step.case):
            out.print(Text("  FAIL  ", style="bold red").append(step.case.label, style=""))
            first = first or step
            if go_on:
                continue
            failure = judge.record.failures[0]
            rule = rule_of(failure["requirement"], judge.registry)
            # `replay` finds an id in a results file, which only `run` writes.
            text = text_of(failure, rule, f"smoke: {failure['label']}", repeat="")
            out.print(text, markup=False, highlight=False, soft_wrap=True)
            advice = shown(advise(step, failure["problem"]))
            out.print(f"\nnext: {advice}", markup=False, soft_wrap=True)
            judge.adapter.close()
            sys.exit(ExitCode.NOT_CONFORMANT)
        if judge.record.lost:
            raise KitError(
                f"The implementation was lost: {judge.record.lost}.", "Look at its stderr."
            )
        is_claimed = judge.record.not_claimed == before
        style, word = ("green", "  ok    ") if is_claimed else ("dim", "  -     ")
        out.print(Text(word, style=style).append(step.case.label, style=""))
    judge.adapter.close()
    if first is not None:
        out.print()
        show_cause_lines(causes_of([judge.record]), out)
        advice = advise(first, judge.record.failures[0]["problem"])
        out.print(f"\nnext: {shown(advice)}", markup=False, soft_wrap=True)
        sys.exit(ExitCode.NOT_CONFORMANT)
    part = f" --types {shlex.quote(types)}" if types else ""
    command = f"torq-conformance run {shlex.quote(implementation)}{part}"
    out.print(f"\nnext: {shown(command)}", markup=False, soft_wrap=True)


@click.command()
@click.argument("what")
@click.argument("implementation")
@connection_options
@results_option("The results file that kept the failure.")
@kit_errors_reported
def replay(
    what: str,
    implementation: str,
    in_process: bool,
    lint: bool,
    deadline: float,
    vendor_specs: str | None,
    types: str | None,
    results: Path,
) -> None:
    """Ask again: WHAT is the id of a failure, the id of a golden vector, or a file of vectors.

    Answers FIXED (exit code 0) of a failure that is none any more, PASSED (0) of a vector, FAILED
    (1), or ERROR (3) where the implementation could not be asked.
    """
    from torq_conformance.judging.verdicts import rule_of
    from torq_conformance.model.vendor_specs import registry_with
    from torq_conformance.report.failures import failure_text
    from torq_conformance.running import replay as replaying

    registry = registry_with(vendor_specs)
    question = replaying.find(
        what, results, registry, lambda text: click.echo(shown(text), err=True)
    )
    judge = judge_of(implementation, in_process, lint, deadline, vendor_specs, types)
    answer = replaying.replay(question, judge)
    judge.adapter.close()
    if answer is replaying.Answer.FAILED:
        failure = [*judge.record.failures, *judge.record.findings][0]
        rule = rule_of(failure["requirement"], judge.registry)
        click.echo(failure_text(failure, rule, implementation))
    if answer is replaying.Answer.ERROR:
        click.echo(shown(replaying.why_not_asked(judge)), err=True)
    click.echo(answer)
    sys.exit(replaying.EXIT_CODES[answer])

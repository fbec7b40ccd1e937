"""The command ``torq-conformance``: which command lies in which room."""

from __future__ import annotations

import importlib
import sys
import traceback
from typing import Any

import click

from torq_conformance.model import importing
from torq_conformance.report.foreign_text import shown
from torq_conformance.running import help_pages, lifetime, standard_output, usage
from torq_conformance.running.results import ExitCode

LAZY = {
    "run": "torq_conformance.running.command:run",
    "smoke": "torq_conformance.running.command:smoke",
    "replay": "torq_conformance.running.command:replay",
    "doctor": "torq_conformance.doctor.command:doctor",
    "completion": "torq_conformance.doctor.command:completion",
    "explain": "torq_conformance.exports.command:explain",
    "spec": "torq_conformance.exports.command:spec",
    "export": "torq_conformance.exports.command:export",
    "compare": "torq_conformance.compare.command:compare",
    "diff": "torq_conformance.compare.command:diff",
    "search": "torq_conformance.search.command:search",
    "meter": "torq_conformance.meter.command:meter",
    "mutants": "torq_conformance.mutants.command:mutants",
    "new": "torq_conformance.new.command:new",
    "vectors": "torq_conformance.vectors.command:vectors",
    "report": "torq_conformance.publishing.command:report",
    "relay": "torq_conformance.relay.command:relay",
    "relay-reference": "torq_conformance.relay.command:relay_reference",
    "relay-mutants": "torq_conformance.relay.command:relay_mutants",
    "watch": "torq_conformance.relay.command:watch",
    "campaign": "torq_conformance.campaign.command:campaign",
    "keep": "torq_conformance.vectors.command:keep",
}
"""Commands by name; each is imported only when it is asked for."""


class LazyGroup(click.Group):
    """Finds the commands of ``LAZY`` without importing numpy or a mutant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(LAZY)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in LAZY:
            return None
        module, _, name = LAZY[cmd_name].partition(":")
        return help_pages.complete(cmd_name, getattr(importlib.import_module(module), name))

    def main(self, *arguments: Any, standalone_mode: bool = True, **options: Any) -> Any:
        """Run a command; whatever is wrong with how it was called is said in one line."""
        main: Any = super().main
        if not standalone_mode:
            return main(*arguments, standalone_mode=False, **options)
        if sys.stdout is sys.__stdout__:
            standard_output.make_safe()
        try:
            code = main(*arguments, standalone_mode=False, **options)
        except click.ClickException as error:
            if usage.is_help(error):
                error.show()
            else:
                click.echo(f"torq-conformance: {shown(usage.in_one_line(error))}", err=True)
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo("torq-conformance: interrupted", err=True)
            sys.exit(ExitCode.INCONCLUSIVE)
        except Exception:  # noqa: BLE001 - whatever it is, it says nothing of an implementation
            traceback.print_exc()
            text = "the kit itself has failed: inconclusive. Report it with the lines above."
            click.echo(f"torq-conformance: {text}", err=True)
            sys.exit(ExitCode.INCONCLUSIVE)
        sys.exit(code if isinstance(code, int) else 0)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: torq-conformance run reference",
)
@click.version_option(package_name="torq-conformance")
def main() -> None:
    """Judge implementations of Torq Protocol V2. POSIX systems only: Linux, macOS, BSD.

    IMPLEMENTATION is `reference`, `python:module:Name` or `stdio:command`.

    Exit codes: 0 conformant, 1 not conformant, 2 usage or set-up, 3 inconclusive, 4 throughput
    gate, 5 nothing ran.
    """
    lifetime.end_by_interrupt()
    importing.keep_folder_out()


if __name__ == "__main__":
    main()

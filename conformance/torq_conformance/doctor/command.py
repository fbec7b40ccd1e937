"""The commands ``torq-conformance doctor`` and ``torq-conformance completion``."""

from __future__ import annotations

import json
import platform
import sys

import click
from click.shell_completion import get_completion_class

from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.command_line import kit_errors_reported
from torq_conformance.running.results import ExitCode

PROGRAM = "torq-conformance"
VARIABLE = "_TORQ_CONFORMANCE_COMPLETE"
"""Where click finds what a shell asks for."""

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("parts", nargs=-1, metavar="[PART]...")
@click.option("--json", "is_json", is_flag=True, help="As JSON, for programs.")
@kit_errors_reported
def doctor(parts: tuple[str, ...], is_json: bool) -> None:
    """Say what this machine lacks for which part of the kit, and how to get it.

    Judging needs nothing but the kit. PART is a language of `new` (c, rust, go, typescript, java),
    meter, charts, fast, cluster, signing, dissector or page; all of them if none is named.
    """
    from torq_conformance.doctor.parts import PARTS, examine

    known = {part.name: part for part in PARTS}
    unknown = [name for name in parts if name not in known]
    if unknown:
        raise KitError(f"There is no part {unknown[0]!r:.60}.", f"There are: {', '.join(known)}.")
    found = [examine(known[name]) for name in dict.fromkeys(parts or known)]
    code = ExitCode.CONFORMANT if all(one.is_ready for one in found) else ExitCode.NOT_CONFORMANT
    if is_json:
        about = {"python": platform.python_version(), "system": platform.platform()}
        click.echo(json.dumps({**about, "parts": [one.to_json() for one in found]}, indent=1))
        sys.exit(code)
    for one in found:
        click.echo(f"{'ok     ' if one.is_ready else 'lacking'} {one.part.name:11}{one.part.about}")
        for need in one.needs:
            if not need.is_met:
                click.echo(shown(f"          {need.name} {need.problem}: {need.remedy}"))
    lacking = sum(not one.is_ready for one in found)
    click.echo(f"\n{len(found) - lacking} of {len(found)} parts can be used here")
    sys.exit(code)


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@kit_errors_reported
def completion(shell: str) -> None:
    """Print what makes a shell complete commands, options and their values.

    bash: put `eval "$(torq-conformance completion bash)"` into ~/.bashrc; zsh: the same with zsh
    into ~/.zshrc, behind compinit; fish: write it into
    ~/.config/fish/completions/torq-conformance.fish.
    """
    main = click.get_current_context().find_root().command

    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(main, {}, PROGRAM, VARIABLE).source())

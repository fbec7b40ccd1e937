"""A wrong command line in one line: what is wrong, and what to write instead."""

from __future__ import annotations

import click

from torq_conformance.implementations.locate import FORMS


def in_one_line(error: click.ClickException) -> str:
    """What is wrong and the remedy."""
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return _sentence(error.format_message())
    return f"{_sentence(error.format_message())} {_remedy(error, error.ctx)}"


def is_help(error: click.ClickException) -> bool:
    """Whether nothing is wrong: who names no command at all is shown those that there are."""
    help_ = getattr(click.exceptions, "NoArgsIsHelpError", None)  # Of click 8.2 and later.
    return help_ is not None and isinstance(error, help_)


def _remedy(error: click.UsageError, context: click.Context) -> str:
    command = context.command
    if isinstance(command, click.Group):
        return f"There are: {', '.join(command.list_commands(context))}."
    usage = " ".join(command.collect_usage_pieces(context))
    instead = f"Write `{context.command_path} {usage}`"
    parameter = error.param if isinstance(error, click.MissingParameter) else None
    if parameter is not None and parameter.name in {"implementation", "implementations"}:
        instead += f" with {FORMS}"
    return f"{instead}; `{context.command_path} --help` has the options."


def _sentence(text: str) -> str:
    line = " ".join(text.split())
    return line if line.endswith((".", "?", "!")) else f"{line}."

"""What stands at the end of every command's ``--help``: an example, and the exit codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import click

JUDGED = "0 conformant, 1 not conformant, 2 usage or set-up, 3 inconclusive, 5 nothing ran"
MEASURED = "0 measured, 2 usage or set-up, 4 an enforced claim is not met"
WRITTEN = "0 written, 2 usage or set-up"
FOUND = "0 every answer is right, 1 some are not, 2 usage or set-up, 3 not all was judged"
CHECKED = "0 nothing is wrong, 1 something is, 2 usage or set-up"


@dataclass(frozen=True)
class HelpPage:
    """The arguments of an example, and what the exit codes say."""

    example: str
    codes: str


PAGES: Mapping[str, HelpPage] = {
    "run": HelpPage("run python:my_package.codec:Codec -k header", JUDGED),
    "smoke": HelpPage(
        'smoke "stdio:./my-codec --serve"',
        "0 every answer is right, 1 one is not, 2 usage or set-up",
    ),
    "replay": HelpPage(
        "replay f5ea65dd4c python:my_package.codec:Codec",
        "0 FIXED, 1 FAILED, 2 usage or set-up, 3 ERROR: it could not be asked",
    ),
    "search": HelpPage(
        "search stdio:./my-codec --type Trade --count 1000000",
        "0 every answer is right, 1 some are not, 2 usage or set-up, 3 inconclusive",
    ),
    "compare": HelpPage(
        "compare reference stdio:./my-codec --count 2000",
        "0 every answer is right, 1 some are not, 2 usage or set-up, 3 inconclusive",
    ),
    "diff": HelpPage(
        "diff stdio:./codec-1.0 stdio:./codec-1.1 --count 1000000",
        "0 the same answers, 1 some are others, 2 usage or set-up, 3 inconclusive",
    ),
    "meter": HelpPage("meter measure stdio:./my-codec --baseline meter.json", MEASURED),
    "meter measure": HelpPage("meter measure stdio:./my-codec --enforce-claims", MEASURED),
    "meter gate": HelpPage(
        "meter gate meter.json stdio:./my-codec --limit 1%",
        "0 within the limit, 2 usage or set-up, 3 too noisy to tell, 4 regression",
    ),
    "meter compare": HelpPage("meter compare old.json new.json", "0 compared, 2 usage or set-up"),
    "mutants": HelpPage(
        "mutants H01 H02",
        "0 every mutant is killed, 1 one lives or a page is out of date, 2 usage, 3 inconclusive",
    ),
    "report": HelpPage("report show torq-results.json --html report.html", WRITTEN),
    "report show": HelpPage("report show torq-results.json --html report.html", WRITTEN),
    "report key": HelpPage("report key torq.key", WRITTEN),
    "report sign": HelpPage("report sign torq-results.json --key torq.key", WRITTEN),
    "report verify": HelpPage(
        "report verify torq-results.json ./my-codec --key torq.key.pub",
        "0 verified, 1 not verified, 2 usage or set-up",
    ),
    "relay": HelpPage(
        'relay "./my-relay --domain {domain} --socket {socket}" --claims echo', JUDGED
    ),
    "relay-reference": HelpPage(
        "relay-reference --domain 1 --socket /tmp/market.sock",
        "0 ended by SIGTERM, 1 it could not serve",
    ),
    "relay-mutants": HelpPage(
        "relay-mutants F01 F02",
        "0 every mutant is killed, 1 one lives or a page is out of date, 2 usage",
    ),
    "watch": HelpPage(
        "watch /run/torq/market.sock --seconds 60",
        "0 every message is right, 1 some are not, 2 usage or set-up, 5 nothing passed",
    ),
    "new": HelpPage("new go my-codec", WRITTEN),
    "keep": HelpPage("keep f5ea65dd4c", WRITTEN),
    "doctor": HelpPage(
        "doctor meter charts", "0 everything is there, 1 something is not, 2 usage or set-up"
    ),
    "completion": HelpPage("completion bash", "0 printed, 2 usage or set-up"),
    "explain": HelpPage("explain C1", "0 explained, 2 usage or set-up"),
    "campaign": HelpPage("campaign run stdio:./my-codec --count 100000000", FOUND),
    "campaign run": HelpPage("campaign run stdio:./my-codec --cluster tcp://head:8786", FOUND),
    "campaign status": HelpPage("campaign status torq-campaign.sqlite", "0 shown, 2 usage"),
    "campaign finds": HelpPage(
        "campaign finds torq-campaign.sqlite --results found.json",
        "0 nothing was found, 1 something was, 2 usage or set-up",
    ),
    "campaign report": HelpPage("campaign report torq-campaign.sqlite --html c.html", WRITTEN),
    "campaign merge": HelpPage("campaign merge all.sqlite monday.sqlite tuesday.sqlite", WRITTEN),
    "spec": HelpPage("spec show Trade", CHECKED),
    "spec show": HelpPage("spec show Trade", "0 shown, 2 usage or set-up"),
    "spec check": HelpPage(
        "spec check my_package.vendor_types", "0 it can be judged by, 2 it cannot, or usage"
    ),
    "spec pages": HelpPage("spec pages --check", CHECKED),
    "export": HelpPage("export rust generated", CHECKED),
    "vectors": HelpPage("vectors export --format ndjson exported", CHECKED),
    "vectors fill": HelpPage("vectors fill --folder vectors/torq_vectors", WRITTEN),
    "vectors check": HelpPage("vectors check", CHECKED),
    "vectors accumulate": HelpPage("vectors accumulate --check", CHECKED),
    "vectors lint": HelpPage("vectors lint", CHECKED),
    "vectors freeze": HelpPage("vectors freeze --folder vectors/torq_vectors", CHECKED),
    "vectors export": HelpPage("vectors export --format ndjson exported", WRITTEN),
}
"""The end of every help page, by the words of the command."""


def complete(name: str, command: click.Command) -> click.Command:
    """A command whose help, and that of the commands within it, ends with its page."""
    page = PAGES.get(name)
    if page is not None:
        command.epilog = f"Example: torq-conformance {page.example}\n\nExit codes: {page.codes}."
    if isinstance(command, click.Group):
        for word, below in command.commands.items():
            complete(f"{name} {word}", below)
    return command

"""The pytest plugin of implementers: its options, and nothing else until one of them is used.

Importing this module loads nothing but pytest: it is imported in every pytest run of every project
that has the kit installed.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

import pytest

SUITE = "torq_conformance.suite"
SECONDS_MAX = 86_400
UNNAMED = (
    "The conformance suite needs an implementation: add "
    "--torq-implementation python:package.module:Name (or reference)."
)


def _seed(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 63:
        raise argparse.ArgumentTypeError(f"{text} is no number from 0 to 2^63 - 1")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most {SECONDS_MAX} seconds")
    return number


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the conformance suite."""
    group = parser.getgroup("torq", "conformance to Torq Protocol V2")
    group.addoption(
        "--torq-implementation",
        metavar="NAME",
        help="what is judged: reference, python:package.module:Name or stdio:command",
    )
    group.addoption(
        "--torq-relay",
        metavar="COMMAND",
        default="",
        help="a relay that torq_conformance.relay.suite judges: a command with {domain}, {socket} "
        "and {audit}, or reference",
    )
    group.addoption(
        "--torq-relay-claims",
        metavar="CLAIMS",
        default="",
        help="what that relay does beside the rules: echo,audit,metrics",
    )
    group.addoption(
        "--torq-results",
        metavar="FILE",
        default="torq-results.json",
        help="where the results are written (default: %(default)s)",
    )
    group.addoption(
        "--torq-html",
        metavar="FILE",
        default=None,
        help="write what was found as one HTML page as well",
    )
    # Where the command line takes the results from; no file that others can write.
    group.addoption("--torq-channel", type=int, help=argparse.SUPPRESS)
    group.addoption(
        "--torq-in-process",
        action="store_true",
        help="call a trusted python: implementation in the process of the tests: faster, but "
        "whatever it does to the process ends the run",
    )
    group.addoption(
        "--torq-lint",
        action="store_true",
        help="hold every line of a stdio: implementation against the JSON Schema",
    )
    group.addoption(
        "--torq-profile",
        choices=("quick", "standard", "exhaustive"),
        default="standard",
        help="how many generated cases (default: %(default)s)",
    )
    group.addoption(
        "--torq-seed",
        type=_seed,
        default=0,
        help="seed of the generated cases (default: %(default)s)",
    )
    group.addoption(
        "--torq-level",
        choices=("must", "should"),
        default="must",
        help="from which level on a finding makes the run fail (default: %(default)s)",
    )
    group.addoption(
        "--torq-deadline",
        type=_seconds,
        default=5.0,
        metavar="SECONDS",
        help="time for one answer (default: %(default)s)",
    )
    group.addoption(
        "--torq-vendor-specs",
        metavar="MODULE",
        help="a module whose TLVS are vendor types (200 to 254) to be judged as well",
    )
    group.addoption(
        "--torq-types",
        metavar="TYPES",
        help="judge these types alone: names, numbers or ranges, as Trade,Quote or 1-3,20 "
        "(default: what the implementation claims)",
    )
    group.addoption(
        "--torq-known-failures",
        metavar="FILE",
        help="a TOML file of failures that are known, each with its reason; the run fails when one "
        "of them passes or fails for another cause",
    )
    group.addoption(
        "--torq-vectors-only",
        action="store_true",
        help="judge by the published golden vectors, and by nothing else",
    )
    group.addoption(
        "--torq-meter",
        action="store_true",
        help="measure the implementation when it is judged, and show what a message costs",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take part only when an implementation is named."""
    config.addinivalue_line(
        "markers", "torq_requirement(*ids): the requirements of Torq Protocol V2 that a test judges"
    )
    config.addinivalue_line("markers", "torq_vectors: a test of the published golden vectors")
    if not config.getoption("--torq-implementation"):
        # Spread, the suite is collected by processes that cannot say what is wrong in one line.
        if any(word.startswith(SUITE) for word in config.args):
            raise pytest.UsageError(UNNAMED)
    else:
        from torq_conformance.running.session import start

        config.pluginmanager.register(start(config), "torq_session")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Watch over a run whose implementation can end the very process that judges it."""
    is_spread = getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput")
    is_exposed = config.getoption("--torq-implementation") and config.getoption("--torq-in-process")
    if not is_exposed or is_spread or not hasattr(os, "fork"):
        return None
    from torq_conformance.running.results import COMPLETE, exit_code_of_watched

    said, saying = os.pipe()
    child = os.fork()
    if not child:
        os.close(said)
        # The session is made later.
        config.option.torq_watcher = saying
        return None
    os.close(saying)
    _, status = os.waitpid(child, 0)
    # What it started may have the other end still: nobody waits for more.
    os.set_blocking(said, False)
    try:
        heard = os.read(said, len(COMPLETE))
    except BlockingIOError:
        heard = b""
    os.close(said)
    return exit_code_of_watched(os.waitstatus_to_exitcode(status), heard)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Measure the implementation at the end of the run, where it was asked for."""
    name = config.getoption("--torq-implementation")
    if not config.getoption("--torq-meter") or not name:
        return
    from torq_conformance.errors import KitError
    from torq_conformance.meter.face import report

    terminalreporter.section("meter")
    try:
        terminalreporter.write_line(report(name))
    except KitError as error:
        terminalreporter.write_line(f"not measured: {error}")


@pytest.fixture
def torq_judge(request: pytest.FixtureRequest) -> Any:
    """The judge of the implementation that the command line names."""
    session = request.config.pluginmanager.get_plugin("torq_session")
    if session is None:
        raise pytest.UsageError(UNNAMED)
    return session.judge


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """End with one line where tests of the suite are to run against nobody."""
    is_named = config.getoption("--torq-implementation") or config.option.collectonly
    modules = {str(getattr(getattr(one, "function", None), "__module__", "")) for one in items}
    if not is_named and any(module.startswith(SUITE) for module in modules):
        raise pytest.UsageError(UNNAMED)


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spread a test over registry lines, or over golden vectors, where it asks for it."""
    if metafunc.definition.get_closest_marker("torq_vectors"):
        _spread_over_vectors(metafunc)
        return
    drawn = getattr(metafunc.function, "torq_drawn", None)
    if drawn is not None:
        blocks = drawn.blocks(metafunc.config.getoption("--torq-profile"))
        metafunc.parametrize("block", blocks, ids=[block.id for block in blocks])
        return
    each = getattr(metafunc.function, "torq_each", "")
    if not each:
        return
    from torq_conformance.suite.checks import lines_of
    from torq_specs.registry import REGISTRY

    session = metafunc.config.pluginmanager.get_plugin("torq_session")
    profile = metafunc.config.getoption("--torq-profile")
    lines = lines_of(REGISTRY if session is None else session.registry, each, profile)
    metafunc.parametrize("line", lines, ids=[line.name for line in lines])


def _spread_over_vectors(metafunc: pytest.Metafunc) -> None:
    if not metafunc.config.getoption("--torq-vectors-only"):
        metafunc.parametrize("group", [])
        return
    from torq_conformance.vectors.reader import groups, published

    found = groups(published())
    metafunc.parametrize("group", found, ids=[group.name for group in found])

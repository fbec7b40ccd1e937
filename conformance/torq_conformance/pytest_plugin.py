"""The pytest plugin of implementers: its options, and nothing else until one of them is used.

Importing this module loads nothing but pytest: it is imported in every pytest run of every project
that has the kit installed.
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from typing import Any

import pytest

from torq_conformance.implementations.conformance_suite import ATTRIBUTE
from torq_conformance.running import plugin_options
from torq_conformance.running.plugin_options import OPTIONS, Chosen, Ini, Option, OptionError

SUITE = "torq_conformance.suite"
SESSION = "torq_session"
UNNAMED = (
    "The conformance suite needs an implementation: add "
    "--torq-implementation python:package.module:Name (or reference)."
)
TOLD = "torq_options"
"""The values of all options, among what a worker of pytest-xdist is given."""
CHOSEN = pytest.StashKey[list[Chosen]]()
TYPED = (8, 4)
"""The pytest from which on ini values may be numbers."""

MARKS = {
    "requirement": "a requirement of Torq Protocol V2 that a test judges, as HDR-FLAGS",
    "chapter": "the chapter of a test, as header",
    "type": "the TLV type that a test is about, as Trade",
    "level": "a level that a requirement of a test belongs to, as Wire",
    "dimension": "what a test spans, or else how its cases are made, as enumerated",
}
"""What tests of the suite can be selected by."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the conformance suite, each with its twin for ini files."""
    group = parser.getgroup(
        "torq",
        "conformance to Torq Protocol V2 (each --torq-x can stand in an ini file as torq_x, and in "
        "the environment as TORQ_X)",
    )
    for option in OPTIONS:
        said = f" (default: {option.default_text})" if option.default_text else ""
        words: dict[str, Any] = {"help": f"{option.about}{said}", "default": None}
        if option.is_flag:
            words["action"] = argparse.BooleanOptionalAction
        else:
            words |= {"metavar": option.metavar, "type": option.read}
        group.addoption(option.flag, **words)
        is_typed = option.is_flag or pytest.version_tuple >= TYPED
        kind: Any = option.kind if is_typed else "string"
        parser.addini(option.ini, f"as {option.flag}: {option.about}", kind, default=None)
    # Where the command line takes the results from; no file that others can write.
    group.addoption("--torq-channel", type=int, help=argparse.SUPPRESS)


def _choose(config: pytest.Config) -> None:
    """Settle every option, once: command line, environment, ini file, default."""
    if CHOSEN in config.stash:
        return
    # A worker of pytest-xdist is told what holds; under `torq-conformance run` nothing else holds.
    told = getattr(config, "workerinput", {}).get(TOLD)
    is_settled = told is not None or config.getoption("--torq-channel") is not None
    given = told or {option.name: config.getoption(option.flag) for option in OPTIONS}
    try:
        chosen = plugin_options.resolve(
            given,
            {} if is_settled else os.environ,
            (lambda _: None) if is_settled else partial(_ini, config),
        )
    except OptionError as error:
        raise pytest.UsageError(str(error)) from error
    values = {one.option.name: one.value for one in chosen}
    for option in OPTIONS:
        setattr(config.option, option.ini, values.get(option.name, option.default))
    config.stash[CHOSEN] = chosen


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist what was chosen: it may have another environment."""
    values = _settings(node.config)
    node.workerinput[TOLD] = {option.name: values[option.name] for option in OPTIONS}


def _ini(config: pytest.Config, option: Option) -> Ini | None:
    """What the ini file says of an option."""
    overrides = config.getoption("override_ini", None) or ()
    is_override = any(text.partition("=")[0].strip() == option.ini for text in overrides)
    file = None if is_override else config.inipath
    source = f"-o {option.ini}" if file is None else f"{option.ini} in {file.name}"
    try:
        value = config.getini(option.ini)
    except (TypeError, ValueError, pytest.UsageError) as error:
        raise OptionError(f"{source}: {error}.") from error
    return None if value is None else Ini(value, source, None if file is None else file.parent)


def _settings(config: pytest.Config) -> dict[str, Any]:
    """The values of all options by name."""
    values = {option.name: config.getoption(option.flag) for option in OPTIONS}
    return {**values, "channel": config.getoption("--torq-channel")}


def _session(config: pytest.Config) -> Any:
    """The session of this run, which is made when it is first needed."""
    session = config.pluginmanager.get_plugin(SESSION)
    if session is None:
        from torq_conformance.running.session import start

        others = [one for one in config.stash[CHOSEN] if one.source != one.option.flag]
        said = ", ".join(f"{one.option.flag} is from {one.source}" for one in others)
        session = start(config, _settings(config), f" ({said})" if said else "")
        config.pluginmanager.register(session, SESSION)
    return session


def pytest_configure(config: pytest.Config) -> None:
    """Take part only when an implementation is named."""
    _choose(config)
    for kind, about in MARKS.items():
        name = "id" if kind == "requirement" else "name"
        config.addinivalue_line("markers", f"torq_{kind}({name}): {about}")
    config.addinivalue_line("markers", "torq_vectors: a test of the published golden vectors")
    if config.getoption("--torq-implementation"):
        _session(config)
    # Spread, the suite is collected by processes that cannot say what is wrong in one line.
    elif any(word.startswith(SUITE) for word in config.args) and not config.option.collectonly:
        raise pytest.UsageError(UNNAMED)
    elif not hasattr(config, "workerinput"):
        config.pluginmanager.register(Listener(config))


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what was chosen, and where."""
    chosen = config.stash[CHOSEN]
    close = [*plugin_options.misspelt(os.environ)]
    if not chosen and not close:
        return []
    from torq_conformance.report.foreign_text import NAME_MAX, shown

    said = [
        f"{one.option.name.replace('_', ' ')} {shown(one.value, NAME_MAX)} ({one.source})"
        for one in chosen
    ]
    lines = [f"torq: {', '.join(said)}; else the defaults"] if said else []
    lines += [f"torq: {name} is none of its variables; {like} is" for name, like in close]
    return lines


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Watch over a run whose implementation can end the very process that judges it."""
    if config.option.help or config.option.version:
        return None
    _choose(config)
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


# Tests of the suite, where a file of tests has them.


def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> pytest.Collector | None:
    """Put the suite's tests where a ``conformance_suite`` stands."""
    if not isinstance(obj, type) or not hasattr(obj, ATTRIBUTE):
        return None
    from torq_conformance.running.suite_class import collected

    _session(collector.config)
    return collected(collector, name, obj)


class Listener:
    """Makes the session of a spread run when a report has come of a class: only workers collect."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Let the session take the first record; from then on it is asked itself."""
        if any(name.startswith("torq_") for name, _ in report.user_properties):
            self.config.pluginmanager.unregister(self)
            if self.config.pluginmanager.get_plugin(SESSION) is None:
                _session(self.config).pytest_runtest_logreport(report)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what a test of the suite is about, so that it can be selected by that."""
    function = getattr(item, "function", None)
    module = str(getattr(function, "__module__", ""))
    if not module.startswith(SUITE):
        return
    from torq_conformance.running import selection
    from torq_specs.registry import REGISTRY

    session = item.config.pluginmanager.get_plugin(SESSION)
    run = None if session is None else session.run_of(item)
    line = getattr(getattr(item, "callspec", None), "params", {}).get("line")
    for kind, name in selection.facts(function, line, REGISTRY if run is None else run.every_type):
        mark = getattr(pytest.mark, f"torq_{kind}")
        item.add_marker(mark(id=name) if kind == "requirement" else mark(name=name))
        item.extra_keyword_matches.add(f"{kind}:{name}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """End with one line where tests of the suite are to run against nobody."""
    if config.getoption("--torq-implementation") or config.option.collectonly:
        return
    session = config.pluginmanager.get_plugin(SESSION)
    for item in items:
        module = str(getattr(getattr(item, "function", None), "__module__", ""))
        if module.startswith(SUITE) and (session is None or session.run_of(item) is None):
            raise pytest.UsageError(UNNAMED)


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spread a test over registry lines, or over golden vectors, where it asks for it."""
    function = metafunc.function
    each, drawn = getattr(function, "torq_each", ""), getattr(function, "torq_drawn", None)
    is_of_vectors = bool(metafunc.definition.get_closest_marker("torq_vectors"))
    if not each and drawn is None and not is_of_vectors:
        return
    config = metafunc.config
    session = config.pluginmanager.get_plugin(SESSION)
    run = None if session is None else session.run_of(metafunc.definition)
    settings = _settings(config) if run is None else run.settings
    if is_of_vectors:
        _spread_over_vectors(metafunc, is_asked=settings["vectors_only"])
    elif drawn is not None:
        blocks = drawn.blocks(settings["profile"])
        metafunc.parametrize("block", blocks, ids=[block.id for block in blocks])
    else:
        from torq_conformance.suite.checks import lines_of
        from torq_specs.registry import REGISTRY

        lines = lines_of(REGISTRY if run is None else run.registry, each, settings["profile"])
        metafunc.parametrize("line", lines, ids=[line.name for line in lines])


def _spread_over_vectors(metafunc: pytest.Metafunc, *, is_asked: bool) -> None:
    if not is_asked:
        metafunc.parametrize("group", [])
        return
    from torq_conformance.vectors.reader import groups, published

    found = groups(published())
    metafunc.parametrize("group", found, ids=[group.name for group in found])


# What tests may ask for.


@pytest.fixture
def torq_judge(request: pytest.FixtureRequest) -> Any:
    """The judge of the implementation that the options name, or that the class is for."""
    session = request.config.pluginmanager.get_plugin(SESSION)
    run = None if session is None else session.run_of(request.node)
    if run is None:
        raise pytest.UsageError(UNNAMED)
    return run.judge


@pytest.fixture(scope="session")
def torq_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the options of the plugin say, by their names: ``torq_options["profile"]``."""
    values = _settings(request.config)
    del values["channel"]
    return values


@pytest.fixture(scope="session")
def torq_registry(request: pytest.FixtureRequest) -> Any:
    """The types of the protocol, a vendor's too; where an implementation is named, those it claims.

    Iterate over it, or look a type up by its number.
    """
    session = request.config.pluginmanager.get_plugin(SESSION)
    run = None if session is None else session.runs.get("")
    if run is not None:
        return run.judge.registry
    from torq_conformance.model.vendor_specs import registry_with

    return registry_with(request.config.getoption("--torq-vendor-specs"))


@pytest.fixture(scope="session")
def torq_messages(torq_registry: Any) -> Any:
    """Right messages by the names of their types, each with ``message`` and ``data``, its bytes."""
    from torq_conformance.running.for_tests import right_messages

    return right_messages(torq_registry)


@pytest.fixture(scope="session")
def torq_codec(request: pytest.FixtureRequest) -> Any:
    """The implementation that ``--torq-implementation`` names, asked where it lives.

    ``decode``, ``encode``, ``roundtrip``, ``validate`` and ``instrument_id`` give what it answers,
    or raise ``Rejected`` or ``Unsupported``; a crash or a hang is an AssertionError.
    """
    session = request.config.pluginmanager.get_plugin(SESSION)
    run = None if session is None else session.runs.get("")
    if run is None:
        raise pytest.UsageError(UNNAMED)
    from torq_conformance.running.for_tests import CodecUnderTest

    return CodecUnderTest(run.judge.adapter)

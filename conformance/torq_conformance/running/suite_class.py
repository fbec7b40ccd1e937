"""Collects the tests of the suite where a file of tests has a ``conformance_suite``."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from torq_conformance import suite
from torq_conformance.errors import KitError
from torq_conformance.implementations.conformance_suite import ATTRIBUTE, SuiteOf
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.judged_run import JudgedRun, Settings
from torq_conformance.running.plugin_options import OPTIONS, OptionError, checked
from torq_conformance.suite.catalog import chapters
from torq_specs.registry import Registry


class SuiteClass(pytest.Class):
    """The class of a ``conformance_suite``; its tests are those of the suite, by their names."""

    run: JudgedRun

    def funcnamefilter(self, name: str) -> bool:
        """Whatever the project calls its tests: these are called ``test_``."""
        return name.startswith("test_")

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """The tests of every chapter."""
        session: Any = self.config.pluginmanager.get_plugin("torq_session")
        try:
            session.add(self)
        except (KitError, OptionError) as error:
            raise self.CollectError(shown(error)) from error
        return super().collect()


def collected(collector: pytest.Collector, name: str, made: type) -> SuiteClass:
    """The collector of a class that ``conformance_suite`` made."""
    members: dict[str, Any] = {"__doc__": made.__doc__, ATTRIBUTE: getattr(made, ATTRIBUTE)}
    for chapter in chapters():
        module = importlib.import_module(f"{suite.__name__}.{chapter}")
        for test, function in vars(module).items():
            if test.startswith("test_") and getattr(function, "__module__", "") == module.__name__:
                if test in members:
                    raise ValueError(f"two tests of the suite are called {test}")
                members[test] = staticmethod(function)
    node: SuiteClass = SuiteClass.from_parent(collector, name=name)
    node.obj = type(name, (), members)
    return node


def run_of_class(node: SuiteClass, settings: Settings) -> JudgedRun:
    """What is judged by a class: its codec, by what it says and else the plugin's options."""
    of: SuiteOf = getattr(node.obj, ATTRIBUTE)
    said = {**_checked(of, node), "in_process": True, "lint": False, "channel": None}
    said.setdefault("html", None)
    said.setdefault("known_failures", None)
    said.setdefault("results", _results_of(node.nodeid, settings["results"]))
    name = _name(of.codec, node)
    return JudgedRun(node.nodeid, name, {**settings, **said}, partial(_connected, of, name))


def _checked(of: SuiteOf, node: SuiteClass) -> dict[str, Any]:
    """What the class says, each value such as its option takes it."""
    options = {option.name: option for option in OPTIONS}
    found = {}
    for name, value in of.settings.items():
        option = options[name]
        found[name] = checked(option, str(value), f"{name} of {node.name}")
        if option.is_path:
            found[name] = str(node.path.parent / found[name])
    return found


def _results_of(key: str, path: str) -> str:
    """Where the results of one class are kept: beside those of the option, with its name."""
    file, _, names = key.partition("::")
    whole = [*Path(file).with_suffix("").parts, *names.split("::")]
    plain = ["".join(c if c.isalnum() or c in "_-" else "_" for c in part) for part in whole]
    results = Path(path)
    return str(results.with_stem("-".join([results.stem, *plain])))


def _name(codec: object, node: SuiteClass) -> str:
    """How the command line would name the codec, from the folder where pytest was started."""
    kind = codec if isinstance(codec, type) else type(codec)
    module, here = kind.__module__, node.config.invocation_params.dir
    file = node.getparent(pytest.Module)
    is_of_file = file is not None and module == file.obj.__name__
    if is_of_file and node.path.is_relative_to(here):
        module = ".".join(node.path.relative_to(here).with_suffix("").parts)
    return f"python:{module}:{kind.__qualname__}"


def _connected(of: SuiteOf, name: str, registry: Registry) -> InProcessAdapter:
    return InProcessAdapter(_made(of.codec), name, partial(_made, of.codec))


def _made(codec: object) -> object:
    if not isinstance(codec, type):
        return codec
    try:
        return codec()
    except Exception as error:
        raise KitError(
            f"{codec.__qualname__}() failed: {type(error).__name__}: {error}.",
            "The class is called without arguments; give each a default, or name an instance.",
        ) from error

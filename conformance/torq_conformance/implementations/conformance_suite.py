"""The conformance suite of a codec as a class of tests, for a file of tests of two lines.

``TestMine = conformance_suite(MyCodec)``: the pytest plugin puts the suite's tests where the class
stands. Importing this module loads nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ATTRIBUTE = "torq_suite"
"""Where the class keeps what it is for."""


@dataclass(frozen=True)
class SuiteOf:
    """A codec, and what is said of how it is judged, by the names of the plugin's options."""

    codec: object
    settings: Mapping[str, Any]


def conformance_suite(
    codec: object,
    *,
    profile: str | None = None,
    seed: int | None = None,
    level: str | None = None,
    types: str | None = None,
    vendor_specs: str | None = None,
    known_failures: str | None = None,
    results: str | None = None,
    html: str | None = None,
    vectors_only: bool | None = None,
) -> type:
    """A class of tests that judge a codec in the process of the tests.

    ``codec`` is a class that is called without arguments, or an instance, with the members of
    ``Implementation``. What is not said here is what the options of the plugin say; paths are
    relative to the file of tests. The results lie in ``torq-results-FILE-CLASS.json`` unless
    ``results`` names another file.
    """
    said = {
        "profile": profile,
        "seed": seed,
        "level": level,
        "types": types,
        "vendor_specs": vendor_specs,
        "known_failures": known_failures,
        "results": results,
        "html": html,
        "vectors_only": vectors_only,
    }
    settings = {name: value for name, value in said.items() if value is not None}
    members = {
        ATTRIBUTE: SuiteOf(codec, settings),
        "__doc__": "The conformance suite of Torq Protocol V2.",
        "test_the_plugin_is_loaded": staticmethod(_without_the_plugin),
    }
    return type("ConformanceSuite", (), members)


def _without_the_plugin() -> None:
    """Fail: with the plugin this test is not there, and the suite's are."""
    raise AssertionError(
        "The pytest plugin torq_conformance is not loaded, so nothing is judged: leave out "
        "`-p no:torq_conformance`, or add `-p torq_conformance.pytest_plugin`."
    )

"""Who may import whom, as a table; checked on the source of the installed packages by AST."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGES = ("torq_specs", "torq_conformance", "torq_vectors")

GROUPS = {
    # What the protocol says.
    "words": (
        "torq_specs.errors",
        "torq_specs.differences",
        "torq_specs.rules",
        "torq_specs.wire",
        "torq_specs.enums",
        "torq_specs.explanations",
        "torq_specs.relay_rules",
        "torq_specs.configuration",
        "torq_specs.workloads",
    ),
    "declarations": (
        "torq_specs.header",
        "torq_specs.instrument_id",
        "torq_specs.market_data",
        "torq_specs.pools",
        "torq_specs.signals",
        "torq_specs.system",
    ),
    "layout": ("torq_specs.layout",),
    "registry": ("torq_specs.registry",),
    "message": ("torq_specs.tlv", "torq_specs.message"),
    "faults": ("torq_specs.faults",),
    "rules": ("torq_specs.validation", "torq_specs.requirements"),
    # What the specification gives to others.
    "specification": ("torq_specs",),
    # What implementations raise, and what a wrong set-up raises.
    "errors": ("torq_conformance.errors",),
    "rejection": ("torq_conformance.rejection",),
    # How an implementation is judged: one room a step of the way.
    "model": ("torq_conformance.model.*",),
    "reference": ("torq_conformance.reference.*",),
    "implementations": ("torq_conformance.implementations.*",),
    # What the kit gives to implementers.
    "kit face": ("torq_conformance",),
    "cases": ("torq_conformance.cases.*",),
    "judging": ("torq_conformance.judging.*",),
    "vector reader": ("torq_conformance.vectors.reader", "torq_conformance.vectors.judged"),
    "suite": ("torq_conformance.suite.*",),
    "report": ("torq_conformance.report.*",),
    "running": ("torq_conformance.running.*",),
    # Units of work, here or on the workers of a cluster.
    "cluster": ("torq_conformance.cluster.*",),
    # One room a command.
    "search": ("torq_conformance.search.*",),
    "compare": ("torq_conformance.compare.*",),
    "exports": ("torq_conformance.exports.*",),
    "vectors": ("torq_conformance.vectors.*",),
    "mutants": ("torq_conformance.mutants.*",),
    "meter": ("torq_conformance.meter.*",),
    "new": ("torq_conformance.new.*",),
    "doctor": ("torq_conformance.doctor.*",),
    "relay reference": ("torq_conformance.relay.reference.*",),
    "relay": ("torq_conformance.relay.*",),
    "publishing": ("torq_conformance.publishing.*",),
    "campaign": ("torq_conformance.campaign.*",),
    # The two doors.
    "doors": (
        *("torq_conformance.pytest_plugin", "torq_conformance.cli", "torq_conformance.__main__"),
    ),
    # Data only.
    "published": ("torq_vectors.*",),
}
"""Modules by group in the order in which things build on one another; an exact name comes first."""

SPECS = ("words", "declarations", "layout", "registry", "message", "faults", "rules")
FACE = ("specification",)

STEPS = (
    *("errors", "rejection", "model", "reference", "implementations", "cases", "judging"),
    *("vector reader", "suite", "report", "running", "cluster"),
)
"""The way of a question, from what may be raised to one run of the suite."""

COMMANDS: dict[str, tuple[str, ...]] = {
    "search": (),
    "compare": ("search",),  # the stream of messages, and what makes them plain
    "exports": (),
    "vectors": ("exports",),  # a dissector beside a capture, and how files are written
    "mutants": (),
    "meter": (),
    "new": (),
    "doctor": ("new",),  # what the skeletons need
    "relay": ("relay reference", "meter"),  # the pace of the machine
    "publishing": ("meter",),  # the claims of a measurement, beside results
    "campaign": ("search",),  # blocks of the drawn stream
}
"""The rooms of commands, and which others each of them may use."""

PUBLISHED = frozenset({"vector reader", "suite"})
"""Who reads the published golden vectors, which are data without imports."""


def _above(room: str) -> tuple[str, ...]:
    return (*SPECS, *FACE, *STEPS[: STEPS.index(room)])


MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "words": (),
    "declarations": ("words",),
    "layout": ("words",),
    "registry": ("words", "declarations", "layout"),
    "message": ("words", "declarations", "layout", "registry"),
    "faults": ("words", "declarations", "layout", "registry", "message"),
    "rules": ("words", "declarations", "registry"),
    "specification": SPECS,
    **{room: _above(room) for room in STEPS},
    # The second reading of the page shares nothing with the first one.
    "errors": (),
    "rejection": (),
    "reference": ("rejection",),
    "kit face": ("rejection", "implementations"),
    **{room: (*SPECS, *FACE, *STEPS, "kit face", *others) for room, others in COMMANDS.items()},
    # A relay that is judged shares nothing with what judges it.
    "relay reference": (),
    "doors": (*SPECS, *FACE, *STEPS, *COMMANDS),
    "published": (),
}
"""What each group may import beside itself: what stands above it in the table of groups."""

TOOLS: dict[str, tuple[str, ...]] = {
    "words": ("construct",),
    "declarations": ("construct",),
    "layout": ("construct",),
    "message": ("construct",),
    "reference": ("numpy", "isal"),
    "implementations": ("jsonschema",),
    "cases": ("hypothesis", "numpy"),
    "vector reader": ("jsonschema",),
    "suite": ("pytest", "hypothesis"),
    "report": ("rich", "jinja2"),
    "running": ("pytest", "hypothesis", "jsonschema", "click", "rich"),
    "cluster": ("click", "distributed"),
    "search": ("numpy", "click", "rich"),
    "compare": ("click", "rich"),
    "exports": ("click", "rich", "jinja2"),
    "vectors": ("numpy", "click", "rich", "jsonschema", "jinja2"),
    "mutants": ("hypothesis", "click", "rich"),
    "meter": ("click", "rich", "matplotlib"),
    "new": ("click", "jinja2"),
    "doctor": ("click",),
    "relay": ("click", "rich", "pytest"),
    "publishing": ("click", "pytest", "cryptography"),
    "campaign": ("click",),
    "doors": ("pytest", "click", "rich"),
}
"""What each group may import beside the standard library and this project; the others nothing."""


@cache
def sources() -> dict[str, Path]:
    """Every module of the installed packages, by its name."""
    found = {}
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        for folder in spec.submodule_search_locations or ():
            for path in sorted(Path(folder).rglob("*.py")):
                parts = path.relative_to(Path(folder).parent).with_suffix("").parts
                found[".".join(parts).removesuffix(".__init__")] = path
    return found


@cache
def imports_of(module: str) -> frozenset[str]:
    """Modules that a module imports anywhere in its source, for type checking too."""
    tree = ast.parse(sources()[module].read_text(encoding="utf-8"))
    return frozenset(_imports(tree))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in sources() else str(node.module)


def group_of(module: str) -> str:
    folders = [
        ".".join(module.split(".")[:end]) + ".*" for end in range(module.count(".") + 1, 0, -1)
    ]
    for name in (module, *folders):
        for group, members in GROUPS.items():
            if name in members:
                return group
    raise AssertionError(f"{module} is in no group: say in GROUPS where it belongs")


def top(module: str) -> str:
    return module.partition(".")[0]


def test_table_is_complete_and_goes_one_way() -> None:
    order = list(GROUPS)
    assert set(MAY_IMPORT) == set(order)
    for group, others in MAY_IMPORT.items():
        later = [other for other in others if order.index(other) >= order.index(group)]
        assert not later, f"{group} imports {later}"


def test_nothing_lies_loose_beside_the_rooms() -> None:
    folder = sources()["torq_conformance"].parent
    loose = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert loose == {"errors", "rejection", "cli", "pytest_plugin", "__main__"}
    rooms = {path.name for path in folder.iterdir() if (path / "__init__.py").is_file()}
    assert rooms == {*STEPS, *COMMANDS} - {"errors", "rejection", "vector reader"}


@pytest.mark.parametrize("module", sorted(sources()))
def test_module_imports_only_what_its_group_may(module: str) -> None:
    group = group_of(module)
    for imported in sorted(imports_of(module)):
        if top(imported) not in PACKAGES:
            continue
        other = group_of(imported)
        is_published = other == "published" and group in PUBLISHED
        assert other == group or other in MAY_IMPORT[group] or is_published, (
            f"{module} ({group}) imports {imported} ({other})"
        )


@pytest.mark.parametrize("module", sorted(sources()))
def test_module_uses_only_the_tools_of_its_group(module: str) -> None:
    foreign = {top(imported) for imported in imports_of(module)} - set(PACKAGES)
    foreign -= {*sys.stdlib_module_names, "__future__"}
    assert foreign <= set(TOOLS.get(group_of(module), ())), module


def test_construct_is_imported_nowhere_but_in_torq_specs() -> None:
    users = {m for m in sources() if "construct" in {top(name) for name in imports_of(m)}}
    assert users
    assert {top(module) for module in users} == {"torq_specs"}


def test_torq_specs_imports_only_construct_the_standard_library_and_itself() -> None:
    for module in sources():
        if top(module) == "torq_specs":
            foreign = {top(name) for name in imports_of(module)} - set(sys.stdlib_module_names)
            assert foreign <= {"construct", "torq_specs"}, module


def test_reference_imports_only_numpy_isal_the_standard_library_rejection_and_itself() -> None:
    modules = [m for m in sources() if f"{m}.".startswith("torq_conformance.reference.")]
    assert len(modules) > 5
    for module in modules:
        for imported in imports_of(module):
            assert (
                top(imported) in {*sys.stdlib_module_names, "numpy", "isal"}
                or imported == "torq_conformance.rejection"
                or f"{imported}.".startswith("torq_conformance.reference.")
            ), f"{module} imports {imported}"


def loaded_by(statement: str) -> set[str]:
    """Names of modules that a fresh interpreter has loaded after a statement."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def foreign_to(modules: set[str]) -> set[str]:
    return {top(name) for name in modules} - set(sys.stdlib_module_names)


def test_plugin_loads_nothing_but_pytest() -> None:
    more = loaded_by("import torq_conformance.pytest_plugin") - loaded_by("import pytest")
    assert foreign_to(more) == {"torq_conformance"}


def test_reference_loads_nothing_of_the_specification() -> None:
    more = loaded_by("import torq_conformance.reference") - loaded_by("pass")
    assert foreign_to(more) <= {"torq_conformance", "numpy", "isal"}


def test_package_of_implementers_loads_nothing_but_the_standard_library() -> None:
    more = loaded_by("import torq_conformance") - loaded_by("pass")
    assert foreign_to(more) == {"torq_conformance"}


def test_specification_loads_nothing_but_construct() -> None:
    more = loaded_by("import torq_specs.message, torq_specs.faults, torq_specs.requirements")
    assert foreign_to(more - loaded_by("import construct")) == {"torq_specs"}


def test_vectors_are_data_only() -> None:
    assert {m for m in sources() if top(m) == "torq_vectors"} == {"torq_vectors"}
    assert not imports_of("torq_vectors")

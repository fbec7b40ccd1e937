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
    "words": ("torq_specs", "torq_specs.wire", "torq_specs.enums"),
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
    # How an implementation is judged.
    "refusals": ("torq_conformance", "torq_conformance.rejection", "torq_conformance.errors"),
    "reference": ("torq_conformance.reference.*",),
    "contract": (
        "torq_conformance.implementations",
        "torq_conformance.implementations.outcomes",
        "torq_conformance.implementations.protocol",
    ),
    "values": (
        "torq_conformance.values",
        "torq_conformance.derived_codec",
        "torq_conformance.byte_map",
    ),
    "cases": ("torq_conformance.cases.*",),
    "expectations": ("torq_conformance.expectations",),
    "adapters": ("torq_conformance.implementations.*",),
    "census": ("torq_conformance.census",),
    "vendor_specs": ("torq_conformance.vendor_specs",),
    "verdicts": ("torq_conformance.verdicts", "torq_conformance.known_failures"),
    "vector_files": ("torq_conformance.vector_files",),
    "report": ("torq_conformance.report.*",),
    "judging": ("torq_conformance.judging", "torq_conformance.results"),
    "suite": ("torq_conformance.suite.*",),
    "mutants": ("torq_conformance.mutants.*",),
    "golden": ("torq_conformance.golden.*",),
    "throughput": ("torq_conformance.throughput.*",),
    "bulk": ("torq_conformance.bulk.*",),
    "comparing": ("torq_conformance.comparing.*",),
    "exports": ("torq_conformance.exports.*",),
    "skeletons": ("torq_conformance.skeletons.*",),
    "running": (
        "torq_conformance.session",
        "torq_conformance.running",
        "torq_conformance.golden.keeping",
        "torq_conformance.replaying",
        "torq_conformance.smoking",
    ),
    "doors": (
        "torq_conformance.pytest_plugin",
        "torq_conformance.cli",
        "torq_conformance.implementations.stdio_server",
        "torq_conformance.bulk.commands",
        "torq_conformance.comparing.command",
        "torq_conformance.mutants.command",
        "torq_conformance.skeletons.command",
        "torq_conformance.golden.commands",
    ),
    # Data only.
    "vectors": ("torq_vectors.*",),
}
"""Modules by group in the order in which things build on one another; an exact name comes first."""

SPECS = ("words", "declarations", "layout", "registry", "message", "faults", "rules")
DERIVED = (*SPECS, "refusals", "contract", "values")
JUDGED = (*DERIVED, "cases", "expectations", "adapters", "vendor_specs", "verdicts", "report")

TESTED = (
    "census",
    "vector_files",
    "judging",
    "suite",
    "mutants",
    "golden",
    "throughput",
    "bulk",
    "comparing",
)

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "words": (),
    "declarations": ("words",),
    "layout": ("words",),
    "registry": ("words", "declarations", "layout"),
    "message": ("words", "declarations", "layout", "registry"),
    "faults": ("words", "declarations", "layout", "registry", "message"),
    "rules": ("words", "registry"),
    "refusals": (),
    "reference": ("refusals",),
    "contract": ("refusals",),
    "values": SPECS,
    "cases": DERIVED,
    "expectations": DERIVED,
    "adapters": DERIVED,
    "census": (*DERIVED, "expectations"),
    "vendor_specs": (*SPECS, "refusals", "adapters", "cases"),
    "verdicts": (*DERIVED, "expectations"),
    "vector_files": (*DERIVED, "cases", "expectations", "verdicts", "reference", "vectors"),
    "report": (*DERIVED, "expectations", "verdicts"),
    "judging": (*JUDGED, "census", "vector_files"),
    "suite": (*JUDGED, "judging", "vector_files", "vectors"),
    "mutants": (*JUDGED, "judging", "vector_files", "suite", "reference"),
    "golden": (*JUDGED, "vector_files", "suite"),
    "throughput": (*JUDGED, "judging", "reference"),
    "bulk": (*JUDGED, "judging"),
    "comparing": (*JUDGED, "bulk"),
    "exports": (*DERIVED, "cases", "vector_files"),
    "skeletons": ("refusals",),
    "running": (*JUDGED, *TESTED),
    "doors": (*JUDGED, *TESTED, "exports", "skeletons", "running"),
    "vectors": (),
}
"""What each group may import beside itself: always something above it in the table of groups."""

TOOLS: dict[str, tuple[str, ...]] = {
    "words": ("construct",),
    "declarations": ("construct",),
    "layout": ("construct",),
    "message": ("construct",),
    "reference": ("numpy",),
    "cases": ("hypothesis", "numpy"),
    "bulk": ("numpy",),
    "adapters": ("jsonschema",),
    "report": ("rich", "jinja2"),
    "judging": ("jsonschema",),
    "vector_files": ("jsonschema",),
    "suite": ("pytest", "hypothesis"),
    "mutants": ("hypothesis", "rich"),
    "throughput": ("numpy", "rich"),
    "exports": ("rich", "jinja2"),
    "skeletons": ("jinja2",),
    "running": ("pytest", "hypothesis"),
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
        allowed = ["vectors"] if group in {"vector_files", "suite"} else []
        assert set(later) <= set(allowed), f"{group} imports {later}"


@pytest.mark.parametrize("module", sorted(sources()))
def test_module_imports_only_what_its_group_may(module: str) -> None:
    group = group_of(module)
    for imported in sorted(imports_of(module)):
        if top(imported) not in PACKAGES:
            continue
        other = group_of(imported)
        assert other == group or other in MAY_IMPORT[group], (
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


def test_reference_imports_only_numpy_the_standard_library_rejection_and_itself() -> None:
    modules = [m for m in sources() if f"{m}.".startswith("torq_conformance.reference.")]
    assert len(modules) > 5
    for module in modules:
        for imported in imports_of(module):
            assert (
                top(imported) in {*sys.stdlib_module_names, "numpy"}
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
    assert foreign_to(more) <= {"torq_conformance", "numpy"}


def test_package_of_implementers_loads_nothing_but_the_standard_library() -> None:
    more = loaded_by("import torq_conformance") - loaded_by("pass")
    assert foreign_to(more) == {"torq_conformance"}


def test_specification_loads_nothing_but_construct() -> None:
    more = loaded_by("import torq_specs.message, torq_specs.faults, torq_specs.requirements")
    assert foreign_to(more - loaded_by("import construct")) == {"torq_specs"}


def test_vectors_are_data_only() -> None:
    assert {m for m in sources() if top(m) == "torq_vectors"} == {"torq_vectors"}
    assert not imports_of("torq_vectors")

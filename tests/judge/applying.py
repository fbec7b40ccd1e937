"""Puts a change of the source into modules that are loaded, in a process that ends afterwards.

A function gets the code of the changed one; so everybody who holds it has the change. A constant
gets another value, wherever it is known under its name, and so do the constants made of it.
"""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.judge.changes import Change, changes_of, named_parts


class Source:
    """One module of the judge: its tree, and the changes that there can be."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.module = importlib.import_module(name)
        assert self.module.__file__ is not None
        self.path = self.module.__file__
        self.tree = ast.parse(Path(self.path).read_text("utf-8"))
        self.changes = changes_of(name.removeprefix("torq_conformance."), self.tree)

    def apply(self, change: Change) -> None:
        """Change the loaded module; there is no way back."""
        function = _function(self.module, change.where)
        old = change.old
        change.put()
        if function is None:
            self._set_constants(change.where)
        else:
            tree = ast.fix_missing_locations(self.tree)
            code = compile(tree, self.path, "exec", dont_inherit=True)
            function.__code__ = _code_in(code, change.where)
        change.take_back(old)
        _forget(self.module)

    def _set_constants(self, first: str) -> None:
        changed = {first}
        for name, node in named_parts(self.tree):
            if isinstance(node, ast.FunctionDef):
                continue
            assert node.value is not None
            names = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
            if name == first or not names.isdisjoint(changed):
                changed.add(name)
                expression = ast.fix_missing_locations(ast.Expression(node.value))
                code = compile(expression, self.path, "eval", dont_inherit=True)
                _set(self.module, name, eval(code, vars(self.module)))


def _set(home: ModuleType, name: str, value: Any) -> None:
    old = vars(home)[name]
    for module in [*sys.modules.values()]:
        if vars(module).get(name) is old:
            vars(module)[name] = value


def _function(module: ModuleType, where: str) -> FunctionType | None:
    """The function of that name; None if it is a constant's."""
    outer, _, name = where.rpartition(".")
    found: Any = vars(vars(module)[outer] if outer else module)[name]
    for inner in ("__func__", "fget", "func", "__wrapped__"):
        found = getattr(found, inner, found)
    return found if isinstance(found, FunctionType) else None


def _code_in(code: CodeType, where: str) -> CodeType:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            if one.co_qualname == where:
                return one
            if where.startswith(f"{one.co_qualname}."):
                return _code_in(one, where)
    raise LookupError(where)


def _forget(module: ModuleType) -> None:
    for value in vars(module).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()

"""Every small change of a module's source that should make some test fail: a mutant of the judge.

One change is one node of the syntax tree in place of another: a comparison turned round, a branch
that is always or never taken, an operand, a statement or an entry of a table that is not there, a
number one too large, a text that is another one. Left alone are annotations, asserts (they are for
the type checker), defaults of arguments, the fields of classes, and the texts of f-strings.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

TURNED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}

CALLED = {"any": "all", "all": "any", "min": "max", "max": "min"}

EMPTY = {"list": "[]", "str": "''", "tuple": "()", "dict": "{}", "bool": "False"}
"""What a function returns instead, by the beginning of its annotation; None for others."""

Slot = tuple[ast.AST, str, int | None]
"""Where a node stands: its parent, the parent's field, and the place if that is a list."""


@dataclass
class Change:
    """One change: in which function or constant, and what there is written instead of what."""

    module: str
    where: str
    before: str
    after: str
    lines: range
    """Lines of the statement; whoever runs one of them may see the change."""
    slot: Slot = field(repr=False)
    new: ast.AST = field(repr=False)
    number: int = 1
    """Of those that read the same in one function."""

    @property
    def id(self) -> str:
        """What the change is known by; it says no line, so it survives changes elsewhere."""
        more = f" #{self.number}" if self.number > 1 else ""
        return f"{self.module} {self.where}: {self.before} -> {self.after}{more}"

    def put(self) -> None:
        """Change the tree."""
        self._set(self.new)

    def take_back(self, old: ast.AST) -> None:
        """Make the tree what it was."""
        self._set(old)

    @property
    def old(self) -> ast.AST:
        """The node that is there now."""
        parent, name, at = self.slot
        value = getattr(parent, name)
        found: ast.AST = value if at is None else value[at]
        return found

    def _set(self, node: ast.AST) -> None:
        parent, name, at = self.slot
        if at is None:
            setattr(parent, name, node)
        else:
            getattr(parent, name)[at] = node


def changes_of(module: str, tree: ast.Module) -> list[Change]:
    """Every change of a module, in the order of its source."""
    found: list[Change] = []
    met = Counter[str]()
    for change in _in_module(module, tree):
        met[change.id] += 1
        change.number = met[change.id]
        found.append(change)
    return found


def _in_module(module: str, tree: ast.Module) -> Iterator[Change]:
    for where, node in named_parts(tree):
        returns = ""
        if isinstance(node, ast.FunctionDef):
            returns = ast.unparse(node.returns).partition("[")[0] if node.returns else ""
            inside: list[Slot] = [(node, "body", at) for at in range(len(node.body))]
        else:
            inside = [(node, "value", None)]
        for slot in inside:
            for at, new, lines in _within(slot, returns, _lines(node)):
                change = Change(module, where, "", "", lines, at, new)
                change.before, change.after = _text(change.old), _text(new)
                yield change


def named_parts(
    tree: ast.Module,
) -> Iterator[tuple[str, ast.FunctionDef | ast.Assign | ast.AnnAssign]]:
    """The functions and methods by their qualified names, and the constants of a module."""
    for node in tree.body:
        match node:
            case ast.FunctionDef():
                yield node.name, node
            case ast.ClassDef():
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef):
                        yield f"{node.name}.{inner.name}", inner
            case ast.Assign(targets=[ast.Name(id=name)]) if name.isupper():
                yield name, node
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()) if name.isupper():
                yield name, node
            case _:
                pass


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 120 else f"{text[:117]}..."


def _lines(node: ast.AST) -> range:
    """The lines of a statement, of one that holds others those of its head."""
    first: int = getattr(node, "lineno", 0)
    head = next(
        (
            getattr(node, name)
            for name in ("test", "iter", "subject", "pattern")
            if name in node._fields
        ),
        None,
    )
    if isinstance(node, ast.match_case):
        first, head = node.pattern.lineno, node.guard or node.pattern
    last: int = getattr(head or node, "end_lineno", first) or first
    return range(first, last + 1)


def _within(slot: Slot, returns: str, lines: range) -> Iterator[tuple[Slot, ast.AST, range]]:
    """Every change of a node and of what is in it."""
    parent, name, at = slot
    value = getattr(parent, name)
    node: ast.AST = value if at is None else value[at]
    if isinstance(node, ast.Assert | ast.FunctionDef) or _is_docstring(node):
        return
    if isinstance(node, ast.stmt | ast.match_case):
        lines = _lines(node)
    for new in _instead(node, returns):
        yield slot, ast.copy_location(new, node), lines
    for field_, inner in ast.iter_fields(node):
        if field_ in {"annotation", "keywords_", "ctx", "op", "ops", "type"}:
            continue
        if isinstance(node, ast.JoinedStr) and field_ == "values":
            # The words between the braces are prose; what is in the braces is not.
            places = [n for n, one in enumerate(inner) if isinstance(one, ast.FormattedValue)]
        elif isinstance(node, ast.FormattedValue) and field_ != "value":
            continue
        elif isinstance(inner, list):
            places = [n for n, one in enumerate(inner) if isinstance(one, ast.AST)]
        elif isinstance(inner, ast.AST):
            yield from _within((node, field_, None), returns, lines)
            continue
        else:
            continue
        for n in places:
            yield from _within((node, field_, n), returns, lines)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _instead(node: ast.AST, returns: str) -> Iterator[ast.AST]:  # noqa: PLR0912  # one table
    """What may stand in the place of one node."""
    match node:
        case ast.Compare(left, ops, comparators):
            for n, op in enumerate(ops):
                turned = [*ops[:n], TURNED[type(op)](), *ops[n + 1 :]]
                yield ast.Compare(left, turned, comparators)  # type: ignore[arg-type]
        case ast.BoolOp(op, values):
            yield ast.BoolOp(TURNED[type(op)](), values)  # type: ignore[arg-type]
            for n in range(len(values)):
                rest = [*values[:n], *values[n + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.BinOp(left, op, right) if type(op) in TURNED:
            yield ast.BinOp(left, TURNED[type(op)](), right)  # type: ignore[arg-type]
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(str() as value):
            yield ast.Constant("" if value else "XX")
        case ast.Call(ast.Name(name), args, keywords) if name in CALLED:
            yield ast.Call(ast.Name(CALLED[name], ast.Load()), args, keywords)
        case ast.Set(elts) if len(elts) > 1:
            for n in range(len(elts)):
                yield ast.Set([*elts[:n], *elts[n + 1 :]])
        case ast.Dict(keys, values) if len(keys) > 1:
            for n in range(len(keys)):
                yield ast.Dict([*keys[:n], *keys[n + 1 :]], [*values[:n], *values[n + 1 :]])
        case ast.If(_, body, orelse):
            yield ast.If(ast.Constant(value=True), body, orelse)
            yield ast.If(ast.Constant(value=False), body, orelse)
        case ast.IfExp(_, body, orelse):
            yield body
            yield orelse
        case ast.comprehension(target, iter_, ifs, is_async):
            for n in range(len(ifs)):
                yield ast.comprehension(target, iter_, [*ifs[:n], *ifs[n + 1 :]], is_async)
        case ast.match_case(pattern, _, body):
            yield ast.match_case(pattern, ast.Constant(value=False), body)
        case ast.Return(ast.expr() as value):
            empty = ast.parse(EMPTY.get(returns, "None"), mode="eval").body
            if ast.unparse(empty) != ast.unparse(value):
                yield ast.Return(empty)
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            # Never taken rather than not there: a generator without a yield would be none.
            yield ast.If(ast.Constant(value=False), [node], [])
        case ast.Assign([ast.Subscript() | ast.Attribute()]):
            yield ast.If(ast.Constant(value=False), [node], [])
        case _:
            pass

"""What the rules need to know about a piece of Python: names, functions and how deep blocks go."""

import ast
from collections.abc import Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef


def dotted(node: ast.expr) -> str:
    """`a.b.c` as a string; empty if it is anything but names and dots."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
        case _:
            return ""


def calls(tree: ast.AST) -> Iterator[tuple[int, str, ast.Call]]:
    """Every call with its line and the dotted name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, dotted(node.func), node


def attributes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every `a.b` with its line, called or not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, dotted(node)


def imported_modules(tree: ast.AST) -> set[str]:
    """The names that `import a` and `import a as b` bring in."""
    imports = [alias for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return {alias.asname or alias.name for alias in imports}


def imported_names(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Of every `from a import b` the line, `a` and `b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, node.module or "", alias.name


def functions(tree: ast.AST) -> Iterator[Function]:
    """All functions, inner ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def own_lines(function: Function) -> int:
    """The lines of a function without the functions inside it: a router's routes are functions of their own."""
    return _lines(function) - sum(map(_lines, _inner_functions(function)))


def is_flat_match(function: Function) -> bool:
    """Whether it is one match that ends in `assert_never`, with at most three statements a case."""
    match function.body:
        case [*_, ast.Match(cases=[*cases, ast.match_case(body=[ast.Expr(value=ast.Call(func=ast.Name(id=last)))])])]:
            return last == "assert_never" and all(len(case.body) <= 3 and nesting(case.body) == 0 for case in cases)
        case _:
            return False


def nesting(body: Sequence[ast.stmt]) -> int:
    """How many decisions are inside one another.

    `elif` continues its `if`, `with` opens a scope and decides nothing, a function inside begins anew.
    """
    return max(map(_nesting, body), default=0)


def _nesting(statement: ast.stmt) -> int:
    match statement:
        case ast.If(body=body, orelse=[ast.If() as otherwise]):
            return max(1 + nesting(body), _nesting(otherwise))
        case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
            return 1 + nesting([*statement.body, *statement.orelse])
        case ast.With() | ast.AsyncWith():
            return nesting(statement.body)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            return 1 + nesting([*body, *(inner for handler in handlers for inner in handler.body), *orelse, *final])
        case ast.Match(cases=cases):
            return 1 + nesting([inner for case in cases for inner in case.body])
        case _:
            return 0


def _lines(function: Function) -> int:
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    return (function.end_lineno or function.lineno) - first + 1


def _inner_functions(node: ast.AST) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield child
        else:
            yield from _inner_functions(child)

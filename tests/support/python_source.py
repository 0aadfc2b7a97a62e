"""Reads Python sources, a JSON list of texts on stdin, and writes what the rules of tests/repo ask of each.

The standard library alone: any Python from 3.11 on runs it. python-source.ts has the shape.
"""

from __future__ import annotations

import ast
import builtins
import io
import json
import sys
import tokenize
from collections.abc import Iterator
from typing import Any


def imports(tree: ast.Module) -> Iterator[dict[str, Any]]:
    """Every import, those inside functions too; below ``if TYPE_CHECKING:`` it is for types alone."""
    guarded = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING")
        for line in block.body
        for node in ast.walk(line)
    }
    for node in ast.walk(tree):
        facts = {"line": getattr(node, "lineno", 0), "isTypeOnly": id(node) in guarded}
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield {"module": module, "names": [name.name for name in node.names], **facts}
        elif isinstance(node, ast.Import):
            for name in node.names:
                yield {"module": name.name, "names": [], **facts}


def functions(tree: ast.Module) -> Iterator[dict[str, Any]]:
    """Every function with its lines from the ``def`` on, its docstring left out."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        first = node.body[0]
        if ast.get_docstring(node, clean=False) is not None:
            lines -= (first.end_lineno or first.lineno) - first.lineno + 1
        yield {"line": node.lineno, "lines": lines}


def names_of(target: ast.expr) -> list[str]:
    """Names that an assignment binds."""
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


def definitions(tree: ast.Module) -> Iterator[dict[str, Any]]:
    """Top-level functions, classes and constants; a constant with its value where that is written out."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield {"name": node.name, "kind": "function", "line": node.lineno, "value": None}
        elif isinstance(node, ast.ClassDef):
            yield {"name": node.name, "kind": "class", "line": node.lineno, "value": None}
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in [name for target in targets for name in names_of(target)]:
                yield {"name": name, "kind": "const", "line": node.lineno, "value": ast.unparse(node.value)}


def fields(tree: ast.Module) -> Iterator[dict[str, Any]]:
    """Annotated names of every class body."""
    for owner in ast.walk(tree):
        if isinstance(owner, ast.ClassDef):
            decorators = [ast.unparse(decorator) for decorator in owner.decorator_list]
            for node in owner.body:
                if isinstance(node, ast.AnnAssign):
                    yield {
                        "owner": owner.name,
                        "decorators": decorators,
                        "name": ast.unparse(node.target),
                        "line": node.lineno,
                        "hasDefault": node.value is not None,
                    }


def calls_on_import(tree: ast.Module) -> Iterator[dict[str, Any]]:
    """What a module calls while it is imported: outside functions and classes, and not under a guard."""
    for node in tree.body:
        if isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign | ast.For | ast.While | ast.With):
            for call in ast.walk(node):
                if isinstance(call, ast.Call):
                    yield {"name": ast.unparse(call.func), "line": call.lineno}


def bare_raises(tree: ast.Module) -> Iterator[int]:
    """Lines that raise an exception of Python's own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            known = getattr(builtins, raised.id, None) if isinstance(raised, ast.Name) else None
            if isinstance(known, type) and issubclass(known, BaseException):
                yield node.lineno


def hints(tree: ast.Module) -> Iterator[dict[str, Any]]:
    """Texts given as ``hint=``: the first and the last piece that is written out."""
    for call in ast.walk(tree):
        for keyword in call.keywords if isinstance(call, ast.Call) else []:
            if keyword.arg != "hint":
                continue
            parts = keyword.value.values if isinstance(keyword.value, ast.JoinedStr) else [keyword.value]
            texts = [part.value if isinstance(part, ast.Constant) else "" for part in parts]
            if any(texts):
                yield {"line": keyword.value.lineno, "first": texts[0], "last": texts[-1]}


def blanked(source: str, kinds: set[int]) -> str:
    """The same text with tokens of these kinds replaced by spaces; lines and columns stay."""
    lines = [list(line) for line in source.splitlines(keepends=True)]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in kinds:
            continue
        for row in range(token.start[0], token.end[0] + 1):
            line = lines[row - 1]
            begin = token.start[1] if row == token.start[0] else 0
            end = token.end[1] if row == token.end[0] else len(line)
            line[begin:end] = [char if char == "\n" else " " for char in line[begin:end]]
    return "".join("".join(line) for line in lines)


def facts_of(source: str) -> dict[str, Any]:
    """Everything about one source, as python-source.ts hands it on."""
    tree = ast.parse(source)
    strings = {tokenize.STRING, *(getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING),)}
    return {
        "imports": list(imports(tree)),
        "functions": list(functions(tree)),
        "definitions": list(definitions(tree)),
        "fields": list(fields(tree)),
        "callsOnImport": list(calls_on_import(tree)),
        "bareRaises": list(bare_raises(tree)),
        "hints": list(hints(tree)),
        "hasDocstring": ast.get_docstring(tree) is not None,
        "withoutComments": blanked(source, {tokenize.COMMENT}),
        "code": blanked(source, {tokenize.COMMENT, *strings}),
    }


if __name__ == "__main__":
    json.dump([facts_of(source) for source in json.load(sys.stdin)], sys.stdout)

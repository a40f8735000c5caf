"""The program's and the tests' own source as syntax trees, read once."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Module:
    """One source file.

    Attributes:
        name: Its path from the root of the project, with slashes.
        tree: Its syntax.
    """

    name: str
    tree: ast.Module

    def at(self, node: ast.expr | ast.stmt) -> str:
        """Return where *node* is, as an editor takes it."""
        return f"{self.name}:{node.lineno}"


@cache
def modules(folder: str) -> tuple[Module, ...]:
    """Return the modules under *folder*, by name."""
    return tuple(
        Module(str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / folder).rglob("*.py"))
    )


def dotted(node: ast.expr) -> str:
    """Return ``a.b.c`` for such an expression, and the empty string for any other."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(value, attribute) if before := dotted(value):
            return f"{before}.{attribute}"
        case _:
            return ""


def imports(tree: ast.AST) -> dict[str, ast.stmt]:
    """Return the modules and names that *tree* imports, in full, each with its statement."""
    found: dict[str, ast.stmt] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                found |= {alias.name: node for alias in names}
            case ast.ImportFrom(module, names, 0) if module:
                found[module] = node
                found |= {f"{module}.{alias.name}": node for alias in names}
    return found

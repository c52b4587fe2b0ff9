"""A kernel that is called at one place is compiled there; one that is called more often is not, or
its code would be compiled as often."""

import ast
from collections import Counter
from pathlib import Path

from sim.kernels import _jit

FILES = {path.stem: ast.parse(path.read_text()) for path in Path(_jit.__file__).parent.glob("*.py")}


def kernels():
    """(module, name) -> its decorator."""
    return {
        (module, node.name): own.id
        for module, tree in FILES.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        for own in node.decorator_list
        if isinstance(own, ast.Name) and own.id in ("jit", "inline", "once", "door")
    }


def calls():
    """(module, name) of what is called -> how often in all kernels."""
    found = Counter()
    for module, tree in FILES.items():
        for node in ast.walk(tree):
            match getattr(node, "func", None):
                case ast.Name(id=name):
                    found[module, name] += 1
                case ast.Attribute(value=ast.Name(id=other), attr=name):
                    found[other, name] += 1
    return found


def test_one_call_one_compilation():
    found, called = kernels(), calls()
    assert len(found) > 100
    for kernel, decorator in found.items():
        if decorator == "once":
            assert called[kernel] == 1, kernel
        elif decorator == "inline" and kernel != ("_jit", "span"):
            assert called[kernel] != 1, f"{kernel} is called once: `@once`"
